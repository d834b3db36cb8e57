"""Split the lines of a file with one token per line into sentences."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from sys import intern
from typing import Any, NamedTuple

from sklstm._sequences import show
from sklstm.datasets._layouts import DOCUMENT_START, Layout, position_of, shorten_names, split_line
from sklstm.datasets._lines import LineError, SourceError

_MULTIWORD_OR_EMPTY = re.compile(r"[1-9][0-9]*-[1-9][0-9]*|[0-9]+\.[1-9][0-9]*")
_COLUMN_NAMES = re.compile(r"# *global\.columns *= *(.+)")
# Comments of treebanks and shared tasks, where "#" may also begin a word, such as a hashtag.
_COMMENT = re.compile(
    r"# +[^\s=]+ += +.|# ?(sent_id|text|newdoc|newpar|global\.columns)( id)? ?="
    r"|# ?new(doc|par)( id\b|[ \t]*$)|# ?(begin|end) document\b"
)

# The digits of the longest id that a sentence can begin with after a line that cannot be read.
_LONGEST_ID = 9
# The first characters of lines between sentences; the empty text of a blank line is among them.
_STARTS_OF_BOUNDARIES = ("", " ", "\t", DOCUMENT_START[0])


class Sentence(NamedTuple):
    """The tokens of a sentence.

    Attributes
    ----------
    tokens : list of (int, list of str)
        The number of the line of each token, and the values of its columns.
    layout : Layout
        With the names of the columns, which the file can set.
    problems : list of LineError
        The errors in lines of the sentence; these lines have no tokens.
    """

    tokens: list[tuple[int, list[str]]]
    layout: Layout
    problems: list[LineError]


class SentenceReader:
    """Split lines into sentences.

    Comments, multiword tokens and empty nodes are skipped. All lines of a sentence must have the
    same number of columns.

    Parameters
    ----------
    layout : Layout
    same_width : bool
        Whether all lines of the file must have the number of columns of the layout or, without
        names, of the first line.
    """

    def __init__(self, layout: Layout, *, same_width: bool) -> None:
        self.layout, self._same_width = layout, same_width
        self._next_id: int | None = 1  # None after a line that cannot be read
        self._sentence: tuple[list[tuple[int, list[str]]], list[LineError]] = [], []
        self._start_file()

    def _set_names(self, names: list[str], number: int) -> None:
        """Set the names of the columns, which are in the line of a number."""
        try:
            self.layout = self.layout.with_names(names)
        except ValueError as error:
            raise LineError(number, str(error)) from None
        self._start_file()

    def _start_file(self) -> None:
        self._comment = self.layout.comment
        self._lacks_header = self.layout.has_header and not self.layout.names
        self._id_position = self.layout.id_position
        # The number of columns of all lines; 0 if the next line determines it.
        self._width = len(self.layout.names) if self._same_width else 0
        self._first_line = ""

    def read(self, lines: Iterable[tuple[int, str]]) -> Iterator[Sentence]:
        """Yield the sentences of numbered lines, which are without their ends."""
        tokens, problems = self._start_sentence()
        for number, line in lines:
            if line[:1] in _STARTS_OF_BOUNDARIES and _is_boundary(line):
                if tokens or problems:
                    yield Sentence(tokens, self.layout, problems)
                    tokens, problems = self._start_sentence()
                continue
            if self._is_comment_or_header(line, number, is_first=not tokens):
                continue
            try:
                row = self._parse(line, number)
                if self._id_position is None or self._is_word(row, number):
                    tokens.append((number, row))
            except LineError as error:
                problems.append(error.with_traceback(None))  # without the frame and its lists
                self._next_id = None
        if tokens or problems:
            yield Sentence(tokens, self.layout, problems)

    def _start_sentence(self) -> tuple[list[tuple[int, list[str]]], list[LineError]]:
        """Return empty lists of tokens and problems."""
        self._next_id = 1
        if not self._same_width:
            self._width = 0
        self._sentence = [], []
        return self._sentence

    @property
    def is_in_sentence(self) -> bool:
        """Whether a sentence has begun that is not complete."""
        return any(self._sentence)

    def _is_comment_or_header(self, line: str, number: int, *, is_first: bool) -> bool:
        """Return whether a line is a comment or the header, which can name the columns."""
        if self._comment and line.startswith(self._comment):
            names = _COLUMN_NAMES.fullmatch(line) if self.layout.is_conllu and is_first else None
            if names:
                self._set_names(names[1].lower().split(), number)
            return True
        if self._lacks_header:
            self._set_names(split_line(line, self.layout.separator), number)
            return True
        return bool(self._id_position) and line[0] == "#" and looks_like_comment(line)

    def _parse(self, line: str, number: int) -> list[str]:
        """Return the values of the columns of a line."""
        if self._comment is None and line[0] == "#" and looks_like_comment(line):
            raise LineError(
                number,
                f"{show(line)} looks like a comment, but this layout has none. "
                'Pass comment="#" to skip lines that begin with "#".',
            )
        row = split_line(line, self.layout.separator)
        if len(row) != self._width:
            self._check_width(row, line, number)
        return row

    def _check_width(self, row: list[str], line: str, number: int) -> None:
        """Set the number of columns, or raise a LineError for another one."""
        width, names = self._width, self.layout.names
        if self._same_width and self.layout.is_conllu and len(row) > width:
            return
        if not width and (self._id_position or 0) < len(row):
            self._width, self._first_line = len(row), line
            return
        expected = f"{width} as in the first line"
        if not width or width == len(names):
            expected = f"{len(names)} ({shorten_names(' '.join(names))})"
        elif not self._same_width:
            expected += " of the sentence"
        advice = "Pass the layout and the separator of the file."
        if self.layout.comment is None and "#" in (line[0], self._first_line[:1]):
            advice = 'Pass comment="#" if lines that begin with "#" are comments.'
        raise LineError(
            number, f"found {len(row)} column(s), expected {expected}, in {show(line)}. {advice}"
        )

    def _is_word(self, row: list[str], number: int) -> bool:
        """Return whether a token is a word, not a multiword token or an empty node."""
        token_id = row[self._id_position or 0]
        if self._next_id is None and len(token_id) <= _LONGEST_ID and token_id.isdecimal():
            self._next_id = int(token_id)
        if token_id == str(self._next_id):
            self._next_id = int(token_id) + 1
            return True
        if _MULTIWORD_OR_EMPTY.fullmatch(token_id):
            return False
        raise LineError(
            number,
            f"found the id {show(token_id)}, expected '{self._next_id or 1}'. The words of a "
            "sentence are numbered 1, 2, 3, ..., multiword tokens like '1-2', empty nodes like "
            "'8.1', and a blank line ends the sentence.",
        )


def looks_like_comment(line: str) -> bool:
    """Return whether a line that begins with "#" looks like a comment of a common format."""
    return _COMMENT.match(line) is not None


def _is_boundary(line: str) -> bool:
    return not line.strip(" \t") or line.startswith(DOCUMENT_START)


def extract_columns(sentence: Sentence, columns: tuple) -> tuple[list[str], ...]:
    """Return the values of some columns of a sentence, one list for each column.

    Parameters
    ----------
    sentence : Sentence
        With one or more tokens.
    columns : tuple of str or int

    Raises
    ------
    LineError
        If a line lacks a column, or a value is empty.
    SourceError
        If there is no column of a name in the file.
    """
    number, row = sentence.tokens[0]
    width = len(row)
    if columns == (0, -1) and width == 1:
        raise LineError(
            number,
            "found 1 column, expected at least 2, for words and tags. Pass the separator of the "
            "file, or columns=0 to read words alone.",
        )
    try:
        positions = [position_of(column, sentence.layout.names, width) for column in columns]
    except ValueError as error:
        # A name that the file does not have is not an error of a line.
        names = [column for column in columns if isinstance(column, str)]
        if set(names) <= set(sentence.layout.names):
            raise LineError(number, str(error)) from None
        raise SourceError(str(error)) from None
    return tuple(_extract_column(sentence, position) for position in positions)


def _extract_column(sentence: Sentence, position: int) -> list[str]:
    normalization: Any = sentence.layout.normalization
    values = [row[position] for _, row in sentence.tokens]
    if normalization is not None:
        values = [unicodedata.normalize(normalization, value).strip(" ") for value in values]
    if "" in values:
        raise LineError(
            sentence.tokens[values.index("")][0],
            f"column {position} is empty, expected a value. Correct the line, pass the separator "
            "of the file, or request other columns.",
        )
    # A copy takes less memory: a list that grew item by item has spare room.
    return [*map(intern, values)].copy()
