"""scikit-learn's model selection with lists of lists of str."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.pipeline import make_pipeline

from sklstm import BiLSTMTagger


class Lower(TransformerMixin, BaseEstimator):
    """Lower-cases words."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return [[word.lower() for word in words] for words in X]


def accuracy(y_true, y_pred):
    pairs = [pair for tags in zip(y_true, y_pred, strict=True) for pair in zip(*tags, strict=True)]
    return np.mean([true == predicted for true, predicted in pairs])


def test_grid_search_in_two_processes(small, english):
    search = GridSearchCV(small, {"analyzer": ["word", "affix"]}, cv=3, n_jobs=2).fit(*english)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_ == {"analyzer": "affix"}
    assert search.score(*english) == search.best_estimator_.score(*english)
    assert search.predict(english[0]).shape == (60,)


def test_grid_search_gives_the_same_results_in_one_and_two_processes(small, english):
    grid = {"hidden_layer_sizes": [4, (6, 4)]}
    one, two = (GridSearchCV(small, grid, cv=3, n_jobs=n).fit(*english) for n in (1, 2))
    np.testing.assert_array_equal(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
    )


def test_randomized_search(small, english):
    search = RandomizedSearchCV(
        small, {"dropout": [0.0, 0.2, 0.4]}, n_iter=2, cv=2, random_state=0
    ).fit(*english)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("resource", ["n_samples", "max_iter"])
def test_halving_grid_search(small, english, resource):
    limits = {} if resource == "n_samples" else {"max_resources": 4}
    search = HalvingGridSearchCV(
        small.set_params(max_iter=2),
        {"hidden_layer_sizes": [2, 4, 8]},
        cv=2,
        resource=resource,
        random_state=0,
        **limits,
    ).fit(*english)
    assert search.n_iterations_ >= 2
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_cross_validate(small, english):
    results = cross_validate(small, *english, cv=3, return_estimator=True, return_train_score=True)
    assert (results["test_score"] > 0.3).all()
    assert all(isinstance(tagger, BiLSTMTagger) for tagger in results["estimator"])


def test_cross_val_predict_tags_each_sentence(small, english):
    X, y = english
    predicted = cross_val_predict(small, X, y, cv=3)
    assert [len(tags) for tags in predicted] == [len(words) for words in X]
    assert accuracy(y, predicted) > 0.3


def test_cross_val_score_with_groups(small, english):
    groups = np.arange(60) // 6
    scores = cross_val_score(small, *english, groups=groups, cv=GroupKFold(3))
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()


def test_learning_curve(small, english):
    sizes, _, scores = learning_curve(small, *english, train_sizes=[10, 40], cv=3)
    assert sizes.tolist() == [10, 40]
    assert np.isfinite(scores).all()


def test_validation_curve(small, english):
    _, scores = validation_curve(small, *english, param_name="max_iter", param_range=[1, 5], cv=2)
    assert scores[1].mean() > scores[0].mean()


def test_permutation_test_score_with_lengths_as_groups(small, english):
    X, y = english
    lengths = [len(words) for words in X]
    kept = [k for k, n in enumerate(lengths) if lengths.count(n) > 3]
    X, y, groups = ([z[k] for k in kept] for z in (X, y, lengths))
    score, permuted, _ = permutation_test_score(
        small, X, y, groups=groups, cv=GroupKFold(2), n_permutations=3, random_state=0
    )
    assert np.isfinite([score, *permuted]).all()


def test_train_test_split(small, english):
    X_train, X_test, y_train, y_test = train_test_split(*english, random_state=0)
    assert 0.3 < small.fit(X_train, y_train).score(X_test, y_test) <= 1


def test_pipeline(small, english):
    X, y = english
    pipeline = make_pipeline(Lower(), small).fit(X, y)
    upper = [[word.upper() for word in words] for words in X]
    assert pipeline.predict(upper).tolist() == pipeline.predict(X).tolist()
    assert pipeline.score(upper, y) == pipeline.score(X, y)
    search = GridSearchCV(pipeline, {"bilstmtagger__max_iter": [1, 3]}, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_clone_has_the_parameters_and_no_fitted_attributes(small, english):
    cloned = clone(small.fit(*english))
    assert cloned.get_params() == small.get_params()
    assert not [name for name in vars(cloned) if name.endswith("_") or name.startswith("_")]


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
def test_copies_predict_the_same(small, english, copied):
    X, y = english
    tagger = copied(small.fit(X, y))
    assert tagger.predict(X).tolist() == small.predict(X).tolist()
    assert tagger.vocabulary_ == small.vocabulary_


def test_routed_sample_weight(small, english):
    X, y = english
    weights = np.ones(len(X))
    weights[::2] = 0
    with sklearn.config_context(enable_metadata_routing=True):
        tagger = small.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        routed = cross_validate(tagger, X, y, cv=2, params={"sample_weight": weights})
        search = GridSearchCV(tagger, {"max_iter": [2]}, cv=2).fit(X, y, sample_weight=weights)
    halves = [np.arange(30, 60), np.arange(30)]
    for score, train in zip(routed["test_score"], halves, strict=True):
        test = np.setdiff1d(np.arange(60), train)
        tagger.fit([X[k] for k in train], [y[k] for k in train], weights[train])
        held_out = [X[k] for k in test], [y[k] for k in test], weights[test]
        assert score == tagger.score(*held_out)
    assert np.isfinite(search.best_score_)
