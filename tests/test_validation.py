"""What a user may pass, what answers to what is wrong, and that a failure leaves no trace."""

import copy
import math
import re
from collections import UserDict, deque
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning, NotFittedError

from sklstm import BiLSTMTagger, _validation

NAN, INF = math.nan, math.inf


def tagger(**params):
    """Return a tagger that trains in no time."""
    small = {"hidden_layer_sizes": 2, "embedding_size": 2, "max_iter": 1, "random_state": 0}
    return BiLSTMTagger(**{**small, **params})


def refuses(error, text):
    """Expect an error with this text in its message."""
    return pytest.raises(error, match=re.escape(text))


def objects(items):
    """Return a 1-D object array, whatever the items are."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


class OnlyArray:
    """What can be converted to an array, and nothing else."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


class ForeignArray(OnlyArray):
    """An array of another library."""

    @property
    def shape(self):
        return self.values.shape

    @property
    def ndim(self):
        return self.values.ndim

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return map(ForeignArray, self.values)


WORDS = [["Ducks", "swim"], ["Swim"]]
TAGS = [["NOUN", "VERB"], ["VERB"]]
DICTS = [[{"word": "Ducks", "title": True}, {"word": "swim"}], [{"length": 4, "word": "Swim"}]]
MATRICES = [np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 0.0]]), np.array([[0.0, 0.0, 5.0]])]
BLOCK = np.arange(12.0).reshape(2, 2, 3)
ROWS = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 0.0]])
NAMES = ["u", "v", "w"]


def generator(items=WORDS):
    yield from items


@pytest.fixture(scope="module")
def on_words():
    return tagger().fit(WORDS, TAGS)


@pytest.fixture(scope="module")
def on_dicts():
    return tagger().fit(DICTS, TAGS)


@pytest.fixture(scope="module")
def on_vectors():
    return tagger().fit(MATRICES, TAGS)


@pytest.fixture(scope="module")
def on_frames():
    return tagger().fit([pd.DataFrame(matrix, columns=NAMES) for matrix in MATRICES], TAGS)


# -- the forms of X and of the answer -----------------------------------------------------------

EQUAL_WORDS = [["Ducks", "swim"], ["Swim", "ducks"]]
EQUAL_DICTS = [[{"word": word} for word in words] for words in EQUAL_WORDS]

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
DICT_FORMS = {
    "list of lists": DICTS,
    "tuple of tuples": tuple(map(tuple, DICTS)),
    "object array": objects(DICTS),
    "pandas column": pd.Series(DICTS),
    "list of object arrays": [objects(dicts) for dicts in DICTS],
    "mappings that are no dict": [[UserDict(each) for each in dicts] for dicts in DICTS],
}
RAGGED_VECTOR_FORMS = {
    "list of arrays": MATRICES,
    "tuple of arrays": tuple(MATRICES),
    "object array of arrays": objects(MATRICES),
    "list of integer arrays": [matrix.astype(int) for matrix in MATRICES],
    "list of float32 arrays": [matrix.astype(np.float32) for matrix in MATRICES],
    "list of object arrays": [matrix.astype(object) for matrix in MATRICES],
    "nested lists": [matrix.tolist() for matrix in MATRICES],
    "nested tuples": [tuple(map(tuple, matrix)) for matrix in MATRICES],
    "lists of vectors": [list(matrix) for matrix in MATRICES],
    "object array of nested lists": objects([matrix.tolist() for matrix in MATRICES]),
    "object arrays of vectors": [objects(list(matrix)) for matrix in MATRICES],
    "pandas column of nested lists": pd.Series([matrix.tolist() for matrix in MATRICES]),
    "polars column of nested lists": pl.Series([matrix.tolist() for matrix in MATRICES]),
    "list of pandas columns of vectors": [pd.Series(list(matrix)) for matrix in MATRICES],
    "list of csr_matrix": [sparse.csr_matrix(matrix) for matrix in MATRICES],
    "list of csr_array": [sparse.csr_array(matrix) for matrix in MATRICES],
    "list of csc_array": [sparse.csc_array(matrix) for matrix in MATRICES],
    "list of coo_array": [sparse.coo_array(matrix) for matrix in MATRICES],
    "list of lil_matrix": [sparse.lil_matrix(matrix) for matrix in MATRICES],
    "dense and sparse": [MATRICES[0], sparse.csr_array(MATRICES[1])],
    "list of only __array__": [OnlyArray(matrix) for matrix in MATRICES],
    "list of foreign arrays": [ForeignArray(matrix) for matrix in MATRICES],
}
FRAME_FORMS = {
    "list of pandas frames": [pd.DataFrame(matrix, columns=NAMES) for matrix in MATRICES],
    "list of polars frames": [pl.DataFrame(matrix, schema=NAMES) for matrix in MATRICES],
    "list of nullable frames": [
        pd.DataFrame(matrix, columns=NAMES).astype("Float64") for matrix in MATRICES
    ],
}
BLOCK_FORMS = {
    "array": BLOCK,
    "integer array": BLOCK.astype(int),
    "object array": BLOCK.astype(object),
    "only __array__": OnlyArray(BLOCK),
    "foreign array": ForeignArray(BLOCK),
}
ROW_FORMS = {
    "array": ROWS,
    "Fortran array": np.asfortranarray(ROWS),
    "integer array": ROWS.astype(int),
    "object array": ROWS.astype(object),
    "only __array__": OnlyArray(ROWS),
    "foreign array": ForeignArray(ROWS),
    "csr_matrix": sparse.csr_matrix(ROWS),
    "csr_array": sparse.csr_array(ROWS),
    "csc_matrix": sparse.csc_matrix(ROWS),
    "coo_array": sparse.coo_array(ROWS),
    "nested lists": ROWS.tolist(),
    "list of vectors": list(ROWS),
    "object array of lists": objects(ROWS.tolist()),
    "pandas column of lists": pd.Series(ROWS.tolist()),
    "polars column of lists": pl.Series(ROWS.tolist()),
}
ROW_FRAMES = {
    "pandas frame": pd.DataFrame(ROWS, columns=NAMES),
    "polars frame": pl.DataFrame(ROWS, schema=NAMES),
    "nullable frame": pd.DataFrame(ROWS, columns=NAMES).astype("Int64"),
}


def each(forms):
    return pytest.mark.parametrize("X", forms.values(), ids=forms.keys())


def assert_ragged(answer, lengths):
    """Assert that an answer is an object array with a list of str for each sequence."""
    assert type(answer) is np.ndarray
    assert (answer.shape, answer.dtype) == ((len(lengths),), object)
    assert [type(tags) for tags in answer] == [list] * len(lengths)
    assert [len(tags) for tags in answer] == lengths
    assert {type(tag) for tags in answer for tag in tags} <= {str}


