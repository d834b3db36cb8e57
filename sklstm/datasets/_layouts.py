"""The layouts of files with one token per line: their columns, separators and comments."""

import re
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, NamedTuple, TypeAlias

from sklstm._sequences import show, suggestion

Column: TypeAlias = str | int
LayoutLike: TypeAlias = str | Sequence[str] | None

# A line that begins with this is a boundary of documents.
DOCUMENT_START = "-DOCSTART-"
_ID = "id"
_NAMES_SHOWN = 300  # characters


class Layout(NamedTuple):
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
    written_separator : str
        The separator of columns in writing.
    comment : str or None
        Lines that begin with this are skipped.
    has_header : bool
        Whether the first line has the names of the columns.
    is_conllu : bool
        Whether a comment can name the columns (CoNLL-U Plus), and lines can have more columns.
    normalization : str or None
        The normal form of Unicode of the values.
    """

    names: tuple = ()
    columns: tuple = (0, -1)
    separator: str | None = None
    written_separator: str = "\t"
    comment: str | None = None
    has_header: bool = False
    is_conllu: bool = False
    normalization: str | None = None

    def with_names(self, names: Iterable[str]) -> "Layout":
        """Return the layout with other names of columns.

        A column with the name "id" has the ids of CoNLL-U, and the file has comments.
        """
        names = tuple(names)
        if not names or not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"layout must be a sequence of column names, got {show(list(names))}.")
        if len(set(names)) < len(names):
            shown = shorten_names(repr(list(names)))
            raise ValueError(f"The column names of a layout must differ, got {shown}.")
        named = self._replace(names=names)
        others = [name for name in names if name.lower() != _ID]
        if self.is_conllu or len(others) == len(names) or not others:
            return named
        words = next((name for name in others if name.lower() == "form"), others[0])
        # If the id comes first, a word cannot be read as a comment.
        comment = self.comment or ("#" if named.id_position == 0 else None)
        return named._replace(columns=(words, others[-1]), comment=comment)

    @property
    def id_position(self) -> int | None:
        """The position of the column that numbers the words of a sentence, if there is one."""
        return next((k for k, name in enumerate(self.names) if name.lower() == _ID), None)


_CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
LAYOUTS = {
    "conllu": Layout(
        _CONLLU, columns=("form", "upos"), separator="\t", comment="#", is_conllu=True
    ),
    "conll2000": Layout(("form", "pos", "chunk"), columns=("form", "chunk"), written_separator=" "),
    "conll2003": Layout(
        ("form", "pos", "chunk", "ner"), columns=("form", "ner"), written_separator=" "
    ),
}


def as_layout(
    layout: LayoutLike,
    separator: str | None = None,
    comment: str | None = None,
    *,
    header: bool = False,
    normalize: str | None = None,
) -> Layout:
    """Return a layout from the arguments of the user.

    Parameters
    ----------
    layout : str, sequence of str or None
        The name of a layout, the names of the columns, or None.
    separator, comment : str or None
        None for that of the layout.
    header : bool, default=False
    normalize : str, default=None
    """
    if normalize not in (None, "NFC", "NFD", "NFKC", "NFKD"):
        raise ValueError(
            f"normalize must be 'NFC', 'NFD', 'NFKC', 'NFKD' or None, got {normalize!r}."
        )
    if header and layout is not None:
        raise ValueError("header=True reads the names of the columns: pass layout=None with it.")
    if isinstance(layout, str):
        if layout not in LAYOUTS:
            known = ", ".join(map(repr, LAYOUTS))
            raise ValueError(
                f"There is no layout {layout!r}. There are {known}. For any other file, pass the "
                "sequence of its column names, or None."
            )
        result = LAYOUTS[layout]
    else:
        result = Layout() if layout is None else Layout().with_names(layout)
    if separator is not None:
        _check_text(separator, "separator")
        result = result._replace(separator=separator, written_separator=separator)
    if comment is not None:
        _check_text(comment, "comment")
        if comment != comment.lstrip(" \t"):
            raise ValueError(f"comment must not begin with a space or a tab, got {comment!r}.")
        result = result._replace(comment=comment)
    return result._replace(has_header=bool(header), normalization=normalize)


def _check_text(value: Any, name: str) -> None:
    if not isinstance(value, str) or not value or set(value) & {"\n", "\r"}:
        raise ValueError(
            f"{name} must be None or a str that is not empty and has no line end, got {value!r}."
        )


def is_single(columns: Any) -> bool:
    """Return whether the user passed a single column."""
    return isinstance(columns, (str, Integral))


def check_columns(columns: Any, layout: Layout) -> tuple:
    """Return the columns of the user, or those of the layout, as a tuple of names and numbers."""
    if columns is None:
        if len(layout.names) == 1 or len(set(layout.columns)) == 1:
            only = layout.names[0] if len(layout.names) == 1 else layout.columns[0]
            raise ValueError(f"The layout has only one column: pass columns={show(only)}.")
        return layout.columns
    columns = (columns,) if is_single(columns) else tuple(columns)
    if not columns:
        raise ValueError("columns is empty: pass at least one column.")
    has_names = layout.names or layout.has_header
    for column in columns:
        if not is_single(column):
            raise TypeError(f"columns must be names or whole numbers, got {column!r}.")
        if isinstance(column, str) and not has_names:
            raise ValueError(
                f"Column {column!r} is a name, but layout=None has numbers only. Pass the number "
                "of the column, the names of all columns as layout, or header=True if the first "
                "line has the names."
            )
        # Other names can be in the file.
        if isinstance(column, str) and not (layout.is_conllu or layout.has_header):
            position_of(column, layout.names, len(layout.names))
    return columns


def position_of(column: Column, names: Sequence[str], width: int) -> int:
    """Return the position of a column, given by name or number, in lines of `width` columns."""
    position = names.index(column) if column in names else column
    if not isinstance(position, str) and -width <= position < width:
        return int(position) % width
    named = f" named {shorten_names(', '.join(map(repr, names)))}" if names else ""
    there_are = f"There are {width}{named}, numbered from 0 to {width - 1} or from -{width} to -1."
    if width == 1:
        there_are = f"There is only one{named}, with the number 0."
    raise ValueError(f"There is no column {column!r}.{suggestion(column, names)} {there_are}")


def shorten_names(text: str) -> str:
    """Return a list of names of columns, which a file can set, cut to some hundred characters."""
    return text if len(text) <= _NAMES_SHOWN else f"{text[:_NAMES_SHOWN]}..."


# str.split() would also split at characters such as U+00A0, which occur inside words.
NOT_WHITE_SPACE = re.compile(r"[^ \t]+")


def split_line(line: str, separator: str | None) -> list[str]:
    """Return the values of the columns of a line, without white space around them."""
    if separator is None:
        separator = "\t" if "\t" in line else " "
    if separator == " ":
        return NOT_WHITE_SPACE.findall(line)
    row = line.split(separator)
    return [value.strip(" \t") for value in row] if " " in line else row
