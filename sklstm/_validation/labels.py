"""The tags of tokens: one for each of them, all str or all whole numbers."""

import math
import numbers
from itertools import compress
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d

from sklstm._sequences import Tokens, as_items
from sklstm._validation.beside import check_count, check_lengths, flatten_beside
from sklstm._validation.containers import holds_sequences
from sklstm._validation.messages import FORMS, clash

_UNTAGGED_HINT = "Where a token has no tag, pass any tag and give it the weight 0 in sample_weight."


def check_y(y: Any, tokens: Tokens, counted: NDArray) -> Any:
    """Judge the tags that a user passes.

    Parameters
    ----------
    y : object
        Whatever was passed.
    tokens : Tokens
        The sequences that it belongs to.
    counted : ndarray of bool of shape (n_tokens,)
        The tags to look at; others may be anything.

    Returns
    -------
    labels : ndarray or list of n_tokens labels
        An array where one was passed for all sequences, and keeps its type; else a list.

    Raises
    ------
    ValueError, TypeError
        Which sequence and token are wrong, and what to do.
    """
    if y is None:
        raise ValueError("This BiLSTMTagger requires y to be passed, but the target y is None.")
    if getattr(y, "ndim", 0) == 3:
        raise ValueError(
            f"y has 3 dimensions, {y.shape}, expected 2: one tag for each token. Pass "
            "y.argmax(axis=-1) where tags are one-hot, y[..., 0] where the last axis has length 1."
        )
    labels = _one_for_each_token(y, tokens)
    _check_labels(labels, tokens, counted)
    return labels


def _one_for_each_token(y: Any, tokens: Tokens) -> Any:
    """Return the tags one after another, whatever they are."""
    if tokens.form == "rows" and hasattr(y, "__array__"):
        _refuse_one_for_each_number(y, tokens)
        labels = column_or_1d(y, warn=True)
        check_count(labels, tokens, "y")
        return labels
    if isinstance(y, np.ndarray) and y.ndim == 2:
        check_lengths(np.full(len(y), y.shape[1]), tokens, "y", "tag")
        return y.ravel()
    items = as_items(y, "y", FORMS["y"])
    if tokens.form == "rows" and not holds_sequences(items):
        check_count(items, tokens, "y")
        return items
    return flatten_beside(items, tokens, "y", "tag")


def _refuse_one_for_each_number(y: Any, tokens: Tokens) -> None:
    """Refuse tags of the numbers in rows, which are tokens only with an axis of their own."""
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) == 2 and shape[1] > 1 and shape == tokens.values.shape:
        raise ValueError(
            f"y is of shape {shape}, as X is, but each row of X is a sequence of one token. Where "
            f"each number in X is a token, pass X[:, :, None], of shape {(*shape, 1)}."
        )


def counted_labels(labels: Any, counted: NDArray) -> list:
    """Return the labels to look at, as a list."""
    labels = labels.tolist() if isinstance(labels, np.ndarray) else labels
    return labels if counted.all() else list(compress(labels, counted.tolist()))


def _check_labels(labels: Any, tokens: Tokens, counted: NDArray) -> None:
    """Refuse labels that are not all str or all whole numbers."""
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind in "biuUT":
            return
        if labels.dtype.kind in "cmMSV":
            raise ValueError(
                f"Unknown label type: y is an array of {labels.dtype}. Tags must be all str or all "
                "integers."
            )
    of_interest = counted_labels(labels, counted)
    kinds = {_label_kind(kind) for kind in set(map(type, of_interest))}
    if kinds <= {"str"} or kinds <= {"integer"}:
        return
    places = np.flatnonzero(counted)
    if not kinds <= {"integer", "real"}:
        _refuse_labels(of_interest, places, tokens)
    values = np.fromiter(of_interest, np.float64, len(of_interest))
    _check_whole(values, places, tokens)


def _label_kind(kind: type) -> str | None:
    """Return what the labels of a type are; None where they are no labels."""
    if issubclass(kind, str):
        return "str"
    if issubclass(kind, (numbers.Integral, np.bool_)):
        return "integer"
    return "real" if issubclass(kind, numbers.Real) else None


def _refuse_labels(labels: list, places: NDArray, tokens: Tokens) -> None:
    """Say which label is neither str nor number, or not what the first is."""
    kinds = [_label_kind(type(label)) for label in labels]
    first_is_str = kinds[0] == "str"
    for k, (label, kind) in enumerate(zip(labels, kinds, strict=True)):
        if label is None or (kind == "real" and math.isnan(label)):
            _refuse_missing("None" if label is None else "NaN", tokens.place(places[k]))
        if kind is None or (kind == "str") != first_is_str:
            raise ValueError(
                clash("y", (tokens.place(places[k]), label), (tokens.place(places[0]), labels[0]))
                + "Tags must be all str or all integers. "
                + _UNTAGGED_HINT
            )


def _check_whole(values: NDArray, places: NDArray, tokens: Tokens) -> None:
    """Refuse numbers that are no classes."""
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        shown = "NaN" if np.isnan(values[bad[0]]) else "infinity"
        _refuse_missing(shown, tokens.place(places[bad[0]]))
    bad = np.flatnonzero(values != np.round(values))
    if len(bad):
        raise ValueError(
            f"Unknown label type: continuous. y{tokens.place(places[bad[0]])} is "
            f"{values[bad[0]]}, but a tag is a class: a str or an integer. A number to be "
            "predicted as such is for a regressor; otherwise divide it into classes, for instance "
            "with numpy.digitize."
        )


def _refuse_missing(shown: str, place: str) -> NoReturn:
    raise ValueError(f"Input y contains {shown}, first in y{place}. {_UNTAGGED_HINT}")
