import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sklstm import BiLSTMTagger, _threads
from sklstm._threads import Workers, blas_on_one_thread


def blas_threads():
    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


def test_blas_is_held_at_one_thread_and_let_go():
    with threadpool_limits(2):
        before = blas_threads()
        with blas_on_one_thread() as n_threads:
            assert set(blas_threads()) == {1}
            assert n_threads == min(before)
        assert blas_threads() == before


def test_the_last_of_several_holders_lets_go():
    with threadpool_limits(2):
        before = blas_threads()
        one, two = blas_on_one_thread(), blas_on_one_thread()
        one.__enter__()
        assert two.__enter__() == min(before)  # what the first one found, not what it set
        one.__exit__(None, None, None)
        assert set(blas_threads()) == {1}
        two.__exit__(None, None, None)
        assert blas_threads() == before


def in_another_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_blas_is_held_in_any_thread_after_another_one_has_set_limits():
    def hold():
        with blas_on_one_thread():
            return set(blas_threads())

    with threadpool_limits(2):  # this thread controls the limits now
        before = blas_threads()
        assert in_another_thread(hold) == {1}
        assert blas_threads() == before


def test_holders_of_different_threads_may_let_go_in_any_order():
    with threadpool_limits(2):
        before = blas_threads()
        one, two = blas_on_one_thread(), blas_on_one_thread()
        one.__enter__()
        in_another_thread(two.__enter__)
        one.__exit__(None, None, None)
        assert set(blas_threads()) == {1}
        in_another_thread(lambda: two.__exit__(None, None, None))
        assert blas_threads() == before


def test_a_user_s_own_limits_work_during_and_after_ours():
    with threadpool_limits(2):
        before = blas_threads()
        with threadpool_limits(1), blas_on_one_thread() as n_threads:
            assert n_threads == 1
        assert blas_threads() == before


def test_fits_that_overlap_in_threads_give_the_bits_of_fits_one_by_one(english):
    def fit(seed):
        return BiLSTMTagger(8, max_iter=2, random_state=seed).fit(*english)._network["vector"]

    before = blas_threads()
    alone = [fit(seed) for seed in range(4)]
    with ThreadPoolExecutor(3) as pool:
        overlapping = list(pool.map(fit, range(4)))
    np.testing.assert_array_equal(alone, overlapping)
    assert blas_threads() == before


class Library:
    """A BLAS in which each thread has a limit of its own."""

    internal_api, threading_layer = "openblas", "openmp"

    def __init__(self):
        self.limits = threading.local()

    @property
    def num_threads(self):
        return getattr(self.limits, "n", 2)

    def set_num_threads(self, n):
        self.limits.n = n


def test_limits_that_belong_to_a_thread_are_set_in_each_of_ours(monkeypatch):
    library = Library()
    monkeypatch.setattr(_threads, "_libraries", lambda: ([], [library]))
    with Workers() as workers:
        assert workers.run([lambda: library.num_threads] * 8) == [1] * 8
        assert library.num_threads == 1
    assert library.num_threads == 2


def test_without_a_blas_there_is_one_thread(monkeypatch):
    monkeypatch.setattr(_threads, "_libraries", lambda: ([], []))
    with blas_on_one_thread() as n_threads:
        assert n_threads == 1


@pytest.mark.skipif(not hasattr(_threads.os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_forked_during_a_hold_is_free():
    context = multiprocessing.get_context("fork")
    with threadpool_limits(2):
        before = blas_threads()
        with blas_on_one_thread():
            queue = context.Queue()
            child = context.Process(target=lambda: queue.put((blas_threads(), _threads._holders)))
            child.start()
            assert queue.get(timeout=60) == (before, 0)
            child.join()


def test_an_error_lets_go_too():
    before = blas_threads()
    with pytest.raises(RuntimeError), Workers():
        raise RuntimeError
    assert blas_threads() == before


@pytest.mark.parametrize("limit", [1, 2])
def test_results_come_in_order_and_limits_are_respected(limit):
    with threadpool_limits(limit), Workers() as workers:
        barrier = threading.Barrier(limit, timeout=10)
        idents = workers.run([lambda: (barrier.wait(), threading.get_ident())[1]] * 2)
        assert len(set(idents)) == limit
        assert threading.get_ident() in idents
        assert workers.run([lambda k=k: k * k for k in range(50)]) == [k * k for k in range(50)]


def test_nothing_is_left_at_work_when_the_first_function_fails():
    done = []

    def fail():
        raise RuntimeError

    def work():
        time.sleep(0.2)
        done.append(True)

    with threadpool_limits(2), Workers() as workers:
        with pytest.raises(RuntimeError):
            workers.run([fail, work])
        assert done


def test_an_interruption_while_others_are_at_work_can_be_waited_for(monkeypatch):
    begun, done = threading.Event(), []

    def interrupt(*_):
        assert begun.wait(10)
        raise KeyboardInterrupt

    def work():
        if threading.current_thread() is threading.main_thread():
            interrupt()
        begun.set()
        time.sleep(0.2)
        done.append(True)

    with threadpool_limits(2), Workers() as workers:
        with monkeypatch.context() as patched:
            patched.setattr(_threads, "wait", interrupt)  # again, while the first one is waited out
            with pytest.raises(KeyboardInterrupt):
                workers.run([work, work])
        assert not done
        workers.rest()
        assert done


@pytest.mark.parametrize("limit", [1, 2])
def test_what_is_done_later_is_done_once(limit):
    done = []
    with threadpool_limits(limit), Workers() as workers:
        results = [workers.later(lambda k=k: done.append(k) or k) for k in range(20)]
        assert [result() for result in results] == list(range(20))
    assert sorted(done) == list(range(20))


def test_functions_may_run_others_in_turn():
    def outer(k):
        return workers.run([lambda j=j: (k, j) for j in range(3)])

    with threadpool_limits(2), Workers() as workers:
        results = workers.run([lambda k=k: outer(k) for k in range(5)])
    assert results == [[(k, j) for j in range(3)] for k in range(5)]


def test_no_more_functions_are_at_work_than_threads_are_allowed():
    at_work, most = set(), []

    def work(k=None):
        at_work.add(threading.get_ident())
        most.append(len(at_work))
        time.sleep(0.01)
        at_work.discard(threading.get_ident())

    with threadpool_limits(2), Workers() as workers:
        workers.run([work] * 10)
    assert max(most) == 2


def test_an_error_in_a_thread_reaches_the_caller():
    def fail():
        raise ValueError("from a thread")

    with threadpool_limits(2), Workers() as workers:
        with pytest.raises(ValueError, match="from a thread"):
            workers.run([lambda: None, fail])
        with pytest.raises(ValueError, match="from a thread"):
            workers.run([fail] * 3)
