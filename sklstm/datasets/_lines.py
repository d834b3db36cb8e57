"""Read the numbered lines of text, and raise errors that name the source and the line."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sklstm._sequences import show
from sklstm.datasets._files import Source, name_of, opened

BYTE_ORDER_MARK = "\ufeff"
# The first bytes of files that are compressed by gzip, bzip2 and xz.
_COMPRESSED = (b"\x1f\x8b", b"BZh91AY&SY", b"\xfd7zXZ")


class LineError(ValueError):
    """A line cannot be read. `errors_in` adds the source and the number to the message."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


class SourceError(ValueError):
    """A source cannot be read with the options. `errors_in` adds the source to the message."""


def check_source(source: object, encoding: str) -> None:
    """Raise an error if the source is not a path, a file or an iterable of lines.

    Encodings with line ends of several bytes are also refused: files are split into lines as bytes.
    """
    if isinstance(source, str) and not {"\n", "\r"}.isdisjoint(source):
        raise ValueError(
            "source contains a line end, so it is not a path. Pass text as io.StringIO(text)."
        )
    if isinstance(source, (bytes, bytearray)) or not (
        hasattr(source, "__iter__") or isinstance(source, os.PathLike)
    ):
        raise TypeError(
            "source must be a path (str or path-like), an open file or an iterable of lines, got "
            f"{type(source).__name__}."
        )
    try:
        b"\n".decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(
            f"encoding={encoding!r} writes line ends in more than one byte. Pass the file opened "
            f"as text: open(path, encoding={encoding!r})."
        ) from None


@contextmanager
def errors_in(name: str, decoding_advice: str = "") -> Iterator[None]:
    """Raise a `LineError` again as a ValueError that names the source and the line.

    `decoding_advice` is added if the line cannot be decoded. A `SourceError` names the source.
    """
    try:
        yield
    except SourceError as error:
        raise ValueError(f"{name}: {error}") from None
    except LineError as error:
        cause = error.__cause__
        advice = decoding_advice if isinstance(cause, UnicodeDecodeError) else ""
        raise ValueError(f"{name}, line {error.number}: {error}{advice}") from cause


@contextmanager
def open_lines(
    source: Source, encoding: str, decoding_advice: str = ""
) -> Iterator[Iterator[tuple[int, str]]]:
    """Open a source and return its numbered lines; errors are those of :func:`errors_in`."""
    with errors_in(name_of(source), decoding_advice), opened(source) as file:
        yield numbered_lines(file, encoding)


def numbered_lines(file: Iterable[str | bytes], encoding: str) -> Iterator[tuple[int, str]]:
    """Yield lines as (number from 1, text without the line end)."""
    number = 0
    line: str | bytes = ""
    try:
        for number, line in enumerate(file, start=1):
            if isinstance(line, bytes):
                line = line.decode(encoding)
            elif not isinstance(line, str):
                raise TypeError(f"The lines of source must be str or bytes, got {show(line)}.")
            if number == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            line = line.removesuffix("\n").removesuffix("\r")
            if "\n" in line:
                raise LineError(number, f"the item is more than one line: {show(line)}.")
            yield number, line
    except UnicodeDecodeError as error:
        if isinstance(line, str):
            # A text file could not decode its next block of bytes. All lines of the blocks before
            # were returned, so the line is found by counting the line ends in this block.
            number += 1 + error.object[: error.start].count(b"\n")
        if error.object.startswith(_COMPRESSED):
            raise LineError(
                number,
                "the data is compressed. Decompress it, or let the name of the file end in .gz, "
                ".bz2 or .xz.",
            ) from None
        raise LineError(
            number,
            f"byte 0x{error.object[error.start]:02x} is not {error.encoding} ({error.reason}). "
            "Pass the encoding that the file was written in.",
        ) from error


def split_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Split numbered lines at carriage returns, and drop byte order marks at their start.

    Carriage returns are the line ends of old files, byte order marks are left where files were
    joined.
    """
    n_more = 0
    for number, line in lines:
        if "\r" not in line and line[:1] not in (BYTE_ORDER_MARK, " "):
            yield number + n_more, line
            continue
        for k, part in enumerate(line.split("\r")):
            yield number + n_more + k, drop_byte_order_marks(part)
        n_more += line.count("\r")


def drop_byte_order_marks(line: str) -> str:
    """Return a line without byte order marks at its start, and without spaces around them."""
    stripped = line.lstrip(f"{BYTE_ORDER_MARK} ")
    return stripped if BYTE_ORDER_MARK in line[: len(line) - len(stripped)] else line
