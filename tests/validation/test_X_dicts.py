from collections import UserDict
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ._inputs import (
    DICTS,
    EQUAL_DICTS,
    EQUAL_WORDS,
    INF,
    NAN,
    TAGS,
    OnlyArray,
    assert_ragged,
    assert_ragged_probabilities,
    each,
    objects,
    refuses,
    tagger,
)

DICT_FORMS = {
    "list of lists": DICTS,
    "tuple of tuples": tuple(map(tuple, DICTS)),
    "object array": objects(DICTS),
    "pandas column": pd.Series(DICTS),
    "list of object arrays": [objects(dicts) for dicts in DICTS],
    "mappings that are no dict": [[UserDict(each) for each in dicts] for dicts in DICTS],
}


@each(DICT_FORMS)
def test_dicts_in_any_container_are_the_same_dicts(X, on_dicts):
    fitted = tagger().fit(X, TAGS)
    assert fitted.vocabulary_ == on_dicts.vocabulary_
    assert_ragged(fitted.predict(X), [2, 1])
    assert_ragged_probabilities(fitted, X, [2, 1])


@pytest.mark.parametrize("wrap", [np.array, OnlyArray])
def test_two_dimensional_arrays_of_dicts_hold_sequences(wrap):
    X = wrap(np.array(EQUAL_DICTS, dtype=object))
    fitted = tagger().fit(X, [["NOUN", "VERB"], ["VERB", "NOUN"]])
    assert fitted.vocabulary_ == tagger().fit(EQUAL_DICTS, EQUAL_WORDS).vocabulary_
    assert_ragged(fitted.predict(X), [2, 2])


FEATURES = {
    "str": ("s", ["f=s"]),
    "empty str": ("", ["f="]),
    "numpy str": (np.str_("s"), ["f=s"]),
    "bool": (True, ["f"]),
    "numpy bool": (np.False_, ["f"]),
    "int": (-3, ["f"]),
    "float": (0.5, ["f"]),
    "numpy number": (np.float32(0.5), ["f"]),
    "half precision": (np.float16(1), ["f"]),
    "smallest int8": (np.int8(-128), ["f"]),
    "fraction": (Fraction(1, 3), ["f"]),
    "large": (float(np.finfo(np.float32).max) / 2**20, ["f"]),
    "list of str": (["s", "t"], ["f=s", "f=t"]),
    "tuple of str": (("s",), ["f=s"]),
    "set of str": ({"s", "t"}, ["f=s", "f=t"]),
    "frozenset of str": (frozenset("s"), ["f=s"]),
    "empty list": ([], []),
    "dict": ({"g": "s", "h": 2}, ["f:g=s", "f:h"]),
    "dict of dict": ({"g": {"h": ["s"]}}, ["f:g:h=s"]),
}


@pytest.mark.parametrize(("value", "names"), FEATURES.values(), ids=FEATURES.keys())
def test_dicts_may_hold_what_dict_vectorizer_and_crf_take(value, names):
    fitted = tagger().fit([[{"f": value}, {"f": "other", "number": 1}]], [["a", "b"]])
    assert list(fitted.vocabulary_) == sorted([*names, "f=other", "number"])


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ({"w": None}, "feature 'w' is None of type NoneType"),
        ({"w": NAN}, "feature 'w' is nan of type float"),
        ({"w": np.float64("nan")}, "feature 'w' is nan of type float64"),
        ({"w": -INF}, "feature 'w' is -inf of type float"),
        ({"w": 1e39}, "feature 'w' is 1e+39 of type float"),
        ({"w": -(10**400)}, "feature 'w' is -1000000"),
        ({"w": np.float32(1e38)}, "feature 'w' is 9.999999680285692e+37 of type float32"),
        ({"w": np.float16("inf")}, "feature 'w' is inf of type float16"),
        ({"w": np.timedelta64(1, "D")}, "feature 'w' is np.timedelta64(1,'D') of type timedelta64"),
        ({3: "a"}, "feature 3 is 'a' of type str"),
        ({None: "a"}, "feature None is 'a' of type str"),
        ({("a", "b"): 1}, "feature ('a', 'b') is 1 of type int"),
        ({"w": ["a", 1]}, "feature 'w' is ['a', 1] of type list"),
        ({"w": [None]}, "feature 'w' is [None] of type list"),
        ({"w": [["a"]]}, "feature 'w' is [['a']] of type list"),
        ({"w": 1j}, "feature 'w' is 1j of type complex"),
        ({"w": object}, "feature 'w' is <class 'object'> of type type"),
        ({"w": np.ones(2)}, "feature 'w' is array([1., 1.]) of type ndarray"),
        ({"w": {"inner": None}}, "feature 'w:inner' is None of type NoneType"),
        ({"w": {"inner": {"most": NAN}}}, "feature 'w:inner:most' is nan of type float"),
        ({"w": {"inner": [1]}}, "feature 'w:inner' is [1] of type list"),
        ({"w": {1: "a"}}, "feature 'w:1' is 'a' of type str"),
    ],
)
@pytest.mark.parametrize("dictionary", [dict, UserDict])
def test_features_that_are_wrong_are_named(token, problem, dictionary):
    X = [[{"w": "a", "v": 2, "u": ["b"]}], [{}, dictionary(token)]]
    with refuses(ValueError, f"In the dict X[1][1], {problem}"):
        tagger().fit(X, [["a"], ["b", "a"]])
    with refuses(
        ValueError,
        "A name must be a str; a value must be a str, a bool, a finite number up to 3e32, a list "
        "or set of str, or a dict of such features. Leave out what is missing.",
    ):
        tagger().fit(X, [["a"], ["b", "a"]])


def test_bytes_are_the_features_of_their_text():
    text = {"w": "süß", "ß": 2.0, "list": ["a", "ß"], "in": {"ß": {"c": "d"}, "e": ["f"]}}
    data = {
        "w": "süß".encode(), "ß".encode(): 2.0, "list": [b"a", "ß"],
        "in": {"ß".encode(): {"c": np.bytes_(b"d")}, b"e": {b"f"}},
    }  # fmt: skip
    y = [["a"], ["b", "a"]]
    fitted = tagger().fit([[{"w": "x"}], [text, {"w": 1}]], y)
    same = tagger().fit([[{"w": b"x"}], [UserDict(data), {b"w": 1}]], y)
    assert same.vocabulary_ == fitted.vocabulary_
    expected = fitted.predict_proba([[text]])[0]
    np.testing.assert_array_equal(same.predict_proba([[data]])[0], expected)
    assert isinstance(data["w"], bytes)


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ({"w": b"\xff"}, "'utf-8' codec can't decode byte 0xff in position 0"),
        ({b"\xff": 1}, "'utf-8' codec can't decode byte 0xff"),
        ({"w": {"v": ["a", b"a\xff"]}}, "'utf-8' codec can't decode byte 0xff in position 1"),
        ({"w": 1, b"w": 2}, "two names are the same"),
    ],
)
def test_bytes_that_are_not_features_are_located(token, problem):
    message = "In the dict X[1][1], bytes are not features in UTF-8: " + problem
    with refuses(ValueError, message) as caught:
        tagger().fit([[{}], [{"w": b"a"}, token]], [["a"], ["b", "a"]])
    assert str(caught.value).endswith(". Decode them, and pass str.")


def test_other_faults_are_found_with_bytes():
    with refuses(ValueError, "In the dict X[0][1], feature 'v' is None of type NoneType"):
        tagger().fit([[{"w": b"a"}, {"v": None}]], [["a", "b"]])
