"""Calls in other processes."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import joblib

TIMEOUT = 120


def in_a_process(method, function, *arguments, timeout=TIMEOUT):
    """Call a function in another process; the method is "fork", "spawn" or "loky"."""
    if method == "loky":
        [result] = joblib.Parallel(n_jobs=2, backend="loky")([joblib.delayed(function)(*arguments)])
        return result
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result(timeout)
