"""The parts of accuracy.py that are about UD English EWT, scored on its dev split."""

from collections import Counter

import numpy as np
from _figures import print_row, print_titles, spread, summarize
from _fits import Fit, ours
from _taggers import OTHERS
from scipy.sparse import coo_array
from sklearn.decomposition import TruncatedSVD

SIZES = (100, 200, 500, 1000, 2000, 5000)  # of the curve; the last point is all sentences
SIZES_WITH_VECTORS = (200, 500, 1000, 5000)
N_BINS = 15
N_CONFUSIONS = 10
N_AROUND = 4  # words on each side of an example

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


def curve(runner, options):
    """Fit on more and more sentences of English, drawn at random, and score on dev."""
    n_all = len(runner.corpora["english", "dev"].X)
    sizes = [*(n for n in SIZES if n < n_all), None]
    fits = {
        ("ours", n): [ours("english", seed, n_sentences=n) for seed in options.seeds] for n in sizes
    }
    if OTHERS["crfsuite"].found:
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
