"""The tagger with output="crf": whole sequences of tags have probabilities."""

import pickle
from itertools import pairwise, product

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from sklstm import BiLSTMTagger
from sklstm._schemes import may_follow, parse
from sklstm.metrics import span_f1_score

# Only the initial weights are random, and one minibatch has all sequences.
EXACT = {"dropout": 0, "word_dropout": 0, "feature_dropout": 0, "batch_size": 10_000}
SPANS = [["B-a", "I-a", "O", "B-b"], ["O"], ["B-b", "I-b", "I-b", "B-a", "O"], [], ["O", "B-a"]] * 3
TEXT = [["w", "x", "y", "z", "w"][: len(tags)] for tags in SPANS]


@pytest.fixture
def crf(small):
    return small.set_params(output="crf")


@pytest.fixture
def words_and_spans():
    """Random words with independent random spans, in the BIO scheme."""
    rng = np.random.RandomState(0)
    X = [rng.choice(list("abcdefgh"), size=n).tolist() for n in rng.randint(0, 9, size=30)]
    y = []
    for words in X:
        tags = []
        for _ in words:
            inside = [f"I-{tags[-1][2:]}"] * 3 if tags and tags[-1] != "O" else []
            tags.append(str(rng.choice(["O", "B-a", "B-b", *inside])))
        y.append(tags)
    return X, y


def vector(tagger):
    return tagger._model.vector


def transitions(tagger):
    """Return all scores from the attributes: transitions, starts, ends."""
    rows = tagger.start_transitions_, tagger.end_transitions_
    return np.concatenate([tagger.transitions_, rows])


def logits_of(tagger, X):
    """Return the logits of all tokens, one after another."""
    model, tokens = tagger._check_predict(X)
    return tagger._predict(model, tokens, lambda logits, packing, parameters: logits.copy())


def enumerated(tagger, words):
    """Return all paths of a sequence and the probability of each."""
    e, U = logits_of(tagger, [words]).astype(float), transitions(tagger).astype(float)
    paths = np.array(list(product(range(len(tagger.classes_)), repeat=len(words))))
    scores = U[-2, paths[:, 0]] + U[-1, paths[:, -1]]
    scores += U[paths[:, :-1], paths[:, 1:]].sum(axis=1) + e[np.arange(len(e)), paths].sum(axis=1)
    p = np.exp(scores - scores.max())
    return paths, p / p.sum()


def alternating(n_sequences=60, length=6):
    """Return equal words with tags that alternate from a random start."""
    starts = np.random.RandomState(0).permutation(n_sequences) % 2
    y = [[("even", "odd")[(start + k) % 2] for k in range(length)] for start in starts]
    return [["word"] * length] * n_sequences, y


# -- learning -----------------------------------------------------------------------------------


def test_a_crf_learns_transitions_that_do_not_depend_on_words():
    X, y = alternating()
    settings = {"max_iter": 20, "learning_rate_init": 0.05, "random_state": 0}
    crf = BiLSTMTagger(4, output="crf", **settings).fit(X, y)
    softmax = BiLSTMTagger(4, **settings).fit(X, y)
    (tags,) = crf.predict(X[:1])
    assert all(before != after for before, after in pairwise(tags))
    # The tags of a sequence are one random bit; a softmax guesses one bit for each token.
    coin = np.log(2)
    assert crf.loss_ < 2 * coin / 6
    assert softmax.loss_ > 0.95 * coin
    np.testing.assert_allclose(crf.predict_proba(X[:1])[0], 0.5, atol=0.1)
    same, other = np.diag(crf.transitions_), crf.transitions_[[0, 1], [1, 0]]
    assert other.min() > same.max() + 1


