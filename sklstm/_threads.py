"""Threads of our own over a BLAS held at one thread each.

The recurrent part of the network is made of small products, which a BLAS cannot share out between
threads; whole directions and whole batches can be. So while a fit or a prediction runs, the BLAS
works on one thread and we run as many of ours as it was allowed, which is how the limits that
``threadpoolctl``, ``OMP_NUM_THREADS`` or joblib's workers set are respected. No sum depends on the
number of threads, so neither does the result.
"""

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_holders = 0
_found = []


@cache
def _libraries():
    """Return the BLAS libraries with one limit for the process, and those with one a thread."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    own = [
        blas
        for blas in libraries
        if blas.internal_api == "openblas" and getattr(blas, "threading_layer", "") == "openmp"
    ]
    return [blas for blas in libraries if blas not in own], own


@contextmanager
def blas_on_one_thread():
    """Hold every BLAS at one thread, and say how many threads it had been allowed.

    Where the limit belongs to the whole process, the first of several holders sets it, in whatever
    thread, and the last one restores what the first had found.

    Yields
    ------
    n_threads : int
        The least number of threads that any BLAS was allowed; 1 where no BLAS is found.
    """
    _, own = _libraries()
    own_found = [blas.num_threads for blas in own]
    n_threads = min([*_hold(), *own_found], default=1)
    _limit_this_thread()
    try:
        yield n_threads
    finally:
        _set_threads(own, own_found)
        _release()


def _hold():
    """Count one holder more; return how many threads the libraries of the process were allowed."""
    global _holders
    shared, _ = _libraries()
    with _lock:
        if _holders == 0:
            _found[:] = [blas.num_threads for blas in shared]
            _set_threads(shared, [1] * len(shared))
        _holders += 1
        return list(_found)


def _release():
    """Count one holder less."""
    global _holders
    with _lock:
        _holders -= 1
        if _holders == 0:
            _set_threads(_libraries()[0], _found)


def _limit_this_thread():
    _, own = _libraries()
    _set_threads(own, [1] * len(own))


def _set_threads(libraries, n_threads):
    for blas, n in zip(libraries, n_threads, strict=True):
        # From 3.7 on, threadpoolctl lets only that thread set a limit which set it first, and
        # ignores all others; our holders may come and go in any order and thread.
        take_control = getattr(blas, "clear_controlling_thread", lambda force: None)
        take_control(force=True)
        blas.set_num_threads(n)
        take_control(force=True)


def _forget_holders():
    """Let go in a forked child: the threads that hold the limit are not there."""
    global _lock, _holders
    _lock = threading.Lock()
    if _holders:
        _holders = 0
        _set_threads(_libraries()[0], _found)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_holders)


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
        # It starts a thread when it needs one; this thread works too.
        n_helpers = max(1, self._n_threads - 1)
        self._helpers = ThreadPoolExecutor(n_helpers, initializer=_limit_this_thread)
        self._at_work = set()
        return self

    def __exit__(self, *exc_info):
        try:
            self._helpers.shutdown(cancel_futures=True)
        finally:
            self._limit.__exit__(*exc_info)

    def run(self, functions):
        """Call all functions, some of them on this thread, and return their results in order.

        A function may call this in turn: this thread leaves none to others that they have not
        begun when it has nothing else to do.
        """
        if self._n_threads == 1 or len(functions) == 1:
            return [function() for function in functions]
        waiting, results = deque(enumerate(functions)), [None] * len(functions)

        def work():
            while waiting:
                try:
                    k, function = waiting.popleft()
                except IndexError:  # another thread has just taken the last one
                    return
                results[k] = function()

        n_helpers = min(self._n_threads, len(functions)) - 1
        helpers = [_submit(self._helpers, work) for _ in range(n_helpers)]
        self._at_work.update(helpers)
        try:
            work()
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
        finally:
            waiting.clear()
            _finish(helpers)
            self._at_work.difference_update(helpers)
        return results

    def later(self, function):
        """Return a function that returns what this one does; another thread may do it before."""
        if self._n_threads == 1:
            return function
        future = _submit(self._helpers, function)
        self._at_work.add(future)

        def result():
            self._at_work.discard(future)
            return function() if future.cancel() else future.result()

        return result

    def rest(self):
        """Wait until no function of :meth:`run` is at work, even if that was interrupted."""
        _finish(list(self._at_work))


def _finish(futures):
    """Wait for what has begun, and let nothing else begin."""
    wait([future for future in futures if not future.cancel()])


def _submit(executor, function, *arguments):
    """Hand a function to a thread, with this thread's context: NumPy's error state is there."""
    return executor.submit(copy_context().run, function, *arguments)
