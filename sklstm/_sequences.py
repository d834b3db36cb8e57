"""Nested containers of sequences and flat tokens, for every package.

``X``, ``y`` and other arguments with one entry per token can be lists, arrays, data frames or
columns of any library. This module recognizes these containers by their methods and attributes,
never by their library. It concatenates the entries of all sequences, and splits flat values into
sequences again. To check the types of all elements fast, it looks at the set of their types.
"""

import difflib
import numbers
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from sklstm.nn.packing import token_indices

# What a token may be, by kind. Other tokens are vectors; complex numbers are for scikit-learn to
# refuse.
TOKEN_TYPES: dict[str, tuple[type, ...]] = {
    "words": (str,),
    "dicts": (Mapping,),
    "numbers": (numbers.Number, np.bool_),
}
# Concrete types first: an instance of an abstract type is found more slowly.
REAL_TYPES: tuple[Any, ...] = (int, float, numbers.Real, np.bool_)
_ONE_KIND = "All tokens must be of one kind: str, dict or numeric vector."
_FORM_OF_X = (
    "Pass a list of sequences: each a list of str, a list of dict, or an array, sparse matrix or "
    "data frame of shape (n_tokens, n_features)."
)
_FORM = "Pass a list or array for each sequence, with one entry for each of its tokens."
_LONGEST = 60
_MAX_SUGGESTIONS = 3


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

    def cut_classes(self, classes: NDArray, indices: NDArray) -> Any:
        """Return the class of each token, given by index, in the form of the container.

        The elements of a ragged result are lists of Python objects.
        """
        if self.form != "ragged":
            return self.cut(classes[indices])
        labels = classes.tolist()
        return self.cut([labels[k] for k in indices.tolist()])


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

    def as_sequences(self) -> tuple[Any, Any, Any]:
        """Return X, y and sample_weight as a user can pass them; None if all weights are 1."""
        tokens, weights = self.tokens, self.sequence_weights
        # The labels of a 3-D array of vectors can be lists.
        ragged = tokens if tokens.form == "rows" else tokens._replace(form="ragged")
        y = (ragged if isinstance(self.labels, list) else tokens).cut(self.labels)
        if (self.weights == 1).all():
            return tokens.cut(tokens.values), y, None
        if (np.repeat(weights, tokens.lengths) != self.weights).any():
            weights = ragged.cut(self.weights)
        return tokens.cut(tokens.values), y, weights


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


def recognize(X: Any) -> tuple[str, str, Any]:
    """Return the form of a container of tokens, the kind of the tokens, and its sequences.

    Parameters
    ----------
    X : object

    Returns
    -------
    form : {"ragged", "block", "rows"}
        See :class:`Tokens`.
    kind : {"words", "dicts", "vectors", "numbers", "empty"}
        The kind of the first token. "numbers" are the entries of rows that came as lists.
    sequences : list, tuple, ndarray, sparse matrix or data frame
        A list or tuple of sequences if ragged; else `X`, arrays of other libraries as NumPy's.

    Raises
    ------
    ValueError, TypeError
        If it is not a container of sequences.
    """
    items, is_plain = X, isinstance(X, (list, tuple)) and are_lists(X)
    if not is_plain:
        X = unwrap(X)
        if sparse.issparse(X) or is_frame(X):
            return "rows", "vectors", X
        if is_array(X):
            X = np.asarray(X)
        if isinstance(X, np.ndarray) and X.ndim != 1 and not _is_table_of_tokens(X):
            return _form_of_array(X), "vectors", X
        items = as_items(X, "X", _FORM_OF_X)
        if all_are(items, TOKEN_TYPES["numbers"]):  # scikit-learn asks to reshape them
            return "rows", "vectors", items
        _check_are_sequences(items)
    lengths = [item.shape[0] if hasattr(item, "shape") else len(item) for item in items]
    first = next((i for i, length in enumerate(lengths) if length), None)
    if first is None:
        return "ragged", "empty", items
    if not is_plain and is_matrix(items[first]):
        return "ragged", "vectors", items
    token = next(iter(items[first]))
    kind = next((kind for kind, types in TOKEN_TYPES.items() if isinstance(token, types)), None)
    if kind == "numbers":
        _check_are_rows(lengths, first)
        return "rows", kind, items
    return "ragged", kind or "vectors", items


