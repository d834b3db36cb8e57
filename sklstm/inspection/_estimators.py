"""The tagger within pipelines and searches, and what it is given to read there."""

from typing import Any


def last_estimator(estimator: Any) -> Any:
    """Return the estimator at the end of pipelines and at the heart of fitted searches."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        else:
            return estimator


def as_last_reads(estimator: Any, sequence: Any) -> Any:
    """Return a sequence as the estimator at the end of pipelines is given it.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    sequence : object
        One sequence.

    Returns
    -------
    sequence : object
        Transformed by all steps before the last ones.
    """
    X = [sequence]
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            if len(estimator.steps) > 1:
                X = estimator[:-1].transform(X)
            estimator = estimator.steps[-1][1]
        else:
            return X[0]