def assert_ragged_probabilities(fitted, X, lengths):
    p = fitted.predict_proba(X)
    assert (p.shape, p.dtype) == ((len(lengths),), object)
    assert [one.shape for one in p] == [(length, len(fitted.classes_)) for length in lengths]
    for one, log_one in zip(p, fitted.predict_log_proba(X), strict=True):
        np.testing.assert_allclose(one.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(np.log(one), log_one, rtol=1e-4)


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


@each(DICT_FORMS)
def test_dicts_in_any_container_are_the_same_dicts(X, on_dicts):
    fitted = tagger().fit(X, TAGS)
    assert fitted.vocabulary_ == on_dicts.vocabulary_
    assert_ragged(fitted.predict(X), [2, 1])
    assert_ragged_probabilities(fitted, X, [2, 1])


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


@pytest.mark.parametrize("wrap", [np.array, OnlyArray])
def test_two_dimensional_arrays_of_dicts_hold_sequences(wrap):
    X = wrap(np.array(EQUAL_DICTS, dtype=object))
    fitted = tagger().fit(X, [["NOUN", "VERB"], ["VERB", "NOUN"]])
    assert fitted.vocabulary_ == tagger().fit(EQUAL_DICTS, EQUAL_WORDS).vocabulary_
    assert_ragged(fitted.predict(X), [2, 2])


@each({**RAGGED_VECTOR_FORMS, **FRAME_FORMS})
def test_sequences_of_vectors_in_any_container_are_the_same_vectors(X, on_vectors):
    fitted = tagger().fit(X, TAGS)
    assert fitted.n_features_in_ == 3
    assert not hasattr(fitted, "vocabulary_")
    assert_ragged(fitted.predict(X), [2, 1])
    assert_ragged_probabilities(fitted, X, [2, 1])
    for ours, theirs in zip(
        fitted.predict_proba(X), on_vectors.predict_proba(MATRICES), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


@each({**BLOCK_FORMS})
def test_a_block_is_answered_with_a_block(X):
    y = np.array([["a", "b"], ["b", "b"]])
    fitted = tagger().fit(X, y)
    assert fitted.n_features_in_ == 3
    answer, p = fitted.predict(X), fitted.predict_proba(X)
    assert (answer.shape, answer.dtype) == ((2, 2), y.dtype)
    assert p.shape == fitted.predict_log_proba(X).shape == (2, 2, 2)
    ragged = fitted.predict(list(BLOCK))
    assert_ragged(ragged, [2, 2])
    assert ragged.tolist() == answer.tolist()


@each({**ROW_FORMS, **ROW_FRAMES})
def test_rows_are_sequences_of_one_token(X):
    y = np.array(["a", "b"])
    fitted = tagger().fit(X, y)
    assert fitted.n_features_in_ == 3
    answer, p = fitted.predict(X), fitted.predict_proba(X)
    assert (answer.shape, answer.dtype) == ((2,), y.dtype)
    assert p.shape == fitted.predict_log_proba(X).shape == (2, 2)
    exact = tagger().fit(ROWS, y)
    np.testing.assert_allclose(p, exact.predict_proba(ROWS), rtol=1e-6)
    if not hasattr(X, "columns"):  # names would be missed
        one_by_one = fitted.predict([[row] for row in ROWS])
        assert_ragged(one_by_one, [1, 1])
        assert answer.tolist() == [tag for tags in one_by_one for tag in tags]


@pytest.mark.parametrize("fit_on", [MATRICES, ROWS, BLOCK, sparse.csr_array(ROWS)])
def test_forms_of_vectors_may_differ_between_fit_and_predict(fit_on):
    y = {2: TAGS if isinstance(fit_on, list) else ["a", "b"], 3: [["a", "b"], ["b", "a"]]}
    fitted = tagger().fit(fit_on, y[getattr(fit_on, "ndim", 2)])
    block = fitted.predict(BLOCK)
    rows = fitted.predict(BLOCK[:, 0])
    assert (block.shape, rows.shape) == ((2, 2), (2,))
    assert_ragged(fitted.predict(MATRICES), [2, 1])
    assert fitted.predict(list(map(sparse.csr_array, BLOCK))).tolist() == block.tolist()
    assert fitted.predict(BLOCK.tolist()).tolist() == block.tolist()
    assert fitted.predict(sparse.csc_array(BLOCK[:, 0])).tolist() == rows.tolist()


@pytest.mark.parametrize(("dtype", "expected"), [(np.float32, np.float32), (int, np.float64)])
@pytest.mark.parametrize(
    "form", [list, tuple, np.array, lambda rows: [rows], lambda rows: [list(rows)]]
)
def test_vectors_keep_their_precision(dtype, expected, form):
    X = form(ROWS.astype(dtype))
    y = [["a", "b"]] if len(X) == 1 else ["a", "b"]
    p = tagger().fit(X, y).predict_proba(X)
    assert (p[0] if p.dtype == object else p).dtype == expected


@pytest.mark.parametrize("frames", [*FRAME_FORMS.values(), *ROW_FRAMES.values()])
def test_data_frames_name_their_features(frames):
    y = TAGS if isinstance(frames, list) else ["a", "b"]
    fitted = tagger().fit(frames, y)
    assert fitted.feature_names_in_.tolist() == NAMES
    assert not hasattr(tagger().fit(MATRICES, TAGS), "feature_names_in_")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("nothing", [[], (), np.empty(0, object), pd.Series([], dtype=object)])
def test_no_sequences_are_answered_with_an_empty_array(method, nothing, on_words, on_vectors):
    for fitted in (on_words, on_vectors):
        answer = getattr(fitted, method)(nothing)
        assert (answer.shape, answer.dtype) == ((0,), object)


def test_an_array_of_no_sequences_is_refused_as_scikit_learn_does(on_vectors):
    with refuses(ValueError, "Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 1"):
        on_vectors.predict(np.empty((0, 3)))
    with refuses(ValueError, "Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 1"):
        on_vectors.predict(np.empty((0, 3), dtype=bytes))
    with refuses(ValueError, "X has 0 sequences (shape=(0, 2, 3)) while a minimum of 1"):
        on_vectors.predict(np.empty((0, 2, 3)))


@pytest.mark.parametrize(
    "X",
    [
        [["Ducks", "swim"], [], ["Swim"]],
        [("Ducks", "swim"), (), ("Swim",)],
        [["Ducks", "swim"], np.array([], dtype=str), ["Swim"]],
        [["Ducks", "swim"], np.empty((0, 0)), ["Swim"]],
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


def test_a_block_without_time_steps_gives_an_empty_result(on_vectors):
    assert on_vectors.predict(np.empty((4, 0, 3))).shape == (4, 0)
    assert on_vectors.predict_proba(np.empty((4, 0, 3))).shape == (4, 0, 2)


def test_a_word_never_seen_is_legal(on_words, on_dicts):
    assert_ragged(on_words.predict([["Zebras", "", "\u00e9t\u00e9", "\ud800"]]), [4])
    assert_ragged(on_dicts.predict([[{"never": "seen"}, {}]]), [2])


FEATURES = {
    "str": ("s", ["f=s"]),
    "empty str": ("", ["f="]),
    "numpy str": (np.str_("s"), ["f=s"]),
    "bool": (True, ["f"]),
    "numpy bool": (np.False_, ["f"]),
    "int": (-3, ["f"]),
    "float": (0.5, ["f"]),
    "numpy number": (np.float32(0.5), ["f"]),
    "fraction": (Fraction(1, 3), ["f"]),
    "large": (float(np.finfo(np.float32).max) / 2**20, ["f"]),
    "list of str": (["s", "t"], ["f=s", "f=t"]),
    "tuple of str": (("s",), ["f=s"]),
    "set of str": ({"s", "t"}, ["f=s", "f=t"]),
    "frozenset of str": (frozenset("s"), ["f=s"]),
    "empty list": ([], []),
    "dict": ({"g": "s", "h": 2}, ["f:g=s", "f:h"]),
    "dict of dict": ({"g": {"h": ["s"]}}, ["f:g:h=s"]),
}


@pytest.mark.parametrize(("value", "names"), FEATURES.values(), ids=FEATURES.keys())
def test_dicts_may_hold_what_dict_vectorizer_and_crf_take(value, names, monkeypatch):
    monkeypatch.delattr(_validation, "_feature_problem")  # the slow search, for errors alone
    fitted = tagger().fit([[{"f": value}, {"f": "other", "number": 1}]], [["a", "b"]])
    assert list(fitted.vocabulary_) == sorted([*names, "f=other", "number"])


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


# -- what is refused as X -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        ("Ducks swim", "str"),
        (b"Ducks", "bytes"),
        ({"Ducks": "NOUN"}, "dict"),
        ({"Ducks", "swim"}, "set"),
        (None, "NoneType"),
        (5, "int"),
        (object(), "object"),
        (pl.LazyFrame({"u": [1.0]}), "LazyFrame"),
    ],
)
def test_what_is_no_list_is_refused(X, kind):
    with refuses(
        TypeError, f"X is of type {kind}, not a list. Pass a list of sequences: each a list of str,"
    ):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize("X", [generator(), iter(WORDS), zip(WORDS, TAGS, strict=True)])
def test_what_can_be_read_only_once_is_refused(X):
    with refuses(TypeError, "which can be read only once. Pass list(X) instead."):
        tagger().fit(X, TAGS)


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
        "X[0] is a str, 'Ducks': X looks like one sentence, not a list of sentences. Pass [X] if "
        "so; split X[0] into words if it is a sentence."
    )
    with refuses(ValueError, message):
        tagger().fit(X, ["NOUN", "VERB"])
    with refuses(ValueError, message):
        on_words.predict(X)


def test_a_sentence_among_lists_is_named():
    with refuses(ValueError, "X[1] is 'Ducks swim', text that is not split into words. Split it"):
        tagger().fit([["Ducks"], "Ducks swim"], TAGS)


@pytest.mark.parametrize(
    ("item", "error", "text"),
    [
        ({"w": "Ducks"}, ValueError, "is a dict, which is one token: X looks like one sequence"),
        ({"Ducks"}, TypeError, "is a set, which has no order. Make it a list of tokens."),
        (generator("ab"), TypeError, "is a generator, which has no length. Make it a list of"),
        (b"Ducks", ValueError, "is a bytes, b'Ducks': X looks like one sentence"),
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
    with refuses(ValueError, "X[0] is a dict, which is one token: X looks like one sequence, not"):
        tagger().fit(X, [1, 2])


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
        "the words as X and the tags as y",
    ):
        tagger().fit(X, TAGS)


def test_an_array_of_pairs_is_refused():
    X = np.array([[("Ducks", "NOUN"), ("swim", "VERB")]])
    with refuses(
        ValueError,
        "X is an array of words or dicts of shape (1, 2, 2), expected 2 dimensions: a row for each "
        "sequence, an entry for each token. Where its last dimension is a word and its tag, pass "
        "X[..., 0] as X and X[..., 1] as y.",
    ):
        tagger().fit(X, X[..., 1])


def mixture(place, odd, first_place, first):
    odd, first = (
        f"{value!r} of type {type(value).__name__}" for value in (odd, first)
    )  # the values are short
    return f"X{place} is {odd}, but X{first_place} is {first}."


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
    message += " All tokens must be of one kind: str, dict or numeric vector."
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


@pytest.mark.parametrize(
    "token", ["a", {"w": 1}, 1.0], ids=["among vectors: str", "dict", "number"]
)
@pytest.mark.parametrize("first", [MATRICES[0], MATRICES[0].tolist(), sparse.csr_array([[1.0]])])
def test_another_token_among_vectors_is_refused(token, first):
    with refuses(
        ValueError,
        f"X[1][0] is {token!r} of type {type(token).__name__}, not a numeric vector as other "
        "tokens are: each sequence must be an array of shape (n_tokens, n_features).",
    ):
        tagger().fit([first, [token, [1.0, 2.0]]], TAGS)


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
        "is missing, or put something of the right kind in its place.",
    ):
        tagger().fit(X(missing), TAGS)


def test_a_missing_token_that_is_the_first_is_named():
    hint = "Leave out what is missing, or put something of the right kind in its place."
    with refuses(ValueError, "X[0][0] is None of type NoneType, not a token"):
        tagger().fit([[None, "a"]], TAGS)
    with refuses(ValueError, hint):
        tagger().fit([[None, "a"]], TAGS)
    with refuses(ValueError, mixture("[0][1]", "a", "[0][0]", NAN)):
        tagger().fit([[NAN, "a"]], TAGS)
    with refuses(ValueError, hint):
        tagger().fit([[NAN, "a"]], TAGS)


@pytest.mark.parametrize("token", [{"a"}, b"a", object, generator()])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(
        ValueError,
        match=r"X\[1\]\[0\] is .* of type .*, not a token: a token is a str, a dict or a numeric v",
    ):
        tagger().fit([[], [token]], TAGS)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([["a", 1.0]], object), mixture("[0][1]", 1.0, "[0][0]", "a")),
        (np.array([[1.0, 2.0], [3.0, "a"]], object), mixture("[1][1]", "a", "[0][0]", 1.0)),
        (np.array([[1.0, {}]], object), mixture("[0][1]", {}, "[0][0]", 1.0)),
        (np.array([[[1.0, {}]]], object), mixture("[0][0][1]", {}, "[0][0][0]", 1.0)),
        (np.array([[b"a", b"b"]]), "X[0][0] is b'a' of type bytes."),
    ],
)
def test_arrays_of_mixed_objects_are_refused_and_the_first_offender_named(X, message):
    with refuses(ValueError, message + " An array must hold only str, only dicts or only numbers"):
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


