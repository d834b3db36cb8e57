r"""The LSTM, forward and backward through time, in one direction over a packed batch.

With rows :math:`z_t = [h_{t-1}; x_t; 1]`, the weights and the bias of a gate are one matrix
:math:`W_k` of shape (H + E + 1, H), and a step is

.. math::

    o_t &= \sigma(z_t W_o) \qquad f_t = \sigma(z_t W_f) \qquad i_t = \sigma(z_t W_i) \qquad
    g_t = \tanh(z_t W_g) \\
    c_t &= f_t \, c_{t-1} + i_t \, g_t \\
    h_t &= o_t \tanh(c_t)

The rows of :math:`W_k` that meet :math:`[x_t; 1]` take no part in the recurrence: their product is
one large one for all steps, before the loop, and in the loop only :math:`h_{t-1}` meets its rows.

The four gates are stacked on the first axis in the order o, f, i, g (the three sigmoids side by
side, and the three that :math:`dc` reaches): gates (4, n_tokens, H), weights (4, H + E + 1, H).
Every gate is then contiguous, which is what element-wise work needs to run at full speed, and the
product of a step is a stack of four small ones.

The other direction runs over the very same layout from the last step to the first; its batch
grows where the other's shrinks.
"""

from typing import NamedTuple

import numpy as np

# sigmoid(a) = (1 + tanh(a / 2)) / 2: with the half folded into the weights of the three sigmoid
# gates, one tanh serves all four.
_HALF = np.array([0.5, 0.5, 0.5, 1.0]).reshape(4, 1, 1)
# With AVX-512, OpenBLAS multiplies matrices without copying them into another layout first where
# the product of their three dimensions is under this. Fewer columns than 64 would not fill the
# registers.
_SMALL_PRODUCT, _FEWEST_COLUMNS = 1_000_000, 64


class Cache(NamedTuple):
    """What :func:`lstm_backward` needs to know of :func:`lstm_forward`.

    Attributes
    ----------
    X : ndarray of shape (n_rows, E + 1)
        The input.
    gates : ndarray of shape (4, n_tokens, H)
        The gates o, f, i, g.
    H, C : ndarray of shape (n_tokens + 1, H)
        The hidden states and the cells; the last row is the zero before each sequence.
    tanh_C : ndarray of shape (n_tokens, H)
    """

    X: np.ndarray
    gates: np.ndarray
    H: np.ndarray
    C: np.ndarray
    tanh_C: np.ndarray


def lstm_forward(X, W, packing, reverse=False, rows_of_X=None, keep=True, empty=np.empty):
    """Run an LSTM over a packed batch.

    Parameters
    ----------
    X : ndarray of shape (n_rows, E + 1)
        The input, packed unless ``rows_of_X`` is given; the last column is 1.
    W : ndarray of shape (4, H + E + 1, H)
        The weights of the gates o, f, i, g.
    packing : Packing
        The layout of the batch.
    reverse : bool, default=False
        Whether to run from the last token of each sequence to the first.
    rows_of_X : ndarray of int of shape (n_tokens,), default=None
        The row of ``X`` that each packed token reads, so that ``X`` may hold each distinct input
        once.
    keep : bool, default=True
        Whether to keep what :func:`lstm_backward` needs.
    empty : callable, default=numpy.empty
        Makes the large arrays, from a shape and a dtype.

    Returns
    -------
    H : ndarray of shape (n_tokens, H)
        The hidden states.
    cache : Cache or None
    """
    n_tokens, n_units, dtype = len(packing.tokens), W.shape[2], X.dtype
    n_sequences = packing.n_sequences
    half, W_half = np.array(0.5, dtype), W * _HALF.astype(W.dtype)
    gates = np.matmul(X, W_half[:, n_units:], out=empty((4, len(X), n_units), dtype))
    if rows_of_X is None:
        rows_of_X = np.arange(n_tokens)
    elif keep:
        shape = 4, n_tokens, n_units
        gates = gates.take(rows_of_X, axis=1, out=empty(shape, dtype), mode="clip")
    # Without a backward pass to come, one step is all that is kept of gates and cells.
    n_kept = n_tokens if keep else n_sequences
    H, C = (_with_zero_row(n, n_units, dtype, empty) for n in (n_tokens, n_kept))
    tanh_C = empty((n_kept, n_units), dtype)
    product = empty((4, n_sequences, n_units), dtype)
    step = empty((product.size,), dtype)
    W_h, product_pieces = _in_pieces(W_half[:, :n_units], product)
    for rows, previous in packing.steps(reverse):
        n_running, n = rows.stop - rows.start, previous.stop - previous.start
        if keep:
            a, here, before = gates[:, rows], rows, previous
        else:
            a = step[: 4 * n_running * n_units].reshape(4, n_running, n_units)
            gates.take(rows_of_X[rows], axis=1, out=a, mode="clip")
            here, before = slice(n_running), slice(n)
        if n:
            np.matmul(H[previous], W_h, out=product_pieces[:, :, :n])
            a[:, :n] += product[:, :n]
        np.tanh(a, out=a)
        sigmoids = a[:3]
        sigmoids *= half
        sigmoids += half
        o, f, i, g = a
        remembered = np.multiply(f[:n], C[before], out=product[0, :n])
        c = np.multiply(i, g, out=C[here])
        c[:n] += remembered
        np.multiply(o, np.tanh(c, out=tanh_C[here]), out=H[rows])
    return H[:-1], Cache(X, gates, H, C, tanh_C) if keep else None


