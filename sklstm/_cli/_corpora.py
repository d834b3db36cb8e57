"""Read files of tagged text, for training and scoring."""

from collections import deque
from itertools import islice

from sklstm._cli._arguments import one_of
from sklstm._cli._files import input_name, open_input
from sklstm._cli._layouts import TWO_COLUMNS, add_layout_arguments, find_layout, n_columns
from sklstm._cli._streams import Lines
from sklstm.datasets import read_conll
from sklstm.datasets._lines import errors_in, numbered_lines


def add_corpus_arguments(parser):
    """Add the options that describe files of tagged text.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    group = parser.add_argument_group(
        "layout of the files",
        "Files have one token per line and a blank line after each sentence. CoNLL-U, and files "
        "with two columns, the word and its tag, need no option.",
    )
    add_layout_arguments(group)
    group.add_argument(
        "--errors",
        metavar="NAME",
        type=one_of(["strict", "skip"]),
        default="strict",
        help="stop at lines that cannot be read ('strict', the default), or 'skip' their sentences",
    )


def read_corpus(path, options, normalize, tagger=None):
    """Read all sentences of a file of tagged text; "-" is standard input.

    Parameters
    ----------
    path : str
    options : argparse.Namespace
        With the options of :func:`add_corpus_arguments`.
    normalize : str or None
        The Unicode normal form of the words.
    tagger : BiLSTMTagger, default=None
        A tagger that may remember the layout of its training set.

    Returns
    -------
    X, y : list of list of str
        The words and the tags of each sentence.
    layout : FileLayout
    head : list of str
        The first lines of the file.

    Raises
    ------
    ValueError
        If the layout is not known or a line is malformed (the message names the line), or if there
        is no sentence.
    """
    name = input_name(path)
    with open_input(path) as file:
        lines = Lines(file, name)
        head = lines.head(options.encoding)
        layout = find_layout(path, head, options, tagger)
        if layout is None:
            with errors_in(name):  # in bytes that cannot be decoded
                deque(islice(numbered_lines(lines, options.encoding), len(head)), maxlen=0)
            _refuse(name, head)
        try:
            X, y = read_conll(
                lines,
                layout.columns,
                layout=layout.layout,
                separator=layout.separator,
                comment=layout.comment,
                header=layout.header,
                normalize=normalize,
                errors=options.errors,
                encoding=options.encoding,
            )
        except ValueError as error:
            raise ValueError(
                f"{error} (Read with {layout}; for another layout, pass --layout or --columns.)"
            ) from error
    if not X:
        raise ValueError(f"{name} contains no sentence.")
    if y == X:
        raise ValueError(
            f"{name}: the words and their tags are the same, read with {layout}. Pass two columns, "
            "for instance --columns 0,-1."
        )
    return X, y, layout, head


def _refuse(name, head):
    """Raise an error for a file whose layout is not known."""
    n = n_columns(TWO_COLUMNS, head)
    if n:
        raise ValueError(
            f"{name}: the first sentence has {n} column(s), neither two nor those of CoNLL-U. Pass "
            "the columns of the word and of its tag, for instance --columns 0,-1, or --layout."
        )
    raise ValueError(f"{name} contains no sentence.")
