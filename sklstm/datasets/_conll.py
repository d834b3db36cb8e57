"""Read and write corpora with one token per line, in the formats of the CoNLL shared tasks."""

import re
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, TypeAlias, overload

from sklstm._sequences import check_same_lengths, flatten, show
from sklstm.datasets._files import Destination, Source, name_of, text_writer
from sklstm.datasets._layouts import (
    DOCUMENT_START,
    Column,
    Layout,
    LayoutLike,
    as_layout,
    check_columns,
    is_single,
    position_of,
)
from sklstm.datasets._lines import (
    BYTE_ORDER_MARK,
    LineError,
    SourceError,
    check_source,
    open_lines,
    split_lines,
)
from sklstm.datasets._sentences import (
    Sentence,
    SentenceReader,
    extract_columns,
    looks_like_comment,
)

_Values: TypeAlias = list[str]  # The values of one column in one sentence.
_Errors: TypeAlias = Literal["strict", "skip"]
_Normalization: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"] | None

_MALFORMED_SHOWN = 3
# A file of one sentence with so many tokens, or more, probably lacks blank lines.
_VERY_LONG = 1000
_UNDERSCORE = "_"
# What a header calls the column of the tags, such as "ner_tags" or "POS".
_HEADER = re.compile(
    r"(.*[ _-])?(tags?|labels?|pos|upos|xpos|ner|chunks?|entity|entities|iob2?|bio)", re.IGNORECASE
)


