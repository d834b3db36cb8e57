"""Print the cost and the gain of a cluster: bytes, seconds, memory, and a model of how they grow.

The clusters are local: worker processes of one thread that talk over TCP on loopback. Bytes are
those of the loopback device, so nothing else should use it. They include what the client and the
scheduler send. Seconds mean little where there are more workers than cores.

training
    ``DaskBiLSTMTagger`` on UD English EWT in 8 partitions, on 1, 2 and 4 workers. The parameters
    after the fit must have the same bits. With minibatches of 32 sentences, the default, each
    partition has four of them. With 256, each has 32, and a model of the seconds of an epoch is
    fitted to the measurements: ``a T / min(W, cores) + b B`` for T tokens, W workers and B bytes,
    so that ``a`` is the time of a token and ``b`` that of packing, copying and unpacking a byte.

accuracy
    The accuracy on the test set in one process and with 2, 4 and 8 partitions, and with more local
    steps, for three seeds (an hour). This part runs only if it is named.

tagging
    8 files and 160 files of plain text, on 1 and 2 workers: seconds, bytes, and the memory of a
    worker at the end. The differences between 160 and 8 files do not contain what happens once:
    their ratio is the gain of the second worker, and the remaining bytes are the model.

search
    12 fits of a grid search, with the data in each task and scattered once, with an eighth of the
    corpus and with all of it. The difference is the cost of the corpus without that of messages.

After "training", the model is applied to a corpus of 1,000 times the size, on W workers with one
partition and minibatches of 32 sentences each. An epoch takes

- ``a T / W`` seconds of computation;
- the exchange: in each round, one of the S workers that combine a slice of the parameters takes
  and sends ``2 W D / S`` bytes, which need ``b`` seconds each and the time of the network. D is
  what a partition needs, and returns: the dense parameters, the rows of the embedding table of its
  next sentences, and their moments;
- ``c`` seconds for each task of the scheduler, as measured with 2,000 tasks that do nothing.

A round has W times as many sentences, so there are W times fewer rounds. With more than S workers,
only the time of the computation decreases. The model leaves out that each worker copies its slice
of the table in each round, which costs more with a larger vocabulary.
"""

import argparse
import os
import pickle
import tempfile
import time
from itertools import chain, product
from pathlib import Path

import dask
import dask.bag
import joblib
import numpy as np
import psutil
from _common import describe_machine, save_json, usable_cores
from _taggers import DATA, FOLDERS
from distributed import Client, LocalCluster
from scipy.optimize import nnls
from sklearn.model_selection import GridSearchCV

from sklstm import BiLSTMTagger
from sklstm._features import affix_features
from sklstm.dask import DaskBiLSTMTagger, tag
from sklstm.dask._rounds import N_SLICES
from sklstm.datasets import read_conll

MB = 1e6
N_PARTITIONS, BATCH_SIZE = 8, 32
# The number of partitions and of local steps; one process has neither.
CASES = ((None, None), (2, 10), (4, 10), (8, 10), (4, 100))
# Bytes per second of a network of so many Gbit/s.
NETWORKS = {"1 Gbit/s": 125e6, "10 Gbit/s": 1250e6}


def read(data, part, n_sentences=None):
    """Return sentences of UD English EWT and their tags."""
    X, y = read_conll(data / FOLDERS["english"] / f"{part}.conllu.xz", columns=("form", "upos"))
    return X[:n_sentences], y[:n_sentences]


def loopback():
    """Return the bytes that the loopback device has sent."""
    return next(
        counters.bytes_sent
        for name, counters in psutil.net_io_counters(pernic=True).items()
        if name.startswith("lo")
    )


class Measured:
    """Measures a block: the attributes `seconds` and `n_bytes`."""

    def __enter__(self):
        self._started, self._before = time.perf_counter(), loopback()
        return self

    def __exit__(self, *exception):
        self.seconds = time.perf_counter() - self._started
        self.n_bytes = loopback() - self._before


