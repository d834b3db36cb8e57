"""Tables as aligned text for terminals and as HTML for notebooks."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from itertools import zip_longest
from numbers import Real
from typing import Any, TypeVar

# The width of a column of numbers in a classification report.
_NUMBER_WIDTH = 10

# The characters that `escape_controls` escapes.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ud800-\udfff]")

_Row = TypeVar("_Row", bound=tuple[Any, ...])


class Table(list[_Row]):
    """A list of rows that ``print`` and notebooks show as a table.

    It is equal to a list of the same rows, and its repr is that of a list.

    Parameters
    ----------
    rows : iterable of tuple
        Numbers are aligned on the right. None is an empty cell.
    header : sequence of str
        The names of the columns.
    caption : str, default=""

    Examples
    --------
    >>> from sklstm._tables import Table
    >>> table = Table([("suffix=ly", 4.125), ("suffix=ed", -0.5)], ["feature", "effect"])
    >>> print(table)
    feature    effect
    suffix=ly    4.12
    suffix=ed   -0.50
    >>> table[0]
    ('suffix=ly', 4.125)
    """

    def __init__(
        self, rows: Iterable[_Row] = (), header: Sequence[str] = (), caption: str = ""
    ) -> None:
        super().__init__(rows)
        self.header = header
        self.caption = caption

    def __str__(self) -> str:
        table = format_text(self.header, *self._cells())
        return f"{escape_controls(self.caption)}\n\n{table}" if self.caption else table

    def _repr_html_(self) -> str:
        return format_html(self.header, *self._cells(), caption=self.caption)

    def _cells(self) -> tuple[list[list[str]], list[bool]]:
        """Return the text of each cell, and whether each column is one of numbers."""
        columns = list(zip(*self, strict=True))
        are_numbers = [all(v is None or isinstance(v, Real) for v in column) for column in columns]
        return [[_format_cell(value) for value in row] for row in self], are_numbers


class Report(str):
    """The text of a classification report, which notebooks show as a table.

    Parameters
    ----------
    text : str
        The result of :func:`sklearn.metrics.classification_report`.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        head, *lines = self.split("\n")
        width = len(head) - 4 * _NUMBER_WIDTH
        rows = []
        for line in filter(str.strip, lines):
            numbers = line[width:].split()  # the row of the accuracy has two
            rows.append([line[:width].strip(), *[""] * (4 - len(numbers)), *numbers])
        return format_html(["", *head.split()], rows, [False, True, True, True, True])


def format_text(
    header: Sequence[str], rows: Sequence[Sequence[str]], are_numbers: Sequence[bool]
) -> str:
    """Return lines of aligned columns; columns of numbers are aligned on the right.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
    are_numbers : sequence of bool
        Whether each column is one of numbers.

    Returns
    -------
    text : str
        Without a newline at the end. Control characters are escaped.
    """
    lines = [[escape_controls(cell) for cell in cells] for cells in (header, *rows)]
    widths = [max(map(count_cells, column)) for column in zip(*lines, strict=True)]
    columns = list(zip_longest(widths, are_numbers, fillvalue=False))
    return "\n".join(
        "  ".join(
            pad(cell, width, on_left=is_number)
            for cell, (width, is_number) in zip(cells, columns, strict=True)
        ).rstrip()
        for cells in lines
    )


def format_html(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    are_numbers: Sequence[bool],
    *,
    caption: str = "",
) -> str:
    """Return an HTML table; columns of numbers are aligned on the right, all text is escaped."""
    styles = [
        f' style="padding: 0.1em 0.5em; text-align: {"right" if is_number else "left"}"'
        for _, is_number in zip_longest(header, are_numbers, fillvalue=False)
    ]
    lines = ["<table>"]
    if caption:
        lines.append(f'<caption style="caption-side: top">{escape_html(caption)}</caption>')
    for tag, group, part in (("th", "thead", [header]), ("td", "tbody", rows)):
        lines.append(f"<{group}>")
        for cells in part:
            texts = (
                f"<{tag}{style}>{escape_html(cell)}</{tag}>"
                for cell, style in zip(cells, styles, strict=True)
            )
            lines.append(f"<tr>{''.join(texts)}</tr>")
        lines.append(f"</{group}>")
    return "\n".join([*lines, "</table>"])


def _format_cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:z.2f}" if isinstance(value, float) else str(value)


def pad(text: str, width: int, fill: str = " ", *, on_left: bool = False) -> str:
    """Return a text, filled with `fill` characters to a number of terminal cells."""
    filling = fill * (width - count_cells(text))
    return filling + text if on_left else text + filling


def count_cells(text: str) -> int:
    """Return the number of terminal cells of a text.

    References
    ----------
    Unicode Standard Annex 11, East Asian Width.

    Examples
    --------
    >>> from sklstm._tables import count_cells
    >>> count_cells("cafe\u0301"), count_cells("東京")
    (4, 4)
    """
    visible = [c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in visible)


def escape_controls(text: str, *, keep: str = "") -> str:
    r"""Return a text with the characters escaped that change how a terminal shows other text.

    These are control characters, surrogates, line separators, and the characters that embed,
    override or isolate a direction. Joiners and marks of direction, which words of many languages
    contain, stay.

    Parameters
    ----------
    text : str
    keep : str, default=""
        Characters that are not escaped.

    Returns
    -------
    text : str

    References
    ----------
    Unicode Technical Report 36, Unicode Security Considerations; Unicode Standard Annex 9,
    Unicode Bidirectional Algorithm.

    Examples
    --------
    >>> from sklstm._tables import escape_controls
    >>> escape_controls("a\x1b[2J \u202eb")
    'a\\x1b[2J \\u202eb'
    """
    return CONTROLS.sub(
        lambda match: match[0] if match[0] in keep else match[0].encode("unicode_escape").decode(),
        text,
    )


def escape_html(text: str) -> str:
    """Return a text escaped for HTML, with control characters as for terminals."""
    return escape(escape_controls(text))
