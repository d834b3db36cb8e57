"""scikit-learn's callbacks: one task for each epoch, also in pipelines and searches."""

import pickle

import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklstm import BiLSTMTagger


def accuracy(tagger, X, y):
    """Return scores by name, as the monitor requires."""
    return {"accuracy": tagger.score(X, y)}


class Recorder:
    """Records the hooks that are called; requests to stop after a number of epochs."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.calls = []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context):
        self.calls.append(f"end {context.task_name}")
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after

    def teardown(self, estimator, context):
        self.calls.append("teardown")


class Scorer(Recorder):
    """Scores the fitted tagger of each epoch."""

    def __init__(self):
        super().__init__()
        self.scores, self.states = [], []

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        self.scores.append(fitted_estimator.score(X, y))
        self.states.append(fitted_estimator)


def test_each_epoch_is_a_task(small, english):
    recorder = Recorder()
    small.set_callbacks(recorder).fit(*english)
    epochs = ["begin epoch", "end epoch"] * 3
    assert recorder.calls == ["setup", "begin fit", *epochs, "end fit", "teardown"]


def test_partial_fit_is_one_epoch(small, english):
    recorder = Recorder()
    small.set_callbacks(recorder).partial_fit(*english)
    assert recorder.calls.count("end epoch") == 1
    assert recorder.calls[-1] == "teardown"


def test_a_callback_can_stop_training(small, english):
    small.set_callbacks(Recorder(stop_after=2)).fit(*english)
    assert small.n_iter_ == 2


def test_callbacks_get_the_fitted_tagger_of_each_epoch(small, english):
    scorer = Scorer()
    small.set_params(early_stopping=False).set_callbacks(scorer).fit(*english)
    X, y = english
    assert len(scorer.scores) == 4  # three epochs and the fit
    assert scorer.scores[-1] == scorer.scores[-2] == small.score(X, y)
    for scored, tagger in zip(scorer.scores, scorer.states, strict=True):
        assert tagger.score(X, y) == scored  # later epochs do not change it


def test_the_fitted_tagger_has_no_attributes_of_an_earlier_fit(small, english, vectors):
    scorer = Scorer()
    small.partial_fit(*vectors)
    small.set_callbacks(scorer).fit(*english)
    for tagger in scorer.states:
        assert not hasattr(tagger, "n_features_in_")
        assert not hasattr(tagger, "optimizer_state_")


class Saver(Scorer):
    """Saves the fitted tagger of each epoch."""

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        self.states.append(pickle.dumps(fitted_estimator))
        self.scores.append(fitted_estimator.score(X, y))


def test_a_callback_can_save_the_tagger_of_each_epoch(small, english):
    X, y = english
    for _ in range(2):  # a first fit, and a fit of a fitted tagger
        saver = Saver()
        small.set_callbacks(saver).fit(X, y)
        assert [pickle.loads(saved).score(X, y) for saved in saver.states] == saver.scores
        assert not any(b"Saver" in saved for saved in saver.states)


def test_callbacks_do_not_change_the_result(small, english):
    plain = small.fit(*english).loss_curve_
    small.set_callbacks(Recorder(), Scorer()).fit(*english)
    assert small.loss_curve_ == plain


def test_scoring_monitor_logs_each_epoch(small, english):
    monitor = ScoringMonitor(scoring=accuracy)
    small.set_callbacks(monitor).fit(*english)
    epochs = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in epochs] == [0, 1, 2]
    assert epochs[-1]["accuracy"] == small.score(*english)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scoring_monitor_in_a_grid_search(small, english, n_jobs):
    monitor = ScoringMonitor(scoring=accuracy)
    tagger = small.set_callbacks(monitor)
    GridSearchCV(tagger, {"max_iter": [1, 2]}, cv=2, n_jobs=n_jobs, refit=False).fit(*english)
    epochs = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(epochs) == 2 * (1 + 2)
    assert all(0 <= row["accuracy"] <= 1 for row in epochs)


def test_scoring_monitor_in_a_pipeline(small, english):
    monitor = ScoringMonitor(scoring=accuracy)
    make_pipeline("passthrough", small.set_callbacks(monitor)).fit(*english)
    assert sum(row["task_name"] == "epoch" for row in monitor.get_logs().data) == 3


@pytest.mark.parametrize("build", ["alone", "pipeline", "search"])
def test_progress_bar_counts_epochs(small, english, capsys, build):
    pytest.importorskip("rich")
    estimator = {
        "alone": lambda: small,
        "pipeline": lambda: make_pipeline("passthrough", small),
        "search": lambda: GridSearchCV(small, {"max_iter": [1, 2]}, cv=2),
    }[build]()
    estimator.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*english)
    output = capsys.readouterr().out
    assert "BiLSTMTagger" in output
    assert "100%" in output


def test_a_fitted_tagger_is_saved_without_callbacks(small, english):
    small.set_callbacks(Recorder()).fit(*english)
    assert not [name for name in small.__getstate__() if "callback" in name]


def test_an_unfitted_tagger_is_pickled_with_its_callbacks():
    assert "_skl_callbacks" in BiLSTMTagger().set_callbacks(Recorder()).__getstate__()
