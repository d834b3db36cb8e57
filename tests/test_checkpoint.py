import errno
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklstm import BiLSTMTagger, _checkpoints
from sklstm.callbacks import Checkpoint
from sklstm.ensemble import VotingTagger
from sklstm.preprocessing import TokenTransformer

_rng = np.random.RandomState(0)
X = [[f"word{k}" for k in _rng.randint(30, size=n)] for n in _rng.randint(1, 9, 60)]
Y = [["NVA"[int(word[4:]) % 3] for word in words] for words in X]
SETTINGS = {"hidden_layer_sizes": 4, "max_iter": 4, "random_state": 0, "batch_size": 10}


def make(**changes):
    return BiLSTMTagger(**(SETTINGS | changes))


def assert_same(one, other):
    for ours, theirs in zip(one._model.arrays, other._model.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert one._model.vocabulary == other._model.vocabulary
    for name in ("loss_curve_", "validation_scores_", "n_iter_", "t_", "best_validation_score_"):
        assert getattr(one, name) == getattr(other, name)
    assert one.predict(X).tolist() == other.predict(X).tolist()


@pytest.fixture(autouse=True)
def each_file_is_fast(monkeypatch):
    """Write each file, also where a disk is slow for a moment."""
    monkeypatch.setattr(_checkpoints, "_SECONDS", np.inf)


class Killed(BaseException):
    """Not an Exception, which a search would catch."""


class Killer:
    """Ends the fit after some epochs of all fits together; counts them."""

    max_propagation_depth = None

    def __init__(self, n_epochs=None):
        self.n_epochs, self.n_done = n_epochs, 0

    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            self.n_done += 1
            if self.n_done == self.n_epochs:
                raise Killed


class OnEpoch(Killer):
    """Calls a function at the end of each epoch."""

    def __init__(self, function):
        self.function = function

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            self.function()


def fit_in_two_runs(estimator, checkpoint, n_epochs, *args, **kwargs):
    """Fit, end the fit after some epochs, fit again; return how many epochs that took."""
    with pytest.raises(Killed):
        estimator.set_callbacks(checkpoint, Killer(n_epochs)).fit(*args, **kwargs)
    counter = Killer()
    estimator.set_callbacks(checkpoint, counter).fit(*args, **kwargs)
    return counter.n_done


# -- fits ---------------------------------------------------------------------------------------

FITS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1},
    "inverse scaling": {"solver": "sgd", "learning_rate": "invscaling"},
    "early stopping": {"early_stopping": True},
    "crf": {"output": "crf"},
    "embeddings": {"embeddings": {f"word{k}": np.full(3, k / 30.0) for k in range(20)}},
}


