"""Forms of labels, predictions and weights, and messages about invalid ones."""

import enum
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklstm.metrics import (
    extract_spans,
    sequence_accuracy_score,
    span_classification_report,
    span_f1_score,
    token_accuracy_score,
    token_classification_report,
    token_log_loss,
)
from sklstm.metrics._validation import flatten_pair, flatten_weights

LISTS = [["a", "b", "a"], [], ["b"]]


def as_objects(sequences):
    """Return a 1-D array of objects, as `predict` does."""
    objects = np.empty(len(sequences), object)
    objects[:] = sequences
    return objects


RAGGED = {
    "lists": LISTS,
    "tuples": tuple(map(tuple, LISTS)),
    "list of arrays": [np.array(tags, str) for tags in LISTS],
    "list of arrays of objects": [np.array(tags, object) for tags in LISTS],
    "lists and arrays": [LISTS[0], np.array([]), np.array(LISTS[2])],
    "array of lists": as_objects(LISTS),
    "array of arrays": as_objects([np.array(tags, str) for tags in LISTS]),
    "pandas column": pd.Series(LISTS, index=[5, 3, 4]),
    "list of pandas columns": [pd.Series(t, index=range(5, 5 + len(t)), dtype=str) for t in LISTS],
    "polars column": pl.Series(LISTS),
    "pandas frame": pd.DataFrame({"y": LISTS}),
    "polars frame": pl.DataFrame({"y": LISTS}),
}


def flatten_true(y_true):
    """Return flat labels."""
    return flatten_pair(y_true, y_true)[0]


@pytest.mark.parametrize("form", RAGGED)
def test_all_forms_of_ragged_sequences_are_equal(form):
    for flat in flatten_pair(RAGGED[form], LISTS):
        assert flat.values == ["a", "b", "a", "b"]
        assert flat.lengths.tolist() == [3, 0, 1]
        assert not flat.is_rows


@pytest.mark.parametrize("dtype", [str, object])
def test_the_rows_of_a_2d_array_are_sequences(dtype):
    flat = flatten_true(np.array([["a", "b"], ["c", "d"], ["e", "f"]], dtype))
    assert flat.values == list("abcdef")
    assert flat.lengths.tolist() == [2, 2, 2]


@pytest.mark.parametrize("values", [np.array([1, 2, 1]), [1, 2, 1], pd.Series([1, 2, 1])])
def test_an_entry_for_each_row_is_a_sequence_of_one_token(values):
    flat = flatten_true(values)
    assert flat.values == [1, 2, 1]
    assert flat.lengths.tolist() == [1, 1, 1]
    assert flat.is_rows


PROBA = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4], [0.2, 0.8]])


@pytest.mark.parametrize(
    ("y_true", "y_proba"),
    [
        (LISTS, [PROBA[:3], PROBA[:0], PROBA[3:]]),
        (LISTS, as_objects([PROBA[:3], PROBA[:0], PROBA[3:]])),
        (LISTS, [PROBA[:3].tolist(), [], PROBA[3:].tolist()]),
        (np.array([["a", "b"], ["a", "b"]]), PROBA.reshape(2, 2, 2)),
        (np.array(["a", "b", "a", "b"]), PROBA),
        (["a", "b", "a", "b"], PROBA),
    ],
    ids=["arrays", "objects", "lists", "block", "rows", "list of rows"],
)
def test_all_forms_of_vectors_are_equal(y_true, y_proba):
    _, pred = flatten_pair(y_true, y_proba)
    np.testing.assert_array_equal(pred.values, PROBA)


def test_empty_sequences_do_not_shift_indices():
    flat = flatten_true([[], ["a"], [], [], ["b", "c"]])
    assert [flat.place(k) for k in range(3)] == ["y_true[1][0]", "y_true[4][0]", "y_true[4][1]"]


