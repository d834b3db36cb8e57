"""Print every figure of docs/accuracy.rst: the accuracy of BiLSTMTagger and of its components.

There are six parts. "taggers" is scored on the test splits, all others on dev:

- taggers: the defaults and two other taggers, on parts of speech and on entities;
- ablation: the effect of each component, by changing one at a time;
- curve: accuracy over the number of training sentences;
- confusions: the most frequent confusions of tags;
- calibration: the reliability of the probabilities;
- vectors: the gain of word vectors that are made from text without tags.

README.rst, in this folder, describes how to run this and how to read the output.
"""

import json
import os
import sys
from collections import Counter
from importlib.metadata import version
from itertools import chain, islice, starmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _common import command_line, describe_machine, usable_cores
from _taggers import (
    DATA,
    ENTITIES,
    FOLDERS,
    TAGGERS,
    measure,
    path_of,
    print_corpora,
    read_corpus,
    with_sentences,
)
from joblib import Parallel, delayed, parallel_config
from scipy.sparse import coo_array
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_info

from sklstm import BiLSTMTagger

# The parameters for entities that are not the defaults.
CRF = {"output": "crf", "scheme": "BIO"}

# The rows of the ablation: changes of the defaults or, for entities, of the defaults with `CRF`.
# A row without a change is skipped.
ABLATION = {
    "defaults": {},
    "no affixes": {"analyzer": "word"},
    "n-grams for affixes": {"analyzer": "char_ngram"},
    "n-grams, no characters": {"analyzer": "char_ngram", "char_hidden_size": 0},
    "no characters": {"char_hidden_size": 0},
    "no feature dropout": {"feature_dropout": 0.0},
    "neither of these two": {"char_hidden_size": 0, "feature_dropout": 0.0},
    "no word dropout": {"word_dropout": 0.0},
    "no dropout of units": {"dropout": 0.0},
    "no label smoothing": {"label_smoothing": 0.0},
    "constant learning rate": {"learning_rate": "constant"},
    "one direction": {"bidirectional": False},
    "softmax": {"output": "softmax", "scheme": None},
    "CRF without scheme": {"output": "crf", "scheme": None},
}
DEFAULTS = BiLSTMTagger().get_params()

SIZES = (100, 200, 500, 1000, 2000, 5000)  # of the curve; the last point is all sentences
SIZES_WITH_VECTORS = (200, 500, 1000, 5000)
N_BINS = 15
N_CONFUSIONS = 10
N_AROUND = 4  # words on each side of an example
QUICK, QUICK_PARAMS = 200, {"max_iter": 3}

# The columns of each table: the name of the figure, its title and its format.
TIMES = {
    "fit_s": ("fit s", ">9.1f"),
    "predict_ktokens_s": ("predict k tokens/s", ">20.1f"),
}
WHO = {"corpus": ("corpus", "<11"), "tagger": ("tagger", "<15"), "seed": ("seed", ">5")}
POS_COLUMNS = WHO | {
    "accuracy": ("accuracy", ">11.2%"),
    "known": ("known", ">11.2%"),
    "unknown": ("unknown", ">11.2%"),
    **TIMES,
}
ENTITY_COLUMNS = WHO | {
    "precision": ("precision", ">11.2%"),
    "recall": ("recall", ">11.2%"),
    "f1": ("F1", ">11.2%"),
    **TIMES,
}
ABLATION_COLUMNS = {
    "corpus": ("corpus", "<11"),
    "title": ("change", "<24"),
    "mean": ("mean", ">9.2%"),
    "spread": ("sd", ">8.2%"),
    "difference": ("to defaults", ">+13.2%"),
    "fit_s": ("fit s", ">9.1f"),
}
CURVE_COLUMNS = {
    "tagger": ("tagger", "<10"),
    "n_sentences": ("sentences", ">10"),
    "mean": ("mean", ">9.2%"),
    "least": ("lowest", ">9.2%"),
    "most": ("highest", ">9.2%"),
    "spread": ("sd", ">8.2%"),
    "fit_s": ("fit s", ">9.1f"),
}
CONFUSION_COLUMNS = {
    "true": ("true", "<7"),
    "predicted": ("predicted", "<10"),
    "count": ("count", ">6"),
    "share": ("of errors", ">11.1%"),
    "example": ("   the most frequent word", ""),
}
CALIBRATION_COLUMNS = {
    "output": ("output", "<22"),
    "accuracy": ("accuracy", ">10.2%"),
    "confidence": ("confidence", ">12.2%"),
    "error": ("calibration error", ">19.2%"),
    "spread": ("sd", ">8.2%"),
}
VECTOR_COLUMNS = {
    "n_sentences": ("sentences", ">9"),
    "without": ("without", ">10.2%"),
    "without_spread": ("sd", ">8.2%"),
    "with": ("with", ">10.2%"),
    "with_spread": ("sd", ">8.2%"),
    "gain": ("gain", ">+8.2%"),
    "without_s": ("fit s", ">9.1f"),
    "with_s": ("with, s", ">9.1f"),
}


