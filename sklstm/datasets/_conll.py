"""Read and write corpora with one token per line, in the formats of the CoNLL shared tasks."""

import re
from collections.abc import Generator, Iterable, Sequence
from itertools import islice
from numbers import Integral
from sys import intern
from typing import NamedTuple, TypeAlias, overload

from sklstm._sequences import check_same_lengths, flatten, show
from sklstm.datasets._files import Destination, Source, text_writer
from sklstm.datasets._lines import BYTE_ORDER_MARK, LineError, check_source, open_lines


class _Layout(NamedTuple):
    """The format of a file.

    Attributes
    ----------
    names : tuple of str
        The names of the columns. Empty if columns have numbers only.
    columns : tuple of str or int
        The columns that are read and written by default.
    separator : str or None
        The separator of columns in reading; None for a tab in lines that have one, else white
        space.
    glue : str
        The separator of columns in writing.
    has_ids : bool
        Whether the first column numbers the words of a sentence.
    comments : tuple of str
        Lines that begin with one of these are skipped.
    boundaries : tuple of str
        Lines that begin with one of these are skipped and end a sentence.
    """

    names: tuple = ()
    columns: tuple = (0, -1)
    separator: str | None = None
    glue: str = "\t"
    has_ids: bool = False
    comments: tuple = ()
    boundaries: tuple = ()


_LAYOUTS = {
    "conllu": _Layout(
        names=("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"),
        columns=("form", "upos"),
        separator="\t",
        has_ids=True,
        comments=("#",),
    ),
    "conll2000": _Layout(names=("form", "pos", "chunk"), columns=("form", "chunk"), glue=" "),
    "conll2003": _Layout(
        names=("form", "pos", "chunk", "ner"),
        columns=("form", "ner"),
        glue=" ",
        boundaries=("-DOCSTART-",),
    ),
}

MULTIWORD_OR_EMPTY = re.compile(r"[1-9][0-9]*-[1-9][0-9]*|[0-9]+\.[1-9][0-9]*")
# str.split() would also split at characters such as U+00A0, which occur inside words.
NOT_WHITE_SPACE = re.compile(r"[^ \t]+")

_Column: TypeAlias = str | int
_LayoutLike: TypeAlias = str | Sequence[str] | None
_Values: TypeAlias = list[str]  # The values of one column in one sentence.


