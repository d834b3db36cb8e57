"""Why a token has its tag: what each token of the sequence, and each feature, adds to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from sklstm._threads import Workers
from sklstm.inspection._arguments import check_count, check_option, check_position, check_tag
from sklstm.inspection._odds import log_odds, log_odds_gradient, predict_variants
from sklstm.inspection._reading import Passage, read
from sklstm.inspection._summaries import rounded, summary_of_tokens


@dataclass(frozen=True, eq=False)
class TagExplanation:
    """What each token of a sequence, and each of its features, added to one token's tag.

    Attributes
    ----------
    tokens : list
        The tokens of the sequence, as the tagger reads them.

    position : int
        Which of them the tag belongs to, from 0.

    tag : object
        The tag.

    method : {"gradient", "occlusion"}
        How contributions were computed.

    log_odds : float
        What is explained: the log-odds of the tag, ``log(p / (1 - p))``.

    contributions : ndarray of shape (n_tokens,)
        What each token contributed; a positive number spoke for the tag.

    features : list of dict of str to float
        What each feature of each token contributed.

    See Also
    --------
    explain_tag : Explains a tag.
    sklstm.display.ExplanationDisplay : Draws an explanation.
    """

    tokens: list[Any]
    position: int
    tag: Any
    method: Literal["gradient", "occlusion"]
    log_odds: float
    contributions: NDArray[np.float64]
    features: list[dict[str, float]]

    def __repr__(self) -> str:
        contributions = [rounded(value) for value in self.contributions.tolist()]
        return (
            f"TagExplanation(tokens={summary_of_tokens(self.tokens)}, position={self.position}, "
            f"tag={self.tag!r}, method={self.method!r}, log_odds={rounded(self.log_odds)}, "
            f"contributions={contributions})"
        )

    def top(self, n: int = 10) -> list[tuple[int, str, float]]:
        """Return the features that contributed most, for or against the tag.

        Parameters
        ----------
        n : int, default=10
            How many, at most.

        Returns
        -------
        top : list of tuple
            The position of the token, the name of the feature and its contribution; the largest
            contribution, of whichever sign, comes first.
        """
        check_count("n", n)
        everything = [
            (position, name, contribution)
            for position, features in enumerate(self.features)
            for name, contribution in features.items()
        ]
        return sorted(everything, key=lambda entry: -abs(entry[2]))[:n]


def explain_tag(
    tagger: BaseEstimator,
    sequence: Iterable[Any] | ArrayLike,
    position: int,
    *,
    tag: Any = None,
    method: Literal["occlusion", "gradient"] = "occlusion",
) -> TagExplanation:
    """Explain the tag of one token of a sequence.

    What is explained are the log-odds of the tag, ``log(p / (1 - p))``, where ``p`` is what
    :meth:`~sklstm.BiLSTMTagger.predict_proba` returns (with ``output="crf"`` the marginal
    probability). Unlike ``p`` and its logarithm they do not level off as ``p`` nears 1: what
    contributes to a tag is seen however sure of it the tagger is.

    Parameters
    ----------
    tagger : estimator
        A fitted tagger, or a fitted pipeline or search that ends in one.

    sequence : list of str, list of dict or array-like of shape (n_tokens, n_features)
        One sequence of tokens. The steps of a pipeline before the tagger transform it, and what
        comes of it is explained.

    position : int
        The token whose tag is explained, from 0; negative ones count from the end.

    tag : object, default=None
        The tag, one of the tagger's classes. By default the one that is predicted.

    method : {"occlusion", "gradient"}, default="occlusion"
        How contributions are computed.

        - "occlusion" is how far the log-odds fall if something is left out [1]_. A token is
          replaced by one of which nothing is known: a word or dict without a known feature, spelled
          by an unknown character and without a pre-trained vector, or a vector of zeros. A feature
          is left out alone; characters are replaced by the unknown one. The contributions
          of features do not add up, as each feature can stand in for others. It takes one
          prediction of as many variants of the sequence as there are tokens and features.
        - "gradient" is the gradient of the log-odds with respect to what the first LSTM layer
          reads, times what each feature adds to that [2]_: how the log-odds would change, at the
          rate at which they change at first, if the feature counted for more. The contributions
          of a token's features add up to the token's. It takes one pass forward and one back.

    Returns
    -------
    explanation : TagExplanation
        With a contribution of each token and, by name, of each of its features. Words and dicts
        have the features of `vocabulary_`, and ``<unknown>`` for those that are not in it; words
        have ``<characters>``, what the character LSTM makes of them, and ``<vector>``, the
        pre-trained one. The features of vectors have the names in `feature_names_in_`, or are
        ``x0``, ``x1``, and so on.

    Raises
    ------
    ValueError, TypeError
        If the sequence is not one that the tagger can read or is empty, if it has no such position,
        if the tagger does not know the tag, or knows no other.

    See Also
    --------
    sklstm.display.ExplanationDisplay : Draws an explanation.
    feature_effects : What a feature says of a tag by itself, whatever the sequence.

    References
    ----------
    .. [1] Jiwei Li, Will Monroe and Dan Jurafsky, "Understanding neural networks through
       representation erasure", 2016.

    .. [2] Avanti Shrikumar et al., "Not just a black box: Learning important features through
       propagating activation differences", 2016.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.inspection import explain_tag
    >>> X = [["the", "fish", "sleeps"], ["they", "fish"], ["the", "boat", "sleeps"]] * 10
    >>> y = [["DET", "NOUN", "VERB"], ["PRON", "VERB"], ["DET", "NOUN", "VERB"]] * 10
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0).fit(X, y)
    >>> explanation = explain_tag(tagger, ["the", "fish", "sleeps"], 1)
    >>> explanation.tag
    'NOUN'
    >>> explanation.contributions.shape
    (3,)
    >>> list(explanation.features[0])[:3]
    ['word=the', 'lower=the', 'shape=x']
    """
    check_option("method", method, _METHODS)
    with Workers() as workers:
        reading = read(tagger, sequence, workers)
        position = check_position("position", position, len(reading.inputs))
        classes = reading.knowledge.classes
        if len(classes) < 2:
            raise ValueError(
                f"The tagger knows no tag but {classes.tolist()[0]!r}: nothing speaks for or "
                "against it."
            )
        passage = Passage.over(reading, workers)
        output, packed = passage.model.output, (passage.logits, passage.packing, passage.views)
        k = int(output.best(*packed)[position]) if tag is None else check_tag(tag, classes)
        tokens, features = _METHODS[method](reading, passage, position, k, workers)
        explained = log_odds(output.log_proba(*packed), k)[position]
    return TagExplanation(
        reading.tokens, position, classes.tolist()[k], method, float(explained), tokens, features
    )


def _by_gradient(reading, passage, position, k, workers):
    """Return the contributions of tokens and of their features: gradient times input."""
    dX = passage.backward(log_odds_gradient(passage, position, k)).astype(np.float64)
    features = [
        {part.name: float(dx[part.columns] @ part.share) for part in parts}
        for dx, parts in zip(dX, reading.parts, strict=True)
    ]
    return np.array([sum(each.values()) for each in features]), features


def _by_occlusion(reading, passage, position, k, workers):
    """Return the contributions of tokens and of their features: what is lost without them."""
    n_tokens, output = len(reading.inputs), passage.model.output
    unchanged = [(0, partial(np.copy, reading.inputs[0]))]
    without_tokens = [(t, partial(np.copy, reading.nothing)) for t in range(n_tokens)]
    without_features = [
        (t, partial(_without, reading.inputs[t], part))
        for t, parts in enumerate(reading.parts)
        for part in parts
    ]
    odds = predict_variants(
        passage.model,
        reading.inputs,
        unchanged + without_tokens + without_features,
        lambda *packed: log_odds(output.log_proba(*packed), k),
        workers,
    )[:, position].astype(np.float64)
    falls = iter((odds[0] - odds[1 + n_tokens :]).tolist())
    features = [{part.name: next(falls) for part in parts} for parts in reading.parts]
    return odds[0] - odds[1 : 1 + n_tokens], features


_METHODS = {"gradient": _by_gradient, "occlusion": _by_occlusion}


def _without(x, part):
    """Return what is read of a token without one of its features."""
    x = x.copy()
    x[part.columns] += part.otherwise - part.share
    return x
