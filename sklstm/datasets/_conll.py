"""Read and write corpora with one token per line, as the CoNLL shared tasks laid them out."""

import re
from collections.abc import Generator, Iterable, Sequence
from numbers import Integral
from sys import intern
from typing import NamedTuple, TypeAlias, overload

from sklstm.datasets._files import Destination, Source, name_of, opened, text_writer
from sklstm.datasets._lines import (
    BYTE_ORDER_MARK,
    LineError,
    check_encoding,
    check_source,
    numbered_lines,
    shown,
)


class _Layout(NamedTuple):
    """What is known of a file before its first line is read."""

    names: tuple = ()  # Empty: the columns have numbers only.
    columns: tuple = (0, -1)  # Those that are read and written by default.
    separator: str | None = None  # None: a tab where the line has one, else white space.
    glue: str = "\t"  # What parts the columns in writing.
    has_ids: bool = False  # The first column numbers the words.
    comments: tuple = ()  # How lines begin that say nothing,
    boundaries: tuple = ()  # and those that end a sentence as a blank line does.


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
# str.split() would also split at U+00A0 and its like, which occur inside words.
NOT_WHITE_SPACE = re.compile(r"[^ \t]+")

_Column: TypeAlias = str | int
_LayoutLike: TypeAlias = str | Sequence[str] | None
_Values: TypeAlias = list[str]  # of one column, in one sentence


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

    A blank line ends a sentence. Each other line holds one token: the word
    and, in further columns, what is known about it.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        What to read. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        uncompressed in reading. Files may be open in text or binary mode and
        stay open; lines may be str or bytes.

    columns : str, int or sequence of them, default=None
        The columns to return, by name or by number (from 0; negative ones
        count from the end). By default the word and the tag that the layout
        is for: ``("form", "upos")`` in "conllu", ``("form", "chunk")`` in
        "conll2000", ``("form", "ner")`` in "conll2003" and otherwise the first
        and the last column, ``(0, -1)``.

    layout : str, sequence of str or None, default="conllu"
        What the columns are.

        - "conllu": id, form, lemma, upos, xpos, feats, head, deprel, deps and
          misc, parted by tabs. Lines that begin with ``#`` are comments.
          Multiword tokens (ids such as ``1-2``) and empty nodes (``8.1``) are
          left out: their words have lines of their own, or are not in the
          text.
        - "conll2000": form, pos and chunk.
        - "conll2003": form, pos, chunk and ner. Lines that begin with
          ``-DOCSTART-`` part documents and are left out.
        - A sequence of str names the columns of any other file.
        - With None, columns are known by number only. All lines must have as
          many columns as the first.

        Only "conllu" has comments. In all others a word may begin with ``#``,
        as hashtags do.

    separator : str, default=None
        What parts the columns. By default a tab in "conllu", else a tab in
        lines that hold one and white space in lines that do not. Spaces inside
        a column parted by tabs belong to it. Pass ``" "`` for any run of spaces
        and tabs; any other str parts columns where it occurs.

    encoding : str, default="utf-8"
        The encoding of files and lines that are bytes. A byte order mark at
        the start is dropped.

    Returns
    -------
    tuple of list of list of str
        For each column asked for, a list with a list for each sentence. If
        `columns` is a single name or number, the list of that column alone.

    Raises
    ------
    ValueError
        If a line is malformed: it has another number of columns than the
        layout or the first line of tokens, a column asked for is empty or
        begins or ends with a space, ids do not run 1, 2, 3, ..., or its bytes
        are not in the encoding. The message names the file and the line. Also
        if there is no such layout or column.

    See Also
    --------
    iter_conll : Reads one sentence at a time.
    write_conll : Writes such files.

    Notes
    -----
    Only a space, a tab and the end of a line ever part anything. Other
    characters that Unicode counts as white space or as line ends, such as
    U+00A0 and U+2028, are kept as parts of words.

    Equal values are one object in memory, so a large corpus costs little more
    than a pointer for each token and column.

    Examples
    --------
    Of files in the CoNLL-U format, the words and their parts of speech:

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

    Of a file without a known layout, the first column and the last:

    >>> lines = ["Ada NNP B-person", "slept VBD O", "", "#bliss NN O"]
    >>> X, y = read_conll(lines, layout=None)
    >>> X
    [['Ada', 'slept'], ['#bliss']]
    >>> y
    [['B-person', 'O'], ['O']]
    """
    wanted = _reusable(columns)
    sentences = iter_conll(source, wanted, layout=layout, separator=separator, encoding=encoding)
    if _is_single(wanted):
        return list(sentences)
    # Two columns, the words and the tags, are the default of every layout.
    n_columns = 2 if wanted is None else len(wanted)
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

    Only the current sentence is held in memory. The parameters are those of
    :func:`read_conll`, where they are described.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        What to read. A file given by its path is opened when the first
        sentence is asked for, and closed after the last one or when the
        generator is closed.

    columns : str, int or sequence of them, default=None
        The columns to read, by name or by number.

    layout : str, sequence of str or None, default="conllu"
        What the columns are: "conllu", "conll2000", "conll2003" or their names.

    separator : str, default=None
        What parts the columns.

    encoding : str, default="utf-8"
        The encoding of files and lines that are bytes.

    Returns
    -------
    generator of tuple of list of str
        For each sentence and each column asked for, the values. If `columns`
        is a single name or number, the sentences are the lists of that column
        alone.

    Raises
    ------
    ValueError
        As :func:`read_conll` does; for a malformed line, when the sentence
        that holds it is reached.

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
    plan = as_layout(layout)
    if separator is not None:
        plan = plan._replace(separator=_check_separator(separator))
    wanted = _as_columns(columns, plan)
    if plan.names:
        wanted = _positions(wanted, plan.names, len(plan.names))
    check_source(source)
    check_encoding(encoding)
    return _sentences(source, wanted, plan, encoding, _is_single(columns))


def write_conll(
    destination: Destination,
    *values: Iterable[Sequence[str]],
    columns: _Column | Iterable[_Column] | None = None,
    layout: _LayoutLike = "conllu",
    encoding: str = "utf-8",
) -> None:
    r"""Write sentences and their tags to a file with one token per line.

    What is written, :func:`read_conll` reads back exactly.

    Parameters
    ----------
    destination : str, path-like or text file
        Where to write. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        compressed. A file that was there is replaced only after all was
        written. An open text file stays open.

    *values : sequence of sequence of str
        For each of `columns`, its values: a sequence for every sentence.

    columns : str, int or sequence of them, default=None
        The columns that `values` go to, by name or by number; all others hold
        ``_``. By default the word and the tag, as in :func:`read_conll`; but
        all columns, in their order, where there are as many `values`, as there
        always are with ``layout=None``.

    layout : str, sequence of str or None, default="conllu"
        The columns of the file: "conllu", "conll2000", "conll2003" or their
        names. In "conllu" the ids are written by themselves. The columns of
        "conll2000" and "conll2003" are parted by a space, all others by a tab.

    encoding : str, default="utf-8"
        The encoding of a file given by its path.

    Raises
    ------
    ValueError
        If `values` do not agree in their lengths, or hold what such a file
        cannot: a sentence without tokens, or a str that is empty, begins or
        ends with a space, holds a tab or a line end, or holds a space where
        spaces part the columns. The message names the place, nothing is
        written.

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

    A file with columns of your own, for the tags of a tagger beside the true ones:

    >>> predicted = [["B-NP", "B-NP"], ["B-ADVP"]]
    >>> file = io.StringIO()
    >>> write_conll(file, words, chunks, predicted, layout=["form", "true", "pred"])
    >>> file.getvalue().splitlines()
    ['Ducks\tB-NP\tB-NP', 'swim\tB-VP\tB-NP', '', 'Quietly\tB-ADVP\tB-ADVP', '']
    """
    plan = as_layout(layout)
    positions, width = _positions_to_write(columns, plan, len(values))
    labels = [plan.names[p] if plan.names else p for p in positions]
    sentences = _aligned(values, labels)
    # A line of one column has no tab to tell that its spaces part nothing.
    illegal = _illegal(plan.glue if width > 1 else " ")
    for i, sentence in enumerate(sentences):
        _check_sentence(i, sentence, labels, illegal)
    blocks = [_block(sentence, positions, width, plan) for sentence in sentences]
    _check_line_starts(blocks, plan.boundaries)
    with text_writer(destination, encoding) as file:
        file.writelines(blocks)


# Layouts and columns


def as_layout(layout):
    if layout is None:
        return _Layout()
    if isinstance(layout, str):
        if layout not in _LAYOUTS:
            known = ", ".join(map(repr, _LAYOUTS))
            raise ValueError(
                f"There is no layout {layout!r}. There are {known}; any other file is read with a "
                "sequence of its column names, or with None."
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
    """Return `columns` so that they can be gone through again."""
    return columns if columns is None or _is_single(columns) else tuple(columns)


def _as_columns(columns, layout):
    """Return `columns` as a tuple of names and numbers, judged by all but their range."""
    if columns is None:
        columns = layout.columns
        if len(layout.names) == 1:
            raise ValueError(f"The layout has one column only: pass columns={layout.names[0]!r}.")
    columns = (columns,) if _is_single(columns) else tuple(columns)
    if not columns:
        raise ValueError("columns is empty: name at least one.")
    for column in columns:
        if not _is_single(column):
            raise TypeError(f"columns must be names or whole numbers, got {column!r}.")
        if isinstance(column, str) and not layout.names:
            raise ValueError(
                f"Column {column!r} has no meaning with layout=None, which knows columns by "
                "number only: give its number, or the names of all columns as layout."
            )
    return columns


def _positions(columns, names, width):
    """Return the places of `columns` (names or numbers) in lines of `width` columns."""
    return tuple(position_of(column, names, width) for column in columns)


def position_of(column, names, width):
    if column in names:
        return names.index(column)
    if not isinstance(column, str) and -width <= column < width:
        return int(column) % width
    named = f" named {', '.join(map(repr, names))}" if names else ""
    raise ValueError(
        f"There is no column {column!r}. There are {width}{named}, numbered from 0 to {width - 1} "
        f"or from -{width} to -1."
    )


def _check_separator(separator):
    if not isinstance(separator, str) or not separator or set(separator) & {"\n", "\r"}:
        raise ValueError(
            f"separator must be None or a str without line ends, not empty, got {separator!r}."
        )
    return separator


# Reading


def _sentences(source, columns, layout, encoding, single):
    """Yield the values of `columns` (names or numbers) in each sentence of `source`."""
    try:
        with opened(source) as file:
            for numbers, rows in _tables(numbered_lines(file, encoding), layout):
                places = _places(columns, layout.names, numbers[0], len(rows[0]))
                sentence = tuple(_values(numbers, rows, place) for place in places)
                yield sentence[0] if single else sentence
    except LineError as error:
        raise ValueError(f"{name_of(source)}, line {error.number}: {error}") from error.__cause__


def _tables(lines, layout):
    """Yield the sentences, each as the numbers of its lines and their columns."""
    width = len(layout.names)
    for block in _blocks(lines, layout):
        rows = [_split(line, layout.separator) for _, line in block]
        width = width or len(rows[0])
        _check_widths(block, rows, width, layout)
        numbers = [number for number, _ in block]
        if layout.has_ids:
            numbers, rows = _words(numbers, rows)
        if rows:
            yield numbers, rows


def _blocks(lines, layout):
    """Group numbered lines into sentences; leave out blank lines and comments."""
    block = []
    for number, line in lines:
        if not line.strip(" \t") or line.startswith(layout.boundaries):
            if block:
                yield block
            block = []
        elif not line.startswith(layout.comments):
            block.append((number, line))
    if block:
        yield block


def _split(line, separator):
    if separator is None:
        separator = "\t" if "\t" in line else " "
    if separator == " ":
        return NOT_WHITE_SPACE.findall(line)
    return line.split(separator)


def _check_widths(block, rows, width, layout):
    for (number, line), row in zip(block, rows, strict=True):
        if len(row) != width:
            expected = f"({' '.join(layout.names)})" if layout.names else "as in the first line"
            raise LineError(
                number,
                f"found {len(row)} column(s), expected {width} {expected}, in {shown(line)}. Pass "
                "the layout and the separator that the file has.",
            )


def _words(numbers, rows):
    """Leave out multiword tokens and empty nodes; see that all others are numbered 1, 2, 3, ..."""
    kept_numbers, kept_rows = [], []
    for number, row in zip(numbers, rows, strict=True):
        if row[0] == str(len(kept_rows) + 1):
            kept_numbers.append(number)
            kept_rows.append(row)
        elif not MULTIWORD_OR_EMPTY.fullmatch(row[0]):
            raise LineError(
                number,
                f"found the id {row[0]!r}, expected '{len(kept_rows) + 1}'. The words of a "
                "sentence are numbered 1, 2, 3, ..., multiword tokens like '1-2', empty nodes "
                "like '8.1', and a blank line ends the sentence.",
            )
    return kept_numbers, kept_rows


def _places(columns, names, number, width):
    """Return the positions of `columns` in the line of this number, `width` columns wide."""
    if columns == (0, -1) and width == 1:
        raise LineError(
            number,
            "found 1 column, expected at least 2, for words and tags. Pass the separator that the "
            "file has, or columns=0 to read words alone.",
        )
    try:
        return _positions(columns, names, width)
    except ValueError as error:
        raise LineError(number, str(error)) from None


def _values(numbers, rows, place):
    """Return one column of a sentence."""
    values = [intern(row[place]) for row in rows]
    for number, value in zip(numbers, values, strict=True):
        if not value or value.strip(" \t") != value:
            problem = "begins or ends with white space" if value else "is empty"
            raise LineError(
                number,
                f"column {place} {problem}, expected a value: {value!r}. Mend the line, pass the "
                "separator that the file has, or ask for other columns.",
            )
    # A copy has no spare room, which a list grown item by item has.
    return values.copy()


# Writing


def _positions_to_write(columns, layout, n_values):
    """Return where each of the values goes, and how many columns there are."""
    if not layout.names:
        if columns is not None or not n_values:
            raise ValueError(
                "With layout=None the values are all the columns there are: pass at least one, "
                "and no columns; or name all columns of the file as layout."
            )
        return tuple(range(n_values)), n_values
    width = len(layout.names)
    if columns is None and (n_values == width or width == 1):
        columns = layout.names
    columns = _as_columns(columns, layout)
    positions = _positions(columns, layout.names, width)
    if len(columns) != n_values:
        raise ValueError(
            f"Got {n_values} sequence(s) of sentences for {len(columns)} column(s), "
            f"{', '.join(repr(layout.names[p]) for p in positions)}. Name the column of each with "
            "columns."
        )
    if len(set(positions)) < len(positions):
        raise ValueError(f"columns names one column twice: {columns!r}.")
    if layout.has_ids and 0 in positions:
        raise ValueError("Ids are written by themselves: leave them out of columns.")
    return positions, width


def _aligned(values, labels):
    """Return the sentences, each as a tuple of its columns."""
    values = [list(column) for column in values]
    for column, label in zip(values, labels, strict=True):
        if len(column) != len(values[0]):
            raise ValueError(
                f"Column {labels[0]!r} has {len(values[0])} sentences, column {label!r} has "
                f"{len(column)}. They must agree."
            )
    return list(zip(*values, strict=True))


def _check_sentence(i, sentence, labels, illegal):
    """Judge the columns of sentence number `i`."""
    if any(isinstance(values, str) for values in sentence):
        raise TypeError(f"Sentence {i} is a str. Pass a list of str for each sentence.")
    n_tokens = len(sentence[0])
    if not n_tokens:
        raise ValueError(f"Sentence {i} has no tokens, which cannot be written. Leave it out.")
    for values, label in zip(sentence, labels, strict=True):
        if len(values) != n_tokens:
            raise ValueError(
                f"Sentence {i} has {n_tokens} values for column {labels[0]!r}, {len(values)} for "
                f"column {label!r}. They must agree."
            )
        _check_values(values, f"Sentence {i}, column {label!r}", illegal)


def _check_values(values, place, illegal):
    for t, value in enumerate(values):
        if not isinstance(value, str):
            raise TypeError(f"{place}, token {t} must be a str, got {value!r}.")
        if illegal.search(value):
            raise ValueError(
                f"{place}, token {t} is {value!r}, which would not be read back. A value must not "
                "be empty, begin or end with a space, or hold a tab, a line end or, where spaces "
                "part the columns, a space."
            )


def _illegal(glue):
    """Return a pattern that is found in values which reading would not give back."""
    return re.compile(r"^$|^ | $|[\t\r\n]" if glue == "\t" else r"^$|[ \t\r\n]")


def _block(sentence, positions, width, layout):
    """Return a sentence as it stands in the file."""
    n_tokens = len(sentence[0])
    columns = [["_"] * n_tokens] * width
    if layout.has_ids:
        columns[0] = map(str, range(1, n_tokens + 1))
    for position, values in zip(positions, sentence, strict=True):
        columns[position] = values
    return "".join(layout.glue.join(row) + "\n" for row in zip(*columns, strict=True)) + "\n"


def _check_line_starts(blocks, boundaries):
    for i, block in enumerate(blocks):
        if any(line.startswith(boundaries) for line in block.split("\n")):
            raise ValueError(
                f"Sentence {i} has a word that begins with {' or '.join(boundaries)}, which would "
                "be read as the boundary of a document."
            )
    if blocks and blocks[0].startswith(BYTE_ORDER_MARK):
        raise ValueError(
            "Sentence 0 begins with U+FEFF, which would be read as a byte order mark. Take it out."
        )
