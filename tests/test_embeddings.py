"""The tagger with embeddings=: pre-trained vectors of words, which stay as they are."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from sklstm import BiLSTMTagger
from sklstm.datasets import read_vectors

X = [["the", "cat", "sat"], ["A", "dog", "ran", "far"], [], ["cat"]] * 5
Y = [["D", "N", "V"], ["D", "N", "V", "R"], [], ["N"]] * 5
VECTORS = {
    "the": [1.0, 0.0, 0.5], "a": [1.0, 0.1, 0.4], "cat": [0.0, 1.0, -1.0], "dog": [0.1, 0.9, -1.0],
    "sat": [-1.0, 0.0, 0.0], "Paris": [7.0, 7.0, 7.0], "paris": [-7.0, -7.0, -7.0],
}  # fmt: skip


class OnlyLookedUp:
    """What gensim's KeyedVectors have in common with a dict, and no more."""

    __slots__ = ("asked", "vectors")

    def __init__(self, vectors):
        self.vectors, self.asked = vectors, []

    def __contains__(self, word):
        return word in self.vectors

    def __getitem__(self, word):
        self.asked.append(word)
        return np.array(self.vectors[word], dtype=np.float32)


@pytest.fixture
def known(small):
    """A tagger that trains in a moment, with vectors."""
    return small.set_params(embeddings=VECTORS)


def parameters(tagger):
    return [tagger._network[name] for name in ("vector", "table")]


def inputs_of(tagger, words):
    """Return what the first layer reads of words beside what is learnt: the last columns."""
    knowledge, tokens = tagger._judge([words])
    distinct = knowledge.lexicon.distinct(tokens.values, lambda word: [word], _OneByOne)
    return distinct.values[distinct.types][:, -knowledge.n_fixed :]


class _OneByOne:
    @staticmethod
    def run(functions):
        return [function() for function in functions]


def clusters(n_sequences, half):
    """Return sentences of one half of each of two clusters of words, and their vectors.

    A tag is the cluster of a word, which nothing but its vector tells: words are numbers.
    """
    rng = np.random.RandomState(0)
    words = np.array([str(n) for n in rng.permutation(np.arange(100, 200))])
    tags = np.arange(100) % 2
    centers = rng.normal(size=(2, 8))
    vectors = centers[tags] + 0.3 * rng.normal(size=(100, 8))
    places = rng.randint(50, size=(n_sequences, 5)) + 50 * half
    names = np.array(["even", "odd"])
    X, y = words[places].tolist(), names[tags[places]].tolist()
    return X, y, dict(zip(words.tolist(), vectors, strict=True))


# -- what they are good for ---------------------------------------------------------------------


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_words_unseen_in_training_are_known_by_their_vectors(output):
    X_train, y_train, vectors = clusters(60, half=0)
    X_test, y_test, _ = clusters(60, half=1)
    assert not set(np.ravel(X_train)) & set(np.ravel(X_test))
    tagger = BiLSTMTagger(
        8, analyzer="word", char_hidden_size=0, output=output, learning_rate_init=0.02,
        random_state=0,
    )  # fmt: skip
    without = tagger.fit(X_train, y_train).score(X_test, y_test)
    with_vectors = tagger.set_params(embeddings=vectors).fit(X_train, y_train).score(X_test, y_test)
    assert without < 0.7
    assert with_vectors > 0.95


def test_features_and_characters_are_learnt_beside_them(known):
    """Words that have no vector are still told apart."""
    words = ["aa", "bb", "cc", "dd"]
    tags = ["w", "x", "y", "z"]
    known.set_params(embeddings={"ee": [1.0]}, max_iter=40)
    known.fit([[*words, "ee"]] * 10, [[*tags, "w"]] * 10)
    assert known.predict([words])[0] == tags


# -- how words are looked up --------------------------------------------------------------------