def test_the_most_probable_path_can_differ_from_the_most_probable_tags():
    paths = ["aa"] * 4 + ["bb"] * 3 + ["bc"] * 3
    X, y = [["w", "w"]] * 10, [list(path) for path in paths]
    tagger = BiLSTMTagger(
        8, output="crf", max_iter=150, learning_rate_init=0.05, random_state=0, alpha=0, **EXACT
    ).fit(X, y)
    assert tagger.predict(X[:1])[0] == ["a", "a"]
    (p,) = tagger.predict_proba(X[:1])
    assert tagger.classes_[p.argmax(axis=1)].tolist() == ["b", "a"]
    np.testing.assert_allclose(p, [[0.4, 0.6, 0], [0.4, 0.3, 0.3]], atol=0.05)


def test_words_are_learned_as_well_as_with_a_softmax(english):
    tagger = BiLSTMTagger(16, output="crf", max_iter=15, learning_rate_init=0.02, random_state=0)
    assert tagger.fit(*english).score(*english) > 0.95


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_every_solver_trains_the_transitions(crf, words_and_spans, solver):
    crf.set_params(solver=solver, scheme="BIO").fit(*words_and_spans)
    assert crf.loss_ < crf.loss_curve_[0]
    U = transitions(crf)
    assert np.isfinite(U).sum() > 15
    assert (U[np.isfinite(U)] != 0).all()


# -- prediction ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [None, "BIO"])
def test_predictions_agree_with_all_paths_enumerated(crf, words_and_spans, scheme):
    crf.set_params(scheme=scheme).fit(*words_and_spans)
    sentences = [list(text) for text in ("a", "hb", "cgd", "fffe", "")] + [["never", "seen"]]
    predicted, probabilities = crf.predict(sentences), crf.predict_proba(sentences)
    for words, tags, p in zip(sentences, predicted, probabilities, strict=True):
        if not words:
            assert tags == []
            assert p.shape == (0, 5)
            continue
        paths, of_path = enumerated(crf, words)
        assert tags == crf.classes_[paths[of_path.argmax()]].tolist()
        expected = [[of_path[paths[:, t] == k].sum() for k in range(5)] for t in range(len(words))]
        np.testing.assert_allclose(p, expected, atol=1e-5)


def test_the_loss_is_that_of_the_observed_path_among_all_paths(words_and_spans):
    pairs = [(x, tags) for x, tags in zip(*words_and_spans, strict=True) if 0 < len(x) < 6]
    X, y = map(list, zip(*pairs, strict=True))
    tagger = BiLSTMTagger(
        4, output="crf", scheme="BIO", alpha=0, learning_rate_init=1e-9, max_iter=1,
        random_state=0, **EXACT,
    ).fit(X, y)  # fmt: skip
    index, total = {tag: k for k, tag in enumerate(tagger.classes_)}, 0.0
    for words, tags in pairs:
        paths, p = enumerated(tagger, words)
        total -= np.log(p[(paths == [index[tag] for tag in tags]).all(axis=1)].item())
    assert len(pairs) > 10
    assert tagger.loss_ == pytest.approx(total / sum(map(len, X)), rel=1e-5)


def test_probabilities_sum_to_one_and_agree_with_their_logarithms(crf, words_and_spans):
    X, y = words_and_spans
    crf.set_params(scheme="BIO").fit(X, y)
    for p, log_p in zip(crf.predict_proba(X), crf.predict_log_proba(X), strict=True):
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(np.exp(log_p), p, rtol=1e-5, atol=1e-30)
        assert np.isfinite(log_p).all()


def test_score_is_the_accuracy_of_the_predicted_paths(crf, words_and_spans):
    X, y = words_and_spans
    crf.fit(X, y)
    right = [tags == true for tags, true in zip(crf.predict(X).tolist(), y, strict=True)]
    assert not all(right)
    pairs = zip(np.concatenate(crf.predict(X)), np.concatenate(y), strict=True)
    assert crf.score(X, y) == pytest.approx(np.mean([one == other for one, other in pairs]))


# -- schemes ------------------------------------------------------------------------------------

