"""Extraction of spans, such as entities and chunks, from tags."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklstm._labels import label_array
from sklstm._schemes import (
    CONTINUING,
    OPEN,
    PREFIXES,
    Scheme,
    describe_misfit,
    find_misfits,
    fitting_schemes,
    parse,
)
from sklstm._sequences import Flat, flatten, show
from sklstm.metrics._validation import check_no_vectors


class Span(NamedTuple):
    """A span in a sequence.

    Attributes
    ----------
    start : int
        The index of its first token.
    stop : int
        The index after its last token: ``sequence[start:stop]`` are its tokens.
    type : str
        The type of the span, such as ``"person"``.

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
    """The spans of all sequences.

    Attributes
    ----------
    starts, stops : ndarray of shape (n_spans,)
        The first token of each span and the one after its last, as indices into the tokens of all
        sequences.
    types : ndarray of str of shape (n_spans,)
    """

    starts: NDArray[np.intp]
    stops: NDArray[np.intp]
    types: NDArray[np.str_]


def extract_spans(y: ArrayLike, *, scheme: Scheme, suffix: bool = False) -> list[list[Span]]:
    """Return the spans that tags encode.

    Parameters
    ----------
    y : array-like
        Sequences of tags: lists or arrays, or an array of shape (n_sequences, n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme in which the tags encode spans. ``O`` is outside of all spans; any other tag is a
        prefix and the type of its span, separated by ``-`` or ``_``, such as ``B-person``. A prefix
        alone, such as ``B``, is a tag of a span whose type is the empty string.

        - "BIO" (also known as IOB2): ``B`` for the first token of a span, ``I`` for all others;
        - "IOB1": ``I`` for all tokens, but ``B`` for the first token of a span that directly
          follows another of the same type;
        - "BIOES" (also known as IOBES): as "BIO", but ``E`` for the last token of a span, and ``S``
          for a span of one token;
        - "BILOU" (also known as BILUO): as "BIOES", with ``L`` for ``E`` and ``U`` for ``S``;
        - "BMES": as "BIOES", with ``M`` for ``I``.

    suffix : bool, default=False
        If True, the type comes before the letter of the scheme: ``person-B``.

    Returns
    -------
    spans : list of list of Span
        The spans of each sequence in order; each is a tuple ``(start, stop, type)``.

    Raises
    ------
    ValueError
        If a tag is not of the scheme. The message gives the indices of its sequence and token, and
        names the scheme that all tags fit, if there is one.

    See Also
    --------
    span_f1_score : Scores spans.

    Notes
    -----
    A tagger may predict ill-formed sequences: each tag is of the scheme, but may not follow the one
    before. They are read as by the script ``conlleval`` of the shared tasks [1]_. An ``I`` or ``E``
    continues a span after a ``B`` or ``I`` of the same type. After anything else, such as ``O`` or
    another type, it starts a span. A ``B`` or ``S`` always starts a span, nothing continues a span
    after an ``E`` or ``S``, and every span ends with its sequence. For "BIO" and "IOB1" these are
    exactly the rules of the script, which are the same for both. For "BIOES" the script supports
    ``E``, but neither ``S`` nor a ``B`` after an ``E`` of the same type; these are read as by its
    later versions and by ``seqeval``. "BILOU" and "BMES" are read as "BIOES".

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

    >>> extract_spans([["person_B", "person_L", "O"]], scheme="BILOU", suffix=True)
    [[Span(start=0, stop=2, type='person')]]
    """
    check_scheme(scheme)
    tags = flatten(y, "y")
    spans = find_spans(tags, scheme, suffix)
    ends = np.cumsum(tags.lengths)
    sequences = np.searchsorted(ends, spans.starts, side="right")
    offsets = (ends - tags.lengths)[sequences]
    columns = sequences, spans.starts - offsets, spans.stops - offsets, spans.types
    extracted: list[list[Span]] = [[] for _ in tags.lengths]
    for sequence, *span in zip(*(column.tolist() for column in columns), strict=True):
        extracted[sequence].append(Span(*span))
    return extracted