@pytest.mark.parametrize("X", [np.array([[1j]]), [[1j]], [np.array([[1j]])]])
def test_complex_numbers_are_refused(X):
    with refuses(ValueError, "Complex data not supported"):
        tagger().fit(X, [[1]])


# -- vectors that do not fit --------------------------------------------------------------------


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array, pd.DataFrame, np.ndarray.tolist])
def test_another_number_of_features_in_a_sequence_is_named(convert):
    X = [convert(np.ones((2, 3))), [], convert(np.ones((1, 3))), convert(np.ones((1, 2)))]
    with refuses(
        ValueError,
        "X[3] has 2 features for each token, but X[0] has 3: all vectors must have the same",
    ):
        tagger().fit(X, [[1, 2], [], [1], [2]])


def test_another_number_of_features_in_a_token_is_named():
    with refuses(ValueError, "X[1][2] has 3 features, but X[1][0] has 2: all vectors must have"):
        tagger().fit([[[1, 2]], [[1, 2], [3, 4], [5, 6, 7]]], [[1], [1, 2, 2]])


@pytest.mark.parametrize(
    "X", [[np.ones((1, 2)), np.ones(2)], [np.ones((1, 2)), np.ones((2, 1, 2))]]
)
def test_a_sequence_of_other_dimensions_is_named(X):
    with refuses(
        ValueError,
        f"X[1] is an array of shape {X[1].shape}, expected 2 dimensions: (n_tokens, n_features). "
        "Reshape it, to (-1, 1) where each number is a token.",
    ):
        tagger().fit(X, [[1], [1, 2]])


@pytest.mark.parametrize(
    "X",
    [
        [np.ones((1, 2))],
        [sparse.csr_matrix(np.ones((1, 2)))],
        [[[1.0, 2.0]]],
        [[1.0, 2.0]],
        np.ones((1, 2)),
        np.ones((1, 1, 2)),
        np.ones((1, 0, 2)),
        sparse.csc_array(np.ones((1, 2))),
    ],
)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_another_number_of_features_than_in_fit_is_refused(X, method, on_vectors):
    with refuses(ValueError, "X has 2 features, but BiLSTMTagger is expecting 3 features as input"):
        getattr(on_vectors, method)(X)


@pytest.mark.parametrize("X", [np.empty((2, 0)), np.empty((2, 1, 0)), [np.empty((2, 0))], [[[]]]])
def test_vectors_without_features_are_refused(X):
    with pytest.raises(ValueError, match=r"0 feature\(s\) .* while a minimum of 1 is required"):
        tagger().fit(X, [[1], [2]])


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize(
    ("X", "place"),
    [
        (lambda bad: [np.ones((1, 2)), np.array([[1, 1], [1, bad]])], "X[1][1], feature 1"),
        (lambda bad: [[[1, 1]], [[bad, 1], [1, bad]]], "X[1][0], feature 0"),
        (lambda bad: [sparse.csr_matrix([[1, 0]]), sparse.csr_matrix([[0, bad]])], "X[1][0], f"),
        (lambda bad: [sparse.csc_array([[1, 0], [bad, 1]]), np.array([[bad, 0]])], "X[0][1], fea"),
        (
            lambda bad: [
                pd.DataFrame({"u": [1.0, 1.0], "v": [1, bad]}),
                pd.DataFrame({"u": [1.0], "v": [1]}),
            ],
            "X[0][1], feature 'v'",
        ),
        (lambda bad: [pl.DataFrame({"u": [1.0], "v": [bad]})], "X[0][0], feature 'v'"),
        (lambda bad: np.array([[[1, 1], [1, 1]], [[1, bad], [bad, 1]]]), "X[1][0], feature 1"),
        (lambda bad: np.array([[1, 1], [bad, 1]]), "X[1], feature 0"),
        (lambda bad: np.array([[1, 1], [bad, 1]], dtype=object), "X[1], feature 0"),
        (lambda bad: [[1, 1], [1, bad]], "X[1], feature 1"),
        (lambda bad: sparse.csr_array([[0, 1], [0, bad]]), "X[1], feature 1"),
        (lambda bad: sparse.coo_matrix([[0, 1], [0, bad]]), "X[1], feature 1"),
        (lambda bad: pd.DataFrame({"u": [1, 2], "v": [1, bad]}), "X[1], feature 'v'"),
        (lambda bad: pl.DataFrame({"u": [1, 2], "v": [1.0, bad]}), "X[1], feature 'v'"),
    ],
    ids=[
        *("arrays", "nested lists", "csr_matrix", "csc_array", "pandas frames", "polars frames"),
        *("block", "rows", "object rows", "nested rows", "csr rows", "coo rows", "pandas rows"),
        "polars rows",
    ],
)
def test_vectors_that_are_not_finite_are_refused_and_the_first_named(value, X, place):
    X = X(value)
    problem = "NaN" if math.isnan(value) else "infinity"
    with refuses(ValueError, f"Input X contains {problem}, first in {place}"):
        tagger().fit(X, TAGS)
    with refuses(ValueError, "Impute or leave out such values, for instance with sklearn.impute"):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize("X", [pd.array([1, None], dtype="Int64"), pl.Series([1, None])])
def test_a_number_that_is_missing_from_a_data_frame_is_nan(X):
    frame = pl.DataFrame({"u": X}) if isinstance(X, pl.Series) else pd.DataFrame({"u": X})
    with refuses(ValueError, "Input X contains NaN, first in X[1], feature 'u'"):
        tagger().fit(frame, ["a", "b"])
    with refuses(ValueError, "Input X contains NaN, first in X[0][1], feature 'u'"):
        tagger().fit([frame], [["a", "b"]])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_of_words_are_refused(frame):
    data = frame({"length": [5, 4], "word": ["Ducks", "swim"]})
    message = (
        "holds str, 'Ducks', but a data frame holds numeric features, a vector in each row. For "
        "words, pass a list of lists of str, one list for each sequence."
    )
    with refuses(ValueError, f"The column 'word' of X {message}"):
        tagger().fit(data, ["NOUN", "VERB"])
    with refuses(ValueError, f"The column 'word' of X[1] {message}"):
        tagger().fit([data[["length"]], data], [["NOUN", "VERB"]] * 2)


def test_data_frames_of_other_objects_are_refused_as_scikit_learn_does():
    frame = pd.DataFrame({"u": [1.0, object()]})
    for X in (frame, [frame]):
        with refuses(TypeError, "float() argument must be a string or a real number, not 'object'"):
            tagger().fit(X, TAGS)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("columns", [["v", "u"], ["u", "other"]])
def test_data_frames_with_other_columns_in_one_list_are_refused(frame, columns):
    X = [frame({"u": [1.0], "v": [2.0]}), frame({column: [1.0] for column in columns})]
    with refuses(
        ValueError,
        f"The columns of X[1] are {columns}, but those of X[0] are ['u', 'v']: all data frames "
        "must have the same columns in the same order.",
    ):
        tagger().fit(X, [["a"], ["b"]])


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame(ROWS, columns=["u", "v", "other"]),
        [pd.DataFrame(ROWS, columns=["u", "v", "other"])],
        [pl.DataFrame(ROWS, schema=["u", "v", "other"])],
    ],
)
def test_other_names_than_in_fit_are_refused(X, on_frames):
    with pytest.raises(
        ValueError, match=r"The feature names should match (?s:.*)unseen at fit time:\n- other"
    ):
        on_frames.predict(X)


def test_names_that_are_missing_warn_as_in_scikit_learn(on_frames):
    with pytest.warns(UserWarning, match="X does not have valid feature names, but BiLSTMTagger"):
        on_frames.predict(MATRICES)


# -- dicts that do not fit ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ({"w": None}, "feature 'w' is None of type NoneType"),
        ({"w": NAN}, "feature 'w' is nan, which is not finite, or too large"),
        ({"w": np.float64("nan")}, "feature 'w' is nan, which is not finite, or too large"),
        ({"w": -INF}, "feature 'w' is -inf, which is not finite, or too large"),
        ({"w": 1e39}, "feature 'w' is 1e+39, which is not finite, or too large"),
        ({"w": -(10**400)}, "feature 'w' is -1000000"),
        ({3: "a"}, "feature '3' has a name of type int"),
        ({None: "a"}, "feature 'None' has a name of type NoneType"),
        ({("a", "b"): 1}, "feature \"('a', 'b')\" has a name of type tuple"),
        ({"w": ["a", 1]}, "feature 'w' is ['a', 1], which does not hold only str"),
        ({"w": [None]}, "feature 'w' is [None], which does not hold only str"),
        ({"w": [["a"]]}, "feature 'w' is [['a']], which does not hold only str"),
        ({"w": b"a"}, "feature 'w' is b'a' of type bytes"),
        ({"w": 1j}, "feature 'w' is 1j of type complex"),
        ({"w": object}, "feature 'w' is <class 'object'> of type type"),
        ({"w": np.ones(2)}, "feature 'w' is array([1., 1.]) of type ndarray"),
        ({"w": {"inner": None}}, "feature 'w:inner' is None of type NoneType"),
        ({"w": {"inner": {"most": NAN}}}, "feature 'w:inner:most' is nan, which is not finite"),
        ({"w": {"inner": [1]}}, "feature 'w:inner' is [1], which does not hold only str"),
        ({"w": {1: "a"}}, "feature 'w:1' has a name of type int"),
    ],
)
@pytest.mark.parametrize("dictionary", [dict, UserDict])
def test_features_that_are_wrong_are_named(token, problem, dictionary):
    X = [[{"w": "a", "v": 2, "u": ["b"]}], [{}, dictionary(token)]]
    with refuses(ValueError, f"In the dict X[1][1], {problem}"):
        tagger().fit(X, [["a"], ["b", "a"]])
    with refuses(ValueError, "A feature has a str for a name, and for a value a str, a bool, a fi"):
        tagger().fit(X, [["a"], ["b", "a"]])