@overload
def read_conll(  # type: ignore[overload-overlap]  # a str is one column, not a sequence of them
    source: Source,
    columns: Column,
    *,
    layout: LayoutLike = ...,
    separator: str | None = ...,
    comment: str | None = ...,
    header: bool = ...,
    normalize: _Normalization = ...,
    errors: _Errors = ...,
    encoding: str = ...,
) -> list[_Values]: ...
@overload
def read_conll(
    source: Source,
    columns: Iterable[Column] | None = ...,
    *,
    layout: LayoutLike = ...,
    separator: str | None = ...,
    comment: str | None = ...,
    header: bool = ...,
    normalize: _Normalization = ...,
    errors: _Errors = ...,
    encoding: str = ...,
) -> tuple[list[_Values], ...]: ...
def read_conll(
    source: Source,
    columns: Column | Iterable[Column] | None = None,
    *,
    layout: LayoutLike = "conllu",
    separator: str | None = None,
    comment: str | None = None,
    header: bool = False,
    normalize: _Normalization = None,
    errors: _Errors = "strict",
    encoding: str = "utf-8",
) -> list[_Values] | tuple[list[_Values], ...]:
    r"""Read sentences and their tags from a file with one token per line.

    Each line has one token: the word and, in further columns, its
    annotations. A blank line ends a sentence. :ref:`reading_files` has an
    example of each format.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        The source to read. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        decompressed. A file can be open in text or binary mode, and is not
        closed. Lines can be str or bytes, and end with ``\\n``, ``\\r\\n`` or
        ``\\r``.

    columns : str, int or sequence of them, default=None
        The columns to return, by name or by number. Numbers start at 0;
        negative numbers count from the end. By default, the word and the main
        tag of the layout: ``("form", "upos")`` in "conllu",
        ``("form", "chunk")`` in "conll2000", ``("form", "ner")`` in
        "conll2003", and otherwise the first and the last column, ``(0, -1)``.
        If you pass columns, sentences can have different numbers of columns.

    layout : str, sequence of str or None, default="conllu"
        The columns of the file.

        - "conllu": id, form, lemma, upos, xpos, feats, head, deprel, deps and
          misc, separated by tabs, and any further columns. Lines that begin
          with ``#`` are comments; ``# global.columns = ...`` (CoNLL-U Plus)
          names other columns, here in lower case. Multiword tokens (ids such
          as ``1-2``) and empty nodes (``8.1``) are skipped: the words of a
          multiword token have their own lines, and empty nodes are not in the
          text.
        - "conll2000": form, pos and chunk.
        - "conll2003": form, pos, chunk and ner.
        - A sequence of str: the names of the columns of any other file. If a
          column has the name "id", it has the ids of CoNLL-U, and the file can
          have the comments of CoNLL-U. The words are then in "form" or,
          without it, in the first other column.
        - None: columns have only numbers, unless `header` is True.

        Lines that begin with ``-DOCSTART-`` separate documents in all layouts,
        and are skipped.

    separator : str, default=None
        The separator of the columns. By default, a tab in "conllu". In other
        layouts, a tab in lines that contain one, otherwise white space. If
        tabs separate the columns, values can contain spaces. Pass ``" "`` for
        any run of spaces and tabs. Any other str separates columns wherever it
        occurs. Spaces and tabs around a value are removed.

    comment : str, default=None
        The start of lines to skip. By default, ``"#"`` in layouts whose first
        column is the id, such as "conllu". In other layouts, no lines are
        skipped, because words such as hashtags begin with ``#``.

    header : bool, default=False
        Whether the first line has the names of the columns. Use it with
        ``layout=None``.

    normalize : {"NFC", "NFD", "NFKC", "NFKD"} or None, default=None
        The Unicode normal form to convert all values to. Use the same form for
        all text that a tagger reads. By default, values are not changed.

    errors : {"strict", "skip"}, default="strict"
        How to treat malformed lines. "strict" raises an error. "skip" leaves
        out the sentences that contain them, and warns with their number.

    encoding : str, default="utf-8"
        The encoding of files and of lines that are bytes. A byte order mark at
        the start of a line is removed.

    Returns
    -------
    tuple of list of list of str
        For each requested column, a list with a list for each sentence. If
        `columns` is a single name or number, the list of that column alone.

    Raises
    ------
    ValueError
        If lines are malformed: the number of columns differs from the layout,
        from the first line or within a sentence; a requested value is missing
        or empty; the ids are not 1, 2, 3, ...; or a line looks like a comment
        that the layout does not have. The message names the file, counts the
        lines and shows the first three.

        For any value of `errors`, if bytes cannot be decoded, or if the layout
        or a column does not exist.

    Warns
    -----
    UserWarning
        If the file probably has another layout: the first line looks like a
        header, all tags are ``_``, or there is a single, very long sentence.

    See Also
    --------
    iter_conll : Reads one sentence at a time.
    write_conll : Writes such files.

    Notes
    -----
    Only spaces, tabs and line ends are separators. Other characters that are
    white space or line ends in Unicode, such as U+00A0 and U+2028, are kept as
    parts of words.

    Equal values are stored once, so a large corpus takes little more memory
    than a pointer for each token and column.

    Examples
    --------
    Read the words and their parts of speech from a file in the CoNLL-U format:

    >>> import io
    >>> from sklstm.datasets import read_conll
    >>> file = io.StringIO(
    ...     "# text = Ducks swim\n"
    ...     "1\tDucks\tduck\tNOUN\t_\tNumber=Plur\t2\tnsubj\t_\t_\n"
    ...     "2\tswim\tswim\tVERB\t_\t_\t0\troot\t_\t_\n"
    ... )
    >>> X, y = read_conll(file)
    >>> X
    [['Ducks', 'swim']]
    >>> y
    [['NOUN', 'VERB']]

    Read the first and the last column of a file in another format:

    >>> lines = ["Ada NNP B-person", "slept VBD O", "", "#bliss NN O"]
    >>> X, y = read_conll(lines, layout=None)
    >>> X
    [['Ada', 'slept'], ['#bliss']]
    >>> y
    [['B-person', 'O'], ['O']]
    """
    file_layout = as_layout(layout, separator, comment, header=header, normalize=normalize)
    requested: Any = columns
    if isinstance(columns, Iterator):  # it can be read only once
        requested = tuple(columns)
    reading = _Reading(source, requested, file_layout, errors, encoding)
    collected: tuple[list[_Values], ...] = tuple([] for _ in reading.columns)
    for sentence in reading.sentences(stop_at_error=False):
        for column, values in zip(collected, sentence, strict=True):
            column.append(values)
    reading.raise_or_warn()
    if not file_layout.has_header:
        _warn_for_content(collected, name_of(source))
    return collected[0] if is_single(requested) else collected


