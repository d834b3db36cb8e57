"""Print the time and the memory of very large inputs, and whether a step is superlinear.

Each case runs at a quarter of its size and at its whole size, each in a fresh process (Linux). A
row shows the seconds of a step, those of the processor on all threads, and the peak of memory in
addition to that of the input. The number after the last two is their ratio to the quarter, divided
by the ratio of the work: 1 is proportional, and less is better than that. The network is small, as
its size does not matter here, and trains for one epoch. The data are synthetic.

sequence
    One sequence is predicted, of vectors with the softmax and of words with the CRF. The work is
    the number of tokens.
classes
    A fit and a prediction of 20,000 tokens with the softmax, and of 4,000 tokens with the CRF, with
    many classes. The work is the number of classes, or of pairs of them with the CRF.
words
    A fit and a prediction of words that all differ, in sentences of 10, with the default features.
stream
    Batches of 1,000 sentences of 10 words, passed to partial_fit. New words occur in each batch.
dicts
    A fit and a prediction of tokens that are dicts of 3 features, in sentences of 10.
"""

import argparse
import sys
import time
from functools import partial

import numpy as np
from _common import (
    PLAIN,
    command_line,
    describe_machine,
    make_word,
    save_json,
    seconds_of,
)
from footprint import MB, STATUS, call_worker, grow, in_a_fresh_process

from sklstm import BiLSTMTagger

LENGTH, BATCH = 10, 1_000
N_TOKENS = {"softmax": 20_000, "crf": 4_000}
SMALL = {"hidden_layer_sizes": 16, "embedding_size": 8, "max_iter": 1, "random_state": 0, **PLAIN}


def measure(function, *arguments):
    """Call a function; return seconds, those of the processor, and the growth of memory."""
    before = time.process_time()
    seconds, growth = grow(seconds_of, function, *arguments)
    return {"seconds": seconds, "cpu": time.process_time() - before, "peak": growth["peak"]}


def cut(tokens, length=LENGTH):
    """Cut tokens into sentences of one length."""
    return [tokens[start : start + length] for start in range(0, len(tokens), length)]


def make_words(n_words):
    """Return words that all differ."""
    return [make_word(rank) for rank in range(n_words)]


def fit_and_predict(tagger, X, y):
    """Measure a fit and a prediction, after a small fit that imports all modules."""
    BiLSTMTagger(**SMALL).fit(X[:50], y[:50]).predict(X[:1])
    return {"fit": measure(tagger.fit, X, y), "predict": measure(tagger.predict, X)}


# Workers: each runs in its own process, and returns figures by the name of the step.


def predict_vectors(n_tokens):
    """Predict one sequence of vectors."""
    x = np.random.default_rng(0).standard_normal((n_tokens, 8), dtype=np.float32)
    tagger = BiLSTMTagger(**SMALL).fit([x[:1000]], [(x[:1000, 0] > 0).astype(int)])
    tagger.predict([x[:1000]])
    return {"predict": measure(tagger.predict, [x])}


def predict_words(n_tokens):
    """Predict one sequence of words."""
    ranks = np.random.default_rng(0).integers(1000, size=n_tokens).tolist()
    words = make_words(1000)
    x, tags = [words[rank] for rank in ranks], [f"tag{rank % 12}" for rank in ranks[:1000]]
    tagger = BiLSTMTagger(**SMALL, output="crf").fit([x[:1000]], [tags])
    tagger.predict([x[:1000]])
    return {"predict": measure(tagger.predict, [x])}


def fit_classes(n_classes, output):
    """Fit and predict as many classes."""
    ranks = np.random.default_rng(0).permutation(np.arange(N_TOKENS[output]) % n_classes).tolist()
    X, y = cut([make_word(rank) for rank in ranks]), cut([f"tag{rank}" for rank in ranks])
    return fit_and_predict(BiLSTMTagger(**SMALL, output=output), X, y)


