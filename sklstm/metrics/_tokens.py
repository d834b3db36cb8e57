"""Metrics over the tokens of ragged predictions, and over whole sequences."""

from collections.abc import Callable
from inspect import signature
from itertools import repeat
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score, classification_report, log_loss

from sklstm._sequences import show
from sklstm.metrics._flat import (
    as_labels,
    as_values,
    check_any_token,
    flatten_pair,
    flatten_weights,
)


class _OnTokens:
    """A metric over the tokens of ragged predictions; see :func:`on_tokens`."""

    # What reads the predicted, which may be vectors; only some metrics know that they must not.
    _as_predicted = staticmethod(as_values)

    def __init__(self, metric: Callable[..., Any]) -> None:
        self.metric = metric
        name = getattr(metric, "__name__", repr(metric))
        self.__name__ = self.__qualname__ = f"on_tokens({name})"
        self.__doc__ = (
            f"Compute {name} over the tokens of ragged sequences. Of the metric itself:\n\n"
            f"{metric.__doc__ or ''}"
        )
        self.__wrapped__ = metric  # shows its signature, which scorers look into

    def __call__(self, *args: Any, sample_weight: ArrayLike | None = None, **options: Any) -> Any:
        """Return what the metric returns for the tokens of all sequences."""
        given = signature(self.metric).bind(*args, **options)
        first, second = list(given.signature.parameters)[:2]
        if second not in given.arguments:
            raise TypeError(f"{self.__name__} needs {first} and {second}.")
        true, pred = flatten_pair(given.arguments[first], given.arguments[second], second)
        check_any_token(true)
        kept, weighted = np.ones(int(true.lengths.sum()), bool), {}
        if sample_weight is not None:
            weights = flatten_weights(sample_weight, true).tokens
            kept = weights > 0
            weighted = {"sample_weight": weights[kept]}
        given.arguments[first] = as_labels(true, kept)
        given.arguments[second] = self._as_predicted(pred, kept)
        return self.metric(*given.args, **given.kwargs, **weighted)

    def __repr__(self) -> str:
        return self.__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return on_tokens, (self.metric,)


class _OnTags(_OnTokens):
    """A metric over the tokens of ragged predictions which compares tags."""

    _as_predicted = staticmethod(as_labels)


def on_tokens(metric: Callable[..., Any]) -> Callable[..., Any]:
    """Make a metric of scikit-learn one over the tokens of ragged predictions.

    Parameters
    ----------
    metric : callable
        A function whose first two parameters are the true and the predicted, such as
        :func:`~sklearn.metrics.f1_score`. They may be probabilities or other scores, as those of
        :func:`~sklearn.metrics.roc_auc_score` are.

    Returns
    -------
    on_tokens : callable
        Takes what `metric` takes, by position or by name, and returns what it returns. The true
        and the predicted are sequences:

        - lists of lists or of arrays, as `BiLSTMTagger` takes and returns them;
        - an array of shape (n_sequences, n_timesteps);
        - or one entry for each row, as for rows that are sequences of one token.

        The predicted may also hold a vector for each token, as ``predict_proba`` returns them.
        A `sample_weight`, if `metric` knows it, is one weight for each sequence, or one for each
        token in the form of the true. A token of weight 0 is left out, and its tag is not looked
        at. The callable can be pickled if `metric` can be.

    Raises
    ------
    ValueError
        When called: if the sequences of both differ in their lengths, which names the first; if
        there is no token; if tags are neither all str nor all numbers.

    See Also
    --------
    span_f1_score : The F1 score of spans, such as entities.
    get_scorer : Ready scorers for searches and cross-validation.

    Examples
    --------
    >>> from sklearn.metrics import confusion_matrix, f1_score, make_scorer
    >>> from sklstm.metrics import on_tokens
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"]]
    >>> y_pred = [["DET", "VERB", "VERB"], ["NOUN"]]
    >>> on_tokens(f1_score)(y_true, y_pred, average="macro", labels=["NOUN", "VERB"])
    0.666...
    >>> on_tokens(confusion_matrix)(y_true, y_pred)
    array([[1, 0, 0],
           [0, 1, 1],
           [0, 0, 1]])

    As a scorer, for a search:

    >>> make_scorer(on_tokens(f1_score), average="macro")
    make_scorer(on_tokens(f1_score), response_method='predict', average=macro)
    """
    if not callable(metric):
        raise TypeError(
            f"metric is {show(metric)}, not callable: pass a function, such as "
            "sklearn.metrics.f1_score."
        )
    return _OnTokens(metric)


