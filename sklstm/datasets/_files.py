"""Open files by path, compressed or not, or take them as they are."""

import gzip
import io
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from typing import IO, Any, TypeAlias

# What readers take: a path, an open file or the lines themselves; and where writers write to.
Source: TypeAlias = str | os.PathLike[str] | Iterable[str | bytes]
Destination: TypeAlias = str | os.PathLike[str] | IO[str]


def name_of(source: object) -> str:
    """Return what an error message calls `source`."""
    name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    return os.fspath(name) if isinstance(name, (str, os.PathLike)) else "<stream>"


@contextmanager
def opened(source: Source) -> Iterator[Iterable[str | bytes]]:
    """Open a path for reading in binary mode; hand through all else."""
    if not isinstance(source, (str, os.PathLike)):
        yield source
        return
    with open(source, "rb") as raw, _compressed(raw, source, "rb") as file, _named(source):
        # Compressed files are slow to hand out lines by themselves.
        yield io.BufferedReader(file)


@contextmanager
def _named(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say which compressed file is broken."""
    try:
        yield
    except Exception as error:
        suffix = os.path.splitext(path)[1]
        # By name: some builds of Python lack the module that an error belongs to.
        if type(error).__name__ not in _BROKEN.get(suffix.lower(), ()):
            raise
        raise ValueError(f"{name_of(path)} is not a whole {suffix} file: {error}.") from error


_BROKEN = {
    ".gz": ("BadGzipFile", "EOFError", "error"),
    ".bz2": ("OSError", "EOFError"),
    ".xz": ("LZMAError", "EOFError"),
}


@contextmanager
def text_writer(destination: Destination, encoding: str) -> Iterator[IO[str]]:
    """Open a path for writing in text mode; hand through an open file."""
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


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file beside `path` that takes its place if all goes well, and vanishes if not."""
    if os.path.exists(path) and not os.path.isfile(path):
        # A pipe or a device is written to: nothing may take its place.
        with open(path, "wb") as file:
            yield file
        return
    path = os.path.realpath(path)
    beside = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with open(beside, "xb") as file:
            yield file
        if os.path.exists(path):
            shutil.copymode(path, beside)
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _compressed(
    raw: IO[bytes], path: str | os.PathLike[str], mode: str
) -> AbstractContextManager[Any]:
    """Return a binary file that compresses to, or uncompresses from, `raw` by the path's suffix."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".gz":
        # No name and no time in the header: equal corpora give equal files.
        return gzip.GzipFile("", mode, fileobj=raw, mtime=0)
    if suffix in (".bz2", ".xz"):
        # Some builds of Python lack one of these.
        return import_module({".bz2": "bz2", ".xz": "lzma"}[suffix]).open(raw, mode)
    return nullcontext(raw)
