"""The recurrence. The gates' sums are its input: an LSTM whose input is the sums themselves."""

import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import arrays
from sklstm.nn.arrays import SERIAL, Arena, computing_with
from sklstm.nn.lstm import initial_states, lstm_backward, lstm_forward
from sklstm.nn.packing import pack

from ._checks import (
    LENGTHS,
    TOLERANCE,
    OnePrecision,
    assert_same_bits,
    central_differences,
    computing_in_one_precision,
    directional_derivative,
    freeze,
    freeze_packing,
    join,
    relative_error,
    split,
)

N_UNITS = 3
directions = pytest.mark.parametrize("n_directions", [1, 2, 3])
batches = pytest.mark.parametrize(
    "lengths", [LENGTHS, [5], [1, 1], [0, 2], [4, 3, 2, 1], [1, 2, 3, 4]], ids=str
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def draw(lengths, n_directions, n_units=N_UNITS, dtype=np.float64):
    """Return random sums of gates, recurrent weights and gradient of the states, and the layout."""
    rng = np.random.RandomState(sum(lengths))
    packing = pack(lengths)
    n_tokens = len(packing.tokens)
    A = rng.normal(size=(4, n_directions, n_tokens, n_units))
    U = rng.normal(size=(4, n_directions, n_units, n_units))
    dH = rng.normal(size=(n_directions, n_tokens, n_units))
    return A.astype(dtype), U.astype(dtype), dH.astype(dtype), packing


def hidden_states(A, U, packing):
    """Return the hidden states of the tokens."""
    return lstm_forward(A.copy(), U, packing)[0][:, packing.n_sequences :]


def add_initial(dH, packing):
    """Return the gradient of all states; the initial states have none from outside."""
    initial = np.zeros((len(dH), packing.n_sequences, dH.shape[2]), dH.dtype)
    return np.concatenate([initial, dH], axis=1)


def run(A, U, dH, packing):
    """Return the hidden states of the tokens and both gradients."""
    H, cache = lstm_forward(A.copy(), U, packing)
    return H[:, packing.n_sequences :], *lstm_backward(add_initial(dH, packing), U, cache, packing)


@directions
@batches
def test_gradient_along_a_random_direction(lengths, n_directions):
    A, U, dH, packing = draw(lengths, n_directions)
    rng = np.random.RandomState(1)
    V_A, V_U = rng.normal(size=A.shape), rng.normal(size=U.shape)
    _, dA, dU = run(A, U, dH, packing)
    numeric = directional_derivative(
        lambda A, U: np.sum(hidden_states(A, U, packing) * dH), [A, U], [V_A, V_U]
    )
    assert relative_error(np.sum(dA * V_A) + np.sum(dU * V_U), numeric) < TOLERANCE


@pytest.mark.parametrize("n_directions", [1, 2])
@batches
def test_gradients_agree_with_central_differences(lengths, n_directions):
    A, U, dH, packing = draw(lengths, n_directions)
    _, dA, dU = run(A, U, dH, packing)

    def function():
        return np.sum(hidden_states(A, U, packing) * dH)

    for analytic, numeric in [
        (dA, central_differences(function, A)),
        (dU, central_differences(function, U)),
    ]:
        assert relative_error(analytic, numeric) < TOLERANCE
        for gate in range(4):
            for d in range(n_directions):
                error = relative_error(analytic[gate, d], numeric[gate, d])
                assert error < TOLERANCE, ("ofig"[gate], d)


def oracle_weights(U):
    """Return the oracle's parameters of one direction; its input are the sums of all gates."""
    n_units = U.shape[-1]
    W = np.zeros((4, n_units + 4 * n_units + 1, n_units))
    W[:, :n_units] = U
    for gate in range(4):
        W[gate, (gate + 1) * n_units : (gate + 2) * n_units] = np.eye(n_units)
    return oracle.separate(W)


def sums_of_gates(A):
    """Return the sums of all gates of one direction side by side, (n_tokens, 4 H)."""
    return A.swapaxes(0, 1).reshape(A.shape[1], -1)


@directions
@batches
def test_states_and_gradients_are_those_of_the_oracle(lengths, n_directions):
    A, U, dH, packing = draw(lengths, n_directions)
    H, dA, dU = run(A, U, dH, packing)
    for d in range(n_directions):
        p = oracle_weights(U[:, d])
        total = {name: np.zeros_like(value) for name, value in p.items()}
        parts = sums_of_gates(A[:, d]), H[d], sums_of_gates(dA[:, d]), dH[d]
        for x, h, dx, dh in zip(*(split(B, packing, lengths) for B in parts), strict=True):
            states = oracle.lstm_forward(oracle.columns(x), p)
            dinputs, gradient = oracle.lstm_backward(oracle.columns(dh), states, p)
            total = oracle.add(total, gradient)
            hidden = oracle.rows([s["h"] for s in states], N_UNITS)
            np.testing.assert_allclose(h, hidden, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(dx, oracle.rows(dinputs, x.shape[1]), rtol=1e-10, atol=1e-13)
        expected = oracle.stack(total)[:, :N_UNITS]
        np.testing.assert_allclose(dU[:, d], expected, rtol=1e-10, atol=1e-13)


@directions
@batches
def test_a_batch_equals_its_sequences_one_by_one(lengths, n_directions):
    A, U, dH, packing = draw(lengths, n_directions)
    H, dA, dU = run(A, U, dH, packing)
    sum_dU = np.zeros_like(U)
    for rank in range(len(lengths)):
        rows = packing.ranks == rank
        H_alone, dA_alone, dU_alone = run(A[:, :, rows], U, dH[:, rows], pack([rows.sum()]))
        np.testing.assert_allclose(H[:, rows], H_alone, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(dA[:, :, rows], dA_alone, rtol=1e-12, atol=1e-15)
        sum_dU += dU_alone
    np.testing.assert_allclose(dU, sum_dU, rtol=1e-12, atol=1e-14)


@directions
def test_step_by_step_equals_whole(n_directions):
    """A hidden state and its gradient depend only on the tokens that have been read."""
    n_tokens = 6
    A, U, dH, packing = draw([n_tokens], n_directions)
    H, _, _ = run(A, U, dH, packing)
    for n_read in range(1, n_tokens + 1):
        h, da, dU = run(A[:, :, :n_read], U, dH[:, :n_read], pack([n_read]))
        np.testing.assert_allclose(h, H[:, :n_read], rtol=1e-13)
        only_read = np.zeros_like(dH)
        only_read[:, :n_read] = dH[:, :n_read]
        _, dA_whole, dU_whole = run(A, U, only_read, packing)
        np.testing.assert_allclose(da, dA_whole[:, :, :n_read], rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(dA_whole[:, :, n_read:], 0)
        np.testing.assert_allclose(dU, dU_whole, rtol=1e-12, atol=1e-15)


@directions
def test_the_state_is_passed_from_token_to_token(n_directions):
    """One step from the cached state, computed by itself, gives the next state."""
    A, U, _, packing = draw([6], n_directions)
    H, cache = lstm_forward(A.copy(), U, packing)
    for d in range(n_directions):
        p = oracle_weights(U[:, d])
        inputs = oracle.columns(sums_of_gates(A[:, d]))
        for q in range(6):
            # The state before a token is the one that the layer computed, not the oracle's.
            h, c = (states[d, q].reshape(-1, 1) for states in (H, cache.C))
            state = oracle.cell_forward(inputs[q], h, c, p)
            expected = [state[k].ravel() for k in "ofig"]
            np.testing.assert_allclose(cache.gates[:, d, q], expected, rtol=1e-12)
            np.testing.assert_allclose(cache.C[d, q + 1], state["c"].ravel(), rtol=1e-12)
            np.testing.assert_allclose(cache.tanh_C[d, q], np.tanh(state["c"]).ravel(), rtol=1e-12)
            np.testing.assert_allclose(H[d, q + 1], state["h"].ravel(), rtol=1e-12)


@directions
@batches
def test_the_initial_states_are_zero(lengths, n_directions):
    A, U, _, packing = draw(lengths, n_directions)
    H, cache = lstm_forward(A, U, packing)
    for states in (H, cache.H, cache.C, initial_states(packing, n_directions, 5, np.float32)):
        assert states.shape[:2] == (n_directions, len(lengths) + sum(lengths))
        np.testing.assert_array_equal(states[:, : len(lengths)], 0)


@pytest.mark.parametrize("n_units", [3, 64, 70])
@pytest.mark.parametrize("lengths", [LENGTHS, [2] * 40, [1], []], ids=str)
@dtypes
def test_stacked_directions_equal_separate_ones_to_the_last_bit(dtype, lengths, n_units):
    A, U, dH, packing = draw(lengths, 2, n_units, dtype)
    stacked = run(A, U, dH, packing)
    for d in range(2):
        one = slice(d, d + 1)
        H, dA, dU = run(A[:, one].copy(), U[:, one].copy(), dH[one], packing)
        assert_same_bits((H, dA, dU), (stacked[0][one], stacked[1][:, one], stacked[2][:, one]))


@pytest.mark.parametrize("n_sequences", [1, 3, 40])
@pytest.mark.parametrize("n_units", [64, 128, 192])
def test_products_that_are_cut_give_the_same_states_and_gradients(
    monkeypatch, n_units, n_sequences
):
    A, U, dH, packing = draw([3] * n_sequences, 2, n_units)
    whole = run(A, U, dH, packing)
    monkeypatch.setattr(arrays, "_SMALL_PRODUCT", n_sequences * n_units * 64)
    for one, other in zip(run(A, U, dH, packing), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@directions
def test_inputs_are_left_unmodified(n_directions):
    """The sums of the gates are overwritten by the gates, and the gradient of the states is too."""
    A, U, dH, packing = draw(LENGTHS, n_directions)
    freeze(U)
    freeze_packing(packing)
    H, cache = lstm_forward(A, U, packing)
    assert cache.gates is A
    assert cache.H is H
    freeze(*cache)
    first = lstm_backward(add_initial(dH, packing), U, cache, packing)
    again = lstm_backward(add_initial(dH, packing), U, cache, packing)
    assert_same_bits(first, again)


@directions
def test_the_gradient_of_the_weights_is_written_to_the_array_given(n_directions):
    A, U, dH, packing = draw(LENGTHS, n_directions)
    _, _, expected = run(A, U, dH, packing)
    _, cache = lstm_forward(A, U, packing)
    layer = np.full((n_directions, 4, N_UNITS + 2, N_UNITS), np.nan)
    for out in (np.full_like(U, np.nan), layer[:, :, :N_UNITS].swapaxes(0, 1)):
        _, dU = lstm_backward(add_initial(dH, packing), U, cache, packing, out=out)
        assert dU is out
        np.testing.assert_array_equal(out, expected)
    assert np.isnan(layer[:, :, N_UNITS:]).all()  # the rest of the array is not written


@directions
def test_weights_that_are_not_contiguous_give_the_same_bits(n_directions):
    """The recurrent weights are a part of the weights of a layer."""
    A, U, dH, packing = draw(LENGTHS, n_directions)
    layer = np.random.RandomState(0).normal(size=(n_directions, 4, N_UNITS + 2, N_UNITS))
    layer[:, :, :N_UNITS] = U.swapaxes(0, 1)
    view = layer[:, :, :N_UNITS].swapaxes(0, 1)
    assert_same_bits(run(A, view, dH, packing), run(A, U, dH, packing))


@directions
@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_a_batch_without_tokens(lengths, n_directions):
    A, U, dH, packing = draw(lengths, n_directions)
    H, dA, dU = run(A, U, dH, packing)
    assert H.shape == (n_directions, 0, N_UNITS)
    assert dA.shape == (4, n_directions, 0, N_UNITS)
    np.testing.assert_array_equal(dU, np.zeros_like(U))


@directions
@dtypes
def test_precision_is_kept(dtype, n_directions):
    A, U, dH, packing = draw(LENGTHS, n_directions, dtype=dtype)
    H, cache = lstm_forward(A, U, packing)
    dA, dU = lstm_backward(add_initial(dH, packing), U, cache, packing)
    assert {B.dtype for B in (H, *cache, dA, dU)} == {np.dtype(dtype)}


@directions
def test_weights_and_input_are_not_converted_to_another_precision(n_directions):
    A, U, dH, packing = draw(LENGTHS, n_directions, dtype=np.float32)
    A, U, dH = (B.view(OnePrecision) for B in (A, U, dH))
    with pytest.raises(AssertionError):
        U * np.ones(U.shape)
    run(A, U, dH, packing)
    with computing_in_one_precision():
        run(A, U, dH, packing)


@directions
def test_single_precision_is_close_to_double(n_directions):
    single = run(*draw(LENGTHS, n_directions, dtype=np.float32))
    double = run(*draw(LENGTHS, n_directions))
    for one, other in zip(single, double, strict=True):
        assert relative_error(one, other) < 1e-6


@dtypes
def test_a_very_long_sequence_remains_finite(dtype):
    A, U, dH, packing = draw([20_000], 2, n_units=2, dtype=dtype)
    H, dA, dU = run(A, U, dH, packing)
    assert np.abs(H).max() < 1
    assert np.isfinite(dA).all()
    assert np.isfinite(dU).all()
    assert H[:, [0, 10_000, -1]].all()


@directions
@dtypes
def test_saturated_gates_are_finite(dtype, n_directions):
    A, U, dH, packing = draw(LENGTHS, n_directions, dtype=dtype)
    A *= 1e4
    for B in run(A, U, dH, packing):
        assert np.isfinite(B).all()


@directions
def test_arrays_of_an_arena_give_the_same_bits(n_directions):
    """Memory that was used before is written before it is read."""
    A, U, dH, packing = draw(LENGTHS, n_directions)
    expected, arena = run(A, U, dH, packing), Arena()
    for _ in range(3):
        with computing_with(arena, SERIAL):
            assert_same_bits(run(A, U, dH, packing), expected)
        arena.block.view(np.float64)[...] = np.nan


def test_sequences_do_not_influence_each_other():
    A, U, _, packing = draw(LENGTHS, 2)
    changed = A.copy()
    changed[:, :, packing.ranks == 1] += 1
    same = packing.ranks != 1
    H, other = hidden_states(A, U, packing), hidden_states(changed, U, packing)
    np.testing.assert_array_equal(H[:, same], other[:, same])
    assert (H[:, ~same] != other[:, ~same]).all()


@pytest.mark.parametrize("order", [[2, 0, 1, 4, 3], [4, 3, 2, 1, 0]], ids=str)
def test_the_order_of_the_sequences_does_not_matter(order):
    A, U, dH, packing = draw(LENGTHS, 2)
    H, dA, dU = run(A, U, dH, packing)
    lengths = [LENGTHS[k] for k in order]
    other = pack(lengths)

    def reorder(B, axis):
        parts = split(np.moveaxis(B, axis, 0), packing, LENGTHS)
        return np.moveaxis(join([parts[k] for k in order], other), 0, axis)

    results = run(reorder(A, 2), U, reorder(dH, 1), other)
    np.testing.assert_allclose(results[0], reorder(H, 1), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(results[1], reorder(dA, 2), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(results[2], dU, rtol=1e-12, atol=1e-14)


def test_the_oracle_separates_and_stacks_weights():
    W = np.random.RandomState(0).normal(size=(4, 3 + 4 + 1, 3))
    p = oracle.separate(W)
    assert {name: value.shape for name, value in p.items()} == {
        **{"W_" + k: (3, 3 + 4) for k in "ofic"},
        **{"b_" + k: (3, 1) for k in "ofic"},
    }
    np.testing.assert_array_equal(oracle.stack(p), W)
