import threading
from functools import partial
from itertools import pairwise

import numpy as np

from sklstm._memory import Arena, ThreadArena

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


def test_each_thread_has_an_arena_of_its_own():
    local, seen = ThreadArena(), []
    thread = threading.Thread(target=lambda: seen.append(local.arena))
    thread.start()
    thread.join()
    assert seen[0] is not local.arena
