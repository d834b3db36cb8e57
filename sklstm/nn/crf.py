r"""The linear-chain conditional random field over a packed batch.

The score of a path :math:`y` through a sequence of :math:`n` tokens with logits :math:`e_t` is

.. math::

    s(y) = \mathrm{start}[y_1] + \sum_t e_t[y_t] + \sum_{t>1} T[y_{t-1}, y_t] + \mathrm{end}[y_n]
    \qquad p(y) = \frac{\exp s(y)}{\sum_{y'} \exp s(y')}

One array :math:`U` of shape (K + 2, K) holds :math:`T`, start and end: the row is the tag that a
transition comes from, the column is the tag that it goes to, and the last two rows are start and
end.

The scores of all tags before a token, and of all tags after it, are summed by two messages:

.. math::

    \alpha_t(j) &= \log \textstyle\sum_i \exp(\alpha_{t-1}(i) + e_{t-1}(i) + T_{ij}) \qquad
    \alpha_1 = \mathrm{start} \\
    \beta_t(i) &= \log \textstyle\sum_j \exp(T_{ij} + e_{t+1}(j) + \beta_{t+1}(j)) \qquad
    \beta_n = \mathrm{end}

The second is the first with :math:`T` transposed, over the reversed sequences. A constant that is
added to a message changes no probability, so each step subtracts the maximum of its input, and no
number grows with the length of a sequence. The probabilities of a tag, and of a tag given the tag
before it, are then

.. math::

    p(y_t) &= \mathrm{softmax}(\alpha_t + e_t + \beta_t) \\
    p(y_t \mid y_{t-1}) &= \mathrm{softmax}(T[y_{t-1}] + e_t + \beta_t) \\
    p(y_{t-1} = i, y_t = j) &= p(y_t = j) \exp(\alpha_{t-1}(i) + e_{t-1}(i) + T_{ij} - \alpha_t(j))

By the second line, :math:`-\log p(y)` is a sum of cross-entropies over the tokens. Its gradient is
the expected minus the observed count: of tags with respect to the logits, of transitions with
respect to :math:`T`.

A forbidden transition is a very negative, finite entry of :math:`U`.

References
----------
J. Lafferty, A. McCallum and F. Pereira, "Conditional random fields: probabilistic models for
segmenting and labeling sequence data", 2001.
"""

from typing import NamedTuple

import numpy as np

from sklstm.nn.softmax import Softmax, cross_entropy, log_softmax

# The transitions of all sequences, or tokens, at once would take K * K numbers for each; they are
# computed in blocks of about this many numbers.
_BLOCK = 2**18


class CRF(NamedTuple):
    """The CRF output: whole sequences of tags have probabilities.

    Attributes
    ----------
    penalties : ndarray of shape (n_classes + 2, n_classes)
        Added to the scores of transitions, starts and ends: 0, or a very negative number for those
        that are forbidden.
    """

    penalties: np.ndarray

    n_biases = {"output": 1, "transitions": 2}  # starts and ends are not penalized

    def parameter_shapes(self, n_inputs):
        """Return the shapes of the output's parameters; `n_inputs` is the width of its input."""
        affine = Softmax(self.penalties.shape[1]).parameter_shapes(n_inputs)
        return affine | {"transitions": self.penalties.shape}

    def initialize(self, parameters, rng):
        """Write initial values to the parameters, which are zeros; transitions remain zero."""
        Softmax(self.penalties.shape[1]).initialize(parameters, rng)

    def scores(self, parameters):
        """Return the scores of transitions (from, to), then of starts, then of ends."""
        transitions = parameters["transitions"]
        return transitions + self.penalties.astype(transitions.dtype)

    def loss(self, logits, targets, weights, packing, parameters):
        """Return the loss of a packed batch and its gradients, as :meth:`Softmax.loss` does.

        All tokens of a sequence have the same weight.
        """
        loss, dlogits, dU = negative_log_likelihood(
            logits, targets, weights, self.scores(parameters), packing
        )
        return loss, dlogits, {"transitions": dU}

    def decode(self, logits, packing, parameters):
        """Return the class of each packed token in the most probable path of its sequence."""
        return viterbi(logits, self.scores(parameters), packing)

    def log_proba(self, logits, packing, parameters):
        """Return the logarithm of the marginal probability of each class for each packed token."""
        return log_marginals(logits, self.scores(parameters), packing)


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


