import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from ._inputs import (
    BLOCK,
    DICTS,
    EQUAL_WORDS,
    INDICES,
    INF,
    MATRICES,
    NAN,
    ROWS,
    TAGS,
    WORDS,
    OnlyArray,
    objects,
    refuses,
    tagger,
)

RAGGED_Y = {
    "list of lists of str": (TAGS, str),
    "tuple of tuples": (tuple(map(tuple, TAGS)), str),
    "list of str arrays": ([np.array(tags) for tags in TAGS], str),
    "list of object arrays": ([np.array(tags, dtype=object) for tags in TAGS], str),
    "object array": (objects(TAGS), str),
    "pandas column": (pd.Series(TAGS, index=[5, 4]), str),
    "polars column": (pl.Series(TAGS), str),
    "list of pandas columns": ([pd.Series(tags, index=[3, 1][: len(tags)]) for tags in TAGS], str),
    "list of polars columns": ([pl.Series(tags) for tags in TAGS], str),
    "list of only __array__": ([OnlyArray(tags) for tags in TAGS], str),
    "numpy str": ([[np.str_(tag) for tag in tags] for tags in TAGS], str),
    "ints": (INDICES, int),
    "int arrays": ([np.array(tags) for tags in INDICES], int),
    "int8 arrays": ([np.array(tags, dtype=np.int8) for tags in INDICES], int),
    "numpy ints": ([[np.int64(tag) for tag in tags] for tags in INDICES], int),
    "bools": ([[False, True], [True]], bool),
    "bool arrays": ([np.array([False, True]), np.array([True])], bool),
    "numpy bools": ([[np.False_, np.True_], [np.True_]], bool),
    "whole floats": ([[0.0, 1.0], [1.0]], float),
    "whole float arrays": ([np.array([0.0, 1.0]), np.array([1.0])], float),
}