def test_files_that_take_long_are_written_less_often(tmp_path, monkeypatch):
    now, written = [0.0], []

    def write(path, state):
        written.append(path.suffixes[0])
        now[0] += 1.0
        return True

    def train():
        now[0] += 10.0

    def count(seconds):
        written.clear()
        monkeypatch.setattr(_checkpoints, "_SECONDS", seconds)
        tagger = make(max_iter=20).set_callbacks(Checkpoint(tmp_path), OnEpoch(train))
        tagger.fit(X, Y)
        return written.count(".training")

    monkeypatch.setattr(_checkpoints, "_write", write)
    monkeypatch.setattr(_checkpoints, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert count(seconds=2.0) == 19  # after the last epoch, the fit is complete
    # One after the first epoch, others when 1.5 % of the time is enough: after 134 seconds.
    assert count(seconds=0.5) == 2


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("n_epochs", [2, 4])
def test_a_fit_continues_to_the_same_bits(fit, n_epochs, tmp_path):
    expected = make(**FITS[fit]).fit(X, Y)
    tagger = make(**FITS[fit])
    n_done = fit_in_two_runs(tagger, Checkpoint(tmp_path), n_epochs, X, Y)
    # The epoch in which the run ended is repeated.
    assert n_done == expected.n_iter_ - (n_epochs - 1)
    assert_same(tagger, expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["vectors", "sparse", "dicts"])
def test_other_tokens(kind, tmp_path):
    rng = np.random.RandomState(0)
    vectors = [rng.normal(size=(n, 3)) for n in rng.randint(1, 6, 30)]
    y = [(v[:, 0] > 0).astype(int) for v in vectors]
    data = {
        "vectors": vectors,
        "sparse": [__import__("scipy.sparse").sparse.csr_array(v) for v in vectors],
        "dicts": [[{"a": float(row[0]), "b": "x"} for row in v] for v in vectors],
    }[kind]
    expected, tagger = make().fit(data, y), make()
    assert fit_in_two_runs(tagger, Checkpoint(tmp_path), 3, data, y) == 2
    np.testing.assert_array_equal(tagger._model.vector, expected._model.vector)


def test_a_validation_set_and_weights(tmp_path):
    options = {"sample_weight": np.arange(60.0), "X_val": X[:9], "y_val": Y[:9]}
    expected, tagger = make(early_stopping=True).fit(X, Y, **options), make(early_stopping=True)
    assert fit_in_two_runs(tagger, Checkpoint(tmp_path), 3, X, Y, **options) == 2
    assert_same(tagger, expected)


def test_a_warm_start_continues_from_the_earlier_fit(tmp_path):
    expected = make(warm_start=True).fit(X, Y).fit(X, Y)
    tagger = make(warm_start=True).fit(X, Y)
    assert fit_in_two_runs(tagger, Checkpoint(tmp_path), 3, X, Y) == 2
    assert_same(tagger, expected)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_without_a_random_state_the_random_numbers_of_the_first_run_are_used(
    early_stopping, tmp_path
):
    state = np.random.get_state()  # noqa: NPY002
    settings = {"random_state": None, "early_stopping": early_stopping}
    expected = make(**settings).fit(X, Y)
    after = np.random.random_sample()  # noqa: NPY002
    np.random.set_state(state)  # noqa: NPY002
    tagger = make(**settings).set_callbacks(Checkpoint(tmp_path), Killer(2))
    with pytest.raises(Killed):
        tagger.fit(X, Y)
    np.random.seed(123)  # noqa: NPY002
    tagger.set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    assert_same(tagger, expected)
    assert np.random.random_sample() == after  # noqa: NPY002


def test_files_are_also_written_within_an_epoch(tmp_path, monkeypatch):
    expected = make().fit(X, Y)
    written, n_writes = _checkpoints._write, [0]

    def write(path, state):
        written(path, state)
        n_writes[0] += 1
        if n_writes[0] == 9:  # in the second epoch: one has six minibatches
            raise Killed
        return True

    monkeypatch.setattr(_checkpoints, "_write", write)
    checkpoint = Checkpoint(tmp_path, every_n_epochs=10, every_seconds=0)
    tagger = make().set_callbacks(checkpoint)
    with pytest.raises(Killed):
        tagger.fit(X, Y)
    tagger.fit(X, Y)
    # After each minibatch, between epochs, and at the end: nothing is done twice.
    assert n_writes[0] == 4 * 6 + 3 + 1
    assert_same(tagger, expected)


def test_every_second_epoch(tmp_path):
    tagger = make()
    assert fit_in_two_runs(tagger, Checkpoint(tmp_path, every_n_epochs=2), 4, X, Y) == 2
    assert_same(tagger, make().fit(X, Y))


CHANGES = {
    "a parameter": ({"alpha": 0.5}, X, Y, {}),
    "the number of epochs": ({"max_iter": 5}, X, Y, {}),
    "a token": ({}, [["new", *X[0][1:]], *X[1:]], Y, {}),
    "a tag": ({}, X, [[Y[1][0], *Y[0][1:]], *Y[1:]], {}),
    "the order": ({}, X[::-1], Y[::-1], {}),
    "the limits of sequences": ({}, [X[0] + X[1], *X[2:]], [Y[0] + Y[1], *Y[2:]], {}),
    "weights": ({}, X, Y, {"sample_weight": [2.0] + [1.0] * 59}),
    "a validation set": ({}, X, Y, {"X_val": X[:5], "y_val": Y[:5]}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_fit_that_differs_starts_from_the_beginning(change, tmp_path):
    with pytest.raises(Killed):
        make().set_callbacks(Checkpoint(tmp_path), Killer(3)).fit(X, Y)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    parameters, other_X, other_y, options = CHANGES[change]
    counter = Killer()
    tagger = make(**parameters).set_callbacks(Checkpoint(tmp_path), counter)
    tagger.fit(other_X, other_y, **options)
    assert counter.n_done == tagger.max_iter
    assert file.read_bytes() == content  # it still waits for its fit


def test_verbose_says_where_it_continues(tmp_path, capsys):
    tagger = make(verbose=1)
    fit_in_two_runs(tagger, Checkpoint(tmp_path, keep=True), 3, X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == "Continued after 2 of 4 epochs from a checkpoint."
    assert lines[4].startswith("Epoch 3/4")
    tagger.fit(X, Y)
    assert capsys.readouterr().out == "Read the complete fit from a checkpoint.\n"


def test_an_interrupted_fit_continues_too(tmp_path):
    class Interrupt(Killer):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == 2:
                raise KeyboardInterrupt

    tagger = make().set_callbacks(Checkpoint(tmp_path), Interrupt())
    with pytest.warns(UserWarning, match="interrupted by user after epoch 3"):
        tagger.fit(X, Y)
    counter = Killer()
    tagger.set_callbacks(Checkpoint(tmp_path), counter).fit(X, Y)
    assert counter.n_done == 2
    assert_same(tagger, make().fit(X, Y))


def test_a_complete_fit_stays_if_asked_and_is_read(tmp_path):
    checkpoint = Checkpoint(tmp_path, keep=True)
    expected = make().set_callbacks(checkpoint).fit(X, Y)
    (file,) = tmp_path.iterdir()
    counter = Killer()
    tagger = make().set_callbacks(checkpoint, counter).fit(X, Y)
    assert counter.n_done == 0
    assert_same(tagger, expected)
    assert file.exists()


# -- searches, pipelines, ensembles -------------------------------------------------------------


def search(n_jobs=None):
    grid = {"learning_rate_init": [0.01, 0.02]}
    return GridSearchCV(make(max_iter=2), grid, cv=2, n_jobs=n_jobs)


@pytest.mark.parametrize("n_epochs", [3, 8, 10])
def test_a_search_continues_with_the_fit_that_was_running(n_epochs, tmp_path):
    expected, repeated = search().fit(X, Y), search()
    # Four fits of two epochs, and the fit of the best parameters.
    n_done = fit_in_two_runs(repeated, Checkpoint(tmp_path), n_epochs, X, Y)
    assert n_done == 10 - (n_epochs - 1)
    assert_same(repeated.best_estimator_, expected.best_estimator_)
    for name in ("mean_test_score", "params"):
        assert list(repeated.cv_results_[name]) == list(expected.cv_results_[name])
    assert list(tmp_path.iterdir()) == []


def test_files_of_other_programs_stay(tmp_path):
    other = tmp_path / "0123456789abcdef.fitted.ckpt"
    other.write_bytes(b"of another search")
    os.utime(other, (1, 1))
    search().set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    assert list(tmp_path.iterdir()) == [other]


def test_a_search_in_several_processes(tmp_path):
    expected = search().fit(X, Y)
    checkpoint = Checkpoint(tmp_path, keep=True)
    search(n_jobs=2).set_callbacks(checkpoint).fit(X, Y)
    assert len(list(tmp_path.iterdir())) == 5
    counter = Killer()
    repeated = search().set_callbacks(checkpoint, counter).fit(X, Y)
    assert counter.n_done == 0
    assert_same(repeated.best_estimator_, expected.best_estimator_)


def test_a_pipeline_and_an_ensemble(tmp_path):
    rng = np.random.RandomState(0)
    vectors = [rng.normal(size=(4, 3)) for _ in range(20)]
    y = [(v[:, 0] > 0).astype(int) for v in vectors]
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(TokenTransformer(StandardScaler()), make(batch_size=4))
    assert fit_in_two_runs(pipeline, Checkpoint(tmp_path), 3, vectors, y) == 2
    voting = VotingTagger([("a", make()), ("b", make(random_state=1))])
    assert fit_in_two_runs(voting, Checkpoint(tmp_path), 6, X, Y) == 8 - 5
    assert list(tmp_path.iterdir()) == []


# -- streams ------------------------------------------------------------------------------------

BATCHES = [slice(start, start + 12) for start in range(0, 60, 12)]


def stream(tagger, n_calls=None):
    """Make some or all of five calls of partial_fit."""
    for batch in BATCHES[:n_calls]:
        tagger.partial_fit(X[batch], Y[batch], classes=["A", "N", "V"])
    return tagger


@pytest.mark.parametrize("n_calls", [1, 3, 5])
def test_a_stream_continues_where_it_was(n_calls, tmp_path):
    expected = stream(make())
    stream(make().set_callbacks(Checkpoint(tmp_path)), n_calls)
    counter = Killer()
    tagger = stream(make().set_callbacks(Checkpoint(tmp_path), counter))
    assert counter.n_done == 5 - n_calls
    assert_same(tagger, expected)
    for ours, theirs in zip(
        tagger.optimizer_state_["slots"], expected.optimizer_state_["slots"], strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_stream_that_is_saved_after_every_second_call(tmp_path):
    checkpoint = Checkpoint(tmp_path, every_n_epochs=2)
    stream(make().set_callbacks(checkpoint), 3)
    counter = Killer()
    assert_same(stream(make().set_callbacks(checkpoint, counter)), stream(make()))
    assert counter.n_done == 3


def test_a_stream_that_differs_later_raises_an_error(tmp_path):
    stream(make().set_callbacks(Checkpoint(tmp_path)), 3)
    tagger = make().set_callbacks(Checkpoint(tmp_path))
    stream(tagger, 1)
    with pytest.raises(ValueError, match=r"Call 2 of partial_fit has other data.*delete"):
        tagger.partial_fit(X[:5], Y[:5])


def test_a_stream_that_differs_from_the_first_call_on_is_another_one(tmp_path):
    stream(make().set_callbacks(Checkpoint(tmp_path)), 3)
    counter = Killer()
    stream(make(alpha=1.0).set_callbacks(Checkpoint(tmp_path), counter))
    assert counter.n_done == 5
    assert len(list(tmp_path.iterdir())) == 2


def test_a_stream_that_continues_a_fit(tmp_path):
    expected = stream(make().fit(X, Y))
    stream(make().fit(X, Y).set_callbacks(Checkpoint(tmp_path)), 3)
    counter = Killer()
    tagger = make().fit(X, Y).set_callbacks(Checkpoint(tmp_path), counter)
    assert_same(stream(tagger), expected)
    assert counter.n_done == 2


# -- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 0.3, 0.6, 0.99])
def test_a_damaged_file_is_an_error(place, tmp_path):
    with pytest.raises(Killed):
        make().set_callbacks(Checkpoint(tmp_path), Killer(3)).fit(X, Y)
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 1
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"The checkpoint .* is damaged .*Delete it"):
        make().set_callbacks(Checkpoint(tmp_path)).fit(X, Y)


def test_a_full_disk_warns_and_leaves_the_last_file(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    class FillDisk(Killer):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == 2:
                monkeypatch.setattr(os, "fsync", fail)
            super().on_fit_task_end(estimator, context)

    tagger = make().set_callbacks(Checkpoint(tmp_path), FillDisk(4))
    with (
        pytest.warns(UserWarning, match=r"could not be written \(No space left on device\)"),
        pytest.raises(Killed),
    ):
        tagger.fit(X, Y)
    monkeypatch.undo()
    counter = Killer()
    tagger.set_callbacks(Checkpoint(tmp_path), counter).fit(X, Y)
    assert counter.n_done == 2  # that after the second epoch is the last one
    assert_same(tagger, make().fit(X, Y))


def test_a_folder_that_cannot_be_written_is_an_error_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    counter = Killer()
    with pytest.raises(OSError, match="file"):
        make().set_callbacks(counter, Checkpoint(tmp_path / "file")).fit(X, Y)
    assert counter.n_done == 0


def test_files_that_a_killed_process_left_are_deleted(tmp_path):
    (tmp_path / "0123456789abcdef.training.ckpt.00ff.tmp").write_bytes(b"half")
    (tmp_path / "mine.tmp").write_bytes(b"")
    make().set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tmp"]


@pytest.mark.parametrize(
    "invalid", [{"every_n_epochs": 0}, {"every_n_epochs": 1.5}, {"every_seconds": -1}, {"keep": 3}]
)
def test_invalid_parameters(invalid, tmp_path):
    with pytest.raises(ValueError, match=f"{next(iter(invalid))}.*Checkpoint"):
        make().set_callbacks(Checkpoint(tmp_path, **invalid)).fit(X, Y)


def test_a_parameter_that_cannot_be_compared_between_processes_is_an_error(tmp_path):
    tagger = make(analyzer=lambda word: [word]).set_callbacks(Checkpoint(tmp_path))
    with pytest.raises(ValueError, match="a function of a module instead of a lambda"):
        tagger.fit(X, Y)


# -- processes that are killed ------------------------------------------------------------------

FIT = """
import pickle, sys
from sklearn.model_selection import GridSearchCV
from sklstm import BiLSTMTagger
from sklstm.callbacks import Checkpoint
X, y, directory, answer, way = *pickle.load(open(sys.argv[1], "rb")), *sys.argv[2:]
tagger = BiLSTMTagger(8, max_iter=8, batch_size=2, random_state=0)
checkpoint = Checkpoint(directory, every_seconds=0.01)
if way == "search":
    search = GridSearchCV(tagger, {"alpha": [0.1, 0.2]}, cv=2)
    tagger = search.set_callbacks(checkpoint).fit(X, y).best_estimator_
elif way == "stream":
    tagger.set_callbacks(checkpoint)
    for k in range(0, 60, 3):
        tagger.partial_fit(X[k:k + 3], y[k:k + 3], classes=["A", "N", "V"])
else:
    tagger.set_callbacks(checkpoint).fit(X, y)
tagger.set_callbacks()
pickle.dump(tagger, open(answer, "wb"))
"""


def run_killed(way, folder, rng, n_kills):
    """Run the program; kill it some times at random instants; return the number of kills."""
    folder.mkdir()
    data, answer, directory = folder / "data", folder / "answer", folder / "checkpoints"
    data.write_bytes(pickle.dumps((X, Y)))
    command = [sys.executable, "-c", FIT, str(data), str(directory), str(answer), way]
    n_killed = 0
    while not answer.exists() or not answer.stat().st_size:
        process = subprocess.Popen(command)
        try:
            if n_killed < n_kills:
                while not directory.exists() and process.poll() is None:
                    time.sleep(0.001)
                time.sleep(rng.uniform(0, 0.3))
                process.send_signal(signal.SIGKILL)
                n_killed += process.wait() == -signal.SIGKILL
            else:
                assert process.wait() == 0
        finally:
            process.kill()
            process.wait()
    return n_killed


def assert_killed_runs_give_the_same(way, tmp_path, seed, n_kills):
    run_killed(way, tmp_path / "whole", random.Random(0), 0)
    n_killed = run_killed(way, tmp_path / "killed", random.Random(seed), n_kills)
    assert n_killed > 0
    whole, killed = (
        pickle.loads(Path(tmp_path / name / "answer").read_bytes()) for name in ("whole", "killed")
    )
    assert_same(whole, killed)
    return n_killed


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("way", ["fit", "search", "stream"])
def test_a_killed_program_that_is_run_again_gives_the_same_bits(way, tmp_path):
    assert_killed_runs_give_the_same(way, tmp_path, seed=0, n_kills=2)


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("way", ["fit", "search", "stream"])
def test_programs_killed_at_fifty_random_instants_give_the_same_bits(way, tmp_path):
    n_killed, seed = 0, 0
    while n_killed < 50:
        seed += 1
        folder = tmp_path / str(seed)
        folder.mkdir()
        n_killed += assert_killed_runs_give_the_same(way, folder, seed, n_kills=10)
