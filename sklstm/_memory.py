"""Memory for the large arrays of a minibatch that the next minibatch uses again.

An allocator may return large arrays to the system as soon as they are freed. New arrays then cost
page faults, and threads that fault at the same time wait for each other.
``docs/benchmarks/memory.py`` prints the cost.
"""

import math
import threading
from collections import deque
from contextlib import contextmanager

import numpy as np

_ALIGNMENT = 64  # bytes: a cache line


class Arena:
    """Allocates arrays from one block of memory, and frees all of them at once.

    Examples
    --------
    >>> from sklstm._memory import Arena
    >>> arena, addresses = Arena(), []
    >>> for batch in range(3):
    ...     arena.clear()
    ...     addresses.append(arena.empty((1000, 100), "f4").ctypes.data)
    >>> addresses[1] == addresses[2]
    True
    """

    def __init__(self):
        self._block = np.empty(0, np.uint8)
        self._used = 0
        self._lock = threading.Lock()

    def empty(self, shape, dtype):
        """Return an uninitialized array, valid until :meth:`clear`; see :func:`numpy.empty`."""
        dtype = np.dtype(dtype)
        n_bytes = math.prod(shape) * dtype.itemsize
        with self._lock:
            start = self._used
            self._used += -(-n_bytes // _ALIGNMENT) * _ALIGNMENT
            block = self._block
        if start + n_bytes > len(block):
            return np.empty(shape, dtype)  # the next clear() enlarges the block
        return block[start : start + n_bytes].view(dtype).reshape(shape)

    @property
    def n_bytes(self):
        """The size of the block."""
        return len(self._block)

    def clear(self):
        """Free all arrays; they must not be used any more."""
        if self._used > len(self._block):
            block = np.empty(self._used + _ALIGNMENT, np.uint8)
            self._block = block[-block.ctypes.data % _ALIGNMENT :]
        self._used = 0


class ArenaPool:
    """Lends arenas, and keeps returned ones up to a total size.

    Parameters
    ----------
    n_bytes : int
        The largest total size of arenas that are not in use.
    """

    def __init__(self, n_bytes):
        self._n_bytes = n_bytes
        self._unused = deque()

    @contextmanager
    def lend(self):
        """Lend an empty arena to one thread."""
        try:
            arena = self._unused.pop()
        except IndexError:
            arena = Arena()
        arena.clear()
        try:
            yield arena
        finally:
            if arena.n_bytes + sum(other.n_bytes for other in list(self._unused)) <= self._n_bytes:
                self._unused.append(arena)
