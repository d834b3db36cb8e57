"""Fits of taggers and ensembles, for any data and parameters."""

import copy
import numbers
from itertools import chain

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from sklstm import BiLSTMTagger
from sklstm.ensemble import VotingTagger

from ._estimators import X_DICTS, X_WORDS, Y_WORDS, tiny
from ._properties import REFUSED, assert_probabilities, call, works
from ._strategies import (
    any_tagged,
    corrupted,
    forms_of_tags,
    junk,
    raise_user_error,
    scalars,
    tagged,
    weights,
    words,
)

PLACES = "X|y|y_val|X_val|sample_weight|sample_weight_val|classes|Found array|Expected 2D array"
KINDS = st.sampled_from(["words", "dicts", "vectors"])
# Numbers of units, epochs and columns that would only need much time and memory.
LARGE = range(17, 2**45)


def check_fitted(tagger, X, y):
    """Check that a tagger has exactly the tags of `y` as classes, and what it predicts."""
    flat = [tag.item() if isinstance(tag, np.generic) else tag for tag in chain.from_iterable(y)]
    assert sorted({*flat}) == tagger.classes_.tolist()
    proba = works(tagger.predict_proba, X)
    assert_probabilities(proba, len(tagger.classes_))
    predicted = works(tagger.predict, X)
    assert {*chain.from_iterable(predicted)} <= {*flat}
    assert len(predicted) == len(y)


@given(data=st.data(), kind=KINDS, output=st.sampled_from(["softmax", "crf"]))
def test_a_fit_keeps_exactly_the_tags_or_refuses_them(data, kind, output):
    X, y = data.draw(tagged(kind), label="X, y")
    tagger, passed = tiny(output=output), data.draw(forms_of_tags)(y)
    if call(tagger.fit, X, passed, names=PLACES, keeps=[tagger]) is not REFUSED:
        assert np.isfinite(tagger.loss_)
        check_fitted(tagger, X, y)


@given(data=st.data(), kind=KINDS)
def test_any_data_is_fitted_or_refused_with_its_place(data, kind):
    X, y = data.draw(any_tagged(kind), label="X, y")
    tagger = tiny()
    options = {}
    if data.draw(st.booleans()):
        options["sample_weight"] = data.draw(weights(y), label="sample_weight")
    if data.draw(st.booleans()):
        options["X_val"], options["y_val"] = data.draw(any_tagged(kind), label="X_val, y_val")
    fitted = call(tagger.fit, X, y, names=PLACES, keeps=[tagger], **options)
    assert fitted is REFUSED or fitted is tagger


@given(data=st.data(), kind=KINDS)
def test_a_weight_of_zero_leaves_tokens_out(data, kind):
    X, y = data.draw(tagged(kind, sets=[[0, 1], ["x", "y"]]), label="X, y")
    sample_weight = [[data.draw(st.sampled_from([0, 1])) for _ in tags] for tags in y]
    counted = [
        tag.item() if isinstance(tag, np.generic) else tag
        for tag, weight in zip(chain(*y), chain(*sample_weight), strict=True)
        if weight
    ]
    assume(counted)
    other = [
        [tag if w else None for tag, w in zip(*each, strict=True)]
        for each in zip(y, sample_weight, strict=True)
    ]
    tagger = works(tiny().fit, X, other, sample_weight)
    assert tagger.classes_.tolist() == sorted({*counted})


@given(data=st.data(), name=st.sampled_from(["words", "crf", "dicts", "vectors", "float32"]))
def test_training_continues_or_the_tagger_stays_as_it_was(taggers, data, name):
    kind, fitted = taggers[name]
    tagger = (
        copy.deepcopy(fitted).set_params(scheme=None) if name != "crf" else copy.deepcopy(fitted)
    )
    own = [tagger.classes_.tolist()]
    X, y = data.draw(st.one_of(tagged(kind, sets=own), any_tagged(kind)), label="X, y")
    method = data.draw(st.sampled_from(["partial_fit", "fit"]))
    tagger.set_params(warm_start=True)
    options = {}
    if method == "partial_fit" and data.draw(st.booleans()):
        valid = st.sampled_from([own[0], tuple(own[0]), tagger.classes_])
        options["classes"] = data.draw(st.one_of(valid, corrupted(st.just([own[0]])), junk))
    places = PLACES + "|features|tokens"
    answer = call(getattr(tagger, method), X, y, names=places, keeps=[tagger], **options)
    assert tagger.classes_.tolist() == own[0]
    if answer is not REFUSED:
        assert tagger.n_iter_ == fitted.n_iter_ + 1
        assert_probabilities(works(tagger.predict_proba, X), len(own[0]))


def analyze_nothing(word):
    return []


def analyze_length(word):
    return [f"length={len(word)}", word, word]


def count_letters(word):
    return len(word)


def score_one(tagger, X, y):
    return 1.0


def score_junk(tagger, X, y):
    return None


