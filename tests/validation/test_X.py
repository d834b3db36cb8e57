import copy
import re
from collections import deque

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from ._inputs import (
    DICTS,
    EQUAL_DICTS,
    EQUAL_WORDS,
    MATRICES,
    NAN,
    ROWS,
    TAGS,
    WORDS,
    OnlyArray,
    assert_ragged,
    assert_ragged_probabilities,
    assert_same,
    each,
    generator,
    mixture,
    objects,
    refuses,
    tagger,
)

ONE_KIND = " All tokens must be of one kind: str, dict or numeric vector."
WORD_FORMS = {
    "list of lists": WORDS,
    "tuple of tuples": tuple(map(tuple, WORDS)),
    "list of deques": list(map(deque, WORDS)),
    "object array of lists": objects(WORDS),
    "object array of tuples": objects([tuple(words) for words in WORDS]),
    "pandas column": pd.Series(WORDS, index=[7, 3]),
    "polars column": pl.Series(WORDS),
    "list of str arrays": [np.array(words) for words in WORDS],
    "list of object arrays": [np.array(words, dtype=object) for words in WORDS],
    "list of pandas columns": [pd.Series(words, index=range(5, 5 + len(words))) for words in WORDS],
    "list of polars columns": [pl.Series(words) for words in WORDS],
    "list of str subclasses": [[np.str_(word) for word in words] for words in WORDS],
    "picked by a mask": objects([["out"], *WORDS])[np.array([False, True, True])],
}
EQUAL_WORD_FORMS = {
    "list of lists": EQUAL_WORDS,
    "2-D str array": np.array(EQUAL_WORDS),
    "2-D object array": np.array(EQUAL_WORDS, dtype=object),
    "2-D StringDType array": np.array(EQUAL_WORDS, dtype=np.dtypes.StringDType()),
    "only __array__": OnlyArray(np.array(EQUAL_WORDS, dtype=object)),
}


