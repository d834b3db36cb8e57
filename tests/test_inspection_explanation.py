"""explain_tag, against finite differences and predictions for sequences without a token."""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklstm import BiLSTMTagger
from sklstm.inspection import TagExplanation, explain_tag, feature_effects

WORDS = ["She", "booked", "rooms", "yesterday"]
# A word without any known feature, and an unknown character.
UNKNOWN = "☃"
METHODS = ["gradient", "occlusion"]


@pytest.fixture(scope="module")
def of_words(english):
    return BiLSTMTagger(
        8, embedding_size=12, char_hidden_size=3, max_iter=4, learning_rate_init=0.03,
        random_state=0,
    ).fit(*english)  # fmt: skip


@pytest.fixture(scope="module", params=["softmax", "crf"])
def of_vectors(request, vectors):
    X, y = vectors
    y = [np.where(x[:, 1] > 0.5, 2, tags) for x, tags in zip(X, y, strict=True)]
    return BiLSTMTagger((6, 4), output=request.param, max_iter=4, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def of_dicts(english):
    X, y = english
    return BiLSTMTagger(6, embedding_size=8, max_iter=3, random_state=0).fit(dicts(X), y)


def dicts(X):
    return [[{"word": w, "ending": w[-2:], "length": len(w) / 8} for w in words] for words in X]


def log_odds(tagger, sequence, position, tag):
    log_p = tagger.predict_log_proba([sequence])[0][position].astype(np.float64)
    is_tag = tagger.classes_ == tag
    return log_p[is_tag][0] - np.log(np.exp(log_p[~is_tag]).sum())


def in_double_precision(tagger):
    tagger, model = copy.copy(tagger), tagger._model
    vector, table = model.vector.astype(np.float64), model.table.astype(np.float64)
    tagger._model = replace(model, vector=vector, table=table)
    return tagger


def with_row_scaled(tagger, feature, factor):
    tagger = copy.copy(tagger)
    table = tagger._model.table.copy()
    table[tagger.vocabulary_.get(feature, 0)] *= factor  # row 0 is that of the unknown
    tagger._model = replace(tagger._model, table=table)
    return tagger


# -- the explained tag --------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_predicted_tag_is_explained(of_words, method):
    predicted = of_words.predict([WORDS])[0]
    explanation = explain_tag(of_words, WORDS, 1, method=method)
    assert explanation.tag == predicted[1]
    assert explanation.tokens == WORDS
    assert (explanation.position, explanation.method) == (1, method)
    expected = log_odds(of_words, WORDS, 1, predicted[1])
    np.testing.assert_allclose(explanation.log_odds, expected, rtol=1e-4)


def test_the_tag_of_a_crf_is_that_of_the_best_path(vectors):
    X, y = vectors
    y = [np.where(x[:, 1] > 0.5, 2, tags) for x, tags in zip(X, y, strict=True)]
    tagger = BiLSTMTagger(4, output="crf", max_iter=4, random_state=0).fit(X, y)
    pairs = zip(tagger.predict(X), tagger.predict_proba(X), strict=True)
    i, position = next(  # where another tag has the highest marginal
        (i, t) for i, (tags, p) in enumerate(pairs) for t in range(len(p))
        if tags[t] != tagger.classes_[p[t].argmax()]
    )  # fmt: skip
    assert explain_tag(tagger, X[i], position).tag == tagger.predict([X[i]])[0][position]


def test_any_tag_can_be_explained(of_words):
    explanation = explain_tag(of_words, WORDS, 1, tag="ADJ")
    assert explanation.tag == "ADJ"
    np.testing.assert_allclose(explanation.log_odds, log_odds(of_words, WORDS, 1, "ADJ"), rtol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_contributions_to_two_classes_are_opposite(vectors, method):
    X, y = vectors
    tagger = BiLSTMTagger(4, max_iter=2, random_state=0).fit(X, y)
    one, other = (explain_tag(tagger, X[1], 0, tag=tag, method=method) for tag in (0, 1))
    np.testing.assert_allclose(one.contributions, -other.contributions, rtol=1e-9, atol=1e-12)


def test_a_negative_position_counts_from_the_end(of_words):
    last, same = explain_tag(of_words, WORDS, -1), explain_tag(of_words, WORDS, 3)
    assert last.position == 3
    np.testing.assert_array_equal(last.contributions, same.contributions)


# -- by gradient --------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 2])
@pytest.mark.parametrize("k", [0, 2])
def test_the_gradient_equals_finite_differences(of_vectors, vectors, position, k):
    x = next(x for x in vectors[0] if len(x) > 3)
    tag, step = of_vectors.classes_[k], 1e-5
    expected = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += step
        below[place] -= step
        odds = [log_odds(of_vectors, moved, position, tag) for moved in (above, below)]
        expected[place] = (odds[0] - odds[1]) / (2 * step) * x[place]
    explanation = explain_tag(of_vectors, x, position, tag=tag, method="gradient")
    found = np.array([[features[name] for name in ("x0", "x1", "x2")]
                      for features in explanation.features])  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(explanation.contributions, expected.sum(axis=1), atol=1e-9)


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_the_contribution_of_a_feature_is_that_of_its_embedding(english, small, output):
    tagger = in_double_precision(small.set_params(output=output).fit(*english))
    words = [*english[0][0][:4], "teethehe", english[0][0][0]]  # all characters are known
    explanation, step = explain_tag(tagger, words, 2, method="gradient"), 1e-5
    assert "<unknown>" in explanation.features[4]
    names = {name for features in explanation.features for name in features} - {"<characters>"}
    assert len(names) > 20
    for name in names:
        odds = [
            log_odds(with_row_scaled(tagger, name, factor), words, 2, explanation.tag)
            for factor in (1 + step, 1 - step)
        ]
        found = sum(features.get(name, 0) for features in explanation.features)
        np.testing.assert_allclose(found, (odds[0] - odds[1]) / (2 * step), rtol=1e-5, atol=1e-9)


def test_gradient_contributions_of_features_add_up_to_their_token(of_words):
    explanation = explain_tag(of_words, ["☃", *WORDS], 2, method="gradient")
    sums = [sum(features.values()) for features in explanation.features]
    np.testing.assert_array_equal(explanation.contributions, sums)


def test_contributions_depend_on_the_values_of_features(of_dicts, english):
    # The only feature of the token is a number: its contribution is proportional to it.
    one, two = ([{"word": "the"}, {"length": n}] for n in (1e-6, 2e-6))
    small, large = (
        explain_tag(of_dicts, x, 0, tag="NOUN", method="gradient").contributions[1]
        for x in (one, two)
    )
    np.testing.assert_allclose(large, 2 * small, rtol=1e-3)
    assert small != 0


# -- by occlusion -------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["softmax", "crf"])
@pytest.mark.parametrize("position", [0, 3])
def test_a_removed_word_is_an_unknown_word(english, small, output, position):
    words = ["the", "rooms", "booked", "the"]
    embeddings = {word: np.full(2, len(word) / 10) for word in words}
    tagger = small.set_params(output=output, embeddings=embeddings).fit(*english)
    explanation = explain_tag(tagger, words, position, method="occlusion")
    whole = log_odds(tagger, words, position, explanation.tag)
    for t, found in enumerate(explanation.contributions):
        without = [*words[:t], UNKNOWN, *words[t + 1 :]]
        fall = whole - log_odds(tagger, without, position, explanation.tag)
        np.testing.assert_allclose(found, fall, atol=2e-5)


def test_a_removed_vector_is_zeros(of_vectors, vectors):
    x = vectors[0][0]
    explanation = explain_tag(of_vectors, x, 1, method="occlusion")
    whole = log_odds(of_vectors, x, 1, explanation.tag)
    for t in range(len(x)):
        without = x.copy()
        without[t] = 0
        fall = whole - log_odds(of_vectors, without, 1, explanation.tag)
        np.testing.assert_allclose(explanation.contributions[t], fall, atol=1e-9)
        for k in range(3):
            without = x.copy()
            without[t, k] = 0
            fall = whole - log_odds(of_vectors, without, 1, explanation.tag)
            np.testing.assert_allclose(explanation.features[t][f"x{k}"], fall, atol=1e-9)


def test_a_removed_feature_is_missing_from_the_dict(of_dicts):
    sequence = dicts([WORDS])[0]
    sequence[3] = {"ending": "ed", "length": 0.5}
    explanation = explain_tag(of_dicts, sequence, 0, method="occlusion")
    whole = log_odds(of_dicts, sequence, 0, explanation.tag)
    assert set(explanation.features[3]) == {"ending=ed", "length"}
    for name, found in explanation.features[3].items():
        rest = {key: v for key, v in sequence[3].items() if key != name.split("=")[0]}
        fall = whole - log_odds(of_dicts, [*sequence[:3], rest], 0, explanation.tag)
        np.testing.assert_allclose(found, fall, atol=2e-5)


def test_removed_characters_are_an_unknown_character(english):
    # Without features of the analyzer, a word only has characters.
    tagger = BiLSTMTagger(
        6, embedding_size=8, char_hidden_size=3, analyzer=no_features, max_iter=2, random_state=0
    ).fit(*english)
    explanation = explain_tag(tagger, WORDS, 1, method="occlusion")
    assert [list(features) for features in explanation.features] == [["<characters>"]] * 4
    # An empty word is encoded as one unknown character.
    odds = [log_odds(tagger, words, 1, explanation.tag) for words in (WORDS, ["", *WORDS[1:]])]
    np.testing.assert_allclose(
        explanation.features[0]["<characters>"], odds[0] - odds[1], atol=2e-5
    )


def no_features(word):
    return []


def test_an_unknown_token_has_no_contribution(of_words):
    explanation = explain_tag(of_words, [UNKNOWN, "the"], 1, method="occlusion")
    assert abs(explanation.contributions[0]) < 1e-6
    assert list(explanation.features[0]) == ["<unknown>", "<characters>"]


def test_many_variants_are_predicted_in_batches(of_vectors, vectors, monkeypatch):
    x = vectors[0][0]
    whole = explain_tag(of_vectors, x, 0, method="occlusion")
    monkeypatch.setattr("sklstm.inspection._log_odds._AT_ONCE", 3 * len(x))
    parts = explain_tag(of_vectors, x, 0, method="occlusion")
    np.testing.assert_allclose(parts.contributions, whole.contributions, rtol=1e-9)
    assert [list(f) for f in parts.features] == [list(f) for f in whole.features]


# -- the features -------------------------------------------------------------------------------


def test_words_have_the_features_of_the_analyzer(of_words):
    features = explain_tag(of_words, ["The", "xyzzy"], 0).features
    assert list(features[0]) == [
        "word=The", "lower=the", "shape=Xx", "prefix=t", "prefix=th", "prefix=the",
        "suffix=e", "suffix=he", "suffix=the", "<characters>",
    ]  # fmt: skip
    assert next(iter(features[1])) == "<unknown>"
    assert "word=xyzzy" not in features[1]
    assert "shape=x" in features[1]


def test_words_with_pretrained_vectors_have_those(english, small):
    embeddings = {"the": [0.5, 0.1], "booked": [0.2, 0.3]}
    tagger = small.set_params(embeddings=embeddings, char_hidden_size=0).fit(*english)
    for method in METHODS:
        features = explain_tag(tagger, ["the", "rooms"], 0, method=method).features
        assert "<characters>" not in features[0]
        assert features[0]["<vector>"] != 0
        assert abs(features[1]["<vector>"]) < 1e-6  # no known vector


def test_columns_of_frames_have_their_names(vectors):
    pd = pytest.importorskip("pandas")
    X, y = vectors
    frames = [pd.DataFrame(x, columns=["east", "north", "up"]) for x in X]
    tagger = BiLSTMTagger(4, max_iter=1, random_state=0).fit(frames, y)
    explanation = explain_tag(tagger, frames[0], 0)
    assert list(explanation.features[0]) == ["east", "north", "up"]
    np.testing.assert_array_equal(explanation.tokens, X[0])


def test_a_repeated_feature_counts_as_often(english):
    X, y = english
    tagger = BiLSTMTagger(
        4, char_hidden_size=0, analyzer=twice, max_iter=1, random_state=0
    ).fit(X, y)  # fmt: skip
    (features,) = explain_tag(tagger, ["the"], 0).features
    assert list(features) == ["the"]
    once = BiLSTMTagger(4, char_hidden_size=0, analyzer="word", max_iter=1, random_state=0)
    once.fit(X, y).set_params(analyzer="word")
    architecture = tagger._model.architecture._replace(analyzer="word")
    once._model = replace(tagger._model, table=tagger._model.table * 2, architecture=architecture)
    (expected,) = explain_tag(once, ["the"], 0).features
    np.testing.assert_allclose(features["the"], expected["the"], rtol=1e-5)


def twice(word):
    return [word, word]


def test_the_largest_contributions_come_first(of_words):
    explanation = explain_tag(of_words, WORDS, 1)
    top = explanation.top(5)
    assert len(top) == 5
    sizes = [abs(contribution) for _, _, contribution in top]
    everything = [abs(v) for features in explanation.features for v in features.values()]
    assert sizes == sorted(everything, reverse=True)[:5]
    for position, name, contribution in top:
        assert explanation.features[position][name] == contribution


# -- forms of input -----------------------------------------------------------------------------


@pytest.mark.parametrize("container", [tuple, np.array, lambda words: np.array(words, object)])
def test_any_container_of_words_is_a_sequence(of_words, container):
    same = explain_tag(of_words, container(WORDS), 0)
    np.testing.assert_array_equal(same.contributions, explain_tag(of_words, WORDS, 0).contributions)


@pytest.mark.parametrize("form", [np.ndarray.tolist, sparse.csr_array, sparse.csr_matrix, list])
def test_any_form_of_vectors_is_a_sequence(of_vectors, vectors, form):
    x = vectors[0][0]
    same = explain_tag(of_vectors, form(x), 0).contributions
    np.testing.assert_allclose(same, explain_tag(of_vectors, x, 0).contributions, rtol=1e-12)


def test_later_tokens_do_not_contribute_in_a_unidirectional_tagger(english, small):
    tagger = small.set_params(bidirectional=False).fit(*english)
    for method in METHODS:
        contributions = explain_tag(tagger, WORDS, 1, method=method).contributions
        assert np.abs(contributions[:2]).min() > 0
        np.testing.assert_allclose(contributions[2:], 0, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_tagger_and_the_sequence_are_not_modified(of_vectors, vectors, method):
    x = vectors[0][0].copy()
    before = of_vectors._model.vector.copy()
    explain_tag(of_vectors, x, 0, method=method)
    np.testing.assert_array_equal(x, vectors[0][0])
    np.testing.assert_array_equal(of_vectors._model.vector, before)


def test_impossible_tags_have_finite_contributions(small):
    X, y = [["Ada", "met", "Bob"]] * 4, [["B-x", "O", "B-x"], ["B-x", "I-x", "O"]] * 2
    tagger = small.set_params(output="crf", scheme="BIO").fit(X, y)
    for method in METHODS:
        explanation = explain_tag(tagger, X[0], 0, tag="I-x", method=method)
        assert explanation.log_odds < -100
        assert np.isfinite(explanation.contributions).all()


# -- invalid input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        ([WORDS, WORDS], "sequence contains sequences, so it looks like a list of sentences"),
        ("She booked", "sequence is of type str, not a sequence of tokens. Split"),
        ({"word": "She"}, "sequence is of type dict, not a sequence of tokens"),
        (3, "sequence is of type int, not a sequence of tokens"),
        ([], "sequence has no tokens"),
        (["She", None], r"sequence is read as X = \[sequence\]. X\[0\]\[1\] is None"),
        ([{"word": "She"}], "tokens of X are dicts, but this BiLSTMTagger was fitted on words"),
    ],
)
def test_invalid_sequences_of_words_raise_errors(of_words, sequence, message):
    with pytest.raises((ValueError, TypeError), match=message):
        explain_tag(of_words, sequence, 0)


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (lambda X: X, "sequence contains sequences"),
        (lambda X: np.stack([X[0][:2]] * 2), "sequence contains sequences"),
        (lambda X: X[0][0], "a single vector"),
        (lambda X: X[0][0].tolist(), "a single vector"),
        (lambda X: X[0][:0], "sequence has no tokens"),
        (lambda X: X[0][:, :2], "X has 2 features, but BiLSTMTagger is expecting 3"),
    ],
)
def test_invalid_sequences_of_vectors_raise_errors(of_vectors, vectors, take, message):
    with pytest.raises(ValueError, match=message):
        explain_tag(of_vectors, take(vectors[0]), 0)


