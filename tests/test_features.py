import numpy as np
import pytest
from numpy.random import RandomState
from scipy import sparse

from sklstm import BiLSTMTagger
from sklstm._features import (
    MAX_CHARACTERS,
    UNKNOWN,
    CharacterIds,
    EncodedTokens,
    affix_features,
    char_ngram_features,
    character_features,
    document_frequencies,
    drop_features,
    encode_features,
    extract_dict_features,
    extract_word_features,
    word_features,
    word_shape,
)
from sklstm.nn.packing import pack


def dense(encoded):
    return encoded.features.toarray()


def encode(words, analyzer, vocabulary, *word_dropout, characters=False):
    """Extract and encode the features, and the characters, of words."""
    features = extract_word_features(words, analyzer)
    names = extract_word_features(features.words, character_features) if characters else None
    return encode_features(features, names, vocabulary, *word_dropout)


def test_affix_features_are_word_lower_case_shape_prefixes_and_suffixes():
    assert affix_features("Cats") == [
        "word=Cats", "lower=cats", "shape=Xx",
        "prefix=c", "prefix=ca", "prefix=cat", "prefix=cats",
        "suffix=s", "suffix=ts", "suffix=ats", "suffix=cats",
    ]  # fmt: skip


def test_affixes_have_up_to_six_characters():
    assert affix_features("Meaningless")[3:] == [
        "prefix=m", "prefix=me", "prefix=mea", "prefix=mean", "prefix=meani", "prefix=meanin",
        "suffix=s", "suffix=ss", "suffix=ess", "suffix=less", "suffix=gless", "suffix=ngless",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("well-known", ["well", "known"]),
        ("học sinh", ["học", "sinh"]),
        ("#AppleWatch", ["applewatch"]),
        ("http://a.com/A-b", ["http", "a", "com", "b"]),
        ("snake_case", ["snake", "case"]),
        ("3+4", ["3", "4"]),
        ("हिन्दी", []),  # letters with combining marks: nothing divides it
        ("Boats", []),
        ("...", []),
        ("", []),
    ],
)
def test_parts_are_what_white_space_punctuation_and_symbols_divide_a_word_into(word, parts):
    features = affix_features(word)
    assert [name for name in features if name.startswith("part=")] == [f"part={p}" for p in parts]


def test_short_words_have_no_affix_twice():
    assert affix_features("a")[3:] == ["prefix=a", "suffix=a"]
    assert affix_features("")[:3] == ["word=", "lower=", "shape="]


def test_char_ngram_features_are_word_lower_case_shape_and_ngrams_with_marked_ends():
    assert char_ngram_features("Cat") == [
        "word=Cat", "lower=cat", "shape=Xx",
        "ngram=<c", "ngram=ca", "ngram=at", "ngram=t>",
        "ngram=<ca", "ngram=cat", "ngram=at>",
        "ngram=<cat", "ngram=cat>",
    ]  # fmt: skip


def ngrams_of(marked):
    return {marked[i : i + n] for n in (2, 3, 4) for i in range(len(marked) - n + 1)}


@pytest.mark.parametrize("word", ["", "a", "aaaa", "mississippi", "<b>", "не"])
def test_no_ngram_of_a_word_is_repeated(word):
    ngrams = [name.removeprefix("ngram=") for name in char_ngram_features(word)[3:]]
    assert len(set(ngrams)) == len(ngrams)
    assert set(ngrams) == ngrams_of(f"<{word}>")


def test_ngrams_of_long_words_are_those_of_both_ends():
    start, end = "abcdefghijklmnop", "ABCDEFGHIJKLMNOP".lower()[::-1]
    just, longer = start + end, start + "0123456789" * 20 + end
    assert len(just) == MAX_CHARACTERS
    assert char_ngram_features(longer)[3:] == char_ngram_features(just)[3:]
    assert char_ngram_features(longer)[:2] == [f"word={longer}", f"lower={longer}"]
    assert not {name[6:] for name in char_ngram_features(longer)[3:]} & set("0123456789")


