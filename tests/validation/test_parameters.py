import re
from collections import UserDict

import numpy as np
import pandas as pd
import pytest

from sklstm import BiLSTMTagger

from ._inputs import INF, NAN, TAGS, WORDS, refuses, tagger


def test_partial_fit_with_early_stopping_is_refused():
    with refuses(ValueError, "partial_fit does not support early_stopping=True"):
        tagger(early_stopping=True).partial_fit(WORDS, TAGS)


@pytest.mark.parametrize("class_weight", ["balanced", {"NOUN": 2}, {}])
def test_classes_have_no_weights_in_a_crf(class_weight):
    message = 'must be None with output="crf", which weighs whole sequences.'
    with refuses(ValueError, f"class_weight is {class_weight!r}, but {message}"):
        tagger(output="crf", class_weight=class_weight).fit(WORDS, TAGS)


# Can be asked for an element, but not whether it has one.
NO_MAPPING = re.match("a", "a")

# The names, values that they may not have, the error and its message.
BAD_PARAMETERS = [
    (
        "hidden_layer_sizes",
        [0, -1, (), (3, -1), 2.5, [2.0], "12", None, {2}],
        ValueError,
        "{name} is {value!r}, but must be a positive integer, or a list or tuple with one for each "
        "LSTM layer.",
    ),
    (
        "analyzer",
        ["char", "ngram", None, 3, np.array(["word"])],
        ValueError,
        "{name} is {value!r}, but must be one of ['word', 'affix', 'char_ngram'] or a callable "
        "from a word to a list of str.",
    ),
    (
        "solver",
        ["lbfgs", None, 1, np.array(["adam"])],
        ValueError,
        "{name} is {value!r}, but must be one of ['adam', 'sgd'].",
    ),
    (
        "learning_rate",
        ["cosine", 0.1],
        ValueError,
        "{name} is {value!r}, but must be one of ['constant', 'invscaling', 'adaptive', 'linear'].",
    ),
    (
        "bidirectional shuffle warm_start nesterovs_momentum early_stopping",
        [1, "yes", None],
        TypeError,
        "{name} is {value!r}, but must be True or False.",
    ),
    (
        "embedding_size char_hidden_size max_iter n_iter_no_change batch_size verbose",
        [2.5, None, INF],
        TypeError,
        "{name} must be an instance of int, not {type}.",
    ),
    (
        "embedding_size max_iter n_iter_no_change batch_size",
        [0, -1],
        ValueError,
        "{name} == {value!r}, must be >= 1.",
    ),
    ("batch_size", ["all"], ValueError, "{name} is 'all', but must be 'auto' or an integer >= 1."),
    (
        "min_df dropout feature_dropout label_smoothing word_dropout alpha learning_rate_init "
        "power_t tol momentum validation_fraction beta_1 beta_2 epsilon max_grad_norm",
        ["1", None],
        TypeError,
        "{name} must be an instance of float, not {type}.",
    ),
    (
        "min_df dropout feature_dropout label_smoothing word_dropout alpha power_t tol momentum "
        "beta_1 beta_2 verbose char_hidden_size",
        [-1],
        ValueError,
        "{name} == {value!r}, must be >= 0.",
    ),
    (
        "learning_rate_init epsilon max_grad_norm validation_fraction",
        [0, -1.0],
        ValueError,
        "{name} == {value!r}, must be > 0.",
    ),
    ("min_df momentum", [1.1, INF], ValueError, "{name} == {value!r}, must be <= 1."),
    (
        "dropout feature_dropout label_smoothing beta_1 beta_2 validation_fraction",
        [1, 1.5, INF],
        ValueError,
        "{name} == {value!r}, must be < 1.",
    ),
    (
        "min_df dropout feature_dropout label_smoothing momentum validation_fraction beta_1 "
        "beta_2 max_grad_norm",
        [NAN],
        ValueError,
        "{name} is nan, but must be finite.",
    ),
    (
        "word_dropout alpha learning_rate_init power_t tol epsilon",
        [NAN, INF],
        ValueError,
        "{name} is {value!r}, but must be finite.",
    ),
    (
        "random_state",
        ["seed", -1, 0.5, 2**32],
        ValueError,
        "{name} is {value!r}, but must be None, an int from 0 to 2**32 - 1 or a "
        "numpy.random.RandomState.",
    ),
    (
        "class_weight",
        ["even", [1, 2], 3, np.array(["balanced"])],
        ValueError,
        "{name} is {value!r}, but must be None, 'balanced' or a dict from a class to its weight.",
    ),
    ("class_weight", [{"NOUN": -1}], ValueError, "{name}['NOUN'] == -1, must be >= 0."),
    ("class_weight", [{"NOUN": NAN}], ValueError, "{name}['NOUN'] is nan, but must be finite."),
    (
        "class_weight",
        [{"NOUN": "1"}],
        TypeError,
        "{name}['NOUN'] must be an instance of float, not str.",
    ),
    (
        "class_weight",
        [{"NOUN": 0, "VERB": 0}],
        ValueError,
        "{name} is zero for all tags that occur in y: at least one must be positive.",
    ),
    (
        "output",
        ["CRF", None, True, ["crf"], np.array(["crf"])],
        ValueError,
        "{name} is {value!r}, but must be one of ['softmax', 'crf'].",
    ),
    (
        "scheme",
        ["bio", "IOB", "BILOU", "", 2, False, ["BIO"], np.array(["BIO"])],
        ValueError,
        "{name} is {value!r}, but must be None or one of ['BIO', 'IOB1', 'BIOES']; IOB2 is BIO, "
        "and IOBES is BIOES.",
    ),
    (
        "scheme",
        ["BIO", "IOB1", "BIOES"],
        ValueError,
        '{name} is {value!r}, but needs output="crf", which alone scores transitions.',
    ),
    (
        "embeddings",
        ["vectors.txt", 3, True, {"Ducks"}, ["Ducks"], ("Ducks",), np.ones(2), len, NO_MAPPING],
        TypeError,
        "{name} is {value!r}, but must be None or a mapping from a word to its vector, such as a "
        "dict.",
    ),
]
BAD_VALUES = [
    (name, value, error, message.format(name=name, value=value, type=type(value).__name__))
    for names, values, error, message in BAD_PARAMETERS
    for name in names.split()
    for value in values
]


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    BAD_VALUES,
    ids=[f"{name}={value!r}" for name, value, *_ in BAD_VALUES],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_parameter_out_of_its_range_is_named(name, value, error, message, method):
    with refuses(error, message):
        getattr(tagger(**{name: value}), method)(WORDS, TAGS)


