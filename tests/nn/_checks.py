"""Finite differences, ragged batches, threads and small networks, for the tests in this folder."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from sklstm._threads import Executor
from sklstm.nn import network
from sklstm.nn.arrays import SERIAL, Arena, computing_with
from sklstm.nn.packing import Packing, pack
from sklstm.nn.parameters import count, layer_shapes, views
from sklstm.nn.softmax import Softmax, cross_entropy

TOLERANCE = 1e-6
LENGTHS = [3, 0, 1, 5, 3]


# --- numbers ------------------------------------------------------------------------------------


def relative_error(A, B):
    """Return the norm of the difference over the norm of the sum."""
    difference = np.linalg.norm(A - B)
    return difference / np.linalg.norm(A + B) if difference else 0.0


def central_differences(function, A, step=1e-5):
    """Return the derivative of ``function()`` to every element of ``A``, which it reads."""
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


class OnePrecision(np.ndarray):
    """An array that fails in a computation with floats of another precision."""

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


# --- arrays and sequences -----------------------------------------------------------------------


def split(packed, packing, lengths):
    """Return the rows of each sequence, in the order of its tokens."""
    concatenated = np.empty_like(packed)
    concatenated[packing.tokens] = packed
    return np.split(concatenated, np.cumsum(lengths)[:-1])


def join(sequences, packing):
    """Pack the rows of all sequences: the inverse of :func:`split`."""
    return np.concatenate(sequences)[packing.tokens]


def reverse(packed, packing, lengths):
    """Reverse every sequence."""
    return join([rows[::-1] for rows in split(packed, packing, lengths)], packing)


def add_ones(X):
    """Append a column of ones."""
    return np.concatenate([X, np.ones((len(X), 1), X.dtype)], axis=1)


def freeze(*arrays):
    """Make arrays read-only, so that a function fails if it writes to them."""
    for array in arrays:
        array.flags.writeable = False


def freeze_packing(packing):
    """Make the arrays of a packing read-only."""
    freeze(packing.offsets, packing.tokens, packing.ranks, packing.reversal)


def assert_same_bits(results, expected):
    """Assert that two sequences of arrays are equal, to the last bit."""
    for one, other in zip(results, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


# --- memory and threads -------------------------------------------------------------------------


@contextmanager
def computing_in_one_precision():
    """Compute with an arena whose arrays are :class:`OnePrecision`."""
    arena = Arena()
    arena.block = np.empty(1 << 22, np.uint8).view(OnePrecision)
    with computing_with(arena, SERIAL):
        yield
        assert arena.used < len(arena.block)


@contextmanager
def threads(n_threads, arena=None):
    """Compute with one or two threads, however many cores the machine has."""
    with threadpool_limits(n_threads, "blas"), Executor() as executor:
        assert executor.n_threads == n_threads
        with computing_with(arena or Arena(), executor):
            yield


# --- networks -----------------------------------------------------------------------------------


class Problem(NamedTuple):
    """A small network and a packed batch with targets."""

    shapes: dict
    vector: np.ndarray
    lengths: list
    packing: Packing
    X: np.ndarray
    masks: list
    targets: np.ndarray
    weights: np.ndarray

    @property
    def parameters(self):
        return views(self.vector, self.shapes)

    def logits(self):
        return network.forward(self.parameters, self.X, self.packing, self.masks)[0]

    def loss(self):
        return cross_entropy(self.logits(), self.targets, self.weights)[0]

    def gradients(self):
        """Return the gradient with respect to the vector and to the input."""
        parameters, packing = self.parameters, self.packing
        logits, cache = network.forward(parameters, self.X, packing, self.masks)
        dlogits = cross_entropy(logits, self.targets, self.weights)[1]
        gradient = np.full_like(self.vector, np.nan)  # all of it must be written
        dX = network.backward(parameters, dlogits, cache, packing, views(gradient, self.shapes))
        return gradient, dX


def make_problem(
    hidden_layer_sizes, n_directions, lengths=LENGTHS, dropout=0.0, dtype=np.float64, n_inputs=4
):
    """Return a problem with 3 classes, a token of weight 0, and other values drawn at random."""
    rng = np.random.RandomState(0)
    widths = [n_inputs] + [n_directions * size for size in hidden_layer_sizes]
    shapes = layer_shapes(n_inputs, hidden_layer_sizes, n_directions)
    shapes |= Softmax(3).parameter_shapes(widths[-1])
    vector = rng.normal(scale=0.6, size=count(shapes)).astype(dtype)
    packing = pack(lengths)
    n_tokens = len(packing.tokens)
    weights = (rng.uniform(0.5, 2, size=n_tokens) / 7).astype(dtype)
    weights[:1] = 0
    return Problem(
        shapes,
        vector,
        lengths,
        packing,
        rng.normal(size=(n_tokens, n_inputs)).astype(dtype),
        network.dropout_masks([dropout] * len(widths), widths, packing, rng, dtype),
        rng.randint(3, size=n_tokens),
        weights,
    )
