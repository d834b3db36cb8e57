"""Model selection: cross-validated predictions for sequences."""

from collections.abc import Iterable
from itertools import chain
from numbers import Integral
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import cross_validate
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from sklstm._sequences import is_sequence, show

__all__ = ["cross_val_predict"]

METHODS = ("predict", "predict_proba", "predict_log_proba")


def cross_val_predict(
    estimator: Any,
    X: Iterable[Any] | ArrayLike,
    y: Iterable[Any] | ArrayLike,
    *,
    groups: ArrayLike | None = None,
    cv: Any = None,
    n_jobs: int | None = None,
    params: dict[str, Any] | None = None,
    method: Literal["predict", "predict_proba", "predict_log_proba"] = "predict",
) -> NDArray[Any]:
    """Return cross-validated predictions for sequences.

    Each sequence is predicted by an estimator that was fitted without it. Use this function instead
    of :func:`sklearn.model_selection.cross_val_predict`, which cannot return probabilities for
    sequences because it expects one label for each sample in `y`. See :ref:`out_of_fold`.

    Parameters
    ----------
    estimator : estimator
        A tagger, or a pipeline or search that ends in one. A clone of it is fitted for each fold.

    X : sequences of tokens
        As for :meth:`sklstm.BiLSTMTagger.fit`.

    y : sequences of tags
        As for :meth:`sklstm.BiLSTMTagger.fit`.

    groups : array-like of shape (n_sequences,), default=None
        The group of each sequence, for a splitter such as
        :class:`~sklearn.model_selection.GroupKFold`. With metadata routing, pass the groups in
        `params` instead.

    cv : int, splitter or iterable of splits, default=None
        The number of folds, a splitter, or pairs of training and test indices, as in
        scikit-learn. None is 5 folds. Each sequence must be in exactly one test set.

    n_jobs : int, default=None
        The number of folds to fit at the same time. None is 1, and -1 uses all processors.

    params : dict, default=None
        Arguments for the `fit` of the estimator, such as ``{"sample_weight": weights}``. Arguments
        with one entry for each sequence are split. With metadata routing, also arguments for the
        splitter.

    method : {"predict", "predict_proba", "predict_log_proba"}, default="predict"
        The method of the estimator to call.

    Returns
    -------
    predictions : ndarray
        The predictions for all sequences, in the form that `method` returns for `X`. Probabilities
        have a column for each tag that occurs in the training set of a fold, sorted. These are the
        ``classes_`` of the estimator fitted on all sequences.

    Raises
    ------
    ValueError
        If a sequence is in no test set or in several, or if `method` or `cv` is invalid.

    See Also
    --------
    sklearn.model_selection.cross_validate : Fits and scores each fold.

    Notes
    -----
    If a tag does not occur in the training set of a fold, its probability is 0 in the predictions
    of this fold. The logarithm of 0 is the smallest finite number, as in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.metrics import token_log_loss
    >>> from sklstm.model_selection import cross_val_predict
    >>> X, y = [["Ducks", "swim"], ["Dogs", "run"]] * 6, [["NOUN", "VERB"]] * 12
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0)
    >>> p = cross_val_predict(tagger, X, y, cv=3, method="predict_proba")
    >>> p.shape, p[0].shape
    ((12,), (2, 2))
    >>> token_log_loss(y, p, labels=["NOUN", "VERB"]) < 0.1
    True
    """
    if not (isinstance(method, str) and method in METHODS):
        raise ValueError(f"method is {show(method)}, but must be one of {list(METHODS)}.")
    folds = cross_validate(
        estimator,
        X,
        y,
        groups=groups,
        scoring=_no_score,
        cv=_check_splits(cv, _num_samples(X)),
        n_jobs=n_jobs,
        params=params,
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    estimators, tests = folds["estimator"], folds["indices"]["test"]
    order = _join(tests, _num_samples(X))
    predictions = [
        getattr(fitted, method)(_safe_indexing(X, test))
        for fitted, test in zip(estimators, tests, strict=True)
    ]
    if method != "predict":
        predictions = _align(predictions, [fitted.classes_ for fitted in estimators], method)
    return np.concatenate(predictions)[np.argsort(order)]


def _check_splits(cv: Any, n_sequences: int) -> Any:
    """Return the argument `cv`; check that splits in a container are pairs of indices."""
    if isinstance(cv, (str, bytes)):
        raise ValueError(f"cv must be a number, a splitter or a list of splits, got {cv!r}.")
    if cv is None or hasattr(cv, "split") or not hasattr(cv, "__iter__"):
        return cv
    splits = list(cv)
    if not splits:
        raise ValueError("cv has no splits: pass a pair of arrays of indices for each.")
    for i, split in enumerate(splits):
        is_pair = is_sequence(split) and len(split) == 2 and all(map(is_sequence, split))
        if not (is_pair and all(map(len, split))):
            raise ValueError(
                f"cv[{i}] is {show(split)}, but must be a pair of arrays of at least one index."
            )
        if not all(isinstance(k, Integral) and 0 <= int(k) < n_sequences for k in chain(*split)):
            raise ValueError(
                f"cv[{i}] is {show(split)}, but the indices of sequences are integers from 0 to "
                f"{n_sequences - 1}."
            )
    return splits


def _no_score(estimator: Any, X: Any, y: Any) -> float:
    """Return a number instead of a score, which is not used."""
    return 0.0


def _join(tests: list[NDArray[np.intp]], n_sequences: int) -> NDArray[np.intp]:
    """Return the indices of all test sets; raise a ValueError if these are not a partition."""
    order = np.concatenate(tests)
    if not np.array_equal(np.sort(order), np.arange(n_sequences)):
        raise ValueError(
            "cv has test sets that overlap or leave out a sequence: each sequence must be in one "
            "test set, as with KFold."
        )
    return order


def _align(
    predictions: list[NDArray[Any]], classes: list[NDArray[Any]], method: str
) -> list[NDArray[Any]]:
    """Return the probabilities of each fold with a column for each class of any fold."""
    union = np.unique(np.concatenate(classes))
    return [
        _with_columns(each, np.searchsorted(union, own), len(union), method)
        for each, own in zip(predictions, classes, strict=True)
    ]


def _with_columns(
    values: NDArray[Any], columns: NDArray[np.intp], n_columns: int, method: str
) -> NDArray[Any]:
    """Return probabilities of a fold with the columns of all folds.

    Parameters
    ----------
    values : ndarray
        Of shape (..., n_classes), or an object array of such arrays.
    columns : ndarray of int of shape (n_classes,)
        The column of each class of the fold.
    n_columns : int
    method : {"predict_proba", "predict_log_proba"}

    Returns
    -------
    values : ndarray
        Of shape (..., n_columns), or an object array of such arrays.
    """
    if values.dtype == object:
        result = np.empty(len(values), dtype=object)
        for i, value in enumerate(values):
            result[i] = _with_columns(value, columns, n_columns, method)
        return result
    missing = 0 if method == "predict_proba" else np.finfo(values.dtype).min
    result = np.full((*values.shape[:-1], n_columns), missing, values.dtype)
    result[..., columns] = values
    return result
