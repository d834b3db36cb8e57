"""Threads for whole directions and batches, while BLAS is limited to one thread.

The products of the recurrence are small, and a BLAS gains nothing from several threads on them.
Whole directions and batches can run in parallel. During a fit or a prediction the BLAS therefore
runs on one thread, and as many threads as it was allowed run our functions. So the limits of
``threadpoolctl``, ``OMP_NUM_THREADS`` and joblib's workers are respected. No sum depends on the
number of threads, and neither does the result.
"""

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache, partial
from itertools import starmap
from weakref import WeakSet

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
# The executors that are in use, and the limits before the first of them.
_active: WeakSet["Executor"] = WeakSet()
_original_limits: list[int] = []


@cache
def _libraries():
    """Return the BLAS libraries with one limit for the process, and those with one per thread."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    per_thread = [
        blas
        for blas in libraries
        if blas.internal_api == "openblas" and getattr(blas, "threading_layer", "") == "openmp"
    ]
    return [blas for blas in libraries if blas not in per_thread], per_thread


def _set_limits(libraries, limits):
    """Set the number of threads of each library."""
    for blas, limit in zip(libraries, limits, strict=True):
        # From 3.7 on, threadpoolctl ignores a limit that is set by another thread than the first
        # one. Our contexts can begin and end in any order and thread.
        clear_control = getattr(blas, "clear_controlling_thread", lambda force: None)
        clear_control(force=True)
        blas.set_num_threads(limit)
        clear_control(force=True)


def _update_limits():
    """Limit each BLAS of the process to one thread, or restore its limit if no executor is in use.

    A call that is interrupted can be repeated.
    """
    if _active:
        libraries, _ = _libraries()
        if not _original_limits:
            _original_limits[:] = [blas.num_threads for blas in libraries]
        _set_limits(libraries, [1] * len(libraries))
    elif _original_limits:
        _set_limits(_libraries()[0], _original_limits)
        _original_limits.clear()


def _reset_after_fork():
    """Restore the limits in a forked child, because the threads that would do it do not exist."""
    global _lock
    _lock = threading.Lock()
    _active.clear()
    _update_limits()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)


class Executor:
    """Runs functions on as many threads as the BLAS was allowed; a context manager.

    In the context, every BLAS is limited to one thread. A limit of the whole process is set by the
    first of several overlapping contexts, in any thread, and the last one restores the original
    limit.

    An exception such as KeyboardInterrupt can be raised at any time, even before the first line
    of ``__exit__``. Enter an executor twice, as in the example: then one of two calls is complete.

    Attributes
    ----------
    n_threads : int
        The smallest number of threads that any BLAS was allowed; 1 if no BLAS is found.

    Examples
    --------
    >>> from sklstm._threads import Executor
    >>> with Executor() as executor, executor:
    ...     list(executor.map(abs, [-1, 2]))
    [1, 2]
    """

    def __init__(self):
        self._pool, self._thread_limits = None, []

    def __enter__(self):
        try:
            if self._pool is None:
                self._begin()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *exc_info):
        try:
            self.join()
        finally:
            if self._thread_limits:
                _set_limits(_libraries()[1], self._thread_limits)
            with _lock:
                _active.discard(self)
                _update_limits()

    def _begin(self):
        _, per_thread = _libraries()
        self._thread_limits = [blas.num_threads for blas in per_thread]
        with _lock:
            _active.add(self)
            _update_limits()
            self.n_threads = min([*_original_limits, *self._thread_limits], default=1)
        limit_thread = partial(_set_limits, per_thread, [1] * len(per_thread))
        limit_thread()
        # The pool starts a thread when it needs one. The calling thread works, too.
        self._pool = ThreadPoolExecutor(max(1, self.n_threads - 1), initializer=limit_thread)

    def map(self, function, *iterables):
        """Call a function with the items of iterables, some of the calls in this thread.

        The function can call this method, too: the calling thread makes all calls that no other
        thread has started.

        Returns
        -------
        results : list
            In the order of the items.
        """
        calls = list(zip(*iterables, strict=True))
        if self.n_threads == 1 or len(calls) <= 1:
            return list(starmap(function, calls))
        queue, results, futures = deque(enumerate(calls)), [None] * len(calls), []

        def work():
            while queue:
                try:
                    k, arguments = queue.popleft()
                except IndexError:  # another thread has just taken the last one
                    return
                results[k] = function(*arguments)

        try:
            for _ in range(min(self.n_threads, len(calls)) - 1):
                # Each thread has this thread's context, such as NumPy's error state.
                futures.append(self._pool.submit(copy_context().run, work))
            work()
            for future in futures:
                if not future.cancel():
                    future.result()
        finally:
            queue.clear()
            wait([future for future in futures if not future.cancel()])
        return results

    def join(self):
        """Wait until no function runs in another thread, even if :meth:`map` was interrupted.

        After this, :meth:`map` must not be called again.
        """
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
