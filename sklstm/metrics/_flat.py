"""Ragged predictions made flat: what belongs to each token, one after another."""

from itertools import chain, compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklstm._sequences import as_items, is_sequence, show

_FORM = "Pass a list with a list or an array for each sequence."


class Flat(NamedTuple):
    """What belongs to the tokens of all sequences, one after another.

    Attributes
    ----------
    name : str
        What the user knows it as.
    values : list or ndarray of shape (n_tokens, n_columns)
        A list of labels or numbers; an array where a token has a vector.
    lengths : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence.
    is_rows : bool
        Whether there were no sequences, but an entry for each row: a sequence of one token.
    """

    name: str
    values: list[Any] | NDArray[Any]
    lengths: NDArray[np.intp]
    is_rows: bool

    def place(self, token: int) -> str:
        """Say where a token is, by its name and indices."""
        if self.is_rows:
            return f"{self.name}[{token}]"
        sequence = int(np.searchsorted(np.cumsum(self.lengths), token, side="right"))
        return f"{self.name}[{sequence}][{token - int(self.lengths[:sequence].sum())}]"


class Weights(NamedTuple):
    """The weights of tokens, and of sequences where these are counted."""

    tokens: NDArray[np.float64]
    sequences: NDArray[np.float64]
    are_of_tokens: bool  # as the user passed them


def flatten(values: ArrayLike, name: str) -> Flat:
    """Return what belongs to tokens in one row.

    Parameters
    ----------
    values : array-like
        Lists or arrays, one for each sequence; an array whose rows are the sequences; or one entry
        for each row.
    name : str
        What the user knows it as.

    Returns
    -------
    flat : Flat

    Raises
    ------
    ValueError, TypeError
        What is no list of sequences, and where.
    """
    items = _as_items(values, name)
    nested = [is_sequence(item) for item in items]
    if not any(nested):
        return Flat(name, items, np.ones(len(items), np.intp), is_rows=len(items) > 0)
    if not all(nested):
        odd = nested.index(False)
        raise ValueError(
            f"{name}[{odd}] is {show(items[odd])}, not a sequence, but "
            f"{name}[{nested.index(True)}] is one. {_FORM}"
        )
    lengths = np.fromiter(map(len, items), np.intp, len(items))
    return Flat(name, _joined(items, name), lengths, is_rows=False)


def flatten_pair(y_true: ArrayLike, y_pred: ArrayLike, name: str = "y_pred") -> tuple[Flat, Flat]:
    """Return the true and the predicted in one row each; they belong to the same tokens.

    Parameters
    ----------
    y_true : array-like
    y_pred : array-like
        Labels or numbers in the form of `y_true`, or a vector for each token, as from
        ``predict_proba``.
    name : str, default="y_pred"
        What the user knows `y_pred` as.

    Returns
    -------
    true, pred : Flat
    """
    true = flatten(y_true, "y_true")
    if true.is_rows and getattr(y_pred, "ndim", 1) == 2:  # a row of probabilities for each row
        vectors = np.asarray(y_pred)
        pred = Flat(name, vectors, np.ones(len(vectors), np.intp), is_rows=True)
    else:
        pred = flatten(y_pred, name)
    _check_same_lengths(true, pred)
    return true, pred


def check_any_token(true: Flat) -> None:
    """Refuse to score nothing."""
    if not true.lengths.any():
        raise ValueError("y_true has no token at all: there is nothing to score.")


