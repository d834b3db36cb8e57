"""Convert Dask collections of sequences to lists of partitions, and back."""

from typing import Any

import dask
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
    return dask.is_dask_collection(X) or (is_list and all(isinstance(x, Delayed) for x in X))


def kind_of(X: Any, name: str) -> str:
    """Return the kind of a collection: "bag", "list" or "frame".

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
    if is_collection(X) and not isinstance(X, Delayed):
        if isinstance(X, (list, tuple)):
            return "list"
        if isinstance(X, dask.bag.Bag):
            return "bag"
        if hasattr(X, "divisions"):
            return "frame"
    advice = f" Pass its partitions as a list: [{name}]." if isinstance(X, Delayed) else ""
    raise TypeError(f"{name} must be {_FORMS}. Got {show(X)} of type {type(X).__name__}.{advice}")


def partitions_of(X: Any, name: str) -> list[Delayed]:
    """Return the partitions of a collection; :func:`sequences_of` reads them.

    Parameters
    ----------
    X, name
        As for :func:`kind_of`.
    """
    return list(X) if kind_of(X, name) == "list" else list(X.to_delayed())


def map_partitions(function: Any, X: Any, names: Any, dtype: Any) -> Any:
    """Apply a function to each partition, lazily; return a collection of the same kind.

    Parameters
    ----------
    function : callable
        From a list of sequences to one result for each, or a delayed callable or a future of one.
    X : collection
    names : str or list of str
        For data frames: the name, or the names, of the columns of the result.
    dtype : dtype
        For data frames: the type of the results.
    """
    kind, partitions = kind_of(X, "X"), partitions_of(X, "X")
    if kind != "frame":
        results = [delayed(_call)(function, partition) for partition in partitions]
        return results if kind == "list" else dask.bag.from_delayed(results)
    from dask import dataframe

    return dataframe.from_delayed(
        [delayed(_call_on_frame)(function, partition, names, dtype) for partition in partitions],
        meta=_with_results(X._meta.iloc[:0], [], names, dtype),
        divisions=X.divisions,
    )


def _call(function, partition):
    return list(function(sequences_of(partition)))


def _call_on_frame(function, frame, names, dtype):
    return _with_results(frame, function(sequences_of(frame)), names, dtype)


def _with_results(frame, results, names, dtype):
    """Return the results of all tokens, in the order of the rows of a data frame."""
    sequences = frame.index.to_frame(name=_SEQUENCE)
    return tags_to_frame(sequences, results, group=_SEQUENCE, name=names)[names].astype(dtype)


def is_long_frame(partition: Any) -> bool:
    """Return whether a partition is a data frame or a series, with one token in each row."""
    return hasattr(partition, "iloc")


def sequences_of(partition: Any) -> Any:
    """Return the sequences of a partition, in a form that the tagger reads.

    The index of a data frame, or of a series, identifies the sequence of a row. Sequences are in
    the order of their first rows. The values of a series, or of a single column that has no
    numbers, are the entries of a list; several columns, or one of numbers, are a data frame.
    """
    if not is_long_frame(partition):
        return partition if hasattr(partition, "__len__") else list(partition)
    order, lengths = _order(partition)
    stops = np.cumsum(lengths).tolist()
    slices = [slice(a, b) for a, b in zip([0, *stops], stops, strict=False)]
    ordered = partition.iloc[order]
    if partition.ndim == 2:
        if partition.shape[1] > 1 or partition.dtypes.iloc[0].kind in "biuf":
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
