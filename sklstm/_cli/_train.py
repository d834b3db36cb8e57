"""Train a BiLSTMTagger on a file of tagged text and save it."""

import argparse
import ast
import io
import os
import sys
import time
import warnings
from contextlib import redirect_stdout

from sklstm import BiLSTMTagger
from sklstm._cli._files import (
    STANDARD_STREAM,
    add_corpus_arguments,
    format_bytes,
    format_corpus_size,
    read_corpus,
)
from sklstm._cli._models import add_saving_argument, check_can_save, save
from sklstm.datasets import read_vectors

_DEFAULTS = BiLSTMTagger(random_state=0).get_params()
# The parameters that have options; all others are set by --set.
_PARAMETERS = {
    "hidden_layer_sizes": ("N[,N...]", "units per direction of each LSTM layer"),
    "embedding_size": ("N", "size of the embeddings of features and characters"),
    "analyzer": ("NAME", "features of a word: affix, char_ngram or word"),
    "min_df": ("N", "ignore features in fewer than N sentences; a fraction is a proportion"),
    "dropout": ("RATE", "dropout rate"),
    "output": ("NAME", "output layer: softmax or crf"),
    "scheme": ("NAME", "span scheme of the tags, for --output crf: BIO, IOB1 or BIOES"),
    "max_iter": ("N", "number of epochs"),
    "batch_size": ("N", "sentences per minibatch"),
    "learning_rate_init": ("RATE", "initial learning rate"),
    "random_state": ("N", "random seed"),
}
_ALIASES = {"max_iter": ["--epochs"], "random_state": ["--seed"]}


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm train",
        description=__doc__,
        epilog="example: python -m sklstm train en-train.conllu --dev en-dev.conllu.gz "
        "--early-stopping -m en.joblib",
        allow_abbrev=False,
    )
    parser.add_argument("--dev", metavar="FILE", help="validation set, scored after each epoch")
    add_saving_argument(parser)
    add_corpus_arguments(parser, "training set")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not print progress")
    _add_parameters(parser.add_argument_group("model and training parameters"))
    return parser


def _add_parameters(group):
    for name, (metavar, text) in _PARAMETERS.items():
        group.add_argument(
            *_ALIASES.get(name, []),
            f"--{name.replace('_', '-')}",
            dest=name,
            metavar=metavar,
            type=_parse_value,
            help=f"{text} (default: {_format_default(_DEFAULTS[name])})",
        )
    group.add_argument(
        "--early-stopping",
        action="store_const",
        const=True,
        help="stop when the score on the validation set (--dev, else a tenth of FILE) no longer "
        "improves; keep the best epoch",
    )
    group.add_argument(
        "--embeddings",
        metavar="FILE",
        help="pretrained word vectors in text format (word2vec, fastText, GloVe); all are saved "
        "with the model",
    )
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        type=_parse_assignment,
        action="append",
        default=[],
        help="set any other parameter of BiLSTMTagger, such as solver=sgd or bidirectional=False; "
        "can be repeated",
    )


def _parse_value(text):
    """Return the value of a Python literal; any other text as it is."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _format_default(value):
    """Return a default value as a user would type it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "none" if value is None else value


def _parse_assignment(text):
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name.strip(), _parse_value(value.strip())


def run(options, parser):
    """Run the command; return its exit status."""
    check_can_save(options.model)
    if options.file == options.dev == STANDARD_STREAM:
        parser.error("standard input cannot be both FILE and --dev")
    # All that is printed is progress: the result is the model file.
    with redirect_stdout(io.StringIO() if options.quiet else sys.stderr):
        interrupted = _train(options)
    if interrupted:
        raise KeyboardInterrupt
    return 0


def _train(options):
    """Train and save a tagger; return whether training was interrupted by Ctrl-C."""
    tagger = BiLSTMTagger(**_parameters(options))
    X, y = read_corpus(options.file, options)
    print(f"Training on {format_corpus_size(X)}.")
    X_dev = y_dev = None
    if options.dev is not None:
        X_dev, y_dev = read_corpus(options.dev, options)
        print(f"Scoring {format_corpus_size(X_dev)} after each epoch.")
    return fit_and_save(tagger, options.model, X, y, X_val=X_dev, y_val=y_dev)


def _parameters(options):
    """Return the parameters of the tagger that the options set."""
    values = {name: getattr(options, name) for name in [*_PARAMETERS, "early_stopping"]}
    given = {name: value for name, value in values.items() if value is not None}
    parameters = {"random_state": 0, "verbose": 1, **given, **dict(options.set)}
    unknown = sorted(set(parameters) - set(_DEFAULTS))
    if unknown:
        raise ValueError(
            f"BiLSTMTagger has no parameter {unknown[0]!r}. Its parameters are "
            f"{', '.join(_DEFAULTS)}."
        )
    if options.embeddings is not None:
        parameters["embeddings"] = read_vectors(options.embeddings)
    return parameters


def fit_and_save(tagger, path, X, y, **validation_set):
    """Fit a tagger, save it, and print the time and the size of the file.

    Parameters
    ----------
    tagger : BiLSTMTagger
    path : str
        The file to save it to.
    X, y : list of list of str
    **validation_set : dict
        `X_val` and `y_val`.

    Returns
    -------
    interrupted : bool
        Whether Ctrl-C interrupted the fit after one or more epochs.
    """
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        tagger.fit(X, y, **validation_set)
    for warning in caught:
        warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)
    print(f"Trained in {time.perf_counter() - started:.1f} s.")
    save(tagger.set_params(verbose=False), path)
    print(f"Saved to {path} ({format_bytes(os.path.getsize(path))}).")
    return any("interrupted" in str(warning.message) for warning in caught)
