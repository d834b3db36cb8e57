"""The classes that tags are: which there are, and the index of each tag among them."""

from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklstm._sequences import Dataset, all_are, as_items, show
from sklstm._validation.containers import NUMBERS
from sklstm._validation.labels import counted_labels
from sklstm._validation.messages import FORMS

_NAME_ALL = "Name all tags in classes."
_NAME_AT_FIRST = (
    "These stay as they were when the tagger was first fitted: begin with partial_fit(X, y, "
    "classes=...), which can name tags that y lacks, or start anew with fit and warm_start=False."
)


def check_classes(classes: ArrayLike | None, sample: Dataset, known: Any = None) -> NDArray:
    """Return the classes, sorted, and refuse labels that are not among them.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None
        What the user says they are; None to take those of the sample.
    sample : Dataset
    known : Knowledge, default=None
        What training goes on from, if anything.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    """
    counted = sample.weights > 0
    if known is not None:
        if classes is not None:
            _check_same_classes(_as_classes(classes), known.classes)
        expected = known.classes
    elif classes is not None:
        expected = _as_classes(classes)
    else:
        return _distinct(sample.labels, counted)
    outside = np.flatnonzero(encode(sample.labels, expected, counted) < 0)
    if len(outside):
        raise ValueError(
            f"y{sample.tokens.place(outside[0])} is {show(sample.labels[outside[0]])}, which is "
            f"not among the classes {show(expected.tolist())}. "
            + (_NAME_ALL if known is None else _NAME_AT_FIRST)
        )
    return expected


def _as_classes(classes: ArrayLike) -> NDArray:
    """Return the classes that a user lists, sorted."""
    items = as_items(classes, "classes", FORMS["classes"])
    if not (all_are(items, (str,)) or (all_are(items, NUMBERS) and all(map(_is_whole, items)))):
        raise ValueError(
            f"classes is {show(items)}, but must list the tags, all str or all integers."
        )
    return np.unique(items)


def _is_whole(number: Any) -> bool:
    return float(number).is_integer()


def _check_same_classes(classes: NDArray, known_classes: NDArray) -> None:
    """Refuse other classes than those that are known."""
    new, missing = (
        sorted(set(one.tolist()) - set(other.tolist()))
        for one, other in [(classes, known_classes), (known_classes, classes)]
    )
    if new or missing:
        differences = [f"has {show(new)} too"] * bool(new)
        differences += [f"lacks {show(missing)}"] * bool(missing)
        raise ValueError(
            "classes is not what this BiLSTMTagger was first fitted with: it "
            f"{' and '.join(differences)}. Pass the same classes or none, or start anew with fit "
            "and warm_start=False."
        )


def _distinct(labels: Any, counted: NDArray) -> NDArray:
    """Return the distinct labels, sorted, as an array of the labels' own type."""
    distinct = sorted(set(counted_labels(labels, counted)))
    return np.array(distinct, dtype=getattr(labels, "dtype", None))


def encode(labels: Any, classes: NDArray, counted: NDArray) -> NDArray:
    """Return the index of each label among the classes.

    Parameters
    ----------
    labels : ndarray or list of n_tokens labels
    classes : ndarray of shape (n_classes,)
    counted : ndarray of bool of shape (n_tokens,)
        The labels to look at.

    Returns
    -------
    indices : ndarray of int of shape (n_tokens,)
        0 for labels not looked at, -1 for labels outside the classes.
    """
    index = {label: k for k, label in enumerate(classes.tolist())}
    looked_at = counted_labels(labels, counted)
    found = np.fromiter(map(index.get, looked_at, repeat(-1)), np.int32, len(looked_at))
    if counted.all():
        return found
    indices = np.zeros(len(labels), np.int32)
    indices[counted] = found
    return indices


def check_same_labels(labels: Any, classes: NDArray, counted: NDArray) -> None:
    """Refuse numbers where the classes are str, or the other way round: none could be right."""
    first = next(iter(counted_labels(labels, counted)), None)
    if first is not None and isinstance(first, str) != isinstance(classes.tolist()[0], str):
        raise ValueError(
            f"The tags of y are of type {type(first).__name__}, such as {show(first)}, but the "
            f"classes are {show(classes.tolist())}: pass tags of the type seen in fit."
        )