def as_values(flat: Flat, kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the vectors or labels of the tokens that are kept."""
    return flat.values[kept] if isinstance(flat.values, np.ndarray) else as_labels(flat, kept)


def as_labels(flat: Flat, kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the labels of the tokens that are kept as an array, all str or all no str."""
    refuse_vectors(flat)
    labels = list(compress(flat.values, kept))
    kinds = {kind: issubclass(kind, str) for kind in set(map(type, labels))}
    if len(set(kinds.values())) > 1:
        first = kinds[type(labels[0])]
        odd = next(k for k, label in enumerate(labels) if kinds[type(label)] != first)
        places = np.flatnonzero(kept)
        raise ValueError(
            f"{flat.place(places[odd])} is {show(labels[odd])}, but {flat.place(places[0])} is "
            f"{show(labels[0])}: labels must be all str or all numbers."
        )
    return np.asarray(labels)


def refuse_vectors(flat: Flat) -> None:
    """Refuse vectors, such as probabilities, where a tag belongs."""
    if isinstance(flat.values, np.ndarray):
        raise ValueError(
            f"{flat.name} holds a vector for each token, of {flat.values.shape[1]} numbers, where "
            "a tag belongs: pass what predict returns, not predict_proba."
        )


def flatten_weights(sample_weight: ArrayLike, true: Flat) -> Weights:
    """Return the weight of each token and of each sequence.

    Parameters
    ----------
    sample_weight : array-like
        One weight for each sequence, or one for each token in the form of `y_true`.
    true : Flat

    Returns
    -------
    weights : Weights
        Of weights per token, that of a sequence is the mean of those above 0.
    """
    flat = flatten(sample_weight, "sample_weight")
    values = _as_weights(flat)
    if flat.is_rows or not len(true.lengths):
        if len(values) != len(true.lengths):
            raise ValueError(
                f"sample_weight has {len(values)} entries, but y_true has {len(true.lengths)} "
                "sequences: pass one weight for each, or one for each token in the form of y_true."
            )
        weights = Weights(np.repeat(values, true.lengths), values, are_of_tokens=False)
    else:
        _check_same_lengths(true, flat)
        weights = Weights(values, _means(values, true.lengths), are_of_tokens=True)
    if len(weights.tokens) and not weights.tokens.any():
        raise ValueError(
            "sample_weight is zero for every token: at least one weight must be positive."
        )
    return weights


def _as_items(values: Any, name: str) -> list[Any]:
    """Return the entries of a container that has an order; rows of arrays stay arrays."""
    if getattr(values, "ndim", 1) > 1:
        return list(np.asarray(values))
    return as_items(values, name, _FORM)


def _joined(items: list[Any], name: str) -> list[Any] | NDArray[Any]:
    """Return the entries of all sequences in one list, or array where they are vectors."""
    filled = [item for item in items if len(item)]
    if filled and is_sequence(next(iter(filled[0]))):
        return _stacked(items, name)
    return list(
        chain.from_iterable(
            item.tolist() if isinstance(item, np.ndarray) else item for item in filled
        )
    )


def _stacked(items: list[Any], name: str) -> NDArray[Any]:
    """Return the vectors of all sequences in one array."""
    matrices = {i: np.asarray(item) for i, item in enumerate(items) if len(item)}
    first, width = next((i, matrix.shape[1:]) for i, matrix in matrices.items())
    for i, matrix in matrices.items():
        if matrix.shape[1:] != width:
            raise ValueError(
                f"{name}[{i}] is of shape {matrix.shape}, but {name}[{first}] of shape "
                f"{matrices[first].shape}: all tokens must have as many numbers."
            )
    return np.concatenate(list(matrices.values()))


def _check_same_lengths(true: Flat, other: Flat) -> None:
    """Refuse what does not belong to the same tokens; name the first sequence."""
    if len(true.lengths) != len(other.lengths):
        raise ValueError(
            f"y_true has {len(true.lengths)} sequences, but {other.name} has "
            f"{len(other.lengths)}: pass both for the same sequences."
        )
    wrong = np.flatnonzero(true.lengths != other.lengths)
    if len(wrong):
        i = wrong[0]
        raise ValueError(
            f"y_true[{i}] has {true.lengths[i]} tokens, but {other.name}[{i}] has "
            f"{other.lengths[i]}: pass both for the same sequences, in the same order."
        )


def _as_weights(flat: Flat) -> NDArray[np.float64]:
    if isinstance(flat.values, np.ndarray):
        raise ValueError("sample_weight holds a vector for each token, where a weight belongs.")
    try:
        weights = np.asarray(flat.values, np.float64)
    except (TypeError, ValueError):
        weights = np.array([w if isinstance(w, (int, float)) else np.nan for w in flat.values])
    wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
    if len(wrong):
        raise ValueError(
            f"{flat.place(wrong[0])} is {show(flat.values[wrong[0]])}, but a weight must be a "
            "finite number >= 0. The weight 0 leaves a token, or a sequence, out."
        )
    return weights


def _means(weights: NDArray[np.float64], lengths: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean of the weights of each sequence that are above 0; 0 without any."""
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    totals = np.bincount(sequences, weights, minlength=len(lengths))
    counts = np.bincount(sequences, weights > 0, minlength=len(lengths))
    return totals / np.maximum(counts, 1)
