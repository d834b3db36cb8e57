"""What the machine needs, kept out of the mathematics: memory, small products, threads.

Large arrays come from an allocator, and independent functions run on an executor. Both are context
variables: the functions of this package do not take them as arguments.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

import numpy as np

# With AVX-512, OpenBLAS multiplies matrices without copying them into another layout where the
# product of their three dimensions is under this. Fewer columns than 64 do not fill the registers.
_SMALL_PRODUCT, _MIN_COLUMNS = 1_000_000, 64


class SerialExecutor:
    """Calls functions one after another."""

    n_threads = 1

    def run(self, functions):
        """Call all functions and return the list of their results."""
        return [function() for function in functions]


SERIAL = SerialExecutor()
_allocate = ContextVar("allocate", default=np.empty)
_executor = ContextVar("executor", default=SERIAL)


@contextmanager
def computing_with(allocate, executor):
    """Use an allocator and an executor in this context.

    Parameters
    ----------
    allocate : callable
        Returns an uninitialized array of a shape and a dtype, as :func:`numpy.empty` does.
    executor : object
        Has ``n_threads``, and ``run``, which calls each of a list of functions, possibly in
        parallel, and returns the list of their results.
    """
    tokens = _allocate.set(allocate), _executor.set(executor)
    try:
        yield
    finally:
        _allocate.reset(tokens[0])
        _executor.reset(tokens[1])


def map_directions(function, n_directions):
    """Apply a function to the directions of a layer: to each on its own thread, or to all at once.

    Parameters
    ----------
    function : callable
        Takes a range of directions.
    n_directions : int

    Returns
    -------
    results : list
        One result for each direction on several threads, a single one on one thread.
    """
    executor = _executor.get()
    if executor.n_threads == 1:
        return [function(range(n_directions))]
    return executor.run([partial(function, range(d, d + 1)) for d in range(n_directions)])


def empty(shape, dtype):
    """Return an uninitialized array from the allocator of this context."""
    return _allocate.get()(shape, dtype)


def take(array, rows, axis=0):
    """Return rows of an array, in memory of the allocator of this context."""
    shape = *array.shape[:axis], len(rows), *array.shape[axis + 1 :]
    return np.take(array, rows, axis, out=empty(shape, array.dtype), mode="clip")


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
    W = np.ascontiguousarray(W.reshape(*stack, n_inner, *blocks).swapaxes(-3, -2))
    product = empty((*stack, n_rows, n_columns), W.dtype)
    blocks_of_product = product.reshape(*stack, n_rows, *blocks).swapaxes(-3, -2)

    def multiply(rows):
        n = rows.shape[-2]
        np.matmul(rows[..., None, :, :], W, out=blocks_of_product[..., :n, :])
        return product[..., :n, :]

    return multiply
