"""feature_effects and similar_features, against predictions for tokens with the features."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklstm import BiLSTMTagger
from sklstm.inspection import feature_effects, similar_features


def by_bars(word):
    return word.split("|")


def all_log_odds(tagger, token):
    p = tagger.predict_proba([[token]])[0][0].astype(np.float64)
    return np.log(p / (1 - p))


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_the_effect_of_a_feature_is_its_effect_on_an_unknown_word(english, output):
    X, y = english
    X = [[f"word={word}|suffix={word[-2:]}" for word in words] for words in X]
    tagger = BiLSTMTagger(
        6, embedding_size=8, char_hidden_size=0, analyzer=by_bars, max_iter=4, output=output,
        learning_rate_init=0.03, random_state=0,
    ).fit(X, y)  # fmt: skip
    found = feature_effects(tagger, prefix="suffix=")
    assert found.classes.tolist() == tagger.classes_.tolist()
    assert found.names.tolist() == [n for n in tagger.vocabulary_ if n.startswith("suffix=")]
    assert found.effects.shape == (len(found.names), len(found.classes))
    nothing = all_log_odds(tagger, "never seen")
    for name, effects in zip(found.names[::7], found.effects[::7], strict=True):
        expected = all_log_odds(tagger, f"{name}|never seen") - nothing
        np.testing.assert_allclose(effects, expected, atol=1e-4)


def test_the_effect_of_a_numeric_feature_is_that_of_the_value_1(english):
    X, y = english
    X = [[{"word": word, "length": len(word) / 8} for word in words] for words in X]
    tagger = BiLSTMTagger(6, embedding_size=8, max_iter=4, random_state=0).fit(X, y)
    found = feature_effects(tagger, prefix="length")
    assert found.names.tolist() == ["length"]
    expected = all_log_odds(tagger, {"length": 1, "never": 1}) - all_log_odds(tagger, {"never": 1})
    np.testing.assert_allclose(found.effects[0], expected, atol=1e-4)


def test_all_features_of_dicts_are_selected_by_default(english):
    X, y = english
    X = [[{"word": word, "suffix": word[-2:], "n": 1} for word in words] for words in X]
    tagger = BiLSTMTagger(4, embedding_size=8, max_iter=1, random_state=0).fit(X, y)
    assert feature_effects(tagger).names.tolist() == list(tagger.vocabulary_)
    assert feature_effects(tagger, prefix="n").names.tolist() == ["n"]


@pytest.mark.parametrize("analyzer", ["word", "char_ngram", by_bars])
def test_all_features_of_other_analyzers_are_selected_by_default(english, analyzer):
    tagger = BiLSTMTagger(4, embedding_size=8, char_hidden_size=2, max_iter=1, analyzer=analyzer)
    tagger.fit(*english)
    names = [name for name in tagger.vocabulary_ if not name.startswith("char=")]
    assert feature_effects(tagger).names.tolist() == names


@pytest.fixture(scope="module")
def of_endings():
    X = [["walked", "talked", "jumped"], ["slowly", "quickly", "badly"]] * 10
    y = [["VERB"] * 3, ["ADV"] * 3] * 10
    return BiLSTMTagger(hidden_layer_sizes=8, random_state=0).fit(X, y)


def test_suffixes_have_effects_on_the_tags_of_their_words(of_endings):
    effects = feature_effects(of_endings)
    assert all(name.endswith("y") for name, _ in effects.top("ADV", 5))
    assert all(name.endswith("d") for name, _ in effects.top("VERB", 5))


def test_the_largest_effects_come_first(of_endings):
    effects = feature_effects(of_endings)
    names, values = zip(*effects.top("ADV", 1000), strict=True)
    assert sorted(names) == sorted(effects.names)
    assert list(values) == sorted(effects.effects[:, 0].tolist(), reverse=True)


def test_suffixes_are_selected_by_default(of_endings):
    names = feature_effects(of_endings).names.tolist()
    assert names == [name for name in of_endings.vocabulary_ if name.startswith("suffix=")]


def test_effects_print_as_a_table_of_the_largest_for_each_tag(of_endings):
    effects = feature_effects(of_endings)
    caption, _, header, *rows = str(effects).split("\n")
    assert (
        caption == f"Largest effects of {len(effects.names)} features on the log-odds of each tag"
    )
    assert header.split() == ["tag", *["feature", "effect"] * 3]
    for tag, row in zip(["ADV", "VERB"], rows, strict=True):
        expected = [(name, f"{effect:.2f}") for name, effect in effects.top(tag, 3)]
        assert row.split() == [tag, *(text for pair in expected for text in pair)]
    assert effects._repr_html_().count("<tr>") == 3
    assert str(feature_effects(of_endings, prefix="suffix=ly")).count("suffix=ly") == 2


def test_lists_of_features_print_as_tables(of_endings):
    top = feature_effects(of_endings).top("ADV", 1)
    assert str(top).split() == ["feature", "effect", top[0][0], f"{top[0][1]:.2f}"]
    similar = similar_features(of_endings, "suffix=ly", n=1)
    name, cosine = similar[0]
    assert str(similar).split() == ["feature", "similarity", name, f"{cosine:.2f}"]
    assert name in similar._repr_html_()


def test_characters_are_not_features(of_endings):
    assert any(name.startswith("char=") for name in of_endings.vocabulary_)
    names = feature_effects(of_endings, prefix="").names.tolist()
    assert names == [name for name in of_endings.vocabulary_ if not name.startswith("char=")]


def test_similar_features_have_the_highest_cosine_similarity(of_endings):
    vocabulary, table = of_endings.vocabulary_, of_endings._model.table.astype(np.float64)
    embedding = table[vocabulary["suffix=ly"]]
    cosines = {
        name: row @ embedding / np.sqrt((row @ row) * (embedding @ embedding))
        for name, row in zip(vocabulary, table[1:], strict=True)
        if name != "suffix=ly"
    }
    best = sorted(cosines, key=cosines.get, reverse=True)
    found = similar_features(of_endings, "suffix=ly", n=5)
    assert [name for name, _ in found] == best[:5]
    np.testing.assert_allclose([cosine for _, cosine in found], [cosines[n] for n in best[:5]],
                               rtol=1e-5)  # fmt: skip
    of_kind = similar_features(of_endings, "suffix=ly", n=3, prefix="prefix=")
    assert [name for name, _ in of_kind] == [n for n in best if n.startswith("prefix=")][:3]


def test_unknown_features_raise_errors_with_a_hint(of_endings):
    with pytest.raises(ValueError, match=r"no feature 'sufix=ly'\. Did you mean 'suffix=ly'"):
        similar_features(of_endings, "sufix=ly")
    with pytest.raises(ValueError, match=r"no feature 'ly'. Did you mean 'suffix=ly'\?"):
        similar_features(of_endings, "ly")
    with pytest.raises(ValueError, match=r"no feature 'SUFFIX=LY'\. Did you mean 'suffix=ly'\?"):
        similar_features(of_endings, "SUFFIX=LY")
    with pytest.raises(ValueError, match=r"begins with 'sufix='\. There are .*'suffix='"):
        feature_effects(of_endings, prefix="sufix=")
    with pytest.raises(ValueError, match="begins with 'zzz'"):
        similar_features(of_endings, "suffix=ly", prefix="zzz")


@pytest.mark.parametrize("value", [3, ["suffix=ly"], np.array(["suffix=ly"])])
def test_features_and_prefixes_must_be_str(of_endings, value):
    with pytest.raises(TypeError, match=r"feature is .*, but must be a str"):
        similar_features(of_endings, value)
    with pytest.raises(TypeError, match=r"prefix is .*, but must be a str"):
        feature_effects(of_endings, prefix=value)
    with pytest.raises(ValueError, match=r"tag is .*, but must be one of the classes"):
        feature_effects(of_endings).top(value)


def test_other_invalid_arguments_raise_errors(of_endings, vectors):
    with pytest.raises(ValueError, match="n is 0"):
        similar_features(of_endings, "suffix=ly", n=0)
    with pytest.raises(
        ValueError, match=r"tag is 'AVD', but .* \['ADV', 'VERB'\]\. Did you mean 'ADV'"
    ):
        feature_effects(of_endings).top("AVD")
    with pytest.raises(NotFittedError):
        feature_effects(BiLSTMTagger())
    of_vectors = BiLSTMTagger(4, max_iter=1).fit(*vectors)
    for inspect in (feature_effects, lambda tagger: similar_features(tagger, "x0")):
        with pytest.raises(ValueError, match="fitted on vectors, whose features have no embed"):
            inspect(of_vectors)
    one_class = BiLSTMTagger(4, max_iter=1).fit([["a"]], [["X"]])
    with pytest.raises(ValueError, match="fitted on a single tag, 'X'"):
        feature_effects(one_class)
