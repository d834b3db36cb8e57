"""Validate tags, one for each token, and datasets of X, y and weights."""

import math
from itertools import compress, repeat
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d

from sklstm._labels import is_finite, label_array, plain
from sklstm._sequences import (
    REAL_TYPES,
    Dataset,
    Flat,
    Tokens,
    all_are,
    as_items,
    flatten,
    is_a,
    is_array,
    mismatch,
    show,
    unwrap,
)
from sklstm._validation.mistakes import warn, warn_for_scale
from sklstm._validation.weights import check_sample_weight
from sklstm._validation.X import check_aligned, check_same_kind, check_X

_IGNORED = -100
# Quotients of weights do not overflow.
_MIN_LARGEST_WEIGHT = 1e-100
_UNTAGGED_HINT = "If a token has no tag, pass any tag and give it the weight 0 in sample_weight."


def check_dataset(
    X: Any,
    y: Any,
    sample_weight: Any,
    estimator: BaseEstimator,
    *,
    reset: bool,
    ending: str = "",
) -> Dataset:
    """Return the training set, without the sequences of weight 0.

    Parameters
    ----------
    X, y, sample_weight : object
        As the user passed them.
    estimator : estimator
    reset : bool
        See :func:`~sklstm._validation.X.check_X`.
    ending : str, default=""
        The end of the names of the arguments, for warnings: "_val" for a validation set.

    Returns
    -------
    dataset : Dataset

    Raises
    ------
    ValueError, TypeError
        If an argument is invalid; the message names the place.
    """
    tokens = check_X(X, estimator, reset=reset)
    crf = estimator.output == "crf"
    dataset = check_targets(y, sample_weight, tokens, crf=crf, ending=ending)
    if not dataset.sequence_weights.all():
        dataset = dataset.select(np.flatnonzero(dataset.sequence_weights))
    if reset and tokens.kind == "vectors":
        warn_for_scale(dataset.tokens, estimator)
    return dataset


def check_targets(
    y: Any, sample_weight: Any, tokens: Tokens, *, crf: bool = False, ending: str = ""
) -> Dataset:
    """Return tokens with their tags and weights.

    Parameters
    ----------
    y, sample_weight : object
        As the user passed them.
    tokens : Tokens
    crf : bool, default=False
        Whether a CRF is to be trained, which has no weights of tokens.
    ending : str, default=""
        See :func:`check_dataset`.

    Returns
    -------
    dataset : Dataset
    """
    weights, sequence_weights = check_sample_weight(sample_weight, tokens)
    if not len(weights):
        raise ValueError(f"X has {len(tokens.lengths)} sequences and no token: pass at least one.")
    if weights.max() < _MIN_LARGEST_WEIGHT:
        raise ValueError(
            f"sample_weight is zero for every token, or under {_MIN_LARGEST_WEIGHT}: at least one "
            "must be larger."
        )
    y, counted = unwrap(y), weights > 0
    labels = _check_y(y, tokens, counted)
    _warn_for_ignored_tags(y, labels, counted, tokens, crf, ending)
    return Dataset(tokens, labels, weights, sequence_weights)


def check_validation_set(
    X_val: Any,
    y_val: Any,
    sample_weight_val: Any,
    dataset: Dataset,
    classes: NDArray,
    estimator: BaseEstimator,
) -> None:
    """Check a validation set; its tokens and labels must be of the kinds of the training set.

    Parameters
    ----------
    X_val, y_val, sample_weight_val : object
        As the user passed them.
    dataset : Dataset
        The training set.
    classes : ndarray of shape (n_classes,)
    estimator : estimator

    Warns
    -----
    UserWarning
        If labels of the validation set are not among the classes.
    """
    if X_val is None or y_val is None:
        raise ValueError("A validation set is X_val and y_val: pass both or none.")
    try:
        validation_set = check_dataset(
            X_val, y_val, sample_weight_val, estimator, reset=False, ending="_val"
        )
        check_same_kind(validation_set.tokens, dataset.tokens.kind)
        check_same_labels(validation_set, classes)
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In X_val and y_val, which this message calls X and y: {error}") from error
    warn_unknown_labels(encode_labels(validation_set, classes), validation_set, "y_val")


