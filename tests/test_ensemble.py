"""VotingTagger: the mean of several taggers."""

import pickle
from itertools import chain, pairwise, product

import joblib
import numpy as np
import pytest
import skops.io
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.display import TaggedText
from sklstm.ensemble import VotingTagger
from sklstm.metrics import token_accuracy_score
from sklstm.preprocessing import TokenTransformer

NAMES = [["Ada", "Byron", "slept"], ["Ducks", "swim"], ["Ada"], []] * 4
NAME_TAGS = [["B-person", "I-person", "O"], ["O", "O"], ["B-person"], []] * 4


def tiny(seed=0, **params):
    defaults = {"embedding_size": 5, "char_hidden_size": 0, "max_iter": 2, "random_state": seed}
    return BiLSTMTagger(4, **defaults | {"learning_rate_init": 0.03} | params)


def crf(seed=0, **params):
    return tiny(seed, **{"output": "crf", "scheme": "BIO", **params})


def pair(make=tiny, **params):
    return [("a", make(0, **params)), ("b", make(1, **params))]


@pytest.fixture
def forms(english, vectors):
    """X and y in each form."""
    X, y = english[0][:20], english[1][:20]
    rng = np.random.RandomState(0)
    block, rows = rng.normal(size=(9, 4, 3)), rng.normal(size=(30, 3))
    return {
        "words": ([*X, []], [*y, []]),
        "vectors": vectors,
        "block": (block, (block[..., 0] > 0).astype(int)),
        "rows": (rows, (rows[:, 0] > 0).astype(int)),
        "equal lengths": (NAMES[:1] * 9, NAME_TAGS[:1] * 9),
    }


FORMS = ["words", "vectors", "block", "rows", "equal lengths"]


def assert_same_form(answer, expected):
    assert (answer.shape, answer.dtype) == (expected.shape, expected.dtype)
    if expected.dtype == object:
        assert [*map(type, answer)] == [*map(type, expected)]
        assert [*map(len, answer)] == [*map(len, expected)]


