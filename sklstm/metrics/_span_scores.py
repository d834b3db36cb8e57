"""Precision, recall and F1 of spans."""

from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import classification_report, precision_recall_fscore_support

from sklstm._schemes import Scheme, parse
from sklstm._sequences import show
from sklstm.metrics._flat import Flat, flatten_pair, flatten_weights
from sklstm.metrics._spans import check_scheme, find_spans

_Average: TypeAlias = Literal["micro", "macro", "weighted"]
_ZeroDivision: TypeAlias = Literal["warn"] | float
_Arrays: TypeAlias = tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int_]
]

_MEASURES = ("precision", "recall", "f-score")
_AVERAGES = (None, "micro", "macro", "weighted")
_NO_SPAN = ""  # The type where there is no span; types of spans are not empty.
_NO_TYPE = "-"  # What to score where there is no type at all; there are no spans of it.


class _Samples(NamedTuple):
    """Spans as samples of a classification: what there is, and what was predicted there.

    A span that is found is one sample, right; one that is missed is predicted to be none, and one
    that is predicted in vain truly is none.
    """

    y_true: NDArray[np.str_]
    y_pred: NDArray[np.str_]
    weights: NDArray[np.float64] | None

    def labels(self) -> list[str]:
        """Return the types of all spans, sorted."""
        return sorted({*self.y_true.tolist(), *self.y_pred.tolist()} - {_NO_SPAN})


@overload
def span_precision_recall_fscore_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: None = ...,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> _Arrays: ...
@overload
def span_precision_recall_fscore_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: _Average,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> tuple[float, float, float, None]: ...
def span_precision_recall_fscore_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = None,
    average: _Average | None = None,
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> _Arrays | tuple[float, float, float, None]:
    """Return precision, recall, F1 and the number of spans.

    A span counts as found if its first token, its last token and its type are all right.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags: sequences of str, or arrays of shape (n_sequences,
        n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES"}
        How the tags write spans; see :func:`extract_spans`, which also says how ill-formed tags
        are read.

    labels : array-like of str, default=None
        The types of spans to score, in their order. By default all that occur, sorted.

    average : {"micro", "macro", "weighted"} or None, default=None
        With None, the scores of each type; else their average:

        - "micro" counts the spans of all types together, as ``conlleval`` does;
        - "macro" is the mean over the types;
        - "weighted" is the mean over the types, weighted by their numbers of true spans.

    sample_weight : array-like of shape (n_sequences,), default=None
        One weight for each sequence.

    zero_division : {"warn", 0, 1, np.nan}, default="warn"
        What a precision without any predicted spans is, a recall without any true ones and an F1
        without either. "warn" is 0 and warns; nan is left out of averages.

    Returns
    -------
    precision, recall, f1 : float or ndarray of shape (n_labels,)
        Numbers with an average, else arrays.

    support : None or ndarray of shape (n_labels,)
        With ``average=None``, the number of true spans of each type.

    Raises
    ------
    ValueError
        If a tag is none of the scheme, or the sequences of both differ in their lengths. The
        message names the place.

    See Also
    --------
    sklearn.metrics.precision_recall_fscore_support : The same for tokens, with
        :func:`on_tokens`.

    Examples
    --------
    >>> from sklstm.metrics import span_precision_recall_fscore_support
    >>> y_true = [["B-person", "I-person", "O", "B-place"], ["B-place", "O"]]
    >>> y_pred = [["B-person", "I-person", "O", "B-person"], ["B-place", "O"]]
    >>> span_precision_recall_fscore_support(y_true, y_pred, scheme="BIO")
    (array([0.5, 1. ]), array([1. , 0.5]), array([0.66666667, 0.66666667]), array([1, 2]))
    >>> span_precision_recall_fscore_support(y_true, y_pred, scheme="BIO", average="micro")
    (0.666..., 0.666..., 0.666..., None)
    """
    samples = _compare(y_true, y_pred, scheme, sample_weight)
    return _scores(samples, labels, average, zero_division, _MEASURES)


@overload
def span_precision_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: _Average = ...,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> float: ...
@overload
def span_precision_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: None,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> NDArray[np.float64]: ...
def span_precision_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = None,
    average: _Average | None = "micro",
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> float | NDArray[np.float64]:
    """Return the share of predicted spans that are right.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags.

    scheme : {"BIO", "IOB1", "BIOES"}
        How the tags write spans.

    labels, average, sample_weight, zero_division
        As for :func:`span_precision_recall_fscore_support`.

    Returns
    -------
    precision : float or ndarray of shape (n_labels,)

    See Also
    --------
    span_precision_recall_fscore_support : Describes all parameters.

    Examples
    --------
    >>> from sklstm.metrics import span_precision_score
    >>> y_true, y_pred = [["B-person", "O", "O"]], [["B-person", "O", "B-place"]]
    >>> span_precision_score(y_true, y_pred, scheme="BIO")
    0.5
    """
    samples = _compare(y_true, y_pred, scheme, sample_weight)
    return _scores(samples, labels, average, zero_division, ("precision",))[0]


