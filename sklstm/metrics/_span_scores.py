"""Precision, recall and F1 of spans."""

from typing import Any, Literal, NamedTuple, Required, TypeAlias, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import classification_report, precision_recall_fscore_support

from sklstm._labels import plain
from sklstm._schemes import NO_TYPE, Scheme, fitting_schemes, parse
from sklstm._sequences import Flat, show
from sklstm._tables import Report, escape_controls
from sklstm.metrics._spans import Spans, check_scheme, find_spans
from sklstm.metrics._validation import flatten_pair, flatten_weights

_Average: TypeAlias = Literal["micro", "macro", "weighted"]
_ZeroDivision: TypeAlias = Literal["warn"] | float
_Arrays: TypeAlias = tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int_]
]

_AVERAGES = (None, "micro", "macro", "weighted")
_NO_SPAN = ""  # the label of a sample without a span; the names of types are not empty


class _Options(TypedDict, total=False):
    """The keyword arguments that all functions have, for type checkers."""

    scheme: Required[Scheme]
    suffix: bool
    labels: ArrayLike | None
    sample_weight: ArrayLike | None
    zero_division: _ZeroDivision


class _Samples(NamedTuple):
    """Spans as samples of a classification, whose labels are the types of the spans.

    A true positive is one sample with equal labels. A false negative is predicted to be no span, a
    false positive is truly no span.
    """

    y_true: NDArray[np.str_]
    y_pred: NDArray[np.str_]
    sample_weight: NDArray[np.float64] | None

    def types(self) -> list[str]:
        """Return the types of all spans, sorted."""
        return sorted({*self.y_true.tolist(), *self.y_pred.tolist()} - {_NO_SPAN})


