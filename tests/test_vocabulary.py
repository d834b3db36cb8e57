"""Taggers whose features and their rows are fixed by `vocabulary`."""

import re

import numpy as np
import pytest

from sklstm import BiLSTMTagger

X = [["Ducks", "swim"], ["Owls", "fly"], ["Owls", "swim"]]
Y = [["N", "V"], ["N", "V"], ["N", "V"]]
NAMES = ["word=swim", "lower=fly", "char=s", "char=w"]


def tagger(**params):
    settings = {"embedding_size": 6, "char_hidden_size": 2, "max_iter": 2, "random_state": 0}
    return BiLSTMTagger(4, **settings | params)


def assert_same_model(one, other):
    assert one.vocabulary_ == other.vocabulary_
    for name, W in one.coefs_.items():
        np.testing.assert_array_equal(W, other.coefs_[name])


@pytest.mark.parametrize(
    "vocabulary",
    [
        NAMES,
        tuple(NAMES),
        np.array(NAMES),
        {"char=w": 4, "word=swim": 1, "char=s": 3, "lower=fly": 2},
    ],
    ids=lambda vocabulary: type(vocabulary).__name__,
)
def test_vocabulary_fixes_the_features_and_their_rows(vocabulary):
    fitted = tagger(vocabulary=vocabulary).fit(X, Y)
    assert list(fitted.vocabulary_.items()) == [
        ("word=swim", 1), ("lower=fly", 2), ("char=s", 3), ("char=w", 4),
    ]  # fmt: skip
    assert fitted.coefs_["embedding"].shape == (5, 6)
    assert {type(name) for name in fitted.vocabulary_} == {str}


def test_a_set_is_sorted():
    assert list(tagger(vocabulary=set(NAMES)).fit(X, Y).vocabulary_) == sorted(NAMES)


def test_the_vocabulary_of_a_tagger_gives_another_the_same_model():
    first = tagger().fit(X, Y)
    assert_same_model(tagger(vocabulary=first.vocabulary_).fit(X, Y), first)
    assert_same_model(tagger(vocabulary=first.vocabulary_, min_df=2).fit(X, Y), first)


def test_the_features_of_the_vocabulary_of_dicts():
    fitted = tagger(vocabulary=["a", "b=c"]).fit([[{"a": 1, "d": 2}]], [["T"]])
    assert fitted.vocabulary_ == {"a": 1, "b=c": 2}


def test_parts_of_a_corpus_have_the_same_rows_with_the_vocabulary_of_the_whole():
    vocabulary = tagger().fit(X, Y).vocabulary_
    for part in (slice(0, 1), slice(1, 3)):
        assert tagger(vocabulary=vocabulary).fit(X[part], Y[part]).vocabulary_ == vocabulary


def test_partial_fit_with_a_vocabulary_adds_no_feature():
    fitted = tagger().partial_fit(X[:1], Y[:1])
    n_features = len(fitted.vocabulary_)
    fitted.set_params(vocabulary=fitted.vocabulary_).partial_fit(X, Y)
    assert len(fitted.vocabulary_) == n_features
    fitted.set_params(vocabulary=[*fitted.vocabulary_, "word=new"]).partial_fit(X, Y)
    assert fitted.vocabulary_["word=new"] == n_features + 1
    assert fitted.coefs_["embedding"].shape[0] == n_features + 2


def test_training_does_not_continue_with_another_vocabulary():
    fitted = tagger().partial_fit(X, Y).set_params(vocabulary=NAMES)
    with pytest.raises(ValueError, match="does not begin with the features of this BiLSTMTagger"):
        fitted.partial_fit(X, Y)


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ("word=swim", "must be None, a collection of the names of features, or a mapping"),
        (iter(NAMES), "must be None, a collection of the names of features, or a mapping"),
        ([], "must be None or not empty. Got []"),
        (5, "must be an instance of 'collections.abc.Iterable' or None. Got 5"),
        ([1, 2], "must be made of str, the names of features. Got 1"),
        (["a", "b", "a"], "must be made of different names. Got 'a' instead"),
        ({"a": 0, "b": 1}, "must be a mapping to the rows 1, 2, ..., 2, each once"),
        ({"a": 1, "b": 1}, "must be a mapping to the rows 1, 2, ..., 2, each once"),
        ({"a": 1, "b": 3}, "must be a mapping to the rows 1, 2, ..., 2, each once"),
        ({"a": 1, "b": "2"}, "must be a mapping to the rows 1, 2, ..., 2, each once"),
    ],
)
def test_an_invalid_vocabulary_is_refused(vocabulary, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        tagger(vocabulary=vocabulary).fit(X, Y)


def test_a_vocabulary_without_any_feature_of_the_tokens_is_refused():
    with pytest.raises(ValueError, match=r"such as 'Ducks', but not one like 'word=Ducks'"):
        tagger(vocabulary=["Ducks", "swim"]).fit(X, Y)
    with pytest.raises(ValueError, match=r"not one like 'char=D'.* or set char_hidden_size=0"):
        tagger(vocabulary=["word=Ducks"]).fit(X, Y)
    assert tagger(vocabulary=["word=Ducks"], char_hidden_size=0).fit(X, Y).n_iter_ == 2


def test_vectors_have_no_vocabulary():
    with pytest.raises(ValueError, match="vocabulary is for words and dicts, but the tokens of X"):
        tagger(vocabulary=NAMES).fit(np.eye(3), ["N", "V", "N"])


def test_a_large_vocabulary_is_not_printed():
    assert repr(BiLSTMTagger(vocabulary={"a": 1, "b": 2})) == (
        "BiLSTMTagger(vocabulary=<dict of 2 features>)"
    )
