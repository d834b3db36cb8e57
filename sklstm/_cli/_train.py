"""``python -m sklstm train``: from a file of tagged text to a model file."""

import argparse
import ast
import io
import sys
import time
import warnings
from contextlib import redirect_stdout
from pathlib import Path

from sklstm import BiLSTMTagger
from sklstm._cli._corpora import STANDARD_STREAM, add_corpus_arguments, read_corpus
from sklstm._cli._models import add_saving_argument, check_can_save, save
from sklstm._cli._sizes import size_of_corpus, size_of_file
from sklstm.datasets import read_vectors

_DEFAULTS = BiLSTMTagger(random_state=0).get_params()
# Parameters with options of their own; all others go through --set.
_PARAMETERS = {
    "hidden_layer_sizes": ("N[,N...]", "units per direction of each LSTM layer"),
    "embedding_size": ("N", "width of the embeddings of features and characters"),
    "analyzer": ("NAME", "features of a word: affix, char_ngram or word"),
    "min_df": ("N", "leave out features that fewer sentences hold; 0.01 is a share of them"),
    "dropout": ("SHARE", "share of units dropped in training"),
    "output": ("NAME", "what tags are chosen by: softmax or crf"),
    "scheme": ("NAME", "with --output crf, how tags write spans: BIO, IOB1 or BIOES"),
    "max_iter": ("N", "how often to go through the corpus"),
    "batch_size": ("N", "sentences of a minibatch"),
    "learning_rate_init": ("RATE", "initial learning rate"),
    "random_state": ("N", "random seed: the same gives the same tagger"),
}
_SYNONYMS = {"max_iter": ["--epochs"], "random_state": ["--seed"]}


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm train",
        description="Train a BiLSTMTagger on a file of tagged text and save it.",
        epilog="example: python -m sklstm train en-train.conllu --dev en-dev.conllu.gz "
        "--early-stopping -m en.joblib",
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="what to train on, one token a line and a blank line after each sentence; .gz, .bz2 "
        "or .xz; - is standard input",
    )
    parser.add_argument(
        "--dev", metavar="FILE", help="score the tagger on this file after each epoch"
    )
    add_saving_argument(parser)
    add_corpus_arguments(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")
    _add_parameters(parser.add_argument_group("what is learnt, and how"))
    return parser


def _add_parameters(group):
    for name, (metavar, text) in _PARAMETERS.items():
        group.add_argument(
            *_SYNONYMS.get(name, []),
            f"--{name.replace('_', '-')}",
            dest=name,
            metavar=metavar,
            type=_as_value,
            help=f"{text} (default: {_shown(_DEFAULTS[name])})",
        )
    group.add_argument(
        "--early-stopping",
        action="store_const",
        const=True,
        help="stop when the score on --dev, or on a tenth of FILE, no longer improves; keep the "
        "best epoch",
    )
    group.add_argument(
        "--embeddings",
        metavar="FILE",
        help="pre-trained word vectors as text (word2vec, fastText, GloVe); the model holds all of "
        "them",
    )
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        type=_as_assignment,
        action="append",
        default=[],
        help="any other parameter of BiLSTMTagger, such as solver=sgd or bidirectional=False; may "
        "be repeated",
    )


def _as_value(text):
    """Return a Python literal or, where it is none, the text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _shown(value):
    """Return a default as it would be typed."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "none" if value is None else value


def _as_assignment(text):
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name.strip(), _as_value(value.strip())


def run(options, parser):
    """Run the command; return its exit status."""
    check_can_save(options.model)
    if options.file == options.dev == STANDARD_STREAM:
        parser.error("standard input cannot be both what to train on and --dev")
    # The result is the model: what is printed is progress.
    with redirect_stdout(io.StringIO() if options.quiet else sys.stderr):
        interrupted = _train(BiLSTMTagger(**_parameters(options)), options)
    if interrupted:
        raise KeyboardInterrupt
    return 0


def _train(tagger, options):
    """Train and save a tagger; return whether Ctrl-C ended the training early."""
    X, y = read_corpus(options.file, options)
    print(f"Training on {size_of_corpus(X)}.")
    X_dev = y_dev = None
    if options.dev is not None:
        X_dev, y_dev = read_corpus(options.dev, options)
        print(f"Scoring {size_of_corpus(X_dev)} after each epoch.")
    started = time.perf_counter()
    interrupted = _fit(tagger, X, y, X_dev, y_dev)
    print(f"Trained in {time.perf_counter() - started:.1f} s.")
    save(tagger.set_params(verbose=False), options.model)
    print(f"Saved to {options.model} ({size_of_file(Path(options.model).stat().st_size)}).")
    return interrupted


def _parameters(options):
    """Return the parameters of the tagger that the options name."""
    names = [*_PARAMETERS, "early_stopping"]
    named = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    parameters = {"random_state": 0, "verbose": 1, **named, **dict(options.set)}
    unknown = sorted(set(parameters) - set(_DEFAULTS))
    if unknown:
        raise ValueError(
            f"BiLSTMTagger has no parameter {unknown[0]!r}. Its parameters are "
            f"{', '.join(_DEFAULTS)}."
        )
    if options.embeddings is not None:
        parameters["embeddings"] = read_vectors(options.embeddings)
    return parameters


def _fit(tagger, X, y, X_dev, y_dev):
    """Fit a tagger; return whether Ctrl-C ended it early, after a whole epoch."""
    with warnings.catch_warnings(record=True) as caught:
        try:
            tagger.fit(X, y, X_val=X_dev, y_val=y_dev)
        except TypeError as error:  # of a parameter, for the corpus holds nothing but str
            raise ValueError(str(error)) from error
    for warning in caught:
        warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)
    return any("interrupted" in str(warning.message) for warning in caught)
