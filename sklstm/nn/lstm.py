r"""The LSTM, forward and backward through time, in one direction over a packed batch.

With rows :math:`z_t = [h_{t-1}; x_t; 1]`, the weights and the bias of a gate are one matrix
:math:`W_k` of shape (H + E + 1, H), and a step is

.. math::

    o_t &= \sigma(z_t W_o) \qquad f_t = \sigma(z_t W_f) \qquad i_t = \sigma(z_t W_i) \qquad
    g_t = \tanh(z_t W_g) \\
    c_t &= f_t \, c_{t-1} + i_t \, g_t \\
    h_t &= o_t \tanh(c_t)

The four gates are stacked on the first axis in the order o, f, i, g (the three sigmoids side by
side, and the three that :math:`dc` reaches): gates (4, n_tokens, H), weights (4, H + E + 1, H).
Every gate is then contiguous, which is what element-wise work needs to run at full speed, and the
product of a step is a stack of four small ones.

The other direction runs over the very same layout from the last step to the first; its batch
grows where the other's shrinks.
"""

import numpy as np

# sigmoid(a) = (1 + tanh(a / 2)) / 2: with the half folded into the weights of the three sigmoid
# gates, one tanh serves all four.
_HALF = np.array([0.5, 0.5, 0.5, 1.0]).reshape(4, 1, 1)


def lstm_forward(X, W, packing, reverse=False, empty=np.empty):
    """Run an LSTM over a packed batch.

    Parameters
    ----------
    X : ndarray of shape (n_tokens, E)
        The packed input.
    W : ndarray of shape (4, H + E + 1, H)
        The weights of the gates o, f, i, g.
    packing : Packing
        The layout of the batch.
    reverse : bool, default=False
        Whether to run from the last token of each sequence to the first.
    empty : callable, default=numpy.empty
        Makes the large arrays, from a shape and a dtype.

    Returns
    -------
    H : ndarray of shape (n_tokens, H)
        The hidden states.
    cache : tuple
        What :func:`lstm_backward` needs.
    """
    n_tokens, n_inputs = X.shape
    n_units = W.shape[2]
    Z = empty((n_tokens, n_units + n_inputs + 1), X.dtype)
    Z[:, n_units:-1] = X
    Z[:, -1] = 1
    H_prev = Z[:, :n_units]
    gates = empty((4, n_tokens, n_units), X.dtype)
    C_prev, tanh_C, H = (empty((n_tokens, n_units), X.dtype) for _ in range(3))
    H_prev[...] = C_prev[...] = 0
    W_half = W * _HALF.astype(W.dtype)
    for rows, following, n_shared in packing.steps(reverse):
        a = gates[:, rows]
        np.matmul(Z[rows], W_half, out=a)
        np.tanh(a, out=a)
        sigmoids = a[:3]
        sigmoids *= 0.5
        sigmoids += 0.5
        o, f, i, g = a
        c = f * C_prev[rows]
        c += i * g
        np.tanh(c, out=tanh_C[rows])
        h = np.multiply(o, tanh_C[rows], out=H[rows])
        H_prev[following] = h[:n_shared]
        C_prev[following] = c[:n_shared]
    return H, (Z, gates, C_prev, tanh_C)


def lstm_backward(dH, W, cache, packing, reverse=False, out=None, empty=np.empty):
    r"""Carry the gradient of the loss back through :func:`lstm_forward`.

    .. math::

        do_t &= dh_t \tanh(c_t) \, o_t (1 - o_t) \\
        dc_t &= dc_{next} + dh_t \, o_t (1 - \tanh(c_t)^2) \\
        df_t &= dc_t \, c_{t-1} \, f_t (1 - f_t) \qquad
        di_t = dc_t \, g_t \, i_t (1 - i_t) \qquad
        dg_t = dc_t \, i_t (1 - g_t^2) \\
        dz_t &= \textstyle\sum_k dk_t W_k^T = [dh_{next}; dx_t] \qquad
        dc_{next} = dc_t f_t \qquad
        dW_k = \textstyle\sum_t z_t^T dk_t

    What stands beside :math:`dh_t` and :math:`dc_t` is known before the loop and computed there
    for all steps at once; :math:`dx_t` and :math:`dW_k` take no part in the recurrence and are
    computed after it.

    Parameters
    ----------
    dH : ndarray of shape (n_tokens, H)
        The gradient with respect to the hidden states.
    W, packing, reverse
        As they were given to :func:`lstm_forward`.
    cache : tuple
        The second value that it returned.
    out : ndarray of shape (4, H + E + 1, H), default=None
        Where to write the gradient with respect to the weights.
    empty : callable, default=numpy.empty
        Makes the large arrays, from a shape and a dtype.

    Returns
    -------
    dX : ndarray of shape (n_tokens, E)
        The gradient with respect to the input.
    dW : ndarray of shape (4, H + E + 1, H)
        The gradient with respect to the weights.
    """
    Z, gates, C_prev, tanh_C = cache
    n_units = W.shape[2]
    D, dC_dH = _local_derivatives(gates, C_prev, tanh_C, empty)
    forget_gates = gates[1]
    dH_next, dC = (empty(tanh_C.shape, tanh_C.dtype) for _ in range(2))
    dH_next[...], dC[...] = dH, 0
    W_h = np.ascontiguousarray(W[:, :n_units].transpose(0, 2, 1))
    for rows, preceding, n_shared in packing.steps(not reverse):
        dh, dc, d = dH_next[rows], dC[rows], D[:, rows]
        d[0] *= dh
        dc += dh * dC_dH[rows]
        d[1:] *= dc
        dH_next[preceding] += np.matmul(d[:, :n_shared], W_h).sum(axis=0)
        np.multiply(dc[:n_shared], forget_gates[rows][:n_shared], out=dC[preceding])
    dW = np.matmul(Z.T, D, out=out)
    W_x = W[:, n_units:-1].transpose(0, 2, 1)
    dX = np.matmul(D, W_x, out=empty((4, len(Z), W_x.shape[2]), Z.dtype))
    return dX.sum(axis=0, out=empty(dX.shape[1:], Z.dtype)), dW


def _local_derivatives(gates, C_prev, tanh_C, empty):
    """Return the factors beside dh in do, beside dc in df, di and dg, and beside dh in dc."""
    o, _, i, g = gates
    D = empty(gates.shape, gates.dtype)
    D_o, D_f, D_i, D_g = D
    np.subtract(1, gates[:3], out=D[:3])
    D[:3] *= gates[:3]
    D_o *= tanh_C
    D_f *= C_prev
    D_i *= g
    np.multiply(g, g, out=D_g)
    np.subtract(1, D_g, out=D_g)
    D_g *= i
    dC_dH = np.multiply(tanh_C, tanh_C, out=empty(tanh_C.shape, tanh_C.dtype))
    np.subtract(1, dC_dH, out=dC_dH)
    dC_dH *= o
    return D, dC_dH
