"""Convert sequences to one table for a transformer of scikit-learn, and back."""

import sys

import numpy as np
from scipy import sparse

from sklstm._sequences import (
    Flat,
    Tokens,
    as_items,
    as_matrices,
    chain_tokens,
    check_same_lengths,
    check_uniform,
    flatten,
    is_frame,
    is_sequence,
    recognize,
    show,
)

_FORM = "Pass a list or array for each sequence, with one entry for each of its tokens."


def gather(X):
    """Return the tokens of sequences in any form that the tagger takes.

    Parameters
    ----------
    X : object
        As the user passed it.

    Returns
    -------
    tokens : Tokens
        Its values are a list of str or dict, an array, a CSR matrix or a data frame. Rows are not
        validated: the transformer does this.

    Raises
    ------
    ValueError, TypeError
        If X is invalid; the message names the sequence and the token.
    """
    form, kind, sequences = recognize(X)
    if form == "rows":
        return Tokens(kind, form, np.ones(count_rows(sequences) or 0, np.intp), sequences)
    if form == "block":
        n_sequences, n_steps, n_features = sequences.shape
        values = sequences.reshape(n_sequences * n_steps, n_features)
        return Tokens(kind, form, np.full(n_sequences, n_steps), values)
    if kind == "empty":
        return Tokens(kind, form, np.zeros(len(sequences), np.intp), [])
    if kind == "vectors":
        return _stack(sequences)
    return chain_tokens(sequences, kind)


def count_rows(values):
    """Return the number of rows of a matrix or list; None for anything else."""
    if hasattr(values, "shape"):
        return values.shape[0] if values.shape else None
    return len(values) if hasattr(values, "__len__") else None


def cut(answer, tokens):
    """Return the result of a transformer, a row for each token, in the form of the sequences."""
    if tokens.form == "rows" or (tokens.form == "block" and isinstance(answer, np.ndarray)):
        return tokens.cut(answer)
    if sparse.issparse(answer):
        answer = answer.tocsr()
    rows = getattr(answer, "iloc", answer)
    stops = np.cumsum(tokens.lengths).tolist()
    return [rows[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]


def flatten_aligned(values, tokens, name):
    """Return values with one entry per token, such as tags, as one array; for rows unchanged.

    Parameters
    ----------
    values : array-like
        One list for each sequence, with one entry for each of its tokens.
    tokens : Tokens
    name : str
        The name of the argument, for messages.
    """
    if tokens.form == "rows":
        return values
    flat = flatten(values, name)
    if flat.is_rows:
        raise ValueError(f"{name}[0] is {show(flat.values[0])}, not a sequence. {_FORM}")
    check_same_lengths(Flat("X", [], tokens.lengths, is_rows=False), flat)
    return np.asarray(flat.values)


def spread(metadata, tokens, name):
    """Return metadata with one entry per token if it depends on the sequences.

    One entry per sequence is repeated for its tokens; one list per sequence is flattened. Anything
    else, such as a number or a dict, does not depend on sequences and is returned unchanged.
    """
    if tokens.form == "rows" or is_frame(metadata) or not is_sequence(metadata):
        return metadata
    items = as_items(metadata, name, "Pass one value for each sequence.")
    if len(items) == len(tokens.lengths):
        if any(map(is_sequence, items)):
            return flatten_aligned(items, tokens, name)
        return np.repeat(np.asarray(items), tokens.lengths)
    if name == "sample_weight":
        raise ValueError(
            f"X has {len(tokens.lengths)} sequences, but sample_weight has {len(items)} entries: "
            "pass one weight for each sequence, or one for each token in the form of y."
        )
    return metadata


def _stack(items):
    """Return the vectors of sequences as one array, CSR matrix or data frame."""
    lengths, places, matrices = as_matrices(items)
    libraries = [_library(type(matrix)) for matrix in matrices]
    rule = "all must be of one kind: arrays, sparse matrices or data frames"
    check_uniform(libraries, places, "is a matrix of {}", rule)
    if libraries[0] in ("pandas", "polars"):
        library = sys.modules[libraries[0]]  # imported, as its frames exist
        how = {"how": "vertical_relaxed"} if libraries[0] == "polars" else {}
        return Tokens("vectors", "ragged", lengths, library.concat(matrices, **how))
    if libraries[0] == "scipy":
        return Tokens("vectors", "ragged", lengths, sparse.vstack(matrices, format="csr"))
    if all(array.dtype.kind != "O" for array in matrices):  # NumPy would convert numbers to str
        kinds = ["str" if array.dtype.kind in "SUT" else "numbers" for array in matrices]
        check_uniform(kinds, places, "holds {}", "all must be of one kind")
    return Tokens("vectors", "ragged", lengths, np.concatenate(matrices))


def _library(kind):
    """Return the name of the library of a type of matrices."""
    for base in kind.__mro__:
        name = base.__module__.partition(".")[0]
        if name in ("numpy", "scipy", "pandas", "polars"):
            return name
    raise TypeError(
        f"X contains a {kind.__module__}.{kind.__qualname__}, which is not supported: data frames "
        "must be from pandas or polars."
    )
