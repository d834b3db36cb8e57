"""Evaluate a tagger on a file of tagged text.

Print its accuracy on all words, on known words (those of the training set) and on unknown words,
and precision, recall and F1 of each tag.
"""

import argparse
import json

import numpy as np

from sklstm._cli._files import add_corpus_arguments, read_corpus
from sklstm._cli._models import add_model_argument, load
from sklstm._schemes import PREFIXES
from sklstm.metrics import span_classification_report, token_classification_report


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm score",
        description=__doc__,
        epilog="example: python -m sklstm score tagger.joblib en-test.conllu",
        allow_abbrev=False,
    )
    add_model_argument(parser)
    add_corpus_arguments(parser, "tagged text")
    parser.add_argument(
        "--scheme",
        choices=PREFIXES,
        help="also score the spans that the tags encode in this scheme (default: the scheme of the "
        "tagger, if any)",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    return parser


def run(options, parser):
    """Run the command; return its exit status."""
    tagger = load(options.model).set_params(verbose=False)
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
    """Return the scores of a tagger as a dict for JSON."""
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
    """Return the words in the vocabulary of a tagger.

    Parameters
    ----------
    tagger : BiLSTMTagger

    Returns
    -------
    words : set of str or None
        None if the analyzer is a callable, whose features need not include the words.
    """
    if callable(tagger.analyzer):
        return None
    prefix = "" if tagger.analyzer == "word" else "word="
    return {name.removeprefix(prefix) for name in tagger.vocabulary_ if name.startswith(prefix)}


def accuracies(X, y_true, y_pred, known):
    """Return the accuracy on all words, on known words and on unknown words.

    Parameters
    ----------
    X, y_true, y_pred : list of list of str
        The words, the true tags and the predicted tags.
    known : set of str or None
        The known words. If None, only the accuracy on all words is returned.

    Returns
    -------
    scores : dict of str to tuple of (float, int)
        The accuracy and the number of tokens of each group of words that is not empty.
    """
    correct = np.concatenate(y_true) == np.concatenate(y_pred)
    masks = {"all words": np.full(len(correct), True)}
    if known is not None:
        masks["known words"] = np.array([word in known for words in X for word in words])
        masks["unknown words"] = ~masks["known words"]
    return {
        name: (float(correct[mask].mean()), int(mask.sum()))
        for name, mask in masks.items()
        if mask.any()
    }


def report(X, y_true, y_pred, known):
    """Return the scores of a tagger as text.

    Parameters
    ----------
    X, y_true, y_pred : list of list of str
        The words, the true tags and the predicted tags.
    known : set of str or None
        The known words. If None, known and unknown words are not scored separately.

    Returns
    -------
    text : str
        The accuracies, then precision, recall, F1 and support of each tag.
    """
    lines = [
        f"Accuracy on {name:13} {accuracy:7.2%}  ({n_tokens:,} tokens)"
        for name, (accuracy, n_tokens) in accuracies(X, y_true, y_pred, known).items()
    ]
    table = token_classification_report(y_true, y_pred, digits=3, zero_division=0)
    return "\n".join([*lines, "", table])