@overload
def span_recall_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: _Average = ...,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> float: ...
@overload
def span_recall_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: None,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> NDArray[np.float64]: ...
def span_recall_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = None,
    average: _Average | None = "micro",
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> float | NDArray[np.float64]:
    """Return the share of true spans that are found.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags.

    scheme : {"BIO", "IOB1", "BIOES"}
        How the tags write spans.

    labels, average, sample_weight, zero_division
        As for :func:`span_precision_recall_fscore_support`.

    Returns
    -------
    recall : float or ndarray of shape (n_labels,)

    See Also
    --------
    span_precision_recall_fscore_support : Describes all parameters.

    Examples
    --------
    >>> from sklstm.metrics import span_recall_score
    >>> y_true, y_pred = [["B-person", "O", "O"]], [["B-person", "O", "B-place"]]
    >>> span_recall_score(y_true, y_pred, scheme="BIO")
    1.0
    """
    samples = _compare(y_true, y_pred, scheme, sample_weight)
    return _scores(samples, labels, average, zero_division, ("recall",))[1]


@overload
def span_f1_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: _Average = ...,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> float: ...
@overload
def span_f1_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    average: None,
    sample_weight: ArrayLike | None = ...,
    zero_division: _ZeroDivision = ...,
) -> NDArray[np.float64]: ...
def span_f1_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = None,
    average: _Average | None = "micro",
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> float | NDArray[np.float64]:
    """Return the F1 score of spans, the harmonic mean of their precision and recall.

    With the default average, what the script ``conlleval`` prints as FB1, as a fraction.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags.

    scheme : {"BIO", "IOB1", "BIOES"}
        How the tags write spans.

    labels, average, sample_weight, zero_division
        As for :func:`span_precision_recall_fscore_support`.

    Returns
    -------
    f1 : float or ndarray of shape (n_labels,)

    See Also
    --------
    span_precision_recall_fscore_support : Describes all parameters.
    get_scorer : Makes a scorer of it: ``get_scorer("span_f1_bio")``.

    Examples
    --------
    >>> from sklstm.metrics import span_f1_score
    >>> y_true, y_pred = [["B-person", "O", "O"]], [["B-person", "O", "B-place"]]
    >>> span_f1_score(y_true, y_pred, scheme="BIO")
    0.666...
    """
    samples = _compare(y_true, y_pred, scheme, sample_weight)
    return _scores(samples, labels, average, zero_division, ("f-score",))[2]


@overload
def span_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    digits: int = ...,
    output_dict: Literal[False] = ...,
    zero_division: _ZeroDivision = ...,
) -> str: ...
@overload
def span_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    digits: int = ...,
    output_dict: Literal[True],
    zero_division: _ZeroDivision = ...,
) -> dict[str, Any]: ...
def span_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: _ZeroDivision = "warn",
) -> str | dict[str, Any]:
    """Return precision, recall and F1 of each type of span and averages, as text or as a dict.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags.

    scheme : {"BIO", "IOB1", "BIOES"}
        How the tags write spans.

    labels : array-like of str, default=None
        The types to report, in their order. By default all that occur, sorted.

    sample_weight : array-like of shape (n_sequences,), default=None
        One weight for each sequence.

    digits : int, default=2
        The number of decimal places in the text.

    output_dict : bool, default=False
        Whether to return a dict, with unrounded numbers.

    zero_division : {"warn", 0, 1, np.nan}, default="warn"
        As for :func:`span_precision_recall_fscore_support`.

    Returns
    -------
    report : str or dict

    See Also
    --------
    sklearn.metrics.classification_report : Describes the report.
    token_classification_report : The report of tags.

    Examples
    --------
    >>> from sklstm.metrics import span_classification_report
    >>> y_true = [["B-person", "I-person", "O", "B-place"], ["B-place", "O"]]
    >>> y_pred = [["B-person", "I-person", "O", "B-person"], ["B-place", "O"]]
    >>> print(span_classification_report(y_true, y_pred, scheme="BIO"))
                  precision    recall  f1-score   support
    <BLANKLINE>
          person       0.50      1.00      0.67         1
           place       1.00      0.50      0.67         2
    <BLANKLINE>
       micro avg       0.67      0.67      0.67         3
       macro avg       0.75      0.75      0.67         3
    weighted avg       0.83      0.67      0.67         3
    <BLANKLINE>
    """
    samples = _compare(y_true, y_pred, scheme, sample_weight)
    types = _check_labels(labels, samples)
    if not types:
        raise ValueError(
            "Neither y_true nor y_pred holds a span, so there is nothing to report. To report "
            "types all the same, pass them as labels."
        )
    report: str | dict[str, Any] = classification_report(
        samples.y_true,
        samples.y_pred,
        labels=types,
        sample_weight=samples.weights,
        digits=digits,
        output_dict=output_dict,
        zero_division=zero_division,
    )
    return report


