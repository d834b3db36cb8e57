import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklstm._batches import Bags, Corpus, Minibatch, Sequences, Targets, Vectors
from sklstm._features import bag_words, spell, to_bags
from sklstm._outputs import CRFOutput, SoftmaxOutput
from sklstm._schemes import transition_penalties
from sklstm._threads import Workers
from sklstm._training import Model, Settings, State, Trainer, predict, train, vectors_of_types
from sklstm.nn.optimizers import Adam
from sklstm.nn.parameters import initial_parameters, parameter_shapes, views

SOFTMAX = SoftmaxOutput()
TAGS = ["B-x", "I-x", "O"]
WIDTH, N_SPELLED, N_FIXED = 5, 2, 2
MEMBERS = np.array([0, 2, 3])  # all sequences but the empty one
PER_TOKEN = np.array([1, 2, 0.5, 1, 0, 3, 1, 1, 2.0])
PER_SEQUENCE = np.repeat([0.5, 3.0, 1.0], [3, 4, 2])
# B I O, then O B I I, then O B: what the scheme allows.
LEGAL = np.array([0, 1, 2, 2, 0, 1, 1, 2, 0])


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


def spelled_words(word_dropout):
    """Words with characters and fixed numbers."""
    tokens = ["ab", "c", "bca", "ab", "dd", "c", "aab", "", "b"]
    names = sorted({*tokens, *(f"char={c}" for c in "abcd"), "char="} - {"b"})
    bagged = bag_words(tokens, lambda word: [word])
    vocabulary = {name: row for row, name in enumerate(names, 1)}
    bags = to_bags(bagged, vocabulary, np.ones(7), word_dropout, spell(bagged))
    rng = np.random.RandomState(1)
    return bags._replace(fixed=rng.normal(size=(7, N_FIXED)))


def make_trainer(workers, tokens=None, weights=None, output=SOFTMAX, **changes):
    rng = np.random.RandomState(0)
    lengths = np.array([3, 0, 4, 2])
    tokens = Vectors(rng.normal(size=(9, 3))) if tokens is None else tokens
    n_inputs, layers, table, characters = 3, [3, 2], None, None
    if isinstance(tokens, Bags):
        n_inputs, table = WIDTH, rng.normal(size=(tokens.features.shape[1], WIDTH))
        if tokens.letters is not None:
            n_inputs, layers = n_inputs + 2 * N_SPELLED + N_FIXED, [2]
            characters = WIDTH, N_SPELLED
    is_crf = output.name == "crf"
    shapes = parameter_shapes(n_inputs, layers, 2, 3, characters, is_crf)
    vector = initial_parameters(shapes, rng, np.float64)
    if is_crf:
        views(vector, shapes)["transitions",][...] = rng.normal(size=(5, 3))
    model = Model(shapes, vector, table, output)
    classes = LEGAL if is_crf else rng.randint(3, size=9)
    targets = Targets(classes, np.ones(9) if weights is None else weights)
    chosen = settings(**changes)
    state = State.start(chosen.optimizer, model)
    corpus = Corpus(Sequences.of(lengths, tokens), targets)
    return Trainer(model, chosen, state, corpus, workers, rng)


OUTPUTS = {
    "softmax": SOFTMAX,
    "crf": CRFOutput(transition_penalties(TAGS, None)),
    "crf with a scheme": CRFOutput(transition_penalties(TAGS, "BIO")),
}
TOKENS = {
    "vectors": None,
    "words": words(),
    "spelled": spelled_words(word_dropout=0.0),
    "partly hidden": spelled_words(word_dropout=1.0).shown(np.random.RandomState(1)),
}


@pytest.fixture
def workers():
    with Workers() as workers:
        yield workers


def test_some_words_of_which_gradients_are_taken_are_hidden():
    bags = TOKENS["partly hidden"]
    assert 0 < (bags.types >= 7).sum() < 9
    assert (bags.letters.ids == 0).any()


