"""The score of a validation set: `scoring`, weights, and what is printed."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV

from sklstm import BiLSTMTagger
from sklstm.metrics import get_scorer, on_tokens, span_f1_score, token_accuracy_score

WORDS = [["Ada", "Byron", "slept"], ["Ducks", "swim"], ["Ada", "swims"], ["Ducks", "slept"]] * 3
SPANS = [["B-person", "I-person", "O"], ["O", "O"], ["B-person", "O"], ["O", "O"]] * 3


def tagger(**params):
    settings = {"hidden_layer_sizes": 4, "char_hidden_size": 0, "max_iter": 4, "random_state": 0}
    return BiLSTMTagger(**(settings | params))


def vectors(n_sequences=8, n_steps=5):
    rng = np.random.RandomState(0)
    X = rng.normal(size=(n_sequences, n_steps, 2))
    return X, (X[..., 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("params", "scorer"),
    [
        ({}, get_scorer("token_accuracy")),
        ({"output": "crf"}, get_scorer("token_accuracy")),
        ({"output": "crf", "scheme": "BIO"}, get_scorer("span_f1_bio")),
        ({"scoring": "span_f1_bio"}, get_scorer("span_f1_bio")),
        ({"scoring": "token_f1_macro"}, get_scorer("token_f1_macro")),
        ({"scoring": "neg_token_log_loss"}, get_scorer("neg_token_log_loss")),
        (
            {"scoring": make_scorer(span_f1_score, scheme="BIO", average="macro")},
            make_scorer(span_f1_score, scheme="BIO", average="macro"),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_the_validation_set_is_scored_as_by_the_scorer_after_the_fit(params, scorer):
    X_val, y_val = WORDS[:5], [*SPANS[:4], ["B-person", "O", "O"]]
    fitted = tagger(**params).fit(WORDS, SPANS, X_val=X_val, y_val=y_val)
    assert len(fitted.validation_scores_) == 4
    assert fitted.validation_scores_[-1] == scorer(fitted, X_val, y_val)
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)


def test_rows_with_a_scheme_are_scored_by_accuracy(capsys):
    X, y = np.random.RandomState(0).randn(20, 3), ["O", "B-person"] * 10
    learner = tagger(output="crf", scheme="BIO", verbose=1)
    fitted = learner.fit(X, y, X_val=X, y_val=y)
    assert "validation accuracy = " in capsys.readouterr().out
    assert fitted.validation_scores_[-1] == fitted.score(X, y)
    learner.set_params(early_stopping=True).fit(X, y)


def test_the_type_of_spans_may_come_first():
    spans = [[tag if tag == "O" else f"{tag[2:]}-{tag[0]}" for tag in tags] for tags in SPANS]
    crf = tagger(output="crf", scheme="BIO", max_iter=20)
    crf.fit(WORDS, spans, X_val=WORDS, y_val=spans)
    assert crf.validation_scores_[-1] == 1


def test_each_epoch_is_scored_with_its_own_parameters():
    """Cached inputs of words must not outlive an epoch."""
    scored = tagger(learning_rate="constant").fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    for n_epochs, score in enumerate(scored.validation_scores_, 1):
        shorter = tagger(learning_rate="constant", max_iter=n_epochs).fit(WORDS, SPANS)
        assert shorter.score(WORDS, SPANS) == score


def test_a_scorer_sees_a_fitted_tagger_and_the_containers_of_the_user():
    X, y = vectors()
    seen = []

    def scorer(estimator, X_val, y_val):
        assert estimator.predict(X_val).shape == y_val.shape
        assert estimator.predict_proba(X_val).shape == (*y_val.shape, 2)
        assert estimator.classes_.tolist() == [0, 1]
        assert estimator.n_features_in_ == 2
        seen.append((X_val, y_val))
        return 0.5

    learner = tagger(scoring=scorer, verbose=0).fit(X, y, X_val=X[:3], y_val=y[:3])
    assert len(seen) == 5  # before training, and after each epoch
    assert all(np.array_equal(a, X[:3]) and np.array_equal(b, y[:3]) for a, b in seen)
    assert learner.validation_scores_ == [0.5] * 4


def test_early_stopping_keeps_the_best_epoch_of_the_score():
    scores = iter([0, 0.1, 0.9, 0.3, 0.2])  # the first is before training
    stopped = tagger(
        scoring=lambda *_: next(scores), early_stopping=True, learning_rate="constant"
    ).fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    expected = tagger(learning_rate="constant", max_iter=2).fit(WORDS, SPANS)
    assert stopped.best_validation_score_ == 0.9
    np.testing.assert_array_equal(stopped._model.vector, expected._model.vector)


def test_nan_is_never_the_best_score():
    scores = iter([0, 0.4, float("nan"), 0.3, 0.2])
    stopped = tagger(scoring=lambda *_: next(scores), early_stopping=True)
    stopped.fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    assert stopped.best_validation_score_ == 0.4
    assert stopped.validation_scores_ == [0.4, -np.inf, 0.3, 0.2]


# -- held-out sequences -------------------------------------------------------------------------


@pytest.mark.parametrize("container", ["words", "block", "ragged", "rows", "frame", "sparse"])
@pytest.mark.parametrize("labels", ["array", "list"])
def test_held_out_sequences_of_any_container_are_scored(container, labels):
    X, y = vectors()
    if container == "words":
        X, y = WORDS, SPANS
    elif container == "ragged":
        X, y = list(X), list(y)
    elif container != "block":
        X, y = X.reshape(-1, 2), y.ravel()
        if container == "frame":
            X = pd.DataFrame(X, columns=["a", "b"])
        elif container == "sparse":
            X = sparse.csr_array(X)
    if labels == "list" and not isinstance(y, list):
        y = y.tolist()
    fitted = tagger(early_stopping=True, scoring="token_f1_macro", min_df=1).fit(X, y)
    assert len(fitted.validation_scores_) == 4
    assert all(0 <= score <= 1 for score in fitted.validation_scores_)


@pytest.mark.parametrize("per_token", [False, True])
def test_held_out_sequences_keep_their_weights(per_token):
    X, y = vectors()
    weights = np.arange(1.0, 9)
    if per_token:
        weights = np.repeat(weights, 5).reshape(8, 5)
        weights[:, 0] = 0
    seen = []

    def scorer(estimator, X_val, y_val, sample_weight):
        seen.append(sample_weight)
        return token_accuracy_score(y_val, estimator.predict(X_val), sample_weight=sample_weight)

    tagger(scoring=scorer, early_stopping=True, validation_fraction=0.5).fit(X, y, weights)
    if per_token:
        assert all(w[0] == 0 and len(set(w[1:])) == 1 for w in seen[0])
        assert len({w[1] for w in seen[0]}) == 4
    else:
        assert len(set(seen[0])) == 4
        assert set(seen[0]) < set(weights)


# -- weights and unknown tags -------------------------------------------------------------------


def test_tokens_of_weight_zero_do_not_count_in_the_validation_score():
    X, y = vectors()
    y_val, weights = y.copy(), np.ones(y.shape)
    weights[:, 3:], y_val[:, 3:] = 0, -1
    weighted = tagger().fit(X, y, X_val=X, y_val=y_val, sample_weight_val=weights)
    cut = tagger().fit(X, y, X_val=list(X), y_val=y)
    assert weighted.validation_scores_[-1] == weighted.score(X, y, (weights > 0).astype(float))
    assert weighted.validation_scores_ != cut.validation_scores_


def test_weights_of_sequences_count_in_the_validation_score():
    weights = [3.0, 0.0, 1.0, 1.0]
    fitted = tagger(scoring="span_f1_bio", output="crf").fit(
        WORDS, SPANS, X_val=WORDS[:4], y_val=SPANS[:4], sample_weight_val=weights
    )
    scorer = get_scorer("span_f1_bio")
    expected = scorer(fitted, WORDS[:4], SPANS[:4], sample_weight=weights)
    assert fitted.validation_scores_[-1] == expected


def test_weights_without_a_validation_set_are_refused():
    with pytest.raises(ValueError, match="A validation set is X_val and y_val"):
        tagger().fit(WORDS, SPANS, sample_weight_val=[1.0])


def test_weights_of_the_validation_set_are_checked():
    with pytest.raises(ValueError, match=r"In X_val and y_val.*sample_weight"):
        tagger().fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS, sample_weight_val=[1.0])


@pytest.mark.parametrize("scoring", [None, "span_f1_bio", "token_f1_micro", "sequence_accuracy"])
def test_unknown_tags_of_a_validation_set_count_as_wrong_and_warn(scoring):
    y_val = [["B-place", "I-place", "O"], ["O", "O"]]
    with pytest.warns(
        UserWarning,
        match=r"2 of 5 tags of y_val are not among the classes and count as wrong\. The first is "
        r"y_val\[0\]\[0\], 'B-place'\.",
    ):
        fitted = tagger(max_iter=30, scoring=scoring).fit(
            WORDS, SPANS, X_val=WORDS[:2], y_val=y_val
        )
    assert fitted.score(WORDS, SPANS) == 1
    expected = {None: 3 / 5, "span_f1_bio": 0, "token_f1_micro": 3 / 5, "sequence_accuracy": 1 / 2}
    assert fitted.validation_scores_[-1] == expected[scoring]


def test_score_warns_only_if_most_tags_are_unknown():
    fitted = tagger().fit(WORDS, SPANS)
    half = [["X", "O", "O"], ["X", "O"], ["X", "O"], ["O", "X"]]
    assert 0 <= fitted.score(WORDS[:4], half[:4]) < 1
    most = [["X", "X", "X"], ["X", "O"], ["X", "O"], ["X", "X"]]
    with pytest.warns(UserWarning, match="7 of 9 tags of y are not among the classes"):
        fitted.score(WORDS[:4], most)


# -- errors -------------------------------------------------------------------------------------


def test_an_unknown_name_is_refused_before_training():
    with pytest.raises(ValueError, match=r"There is no scorer 'accuracy' in sklstm\.metrics"):
        tagger(scoring="accuracy").fit(WORDS, SPANS)


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        (make_scorer(f1_score), "multi-label|sequence of sequences|legacy"),
        (lambda *_: "high", r"scoring must return a number, got 'high' of type str\."),
        (lambda *_: np.nan, "The score of the validation set is not finite"),
    ],
)
def test_a_scorer_that_fails_does_so_before_training_and_keeps_the_former_fit(scorer, message):
    fitted = tagger().fit(WORDS, SPANS)
    before = fitted._model.vector.copy()
    with pytest.raises(ValueError, match=message):
        fitted.set_params(scoring=scorer).fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    np.testing.assert_array_equal(fitted._model.vector, before)


def test_a_metric_in_place_of_a_scorer_gets_advice():
    with pytest.raises(TypeError) as caught:
        tagger(scoring=token_accuracy_score).fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    assert "make_scorer(metric) returns one" in caught.value.__notes__[0]


def test_unknown_tags_are_counted_without_those_of_the_other_warning():
    tags = [[0, 0, 1], [0, 1]]
    with (
        pytest.warns(UserWarning, match="1 tags of y_val are -100"),
        pytest.warns(UserWarning, match=r"2 of 5 tags .* The first is y_val\[0\]\[2\], 7\."),
    ):
        tagger().fit(WORDS[:2], tags, X_val=WORDS[:2], y_val=[[-100, 0, 7], [0, 8]])


def test_tags_of_weight_zero_need_not_be_of_the_scheme():
    learner = tagger(output="crf", scheme="BIO")
    X_val, y_val = [*WORDS, ["Ducks"], ["swim"]], [*SPANS, ["?"], [None]]
    weights = [1] * len(WORDS) + [0, 0]
    weighted = learner.fit(WORDS, SPANS, X_val=X_val, y_val=y_val, sample_weight_val=weights)
    scores = weighted.validation_scores_
    assert scores == learner.fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS).validation_scores_


def test_tags_that_do_not_follow_the_scheme_are_named():
    with (
        pytest.warns(UserWarning, match="2 of 2 tags of y_val"),
        pytest.raises(ValueError, match="no tag of the BIO scheme"),
    ):
        tagger(output="crf", scheme="BIO").fit(
            WORDS, SPANS, X_val=[["Ducks", "swim"]], y_val=[["NOUN", "VERB"]]
        )


# -- the contract of scikit-learn ---------------------------------------------------------------


def test_scoring_is_cloned_searched_and_pickled():
    scorer = make_scorer(on_tokens(f1_score), average="macro")
    learner = tagger(scoring=scorer, early_stopping=True, max_iter=2)
    fitted = clone(learner).fit(WORDS, SPANS)
    assert pickle.loads(pickle.dumps(fitted)).predict(WORDS)[0] == fitted.predict(WORDS)[0]
    grid = {"scoring": ["token_accuracy", "sequence_accuracy"]}
    search = GridSearchCV(learner, grid, cv=2).fit(WORDS, SPANS)
    assert search.best_params_["scoring"] in grid["scoring"]


def test_a_file_without_the_parameter_is_loaded_with_its_default():
    fitted = tagger().fit(WORDS, SPANS)
    state = fitted.__getstate__()
    del state["scoring"]
    loaded = BiLSTMTagger.__new__(BiLSTMTagger)
    loaded.__setstate__(state)
    assert loaded.scoring is None
    assert clone(loaded).fit(WORDS, SPANS).score(WORDS, SPANS) == fitted.score(WORDS, SPANS)


# -- what is printed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({}, "validation accuracy = "),
        ({"output": "crf", "scheme": "BIO"}, "validation span F1 = "),
        ({"scoring": "neg_token_log_loss"}, "validation neg token log loss = "),
        ({"scoring": lambda *_: 1}, "validation score = "),
    ],
)
def test_an_epoch_names_its_score(capsys, params, name):
    tagger(verbose=1, **params).fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all(name in line for line in lines)


def test_the_best_epoch_is_marked_and_columns_are_aligned(capsys):
    scores = iter([0, 0.1, 0.5, 0.3, 0.9])
    tagger(verbose=1, scoring=lambda *_: next(scores)).fit(WORDS, SPANS, X_val=WORDS, y_val=SPANS)
    lines = capsys.readouterr().out.splitlines()
    assert ["(best)" in line for line in lines] == [True, True, False, True]
    assert len({line.index("tokens/s") for line in lines}) == 1
