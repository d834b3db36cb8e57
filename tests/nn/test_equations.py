"""One test for every equation of the two documents, and one for every misprint.

The fast path is watched at work on one sequence: its cached values forward, and backward the
gradients of the gates, which are found again from the gradient of the weights, for with fewer
tokens than rows of W, ``dW_k = Z^T d_k`` has one solution ``d_k``. Tokens are taken in the order
in which the direction reads them, and vectors are columns as in the documents.
"""

from types import SimpleNamespace

import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import network
from sklstm.nn.lstm import lstm_backward, lstm_forward
from sklstm.nn.packing import pack
from sklstm.nn.softmax import cross_entropy, log_softmax

from ._checks import RESOURCES, TOLERANCE, central_differences, relative_error

T, E, H, K = 6, 5, 3, 4
TAGS = np.array([0, 3, 1, 1, 2, 0])


def equal(values, expected):
    np.testing.assert_allclose(values, expected, rtol=1e-8, atol=1e-12)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module", params=[False, True], ids=["forward", "reverse"])
def fast(request):
    """What the fast path computes for one sequence, read in the order of the direction."""
    reverse = request.param
    rng = np.random.RandomState(0)
    X, packing = rng.normal(size=(T, E)), pack([T])
    W, W_y = rng.normal(size=(4, H + E + 1, H)), {("output",): rng.normal(size=(H + 1, K))}
    ones = np.ones((T, 1))
    hidden, cache = lstm_forward(np.hstack([X, ones]), W, packing, reverse)
    masks = network.no_dropout([H], T, X.dtype)
    logits, output_caches = network.forward(W_y, hidden, packing, masks, RESOURCES)
    _, dlogits = cross_entropy(logits, TAGS, np.ones(T), 1.0)
    dW_y = {("output",): np.empty((H + 1, K))}
    dH = network.backward(W_y, dlogits, output_caches, packing, masks, RESOURCES, dW_y)
    dX, dW = lstm_backward(dH, W, cache, packing, reverse)
    rows_before = packing.previous(reverse)
    C_prev, gates, tanh_C = cache.C[rows_before], cache.gates, cache.tanh_C
    Z = np.hstack([cache.H[rows_before], cache.X])
    D = [np.linalg.lstsq(Z.T, gate, rcond=None)[0] for gate in dW]
    order = slice(None, None, -1 if reverse else 1)

    def read(A):
        return [row.reshape(-1, 1) for row in A[order]]

    zero = np.zeros((H, 1))
    named = {
        "inputs": X, "hidden_states": hidden, "concat_inputs": Z[:, :-1], "ones": Z[:, -1:],
        "output_gates": gates[0], "forget_gates": gates[1], "input_gates": gates[2],
        "candidate_gates": gates[3], "previous_cell_states": C_prev, "tanh_cell_states": tanh_C,
        "outputs": logits, "proba": np.exp(log_softmax(logits)), "error": dlogits,
        "d_o": D[0], "d_f": D[1], "d_i": D[2], "d_c": D[3], "d_inputs": dX,
    }  # fmt: skip
    trace = SimpleNamespace(**{name: read(A) for name, A in named.items()})
    trace.previous_hidden_states = [zero, *trace.hidden_states[:-1]]
    trace.one_hot = read(np.eye(K)[TAGS])
    trace.p, trace.gradient = oracle.separate(W), oracle.separate(dW)
    trace.wy, trace.by = (oracle.separate_output(W_y["output",])[k] for k in ("W_y", "b_y"))
    trace.dwy, trace.dby = (oracle.separate_output(dW_y["output",])[k] for k in ("W_y", "b_y"))
    # Errors that the fast path never holds in one place: of the concatenated input (B8), of the
    # hidden state (B2), and of the cell state (B4), by their own equations.
    trace.d_z = [
        sum(trace.p["W_" + k].T @ getattr(trace, "d_" + k)[q] for k in "fico") for q in range(T)
    ]
    trace.d_hs = [
        trace.wy.T @ trace.error[q] + (trace.d_z[q + 1][:H] if q + 1 < T else zero)
        for q in range(T)
    ]
    trace.d_cs, trace.dc_next, dc_next = [None] * T, [None] * T, zero
    for q in reversed(range(T)):
        trace.dc_next[q] = dc_next
        factor = 1 - trace.tanh_cell_states[q] ** 2
        trace.d_cs[q] = factor * trace.output_gates[q] * trace.d_hs[q] + dc_next
        dc_next = trace.forget_gates[q] * trace.d_cs[q]
    return trace


