"""The tagger at the end of pipelines and searches."""

from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sklstm._schemes import Scheme
from sklstm._tagger import BiLSTMTagger


def nested_estimators(estimator: Any) -> list[Any]:
    """Return an estimator, its best estimator or last step, that one's, and so on.

    A frozen estimator is represented by the estimator in it.
    """
    estimators = []
    while True:
        while isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        estimators.append(estimator)
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        else:
            return estimators


def last_estimator(estimator: Any) -> Any:
    """Return the estimator at the end of nested pipelines and fitted searches."""
    return nested_estimators(estimator)[-1]


def fitted_last_estimator(estimator: Any) -> Any:
    """Return the estimator at the end of nested pipelines and searches; raise if not fitted."""
    last = last_estimator(estimator)
    check_is_fitted(last)
    return last


def find_scheme(estimator: Any) -> Scheme | None:
    """Return the scheme of the tagger at the end of nested pipelines and searches, or None."""
    last = last_estimator(estimator)
    scheme: Scheme | None = getattr(last, "scheme_", getattr(last, "scheme", None))
    return scheme


def fitted_tagger(estimator: Any) -> BiLSTMTagger:
    """Return the fitted tagger at the end of nested pipelines and searches; raise if none."""
    tagger = fitted_last_estimator(estimator)
    if not isinstance(tagger, BiLSTMTagger):
        raise TypeError(
            f"tagger is or ends in a {type(tagger).__name__}, but must be a fitted BiLSTMTagger, "
            "or a fitted pipeline or search (with refit=True) that ends in one."
        )
    return tagger


def transform_sequence(estimator: Any, sequence: Any) -> Any:
    """Return a sequence as transformed by all pipeline steps before the last estimator."""
    X = [sequence]
    for each in nested_estimators(estimator):
        if len(getattr(each, "steps", ())) > 1:
            X = each[:-1].transform(X)
    return X[0]
