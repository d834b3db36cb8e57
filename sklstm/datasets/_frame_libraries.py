"""What is asked of data frames, of pandas and of polars alike.

Whoever passes a frame has its library, which is therefore imported where it is needed and nowhere
else.
"""

import sys
from importlib import import_module

import numpy as np


class Pandas:
    """Data frames of pandas."""

    @staticmethod
    def missing(frame, name):
        """Return which values of a column are missing, as an array of bool."""
        return frame[name].isna().to_numpy(dtype=bool)

    @staticmethod
    def group(frame, names):
        """Return the rows, group by group in order of appearance, and the number of each group's.

        No value of the columns is missing.
        """
        factorize = sys.modules["pandas"].factorize
        codes = np.zeros(len(frame), np.int64)
        for name in names:
            values, distinct = factorize(frame[name])
            codes, _ = factorize(codes * len(distinct) + values)
        return np.argsort(codes, kind="stable"), np.bincount(codes)

    @staticmethod
    def values(frame, name, order):
        """Return the values of a column as a list."""
        return frame[name].iloc[order].tolist()

    @staticmethod
    def select(frame, names, order):
        """Return rows of some columns; its slices are frames."""
        return frame[names].iloc[order].iloc

    @staticmethod
    def assign(frame, columns, places):
        """Return a frame with more columns, in whose row `k` are values number `places[k]`."""
        assigned = frame.copy(deep=False)
        for name, values in columns.items():
            column = sys.modules["pandas"].Series(values).take(places)
            assigned[name] = column.array  # an array has no index that would be aligned
        return assigned

    @staticmethod
    def concatenate(frames):
        """Return the rows of several frames as one."""
        return sys.modules["pandas"].concat(frames, ignore_index=True)


class Polars:
    """Data frames of polars."""

    @staticmethod
    def missing(frame, name):
        """Return which values of a column are missing, as an array of bool."""
        column = frame[name]
        missing = column.is_null()
        if column.dtype.is_float():
            missing |= column.is_nan().fill_null(True)
        return missing.to_numpy()

    @staticmethod
    def group(frame, names):
        """Return the rows, group by group in order of appearance, and the number of each group's.

        No value of the columns is missing.
        """
        keys = frame.select(**{f"key_{i}": name for i, name in enumerate(names)})
        groups = keys.with_row_index("row").group_by(keys.columns, maintain_order=True).agg("row")
        order = groups["row"].explode().to_numpy().astype(np.intp)
        return order, groups["row"].list.len().to_numpy().astype(np.intp)

    @staticmethod
    def values(frame, name, order):
        """Return the values of a column as a list."""
        return frame[name][order].to_list()

    @staticmethod
    def select(frame, names, order):
        """Return rows of some columns; its slices are frames."""
        return frame.select(names)[order]

    @staticmethod
    def assign(frame, columns, places):
        """Return a frame with more columns, in whose row `k` are values number `places[k]`."""
        Series = sys.modules["polars"].Series
        return frame.with_columns(Series(name, values)[places] for name, values in columns.items())

    @staticmethod
    def concatenate(frames):
        """Return the rows of several frames as one."""
        return sys.modules["polars"].concat(frames, how="vertical_relaxed")


LIBRARIES = {"pandas": Pandas, "polars": Polars}


def name_of_library(frame):
    """Return "pandas" or "polars", whichever a data frame is of; None for anything else."""
    for name in LIBRARIES:
        if name in sys.modules and isinstance(frame, sys.modules[name].DataFrame):
            return name
    return None


def new_frame(name, columns):
    """Return a data frame of a library, of a dict of columns."""
    try:
        return import_module(name).DataFrame(columns)
    except ImportError as error:
        message = f'output="{name}" needs {name}. Install it, for instance with pip install {name}.'
        raise ImportError(message) from error
