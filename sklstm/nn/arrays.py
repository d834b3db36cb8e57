"""Memory, threads and small products: what the machine needs, kept out of the mathematics.

Large arrays come from an arena, and independent functions run on an executor. Both are in a context
variable: the functions of this package do not take them as arguments.
"""

import math
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

_ALIGNMENT = 64  # bytes: a cache line
# With AVX-512, OpenBLAS multiplies matrices without copying them into another layout where the
# product of their three dimensions is under this. Fewer columns than 64 do not fill the registers.
_SMALL_PRODUCT, _MIN_COLUMNS = 1_000_000, 64
# An array of all steps that is not larger than this stays in the cache, and is kept in any case.
_SMALL_ARRAY = 1 << 20  # bytes
# The contribution of the input to the gates takes at most this memory in prediction: a common batch
# is one large product, and one very long sequence does not fill the memory.
_PROJECTED_AT_ONCE = 1 << 25  # bytes


class Arena:
    """Memory for the large arrays of a batch that the next batch uses again.

    An allocator may return large arrays to the system as soon as they are freed. New arrays then
    cost page faults, and threads that fault at the same time wait for each other.
    ``docs/benchmarks/memory.py`` prints the cost.

    Attributes
    ----------
    block : ndarray of uint8
        The memory.
    used : int
        The number of bytes that the arrays since the last :meth:`clear` need.
    lock : threading.Lock
    """

    def __init__(self):
        self.block = np.empty(0, np.uint8)
        self.used = 0
        self.lock = threading.Lock()

    def clear(self):
        """Free all arrays; they must not be used any more."""
        if self.used > len(self.block):
            block = np.empty(self.used + _ALIGNMENT, np.uint8)
            self.block = block[-block.ctypes.data % _ALIGNMENT :]
        self.used = 0


class SerialExecutor:
    """Calls functions in the present thread."""

    n_threads = 1
    map = map


SERIAL = SerialExecutor()


class Resources(NamedTuple):
    """What computations in a context use; see :func:`computing_with`."""

    arena: Arena | None = None
    executor: Any = SERIAL
    keep_steps: bool = True


_DEFAULTS = Resources()
_resources = ContextVar("resources", default=_DEFAULTS)


@contextmanager
def computing_with(arena, executor, keep_steps=True):
    """Use an arena, after clearing it, and an executor in this context.

    Parameters
    ----------
    arena : Arena
    executor : object
        Has ``n_threads``, and ``map(function, items)``, which may call the function in other
        threads, and returns an iterable of its results in order.
    keep_steps : bool, default=True
        Whether to keep all steps of a recurrence for a backward pass, or only the present one.
    """
    arena.clear()
    outer = _resources.get()
    try:
        _resources.set(Resources(arena, executor, keep_steps))
        yield
    finally:
        _resources.set(outer)


def executor():
    """Return the executor of this context."""
    return _resources.get().executor