@pytest.mark.parametrize(
    ("position", "error", "message"),
    [
        (4, ValueError, "position is 4, but must be from -4 to 3 .number of tokens: 4"),
        (-5, ValueError, "position is -5"),
        (1.0, TypeError, "position is 1.0, but must be an int"),
    ],
)
def test_an_invalid_position_raises_an_error(of_words, position, error, message):
    with pytest.raises(error, match=message):
        explain_tag(of_words, WORDS, position)


def test_the_position_may_be_a_word_that_occurs_once(of_words):
    explanation = explain_tag(of_words, WORDS, "rooms")
    assert explanation.position == 2
    assert repr(explanation) == repr(explain_tag(of_words, WORDS, 2))
    assert explain_tag(of_words, tuple(WORDS), np.str_("She")).position == 0


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("room", r"position is 'room', but the sequence has no such word\. Did you mean 'rooms'"),
        ("she", "no such word. Did you mean 'She'"),
        ("the", r"position is 'the', a word that occurs 3 times\. Pass .* of them: 0, 2, 5\."),
    ],
)
def test_a_word_that_does_not_occur_once_raises_an_error(of_words, word, message):
    with pytest.raises(ValueError, match=message):
        explain_tag(of_words, ["the", "rooms", "the", "She", "The", "the"], word)


