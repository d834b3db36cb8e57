"""The behaviour of the estimator as a whole."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from sklstm import BiLSTMTagger, _reporting, _training
from sklstm._tagger import _corpus
from sklstm._validation import check_dataset
from sklstm.datasets import make_tagged_sequences

# Only the initial weights are random, and one minibatch has all sequences.
EXACT = {"dropout": 0, "feature_dropout": 0, "word_dropout": 0, "batch_size": 10_000}


def parameters(tagger):
    return tagger._model.arrays


def assert_same_model(one, other, rtol=0):
    for ours, theirs in zip(parameters(one), parameters(other), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)


# -- learning -----------------------------------------------------------------------------------


def test_only_two_directions_learn_tags_that_depend_on_both_sides():
    X, y = make_tagged_sequences(600, context="both", random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    settings = {"hidden_layer_sizes": 24, "random_state": 0}
    both = BiLSTMTagger(**settings).fit(X_train, y_train).score(X_test, y_test)
    one = BiLSTMTagger(bidirectional=False, **settings).fit(X_train, y_train).score(X_test, y_test)
    assert both >= 0.99
    # Half of the tokens depend on the right side, which one direction has to guess.
    assert one < 0.85


@pytest.mark.parametrize(("context", "bidirectional"), [("left", False), ("right", True)])
def test_one_side_is_learned_by_a_direction_that_reads_it(context, bidirectional):
    X, y = make_tagged_sequences(400, context=context, random_state=0)
    tagger = BiLSTMTagger(24, bidirectional=bidirectional, random_state=0).fit(X, y)
    assert tagger.score(X, y) >= 0.99


def test_stacked_layers_of_different_sizes_learn():
    X, y = make_tagged_sequences(400, context="both", random_state=0)
    tagger = BiLSTMTagger(hidden_layer_sizes=(16, 8), random_state=0).fit(X, y)
    assert tagger.score(X, y) >= 0.99
    assert tagger.n_layers_ == 4


def test_unseen_words_are_tagged_by_their_affixes():
    X = [["walked", "talked", "jumped"], ["slowly", "quickly", "badly"]] * 10
    y = [["VERB"] * 3, ["ADV"] * 3] * 10
    tagger = BiLSTMTagger(8, max_iter=40, random_state=0).fit(X, y)
    assert tagger.predict([["parked", "sadly"]])[0] == ["VERB", "ADV"]


def test_dicts_of_features_are_learned(english):
    X, y = english
    dicts = [
        [{"word": w.lower(), "title": w.istitle(), "length": len(w) / 10} for w in words]
        for words in X
    ]
    tagger = BiLSTMTagger(16, max_iter=40, random_state=0).fit(dicts, y)
    assert tagger.score(dicts, y) > 0.9
    assert {"word=the", "title", "length"} <= set(tagger.vocabulary_)


@pytest.mark.parametrize("learning_rate", ["linear", "constant", "invscaling", "adaptive"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_every_solver_and_schedule_learns(vectors, solver, learning_rate):
    settings = {"learning_rate_init": 0.1 if solver == "sgd" else 0.02, "power_t": 0.1}
    tagger = BiLSTMTagger(
        8, solver=solver, learning_rate=learning_rate, max_iter=30, random_state=0, **settings
    ).fit(*vectors)
    assert tagger.loss_ < 0.7 * tagger.loss_curve_[0]


def test_a_callable_analyzer_determines_the_features(english, small):
    small.set_params(analyzer=lambda word: [word[-1:]], char_hidden_size=0).fit(*english)
    assert all(len(name) == 1 for name in small.vocabulary_)
    same_ending = small.predict_proba([["boat"]])[0], small.predict_proba([["cat"]])[0]
    np.testing.assert_array_equal(*same_ending)


def test_min_df_excludes_features_of_few_sequences(small):
    X = [["a", "a", "b"], ["b", "c"], ["b"]]
    y = [["x", "x", "y"], ["y", "x"], ["y"]]
    small.set_params(analyzer="word", char_hidden_size=0)
    assert sorted(small.fit(X, y).vocabulary_) == ["a", "b", "c"]
    assert sorted(small.set_params(min_df=2).fit(X, y).vocabulary_) == ["b"]
    assert sorted(small.set_params(min_df=0.5).fit(X, y).vocabulary_) == ["b"]
    assert sorted(small.set_params(min_df=2).fit(X, y, [2, 1, 1]).vocabulary_) == ["a", "b"]


def test_alpha_decreases_the_weights_and_not_the_embeddings(small, english):
    small.set_params(max_iter=5)
    free, penalized = (small.set_params(alpha=alpha).fit(*english)._model for alpha in (0, 100.0))
    assert np.linalg.norm(penalized.vector) < 0.8 * np.linalg.norm(free.vector)
    assert np.linalg.norm(penalized.table) > 0.9 * np.linalg.norm(free.table)


def test_label_smoothing_decreases_the_confidence(small, english):
    small.set_params(max_iter=12, feature_dropout=0, dropout=0)
    confidence, losses = [], []
    for smoothing in (0, 0.3):
        proba = small.set_params(label_smoothing=smoothing).fit(*english).predict_proba(english[0])
        confidence.append(np.concatenate(list(proba)).max(axis=1).mean())
        losses.append(small.loss_)
    assert confidence[0] > 0.9
    assert confidence[1] < 0.8
    assert losses[1] > losses[0]


# -- reproducibility ----------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits(small, english):
    first = [array.copy() for array in parameters(small.fit(*english))]
    for array, again in zip(first, parameters(small.fit(*english)), strict=True):
        np.testing.assert_array_equal(array, again)
    other = parameters(small.set_params(random_state=1).fit(*english))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("batch_size", ["auto", 150])  # the second is more than a shard
def test_the_number_of_threads_changes_no_bit(small, english, batch_size):
    X, y = english[0] * 4, english[1] * 4
    small.set_params(batch_size=batch_size)
    models, probabilities = [], []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            small.set_params(hidden_layer_sizes=(16, 8)).fit(X, y)
            models.append(parameters(small))
            probabilities.append(np.concatenate(small.predict_proba(X * 40)))
    for one, two in zip(*models, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(*probabilities)


def test_numpy_scalars_as_parameters_give_the_same_bits_as_python_numbers(small, english):
    names = ["learning_rate_init", "dropout", "beta_1", "beta_2", "epsilon", "max_grad_norm"]
    expected = parameters(small.fit(*english))[0].copy()
    small.set_params(**{name: np.float64(getattr(small, name)) for name in names})
    np.testing.assert_array_equal(parameters(small.fit(*english))[0], expected)


def test_the_precision_is_that_of_the_vectors(vectors, small):
    X, y = vectors
    for dtype, expected in [("f4", "f4"), ("f8", "f8"), ("i4", "f8")]:
        small.fit([x.astype(dtype) for x in X], y)
        assert small._model.vector.dtype == expected
        assert small.predict_proba(X)[0].dtype == expected


# -- weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["words", "vectors"])
def test_weight_two_equals_two_copies_and_weight_zero_equals_no_copy(form, english, vectors):
    X, y = (z[:12] for z in (english if form == "words" else vectors))
    weights = np.array([2, 1, 0] * 4)
    repeated = [k for k, n in enumerate(weights) for _ in range(n)]
    tagger = BiLSTMTagger(8, random_state=0, min_df=2, class_weight="balanced", **EXACT)
    weighted = tagger.fit(X, y, weights)
    vocabulary = getattr(weighted, "vocabulary_", None)
    expected = [array.copy() for array in parameters(weighted)]
    tagger.fit([X[k] for k in repeated], [y[k] for k in repeated])
    assert getattr(tagger, "vocabulary_", None) == vocabulary
    for ours, theirs in zip(expected, parameters(tagger), strict=True):
        tolerance = 1e-4 if ours.dtype == np.float32 else 1e-9
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def test_word_dropout_does_not_apply_to_words_of_large_weight():
    X, y = [["aa", "bb", "cc"]] * 4, [["x", "y", "z"]] * 4
    settings = EXACT | {"batch_size": 4, "alpha": 0, "analyzer": "word", "random_state": 0}
    del settings["word_dropout"]
    plain = BiLSTMTagger(8, word_dropout=0, **settings).fit(X, y)
    # Its probability is 10 / (10 + n), where n is the weight of the word: nearly 0.
    heavy = BiLSTMTagger(8, word_dropout=10, **settings).fit(X, y, np.full(4, 1e9))
    light = BiLSTMTagger(8, word_dropout=10, **settings).fit(X, y)
    assert_same_model(heavy, plain, rtol=1e-5)
    assert not np.allclose(parameters(light)[1], parameters(plain)[1], atol=0.01)


def test_tokens_of_weight_zero_are_only_context(vectors, small):
    X, y = vectors
    weights = [np.ones(len(x)) for x in X]
    for w in weights:
        w[::2] = 0
    corrupted = [np.where(w > 0, tags, 7) for tags, w in zip(y, weights, strict=True)]
    small.fit(X, y, weights)
    expected = parameters(small)[0].copy()
    np.testing.assert_array_equal(parameters(small.fit(X, corrupted, weights))[0], expected)
    assert small.classes_.tolist() == [0, 1]
    assert small.score(X, corrupted, weights) == small.score(X, y, weights)


def test_tags_of_weight_zero_can_be_anything(english, small):
    X, y = english
    weights = [[0.0] + [1.0] * (len(tags) - 1) for tags in y]
    partly = [[None, *tags[1:]] for tags in y]
    small.fit(X, partly, weights)
    assert 0 < small.score(X, partly, weights) <= 1


def test_scaling_all_weights_changes_nothing_without_penalty(vectors):
    X, y = vectors
    tagger = BiLSTMTagger(8, alpha=0, random_state=0)
    one = parameters(tagger.fit(X, y, np.full(30, 1.0)))[0].copy()
    np.testing.assert_allclose(one, parameters(tagger.fit(X, y, np.full(30, 8.0)))[0], rtol=1e-6)


def test_class_weight_moves_the_predictions(vectors):
    X, y = vectors
    rare = [np.where(np.arange(len(t)) % 6 == 0, 1, 0) for t in y]
    tagger = BiLSTMTagger(4, random_state=0, max_iter=5)
    share = {}
    for name, class_weight in [("none", None), ("balanced", "balanced"), ("dict", {1: 50})]:
        predicted = tagger.set_params(class_weight=class_weight).fit(X, rare).predict(X)
        share[name] = np.concatenate(predicted).mean()
    assert share["none"] < share["balanced"] < share["dict"]


def test_class_weight_of_a_tag_that_does_not_occur_warns(english, small):
    small.set_params(class_weight={"NOUN": 2, "no such tag": 5})
    with pytest.warns(
        UserWarning, match=r"class_weight names \['no such tag'\].* no effect"
    ) as caught:
        small.fit(*english)
    assert caught[0].filename == __file__


def test_score_is_a_weighted_mean(english, small):
    X, y = english
    small.fit(X, y)
    per_sentence = [small.score([x], [t]) for x, t in zip(X, y, strict=True)]
    lengths = np.array([len(x) for x in X])
    weights = np.linspace(0, 2, len(X))
    expected = np.average(per_sentence, weights=weights * lengths)
    assert small.score(X, y, weights) == pytest.approx(expected)
    assert small.score(X, y) == pytest.approx(np.average(per_sentence, weights=lengths))


def test_a_corpus_has_class_indices_and_weights():
    X, y = [["b", "a"], ["c", "a", "d"]], [["x", "y"], ["y", "y", "x"]]
    dataset = check_dataset(X, y, [1, 2], BiLSTMTagger(4), reset=True)
    corpus = _corpus(dataset, None, np.array(["x", "y"]))
    assert corpus.lengths.tolist() == [2, 3]
    assert corpus.targets.tolist() == [0, 1, 1, 1, 0]
    assert corpus.weights.tolist() == [1, 1, 2, 2, 2]
    corpus = _corpus(dataset, None, np.array(["x", "y"]), {"x": 3})
    assert corpus.weights.tolist() == [3, 1, 2, 2, 6]


# -- validation and stopping --------------------------------------------------------------------


def test_a_validation_set_is_scored_and_does_not_change_the_model(english, small):
    X, y = english
    alone = parameters(small.fit(X[:40], y[:40]))[0].copy()
    assert small.validation_scores_ is None
    assert small.best_validation_score_ is None
    small.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    np.testing.assert_array_equal(parameters(small)[0], alone)
    assert len(small.validation_scores_) == small.n_iter_ == 3
    assert small.validation_scores_[-1] == small.score(X[40:], y[40:])


def test_early_stopping_restores_the_best_weights(english):
    X, y = english
    tagger = BiLSTMTagger(
        8, early_stopping=True, n_iter_no_change=3, max_iter=60, learning_rate="constant",
        learning_rate_init=0.05, tol=0, random_state=0,
    ).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])  # fmt: skip
    assert tagger.n_iter_ < 60
    assert tagger.best_loss_ is None
    assert tagger.best_validation_score_ == max(tagger.validation_scores_)
    assert tagger.score(X[40:], y[40:]) == tagger.best_validation_score_
    assert tagger.validation_scores_[-1] < tagger.best_validation_score_


def test_a_warm_start_is_scored_by_its_own_best_epoch(english):
    X, y = english
    tagger = BiLSTMTagger(8, warm_start=True, early_stopping=True, random_state=0)
    tagger.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    tagger.set_params(learning_rate_init=1.0).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    assert tagger.best_validation_score_ == tagger.score(X[40:], y[40:])
    assert len(tagger.validation_scores_) == tagger.n_iter_ == 24


def test_dropout_clipping_and_shuffling_change_the_model(vectors, small):
    plain = small.fit(*vectors)._model.vector.copy()
    for name, value in [("dropout", 0.0), ("max_grad_norm", 1e-3), ("shuffle", False)]:
        other = clone(small).set_params(**{name: value}).fit(*vectors)
        assert not np.array_equal(other._model.vector, plain), name


@pytest.mark.parametrize(
    ("solver", "name", "value"),
    [
        ("adam", "beta_1", 0.5), ("adam", "beta_2", 0.5), ("adam", "epsilon", 0.1),
        ("sgd", "momentum", 0.1), ("sgd", "nesterovs_momentum", False),
    ],
)  # fmt: skip
def test_the_parameters_of_the_solvers_change_the_model(vectors, small, solver, name, value):
    plain = small.set_params(solver=solver).fit(*vectors)._model.vector.copy()
    small.set_params(**{name: value}).fit(*vectors)
    assert not np.array_equal(small._model.vector, plain)


def test_weights_of_any_size_are_accepted(english, small):
    X, y = english
    plain = parameters(small.set_params(alpha=0).fit(X, y))[0].copy()
    for weight in (1e-50, 1e39):
        small.set_params(word_dropout=0, min_df=0)
        expected = parameters(small.fit(X, y))[0].copy()
        np.testing.assert_allclose(
            parameters(small.fit(X, y, np.full(60, weight)))[0], expected, rtol=1e-4, atol=1e-5
        )
    assert np.isfinite(plain).all()


def test_early_stopping_holds_out_a_fraction_of_the_sequences(english):
    tagger = BiLSTMTagger(4, early_stopping=True, validation_fraction=0.25, max_iter=1)
    assert tagger.fit(*english).t_ == 45
    assert len(tagger.validation_scores_) == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_without_progress_ends_after_as_many_epochs_as_in_mlp_classifier(vectors):
    X, y = (np.concatenate(z) for z in vectors)
    settings = {"tol": 10.0, "n_iter_no_change": 3, "max_iter": 50}
    tagger = BiLSTMTagger(4, **settings).fit(X, y)
    assert tagger.n_iter_ == MLPClassifier(**settings).fit(X, y).n_iter_ == 5


def test_training_is_recorded(vectors, small):
    small.fit(*vectors)
    assert small.n_iter_ == len(small.loss_curve_) == 3
    assert small.loss_ == small.loss_curve_[-1]
    assert small.best_loss_ == min(small.loss_curve_)
    assert small.t_ == 90
    assert small.n_outputs_ == 2
    assert small.n_features_in_ == 3
    assert small.out_activation_ == "softmax"
    assert not hasattr(small, "vocabulary_")


EPOCH = (
    r"Epoch {n}/3, loss = \d\.\d{{5}}, validation accuracy = [01]\.\d{{5}}( \(best\),|, {{7}}) "
    r" +\d+\.\d s, +[\d,]+ tokens/s"
)


def test_verbose_prints_a_line_per_epoch(vectors, small, capsys):
    X, y = vectors
    small.set_params(verbose=1).fit(X, y, X_val=X, y_val=y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(EPOCH.format(n=1) + r", \d+ s left", lines[0])
    assert re.fullmatch(EPOCH.format(n=3), lines[2])
    small.predict(X)
    assert capsys.readouterr().out == ""
    small.set_params(verbose=0).fit(X, y)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score"])
def test_predictions_print_progress_if_verbose_is_2(vectors, small, capsys, monkeypatch, method):
    monkeypatch.setattr(_reporting, "_INTERVAL", 0.0)
    X, y = vectors
    small.fit(X, y).set_params(verbose=2)
    getattr(small, method)(*[X, y][: 2 if method == "score" else 1])
    n_tokens = sum(map(len, X))
    line = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(rf"Predicted {n_tokens}/{n_tokens} tokens, [\d,]+ tokens/s", line)
    small.predict([])
    assert capsys.readouterr().out == ""


class Interrupt:
    """A callback that raises KeyboardInterrupt at the start of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == self.epoch:
            raise KeyboardInterrupt

    def on_fit_task_end(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass


def test_an_interrupted_fit_warns_and_keeps_the_last_complete_epoch(vectors):
    X, y = vectors
    settings = {"learning_rate": "constant", "random_state": 0}
    tagger = BiLSTMTagger(4, max_iter=10, **settings).set_callbacks(Interrupt(2))
    with pytest.warns(
        UserWarning, match=r"interrupted by user after epoch 2: .* last complete epoch"
    ):
        tagger.fit(X, y)
    assert_same_model(tagger, BiLSTMTagger(4, max_iter=2, **settings).fit(X, y))
    assert tagger.n_iter_ == 2


def test_an_interruption_within_an_epoch_restores_the_last_complete_epoch(vectors, monkeypatch):
    X, y = vectors
    settings = {"learning_rate": "constant", "random_state": 0, "batch_size": 10}
    expected = BiLSTMTagger(4, max_iter=1, **settings).fit(X, y)
    updates = []

    def update(trainer, *args, wrapped=_training.Trainer._update):
        updates.append(args)
        if len(updates) == 5:  # in the middle of the second epoch
            raise KeyboardInterrupt
        return wrapped(trainer, *args)

    monkeypatch.setattr(_training.Trainer, "_update", update)
    tagger = BiLSTMTagger(4, max_iter=10, **settings)
    with pytest.warns(
        UserWarning, match="interrupted by user after epoch 1: .* last complete epoch"
    ):
        tagger.fit(X, y)
    assert_same_model(tagger, expected)


def test_an_interruption_before_any_complete_epoch_is_raised(vectors):
    tagger = BiLSTMTagger(4).set_callbacks(Interrupt(0))
    with pytest.raises(KeyboardInterrupt):
        tagger.fit(*vectors)
    assert not hasattr(tagger, "classes_")


# -- continued training -------------------------------------------------------------------------


def test_warm_start_continues_and_extends_the_vocabulary(english):
    X, y = english
    tagger = BiLSTMTagger(8, warm_start=True, random_state=0).fit(X[:30], y[:30])
    before, loss = tagger.vocabulary_, tagger.loss_
    rows = tagger._model.table.shape[0]
    tagger.fit(X, y)
    assert tagger.n_iter_ == 24
    assert len(tagger.loss_curve_) == 24
    assert tagger.loss_curve_[12] < tagger.loss_curve_[0]
    assert tagger.loss_curve_[11] == loss
    assert tagger._model.table.shape[0] > rows
    assert {name: tagger.vocabulary_[name] for name in before} == before


def test_without_warm_start_a_fit_starts_again(english, small):
    X, y = english
    expected = parameters(small.fit(X, y))[0].copy()
    small.fit(X[:10], y[:10])
    np.testing.assert_array_equal(parameters(small.fit(X, y))[0], expected)
    assert small.n_iter_ == 3


def test_a_fit_on_words_after_vectors_has_no_attributes_of_vectors(english, vectors, small):
    small.fit(*vectors)
    assert small.n_features_in_ == 3
    small.fit(*english)
    assert not hasattr(small, "n_features_in_")


def test_partial_fit_extends_the_vocabulary(english):
    X, y = english
    classes = sorted({tag for tags in y for tag in tags})
    tagger = BiLSTMTagger(16, random_state=0, learning_rate_init=0.01)
    tagger.partial_fit(X[:20], y[:20], classes=classes)
    n_features, first = len(tagger.vocabulary_), tagger.score(X, y)
    for _ in range(15):
        for start in range(0, 60, 20):
            tagger.partial_fit(X[start : start + 20], y[start : start + 20])
    assert len(tagger.vocabulary_) > n_features
    assert tagger.score(X, y) > max(0.9, first)
    assert tagger.n_iter_ == 46
    assert tagger.t_ == 46 * 20


def test_calls_of_partial_fit_equal_the_epochs_of_fit(vectors):
    X, y = vectors
    settings = {"learning_rate": "constant", "random_state": 0}
    whole = BiLSTMTagger(4, max_iter=3, **settings).fit(X, y)
    parts = BiLSTMTagger(4, **settings)
    for _ in range(3):
        parts.partial_fit(X, y)
    assert_same_model(parts, whole)
    assert parts.loss_curve_ == whole.loss_curve_


def test_the_state_of_the_optimizer_can_be_dropped(vectors, small):
    small.partial_fit(*vectors)
    del small.optimizer_state_
    small.partial_fit(*vectors)
    assert small.optimizer_state_["t"] > 0
    assert not hasattr(small.fit(*vectors), "optimizer_state_")


def test_a_fit_after_partial_fit_starts_again(english, vectors, small):
    X, y = english
    expected = [array.copy() for array in parameters(small.fit(X, y))]
    small.partial_fit(X, y).fit(X, y)
    for ours, theirs in zip(expected, parameters(small), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    small.partial_fit(X, y).set_params(hidden_layer_sizes=5).fit(X[:20], y[:20])
    small.partial_fit(X[:20], y[:20]).fit(*vectors)
    assert small.n_iter_ == 3


@pytest.mark.parametrize("learning_rate", ["linear", "adaptive"])
def test_the_learning_rate_of_partial_fit_is_constant(vectors, learning_rate):
    models = [
        BiLSTMTagger(4, learning_rate=rate, batch_size=5, random_state=0).partial_fit(*vectors)
        for rate in ("constant", learning_rate)
    ]
    assert_same_model(*models)


def test_an_interruption_of_partial_fit_is_raised(vectors, small):
    class InterruptAtTheEnd(Interrupt):
        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch":
                raise KeyboardInterrupt

    small.set_callbacks(InterruptAtTheEnd(0))
    with pytest.raises(KeyboardInterrupt):
        small.partial_fit(*vectors)
    assert small.n_iter_ == 1


def test_partial_fit_continues_with_any_random_generator(vectors):
    rng = np.random.RandomState(np.random.PCG64(0))
    tagger = BiLSTMTagger(4, random_state=rng).partial_fit(*vectors).partial_fit(*vectors)
    assert tagger.n_iter_ == 2


def test_partial_fit_with_another_solver_does_not_use_the_state_of_the_optimizer(vectors, small):
    small.partial_fit(*vectors)
    small.set_params(solver="sgd").partial_fit(*vectors)
    assert len(small.optimizer_state_["slots"][0]) == 1


# -- errors and fitted settings -----------------------------------------------------------------


def test_the_analyzer_of_the_fit_is_the_analyzer_of_the_prediction(english, small):
    X, y = english
    expected = small.fit(X, y).predict(X).tolist()
    assert small.set_params(analyzer="word").predict(X).tolist() == expected
    small.set_params(warm_start=True)
    message = "Cannot continue training: analyzer changed from affix to word"
    with pytest.raises(ValueError, match=message):
        small.fit(X, y)


def test_a_callable_analyzer_that_was_replaced_by_a_name_raises(english, small):
    X, y = english
    small.set_params(analyzer=list).fit(X, y)
    with pytest.raises(ValueError, match=r"fitted with a callable analyzer, .* now 'affix'"):
        small.set_params(analyzer="affix").predict(X)


@pytest.mark.parametrize("returned", [3, None, "text", [1, 2], ["a", 1]])
def test_an_analyzer_must_return_str(english, small, returned):
    small.set_params(analyzer=lambda word: returned)
    with pytest.raises(
        TypeError, match=r"analyzer\('\w+'\) returned .* must return an iterable of str"
    ):
        small.fit(*english)


def test_a_min_df_that_leaves_no_feature_raises(english, small):
    with pytest.raises(ValueError, match=r"as many sequences as min_df=1000 requires: lower"):
        small.set_params(min_df=1000).fit(*english)


def test_min_df_with_empty_sequences(small):
    small.set_params(min_df=2, analyzer="word", char_hidden_size=0).fit(
        [["a", "b"], ["a"], []], [["x", "y"], ["x"], []]
    )
    assert list(small.vocabulary_) == ["a"]


def test_tags_of_another_type_raise_instead_of_a_score_of_zero(english, small):
    X, y = english
    numbers = [list(range(len(tags))) for tags in y]
    with pytest.raises(ValueError, match=r"tags of y are of type int, such as 0, but the classes"):
        small.fit(X, y).score(X, numbers)
    with pytest.raises(ValueError, match="tags of y are of type int"):
        small.fit(X, y, X_val=X, y_val=numbers)


def test_values_too_large_for_the_precision_of_the_model_raise(vectors, small):
    X, y = vectors
    small.fit([x.astype(np.float32) for x in X], y)
    with pytest.raises(ValueError, match="too large for float32"):
        small.predict_proba([np.full((2, 3), 1e39)])
