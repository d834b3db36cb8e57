"""Validation of the words, tags and probabilities of a tagged text."""

from collections.abc import Mapping
from itertools import islice

import numpy as np

from sklstm._sequences import check_same_lengths, flatten, show

_ADVICE = (
    "Pass words=\"form\" to show that feature of dicts, or words=[['The', 'old', ...], ...] to "
    "show these words."
)


def check_true_tags(y_true, words):
    """Return the true tag of each of the words of each sequence."""
    flat = _flatten_sequences(words, "X")
    tags = _flatten_sequences(y_true, "y_true")
    check_same_lengths(flat, tags)
    return _nest(tags.values, flat.lengths.tolist())


def check_tokens(X, y_pred, y_proba, words, labels):
    """Return the words, tags and probabilities of the tokens of each sequence.

    Parameters
    ----------
    X : sequences of tokens
    y_pred : sequences of tags
    y_proba : None, or sequences of probabilities or of arrays with one for each of the labels
    words : None, str or sequences of str
        With None the tokens are the words, with a str their feature of that name.
    labels : list or None

    Returns
    -------
    words : list of list of str
    tags : list of list
    probabilities : list of list of float, or None
    """
    flat = _check_words(X, words)
    tags = _flatten_sequences(y_pred, "y_pred")
    check_same_lengths(flat, tags)
    lengths, probabilities = flat.lengths.tolist(), None
    if y_proba is not None:
        probabilities = _nest(_check_probabilities(y_proba, tags, labels), lengths)
    return _nest(map(str, flat.values), lengths), _nest(tags.values, lengths), probabilities


def _check_words(X, words):
    """Return the words to show."""
    if words is None or isinstance(words, str):
        flat = _flatten_sequences(X, "X")
    else:
        flat = _flatten_sequences(words, "words")
    if isinstance(words, str):
        flat = flat._replace(values=_features(flat, words))
    for k, word in enumerate(flat.values):
        if not isinstance(word, str):
            advice = f" {_ADVICE}" if words is None else ""
            raise TypeError(
                f"{flat.place(k)} is {show(word)} of type {type(word).__name__}, not a str.{advice}"
            )
    return flat


def _check_probabilities(y_proba, tags, labels):
    """Return the probability of each tag."""
    flat = _flatten_sequences(y_proba, "y_proba")
    check_same_lengths(tags, flat)
    try:
        values = np.asarray(flat.values, float)
    except (TypeError, ValueError):  # some are not numbers, or rows differ in length
        values = np.array([v if isinstance(v, (int, float)) else np.nan for v in flat.values])
    if values.ndim == 2:
        values = values[np.arange(len(values)), _columns(tags, labels, values.shape[1])]
    is_valid = (values >= 0) & (values <= 1)
    if values.ndim > 1:
        is_valid[:] = False
    if not is_valid.all():
        k = int(is_valid.argmin())
        raise ValueError(
            f"{flat.place(k)} is {show(flat.values[k])}, but must be a probability from 0 to 1, or "
            "an array of one probability for each of labels."
        )
    return values.tolist()


def _flatten_sequences(values, name):
    """Flatten sequences, and raise a ValueError for a single sequence."""
    flat = flatten(values, name, vectors=False)
    if flat.is_rows:
        raise ValueError(
            f"{name}[0] is {show(flat.values[0])}, not a sequence. Pass [{name}] if {name} is a "
            "single sequence, and split a text into words."
        )
    return flat


def _nest(values, lengths):
    """Return flat values as one list for each sequence."""
    remaining = iter(values)
    return [list(islice(remaining, n)) for n in lengths]


def _features(flat, name):
    """Return the feature of that name of each token."""
    for k, token in enumerate(flat.values):
        if not isinstance(token, Mapping) or name not in token:
            raise ValueError(
                f"{flat.place(k)} is {show(token)}, not a dict with the feature {name!r}. {_ADVICE}"
            )
    return [token[name] for token in flat.values]


def _columns(tags, labels, n_columns):
    """Return the column of the tag of each token."""
    if labels is None or len(labels) != n_columns:
        n_labels = "" if labels is None else f", but labels has {len(labels)}"
        raise ValueError(
            f"y_proba has {n_columns} columns{n_labels}: pass as labels the tag of each column, "
            "such as the classes_ of the tagger."
        )
    columns = {label: k for k, label in enumerate(labels)}
    for k, tag in enumerate(tags.values):
        if tag not in columns:
            raise ValueError(f"{tags.place(k)} is {show(tag)}, which is not in labels.")
    return [columns[tag] for tag in tags.values]
