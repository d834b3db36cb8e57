"""Print the memory of training, reading and prediction, and how it grows.

All figures are those of fresh processes (Linux: /proc/self/status). In this order:

fit
    The peak of a process that fits UD English EWT, without characters (PLAIN in _common.py), for
    two epochs: a third one needs no more memory. The same in PyTorch, with the same features,
    minibatches and network (without dropout), with as little memory as possible: features are
    encoded once for each word, and batches are made when they are needed.
growth
    The peak of a fit of two epochs, in addition to the caller's lists, for more and more sentences:
    with a vocabulary that grows and with a constant one. The network is small, because only the
    growth is measured. Slopes are least-squares fits.
read
    The memory that `read_conll` keeps, and its peak, for the same sentences.
stream
    The peak while a corpus from a generator is predicted batch by batch.
single
    The growth of a process that predicts one sentence in each call.
saved
    The size of a saved model, and of its parameters.

"above" is a peak minus the peak of a process that only imports and reads.
"""

import argparse
import ctypes
import importlib
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from _common import (
    PLAIN,
    command_line,
    count_tokens,
    describe_machine,
    make_corpus,
    make_word,
    save_json,
)

from sklstm import BiLSTMTagger
from sklstm.datasets import read_conll, write_conll

# As in accuracy.py, which is not imported: its own imports would count.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CORPUS = Path("ud_english_ewt", "train.conllu.xz")
STATUS = Path("/proc/self/status")

SIZES, QUICK_SIZES = [2_000, 5_000, 10_000, 20_000, 50_000, 100_000], [2_000, 4_000, 8_000]
QUICK_FIT = 2_000
# A vocabulary of which all words occur in the smallest corpus.
FIXED_WORDS = 1_000
# Memory of one epoch may be in use until the end of the next one.
N_EPOCHS = 2
N_UNITS = 128
SMALL = {"hidden_layer_sizes": 16, "max_iter": N_EPOCHS, "random_state": 0, **PLAIN}
N_BATCHES, QUICK_BATCHES = [10, 100, 1000], [10, 30, 100]
BATCH_SIZE = 32
MB = 1e6


# Memory


def memory(name):
    """Return a figure of this process in bytes: VmRSS, its memory, or VmHWM, its peak."""
    lines = (line.split() for line in STATUS.read_text().splitlines())
    return next(int(words[1]) * 1024 for words in lines if words[0] == f"{name}:")


def trim():
    """Return free memory to the system: it would hide the next allocations."""
    with suppress(OSError, AttributeError):  # the C library need not be glibc
        ctypes.CDLL(None).malloc_trim(0)


def grow(function, *arguments):
    """Call a function; return its result, and the growth of the memory of this process in bytes.

    Returns
    -------
    result : object
    growth : dict
        "peak" during the call, and "left" after it. If the system does not allow to reset the
        peak, "peak" is 0 if there was a higher one before.
    """
    trim()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before, peak_before = memory("VmRSS"), memory("VmHWM")
    result = function(*arguments)
    peak = memory("VmHWM")
    return result, {
        "peak": peak - before if peak > peak_before else 0,
        "left": memory("VmRSS") - before,
    }


def in_a_fresh_process(script, worker, *arguments):
    """Call a function of a script, one of its WORKERS, in a new process."""
    command = [sys.executable, script, "--worker", json.dumps([worker, *arguments])]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def call_worker(workers, call):
    """Run the call of :func:`in_a_fresh_process` in the new process."""
    name, *arguments = json.loads(call)
    print(json.dumps(workers[name](*arguments)))


# Workers: each runs in its own process, and returns figures.


def first_sentences(path, n_sentences):
    """Read the first sentences, or all of them for None."""
    return [column[:n_sentences] for column in read_conll(path)]


def only_read(path, n_sentences, module=None):
    """Import, read, and return the peak."""
    if module:
        importlib.import_module(module)
    X, _ = first_sentences(path, n_sentences)
    return {"peak": memory("VmHWM"), "n_tokens": count_tokens(X)}


def fit_ours(path, n_sentences):
    """Fit the same network as PyTorch; all other parameters have their defaults."""
    X, y = first_sentences(path, n_sentences)
    tagger = BiLSTMTagger(N_UNITS, max_iter=N_EPOCHS, random_state=0, **PLAIN).fit(X, y)
    return {"peak": memory("VmHWM"), "n_features": len(tagger.vocabulary_)}


