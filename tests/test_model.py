import copy
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from sklstm import BiLSTMTagger, _model
from sklstm._model import prepare_training
from sklstm._persistence import model_from_state, model_to_state
from sklstm._sequences import Tokens
from sklstm._threads import Executor
from sklstm._validation import check_classes, check_dataset
from sklstm.nn.arrays import empty

X = [["b", "a"], ["c", "a", "d"]]
Y = [["x", "y"], ["y", "y", "x"]]


@pytest.fixture
def executor():
    with Executor() as executor:
        yield executor


def make_model(X=X, y=Y, previous=None, sample_weight=None, **params):
    """Return the model that training starts with."""
    params = {"analyzer": "word", "char_hidden_size": 0, **params}
    tagger = BiLSTMTagger(4, embedding_size=3, **params)
    dataset = check_dataset(X, y, sample_weight, tagger, reset=True)
    classes = check_classes(None, dataset, None if previous is None else previous.classes)
    rng = np.random.RandomState(0)
    params = SimpleNamespace(**tagger.get_params())
    return prepare_training(dataset, classes, params, rng, previous)[0]


# -- the start of training ----------------------------------------------------------------------


def test_the_vocabulary_is_sorted_and_begins_after_the_row_of_unknown_features():
    model = make_model()
    assert model.vocabulary == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert model.table.shape == (5, 3)


def test_new_features_get_new_rows_and_others_keep_theirs():
    model = make_model()
    extended = make_model([["e", "a", "A"]], [["x", "y", "x"]], model)
    assert extended.vocabulary == {"a": 1, "b": 2, "c": 3, "d": 4, "A": 5, "e": 6}
    np.testing.assert_array_equal(extended.table[:5], model.table)
    assert extended.classes.tolist() == ["x", "y"]


def test_continued_training_leaves_the_previous_model_unmodified():
    model = make_model()
    continued = make_model(previous=model.copy())
    continued.vector += 1
    continued.table += 1
    continued.vocabulary["new"] = 99
    assert not np.array_equal(continued.vector, model.vector)
    assert not np.array_equal(continued.table, model.table)
    assert "new" not in model.vocabulary


def test_min_df_counts_weights():
    assert list(make_model(sample_weight=[1.0, 1.5], min_df=2).vocabulary) == ["a"]
    assert list(make_model(sample_weight=[2.0, 2.0], min_df=2).vocabulary) == ["a", "b", "c", "d"]


def test_without_min_df_weights_below_one_keep_all_features():
    assert make_model(sample_weight=[0.1, 0.5]).vocabulary == make_model().vocabulary


@pytest.mark.parametrize("kind", ["words", "vectors"])
def test_a_model_is_restored_from_its_state(kind):
    model = make_model() if kind == "words" else make_model([np.ones((2, 3)), np.ones((3, 3))])
    state = model_to_state(model)
    restored = model_from_state(state, model.classes)
    assert restored.architecture == model.architecture
    assert restored.architecture.kind == kind
    assert restored.vocabulary == model.vocabulary
    for ours, theirs in zip(model.arrays, restored.arrays, strict=True):
        assert ours is theirs
    assert ("table" in state) == (kind == "words")


# -- prediction ---------------------------------------------------------------------------------


def copy_logits(logits, packing, parameters):
    return logits.copy()


def test_prediction_returns_tokens_in_their_order(executor):
    rng = np.random.RandomState(0)
    lengths = np.array([3, 0, 4, 2])
    vectors = [rng.normal(size=(length, 3)) for length in lengths]
    model = make_model(vectors, [["x", "y", "z", "x"][:length] for length in lengths])
    inputs = np.concatenate(vectors)
    whole = model.predict(lengths, (inputs, None), copy_logits, executor)
    assert whole.shape == (9, 3)
    one = model.predict(np.array([4]), (inputs[3:7], None), copy_logits, executor)
    np.testing.assert_allclose(whole[3:7], one)


def test_tokens_can_share_the_rows_of_the_input(executor):
    rng = np.random.RandomState(0)
    model = make_model([rng.normal(size=(3, 2))], [["x", "y", "x"]])
    inputs, index = rng.normal(size=(4, 2)), np.array([1, 0, 1, 1, 3, 0])
    shared = model.predict(np.array([4, 2]), (inputs, index), copy_logits, executor)
    expected = model.predict(np.array([4, 2]), (inputs[index], None), copy_logits, executor)
    np.testing.assert_allclose(shared, expected)


# -- the cache of words -------------------------------------------------------------------------


def as_tokens(words):
    return Tokens("words", "ragged", np.array([len(words)]), list(words))


def embed(model, words, analyzer="word"):
    """Return the network's input for words that are not cached."""
    with Executor() as executor:
        inputs, types = model.embed(model.encode(as_tokens(words), analyzer), executor)
    return inputs[types].tolist()


def embed_cached(model, words, analyzer="word"):
    with Executor() as executor:
        inputs, index = model.embed_cached(as_tokens(words), analyzer, executor)
    return inputs[index].tolist()


