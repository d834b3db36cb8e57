"""How tokens are called in a plot."""

from collections.abc import Sequence
from typing import Any

from sklstm.display._plain import runs_from_right

# Longer names leave too little room for what they name.
_LONGEST = 24
# Not seen: they give what is next to them a direction.
_FROM_LEFT, _FROM_RIGHT = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"


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
    """Return what a token is called in a sentence: a word is shortened and quoted."""
    if not isinstance(token, str):
        return f"token {position}"
    return f"“{with_direction(shortened(token))}”"


def with_direction(text: str) -> str:
    """Return text that stays in its place in an English line, whichever way it runs.

    Without marks a line that begins with a word from right to left is laid out that way as a whole,
    and numbers and brackets behind such a word are drawn into it. Fonts have these marks, but often
    not the characters that isolate a text.

    References
    ----------
    Unicode Standard Annex 9, Unicode Bidirectional Algorithm.

    Examples
    --------
    >>> from sklstm.display._tokens import with_direction
    >>> with_direction("swim"), len("مەن"), len(with_direction("مەن"))
    ('swim', 3, 7)
    """
    if not runs_from_right(text):
        return text
    return f"{_FROM_LEFT}{_FROM_RIGHT}{text}{_FROM_RIGHT}{_FROM_LEFT}"


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