# -- kinds and states that do not fit -----------------------------------------------------------


@pytest.mark.parametrize(
    ("fitted", "X", "kind", "known"),
    [
        ("on_words", DICTS, "dicts", "words"),
        ("on_words", MATRICES, "vectors", "words"),
        ("on_words", ROWS, "vectors", "words"),
        ("on_words", BLOCK, "vectors", "words"),
        ("on_dicts", WORDS, "words", "dicts"),
        ("on_dicts", sparse.csr_array(ROWS), "vectors", "dicts"),
        ("on_vectors", WORDS, "words", "vectors"),
        ("on_vectors", np.array(EQUAL_DICTS), "dicts", "vectors"),
    ],
)
def test_another_kind_of_token_than_in_fit_is_refused(fitted, X, kind, known, request):
    fitted = request.getfixturevalue(fitted)
    message = (
        f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known}: pass {known}, "
        "or fit it anew."
    )
    for method in (fitted.predict, fitted.predict_proba, fitted.predict_log_proba):
        with refuses(ValueError, message):
            method(X)
    with refuses(ValueError, message):
        fitted.score(X, TAGS)


@pytest.mark.parametrize("warm_start", [True, False], ids=["warm start", "partial_fit"])
@pytest.mark.parametrize(
    ("first", "second", "kind", "known"),
    [(WORDS, MATRICES, "vectors", "words"), (MATRICES, DICTS, "dicts", "vectors")],
)
def test_training_does_not_go_on_with_another_kind_of_token(warm_start, first, second, kind, known):
    fitted = tagger(warm_start=warm_start).fit(first, TAGS)
    with refuses(
        ValueError,
        f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known}. Start anew with "
        "fit and warm_start=False.",
    ):
        (fitted.fit if warm_start else fitted.partial_fit)(second, TAGS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden_layer_sizes": (3, 2)}, "hidden_layer_sizes was [2] and is now [3, 2]."),
        ({"embedding_size": 5}, "embedding_size was 2 and is now 5."),
        ({"bidirectional": False}, "the number of directions (bidirectional) was 2 and is now 1."),
        ({"char_hidden_size": 3}, "char_hidden_size was 50 and is now 3."),
        ({"char_hidden_size": 0}, "char_hidden_size was 50 and is now 0."),
        ({"analyzer": "char_ngram"}, "analyzer was affix and is now char_ngram."),
        ({"output": "crf"}, "output was softmax and is now crf."),
        (
            {"embeddings": {"swim": [1.0, 2.0]}},
            "the width of embeddings, with one number for whether a word has any, was 0 and is "
            "now 3.",
        ),
        (
            {"embedding_size": 5, "hidden_layer_sizes": 1},
            "embedding_size was 2 and is now 5, hidden_layer_sizes was [2] and is now [1].",
        ),
    ],
)
def test_training_does_not_go_on_with_another_build(changed, message):
    fitted = tagger(warm_start=True).fit(WORDS, TAGS).set_params(**changed)
    message = f"a BiLSTMTagger must keep its build, but {message} Set it back, or start anew with"
    for method in (fitted.fit, fitted.partial_fit):
        with refuses(ValueError, message):
            method(WORDS, TAGS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"output": "softmax", "scheme": None},
            "output was crf and is now softmax, scheme was BIO",
        ),
        ({"scheme": None}, "scheme was BIO and is now None."),
        ({"scheme": "IOB1"}, "scheme was BIO and is now IOB1."),
    ],
)
def test_training_does_not_go_on_with_other_transitions(changed, message):
    fitted = tagger(warm_start=True, output="crf", scheme="BIO").fit(WORDS, [["O", "O"], ["O"]])
    fitted.set_params(**changed)
    for method in (fitted.fit, fitted.partial_fit):
        with refuses(ValueError, f"a BiLSTMTagger must keep its build, but {message}"):
            method(WORDS, [["O", "O"], ["O"]])


def test_the_same_build_may_be_written_in_another_way():
    fitted = tagger(warm_start=True).fit(WORDS, TAGS)
    for sizes in ((2,), [2], np.array([2]), np.int64(2)):
        fitted.set_params(hidden_layer_sizes=sizes).fit(WORDS, TAGS)
    assert fitted.n_iter_ == 5


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "score", "vocabulary_"]
)
def test_what_is_not_fitted_says_so(method):
    if method == "vocabulary_":
        with refuses(AttributeError, "vocabulary_ is there after fitting on words or dicts"):
            _ = tagger().vocabulary_
        return
    arguments = (WORDS, TAGS) if method == "score" else (WORDS,)
    with refuses(NotFittedError, "This BiLSTMTagger instance is not fitted yet"):
        getattr(tagger(), method)(*arguments)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_learning_from_nothing_is_refused(method):
    learn = getattr(tagger(), method)
    for X in ([], (), np.empty(0, object), pd.Series([], dtype=object), np.empty((0, 3), str)):
        with refuses(ValueError, "X has 0 sequences (samples) while a minimum of 1 is required"):
            learn(X, [])
    with refuses(ValueError, "Found array with 0 sample(s) (shape=(0, 2)) while a minimum of 1"):
        learn(np.empty((0, 2)), [])
    for X in ([[]], [[], ()], [np.empty((0, 3))], [sparse.csr_array((0, 3))], np.empty((2, 0, 3))):
        with refuses(ValueError, "X has no token at all: every sequence is empty. Pass at least"):
            learn(X, [[]] * len(X))


def test_scoring_nothing_is_refused(on_words):
    with refuses(ValueError, "X has no token at all: pass at least one."):
        on_words.score([[], []], [[], []])
    with refuses(ValueError, "X has no token at all: pass at least one."):
        on_words.score([], [])


# -- the forms of y -----------------------------------------------------------------------------

INDICES = [[0, 1], [1]]
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


# -- what is refused as y -----------------------------------------------------------------------


@pytest.mark.parametrize("X", [WORDS, MATRICES, ROWS, BLOCK])
def test_tags_are_required(X, on_words):
    for learn in (tagger().fit, tagger().partial_fit):
        with refuses(ValueError, "requires y to be passed, but the target y is None"):
            learn(X, None)
    with refuses(ValueError, "requires y to be passed, but the target y is None"):
        on_words.score(WORDS, None)


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        ("NV", "str"),
        ({0: "N"}, "dict"),
        ({"N"}, "set"),
        (3, "int"),
        (sparse.csr_array([[1, 2]]), "csr_array"),
    ],
)
@pytest.mark.parametrize("X", [WORDS, MATRICES, ROWS, BLOCK])
def test_tags_that_are_no_list_are_refused(X, y, kind):
    with refuses(
        TypeError,
        f"y is of type {kind}, not a list. Pass a list of sequences of tags, one tag for each "
        "token of X.",
    ):
        tagger().fit(X, y)


def test_one_tag_alone_is_refused():
    with refuses(TypeError, "y is of type ndarray, not a list. Pass a list of sequences of tags"):
        tagger().fit(WORDS, np.array("NOUN"))
    with refuses(ValueError, "y should be a 1d array, got an array of shape () instead."):
        tagger().fit(ROWS, np.array("NOUN"))


def test_tags_that_can_be_read_only_once_are_refused():
    for X in (WORDS, ROWS):
        with refuses(
            TypeError, "y is of type generator, which can be read only once. Pass list(y)"
        ):
            tagger().fit(X, generator(TAGS))


@pytest.mark.parametrize(
    ("y", "shown"),
    [
        (["NV", "V"], "y[0] is 'NV'"),
        ([["NOUN", "VERB"], "V"], "y[1] is 'V'"),
        ([["NOUN", "VERB"], 1], "y[1] is 1"),
        ([["NOUN", "VERB"], np.int64(1)], "y[1] is 1"),
        ([["NOUN", "VERB"], None], "y[1] is None"),
        ([["NOUN", "VERB"], {"VERB"}], "y[1] is {'VERB'}"),
        ([["NOUN", "VERB"], {"VERB": 1}], "y[1] is {'VERB': 1}"),
        ([["NOUN", "VERB"], generator("V")], "y[1] is <generator object"),
        ([["NOUN", "VERB"], np.array([["VERB"]])], "y[1] is array([['VERB']]"),
        ([["NOUN", "VERB"], sparse.coo_array([1])], "y[1] is <COOrdinate sparse array"),
        (["NOUN", "VERB", "VERB"], "y[0] is 'NOUN'"),
        (np.array([0, 1, 1]), "y[0] is 0"),
        (pd.Series(["NOUN", "VERB", "VERB"]), "y[0] is 'NOUN'"),
    ],
)
@pytest.mark.parametrize("X", [WORDS, MATRICES], ids=["words", "vectors"])
def test_tags_of_a_sequence_that_are_no_list_are_named(X, y, shown):
    with pytest.raises(
        ValueError,
        match=rf"{re.escape(shown)}.*, not a list of tags: pass one list for each sequence, with "
        "one entry for each of its tokens.",
    ):
        tagger().fit(X, y)