# --- the first document, forward ----------------------------------------------------------------


def test_seed1_concatenated_input(fast):
    for q in range(T):
        expected = np.vstack([fast.previous_hidden_states[q], fast.inputs[q]])
        equal(fast.concat_inputs[q], expected)
        equal(fast.ones[q], 1)  # what the bias is multiplied by


def check_gate(fast, gate, letter, activation):
    for q in range(T):
        a = fast.p["W_" + letter] @ fast.concat_inputs[q] + fast.p["b_" + letter]
        equal(gate[q], activation(a))


def test_seed1_forget_gate(fast):
    check_gate(fast, fast.forget_gates, "f", sigmoid)


def test_seed1_input_gate(fast):
    check_gate(fast, fast.input_gates, "i", sigmoid)


def test_seed1_candidate_gate(fast):
    check_gate(fast, fast.candidate_gates, "c", np.tanh)


def test_seed1_output_gate(fast):
    check_gate(fast, fast.output_gates, "o", sigmoid)


def test_seed1_cell_state(fast):
    equal(fast.previous_cell_states[0], 0)
    for q in range(T):
        c = fast.forget_gates[q] * fast.previous_cell_states[q]
        c = c + fast.input_gates[q] * fast.candidate_gates[q]
        equal(fast.tanh_cell_states[q], np.tanh(c))
        if q + 1 < T:
            equal(fast.previous_cell_states[q + 1], c)


def test_seed1_hidden_state(fast):
    for q in range(T):
        equal(fast.hidden_states[q], fast.output_gates[q] * fast.tanh_cell_states[q])


def test_seed1_output(fast):
    for q in range(T):
        equal(fast.outputs[q], fast.wy @ fast.hidden_states[q] + fast.by)


# --- the first document, backward ---------------------------------------------------------------


def test_seed1_error_of_the_output_is_softmax_minus_one_hot(fast):
    for q in range(T):
        equal(fast.error[q], oracle.softmax(fast.outputs[q]) - fast.one_hot[q])


def test_seed1_final_gate_weights_and_biases_errors(fast):
    equal(fast.dwy, sum(fast.error[q] @ fast.hidden_states[q].T for q in range(T)))
    equal(fast.dby, sum(fast.error))


def test_seed1_hidden_state_error(fast):
    for q in range(T):
        o, tanh_c = fast.output_gates[q], fast.tanh_cell_states[q]
        equal(fast.d_o[q] / (tanh_c * o * (1 - o)), fast.d_hs[q])


def test_seed1_output_gate_error(fast):
    for q in range(T):
        o = fast.output_gates[q]
        equal(fast.d_o[q], fast.tanh_cell_states[q] * fast.d_hs[q] * o * (1 - o))


def test_seed1_cell_state_error(fast):
    for q in range(T):
        i, g = fast.input_gates[q], fast.candidate_gates[q]
        equal(fast.d_c[q] / (i * (1 - g**2)), fast.d_cs[q])


def test_seed1_forget_gate_error(fast):
    for q in range(T):
        f = fast.forget_gates[q]
        equal(fast.d_f[q], fast.d_cs[q] * fast.previous_cell_states[q] * f * (1 - f))


