"""scikit-learn's model selection with lists of lists of str."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, RFECV, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from sklstm import BiLSTMTagger, model_selection
from sklstm.metrics import get_scorer


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


# -- what scikit-learn cannot do with sequences, as docs/user_guide/evaluation.rst says ----------


@pytest.fixture
def block():
    """Sequences of equal lengths: a 3-D array and a 2-D array of tags."""
    X = np.random.RandomState(0).normal(size=(30, 4, 3))
    return X, (X[..., 0] > 0).astype(int)


REFUSING = {
    "VotingClassifier": lambda tagger: VotingClassifier([("a", tagger)], voting="soft").fit,
    "StackingClassifier": lambda tagger: StackingClassifier([("a", tagger)], cv=2).fit,
    "BaggingClassifier": lambda tagger: BaggingClassifier(tagger, 2).fit,
    "AdaBoostClassifier": lambda tagger: AdaBoostClassifier(tagger, n_estimators=2).fit,
    "CalibratedClassifierCV": lambda tagger: CalibratedClassifierCV(tagger, cv=2).fit,
    "SelfTrainingClassifier": lambda tagger: SelfTrainingClassifier(tagger).fit,
    "OneVsRestClassifier": lambda tagger: OneVsRestClassifier(tagger).fit,
    "OneVsOneClassifier": lambda tagger: OneVsOneClassifier(tagger).fit,
    "OutputCodeClassifier": lambda tagger: OutputCodeClassifier(tagger).fit,
    "MultiOutputClassifier": lambda tagger: MultiOutputClassifier(tagger).fit,
    "ClassifierChain": lambda tagger: ClassifierChain(tagger).fit,
    "FixedThresholdClassifier": lambda tagger: FixedThresholdClassifier(tagger).fit,
    "TunedThresholdClassifierCV": lambda tagger: TunedThresholdClassifierCV(tagger, cv=2).fit,
    "SequentialFeatureSelector": lambda tagger: SequentialFeatureSelector(tagger, cv=2).fit,
    "RFE": lambda tagger: RFE(tagger).fit,
    "RFECV": lambda tagger: RFECV(tagger, cv=2).fit,
    "SelectFromModel": lambda tagger: SelectFromModel(tagger).fit_transform,
    "StratifiedKFold": lambda tagger: lambda X, y: list(StratifiedKFold(2).split(X, y)),
    "permutation_importance": lambda tagger: (
        lambda X, y: permutation_importance(tagger.fit(X, y), X, y, n_repeats=1)
    ),
    "cross_val_predict of probabilities": lambda tagger: (
        lambda X, y: cross_val_predict(tagger, X, y, cv=2, method="predict_proba")
    ),
    "ConfusionMatrixDisplay": lambda tagger: (
        lambda X, y: ConfusionMatrixDisplay.from_estimator(tagger.fit(X, y), X, y)
    ),
}


@pytest.mark.filterwarnings("ignore::Warning")  # of scikit-learn, before the error
@pytest.mark.parametrize("form", ["english", "vectors", "block"])
@pytest.mark.parametrize("tool", REFUSING.values(), ids=REFUSING.keys())
def test_tools_for_one_label_per_sample_refuse_sequences(tool, form, small, request):
    X, y = request.getfixturevalue(form)
    with pytest.raises((ValueError, NotImplementedError)):
        tool(small.set_params(max_iter=1))(X, y)


@pytest.mark.parametrize("form", ["english", "vectors", "block"])
def test_other_tools_take_sequences(form, small, request):
    X, y = request.getfixturevalue(form)
    small.set_params(max_iter=1)
    frozen = FrozenEstimator(small.fit(X, y)).predict(X)
    np.testing.assert_array_equal(frozen, small.predict(X))
    search = HalvingRandomSearchCV(
        small, {"dropout": [0, 0.5]}, n_candidates=2, cv=2, min_resources=10
    )
    assert 0 < search.fit(X, y).best_score_ < 1


def test_the_accuracy_of_scikit_learn_is_nan_for_lists(small, english):
    with pytest.warns(UserWarning, match="Scoring failed"):
        scores = cross_val_score(small, *english, cv=2, scoring="accuracy")
    assert np.isnan(scores).all()
    with pytest.raises(ValueError, match="Sequence of sequences"):
        cross_val_score(small, *english, cv=2, scoring="accuracy", error_score="raise")


def test_the_accuracy_of_scikit_learn_is_that_of_sequences_for_a_block_of_two_tags(small, block):
    X, y = block
    small.set_params(max_iter=20)
    wrong = cross_val_score(small, X, y, cv=2, scoring="accuracy")
    np.testing.assert_array_equal(
        wrong, cross_val_score(small, X, y, cv=2, scoring=get_scorer("sequence_accuracy"))
    )
    right = cross_val_score(small, X, y, cv=2, scoring=get_scorer("token_accuracy"))
    np.testing.assert_array_equal(right, cross_val_score(small, X, y, cv=2))
    assert (right > wrong).all()


def test_permutation_test_score_takes_blocks(small, block):
    score, permuted, _ = permutation_test_score(small, *block, cv=2, n_permutations=2)
    assert np.isfinite([score, *permuted]).all()


# -- sklstm.model_selection ----------------------------------------------------------------------


def same(found, expected):
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("form", ["english", "vectors", "block"])
def test_predictions_are_those_of_scikit_learn(form, small, request):
    X, y = request.getfixturevalue(form)
    cv = KFold(3, shuffle=True, random_state=0)
    found = model_selection.cross_val_predict(small, X, y, cv=cv)
    same(found, cross_val_predict(small, X, y, cv=cv))


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba"])
def test_rows_have_the_probabilities_of_scikit_learn(method, small):
    X = np.random.RandomState(0).normal(size=(30, 3))
    y = np.where(X[:, 0] > 0, "b", "a")
    y[[3, 11, 17]] = "c"
    found = model_selection.cross_val_predict(small, X, y, cv=3, method=method)
    same(found, cross_val_predict(small, X, y, cv=3, method=method))


@pytest.mark.parametrize("form", ["english", "vectors", "block"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_each_sequence_has_the_probabilities_of_its_fold(form, n_jobs, small, request):
    X, y = request.getfixturevalue(form)
    tags = np.unique(np.concatenate([np.asarray(each) for each in y]))
    cv = KFold(2, shuffle=True, random_state=1)
    found = model_selection.cross_val_predict(
        small, X, y, cv=cv, method="predict_proba", n_jobs=n_jobs
    )
    assert found.shape == (small.fit(X, y).predict_proba(X)).shape
    for train, test in cv.split(X):
        fold = clone(small).fit([X[k] for k in train], [y[k] for k in train])
        columns = np.searchsorted(tags, fold.classes_)
        for k in test:
            (expected,) = fold.predict_proba([X[k]])
            np.testing.assert_allclose(found[k][:, columns], expected, atol=1e-6)
            assert found[k].shape == (len(X[k]), len(tags))


def test_a_tag_that_a_fold_lacks_has_no_probability(small):
    X, y = [["a", "b"], ["a"]] * 3, [["x", "y"], ["x"]] * 3
    X[-1], y[-1] = ["a", "c"], ["x", "z"]
    splits = [([0, 1, 2], [3, 4, 5]), ([3, 4, 5], [0, 1, 2])]
    p, log_p = (
        model_selection.cross_val_predict(small, X, y, cv=splits, method=method)
        for method in ("predict_proba", "predict_log_proba")
    )
    assert p[5].shape == (2, 3)
    assert (p[5][:, 2] == 0).all()
    assert (log_p[5][:, 2] == np.finfo(np.float32).min).all()
    assert (p[0][:, 2] > 0).all()
    for each in p:
        np.testing.assert_allclose(each.sum(axis=1), 1, atol=1e-5)


def test_tags_of_weight_0_have_no_column(small, vectors):
    X, y = vectors
    y = [np.where(np.arange(len(tags)) == 1, -100, tags) for tags in y]
    p = model_selection.cross_val_predict(
        small, X, y, cv=3, method="predict_proba",
        params={"sample_weight": [(tags != -100).astype(float) for tags in y]},
    )  # fmt: skip
    assert p[0].shape == (len(X[0]), 2)


def test_groups_and_weights_reach_the_splitter_and_the_fit(small, english):
    X, y = english
    groups, weights = np.arange(60) % 3, np.arange(60) % 4
    options = {"cv": GroupKFold(3), "method": "predict_log_proba"}
    plain = model_selection.cross_val_predict(
        small, X, y, groups=groups, params={"sample_weight": weights}, **options
    )
    fold = clone(small).fit(
        [X[k] for k in range(60) if k % 3], [y[k] for k in range(60) if k % 3],
        weights[groups > 0],
    )  # fmt: skip
    columns = np.isin(sorted({tag for tags in y for tag in tags}), fold.classes_)
    assert plain[0].shape[1] == len(columns)
    np.testing.assert_allclose(plain[0][:, columns], fold.predict_log_proba(X[:1])[0], atol=1e-5)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = model_selection.cross_val_predict(
            small.set_fit_request(sample_weight=True), X, y,
            params={"sample_weight": weights, "groups": groups}, **options,
        )  # fmt: skip
    same(routed, plain)


def test_pipelines_and_searches_have_out_of_fold_probabilities(small, english):
    X, y = english
    pipeline = make_pipeline(Lower(), small)
    search = GridSearchCV(pipeline, {"bilstmtagger__max_iter": [1, 2]}, cv=2)
    for estimator in (pipeline, search):
        p = model_selection.cross_val_predict(estimator, X, y, cv=2, method="predict_proba")
        assert [len(each) for each in p] == [len(words) for words in X]
        assert not hasattr(estimator, "best_estimator_")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": []}, "cv has no splits"),
        (
            {"cv": [([0, 1], [2]), [3]]},
            r"cv\[1\] is \[3\], but must be a pair of arrays of at least one",
        ),
        ({"cv": [([0, 1], [])]}, r"cv\[0\] .* must be a pair of arrays of at least one index"),
        ({"cv": [([0, 1], [99])]}, r"cv\[0\] .* integers from 0 to 59"),
        ({"cv": [([0, 1], ["a"])]}, r"cv\[0\] .* integers from 0 to 59"),
        ({"method": "fit"}, "method is 'fit', but must be one of"),
        ({"method": ["predict"]}, r"method is \['predict'\], but must be one of"),
    ],
)
def test_invalid_options_are_named(small, english, options, message):
    with pytest.raises(ValueError, match=message):
        model_selection.cross_val_predict(small, *english, **options)


@pytest.mark.parametrize("cv", [ShuffleSplit(2, random_state=0), [([0, 1], [2, 3])]])
def test_each_sequence_must_be_in_one_test_set(small, english, cv):
    with pytest.raises(ValueError, match="test sets that overlap or leave out a sequence"):
        model_selection.cross_val_predict(small, *english, cv=cv)


def test_an_error_of_a_fold_is_raised(small, english):
    with pytest.raises(ValueError, match="max_iter"):
        model_selection.cross_val_predict(small.set_params(max_iter=0), *english, cv=2)
