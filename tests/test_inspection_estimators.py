"""Taggers within pipelines and searches are looked into as by themselves."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import BiLSTMTagger
from sklstm.inspection import explain_tag, feature_effects, network_activity, similar_features
from sklstm.preprocessing import TokenTransformer

WORDS = ["She", "Booked", "Rooms"]


def in_lower_case(X):
    return [[word.lower() for word in words] for words in X]


def as_dicts(X):
    return [[{"word": word, "ending": ending} for word, ending in tokens] for tokens in X]


@pytest.fixture(scope="module")
def of_words(english):
    tagger = BiLSTMTagger(4, char_hidden_size=0, max_iter=2, random_state=0)
    return make_pipeline(FunctionTransformer(in_lower_case), tagger).fit(*english)


@pytest.fixture(scope="module")
def of_vectors(vectors):
    X, y = vectors
    tagger = BiLSTMTagger(4, max_iter=2, random_state=0)
    pipeline = make_pipeline(TokenTransformer(StandardScaler()), tagger)
    return pipeline.fit([100 * x + 3 for x in X], y)


@pytest.fixture(scope="module")
def search(english):
    X, y = english
    tagger = BiLSTMTagger(4, char_hidden_size=0, max_iter=1, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(in_lower_case), tagger)
    return GridSearchCV(pipeline, {"bilstmtagger__alpha": [0.1, 1]}, cv=2).fit(X[:20], y[:20])


def assert_same_explanation(found, expected):
    np.testing.assert_array_equal(found.contributions, expected.contributions)
    assert found.features == expected.features
    assert (found.tag, found.log_odds) == (expected.tag, expected.log_odds)


def test_what_the_steps_before_the_tagger_make_of_a_sequence_is_explained(of_vectors, vectors):
    x = 100 * vectors[0][0] + 3
    (scaled,) = of_vectors[:-1].transform([x])
    found = explain_tag(of_vectors, x, 0)
    assert_same_explanation(found, explain_tag(of_vectors[-1], scaled, 0))
    np.testing.assert_array_equal(found.tokens, scaled)
    assert found.tag == of_vectors.predict([x])[0][0]


def test_words_are_explained_as_a_function_changes_them(of_words):
    found = explain_tag(of_words, WORDS, 1)
    assert_same_explanation(found, explain_tag(of_words[-1], ["she", "booked", "rooms"], 1))
    assert found.tokens == ["she", "booked", "rooms"]


def test_a_search_is_its_best_estimator(search):
    found = explain_tag(search, WORDS, 1)
    assert_same_explanation(found, explain_tag(search.best_estimator_, WORDS, 1))
    assert found.tokens == ["she", "booked", "rooms"]


def test_a_search_may_be_the_end_of_a_pipeline(english):
    X, y = english
    tagger = BiLSTMTagger(4, char_hidden_size=0, max_iter=1, random_state=0)
    last = GridSearchCV(tagger, {"alpha": [0.1]}, cv=2)
    pipeline = make_pipeline(FunctionTransformer(in_lower_case), last).fit(X[:20], y[:20])
    found = explain_tag(pipeline, WORDS, 1)
    best = last.best_estimator_
    assert_same_explanation(found, explain_tag(best, ["she", "booked", "rooms"], 1))


def test_a_pipeline_may_change_nothing(of_words):
    expected = explain_tag(of_words[-1], WORDS, 0)
    for pipeline in (make_pipeline(of_words[-1]), make_pipeline("passthrough", of_words[-1])):
        assert_same_explanation(explain_tag(pipeline, WORDS, 0), expected)


def test_tokens_need_only_be_what_the_first_step_takes(english):
    tokens = [[(word, word[-2:]) for word in words] for words in english[0]]
    tagger = BiLSTMTagger(4, max_iter=1, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(as_dicts), tagger).fit(tokens, english[1])
    found = explain_tag(pipeline, tokens[0], 0)
    assert_same_explanation(found, explain_tag(pipeline[-1], as_dicts(tokens[:1])[0], 0))


def test_the_activity_is_that_of_the_tagger(of_words, search):
    for estimator in (of_words, search):
        tagger = getattr(estimator, "best_estimator_", estimator)[-1]
        found = network_activity(estimator, WORDS)
        expected = network_activity(tagger, ["she", "booked", "rooms"])
        assert found.tokens == expected.tokens
        for name in ("forward", "backward"):
            np.testing.assert_array_equal(found.layers[0][name].cell, expected.layers[0][name].cell)


def test_features_are_those_of_the_tagger(of_words, search):
    for estimator in (of_words, search):
        tagger = getattr(estimator, "best_estimator_", estimator)[-1]
        np.testing.assert_array_equal(
            feature_effects(estimator).effects, feature_effects(tagger).effects
        )
        assert similar_features(estimator, "lower=the") == similar_features(tagger, "lower=the")


def test_what_has_no_fitted_tagger_is_refused(of_words, search):
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    message = "tagger is of type Pipeline, which ends in a LogisticRegression, but must be a fitted"
    with pytest.raises(TypeError, match=message):
        explain_tag(fitted, WORDS, 0)
    with pytest.raises(TypeError, match=r"tagger is of type str, but must be .* or search that"):
        feature_effects("tagger")
    with pytest.raises(NotFittedError):
        explain_tag(make_pipeline(FunctionTransformer(), BiLSTMTagger()), WORDS, 0)
    with pytest.raises(NotFittedError):
        explain_tag(GridSearchCV(BiLSTMTagger(), {}), WORDS, 0)


def test_a_search_must_have_kept_its_best(english):
    X, y = english
    tagger = BiLSTMTagger(4, char_hidden_size=0, max_iter=1)
    search = GridSearchCV(tagger, {}, cv=2, refit=False).fit(X[:8], y[:8])
    with pytest.raises(TypeError, match=r"The search has no best_estimator_: fit it with refit=T"):
        network_activity(search, WORDS)


def test_a_list_of_sentences_is_refused_in_pipelines_too(of_vectors, vectors):
    tagger = make_pipeline("passthrough", of_vectors[-1])
    with pytest.raises(ValueError, match="sequence holds sequences"):
        explain_tag(tagger, vectors[0], 0)
    with pytest.raises(ValueError, match=r"sequence is read as X = \[sequence\]"):
        explain_tag(of_vectors, vectors[0][0][:, :2], 0)
