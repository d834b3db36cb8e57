"""Numbers and data sets at the limits: training copes, or says what happened.

All NumPy warnings are errors here (see pyproject.toml).
"""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklstm import BiLSTMTagger
from sklstm._training import Trainer

WORDS = [["Ducks", "swim"], ["Geese", "swim"], ["Swim"]]
TAGS = [["NOUN", "VERB"], ["NOUN", "VERB"], ["VERB"]]
VECTORS = [np.eye(3)[[0, 1]], np.eye(3)[[2, 1]], np.eye(3)[[1]]]
INPUTS = {
    "words": WORDS,
    "single precision": [x.astype(np.float32) for x in VECTORS],
    "double precision": VECTORS,
}
SMALL = {"hidden_layer_sizes": 4, "embedding_size": 4, "char_hidden_size": 3, "random_state": 0}

inputs = pytest.mark.parametrize("X", INPUTS.values(), ids=INPUTS.keys())
outputs = pytest.mark.parametrize("output", ["softmax", "crf"])
solvers = pytest.mark.parametrize("solver", ["adam", "sgd"])
diverges = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
far_from_unit_scale = pytest.mark.filterwarnings("ignore:Column [0-9] of X has mean:UserWarning")


def fit(X=WORDS, y=TAGS, sample_weight=None, **params):
    """Return a fitted tagger whose state and answers are finite, or None if training failed."""
    tagger = BiLSTMTagger(**{**SMALL, "max_iter": 3, **params})
    try:
        tagger.fit(X, y, sample_weight)
    except ValueError as error:
        assert "Training failed in epoch" in str(error)  # noqa: PT017
        assert vars(tagger).keys() == tagger.get_params().keys()
        return None
    assert np.isfinite(tagger.loss_curve_).all()
    assert all(np.isfinite(array).all() for array in tagger._model.arrays)
    for p in tagger.predict_proba(X):
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    return tagger


@diverges
@inputs
@outputs
@solvers
@pytest.mark.parametrize("learning_rate_init", [1e6, 1e20, 1e38, 1e308])
def test_a_learning_rate_that_is_too_large(X, output, solver, learning_rate_init):
    params = {"output": output, "solver": solver, "learning_rate_init": learning_rate_init}
    fitted = fit(X, **params)
    if learning_rate_init == 1e6:
        assert fitted.loss_ > 1  # it says what happened
    if learning_rate_init == 1e308 and X is not VECTORS:
        assert fitted is None


@diverges
@inputs
@pytest.mark.parametrize(
    "params",
    [
        {"alpha": 1e308},
        {"max_grad_norm": 1e-300},
        {"max_grad_norm": np.inf, "solver": "sgd", "momentum": 1, "learning_rate_init": 1e30},
        {"epsilon": 1e308},
        {"epsilon": np.finfo(np.float32).tiny, "beta_2": 0},
        {"beta_1": np.nextafter(1, 0), "beta_2": np.nextafter(1, 0)},
        {"learning_rate_init": 5e-324},
        {"dropout": np.nextafter(1, 0), "feature_dropout": np.nextafter(1, 0)},
        {"label_smoothing": np.nextafter(1, 0)},
        {"word_dropout": 1e308},
        {"word_dropout": 5e-324},
        {"tol": 1e308},
    ],
    ids=str,
)
def test_parameters_at_the_ends_of_their_ranges(X, params):
    fit(X, **params)


@far_from_unit_scale
@outputs
@solvers
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [1e30, 1e-30, 5e-324])
def test_features_of_any_magnitude(dtype, value, output, solver):
    X = [np.array([[value, -value, 1], [value, value, value]], dtype)] * 3
    fitted = fit(X, [["a", "b"]] * 3, output=output, solver=solver)
    assert fitted.loss_ < 2


@inputs
@outputs
def test_a_single_class(X, output):
    fitted = fit(X, [["a", "a"], ["a", "a"], ["a"]], output=output, label_smoothing=0)
    assert fitted.loss_ < 0.01  # the penalty of the weights
    assert fitted.score(X, [["a", "a"], ["a", "a"], ["a"]]) == 1


@inputs
@pytest.mark.parametrize("params", [{}, {"class_weight": "balanced"}, {"output": "crf"}], ids=str)
def test_a_class_that_is_seen_once(X, params):
    y = [*TAGS * 9, ["NOUN", "rare"], *TAGS[1:]]
    fitted = fit(X * 10, y, **params)
    assert fitted.classes_.tolist() == ["NOUN", "VERB", "rare"]
    assert fitted.loss_ < 2


@inputs
@pytest.mark.parametrize("weight", [1, 1e100, 1e-50])
def test_a_single_weight_that_is_not_zero(X, weight):
    # min_df counts weights, and the penalty of the parameters is the larger the smaller they are.
    params = {"alpha": 0.0, "min_df": 0, "max_iter": 30, "learning_rate_init": 0.05}
    for weights in ([0, 0, weight], [[0, weight], [0, 0], [0]]):
        fitted = fit(X, TAGS, weights, **params)
        assert fitted.classes_.tolist() == ["VERB"]
        assert fitted.score(X, TAGS, weights) == 1
    fitted = fit(X, TAGS, [0, weight, 0], **params)
    assert fitted.predict(X[1:2])[0] == TAGS[1]


@inputs
@outputs
def test_duplicated_sequences_with_contradicting_tags(X, output):
    X, y = [X[0]] * 8, [["a", "b"], ["b", "a"]] * 4
    fitted = fit(X, y, output=output, max_iter=60, dropout=0, feature_dropout=0, word_dropout=0)
    for p in fitted.predict_proba(X):
        np.testing.assert_allclose(p, 0.5, atol=0.1)
    assert np.log(2) / 2 < fitted.loss_ < np.log(2) + 0.1  # the CRF can learn half of it


def explode(self, after_batch, train_epoch=Trainer.train_epoch):
    """Train for an epoch; the third one has a huge learning rate."""
    if len(self.completed.losses) == 2:
        self.learning_rate = 1e30 if self.model.dtype == np.float32 else 1e300
    return train_epoch(self, after_batch)


@inputs
@outputs
def test_training_that_diverges_keeps_the_last_finite_epoch(X, output, monkeypatch):
    params = {**SMALL, "output": output, "learning_rate": "constant"}
    whole = BiLSTMTagger(**params, max_iter=2).fit(X, TAGS)
    monkeypatch.setattr(Trainer, "train_epoch", explode)
    with pytest.warns(ConvergenceWarning, match="Training stopped after epoch 2, because the loss"):
        stopped = BiLSTMTagger(**params, max_iter=9).fit(X, TAGS)
    assert stopped.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(stopped._model.vector, whole._model.vector)


@outputs
def test_a_prediction_that_is_not_finite_is_refused(output):
    X = INPUTS["single precision"]
    fitted = BiLSTMTagger(**SMALL, output=output, max_iter=1).fit(X, TAGS)
    fitted._model.vector[...] = 3e38
    for predict in (fitted.predict, fitted.predict_proba, fitted.predict_log_proba):
        with pytest.raises(ValueError, match="Prediction failed: the numbers of the network are"):
            predict(X)


@pytest.mark.parametrize("power_t", [1000, 1e300, 0.0])
def test_any_power_of_the_schedule(power_t):
    fit(learning_rate="invscaling", power_t=power_t)
