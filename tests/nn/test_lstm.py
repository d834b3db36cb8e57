import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import lstm
from sklstm.nn.lstm import lstm_backward
from sklstm.nn.packing import pack

from ._checks import (
    LENGTHS,
    TOLERANCE,
    OnePrecision,
    central_differences,
    directional_derivative,
    freeze,
    join,
    relative_error,
    split,
)

N_INPUTS, N_UNITS = 4, 3
both = pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
batches = pytest.mark.parametrize(
    "lengths", [LENGTHS, [5], [1, 1], [0, 2], [4, 3, 2, 1], [1, 2, 3, 4]], ids=str
)


def draw(lengths, n_inputs=N_INPUTS, n_units=N_UNITS, dtype=np.float64):
    """Return a random input, weights, gradient of the hidden states, and the layout."""
    rng = np.random.RandomState(sum(lengths))
    packing = pack(lengths)
    n_tokens = len(packing.tokens)
    X, W, dH = (
        rng.normal(size=(n_tokens, n_inputs)),
        rng.normal(size=(4, n_units + n_inputs + 1, n_units)),
        rng.normal(size=(n_tokens, n_units)),
    )
    return X.astype(dtype), W.astype(dtype), dH.astype(dtype), packing


def lstm_forward(X, W, *args, **kwargs):
    """Run the LSTM on an input to which the column of ones is yet to be added."""
    ones = np.ones((len(X), 1), X.dtype)
    return lstm.lstm_forward(np.concatenate([X, ones], axis=1).view(type(X)), W, *args, **kwargs)


def run(X, W, dH, packing, reverse):
    """Return the hidden states and both gradients."""
    H, cache = lstm_forward(X, W, packing, reverse)
    return H, *lstm_backward(dH.copy(), W, cache, packing, reverse)


@both
@batches
def test_gradient_along_a_random_direction(lengths, reverse):
    X, W, dH, packing = draw(lengths)
    rng = np.random.RandomState(1)
    V_X, V_W = rng.normal(size=X.shape), rng.normal(size=W.shape)
    _, dX, dW = run(X, W, dH, packing, reverse)
    numeric = directional_derivative(
        lambda X, W: np.sum(lstm_forward(X, W, packing, reverse)[0] * dH), [X, W], [V_X, V_W]
    )
    assert relative_error(np.sum(dX * V_X) + np.sum(dW * V_W), numeric) < TOLERANCE


@both
@batches
def test_gradients_agree_with_central_differences(lengths, reverse):
    X, W, dH, packing = draw(lengths)
    _, dX, dW = run(X, W, dH, packing, reverse)

    def function():
        return np.sum(lstm_forward(X, W, packing, reverse)[0] * dH)

    assert relative_error(dX, central_differences(function, X)) < TOLERANCE
    numeric = central_differences(function, W)
    for gate, (analytic_gate, numeric_gate) in enumerate(zip(dW, numeric, strict=True)):
        assert relative_error(analytic_gate, numeric_gate) < TOLERANCE, "ofig"[gate]


