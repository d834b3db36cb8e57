import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklstm._sequences import Tokens, shorten
from sklstm._validation.weights import check_sample_weight

from ._inputs import (
    BLOCK,
    EQUAL_WORDS,
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


def test_scoring_nothing_is_refused(on_words):
    with refuses(ValueError, "X has 2 sequences and no token: pass at least one."):
        on_words.score([[], []], [[], []])
    with refuses(ValueError, "X has 0 sequences and no token: pass at least one."):
        on_words.score([], [])


def same_model(one, other):
    """Return whether two taggers of words or of blocks answer in the same way, to the bit."""
    X = BLOCK if hasattr(one, "n_features_in_") else EQUAL_WORDS
    probabilities = (np.concatenate(list(t.predict_proba(X))) for t in (one, other))
    return np.array_equal(*probabilities)


@pytest.mark.parametrize(
    "sample_weight",
    [
        [2.0, 1.0],
        (2, 1),
        np.array([2, 1]),
        np.array([2.0, 1.0], dtype=np.float32),
        pd.Series([2.0, 1.0], index=[8, 9]),
        pl.Series([2.0, 1.0]),
        OnlyArray([2.0, 1.0]),
        [[2.0, 2.0], [1.0]],
        [np.array([2, 2]), np.array([1])],
        objects([[2.0, 2.0], (1.0,)]),
        pd.Series([[2.0, 2.0], [1.0]]),
        pl.Series([[2.0, 2.0], [1.0]]),
    ],
    ids=lambda weights: type(weights).__name__,
)
def test_weights_in_any_form_are_the_same_weights(sample_weight, on_words):
    weighted = tagger().fit(WORDS, TAGS, [2.0, 1.0])
    assert same_model(tagger().fit(WORDS, TAGS, sample_weight), weighted)
    assert not same_model(on_words, weighted)


@pytest.mark.parametrize("weight", [1, 3.0, np.float32(1), None])
def test_one_number_weighs_everything_alike(weight, on_words):
    assert on_words.score(WORDS, TAGS, weight) == on_words.score(WORDS, TAGS)
    if weight in (1, None):
        assert same_model(tagger().fit(WORDS, TAGS, weight), on_words)


def test_a_block_takes_weights_in_two_dimensions():
    y = [[1, 2], [2, 2]]
    weighted = tagger().fit(BLOCK, y, [[1, 2], [3, 4]])
    assert same_model(tagger().fit(BLOCK, y, np.array([[1, 2], [3, 4]])), weighted)
    assert same_model(tagger().fit(BLOCK, y, pd.DataFrame([[1, 2], [3, 4]])), weighted)


def test_a_sequence_counts_with_the_mean_weight_of_its_tokens_that_count():
    tokens = Tokens("words", "ragged", np.array([2, 1, 2, 0]), list("abcde"))
    weights, sequence_weights = check_sample_weight([[2, 0], [3], [0, 0], []], tokens)
    np.testing.assert_array_equal(weights, [2.0, 0, 3, 0, 0], strict=True)
    np.testing.assert_array_equal(sequence_weights, [2.0, 3, 0, 0], strict=True)


def test_weights_of_two_dimensions_for_rows_are_refused():
    with refuses(ValueError, "sample_weight[0] is [1.0, 1.0], but a weight must be a number from"):
        tagger().fit(ROWS, [1, 2], np.ones((2, 2)))


@pytest.mark.parametrize(
    "bad", [-1.0, NAN, INF, None, "1", 1j, 1e101, 10**400, np.longdouble("1e4000"), 1.1e100]
)
@pytest.mark.parametrize(
    ("weights", "place"),
    [
        (lambda bad: [1.0, bad], "sample_weight[1]"),
        (lambda bad: objects([bad, 1.0]), "sample_weight[0]"),
        (lambda bad: [[1.0, bad], [bad]], "sample_weight[0][1]"),
        (lambda bad: objects([[1.0, 1.0], [bad]]), "sample_weight[1][0]"),
    ],
)
def test_weights_that_are_no_numbers_in_range_are_named(bad, weights, place, on_words):
    message = (
        f"{place} is {shorten(repr(bad))}, but a weight must be a number from 0 to 1e+100. The "
        "weight 0 leaves a token, or a sequence, out."
    )
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(WORDS, TAGS, weights(bad))


@pytest.mark.parametrize("duration", [np.timedelta64(1, "D"), np.timedelta64(1, "ns")])
@pytest.mark.parametrize("container", [list, np.array, pd.Series])
def test_durations_are_no_weights(duration, container):
    with pytest.raises(
        ValueError, match=r"sample_weight\[0\] is .*, but a weight must be a number"
    ):
        tagger().fit(WORDS, TAGS, container([duration, duration]))


def test_masked_weights_are_refused_and_the_first_named():
    message = "is nan, but a weight must be a number from 0 to 1e+100."
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    with refuses(ValueError, f"sample_weight[1] {message}"):
        tagger().fit(WORDS, TAGS, masked)
    with refuses(ValueError, f"sample_weight[0][1] {message}"):
        tagger().fit(WORDS, TAGS, [masked, [1.0]])


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble, np.int8, np.uint64, int])
def test_weights_of_any_type_are_numbers(kind, on_words):
    assert same_model(tagger().fit(WORDS, TAGS, [kind(1), kind(1)]), on_words)
    assert same_model(tagger().fit(WORDS, TAGS, [[kind(1), kind(1)], [kind(1)]]), on_words)


