"""Helpers for the tests of the command line."""

import io
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import pytest

from sklstm import BiLSTMTagger

# The options of a tagger that trains quickly.
TINY = ["--hidden", "6", "--embedding-size", "8", "--set", "char_hidden_size=0"]
TINY += ["--epochs", "2"]
# Seconds to wait for a process before the test fails.
PATIENCE = 200


def tiny_tagger(**parameters):
    """Return a tagger with the parameters of TINY."""
    tiny = {"hidden_layer_sizes": 6, "embedding_size": 8, "char_hidden_size": 0, "max_iter": 2}
    return BiLSTMTagger(**{**tiny, "random_state": 0, **parameters})


def environment():
    """Return the environment of a user whose locale is not UTF-8, and whose output is buffered."""
    changed = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    removed = ("PYTHONUNBUFFERED", "PYTHONIOENCODING")
    return {name: value for name, value in os.environ.items() if name not in removed} | changed


def run(*arguments, **options):
    """Run the command line in a new process in which warnings are errors."""
    words = [sys.executable, "-W", "error", "-m", "sklstm", *map(str, arguments)]
    return subprocess.run(words, env=environment(), **options)


def start(*arguments, **options):
    """Start the command line in a new process with pipes.

    The process handles Ctrl-C even if these tests run in the background of a shell, where SIGINT is
    ignored.
    """
    words = [sys.executable, "-m", "sklstm", *map(str, arguments)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    if os.name != "nt":
        options["preexec_fn"] = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(words, env=environment(), bufsize=0, **pipes, **options)


@contextmanager
def limited_files(n_bytes):
    """Limit the size of the files that this process writes, as a full disk does."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def type_in(monkeypatch, data):
    """Replace standard input by `data`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
