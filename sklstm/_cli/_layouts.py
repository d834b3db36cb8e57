"""The layouts of files with one token per line: options, recognition, and what a model remembers.

The layout of a file is, in this order: what the options say; CoNLL-U, by its name or its first
lines; the layout of the training set of the tagger; two columns, the word and its tag.
"""

import argparse
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from sklstm._cli._arguments import one_of
from sklstm.datasets._conll import looks_like_header
from sklstm.datasets._layouts import as_layout, split_line
from sklstm.datasets._lines import LineError
from sklstm.datasets._sentences import SentenceReader

LAYOUTS = ("conllu", "conll2000", "conll2003", "columns")
_CONLLU_NAME = re.compile(r"\.conllup?(\.gz|\.bz2|\.xz)?$", re.IGNORECASE)
_CONLLU_TOKEN = re.compile(r"(1(-[1-9][0-9]*)?|0\.1)(\t[^\t]+){9}$")
_EMPTY = "_"  # the tag of tokens without a tag


class FileLayout(NamedTuple):
    """How a file with one token per line is read.

    Attributes
    ----------
    layout : str, sequence of str or None
        As for :func:`~sklstm.datasets.read_conll`. A sequence is that of `TWO_COLUMNS`.
    columns : sequence of (str or int) or None
        The columns of the word and of its tag. Without the latter, ``tag`` appends a new column.
        None is the usual columns of the layout.
    separator, comment : str or None
    header : bool
    width : int or None
        The number of columns of the training set, if a model remembers this layout.
    """

    layout: str | Sequence | None = None
    columns: Sequence | None = None
    separator: str | None = None
    comment: str | None = None
    header: bool = False
    width: int | None = None

    def resolve(self, normalize=None):
        """Return the layout for the readers of :mod:`sklstm.datasets`."""
        return as_layout(
            self.layout, self.separator, self.comment, header=self.header, normalize=normalize
        )

    def __str__(self):
        """Return the options of the layout as a user would type them."""
        if isinstance(self.layout, Sequence) and not isinstance(self.layout, str):
            return "two columns"
        words = ["--layout", self.layout or "columns"]
        if self.columns is not None:
            words.append(f"--columns={','.join(map(str, self.columns))}")
        for name in ("separator", "comment"):
            value = getattr(self, name)
            words += [] if value is None else [f"--{name}={value}"]
        words += ["--header"] if self.header else []
        return shlex.join(words).replace("\t", r"\t")


TWO_COLUMNS = FileLayout(("word", "tag"))


# Options


def add_layout_arguments(parser, layouts=LAYOUTS, n_columns=(2,)):
    """Add the options that describe the layout of tagged files.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    layouts : sequence of str
        The values of ``--layout``.
    n_columns : tuple of int
        The numbers of columns that ``--columns`` can name.
    """
    parser.add_argument(
        "--layout",
        metavar="NAME",
        type=one_of(layouts),
        help=f"layout of the file: {', '.join(layouts)}; 'columns' is any other layout, with "
        "numbered columns",
    )
    parser.add_argument(
        "--columns",
        metavar="WORD,TAG" if n_columns == (2,) else "WORD[,TAG]",
        type=partial(_parse_columns, n_columns=n_columns),
        help="columns of the word and of its tag, by name (form,xpos) or by number from 0; "
        "negative numbers count from the last column (--columns=-2,-1)"
        + ("" if n_columns == (2,) else "; without TAG, the tag is appended as a new column"),
    )
    _add_line_arguments(parser)
    parser.add_argument(
        "--encoding",
        type=_parse_encoding,
        default="utf-8",
        help="encoding of the input (default: %(default)s); all output is UTF-8",
    )


def _add_line_arguments(parser):
    """Add the options that describe the lines and the words."""
    parser.add_argument(
        "--separator",
        metavar="TEXT",
        type=_parse_separator,
        help=r"separator of the columns, such as , or \t (default: a tab, or white space in lines "
        "without tabs)",
    )
    parser.add_argument(
        "--comment",
        metavar="TEXT",
        help="lines that begin with this are comments (default: # in CoNLL-U, else none)",
    )
    parser.add_argument(
        "--header", action="store_true", help="the first line has the names of the columns"
    )
    parser.add_argument(
        "--normalize",
        metavar="FORM",
        type=one_of(["NFC", "NFD", "NFKC", "NFKD"]),
        help="convert words to a Unicode normal form: NFC, NFD, NFKC or NFKD",
    )


