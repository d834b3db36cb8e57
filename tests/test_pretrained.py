"""A user's analyzer, and pre-trained vectors of words."""

import re

import numpy as np
import pytest

from sklstm._features import CheckedAnalyzer, pretrained_vectors, pretrained_width
from sklstm._sequences import Tokens

VECTORS = {"ducks": [1.0, 2.0], "Swim": np.array([3, 4])}


def raises(error, message):
    return pytest.raises(error, match=re.escape(message))


def words(*values):
    return Tokens("words", "ragged", np.array([len(values)]), list(values))


@pytest.mark.parametrize("make", [list, tuple, set, iter, np.array])
def test_an_analyzer_may_return_its_features_in_any_container(make):
    analyzer = CheckedAnalyzer(lambda word: make([word, word.lower()]))
    assert sorted(analyzer("Ducks")) == ["Ducks", "ducks"]
    assert type(analyzer("Ducks")) is list


def test_an_analyzer_may_return_nothing():
    assert CheckedAnalyzer(lambda word: ())("Ducks") == []


@pytest.mark.parametrize("returned", ["Ducks", None, 3, [b"Ducks"], ["Ducks", 1]])
def test_an_analyzer_that_does_not_return_a_list_of_str_raises_with_the_word(returned):
    message = f"analyzer('Ducks') returned {returned!r}, but must return an iterable of str"
    with raises(TypeError, message):
        CheckedAnalyzer(lambda word: returned)("Ducks")


def test_vectors_are_found_by_the_word_or_its_lower_case():
    assert pretrained_width(VECTORS, words("geese", "Ducks")) == 3
    assert pretrained_width(VECTORS, words("geese"), model_width=5) == 5
    found = pretrained_vectors(VECTORS, ["Ducks", "swim", "Swim"], 3)
    assert found.tolist() == [[1, 2, 1], [0, 0, 0], [3, 4, 1]]
    assert found.dtype == np.float32


@pytest.mark.parametrize("kind", ["dicts", "vectors"])
def test_embeddings_of_tokens_that_are_not_words_raise(kind):
    with raises(ValueError, f"embeddings are for words, but the tokens of X are {kind}: set emb"):
        pretrained_width(VECTORS, words("Ducks")._replace(kind=kind))


def test_embeddings_without_any_word_of_X_raise():
    message = (
        "None of the 2 unique words of X, such as 'geese', is in embeddings, not even in lower"
    )
    with raises(ValueError, f"{message} case. Are its keys words?"):
        pretrained_width(VECTORS, words("geese", "DUCK", "geese"))


@pytest.mark.parametrize(
    "vector",
    [
        *([[1], [2, 3]], np.ones((1, 2)), "ab", [1j, 2], [1e39, 1], [10**400, 1]),
        np.ma.array([1.0, 2.0], mask=[False, True]),
        np.ma.array([1, 2], mask=[False, True]),
        np.array([1, 2], "m8[s]"),
        np.array([1, 2], "M8[s]"),
    ],
)
def test_an_invalid_vector_raises_with_its_word(vector):
    with raises(ValueError, "embeddings['swim'] is "):
        pretrained_vectors({"swim": vector}, ["Swim"], 3)


def test_a_vector_of_another_size_raises_with_its_word():
    with raises(ValueError, "embeddings['ducks'] has 2 numbers, expected 3 as for other words."):
        pretrained_vectors(VECTORS, ["Ducks"], 4)
