"""Spans that tags write, such as entities and chunks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklstm._schemes import PREFIXES, Scheme, parse
from sklstm._sequences import show
from sklstm.metrics._flat import Flat, flatten, refuse_vectors


class Span(NamedTuple):
    """A span in a sequence.

    Attributes
    ----------
    start : int
        The index of its first token.
    stop : int
        The index after its last token: ``sequence[start:stop]`` are its tokens.
    type : str
        What it is, such as ``"person"``.

    See Also
    --------
    extract_spans : Returns the spans of sequences.

    Examples
    --------
    >>> from sklstm.metrics import Span
    >>> span = Span(start=0, stop=2, type="person")
    >>> ["Ada", "Byron", "slept"][span.start : span.stop]
    ['Ada', 'Byron']
    """

    start: int
    stop: int
    type: str


class Spans(NamedTuple):
    """The spans of all sequences, by their places among all tokens."""

    starts: NDArray[np.intp]
    stops: NDArray[np.intp]
    types: NDArray[np.str_]


def extract_spans(y: ArrayLike, *, scheme: Scheme) -> list[list[Span]]:
    """Return the spans that tags write.

    Parameters
    ----------
    y : array-like
        Sequences of tags: lists or arrays, or an array of shape (n_sequences, n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES"}
        How the tags write spans. ``O`` is outside of all spans; any other tag is a prefix and the
        type of its span, such as ``B-person``.

        - "BIO" (also known as IOB2): ``B`` for the first token of a span, ``I`` for all others;
        - "IOB1": ``I``, but ``B`` for the first token right after another span of its type;
        - "BIOES" (also known as IOBES): as "BIO", but ``E`` for the last token, and ``S`` for the
          only one.

    Returns
    -------
    spans : list of list of Span
        For each sequence, its spans in their order; each is a tuple ``(start, stop, type)``.

    Raises
    ------
    ValueError
        If a tag is none of the scheme. The message names the place.

    See Also
    --------
    span_f1_score : Scores spans.

    Notes
    -----
    Tags that a tagger predicts may be ill-formed: the tags are of the scheme, but may not follow
    one another. They are read as the script ``conlleval`` of the shared tasks does [1]_: a span
    goes on at an ``I`` or ``E`` after a ``B`` or ``I`` of the same type, and nowhere else. So an
    ``I`` after ``O`` begins a span, so does a type that changes, and a sequence that ends, ends
    its span. A ``B`` or ``S`` begins one whatever comes before, and nothing goes on after an ``E``
    or ``S``. In "BIO" and "IOB1" this is the script to the letter, which reads both alike; of
    "BIOES" it knows ``E``, but not ``S`` nor a ``B`` after an ``E`` of its type, and these are read
    as its later versions and ``seqeval`` do.

    References
    ----------
    .. [1] Erik F. Tjong Kim Sang and Sabine Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", 2000. https://aclanthology.org/W00-0726

    Examples
    --------
    >>> from sklstm.metrics import extract_spans
    >>> y = [["B-person", "I-person", "O", "B-place"], ["O"], ["I-place", "I-person"]]
    >>> for spans in extract_spans(y, scheme="BIO"):
    ...     print(spans)
    [Span(start=0, stop=2, type='person'), Span(start=3, stop=4, type='place')]
    []
    [Span(start=0, stop=1, type='place'), Span(start=1, stop=2, type='person')]
    """
    check_scheme(scheme)
    tags = flatten(y, "y")
    spans = find_spans(tags, scheme)
    ends = np.cumsum(tags.lengths)
    sequences = np.searchsorted(ends, spans.starts, side="right")
    offsets = (ends - tags.lengths)[sequences]
    columns = sequences, spans.starts - offsets, spans.stops - offsets, spans.types
    found: list[list[Span]] = [[] for _ in tags.lengths]
    for sequence, *span in zip(*(column.tolist() for column in columns), strict=True):
        found[sequence].append(Span(*span))
    return found


def find_spans(tags: Flat, scheme: str) -> Spans:
    """Find the spans of all sequences at once; see :func:`extract_spans` for the rules.

    Parameters
    ----------
    tags : Flat
    scheme : {"BIO", "IOB1", "BIOES"}

    Returns
    -------
    spans : Spans
    """
    _check_tags(tags, scheme)
    codes_of = {tag: code for code, tag in enumerate(dict.fromkeys(tags.values))}
    parsed = [parse(tag) for tag in codes_of]
    codes = np.fromiter(map(codes_of.__getitem__, tags.values), np.intp, len(tags.values))
    prefixes, types = np.array(parsed, np.str_).reshape(-1, 2).T
    inside = (prefixes != "O")[codes]
    goes_on = np.isin(prefixes, ["I", "E"])[codes]
    is_open = np.isin(prefixes, ["B", "I"])[codes]
    kinds = np.unique(types, return_inverse=True)[1][codes]
    # Where a token does not go on with the span before it, what was there ends.
    ends = np.cumsum(tags.lengths)
    begins = np.ones(len(codes) + 1, bool)
    begins[1:-1] = ~(goes_on[1:] & is_open[:-1] & (kinds[1:] == kinds[:-1]))
    begins[ends] = True
    places = np.flatnonzero(begins)
    starts, stops = places[:-1], places[1:]
    are_spans = inside[starts]
    starts = starts[are_spans]
    return Spans(starts, stops[are_spans], types[codes[starts]])


# What is refused


def check_scheme(scheme: str) -> None:
    """Refuse what is no scheme."""
    if not (isinstance(scheme, str) and scheme in PREFIXES):
        raise ValueError(
            f"scheme is {show(scheme)}, but must be one of {list(PREFIXES)}. IOB2 is BIO, and "
            "IOBES is BIOES."
        )


def _check_tags(tags: Flat, scheme: str) -> None:
    """Refuse what is no sequence of tags of the scheme."""
    if tags.is_rows:
        raise ValueError(
            f"{tags.name} holds an entry for each row, {tags.place(0)} is "
            f"{show(tags.values[0])}: spans need sequences of tags. Pass [{tags.name}] where this "
            "is one sequence."
        )
    refuse_vectors(tags)
    kinds = set(map(type, tags.values))
    if not all(issubclass(kind, str) for kind in kinds):
        odd = next(k for k, tag in enumerate(tags.values) if not isinstance(tag, str))
        raise ValueError(
            f"{tags.place(odd)} is {show(tags.values[odd])} of type "
            f"{type(tags.values[odd]).__name__}, but a tag that writes spans is a str."
        )
    for tag in dict.fromkeys(tags.values):
        if not _is_of(tag, scheme):
            _refuse_tag(tag, tags, scheme)


def _is_of(tag: str, scheme: str) -> bool:
    prefix, kind = parse(tag)
    return tag == "O" or (prefix in tuple(PREFIXES[scheme]) and kind != "")


def _refuse_tag(tag: str, tags: Flat, scheme: str) -> None:
    place = tags.place(list(tags.values).index(tag))
    others = [other for other in PREFIXES if _is_of(tag, other)]
    if others:
        advice = f'Pass scheme="{others[0]}" if that is how the tags write spans.'
    else:
        advice = "Tags that write no spans are for token_accuracy_score and on_tokens."
    raise ValueError(
        f"{place} is {show(tag)}, no tag of the {scheme} scheme: O, or one of "
        f"{', '.join(PREFIXES[scheme])} with the type of a span, such as B-person. {advice}"
    )
