"""The tagger with embeddings=: pre-trained vectors of words, which are not trained."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from sklstm import BiLSTMTagger
from sklstm._threads import Executor
from sklstm.datasets import read_vectors

X = [["the", "cat", "sat"], ["A", "dog", "ran", "far"], [], ["cat"]] * 5
Y = [["D", "N", "V"], ["D", "N", "V", "R"], [], ["N"]] * 5
VECTORS = {
    "the": [1.0, 0.0, 0.5], "a": [1.0, 0.1, 0.4], "cat": [0.0, 1.0, -1.0], "dog": [0.1, 0.9, -1.0],
    "sat": [-1.0, 0.0, 0.0], "Paris": [7.0, 7.0, 7.0], "paris": [-7.0, -7.0, -7.0],
}  # fmt: skip


class MinimalMapping:
    """Has only the methods that gensim's KeyedVectors and a dict have in common."""

    __slots__ = ("requested", "vectors")

    def __init__(self, vectors):
        self.vectors, self.requested = vectors, []

    def __contains__(self, word):
        return word in self.vectors

    def __getitem__(self, word):
        self.requested.append(word)
        return np.array(self.vectors[word], dtype=np.float32)


@pytest.fixture
def tagger(small):
    """A tagger that trains in a moment, with vectors."""
    return small.set_params(embeddings=VECTORS)


def parameters(tagger):
    return tagger._model.arrays


def vectors_of(tagger, words):
    """Return the part of the network's input that is not trained: the last columns."""
    model, tokens = tagger._check_predict([words])
    with Executor() as executor:
        inputs, index = model.embed_cached(tokens, tagger.analyzer, executor)
    return inputs[index][:, -model.architecture.vector_size :]


def clusters(n_sequences, half):
    """Return sentences with words of one half of two clusters, and the vectors of all words.

    A tag is the cluster of a word, which only its vector determines: words are numbers.
    """
    rng = np.random.RandomState(0)
    words = np.array([str(n) for n in rng.permutation(np.arange(100, 200))])
    tags = np.arange(100) % 2
    centers = rng.normal(size=(2, 8))
    vectors = centers[tags] + 0.3 * rng.normal(size=(100, 8))
    positions = rng.randint(50, size=(n_sequences, 5)) + 50 * half
    names = np.array(["even", "odd"])
    X, y = words[positions].tolist(), names[tags[positions]].tolist()
    return X, y, dict(zip(words.tolist(), vectors, strict=True))


# -- learning -----------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_words_unseen_in_training_are_tagged_by_their_vectors(output):
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


def test_features_and_characters_are_trained_as_well(tagger):
    """Words without vectors get different tags."""
    words = ["aa", "bb", "cc", "dd"]
    tags = ["w", "x", "y", "z"]
    tagger.set_params(embeddings={"ee": [1.0]}, max_iter=40)
    tagger.fit([[*words, "ee"]] * 10, [[*tags, "w"]] * 10)
    assert tagger.predict([words])[0] == tags


# -- vectors of words ---------------------------------------------------------------------------


