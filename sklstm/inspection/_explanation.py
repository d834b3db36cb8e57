"""Explain tags: the contribution of each token and each feature to the tag of a token."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from sklstm._sequences import all_are
from sklstm._tables import Table
from sklstm._threads import Executor
from sklstm.inspection._arguments import (
    check_count,
    check_option,
    check_position,
    check_several_classes,
    check_tag,
)
from sklstm.inspection._encoding import ForwardPass, encode_sequence
from sklstm.inspection._log_odds import log_odds, log_odds_gradient, predict_variants
from sklstm.inspection._summaries import largest, rounded, summary_of_tokens

# The largest number of tokens of an explanation that is printed.
_MAX_ROWS = 40


@dataclass(frozen=True, eq=False)
class TagExplanation:
    """Contribution of each token of a sequence, and of each feature, to the tag of one token.

    ``print`` and notebooks show a table with the contribution of each token, and the feature of the
    token that has the largest contribution.

    Attributes
    ----------
    tokens : list
        The tokens of the sequence, as passed to the tagger.

    position : int
        The position of the token whose tag is explained, from 0.

    tag : object
        The tag that is explained.

    method : {"gradient", "occlusion"}
        The method that was used to compute contributions.

    log_odds : float
        The log-odds of the tag, ``log(p / (1 - p))``, which are explained.

    contributions : ndarray of shape (n_tokens,)
        The contribution of each token to the log-odds. A positive contribution is in favour of the
        tag, a negative one against it.

    features : list of dict of str to float
        For each token, the contribution of each of its features, by name.

    See Also
    --------
    explain_tag : Explains a tag.
    sklstm.display.ExplanationDisplay : Plots an explanation.
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

    def __str__(self) -> str:
        return str(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def _table(self) -> Table[Any]:
        """Return the contribution of each token, and that of the main one of its features."""
        are_words = all_are(self.tokens, (str,))
        main, of_main = zip(*map(_main_feature, self.features), strict=True)
        columns: list[Sequence[Any]] = [self.contributions.tolist(), main, of_main]
        names = ["position", "contribution", "main feature", "its contribution"]
        if are_words:
            columns.insert(0, list(map(str, self.tokens)))
            names.insert(1, "token")
        shown = largest(self.contributions, _MAX_ROWS, self.position).tolist()
        caption = f"{self.tokens[self.position] if are_words else f'token {self.position}'} as "
        caption += f"{self.tag}: log-odds {self.log_odds:.2f}, contributions by {self.method}"
        if len(shown) < len(self.tokens):
            caption += f", the {len(shown)} largest of {len(self.tokens)} tokens"
        return Table([(k, *(column[k] for column in columns)) for k in shown], names, caption)

    def top(self, n: int = 10) -> list[tuple[int, str, float]]:
        """Return the features with the largest contributions, for or against the tag.

        Parameters
        ----------
        n : int, default=10
            The maximum number of features.

        Returns
        -------
        top : list of tuple
            The position of the token, the name of the feature and the contribution of the feature,
            sorted by decreasing absolute contribution. ``print`` shows them as a table.
        """
        check_count("n", n)
        everything = [
            (position, name, contribution)
            for position, features in enumerate(self.features)
            for name, contribution in features.items()
        ]
        rows = sorted(everything, key=lambda entry: -abs(entry[2]))[:n]
        return Table(rows, ["position", "feature", "contribution"])


def _main_feature(features: dict[str, float]) -> tuple[str | None, float | None]:
    """Return the feature with the largest contribution, for or against the tag."""
    return max(features.items(), key=lambda feature: abs(feature[1]), default=(None, None))


def explain_tag(
    tagger: BaseEstimator,
    sequence: Iterable[Any] | ArrayLike,
    position: int | str,
    *,
    tag: Any = None,
    method: Literal["occlusion", "gradient"] = "occlusion",
) -> TagExplanation:
    """Explain the tag of one token by the contributions of all tokens and features.

    A contribution is a number for each token of the sequence, and for each of its features. It says
    how much the token or feature increases the log-odds of the tag, ``log(p / (1 - p))``, where
    ``p`` is the probability that :meth:`~sklstm.BiLSTMTagger.predict_proba` returns (with
    ``output="crf"``, the marginal probability). Log-odds do not saturate if ``p`` is close to 1, so
    contributions are visible even if the tagger is very confident. See :ref:`inspection`.

    Parameters
    ----------
    tagger : estimator
        A fitted tagger, or a fitted pipeline or search that ends in one.

    sequence : list of str, list of dict or array-like of shape (n_tokens, n_features)
        One sequence of tokens. If `tagger` is a pipeline, the steps before the tagger transform it,
        and the transformed tokens are explained.

    position : int or str
        The position of the token whose tag is explained, from 0. Negative positions count from the
        end. A word instead of a position must occur exactly once in `sequence`.

    tag : object, default=None
        The tag to explain, one of the classes of the tagger. By default, the predicted tag.

    method : {"occlusion", "gradient"}, default="occlusion"
        How to compute contributions.

        - "occlusion" is the decrease of the log-odds if the token or feature is removed [1]_. To
          remove a token, it is replaced by an unknown word or dict, with one unknown character and
          no pre-trained vector, or by a vector of zeros. Features are removed one at a time;
          characters are replaced by an unknown one. The contributions of the features of a token do
          not add up to that of the token, because features can replace each other. This method
          takes one prediction for each token and each feature.
        - "gradient" is the gradient of the log-odds with respect to the input of the first LSTM
          layer, multiplied by the share of each feature in this input [2]_. It is the rate at which
          the log-odds increase with the weight of the feature. The contributions of the features of
          a token add up to that of the token. This method is faster: it takes one forward and one
          backward pass.

    Returns
    -------
    explanation : TagExplanation
        The contribution of each token and, by name, of each of its features. The names are:

        - for words and dicts, the features in `vocabulary_`, and ``<unknown>`` for all other
          features;
        - also for words, ``<characters>`` for the output of the character LSTM, and ``<vector>``
          for the pre-trained vector;
        - for vectors, the names in `feature_names_in_`, otherwise ``x0``, ``x1``, and so on.

    Raises
    ------
    ValueError, TypeError
        If the sequence is empty or the tagger does not accept it; if it does not have this position
        or word, or has the word more than once; if the tag is not one of the classes; or if there
        is only one class.

    See Also
    --------
    sklstm.display.ExplanationDisplay : Plots an explanation.
    feature_effects : Computes the effect of each feature on each tag, independent of a sequence.

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
    >>> explanation = explain_tag(tagger, ["the", "fish", "sleeps"], "fish")
    >>> explanation.tag
    'NOUN'
    >>> explanation.contributions.shape
    (3,)
    >>> list(explanation.features[0])[:3]
    ['word=the', 'lower=the', 'shape=x']

    >>> print(explanation)
    fish as NOUN: log-odds ..., contributions by occlusion
    <BLANKLINE>
    position  token   contribution  main feature  its contribution
           0  the    ...
           1  fish   ...
           2  sleeps ...
    """
    check_option("method", method, _METHODS)
    with Executor() as executor, executor:
        encoded = encode_sequence(tagger, sequence, executor)
        position = check_position("position", position, sequence, len(encoded.inputs))
        model, classes = encoded.model, encoded.model.classes
        check_several_classes(classes)
        forward = ForwardPass.of(encoded)
        output, packed = model.output, (forward.logits, forward.packing, model.parameters)
        k = int(output.decode(*packed)[position]) if tag is None else check_tag(tag, classes)
        tokens, features = _METHODS[method](encoded, forward, position, k, executor)
        explained = log_odds(output.log_proba(*packed), k)[position]
    return TagExplanation(
        encoded.tokens, position, classes.tolist()[k], method, float(explained), tokens, features
    )


def _by_gradient(encoded, forward, position, k, executor):
    """Return the contributions of tokens and of their features: gradient times input."""
    dX = forward.backward(log_odds_gradient(forward, position, k)).astype(np.float64)
    features = [
        {part.name: float(dx[part.columns] @ part.share) for part in parts}
        for dx, parts in zip(dX, encoded.parts, strict=True)
    ]
    return np.array([sum(each.values()) for each in features], np.float64), features


def _by_occlusion(encoded, forward, position, k, executor):
    """Return the contributions of tokens and of their features: the loss without them."""
    n_tokens, output = len(encoded.inputs), encoded.model.output
    unchanged = [(0, partial(np.copy, encoded.inputs[0]))]
    without_tokens = [(t, partial(np.copy, encoded.unknown)) for t in range(n_tokens)]
    without_features = [
        (t, partial(_without, encoded.inputs[t], part))
        for t, parts in enumerate(encoded.parts)
        for part in parts
    ]
    odds = predict_variants(
        encoded.model,
        encoded.inputs,
        unchanged + without_tokens + without_features,
        lambda *packed: log_odds(output.log_proba(*packed), k),
        executor,
    )[:, position].astype(np.float64)
    decreases = odds[0] - odds[1:]
    of_features = iter(decreases[n_tokens:].tolist())
    features = [{part.name: next(of_features) for part in parts} for parts in encoded.parts]
    return decreases[:n_tokens], features


_METHODS = {"gradient": _by_gradient, "occlusion": _by_occlusion}


def _without(x, part):
    """Return the encoded token without one of its features."""
    x = x.copy()
    x[part.columns] += part.baseline - part.share
    return x
