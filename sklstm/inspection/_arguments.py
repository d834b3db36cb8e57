"""What is asked about: a fitted tagger, one sequence, one of its tokens, a tag."""

import difflib
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sklstm._sequences import show
from sklstm._tagger import BiLSTMTagger
from sklstm.inspection._estimators import as_last_reads, last_estimator

# How many names a hint has at most.
_SUGGESTED = 3
# How many classes a message lists at most.
_LISTED = 10


def fitted_tagger(estimator):
    """Return the fitted tagger that an estimator is or ends in; refuse what has none."""
    tagger = last_estimator(estimator)
    if hasattr(tagger, "fit"):
        check_is_fitted(tagger)
    if not isinstance(tagger, BiLSTMTagger):
        where = "" if tagger is estimator else f", which ends in a {type(tagger).__name__}"
        is_search = hasattr(tagger, "cv_results_")
        hint = " The search has no best_estimator_: fit it with refit=True." if is_search else ""
        raise TypeError(
            f"tagger is of type {type(estimator).__name__}{where}, but must be a fitted "
            f"BiLSTMTagger, or a fitted pipeline or search that ends in one.{hint}"
        )
    return tagger


def judge(estimator, sequence):
    """Judge one sequence.

    Parameters
    ----------
    estimator : estimator
        A tagger, or a pipeline or search that ends in one.
    sequence : object
        Whatever was passed.

    Returns
    -------
    tagger : BiLSTMTagger
    knowledge : Knowledge
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        What is wrong with it, and what to do.
    """
    tagger = fitted_tagger(estimator)
    try:
        sequence = as_last_reads(estimator, sequence)
        _refuse_other_levels(sequence)
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
    return tagger, knowledge, tokens


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
    return check_place(name, position, n_tokens, "the sequence has", "token")


def check_place(name: str, value: Any, n: int, owner: str, thing: str) -> int:
    """Return which of `n` things is meant, counted from the first.

    Parameters
    ----------
    name : str
        What messages call the value.
    value : object
        Whatever was passed; negative ones count from the end.
    n : int
    owner, thing : str
        What messages say of how many there are, such as "the sequence has" and "token".

    Returns
    -------
    place : int
    """
    try:
        place = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {show(value)}, but must be an int.") from None
    if not -n <= place < n:
        number = f"{n} {thing}s" if n > 1 else f"one {thing}"
        raise ValueError(f"{name} is {place}, but must be from {-n} to {n - 1}: {owner} {number}.")
    return place % n


def check_tag(tag: Any, classes: np.ndarray) -> int:
    """Return the index of a tag among the classes."""
    known = classes.tolist()
    if tag not in known:
        raise ValueError(
            f"tag is {show(tag)}, but must be one of the classes {_listed(known)}."
            f"{suggestion(tag, known)}"
        )
    return known.index(tag)


def _listed(values: list) -> str:
    """Return values as code, no more than fit into a message."""
    shown = ", ".join(map(show, values[:_LISTED]))
    n_more = len(values) - _LISTED
    return f"{shown} and {n_more} more" if n_more > 0 else shown


def check_option(name: str, value: Any, options: Iterable[str]) -> None:
    """Refuse a value that is none of those a parameter may have."""
    known = list(options)
    if not (isinstance(value, str) and value in known):
        raise ValueError(f"{name} is {show(value)}, but must be one of {known}.")


def check_count(name: str, count: Any) -> None:
    """Refuse what does not say how many are wanted."""
    if not isinstance(count, (int, np.integer)) or count < 1:
        raise ValueError(f"{name} is {show(count)}, but must be an int >= 1.")


def suggestion(name: Any, known: Iterable[Any]) -> str:
    """Return a hint at what looks like a name that is not known, empty if nothing does.

    Examples
    --------
    >>> from sklstm.inspection._arguments import suggestion
    >>> suggestion("PERSON", ["B-person", "I-person", "O"])
    " Did you mean 'B-person' or 'I-person'?"
    """
    wanted = str(name).casefold()
    folded = {each: str(each).casefold() for each in known}
    similar = [each for each, text in folded.items() if text == wanted]
    if not similar:
        # Features end in "=value", and tags that write spans in "-type".
        ends = f"={wanted}", f"-{wanted}"
        similar = [each for each, text in folded.items() if text.endswith(ends)]
    if not similar:
        close = difflib.get_close_matches(wanted, set(folded.values()))
        similar = [each for text in close for each in folded if folded[each] == text]
    if not similar:
        return ""
    *others, last = map(show, similar[:_SUGGESTED])
    return f" Did you mean {', '.join(others) + ' or ' if others else ''}{last}?"
