r"""The softmax output and its cross-entropy.

.. math::

    p_t = \mathrm{softmax}(h_t W_y + b_y) \qquad
    L = \sum_t w_t \, (-\log p_t[y_t]) \qquad
    \delta_t = \frac{\partial L}{\partial \mathrm{logits}_t} = w_t (p_t - e_{y_t})

With label smoothing :math:`\epsilon`, the target is :math:`(1 - \epsilon) e_{y_t} + \epsilon / K`
instead of the one-hot :math:`e_{y_t}` (C. Szegedy et al., "Rethinking the Inception architecture
for computer vision", 2016).
"""

from typing import NamedTuple

import numpy as np

from sklstm.nn.parameters import glorot


class Softmax(NamedTuple):
    """The softmax output: the tags of a sequence are independent, given its tokens.

    Attributes
    ----------
    n_classes : int
    smoothing : float in [0, 1), default=0.0
        The amount of label smoothing in the loss.
    """

    n_classes: int
    smoothing: float = 0.0

    n_biases = {"output": 1}

    def parameter_shapes(self, n_inputs):
        """Return the shapes of the output's parameters; `n_inputs` is the width of its input."""
        return {"output": (n_inputs + 1, self.n_classes)}

    def initialize(self, parameters, rng):
        """Write initial values to the parameters, which are zeros."""
        W = parameters["output"][:-1]
        W[...] = glorot(rng, *W.shape)

    def loss(self, logits, targets, weights, packing, parameters):
        """Return the loss of a packed batch and its gradients.

        Parameters
        ----------
        logits : ndarray of shape (n_tokens, n_classes)
        targets : ndarray of int of shape (n_tokens,)
            The class of each token.
        weights : ndarray of shape (n_tokens,)
            The weight of each token.
        packing : Packing
        parameters : dict of str to ndarray

        Returns
        -------
        loss : float
        dlogits : ndarray of shape (n_tokens, n_classes)
        gradients : dict of str to ndarray
            The gradients with respect to parameters other than those of the affine layer.
        """
        return *cross_entropy(logits, targets, weights, self.smoothing), {}

    def decode(self, logits, packing, parameters):
        """Return the most probable class of each packed token."""
        return logits.argmax(axis=1)

    def log_proba(self, logits, packing, parameters):
        """Return the logarithm of the probability of each class for each packed token."""
        return log_softmax(logits)


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
    log_proba = logits - logits.max(axis=1, keepdims=True)
    log_proba -= np.log(np.exp(log_proba).sum(axis=1, keepdims=True))
    return log_proba


def cross_entropy(logits, targets, weights, smoothing=0.0):
    """Return the weighted cross-entropy of the softmax, and its gradient.

    Parameters
    ----------
    logits : ndarray of shape (n_tokens, n_classes)
    targets : ndarray of int of shape (n_tokens,)
        The class of each token.
    weights : ndarray of shape (n_tokens,)
        The weight of each token in the sum; a token of weight 0 does not contribute to the loss.
    smoothing : float in [0, 1), default=0.0
        The share of the target that is distributed evenly over all classes.

    Returns
    -------
    loss : float
    dlogits : ndarray of shape (n_tokens, n_classes)
        The gradient with respect to the logits.
    """
    log_proba = log_softmax(logits)
    tokens = np.arange(len(targets))
    loss = -(1 - smoothing) * float(np.dot(weights, log_proba[tokens, targets]))
    dlogits = np.exp(log_proba)
    dlogits[tokens, targets] -= 1 - smoothing
    if smoothing:
        loss -= smoothing * float(np.dot(weights, log_proba.mean(axis=1)))
        dlogits -= smoothing / logits.shape[1]
    dlogits *= weights[:, None]
    return loss, dlogits
