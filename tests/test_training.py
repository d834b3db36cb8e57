import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklstm._batches import Bags, Corpus, Minibatch, Sequences, Targets, Vectors
from sklstm._features import bag_words, to_bags
from sklstm._threads import Workers
from sklstm._training import Model, Settings, State, Trainer, predict, train
from sklstm.nn.optimizers import Adam
from sklstm.nn.parameters import initial_parameters, parameter_shapes


def settings(**changes):
    defaults = Settings(
        optimizer=Adam(), alpha=0.0, batch_size=4, learning_rate="constant",
        learning_rate_init=0.01, power_t=0.5, max_iter=4, shuffle=True, tol=1e-4,
        early_stopping=False, n_iter_no_change=10, dropout=0.0, feature_dropout=0.0,
        max_grad_norm=5.0,
    )  # fmt: skip
    return defaults._replace(**changes)


def words():
    vocabulary = {"a": 1, "b": 2, "c": 3}
    tokens = list("abcabdcab")
    return to_bags(bag_words(tokens, lambda w: [w]), vocabulary)


def make_trainer(workers, tokens=None, weights=None, **changes):
    rng = np.random.RandomState(0)
    lengths = np.array([3, 0, 4, 2])
    tokens = Vectors(rng.normal(size=(9, 3))) if tokens is None else tokens
    n_inputs = 5 if isinstance(tokens, Bags) else 3
    shapes = parameter_shapes(n_inputs, [3, 2], 2, 3)
    table = rng.normal(size=(4, n_inputs)) if isinstance(tokens, Bags) else None
    model = Model(shapes, initial_parameters(shapes, rng, np.float64), table)
    targets = Targets(rng.randint(3, size=9), np.ones(9) if weights is None else weights)
    chosen = settings(**changes)
    state = State.start(chosen.optimizer, model)
    corpus = Corpus(Sequences.of(lengths, tokens), targets)
    return Trainer(model, chosen, state, corpus, workers, rng)


@pytest.fixture
def workers():
    with Workers() as workers:
        yield workers


@pytest.mark.parametrize("tokens", [None, words()], ids=["vectors", "words"])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_the_gradients_of_the_whole_loss_agree_with_finite_differences(workers, tokens, alpha):
    weights = np.array([1, 2, 0.5, 1, 0, 3, 1, 1, 2.0])
    trainer = make_trainer(workers, tokens, weights, alpha=alpha)
    minibatch = Minibatch.of(trainer.corpus.sequences, np.array([0, 2, 3]), 64)
    _, gradient, dRows = trainer.loss_and_gradients(minibatch)
    gradients = [gradient.copy()]
    if tokens is not None:
        gradients.append(np.zeros_like(trainer.model.table))
        gradients[1][minibatch.inputs.rows] = dRows
    for array, gradient in zip(trainer.model.arrays(), gradients, strict=True):
        numeric = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept, losses = array[index], []
            for step in (1e-5, -1e-5):
                array[index] = kept + step
                losses.append(trainer.loss_and_gradients(minibatch)[0])
            array[index] = kept
            numeric[index] = (losses[0] - losses[1]) / 2e-5
        error = np.linalg.norm(numeric - gradient) / np.linalg.norm(numeric + gradient)
        assert error < 1e-6


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("tokens", [None, words()], ids=["vectors", "words"])
def test_a_minibatch_in_shards_has_the_loss_and_the_gradients_of_the_whole(tokens, n_threads):
    results = []
    for size in (64, 2, 1):
        with threadpool_limits(n_threads), Workers() as workers:
            trainer = make_trainer(workers, tokens, alpha=0.3)
            minibatch = Minibatch.of(trainer.corpus.sequences, np.array([0, 2, 3]), size)
            assert len(minibatch.shards) == -(-3 // size)
            loss, gradient, dRows = trainer.loss_and_gradients(minibatch)
        results.append([loss, gradient, dRows if tokens is not None else 0])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-14)


def run(trainer, score=None, stop_after=None):
    rates = []

    def after(progress):
        rates.append(progress.learning_rate)
        return len(rates) == stop_after

    return train(trainer, score, lambda: None, after), rates


def test_constant_learning_rate(workers):
    assert run(make_trainer(workers))[1] == [0.01] * 4


def test_linear_learning_rate_falls_to_zero_within_the_epochs(workers):
    trainer = make_trainer(workers, learning_rate="linear", batch_size=1)
    rates = run(trainer)[1]
    # Three minibatches an epoch: the last one of epoch k is 1/3 of an epoch before its end.
    np.testing.assert_allclose(rates, [0.01 * (1 - (k + 2 / 3) / 4) for k in range(4)])


def test_inverse_scaling_learning_rate_follows_the_sequences_seen(workers):
    rates = run(make_trainer(workers, learning_rate="invscaling", power_t=0.5))[1]
    np.testing.assert_allclose(rates, [0.01 / (3 * k + 1) ** 0.5 for k in range(4)])


def test_adaptive_learning_rate_falls_when_progress_ends_and_then_training_ends(workers):
    trainer = make_trainer(
        workers, learning_rate="adaptive", tol=100.0, n_iter_no_change=2, max_iter=100
    )
    ending, rates = run(trainer)
    assert ending == "converged"
    assert rates[:6] == pytest.approx([0.01] * 4 + [0.002] * 2)
    assert 2e-7 < rates[-1] <= 1e-6


def test_endings(workers):
    assert run(make_trainer(workers))[0] == "max_iter"
    assert run(make_trainer(workers), stop_after=2) == ("callback", [0.01, 0.01])
    assert run(make_trainer(workers, tol=100.0, n_iter_no_change=1))[0] == "converged"


def test_early_stopping_leaves_the_best_model(workers):
    trainer = make_trainer(workers, early_stopping=True, n_iter_no_change=2, max_iter=10)
    scores, models = iter([0.1, 0.5, 0.4, 0.45, 0.3, 0.2]), []

    def score():
        models.append(trainer.model.copy())
        return next(scores)

    assert run(trainer, score)[0] == "converged"
    assert trainer.progress.scores == [0.1, 0.5, 0.4, 0.45, 0.3]
    np.testing.assert_array_equal(trainer.model.vector, models[1].vector)


def test_parameters_that_are_not_finite_are_an_error_that_says_what_to_do(workers):
    trainer = make_trainer(workers, learning_rate_init=1e308, max_grad_norm=1e300)
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"epoch [12]: .*learning_rate_init"),
    ):
        run(trainer)


def test_only_the_embeddings_of_the_features_at_hand_change(workers):
    trainer = make_trainer(workers, words())
    before = trainer.model.table.copy()
    trainer._step(
        Minibatch.of(trainer.corpus.sequences, np.array([0]), 64)
    )  # a b c, nothing unknown
    assert (trainer.model.table[1:] != before[1:]).all()
    np.testing.assert_array_equal(trainer.model.table[0], before[0])


def test_prediction_gives_tokens_in_their_order(workers):
    def logits(packed, packing, views):
        return packed.copy()

    trainer = make_trainer(workers)
    whole = predict(trainer.model, trainer.corpus.sequences, logits, workers)
    one = Sequences.of(np.array([4]), Vectors(trainer.corpus.sequences.tokens.values[3:7]))
    np.testing.assert_allclose(whole[3:7], predict(trainer.model, one, logits, workers))
    assert whole.shape == (9, 3)
