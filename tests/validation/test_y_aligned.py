import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ._inputs import BLOCK, DICTS, MATRICES, ROWS, TAGS, WORDS, generator, objects, refuses, tagger


@pytest.mark.parametrize(
    ("y", "shown"),
    [
        ([["NOUN", "VERB"], "V"], "y[1] is 'V'"),
        ([["NOUN", "VERB"], 1], "y[1] is 1"),
        ([["NOUN", "VERB"], np.int64(1)], "y[1] is 1"),
        ([["NOUN", "VERB"], None], "y[1] is None"),
        ([["NOUN", "VERB"], {"VERB"}], "y[1] is {'VERB'}"),
        ([["NOUN", "VERB"], {"VERB": 1}], "y[1] is {'VERB': 1}"),
        ([["NOUN", "VERB"], generator("V")], "y[1] is <generator object"),
        ([["NOUN", "VERB"], sparse.coo_array([1])], "y[1] is <COOrdinate sparse array"),
        (["NOUN", "VERB", "VERB"], "y[0] is 'NOUN'"),
        (np.array([0, 1, 1]), "y[0] is 0"),
        (pd.Series(["NOUN", "VERB", "VERB"]), "y[0] is 'NOUN'"),
    ],
)
@pytest.mark.parametrize("X", [WORDS, MATRICES], ids=["words", "vectors"])
def test_tags_of_a_sequence_that_are_no_list_are_named(X, y, shown):
    with pytest.raises(
        ValueError,
        match=rf"{re.escape(shown)}.*, not a sequence.* Pass a list or array for each sequence, "
        "with one entry for each of its tokens.",
    ):
        tagger().fit(X, y)


SPARSE = [sparse.csr_array(matrix) for matrix in BLOCK]


@pytest.mark.parametrize(
    "X", [WORDS, MATRICES, BLOCK, SPARSE], ids=["words", "vectors", "block", "sparse"]
)
@pytest.mark.parametrize(
    "y", [["NV", "V"], np.array([0, 1]), pd.Series(["a", "b"]), np.array([["a"], ["b"]])]
)
def test_one_tag_for_each_sequence_can_be_repeated(X, y):
    if X is WORDS or X is MATRICES:
        y = np.ravel(y).tolist()  # their second sequence has one token
    with refuses(ValueError, "this tagger labels tokens, not whole sequences. Pass [") as caught:
        tagger().fit(X, y)
    recipe = re.search(r"Pass (\[.*\]) if each token", str(caught.value))[1]
    assert str(caught.value).endswith(
        " if each token should have the tag of its sequence; to label whole sequences, use a "
        "classifier for them."
    )
    tags = eval(recipe, {"X": X, "y": y})
    assert tagger().fit(X, tags).classes_.tolist() == sorted(np.ravel(y))


SERIES = np.arange(30.0).reshape(2, 3, 5) / 10  # of 3 variables and 5 times
LABELS = [[0, 0, 1, 1, 0], [0, 1, 1, 0, 1]]


@pytest.mark.parametrize("y", [LABELS, np.array(LABELS), pd.DataFrame(LABELS)], ids=type)
def test_time_along_the_last_axis_is_seen(y):
    message = "X[0] has 3 tokens, but y[0] has 5 tags: pass one tag for each token. If time runs"
    with refuses(ValueError, f"{message} along the last axis, pass X.transpose(0, 2, 1)."):
        tagger().fit(SERIES, y)
    with refuses(ValueError, f"{message} along the last axis, pass [x.T for x in X]."):
        tagger().fit(list(SERIES), y)
    fitted = tagger().fit(SERIES.transpose(0, 2, 1), y)
    for method in (fitted.predict, fitted.predict_proba, lambda X: fitted.score(X, y)):
        with refuses(
            ValueError,
            "X has 5 features, but BiLSTMTagger is expecting 3 features as input. X is of shape "
            "(2, 3, 5). If time runs along the last axis, pass X.transpose(0, 2, 1).",
        ):
            method(SERIES)
    with pytest.raises(ValueError, match=r"is expecting 3 features as input\.$"):
        fitted.predict(SERIES[:, :2])


def test_other_lengths_of_tags_are_no_matter_of_axes():
    for y in (np.zeros((2, 4), int), [[0] * 5, [0] * 4]):
        with pytest.raises(ValueError, match=r"pass one tag for each token\.$"):
            tagger().fit(SERIES, y)
    tagger().fit(SERIES[:, :, :3], np.zeros((2, 3), int)).predict(SERIES[:, :, :3])


def test_a_sequence_that_lacks_tags_is_named():
    for X, y in (([["Ducks", "swim"]], [["NOUN"]]), (WORDS, [["NOUN"], ["VERB"]])):
        with refuses(ValueError, "X[0] has 2 tokens, but y[0] has 1 tags"):
            tagger().fit(X, y)


@pytest.mark.parametrize("X", [WORDS, MATRICES], ids=["words", "vectors"])
def test_a_matrix_of_tags_for_a_sequence_is_named(X):
    with refuses(ValueError, "y[1][0] is ['VERB'] of type list, but y[0][0] is 'NOUN' of type str"):
        tagger().fit(X, [["NOUN", "VERB"], np.array([["VERB"]])])


