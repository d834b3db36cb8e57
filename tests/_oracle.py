"""An oracle: the equations of the two documents, one token at a time, in plain loops.

Vectors are columns, every gate has its own matrix and bias, and no code is shared with sklstm. The
comments name the equations: "seed 1" is the LSTM tagger (forward F1-F8, backward B1-B9, as numbered
there), "seed 2" is the bidirectional LSTM (its equations are not numbered; they are named by what
they define). Misprints are corrected as described in docs/mathematics.rst.

``p`` is a dict of the parameters of one direction: W_f, W_i, W_c, W_o of shape (H, H + E) and b_f,
b_i, b_c, b_o of shape (H, 1). ``output`` is a dict of W_y of shape (K, D) and b_y of shape (K, 1).
A sequence is a list of columns of shape (E, 1).
"""

import numpy as np

# Each gate and the letter of its weights, in the order in which sklstm stacks the gates.
GATES = {"o": "o", "f": "f", "i": "i", "g": "c"}


def separate(W):
    """Convert sklstm's weights of a direction, (4, H + E + 1, H), to the documents' matrices."""
    p = {}
    for gate, letter in zip(W, GATES.values(), strict=True):
        p["W_" + letter] = gate[:-1].T.copy()
        p["b_" + letter] = gate[-1:].T.copy()
    return p


def stack(p):
    """Convert the documents' matrices to sklstm's weights: the inverse of :func:`separate`."""
    letters = GATES.values()
    return np.stack([np.vstack([p["W_" + k].T, p["b_" + k].T]) for k in letters])


def separate_output(W):
    """Convert sklstm's output weights, (D + 1, K), to the documents' matrix and bias."""
    return {"W_y": W[:-1].T.copy(), "b_y": W[-1:].T.copy()}


def stack_output(output):
    """Convert the documents' output matrix and bias to sklstm's output weights."""
    return np.vstack([output["W_y"].T, output["b_y"].T])


def columns(rows):
    """Convert an array of shape (n_tokens, width) to a list of columns (width, 1)."""
    return [row.reshape(-1, 1).copy() for row in rows]


def rows(sequence, width):
    """Convert a list of columns (width, 1) to an array of shape (n_tokens, width)."""
    return np.array([column.ravel() for column in sequence]).reshape(len(sequence), width)


# --- activation functions -----------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))  # seed 2, Sigmoid


def tanh(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))  # seed 2, Tanh


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x))  # seed 2, Softmax


def sigmoid_prime(activated):
    return activated * (1 - activated)  # seed 1's sigma', of the activated value


def tanh_prime(activated):
    return 1 - activated**2  # seed 1's tanh', of the activated value


# --- one direction ------------------------------------------------------------------------------


def cell_forward(x, h_prev, c_prev, p):
    s = {"c_prev": c_prev}
    s["z"] = z = np.vstack([h_prev, x])  # seed 1 F1; seed 2 [h_{t-1}, x_t]
    s["f"] = sigmoid(p["W_f"] @ z + p["b_f"])  # seed 1 F2; seed 2 f_t
    s["i"] = sigmoid(p["W_i"] @ z + p["b_i"])  # seed 1 F3; seed 2 i_t
    s["g"] = tanh(p["W_c"] @ z + p["b_c"])  # seed 1 F4; seed 2 C~_t
    s["o"] = sigmoid(p["W_o"] @ z + p["b_o"])  # seed 1 F5; seed 2 o_t
    s["c"] = s["f"] * c_prev + s["i"] * s["g"]  # seed 1 F6; seed 2 C_t
    s["h"] = s["o"] * tanh(s["c"])  # seed 1 F7; seed 2 h_t
    return s


def lstm_forward(inputs, p, reverse=False):
    """Return the state of every token, in the order of the tokens."""
    n_units = p["b_f"].shape[0]
    h, c = np.zeros((n_units, 1)), np.zeros((n_units, 1))
    states = [None] * len(inputs)
    for q in _order(len(inputs), reverse):
        states[q] = cell_forward(inputs[q], h, c, p)
        h, c = states[q]["h"], states[q]["c"]
    return states


def seed1_gate_errors(d_hs, dc_next, s):
    d, tanh_c = {}, tanh(s["c"])
    d["o"] = tanh_c * d_hs * sigmoid_prime(s["o"])  # seed 1 B3
    d_cs = tanh_prime(tanh_c) * s["o"] * d_hs + dc_next  # seed 1 B4
    d["f"] = d_cs * s["c_prev"] * sigmoid_prime(s["f"])  # seed 1 B5
    d["i"] = d_cs * s["g"] * sigmoid_prime(s["i"])  # seed 1 B6
    d["g"] = d_cs * s["i"] * tanh_prime(s["g"])  # seed 1 B7
    return d


def seed1_previous_errors(d, d_hs, dc_next, s, p):
    n_units = len(d_hs)
    d_cs = tanh_prime(tanh(s["c"])) * s["o"] * d_hs + dc_next  # seed 1 B4
    d_z = (  # seed 1 B8
        p["W_f"].T @ d["f"] + p["W_i"].T @ d["i"] + p["W_c"].T @ d["g"] + p["W_o"].T @ d["o"]
    )
    dh_next = d_z[:n_units, :]  # seed 1 B9
    dc_next = s["f"] * d_cs  # seed 1 B9
    return dh_next, d_z[n_units:, :], dc_next


