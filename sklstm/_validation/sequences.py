"""Containers of sequences: which form X has, and what its tokens are."""

from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_array

from sklstm._sequences import (
    Tokens,
    all_are,
    are_lists,
    as_items,
    is_array,
    is_frame,
    is_matrix,
    is_sequence,
    show,
)
from sklstm._validation.dicts import check_dicts
from sklstm._validation.messages import FORMS, clash, missing_hint
from sklstm._validation.tokens import TOKEN_TYPES, kind_of, refuse_token
from sklstm._validation.vectors import check_block, check_matrices, check_rows


def check_X(X: Any, estimator: BaseEstimator, *, reset: bool) -> Tokens:
    """Judge the sequences that a user passes.

    Parameters
    ----------
    X : object
        Whatever was passed.
    estimator : estimator
        Where the number and the names of the features of vectors are known from or, with
        ``reset``, are written to.
    reset : bool
        Whether this is a new start: features are counted and named anew.

    Returns
    -------
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        Which sequence and token are wrong, and what to do.
    """
    if sparse.issparse(X) or is_frame(X):
        return check_rows(X, estimator, reset)
    if is_array(X):
        X = np.asarray(X)
    if isinstance(X, np.ndarray) and X.ndim != 1:
        return _check_array(X, estimator, reset)
    return _check_items(as_items(X, "X", FORMS["X"]), estimator, reset)


def _check_array(X: NDArray, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Judge an array that is more than a container of sequences."""
    if X.dtype.kind in "OSUT":
        if X.dtype.kind in "UT" or all_are(X.ravel().tolist(), (str, Mapping)):
            if X.ndim == 2:
                return _check_items(X.tolist(), estimator, reset)
            raise ValueError(
                f"X is an array of words or dicts of shape {X.shape}, expected 2 dimensions: a "
                "row for each sequence, an entry for each token. Where its last dimension is a "
                "word and its tag, pass X[..., 0] as X and X[..., 1] as y."
            )
        X = _as_floats(X)
    if X.ndim == 3:
        return check_block(X, estimator, reset)
    if X.ndim > 3:
        raise ValueError(
            f"X is an array of {X.ndim} dimensions, expected 3, (n_sequences, n_timesteps, "
            "n_features), or 2, (n_samples, n_features). Reshape your data: each token is one "
            "vector."
        )
    return check_rows(X, estimator, reset)


def _as_floats(X: NDArray) -> NDArray:
    """Return an array of objects, none of them tokens by themselves, as an array of float."""
    try:
        if X.dtype.kind == "S" and X.size:
            raise TypeError("bytes are no numbers")
        return X.astype(np.float64)
    except (ValueError, TypeError) as error:
        values = X.ravel().tolist()
        first_kind = kind_of(values[0])
        odd = next((k for k, value in enumerate(values) if kind_of(value) != first_kind), 0)
        place, first = ("".join(f"[{n}]" for n in np.unravel_index(k, X.shape)) for k in (odd, 0))
        raise ValueError(
            clash("X", (place, values[odd]), (first, values[0]))
            + "An array must hold only str, only dicts or only numbers."
            + (missing_hint(values[odd]) or missing_hint(values[0]))
        ) from error


def _check_items(items: list, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Judge a list of sequences; the first token there is decides what a token is."""
    _refuse_items(items)
    first = next((i for i, item in enumerate(items) if _length(item)), None)
    if first is None:
        return Tokens("empty", "ragged", np.zeros(len(items), np.intp), [])
    if is_matrix(items[first]):
        return check_matrices(items, estimator, reset)
    token = next(iter(items[first]))
    kind = kind_of(token)
    if kind is None:
        refuse_token(token, f"X[{first}][0]")
        return check_matrices(items, estimator, reset)
    tokens = _flatten(items, kind)
    if kind == "numbers":
        return check_rows(_rectangle(items, tokens), estimator, reset)
    if kind == "dicts":
        check_dicts(tokens)
    return tokens


def _length(item: Any) -> int:
    return item.shape[0] if is_matrix(item) else len(item)


def _refuse_items(items: list) -> None:
    """Refuse what is no sequence of tokens."""
    if are_lists(items):
        return
    if all_are(items, TOKEN_TYPES["numbers"]):
        check_array(np.asarray(items), input_name="X")  # says "Reshape your data"
    for i, item in enumerate(items):
        if isinstance(item, str) and len(item.split()) > 1:
            raise ValueError(
                f"X[{i}] is {show(item)}, text that is not split into words. Split it, for "
                "instance with X = [text.split() for text in X]."
            )
        if isinstance(item, (str, bytes)):
            raise ValueError(
                f"X[{i}] is a {type(item).__name__}, {show(item)}: X looks like one sentence, not "
                f"a list of sentences. Pass [X] if so; split X[{i}] into words if it is a sentence."
            )
        if isinstance(item, Mapping):
            raise ValueError(
                f"X[{i}] is a dict, which is one token: X looks like one sequence, not a list of "
                "sequences. Pass [X] if so."
            )
        if isinstance(item, (Set, Iterator)):
            lack = "order" if isinstance(item, Set) else "length"
            raise TypeError(
                f"X[{i}] is a {type(item).__name__}, which has no {lack}. Make it a list of tokens."
            )
        if not (is_matrix(item) or is_sequence(item)):
            raise ValueError(f"X[{i}] is {show(item)}, not a sequence of tokens. {FORMS['X']}")


def _flatten(items: list, kind: str) -> Tokens:
    """Return the tokens of sequences, all of one kind."""
    if not are_lists(items):
        items = [_as_list(item, i, kind) for i, item in enumerate(items)]
    values = list(chain.from_iterable(items))
    tokens = Tokens(kind, "ragged", np.fromiter(map(len, items), np.intp, len(items)), values)
    types = TOKEN_TYPES[kind]
    if not all_are(values, types):
        odd = next(k for k, value in enumerate(values) if not isinstance(value, types))
        raise ValueError(
            clash("X", (tokens.place(odd), values[odd]), (tokens.place(0), values[0]))
            + "All tokens must be of one kind: str, dict or numeric vector."
            + (missing_hint(values[odd]) or missing_hint(values[0]))
        )
    return tokens


def _as_list(item: Any, i: int, kind: str) -> Any:
    """Return a sequence of tokens that are no vectors as a list or something like it."""
    if not is_matrix(item):
        return item.tolist() if isinstance(item, np.ndarray) else item
    if item.shape[0]:
        raise ValueError(
            f"X[{i}] is of type {type(item).__name__}, a sequence of vectors, but other tokens "
            f"are {kind}: all tokens must be of one kind."
        )
    return []


def _rectangle(items: list, tokens: Tokens) -> NDArray:
    """Return sequences of numbers, which are the rows of one 2-D array, as that array."""
    lengths = tokens.lengths
    odd = np.flatnonzero(lengths != lengths[0])
    if len(odd):
        raise ValueError(
            f"X[{odd[0]}] has {lengths[odd[0]]} numbers, but X[0] has {lengths[0]}. Lists of "
            "numbers are the rows of one array of shape (n_samples, n_features), each a sequence "
            "of one token. For sequences of numbers make each token a vector: "
            "X = [np.reshape(x, (-1, 1)) for x in X]."
        )
    return np.asarray(items)