@pytest.mark.parametrize("y", [TAGS[:1], [*TAGS, ["NOUN"]], np.array([["NOUN", "VERB"]])])
@pytest.mark.parametrize("X", [WORDS, DICTS, MATRICES, BLOCK])
def test_another_number_of_sequences_of_tags_is_refused(X, y):
    with refuses(ValueError, f"X has 2 sequences, but y has {len(y)}. Pass a list of sequences of"):
        tagger().fit(X, y)


@pytest.mark.parametrize("X", [WORDS, DICTS, MATRICES], ids=["words", "dicts", "vectors"])
def test_another_number_of_tags_in_a_sequence_is_named(X, on_words):
    X, y = [*X, *X], [*TAGS, ["NOUN"], []]
    message = "X[2] has 2 tokens, but y[2] has 1 tags: pass one tag for each token."
    with refuses(ValueError, message):
        tagger().fit(X, y)
    for form in (objects(y), list(map(np.array, y)), pd.Series(y)):
        with refuses(ValueError, message):
            tagger().fit(X, form)


@pytest.mark.parametrize(
    "y", [np.ones((2, 3), int), [[1, 1, 1], [1, 1, 1]], pd.DataFrame([[1] * 3] * 2)]
)
def test_another_number_of_tags_in_a_block_is_named(y):
    with refuses(ValueError, "X[0] has 2 tokens, but y[0] has 3 tags: pass one tag for each token"):
        tagger().fit(BLOCK, y)


@pytest.mark.parametrize("y", [["a", "b", "b"], np.array([1, 2, 2]), pd.Series([1, 2, 2])])
def test_another_number_of_tags_for_rows_is_refused(y, on_vectors):
    message = (
        "X has 2 rows, but y has 3 entries: pass one for each row, which is a sequence of one "
        "token. Where X is one recording, a sequence of many tokens, pass [X] and [y]."
    )
    with refuses(ValueError, message):
        tagger().fit(ROWS, y)
    with refuses(ValueError, message):
        on_vectors.score(ROWS, y)


def test_more_than_one_tag_for_a_row_is_refused():
    with refuses(
        ValueError,
        "X[1] has 1 tokens, but y[1] has 2 tags: pass one tag for each token. Where X is one "
        "recording, a sequence of many tokens, pass [X] and [y].",
    ):
        tagger().fit(ROWS, [["a"], ["a", "b"]])
    with refuses(ValueError, "y should be a 1d array, got an array of shape (2, 2) instead"):
        tagger().fit(ROWS, np.ones((2, 2)))


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
    with refuses(
        ValueError, "Tags must be all str or all integers. Where a token has no tag, pass"
    ):
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
        f"Input y contains {shown}, first in {place}. Where a token has no tag, pass any tag and "
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
        f"Unknown label type: continuous. {place} is 2.5, but a tag is a class: a str or an "
        "integer.",
    ):
        tagger().fit(X, y)


@pytest.mark.parametrize("dtype", ["datetime64[D]", "timedelta64[D]", "complex128", "S1"])
def test_arrays_of_other_things_than_tags_are_refused(dtype):
    message = f"Unknown label type: y is an array of {np.dtype(dtype)}. Tags must be all str or"
    with refuses(ValueError, message):
        tagger().fit(BLOCK, np.array([[1, 2], [1, 2]]).astype(dtype))
    with refuses(ValueError, "Complex data not supported" if dtype == "complex128" else message):
        tagger().fit(ROWS, np.array([1, 2]).astype(dtype))


# -- classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "classes",
    [["VERB", "NOUN", "X"], ("X", "NOUN", "VERB", "X"), np.array(["NOUN", "VERB", "X"])],
)
def test_classes_may_be_named_in_the_first_call(classes):
    learner = tagger().partial_fit(WORDS, TAGS, classes=classes)
    assert learner.classes_.tolist() == ["NOUN", "VERB", "X"]
    learner.partial_fit([["Ducks"]], [["X"]], classes=classes)
    assert learner.partial_fit([["Ducks"]], [["X"]]).classes_.tolist() == ["NOUN", "VERB", "X"]


@pytest.mark.parametrize("classes", [[2, 0, 1], np.array([0.0, 1.0, 2.0]), pd.Series([0, 1, 2])])
def test_classes_may_be_numbers(classes):
    learner = tagger().partial_fit(WORDS, INDICES, classes=classes)
    assert learner.classes_.tolist() == [0, 1, 2]


def test_a_label_outside_the_classes_is_refused_and_named():
    message = (
        "which is not among the classes ['NOUN', 'VERB']. Name all classes in the first call to "
        "partial_fit, or start anew with fit and warm_start=False."
    )
    learner = tagger(warm_start=True)
    with refuses(ValueError, f"y[1][0] is 'X', {message}"):
        learner.partial_fit(WORDS, [["NOUN", "VERB"], ["X"]], classes=["NOUN", "VERB"])
    learner.partial_fit(WORDS, TAGS)
    for learn in (learner.partial_fit, learner.fit):
        with refuses(ValueError, f"y[1][0] is 'X', {message}"):
            learn(WORDS, [["NOUN", "VERB"], ["X"]])
        with refuses(ValueError, f"y[0][0] is 0, {message}"):
            learn(WORDS, INDICES)


def test_a_label_outside_the_classes_is_named_for_rows():
    with refuses(ValueError, "y[1] is 3, which is not among the classes [1, 2]"):
        tagger().partial_fit(ROWS, [1, 2]).partial_fit(ROWS, np.array([1, 3]))


def test_a_label_outside_the_classes_may_have_weight_zero():
    learner = tagger().partial_fit(WORDS, TAGS)
    learner.partial_fit(WORDS, [["NOUN", "X"], ["VERB"]], sample_weight=[[1, 0], [1]])
    assert learner.classes_.tolist() == ["NOUN", "VERB"]


def test_other_classes_in_a_later_call_are_refused():
    learner = tagger().partial_fit(WORDS, TAGS)
    with refuses(
        ValueError,
        "classes is ['NOUN', 'VERB', 'X'], but this BiLSTMTagger was first fitted with ['NOUN', "
        "'VERB']. Pass the same classes or none, or start anew with fit and warm_start=False.",
    ):
        learner.partial_fit(WORDS, TAGS, classes=["NOUN", "VERB", "X"])


@pytest.mark.parametrize("classes", [[], ["a", 1], [None], [0.5], [NAN], [["a"]], [b"a"]])
def test_classes_that_are_no_tags_are_refused(classes):
    with refuses(
        ValueError,
        f"classes is {classes!r}, but must list the tags, all str or all integers.",
    ):
        tagger().partial_fit(WORDS, TAGS, classes=classes)


@pytest.mark.parametrize(("classes", "kind"), [("NV", "str"), ({"N", "V"}, "set"), (2, "int")])
def test_classes_that_are_no_list_are_refused(classes, kind):
    with refuses(TypeError, f"classes is of type {kind}, not a list. Pass a list of all tags."):
        tagger().partial_fit(WORDS, TAGS, classes=classes)


def test_partial_fit_with_early_stopping_is_refused():
    with refuses(ValueError, "partial_fit does not support early_stopping=True"):
        tagger(early_stopping=True).partial_fit(WORDS, TAGS)


# -- weights ------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "sample_weight", [[1.0], [1.0, 1.0, 1.0], [[1.0, 1.0]], np.ones(5), np.ones((1, 2))]
)
def test_another_number_of_weights_is_refused(sample_weight, on_words):
    message = (
        f"X has 2 sequences, but sample_weight has {len(sample_weight)}. Pass one weight for each "
        "sequence, or one for each token in the form of y."
    )
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(WORDS, TAGS, sample_weight)
    with refuses(ValueError, message):
        tagger().partial_fit(WORDS, TAGS, sample_weight=sample_weight)


def test_another_number_of_weights_in_a_sequence_is_named():
    with refuses(
        ValueError,
        "X[1] has 1 tokens, but sample_weight[1] has 2 weights: pass one weight for each token.",
    ):
        tagger().fit(WORDS, TAGS, [[1, 1], [1, 1]])


def test_weights_partly_for_sequences_and_partly_for_tokens_are_refused():
    with refuses(ValueError, "sample_weight[1] is 1.0, not a list of weights: pass one list for e"):
        tagger().fit(WORDS, TAGS, [[1.0, 1.0], 1.0])


@pytest.mark.parametrize("sample_weight", [[1.0], np.ones(3), [1.0] * 4])
def test_another_number_of_weights_for_rows_is_refused(sample_weight):
    n = len(sample_weight)
    with refuses(ValueError, f"X has 2 rows, but sample_weight has {n} entries: pass one for each"):
        tagger().fit(ROWS, [1, 2], sample_weight)


def test_weights_of_two_dimensions_for_rows_are_refused():
    with refuses(ValueError, "sample_weight[0] is [1.0, 1.0], but a weight must be a finite numb"):
        tagger().fit(ROWS, [1, 2], np.ones((2, 2)))


@pytest.mark.parametrize("bad", [-1.0, NAN, INF, None, "1", 1j])
@pytest.mark.parametrize(
    ("weights", "place"),
    [
        (lambda bad: [1.0, bad], "sample_weight[1]"),
        (lambda bad: objects([bad, 1.0]), "sample_weight[0]"),
        (lambda bad: [[1.0, bad], [bad]], "sample_weight[0][1]"),
        (lambda bad: objects([[1.0, 1.0], [bad]]), "sample_weight[1][0]"),
    ],
)
def test_weights_that_are_no_finite_positive_numbers_are_named(bad, weights, place, on_words):
    message = (
        f"{place} is {bad!r}, but a weight must be a finite number >= 0. The weight 0 leaves a "
        "token, or a sequence, out."
    )
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(WORDS, TAGS, weights(bad))


@pytest.mark.parametrize("sample_weight", [0, 0.0, [0, 0], [[0, 0], [0]], np.zeros(2)])
def test_weights_that_are_all_zero_are_refused(sample_weight, on_words):
    message = "sample_weight is zero for every token: at least one weight must be positive."
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(WORDS, TAGS, sample_weight)