SCHEMED = {
    "BIO": SPANS,
    "IOB1": [["I-a", "B-a", "I-b", "O"], ["O", "I-b", "I-a"], ["I-b", "B-b", "I-b"]] * 4,
    "BIOES": [["B-a", "I-a", "E-a", "S-b"], ["O", "S-a", "B-b", "E-b"], ["B-b", "I-b", "E-b"]] * 4,
    "BILOU": [["B_a", "I_a", "L_a", "U_b"], ["O", "U_a", "B_b", "L_b"], ["B_b", "I_b", "L_b"]] * 4,
    "BMES": [["B", "M", "E", "S"], ["O", "S", "B", "E"], ["B", "M", "E"]] * 4,
}
schemes = pytest.mark.parametrize("scheme", SCHEMED)


def forbidden_pairs(scheme, sequences):
    """Return the transitions that the scheme does not allow, starts and ends included."""
    pairs = {pair for tags in sequences if tags for pair in pairwise(["O", *tags, "O"])}
    return {pair for pair in pairs if not follows(scheme, *pair)}


def follows(scheme, before, after):
    return may_follow(scheme, parse(before, scheme), parse(after, scheme))


@schemes
def test_a_forbidden_transition_is_never_predicted(scheme):
    y = SCHEMED[scheme]
    X = [[f"{tag}{k}" for k, tag in enumerate(tags)] for tags in y]
    rng = np.random.RandomState(0)
    unseen = [rng.choice(list("abcdefghijk"), n).tolist() for n in rng.randint(0, 12, 300)]
    settings = {"max_iter": 1, "learning_rate_init": 1e-6, "random_state": 11, "embedding_size": 50}
    free = BiLSTMTagger(8, output="crf", **settings).fit(X, y)
    constrained = BiLSTMTagger(8, output="crf", scheme=scheme, **settings).fit(X, y)
    for tagger in (free, constrained):  # with large weights all kinds of paths are predicted
        vector(tagger)[...] *= 20
    assert forbidden_pairs(scheme, free.predict(unseen))
    assert not forbidden_pairs(scheme, constrained.predict(unseen))
    assert len({tag for tags in constrained.predict(unseen) for tag in tags}) > 3


@schemes
def test_forbidden_transitions_score_minus_infinity(scheme, crf):
    y = SCHEMED[scheme]
    crf.set_params(scheme=scheme).fit([["w"] * len(tags) for tags in y], y)
    tags = crf.classes_.tolist()
    for i, before in enumerate(tags):
        allowed = [follows(scheme, before, after) for after in tags]
        np.testing.assert_array_equal(np.isfinite(crf.transitions_[i]), allowed)
    starts = [follows(scheme, "O", after) for after in tags]
    np.testing.assert_array_equal(np.isfinite(crf.start_transitions_), starts)
    ends = [follows(scheme, before, "O") for before in tags]
    np.testing.assert_array_equal(np.isfinite(crf.end_transitions_), ends)
    assert not np.isposinf(transitions(crf)).any()


@pytest.mark.parametrize("separator", ["-", "_"])
def test_a_model_does_not_depend_on_where_the_letter_is(crf, separator):
    """Whether it is first or last in all tags is read from the classes."""
    moved = [[separator.join(reversed(tag.split("-"))) for tag in tags] for tags in SPANS]
    crf.set_params(scheme="BIO")
    classes = crf.fit(TEXT, SPANS).classes_.tolist()
    expected = np.isfinite(transitions(crf))
    crf.fit(TEXT, moved)
    order = [
        crf.classes_.tolist().index(separator.join(reversed(tag.split("-")))) for tag in classes
    ]
    found = np.isfinite(transitions(crf))[np.ix_([*order, -2, -1], order)]
    np.testing.assert_array_equal(found, expected)
    assert not found.all()
    restored = pickle.loads(pickle.dumps(crf))
    np.testing.assert_array_equal(transitions(restored), transitions(crf))


def test_a_scheme_applies_to_classes_without_tokens(crf):
    """They are forbidden from the first call, and allowed ones can occur in later calls."""
    classes = ["B-a", "B-b", "I-a", "I-b", "O"]
    crf.set_params(scheme="BIO").partial_fit([["w"]], [["O"]], classes=classes)
    assert crf.transitions_[classes.index("B-a"), classes.index("I-b")] == -np.inf
    crf.partial_fit([["w", "x"]], [["B-b", "I-b"]])
    with pytest.raises(ValueError, match=r"y\[0\]\[1\] is 'I-a' and follows 'B-b'"):
        crf.partial_fit([["w", "x"]], [["B-b", "I-a"]])


