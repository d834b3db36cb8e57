"""Exported models compute in onnxruntime what the tagger computes."""

import json
import sys

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.ensemble import VotingTagger
from sklstm.export import to_onnx
from sklstm.preprocessing import TokenTransformer

LENGTHS = [7, 1, 4, 12, 2, 1]
NAMES = {0: "left", 1: "right", 2: "über"}


def make_data(dtype="float64", tags="int"):
    """Return ragged sequences whose tags depend on the steps before and after."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 3)).astype(dtype) for n in LENGTHS * 3]
    y = [np.add(np.roll(x[:, 0], 1) > 0, np.roll(x[:, 1], -1) > 0, dtype=int) for x in X]
    return X, [[NAMES[int(tag)] if tags == "str" else int(tag) for tag in row] for row in y]


def new_tagger(sizes=8, **params):
    return BiLSTMTagger(sizes, max_iter=3, learning_rate_init=0.05, random_state=0, **params)


def pad(X, value=0.0):
    """Return sequences as a float32 array, and their lengths."""
    lengths = np.array([len(x) for x in X])
    block = np.full((len(X), lengths.max(), X[0].shape[1]), value, np.float32)
    for row, x in zip(block, X, strict=True):
        row[: len(x)] = x
    return {"X": block, "lengths": lengths}


def run(model, X, padding=0.0):
    """Return the labels and the probabilities of each sequence, without the padding."""
    session = InferenceSession(model.SerializeToString())
    label, probabilities = session.run(["label", "probabilities"], pad(X, padding))
    return [[values[: len(x)] for values, x in zip(out, X, strict=True)]
            for out in (label, probabilities)]  # fmt: skip


def assert_same(model, tagger, X):
    label, probabilities = run(model, X)
    for ours, theirs in zip(probabilities, tagger.predict_proba(X), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert [row.tolist() for row in label] == tagger.predict(X).tolist()


@pytest.mark.parametrize("sizes", [8, (8, 5), (4, 6, 3)])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("tags", ["int", "str"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_onnxruntime_predicts_the_same(sizes, bidirectional, tags, dtype):
    X, y = make_data(dtype, tags)
    tagger = new_tagger(sizes, bidirectional=bidirectional).fit(X, y)
    model = to_onnx(tagger)
    onnx.checker.check_model(model, full_check=True)
    assert_same(model, tagger, X)


def test_gates_and_directions_are_not_exchanged():
    """Large weights: the probabilities of another order of gates or steps would be far away."""
    X, y = make_data()
    tagger = new_tagger((6, 5), max_grad_norm=1e6).set_params(max_iter=30).fit(X, y)
    proba = np.concatenate(tagger.predict_proba(X))
    backwards = np.concatenate([p[::-1] for p in tagger.predict_proba([x[::-1] for x in X])])
    assert np.abs(proba - backwards).max() > 0.1
    assert_same(to_onnx(tagger), tagger, X)


@pytest.mark.parametrize("dtype", ["bool", "float64", "int64"])
def test_labels_have_the_type_of_the_classes(dtype):
    X, _ = make_data()
    tagger = new_tagger().fit(X, [(x[:, 0] > 0).astype(dtype) for x in X])
    label, _ = run(to_onnx(tagger), X)
    assert label[0].dtype == tagger.classes_.dtype == dtype
    assert_same(to_onnx(tagger), tagger, X)


@pytest.mark.parametrize("padding", [9.0, np.nan])
def test_padding_has_no_effect(padding):
    X, y = make_data()
    model = to_onnx(new_tagger((4, 4)).fit(X, y))
    for zeros, others in zip(run(model, X)[1], run(model, X, padding)[1], strict=True):
        np.testing.assert_array_equal(zeros, others)


def test_a_block_and_a_single_step_can_be_predicted_by_one_model():
    X, y = make_data()
    tagger = new_tagger().fit(X, y)
    session = InferenceSession(to_onnx(tagger).SerializeToString())
    for shape in [(1, 1, 3), (5, 40, 3)]:
        block = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        given = {"X": block, "lengths": np.full(shape[0], shape[1])}
        (probabilities,) = session.run(["probabilities"], given)
        np.testing.assert_allclose(probabilities, tagger.predict_proba(block), atol=1e-5)


def test_names_shapes_and_classes_are_in_the_model():
    X, y = make_data(tags="str")
    session = InferenceSession(to_onnx(new_tagger().fit(X, y)).SerializeToString())
    described = [(v.name, v.type, v.shape) for v in session.get_inputs() + session.get_outputs()]
    assert described == [
        ("X", "tensor(float)", ["n_sequences", "n_timesteps", 3]),
        ("lengths", "tensor(int64)", ["n_sequences"]),
        ("label", "tensor(string)", ["n_sequences", "n_timesteps"]),
        ("probabilities", "tensor(float)", ["n_sequences", "n_timesteps", 3]),
    ]
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["classes"]) == ["left", "right", "über"]


@pytest.mark.parametrize("opset", [13, 14, 17, 21])
def test_the_opset_can_be_chosen(opset):
    X, y = make_data()
    tagger = new_tagger().fit(X, y)
    model = to_onnx(tagger, target_opset=opset)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", opset)]
    assert_same(model, tagger, X)


@pytest.mark.parametrize("opset", [12, 10_000, "17", None])
def test_other_opsets_are_refused(opset):
    X, y = make_data()
    with pytest.raises(ValueError, match=f"^target_opset is {opset!r}, but must be an int from 13"):
        to_onnx(new_tagger().fit(X, y), target_opset=opset)


def test_the_tagger_of_a_pipeline_is_exported_without_the_steps_before():
    X, y = make_data()
    pipeline = make_pipeline(TokenTransformer(StandardScaler()), new_tagger()).fit(X, y)
    with pytest.raises(TypeError, match=r"got a Pipeline\. .* model\[-1\], and transform X by"):
        to_onnx(pipeline)
    assert_same(to_onnx(pipeline[-1]), pipeline[-1], pipeline[:-1].transform(X))


def test_estimators_that_are_no_taggers_are_refused_with_a_hint():
    X, y = make_data()
    search = GridSearchCV(new_tagger(), {"max_iter": [1]}, cv=2).fit(X, y)
    with pytest.raises(TypeError, match=r"a GridSearchCV\. Export its best_estimator_\.$"):
        to_onnx(search)
    voting = VotingTagger([("one", new_tagger())]).fit(X, y)
    with pytest.raises(TypeError, match=r"a VotingTagger\. Export each of its estimators_"):
        to_onnx(voting)
    with pytest.raises(TypeError, match=r"exports a fitted BiLSTMTagger, got a StandardScaler\.$"):
        to_onnx(StandardScaler())


@pytest.mark.parametrize("token", ["word", {"feature": 1}])
def test_words_and_dicts_are_refused(token):
    tagger = new_tagger(embedding_size=4).fit([[token]] * 4, [["A"]] * 4)
    with pytest.raises(ValueError, match=r"fitted on words or dicts, .* Predict in Python, or fit"):
        to_onnx(tagger)


def test_a_crf_is_refused():
    X, y = make_data()
    with pytest.raises(ValueError, match=r'has a CRF, .* Fit a tagger with output="softmax"'):
        to_onnx(new_tagger(output="crf").fit(X, y))


def test_an_unfitted_tagger_is_refused():
    with pytest.raises(NotFittedError, match="This BiLSTMTagger instance is not fitted yet"):
        to_onnx(BiLSTMTagger())


def test_without_onnx_the_error_says_what_to_install(monkeypatch):
    X, y = make_data()
    tagger = new_tagger().fit(X, y)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'to_onnx needs onnx .* pip install "sklstm\[onnx\]"'):
        to_onnx(tagger)
