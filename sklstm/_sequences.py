"""Nested containers of sequences and flat tokens, for every package.

``X``, ``y`` and all that has one entry per token may come as lists, arrays, data frames or columns
of any library. This module recognizes these containers by their methods and attributes, never by
their library. It lays the entries of all sequences one after another, and cuts flat values into
sequences again. The types of all elements are seen from the set of their types, which is fast.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from sklstm.nn.packing import token_indices

_LONGEST = 60
_FORM = "Pass a list with a list or an array for each sequence."


class Tokens(NamedTuple):
    """The tokens of all sequences, one after another.

    Attributes
    ----------
    kind : {"words", "dicts", "vectors", "empty"}
        The kind of the tokens; "empty" if there is no token and the kind is not known.
    form : {"ragged", "block", "rows"}
        The container: separate sequences, a 3-D array, or a table whose rows are sequences of one
        token.
    lengths : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence.
    values : list, ndarray or CSR array
        The tokens.
    origins : ndarray of int of shape (n_sequences,), default=None
        The index of each sequence in what the user passed; None if no sequence was left out.
    """

    kind: str
    form: str
    lengths: NDArray
    values: Any
    origins: NDArray | None = None

    def indices(self, members: NDArray) -> NDArray:
        """Return the indices of the tokens of some sequences, given by index."""
        starts = np.cumsum(self.lengths) - self.lengths
        return token_indices(starts[members], self.lengths[members])

    def select(self, members: NDArray) -> "Tokens":
        """Return the tokens of some sequences, given by index."""
        values = _take(self.values, self.indices(members))
        origins = members if self.origins is None else self.origins[members]
        return self._replace(lengths=self.lengths[members], values=values, origins=origins)

    def place(self, token: int) -> str:
        """Return the indices of a token in what the user passed, as text."""
        sequence, step = _locate(token, self.lengths)
        if self.origins is not None:
            sequence = int(self.origins[sequence])
        return f"[{sequence}]" if self.form == "rows" else f"[{sequence}][{step}]"

    def cut(self, values: Any) -> Any:
        """Return values with one entry per token in the form of the container.

        Parameters
        ----------
        values : list or ndarray of shape (n_tokens, ...)

        Returns
        -------
        sequences : ndarray
            For a list of sequences, an object array with a list or array for each; for a 3-D array
            one of shape (n_sequences, n_steps, ...); for rows `values`.
        """
        if self.form == "rows":
            return values
        n_sequences = len(self.lengths)
        if self.form == "block":
            n_steps = int(self.lengths[0]) if n_sequences else 0
            return values.reshape(n_sequences, n_steps, *values.shape[1:])
        sequences = np.empty(n_sequences, dtype=object)
        stops = np.cumsum(self.lengths).tolist()
        for i, (start, stop) in enumerate(zip([0, *stops], stops, strict=False)):
            sequences[i] = values[start:stop]
        return sequences


class Dataset(NamedTuple):
    """Sequences with their labels and weights.

    Attributes
    ----------
    tokens : Tokens
    labels : ndarray or list of n_tokens labels
    weights : ndarray of shape (n_tokens,)
        The weight of each token; the labels of tokens of weight 0 may be anything.
    sequence_weights : ndarray of shape (n_sequences,)
        The weight with which each sequence counts where sequences are counted.
    """

    tokens: Tokens
    labels: Any
    weights: NDArray
    sequence_weights: NDArray

    def select(self, members: NDArray) -> "Dataset":
        """Return some of the sequences, given by index."""
        indices = self.tokens.indices(members)
        return Dataset(
            self.tokens.select(members),
            _take(self.labels, indices),
            self.weights[indices],
            self.sequence_weights[members],
        )


class Flat(NamedTuple):
    """Values with one entry per token, such as labels, of all sequences one after another.

    Attributes
    ----------
    name : str
        The name of the argument.
    values : list or ndarray of shape (n_tokens, n_columns)
        A list of labels or numbers; an array if a token has a vector.
    lengths : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence.
    is_rows : bool
        Whether there was one entry per row, which is a sequence of one token.
    """

    name: str
    values: list[Any] | NDArray[Any]
    lengths: NDArray[np.intp]
    is_rows: bool

    def place(self, token: int) -> str:
        """Return the name and the indices of a token, as text."""
        if self.is_rows:
            return f"{self.name}[{token}]"
        sequence, step = _locate(token, self.lengths)
        return f"{self.name}[{sequence}][{step}]"


def flatten(values: ArrayLike, name: str) -> Flat:
    """Return values with one entry per token, of all sequences one after another.

    Parameters
    ----------
    values : array-like
        A list or array for each sequence; an array whose rows are the sequences; or one entry for
        each row.
    name : str
        The name of the argument, for messages.

    Returns
    -------
    flat : Flat

    Raises
    ------
    ValueError, TypeError
        If it is not a list of sequences; the message names the place.

    Examples
    --------
    >>> from sklstm._sequences import flatten
    >>> flat = flatten([["DET", "NOUN"], ["VERB"]], "y")
    >>> flat.values, flat.lengths.tolist(), flat.place(2)
    (['DET', 'NOUN', 'VERB'], [2, 1], 'y[1][0]')
    """
    if getattr(values, "ndim", 1) > 1:
        items = list(np.asarray(values))
    else:
        items = as_items(values, name, _FORM)
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
    filled = np.flatnonzero(lengths)
    if len(filled) and is_sequence(next(iter(items[filled[0]]))):
        return Flat(name, _concatenate(items, filled.tolist(), name), lengths, is_rows=False)
    return Flat(name, chain_lists(items), lengths, is_rows=False)


def check_same_lengths(expected: Flat, other: Flat) -> None:
    """Raise a ValueError that names the first sequence whose length differs."""
    if len(expected.lengths) != len(other.lengths):
        raise ValueError(
            f"{expected.name} has {len(expected.lengths)} sequences, but {other.name} has "
            f"{len(other.lengths)}: pass both for the same sequences."
        )
    wrong = np.flatnonzero(expected.lengths != other.lengths)
    if len(wrong):
        i = wrong[0]
        raise ValueError(
            f"{expected.name}[{i}] has {expected.lengths[i]} tokens, but {other.name}[{i}] has "
            f"{other.lengths[i]}: pass both for the same sequences, in the same order."
        )


def chain_lists(items: Iterable[Any]) -> list[Any]:
    """Return the elements of all sequences in one list, arrays converted to lists."""
    lists = (item.tolist() if isinstance(item, np.ndarray) else item for item in items)
    return list(chain.from_iterable(lists))


def _concatenate(items: list[Any], filled: list[int], name: str) -> NDArray[Any]:
    """Return the vectors of the sequences that are not empty in one array."""
    matrices = [np.asarray(items[i]) for i in filled]
    for i, matrix in zip(filled, matrices, strict=True):
        if matrix.shape[1:] != matrices[0].shape[1:]:
            raise ValueError(
                f"{name}[{i}] is of shape {matrix.shape}, but {name}[{filled[0]}] of shape "
                f"{matrices[0].shape}: all tokens must have as many numbers."
            )
    return np.concatenate(matrices)


def _locate(token: int, lengths: NDArray) -> tuple[int, int]:
    """Return the sequence of a token, and its index in that sequence."""
    sequence = int(np.searchsorted(np.cumsum(lengths), token, side="right"))
    return sequence, int(token - lengths[:sequence].sum())


def _take(values: Any, indices: NDArray) -> Any:
    """Return the elements of a list or array at some indices, in the same form."""
    return [values[k] for k in indices.tolist()] if isinstance(values, list) else values[indices]


def as_items(container: Any, name: str, advice: str) -> list:
    """Return the elements of an ordered container; arrays among them are converted to NumPy's.

    Parameters
    ----------
    container : object
    name : str
        The name of the argument, for messages.
    advice : str
        What to pass instead, for messages.

    Returns
    -------
    items : list

    Raises
    ------
    TypeError
        If it is not ordered, or is an iterator.
    """
    if is_array(container):
        container = np.asarray(container)
    if isinstance(container, Iterator):
        raise TypeError(
            f"{name} is of type {type(container).__name__}, which can be read only once. Pass "
            f"list({name}) instead."
        )
    if (
        isinstance(container, (str, bytes, Mapping, Set))
        or sparse.issparse(container)
        or not hasattr(container, "__iter__")
        or getattr(container, "ndim", 1) == 0
    ):
        raise TypeError(f"{name} is of type {type(container).__name__}, not a list. {advice}")
    to_list = getattr(container, "to_list", getattr(container, "tolist", None))
    items = to_list() if to_list else list(container)
    return items if are_lists(items) else [_as_array(item) for item in items]


def _as_array(item: Any) -> Any:
    """Convert an array of another library, or a column, to NumPy's; return all else unchanged."""
    convertible = hasattr(item, "__array__") and not isinstance(item, np.generic)
    return np.asarray(item) if convertible and not is_frame(item) else item