@overload
def iter_conll(  # type: ignore[overload-overlap]  # a str is one column, not a sequence of them
    source: Source,
    columns: Column,
    *,
    layout: LayoutLike = ...,
    separator: str | None = ...,
    comment: str | None = ...,
    header: bool = ...,
    normalize: _Normalization = ...,
    errors: _Errors = ...,
    encoding: str = ...,
) -> Generator[_Values, None, None]: ...
@overload
def iter_conll(
    source: Source,
    columns: Iterable[Column] | None = ...,
    *,
    layout: LayoutLike = ...,
    separator: str | None = ...,
    comment: str | None = ...,
    header: bool = ...,
    normalize: _Normalization = ...,
    errors: _Errors = ...,
    encoding: str = ...,
) -> Generator[tuple[_Values, ...], None, None]: ...
def iter_conll(
    source: Source,
    columns: Column | Iterable[Column] | None = None,
    *,
    layout: LayoutLike = "conllu",
    separator: str | None = None,
    comment: str | None = None,
    header: bool = False,
    normalize: _Normalization = None,
    errors: _Errors = "strict",
    encoding: str = "utf-8",
) -> Generator[_Values | tuple[_Values, ...], None, None]:
    """Read sentences from a file with one token per line, one sentence at a time.

    Only the current sentence is in memory: use this function for files that do
    not fit in memory. :func:`read_conll` describes the parameters in detail.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        The source to read. A path is opened when the first sentence is
        requested. The file is closed after the last sentence or when the
        generator is closed.

    columns : str, int or sequence of them, default=None
        The columns to read, by name or by number.

    layout : str, sequence of str or None, default="conllu"
        The columns of the file: "conllu", "conll2000", "conll2003" or their
        names.

    separator, comment, header, normalize, encoding
        As for :func:`read_conll`.

    errors : {"strict", "skip"}, default="strict"
        How to treat malformed lines. "strict" raises an error at the first
        sentence that contains one. "skip" leaves out such sentences, and warns
        with their number after the last sentence.

    Returns
    -------
    generator of tuple of list of str
        For each sentence, the values of each requested column. If `columns` is
        a single name or number, each sentence is the list of that column
        alone.

    Raises
    ------
    ValueError
        As in :func:`read_conll`.

    See Also
    --------
    read_conll : Reads all sentences at once.

    Examples
    --------
    >>> from sklstm.datasets import iter_conll
    >>> lines = ["Ducks NOUN", "swim VERB", "", "Quietly ADV"]
    >>> for words, tags in iter_conll(lines, layout=["form", "pos"]):
    ...     print(words, tags)
    ['Ducks', 'swim'] ['NOUN', 'VERB']
    ['Quietly'] ['ADV']
    """
    file_layout = as_layout(layout, separator, comment, header=header, normalize=normalize)
    reading = _Reading(source, columns, file_layout, errors, encoding)
    return _iterate(reading, is_single(columns))


