"""One test for every equation of the two documents, and one for every misprint.

The tests observe sklstm on one sequence: forward, the values that it caches; backward, the
gradients of the gates, which are computed from the gradient of the weights. With fewer tokens than
rows of W, ``dW_k = Z^T d_k`` has one solution ``d_k``. Tokens are in the order in which the
direction reads them, and vectors are columns as in the documents.
"""

from types import SimpleNamespace

import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import network
from sklstm.nn.bilstm import bilstm_forward
from sklstm.nn.lstm import lstm_forward
from sklstm.nn.packing import pack
from sklstm.nn.softmax import cross_entropy, log_softmax

from ._checks import TOLERANCE, add_ones, central_differences, relative_error

T, E, H, K = 6, 5, 3, 4
TAGS = np.array([0, 3, 1, 1, 2, 0])


def equal(values, expected):
    np.testing.assert_allclose(values, expected, rtol=1e-8, atol=1e-12)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module", params=[0, 1], ids=["forward", "backward"])
def observed(request):
    """The values that sklstm computes for one sequence, in the order of the direction.

    The layer has two directions, and the output reads one of them.
    """
    direction = request.param
    rng = np.random.RandomState(0)
    X, packing, masks = rng.normal(size=(T, E)), pack([T]), [None, None]
    part = slice(direction * H, (direction + 1) * H)
    rows = [*range(part.start, part.stop), -1]
    W, W_y = rng.normal(size=(4, H + E + 1, H)), rng.normal(size=(H + 1, K))
    parameters = {
        "lstm_0": rng.normal(size=(2, 4, H + E + 1, H)),
        "output": np.zeros((2 * H + 1, K)),
    }
    parameters["lstm_0"][direction], parameters["output"][rows] = W, W_y
    gradient = {name: np.empty_like(W) for name, W in parameters.items()}
    logits, forward_cache = network.forward(parameters, X, packing, masks)
    _, dlogits = cross_entropy(logits, TAGS, np.ones(T))
    dX = network.backward(parameters, dlogits, forward_cache, packing, gradient)
    _, (layer,), outputs = forward_cache
    (cache,) = layer.recurrences
    # What the recurrence caches is in the order in which the direction reads the tokens.
    order = slice(None, None, -1 if direction == 1 else 1)
    gates, C_before, tanh_C = cache.gates[:, direction], cache.C[direction], cache.tanh_C[direction]
    C_before = C_before[packing.before]
    Z = np.hstack([cache.H[direction][packing.before], layer.inputs[direction]])
    dW, dW_y = gradient["lstm_0"][direction], gradient["output"][rows]
    D = [np.linalg.lstsq(Z.T, gate, rcond=None)[0] for gate in dW]

    def read(A):
        return [row.reshape(-1, 1) for row in A]

    named = {
        "inputs": X[order], "hidden_states": outputs[order, part], "concat_inputs": Z[:, :-1],
        "ones": Z[:, -1:], "output_gates": gates[0], "forget_gates": gates[1],
        "input_gates": gates[2], "candidate_gates": gates[3], "previous_cell_states": C_before,
        "tanh_cell_states": tanh_C, "outputs": logits[order],
        "proba": np.exp(log_softmax(logits))[order], "error": dlogits[order],
        "d_o": D[0], "d_f": D[1], "d_i": D[2], "d_c": D[3], "d_inputs": dX[order],
    }  # fmt: skip
    trace = SimpleNamespace(**{name: read(A) for name, A in named.items()})
    trace.previous_hidden_states = [np.zeros((H, 1)), *trace.hidden_states[:-1]]
    trace.one_hot = read(np.eye(K)[TAGS][order])
    trace.p, trace.gradient = oracle.separate(W), oracle.separate(dW)
    trace.wy, trace.by = (oracle.separate_output(W_y)[k] for k in ("W_y", "b_y"))
    trace.dwy, trace.dby = (oracle.separate_output(dW_y)[k] for k in ("W_y", "b_y"))
    add_errors_of_states(trace)
    return trace


def add_errors_of_states(trace):
    """Add errors that sklstm does not compute as such, by their own equations.

    They are those of the concatenated input (B8), the hidden state (B2) and the cell state (B4).
    """
    zero = np.zeros((H, 1))
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


# --- the first document, forward ----------------------------------------------------------------


def test_seed1_concatenated_input(observed):
    for q in range(T):
        expected = np.vstack([observed.previous_hidden_states[q], observed.inputs[q]])
        equal(observed.concat_inputs[q], expected)
        equal(observed.ones[q], 1)  # what the bias is multiplied by