def test_what_the_network_reads_is_the_vector_and_that_there_is_one(known):
    known.fit(X, Y)
    read = inputs_of(known, ["cat", "Cat", "Paris", "paris", "PARIS", "unheard", ""])
    expected = [
        [*VECTORS["cat"], 1], [*VECTORS["cat"], 1], [7, 7, 7, 1], [-7, -7, -7, 1], [-7, -7, -7, 1],
        [0, 0, 0, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    np.testing.assert_array_equal(read, np.array(expected, np.float32))
    assert read.dtype == np.float32


def test_training_reads_what_prediction_reads(known):
    """At a learning rate of next to nothing, the loss is that of the model as it is."""
    known.set_params(dropout=0, feature_dropout=0, word_dropout=0, alpha=0, label_smoothing=0)
    known.set_params(learning_rate_init=1e-9, max_iter=1).fit(X, Y)
    index = {tag: k for k, tag in enumerate(known.classes_)}
    losses = [
        -log_p[t, index[tag]]
        for log_p, tags in zip(known.predict_log_proba(X), Y, strict=True)
        for t, tag in enumerate(tags)
    ]
    assert known.loss_ == pytest.approx(np.mean(losses), rel=1e-5)


def test_a_hidden_word_keeps_its_vector():
    """Word dropout shows a word as if it had not been seen in training; it is in the vectors."""
    words = [f"{k}" for k in range(10, 30)]
    tags = [str(k % 2) for k in range(20)]
    vectors = {word: [float(k % 2), 1.0 - k % 2] for k, word in enumerate(words)}
    tagger = BiLSTMTagger(
        8, analyzer="word", char_hidden_size=0, embeddings=vectors, word_dropout=1e9, max_iter=30,
        learning_rate_init=0.03, random_state=0,
    )  # fmt: skip
    pairs = [[word] for word in words], [[tag] for tag in tags]
    assert tagger.fit(*pairs).score(*pairs) == 1
    assert tagger.set_params(embeddings={"10": [1.0]}).fit(*pairs).score(*pairs) < 1


def test_any_object_that_is_looked_up_will_do(known):
    expected = [array.copy() for array in parameters(known.fit(X, Y))]
    probabilities = known.predict_proba([["the", "Paris", "dog"]])[0]
    vectors = OnlyLookedUp(VECTORS)
    known.set_params(embeddings=vectors).fit(X, Y)
    assert set(vectors.asked) == {"the", "a", "cat", "dog", "sat"}
    np.testing.assert_array_equal(known.predict_proba([["the", "Paris", "dog"]])[0], probabilities)
    for one, other in zip(parameters(known), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_word_is_looked_up_once_in_all_predictions(known):
    vectors = OnlyLookedUp(VECTORS)
    known.set_params(embeddings=vectors).fit(X, Y)
    vectors.asked.clear()
    for _ in range(3):
        known.predict([["Paris", "cat", "Paris"], ["cat"]])
    assert sorted(vectors.asked) == ["Paris", "cat"]


def test_vectors_that_were_read_from_a_file_will_do(known, tmp_path):
    path = tmp_path / "vectors.txt"
    lines = [f"{word} {' '.join(map(str, vector))}" for word, vector in VECTORS.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    expected = known.fit(X, Y).predict_proba(X)
    known.set_params(embeddings=read_vectors(path)).fit(X, Y)
    for one, other in zip(known.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("form", [tuple, np.float64, np.float16, np.int64, np.asfortranarray])
def test_vectors_of_any_numbers_will_do(known, form):
    convert = form if form in (tuple, np.asfortranarray) else lambda v: np.array(v).astype(form)
    vectors = {word: convert(vector) for word, vector in VECTORS.items()}
    known.set_params(embeddings=vectors).fit(X, Y)
    read = inputs_of(known, ["dog"])[0, :-1]
    np.testing.assert_array_equal(read, np.asarray(vectors["dog"]).astype(np.float32))


# -- they stay as they are ----------------------------------------------------------------------


def test_vectors_are_left_as_they_were(known):
    vectors = {word: np.array(vector) for word, vector in VECTORS.items()}
    for vector in vectors.values():
        vector.flags.writeable = False
    before = copy.deepcopy(vectors)
    known.set_params(embeddings=vectors, max_iter=20).fit(X, Y).predict(X)
    known.partial_fit(X, Y)
    assert list(vectors) == list(before)
    for word, vector in before.items():
        np.testing.assert_array_equal(vectors[word], vector)
    np.testing.assert_array_equal(inputs_of(known, ["cat"])[0, :-1], before["cat"])


def test_the_fitted_tagger_refers_to_the_mapping(known):
    assert known.fit(X, Y)._network["embeddings"] is VECTORS


def test_prediction_looks_words_up_where_the_fit_did(known):
    expected = known.fit(X, Y).predict_proba([["Paris", "cat"]])[0]
    for embeddings in (None, {"Paris": [0.0, 0.0, 0.0]}, {"Paris": [1.0]}):
        known.set_params(embeddings=embeddings)
        np.testing.assert_array_equal(known.predict_proba([["Paris", "cat"]])[0], expected)


def test_vectors_are_no_part_of_the_table_or_the_vocabulary(known):
    known.fit(X, Y)
    with_vectors, rows = known.vocabulary_, known._network["table"].shape
    known.set_params(embeddings=None).fit(X, Y)
    assert known.vocabulary_ == with_vectors
    assert known._network["table"].shape == rows


def test_the_number_of_threads_changes_no_bit(known):
    arrays = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            known.set_params(output="crf").fit(X * 5, Y * 5)
            arrays.append([*parameters(known), np.concatenate(known.predict_proba(X * 40))])
    for one, two in zip(*arrays, strict=True):
        np.testing.assert_array_equal(one, two)


# -- going on -----------------------------------------------------------------------------------


def test_training_goes_on_with_the_same_vectors(known):
    known.set_params(warm_start=True).fit(X, Y)
    known.fit([["Paris", "new"]], [["N", "R"]]).partial_fit([["dog"]], [["N"]])
    assert known.n_iter_ == 7
    np.testing.assert_array_equal(inputs_of(known, ["Paris"]), [[7, 7, 7, 1]])


def test_training_may_go_on_with_other_vectors_of_the_same_width(known):
    known.set_params(warm_start=True).fit(X, Y)
    known.predict([["Paris"]])
    known.set_params(embeddings={"cat": [1.0, 2.0, 3.0], "new": [4.0, 5.0, 6.0]})
    known.fit([["cat", "new"]], [["N", "R"]])
    read = inputs_of(known, ["cat", "new", "Paris"])
    np.testing.assert_array_equal(read, [[1, 2, 3, 1], [4, 5, 6, 1], [0, 0, 0, 0]])


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
def test_training_goes_on_with_words_that_have_no_vectors(known, way):
    known.set_params(warm_start=True).fit(X, Y)
    getattr(known, way)([["unheard", "of"]], [["N", "R"]])
    assert known.n_iter_ > 3


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("embeddings", "width"), [({"cat": [1.0, 2.0]}, 3), ({"cat": np.ones(5)}, 6), (None, 0)]
)
def test_training_does_not_go_on_with_vectors_of_another_width(known, way, embeddings, width):
    known.set_params(warm_start=True).fit(X, Y)
    expected = known.predict_proba(X)
    known.set_params(embeddings=embeddings)
    message = f"but the width of embeddings, .* was 4 and is now {width}. Set it back, or start"
    with pytest.raises(ValueError, match=message):
        getattr(known, way)(X, Y)
    for one, other in zip(known.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert known.set_params(warm_start=False).fit(X, Y).n_iter_ == 3


# -- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokens", "tags", "kind"),
    [
        ([[{"word": "cat"}]], [["N"]], "dicts"),
        ([np.ones((2, 3))], [["N", "V"]], "vectors"),
        (np.ones((2, 3)), ["N", "V"], "vectors"),
    ],
    ids=["dicts", "vectors", "rows"],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_vectors_of_words_are_for_words(known, tokens, tags, kind, method):
    message = f"embeddings are for words, but the tokens of X are {kind}: set embeddings=None."
    with pytest.raises(ValueError, match=message):
        getattr(known, method)(tokens, tags)


@pytest.mark.parametrize("embeddings", [{}, {"CAT": [1.0], "": [2.0]}])
def test_vectors_of_none_of_the_words_are_refused(known, embeddings):
    message = r"None of the 7 different words of X is in embeddings, in lower case neither, such as"
    with pytest.raises(ValueError, match=message + " 'the'. Are its keys words?"):
        known.set_params(embeddings=embeddings).fit(X, Y)


@pytest.mark.parametrize("vector", [[1.0, 2.0], np.ones(4, "f4")])
def test_a_vector_of_another_width_is_named(known, vector):
    known.set_params(embeddings={**VECTORS, "dog": vector})
    message = rf"embeddings\['dog'\] has {len(vector)} numbers, but 3 are expected, as others have"
    with pytest.raises(ValueError, match=message):
        known.fit(X, Y)
    assert not hasattr(known, "classes_")


@pytest.mark.parametrize(
    "vector", [[[1.0, 2.0, 3.0]], 3.0, "1 2 3", ["1", "2", "3"], None, [1j, 2, 3]]
)
def test_a_vector_that_is_no_row_of_numbers_is_named(known, vector):
    known.set_params(embeddings={**VECTORS, "dog": vector})
    with pytest.raises(
        ValueError, match=r"embeddings\['dog'\] is .*, but must be a 1-D array of fin"
    ):
        known.fit(X, Y)
    assert not hasattr(known, "classes_")


def test_a_vector_that_is_no_array_is_named(known):
    known.set_params(embeddings={**VECTORS, "dog": [[1.0], [2.0, 3.0]]})
    with pytest.raises(ValueError, match=r"embeddings\['dog'\]"):
        known.fit(X, Y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e39])
def test_numbers_that_are_not_finite_are_refused_and_their_word_named(known, bad):
    known.set_params(embeddings={**VECTORS, "dog": [0.0, bad, 0.0]})
    message = r"embeddings\['dog'\] is \[0.0, .*, 0.0\], but must be a 1-D array of finite numbers"
    with pytest.raises(ValueError, match=message):
        known.fit(X, Y)


def test_a_bad_vector_of_a_word_that_training_lacks_is_found_by_prediction(known):
    known.set_params(embeddings={**VECTORS, "Rome": [1.0], "Oslo": [np.nan] * 3}).fit(X, Y)
    with pytest.raises(ValueError, match=r"embeddings\['Rome'\] has 1 numbers, but 3 are expe"):
        known.predict([["cat", "Rome"]])
    with pytest.raises(ValueError, match=r"embeddings\['Oslo'\] is \[nan, nan, nan\], but must be"):
        known.predict([["cat", "Oslo"]])
    assert len(known.predict([["cat", "dog"]])[0]) == 2  # and nothing of it is left


# -- scikit-learn's tools -----------------------------------------------------------------------


def test_clones_have_the_vectors_of_the_original(known):
    copied = clone(known.fit(X, Y))
    assert copied.embeddings == VECTORS
    assert not hasattr(copied, "classes_")
    for one, other in zip(parameters(copied.fit(X, Y)), parameters(known), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_search_goes_over_embeddings(known):
    other = {word: [float(len(word))] for word in ("the", "a", "cat", "dog", "sat", "ran")}
    search = GridSearchCV(known, {"embeddings": [None, VECTORS, other]}, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_tagger_is_printed_without_all_of_its_vectors():
    printed = []

    class Vector(list):
        def __repr__(self):
            printed.append(self)
            return "vector"

    tagger = BiLSTMTagger(embeddings={str(k): Vector([1.0]) for k in range(1000)})
    assert "embeddings" in repr(tagger)
    assert len(printed) < 100


@pytest.mark.parametrize("embeddings", [VECTORS, OnlyLookedUp(VECTORS)])
def test_copies_of_every_kind_predict_the_same(known, embeddings):
    known.set_params(embeddings=embeddings).fit(X, Y)
    expected = known.predict_proba([["Paris", "cat", "unheard"]])[0]
    for copied in (copy.copy(known), copy.deepcopy(known), pickle.loads(pickle.dumps(known))):
        np.testing.assert_array_equal(
            copied.predict_proba([["Paris", "cat", "unheard"]])[0], expected
        )


def test_vectors_are_saved_once(known):
    vectors = {f"{word}": np.random.RandomState(0).normal(size=1000) for word in VECTORS}
    known.set_params(embeddings=vectors, hidden_layer_sizes=1).fit(X, Y)
    n_bytes = sum(array.nbytes for array in (*vectors.values(), *parameters(known)))
    assert len(pickle.dumps(known)) < 1.2 * n_bytes
