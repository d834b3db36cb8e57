"""Predictions and scores of fitted taggers and ensembles, for any input."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklstm.metrics import token_accuracy_score

from ._properties import REFUSED, assert_probabilities, assert_same_answer, call, works
from ._strategies import (
    any_sequences,
    any_tagged,
    corrupted,
    draw_tags,
    layouts,
    lengths_of,
    sequences,
    small_floats,
    tables,
    weights,
)

METHODS = ["predict", "predict_proba", "predict_log_proba"]
PLACES = "X|Found array|Expected 2D array|features"
TAGGERS = [
    "words", "crf", "n-grams", "pretrained", "one class", "dicts", "vectors", "float32",
]  # fmt: skip


@pytest.fixture(scope="module")
def estimators(taggers, votings):
    return taggers | {f"voting {name}": each for name, each in votings.items()}


names = st.sampled_from([*TAGGERS, "voting words", "voting crf", "voting vectors"])


@given(data=st.data(), name=names)
def test_each_token_of_valid_sequences_gets_a_class_and_a_distribution(estimators, data, name):
    kind, tagger = estimators[name]
    X = data.draw(sequences(kind), label="X")
    y, p, log_p = (works(getattr(tagger, method), X) for method in METHODS)
    classes = tagger.classes_.tolist()
    assert y.shape == p.shape == log_p.shape == (len(X),)
    assert [len(each) for each in y] == [len(each) for each in p] == lengths_of(X)
    assert {tag for tags in y for tag in tags} <= {*classes}
    assert_probabilities(p, len(classes))
    for one, other in zip(p, log_p, strict=True):
        np.testing.assert_allclose(one, np.exp(other), rtol=1e-4, atol=1e-7)


@given(data=st.data(), name=names)
def test_a_prediction_does_not_depend_on_the_other_sequences(estimators, data, name):
    kind, tagger = estimators[name]
    X = [*data.draw(sequences(kind, min_size=1), label="X")]
    order = data.draw(st.lists(st.integers(0, len(X) - 1), min_size=1, max_size=12))
    p, y = works(tagger.predict_proba, X), works(tagger.predict, X)
    shuffled = [X[i] for i in order]
    assert_same_answer(works(tagger.predict_proba, shuffled), p[order], atol=1e-6)
    assert_same_answer(works(tagger.predict, shuffled), y[order])
    for i in order:
        assert_same_answer(works(tagger.predict_proba, [X[i]]), p[[i]], atol=1e-6)
        assert_same_answer(works(tagger.predict, [X[i]]), y[[i]])


def numeric(shape):
    dtypes = st.sampled_from([np.float64, np.float32, np.float16, np.int8, np.uint64, bool, object])
    values = hnp.arrays(np.float64, shape, elements=small_floats)
    return st.builds(
        lambda values, dtype, layout: layout(np.abs(values).astype(dtype)), values, dtypes, layouts
    )


@given(X=numeric((4, 2, 3)), name=st.sampled_from(["vectors", "float32", "voting vectors"]))
def test_a_block_and_rows_give_what_lists_give(estimators, X, name):
    tagger = estimators[name][1]
    for method in METHODS:
        predict = getattr(tagger, method)
        answer = works(predict, X)
        ragged = np.stack([*works(predict, [*X])])
        assert_same_answer(answer, ragged.astype(answer.dtype), atol=method != "predict" and 1e-6)
        rows = works(predict, X[:, 0])
        single = np.stack([*works(predict, [*X[:, :1]])])[:, 0]
        assert_same_answer(rows, single.astype(rows.dtype), atol=method != "predict" and 1e-6)


@given(data=st.data(), name=names, method=st.sampled_from(METHODS))
def test_any_input_is_predicted_or_refused_with_its_place(estimators, data, name, method):
    kind, tagger = estimators[name]
    X = data.draw(any_sequences(kind), label="X")
    answer = call(getattr(tagger, method), X, names=PLACES, keeps=[tagger])
    if answer is not REFUSED and method == "predict_proba":
        assert_probabilities(answer, len(tagger.classes_))


@given(X=tables, name=st.sampled_from(["vectors", "float32", "voting vectors"]))
def test_any_table_is_predicted_or_refused_with_its_place(estimators, X, name):
    answer = call(estimators[name][1].predict_proba, X, names=PLACES)
    if answer is not REFUSED:
        assert len(answer) == (X.shape[0] if hasattr(X, "shape") else len(X))
        assert_probabilities(answer, 3)


@given(data=st.data(), name=names)
def test_a_score_is_the_accuracy_of_the_predictions(estimators, data, name):
    kind, tagger = estimators[name]
    X = data.draw(sequences(kind, min_size=1), label="X")
    lengths = lengths_of(X)
    assume(sum(lengths))
    y = draw_tags(data.draw, lengths, [tagger.classes_.tolist()])
    score = works(tagger.score, X, y)
    assert score == pytest.approx(token_accuracy_score(y, works(tagger.predict, X)))
    sample_weight = data.draw(weights(y), label="sample_weight")
    weighted = call(tagger.score, X, y, sample_weight, names="sample_weight|X|y_true")
    assert weighted is REFUSED or 0 <= weighted <= 1 + 1e-12


@given(data=st.data(), name=names)
def test_any_input_is_scored_or_refused_with_its_place(estimators, data, name):
    kind, tagger = estimators[name]
    X, y = data.draw(any_tagged(kind), label="X, y")
    sample_weight = data.draw(st.one_of(st.none(), weights(y)), label="sample_weight")
    places = PLACES + "|y|y_true|y_pred|sample_weight"
    score = call(tagger.score, X, y, sample_weight, names=places, keeps=[tagger])
    assert score is REFUSED or 0 <= score <= 1 + 1e-12


@given(data=st.data(), name=names)
def test_a_tagger_predicts_the_same_after_it_has_refused_input(estimators, data, name):
    kind, tagger = estimators[name]
    X = data.draw(sequences(kind), label="X")
    before = works(tagger.predict_proba, X)
    call(tagger.predict, data.draw(corrupted(sequences(kind)), label="corrupted"), names=PLACES)
    assert_same_answer(works(tagger.predict_proba, X), before)