@each(WORD_FORMS)
def test_words_in_any_container_are_the_same_words(X, on_words):
    fitted = tagger().fit(X, TAGS)
    assert fitted.vocabulary_ == on_words.vocabulary_
    assert_ragged(fitted.predict(X), [2, 1])
    assert_ragged_probabilities(fitted, X, [2, 1])
    for ours, theirs in zip(fitted.predict_proba(X), on_words.predict_proba(WORDS), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not hasattr(fitted, "n_features_in_")
    assert not hasattr(fitted, "feature_names_in_")


@each(EQUAL_WORD_FORMS)
def test_words_of_equal_lengths_stay_ragged(X):
    fitted = tagger().fit(X, [["NOUN", "VERB"], ["VERB", "NOUN"]])
    assert fitted.vocabulary_ == tagger().fit(EQUAL_WORDS, EQUAL_WORDS).vocabulary_
    assert_ragged(fitted.predict(X), [2, 2])
    assert_ragged_probabilities(fitted, X, [2, 2])


@pytest.mark.parametrize("dtype", [pl.List, lambda inner: pl.Array(inner, 2)])
def test_nested_polars_columns_hold_sequences(dtype):
    structs = pl.Series(EQUAL_DICTS, dtype=dtype(pl.Struct({"word": pl.String})))
    on_structs = tagger().fit(structs, EQUAL_WORDS)
    assert on_structs.vocabulary_ == tagger().fit(EQUAL_DICTS, EQUAL_WORDS).vocabulary_
    assert_ragged(on_structs.predict(structs), [2, 2])
    assert_ragged(on_structs.predict(EQUAL_DICTS), [2, 2])
    words = pl.Series(EQUAL_WORDS, dtype=dtype(pl.String))
    assert_ragged(tagger().fit(words, EQUAL_WORDS).predict(words), [2, 2])
    rows = pl.Series(ROWS[:, :2].tolist(), dtype=dtype(pl.Float64))
    assert tagger().fit(rows, ["a", "b"]).predict(rows).shape == (2,)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("nothing", [[], (), np.empty(0, object), pd.Series([], dtype=object)])
def test_no_sequences_are_answered_with_an_empty_array(method, nothing, on_words, on_vectors):
    for fitted in (on_words, on_vectors):
        answer = getattr(fitted, method)(nothing)
        assert (answer.shape, answer.dtype) == ((0,), object)


@pytest.mark.parametrize(
    "X",
    [
        [["Ducks", "swim"], [], ["Swim"]],
        [("Ducks", "swim"), (), ("Swim",)],
        [["Ducks", "swim"], np.array([], dtype=str), ["Swim"]],
        [["Ducks", "swim"], np.empty((0, 0)), ["Swim"]],
        [["Ducks", "swim"], np.empty((0, 3)), ["Swim"]],
        objects([["Ducks", "swim"], [], ["Swim"]]),
        pd.Series([["Ducks", "swim"], [], ["Swim"]]),
        pl.Series([["Ducks", "swim"], [], ["Swim"]]),
        [DICTS[0], [], DICTS[1]],
        [MATRICES[0], [], MATRICES[1]],
        [MATRICES[0], np.empty((0, 3)), MATRICES[1]],
        [MATRICES[0], np.empty(0, dtype=str), MATRICES[1]],
        [MATRICES[0], sparse.csr_array((0, 3)), MATRICES[1]],
        [pd.DataFrame(MATRICES[0]), pd.DataFrame(), pd.DataFrame(MATRICES[1])],
        [pl.DataFrame(MATRICES[0]), pl.DataFrame(), pl.DataFrame(MATRICES[1])],
        [pd.DataFrame(MATRICES[0]), pd.DataFrame(columns=["u"]), pd.DataFrame(MATRICES[1])],
        [pl.DataFrame(MATRICES[0]), pl.DataFrame({"u": []}), pl.DataFrame(MATRICES[1])],
        [MATRICES[0].tolist(), [], MATRICES[1].tolist()],
    ],
    ids=lambda X: f"{type(X).__name__} with {type(list(X)[1]).__name__}",
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_an_empty_sequence_is_legal_and_gives_an_empty_result(X):
    fitted = tagger().fit(X, [["NOUN", "VERB"], [], ["VERB"]])
    assert_ragged(fitted.predict(X), [2, 0, 1])
    assert_ragged_probabilities(fitted, X, [2, 0, 1])
    assert_ragged(fitted.predict([[], []]), [0, 0])
    assert fitted.score(X, fitted.predict(X)) == 1


def test_a_word_never_seen_is_legal(on_words, on_dicts):
    assert_ragged(on_words.predict([["Zebras", "", "\u00e9t\u00e9", "\ud800"]]), [4])
    assert_ragged(on_dicts.predict([[{"never": "seen"}, {}]]), [2])


def test_inputs_are_left_as_they_were():
    inputs = {
        "words": (WORDS, TAGS, [[1, 0], [1]]),
        "dicts": (DICTS, TAGS, [1.0, 0.0]),
        "vectors": (MATRICES, TAGS, [np.array([1.0, 0.0]), np.array([1.0])]),
        "rows": (ROWS, np.array([1, 2]), np.array([1.0, 2.0])),
    }
    before = copy.deepcopy(inputs)
    for X, y, sample_weight in inputs.values():
        tagger().fit(X, y, sample_weight).predict(X)
    assert_same(inputs, before)


@pytest.mark.parametrize(
    "X",
    [
        ["Ducks", "swim"],
        ("Ducks", "swim"),
        np.array(["Ducks", "swim"]),
        np.array(["Ducks", "swim"], dtype=object),
        pd.Series(["Ducks", "swim"]),
        pl.Series(["Ducks", "swim"]),
        ["Ducks", ["swim"]],
    ],
)
def test_one_sentence_instead_of_a_list_of_them_is_refused(X, on_words):
    message = (
        "X[0] is a str, 'Ducks': X looks like one sequence, not a list of sequences. Pass [X] if "
        "so; split X[0] into words if it is a text."
    )
    with refuses(ValueError, message):
        tagger().fit(X, ["NOUN", "VERB"])
    with refuses(ValueError, message):
        on_words.predict(X)


def test_a_sentence_among_lists_is_named():
    with refuses(
        ValueError,
        "X[1] is 'Ducks swim', text that is not split into words. Split it, for instance with "
        "X = [text.split() for text in X].",
    ):
        tagger().fit([["Ducks"], "Ducks swim"], TAGS)


@pytest.mark.parametrize(
    ("item", "error", "text"),
    [
        (
            {"w": "Ducks"},
            ValueError,
            "is a dict, {'w': 'Ducks'}: X looks like one sequence",
        ),
        ({"Ducks"}, TypeError, "is a set, which has no order. Make it a list of tokens."),
        (generator("ab"), TypeError, "is a generator, which has no length. Make it a list of"),
        (b"Ducks", ValueError, "is a bytes, b'Ducks': X looks like one sequence, not a list"),
        (None, ValueError, "is None, not a sequence of tokens. Pass a list of sequences"),
        (NAN, ValueError, "is nan, not a sequence of tokens. Pass a list of sequences"),
        (3, ValueError, "is 3, not a sequence of tokens. Pass a list of sequences"),
        (np.array(3), ValueError, "is array(3), not a sequence of tokens. Pass a list"),
        (sparse.coo_array(np.ones(3)), ValueError, "is <COOrdinate sparse array"),
    ],
    ids=lambda item: type(item).__name__,
)
@pytest.mark.parametrize("form", [list, tuple, objects])
def test_an_item_that_is_no_sequence_is_named(item, error, text, form):
    with refuses(error, f"X[1] {text}"):
        tagger().fit(form([["Ducks"], item]), TAGS)


@pytest.mark.parametrize("X", [[{"w": 1}, {"w": 2}], objects([{"w": 1}, {"w": 2}])])
def test_one_sequence_of_dicts_is_refused(X):
    with refuses(ValueError, "X[0] is a dict, {'w': 1}: X looks like one sequence, not a list"):
        tagger().fit(X, [1, 2])


def test_an_array_of_pairs_is_refused():
    X = np.array([[("Ducks", "NOUN"), ("swim", "VERB")]])
    with refuses(
        ValueError,
        "X is an array of words or dicts of shape (1, 2, 2), expected 2 dimensions: a row for each "
        "sequence, an entry for each token. If its last dimension is a word and its tag, pass "
        "X[..., 0] as X and X[..., 1] as y.",
    ):
        tagger().fit(X, X[..., 1])


@pytest.mark.parametrize("form", [list, objects, pd.Series])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([["a", 3], ["b", {}]], mixture("[0][1]", 3, "[0][0]", "a")),
        ([[], ["a"], ["b", {"w": 1}, 3]], mixture("[2][1]", {"w": 1}, "[1][0]", "a")),
        ([[{}], [{}, "a"]], mixture("[1][1]", "a", "[0][0]", {})),
        ([["a"], [("b", "TAG")]], mixture("[1][0]", ("b", "TAG"), "[0][0]", "a")),
        ([["a"], [[1.0, 2.0]]], mixture("[1][0]", [1.0, 2.0], "[0][0]", "a")),
        ([["a", b"b"]], mixture("[0][1]", b"b", "[0][0]", "a")),
        ([[1, 2], [3, "a"]], mixture("[1][1]", "a", "[0][0]", 1)),
        ([[1, "2"], [3, 4]], mixture("[0][1]", "2", "[0][0]", 1)),
        ([[1, 2], [3, [4]]], mixture("[1][1]", [4], "[0][0]", 1)),
    ],
)
def test_tokens_of_mixed_kinds_are_refused_and_the_first_offender_named(X, message, form):
    message += ONE_KIND
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        tagger().fit(form(X), TAGS)


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        (np.ones((1, 2)), "ndarray"),
        (sparse.csr_matrix([[1.0]]), "csr_matrix"),
        (pd.DataFrame({"u": [1.0]}), "DataFrame"),
        (pl.DataFrame({"u": [1.0]}), "DataFrame"),
        (OnlyArray([[1.0]]), "ndarray"),
    ],
)
@pytest.mark.parametrize(("first", "kinds"), [(["a"], "words"), ([{}], "dicts"), ([1], "numbers")])
def test_a_matrix_among_other_tokens_is_refused(matrix, kind, first, kinds):
    with refuses(
        ValueError,
        f"X[2] is of type {kind}, a sequence of vectors, but other tokens are {kinds}: all tokens "
        "must be of one kind.",
    ):
        tagger().fit([first, first, matrix], TAGS)