def _check_y(y: Any, tokens: Tokens, counted: NDArray) -> Any:
    """Return one label for each token, as an array if `y` is one for all sequences, else a list.

    Only the labels of the tokens that are `counted` are checked; others may be anything.
    """
    if y is None:
        raise ValueError("This BiLSTMTagger requires y to be passed, but the target y is None.")
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) == 3:
        raise ValueError(
            f"y has 3 dimensions, {shape}, expected 2: one tag for each token. Pass "
            "y.argmax(axis=-1) if tags are one-hot, y[..., 0] if the last axis has length 1."
        )
    is_table = len(shape) == 2 and shape[1] != 1
    if tokens.form == "rows" and hasattr(y, "__array__") and not is_table:
        labels = column_or_1d(y, warn=True)
        flat = Flat("y", labels, np.ones(len(labels), np.intp), is_rows=True)
    elif isinstance(y, np.ndarray) and y.ndim == 2:
        flat = Flat("y", y.ravel(), np.full(len(y), y.shape[1]), is_rows=False)
    else:
        flat = flatten(y, "y", vectors=False)
    check_aligned(flat, tokens, "tag")
    labels = flat.values
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind in "biuUT":
            return labels
        if labels.dtype.kind in "cmMSV":
            raise ValueError(f"Unknown label type: y is an array of {labels.dtype}, not of tags.")
        if labels.dtype.kind == "O":
            labels = labels.tolist()
    checked = _counted(labels, counted)
    if set(map(type, checked)) in ({str}, {int}):
        return labels  # the common cases
    if not all_are(checked, (str,)):
        _check_labels(checked, np.flatnonzero(counted), tokens)
    return plain(labels) if isinstance(labels, list) else labels


def _warn_for_ignored_tags(
    y: Any, labels: Any, counted: NDArray, tokens: Tokens, crf: bool, ending: str
) -> None:
    """Warn if the only negative tag is -100, for tokens that other libraries leave out."""
    if isinstance(labels[0], str):
        return
    values = _counted(labels, counted)
    if [tag for tag in set(values) if is_a(tag, REAL_TYPES) and tag < 0] != [_IGNORED]:
        return
    rows, name = tokens.form == "rows", f"y{ending}"
    weights = f"[[tag != -100 for tag in z] for z in {name}]"
    if is_array(y) or (rows and hasattr(y, "__array__")):
        weights = f"({name} != -100)"
    elif rows:
        weights = f"[tag != -100 for tag in {name}]"
    remedy = f"Leave these tokens out with sample_weight{ending}={weights}."
    if crf and not rows:
        remedy = (
            f'Remove these tokens from X{ending} and {name}: output="crf" has no weights of tokens.'
        )
    first = np.flatnonzero(counted)[values.index(_IGNORED)]
    warn(
        f"{values.count(_IGNORED)} tags of {name} are -100, first {name}{tokens.place(first)}. "
        f"Other libraries ignore -100, but here it is a tag like any other. {remedy}"
    )


def _check_labels(labels: list, indices: NDArray, tokens: Tokens) -> None:
    """Raise an error that names the first label that is not a str or a whole number as others are.

    `indices` are the tokens of the labels.
    """
    if all_are(labels, REAL_TYPES) and all(map(_is_whole, set(labels))):
        return
    first_is_str = isinstance(labels[0], str)
    for index, label in zip(indices, labels, strict=True):
        is_real = is_a(label, REAL_TYPES)
        if isinstance(label, str) if first_is_str else is_real and _is_whole(label):
            continue
        place, rule = f"y{tokens.place(index)}", "Tags must be all str or all integers."
        if label is None or (is_real and not is_finite(label)):
            shown = "None" if label is None else "NaN" if math.isnan(label) else "infinity"
            raise ValueError(f"Input y contains {shown}, first in {place}. {_UNTAGGED_HINT}")
        if is_real and not first_is_str:
            raise ValueError(
                f"Unknown label type: continuous. {place} is {show(label)}, but a tag is a class. "
                f"{rule} Convert numbers to classes, for instance with numpy.digitize."
            )
        text = mismatch((place, label), (f"y{tokens.place(indices[0])}", labels[0]))
        raise ValueError(f"{text} {rule} {_UNTAGGED_HINT}")


def _is_whole(number: Any) -> bool:
    """Return whether a real number, which can be too large for a float, is whole."""
    return is_finite(number) and number % 1 == 0