def test_ngrams_of_characters_whose_lower_case_is_longer():
    """The lower case of a dotted capital I is two characters long."""
    lower = "\u0130".lower()
    assert len(lower) == 2
    for n, kept in [(1, 1), (20, 16)]:
        ngrams = [name.removeprefix("ngram=") for name in char_ngram_features("\u0130" * n)[3:]]
        assert set(ngrams) == ngrams_of(f"<{lower * kept}>")


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


def test_each_unique_word_is_analyzed_once():
    analyzed = []

    def analyzer(word):
        analyzed.append(word)
        return [word]

    features = extract_word_features(["a", "b", "a", "a"], analyzer)
    assert analyzed == ["a", "b"]
    assert features.types.tolist() == [0, 1, 0, 0]


def test_dicts_name_their_features():
    token = {"w": "cat", "cap": True, "low": False, "n": 2.5, "in": ["a", "b"], "d": {"x": "y"}}
    features = extract_dict_features([token, {}])
    named = dict(zip(features.names, features.values.tolist(), strict=True))
    assert named == {"w=cat": 1, "cap": 1, "low": 0, "n": 2.5, "in=a": 1, "in=b": 1, "d:x=y": 1}
    assert features.offsets.tolist() == [0, 7, 7]


def test_equal_dicts_have_one_type():
    tokens = [{"w": "the", "n": 1}, {"n": 1, "w": "the"}, {"w": "cat"}, {"w": "the", "n": 2}]
    assert extract_dict_features(tokens).types.tolist() == [0, 0, 1, 2]


def test_dicts_agree_with_dict_vectorizer():
    from sklearn.feature_extraction import DictVectorizer

    tokens = [{"w": "cat", "n": 2.0, "up": True}, {"w": "dog", "up": False}, {"n": -1.0}]
    vectorizer = DictVectorizer(sparse=False)
    expected = vectorizer.fit_transform(tokens)
    vocabulary = {name: column + 1 for name, column in vectorizer.vocabulary_.items()}
    encoded = encode_features(extract_dict_features(tokens), None, vocabulary)
    np.testing.assert_array_equal(dense(encoded)[:, 1:], expected)
    assert not dense(encoded)[:, UNKNOWN].any()


def test_a_word_with_unknown_features_has_the_feature_unknown_once():
    encoded = encode(["cat", "cow"], lambda w: [w[0], w, w[-1]], {"c": 1, "w": 2})
    assert dense(encoded).tolist() == [[1, 1, 0], [1, 1, 1]]


def test_a_repeated_feature_counts_twice():
    encoded = encode(["aa"], list, {"a": 1})
    assert dense(encoded).tolist() == [[0, 2]]