@pytest.mark.parametrize("missing", [None, NAN])
@pytest.mark.parametrize(
    ("X", "place"),
    [
        (lambda missing: [["a", "b"], ["c", missing]], "X[1][1]"),
        (lambda missing: objects([["a", "b"], ["c", missing]]), "X[1][1]"),
        (lambda missing: np.array([["a", "b"], ["c", missing]], dtype=object), "X[1][1]"),
        (lambda missing: [np.array(["a"]), np.array(["c", missing], dtype=object)], "X[1][1]"),
        (lambda missing: [[{"w": "a"}], [missing]], "X[1][0]"),
    ],
    ids=["lists", "object array", "2-D object array", "list of arrays", "dicts"],
)
def test_a_missing_token_is_named(missing, X, place):
    with pytest.raises(
        ValueError,
        match=rf"{re.escape(place)} is {missing!r} of type .* but X\[0\]\[0\] is .* Leave out what "
        "is missing, or replace it by a value of the right kind.",
    ):
        tagger().fit(X(missing), TAGS)


def test_a_missing_token_that_is_the_first_is_named():
    hint = "Leave out what is missing, or replace it by a value of the right kind."
    with refuses(ValueError, "X[0][0] is None of type NoneType, not a vector. All tokens must"):
        tagger().fit([[None, "a"]], TAGS)
    with refuses(ValueError, hint):
        tagger().fit([[None, "a"]], TAGS)
    with refuses(ValueError, mixture("[0][1]", "a", "[0][0]", NAN)):
        tagger().fit([[NAN, "a"]], TAGS)
    with refuses(ValueError, hint):
        tagger().fit([[NAN, "a"]], TAGS)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([["a", 1.0]], object), mixture("[0][1]", 1.0, "[0][0]", "a") + ONE_KIND),
        (
            np.array([[1.0, 2.0], [3.0, "a"]], object),
            mixture("[1][1]", "a", "[0][0]", 1.0) + ONE_KIND,
        ),
        (np.array([[1.0, {}]], object), mixture("[0][1]", {}, "[0][0]", 1.0) + ONE_KIND),
        (
            np.array([[[1.0, {}]]], object),
            "X[0][0][1]: float() argument must be a string or a real number, not 'dict'. All "
            "entries must be numbers.",
        ),
        (np.array([[b"a", b"b"]]), "X[0][0]: bytes are not numeric. All entries must be numbers."),
    ],
)
def test_arrays_of_mixed_objects_are_refused_and_the_first_offender_named(X, message):
    with refuses(ValueError, message):
        tagger().fit(X, TAGS)


