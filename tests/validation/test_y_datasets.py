import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklstm._tagger import _hold_out
from sklstm._validation import check_dataset

from ._inputs import DICTS, INDICES, MATRICES, TAGS, WORDS, refuses, tagger


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_learning_from_nothing_is_refused(method):
    learn = getattr(tagger(), method)
    for X in ([], (), np.empty(0, object), pd.Series([], dtype=object), np.empty((0, 3), str)):
        with refuses(ValueError, "X has 0 sequences and no token: pass at least one."):
            learn(X, [])
    with refuses(ValueError, "Found array with 0 sample(s) (shape=(0, 2)) while a minimum of 1"):
        learn(np.empty((0, 2)), [])
    for X in ([[]], [[], ()], [np.empty((0, 3))], [sparse.csr_array((0, 3))], np.empty((2, 0, 3))):
        with refuses(ValueError, f"X has {len(X)} sequences and no token: pass at least"):
            learn(X, [[]] * len(X))


def test_sequences_of_weight_zero_teach_no_words():
    fitted = tagger(analyzer="word", char_hidden_size=0).fit(WORDS, TAGS, [0, 1])
    assert fitted.vocabulary_ == {"Swim": 1}
    assert fitted.classes_.tolist() == ["VERB"]
    assert fitted.t_ == 1


def test_a_validation_set_takes_both():
    with refuses(ValueError, "A validation set is X_val and y_val: pass both or none."):
        tagger().fit(WORDS, TAGS, X_val=WORDS)
    with refuses(ValueError, "A validation set is X_val and y_val: pass both or none."):
        tagger().fit(WORDS, TAGS, y_val=TAGS)


@pytest.mark.parametrize(
    ("X", "X_val", "y_val", "error", "message"),
    [
        (WORDS, DICTS, TAGS, ValueError, "The tokens of X are dicts, but this BiLSTMTagger was"),
        (WORDS, MATRICES, TAGS, ValueError, "The tokens of X are vectors, but this BiLSTMTagger"),
        (MATRICES, WORDS, TAGS, ValueError, "The tokens of X are words, but this BiLSTMTagger was"),
        (MATRICES, [np.ones((1, 2))], [["VERB"]], ValueError, "X has 2 features, but BiLSTMTagger"),
        (WORDS, [], [], ValueError, "X has 0 sequences and no token: pass at least one."),
        (
            WORDS,
            [[]],
            [[]],
            ValueError,
            "X has 1 sequences and no token: pass at least",
        ),
        (WORDS, "abc", TAGS, TypeError, "X is of type str, not a list."),
        (WORDS, WORDS, [["NOUN"], ["VERB"]], ValueError, "X[0] has 2 tokens, but y[0] has 1 tags"),
        (WORDS, WORDS, [["NOUN", None], ["VERB"]], ValueError, "Input y contains None, first in y"),
        (
            WORDS,
            WORDS,
            INDICES,
            ValueError,
            "The tags of y are of type int, such as 0, but the classes are ['NOUN', 'VERB']: pass "
            "tags of the type seen in fit.",
        ),
    ],
)
def test_a_bad_validation_set_is_named_as_such(X, X_val, y_val, error, message):
    with refuses(error, f"In X_val and y_val, which this message calls X and y: {message}"):
        tagger().fit(X, TAGS, X_val=X_val, y_val=y_val)


def test_a_validation_set_may_hold_tags_that_are_new():
    message = (
        r"^1 of 1 tags of y_val are not among the classes and count as wrong\. The first is "
        r"y_val\[0\]\[0\], 'X'\. Pass tags of the tag set that was used in training, or add such "
        r"tags to the training set\.$"
    )
    with pytest.warns(UserWarning, match=message):
        fitted = tagger().fit(WORDS, TAGS, X_val=[["Ducks"]], y_val=[["X"]])
    assert fitted.classes_.tolist() == ["NOUN", "VERB"]
    assert fitted.validation_scores_ == [0.0]


def test_no_empty_sequence_is_held_out():
    learner = tagger(early_stopping=True, validation_fraction=0.5)
    learner.fit([[], ["Ducks"], [], ["swim"]], [[], ["NOUN"], [], ["NOUN"]])
    assert learner.validation_scores_ == [1.0]


def test_holding_out_everything_is_refused():
    with refuses(
        ValueError,
        "early_stopping=True holds out 1 of 1 sequences, which leaves none to train on. Pass more "
        "sequences, or a validation set as X_val and y_val, or set validation_fraction or "
        "early_stopping=False.",
    ):
        tagger(early_stopping=True).fit(WORDS[:1], TAGS[:1])


@pytest.mark.parametrize("form", [list, np.array], ids=["tags in lists", "tags in an array"])
def test_a_sample_is_divided_into_whole_sequences(form):
    X = np.arange(-10.0, 10).reshape(10, 2, 1)
    y = form(X[:, :, 0].astype(int).tolist())
    sample = check_dataset(X, y, np.arange(10), tagger(), reset=True)
    training, validation_set = _hold_out(sample, 0.3, np.random.RandomState(0))
    held_out = check_dataset(*validation_set, tagger(), reset=True)
    assert [len(part.tokens.lengths) for part in (training, held_out)] == [6, 3]
    for part in (training, held_out):
        assert part.tokens.values.ravel().tolist() == list(part.labels)
        assert (np.asarray(part.labels)[::2] // 2 + 5).tolist() == part.sequence_weights.tolist()
        assert part.weights.tolist() == np.repeat(part.sequence_weights, 2).tolist()
    assert training.tokens.origins.tolist() == training.sequence_weights.tolist()
    shares = np.concatenate([training.sequence_weights, held_out.sequence_weights])
    assert sorted(shares) == list(range(1, 10))
    assert not np.array_equal(held_out.sequence_weights, [7, 8, 9])
