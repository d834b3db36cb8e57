"""Conversion of data frames with one token in each row to sequences, and back."""

import sys
from itertools import groupby

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklstm.datasets import sequences_from_frame, sequences_to_frame, tags_to_frame
from sklstm.preprocessing import TokenTransformer

# The rows of the groups are mixed; ("b", 1) comes before ("a", 1).
ROWS = {
    "document": ["b", "a", "b", "a", "b"],
    "sentence": [1, 1, 1, 1, 2],
    "word": ["The", "Can", "cat", "you", "Yes"],
    "length": [3.0, 3.0, np.nan, 3.0, 3.0],
    "tag": ["DET", "AUX", "NOUN", "PRON", "INTJ"],
}
X = [["The", "cat"], ["Can", "you"], ["Yes"]]
Y = [["DET", "NOUN"], ["AUX", "PRON"], ["INTJ"]]
BOTH = ["document", "sentence"]


def as_pandas(columns):
    return pd.DataFrame(columns)


def as_polars(columns):
    return pl.DataFrame(columns)


libraries = pytest.mark.parametrize("make", [as_pandas, as_polars])


def name_of(make):
    return make.__name__.removeprefix("as_")


# From a frame


@libraries
def test_groups_are_in_order_of_appearance_and_keep_the_order_of_their_rows(make):
    frame = make(ROWS)
    assert sequences_from_frame(frame, group=BOTH, columns="word", target="tag") == (X, Y)
    one = sequences_from_frame(frame, group="document", columns="word")
    assert one == [["The", "cat", "Yes"], ["Can", "you"]]
    assert sequences_from_frame(frame, group=["sentence"], columns="word")[1] == ["Yes"]


@libraries
@pytest.mark.parametrize("n_groups", [1, 7, 400])
def test_grouping_equals_a_loop_over_rows(make, n_groups):
    rng = np.random.RandomState(n_groups)
    first, second = rng.randint(0, n_groups, (2, 500)).tolist()
    names = [f"document {k}" for k in first]
    tokens = list(map(str, range(500)))
    frame = make({"a": names, "b": second, "token": tokens})
    expected = {}
    for token, *key in zip(tokens, names, second, strict=True):
        expected.setdefault(tuple(key), []).append(token)
    found = sequences_from_frame(frame, group=["a", "b"], columns="token")
    assert found == list(expected.values())


@libraries
def test_grouping_of_consecutive_rows_equals_itertools_groupby(make, english):
    words = [(i, word) for i, sentence in enumerate(english[0]) for word in sentence]
    ids, column = zip(*words, strict=True)
    frame = make({"id": ids, "word": column})
    expected = [[word for _, word in pairs] for _, pairs in groupby(words, lambda pair: pair[0])]
    assert sequences_from_frame(frame, group="id", columns="word") == expected


@libraries
def test_values_are_python_objects(make):
    frame = make({"id": [1, 1], "token": ["a", "b"], "tag": [0, 1]})
    X, y = sequences_from_frame(frame, group="id", columns="token", target="tag")
    assert {type(token) for token in X[0]} == {str}
    assert {type(tag) for tag in y[0]} == {int}


@libraries
def test_a_list_of_columns_makes_frames_of_the_same_library(make):
    frames = sequences_from_frame(make(ROWS), group=BOTH, columns=["word", "length"])
    assert all(type(frame) is type(make(ROWS)) for frame in frames)
    assert [list(frame.columns) for frame in frames] == [["word", "length"]] * 3
    assert [frame["word"].to_list() for frame in frames] == X


def test_frames_of_pandas_keep_their_index():
    frame = pd.DataFrame(ROWS, index=list("vwxyz"))
    frames = sequences_from_frame(frame, group=BOTH, columns=["word"])
    assert [frame.index.tolist() for frame in frames] == [["v", "x"], ["w", "y"], ["z"]]


@libraries
def test_the_tagger_takes_frames_of_numbers(make, small):
    frame = make({**ROWS, "length": [3, 3, 3, 3, 3], "capital": [1, 1, 0, 0, 1]})
    names = ["length", "capital"]
    X, y = sequences_from_frame(frame, group=BOTH, columns=names, target="tag")
    small.fit(X, y)
    assert small.feature_names_in_.tolist() == names
    assert [len(tags) for tags in small.predict(X)] == [2, 2, 1]


