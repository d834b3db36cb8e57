"""Samples: sequences with their tags and weights, to learn from or to score on."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklstm._sequences import Dataset, Tokens
from sklstm._validation.fitted import check_same_kind
from sklstm._validation.labels import check_y
from sklstm._validation.sequences import check_X
from sklstm._validation.weights import check_any_weight, check_sample_weight


def check_sample(
    X: Any, y: Any, sample_weight: Any, estimator: BaseEstimator, *, reset: bool
) -> Dataset:
    """Judge all that is to be learnt from, and leave out the sequences of weight 0.

    Parameters
    ----------
    X, y, sample_weight : object
        Whatever was passed.
    estimator : estimator
    reset : bool
        See :func:`~sklstm._validation.sequences.check_X`.

    Returns
    -------
    sample : Dataset
    """
    tokens = check_X(X, estimator, reset=reset)
    _check_any_token(tokens)
    weights, sequence_weights = check_sample_weight(sample_weight, tokens)
    check_any_weight(weights)
    labels = check_y(y, tokens, weights > 0)
    sample = Dataset(tokens, labels, weights, sequence_weights)
    if sequence_weights.all():
        return sample
    return sample.select(np.flatnonzero(sequence_weights))


def _check_any_token(tokens: Tokens) -> None:
    """Refuse to learn from nothing."""
    if not len(tokens.lengths):
        raise ValueError(
            "X has 0 sequences (samples) while a minimum of 1 is required: there is nothing to "
            "learn from."
        )
    if not tokens.lengths.any():
        raise ValueError("X has no token at all: every sequence is empty. Pass at least one token.")


def check_validation_set(
    X_val: Any, y_val: Any, tokens: Tokens, estimator: BaseEstimator
) -> Dataset:
    """Judge a validation set beside the training set that it belongs to.

    Parameters
    ----------
    X_val, y_val : object
        Whatever was passed.
    tokens : Tokens
        Those of the training set.
    estimator : estimator

    Returns
    -------
    sample : Dataset
    """
    if X_val is None or y_val is None:
        missing, passed = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
        raise ValueError(
            f"{passed} was passed without {missing}: a validation set is X_val and y_val."
        )
    try:
        sample = check_sample(X_val, y_val, None, estimator, reset=False)
        check_same_kind(sample.tokens, tokens.kind)
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In X_val and y_val, called X and y here: {error}") from error
    return sample


def split(sample: Dataset, fraction: float, rng: np.random.RandomState) -> tuple[Dataset, Dataset]:
    """Divide a sample at random into what to train on and what to hold out; empty is neither.

    Parameters
    ----------
    sample : Dataset
    fraction : float
        What share of the sequences that have tokens is held out.
    rng : numpy.random.RandomState

    Returns
    -------
    training, held_out : Dataset
    """
    order = rng.permutation(np.flatnonzero(sample.tokens.lengths))
    n_held_out = max(1, round(fraction * len(order)))
    if len(order) <= n_held_out:
        raise ValueError(
            f"early_stopping=True holds out {n_held_out} of {len(order)} sequences, which leaves "
            "none to train on. Pass more sequences, or a validation set as X_val and y_val, or "
            "set validation_fraction or early_stopping=False."
        )
    return sample.select(np.sort(order[n_held_out:])), sample.select(np.sort(order[:n_held_out]))