def test_a_word_is_no_position_of_other_tokens(of_words, of_dicts, of_vectors, vectors):
    message = "position is 'x0', but the tokens of the sequence are not words. Pass the index"
    frame = pd.DataFrame(vectors[0][0], columns=["x0", "x1", "x2"])
    with pytest.raises(TypeError, match=message):
        explain_tag(of_dicts, [{"word": "x0"}], "x0")
    with pytest.raises(TypeError, match=message):
        explain_tag(of_vectors, vectors[0][0], "x0")
    with pytest.raises(TypeError, match=message), pytest.warns(UserWarning, match="names"):
        explain_tag(of_vectors, frame, "x0")


def test_other_invalid_arguments_raise_errors(of_words):
    message = r"tag is 'NUON', but must be one of the classes \['ADJ', .*\. Did you mean"
    with pytest.raises(ValueError, match=message + r" 'NOUN'\?"):
        explain_tag(of_words, WORDS, 0, tag="NUON")
    with pytest.raises(ValueError, match=r"method is 'grad', but must be one of \['gradient', 'o"):
        explain_tag(of_words, WORDS, 0, method="grad")
    with pytest.raises(ValueError, match="n is 0, but must be an int >= 1"):
        explain_tag(of_words, WORDS, 0).top(0)
    with pytest.raises(NotFittedError):
        explain_tag(clone(of_words), WORDS, 0)


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("PERSON", r"\. Did you mean 'B-person' or 'I-person'\?$"),
        ("b-Person", r"\. Did you mean 'B-person'\?$"),
        ("o", r"\. Did you mean 'O'\?$"),
        ("place", r"the classes \['B-person', 'I-person', 'O'\]\.$"),
    ],
)
def test_an_unknown_tag_raises_an_error_with_a_hint(small, tag, hint):
    X, y = [["Ada", "Byron", "slept"]] * 3, [["B-person", "I-person", "O"]] * 3
    tagger = small.fit(X, y)
    for look in (
        lambda: explain_tag(tagger, X[0], 0, tag=tag),
        lambda: feature_effects(tagger).top(tag),
    ):
        with pytest.raises(ValueError, match=f"tag is '{tag}', but must be one of .*{hint}"):
            look()


