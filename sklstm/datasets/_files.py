"""Open files for reading and writing, compressed or not."""

import gzip
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import IO, Any, TypeAlias

from sklstm._files import replacing

# Readers take a path, an open file or lines; writers take a path or an open file.
Source: TypeAlias = str | os.PathLike[str] | Iterable[str | bytes]
Destination: TypeAlias = str | os.PathLike[str] | IO[str]

# The errors that a damaged file raises, by suffix. They are names because some builds of Python
# lack the modules that define these errors.
_DAMAGE_ERRORS = {
    ".gz": ("BadGzipFile", "EOFError", "error"),
    ".bz2": ("OSError", "EOFError"),
    ".xz": ("LZMAError", "EOFError"),
}


def name_of(source: object) -> str:
    """Return the path of a source, or ``<stream>``, for messages."""
    name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    return os.fspath(name) if isinstance(name, (str, os.PathLike)) else "<stream>"


@contextmanager
def opened(source: Source) -> Iterator[Iterable[str | bytes]]:
    """Open a path for reading in binary mode; return any other source unchanged."""
    if not isinstance(source, (str, os.PathLike)):
        yield source
        return
    with open(source, "rb") as raw, _compressed(raw, source, "rb") as file:
        try:
            # Compressed files return lines faster through a buffer.
            yield io.BufferedReader(file)
        except Exception as error:
            suffix = _suffix(source)
            if type(error).__name__ not in _DAMAGE_ERRORS.get(suffix, ()):
                raise
            raise ValueError(f"{name_of(source)} is not a whole {suffix} file: {error}.") from error


@contextmanager
def text_writer(destination: Destination, encoding: str) -> Iterator[IO[str]]:
    """Open a path for writing in text mode; return an open file unchanged."""
    if not isinstance(destination, (str, os.PathLike)):
        if not hasattr(destination, "write") or isinstance(
            destination, (io.RawIOBase, io.BufferedIOBase)
        ):
            raise TypeError(
                "destination must be a path (str or path-like) or a file open in text mode, got "
                f"{type(destination).__name__}."
            )
        yield destination
        return
    with (
        replacing(destination) as raw,
        _compressed(raw, destination, "wb") as binary,
        io.TextIOWrapper(binary, encoding=encoding, newline="\n") as file,
    ):
        yield file


def _compressed(
    raw: IO[bytes], path: str | os.PathLike[str], mode: str
) -> AbstractContextManager[Any]:
    """Return a binary file that compresses or uncompresses `raw`, depending on the suffix."""
    suffix = _suffix(path)
    if suffix == ".gz":
        # Without name and time in the header, equal corpora give equal files.
        return gzip.GzipFile("", mode, fileobj=raw, mtime=0)
    if suffix in (".bz2", ".xz"):
        # Some builds of Python lack one of these modules.
        return import_module({".bz2": "bz2", ".xz": "lzma"}[suffix]).open(raw, mode)
    return nullcontext(raw)


def _suffix(path: str | os.PathLike[str]) -> str:
    return os.path.splitext(path)[1].lower()