@pytest.mark.parametrize(("y", "kind"), RAGGED_Y.values(), ids=RAGGED_Y.keys())
@pytest.mark.parametrize("X", [WORDS, DICTS, MATRICES], ids=["words", "dicts", "vectors"])
def test_tags_in_any_form_are_the_same_classes(X, y, kind):
    fitted = tagger().fit(X, y)
    reference = tagger().fit(X, INDICES)
    assert fitted.classes_.tolist() == (["NOUN", "VERB"] if kind is str else [0, 1])
    assert {type(label) for label in fitted.classes_.tolist()} == {kind}
    assert {type(tag) for tags in fitted.predict(X) for tag in tags} == {kind}
    for ours, theirs in zip(fitted.predict_proba(X), reference.predict_proba(X), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert fitted.score(X, y) == reference.score(X, INDICES)


@pytest.mark.parametrize(
    "y",
    [
        [["a", "b"], ["b", "b"]],
        np.array([["a", "b"], ["b", "b"]]),
        np.array([["a", "b"], ["b", "b"]], dtype=object),
        np.array([["a", "b"], ["b", "b"]], dtype=np.dtypes.StringDType()),
        [np.array(["a", "b"]), np.array(["b", "b"])],
        pd.DataFrame([["a", "b"], ["b", "b"]]),
        pl.DataFrame({"t0": ["a", "b"], "t1": ["b", "b"]}),
        OnlyArray([["a", "b"], ["b", "b"]]),
        pd.Series([["a", "b"], ["b", "b"]]),
    ],
    ids=lambda y: type(y).__name__,
)
@pytest.mark.parametrize("X", [BLOCK, list(BLOCK), EQUAL_WORDS], ids=["block", "vectors", "words"])
def test_sequences_of_equal_lengths_take_tags_in_two_dimensions(X, y):
    fitted = tagger().fit(X, y)
    expected = tagger().fit(X, [[0, 1], [1, 1]]).predict(X)
    assert fitted.classes_.tolist() == ["a", "b"]
    decoded = [[["a", "b"][k] for k in tags] for tags in expected]
    assert [list(tags) for tags in fitted.predict(X)] == decoded


@pytest.mark.parametrize(
    "y",
    [
        ["a", "b"],
        ("a", "b"),
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        pd.Series(["a", "b"], index=[4, 2]),
        pd.Series(["a", "b"], dtype="category"),
        pl.Series(["a", "b"]),
        OnlyArray(["a", "b"]),
        [["a"], ["b"]],
        [1, 2],
        np.array([1, 2], dtype=np.uint8),
        pd.Series([1, 2], dtype="Int64"),
        [False, True],
        np.array([False, True]),
        [1.0, 2.0],
        [np.float32(1), np.float32(2)],
    ],
    ids=lambda y: type(y).__name__,
)
@pytest.mark.parametrize("X", [ROWS, sparse.csr_array(ROWS), ROWS.tolist()])
def test_rows_take_tags_in_one_dimension(X, y):
    fitted = tagger().fit(X, y)
    p = tagger().fit(X, [0, 1]).predict_proba(X)
    assert fitted.predict(X).tolist() == fitted.classes_[p.argmax(axis=1)].tolist()
    assert len(fitted.classes_) == 2


def test_a_column_of_tags_for_rows_warns_as_in_scikit_learn():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        tagger().fit(ROWS, np.array([["a"], ["b"]]))


@pytest.mark.parametrize(
    ("y", "weights"),
    [
        ([["NOUN", None], ["VERB"]], [[1, 0], [1]]),
        ([["NOUN", NAN], ["VERB"]], [[1, 0], [1]]),
        ([["NOUN", -1], ["VERB"]], [[1, 0], [1]]),
        ([["NOUN", ["?"]], ["VERB"]], [[1, 0], [1]]),
        ([[None, "NOUN"], ["VERB"]], [[0, 1], [1]]),
        ([[1, None], [2]], [[1, 0], [1]]),
        ([[1, 2.5], [2]], [[1, 0], [1]]),
        ([np.array([1, NAN]), np.array([2.0])], [[1, 0], [1]]),
        ([[None, None], ["VERB"], ["NOUN"]], [0, 1, 1]),
        (objects([[None, {}], ["VERB"], ["NOUN"]]), [0, 1, 1]),
    ],
)
def test_tags_of_weight_zero_may_be_anything(y, weights):
    X = [*WORDS, ["ducks"]][: len(y)]
    fitted = tagger().fit(X, y, sample_weight=weights)
    assert fitted.classes_.tolist() in (["NOUN", "VERB"], [1, 2])
    assert 0 <= fitted.score(X, y, sample_weight=weights) <= 1
    with pytest.raises(ValueError, match="y"):
        fitted.score(X, y)


@pytest.mark.parametrize("y", [["a", None], ["a", NAN], np.array(["a", None]), [1, NAN], ["a", 1]])
def test_tags_of_weight_zero_may_be_anything_for_rows(y):
    assert tagger().fit(ROWS, y, [1, 0]).classes_.tolist() == [y[0]]


@pytest.mark.parametrize("X", [WORDS, MATRICES, ROWS, BLOCK])
def test_tags_are_required(X, on_words):
    message = "This BiLSTMTagger requires y to be passed, but the target y is None."
    for learn in (tagger().fit, tagger().partial_fit):
        with refuses(ValueError, message):
            learn(X, None)
    with refuses(ValueError, message):
        on_words.score(WORDS, None)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([["NOUN", "VERB"], [1]], "y[1][0] is 1 of type int, but y[0][0] is 'NOUN' of type str."),
        ([["NOUN", 2.5], ["VERB"]], "y[0][1] is 2.5 of type float, but y[0][0] is 'NOUN' of typ"),
        ([[1, "VERB"], [None]], "y[0][1] is 'VERB' of type str, but y[0][0] is 1 of type int."),
        ([["NOUN", True], ["VERB"]], "y[0][1] is True of type bool, but y[0][0] is 'NOUN' of typ"),
        ([[("a",), ("b",)], ["c"]], "y[0][0] is ('a',) of type tuple."),
        ([[b"a", b"b"], [b"c"]], "y[0][0] is b'a' of type bytes."),
        ([[1j, 2j], [1j]], "y[0][0] is 1j of type complex."),
        ([["NOUN", pd.NA], ["VERB"]], "y[0][1] is <NA> of type NAType, but y[0][0] is 'NOUN'"),
        (np.array([[1, "VERB"]], dtype=object), "y[0][1] is 'VERB' of type str, but y[0][0] is 1"),
    ],
)
def test_tags_of_mixed_kinds_are_refused_and_the_first_named(y, message):
    X = WORDS
    if isinstance(y, np.ndarray):
        X = EQUAL_WORDS[: len(y)]
    with refuses(ValueError, message):
        tagger().fit(X, y)
    with refuses(ValueError, "Tags must be all str or all integers. If a token has no tag, pass"):
        tagger().fit(X, y)


def test_numbers_of_different_types_are_one_kind_of_tag():
    assert tagger().fit(WORDS, [[1, 2], [np.float32(2.0)]]).classes_.tolist() == [1.0, 2.0]
    assert tagger().fit(WORDS, [[True, 0], [np.int8(2)]]).classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("missing", "shown"), [(None, "None"), (NAN, "NaN"), (np.nan, "NaN")])