def test_a_generator_of_the_new_kind_is_refused_as_random_state():
    with refuses(ValueError, "but must be None, an int from 0 to 2**32 - 1 or a numpy.random.Rand"):
        tagger(random_state=np.random.default_rng(0)).fit(WORDS, TAGS)


def test_every_parameter_is_judged():
    assert {name for name, *_ in BAD_VALUES} == set(BiLSTMTagger().get_params())


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_layer_sizes": np.int64(2)},
        {"hidden_layer_sizes": np.array([2, 3])},
        {"hidden_layer_sizes": [1]},
        {"dropout": 0, "feature_dropout": 0, "word_dropout": 0},
        {"feature_dropout": np.float32(0.99)},
        {"label_smoothing": 0},
        {"label_smoothing": 0.99},
        {"char_hidden_size": 0},
        {"char_hidden_size": np.int64(1)},
        {"output": np.str_("crf"), "scheme": None},
        {"embeddings": {"swim": [1]}},
        {"embeddings": UserDict(Ducks=np.ones(2))},
        {"embeddings": pd.Series({"Ducks": [1.0, 2.0], "swim": [3.0, 4.0]})},
        {"min_df": 0},
        {"min_df": 0.0},
        {"min_df": 1.0},
        {"alpha": 0},
        {"batch_size": np.int32(1)},
        {"tol": 0},
        {"momentum": 0, "solver": "sgd"},
        {"momentum": 1, "solver": "sgd"},
        {"beta_1": 0, "beta_2": 0},
        {"max_grad_norm": INF},
        {"power_t": 0, "learning_rate": "invscaling"},
        {"shuffle": np.False_},
        {"verbose": False},
        {"random_state": np.random.RandomState(0)},
        {"random_state": 2**32 - 1},
        {"class_weight": {}},
        {"class_weight": {"NOUN": 0}},
        {"class_weight": {"VERB": np.float32(2)}},
    ],
    ids=str,
)
def test_the_ends_of_the_ranges_are_legal(params):
    assert tagger(**params).fit(WORDS, TAGS).n_iter_ == 1
