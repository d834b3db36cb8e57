"""Tag text.

Plain text has one sentence per line; the output has one word, a tab and its tag per line, and a
blank line after each sentence. Files with one token per line (CoNLL) are written unchanged, except
for the column of the tags. Each sentence is tagged as soon as it is read, and memory use stays
constant.
"""

import re
import sys
import warnings
from contextlib import closing

from sklstm._cli._arguments import Parser, one_of
from sklstm._cli._dask import run_on_dask
from sklstm._cli._files import (
    STANDARD_STREAM,
    check_can_write,
    check_is_not_read,
    input_name,
    open_input,
)
from sklstm._cli._layouts import (
    LAYOUTS,
    add_layout_arguments,
    find_layout,
    header_hint,
    remembered_normalize,
)
from sklstm._cli._models import add_model_argument, load_for_prediction
from sklstm._cli._output import TerminalText
from sklstm._cli._progress import Progress
from sklstm._cli._streams import Lines, PlainText, Table, tokenize_english
from sklstm.datasets._files import text_writer
from sklstm.datasets._layouts import DOCUMENT_START
from sklstm.datasets._sentences import looks_like_comment

_TOKENIZERS = {"spaces": str.split, "english": tokenize_english}
# A word that tokenizers for treebanks split, and not an abbreviation such as "p.m.".
_UNSPLIT = re.compile(r"[^\W\d_]{2,}[.!?]+[\"'”\u2019)]*")
_NOT_WRITABLE = re.compile("[\t\n\r\ud800-\udfff]")
_N_HINT = 5  # sentences before a hint, or all of the input


def make_parser(prog):
    """Return the parser of the command."""
    parser = Parser(
        prog,
        description=__doc__,
        epilog="example: echo 'Time flies.' | sklstm tag -m tagger.joblib --words english",
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        default=[STANDARD_STREAM],
        help="files to tag; may be compressed (.gz, .bz2, .xz); - is standard input (default: -)",
    )
    add_model_argument(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=STANDARD_STREAM,
        help="output file, compressed if its name ends in .gz, .bz2 or .xz; it is created or "
        "replaced after all input is tagged (default: standard output)",
    )
    parser.add_argument(
        "--words",
        metavar="NAME",
        type=one_of(_TOKENIZERS),
        help="how to tokenize plain text: at spaces (default), or as english treebanks do, with "
        "punctuation and contractions as separate words",
    )
    add_layout_arguments(parser, ("text", *LAYOUTS), n_columns=(1, 2))
    parser.add_argument(
        "--dask",
        metavar="SCHEDULER",
        help="tag the files on a Dask cluster, given by the address of its scheduler or by its "
        "scheduler file. -o is a folder, which all workers can reach; files that it already has "
        "are skipped",
    )
    return parser


def run(options, parser):
    """Run the command; return its exit status."""
    if options.layout == "text" and options.columns is not None:
        parser.error("--columns is for files with one token per line, not for --layout text")
    if options.output != STANDARD_STREAM and options.dask is None:
        check_can_write(options.output)
        check_is_not_read(options.output, [options.model])
    model, tagger = load_for_prediction(options.model)
    _check_tags(model)
    if options.dask is not None:
        return run_on_dask(tag_to_file, (model, tagger), options)
    is_file = options.output != STANDARD_STREAM
    hints = _Hints(tagger, options.words is not None)
    with (
        text_writer(options.output if is_file else _standard_output(), "utf-8") as output,
        closing(Progress(is_file)) as progress,
    ):
        for path in options.files:
            _tag_file(path, options, tagger, _Batch(model, output, progress, hints))
    hints.complete()
    return 0


def tag_to_file(models, path, output, options):
    """Tag a file into another one.

    Parameters
    ----------
    models : (BiLSTMTagger or VotingTagger, BiLSTMTagger)
        The tagger, and the one that describes the training set.
    path, output : str
    options : argparse.Namespace

    Returns
    -------
    messages : list of str
        Warnings.
    """
    (model, tagger), messages = models, []
    hints = _Hints(tagger, options.words is not None, messages.append)
    with text_writer(output, "utf-8") as file, closing(Progress(is_shown=False)) as progress:
        _tag_file(path, options, tagger, _Batch(model, file, progress, hints))
    hints.complete()
    return messages


def _warn(message):
    warnings.warn(message, stacklevel=2)


def _check_tags(model):
    """Raise an error if a tag cannot be written into a column of a line."""
    for tag in map(str, model.classes_.tolist()):
        if _NOT_WRITABLE.search(tag):
            raise ValueError(
                f"the tag {tag!r} of the tagger contains a tab, a line end or a surrogate, which a "
                "column of a file cannot. Train with other tags."
            )


def _standard_output():
    """Return standard output; on a terminal, control characters in the text are escaped."""
    return TerminalText(sys.stdout) if sys.stdout.isatty() else sys.stdout


