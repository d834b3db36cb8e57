"""``python -m sklstm``: train a tagger, show how good it is, save it, tag a sentence with it."""

import argparse
import re
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import joblib
import numpy as np
from sklearn.metrics import classification_report

from sklstm import BiLSTMTagger, __version__
from sklstm.datasets import load_english_pos, read_conll

EXAMPLE = "The old man the boat."
LAYOUTS = ("conllu", "conll2000", "conll2003")


def main(arguments=None):
    """Run the command; return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.train is None) != (options.test is None):
        parser.error("--train and --test go together")
    words = split_words(" ".join(options.sentence) or EXAMPLE)
    try:
        if options.load:
            _tag(joblib.load(options.load), words)
            return 0
        train_and_show(options)
        return _tag_in_a_fresh_process(options.model, words)
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m sklstm",
        description="Train a BiLSTMTagger on the English corpus that comes with the package, or "
        "on files of your own; print how well it tags sentences that it has not seen; save it; "
        "load it in a fresh process and tag a sentence.",
        epilog="example: python -m sklstm --train en-train.conllu --test en-test.conllu "
        "'Time flies like an arrow.'",
    )
    parser.add_argument(
        "sentence", nargs="*", metavar="WORD", help=f"the sentence to tag (default: {EXAMPLE})"
    )
    _add_corpus_arguments(parser)
    _add_training_arguments(parser)
    parser.add_argument("--version", action="version", version=f"sklstm {__version__}")
    return parser


def _add_corpus_arguments(parser):
    parser.add_argument("--train", metavar="FILE", help="CoNLL file to train on, .gz, .bz2 or .xz")
    parser.add_argument("--test", metavar="FILE", help="CoNLL file to test on")
    parser.add_argument(
        "--layout",
        choices=[*LAYOUTS, "columns"],
        default="conllu",
        help="the layout of the files; with 'columns', say which by number (default: conllu)",
    )
    parser.add_argument(
        "--columns",
        nargs=2,
        metavar=("WORD", "TAG"),
        type=_column,
        help="the columns of the word and of its tag, by name or by number from 0, negative from "
        "the last (default: the layout's form and tag)",
    )


def _add_training_arguments(parser):
    parser.add_argument(
        "--model",
        metavar="FILE",
        default="tagger.joblib",
        help="where to save the tagger (default: %(default)s)",
    )
    parser.add_argument(
        "--load",
        metavar="FILE",
        help="do not train: tag with a tagger saved before (a file you trust: loading runs code)",
    )
    parser.add_argument(
        "--epochs", type=int, help="how often to go through the corpus (default: the tagger's)"
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)s)")


def _column(text):
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def split_words(text):
    """Cut a sentence into words, punctuation and contractions, as English treebanks do.

    Examples
    --------
    >>> split_words("Don't (please) say it's well-known.")
    ['Do', "n't", '(', 'please', ')', 'say', 'it', "'s", 'well', '-', 'known', '.']
    """
    words = re.sub(r"(?i)(n't|'(?:s|m|d|re|ve|ll))\b", r" \1 ", text)
    words = re.sub(r"([.,;:!?…\"“”()\[\]]+|(?<=\w)-(?=\w))(?!\d)", r" \1 ", words)
    return words.split()


def train_and_show(options):
    """Train on one part of a corpus, print the scores on the other, and save the tagger."""
    X, y = _read(options, "train")
    X_test, y_test = _read(options, "test")
    print(f"Training on {_size(X)}, testing on {_size(X_test)}.")
    tagger = BiLSTMTagger(random_state=options.seed, verbose=1)
    if options.epochs is not None:
        tagger.set_params(max_iter=options.epochs)
    started = time.perf_counter()
    tagger.fit(X, y)
    print(f"Trained in {time.perf_counter() - started:.1f} s.\n")
    print(report(X, X_test, y_test, tagger.predict(X_test)))
    joblib.dump(tagger, options.model)
    size = Path(options.model).stat().st_size / 1e6
    print(f"Saved to {options.model} ({size:.1f} MB).")


def _read(options, part):
    if options.train is None:
        return load_english_pos(subset=part, return_X_y=True)
    layout = None if options.layout == "columns" else options.layout
    return read_conll(getattr(options, part), options.columns, layout=layout)


def _size(X):
    return f"{len(X):,} sentences ({sum(map(len, X)):,} tokens)"


def report(X_train, X_test, y_test, y_pred):
    """Return the scores of a tagger as text.

    Parameters
    ----------
    X_train, X_test : list of list of str
        The words trained on, and those tagged.
    y_test, y_pred : list of list of str
        The right tags, and the predicted ones.

    Returns
    -------
    text : str
        The accuracy on all words, on those seen in training and on others; then precision,
        recall, F1 and support of each tag.
    """
    seen = set(chain.from_iterable(X_train))
    words, truth, predicted = (list(chain.from_iterable(z)) for z in (X_test, y_test, y_pred))
    right = np.array(truth) == np.array(predicted)
    known = np.array([word in seen for word in words])
    parts = {"all words": known | ~known, "known words": known, "unknown words": ~known}
    lines = [
        f"Accuracy on {name:13} {right[part].mean():7.2%}  ({part.sum():,} tokens)"
        for name, part in parts.items()
        if part.any()
    ]
    table = classification_report(truth, predicted, digits=3, zero_division=0)
    return "\n".join([*lines, "", table])


def _tag_in_a_fresh_process(model, words):
    print("Loading it in a fresh process and tagging:\n", flush=True)
    command = [sys.executable, "-m", "sklstm", "--load", model, "--", *words]
    return subprocess.run(command, check=False).returncode


def _tag(tagger, words):
    (tags,) = tagger.predict([words])
    width = max(map(len, words), default=0)
    for word, tag in zip(words, tags, strict=True):
        print(f"  {word:{width}}  {tag}")


if __name__ == "__main__":
    sys.exit(main())