def empty(shape, dtype):
    """Return an uninitialized array from the arena of this context, valid until it is cleared.

    Examples
    --------
    >>> from sklstm.nn.arrays import SERIAL, Arena, computing_with, empty
    >>> arena, addresses = Arena(), []
    >>> for batch in range(3):
    ...     with computing_with(arena, SERIAL):
    ...         addresses.append(empty((1000, 100), "f4").ctypes.data)
    >>> addresses[1] == addresses[2]
    True
    """
    arena = _resources.get().arena
    if arena is None:
        return np.empty(shape, dtype)
    dtype = np.dtype(dtype)
    n_bytes = math.prod(shape) * dtype.itemsize
    with arena.lock:
        start = arena.used
        arena.used += -(-n_bytes // _ALIGNMENT) * _ALIGNMENT
    if start + n_bytes > len(arena.block):
        return np.empty(shape, dtype)  # the next clear() enlarges the block
    return arena.block[start : start + n_bytes].view(dtype).reshape(shape)


def empty_steps(shape, dtype, n_rows):
    """Return an uninitialized array whose rows are written and read step by step.

    Parameters
    ----------
    shape : tuple of int
        (..., n_tokens, n_units).
    dtype : dtype
    n_rows : int
        The largest number of rows of a step.

    Returns
    -------
    steps : ndarray or PresentStep
        Without ``keep_steps``, only the present step is in memory.
    """
    if _resources.get().keep_steps or math.prod(shape) * np.dtype(dtype).itemsize <= _SMALL_ARRAY:
        return empty(shape, dtype)
    return PresentStep(empty((*shape[:-2], n_rows, shape[-1]), dtype))


class PresentStep:
    """Stands for an array of all steps, but has memory for one step, which is any slice of rows."""

    def __init__(self, memory):
        self.memory = memory

    def __getitem__(self, key):
        rows = key[-1]
        return self.memory[..., : rows.stop - (rows.start or 0), :]

    def __setitem__(self, key, value):
        self[key][...] = value


def project_steps(inputs, weights, n_rows):
    """Return the products of inputs and weights, which are read step by step.

    Parameters
    ----------
    inputs : list of ndarray of shape (n_tokens, n_inputs)
        For each direction, in the order in which it reads the tokens.
    weights : list of ndarray of shape (4, n_inputs, n_units)
        The weights of the gates, for each direction.
    n_rows : int
        The largest number of rows of a step.

    Returns
    -------
    steps : ndarray or ProjectedSteps of shape (4, n_directions, n_tokens, n_units)
        Without ``keep_steps``, only some steps are in memory.
    """
    n_tokens, n_units = len(inputs[0]), weights[0].shape[-1]
    row_bytes = len(inputs) * 4 * n_units * inputs[0].dtype.itemsize
    n_at_once = max(n_rows, _PROJECTED_AT_ONCE // row_bytes)
    if _resources.get().keep_steps or n_tokens <= n_at_once:
        return ProjectedSteps(inputs, weights, n_tokens)[:, :, slice(0, n_tokens)]
    return ProjectedSteps(inputs, weights, n_at_once)


class ProjectedSteps:
    """Stands for an array of all steps, but computes `n_at_once` rows when the first is read."""

    def __init__(self, inputs, weights, n_at_once):
        self.inputs, self.weights, self.n_at_once = inputs, weights, n_at_once
        n_units, self.dtype = weights[0].shape[-1], inputs[0].dtype
        self.shape = 4, len(inputs), len(inputs[0]), n_units
        self.memory = empty((len(inputs), 4, n_at_once, n_units), self.dtype)
        self.start = self.stop = 0

    def __getitem__(self, key):
        rows = key[-1]
        if rows.stop > self.stop:
            self.start, self.stop = rows.start, min(rows.start + self.n_at_once, self.shape[2])
            for X, W, out in zip(self.inputs, self.weights, self.memory, strict=True):
                computed = out[:, : self.stop - self.start]
                np.matmul(X[self.start : self.stop], W, out=computed)
        step = slice(rows.start - self.start, rows.stop - self.start)
        return self.memory[:, :, step].swapaxes(0, 1)


def gather_steps(values, indices, n_rows):
    """Return rows of gates in the order in which each direction reads them step by step.

    Parameters
    ----------
    values : list of ndarray of shape (4, n_values, n_units)
        For each direction.
    indices : list of ndarray of int of shape (n_tokens,)
        The row of each token, for each direction.
    n_rows : int
        The largest number of rows of a step.

    Returns
    -------
    steps : ndarray or GatheredSteps of shape (4, n_directions, n_tokens, n_units)
        Without ``keep_steps``, only the present step is in memory.
    """
    n_tokens, n_units, dtype = len(indices[0]), values[0].shape[-1], values[0].dtype
    is_small = len(values) * 4 * n_tokens * n_units * dtype.itemsize <= _SMALL_ARRAY
    if not (is_small or _resources.get().keep_steps):
        return GatheredSteps(values, indices, n_rows)
    return GatheredSteps(values, indices, n_tokens)[:, :, slice(0, n_tokens)]


class GatheredSteps:
    """Stands for an array of all steps, but gathers the rows of a step when they are read."""

    def __init__(self, values, indices, n_rows):
        self.values, self.indices = values, indices
        _, _, n_units = values[0].shape
        self.shape, self.dtype = (4, len(values), len(indices[0]), n_units), values[0].dtype
        self.memory = empty((len(values) * 4 * n_rows * n_units,), self.dtype)

    def __getitem__(self, key):
        rows, (_, n_directions, _, n_units) = key[-1], self.shape
        shape = n_directions, 4, rows.stop - rows.start, n_units
        step = self.memory[: math.prod(shape)].reshape(shape)
        for values, indices, out in zip(self.values, self.indices, step, strict=True):
            np.take(values, indices[rows], axis=1, out=out, mode="clip")
        return step.swapaxes(0, 1)


def take(array, indices, axis=0):
    """Return ``array.take(indices, axis)`` in the arena, or the array where `indices` is None."""
    if indices is None:
        return array
    shape = *array.shape[:axis], len(indices), *array.shape[axis + 1 :]
    return np.take(array, indices, axis, out=empty(shape, array.dtype), mode="clip")


def matmul(A, B):
    """Return ``A @ B`` in the arena of this context."""
    stack = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    return np.matmul(A, B, out=empty((*stack, A.shape[-2], B.shape[-1]), A.dtype))


def stacked_product(W, n_rows):
    """Return a function that multiplies rows with each matrix of a stack.

    The matrices are cut into blocks of columns where OpenBLAS multiplies small matrices faster.

    Parameters
    ----------
    W : ndarray of shape (..., K, N)
    n_rows : int
        The largest number of rows of a product.

    Returns
    -------
    multiply : callable
        From an array that broadcasts with shape (..., n, K), n <= n_rows, to its product of shape
        (..., n, N), which is valid until the next call.
    """
    *stack, n_inner, n_columns = W.shape
    size = n_columns
    while n_rows * n_inner * size > _SMALL_PRODUCT:
        size //= 2
    if size < _MIN_COLUMNS or n_columns % size:
        size = n_columns
    blocks = n_columns // size, size
    is_transposed = W.strides[-1] != W.itemsize
    W = W.reshape(*stack, n_inner, *blocks).swapaxes(-3, -2)
    if blocks[0] > 1 or is_transposed:
        W = np.ascontiguousarray(W)
    product = empty((*stack, n_rows, n_columns), W.dtype)
    blocks_of_product = product.reshape(*stack, n_rows, *blocks).swapaxes(-3, -2)

    def multiply(rows):
        n = rows.shape[-2]
        np.matmul(rows[..., None, :, :], W, out=blocks_of_product[..., :n, :])
        return product[..., :n, :]

    return multiply


def extend_rows(array, n_rows):
    """Return an array with more rows; the new ones are zeros.

    The memory grows by at least half, so that rows can be added many times: most calls use the
    memory behind the array, and do not copy it.

    Parameters
    ----------
    array : ndarray of shape (n, n_columns)
        It shares memory with the result or is copied; do not use it any more.
    n_rows : int
        At least n.

    Returns
    -------
    extended : ndarray of shape (n_rows, n_columns)

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.nn.arrays import extend_rows
    >>> two = extend_rows(np.ones((1, 3)), 2)
    >>> extend_rows(extend_rows(two, 9), 10).tolist()[::9]
    [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """
    n_old, memory = len(array), array.base
    if n_rows == n_old:
        return array
    is_ours = memory is not None and getattr(memory, "shape", ())[1:] == array.shape[1:]
    if not is_ours or len(memory) < n_rows:
        memory = np.empty((max(n_rows, n_old + n_old // 2), *array.shape[1:]), array.dtype)
        memory[:n_old] = array
    memory[n_old:n_rows] = 0
    return memory[:n_rows]