def _parse_columns(text, n_columns):
    columns = tuple(
        int(name) if re.fullmatch(r"-?[0-9]+", name) else name for name in text.split(",")
    )
    if len(columns) not in n_columns:
        raise argparse.ArgumentTypeError(
            f"{text!r} names {len(columns)} column(s), expected "
            f"{' or '.join(map(str, n_columns))}: the word, a comma and its tag"
        )
    return columns


def _parse_separator(text):
    separator = text.replace(r"\t", "\t")
    if not separator:
        raise argparse.ArgumentTypeError("it is empty")
    return separator


def _parse_encoding(text):
    try:
        b"\n".decode(text)
    except LookupError as error:
        raise argparse.ArgumentTypeError(error) from None
    except UnicodeDecodeError:
        raise argparse.ArgumentTypeError(
            f"{text} encodes line ends in more than one byte: convert the file, for instance with "
            f"iconv -f {text} -t utf-8"
        ) from None
    return text


# Recognition


def find_layout(name, lines, options, tagger=None, is_tagged=True):
    """Return the layout of a file.

    Parameters
    ----------
    name : str
        The name of the file.
    lines : list of str
        Its first lines.
    options : argparse.Namespace
        The options of :func:`add_layout_arguments`.
    tagger : BiLSTMTagger or None
        A tagger that may remember the layout of its training set.
    is_tagged : bool, default=True
        Whether the file has columns. If False, it can also be plain text.

    Returns
    -------
    layout : FileLayout or None
        None if the layout is not known, or if the file is plain text.
    """
    is_conllu = _is_conllu(name, lines)
    given = _given_layout(options, is_conllu)
    if given is not None:
        return given
    remembered = remembered_layout(tagger)
    if is_conllu:
        is_same = remembered is not None and remembered.layout == "conllu"
        return remembered if is_same else FileLayout("conllu")
    tags = set() if tagger is None else {*map(str, tagger.classes_.tolist()), _EMPTY}
    if remembered is not None and _fits(remembered, lines, tags, is_tagged):
        return remembered
    _, rows = _read_rows(TWO_COLUMNS, lines)
    widths = [len(row) for row in rows]
    if is_tagged and widths[:1] == [2]:
        return TWO_COLUMNS
    if {*widths} == {2} and _has_tags(rows, (0, 1), tags):
        return TWO_COLUMNS
    return None


def _given_layout(options, is_conllu):
    """Return the layout that the options describe; None if they do not describe one."""
    described = options.columns, options.separator, options.comment
    if options.layout is None and described == (None, None, None) and not options.header:
        return None
    layout = options.layout
    has_names = any(isinstance(column, str) for column in options.columns or ())
    if layout is None and (is_conllu or has_names) and not options.header:
        layout = "conllu"
    return FileLayout(None if layout == "columns" else layout, *described, options.header)


def _is_conllu(name, lines):
    """Return whether a file is CoNLL-U or CoNLL-U Plus, by its name or its first lines."""
    if _CONLLU_NAME.search(name):
        return True
    lines = [line for line in lines if line.strip()]
    comments = list(takewhile(lambda line: line.startswith("#"), lines))
    if any(line.removeprefix("#").lstrip().startswith("global.columns") for line in comments):
        return True
    return bool(_CONLLU_TOKEN.match("".join(lines[len(comments) :][:1])))


def _read_rows(layout, lines):
    """Return the names of the columns, and the columns of the lines of tokens.

    Lines that look like comments are left out.
    """
    reader = SentenceReader(layout.resolve(), same_width=False)
    rows = []
    with suppress(LineError):  # of a header
        for sentence in reader.read(enumerate(lines)):
            rows += [row for _, row in sentence.tokens]
            malformed = [lines[problem.number] for problem in sentence.problems]
            rows += [split_line(line, layout.separator) for line in malformed if line[:1] != "#"]
    return reader.layout.names, rows


