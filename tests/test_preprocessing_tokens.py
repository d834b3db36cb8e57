"""Tokens of sequences one after another, and what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sklstm.preprocessing._tokens import cut, gather

WORDS = ["Ducks", "swim"]
DICTS = [{"word": "Ducks"}, {"word": "swim"}]
ARRAY = np.arange(6.0).reshape(2, 3)
OBJECTS = np.array([["Ducks", 5], ["swim", 4]], dtype=object)
SPARSE = sparse.csr_array(ARRAY)
PANDAS = pd.DataFrame({"word": WORDS, "length": [5, 4]})
POLARS = pl.DataFrame({"word": WORDS, "length": [5, 4]})
EACH = {
    "words": WORDS, "dicts": DICTS, "array": ARRAY, "objects": OBJECTS, "sparse": SPARSE,
    "pandas": PANDAS, "polars": POLARS, "vectors": ARRAY.tolist(),
}  # fmt: skip


def plain(rows):
    """Return the rows of anything as lists."""
    if sparse.issparse(rows):
        rows = rows.toarray()
    if isinstance(rows, (pd.DataFrame, pl.DataFrame)):
        return [list(row) for row in zip(*(rows[name] for name in rows.columns), strict=True)]
    return rows.tolist() if isinstance(rows, np.ndarray) else list(rows)


@pytest.mark.parametrize("kind", EACH)
@pytest.mark.parametrize("outer", [list, tuple, "object array"])
def test_tokens_are_laid_one_after_another_and_cut_again(kind, outer):
    sequence = EACH[kind]
    items = [sequence, sequence[:0], sequence[:1], [], sequence]
    if outer == "object array":
        X = np.empty(len(items), dtype=object)
        X[:] = items
    else:
        X = outer(items)
    tokens = gather(X)
    expected = plain(sequence) + plain(sequence)[:1] + plain(sequence)
    assert plain(tokens.values) == expected
    assert tokens.lengths.tolist() == [2, 0, 1, 0, 2]
    pieces = cut(tokens.values, tokens)
    assert [plain(piece) for piece in pieces] == [expected[:2], [], expected[2:3], [], expected[3:]]


@pytest.mark.parametrize("kind", ["sparse", "pandas", "polars"])
def test_matrices_keep_their_type(kind):
    tokens = gather([EACH[kind], EACH[kind]])
    assert type(tokens.values) is type(EACH[kind])
    assert all(type(piece) is type(EACH[kind]) for piece in cut(tokens.values, tokens))


def test_other_sparse_formats_are_cut_as_csr():
    pieces = cut(sparse.coo_array(np.eye(2)), gather([["a"], ["b"]]))
    assert [piece.format for piece in pieces] == ["csr", "csr"]


def test_a_column_of_lists_holds_sequences():
    for series in (pd.Series([WORDS, ["Hush"]]), pl.Series([WORDS, ["Hush"]])):
        assert gather(series).values == ["Ducks", "swim", "Hush"]


def test_empty_matrices_are_empty_sequences_of_anything():
    for empty in (PANDAS[:0], POLARS[:0], SPARSE[:0], ARRAY[:0]):
        tokens = gather([empty, WORDS, empty])
        assert (tokens.values, tokens.lengths.tolist()) == (WORDS, [0, 2, 0])
        assert gather([ARRAY, empty]).lengths.tolist() == [2, 0]


def test_columns_and_arrays_of_words_are_sequences_too():
    for item in (pd.Series(WORDS), pl.Series(WORDS), np.array(WORDS), np.array(WORDS, object)):
        assert gather([item]).values == WORDS


def test_what_can_be_an_array_is_one():
    class Recording:
        def __array__(self, dtype=None, copy=None):
            return ARRAY

    assert gather([Recording(), Recording()]).values.shape == (4, 3)


def test_an_array_of_words_has_a_sequence_in_each_row():
    for dtype in (str, object):
        tokens = gather(np.array([WORDS, WORDS], dtype))
        assert (tokens.form, tokens.values) == ("ragged", WORDS + WORDS)
    assert gather(np.empty((2, 0), str)).lengths.tolist() == [0, 0]
    assert gather(np.empty((2, 0), object)).form == "rows"


def test_a_block_is_cut_into_a_block():
    X = np.arange(24).reshape(2, 3, 4)
    tokens = gather(X)
    np.testing.assert_array_equal(cut(tokens.values, tokens), X)
    assert [piece.shape for piece in cut(sparse.csr_array(tokens.values), tokens)] == [(3, 4)] * 2


@pytest.mark.parametrize(
    "X", [ARRAY, SPARSE, PANDAS, POLARS, OBJECTS, ARRAY.tolist(), [1.0, 2.0], np.ones(3)]
)
def test_tables_are_rows_and_stay_what_they_are(X):
    tokens = gather(X)
    assert tokens.form == "rows"
    assert plain(tokens.values) == plain(X)
    assert cut("answer", tokens) == "answer"


def test_tuples_with_words_and_numbers_keep_their_numbers():
    values = gather([[("Ducks", 5), ("swim", 4)]]).values
    assert values.tolist() == [["Ducks", 5], ["swim", 4]]


def test_numbers_of_other_types_are_one_array():
    values = gather([np.ones((1, 2), np.int64), np.zeros((1, 2), np.float32)]).values
    assert values.tolist() == [[1, 1], [0, 0]]
    assert gather([OBJECTS, np.array([["a", "b"]])]).values[2].tolist() == ["a", "b"]


def test_frames_keep_their_index():
    for first, second in ([7, 8], [1, 2]), ([0.5, 1.5], [2.0, 4.0]):
        tokens = gather([PANDAS.set_axis(first), PANDAS.set_axis(second)])
        assert tokens.values.index.tolist() == first + second
        assert [piece.index.tolist() for piece in cut(tokens.values, tokens)] == [first, second]


def test_polars_frames_of_other_number_types_are_one_frame():
    ints, floats = pl.DataFrame({"x": [1]}), pl.DataFrame({"x": [0.5]})
    assert gather([ints, floats]).values["x"].to_list() == [1.0, 0.5]


WRONG = {
    "one sentence": (WORDS, r"X\[0\] is a str, 'Ducks': X looks like one sequence.*Pass \[X\]"),
    "one dict sequence": (DICTS, r"X\[0\] is a dict, .* Pass \[X\]"),
    "a word, then a number": ([WORDS, ["a", 1]], r"X\[1\]\[1\] is 1 of type int, but .* type str"),
    "a missing word": ([WORDS, [None]], r"X\[1\]\[0\] is None of type NoneType"),
    "a dict among words": ([WORDS, DICTS], r"X\[1\]\[0\] is .* of type dict, but .* of type str"),
    "a word among dicts": ([DICTS, WORDS], r"X\[1\]\[0\] is 'Ducks' of type str, but .* type dict"),
    "a frame among words": ([WORDS, PANDAS], r"X\[1\] is of type DataFrame"),
    "words among frames": ([PANDAS, WORDS], r"X\[1\]\[0\] is 'Ducks' of type str, not a vector"),
    "two libraries": ([PANDAS, [], POLARS], r"X\[2\] is a matrix of polars, but X\[0\] .* pandas"),
    "sparse and dense": ([ARRAY, SPARSE], r"X\[1\] is a matrix of scipy, but X\[0\] .* numpy"),
    "other columns": ([PANDAS, PANDAS[["length", "word"]]], r"X\[1\] has the columns \['length'"),
    "other polars columns": ([POLARS, POLARS[:, :1]], r"X\[1\] has the columns \['word'\]"),
    "other widths": ([[], ARRAY, ARRAY[:, :2]], r"X\[2\] has 2 features .* X\[1\] has 3"),
    "a ragged vector": ([ARRAY, [[1, 2, 3], [1, 2]]], r"X\[1\]\[1\] has 2 features, but X\[1\]\[0"),
    "a number among vectors": ([ARRAY, [[1, 2, 3], 4]], r"X\[1\]\[1\] is 4 of type int"),
    "numbers and text": ([ARRAY, np.full((1, 3), "a")], r"X\[1\] holds str, but X\[0\] holds num"),
    "a flat sequence": ([ARRAY, np.ones(3)], r"X\[1\] is an array of shape \(3,\).* \(-1, 1\)"),
    "a deep sequence": ([np.ones((2, 2, 2))], r"X\[0\] is an array of shape \(2, 2, 2\)"),
    "ragged rows": ([[1, 2], [3]], r"X\[1\] has 1 numbers, but X\[0\] has 2.*np.reshape"),
    "four dimensions": (np.ones((2, 2, 2, 2)), "X is an array of 4 dimensions, expected 3"),
    "nothing": ([WORDS, None], r"X\[1\] is None, not a sequence"),
    "bytes": ([[b"Ducks"]], r"X\[0\]\[0\] is b'Ducks' of type bytes"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_place(case):
    X, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        gather(X)


@pytest.mark.parametrize("case", {
    "an iterator": (iter([WORDS]), r"X is of type list_iterator.*list\(X\)"),
    "a dict": ({"a": 1}, "X is of type dict, not a list"),
    "a text": ("Ducks swim", "X is of type str, not a list"),
    "a set": ([{"a"}], r"X\[0\] is a set, which has no order"),
}.items(), ids=lambda case: case[0])  # fmt: skip
def test_what_is_no_sequence_is_a_type_error(case):
    X, message = case[1]
    with pytest.raises(TypeError, match=message):
        gather(X)


def test_an_unknown_kind_of_frame_is_named():
    class Frame:
        shape, columns = (1, 2), ["a", "b"]

    with pytest.raises(TypeError, match=r"X contains a .*Frame, which is not supported"):
        gather([Frame(), Frame()])