def check_gate(observed, gate, letter, activation):
    for q in range(T):
        a = observed.p["W_" + letter] @ observed.concat_inputs[q] + observed.p["b_" + letter]
        equal(gate[q], activation(a))


def test_seed1_forget_gate(observed):
    check_gate(observed, observed.forget_gates, "f", sigmoid)


def test_seed1_input_gate(observed):
    check_gate(observed, observed.input_gates, "i", sigmoid)


def test_seed1_candidate_gate(observed):
    check_gate(observed, observed.candidate_gates, "c", np.tanh)


def test_seed1_output_gate(observed):
    check_gate(observed, observed.output_gates, "o", sigmoid)


def test_seed1_cell_state(observed):
    equal(observed.previous_cell_states[0], 0)
    for q in range(T):
        c = observed.forget_gates[q] * observed.previous_cell_states[q]
        c = c + observed.input_gates[q] * observed.candidate_gates[q]
        equal(observed.tanh_cell_states[q], np.tanh(c))
        if q + 1 < T:
            equal(observed.previous_cell_states[q + 1], c)


def test_seed1_hidden_state(observed):
    for q in range(T):
        equal(observed.hidden_states[q], observed.output_gates[q] * observed.tanh_cell_states[q])


def test_seed1_output(observed):
    for q in range(T):
        equal(observed.outputs[q], observed.wy @ observed.hidden_states[q] + observed.by)


# --- the first document, backward ---------------------------------------------------------------


def test_seed1_error_of_the_output_is_softmax_minus_one_hot(observed):
    for q in range(T):
        equal(observed.error[q], oracle.softmax(observed.outputs[q]) - observed.one_hot[q])


def test_seed1_final_gate_weights_and_biases_errors(observed):
    equal(observed.dwy, sum(observed.error[q] @ observed.hidden_states[q].T for q in range(T)))
    equal(observed.dby, sum(observed.error))


def test_seed1_hidden_state_error(observed):
    for q in range(T):
        o, tanh_c = observed.output_gates[q], observed.tanh_cell_states[q]
        equal(observed.d_o[q] / (tanh_c * o * (1 - o)), observed.d_hs[q])


def test_seed1_output_gate_error(observed):
    for q in range(T):
        o = observed.output_gates[q]
        equal(observed.d_o[q], observed.tanh_cell_states[q] * observed.d_hs[q] * o * (1 - o))


def test_seed1_cell_state_error(observed):
    for q in range(T):
        i, g = observed.input_gates[q], observed.candidate_gates[q]
        equal(observed.d_c[q] / (i * (1 - g**2)), observed.d_cs[q])


def test_seed1_forget_gate_error(observed):
    for q in range(T):
        f = observed.forget_gates[q]
        equal(observed.d_f[q], observed.d_cs[q] * observed.previous_cell_states[q] * f * (1 - f))


def test_seed1_input_gate_error(observed):
    for q in range(T):
        i = observed.input_gates[q]
        equal(observed.d_i[q], observed.d_cs[q] * observed.candidate_gates[q] * i * (1 - i))


def test_seed1_candidate_gate_error(observed):
    for q in range(T):
        g = observed.candidate_gates[q]
        equal(observed.d_c[q], observed.d_cs[q] * observed.input_gates[q] * (1 - g**2))


def expected_gate_error(observed, letter, q):
    """Return d_o, d_f, d_i or d_c by the equation, not as sklstm computes it."""
    o, f = observed.output_gates[q], observed.forget_gates[q]
    i, g = observed.input_gates[q], observed.candidate_gates[q]
    return {
        "o": observed.tanh_cell_states[q] * observed.d_hs[q] * o * (1 - o),
        "f": observed.d_cs[q] * observed.previous_cell_states[q] * f * (1 - f),
        "i": observed.d_cs[q] * g * i * (1 - i),
        "c": observed.d_cs[q] * i * (1 - g**2),
    }[letter]


@pytest.mark.parametrize("letter", ["o", "f", "i", "c"])
def test_seed1_gate_weights_and_biases_errors(observed, letter):
    d = [expected_gate_error(observed, letter, q) for q in range(T)]
    equal(
        observed.gradient["W_" + letter], sum(d[q] @ observed.concat_inputs[q].T for q in range(T))
    )
    equal(observed.gradient["b_" + letter], sum(d))


def test_seed1_concatenated_input_error(observed):
    for q in range(T):
        equal(observed.d_inputs[q], observed.d_z[q][H:])


