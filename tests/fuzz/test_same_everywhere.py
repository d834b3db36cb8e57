"""The same bits for any number of threads, process, hash seed and file; order does not matter."""

import os
import pickle
import subprocess
import sys
from itertools import chain
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos, make_tagged_sequences

# The names of processors for OpenBLAS, which it then has the kernels of; others ignore them.
OTHER_CORES = ["Nehalem", "Haswell", "SkylakeX"]
few = settings(max_examples=max(3, settings().max_examples // 10))
SMALL = {"embedding_size": 8, "char_hidden_size": 3, "max_iter": 2, "random_state": 0}


def words():
    """Return sentences and their tags."""
    X, y = load_english_pos(subset="train", return_X_y=True)
    return X[:24], y[:24]


def dicts():
    """Return words as dicts, with sets, whose order depends on the hash seed, and their tags."""
    X, y = words()
    return [[{"form": word, "letters": {*word}, "n": len(word)} for word in x] for x in X], y


def matrices():
    """Return sequences of vectors and their tags."""
    return make_tagged_sequences(24, max_length=40, random_state=0)


DATA = {"words": words, "dicts": dicts, "vectors": matrices}


def digest(tagger, X):
    """Return a digest of everything that was learned, and of predictions."""
    methods = (tagger.predict, tagger.predict_proba, tagger.predict_log_proba)
    content = [tagger.__getstate__(), *(method(X) for method in methods)]
    return joblib.hash(content, coerce_mmap=True)


parameters = st.fixed_dictionaries(
    {
        "hidden_layer_sizes": st.sampled_from([1, 7, (5, 4)]),
        "bidirectional": st.booleans(),
        "char_hidden_size": st.sampled_from([0, 3]),
        "analyzer": st.sampled_from(["affix", "char_ngram", "word"]),
        "output": st.sampled_from(["softmax", "crf"]),
        "solver": st.sampled_from(["adam", "sgd"]),
        "batch_size": st.sampled_from([1, 5, "auto"]),
        "early_stopping": st.booleans(),
        "shuffle": st.booleans(),
        "random_state": st.integers(0, 2**32 - 1),
    }
)


@few
@given(params=parameters, kind=st.sampled_from([*DATA]))
def test_a_seed_gives_the_same_bits_on_any_number_of_threads(params, kind):
    X, y = DATA[kind]()
    digests = set()
    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            digests.add(digest(BiLSTMTagger(**SMALL | params).fit(X, y), X))
    assert len(digests) == 1


def fit_all():
    """Return a digest for each kind of tokens and each output."""
    digests = []
    for make in DATA.values():
        X, y = make()
        for output in ("softmax", "crf"):
            digests.append(digest(BiLSTMTagger(6, **SMALL, output=output).fit(X, y), X))
    return digests


def run(program, **variables):
    """Run a program in a new process, and return what it prints."""
    process = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | variables, capture_output=True, text=True,
        check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    return process.stdout.strip()


def test_a_seed_gives_the_same_bits_in_any_process_and_with_any_hash_seed():
    program = "from fuzz.test_same_everywhere import fit_all; print(fit_all())"
    expected = str(fit_all())
    assert run(program, PYTHONHASHSEED="0", OMP_NUM_THREADS="1") == expected
    assert run(program, PYTHONHASHSEED="12345", OMP_NUM_THREADS="3") == expected


def load_pickle(path, tagger):
    return pickle.loads(pickle.dumps(tagger))


def load_joblib(path, tagger):
    joblib.dump(tagger, path / "tagger.joblib")
    return joblib.load(path / "tagger.joblib", mmap_mode="r")


def load_skops(path, tagger):
    skops.io.dump(tagger, path / "tagger.skops")
    trusted = skops.io.get_untrusted_types(file=path / "tagger.skops")
    return skops.io.load(path / "tagger.skops", trusted=trusted)


@pytest.mark.parametrize("load", [load_pickle, load_joblib, load_skops])
@pytest.mark.parametrize("kind", [*DATA])
@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_a_loaded_tagger_predicts_and_continues_with_the_same_bits(tmp_path, load, kind, output):
    X, y = DATA[kind]()
    tagger = BiLSTMTagger(6, **SMALL, output=output).partial_fit(X, y)
    loaded = load(tmp_path, tagger)
    assert digest(loaded, X) == digest(tagger, X)
    assert digest(loaded.partial_fit(X, y), X) == digest(tagger.partial_fit(X, y), X)


def longer_corpus(kind):
    """Return more tokens than a batch of a prediction has, in sequences of many lengths."""
    if kind == "vectors":
        return make_tagged_sequences(120, min_length=1, max_length=90, random_state=1)[0]
    rng = np.random.RandomState(1)
    known = [*chain(*load_english_pos(subset="test", return_X_y=True)[0])]
    X = [rng.choice(known, length).tolist() for length in rng.randint(1, 90, 120)]
    return X if kind == "words" else [[{"form": word, "n": len(word)} for word in x] for x in X]


@pytest.fixture(scope="module", params=[*DATA])
def fitted(request):
    """A fitted tagger, a corpus, and what it predicts for all sequences at once."""
    X, y = DATA[request.param]()
    if request.param == "dicts":
        X = [[{"form": token["form"], "n": token["n"]} for token in x] for x in X]
    tagger = BiLSTMTagger((24, 8), **SMALL | {"learning_rate_init": 0.02, "max_iter": 8}).fit(X, y)
    corpus = longer_corpus(request.param)
    assert sum(map(len, corpus)) > 4096
    return tagger, corpus, tagger.predict_proba(corpus), tagger.predict(corpus)


@few
@given(
    seed=st.integers(0, 2**32 - 1), n_parts=st.integers(1, 40), n_threads=st.sampled_from([1, 2])
)
def test_a_prediction_does_not_depend_on_order_and_grouping(fitted, seed, n_parts, n_threads):
    tagger, X, p, y = fitted
    rng = np.random.RandomState(seed)
    order = rng.permutation(len(X))
    tolerance = 1e-6 if p[0].dtype == np.float32 else 1e-12
    with threadpool_limits(n_threads):
        for part in np.array_split(order, np.sort(rng.choice(len(X), n_parts - 1))):
            chosen = [X[i] for i in part]
            for i, tags, proba in zip(
                part, tagger.predict(chosen), tagger.predict_proba(chosen), strict=True
            ):
                assert tags == y[i]
                np.testing.assert_allclose(proba, p[i], rtol=0, atol=tolerance)


def predict_with(path):
    """Print the probabilities that a stored tagger predicts."""
    tagger = joblib.load(path)
    print([each.tolist() for each in tagger.predict_proba(longer_corpus("words")[:40])])


@pytest.mark.parametrize(
    "core", ["Prescott", *(pytest.param(core, marks=pytest.mark.long) for core in OTHER_CORES)]
)
def test_other_kernels_of_the_blas_and_of_numpy_change_probabilities_by_1e_5_at_most(
    tmp_path, core
):
    X, y = words()
    tagger = BiLSTMTagger((24, 8), **SMALL | {"learning_rate_init": 0.02, "max_iter": 8}).fit(X, y)
    joblib.dump(tagger, tmp_path / "tagger.joblib")
    features = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    program = "import sys; from fuzz.test_same_everywhere import predict_with; "
    output = run(
        f"{program}predict_with({str(tmp_path / 'tagger.joblib')!r})",
        OPENBLAS_CORETYPE=core,
        NPY_DISABLE_CPU_FEATURES=" ".join(features),
    )
    expected = tagger.predict_proba(longer_corpus("words")[:40])
    for p, other in zip(expected, eval(output), strict=True):
        np.testing.assert_allclose(np.array(other).reshape(p.shape), p, rtol=0, atol=1e-5)