def _fits(layout, lines, tags, is_tagged):
    """Return whether a file has the remembered layout.

    Its lines have as many columns as in the training set, or its tag column has tags of the tagger.
    Plain text can have as many words or commas: unless tabs separate the columns of all lines, a
    file that can be plain text must have tags.
    """
    names, rows = _read_rows(layout, lines)
    if not rows or layout.layout == "conllu":
        return False
    columns = _positions(layout, names)
    if not all(isinstance(column, int) for column in columns):
        return False
    if layout.header and _has_tags([names], columns, tags):
        return False
    is_table = is_tagged or _read_rows(layout._replace(separator="\t"), lines)[1] == rows
    return (is_table and len(rows[0]) == layout.width) or _has_tags(rows, columns, tags)


def _positions(layout, names):
    """Return the columns of a layout, by number where they have one of the names."""
    columns = layout.columns or layout.resolve().columns
    return [names.index(column) if column in names else column for column in columns]


def _has_tags(rows, columns, tags):
    """Return whether rows have a word, and a tag of the tagger.

    Words can be the same as tags of one character (``Malcolm X``), and so can punctuation: more
    than one of them, or a longer one, is needed.
    """
    found = []
    for row in rows:
        positions = {k % len(row) for k in columns if -len(row) <= k < len(row)}
        if len(positions) < len(columns):
            return False
        found.append(row[columns[-1]])
    found = [tag for tag in found if tag == _EMPTY or any(map(str.isalpha, tag))]
    return len("".join(found)) > 1 and tags.issuperset(found)


def header_hint(name, layout, lines, tagger):
    """Return a warning if the first row of a file looks like the names of its columns, or None.

    Parameters
    ----------
    name : str
        The name of the file.
    layout : FileLayout
    lines : list of str
        The first lines of the file.
    tagger : BiLSTMTagger
    """
    names, rows = _read_rows(layout, lines)
    columns = _positions(layout, names)
    position = columns[-1] if len(columns) > 1 else -1
    if layout.header or not rows or not isinstance(position, int):
        return None
    values = [row[position] for row in rows if -len(row) <= position < len(row)]
    first = values[0] if values else ""
    known = {str(tag).lower() for tag in tagger.classes_.tolist()}
    if looks_like_header(first) and values.count(first) == 1 and first.lower() not in known:
        return (
            f"{name} begins with {rows[0]}, which looks like the names of columns. Pass --header "
            "to read the names."
        )
    return None


def n_columns(layout, lines):
    """Return the number of columns of the first row of a file; 0 if there is none.

    Parameters
    ----------
    layout : FileLayout
    lines : list of str
        The first lines of the file.
    """
    _, rows = _read_rows(layout, lines)
    return len(rows[0]) if rows else 0


# What a model remembers


def remember(tagger, layout, normalize, lines):
    """Store the layout of its training set in a fitted tagger, which is saved with it.

    Parameters
    ----------
    tagger : BiLSTMTagger
    layout : FileLayout
    normalize : str or None
    lines : list of str
        The first lines of the training set.
    """
    columns = layout.columns
    if columns is None and layout.layout is None and not layout.header:
        columns = (0, -1)  # without columns, "tag" appends a new one
    state = layout._replace(columns=columns, width=n_columns(layout, lines))._asdict()
    state = {name: list(v) if isinstance(v, tuple) else v for name, v in state.items()}
    tagger._file_layout = {**state, "normalize": normalize}


def remembered_layout(tagger):
    """Return the layout that a tagger remembers, or None."""
    state = vars(tagger).get("_file_layout", {}) if tagger is not None else {}
    if "layout" not in state:
        return None
    return FileLayout(**{name: state.get(name, default) for name, default in _DEFAULTS.items()})


def remembered_normalize(tagger):
    """Return the Unicode normal form of the words of the training set, or None."""
    return vars(tagger).get("_file_layout", {}).get("normalize")


_DEFAULTS = FileLayout()._asdict()
