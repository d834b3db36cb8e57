"""A fitted tagger is its parameters, and predicts the same however it came."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest

from sklstm import BiLSTMTagger

ELSEWHERE = """
import sys, joblib
tagger, X = joblib.load(sys.argv[1], mmap_mode=sys.argv[2] or None), joblib.load(sys.argv[3])
joblib.dump((tagger.predict(X), tagger.predict_proba(X)), sys.argv[4])
"""


@pytest.fixture
def fitted(small, english):
    return small.fit(*english)


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
    subprocess.run([sys.executable, "-c", ELSEWHERE, model, mmap_mode, data, answer], check=True)
    tags, probabilities = joblib.load(answer)
    assert tags.tolist() == fitted.predict(X).tolist()
    for ours, theirs in zip(fitted.predict_proba(X), probabilities, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_memory_mapped_model_goes_on_learning_and_the_file_stays(fitted, english, tmp_path):
    path = tmp_path / "tagger.joblib"
    joblib.dump(fitted, path)
    written = path.read_bytes()
    mapped = joblib.load(path, mmap_mode="r")
    assert isinstance(mapped._network["vector"], np.memmap)
    mapped.partial_fit(*english)
    assert mapped.n_iter_ == fitted.n_iter_ + 1
    assert path.read_bytes() == written


def test_a_partly_fitted_tagger_goes_on_as_if_it_had_never_been_saved(small, english):
    small.partial_fit(*english)
    loaded = pickle.loads(pickle.dumps(small))
    for tagger in (small, loaded):
        tagger.partial_fit(*english)
    assert_same_predictions(loaded, small, english[0])


def test_a_model_is_hardly_larger_than_its_parameters(english):
    X, y = english
    for use, factor in [("fit", 1.1), ("partial_fit", 3.2)]:
        tagger = BiLSTMTagger(64, max_iter=1, random_state=0)
        getattr(tagger, use)(X, y)
        n_bytes = sum(tagger._network[name].nbytes for name in ("vector", "table"))
        assert len(pickle.dumps(tagger)) < factor * n_bytes


def test_the_state_is_made_of_plain_things(small, english):
    small.partial_fit(*english)

    def plain(value):
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(each) for key, each in value.items())
        if isinstance(value, (list, tuple)):
            return all(map(plain, value))
        if isinstance(value, np.ndarray):
            return value.dtype.kind in "biufU"
        return value is None or type(value) in (str, int, float, bool)

    odd = [name for name, value in small.__getstate__().items() if not plain(value)]
    assert not odd


def test_the_state_holds_no_training_data(small):
    X, y = [["a-very-particular-word", "b"], ["b", "c"], ["b"]], [["X", "Y"], ["Y", "X"], ["Y"]]
    small.set_params(analyzer="word", min_df=2).fit(X, y)
    assert b"a-very-particular-word" not in pickle.dumps(small)


def test_words_met_in_prediction_are_no_part_of_a_saved_tagger(fitted):
    before = pickle.dumps(fitted)
    fitted.predict([["quite", "unheard-of"]])
    assert pickle.dumps(fitted) == before
