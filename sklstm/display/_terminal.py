"""Tagged text for a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sklstm.display._segments import Segment


class _Column(NamedTuple):
    """A word with its label below.

    The label is padded with `fill` to the width of the word; `separator` is the character between
    it and the label of the previous column.
    """

    word: str
    label: str
    fill: str
    separator: str

    @property
    def width(self) -> int:
        """The number of cells of the column."""
        return max(count_cells(self.word), count_cells(self.label))


def format_sequence(sequence: Sequence[Segment], *, layout: str, width: int) -> str:
    """Return lines of words with lines of labels below, no wider than a terminal.

    If any word is right-to-left, each word has a line of its own, after its label: terminals
    differ in how they lay out a line of such words.

    Parameters
    ----------
    sequence : sequence of Segment
    layout : {"words", "spans"}
        Whether labels are of single words, or of spans, which are underlined with dashes.
    width : int
        The number of cells of a line. Only a single word that is wider makes a line wider.

    Returns
    -------
    text : str
        Without a newline at the end.
    """
    columns = [column for segment in sequence for column in _columns(segment, layout)]
    if any(is_right_to_left(column.word) for column in columns):
        label_width = max(count_cells(column.label) for column in columns)
        lines = [f"{_pad(column.label, label_width)} {column.word}" for column in columns]
        return "\n".join(lines)
    return "\n".join(line for row in _wrap(columns, width) for line in _format_row(row))


def _columns(segment: Segment, layout: str) -> Iterator[_Column]:
    """Yield a column for each word; the first has the label."""
    is_span = layout == "spans" and segment.label is not None
    fill = "-" if is_span else " "
    for k, token in enumerate(segment.tokens):
        label = "" if k else segment.label or ""
        separator = fill if k else " "
        yield _Column(escape_controls(token.word), escape_controls(label), fill, separator)


def _wrap(columns: Sequence[_Column], width: int) -> Iterator[list[_Column]]:
    """Yield rows of as many columns as fit into a line."""
    row: list[_Column] = []
    row_width = 0
    for column in columns:
        if row and row_width + 1 + column.width > width:
            yield row
            row, row_width = [], 0
        row_width += column.width + bool(row)
        row.append(column)
    if row:
        yield row


def _format_row(row: Sequence[_Column]) -> Iterator[str]:
    """Yield the line of the words and, if there is any label, the line of the labels."""
    yield " ".join(_pad(column.word, column.width) for column in row).rstrip()
    labels = "".join(
        column.separator + _pad(column.label, column.width, column.fill) for column in row
    )
    if labels.strip():
        yield labels[1:].rstrip()


def _pad(text: str, width: int, fill: str = " ") -> str:
    return text + fill * (width - count_cells(text))


def count_cells(text: str) -> int:
    """Return the number of terminal cells of a text.

    References
    ----------
    Unicode Standard Annex 11, East Asian Width.

    Examples
    --------
    >>> from sklstm.display._terminal import count_cells
    >>> count_cells("cafe\u0301"), count_cells("東京")
    (4, 4)
    """
    visible = [c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in visible)


def is_right_to_left(text: str) -> bool:
    """Return whether a text has letters of a right-to-left script."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def escape_controls(text: str) -> str:
    r"""Return a text with control characters, surrogates and line separators escaped.

    Examples
    --------
    >>> from sklstm.display._terminal import escape_controls
    >>> escape_controls("a\x1b[2J")
    'a\\x1b[2J'
    """
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        else character
        for character in text
    )
