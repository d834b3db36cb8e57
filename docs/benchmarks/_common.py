"""Shared by the benchmarks: the machine, the corpus, rounds, medians, the command line."""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

# One syllable for each digit of a word's rank, in base 100.
SYLLABLES = ["".join(pair) for pair in product("bcdfghjklmnprstvwyzx", "aeiou")]

# Parameters of a network without characters, feature dropout and label smoothing: the network of
# the PyTorch peer, so that both compute the same, in all releases.
PLAIN = {"char_hidden_size": 0, "feature_dropout": 0, "label_smoothing": 0}

PAUSE = 0.3  # seconds


def usable_cores():
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def describe_machine():
    """Return lines of text: the cores, the versions of imported packages, and every BLAS."""
    packages = [name for name in ("numpy", "sklearn", "sklstm", "torch") if name in sys.modules]
    versions = [f"{name} {sys.modules[name].__version__}" for name in packages]
    system = f"{usable_cores()} cores, {platform.system()} on {platform.machine()}"
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        system += ", free-threaded"
    lines = [", ".join([system, f"Python {platform.python_version()}", *versions])]
    for blas in threadpool_info():
        if blas["user_api"] == "blas":
            kernels = blas.get("architecture", "unknown")
            lines.append(
                f"{Path(blas['filepath']).name}: {blas['internal_api']} {blas['version']}, "
                f"kernels for {kernels}, {blas['num_threads']} threads"
            )
    if torch := sys.modules.get("torch"):
        kernels = torch.backends.cpu.get_cpu_capability()
        lines.append(f"torch: kernels for {kernels}, {torch.get_num_threads()} threads")
    return "\n".join(lines)


def sgemm_rate(n_threads=None, size=2048, n_products=4):
    """Return the GFLOP/s of large float32 products: the fastest of a few, as an upper bound.

    Parameters
    ----------
    n_threads : int, default=None
        The threads of the BLAS; by default as many as it is allowed.
    size : int, default=2048
        The number of rows and columns of the matrices.
    n_products : int, default=4
    """
    A, B = np.random.default_rng(0).standard_normal((2, size, size), dtype=np.float32)
    out = np.empty_like(A)
    with threadpool_limits(n_threads, user_api="blas"):
        seconds = [seconds_of(lambda: np.matmul(A, B, out=out)) for _ in range(n_products)]
    return 2 * size**3 / min(seconds) / 1e9


def make_corpus(n_sequences, seed=0, n_words=10_000, n_tags=50, shortest=1, longest=80):
    """Generate sentences and their tags.

    Lengths are lognormal with a mean of 20 words, before they are clipped to the limits. The
    frequencies of words follow Zipf's law, frequent words are short, and each word has one tag.

    Returns
    -------
    X, y : list of list of str
    """
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.lognormal(np.log(16), 0.7, n_sequences), shortest, longest).astype(int)
    frequencies = 1 / np.arange(1, n_words + 1)
    ranks = rng.choice(n_words, lengths.sum(), p=frequencies / frequencies.sum())
    words = [make_word(rank) for rank in range(n_words)]
    tags = [f"tag{rank % n_tags}" for rank in range(n_words)]
    sequences = [sequence.tolist() for sequence in np.split(ranks, np.cumsum(lengths)[:-1])]
    return [
        [[names[rank] for rank in sequence] for sequence in sequences] for names in (words, tags)
    ]


def make_word(rank):
    """Return the word of a rank: one syllable for each digit."""
    first, last = divmod(rank, len(SYLLABLES))
    return (make_word(first) if first else "") + SYLLABLES[last]


def count_tokens(X):
    """Return the number of tokens of all sentences."""
    return sum(map(len, X))


class EpochClock:
    """A callback that records when each epoch ends."""

    def __init__(self):
        self.ends = []

    def setup(self, estimator, context):
        """Delete the times of the last fit."""
        self.ends.clear()

    def on_fit_task_begin(self, estimator, context):
        """Do nothing."""

    def on_fit_task_end(self, estimator, context):
        """Record the time."""
        if context.task_name == "epoch":
            self.ends.append(time.perf_counter())

    def teardown(self, estimator, context):
        """Do nothing."""


def seconds_of_epoch(tagger, X, y):
    """Fit for two epochs and return the seconds of the second, which needs no preparations."""
    clock = EpochClock()
    tagger.set_params(max_iter=2).set_callbacks(clock).fit(X, y)
    tagger.set_callbacks()
    return clock.ends[1] - clock.ends[0]


def seconds_of(function, *arguments):
    """Call a function and return its duration in seconds."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def alternate(ways, repeats):
    """Measure several ways in turn, A B C A B C, so that a slow period affects all of them.

    There is a pause before each measurement: the threads of a library wait actively for more work
    for some time, on cores that the next measurement needs.

    Parameters
    ----------
    ways : dict of callable
        Each runs once and returns a result, such as its duration in seconds.
    repeats : int

    Returns
    -------
    rounds : dict of list
        For each name, the results of all rounds.
    """
    rounds = {name: [] for name in ways}
    for _ in range(repeats):
        for name, measure in ways.items():
            time.sleep(PAUSE)
            rounds[name].append(measure())
    return rounds


def ratio(numerators, denominators):
    """Return the median of the ratios of measurements in the same round."""
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


def fastest(rounds, names):
    """Return the name with the smallest median."""
    return min(names, key=lambda name: statistics.median(rounds[name]))


def find_peer(requested=True):
    """Return the module with the PyTorch peer, on all cores; None if PyTorch is not installed."""
    if not requested:
        return None
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is skipped, because it is not installed: pip install torch")
        return None
    peer = importlib.import_module("_torch_peer")
    peer.torch.set_num_threads(usable_cores())
    return peer


def command_line(doc):
    """Return a parser with the options of all benchmarks."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a smaller run, under two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    return parser


def save_json(path, figures):
    """Write figures and the machine to a file; do nothing without a path."""
    if path is not None:
        figures = {"machine": describe_machine().splitlines(), **figures}
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