def test_the_scheme_of_the_fit_is_the_scheme_of_the_prediction(crf):
    crf.set_params(scheme="BIO").fit(TEXT, SPANS)
    before = transitions(crf)
    crf.set_params(scheme=None, output="softmax")
    np.testing.assert_array_equal(transitions(crf), before)
    assert not forbidden_pairs("BIO", crf.predict(TEXT * 5))


# -- fitted attributes --------------------------------------------------------------------------


def test_transitions_are_attributes(crf, words_and_spans):
    crf.fit(*words_and_spans)
    assert crf.out_activation_ == "crf"
    assert crf.n_outputs_ == 5
    assert crf.transitions_.shape == (5, 5)
    assert crf.start_transitions_.shape == crf.end_transitions_.shape == (5,)
    assert crf.transitions_.dtype == np.float32
    np.testing.assert_array_equal(transitions(crf).ravel(), vector(crf)[-35:])


def test_the_attributes_are_copies(crf, words_and_spans):
    X, y = words_and_spans
    expected = crf.fit(X, y).predict_proba(X)
    for name in ("transitions_", "start_transitions_", "end_transitions_"):
        getattr(crf, name)[...] = 100
    for one, other in zip(crf.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["transitions_", "start_transitions_", "end_transitions_"])
def test_without_a_crf_there_are_no_transitions(small, name):
    message = f'{name} is only available after fitting with output="crf".'
    with pytest.raises(AttributeError, match=message):
        getattr(clone(small).set_params(output="crf"), name)
    assert not hasattr(small.fit(TEXT, SPANS), name)


# -- weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["words", "vectors"])
@pytest.mark.parametrize("alpha", [0, 0.5])
def test_weight_two_equals_two_copies_and_weight_zero_equals_no_copy(form, vectors, alpha):
    X, y = (TEXT[:12], SPANS[:12]) if form == "words" else (z[:12] for z in vectors)
    weights = np.array([2, 1, 0] * 4)
    repeated = [k for k, n in enumerate(weights) for _ in range(n)]
    tagger = BiLSTMTagger(4, output="crf", alpha=alpha, random_state=0, **EXACT)
    weighted = vector(tagger.fit(X, y, weights)).copy()
    tagger.fit([X[k] for k in repeated], [y[k] for k in repeated])
    tolerance = 1e-4 if weighted.dtype == np.float32 else 1e-9
    np.testing.assert_allclose(weighted, vector(tagger), rtol=tolerance, atol=tolerance)


def test_weights_of_tokens_are_accepted_if_equal_within_sequences(crf):
    per_sequence = np.arange(len(TEXT)) % 3
    expected = vector(crf.fit(TEXT, SPANS, per_sequence)).copy()
    per_token = [[weight] * len(words) for weight, words in zip(per_sequence, TEXT, strict=True)]
    # An empty sequence has no token with a weight, and does not count.
    np.testing.assert_array_equal(vector(crf.fit(TEXT, SPANS, per_token)), expected)


@pytest.mark.parametrize("weight", [0.1, 0.7, 1e-3])
def test_equal_weights_of_tokens_of_any_size_are_accepted(crf, weight):
    crf.set_params(min_df=0)  # the document frequencies are weighted
    crf.fit([["w"] * n for n in range(1, 9)], [["O"] * n for n in range(1, 9)], [
        [weight] * n for n in range(1, 9)
    ])  # fmt: skip


def test_score_accepts_any_weights_of_tokens(crf):
    crf.fit(TEXT, SPANS)
    weights = [[0.0, *[1.0] * (len(words) - 1)] if words else [] for words in TEXT]
    assert 0 <= crf.score(TEXT, SPANS, weights) <= 1


# -- forms of input -----------------------------------------------------------------------------


