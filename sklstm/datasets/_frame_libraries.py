"""The same operations on data frames of pandas and polars.

Neither library is imported before it is needed: a user who passes a data frame has imported it.
"""

import sys
from importlib import import_module

import numpy as np


class Pandas:
    """Operations on data frames of pandas."""

    @staticmethod
    def missing(column):
        """Return which values of a column are missing, as an array of bool."""
        return column.isna().to_numpy(dtype=bool)

    @staticmethod
    def group(frame, names):
        """Return the rows sorted by group, and the number of rows in each group.

        Groups come in order of their first row. The columns have no missing values.
        """
        keys = [frame[name] for name in names]
        groups = frame.groupby(keys, sort=False, observed=True).ngroup().to_numpy()
        return np.argsort(groups, kind="stable"), np.bincount(groups)

    @staticmethod
    def assign(frame, columns, indices):
        """Return a frame with more columns; row `k` has the value at ``indices[k]``."""
        assigned = frame.copy(deep=False)
        for name, values in columns.items():
            column = sys.modules["pandas"].Series(values).take(indices)
            assigned[name] = column.array  # an array is not aligned with the index
        return assigned

    @staticmethod
    def concatenate(frames):
        """Return the rows of several frames in one."""
        return sys.modules["pandas"].concat(frames, ignore_index=True)


class Polars:
    """Operations on data frames of polars."""

    @staticmethod
    def missing(column):
        """Return which values of a column are missing, as an array of bool."""
        missing = column.is_null()
        if column.dtype.is_float():
            missing |= column.is_nan().fill_null(True)
        return missing.to_numpy()

    @staticmethod
    def group(frame, names):
        """Return the rows sorted by group, and the number of rows in each group.

        Groups come in order of their first row. The columns have no missing values.
        """
        keys = frame.select(**{f"key_{i}": name for i, name in enumerate(names)})
        groups = keys.with_row_index("row").group_by(keys.columns, maintain_order=True).agg("row")
        order = groups["row"].explode().to_numpy().astype(np.intp)
        return order, groups["row"].list.len().to_numpy().astype(np.intp)

    @staticmethod
    def assign(frame, columns, indices):
        """Return a frame with more columns; row `k` has the value at ``indices[k]``."""
        Series = sys.modules["polars"].Series
        return frame.with_columns(Series(name, values)[indices] for name, values in columns.items())

    @staticmethod
    def concatenate(frames):
        """Return the rows of several frames in one."""
        return sys.modules["polars"].concat(frames, how="vertical_relaxed")


LIBRARIES = {"pandas": Pandas, "polars": Polars}


def name_of_library(frame):
    """Return "pandas" or "polars" for a data frame of that library, None for anything else."""
    for name in LIBRARIES:
        if name in sys.modules and isinstance(frame, sys.modules[name].DataFrame):
            return name
    return None


def take_rows(frame_or_column, order):
    """Return the rows of a data frame or column in another order."""
    return getattr(frame_or_column, "iloc", frame_or_column)[order]


def cut_rows(frame, lengths):
    """Return consecutive parts of a data frame or list, given the number of rows of each."""
    rows = getattr(frame, "iloc", frame)
    stops = np.cumsum(lengths).tolist()
    return [rows[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]


def new_frame(name, columns):
    """Return a data frame of a library from a dict of columns."""
    try:
        return import_module(name).DataFrame(columns)
    except ImportError as error:
        raise ImportError(
            f'output="{name}" needs {name}. Install it, for example with pip install {name}.'
        ) from error