def test_zero_sequences_are_valid():
    assert flatten_true([]).values == []
    assert flatten_true(np.empty(0, object)).lengths.shape == (0,)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        (LISTS, LISTS[:2], "y_true has 3 sequences, but y_pred has 2"),
        (
            LISTS,
            [["a", "b", "a"], ["a"], ["b", "b"]],
            r"y_true\[1\] has 0 tokens.*y_pred\[1\] has 1",
        ),
        (np.array([["a", "b"]]), [["a"]], r"y_true\[0\] has 2 tokens, but y_pred\[0\] has 1"),
        (["a", "b"], ["a"], "y_true has 2 sequences, but y_pred has 1"),
        ([["a"], "b", ["a"]], LISTS, r"y_true\[1\] is 'b', not a sequence, but y_true\[0\] is"),
        (LISTS, [["a", "b", 1], [], ["b"]], r"y_pred\[0\]\[2\] is 1, but y_pred\[0\]\[0\] is 'a'"),
        ([["a"], ["b", None]], [["a"], ["b", "b"]], r"y_true\[1\]\[1\] is None"),
        ([[], []], [[], []], "y_true has no tokens"),
        ([], [], "y_true has no tokens"),
        (LISTS, [PROBA[:3], [], PROBA[3:]], "y_pred has a vector.*result of predict"),
    ],
)
def test_labels_and_predictions_that_do_not_match_raise(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        sequence_accuracy_score(y_true, y_pred)


@pytest.mark.parametrize("wrong", ["tags", {"a": 1}, {"a"}, None, 3, np.array(3)])
def test_a_value_that_is_not_a_list_raises(wrong):
    with pytest.raises(TypeError, match=f"y_pred is of type {type(wrong).__name__}, not a list"):
        token_accuracy_score(LISTS, wrong)


def test_an_iterator_raises():
    with pytest.raises(TypeError, match=r"y_pred is of type generator.*Pass list\(y_pred\)"):
        token_accuracy_score(LISTS, (tags for tags in LISTS))


def test_weights_per_sequence_and_per_token():
    true = flatten_true(LISTS)
    weights = flatten_weights([2, 5, 3], true)
    assert weights.tokens.tolist() == [2, 2, 2, 3]
    assert weights.sequences.tolist() == [2, 5, 3]
    weights = flatten_weights([[1, 0, 3], [], [4]], true)
    assert weights.tokens.tolist() == [1, 0, 3, 4]
    assert weights.sequences.tolist() == [2, 0, 4]  # the means of the positive weights


def test_one_weight_per_row():
    weights = flatten_weights(np.array([1.0, 2.0]), flatten_true(["a", "b"]))
    assert weights.tokens.tolist() == weights.sequences.tolist() == [1, 2]


def test_without_weights_all_are_1():
    weights = flatten_weights(None, flatten_true(LISTS))
    assert weights.tokens.tolist() == [1, 1, 1, 1]
    assert weights.sequences.tolist() == [1, 1, 1]
    assert not weights.per_token


def test_indices_in_messages_include_tokens_of_weight_0():
    y_true, y_pred = [[None, "a"], [None, 1]], [["a", "a"], ["a", "a"]]
    with pytest.raises(ValueError, match=r"y_true\[1\]\[1\] is 1, but y_true\[0\]\[1\] is 'a'"):
        token_accuracy_score(y_true, y_pred, sample_weight=[[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 1], "sample_weight has 2 entries, but y_true has 3 sequences"),
        ([1, 1, 1, 1], "sample_weight has 4 entries, but y_true has 3 sequences"),
        ([[1, 1, 1], [], [1, 1]], r"y_true\[2\] has 1 tokens, but sample_weight\[2\] has 2"),
        ([1, -1, 1], r"sample_weight\[1\] is -1, but a weight must be"),
        ([[1, 1, np.nan], [], [1]], r"sample_weight\[0\]\[2\] is nan"),
        ([1, 1, np.inf], r"sample_weight\[2\] is inf"),
        ([1, None, 1], r"sample_weight\[1\] is None"),
        ([1, "x", 1], r"sample_weight\[1\] is 'x'"),
        ([1, 1, 1e101], r"sample_weight\[2\] is 1e\+101, but a weight must be a number from 0 to"),
        ([1, 1, 10**400], r"sample_weight\[2\] is 1000"),
        ([1, 1, np.timedelta64(1, "D")], r"sample_weight\[2\] is np.timedelta64"),
        (np.array([1, 1, 1], "m8[ns]"), r"sample_weight\[0\] is np.timedelta64"),
        (np.ma.array([1, 1, 1], mask=[0, 1, 0]), r"sample_weight\[1\] is nan"),
        ([0, 0, 0], "sample_weight is zero for every token"),
        ([0, 1, 0], "sample_weight is zero for every token"),
        ([PROBA[:3], [], PROBA[3:]], "sample_weight has a vector for each token"),
    ],
)
def test_invalid_weights_raise(weights, message):
    with pytest.raises(ValueError, match=message):
        token_accuracy_score(LISTS, LISTS, sample_weight=weights)