@pytest.mark.parametrize("class_weight", [None, "balanced", {"NOUN": 1e100, "VERB": 1e-100}])
@pytest.mark.parametrize("weights", [[1e100, 1e100], [1e100, 1e-100], [1, 5e-324]], ids=str)
def test_the_largest_and_the_smallest_weights_are_legal(weights, class_weight):
    fitted = tagger(class_weight=class_weight).fit(MATRICES, TAGS, weights)
    for p in fitted.predict_proba(MATRICES):
        np.testing.assert_allclose(p.sum(axis=1), 1)


@pytest.mark.parametrize(
    "sample_weight", [0, 0.0, [0, 0], [[0, 0], [0]], np.zeros(2), 5e-324, [[1e-101, 0], [0]]]
)
def test_weights_that_are_all_zero_are_refused(sample_weight, on_words):
    message = "sample_weight is zero for every token, or under 1e-100: at least one must be larger."
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(WORDS, TAGS, sample_weight)


def test_weights_of_empty_sequences_alone_are_all_zero():
    with refuses(ValueError, "sample_weight is zero for every token"):
        tagger().fit([["Ducks"], []], [["NOUN"], []], [0, 1])


def test_balanced_classes_weigh_the_inverse_of_how_often_they_occur():
    balanced = tagger(class_weight="balanced").fit(WORDS, TAGS)  # one NOUN, two VERB
    assert same_model(tagger(class_weight={"NOUN": 1.5, "VERB": 0.75}).fit(WORDS, TAGS), balanced)
    learner = tagger(class_weight="balanced").partial_fit(
        WORDS, TAGS, classes=["NOUN", "VERB", "X"]
    )
    weights = {"NOUN": 1.5, "VERB": 0.75, "X": 0}
    explicit = tagger(class_weight=weights).partial_fit(WORDS, TAGS, classes=list(weights))
    assert same_model(explicit, learner)


def test_classes_that_are_not_named_weigh_one():
    named = tagger(class_weight={"NOUN": 2, "VERB": 1}).fit(WORDS, TAGS)
    assert same_model(tagger(class_weight={"NOUN": 2}).fit(WORDS, TAGS), named)


def test_names_of_no_class_warn_and_have_no_effect(on_words):
    message = (
        r"class_weight names \[3, 'X'\], not among the classes \['NOUN', 'VERB'\]: it has no "
        r"effect\.$"
    )
    with pytest.warns(UserWarning, match=message):
        weighted = tagger(class_weight={"X": 5, 3: 5}).fit(WORDS, TAGS)
    assert same_model(weighted, on_words)
