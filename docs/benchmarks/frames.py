"""Print the time of conversions between data frames and sequences, and of transformers.

The data frame has one token in each row: two columns that identify its sentence, a word, two
numbers and a tag. It is measured in pandas and in polars, with its rows in the order of the
sentences and shuffled. Transformers are timed alone, on one table of all tokens, and inside a
TokenTransformer, on a list with a data frame or a list of words for each sentence. Figures are
medians over rounds in which all alternate.
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
DOCUMENT_SIZE = 20  # sentences


def make_table(n_sentences):
    """Return the columns of a table by name, in the order of the sentences."""
    words, tags = make_corpus(n_sentences, shortest=5, longest=60)
    sentences = np.repeat(np.arange(n_sentences), list(map(len, words)))
    rng = np.random.default_rng(0)
    return {
        "document": [f"document {k}" for k in (sentences // DOCUMENT_SIZE).tolist()],
        "sentence": (sentences % DOCUMENT_SIZE).tolist(),
        "word": [word for sentence in words for word in sentence],
        "tag": [tag for sentence in tags for tag in sentence],
        **{name: rng.normal(size=len(sentences)).tolist() for name in NUMBERS},
    }


def ways_with_tables(name, frame, shuffled):
    """Return the functions to time with the tables of one library, by name."""
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
    """Return the functions to time with transformers, by name."""
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
