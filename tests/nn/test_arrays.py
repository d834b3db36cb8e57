import threading
import time
from contextvars import copy_context
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from sklstm.nn import arrays
from sklstm.nn.arrays import (
    SERIAL,
    Arena,
    computing_with,
    empty,
    empty_steps,
    executor,
    gather_steps,
    matmul,
    stacked_product,
    take,
)

from ._checks import OnePrecision, threads

SHAPES = [(3, 5), (0, 4), (2, 7, 3), (1000,), ()]


def make_arrays():
    """Return arrays of all shapes in two precisions, the k-th filled with k."""
    made = [empty(shape, dtype) for shape in SHAPES for dtype in ("f4", "f8")]
    for k, array in enumerate(made):
        array[...] = k
    return made


# --- the arena ----------------------------------------------------------------------------------


def test_a_new_arena_has_no_memory():
    arena = Arena()
    with computing_with(arena, SERIAL):
        assert (arena.used, arena.block.dtype, arena.block.shape) == (0, np.uint8, (0,))


def test_arrays_do_not_overlap_before_and_after_the_arena_has_grown():
    arena = Arena()
    for _ in range(3):
        with computing_with(arena, SERIAL):
            for k, array in enumerate(make_arrays()):
                assert (array == k).all()
                assert array.shape == SHAPES[k // 2]
                assert array.dtype == ("f4", "f8")[k % 2]
                assert array.flags.c_contiguous
                assert array.flags.aligned


def test_the_second_batch_uses_the_memory_of_one_block():
    arena = Arena()
    with computing_with(arena, SERIAL):
        assert not any(np.shares_memory(array, arena.block) for array in make_arrays())
    with computing_with(arena, SERIAL):
        block = arena.block
        assert all(np.shares_memory(array, block) for array in make_arrays() if array.size)
    with computing_with(arena, SERIAL):
        make_arrays()
        assert arena.block is block


def test_equal_batches_use_the_same_addresses():
    arena, addresses = Arena(), []
    for _ in range(4):
        with computing_with(arena, SERIAL):
            addresses.append([array.ctypes.data for array in make_arrays() if array.size])
    assert addresses[1] == addresses[2] == addresses[3]


def test_a_larger_batch_enlarges_the_block_for_the_next_one():
    arena = Arena()
    for n in (10, 1000, 1000, 10):
        with computing_with(arena, SERIAL):
            arrays_of_batch = [empty((n,), "f8") for _ in range(3)]
            for k, array in enumerate(arrays_of_batch):
                array[...] = k
            assert [set(array) for array in arrays_of_batch] == [{0}, {1}, {2}]
    assert all(np.shares_memory(array, arena.block) for array in arrays_of_batch)
    assert len(arena.block) >= 3 * 8000


def test_a_used_arena_remains_small_when_nothing_more_is_needed():
    arena = Arena()
    for _ in range(2):
        with computing_with(arena, SERIAL):
            empty((1000,), "u1")
    assert 1000 <= len(arena.block) <= 1000 + 2 * 64


def test_arrays_start_at_a_cache_line():
    arena = Arena()
    for _ in range(3):
        with computing_with(arena, SERIAL):
            made = [empty((k,), "f4") for k in range(1, 40)]
    assert all(np.shares_memory(array, arena.block) for array in made)
    assert {array.ctypes.data % 64 for array in made} == {0}


def test_an_array_may_fill_the_block_to_its_end():
    arena = Arena()
    arena.block = np.empty(128, np.uint8)
    with computing_with(arena, SERIAL):
        assert np.shares_memory(empty((16,), "f8"), arena.block)


class SlowArena(Arena):
    """Lets other threads run while a thread reads and writes `used`."""

    @property
    def used(self):
        value = self._used
        time.sleep(1e-4)
        return value

    @used.setter
    def used(self, value):
        self._used = value


@pytest.mark.parametrize("arena_class", [Arena, SlowArena])
def test_threads_share_an_arena_and_no_bytes(arena_class):
    arena = arena_class()
    for _ in range(2):
        made = []
        with computing_with(arena, SERIAL):
            targets = [partial(copy_context().run, append_arrays, made) for _ in range(8)]
            workers = [threading.Thread(target=target) for target in targets]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        starts = sorted((array.ctypes.data, array.nbytes) for array in made if array.size)
        assert len(starts) == 8 * 8
        for (start, size), (following, _) in pairwise(starts):
            assert start + size <= following
    assert all(np.shares_memory(array, arena.block) for array in made if array.size)


def append_arrays(made):
    made.extend(make_arrays())


def test_without_an_arena_arrays_have_memory_of_their_own():
    one, other = empty((3, 2), "f4"), empty((3, 2), "f4")
    assert one.shape == (3, 2)
    assert one.dtype == np.float32
    assert one.flags.owndata
    assert not np.shares_memory(one, other)


def test_the_context_ends_after_an_error_too():
    arena = Arena()
    with pytest.raises(RuntimeError), computing_with(arena, SERIAL):
        raise RuntimeError
    empty((100,), "f8")
    assert arena.used == 0


def test_an_inner_context_uses_its_own_arena_and_the_outer_one_is_restored():
    outer, inner = Arena(), Arena()
    with computing_with(outer, SERIAL):
        empty((16,), "f4")
        with computing_with(inner, SERIAL):
            empty((32,), "f4")
        empty((16,), "f4")
    assert (outer.used, inner.used) == (128, 128)


def test_a_context_of_another_thread_has_no_effect():
    arena, made = Arena(), []
    with computing_with(arena, SERIAL):
        thread = threading.Thread(target=lambda: made.append(empty((100,), "f8")))
        thread.start()
        thread.join()
    assert made[0].flags.owndata
    assert arena.used == 0


# --- the present step of a prediction -----------------------------------------------------------


def test_all_steps_are_in_memory_up_to_a_size(monkeypatch):
    values = [np.ones((4, 3, 5), np.float32)] * 2
    indices = [np.array([0, 2, 1, 1, 0, 2])] * 2
    with computing_with(Arena(), SERIAL, keep_steps=False):
        for n_bytes, is_kept in [(4 * 2 * 6 * 5 * 4, True), (4 * 2 * 6 * 5 * 4 - 1, False)]:
            monkeypatch.setattr(arrays, "_SMALL_ARRAY", n_bytes)
            steps = empty_steps((4, 2, 6, 5), np.float32, 3)
            gates = gather_steps(values, indices, 3)
            assert gates.shape == (4, 2, 6, 5)
            assert [type(A) is np.ndarray for A in (steps, gates)] == [is_kept] * 2
            assert {A.dtype for A in (steps[:, :, 2:4], gates)} == {np.dtype(np.float32)}
    assert steps.memory.shape == (4, 2, 3, 5)
    assert gates.memory.shape == (4 * 2 * 3 * 5,)


@pytest.mark.parametrize("n_directions", [1, 2])
def test_the_present_step_is_any_slice_of_rows(monkeypatch, n_directions):
    monkeypatch.setattr(arrays, "_SMALL_ARRAY", 0)
    rng = np.random.RandomState(0)
    values = [rng.normal(size=(4, 3, 5)).astype(np.float32) for _ in range(n_directions)]
    indices = [rng.randint(3, size=6) for _ in range(n_directions)]
    expected = np.stack([A[:, rows] for A, rows in zip(values, indices, strict=True)], axis=1)
    with computing_with(Arena(), SERIAL, keep_steps=False):
        steps = empty_steps((n_directions, 6, 5), np.float32, 3)
        gates = gather_steps(values, indices, 3)
    for rows in (slice(0, 3), slice(3, 5), slice(5, 6)):
        np.testing.assert_array_equal(gates[:, :, rows], expected[:, :, rows], strict=True)
        assert np.shares_memory(gates[:, :, rows], gates.memory)
        steps[:, rows] = expected[0, :, rows]
        np.testing.assert_array_equal(steps[:, rows], expected[0, :, rows], strict=True)
    assert steps[:, :2].shape == (n_directions, 2, 5)
    assert steps.memory.shape == (n_directions, 3, 5)


# --- copies and products ------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_take_returns_the_items_in_the_arena(axis):
    array = np.random.RandomState(0).normal(size=(4, 5, 6)).astype(np.float32)
    indices, arena = np.array([3, 0, 0, 2, 1, 1, 3]), Arena()
    for _ in range(2):
        with computing_with(arena, SERIAL):
            taken = take(array, indices, axis)
            np.testing.assert_array_equal(taken, array.take(indices, axis))
    assert np.shares_memory(taken, arena.block)
    assert taken.dtype == array.dtype


def test_take_without_indices_returns_the_array_itself():
    array = np.arange(3.0)
    assert take(array, None) is array


def test_take_of_no_indices_is_empty():
    assert take(np.ones((4, 2)), np.empty(0, int)).shape == (0, 2)
    assert take(np.ones((0, 2)), np.empty(0, int)).shape == (0, 2)


@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 4), (4, 2)), ((3, 4), (5, 4, 2)), ((5, 3, 4), (4, 2)), ((5, 1, 3, 4), (2, 4, 6))],
    ids=str,
)
def test_matmul_returns_the_product_in_the_arena(left, right):
    rng, arena = np.random.RandomState(0), Arena()
    A, B = (rng.normal(size=shape).astype(np.float32) for shape in (left, right))
    for _ in range(2):
        with computing_with(arena, SERIAL):
            product = matmul(A, B)
            np.testing.assert_array_equal(product, A @ B, strict=True)
    assert np.shares_memory(product, arena.block)