def test_weights_of_empty_sequences_alone_are_all_zero():
    with refuses(ValueError, "sample_weight is zero for every token"):
        tagger().fit([["Ducks"], []], [["NOUN"], []], [0, 1])


@pytest.mark.parametrize(
    ("sample_weight", "kind"), [("balanced", "str"), ({0: 1.0}, "dict"), ({1.0, 2.0}, "set")]
)
@pytest.mark.parametrize("X", [WORDS, ROWS])
def test_weights_that_are_no_list_are_refused(X, sample_weight, kind):
    with refuses(
        TypeError,
        f"sample_weight is of type {kind}, not a list. Pass one weight for each sequence, or one",
    ):
        tagger().fit(X, TAGS, sample_weight)


def test_weights_that_can_be_read_only_once_are_refused():
    with refuses(TypeError, "sample_weight is of type generator, which can be read only once."):
        tagger().fit(WORDS, TAGS, generator([1.0, 1.0]))


def test_sequences_of_weight_zero_teach_no_words():
    fitted = tagger(analyzer="word", char_hidden_size=0).fit(WORDS, TAGS, [0, 1])
    assert fitted.vocabulary_ == {"Swim": 1}
    assert fitted.classes_.tolist() == ["VERB"]
    assert fitted.t_ == 1


def test_balanced_classes_weigh_the_inverse_of_how_often_they_occur():
    balanced = tagger(class_weight="balanced").fit(WORDS, TAGS)  # one NOUN, two VERB
    assert same_model(tagger(class_weight={"NOUN": 1.5, "VERB": 0.75}).fit(WORDS, TAGS), balanced)
    learner = tagger(class_weight="balanced").partial_fit(
        WORDS, TAGS, classes=["NOUN", "VERB", "X"]
    )
    weights = {"NOUN": 1.5, "VERB": 0.75, "X": 0}
    explicit = tagger(class_weight=weights).partial_fit(WORDS, TAGS, classes=list(weights))
    assert same_model(explicit, learner)


# -- the validation set -------------------------------------------------------------------------


def test_a_validation_set_takes_both():
    with refuses(ValueError, "X_val was passed without y_val: a validation set is X_val and y_val"):
        tagger().fit(WORDS, TAGS, X_val=WORDS)
    with refuses(ValueError, "y_val was passed without X_val: a validation set is X_val and y_val"):
        tagger().fit(WORDS, TAGS, y_val=TAGS)


@pytest.mark.parametrize(
    ("X", "X_val", "y_val", "error", "message"),
    [
        (WORDS, DICTS, TAGS, ValueError, "The tokens of X are dicts, but this BiLSTMTagger was"),
        (WORDS, MATRICES, TAGS, ValueError, "The tokens of X are vectors, but this BiLSTMTagger"),
        (MATRICES, WORDS, TAGS, ValueError, "The tokens of X are words, but this BiLSTMTagger was"),
        (MATRICES, [np.ones((1, 2))], [["VERB"]], ValueError, "X has 2 features, but BiLSTMTagger"),
        (WORDS, [], [], ValueError, "X has 0 sequences (samples)"),
        (WORDS, [[]], [[]], ValueError, "X has no token at all"),
        (WORDS, "abc", TAGS, TypeError, "X is of type str, not a list."),
        (WORDS, WORDS, [["NOUN"], ["VERB"]], ValueError, "X[0] has 2 tokens, but y[0] has 1 tags"),
        (WORDS, WORDS, [["NOUN", None], ["VERB"]], ValueError, "Input y contains None, first in y"),
    ],
)
def test_a_bad_validation_set_is_named_as_such(X, X_val, y_val, error, message):
    with refuses(error, f"In X_val and y_val, called X and y here: {message}"):
        tagger().fit(X, TAGS, X_val=X_val, y_val=y_val)


def test_a_validation_set_may_hold_tags_that_are_new():
    fitted = tagger().fit(WORDS, TAGS, X_val=[["Ducks"]], y_val=[["X"]])
    assert fitted.classes_.tolist() == ["NOUN", "VERB"]
    assert fitted.validation_scores_ == [0.0]


def test_no_empty_sequence_is_held_out():
    learner = tagger(early_stopping=True, validation_fraction=0.5)
    learner.fit([[], ["Ducks"], [], ["swim"]], [[], ["NOUN"], [], ["NOUN"]])
    assert learner.validation_scores_ == [1.0]


def test_holding_out_everything_is_refused():
    with refuses(
        ValueError,
        "early_stopping=True holds out 1 of 1 sequences, which leaves none to train on. Pass more "
        "sequences, or a validation set as X_val and y_val, or set validation_fraction or "
        "early_stopping=False.",
    ):
        tagger(early_stopping=True).fit(WORDS[:1], TAGS[:1])


# -- what a CRF cannot learn from ---------------------------------------------------------------


def crf(**params):
    return tagger(output="crf", char_hidden_size=2, **params)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("weights", "place"),
    [
        ([[1, 0], [1]], "[0][1]"),
        ([[0, 2.0], [1]], "[0][1]"),
        ([[1, 1], [2], [3, 3, 1]], "[2][2]"),
        ([[], [1, 1], [1, 2, 1]], "[2][1]"),
    ],
)
def test_weights_that_differ_within_a_sequence_are_refused_and_the_first_named(
    weights, place, method
):
    X = [["w"] * len(each) for each in weights]
    with refuses(
        ValueError,
        'With output="crf" all tokens of a sequence have the same weight, but '
        f"sample_weight{place} differs from the first of its sequence. Pass one weight for each "
        'sequence, cut padding off, or set output="softmax".',
    ):
        getattr(crf(), method)(X, X, sample_weight=weights)


def test_weights_that_differ_within_a_block_are_refused():
    with refuses(ValueError, "sample_weight[1][1] differs from the first of its sequence"):
        crf().fit(BLOCK, [[0, 1], [1, 0]], np.array([[1, 1], [0, 1]]))


@pytest.mark.parametrize("class_weight", ["balanced", {"NOUN": 2}, {}])
def test_classes_have_no_weights_in_a_crf(class_weight):
    message = 'must be None with output="crf", which weighs whole sequences.'
    with refuses(ValueError, f"class_weight is {class_weight!r}, but {message}"):
        crf(class_weight=class_weight).fit(WORDS, TAGS)


BROKEN_SPANS = [
    ("BIO", "O I-a", "[1] is 'I-a' and follows 'O'"),
    ("BIO", "I-a O", "[0] is 'I-a' and begins its sequence"),
    ("BIO", "B-a I-a I-b", "[2] is 'I-b' and follows 'I-a'"),
    ("BIO", "B-b B-a I-b I-a", "[2] is 'I-b' and follows 'B-a'"),
    ("IOB1", "B-a", "[0] is 'B-a' and begins its sequence"),
    ("IOB1", "O B-a", "[1] is 'B-a' and follows 'O'"),
    ("IOB1", "I-b B-a", "[1] is 'B-a' and follows 'I-b'"),
    ("BIOES", "I-a E-a", "[0] is 'I-a' and begins its sequence"),
    ("BIOES", "O E-a", "[1] is 'E-a' and follows 'O'"),
    ("BIOES", "B-a O", "[1] is 'O' and follows 'B-a'"),
    ("BIOES", "B-a E-b", "[1] is 'E-b' and follows 'B-a'"),
    ("BIOES", "S-a B-a", "[1] is 'B-a' and ends its sequence"),
    ("BIOES", "B-a I-a", "[1] is 'I-a' and ends its sequence"),
    ("BIOES", "O B-a S-a", "[2] is 'S-a' and follows 'B-a'"),
]
RIGHT_SPANS = {"BIO": "B-a I-a O B-b", "IOB1": "I-a B-a O I-b", "BIOES": "B-a E-a O S-b"}


