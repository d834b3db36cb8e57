"""The memory of processes that fit and predict many times, and of long sequences."""

import ctypes
import gc
import pickle
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from _processes import in_a_process
from sklearn.base import clone

from sklstm import BiLSTMTagger, _model

STATM = Path("/proc/self/statm")
on_linux = pytest.mark.skipif(not STATM.exists(), reason="there is no /proc on this system")

SMALL = {"hidden_layer_sizes": 8, "embedding_size": 16, "char_hidden_size": 4, "random_state": 0}
TAGS = ["A", "B", "C"]
MB = 1e6


def memory():
    """Return the resident memory of this process in bytes, without memory that is free."""
    gc.collect()
    with suppress(OSError, AttributeError):  # the C library need not be glibc
        ctypes.CDLL(None).malloc_trim(0)
    return int(STATM.read_text().split()[1]) * 4096


def growth(step, n):
    """Call a function n times; return the growth of memory in the last two thirds of the calls."""
    for k in range(n // 3):
        step(k)
    before = memory()
    for k in range(n // 3, n):
        step(k)
    return memory() - before


def sentences(k, n_sentences=5):
    """Return sentences with many new words for each k, and their tags."""
    ranks = np.random.default_rng(k).integers(100, size=(n_sentences, 6)).tolist()
    X = [[f"w{k}x{rank}" for rank in row] for row in ranks]
    return X, [[TAGS[rank % len(TAGS)] for rank in row] for row in ranks]


def fit_often(n):
    taggers = [BiLSTMTagger(**SMALL, max_iter=2, output=output) for output in ("softmax", "crf")]
    return growth(lambda k: taggers[k % 2].fit(*sentences(k, 40)), n)


def predict_often(n):
    _model._CACHE_BYTES = 1 << 18  # so that the cache is full from time to time
    tagger = BiLSTMTagger(**SMALL, max_iter=2).fit(*sentences(0, 40))
    return growth(lambda k: tagger.predict(sentences(k, 1)[0]), n)


def partial_fit_often(n):
    """Return the growth of memory, and the size of the pickled tagger."""
    tagger = BiLSTMTagger(**SMALL | {"char_hidden_size": 0}, analyzer="word")
    clone(tagger).partial_fit(*sentences(0), classes=TAGS)  # imports all modules
    before = memory()
    for k in range(n):
        tagger.partial_fit(*sentences(k), classes=TAGS)
    return memory() - before, len(pickle.dumps(tagger))


@on_linux
@pytest.mark.parametrize("n", [30, pytest.param(300, marks=pytest.mark.long)])
def test_fits_one_after_another_do_not_add_memory(n):
    assert in_a_process("spawn", fit_often, n, timeout=600) < 3 * MB


@on_linux
@pytest.mark.parametrize("n", [1_500, pytest.param(100_000, marks=pytest.mark.long)])
def test_predictions_of_new_words_do_not_add_memory(n):
    assert in_a_process("spawn", predict_often, n, timeout=1200) < 3 * MB


@on_linux
@pytest.mark.parametrize("n", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_memory_of_a_stream_of_new_words_is_in_proportion_to_the_model(n):
    grown, size = in_a_process("spawn", partial_fit_often, n, timeout=1200)
    assert grown < 2 * MB + 3 * size


def test_a_long_sequence_takes_memory_for_its_states_but_not_for_its_gates():
    n_tokens, n_units, width = 4_000, 512, 8
    x = np.random.default_rng(0).normal(size=(n_tokens, width)).astype(np.float32)
    tagger = BiLSTMTagger(n_units, max_iter=1).fit([x[:50]], [(x[:50, 0] > 0).astype(int)])
    tagger.predict([x[:50]])
    tracemalloc.start()
    try:
        tagger.predict([x])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * MB + n_tokens * (600 + 20 * n_units + 12 * width)
