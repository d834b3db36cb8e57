"""What becomes of the logits: a softmax for each token, or a CRF over each sequence.

An output gives the loss of a packed batch, the best classes and the probabilities of each token.
"""

from typing import NamedTuple

import numpy as np

from sklstm.nn import crf, softmax


class SoftmaxOutput(NamedTuple):
    """Each token's classes have probabilities of their own, given all tokens.

    Attributes
    ----------
    smoothing : float in [0, 1), default=0.0
        The share of the target that all classes have alike in training.
    """

    smoothing: float = 0.0
    name = "softmax"

    def loss(self, logits, targets, packing, normalizer, views, dviews):
        """Return the loss of a packed batch and the gradient with respect to its logits.

        Parameters
        ----------
        logits : ndarray of shape (n_tokens, n_classes)
        targets : Targets
            The class and the weight of each packed token.
        packing : Packing
        normalizer : float
            What the weighted sum is divided by.
        views : dict of tuple to ndarray
            The parameters.
        dviews : dict of tuple to ndarray
            Where to write the gradient with respect to those that the output has.

        Returns
        -------
        loss : float
        dlogits : ndarray of shape (n_tokens, n_classes)
        """
        return softmax.cross_entropy(logits, *targets, normalizer, self.smoothing)

    def best(self, logits, packing, views):
        """Return the most probable class of each packed token."""
        return logits.argmax(axis=1)

    def log_proba(self, logits, packing, views):
        """Return the logarithm of the probability of each class for each packed token."""
        return softmax.log_softmax(logits)


class CRFOutput(NamedTuple):
    """Whole sequences of classes have probabilities.

    Attributes
    ----------
    penalties : ndarray of shape (n_classes + 2, n_classes)
        What is added to the scores of transitions, starts and ends: 0, or a very negative number
        for those that are forbidden.
    """

    penalties: np.ndarray
    name = "crf"

    def scores(self, views):
        """Return the scores of transitions (from, to), then of starts, then of ends."""
        return views["transitions",] + self.penalties.astype(views["transitions",].dtype)

    def loss(self, logits, targets, packing, normalizer, views, dviews):
        """Return the loss of a packed batch and the gradient, as :class:`SoftmaxOutput` does.

        All tokens of a sequence have the same weight.
        """
        loss, dlogits, dviews["transitions",][...] = crf.negative_log_likelihood(
            logits, *targets, self.scores(views), packing, normalizer
        )
        return loss, dlogits

    def best(self, logits, packing, views):
        """Return the class of each packed token in the most probable path of its sequence."""
        return crf.viterbi(logits, self.scores(views), packing)

    def log_proba(self, logits, packing, views):
        """Return the logarithm of the marginal probability of each class for each packed token."""
        return crf.log_marginals(logits, self.scores(views), packing)