# -- fits ---------------------------------------------------------------------------------------


class Fit(NamedTuple):
    """A tagger with its parameters, its training data, and the split to score it on."""

    corpus: str
    tagger: str = "ours"
    params: tuple = ()  # parameters of BiLSTMTagger that are not the defaults
    seed: int | None = None
    split: str = "dev"
    n_sentences: int | None = None  # drawn with the seed; None: all, in their order
    with_vectors: bool = False

    @property
    def keeps_probabilities(self):
        """Whether confusions and calibration need the predictions of the fit."""
        others = [name for name, _ in self.params if name != "output"]
        about = self.corpus, self.tagger, self.split, self.n_sentences, self.with_vectors
        return not others and about == ("english", "ours", "dev", None, False)


def ours(corpus, seed, params=(), **more):
    """Return a fit of BiLSTMTagger, without parameters that equal the defaults."""
    params = {name: value for name, value in dict(params).items() if value != DEFAULTS[name]}
    return Fit(corpus, params=tuple(sorted(params.items())), seed=seed, **more)


def carry_out(fit, corpus, more):
    """Fit and score once, BiLSTMTagger with more parameters; return the figures as a dict."""
    if fit.tagger != "ours":
        return measure(TAGGERS[fit.tagger].fit, corpus, fit.seed)
    tagger = BiLSTMTagger(random_state=fit.seed, **(dict(fit.params) | more))
    figures = measure(lambda X, y, seed: tagger.fit(X, y).predict, corpus, fit.seed)
    if fit.keeps_probabilities:
        figures["classes"] = tagger.classes_
        figures["proba"] = np.concatenate(tagger.predict_proba(corpus.X_held_out))
    return figures


class Runner:
    """Carries out fits, several at once if requested, and keeps their results."""

    def __init__(self, corpora, n_jobs, n_threads, more):
        self.corpora, self.n_jobs, self.n_threads, self.more = corpora, n_jobs, n_threads, more
        self.vectors = None
        self.found = {}

    def __call__(self, fits):
        """Yield the figures of each fit, in order, as soon as they are available."""
        new = [fit for fit in dict.fromkeys(fits) if fit not in self.found]
        results = zip(new, self.start(map(self.arguments, new)), strict=True)
        for fit in fits:
            while fit not in self.found:
                done, figures = next(results)
                self.found[done] = figures
                if done == new[-1]:
                    next(results, None)  # joblib warns about results that are not consumed
            yield self.found[fit]

    def groups(self, groups):
        """Yield the name and the figures of each group of fits, as soon as it is complete."""
        figures = self(list(chain.from_iterable(groups.values())))
        for name, fits in groups.items():
            yield name, list(islice(figures, len(fits)))

    def start(self, arguments):
        """Yield the results of this process, or of several processes with their own threads."""
        if self.n_jobs == 1:
            yield from starmap(carry_out, arguments)
        else:
            with parallel_config("loky", inner_max_num_threads=self.n_threads):
                pool = Parallel(self.n_jobs, return_as="generator", batch_size=1)
            yield from pool(delayed(carry_out)(*each) for each in arguments)

    def arguments(self, fit):
        """Return the arguments of `carry_out` for a fit."""
        corpus = self.corpora[fit.corpus, fit.split]
        if fit.n_sentences is not None:
            order = np.random.default_rng(fit.seed).permutation(len(corpus.X))
            corpus = with_sentences(corpus, order[: fit.n_sentences])
        given = {"embeddings": self.vectors} if fit.with_vectors else {}
        return fit, corpus, self.more | given