def _compare(
    y_true: ArrayLike, y_pred: ArrayLike, scheme: str, sample_weight: ArrayLike | None
) -> _Samples:
    """Return the true and the predicted spans as samples of a classification."""
    check_scheme(scheme)
    tags, tags_pred = flatten_pair(y_true, y_pred)
    true, pred = find_spans(tags, scheme), find_spans(tags_pred, scheme)
    # At most one span begins at a token, so spans meet by their starts.
    _, at_true, at_pred = np.intersect1d(
        true.starts, pred.starts, assume_unique=True, return_indices=True
    )
    right = (true.stops[at_true] == pred.stops[at_pred]) & (
        true.types[at_true] == pred.types[at_pred]
    )
    found = np.zeros(len(true.starts), bool)
    found[at_true[right]] = True
    in_vain = np.ones(len(pred.starts), bool)
    in_vain[at_pred[right]] = False
    # The last sample is a place without a span: no average takes the types for all there is.
    samples = _Samples(
        np.concatenate([true.types, np.full(in_vain.sum() + 1, _NO_SPAN)]),
        np.concatenate([np.where(found, true.types, _NO_SPAN), pred.types[in_vain], [_NO_SPAN]]),
        None,
    )
    if sample_weight is None:
        return samples
    starts = np.concatenate([true.starts, pred.starts[in_vain]])
    return _weighted(samples, np.append(_weights_of_tokens(sample_weight, tags)[starts], 1.0))


def _weighted(samples: _Samples, weights: NDArray[np.float64]) -> _Samples:
    """Return the samples that have a weight, with their weights."""
    kept = weights > 0
    return _Samples(samples.y_true[kept], samples.y_pred[kept], weights[kept])


def _weights_of_tokens(sample_weight: ArrayLike, tags: Flat) -> NDArray[np.float64]:
    """Return for each token the weight of its sequence."""
    weights = flatten_weights(sample_weight, tags)
    if weights.are_of_tokens:
        raise ValueError(
            "sample_weight has one weight for each token, but spans take one for each sequence. "
            "Where weights mark padding, cut it off, or make its tags O in y_true and y_pred."
        )
    return weights.tokens


def _scores(
    samples: _Samples,
    labels: ArrayLike | None,
    average: str | None,
    zero_division: _ZeroDivision,
    wanted: tuple[str, ...],
) -> tuple[Any, Any, Any, Any]:
    """Return precision, recall, F1 and support; warn of those that are wanted alone."""
    if average not in _AVERAGES:
        raise ValueError(f"average is {show(average)}, but must be one of {list(_AVERAGES)}.")
    types = _check_labels(labels, samples)
    precision, recall, f1, support = precision_recall_fscore_support(
        samples.y_true,
        samples.y_pred,
        labels=types or [_NO_TYPE],
        average=average,
        warn_for=wanted,
        sample_weight=samples.weights,
        zero_division=zero_division,
    )
    if average is None:
        n = len(types)
        return precision[:n], recall[:n], f1[:n], support[:n]
    return float(precision), float(recall), float(f1), None


def _check_labels(labels: ArrayLike | None, samples: _Samples) -> list[str]:
    """Return the types to score."""
    if labels is None:
        return samples.labels()
    types = np.asarray(labels).tolist() if np.ndim(labels) == 1 else None
    if not types or not all(isinstance(each, str) and each for each in types):
        raise ValueError(
            f"labels is {show(labels)}, but must be a list of types of spans, such as ['person']."
        )
    known = samples.labels()
    for label in types:
        prefix, kind = parse(label)
        if label not in known and prefix in tuple("BIES") and kind in known:
            raise ValueError(
                f"labels holds the tag {label!r}, but must hold types of spans, such as {kind!r}."
            )
    return types