def connect(n_workers, **options):
    """Start a cluster whose workers keep freed memory; return it and a client with `options`."""
    with dask.config.set({"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}):
        cluster = LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=":0")
    return cluster, Client(cluster, **options)


def bags(*lists, npartitions):
    """Return a bag of each list."""
    return [dask.bag.from_sequence(each, npartitions=npartitions) for each in lists]


class EpochMeter:
    """A scorer that measures each epoch; it is called before the first one and after each."""

    def __init__(self):
        self.marks = []

    def __call__(self, tagger, X, y):
        self.marks.append((time.perf_counter(), loopback()))
        return 0.0

    def last_epoch(self):
        """Return the seconds and the bytes of the last epoch."""
        return np.subtract(self.marks[-1], self.marks[-2]).tolist()


def measure_training(X, y, params, batch_size):
    """Print seconds and bytes of the second epoch, by workers; return them."""
    runs, vectors = [], []
    n_steps = round(len(X) / batch_size)
    meter = EpochMeter()
    BiLSTMTagger(**params, batch_size=batch_size, scoring=meter).fit(X, y, X_val=X[:1], y_val=y[:1])
    print(f"\nMinibatches of {batch_size} sentences. One process: {meter.last_epoch()[0]:.1f} s.")
    print("workers  s/epoch  MB/epoch  MB/step")
    for n_workers in (1, 2, 4):
        cluster, client = connect(n_workers)
        with cluster, client:
            meter = EpochMeter()
            tagger = DaskBiLSTMTagger(**params, batch_size=batch_size, scoring=meter, client=client)
            tagger.fit(*bags(X, y, npartitions=N_PARTITIONS), X_val=X[:1], y_val=y[:1])
        seconds, n_bytes = meter.last_epoch()
        print(
            f"{n_workers:7}  {seconds:7.1f}  {n_bytes / MB:8.1f}  {n_bytes / n_steps / MB:7.2f}",
            flush=True,
        )
        runs.append({"workers": n_workers, "seconds": seconds, "bytes": n_bytes})
        vectors.append(tagger.coefs_)
    for other in vectors[1:]:
        assert all((other[name] == W).all() for name, W in vectors[0].items())
    print("The parameters of all have the same bits.")
    return runs


def fit_model(runs, n_tokens):
    """Print and return the seconds of a token and of a byte, by nonnegative least squares."""
    cores = usable_cores()
    terms = [[n_tokens / min(run["workers"], cores), run["bytes"]] for run in runs]
    seconds = [run["seconds"] for run in runs]
    scale = np.max(terms, axis=0)
    solution, _ = nnls(terms / scale, seconds)
    a, b = solution / scale
    print(f"\nModel: {a * 1e6:.1f} us a token, {b * 1e9:.1f} ns a byte.")
    for run, measured, predicted in zip(runs, seconds, np.dot(terms, [a, b]), strict=True):
        print(
            f"{run['workers']} workers: {measured:.1f} s measured, {predicted:.1f} s by the model"
        )
    return a, b


def measure_accuracy(X, y, X_test, y_test, params):
    """Print the accuracy in one process and in partitions; return the scores."""
    rows = []
    print("\npartitions   local steps  accuracy   to one process  accuracies, by seed")
    cluster, client = connect(2)
    with cluster, client:
        for n, local_steps in CASES:
            scores = []
            for seed in range(3):
                seeded = params | {"random_state": seed}
                if n is None:
                    tagger = BiLSTMTagger(**seeded).fit(X, y)
                else:
                    parts = bags(X, y, npartitions=n)
                    tagger = DaskBiLSTMTagger(**seeded, local_steps=local_steps, client=client)
                    tagger.fit(*parts)
                scores.append(100 * tagger.score(X_test, y_test))
            rows.append({"partitions": n, "local steps": local_steps, "scores": scores})
            difference = np.mean(scores) - np.mean(rows[0]["scores"])
            each = ", ".join(f"{score:.2f}" for score in scores)
            print(
                f"{n or 'one process'!s:11}  {local_steps or '-'!s:11}  {np.mean(scores):8.2f}  "
                f"{difference:15.2f}  {each}",
                flush=True,
            )
    return rows


def measure_tagging(X, tagger):
    """Print seconds, bytes and memory of tagging files."""
    text = "".join(" ".join(words) + "\n" for words in X[: len(X) // 8])
    size = len(pickle.dumps(tagger))
    print(f"\nModel: {size / MB:.1f} MB, a file: {len(text) / MB:.2f} MB.")
    print("workers  files  seconds      MB  MB of memory of a worker")
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{k}.txt") for k in range(160)]
        for path in paths:
            path.write_text(text, encoding="utf-8")
        for n_workers, n_files in product((1, 2), (8, 160)):
            cluster, client = connect(n_workers)
            with cluster, client:
                archive = dask.bag.read_text([str(path) for path in paths[:n_files]])
                with Measured() as measured:
                    tag(tagger, archive.map(str.split), client).map(len).sum().compute()
                memory = max(client.run(resident).values())
            print(
                f"{n_workers:7}  {n_files:5}  {measured.seconds:7.1f}  "
                f"{measured.n_bytes / MB:6.1f}  {memory / MB:.0f}",
                flush=True,
            )
            runs.append([n_workers, n_files, measured.seconds, measured.n_bytes, memory])
    more = [np.subtract(many, few) for few, many in zip(runs[::2], runs[1::2], strict=True)]
    print(
        f"{more[0][1]:.0f} files: 2 workers are {more[0][2] / more[1][2]:.2f} times as fast as 1."
    )
    for (n_workers, n_files, _, n_bytes, _), added in zip(runs[::2], more, strict=True):
        n_copies = (n_bytes - n_files * added[3] / added[1]) / size
        print(f"{n_workers} workers: the model was sent {n_copies:.2f} times.")
    return runs


def resident():
    """Return the bytes of memory of this process."""
    return psutil.Process(os.getpid()).memory_info().rss


def measure_search(X, y, params):
    """Print the bytes of a search, with and without scattered data; return them."""
    grid = {"hidden_layer_sizes": [4, 6], "embedding_size": [4, 8]}
    small = BiLSTMTagger(**params | {"max_iter": 1, "char_hidden_size": 0})
    n_workers, rows = 2, []
    print("\ncorpus MB  data                       MB sent")
    cluster, client = connect(n_workers, direct_to_workers=True)
    with cluster, client:
        client.amm.stop()  # it deletes copies of scattered data, which are then sent again
        for n_sentences, (name, to_container, is_scattered) in product(
            (len(X) // 8, len(X)),
            (
                ("lists", list, False),
                ("lists, scattered", list, True),
                ("object arrays, scattered", as_array, True),
            ),
        ):
            data = [to_container(each[:n_sentences]) for each in (X, y)]
            search = GridSearchCV(small, grid, cv=3, scoring=token_accuracy)
            scatter = data if is_scattered else None
            with Measured() as measured, joblib.parallel_config("dask", scatter=scatter):
                search.fit(*data)
            size = len(pickle.dumps(data))
            rows.append({"data": name, "size": size, "bytes": measured.n_bytes})
            print(f"{size / MB:9.2f}  {name:25}  {measured.n_bytes / MB:7.1f}", flush=True)
    for few, all_ in zip(rows[:3], rows[3:], strict=True):
        n_copies = (all_["bytes"] - few["bytes"]) / (all_["size"] - few["size"]) / n_workers
        print(f"{few['data']}: {n_copies:.2f} times the corpus for each worker, without messages")
    return rows


def as_array(sequences):
    """Return an object array with a list in each element."""
    array = np.empty(len(sequences), dtype=object)
    array[:] = sequences
    return array


def token_accuracy(tagger, X, y):
    """Return the accuracy over tokens."""
    return tagger.score(X, y)


def seconds_of_a_task(n_tasks=2000):
    """Return the seconds that the scheduler needs for a task that does nothing."""
    cluster, client = connect(2)
    with cluster, client, Measured() as measured:
        client.gather(client.map(abs, range(n_tasks), pure=False))
    return measured.seconds / n_tasks


def print_model(X, tagger, of_token, of_byte, of_task, n_copies=1000):
    """Print the seconds of an epoch on more workers, by the model, of a larger corpus."""
    one = of_token * sum(map(len, X)) * n_copies
    print(
        f"\n{n_copies} times the corpus: one worker takes {one:.0f} s for an epoch. A task of the "
        f"scheduler takes {of_task * 1e3:.2f} ms.\n"
        "workers  network     steps of a round  computation s  exchange s  scheduler s  speed"
    )
    for n_workers, (name, rate), n_steps in product((10, 100, 1000), NETWORKS.items(), (10, 100)):
        n_rounds = len(X) * n_copies / (n_workers * BATCH_SIZE * n_steps)
        n_slices = min(n_workers, N_SLICES)
        n_tasks = n_workers * (3 + 2 * n_slices) + n_slices + 1
        n_bytes = 2 * bytes_of_a_part(X[: BATCH_SIZE * n_steps], tagger)
        seconds = [
            one / n_workers,
            n_rounds * n_workers * n_bytes / n_slices * (1 / rate + of_byte),
            n_rounds * n_tasks * of_task,
        ]
        print(
            f"{n_workers:7}  {name:10}  {n_steps:16}  {seconds[0]:13.0f}  {seconds[1]:10.0f}  "
            f"{seconds[2]:11.0f}  {one / sum(seconds):5.2f}"
        )


def bytes_of_a_part(X, tagger):
    """Return the bytes of parameters and moments that a partition needs for some sentences."""
    dense = sum(W.size for name, W in tagger.coefs_.items() if name != "embedding")
    n_rows = len(set(chain.from_iterable(map(affix_features, set(chain.from_iterable(X))))))
    return 3 * 4 * (dense + n_rows * tagger.embedding_size)


PARTS = ("training", "tagging", "search", "accuracy")


def main():
    """Print the parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small corpus and network")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS[:3])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the corpora")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures")
    options = parser.parse_args()
    print(describe_machine())
    X, y = read(options.data, "train", 1500 if options.quick else None)
    params = {"max_iter": 2, "random_state": 0}
    if options.quick:
        params |= {"hidden_layer_sizes": 32, "embedding_size": 32, "char_hidden_size": 8}
    tagger = BiLSTMTagger(**params).fit(X, y)
    results = {}
    if "training" in options.parts:
        results["training"] = measure_training(X, y, params, BATCH_SIZE)
        per_partition = measure_training(X, y, params, BATCH_SIZE * N_PARTITIONS)
        results["training, larger minibatches"] = per_partition
        fitted = fit_model(per_partition, sum(map(len, X)))
        print_model(X, tagger, *fitted, seconds_of_a_task())
    if "tagging" in options.parts:
        results["tagging"] = measure_tagging(X, tagger)
    if "search" in options.parts:
        results["search"] = measure_search(X, y, params)
    if "accuracy" in options.parts:
        results["accuracy"] = measure_accuracy(
            X, y, *read(options.data, "test"), params | {"max_iter": 12}
        )
    if options.json:
        save_json(options.json, results)


if __name__ == "__main__":
    main()
