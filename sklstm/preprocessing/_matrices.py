"""Sequences of vectors, whatever holds them, as one matrix."""

import sys

import numpy as np
from scipy import sparse

from sklstm._sequences import is_frame, is_sequence, shorten, show


def stack(items):
    """Return the vectors of sequences as one matrix.

    Parameters
    ----------
    items : list
        Arrays, sparse matrices, data frames or lists of vectors; at least one has a token.

    Returns
    -------
    lengths : ndarray of int of shape (n_sequences,)
    matrix : ndarray, CSR matrix or data frame

    Raises
    ------
    ValueError, TypeError
        Which sequence is unlike the others.
    """
    matrices = [_as_matrix(item, i) for i, item in enumerate(items)]
    lengths = np.fromiter((matrix.shape[0] for matrix in matrices), np.intp, len(items))
    filled = np.flatnonzero(lengths).tolist()  # those without a token may lack the columns, too
    parts = [matrices[i] for i in filled]
    library = _common_library(parts, filled)
    if library in ("pandas", "polars"):
        return lengths, _concatenate_frames(parts, filled, library)
    widths = [part.shape[1] for part in parts]
    rule = "all vectors must have the same features"
    _refuse_unlike(widths, filled, "has {} features for each token", rule)
    if library == "scipy":
        return lengths, sparse.vstack(parts, format="csr")
    return lengths, _concatenate_arrays(parts, filled)


def _as_matrix(item, i):
    """Return a sequence of vectors as an array, a sparse matrix or a data frame."""
    if sparse.issparse(item) or is_frame(item):
        return item
    if not isinstance(item, np.ndarray) or (item.ndim == 1 and item.dtype.kind == "O"):
        item = _rows_of(list(item), i)
    if item.ndim == 2:
        return item
    if not item.size:
        return np.empty((0, 0))
    raise ValueError(
        f"X[{i}] is an array of shape {item.shape}, expected 2 dimensions: (n_tokens, "
        "n_features). Reshape it, to (-1, 1) where each entry is a token."
    )


def _rows_of(tokens, i):
    """Return tokens that are vectors as an array; what is no number stays what it is."""
    for t, token in enumerate(tokens):
        if not is_sequence(token):
            raise ValueError(
                f"X[{i}][{t}] is {show(token)} of type {type(token).__name__}, where a vector is "
                "expected: all tokens must be of one kind, str, dict or vector."
            )
        if len(token) != len(tokens[0]):
            raise ValueError(
                f"X[{i}][{t}] has {len(token)} features, but X[{i}][0] has {len(tokens[0])}: all "
                "vectors must have the same features."
            )
    matrix = np.asarray(tokens)
    # NumPy would turn numbers beside words into words.
    return np.asarray(tokens, dtype=object) if matrix.dtype.kind in "SUT" else matrix


def _concatenate_arrays(arrays, places):
    """Return arrays with the same number of columns as one, and never numbers as text."""
    kinds = ["str" if array.dtype.kind in "SUT" else "numbers" for array in arrays]
    if all(array.dtype.kind != "O" for array in arrays):
        _refuse_unlike(kinds, places, "holds {}", "all must be of one kind")
    return np.concatenate(arrays)


def _concatenate_frames(frames, places, library):
    """Return data frames with the same columns as one."""
    columns = frames[0].columns
    alike = columns.equals if library == "pandas" else columns.__eq__
    if not all(alike(frame.columns) for frame in frames):
        names = [list(frame.columns) for frame in frames]
        rule = "all data frames must have the same columns in the same order"
        _refuse_unlike(names, places, "has the columns {}", rule)
    # The library is there, for its frames are.
    if library == "pandas":
        return sys.modules["pandas"].concat(frames)
    return sys.modules["polars"].concat(frames, how="vertical_relaxed")


def _common_library(matrices, places):
    """Return the name of the library that all matrices are of."""
    names = {kind: _library(kind) for kind in set(map(type, matrices))}
    libraries = [names[type(matrix)] for matrix in matrices]
    rule = "all must be of one kind: arrays, sparse matrices or data frames"
    _refuse_unlike(libraries, places, "is a matrix of {}", rule)
    return libraries[0]


def _library(kind):
    """Return the name of the library that a type of matrices is of."""
    for base in kind.__mro__:
        name = base.__module__.partition(".")[0]
        if name in ("numpy", "scipy", "pandas", "polars"):
            return name
    raise TypeError(
        f"X holds a {kind.__module__}.{kind.__qualname__}, which is not known here: data frames "
        "may be those of pandas and of polars."
    )


def _refuse_unlike(traits, places, description, rule):
    """Refuse sequences of which one is not like the first, and name it."""
    for trait, place in zip(traits, places, strict=True):
        if trait != traits[0]:
            odd, first = (description.format(shorten(str(each))) for each in (trait, traits[0]))
            raise ValueError(f"X[{place}] {odd}, but X[{places[0]}] {first}: {rule}.")
