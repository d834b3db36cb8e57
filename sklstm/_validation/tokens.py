"""Tokens: what is one, what is none, and the one form in which all of them leave this package."""

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from sklstm._sequences import show
from sklstm._validation.messages import FORMS, missing_hint

TOKEN_TYPES: dict[str, tuple[type, ...]] = {
    "words": (str,),
    "dicts": (Mapping,),
    "numbers": (numbers.Number, np.bool_),  # complex ones too, which scikit-learn refuses
}


def kind_of(token: Any) -> str | None:
    """Return what a token is; None for what is none by itself, such as a vector."""
    return next((kind for kind, types in TOKEN_TYPES.items() if isinstance(token, types)), None)


def refuse_token(token: Any, place: str) -> None:
    """Refuse what is neither a token nor, by the looks of it, a vector."""
    holds_words = isinstance(token, (list, tuple)) and any(isinstance(p, str) for p in token)
    if holds_words and isinstance(token, list) and len(token) != 2:
        raise ValueError(
            f"{place} is {show(token)}, a list where a word belongs: X is one level too deep. "
            f"{FORMS['X']}"
        )
    if holds_words:
        raise ValueError(
            f"{place} is {show(token)}, which looks like a pair of a word and its tag. Pass the "
            "words as X and the tags as y; where all of it describes the token, make it a dict."
        )
    if not (isinstance(token, (list, tuple)) or hasattr(token, "__array__")):
        raise ValueError(
            f"{place} is {show(token)} of type {type(token).__name__}, not a token: a token is a "
            f"str, a dict or a numeric vector.{missing_hint(token)}"
        )
