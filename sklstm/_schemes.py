"""The schemes that write spans as tags: which tag may follow which.

A tag is ``O``, outside of all spans, or a prefix and the type of a span, such as ``B-person``.
"""

from typing import Literal, TypeAlias

import numpy as np

Scheme: TypeAlias = Literal["BIO", "IOB1", "BIOES"]
# What a forbidden transition is scored: no path takes it, and no arithmetic overflows.
FORBIDDEN = -1e4
PREFIXES = {"BIO": "BI", "IOB1": "BI", "BIOES": "BIES"}
_OUTSIDE = ("O", "")


def parse(tag):
    """Return the prefix and the type of a tag.

    Examples
    --------
    >>> from sklstm._schemes import parse
    >>> parse("B-creative-work"), parse("O")
    (('B', 'creative-work'), ('O', ''))
    """
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def may_follow(scheme, before, after):
    """Return whether one tag may follow another, both parsed.

    Examples
    --------
    >>> from sklstm._schemes import may_follow
    >>> may_follow("BIO", ("B", "person"), ("I", "person"))
    True
    >>> may_follow("BIO", ("B", "place"), ("I", "person"))
    False
    """
    open_of_type = before[0] in ("B", "I") and before[1] == after[1]
    if scheme == "BIO":
        return after[0] != "I" or open_of_type
    if scheme == "IOB1":  # B is for a span right after another of its type, and nothing else
        return after[0] != "B" or open_of_type
    goes_on = after[0] in ("I", "E")
    return open_of_type if goes_on else before[0] not in ("B", "I")


def transition_penalties(tags, scheme):
    """Return what the scheme adds to the scores of transitions.

    Parameters
    ----------
    tags : list of str
    scheme : {"BIO", "IOB1", "BIOES"} or None

    Returns
    -------
    penalties : ndarray of shape (n_tags + 2, n_tags)
        0, or ``FORBIDDEN``: from a tag (row) to a tag (column), then at the start, then at the end
        of a sequence, which are like the neighbours of ``O``.
    """
    n_tags = len(tags)
    penalties = np.zeros((n_tags + 2, n_tags))
    if scheme is None:
        return penalties
    parsed = [parse(tag) for tag in tags]
    allowed = [[may_follow(scheme, before, after) for after in parsed] for before in parsed]
    allowed.append([may_follow(scheme, _OUTSIDE, after) for after in parsed])
    allowed.append([may_follow(scheme, before, _OUTSIDE) for before in parsed])
    penalties[~np.array(allowed, bool).reshape(penalties.shape)] = FORBIDDEN
    return penalties
