"""Tagged text in a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sklstm.display._segments import Segment


class _Column(NamedTuple):
    """A word, with its label below.

    The label is filled up with `fill` to the width of the word; `joint` parts it from the label of
    the column before.
    """

    word: str
    label: str
    fill: str
    joint: str

    @property
    def width(self) -> int:
        """The number of cells that the column takes."""
        return max(cells(self.word), cells(self.label))


def plain(sequence: Sequence[Segment], *, layout: str, width: int) -> str:
    """Return lines of words with lines of labels below, no wider than a terminal.

    Where a word runs from right to left, each word has a line of its own, with the label before
    it: no two terminals agree how to lay out a line of such words.

    Parameters
    ----------
    sequence : sequence of Segment
    layout : {"words", "spans"}
        Whether labels are of single words, or of spans, which dashes underline.
    width : int
        The number of cells of a line. Only a word that is wider by itself makes a wider line.

    Returns
    -------
    text : str
        Without a line end at its end.
    """
    columns = [column for segment in sequence for column in _columns(segment, layout)]
    if any(runs_from_right(column.word) for column in columns):
        room = max(cells(column.label) for column in columns)
        lines = [f"{_filled(column.label, room)} {column.word}" for column in columns]
        return "\n".join(lines)
    return "\n".join(line for row in _rows(columns, width) for line in _lines(row))


def _columns(segment: Segment, layout: str) -> Iterator[_Column]:
    is_span = layout == "spans" and segment.label is not None
    fill = "-" if is_span else " "
    for k, word in enumerate(segment.words):
        label = "" if k else segment.label or ""
        yield _Column(visible(word), visible(label), fill, fill if k else " ")


def _rows(columns: Sequence[_Column], width: int) -> Iterator[list[_Column]]:
    """Yield as many columns at a time as fit into a line."""
    row: list[_Column] = []
    taken = 0
    for column in columns:
        if row and taken + 1 + column.width > width:
            yield row
            row, taken = [], 0
        taken += column.width + bool(row)
        row.append(column)
    if row:
        yield row


def _lines(row: Sequence[_Column]) -> Iterator[str]:
    """Yield the line of the words and, if there are any, that of the labels."""
    yield " ".join(_filled(column.word, column.width) for column in row).rstrip()
    labels = "".join(
        column.joint + _filled(column.label, column.width, column.fill) for column in row
    )
    if labels.strip():
        yield labels[1:].rstrip()


def _filled(text: str, width: int, fill: str = " ") -> str:
    return text + fill * (width - cells(text))


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes.

    References
    ----------
    Unicode Standard Annex 11, East Asian Width.

    Examples
    --------
    >>> from sklstm.display._plain import cells
    >>> cells("cafe\u0301"), cells("東京")
    (4, 4)
    """
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # marks, joiners
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def runs_from_right(text: str) -> bool:
    """Return whether a text has letters that run from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def visible(text: str) -> str:
    r"""Return a text whose control characters and the like are spelt out, so that they do nothing.

    Examples
    --------
    >>> from sklstm.display._plain import visible
    >>> visible("a\x1b[2J")
    'a\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        else character
        for character in text
    )