def fit_torch(path, n_sentences, sparse):
    """Fit the same model in PyTorch."""
    torch_peer = importlib.import_module("_torch_peer")
    X, y = first_sentences(path, n_sentences)
    defaults = BiLSTMTagger()
    n_features, sentences = encode_words(X, torch_peer)
    tagger = SimpleNamespace(classes_=np.unique(list(chain(*y))))
    classes = torch_peer.encode_tags(tagger, y)
    n_units, n_classes = N_UNITS, len(tagger.classes_)
    table_shape = n_features + 1, defaults.embedding_size
    peer = torch_peer.Peer(table_shape, n_units, 1, n_classes, bags=True)
    peer.table.sparse = sparse
    optimizers = torch_peer.make_optimizers(peer, defaults.learning_rate_init)
    for _ in range(N_EPOCHS):
        torch_peer.train(peer, optimizers, lean_batches(torch_peer, sentences, classes))
    return {"peak": memory("VmHWM"), "n_features": n_features}


def encode_words(X, torch_peer):
    """Return the number of features, and sentences as lists of tokens; equal words share one."""
    analyze = torch_peer.ANALYZERS[BiLSTMTagger().analyzer]
    features = {word: analyze(word) for word in set(chain(*X))}
    vocabulary = {name: row for row, name in enumerate(sorted(set(chain(*features.values()))), 1)}
    tokens = {
        word: torch_peer.Token([vocabulary[name] for name in own]) for word, own in features.items()
    }
    return len(vocabulary), [[tokens[word] for word in words] for words in X]


def lean_batches(torch_peer, sentences, classes):
    """Yield the minibatches of an epoch, one pool at a time."""
    order = np.random.default_rng(0).permutation(len(sentences)).tolist()
    size = BATCH_SIZE * torch_peer.POOL
    for pool in (order[k : k + size] for k in range(0, len(order), size)):
        columns = [[column[k] for k in pool] for column in (sentences, classes)]
        yield from torch_peer.training_batches(*columns, torch_peer.packed, BATCH_SIZE)


def fit_small(path):
    """Fit a small network; return its memory in addition to the lists."""
    X, y = read_conll(path)
    tagger, growth = grow(BiLSTMTagger(**SMALL).fit, X, y)
    return {"n_tokens": count_tokens(X), "n_features": len(tagger.vocabulary_), **growth}


def read(path):
    """Read a file; return the growth of memory, and the sizes of the lists and the unique str.

    Another file is read first, so that the growth does not include one-time allocations.
    """
    read_conll(["1\ta\t_\tb\t_\t_\t_\t_\t_\t_"])
    columns, growth = grow(read_conll, path)
    lists = [each for column in columns for each in [column, *column]]
    values = {id(value): value for column in columns for value in chain(*column)}.values()
    held = sum(map(sys.getsizeof, [*lists, *values]))
    return {"n_tokens": count_tokens(columns[0]), "held": held, **growth}


def predict_stream(n_batches):
    """Predict batches from a generator; return the growth of the peak after some of them."""
    tagger, done, figures = small_tagger(), 0, {}
    batches = make_batches(BATCH_SIZE)
    _, start = grow(predict_all, tagger, islice(batches, 1))
    for n in n_batches:
        before = memory("VmRSS")
        predict_all(tagger, islice(batches, n - done))
        figures[n] = {"peak": memory("VmHWM"), "grown": memory("VmRSS") - before}
        done = n
    return {"first": start, "after": figures}


def predict_single(n_calls):
    """Predict one sentence in each call; return the growth of memory after some of them."""
    tagger, done, figures = small_tagger(), 0, {}
    sentences = make_batches(1)
    predict_all(tagger, islice(sentences, 100))
    trim()
    before = memory("VmRSS")
    for n in n_calls:
        predict_all(tagger, islice(sentences, n - done))
        figures[n] = memory("VmRSS") - before
        done = n
    return figures


def predict_all(tagger, batches):
    """Predict batch by batch, and discard the results."""
    for X in batches:
        tagger.predict(X)