def fit_words(n_words):
    """Fit and predict words that all differ."""
    X, y = cut(make_words(n_words)), cut([f"tag{rank % 12}" for rank in range(n_words)])
    return fit_and_predict(BiLSTMTagger(**SMALL), X, y)


def fit_stream(n_sentences):
    """Pass a stream of sentences to partial_fit."""
    tagger = BiLSTMTagger(**SMALL, analyzer="word")
    rng, words = np.random.default_rng(0), make_words(100_000)
    classes = [f"tag{k}" for k in range(12)]

    def make_batch(n_sentences):
        # Of Zipf's distribution, new words come at all times.
        ranks = (rng.zipf(1.2, n_sentences * LENGTH) % len(words)).tolist()
        return cut([words[rank] for rank in ranks]), cut([classes[rank % 12] for rank in ranks])

    def train(n_batches):
        for _ in range(n_batches):
            tagger.partial_fit(*make_batch(BATCH), classes=classes)

    train(1)
    return {"partial_fit": measure(train, n_sentences // BATCH)}


def fit_dicts(n_tokens):
    """Fit and predict tokens that are dicts."""
    ranks = np.random.default_rng(0).zipf(1.2, n_tokens) % 100_000
    words = make_words(100_000)
    tokens = [
        {"word": word, "suffix": word[-2:], "length": len(word)}
        for word in map(words.__getitem__, ranks.tolist())
    ]
    y = cut([f"tag{rank % 12}" for rank in ranks.tolist()])
    return fit_and_predict(BiLSTMTagger(**SMALL), cut(tokens), y)


WORKERS = {
    worker.__name__: worker
    for worker in (predict_vectors, predict_words, fit_classes, fit_words, fit_stream, fit_dicts)
}

# Of each row: the section, the worker with its other arguments, the size, what is counted, and the
# power of the size that the work grows with.
CASES = [
    ("sequence", ["predict_vectors"], 1_000_000, "tokens, vectors", 1),
    ("sequence", ["predict_words"], 1_000_000, "tokens, words, CRF", 1),
    ("classes", ["fit_classes", "softmax"], 2_000, "classes, softmax", 1),
    ("classes", ["fit_classes", "crf"], 300, "classes, CRF", 2),
    ("words", ["fit_words"], 2_000_000, "distinct words", 1),
    ("stream", ["fit_stream"], 1_000_000, "sentences of a stream", 1),
    ("dicts", ["fit_dicts"], 10_000_000, "tokens, dicts", 1),
]
SECTIONS = list(dict.fromkeys(section for section, *_ in CASES))


def print_rows(name, power, runs):
    """Print a row for each size and step."""
    (small, first), (large, _) = runs.items()
    work = (large / small) ** power
    for n, run in runs.items():
        for step, costs in run.items():
            scale = 1 if n == small else work
            ratios = {key: cost / first[step][key] / scale for key, cost in costs.items()}
            print(
                f"{n:>11,} {name:<24}{step:<12}{costs['seconds']:>8.1f}"
                f"{costs['cpu']:>8.1f}{ratios['cpu']:>6.2f}x"
                f"{costs['peak'] / MB:>9.0f}{ratios['peak']:>6.2f}x",
                flush=True,
            )


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="default: all")
    add("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    """Print the table or, in a fresh process, the figures of one call."""
    arguments = parse_arguments()
    if not STATUS.exists():
        sys.exit(f"There is no {STATUS}: this benchmark needs Linux.")
    if arguments.worker:
        call_worker(WORKERS, arguments.worker)
        return
    print(describe_machine())
    print(f"\n{'size':>11} {'':<24}{'step':<12}{'seconds':>8}{'CPU s':>8}{'peak MB':>16}")
    figures = {}
    for section, (worker, *others), size, name, power in CASES:
        if section in arguments.only:
            size = size // 20 if arguments.quick and section != "classes" else size
            run = partial(in_a_fresh_process, __file__, worker)
            runs = {n: run(n, *others) for n in (size // 4, size)}
            print_rows(name, power, runs)
            figures[name] = runs
    save_json(arguments.json, figures)


if __name__ == "__main__":
    main()