@pytest.mark.parametrize("cast", ["category", "string", object])
def test_columns_of_other_types(cast):
    frame = pd.DataFrame(ROWS).astype({"document": cast, "word": cast, "tag": cast})
    assert sequences_from_frame(frame, group=BOTH, columns="word", target="tag") == (X, Y)


def test_categories_of_polars():
    frame = pl.DataFrame(ROWS).with_columns(pl.col("document", "word", "tag").cast(pl.Categorical))
    assert sequences_from_frame(frame, group=BOTH, columns="word", target="tag") == (X, Y)


def test_labels_of_pandas_may_be_anything():
    frame = pd.DataFrame({0: [1, 1, 2], ("a", "b"): ["x", "y", "z"]})
    assert sequences_from_frame(frame, group=0, columns=("a", "b")) == [["x", "y"], ["z"]]


def test_columns_may_be_an_index_or_array_of_names():
    frame = pd.DataFrame(ROWS)
    for names in (frame.columns[2:4], np.array(["word", "length"])):
        frames = sequences_from_frame(frame, group=frame.columns[:2], columns=names)
        assert [frame["word"].tolist() for frame in frames] == X
        again = sequences_to_frame(frames, group="id", columns=names)
        assert again.columns.tolist() == ["id", "word", "length"]
    assert len(tags_to_frame(frame, Y, group=frame.columns[:2], name="new")) == 5


def test_columns_may_have_the_names_of_internal_columns():
    frame = pl.DataFrame({"row": [1, 2, 1], "key_0": ["a", "b", "c"]})
    assert sequences_from_frame(frame, group="row", columns="key_0") == [["a", "c"], ["b"]]


@libraries
def test_a_frame_without_rows_has_no_sequences(make):
    frame = make(ROWS)[:0]
    for columns in ("word", ["word"]):
        assert sequences_from_frame(frame, group=BOTH, columns=columns, target="tag") == ([], [])
    assert len(tags_to_frame(frame, [], group=BOTH, name="new")) == 0


@libraries
def test_the_frame_is_not_modified(make):
    frame, again = make(ROWS), make(ROWS)
    sequences = sequences_from_frame(frame, group=BOTH, columns=["word"])
    tags_to_frame(frame, Y, group=BOTH, name="new")
    tags_to_frame(frame, [[[0], [0]], [[0], [0]], [[0]]], group=BOTH, name=["new"])
    assert frame.equals(again)
    assert len(sequences) == 3


@libraries
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("document", ["a", "b", None, "c", None]),
        ("length", [1, 2, None, 3, None]),
        ("length", [1.0, 2.0, np.nan, 3.0, np.nan]),
        ("length", [1.0, 2.0, None, 3.0, np.nan]),
        ("word", ["a", "b", None, "c", None]),
        ("tag", ["a", "b", None, "c", None]),
        ("tag", [1, 2, None, 3, None]),
    ],
)
def test_missing_values_are_named_with_their_row(make, column, values):
    frame = make({**ROWS, column: values})
    message = f"column '{column}' has 2 missing values, first in row 2,.*keep_default_na=False"
    group = [column] if column in ("document", "length") else BOTH
    with pytest.raises(ValueError, match=message):
        sequences_from_frame(frame, group=group, columns="word", target="tag")


@libraries
def test_numbers_in_frames_may_be_missing(make):
    frames = sequences_from_frame(make(ROWS), group=BOTH, columns=["length"])
    assert np.isnan(frames[0]["length"].to_numpy()[1])


@libraries
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"group": "id", "columns": "word"}, "no column 'id', which group names. It has 'doc"),
        ({"group": "sentence", "columns": "w"}, "no column 'w', which columns names"),
        ({"group": "sentence", "columns": ["w"]}, "no column 'w', which columns names"),
        ({"group": "sentence", "columns": "word", "target": "t"}, "'t', which target names"),
        ({"group": tuple(BOTH), "columns": "word"}, "Pass several names as a list"),
        ({"group": [], "columns": "word"}, "group is an empty list"),
        ({"group": "sentence", "columns": []}, "columns is an empty list"),
        ({"group": "sentence", "columns": "tag", "target": "tag"}, "target is 'tag', which is als"),
        ({"group": "sentence", "columns": ["tag"], "target": "tag"}, "also one of columns"),
    ],
)
def test_missing_columns_are_named(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        sequences_from_frame(make(ROWS), **arguments)


def test_an_index_level_is_not_a_column():
    with pytest.raises(ValueError, match=r"level of the index: pass frame.reset_index"):
        sequences_from_frame(pd.DataFrame(ROWS).set_index(BOTH), group=BOTH, columns="word")


@libraries
def test_a_group_must_be_named(make):
    with pytest.raises(
        ValueError, match=r"no column None, which group names.*add a column"
    ) as info:
        sequences_from_frame(make(ROWS), group=None, columns=["length"])
    assert "index" not in str(info.value)


@libraries
@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5], [0.5] * 5, [True, False, True, True, True]])
def test_numbers_are_not_words(make, values):
    frame = make({**ROWS, "ax": values})
    with pytest.raises(ValueError, match=r"'ax' contains numbers, such as .*Pass columns=\['ax'\]"):
        sequences_from_frame(frame, group=BOTH, columns="ax", target="tag")
    _, weights = sequences_from_frame(frame, group=BOTH, columns="word", target="ax")
    assert weights == [[values[0], values[2]], [values[1], values[3]], [values[4]]]


