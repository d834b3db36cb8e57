"""The network: dropout, stacked (bi)LSTM layers, dropout, and an affine layer to the logits.

Parameters are named views into one vector (see :mod:`sklstm.nn.parameters`).
"""

import numpy as np

from sklstm.nn.arrays import matmul, take
from sklstm.nn.bilstm import bilstm_backward, bilstm_forward, with_ones


def forward(parameters, X, packing, masks, index=None):
    """Compute the logits of a packed batch.

    Parameters
    ----------
    parameters : dict of str to ndarray
    X : ndarray of shape (n_rows, n_inputs)
        The input.
    packing : Packing
        The layout of the batch.
    masks : list of n_layers + 1 ndarrays or None
        The dropout masks: that of `X`, and for each layer that of its outputs, of shape
        (n_tokens, n_directions * H). None if nothing is dropped.
    index : ndarray of int of shape (n_tokens,), default=None
        The row of `X` that each packed token reads, so that `X` can hold every unique input once.
        By default row ``k`` is token ``k``.

    Returns
    -------
    logits : ndarray of shape (n_tokens, n_classes)
    cache : tuple
        The arrays that :func:`backward` needs: the mask of `X`, a list with the
        :class:`~sklstm.nn.bilstm.BiLSTMCache` of each layer, and the outputs of the last layer.
    """
    inputs = with_ones(*X.shape, X.dtype)
    np.multiply(X, 1 if masks[0] is None else masks[0], out=inputs[:, :-1])
    layers = []
    for layer, mask in enumerate(masks[1:]):
        inputs, cache = bilstm_forward(inputs, parameters[f"lstm_{layer}"], packing, mask, index)
        layers.append(cache)
        index = None
    return matmul(inputs, parameters["output"]), (masks[0], layers, inputs)


def backward(parameters, dlogits, cache, packing, gradient):
    """Backpropagate through :func:`forward`, without its `index`.

    Parameters
    ----------
    parameters : dict of str to ndarray
    dlogits : ndarray of shape (n_tokens, n_classes)
        The gradient with respect to the logits.
    cache : tuple
        The second return value of :func:`forward`.
    packing : Packing
        The layout of the batch.
    gradient : dict of str to ndarray
        Views like `parameters`, to write the gradient with respect to the parameters to.

    Returns
    -------
    dX : ndarray of shape (n_tokens, n_inputs)
        The gradient with respect to the input.
    """
    mask, layers, inputs = cache
    W = parameters["output"]
    np.matmul(inputs.T, dlogits, out=gradient["output"])
    dX = matmul(dlogits, W[:-1].T)
    for layer, layer_cache in reversed(list(enumerate(layers))):
        name = f"lstm_{layer}"
        dX, _ = bilstm_backward(dX, parameters[name], layer_cache, packing, out=gradient[name])
    if mask is not None:
        dX *= mask
    return dX


def dropout_masks(rates, widths, packing, rng, dtype):
    """Draw variational dropout masks: one row for each sequence, the same at all of its steps.

    Parameters
    ----------
    rates : list of float in [0, 1)
        For each mask, the probability that a unit is dropped; the others are scaled by
        ``1 / (1 - rate)``.
    widths : list of int
        The width of each mask.
    packing : Packing
        The layout of the batch.
    rng : numpy.random.RandomState
    dtype : dtype

    Returns
    -------
    masks : list of ndarray of shape (n_tokens, width) or None
        None where the rate is 0.

    References
    ----------
    Y. Gal and Z. Ghahramani, "A theoretically grounded application of dropout in recurrent neural
    networks", 2016.
    """
    masks = []
    for rate, width in zip(rates, widths, strict=True):
        if rate == 0:
            masks.append(None)
            continue
        kept = rng.random_sample((packing.n_sequences, width)) >= rate
        masks.append(take(kept * np.asarray(1 / (1 - rate), dtype), packing.ranks))
    return masks
