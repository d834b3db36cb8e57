"""How messages show what was passed, and what they advise for each argument."""

import math
import numbers
from typing import Any

from sklstm._sequences import show

FORMS = {
    "X": (
        "Pass a list of sequences: each a list of str, a list of dict, or an array of shape "
        "(n_tokens, n_features)."
    ),
    "y": "Pass a list of sequences of tags, one tag for each token of X.",
    "classes": "Pass a list of all tags.",
    "sample_weight": "Pass one weight for each sequence, or one for each token in the form of y.",
}


def clash(name: str, odd: tuple[str, Any], first: tuple[str, Any]) -> str:
    """Begin the message on a value that is not of the kind of the first; each is (place, value)."""
    (place, value), (first_place, first_value) = odd, first
    text = f"{name}{place} is {show(value)} of type {type(value).__name__}"
    if place != first_place:
        text += (
            f", but {name}{first_place} is {show(first_value)} of type {type(first_value).__name__}"
        )
    return text + ". "


def missing_hint(token: Any) -> str:
    """Say what to do about a token that is None or NaN; nothing about others."""
    if token is None or (isinstance(token, numbers.Real) and math.isnan(token)):
        return " Leave out what is missing, or put something of the right kind in its place."
    return ""
