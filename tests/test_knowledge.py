import numpy as np
import pytest

from sklstm import BiLSTMTagger, _knowledge
from sklstm._knowledge import Knowledge
from sklstm._validation import check_classes, check_dataset

X = [["b", "a"], ["c", "a", "d"]]
Y = [["x", "y"], ["y", "y", "x"]]


def start(X=X, y=Y, known=None, sample_weight=None, **params):
    params = {"analyzer": "word", "char_hidden_size": 0, **params}
    tagger = BiLSTMTagger(4, embedding_size=3, **params)
    sample = check_dataset(X, y, sample_weight, tagger, reset=True)
    classes = check_classes(None, sample, known and known.classes)
    rng = np.random.RandomState(0)
    return _knowledge.start(sample, classes, tagger.get_params(), rng, known)[0]


def test_the_vocabulary_is_sorted_and_begins_after_the_unknown_row():
    known = start()
    assert known.vocabulary == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert known.model.table.shape == (5, 3)


def test_new_features_take_new_rows_and_known_ones_keep_theirs():
    known = start()
    grown = start([["e", "a", "A"]], [["x", "y", "x"]], known)
    assert grown.vocabulary == {"a": 1, "b": 2, "c": 3, "d": 4, "A": 5, "e": 6}
    np.testing.assert_array_equal(grown.model.table[:5], known.model.table)
    assert grown.classes.tolist() == ["x", "y"]


def test_going_on_leaves_what_was_known_as_it_was():
    known = start()
    grown = start(known=known)
    grown.model.vector += 1
    grown.model.table += 1
    assert not np.array_equal(grown.model.vector, known.model.vector)
    assert not np.array_equal(grown.model.table, known.model.table)


def test_weights_below_one_count_against_min_df():
    assert list(start(sample_weight=[0.5, 0.5]).vocabulary) == ["a"]


@pytest.mark.parametrize("kind", ["words", "vectors"])
def test_the_state_gives_the_knowledge_back(kind):
    known = start() if kind == "words" else start([np.ones((2, 3)), np.ones((3, 3))])
    again = Knowledge.from_state(known.state(), known.classes, known.vocabulary)
    assert again.kind == kind
    assert again.architecture == known.architecture
    for ours, theirs in zip(known.model.arrays(), again.model.arrays(), strict=True):
        assert ours is theirs
    assert ("table" in known.state()) == (kind == "words")


def test_targets_are_class_indices_and_weights():
    sample = check_dataset(X, Y, [1, 2], BiLSTMTagger(4), reset=True)
    targets = start().targets(sample)
    assert targets.classes.tolist() == [0, 1, 1, 1, 0]
    assert targets.weights.tolist() == [1, 1, 2, 2, 2]
