"""What a user brings along for words: an analyzer, and embeddings that others have trained."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._sequences import Tokens, all_are, show


@dataclass(frozen=True)
class CheckedAnalyzer:
    """A user's own analyzer; refuses what that makes of a word if it is no list of str."""

    analyzer: Callable

    def __call__(self, word: str) -> list[str]:
        """Return the features of a word."""
        features = self.analyzer(word)
        if isinstance(features, str) or not hasattr(features, "__iter__"):
            _refuse_analysis(word, features)
        features = list(features)
        if features and not all_are(features, (str,)):
            _refuse_analysis(word, features)
        return features


def _refuse_analysis(word: str, features: Any) -> None:
    raise TypeError(
        f"analyzer({show(word)}) returned {show(features)}, but must return a list of str, the "
        "features of the word."
    )


def check_names_left(names: Collection, found: Collection, min_df: float) -> None:
    """Refuse a vocabulary that `min_df` has left empty."""
    if found and not names:
        raise ValueError(
            f"No feature of X is held by as many sequences as min_df={min_df!r} asks for: lower "
            "it. An int counts sequences, a float is a share of them."
        )


def width_of(embeddings: Mapping[str, Any] | None, tokens: Tokens, known_width: int = 0) -> int:
    """Return how many numbers pre-trained vectors add to a token: their own and one more.

    Parameters
    ----------
    embeddings : mapping of str to array-like or None
    tokens : Tokens
    known_width : int, default=0
        What was returned when training began, if it is to go on.

    Returns
    -------
    width : int
        0 without any.
    """
    if embeddings is None:
        return 0
    if tokens.kind != "words":
        raise ValueError(
            f"embeddings are for words, but the tokens of X are {tokens.kind}: set embeddings=None."
        )
    words = dict.fromkeys(tokens.values)
    known = next((found for word in words if (found := _entry(embeddings, word)) is not None), None)
    if known is not None:
        return _as_vector(embeddings, known).size + 1
    if not known_width:
        raise ValueError(
            f"None of the {len(words)} different words of X is in embeddings, in lower case "
            f"neither, such as {show(next(iter(words)))}. Are its keys words?"
        )
    return known_width


def look_up(embeddings: Mapping[str, Any], words: list[str], width: int) -> NDArray:
    """Return the pre-trained vectors of words.

    Parameters
    ----------
    embeddings : mapping of str to array-like
    words : list of str
    width : int
        See :func:`width_of`.

    Returns
    -------
    vectors : ndarray of shape (n_words, width)
        The last column is 1 where the word or its lower case is known; the row of any other is 0.
    """
    vectors = np.zeros((len(words), width), np.float32)
    for vector, word in zip(vectors, words, strict=True):
        known = _entry(embeddings, word)
        if known is None:
            continue
        found = _as_vector(embeddings, known)
        if found.size != width - 1:
            raise ValueError(
                f"embeddings[{show(known)}] has {found.size} numbers, but {width - 1} are "
                "expected, as others have."
            )
        vector[:-1], vector[-1] = found, 1
    return vectors


def _as_vector(embeddings: Mapping[str, Any], word: str) -> NDArray:
    """Return the vector of a word that is known, in single precision."""
    try:
        with np.errstate(over="ignore"):
            vector = np.asarray(embeddings[word]).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):  # no numbers, complex ones, or lists of unlike lengths
        vector = None
    if vector is None or vector.ndim != 1 or not np.isfinite(vector).all():
        raise ValueError(
            f"embeddings[{show(word)}] is {show(embeddings[word])}, but must be a 1-D array of "
            "finite numbers, none too large for float32."
        )
    return vector


def _entry(embeddings: Mapping[str, Any], word: str) -> str | None:
    """Return the key of a word, which may be its lower case; None if there is none."""
    return next((key for key in (word, word.lower()) if key in embeddings), None)
