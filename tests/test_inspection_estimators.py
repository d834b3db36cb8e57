"""Inspection of taggers in pipelines and searches."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
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


def test_the_transformed_sequence_is_explained(of_vectors, vectors):
    x = 100 * vectors[0][0] + 3
    (scaled,) = of_vectors[:-1].transform([x])
    found = explain_tag(of_vectors, x, 0)
    assert_same_explanation(found, explain_tag(of_vectors[-1], scaled, 0))
    np.testing.assert_array_equal(found.tokens, scaled)
    assert found.tag == of_vectors.predict([x])[0][0]


def test_a_frozen_estimator_is_explained_as_the_estimator_in_it(of_vectors, vectors):
    x = 100 * vectors[0][0] + 3
    expected = explain_tag(of_vectors, x, 0)
    for frozen in (
        FrozenEstimator(of_vectors),
        make_pipeline(of_vectors[0], FrozenEstimator(of_vectors[-1])),
    ):
        assert_same_explanation(explain_tag(frozen, x, 0), expected)


def test_words_transformed_by_a_function_are_explained(of_words):
    found = explain_tag(of_words, WORDS, 1)
    assert_same_explanation(found, explain_tag(of_words[-1], ["she", "booked", "rooms"], 1))
    assert found.tokens == ["she", "booked", "rooms"]


def test_a_word_is_looked_up_before_it_is_transformed(of_words):
    assert explain_tag(of_words, WORDS, "Booked").position == 1
    with pytest.raises(ValueError, match=r"no such word\. Did you mean 'Booked'"):
        explain_tag(of_words, WORDS, "booked")


def test_the_best_estimator_of_a_search_is_explained(search):
    found = explain_tag(search, WORDS, 1)
    assert_same_explanation(found, explain_tag(search.best_estimator_, WORDS, 1))
    assert found.tokens == ["she", "booked", "rooms"]


def test_a_pipeline_can_end_in_a_search(english):
    X, y = english
    tagger = BiLSTMTagger(4, char_hidden_size=0, max_iter=1, random_state=0)
    last = GridSearchCV(tagger, {"alpha": [0.1]}, cv=2)
    pipeline = make_pipeline(FunctionTransformer(in_lower_case), last).fit(X[:20], y[:20])
    found = explain_tag(pipeline, WORDS, 1)
    best = last.best_estimator_
    assert_same_explanation(found, explain_tag(best, ["she", "booked", "rooms"], 1))


def test_a_pipeline_can_pass_sequences_through(of_words):
    expected = explain_tag(of_words[-1], WORDS, 0)
    for pipeline in (make_pipeline(of_words[-1]), make_pipeline("passthrough", of_words[-1])):
        assert_same_explanation(explain_tag(pipeline, WORDS, 0), expected)


def test_tokens_can_be_anything_that_the_first_step_accepts(english):
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


def test_estimators_without_a_fitted_tagger_raise_errors(of_words, search):
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    message = "tagger is or ends in a LogisticRegression, but must be a fitted"
    with pytest.raises(TypeError, match=message):
        explain_tag(fitted, WORDS, 0)
    with pytest.raises(TypeError, match="tagger is not an estimator instance"):
        feature_effects("tagger")
    with pytest.raises(NotFittedError):
        explain_tag(make_pipeline(FunctionTransformer(), BiLSTMTagger()), WORDS, 0)
    with pytest.raises(NotFittedError):
        explain_tag(GridSearchCV(BiLSTMTagger(), {}), WORDS, 0)


def test_a_search_must_be_fitted_with_refit(english):
    X, y = english
    tagger = BiLSTMTagger(4, char_hidden_size=0, max_iter=1)
    search = GridSearchCV(tagger, {}, cv=2, refit=False).fit(X[:8], y[:8])
    with pytest.raises(
        TypeError, match=r"ends in a GridSearchCV, but must be .* search \(with refit=True\)"
    ):
        network_activity(search, WORDS)


def test_a_list_of_sentences_raises_an_error_in_pipelines_too(of_vectors, vectors):
    tagger = make_pipeline("passthrough", of_vectors[-1])
    with pytest.raises(ValueError, match="sequence contains sequences"):
        explain_tag(tagger, vectors[0], 0)
    with pytest.raises(ValueError, match=r"sequence is read as X = \[sequence\]"):
        explain_tag(of_vectors, vectors[0][0][:, :2], 0)
