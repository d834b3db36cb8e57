"""The text files that commands read and write, and the options that describe them."""

import argparse
import errno
import os
import re
import sys
from contextlib import contextmanager

from sklstm.datasets import read_conll
from sklstm.datasets._files import opened

LAYOUTS = ("conllu", "conll2000", "conll2003", "columns")
STANDARD_STREAM = "-"


def add_corpus_arguments(parser, content):
    """Add the argument for a file of tagged text, and the options that describe its layout.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    content : str
        What the file contains, for the help.
    """
    parser.add_argument(
        "file",
        metavar="FILE",
        help=f"{content}, one token per line and a blank line after each sentence; may be "
        "compressed (.gz, .bz2, .xz); - is standard input",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        help="layout of the columns; 'columns' is any other layout, with numbered columns "
        "(default: columns if --columns has only numbers, else conllu)",
    )
    parser.add_argument(
        "--columns",
        metavar="WORD,TAG",
        type=_parse_word_and_tag,
        help="columns of the word and of its tag, by name (form,xpos) or by number from 0; "
        "negative numbers count from the last column (--columns=-2,-1) (default: the usual columns "
        "of the layout, else 0,-1)",
    )
    add_encoding_argument(parser)


def add_encoding_argument(parser):
    """Add the option that names the encoding of the input.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument(
        "--encoding",
        type=_parse_encoding,
        default="utf-8",
        help="encoding of the input (default: %(default)s); all output is UTF-8",
    )


def _parse_encoding(text):
    try:
        b"\n".decode(text)
    except LookupError as error:
        raise argparse.ArgumentTypeError(error) from None
    except UnicodeDecodeError:
        raise argparse.ArgumentTypeError(
            f"{text} encodes line ends in more than one byte: convert the file, for instance with "
            f"iconv -f {text} -t utf-8"
        ) from None
    return text


def parse_columns(text):
    """Return the columns that ``--columns`` names: str for names, int for numbers.

    Examples
    --------
    >>> from sklstm._cli._files import parse_columns
    >>> parse_columns("form,-1")
    ('form', -1)
    """
    return tuple(int(name) if re.fullmatch(r"-?[0-9]+", name) else name for name in text.split(","))


def _parse_word_and_tag(text):
    columns = parse_columns(text)
    if len(columns) != 2:
        raise argparse.ArgumentTypeError(
            f"{text!r} names {len(columns)} column(s), expected 2 separated by a comma: the word "
            "and its tag"
        )
    return columns


def get_layout(layout, columns):
    """Return the layout as :func:`~sklstm.datasets.read_conll` takes it.

    Parameters
    ----------
    layout : str or None
        The value of ``--layout``.
    columns : tuple of (str or int) or None
        The value of ``--columns``.

    Returns
    -------
    layout : str or None
    """
    if layout is None:
        numbered = columns is not None and all(isinstance(column, int) for column in columns)
        layout = "columns" if numbered else "conllu"
    return None if layout == "columns" else layout


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


def read_corpus(path, options):
    """Read all sentences of a file of tagged text; "-" is standard input.

    Parameters
    ----------
    path : str
    options : argparse.Namespace
        With `layout`, `columns` and `encoding`.

    Returns
    -------
    X, y : list of list of str
        The words and the tags of each sentence.

    Raises
    ------
    ValueError
        If a line of the file is malformed (the message names the line), or there is no sentence.
    """
    layout = get_layout(options.layout, options.columns)
    source = sys.stdin.buffer if path == STANDARD_STREAM else path
    try:
        X, y = read_conll(source, options.columns, layout=layout, encoding=options.encoding)
    except ValueError as error:
        raise ValueError(
            f"{error}\n(read with --layout {layout or 'columns'}; for files with other columns, "
            "pass their numbers, for instance --columns 0,1)"
        ) from error
    if not X:
        raise ValueError(f"{input_name(path)} contains no sentence.")
    return X, y


def check_can_write(path):
    """Raise an error if a file cannot be written; called before any expensive work.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If `path` is a folder, or if its folder does not exist or is not writable.
    """
    folder = os.path.dirname(os.path.realpath(path))
    # Regular files are replaced, which changes the folder. Pipes and devices are written to.
    is_special = os.path.exists(path) and not os.path.isfile(path)
    if os.path.isdir(path):
        problem = errno.EISDIR
    elif not os.path.isdir(folder):
        problem = errno.ENOENT
    elif not os.access(path if is_special else folder, os.W_OK):
        problem = errno.EACCES
    else:
        return
    raise OSError(f"cannot write {path}: {os.strerror(problem)}")


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