def test_cached_words_have_the_same_inputs_as_words_not_cached():
    model = make_model([["ab", "c", "", "a"]], [["x", "y", "x", "y"]], analyzer="affix")
    words = ["ab", "c", "ab", "z", ""]
    expected = embed(model, words)
    assert embed_cached(model, words) == expected
    assert embed_cached(model, words[::-1]) == expected[::-1]
    assert embed_cached(model, [*words, "new"]) == embed(model, [*words, "new"])


def test_a_word_is_analyzed_once_in_all_predictions():
    analyzed = []

    def analyzer(word):
        analyzed.append(word)
        return [word]

    tagger = BiLSTMTagger(4, analyzer=analyzer, max_iter=1).fit(X, Y)
    analyzed.clear()
    for words in (["a", "b", "a"], ["b", "new"], [], ["a", "new"]):
        tagger.predict([words])
    assert analyzed == ["a", "b", "new"]


def test_words_are_not_taken_from_the_cache_of_another_analyzer():
    tagger = BiLSTMTagger(4, analyzer=list, max_iter=1, random_state=0).fit(X, Y)
    before = tagger.predict_proba([["ab"]])[0]
    tagger.set_params(analyzer=lambda word: list(word)[:1])
    (changed,) = tagger.predict_proba([["ab"]])
    assert not np.array_equal(changed, before)
    np.testing.assert_array_equal(changed, copy.copy(tagger).predict_proba([["ab"]])[0])
    tagger.set_params(analyzer=list)
    np.testing.assert_array_equal(tagger.predict_proba([["ab"]])[0], before)


def test_the_cache_of_words_is_bounded(monkeypatch):
    monkeypatch.setattr(_model, "_CACHE_BYTES", 10 * 3 * 4)  # ten words
    model = make_model(analyzer="affix")
    for start in range(0, 100, 7):
        words = [f"{'abc'[k % 3]}" + "z" * k for k in range(start, start + 7)]
        assert embed_cached(model, words) == embed(model, words)
        cache = model._word_cache
        assert cache is None or cache.inputs.nbytes <= _model._CACHE_BYTES


def test_words_are_not_cached_while_another_thread_adds_words():
    words = ["a", "ab", "a"]
    model = make_model(analyzer="affix")
    expected = embed_cached(model, words[:1])
    with model._word_cache.lock:  # as in a forked process whose parent was adding words
        assert embed_cached(model, words) == embed(model, words)
        assert embed_cached(model, words[:1]) == expected
        assert list(model._word_cache.rows) == ["a"]
    embed_cached(model, words)
    assert list(model._word_cache.rows) == ["a", "ab"]


@pytest.mark.parametrize("n_words", [10, 1_000_000])
def test_several_threads_can_use_the_cache_at_once(monkeypatch, n_words):
    monkeypatch.setattr(_model, "_CACHE_BYTES", n_words * 3 * 4)
    words = ["".join(word) for n in range(1, 5) for word in product("abc", repeat=n)]
    model = make_model(analyzer="affix")
    expected = embed(model, words)

    def predict(start):
        return embed_cached(model, words[start:] + words[:start])

    with ThreadPoolExecutor(4) as pool:
        for start, inputs in enumerate(pool.map(predict, range(40))):
            assert inputs == expected[start:] + expected[:start]


def test_several_threads_can_predict_at_once(english):
    X, y = english
    tagger = BiLSTMTagger(8, output="crf", max_iter=1, random_state=0).fit(X, y)
    expected = copy.copy(tagger).predict_proba(X)
    with ThreadPoolExecutor(4) as pool:
        probabilities = list(pool.map(tagger.predict_proba, [X[k:] for k in range(12)]))
    for k, ps in enumerate(probabilities):
        for p, other in zip(ps, expected[k:], strict=True):
            np.testing.assert_allclose(p, other, atol=1e-6)


# -- memory -------------------------------------------------------------------------------------


@pytest.fixture
def arenas(monkeypatch):
    """The arenas that are kept, none at first."""
    monkeypatch.setattr(_model, "_arenas", deque())
    return _model._arenas


def addresses(n_bytes):
    """Return the addresses of arrays in two arenas that are in use at once."""
    with _model._kept_arena():
        one = empty((n_bytes,), "u1")
        with _model._kept_arena():
            other = empty((n_bytes,), "u1")
            assert not np.shares_memory(one, other)
            return {one.ctypes.data, other.ctypes.data}


def test_each_thread_uses_its_own_arena_and_later_predictions_use_it_again(arenas):
    addresses(1000)  # the blocks are enlarged when an arena is used again
    expected = addresses(1000)
    assert len(arenas) == 2
    assert addresses(1000) == expected
    assert len(arenas) == 2


def test_the_total_size_of_the_arenas_that_are_kept_is_bounded(arenas, monkeypatch):
    monkeypatch.setattr(_model, "_ARENA_BYTES", 100_000)
    for _ in range(2):
        with _model._kept_arena():
            empty((100_000,), "u1")
    assert not arenas
    for _ in range(2):
        addresses(60_000)
    assert len(arenas) == 1


def test_an_arena_is_kept_after_an_error(arenas):
    with pytest.raises(ValueError, match="failed"), _model._kept_arena():
        raise ValueError("failed")
    (kept,) = arenas
    with _model._kept_arena():
        assert not arenas
    assert list(arenas) == [kept]
