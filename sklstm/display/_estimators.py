"""What a display asks of an estimator, which may be a pipeline or a search."""

from typing import Any

from sklearn.utils.validation import check_is_fitted

from sklstm.inspection._estimators import last_estimator


def fitted_tagger(estimator: Any, attribute: str, advice: str) -> Any:
    """Return the tagger within a fitted estimator, which has an attribute that is asked for.

    Parameters
    ----------
    estimator : estimator
        A fitted tagger, or a fitted pipeline or search with one at its end.
    attribute : str
        The fitted attribute that is needed.
    advice : str
        What to do where there is none.

    Returns
    -------
    tagger : estimator

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    AttributeError
        If there is no such attribute.
    """
    check_is_fitted(estimator)
    tagger = last_estimator(estimator)
    if not hasattr(tagger, attribute):
        found = type(tagger).__name__
        where = "" if tagger is estimator else f" at the end of the {type(estimator).__name__}"
        raise AttributeError(f"The {found}{where} has no {attribute}. {advice}")
    return tagger
