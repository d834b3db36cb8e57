import numpy as np
import pytest

from sklstm._sequences import Tokens
from sklstm._validation import CheckedAnalyzer, check_names_left, look_up, width_of

from ._inputs import refuses

VECTORS = {"ducks": [1.0, 2.0], "Swim": np.array([3, 4])}


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
def test_what_is_no_list_of_str_is_refused_and_its_word_named(returned):
    message = f"analyzer('Ducks') returned {returned!r}, but must return a list of str"
    with refuses(TypeError, message):
        CheckedAnalyzer(lambda word: returned)("Ducks")


@pytest.mark.parametrize("names", [[], {}])
def test_a_vocabulary_may_not_be_left_empty(names):
    with refuses(ValueError, "held by as many sequences as min_df=0.5 asks for: lower it."):
        check_names_left(names, ["Ducks"], 0.5)
    check_names_left(["Ducks"], ["Ducks", "swim"], 0.5)
    check_names_left(names, [], 0.5)


def test_vectors_are_found_by_the_word_or_its_lower_case_and_say_so():
    assert width_of(None, words("Ducks")) == 0
    assert width_of(VECTORS, words("geese", "Ducks")) == 3
    assert width_of(VECTORS, words("geese"), known_width=5) == 5
    found = look_up(VECTORS, ["Ducks", "swim", "Swim"], 3)
    assert found.tolist() == [[1, 2, 1], [0, 0, 0], [3, 4, 1]]
    assert found.dtype == np.float32


@pytest.mark.parametrize("kind", ["dicts", "vectors"])
def test_vectors_of_words_are_for_words_alone(kind):
    with refuses(ValueError, f"embeddings are for words, but the tokens of X are {kind}: set emb"):
        width_of(VECTORS, words("Ducks")._replace(kind=kind))


def test_words_that_all_lack_vectors_are_refused():
    message = "None of the 2 different words of X is in embeddings, in lower case neither, such as"
    with refuses(ValueError, f"{message} 'geese'. Are its keys words?"):
        width_of(VECTORS, words("geese", "DUCK", "geese"))


@pytest.mark.parametrize("vector", [[[1], [2, 3]], np.ones((1, 2)), "ab", [1j, 2], [1e39, 1]])
def test_what_is_no_vector_is_named(vector):
    with refuses(ValueError, "embeddings['swim'] is "):
        look_up({"swim": vector}, ["Swim"], 3)


def test_a_vector_of_another_width_is_named_as_it_is_found():
    with refuses(ValueError, "embeddings['ducks'] has 2 numbers, but 3 are expected, as others"):
        look_up(VECTORS, ["Ducks"], 4)
