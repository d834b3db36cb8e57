"""What a user passes to be shown, judged: words, tags and probabilities."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._schemes import Scheme
from sklstm._sequences import show
from sklstm.metrics import extract_spans

_ADVICE = (
    'Say what to show of tokens that are no words: words="form" shows that feature of dicts, and '
    "words=[['The', 'old', ...], ...] shows these."
)


def as_words(X: Any, words: Any) -> list[list[str]]:
    """Return the words to show.

    Parameters
    ----------
    X : sequences of tokens
    words : None, str or sequences of str
        None shows the tokens, a str that feature of them, and sequences are shown as they are.

    Returns
    -------
    words : list of list of str
    """
    if words is None:
        return _all_str(_sequences(X, "X"), "X", _ADVICE)
    if isinstance(words, str):
        return _all_str(_features(_sequences(X, "X"), words), "X", "")
    return _all_str(_sequences(words, "words"), "words", "An entry of words must be a str.")


def as_tags(y_pred: Any, words: Sequence[Sequence[str]]) -> list[list]:
    """Return the tags, one for each word."""
    tags = [
        sequence.tolist() if isinstance(sequence, np.ndarray) else list(sequence)
        for sequence in _sequences(y_pred, "y_pred")
    ]
    _check_lengths(words, tags, "y_pred")
    return tags


def as_labels(labels: Any, scheme: Scheme | None) -> list | None:
    """Return the labels: tags or, where a scheme writes spans, types of spans."""
    if labels is None:
        return None
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__"):
        raise ValueError(f"labels is {show(labels)}, but must be a list of tags.")
    known = list(labels)
    odd = [k for k, label in enumerate(known) if not isinstance(label, str)]
    if scheme is not None and odd:
        raise ValueError(
            f"labels[{odd[0]}] is {show(known[odd[0]])}, but with a scheme must be a str: a tag "
            f"of the {scheme} scheme, or a type of spans."
        )
    return known


def types_of(label: str, scheme: Scheme) -> list[str]:
    """Return the type of the span that a tag writes, none of "O"; what is no tag is a type itself.

    Examples
    --------
    >>> from sklstm.display._tagged_input import types_of
    >>> types_of("B-person", "BIO"), types_of("O", "BIO"), types_of("person", "BIO")
    (['person'], [], ['person'])
    """
    try:
        ((*spans,),) = extract_spans([[label]], scheme=scheme)
    except ValueError:
        return [label]
    return [span.type for span in spans]


def as_probabilities(
    y_proba: Any, tags: Sequence[Sequence], labels: Sequence | None
) -> list[list[float]] | None:
    """Return the probability of each tag; None where none are passed.

    Parameters
    ----------
    y_proba : None or sequences
        Of a number for each token, or of a row with one for each of the labels.
    tags : sequence of sequence
    labels : sequence or None
    """
    if y_proba is None:
        return None
    sequences = _sequences(y_proba, "y_proba")
    _check_lengths(tags, sequences, "y_proba")
    columns = None if labels is None else {label: k for k, label in enumerate(labels)}
    return [
        _of_tags(_as_numbers(values, i), names, columns, i).tolist()
        for i, (values, names) in enumerate(zip(sequences, tags, strict=True))
    ]


def _sequences(values: Any, name: str) -> list[Any]:
    """Return the entries of something that holds sequences."""
    if isinstance(values, (str, bytes, Mapping, Set, Iterator)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} is of type {type(values).__name__}, not a list of sequences.")
    items = list(values)
    for i, item in enumerate(items):
        if isinstance(item, (str, bytes, Mapping)) or not hasattr(item, "__len__"):
            raise ValueError(
                f"{name}[{i}] is {show(item)}, where a sequence belongs. Pass [{name}] where "
                f"{name} is a single sequence, and split a text into words."
            )
    return items


def _features(X: Sequence[Any], feature: str) -> list[list[Any]]:
    """Return a feature of each token."""
    return [
        [_feature(token, feature, f"X[{i}][{t}]") for t, token in enumerate(tokens)]
        for i, tokens in enumerate(X)
    ]


def _feature(token: Any, feature: str, place: str) -> Any:
    if not isinstance(token, Mapping):
        raise ValueError(
            f"{place} is {show(token)}, not a dict, and has no feature {feature!r}. {_ADVICE}"
        )
    if feature not in token:
        raise ValueError(f"{place} has no feature {feature!r}: it has {show(list(token))}.")
    return token[feature]


def _all_str(sequences: Sequence[Any], name: str, advice: str) -> list[list[str]]:
    for i, sequence in enumerate(sequences):
        for t, word in enumerate(sequence):
            if not isinstance(word, str):
                raise TypeError(
                    f"{name}[{i}][{t}] is {show(word)} of type {type(word).__name__}, not a str. "
                    f"{advice}".rstrip()
                )
    return [[str(word) for word in sequence] for sequence in sequences]


def _check_lengths(expected: Sequence[Any], found: Sequence[Any], name: str) -> None:
    """Refuse what is not for the same tokens; name the first sequence."""
    if len(expected) != len(found):
        raise ValueError(
            f"There are {len(expected)} sequences, but {name} has {len(found)}: pass all for the "
            "same sequences."
        )
    for i, (one, other) in enumerate(zip(expected, found, strict=True)):
        if len(one) != len(other):
            raise ValueError(
                f"Sequence {i} has {len(one)} tokens, but {name}[{i}] has {len(other)} entries: "
                "pass one for each token."
            )


def _as_numbers(values: Any, i: int) -> NDArray:
    """Return what there is for the tokens of a sequence: a number for each, or a row."""
    try:
        numbers = np.asarray(values, float)
    except (TypeError, ValueError):
        numbers = np.asarray(0.0)
    if numbers.ndim not in (1, 2):
        raise ValueError(
            f"y_proba[{i}] is {show(values)}, but must be an array of shape (n_tokens,) or "
            "(n_tokens, n_labels)."
        )
    return numbers


def _of_tags(values: NDArray, tags: Sequence, columns: dict | None, i: int) -> NDArray:
    """Return the probabilities of the tags of a sequence."""
    if values.ndim == 2 and len(tags):
        values = values[np.arange(len(tags)), _columns_of(tags, columns, values.shape[1], i)]
    wrong = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(wrong):
        raise ValueError(
            f"y_proba[{i}][{wrong[0]}] is {values[wrong[0]]:.4g}, but a probability is between 0 "
            "and 1."
        )
    return values


def _columns_of(tags: Sequence, columns: dict | None, n_columns: int, i: int) -> list[int]:
    if columns is None or len(columns) != n_columns:
        given = "" if columns is None else f", but labels has {len(columns)}"
        raise ValueError(
            f"y_proba[{i}] has {n_columns} columns{given}: pass as labels the tag of each column, "
            "such as the classes_ of the tagger."
        )
    unknown = [t for t, tag in enumerate(tags) if tag not in columns]
    if unknown:
        raise ValueError(
            f"y_pred[{i}][{unknown[0]}] is {show(tags[unknown[0]])}, which is none of labels."
        )
    return [columns[tag] for tag in tags]