def check_classes(
    classes: ArrayLike | None, dataset: Dataset, known_classes: NDArray | None = None
) -> NDArray:
    """Return the classes, sorted; raise an error for a label that is not one of them.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None
        As the user passed them; None to take those of the dataset.
    dataset : Dataset
    known_classes : ndarray of shape (n_classes,), default=None
        The classes of the fitted model whose training continues.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    """
    labels = dataset.labels
    values = _counted(labels, dataset.weights > 0)
    if classes is not None:
        items = as_items(classes, "classes", "Pass a list of all tags.")
        numeric = all_are(items, REAL_TYPES) and all(map(_is_whole, items))
        if not (numeric or all_are(items, (str,))):
            raise ValueError(f"classes must be all str or all integers. Got {show(items)}.")
        classes = np.unique(label_array(items, "classes[{}]".format))
        if known_classes is not None and set(classes.tolist()) != set(known_classes.tolist()):
            raise ValueError(
                f"classes is {show(classes.tolist())}, but this BiLSTMTagger was first fitted with "
                f"{show(known_classes.tolist())}. Pass the same classes or none, or start again "
                "with fit and warm_start=False."
            )
    elif known_classes is None:
        if isinstance(labels, np.ndarray):
            return np.array(sorted(set(values)), labels.dtype)
        unique = list(dict.fromkeys(values))

        def place(k: int) -> str:
            tokens = np.flatnonzero(dataset.weights > 0)
            return f"y{dataset.tokens.place(tokens[values.index(unique[k])])}"

        return np.sort(label_array(unique, place))
    expected = np.asarray(classes if known_classes is None else known_classes)
    outside = np.flatnonzero(encode_labels(dataset, expected) < 0)
    if len(outside):
        raise ValueError(
            f"y{dataset.tokens.place(outside[0])} is {show(labels[outside[0]])}, which is not "
            f"among the classes {show(expected.tolist())}. Pass all tags in the first call, "
            "partial_fit(X, y, classes=...), or start again with fit and warm_start=False."
        )
    return expected


def encode_labels(dataset: Dataset, classes: NDArray) -> NDArray:
    """Return the index of each label among the classes.

    Parameters
    ----------
    dataset : Dataset
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    indices : ndarray of int of shape (n_tokens,)
        0 for tokens of weight 0, -1 for labels that are not among the classes.
    """
    index, counted = {label: k for k, label in enumerate(classes.tolist())}, dataset.weights > 0
    indices = np.zeros(len(counted), np.int32)
    values = _counted(dataset.labels, counted)
    indices[counted] = np.fromiter(map(index.get, values, repeat(-1)), np.int32, len(values))
    return indices


def warn_unknown_labels(
    indices: NDArray, dataset: Dataset, name: str, *, min_share: float = 0.0
) -> None:
    """Warn if more than a share of the true labels are not among the classes.

    Parameters
    ----------
    indices : ndarray of shape (n_tokens,)
        The result of :func:`encode_labels`.
    dataset : Dataset
    name : str
        The name of the argument, for the message.
    min_share : float, default=0.0
    """
    # There is another warning for the tag -100.
    unknown = [k for k in np.flatnonzero(indices < 0).tolist() if dataset.labels[k] != _IGNORED]
    n_counted = np.count_nonzero(dataset.weights)
    if len(unknown) > min_share * n_counted:
        place = f"{name}{dataset.tokens.place(unknown[0])}"
        warn(
            f"{len(unknown):,} of {n_counted:,} tags of {name} are not among the classes and "
            f"count as wrong. The first is {place}, {show(dataset.labels[unknown[0]])}. Pass tags "
            "of the tag set that was used in training, or add such tags to the training set."
        )


def check_scored(
    y: Any, sample_weight: Any, tokens: Tokens, classes: NDArray
) -> tuple[NDArray, NDArray]:
    """Return the true class of each token, and its weight.

    Parameters
    ----------
    y, sample_weight : object
        As the user passed them.
    tokens : Tokens
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    targets : ndarray of int of shape (n_tokens,)
        The result of :func:`encode_labels`. There is a warning if most tags are not classes.
    weights : ndarray of shape (n_tokens,)
    """
    dataset = check_targets(y, sample_weight, tokens)
    check_same_labels(dataset, classes)
    targets = encode_labels(dataset, classes)
    warn_unknown_labels(targets, dataset, "y", min_share=0.5)
    return targets, dataset.weights


def check_same_labels(dataset: Dataset, classes: NDArray) -> None:
    """Raise a ValueError if the labels are numbers and the classes str, or the other way round."""
    first = next(iter(_counted(dataset.labels, dataset.weights > 0)), None)
    if first is not None and isinstance(first, str) != isinstance(classes.tolist()[0], str):
        raise ValueError(
            f"The tags of y are of type {type(first).__name__}, such as {show(first)}, but the "
            f"classes are {show(classes.tolist())}: pass tags of the type seen in fit."
        )


def _counted(labels: Any, counted: NDArray) -> list:
    """Return the labels that are counted, as a list."""
    labels = labels.tolist() if isinstance(labels, np.ndarray) else labels
    return labels if counted.all() else list(compress(labels, counted.tolist()))