def negative_log_likelihood(logits, targets, weights, U, packing):
    """Return the weighted negative log-likelihood of the targets, and its gradients.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, K)
        The packed logits.
    targets : ndarray of int of shape (n_tokens,)
        The tag of each token.
    weights : ndarray of shape (n_tokens,)
        The weight, in the sum, of the sequence of each token; a sequence of weight 0 does not
        contribute to the loss.
    U : ndarray of shape (K + 2, K)
        The transitions: T, start and end.
    packing : Packing
        The layout of the batch.

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
    T, n_tags = U[:-2], U.shape[1]
    before = packing.before - packing.n_sequences  # negative for the first token of a sequence
    later = np.flatnonzero(before >= 0)
    tags_before = np.where(before < 0, n_tags, targets[before])  # the row of U after T is start
    loss, _ = cross_entropy(U[tags_before] + e + beta, targets, weights)
    _, dlogits = cross_entropy(log_p, targets, weights)
    dU = np.empty(U.shape, e.dtype)
    dU[:-2] = _transition_gradient(
        # Shifted like the messages, so that A + T sums to alpha over the tags before.
        _shift(alpha + e)[before[later]],
        T,
        (log_p - alpha)[later],
        (tags_before[later], targets[later]),
        weights[later],
    )
    last = packing.last - packing.n_sequences
    dU[-2] = dlogits[before < 0].sum(axis=0)
    dU[-1] = dlogits[last[last >= 0]].sum(axis=0)
    return loss, dlogits, dU


def viterbi(logits, U, packing):
    r"""Return the most probable path of each sequence.

    With the maximum instead of the sum, :math:`\beta_t` is the score of the best continuation, and
    the path is read from its beginning: :math:`y_t = \arg\max (T[y_{t-1}] + e_t + \beta_t)`. Of
    equally probable paths, the one with the lower tag at the first difference is returned.

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
    e, reversal = _shift(logits), packing.reversal
    best = e + _messages(e[reversal], U[:-2].T, U[-1], packing, np.maximum.reduce)[reversal]
    path = np.empty(len(e), np.intp)
    tags = np.full(packing.n_sequences, len(U) - 2)  # the row of U after T is start
    for rows, _, _ in packing.steps:
        tags = path[rows] = (U[tags[: rows.stop - rows.start]] + best[rows]).argmax(axis=1)
    return path


def _forward_backward(logits, U, packing):
    """Return the logits, shifted by the maximum of each token, and the messages alpha and beta."""
    e, T, start, end = _shift(logits), U[:-2], U[-2], U[-1]
    alpha = _messages(e, T, start, packing)
    reversal = packing.reversal
    return e, alpha, _messages(e[reversal], T.T, end, packing)[reversal]


def _log_sum_exp(S, out):
    """Reduce the first axis; no exponential overflows and no logarithm is of 0."""
    np.maximum.reduce(S, out=out)
    S -= out
    out += np.log(np.add.reduce(np.exp(S, out=S)))


def _messages(e, T, first, packing, reduce=_log_sum_exp):
    """Return the message that each token receives from the tokens before it.

    Parameters
    ----------
    e : ndarray of shape (n_tokens, K)
        The logits.
    T : ndarray of shape (K, K)
        The transitions, from the tag before to the tag.
    first : ndarray of shape (K,)
        The message to the first token of a sequence.
    packing : Packing
    reduce : callable
        Reduces the first axis of an array, which it may overwrite, into ``out``.

    Returns
    -------
    M : ndarray of shape (n_tokens, K)
    """
    M, n_tags = np.empty_like(e), len(T)
    M[...] = first  # later tokens are overwritten below
    # With the tag that is reduced on the first axis, all but the addition runs over long rows.
    T = np.ascontiguousarray(T)[:, None]
    size = max(1, min(_BLOCK // T.size, packing.n_sequences))
    scratch = np.empty(T.size * size, e.dtype)
    for rows, before, _ in packing.steps[1:]:
        n, start_before = rows.stop - rows.start, before.start - packing.n_sequences
        previous = slice(start_before, start_before + n)
        A = _shift(M[previous] + e[previous]).T
        for start in range(0, n, size):
            block = slice(start, min(start + size, n))
            S = scratch[: T.size * (block.stop - start)].reshape(n_tags, -1, n_tags)
            np.add(A[:, block, None], T, out=S)
            reduce(S, out=M[rows][block])
    return M


def _transition_gradient(A, T, B, observed, weights):
    r"""Return :math:`\sum_t w_t (\exp(A_t(i) + T_{ij} + B_t(j)) - 1_{ij = observed_t})`.

    Parameters
    ----------
    A, B : ndarray of shape (n_tokens, K)
    T : ndarray of shape (K, K)
    observed : tuple of two ndarrays of int of shape (n_tokens,)
        The tag before each token, and the tag of the token.
    weights : ndarray of shape (n_tokens,)

    Returns
    -------
    dT : ndarray of shape (K, K)
    """
    A, B = np.ascontiguousarray(A.T), np.ascontiguousarray(B.T)
    dT, size = np.zeros_like(T), max(1, min(_BLOCK // T.size, len(weights)))
    scratch = np.empty(T.size * size, T.dtype)
    for start in range(0, len(weights), size):
        block = slice(start, min(start + size, len(weights)))
        n = block.stop - start
        P = scratch[: T.size * n].reshape(*T.shape, n)
        np.add(A[:, None, block], T[:, :, None], out=P)
        P += B[:, block]
        np.exp(P, out=P)
        P[*(tags[block] for tags in observed), np.arange(n)] -= 1
        dT += P @ weights[block]
    return dT


def _shift(A):
    """Subtract from each row its maximum."""
    return A - A.max(axis=1, keepdims=True)
