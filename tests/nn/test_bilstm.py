import _oracle as oracle
import numpy as np
import pytest
from scipy import sparse

from sklstm.nn import arrays, bilstm
from sklstm.nn.arrays import SERIAL, Arena, computing_with
from sklstm.nn.bilstm import bilstm_backward, bilstm_forward, with_ones
from sklstm.nn.packing import pack

from ._checks import (
    LENGTHS,
    TOLERANCE,
    OnePrecision,
    add_ones,
    assert_same_bits,
    central_differences,
    computing_in_one_precision,
    directional_derivative,
    freeze,
    freeze_packing,
    relative_error,
    reverse,
    split,
    threads,
)

N_INPUTS, N_UNITS = 4, 3
directions = pytest.mark.parametrize("n_directions", [1, 2], ids=["forward", "bidirectional"])
masked = pytest.mark.parametrize("has_mask", [False, True], ids=["plain", "mask"])
batches = pytest.mark.parametrize(
    "lengths", [LENGTHS, [5], [1, 1], [0, 2], [4, 3, 2, 1], [1, 2, 3, 4]], ids=str
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def draw(lengths, n_directions, n_inputs=N_INPUTS, n_units=N_UNITS, dtype=np.float64):
    """Return a random input, weights and gradient of the outputs, and the layout."""
    rng = np.random.RandomState(sum(lengths))
    packing = pack(lengths)
    n_tokens = len(packing.tokens)
    X = rng.normal(size=(n_tokens, n_inputs))
    W = rng.normal(size=(n_directions, 4, n_units + n_inputs + 1, n_units))
    doutputs = rng.normal(size=(n_tokens, n_directions * n_units))
    return X.astype(dtype), W.astype(dtype), doutputs.astype(dtype), packing


def draw_mask(doutputs, packing):
    """Return a mask with zeros, which is not the same for all tokens of a sequence."""
    mask = np.random.RandomState(2).uniform(0.5, 2, size=doutputs.shape)
    mask *= np.random.RandomState(3).random_sample(doutputs.shape) < 0.7
    return mask.astype(doutputs.dtype)


def layer(X, W, packing, mask=None):
    """Return the outputs without the column of ones."""
    return bilstm_forward(add_ones(X), W, packing, mask)[0][:, :-1]


def run(X, W, doutputs, packing, mask=None):
    """Return the outputs, without the column of ones, and both gradients."""
    outputs, cache = bilstm_forward(add_ones(X), W, packing, mask)
    return outputs[:, :-1], *bilstm_backward(doutputs, W, cache, packing)


# --- gradients and the oracle -------------------------------------------------------------------


@directions
@batches
@masked
def test_gradient_along_a_random_direction(lengths, n_directions, has_mask):
    X, W, doutputs, packing = draw(lengths, n_directions)
    mask = draw_mask(doutputs, packing) if has_mask else None
    rng = np.random.RandomState(1)
    V_X, V_W = rng.normal(size=X.shape), rng.normal(size=W.shape)
    _, dX, dW = run(X, W, doutputs, packing, mask)
    numeric = directional_derivative(
        lambda X, W: np.sum(layer(X, W, packing, mask) * doutputs), [X, W], [V_X, V_W]
    )
    assert relative_error(np.sum(dX * V_X) + np.sum(dW * V_W), numeric) < TOLERANCE


@directions
@batches
def test_gradients_agree_with_central_differences(lengths, n_directions):
    X, W, doutputs, packing = draw(lengths, n_directions)
    check_central_differences(X, W, doutputs, packing, None)


@directions
def test_gradients_with_a_mask_agree_with_central_differences(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    check_central_differences(X, W, doutputs, packing, draw_mask(doutputs, packing))


def check_central_differences(X, W, doutputs, packing, mask):
    _, dX, dW = run(X, W, doutputs, packing, mask)

    def function():
        return np.sum(layer(X, W, packing, mask) * doutputs)

    assert relative_error(dX, central_differences(function, X)) < TOLERANCE
    numeric = central_differences(function, W)
    for d in range(len(W)):
        for gate in range(4):
            assert relative_error(dW[d, gate], numeric[d, gate]) < TOLERANCE, (d, "ofig"[gate])


@directions
@batches
@masked
def test_outputs_and_gradients_are_those_of_the_oracle(lengths, n_directions, has_mask):
    X, W, doutputs, packing = draw(lengths, n_directions)
    mask = draw_mask(doutputs, packing) if has_mask else np.ones_like(doutputs)
    outputs, dX, dW = run(X, W, doutputs, packing, mask if has_mask else None)
    errors = doutputs * mask
    expected_dX = np.zeros_like(X)
    for d in range(n_directions):
        part, p = slice(d * N_UNITS, (d + 1) * N_UNITS), oracle.separate(W[d])
        total = {name: np.zeros_like(value) for name, value in p.items()}
        dxs = []
        parts = X, outputs[:, part], mask[:, part], errors[:, part]
        for x, h, m, dh in zip(*(split(A, packing, lengths) for A in parts), strict=True):
            states = oracle.lstm_forward(oracle.columns(x), p, d == 1)
            dinputs, gradient = oracle.lstm_backward(oracle.columns(dh), states, p, d == 1)
            total = oracle.add(total, gradient)
            hidden = oracle.rows([s["h"] for s in states], N_UNITS)
            np.testing.assert_allclose(h, hidden * m, rtol=1e-12, atol=1e-14)
            dxs.append(oracle.rows(dinputs, N_INPUTS))
        expected_dX += np.concatenate(dxs)[packing.tokens]
        np.testing.assert_allclose(dW[d], oracle.stack(total), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(dX, expected_dX, rtol=1e-10, atol=1e-13)


# --- batches, steps and directions --------------------------------------------------------------


@directions
@batches
@masked
def test_a_batch_equals_its_sequences_one_by_one(lengths, n_directions, has_mask):
    X, W, doutputs, packing = draw(lengths, n_directions)
    mask = draw_mask(doutputs, packing) if has_mask else None
    outputs, dX, dW = run(X, W, doutputs, packing, mask)
    sum_dW = np.zeros_like(W)
    for rank in range(len(lengths)):
        rows = packing.ranks == rank
        own_mask = mask[rows] if has_mask else None
        h, dx, dW_alone = run(X[rows], W, doutputs[rows], pack([rows.sum()]), own_mask)
        np.testing.assert_allclose(outputs[rows], h, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(dX[rows], dx, rtol=1e-12, atol=1e-14)
        sum_dW += dW_alone
    np.testing.assert_allclose(dW, sum_dW, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("direction", [0, 1], ids=["forward", "backward"])
def test_step_by_step_equals_whole(direction):
    """A hidden state and its gradient depend only on the tokens that the direction has read."""
    n_tokens = 6
    X, W, doutputs, packing = draw([n_tokens], 2)
    part = slice(direction * N_UNITS, (direction + 1) * N_UNITS)
    only_this = np.zeros_like(doutputs)
    only_this[:, part] = doutputs[:, part]
    outputs = layer(X, W, packing)
    for n_read in range(1, n_tokens + 1):
        read = slice(n_tokens - n_read, None) if direction == 1 else slice(n_read)
        h, dx, dW = run(X[read], W, only_this[read], pack([n_read]))
        np.testing.assert_allclose(h[:, part], outputs[read, part], rtol=1e-13)
        only_read = np.zeros_like(doutputs)
        only_read[read] = only_this[read]
        _, dX_whole, dW_whole = run(X, W, only_read, packing)
        np.testing.assert_allclose(dx, dX_whole[read], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(dW[direction], dW_whole[direction], rtol=1e-12, atol=1e-15)


@batches
@masked
def test_a_reversed_input_with_swapped_directions_gives_the_reversed_output(lengths, has_mask):
    X, W, doutputs, packing = draw(lengths, 2)
    mask = draw_mask(doutputs, packing) if has_mask else None
    outputs, dX, dW = run(X, W, doutputs, packing, mask)

    def flip(A):
        return reverse(A, packing, lengths)

    def swap(A):
        return np.concatenate([A[:, N_UNITS:], A[:, :N_UNITS]], axis=1)

    swapped_mask = flip(swap(mask)) if has_mask else None
    results = run(flip(X), W[::-1].copy(), flip(swap(doutputs)), packing, swapped_mask)
    np.testing.assert_allclose(flip(swap(results[0])), outputs, rtol=1e-13)
    np.testing.assert_allclose(flip(results[1]), dX, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(results[2][::-1], dW, rtol=1e-12, atol=1e-14)


def test_the_backward_direction_is_the_forward_direction_of_the_reversed_input():
    X, W, doutputs, packing = draw(LENGTHS, 2)
    outputs, _, dW = run(X, W, doutputs, packing)

    def flip(A):
        return reverse(A, packing, LENGTHS)

    H, _, dW_forward = run(flip(X), W[1:], flip(doutputs[:, N_UNITS:]), packing)
    np.testing.assert_allclose(flip(H), outputs[:, N_UNITS:], rtol=1e-13)
    np.testing.assert_allclose(dW_forward[0], dW[1], rtol=1e-12, atol=1e-14)


def test_two_directions_are_the_two_layers_of_one_direction_side_by_side():
    """Bit for bit, and the gradient of the input is the sum of both."""
    X, W, doutputs, packing = draw(LENGTHS, 2)
    outputs, dX, dW = run(X, W, doutputs, packing)
    forward = run(X, W[:1], doutputs[:, :N_UNITS], packing)
    rows = packing.reversal
    backward = run(X[rows], W[1:], doutputs[rows, N_UNITS:], packing)
    np.testing.assert_array_equal(outputs, np.hstack([forward[0], backward[0][rows]]))
    np.testing.assert_array_equal(dX, forward[1] + backward[1][rows])
    np.testing.assert_array_equal(dW, np.concatenate([forward[2], backward[2]]))


def test_a_token_has_an_effect_on_later_tokens_forward_and_on_earlier_ones_backward():
    X, W, _, packing = draw([4], 2)
    outputs = layer(X, W, packing)
    for token in range(4):
        changed = X.copy()
        changed[token] += 1
        is_changed = layer(changed, W, packing) != outputs
        for part, affected in [
            (slice(N_UNITS), slice(token, None)),
            (slice(N_UNITS, None), slice(token + 1)),
        ]:
            assert is_changed[affected, part].all()
            others = np.delete(is_changed[:, part], np.arange(4)[affected], axis=0)
            assert not others.any()


@directions
def test_the_last_column_of_the_outputs_is_one(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    for mask in (None, draw_mask(doutputs, packing)):
        outputs, _ = bilstm_forward(add_ones(X), W, packing, mask)
        assert outputs.shape == (len(X), n_directions * N_UNITS + 1)
        np.testing.assert_array_equal(outputs[:, -1], 1)


@dtypes
def test_only_the_last_column_of_a_new_matrix_is_written(dtype):
    X = with_ones(3, 2, dtype)
    assert X.dtype == dtype
    X[:, :-1] = 5
    np.testing.assert_array_equal(X, [[5, 5, 1]] * 3)


# --- dropout masks ------------------------------------------------------------------------------


@directions
def test_a_mask_multiplies_the_outputs_and_leaves_the_recurrence_unchanged(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    mask = draw_mask(doutputs, packing)
    plain, masked = (bilstm_forward(add_ones(X), W, packing, m) for m in (None, mask))
    np.testing.assert_array_equal(masked[0][:, :-1], plain[0][:, :-1] * mask)
    for one, other in zip(masked[1].recurrences, plain[1].recurrences, strict=True):
        assert_same_bits(one, other)
    expected = bilstm_backward(doutputs * mask, W, plain[1], packing)
    assert_same_bits(bilstm_backward(doutputs, W, masked[1], packing), expected)


@directions
def test_a_mask_of_ones_gives_the_same_bits_as_none(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    ones = np.ones_like(doutputs)
    assert_same_bits(run(X, W, doutputs, packing, ones), run(X, W, doutputs, packing))


# --- unique inputs ------------------------------------------------------------------------------


@directions
@masked
@pytest.mark.parametrize("matrix", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_unique_inputs_can_be_given_once(n_directions, has_mask, matrix):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    mask = draw_mask(doutputs, packing) if has_mask else None
    index = np.random.RandomState(0).randint(3, size=len(X))
    indicators = np.eye(3)[:, index]
    expected, dX, dW = run(X[index], W, doutputs, packing, mask)
    outputs, cache = bilstm_forward(add_ones(X[:3]), W, packing, mask, index)
    np.testing.assert_allclose(outputs[:, :-1], expected, rtol=1e-13)
    np.testing.assert_array_equal(outputs[:, -1], 1)
    dX_unique, dW_unique = bilstm_backward(doutputs, W, cache, packing, matrix(indicators))
    np.testing.assert_allclose(dX_unique, indicators @ dX, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dW_unique, dW, rtol=1e-12, atol=1e-14)


@directions
def test_gradients_of_unique_inputs_agree_with_central_differences(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    index = np.random.RandomState(0).randint(3, size=len(X))
    unique = add_ones(X[:3])

    def function():
        return np.sum(bilstm_forward(unique, W, packing, None, index)[0][:, :-1] * doutputs)

    _, cache = bilstm_forward(unique, W, packing, None, index)
    dX, dW = bilstm_backward(doutputs, W, cache, packing, np.eye(3)[:, index])
    assert relative_error(dX, central_differences(function, unique)[:, :-1]) < TOLERANCE
    assert relative_error(dW, central_differences(function, W)) < TOLERANCE


# --- arrays -------------------------------------------------------------------------------------


@directions
@masked
def test_inputs_are_left_unmodified(n_directions, has_mask):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    mask = draw_mask(doutputs, packing) if has_mask else None
    X = add_ones(X)
    freeze(X, W, doutputs, *([mask] if has_mask else []))
    freeze_packing(packing)
    outputs, cache = bilstm_forward(X, W, packing, mask)
    freeze(outputs, *(A for recurrence in cache.recurrences for A in recurrence))
    first = bilstm_backward(doutputs, W, cache, packing)
    assert_same_bits(bilstm_backward(doutputs, W, cache, packing), first)


@directions
def test_unique_inputs_are_left_unmodified(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    index = np.random.RandomState(0).randint(3, size=len(X))
    X, sum_rows = add_ones(X[:3]), np.eye(3)[:, index]
    freeze(X, W, doutputs, index, sum_rows)
    outputs, cache = bilstm_forward(X, W, packing, None, index)
    freeze(outputs, *(A for recurrence in cache.recurrences for A in recurrence))
    first = bilstm_backward(doutputs, W, cache, packing, sum_rows)
    assert_same_bits(bilstm_backward(doutputs, W, cache, packing, sum_rows), first)


@directions
def test_the_gradient_of_the_weights_is_written_to_the_array_given(n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    _, cache = bilstm_forward(add_ones(X), W, packing)
    _, expected = bilstm_backward(doutputs, W, cache, packing)
    out = np.full_like(W, np.nan)
    _, dW = bilstm_backward(doutputs, W, cache, packing, out=out)
    assert dW is out
    np.testing.assert_array_equal(out, expected)


@directions
def test_gradients_with_respect_to_views_that_are_not_contiguous(n_directions):
    """A next layer returns a gradient that can be a part of a larger array."""
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    wide = np.concatenate([doutputs, doutputs + 1], axis=1)
    view = wide[:, : n_directions * N_UNITS]
    assert_same_bits(run(X, W, view, packing), run(X, W, doutputs, packing))


@directions
@masked
@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_a_batch_without_tokens(lengths, n_directions, has_mask):
    X, W, doutputs, packing = draw(lengths, n_directions)
    mask = draw_mask(doutputs, packing) if has_mask else None
    outputs, dX, dW = run(X, W, doutputs, packing, mask)
    assert outputs.shape == (0, n_directions * N_UNITS)
    assert dX.shape == (0, N_INPUTS)
    np.testing.assert_array_equal(dW, np.zeros_like(W))


@directions
@masked
@dtypes
def test_precision_is_kept(dtype, n_directions, has_mask):
    X, W, doutputs, packing = draw(LENGTHS, n_directions, dtype=dtype)
    mask = draw_mask(doutputs, packing) if has_mask else None
    outputs, cache = bilstm_forward(add_ones(X), W, packing, mask)
    dX, dW = bilstm_backward(doutputs, W, cache, packing)
    recurrences = [A for recurrence in cache.recurrences for A in recurrence]
    assert {A.dtype for A in (outputs, *cache.inputs, *recurrences, dX, dW)} == {np.dtype(dtype)}


@directions
@masked
def test_weights_and_input_are_not_converted_to_another_precision(n_directions, has_mask):
    X, W, doutputs, packing = draw(LENGTHS, n_directions, dtype=np.float32)
    mask = draw_mask(doutputs, packing).view(OnePrecision) if has_mask else None
    X, W, doutputs = (A.view(OnePrecision) for A in (add_ones(X), W, doutputs))
    index = np.arange(len(X))
    sum_rows = np.eye(len(X), dtype=np.float32).view(OnePrecision)
    with pytest.raises(AssertionError):
        W * np.ones(W.shape)

    def run():
        _, cache = bilstm_forward(X, W, packing, mask)
        bilstm_backward(doutputs, W, cache, packing)
        _, cache = bilstm_forward(X, W, packing, mask, index)
        bilstm_backward(doutputs, W, cache, packing, sum_rows)

    run()
    with computing_in_one_precision():
        run()


@directions
def test_single_precision_is_close_to_double(n_directions):
    single = run(*draw(LENGTHS, n_directions, dtype=np.float32))
    double = run(*draw(LENGTHS, n_directions))
    for one, other in zip(single, double, strict=True):
        assert relative_error(one, other) < 1e-6


@dtypes
def test_a_very_long_sequence_remains_finite(dtype):
    X, W, doutputs, packing = draw([20_000], 2, n_inputs=1, n_units=2, dtype=dtype)
    outputs, dX, dW = run(X, W, doutputs, packing)
    assert np.abs(outputs).max() < 1
    assert np.isfinite(dX).all()
    assert np.isfinite(dW).all()
    assert outputs[[0, 10_000, -1]].all()


@directions
@dtypes
def test_saturated_gates_are_finite(dtype, n_directions):
    X, W, doutputs, packing = draw(LENGTHS, n_directions, dtype=dtype)
    X *= 1e4
    for A in run(X, W, doutputs, packing):
        assert np.isfinite(A).all()


# --- threads and memory -------------------------------------------------------------------------

SHAPES = [  # lengths, inputs, units
    (LENGTHS, 4, 3),
    ([5], 4, 3),
    ([1], 1, 1),
    ([0, 2], 3, 1),
    ([], 4, 3),
    ([9, 9, 8, 7, 7, 7, 3, 1, 1, 0] * 4, 30, 64),
    ([3] * 40, 20, 128),
    ([2] * 33, 7, 70),
    ([30], 50, 100),
]


@directions
@dtypes
@masked
@pytest.mark.parametrize(("lengths", "n_inputs", "n_units"), SHAPES)
def test_one_thread_and_two_threads_give_the_same_bits(
    lengths, n_inputs, n_units, n_directions, dtype, has_mask
):
    X, W, doutputs, packing = draw(lengths, n_directions, n_inputs, n_units, dtype)
    mask = draw_mask(doutputs, packing) if has_mask else None
    with threads(1):
        expected = run(X, W, doutputs, packing, mask)
    with threads(2):
        assert_same_bits(run(X, W, doutputs, packing, mask), expected)


@pytest.mark.parametrize(("lengths", "n_inputs", "n_units"), SHAPES[5:7])
def test_products_that_are_cut_give_the_same_bits_on_one_thread_and_two(
    monkeypatch, lengths, n_inputs, n_units
):
    monkeypatch.setattr(arrays, "_SMALL_PRODUCT", 40 * 64 * 64)
    X, W, doutputs, packing = draw(lengths, 2, n_inputs, n_units, np.float32)
    with threads(1):
        expected = run(X, W, doutputs, packing)
    with threads(2):
        assert_same_bits(run(X, W, doutputs, packing), expected)


@pytest.mark.parametrize(("lengths", "n_inputs", "n_units"), SHAPES)
def test_unique_inputs_give_the_same_bits_on_one_thread_and_two(lengths, n_inputs, n_units):
    X, W, doutputs, packing = draw(lengths, 2, n_inputs, n_units, np.float32)
    n_unique = max(1, len(X) // 2)
    index = np.random.RandomState(0).randint(n_unique, size=len(X))
    unique = add_ones(np.resize(X, (n_unique, n_inputs)))
    sum_rows = sparse.csr_array(np.eye(n_unique, dtype=np.float32)[:, index])

    def run():
        outputs, cache = bilstm_forward(unique, W, packing, None, index)
        return outputs, *bilstm_backward(doutputs, W, cache, packing, sum_rows)

    with threads(1):
        expected = run()
    with threads(2):
        assert_same_bits(run(), expected)


def test_directions_run_one_by_one_if_their_steps_are_large(monkeypatch):
    X, W, doutputs, packing = draw(LENGTHS, 2)
    together = run(X, W, doutputs, packing)
    monkeypatch.setattr(bilstm, "_STACKED", packing.n_sequences * W.shape[-1] - 1)
    assert len(bilstm_forward(add_ones(X), W, packing)[1].recurrences) == 2
    assert_same_bits(run(X, W, doutputs, packing), together)
    monkeypatch.setattr(bilstm, "_STACKED", packing.n_sequences * W.shape[-1])
    assert len(bilstm_forward(add_ones(X), W, packing)[1].recurrences) == 1


def test_two_threads_keep_a_recurrence_for_each_direction():
    """Without this, the tests of the bits would compare one thread with one thread."""
    X, W, _, packing = draw(LENGTHS, 2)
    X = add_ones(X)
    (stacked,) = bilstm_forward(X, W, packing)[1].recurrences
    with threads(2):
        forward, backward = bilstm_forward(X, W, packing)[1].recurrences
        assert_same_bits(stacked[0], np.concatenate([forward[0], backward[0]], axis=1))
        for one, other, both in zip(forward[1:], backward[1:], stacked[1:], strict=True):
            np.testing.assert_array_equal(both, np.concatenate([one, other]))


@directions
def test_arrays_of_an_arena_give_the_same_bits(n_directions):
    """Memory that was used before is written before it is read."""
    X, W, doutputs, packing = draw(LENGTHS, n_directions)
    mask = draw_mask(doutputs, packing)
    expected, arena = run(X, W, doutputs, packing, mask), Arena()
    for _ in range(3):
        with computing_with(arena, SERIAL):
            assert_same_bits(run(X, W, doutputs, packing, mask), expected)
        arena.block.view(np.float64)[...] = np.nan
    for _ in range(3):
        with threads(2, arena):
            assert_same_bits(run(X, W, doutputs, packing, mask), expected)
        arena.block.view(np.float64)[...] = np.nan


# --- memory of a prediction ---------------------------------------------------------------------


@batches
@directions
@pytest.mark.parametrize("stacked", [0, 8192])
@pytest.mark.parametrize("has_index", [False, True])
@dtypes
def test_one_step_in_memory_gives_the_same_outputs(
    monkeypatch, lengths, n_directions, stacked, has_index, dtype
):
    monkeypatch.setattr(bilstm, "_STACKED", stacked)
    X, W, _, packing = draw(lengths, n_directions, dtype=dtype)
    index = np.random.RandomState(0).randint(3, size=len(X)) if has_index else None
    X = add_ones(np.resize(X, (3, N_INPUTS)) if has_index else X)
    expected, cache = bilstm_forward(X, W, packing, index=index)
    monkeypatch.setattr(arrays, "_SMALL_ARRAY", 0)
    with computing_with(Arena(), SERIAL, keep_steps=False):
        outputs, small_cache = bilstm_forward(X, W, packing, index=index)
    assert_same_bits([outputs], [expected])
    C = small_cache.recurrences[0].C
    assert C.memory.shape[1] == packing.n_sequences
    assert type(cache.recurrences[0].C) is np.ndarray


def test_small_arrays_are_kept_in_a_prediction():
    X, W, doutputs, packing = draw(LENGTHS, 2)
    expected = run(X, W, doutputs, packing)
    with computing_with(Arena(), SERIAL, keep_steps=False):
        assert_same_bits(run(X, W, doutputs, packing), expected)


@directions
@pytest.mark.parametrize("lengths", [[14, 3], [10, 5], [11], [4, 4, 4, 4, 4, 4]], ids=str)
def test_the_input_of_a_long_sequence_is_multiplied_in_parts(monkeypatch, lengths, n_directions):
    X, W, _, packing = draw(lengths, n_directions)
    expected, _ = bilstm_forward(add_ones(X), W, packing)
    monkeypatch.setattr(arrays, "_PROJECTED_AT_ONCE", 5 * 4 * n_directions * W[0, 0, 0].nbytes)
    with computing_with(Arena(), SERIAL, keep_steps=False):
        outputs, cache = bilstm_forward(add_ones(X), W, packing)
    np.testing.assert_allclose(outputs, expected, rtol=1e-12)
    assert cache.recurrences[0].gates.memory.shape[2] == max(5, packing.n_sequences)