def _tag_file(path, options, tagger, batch):
    with open_input(path) as file:
        if file.isatty():
            print(
                "Enter one sentence per line; Ctrl-D (on Windows Ctrl-Z, Enter) ends.",
                file=sys.stderr,
            )
        # Everything that has been read is written before the next read, which may block.
        lines = Lines(file, input_name(path), before_read=batch.write_all)
        head = lines.head(options.encoding)
        batch.text_format = _make_format(path, head, options, tagger, batch.hints)
        try:
            for words, source in batch.text_format.read(lines, options.encoding):
                batch.add(words, source)
        except ValueError:
            batch.flush()  # the sentences before the invalid line
            raise
        batch.flush()


def _make_format(path, head, options, tagger, hints):
    """Return the format of a file, a `PlainText` or `Table`."""
    normalize = options.normalize or remembered_normalize(tagger)
    layout = None
    if options.layout != "text":
        layout = find_layout(path, head, options, tagger, is_tagged=False)
    if layout is None:
        if options.layout != "text":
            _check_is_text(input_name(path), head)
        return PlainText(_TOKENIZERS[options.words or "spaces"], normalize)
    header = header_hint(input_name(path), layout, head, tagger)
    if header:
        hints.warn(header)
    return Table(layout, normalize)


def _check_is_text(name, head):
    """Raise an error if a file begins like files with one token per line."""
    first = next(filter(str.strip, head), "")
    if looks_like_comment(first) or first.startswith(DOCUMENT_START):
        raise ValueError(
            f"{name} begins with a comment or {DOCUMENT_START}, as files with one token per line "
            "do. Pass the columns of the word and of its tag (--columns 0,1; --columns 0 appends "
            "the tags) and what begins a comment (--comment '#'), or --layout. --layout text reads "
            "the file as plain text."
        )


class _Hints:
    """Warn, once, of plain text that is not tokenized or that has one token per line.

    Parameters
    ----------
    tagger : BiLSTMTagger
    is_tokenized : bool
        Whether the user has said how words are separated.
    warn : callable, optional
        Takes the message.
    """

    def __init__(self, tagger, is_tokenized, warn=_warn):
        self.warn = warn
        vocabulary = getattr(tagger, "vocabulary_", {})
        # A tagger of text that is split at spaces does not know a word ".".
        self._is_tokenized = is_tokenized or not {".", "word=."} & vocabulary.keys()
        self._n_lines = self._n_sentences = self._n_unsplit = self._n_single = 0
        self._is_silent = False

    def add(self, words):
        """Count the words of a line; warn when enough lines are counted."""
        self._n_lines += 1
        if not words:
            return
        self._n_sentences += 1
        self._n_single += len(words) == 1
        if not self._is_tokenized and _UNSPLIT.fullmatch(words[-1]):
            self._n_unsplit += 1
            self._example = words[-1]
        if self._n_sentences == _N_HINT:
            self.complete()

    def complete(self):
        """Warn if the lines that are counted look like other text."""
        n = self._n_sentences
        hint = None
        if 2 * self._n_unsplit > n:
            hint = (
                f"most sentences end in a word like {self._example!r}: --words english separates "
                "punctuation from words"
            )
        elif n >= _N_HINT and self._n_single == n < self._n_lines:
            hint = (
                "all lines have one word, and each was tagged as a sentence: if blank lines "
                "separate the sentences, pass --columns 0"
            )
        if hint and not self._is_silent:
            self._is_silent = True
            self.warn(hint)


class _Batch:
    """Sentences that have been read and are tagged together.

    Parameters
    ----------
    tagger : BiLSTMTagger or VotingTagger
    output : text file
    progress : Progress
    hints : _Hints

    Attributes
    ----------
    text_format : PlainText or Table
    """

    def __init__(self, tagger, output, progress, hints):
        self.tagger, self.text_format = tagger, None
        self._output, self._progress, self.hints = output, progress, hints
        self._sentences = []

    def add(self, words, source):
        """Add the words and the source of a sentence."""
        self._sentences.append((words, source))
        if isinstance(self.text_format, PlainText):
            self.hints.add(words)

    def write_all(self):
        """Write all sentences that have been added, and the comments after them."""
        self.flush()
        if self.text_format is not None:
            self._output.write(self.text_format.pop_comments())

    def flush(self):
        """Tag and write all sentences that have been added."""
        sentences, self._sentences = self._sentences, []
        if not sentences:
            return
        X = [words for words, _ in sentences]
        for (words, source), tags in zip(sentences, self.tagger.predict(X), strict=True):
            self._output.write(self.text_format.format(words, map(str, tags), source))
        self._output.flush()
        self._progress.add(len(sentences), sum(map(len, X)))
