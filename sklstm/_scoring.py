"""The score of a validation set after each epoch."""

import math
import numbers
from dataclasses import replace
from typing import Any, NamedTuple

from sklstm._schemes import has_suffixes


class ValidationSet(NamedTuple):
    """A validation set in any form that the user can pass; X and y are None if there is none."""

    X: Any = None
    y: Any = None
    sample_weight: Any = None


class ValidationScore:
    """The score of a model in training on a validation set.

    Parameters
    ----------
    scorer : callable
        Takes a tagger, X and y, and returns a number; greater is better.
    tagger : BiLSTMTagger
        A copy with the fitted attributes of the model, which the scorer calls.
    model : Model
        The model, which training updates in place.
    validation_set : ValidationSet
    """

    def __init__(self, scorer, tagger, model, validation_set):
        self.scorer, self.tagger, self.model = scorer, tagger, model
        self.X, self.y, weights = validation_set
        self.options = {} if weights is None else {"sample_weight": weights}

    def __call__(self):
        """Return the score of the current model; NaN becomes minus infinity."""
        # A new model without the cached inputs of words, which are those of earlier parameters.
        self.tagger._model = replace(self.model)
        score = self.scorer(self.tagger, self.X, self.y, **self.options)
        if not isinstance(score, numbers.Real):
            raise ValueError(
                f"scoring must return a number, got {score!r} of type {type(score).__name__}."
            )
        return -math.inf if math.isnan(score) else float(score)

    def check(self):
        """Raise an error before training if the validation set cannot be scored."""
        try:
            score = self()
        except Exception as error:
            error.add_note(
                "The validation set could not be scored (y_true is y_val or a part of y). scoring "
                "is a name of sklstm.metrics.get_scorer, or a function of a tagger, X, y and, if "
                "there are weights, sample_weight. make_scorer(metric) returns one."
            )
            raise
        if not math.isfinite(score):
            raise ValueError(
                "The score of the validation set is not finite. Pass another scorer as scoring, or "
                "another validation set."
            )


def make_validation_scorer(scoring, scheme, dataset, classes):
    """Return the scorer of a validation set, and the name of its scores for reports.

    Parameters
    ----------
    scoring : str, callable or None
        The parameter of the tagger.
    scheme : str or None
        The scheme of the tags.
    dataset : Dataset
        The training set.
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    scorer : callable
    name : str
    """
    from sklstm.metrics import get_scorer  # imports much of scikit-learn
    from sklstm.metrics._scorers import make_span_scorer, score_name

    if dataset.tokens.form == "rows":  # sequences of one token, which metrics of spans refuse
        scheme = None
    if scoring is None and scheme is None:
        scorer = get_scorer("token_accuracy")
    elif scoring is None:
        scorer = make_span_scorer(scheme, has_suffixes(classes.tolist(), scheme))
    else:
        scorer = get_scorer(scoring)
    return scorer, score_name(scoring, scheme)
