import re
from collections import UserDict

import numpy as np
import pandas as pd
import pytest

from sklstm import BiLSTMTagger
from sklstm._sequences import show
from sklstm._validation.parameters import PARAMETER_CONSTRAINTS

from ._inputs import INF, NAN, TAGS, WORDS, refuses, tagger


def test_partial_fit_with_early_stopping_is_refused():
    with refuses(ValueError, "partial_fit does not support early_stopping=True"):
        tagger(early_stopping=True).partial_fit(WORDS, TAGS)


@pytest.mark.parametrize("class_weight", ["balanced", {"NOUN": 2}, {}])
def test_classes_have_no_weights_in_a_crf(class_weight):
    with refuses(
        ValueError,
        "The 'class_weight' parameter of BiLSTMTagger must be None with output=\"crf\", which "
        f"weights whole sequences. Got {class_weight!r} instead. Pass a larger sample_weight for "
        'sequences that have rare tags, or set output="softmax".',
    ):
        tagger(output="crf", class_weight=class_weight).fit(WORDS, TAGS)


# Has __getitem__ but not __contains__.
NO_MAPPING = re.match("a", "a")

# The names, values that they may not have, and what the message says of valid values.
BAD_PARAMETERS = [
    (
        "hidden_layer_sizes",
        [0, -1, 2.5, "12", None, 2**62],
        ["an array-like or an int in the range [1, 1000000]."],
    ),
    (
        "hidden_layer_sizes",
        [(), (3, -1), [2.0], {2}, (2**62,), [2, 10**400]],
        ["an integer from 1 to 1000000, or a list or tuple with one for each LSTM layer."],
    ),
    (
        "analyzer",
        ["char", "ngram", None, 3, np.array(["word"])],
        ["a str among {", "'word'", "'affix'", "'char_ngram'", "} or a callable."],
    ),
    ("scoring", [1, ["token_accuracy"]], ["an instance of 'str', a callable or None."]),
    ("solver", ["lbfgs", None, 1, np.array(["adam"])], ["a str among {", "'adam'", "'sgd'"]),
    (
        "learning_rate",
        ["cosine", 0.1],
        ["a str among {", "'constant'", "'invscaling'", "'adaptive'", "'linear'"],
    ),
    (
        "bidirectional shuffle warm_start nesterovs_momentum early_stopping",
        [1, "yes", None],
        ["an instance of 'bool' or an instance of 'numpy.bool'."],
    ),
    (
        "max_iter n_iter_no_change",
        [2.5, None, INF, 0, -1],
        ["an int in the range [1, inf)."],
    ),
    ("embedding_size", [2.5, None, INF, 0, -1, 2**62], ["an int in the range [1, 1000000]."]),
    ("char_hidden_size", [2.5, None, INF, -1, 2**62], ["an int in the range [0, 1000000]."]),
    ("verbose", [2.5, None, INF, -1], ["an int in the range [0, inf)."]),
    (
        "batch_size",
        [2.5, None, INF, 0, -1, "all"],
        ["an int in the range [1, inf) or a str among {'auto'}."],
    ),
    ("vocabulary", [3, True], ["an instance of 'collections.abc.Iterable' or None."]),
    ("vocabulary", [[], {}], ["None or not empty."]),
    (
        "min_df",
        ["1", None, -1, 1.1, INF, NAN],
        ["an int in the range [0, inf) or a float in the range [0.0, 1.0]."],
    ),
    (
        "dropout feature_dropout label_smoothing beta_1 beta_2",
        ["1", None, -1, 1, 1.5, INF, NAN],
        ["a float in the range [0.0, 1.0)."],
    ),
    ("momentum", ["1", None, -1, 1.1, INF, NAN], ["a float in the range [0.0, 1.0]."]),
    (
        "validation_fraction",
        ["1", None, 0, -1.0, 1, 1.5, INF, NAN],
        ["a float in the range (0.0, 1.0)."],
    ),
    (
        "word_dropout alpha power_t tol",
        ["1", None, -1, NAN, INF],
        ["a float in the range [0.0, inf)."],
    ),
    (
        "learning_rate_init",
        ["1", None, 0, -1.0, NAN, INF],
        ["a float in the range (0.0, inf)."],
    ),
    (
        "epsilon",
        ["1", None, 0, -1.0, NAN, INF, 5e-324],
        ["a float in the range [1.1754943508222875e-38, inf)."],
    ),
    (
        "hidden_layer_sizes embedding_size char_hidden_size min_df dropout word_dropout alpha "
        "batch_size learning_rate_init power_t max_iter random_state tol verbose momentum "
        "validation_fraction beta_1 epsilon n_iter_no_change max_grad_norm",
        [10**400, -(10**400)],
        ["a number in the range of a float."],
    ),
    ("max_grad_norm", ["1", None, 0, -1.0, NAN], ["a float in the range (0.0, inf]."]),
    (
        "random_state",
        ["seed", -1, 0.5, 2**32],
        ["an int in the range [0, 4294967295], an instance of 'numpy.random.mtrand.RandomState' o"],
    ),
    (
        "class_weight",
        ["even", [1, 2], 3, np.array(["balanced"])],
        ["an instance of 'collections.abc.Mapping', a str among {'balanced'} or None."],
    ),
    ("output", ["CRF", None, True, ["crf"], np.array(["crf"])], ["a str among", "softmax", "crf"]),
    (
        "scheme",
        ["bio", "IOB", "BILUO", "", 2, False, ["BIO"], np.array(["BIO"])],
        ["a str among {", "'BIO'", "'IOB1'", "'BIOES'", "'BILOU'", "'BMES'", "} or None."],
    ),
    (
        "scheme",
        ["BIO", "IOB1", "BIOES", "BILOU", "BMES"],
        ['None unless output="crf", which scores transitions.'],
    ),
    (
        "embeddings",
        [3, True, {"Ducks"}, len, NO_MAPPING],
        ["an object implementing '__getitem__' and '__contains__' or None."],
    ),
    (
        "embeddings",
        ["vectors.txt", ["Ducks"], ("Ducks",), np.ones(2)],
        ["None or a mapping from a word to its vector, such as a dict."],
    ),
]
BAD_VALUES = [
    (name, value, fragments)
    for names, values, fragments in BAD_PARAMETERS
    for name in names.split()
    for value in values
]


