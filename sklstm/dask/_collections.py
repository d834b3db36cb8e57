"""Convert Dask collections of sequences to lists of partitions, and back."""

from typing import Any

import dask.bag
import numpy as np
from dask import delayed
from dask.delayed import Delayed

from sklstm._sequences import show
from sklstm.datasets import tags_to_frame

_FORMS = (
    "a dask.bag of sequences, a list of delayed lists of sequences, or a dask.dataframe with one "
    "token in each row, whose index is the sequence"
)
# A column that users do not have.
_SEQUENCE = "<sequence>"


def is_collection(X: Any) -> bool:
    """Return whether X is a Dask collection, or a list of delayed partitions."""
    is_list = isinstance(X, (list, tuple)) and len(X) > 0
    return hasattr(X, "to_delayed") or (is_list and all(isinstance(x, Delayed) for x in X))


def partitions_of(X: Any, name: str) -> list[Delayed]:
    """Return the partitions of a collection, each a delayed list of sequences.

    Parameters
    ----------
    X : dask.bag.Bag, list of Delayed, dask.dataframe.DataFrame or dask.dataframe.Series
    name : str
        The name of the argument, for errors.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if not is_collection(X):
        raise TypeError(f"{name} must be {_FORMS}. Got {show(X)} of type {type(X).__name__}.")
    if isinstance(X, (list, tuple)):
        return list(X)
    if hasattr(X, "divisions"):
        return [delayed(sequences_of)(part) for part in X.to_delayed()]
    return [delayed(list)(part) for part in X.to_delayed()]


def map_partitions(function: Any, X: Any, meta: Any) -> Any:
    """Apply a function to each partition, lazily; return a collection of the same kind.

    Parameters
    ----------
    function : callable
        From a list of sequences to one result for each, or a delayed callable or a future of one.
    X : collection
    meta : tuple
        For data frames: the name, or the list of names, of the columns of the result.
    """
    call = delayed(_call)
    if isinstance(X, (list, tuple)):
        return [call(function, part) for part in X]
    parts = X.to_delayed()
    if not hasattr(X, "divisions"):
        return dask.bag.from_delayed([call(function, delayed(list)(part)) for part in parts])
    from dask import dataframe

    return dataframe.from_delayed(
        [delayed(_call_on_frame)(function, part, meta) for part in parts],
        meta=_with_results(X._meta.iloc[:0], [], meta),
        divisions=X.divisions,
    )


def _call(function, sequences):
    return list(function(sequences))


def _call_on_frame(function, frame, names):
    return _with_results(frame, function(sequences_of(frame)), names)


def _with_results(frame, results, names):
    """Return the results of all tokens, in the order of the rows of a data frame."""
    sequences = frame.index.to_frame(name=_SEQUENCE)
    columns = tags_to_frame(sequences, results, group=_SEQUENCE, name=names)[names]
    return columns.astype(np.float64 if isinstance(names, list) else object)


def sequences_of(frame: Any) -> list[Any]:
    """Return the sequences of a pandas data frame, or of a series, whose index names them.

    They are in the order of their first rows. The values of a series, or of a single column that
    has no numbers, are the entries of a list; several columns, or one of numbers, are a data frame.
    """
    order, lengths = _order(frame)
    stops = np.cumsum(lengths).tolist()
    slices = [slice(a, b) for a, b in zip([0, *stops], stops, strict=False)]
    ordered = frame.iloc[order]
    if frame.ndim == 2:
        if frame.shape[1] > 1 or frame.dtypes.iloc[0].kind in "biuf":
            return [ordered.iloc[rows] for rows in slices]
        ordered = ordered.iloc[:, 0]
    values = ordered.tolist()
    return [values[rows] for rows in slices]


def _order(frame):
    """Return the rows of all sequences, one after another, and the lengths of the sequences."""
    codes, _ = frame.index.factorize()
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise ValueError(f"The index, which is the sequence of each row, is missing in row {row}.")
    return np.argsort(codes, kind="stable"), np.bincount(codes)
