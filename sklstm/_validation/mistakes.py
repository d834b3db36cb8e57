"""Warn about input that is valid, but probably a mistake."""

import inspect
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import gen_batches

from sklstm._sequences import Tokens, is_frame, show

# Where docs/benchmarks/input_scale.py shows a clear loss: the mean absolute value of a column,
# or the largest number of X and the mean sum of the absolute values of a token. One-hot columns,
# codes up to 10, tf-idf and vectors of length 1 are within the limits, with any number of columns.
_LARGE, _SMALL, _SMALL_SUM = 8.0, 0.5, 0.75
_BLOCK = 2**18  # stored numbers
_N_SHOWN = 10  # columns


def warn(message: str) -> None:
    """Issue a UserWarning for the first line outside of this package and scikit-learn."""
    level, frame = 1, inspect.currentframe()
    while frame and frame.f_globals.get("__name__", "").startswith(("sklstm.", "sklearn.")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def warn_for_scale(tokens: Tokens, estimator: BaseEstimator) -> None:
    """Warn if columns of vectors are far from unit scale.

    Parameters
    ----------
    tokens : Tokens
        Of kind "vectors".
    estimator : estimator
        Its ``feature_names_in_``, if any, name the columns.
    """
    values = tokens.values
    means, largest = _absolute_values(values)
    n_far = int(np.count_nonzero(means > _LARGE))
    if not n_far and 0 < largest < _SMALL and means.sum() < _SMALL_SUM:
        n_far = len(means)
    if not n_far:
        return
    k = int(means.argmax())
    column = values[:, [k]]
    column = np.float64(column.toarray() if sparse.issparse(column) else column)
    with np.errstate(over="ignore"):
        shown = f"mean {column.mean():.3g} and standard deviation {column.std():.3g}"
    name = getattr(estimator, "feature_names_in_", range(len(means)))[k]
    others = f", and {n_far - 1} more columns are like it" if n_far > 1 else ""
    scaler = "MaxAbsScaler" if sparse.issparse(values) else "StandardScaler"
    warn(
        f"Column {show(name)} of X has {shown}{others}. The tagger learns little from numbers that "
        "are far from unit scale. Scale them: "
        f"make_pipeline(TokenTransformer({scaler}()), BiLSTMTagger(...)), with "
        "sklstm.preprocessing.TokenTransformer."
    )


def _absolute_values(values: Any) -> tuple[NDArray[np.float64], float]:
    """Return the mean absolute value of each column, and the largest of all absolute values.

    They are computed from blocks of rows, so that there is no copy of all values.
    """
    n_rows, n_columns = values.shape
    totals, largest = np.zeros(n_columns), 0.0
    with np.errstate(over="ignore"):
        for rows in gen_batches(n_rows, max(1, _BLOCK * n_rows // max(1, values.size))):
            absolute = abs(values[rows])
            totals += np.ravel(absolute.sum(axis=0, dtype=np.float64))
            largest = max(largest, absolute.max())
    return totals / n_rows, largest


def warn_for_rows(X: Any, tokens: Tokens, estimator: BaseEstimator, *, reset: bool) -> None:
    """Warn if rows, which are sequences of one token each, seem to be longer sequences.

    Parameters
    ----------
    X : object
        As the user passed it.
    tokens : Tokens
        Of form "rows".
    estimator : estimator
    reset : bool
        Whether this is the training set of a new model.
    """
    index: Any = getattr(X, "index", None)
    is_panel = is_frame(X) and getattr(index, "nlevels", 1) > 1
    if is_panel and not index.droplevel(-1).is_unique:
        names = [f"level_{i}" if name is None else name for i, name in enumerate(index.names)]
        group = names[0] if len(names) == 2 else names[:-1]
        columns = list(X.columns) if X.shape[1] <= _N_SHOWN else "list(X.columns)"
        warn(
            f"X is a data frame with the index levels {show(list(index.names))}, which looks like "
            "a panel of series, but each row is read as a sequence of one token. Make a sequence "
            "of each series: sklstm.datasets.sequences_from_frame(X.reset_index(), "
            f"group={group!r}, columns={columns}). It cuts a column of tags, too: pass its "
            "name as target."
        )
    elif not (reset or len(tokens.lengths) == 1 or getattr(estimator, "_single_tokens", True)):
        warn(
            f"X has {len(tokens.lengths)} rows, and each is read as a sequence of one token, but "
            "this BiLSTMTagger was fitted on longer sequences. If X is one recording, pass [X], "
            "and [y] in score; for an array also X[None]."
        )
