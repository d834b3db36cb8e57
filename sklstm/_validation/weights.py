"""Validate weights of sequences, of tokens and of classes."""

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._labels import as_weights
from sklstm._sequences import Tokens, as_items, flatten, is_sequence, show
from sklstm._validation.mistakes import warn
from sklstm._validation.X import check_aligned, raise_for_count

_FORM = "Pass one weight for each sequence, or one for each token in the form of y."


def check_sample_weight(sample_weight: Any, tokens: Tokens) -> tuple[NDArray, NDArray]:
    """Return the weights of tokens and of sequences.

    Parameters
    ----------
    sample_weight : None, number or array-like
        One weight for each sequence, or one for each token in the form of ``y``.
    tokens : Tokens

    Returns
    -------
    weights : ndarray of shape (n_tokens,)
        The weight of each token.
    sequence_weights : ndarray of shape (n_sequences,)
        The weight with which each sequence counts where sequences are counted. For weights of
        tokens it is the mean over the tokens whose weight is not 0; 0 without such tokens.

    Raises
    ------
    ValueError, TypeError
        If a weight is invalid or missing; the message names the place.
    """
    lengths = tokens.lengths
    if sample_weight is None:  # a view that takes no memory
        return np.broadcast_to(1.0, lengths.sum()), np.broadcast_to(1.0, len(lengths))
    if isinstance(sample_weight, numbers.Real):
        sample_weight = np.full(len(lengths), sample_weight)
    values = as_items(sample_weight, "sample_weight", _FORM)
    per_token = tokens.form != "rows" and any(map(is_sequence, values))
    if per_token:
        flat = flatten(values, "sample_weight", vectors=False)
        check_aligned(flat, tokens, "weight")
        values = list(flat.values)
    elif len(values) != len(lengths):
        raise_for_count(len(values), tokens, "sample_weight")
    place = tokens.place if per_token else "[{}]".format
    weights = as_weights(values, lambda k: f"sample_weight{place(k)}")
    if not per_token:
        return np.repeat(weights, lengths), weights
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    total = np.bincount(sequences, weights, minlength=len(lengths))
    counted = np.bincount(sequences, weights > 0, minlength=len(lengths))
    return weights, total / np.maximum(counted, 1)


def check_class_weight(
    class_weight: Any, classes: NDArray, indices: NDArray, weights: NDArray
) -> NDArray:
    """Return the factor of each class.

    Parameters
    ----------
    class_weight : "balanced" or mapping
    classes : ndarray of shape (n_classes,)
    indices : ndarray of int of shape (n_tokens,)
        The class of each token.
    weights : ndarray of shape (n_tokens,)

    Returns
    -------
    factors : ndarray of shape (n_classes,)
        For "balanced" the total weight divided by ``n_classes`` times
        the weight of the class; only classes that occur are counted.
    """
    if not isinstance(class_weight, Mapping):
        totals = np.bincount(indices, weights, minlength=len(classes))
        occurs = totals > 0
        factors = np.ones(len(classes))
        factors[occurs] = totals.sum() / (occurs.sum() * totals[occurs])
        return factors
    unknown = sorted(set(class_weight) - set(classes.tolist()), key=str)
    if unknown:  # not an error: a fold of cross-validation may lack a rare tag
        warn(
            f"class_weight names {show(unknown)}, not among the classes "
            f"{show(classes.tolist())}: it has no effect."
        )
    factors = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    if not (factors[indices] * weights).any():
        raise ValueError("class_weight is zero for all tags of y: at least one must be positive.")
    return factors