def write_conll(
    destination: Destination,
    *values: Iterable[Sequence[str]],
    columns: Column | Iterable[Column] | None = None,
    layout: LayoutLike = "conllu",
    separator: str | None = None,
    encoding: str = "utf-8",
) -> None:
    r"""Write sentences and their tags to a file with one token per line.

    :func:`read_conll` with the same `layout` and `separator` returns exactly
    the same values.

    Parameters
    ----------
    destination : str, path-like or text file
        The file to write. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        compressed. An existing file is replaced only after everything has been
        written. An open text file is not closed.

    *values : sequence of sequence of str
        The values of each column, such as the words and the tags: for each
        column a sequence of sentences, which are sequences of str.

    columns : str, int or sequence of them, default=None
        The columns of `values`, by name or by number. All other columns are
        filled with ``_``. By default, all columns in their order if their
        number is the number of `values`, which is always so with
        ``layout=None``. Otherwise the word and the tag, as in
        :func:`read_conll`.

    layout : str, sequence of str or None, default="conllu"
        The columns of the file: "conllu", "conll2000", "conll2003" or their
        names. In "conllu", and in layouts with a column "id", the ids are
        written automatically.

    separator : str, default=None
        The separator of the columns. By default, a space in "conll2000" and
        "conll2003", and a tab in all other layouts.

    encoding : str, default="utf-8"
        The encoding of a file given by its path.

    Raises
    ------
    ValueError
        If the lengths of `values` differ, or if they contain something that
        cannot be written: a sentence without tokens, or a str that is empty,
        begins or ends with a space, contains the separator, a tab or a line
        end, or would be read as a comment, as a boundary of documents or as a
        byte order mark. The message names the place. Nothing is written.

    TypeError
        If a value is not a str.

    See Also
    --------
    read_conll : Reads such files.

    Examples
    --------
    >>> import io, sys
    >>> from sklstm.datasets import write_conll
    >>> words = [["Ducks", "swim"], ["Quietly"]]
    >>> chunks = [["B-NP", "B-VP"], ["B-ADVP"]]
    >>> write_conll(sys.stdout, words, chunks, layout="conll2000")
    Ducks _ B-NP
    swim _ B-VP
    <BLANKLINE>
    Quietly _ B-ADVP
    <BLANKLINE>

    Write the predicted tags next to the true ones, in a file with columns of your own:

    >>> predicted = [["B-NP", "B-NP"], ["B-ADVP"]]
    >>> file = io.StringIO()
    >>> write_conll(file, words, chunks, predicted, layout=["form", "true", "pred"])
    >>> file.getvalue().splitlines()
    ['Ducks\tB-NP\tB-NP', 'swim\tB-VP\tB-NP', '', 'Quietly\tB-ADVP\tB-ADVP', '']
    """
    file_layout = as_layout(layout, separator)
    positions, width = _positions_to_write(columns, file_layout, len(values))
    names = [file_layout.names[p] if file_layout.names else f"values[{p}]" for p in positions]
    flat_columns = [
        flatten(_as_list(v, name), name, vectors=False)
        for v, name in zip(values, names, strict=True)
    ]
    _check_lengths(flat_columns)
    for position, flat in zip(positions, flat_columns, strict=True):
        # Without a separator, a line of one column has no tab, so it would be split at spaces.
        splits_at = file_layout.written_separator if width > 1 or separator is not None else " "
        _check_values(flat, splits_at)
        if position == file_layout.id_position:
            _check_ids(flat)
    lines = _token_lines(flat_columns, positions, width, file_layout)
    _check_lines(lines, flat_columns[0], file_layout.comment)
    remaining = iter(lines)
    with text_writer(destination, encoding) as file:
        for length in flat_columns[0].lengths.tolist():
            file.write("\n".join(islice(remaining, length)) + "\n\n")


def _as_list(sentences: Any, name: str) -> list[Any]:
    """Return the sentences as a list; raise a TypeError if they are no iterable."""
    try:
        return list(sentences)
    except TypeError as error:
        raise TypeError(f"{name} is {show(sentences)}, not a list of sentences.") from error


# Reading