def is_frame(X: Any) -> bool:
    """Return whether an object is a data frame."""
    return hasattr(X, "shape") and hasattr(X, "columns")


def is_array(X: Any) -> bool:
    """Return whether an object can be read as an array and is not a column of sequences."""
    return hasattr(X, "__array__") and len(getattr(X, "shape", ())) != 1


def is_matrix(item: Any) -> bool:
    """Return whether an object is a data frame, or an array of 2 or more dimensions."""
    if isinstance(item, (list, tuple)):
        return False
    return is_frame(item) or getattr(item, "ndim", 1) >= 2


def is_sequence(item: Any) -> bool:
    """Return whether an object has ordered elements and is not a single value such as a str."""
    if isinstance(item, (list, tuple)):
        return True
    if isinstance(item, (str, bytes, Mapping, Set)) or sparse.issparse(item):
        return False
    return hasattr(item, "__len__") and getattr(item, "ndim", 1) > 0


def are_lists(items: Iterable) -> bool:
    """Return whether all items are lists or tuples, the common case."""
    return set(map(type, items)) <= {list, tuple}


def all_are(values: Collection, types: tuple[type, ...]) -> bool:
    """Return whether there are values and all are of these types."""
    return bool(values) and all(issubclass(kind, types) for kind in set(map(type, values)))


def show(value: Any) -> str:
    """Return the repr of a value on one line, shortened."""
    return shorten(repr(value.item() if isinstance(value, np.generic) else value))


def shorten(text: str) -> str:
    """Return text on one line, cut to 60 characters."""
    text = text.replace("\n", " ")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
