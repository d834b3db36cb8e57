"""The lines of a text file, numbered, and what may be wrong with them."""

import os
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = "\ufeff"


class LineError(ValueError):
    """Something is wrong with the line of this number; who knows the file's name adds it."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def check_source(source: object) -> None:
    """Refuse what is no path, file or iterable of lines."""
    if isinstance(source, str) and "\n" in source:
        raise ValueError(
            "source holds a line end, so it is not a path. Pass text as io.StringIO(text)."
        )
    if isinstance(source, (bytes, bytearray)) or not (
        hasattr(source, "__iter__") or isinstance(source, os.PathLike)
    ):
        raise TypeError(
            "source must be a path (str or path-like), an open file or an iterable of lines, got "
            f"{type(source).__name__}."
        )


def check_encoding(encoding: str) -> None:
    """Refuse encodings whose lines cannot be told apart as bytes."""
    try:
        b"\n".decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(
            f"encoding={encoding!r} writes line ends in more than one byte. Pass the file opened "
            f"as text: open(path, encoding={encoding!r})."
        ) from None


def numbered_lines(file: Iterable[str | bytes], encoding: str) -> Iterator[tuple[int, str]]:
    """Yield lines as (number from 1, text without the line end)."""
    number = 0
    try:
        for number, line in enumerate(file, start=1):
            if isinstance(line, bytes):
                line = _decoded(line, number, encoding)
            elif not isinstance(line, str):
                raise TypeError(f"The lines of source must be str or bytes, got {line!r}.")
            if number == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            line = line.rstrip("\r\n")
            if "\n" in line:
                raise LineError(number, f"the item is more than one line: {shown(line)}.")
            yield number, line
    except UnicodeDecodeError as error:
        # A text file failed. It hands out all complete lines before it decodes more bytes, so
        # the trouble is as many line ends further on as stand before it in those bytes.
        number += 1 + error.object[: error.start].count(b"\n")
        raise _undecodable(number, error) from error


def _decoded(line: bytes, number: int, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(number, error) from error


def _undecodable(number: int, error: UnicodeDecodeError) -> LineError:
    return LineError(
        number,
        f"byte 0x{error.object[error.start]:02x} is not {error.encoding} ({error.reason}). Pass "
        "the encoding that the file was written in.",
    )


def shown(line: str) -> str:
    """Return a line as a message shows it."""
    return repr(line if len(line) <= 60 else line[:60] + "...")
