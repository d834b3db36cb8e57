"""What has been learnt of features: which tags each speaks for, and which are alike."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sklstm._threads import Workers
from sklstm.inspection._arguments import check_count, check_tag, fitted_tagger, suggestion
from sklstm.inspection._odds import log_odds, predict_variants
from sklstm.inspection._reading import read_nothing

# How the characters of words, which the character LSTM reads, are named in the vocabulary.
_CHARACTER = "char="
# How many kinds of features a message names at most.
_KINDS_SHOWN = 10


@dataclass(frozen=True, eq=False)
class FeatureEffects:
    """Which tags each of some features speaks for.

    Attributes
    ----------
    names : ndarray of shape (n_features,)
        The features, in the order of `vocabulary_`.

    classes : ndarray of shape (n_classes,)
        The tags, in the order of `classes_`.

    effects : ndarray of shape (n_features, n_classes)
        How far each feature raises the log-odds of each tag.

    See Also
    --------
    feature_effects : Computes them.
    """

    names: NDArray[np.str_]
    classes: NDArray[Any]
    effects: NDArray[np.floating] = field(repr=False)

    def top(self, tag: Any, n: int = 10) -> list[tuple[str, float]]:
        """Return the features that speak most for a tag.

        Parameters
        ----------
        tag : object
            One of the classes.

        n : int, default=10
            How many, at most.

        Returns
        -------
        top : list of tuple
            The name of each feature and its effect, the largest first.
        """
        check_count("n", n)
        of_tag = self.effects[:, check_tag(tag, self.classes)]
        order = np.argsort(-of_tag, kind="stable")[:n]
        return list(zip(self.names[order].tolist(), of_tag[order].tolist(), strict=True))


def feature_effects(tagger: BaseEstimator, *, prefix: str = "suffix=") -> FeatureEffects:
    """Return how far each feature of a kind raises the log-odds of each tag.

    The effect of a feature is found on a sequence of one token of which nothing is known, neither
    a feature nor a character nor a pre-trained vector: it is the log-odds of the tag,
    ``log(p / (1 - p))``, once the token has the feature, less the log-odds before. This is what a
    feature says by itself; in a sentence the words around it, and the other features of its word,
    say more (see :func:`explain_tag`).

    Parameters
    ----------
    tagger : estimator
        A tagger fitted on words or dicts, or a fitted pipeline or search that ends in one.

    prefix : str, default="suffix="
        How the names of the features begin, such as "prefix=", "shape=" or "word=ab"; the empty
        one is for all. Characters that the character LSTM reads are no features by themselves.

    Returns
    -------
    effects : FeatureEffects
        How far each feature raises the log-odds of each tag.

    Raises
    ------
    ValueError
        If no feature begins so, or if the tagger was fitted on vectors, or knows one tag only.

    See Also
    --------
    similar_features : The features that have been learnt to be alike.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.datasets import load_english_pos
    >>> from sklstm.inspection import feature_effects
    >>> X, y = load_english_pos(subset="train", return_X_y=True)
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, char_hidden_size=0, random_state=0)
    >>> tagger = tagger.fit(X[:200], y[:200])
    >>> effects = feature_effects(tagger, prefix="suffix=")
    >>> "suffix=ly" in dict(effects.top("ADV", 3))
    True
    """
    knowledge = _knowledge_with_features(tagger)
    if len(knowledge.classes) < 2:
        raise ValueError(
            f"The tagger knows no tag but {knowledge.classes.tolist()[0]!r}: no feature speaks for "
            "or against it."
        )
    model, names = knowledge.model, _beginning_with(prefix, _without_characters(knowledge))
    with Workers() as workers:
        nothing = read_nothing(knowledge, workers)
        rows = [model.table[knowledge.vocabulary[name]] for name in names]
        odds = predict_variants(
            model,
            nothing[None],
            [(0, nothing.copy), *((0, partial(_with, nothing, row)) for row in rows)],
            lambda *packed: _all_log_odds(model.output.log_proba(*packed)),
            workers,
        )[:, 0]
    return FeatureEffects(np.array(names), knowledge.classes, odds[1:] - odds[0])


def _with(x, row):
    """Return what is read of a token that has a feature more."""
    x = x.copy()
    x[: len(row)] += row
    return x


def _all_log_odds(log_proba):
    return np.stack([log_odds(log_proba, k) for k in range(log_proba.shape[1])], axis=1)


def _without_characters(knowledge):
    """Return the features that tokens have by themselves."""
    if not knowledge.spells:
        return list(knowledge.vocabulary)
    return [name for name in knowledge.vocabulary if not name.startswith(_CHARACTER)]


def _beginning_with(prefix, names):
    """Return the names that begin with a prefix."""
    chosen = [name for name in names if name.startswith(prefix)]
    if not chosen:
        kinds = dict.fromkeys(name.partition("=")[0] for name in names if "=" in name)
        known = ", ".join(repr(f"{kind}=") for kind in list(kinds)[:_KINDS_SHOWN])
        hint = f" There are features that begin with {known}." if known else ""
        raise ValueError(f"No feature of the tagger begins with {prefix!r}.{hint}")
    return chosen


def similar_features(
    tagger: BaseEstimator, feature: str, n: int = 10, *, prefix: str = ""
) -> list[tuple[str, float]]:
    """Return the features whose embeddings point most nearly the same way.

    Parameters
    ----------
    tagger : estimator
        A tagger fitted on words or dicts, or a fitted pipeline or search that ends in one.

    feature : str
        One of the features in `vocabulary_`.

    n : int, default=10
        How many to return, at most.

    prefix : str, default=""
        How the names of the features to compare with begin; by default all are compared with.

    Returns
    -------
    similar : list of tuple
        The names of the features and the cosine of the angle between their embedding and that of
        `feature`, the highest first.

    Raises
    ------
    ValueError
        If the tagger has no such feature, or none that begins so, or was fitted on vectors.

    See Also
    --------
    feature_effects : Which tags a feature speaks for.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.inspection import similar_features
    >>> X = [["he", "walked"], ["she", "walked"], ["they", "walked"]] * 10
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0)
    >>> tagger = tagger.fit(X, [["PRON", "VERB"]] * 30)
    >>> similar = similar_features(tagger, "word=he", n=2, prefix="word=")
    >>> sorted(name for name, cosine in similar)
    ['word=she', 'word=they']
    """
    check_count("n", n)
    knowledge = _knowledge_with_features(tagger)
    vocabulary, table = knowledge.vocabulary, knowledge.model.table
    if feature not in vocabulary:
        raise ValueError(
            f"The tagger has no feature {feature!r}.{suggestion(feature, vocabulary)} All of them "
            "are in vocabulary_."
        )
    names = [name for name in _beginning_with(prefix, vocabulary) if name != feature]
    rows = table[[vocabulary[name] for name in names]]
    wanted = table[vocabulary[feature]]
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(wanted)
    cosines = rows @ wanted / np.maximum(lengths, np.finfo(table.dtype).tiny)
    order = np.argsort(-cosines, kind="stable")[:n].tolist()
    return [(names[k], float(cosines[k])) for k in order]


def _knowledge_with_features(estimator):
    """Return what a fitted tagger knows, if that includes embeddings of features."""
    knowledge = fitted_tagger(estimator)._known()
    if knowledge.kind == "vectors":
        raise ValueError(
            "The tagger was fitted on vectors, whose features have no embeddings. Only words and "
            "dicts have."
        )
    return knowledge
