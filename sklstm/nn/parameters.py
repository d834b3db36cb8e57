"""The dense parameters: one flat vector with named views, and their initial values.

Optimizers, snapshots and files use the vector; the mathematics uses the views. A view shares the
memory of the vector and is never stored.
"""

import math

import numpy as np


def layer_shapes(n_inputs, hidden_layer_sizes, n_directions, characters=None):
    """Return the shapes of the parameters of all layers but the output, in order.

    Parameters
    ----------
    n_inputs : int
        The width of the input of the first layer.
    hidden_layer_sizes : sequence of int
        The number of units per direction of each layer.
    n_directions : {1, 2}
    characters : (int, int), default=None
        The embedding size of characters and the number of units per direction of the LSTM that
        reads them; None without characters.

    Returns
    -------
    shapes : dict of str to tuple of int
        ``"characters"`` and ``"lstm_0"``, ``"lstm_1"``, ...: (n_directions, 4, H + E + 1, H), as
        described in :mod:`sklstm.nn.bilstm`; ``"projection"``: (2 H + 1, E), as described in
        :mod:`sklstm.nn.encoder`.
    """
    shapes = {}
    if characters is not None:
        size, n_units = characters
        shapes["characters"] = (2, 4, n_units + size + 1, n_units)
        shapes["projection"] = (2 * n_units + 1, size)
    for layer, n_units in enumerate(hidden_layer_sizes):
        shapes[f"lstm_{layer}"] = (n_directions, 4, n_units + n_inputs + 1, n_units)
        n_inputs = n_directions * n_units
    return shapes


def count(shapes):
    """Return the length of the vector that holds parameters of these shapes."""
    return sum(math.prod(shape) for shape in shapes.values())


def views(vector, shapes):
    """Return the named views into a flat vector.

    Parameters
    ----------
    vector : ndarray of shape (n_parameters,)
    shapes : dict of str to tuple of int

    Returns
    -------
    views : dict of str to ndarray
        Arrays that share the memory of `vector`.
    """
    named, start = {}, 0
    for name, shape in shapes.items():
        stop = start + math.prod(shape)
        named[name] = vector[start:stop].reshape(shape)
        start = stop
    return named


def initialize_layers(parameters, rng):
    """Write initial values to the parameters of :func:`layer_shapes`, which are zeros."""
    for name, W in parameters.items():
        if name == "projection":
            W[:-1] = glorot(rng, *W[:-1].shape)
        else:
            _initialize_lstm(W, rng)


def _initialize_lstm(W, rng):
    """Write initial values: Glorot input weights, orthogonal recurrent weights, forget bias 1.

    Parameters
    ----------
    W : ndarray of shape (n_directions, 4, H + E + 1, H)
        Zeros; overwritten.
    rng : numpy.random.RandomState

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010 (input weights); A. Saxe et al., "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", 2014 (orthogonal recurrent weights); F. Gers et al.,
    "Learning to forget", 2000, and R. Jozefowicz et al., "An empirical exploration of recurrent
    network architectures", 2015 (forget gate bias).
    """
    n_units = W.shape[-1]
    for gate in W.reshape(-1, *W.shape[2:]):
        gate[:n_units] = _orthogonal(rng, n_units)
        gate[n_units:-1] = glorot(rng, *gate[n_units:-1].shape)
    W[:, 1, -1] = 1  # gates are in the order o, f, i, g


def glorot(rng, n_inputs, n_outputs):
    """Return a matrix of Glorot uniform weights of shape (n_inputs, n_outputs)."""
    bound = math.sqrt(6 / (n_inputs + n_outputs))
    return rng.uniform(-bound, bound, size=(n_inputs, n_outputs))


def _orthogonal(rng, n_units):
    Q, R = np.linalg.qr(rng.normal(size=(n_units, n_units)))
    return Q * np.sign(np.diag(R))  # the signs make the draw uniform over all rotations


def weight_mask(shapes, n_biases):
    """Return 1 for each weight and 0 for each bias, in the order of the vector.

    Parameters
    ----------
    shapes : dict of str to tuple of int
    n_biases : dict of str to int
        The number of rows, the last ones, that hold biases; 1 for names that are not in the dict.

    Returns
    -------
    mask : ndarray of bool of shape (n_parameters,)
    """
    mask = np.ones(count(shapes), dtype=bool)
    for name, W in views(mask, shapes).items():
        W[..., -n_biases.get(name, 1) :, :] = False
    return mask