def test_rows_are_sequences_of_one_token(crf):
    rng = np.random.RandomState(0)
    X = rng.normal(size=(60, 3))
    y = (X[:, 0] > 0).astype(int)
    crf.set_params(max_iter=20).fit(X, y)
    assert crf.score(X, y) > 0.9
    p = crf.predict_proba(X)
    assert p.shape == (60, 2)
    np.testing.assert_array_equal(crf.predict(X), p.argmax(axis=1))
    np.testing.assert_array_equal(crf.transitions_, 0)  # no token follows another one
    assert crf.start_transitions_.any()
    expected = crf.predict(X)
    np.testing.assert_array_equal(crf.predict(sparse.csr_array(X)), expected)
    np.testing.assert_array_equal(np.concatenate(crf.predict(X[:, None, :])), expected)


def test_predictions_of_a_3d_array_have_its_shape(crf):
    X = np.random.RandomState(0).normal(size=(20, 4, 3))
    y = np.tile(["a", "b"], (20, 2))
    crf.set_params(max_iter=20).fit(X, y)
    assert crf.predict(X).tolist() == y.tolist()
    assert crf.predict_proba(X).shape == (20, 4, 2)


def test_the_precision_is_that_of_the_vectors(crf, vectors):
    X, y = vectors
    for dtype in ("f4", "f8"):
        crf.fit([x.astype(dtype) for x in X], y)
        assert crf.predict_proba(X)[0].dtype == crf.transitions_.dtype == dtype


def test_tokens_can_be_dicts(crf, words_and_spans):
    X, y = words_and_spans
    dicts = [[{"word": word, "k": k} for k, word in enumerate(words)] for words in X]
    predicted = crf.set_params(scheme="BIO").fit(dicts, y).predict(dicts)
    assert [len(tags) for tags in predicted] == [len(words) for words in X]
    assert not forbidden_pairs("BIO", predicted)


def test_a_single_class(crf):
    crf.fit([["a", "b"], ["c"]], [["x", "x"], ["x"]])
    assert crf.predict([["a", "d", "e"], []]).tolist() == [["x", "x", "x"], []]
    np.testing.assert_allclose(crf.predict_proba([["a", "b"]])[0], 1)


@pytest.mark.parametrize("name", ["predict", "predict_proba", "predict_log_proba"])
def test_without_sequences_predictions_are_an_empty_array(crf, name):
    crf.fit(TEXT, SPANS)
    assert getattr(crf, name)([]).shape == (0,)
    (nothing,) = getattr(crf, name)([[]])
    assert len(nothing) == 0


# -- continued training -------------------------------------------------------------------------


def test_calls_of_partial_fit_equal_the_epochs_of_fit(vectors):
    X, y = vectors
    settings = {"learning_rate": "constant", "random_state": 0, "output": "crf"}
    whole = BiLSTMTagger(4, max_iter=3, **settings).fit(X, y)
    parts = BiLSTMTagger(4, **settings)
    for _ in range(3):
        parts.partial_fit(X, y)
    np.testing.assert_array_equal(vector(parts), vector(whole))
    assert parts.loss_curve_ == whole.loss_curve_


@pytest.mark.parametrize("way", ["warm start", "partial_fit"])
def test_training_of_transitions_continues(crf, words_and_spans, way):
    crf.set_params(warm_start=True, scheme="BIO", learning_rate="constant").fit(*words_and_spans)
    before = transitions(crf)
    crf.set_params(learning_rate_init=1e-7)
    (crf.fit if way == "warm start" else crf.partial_fit)([["new", "words"]], [["B-a", "O"]])
    assert crf.n_iter_ > 3
    finite = np.isfinite(before)
    assert (transitions(crf)[~finite] == -np.inf).all()
    np.testing.assert_allclose(transitions(crf)[finite], before[finite], atol=1e-5)
    assert (before[finite] != 0).all()


def test_without_warm_start_transitions_are_initialized_again(crf, words_and_spans):
    X, y = words_and_spans
    expected = transitions(crf.fit(X, y))
    crf.fit(TEXT, SPANS)
    np.testing.assert_array_equal(transitions(crf.fit(X, y)), expected)


