"""Whether results will find their place."""

import errno
import os


def check_can_write(path):
    """Raise, before any work, where a file could not be written.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If `path` is a folder, or its own folder is not there or cannot be written to.
    """
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        problem = errno.EISDIR
    elif not os.path.isdir(folder):
        problem = errno.ENOENT
    elif os.access(_what_changes(path, folder), os.W_OK):
        return
    else:
        problem = errno.EACCES
    raise OSError(f"cannot write {path}: {os.strerror(problem)}")


def _what_changes(path, folder):
    """Return the folder, where files are replaced, or the pipe or device, which is written to."""
    return path if os.path.exists(path) and not os.path.isfile(path) else folder