@pytest.mark.parametrize(
    ("tokens", "output", "alpha"),
    [
        ("vectors", "softmax", 0.0), ("vectors", "softmax", 0.3), ("vectors", "crf", 0.3),
        ("words", "softmax", 0.0), ("words", "softmax", 0.3), ("words", "crf with a scheme", 0.3),
        ("partly hidden", "crf", 0.3), ("partly hidden", "crf with a scheme", 0.0),
    ],
)  # fmt: skip
def test_the_gradients_of_the_whole_loss_agree_with_finite_differences(
    workers, tokens, output, alpha
):
    weights = PER_TOKEN if output == "softmax" else PER_SEQUENCE
    trainer = make_trainer(workers, TOKENS[tokens], weights, OUTPUTS[output], alpha=alpha)
    minibatch = Minibatch.of(trainer.corpus.sequences, MEMBERS, 64)
    _, gradient, dRows = trainer.loss_and_gradients(minibatch)
    gradients = [gradient.copy()]
    if tokens != "vectors":
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
@pytest.mark.parametrize("tokens", TOKENS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_minibatch_in_shards_has_the_loss_and_the_gradients_of_the_whole(
    tokens, output, n_threads
):
    results = []
    for size in (64, 2, 1):
        with threadpool_limits(n_threads), Workers() as workers:
            trainer = make_trainer(
                workers, TOKENS[tokens], PER_SEQUENCE, OUTPUTS[output], alpha=0.3
            )
            minibatch = Minibatch.of(trainer.corpus.sequences, MEMBERS, size)
            assert len(minibatch.shards) == -(-3 // size)
            for _ in range(2):  # what an earlier minibatch left behind has no part in a later one
                loss, gradient, dRows = trainer.loss_and_gradients(minibatch)
        results.append([loss, gradient.copy(), dRows if tokens != "vectors" else 0])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-14)


def test_every_parameter_has_a_part_in_the_loss(workers):
    trainer = make_trainer(workers, TOKENS["partly hidden"], output=OUTPUTS["crf"])
    minibatch = Minibatch.of(trainer.corpus.sequences, MEMBERS, 64)
    _, gradient, dRows = trainer.loss_and_gradients(minibatch)
    for name, dW in views(gradient, trainer.model.shapes).items():
        assert dW.any(), name
    assert dRows.any(axis=1).all()


@pytest.mark.parametrize("tokens", ["words", "partly hidden"])
def test_sequences_of_one_minibatch_do_not_meet(workers, tokens):
    """The loss of a minibatch is the mean, by tokens, of the losses of its sequences."""
    trainer = make_trainer(workers, TOKENS[tokens], PER_SEQUENCE, OUTPUTS["crf"])
    lengths = trainer.corpus.sequences.lengths

    def loss(members):
        minibatch = Minibatch.of(trainer.corpus.sequences, members, 64)
        return trainer.loss_and_gradients(minibatch)[0] * lengths[members].sum()

    alone = sum(loss(np.array([k])) for k in MEMBERS)
    assert loss(MEMBERS) == pytest.approx(alone, rel=1e-12)


def test_the_penalty_is_on_transitions_and_not_on_starts_and_ends(workers):
    gradients = []
    for alpha in (0.0, 0.9):
        trainer = make_trainer(workers, output=OUTPUTS["crf with a scheme"], alpha=alpha)
        minibatch = Minibatch.of(trainer.corpus.sequences, MEMBERS, 64)
        _, gradient, _ = trainer.loss_and_gradients(minibatch)
        gradients.append(views(gradient, trainer.model.shapes)["transitions",].copy())
    expected = views(trainer.model.vector, trainer.model.shapes)["transitions",] * 0.9 / 9
    expected[-2:] = 0
    np.testing.assert_allclose(gradients[1] - gradients[0], expected, atol=1e-15)


@pytest.mark.parametrize("tokens", ["words", "spelled"])
def test_prediction_reads_what_training_reads(workers, tokens):
    """Each type is computed once for prediction, and each token for training: both in order."""
    trainer = make_trainer(workers, TOKENS[tokens], output=OUTPUTS["crf"])
    model, sequences = trainer.model, trainer.corpus.sequences
    minibatch = Minibatch.of(sequences, MEMBERS, 64)
    read, _ = trainer._read(minibatch.inputs)
    known = vectors_of_types(model, sequences.tokens, workers)
    of_tokens = known[sequences.tokens.types][minibatch.tokens]
    np.testing.assert_allclose(read, of_tokens, rtol=1e-12)


# -- features that are dropped ------------------------------------------------------------------


def trained(n_threads=None, tokens="spelled", n_epochs=2, **changes):
    """Return a trainer after some epochs of small minibatches."""
    with threadpool_limits(n_threads), Workers() as workers:
        trainer = make_trainer(workers, TOKENS[tokens], batch_size=1, **changes)
        for _ in range(n_epochs):
            trainer.note(trainer.epoch(), None)
    return trainer


@pytest.mark.parametrize("tokens", ["words", "spelled"])
def test_features_are_dropped_from_words(tokens):
    models = [trained(tokens=tokens, feature_dropout=rate).model for rate in (0.0, 0.5)]
    assert not np.allclose(models[0].vector, models[1].vector)


@pytest.mark.parametrize("tokens", ["words", "spelled"])
def test_the_number_of_threads_drops_the_same_features(tokens):
    """A minibatch is made by whichever thread has time for it."""
    one, two = (
        trained(n_threads, tokens, 4, feature_dropout=0.5, dropout=0.2).model
        for n_threads in (1, 2)
    )
    for ours, theirs in zip(one.arrays(), two.arrays(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_each_minibatch_of_each_epoch_drops_others(workers, monkeypatch):
    seen = []

    def take(bags, tokens, dropout, wrapped=Bags.take):
        seen.append(dropout)
        return wrapped(bags, tokens, dropout)

    monkeypatch.setattr(Bags, "take", take)
    trained(feature_dropout=0.25, n_epochs=3)
    assert {dropout.rate for dropout in seen} == {0.25}
    assert len({dropout.seed for dropout in seen}) == len(seen) == 9


def test_a_rate_of_zero_draws_nothing():
    plain = trained(tokens="words", shuffle=False, n_epochs=0).rng.random_sample()
    without, with_dropout = (
        trained(tokens="words", shuffle=False, feature_dropout=rate).rng.random_sample()
        for rate in (0.0, 0.2)
    )
    assert without == plain
    assert with_dropout != plain


# -- epochs -------------------------------------------------------------------------------------


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