def _is_table_of_tokens(X: NDArray) -> bool:
    """Return whether the entries of an array are words or dicts, and its rows are sequences."""
    if X.ndim != 2 or X.dtype.kind not in "OUT":
        return False
    return X.dtype.kind != "O" or all_are(X.ravel().tolist(), (str, Mapping))


def _form_of_array(X: NDArray) -> str:
    if X.ndim > 3:
        raise ValueError(
            f"X is an array of {X.ndim} dimensions, expected 3, (n_sequences, n_timesteps, "
            "n_features), or 2, (n_samples, n_features). Reshape your data: each token is one "
            "vector."
        )
    return "block" if X.ndim == 3 else "rows"


def _check_are_sequences(items: list) -> None:
    """Raise an error that names the first item that is not a sequence of tokens."""
    for i, item in enumerate(items):
        place, kind = f"X[{i}]", type(item).__name__
        if isinstance(item, str) and len(item.split()) > 1:
            raise ValueError(
                f"{place} is {show(item)}, text that is not split into words. Split it, for "
                "instance with X = [text.split() for text in X]."
            )
        if isinstance(item, (str, bytes, Mapping)):
            raise ValueError(
                f"{place} is a {kind}, {show(item)}: X looks like one sequence, not a list of "
                f"sequences. Pass [X] if so; split {place} into words if it is a text."
            )
        if isinstance(item, (Set, Iterator)):
            lack = "order" if isinstance(item, Set) else "length"
            raise TypeError(f"{place} is a {kind}, which has no {lack}. Make it a list of tokens.")
        if not (is_matrix(item) or is_sequence(item)):
            raise ValueError(f"{place} is {show(item)}, not a sequence of tokens. {_FORM_OF_X}")


def _check_are_rows(lengths: list[int], first: int) -> None:
    """Raise a ValueError if lists of numbers differ in length; `first` is the first not empty."""
    odd = next((i for i, length in enumerate(lengths) if length != lengths[first]), None)
    if odd is not None:
        raise ValueError(
            f"X[{odd}] has {lengths[odd]} numbers, but X[{first}] has {lengths[first]}. Lists of "
            "numbers are the rows of one array of shape (n_samples, n_features), each a sequence "
            "of one token. For sequences of numbers make each token a vector: "
            "X = [np.reshape(x, (-1, 1)) for x in X]."
        )


def chain_tokens(items: Sequence[Any], kind: str) -> Tokens:
    """Return the tokens of sequences of words, dicts or numbers.

    Parameters
    ----------
    items : list or tuple
        The sequences, from :func:`recognize`.
    kind : {"words", "dicts", "numbers"}

    Returns
    -------
    tokens : Tokens

    Raises
    ------
    ValueError
        If a token is not of this kind; the message names the first one.
    """
    if not are_lists(items):
        for i, item in enumerate(items):
            if is_matrix(item) and item.shape[0]:
                raise ValueError(
                    f"X[{i}] is of type {type(item).__name__}, a sequence of vectors, but other "
                    f"tokens are {kind}: all tokens must be of one kind."
                )
        items = [
            [] if is_matrix(item) else _elements(item) if isinstance(item, np.ndarray) else item
            for item in items
        ]
    values = list(chain.from_iterable(items))
    tokens = Tokens(kind, "ragged", np.fromiter(map(len, items), np.intp, len(items)), values)
    types = TOKEN_TYPES[kind]
    if not all_are(values, types):
        odd = next(k for k, value in enumerate(values) if not is_a(value, types))
        places = [("X" + tokens.place(k), values[k]) for k in (odd, 0)]
        raise ValueError(f"{mismatch(*places)} {_ONE_KIND}{missing_hint(*places)}")
    return tokens


