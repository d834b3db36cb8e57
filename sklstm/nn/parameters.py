"""The dense parameters: one flat vector with named views, and their first values.

Optimizers, snapshots and files see the vector only; the mathematics sees the views. A view shares
the vector's memory and is never stored.
"""

import math

import numpy as np


def parameter_shapes(
    n_inputs, hidden_layer_sizes, n_directions, n_outputs, characters=None, transitions=False
):
    """Return the name and the shape of every dense parameter, in the order of the vector.

    Parameters
    ----------
    n_inputs : int
        The width of the input of the first layer.
    hidden_layer_sizes : sequence of int
        The units per direction of each layer.
    n_directions : {1, 2}
    n_outputs : int
        The number of classes.
    characters : (int, int), default=None
        The width of the embeddings of characters and the units per direction of the LSTM over
        them; None without one.
    transitions : bool, default=False
        Whether there is a score for each transition between classes.

    Returns
    -------
    shapes : dict of tuple to tuple of int
        ``("characters", direction)`` and ``("lstm", layer, direction)`` for the gates of an LSTM,
        (4, H + E + 1, H), and ``("output",)`` for the last layer, (D + 1, n_outputs): the bias is
        the last row of each. ``("transitions",)``, (n_outputs + 2, n_outputs), are the scores of
        transitions (from, to), then those of starts, then those of ends.
    """
    shapes = {}
    if characters is not None:
        width, n_units = characters
        for direction in range(2):
            shapes["characters", direction] = (4, n_units + width + 1, n_units)
    for layer, n_units in enumerate(hidden_layer_sizes):
        for direction in range(n_directions):
            shapes["lstm", layer, direction] = (4, n_units + n_inputs + 1, n_units)
        n_inputs = n_directions * n_units
    shapes["output",] = (n_inputs + 1, n_outputs)
    if transitions:
        shapes["transitions",] = (n_outputs + 2, n_outputs)
    return shapes


def count(shapes):
    """Return the length of the vector that holds parameters of these shapes."""
    return sum(math.prod(shape) for shape in shapes.values())


def views(vector, shapes):
    """Return the named views into a flat vector.

    Parameters
    ----------
    vector : ndarray of shape (n_parameters,)
    shapes : dict of tuple to tuple of int

    Returns
    -------
    views : dict of tuple to ndarray
        Arrays that share the memory of ``vector``.
    """
    named, start = {}, 0
    for name, shape in shapes.items():
        stop = start + math.prod(shape)
        named[name] = vector[start:stop].reshape(shape)
        start = stop
    return named


def initial_parameters(shapes, rng, dtype):
    """Draw the first values: Glorot input, orthogonal recurrent weights, forget-gate bias 1.

    Parameters
    ----------
    shapes : dict of tuple to tuple of int
    rng : numpy.random.RandomState
    dtype : dtype

    Returns
    -------
    vector : ndarray of shape (n_parameters,)

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010 (input weights); A. Saxe et al., "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", 2014 (orthogonal recurrent weights); F. Gers et al.,
    "Learning to forget", 2000, and R. Jozefowicz et al., "An empirical exploration of recurrent
    network architectures", 2015 (forget-gate bias).
    """
    vector = np.zeros(count(shapes), dtype)
    for name, W in views(vector, shapes).items():
        if name[0] == "transitions":
            continue  # all the same at first
        if name[0] == "output":
            W[:-1] = _glorot(rng, *W[:-1].shape)
            continue
        n_units = W.shape[2]
        for gate in W:
            gate[:n_units] = _orthogonal(rng, n_units)
            gate[n_units:-1] = _glorot(rng, *gate[n_units:-1].shape)
        forget_gate = W[1]
        forget_gate[-1] = 1
    return vector


def _glorot(rng, n_inputs, n_outputs):
    bound = math.sqrt(6 / (n_inputs + n_outputs))
    return rng.uniform(-bound, bound, size=(n_inputs, n_outputs))


def _orthogonal(rng, n_units):
    Q, R = np.linalg.qr(rng.normal(size=(n_units, n_units)))
    return Q * np.sign(np.diag(R))  # the signs make the draw uniform over all rotations


def weight_mask(shapes):
    """Return 1 for each weight and 0 for each bias, start and end, in the order of the vector.

    Parameters
    ----------
    shapes : dict of tuple to tuple of int

    Returns
    -------
    mask : ndarray of bool of shape (n_parameters,)
    """
    mask = np.ones(count(shapes), dtype=bool)
    for name, W in views(mask, shapes).items():
        n_biases = 2 if name[0] == "transitions" else 1
        W[..., -n_biases:, :] = False
    return mask
