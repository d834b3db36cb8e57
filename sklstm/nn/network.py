"""The network: dropout, stacked (bi)LSTM layers, dropout, affine output.

Everything here takes parameters as named views (see :mod:`sklstm.nn.parameters`) and a packed
batch, and keeps nothing.
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


def forward(views, X, packing, masks, resources):
    """Compute the logits of a packed batch.

    Parameters
    ----------
    views : dict of tuple to ndarray
        The parameters.
    X : ndarray of shape (n_tokens, n_inputs)
        The packed input.
    packing : Packing
    masks : list of n_layers + 1 ndarrays of shape (n_tokens, width), or of the number 1
        What the input of each layer and of the output is multiplied by; 1 for no dropout.
    resources : Resources

    Returns
    -------
    logits : ndarray of shape (n_tokens, n_outputs)
    cache : list
        What :func:`backward` needs.
    """
    run, empty = resources
    cache = []
    for layer, mask in enumerate(masks[:-1]):
        X = _multiply(X, mask, empty)
        results = run(
            [
                partial(lstm_forward, X, W, packing, reverse=bool(direction), empty=empty)
                for direction, W in _directions(views, layer)
            ]
        )
        cache.append([lstm_cache for _, lstm_cache in results])
        X = _side_by_side([H for H, _ in results], empty)
    X = _multiply(X, masks[-1], empty)
    cache.append(X)
    W = views["output",]
    return X @ W[:-1] + W[-1], cache


def backward(views, dlogits, cache, packing, masks, resources, gradient):
    """Carry the gradient of the loss back through :func:`forward`.

    Parameters
    ----------
    views, packing, masks, resources
        As they were given to :func:`forward`.
    dlogits : ndarray of shape (n_tokens, n_outputs)
        The gradient with respect to the logits.
    cache : list
        The second value that :func:`forward` returned.
    gradient : dict of tuple to ndarray
        Where to write the gradient with respect to the parameters, views like ``views``.

    Returns
    -------
    dX : ndarray of shape (n_tokens, n_inputs)
        The gradient with respect to the input.
    """
    run, empty = resources
    W, dW = views["output",], gradient["output",]
    np.matmul(cache[-1].T, dlogits, out=dW[:-1])
    dlogits.sum(axis=0, out=dW[-1])
    dX = _multiply(dlogits @ W[:-1].T, masks[-1], empty)
    for layer in reversed(range(len(masks) - 1)):
        directions = _directions(views, layer)
        dH = np.split(dX, len(directions), axis=1)
        results = run(
            [
                partial(
                    lstm_backward,
                    dH[direction],
                    W,
                    cache[layer][direction],
                    packing,
                    reverse=bool(direction),
                    out=gradient["lstm", layer, direction],
                    empty=empty,
                )
                for direction, W in directions
            ]
        )
        dX = _multiply(sum(dX for dX, _ in results), masks[layer], empty)
    return dX


def dropout_masks(rate, widths, packing, rng, dtype):
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

    Returns
    -------
    masks : list of ndarray of shape (n_tokens, width), or of the number 1 where rate is 0

    References
    ----------
    Y. Gal and Z. Ghahramani, "A theoretically grounded application of dropout in recurrent neural
    networks", 2016.
    """
    if rate == 0:
        return [1] * len(widths)
    kept = [rng.random_sample((packing.n_sequences, width)) >= rate for width in widths]
    scale = np.asarray(1 / (1 - rate), dtype)
    return [(mask * scale)[packing.ranks] for mask in kept]


def _multiply(X, mask, empty):
    return np.multiply(X, mask, out=empty(X.shape, X.dtype))


def _side_by_side(parts, empty):
    shape = (len(parts[0]), sum(part.shape[1] for part in parts))
    return np.concatenate(parts, axis=1, out=empty(shape, parts[0].dtype))


def _directions(views, layer):
    return [(key[2], W) for key, W in views.items() if key[:2] == ("lstm", layer)]
