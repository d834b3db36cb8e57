"""Train a BiLSTMTagger on files of tagged text and save it."""

import argparse
import ast
import io
import os
import re
import sys
import time
import warnings
from contextlib import redirect_stdout
from typing import get_args

from sklstm import BiLSTMTagger
from sklstm._checkpoints import delete_complete
from sklstm._cli._arguments import Parser, did_you_mean, one_of
from sklstm._cli._corpora import add_corpus_arguments, read_corpus
from sklstm._cli._files import (
    STANDARD_STREAM,
    check_is_not_read,
    format_bytes,
    format_corpus_size,
)
from sklstm._cli._layouts import remember
from sklstm._cli._models import add_saving_argument, check_can_save, save
from sklstm._cli._output import in_one_line
from sklstm._schemes import Scheme
from sklstm._validation import check_parameters
from sklstm.callbacks import Checkpoint
from sklstm.datasets import read_vectors
from sklstm.metrics import get_scorer_names

_DEFAULTS = BiLSTMTagger(random_state=0).get_params()
# The parameters that have options; all others are set by --set.
_PARAMETERS = {
    "hidden_layer_sizes": ("--hidden", "N[,N...]", "units per direction of each LSTM layer"),
    "embedding_size": ("--embedding-size", "N", "size of the embeddings"),
    "analyzer": ("--analyzer", "NAME", "features of a word: affix, char_ngram or word"),
    "min_df": (
        "--min-df",
        "N",
        "ignore features in fewer than N sentences; a fraction is a proportion",
    ),
    "dropout": ("--dropout", "RATE", "dropout rate"),
    "max_iter": ("--epochs", "N", "number of epochs"),
    "batch_size": ("--batch-size", "N", "sentences per minibatch"),
    "learning_rate_init": ("--lr", "RATE", "initial learning rate"),
    "random_state": ("--seed", "N", "random seed"),
}


