"""Compare the accuracy and the speed of BiLSTMTagger with those of two other taggers.

README.rst, in this folder, says how to run this and how to read what it prints.
"""

import argparse
import json
import platform
import random
import sys
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import joblib
import numpy as np

import sklstm
from sklstm.datasets import read_conll

try:
    import sklearn_crfsuite
except ImportError:
    sklearn_crfsuite = None
try:
    from nltk.tag import perceptron
except ImportError:
    perceptron = None

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDERS = {
    "english": "ud_english_ewt",
    "ukrainian": "ud_ukrainian_parlamint",
    "uyghur": "ud_uyghur_udt",
}
QUICK = 500

# The columns of the table: the name of the figure, its title and its format.
COLUMNS = {
    "corpus": ("corpus", "<10"),
    "tagger": ("tagger", "<9"),
    "seed": ("seed", ">5"),
    "accuracy": ("accuracy", ">9.2%"),
    "known": ("known", ">8.2%"),
    "unknown": ("unknown", ">8.2%"),
    "fit_s": ("fit s", ">9.1f"),
    "predict_ktokens_s": ("predict k tokens/s", ">19.1f"),
}


# Each `fit_...` takes sentences, their tags and a seed, and returns a function that tags sentences.


def fit_ours(X, y, seed):
    """Fit BiLSTMTagger with its default parameters."""
    return sklstm.BiLSTMTagger(random_state=seed).fit(X, y).predict


def fit_crfsuite(X, y, seed):
    """Fit a conditional random field; nothing in it is random."""
    crf = sklearn_crfsuite.CRF(
        algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True
    )
    crf.fit([features_of_sentence(words) for words in X], y)
    return lambda X: crf.predict([features_of_sentence(words) for words in X])


def fit_nltk(X, y, seed):
    """Fit an averaged perceptron, which shuffles by the `random` module."""
    random.seed(seed)
    tagger = perceptron.PerceptronTagger(load=False)
    tagger.train([list(zip(*pair, strict=True)) for pair in zip(X, y, strict=True)], nr_iter=5)
    return lambda X: [[tag for _, tag in tagger.tag(words)] for words in X]


def features_of_sentence(words):
    """Return a dict for each word, with the features of itself and of both its neighbours."""
    features = []
    for i, word in enumerate(words):
        named = {"bias": 1.0, **features_of_word(word)}
        named |= features_of_neighbour(words[i - 1], "-1:") if i > 0 else {"BOS": True}
        more = i + 1 < len(words)
        named |= features_of_neighbour(words[i + 1], "+1:") if more else {"EOS": True}
        features.append(named)
    return features


def features_of_word(word):
    """Return what the tagger's own words are known by: the word, its affixes, its capitals."""
    lower = word.lower()
    prefixes = {f"prefix{n}": lower[:n] for n in range(1, 4)}
    suffixes = {f"suffix{n}": lower[-n:] for n in range(1, 5)}
    flags = {"digit": any(map(str.isdigit, word)), "hyphen": "-" in word}
    return {"word": word, **features_of_neighbour(word, ""), **prefixes, **suffixes, **flags}


def features_of_neighbour(word, prefix):
    """Return what a word is known by from beside it."""
    return {
        f"{prefix}lower": word.lower(),
        f"{prefix}upper": word.isupper(),
        f"{prefix}title": word.istitle(),
    }


class Tagger(NamedTuple):
    """How to fit a tagger, whether a seed matters to it, and whether it is installed."""

    fit: object
    seeded: bool
    package: str
    found: bool = True


TAGGERS = {
    "ours": Tagger(fit_ours, True, "sklstm"),
    "crfsuite": Tagger(fit_crfsuite, False, "sklearn-crfsuite", sklearn_crfsuite is not None),
    "nltk": Tagger(fit_nltk, True, "nltk", perceptron is not None),
}


class Corpus(NamedTuple):
    """Sentences and tags to fit on, those to score on, and which words of these are known."""

    X: list
    y: list
    X_held_out: list
    tags_held_out: np.ndarray
    known: np.ndarray


def read_corpus(folder, split, n_sentences):
    """Read the first `n_sentences` (None: all) to fit on, and the whole of the `split`."""
    X, y = (column[:n_sentences] for column in read_conll(folder / "train.conllu.xz"))
    X_held_out, y_held_out = read_conll(folder / f"{split}.conllu.xz")
    vocabulary = set(chain.from_iterable(X))
    known = np.array([word in vocabulary for words in X_held_out for word in words])
    return Corpus(X, y, X_held_out, flat(y_held_out), known)


