r"""The softmax output and its cross-entropy.

.. math::

    p_t = \mathrm{softmax}(h_t W_y + b_y) \qquad
    L = \frac{1}{n} \sum_t w_t \, (-\log p_t[y_t]) \qquad
    \delta_t = \frac{\partial L}{\partial \mathrm{logits}_t} = \frac{w_t}{n} (p_t - e_{y_t})

With smoothing :math:`\epsilon`, :math:`(1 - \epsilon) \, e_{y_t} + \epsilon / K` takes the place of
the one-hot :math:`e_{y_t}`, in the loss as in its gradient (C. Szegedy et al., "Rethinking the
Inception architecture for computer vision", 2016).
"""

import numpy as np


def log_softmax(logits):
    """Return the logarithm of the softmax of each row.

    The largest logit of a row is subtracted first, so logits of any size are exact and none
    overflows.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, n_classes)

    Returns
    -------
    log_proba : ndarray of shape (n_tokens, n_classes)
    """
    log_proba = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    log_proba -= np.log(np.exp(log_proba).sum(axis=1, keepdims=True))
    return log_proba


def cross_entropy(logits, targets, weights, normalizer, smoothing=0.0):
    """Return the weighted cross-entropy of the softmax, and its gradient.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, n_classes)
    targets : ndarray of int of shape (n_tokens,)
        The class of each token.
    weights : ndarray of shape (n_tokens,)
        The weight of each token; a token of weight 0 has no part in the loss.
    normalizer : float
        What the weighted sum over the tokens is divided by.
    smoothing : float in [0, 1), default=0.0
        The share of the target that all classes have alike.

    Returns
    -------
    loss : float
    dlogits : ndarray of shape (n_tokens, n_classes)
        The gradient with respect to the logits.
    """
    log_proba = log_softmax(logits)
    tokens = np.arange(len(targets))
    scale = weights / logits.dtype.type(normalizer)
    loss = -(1 - smoothing) * float(np.dot(scale, log_proba[tokens, targets]))
    dlogits = np.exp(log_proba)
    dlogits[tokens, targets] -= 1 - smoothing
    if smoothing:
        loss -= smoothing * float(np.dot(scale, log_proba.mean(axis=1)))
        dlogits -= smoothing / logits.shape[1]
    dlogits *= scale[:, None]
    return loss, dlogits
