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
    """A span of tokens in a sequence, such as an entity or a chunk.

    Attributes
    ----------
    start : int
        The index of the first token of the span.
    stop : int
        The index after the last token of the span: its tokens are ``sequence[start:stop]``.
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
    """Convert tags to spans, such as entities or chunks.

    Parameters
    ----------
    y : array-like
        Sequences of tags: lists or arrays, or an array of shape (n_sequences, n_timesteps).

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"}
        The scheme by which the tags encode spans. The tag ``O`` is for tokens outside of all spans.
        Any other tag is a letter and the type of the span, separated by ``-`` or ``_``, such as
        ``B-person``. If the tag is only a letter, such as ``B``, the type is the empty string.

        - "BIO" (also known as IOB2): ``B`` for the first token of a span, ``I`` for all others.
        - "IOB1": ``I`` for all tokens of a span. Only the first token of a span that directly
          follows another span of the same type is ``B``.
        - "BIOES" (also known as IOBES): as "BIO", but ``E`` for the last token of a span, and ``S``
          for a span of one token.
        - "BILOU" (also known as BILUO): as "BIOES", with ``L`` for ``E`` and ``U`` for ``S``.
        - "BMES": as "BIOES", with ``M`` for ``I``.

    suffix : bool, default=False
        Whether the type comes before the letter of the scheme, as in ``person-B``.

    Returns
    -------
    spans : list of list of Span
        The spans of each sequence, in their order. Each is a tuple ``(start, stop, type)``.

    Raises
    ------
    ValueError
        If a tag does not belong to the scheme. The message gives the indices of its sequence and
        its token and, if all tags fit another scheme, the name of that scheme.

    See Also
    --------
    span_f1_score : Computes the F1 score of spans.

    Notes
    -----
    A tagger can predict an ill-formed sequence, in which a tag follows another one that the scheme
    does not allow before it. The rules are those of the script ``conlleval`` of the shared tasks
    [1]_:

    - ``I`` and ``E`` continue a span after ``B`` or ``I`` of the same type. After any other tag,
      such as ``O`` or a tag of another type, they start a span.
    - ``B`` and ``S`` always start a span.
    - ``E`` and ``S`` always end a span. The end of the sequence also ends it.

    For "BIO" and "IOB1", these are exactly the rules of the script, which are the same for both
    schemes. For "BIOES", the script supports ``E``, but not ``S`` and not a ``B`` after an ``E`` of
    the same type. These are read as by later versions of the script and by ``seqeval``. "BILOU" and
    "BMES" are read as "BIOES".

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
    """Return the tags that occur; raise a ValueError if they are not tags of the scheme."""
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
    """Return advice on the scheme that all tags fit, preferably the given one, for messages."""
    fitting = sorted(fitting_schemes(tags), key=lambda each: each[0] != scheme)
    if not fitting:
        return "For tags that do not encode spans, use token_accuracy_score or on_tokens."
    name, is_suffix = fitting[0]
    option = f", suffix={is_suffix}" if suffix or is_suffix else ""
    return f'Pass scheme="{name}"{option}, which all tags fit.'