def test_seed1_input_gate_error(fast):
    for q in range(T):
        i = fast.input_gates[q]
        equal(fast.d_i[q], fast.d_cs[q] * fast.candidate_gates[q] * i * (1 - i))


def test_seed1_candidate_gate_error(fast):
    for q in range(T):
        g = fast.candidate_gates[q]
        equal(fast.d_c[q], fast.d_cs[q] * fast.input_gates[q] * (1 - g**2))


def expected_gate_error(fast, letter, q):
    """Return d_o, d_f, d_i or d_c by the equation, not by what the fast path computed."""
    o, f = fast.output_gates[q], fast.forget_gates[q]
    i, g = fast.input_gates[q], fast.candidate_gates[q]
    return {
        "o": fast.tanh_cell_states[q] * fast.d_hs[q] * o * (1 - o),
        "f": fast.d_cs[q] * fast.previous_cell_states[q] * f * (1 - f),
        "i": fast.d_cs[q] * g * i * (1 - i),
        "c": fast.d_cs[q] * i * (1 - g**2),
    }[letter]


@pytest.mark.parametrize("letter", ["o", "f", "i", "c"])
def test_seed1_gate_weights_and_biases_errors(fast, letter):
    d = [expected_gate_error(fast, letter, q) for q in range(T)]
    equal(fast.gradient["W_" + letter], sum(d[q] @ fast.concat_inputs[q].T for q in range(T)))
    equal(fast.gradient["b_" + letter], sum(d))


def test_seed1_concatenated_input_error(fast):
    for q in range(T):
        equal(fast.d_inputs[q], fast.d_z[q][H:])


def test_seed1_error_handed_to_the_previous_hidden_state(fast):
    for q in range(T - 1):
        o, tanh_c = fast.output_gates[q], fast.tanh_cell_states[q]
        dh_next = fast.d_o[q] / (tanh_c * o * (1 - o)) - fast.wy.T @ fast.error[q]
        equal(dh_next, fast.d_z[q + 1][:H])


def test_seed1_error_handed_to_the_previous_cell_state(fast):
    for q in range(T - 1):
        i, g = fast.input_gates[q], fast.candidate_gates[q]
        factor = 1 - fast.tanh_cell_states[q] ** 2
        dc_next = fast.d_c[q] / (i * (1 - g**2)) - factor * fast.output_gates[q] * fast.d_hs[q]
        equal(dc_next, fast.forget_gates[q + 1] * fast.d_cs[q + 1])


# --- the second document ------------------------------------------------------------------------
# Its forward equations in its own form, the product split at the bracket of [h_{t-1}, x_t].


def check_split_gate(fast, gate, letter, activation):
    W, b = fast.p["W_" + letter], fast.p["b_" + letter]
    for t in range(T):
        a = W[:, :H] @ fast.previous_hidden_states[t] + W[:, H:] @ fast.inputs[t] + b
        equal(gate[t], activation(a))


def test_seed2_f_t(fast):
    check_split_gate(fast, fast.forget_gates, "f", oracle.sigmoid)


def test_seed2_i_t(fast):
    check_split_gate(fast, fast.input_gates, "i", oracle.sigmoid)


def test_seed2_candidate_c_t(fast):
    check_split_gate(fast, fast.candidate_gates, "c", oracle.tanh)


def test_seed2_o_t(fast):
    check_split_gate(fast, fast.output_gates, "o", oracle.sigmoid)


def test_seed2_c_t(fast):
    for t in range(T):
        c_t = fast.forget_gates[t] * fast.previous_cell_states[t]
        c_t = c_t + fast.input_gates[t] * fast.candidate_gates[t]
        equal(np.arctanh(fast.tanh_cell_states[t]), c_t)


def test_seed2_h_t(fast):
    for t in range(T):
        c_t = np.arctanh(fast.tanh_cell_states[t])
        equal(fast.hidden_states[t], fast.output_gates[t] * oracle.tanh(c_t))


