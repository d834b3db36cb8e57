r"""The encoder: from the features, characters and pre-trained vector of a token to network inputs.

With :math:`S` the weights of the features, one row for each token and one column for each feature,
and :math:`E` the embeddings of the features, the first part of the input is a sum of embeddings:

.. math::

    X = S E \qquad \frac{\partial L}{\partial E} = S^T \frac{\partial L}{\partial X}

A word adds to this sum what a bidirectional LSTM reads in its characters :math:`e_1, \dots, e_m`,
whose embeddings are rows of the same table. The last hidden state of each direction and a 1 for the
bias are projected to the width of the embeddings:

.. math::

    v = [\overrightarrow{h}_m ; \overleftarrow{h}_1 ; 1] \, P

The second part is a pre-trained vector, which is not trained. Numeric vectors are the whole input
of a token.
"""

from typing import Any, NamedTuple

import numpy as np

from sklstm.nn.bilstm import bilstm_backward, bilstm_forward, with_ones
from sklstm.nn.packing import Packing


class CharacterBatch(NamedTuple):
    """The characters of the unique words of a batch.

    Attributes
    ----------
    packing : Packing
        The layout of the words' characters; no word is empty.
    rows : ndarray of int of shape (n_unique_characters,)
        The row of `E` of each unique character.
    index : ndarray of int of shape (n_characters,)
        The unique character at each packed position.
    sum_characters : matrix of shape (n_unique_characters, n_characters)
        Has a 1 for the unique character at each position.
    words : matrix of shape (n_tokens, n_words)
        Has a 1 for the word of each token, by its rank.
    """

    packing: Packing
    rows: np.ndarray
    index: np.ndarray
    sum_characters: Any
    words: Any


class TokenBatch(NamedTuple):
    """The tokens of a batch, as the encoder reads them.

    Attributes
    ----------
    features : matrix of shape (n_tokens, n_rows) or None
        The weights of the features of each token; None if tokens are numeric vectors.
    rows : ndarray of int of shape (n_rows,) or None
        The row of the embedding table of each column of `features`.
    characters : CharacterBatch or None
    vectors : ndarray of shape (n_tokens, n_numbers) or None
        Numeric vectors, or the pre-trained vectors of words.
    """

    features: Any = None
    rows: np.ndarray | None = None
    characters: CharacterBatch | None = None
    vectors: np.ndarray | None = None


def encoder_forward(parameters, E, batch):
    """Compute the network's input.

    Parameters
    ----------
    parameters : dict of str to ndarray
    E : ndarray of shape (n_rows, embedding_size) or None
        The rows of the embedding table that the batch names.
    batch : TokenBatch

    Returns
    -------
    X : ndarray of shape (n_tokens, n_inputs)
    cache : (ndarray of shape (n_words, 2 H + 1), BiLSTMCache) or None
        What :func:`encoder_backward` needs: the last hidden states of words and a column of ones,
        and the cache of the layer. None without characters.
    """
    if batch.features is None:
        return batch.vectors, None
    X, cache = batch.features @ E, None
    if batch.characters is not None:
        states, layer = _characters_forward(parameters["characters"], E, batch.characters)
        X += batch.characters.words @ (states @ parameters["projection"])
        cache = states, layer
    return X if batch.vectors is None else np.concatenate([X, batch.vectors], axis=1), cache


def encoder_backward(dX, parameters, cache, batch, gradient):
    """Backpropagate through :func:`encoder_forward`.

    Parameters
    ----------
    dX : ndarray of shape (n_tokens, n_inputs)
        The gradient with respect to the network's input.
    parameters : dict of str to ndarray
    cache : tuple or None
        The second return value of :func:`encoder_forward`.
    batch : TokenBatch
        A batch with features.
    gradient : dict of str to ndarray
        Views like `parameters`, to write the gradient with respect to the parameters to.

    Returns
    -------
    dE : ndarray of shape (n_rows, embedding_size)
        The gradient with respect to the rows of the embedding table.
    """
    n_vector = 0 if batch.vectors is None else batch.vectors.shape[1]
    dX = dX[:, : dX.shape[1] - n_vector]
    dE = batch.features.T @ dX
    if batch.characters is None:
        return dE
    (states, layer), characters = cache, batch.characters
    dwords = characters.words.T @ dX
    np.matmul(states.T, dwords, out=gradient["projection"])
    dlast = dwords @ parameters["projection"][:-1].T
    W, dW = parameters["characters"], gradient["characters"]
    dE[characters.rows] += _characters_backward(dlast, W, layer, characters, dW)
    return dE


def _characters_forward(W, E, characters):
    """Return the last hidden states and a column of ones, (n_words, 2 H + 1), and a cache."""
    packing, rows, index, *_ = characters
    X = with_ones(len(rows), E.shape[1], E.dtype)
    X[:, :-1] = E[rows]
    n_words, n_units = packing.n_sequences, W.shape[-1]
    states, cache = bilstm_forward(X, W, packing, index=index)
    forward, backward_and_one = states[packing.last - n_words, :n_units], states[:n_words, n_units:]
    return np.concatenate([forward, backward_and_one], axis=1), cache


def _characters_backward(dlast, W, cache, characters, dW):
    """Return the gradient with respect to the unique characters, and write that of W to `dW`."""
    packing, n_units = characters.packing, W.shape[-1]
    dstates = np.zeros((len(packing.tokens), dlast.shape[1]), dlast.dtype)
    dstates[packing.last - packing.n_sequences, :n_units] = dlast[:, :n_units]
    dstates[: packing.n_sequences, n_units:] = dlast[:, n_units:]
    dX, _ = bilstm_backward(dstates, W, cache, packing, characters.sum_characters, out=dW)
    return dX