def test_arrays_of_words_and_dicts_are_mixed_sequences():
    X = np.array([["a", {}]], dtype=object)
    with refuses(ValueError, mixture("[0][1]", {}, "[0][0]", "a")):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize(
    "X",
    [
        np.ones(3),
        np.array([True, False]),
        [1.0, 2.0],
        (1, 2),
        objects([1, 2]),
        pd.Series([1.0, 2.0]),
        pl.Series([1.0, 2.0]),
        range(3),
        OnlyArray([1.0, 2.0]),
        np.array(3.0),
        sparse.coo_array(np.ones(3)),
    ],
)
def test_numbers_of_one_dimension_are_refused_as_scikit_learn_does(X, on_vectors):
    with pytest.raises(ValueError, match=r"Expected 2D (?s:.*)Reshape your data"):
        tagger().fit(X, [1, 2, 3])
    with pytest.raises(ValueError, match=r"Expected 2D (?s:.*)Reshape your data"):
        on_vectors.predict(X)


def test_numbers_of_four_dimensions_are_refused():
    with refuses(
        ValueError,
        "X is an array of 4 dimensions, expected 3, (n_sequences, n_timesteps, n_features), or 2, "
        "(n_samples, n_features). Reshape your data: each token is one vector.",
    ):
        tagger().fit(np.ones((1, 1, 1, 1)), [[1]])


@pytest.mark.parametrize("X", [[[1, 2], [3]], [np.ones(2), np.ones(1)], objects([(1, 2), (3,)])])
def test_sequences_of_bare_numbers_are_told_to_become_vectors(X):
    with refuses(
        ValueError,
        "X[1] has 1 numbers, but X[0] has 2. Lists of numbers are the rows of one array of shape "
        "(n_samples, n_features), each a sequence of one token. For sequences of numbers make each "
        "token a vector: X = [np.reshape(x, (-1, 1)) for x in X].",
    ):
        tagger().fit(X, [[1, 2], [1]])
    mended = [np.reshape(x, (-1, 1)) for x in X]
    assert tagger().fit(mended, [[1, 2], [1]]).n_features_in_ == 1


def test_text_that_is_not_split_is_told_from_one_sentence():
    with pytest.raises(ValueError, match=r"X\[0\] is 'He runs', text that is not split into words"):
        tagger().fit(["He runs", "It is"], [["a", "b"], ["a", "b"]])


@pytest.mark.parametrize(
    "X",
    [
        [[("Ducks", "NOUN"), ("swim", "VERB")]],
        [(("Ducks", "NOUN"), ("swim", "VERB"))],
        objects([[("Ducks", "NOUN")]]),
        [[["Ducks", "NOUN"]]],
        [[], [("Ducks", "NOUN", "B-NP")]],
        [[("Ducks", 1)]],
        [np.array([["Ducks", "NOUN"], ["swim", "VERB"]])],
    ],
)
def test_pairs_of_a_word_and_its_tag_are_refused(X):
    i = len(X) - 1
    with pytest.raises(
        ValueError,
        match=rf"X\[{i}\]\[0\] is .'Ducks'.*, which looks like a pair of a word and its tag. Pass "
        r"the words as X and the tags as y; if all of it describes the token, make it a dict\.$",
    ):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize("token", [{"a"}, b"a", object, generator()])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(
        ValueError,
        match=r"X\[1\]\[0\] is .* of type .*, not a vector. All tokens must be of one kind: str, "
        "dict or numeric vector.",
    ):
        tagger().fit([[], [token]], TAGS)


def test_documents_of_sentences_are_one_level_too_deep():
    with refuses(
        ValueError,
        "X[0][0] is ['a', 'b', 'c'], a list instead of a word: X is one level too deep. Pass a "
        "list of sequences, each a list of str.",
    ):
        tagger().fit([[["a", "b", "c"], ["d"]]], [["x", "y"]])