@both
@batches
def test_oracle(lengths, reverse):
    X, W, dH, packing = draw(lengths)
    H, dX, dW = run(X, W, dH, packing, reverse)
    p = oracle.separate(W)
    total = {name: np.zeros_like(value) for name, value in p.items()}
    for x, h, dx, dh in zip(*(split(A, packing, lengths) for A in (X, H, dX, dH)), strict=True):
        states = oracle.lstm_forward(oracle.columns(x), p, reverse)
        dinputs, gradient = oracle.lstm_backward(oracle.columns(dh), states, p, reverse)
        total = oracle.add(total, gradient)
        hidden = oracle.rows([s["h"] for s in states], N_UNITS)
        np.testing.assert_allclose(h, hidden, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(dx, oracle.rows(dinputs, N_INPUTS), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(dW, oracle.stack(total), rtol=1e-10, atol=1e-13)


def test_the_oracle_takes_weights_apart_and_together():
    W = draw([1])[1]
    p = oracle.separate(W)
    assert {name: value.shape for name, value in p.items()} == {
        **{"W_" + k: (N_UNITS, N_UNITS + N_INPUTS) for k in "ofic"},
        **{"b_" + k: (N_UNITS, 1) for k in "ofic"},
    }
    np.testing.assert_array_equal(oracle.stack(p), W)


@both
@batches
def test_a_batch_equals_its_sequences_one_by_one(lengths, reverse):
    X, W, dH, packing = draw(lengths)
    H, dX, dW = run(X, W, dH, packing, reverse)
    sum_dW = np.zeros_like(W)
    for x, dh, h, dx in zip(*(split(A, packing, lengths) for A in (X, dH, H, dX)), strict=True):
        if len(x) == 0:
            continue
        h_alone, dx_alone, dW_alone = run(x, W, dh, pack([len(x)]), reverse)
        np.testing.assert_allclose(h, h_alone, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(dx, dx_alone, rtol=1e-12, atol=1e-15)
        sum_dW += dW_alone
    np.testing.assert_allclose(dW, sum_dW, rtol=1e-12, atol=1e-14)


@both
def test_step_by_step_equals_whole(reverse):
    """What has been read so far is all that a hidden state and its gradient depend on."""
    n_tokens = 6
    X, W, dH, packing = draw([n_tokens])
    H, _ = lstm_forward(X, W, packing, reverse)
    for n_read in range(1, n_tokens + 1):
        read = slice(n_tokens - n_read, None) if reverse else slice(n_read)
        h, dx, dW = run(X[read], W, dH[read], pack([n_read]), reverse)
        np.testing.assert_allclose(h, H[read], rtol=1e-13)
        only_read = np.zeros_like(dH)
        only_read[read] = dH[read]
        _, dX_whole, dW_whole = run(X, W, only_read, packing, reverse)
        np.testing.assert_allclose(dx, dX_whole[read], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(dW, dW_whole, rtol=1e-12, atol=1e-15)


@both
def test_the_state_is_carried_from_token_to_token(reverse):
    """One step from the cached state, computed alone, is the next hidden state."""
    X, W, _, packing = draw([6])
    H, cache = lstm_forward(X, W, packing, reverse)
    p = oracle.separate(W)
    order = range(5, -1, -1) if reverse else range(6)
    h, c = np.zeros((N_UNITS, 1)), np.zeros((N_UNITS, 1))
    for q in order:
        state = oracle.cell_forward(X[q].reshape(-1, 1), h, c, p)
        expected = [state[k].ravel() for k in "ofig"]
        np.testing.assert_allclose(cache.gates[:, q], expected, rtol=1e-12)
        np.testing.assert_allclose(cache.C[q], state["c"].ravel(), rtol=1e-12)
        np.testing.assert_allclose(cache.tanh_C[q], np.tanh(state["c"]).ravel(), rtol=1e-12)
        # What the layer computed is carried on, not what the oracle did.
        h, c = H[q].reshape(-1, 1), cache.C[q].reshape(-1, 1)


@both
@batches
def test_without_a_cache_the_hidden_states_are_the_same(lengths, reverse):
    X, W, _, packing = draw(lengths)
    H, _ = lstm_forward(X, W, packing, reverse)
    other, cache = lstm_forward(X, W, packing, reverse, keep=False)
    np.testing.assert_array_equal(other, H)
    assert cache is None


@both
def test_distinct_inputs_may_be_given_once(reverse):
    X, W, dH, packing = draw(LENGTHS)
    rows = np.random.RandomState(0).randint(3, size=len(X))
    into_rows = np.eye(3)[:, rows]
    H, dX, dW = run(X[rows], W, dH, packing, reverse)
    for keep in (False, True):
        once, cache = lstm_forward(X[:3], W, packing, reverse, rows_of_X=rows, keep=keep)
        np.testing.assert_allclose(once, H, rtol=1e-13)
    dX_once, dW_once = lstm_backward(dH, W, cache, packing, reverse, into_rows)
    np.testing.assert_allclose(dX_once, into_rows @ dX, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dW_once, dW, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n_sequences", [1, 3, 40])
@pytest.mark.parametrize("n_units", [64, 128, 192])
def test_large_products_in_pieces_equal_the_whole(monkeypatch, n_units, n_sequences):
    X, W, dH, packing = draw([3] * n_sequences, n_units=n_units)
    whole = run(X, W, dH, packing, False)
    monkeypatch.setattr(lstm, "_SMALL_PRODUCT", n_sequences * n_units * 64)
    W_h, product = lstm._in_pieces(W[:, :n_units], np.empty((4, n_sequences, n_units)))
    assert W_h.shape[1] * W_h.shape[3] == n_units
    assert W_h.shape[3] == (n_units if n_units == 192 else 64)  # 192 is not 64 times a power of 2
    assert product.shape == (4, n_units // W_h.shape[3], n_sequences, W_h.shape[3])
    for one, other in zip(run(X, W, dH, packing, False), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@both
def test_inputs_are_left_unmodified(reverse):
    X, W, dH, packing = draw(LENGTHS)
    freeze(X, W, *packing[:3])
    H, cache = lstm_forward(X, W, packing, reverse)
    freeze(H, *cache)
    first = lstm_backward(dH.copy(), W, cache, packing, reverse)
    again = lstm_backward(dH, W, cache, packing, reverse)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_reversed_input_gives_the_reversed_output():
    X, W, dH, packing = draw(LENGTHS)
    results = run(X, W, dH, packing, True)

    def flip(A):
        return join([a[::-1] for a in split(A, packing, LENGTHS)], packing)

    H, dX, dW = run(flip(X), W, flip(dH), packing, False)
    np.testing.assert_allclose(flip(H), results[0], rtol=1e-13)
    np.testing.assert_allclose(flip(dX), results[1], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(dW, results[2], rtol=1e-12, atol=1e-14)


@both
def test_the_gradient_of_the_weights_is_written_where_it_is_wanted(reverse):
    X, W, dH, packing = draw(LENGTHS)
    _, cache = lstm_forward(X, W, packing, reverse)
    _, expected = lstm_backward(dH.copy(), W, cache, packing, reverse)
    out = np.full_like(W, np.nan)
    _, dW = lstm_backward(dH, W, cache, packing, reverse, out=out)
    assert dW is out
    np.testing.assert_array_equal(out, expected)


@both
def test_gradients_with_respect_to_views_that_are_not_contiguous(reverse):
    """A layer above hands down the half of an array."""
    X, W, dH, packing = draw(LENGTHS)
    wide = np.concatenate([dH, dH + 1], axis=1)
    _, cache = lstm_forward(X, W, packing, reverse)
    results = lstm_backward(wide[:, :N_UNITS], W, cache, packing, reverse)
    for one, other in zip(results, run(X, W, dH, packing, reverse)[1:], strict=True):
        np.testing.assert_array_equal(one, other)


@both
@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_a_batch_without_tokens(lengths, reverse):
    X, W, dH, packing = draw(lengths)
    H, dX, dW = run(X, W, dH, packing, reverse)
    assert H.shape == (0, N_UNITS)
    assert dX.shape == (0, N_INPUTS)
    np.testing.assert_array_equal(dW, np.zeros_like(W))


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype, reverse):
    X, W, dH, packing = draw(LENGTHS, dtype=dtype)
    H, cache = lstm_forward(X, W, packing, reverse)
    dX, dW = lstm_backward(dH, W, cache, packing, reverse)
    assert {A.dtype for A in (H, *cache, dX, dW)} == {np.dtype(dtype)}


@both
def test_weights_and_input_meet_no_other_precision_on_the_way(reverse):
    X, W, dH, packing = draw(LENGTHS, dtype=np.float32)
    X, W, dH = (A.view(OnePrecision) for A in (X, W, dH))
    with pytest.raises(AssertionError):
        W * np.ones(W.shape)
    run(X, W, dH, packing, reverse)


@both
def test_single_precision_is_near_double(reverse):
    single = run(*draw(LENGTHS, dtype=np.float32), reverse)
    double = run(*draw(LENGTHS), reverse)
    for one, other in zip(single, double, strict=True):
        assert relative_error(one, other) < 1e-6


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_very_long_sequence_stays_finite(dtype, reverse):
    X, W, dH, packing = draw([20_000], n_inputs=1, n_units=2, dtype=dtype)
    H, dX, dW = run(X, W, dH, packing, reverse)
    assert np.abs(H).max() < 1
    assert np.isfinite(dX).all()
    assert np.isfinite(dW).all()
    assert H[[0, 10_000, -1]].all()


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saturated_gates_are_finite(dtype, reverse):
    X, W, dH, packing = draw(LENGTHS, dtype=dtype)
    X *= 1e4
    for A in run(X, W, dH, packing, reverse):
        assert np.isfinite(A).all()