def test_seed2_sigmoid():
    """The fast path has one tanh for all gates: here its sigmoid gates are seen by themselves."""
    a = np.linspace(-8, 8, 33)
    W = np.zeros((4, 3, 1))
    W[:3, 1] = 1  # every sigmoid gate is sigma(x), the candidate tanh(0)
    _, cache = lstm_forward(np.stack([a, np.ones(33)], axis=1), W, pack([1] * 33))
    equal(cache.gates[:3, :, 0], np.tile(1 / (1 + np.exp(-a)), (3, 1)))


def test_seed2_tanh():
    a = np.linspace(-8, 8, 33)
    W = np.zeros((4, 3, 1))
    W[3, 1] = 1
    _, cache = lstm_forward(np.stack([a, np.ones(33)], axis=1), W, pack([1] * 33))
    equal(cache.gates[3, :, 0], (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a)))


def test_seed2_softmax(fast):
    for t in range(T):
        x = fast.outputs[t]
        equal(fast.proba[t], np.exp(x) / np.sum(np.exp(x)))


def test_seed2_both_directions_side_by_side():
    rng = np.random.RandomState(0)
    X, packing = rng.normal(size=(T, E)), pack([T])
    views = {("lstm", 0, r): rng.normal(size=(4, H + E + 1, H)) for r in (0, 1)}
    views["output",] = rng.normal(size=(2 * H + 1, K))
    masks = network.no_dropout([E, 2 * H], T, X.dtype)
    logits, _ = network.forward(views, X, packing, masks, RESOURCES)
    X_1 = np.hstack([X, np.ones((T, 1))])
    h = [lstm_forward(X_1, views["lstm", 0, r], packing, reverse=r == 1)[0] for r in (0, 1)]
    W_y, b_y = views["output",][:-1].T, views["output",][-1]
    for t in range(T):
        equal(logits[t], W_y @ np.concatenate([h[0][t], h[1][t]]) + b_y)


def seed2_names(fast, t):
    """Return the second document's names for what the fast path holds at a step."""
    return SimpleNamespace(
        da_next=fast.d_hs[t],
        dc_next=fast.dc_next[t],
        o=fast.output_gates[t],
        f=fast.forget_gates[t],
        u=fast.input_gates[t],
        c_tilde=fast.candidate_gates[t],
        c_prev=fast.previous_cell_states[t],
        tanh_c_next=fast.tanh_cell_states[t],
    )


def test_seed2_d_gamma_o(fast):
    for t in range(T):
        s = seed2_names(fast, t)
        equal(fast.d_o[t], s.da_next * s.tanh_c_next * s.o * (1 - s.o))


def test_seed2_d_c_tilde(fast):
    for t in range(T):
        s = seed2_names(fast, t)
        bracket = s.dc_next * s.u + s.o * (1 - s.tanh_c_next**2) * s.u * s.da_next
        equal(fast.d_c[t], bracket * (1 - s.c_tilde**2))


def test_seed2_d_gamma_u(fast):
    for t in range(T):
        s = seed2_names(fast, t)
        bracket = s.dc_next * s.c_tilde + s.o * (1 - s.tanh_c_next**2) * s.c_tilde * s.da_next
        equal(fast.d_i[t], bracket * s.u * (1 - s.u))


def test_seed2_d_gamma_f(fast):
    for t in range(T):
        s = seed2_names(fast, t)
        bracket = s.dc_next * s.c_prev + s.o * (1 - s.tanh_c_next**2) * s.c_prev * s.da_next
        equal(fast.d_f[t], bracket * s.f * (1 - s.f))


@pytest.mark.parametrize(
    ("name", "letter"), [("dW_f", "f"), ("dW_u", "i"), ("dW_c", "c"), ("dW_o", "o")]
)
def test_seed2_parameter_derivatives(fast, name, letter):
    dW = np.zeros((H, H + E))
    for t in range(T):
        z = np.vstack([fast.previous_hidden_states[t], fast.inputs[t]])
        dW += expected_gate_error(fast, letter, t) @ z.T
    equal(fast.gradient["W_" + letter], dW)


