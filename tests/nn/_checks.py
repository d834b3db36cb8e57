"""What the tests of the mathematics share: finite differences, ragged batches, small problems."""

from typing import NamedTuple

import numpy as np

from sklstm.nn import network, parameters, softmax
from sklstm.nn.packing import pack

TOLERANCE = 1e-6
LENGTHS = [3, 0, 1, 5, 3]


def relative_error(A, B):
    """Return the norm of the difference over the norm of the sum."""
    difference = np.linalg.norm(A - B)
    return difference / np.linalg.norm(A + B) if difference else 0.0


def central_differences(function, A, step=1e-5):
    """Return the derivative of ``function()`` to every element of ``A``, changed in place."""
    derivative = np.empty_like(A)
    for k in np.ndindex(A.shape):
        value = A[k]
        A[k] = value + step
        above = function()
        A[k] = value - step
        derivative[k] = (above - function()) / (2 * step)
        A[k] = value
    return derivative


def directional_derivative(function, arrays, directions, step=1e-5):
    """Return the derivative of ``function(*arrays)`` along a direction."""
    above = function(*(A + step * V for A, V in zip(arrays, directions, strict=True)))
    below = function(*(A - step * V for A, V in zip(arrays, directions, strict=True)))
    return (above - below) / (2 * step)


def split(packed, packing, lengths):
    """Return the rows of each sequence, in the order of its tokens."""
    concatenated = np.empty_like(packed)
    concatenated[packing.tokens] = packed
    return np.split(concatenated, np.cumsum(lengths)[:-1])


def join(sequences, packing):
    """Pack the rows of all sequences: the inverse of :func:`split`."""
    return np.concatenate(sequences)[packing.tokens]


def freeze(*arrays):
    """Make arrays read-only, so that who writes to them is found out."""
    for array in arrays:
        array.flags.writeable = False


class OnePrecision(np.ndarray):
    """An array that fails where it is computed with together with floats of another precision."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        arrays = [_plain(A) for A in (*inputs, *out)]
        if out:
            kwargs["out"] = tuple(arrays[len(inputs) :])
        result = getattr(ufunc, method)(*arrays[: len(inputs)], **kwargs)
        dtypes = {A.dtype for A in (*arrays, result) if isinstance(A, np.ndarray | np.generic)}
        assert len({dtype for dtype in dtypes if dtype.kind == "f"}) == 1, ufunc
        return np.asarray(result).view(OnePrecision)


def _plain(A):
    return A.view(np.ndarray) if isinstance(A, OnePrecision) else A


# One function after another, and memory from NumPy.
RESOURCES = network.Resources(lambda functions: [function() for function in functions], np.empty)


class Problem(NamedTuple):
    """A small network, a packed batch, and what its loss compares with."""

    shapes: dict
    vector: np.ndarray
    lengths: list
    packing: tuple
    X: np.ndarray
    masks: list
    targets: np.ndarray
    weights: np.ndarray

    @property
    def views(self):
        return parameters.views(self.vector, self.shapes)

    def loss(self):
        logits, _ = network.forward(self.views, self.X, self.packing, self.masks, RESOURCES)
        return softmax.cross_entropy(logits, self.targets, self.weights, 7.0)[0]

    def gradients(self):
        """Return the gradient with respect to the vector and to the input."""
        views, packing, masks = self.views, self.packing, self.masks
        logits, cache = network.forward(views, self.X, packing, masks, RESOURCES)
        dlogits = softmax.cross_entropy(logits, self.targets, self.weights, 7.0)[1]
        gradient = np.full_like(self.vector, np.nan)  # all of it must be written
        dviews = parameters.views(gradient, self.shapes)
        dX = network.backward(views, dlogits, cache, packing, masks, RESOURCES, dviews)
        return gradient, dX


def make_problem(
    hidden_layer_sizes, n_directions, lengths=LENGTHS, dropout=0.0, dtype=np.float64, n_inputs=4
):
    """Return a problem with 3 classes, one token of weight 0, and random everything else."""
    rng = np.random.RandomState(0)
    shapes = parameters.parameter_shapes(n_inputs, hidden_layer_sizes, n_directions, 3)
    vector = rng.normal(scale=0.6, size=parameters.count(shapes)).astype(dtype)
    packing = pack(lengths)
    n_tokens = len(packing.tokens)
    widths = [n_inputs] + [n_directions * size for size in hidden_layer_sizes]
    weights = rng.uniform(0.5, 2, size=n_tokens).astype(dtype)
    weights[:1] = 0
    return Problem(
        shapes,
        vector,
        lengths,
        packing,
        rng.normal(size=(n_tokens, n_inputs)).astype(dtype),
        network.dropout_masks(dropout, widths, packing, rng, dtype),
        rng.randint(3, size=n_tokens),
        weights,
    )
