"""Validation of the arguments of inspection functions and displays."""

import operator
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from sklstm._sequences import all_are, is_matrix, is_sequence, show, suggestion
from sklstm.inspection._estimators import fitted_tagger, transform_sequence


def check_sequence(estimator, sequence):
    """Validate one sequence for the tagger at the end of an estimator.

    Parameters
    ----------
    estimator : estimator
        A fitted tagger, or a fitted pipeline or search that ends in one.
    sequence : object

    Returns
    -------
    tagger : BiLSTMTagger
    model : Model
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        If it is not one sequence that the tagger accepts, or is empty.
    """
    tagger = fitted_tagger(estimator)
    try:
        sequence = transform_sequence(estimator, sequence)
        check_nesting(sequence)
        model, tokens = tagger._check_predict([sequence])
    except (ValueError, TypeError) as error:
        raise type(error)(f"sequence is read as X = [sequence]. {error}") from error
    if tokens.form == "rows":
        raise ValueError(
            "sequence is a list of numbers, which is a single vector. Pass a sequence of vectors, "
            "of shape (n_tokens, n_features), such as [sequence] for a single token."
        )
    if not tokens.lengths[0]:
        raise ValueError("sequence has no tokens. Pass a sequence with at least one token.")
    return tagger, model, tokens


def check_nesting(sequence: Any) -> None:
    """Raise an error for a single token, text that is not split, and a list of sequences."""
    if not (is_sequence(sequence) or is_matrix(sequence)):
        hint = "Split text into words." if isinstance(sequence, str) else "Pass a list of tokens."
        raise TypeError(
            f"sequence is of type {type(sequence).__name__}, not a sequence of tokens. {hint}"
        )
    token: Any = next(iter(sequence), None)
    element = next(iter(token), None) if is_sequence(token) else None
    if hasattr(element, "__iter__"):
        raise ValueError(
            "sequence contains sequences, so it looks like a list of sentences. Pass one of them, "
            "for instance sequence[0]."
        )


def check_index(name: str, value: Any, n: int, items: str) -> int:
    """Return an index into `n` items, counted from the first; negative values are allowed.

    Parameters
    ----------
    name : str
        The name of the argument.
    value : object
    n : int
    items : str
        The name of the items, such as "tokens", for messages.

    Returns
    -------
    index : int
    """
    try:
        index = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {show(value)}, but must be an int.") from None
    if not -n <= index < n:
        raise ValueError(
            f"{name} is {show(index)}, but must be from {-n} to {n - 1} (number of {items}: {n})."
        )
    return index % n


def check_position(name: str, value: Any, sequence: Any, n: int) -> int:
    """Return the position of a token, given by its index or by a word that occurs once.

    Parameters
    ----------
    name : str
        The name of the argument.
    value : object
    sequence : iterable
        The tokens that the user passed.
    n : int
        The number of tokens.

    Returns
    -------
    position : int
        From 0.
    """
    if not isinstance(value, str):
        return check_index(name, value, n, "tokens")
    tokens = [] if is_matrix(sequence) else list(sequence)
    if not all_are(tokens, (str,)):
        raise TypeError(
            f"{name} is {show(value)}, but the tokens of the sequence are not words. Pass the "
            "index of a token."
        )
    found = [position for position, token in enumerate(tokens) if token == value]
    if not found:
        raise ValueError(
            f"{name} is {show(value)}, but the sequence has no such word."
            f"{suggestion(value, tokens)}"
        )
    if len(found) > 1:
        raise ValueError(
            f"{name} is {show(value)}, a word that occurs {len(found)} times. Pass the index of "
            f"one of them: {show(found)[1:-1]}."
        )
    return found[0]


def check_tag(tag: Any, classes: np.ndarray) -> int:
    """Return the index of a tag in the classes."""
    known = {label: k for k, label in enumerate(classes.tolist())}
    try:
        k = known.get(tag)
    except TypeError:  # it has no hash, such as a list or an array
        k = None
    if k is None:
        raise ValueError(
            f"tag is {show(tag)}, but must be one of the classes {show([*known])}."
            f"{suggestion(tag, known) if isinstance(tag, str) else ''}"
        )
    return k


def check_several_classes(classes: np.ndarray) -> None:
    """Raise a ValueError if there is only one class, whose log-odds are infinite."""
    if len(classes) < 2:
        raise ValueError(
            f"The tagger was fitted on a single tag, {classes.tolist()[0]!r}, so there are no "
            "log-odds to explain. Fit it on at least 2 tags."
        )


def check_option(name: str, value: Any, options: Iterable[str]) -> None:
    """Raise a ValueError if a value is not one of the options."""
    options = list(options)
    if not (isinstance(value, str) and value in options):
        raise ValueError(f"{name} is {show(value)}, but must be one of {options}.")


def check_count(name: str, count: Any) -> None:
    """Raise a ValueError if a value is not a positive integer."""
    if not isinstance(count, Integral) or count < 1:
        raise ValueError(f"{name} is {show(count)}, but must be an int >= 1.")
