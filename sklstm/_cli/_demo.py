"""``sklstm`` without a command: train a tagger, print its scores, save it and use it."""

import argparse
import os
import shlex
import subprocess
import sys

from sklstm import BiLSTMTagger, __version__
from sklstm._cli._arguments import Parser, did_you_mean
from sklstm._cli._files import format_corpus_size
from sklstm._cli._models import add_saving_argument, check_can_save, save
from sklstm._cli._score import known_words, report
from sklstm._cli._train import fit, print_saved
from sklstm.datasets import load_english_pos

EXAMPLE = "The old man the boat."
_NAMES = ("train", "tag", "score", "info")
# The demonstration replaces a file only if it finds this in it.
_MARK = "saved by the demonstration of sklstm"
_DESCRIPTION = """\
Without a command, run a demonstration: train a BiLSTMTagger on the English
corpus of the package, print its scores on the test set, save it, load it in a
new process and tag a sentence."""
_COMMANDS = """\
commands:
  {prog} train   train a tagger on files of tagged text
  {prog} tag     tag text with a trained tagger
  {prog} score   evaluate a tagger on a file of tagged text
  {prog} info    describe a model file
  For more, run: {prog} train --help

example:
  {prog} "Time flies like an arrow."
"""
_USAGE = """\
{prog} {{train,tag,score,info}} ...
       {prog} [-h] [--version] [-o FILE] [--epochs N] [--seed N] [SENTENCE]"""


def make_parser(prog):
    """Return the parser of the demonstration, whose help also lists the commands."""
    parser = Parser(
        prog,
        {"-m": "-o FILE", "--model": "-o FILE"},
        usage=_USAGE.format(prog=prog),
        description=_DESCRIPTION,
        epilog=_COMMANDS.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sentence",
        nargs="*",
        metavar="SENTENCE",
        default=[EXAMPLE],
        help=f"sentence to tag (default: {EXAMPLE})",
    )
    add_saving_argument(parser, "demo.joblib")
    parser.add_argument(
        "--epochs",
        metavar="N",
        type=_parse_positive,
        default=BiLSTMTagger().max_iter,
        help="number of epochs (default: that of BiLSTMTagger)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="random seed (default: %(default)s)"
    )
    parser.add_argument("--version", action="version", version=f"sklstm {__version__}")
    return parser


def _parse_positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def run(options, parser):
    """Run the demonstration; return its exit status."""
    sentence, *others = options.sentence
    check_sentence(sentence, parser)
    if others:
        parser.error(f"unexpected argument {others[0]!r}: put a sentence in quotes")
    check_can_save(options.output)
    _check_own(options.output)
    X, y = load_english_pos(subset="train", return_X_y=True)
    X_test, y_test = load_english_pos(subset="test", return_X_y=True)
    print(f"Training on {format_corpus_size(X)}, testing on {format_corpus_size(X_test)}.")
    tagger = BiLSTMTagger(max_iter=options.epochs, random_state=options.seed, verbose=1)
    fit(tagger, X, y)
    tagger._file_layout = {"mark": _MARK}
    save(tagger, options.output)
    print_saved(options.output)
    print()
    print(report(X_test, y_test, tagger.predict(X_test), known_words(tagger)))
    return _tag_in_new_process(parser.prog, options.output, sentence)


def check_sentence(text, parser):
    """Print an error and exit if an argument is not a sentence: it looks like a command."""
    if len(text.split()) < 2:
        advice = did_you_mean(text, _NAMES) or (
            f" The commands are {', '.join(_NAMES)}. To tag a sentence, pass two or more words in "
            "quotes"
        )
        parser.error(f"there is no command {text!r}.{advice}")


def _check_own(path):
    """Raise an error if a file exists that the demonstration did not write.

    The file is not loaded, since loading runs the code in it.
    """
    if not os.path.isfile(path):
        return
    with open(path, "rb") as file:
        if _MARK.encode() not in file.read():
            raise ValueError(
                f"{path} exists, and the demonstration replaces only what it has saved itself. "
                "Name another file with -o, or delete this one."
            )


def _tag_in_new_process(prog, model, sentence):
    options = ["tag", "-m", model, "--words", "english"]
    print("Loading the tagger in a new process and tagging a sentence:\n")
    print(f"$ echo {shlex.quote(sentence)} | {prog} {shlex.join(options)}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "sklstm", *options], input=sentence.encode(), check=False
    ).returncode