def test_a_suggested_number_is_shown_as_a_number(vectors):
    X, y = vectors
    tagger = BiLSTMTagger(4, max_iter=1, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=r"tag is '1', but .* classes \[0, 1\]\. Did you mean 1\?"):
        explain_tag(tagger, X[0], 0, tag="1")


def test_the_message_has_the_number_of_tokens():
    tagger = BiLSTMTagger(4, max_iter=1).fit([["a", "b"]], [["X", "Y"]])
    with pytest.raises(ValueError, match=r"must be from -1 to 0 \(number of tokens: 1\)"):
        explain_tag(tagger, ["a"], 1)


def test_the_repr_is_one_line_with_rounded_numbers():
    values = np.array([0.123456, -1234.5678])
    explanation = TagExplanation(["a", "b"], 1, "X", "occlusion", 1.23456, values, [{}, {}])
    assert repr(explanation) == (
        "TagExplanation(tokens=['a', 'b'], position=1, tag='X', method='occlusion', "
        "log_odds=1.23, contributions=[0.123, -1230.0])"
    )
    vectors = replace(explanation, tokens=list(np.zeros((2, 3))))
    assert "tokens=<list of 2 ndarray of shape (3,)>, position=1" in repr(vectors)
    described = replace(explanation, tokens=[{"form": "a"}, {"form": "b"}])
    assert "tokens=<list of 2 dict>, position=1" in repr(described)