def as_matrices(items: Sequence[Any]) -> tuple[NDArray, list[int], list[Any]]:
    """Return the lengths of sequences of vectors, and a matrix for each that has a token.

    Parameters
    ----------
    items : list or tuple
        The sequences, from :func:`recognize`.

    Returns
    -------
    lengths : ndarray of int of shape (n_sequences,)
    places : list of int
        The index of each sequence that is not empty.
    matrices : list of ndarray, sparse matrix or data frame of shape (n_tokens, n_features)
        Those sequences. Text makes an array of objects, and numbers in it stay numbers.

    Raises
    ------
    ValueError
        If a token is not a vector, or the features differ; the message names the place.
    """
    matrices = [_as_matrix(item, i) for i, item in enumerate(items)]
    lengths = np.fromiter((matrix.shape[0] for matrix in matrices), np.intp, len(items))
    places = np.flatnonzero(lengths).tolist()  # empty sequences may lack the columns
    frames = [i for i in places if is_frame(matrices[i])]
    columns = [list(matrices[i].columns) for i in frames]
    rule = "all data frames must have the same columns in the same order"
    check_uniform(columns, frames, "has the columns {}", rule)
    widths = [matrices[i].shape[1] for i in places]
    rule = "all vectors must have the same features"
    check_uniform(widths, places, "has {} features for each token", rule)
    return lengths, places, [matrices[i] for i in places]


def _as_matrix(item: Any, i: int) -> Any:
    """Return sequence `i`, of vectors, as an array, sparse matrix or data frame."""
    if sparse.issparse(item) or is_frame(item):
        return item
    if not isinstance(item, np.ndarray) or (item.ndim == 1 and item.dtype.kind == "O"):
        tokens = as_items(item, f"X[{i}]", _FORM_OF_X)
        if not are_lists(tokens) or len(set(map(len, tokens))) > 1:
            _check_are_vectors(tokens, i)
        try:
            item = np.asarray(tokens)
        except ValueError as error:
            raise ValueError(f"X[{i}]: {error}") from error
        if item.dtype.kind in "SUT":  # numbers may have been converted to text
            item = np.asarray(tokens, dtype=object)
    if item.ndim != 2 and item.size:
        raise ValueError(
            f"X[{i}] is an array of shape {item.shape}, expected 2 dimensions: (n_tokens, "
            "n_features). Reshape it, to (-1, 1) if each entry is a token."
        )
    return item if item.ndim == 2 else np.empty((0, 0))


def _check_are_vectors(tokens: list, i: int) -> None:
    """Raise a ValueError that names the first token of sequence `i` that differs from others."""
    for t, token in enumerate(tokens):
        if not is_sequence(token):
            raise ValueError(
                f"X[{i}][{t}] is {show(token)} of type {type(token).__name__}, not a vector. "
                f"{_ONE_KIND}{missing_hint(('', token))}"
            )
        if len(token) != len(tokens[0]):
            raise ValueError(
                f"X[{i}][{t}] has {len(token)} features, but X[{i}][0] has {len(tokens[0])}: all "
                "vectors must have the same features."
            )


def check_uniform(properties: list, places: list[int], text: str, rule: str) -> None:
    """Raise a ValueError if a property of a sequence differs from that of the first.

    Parameters
    ----------
    properties : list
        The property of each sequence, such as its number of columns.
    places : list of int
        The index of each of these sequences in X.
    text : str
        The description of a sequence in the message, with ``{}`` for the property.
    rule : str
        The requirement, for the message.
    """
    for value, place in zip(properties, places, strict=True):
        if value != properties[0]:
            odd, first = (text.format(shorten(str(each))) for each in (value, properties[0]))
            raise ValueError(f"X[{place}] {odd}, but X[{places[0]}] {first}: {rule}.")