PARAMETERS = {
    "hidden_layer_sizes": [1, 3, (2, 1), [2], np.array([2, 2]), (), 0, (0,), 2**62, (2**31, 2**31)],
    "bidirectional": [False],
    "embedding_size": [1, 2**62],
    "char_hidden_size": [0, 3, 2**62],
    "analyzer": ["word", "char_ngram", analyze_nothing, analyze_length, count_letters, str.split],
    "embeddings": [
        {"Ada": [1.0, 2.0]}, {"Ada": [1.0], "met": [1.0, 2.0]}, {"Ada": [10**400]},
        {"Ada": [np.nan]}, {"Ada": "x"}, {"Ada": [1e39]}, {}, {"Ada": []},
        {"Ada": np.array([1, 2], np.int8)},
    ],
    "min_df": [0, 1, 2, 0.5, 1.0, 100, 10**400, True],
    "dropout": [0, 0.99, 1 - 2**-53, np.float32(0.5)],
    "feature_dropout": [0, 0.99, 1 - 2**-53],
    "word_dropout": [0, 1e308, 10**400, 5e-324],
    "output": ["crf"],
    "scheme": ["BIO", "BIOES"],
    "label_smoothing": [0, 0.99],
    "solver": ["sgd"],
    "alpha": [0, 1e308, 10**400],
    "batch_size": [1, 2**62, 10**400],
    "learning_rate": ["constant", "invscaling", "adaptive"],
    "learning_rate_init": [1e-300, 5e-324, 1e6, 10**400],
    "power_t": [0, 1000, 1e308, 10**400],
    "max_iter": [2],
    "shuffle": [False],
    "random_state": [None, np.random.RandomState(0), 2**32 - 1, 2**32, -1, 10**400, np.random],
    "tol": [0, 1e308, 10**400, float("inf")],
    "warm_start": [True],
    "momentum": [0, 1],
    "nesterovs_momentum": [False],
    "early_stopping": [True],
    "scoring": [
        "token_f1_macro", "span_f1_bio", "accuracy", score_one, score_junk, raise_user_error,
    ],
    "validation_fraction": [0.5, 5e-324, 1 - 2**-53],
    "beta_1": [0, 1 - 2**-53],
    "beta_2": [0, 1 - 2**-53],
    "epsilon": [5e-324, 1e308, 10**400],
    "n_iter_no_change": [1, 10**400],
    "max_grad_norm": [5e-324, 1e308, float("inf"), 10**400],
    "class_weight": ["balanced", {"O": 2}, {"O": 10**400}, {"O": 1e308}, {"x": 0.1}, {}, {"O": 0}],
}  # fmt: skip


def is_costly(name, value):
    """Return whether a value is legal, but only needs much time or memory."""
    values = value if isinstance(value, (list, tuple)) else [value]
    sizes = ("hidden_layer_sizes", "embedding_size", "char_hidden_size", "max_iter")
    return name in sizes and any(
        isinstance(each, numbers.Integral) and (each in LARGE or (name == "max_iter" and each > 2))
        for each in values
    )


@st.composite
def parameters(draw):
    """Return parameters: some valid or extreme, and sometimes one that may be anything."""
    chosen = draw(st.lists(st.sampled_from([*PARAMETERS]), max_size=4, unique=True))
    params = {name: draw(st.sampled_from(PARAMETERS[name])) for name in chosen}
    if draw(st.booleans()):
        name = draw(st.sampled_from([*PARAMETERS]))
        value = draw(st.one_of(scalars, junk, st.dictionaries(words, scalars, max_size=2)))
        assume(not is_costly(name, value))
        params[name] = value
    return params


@given(params=parameters(), kind=st.sampled_from(["words", "dicts"]), incremental=st.booleans())
def test_any_parameter_is_used_or_refused_by_its_name(params, kind, incremental):
    X = {"words": X_WORDS, "dicts": X_DICTS}[kind]
    tagger = tiny(**params)
    fit = tagger.partial_fit if incremental else tagger.fit
    places = "|".join(PARAMETERS) + "|scorer|RandomState|Seed"
    if call(fit, X, Y_WORDS, names=places, keeps=[tagger]) is not REFUSED:
        assert_probabilities(works(tagger.predict_proba, X), len(tagger.classes_))


# --- VotingTagger --------------------------------------------------------------------------------


@given(data=st.data(), kind=KINDS)
def test_an_ensemble_fits_any_data_or_stays_as_it_was(votings, data, kind):
    X, y = data.draw(any_tagged(kind), label="X, y")
    options = {}
    if data.draw(st.booleans()):
        options["sample_weight"] = data.draw(weights(y), label="sample_weight")
    ensemble = copy.deepcopy(votings["words"][1])
    call(ensemble.fit, X, y, names=PLACES, keeps=[ensemble], **options)


MEMBERS = [
    ("a", tiny()), ("b", tiny(random_state=1)), ("b", "drop"), ("c", tiny(output="crf")),
    ["d", tiny()], ("a__b", tiny()), ("weights", tiny()), ("a", object()), ("a", None),
    ("a", BiLSTMTagger), "ab",
]  # fmt: skip


@given(
    estimators=st.one_of(
        st.lists(st.sampled_from(MEMBERS), max_size=4),
        st.lists(st.one_of(st.sampled_from(MEMBERS), junk), max_size=2),
        junk,
    ),
    weights=st.one_of(
        st.none(), st.lists(st.sampled_from([0, 1, 2.5, 1e308, -1, 10**400]), max_size=4), junk
    ),
)
def test_any_members_and_weights_are_used_or_refused(estimators, weights):
    ensemble = VotingTagger(estimators, weights=weights)
    places = "estimators?|members?|weights|[Ee]stimator names?|Names"
    if call(ensemble.fit, X_WORDS, Y_WORDS, names=places, keeps=[ensemble]) is not REFUSED:
        assert_probabilities(works(ensemble.predict_proba, X_WORDS), len(ensemble.classes_))
