"""``python -m sklstm``: train a tagger, show how good it is, save it, tag a sentence with it."""

import argparse
import os
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
    _refuse_combinations(parser, options)
    words = split_words(" ".join(options.sentence)) or split_words(EXAMPLE)
    try:
        if options.load:
            tagger = _load(options.load)
        else:
            first_sentence = train_and_show(options)
            words = first_sentence if options.train and not options.sentence else words
            return _tag_in_a_fresh_process(options.model, words)
        _tag(tagger, words)
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _refuse_combinations(parser, options):
    if (options.train is None) != (options.test is None):
        parser.error("--train and --test go together")
    if options.load and (options.train or options.epochs):
        parser.error("--load tags with a saved tagger and does not train: leave out --train, "
                     "--test and --epochs")  # fmt: skip
    if options.sentence and not "".join(options.sentence).strip():
        parser.error("the sentence is empty")
    folder = Path(options.model).absolute().parent
    if Path(options.model).is_dir() or not os.access(folder, os.W_OK):
        parser.error(f"cannot write {options.model}: say where to save with --model FILE")


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
        help="the layout of the files; 'columns' is any other, with --columns by number (default: "
        "columns where --columns gives numbers, else conllu)",
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
        "--epochs",
        type=_positive,
        help="how often to go through the corpus (default: the tagger's)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)s)")


def _column(text):
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


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
    """Train on one part of a corpus, save the tagger, and print its scores on the other part.

    Returns
    -------
    words : list of str
        The first sentence of the other part.
    """
    X, y = _read(options, "train")
    X_test, y_test = _read(options, "test")
    print(f"Training on {_size(X)}, testing on {_size(X_test)}.")
    tagger = BiLSTMTagger(random_state=options.seed, verbose=1)
    if options.epochs is not None:
        tagger.set_params(max_iter=options.epochs)
    started = time.perf_counter()
    tagger.fit(X, y)
    print(f"Trained in {time.perf_counter() - started:.1f} s.")
    joblib.dump(tagger, options.model)
    size = Path(options.model).stat().st_size / 1e6
    print(f"Saved to {options.model} ({size:.1f} MB).\n")
    print(report(X, X_test, y_test, tagger.predict(X_test)))
    return X_test[0]


def _read(options, part):
    if options.train is None:
        return load_english_pos(subset=part, return_X_y=True)
    path, layout = getattr(options, part), options.layout
    if layout is None:
        numbered = options.columns and all(isinstance(column, int) for column in options.columns)
        layout = "columns" if numbered else "conllu"
    try:
        X, y = read_conll(path, options.columns, layout=None if layout == "columns" else layout)
    except ValueError as error:
        raise ValueError(
            f"{error}\n(read with --layout {layout}; a file of other columns is read by number, "
            "for instance with --columns 0 1)"
        ) from error
    if not X:
        raise ValueError(f"{path} holds no sentence.")
    return X, y


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
    print(f"Loading {model} in a fresh process and tagging:\n", flush=True)
    command = [sys.executable, "-m", "sklstm", "--load", model, "--", *words]
    return subprocess.run(command, check=False).returncode


def _load(path):
    """Return a tagger that was saved; whatever unpickling makes of anything else is an error."""
    with open(path, "rb"):
        pass  # a file that is not there says so itself
    try:
        tagger = joblib.load(path)
    except Exception as error:
        raise ValueError(f"{path} is not a tagger saved by joblib ({error!r}).") from error
    if not isinstance(tagger, BiLSTMTagger):
        raise ValueError(f"{path} holds a {type(tagger).__name__}, not a BiLSTMTagger.")
    return tagger


def _tag(tagger, words):
    (tags,) = tagger.predict([words])
    width = max(map(len, words), default=0)
    for word, tag in zip(words, tags, strict=True):
        print(f"  {word:{width}}  {tag}")


if __name__ == "__main__":
    sys.exit(main())
