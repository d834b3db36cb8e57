"""What the tests of the command line share."""

import io
import os
import signal
import subprocess
import sys
from functools import partial

from sklstm import BiLSTMTagger

# A tagger that trains in a moment, as options and as parameters.
TINY = ["--hidden-layer-sizes", "6", "--embedding-size", "8", "--set", "char_hidden_size=0"]
TINY += ["--epochs", "2"]
# Seconds after which a process that does not answer has gone wrong.
PATIENCE = 200


def tiny_tagger(**parameters):
    """Return what TINY means."""
    tiny = {"hidden_layer_sizes": 6, "embedding_size": 8, "char_hidden_size": 0, "max_iter": 2}
    return BiLSTMTagger(**{**tiny, "random_state": 0, **parameters})


def environment():
    """Return the environment of a user whose locale is not UTF-8, and whose output is buffered."""
    changed = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    left_out = ("PYTHONUNBUFFERED", "PYTHONIOENCODING")
    return {name: value for name, value in os.environ.items() if name not in left_out} | changed


def run(*arguments, **options):
    """Run the command line in a process of its own, in which warnings are errors."""
    words = [sys.executable, "-W", "error", "-m", "sklstm", *map(str, arguments)]
    return subprocess.run(words, env=environment(), **options)


def start(*arguments, **options):
    """Start the command line in a process of its own, with pipes.

    It heeds Ctrl-C even where these tests run in the background of a shell, which has them ignore
    it.
    """
    words = [sys.executable, "-m", "sklstm", *map(str, arguments)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    if os.name != "nt":
        options["preexec_fn"] = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(words, env=environment(), bufsize=0, **pipes, **options)


def type_in(monkeypatch, data):
    """Let standard input hold some bytes."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
