"""Data frames of numeric features: their columns, and what these may not hold.

What is read out of a column of dates or times is a count of days or of fractions of a second, by
the library and the column. Such a count is no feature, and a trap: it is refused.
"""

from typing import Any

import numpy as np

from sklstm._sequences import is_frame, show


def first_frame(items: list, filled: list[int]) -> Any:
    """Return the first data frame, whose columns are those of all others; None without any.

    Parameters
    ----------
    items : list
        The sequences.
    filled : list of int
        The places of those that have tokens.

    Returns
    -------
    frame : data frame or None
    """
    frames = [i for i in filled if is_frame(items[i])]
    if not frames:
        return None
    columns = list(items[frames[0]].columns)
    for i in frames:
        if list(items[i].columns) != columns:
            raise ValueError(
                f"The columns of X[{i}] are {show(list(items[i].columns))}, but those of "
                f"X[{frames[0]}] are {show(columns)}: all data frames must have the same columns "
                "in the same order."
            )
    return items[frames[0]]


def columns_of_times(frame: Any) -> list:
    """Return the columns that are made for dates, times or durations."""
    kinds = getattr(frame, "dtypes", ())  # which not every library has
    return [name for name, kind in zip(frame.columns, kinds, strict=False) if _is_of_times(kind)]


def _is_of_times(kind: Any) -> bool:
    """Return whether a type of columns, of pandas or polars, is for dates, times or durations."""
    return getattr(kind, "kind", "") in ("m", "M") or getattr(kind, "is_temporal", bool)()


def refuse_columns(frame: Any, name: str) -> None:
    """Refuse a data frame for the str or the times that it holds; nothing where there are none.

    Parameters
    ----------
    frame : data frame
        One that cannot be taken as numbers.
    name : str
        What messages call it: X, or its place there.
    """
    columns = list(zip(frame.columns, np.asarray(frame).T.tolist(), strict=True))
    for column, values in columns:
        word = next((value for value in values if isinstance(value, str)), None)
        if word is not None:
            hint = _long_format_hint(column) if name == "X" else ""
            raise ValueError(
                f"The column {column!r} of {name} holds str, {show(word)}, but a data frame "
                "holds numeric features, a vector in each row. For words, pass a list of lists of "
                f"str, one list for each sequence.{hint}"
            )
    of_times = columns_of_times(frame)
    for column, values in columns:
        if column in of_times or any(map(_is_time, values)):
            raise ValueError(
                f"The column {column!r} of {name} holds dates, times or durations, but a data "
                "frame holds numeric features. Convert it to numbers, for instance to the hour, "
                "the day of the week or the seconds since the token before, or leave it out."
            )


def _long_format_hint(column: Any) -> str:
    return (
        " From a data frame with one row for each token, sklstm.datasets.sequences_from_frame(X, "
        f"group=..., columns={column!r}) makes such lists."
    )


def _is_time(value: Any) -> bool:
    """Return whether a value is a date, time or duration, of Python or of any library."""
    return hasattr(value, "strftime") or hasattr(value, "total_seconds")