def mismatch(odd: tuple[str, Any], first: tuple[str, Any]) -> str:
    """Return the text for a value that is not of the type of the first; each is (place, value)."""
    (place, value), (first_place, first_value) = odd, first
    text = f"{place} is {show(value)} of type {type(value).__name__}"
    if place != first_place:
        text += f", but {first_place} is {show(first_value)} of type {type(first_value).__name__}"
    return text + "."


def missing_hint(*places: tuple[str, Any]) -> str:
    """Return advice if a value of any (place, value) is None or NaN, else an empty text."""
    values = [value for _, value in places]
    if any(v is None or (is_a(v, REAL_TYPES) and v != v) for v in values):
        return " Leave out what is missing, or replace it by a value of the right kind."
    return ""


def flatten(values: ArrayLike, name: str, *, vectors: bool = True) -> Flat:
    """Return values with one entry per token, of all sequences one after another.

    Parameters
    ----------
    values : array-like
        A list or array for each sequence; an array whose rows are the sequences; or one entry for
        each row.
    name : str
        The name of the argument, for messages.
    vectors : bool, default=True
        Whether tokens may have vectors, which are returned as one array.

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
    values = unwrap(values)
    if getattr(values, "ndim", 1) > 1 and not sparse.issparse(values):
        items = list(np.asarray(values))
    elif isinstance(values, (list, tuple)) and are_lists(values):
        items = list(values)
    else:
        items = as_items(values, name, _FORM)
    items = [_frame_entries(item) for item in items]
    nested = [isinstance(item, list) or is_sequence(item) for item in items]
    if not any(nested):
        return Flat(name, items, np.ones(len(items), np.intp), is_rows=len(items) > 0)
    if not all(nested):
        odd = nested.index(False)
        raise ValueError(
            f"{name}[{odd}] is {show(items[odd])}, not a sequence, but "
            f"{name}[{nested.index(True)}] is one. {_FORM}"
        )
    lengths = np.fromiter(map(len, items), np.intp, len(items))
    if vectors and lengths.any():
        filled = np.flatnonzero(lengths).tolist()
        if is_sequence(next(iter(items[filled[0]]))):
            return Flat(name, _concatenate(items, filled, name), lengths, is_rows=False)
    lists = (_elements(item) if isinstance(item, np.ndarray) else item for item in items)
    return Flat(name, list(chain.from_iterable(lists)), lengths, is_rows=False)


def _frame_entries(item: Any) -> Any:
    """Return the entries of a data frame of one column, or its rows; anything else unchanged."""
    if isinstance(item, list) or not is_frame(item):
        return item
    values = np.asarray(item, dtype=object if item.shape[1] == 1 else None)
    return values[:, 0] if item.shape[1] == 1 else values


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


def _as_rectangle(item: Any, place: str) -> NDArray[Any]:
    """Return the vectors of a sequence as an array; raise a ValueError if their lengths differ."""
    try:
        return np.asarray(item)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def _concatenate(items: list[Any], filled: list[int], name: str) -> NDArray[Any]:
    """Return the vectors of the sequences that are not empty in one array."""
    matrices = [as_floats(_as_rectangle(items[i], f"{name}[{i}]"), f"{name}[{i}]") for i in filled]
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
    if not isinstance(container, (list, tuple)):
        container = _as_ordered(container, name, advice)
    items = list(container)
    return items if are_lists(items) else [_as_array(item) for item in items]


def _as_ordered(container: Any, name: str, advice: str) -> Any:
    """Return a container, other than a list or tuple, in an ordered form, or raise an error."""
    container = unwrap(container)
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
    return _to_list(container)


def unwrap(container: Any) -> Any:
    """Return the cells of a data frame with one column, if these are sequences, as a list.

    A masked array is returned as :func:`_as_array` does, and anything else unchanged.
    """
    if isinstance(container, np.ma.MaskedArray):
        return _as_array(container)
    if not is_frame(container) or container.shape[1] != 1:
        return container
    column = container.columns[0]
    if not hasattr(column, "to_pylist"):  # the name of the column; pyarrow has the column itself
        column = container[column]
    cells = _to_list(column)
    one_of_each_type = {type(cell): cell for cell in cells}.values()
    return cells if any(is_sequence(c) or is_matrix(c) for c in one_of_each_type) else container


def _to_list(container: Any) -> Any:
    """Return a column of pyarrow, pandas or polars, or an array, as a list; else the container."""
    if isinstance(container, np.ndarray):
        return _elements(container)
    names = ("to_pylist", "to_list", "tolist")
    method = next((name for name in names if hasattr(container, name)), None)
    return getattr(container, method)() if method else container


def _elements(array: NDArray) -> list:
    """Return the elements of an array: Python's, but NumPy's of times, which could become int."""
    return list(array) if array.dtype.kind in "mM" else array.tolist()


def _as_array(item: Any) -> Any:
    """Convert an array of another library, or a column, to NumPy's; return all else unchanged.

    Masked entries are missing values, which become NaN.
    """
    if not hasattr(item, "__array__") or isinstance(item, np.generic) or is_frame(item):
        return item
    is_plain = isinstance(item, np.ma.MaskedArray) and item.dtype.names is None
    if is_plain and np.ma.is_masked(item):
        dtype = item.dtype if item.dtype.kind == "f" else object
        return np.ma.filled(item.astype(dtype), np.nan)
    return np.asarray(item)


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


def is_a(value: Any, types: tuple[type, ...]) -> bool:
    """Return whether a value is of these types; NumPy's durations are not integers."""
    return isinstance(value, types) and not isinstance(value, np.timedelta64)