class Fixed(BaseEstimator):
    """Predicts the same probabilities for each sequence."""

    def __init__(self, proba=None, classes=("B-x", "I-x", "O"), scheme=None):
        self.proba, self.classes, self.scheme = proba, classes, scheme

    def fit(self, X, y):
        self.classes_ = np.array(self.classes)
        return self

    def predict_proba(self, X):
        answer = np.empty(len(X), object)
        answer[:] = [np.array(self.proba, np.float32)[: len(words)] for words in X]
        return answer


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("weights", [None, [1, 3]])
def test_probabilities_are_the_weighted_mean_of_the_members(forms, form, weights):
    X, y = forms[form]
    voting = VotingTagger(pair(), weights=weights).fit(X, y)
    w = np.array(weights or [1, 1]) / np.sum(weights or [1, 1])
    p = voting.predict_proba(X)
    assert_same_form(p, voting.estimators_[0].predict_proba(X))
    for mean, a, b in zip(p, *(each.predict_proba(X) for each in voting.estimators_), strict=True):
        assert mean.dtype == a.dtype
        np.testing.assert_allclose(mean, w[0] * a + w[1] * b, rtol=1e-6)
    for mean, log in zip(p, voting.predict_log_proba(X), strict=True):
        np.testing.assert_allclose(np.exp(log), mean, rtol=1e-6)
    tags = voting.predict(X)
    assert_same_form(tags, voting.estimators_[0].predict(X))
    for mean, tag in zip(p, tags, strict=True):
        np.testing.assert_array_equal(voting.classes_[mean.argmax(axis=-1)].tolist(), tag)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_one_member_has_its_own_answers(forms, form, output):
    X, y = forms[form]
    tagger = tiny(output=output).fit(X, y)
    voting = VotingTagger([("only", tiny(output=output))]).fit(X, y)
    for ours, theirs in zip(voting.predict_proba(X), tagger.predict_proba(X), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    if output == "softmax":
        assert voting.predict(X).tolist() == tagger.predict(X).tolist()
        assert voting.score(X, y) == tagger.score(X, y)


@pytest.mark.parametrize("X", [[], [[]], [[], []]], ids=str)
@pytest.mark.parametrize("make", [tiny, crf])
def test_an_input_without_tokens_has_an_empty_answer(X, make):
    voting = VotingTagger(pair(make)).fit(NAMES, NAME_TAGS)
    member = voting.estimators_[0]
    assert_same_form(voting.predict(X), member.predict(X))
    assert_same_form(voting.predict_proba(X), member.predict_proba(X))


def is_allowed(tags, scheme):
    """Return whether a sequence of tags of one type, and of O, is well-formed."""
    steps = [(before[0], after[0]) for before, after in pairwise(["O", *tags, "O"])]
    if scheme == "BIO":
        return all(after != "I" or before in "BI" for before, after in steps)
    return all((after in "IE") == (before in "BI") for before, after in steps)


@pytest.mark.parametrize(("scheme", "letters"), [("BIO", "BI"), ("BIOES", "BEIS")])
def test_decoding_finds_the_most_probable_sequence_that_the_scheme_allows(scheme, letters):
    classes = [f"{letter}-x" for letter in letters] + ["O"]
    rng = np.random.RandomState(1)
    p = rng.dirichlet(np.full(len(classes), 0.5), size=(2, 6)).astype(np.float32)
    members = [(f"m{k}", Fixed(p[k], classes, scheme)) for k in range(2)]
    voting = VotingTagger(members).fit(None, None)
    mean = p.mean(axis=0)
    assert not is_allowed([classes[k] for k in mean[:5].argmax(axis=1)], scheme)
    lengths = (4, 0, 1, 2, 3, 5)
    for length, tags in zip(lengths, voting.predict([["w"] * n for n in lengths]), strict=True):
        paths = product(range(len(classes)), repeat=length)
        allowed = [path for path in paths if is_allowed([classes[k] for k in path], scheme)]
        scores = [np.log(mean[range(length), path]).sum() for path in allowed]
        assert tags == [classes[k] for k in allowed[np.argmax(scores)]]


def test_decoding_follows_the_scheme_where_a_probability_is_zero():
    only_inside = [[0, 1, 0], [0, 1, 0]]
    voting = VotingTagger([("a", Fixed(only_inside, scheme="BIO"))]).fit(None, None)
    assert voting.predict([["w", "w"]])[0] == ["B-x", "I-x"]
    assert np.isfinite(voting.predict_log_proba([["w", "w"]])[0]).all()


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_without_a_scheme_each_tag_is_the_most_probable(output):
    voting = VotingTagger(pair(output=output)).fit(NAMES, NAME_TAGS)
    assert voting.scheme_ is None
    for p, tags in zip(voting.predict_proba(NAMES), voting.predict(NAMES), strict=True):
        assert voting.classes_[p.argmax(axis=1)].tolist() == tags


def test_the_scheme_is_that_of_the_members_however_nested():
    grid = {"max_iter": [1]}
    fitted = crf(3).fit(NAMES, NAME_TAGS)
    for member in (
        crf(),
        make_pipeline("passthrough", crf()),
        GridSearchCV(crf(), grid, cv=2),
        FrozenEstimator(fitted),
        FrozenEstimator(make_pipeline("passthrough", fitted)),
        VotingTagger(pair(crf)),
    ):
        members = [("softmax", tiny(5)), ("nested", member), ("no scheme", crf(6, scheme=None))]
        assert VotingTagger(members).fit(NAMES, NAME_TAGS).scheme_ == "BIO"


def test_tagged_text_shows_the_spans_of_the_scheme():
    voting = VotingTagger(pair(crf)).fit(NAMES, NAME_TAGS)
    assert TaggedText.from_estimator(voting, NAMES[:1]).scheme == "BIO"


def test_different_schemes_are_an_error():
    other = Fixed(classes=sorted(set(chain(*NAME_TAGS))), scheme="IOB1").fit(None, None)
    members = [("a", crf()), ("b", FrozenEstimator(other))]
    with pytest.raises(ValueError, match="'a' has 'BIO' and 'b' has 'IOB1'"):
        VotingTagger(members).fit(NAMES, NAME_TAGS)


def test_different_classes_are_an_error(vectors):
    X, y = vectors
    other = tiny().fit(X, [np.where(tags, 1, 7) for tags in y])
    voting = VotingTagger([("a", tiny()), ("other", FrozenEstimator(other))])
    with pytest.raises(ValueError, match=r"'a' and 'other' have different classes.*\[0, 7\]"):
        voting.fit(X, y)


def test_a_member_can_be_dropped(vectors):
    X, y = vectors
    voting = VotingTagger([*pair(), ("c", tiny(2))], weights=[1, 5, 2]).set_params(b="drop")
    voting.fit(X, y)
    assert [*voting.named_estimators_] == ["a", "b", "c"]
    assert voting.named_estimators_.b == "drop"
    assert voting.estimators_ == [voting.named_estimators_.a, voting.named_estimators_["c"]]
    two = VotingTagger([("a", tiny()), ("c", tiny(2))], weights=[1, 2]).fit(X, y)
    np.testing.assert_array_equal(voting.predict_proba(X)[0], two.predict_proba(X)[0])


def test_weights_can_change_after_the_fit(vectors):
    X, y = vectors
    voting = VotingTagger(pair()).fit(X, y).set_params(weights=np.array([0, 1]))
    expected = voting.estimators_[1].predict_proba(X)
    for p, q in zip(voting.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(p, q)


def test_parameters_are_nested():
    voting = VotingTagger(pair()).set_params(a__max_iter=7, b=tiny(5), n_jobs=2)
    params = voting.get_params()
    assert (params["a__max_iter"], params["b__random_state"], params["n_jobs"]) == (7, 5, 2)
    assert params["a"] is voting.estimators[0][1]
    copied = clone(voting)
    assert copied.get_params()["a__max_iter"] == 7
    assert copied.estimators[0][1] is not voting.estimators[0][1]
    assert voting.get_params(deep=False).keys() == {"estimators", "weights", "n_jobs"}


def test_fit_leaves_the_members_as_they_are(vectors):
    members = pair()
    voting = VotingTagger(members).fit(*vectors)
    assert voting.estimators is members
    assert not any(hasattr(member, "classes_") for _, member in members)


def test_searches_and_cross_validation(vectors):
    X, y = vectors
    grid = {"a__max_iter": [1, 2], "b": [tiny(1), "drop"], "weights": [None, [2, 1]]}
    search = GridSearchCV(VotingTagger(pair()), grid, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 8
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()
    assert 0 < search.score(X, y) <= 1
    assert len(cross_val_score(VotingTagger(pair()), X, y, cv=3)) == 3


def test_pipelines_inside_and_outside(vectors):
    X, y = vectors
    scaler = TokenTransformer(StandardScaler())
    inside = VotingTagger([(name, make_pipeline(scaler, each)) for name, each in pair()])
    outside = make_pipeline(scaler, VotingTagger(pair()))
    p, q = (each.fit(X, y).predict_proba(X) for each in (inside, outside))
    for ours, theirs in zip(p, q, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_frozen_members_are_used_as_they_are(vectors):
    X, y = vectors
    fitted = tiny().fit(X, y)
    model = fitted._model
    voting = VotingTagger([("frozen", FrozenEstimator(fitted)), ("b", tiny(1))], n_jobs=2)
    voting.fit(X[:20], y[:20])
    assert voting.named_estimators_.frozen.estimator is fitted
    assert fitted._model is model
    both = [(name, FrozenEstimator(each)) for name, each in voting.named_estimators_.items()]
    same = VotingTagger(both).fit(None, None)
    np.testing.assert_array_equal(same.predict_proba(X)[0], voting.predict_proba(X)[0])


def test_the_result_does_not_depend_on_n_jobs():
    members = [*pair(), ("crf", crf(2))]
    serial, parallel = (VotingTagger(members, n_jobs=n).fit(NAMES, NAME_TAGS) for n in (None, 2))
    assert parallel.predict(NAMES).tolist() == serial.predict(NAMES).tolist()
    for ours, theirs in zip(serial.estimators_, parallel.estimators_, strict=True):
        np.testing.assert_array_equal(ours._model.vector, theirs._model.vector)


def test_a_saved_ensemble_predicts_the_same(tmp_path):
    voting = VotingTagger([*pair(crf), ("frozen", FrozenEstimator(tiny(4).fit(NAMES, NAME_TAGS)))])
    voting.fit(NAMES, NAME_TAGS)
    joblib.dump(voting, tmp_path / "a.joblib")
    skops.io.dump(voting, tmp_path / "a.skops")
    ours = ["sklstm._tagger.BiLSTMTagger", "sklstm.ensemble.VotingTagger"]
    assert skops.io.get_untrusted_types(file=tmp_path / "a.skops") == ours
    for loaded in (
        joblib.load(tmp_path / "a.joblib"),
        skops.io.load(tmp_path / "a.skops", trusted=ours),
        pickle.loads(pickle.dumps(voting)),
    ):
        assert loaded.predict(NAMES).tolist() == voting.predict(NAMES).tolist()
        assert [*loaded.named_estimators_] == ["a", "b", "frozen"]


def test_a_file_has_each_member_once():
    voting = VotingTagger([(f"m{s}", tiny(s, embedding_size=300)) for s in range(3)])
    voting.fit(NAMES, NAME_TAGS)
    sizes = [len(pickle.dumps(each)) for each in (voting, voting.estimators_[0])]
    assert sizes[0] < 3.3 * sizes[1]


def test_attributes_of_features_are_those_of_the_last_fit(vectors):
    pd = pytest.importorskip("pandas")
    X = [pd.DataFrame(x, columns=["a", "b", "c"]) for x in vectors[0]]
    voting = VotingTagger(pair()).fit(X, vectors[1])
    assert voting.n_features_in_ == 3
    assert voting.feature_names_in_.tolist() == ["a", "b", "c"]
    voting.fit(NAMES, NAME_TAGS)
    assert not hasattr(voting, "n_features_in_")
    assert not hasattr(voting, "feature_names_in_")


def test_score_is_the_accuracy_over_tokens(vectors):
    X, y = vectors
    voting = VotingTagger(pair()).fit(X, y)
    weights = [np.arange(len(tags)) for tags in y]
    assert voting.score(X, y) == token_accuracy_score(y, voting.predict(X))
    expected = token_accuracy_score(y, voting.predict(X), sample_weight=weights)
    assert voting.score(X, y, weights) == expected != voting.score(X, y)


def test_score_warns_of_tags_that_are_not_classes():
    voting = VotingTagger(pair()).fit(NAMES, NAME_TAGS)
    other = [["no tag"] * len(tags) for tags in NAME_TAGS]
    with pytest.warns(UserWarning, match="are not among the classes and count as wrong"):
        assert voting.score(NAMES, other) == 0
    with pytest.raises(ValueError, match="pass tags of the type seen in fit"):
        voting.score(NAMES, [[1] * len(tags) for tags in NAME_TAGS])


def test_options_of_fit_are_passed_on_to_the_members(vectors):
    X, y = vectors
    weights = np.arange(30) % 2
    options = {"sample_weight": weights, "X_val": X[:5], "y_val": y[:5]}
    voting = VotingTagger(pair()).fit(X, y, **options, sample_weight_val=np.ones(5))
    for seed, member in enumerate(voting.estimators_):
        alone = tiny(seed).fit(X, y, **options)
        assert member.loss_curve_ == alone.loss_curve_
        assert member.validation_scores_ == alone.validation_scores_ is not None


def test_metadata_goes_to_the_members_that_request_it(vectors):
    X, y = vectors
    weights = np.arange(30) % 2
    with config_context(enable_metadata_routing=True):
        a = tiny(0).set_fit_request(sample_weight=True)
        b = tiny(1).set_fit_request(sample_weight=False)
        voting = VotingTagger([("a", a), ("b", b)]).fit(X, y, sample_weight=weights)
        assert voting.estimators_[0].loss_curve_ == tiny(0).fit(X, y, weights).loss_curve_
        assert voting.estimators_[1].loss_curve_ == tiny(1).fit(X, y).loss_curve_
        with pytest.raises(ValueError, match="sample_weight"):
            VotingTagger(pair()).fit(X, y, sample_weight=weights)
        search = GridSearchCV(voting.set_score_request(sample_weight=True), {"n_jobs": [1]}, cv=2)
        search.fit(X, y, sample_weight=weights)
        fold = slice(0, 15)
        expected = clone(voting).fit(X[15:], y[15:], sample_weight=weights[15:])
        score = expected.score(X[fold], y[fold], weights[fold])
        assert search.cv_results_["split0_test_score"][0] == score


class Recorder:
    """Records the path of each task that ends; callbacks of this class reach all members."""

    max_propagation_depth = None

    def __init__(self):
        self.ended = []

    def setup(self, estimator, context):
        self.ended.append("setup")

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        path = [context]
        while path[0].parent is not None:
            path.insert(0, path[0].parent)
        self.ended.append(" ".join(each.source_task_name or each.task_name for each in path))

    def teardown(self, estimator, context):
        self.ended.append("teardown")


def test_each_member_is_a_task_of_callbacks(vectors):
    recorder = Recorder()
    X, y = vectors
    members = [*pair(), ("frozen", FrozenEstimator(tiny(3).fit(X, y)))]
    VotingTagger(members).set_callbacks(recorder).fit(X, y)
    tasks = [task for name in "ab" for task in [f"fit fit-{name} epoch"] * 2 + [f"fit fit-{name}"]]
    assert recorder.ended == ["setup", *tasks, "fit", "teardown"]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_callbacks_of_searches_reach_the_members(vectors, n_jobs):
    recorder = Recorder()
    search = GridSearchCV(VotingTagger(pair(), n_jobs=n_jobs), {"a__max_iter": [1]}, cv=2)
    search.set_callbacks(recorder).fit(*vectors)
    if n_jobs == 1:  # processes have copies of the recorder
        assert sum(path.endswith("fit-b epoch") for path in recorder.ended) == 3 * 2
    assert recorder.ended.count("setup") == 1


def test_a_scoring_monitor_scores_the_fitted_ensemble(vectors):
    X, y = vectors
    monitor = ScoringMonitor(scoring=lambda tagger, X, y: {"accuracy": tagger.score(X, y)})
    voting = VotingTagger(pair()).set_callbacks(monitor).fit(X, y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "fit"]
    assert rows[0]["accuracy"] == voting.score(X, y)
    assert b"ScoringMonitor" not in pickle.dumps(voting)


def test_an_unfitted_ensemble_cannot_predict():
    voting = VotingTagger(pair())
    for method in (voting.predict, voting.predict_proba, voting.predict_log_proba):
        with pytest.raises(NotFittedError, match="VotingTagger instance is not fitted"):
            method(NAMES)
    assert not hasattr(voting, "named_estimators_")


@pytest.mark.parametrize(
    ("estimators", "message"),
    [
        ([], r"estimators is \[\], but must be a list of at least one pair"),
        (tiny(), "estimators is BiLSTMTagger.*, but must be a list of at least one pair"),
        ([tiny()], "estimators is .BiLSTMTagger.*, but must be a list of at least one pair"),
        ([("a", tiny()), ("a", tiny(1))], r"Names provided are not unique: \['a', 'a'\]"),
        ([("a__b", tiny())], "Estimator names must not contain __"),
        ([("weights", tiny())], "Estimator names conflict with constructor arguments"),
        ([("a", "drop"), ("b", "drop")], "All estimators are dropped"),
        ([("a", BiLSTMTagger)], r"Expected an estimator instance \(BiLSTMTagger\(\)\)"),
        ([("a", tiny()), ("r", RidgeClassifier())], "'r' is RidgeClassifier.* no predict_proba"),
        ([("a", None)], "'a' is None, which has no fit and no predict_proba"),
    ],
)
def test_invalid_estimators_are_an_error(vectors, estimators, message):
    with pytest.raises((ValueError, TypeError), match=message):
        VotingTagger(estimators).fit(*vectors)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1], r"weights is \[1\], but must be one finite number >= 0 for each of the 2"),
        ([[1, 2]], "must be one finite number"),
        (3, "must be one finite number"),
        ([1, -2], "must be one finite number"),
        ([np.nan, 1], "must be one finite number"),
        ([1, np.inf], "must be one finite number"),
        ([1, 10**400], "must be one finite number"),
        (["x", 1], "must be one finite number"),
        ([1j, 1], "must be one finite number"),
        ([[1], [1, 2]], "must be one finite number"),
        ([1e308, 1e308], "whose sum is infinite"),
        ([0, 0], "weights are zero for all members"),
    ],
)
def test_invalid_weights_are_an_error(vectors, weights, message):
    with pytest.raises(ValueError, match=message):
        VotingTagger(pair(), weights=weights).fit(*vectors)
    fitted = VotingTagger(pair()).fit(*vectors).set_params(weights=weights)
    with pytest.raises(ValueError, match=message):
        fitted.predict(vectors[0])


