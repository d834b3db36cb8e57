"""Fits and predictions in many threads and processes at once, and the memory of failed fits."""

import gc
import os
import threading
import tracemalloc
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from _processes import in_a_process
from threadpoolctl import threadpool_info, threadpool_limits

from sklstm import BiLSTMTagger

N_THREADS, N_FITS, TIMEOUT = 16, 3, 120


def blas_threads():
    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


def call_at_once(functions):
    """Call each function in its own thread, all at the same time; return their results."""
    barrier, results = threading.Barrier(len(functions)), {}

    def call(k):
        barrier.wait(TIMEOUT)
        results[k] = functions[k]()

    threads = [threading.Thread(target=call, args=(k,), daemon=True) for k in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert not any(thread.is_alive() for thread in threads)
    return [results[k] for k in range(len(functions))]


SMALL = {"hidden_layer_sizes": 4, "embedding_size": 8, "char_hidden_size": 4, "max_iter": 2}


def new_tagger(seed=0, **params):
    return BiLSTMTagger(**SMALL | params, random_state=seed)


def fit_anew(X, y, seed):
    return new_tagger(seed).fit(X, y).loss_curve_


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_threads_predict_with_one_tagger_while_others_are_fitted(english, output):
    X, y = english
    tagger = new_tagger(output=output).fit(X[:20], y[:20])
    # Each thread has other words, which no earlier prediction has seen.
    parts = [X[k::N_THREADS] for k in range(N_THREADS)]
    expected = [(tagger.predict(part), tagger.predict_proba(part)) for part in parts]
    losses = [fit_anew(X, y, seed) for seed in range(N_FITS)]
    tagger = new_tagger(output=output).fit(X[:20], y[:20])  # without cached words

    def predict_often(part):
        return [(tagger.predict(part), tagger.predict_proba(part)) for _ in range(5)]

    with threadpool_limits(2):
        before = blas_threads()
        results = call_at_once(
            [partial(predict_often, part) for part in parts]
            + [partial(fit_anew, X, y, seed) for seed in range(N_FITS)]
        )
        assert blas_threads() == before
    assert results[N_THREADS:] == losses
    for (tags, proba), answers in zip(expected, results, strict=False):
        for tags_at_once, proba_at_once in answers:
            assert tags_at_once.tolist() == tags.tolist()
            assert_close(proba_at_once, proba)


def assert_close(proba, others):
    np.testing.assert_allclose(np.concatenate(proba), np.concatenate(others), atol=1e-6)


def fit_and_predict_in_threads(tagger, X, y):
    """Return what threads of this process predict, and the loss of a fit at the same time."""
    *probabilities, losses = call_at_once(
        [partial(tagger.predict_proba, X)] * 4 + [partial(fit_anew, X, y, 1)]
    )
    return probabilities, losses


@pytest.mark.parametrize("method", ["fork", "spawn", "loky"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_threads_of_another_process_give_the_same_answers(english, method):
    if method == "fork" and not hasattr(os, "fork"):
        pytest.skip("there is no fork on this system")
    X, y = english
    tagger = new_tagger().fit(X, y)
    expected, losses = tagger.predict_proba(X), fit_anew(X, y, 1)
    probabilities, losses_there = in_a_process(method, fit_and_predict_in_threads, tagger, X, y)
    assert losses_there == losses
    for proba in probabilities:
        assert_close(proba, expected)


# -- memory --------------------------------------------------------------------------------------


class Ending:
    """A callback that raises an error at the end of an epoch, or requests to stop for None."""

    def __init__(self, error=None, epoch=0):
        self.error, self.epoch = error, epoch

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name != "epoch" or context.task_id != self.epoch:
            return False
        if self.error is not None:
            raise self.error("from a callback")
        return True

    def teardown(self, estimator, context):
        pass


def failing_analyzer(word):
    return [word] if word != "w99" else None


WORDS = [[f"w{10 * k + i}" for i in range(10)] for k in range(200)]
TAGS = [["A", "B"] * 5] * 200
LARGE = {"analyzer": "word", "embedding_size": 200, "char_hidden_size": 0}
FAILURES = {
    "a callback fails": {"callback": Ending(RuntimeError)},
    "interrupted in the first epoch": {"callback": Ending(KeyboardInterrupt, epoch=0)},
    "interrupted in a later epoch": {"callback": Ending(KeyboardInterrupt, epoch=1)},
    "stopped by a callback": {"callback": Ending()},
    "numbers overflow": {"learning_rate_init": 1e38, "solver": "sgd", "max_grad_norm": 1e38},
    "the analyzer fails": {"analyzer": failing_analyzer},
}


def fit_and_fail(method, callback=None, **params):
    """Fit a large tagger, which is then deleted, and ignore the failure."""
    tagger = new_tagger(**LARGE | params)
    if callback is not None:
        tagger.set_callbacks(callback)
    # UserWarning: that of an interrupted fit, which is an error in these tests
    with suppress(RuntimeError, ValueError, TypeError, UserWarning, KeyboardInterrupt):
        getattr(tagger, method)(WORDS, TAGS)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_fit_that_ends_early_frees_its_memory(method, failure):
    fit_and_fail(method, **FAILURES[failure])  # modules and caches are loaded
    gc.collect()
    tracemalloc.start()
    try:
        fit_and_fail(method, **FAILURES[failure])
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 50_000 < peak
