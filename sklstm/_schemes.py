"""Schemes that encode spans as tags, and the transitions that they allow.

A tag is ``O``, outside of all spans, or a letter and the type of a span, such as ``B-person`` or
``person_B``. The letter alone is a tag of a span without a type. A scheme gives each letter a role:
to begin a span, to be inside of it, to end it, or to be a span of a single token.
"""

from typing import Literal, TypeAlias

import numpy as np

Scheme: TypeAlias = Literal["BIO", "IOB1", "BIOES", "BILOU", "BMES"]
# The score of a forbidden transition: low enough for no path to take it, without overflows.
FORBIDDEN = -1e4
# The letters of each scheme, and their roles.
PREFIXES = {
    "BIO": {"B": "begin", "I": "inside"},
    "IOB1": {"B": "begin", "I": "inside"},
    "BIOES": {"B": "begin", "I": "inside", "E": "end", "S": "single"},
    "BILOU": {"B": "begin", "I": "inside", "L": "end", "U": "single"},
    "BMES": {"B": "begin", "M": "inside", "E": "end", "S": "single"},
}
# The roles after which a span is open, and those that continue an open span.
OPEN, CONTINUING = ("begin", "inside"), ("inside", "end")
OUTSIDE = ("outside", "")
# The name of spans without a type in reports and displays.
NO_TYPE = "_"


def parse(tag, scheme, suffix=False):
    """Return the role of a tag and the type of its span; None if it is not of the scheme.

    The letter and the type are separated by ``-`` or ``_``. With `suffix`, the type comes first.

    Examples
    --------
    >>> from sklstm._schemes import parse
    >>> parse("B-creative-work", "BIO"), parse("creative-work_L", "BILOU", suffix=True)
    (('begin', 'creative-work'), ('end', 'creative-work'))
    >>> parse("B", "BIO"), parse("O", "BIO"), parse("NOUN", "BIO")
    (('begin', ''), ('outside', ''), None)
    """
    if tag == "O":
        return OUTSIDE
    letter, separator, span_type = tag[:1], tag[1:2], tag[2:]
    if suffix:
        letter, separator, span_type = tag[-1:], tag[-2:-1], tag[:-2]
    is_whole = tag == letter or (separator in ("-", "_") and span_type)
    return (
        (PREFIXES[scheme][letter], span_type) if is_whole and letter in PREFIXES[scheme] else None
    )


def find_misfits(tags, scheme, suffix=False):
    """Return the tags that are not of the scheme, such as numbers and parts of speech."""
    return [tag for tag in tags if not (isinstance(tag, str) and parse(tag, scheme, suffix))]


def has_suffixes(tags, scheme):
    """Return whether the types of spans come first in tags of a scheme, as in ``person-B``.

    Parameters
    ----------
    tags : iterable
        All tags, such as the `classes_` of a tagger.
    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None

    Returns
    -------
    has_suffixes : bool
        True if all tags are of the scheme with the type first, and not all are with the letter
        first. False without a scheme, and if neither holds.

    Examples
    --------
    >>> from sklstm._schemes import has_suffixes
    >>> has_suffixes(["O", "person-B", "person-I"], "BIO"), has_suffixes(["O", "B-I"], "BIO")
    (True, False)
    """
    if scheme is None:
        return False
    tags = list(tags)
    return bool(find_misfits(tags, scheme)) and not find_misfits(tags, scheme, suffix=True)


def fitting_schemes(tags, transitions=()):
    """Return all schemes that all tags fit, and that allow all transitions.

    Parameters
    ----------
    tags : sequence
    transitions : iterable of (tag, tag), default=()
        Pairs of `tags`; the tag outside of a sequence is ``O``.

    Returns
    -------
    schemes : list of (str, bool)
        Schemes, and whether the types of spans come first.
    """
    return [
        (scheme, suffix)
        for suffix in (False, True)
        for scheme in PREFIXES
        if not find_misfits(tags, scheme, suffix)
        and all(
            may_follow(scheme, parse(before, scheme, suffix), parse(after, scheme, suffix))
            for before, after in transitions
        )
    ]


def describe_misfit(scheme, suffix=False):
    """Return why a tag does not belong to the scheme, for messages."""
    example = "person-B" if suffix else "B-person"
    return (
        f"no tag of the {scheme} scheme: O, or one of {', '.join(PREFIXES[scheme])}, alone or with "
        f"the type of a span, such as {example}"
    )


def may_follow(scheme, before, after):
    """Return whether the tag `after` may follow the tag `before`, both parsed.

    Examples
    --------
    >>> from sklstm._schemes import may_follow
    >>> may_follow("BIO", ("begin", "person"), ("inside", "person"))
    True
    >>> may_follow("BIO", ("begin", "place"), ("inside", "person"))
    False
    """
    is_open = before[0] in OPEN
    may_continue = is_open and before[1] == after[1]
    if scheme == "IOB1":  # B only starts a span that directly follows another of the same type
        return after[0] != "begin" or may_continue
    if after[0] in CONTINUING:
        return may_continue
    return not is_open or "end" not in PREFIXES[scheme].values()


def transition_penalties(tags, scheme):
    """Return the penalties that a scheme adds to the scores of transitions.

    Parameters
    ----------
    tags : list of str
        The letter comes first in all tags or last in all; see :func:`has_suffixes`.
    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None

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
    suffix = has_suffixes(tags, scheme)
    parsed = [parse(tag, scheme, suffix) for tag in tags]
    allowed = [[may_follow(scheme, before, after) for after in parsed] for before in parsed]
    allowed.append([may_follow(scheme, OUTSIDE, after) for after in parsed])
    allowed.append([may_follow(scheme, before, OUTSIDE) for before in parsed])
    penalties[~np.array(allowed, bool).reshape(penalties.shape)] = FORBIDDEN
    return penalties