@libraries
def test_the_tagger_takes_a_frame_of_booleans(make, small):
    frame = make({**ROWS, "capital": [True, True, False, False, True]})
    X, y = sequences_from_frame(frame, group=BOTH, columns=["capital"], target="tag")
    assert len(small.fit(X, y).predict(X)) == 3


def test_numeric_categories_are_not_words():
    frame = pd.DataFrame({**ROWS, "code": pd.Categorical([1, 2, 1, 2, 1])})
    with pytest.raises(ValueError, match="'code' contains numbers, such as 1"):
        sequences_from_frame(frame, group=BOTH, columns="code")
    as_words = frame.astype({"code": str})
    assert sequences_from_frame(as_words, group=BOTH, columns="code")[0] == ["1", "1"]


def test_duplicate_columns_raise():
    frame = pd.DataFrame([[1, "a", "b"]], columns=["id", "word", "word"])
    with pytest.raises(ValueError, match="has 2 columns 'word'"):
        sequences_from_frame(frame, group="id", columns="word")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (ROWS, "of type dict, but must be a DataFrame of pandas or polars"),
        (pd.Series([1]), "of type Series"),
        (pl.LazyFrame(ROWS), r"Collect it first: frame.collect\(\)"),
    ],
)
def test_other_types_than_data_frames_raise(frame, message):
    with pytest.raises(TypeError, match=message):
        sequences_from_frame(frame, group="sentence", columns="word")
    with pytest.raises(TypeError, match=message):
        tags_to_frame(frame, Y, group="sentence", name="tag")


def test_names_that_are_not_hashable_raise():
    cyclic = []
    cyclic.append(cyclic)
    for columns in ([{}], [cyclic], {"a": 1}):
        with pytest.raises(TypeError, match="names of columns must have a hash, got"):
            sequences_from_frame(pd.DataFrame(), group=0, columns=columns, target=np.float16(6e4))


def test_a_list_of_targets_raises():
    with pytest.raises(TypeError, match="must be one column"):
        sequences_from_frame(pd.DataFrame(ROWS), group=BOTH, columns="word", target=["tag"])


# Tags to a frame


@libraries
def test_tags_are_added_to_their_rows(make):
    tagged = tags_to_frame(make(ROWS), Y, group=BOTH, name="predicted")
    assert tagged["predicted"].to_list() == ROWS["tag"]
    assert list(tagged.columns) == [*ROWS, "predicted"]
    assert type(tagged) is type(make(ROWS))
    assert tagged["word"].to_list() == ROWS["word"]


@libraries
@pytest.mark.parametrize("name", ["tag", "document", ["new", "tag"]])
def test_an_existing_column_is_not_replaced(make, name):
    tags = [[[0, 1]] * len(tags) for tags in Y] if isinstance(name, list) else Y
    with pytest.raises(ValueError, match=r"a column '(tag|document)' already.*or drop the column"):
        tags_to_frame(make(ROWS), tags, group=BOTH, name=name)


@libraries
@pytest.mark.parametrize("form", ["arrays", "lists", "frames"])
def test_vectors_are_added_to_their_rows(make, form):
    vectors = [np.array([[0, 0.5], [2, 2.5]]), np.array([[1, 1.5], [3, 3.5]]), np.array([[4, 4.5]])]
    if form == "lists":
        vectors = [matrix.tolist() for matrix in vectors]
    elif form == "frames":
        vectors = [pd.DataFrame(matrix, columns=["a", "b"]) for matrix in vectors]
    tagged = tags_to_frame(make(ROWS), vectors, group=BOTH, name=["p_a", "p_b"])
    assert list(tagged.columns) == [*ROWS, "p_a", "p_b"]
    assert tagged["p_a"].to_list() == [0, 1, 2, 3, 4]
    assert tagged["p_b"].to_list() == [0.5, 1.5, 2.5, 3.5, 4.5]


