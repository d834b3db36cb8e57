"""The bare command: train a tagger, show how good it is, save it, tag a sentence with it."""

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

from sklstm import BiLSTMTagger, __version__
from sklstm._cli._models import add_saving_argument, check_can_save, save
from sklstm._cli._score import known_words, report
from sklstm._cli._sizes import size_of_corpus, size_of_file
from sklstm.datasets import load_english_pos

EXAMPLE = "The old man the boat."
_DESCRIPTION = """\
Without a command, a demonstration: train a BiLSTMTagger on the English corpus
that comes with the package; print how well it tags sentences that it has not
seen; save it; load it in a fresh process and tag a sentence."""
_COMMANDS = """\
commands:
  python -m sklstm train   train a tagger on a file of tagged text
  python -m sklstm tag     tag text with a trained tagger
  python -m sklstm score   compare a tagger with a file of tagged text
  python -m sklstm info    say what is in a model file
  Each explains itself: python -m sklstm train --help

example:
  python -m sklstm "Time flies like an arrow."
"""
_USAGE = """\
python -m sklstm {train,tag,score,info} ...
       python -m sklstm [-h] [--version] [-m FILE] [--epochs N] [--seed N] [SENTENCE]"""


def make_parser():
    """Return the parser of the demonstration, which speaks of the commands, too."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "sentence", nargs="*", metavar="SENTENCE", help=f"the sentence to tag (default: {EXAMPLE})"
    )
    add_saving_argument(parser)
    parser.add_argument(
        "--epochs",
        metavar="N",
        type=_positive,
        help="how often to go through the corpus (default: the tagger's)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="random seed (default: %(default)s)"
    )
    parser.add_argument("--version", action="version", version=f"sklstm {__version__}")
    return parser


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def run(options, parser):
    """Run the demonstration; return its exit status."""
    sentence = _sentence(options, parser)
    check_can_save(options.model)
    train_and_show(options)
    return _tag_in_a_fresh_process(options.model, sentence)


def _sentence(options, parser):
    if not options.sentence:
        return EXAMPLE
    sentence = " ".join(options.sentence)
    if len(options.sentence) > 1 or len(sentence.split()) < 2:
        parser.error(
            f"there is no command {options.sentence[0]!r}: the commands are train, tag, score and "
            "info. A sentence to tag is more than one word, in quotes"
        )
    return sentence


def train_and_show(options):
    """Train on one part of the corpus, print the scores on the other, save the tagger.

    Parameters
    ----------
    options : argparse.Namespace
        With `epochs`, `seed` and `model`.
    """
    X, y = load_english_pos(subset="train", return_X_y=True)
    X_test, y_test = load_english_pos(subset="test", return_X_y=True)
    print(f"Training on {size_of_corpus(X)}, testing on {size_of_corpus(X_test)}.")
    tagger = BiLSTMTagger(random_state=options.seed, verbose=1)
    if options.epochs is not None:
        tagger.set_params(max_iter=options.epochs)
    started = time.perf_counter()
    tagger.fit(X, y).set_params(verbose=False)
    print(f"Trained in {time.perf_counter() - started:.1f} s.")
    save(tagger, options.model)
    print(f"Saved to {options.model} ({size_of_file(Path(options.model).stat().st_size)}).\n")
    print(report(X_test, y_test, tagger.predict(X_test), known_words(tagger)))


def _tag_in_a_fresh_process(model, sentence):
    options = ["-m", "sklstm", "tag", "--words", "english", "--", model]
    print("Loading the tagger in a fresh process and tagging a sentence:\n")
    print(f"$ echo {shlex.quote(sentence)} | python {shlex.join(options)}", flush=True)
    return subprocess.run(
        [sys.executable, *options], input=sentence.encode(), check=False
    ).returncode