def find_spans(tags: Flat, scheme: str, suffix: bool) -> Spans:
    """Return the spans of all sequences; see :func:`extract_spans` for the rules.

    Parameters
    ----------
    tags : Flat
    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
    suffix : bool

    Returns
    -------
    spans : Spans
    """
    distinct = _distinct_tags(tags, scheme, suffix)
    tag_codes = {tag: code for code, tag in enumerate(distinct)}
    codes = np.fromiter(map(tag_codes.__getitem__, tags.values), np.intp, len(tags.values))
    parsed = [parse(tag, scheme, suffix) for tag in distinct]
    span_types = [span_type for _, span_type in parsed]
    label_array(span_types, lambda k: f"The type of {_place(distinct[k], tags)}")
    roles, types = np.array(parsed, np.str_).reshape(-1, 2).T
    type_codes = np.unique(types, return_inverse=True)[1][codes]
    may_continue = np.isin(roles, CONTINUING)[codes]
    is_open = np.isin(roles, OPEN)[codes]
    # Cut before each token that does not continue a span, and at the ends of sequences.
    is_cut = np.ones(len(codes) + 1, bool)
    is_cut[1:-1] = ~(may_continue[1:] & is_open[:-1] & (type_codes[1:] == type_codes[:-1]))
    is_cut[np.cumsum(tags.lengths)] = True
    cuts = np.flatnonzero(is_cut)
    starts, stops = cuts[:-1], cuts[1:]
    is_span = (roles != "outside")[codes[starts]]
    return Spans(starts[is_span], stops[is_span], types[codes[starts[is_span]]])


def check_scheme(scheme: str) -> None:
    """Raise a ValueError if the scheme is not supported."""
    if not (isinstance(scheme, str) and scheme in PREFIXES):
        raise ValueError(
            f"scheme is {show(scheme)}, but must be one of {list(PREFIXES)}. IOB2 is BIO, IOBES is "
            "BIOES, BILUO is BILOU, and BMEWO is BMES with W for S."
        )


def _distinct_tags(tags: Flat, scheme: str, suffix: bool) -> list[str]:
    """Return the tags that occur; raise a ValueError if they are not sequences of the scheme."""
    if tags.is_rows:
        raise ValueError(
            f"{tags.name} has one entry for each row, {tags.place(0)} is "
            f"{show(tags.values[0])}: spans need sequences of tags. Pass [{tags.name}] if this is "
            "one sequence."
        )
    check_no_vectors(tags.values, tags.name)
    if not all(issubclass(kind, str) for kind in set(map(type, tags.values))):
        odd = next(k for k, tag in enumerate(tags.values) if not isinstance(tag, str))
        raise ValueError(
            f"{tags.place(odd)} is {show(tags.values[odd])} of type "
            f"{type(tags.values[odd]).__name__}, but the tags of spans must be str."
        )
    distinct = list(dict.fromkeys(tags.values))
    misfits = find_misfits(distinct, scheme, suffix)
    if misfits:
        raise ValueError(
            f"{_place(misfits[0], tags)} is {show(misfits[0])}, "
            f"{describe_misfit(scheme, suffix)}. {_advise(distinct, scheme, suffix)}"
        )
    return distinct


def _place(tag: str, tags: Flat) -> str:
    """Return the place of the first token that has a tag."""
    return tags.place(list(tags.values).index(tag))


def _advise(tags: list[str], scheme: str, suffix: bool) -> str:
    """Return which scheme all tags fit, the same one if possible, for messages."""
    fitting = sorted(fitting_schemes(tags), key=lambda each: each[0] != scheme)
    if not fitting:
        return "For tags that do not encode spans, use token_accuracy_score or on_tokens."
    name, is_suffix = fitting[0]
    option = f", suffix={is_suffix}" if suffix or is_suffix else ""
    return f'Pass scheme="{name}"{option}, which all tags fit.'