def test_with_word_dropout_a_word_keeps_the_features_that_it_shares():
    vocabulary = {name: k for k, name in enumerate(["c", "cat", "cow", "e", "emu"], 1)}
    words, type_weights = ["cat", "cow", "emu"], np.array([1.0, 3.0, 1.0])
    encoded = encode(words, lambda w: [w, w[0]], vocabulary, 0.5, type_weights)
    kept, dropped = dense(encoded)[:3], dense(encoded)[3:]
    assert kept.tolist() == [[0, 1, 1, 0, 0, 0], [0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1]]
    assert dropped.tolist() == [[1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]
    np.testing.assert_allclose(encoded.dropout_proba, [0.5 / 1.5, 0.5 / 3.5, 0.5 / 1.5])


def test_word_dropout_has_the_probability_of_the_type():
    words, vocabulary = ["rare", *["common"] * 9], {"rare": 1, "common": 2}
    encoded = encode(words, word_features, vocabulary, 1.0, np.array([1.0, 9.0]))
    tokens = np.arange(10_000)
    encoded = encoded._replace(types=np.repeat(np.int32([0, 1]), 5000))
    batch = encoded.apply_word_dropout(np.random.RandomState(0)).batch(tokens)
    unknown = batch.features.toarray()[:, batch.rows.tolist().index(UNKNOWN)]
    np.testing.assert_allclose(
        [unknown[:5000].mean(), unknown[5000:].mean()], [0.5, 0.1], atol=0.02
    )
    assert not (encoded.batch(tokens).rows == UNKNOWN).any()  # never in prediction


# -- characters ----------------------------------------------------------------------------------


def characters(word):
    return [name.removeprefix("char=") for name in character_features(word)]


def ids_of(characters, k):
    """Return the ids of the characters of a type."""
    return characters.ids[characters.offsets[k] : characters.offsets[k + 1]].tolist()


def test_characters_are_those_of_unique_words_and_keep_their_case():
    features = extract_word_features(["Ab", "b", "Ab", "\U0001f600é"], word_features)
    assert features.types.tolist() == [0, 1, 0, 2]
    characters = extract_word_features(features.words, character_features)
    assert characters.names == [f"char={c}" for c in "Abb\U0001f600é"]
    assert characters.offsets.tolist() == [0, 2, 3, 5]
    ids = encode(["Ab", "b", "Ab"], word_features, {"char=b": 1}, characters=True).characters
    assert [ids_of(ids, k) for k in range(2)] == [[UNKNOWN, 1], [1]]


def test_of_long_words_the_characters_of_both_ends_are_read():
    word = "".join(map(chr, range(1000, 1000 + MAX_CHARACTERS)))
    assert characters(word) == list(word)
    half = MAX_CHARACTERS // 2
    for middle in ("x", "x" * 1000):
        assert characters(word[:half] + middle + word[half:]) == list(word)


def test_an_empty_word_has_a_character_of_its_own():
    assert characters("") == [""]
    assert characters(" ") == [" "]


def test_characters_are_found_in_the_vocabulary():
    words = ["cab", "", "abz"]
    vocabulary = {"char=a": 3, "char=b": 1, "char=": 5, "a": 2, "b": 4}
    ids = encode(words, word_features, vocabulary, characters=True).characters
    assert [ids_of(ids, k) for k in range(3)] == [[UNKNOWN, 3, 1], [5], [3, 1, UNKNOWN]]
    assert encode(words, word_features, vocabulary).characters is None


def test_with_word_dropout_a_word_keeps_the_characters_that_it_shares():
    """It is encoded as a word with a rare character that was never seen."""
    words, type_weights = ["cab", "bat", "aaz", "zz"], np.array([1.0, 1.0, 5.0, 1.0])
    vocabulary = {f"char={c}": k for k, c in enumerate("abctz", 1)}
    ids = encode(words, word_features, vocabulary, 0.5, type_weights, characters=True).characters
    assert [ids_of(ids, k) for k in range(4)] == [[3, 1, 2], [2, 1, 4], [1, 1, 5], [5, 5]]
    # c and t occur in one word each, however often it occurs; a and z in two or more.
    dropped = [ids_of(ids, 4 + k) for k in range(4)]
    assert dropped == [[UNKNOWN, 1, 2], [2, 1, UNKNOWN], [1, 1, 5], [5, 5]]


def test_a_character_that_one_word_repeats_is_not_shared():
    words, vocabulary = ["aa", "b", "bc"], {f"char={c}": k for k, c in enumerate("abc", 1)}
    ids = encode(words, word_features, vocabulary, 1.0, np.ones(3), characters=True).characters
    assert [ids_of(ids, 3 + k) for k in range(3)] == [[0, 0], [2], [2, 0]]


def test_word_dropout_applies_to_features_and_characters_of_a_word_together():
    vocabulary = {"ab": 1, "bc": 2, "char=a": 3, "char=b": 4, "char=c": 5}
    encoded = encode(["ab", "bc"], word_features, vocabulary, 1.0, np.ones(2), characters=True)
    encoded = encoded._replace(types=np.repeat(np.int32([0, 1]), 500))
    batch = encoded.apply_word_dropout(np.random.RandomState(0)).batch(np.arange(1000))
    feature = batch.rows[batch.features.indices]  # one for each token
    packing, rows, index, _, words = batch.characters
    of_word = np.zeros((packing.n_sequences, 6), int)
    np.add.at(of_word, (packing.ranks, batch.rows[rows[index]]), 1)
    counts = (words @ of_word).astype(int)
    seen = {(k, *row) for k, row in zip(feature.tolist(), counts.tolist(), strict=True)}
    # The words share the b, and nothing else.
    dropped = (UNKNOWN, 1, 0, 0, 0, 1, 0)
    assert seen == {(1, 0, 0, 0, 1, 1, 0), (2, 0, 0, 0, 0, 1, 1), dropped}
    np.testing.assert_allclose((feature == UNKNOWN).mean(), 0.5, atol=0.05)


def no_features(word):
    return []


def test_a_tagger_learns_words_by_the_order_of_their_characters():
    """All words have the same characters."""
    words = ["abc", "cba", "bca", "acb", "bac", "cab"]
    tags = [f"starts with {word[0]}" for word in words]
    tagger = BiLSTMTagger(
        8, analyzer=no_features, char_hidden_size=8, word_dropout=0, max_iter=40,
        learning_rate_init=0.02, random_state=0,
    ).fit([[word] for word in words * 8], [[tag] for tag in tags * 8])  # fmt: skip
    assert tagger.predict([words])[0] == tags
    assert sorted(tagger.vocabulary_) == ["char=a", "char=b", "char=c"]


def test_a_tagger_without_characters_has_no_parameters_for_them(small, english):
    small.set_params(char_hidden_size=0).fit(*english)
    assert not [name for name in small.vocabulary_ if name.startswith("char=")]
    n_parameters = small._model.vector.size
    small.set_params(char_hidden_size=4).fit(*english)
    assert {"char=a", "char=T", "char=."} <= set(small.vocabulary_)
    # Two LSTMs that read embeddings of size 16, and a projection of their last states.
    n_more = 2 * 4 * 4 * (4 + 16 + 1) + (2 * 4 + 1) * 16
    assert small._model.vector.size == n_parameters + n_more


def test_the_middle_of_long_words_is_not_read(small, english):
    small.set_params(analyzer=no_features).fit(*english)
    start, end = "unbelievablelong", "longunbelievable"
    one, two = (f"{start}{middle}{end}" for middle in ("", "-or-not-so-long-"))
    three = f"{start}{end[::-1]}"
    p = [small.predict_proba([[word]])[0] for word in (one, two, three)]
    np.testing.assert_array_equal(p[0], p[1])
    assert not np.array_equal(p[0], p[2])


def test_no_feature_is_dropped_in_prediction(small, english):
    X, y = english
    plain, dropped = (
        small.set_params(feature_dropout=rate, word_dropout=0).fit(X, y).predict_proba(X)
        for rate in (0, 0.8)
    )
    assert not np.allclose(np.concatenate(plain), np.concatenate(dropped), atol=0.01)
    small.set_params(feature_dropout=0)
    for expected, words in zip(dropped, X, strict=True):
        np.testing.assert_allclose(small.predict_proba([words])[0], expected, atol=1e-5)


def test_min_df_applies_to_characters(small):
    X, y = [["aq", "b"], ["a", "b"], ["bb"]], [["x", "y"], ["x", "y"], ["y"]]
    small.set_params(analyzer="word", min_df=2).fit(X, y)
    assert sorted(small.vocabulary_) == ["b", "char=a", "char=b"]
    np.testing.assert_array_equal(*(small.predict_proba([[w]])[0] for w in ("aq", "az")))


@pytest.mark.parametrize("analyzer", ["affix", "char_ngram", "word"])
@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_empty_words_and_empty_sequences_are_legal(small, analyzer, output):
    X = [["", "a"], [], [""], ["b", "", ""], []]
    y = [["e", "w"], [], ["e"], ["w", "e", "e"], []]
    small.set_params(analyzer=analyzer, output=output, max_iter=40).fit(X * 4, y * 4)
    assert small.predict(X).tolist() == y
    assert small.predict([[], ["", "c"]]).tolist()[0] == []
    assert [p.shape for p in small.predict_proba(X)] == [(len(words), 2) for words in X]


def test_a_tagger_fitted_on_empty_words_only(small):
    small.fit([["", ""]], [["x", "y"]])
    assert len(small.predict([["", "a", ""]])[0]) == 3
    assert "char=" in small.vocabulary_


def test_unseen_words_are_recognized_by_ngrams_of_their_middles():
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
    features = extract_word_features(["a", "a", "b", "a"], word_features)
    frequencies = document_frequencies(features, np.array([0, 0, 1, 1]), np.array([1.0, 2.5]))
    assert frequencies == {"a": 3.5, "b": 2.5}


def test_document_frequencies_of_empty_sequences_and_types_without_features():
    features = extract_word_features(["a", "b"], lambda w: [w] if w == "a" else [])
    assert document_frequencies(features, np.array([0, 0]), np.array([2.0, 1.0])) == {"a": 2.0}
    assert document_frequencies(extract_dict_features([{}, {}]), np.array([0, 1]), np.ones(3)) == {}


# -- batches ------------------------------------------------------------------------------------


def make_tokens(n_types=6, n_tokens=40, characters=True, word_dropout=True, dtype=np.float32):
    """Return random tokens with 30 features, of which the last 10 are characters."""
    rng = np.random.RandomState(0)
    n_rows = 2 * n_types if word_dropout else n_types
    features = sparse.random_array(
        (n_rows, 30), density=0.2, format="csr", rng=np.random.default_rng(0), dtype=dtype
    )
    lengths = np.tile(rng.randint(1, 6, n_types), n_rows // n_types)
    ids = None
    if characters:
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        ids = CharacterIds(rng.randint(20, 30, lengths.sum()), offsets)
    types = rng.randint(n_rows, size=n_tokens).astype(np.int32)
    vectors = rng.normal(size=(n_types, 2)).astype(dtype)
    return EncodedTokens(types, features, np.full(n_types, 0.5), ids, vectors)


def ones(n_rows, n_columns):
    return sparse.csr_array(np.ones((n_rows, n_columns), np.float32))


def test_a_batch_of_characters_packs_each_unique_word_once():
    lengths = np.array([3, 1, 4, 1, 2])
    characters = CharacterIds(np.arange(11), np.concatenate([[0], np.cumsum(lengths)]))
    assert [ids_of(characters, k) for k in range(5)] == [
        [0, 1, 2], [3], [4, 5, 6, 7], [8], [9, 10],
    ]  # fmt: skip
    types = np.array([1, 4, 2, 4])
    packing, rows, index, sum_characters, words = characters.batch(types, np.float32)
    assert words.indices.tolist() == [2, 1, 0, 1]  # ranks of the words, longest first
    by_rank = [ids_of(characters, k) for k in (2, 4, 1)]
    ids = rows[index]
    for step, (step_rows, _, _) in enumerate(packing.steps):
        assert ids[step_rows].tolist() == [word[step] for word in by_rank if step < len(word)]
    expected = pack(lengths[[1, 2, 4]])
    np.testing.assert_array_equal(packing.offsets, expected.offsets)
    np.testing.assert_array_equal(packing.ranks, expected.ranks)
    np.testing.assert_array_equal(packing.reversal, expected.reversal)
    one_hot = np.arange(len(rows))[:, None] == index
    np.testing.assert_array_equal(sum_characters.toarray(), one_hot)


@pytest.mark.parametrize("characters", [True, False])
def test_a_batch_has_the_features_of_its_tokens(characters):
    encoded = make_tokens(characters=characters)
    tokens = np.array([5, 0, 39, 5, 17, 8])
    types = encoded.types[tokens]
    features, rows, _, vectors = encoded.batch(tokens)
    table = np.random.RandomState(1).normal(size=(30, 3))
    np.testing.assert_allclose(features @ table[rows], (encoded.features @ table)[types])
    assert (np.diff(rows) > 0).all()
    # Word dropout does not apply to pre-trained vectors.
    np.testing.assert_array_equal(vectors, encoded.vectors[types % 6])
    assert (types >= 6).any()


def test_a_batch_has_the_characters_of_its_tokens():
    encoded = make_tokens()
    tokens = np.array([5, 0, 39, 5, 17, 8])
    batch = encoded.batch(tokens)
    packing, rows, index, _, words = batch.characters
    ids = batch.rows[rows[index]]
    for token, rank in zip(tokens, words.indices, strict=True):
        expected = ids_of(encoded.characters, encoded.types[token])
        assert ids[packing.ranks == rank].tolist() == expected
    assert (words.data == 1).all()
    assert packing.n_sequences == len(set(encoded.types[tokens]))  # each once
    assert len(set(rows)) == len(rows)


def test_a_batch_names_only_the_rows_of_its_features_and_characters():
    encoded = make_tokens()
    tokens = np.array([3, 4])
    types = encoded.types[tokens]
    expected = {
        *encoded.features[types].indices,
        *(i for k in types for i in ids_of(encoded.characters, k)),
    }
    assert set(encoded.batch(tokens).rows) == expected


# -- feature dropout ----------------------------------------------------------------------------


def test_dropout_of_tokens_without_features():
    dropped = drop_features(sparse.csr_array((3, 5), dtype=np.float32), 0.5, RandomState(1))
    assert dropped.shape == (3, 5)
    assert dropped.nnz == 0


def test_without_feature_dropout_all_features_are_kept():
    encoded = make_tokens()
    tokens = np.arange(40)
    features, rows, *_ = encoded.batch(tokens)
    whole = np.zeros((40, 30), np.float32)
    whole[:, rows] = features.toarray()
    np.testing.assert_array_equal(whole, encoded.features[encoded.types].toarray())


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.9])
def test_features_are_dropped_at_the_rate_and_the_others_scaled(rate):
    features = ones(2000, 30)
    dropped = drop_features(features, rate, RandomState(3))
    np.testing.assert_allclose(1 - dropped.nnz / features.nnz, rate, atol=0.01)
    np.testing.assert_allclose(dropped.data, 1 / (1 - rate), rtol=1e-6)
    # So the expected sum does not change, in every column and every row.
    np.testing.assert_allclose(dropped.mean(), 1, atol=0.05)
    np.testing.assert_allclose(dropped.mean(axis=0), 1, atol=0.5)
    per_token = dropped.count_nonzero(axis=1)
    assert per_token.std() == pytest.approx((30 * rate * (1 - rate)) ** 0.5, rel=0.1)


