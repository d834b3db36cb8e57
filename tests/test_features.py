from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest

from sklstm import _features
from sklstm._batches import FeatureDropout
from sklstm._features import (
    UNKNOWN,
    Lexicon,
    affix_features,
    bag_dicts,
    bag_words,
    document_frequencies,
    load_names,
    store_names,
    to_bags,
    word_features,
    word_shape,
)


def dense(bags):
    return bags.features.toarray()


def test_affix_features_are_word_lower_case_shape_prefixes_and_suffixes():
    assert affix_features("Cats") == [
        "word=Cats", "lower=cats", "shape=Xx",
        "prefix=c", "prefix=ca", "prefix=cat",
        "suffix=s", "suffix=ts", "suffix=ats", "suffix=cats",
    ]  # fmt: skip


def test_short_words_have_no_affix_twice():
    assert affix_features("a")[3:] == ["prefix=a", "suffix=a"]
    assert affix_features("")[:3] == ["word=", "lower=", "shape="]


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("NASA", "X"),
        ("iPhone", "xXx"),
        ("3.14", "d.d"),
        ("Київ", "Xx"),
        ("كىتاب", "x"),
        ("😀", "😀"),
    ],
)
def test_word_shape_in_any_script(word, shape):
    assert word_shape(word) == shape


def test_each_distinct_word_is_analyzed_once():
    analyzed = []

    def analyzer(word):
        analyzed.append(word)
        return [word]

    bagged = bag_words(["a", "b", "a", "a"], analyzer)
    assert analyzed == ["a", "b"]
    assert bagged.types.tolist() == [0, 1, 0, 0]


def test_dicts_name_their_features():
    token = {"w": "cat", "cap": True, "low": False, "n": 2.5, "in": ["a", "b"], "d": {"x": "y"}}
    bagged = bag_dicts([token, {}])
    named = dict(zip(bagged.names, bagged.values.tolist(), strict=True))
    assert named == {"w=cat": 1, "cap": 1, "low": 0, "n": 2.5, "in=a": 1, "in=b": 1, "d:x=y": 1}
    assert bagged.offsets.tolist() == [0, 7, 7]


def test_equal_dicts_are_of_one_type():
    tokens = [{"w": "the", "n": 1}, {"n": 1, "w": "the"}, {"w": "cat"}, {"w": "the", "n": 2}]
    assert bag_dicts(tokens).types.tolist() == [0, 0, 1, 2]


def test_dicts_agree_with_dict_vectorizer():
    from sklearn.feature_extraction import DictVectorizer

    tokens = [{"w": "cat", "n": 2.0, "up": True}, {"w": "dog", "up": False}, {"n": -1.0}]
    vectorizer = DictVectorizer(sparse=False)
    expected = vectorizer.fit_transform(tokens)
    vocabulary = {name: column + 1 for name, column in vectorizer.vocabulary_.items()}
    bags = to_bags(bag_dicts(tokens), vocabulary)
    np.testing.assert_array_equal(dense(bags)[:, 1:], expected)
    assert not dense(bags)[:, UNKNOWN].any()


def test_a_word_that_lacks_a_feature_has_the_unknown_one_once():
    bags = to_bags(bag_words(["cat", "cow"], lambda w: [w[0], w, w[-1]]), {"c": 1, "w": 2})
    assert dense(bags).tolist() == [[1, 1, 0], [1, 1, 1]]


def test_a_feature_named_twice_counts_twice():
    bags = to_bags(bag_words(["aa"], list), {"a": 1})
    assert dense(bags).tolist() == [[0, 2]]


