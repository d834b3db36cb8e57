"""Metrics for tokens and for whole sequences."""

from collections.abc import Callable
from inspect import signature
from itertools import repeat
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score, classification_report, log_loss
from sklearn.utils.multiclass import unique_labels

from sklstm._labels import label_array
from sklstm._sequences import as_items, show
from sklstm._tables import Report, escape_controls
from sklstm.metrics._validation import (
    as_labels,
    as_values,
    check_any_token,
    check_no_vectors,
    flatten_pair,
    flatten_weights,
)

_LABELS = "Pass a list of tags, such as classes_ of the tagger."


class _OnTokens:
    """A metric of the tokens of all sequences; see :func:`on_tokens`."""

    def __init__(self, metric: Callable[..., Any]) -> None:
        self.metric = metric
        name = getattr(metric, "__name__", repr(metric))
        self.__name__ = self.__qualname__ = f"on_tokens({name})"
        self.__doc__ = (
            f"Compute {name} over the tokens of sequences of any length. The docstring of the "
            "metric:\n\n"
            f"{metric.__doc__ or ''}"
        )
        self.__wrapped__ = metric  # inspect.signature, and with it scorers, use its signature

    def __call__(self, *args: Any, sample_weight: ArrayLike | None = None, **options: Any) -> Any:
        """Return the value of the metric for the tokens of all sequences."""
        bound = signature(self.metric).bind(*args, **options)
        first, second = list(bound.signature.parameters)[:2]
        if second not in bound.arguments:
            raise TypeError(f"{self.__name__} needs {first} and {second}.")
        y_true, y_pred, weights = _flatten_tokens(
            bound.arguments[first], bound.arguments[second], sample_weight, second
        )
        bound.arguments |= {first: y_true, second: y_pred}
        weighted = {} if weights is None else {"sample_weight": weights}
        return self.metric(*bound.args, **bound.kwargs, **weighted)

    def __repr__(self) -> str:
        return self.__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return on_tokens, (self.metric,)