def test_seed2_da_prev(fast):
    for t in range(1, T):
        da_prev = sum(fast.p["W_" + k][:, :H].T @ getattr(fast, "d_" + k)[t] for k in "fico")
        o, tanh_c = fast.output_gates[t - 1], fast.tanh_cell_states[t - 1]
        da = fast.d_o[t - 1] / (tanh_c * o * (1 - o))
        equal(da - fast.wy.T @ fast.error[t - 1], da_prev)


def test_seed2_dc_prev(fast):
    for t in range(1, T):
        s = seed2_names(fast, t)
        dc_prev = s.dc_next * s.f + s.o * (1 - s.tanh_c_next**2) * s.f * s.da_next
        before = seed2_names(fast, t - 1)
        dc = fast.d_c[t - 1] / (before.u * (1 - before.c_tilde**2))
        equal(dc - before.o * (1 - before.tanh_c_next**2) * before.da_next, dc_prev)


def test_seed2_dx(fast):
    for t in range(T):
        dx = sum(fast.p["W_" + k][:, H:].T @ getattr(fast, "d_" + k)[t] for k in "fico")
        equal(fast.d_inputs[t], dx)


# --- the misprints ------------------------------------------------------------------------------
# Each is put into the oracle by itself, everything else being right, and held against central
# differences of the oracle's own forward pass.


@pytest.fixture(scope="module")
def small():
    """A sequence, parameters, errors from above, and the gradients by central differences."""
    rng = np.random.RandomState(1)
    p = oracle.separate(rng.normal(size=(4, H + E + 1, H)))
    inputs, errors = (
        oracle.columns(rng.normal(size=(T, E))),
        oracle.columns(rng.normal(size=(T, H))),
    )

    def loss():
        states = oracle.lstm_forward(inputs, p)
        return sum(np.sum(e * s["h"]) for e, s in zip(errors, states, strict=True))

    numeric = {name: central_differences(loss, value) for name, value in p.items()}
    numeric["x"] = np.hstack([central_differences(loss, x) for x in inputs])
    return SimpleNamespace(p=p, inputs=inputs, errors=errors, numeric=numeric)


def worst(small, **equations):
    """Return the largest relative error of any gradient under the equations given."""
    states = oracle.lstm_forward(small.inputs, small.p)
    candidates = [np.zeros((H, 1)), *(s["g"] for s in states[:-1])]
    for state, candidate in zip(states, candidates, strict=True):
        state["c_tilde_prev"] = candidate  # for one of the misprints
    dx, gradient = oracle.lstm_backward(small.errors, states, small.p, **equations)
    gradient["x"] = np.hstack(dx)
    return max(relative_error(gradient[name], small.numeric[name]) for name in small.numeric)


SEED1 = {
    "gate_errors": oracle.seed1_gate_errors,
    "previous_errors": oracle.seed1_previous_errors,
}
SEED2 = {
    "gate_errors": oracle.seed2_gate_errors,
    "previous_errors": oracle.seed2_previous_errors,
}


@pytest.mark.parametrize("equations", [SEED1, SEED2], ids=["seed1", "seed2"])
def test_corrected_equations_agree_with_central_differences(small, equations):
    assert worst(small, **equations) < TOLERANCE