def make_batches(size):
    """Yield an infinite stream of batches of sentences, in which new words always occur."""
    rng = np.random.default_rng(0)
    while True:
        lengths = rng.integers(5, 30, size).tolist()
        yield [[make_word(rank) for rank in rng.zipf(1.3, length).tolist()] for length in lengths]


def small_tagger():
    """Return a tagger of the default size, fitted on few sentences."""
    return BiLSTMTagger(N_UNITS, max_iter=1, random_state=0, **PLAIN).fit(*make_corpus(300))


def save():
    """Return the sizes of the parameters, of the names of features, and of a pickled tagger.

    The last one also after partial_fit, which keeps the state of the optimizer.
    """
    X, y = make_corpus(2000)
    tagger = BiLSTMTagger(N_UNITS, max_iter=1, random_state=0, **PLAIN).fit(X, y)
    H, E, n_classes = N_UNITS, tagger.embedding_size, len(tagger.classes_)
    n_weights = 2 * 4 * (H + E + 1) * H + (2 * H + 1) * n_classes
    n_weights += (len(tagger.vocabulary_) + 1) * E
    sizes = {
        "parameters": 4 * n_weights,
        "names of features": sum(len(name.encode()) for name in tagger.vocabulary_),
        "saved after fit": len(pickle.dumps(tagger)),
    }
    tagger.partial_fit(X[:10], y[:10])
    return {**sizes, "saved after partial_fit": len(pickle.dumps(tagger))}


WORKERS = {
    worker.__name__: worker
    for worker in (
        only_read,
        fit_ours,
        fit_torch,
        fit_small,
        read,
        predict_stream,
        predict_single,
        save,
    )
}


# Sections: each measures, prints its table and returns its figures.


def measure_fit(arguments):
    """Compare the peaks of fits of the corpus."""
    corpus = str(arguments.data / CORPUS), QUICK_FIT if arguments.quick else None
    ours, torch = ["only_read", *corpus], ["only_read", *corpus, "_torch_peer"]
    ways = {
        "sklstm": (["fit_ours", *corpus], ours),
        "PyTorch, dense Adam": (["fit_torch", *corpus, False], torch),
        "PyTorch, SparseAdam": (["fit_torch", *corpus, True], torch),
    }
    if not find_spec("torch"):
        print("PyTorch is skipped, because it is not installed: pip install torch")
        ways = {"sklstm": ways["sklstm"]}
    figures = {name: [] for name in ways}
    for _ in range(arguments.repeats):
        for name, calls in ways.items():
            fit, reading = (in_a_fresh_process(__file__, *call) for call in calls)
            figures[name].append(fit | {"above": fit["peak"] - reading["peak"]})
    if arguments.quick:
        print(f"Only the first {QUICK_FIT} sentences of UD English EWT are fitted.")
    print(f"\n{'fit of UD English EWT':<24}{'peak MB':>10}{'above import and reading MB':>30}")
    for name, runs in figures.items():
        peak, above = (statistics.median(run[key] for run in runs) for key in ("peak", "above"))
        print(f"{name:<24}{peak / MB:>10.0f}{above / MB:>30.0f}")
    return figures


def measure_growth(arguments):
    """Print how the peak of a fit grows with the number of sentences."""
    rows = {kind: measure_sizes("fit_small", kind, arguments) for kind in ("growing", "fixed")}
    for kind, runs in rows.items():
        print(f"\n{f'fit, {kind} vocabulary':<26}{'tokens':>10}{'features':>10}{'peak MB':>10}")
        for n, run in runs.items():
            figures = f"{run['n_tokens']:>10}{run['n_features']:>10}{run['peak'] / MB:>10.1f}"
            print(f"{n:>16} sentences{figures}")
        print(f"growth: {slope(runs, 'peak'):.1f} bytes per token")
    _, per_feature = slopes_of_growth(rows)
    row = 4 * BiLSTMTagger().embedding_size
    print(f"of that {per_feature:.0f} bytes per feature, {per_feature / row:.1f} of its embedding")
    return rows


def slopes_of_growth(rows):
    """Return the bytes of the peak for each further token, and for each further feature."""
    per_token = slope(rows["fixed"], "peak")
    without_tokens = {
        n: run | {"remaining": run["peak"] - per_token * run["n_tokens"]}
        for n, run in rows["growing"].items()
    }
    return per_token, slope(without_tokens, "remaining", "n_features")