def test_features_that_are_kept_keep_their_place():
    features = make_tokens(dtype=np.float64).features
    dropped = drop_features(features, 0.5, RandomState(0)).toarray()
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], 2 * features.toarray()[kept])
    assert 0 < kept.sum() < features.nnz


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_feature_dropout_keeps_the_precision_and_leaves_features_unmodified(dtype):
    features = make_tokens(dtype=dtype).features
    for array in (features.data, features.indices, features.indptr):
        array.flags.writeable = False
    assert drop_features(features, 0.3, RandomState(0)).dtype == dtype


def test_the_same_seed_drops_the_same_features_and_another_seed_others():
    one, same, other = (
        drop_features(ones(50, 30), 0.5, RandomState(seed)).toarray() for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).mean() > 0.4


def test_tokens_of_one_word_lose_different_features():
    encoded = make_tokens(characters=False, word_dropout=False)._replace(
        types=np.zeros(300, np.int32), features=ones(6, 30)
    )
    batch = encoded.batch(np.arange(300), 0.5, RandomState(0))
    assert len({tuple(row) for row in batch.features.toarray().tolist()}) == 300


def test_feature_dropout_does_not_apply_to_characters_and_vectors():
    encoded = make_tokens()
    tokens = np.arange(40)
    plain, dropped = encoded.batch(tokens), encoded.batch(tokens, 0.9, RandomState(0))
    assert dropped.features.nnz < 0.3 * plain.features.nnz
    np.testing.assert_array_equal(dropped.vectors, plain.vectors)
    np.testing.assert_array_equal(*(b.characters.packing.tokens for b in (plain, dropped)))
    np.testing.assert_array_equal(*(b.characters.packing.offsets for b in (plain, dropped)))
    ids = [b.rows[b.characters.rows[b.characters.index]] for b in (plain, dropped)]
    np.testing.assert_array_equal(*ids)


def test_a_token_can_lose_all_its_features():
    batch = make_tokens(characters=False).batch(np.arange(40), 0.999, RandomState(0))
    assert batch.features.shape == (40, len(batch.rows))
    assert (batch.features.count_nonzero(axis=1) == 0).any()
