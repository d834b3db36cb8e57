r"""The log-odds of a tag, which explanations are of, and their gradient.

.. math::

    \mathrm{logit}\, p(y_t = k) = \log \frac{p(y_t = k)}{p(y_t \ne k)}
    = \log \sum_{y: y_t = k} \exp s(y) - \log \sum_{y: y_t \ne k} \exp s(y)

Each of the two sums is over whole sequences of tags of score :math:`s`, and the gradient of such
a logarithm with respect to the logits is the expected tags, so that of the log-odds is

.. math::

    \frac{\partial \, \mathrm{logit}\, p(y_t = k)}{\partial e_{uj}}
    = p(y_u = j \mid y_t = k) - p(y_u = j \mid y_t \ne k)

With a softmax the tags of other tokens do not depend on :math:`y_t`: only the row :math:`u = t` is
not zero. Either output gives both conditional probabilities if the logits of what is ruled out are
minus infinity.
"""

import numpy as np
from scipy.special import logsumexp

from sklstm._batches import Distinct, Sequences
from sklstm._training import predict

# The tokens that one prediction is made of, at most, unless a single sequence has more.
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


def log_odds_gradient(passage, position, k):
    """Return the gradient of the log-odds of class ``k`` at a token with respect to all logits.

    Parameters
    ----------
    passage : Passage
    position : int
    k : int

    Returns
    -------
    dlogits : ndarray of shape (n_tokens, n_classes)
    """
    given, otherwise = passage.logits.copy(), passage.logits.copy()
    given[position] = -np.inf
    given[position, k] = 0  # alone there, so its size does not matter
    otherwise[position, k] = -np.inf
    log_proba = passage.model.output.log_proba
    of_given, of_otherwise = (
        np.exp(log_proba(logits, passage.packing, passage.views)) for logits in (given, otherwise)
    )
    return of_given - of_otherwise


def predict_variants(model, inputs, changes, finish, workers):
    """Predict variants of one sequence, each with another token changed.

    Parameters
    ----------
    model : Model
    inputs : ndarray of shape (n_tokens, n_inputs)
        What the first layer reads of the sequence.
    changes : list of (int, callable)
        For each variant, which token is changed, and what returns what is read of it then.
    finish : callable
        As for :func:`sklstm._training.predict`.
    workers : Workers

    Returns
    -------
    finished : ndarray of shape (n_variants, n_tokens, ...)
    """
    n_tokens = len(inputs)
    size, parts = max(1, _AT_ONCE // n_tokens), []
    for start in range(0, len(changes), size):
        positions, changed = zip(*changes[start : start + size], strict=True)
        n_variants = len(positions)
        values = np.concatenate([inputs, np.stack([make() for make in changed])])
        rows = np.tile(np.arange(n_tokens), (n_variants, 1))
        rows[np.arange(n_variants), positions] = n_tokens + np.arange(n_variants)
        variants = Sequences.of(np.full(n_variants, n_tokens), Distinct(values, rows.ravel()))
        finished = predict(model, variants, finish, workers)
        parts.append(finished.reshape(n_variants, n_tokens, *finished.shape[1:]))
    return np.concatenate(parts)