class _Reading:
    """Reads the requested columns of a source, and records its malformed lines."""

    def __init__(
        self, source: Source, columns: Any, layout: Layout, errors: str, encoding: str
    ) -> None:
        if errors not in ("strict", "skip"):
            raise ValueError(f"errors must be 'strict' or 'skip', got {errors!r}.")
        check_source(source, encoding)
        self.source, self.encoding = source, encoding
        self.is_strict = errors == "strict"
        self.requested = None if columns is None else check_columns(columns, layout)
        self.reader = SentenceReader(layout, same_width=columns is None)
        if not layout.has_header:
            check_columns(columns, layout)
        self.problems: list[LineError] = []
        self.n_skipped = 0

    @property
    def columns(self) -> tuple:
        """The columns to read; the names of a header can determine the default."""
        try:
            return self.requested or check_columns(None, self.reader.layout)
        except ValueError as error:
            raise SourceError(str(error)) from None

    def sentences(self, *, stop_at_error: bool) -> Iterator[tuple[_Values, ...]]:
        """Yield the values of the requested columns of each sentence without malformed lines."""
        with open_lines(self.source, self.encoding) as lines:
            for sentence in self.reader.read(split_lines(lines)):
                values = self._extract(sentence)
                if values:
                    yield values
                elif stop_at_error:
                    raise self.problems[0]

    def _extract(self, sentence: Sentence) -> tuple[_Values, ...]:
        """Return the values of a sentence; an empty tuple if it has malformed lines."""
        problems = sentence.problems
        if not problems:
            try:
                return extract_columns(sentence, self.columns)
            except LineError as error:
                problems = [error]
        self.problems += problems
        self.n_skipped += 1
        return ()

    def raise_or_warn(self) -> None:
        """Raise an error for all malformed lines, or warn that sentences were left out."""
        if not self.problems:
            return
        name, n_lines = name_of(self.source), len(self.problems)
        first = f"{name}, line {self.problems[0].number}: {self.problems[0]}"
        if not self.is_strict:
            warnings.warn(
                f"Left out {self.n_skipped} sentence(s) with {n_lines} malformed line(s). The "
                f"first: {first}",
                stacklevel=3,
            )
        elif n_lines == 1:
            raise ValueError(first)
        else:
            shown = [
                f"line {problem.number}: {problem}" for problem in self.problems[:_MALFORMED_SHOWN]
            ]
            raise ValueError(
                f"{name} has {n_lines} malformed lines. The first:\n"
                + "\n".join(shown)
                + '\nPass errors="skip" to leave out the sentences with such lines.'
            )


def _iterate(
    reading: _Reading, single: bool
) -> Generator[_Values | tuple[_Values, ...], None, None]:
    for values in reading.sentences(stop_at_error=reading.is_strict):
        yield values[0] if single else values
    reading.raise_or_warn()


def looks_like_header(value: str) -> bool:
    """Return whether a value looks like the name of the column of the tags."""
    return _HEADER.fullmatch(value) is not None


def _warn_for_content(columns: tuple[list[_Values], ...], name: str) -> None:
    """Warn if the file does not look like sentences with tags."""
    sentences, tags = columns[0], columns[-1]
    n_tokens = sum(map(len, sentences))
    problem = ""
    if len(sentences) == 1 and n_tokens >= _VERY_LONG:
        problem = (
            f"is one sentence of {n_tokens} tokens. A blank line ends a sentence: insert blank "
            "lines, or pass the layout of the file."
        )
    if len(columns) > 1 and n_tokens:
        occurring = set().union(*tags)
        first = tags[0][0]
        if occurring == {_UNDERSCORE}:
            problem = (
                f"has {_UNDERSCORE!r} for all tags. Is it without annotation? Pass the columns of "
                "the words and the tags."
            )
        elif looks_like_header(first) and sum(values.count(first) for values in tags) == 1:
            problem = (
                f"begins with {[column[0][0] for column in columns]}, which looks like the names "
                "of columns. Pass header=True, and layout=None, to read the names."
            )
    if problem:
        warnings.warn(f"{name} {problem}", stacklevel=3)


# Writing


