r"""The LSTM: its recurrence over a packed batch, forward and backward through time.

The input has no part in the recurrence: its contribution to the gates, :math:`a_t = x_t W + b`, is
one large product for all tokens (:mod:`sklstm.nn.bilstm`). With the recurrent weights :math:`U`, a
step is

.. math::

    o_t &= \sigma(a_t^o + h_{t-1} U_o) \qquad f_t = \sigma(a_t^f + h_{t-1} U_f) \qquad
    i_t = \sigma(a_t^i + h_{t-1} U_i) \qquad g_t = \tanh(a_t^g + h_{t-1} U_g) \\
    c_t &= f_t \, c_{t-1} + i_t \, g_t \\
    h_t &= o_t \tanh(c_t)

Arrays of gates have the gates o, f, i, g on their first axis and any number of directions on the
second. Every gate of a direction is contiguous, which is what element-wise operations need to run
at full speed. Each direction starts at the first token that it reads (:mod:`sklstm.nn.packing`).
"""

from typing import NamedTuple

import numpy as np

from sklstm.nn.arrays import empty, empty_steps, stacked_product, take


class LSTMCache(NamedTuple):
    """The arrays that :func:`lstm_backward` needs, from :func:`lstm_forward`.

    Attributes
    ----------
    gates : ndarray of shape (4, n_directions, n_tokens, H)
    H, C : ndarray of shape (n_directions, n_sequences + n_tokens, H)
        The hidden states and the cell states, initial states first.
    tanh_C : ndarray of shape (n_directions, n_tokens, H)
    """

    gates: np.ndarray
    H: np.ndarray
    C: np.ndarray
    tanh_C: np.ndarray


def lstm_forward(A, U, packing):
    """Run the recurrence over a packed batch.

    Parameters
    ----------
    A : array of shape (4, n_directions, n_tokens, H)
        The input's contribution to the gates o, f, i, g; overwritten by the gates.
    U : ndarray of shape (4, n_directions, H, H)
        The recurrent weights.
    packing : Packing
        The layout of the batch.

    Returns
    -------
    H : ndarray of shape (n_directions, n_sequences + n_tokens, H)
        The hidden states, initial states first.
    cache : LSTMCache
    """
    (_, n_directions, n_tokens, n_units), n_sequences = A.shape, packing.n_sequences
    H = initial_states(packing, n_directions, n_units, A.dtype)
    C = empty_steps(H.shape, A.dtype, n_sequences)
    C[:, :n_sequences] = 0
    tanh_C = empty_steps((n_directions, n_tokens, n_units), A.dtype, n_sequences)
    recur = stacked_product(U, n_sequences)
    for rows, before, after in packing.steps:
        a = A[:, :, rows]
        if rows.start > 0:  # the initial states are zero
            a += recur(H[:, before])
        o, f, i, g = _activate(a)
        c, tanh_c = C[:, after], tanh_C[:, rows]
        np.multiply(f, C[:, before], out=c)
        c += np.multiply(i, g, out=tanh_c)  # tanh_c is free until the next line
        np.multiply(o, np.tanh(c, out=tanh_c), out=H[:, after])
    return H, LSTMCache(A, H, C, tanh_C)


def lstm_backward(dH, U, cache, packing, out=None):
    r"""Backpropagate through :func:`lstm_forward`.

    .. math::

        do_t &= dh_t \tanh(c_t) \, o_t (1 - o_t) \\
        dc_t &= dc_{next} + dh_t \, o_t (1 - \tanh(c_t)^2) \\
        df_t &= dc_t \, c_{t-1} \, f_t (1 - f_t) \qquad
        di_t = dc_t \, g_t \, i_t (1 - i_t) \qquad
        dg_t = dc_t \, i_t (1 - g_t^2) \\
        dc_{next} &= dc_t f_t \qquad
        dh_{next} = \textstyle\sum_k dk_t U_k^T \qquad
        dU_k = \textstyle\sum_t h_{t-1}^T dk_t

    The factors of :math:`dh_t` and :math:`dc_t` do not depend on the recurrence. They are computed
    before the loop, for all steps at once.

    Parameters
    ----------
    dH : ndarray of shape (n_directions, n_sequences + n_tokens, H)
        The gradient with respect to the hidden states; overwritten.
    U : ndarray of shape (4, n_directions, H, H)
        The recurrent weights.
    cache : LSTMCache
        The second return value of :func:`lstm_forward`.
    packing : Packing
        The layout of the batch.
    out : ndarray of shape (4, n_directions, H, H), default=None
        An array to write `dU` to.

    Returns
    -------
    dA : ndarray of shape (4, n_directions, n_tokens, H)
        The gradient with respect to the input's contribution, which is that of the gates
        do, df, di, dg before their activation.
    dU : ndarray of shape (4, n_directions, H, H)
    """
    forget_gate = cache.gates[1]
    C_before = take(cache.C, packing.before, axis=1)
    dA, dC_dH = _factors(cache, C_before)
    dC = empty(dH.shape, dH.dtype)
    dC[...] = 0
    recur = stacked_product(U.swapaxes(-2, -1), packing.n_sequences)
    for rows, before, after in reversed(packing.steps):
        dh, dc, da = dH[:, after], dC[:, after], dA[:, :, rows]
        da[0] *= dh
        dc += np.multiply(dh, dC_dH[:, rows], out=dh)
        da[1:] *= dc
        if rows.start > 0:
            np.multiply(dc, forget_gate[:, rows], out=dC[:, before])
            dH[:, before] += np.add.reduce(recur(da))
    # C_before is not needed any more: H_before takes its memory.
    H_before = np.take(cache.H, packing.before, axis=1, out=C_before, mode="clip")
    return dA, np.matmul(H_before.swapaxes(-2, -1), dA, out=out)


def initial_states(packing, n_directions, n_units, dtype):
    """Return an array of states: rows of zeros, and after them uninitialized rows for the tokens.

    Parameters
    ----------
    packing : Packing
    n_directions, n_units : int
    dtype : dtype

    Returns
    -------
    states : ndarray of shape (n_directions, n_sequences + n_tokens, n_units)
    """
    n_tokens = len(packing.tokens)
    states = empty((n_directions, packing.n_sequences + n_tokens, n_units), dtype)
    states[:, : packing.n_sequences] = 0
    return states


def _activate(a):
    """Overwrite the sums of a step by the gates; ``sigmoid(x) = (1 + tanh(x / 2)) / 2``."""
    half, sigmoids = a.dtype.type(0.5), a[:3]
    sigmoids *= half
    np.tanh(a, out=a)  # one call for all gates
    sigmoids *= half
    sigmoids += half
    return a


def _factors(cache, C_before):
    """Return the factors of dh in do and of dc in df, di, dg, stacked, and that of dh in dc."""
    gates, _, _, tanh_C = cache
    o, _, i, g = gates
    factors = empty(gates.shape, gates.dtype)
    np.subtract(1, gates[:3], out=factors[:3])
    factors[:3] *= gates[:3]  # the derivative of the sigmoids
    factors[0] *= tanh_C
    factors[1] *= C_before
    factors[2] *= g
    np.multiply(g, g, out=factors[3])
    np.subtract(1, factors[3], out=factors[3])  # the derivative of tanh
    factors[3] *= i
    dC_dH = np.multiply(tanh_C, tanh_C, out=empty(tanh_C.shape, tanh_C.dtype))
    np.subtract(1, dC_dH, out=dC_dH)
    dC_dH *= o
    return factors, dC_dH