def test_seed1_error_passed_to_the_previous_hidden_state(observed):
    for q in range(T - 1):
        o, tanh_c = observed.output_gates[q], observed.tanh_cell_states[q]
        dh_next = observed.d_o[q] / (tanh_c * o * (1 - o)) - observed.wy.T @ observed.error[q]
        equal(dh_next, observed.d_z[q + 1][:H])


def test_seed1_error_passed_to_the_previous_cell_state(observed):
    for q in range(T - 1):
        i, g = observed.input_gates[q], observed.candidate_gates[q]
        factor = 1 - observed.tanh_cell_states[q] ** 2
        dc_next = (
            observed.d_c[q] / (i * (1 - g**2))
            - factor * observed.output_gates[q] * observed.d_hs[q]
        )
        equal(dc_next, observed.forget_gates[q + 1] * observed.d_cs[q + 1])


# --- the second document ------------------------------------------------------------------------
# Its forward equations in its own form, with a product for each part of [h_{t-1}, x_t].


def check_split_gate(observed, gate, letter, activation):
    W, b = observed.p["W_" + letter], observed.p["b_" + letter]
    for t in range(T):
        a = W[:, :H] @ observed.previous_hidden_states[t] + W[:, H:] @ observed.inputs[t] + b
        equal(gate[t], activation(a))


def test_seed2_f_t(observed):
    check_split_gate(observed, observed.forget_gates, "f", oracle.sigmoid)


def test_seed2_i_t(observed):
    check_split_gate(observed, observed.input_gates, "i", oracle.sigmoid)


def test_seed2_candidate_c_t(observed):
    check_split_gate(observed, observed.candidate_gates, "c", oracle.tanh)


def test_seed2_o_t(observed):
    check_split_gate(observed, observed.output_gates, "o", oracle.sigmoid)


def test_seed2_c_t(observed):
    for t in range(T):
        c_t = observed.forget_gates[t] * observed.previous_cell_states[t]
        c_t = c_t + observed.input_gates[t] * observed.candidate_gates[t]
        equal(np.arctanh(observed.tanh_cell_states[t]), c_t)


def test_seed2_h_t(observed):
    for t in range(T):
        c_t = np.arctanh(observed.tanh_cell_states[t])
        equal(observed.hidden_states[t], observed.output_gates[t] * oracle.tanh(c_t))


def test_seed2_sigmoid():
    """sklstm computes all gates with one tanh; the sigmoid gates are sigma(a), the last tanh(0)."""
    a = np.linspace(-8, 8, 33)
    A = np.zeros((4, 1, 33, 1))
    A[:3, 0, :, 0] = a
    _, cache = lstm_forward(A, np.zeros((4, 1, 1, 1)), pack([1] * 33))
    equal(cache.gates[:3, 0, :, 0], np.tile(1 / (1 + np.exp(-a)), (3, 1)))
    equal(cache.gates[3], 0)


def test_seed2_tanh():
    a = np.linspace(-8, 8, 33)
    A = np.zeros((4, 1, 33, 1))
    A[3, 0, :, 0] = a
    _, cache = lstm_forward(A, np.zeros((4, 1, 1, 1)), pack([1] * 33))
    equal(cache.gates[3, 0, :, 0], (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a)))


def test_seed2_softmax(observed):
    for t in range(T):
        x = observed.outputs[t]
        equal(observed.proba[t], np.exp(x) / np.sum(np.exp(x)))


def test_seed2_both_directions_side_by_side():
    rng = np.random.RandomState(0)
    X, packing = rng.normal(size=(T, E)), pack([T])
    parameters = {
        "lstm_0": rng.normal(size=(2, 4, H + E + 1, H)),
        "output": rng.normal(size=(2 * H + 1, K)),
    }
    logits, _ = network.forward(parameters, X, packing, [None, None])
    forward, backward = np.split(parameters["lstm_0"], 2)
    h = [bilstm_forward(add_ones(X), forward, packing)[0][:, :-1]]
    h.append(bilstm_forward(add_ones(X[::-1]), backward, packing)[0][::-1, :-1])
    W_y, b_y = parameters["output"][:-1].T, parameters["output"][-1]
    for t in range(T):
        equal(logits[t], W_y @ np.concatenate([h[0][t], h[1][t]]) + b_y)


def seed2_names(observed, t):
    """Return the values of a step by the names of the second document."""
    return SimpleNamespace(
        da_next=observed.d_hs[t],
        dc_next=observed.dc_next[t],
        o=observed.output_gates[t],
        f=observed.forget_gates[t],
        u=observed.input_gates[t],
        c_tilde=observed.candidate_gates[t],
        c_prev=observed.previous_cell_states[t],
        tanh_c_next=observed.tanh_cell_states[t],
    )


