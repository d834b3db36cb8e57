"""Tokens that are numeric vectors: in rows, in a block, or in a matrix for each sequence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sklstm._sequences import Tokens, is_frame, show
from sklstm._validation.frames import columns_of_times, first_frame, refuse_columns
from sklstm._validation.tokens import kind_of, refuse_token


def check_rows(X: Any, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Judge a matrix or data frame, whose rows are sequences of one token."""
    values = _as_numeric(X, estimator, ensure_min_samples=1)
    tokens = Tokens("vectors", "rows", np.ones(values.shape[0], np.intp), values)
    return _check_vectors(tokens, X if is_frame(X) else values, estimator, reset)


def check_block(X: NDArray, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Judge an array of shape (n_sequences, n_timesteps, n_features)."""
    n_sequences, n_steps, n_features = X.shape
    if not n_sequences:
        raise ValueError(
            f"X has 0 sequences (shape={X.shape}) while a minimum of 1 is required. Pass the "
            "empty list to predict nothing."
        )
    values = _as_numeric(X.reshape(n_sequences * n_steps, n_features), estimator)
    tokens = Tokens("vectors", "block", np.full(n_sequences, n_steps, np.intp), values)
    return _check_vectors(tokens, values, estimator, reset)


def check_matrices(items: list, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Judge sequences of vectors, and stack them."""
    matrices = [_as_matrix(item, i, estimator) for i, item in enumerate(items)]
    lengths = np.fromiter((matrix.shape[0] for matrix in matrices), np.intp, len(items))
    filled = np.flatnonzero(lengths).tolist()
    first = filled[0]
    for i in filled:
        if matrices[i].shape[1] != matrices[first].shape[1]:
            raise ValueError(
                f"X[{i}] has {matrices[i].shape[1]} features for each token, but X[{first}] has "
                f"{matrices[first].shape[1]}: all vectors must have the same features."
            )
    frame = first_frame(items, filled)
    values = _as_numeric(_stack([matrices[i] for i in filled]), estimator)
    tokens = Tokens("vectors", "ragged", lengths, values)
    return _check_vectors(tokens, values if frame is None else frame, estimator, reset)


def _stack(matrices: list) -> Any:
    """Return one matrix above the other, sparse if any of them is."""
    if any(map(sparse.issparse, matrices)):
        return sparse.vstack([sparse.csr_array(matrix) for matrix in matrices], format="csr")
    return np.concatenate(matrices)


def _as_matrix(item: Any, i: int, estimator: BaseEstimator) -> Any:
    """Return a sequence of vectors as an array or sparse matrix of shape (n_tokens, n_features)."""
    if sparse.issparse(item):
        return item
    if is_frame(item):
        return _frame_as_matrix(item, i, estimator)
    if isinstance(item, np.ndarray) and item.dtype.kind == "O":
        item = item.tolist()
    try:
        matrix = np.asarray(item)
        if matrix.dtype.kind == "O":
            matrix = matrix.astype(np.float64)
    except (ValueError, TypeError):
        matrix = np.asarray("not numeric")
    if matrix.size and (matrix.ndim != 2 or matrix.dtype.kind in "SUT"):
        _refuse_matrix(item, i)
    return matrix if matrix.ndim == 2 else np.empty((0, 0))


def _frame_as_matrix(frame: Any, i: int, estimator: BaseEstimator) -> Any:
    if not frame.shape[0]:
        return np.empty(frame.shape)
    matrix = np.asarray(frame)  # quick, where the columns are plain numbers
    if matrix.dtype.kind in "biuf" and not columns_of_times(frame):
        return matrix
    return _as_numeric(frame, estimator, f"X[{i}]")


def _refuse_matrix(item: Any, i: int) -> None:
    """Say what makes a sequence no matrix: its shape, or which of its tokens."""
    if isinstance(item, np.ndarray) and item.ndim != 2:
        raise ValueError(
            f"X[{i}] is an array of shape {item.shape}, expected 2 dimensions: (n_tokens, "
            "n_features). Reshape it, to (-1, 1) where each number is a token."
        )
    tokens = item.tolist() if isinstance(item, np.ndarray) else list(item)
    widths = [_width(token) for token in tokens]
    t = next((t for t, width in enumerate(widths) if width is None or width != widths[0]), 0)
    place = f"X[{i}][{t}]"
    if widths[t] is not None:
        raise ValueError(
            f"{place} has {widths[t]} features, but X[{i}][0] has {widths[0]}: all vectors must "
            "have the same features."
        )
    if kind_of(tokens[t]) is None:
        refuse_token(tokens[t], place)
    raise ValueError(
        f"{place} is {show(tokens[t])} of type {type(tokens[t]).__name__}, not a numeric vector "
        "as other tokens are: each sequence must be an array of shape (n_tokens, n_features)."
    )


def _width(token: Any) -> int | None:
    """Return the length of a numeric vector; None for anything else."""
    try:
        vector = np.asarray(token)
    except ValueError:
        return None
    return len(vector) if vector.ndim == 1 and vector.dtype.kind in "biufc" else None


def _as_numeric(
    X: Any, estimator: BaseEstimator, name: str = "X", ensure_min_samples: int = 0
) -> Any:
    """Return a matrix in its own precision, float32 or float64; it may hold NaN."""
    if is_frame(X) and columns_of_times(X):
        refuse_columns(X, name)
    try:
        return check_array(
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
            ensure_min_samples=ensure_min_samples,
            estimator=estimator,
            input_name="X",
        )
    except (ValueError, TypeError):
        if is_frame(X):
            refuse_columns(X, name)
        raise


def _check_vectors(tokens: Tokens, named: Any, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Judge the features of vectors, whose names `named` knows, and their numbers."""
    validate_data(estimator, named, reset=reset, skip_check_array=True)
    values = tokens.values
    if not np.isfinite(values.data if sparse.issparse(values) else values).all():
        _refuse_not_finite(tokens, named)
    return tokens


def _refuse_not_finite(tokens: Tokens, named: Any) -> None:
    values = sparse.coo_array(tokens.values)
    k = np.flatnonzero(~np.isfinite(values.data))[0]
    feature = named.columns[values.col[k]] if is_frame(named) else values.col[k]
    problem = "NaN" if np.isnan(values.data[k]) else "infinity"
    raise ValueError(
        f"Input X contains {problem}, first in X{tokens.place(values.row[k])}, feature "
        f"{show(feature)}. {_PADDING_HINT if _looks_padded(tokens) else _IMPUTE_HINT}"
    )


_IMPUTE_HINT = "Impute or leave out such values, for instance with sklearn.impute."
_PADDING_HINT = (
    "NaN fills whole tokens, before or after the others of their sequences, which looks like "
    "padding. Cut it off, from y too: sequences may differ in length, as in "
    "X = [x[~np.isnan(x).all(axis=1)] for x in X]. Or fill it with 0, and give it any tag in y and "
    "the weight 0 in sample_weight."
)


def _looks_padded(tokens: Tokens) -> bool:
    """Return whether NaN fills whole tokens, and none between others of its sequence."""
    values = tokens.values
    if tokens.form == "rows" or sparse.issparse(values):
        return False
    filled = np.flatnonzero(~np.isnan(values).all(axis=1))
    if not len(filled) or not np.isfinite(values[filled]).all():
        return False
    sequences = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)[filled]
    return not ((np.diff(filled) > 1) & (np.diff(sequences) == 0)).any()