def make_parser(prog):
    """Return the parser of the command."""
    parser = Parser(
        prog,
        _replaced_options(),
        description=__doc__,
        epilog="example: sklstm train en-train.conllu --dev en-dev.conllu.gz --early-stopping "
        "-o en.joblib",
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="training set; may be compressed (.gz, .bz2, .xz); - is standard input",
    )
    parser.add_argument("--dev", metavar="FILE", help="validation set, scored after each epoch")
    add_saving_argument(parser, "tagger.joblib")
    parser.add_argument(
        "--checkpoint",
        metavar="DIR",
        help="save the state of training in this folder after each epoch; if training is "
        "killed, the same command run again continues from there",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not print progress")
    add_corpus_arguments(parser)
    group = parser.add_argument_group("model and training parameters")
    _add_parameters(group)
    _add_output_parameters(group)
    _add_validation_parameters(group)
    return parser


def _replaced_options():
    """Return what to pass instead of options that are named like parameters."""
    replaced = {f"--{name.replace('_', '-')}": f"--set {name}=VALUE" for name in _DEFAULTS}
    for name, (option, *_) in _PARAMETERS.items():
        replaced[f"--{name.replace('_', '-')}"] = option
    return {**replaced, "-m": "-o FILE", "--model": "-o FILE"}


def _add_parameters(group):
    for name, (option, metavar, text) in _PARAMETERS.items():
        group.add_argument(
            option,
            dest=name,
            metavar=metavar,
            type=_parse_value,
            help=f"{text} (default: {_format_default(_DEFAULTS[name])})",
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


def _add_output_parameters(group):
    group.add_argument(
        "--crf",
        action="store_true",
        help="predict whole sequences of tags with a conditional random field",
    )
    group.add_argument(
        "--scheme",
        metavar="NAME",
        type=one_of(get_args(Scheme)),
        help="scheme of tags that encode spans, which a CRF (--crf is implied) then never "
        f"violates: {', '.join(get_args(Scheme))}",
    )


def _add_validation_parameters(group):
    group.add_argument(
        "--early-stopping",
        action="store_true",
        help="stop when the score on the validation set (--dev, else a tenth of FILE) no longer "
        "improves; keep the best epoch",
    )
    group.add_argument(
        "--scoring",
        metavar="NAME",
        type=one_of(get_scorer_names()),
        help="score of the validation set, such as token_f1_macro or span_f1_bio (default: "
        "accuracy, and F1 of spans with --scheme)",
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
    name = name.strip()
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    if name not in _DEFAULTS:
        names = did_you_mean(name, _DEFAULTS) or f" It has {', '.join(_DEFAULTS)}."
        raise argparse.ArgumentTypeError(f"BiLSTMTagger has no parameter {name!r}.{names}")
    return name, _parse_value(value.strip())


def run(options, parser):
    """Run the command; return its exit status."""
    if options.output in ("crf", "softmax"):
        parser.error("-o names the file of the model. For a conditional random field, pass --crf")
    if [*options.files, options.dev].count(STANDARD_STREAM) > 1:
        parser.error("standard input can only be read once")
    check_can_save(options.output)
    check_is_not_read(options.output, [*options.files, options.dev, options.embeddings])
    # All that is printed is progress: the result is the model file.
    with redirect_stdout(io.StringIO() if options.quiet else sys.stderr):
        interrupted = _train(options, _make_tagger(options))
    if interrupted:
        raise KeyboardInterrupt
    return 0


def _make_tagger(options):
    """Return a tagger with the parameters that the options set, before any corpus is read."""
    given = {name: getattr(options, name) for name in _PARAMETERS}
    parameters = {"random_state": 0, "verbose": 1, "early_stopping": options.early_stopping}
    parameters |= {name: value for name, value in given.items() if value is not None}
    if options.scoring is not None:
        parameters["scoring"] = options.scoring
    if options.crf or options.scheme is not None:
        parameters |= {"output": "crf", "scheme": options.scheme}
    tagger = BiLSTMTagger(**parameters).set_params(**dict(options.set))
    try:
        check_parameters(tagger.get_params(deep=False))
    except ValueError as error:
        raise ValueError(_name_option(str(error))) from error
    if options.embeddings is not None:
        tagger.set_params(embeddings=read_vectors(options.embeddings))
    return tagger


def _name_option(message):
    """Return a message on a parameter with the option that sets it and the nearest valid value."""
    parameter = re.search("'([a-z_0-9]+)' parameter of BiLSTMTagger", message)
    if parameter and parameter[1] in _PARAMETERS:
        option = _PARAMETERS[parameter[1]][0]
        message = message.replace(f"The {parameter[0]}", option)
    names = re.findall("'([a-z_]+)'", message)
    return message + (did_you_mean(names[-1], names[:-1]) if names else "")


def _train(options, tagger):
    """Train and save a tagger; return whether training was interrupted by Ctrl-C."""
    corpora = [read_corpus(path, options, options.normalize) for path in options.files]
    X, y = ([sentence for corpus in corpora for sentence in corpus[k]] for k in (0, 1))
    print(f"Training on {format_corpus_size(X)}.")
    X_dev = y_dev = None
    if options.dev is not None:
        X_dev, y_dev, *_ = read_corpus(options.dev, options, options.normalize)
        print(f"Scoring {format_corpus_size(X_dev)} after each epoch.")
    started = time.time()
    if options.checkpoint is not None:
        tagger.set_callbacks(Checkpoint(options.checkpoint, keep=True))
    interrupted = fit(tagger, X, y, X_val=X_dev, y_val=y_dev)
    _, _, layout, head = corpora[0]
    remember(tagger, layout, options.normalize, head)
    save(tagger, options.output)
    if options.checkpoint is not None:  # until now, a kill would have lost the fit
        delete_complete(options.checkpoint, started)
    print_saved(options.output)
    return interrupted


def fit(tagger, X, y, **validation_set):
    """Fit a tagger and print the time.

    Parameters
    ----------
    tagger : BiLSTMTagger
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
    tagger.set_params(verbose=False)
    return any("interrupted" in str(warning.message) for warning in caught)


def print_saved(path):
    """Print the name and the size of a model file."""
    print(f"Saved to {in_one_line(path)} ({format_bytes(os.path.getsize(path))}).")
