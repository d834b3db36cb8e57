"""Compare the speed of training and prediction with PyTorch and with the speed of the machine.

For each shape, epochs of training and predictions of the whole corpus, by sklstm and by PyTorch
(see _torch_peer.py), alternate with large float32 products. Speeds are medians over these rounds,
and ratios are medians of the ratios within a round. First, a check asserts that both compute the
same function. There is no dropout. There are two networks:

- "words": the sentences are generated, with 1 to 80 words; a word is one feature by default, there
  are 50 tags, and embeddings have 100 numbers;
- "default": the default features and characters of BiLSTMTagger, and sentences of UD English EWT,
  because the cost of characters depends on the number of unique words in a minibatch.

- Training is the second epoch of a fit. PyTorch's is an epoch over batches that are already
  tensors, after a few steps that are not counted; its first pass over batches of new shapes, which
  takes seconds, is not counted either.
- Prediction of sklstm goes from lists of str to lists of tags; that of PyTorch goes from tensors of
  numbers to tensors of numbers, in batches of several sizes, the fastest of which counts.
- The bound is the number of tokens whose floating-point operations the large products would
  compute in the same time: training needs three products where prediction needs one. The default
  network has no bound.

packed and padded are the fastest of PyTorch's ways of each kind: with dense and with sparse
gradients of the embedding table and, in prediction, with several sizes of batches. In the default
network, padded sentences have padded or packed characters. ours/packed above 1 means that ours is
faster. "of bound" is a share of the bound: prediction can exceed it, because each unique word is
multiplied once.
"""

import statistics
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _common import (
    PLAIN,
    alternate,
    command_line,
    count_tokens,
    describe_machine,
    fastest,
    find_peer,
    make_corpus,
    ratio,
    save_json,
    seconds_of,
    seconds_of_epoch,
    sgemm_rate,
)
from _taggers import DATA, FOLDERS, path_of
from sklearn.base import clone

from sklstm import BiLSTMTagger
from sklstm._threads import Executor
from sklstm.datasets import read_conll

N_TAGS, EMBEDDING_SIZE = 50, 100
# Small steps keep log-probabilities small, so that both agree to the fifth decimal.
LEARNING_RATE = 0.001
STANDARD = (128, 32)
UNITS, BATCH_SIZES = [64, 128, 256, 512], [8, 32, 128]
QUICK = [STANDARD, (64, 8), (256, 128)]
PREDICTION_BATCH_SIZES = [32, 128, 512]
TASKS = ["train", "predict"]
NO_DROPOUT = {"dropout": 0, "word_dropout": 0, "feature_dropout": 0}
# The parameters of both networks.
NETWORKS = {"words": {"embedding_size": EMBEDDING_SIZE, **PLAIN}, "default": {"label_smoothing": 0}}


