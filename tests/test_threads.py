import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sklstm import BiLSTMTagger, _threads
from sklstm._threads import Executor


def blas_threads():
    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


def test_blas_is_limited_to_one_thread_and_restored():
    with threadpool_limits(2):
        before = blas_threads()
        with Executor() as executor:
            assert set(blas_threads()) == {1}
            assert executor.n_threads == min(before)
        assert blas_threads() == before


def test_the_last_of_several_executors_restores_the_limits():
    with threadpool_limits(2):
        before = blas_threads()
        one, two = Executor(), Executor()
        one.__enter__()
        assert two.__enter__().n_threads == min(before)  # not the limit that the first one set
        one.__exit__(None, None, None)
        assert set(blas_threads()) == {1}
        two.__exit__(None, None, None)
        assert blas_threads() == before


def in_another_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_blas_is_limited_in_any_thread_after_another_one_has_set_limits():
    def limited():
        with Executor():
            return set(blas_threads())

    with threadpool_limits(2):  # this thread controls the limits now
        before = blas_threads()
        assert in_another_thread(limited) == {1}
        assert blas_threads() == before


def test_executors_of_different_threads_can_end_in_any_order():
    with threadpool_limits(2):
        before = blas_threads()
        one, two = Executor(), Executor()
        one.__enter__()
        in_another_thread(two.__enter__)
        one.__exit__(None, None, None)
        assert set(blas_threads()) == {1}
        in_another_thread(lambda: two.__exit__(None, None, None))
        assert blas_threads() == before


def test_the_limits_of_a_user_are_respected_and_restored():
    with threadpool_limits(2):
        before = blas_threads()
        with threadpool_limits(1), Executor() as executor:
            assert executor.n_threads == 1
        assert blas_threads() == before


def test_fits_in_several_threads_give_the_same_bits_as_fits_one_by_one(english):
    def fit(seed):
        return BiLSTMTagger(8, max_iter=2, random_state=seed).fit(*english)._model.vector

    before = blas_threads()
    alone = [fit(seed) for seed in range(4)]
    with ThreadPoolExecutor(3) as pool:
        overlapping = list(pool.map(fit, range(4)))
    np.testing.assert_array_equal(alone, overlapping)
    assert blas_threads() == before


class Library:
    """A BLAS in which each thread has its own limit."""

    internal_api, threading_layer = "openblas", "openmp"

    def __init__(self):
        self.limits = threading.local()

    @property
    def num_threads(self):
        return getattr(self.limits, "n", 2)

    def set_num_threads(self, n):
        self.limits.n = n


def test_limits_of_a_thread_are_set_in_each_thread_of_the_executor(monkeypatch):
    library = Library()
    monkeypatch.setattr(_threads, "_libraries", lambda: ([], [library]))
    with Executor() as executor:
        assert executor.map(lambda _: library.num_threads, range(8)) == [1] * 8
        assert library.num_threads == 1
    assert library.num_threads == 2


def test_without_a_blas_there_is_one_thread(monkeypatch):
    monkeypatch.setattr(_threads, "_libraries", lambda: ([], []))
    with Executor() as executor:
        assert executor.n_threads == 1


