"""Evaluate a tagger on a file of tagged text.

Print its accuracy on all words, on known words (those of the training set) and on unknown words,
and precision, recall and F1 of each tag.
"""

import re
import warnings
from collections import Counter
from itertools import chain, pairwise
from typing import get_args

import numpy as np

from sklstm._cli._arguments import Parser, did_you_mean, one_of
from sklstm._cli._corpora import add_corpus_arguments, read_corpus
from sklstm._cli._layouts import remembered_normalize
from sklstm._cli._models import add_model_argument, load_for_prediction
from sklstm._cli._output import format_json
from sklstm._schemes import Scheme, find_misfits, fitting_schemes, has_suffixes
from sklstm.metrics import span_classification_report, token_classification_report

_N_SHOWN = 5  # unknown tags in a warning


def make_parser(prog):
    """Return the parser of the command."""
    parser = Parser(
        prog,
        description=__doc__,
        epilog="example: sklstm score -m tagger.joblib en-test.conllu",
    )
    parser.add_argument(
        "files",
        nargs=1,
        metavar="FILE",
        help="tagged text; may be compressed (.gz, .bz2, .xz); - is standard input",
    )
    add_model_argument(parser)
    add_corpus_arguments(parser)
    parser.add_argument(
        "--scheme",
        metavar="NAME",
        type=one_of(get_args(Scheme)),
        help=f"scheme of tags that encode spans, {', '.join(get_args(Scheme))}: score the spans, "
        "too (default: the scheme of the tagger, or that of the tags in FILE, if any)",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    return parser


def run(options, parser):
    """Run the command; return its exit status."""
    model, tagger = load_for_prediction(options.model)
    normalize = options.normalize or remembered_normalize(tagger)
    X, y_true, *_ = read_corpus(options.files[0], options, normalize, tagger)
    y_pred = [[str(tag) for tag in tags] for tags in model.predict(X)]
    unknown = _unknown_tags(y_true, [str(tag) for tag in tagger.classes_.tolist()])
    known = known_words(tagger)
    scheme = options.scheme or tagger.scheme
    spans = {"scheme": scheme, "suffix": has_suffixes(tagger.classes_, scheme)}
    # Without an option, true tags of another scheme count as wrong, as all unknown tags do.
    if scheme is None or (not options.scheme and find_misfits({*chain(*y_true)}, **spans)):
        spans = _find_scheme(y_true, y_pred)
    if options.json:
        scores = _scores(X, y_true, y_pred, known, spans)
        print(format_json(scores | {"unknown_tags": unknown}))
        return 0
    text = report(X, y_true, y_pred, known)
    if spans["scheme"]:
        table = span_classification_report(y_true, y_pred, **spans, digits=3, zero_division=0)
        text = f"{text}\nSpans ({spans['scheme']})\n\n{_align_counts(table)}"
    print(text)
    return 0


def _unknown_tags(y_true, tags):
    """Return the number of tokens of each tag that the tagger does not know, and warn of them."""
    counts = Counter(chain.from_iterable(y_true))
    unknown = {tag: n for tag, n in counts.most_common() if tag not in set(tags)}
    if unknown:
        shown = [f"{tag!r} ({n:,})" for tag, n in [*unknown.items()][:_N_SHOWN]]
        n_more = len(unknown) - _N_SHOWN
        shown += [f"{n_more} more"] if n_more > 0 else []
        n_unknown, n_tokens = sum(unknown.values()), counts.total()
        advice = did_you_mean(next(iter(unknown)), tags)
        if 2 * n_unknown > n_tokens:
            advice += " If the tags are in another column, pass --columns."
        warnings.warn(
            f"{n_unknown:,} of {n_tokens:,} tokens have tags that the tagger does not know, which "
            f"count as wrong: {', '.join(shown)}.{advice}",
            stacklevel=2,
        )
    return unknown


def _find_scheme(y_true, y_pred):
    """Return the scheme that all tags and all true transitions fit, as arguments of metrics.

    Without one, the scheme is None.
    """
    tags = {"O", *chain(*y_true, *y_pred)}
    if len(tags) == 1:
        return {"scheme": None}
    transitions = set(chain.from_iterable(pairwise(["O", *sentence, "O"]) for sentence in y_true))
    for scheme, suffix in fitting_schemes(tags, transitions):
        return {"scheme": scheme, "suffix": suffix}
    similar = [scheme for scheme, _ in fitting_schemes(tags)]
    if similar:
        warnings.warn(
            "the tags look like spans, but the true tags are ill-formed in every scheme. To score "
            f"the spans, pass --scheme {' or --scheme '.join(similar)}.",
            stacklevel=2,
        )
    return {"scheme": None}


def _scores(X, y_true, y_pred, known, spans):
    """Return the scores of a tagger as a dict for JSON."""
    options = {"output_dict": True, "zero_division": 0}
    scores = {
        "n_sentences": len(X),
        "accuracy": {
            name: {"accuracy": accuracy, "n_tokens": n_tokens}
            for name, (accuracy, n_tokens) in accuracies(X, y_true, y_pred, known).items()
        },
        "tags": _with_whole_counts(token_classification_report(y_true, y_pred, **options)),
    }
    if spans["scheme"]:
        table = span_classification_report(y_true, y_pred, **spans, **options)
        scores |= {"scheme": spans["scheme"], "spans": _with_whole_counts(table)}
    return scores


def _with_whole_counts(table):
    """Return a report in which the supports are int."""
    return {
        name: row | {"support": int(row["support"])} if isinstance(row, dict) else row
        for name, row in table.items()
    }


def _align_counts(table):
    """Return a report in which the supports are whole numbers, as they are if a tag is correct."""
    return re.sub(r"(\d+)\.0$", r"  \1", table, flags=re.MULTILINE)


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
    return "\n".join([*lines, "", _align_counts(table)])