@overload
def read_conll(  # type: ignore[overload-overlap]  # a str is one column, not a sequence of them
    source: Source,
    columns: _Column,
    *,
    layout: _LayoutLike = ...,
    separator: str | None = ...,
    encoding: str = ...,
) -> list[_Values]: ...
@overload
def read_conll(
    source: Source,
    columns: Iterable[_Column] | None = ...,
    *,
    layout: _LayoutLike = ...,
    separator: str | None = ...,
    encoding: str = ...,
) -> tuple[list[_Values], ...]: ...
def read_conll(
    source: Source,
    columns: _Column | Iterable[_Column] | None = None,
    *,
    layout: _LayoutLike = "conllu",
    separator: str | None = None,
    encoding: str = "utf-8",
) -> list[_Values] | tuple[list[_Values], ...]:
    r"""Read sentences and their tags from a file with one token per line.

    Each line holds one token: the word and, in further columns, its
    annotations. A blank line ends a sentence.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        The source to read. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        decompressed. Files may be open in text or binary mode and stay open;
        lines may be str or bytes.

    columns : str, int or sequence of them, default=None
        The columns to return, by name or by number (from 0; negative ones
        count from the end). By default the word and the main tag of the
        layout: ``("form", "upos")`` in "conllu", ``("form", "chunk")`` in
        "conll2000", ``("form", "ner")`` in "conll2003" and otherwise the first
        and the last column, ``(0, -1)``.

    layout : str, sequence of str or None, default="conllu"
        The columns of the file.

        - "conllu": id, form, lemma, upos, xpos, feats, head, deprel, deps and
          misc, separated by tabs. Lines that begin with ``#`` are comments.
          Multiword tokens (ids such as ``1-2``) and empty nodes (``8.1``) are
          skipped: the words of a multiword token have their own lines, and
          empty nodes are not in the text.
        - "conll2000": form, pos and chunk.
        - "conll2003": form, pos, chunk and ner. Lines that begin with
          ``-DOCSTART-`` separate documents and are skipped.
        - A sequence of str gives the names of the columns of any other file.
        - With None, columns have numbers only. All lines must have the same
          number of columns as the first.

        Only "conllu" has comments. In all other layouts a word may begin with
        ``#``, as hashtags do.

    separator : str, default=None
        The separator of the columns. By default a tab in "conllu"; in other
        layouts a tab in lines that contain one, and white space in lines that
        do not. Where tabs separate the columns, a value may contain spaces.
        Pass ``" "`` for any run of spaces and tabs. Any other str separates
        columns wherever it occurs.

    encoding : str, default="utf-8"
        The encoding of files and lines that are bytes. A byte order mark at
        the start is dropped.

    Returns
    -------
    tuple of list of list of str
        For each requested column, a list with a list for each sentence. If
        `columns` is a single name or number, the list of that column alone.

    Raises
    ------
    ValueError
        If a line is malformed: its number of columns differs from the layout
        or from the first line, a requested value is empty or begins or ends
        with a space, the ids are not 1, 2, 3, ..., or its bytes cannot be
        decoded. The message names the file and the line. Also if the layout
        or a column does not exist.

    See Also
    --------
    iter_conll : Reads one sentence at a time.
    write_conll : Writes such files.

    Notes
    -----
    Only spaces, tabs and line ends are separators. Other characters that
    Unicode counts as white space or as line ends, such as U+00A0 and U+2028,
    are kept as parts of words.

    Equal values are one object in memory, so a large corpus takes little more
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
    requested = _reusable(columns)
    sentences = iter_conll(source, requested, layout=layout, separator=separator, encoding=encoding)
    if _is_single(requested):
        return list(sentences)
    # The default columns of every layout are the words and the tags.
    n_columns = 2 if requested is None else len(requested)
    collected: tuple[list[_Values], ...] = tuple([] for _ in range(n_columns))
    for sentence in sentences:
        for column, values in zip(collected, sentence, strict=True):
            column.append(values)
    return collected


@overload
def iter_conll(  # type: ignore[overload-overlap]  # a str is one column, not a sequence of them
    source: Source,
    columns: _Column,
    *,
    layout: _LayoutLike = ...,
    separator: str | None = ...,
    encoding: str = ...,
) -> Generator[_Values, None, None]: ...
@overload
def iter_conll(
    source: Source,
    columns: Iterable[_Column] | None = ...,
    *,
    layout: _LayoutLike = ...,
    separator: str | None = ...,
    encoding: str = ...,
) -> Generator[tuple[_Values, ...], None, None]: ...
def iter_conll(
    source: Source,
    columns: _Column | Iterable[_Column] | None = None,
    *,
    layout: _LayoutLike = "conllu",
    separator: str | None = None,
    encoding: str = "utf-8",
) -> Generator[_Values | tuple[_Values, ...], None, None]:
    """Read the sentences of a file with one token per line, one at a time.

    Only the current sentence is held in memory. The parameters are described
    at :func:`read_conll`.

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

    separator : str, default=None
        The separator of the columns.

    encoding : str, default="utf-8"
        The encoding of files and lines that are bytes.

    Returns
    -------
    generator of tuple of list of str
        For each sentence, the values of each requested column. If `columns` is
        a single name or number, each sentence is the list of that column
        alone.

    Raises
    ------
    ValueError
        As in :func:`read_conll`. The error for a malformed line is raised when
        its sentence is reached.

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
    file_layout = as_layout(layout)
    if separator is not None:
        if not isinstance(separator, str) or not separator or set(separator) & {"\n", "\r"}:
            raise ValueError(
                "separator must be None or a str that is not empty and has no line end, got "
                f"{separator!r}."
            )
        file_layout = file_layout._replace(separator=separator)
    requested = _resolve_columns(columns, file_layout)
    check_source(source, encoding)
    return _read_sentences(source, requested, file_layout, encoding, _is_single(columns))


