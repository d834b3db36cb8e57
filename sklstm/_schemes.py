"""Schemes that encode spans as tags, and the transitions that they allow.

A tag is ``O``, outside of all spans, or a prefix and the type of a span, such as ``B-person``.
"""

from typing import Literal, TypeAlias

import numpy as np

Scheme: TypeAlias = Literal["BIO", "IOB1", "BIOES"]
# The score of a forbidden transition: low enough for no path to take it, without overflows.
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
    prefix, _, span_type = tag.partition("-")
    return prefix, span_type


def may_follow(scheme, before, after):
    """Return whether the tag `after` may follow the tag `before`, both parsed.

    Examples
    --------
    >>> from sklstm._schemes import may_follow
    >>> may_follow("BIO", ("B", "person"), ("I", "person"))
    True
    >>> may_follow("BIO", ("B", "place"), ("I", "person"))
    False
    """
    is_open = before[0] in ("B", "I")
    same_type = before[1] == after[1]
    if scheme == "BIO":
        return after[0] != "I" or (is_open and same_type)
    if scheme == "IOB1":  # B only starts a span that directly follows another of the same type
        return after[0] != "B" or (is_open and same_type)
    return (is_open and same_type) if after[0] in ("I", "E") else not is_open


def transition_penalties(tags, scheme):
    """Return the penalties that a scheme adds to the scores of transitions.

    Parameters
    ----------
    tags : list of str
    scheme : {"BIO", "IOB1", "BIOES"} or None

    Returns
    -------
    penalties : ndarray of shape (n_tags + 2, n_tags)
        0 if the transition is allowed, else ``FORBIDDEN``. The rows are the tags before, the
        columns the tags after. The last two rows are for the start and the end of a sequence,
        where the tag outside of the sequence is ``O``.
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
