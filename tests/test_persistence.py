"""Saved, loaded and copied taggers predict the same."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from sklstm import BiLSTMTagger, __version__
from sklstm._persistence import load_names
from sklstm.datasets import WordVectors

PREDICT = """
import sys, joblib
tagger, X = joblib.load(sys.argv[1], mmap_mode=sys.argv[2] or None), joblib.load(sys.argv[3])
joblib.dump((tagger.predict(X), tagger.predict_proba(X)), sys.argv[4])
"""


@pytest.fixture
def fitted(small, english):
    return small.fit(*english)


@pytest.fixture(params=["characters", "n-grams", "crf", "embeddings", "all of it"])
def special(request, english):
    """A fitted tagger with parts that the small one lacks or combines."""
    words = sorted({word.lower() for words in english[0][:30] for word in words})
    vectors = np.random.RandomState(0).normal(size=(len(words), 3)).astype("f4")
    changed = {
        "characters": {"char_hidden_size": 3, "analyzer": "word"},
        "n-grams": {"analyzer": "char_ngram", "char_hidden_size": 0},
        "crf": {"output": "crf"},
        "embeddings": {"embeddings": dict(zip(words, vectors, strict=True))},
    }
    chosen = changed.get(request.param)
    if chosen is None:
        chosen = {name: value for params in changed.values() for name, value in params.items()}
        chosen["char_hidden_size"] = 3
    small = {"hidden_layer_sizes": 6, "embedding_size": 5, "char_hidden_size": 2, "max_iter": 2}
    return BiLSTMTagger(**small | chosen, random_state=0).fit(*english)


def assert_same_transitions(tagger, other):
    for name in ("transitions_", "start_transitions_", "end_transitions_"):
        assert hasattr(tagger, name) == hasattr(other, name) == (tagger.output == "crf")
        if tagger.output == "crf":
            np.testing.assert_array_equal(getattr(tagger, name), getattr(other, name))


def assert_same_predictions(tagger, other, X):
    assert tagger.predict(X).tolist() == other.predict(X).tolist()
    for ours, theirs in zip(tagger.predict_proba(X), other.predict_proba(X), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("compress", [0, 3, ("xz", 3)])
def test_joblib(fitted, english, tmp_path, compress):
    joblib.dump(fitted, tmp_path / "tagger.joblib", compress=compress)
    assert_same_predictions(joblib.load(tmp_path / "tagger.joblib"), fitted, english[0])


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(fitted, english, protocol):
    loaded = pickle.loads(pickle.dumps(fitted, protocol))
    assert_same_predictions(loaded, fitted, english[0])


@pytest.mark.parametrize("mmap_mode", ["", "r"])
def test_another_process_predicts_the_same(fitted, english, tmp_path, mmap_mode):
    X = english[0]
    model, data, answer = (str(tmp_path / name) for name in ("model", "data", "answer"))
    joblib.dump(fitted, model)
    joblib.dump(X, data)
    subprocess.run([sys.executable, "-c", PREDICT, model, mmap_mode, data, answer], check=True)
    tags, probabilities = joblib.load(answer)
    assert tags.tolist() == fitted.predict(X).tolist()
    for ours, theirs in zip(fitted.predict_proba(X), probabilities, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_training_of_a_memory_mapped_model_leaves_the_file_unmodified(fitted, english, tmp_path):
    path = tmp_path / "tagger.joblib"
    joblib.dump(fitted, path)
    written = path.read_bytes()
    mapped = joblib.load(path, mmap_mode="r")
    assert isinstance(mapped._model.vector, np.memmap)
    mapped.partial_fit(*english)
    assert mapped.n_iter_ == fitted.n_iter_ + 1
    assert path.read_bytes() == written


def test_partial_fit_continues_after_loading_as_without(small, english):
    small.partial_fit(*english)
    loaded = pickle.loads(pickle.dumps(small))
    for tagger in (small, loaded):
        tagger.partial_fit(*english)
    assert_same_predictions(loaded, small, english[0])


def test_a_pickle_is_hardly_larger_than_the_parameters(english):
    X, y = english
    for method, factor in [("fit", 1.1), ("partial_fit", 3.2)]:
        tagger = BiLSTMTagger(64, max_iter=1, random_state=0)
        getattr(tagger, method)(X, y)
        n_bytes = tagger._model.vector.nbytes + tagger._model.table.nbytes
        assert len(pickle.dumps(tagger)) < factor * n_bytes


def test_the_state_has_only_plain_types(small, english):
    small.partial_fit(*english)

    def is_plain(value):
        if isinstance(value, dict):
            return all(isinstance(key, str) and is_plain(each) for key, each in value.items())
        if isinstance(value, (list, tuple)):
            return all(map(is_plain, value))
        if isinstance(value, np.ndarray):
            return value.dtype.kind in "biufU"
        return value is None or type(value) in (str, int, float, bool)

    others = [name for name, value in small.__getstate__().items() if not is_plain(value)]
    assert not others


def test_the_state_has_no_training_data(small):
    X, y = [["a-very-particular-word", "b"], ["b", "c"], ["b"]], [["X", "Y"], ["Y", "X"], ["Y"]]
    small.set_params(analyzer="word", min_df=2).fit(X, y)
    assert b"a-very-particular-word" not in pickle.dumps(small)


def test_words_cached_in_prediction_are_not_saved(fitted):
    before = pickle.dumps(fitted)
    fitted.predict([["never", "seen-before"]])
    assert pickle.dumps(fitted) == before


def test_feature_names_of_any_characters_are_restored():
    names = ["", "a b", "line\nbreak", "нуль\0", "😀", "\ud800 lone surrogate", "كىتاب"]
    tagger = BiLSTMTagger(2, analyzer="word", char_hidden_size=0, max_iter=1)
    tagger.fit([names], [["x"] * len(names)])
    assert sorted(tagger.vocabulary_) == sorted(names)
    stored = tagger.__getstate__()["_network"]["names"]
    assert load_names(stored) == list(tagger.vocabulary_)
    assert stored["bytes"].dtype == np.uint8
    assert pickle.loads(pickle.dumps(tagger)).vocabulary_ == tagger.vocabulary_


def no_features(word):
    return []


def test_a_vocabulary_without_features_is_restored():
    tagger = BiLSTMTagger(2, analyzer=no_features, char_hidden_size=0, max_iter=1)
    tagger.fit([["a", "b"]], [["x", "y"]])
    assert load_names(tagger.__getstate__()["_network"]["names"]) == []
    assert pickle.loads(pickle.dumps(tagger)).vocabulary_ == {}


# -- skops: files that load without running code ------------------------------------------------

TRUSTED = ["sklstm._tagger.BiLSTMTagger"]
TRUSTED_VECTORS = ["sklstm.datasets._vectors.WordVectors"]


def test_with_skops_only_the_tagger_must_be_trusted(special, english):
    stored = skops.io.dumps(special)
    assert skops.io.get_untrusted_types(data=stored) == TRUSTED
    loaded = skops.io.loads(stored, trusted=TRUSTED)
    assert_same_predictions(loaded, special, english[0])
    assert_same_transitions(loaded, special)
    with pytest.raises(TypeError, match="BiLSTMTagger"):
        skops.io.loads(stored)


def test_skops_stores_the_state_of_partial_fit(small, english):
    small.partial_fit(*english)
    loaded = skops.io.loads(skops.io.dumps(small), trusted=TRUSTED)
    for tagger in (small, loaded):
        tagger.partial_fit(*english)
    assert_same_predictions(loaded, small, english[0])


def test_skops_stores_word_vectors(small, english):
    words = sorted({word.lower() for words in english[0] for word in words})
    vectors = WordVectors(words, np.random.RandomState(0).normal(size=(len(words), 3)))
    small.set_params(embeddings=vectors).fit(*english)
    stored = skops.io.dumps(small)
    assert skops.io.get_untrusted_types(data=stored) == TRUSTED + TRUSTED_VECTORS
    loaded = skops.io.loads(stored, trusted=TRUSTED + TRUSTED_VECTORS)
    assert_same_predictions(loaded, small, english[0])


# -- the version --------------------------------------------------------------------------------


def set_state(state):
    """Return a tagger with a state, as pickle does."""
    tagger = BiLSTMTagger.__new__(BiLSTMTagger)
    tagger.__setstate__(state)
    return tagger


def test_a_tagger_of_another_version_warns_and_predicts(fitted, english):
    state = fitted.__getstate__()
    assert state["_sklstm_version"] == __version__
    with pytest.warns(InconsistentVersionWarning, match=rf"sklstm.*0\.0\.1.*{__version__}"):
        tagger = set_state(state | {"_sklstm_version": "0.0.1"})
    assert_same_predictions(tagger, fitted, english[0])
    assert not hasattr(tagger, "_sklstm_version")


@pytest.mark.parametrize(("format_", "version"), [(None, "before version 0.1.0"), (99, "7.0")])
def test_a_tagger_of_another_format_raises(fitted, format_, version):
    state = fitted.__getstate__() | {"_sklstm_version": "7.0" if format_ else None}
    network = {name: value for name, value in state["_network"].items() if name != "format"}
    state["_network"] = network | ({"format": format_} if format_ else {})
    with pytest.raises(ValueError, match=rf"saved by sklstm {version}.*{__version__} cannot read"):
        set_state(state)


def damage(state, name):
    """Return a state with one damaged part of the network."""
    network = dict(state["_network"])
    if name == "architecture":
        network["architecture"] = network["architecture"] | {"hidden_layer_sizes": [9]}
    elif name == "names":
        network["names"] = network["names"] | {"bytes": network["names"]["bytes"][1:]}
    elif name == "table":
        network["table"] = network["table"][1:]
    elif name == "vector":
        network["vector"] = network["vector"][1:]
    else:
        del network[name.removeprefix("no ")]
    return state | {"_network": network}


@pytest.mark.parametrize(
    "part", ["architecture", "names", "table", "vector", "no table", "no architecture", "no kind"]
)
def test_loading_a_damaged_tagger_raises(fitted, part):
    with pytest.raises(ValueError, match="This BiLSTMTagger is damaged"):
        set_state(damage(fitted.__getstate__(), part))


@pytest.mark.parametrize("name", ["vector", "table"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_that_are_not_finite_are_damage(fitted, name, value):
    network = dict(fitted.__getstate__()["_network"])
    network[name] = network[name].copy()
    network[name].flat[3] = value
    with pytest.raises(ValueError, match=r"damaged \(some of its parameters are not finite\)"):
        set_state(fitted.__getstate__() | {"_network": network})


@pytest.mark.parametrize("change", ["vector", "table", "names", "classes_"])
def test_content_that_has_changed_is_damage(fitted, change):
    state = fitted.__getstate__()
    network = state["_network"] = dict(state["_network"])
    if change == "classes_":
        state["classes_"] = np.array([*state["classes_"][:-1], "other"])
    elif change == "names":
        names = network["names"]["bytes"].copy()
        names[0] ^= 1
        network["names"] = network["names"] | {"bytes": names}
    else:
        network[change] = network[change].copy()
        network[change].flat[3] += 1e-6
    with pytest.raises(ValueError, match=r"damaged \(its content has changed since it was saved\)"):
        set_state(state)


@pytest.mark.parametrize("library", ["joblib", "pickle", "skops"])
def test_a_file_with_one_changed_byte_is_an_error_or_predicts_the_same(
    special, english, tmp_path, library
):
    dump = {"joblib": joblib.dump, "skops": skops.io.dump}.get(library)
    path, rng = tmp_path / "model", np.random.RandomState(0)
    if dump is None:
        path.write_bytes(pickle.dumps(special))
    else:
        dump(special, path)
    content, n_errors, n_read = path.read_bytes(), 0, 0
    for place in rng.randint(len(content), size=40):
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randint(8)
        path.write_bytes(changed)
        try:
            if library == "skops":
                loaded = skops.io.load(path, trusted=TRUSTED)
            else:
                loaded = joblib.load(path) if library == "joblib" else pickle.loads(changed)
        except Exception:
            n_errors += 1
            continue
        n_read += 1
        assert_same_predictions(loaded, special, english[0])
    assert n_errors > 20
    assert n_errors + n_read == 40


def test_a_file_without_a_digest_can_be_read(fitted, english):
    state = fitted.__getstate__()
    network = {name: value for name, value in state["_network"].items() if name != "digest"}
    assert_same_predictions(set_state(state | {"_network": network}), fitted, english[0])


def test_a_file_without_a_parameter_gets_its_default(fitted, english):
    state = {name: value for name, value in fitted.__getstate__().items() if name != "alpha"}
    loaded = set_state(state)
    assert loaded.alpha == BiLSTMTagger().alpha
    assert_same_predictions(loaded, fitted, english[0])


def test_an_unfitted_tagger_can_be_saved(english):
    tagger = pickle.loads(pickle.dumps(BiLSTMTagger(hidden_layer_sizes=(7, 3), max_iter=1)))
    assert tagger.get_params() == BiLSTMTagger(hidden_layer_sizes=(7, 3), max_iter=1).get_params()
    assert not tagger.__sklearn_is_fitted__()


# -- characters, n-grams, a CRF, pre-trained vectors --------------------------------------------


def through_joblib(tagger, path):
    joblib.dump(tagger, path / "tagger.joblib", compress=3)
    return joblib.load(path / "tagger.joblib")


COPIES = {
    "pickle": lambda tagger, _: pickle.loads(pickle.dumps(tagger)),
    "joblib": through_joblib,
    "copy": lambda tagger, _: copy.copy(tagger),
    "deep copy": lambda tagger, _: copy.deepcopy(tagger),
    "skops": lambda tagger, _: skops.io.loads(skops.io.dumps(tagger), trusted=TRUSTED),
}


@pytest.mark.parametrize("way", COPIES)
def test_copies_of_special_taggers_predict_and_train_the_same(special, english, tmp_path, way):
    X = [*english[0], [], ["", "never-seen", "a" * 50]]
    copied = COPIES[way](special, tmp_path)
    assert_same_predictions(copied, special, X)
    assert_same_transitions(copied, special)
    assert copied.vocabulary_ == special.vocabulary_
    for tagger in (copied, special):
        tagger.partial_fit(*english)
    assert_same_predictions(copied, special, X)
    assert_same_transitions(copied, special)


def test_a_deep_copy_shares_nothing(special, english):
    X, y = english
    expected = special.predict_proba(X)
    copied = copy.deepcopy(special)
    copied._model.vector[...] = 0
    for vector in (copied.embeddings or {}).values():
        vector[...] = 0
    copied.partial_fit(X, y)
    for one, other in zip(special.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("special", ["all of it"], indirect=True)
def test_a_special_tagger_predicts_the_same_in_another_process(special, english, tmp_path):
    test_another_process_predicts_the_same(special, english, tmp_path, "r")


def test_copies_have_no_cached_words(special):
    special.predict([["never", "seen-before"]])
    assert special._model._word_cache is not None
    for copied in (copy.copy(special), copy.deepcopy(special)):
        assert copied._model._word_cache is None


def test_pre_trained_vectors_are_saved_with_the_tagger(small, english):
    vectors = {"the": np.arange(3.0), "only-here": np.ones(3)}
    small.set_params(embeddings=vectors).fit(*english)
    expected = small.predict_proba([["only-here", "nowhere"]])[0]
    saved = pickle.dumps(small.set_params(embeddings=None))
    vectors.clear()
    loaded = pickle.loads(saved)
    np.testing.assert_array_equal(loaded.predict_proba([["only-here", "nowhere"]])[0], expected)


# -- forked processes ---------------------------------------------------------------------------


class WaitingAnalyzer:
    """An analyzer that waits, at one word, until a test lets it continue."""

    def __init__(self):
        self.reached, self.can_continue = threading.Event(), threading.Event()

    def __call__(self, word):
        if word == "wait":
            self.reached.set()
            assert self.can_continue.wait(120)
        return [word[:2], word[-2:]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_forked_while_another_thread_predicts_can_predict(small, english):
    X, y = english
    analyzer = WaitingAnalyzer()
    small.set_params(analyzer=analyzer, output="crf").fit(X, y)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    thread = threading.Thread(target=small.predict, args=([["wait"]],))
    thread.start()
    try:
        assert analyzer.reached.wait(60)
        child = context.Process(target=lambda: queue.put(small.predict(X).tolist()), daemon=True)
        child.start()
        answer = queue.get(timeout=30)
        child.join(60)
    finally:
        analyzer.can_continue.set()
        thread.join()
    assert child.exitcode == 0
    assert answer == small.predict(X).tolist()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_predicts_the_same_with_and_without_cached_words(fitted, english):
    fitted.predict(english[0])
    context = multiprocessing.get_context("fork")
    queue = context.Queue()

    def predict():
        first = fitted.predict([["word", "of", "the", "child"]]).tolist()
        queue.put((first, fitted.predict([["word", "of", "the", "child"]]).tolist()))

    child = context.Process(target=predict, daemon=True)
    child.start()
    first, again = queue.get(timeout=30)
    child.join(60)
    assert first == again == fitted.predict([["word", "of", "the", "child"]]).tolist()
