"""Measure the speed on several threads; check that results are equal, and the threads of a search.

Training and prediction run on 1, 2, 4, ... and all cores, each in its own process, in turn. Speeds
are medians over the rounds, and speed-ups are medians of the ratios to one thread in the same
round. Every process prints a hash of the trained parameters and one of the predicted probabilities.
The script fails if any two differ for the same batch size. Dropout is random, with the same seed.

Then GridSearchCV runs with `n_jobs=2`, while a thread counts, a hundred times a second, how many
threads of this process and of its children run or wait for a core. The script fails if more than
half of the counts are above the number of cores. Single counts are, when joblib, in this process,
checks whether a worker has finished.

The last columns are the first digits of the hashes. A free-threaded interpreter is named in the
first line.
"""

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import threading
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from _common import (
    PLAIN,
    alternate,
    command_line,
    count_tokens,
    describe_machine,
    make_corpus,
    ratio,
    save_json,
    seconds_of,
    seconds_of_epoch,
    usable_cores,
)
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from sklstm import BiLSTMTagger

BATCH_SIZES = [32, 128]
HASHES = ["parameters", "predictions"]
PROC = Path("/proc")
SAMPLES_PER_SECOND = 100


def make_tagger(batch_size):
    """Return an unfitted tagger."""
    return BiLSTMTagger(
        128, embedding_size=100, analyzer="word", batch_size=batch_size, random_state=0, **PLAIN
    )


# -- speed and equality -------------------------------------------------------------------------


def measure_here(n_threads, batch_size, n_sentences):
    """Train and predict; return the seconds of both and the hashes of their results."""
    X, y = make_corpus(n_sentences, n_tags=50)
    tagger = make_tagger(batch_size)
    with threadpool_limits(n_threads, user_api="blas"):
        train = seconds_of_epoch(tagger, X, y)
        tagger.predict(X)
        predict = statistics.median(seconds_of(tagger.predict, X) for _ in range(3))
        probabilities = tagger.predict_proba(X)
    model = tagger._model
    return {
        "train_s": train,
        "predict_s": predict,
        "parameters": digest(model.vector, model.table),
        "predictions": digest(*probabilities),
        "n_tokens": count_tokens(X),
    }


