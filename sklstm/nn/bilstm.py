r"""A layer of LSTMs, one for each direction.

The weights of a layer are one array :math:`W` of shape (n_directions, 4, H + E + 1, H). For each
direction and gate it holds the recurrent weights, the weights of the input, and the bias, so that
the sum of a gate is :math:`[h_{t-1}; x_t; 1] W`. The input ends in a column of ones for the bias.

The backward direction reads the tokens through a permutation, and the same permutation returns its
hidden states to the order of the tokens (:attr:`sklstm.nn.packing.Packing.reversal`).
"""

from itertools import chain
from typing import NamedTuple

import numpy as np

from sklstm.nn.arrays import empty, executor, gather_steps, matmul, project_steps, take
from sklstm.nn.lstm import initial_states, lstm_backward, lstm_forward

# In one thread, the directions of a layer run together if a step has at most this many hidden
# states: fewer calls process more numbers. The arrays of larger steps would not fit the cache.
_STACKED = 8192


class BiLSTMCache(NamedTuple):
    """The arrays that :func:`bilstm_backward` needs, from :func:`bilstm_forward`.

    Attributes
    ----------
    inputs : list of ndarray of shape (n_rows, E + 1)
        The input in the order in which each direction reads it or, with an index, as it is.
    mask : ndarray of shape (n_tokens, n_directions * H) or None
    recurrences : list of LSTMCache
        Of one direction each, or a single one of all directions.
    """

    inputs: list
    mask: np.ndarray | None
    recurrences: list


def bilstm_forward(X, W, packing, mask=None, index=None):
    """Run a layer over a packed batch.

    Parameters
    ----------
    X : ndarray of shape (n_rows, E + 1)
        The input; the last column is 1.
    W : ndarray of shape (n_directions, 4, H + E + 1, H)
        The weights of the layer.
    packing : Packing
        The layout of the batch.
    mask : ndarray of shape (n_tokens, n_directions * H), default=None
        The dropout mask of the outputs.
    index : ndarray of int of shape (n_tokens,), default=None
        The row of `X` that each packed token reads, so that `X` can hold every unique input once.
        By default row ``k`` is token ``k``.

    Returns
    -------
    outputs : ndarray of shape (n_tokens, n_directions * H + 1)
        The hidden states of all directions, in the order of the tokens; the last column is 1.
    cache : BiLSTMCache
    """
    n_tokens, n_units = len(packing.tokens), W.shape[-1]
    orders, inputs = (None, packing.reversal), [X] * len(W)
    outputs = with_ones(n_tokens, len(W) * n_units, X.dtype)

    def forward(directions):
        weights = [W[d, :, n_units:] for d in directions]
        if index is None:
            for d in directions:
                inputs[d] = take(X, orders[d])
            A = project_steps([inputs[d] for d in directions], weights, packing.n_sequences)
        else:  # multiply unique inputs once
            indices = [take(index, orders[d]) for d in directions]
            A = gather_steps([matmul(X, W_x) for W_x in weights], indices, packing.n_sequences)
        H, cache = lstm_forward(A, _recurrent_weights(W, directions), packing)
        for h, d in zip(H[:, packing.n_sequences :], directions, strict=True):
            columns = slice(d * n_units, (d + 1) * n_units)
            h = h if orders[d] is None else np.take(h, orders[d], axis=0)
            np.multiply(h, 1 if mask is None else mask[:, columns], out=outputs[:, columns])
        return cache

    recurrences = list(executor().map(forward, _ranges(W, packing)))
    return outputs, BiLSTMCache(inputs, mask, recurrences)


def bilstm_backward(doutputs, W, cache, packing, sum_rows=None, out=None):
    """Backpropagate through :func:`bilstm_forward`.

    Parameters
    ----------
    doutputs : ndarray of shape (n_tokens, n_directions * H)
        The gradient with respect to the outputs.
    W : ndarray of shape (n_directions, 4, H + E + 1, H)
        The weights of the layer.
    cache : BiLSTMCache
        The second return value of :func:`bilstm_forward`.
    packing : Packing
        The layout of the batch.
    sum_rows : matrix of shape (n_rows, n_tokens), default=None
        Required with `index`: has a 1 for the row of `X` that each token reads, so that the
        product sums over the tokens that read the same row.
    out : ndarray of the shape of W, default=None
        An array to write `dW` to.

    Returns
    -------
    dX : ndarray of shape (n_rows, E)
        The gradient with respect to the input.
    dW : ndarray of the shape of W
    """
    inputs, mask, recurrences = cache
    n_units, orders = W.shape[-1], (None, packing.reversal)
    dW = np.empty_like(W) if out is None else out

    def backward(directions, cache):
        dH = initial_states(packing, len(directions), n_units, W.dtype)
        for dh, d in zip(dH[:, packing.n_sequences :], directions, strict=True):
            columns = slice(d * n_units, (d + 1) * n_units)
            scale = 1 if mask is None else mask[:, columns]
            np.multiply(doutputs[:, columns], scale, out=dh)
            if orders[d] is not None:
                dh[...] = np.take(dh, orders[d], axis=0)
        U, dU = (_recurrent_weights(weights, directions) for weights in (W, dW))
        dA, _ = lstm_backward(dH, U, cache, packing, out=dU)
        dXs = []
        for da, d in zip(dA.swapaxes(0, 1), directions, strict=True):
            order, W_x = orders[d], W[d, :, n_units:]
            if sum_rows is not None:
                da, order = np.stack([sum_rows @ take(gate, order) for gate in da]), None
            np.matmul(inputs[d].T, da, out=dW[d, :, n_units:])
            dX = matmul(da, W_x[:, :-1].swapaxes(1, 2))
            dX = np.add.reduce(dX, axis=0, out=empty(dX.shape[1:], dX.dtype))
            dXs.append(dX if order is None else np.take(dX, order, axis=0))
        return dXs

    results = executor().map(backward, _ranges(W, packing), recurrences)
    dX, *others = chain.from_iterable(results)
    for other in others:
        dX += other
    return dX, dW


def with_ones(n_rows, width, dtype):
    """Return an uninitialized matrix of `width` columns, and one more column of ones."""
    X = empty((n_rows, width + 1), dtype)
    X[:, -1] = 1
    return X


def _ranges(W, packing):
    """Return ranges of the directions that run together, in one call of the recurrence."""
    n_directions, n_units = len(W), W.shape[-1]
    is_small = packing.n_sequences * n_units <= _STACKED
    size = n_directions if executor().n_threads == 1 and is_small else 1
    return [range(start, start + size) for start in range(0, n_directions, size)]


def _recurrent_weights(W, directions):
    """Return a view of the recurrent weights of a range of directions, gates first."""
    n_units = W.shape[-1]
    return W[directions.start : directions.stop, :, :n_units].swapaxes(0, 1)