def test_an_explanation_prints_as_a_table():
    values = np.array([0.123, -1234.5678])
    features = [{"f": 0.1, "g": -0.2}, {}]
    explanation = TagExplanation(["a", "bc"], 1, "X", "occlusion", 1.23456, values, features)
    caption = "bc as X: log-odds 1.23, contributions by occlusion"
    assert str(explanation).split("\n") == [
        caption,
        "",
        "position  token  contribution  main feature  its contribution",
        "       0  a              0.12  g                        -0.20",
        "       1  bc         -1234.57",
    ]
    html = explanation._repr_html_()
    assert caption in html
    assert html.count("<tr>") == 3
    described = replace(explanation, tokens=[{"form": "a"}, {"form": "b"}], position=0)
    assert str(described).startswith("token 0 as X: ")
    assert "token  contribution" not in str(described)


def test_a_long_explanation_prints_the_largest_contributions_and_its_own():
    values = np.arange(100) / 10 - 3
    explanation = TagExplanation(["a"] * 100, 30, "X", "gradient", 0.0, values, [{}] * 100)
    caption, _, _, *rows = str(explanation).split("\n")
    assert caption.endswith("by gradient, the 40 largest of 100 tokens")
    assert [int(row.split()[0]) for row in rows] == [30, *range(61, 100)]


def test_the_top_features_print_as_a_table(of_words):
    top = explain_tag(of_words, WORDS, 1).top(2)
    header, *rows = str(top).split("\n")
    assert header.split() == ["position", "feature", "contribution"]
    assert [row.split()[1] for row in rows] == [name for _, name, _ in top]


def test_tokens_without_features_have_contributions_of_zero(of_dicts):
    explanation = explain_tag(of_dicts, [{}], 0, method="gradient")
    assert explanation.contributions.dtype == np.float64
    assert "token 0 as" in str(explanation)


def test_a_single_class_raises_an_error():
    tagger = BiLSTMTagger(4, max_iter=1).fit([["a"]], [["X"]])
    with pytest.raises(ValueError, match="fitted on a single tag, 'X'"):
        explain_tag(tagger, ["a"], 0)
