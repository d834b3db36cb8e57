"""Memory for the large arrays of a minibatch, used again for the next one.

An allocator may give large arrays back to the system as soon as they are freed; each time that
they are made anew the system then hands out their pages one fault at a time, and two threads that
do so wait for each other. ``docs/benchmarks/memory.py`` prints what that costs.
"""

import math
import threading

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

    def clear(self):
        """Take all arrays back; what was handed out must not be used any more."""
        if self._used > len(self._block):
            self._block = np.empty(self._used, np.uint8)
        self._used = 0


class ThreadArena(threading.local):
    """An arena for each thread that asks for one, as ``arena``."""

    def __init__(self):
        self.arena = Arena()