# Eight arguments: what the way forward was given and has kept, and where to write.
def lstm_backward(dH, W, cache, packing, reverse=False, into_rows=None, out=None, empty=np.empty):
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
        The gradient with respect to the hidden states; overwritten.
    W, packing, reverse
        As they were given to :func:`lstm_forward`.
    cache : Cache
        The second value that it returned.
    into_rows : matrix of shape (n_rows, n_tokens), default=None
        With ``rows_of_X``, a matrix of zeros and ones that sums what belongs to the tokens that
        read the same row.
    out : ndarray of shape (4, H + E + 1, H), default=None
        Where to write the gradient with respect to the weights.
    empty : callable, default=numpy.empty
        Makes the large arrays, from a shape and a dtype.

    Returns
    -------
    dX : ndarray of shape (n_rows, E)
        The gradient with respect to the input.
    dW : ndarray of shape (4, H + E + 1, H)
        The gradient with respect to the weights.
    """
    X, gates, H, C, tanh_C = cache
    shape, dtype, n_units = tanh_C.shape, tanh_C.dtype, W.shape[2]
    rows_before = packing.previous(reverse)
    C_prev = np.take(C, rows_before, axis=0, out=empty(shape, dtype), mode="clip")
    D, dC_dH = _local_derivatives(gates, C_prev, tanh_C, empty)
    dC = empty(shape, dtype)
    dC[...] = 0
    product = empty((4, packing.n_sequences, n_units), dtype)
    W_h, product_pieces = _in_pieces(W[:, :n_units].transpose(0, 2, 1), product)
    for rows, previous in reversed(packing.steps(reverse)):
        dh, dc, d, n = dH[rows], dC[rows], D[:, rows], previous.stop - previous.start
        d[0] *= dh
        dh *= dC_dH[rows]
        dc += dh
        d[1:] *= dc
        if n:
            np.matmul(d[:, None, :n], W_h, out=product_pieces[:, :, :n])
            dH[previous] += np.add.reduce(product[:, :n], axis=0)
            np.multiply(dc[:n], gates[1, rows][:n], out=dC[previous])
    H_prev = np.take(H, rows_before, axis=0, out=empty(shape, dtype), mode="clip")
    dW = np.empty_like(W) if out is None else out
    np.matmul(H_prev.T, D, out=dW[:, :n_units])
    if into_rows is not None:
        D = np.stack([into_rows @ d for d in D])
    np.matmul(X.T, D, out=dW[:, n_units:])
    W_x = W[:, n_units:-1].transpose(0, 2, 1)
    dX = np.matmul(D, W_x, out=empty((4, len(X), W_x.shape[2]), dtype))
    return np.add.reduce(dX, axis=0, out=empty(dX.shape[1:], dtype)), dW


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


def _with_zero_row(n_tokens, n_units, dtype, empty):
    states = empty((n_tokens + 1, n_units), dtype)
    states[-1] = 0
    return states


def _in_pieces(W, product):
    """Cut the columns of weights, and of the product of a step, where small products are faster.

    Parameters
    ----------
    W : ndarray of shape (4, n_rows, n_units)
    product : ndarray of shape (4, n_sequences, n_units)

    Returns
    -------
    W : ndarray of shape (4, n_pieces, n_rows, n_columns)
    product : view of shape (4, n_pieces, n_sequences, n_columns)
    """
    n_gates, n_rows, n_units = W.shape
    n_sequences = product.shape[1]
    n_columns = n_units
    while n_sequences * n_rows * n_columns > _SMALL_PRODUCT:
        n_columns //= 2
    if n_columns < _FEWEST_COLUMNS or n_units % n_columns:
        n_columns = n_units
    pieces = n_units // n_columns, n_columns
    W = W.reshape(n_gates, n_rows, *pieces).swapaxes(1, 2)
    product = product.reshape(n_gates, n_sequences, *pieces).swapaxes(1, 2)
    return np.ascontiguousarray(W), product