class Shape(NamedTuple):
    """The sizes of a measurement; units are per direction and layer."""

    n_units: int
    batch_size: int
    n_layers: int
    n_sentences: int
    analyzer: str
    network: str = "words"

    def tagger(self):
        """Return an unfitted tagger."""
        parameters = NETWORKS[self.network] | NO_DROPOUT
        return BiLSTMTagger(
            (self.n_units,) * self.n_layers,
            analyzer=self.analyzer,
            batch_size=self.batch_size,
            alpha=0,
            learning_rate="constant",
            learning_rate_init=LEARNING_RATE,
            random_state=0,
            **parameters,
        )

    def corpus(self, data):
        """Return sentences and their tags; those of the treebank are from all of its parts."""
        if self.network == "words":
            return make_corpus(self.n_sentences, n_tags=N_TAGS)
        columns = read_conll(path_of(data / FOLDERS["english"], "train"))
        step = max(1, len(columns[0]) // self.n_sentences)
        return [column[::step][: self.n_sentences] for column in columns]


def flops_per_token(n_units, n_layers=1):
    """Return the floating-point operations of the products of a forward pass."""
    widths = [EMBEDDING_SIZE] + [2 * n_units] * (n_layers - 1)
    lstm = sum(2 * 2 * 4 * n_units * (n_units + width) for width in widths)
    return lstm + 2 * 2 * n_units * N_TAGS


def corpus_size(n_units, batch_size, quick):
    """Return a number of sentences: fewer for larger networks, but at least three batches."""
    standard, least = (500, 200) if quick else (2000, 250)
    share = flops_per_token(STANDARD[0]) / flops_per_token(n_units)
    return max(least, 3 * batch_size, min(standard, int(standard * share)))


def seconds_of_features(tagger, X):
    """Return how long `predict` takes to validate X and to compute the network's input."""

    def embed():
        model, tokens = tagger._check_predict(X)
        with Executor() as executor:
            model.embed_cached(tokens, tagger.analyzer, executor)

    return seconds_of(embed)


def peer_ways(torch_peer, tagger, X, y):
    """Return the ways to train and to predict with PyTorch: functions that return seconds."""
    sentences, classes = torch_peer.encode(tagger, X), torch_peer.encode_tags(tagger, y)
    peer = torch_peer.make_peer(tagger)
    ways = {}
    for name, make in torch_peer.ways_of(tagger).items():
        batches = torch_peer.training_batches(sentences, classes, make, tagger.batch_size)
        seconds_of_peer_epoch(torch_peer, tagger, False, batches)  # new shapes
        for sparse in (False, True):
            way = f"train {name} {'sparse' if sparse else 'dense'}"
            ways[way] = partial(seconds_of_peer_epoch, torch_peer, tagger, sparse, batches)
        for size in PREDICTION_BATCH_SIZES:
            batches = torch_peer.prediction_batches(sentences, make, size)
            torch_peer.predict(peer, batches)
            ways[f"predict {name} {size}"] = partial(seconds_of, torch_peer.predict, peer, batches)
    return ways


def seconds_of_peer_epoch(torch_peer, tagger, sparse, batches):
    """Train a new peer on a few batches, and return the seconds of an epoch after them."""
    peer = torch_peer.make_peer(tagger, sparse)
    optimizers = torch_peer.make_optimizers(peer, LEARNING_RATE)
    torch_peer.train(peer, optimizers, batches[:3])
    return seconds_of(torch_peer.train, peer, optimizers, batches)


def measure(shape, repeats, torch_peer, data):
    """Return the number of tokens, and the result of each way in each round."""
    X, y = shape.corpus(data)
    tagger = shape.tagger().set_params(max_iter=1).fit(X, y)
    ways = {
        "sgemm": sgemm_rate,
        "train ours": partial(seconds_of_epoch, clone(tagger), X, y),
        "predict ours": partial(seconds_of, tagger.predict, X),
        "features": partial(seconds_of_features, tagger, X),
    }
    if torch_peer is not None:
        torch_peer.check_same_function(tagger, torch_peer.make_peer(tagger), X[:100])
        ways |= peer_ways(torch_peer, tagger, X, y)
    tagger.predict(X)
    return count_tokens(X), alternate(ways, repeats)


def summarize(shape, n_tokens, rounds):
    """Return the figures of a shape: thousands of tokens per second, ratios and shares."""
    sgemm = statistics.median(rounds["sgemm"])
    figures = {
        **shape._asdict(),
        "n_tokens": n_tokens,
        "sgemm_gflops": sgemm,
        "features_share": ratio(rounds["features"], rounds["predict ours"]),
        "ktokens_s": {
            name: n_tokens / statistics.median(seconds) / 1e3
            for name, seconds in rounds.items()
            if name.startswith(tuple(TASKS))
        },
        "rounds": rounds,
    }
    for task, n_products in zip(TASKS, (3, 1), strict=True):
        ours, flops = rounds[f"{task} ours"], flops_per_token(shape.n_units, shape.n_layers)
        figures[task] = {}
        if shape.network == "words":
            # seconds at the rate of the large products of the same round, over seconds taken
            ideal = [n_tokens * n_products * flops / rate / 1e9 for rate in rounds["sgemm"]]
            figures[task] |= {"bound_ktokens_s": sgemm * 1e6 / n_products / flops}
            figures[task]["of_bound"] = ratio(ideal, ours)
        for way in ("packed", "padded"):
            if names := [name for name in rounds if name.startswith(f"{task} {way}")]:
                best = fastest(rounds, names)
                figures[task] |= {way: best, f"ours/{way}": ratio(rounds[best], ours)}
    return figures


def print_shape(figures):
    """Print the speed of each way."""
    print(
        f"{figures['n_units']} units, batches of {figures['batch_size']}: "
        f"{figures['n_sentences']} sentences, {figures['n_tokens']} tokens, "
        f"large products {figures['sgemm_gflops']:.0f} GFLOP/s"
    )
    for task in TASKS:
        speeds = [
            f"{name.removeprefix(task)[1:]} {speed:.1f}"
            for name, speed in figures["ktokens_s"].items()
            if name.startswith(task)
        ]
        if "bound_ktokens_s" in figures[task]:
            speeds.append(f"bound {figures[task]['bound_ktokens_s']:.0f}")
        print(f"  {task:8}{', '.join(speeds)}")
    print(
        f"  {figures['features_share']:.0%} of our prediction is the validation and the embedding "
        "of words\n",
        flush=True,
    )


def print_table(rows):
    """Print a line for each shape and task: PyTorch's fastest ways, and ratios to them."""
    titles = ["ours", "packed", "padded", "ours/packed", "ours/padded", "of bound"]
    line = "units  batch  task   " + "".join(f"{title:>13}" for title in titles)
    print(f"thousand tokens/s, the fastest of PyTorch's ways\n{line}\n{'-' * len(line)}")
    for row, task in product(rows, TASKS):
        figures, speeds = row[task], row["ktokens_s"]
        cells = [f"{speeds[f'{task} ours']:.1f}"]
        cells += [f"{speeds[figures[way]]:.1f}" if way in figures else "-" for way in titles[1:3]]
        cells += [f"{figures[name]:.2f}" if name in figures else "-" for name in titles[3:5]]
        cells.append(f"{figures['of_bound']:.0%}" if "of_bound" in figures else "-")
        print(
            f"{row['n_units']:5}{row['batch_size']:7}  {task:7}"
            + "".join(f"{cell:>13}" for cell in cells)
        )


def choose_shapes(options):
    """Return the requested shapes, the standard one first."""
    if options.network == "default":
        tagger = BiLSTMTagger()
        units, sizes = np.atleast_1d(tagger.hidden_layer_sizes)[:1].tolist(), [STANDARD[1]]
        analyzer = options.analyzer or tagger.analyzer
    else:
        units, sizes, analyzer = UNITS, BATCH_SIZES, options.analyzer or "word"
    if options.quick and options.network == "words" and not (options.units or options.batch_sizes):
        pairs = QUICK
    else:
        pairs = list(product(options.units or units, options.batch_sizes or sizes))
        pairs.sort(key=lambda pair: pair != STANDARD)
    n_layers, quick, network = options.layers, options.quick, options.network
    return [Shape(*pair, n_layers, corpus_size(*pair, quick), analyzer, network) for pair in pairs]


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--units", nargs="+", type=int, help=f"default: {UNITS}")
    add("--batch-sizes", nargs="+", type=int, help=f"default: {BATCH_SIZES}")
    add("--layers", type=int, default=1, help="stacked LSTMs (default: 1)")
    add("--network", choices=NETWORKS, default="words", help="default: words")
    add("--analyzer", choices=["word", "affix", "char_ngram"], help="default: that of the network")
    add("--repeats", type=int, default=5, help="rounds (default: 5)")
    add("--no-torch", action="store_true", help="measure without PyTorch")
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    return parser.parse_args()


def main():
    """Measure all shapes and print the tables."""
    options = parse_arguments()
    torch_peer = find_peer(not options.no_torch)
    print(describe_machine(), end="\n\n")
    rows = []
    for shape in choose_shapes(options):
        rows.append(summarize(shape, *measure(shape, options.repeats, torch_peer, options.data)))
        print_shape(rows[-1])
    print_table(rows)
    save_json(options.json, {"rows": rows})


if __name__ == "__main__":
    main()