@libraries
def test_probabilities_have_a_column_for_each_tag(make, small):
    X, y = sequences_from_frame(make(ROWS), group=BOTH, columns="word", target="tag")
    proba = small.fit(X, y).predict_proba(X)
    names = np.array([f"p_{tag}" for tag in small.classes_])
    tagged = tags_to_frame(make(ROWS), proba, group=BOTH, name=names)
    assert list(tagged.columns) == [*ROWS, *names]
    np.testing.assert_array_equal(tagged[names.tolist()].to_numpy()[[0, 2]], proba[0])
    np.testing.assert_array_equal(tagged[names.tolist()].to_numpy()[4:], proba[2])


@libraries
def test_vectors_of_a_frame_without_rows(make):
    tagged = tags_to_frame(make(ROWS)[:0], [], group=BOTH, name=["a", "b"])
    assert tagged.shape == (0, 7)


PROBA = [np.full((2, 3), 0.5), np.full((2, 3), 0.5), np.full((1, 3), 0.5)]


@pytest.mark.parametrize(
    ("tags", "name", "message"),
    [
        (
            PROBA,
            "p",
            r"tags\[0\] has several values .* name is 'p'.*\[f\"p_{c}\" for c in model.class",
        ),
        ([["a"] * 2, ["b"] * 2, [("x", "y")]], "p", r"tags\[2\] has several values for each token"),
        (list(map(pd.DataFrame, PROBA)), "p", r"tags\[0\] has several values for each token"),
        (PROBA, ["p", "q"], r"name has 2 names, but tags\[0\] is of shape \(2, 3\)"),
        ([*PROBA[:2], [[1, 2]]], ["p", "q", "r"], r"tags\[2\] is of shape \(1, 2\)"),
        (Y, ["p"], r"name has 1 names, but tags\[0\] is of shape \(2,\)"),
        ([[[1], [1, 2]], *PROBA[1:]], ["p"], r"tokens of tags\[0\] differ in the number of their"),
        (PROBA, ["p", "p", "q"], "names of columns must differ"),
        (PROBA, [], "name is an empty list"),
    ],
)
def test_names_that_do_not_match_vectors_raise(tags, name, message):
    with pytest.raises(ValueError, match=message):
        tags_to_frame(pd.DataFrame(ROWS), tags, group=BOTH, name=name)


def test_rows_of_pandas_keep_any_index():
    frame = pd.DataFrame(ROWS, index=[4, 4, 2, 9, 0])
    tagged = tags_to_frame(frame, Y, group=BOTH, name="predicted")
    assert tagged.index.tolist() == [4, 4, 2, 9, 0]
    assert tagged["predicted"].tolist() == ROWS["tag"]


@libraries
def test_predictions_are_added_to_their_rows(make, small, english):
    words, tags = english
    order = np.random.RandomState(0).permutation(sum(map(len, words)))
    frame = sequences_to_frame(
        words, tags, group="id", columns="word", target="tag", output=name_of(make)
    )
    frame = frame.iloc[order] if make is as_pandas else frame[order]
    X, y = sequences_from_frame(frame, group="id", columns="word", target="tag")
    small.fit(X, y)
    tagged = tags_to_frame(frame, small.predict(X), group="id", name="predicted")
    right = np.mean(tagged["predicted"].to_numpy() == tagged["tag"].to_numpy())
    assert right == pytest.approx(small.score(X, y))
    highest = [p.max(axis=1) for p in small.predict_proba(X)]
    sure = tags_to_frame(tagged, highest, group="id", name="probability")
    assert sure["probability"].to_numpy().dtype.kind == "f"


@libraries
def test_a_2d_array_of_tags(make):
    frame = make({"id": [1, 2, 1, 2], "x": [1, 2, 3, 4]})
    tagged = tags_to_frame(frame, np.array([[1, 2], [3, 4]]), group="id", name="tag")
    assert tagged["tag"].to_list() == [1, 3, 2, 4]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (Y[:2], "tags has 2 sequences, but the frame has 3"),
        ([["DET"], *Y[1:]], r"tags\[0\] has 1 values, but sequence 0 of the frame has 2 tokens"),
        (["DN", "AP", "I"], r"tags\[0\] is 'DN', not a sequence"),
        ([1, 2, 3], r"tags\[0\] is 1, not a sequence"),
    ],
)
def test_tags_that_do_not_match_the_groups_raise(tags, message):
    with pytest.raises(ValueError, match=message):
        tags_to_frame(pd.DataFrame(ROWS), tags, group=BOTH, name="predicted")


