import threading
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from sklstm._memory import Arena, Pool

SHAPES = [(3, 5), (0, 4), (2, 7, 3), (1000,)]


def fill(arena):
    arrays = [arena.empty(shape, dtype) for shape in SHAPES for dtype in ("f4", "f8")]
    for k, array in enumerate(arrays):
        array[...] = k
    return arrays


def test_arrays_do_not_overlap_before_and_after_the_arena_has_grown():
    arena = Arena()
    for _ in range(3):
        arena.clear()
        for k, array in enumerate(fill(arena)):
            assert (array == k).all()
            assert array.shape == SHAPES[k // 2]
            assert array.dtype == ("f4", "f8")[k % 2]
            assert array.flags.c_contiguous
            assert array.flags.aligned


def test_the_second_round_is_made_of_the_memory_of_one_block():
    arena = Arena()
    fill(arena)
    arena.clear()
    assert all(np.shares_memory(array, arena._block) for array in fill(arena) if array.size)
    arena.clear()
    block = arena._block
    fill(arena)
    arena.clear()
    assert arena._block is block


def test_threads_share_an_arena_without_sharing_bytes():
    arena = Arena()
    for _ in range(2):
        arena.clear()
        arrays = []
        work = partial(lambda into: into.extend(fill(arena)), arrays)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        starts = sorted((a.ctypes.data, a.nbytes) for a in arrays if a.size)
        assert len(starts) == 48
        for (start, size), (following, _) in pairwise(starts):
            assert start + size <= following


def test_arrays_start_at_a_cache_line():
    arena = Arena()
    for _ in range(3):
        arena.clear()
        arrays = [arena.empty((k,), "f4") for k in range(1, 40)]
    assert {array.ctypes.data % 64 for array in arrays} == {0}


def test_a_pool_lends_an_arena_to_one_at_a_time_and_lends_it_again():
    pool = Pool(1 << 20)
    with pool.lend() as one, pool.lend() as other:
        assert one is not other
        fill(one)
    with pool.lend() as again, pool.lend() as and_again:
        assert {id(again), id(and_again)} == {id(one), id(other)}
        assert one.n_bytes > 0
        assert all(np.shares_memory(a, one._block) for a in fill(one) if a.size)


def test_a_pool_keeps_no_more_than_it_may():
    pool = Pool(100_000)
    for _ in range(2):
        with pool.lend() as large:
            large.empty((100_000,), "u1")
    assert not pool._kept
    for _ in range(2):
        with pool.lend() as one, pool.lend() as other:
            for arena in (one, other):
                arena.empty((60_000,), "u1")
    assert len(pool._kept) == 1


def test_an_arena_comes_back_from_work_that_failed():
    pool = Pool(1 << 20)
    with pytest.raises(ValueError, match="failed"), pool.lend() as arena:
        raise ValueError("failed")
    with pool.lend() as again:
        assert again is arena