def measure_read(arguments):
    """Print the memory of `read_conll`, and its peak, for several numbers of sentences."""
    runs = measure_sizes("read", "growing", arguments)
    print(f"\n{'read_conll':<26}{'tokens':>10}{'left MB':>10}{'peak MB':>10}{'held MB':>10}")
    for n, run in runs.items():
        figures = "".join(f"{run[key] / MB:>10.1f}" for key in ("left", "peak", "held"))
        print(f"{n:>16} sentences{run['n_tokens']:>10}{figures}")
    print(
        f"growth: {slope(runs, 'left'):.1f} bytes per token left, {slope(runs, 'held'):.1f} by the "
        f"sizes of the lists and str, {slope(runs, 'peak'):.1f} at the peak"
    )
    return runs


def measure_sizes(worker, kind, arguments):
    """Call a worker for files of several numbers of sentences."""
    runs = {}
    for n in arguments.sizes or (QUICK_SIZES if arguments.quick else SIZES):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder, "corpus.conllu"))
            # The approximate growth of the vocabulary of English text.
            n_words = FIXED_WORDS if kind == "fixed" else round(30 * n**0.7)
            write_conll(path, *make_corpus(n, n_words=n_words))
            runs[n] = in_a_fresh_process(__file__, worker, path)
    return runs


def slope(runs, name, by="n_tokens"):
    """Return the least-squares slope of one figure over another."""
    columns = ([run[key] for run in runs.values()] for key in (by, name))
    return float(np.polyfit(*columns, 1)[0])


def measure_stream(arguments):
    """Print the peak while batches from a generator are predicted."""
    n_batches = QUICK_BATCHES if arguments.quick else N_BATCHES
    figures = in_a_fresh_process(__file__, "predict_stream", n_batches)
    peaks = {n: after["peak"] for n, after in figures["after"].items()}
    first = next(iter(peaks.values()))
    print(f"\n{'stream of batches of 32':<26}{'peak MB':>10}{'grown MB':>10}")
    for n, peak in peaks.items():
        print(f"{n:>16} predicted{peak / MB:>10.1f}{(peak - first) / MB:>+10.2f}")
    return figures


def measure_single(arguments):
    """Print the growth of a process by single predictions, after the first hundred.

    The first ones allocate memory that :func:`trim` had returned to the system.
    """
    figures = in_a_fresh_process(__file__, "predict_single", [100, 200, 500, 1000])
    (_, start), *later = figures.items()
    print(f"\n{'single sentences':<26}{'grown kB':>10}{'bytes a call':>14}")
    for n, grown in later:
        print(f"{n:>16} predicted{(grown - start) / 1e3:>10.0f}", end="")
        print(f"{(grown - start) / (int(n) - 100):>14.0f}")
    return figures


def measure_saved(arguments):
    """Print the size of a saved model."""
    sizes = in_a_fresh_process(__file__, "save")
    print(f"\n{'a saved model':<26}{'MB':>10}{'of parameters':>15}")
    for name, size in sizes.items():
        print(f"{name:<26}{size / MB:>10.2f}{size / sizes['parameters']:>15.3f}")
    return sizes


SECTIONS = {
    "fit": measure_fit,
    "growth": measure_growth,
    "read": measure_read,
    "stream": measure_stream,
    "single": measure_single,
    "saved": measure_saved,
}


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="default: all")
    add("--sizes", nargs="+", type=int, metavar="N", help="sentences of `growth` and `read`")
    add("--repeats", type=int, default=3, help="of `fit`; default: %(default)s, with --quick 1")
    add("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats = 1
    return arguments


def main():
    """Print the tables or, in a fresh process, the figures of one call."""
    arguments = parse_arguments()
    if not STATUS.exists():
        sys.exit(f"There is no {STATUS}: this benchmark needs Linux.")
    if arguments.worker:
        call_worker(WORKERS, arguments.worker)
        return
    print(describe_machine())
    sections = arguments.only
    if "fit" in sections and not (arguments.data / CORPUS).is_file():
        print(f"No such file: {arguments.data / CORPUS}\nPass --data the folder of the corpora.")
        sections = [name for name in sections if name != "fit"]
    save_json(arguments.json, {name: SECTIONS[name](arguments) for name in sections})


if __name__ == "__main__":
    main()
