"""The other taggers that accuracy.py compares, the corpora to fit them on, and their scores.

Each `fit_...` takes sentences, their tags and a seed, and returns a function that tags sentences.
"""

import random
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from sklstm.datasets import read_conll
from sklstm.metrics import span_precision_recall_fscore_support

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
    "maltese": "ud_maltese_mudt",
    "wolof": "ud_wolof_wtb",
    "north_sami": "ud_north_sami_giella",
    "wnut17": "wnut17",
}
ENTITIES = ("wnut17",)  # tagged with spans; all others are tagged with parts of speech
# These have no dev split: the last sentences of train are held out for it.
WITHOUT_DEV = ("ud_north_sami_giella",)
N_DEV = 250


# -- taggers ------------------------------------------------------------------------------------


def fit_crfsuite(X, y, seed):
    """Fit a conditional random field; nothing in it is random."""
    crf = sklearn_crfsuite.CRF(
        algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True
    )
    crf.fit([features_of_sentence(words) for words in X], y)
    return lambda X: crf.predict([features_of_sentence(words) for words in X])


def fit_nltk(X, y, seed):
    """Fit an averaged perceptron, which shuffles with the `random` module."""
    random.seed(seed)
    tagger = perceptron.PerceptronTagger(load=False)
    tagger.train([list(zip(*pair, strict=True)) for pair in zip(X, y, strict=True)], nr_iter=5)
    return lambda X: [[tag for _, tag in tagger.tag(words)] for words in X]


def features_of_sentence(words):
    """Return a dict for each word, with its features and those of both neighbours."""
    features = []
    for i, word in enumerate(words):
        named = {"bias": 1.0, **features_of_word(word)}
        named |= features_of_neighbour(words[i - 1], "-1:") if i > 0 else {"BOS": True}
        more = i + 1 < len(words)
        named |= features_of_neighbour(words[i + 1], "+1:") if more else {"EOS": True}
        features.append(named)
    return features


def features_of_word(word):
    """Return the features of a word: its lower case, affixes, capitals, digits and hyphens."""
    lower = word.lower()
    prefixes = {f"prefix{n}": lower[:n] for n in range(1, 7)}
    suffixes = {f"suffix{n}": lower[-n:] for n in range(1, 7)}
    flags = {"digit": any(map(str.isdigit, word)), "hyphen": "-" in word}
    return {"word": word, **features_of_neighbour(word, ""), **prefixes, **suffixes, **flags}


def features_of_neighbour(word, prefix):
    """Return the features of a word for its neighbours."""
    return {
        f"{prefix}lower": word.lower(),
        f"{prefix}upper": word.isupper(),
        f"{prefix}title": word.istitle(),
    }


class Tagger(NamedTuple):
    """How to fit a tagger, whether it has a seed, and whether it is installed."""

    fit: object
    seeded: bool
    package: str
    found: bool = True


OTHERS = {
    "crfsuite": Tagger(fit_crfsuite, False, "sklearn-crfsuite", sklearn_crfsuite is not None),
    "nltk": Tagger(fit_nltk, True, "nltk", perceptron is not None),
}


# -- corpora ------------------------------------------------------------------------------------


class Corpus(NamedTuple):
    """Sentences and tags to fit on and to score on, and which words of the latter are known."""

    X: list
    y: list
    X_held_out: list
    y_held_out: list
    known: np.ndarray
    has_entities: bool = False

    @property
    def tags_held_out(self):
        """Return the tags to score on, of all sentences in one array."""
        return flat(self.y_held_out)


def path_of(folder, part):
    """Return the path of a part of a corpus: train, dev or test."""
    return folder / f"{part}.{'conll' if folder.name in ENTITIES else 'conllu'}.xz"


def is_cut_from_train(folder, split):
    """Return whether a split has no file and consists of the last sentences of train."""
    return split == "dev" and folder.name in WITHOUT_DEV


