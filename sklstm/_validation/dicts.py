"""Tokens that are dicts of features: the names and values that these may have."""

from collections.abc import Mapping
from itertools import chain, compress, repeat
from operator import le, methodcaller
from typing import Any

import numpy as np

from sklstm._sequences import Tokens, show
from sklstm._validation.containers import NUMBERS

_COLLECTIONS = (list, tuple, set, frozenset)
_VALUES = (str, *NUMBERS, *_COLLECTIONS, Mapping)
# Dicts are computed in float32, and their features are multiplied by embeddings and by dropout.
_LARGEST = float(np.finfo(np.float32).max) / 2**20


def check_dicts(tokens: Tokens) -> None:
    """Judge the features of tokens that are dicts."""
    if _are_features(tokens.values):
        return
    for k, token in enumerate(tokens.values):
        problem = _feature_problem(token)
        if problem:
            raise ValueError(
                f"In the dict X{tokens.place(k)}, {problem}. A feature has a str for a name, and "
                "for a value a str, a bool, a finite number, a list or set of str, or a dict of "
                "such. Leave out what is missing."
            )


def _are_features(dicts: list) -> bool:
    """Return whether all features of all dicts are such as a token may have."""
    if not all(isinstance(name, str) for name in set(chain.from_iterable(dicts))):
        return False
    values = list(chain.from_iterable(map(methodcaller("values"), dicts)))
    types = list(map(type, values))
    occurring = set(types)

    def of_types(wanted: tuple[type, ...]) -> list:
        matching = {kind for kind in occurring if issubclass(kind, wanted)}
        return list(compress(values, map(matching.__contains__, types))) if matching else []

    parts, nested = chain.from_iterable(of_types(_COLLECTIONS)), of_types((Mapping,))
    return (
        all(issubclass(kind, _VALUES) for kind in occurring)
        and all(map(le, map(abs, of_types(NUMBERS)), repeat(_LARGEST)))
        and all(issubclass(kind, str) for kind in set(map(type, parts)))
        and (not nested or _are_features(nested))
    )


def _feature_problem(token: Mapping[Any, Any], outer: str = "") -> str | None:
    """Say what is wrong with the features of a dict; None if nothing is."""
    for name, value in token.items():
        shown = f"feature {outer + str(name)!r}"
        if not isinstance(name, str):
            return f"{shown} has a name of type {type(name).__name__}"
        if isinstance(value, Mapping):
            problem = _feature_problem(value, f"{outer}{name}:")
            if problem:
                return problem
        elif isinstance(value, _COLLECTIONS):
            if not all(isinstance(each, str) for each in value):
                return f"{shown} is {show(value)}, which does not hold only str"
        elif isinstance(value, NUMBERS):
            if not _is_moderate(value):
                return f"{shown} is {show(value)}, which is not finite, or too large"
        elif not isinstance(value, str):
            return f"{shown} is {show(value)} of type {type(value).__name__}"
    return None


def _is_moderate(weight: Any) -> bool:
    return abs(weight) <= _LARGEST
