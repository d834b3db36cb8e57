"""The fits of accuracy.py: each is carried out once, several at the same time if requested."""

from itertools import chain, islice, starmap
from typing import NamedTuple

import joblib
import numpy as np
from _taggers import ENTITIES, OTHERS, measure, with_sentences
from joblib import Parallel, delayed, parallel_config

from sklstm import BiLSTMTagger
from sklstm.ensemble import VotingTagger

DEFAULTS = BiLSTMTagger().get_params()
# The parameters for entities that are not the defaults.
CRF = {"output": "crf", "scheme": "BIO"}


class Fit(NamedTuple):
    """A tagger with its parameters, its training data, and the split to score it on."""

    corpus: str
    tagger: str = "ours"
    params: tuple = ()  # parameters of BiLSTMTagger that are not the defaults
    seed: int | None = None
    split: str = "dev"
    n_sentences: int | None = None  # drawn with the seed; None: all, in their order
    with_vectors: bool = False
    n_voters: int = 1  # the taggers of a VotingTagger

    @property
    def keeps_probabilities(self):
        """Whether confusions and calibration need the predictions of the fit."""
        output = tuple(pair for pair in self.params if pair[0] == "output")
        return self == Fit("english", params=output, seed=self.seed)


def ours(corpus, seed, params=(), **more):
    """Return a fit of BiLSTMTagger, without parameters that equal the defaults."""
    params = {name: value for name, value in dict(params).items() if value != DEFAULTS[name]}
    return Fit(corpus, params=tuple(sorted(params.items())), seed=seed, **more)


def variant(corpus, seed, params, split="dev"):
    """Return a fit of the defaults for a kind of tags, with some parameters changed.

    Parameters
    ----------
    corpus : str
        The defaults for a corpus of entities include `CRF`.
    seed : int
    params : dict
        Parameters of BiLSTMTagger and, as "n_voters", the number of taggers of a VotingTagger.
    split : {"dev", "test"}, default="dev"

    Returns
    -------
    fit : Fit
    """
    params = (CRF if corpus in ENTITIES else {}) | params
    n_voters = params.pop("n_voters", 1)
    return ours(corpus, seed, params, split=split, n_voters=n_voters)


def make_tagger(fit, params, embeddings=None):
    """Return an unfitted BiLSTMTagger or VotingTagger; no two fits share the seed of a voter."""
    params = params | {"embeddings": embeddings}
    if fit.n_voters == 1:
        return BiLSTMTagger(**params | {"random_state": fit.seed})
    first = fit.n_voters * fit.seed
    return VotingTagger(
        [
            (f"seed{seed}", BiLSTMTagger(**params | {"random_state": seed}))
            for seed in range(first, first + fit.n_voters)
        ]
    )


def carry_out(fit, params, digest, corpus, embeddings=None):
    """Fit and score once.

    Parameters
    ----------
    fit : Fit
    params : dict
        All parameters of BiLSTMTagger but `embeddings`; empty for other taggers.
    digest : str
        Identifies the corpus for the cache, which ignores the corpus itself.
    corpus : Corpus
    embeddings : dict, default=None

    Returns
    -------
    figures : dict
    """
    if fit.tagger != "ours":
        return measure(OTHERS[fit.tagger].fit, corpus, fit.seed)
    tagger = make_tagger(fit, params, embeddings)
    figures = measure(lambda X, y, seed: tagger.fit(X, y).predict, corpus, fit.seed)
    if fit.keeps_probabilities:
        figures["classes"] = tagger.classes_
        figures["proba"] = np.concatenate(tagger.predict_proba(corpus.X_held_out))
    return figures


class Runner:
    """Carries out fits and keeps their figures: in memory, and in a folder if there is a cache.

    The key of a fit in the cache consists of all parameters and of the corpus, but not of the code
    of the tagger.
    """

    def __init__(self, corpora, n_jobs, n_threads, more, cache=None):
        self.corpora, self.n_jobs, self.n_threads, self.more = corpora, n_jobs, n_threads, more
        memory = joblib.Memory(cache, verbose=0)
        self.carry_out = memory.cache(carry_out, ignore=["corpus", "embeddings"])
        self.digests = {key: cache and joblib.hash(corpus) for key, corpus in corpora.items()}
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
            yield from starmap(self.carry_out, arguments)
        else:
            with parallel_config("loky", inner_max_num_threads=self.n_threads):
                pool = Parallel(self.n_jobs, return_as="generator", batch_size=1)
            yield from pool(delayed(self.carry_out)(*each) for each in arguments)

    def arguments(self, fit):
        """Return the arguments of `carry_out` for a fit."""
        key = fit.corpus, fit.split
        corpus = self.corpora[key]
        if fit.n_sentences is not None:
            order = np.random.default_rng(fit.seed).permutation(len(corpus.X))
            corpus = with_sentences(corpus, order[: fit.n_sentences])
        if fit.tagger != "ours":
            return fit, {}, self.digests[key], corpus
        params = DEFAULTS | dict(fit.params) | self.more
        del params["embeddings"]
        vectors = self.vectors if fit.with_vectors else None
        return fit, params, self.digests[key], corpus, vectors