# -- figures ------------------------------------------------------------------------------------


def spread(values):
    """Return the standard deviation of a sample; None for a single value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def summarize(corpus, runs):
    """Return the mean, standard deviation and range of the scores of fits, and their seconds."""
    scores = [run["f1" if corpus in ENTITIES else "accuracy"] for run in runs]
    return {
        "scores": scores,
        "mean": float(np.mean(scores)),
        "spread": spread(scores),
        "least": min(scores),
        "most": max(scores),
        "fit_s": float(np.mean([run["fit_s"] for run in runs])),
    }


def width_of(form):
    """Return the part of a format that applies to any text."""
    return form.split(".")[0].replace("+", "")


def print_titles(columns):
    """Print the titles of the columns."""
    line = "".join(format(title, width_of(form)) for title, form in columns.values())
    print(f"\n{line}\n{'-' * len(line)}", flush=True)


def print_row(columns, row):
    """Print one row of a table, with a dash for a missing value."""
    cells = [
        format("-", width_of(form)) if row[name] is None else format(row[name], form)
        for name, (_, form) in columns.items()
    ]
    print("".join(cells), flush=True)


# -- the parts ----------------------------------------------------------------------------------

# Each prints its tables, and yields their rows as soon as they are complete.


def taggers(runner, options):
    """Fit all taggers and score them on the test splits."""
    entities = [name for name in options.corpora if name in ENTITIES]
    others = [name for name in options.corpora if name not in ENTITIES]
    for columns, corpora in ((POS_COLUMNS, others), (ENTITY_COLUMNS, entities)):
        if corpora:
            yield from compare(runner, columns, contenders(corpora, options.seeds))


def contenders(corpora, seeds):
    """Return the fits of each tagger on each corpus, one for each seed if the tagger has one."""
    fits = {}
    for corpus in corpora:
        in_two_ways = {"ours, softmax": {}, "ours, CRF": CRF}
        for name, params in (in_two_ways if corpus in ENTITIES else {"ours": {}}).items():
            fits[corpus, name] = [ours(corpus, seed, params, split="test") for seed in seeds]
        for name in ("crfsuite",) if corpus in ENTITIES else ("crfsuite", "nltk"):
            if TAGGERS[name].found:
                seen = seeds if TAGGERS[name].seeded else [None]
                fits[corpus, name] = [Fit(corpus, name, seed=s, split="test") for s in seen]
    return fits


def compare(runner, columns, fits):
    """Print and yield a row for each fit, and for the mean and standard deviation of several."""
    print_titles(columns)
    found = runner(list(chain.from_iterable(fits.values())))
    for (corpus, tagger), group in fits.items():
        about = {"corpus": corpus, "tagger": tagger}
        runs = []
        for fit, figures in zip(group, found, strict=False):
            runs.append(about | {"seed": fit.seed} | figures)
            print_row(columns, runs[-1])
            yield runs[-1]
        for title, of in (("mean", np.mean), ("sd", spread)) if len(runs) > 1 else ():
            names = [name for name in columns if name not in WHO]
            figures = {name: float(of([run[name] for run in runs])) for name in names}
            print_row(columns, about | {"seed": title} | figures)
            yield about | {"seed": title} | figures


def ablation(runner, options):
    """Change one component at a time and score on the dev splits."""
    fits = {}
    for corpus in options.corpora:
        base = CRF if corpus in ENTITIES else {}
        for title, params in ABLATION.items():
            group = [ours(corpus, seed, base | params) for seed in options.seeds]
            if title == "defaults" or group != fits[corpus, "defaults"]:
                fits[corpus, title] = group
    rows = {}
    print_titles(ABLATION_COLUMNS)
    for (corpus, title), runs in runner.groups(fits):
        row = {"corpus": corpus, "title": title, **summarize(corpus, runs)}
        row["difference"] = row["mean"] - rows.get((corpus, "defaults"), row)["mean"]
        rows[corpus, title] = row
        print_row(ABLATION_COLUMNS, row)
        yield row
    print_side_by_side(rows, options.corpora)


def print_side_by_side(rows, corpora):
    """Print the ablation again, with the corpora as columns."""
    columns = {"title": ABLATION_COLUMNS["title"]}
    for corpus in corpora:
        columns[corpus, "mean"] = (corpus, ">11.2%")
        columns[corpus, "spread"] = ("sd", ">7.2%")
        columns[corpus, "fit_s"] = ("s", ">7.1f")
    print_titles(columns)
    for title in ABLATION:
        cells = {
            key: rows.get((key[0], title), {}).get(key[1]) for key in columns if key != "title"
        }
        print_row(columns, {"title": title} | cells)


def curve(runner, options):
    """Fit on more and more sentences of English, drawn at random, and score on dev."""
    n_all = len(runner.corpora["english", "dev"].X)
    sizes = [*(n for n in SIZES if n < n_all), None]
    fits = {
        ("ours", n): [ours("english", seed, n_sentences=n) for seed in options.seeds] for n in sizes
    }
    if TAGGERS["crfsuite"].found:
        for n in sizes:  # all sentences are the same for each seed
            seeds = [None] if n is None else options.seeds
            fits["crfsuite", n] = [
                Fit("english", "crfsuite", seed=seed, n_sentences=n) for seed in seeds
            ]
    print_titles(CURVE_COLUMNS)
    for (tagger, n), runs in runner.groups(fits):
        row = {"tagger": tagger, "n_sentences": n or n_all, **summarize("english", runs)}
        print_row(CURVE_COLUMNS, row)
        yield row


def confusions(runner, options):
    """Count the confusions of tags on the dev split of English, with one seed."""
    [found] = runner([ours("english", options.seeds[0])])
    corpus = runner.corpora["english", "dev"]
    predicted = found["classes"][found["proba"].argmax(axis=1)]
    places = [(words, i) for words in corpus.X_held_out for i in range(len(words))]
    errors = {}
    for place, *pair in zip(places, corpus.tags_held_out, predicted, strict=True):
        if pair[0] != pair[1]:
            errors.setdefault(tuple(map(str, pair)), []).append(place)
    n_errors = sum(map(len, errors.values()))
    print_titles(CONFUSION_COLUMNS)
    for pair in sorted(errors, key=lambda pair: -len(errors[pair]))[:N_CONFUSIONS]:
        row = dict(zip(("true", "predicted"), pair, strict=True))
        row |= {"count": len(errors[pair]), "share": len(errors[pair]) / n_errors}
        row["example"] = f"   {typical(errors[pair])}"
        print_row(CONFUSION_COLUMNS, row)
        yield row | {"example": row["example"].strip(), "n_errors": n_errors}
    print(f"{n_errors} errors in {len(places)} words")


def typical(places):
    """Return the most frequent word at some places, with the context of its first place."""
    [(most, _)] = Counter(words[i].lower() for words, i in places).most_common(1)
    words, i = next((words, i) for words, i in places if words[i].lower() == most)
    before, after = words[max(0, i - N_AROUND) : i], words[i + 1 : i + 1 + N_AROUND]
    return " ".join([*before, f"[{words[i]}]", *after])


def calibration(runner, options):
    """Compare the highest probability of each word with the accuracy."""
    tags = runner.corpora["english", "dev"].tags_held_out
    fits = {
        output: [ours("english", seed, {"output": output}) for seed in options.seeds]
        for output in ("softmax", "crf")
    }
    kept = {}
    print(f"Expected calibration error, of {N_BINS} bins of equal width.")
    print_titles(CALIBRATION_COLUMNS)
    for output, runs in runner.groups(fits):
        kept[output] = [run["proba"] for run in runs]
        classes = runs[0]["classes"]
        yield calibration_row(output, kept[output], classes, tags)
    if len(options.seeds) > 1:
        averaged = np.mean(kept["softmax"], axis=0)
        title = f"softmax, {len(options.seeds)} averaged"
        yield calibration_row(title, [averaged], classes, tags)


def calibration_row(title, probabilities, classes, tags):
    """Print and return the means over some taggers, and their bins together."""
    sums = np.array([sums_of_bins(proba, classes, tags) for proba in probabilities])
    errors = [np.abs(confidence - right).sum() / len(tags) for _, confidence, right in sums]
    counts, confidence, right = sums.sum(axis=0)
    row = {
        "output": title,
        "accuracy": right.sum() / counts.sum(),
        "confidence": confidence.sum() / counts.sum(),
        "error": float(np.mean(errors)),
        "spread": spread(errors),
    }
    print_row(CALIBRATION_COLUMNS, row)
    bins = [
        {"bin": k, "count": n, "confidence": confidence[k] / n, "accuracy": right[k] / n}
        for k, n in enumerate(counts)
        if n
    ]
    return row | {"n_bins": N_BINS, "bins": bins}


def sums_of_bins(proba, classes, tags):
    """Return, for each bin, the number of words, the sum of their confidence, and correct ones."""
    confidence = proba.max(axis=1).astype(float)
    right = classes[proba.argmax(axis=1)] == tags
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return [np.bincount(bins, weights, N_BINS) for weights in (None, confidence, right)]


def vectors(runner, options):
    """Fit on few tagged sentences of English, without and with vectors from all its text."""
    sentences = runner.corpora["english", "dev"].X
    runner.vectors = vectors_from_text(sentences)
    print(f"Vectors of {len(runner.vectors)} words, from {len(sentences)} sentences without tags.")
    fits = {
        (n, given): [
            ours("english", seed, n_sentences=n, with_vectors=given) for seed in options.seeds
        ]
        for n in SIZES_WITH_VECTORS
        if n <= len(sentences)
        for given in (False, True)
    }
    print_titles(VECTOR_COLUMNS)
    row = {}
    for (n, given), runs in runner.groups(fits):
        found, name = summarize("english", runs), "with" if given else "without"
        row |= {"n_sentences": n, name: found["mean"], f"{name}_s": found["fit_s"]}
        row |= {f"{name}_spread": found["spread"], f"{name}_scores": found["scores"]}
        if given:
            row["gain"] = row["with"] - row["without"]
            print_row(VECTOR_COLUMNS, row)
            yield row
            row = {}


def vectors_from_text(sentences, n_features=100, n_contexts=2000):
    """Return a vector for each word that occurs at least three times, computed from its neighbours.

    A word is represented by its context [1]_: the two words on its left and the two on its right
    are counted, if they are among the most frequent words. The counts are converted to positive
    pointwise mutual information, and a truncated singular value decomposition reduces it.

    Parameters
    ----------
    sentences : list of list of str
    n_features : int, default=100
    n_contexts : int, default=2000

    Returns
    -------
    vectors : dict of str to ndarray of shape (n_features,)
        The keys are words in lower case; the mean square of each vector is 1.

    References
    ----------
    .. [1] Omer Levy, Yoav Goldberg and Ido Dagan, "Improving distributional similarity with lessons
       learned from word embeddings", 2015.
    """
    frequencies = Counter(word.lower() for words in sentences for word in words).most_common()
    ranks = {word: rank for rank, (word, n) in enumerate(frequencies) if n >= 3}
    # all sentences, with a gap as wide as the window after each of them; rare words are gaps
    text = np.array([ranks.get(w.lower(), -1) for words in sentences for w in (*words, "", "")])
    pairs = [(text[n:], text[:-n], 0) for n in (1, 2)]  # words, and words on their left
    pairs += [(text[:-n], text[n:], n_contexts) for n in (1, 2)]  # words, and words on their right
    cells = [
        (words[counted], contexts[counted] + column)
        for words, contexts, column in pairs
        for counted in [(words >= 0) & (contexts >= 0) & (contexts < n_contexts)]
    ]
    rows, columns = (np.concatenate(each) for each in zip(*cells, strict=True))
    counts = coo_array((np.ones(len(rows)), (rows, columns)), (len(ranks), 2 * n_contexts))
    counts = counts.tocsr().tocoo()  # sums duplicates
    expected = counts.sum(axis=1)[counts.row] * counts.sum(axis=0)[counts.col] / counts.sum()
    counts.data = np.maximum(0, np.log(counts.data / expected))
    found = TruncatedSVD(n_features, random_state=0).fit_transform(counts.tocsr())
    sizes = np.sqrt(np.mean(found**2, axis=1, keepdims=True))
    found = (found / np.where(sizes > 0, sizes, 1)).astype(np.float32)
    return dict(zip(ranks, found, strict=True))


PARTS = {
    "taggers": taggers,
    "ablation": ablation,
    "curve": curve,
    "confusions": confusions,
    "calibration": calibration,
    "vectors": vectors,
}
ALL_CORPORA = ("taggers", "ablation")  # the other parts are about English


# -- the command line ---------------------------------------------------------------------------


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="default: all")
    add("--corpora", nargs="+", choices=FOLDERS, default=list(FOLDERS), help="default: all")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], help="default: 0 1 2 3 4")
    add("--jobs", type=int, default=1, metavar="N", help="fits at once (default: 1)")
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("--jobs must be at least 1")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"there is no folder {options.json.resolve().parent}")
    if options.quick:
        options.seeds = options.seeds[:1]
    if "english" not in options.corpora:
        for part in [part for part in options.parts if part not in ALL_CORPORA]:
            print(f"{part} is skipped, because it needs english, which is not in --corpora")
            options.parts.remove(part)
    return options


def read_corpora(options):
    """Read the corpora of the parts, print their sizes, and return them by name and split."""
    folders = {}
    for part in options.parts:
        names = options.corpora if part in ALL_CORPORA else ["english"]
        split = "test" if part == "taggers" else "dev"
        folders |= {(name, split): options.data / FOLDERS[name] for name in names}
    paths = [
        path_of(folder, part) for (_, split), folder in folders.items() for part in ("train", split)
    ]
    if missing := [str(path) for path in dict.fromkeys(paths) if not path.is_file()]:
        sys.exit("No such file: " + ", ".join(missing) + "\nPass --data the folder of the corpora.")
    n_first = QUICK if options.quick else None
    corpora = {key: read_corpus(folder, key[1], n_first) for key, folder in folders.items()}
    for split in ("test", "dev"):
        print_corpora({name: c for (name, s), c in corpora.items() if s == split}, split)
    return corpora


def describe_fits(options):
    """Print the machine and how fits run; return the threads of a fit and the printed lines."""
    machine = describe_machine().splitlines()
    others = [tagger.package for name, tagger in TAGGERS.items() if name != "ours" and tagger.found]
    machine += [", ".join(f"{package} {version(package)}" for package in others)] if others else []
    allowed = [blas["num_threads"] for blas in threadpool_info() if blas["user_api"] == "blas"]
    n_threads = max(1, min(allowed, default=usable_cores()) // options.jobs)
    machine.append(f"fits at once: {options.jobs}, threads of each of ours: {n_threads}")
    print("\n".join(machine))
    for name, tagger in TAGGERS.items():
        if not tagger.found:
            print(f'{name} is skipped; to install {tagger.package}: pip install ".[bench]"')
    return n_threads, machine


def save_part(path, name, figures):
    """Write the figures of a part to the file, and keep those of other parts."""
    if path is None:
        return
    parts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(parts | {name: figures}, indent=1) + "\n", encoding="utf-8")
    os.replace(new, path)


def main():
    """Print the tables."""
    options = parse_arguments()
    n_threads, machine = describe_fits(options)
    more = QUICK_PARAMS if options.quick else {}
    runner = Runner(read_corpora(options), options.jobs, n_threads, more)
    about = {"machine": machine, "seeds": options.seeds, "quick": options.quick}
    for part in options.parts:
        print(f"\n\n{part}: {PARTS[part].__doc__}")
        rows = []
        for row in PARTS[part](runner, options):
            rows.append(row)
            save_part(options.json, part, about | {"rows": rows})


if __name__ == "__main__":
    main()
