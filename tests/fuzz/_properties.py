"""What holds for every call: it works, or it refuses its input and says where it is wrong."""

import re
import signal
import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator

from ._strategies import UserError

# What a call returns that has refused its input.
REFUSED = object()
# Seconds after which a call hangs; the slowest one takes less than two.
PATIENCE = 60
_DEPTH = 12


def snapshot(value, depth=0, seen=()):
    """Return something that is equal for equal contents: types, values and bytes.

    Objects of other types are compared by identity, and so is what cannot be read.
    """
    if depth > _DEPTH or id(value) in seen:
        return id(value)
    try:
        return _snapshot(value, depth + 1, (*seen, id(value)))
    except Exception:  # of an object of the user
        return id(value)


def _snapshot(value, depth, seen):
    kind = type(value)
    if isinstance(value, BaseEstimator):
        return kind, snapshot(value.__getstate__(), depth, seen)
    if kind in (list, tuple):
        return kind, [snapshot(item, depth, seen) for item in value]
    if kind is dict:
        return kind, [
            (snapshot(k, depth, seen), snapshot(v, depth, seen)) for k, v in value.items()
        ]
    if isinstance(value, np.ma.MaskedArray):
        return kind, snapshot(value.data, depth, seen), snapshot(value.mask, depth, seen)
    if isinstance(value, np.ndarray):
        content = value.tobytes() if value.dtype.kind not in "OT" else None
        items = value.ravel().tolist() if content is None else []
        return kind, value.dtype, value.shape, value.flags.writeable, content, [
            snapshot(item, depth, seen) for item in items
        ]  # fmt: skip
    if sparse.issparse(value):
        return (
            kind,
            value.shape,
            snapshot(value.tocoo().coords, depth),
            value.tocoo().data.tobytes(),
        )
    if isinstance(value, (pd.DataFrame, pd.Series, pl.DataFrame, pl.Series)):
        columns = getattr(value, "columns", [getattr(value, "name", None)])
        return kind, list(map(str, columns)), repr(value.to_numpy().tolist())
    if kind in (str, bytes, int, float, complex, bool, type(None)) or isinstance(value, np.generic):
        return kind, repr(value)
    return id(value)


@contextmanager
def no_hang(seconds=PATIENCE):
    """Raise an error if the block takes longer, where the system has such alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def interrupt(*_):
        raise AssertionError(f"it takes longer than {seconds} seconds")

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def call(function, *args, names, keeps=(), **kwargs):
    """Return the answer of a call, or REFUSED if it raised an error that says where.

    Parameters
    ----------
    function : callable
    *args, **kwargs : object
        Its arguments, which must be unchanged after the call.
    names : str
        A regular expression for the places that an error may name, such as "X|y".
    keeps : sequence of object
        What else must be unchanged if the call refuses its input, such as an estimator to fit.
    """
    passed = [*args, *kwargs.values()]
    before, kept = snapshot(passed), snapshot([*keeps])
    answer, refusal = REFUSED, None
    with warnings.catch_warnings(record=True) as caught, no_hang():
        warnings.simplefilter("always")
        try:
            answer = function(*args, **kwargs)
        except UserError:
            pass
        except (ValueError, TypeError) as error:
            refusal = error
    if refusal is not None and not re.search(rf"\b({names})\b", message_of(refusal)):
        raise AssertionError(f"no place in: {refusal}") from refusal
    for each in caught:
        is_numpy = each.category.__module__.startswith("numpy")
        if is_numpy or not issubclass(each.category, UserWarning):
            raise AssertionError(f"the call has warned: {each}")
    assert snapshot(passed) == before, "the call has changed its input"
    if answer is REFUSED:
        assert snapshot([*keeps]) == kept, "the call has changed the estimator"
    return answer


def message_of(error):
    """Return the message of an error with its notes."""
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


def works(function, *args, names="^$", **kwargs):
    """Return the answer of a call that must not refuse its input."""
    answer = call(function, *args, names=names, **kwargs)
    assert answer is not REFUSED
    return answer


def rows_of(answer):
    """Return what was predicted for each token, one sequence after another, as a list of arrays."""
    return [np.asarray(each) for each in answer]


def assert_probabilities(proba, n_classes):
    """Check that there is a distribution over the classes for each token."""
    for p in rows_of(proba):
        assert p.shape[-1] == n_classes or not p.size
        assert np.isfinite(p).all()
        assert (p >= 0).all()
        np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=0, atol=1e-5)


def assert_same_answer(one, other, *, atol=0):
    """Check that two answers have the same form, and values that differ by `atol` at most."""
    assert type(one) is type(other)
    assert one.shape == other.shape
    for a, b in zip(rows_of(one), rows_of(other), strict=True):
        assert a.shape == b.shape
        if atol:
            np.testing.assert_allclose(a, b, rtol=0, atol=atol)
        else:
            assert a.tolist() == b.tolist()


def fresh_axes():
    """Return axes that no display has drawn on."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.close("all")
    return pyplot.figure().add_subplot()
