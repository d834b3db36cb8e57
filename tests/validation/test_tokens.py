import numpy as np
import pytest

from sklstm._sequences import Tokens

from ._inputs import TAGS, generator, objects, tagger


@pytest.mark.parametrize(
    "X",
    [
        [[("Ducks", "NOUN"), ("swim", "VERB")]],
        [(("Ducks", "NOUN"), ("swim", "VERB"))],
        objects([[("Ducks", "NOUN")]]),
        [[["Ducks", "NOUN"]]],
        [[], [("Ducks", "NOUN", "B-NP")]],
        [[("Ducks", 1)]],
        [np.array([["Ducks", "NOUN"], ["swim", "VERB"]])],
    ],
)
def test_pairs_of_a_word_and_its_tag_are_refused(X):
    i = len(X) - 1
    with pytest.raises(
        ValueError,
        match=rf"X\[{i}\]\[0\] is .'Ducks'.*, which looks like a pair of a word and its tag. Pass "
        "the words as X and the tags as y",
    ):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize("token", [{"a"}, b"a", object, generator()])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(
        ValueError,
        match=r"X\[1\]\[0\] is .* of type .*, not a token: a token is a str, a dict or a numeric v",
    ):
        tagger().fit([[], [token]], TAGS)


def test_documents_of_sentences_are_one_level_too_deep():
    with pytest.raises(
        ValueError, match=r"X\[0\]\[0\] is \['a', 'b', 'c'\], .* one level too deep"
    ):
        tagger().fit([[["a", "b", "c"], ["d"]]], [["x", "y"]])


RAGGED = Tokens("words", "ragged", np.array([2, 0, 1, 0, 3]), list("abcdef"))
ROW_TOKENS = Tokens("vectors", "rows", np.ones(3, int), np.arange(6.0).reshape(3, 2))


@pytest.mark.parametrize(
    ("token", "place"),
    [(0, "[0][0]"), (1, "[0][1]"), (2, "[2][0]"), (3, "[4][0]"), (5, "[4][2]")],
)
def test_the_place_of_a_token_is_its_sequence_and_its_number_there(token, place):
    assert RAGGED.place(token) == place


def test_the_place_of_a_row_is_its_number():
    assert [ROW_TOKENS.place(k) for k in range(3)] == ["[0]", "[1]", "[2]"]


def test_some_of_the_sequences_know_where_they_are_from():
    some = RAGGED.select(np.array([1, 2, 4]))
    assert (some.lengths.tolist(), some.values) == ([0, 1, 3], list("cdef"))
    assert [some.place(k) for k in range(4)] == ["[2][0]", "[4][0]", "[4][1]", "[4][2]"]
    fewer = some.select(np.array([2, 0]))
    assert (fewer.lengths.tolist(), fewer.values) == ([3, 0], list("def"))
    assert fewer.place(1) == "[4][1]"


def test_some_of_the_rows_are_an_array():
    some = ROW_TOKENS.select(np.array([2, 0]))
    assert some.values.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert some.place(0) == "[2]"