@pytest.mark.parametrize(
    ("name", "value", "fragments"),
    BAD_VALUES,
    ids=[f"{name}={show(value)}" for name, value, _ in BAD_VALUES],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_parameter_out_of_its_range_is_named(name, value, fragments, method):
    with pytest.raises((ValueError, TypeError)) as caught:
        getattr(tagger(**{name: value}), method)(WORDS, TAGS)
    message = str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, TypeError)
    assert message.startswith(f"The {name!r} parameter of BiLSTMTagger must be {fragments[0]}")
    assert message.endswith((f" Got {value!r} instead.", f" Got {show(value)} instead."))
    assert all(fragment in message for fragment in fragments)


@pytest.mark.parametrize("weight", [-1, NAN, INF, "1", None, 1e101, 10**50 * 10**51])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_class_weight_out_of_its_range_is_named(weight, method):
    with refuses(
        ValueError,
        "The \"class_weight['NOUN']\" parameter of BiLSTMTagger must be a number from 0 to 1e+100. "
        f"Got {show(weight)} instead.",
    ):
        getattr(tagger(class_weight={"NOUN": weight}), method)(WORDS, TAGS)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_class_weights_that_are_all_zero_are_refused(method):
    with refuses(
        ValueError,
        "class_weight is zero for all tags of y: at least one must be positive.",
    ):
        getattr(tagger(class_weight={"NOUN": 0, "VERB": 0}), method)(WORDS, TAGS)


def test_a_generator_of_the_new_kind_is_refused_as_random_state():
    with refuses(ValueError, "The 'random_state' parameter of BiLSTMTagger must be an int in the"):
        tagger(random_state=np.random.default_rng(0)).fit(WORDS, TAGS)


def test_every_parameter_is_checked():
    parameters = set(BiLSTMTagger().get_params())
    assert {name for name, *_ in BAD_VALUES} == set(PARAMETER_CONSTRAINTS) == parameters


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
        {"vocabulary": {"word=swim": np.int64(2), "char=s": 1}},
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
        {"random_state": np.random},
        {"class_weight": {}},
        {"class_weight": {"NOUN": 0}},
        {"class_weight": {"VERB": np.float32(2)}},
    ],
    ids=lambda params: " ".join(f"{name}-{type(value).__name__}" for name, value in params.items()),
)
def test_the_ends_of_the_ranges_are_legal(params):
    assert tagger(**params).fit(WORDS, TAGS).n_iter_ == 1