def test_the_weight_of_a_dropped_member_does_not_count(vectors):
    voting = VotingTagger(pair(), weights=[0, 1]).set_params(b="drop")
    with pytest.raises(ValueError, match="weights are zero for all members"):
        voting.fit(*vectors)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_names_the_member_and_leaves_the_ensemble_unchanged(vectors, n_jobs):
    X, y = vectors
    voting = VotingTagger(pair(), n_jobs=n_jobs).fit(X, y)
    before = voting.estimators_
    voting.set_params(b__max_iter=-1)
    with pytest.raises(ValueError, match="max_iter") as caught:
        voting.fit(X, y)
    assert "member 'b'" in caught.value.__notes__[-1]
    assert voting.estimators_ is before
    with pytest.raises(ValueError, match="features") as caught:
        voting.predict([x[:, :2] for x in X])
    assert "member 'a'" in caught.value.__notes__[-1]


def test_a_frozen_member_must_be_fitted(vectors):
    members = [("a", tiny()), ("frozen", FrozenEstimator(tiny(1)))]
    with pytest.raises(NotFittedError) as caught:
        VotingTagger(members).fit(*vectors)
    assert "member 'frozen'" in caught.value.__notes__[-1]


def piped(tagger):
    return make_pipeline(TokenTransformer(StandardScaler()), tagger)