def token_accuracy_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the share of tokens whose tag is right.

    What ``BiLSTMTagger.score`` returns.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags, in any form that :func:`on_tokens` describes.

    normalize : bool, default=True
        If False, return the number of right tokens.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`.

    Returns
    -------
    accuracy : float

    See Also
    --------
    sequence_accuracy_score : The share of sequences that are right as a whole.

    Examples
    --------
    >>> from sklstm.metrics import token_accuracy_score
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"]]
    >>> y_pred = [["DET", "VERB", "VERB"], ["NOUN"]]
    >>> token_accuracy_score(y_true, y_pred)
    0.75
    """
    on = _OnTags(accuracy_score)
    return float(on(y_true, y_pred, normalize=normalize, sample_weight=sample_weight))


def token_log_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mean negative logarithm of the probability of the true tag of each token.

    Parameters
    ----------
    y_true : array-like
        The true tags, in any form that :func:`on_tokens` describes.

    y_proba : array-like
        The probabilities of each token, as ``predict_proba`` returns them: for each sequence an
        array of shape (n_tokens, n_labels).

    labels : array-like of shape (n_labels,), default=None
        The tags that the columns belong to: ``classes_`` of the tagger. By default the tags that
        occur in `y_true`, sorted.

    normalize : bool, default=True
        If False, return the sum over the tokens.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`.

    Returns
    -------
    loss : float

    See Also
    --------
    sklearn.metrics.log_loss : The metric of which this is the one for sequences.

    Notes
    -----
    A true tag that is not among `labels` has the probability 0, as is due to a tagger that has
    never met it. Probabilities are clipped as :func:`~sklearn.metrics.log_loss` does, so such a
    token costs 15.9 in single precision and 36.0 in double.

    Examples
    --------
    >>> from sklstm.metrics import token_log_loss
    >>> y_true = [["DET", "NOUN"], ["NOUN"]]
    >>> y_proba = [[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5]]]
    >>> token_log_loss(y_true, y_proba, labels=["DET", "NOUN"])
    0.340...
    """
    on = _OnTokens(_log_loss)
    return float(
        on(y_true, y_proba, labels=labels, normalize=normalize, sample_weight=sample_weight)
    )


@overload
def token_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    digits: int = ...,
    output_dict: Literal[False] = ...,
    zero_division: Literal["warn"] | float = ...,
) -> str: ...
@overload
def token_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = ...,
    sample_weight: ArrayLike | None = ...,
    digits: int = ...,
    output_dict: Literal[True],
    zero_division: Literal["warn"] | float = ...,
) -> dict[str, Any]: ...
def token_classification_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: Literal["warn"] | float = "warn",
) -> str | dict[str, Any]:
    """Return precision, recall and F1 of each tag over the tokens, as text or as a dict.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags, in any form that :func:`on_tokens` describes.

    labels : array-like, default=None
        The tags to report, in their order. By default all that occur.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`.

    digits : int, default=2
        The number of decimal places in the text.

    output_dict : bool, default=False
        Whether to return a dict, with unrounded numbers.

    zero_division : {"warn", 0, 1, np.nan}, default="warn"
        What a precision or recall without any tokens is; "warn" is 0 and warns.

    Returns
    -------
    report : str or dict

    See Also
    --------
    sklearn.metrics.classification_report : Describes the report.
    span_classification_report : The report of spans.

    Examples
    --------
    >>> from sklstm.metrics import token_classification_report
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"]]
    >>> y_pred = [["DET", "VERB", "VERB"], ["NOUN"]]
    >>> print(token_classification_report(y_true, y_pred))
                  precision    recall  f1-score   support
    <BLANKLINE>
             DET       1.00      1.00      1.00         1
            NOUN       1.00      0.50      0.67         2
            VERB       0.50      1.00      0.67         1
    <BLANKLINE>
        accuracy                           0.75         4
       macro avg       0.83      0.83      0.78         4
    weighted avg       0.88      0.75      0.75         4
    <BLANKLINE>
    """
    report: str | dict[str, Any] = _OnTags(_classification_report)(
        y_true,
        y_pred,
        labels=labels,
        sample_weight=sample_weight,
        digits=digits,
        output_dict=output_dict,
        zero_division=zero_division,
    )
    return report


def sequence_accuracy_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the share of sequences whose tags are all right.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags, in any form that :func:`on_tokens` describes.

    normalize : bool, default=True
        If False, return the number of right sequences.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`. Tokens of
        weight 0 may be wrong, and a sequence counts with the mean of its other weights.

    Returns
    -------
    accuracy : float

    See Also
    --------
    token_accuracy_score : The share of tokens whose tag is right.

    Notes
    -----
    A sequence without a token that counts is left out: there is nothing in it to be right, and
    blank lines do not make a tagger better.

    Examples
    --------
    >>> from sklstm.metrics import sequence_accuracy_score
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"], []]
    >>> y_pred = [["DET", "VERB", "VERB"], ["NOUN"], []]
    >>> sequence_accuracy_score(y_true, y_pred)
    0.5
    """
    true, pred = flatten_pair(y_true, y_pred)
    check_any_token(true)
    counted, shares = np.ones(int(true.lengths.sum()), bool), None
    if sample_weight is not None:
        weights = flatten_weights(sample_weight, true)
        counted, shares = weights.tokens > 0, weights.sequences
    wanted, found = as_labels(true, counted), as_labels(pred, counted)
    _check_same_kind(wanted, found, "y_pred")
    wrong = np.zeros(len(counted), bool)
    wrong[counted] = wanted != found
    sequences = np.repeat(np.arange(len(true.lengths)), true.lengths)
    n_counted, n_wrong = (
        np.bincount(sequences, each, minlength=len(true.lengths)) for each in (counted, wrong)
    )
    members = n_counted > 0
    right = n_wrong[members] == 0
    shares = None if shares is None else shares[members]
    return float(
        accuracy_score(np.ones_like(right), right, normalize=normalize, sample_weight=shares)
    )


def _classification_report(
    y_true: NDArray[Any], y_pred: NDArray[Any], *, labels: ArrayLike | None, **options: Any
) -> str | dict[str, Any]:
    """Return the report of tokens."""
    if not (_are_str(y_true) and _are_str(y_pred)):
        return classification_report(y_true, y_pred, labels=labels, **options)
    found = sorted({*y_true.tolist(), *y_pred.tolist()})
    shown = found if labels is None else np.asarray(labels).tolist()
    index = {tag: k for k, tag in enumerate(dict.fromkeys([*shown, *found]))}
    # scikit-learn is several times as fast with numbers as with str.
    return classification_report(
        _encode(y_true, index),
        _encode(y_pred, index),
        labels=[index[tag] for tag in shown],
        target_names=shown,
        **options,
    )


def _encode(tags: NDArray[Any], index: dict[Any, int]) -> NDArray[np.intp]:
    """Return the index of each tag; for tags without one, the index after all."""
    return np.fromiter(map(index.get, tags.tolist(), repeat(len(index))), np.intp, len(tags))


def _log_loss(
    y_true: NDArray[Any],
    y_proba: NDArray[Any],
    *,
    labels: ArrayLike | None,
    normalize: bool,
    sample_weight: NDArray[np.float64] | None = None,
) -> float:
    """Return the log loss of tokens; tags without a column have the probability 0."""
    columns = np.unique(y_true) if labels is None else np.asarray(np.asarray(labels).tolist())
    index = {tag: k for k, tag in enumerate(columns.tolist())}
    if len(index) < len(columns):
        raise ValueError(
            f"labels is {show(columns.tolist())}, which names a tag twice: pass classes_ of the "
            "tagger."
        )
    if y_proba.ndim != 2 or y_proba.shape[1] != len(columns):
        found = f"{y_proba.shape[1]} numbers" if y_proba.ndim == 2 else "a single value"
        where = "different tags in y_true" if labels is None else "labels"
        raise ValueError(
            f"y_proba has {found} for each token, but there are {len(columns)} {where}: pass what "
            "predict_proba returns, and classes_ of the tagger as labels."
        )
    _check_same_kind(y_true, columns, "labels")
    never = np.zeros((len(y_proba), 1), y_proba.dtype)  # the column of all tags without one
    loss: float = log_loss(
        _encode(y_true, index),
        np.hstack([y_proba, never]),
        labels=np.arange(len(columns) + 1),
        normalize=normalize,
        sample_weight=sample_weight,
    )
    return loss


def _check_same_kind(y_true: NDArray[Any], others: NDArray[Any], name: str) -> None:
    """Refuse to compare str with numbers."""
    if len(others) and _are_str(y_true) != _are_str(others):
        raise ValueError(
            f"y_true holds tags such as {show(y_true[0])}, but {name} such as {show(others[0])}: "
            "both must be str, or both numbers."
        )


def _are_str(tags: NDArray[Any]) -> bool:
    return tags.dtype.kind in "UT"
