"""Print whether the cost of a token is constant as corpora, vocabularies and sequences grow.

Each of three tables varies one size. It shows the cost per token, its ratio to the cost at the
smallest size, and whether all ratios are within 25 %. Every run is a fresh process; sizes
alternate, and figures are medians. The network is smaller than the default (see --hidden and
--embedding), which is faster and the harder test: the growing part is then a larger share of the
total. The data are synthetic.

sentences
    Training on more and more sentences of 14 words on average, with a vocabulary that grows as in
    English: the time before the first epoch (validation, features, ids), the time of an epoch (the
    median of several epochs for small corpora), the time after the last epoch, and the time of a
    fit with the default number of epochs, per epoch.
features
    More and more features of tokens that are dicts, while the number of tokens is constant. Each
    token has five features, drawn uniformly, and every feature occurs. At the largest size there
    are two features for each token, several times as many as in text. There is no word dropout,
    which would drop rare features. Training as before, prediction of 1,000 other sentences (the
    first call after a fit, which may include preparations, and the next ones), and a call of
    partial_fit with these sentences.
length
    One sequence of growing length, of vectors and of words: seconds and peak memory of fit and
    predict.
"""

import argparse
import statistics
import time
from functools import partial
from itertools import pairwise

import numpy as np
from _common import (
    PLAIN,
    EpochClock,
    alternate,
    command_line,
    count_tokens,
    describe_machine,
    make_corpus,
    save_json,
    seconds_of,
)
from footprint import call_worker, grow, in_a_fresh_process

from sklstm import BiLSTMTagger

LIMIT = 1.25
SENTENCES, QUICK_SENTENCES = [1_000, 5_000, 20_000, 100_000, 200_000], [1_000, 5_000, 20_000]
FEATURES, QUICK_FEATURES = [10_000, 30_000, 100_000, 300_000, 1_000_000], [10_000, 100_000]
LENGTHS, QUICK_LENGTHS = [1_000, 10_000, 100_000], [1_000, 10_000]
# The least number of sentences, or of tokens of one sequence, in all epochs together.
LEAST_SEEN = 10_000
LONGEST = 20
# The names of the features of a token; every value occurs if there are enough tokens.
NAMES = "abcde"
N_PREDICTIONS = 5


class Clock(EpochClock):
    """A callback that records when each epoch begins and ends."""

    def setup(self, estimator, context):
        """Delete the times of the last fit."""
        super().setup(estimator, context)
        self.begins = []

    def on_fit_task_begin(self, estimator, context):
        """Record the time."""
        if context.task_name == "epoch":
            self.begins.append(time.perf_counter())


def timed_fit(tagger, X, y):
    """Fit, and return the microseconds per token before, in and after the epochs.

    "whole fit" is the time of a fit with the default number of epochs, per token and epoch.
    """
    clock = Clock()
    tagger.set_callbacks(clock)
    started = time.perf_counter()
    tagger.fit(X, y)
    ended = time.perf_counter()
    tagger.set_callbacks()
    epochs = [end - begin for begin, end in zip(clock.begins, clock.ends, strict=True)]
    per_token = 1e6 / count_tokens(X)
    before, epoch = (clock.begins[0] - started) * per_token, statistics.median(epochs) * per_token
    after = (ended - clock.ends[-1]) * per_token
    whole = epoch + (before + after) / BiLSTMTagger().max_iter
    return {"before": before, "epoch": epoch, "after": after, "whole fit": whole}


def small_tagger(network, **parameters):
    """Return an unfitted tagger whose minibatches have the same size for all corpora."""
    return BiLSTMTagger(**network, batch_size=32, random_state=0, **PLAIN, **parameters)


# Workers: each runs in its own process, and returns figures by name.


