"""Fits and predictions that an exception interrupts at any line."""

import copy
import linecache
import re
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from random import Random
from statistics import median_low

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

import sklstm
from sklstm import BiLSTMTagger

PACKAGE = str(Path(sklstm.__file__).parent)
X = [["the", "fish", "sleeps"], ["a", "bird"], ["fish"], ["the", "bird", "sings", "."]]
y = [["D", "N", "V"], ["D", "N"], ["N"], ["D", "N", "V", "."]]
# With a constant learning rate, fewer epochs give the model of that epoch of a longer fit.
SMALL = {
    "hidden_layer_sizes": 2, "embedding_size": 4, "char_hidden_size": 2, "batch_size": 4,
    "learning_rate": "constant", "random_state": 0,
}  # fmt: skip
N_EPOCHS = 2
N_SAMPLED = 25


class Tracer:
    """Traces the lines of the package that a function runs in this thread.

    CPython handles no signal between the end of a ``with`` block and the release of its lock.
    Trace functions are called there, and must not raise.

    Parameters
    ----------
    visit : callable
        Called before each line with its file and number.
    """

    def __init__(self, visit):
        self.visit = visit

    def __enter__(self):
        self.outer = sys.gettrace()
        sys.settrace(self.trace)

    def __exit__(self, *exc_info):
        sys.settrace(self.outer)

    def trace(self, frame, event, arg):
        file, locks = frame.f_code.co_filename, set()
        if not file.startswith(PACKAGE):
            return None

        def trace_lines(frame, event, arg):
            line = frame.f_lineno
            if event == "line" and line not in locks:
                if re.match(r"\s*with .*lock:", linecache.getline(file, line)):
                    locks.add(line)
                self.visit(file, line)
            return trace_lines

        return trace_lines


def lines_of(function, *arguments):
    """Return the file and the number of each line of the package that a function runs."""
    lines = []
    with Tracer(lambda *line: lines.append(line)):
        function(*arguments)
    return lines


def interrupt(n, error, function, *arguments):
    """Call a function, and raise an error before its n-th line; return whether it was raised."""
    remaining = n

    def visit(file, line):
        nonlocal remaining
        remaining -= 1
        if remaining == 0:
            raise error

    try:
        with Tracer(visit):
            function(*arguments)
    except error:
        return True
    return False


def sample(lines, is_long):
    """Return numbers of lines: in the long mode, of the first, a middle and the last visit of each.

    Otherwise, of one visit of some lines.
    """
    visits = {}
    for n, line in enumerate(lines, start=1):
        visits.setdefault(line, []).append(n)
    if is_long:
        return sorted(
            {n for each in visits.values() for n in (each[0], each[-1], median_low(each))}
        )
    rng = Random(0)
    return sorted(rng.choice(visits[line]) for line in rng.sample(sorted(visits), N_SAMPLED))


MODES = [False, pytest.param(True, marks=pytest.mark.long)]
ERRORS = [KeyboardInterrupt, RuntimeError]


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2):
        yield


@pytest.fixture
def nothing_left():
    """Return a function that asserts that limits and threads are as before."""
    controller = ThreadpoolController()

    def limits():
        return [library.num_threads for library in controller.lib_controllers]

    before, threads = limits(), set(threading.enumerate())

    def check():
        assert limits() == before
        assert set(threading.enumerate()) <= threads

    return check


@pytest.fixture(scope="module")
def fitted():
    """Return the tagger after each number of epochs."""
    with threadpool_limits(2):
        return {n: BiLSTMTagger(**SMALL, max_iter=n).fit(X, y) for n in range(1, N_EPOCHS + 1)}


def outcome(tagger):
    """Return the attributes and the history of a tagger, and what it predicts to the bit."""
    names = sorted(name for name in vars(tagger) if name.endswith("_"))
    proba = np.concatenate(tagger.predict_proba(X)).tobytes()
    return names, tagger.loss_curve_, tagger.t_, proba


@pytest.mark.parametrize("is_long", MODES)
@pytest.mark.parametrize("error", ERRORS)
def test_an_interrupted_prediction_leaves_nothing(fitted, nothing_left, error, is_long):
    tagger, expected = fitted[N_EPOCHS], outcome(fitted[N_EPOCHS])
    for n in sample(lines_of(copy.deepcopy(tagger).predict, X), is_long):
        interrupted = copy.deepcopy(tagger)  # without the words of earlier predictions
        interrupt(n, error, interrupted.predict, X)
        nothing_left()
        assert outcome(interrupted) == expected


@pytest.mark.parametrize("is_long", MODES)
@pytest.mark.parametrize("error", ERRORS)
def test_an_interrupted_fit_leaves_the_tagger_or_a_complete_epoch(
    fitted, nothing_left, error, is_long
):
    before = BiLSTMTagger(**SMALL, max_iter=1).fit(X[:2], y[:2]).set_params(max_iter=N_EPOCHS)
    unchanged, complete = outcome(before), outcome(fitted[N_EPOCHS])
    for n in sample(lines_of(copy.deepcopy(before).fit, X, y), is_long):
        tagger = copy.deepcopy(before)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            raised = interrupt(n, error, tagger.fit, X, y)
        nothing_left()
        if caught:
            assert not raised
            assert error is KeyboardInterrupt
            assert f"interrupted by user after epoch {tagger.n_iter_}" in str(caught[0].message)
            assert outcome(tagger) == outcome(fitted[tagger.n_iter_])
        else:
            assert outcome(tagger) in ([unchanged, complete] if raised else [complete])
        assert outcome(tagger.fit(X, y)) == complete


@pytest.mark.parametrize("is_long", MODES)
@pytest.mark.parametrize("error", ERRORS)
def test_an_interrupted_partial_fit_is_complete_or_not_begun(nothing_left, error, is_long):
    before = BiLSTMTagger(**SMALL).partial_fit(X[:2], y[:2], classes=["D", "N", "V", "."])
    after = [outcome(before)]
    stream = copy.deepcopy(before)
    after += [outcome(stream.partial_fit(X, y)) for _ in range(2)]
    for n in sample(lines_of(copy.deepcopy(before).partial_fit, X, y), is_long):
        tagger = copy.deepcopy(before)
        raised = interrupt(n, error, tagger.partial_fit, X, y)
        nothing_left()
        n_done = after.index(outcome(tagger))
        assert n_done == 1 or raised
        # The state of the optimizer is that of the same call.
        assert outcome(tagger.partial_fit(X, y)) == after[n_done + 1]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers on this system")
@pytest.mark.parametrize("n", [100, pytest.param(3000, marks=pytest.mark.long)])
def test_signals_at_random_instants_leave_nothing(fitted, nothing_left, n):
    tagger, rng = fitted[N_EPOCHS], Random(0)
    expected = outcome(tagger)
    started = time.perf_counter()
    copy.deepcopy(tagger).predict(X)
    longest = 1.5 * (time.perf_counter() - started)
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for _ in range(n):
            interrupted = copy.deepcopy(tagger)
            with suppress(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, longest))
                interrupted.predict(X)
                time.sleep(longest)
            nothing_left()
            assert outcome(interrupted) == expected
    finally:
        signal.signal(signal.SIGALRM, handler)
