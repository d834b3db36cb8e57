"""``python -m sklstm tag``: text in, tagged text out, as it comes."""

import argparse
import sys
from contextlib import nullcontext

from sklstm._cli._corpora import (
    LAYOUTS,
    STANDARD_STREAM,
    add_encoding_argument,
    as_columns,
    layout_of,
    name_of_input,
    opened_input,
)
from sklstm._cli._models import add_model_argument, load
from sklstm._cli._streams import Columns, Lines, PlainText
from sklstm._cli._words import SPLITTERS
from sklstm._cli._writing import check_can_write
from sklstm.datasets._files import text_writer

# The columns of the word and, where it has one, of the tag.
_COLUMNS = {
    "conllu": ("form", "upos"),
    "conll2000": ("form", "chunk"),
    "conll2003": ("form", "ner"),
    None: (0,),
}
_COMPRESSED = (".gz", ".bz2", ".xz")


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm tag",
        description="Tag text. Plain text has one sentence a line, and comes out with a word, a "
        "tab and its tag in each line, and a blank line after each sentence. Files with one token "
        "a line (CoNLL) come out as they went in, with the tag in its column. Sentences are "
        "answered as they come, in memory that does not grow.",
        epilog="example: echo 'Time flies.' | python -m sklstm tag tagger.joblib --words english",
        allow_abbrev=False,
    )
    add_model_argument(parser)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        default=[STANDARD_STREAM],
        help="what to tag, one after another; .gz, .bz2 or .xz; - is standard input, the default",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=STANDARD_STREAM,
        help="where to write, compressed if it ends in .gz, .bz2 or .xz; a file appears, or is "
        "replaced, once all is tagged (default: standard output)",
    )
    _add_form_arguments(parser)
    return parser


def _add_form_arguments(parser):
    """Add the options that say what is read, and so what is written."""
    parser.add_argument(
        "--layout",
        choices=["text", *LAYOUTS],
        help="what FILE is: plain text, or the layout of its columns; 'columns' is any other "
        "(default: conllu for names that end in .conllu, columns where --columns has numbers, "
        "else text)",
    )
    parser.add_argument(
        "--columns",
        metavar="WORD[,TAG]",
        type=as_columns,
        help="the column of the word and the one that the tag goes to, by name or by number from "
        "0, negative from the last (--columns=-2,-1); without TAG, the tag becomes a new last "
        "column (default: those that the layout is for, else 0)",
    )
    parser.add_argument(
        "--words",
        choices=SPLITTERS,
        default="spaces",
        help="how plain text is cut into words: at spaces, or as English treebanks do, where "
        "punctuation and contractions are words (default: %(default)s)",
    )
    add_encoding_argument(parser)


def run(options, parser):
    """Run the command; return its exit status."""
    if options.columns is not None and (options.layout == "text" or len(options.columns) > 2):
        parser.error("--columns are WORD or WORD,TAG, of a file with one token a line")
    forms = [_form_of(path, options) for path in options.files]
    standard = options.output == STANDARD_STREAM
    if not standard:
        check_can_write(options.output)
    tagger = load(options.model)
    with nullcontext(sys.stdout) if standard else text_writer(options.output, "utf-8") as output:
        for path, form in zip(options.files, forms, strict=True):
            _tag_file(path, form, options.encoding, _Batch(tagger, form, output))
    return 0


def _form_of(path, options):
    """Return how a file is read and written."""
    layout = options.layout
    if layout is None and options.columns is None:
        layout = "conllu" if _bare(path).endswith(".conllu") else "text"
    if layout == "text":
        return PlainText(SPLITTERS[options.words])
    layout = layout_of(layout, options.columns)
    return Columns(layout, *(options.columns or _COLUMNS[layout]))


def _bare(path):
    """Return the name of a file without what it was compressed by."""
    path = path.lower()
    return next((path.removesuffix(end) for end in _COMPRESSED if path.endswith(end)), path)


class _Batch:
    """Sentences that are there together, and so are tagged together."""

    def __init__(self, tagger, form, output):
        self._tagger, self._form, self._output = tagger, form, output
        self._sentences = []

    def add(self, words, rest):
        """Add a sentence and, in the way of its form, what else is to be written with it."""
        self._sentences.append((words, rest))

    def finish(self):
        """Tag and write what is there."""
        sentences, self._sentences = self._sentences, []
        if not sentences:
            return
        tags = iter(self._tagger.predict([words for words, _ in sentences if words]))
        for words, rest in sentences:
            tagged = map(str, next(tags)) if words else []
            self._output.write(self._form.text(words, tagged, rest))
        self._output.flush()


def _tag_file(path, form, encoding, batch):
    with opened_input(path) as file:
        if file.isatty():
            print("One sentence a line; Ctrl-D (on Windows Ctrl-Z, Enter) ends.", file=sys.stderr)
        lines = Lines(file, name_of_input(path), batch.finish)
        try:
            for words, rest in form.sentences(lines, encoding):
                batch.add(words, rest)
        except ValueError:
            batch.finish()  # what came before the line that is wrong
            raise
        batch.finish()