SAME_STATE = np.random.RandomState(0)


@pytest.mark.parametrize(
    "members",
    [
        [tiny(7), tiny(3), tiny(7)],
        [tiny(SAME_STATE), tiny(SAME_STATE)],
        [piped(tiny(7)), piped(tiny(7))],
        [tiny(7), tiny(np.int64(7))],
        [tiny(7, class_weight={0: 2.0}), tiny(7, class_weight={0: 2.0})],
        [tiny(7).set_params(hidden_layer_sizes=size) for size in ((4,), [4])],
    ],
    ids=["equal seeds", "one generator", "pipelines", "NumPy", "dicts", "tuple and list"],
)
def test_equal_members_get_a_warning(vectors, members):
    names = [f"m{k}" for k in range(len(members))]
    last = names[-1]
    message = f"'m0' and '{last}' have the same parameters and the same random_state"
    with pytest.warns(UserWarning, match=message) as caught:
        voting = VotingTagger(list(zip(names, members, strict=True))).fit(*vectors)
    assert caught[0].filename == __file__
    first, second = (
        voting.named_estimators_[name].predict_proba(vectors[0]) for name in ("m0", last)
    )
    np.testing.assert_array_equal(first[0], second[0])  # the reason for the warning


@pytest.mark.parametrize(
    "members",
    [
        [tiny(None), tiny(None)],
        [tiny(0), tiny(1)],
        [tiny(0), tiny(0, dropout=0.1)],
        [tiny(0, class_weight={0: 1.0}), tiny(0, class_weight={0: 2.0})],
        [tiny(0), piped(tiny(0))],
        [piped(tiny(0)), piped(tiny(1))],
    ],
    ids=["no seeds", "seeds", "parameters", "class weights", "pipeline", "seeds in pipelines"],
)
def test_members_that_differ_get_no_warning(vectors, members):
    VotingTagger([(f"m{k}", member) for k, member in enumerate(members)]).fit(*vectors)