def test_misprint_seed1_inputs_where_concat_inputs_belongs(small):
    states = oracle.lstm_forward(small.inputs, small.p)
    literal = {letter: np.zeros((H, E)) for letter in "fico"}
    _, corrected = oracle.lstm_backward(small.errors, states, small.p)
    dh_next, dc_next = np.zeros((H, 1)), np.zeros((H, 1))
    for q in reversed(range(T)):
        d_hs = small.errors[q] + dh_next
        d = oracle.seed1_gate_errors(d_hs, dc_next, states[q])
        for gate, letter in oracle.GATES.items():
            literal[letter] += d[gate] @ small.inputs[q].T
        args = d, d_hs, dc_next, states[q], small.p
        dh_next, _, dc_next = oracle.seed1_previous_errors(*args)
    for letter in "fico":
        numeric = small.numeric["W_" + letter]
        assert relative_error(corrected["W_" + letter], numeric) < TOLERANCE
        assert literal[letter].shape == (H, E) != numeric.shape
        # The columns of the input are right; those of the hidden state are left out.
        assert relative_error(literal[letter], numeric[:, H:]) < TOLERANCE
        padded = np.hstack([np.zeros((H, H)), literal[letter]])
        assert relative_error(padded, numeric) > 0.01


def test_misprint_seed1_error_is_the_gradient_only_as_softmax_minus_one_hot():
    """With one-hot minus softmax, sums by += are the negative gradient, to be added."""
    rng = np.random.RandomState(0)
    output = {"W_y": rng.normal(size=(K, H)), "b_y": rng.normal(size=(K, 1))}
    h, one_hot = rng.normal(size=(H, 1)), np.eye(K)[:, 2:3]

    def loss():
        return -np.log(oracle.softmax(output["W_y"] @ h + output["b_y"])[2, 0])

    numeric = central_differences(loss, output["W_y"])
    proba = oracle.softmax(output["W_y"] @ h + output["b_y"])
    assert relative_error((proba - one_hot) @ h.T, numeric) < TOLERANCE
    assert relative_error((one_hot - proba) @ h.T, -numeric) < TOLERANCE
    assert relative_error((one_hot - proba) @ h.T, numeric) > 1


def sigmoid_prime_at(x):
    return sigmoid(x) * (1 - sigmoid(x))


def tanh_prime_at(x):
    return 1 - np.tanh(x) ** 2


@pytest.mark.parametrize("where", ["o", "f", "i", "g", "c"])
def test_misprint_seed1_derivatives_are_of_the_activated_value(small, where):
    """sigma'(o) is o (1 - o); as the derivative of sigma at o it is another number."""

    def literal(d_hs, dc_next, s):
        d = oracle.seed1_gate_errors(d_hs, dc_next, s)
        if where == "c":
            tanh_c = np.tanh(s["c"])
            right = (1 - tanh_c**2) * s["o"] * d_hs + dc_next
            wrong = tanh_prime_at(tanh_c) * s["o"] * d_hs + dc_next
            return {gate: e if gate == "o" else e / right * wrong for gate, e in d.items()}
        s = s[where]
        factor = tanh_prime_at(s) / (1 - s**2) if where == "g" else sigmoid_prime_at(s) / (s - s**2)
        return {**d, where: d[where] * factor}

    assert worst(small, **{**SEED1, "gate_errors": literal}) > 0.01


def without_brackets_c_tilde(da, dc, s):
    o, u, g, tanh_c = s["o"], s["i"], s["g"], np.tanh(s["c"])
    return {"g": dc * u + o * (1 - tanh_c**2) * u * da * (1 - g**2)}


def without_brackets_u(da, dc, s):
    o, u, g, tanh_c = s["o"], s["i"], s["g"], np.tanh(s["c"])
    return {"i": dc * g + o * (1 - tanh_c**2) * g * da * u * (1 - u)}


def without_brackets_f(da, dc, s):
    o, f, tanh_c = s["o"], s["f"], np.tanh(s["c"])
    return {"f": dc * s["c_prev"] + o * (1 - tanh_c**2) * s["c_prev"] * da * f * (1 - f)}


def candidate_for_previous_cell(da, dc, s):
    o, f, tanh_c = s["o"], s["f"], np.tanh(s["c"])
    bracket = dc * s["c_tilde_prev"] + o * (1 - tanh_c**2) * s["c_prev"] * da
    return {"f": bracket * f * (1 - f)}


