"""Write files so that a failure or a kill never leaves an incomplete file."""

import errno
import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, TypeAlias

_Path: TypeAlias = str | os.PathLike[str]

# The characters of the name of a file that the name of its temporary file begins with. File systems
# limit names to 255 bytes or fewer, and a character takes up to 4.
_N_CHARACTERS = 32
# The bytes that are written to find out whether a disk is full.
_N_TRIED = 1 << 16


@contextmanager
def replacing(path: _Path) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces a file once it is complete and on disk.

    The temporary file is in the same folder. If the block raises, or if the disk is full, it is
    deleted, and an existing file stays as it is. After a kill or a power failure, the file at
    `path` is the old one or the new one, and a file ``*.tmp`` may be left. Links and the mode of an
    existing file are kept. Pipes and devices are written to directly.

    Parameters
    ----------
    path : str or path-like

    Yields
    ------
    file : binary file
        It may be closed before the end of the block.

    Raises
    ------
    OSError
        If the file cannot be written; it has the name `path`.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklstm._files import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(os.path.join(folder, "model")) as file:
    ...         _ = file.write(b"weights")
    ...     print(os.listdir(folder))
    ['model']
    """
    if _is_special(path):
        with _opened(path, "wb", path) as file:
            yield file
        return
    target = os.path.realpath(path)
    with _temporary_path(target) as temporary:
        with _opened(temporary, "xb", path) as file:
            yield file
        with _errors_name(path):
            if os.path.exists(target):
                shutil.copymode(target, temporary)
            os.replace(temporary, target)
            _flush_folder(os.path.dirname(target))


def check_can_replace(path: _Path) -> None:
    """Raise an error if a file cannot be written; called before any expensive work.

    The folder, the length of the name and a little room are tried with a temporary file, which is
    deleted. Pipes and devices are not opened.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    OSError
        With the name `path`.
    """
    with _errors_name(path):
        if _is_special(path):
            is_folder = os.path.isdir(path)
            if is_folder or not os.access(path, os.W_OK):
                problem = errno.EISDIR if is_folder else errno.EACCES
                raise OSError(problem, os.strerror(problem))
            return
        target = os.path.realpath(path)
        with suppress(FileNotFoundError):
            os.lstat(target)  # the name may be too long
        with _temporary_path(target) as temporary, _opened(temporary, "xb", path) as file:
            file.write(bytes(_N_TRIED))


def _is_special(path: _Path) -> bool:
    """Return whether a path is that of a pipe, a device or a folder, which must not be replaced."""
    return os.path.exists(path) and not os.path.isfile(path)


@contextmanager
def _temporary_path(target: str) -> Iterator[str]:
    """Return the path of a temporary file in the same folder, which is deleted if it remains."""
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f"{name[:_N_CHARACTERS]}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
    finally:
        with suppress(OSError):
            os.unlink(temporary)


@contextmanager
def _opened(opened: _Path, mode: str, path: _Path) -> Iterator[IO[bytes]]:
    """Open a file; a temporary one is on disk at the end. Errors have the name `path`."""
    with _errors_name(path):
        raw = open(opened, mode, buffering=0)  # noqa: SIM115
    with raw:
        with io.BufferedWriter(_Writer(raw.fileno(), path)) as file:
            yield file
        if mode == "xb":
            with _errors_name(path):
                os.fsync(raw.fileno())


class _Writer(io.FileIO):
    """A raw file whose errors have the name of the file that it replaces."""

    def __init__(self, descriptor: int, path: _Path) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.name = os.fspath(path)

    def write(self, data: Any) -> int:
        with _errors_name(self.name):
            return super().write(data)


@contextmanager
def _errors_name(path: _Path) -> Iterator[None]:
    """Replace the name in system errors by that of the file that the user passed."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _flush_folder(folder: str) -> None:
    """Write a folder to disk, so that a renamed file keeps its name after a power failure."""
    if os.name != "posix":  # other systems do not open folders
        return
    with suppress(OSError):  # not every file system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