def test_messages_use_the_parameter_name_of_the_metric():
    with pytest.raises(ValueError, match="y_proba has 1"):
        token_log_loss(LISTS, [PROBA])


def test_long_values_are_shortened_in_messages():
    with pytest.raises(ValueError, match=r"'B(x)*\.\.\., no tag"):
        span_f1_score([["B" + "x" * 500]], [["O"]], scheme="BIO")


class Tag(str, enum.Enum):  # noqa: UP042
    """An enumeration whose members are str, but print as another text."""

    PERSON = "B-person"
    OUTSIDE = "O"


SCORES = [token_accuracy_score, sequence_accuracy_score, token_classification_report]
scores = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.__name__)


@scores
@pytest.mark.parametrize("missing", [None, np.nan, float("nan"), np.inf, pd.NA, np.ma.masked])
@pytest.mark.parametrize("other", [1, 2.0, "a"])
def test_a_missing_tag_is_refused_and_named(score, missing, other):
    y, odd = [[other, other], [other]], [[other, missing], [other]]
    message = f" is {other!r}: labels must be all str or all numbers."
    with pytest.raises(ValueError, match=rf"y_true\[0\]\[1\] is .*, but y_true\[0\]\[0\]{message}"):
        score(odd, y)
    with pytest.raises(ValueError, match=rf"y_pred\[0\]\[1\] is .*, but y_pred\[0\]\[0\]{message}"):
        score(y, odd)
    with pytest.raises(ValueError, match=r"y_true\[0\]\[1\] is .*: labels must be all str or all"):
        score([[other, missing], [missing]], y, sample_weight=[[0, 1], [1]])
    score(odd, y, sample_weight=[[1, 0], [1]])


@scores
def test_masked_tags_are_missing(score):
    masked = np.ma.array([[1, 2], [2, 1]], mask=[[False, False], [True, False]])
    for y in (masked, list(masked)):
        with pytest.raises(ValueError, match=r"y_pred\[1\]\[0\] is nan, but y_pred\[0\]\[0\] is 1"):
            score([[1, 2], [2, 1]], y)


@scores
@pytest.mark.parametrize(
    "odd",
    [
        np.datetime64("2026", "ns"),
        np.timedelta64(1, "ns"),
        *(b"a", 1j, Decimal(1), object(), np.timedelta64(1, "D")),
    ],
    ids=["ns date", "ns duration", "bytes", "complex", "decimal", "object", "duration"],
)
def test_labels_of_other_types_are_refused(score, odd):
    for y in ([[odd, odd]], [np.array([odd, odd])]):
        with pytest.raises(
            ValueError, match=r"y_true\[0\]\[0\] is .*: labels must be all str or all"
        ):
            score(y, y)


