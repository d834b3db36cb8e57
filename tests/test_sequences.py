"""Nested containers, flat tokens and the way back."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sklstm._sequences import (
    Tokens,
    all_are,
    as_items,
    check_same_lengths,
    flatten,
    is_frame,
    is_matrix,
    is_sequence,
    mismatch,
    missing_hint,
    show,
    unwrap,
)

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


def test_durations_are_no_integers():
    assert all_are([1, np.int8(1), True, np.True_], (int, np.integer, np.bool_))
    assert not all_are([1, np.timedelta64(1, "D")], (int, np.integer))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.float32(0.5), "0.5"),
        (np.eye(2), "array([[1., 0.],        [0., 1.]])"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."),
        (np.timedelta64(1, "ns"), "np.timedelta64(1,'ns')"),
    ],
)
def test_values_are_shown_on_one_line_and_not_too_long(value, shown):
    assert show(value) == shown


def test_values_that_cannot_be_shown_are_of_a_type():
    assert show(10**5000) == "an object of type int"


RAGGED = Tokens("words", "ragged", np.array([2, 0, 1]), list("abc"))
BLOCK = Tokens("vectors", "block", np.array([2, 2]), np.arange(12.0).reshape(4, 3))
ROWS = Tokens("vectors", "rows", np.ones(4, int), np.arange(12.0).reshape(4, 3))


def test_values_of_separate_sequences_are_cut_into_an_object_array():
    lists = RAGGED.cut([1, 2, 3])
    assert (type(lists), lists.dtype, lists.tolist()) == (np.ndarray, object, [[1, 2], [], [3]])
    arrays = RAGGED.cut(np.eye(3))
    assert [array.shape for array in arrays] == [(2, 3), (0, 3), (1, 3)]
    assert RAGGED.select(np.array([1])).cut([]).tolist() == [[]]
    assert RAGGED.select(np.empty(0, int)).cut([]).shape == (0,)


def test_values_of_a_block_are_cut_into_a_block():
    assert BLOCK.cut(np.array([1, 2, 3, 4])).tolist() == [[1, 2], [3, 4]]
    np.testing.assert_array_equal(BLOCK.cut(BLOCK.values), np.arange(12.0).reshape(2, 2, 3))
    assert BLOCK.select(np.array([1])).cut(np.array([1, 2])).tolist() == [[1, 2]]
    assert BLOCK.select(np.empty(0, int)).cut(np.empty((0, 3))).shape == (0, 0, 3)


def test_values_of_rows_are_returned_unchanged():
    assert ROWS.cut(ROWS.values) is ROWS.values


LISTS = [["a", "b", "a"], [], ["b"]]
FORMS = {
    "lists": LISTS,
    "tuples": tuple(map(tuple, LISTS)),
    "arrays": [np.array(tags, str) for tags in LISTS],
    "object arrays": [np.array(tags, object) for tags in LISTS],
    "lists and arrays": [LISTS[0], np.array([]), np.array(LISTS[2])],
    "pandas column": pd.Series(LISTS, index=[5, 3, 4]),
    "pandas columns": [pd.Series(t, index=range(5, 5 + len(t)), dtype=str) for t in LISTS],
    "polars column": pl.Series(LISTS),
    "pandas frame": pd.DataFrame({"y": LISTS}, index=[5, 3, 4]),
    "polars frame": pl.DataFrame({"y": LISTS}),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_ragged_labels_are_flattened(form):
    flat = flatten(FORMS[form], "y")
    assert flat.values == ["a", "b", "a", "b"]
    assert flat.lengths.tolist() == [3, 0, 1]
    assert not flat.is_rows
    assert [flat.place(token) for token in (2, 3)] == ["y[0][2]", "y[2][0]"]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("data", [{"y": LISTS, "z": LISTS}, {"y": ["a", "b"]}, {"y": [1, 2]}, {}])
def test_other_frames_than_one_column_of_sequences_stay_frames(frame, data):
    values = frame(data)
    assert unwrap(values) is values


def test_columns_of_any_name_are_found():
    for name in (0, ("y", 1), "y"):
        assert unwrap(pd.DataFrame(pd.Series(LISTS, name=name))) == LISTS


@pytest.mark.parametrize("values", [np.array([1, 2]), [1, 2], pd.Series([1, 2])])
def test_one_entry_per_row_is_a_sequence_of_one_token(values):
    flat = flatten(values, "y")
    assert (flat.values, flat.lengths.tolist(), flat.is_rows) == ([1, 2], [1, 1], True)
    assert flat.lengths.dtype == np.intp
    assert flat.place(1) == "y[1]"


@pytest.mark.parametrize("convert", [np.asarray, np.ndarray.tolist])
def test_vectors_of_tokens_are_flattened_into_one_array(convert):
    proba = np.arange(6.0).reshape(3, 2)
    flat = flatten([convert(proba[:2]), [], convert(proba[2:])], "y_proba")
    np.testing.assert_array_equal(flat.values, proba)
    block = flatten(np.arange(12.0).reshape(2, 2, 3), "y_proba")
    np.testing.assert_array_equal(block.values, np.arange(12.0).reshape(4, 3))


def test_an_entry_that_is_not_a_sequence_is_named():
    with pytest.raises(ValueError, match=r"^y\[1\] is 'b', not a sequence, but y\[0\] is one"):
        flatten([["a"], "b"], "y")


def test_vectors_of_different_lengths_are_named():
    message = (
        r"^y\[1\] is of shape \(1, 3\), but y\[0\] of shape \(2, 2\): all tokens must have as many "
        r"numbers\.$"
    )
    with pytest.raises(ValueError, match=message):
        flatten([np.eye(2), np.ones((1, 3))], "y")


def test_lengths_that_differ_are_named():
    true = flatten(LISTS, "y_true")
    check_same_lengths(true, flatten(LISTS, "y_pred"))
    message = "y_true has 3 sequences, but y_pred has 2: pass both for the same sequences"
    with pytest.raises(ValueError, match=rf"^{message}\.$"):
        check_same_lengths(true, flatten(LISTS[:2], "y_pred"))
    message = r"y_true\[2\] has 1 tokens, but y_pred\[2\] has 2: pass both for the same sequences"
    with pytest.raises(ValueError, match=rf"^{message}, in the same order\.$"):
        check_same_lengths(true, flatten([*LISTS[:2], ["b", "b"]], "y_pred"))


GAPPED = Tokens("words", "ragged", np.array([2, 0, 1, 0, 3]), list("abcdef"))
VECTORS = Tokens("vectors", "rows", np.ones(3, int), np.arange(6.0).reshape(3, 2))


@pytest.mark.parametrize(
    ("token", "place"),
    [(0, "[0][0]"), (1, "[0][1]"), (2, "[2][0]"), (3, "[4][0]"), (5, "[4][2]")],
)
def test_the_place_of_a_token_is_its_sequence_and_its_number_there(token, place):
    assert GAPPED.place(token) == place


def test_the_place_of_a_row_is_its_number():
    assert [VECTORS.place(k) for k in range(3)] == ["[0]", "[1]", "[2]"]


def test_some_of_the_sequences_know_where_they_are_from():
    some = GAPPED.select(np.array([1, 2, 4]))
    assert (some.lengths.tolist(), some.values) == ([0, 1, 3], list("cdef"))
    assert [some.place(k) for k in range(4)] == ["[2][0]", "[4][0]", "[4][1]", "[4][2]"]
    fewer = some.select(np.array([2, 0]))
    assert (fewer.lengths.tolist(), fewer.values) == ([3, 0], list("def"))
    assert fewer.place(1) == "[4][1]"


def test_some_of_the_rows_are_an_array():
    some = VECTORS.select(np.array([2, 0]))
    assert some.values.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert some.place(0) == "[2]"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Ducks", "'Ducks'"),
        (np.str_("Ducks"), "'Ducks'"),
    ],
)
def test_text_is_shown_in_quotes(value, shown):
    assert show(value) == shown


def test_a_mismatch_names_the_first_value_once():
    first = ("X[0][0]", b"a")
    assert mismatch(first, first) == "X[0][0] is b'a' of type bytes."
    expected = "y[1] is 2 of type int, but X[0][0] is b'a' of type bytes."
    assert mismatch(("y[1]", 2), first) == expected


@pytest.mark.parametrize("token", [None, np.nan, np.float32("nan")])
def test_missing_values_get_a_hint(token):
    assert missing_hint(("X[0][0]", "a"), ("X[0][1]", token)).startswith(
        " Leave out what is missin"
    )


@pytest.mark.parametrize("token", [0, np.inf, "nan", b"", 1j])
def test_other_values_get_no_hint(token):
    assert missing_hint(("X[0][0]", token)) == ""