@pytest.mark.skipif(not hasattr(_threads.os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_that_is_forked_in_the_context_has_the_original_limits():
    context = multiprocessing.get_context("fork")
    with threadpool_limits(2):
        before = blas_threads()
        with Executor():
            queue = context.Queue()

            def limits():
                unlimited = blas_threads()
                with Executor() as executor:
                    queue.put((unlimited, set(blas_threads()), executor.n_threads))
                queue.put(blas_threads())

            child = context.Process(target=limits)
            child.start()
            assert queue.get(timeout=60) == (before, {1}, min(before))
            assert queue.get(timeout=60) == before
            child.join()


def test_an_error_restores_the_limits():
    before = blas_threads()
    with pytest.raises(RuntimeError), Executor():
        raise RuntimeError
    assert blas_threads() == before


def test_an_error_at_the_start_restores_the_limits(monkeypatch):
    with threadpool_limits(2):
        before = blas_threads()
        monkeypatch.setattr(_threads, "ThreadPoolExecutor", None)
        with pytest.raises(TypeError), Executor():
            pass
        assert blas_threads() == before


class Interrupted(Executor):
    """An executor that is interrupted when one of its contexts ends."""

    def __init__(self, n):
        super().__init__()
        self.n_before = n

    def __exit__(self, *exc_info):
        self.n_before -= 1
        if self.n_before == 0:
            raise KeyboardInterrupt
        super().__exit__(*exc_info)


@pytest.mark.parametrize("n", [1, 2])
def test_of_two_contexts_one_can_be_interrupted(n):
    with threadpool_limits(2):
        before, threads = blas_threads(), set(threading.enumerate())
        with pytest.raises(KeyboardInterrupt), Interrupted(n) as executor, executor:
            executor.map(str, range(4))
        assert blas_threads() == before
        assert set(threading.enumerate()) <= threads


def test_an_executor_that_is_left_open_does_not_change_the_limits_of_the_next_one():
    with threadpool_limits(2):
        before = blas_threads()
        Executor().__enter__()
        with Executor() as executor:
            assert executor.n_threads == min(before)
        assert blas_threads() == before


def test_the_package_enters_each_executor_twice():
    lines = [
        line
        for path in Path(_threads.__file__).parent.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "Executor() as" in line
    ]
    assert len(lines) > 4
    assert all(line.endswith("Executor() as executor, executor:") for line in lines)


@pytest.mark.parametrize("limit", [1, 2])
def test_results_are_in_order_and_limits_are_respected(limit):
    def square(k):
        return k * k

    def wait_for_others(_):
        barrier.wait()
        return threading.get_ident()

    with threadpool_limits(limit), Executor() as executor:
        barrier = threading.Barrier(limit, timeout=10)
        idents = executor.map(wait_for_others, range(2))
        assert len(set(idents)) == limit
        assert threading.get_ident() in idents
        assert executor.map(square, range(50)) == [k * k for k in range(50)]
        assert executor.map(pow, [2, 3, 4], [3, 2, 1]) == [8, 9, 4]
        assert executor.map(square, []) == []


def test_the_context_of_the_calling_thread_applies_in_other_threads():
    def get_divide(_):
        barrier.wait()
        return np.geterr()["divide"]

    with threadpool_limits(2), Executor() as executor:
        barrier = threading.Barrier(2, timeout=10)
        with np.errstate(divide="call"):
            assert executor.map(get_divide, range(2)) == ["call"] * 2


def test_no_function_still_runs_after_another_one_has_failed():
    done = []

    def work(k):
        if k == 0:
            barrier.wait()
            raise RuntimeError
        barrier.wait()
        time.sleep(0.2)
        done.append(True)

    with threadpool_limits(2), Executor() as executor:
        barrier = threading.Barrier(2, timeout=10)
        with pytest.raises(RuntimeError):
            executor.map(work, range(2))
        assert done


def test_after_an_interruption_functions_in_other_threads_can_be_joined(monkeypatch):
    begun, done = threading.Event(), []

    def interrupt(*_):
        assert begun.wait(10)
        raise KeyboardInterrupt

    def work(_):
        if threading.current_thread() is threading.main_thread():
            interrupt()
        begun.set()
        time.sleep(0.2)
        done.append(True)

    with threadpool_limits(2), Executor() as executor:
        with monkeypatch.context() as patched:
            patched.setattr(_threads, "wait", interrupt)  # a second one, during the wait
            with pytest.raises(KeyboardInterrupt):
                executor.map(work, range(2))
        assert not done
        executor.join()
        assert done


def test_functions_can_use_the_executor():
    def outer(k):
        return executor.map(lambda j: (k, j), range(3))

    with threadpool_limits(2), Executor() as executor:
        results = executor.map(outer, range(5))
    assert results == [[(k, j) for j in range(3)] for k in range(5)]


def test_no_more_functions_run_at_once_than_threads_are_allowed():
    running, n_running = set(), []

    def work(_):
        running.add(threading.get_ident())
        n_running.append(len(running))
        time.sleep(0.01)
        running.discard(threading.get_ident())

    with threadpool_limits(2), Executor() as executor:
        executor.map(work, range(10))
    assert max(n_running) == 2


def test_an_error_in_a_thread_reaches_the_caller():
    def fail(k):
        if k:
            raise ValueError("from a thread")

    with threadpool_limits(2), Executor() as executor:
        with pytest.raises(ValueError, match="from a thread"):
            executor.map(fail, [0, 1])
        with pytest.raises(ValueError, match="from a thread"):
            executor.map(fail, [1] * 3)
