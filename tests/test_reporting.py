"""Progress reports of training and prediction."""

import io
import threading
from types import SimpleNamespace

import pytest

from sklstm import _reporting
from sklstm._reporting import Epochs, Predictions
from sklstm._training import Completed


@pytest.fixture
def clock(monkeypatch):
    """Return a function that advances the clock, which does not run by itself."""
    now = [0.0]
    monkeypatch.setattr(_reporting.time, "perf_counter", lambda: now[0])

    def advance(seconds):
        now[0] += seconds

    return advance


def make_trainer(losses, n_tokens):
    return SimpleNamespace(completed=Completed(losses, [], 0), n_tokens=n_tokens)


def test_the_remaining_time_is_estimated_from_the_mean_epoch(small, clock, capsys):
    trainer = make_trainer([], 600)
    epochs = Epochs(small.set_params(verbose=1), 4, "accuracy", {})
    for seconds in (10, 30, 20, 20):
        epochs.before()
        clock(seconds)
        trainer.completed.losses.append(1.0)
        epochs.after(trainer, dict)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/4, loss = 1.00000,  10.0 s,      60 tokens/s, 30 s left"
    assert lines[1] == "Epoch 2/4, loss = 1.00000,  30.0 s,      20 tokens/s, 40 s left"
    assert lines[2] == "Epoch 3/4, loss = 1.00000,  20.0 s,      30 tokens/s, 20 s left"
    assert lines[3] == "Epoch 4/4, loss = 1.00000,  20.0 s,      30 tokens/s"


def test_the_speed_excludes_the_time_of_callbacks(small, clock, capsys):
    trainer = make_trainer([1.0], 100)
    epochs = Epochs(small.set_params(verbose=1), 3, "accuracy", {})
    for _ in range(2):
        epochs.before()
        clock(1)
        epochs.after(trainer, dict)
        clock(50)
    assert [" 100 tokens/s," in line for line in capsys.readouterr().out.splitlines()] == [True] * 2


@pytest.mark.parametrize("early_stopping", [True, False])
def test_early_stopping_prints_why_training_stopped_and_which_epoch_is_kept(
    small, vectors, capsys, early_stopping
):
    small.set_params(
        verbose=1, early_stopping=early_stopping, max_iter=50, tol=10, n_iter_no_change=2
    )
    X, y = vectors
    small.fit(X, y, X_val=X, y_val=y)
    *epochs, stopped = capsys.readouterr().out.splitlines()
    if early_stopping:
        kept, stopped = stopped, epochs.pop()
        best = small.validation_scores_.index(small.best_validation_score_)
        assert kept == (
            f"Kept the model of epoch {best + 1}, validation accuracy = "
            f"{small.best_validation_score_:.5f}."
        )
    criterion = "validation accuracy" if early_stopping else "training loss"
    assert stopped == (
        f"Stopped after epoch {small.n_iter_}: for more than 2 epochs the {criterion} has not "
        "improved by tol=10."
    )
    assert len(epochs) == small.n_iter_ < 50


def test_training_for_all_epochs_prints_only_the_epochs(small, vectors, capsys):
    small.set_params(verbose=1).fit(*vectors)
    assert len(capsys.readouterr().out.splitlines()) == small.n_iter_


def test_predictions_print_once_a_second_and_at_the_end(clock, capsys):
    report = Predictions(1_000)
    for seconds, n_tokens in [(0.5, 100), (0.6, 150), (0.2, 250), (1.2, 250), (0.1, 250)]:
        clock(seconds)
        report(n_tokens)
    assert capsys.readouterr().out.splitlines() == [
        "Predicted   250/1,000 tokens, 227 tokens/s, 3 s left",
        "Predicted   750/1,000 tokens, 300 tokens/s, 1 s left",
        "Predicted 1,000/1,000 tokens, 385 tokens/s",
    ]


def test_a_short_prediction_prints_nothing(clock, capsys):
    report = Predictions(200)
    for _ in range(2):
        clock(0.4)
        report(100)
    assert capsys.readouterr().out == ""


def test_all_tokens_are_counted_across_threads(monkeypatch, capsys):
    monkeypatch.setattr(_reporting, "_INTERVAL", 0.0)
    report = Predictions(8_000)
    threads = [threading.Thread(target=lambda: [report(1) for _ in range(1_000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "8,000/8,000" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(text):
    """Return the lines that a terminal shows; a carriage return goes to the start of its line."""
    lines = []
    for line in text.split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part) :]
        lines.append(cells.rstrip())
    return lines


def test_a_terminal_shows_the_progress_within_an_epoch(small, clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    trainer = make_trainer([], 1000)
    epochs = Epochs(small.set_params(verbose=1), 2, "accuracy", {})
    epochs.before()
    clock(1)
    epochs.after_batch(250, 1000)
    assert shown(terminal.getvalue()) == ["Epoch 1/2,  25%, 250 tokens/s, 7 s left"]
    clock(0.1)
    epochs.after_batch(300, 1000)  # too soon to be shown
    assert shown(terminal.getvalue()) == ["Epoch 1/2,  25%, 250 tokens/s, 7 s left"]
    clock(2.9)
    trainer.completed.losses.append(1.0)
    epochs.after(trainer, dict)
    assert shown(terminal.getvalue()) == [
        "Epoch 1/2, loss = 1.00000,   4.0 s,     250 tokens/s, 4 s left",
        "",
    ]


@pytest.mark.parametrize(("verbose", "stream"), [(0, Terminal), (1, io.StringIO)])
def test_nothing_is_shown_within_an_epoch_in_a_file_or_unasked(
    small, clock, monkeypatch, verbose, stream
):
    output = stream()
    monkeypatch.setattr("sys.stdout", output)
    epochs = Epochs(small.set_params(verbose=verbose), 2, "accuracy", {})
    epochs.before()
    clock(1)
    epochs.after_batch(250, 1000)
    assert output.getvalue() == ""


def test_a_fit_on_a_terminal_leaves_only_its_lines(small, vectors, monkeypatch):
    monkeypatch.setattr(_reporting, "_STATUS_INTERVAL", 0.0)
    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    small.set_params(verbose=1).fit(*vectors)
    text = terminal.getvalue()
    assert "%" in text
    *lines, last = shown(text)
    assert last == ""
    assert len(lines) == small.n_iter_
    assert all(line.startswith("Epoch") and "%" not in line for line in lines)
