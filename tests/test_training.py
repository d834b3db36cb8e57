import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklstm import _features
from sklstm._batching import Corpus
from sklstm._features import (
    EncodedTokens,
    VectorTokens,
    character_features,
    drop_features,
    encode_features,
    extract_word_features,
    word_features,
)
from sklstm._model import OUTPUTS, Architecture, Model
from sklstm._threads import Executor
from sklstm._training import Trainer, train
from sklstm.nn.encoder import encoder_forward
from sklstm.nn.parameters import count, initialize_layers, views

TAGS = np.array(["B-x", "I-x", "O"])
EMBEDDING_SIZE, CHAR_HIDDEN_SIZE, VECTOR_SIZE = 5, 2, 2
LENGTHS = np.array([3, 0, 4, 2])
N_TOKENS = 9
MEMBERS = np.array([0, 2, 3])  # all sequences except the empty one
PER_TOKEN = np.array([1, 2, 0.5, 1, 0, 3, 1, 1, 2.0])
PER_SEQUENCE = np.repeat([0.5, 3.0, 1.0], [3, 4, 2])
# B I O, then O B I I, then O B: the scheme allows them.
LEGAL = np.array([0, 1, 2, 2, 0, 1, 1, 2, 0])


def make_params(**changes):
    """Return parameters of the estimator; changed ones must exist."""
    params = {
        "solver": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8,
        "alpha": 0.0, "batch_size": 4, "learning_rate": "constant",
        "learning_rate_init": 0.01, "power_t": 0.5, "max_iter": 4, "shuffle": True, "tol": 1e-4,
        "early_stopping": False, "n_iter_no_change": 10, "dropout": 0.0, "feature_dropout": 0.0,
        "max_grad_norm": 5.0,
    }  # fmt: skip
    assert changes.keys() <= params.keys()
    return SimpleNamespace(**params | changes)


def words():
    vocabulary = {"a": 1, "b": 2, "c": 3}
    features = extract_word_features(list("abcabdcab"), word_features)
    return encode_features(features, None, vocabulary)


def words_with_characters(word_dropout):
    """Words with characters and pre-trained vectors."""
    tokens = ["ab", "c", "bca", "ab", "dd", "c", "aab", "", "b"]
    names = sorted({*tokens, *(f"char={c}" for c in "abcd"), "char="} - {"b"})
    vocabulary = {name: row for row, name in enumerate(names, 1)}
    features = extract_word_features(tokens, word_features)
    characters = extract_word_features(features.words, character_features)
    encoded = encode_features(features, characters, vocabulary, word_dropout, np.ones(7))
    rng = np.random.RandomState(1)
    return encoded._replace(vectors=rng.normal(size=(7, VECTOR_SIZE)))


def make_trainer(executor, tokens=None, weights=None, output="softmax", **changes):
    rng = np.random.RandomState(0)
    tokens = VectorTokens(rng.normal(size=(9, 3))) if tokens is None else tokens
    architecture = Architecture(
        kind="vectors", analyzer="", hidden_layer_sizes=[3, 2], bidirectional=True,
        embedding_size=0, char_hidden_size=0, vector_size=3, output=output.split()[0],
        scheme="BIO" if "scheme" in output else None,
    )  # fmt: skip
    table = None
    if isinstance(tokens, EncodedTokens):
        architecture = architecture._replace(
            kind="words", embedding_size=EMBEDDING_SIZE, vector_size=0
        )
        table = rng.normal(size=(tokens.features.shape[1], EMBEDDING_SIZE))
        if tokens.characters is not None:
            architecture = architecture._replace(
                hidden_layer_sizes=[2], char_hidden_size=CHAR_HIDDEN_SIZE, vector_size=VECTOR_SIZE
            )
    outputs = OUTPUTS[architecture.output](TAGS, architecture.scheme, 0.0)
    n_parameters = count(architecture.parameter_shapes(outputs))
    model = Model(architecture, TAGS, np.zeros(n_parameters), table, {})
    initialize_layers({name: model.parameters[name] for name in architecture.layer_shapes}, rng)
    model.output.initialize(model.parameters, rng)
    is_crf = architecture.output == "crf"
    if is_crf:
        model.parameters["transitions"][...] = rng.normal(size=(5, 3))
    targets = LEGAL if is_crf else rng.randint(3, size=9)
    weights = np.ones(9) if weights is None else weights
    corpus = Corpus(LENGTHS, tokens, targets, weights, weights.mean())
    return Trainer(model, corpus, make_params(**changes), rng, executor)


OUTPUT_NAMES = ["softmax", "crf", "crf with a scheme"]
TOKENS = {
    "vectors": None,
    "words": words(),
    "words with characters": words_with_characters(word_dropout=0.0),
    "words with dropout": words_with_characters(1.0).apply_word_dropout(np.random.RandomState(1)),
}


