"""Scorers for the `scoring` parameter of scikit-learn's searches and cross-validation."""

import copy
from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar, overload

from sklearn.metrics import f1_score, make_scorer
from sklearn.metrics._scorer import _Scorer  # make_scorer cannot pass classes_ to the metric

from sklstm._schemes import PREFIXES, Scheme
from sklstm._sequences import show
from sklstm.metrics._span_scores import span_f1_score, span_precision_score, span_recall_score
from sklstm.metrics._tokens import (
    on_tokens,
    sequence_accuracy_score,
    token_accuracy_score,
    token_log_loss,
)


class _TokenScorer(Protocol):
    """The type of a scorer; scikit-learn has no type hints."""

    def __call__(
        self, estimator: Any, X: Any, y_true: Any, sample_weight: Any = ..., **params: Any
    ) -> float: ...

    def set_score_request(self, **requests: bool | str | None) -> Self: ...


_Callable = TypeVar("_Callable", bound=Callable[..., Any])


class _LogLossScorer(_Scorer):
    """A scorer that passes ``classes_``, the tags of the columns, to the log loss."""

    def _score(
        self, method_caller: Callable[..., Any], estimator: Any, X: Any, y_true: Any, **options: Any
    ) -> float:
        score: float = super()._score(
            method_caller, estimator, X, y_true, labels=estimator.classes_, **options
        )
        return score

    def __repr__(self) -> str:
        return "get_scorer('neg_token_log_loss')"


_SPAN_SCORES = {
    "f1": span_f1_score,
    "precision": span_precision_score,
    "recall": span_recall_score,
}
_SCORERS: dict[str, Any] = {
    "token_accuracy": make_scorer(token_accuracy_score),
    "neg_token_log_loss": _LogLossScorer(token_log_loss, -1, {}, "predict_proba"),
    "sequence_accuracy": make_scorer(sequence_accuracy_score),
    # Averages do not use pos_label, but scikit-learn checks that its default, 1, is a class.
    **{
        f"token_f1_{average}": make_scorer(on_tokens(f1_score), average=average, pos_label=None)
        for average in ("macro", "micro", "weighted")
    },
    **{
        f"span_{name}_{scheme.lower()}": make_scorer(score, scheme=scheme)
        for name, score in _SPAN_SCORES.items()
        for scheme in PREFIXES
    },
}


def get_scorer_names() -> list[str]:
    """Return the names of all scorers that :func:`get_scorer` can return.

    Returns
    -------
    names : list of str
        The names, sorted.

    Examples
    --------
    >>> from sklstm.metrics import get_scorer_names
    >>> get_scorer_names()
    ['neg_token_log_loss', 'sequence_accuracy', 'span_f1_bilou', ..., 'token_f1_weighted']
    """
    return sorted(_SCORERS)


@overload
def get_scorer(name: str) -> _TokenScorer: ...
@overload
def get_scorer(name: _Callable) -> _Callable: ...
def get_scorer(name: str | Callable[..., Any]) -> Any:
    """Return a scorer for taggers by its name.

    scikit-learn does not have these names. As `scoring` of a search or a cross-validation, pass the
    scorer that this function returns, not its name.

    Parameters
    ----------
    name : str or callable
        The name of the scorer. A callable is returned unchanged. The names are:

        - ``"token_accuracy"``: the accuracy over tokens, as in ``BiLSTMTagger.score``;
        - ``"token_f1_macro"``, ``"token_f1_micro"`` and ``"token_f1_weighted"``: the average F1
          score of the tags;
        - ``"neg_token_log_loss"``: the negative of :func:`token_log_loss`, for estimators with
          ``predict_proba``;
        - ``"sequence_accuracy"``: the proportion of sequences whose tags are all correct;
        - ``"span_f1_bio"``, ``"span_f1_iob1"``, ``"span_f1_bioes"``, ``"span_f1_bilou"`` and
          ``"span_f1_bmes"``: the micro-averaged F1 score of spans in the scheme of the name. For
          tags such as ``person-B``, pass ``make_scorer(span_f1_score, scheme="BIO", suffix=True)``;
        - ``"span_precision_..."`` and ``"span_recall_..."``, with the same endings: the
          micro-averaged precision and recall of spans.

    Returns
    -------
    scorer : callable
        A function of an estimator, `X` and `y` that returns a number. Greater is better. Pass it as
        `scoring` to searches, to :func:`~sklearn.model_selection.cross_validate` or to
        :class:`~sklearn.callback.ScoringMonitor`. Each call returns a new scorer, so its
        ``set_score_request`` does not change other scorers.

    Raises
    ------
    ValueError
        If there is no scorer of this name.

    See Also
    --------
    get_scorer_names : Returns all names.
    on_tokens : Makes other metrics usable with :func:`sklearn.metrics.make_scorer`.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.metrics import get_scorer
    >>> X = [["Ada", "Byron", "slept"], ["Ducks", "swim"]] * 4
    >>> y = [["B-person", "I-person", "O"], ["O", "O"]] * 4
    >>> tagger = BiLSTMTagger(8, random_state=0)
    >>> cross_val_score(tagger, X, y, cv=2, scoring=get_scorer("span_f1_bio"))
    array([1., 1.])
    """
    if callable(name):
        return name
    if not (isinstance(name, str) and name in _SCORERS):
        raise ValueError(
            f"There is no scorer {show(name)} in sklstm.metrics. The names are "
            f"{', '.join(_SCORERS)}. For another metric, pass "
            "make_scorer(on_tokens(metric), ...)."
        )
    return copy.deepcopy(_SCORERS[name])


def make_span_scorer(scheme: Scheme, suffix: bool) -> _TokenScorer:
    """Return a scorer for the F1 score of spans, which is 0 if there is no span.

    Parameters
    ----------
    scheme : str
    suffix : bool
        Whether the type comes before the letter of the scheme.

    Returns
    -------
    scorer : callable
    """
    scorer: _TokenScorer = make_scorer(span_f1_score, scheme=scheme, suffix=suffix, zero_division=0)
    return scorer


def score_name(scoring: str | Callable[..., Any] | None, scheme: str | None) -> str:
    """Return the name of a validation score, for a report or an axis.

    Parameters
    ----------
    scoring : str, callable or None
        The parameter of the tagger; a str is a name that :func:`get_scorer` takes.
    scheme : str or None
        The scheme of the tagger.

    Returns
    -------
    name : str

    Examples
    --------
    >>> from sklstm.metrics._scorers import score_name
    >>> score_name(None, None), score_name(None, "BIO"), score_name("token_f1_macro", None)
    ('accuracy', 'span F1', 'token F1 macro')
    """
    if scoring is None:
        return "accuracy" if scheme is None else "span F1"
    return scoring.replace("_", " ").replace("f1", "F1") if isinstance(scoring, str) else "score"
