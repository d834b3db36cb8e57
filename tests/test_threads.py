import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

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


def test_an_error_lets_go_too():
    before = blas_threads()
    with pytest.raises(RuntimeError), Workers():
        raise RuntimeError
    assert blas_threads() == before


@pytest.mark.parametrize("limit", [1, 2])
def test_results_come_in_order_and_limits_are_respected(limit):
    with threadpool_limits(limit), Workers() as workers:
        idents = workers.run([threading.get_ident] * 2)
        assert len(set(idents)) <= limit
        assert idents[0] == threading.get_ident()
        assert list(workers.map(lambda k: k * k, range(50))) == [k * k for k in range(50)]


def test_an_error_in_a_thread_reaches_the_caller():
    def fail():
        raise ValueError("from a thread")

    with threadpool_limits(2), Workers() as workers:
        with pytest.raises(ValueError, match="from a thread"):
            workers.run([lambda: None, fail])
        with pytest.raises(ValueError, match="from a thread"):
            list(workers.map(lambda _: fail(), range(3)))
