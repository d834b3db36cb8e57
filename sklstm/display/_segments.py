"""Consecutive tokens that are shown together, under one label."""

from typing import Any, NamedTuple

from sklstm._schemes import NO_TYPE
from sklstm.metrics import extract_spans

# The tag of a token outside of all spans.
OUTSIDE_LABEL = "O"


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


class Difference(NamedTuple):
    """Tokens for which predicted and true segments differ.

    Attributes
    ----------
    predicted, true : list of Segment
        The segments of the same tokens.
    """

    predicted: list[Segment]
    true: list[Segment]

    @property
    def true_labels(self):
        """The true segments with a label; a segment outside of spans if there are none."""
        labelled = [segment for segment in self.true if segment.label is not None]
        return labelled or [Segment(OUTSIDE_LABEL, self.true[0].tokens)]


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


def mark_differences(predicted, true):
    """Return the predicted segments of a sequence, with a difference in place of wrong ones.

    Parameters
    ----------
    predicted, true : list of Segment
        Segments of the same tokens.

    Returns
    -------
    segments : list of Segment or Difference
        A difference holds all segments that overlap each other, predicted or true.
    """
    return [
        predicted[0] if _are_equal(predicted, true) else Difference(predicted, true)
        for predicted, true in _align(predicted, true)
    ]


def _align(predicted, true):
    """Yield as few predicted and true segments at a time as have the same tokens."""
    remaining = iter(true)
    block, n_predicted, n_true = Difference([], []), 0, 0
    for segment in predicted:
        block.predicted.append(segment)
        n_predicted += len(segment.tokens)
        while n_true < n_predicted:
            block.true.append(next(remaining))
            n_true += len(block.true[-1].tokens)
        if n_true == n_predicted:
            yield block
            block = Difference([], [])


def _are_equal(predicted, true):
    """Return whether aligned segments are equal, apart from their tags and probabilities."""
    return len(predicted) == len(true) == 1 and predicted[0].label == true[0].label
