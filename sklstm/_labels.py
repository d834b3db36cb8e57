"""Labels and weights, one for each token, as arrays; for validation and metrics."""

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sklstm._sequences import REAL_TYPES, all_are, is_a, missing_hint, show

# Sums of weights, and weights times those of classes, do not overflow.
MAX_WEIGHT = 1e100
_PLAIN_TYPES = {str, int, float, bool, type(None)}


def is_finite(value: Any) -> bool:
    """Return whether a real number, which can be too large for a float, is finite."""
    return -math.inf < value < math.inf


def as_weights(values: list, place: Callable[[int], str]) -> NDArray[np.float64]:
    """Return weights as an array.

    Parameters
    ----------
    values : list
    place : callable
        Returns the place of a weight, given by index, for messages.

    Raises
    ------
    ValueError
        For the first weight that is not a number from 0 to `MAX_WEIGHT`.
    """
    try:
        is_plain = set(map(type, values)) <= {float, int, bool}
        weights = np.asarray(values if is_plain else list(map(_as_float, values)), np.float64)
    except OverflowError:
        weights = np.asarray(list(map(_as_float, values)), np.float64)
    wrong = ~((weights >= 0) & (weights <= MAX_WEIGHT))
    if wrong.any():
        k = int(wrong.argmax())
        raise ValueError(
            f"{place(k)} is {show(values[k])}, but a weight must be a number from 0 to "
            f"{MAX_WEIGHT}. The weight 0 leaves a token, or a sequence, out."
        )
    return weights


def _as_float(value: Any) -> float:
    """Return a number as a float, which can be infinite, and NaN for anything else."""
    try:
        return float(value) if is_a(value, REAL_TYPES) else math.nan
    except OverflowError:
        return math.inf


def plain(labels: list) -> list:
    """Return labels with str in place of instances of its subclasses, and without NumPy's scalars.

    NumPy calls the ``__str__`` of a subclass, which can return another text, and its scalars are
    compared with other numbers in their own precision.
    """
    kinds = set(map(type, labels))
    return labels if kinds <= _PLAIN_TYPES else list(map(_as_plain, labels))


def _as_plain(label: Any) -> Any:
    if isinstance(label, str):
        return str.__str__(label)
    if isinstance(label, np.floating):
        return float(label)
    return label.item() if is_a(label, (np.number, np.bool_)) else label


def label_array(labels: list, place: Callable[[int], str]) -> NDArray[Any]:
    """Return labels as an array that holds exactly these labels.

    Parameters
    ----------
    labels : list
    place : callable
        Returns the place of a label, given by index, for messages.

    Raises
    ------
    ValueError
        If labels are neither all str nor all finite numbers, or NumPy would change one: it drops
        NUL characters at the end, and makes floats of integers that do not fit in 64 bits.

    Examples
    --------
    >>> from sklstm._labels import label_array
    >>> label_array(["DET", "NOUN"], "y[0][{}]".format)
    array(['DET', 'NOUN'], dtype='<U4')
    """
    labels = plain(labels)
    kinds = set(map(type, labels))
    are_str = kinds == {str}
    are_numbers = kinds <= {int, float, bool} or all_are(labels, REAL_TYPES)
    distinct = list(dict.fromkeys(labels)) if are_str or are_numbers else []
    if not are_str and not (are_numbers and all(map(is_finite, distinct))):
        _raise_for_mixed(labels, place)
    array = np.array(distinct)
    if array.dtype.kind == "u":
        array = array.astype(np.int64)  # int64 and uint64 together become float
    values, fits = array.tolist(), array.dtype.kind != "O"
    if fits and not are_str:
        fits = all(-(2**63) <= value < 2**63 for value in values)
    if fits and values == distinct:
        return np.array(labels, array.dtype)
    changed = [label for label, value in zip(distinct, values, strict=True) if label != value]
    odd = changed[0] if changed else max(distinct, key=lambda label: abs(_as_float(label)))
    raise ValueError(
        f"{place(labels.index(odd))} is {show(odd)}, which NumPy would change in an array of all "
        "labels. A str must not end in a NUL character, and a number must be from -2**63 to "
        "2**63 - 1. Pass another str instead."
    )


def _raise_for_mixed(labels: list, place: Callable[[int], str]) -> NoReturn:
    """Raise a ValueError for the first label that is not a finite number, or not a str."""
    first = labels[0]
    if isinstance(first, str):
        are_valid = [isinstance(label, str) for label in labels]
    else:
        are_valid = [is_a(label, REAL_TYPES) and is_finite(label) for label in labels]
    k = are_valid.index(False)
    others = f", but {place(0)} is {show(first)}" if k else ""
    raise ValueError(
        f"{place(k)} is {show(labels[k])}{others}: labels must be all str or all numbers."
        f"{missing_hint(('', labels[k]), ('', first))}"
    )
