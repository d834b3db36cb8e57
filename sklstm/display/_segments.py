"""Runs of words that are shown as one."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from sklstm._schemes import Scheme
from sklstm.metrics import extract_spans

# Where words begin and end that are shown as one, and their label.
Place = tuple[int, int, str | None]


class Segment(NamedTuple):
    """Words that are shown together, under one label.

    Attributes
    ----------
    label : str or None
        The tag of a word, or the type of a span. None for a word outside of all spans.
    words : sequence of str
    tags : sequence
    probabilities : sequence of float or None
        How probable each tag is, where it is known.
    """

    label: str | None
    words: Sequence[str]
    tags: Sequence[Any]
    probabilities: Sequence[float] | None


def segments(
    words: Sequence[Sequence[str]],
    tags: Sequence[Sequence[Any]],
    probabilities: Sequence[Sequence[float]] | None,
    scheme: Scheme | None,
) -> list[list[Segment]]:
    """Part sequences into the words that are shown together.

    Parameters
    ----------
    words : sequence of sequence of str
    tags : sequence of sequence
    probabilities : sequence of sequence of float or None
    scheme : {"BIO", "IOB1", "BIOES"} or None
        How tags write spans. With None, each word stands for itself.

    Returns
    -------
    parted : list of list of Segment
    """
    if scheme is None:
        labelled = [_single(names) for names in tags]
    else:
        spans = extract_spans(tags, scheme=scheme)
        labelled = [_joined(*each) for each in zip(spans, map(len, tags), strict=True)]
    known = [None] * len(tags) if probabilities is None else list(probabilities)
    return [
        [_segment(place, texts, names, shares) for place in places]
        for places, texts, names, shares in zip(labelled, words, tags, known, strict=True)
    ]


def _segment(
    place: Place, words: Sequence[str], tags: Sequence[Any], probabilities: Sequence[float] | None
) -> Segment:
    """Cut a segment out of a sequence."""
    start, stop, label = place
    known = None if probabilities is None else probabilities[start:stop]
    return Segment(label, words[start:stop], tags[start:stop], known)


def _single(tags: Sequence[Any]) -> list[Place]:
    """Return the place of each word, and its tag."""
    return [(k, k + 1, str(tag)) for k, tag in enumerate(tags)]


def _joined(spans: Sequence[tuple[int, int, str]], length: int) -> list[Place]:
    """Return the places of the spans and their types and, between them, of each word by itself."""
    places: list[Place] = []
    end = 0
    for start, stop, kind in spans:
        places += [(k, k + 1, None) for k in range(end, start)]
        places.append((start, stop, kind))
        end = stop
    return places + [(k, k + 1, None) for k in range(end, length)]


def fitting(lengths: Sequence[int], limit: int | None) -> list[int]:
    """Return how many tokens of each sequence to show: as many sequences as fit.

    One that is too long by itself is cut where nothing stands before it.

    Examples
    --------
    >>> from sklstm.display._segments import fitting
    >>> fitting([5, 4, 3], limit=10), fitting([50, 4], limit=10), fitting([5, 4], limit=None)
    ([5, 4], [10], [5, 4])
    """
    if limit is None:
        return list(lengths)
    n_fitting = sum(total <= limit for total in accumulate(lengths))
    shown = list(lengths[:n_fitting])
    cut = n_fitting < len(lengths) and not any(shown)
    return [*shown, limit] if cut else shown
