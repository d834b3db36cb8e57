r"""The log-odds of a tag, and their gradient.

.. math::

    \mathrm{logit}\, p(y_t = k) = \log \frac{p(y_t = k)}{p(y_t \ne k)}
    = \log \sum_{y: y_t = k} \exp s(y) - \log \sum_{y: y_t \ne k} \exp s(y)

Each sum is over whole sequences of tags with the score :math:`s`. The gradient of its logarithm
with respect to the logits is the expected number of tags. The gradient of the log-odds is therefore

.. math::

    \frac{\partial \, \mathrm{logit}\, p(y_t = k)}{\partial e_{uj}}
    = p(y_u = j \mid y_t = k) - p(y_u = j \mid y_t \ne k)

With a softmax the tags of other tokens do not depend on :math:`y_t`, and only the row
:math:`u = t` is not zero. Both outputs compute the conditional probabilities if the logits of the
excluded tags are minus infinity.
"""

import numpy as np
from scipy.special import logsumexp

# The largest number of tokens of one prediction, unless a single sequence has more.
_AT_ONCE = 1 << 16


def log_odds(log_proba, k):
    """Return the log-odds of class ``k`` for each token.

    Parameters
    ----------
    log_proba : ndarray of shape (n_tokens, n_classes)
    k : int

    Returns
    -------
    log_odds : ndarray of shape (n_tokens,)
    """
    return log_proba[:, k] - logsumexp(np.delete(log_proba, k, axis=1), axis=1)


def log_odds_gradient(forward, position, k):
    """Return the gradient of the log-odds of class ``k`` at a token with respect to all logits.

    Parameters
    ----------
    forward : ForwardPass
    position : int
    k : int

    Returns
    -------
    dlogits : ndarray of shape (n_tokens, n_classes)
    """
    with_tag, without_tag = forward.logits.copy(), forward.logits.copy()
    with_tag[position] = -np.inf
    with_tag[position, k] = 0  # the only tag, so that its value does not matter
    without_tag[position, k] = -np.inf
    log_proba, parameters = forward.model.output.log_proba, forward.model.parameters
    p_with, p_without = (
        np.exp(log_proba(logits, forward.packing, parameters)) for logits in (with_tag, without_tag)
    )
    return p_with - p_without


def predict_variants(model, inputs, changes, decode, executor):
    """Predict variants of one sequence, each with another token changed.

    Parameters
    ----------
    model : Model
    inputs : ndarray of shape (n_tokens, n_inputs)
        The network's input for the sequence.
    changes : list of (int, callable)
        For each variant, the index of the token that is changed, and a function that returns its
        new input.
    decode : callable
        As for :meth:`sklstm._model.Model.predict`.
    executor : Executor

    Returns
    -------
    decoded : ndarray of shape (n_variants, n_tokens, ...)
    """
    n_tokens = len(inputs)
    size, results = max(1, _AT_ONCE // n_tokens), []
    for start in range(0, len(changes), size):
        positions, changed = zip(*changes[start : start + size], strict=True)
        n_variants = len(positions)
        values = np.concatenate([inputs, np.stack([make() for make in changed])])
        index = np.tile(np.arange(n_tokens), (n_variants, 1))
        index[np.arange(n_variants), positions] = n_tokens + np.arange(n_variants)
        lengths = np.full(n_variants, n_tokens)
        decoded = model.predict(lengths, (values, index.ravel()), decode, executor)
        results.append(decoded.reshape(n_variants, n_tokens, *decoded.shape[1:]))
    return np.concatenate(results)
