"""Read sentences from a stream without waiting for more data than needed, and write them tagged."""

import re
import unicodedata
from collections import deque
from itertools import islice

from sklstm.datasets._layouts import NOT_WHITE_SPACE, check_columns, position_of
from sklstm.datasets._lines import (
    LineError,
    drop_byte_order_marks,
    errors_in,
    numbered_lines,
    split_lines,
)
from sklstm.datasets._sentences import SentenceReader, extract_columns

_CHUNK_SIZE = 1 << 18
_N_HEAD = 100  # lines by which a layout is recognised
_MAX_LINE = 1 << 20  # bytes
_COMMENT = re.compile(rb"(\xef\xbb\xbf)?(# *(\w+(\.\w+)* *=|newdoc|newpar)|-DOCSTART-)")


class Lines:
    r"""Iterate over the lines of a binary file and record them.

    Each read takes the data that is available and does not wait for a full chunk. A line ends with
    ``\n``, ``\r\n`` or ``\r``; one that is very long is an error.

    Parameters
    ----------
    file : binary file
        With a method ``read1``.
    name : str
        The name of the file in error messages.
    before_read : callable, default=None
        Called before each read, which may block: until then, all lines that are available have
        been yielded.
    """

    def __init__(self, file, name, before_read=None):
        self.name = name
        self._file, self._before_read = file, before_read
        self._available, self._is_end, self._n_yielded = deque(), False, 0
        self._parts, self._n_partial = [b""], 0  # the chunks of a line that is not complete
        self._recorded = [] if before_read else None

    def __iter__(self):
        while self._available or self._read():
            line = self._available.popleft()
            self._n_yielded += 1
            if len(line) > _MAX_LINE:
                raise LineError(
                    self._n_yielded,
                    f"it has more than {_MAX_LINE:,} bytes. Put each sentence, or each token, on a "
                    "line of its own.",
                )
            if self._recorded is not None:
                self._recorded.append(line)
            yield line

    def head(self, encoding):
        """Return the text of the first lines that are available: comments, and what follows.

        No more data is read than needed for this, and the lines are still to be yielded.
        """
        while self._lacks_head() and self._read():
            pass
        lines = [line.decode(encoding, "replace") for line in islice(self._available, _N_HEAD)]
        return [drop_byte_order_marks(line).rstrip("\r\n") for line in lines]

    def pop_recorded(self):
        """Return the lines that have been yielded since the last call."""
        recorded, self._recorded = self._recorded, []
        return recorded

    def _read(self):
        """Read until a line is complete, or too long; return whether there is one."""
        n_before = len(self._available)
        while not self._is_end and len(self._available) == n_before:
            if self._before_read:
                self._before_read()
            chunk = self._file.read1(_CHUNK_SIZE)
            self._is_end = not chunk
            has_end = b"\n" in chunk or b"\r" in chunk or self._parts[-1].endswith(b"\r")
            self._parts.append(chunk)
            self._n_partial += len(chunk)
            if has_end or self._is_end:
                *lines, rest = _split_lines(b"".join(self._parts), self._is_end)
                self._available.extend(lines)
                self._parts, self._n_partial = [rest], len(rest)
            if self._n_partial > _MAX_LINE:
                self._available.append(b"".join(self._parts))
                self._is_end = True
        return len(self._available) > n_before

    def _lacks_head(self):
        """Return whether the lines do not show the layout of a file: they are comments, or none."""
        lines = self._available
        if not lines:
            return True
        return (
            len(lines) < _N_HEAD
            and bool(_COMMENT.match(lines[0]))
            and all(not line.strip() or _COMMENT.match(line) for line in lines)
        )


def _split_lines(data, is_end):
    """Return the lines of the data, and the rest that is not a complete line."""
    lines = data.splitlines(keepends=True)
    # A chunk can end between the two characters of a line end.
    is_complete = is_end or not lines or lines[-1].endswith(b"\n")
    return [*lines, b""] if is_complete else lines


class PlainText:
    """Read one sentence per line; write one word and its tag per line.

    Parameters
    ----------
    tokenize : callable
        Returns the words of a line.
    """

    def __init__(self, tokenize, normalize=None):
        self._tokenize, self._normalize = tokenize, normalize

    def read(self, lines, encoding):
        """Yield the words of each line for the tagger, and as they are written.

        Parameters
        ----------
        lines : Lines
        encoding : str
        """
        with errors_in(lines.name):
            for number, line in split_lines(numbered_lines(lines, encoding)):
                lines.pop_recorded()
                if "\t" in line and not _is_blank(line):
                    raise LineError(
                        number,
                        "a tab in plain text. If the file has one token per line, pass the columns "
                        "of the word and of its tag (--columns 0,1; --columns 0 appends the tags) "
                        "or --layout; else replace the tabs by spaces.",
                    )
                words = self._tokenize(line)
                yield self._normalized(words), words

    def _normalized(self, words):
        if self._normalize is None:
            return words
        return [unicodedata.normalize(self._normalize, word) for word in words]

    def pop_comments(self):
        """Return an empty text: plain text has no comments."""
        return ""

    def format(self, _, tags, words):
        """Return the text of a tagged sentence; of a blank line, a blank line."""
        return "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n"