def test_the_input_has_the_vector_and_whether_there_is_one(tagger):
    tagger.fit(X, Y)
    vectors = vectors_of(tagger, ["cat", "Cat", "Paris", "paris", "PARIS", "unseen", ""])
    expected = [
        [*VECTORS["cat"], 1], [*VECTORS["cat"], 1], [7, 7, 7, 1], [-7, -7, -7, 1], [-7, -7, -7, 1],
        [0, 0, 0, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    np.testing.assert_array_equal(vectors, np.array(expected, np.float32))
    assert vectors.dtype == np.float32


def test_training_and_prediction_have_the_same_inputs(tagger):
    """With a tiny learning rate, the training loss is the loss of the fitted model."""
    tagger.set_params(dropout=0, feature_dropout=0, word_dropout=0, alpha=0, label_smoothing=0)
    tagger.set_params(learning_rate_init=1e-9, max_iter=1).fit(X, Y)
    index = {tag: k for k, tag in enumerate(tagger.classes_)}
    losses = [
        -log_p[t, index[tag]]
        for log_p, tags in zip(tagger.predict_log_proba(X), Y, strict=True)
        for t, tag in enumerate(tags)
    ]
    assert tagger.loss_ == pytest.approx(np.mean(losses), rel=1e-5)


def test_word_dropout_does_not_apply_to_vectors():
    """A word that was never seen in training can have a vector, too."""
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


def test_any_mapping_is_accepted(tagger):
    expected = [array.copy() for array in parameters(tagger.fit(X, Y))]
    probabilities = tagger.predict_proba([["the", "Paris", "dog"]])[0]
    vectors = MinimalMapping(VECTORS)
    tagger.set_params(embeddings=vectors).fit(X, Y)
    assert set(vectors.requested) == {"the", "a", "cat", "dog", "sat"}
    np.testing.assert_array_equal(tagger.predict_proba([["the", "Paris", "dog"]])[0], probabilities)
    for one, other in zip(parameters(tagger), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_word_is_looked_up_once_in_all_predictions(tagger):
    vectors = MinimalMapping(VECTORS)
    tagger.set_params(embeddings=vectors).fit(X, Y)
    vectors.requested.clear()
    for _ in range(3):
        tagger.predict([["Paris", "cat", "Paris"], ["cat"]])
    assert sorted(vectors.requested) == ["Paris", "cat"]


def test_vectors_read_from_a_file_are_accepted(tagger, tmp_path):
    path = tmp_path / "vectors.txt"
    lines = [f"{word} {' '.join(map(str, vector))}" for word, vector in VECTORS.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    expected = tagger.fit(X, Y).predict_proba(X)
    tagger.set_params(embeddings=read_vectors(path)).fit(X, Y)
    for one, other in zip(tagger.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("form", [tuple, np.float64, np.float16, np.int64, np.asfortranarray])
def test_vectors_of_any_numeric_type_are_accepted(tagger, form):
    convert = form if form in (tuple, np.asfortranarray) else lambda v: np.array(v).astype(form)
    vectors = {word: convert(vector) for word, vector in VECTORS.items()}
    tagger.set_params(embeddings=vectors).fit(X, Y)
    vector = vectors_of(tagger, ["dog"])[0, :-1]
    np.testing.assert_array_equal(vector, np.asarray(vectors["dog"]).astype(np.float32))


# -- vectors are not modified -------------------------------------------------------------------


def test_vectors_are_left_unmodified(tagger):
    vectors = {word: np.array(vector) for word, vector in VECTORS.items()}
    for vector in vectors.values():
        vector.flags.writeable = False
    before = copy.deepcopy(vectors)
    tagger.set_params(embeddings=vectors, max_iter=20).fit(X, Y).predict(X)
    tagger.partial_fit(X, Y)
    assert list(vectors) == list(before)
    for word, vector in before.items():
        np.testing.assert_array_equal(vectors[word], vector)
    np.testing.assert_array_equal(vectors_of(tagger, ["cat"])[0, :-1], before["cat"])


def test_the_fitted_tagger_refers_to_the_mapping(tagger):
    assert tagger.fit(X, Y)._model.embeddings is VECTORS


def test_prediction_uses_the_embeddings_of_the_fit(tagger):
    expected = tagger.fit(X, Y).predict_proba([["Paris", "cat"]])[0]
    for embeddings in (None, {"Paris": [0.0, 0.0, 0.0]}, {"Paris": [1.0]}):
        tagger.set_params(embeddings=embeddings)
        np.testing.assert_array_equal(tagger.predict_proba([["Paris", "cat"]])[0], expected)


def test_vectors_do_not_change_the_table_and_the_vocabulary(tagger):
    tagger.fit(X, Y)
    with_vectors, rows = tagger.vocabulary_, tagger._model.table.shape
    tagger.set_params(embeddings=None).fit(X, Y)
    assert tagger.vocabulary_ == with_vectors
    assert tagger._model.table.shape == rows


def test_the_number_of_threads_changes_no_bit(tagger):
    arrays = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            tagger.set_params(output="crf").fit(X * 5, Y * 5)
            arrays.append([*parameters(tagger), np.concatenate(tagger.predict_proba(X * 40))])
    for one, two in zip(*arrays, strict=True):
        np.testing.assert_array_equal(one, two)


# -- continued training -------------------------------------------------------------------------


def test_training_continues_with_the_same_vectors(tagger):
    tagger.set_params(warm_start=True).fit(X, Y)
    tagger.fit([["Paris", "new"]], [["N", "R"]]).partial_fit([["dog"]], [["N"]])
    assert tagger.n_iter_ == 7
    np.testing.assert_array_equal(vectors_of(tagger, ["Paris"]), [[7, 7, 7, 1]])


def test_training_can_continue_with_other_vectors_of_the_same_width(tagger):
    tagger.set_params(warm_start=True).fit(X, Y)
    tagger.predict([["Paris"]])
    tagger.set_params(embeddings={"cat": [1.0, 2.0, 3.0], "new": [4.0, 5.0, 6.0]})
    tagger.fit([["cat", "new"]], [["N", "R"]])
    vectors = vectors_of(tagger, ["cat", "new", "Paris"])
    np.testing.assert_array_equal(vectors, [[1, 2, 3, 1], [4, 5, 6, 1], [0, 0, 0, 0]])


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
def test_training_can_continue_with_words_without_vectors(tagger, way):
    tagger.set_params(warm_start=True).fit(X, Y)
    getattr(tagger, way)([["never", "seen"]], [["N", "R"]])
    assert tagger.n_iter_ > 3


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("embeddings", "width"), [({"cat": [1.0, 2.0]}, 3), ({"cat": np.ones(5)}, 6), (None, 0)]
)
def test_training_cannot_continue_with_vectors_of_another_width(tagger, way, embeddings, width):
    tagger.set_params(warm_start=True).fit(X, Y)
    expected = tagger.predict_proba(X)
    tagger.set_params(embeddings=embeddings)
    message = (
        f"Cannot continue training: the width of embeddings changed from 4 to {width}. Change it "
        "back, or start again with fit and warm_start=False."
    )
    with pytest.raises(ValueError, match=message):
        getattr(tagger, way)(X, Y)
    for one, other in zip(tagger.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert tagger.set_params(warm_start=False).fit(X, Y).n_iter_ == 3


# -- errors -------------------------------------------------------------------------------------


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
def test_embeddings_of_other_tokens_than_words_raise(tagger, tokens, tags, kind, method):
    message = f"embeddings are for words, but the tokens of X are {kind}: set embeddings=None."
    with pytest.raises(ValueError, match=message):
        getattr(tagger, method)(tokens, tags)


@pytest.mark.parametrize("embeddings", [{}, {"CAT": [1.0], "": [2.0]}])
def test_embeddings_without_any_word_of_X_raise(tagger, embeddings):
    message = (
        "None of the 7 unique words of X, such as 'the', is in embeddings, not even in lower case. "
        r"Are its keys words\?"
    )
    with pytest.raises(ValueError, match=message):
        tagger.set_params(embeddings=embeddings).fit(X, Y)


@pytest.mark.parametrize("vector", [[1.0, 2.0], np.ones(4, "f4")])
def test_the_word_of_a_vector_of_another_width_is_named(tagger, vector):
    tagger.set_params(embeddings={**VECTORS, "dog": vector})
    message = rf"embeddings\['dog'\] has {len(vector)} numbers, expected 3 as for other words"
    with pytest.raises(ValueError, match=message):
        tagger.fit(X, Y)
    assert not hasattr(tagger, "classes_")


@pytest.mark.parametrize(
    "vector", [[[1.0, 2.0, 3.0]], 3.0, "1 2 3", ["1", "2", "3"], None, [1j, 2, 3]]
)
def test_the_word_of_a_vector_that_is_not_a_1d_array_of_numbers_is_named(tagger, vector):
    tagger.set_params(embeddings={**VECTORS, "dog": vector})
    with pytest.raises(
        ValueError, match=r"embeddings\['dog'\] is .*, but must be a 1-D array of fin"
    ):
        tagger.fit(X, Y)
    assert not hasattr(tagger, "classes_")


def test_the_word_of_a_ragged_vector_is_named(tagger):
    tagger.set_params(embeddings={**VECTORS, "dog": [[1.0], [2.0, 3.0]]})
    with pytest.raises(ValueError, match=r"embeddings\['dog'\]"):
        tagger.fit(X, Y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e39])
def test_the_word_of_a_vector_that_is_not_finite_is_named(tagger, bad):
    tagger.set_params(embeddings={**VECTORS, "dog": [0.0, bad, 0.0]})
    message = r"embeddings\['dog'\] is \[0.0, .*, 0.0\], but must be a 1-D array of finite numbers"
    with pytest.raises(ValueError, match=message):
        tagger.fit(X, Y)


def test_an_invalid_vector_of_a_word_unseen_in_training_raises_in_prediction(tagger):
    tagger.set_params(embeddings={**VECTORS, "Rome": [1.0], "Oslo": [np.nan] * 3}).fit(X, Y)
    with pytest.raises(ValueError, match=r"embeddings\['Rome'\] has 1 numbers, expected 3 as"):
        tagger.predict([["cat", "Rome"]])
    with pytest.raises(ValueError, match=r"embeddings\['Oslo'\] is \[nan, nan, nan\], but must be"):
        tagger.predict([["cat", "Oslo"]])
    assert len(tagger.predict([["cat", "dog"]])[0]) == 2  # later predictions are not affected


# -- scikit-learn's tools -----------------------------------------------------------------------


def test_clones_have_the_vectors_of_the_original(tagger):
    copied = clone(tagger.fit(X, Y))
    assert copied.embeddings == VECTORS
    assert not hasattr(copied, "classes_")
    for one, other in zip(parameters(copied.fit(X, Y)), parameters(tagger), strict=True):
        np.testing.assert_array_equal(one, other)


def test_grid_search_over_embeddings(tagger):
    other = {word: [float(len(word))] for word in ("the", "a", "cat", "dog", "sat", "ran")}
    search = GridSearchCV(tagger, {"embeddings": [None, VECTORS, other]}, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_the_repr_does_not_contain_all_vectors():
    printed = []

    class Vector(list):
        def __repr__(self):
            printed.append(self)
            return "vector"

    tagger = BiLSTMTagger(embeddings={str(k): Vector([1.0]) for k in range(1000)})
    assert "embeddings" in repr(tagger)
    assert len(printed) < 100


@pytest.mark.parametrize("embeddings", [VECTORS, MinimalMapping(VECTORS)])
def test_copies_and_pickles_predict_the_same(tagger, embeddings):
    tagger.set_params(embeddings=embeddings).fit(X, Y)
    expected = tagger.predict_proba([["Paris", "cat", "unseen"]])[0]
    for copied in (copy.copy(tagger), copy.deepcopy(tagger), pickle.loads(pickle.dumps(tagger))):
        np.testing.assert_array_equal(
            copied.predict_proba([["Paris", "cat", "unseen"]])[0], expected
        )


def test_vectors_are_saved_once(tagger):
    vectors = {f"{word}": np.random.RandomState(0).normal(size=1000) for word in VECTORS}
    tagger.set_params(embeddings=vectors, hidden_layer_sizes=1).fit(X, Y)
    n_bytes = sum(array.nbytes for array in (*vectors.values(), *parameters(tagger)))
    assert len(pickle.dumps(tagger)) < 1.2 * n_bytes
