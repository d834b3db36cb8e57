"""The files of tagged text that commands read, and the options that say how they are laid out."""

import argparse
import os
import re
import sys
from contextlib import contextmanager

from sklstm.datasets import read_conll
from sklstm.datasets._files import opened

LAYOUTS = ("conllu", "conll2000", "conll2003", "columns")
STANDARD_STREAM = "-"


def add_corpus_arguments(parser):
    """Add the options that say how a file of tagged text is laid out.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        help="what the columns of the file are; 'columns' are any others, known by number "
        "(default: columns where --columns has numbers, else conllu)",
    )
    parser.add_argument(
        "--columns",
        metavar="WORD,TAG",
        type=_word_and_tag,
        help="the columns of the word and of its tag, by name (form,xpos) or by number from 0, "
        "negative from the last (--columns=-2,-1) (default: those that the layout is for, else "
        "0,-1)",
    )
    add_encoding_argument(parser)


def add_encoding_argument(parser):
    """Add the option that says how the bytes of a file are read.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument(
        "--encoding",
        type=_encoding,
        default="utf-8",
        help="the encoding of what is read (default: %(default)s); all output is UTF-8",
    )


def _encoding(text):
    try:
        b"\n".decode(text)
    except LookupError as error:
        raise argparse.ArgumentTypeError(error) from None
    except UnicodeDecodeError:
        raise argparse.ArgumentTypeError(
            f"{text} writes line ends in more than one byte: convert the file, for instance with "
            f"iconv -f {text} -t utf-8"
        ) from None
    return text


def as_columns(text):
    """Return what ``--columns`` names: str for names, int for numbers.

    Examples
    --------
    >>> from sklstm._cli._corpora import as_columns
    >>> as_columns("form,-1")
    ('form', -1)
    """
    return tuple(int(name) if re.fullmatch(r"-?[0-9]+", name) else name for name in text.split(","))


def _word_and_tag(text):
    columns = as_columns(text)
    if len(columns) != 2:
        raise argparse.ArgumentTypeError(
            f"{text!r} names {len(columns)} column(s), expected 2 parted by a comma: that of the "
            "word and that of its tag"
        )
    return columns


def layout_of(layout, columns):
    """Return the layout that options mean, as :func:`~sklstm.datasets.read_conll` takes it.

    Parameters
    ----------
    layout : str or None
        As given by ``--layout``.
    columns : tuple of (str or int) or None
        As given by ``--columns``.

    Returns
    -------
    layout : str or None
    """
    if layout is None:
        numbered = columns is not None and all(isinstance(column, int) for column in columns)
        layout = "columns" if numbered else "conllu"
    return None if layout == "columns" else layout


@contextmanager
def opened_input(path):
    """Open a path, or standard input where it is "-", in binary mode.

    A pipe that is given by its path hands out what there is, as standard input does.

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


def name_of_input(path):
    """Return what an error message calls an input.

    Parameters
    ----------
    path : str

    Returns
    -------
    name : str
    """
    return "<stdin>" if path == STANDARD_STREAM else path


def read_corpus(path, options):
    """Read all sentences of a file, or of standard input where `path` is "-".

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
        What is wrong with the file, and in which line; or that it holds no sentence.
    """
    layout = layout_of(options.layout, options.columns)
    source = sys.stdin.buffer if path == STANDARD_STREAM else path
    try:
        X, y = read_conll(source, options.columns, layout=layout, encoding=options.encoding)
    except ValueError as error:
        raise ValueError(
            f"{error}\n(read with --layout {layout or 'columns'}; a file of other columns is read "
            "by number, for instance with --columns 0,1)"
        ) from error
    if not X:
        raise ValueError(f"{name_of_input(path)} holds no sentence.")
    return X, y
