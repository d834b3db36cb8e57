"""``python -m sklstm`` without a command: train a tagger, print its scores, save it and use it."""

import argparse
import shlex
import subprocess
import sys

from sklstm import BiLSTMTagger, __version__
from sklstm._cli._files import format_corpus_size
from sklstm._cli._models import add_saving_argument, check_can_save
from sklstm._cli._score import known_words, report
from sklstm._cli._train import fit_and_save
from sklstm.datasets import load_english_pos

EXAMPLE = "The old man the boat."
_DESCRIPTION = """\
Without a command, run a demonstration: train a BiLSTMTagger on the English
corpus of the package, print its scores on the test set, save it, load it in a
new process and tag a sentence."""
_COMMANDS = """\
commands:
  python -m sklstm train   train a tagger on a file of tagged text
  python -m sklstm tag     tag text with a trained tagger
  python -m sklstm score   evaluate a tagger on a file of tagged text
  python -m sklstm info    describe a model file
  For more, run: python -m sklstm train --help

example:
  python -m sklstm "Time flies like an arrow."
"""
_USAGE = """\
python -m sklstm {train,tag,score,info} ...
       python -m sklstm [-h] [--version] [-m FILE] [--epochs N] [--seed N] [SENTENCE]"""


def make_parser():
    """Return the parser of the demonstration, whose help also lists the commands."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "sentence",
        nargs="*",
        metavar="SENTENCE",
        default=[EXAMPLE],
        help=f"sentence to tag (default: {EXAMPLE})",
    )
    add_saving_argument(parser)
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
    if others or len(sentence.split()) < 2:
        parser.error(
            f"there is no command {sentence!r}: the commands are train, tag, score and info. To "
            "tag a sentence, pass two or more words in quotes"
        )
    check_can_save(options.model)
    X, y = load_english_pos(subset="train", return_X_y=True)
    X_test, y_test = load_english_pos(subset="test", return_X_y=True)
    print(f"Training on {format_corpus_size(X)}, testing on {format_corpus_size(X_test)}.")
    tagger = BiLSTMTagger(max_iter=options.epochs, random_state=options.seed, verbose=1)
    fit_and_save(tagger, options.model, X, y)
    print()
    print(report(X_test, y_test, tagger.predict(X_test), known_words(tagger)))
    return _tag_in_new_process(options.model, sentence)


def _tag_in_new_process(model, sentence):
    options = ["-m", "sklstm", "tag", "--words", "english", "--", model]
    print("Loading the tagger in a new process and tagging a sentence:\n")
    print(f"$ echo {shlex.quote(sentence)} | python {shlex.join(options)}", flush=True)
    return subprocess.run(
        [sys.executable, *options], input=sentence.encode(), check=False
    ).returncode
