r"""The linear-chain conditional random field over a packed batch.

The score of a path :math:`y` through a sequence of :math:`n` tokens with logits :math:`e_t` is

.. math::

    s(y) = \mathrm{start}[y_1] + \sum_t e_t[y_t] + \sum_{t>1} T[y_{t-1}, y_t] + \mathrm{end}[y_n]
    \qquad p(y) = \frac{\exp s(y)}{\sum_{y'} \exp s(y')}

One array :math:`U` of shape (K + 2, K) holds :math:`T`, start and end: its row is the tag that a
transition comes from, its column the one that it goes to, and its last two rows are start and end.

What all tokens before a token, and all after it, have to say of its tag is a message from either
side:

.. math::

    \alpha_t(j) &= \log \textstyle\sum_i \exp(\alpha_{t-1}(i) + e_{t-1}(i) + T_{ij}) \qquad
    \alpha_1 = \mathrm{start} \\
    \beta_t(i) &= \log \textstyle\sum_j \exp(T_{ij} + e_{t+1}(j) + \beta_{t+1}(j)) \qquad
    \beta_n = \mathrm{end}

The second is the first with :math:`T` transposed, run over the very same layout from the last step
to the first. A constant added to a message changes nothing, so each step subtracts the maximum of
what it reads, and no number grows with the length of a sequence. Marginals, and tags given the tag
before, are then the softmax of what meets at a token:

.. math::

    p(y_t) &= \mathrm{softmax}(\alpha_t + e_t + \beta_t) \\
    p(y_t \mid y_{t-1}) &= \mathrm{softmax}(T[y_{t-1}] + e_t + \beta_t) \\
    p(y_{t-1} = i, y_t = j) &= p(y_t = j) \exp(\alpha_{t-1}(i) + e_{t-1}(i) + T_{ij} - \alpha_t(j))

so :math:`-\log p(y)` is a cross-entropy summed over the tokens, by the second line. Its gradient
is the expected less the observed: of tags with respect to the logits, of transitions with respect
to :math:`T`.

A forbidden transition is a very negative, finite entry of :math:`U`.

References
----------
J. Lafferty, A. McCallum and F. Pereira, "Conditional random fields: probabilistic models for
segmenting and labeling sequence data", 2001.
"""

import numpy as np

from sklstm.nn.softmax import cross_entropy, log_softmax

# The transitions of all sequences, or tokens, at once would take K * K numbers for each; they are
# computed in pieces of this many.
_PIECE = 2**18


def log_marginals(logits, U, packing):
    """Return the logarithm of the probability of each tag of each token.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, K)
        The packed logits.
    U : ndarray of shape (K + 2, K)
        The transitions: T, start and end.
    packing : Packing
        The layout of the batch.

    Returns
    -------
    log_p : ndarray of shape (n_tokens, K)
    """
    e, alpha, beta = _forward_backward(logits, U, packing)
    return log_softmax(alpha + e + beta)


def negative_log_likelihood(logits, targets, weights, U, packing, normalizer):
    """Return the weighted negative log-likelihood of the targets, and its gradients.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, K)
        The packed logits.
    targets : ndarray of int of shape (n_tokens,)
        The tag of each token.
    weights : ndarray of shape (n_tokens,)
        The weight of the sequence of each token; a sequence of weight 0 has no part in the loss.
    U : ndarray of shape (K + 2, K)
        The transitions: T, start and end.
    packing : Packing
        The layout of the batch.
    normalizer : float
        What the weighted sum over the sequences is divided by.

    Returns
    -------
    loss : float
    dlogits : ndarray of shape (n_tokens, K)
        The gradient with respect to the logits.
    dU : ndarray of shape (K + 2, K)
        The gradient with respect to the transitions.
    """
    e, alpha, beta = _forward_backward(logits, U, packing)
    log_p = log_softmax(alpha + e + beta)
    before, after = packing.previous(), packing.previous(reverse=True)
    n_tokens, n_tags = e.shape
    tags_before = np.append(targets, n_tags)[before]  # the row of U that follows T is start
    loss, _ = cross_entropy(U[tags_before] + e + beta, targets, weights, normalizer)
    _, dlogits = cross_entropy(log_p, targets, weights, normalizer)
    first, last, later = before == n_tokens, after == n_tokens, before < n_tokens
    dU = np.empty(U.shape, e.dtype)
    dU[:-2] = _transition_gradient(
        # Shifted as the messages were: the sum over what a tag follows is then the tag's own.
        _shift(alpha + e)[before[later]],
        U[:-2],
        (log_p - alpha)[later],
        (tags_before[later], targets[later]),
        weights[later] / e.dtype.type(normalizer),
    )
    dU[-2] = dlogits[first].sum(axis=0)
    dU[-1] = dlogits[last].sum(axis=0)
    return loss, dlogits, dU