@pytest.fixture
def executor():
    with Executor() as executor:
        yield executor


def test_word_dropout_applies_to_some_words_of_the_gradient_check():
    tokens = TOKENS["words with dropout"]
    assert 0 < (tokens.types >= 7).sum() < 9
    assert (tokens.characters.ids == 0).any()


@pytest.mark.parametrize(
    ("tokens", "output", "alpha"),
    [
        ("vectors", "softmax", 0.0), ("vectors", "softmax", 0.3), ("vectors", "crf", 0.3),
        ("words", "softmax", 0.0), ("words", "softmax", 0.3), ("words", "crf with a scheme", 0.3),
        ("words with dropout", "crf", 0.3), ("words with dropout", "crf with a scheme", 0.0),
    ],
)  # fmt: skip
def test_the_gradients_of_the_whole_loss_agree_with_finite_differences(
    executor, tokens, output, alpha
):
    weights = PER_TOKEN if output == "softmax" else PER_SEQUENCE
    trainer = make_trainer(executor, TOKENS[tokens], weights, output, alpha=alpha)
    minibatch = trainer.corpus.minibatch(MEMBERS, 64)
    _, gradient, dE = trainer.loss_and_gradients(minibatch, N_TOKENS)
    gradients = [gradient.copy()]
    if tokens != "vectors":
        gradients.append(np.zeros_like(trainer.model.table))
        gradients[1][minibatch.inputs.rows] = dE
    for array, gradient in zip(trainer.model.arrays, gradients, strict=True):
        numeric = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept, losses = array[index], []
            for step in (1e-5, -1e-5):
                array[index] = kept + step
                losses.append(trainer.loss_and_gradients(minibatch, N_TOKENS)[0])
            array[index] = kept
            numeric[index] = (losses[0] - losses[1]) / 2e-5
        error = np.linalg.norm(numeric - gradient) / np.linalg.norm(numeric + gradient)
        assert error < 1e-6


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("tokens", TOKENS)
@pytest.mark.parametrize("output", OUTPUT_NAMES)
def test_a_minibatch_in_shards_has_the_loss_and_the_gradients_of_the_whole(
    tokens, output, n_threads
):
    results = []
    for size in (64, 2, 1):
        with threadpool_limits(n_threads), Executor() as executor:
            trainer = make_trainer(executor, TOKENS[tokens], PER_SEQUENCE, output, alpha=0.3)
            minibatch = trainer.corpus.minibatch(MEMBERS, size)
            assert len(minibatch.packings) == -(-3 // size)
            for _ in range(2):  # an earlier minibatch must not change the result of a later one
                loss, gradient, dE = trainer.loss_and_gradients(minibatch, N_TOKENS)
        results.append([loss, gradient.copy(), dE if tokens != "vectors" else 0])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-14)


def test_every_parameter_has_a_gradient(executor):
    trainer = make_trainer(executor, TOKENS["words with dropout"], output="crf")
    minibatch = trainer.corpus.minibatch(MEMBERS, 64)
    _, gradient, dE = trainer.loss_and_gradients(minibatch, N_TOKENS)
    for name, dW in views(gradient, trainer.model.shapes).items():
        assert dW.any(), name
    assert dE.any(axis=1).all()


@pytest.mark.parametrize("tokens", ["words", "words with dropout"])
def test_the_loss_of_a_minibatch_is_the_sum_of_the_losses_of_its_sequences(executor, tokens):
    trainer = make_trainer(executor, TOKENS[tokens], PER_SEQUENCE, "crf")

    def loss(members):
        minibatch = trainer.corpus.minibatch(members, 64)
        return trainer.loss_and_gradients(minibatch, N_TOKENS)[0]

    alone = sum(loss(np.array([k])) for k in MEMBERS)
    assert loss(MEMBERS) == pytest.approx(alone, rel=1e-12)