@pytest.mark.parametrize("y", [TAGS[:1], [*TAGS, ["NOUN"]], np.array([["NOUN", "VERB"]])])
@pytest.mark.parametrize("X", [WORDS, DICTS, MATRICES, BLOCK])
def test_another_number_of_sequences_of_tags_is_refused(X, y):
    with refuses(
        ValueError, f"X has 2 sequences, but y has {len(y)} entries: pass one for each sequence."
    ):
        tagger().fit(X, y)


@pytest.mark.parametrize("X", [WORDS, DICTS, MATRICES], ids=["words", "dicts", "vectors"])
def test_another_number_of_tags_in_a_sequence_is_named(X, on_words):
    X, y = [*X, *X], [*TAGS, ["NOUN"], []]
    message = "X[2] has 2 tokens, but y[2] has 1 tags: pass one tag for each token."
    with refuses(ValueError, message):
        tagger().fit(X, y)
    for form in (objects(y), list(map(np.array, y)), pd.Series(y)):
        with refuses(ValueError, message):
            tagger().fit(X, form)


@pytest.mark.parametrize(
    "y", [np.ones((2, 3), int), [[1, 1, 1], [1, 1, 1]], pd.DataFrame([[1] * 3] * 2)]
)
def test_another_number_of_tags_in_a_block_is_named(y):
    with refuses(ValueError, "X[0] has 2 tokens, but y[0] has 3 tags: pass one tag for each token"):
        tagger().fit(BLOCK, y)


@pytest.mark.parametrize("y", [["a", "b", "b"], np.array([1, 2, 2]), pd.Series([1, 2, 2])])
def test_another_number_of_tags_for_rows_is_refused(y):
    message = (
        "X has 2 rows, but y has 3 entries: pass one for each row. Each row of X is a sequence of "
        "one token. If X is one recording, a sequence of many tokens, pass [X] and [y]."
    )
    with refuses(ValueError, message):
        tagger().fit(ROWS, y)
    with refuses(ValueError, message):
        tagger().fit(ROWS, ["a", "b"]).score(ROWS, y)


def test_more_than_one_tag_for_a_row_is_refused():
    with refuses(
        ValueError,
        "X[1] has 1 tokens, but y[1] has 2 tags: pass one tag for each token. Each row of X is a "
        "sequence of one token. If X is one recording, a sequence of many tokens, pass [X] and "
        "[y].",
    ):
        tagger().fit(ROWS, [["a"], ["a", "b"]])
    with refuses(ValueError, "X[0] has 1 tokens, but y[0] has 2 tags: pass one tag for each"):
        tagger().fit(ROWS, np.ones((2, 2)))


@pytest.mark.parametrize(
    "sample_weight", [[1.0], [1.0, 1.0, 1.0], [[1.0, 1.0]], np.ones(5), np.ones((1, 2))]
)
def test_another_number_of_weights_is_refused(sample_weight, on_words):
    message = (
        f"X has 2 sequences, but sample_weight has {len(sample_weight)} entries: pass one for each "
        "sequence."
    )
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(WORDS, TAGS, sample_weight)
    with refuses(ValueError, message):
        tagger().partial_fit(WORDS, TAGS, sample_weight=sample_weight)


def test_another_number_of_weights_in_a_sequence_is_named():
    with refuses(
        ValueError,
        "X[1] has 1 tokens, but sample_weight[1] has 2 weights: pass one weight for each token.",
    ):
        tagger().fit(WORDS, TAGS, [[1, 1], [1, 1]])


def test_weights_partly_for_sequences_and_partly_for_tokens_are_refused():
    with refuses(ValueError, "sample_weight[1] is 1.0, not a sequence, but sample_weight[0] is o"):
        tagger().fit(WORDS, TAGS, [[1.0, 1.0], 1.0])


@pytest.mark.parametrize("sample_weight", [[1.0], np.ones(3), [1.0] * 4])
def test_another_number_of_weights_for_rows_is_refused(sample_weight):
    n = len(sample_weight)
    with refuses(ValueError, f"X has 2 rows, but sample_weight has {n} entries: pass one for each"):
        tagger().fit(ROWS, [1, 2], sample_weight)


@pytest.mark.parametrize("X", [[[1, 2, 3]], [np.arange(3.0)]])
def test_a_sequence_of_numbers_is_told_from_a_row_of_features(X):
    with pytest.raises(ValueError, match=r"row of X is a sequence of one token.* reshape\(-1, 1\)"):
        tagger().fit(X, [["x", "y", "x"]])


def test_text_that_would_fit_its_tags_is_to_be_split():
    with refuses(
        ValueError,
        "X[1] has 1 tokens, but y[1] has 3 tags: pass one tag for each token. Split the text of X "
        "into words, for instance by text.split().",
    ):
        tagger().fit([["Ducks"], ["Ducks swim quietly"]], [["NOUN"], ["NOUN", "VERB", "ADV"]])
    with pytest.raises(ValueError, match=r"for each token\.$"):
        tagger().fit([["Ducks swim"]], [["NOUN", "VERB", "ADV"]])
