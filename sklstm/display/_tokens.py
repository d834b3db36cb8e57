"""How tokens are called in a plot."""

from collections.abc import Sequence
from typing import Any

# Longer names leave too little room for what they name.
_LONGEST = 24


def labels_of(tokens: list[Any], display_labels: Sequence[str] | None) -> list[str]:
    """Return the name of each token.

    Parameters
    ----------
    tokens : list
    display_labels : sequence of str or None
        What the user calls them.

    Returns
    -------
    labels : list of str
        By default, words themselves; dicts and vectors are numbered, from 0.

    Raises
    ------
    ValueError
        If there are not as many labels as tokens.
    """
    if display_labels is None:
        return [token if isinstance(token, str) else str(k) for k, token in enumerate(tokens)]
    if len(display_labels) != len(tokens):
        raise ValueError(
            f"display_labels has {len(display_labels)} labels, but the sequence has {len(tokens)} "
            "tokens: pass one for each."
        )
    return [str(label) for label in display_labels]


def called(token: Any, position: int) -> str:
    """Return what a token is called in a sentence: a word is quoted."""
    return f"“{token}”" if isinstance(token, str) else f"token {position}"


def shortened(name: str) -> str:
    """Return a name that is not too long to show, without its middle if it was.

    Examples
    --------
    >>> from sklstm.display._tokens import shortened
    >>> shortened("Donaudampfschifffahrtsgesellschaft")
    'Donaudampfsc…gesellschaft'
    """
    if len(name) <= _LONGEST:
        return name
    half = _LONGEST // 2
    return f"{name[:half]}…{name[-half:]}"