@pytest.mark.parametrize(
    ("X", "y", "place"),
    [
        (WORDS, lambda missing: [["NOUN", missing], ["VERB"]], "y[0][1]"),
        (WORDS, lambda missing: [[missing, "NOUN"], ["VERB"]], "y[0][0]"),
        (WORDS, lambda missing: objects([["NOUN", "VERB"], [missing]]), "y[1][0]"),
        (MATRICES, lambda missing: pd.Series([["NOUN", "VERB"], [missing]]), "y[1][0]"),
        (WORDS, lambda missing: [[1, 2], [missing]], "y[1][0]"),
        (WORDS, lambda missing: [np.array([1, 2]), np.array([missing], object)], "y[1][0]"),
        (BLOCK, lambda missing: np.array([["a", "b"], [missing, "a"]], object), "y[1][0]"),
        (ROWS, lambda missing: ["a", missing], "y[1]"),
        (ROWS, lambda missing: np.array(["a", missing], dtype=object), "y[1]"),
        (ROWS, lambda missing: [1, missing], "y[1]"),
    ],
)
def test_missing_tags_are_refused_and_the_first_named(missing, shown, X, y, place):
    with refuses(
        ValueError,
        f"Input y contains {shown}, first in {place}. If a token has no tag, pass any tag and "
        "give it the weight 0 in sample_weight.",
    ):
        tagger().fit(X, y(missing))


@pytest.mark.parametrize("bad", [NAN, INF])
@pytest.mark.parametrize(
    ("X", "y", "place"),
    [
        (WORDS, lambda bad: [[1, 2], [bad]], "y[1][0]"),
        (WORDS, lambda bad: [np.array([1.0, 2.0]), np.array([bad])], "y[1][0]"),
        (BLOCK, lambda bad: np.array([[1, 2], [1, bad]]), "y[1][1]"),
        (ROWS, lambda bad: np.array([bad, 1]), "y[0]"),
        (ROWS, lambda bad: pd.Series([1.0, bad]), "y[1]"),
        (ROWS, lambda bad: [1.0, bad], "y[1]"),
    ],
)
def test_tags_that_are_not_finite_are_refused_and_the_first_named(bad, X, y, place):
    shown = "NaN" if math.isnan(bad) else "infinity"
    with refuses(ValueError, f"Input y contains {shown}, first in {place}."):
        tagger().fit(X, y(bad))


@pytest.mark.parametrize(
    ("X", "y", "place"),
    [
        (WORDS, [[1, 2.5], [1]], "y[0][1]"),
        (WORDS, [[2.5, 2.5], [2.5]], "y[0][0]"),
        (WORDS, [np.array([1.0, 2.0]), np.array([2.5])], "y[1][0]"),
        (BLOCK, np.array([[1.0, 2.0], [2.5, 1.0]]), "y[1][0]"),
        (ROWS, np.array([1.0, 2.5]), "y[1]"),
        (ROWS, [1.0, 2.5], "y[1]"),
        (ROWS, np.array([1.0, 2.5], dtype=object), "y[1]"),
    ],
)
def test_continuous_tags_are_refused_and_the_first_named(X, y, place):
    with refuses(
        ValueError,
        f"Unknown label type: continuous. {place} is 2.5, but a tag is a class. Tags must be all "
        "str or all integers. Convert numbers to classes, for instance with numpy.digitize.",
    ):
        tagger().fit(X, y)


@pytest.mark.parametrize("dtype", ["datetime64[D]", "timedelta64[D]", "complex128", "S1"])
def test_arrays_of_other_things_than_tags_are_refused(dtype):
    message = f"Unknown label type: y is an array of {np.dtype(dtype)}, not of tags."
    with refuses(ValueError, message):
        tagger().fit(BLOCK, np.array([[1, 2], [1, 2]]).astype(dtype))
    with refuses(ValueError, "Complex data not supported" if dtype == "complex128" else message):
        tagger().fit(ROWS, np.array([1, 2]).astype(dtype))


def test_one_hot_tags_are_told_what_to_do():
    with refuses(
        ValueError,
        "y has 3 dimensions, (2, 3, 4), expected 2: one tag for each token. Pass "
        "y.argmax(axis=-1) if tags are one-hot, y[..., 0] if the last axis has length 1.",
    ):
        tagger().fit(np.ones((2, 3, 5)), np.zeros((2, 3, 4)))


def test_a_tag_for_each_number_in_rows_is_told_what_to_pass():
    X = np.arange(12.0).reshape(3, 4)
    y = (X > 5).astype(int)
    with refuses(
        ValueError,
        "X[0] has 1 tokens, but y[0] has 4 tags: pass one tag for each token. Each row of X is a "
        "sequence of one token. If X is one recording, a sequence of many tokens, pass [X] and "
        "[y]. If each number is a token, pass X[:, :, None]",
    ):
        tagger().fit(X, y)
    assert tagger().fit(X[:, :, None], y).predict(X[:, :, None]).shape == (3, 4)
