"""Consecutive tokens that are shown together, under one label."""

from typing import Any, NamedTuple

from sklstm._schemes import NO_TYPE
from sklstm.metrics import extract_spans


class Token(NamedTuple):
    """A word, its tag, and the probability of the tag if it is known."""

    word: str
    tag: Any
    probability: float | None


class Segment(NamedTuple):
    """Consecutive tokens that are shown together, under one label.

    Attributes
    ----------
    label : str or None
        The tag of a word, or the type of a span, ``"_"`` if it has none. None for a word outside of
        all spans.
    tokens : list of Token
    """

    label: str | None
    tokens: list[Token]


def split_segments(sequences, scheme, suffix):
    """Split sequences into segments.

    Parameters
    ----------
    sequences : list of list of Token
    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None
        The scheme that encodes spans as tags. With None, each token is a segment.
    suffix : bool
        Whether the type comes before the letter of the scheme.

    Returns
    -------
    segments : list of list of Segment
    """
    if scheme is None:
        return [[Segment(str(token.tag), [token]) for token in tokens] for tokens in sequences]
    tags = [[token.tag for token in tokens] for tokens in sequences]
    spans = extract_spans(tags, scheme=scheme, suffix=suffix)
    return [_split_spans(*each) for each in zip(sequences, spans, strict=True)]


def _split_spans(tokens, spans):
    """Return a segment for each span and, between spans, for each token."""
    segments = []
    end = 0
    for start, stop, kind in spans:
        segments += [Segment(None, [token]) for token in tokens[end:start]]
        segments.append(Segment(kind or NO_TYPE, tokens[start:stop]))
        end = stop
    return segments + [Segment(None, [token]) for token in tokens[end:]]
