"""Read sentences from a stream without waiting for more data than needed, and write them tagged."""

import re

from sklstm.datasets import iter_conll
from sklstm.datasets._layouts import NOT_WHITE_SPACE, as_layout, position_of
from sklstm.datasets._lines import BYTE_ORDER_MARK, LineError, numbered_lines
from sklstm.datasets._sentences import MULTIWORD_OR_EMPTY

_CHUNK_SIZE = 1 << 18


class Lines:
    """Iterate over the lines of a binary file and record them.

    Each read takes the data that is available and does not wait for a full chunk.

    Parameters
    ----------
    file : binary file
        With a method ``read1``.
    name : str
        The name of the file in error messages.
    before_read : callable
        Called before each read, which may block: until then, all lines that are available have
        been yielded.
    """

    def __init__(self, file, name, before_read):
        self.name = name
        self._file, self._before_read = file, before_read
        self._recorded = []

    def __iter__(self):
        rest = b""
        while chunk := self._read():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield self._record(line + b"\n")
        if rest:
            yield self._record(rest)

    def pop_recorded(self):
        """Return the lines that have been yielded since the last call."""
        recorded, self._recorded = self._recorded, []
        return recorded

    def _read(self):
        self._before_read()
        return self._file.read1(_CHUNK_SIZE)

    def _record(self, line):
        self._recorded.append(line)
        return line


class PlainText:
    """Read one sentence per line; write one word and its tag per line.

    Parameters
    ----------
    tokenize : callable
        Returns the words of a line.
    """

    def __init__(self, tokenize):
        self._tokenize = tokenize

    def read(self, lines, encoding):
        """Yield the words of each line that is not blank, and no source lines.

        Parameters
        ----------
        lines : Lines
        encoding : str
        """
        try:
            for number, line in numbered_lines(lines, encoding):
                lines.pop_recorded()
                if "\t" in line:
                    raise LineError(
                        number,
                        "a tab in plain text. Pass --layout conllu, or --columns 0 (the column of "
                        "the word), if the file has one token per line; else replace the tabs by "
                        "spaces.",
                    )
                words = self._tokenize(line)
                if words:
                    yield words, []
        except LineError as error:
            raise ValueError(f"{lines.name}, line {error.number}: {error}") from error.__cause__

    def format(self, words, tags, _):
        """Return the text of a tagged sentence."""
        return "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n"


class Columns:
    """Read one token per line; write the same lines with the tags inserted.

    Parameters
    ----------
    layout : str or None
        As for :func:`~sklstm.datasets.iter_conll`.
    columns : tuple of (str or int) or None
        The column of the word and the column that the tag is written to. Without the latter, the
        tag is appended as a new column. None is the usual columns of the layout, and the first
        column, of the word, without a layout.
    """

    def __init__(self, layout, columns):
        self._name, self._layout = layout, as_layout(layout)
        self._columns = columns or (self._layout.columns if layout else (0,))
        self._tag = self._columns[1] if len(self._columns) > 1 else None

    def read(self, lines, encoding):
        """Yield the words of each sentence, and all source lines since the previous sentence.

        The last item has no words, but the lines after the last sentence.

        Parameters
        ----------
        lines : Lines
        encoding : str
        """
        last = ""
        for words, *_ in iter_conll(lines, self._columns, layout=self._name, encoding=encoding):
            source = _decode(lines.pop_recorded(), encoding)
            last = source[-1]
            yield words, source
        source = _decode(lines.pop_recorded(), encoding)
        if not _is_blank(source[-1] if source else last):
            source.append("\n")  # another file may follow
        yield [], source

    def format(self, words, tags, source):
        """Return the source lines of a sentence with its tags."""
        tags = iter(tags)
        return "".join(
            self._insert(line, next(tags)) if self._is_token(line) else line for line in source
        )

    def _is_token(self, line):
        layout = self._layout
        if _is_blank(line) or line.startswith((layout.comment or "-DOCSTART-", "-DOCSTART-")):
            return False
        return not (
            layout.id_position is not None and MULTIWORD_OR_EMPTY.fullmatch(line.split("\t")[0])
        )

    def _insert(self, line, tag):
        """Return a line with the tag in its column."""
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        if self._tag is None:
            separator = (
                "\t" if "\t" in body else " " if " " in body else self._layout.written_separator
            )
            return body + separator + tag + end
        if "\t" in body:
            fields = body.split("\t")
            fields[self._position(fields)] = tag
            return "\t".join(fields) + end
        fields = [match.span() for match in NOT_WHITE_SPACE.finditer(body)]
        start, stop = fields[self._position(fields)]
        return body[:start] + tag + body[stop:] + end

    def _position(self, fields):
        return position_of(self._tag, self._layout.names, len(fields))


def _decode(lines, encoding):
    """Return lines as str, each with a line end and without a byte order mark."""
    decoded = [line.decode(encoding).removeprefix(BYTE_ORDER_MARK) for line in lines]
    return [line if line.endswith("\n") else line + "\n" for line in decoded]


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