@pytest.mark.parametrize("outputs", [("crf", "softmax"), ("softmax", "crf")])
def test_a_fit_without_warm_start_can_change_the_output(small, outputs):
    for output in outputs:
        small.set_params(output=output).fit(TEXT, SPANS)
        assert small.out_activation_ == output
        assert hasattr(small, "transitions_") == (output == "crf")
        assert len(small.predict(TEXT)) == len(TEXT)


def test_a_validation_set_is_scored_and_the_best_weights_are_restored(words_and_spans):
    X, y = words_and_spans
    tagger = BiLSTMTagger(
        6, output="crf", scheme="BIO", early_stopping=True, n_iter_no_change=3, max_iter=40,
        learning_rate="constant", learning_rate_init=0.05, tol=0, random_state=0,
    ).fit(X[:20], y[:20], X_val=X[20:], y_val=y[20:])  # fmt: skip
    assert tagger.n_iter_ < 40
    f1 = span_f1_score(y[20:], tagger.predict(X[20:]), scheme="BIO")
    assert f1 == tagger.best_validation_score_
    assert tagger.best_validation_score_ == max(tagger.validation_scores_)


def test_early_stopping_holds_out_a_fraction_of_the_sequences(crf, words_and_spans):
    n_sequences = sum(map(bool, words_and_spans[0]))
    crf.set_params(early_stopping=True, validation_fraction=0.25, max_iter=1, scheme="BIO")
    assert crf.fit(*words_and_spans).t_ == n_sequences - round(0.25 * n_sequences)
    assert len(crf.validation_scores_) == 1


# -- reproducibility ----------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [8, 150])  # the second is more than a shard
def test_the_number_of_threads_changes_no_bit(crf, words_and_spans, batch_size):
    X, y = (z * 6 for z in words_and_spans)
    crf.set_params(batch_size=batch_size, scheme="BIO", max_iter=2)
    arrays, predicted = [], []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            crf.fit(X, y)
            arrays.append([vector(crf), crf._model.table])
            arrays[-1].append(np.concatenate(crf.predict_proba(X * 8)))
            predicted.append(crf.predict(X * 8).tolist())
    for one, two in zip(*arrays, strict=True):
        np.testing.assert_array_equal(one, two)
    assert predicted[0] == predicted[1]


def test_the_same_seed_gives_the_same_bits(crf, words_and_spans):
    expected = vector(crf.fit(*words_and_spans)).copy()
    np.testing.assert_array_equal(vector(crf.fit(*words_and_spans)), expected)
    assert not np.array_equal(
        vector(crf.set_params(random_state=1).fit(*words_and_spans)), expected
    )


def test_a_batch_equals_its_sequences_one_by_one(crf, words_and_spans):
    X, y = words_and_spans
    crf.set_params(scheme="BIO").fit(X, y)
    together, tags = crf.predict_proba(X), crf.predict(X)
    for words, p, predicted in zip(X, together, tags, strict=True):
        np.testing.assert_allclose(crf.predict_proba([words])[0], p, atol=1e-6)
        assert crf.predict([words])[0] == predicted


# -- scikit-learn's tools -----------------------------------------------------------------------


def test_grid_search_over_outputs(crf):
    search = GridSearchCV(crf, {"output": ["softmax", "crf"]}, cv=3).fit(TEXT, SPANS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.out_activation_ == search.best_params_["output"]
    grid = [{"output": ["softmax"]}, {"output": ["crf"], "scheme": [None, "BIO"]}]
    search = GridSearchCV(crf, grid, cv=3).fit(TEXT, SPANS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_clones_and_parameters(crf):
    crf.set_params(scheme="BIO").fit(TEXT, SPANS)
    copy = clone(crf)
    assert copy.get_params() == crf.get_params()
    assert not hasattr(copy, "transitions_")
    np.testing.assert_array_equal(vector(copy.fit(TEXT, SPANS)), vector(crf))