def digest(*arrays):
    """Return the SHA-256 of the bytes of some arrays."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def measure_in_a_fresh_process(*arguments):
    """Run :func:`measure_here` in a fresh process."""
    command = [sys.executable, __file__, "--measure", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def numbers_of_threads():
    """Return the powers of two below the number of cores, and the number of cores."""
    n_cores = usable_cores()
    return [2**k for k in range(n_cores.bit_length()) if 2**k < n_cores] + [n_cores]


def summarize(batch_size, rounds):
    """Print and return a row for each number of threads."""
    rows = []
    for n_threads in numbers_of_threads():
        results = rounds[batch_size, n_threads]
        row = {"batch_size": batch_size, "n_threads": n_threads}
        row |= {what: results[0][what] for what in HASHES}
        for task in ("train", "predict"):
            single, seconds = (
                [result[f"{task}_s"] for result in each]
                for each in (rounds[batch_size, 1], results)
            )
            row[f"{task}_ktokens_s"] = results[0]["n_tokens"] / statistics.median(seconds) / 1e3
            row[f"{task}_speed_up"] = ratio(single, seconds)
        rows.append(row)
        print(
            f"{batch_size:5}{n_threads:9}{row['train_ktokens_s']:12.1f}{row['train_speed_up']:10.2f}"
            f"{row['predict_ktokens_s']:12.1f}{row['predict_speed_up']:10.2f}"
            f"  {row['parameters'][:8]} {row['predictions'][:8]}"
        )
    return rows


def check_bits(rounds):
    """Fail if the results of a batch size differ between numbers of threads, or between rounds."""
    for batch_size in BATCH_SIZES:
        for what in HASHES:
            found = {
                result[what]
                for (size, _), results in rounds.items()
                for result in results
                if size == batch_size
            }
            if len(found) > 1:
                sys.exit(f"FAILED: {what} differ between threads, with batches of {batch_size}")
    print("all results are equal for all numbers of threads")


# -- a search -----------------------------------------------------------------------------------


def read_status(folder):
    """Return the state and the parent of a process or thread; Nones if it has ended."""
    try:
        text = (folder / "stat").read_text(errors="replace")
    except OSError:
        return None, None
    state, parent = text.rpartition(")")[2].split()[:2]
    return state, int(parent)


def list_numbered(folder):
    """Return the numbered entries of a folder of /proc; none if it does not exist any more."""
    try:
        return [path for path in folder.iterdir() if path.name.isdigit()]
    except OSError:
        return []


def count_running():
    """Return the number of runnable threads of this process and its descendants."""
    parents = {path: read_status(path)[1] for path in list_numbered(PROC)}
    processes, found = set(), {PROC / str(os.getpid())}
    while found:
        processes |= found
        pids = {int(path.name) for path in found}
        found = {path for path, parent in parents.items() if parent in pids} - processes
    here = str(threading.get_native_id())  # the counting thread is not counted
    threads = (path for process in processes for path in list_numbered(process / "task"))
    return sum(path.name != here and read_status(path)[0] == "R" for path in threads)


def count_while(function):
    """Call a function, and return the number of running threads at random times."""
    counts, ended = [], threading.Event()

    def sample():
        # at random times, which do not coincide with periodic threads
        while not ended.wait(random.expovariate(SAMPLES_PER_SECOND)):
            counts.append(count_running())

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        function()
    finally:
        ended.set()
        sampler.join()
    return counts


def measure_search(n_sentences):
    """Search with two processes; return statistics of the number of running threads."""
    if not PROC.joinpath("self", "task").exists():
        print("there is no /proc: the threads of a search are not counted")
        return None
    X, y = make_corpus(n_sentences, n_tags=50)
    tagger = make_tagger(32).set_params(max_iter=2)
    grid = {"alpha": [0, 1e-5, 1e-4, 1e-3]}
    search = GridSearchCV(tagger, grid, cv=2, n_jobs=2, refit=False)
    search.fit(X[:20], y[:20])  # starts the processes
    counts = count_while(lambda: search.fit(X, y))
    figures = {
        "n_cores": usable_cores(),
        "n_samples": len(counts),
        "largest": max(counts),
        "mean": statistics.mean(counts),
        "median": statistics.median(counts),
        "share_above_cores": statistics.mean(count > usable_cores() for count in counts),
    }
    print(
        "GridSearchCV(n_jobs=2) on {n_cores} cores, {n_samples} samples: {mean:.2f} threads run on "
        "average, {largest} at most, more than cores in {share_above_cores:.1%}".format(**figures)
    )
    return figures


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--measure", nargs=3, type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    """Print the tables or, in a fresh process, the figures of one measurement."""
    options = parse_arguments()
    if options.measure:
        print(json.dumps(measure_here(*options.measure)))
        return
    n_sentences = 500 if options.quick else 2000
    ways = {
        (size, n_threads): partial(measure_in_a_fresh_process, n_threads, size, n_sentences)
        for size, n_threads in product(BATCH_SIZES, numbers_of_threads())
    }
    print(f"{describe_machine()}\n\n{'train':>26}{'predict':>22}")
    print("batch  threads  k tokens/s  speed-up  k tokens/s  speed-up  parameters, predictions")
    rounds = alternate(ways, 3 if options.quick else options.repeats)
    rows = [row for size in BATCH_SIZES for row in summarize(size, rounds)]
    check_bits(rounds)
    search = measure_search(n_sentences)
    save_json(options.json, {"n_sentences": n_sentences, "rows": rows, "search": search})
    if search and search["median"] > search["n_cores"]:
        sys.exit("FAILED: the search ran more threads than there are cores")


if __name__ == "__main__":
    main()