# Columns are halved until a block has at most a million multiplications. The product is not cut
# where a block would have fewer than 64 columns, or where blocks would differ in size.
CUT = [
    # stack, n_rows, K, N, size of a block
    ((4,), 32, 128, 128, 128),
    ((4,), 32, 256, 256, 64),
    ((4, 2), 32, 192, 192, 96),
    ((4, 1), 128, 128, 128, 128),  # a block would have 32 columns
    ((4, 2), 8, 100, 300, 300),
    ((4,), 65, 128, 192, 96),
    ((2,), 200, 64, 129, 129),  # 129 cannot be halved
    ((), 40, 200, 256, 64),
    ((1,), 1, 2000, 512, 256),
    ((), 25, 125, 320, 320),  # a million multiplications
    ((3,), 5, 3, 2, 2),
]
cut = pytest.mark.parametrize(("stack", "n_rows", "n_inner", "n_columns", "size"), CUT)


@cut
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_stacked_product_is_that_of_matmul(stack, n_rows, n_inner, n_columns, size, dtype):
    rng = np.random.RandomState(0)
    W = rng.normal(size=(*stack, n_inner, n_columns)).astype(dtype)
    multiply = stacked_product(W, n_rows)
    tolerance = 20 * float(np.finfo(dtype).eps) * n_inner**0.5
    for n in (n_rows, max(1, n_rows // 2), 1):
        rows = rng.normal(size=(*stack, n, n_inner)).astype(dtype)
        product = multiply(rows)
        assert product.shape == (*stack, n, n_columns)
        assert product.dtype == dtype
        np.testing.assert_allclose(product, rows @ W, rtol=tolerance, atol=tolerance)


def multiplied_matrices(W, n_rows):
    """Return the stack of matrices that a stacked product multiplies rows with."""
    recorded = []

    class Recorded(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, out):
            recorded.append(inputs[1])
            inputs = [np.asarray(A) for A in inputs]
            return getattr(ufunc, method)(*inputs, out=tuple(np.asarray(A) for A in out))

    stacked_product(W, n_rows)(np.ones((n_rows, W.shape[-2]), W.dtype).view(Recorded))
    (matrices,) = recorded
    return matrices


@cut
def test_large_stacked_products_are_cut(stack, n_rows, n_inner, n_columns, size):
    W = np.ones((*stack, n_inner, n_columns), np.float32)
    shape = *stack, n_columns // size, n_inner, size
    assert multiplied_matrices(W, n_rows).shape == shape


def test_matrices_are_copied_only_where_they_are_cut_or_transposed():
    """Products with matrices that are not contiguous, or transposed, are slow."""
    W = np.ones((2, 128, 256), np.float32)
    for matrices in (multiplied_matrices(W, 2), multiplied_matrices(W[:, :100], 2)):
        assert np.shares_memory(matrices, W)
    cut_in_two, transposed = multiplied_matrices(W, 60), multiplied_matrices(W.swapaxes(1, 2), 2)
    assert [len(matrices[0]) for matrices in (cut_in_two, transposed)] == [2, 1]
    for matrices in (cut_in_two, transposed):
        assert matrices.flags.c_contiguous
        assert not np.shares_memory(matrices, W)


def test_rows_of_a_stacked_product_are_broadcast():
    rng = np.random.RandomState(0)
    W, rows = rng.normal(size=(4, 2, 6, 5)), rng.normal(size=(2, 3, 6))
    np.testing.assert_allclose(stacked_product(W, 3)(rows), rows @ W, rtol=1e-12, atol=1e-14)


def test_a_stacked_product_takes_views_that_are_not_contiguous():
    rng = np.random.RandomState(0)
    W, rows = rng.normal(size=(2, 4, 5, 7)), rng.normal(size=(3, 2, 5)).swapaxes(0, 1)
    transposed, gates_first = W.swapaxes(-2, -1), W.swapaxes(0, 1)
    np.testing.assert_allclose(
        stacked_product(gates_first, 3)(rows), rows @ gates_first, rtol=1e-12, atol=1e-14
    )
    rows = rng.normal(size=(2, 4, 3, 7))
    np.testing.assert_allclose(
        stacked_product(transposed, 3)(rows), rows @ transposed, rtol=1e-12, atol=1e-14
    )


def test_a_stacked_product_of_no_rows_is_empty():
    assert stacked_product(np.ones((4, 2, 3, 5)), 0)(np.ones((4, 2, 0, 3))).shape == (4, 2, 0, 5)


@pytest.mark.parametrize("small", [1, 10**9])
def test_a_stacked_product_leaves_its_arguments_unmodified(monkeypatch, small):
    monkeypatch.setattr(arrays, "_SMALL_PRODUCT", small)
    rng = np.random.RandomState(0)
    W, rows = rng.normal(size=(2, 3, 128)), rng.normal(size=(2, 4, 3))
    W.flags.writeable = rows.flags.writeable = False
    multiply = stacked_product(W, 4)
    first = multiply(rows).copy()
    np.testing.assert_array_equal(multiply(rows), first)


@pytest.mark.parametrize("small", [1, 10**9])
def test_a_stacked_product_computes_in_one_precision(monkeypatch, small):
    monkeypatch.setattr(arrays, "_SMALL_PRODUCT", small)
    W, rows = np.ones((2, 3, 128), np.float32), np.ones((2, 4, 3), np.float32)
    product = stacked_product(W.view(OnePrecision), 4)(rows.view(OnePrecision))
    assert product.dtype == np.float32


# --- threads ------------------------------------------------------------------------------------


def test_without_a_context_calls_are_made_in_the_present_thread_in_order():
    def call(*items):
        return items, threading.get_ident()

    assert executor() is SERIAL
    here = threading.get_ident()
    assert list(executor().map(call, "ab", "xy")) == [(("a", "x"), here), (("b", "y"), here)]


def test_several_threads_return_results_in_order():
    with threads(2):
        assert list(executor().map(lambda *items: items, "abc", "xyz")) == [
            ("a", "x"),
            ("b", "y"),
            ("c", "z"),
        ]
    assert executor() is SERIAL


def test_two_calls_run_in_two_threads_at_the_same_time():
    barrier = threading.Barrier(2, timeout=10)

    def wait(k):
        barrier.wait()
        return threading.get_ident()

    with threads(2):
        assert len(set(executor().map(wait, range(2)))) == 2


def test_threads_of_an_executor_take_arrays_from_the_arena_of_the_caller():
    arena, barrier = Arena(), threading.Barrier(2, timeout=10)

    def make(k):
        barrier.wait()
        return make_arrays()

    for _ in range(2):
        with threads(2, arena):
            one, other = executor().map(make, range(2))
            for made in (one, other):
                assert all((array == k).all() for k, array in enumerate(made))
            assert not any(np.shares_memory(a, b) for a in one for b in other)
    # In the second batch, the block is large enough.
    assert all(np.shares_memory(a, arena.block) for a in [*one, *other] if a.size)


def test_an_error_in_a_call_reaches_the_caller():
    def fail(k):
        raise ValueError(f"call {k}")

    with pytest.raises(ValueError, match="call 0"):
        list(executor().map(fail, range(2)))
    with threads(2), pytest.raises(ValueError, match="call"):
        list(executor().map(fail, range(2)))