@pytest.mark.parametrize("tags", ["DET", iter(Y), {"a": 1}, 3])
def test_tags_that_are_not_a_list_raise(tags):
    with pytest.raises(TypeError, match=r"tags is of type .*, not a list of sequences"):
        tags_to_frame(pd.DataFrame(ROWS), tags, group=BOTH, name="predicted")


# Sequences to a frame


@libraries
def test_words_round_trip(make):
    names = {"group": "id", "columns": "word", "target": "tag"}
    frame = sequences_to_frame(X, Y, **names, output=name_of(make))
    assert type(frame) is type(make(ROWS))
    assert list(frame.columns) == ["id", "word", "tag"]
    assert frame["id"].to_list() == [0, 0, 1, 1, 2]
    assert sequences_from_frame(frame, **names) == (X, Y)


@libraries
def test_frames_round_trip(make):
    names = {"group": "id", "columns": ["word", "length"], "target": "tag"}
    frames = sequences_from_frame(make(ROWS), group=BOTH, columns=names["columns"])
    frame = sequences_to_frame(frames, Y, **names, output=name_of(make))
    again, y = sequences_from_frame(frame, **names)
    assert y == Y
    for one, other in zip(frames, again, strict=True):
        assert one["word"].to_list() == other["word"].to_list()
        np.testing.assert_array_equal(one["length"].to_numpy(), other["length"].to_numpy())


@libraries
def test_names_and_library_of_frames_are_kept(make):
    frames = sequences_from_frame(make(ROWS), group=BOTH, columns=["word", "length"])
    frame = sequences_to_frame(frames, Y, group="id", target="tag")
    assert type(frame) is type(make(ROWS))
    assert list(frame.columns) == ["id", "word", "length", "tag"]
    assert frame["word"].to_list() == [word for words in X for word in words]
    some = sequences_to_frame(frames, group="id", columns=["length"])
    assert list(some.columns) == ["id", "length"]
    with_an_empty_list = sequences_to_frame([[], *frames], group="id", columns=["word"])
    assert type(with_an_empty_list) is type(frame)


@libraries
def test_frames_with_different_columns_raise_without_columns(make):
    frames = [make({"a": [1], "b": [2]}), make({"b": [3], "a": [4]}), make({"a": [5], "c": [6]})]
    with pytest.raises(ValueError, match=r"X\[2\] has the columns \['a', 'c'\], but X\[0\] has"):
        sequences_to_frame(frames, group="id")


def test_a_new_frame_of_pandas_has_a_new_index():
    frames = [pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [3]})]
    frame = sequences_to_frame(frames, group="id", columns=["x"])
    assert frame.index.tolist() == [0, 1, 2]
    assert frame["x"].tolist() == [1, 2, 3]


@libraries
def test_numbers_of_other_types_are_one_column(make):
    frames = [make({"x": [1, 2]}), make({"x": [0.5]})]
    frame = sequences_to_frame(frames, group="id", columns=["x"], output=name_of(make))
    assert frame["x"].to_list() == [1.0, 2.0, 0.5]


@libraries
@pytest.mark.parametrize("form", ["arrays", "block", "lists"])
def test_vectors_have_a_column_for_each_number(make, form):
    block = np.arange(12.0).reshape(2, 3, 2)
    X = {"arrays": list(block), "block": block, "lists": block.tolist()}[form]
    y = np.arange(6).reshape(2, 3)
    frame = sequences_to_frame(
        X, y, group="id", columns=["x", "z"], target="tag", output=name_of(make)
    )
    assert frame["x"].to_list() == [0, 2, 4, 6, 8, 10]
    assert frame["z"].to_list() == [1, 3, 5, 7, 9, 11]
    assert frame["tag"].to_list() == list(range(6))


@libraries
@pytest.mark.parametrize("form", ["tuples", "arrays"])
def test_numbers_in_vectors_with_words_stay_numbers(make, form):
    X = [[("Ducks", 5), ("swim", 4)], [("They", 4)]]
    if form == "arrays":
        X = [np.array(sequence, object) for sequence in X]
    frame = sequences_to_frame(X, group="id", columns=["word", "n"], output=name_of(make))
    assert frame["word"].to_list() == ["Ducks", "swim", "They"]
    assert frame["n"].to_numpy().dtype.kind == "i"
    assert frame["n"].sum() == 13


