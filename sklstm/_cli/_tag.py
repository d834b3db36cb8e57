"""Tag text.

Plain text has one sentence per line; the output has one word, a tab and its tag per line, and a
blank line after each sentence. Files with one token per line (CoNLL) are written unchanged, except
for the column of the tags. Each sentence is tagged as soon as it is read, and memory use stays
constant.
"""

import argparse
import sys

from sklstm._cli._files import (
    LAYOUTS,
    STANDARD_STREAM,
    add_encoding_argument,
    check_can_write,
    get_layout,
    input_name,
    open_input,
    parse_columns,
)
from sklstm._cli._models import add_model_argument, load
from sklstm._cli._streams import Columns, Lines, PlainText, tokenize_english
from sklstm.datasets._files import text_writer

_TOKENIZERS = {"spaces": str.split, "english": tokenize_english}


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm tag",
        description=__doc__,
        epilog="example: echo 'Time flies.' | python -m sklstm tag tagger.joblib --words english",
        allow_abbrev=False,
    )
    add_model_argument(parser)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        default=[STANDARD_STREAM],
        help="files to tag; may be compressed (.gz, .bz2, .xz); - is standard input (default: -)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=STANDARD_STREAM,
        help="output file, compressed if its name ends in .gz, .bz2 or .xz; it is created or "
        "replaced after all input is tagged (default: standard output)",
    )
    _add_input_arguments(parser)
    return parser


def _add_input_arguments(parser):
    """Add the options that describe the input and so the output."""
    parser.add_argument(
        "--layout",
        choices=["text", *LAYOUTS],
        help="plain text, or the layout of the columns; 'columns' is any other layout, with "
        "numbered columns (default: conllu for file names that end in .conllu, columns if "
        "--columns has only numbers, else text)",
    )
    parser.add_argument(
        "--columns",
        metavar="WORD[,TAG]",
        type=parse_columns,
        help="columns of the word and of its tag, by name or by number from 0; negative numbers "
        "count from the last column (--columns=-2,-1); without TAG, the tag is appended as a new "
        "column (default: the usual columns of the layout, else 0)",
    )
    parser.add_argument(
        "--words",
        choices=_TOKENIZERS,
        default="spaces",
        help="how to tokenize plain text: at spaces, or as English treebanks do, with punctuation "
        "and contractions as separate words (default: %(default)s)",
    )
    add_encoding_argument(parser)


def run(options, parser):
    """Run the command; return its exit status."""
    if options.columns is not None and (options.layout == "text" or len(options.columns) > 2):
        parser.error("--columns takes WORD or WORD,TAG, and only for files with one token per line")
    formats = [_make_format(path, options) for path in options.files]
    if options.output != STANDARD_STREAM:
        check_can_write(options.output)
    tagger = load(options.model).set_params(verbose=False)
    destination = sys.stdout if options.output == STANDARD_STREAM else options.output
    with text_writer(destination, "utf-8") as output:
        for path, text_format in zip(options.files, formats, strict=True):
            _tag_file(path, options.encoding, _Batch(tagger, text_format, output))
    return 0


def _make_format(path, options):
    """Return the format of a file, a `PlainText` or `Columns`."""
    layout = options.layout
    if layout is None and options.columns is None:
        is_conllu = path.lower().endswith((".conllu", ".conllu.gz", ".conllu.bz2", ".conllu.xz"))
        layout = "conllu" if is_conllu else "text"
    if layout == "text":
        return PlainText(_TOKENIZERS[options.words])
    return Columns(get_layout(layout, options.columns), options.columns)


class _Batch:
    """Sentences that have been read and are tagged together.

    Parameters
    ----------
    tagger : BiLSTMTagger
    text_format : PlainText or Columns
    output : text file
    """

    def __init__(self, tagger, text_format, output):
        self.text_format = text_format
        self._tagger, self._output = tagger, output
        self._sentences = []

    def add(self, words, source):
        """Add the words and the source lines of a sentence."""
        self._sentences.append((words, source))

    def flush(self):
        """Tag and write all sentences that have been added."""
        sentences, self._sentences = self._sentences, []
        if not sentences:
            return
        predicted = self._tagger.predict([words for words, _ in sentences])
        for (words, source), tags in zip(sentences, predicted, strict=True):
            self._output.write(self.text_format.format(words, map(str, tags), source))
        self._output.flush()


def _tag_file(path, encoding, batch):
    with open_input(path) as file:
        if file.isatty():
            print(
                "Enter one sentence per line; Ctrl-D (on Windows Ctrl-Z, Enter) ends.",
                file=sys.stderr,
            )
        # Everything that has been read is tagged before the next read, which may block.
        lines = Lines(file, input_name(path), before_read=batch.flush)
        try:
            for words, source in batch.text_format.read(lines, encoding):
                batch.add(words, source)
        except ValueError:
            batch.flush()  # the sentences before the invalid line
            raise
        batch.flush()