def seed2_gate_errors(da_next, dc_next, s):
    d = {}
    o, f, u, c_tilde, c_next = s["o"], s["f"], s["i"], s["g"], s["c"]
    d["o"] = da_next * tanh(c_next) * o * (1 - o)  # seed 2 dGamma_o
    d["g"] = (dc_next * u + o * (1 - tanh(c_next) ** 2) * u * da_next) * (
        1 - c_tilde**2
    )  # seed 2 dc~, brackets added, without the stray c~, and c~ taken as activated
    d["i"] = (dc_next * c_tilde + o * (1 - tanh(c_next) ** 2) * c_tilde * da_next) * (
        u * (1 - u)
    )  # seed 2 dGamma_u, brackets added
    d["f"] = (dc_next * s["c_prev"] + o * (1 - tanh(c_next) ** 2) * s["c_prev"] * da_next) * (
        f * (1 - f)
    )  # seed 2 dGamma_f, brackets added, c_prev in both terms
    return d


def seed2_previous_errors(d, da_next, dc_next, s, p):
    n_units = len(da_next)
    da_prev = (  # seed 2 da_prev, with the columns of h_{t-1}
        p["W_f"][:, :n_units].T @ d["f"]
        + p["W_i"][:, :n_units].T @ d["i"]
        + p["W_c"][:, :n_units].T @ d["g"]
        + p["W_o"][:, :n_units].T @ d["o"]
    )
    dx = (  # seed 2 dx_t, with the columns of x_t
        p["W_f"][:, n_units:].T @ d["f"]
        + p["W_i"][:, n_units:].T @ d["i"]
        + p["W_c"][:, n_units:].T @ d["g"]
        + p["W_o"][:, n_units:].T @ d["o"]
    )
    # seed 2 dc_prev, as printed
    dc_prev = dc_next * s["f"] + s["o"] * (1 - tanh(s["c"]) ** 2) * s["f"] * da_next
    return da_prev, dx, dc_prev


def lstm_backward(
    errors,
    states,
    p,
    reverse=False,
    gate_errors=seed1_gate_errors,
    previous_errors=seed1_previous_errors,
):
    """Return the error of every input, and the gradients of the parameters, summed over the tokens.

    ``errors`` are the errors of the hidden states that come from the next layer. The equations of
    a step can be replaced, to test what a misprint changes.
    """
    gradient = {name: np.zeros_like(value) for name, value in p.items()}
    n_units = p["b_f"].shape[0]
    dh_next, dc_next = np.zeros((n_units, 1)), np.zeros((n_units, 1))
    dx = [None] * len(states)
    for q in _order(len(states), not reverse):
        s = states[q]
        d_hs = errors[q] + dh_next  # seed 1 B2
        d = gate_errors(d_hs, dc_next, s)
        for gate, letter in GATES.items():
            gradient["W_" + letter] += d[gate] @ s["z"].T  # seed 1 B3, B5-B7; seed 2 dW
            gradient["b_" + letter] += d[gate]  # seed 1 B3, B5-B7
        dh_next, dx[q], dc_next = previous_errors(d, d_hs, dc_next, s, p)
    return dx, gradient


def _order(n_tokens, reverse):
    return range(n_tokens - 1, -1, -1) if reverse else range(n_tokens)


# --- the whole tagger ---------------------------------------------------------------------------


def tagger_forward(inputs, layers, output):
    """Return the logits of every token, and a record: the states of each layer and direction.

    ``layers`` is a list of lists of one or two ``p``; the second reads from the last token on.
    """
    record = []
    for directions in layers:
        record.append([lstm_forward(inputs, p, r == 1) for r, p in enumerate(directions)])
        inputs = [  # [h_t forward; h_t backward]
            np.vstack([states[q]["h"] for states in record[-1]]) for q in range(len(inputs))
        ]
    outputs = [output["W_y"] @ h + output["b_y"] for h in inputs]  # seed 1 F8
    return outputs, (record, inputs)


def tagger_backward(errors, record, layers, output):
    """Return the error of every input, and gradients in the form of ``layers`` and ``output``.

    ``errors`` are the gradients with respect to the logits, so all sums are gradients.
    """
    record, hidden = record
    d_output = {name: np.zeros_like(value) for name, value in output.items()}
    above = []
    for error, h in zip(errors, hidden, strict=True):
        d_output["W_y"] += error @ h.T  # seed 1 B1
        d_output["b_y"] += error  # seed 1 B1
        above.append(output["W_y"].T @ error)  # seed 1 B2, first term
    d_layers = []
    for directions, states in zip(reversed(layers), reversed(record), strict=True):
        d_layer, start, below = [], 0, [0] * len(above)
        for r, p in enumerate(directions):
            stop = start + len(p["b_f"])
            dx, gradient = lstm_backward([e[start:stop] for e in above], states[r], p, r == 1)
            below = [b + d for b, d in zip(below, dx, strict=True)]
            d_layer.append(gradient)
            start = stop
        above = below
        d_layers.insert(0, d_layer)
    return above, d_layers, d_output


def cross_entropy(outputs, tags, weights):
    """Return the weighted loss of a sequence, and the error of each of its outputs."""
    loss, errors = 0.0, []
    for x, tag, weight in zip(outputs, tags, weights, strict=True):
        p = softmax(x)
        one_hot = np.zeros_like(p)
        one_hot[tag] = 1
        loss -= weight * np.log(p[tag, 0])
        errors.append(weight * (p - one_hot))
    return loss, errors


def add(total, gradient):
    """Add gradients in nested lists and dicts, to sum them over the sequences of a batch."""
    if isinstance(gradient, dict):
        return {name: add(total[name], value) for name, value in gradient.items()}
    if isinstance(gradient, list):
        return [add(t, g) for t, g in zip(total, gradient, strict=True)]
    return total + gradient
