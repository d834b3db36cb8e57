"""The network: dropout, stacked (bi)LSTM layers, dropout, affine output.

Everything here takes parameters as named views (see :mod:`sklstm.nn.parameters`) and a packed
batch, and keeps nothing. What a layer reads ends in a column of ones, which its bias meets.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from sklstm.nn.lstm import lstm_backward, lstm_forward


class Resources(NamedTuple):
    """What the machine lends for a pass.

    Attributes
    ----------
    run : callable
        Calls each of a list of functions and returns the list of their results; it may call them
        at the same time.
    empty : callable
        Makes large arrays, from a shape and a dtype.
    """

    run: Callable
    empty: Callable


def forward(views, X, packing, masks, resources, rows_of_X=None, keep=True):
    """Compute the logits of a packed batch.

    Parameters
    ----------
    views : dict of tuple to ndarray
        The parameters.
    X : ndarray of shape (n_tokens, n_inputs)
        The packed input.
    packing : Packing
    masks : list of n_layers + 1 ndarrays of shape (n_tokens, width)
        What the input of each layer and of the output is multiplied by.
    resources : Resources
    rows_of_X : ndarray of int of shape (n_tokens,), default=None
        Without ``keep``, the row of ``X`` that each token reads, so that ``X`` may hold each
        distinct input once; the first mask has then one row for each row of ``X``.
    keep : bool, default=True
        Whether to keep what :func:`backward` needs.

    Returns
    -------
    logits : ndarray of shape (n_tokens, n_outputs)
    caches : list
        What :func:`backward` needs; without ``keep`` it is of no use.
    """
    run, empty = resources
    n_tokens, caches = len(packing.tokens), []
    inputs = with_ones(len(X), X.shape[1], X.dtype, empty)
    np.multiply(X, masks[0], out=inputs[:, :-1])
    for layer, mask in enumerate(masks[1:]):
        outputs = with_ones(n_tokens, mask.shape[1], X.dtype, empty)
        caches.append(
            run(
                [
                    partial(
                        _forward_direction,
                        outputs[:, part],
                        mask[:, part],
                        inputs,
                        W,
                        packing,
                        reverse=bool(direction),
                        rows_of_X=rows_of_X,
                        keep=keep,
                        empty=empty,
                    )
                    for direction, part, W in _directions(views, layer)
                ]
            )
        )
        inputs, rows_of_X = outputs, None
    caches.append(inputs)
    W = views["output",]
    return np.matmul(inputs, W, out=empty((n_tokens, W.shape[1]), X.dtype)), caches


def backward(views, dlogits, caches, packing, masks, resources, gradient):
    """Carry the gradient of the loss back through :func:`forward`.

    Parameters
    ----------
    views, packing, masks, resources
        As they were given to :func:`forward`, each token with a row of its own.
    dlogits : ndarray of shape (n_tokens, n_outputs)
        The gradient with respect to the logits.
    caches : list
        The second value that :func:`forward` returned.
    gradient : dict of tuple to ndarray
        Where to write the gradient with respect to the parameters, views like ``views``.

    Returns
    -------
    dX : ndarray of shape (n_tokens, n_inputs)
        The gradient with respect to the input.
    """
    run, empty = resources
    W, inputs = views["output",], caches[-1]
    np.matmul(inputs.T, dlogits, out=gradient["output",])
    dX = np.matmul(dlogits, W[:-1].T, out=empty((len(inputs), len(W) - 1), W.dtype))
    for layer in reversed(range(len(masks) - 1)):
        mask = masks[layer + 1]
        dX, *others = run(
            [
                partial(
                    _backward_direction,
                    dX[:, part],
                    mask[:, part],
                    W,
                    caches[layer][direction],
                    packing,
                    reverse=bool(direction),
                    out=gradient["lstm", layer, direction],
                    empty=empty,
                )
                for direction, part, W in _directions(views, layer)
            ]
        )
        for other in others:
            dX += other
    dX *= masks[0]
    return dX


def _forward_direction(output, mask, inputs, W, packing, **kwargs):
    """Run one direction of a layer, and write its hidden states where the next layer reads."""
    H, cache = lstm_forward(inputs, W, packing, **kwargs)
    np.multiply(H, mask, out=output)
    return cache


def _backward_direction(doutput, mask, W, cache, packing, *, empty, **kwargs):
    """Carry the gradient back through one direction of a layer; return that of its input."""
    dH = np.multiply(doutput, mask, out=empty(doutput.shape, doutput.dtype))
    dX, _ = lstm_backward(dH, W, cache, packing, empty=empty, **kwargs)
    return dX


def dropout_masks(rate, widths, packing, rng, dtype, empty=np.empty):
    """Draw variational dropout masks, one row for each sequence, held through its steps.

    Parameters
    ----------
    rate : float in [0, 1)
        The probability that a unit is dropped; what is kept is scaled by ``1 / (1 - rate)``.
    widths : list of int
        The width of each mask.
    packing : Packing
    rng : numpy.random.RandomState
    dtype : dtype
    empty : callable, default=numpy.empty
        Makes the large arrays, from a shape and a dtype.

    Returns
    -------
    masks : list of ndarray of shape (n_tokens, width)

    References
    ----------
    Y. Gal and Z. Ghahramani, "A theoretically grounded application of dropout in recurrent neural
    networks", 2016.
    """
    if rate == 0:
        return no_dropout(widths, len(packing.tokens), dtype)
    scale, masks = np.asarray(1 / (1 - rate), dtype), []
    for width in widths:
        kept = rng.random_sample((packing.n_sequences, width)) >= rate
        mask = empty((len(packing.tokens), width), dtype)
        masks.append(np.take(kept * scale, packing.ranks, axis=0, out=mask, mode="clip"))
    return masks


def no_dropout(widths, n_rows, dtype):
    """Return masks of ones, which take no memory."""
    return [np.broadcast_to(np.ones((), dtype), (n_rows, width)) for width in widths]


def with_ones(n_rows, width, dtype, empty):
    """Return a new matrix for what an LSTM reads, its last column already of ones."""
    X = empty((n_rows, width + 1), dtype)
    X[:, -1] = 1
    return X


def _directions(views, layer):
    """Return the number, the columns of the output, and the weights of each direction."""
    directions, start = [], 0
    for key, W in views.items():
        if key[:2] == ("lstm", layer):
            stop = start + W.shape[2]
            directions.append((key[2], slice(start, stop), W))
            start = stop
    return directions
