from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest

from sklstm import BiLSTMTagger, _features
from sklstm._batches import FeatureDropout
from sklstm._features import (
    MAX_SPELLED,
    UNKNOWN,
    Lexicon,
    affix_features,
    bag_dicts,
    bag_words,
    char_ngram_features,
    document_frequencies,
    load_names,
    spell,
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


def test_char_ngram_features_are_word_lower_case_shape_and_runs_with_both_ends_marked():
    assert char_ngram_features("Cat") == [
        "word=Cat", "lower=cat", "shape=Xx",
        "ngram=<c", "ngram=ca", "ngram=at", "ngram=t>",
        "ngram=<ca", "ngram=cat", "ngram=at>",
        "ngram=<cat", "ngram=cat>",
    ]  # fmt: skip


def runs_of(marked):
    return {marked[i : i + n] for n in (2, 3, 4) for i in range(len(marked) - n + 1)}


@pytest.mark.parametrize("word", ["", "a", "aaaa", "mississippi", "<b>", "не"])
def test_no_run_of_a_word_is_named_twice(word):
    runs = [name.removeprefix("ngram=") for name in char_ngram_features(word)[3:]]
    assert len(set(runs)) == len(runs)
    assert set(runs) == runs_of(f"<{word}>")


def test_runs_of_long_words_are_those_of_both_ends():
    start, end = "abcdefghijklmnop", "ABCDEFGHIJKLMNOP".lower()[::-1]
    just, longer = start + end, start + "0123456789" * 20 + end
    assert len(just) == MAX_SPELLED
    assert char_ngram_features(longer)[3:] == char_ngram_features(just)[3:]
    assert char_ngram_features(longer)[:2] == [f"word={longer}", f"lower={longer}"]
    assert not {name[6:] for name in char_ngram_features(longer)[3:]} & set("0123456789")


def test_letters_that_grow_in_lower_case_are_cut_into_runs_of_it():
    """The lower case of a dotted capital I is two characters long."""
    lower = "\u0130".lower()
    assert len(lower) == 2
    for n, kept in [(1, 1), (20, 16)]:
        runs = [name.removeprefix("ngram=") for name in char_ngram_features("\u0130" * n)[3:]]
        assert set(runs) == runs_of(f"<{lower * kept}>")


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


# --- characters ---------------------------------------------------------------------------------


def characters(word):
    return [name.removeprefix("char=") for name in spell(bag_words([word], list)).names]


def spelled(letters, k):
    """Return the ids of the characters of a type."""
    return letters.ids[letters.starts[k] : letters.starts[k] + letters.lengths[k]].tolist()


def test_words_are_spelled_once_each_and_case_is_kept():
    bagged = bag_words(["Ab", "b", "Ab", "\U0001f600é"], word_features)
    names = spell(bagged)
    assert names.names == [f"char={c}" for c in "Abb\U0001f600é"]
    assert names.offsets.tolist() == [0, 2, 3, 5]
    assert names.types.tolist() == bagged.types.tolist()


def test_long_words_are_spelled_by_both_ends():
    word = "".join(map(chr, range(1000, 1000 + MAX_SPELLED)))
    assert characters(word) == list(word)
    half = MAX_SPELLED // 2
    for middle in ("x", "x" * 1000):
        assert characters(word[:half] + middle + word[half:]) == list(word)


def test_a_word_without_characters_has_one_that_stands_for_none():
    assert characters("") == [""]
    assert characters(" ") == [" "]


def test_characters_are_found_in_the_vocabulary():
    bagged = bag_words(["cab", "", "abz"], word_features)
    vocabulary = {"char=a": 3, "char=b": 1, "char=": 5, "a": 2, "b": 4}
    letters = to_bags(bagged, vocabulary, spelled=spell(bagged)).letters
    assert [spelled(letters, k) for k in range(3)] == [[UNKNOWN, 3, 1], [5], [3, 1, UNKNOWN]]
    assert to_bags(bagged, vocabulary).letters is None


def test_a_hidden_word_keeps_the_characters_that_it_shares():
    """As a word with a rare character would look if it had never been seen."""
    bagged = bag_words(["cab", "bat", "aaz", "zz"], word_features)
    vocabulary = {f"char={c}": k for k, c in enumerate("abctz", 1)}
    weights = np.array([1.0, 1.0, 5.0, 1.0])
    letters = to_bags(bagged, vocabulary, weights, 0.5, spell(bagged)).letters
    assert [spelled(letters, k) for k in range(4)] == [[3, 1, 2], [2, 1, 4], [1, 1, 5], [5, 5]]
    # c and t are of one word each, however often it occurs; a and z are of two or more.
    hidden = [spelled(letters, 4 + k) for k in range(4)]
    assert hidden == [[UNKNOWN, 1, 2], [2, 1, UNKNOWN], [1, 1, 5], [5, 5]]


def test_a_character_that_one_word_repeats_is_not_shared():
    bagged = bag_words(["aa", "b", "bc"], word_features)
    vocabulary = {f"char={c}": k for k, c in enumerate("abc", 1)}
    letters = to_bags(bagged, vocabulary, np.ones(3), 1.0, spell(bagged)).letters
    assert [spelled(letters, 3 + k) for k in range(3)] == [[0, 0], [2], [2, 0]]


def test_a_word_is_hidden_with_its_features_and_its_characters_at_once():
    bagged = bag_words(["ab", "bc"], word_features)
    vocabulary = {"ab": 1, "bc": 2, "char=a": 3, "char=b": 4, "char=c": 5}
    bags = to_bags(bagged, vocabulary, np.ones(2), 1.0, spell(bagged))
    bags = bags._replace(types=np.repeat(np.int32([0, 1]), 500))
    inputs = bags.shown(np.random.RandomState(0)).take(np.arange(1000), FeatureDropout())
    feature = inputs.rows[inputs.features.indices]  # one for each token
    packing, distinct, characters, words = inputs.spelled
    of_word = np.zeros((packing.n_sequences, 6), int)
    np.add.at(of_word, (packing.ranks, inputs.rows[distinct[characters]]), 1)
    spelling = (words @ of_word).astype(int)
    seen = {(k, *counts) for k, counts in zip(feature.tolist(), spelling.tolist(), strict=True)}
    # Of either word the other one holds the b, and nothing else.
    hidden = (UNKNOWN, 1, 0, 0, 0, 1, 0)
    assert seen == {(1, 0, 0, 0, 1, 1, 0), (2, 0, 0, 0, 0, 1, 1), hidden}
    np.testing.assert_allclose((feature == UNKNOWN).mean(), 0.5, atol=0.05)


def no_features(word):
    return []


def test_a_tagger_learns_words_by_their_spelling_alone():
    """Their order tells, and not which they are."""
    words = ["abc", "cba", "bca", "acb", "bac", "cab"]
    tags = [f"starts with {word[0]}" for word in words]
    tagger = BiLSTMTagger(
        8, analyzer=no_features, char_hidden_size=8, word_dropout=0, max_iter=40,
        learning_rate_init=0.02, random_state=0,
    ).fit([[word] for word in words * 8], [[tag] for tag in tags * 8])  # fmt: skip
    assert tagger.predict([words])[0] == tags
    assert sorted(tagger.vocabulary_) == ["char=a", "char=b", "char=c"]


def test_a_tagger_without_characters_has_none(small, english):
    small.set_params(char_hidden_size=0).fit(*english)
    assert not [name for name in small.vocabulary_ if name.startswith("char=")]
    n_parameters = small._network["vector"].size
    small.set_params(char_hidden_size=4).fit(*english)
    assert {"char=a", "char=T", "char=."} <= set(small.vocabulary_)
    # Two LSTMs over embeddings of 16, and 8 numbers more for each direction of the layer to read.
    assert small._network["vector"].size == n_parameters + 2 * 4 * 4 * (4 + 16 + 1) + 2 * 4 * 8 * 8


def test_a_tagger_reads_long_words_without_their_middle(small, english):
    small.set_params(analyzer=no_features).fit(*english)
    start, end = "unbelievablelong", "longunbelievable"
    one, two = (f"{start}{middle}{end}" for middle in ("", "-or-not-so-long-"))
    three = f"{start}{end[::-1]}"
    p = [small.predict_proba([[word]])[0] for word in (one, two, three)]
    np.testing.assert_array_equal(p[0], p[1])
    assert not np.array_equal(p[0], p[2])


def test_no_feature_is_dropped_in_prediction(small, english):
    X, y = english
    plain, thinned = (
        small.set_params(feature_dropout=rate, word_dropout=0).fit(X, y).predict_proba(X)
        for rate in (0, 0.8)
    )
    assert not np.allclose(np.concatenate(plain), np.concatenate(thinned), atol=0.01)
    small.set_params(feature_dropout=0)
    for expected, alone in zip(thinned, X, strict=True):
        np.testing.assert_allclose(small.predict_proba([alone])[0], expected, atol=1e-5)


def test_rare_characters_are_left_out_like_other_rare_features(small):
    X, y = [["aq", "b"], ["a", "b"], ["bb"]], [["x", "y"], ["x", "y"], ["y"]]
    small.set_params(analyzer="word", min_df=2).fit(X, y)
    assert sorted(small.vocabulary_) == ["b", "char=a", "char=b"]
    np.testing.assert_array_equal(*(small.predict_proba([[w]])[0] for w in ("aq", "az")))


@pytest.mark.parametrize("analyzer", ["affix", "char_ngram", "word"])
@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_words_without_characters_and_sequences_without_words_are_legal(small, analyzer, output):
    X = [["", "a"], [], [""], ["b", "", ""], []]
    y = [["e", "w"], [], ["e"], ["w", "e", "e"], []]
    small.set_params(analyzer=analyzer, output=output, max_iter=40).fit(X * 4, y * 4)
    assert small.predict(X).tolist() == y
    assert small.predict([[], ["", "c"]]).tolist()[0] == []
    assert [p.shape for p in small.predict_proba(X)] == [(len(words), 2) for words in X]


def test_a_tagger_fitted_on_words_without_characters_alone(small):
    small.fit([["", ""]], [["x", "y"]])
    assert len(small.predict([["", "a", ""]])[0]) == 3
    assert "char=" in small.vocabulary_


def test_words_not_seen_are_known_by_runs_from_their_middles():
    rng = np.random.RandomState(0)
    ends = [rng.choice(list("abcdefghijklm"), 4) for _ in range(240)]
    tags = ["x", "y"] * 120
    middles = ["zuz", "wvw"] * 120
    words = ["".join([*e[:2], m, *e[2:]]) for e, m in zip(ends, middles, strict=True)]
    pairs = [[word] for word in words], [[tag] for tag in tags]
    train, test = ([part[:120] for part in pairs], [part[120:] for part in pairs])
    scores = {}
    for analyzer in ("char_ngram", "affix"):
        tagger = BiLSTMTagger(4, analyzer=analyzer, char_hidden_size=0, max_iter=6, random_state=0)
        scores[analyzer] = tagger.fit(*train).score(*test)
    assert scores["char_ngram"] > 0.95
    assert scores["affix"] < 0.7


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