@scores
@pytest.mark.parametrize(
    ("odd", "other"),
    [
        *(("x\0", "x"), ("\0", ""), (2**53 + 1, 2.0), (2**63, -1), (2**64, 1), (10**400, 1)),
        (np.uint64(2**63), 1),
        (10**5000, 1),
    ],
    ids=lambda label: repr(label)[:20] if label != 10**5000 else "huge",
)
def test_labels_that_numpy_would_change_are_refused_and_named(score, odd, other):
    message = (
        r"\[0\]\[1\] is .*, which NumPy would change in an array of all labels. A str must not"
    )
    with pytest.raises(ValueError, match="y_true" + message):
        score([[other, odd]], [[other, other]])
    with pytest.raises(ValueError, match="y_pred" + message):
        score([[other, other]], [[other, odd]])


@scores
def test_integers_beyond_a_float_are_exact(score):
    y_true, y_pred = [[2**53, 2**63 - 1, 1]], [[2**53 + 1, 2**63 - 2, 1]]
    if score is token_classification_report:
        assert len(score(y_true, y_pred, output_dict=True, zero_division=0)) == 5 + 3
    else:
        assert score(y_true, y_pred) == (1 / 3 if score is token_accuracy_score else 0)
        assert score([[np.uint64(1)]], [[-1]]) == 0


def test_members_of_an_enumeration_are_their_text():
    members, text = [[Tag.PERSON, Tag.OUTSIDE]], [["B-person", "O"]]
    for y_true, y_pred in ((members, text), (text, members), (members, members)):
        assert token_accuracy_score(y_true, y_pred) == sequence_accuracy_score(y_true, y_pred) == 1
        assert span_f1_score(y_true, y_pred, scheme="BIO") == 1
        assert span_f1_score(y_true, y_pred, scheme="BIO", labels=[SpanType.PERSON]) == 1
        report = token_classification_report(y_true, y_pred, output_dict=True)
        assert report["B-person"]["support"] == 1
    loss = token_log_loss(text, [[[0.5, 0.5], [0.2, 0.8]]], labels=["B-person", "O"])
    assert token_log_loss(members, [[[0.5, 0.5], [0.2, 0.8]]], labels=list(Tag)) == loss
    assert extract_spans(members, scheme="BIO") == [[(0, 1, "person")]]
    assert type(extract_spans(members, scheme="BIO")[0][0].type) is str


class SpanType(str, enum.Enum):  # noqa: UP042
    """A type of spans."""

    PERSON = "person"


@pytest.mark.parametrize(("tag", "suffix"), [("B-x\0", False), ("x\0-B", True)])
def test_types_of_spans_that_numpy_would_change_are_refused_and_named(tag, suffix):
    message = r"The type of y(_true)?\[0\]\[1\] is 'x\\x00', which NumPy would change"
    for score in (span_f1_score, span_classification_report):
        with pytest.raises(ValueError, match=message):
            score([["O", tag]], [["O", "O"]], scheme="BIO", suffix=suffix)
    with pytest.raises(ValueError, match=message):
        extract_spans([["O", tag]], scheme="BIO", suffix=suffix)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, None], r"labels\[1\] is None, but labels\[0\] is 1: labels must be all"),
        ([1, 2**64], r"labels\[1\] is 18446744073709551616, which NumPy would change"),
    ],
)
def test_labels_of_columns_are_checked_as_tags_are(labels, message):
    with pytest.raises(ValueError, match=message):
        token_log_loss([[1, 1]], [[[0.5, 0.5], [0.2, 0.8]]], labels=labels)


def test_probabilities_that_are_no_numbers_are_named():
    message = (
        r"y_proba\[1\]\[0\]\[1\]: int too large to convert to float. All entries must be numbers"
    )
    with pytest.raises(ValueError, match=message):
        token_log_loss([[1], [2]], [[[0.5, 0.5]], [[0.5, 10**400]]])