def write_conll(
    destination: Destination,
    *values: Iterable[Sequence[str]],
    columns: _Column | Iterable[_Column] | None = None,
    layout: _LayoutLike = "conllu",
    encoding: str = "utf-8",
) -> None:
    r"""Write sentences and their tags to a file with one token per line.

    :func:`read_conll` reads back exactly the same values.

    Parameters
    ----------
    destination : str, path-like or text file
        The file to write. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        compressed. An existing file is replaced only after everything was
        written. An open text file stays open.

    *values : sequence of sequence of str
        The values of each of `columns`: a sequence for each sentence.

    columns : str, int or sequence of them, default=None
        The columns for `values`, by name or by number; all other columns are
        filled with ``_``. By default all columns in their order if there are as
        many `values`, which is always so with ``layout=None``; else the word
        and the tag, as in :func:`read_conll`.

    layout : str, sequence of str or None, default="conllu"
        The columns of the file: "conllu", "conll2000", "conll2003" or their
        names. In "conllu" the ids are written automatically. A space separates
        the columns of "conll2000" and "conll2003", a tab those of all others.

    encoding : str, default="utf-8"
        The encoding of a file given by its path.

    Raises
    ------
    ValueError
        If the lengths of `values` differ, or if they contain something that
        cannot be written: a sentence without tokens, or a str that is empty,
        begins or ends with a space, contains a tab or a line end, or contains
        a space where spaces separate the columns. The message names the place.
        Nothing is written.

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
    file_layout = as_layout(layout)
    positions, width = _positions_to_write(columns, file_layout, len(values))
    names = [file_layout.names[p] if file_layout.names else f"values[{p}]" for p in positions]
    flat_columns = [
        flatten(list(v), name, vectors=False) for v, name in zip(values, names, strict=True)
    ]
    _check_lengths(flat_columns)
    for position, flat in zip(positions, flat_columns, strict=True):
        # A line of one column has no tab, so it would be split at spaces.
        separator = file_layout.glue if width > 1 else " "
        _check_values(flat, separator, file_layout.boundaries if position == 0 else ())
    texts = _sentence_texts(flat_columns, positions, width, file_layout)
    if texts and texts[0].startswith(BYTE_ORDER_MARK):
        raise ValueError(
            "Sentence 0 begins with U+FEFF, which would be read as a byte order mark. Remove it."
        )
    with text_writer(destination, encoding) as file:
        file.writelines(texts)


# Layouts and columns


def as_layout(layout):
    """Return the layout of a name, of column names or of None."""
    if layout is None:
        return _Layout()
    if isinstance(layout, str):
        if layout not in _LAYOUTS:
            known = ", ".join(map(repr, _LAYOUTS))
            raise ValueError(
                f"There is no layout {layout!r}. There are {known}. For any other file, pass the "
                "sequence of its column names, or None."
            )
        return _LAYOUTS[layout]
    names = tuple(layout)
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"layout must be a sequence of column names, got {layout!r}.")
    if len(set(names)) < len(names):
        raise ValueError(f"The column names of a layout must differ, got {layout!r}.")
    return _Layout(names)


def _is_single(columns):
    return isinstance(columns, (str, Integral))


def _reusable(columns):
    """Return several columns as a tuple, since an iterator can be read only once."""
    return columns if columns is None or _is_single(columns) else tuple(columns)


def _resolve_columns(columns, layout):
    """Return the positions of columns given by name or number.

    Without names, the number of columns is only known when the first line is read: numbers are
    returned unchanged.
    """
    if columns is None:
        if len(layout.names) == 1:
            raise ValueError(f"The layout has only one column: pass columns={layout.names[0]!r}.")
        columns = layout.columns
    columns = (columns,) if _is_single(columns) else tuple(columns)
    if not columns:
        raise ValueError("columns is empty: pass at least one column.")
    for column in columns:
        if not _is_single(column):
            raise TypeError(f"columns must be names or whole numbers, got {column!r}.")
        if isinstance(column, str) and not layout.names:
            raise ValueError(
                f"Column {column!r} is a name, but layout=None has numbers only. Pass the number "
                "of the column, or the names of all columns as layout."
            )
    if not layout.names:
        return columns
    return tuple(position_of(column, layout.names, len(layout.names)) for column in columns)


def position_of(column, names, width):
    """Return the position of a column, given by name or number, in lines of `width` columns."""
    if column in names:
        return names.index(column)
    if not isinstance(column, str) and -width <= column < width:
        return int(column) % width
    named = f" named {', '.join(map(repr, names))}" if names else ""
    raise ValueError(
        f"There is no column {column!r}. There are {width}{named}, numbered from 0 to {width - 1} "
        f"or from -{width} to -1."
    )


# Reading


def _read_sentences(source, columns, layout, encoding, is_single):
    """Yield the values of the requested columns in each sentence."""
    with open_lines(source, encoding) as lines:
        for tokens in _split_sentences(lines, layout):
            values = _pick_columns(tokens, columns)
            yield values[0] if is_single else values


def _split_sentences(lines, layout):
    """Yield each sentence as a list of tokens, a token as (line number, values of its columns).

    Comments, multiword tokens and empty nodes are skipped.
    """
    width = len(layout.names)
    tokens = []
    for number, line in lines:
        if not line.strip(" \t") or line.startswith(layout.boundaries):
            if tokens:
                yield tokens
            tokens = []
        elif not line.startswith(layout.comments):
            row = _split_line(line, layout.separator)
            width = width or len(row)
            if len(row) != width:
                raise LineError(number, _wrong_width(line, row, width, layout))
            if not layout.has_ids or _is_word(number, row[0], len(tokens) + 1):
                tokens.append((number, row))
    if tokens:
        yield tokens


def _split_line(line, separator):
    if separator is None:
        separator = "\t" if "\t" in line else " "
    if separator == " ":
        return NOT_WHITE_SPACE.findall(line)
    return line.split(separator)


def _wrong_width(line, row, width, layout):
    expected = f"({' '.join(layout.names)})" if layout.names else "as in the first line"
    return (
        f"found {len(row)} column(s), expected {width} {expected}, in {show(line)}. Pass the "
        "layout and the separator of the file."
    )


def _is_word(number, token_id, expected):
    """Return whether a token is a word, not a multiword token or an empty node."""
    if token_id == str(expected):
        return True
    if MULTIWORD_OR_EMPTY.fullmatch(token_id):
        return False
    raise LineError(
        number,
        f"found the id {token_id!r}, expected '{expected}'. The words of a sentence are numbered "
        "1, 2, 3, ..., multiword tokens like '1-2', empty nodes like '8.1', and a blank line ends "
        "the sentence.",
    )


def _pick_columns(tokens, columns):
    """Return the values of the requested columns of a sentence, one list for each."""
    number, row = tokens[0]
    if columns == (0, -1) and len(row) == 1:
        raise LineError(
            number,
            "found 1 column, expected at least 2, for words and tags. Pass the separator of the "
            "file, or columns=0 to read words alone.",
        )
    try:
        positions = [position_of(column, (), len(row)) for column in columns]
    except ValueError as error:
        raise LineError(number, str(error)) from None
    return tuple(_column_values(tokens, position) for position in positions)


def _column_values(tokens, position):
    """Return the values of one column of a sentence."""
    values = [intern(row[position]) for _, row in tokens]
    for (number, _), value in zip(tokens, values, strict=True):
        if not value or value.strip(" \t") != value:
            problem = "begins or ends with white space" if value else "is empty"
            raise LineError(
                number,
                f"column {position} {problem}, expected a value: {value!r}. Correct the line, pass "
                "the separator of the file, or request other columns.",
            )
    # A copy takes less memory: a list that grew item by item has spare room.
    return values.copy()


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
    positions = _resolve_columns(columns, layout)
    names = [layout.names[p] for p in positions]
    if len(names) != n_values:
        raise ValueError(
            f"Got {n_values} sequence(s) of sentences for {len(names)} column(s), "
            f"{', '.join(map(repr, names))}. Pass the column of each as columns."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"columns contains one column twice: {names!r}.")
    if layout.has_ids and 0 in positions:
        raise ValueError("Ids are written automatically: remove them from columns.")
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


def _check_values(flat, separator, boundaries):
    """Check that all values are str that would be read back unchanged."""
    illegal = re.compile(r"^$|^ | $|[\t\r\n]" if separator == "\t" else r"^$|[ \t\r\n]")
    for k, value in enumerate(flat.values):
        if not isinstance(value, str):
            raise TypeError(f"{flat.place(k)} must be a str, got {show(value)}.")
        if value.startswith(boundaries):
            raise ValueError(
                f"{flat.place(k)} begins with {' or '.join(boundaries)}, which would be read as "
                "the boundary of a document."
            )
        if illegal.search(value):
            raise ValueError(
                f"{flat.place(k)} is {value!r}, which would not be read back. A value must not be "
                "empty, begin or end with a space, or contain a tab, a line end or, where spaces "
                "separate the columns, a space."
            )


def _sentence_texts(flat_columns, positions, width, layout):
    """Return the text of each sentence in the file."""
    lengths = flat_columns[0].lengths.tolist()
    columns = [["_"] * sum(lengths)] * width
    if layout.has_ids:
        columns[0] = [str(k) for length in lengths for k in range(1, length + 1)]
    for position, flat in zip(positions, flat_columns, strict=True):
        columns[position] = flat.values
    lines = map(layout.glue.join, zip(*columns, strict=True))
    return ["\n".join(islice(lines, length)) + "\n\n" for length in lengths]