def viterbi(logits, U, packing):
    r"""Return the most probable path of each sequence.

    With the maximum in place of the sum, :math:`\beta_t` is the best that can follow, and the path
    is read off from its beginning: :math:`y_t = \arg\max (T[y_{t-1}] + e_t + \beta_t)`. Of
    equally probable paths it is the one with the lower tag where they first part.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, K)
        The packed logits.
    U : ndarray of shape (K + 2, K)
        The transitions: T, start and end.
    packing : Packing
        The layout of the batch.

    Returns
    -------
    path : ndarray of intp of shape (n_tokens,)
        The tag of each token, packed.
    """
    e = _shift(logits)
    best = e + _messages(e, U[:-2].T, U[-1], packing, reverse=True, reduce=np.maximum.reduce)
    path = np.empty(len(e), np.intp)
    tags = np.full(packing.n_sequences, len(U) - 2)  # the row of U that follows T is start
    for rows, _ in packing.steps():
        tags = path[rows] = (U[tags[: rows.stop - rows.start]] + best[rows]).argmax(axis=1)
    return path


def _forward_backward(logits, U, packing):
    """Return the logits, less the maximum of each token, and the messages alpha and beta."""
    e, T, start, end = _shift(logits), U[:-2], U[-2], U[-1]
    alpha = _messages(e, T, start, packing, reverse=False)
    return e, alpha, _messages(e, T.T, end, packing, reverse=True)


def _log_sum_exp(S, out):
    """Reduce the first axis; no exponential overflows and no logarithm is of 0."""
    np.maximum.reduce(S, out=out)
    S -= out
    total = np.add.reduce(np.exp(S, out=S))
    out += np.log(total, out=total)


def _messages(e, T, first, packing, reverse, reduce=_log_sum_exp):
    """Return the message that reaches each token from the tokens before it.

    Parameters
    ----------
    e : ndarray of shape (n_tokens, K)
        The logits.
    T : ndarray of shape (K, K)
        The transitions, from the tag read before to the next.
    first : ndarray of shape (K,)
        The message to the first token of a sequence.
    packing : Packing
    reverse : bool
        Whether sequences are read from their ends.
    reduce : callable
        Reduces the first axis of an array, which it may overwrite, into ``out``.

    Returns
    -------
    M : ndarray of shape (n_tokens, K)
    """
    M, n_tags = np.empty_like(e), len(T)
    # With the tag that is reduced on the first axis, all but the addition runs over long rows.
    T = np.ascontiguousarray(T)[:, None]
    size = max(1, min(_PIECE // T.size, packing.n_sequences))
    scratch = np.empty(T.size * size, e.dtype)
    for rows, previous in packing.steps(reverse):
        m, n = M[rows], previous.stop - previous.start
        A = _shift(M[previous] + e[previous]).T
        for start in range(0, n, size):
            piece = slice(start, min(start + size, n))
            n_piece = piece.stop - start
            S = scratch[: T.size * n_piece].reshape(n_tags, n_piece, n_tags)
            np.add(A[:, piece, None], T, out=S)
            reduce(S, out=m[piece])
        m[n:] = first
    return M


def _transition_gradient(A, T, B, observed, weights):
    r"""Return :math:`\sum_t w_t (\exp(A_t(i) + T_{ij} + B_t(j)) - 1_{ij = observed_t})`.

    Parameters
    ----------
    A, B : ndarray of shape (n_tokens, K)
    T : ndarray of shape (K, K)
    observed : tuple of two ndarrays of int of shape (n_tokens,)
        The tag before each token, and its own.
    weights : ndarray of shape (n_tokens,)

    Returns
    -------
    dT : ndarray of shape (K, K)
    """
    A, B = np.ascontiguousarray(A.T), np.ascontiguousarray(B.T)
    dT, size = np.zeros_like(T), max(1, min(_PIECE // T.size, len(weights)))
    scratch = np.empty(T.size * size, T.dtype)
    for start in range(0, len(weights), size):
        piece = slice(start, min(start + size, len(weights)))
        n = piece.stop - start
        P = scratch[: T.size * n].reshape(*T.shape, n)
        np.add(A[:, None, piece], T[:, :, None], out=P)
        P += B[:, piece]
        np.exp(P, out=P)
        P[*(tags[piece] for tags in observed), np.arange(n)] -= 1
        dT += P @ weights[piece]
    return dT


def _shift(A):
    """Subtract from each row its maximum."""
    return A - A.max(axis=1, keepdims=True)
