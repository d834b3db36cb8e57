"""Validate true labels, predictions and weights, and convert them to flat arrays."""

from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklstm._labels import as_weights, label_array
from sklstm._sequences import Flat, check_same_lengths, flatten


class Weights(NamedTuple):
    """The weights of tokens and of sequences.

    Attributes
    ----------
    tokens : ndarray of shape (n_tokens,)
    sequences : ndarray of shape (n_sequences,)
    per_token : bool
        Whether `sample_weight` had one weight for each token.
    """

    tokens: NDArray[np.float64]
    sequences: NDArray[np.float64]
    per_token: bool


def flatten_pair(y_true: ArrayLike, y_pred: ArrayLike, name: str = "y_pred") -> tuple[Flat, Flat]:
    """Return true labels and predictions of the same tokens as flat values.

    Parameters
    ----------
    y_true : array-like
    y_pred : array-like
        Labels or numbers in the form of `y_true`, or a vector for each token, as from
        ``predict_proba``.
    name : str, default="y_pred"
        The name of the argument `y_pred`, for messages.

    Returns
    -------
    true, pred : Flat

    Raises
    ------
    ValueError, TypeError
        If one is not a list of sequences, or if their lengths differ.
    """
    true = flatten(y_true, "y_true")
    if true.is_rows and getattr(y_pred, "ndim", 1) == 2:  # one row of probabilities for each row
        vectors = np.asarray(y_pred)
        pred = Flat(name, vectors, np.ones(len(vectors), np.intp), is_rows=True)
    else:
        pred = flatten(y_pred, name)
    check_same_lengths(true, pred)
    return true, pred


def check_any_token(true: Flat) -> None:
    """Raise a ValueError if all sequences are empty."""
    if not true.lengths.any():
        raise ValueError("y_true has no tokens, so there is nothing to score. Pass at least one.")


def check_no_vectors(values: list[Any] | NDArray[Any], name: str) -> None:
    """Raise a ValueError if there are vectors, such as probabilities, instead of tags."""
    if isinstance(values, np.ndarray) and values.ndim > 1:
        raise ValueError(
            f"{name} has a vector of {values.shape[1]} numbers for each token instead of a tag. "
            "Pass the result of predict, not of predict_proba."
        )


def as_values(flat: Flat, kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the vectors or labels of the tokens to keep."""
    return flat.values[kept] if isinstance(flat.values, np.ndarray) else as_labels(flat, kept)


def as_labels(flat: Flat, kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the labels of the tokens to keep; they must be all str or all numbers."""
    check_no_vectors(flat.values, flat.name)
    indices = np.flatnonzero(kept)
    return label_array(list(compress(flat.values, kept)), lambda k: flat.place(indices[k]))


def flatten_weights(sample_weight: ArrayLike | None, true: Flat) -> Weights:
    """Return the weight of each token and of each sequence.

    Parameters
    ----------
    sample_weight : array-like or None
        One weight for each sequence, or one for each token in the form of `y_true`. None is a
        weight of 1 for all.
    true : Flat
        The true labels.

    Returns
    -------
    weights : Weights
        With one weight for each token, the weight of a sequence is the mean of its positive
        weights.

    Raises
    ------
    ValueError, TypeError
        If weights do not match `true`, are not finite numbers >= 0, or are all 0.
    """
    if sample_weight is None:
        return Weights(np.ones(true.lengths.sum()), np.ones(len(true.lengths)), per_token=False)
    flat = flatten(sample_weight, "sample_weight")
    values = _as_weights(flat)
    if flat.is_rows or not len(true.lengths):
        if len(values) != len(true.lengths):
            raise ValueError(
                f"sample_weight has {len(values)} entries, but y_true has {len(true.lengths)} "
                "sequences: pass one weight for each, or one for each token in the form of y_true."
            )
        weights = Weights(np.repeat(values, true.lengths), values, per_token=False)
    else:
        check_same_lengths(true, flat)
        weights = Weights(values, _mean_positive(values, true.lengths), per_token=True)
    if len(weights.tokens) and not weights.tokens.any():
        raise ValueError(
            "sample_weight is zero for every token: at least one weight must be positive."
        )
    return weights


def _as_weights(flat: Flat) -> NDArray[np.float64]:
    """Return the weights as an array; they must be finite numbers >= 0."""
    if isinstance(flat.values, np.ndarray):
        raise ValueError("sample_weight has a vector for each token instead of one weight.")
    return as_weights(flat.values, flat.place)


def _mean_positive(weights: NDArray[np.float64], lengths: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean of the positive weights of each sequence; 0 if it has none."""
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    totals = np.bincount(sequences, weights, minlength=len(lengths))
    counts = np.bincount(sequences, weights > 0, minlength=len(lengths))
    return totals / np.maximum(counts, 1)
