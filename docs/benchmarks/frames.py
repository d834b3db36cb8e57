"""Print how long data frames of tokens take to become sequences, and to be transformed.

A table with one token in each row, two columns that say which sentence it belongs to, a word, two
numbers and a tag, in pandas and in polars; its rows are in the order of the sentences, and
shuffled. Transformers are timed alone, on all tokens as one table, beside a TokenTransformer around
them on a list with a data frame or a list of words for each sentence. Medians over rounds in which
all take turns.
"""

import statistics
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
from _common import alternate, command_line, describe_machine, make_corpus, save_json, seconds_of
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import StandardScaler

from sklstm.datasets import sequences_from_frame, sequences_to_frame, tags_to_frame
from sklstm.preprocessing import TokenTransformer

LIBRARIES = {"pandas": pd, "polars": pl}
GROUP, NUMBERS = ["document", "sentence"], ["x", "z"]
N_SENTENCES, QUICK = 50_000, 5_000
OF_A_DOCUMENT = 20  # sentences


def make_table(n_sentences):
    """Return the columns of a table by their names, in the order of the sentences."""
    words, tags = make_corpus(n_sentences, shortest=5, longest=60)
    sentences = np.repeat(np.arange(n_sentences), list(map(len, words)))
    rng = np.random.default_rng(0)
    return {
        "document": [f"document {k}" for k in (sentences // OF_A_DOCUMENT).tolist()],
        "sentence": (sentences % OF_A_DOCUMENT).tolist(),
        "word": [word for sentence in words for word in sentence],
        "tag": [tag for sentence in tags for tag in sentence],
        **{name: rng.normal(size=len(sentences)).tolist() for name in NUMBERS},
    }


def ways_with_tables(name, frame, shuffled):
    """Return what is timed with the tables of one library, by what it does."""
    group = {"group": GROUP}
    X, y = sequences_from_frame(frame, **group, columns="word", target="tag")
    mixed = sequences_from_frame(shuffled, **group, columns="tag")
    return {
        "to words and tags": partial(
            sequences_from_frame, frame, **group, columns="word", target="tag"
        ),
        "to words and tags, shuffled": partial(
            sequences_from_frame, shuffled, **group, columns="word", target="tag"
        ),
        "to data frames": partial(sequences_from_frame, frame, **group, columns=NUMBERS),
        "tags to their rows": partial(tags_to_frame, frame, y, **group, name="new"),
        "tags to their rows, shuffled": partial(
            tags_to_frame, shuffled, mixed, **group, name="new"
        ),
        "lists to a table": partial(
            sequences_to_frame, X, y, group="sentence", columns="word", target="tag", output=name
        ),
    }


def ways_with_transformers(frame):
    """Return what is timed with transformers, by what it does."""
    frames = sequences_from_frame(frame, group=GROUP, columns=NUMBERS)
    words = sequences_from_frame(frame, group=GROUP, columns="word")
    table, flat = frame[NUMBERS], frame["word"].to_list()
    scaler, hasher = StandardScaler(), HashingVectorizer(analyzer="char", n_features=64)
    return {
        "scale numbers, alone": partial(scaler.fit_transform, table),
        "scale numbers of data frames": partial(TokenTransformer(scaler).fit_transform, frames),
        "hash characters, alone": partial(hasher.fit_transform, flat),
        "hash characters of words": partial(TokenTransformer(hasher).fit_transform, words),
    }


def measure(library, columns, repeats):
    """Return the median seconds of each way for a library."""
    frame = LIBRARIES[library].DataFrame(columns)
    order = np.random.default_rng(0).permutation(len(frame))
    shuffled = frame.iloc[order] if library == "pandas" else frame[order]
    ways = ways_with_tables(library, frame, shuffled) | ways_with_transformers(frame)
    rounds = alternate({way: partial(seconds_of, call) for way, call in ways.items()}, repeats)
    return {way: statistics.median(seconds) for way, seconds in rounds.items()}


def main():
    """Print the table."""
    parser = command_line(__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default: 3)")
    arguments = parser.parse_args()
    columns = make_table(QUICK if arguments.quick else N_SENTENCES)
    n_sentences = len(set(zip(*(columns[name] for name in GROUP), strict=True)))
    print(describe_machine())
    print(f"pandas {pd.__version__}, polars {pl.__version__}")
    print(f"{len(columns['word']):,} tokens in {n_sentences:,} sentences")
    found = {library: measure(library, columns, arguments.repeats) for library in LIBRARIES}
    print(f"{'':32}{'pandas s':>10}{'polars s':>10}")
    for way in found["pandas"]:
        print(f"{way:32}" + "".join(f"{found[library][way]:10.2f}" for library in LIBRARIES))
    figures = {"tokens": len(columns["word"]), "sentences": n_sentences, "seconds": found}
    save_json(arguments.json, figures)


if __name__ == "__main__":
    main()