def fit_sentences(n_sentences, network):
    """Train on some sentences."""
    X, y = make_corpus(n_sentences, n_words=round(30 * n_sentences**0.7), longest=LONGEST)
    tagger = small_tagger(network, max_iter=max(1, LEAST_SEEN // n_sentences))
    return timed_fit(tagger, X, y)


def fit_features(n_features, n_tokens, network):
    """Train on tokens with a number of different features, and predict."""
    corpora = make_dicts(n_tokens, n_features), make_dicts(1000 * LONGEST // 2, n_features, seed=1)
    (X, y), (X_new, y_new) = corpora
    tagger = small_tagger(network, max_iter=2, word_dropout=0)
    figures = timed_fit(tagger, X, y)
    calls = [seconds_of(tagger.predict, X_new) for _ in range(1 + N_PREDICTIONS)]
    updates = [seconds_of(tagger.partial_fit, X_new, y_new) for _ in range(3)]
    per_token = 1e6 / count_tokens(X_new)
    return figures | {
        "first predict": calls[0] * per_token,
        "predict": statistics.median(calls[1:]) * per_token,
        "partial_fit": statistics.median(updates) * per_token,
    }


def make_dicts(n_tokens, n_features, seed=0):
    """Generate sentences of dicts with as many different features as the tokens allow."""
    rng = np.random.default_rng(seed)
    n_values = n_features // len(NAMES)
    texts = [str(value) for value in range(n_values)]

    def draw():
        each_once = rng.permutation(n_values)[:n_tokens]
        others = rng.integers(n_values, size=n_tokens - len(each_once))
        return rng.permutation(np.concatenate([each_once, others]))

    values = np.stack([draw() for _ in NAMES], axis=1)
    tokens = [
        {name: texts[value] for name, value in zip(NAMES, row, strict=True)}
        for row in values.tolist()
    ]
    tags = [f"tag{value % 12}" for value in values[:, 0].tolist()]
    stops = np.cumsum(rng.integers(1, LONGEST, n_tokens))
    bounds = [0, *stops[stops < n_tokens].tolist(), n_tokens]
    sentences = [slice(*pair) for pair in pairwise(bounds)]
    return [[column[sentence] for sentence in sentences] for column in (tokens, tags)]


def fit_length(n_tokens, kind, network):
    """Train on one sequence, and predict it."""
    tagger = small_tagger(network, max_iter=max(1, LEAST_SEEN // n_tokens))
    small_tagger(network, max_iter=1).fit(*make_sequence(kind, 100)).predict(
        []
    )  # import all modules
    X, y = make_sequence(kind, n_tokens)
    fit_s, fit_growth = grow(seconds_of, tagger.fit, X, y)
    predict_s, predict_growth = grow(seconds_of, tagger.predict, X)
    return {
        "fit us": fit_s * 1e6 / n_tokens / tagger.max_iter,
        "fit bytes": fit_growth["peak"] / n_tokens,
        "predict us": predict_s * 1e6 / n_tokens,
        "predict bytes": predict_growth["peak"] / n_tokens,
    }


def make_sequence(kind, n_tokens):
    """Generate one sequence of vectors or of words, and its tags."""
    rng = np.random.default_rng(0)
    if kind == "vectors":
        x = rng.standard_normal((n_tokens, 8), dtype=np.float32)
        return [x], [(x[:, 0] > 0).astype(int)]
    ranks = rng.integers(1000, size=n_tokens).tolist()
    return [[f"word{rank}" for rank in ranks]], [[f"tag{rank % 12}" for rank in ranks]]


WORKERS = {worker.__name__: worker for worker in (fit_sentences, fit_features, fit_length)}


# Sections: each measures, prints its table and returns its figures.


def measure_sentences(network, quick, repeats):
    """Print the cost of training for several numbers of sentences."""
    sizes = QUICK_SENTENCES if quick else SENTENCES
    runs = measure_sizes("fit_sentences", sizes, [network], repeats)
    print_costs("us per token, by the number of sentences", runs)
    return runs


def measure_features(network, quick, repeats):
    """Print the cost of training and of prediction for several numbers of features."""
    sizes = QUICK_FEATURES if quick else FEATURES
    n_tokens = sizes[-1] // 2
    runs = measure_sizes("fit_features", sizes, [n_tokens, network], repeats)
    print_costs(f"us per token, by the number of features of {n_tokens} tokens", runs)
    return runs


def measure_length(network, quick, repeats):
    """Print the cost of training and of prediction for several lengths of one sequence."""
    sizes, figures = QUICK_LENGTHS if quick else LENGTHS, {}
    for kind in ("vectors", "words"):
        figures[kind] = measure_sizes("fit_length", sizes, [kind, network], repeats)
        print_costs(f"per token, by the length of one sequence of {kind}", figures[kind])
    return figures


def measure_sizes(worker, sizes, arguments, repeats):
    """Return the medians of the figures of a worker for each size."""
    ways = {n: partial(in_a_fresh_process, __file__, worker, n, *arguments) for n in sizes}
    rounds = alternate(ways, repeats)
    return {
        n: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for n, runs in rounds.items()
    }


def print_costs(title, runs):
    """Print a row for each size and, in each column, the cost and its ratio to the first row's."""
    first = next(iter(runs.values()))
    line = f"{'':>10}" + "".join(f"{name:>17}" for name in first)
    print(f"\n{title}\n{line}\n{'-' * len(line)}")
    for n, run in runs.items():
        cells = (f"{cost:>10.2f}{cost / first[name]:>6.2f}x" for name, cost in run.items())
        print(f"{n:>10}" + "".join(cells))
    largest = {name: max(run[name] / first[name] for run in runs.values()) for name in first}
    outside = [f"{name} ({ratio:.2f}x)" for name, ratio in largest.items() if ratio > LIMIT]
    print(f"within {LIMIT - 1:.0%}: " + (f"not {', '.join(outside)}" if outside else "all"))


SECTIONS = {
    "sentences": measure_sentences,
    "features": measure_features,
    "length": measure_length,
}


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="default: all")
    add("--repeats", type=int, default=3, help="default: %(default)s, with --quick 1")
    add("--hidden", type=int, default=32, help="units per direction (default: %(default)s)")
    add("--embedding", type=int, default=50, help="size of embeddings (default: %(default)s)")
    add("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats = 1
    return arguments


def main():
    """Print the tables or, in a fresh process, the figures of one call."""
    arguments = parse_arguments()
    if arguments.worker:
        call_worker(WORKERS, arguments.worker)
        return
    print(describe_machine())
    network = {"hidden_layer_sizes": arguments.hidden, "embedding_size": arguments.embedding}
    print(f"{arguments.hidden} units per direction, embeddings of {arguments.embedding}")
    options = network, arguments.quick, arguments.repeats
    figures = {name: SECTIONS[name](*options) for name in arguments.only}
    save_json(arguments.json, {"network": network, **figures})


if __name__ == "__main__":
    main()
