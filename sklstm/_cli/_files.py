"""The text files that commands read and write, and the options that describe them."""

import os
import sys
from contextlib import contextmanager

from sklstm._files import check_can_replace
from sklstm.datasets._files import opened

STANDARD_STREAM = "-"


@contextmanager
def open_input(path):
    """Open a file in binary mode; "-" is standard input.

    Named pipes are read without waiting for more data than is available, as standard input is.

    Parameters
    ----------
    path : str

    Yields
    ------
    file : binary file
        With a method ``read1``.
    """
    if path == STANDARD_STREAM:
        yield sys.stdin.buffer
    else:
        with opened(path) if os.path.isfile(path) else open(path, "rb") as file:
            yield file


def input_name(path):
    """Return the name of an input in error messages.

    Parameters
    ----------
    path : str

    Returns
    -------
    name : str
    """
    return "<stdin>" if path == STANDARD_STREAM else path


def check_can_write(path):
    """Raise an error if a file cannot be written; called before any expensive work.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If `path` is a folder, its folder does not exist or is not writable, its name is too long,
        or the disk is full.
    """
    try:
        check_can_replace(path)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from error


def check_is_not_read(output, inputs):
    """Raise an error if an output file is one of the inputs, which it would replace.

    Parameters
    ----------
    output : str
    inputs : list of (str or None)

    Raises
    ------
    ValueError
        If two names are those of the same file.
    """
    for path in inputs:
        if path and os.path.isfile(path) and os.path.realpath(path) == os.path.realpath(output):
            raise ValueError(f"-o {output} would replace {path}, which is read: name another file")


def format_corpus_size(X):
    """Format the size of a corpus.

    Parameters
    ----------
    X : list of list of str

    Returns
    -------
    text : str

    Examples
    --------
    >>> from sklstm._cli._files import format_corpus_size
    >>> format_corpus_size([["Ducks", "swim"], ["Quietly"]])
    '2 sentences (3 tokens)'
    """
    return f"{len(X):,} sentences ({sum(map(len, X)):,} tokens)"


def format_bytes(n_bytes):
    """Format a number of bytes.

    Parameters
    ----------
    n_bytes : int

    Returns
    -------
    text : str

    Examples
    --------
    >>> from sklstm._cli._files import format_bytes
    >>> format_bytes(512), format_bytes(48_200), format_bytes(5_310_000)
    ('0.5 kB', '48.2 kB', '5.3 MB')
    """
    return f"{n_bytes / 1e3:.1f} kB" if n_bytes < 1e6 else f"{n_bytes / 1e6:,.1f} MB"
