"""What is asked about: a fitted tagger, one sequence, one of its tokens, a tag."""

import difflib
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sklstm._tagger import BiLSTMTagger

# How many names a hint has at most.
_SUGGESTED = 3


def check_tagger(tagger):
    """Refuse what is no fitted tagger."""
    if not isinstance(tagger, BiLSTMTagger):
        raise TypeError(
            f"tagger is of type {type(tagger).__name__}, expected a BiLSTMTagger. Of a pipeline "
            "pass its last step, and the sequence as the steps before transform it; of a search "
            "pass best_estimator_."
        )
    check_is_fitted(tagger)


def judge(tagger, sequence):
    """Judge one sequence.

    Parameters
    ----------
    tagger : BiLSTMTagger
    sequence : object
        Whatever was passed.

    Returns
    -------
    knowledge : Knowledge
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        What is wrong with it, and what to do.
    """
    check_tagger(tagger)
    _refuse_other_levels(sequence)
    try:
        knowledge, tokens = tagger._judge([sequence])
    except (ValueError, TypeError) as error:
        raise type(error)(f"sequence is read as X = [sequence]. {error}") from error
    if tokens.form == "rows":
        raise ValueError(
            "sequence is a list of numbers, which is a single vector. Pass a sequence of vectors, "
            "of shape (n_tokens, n_features): [sequence] if this is one of one token."
        )
    if not tokens.lengths[0]:
        raise ValueError("sequence has no tokens. Pass one that has at least one.")
    return knowledge, tokens


def _refuse_other_levels(sequence):
    """Refuse a single token, text that is not split, and a list of sequences."""
    if isinstance(sequence, (str, bytes, Mapping)) or not _holds_something(sequence):
        hint = "Split text into words." if isinstance(sequence, str) else "Pass a list of tokens."
        raise TypeError(
            f"sequence is of type {type(sequence).__name__}, not a sequence of tokens. {hint}"
        )
    if _holds_something(_first(_first(sequence))):
        raise ValueError(
            "sequence holds sequences, it looks like a list of sentences. Pass one of them, for "
            "instance sequence[0]."
        )


def _first(container):
    """Return the first element; None of what has none or, as a token or a table, is not opened."""
    is_token = isinstance(container, (str, bytes, Mapping)) or not _holds_something(container)
    is_table = hasattr(container, "columns") or sparse.issparse(container)
    return None if is_token or is_table else next(iter(container), None)


def _holds_something(value):
    return hasattr(value, "__iter__") and getattr(value, "ndim", 1) > 0


def check_position(name: str, position: Any, n_tokens: int) -> int:
    """Return the place of a token, counted from the start of its sequence."""
    try:
        place = operator.index(position)
    except TypeError:
        raise TypeError(f"{name} is {position!r}, expected an int.") from None
    if not -n_tokens <= place < n_tokens:
        raise ValueError(
            f"{name} is {place}, but the sequence has {n_tokens} tokens: pass 0 to "
            f"{n_tokens - 1}, or -{n_tokens} to -1 to count from the end."
        )
    return place % n_tokens


def check_tag(tag: Any, classes: np.ndarray) -> int:
    """Return the index of a tag among the classes."""
    known = classes.tolist()
    if tag not in known:
        raise ValueError(f"tag is {tag!r}, which is not in classes_.{suggestion(tag, known)}")
    return known.index(tag)


def check_option(name: str, value: Any, options: Iterable[str]) -> None:
    """Refuse a value that is none of those a parameter may have."""
    if value not in list(options):
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, options))}.")


def check_count(name: str, count: Any) -> None:
    """Refuse what does not say how many are wanted."""
    if not isinstance(count, (int, np.integer)) or count < 1:
        raise ValueError(f"{name} is {count!r}, expected an int of at least 1.")


def suggestion(name: Any, known: Iterable[Any]) -> str:
    """Return a hint at what looks like a name that is not known, empty if nothing does."""
    names = [str(each) for each in known]
    of_that_value = [each for each in names if each.endswith(f"={name}")]
    similar = [repr(each) for each in of_that_value or difflib.get_close_matches(str(name), names)]
    if not similar:
        return ""
    *others, last = similar[:_SUGGESTED]
    return f" Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"