def test_each_token_of_an_epoch_counts_the_same_in_minibatches_of_any_size(executor, monkeypatch):
    means = []
    for batch_size in (1, 2, 3):
        trainer = make_trainer(executor, TOKENS["words"], PER_TOKEN, batch_size=batch_size)
        gradients = []
        monkeypatch.setattr(
            trainer, "_update", lambda gradient, *_, to=gradients: to.append(gradient.copy())
        )
        loss = trainer.train_epoch(lambda *n_tokens: None)
        assert len(gradients) == -(-len(MEMBERS) // batch_size)
        means.append([loss, *np.mean(gradients, axis=0)])
    np.testing.assert_allclose(means[0], means[2], rtol=1e-10)
    np.testing.assert_allclose(means[1], means[2], rtol=1e-10)


def test_transitions_are_penalized_but_not_starts_and_ends(executor):
    gradients = []
    for alpha in (0.0, 0.9):
        trainer = make_trainer(executor, output="crf with a scheme", alpha=alpha)
        minibatch = trainer.corpus.minibatch(MEMBERS, 64)
        _, gradient, _ = trainer.loss_and_gradients(minibatch, N_TOKENS)
        gradients.append(views(gradient, trainer.model.shapes)["transitions"].copy())
    expected = trainer.model.parameters["transitions"] * 0.9 / 9
    expected[-2:] = 0
    np.testing.assert_allclose(gradients[1] - gradients[0], expected, atol=1e-15)


@pytest.mark.parametrize("tokens", ["words", "words with characters"])
def test_training_and_prediction_have_the_same_inputs(executor, tokens):
    """Training computes each token, prediction each unique word once."""
    trainer = make_trainer(executor, TOKENS[tokens], output="crf")
    model, corpus = trainer.model, trainer.corpus
    (packing,), batch = corpus.minibatch(MEMBERS, 64)
    X, _ = encoder_forward(model.parameters, model.table[batch.rows], batch)
    inputs, index = model.embed(corpus.tokens, executor)
    np.testing.assert_allclose(X, inputs[index][packing.tokens], rtol=1e-12)


# -- feature dropout ----------------------------------------------------------------------------


def ignore(*args):
    """Do nothing."""


def trained(n_threads=None, tokens="words with characters", n_epochs=2, **changes):
    """Return a trainer after some epochs of small minibatches."""
    with threadpool_limits(n_threads), Executor() as executor:
        trainer = make_trainer(executor, TOKENS[tokens], batch_size=1, **changes)
        for _ in range(n_epochs):
            trainer.complete_epoch(trainer.train_epoch(ignore), None)
    return trainer


@pytest.mark.parametrize("tokens", ["words", "words with characters"])
def test_feature_dropout_applies_to_words(tokens):
    models = [trained(tokens=tokens, feature_dropout=rate).model for rate in (0.0, 0.5)]
    assert not np.allclose(models[0].vector, models[1].vector)


@pytest.mark.parametrize("tokens", ["words", "words with characters"])
def test_the_same_features_are_dropped_with_any_number_of_threads(tokens):
    one, two = (
        trained(n_threads, tokens, 4, feature_dropout=0.5, dropout=0.2).model
        for n_threads in (1, 2)
    )
    for ours, theirs in zip(one.arrays, two.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_each_minibatch_of_each_epoch_drops_other_features(monkeypatch):
    kept = []

    def record(features, rate, rng, wrapped=drop_features):
        assert rate == 0.25
        dropped = wrapped(features, rate, rng)
        kept.append(dropped.indptr.tolist())
        return dropped

    monkeypatch.setattr(_features, "drop_features", record)
    trained(feature_dropout=0.25, n_epochs=3, shuffle=False)
    first, second, third = kept[:3], kept[3:6], kept[6:]
    assert len(kept) == 9
    assert first != second != third != first


def test_without_feature_dropout_no_random_number_is_drawn():
    plain = trained(tokens="words", shuffle=False, n_epochs=0).rng.random_sample()
    without, with_dropout = (
        trained(tokens="words", shuffle=False, feature_dropout=rate).rng.random_sample()
        for rate in (0.0, 0.2)
    )
    assert without == plain
    assert with_dropout != plain


def test_every_minibatch_reports_the_tokens_that_are_done(executor):
    trainer, reports = make_trainer(executor, batch_size=1), []
    trainer.train_epoch(lambda *counts: reports.append(counts))
    n_done, totals = zip(*reports, strict=True)
    assert set(totals) == {n_done[-1]} == {sum(LENGTHS)}
    assert sorted(n_done) == list(n_done)
    assert len(n_done) == np.count_nonzero(LENGTHS)


# -- epochs -------------------------------------------------------------------------------------


def run(trainer, score=None, stop_after=None):
    """Train; return the ending, and the learning rate after each epoch."""
    rates = []

    def before_epoch():
        assert len(trainer.completed.losses) == len(rates)

    def after_epoch(trainer):
        rates.append(trainer.learning_rate)
        return len(rates) == stop_after

    return train(trainer, score, before_epoch, ignore, after_epoch, ignore), rates


def test_constant_learning_rate(executor):
    assert run(make_trainer(executor))[1] == [0.01] * 4


def test_linear_learning_rate_decreases_to_zero_over_all_epochs(executor):
    trainer = make_trainer(executor, learning_rate="linear", batch_size=1)
    rates = run(trainer)[1]
    # An epoch has three minibatches: the last one starts 1/3 of an epoch before its end.
    np.testing.assert_allclose(rates, [0.01 * (1 - (k + 2 / 3) / 4) for k in range(4)])


def test_inverse_scaling_learning_rate_depends_on_the_number_of_sequences_seen(executor):
    rates = run(make_trainer(executor, learning_rate="invscaling", power_t=0.5))[1]
    np.testing.assert_allclose(rates, [0.01 / (3 * k + 1) ** 0.5 for k in range(4)])


def test_adaptive_learning_rate_decreases_without_progress_until_training_ends(executor):
    trainer = make_trainer(
        executor, learning_rate="adaptive", tol=100.0, n_iter_no_change=2, max_iter=100
    )
    ending, rates = run(trainer)
    assert ending == "converged"
    assert rates[:6] == pytest.approx([0.01] * 4 + [0.002] * 2)
    assert 2e-7 < rates[-1] <= 1e-6


def test_reasons_why_training_ends(executor):
    assert run(make_trainer(executor))[0] == "max_iter"
    assert run(make_trainer(executor), stop_after=2) == ("callback", [0.01, 0.01])
    assert run(make_trainer(executor, tol=100.0, n_iter_no_change=1))[0] == "converged"


def test_early_stopping_restores_the_best_model(executor):
    trainer = make_trainer(executor, early_stopping=True, n_iter_no_change=2, max_iter=10)
    scores, models = iter([0.1, 0.5, 0.4, 0.45, 0.3, 0.2]), []

    def score():
        models.append(trainer.model.copy())
        return next(scores)

    assert run(trainer, score)[0] == "converged"
    assert trainer.completed.scores == [0.1, 0.5, 0.4, 0.45, 0.3]
    np.testing.assert_array_equal(trainer.model.vector, models[1].vector)


def poison(trainer, n_epochs):
    """Make a parameter NaN after some epochs."""
    complete = trainer.complete_epoch

    def poisoned(loss, score):
        complete(loss, score)
        if len(trainer.completed.losses) == n_epochs:
            trainer.copy_completed()
            trainer.model.vector[0] = np.nan

    trainer.complete_epoch = poisoned
    return trainer


def test_a_first_epoch_that_is_not_finite_raises_an_error_with_a_remedy(executor):
    trainer = make_trainer(executor)
    trainer.model.vector[0] = np.nan
    with pytest.raises(ValueError, match=r"epoch 1: .*learning_rate_init"):
        run(trainer)


@pytest.mark.parametrize("tokens", ["vectors", "words with characters"])
def test_a_later_epoch_that_is_not_finite_ends_training_with_the_epochs_before(executor, tokens):
    expected = make_trainer(executor, TOKENS[tokens], max_iter=2)
    run(expected)
    trainer = poison(make_trainer(executor, TOKENS[tokens], max_iter=6), 2)
    assert run(trainer)[0] == "diverged"
    assert trainer.completed.losses == expected.completed.losses
    for ours, theirs in zip(trainer.model.arrays, expected.model.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("tokens", ["vectors", "words", "words with characters"])
@pytest.mark.parametrize("n_saves", [1, 2, 3, 4, 7, 8])  # within epochs, between them
@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_trainer_resumes_to_the_same_bits(executor, tokens, n_saves, early_stopping):
    def make():
        settings = {"dropout": 0.3, "feature_dropout": 0.3, "early_stopping": early_stopping}
        return make_trainer(executor, TOKENS[tokens], batch_size=1, max_iter=3, **settings)

    def finish(trainer, save):
        scores = iter([0.1, 0.5, 0.4][len(trainer.completed.losses) :])
        score = scores.__next__ if early_stopping else None
        train(trainer, score, ignore, ignore, ignore, save)

    saved = []
    expected = make()
    finish(expected, lambda trainer: saved.append(pickle.dumps(trainer.state())))
    trainer = make()
    trainer.resume(pickle.loads(saved[n_saves]))
    finish(trainer, ignore)
    assert trainer.completed.losses == expected.completed.losses
    assert trainer.completed.scores == expected.completed.scores
    assert trainer.t == expected.t
    for ours, theirs in zip(trainer.model.arrays, expected.model.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert trainer.rng.random_sample() == expected.rng.random_sample()


def test_only_the_embeddings_of_features_in_the_minibatch_change(executor):
    trainer = make_trainer(executor, words())
    before = trainer.model.table.copy()
    minibatch = trainer.corpus.minibatch(np.array([0]), 64)  # a b c, no unknown feature
    _, *gradients = trainer.loss_and_gradients(minibatch, N_TOKENS)
    trainer._update(*gradients, minibatch.inputs.rows)
    assert (trainer.model.table[1:] != before[1:]).all()
    np.testing.assert_array_equal(trainer.model.table[0], before[0])
