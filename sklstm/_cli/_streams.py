"""Sentences as they come: read no more than is there, and keep what is to be handed through."""

from sklstm.datasets import iter_conll
from sklstm.datasets._conll import MULTIWORD_OR_EMPTY, NOT_WHITE_SPACE, as_layout, position_of
from sklstm.datasets._lines import BYTE_ORDER_MARK, LineError, numbered_lines

_CHUNK = 1 << 18


class Lines:
    """The lines of a binary file, which is read as far as it goes without waiting.

    Parameters
    ----------
    file : binary file
        With a method ``read1``.
    name : str
        What an error message calls it.
    before_waiting : callable
        Called when all that was read has been handed out: reading on may take as long as somebody
        takes to type.
    """

    def __init__(self, file, name, before_waiting):
        self.name = name
        self._file, self._before_waiting = file, before_waiting
        self._taken = []

    def __iter__(self):
        rest = b""
        while chunk := self._read():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield self._take(line + b"\n")
        if rest:
            yield self._take(rest)

    def taken(self):
        """Return the lines since the last call, which have been handed out."""
        taken, self._taken = self._taken, []
        return taken

    def _read(self):
        self._before_waiting()
        return self._file.read1(_CHUNK)

    def _take(self, line):
        self._taken.append(line)
        return line


class PlainText:
    """One sentence a line in, a word and its tag a line out.

    Parameters
    ----------
    split : callable
        From a line to its words.
    """

    def __init__(self, split):
        self._split = split

    def sentences(self, lines, encoding):
        """Yield the words of each line that has any, and None, for nothing is handed through.

        Parameters
        ----------
        lines : Lines
        encoding : str
        """
        try:
            for number, line in numbered_lines(lines, encoding):
                lines.taken()
                _refuse_columns(number, line)
                words = self._split(line)
                if words:
                    yield words, None
        except LineError as error:
            raise ValueError(f"{lines.name}, line {error.number}: {error}") from error.__cause__

    def text(self, words, tags, _):
        """Return a tagged sentence as it is written."""
        return "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n"


def _refuse_columns(number, line):
    if "\t" in line:
        raise LineError(
            number,
            "a tab, in plain text. Say --layout conllu, or --columns 0 (the column of the word), "
            "if this is a file with one token a line; else replace tabs by spaces.",
        )


class Columns:
    """Files with one token a line; what is read goes out again, with the tags.

    Parameters
    ----------
    layout : str or None
        As for :func:`~sklstm.datasets.iter_conll`.
    word : str or int
        The column of the word.
    tag : str, int or None
        The column that the tag takes the place of; by default it becomes the last one.
    """

    def __init__(self, layout, word, tag=None):
        self._name, self._layout = layout, as_layout(layout)
        self._columns, self._tag = (word,) if tag is None else (word, tag), tag

    def sentences(self, lines, encoding):
        """Yield the words of each sentence, and all lines since the one before.

        The last item has no words, but the lines after the last sentence.

        Parameters
        ----------
        lines : Lines
        encoding : str
        """
        last = ""
        for words, *_ in iter_conll(lines, self._columns, layout=self._name, encoding=encoding):
            texts = _decoded(lines.taken(), encoding)
            last = texts[-1]
            yield words, texts
        texts = _decoded(lines.taken(), encoding)
        if not _is_blank(texts[-1] if texts else last):
            texts.append("\n")  # another file may follow
        yield [], texts

    def text(self, words, tags, lines):
        """Return the lines of a sentence, with its tags."""
        tags = iter(tags)
        return "".join(
            self._with_tag(line, next(tags)) if self._is_token(line) else line for line in lines
        )

    def _is_token(self, line):
        layout = self._layout
        if _is_blank(line) or line.startswith(layout.comments + layout.boundaries):
            return False
        return not (layout.has_ids and MULTIWORD_OR_EMPTY.fullmatch(line.split("\t")[0]))

    def _with_tag(self, line, tag):
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        if self._tag is None:
            glue = "\t" if "\t" in body else " " if " " in body else self._layout.glue
            return body + glue + tag + end
        if "\t" in body:
            fields = body.split("\t")
            fields[self._position(fields)] = tag
            return "\t".join(fields) + end
        fields = [match.span() for match in NOT_WHITE_SPACE.finditer(body)]
        start, stop = fields[self._position(fields)]
        return body[:start] + tag + body[stop:] + end

    def _position(self, fields):
        return position_of(self._tag, self._layout.names, len(fields))


def _decoded(lines, encoding):
    """Return lines as text that ends in a line end and does not begin with a byte order mark."""
    texts = [line.decode(encoding).removeprefix(BYTE_ORDER_MARK) for line in lines]
    return [text if text.endswith("\n") else text + "\n" for text in texts]


def _is_blank(line):
    return not line.strip(" \t\r\n")