def flat(tags):
    """Return the tags of all sentences in one array."""
    return np.array(list(chain.from_iterable(tags)))


def measure(fit, corpus, seed):
    """Fit once, tag once, and return the figures as a dict."""
    started = perf_counter()
    predict = fit(corpus.X, corpus.y, seed)
    fitted = perf_counter()
    tags = predict(corpus.X_held_out)
    ended = perf_counter()
    right = flat(tags) == corpus.tags_held_out
    return {
        "accuracy": float(right.mean()),
        "known": float(right[corpus.known].mean()),
        "unknown": float(right[~corpus.known].mean()),
        "fit_s": fitted - started,
        "predict_ktokens_s": len(right) / 1000 / (ended - fitted),
    }


def mean(rows):
    """Return the mean of the figures of several runs."""
    names = [name for name in COLUMNS if name not in ("corpus", "tagger", "seed")]
    return {name: float(np.mean([row[name] for row in rows])) for name in names}


def print_row(row):
    """Print one row of the table."""
    shown = row | {"seed": "-" if row["seed"] is None else row["seed"]}
    print("".join(format(shown[name], form) for name, (_, form) in COLUMNS.items()), flush=True)


def print_titles():
    """Print the titles of the columns, as wide as these are."""
    titles = (format(title, form.split(".")[0]) for title, form in COLUMNS.values())
    line = "".join(titles)
    print(f"\n{line}\n{'-' * len(line)}")


def run(names, corpora, seeds):
    """Fit all taggers on all corpora, print a row for each run, and return the rows."""
    rows = []
    print_titles()
    for corpus_name, corpus in corpora.items():
        for name in names:
            runs = []
            for seed in seeds if TAGGERS[name].seeded else [None]:
                figures = measure(TAGGERS[name].fit, corpus, seed)
                runs.append({"corpus": corpus_name, "tagger": name, "seed": seed, **figures})
                print_row(runs[-1])
            if len(runs) > 1:
                runs.append({**runs[0], "seed": "mean", **mean(runs)})
                print_row(runs[-1])
            rows += runs
    return rows


def describe_machine():
    """Return the number of cores and the versions of what is compared; None if missing."""
    packages = ["numpy", "scikit-learn", *(tagger.package for tagger in TAGGERS.values())]
    machine = {"cores": joblib.cpu_count(), "python": platform.python_version()}
    for package in packages:
        try:
            machine[package] = version(package)
        except PackageNotFoundError:
            machine[package] = None
    return machine | {"sklstm": sklstm.__version__}


def print_corpora(corpora, split):
    """Print the sizes of the corpora."""
    for name, corpus in corpora.items():
        n_fit, n_held_out = sum(map(len, corpus.X)), len(corpus.known)
        print(
            f"{name}: fit on {len(corpus.X)} sentences, {n_fit} words; "
            f"{split} {n_held_out} words, {1 - corpus.known.mean():.1%} of them unknown"
        )


def parse_arguments():
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--corpora", nargs="+", choices=FOLDERS, default=list(FOLDERS), help="default: all")
    add("--only", nargs="+", choices=TAGGERS, default=list(TAGGERS), help="default: all")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], help="default: 0 1 2")
    add("--dev", action="store_true", help="score on dev, as tuning does, instead of test")
    add("--quick", action="store_true", help=f"fit on {QUICK} sentences, with the first seed only")
    add("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    return parser.parse_args()


def main():
    """Print the table."""
    arguments = parse_arguments()
    split, quick = "dev" if arguments.dev else "test", arguments.quick
    folders = {name: arguments.data / FOLDERS[name] for name in arguments.corpora}
    paths = [
        folder / f"{part}.conllu.xz" for folder in folders.values() for part in ("train", split)
    ]
    if missing := [str(path) for path in paths if not path.is_file()]:
        sys.exit("No such file: " + ", ".join(missing) + "\nPass --data the folder of the corpora.")

    machine = describe_machine()
    print(", ".join(f"{name} {value or 'missing'}" for name, value in machine.items()))
    for name in arguments.only:
        if not TAGGERS[name].found:
            print(f'{name} is left out; to install {TAGGERS[name].package}: pip install ".[bench]"')
    corpora = {
        name: read_corpus(folder, split, QUICK if quick else None)
        for name, folder in folders.items()
    }
    print_corpora(corpora, split)
    names = [name for name in arguments.only if TAGGERS[name].found]
    rows = run(names, corpora, arguments.seeds[:1] if quick else arguments.seeds)
    if arguments.json:
        figures = {"machine": machine, "split": split, "quick": quick, "rows": rows}
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
