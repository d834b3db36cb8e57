"""What tells containers apart, and how values are shown."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sklstm._containers import all_are, as_items, is_frame, is_matrix, is_sequence, show

FRAMES = [pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})]


@pytest.mark.parametrize("item", [[], (), np.ones(2), np.array([]), pd.Series([1]), pl.Series([1])])
def test_what_has_an_order_is_a_sequence(item):
    assert is_sequence(item)
    assert not is_matrix(item)


@pytest.mark.parametrize(
    "item", ["Ducks", b"Ducks", {"a": 1}, {1}, iter([1]), None, 1, np.float64(1), np.array(1)]
)
def test_values_are_no_sequences(item):
    assert not is_sequence(item)
    assert not is_matrix(item)


@pytest.mark.parametrize("item", [np.eye(2), sparse.csr_array(np.eye(2)), *FRAMES])
def test_matrices_have_rows_and_columns(item):
    assert is_matrix(item)
    assert is_frame(item) == any(item is frame for frame in FRAMES)


@pytest.mark.parametrize(
    "container", [[[1], [2]], ([1], [2]), np.array([[1], [2]]), pd.Series([[1], [2]], index=[5, 3])]
)
def test_items_are_plain(container):
    assert as_items(container, "X", "") == [[1], [2]]


def test_arrays_among_items_are_those_of_numpy():
    items = as_items([pd.Series([1, 2], index=[5, 3]), "a", FRAMES[0]], "X", "")
    assert [type(item) for item in items] == [np.ndarray, str, pd.DataFrame]


@pytest.mark.parametrize("container", ["a", {"a": 1}, {1}, 3, None, np.array(3)])
def test_what_is_no_list_is_refused_with_advice(container):
    with pytest.raises(TypeError, match=r"^y is of type \w+, not a list. Pass something else.$"):
        as_items(container, "y", "Pass something else.")


def test_what_can_be_read_once_is_refused():
    with pytest.raises(TypeError, match=r"read only once. Pass list\(y\) instead"):
        as_items(iter([[1]]), "y", "Pass something else.")


def test_nothing_is_of_no_kind():
    assert all_are(["a", np.str_("b")], (str,))
    assert not all_are(["a", 1], (str,))
    assert not all_are([], (str,))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.float32(0.5), "0.5"),
        (np.eye(2), "array([[1., 0.],        [0., 1.]])"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."),
    ],
)
def test_values_are_shown_on_one_line_and_not_too_long(value, shown):
    assert show(value) == shown
