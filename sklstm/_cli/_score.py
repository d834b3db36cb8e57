"""``python -m sklstm score``: compare a tagger with a file of tagged text."""

import argparse
import json
from itertools import chain

import numpy as np

from sklstm._cli._corpora import add_corpus_arguments, read_corpus
from sklstm._cli._models import add_model_argument, load
from sklstm._schemes import PREFIXES
from sklstm.metrics import span_classification_report, token_classification_report


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm score",
        description="Tag the words of a file of tagged text, and print how far the tags agree with "
        "those of the file: on all words, on those that the tagger knows from training and on "
        "others, and tag by tag.",
        epilog="example: python -m sklstm score tagger.joblib en-test.conllu",
        allow_abbrev=False,
    )
    add_model_argument(parser)
    parser.add_argument(
        "file",
        metavar="FILE",
        help="the tagged text, one token a line and a blank line after each sentence; .gz, .bz2 or "
        ".xz; - is standard input",
    )
    add_corpus_arguments(parser)
    parser.add_argument(
        "--scheme",
        choices=PREFIXES,
        help="score spans, too, written by the tags in this scheme (default: that of the tagger, "
        "if it has one)",
    )
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    return parser


def run(options, parser):
    """Run the command; return its exit status."""
    tagger = load(options.model)
    X, y_true = read_corpus(options.file, options)
    y_pred = [[str(tag) for tag in tags] for tags in tagger.predict(X)]
    known = known_words(tagger)
    scheme = options.scheme or tagger.scheme
    if options.json:
        scores = _scores(X, y_true, y_pred, known, scheme)
        print(json.dumps(scores, indent=2, ensure_ascii=False))
        return 0
    text = report(X, y_true, y_pred, known)
    if scheme is not None:
        spans = span_classification_report(y_true, y_pred, scheme=scheme, digits=3, zero_division=0)
        text = f"{text}\nSpans ({scheme})\n\n{spans}"
    print(text)
    return 0


def _scores(X, y_true, y_pred, known, scheme):
    """Return the scores of a tagger as a dict that JSON can hold."""
    options = {"output_dict": True, "zero_division": 0}
    scores = {
        "n_sentences": len(X),
        "accuracy": {
            name: {"accuracy": accuracy, "n_tokens": n_tokens}
            for name, (accuracy, n_tokens) in accuracies(X, y_true, y_pred, known).items()
        },
        "tags": token_classification_report(y_true, y_pred, **options),
    }
    if scheme is not None:
        spans = span_classification_report(y_true, y_pred, scheme=scheme, **options)
        scores |= {"scheme": scheme, "spans": spans}
    return scores


def known_words(tagger):
    """Return the words that a tagger knows by themselves.

    Parameters
    ----------
    tagger : BiLSTMTagger

    Returns
    -------
    words : set of str or None
        None where the features of its analyzer do not tell.
    """
    if callable(tagger.analyzer):
        return None
    prefix = "" if tagger.analyzer == "word" else "word="
    return {name.removeprefix(prefix) for name in tagger.vocabulary_ if name.startswith(prefix)}


def accuracies(X, y_true, y_pred, known):
    """Return the accuracy on all words, on known and on unknown ones.

    Parameters
    ----------
    X, y_true, y_pred : list of list of str
        The words, the right tags and the predicted ones.
    known : set of str or None
        The words that count as known; None where that cannot be told.

    Returns
    -------
    parts : dict of str to tuple of (float, int)
        The accuracy and the number of tokens of each part that has any.
    """
    words = chain.from_iterable(X)
    right = np.array([*chain.from_iterable(y_true)]) == np.array([*chain.from_iterable(y_pred)])
    parts = {"all words": np.full(len(right), True)}
    if known is not None:
        parts["known words"] = np.fromiter((word in known for word in words), bool, len(right))
        parts["unknown words"] = ~parts["known words"]
    return {
        name: (float(right[part].mean()), int(part.sum()))
        for name, part in parts.items()
        if part.any()
    }


def report(X, y_true, y_pred, known):
    """Return the scores of a tagger as text.

    Parameters
    ----------
    X, y_true, y_pred : list of list of str
        The words, the right tags and the predicted ones.
    known : set of str or None
        The words that count as known; None where that cannot be told.

    Returns
    -------
    text : str
        The accuracies; then precision, recall, F1 and support of each tag.
    """
    lines = [
        f"Accuracy on {name:13} {accuracy:7.2%}  ({n_tokens:,} tokens)"
        for name, (accuracy, n_tokens) in accuracies(X, y_true, y_pred, known).items()
    ]
    table = token_classification_report(y_true, y_pred, digits=3, zero_division=0)
    return "\n".join([*lines, "", table])
