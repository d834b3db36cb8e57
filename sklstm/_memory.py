"""Memory for the large arrays of a minibatch, used again for the next one.

An allocator may give large arrays back to the system as soon as they are freed; each time that
they are made anew the system then hands out their pages one fault at a time, and two threads that
do so wait for each other. ``docs/benchmarks/memory.py`` prints what that costs.
"""

import math
import threading
from collections import deque
from contextlib import contextmanager

import numpy as np

_ALIGNMENT = 64  # bytes: a cache line


class Arena:
    """Hands out arrays piece by piece, and takes all of them back at once.

    Examples
    --------
    >>> from sklstm._memory import Arena
    >>> arena, places = Arena(), []
    >>> for batch in range(3):
    ...     arena.clear()
    ...     places.append(arena.empty((1000, 100), "f4").ctypes.data)
    >>> places[1] == places[2]
    True
    """

    def __init__(self):
        self._block = np.empty(0, np.uint8)
        self._used = 0
        self._lock = threading.Lock()

    def empty(self, shape, dtype):
        """Return an uninitialized array, as :func:`numpy.empty` does, good until :meth:`clear`."""
        dtype = np.dtype(dtype)
        n_bytes = math.prod(shape) * dtype.itemsize
        with self._lock:
            start = self._used
            self._used += -(-n_bytes // _ALIGNMENT) * _ALIGNMENT
            block = self._block
        if start + n_bytes > len(block):
            return np.empty(shape, dtype)  # the next clear makes room for as much
        return block[start : start + n_bytes].view(dtype).reshape(shape)

    @property
    def n_bytes(self):
        """The memory that it takes while nothing is handed out."""
        return len(self._block)

    def clear(self):
        """Take all arrays back; what was handed out must not be used any more."""
        if self._used > len(self._block):
            block = np.empty(self._used + _ALIGNMENT, np.uint8)
            self._block = block[-block.ctypes.data % _ALIGNMENT :]
        self._used = 0


class Pool:
    """Lends arenas, and keeps those that come back, as long as they take little memory.

    Parameters
    ----------
    n_bytes : int
        The memory that all arenas may take together while nobody uses them.
    """

    def __init__(self, n_bytes):
        self._n_bytes = n_bytes
        self._kept = deque()

    @contextmanager
    def lend(self):
        """Lend an arena, empty, to one thread."""
        try:
            arena = self._kept.pop()
        except IndexError:
            arena = Arena()
        arena.clear()
        try:
            yield arena
        finally:
            if arena.n_bytes + sum(kept.n_bytes for kept in list(self._kept)) <= self._n_bytes:
                self._kept.append(arena)
