"""Threads of our own over a BLAS held at one thread each.

The recurrent part of the network is made of small products, which a BLAS cannot share out between
threads; whole directions and whole batches can be. So while a fit or a prediction runs, the BLAS
works on one thread and we run as many of ours as it was allowed, which is how the limits that
``threadpoolctl``, ``OMP_NUM_THREADS`` or joblib's workers set are respected. No sum depends on the
number of threads, so neither does the result.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_holders = 0
_found = []


@cache
def _blas():
    return ThreadpoolController().select(user_api="blas").lib_controllers


@contextmanager
def blas_on_one_thread():
    """Hold every BLAS at one thread, and say how many threads it had been allowed.

    The setting belongs to the whole process: the first of several holders sets it, the last one
    restores what the first had found.

    Yields
    ------
    n_threads : int
        The least number of threads that any BLAS was allowed; 1 where no BLAS is found.
    """
    n_threads = _hold()
    try:
        yield n_threads
    finally:
        _release()


def _hold():
    global _holders
    with _lock:
        if _holders == 0:
            _found[:] = [blas.num_threads for blas in _blas()]
            _set_threads([1] * len(_found))
        _holders += 1
        return min(_found, default=1)


def _release():
    global _holders
    with _lock:
        _holders -= 1
        if _holders == 0:
            _set_threads(_found)


def _set_threads(n_threads):
    for blas, n in zip(_blas(), n_threads, strict=True):
        blas.set_num_threads(n)


class Workers:
    """Runs functions on the threads that the machine allows; a context manager.

    Examples
    --------
    >>> from sklstm._threads import Workers
    >>> with Workers() as workers:
    ...     workers.run([lambda: "forward", lambda: "backward"])
    ['forward', 'backward']
    """

    def __enter__(self):
        self._limit = blas_on_one_thread()
        self._n_threads = self._limit.__enter__()
        self._pool = ThreadPoolExecutor(self._n_threads)  # starts a thread when it needs one
        return self

    def __exit__(self, *exc_info):
        self._pool.shutdown(cancel_futures=True)
        return self._limit.__exit__(*exc_info)

    def run(self, functions):
        """Call all functions, the first on this thread, and return their results in order."""
        if self._n_threads == 1:
            return [function() for function in functions]
        others = [self._submit(function) for function in functions[1:]]
        return [functions[0](), *(other.result() for other in others)]

    def map(self, function, items):
        """Return an iterator over ``function(item)`` for each item, in order."""
        if self._n_threads == 1 or len(items) == 1:
            return map(function, items)
        futures = [self._submit(function, item) for item in items]
        return (future.result() for future in futures)

    def _submit(self, function, *arguments):
        """Hand a function to a thread, with this thread's context: NumPy's error state is there."""
        return self._pool.submit(copy_context().run, function, *arguments)