def stray_c_tilde(da, dc, s):
    o, u, g, tanh_c = s["o"], s["i"], s["g"], np.tanh(s["c"])
    return {"g": (dc * u + o * (1 - tanh_c**2) * u * da * g) * (1 - g**2)}


def tanh_of_c_tilde(da, dc, s):
    o, u, g, tanh_c = s["o"], s["i"], s["g"], np.tanh(s["c"])
    return {"g": (dc * u + o * (1 - tanh_c**2) * u * da) * (1 - np.tanh(g) ** 2)}


@pytest.mark.parametrize(
    "misprint",
    [
        without_brackets_c_tilde,
        without_brackets_u,
        without_brackets_f,
        candidate_for_previous_cell,
        stray_c_tilde,
        tanh_of_c_tilde,
    ],
)
def test_misprint_seed2_gate_derivatives(small, misprint):
    def literal(da_next, dc_next, s):
        return {**oracle.seed2_gate_errors(da_next, dc_next, s), **misprint(da_next, dc_next, s)}

    assert worst(small, **{**SEED2, "gate_errors": literal}) > 0.01


def test_misprint_seed2_da_prev_and_dx_are_slices_of_one_product():
    """As printed, both are W_f^T dGamma_f + ..., H + E numbers: neither's size and both at once."""
    rng = np.random.RandomState(2)
    p = oracle.separate(rng.normal(size=(4, H + E + 1, H)))
    x, h_prev, c_prev, da, dc = (rng.normal(size=(n, 1)) for n in (E, H, H, H, H))

    def loss():
        s = oracle.cell_forward(x, h_prev, c_prev, p)
        return np.sum(s["h"] * da) + np.sum(s["c"] * dc)

    s = oracle.cell_forward(x, h_prev, c_prev, p)
    d = oracle.seed2_gate_errors(da, dc, s)
    printed = sum(p["W_" + k].T @ d[gate] for gate, k in oracle.GATES.items())
    assert printed.shape == (H + E, 1)
    assert relative_error(printed[:H], central_differences(loss, h_prev)) < TOLERANCE
    assert relative_error(printed[H:], central_differences(loss, x)) < TOLERANCE
    da_prev, dx, _ = oracle.seed2_previous_errors(d, da, dc, s, p)
    equal(np.vstack([da_prev, dx]), printed)


def test_seed2_dc_prev_stands_as_printed():
    rng = np.random.RandomState(3)
    p = oracle.separate(rng.normal(size=(4, H + E + 1, H)))
    x, h_prev, c_prev, da, dc = (rng.normal(size=(n, 1)) for n in (E, H, H, H, H))

    def loss():
        s = oracle.cell_forward(x, h_prev, c_prev, p)
        return np.sum(s["h"] * da) + np.sum(s["c"] * dc)

    s = oracle.cell_forward(x, h_prev, c_prev, p)
    printed = dc * s["f"] + s["o"] * (1 - np.tanh(s["c"]) ** 2) * s["f"] * da
    assert relative_error(printed, central_differences(loss, c_prev)) < TOLERANCE


def test_misprint_seed2_parameter_derivatives_are_summed_over_the_steps(small):
    """dW = d z^T is the share of one step; the gradient is the sum of them all."""
    states = oracle.lstm_forward(small.inputs, small.p)
    shares, dh_next, dc_next = [], np.zeros((H, 1)), np.zeros((H, 1))
    for q in reversed(range(T)):
        d_hs = small.errors[q] + dh_next
        d = oracle.seed2_gate_errors(d_hs, dc_next, states[q])
        shares.append(d["f"] @ states[q]["z"].T)
        args = d, d_hs, dc_next, states[q], small.p
        dh_next, _, dc_next = oracle.seed2_previous_errors(*args)
    assert relative_error(sum(shares), small.numeric["W_f"]) < TOLERANCE
    assert min(relative_error(share, small.numeric["W_f"]) for share in shares) > 0.01