def test_seed2_d_gamma_o(observed):
    for t in range(T):
        s = seed2_names(observed, t)
        equal(observed.d_o[t], s.da_next * s.tanh_c_next * s.o * (1 - s.o))


def test_seed2_d_c_tilde(observed):
    for t in range(T):
        s = seed2_names(observed, t)
        bracket = s.dc_next * s.u + s.o * (1 - s.tanh_c_next**2) * s.u * s.da_next
        equal(observed.d_c[t], bracket * (1 - s.c_tilde**2))


def test_seed2_d_gamma_u(observed):
    for t in range(T):
        s = seed2_names(observed, t)
        bracket = s.dc_next * s.c_tilde + s.o * (1 - s.tanh_c_next**2) * s.c_tilde * s.da_next
        equal(observed.d_i[t], bracket * s.u * (1 - s.u))


def test_seed2_d_gamma_f(observed):
    for t in range(T):
        s = seed2_names(observed, t)
        bracket = s.dc_next * s.c_prev + s.o * (1 - s.tanh_c_next**2) * s.c_prev * s.da_next
        equal(observed.d_f[t], bracket * s.f * (1 - s.f))


@pytest.mark.parametrize(
    ("name", "letter"), [("dW_f", "f"), ("dW_u", "i"), ("dW_c", "c"), ("dW_o", "o")]
)
def test_seed2_parameter_derivatives(observed, name, letter):
    dW = np.zeros((H, H + E))
    for t in range(T):
        z = np.vstack([observed.previous_hidden_states[t], observed.inputs[t]])
        dW += expected_gate_error(observed, letter, t) @ z.T
    equal(observed.gradient["W_" + letter], dW)


def test_seed2_da_prev(observed):
    for t in range(1, T):
        da_prev = sum(
            observed.p["W_" + k][:, :H].T @ getattr(observed, "d_" + k)[t] for k in "fico"
        )
        o, tanh_c = observed.output_gates[t - 1], observed.tanh_cell_states[t - 1]
        da = observed.d_o[t - 1] / (tanh_c * o * (1 - o))
        equal(da - observed.wy.T @ observed.error[t - 1], da_prev)


def test_seed2_dc_prev(observed):
    for t in range(1, T):
        s = seed2_names(observed, t)
        dc_prev = s.dc_next * s.f + s.o * (1 - s.tanh_c_next**2) * s.f * s.da_next
        before = seed2_names(observed, t - 1)
        dc = observed.d_c[t - 1] / (before.u * (1 - before.c_tilde**2))
        equal(dc - before.o * (1 - before.tanh_c_next**2) * before.da_next, dc_prev)


def test_seed2_dx(observed):
    for t in range(T):
        dx = sum(observed.p["W_" + k][:, H:].T @ getattr(observed, "d_" + k)[t] for k in "fico")
        equal(observed.d_inputs[t], dx)


# --- the misprints ------------------------------------------------------------------------------
# Each is put into the oracle alone, all other equations being correct, and compared with central
# differences of the oracle's forward pass.


@pytest.fixture(scope="module")
def small():
    """A sequence, parameters, errors of the hidden states, and gradients by central differences."""
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
    """Return the largest relative error of a gradient that is computed by the given equations."""
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
        # The columns of the input are correct; those of the hidden state are missing.
        assert relative_error(literal[letter], numeric[:, H:]) < TOLERANCE
        padded = np.hstack([np.zeros((H, H)), literal[letter]])
        assert relative_error(padded, numeric) > 0.01


def test_misprint_seed1_error_is_the_gradient_only_as_softmax_minus_one_hot():
    """With one-hot minus softmax, the sums are the negative gradient, which has to be added."""
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
    """As printed, both are W_f^T dGamma_f + ..., which has H + E numbers: those of both."""
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


def test_seed2_dc_prev_is_correct_as_printed():
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
    """dW = d z^T is the part of one step; the gradient is the sum over all steps."""
    states = oracle.lstm_forward(small.inputs, small.p)
    parts, dh_next, dc_next = [], np.zeros((H, 1)), np.zeros((H, 1))
    for q in reversed(range(T)):
        d_hs = small.errors[q] + dh_next
        d = oracle.seed2_gate_errors(d_hs, dc_next, states[q])
        parts.append(d["f"] @ states[q]["z"].T)
        args = d, d_hs, dc_next, states[q], small.p
        dh_next, _, dc_next = oracle.seed2_previous_errors(*args)
    assert relative_error(sum(parts), small.numeric["W_f"]) < TOLERANCE
    assert min(relative_error(part, small.numeric["W_f"]) for part in parts) > 0.01