def paths_of(folder, split):
    """Return the paths of train and, if it has a file, of a split."""
    parts = ["train"] if is_cut_from_train(folder, split) else ["train", split]
    return [path_of(folder, part) for part in parts]


def read_corpus(folder, split, n_sentences):
    """Read the first `n_sentences` (None: all) to fit on, and the whole of the `split`."""
    has_entities = folder.name in ENTITIES
    layout = None if has_entities else "conllu"
    (X, y), *others = (read_conll(path, layout=layout) for path in paths_of(folder, split))
    X_held_out, y_held_out = others[0] if others else (X[-N_DEV:], y[-N_DEV:])
    if is_cut_from_train(folder, split):
        X, y = X[:-N_DEV], y[:-N_DEV]
    corpus = Corpus(X, y, X_held_out, y_held_out, None, has_entities)
    return with_sentences(corpus, slice(n_sentences))


def with_sentences(corpus, chosen):
    """Return the corpus with some of its sentences to fit on, as a slice or indices."""
    if isinstance(chosen, slice):
        X, y = corpus.X[chosen], corpus.y[chosen]
    else:
        X, y = ([column[i] for i in chosen] for column in (corpus.X, corpus.y))
    vocabulary = set(chain.from_iterable(X))
    known = np.array([word in vocabulary for words in corpus.X_held_out for word in words])
    return corpus._replace(X=X, y=y, known=known)


def flat(tags):
    """Return the tags of all sentences in one array."""
    return np.array(list(chain.from_iterable(tags)))


def sizes_of(corpus):
    """Return the numbers of sentences and words of a corpus as a dict."""
    seen = set(map(tuple, corpus.X))
    return {
        "n_sentences": len(corpus.X),
        "n_words": sum(map(len, corpus.X)),
        "n_held_out": len(corpus.known),
        "unknown": float(1 - corpus.known.mean()),
        "n_repeated": sum(tuple(words) in seen for words in corpus.X_held_out),
    }


def print_corpora(corpora, split):
    """Print the sizes of the corpora."""
    for name, corpus in corpora.items():
        sizes = sizes_of(corpus)
        print(
            f"{name}: fit on {sizes['n_sentences']} sentences, {sizes['n_words']} words; "
            f"{split} {sizes['n_held_out']} words, {sizes['unknown']:.1%} of them unknown, and "
            f"{sizes['n_repeated']} sentences that are also in the training data"
        )


# -- scores -------------------------------------------------------------------------------------


def measure(fit, corpus, seed):
    """Fit once, tag once, and return the figures as a dict."""
    started = perf_counter()
    predict = fit(corpus.X, corpus.y, seed)
    fitted = perf_counter()
    tags = predict(corpus.X_held_out)
    ended = perf_counter()
    right = flat(tags) == corpus.tags_held_out
    entities = score_entities(corpus.y_held_out, tags) if corpus.has_entities else {}
    return entities | {
        "accuracy": float(right.mean()),
        "known": float(right[corpus.known].mean()),
        "unknown": float(right[~corpus.known].mean()),
        "fit_s": fitted - started,
        "predict_ktokens_s": len(right) / 1000 / (ended - fitted),
    }


def score_entities(y_true, y_pred):
    """Return precision, recall and F1 of entities: type, first and last word must be correct.

    One of three entities is found, and one of two predicted entities has the wrong type:

    >>> y_true = [["B-person", "I-person", "O", "B-group"], ["O", "B-person"]]
    >>> y_pred = [["B-person", "I-person", "O", "B-person"], ["O", "O"]]
    >>> score_entities(y_true, y_pred)
    {'precision': 0.5, 'recall': 0.3333333333333333, 'f1': 0.4}
    """
    scores = span_precision_recall_fscore_support(
        y_true, y_pred, scheme="BIO", average="micro", zero_division=0
    )
    return dict(zip(("precision", "recall", "f1"), scores, strict=False))
