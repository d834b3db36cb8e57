"""Tagged text for a terminal."""

import unicodedata
from typing import NamedTuple

from sklstm._tables import count_cells, escape_controls, pad
from sklstm.display._segments import OUTSIDE_LABEL, Segment

# What precedes a true label where the prediction differs.
TRUE_MARK = "!"


class _Label(NamedTuple):
    """A label below a word, padded with `fill` to its width.

    `separator` is the character between it and the label of the previous column.
    """

    text: str = ""
    fill: str = " "
    separator: str = " "


class _Column(NamedTuple):
    """A word, with its label and, where that is wrong, the true label below."""

    word: str
    predicted: _Label
    true: _Label

    @property
    def width(self):
        """The number of cells of the column."""
        return max(map(count_cells, (self.word, self.predicted.text, self.true.text)))


def format_sequence(sequence, *, layout, width):
    """Return lines of words with lines of labels below, no wider than a terminal.

    If any word is right-to-left, each word has a line of its own, after its label: terminals
    differ in how they lay out a line of such words.

    Parameters
    ----------
    sequence : sequence of Segment or Difference
    layout : {"words", "spans"}
        Whether labels are of single words, or of spans, which are underlined with dashes.
    width : int
        The number of cells of a line. Only a single word that is wider makes a line wider.

    Returns
    -------
    text : str
        Without a newline at the end.
    """
    columns = [column for part in sequence for column in _columns(part, layout)]
    if any(is_right_to_left(column.word) for column in columns):
        labels = [f"{each.predicted.text} {each.true.text}".strip() for each in columns]
        label_width = max(map(count_cells, labels))
        lines = [
            f"{pad(label, label_width)} {column.word}"
            for label, column in zip(labels, columns, strict=True)
        ]
        return "\n".join(lines)
    return "\n".join(line for row in _wrap(columns, width) for line in _format_row(row))


def _columns(part, layout):
    """Yield a column for each word of a segment or a difference."""
    if isinstance(part, Segment):
        for token, label in zip(part.tokens, _labels(part, layout), strict=True):
            yield _Column(escape_controls(token.word), label, _Label())
        return
    tokens = [token for segment in part.predicted for token in segment.tokens]
    predicted = [label for segment in part.predicted for label in _labels(segment, layout)]
    true = [label for segment in part.true for label in _labels(segment, layout, TRUE_MARK)]
    if not any(label.text for label in true):
        true[0] = _Label(TRUE_MARK + OUTSIDE_LABEL)
    for token, *labels in zip(tokens, predicted, true, strict=True):
        yield _Column(escape_controls(token.word), *labels)


def _labels(segment, layout, mark=""):
    """Return the label of each word of a segment; only the first has a text."""
    if segment.label is None:
        return [_Label()] * len(segment.tokens)
    fill = "-" if layout == "spans" else " "
    first = _Label(mark + escape_controls(segment.label), fill)
    return [first] + [_Label("", fill, fill)] * (len(segment.tokens) - 1)


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
    """Yield the line of the words and, if there are any, those of the labels and true labels."""
    yield " ".join(pad(column.word, column.width) for column in row).rstrip()
    for labels in ([column.predicted for column in row], [column.true for column in row]):
        line = "".join(
            label.separator + pad(label.text, column.width, label.fill)
            for label, column in zip(labels, row, strict=True)
        )
        if line.strip():
            yield line[1:].rstrip()


def is_right_to_left(text):
    """Return whether a text has letters of a right-to-left script."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
