"""Tagged text for a terminal."""

import unicodedata
from typing import NamedTuple

from sklstm._tables import count_cells, escape_controls, pad


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
    def width(self):
        """The number of cells of the column."""
        return max(count_cells(self.word), count_cells(self.label))


def format_sequence(sequence, *, layout, width):
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
        lines = [f"{pad(column.label, label_width)} {column.word}" for column in columns]
        return "\n".join(lines)
    return "\n".join(line for row in _wrap(columns, width) for line in _format_row(row))


def _columns(segment, layout):
    """Yield a column for each word; the first has the label."""
    is_span = layout == "spans" and segment.label is not None
    fill = "-" if is_span else " "
    for k, token in enumerate(segment.tokens):
        label = "" if k else segment.label or ""
        separator = fill if k else " "
        yield _Column(escape_controls(token.word), escape_controls(label), fill, separator)


def _wrap(columns, width):
    """Yield rows of as many columns as fit into a line."""
    row = []
    row_width = 0
    for column in columns:
        if row and row_width + 1 + column.width > width:
            yield row
            row, row_width = [], 0
        row_width += column.width + bool(row)
        row.append(column)
    if row:
        yield row


def _format_row(row):
    """Yield the line of the words and, if there is any label, the line of the labels."""
    yield " ".join(pad(column.word, column.width) for column in row).rstrip()
    labels = "".join(
        column.separator + pad(column.label, column.width, column.fill) for column in row
    )
    if labels.strip():
        yield labels[1:].rstrip()


def is_right_to_left(text):
    """Return whether a text has letters of a right-to-left script."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