@pytest.mark.parametrize(("scheme", "tags", "problem"), BROKEN_SPANS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_spans_that_break_the_scheme_are_refused_and_the_first_named(scheme, tags, problem, method):
    right = RIGHT_SPANS[scheme].split()
    y = [right, [], tags.split(), tags.split()]
    with refuses(
        ValueError,
        f"y[2]{problem}, which the {scheme} scheme does not allow. Correct the tag, or set another "
        "scheme or None.",
    ):
        getattr(crf(scheme=scheme), method)([["w"] * len(each) for each in y], y)


@pytest.mark.parametrize(("scheme", "tags", "problem"), BROKEN_SPANS)
def test_spans_that_break_a_scheme_are_legal_without_one(scheme, tags, problem):
    y = [RIGHT_SPANS[scheme].split(), tags.split()]
    assert crf().fit([["w"] * len(each) for each in y], y).n_iter_ == 1


def test_spans_that_break_the_scheme_are_named_in_rows_and_blocks():
    with refuses(ValueError, "y[1] is 'I-a' and begins its sequence"):
        crf(scheme="BIO").fit(ROWS, ["B-a", "I-a"])
    with refuses(ValueError, "y[1][0] is 'I-a' and begins its sequence"):
        crf(scheme="BIO").fit(BLOCK, [["B-a", "I-a"], ["I-a", "O"]])


def test_spans_that_break_the_scheme_are_named_where_the_user_has_them():
    with refuses(ValueError, "y[1][1] is 'I-a' and follows 'O'"):
        crf(scheme="BIO").fit([["w"], ["w", "w"]], [["O"], ["O", "I-a"]], [0, 1])


def test_spans_that_break_the_scheme_are_refused_whatever_is_held_out():
    y = [["O"]] * 9 + [["O", "I-a"]]
    X = [["w"] * len(tags) for tags in y]
    for seed in range(10):  # among them one that holds the last sequence out
        with refuses(ValueError, "y[9][1] is 'I-a' and follows 'O'"):
            crf(scheme="BIO", early_stopping=True, random_state=seed).fit(X, y)


def test_a_label_outside_the_classes_is_named_where_the_user_has_it():
    fitted = tagger().partial_fit(WORDS, TAGS)
    with refuses(ValueError, "y[1][0] is 'X', which is not among the classes"):
        fitted.partial_fit(WORDS, [["NOUN", "VERB"], ["X"]], sample_weight=[0, 1])


@pytest.mark.parametrize(
    ("scheme", "tag", "prefixes"),
    [
        ("BIO", "NOUN", "B, I"),
        ("BIO", "S-a", "B, I"),
        ("BIO", "B", "B, I"),
        ("BIO", "I-", "B, I"),
        ("BIO", "O-a", "B, I"),
        ("BIO", "-a", "B, I"),
        ("BIO", "BI-a", "B, I"),
        ("BIO", "", "B, I"),
        ("BIO", "b-a", "B, I"),
        ("BIO", "B_a", "B, I"),
        ("IOB1", "E-a", "B, I"),
        ("BIOES", "U-a", "B, I, E, S"),
        ("BIOES", "L-a", "B, I, E, S"),
        ("BIO", 1, "B, I"),
    ],
)
def test_what_is_no_tag_of_the_scheme_is_refused_and_named(scheme, tag, prefixes):
    message = (
        f"{tag!r} is no tag of the {scheme} scheme: O, or one of {prefixes} with the type of a "
        "span, such as B-person. Set scheme=None for other tags."
    )
    other = 1 if tag == 1 else "O"
    with refuses(ValueError, message):
        crf(scheme=scheme).fit(WORDS, [[other, tag], [tag]])
    with refuses(ValueError, message):
        crf(scheme=scheme).partial_fit(WORDS, [[other, other], [other]], classes=[other, tag])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"y": [["O", "I-a"], ["O"]]}, "which the BIO scheme does not allow"),
        ({"y": [["O", "NOUN"], ["O"]]}, "NOUN"),
        ({"sample_weight": [[1, 2], [1]]}, "all tokens of a sequence have the same weight"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_what_a_crf_cannot_learn_from_leaves_it_as_it_was(bad, message, method):
    learner = crf(scheme="BIO")
    y = [["B-a", "I-a"], ["O"]]
    learner.fit(WORDS, y)
    before = copy.deepcopy(attributes_of(learner)), learner.predict_proba(WORDS)
    with pytest.raises(ValueError, match=message):
        getattr(learner, method)(**{"X": WORDS, "y": y} | bad)
    assert_untouched(learner, before, WORDS)


# -- parameters ---------------------------------------------------------------------------------

# The names, values that they may not have, the error and its message.
BAD_PARAMETERS = [
    (
        "hidden_layer_sizes",
        [0, -1, (), (3, -1), 2.5, [2.0], "12", None, {2}],
        ValueError,
        "{name} is {value!r}, but must be a positive integer, or a list or tuple with one for each "
        "LSTM layer.",
    ),
    (
        "analyzer",
        ["char", "ngram", None, 3, np.array(["word"])],
        ValueError,
        "{name} is {value!r}, but must be one of ['word', 'affix', 'char_ngram'] or a callable "
        "from a word to a list of str.",
    ),
    (
        "solver",
        ["lbfgs", None, 1, np.array(["adam"])],
        ValueError,
        "{name} is {value!r}, but must be one of ['adam', 'sgd'].",
    ),
    (
        "learning_rate",
        ["cosine", 0.1],
        ValueError,
        "{name} is {value!r}, but must be one of ['constant', 'invscaling', 'adaptive', 'linear'].",
    ),
    (
        "bidirectional shuffle warm_start nesterovs_momentum early_stopping",
        [1, "yes", None],
        TypeError,
        "{name} is {value!r}, but must be True or False.",
    ),
    (
        "embedding_size char_hidden_size max_iter n_iter_no_change batch_size verbose",
        [2.5, None, INF],
        TypeError,
        "{name} must be an instance of int, not {type}.",
    ),
    (
        "embedding_size max_iter n_iter_no_change batch_size",
        [0, -1],
        ValueError,
        "{name} == {value!r}, must be >= 1.",
    ),
    ("batch_size", ["all"], ValueError, "{name} is 'all', but must be 'auto' or an integer >= 1."),
    (
        "min_df dropout feature_dropout label_smoothing word_dropout alpha learning_rate_init "
        "power_t tol momentum validation_fraction beta_1 beta_2 epsilon max_grad_norm",
        ["1", None],
        TypeError,
        "{name} must be an instance of float, not {type}.",
    ),
    (
        "min_df dropout feature_dropout label_smoothing word_dropout alpha power_t tol momentum "
        "beta_1 beta_2 verbose char_hidden_size",
        [-1],
        ValueError,
        "{name} == {value!r}, must be >= 0.",
    ),
    (
        "learning_rate_init epsilon max_grad_norm validation_fraction",
        [0, -1.0],
        ValueError,
        "{name} == {value!r}, must be > 0.",
    ),
    ("min_df momentum", [1.1, INF], ValueError, "{name} == {value!r}, must be <= 1."),
    (
        "dropout feature_dropout label_smoothing beta_1 beta_2 validation_fraction",
        [1, 1.5, INF],
        ValueError,
        "{name} == {value!r}, must be < 1.",
    ),
    (
        "min_df dropout feature_dropout label_smoothing momentum validation_fraction beta_1 "
        "beta_2 max_grad_norm",
        [NAN],
        ValueError,
        "{name} is nan, but must be finite.",
    ),
    (
        "word_dropout alpha learning_rate_init power_t tol epsilon",
        [NAN, INF],
        ValueError,
        "{name} is {value!r}, but must be finite.",
    ),
    (
        "random_state",
        ["seed", -1, 0.5, 2**32],
        ValueError,
        "{name} is {value!r}, but must be None, an int from 0 to 2**32 - 1 or a "
        "numpy.random.RandomState.",
    ),
    (
        "class_weight",
        ["even", [1, 2], 3, np.array(["balanced"])],
        ValueError,
        "{name} is {value!r}, but must be None, 'balanced' or a dict from a class to its weight.",
    ),
    ("class_weight", [{"NOUN": -1}], ValueError, "{name}['NOUN'] == -1, must be >= 0."),
    ("class_weight", [{"NOUN": NAN}], ValueError, "{name}['NOUN'] is nan, but must be finite."),
    (
        "class_weight",
        [{"NOUN": "1"}],
        TypeError,
        "{name}['NOUN'] must be an instance of float, not str.",
    ),
    (
        "class_weight",
        [{"NOUN": 0, "VERB": 0}],
        ValueError,
        "{name} is zero for all tags that occur in y: at least one must be positive.",
    ),
    (
        "output",
        ["CRF", None, True, ["crf"], np.array(["crf"])],
        ValueError,
        "{name} is {value!r}, but must be one of ['softmax', 'crf'].",
    ),
    (
        "scheme",
        ["bio", "IOB", "BILOU", "", 2, False, ["BIO"], np.array(["BIO"])],
        ValueError,
        "{name} is {value!r}, but must be None or one of ['BIO', 'IOB1', 'BIOES'].",
    ),
    (
        "scheme",
        ["BIO", "IOB1", "BIOES"],
        ValueError,
        '{name} is {value!r}, but needs output="crf", which alone scores transitions.',
    ),
    (
        "embeddings",
        ["vectors.txt", 3, True, {"Ducks"}, ["Ducks"], ("Ducks",), np.ones(2), len],
        TypeError,
        "{name} is {value!r}, but must be None or a mapping from a word to its vector, such as a "
        "dict.",
    ),
]
BAD_VALUES = [
    (name, value, error, message.format(name=name, value=value, type=type(value).__name__))
    for names, values, error, message in BAD_PARAMETERS
    for name in names.split()
    for value in values
]


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    BAD_VALUES,
    ids=[f"{name}={value!r}" for name, value, *_ in BAD_VALUES],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_parameter_out_of_its_range_is_named(name, value, error, message, method):
    with refuses(error, message):
        getattr(tagger(**{name: value}), method)(WORDS, TAGS)


def test_a_generator_of_the_new_kind_is_refused_as_random_state():
    with refuses(ValueError, "but must be None, an int from 0 to 2**32 - 1 or a numpy.random.Rand"):
        tagger(random_state=np.random.default_rng(0)).fit(WORDS, TAGS)


def test_every_parameter_is_judged():
    assert {name for name, *_ in BAD_VALUES} == set(BiLSTMTagger().get_params())


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_layer_sizes": np.int64(2)},
        {"hidden_layer_sizes": np.array([2, 3])},
        {"hidden_layer_sizes": [1]},
        {"dropout": 0, "feature_dropout": 0, "word_dropout": 0},
        {"feature_dropout": np.float32(0.99)},
        {"label_smoothing": 0},
        {"label_smoothing": 0.99},
        {"char_hidden_size": 0},
        {"char_hidden_size": np.int64(1)},
        {"output": np.str_("crf"), "scheme": None},
        {"embeddings": {"swim": [1]}},
        {"embeddings": UserDict(Ducks=np.ones(2))},
        {"embeddings": pd.Series({"Ducks": [1.0, 2.0], "swim": [3.0, 4.0]})},
        {"min_df": 0},
        {"min_df": 0.0},
        {"min_df": 1.0},
        {"alpha": 0},
        {"batch_size": np.int32(1)},
        {"tol": 0},
        {"momentum": 0, "solver": "sgd"},
        {"momentum": 1, "solver": "sgd"},
        {"beta_1": 0, "beta_2": 0},
        {"max_grad_norm": INF},
        {"power_t": 0, "learning_rate": "invscaling"},
        {"shuffle": np.False_},
        {"verbose": False},
        {"random_state": np.random.RandomState(0)},
        {"random_state": 2**32 - 1},
        {"class_weight": {}},
        {"class_weight": {"NOUN": 0}},
        {"class_weight": {"VERB": np.float32(2)}},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_are_legal(params):
    assert tagger(**params).fit(WORDS, TAGS).n_iter_ == 1


# -- a failure leaves no trace ------------------------------------------------------------------


def assert_same(one, other, where=""):
    """Assert that two structures of dicts, lists and arrays hold the same."""
    assert type(one) is type(other), where
    if isinstance(one, dict):
        assert list(one) == list(other), where
        for name in one:
            assert_same(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for k, (ours, theirs) in enumerate(zip(one, other, strict=True)):
            assert_same(ours, theirs, f"{where}[{k}]")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, err_msg=where)
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(other), where
    else:
        assert one == other, where


class Fails:
    """A callback that raises in one of its hooks, in the first task of that name."""

    def __init__(self, hook, task, error):
        self.hook, self.task, self.error = hook, task, error

    def setup(self, estimator, context):
        self._reach("setup", context)

    def on_fit_task_begin(self, estimator, context):
        self._reach("begin", context)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self._reach("end", context)

    def teardown(self, estimator, context):
        pass

    def _reach(self, hook, context):
        if (hook, context.task_name) == (self.hook, self.task):
            raise self.error


BAD_LEARNING = {
    "X is no list": (TypeError, {"X": "Ducks"}),
    "X holds a missing token": (ValueError, {"X": [["Ducks", None], ["Swim"]]}),
    "X holds NaN": (ValueError, {"X": [np.full((2, 3), NAN), np.ones((1, 3))]}),
    "X holds other features": (ValueError, {"X": [np.ones((2, 3)), np.ones((1, 5))]}),
    "X has no token": (ValueError, {"X": [[], []], "y": [[], []]}),
    "y is missing": (ValueError, {"y": None}),
    "y is too short": (ValueError, {"y": [["NOUN"], ["VERB"]]}),
    "y is mixed": (ValueError, {"y": [["NOUN", 1], ["VERB"]]}),
    "y is continuous": (ValueError, {"y": [[0.5, 1.0], [1.0]]}),
    "weights are negative": (ValueError, {"sample_weight": [1.0, -1.0]}),
    "weights are zero": (ValueError, {"sample_weight": [0.0, 0.0]}),
    "weights have another length": (ValueError, {"sample_weight": [1.0]}),
}
BAD_CALLBACKS = [
    (hook, task, error)
    for error in (RuntimeError("callback"), KeyboardInterrupt())
    for hook, task in (
        ("setup", "fit"),
        ("begin", "fit"),
        ("begin", "epoch"),
        ("end", "epoch"),
        ("end", "fit"),
    )
    # An interruption after a whole epoch is no failure: its model is kept.
    if (hook, task, type(error)) != ("end", "epoch", KeyboardInterrupt)
]
WAYS = {
    "fit": ("fit", False),
    "warm start": ("fit", True),
    "partial_fit": ("partial_fit", False),
}


@pytest.fixture(params=["words", "vectors"])
def data(request):
    """Return a training set, and another one like it."""
    if request.param == "words":
        return (WORDS, TAGS), ([["Geese", "swim"], ["Fly"]], TAGS)
    names = [pd.DataFrame(matrix, columns=NAMES) for matrix in MATRICES]
    return (names, TAGS), ([frame * 2 for frame in names], TAGS)


@pytest.fixture(params=["unfitted", "fitted", "partially fitted"])
def state(request):
    return request.param


def attributes_of(learner):
    """Return all attributes but the cache of what is made of them."""
    return {name: value for name, value in vars(learner).items() if name != "_known_cache"}


def fitted_as(state, learner, X, y):
    """Bring a tagger into a state; return what it then is and answers."""
    if state == "fitted":
        learner.fit(X, y)
    elif state == "partially fitted":
        learner.partial_fit(X, y)
    answers = None if state == "unfitted" else learner.predict_proba(X)
    return copy.deepcopy(attributes_of(learner)), answers


def assert_untouched(learner, before, X):
    """Assert that nothing of a tagger has changed, and that it works as it did."""
    attributes, answers = before
    assert_same(attributes_of(learner), attributes)
    if answers is None:
        assert vars(learner).keys() == learner.get_params().keys()
        with pytest.raises(NotFittedError):
            learner.predict(X)
    else:
        for ours, theirs in zip(learner.predict_proba(X), answers, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(("error", "bad"), BAD_LEARNING.values(), ids=BAD_LEARNING.keys())
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_bad_input_leaves_the_tagger_as_it_was(data, state, method, warm_start, error, bad):
    learner = tagger(warm_start=warm_start)
    (X, y), (other_X, other_y) = data
    before = fitted_as(state, learner, X, y)
    arguments = {"X": other_X, "y": other_y} | bad
    with pytest.raises(error):
        getattr(learner, method)(**arguments)
    assert_untouched(learner, before, X)


@pytest.mark.parametrize(("hook", "task", "error"), BAD_CALLBACKS)
@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
def test_a_callback_that_raises_leaves_the_tagger_as_it_was(
    data, state, method, warm_start, hook, task, error
):
    learner = tagger(warm_start=warm_start)
    (X, y), other = data
    before = fitted_as(state, learner, X, y)
    learner.set_callbacks(Fails(hook, task, error))
    with pytest.raises(type(error)):
        getattr(learner, method)(*other)
    learner.set_callbacks()
    assert_untouched(learner, before, X)


@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
def test_numbers_that_fail_leave_the_tagger_as_it_was(state, method, warm_start):
    learner = tagger(warm_start=warm_start, batch_size=1)
    before = fitted_as(state, learner, MATRICES, TAGS)
    learner.set_params(learning_rate_init=1e300)
    before[0]["learning_rate_init"] = 1e300
    huge = [matrix * 1e300 for matrix in MATRICES]
    with refuses(
        ValueError, "the loss or the parameters are no longer finite. Scale X, or lower learning"
    ):
        getattr(learner, method)(huge * 5, TAGS * 5)
    assert_untouched(learner, before, MATRICES)


@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("error", [RuntimeError("analyzer"), KeyboardInterrupt()], ids=repr)
def test_an_analyzer_that_raises_leaves_the_tagger_as_it_was(state, method, warm_start, error):
    def analyzer(word):
        if word == "Geese":
            raise error
        return [word]

    learner = tagger(warm_start=warm_start, analyzer=analyzer)
    before = fitted_as(state, learner, WORDS, TAGS)
    with pytest.raises(type(error)):
        getattr(learner, method)([["Geese", "swim"], ["Fly"]], TAGS)
    assert_untouched(learner, before, WORDS)


@pytest.mark.parametrize("name", ["max_iter", "solver", "class_weight", "random_state"])
@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
def test_bad_parameters_leave_the_tagger_as_it_was(state, method, warm_start, name):
    learner = tagger(warm_start=warm_start)
    before = fitted_as(state, learner, WORDS, TAGS)
    learner.set_params(**{name: "bad"})
    before[0][name] = "bad"
    with pytest.raises((ValueError, TypeError), match=name):
        getattr(learner, method)(WORDS, TAGS)
    assert_untouched(learner, before, WORDS)


@pytest.mark.parametrize(
    "validation", [{"X_val": MATRICES}, {"X_val": MATRICES, "y_val": [["NOUN"], ["VERB"]]}]
)
@pytest.mark.parametrize("warm_start", [True, False])
def test_a_bad_validation_set_leaves_the_tagger_as_it_was(state, warm_start, validation):
    learner = tagger(warm_start=warm_start)
    before = fitted_as(state, learner, MATRICES, TAGS)
    with pytest.raises(ValueError, match="X_val"):
        learner.fit(MATRICES, TAGS, **validation)
    assert_untouched(learner, before, MATRICES)


def test_labels_and_classes_that_are_refused_leave_the_tagger_as_it_was():
    learner = tagger()
    before = fitted_as("partially fitted", learner, WORDS, TAGS)
    with refuses(ValueError, "is 'X', which is not among the classes"):
        learner.partial_fit(WORDS, [["X", "VERB"], ["VERB"]])
    with refuses(ValueError, "classes is ['X'], but this BiLSTMTagger was first fitted with"):
        learner.partial_fit(WORDS, TAGS, classes=["X"])
    assert_untouched(learner, before, WORDS)


@pytest.mark.parametrize("bad", ["Ducks", [[None]], ROWS, [["a", 1]], np.full((1, 3), NAN)])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_a_failed_prediction_leaves_the_tagger_as_it_was(method, bad):
    learner = tagger()
    before = fitted_as("fitted", learner, WORDS, TAGS)
    with pytest.raises((ValueError, TypeError)):
        getattr(learner, method)(bad)
    assert_untouched(learner, before, WORDS)


# -- what a tired person types ------------------------------------------------------------------


def tiny():
    return BiLSTMTagger(2, embedding_size=2, max_iter=1)


def test_text_that_is_not_split_is_told_from_one_sentence():
    with pytest.raises(ValueError, match=r"X\[0\] is 'He runs', text that is not split into words"):
        tiny().fit(["He runs", "It is"], [["a", "b"], ["a", "b"]])


def test_documents_of_sentences_are_one_level_too_deep():
    with pytest.raises(
        ValueError, match=r"X\[0\]\[0\] is \['a', 'b', 'c'\], .* one level too deep"
    ):
        tiny().fit([[["a", "b", "c"], ["d"]]], [["x", "y"]])


@pytest.mark.parametrize("X", [[[1, 2, 3]], [np.arange(3.0)]])
def test_a_sequence_of_numbers_is_told_from_a_row_of_features(X):
    with pytest.raises(ValueError, match=r"rows of features.* reshape\(-1, 1\), .* str"):
        tiny().fit(X, [["x", "y", "x"]])


def test_one_hot_tags_are_told_what_to_do():
    with pytest.raises(ValueError, match=r"y has 3 dimensions, \(2, 3, 4\).*argmax"):
        tiny().fit(np.ones((2, 3, 5)), np.zeros((2, 3, 4)))