def all_are(values: Collection, types: tuple[type, ...]) -> bool:
    """Return whether there are values and all are of these types; see :func:`is_a`."""
    kinds = set(map(type, values))
    return bool(kinds) and all(issubclass(k, types) and k is not np.timedelta64 for k in kinds)


def as_floats(array: NDArray, name: str) -> NDArray:
    """Return an array of objects or bytes as float64, and any other unchanged.

    Raises a ValueError that names the first entry that is no number, or too large; `name` is that
    of the array.
    """
    if array.dtype.kind not in "OS":
        return array
    try:
        if array.dtype.kind == "S" and array.size:
            raise TypeError("bytes are not numeric")
        with np.errstate(over="ignore"):
            return array.astype(np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        index = next((k for k, entry in np.ndenumerate(array) if not _is_float(entry)), ())
        place = name + "".join(f"[{k}]" for k in index)
        raise ValueError(f"{place}: {error}. All entries must be numbers.") from error


def _is_float(entry: Any) -> bool:
    """Return whether an entry of an array can be converted to a float."""
    try:
        float(entry)
    except (ValueError, TypeError, OverflowError):
        return False
    return not isinstance(entry, bytes)


def show(value: Any) -> str:
    """Return the repr of a value on one line, shortened."""
    if isinstance(value, np.generic) and value.dtype.kind not in "mM":
        value = value.item()
    try:
        return shorten(repr(value))
    except Exception:  # such as an integer of more digits than Python prints
        return f"an object of type {type(value).__name__}"


def shorten(text: str) -> str:
    """Return text on one line, cut to 60 characters."""
    text = text.replace("\n", " ")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def suggestion(name: Any, known: Iterable[Any]) -> str:
    """Return a hint with the known names that are similar to an unknown one; empty if none are.

    Examples
    --------
    >>> from sklstm._sequences import suggestion
    >>> suggestion("PERSON", ["B-person", "I-person", "O"])
    " Did you mean 'B-person' or 'I-person'?"
    """
    by_text = {str(each).casefold(): each for each in known}
    text = str(name).casefold()
    # Features end in "=value", and tags of spans in "-type".
    ends = f"={text}", f"-{text}"
    similar = [each for each in by_text if each == text or each.endswith(ends)]
    similar = similar or difflib.get_close_matches(text, by_text)
    names = [show(by_text[each]) for each in similar[:_MAX_SUGGESTIONS]]
    return f" Did you mean {' or '.join(names)}?" if names else ""