def test_a_hidden_word_keeps_the_features_that_it_shares():
    bagged = bag_words(["cat", "cow", "emu"], lambda w: [w, w[0]])
    vocabulary = {name: k for k, name in enumerate(["c", "cat", "cow", "e", "emu"], 1)}
    bags = to_bags(bagged, vocabulary, np.array([1.0, 3.0, 1.0]), word_dropout=0.5)
    shown, hidden = dense(bags)[:3], dense(bags)[3:]
    assert shown.tolist() == [[0, 1, 1, 0, 0, 0], [0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1]]
    assert hidden.tolist() == [[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]
    np.testing.assert_allclose(bags.hiding, [0.5 / 1.5, 0.5 / 3.5, 0.5 / 1.5])


def test_tokens_are_hidden_as_often_as_their_type_says():
    bagged = bag_words(["rare", *["common"] * 9], word_features)
    bags = to_bags(bagged, {"rare": 1, "common": 2}, np.array([1.0, 9.0]), word_dropout=1.0)
    rng = np.random.RandomState(0)
    tokens = np.arange(10_000)
    bags = bags._replace(types=np.repeat(np.int32([0, 1]), 5000))
    inputs = bags.shown(rng).take(tokens, FeatureDropout())
    unknown = inputs.features.toarray()[:, inputs.rows.tolist().index(UNKNOWN)]
    np.testing.assert_allclose(
        [unknown[:5000].mean(), unknown[5000:].mean()], [0.5, 0.1], atol=0.02
    )
    assert not (bags.take(tokens, FeatureDropout()).rows == UNKNOWN).any()  # never at prediction


def test_document_frequencies_count_sequences_by_weight():
    bagged = bag_words(["a", "a", "b", "a"], word_features)
    frequencies = document_frequencies(bagged, np.array([0, 0, 1, 1]), np.array([1.0, 2.5]))
    assert frequencies == {"a": 3.5, "b": 2.5}


def test_document_frequencies_of_sequences_and_types_that_hold_nothing():
    bagged = bag_words(["a", "b"], lambda w: [w] if w == "a" else [])
    assert document_frequencies(bagged, np.array([0, 0]), np.array([2.0, 1.0])) == {"a": 2.0}
    assert document_frequencies(bag_dicts([{}, {}]), np.array([0, 1]), np.ones(3)) == {}


def test_names_of_any_characters_come_back():
    names = ["", "a b", "line\nbreak", "нуль\0", "😀", "\ud800 lone surrogate", "كىتاب"]
    stored = store_names(names)
    assert load_names(stored) == names
    assert stored["bytes"].dtype == np.uint8
    assert load_names(store_names([])) == []


# --- words met before ---------------------------------------------------------------------------


TABLE = np.arange(8, dtype=np.float32).reshape(4, 2)


def vectors_of(words, analyzer):
    """Return the sums that the lexicon is to remember."""
    vocabulary = {"a": 1, "b": 2, "c": 3}
    return to_bags(bag_words(words, analyzer), vocabulary).features @ TABLE


@pytest.fixture
def lexicon():
    return Lexicon(vectors_of)


def vectors(distinct):
    return distinct.values[distinct.types].tolist()


def test_a_lexicon_gives_each_token_its_vector(lexicon):
    words = ["ab", "c", "ab", "z", ""]
    expected = [vectors_of([word], list)[0].tolist() for word in words]
    assert vectors(lexicon.distinct(words, list)) == expected
    assert vectors(lexicon.distinct(words[::-1], list)) == expected[::-1]


def test_a_word_is_analyzed_once(lexicon):
    analyzed = []

    def analyzer(word):
        analyzed.append(word)
        return [word]

    for words in (["a", "b", "a"], ["b", "c"], [], ["a", "c"]):
        lexicon.distinct(words, analyzer)
    assert analyzed == ["a", "b", "c"]


def test_another_analyzer_is_not_answered_with_what_the_first_one_said(lexicon):
    assert vectors(lexicon.distinct(["ab"], lambda word: ["a"])) == [[2, 3]]
    assert vectors(lexicon.distinct(["ab"], lambda word: ["b"])) == [[4, 5]]


def test_a_lexicon_forgets_where_it_would_grow_too_large(lexicon, monkeypatch):
    monkeypatch.setattr(_features, "_LEXICON_BYTES", 10 * 2 * 4)  # ten words
    for start in range(0, 100, 7):
        words = [f"{'abc'[k % 3]}" + "z" * k for k in range(start, start + 7)]
        distinct = lexicon.distinct(words, list)
        assert vectors(distinct) == vectors_of(words, list).tolist()
        assert lexicon._vectors.nbytes <= _features._LEXICON_BYTES


def test_threads_may_ask_one_lexicon_at_once(lexicon):
    words = ["".join(word) for n in range(1, 5) for word in product("abc", repeat=n)]
    expected = vectors(lexicon.distinct(words, list))
    fresh = Lexicon(vectors_of)

    def ask(start):
        return vectors(fresh.distinct(words[start:] + words[:start], list))

    with ThreadPoolExecutor(4) as pool:
        for start, found in enumerate(pool.map(ask, range(0, 40))):
            assert found == expected[start:] + expected[:start]
