"""Print what checkpoints cost: the share of a fit that writes them, and the size of their files.

A tagger with default parameters is fitted on UD English EWT with a checkpoint after each epoch. The
share is the time in which the fit compares itself with files and writes them, by the clock.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _common import describe_machine, save_json
from _taggers import DATA, FOLDERS

from sklstm import BiLSTMTagger, _checkpoints, _tagger
from sklstm.callbacks import Checkpoint
from sklstm.datasets import read_conll


class Clock:
    """Adds up the seconds that functions take."""

    def __init__(self):
        self.seconds = 0.0

    def time(self, function):
        """Return a function that also runs the clock."""

        def timed(*args):
            start = time.perf_counter()
            result = function(*args)
            self.seconds += time.perf_counter() - start
            return result

        return timed


def measure(tagger, X, y):
    """Fit with checkpoints; return all seconds, those of checkpoints, and the sizes of files."""
    clock, sizes = Clock(), []

    def write(path, state, wrapped=_checkpoints._write):
        result = wrapped(path, state)
        sizes.append(path.stat().st_size)
        return result

    _checkpoints._write, _tagger.open_fit = clock.time(write), clock.time(_checkpoints.open_fit)
    with tempfile.TemporaryDirectory() as directory:
        tagger.set_callbacks(Checkpoint(directory))
        start = time.perf_counter()
        tagger.fit(X, y)
        return time.perf_counter() - start, clock.seconds, sizes


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--quick", action="store_true", help="2,000 sentences and 3 epochs")
    add("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    path = arguments.data / FOLDERS["english"] / "train.conllu.xz"
    if not path.is_file():
        sys.exit(f"No such file: {path}\nPass --data the folder of the corpora.")
    X, y = read_conll(path, columns=("form", "upos"))
    tagger = BiLSTMTagger(random_state=0)
    if arguments.quick:
        X, y, tagger = X[:2000], y[:2000], tagger.set_params(max_iter=3)
    print(describe_machine())
    seconds, of_checkpoints, sizes = measure(tagger, X, y)
    print(f"fit {seconds:.1f} s, of which checkpoints {of_checkpoints:.2f} s")
    print(f"share of the fit {of_checkpoints / seconds:.2%}")
    print(f"{len(sizes)} files, median {statistics.median(sizes) / 2**20:.1f} MiB")
    save_json(
        arguments.json,
        {"seconds": seconds, "checkpoint_seconds": of_checkpoints, "sizes": sizes},
    )


if __name__ == "__main__":
    main()