class Table:
    """Read one token per line; write the same lines with the tags inserted.

    Parameters
    ----------
    layout : FileLayout
    normalize : str or None
        The Unicode normal form of the words for the tagger.
    """

    def __init__(self, layout, normalize):
        self._layout = layout.resolve(normalize)
        self._columns = layout.columns
        if layout.columns is not None:
            check_columns(layout.columns, self._layout)
        elif layout.layout is None and not layout.header:
            self._columns = (0,)
        self._lines = self._reader = None  # those of the file that is read

    def read(self, lines, encoding):
        """Yield the words of each sentence, and all lines since the previous sentence.

        A line is its text, and the position of the column of its tag; None if it has no token. The
        last item has no words, but the lines after the last sentence.

        Parameters
        ----------
        lines : Lines
        encoding : str
        """
        self._lines, self._encoding, self._last, self._n_read = lines, encoding, "", 0
        self._reader = SentenceReader(self._layout, same_width=self._columns is None)
        with errors_in(lines.name):
            for sentence in self._reader.read(split_lines(numbered_lines(lines, encoding))):
                words, positions = self._parse(sentence)
                yield words, self._pop_source(positions)
        source = self._pop_source()
        if not _is_blank(self._last):
            source.append(("\n", None))  # another file may follow
        yield [], source

    def pop_comments(self):
        """Return the text of the lines since the last sentence, unless another one has begun."""
        if self._reader is None or self._reader.is_in_sentence:
            return ""
        return "".join(line for line, _ in self._pop_source())

    def _pop_source(self, positions=None):
        """Return the lines that have been read, with the position of the tag in each."""
        source = _decode(self._lines.pop_recorded(), self._encoding)
        numbers = range(self._n_read + 1, self._n_read + 1 + len(source))
        self._n_read += len(source)
        self._last = source[-1] if source else self._last
        return [*zip(source, map((positions or {}).get, numbers), strict=True)]

    def _parse(self, sentence):
        """Return the words of a sentence, and the position of the tag by the number of the line."""
        if sentence.problems:
            raise sentence.problems[0]
        word, *tag = self._columns or sentence.layout.columns
        (words,) = extract_columns(sentence, (word,))
        number, row = sentence.tokens[0]
        position = len(row)
        if tag:
            try:
                position = position_of(*tag, sentence.layout.names, len(row))
            except ValueError as error:
                raise LineError(number, str(error)) from None
            if position == position_of(word, sentence.layout.names, len(row)):
                raise LineError(
                    number, f"column {position} is both that of the word and of the tag"
                )
        return words, {number: position for number, _ in sentence.tokens}

    def format(self, _, tags, source):
        """Return the lines of a sentence with its tags."""
        tags = iter(tags)
        return "".join(
            line if position is None else self._insert(line, position, next(tags))
            for line, position in source
        )

    def _insert(self, line, position, tag):
        """Return a line with the tag in a column, which can be a new one."""
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        separator = self._layout.separator or ("\t" if "\t" in body else " ")
        if separator == " ":
            fields = [match.span() for match in NOT_WHITE_SPACE.finditer(body)]
            if position < len(fields):
                start, stop = fields[position]
                return body[:start] + tag + body[stop:] + end
            separator = " " if len(fields) > 1 else self._layout.written_separator
            return body + separator + tag + end
        fields = body.split(separator)
        fields[position : position + 1] = [tag]
        return separator.join(fields) + end


def _decode(lines, encoding):
    """Return lines as str, each with a line end and without a byte order mark."""
    decoded = [drop_byte_order_marks(line.decode(encoding)) for line in lines]
    return [line if line.endswith(("\n", "\r")) else line + "\n" for line in decoded]


def _is_blank(line):
    return not line.strip(" \t\r\n")


def tokenize_english(text):
    """Split a sentence into words, punctuation and clitics, as English treebanks do.

    Parameters
    ----------
    text : str

    Returns
    -------
    words : list of str

    Examples
    --------
    >>> from sklstm._cli._streams import tokenize_english
    >>> tokenize_english("Don't (please) say it's well-known.")
    ['Do', "n't", '(', 'please', ')', 'say', 'it', "'s", 'well', '-', 'known', '.']
    """
    words = re.sub(r"(?i)(n't|'(?:s|m|d|re|ve|ll))\b", r" \1 ", text)
    words = re.sub(r"([.,;:!?…\"“”()\[\]]+|(?<=\w)-(?=\w))(?!\d)", r" \1 ", words)
    return words.split()
