"""Scorers, in searches, cross-validation and callbacks of scikit-learn."""

import copy
import pickle
from itertools import chain

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.callback import ScoringMonitor
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline

from sklstm.metrics import (
    get_scorer,
    get_scorer_names,
    on_tokens,
    sequence_accuracy_score,
    span_f1_score,
    span_precision_score,
    span_recall_score,
    token_accuracy_score,
    token_log_loss,
)

every_scorer = pytest.mark.parametrize("name", get_scorer_names())


class Lower(TransformerMixin, BaseEstimator):
    """Converts words to lower case."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return [[word.lower() for word in words] for words in X]


class Constant(BaseEstimator):
    """Predicts constant tags; has no probabilities."""

    def __init__(self, y=None):
        self.y = y

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.y


class NounList(BaseEstimator):
    """Predicts the nouns of the training set; is fast."""

    def __init__(self, noun="B-noun"):
        self.noun = noun

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.array([self.noun, "O"])
        pairs = zip(chain.from_iterable(X), chain.from_iterable(y), strict=True)
        self.nouns_ = {word for word, tag in pairs if tag != "O"}
        return self

    def predict_proba(self, X):
        return [[[0.8, 0.2] if w in self.nouns_ else [0.4, 0.6] for w in words] for words in X]

    def predict(self, X):
        return [[str(self.classes_[np.argmax(p)]) for p in ps] for ps in self.predict_proba(X)]


@pytest.fixture
def entities(english):
    """The first words of sentences, with nouns as spans."""
    X, y = ([sequence[:5] for sequence in sequences] for sequences in english)
    return X, [["B-noun" if tag in ("NOUN", "PROPN") else "O" for tag in tags] for tags in y]


def test_scorer_names():
    assert get_scorer_names() == sorted(
        [
            "token_accuracy", "token_f1_macro", "token_f1_micro", "token_f1_weighted",
            "neg_token_log_loss", "sequence_accuracy",
            *(
                f"span_{measure}_{scheme}"
                for measure in ("f1", "precision", "recall")
                for scheme in ("bio", "iob1", "bioes", "bilou", "bmes")
            ),
        ]
    )  # fmt: skip


Y_TRUE = [["B-x", "I-x", "O"], ["B-y", "B-x"], ["O"]]
Y_PRED = [["B-x", "I-x", "O"], ["B-y", "B-y"], ["O"]]
EXPECTED = {
    "token_accuracy": token_accuracy_score(Y_TRUE, Y_PRED),
    "sequence_accuracy": sequence_accuracy_score(Y_TRUE, Y_PRED),
    **{
        f"token_f1_{average}": on_tokens(f1_score)(Y_TRUE, Y_PRED, average=average)
        for average in ("macro", "micro", "weighted")
    },
}
for _name, _score in {
    "f1": span_f1_score, "precision": span_precision_score, "recall": span_recall_score
}.items():  # fmt: skip
    for _scheme in ("BIO", "IOB1"):
        EXPECTED[f"span_{_name}_{_scheme.lower()}"] = _score(Y_TRUE, Y_PRED, scheme=_scheme)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_scorer_equals_its_metric_of_predictions(name):
    assert get_scorer(name)(Constant(Y_PRED), ["any"] * 3, Y_TRUE) == EXPECTED[name]


@pytest.mark.parametrize("measure", ["f1", "precision", "recall"])
def test_a_scorer_uses_the_scheme_in_its_name(measure):
    y_true = [["B-x", "E-x", "O"], ["S-y"]]
    y_pred = [["B-x", "E-x", "O"], ["O"]]
    score = get_scorer(f"span_{measure}_bioes")(Constant(y_pred), ["any"] * 2, y_true)
    assert score == {"f1": 2 / 3, "precision": 1, "recall": 0.5}[measure]
    for scheme in ("bio", "iob1"):
        with pytest.raises(ValueError, match=rf"'E-x', no tag of the {scheme.upper()} scheme"):
            get_scorer(f"span_{measure}_{scheme}")(Constant(y_pred), ["any"] * 2, y_true)


@pytest.mark.parametrize(("scheme", "end"), [("bilou", "L"), ("bmes", "E")])
def test_scorers_of_other_schemes(scheme, end):
    y_true, y_pred = [["B-x", f"{end}-x", "O"]] * 2, [["B-x", f"{end}-x", "O"], ["O"] * 3]
    assert get_scorer(f"span_recall_{scheme}")(Constant(y_pred), ["any"] * 2, y_true) == 0.5


def test_a_scorer_of_tags_with_the_type_first():
    scorer = make_scorer(span_f1_score, scheme="BILOU", suffix=True)
    assert scorer(Constant([["x-B", "x-L"]]), ["any"], [["x-B", "x-L"]]) == 1


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_averaged_f1_needs_no_positive_class(average, entities):
    """scikit-learn would look for the default one among the two classes of a classifier."""

    class NounListClassifier(ClassifierMixin, NounList):
        pass

    X, y = entities
    tagger = NounListClassifier().fit(X, y)
    expected = on_tokens(f1_score)(y, tagger.predict(X), average=average)
    assert get_scorer(f"token_f1_{average}")(tagger, X, y) == expected


def test_the_log_loss_takes_the_labels_from_classes_(small, english):
    X, y = english
    small.fit(X, y)
    loss = token_log_loss(y, small.predict_proba(X), labels=small.classes_)
    scorer = get_scorer("neg_token_log_loss")
    assert scorer(small, X, y) == -loss
    few = [X[0]], [y[0]]  # without some of the tags
    assert scorer(small, *few) == -token_log_loss(
        few[1], small.predict_proba(few[0]), labels=small.classes_
    )


def test_the_log_loss_of_an_unseen_tag_is_finite(small, english):
    X, y = english
    unseen = [["new", *tags[1:]] for tags in y]
    scorer = get_scorer("neg_token_log_loss")
    assert np.isfinite(scorer(small.fit(X, y), X, unseen))
    assert scorer(small, X, unseen) < scorer(small, X, y)


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_the_log_loss_of_pipelines_and_searches(small, english, output):
    X, y = english
    small.set_params(output=output, max_iter=1)
    pipeline = make_pipeline(Lower(), small)
    search = GridSearchCV(
        pipeline, {"bilstmtagger__max_iter": [1, 2]}, cv=2, scoring=get_scorer("neg_token_log_loss")
    ).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = search.best_estimator_
    loss = token_log_loss(y, best.predict_proba(X), labels=best.classes_)
    assert search.score(X, y) == search.scorer_(best, X, y) == search.scorer_(search, X, y) == -loss


def test_the_log_loss_without_predict_proba_raises():
    with pytest.raises(AttributeError, match=r"classes_|predict_proba"):
        get_scorer("neg_token_log_loss")(Constant(Y_PRED), ["any"] * 3, Y_TRUE)


@every_scorer
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_scorers_can_be_copied_and_pickled(name, copied, entities):
    tagger, scorer = NounList().fit(*entities), get_scorer(name)
    assert copied(scorer)(tagger, *entities) == scorer(tagger, *entities)
    assert repr(copied(scorer)) == repr(scorer)


def test_each_call_returns_a_new_scorer():
    with sklearn.config_context(enable_metadata_routing=True):
        get_scorer("token_accuracy").set_score_request(sample_weight=True)
        request = get_scorer("token_accuracy").get_metadata_routing()
    assert request.score.requests["sample_weight"] is None


ALL = ["token_accuracy", "token_f1_macro", "neg_token_log_loss", "sequence_accuracy", "span_f1_bio"]


def test_search_in_two_processes_with_several_scorers(small, entities):
    scoring = {name: get_scorer(name) for name in ALL}
    grid = {"max_iter": [1, 3]}
    options = {"cv": 2, "scoring": scoring, "refit": "span_f1_bio"}
    one, two = (GridSearchCV(small, grid, n_jobs=n, **options).fit(*entities) for n in (1, 2))
    for name in ALL:
        scores = two.cv_results_[f"mean_test_{name}"]
        assert np.isfinite(scores).all()
        np.testing.assert_array_equal(scores, one.cv_results_[f"mean_test_{name}"])
    assert two.best_score_ == two.cv_results_["mean_test_span_f1_bio"].max()
    assert two.score(*entities) == get_scorer("span_f1_bio")(two.best_estimator_, *entities)


def test_search_in_two_processes_with_a_metric_on_tokens(small, english):
    scoring = make_scorer(on_tokens(f1_score), average="macro")
    search = GridSearchCV(small, {"max_iter": [1]}, cv=2, n_jobs=2, scoring=scoring)
    assert np.isfinite(search.fit(*english).best_score_)
    assert (
        search.best_score_
        == cross_val_score(
            small.set_params(max_iter=1), *english, cv=2, scoring=get_scorer("token_f1_macro")
        ).mean()
    )


def test_cross_validation_equals_an_explicit_loop(entities):
    X, y = entities
    found = cross_validate(
        NounList(), X, y, cv=KFold(2), scoring={name: get_scorer(name) for name in ALL}
    )
    for k, (train, test) in enumerate(KFold(2).split(X)):
        tagger = NounList().fit([X[i] for i in train], [y[i] for i in train])
        for name in ALL:
            score = get_scorer(name)(tagger, [X[i] for i in test], [y[i] for i in test])
            assert found[f"test_{name}"][k] == score != 0


@pytest.mark.parametrize("name", ALL)
def test_scoring_monitor_takes_a_scorer(name, small, entities):
    X, y = entities
    monitor = ScoringMonitor(scoring=get_scorer(name))
    small.set_callbacks(monitor).fit(X, y)
    rows = monitor.get_logs().data
    assert len(rows) == 4  # three epochs, and the fit
    assert rows[0]["score"] == get_scorer(name)(small, X, y)
    assert {row["task_name"] for row in rows} == {"fit", "epoch"}


def test_scoring_monitor_takes_several_scorers(small, entities):
    monitor = ScoringMonitor(scoring={name: get_scorer(name) for name in ALL})
    small.set_callbacks(monitor).fit(*entities)
    for row in monitor.get_logs().data:
        assert all(np.isfinite(row[name]) for name in ALL)


@pytest.mark.parametrize(
    ("name", "form"),
    [(name, "sequences") for name in ALL]
    + [(name, "tokens") for name in ALL if not name.startswith("span")],
)
def test_metadata_routing_passes_weights_to_a_scorer(name, form, entities):
    X, y = entities
    weights = np.random.RandomState(0).rand(len(X)).tolist()
    if form == "tokens":
        weights = [[weight] * len(tags) for weight, tags in zip(weights, y, strict=True)]
    options = {"cv": KFold(2), "params": {"sample_weight": weights}}
    with sklearn.config_context(enable_metadata_routing=True):
        tagger = NounList().set_fit_request(sample_weight=False)
        scorer = get_scorer(name).set_score_request(sample_weight=True)
        found = cross_val_score(tagger, X, y, scoring=scorer, **options)
        several = cross_validate(tagger, X, y, scoring={"a": scorer, "b": scorer}, **options)
    np.testing.assert_array_equal(several["test_b"], found)
    plain = cross_val_score(NounList(), X, y, scoring=get_scorer(name), cv=KFold(2))
    for k, (train, test) in enumerate(KFold(2).split(X)):
        tagger = NounList().fit([X[i] for i in train], [y[i] for i in train])
        X_test, y_test, weights_test = ([z[i] for i in test] for z in (X, y, weights))
        score = get_scorer(name)(tagger, X_test, y_test, sample_weight=weights_test)
        assert score == found[k] != plain[k]


@pytest.mark.parametrize("name", ALL)
def test_a_search_without_metadata_routing_passes_weights_to_its_scorer(name, entities):
    X, y = entities
    weights = np.random.RandomState(0).rand(len(X))
    grid = {"noun": ["B-noun"]}
    search = GridSearchCV(NounList(), grid, cv=KFold(2), scoring=get_scorer(name), refit=False)
    search.fit(X, y, sample_weight=weights)
    with sklearn.config_context(enable_metadata_routing=True):
        expected = cross_val_score(
            NounList().set_fit_request(sample_weight=False),
            X,
            y,
            cv=KFold(2),
            params={"sample_weight": weights},
            scoring=get_scorer(name).set_score_request(sample_weight=True),
        )
    assert search.cv_results_["mean_test_score"] == expected.mean()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("span_f1", "no scorer 'span_f1' .*span_f1_bio"),
        ("f1_macro", "no scorer 'f1_macro' .*token_f1_macro"),
        ("accuracy", "no scorer 'accuracy' .*token_accuracy"),
        ("rmse?", "no scorer 'rmse\\?' .*neg_token_log_loss.*on_tokens"),
        (None, "no scorer None"),
        (["token_accuracy"], "no scorer"),
    ],
)
def test_an_unknown_name_raises_and_the_message_lists_the_names(name, message):
    with pytest.raises(ValueError, match=message):
        get_scorer(name)


def test_a_scorer_is_returned_unchanged():
    for scorer in (make_scorer(on_tokens(f1_score), average="macro"), get_scorer(ALL[0])):
        assert get_scorer(scorer) is scorer


def test_repr_of_scorers():
    shown = repr(get_scorer("span_f1_bioes"))
    assert shown == "make_scorer(span_f1_score, response_method='predict', scheme=BIOES)"
    assert repr(get_scorer("neg_token_log_loss")) == "get_scorer('neg_token_log_loss')"