def _positions_to_write(columns, layout, n_values):
    """Return the position of the column for each of the values, and the number of columns."""
    if not layout.names:
        if columns is not None or not n_values:
            raise ValueError(
                "With layout=None, the values are all columns of the file: pass at least one, and "
                "do not pass columns. Or pass the names of all columns as layout."
            )
        return tuple(range(n_values)), n_values
    width = len(layout.names)
    if columns is None and (n_values == width or width == 1):
        columns = layout.names
    elif columns is None and n_values == width - 1 and layout.id_position is not None:
        columns = [name for k, name in enumerate(layout.names) if k != layout.id_position]
    positions = tuple(position_of(c, layout.names, width) for c in check_columns(columns, layout))
    names = [layout.names[p] for p in positions]
    if len(names) != n_values:
        raise ValueError(
            f"Got {n_values} sequence(s) of sentences for {len(names)} column(s), "
            f"{', '.join(map(repr, names))}. Pass the column of each as columns."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"columns contains one column twice: {names!r}.")
    return positions, width


def _check_lengths(flat_columns):
    """Check that all columns have the same sentences, and that no sentence is empty."""
    first = flat_columns[0]
    for flat in flat_columns:
        if flat.is_rows:
            raise TypeError(
                f"{flat.name}[0] is {show(flat.values[0])}, not a sentence. Pass a list of str for "
                "each sentence."
            )
        check_same_lengths(first, flat)
    lengths = first.lengths.tolist()
    if 0 in lengths:
        raise ValueError(
            f"{first.name}[{lengths.index(0)}] has no tokens, which cannot be written. Remove the "
            "sentence."
        )


def _check_values(flat, separator):
    """Check that all values are str that would be read back unchanged."""
    illegal = re.compile(r"[ \t\r\n]" if separator == " " else r"^[ \t]|[ \t]$|[\r\n]")
    for k, value in enumerate(flat.values):
        if not isinstance(value, str):
            raise TypeError(f"{flat.place(k)} must be a str, got {show(value)}.")
        # A separator of several characters can begin within the value.
        is_split = (value + separator).find(separator) < len(value)
        if not value or is_split or illegal.search(value):
            raise ValueError(
                f"{flat.place(k)} is {value!r}, which would not be read back. A value must not be "
                "empty, begin or end with a space or a tab, or contain a line end or the separator "
                f"of the columns, {separator!r}."
            )


def _check_lines(lines, flat, comment):
    """Check that no line would be read as something else than a token."""
    meanings = {DOCUMENT_START: "the boundary of a document", BYTE_ORDER_MARK: "a byte order mark"}
    if comment is not None:
        meanings[comment] = "a comment"
    for k, line in enumerate(lines):
        if not line.startswith(("#", *meanings)):
            continue
        meaning = next((meanings[start] for start in meanings if line.startswith(start)), "")
        if meaning or looks_like_comment(line):
            raise ValueError(
                f"The line of {flat.place(k)}, {show(line)}, would be read as "
                f"{meaning or 'a comment'}. Change or remove the token."
            )


def _check_ids(flat):
    """Check that the ids of the user number the tokens of each sentence."""
    for k, (value, step) in enumerate(zip(flat.values, _steps(flat.lengths), strict=True)):
        if value != step:
            raise ValueError(
                f"{flat.place(k)} is {value!r}, expected {step!r}: the ids of a sentence are 1, 2, "
                "3, ... Leave the column out to have them written automatically."
            )


def _steps(lengths):
    """Return the number of each token in its sentence, from 1, as str."""
    return [str(k) for length in lengths.tolist() for k in range(1, length + 1)]


def _token_lines(flat_columns, positions, width, layout):
    """Return the line of each token, without its end."""
    lengths = flat_columns[0].lengths
    columns = [["_"] * int(lengths.sum())] * width
    if layout.id_position is not None:
        columns[layout.id_position] = _steps(lengths)
    for position, flat in zip(positions, flat_columns, strict=True):
        columns[position] = flat.values
    return list(map(layout.written_separator.join, zip(*columns, strict=True)))
