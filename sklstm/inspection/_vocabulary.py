"""Compute the effects of features on tags, and find similar features."""

from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sklstm._sequences import show, suggestion
from sklstm._tables import Table
from sklstm._threads import Executor
from sklstm.inspection._arguments import (
    check_count,
    check_several_classes,
    check_tag,
)
from sklstm.inspection._encoding import unknown_input
from sklstm.inspection._estimators import fitted_tagger
from sklstm.inspection._log_odds import log_odds, predict_variants

# The prefix of characters, the input of the character LSTM, in the vocabulary.
_CHARACTER_PREFIX = "char="
_MAX_LISTED_PREFIXES = 10
# The number of features of each tag that are printed.
_N_PRINTED = 3


@dataclass(frozen=True, eq=False)
class FeatureEffects:
    """Effects of features on the log-odds of each tag.

    ``print`` and notebooks show a table with the features that have the largest effects on each
    tag.

    Attributes
    ----------
    names : ndarray of shape (n_features,)
        The features, in the order of `vocabulary_`.

    classes : ndarray of shape (n_classes,)
        The tags, in the order of `classes_`.

    effects : ndarray of shape (n_features, n_classes)
        How much each feature increases the log-odds of each tag.

    See Also
    --------
    feature_effects : Computes the effects.
    """

    names: NDArray[np.str_]
    classes: NDArray[Any]
    effects: NDArray[np.floating] = field(repr=False)

    def top(self, tag: Any, n: int = 10) -> list[tuple[str, float]]:
        """Return the features with the largest effects on a tag.

        Parameters
        ----------
        tag : object
            One of the classes.

        n : int, default=10
            The maximum number of features.

        Returns
        -------
        top : list of tuple
            The name and the effect of each feature, sorted by decreasing effect. ``print`` shows
            them as a table.
        """
        check_count("n", n)
        effects = self.effects[:, check_tag(tag, self.classes)]
        order = np.argsort(-effects, kind="stable")[:n]
        pairs = zip(self.names[order].tolist(), effects[order].tolist(), strict=True)
        return Table(pairs, ["feature", "effect"])

    def __str__(self) -> str:
        return str(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def _table(self) -> Table[Any]:
        """Return a row for each tag, of the features with the largest effects on it."""
        n = min(_N_PRINTED, len(self.names))
        rows = [(str(tag), *chain(*self.top(tag, n))) for tag in self.classes.tolist()]
        caption = f"Largest effects of {len(self.names)} features on the log-odds of each tag"
        return Table(rows, ["tag", *["feature", "effect"] * n], caption)


def feature_effects(tagger: BaseEstimator, *, prefix: str | None = None) -> FeatureEffects:
    """Return the effect of each feature, such as each suffix, on the log-odds of each tag.

    The effect is computed on a sequence of one unknown token, without any known feature, character
    or pre-trained vector. It is the log-odds of the tag, ``log(p / (1 - p))``, with the feature,
    minus the log-odds without it. This is the effect of the feature alone. In a sentence, the other
    words and the other features of the word also have effects: :func:`explain_tag` computes these.
    See :ref:`inspection`.

    Parameters
    ----------
    tagger : estimator
        A tagger fitted on words or dicts, or a fitted pipeline or search that ends in one.

    prefix : str, default=None
        The start of the names of the features to compute, such as "prefix=", "shape=" or "word=ab".
        An empty str selects all features. None is "suffix=" if the analyzer is "affix", otherwise
        all features. The characters of the character LSTM are not included.

    Returns
    -------
    effects : FeatureEffects
        How much each feature increases the log-odds of each tag.

    Raises
    ------
    ValueError
        If no feature has the prefix, or if the tagger was fitted on vectors or on a single tag.

    TypeError
        If the prefix is not a str.

    See Also
    --------
    similar_features : Returns the features with the most similar embeddings.

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
    >>> print(effects.top("ADV", 3))
    feature      effect
    suffix=ly ...
    ...
    """
    model = _model_with_vocabulary(tagger)
    check_several_classes(model.classes)
    names = list(model.vocabulary)
    if model.architecture.char_hidden_size:
        names = [name for name in names if not name.startswith(_CHARACTER_PREFIX)]
    if prefix is None:
        prefix = "suffix=" if model.architecture.analyzer == "affix" else ""
    names = _with_prefix(names, prefix)
    with Executor() as executor, executor:
        unknown = unknown_input(model, executor)
        rows = [model.table[model.vocabulary[name]] for name in names]
        odds = predict_variants(
            model,
            unknown[None],
            [(0, unknown.copy), *((0, partial(_add_feature, unknown, row)) for row in rows)],
            lambda *packed: _all_log_odds(model.output.log_proba(*packed)),
            executor,
        )[:, 0]
    return FeatureEffects(np.array(names), model.classes, odds[1:] - odds[0])


def _add_feature(x, row):
    """Return an encoded token with one more feature, given by its row of the embedding table."""
    x = x.copy()
    x[: len(row)] += row
    return x


def _all_log_odds(log_proba):
    return np.stack([log_odds(log_proba, k) for k in range(log_proba.shape[1])], axis=1)


def _with_prefix(names, prefix):
    """Return the names with a prefix; raise an error if there are none, or it is not a str."""
    if not isinstance(prefix, str):
        raise TypeError(f"prefix is {show(prefix)}, but must be a str.")
    selected = [name for name in names if name.startswith(prefix)]
    if not selected:
        prefixes = list(
            dict.fromkeys(name.partition("=")[0] + "=" for name in names if "=" in name)
        )
        listed = ", ".join(map(repr, prefixes[:_MAX_LISTED_PREFIXES]))
        hint = f" There are features that begin with {listed}." if listed else ""
        raise ValueError(f"No feature of the tagger begins with {show(prefix)}.{hint}")
    return selected


def similar_features(
    tagger: BaseEstimator, feature: str, n: int = 10, *, prefix: str = ""
) -> list[tuple[str, float]]:
    """Return the features whose embeddings are most similar to that of a feature.

    Parameters
    ----------
    tagger : estimator
        A tagger fitted on words or dicts, or a fitted pipeline or search that ends in one.

    feature : str
        The feature, by its name in `vocabulary_`, such as "word=he".

    n : int, default=10
        The maximum number of features to return.

    prefix : str, default=""
        The start of the names of the features to compare with, such as "word=". By default, all
        features are compared.

    Returns
    -------
    similar : list of tuple
        The name of each feature and the cosine similarity of its embedding to that of `feature`,
        sorted by decreasing similarity. ``print`` shows them as a table.

    Raises
    ------
    ValueError
        If the tagger does not have the feature, or has no feature with the prefix, or if it was
        fitted on vectors.

    TypeError
        If the feature or the prefix is not a str.

    See Also
    --------
    feature_effects : Computes the effect of a feature on each tag.

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
    model = _model_with_vocabulary(tagger)
    vocabulary, table = model.vocabulary, model.table
    if not isinstance(feature, str):
        raise TypeError(f"feature is {show(feature)}, but must be a str.")
    if feature not in vocabulary:
        raise ValueError(
            f"The tagger has no feature {show(feature)}.{suggestion(feature, vocabulary)} "
            "vocabulary_ has all features."
        )
    names = [name for name in _with_prefix(vocabulary, prefix) if name != feature]
    embeddings, embedding = table[[vocabulary[name] for name in names]], table[vocabulary[feature]]
    norms = np.linalg.norm(embeddings, axis=1) * np.linalg.norm(embedding)
    cosines = embeddings @ embedding / np.maximum(norms, np.finfo(table.dtype).tiny)
    order = np.argsort(-cosines, kind="stable")[:n].tolist()
    return Table([(names[k], float(cosines[k])) for k in order], ["feature", "similarity"])


def _model_with_vocabulary(estimator):
    """Return the fitted model of a tagger; raise a ValueError if it has no feature embeddings."""
    model = fitted_tagger(estimator)._model
    if model.table is None:
        raise ValueError(
            "The tagger was fitted on vectors, whose features have no embeddings. Fit one on words "
            "or dicts."
        )
    return model
