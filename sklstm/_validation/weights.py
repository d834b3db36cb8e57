"""Weights: of sequences, of tokens and of classes."""

import numbers
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._sequences import Tokens, all_are, as_items, show
from sklstm._validation.beside import check_count, flatten_beside
from sklstm._validation.containers import NUMBERS, holds_sequences
from sklstm._validation.messages import FORMS


def check_sample_weight(sample_weight: Any, tokens: Tokens) -> tuple[NDArray, NDArray]:
    """Judge weights per sequence or per token.

    Parameters
    ----------
    sample_weight : None, number or array-like
        One weight a sequence, or one a token in the form of ``y``.
    tokens : Tokens

    Returns
    -------
    weights : ndarray of shape (n_tokens,)
        The weight of each token.
    sequence_weights : ndarray of shape (n_sequences,)
        The weight with which each sequence counts where sequences are counted; for weights per
        token the mean over its tokens that have any, 0 for a sequence without one.

    Raises
    ------
    ValueError, TypeError
        Where a weight is wrong, and how.
    """
    lengths = tokens.lengths
    if sample_weight is None:  # in no memory
        return np.broadcast_to(1.0, lengths.sum()), np.broadcast_to(1.0, len(lengths))
    if isinstance(sample_weight, numbers.Real):
        sample_weight = np.full(len(lengths), sample_weight)
    items = as_items(sample_weight, "sample_weight", FORMS["sample_weight"])
    if tokens.form != "rows" and holds_sequences(items):
        values = flatten_beside(items, tokens, "sample_weight", "weight")
        weights = _as_weights(values, tokens.place)
        return weights, _mean_positive(weights, lengths)
    check_count(items, tokens, "sample_weight")
    weights = _as_weights(items, "[{}]".format)
    return np.repeat(weights, lengths), weights


def check_any_weight(weights: NDArray) -> None:
    """Refuse to learn from, or to score on, tokens that do not count."""
    if not len(weights):
        raise ValueError("X has no token at all: pass at least one.")
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for every token: at least one weight must be positive."
        )


def _as_weights(values: list, place: Callable[[int], str]) -> NDArray:
    """Return weights as an array; `place` tells where one is, by its index."""
    if not values or all_are(values, NUMBERS):
        weights = np.fromiter(values, np.float64, len(values))
        wrong = ~((weights >= 0) & (weights < np.inf))
    else:
        wrong = np.array([not isinstance(value, NUMBERS) for value in values])
    if wrong.any():
        k = int(wrong.argmax())
        raise ValueError(
            f"sample_weight{place(k)} is {show(values[k])}, but a weight must be a finite number "
            ">= 0. The weight 0 leaves a token, or a sequence, out."
        )
    return weights


def _mean_positive(weights: NDArray, lengths: NDArray) -> NDArray:
    """Return the mean weight of each sequence's tokens that have any; 0 without one."""
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    total = np.bincount(sequences, weights, minlength=len(lengths))
    counted = np.bincount(sequences, weights > 0, minlength=len(lengths))
    return total / np.maximum(counted, 1)


def check_class_weight(
    class_weight: Any, classes: NDArray, indices: NDArray, weights: NDArray
) -> NDArray | None:
    """Return the factor of each class.

    Parameters
    ----------
    class_weight : None, "balanced" or dict
    classes : ndarray of shape (n_classes,)
    indices : ndarray of int of shape (n_tokens,)
        The class of each token.
    weights : ndarray of shape (n_tokens,)

    Returns
    -------
    factors : ndarray of shape (n_classes,) or None
        None for none. For "balanced", the total weight over ``n_classes`` times the weight of the
        class, counted over the classes that occur.
    """
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        return _balanced(np.bincount(indices, weights, minlength=len(classes)))
    unknown = sorted(set(class_weight) - set(classes.tolist()), key=str)
    if unknown:  # no error: a fold may lack a rare tag
        warnings.warn(
            f"class_weight names {show(unknown)}, not among the classes "
            f"{show(classes.tolist())}: it has no effect.",
            stacklevel=2,
        )
    factors = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    if not (factors[indices] * weights).any():
        raise ValueError(
            "class_weight is zero for all tags that occur in y: at least one must be positive."
        )
    return factors


def _balanced(totals: NDArray) -> NDArray:
    """Return factors that make the total weights of all classes that occur alike."""
    occurs = totals > 0
    factors = np.ones(len(totals))
    factors[occurs] = totals.sum() / (occurs.sum() * totals[occurs])
    return factors