def on_tokens(metric: Callable[..., Any]) -> Callable[..., Any]:
    """Convert a metric of scikit-learn to a metric that takes sequences of tags.

    The metrics of scikit-learn take one label for each sample. The returned function takes
    sequences of tags, and computes the metric over the tokens of all sequences.

    Parameters
    ----------
    metric : callable
        A function whose first two parameters are the true labels and the predictions, such as
        :func:`~sklearn.metrics.f1_score`. The predictions can be probabilities or other scores, as
        for :func:`~sklearn.metrics.roc_auc_score`.

    Returns
    -------
    on_tokens : callable
        A function with the arguments of `metric`, by position or by name, which returns the value
        of `metric`. The true labels and the predictions are sequences in one of these forms:

        - lists of lists or of arrays, as `BiLSTMTagger` takes and returns them;
        - an array of shape (n_sequences, n_timesteps);
        - one entry for each row, where each row is a sequence of one token.

        The predictions can also be a vector for each token, as ``predict_proba`` returns them. If
        `metric` has the parameter `sample_weight`, it is one weight for each sequence, or one for
        each token in the form of the true labels. Tokens of weight 0 are left out, and their tags
        can be anything. The function can be pickled if `metric` can be pickled.

    Raises
    ------
    ValueError
        Raised by the returned function if the lengths of the sequences differ, if there are no
        tokens, or if tags are neither all str nor all numbers. The message gives the indices.

    TypeError
        If `metric` is not callable.

    See Also
    --------
    span_f1_score : Computes the F1 score of spans, such as entities.
    get_scorer : Returns a scorer for searches and cross-validation.

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

    Make a scorer for a search:

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
    """Return the accuracy over tokens, the proportion of tokens whose predicted tag is correct.

    ``BiLSTMTagger.score`` returns the same.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags, in any form that :func:`on_tokens` describes.

    normalize : bool, default=True
        Whether to return the proportion of correct tokens or, if False, their number.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`.

    Returns
    -------
    accuracy : float

    See Also
    --------
    sequence_accuracy_score : Returns the proportion of sequences whose tags are all correct.

    Examples
    --------
    >>> from sklstm.metrics import token_accuracy_score
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN"]]
    >>> y_pred = [["DET", "VERB", "VERB"], ["NOUN"]]
    >>> token_accuracy_score(y_true, y_pred)
    0.75
    """
    true, pred, weights = _flatten_tokens(y_true, y_pred, sample_weight)
    check_no_vectors(pred, "y_pred")
    _check_whole(true, "y_true")
    _check_whole(pred, "y_pred")
    return float(accuracy_score(true, pred, normalize=normalize, sample_weight=weights))


def token_log_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the log loss over tokens, also called cross-entropy.

    It is the mean negative logarithm of the predicted probability of the true tag of each token.
    Smaller is better.

    Parameters
    ----------
    y_true : array-like
        The true tags, in any form that :func:`on_tokens` describes.

    y_proba : array-like
        The probabilities of each token, as ``predict_proba`` returns them: for each sequence an
        array of shape (n_tokens, n_labels).

    labels : array-like of shape (n_labels,), default=None
        The tags of the columns of `y_proba`: pass ``classes_`` of the tagger. By default, the tags
        that occur in `y_true`, sorted.

    normalize : bool, default=True
        Whether to return the mean over the tokens or, if False, the sum.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`.

    Returns
    -------
    loss : float

    See Also
    --------
    sklearn.metrics.log_loss : Computes the log loss for one label per sample.

    Notes
    -----
    The probability of a true tag that is not in `labels` is 0, because the tagger was not fitted on
    this tag. Probabilities are clipped as in :func:`~sklearn.metrics.log_loss`, so the loss of such
    a token is 15.9 in single precision and 36.0 in double precision.

    Examples
    --------
    >>> from sklstm.metrics import token_log_loss
    >>> y_true = [["DET", "NOUN"], ["NOUN"]]
    >>> y_proba = [[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5]]]
    >>> token_log_loss(y_true, y_proba, labels=["DET", "NOUN"])
    0.340...
    """
    true, proba, weights = _flatten_tokens(y_true, y_proba, sample_weight, "y_proba")
    columns = np.unique(true)
    if labels is not None:
        columns = label_array(as_items(labels, "labels", _LABELS), "labels[{}]".format)
    _check_columns(proba, columns, "different tags in y_true" if labels is None else "labels")
    _check_same_type(true, columns, "labels")
    # The last column is for tags that are not in labels.
    indices = {tag: index for index, tag in enumerate(columns.tolist())}
    codes = np.fromiter(map(indices.get, true.tolist(), repeat(len(columns))), np.intp, len(true))
    loss = log_loss(
        codes,
        np.hstack([proba, np.zeros((len(proba), 1), proba.dtype)]),
        labels=np.arange(len(columns) + 1),
        normalize=normalize,
        sample_weight=weights,
    )
    return float(loss)


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
    """Return a report with precision, recall and F1 score of each tag, and averages.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags, in any form that :func:`on_tokens` describes.

    labels : array-like, default=None
        The tags to include, in this order. By default, all tags that occur, sorted.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`.

    digits : int, default=2
        The number of decimal places in the text.

    output_dict : bool, default=False
        Whether to return a dict with unrounded numbers or, if False, text. Notebooks show the text
        as a table.

    zero_division : {"warn", 0, 1, np.nan}, default="warn"
        The value of a precision without predicted tokens, and of a recall without true tokens.
        "warn" is 0 and a warning.

    Returns
    -------
    report : str or dict

    See Also
    --------
    sklearn.metrics.classification_report : Describes the report.
    span_classification_report : Returns a report for spans.

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
    true, pred, weights = _flatten_tokens(y_true, y_pred, sample_weight)
    check_no_vectors(pred, "y_pred")
    _check_whole(true, "y_true")
    _check_whole(pred, "y_pred")
    names = None
    if not output_dict:
        shown: Any = unique_labels(true, pred) if labels is None else labels
        names = [escape_controls(str(label)) for label in shown]
    report = classification_report(
        true,
        pred,
        labels=labels,
        target_names=names,
        sample_weight=weights,
        digits=digits,
        output_dict=output_dict,
        zero_division=zero_division,
    )
    return Report(report) if isinstance(report, str) else report


def sequence_accuracy_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    normalize: bool = True,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the proportion of sequences whose predicted tags are all correct.

    Parameters
    ----------
    y_true, y_pred : array-like
        The true and the predicted tags, in any form that :func:`on_tokens` describes.

    normalize : bool, default=True
        Whether to return the proportion of correct sequences or, if False, their number.

    sample_weight : array-like, default=None
        One weight for each sequence, or one for each token in the form of `y_true`. Tokens of
        weight 0 are ignored. With one weight for each token, the weight of a sequence is the mean
        of its positive weights.

    Returns
    -------
    accuracy : float

    See Also
    --------
    token_accuracy_score : Returns the proportion of tokens whose predicted tag is correct.

    Notes
    -----
    Sequences without tokens, or without tokens of positive weight, are left out: they count neither
    as correct nor as wrong.

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
    weights = flatten_weights(sample_weight, true)
    kept = weights.tokens > 0
    labels_true, labels_pred = as_labels(true, kept), as_labels(pred, kept)
    _check_same_type(labels_true, labels_pred, "y_pred")
    sequences = np.repeat(np.arange(len(true.lengths)), true.lengths)
    scored, indices = np.unique(sequences[kept], return_inverse=True)
    is_correct = np.bincount(indices, labels_true != labels_pred) == 0
    score = accuracy_score(
        np.ones_like(is_correct),
        is_correct,
        normalize=normalize,
        sample_weight=weights.sequences[scored],
    )
    return float(score)


def _flatten_tokens(
    y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None, name: str = "y_pred"
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64] | None]:
    """Return the labels, the predictions and the weights of all tokens of positive weight."""
    true, pred = flatten_pair(y_true, y_pred, name)
    check_any_token(true)
    weights = flatten_weights(sample_weight, true).tokens
    kept = weights > 0
    sample_weight = None if sample_weight is None else weights[kept]
    labels, predictions = as_labels(true, kept), as_values(pred, kept)
    if name == "y_pred" and predictions.ndim == 1:  # scores are numbers
        _check_same_type(labels, predictions, name)
    return labels, predictions, sample_weight


def _check_whole(labels: NDArray[Any], name: str) -> None:
    """Raise a ValueError if a label is a fraction."""
    if labels.dtype.kind == "f" and (fractions := labels[labels % 1 != 0]).size:
        raise ValueError(f"{name} has {fractions[0]}, but tags are str or whole numbers.")


def _check_columns(y_proba: NDArray[Any], columns: NDArray[Any], source: str) -> None:
    """Raise a ValueError if there is not one column of probabilities for each tag."""
    if len(set(columns.tolist())) < len(columns):
        raise ValueError(
            f"labels is {show(columns.tolist())}, which contains a tag twice: pass classes_ of the "
            "tagger."
        )
    if y_proba.ndim != 2 or y_proba.shape[1] != len(columns):
        found = f"{y_proba.shape[1]} numbers" if y_proba.ndim == 2 else "a single value"
        raise ValueError(
            f"y_proba has {found} for each token, but there are {len(columns)} {source}: pass what "
            "predict_proba returns, and classes_ of the tagger as labels."
        )


def _check_same_type(y_true: NDArray[Any], others: NDArray[Any], name: str) -> None:
    """Raise a ValueError if one array has str and the other has numbers."""
    if len(others) and (y_true.dtype.kind == "U") != (others.dtype.kind == "U"):
        raise ValueError(
            f"y_true has tags such as {show(y_true[0])}, but {name} has {show(others[0])}: "
            "both must be str, or both numbers."
        )