@libraries
def test_dicts_have_a_column_for_each_feature_with_missing_values(make):
    X = [[{"word": "a", "n": 1}, {"word": "b"}], [{"n": 2}]]
    frame = sequences_to_frame(X, group="id", columns=["n", "word"], output=name_of(make))
    assert frame["n"].to_list()[::2] == [1, 2]
    missing = frame["word"].isna() if make is as_pandas else frame["word"].is_null()
    assert missing.to_list() == [False, False, True]


@libraries
def test_empty_sequences_have_an_index_but_no_row(make):
    frame = sequences_to_frame(
        [[], ["a"], []], [[], ["A"], []], group="id", columns="word", target="tag",
        output=name_of(make),
    )  # fmt: skip
    assert frame["id"].to_list() == [1]
    for columns in ("word", ["x"]):
        nothing = sequences_to_frame([[]], group="id", columns=columns, output=name_of(make))
        assert nothing.shape == (0, 2)
        assert sequences_to_frame([], group="id", columns=columns).shape == (0, 2)


FRAMES = [pd.DataFrame({"word": ["a"]})]


@pytest.mark.parametrize(
    ("X", "arguments", "message"),
    [
        (X, {"columns": "word", "output": "csv"}, "output is 'csv', but must be one of"),
        (X, {"columns": "word", "target": "tag"}, "target was passed without y"),
        (X, {"columns": "word", "y": Y}, "y was passed without target"),
        (X, {"columns": "id"}, r"names of columns must differ, got \['id', 'id'\]"),
        (X, {"columns": "word", "y": Y[:1], "target": "tag"}, "y has 1 sequences, but X has 3"),
        (X, {"columns": "word", "y": [["DET"], *Y[1:]], "target": "tag"}, r"y\[0\] has 1 values"),
        (X, {"columns": ["word"]}, r"columns has 1 names, but X\[0\] .* \(2,\)"),
        ([np.ones((2, 3))], {"columns": ["a", "b"]}, r"columns has 2 names, but .*\(2, 3\)"),
        ([np.ones((2, 3))], {"columns": "a"}, r"X\[0\] has several values for each token"),
        ([[{"a": 1}]], {"columns": "a"}, r"X\[0\] has several values for each token"),
        ([[("a", 1)]], {"columns": "a"}, r"X\[0\] has several values for each token"),
        (FRAMES, {"columns": "word"}, r"X\[0\] has several values for each token"),
        (FRAMES, {"columns": ["w"]}, "no column 'w', which columns names"),
        (FRAMES, {"columns": ["word"], "output": "polars"}, "a pandas DataFrame, but .* of polars"),
        ([*FRAMES, pl.DataFrame({"word": ["b"]})], {}, "a polars DataFrame, but .* one of pandas"),
        (FRAMES, {"target": "word", "y": [["a"]]}, r"must differ, got \['id', 'word', 'word'\]"),
        (X, {}, "columns must name the columns for the tokens"),
        ([], {}, "columns must name"),
        (["Ducks swim"], {"columns": "word"}, r"X\[0\] is 'Ducks swim', not a sequence. Pass \[X"),
    ],
)  # fmt: skip
def test_wrong_arguments_of_sequences_to_frame(X, arguments, message):
    with pytest.raises(ValueError, match=message):
        sequences_to_frame(X, group="id", **arguments)


def test_a_list_of_groups_raises():
    with pytest.raises(TypeError, match="each be the name of one column"):
        sequences_to_frame(X, group=["a", "b"], columns="word")


def test_a_library_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="pip install polars"):
        sequences_to_frame(X, group="id", columns="word", output="polars")
    # The other library works without it.
    assert sequences_from_frame(pd.DataFrame(ROWS), group=BOTH, columns="word") == X


# With transformers


@libraries
def test_columns_of_a_frame_are_transformed_for_the_tagger(make, small):
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    columns = ColumnTransformer(
        [
            ("letters", CountVectorizer(analyzer="char"), "word"),
            ("length", SimpleImputer(), ["length"]),
        ]
    )
    X, y = sequences_from_frame(make(ROWS), group=BOTH, columns=["word", "length"], target="tag")
    model = make_pipeline(TokenTransformer(columns), small).fit(X, y)
    tagged = tags_to_frame(make(ROWS), model.predict(X), group=BOTH, name="predicted")
    assert len(tagged) == 5