@overload
def span_precision_recall_fscore_support(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: None = ..., **options: Unpack[_Options]
) -> _Arrays: ...
@overload
def span_precision_recall_fscore_support(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: _Average, **options: Unpack[_Options]
) -> tuple[float, float, float, None]: ...
def span_precision_recall_fscore_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    suffix: bool = False,
    labels: ArrayLike | None = None,
    average: _Average | None = None,
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> _Arrays | tuple[float, float, float, None]:
    """Return the precision, recall, F1 score and support of spans.

    A predicted span is correct if its first token, its last token and its type are all correct.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags: sequences of str, or arrays of shape (n_sequences,
        n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme of the tags. :func:`extract_spans` describes the schemes, and how ill-formed
        sequences of tags are read.

    suffix : bool, default=False
        Whether the type comes before the letter of the scheme, as in ``person-B``.

    labels : array-like of str, default=None
        The types of spans to score, in this order. By default, all types that occur, sorted. If
        tags have no type, such as ``B``, the type of their spans is ``"_"``.

    average : {"micro", "macro", "weighted"} or None, default=None
        How to average the scores of the types.

        - None returns the scores of each type.
        - "micro" counts the spans of all types together, as ``conlleval`` does.
        - "macro" is the mean over the types.
        - "weighted" is the mean over the types, weighted by their support.

    sample_weight : array-like of shape (n_sequences,), default=None
        One weight for each sequence.

    zero_division : {"warn", 0, 1, np.nan}, default="warn"
        The value of a precision without predicted spans, of a recall without true spans, and of an
        F1 score without either. "warn" is 0 and a warning. nan is left out of averages.

    Returns
    -------
    precision, recall, f1 : float or ndarray of shape (n_labels,)
        The scores: arrays with ``average=None``, otherwise numbers.

    support : None or ndarray of shape (n_labels,)
        With ``average=None``, the number of true spans of each type, otherwise None.

    Raises
    ------
    ValueError
        If a tag does not belong to the scheme, or if the lengths of the sequences differ. The
        message gives the indices of the sequence and the token.

    See Also
    --------
    span_f1_score : Returns only the F1 score, by default micro-averaged.
    sklearn.metrics.precision_recall_fscore_support : Computes the scores of labels; with
        :func:`on_tokens`, of the tags of tokens.

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
    samples = _match_spans(y_true, y_pred, scheme, suffix, sample_weight)
    return _scores(samples, labels, average, zero_division, ("precision", "recall", "f-score"))


@overload
def span_precision_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: _Average = ..., **options: Unpack[_Options]
) -> float: ...
@overload
def span_precision_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: None, **options: Unpack[_Options]
) -> NDArray[np.float64]: ...
def span_precision_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    suffix: bool = False,
    labels: ArrayLike | None = None,
    average: _Average | None = "micro",
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> float | NDArray[np.float64]:
    """Return the precision of spans, the proportion of predicted spans that are correct.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags: sequences of str, or arrays of shape (n_sequences,
        n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme of the tags; see :func:`extract_spans`.

    suffix, labels, average, sample_weight, zero_division
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
    samples = _match_spans(y_true, y_pred, scheme, suffix, sample_weight)
    return _scores(samples, labels, average, zero_division, ("precision",))[0]


@overload
def span_recall_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: _Average = ..., **options: Unpack[_Options]
) -> float: ...
@overload
def span_recall_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: None, **options: Unpack[_Options]
) -> NDArray[np.float64]: ...
def span_recall_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    suffix: bool = False,
    labels: ArrayLike | None = None,
    average: _Average | None = "micro",
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> float | NDArray[np.float64]:
    """Return the recall of spans, the proportion of true spans that are predicted.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags: sequences of str, or arrays of shape (n_sequences,
        n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme of the tags; see :func:`extract_spans`.

    suffix, labels, average, sample_weight, zero_division
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
    samples = _match_spans(y_true, y_pred, scheme, suffix, sample_weight)
    return _scores(samples, labels, average, zero_division, ("recall",))[1]


@overload
def span_f1_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: _Average = ..., **options: Unpack[_Options]
) -> float: ...
@overload
def span_f1_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, average: None, **options: Unpack[_Options]
) -> NDArray[np.float64]: ...
def span_f1_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    suffix: bool = False,
    labels: ArrayLike | None = None,
    average: _Average | None = "micro",
    sample_weight: ArrayLike | None = None,
    zero_division: _ZeroDivision = "warn",
) -> float | NDArray[np.float64]:
    """Return the F1 score of spans, the harmonic mean of their precision and recall.

    With the default average, it is the FB1 of the script ``conlleval``, as a number from 0 to 1.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags: sequences of str, or arrays of shape (n_sequences,
        n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme of the tags; see :func:`extract_spans`.

    suffix, labels, average, sample_weight, zero_division
        As for :func:`span_precision_recall_fscore_support`.

    Returns
    -------
    f1 : float or ndarray of shape (n_labels,)

    See Also
    --------
    span_precision_recall_fscore_support : Describes all parameters.
    get_scorer : Returns a scorer for this metric with ``get_scorer("span_f1_bio")``.

    Examples
    --------
    >>> from sklstm.metrics import span_f1_score
    >>> y_true, y_pred = [["B-person", "O", "O"]], [["B-person", "O", "B-place"]]
    >>> span_f1_score(y_true, y_pred, scheme="BIO")
    0.666...
    """
    samples = _match_spans(y_true, y_pred, scheme, suffix, sample_weight)
    return _scores(samples, labels, average, zero_division, ("f-score",))[2]


@overload
def span_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    digits: int = ...,
    output_dict: Literal[False] = ...,
    **options: Unpack[_Options],
) -> str: ...
@overload
def span_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    digits: int = ...,
    output_dict: Literal[True],
    **options: Unpack[_Options],
) -> dict[str, Any]: ...
def span_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    scheme: Scheme,
    suffix: bool = False,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: _ZeroDivision = "warn",
) -> str | dict[str, Any]:
    """Return a report with precision, recall and F1 score of each type of span, and averages.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags: sequences of str, or arrays of shape (n_sequences,
        n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme of the tags; see :func:`extract_spans`.

    suffix : bool, default=False
        Whether the type comes before the letter of the scheme, as in ``person-B``.

    labels : array-like of str, default=None
        The types of spans to include, in this order. By default, all types that occur, sorted. If
        tags have no type, such as ``B``, the type of their spans is ``"_"``.

    sample_weight : array-like of shape (n_sequences,), default=None
        One weight for each sequence.

    digits : int, default=2
        The number of decimal places in the text.

    output_dict : bool, default=False
        Whether to return a dict with unrounded numbers or, if False, text. Notebooks show the text
        as a table.

    zero_division : {"warn", 0, 1, np.nan}, default="warn"
        As for :func:`span_precision_recall_fscore_support`.

    Returns
    -------
    report : str or dict

    See Also
    --------
    sklearn.metrics.classification_report : Describes the report.
    token_classification_report : Returns a report for tags.

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
    samples = _match_spans(y_true, y_pred, scheme, suffix, sample_weight)
    types = _check_labels(labels, samples)
    if not types:
        raise ValueError(
            "Neither y_true nor y_pred has a span, so there is nothing to report. To report "
            "types without spans, pass them as labels."
        )
    report = classification_report(
        samples.y_true,
        samples.y_pred,
        labels=types,
        target_names=None if output_dict else [*map(escape_controls, types)],
        sample_weight=samples.sample_weight,
        digits=digits,
        output_dict=output_dict,
        zero_division=zero_division,
    )
    return Report(report) if isinstance(report, str) else report


def _match_spans(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    scheme: str,
    suffix: bool,
    sample_weight: ArrayLike | None,
) -> _Samples:
    """Return the true and the predicted spans as samples of a classification."""
    check_scheme(scheme)
    tags_true, tags_pred = flatten_pair(y_true, y_pred)
    weights = None if sample_weight is None else _check_weights(sample_weight, tags_true)
    if weights is not None and not weights.all():
        tags_true, tags_pred = _clear(tags_true, weights), _clear(tags_pred, weights)
    true = _find_named_spans(tags_true, scheme, suffix)
    pred = _find_named_spans(tags_pred, scheme, suffix)
    # At most one span starts at a token, so spans are matched by their starts.
    common, in_true, in_pred = np.intersect1d(
        true.starts, pred.starts, assume_unique=True, return_indices=True
    )
    are_equal = (true.stops[in_true] == pred.stops[in_pred]) & (
        true.types[in_true] == pred.types[in_pred]
    )
    is_found = np.isin(true.starts, common[are_equal])
    is_false = ~np.isin(pred.starts, common[are_equal])
    # Add a sample without a span, so that a report shows the micro average, not the accuracy.
    samples = _Samples(
        np.concatenate([true.types, np.full(is_false.sum() + 1, _NO_SPAN)]),
        np.concatenate(
            [np.where(is_found, true.types, _NO_SPAN), pred.types[is_false], [_NO_SPAN]]
        ),
        None,
    )
    if weights is None:
        return samples
    starts = np.concatenate([true.starts, pred.starts[is_false]])
    return samples._replace(sample_weight=np.append(weights[starts], 1.0))


def _clear(tags: Flat, weights: NDArray[np.float64]) -> Flat:
    """Return tags without spans in the sequences of weight 0, whose tags can be anything."""
    pairs = zip(tags.values, weights.tolist(), strict=True)
    return tags._replace(values=[tag if weight else "O" for tag, weight in pairs])


def _find_named_spans(tags: Flat, scheme: str, suffix: bool) -> Spans:
    """Return the spans of all sequences, with a name for those without a type."""
    spans = find_spans(tags, scheme, suffix)
    return spans._replace(types=np.where(spans.types == "", NO_TYPE, spans.types))


def _check_weights(sample_weight: ArrayLike, tags: Flat) -> NDArray[np.float64]:
    """Return the weight of the sequence of each token."""
    weights = flatten_weights(sample_weight, tags)
    if weights.per_token:
        raise ValueError(
            "sample_weight has one weight for each token, but spans need one for each sequence. "
            "To ignore padding, remove it, or set its tags to O in y_true and y_pred."
        )
    return weights.tokens


def _scores(
    samples: _Samples,
    labels: ArrayLike | None,
    average: str | None,
    zero_division: _ZeroDivision,
    warn_for: tuple[str, ...],
) -> tuple[Any, Any, Any, Any]:
    """Return precision, recall, F1 and support; warn only for the scores in `warn_for`."""
    if average not in _AVERAGES:
        raise ValueError(f"average is {show(average)}, but must be one of {list(_AVERAGES)}.")
    types = _check_labels(labels, samples)
    precision, recall, f1, support = precision_recall_fscore_support(
        samples.y_true,
        samples.y_pred,
        labels=types or [NO_TYPE],  # if there are no types, no span has it
        average=average,
        warn_for=warn_for,
        sample_weight=samples.sample_weight,
        zero_division=zero_division,
    )
    if average is None:
        n_types = len(types)
        return precision[:n_types], recall[:n_types], f1[:n_types], support[:n_types]
    return float(precision), float(recall), float(f1), None


def _check_labels(labels: ArrayLike | None, samples: _Samples) -> list[str]:
    """Return the types of spans to score."""
    all_types = samples.types()
    if labels is None:
        return all_types
    types = plain(np.asarray(labels, object).tolist()) if np.ndim(labels) == 1 else None
    if not types or not all(isinstance(label, str) for label in types):
        raise ValueError(
            f"labels is {show(labels)}, but must be a list of types of spans, such as ['person']."
        )
    types = [label or NO_TYPE for label in types]
    for label in types:
        if label not in all_types:
            _check_no_tag(label, all_types)
    return types


def _check_no_tag(label: str, all_types: list[str]) -> None:
    """Raise a ValueError if a label is the tag of a type instead of the type."""
    for scheme, suffix in fitting_schemes([label]):
        span_type = parse(label, scheme, suffix)[1] or NO_TYPE
        if span_type in all_types:
            raise ValueError(
                f"labels has the tag {label!r}, but must have types of spans, such as "
                f"{span_type!r}."
            )
