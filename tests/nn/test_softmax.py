import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn.softmax import cross_entropy, log_softmax

from ._checks import TOLERANCE, OnePrecision, central_differences, freeze, relative_error


@pytest.fixture
def batch():
    rng = np.random.RandomState(0)
    weights = rng.uniform(0.5, 2, size=6)
    weights[2] = 0
    return rng.normal(scale=2, size=(6, 4)), rng.randint(4, size=6), weights


def test_probabilities_sum_to_one(batch):
    proba = np.exp(log_softmax(batch[0]))
    assert (proba > 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_logits_are_exact(dtype):
    logits = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, -1e4]], dtype)
    log_proba = log_softmax(logits)
    assert log_proba.dtype == dtype
    half, third = np.log(0.5), np.log(1 / 3)
    expected = [[0, -2e4, -1e4], [third, third, third], [half, half, -2e4 + half]]
    np.testing.assert_allclose(log_proba, expected, rtol=1e-6)


def test_a_constant_added_to_the_logits_of_a_token_changes_nothing(batch):
    shift = np.array([[-3e3], [-1], [0], [1], [50], [3e3]])
    np.testing.assert_allclose(log_softmax(batch[0] + shift), log_softmax(batch[0]), rtol=1e-10)


def test_loss_and_gradient_agree_with_the_oracle(batch):
    logits, targets, weights = batch
    loss, dlogits = cross_entropy(logits, targets, weights, 5.0)
    expected, errors = oracle.cross_entropy(oracle.columns(logits), targets, weights, 5.0)
    assert loss == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(dlogits, oracle.rows(errors, 4), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_agrees_with_central_differences(batch, smoothing):
    logits, targets, weights = batch

    def loss_and_gradient():
        return cross_entropy(logits, targets, weights, 5.0, smoothing)

    _, dlogits = loss_and_gradient()
    numeric = central_differences(lambda: loss_and_gradient()[0], logits)
    assert relative_error(dlogits, numeric) < TOLERANCE


def test_smoothing_gives_all_classes_a_share_of_the_target(batch):
    logits, targets, weights = batch
    loss, _ = cross_entropy(logits, targets, weights, 5.0, smoothing=0.2)
    expected = 0.8 * cross_entropy(logits, targets, weights, 5.0)[0]
    for k in range(4):
        expected += 0.05 * cross_entropy(logits, np.full_like(targets, k), weights, 5.0)[0]
    assert loss == pytest.approx(expected, rel=1e-13)


def test_a_token_of_weight_zero_has_no_part(batch):
    logits, targets, weights = batch
    loss, dlogits = cross_entropy(logits, targets, weights, 5.0)
    logits[2] *= -50
    targets[2] = (targets[2] + 1) % 4
    other_loss, other_dlogits = cross_entropy(logits, targets, weights, 5.0)
    assert other_loss == loss
    np.testing.assert_array_equal(other_dlogits, dlogits)
    np.testing.assert_array_equal(dlogits[2], 0)


def test_a_weight_of_two_is_the_token_twice(batch):
    logits, targets, _ = batch
    loss, dlogits = cross_entropy(logits, targets, np.array([1.0, 1, 1, 1, 1, 2]), 7.0)
    twice = [0, 1, 2, 3, 4, 5, 5]
    other_loss, other = cross_entropy(logits[twice], targets[twice], np.ones(7), 7.0)
    assert loss == pytest.approx(other_loss, rel=1e-14)
    np.testing.assert_allclose(dlogits[5], other[5] + other[6], rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_confident_and_wrong_is_finite(dtype):
    logits = np.array([[1e4, -1e4], [1e4, -1e4]], dtype)
    loss, dlogits = cross_entropy(logits, np.array([0, 1]), np.ones(2, dtype), 2.0)
    assert loss == pytest.approx(1e4)
    np.testing.assert_array_equal(dlogits, np.array([[0, 0], [0.5, -0.5]], dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(batch, dtype):
    logits, targets, weights = batch
    loss, dlogits = cross_entropy(logits.astype(dtype), targets, weights.astype(dtype), 5.0)
    assert type(loss) is float
    assert dlogits.dtype == log_softmax(logits.astype(dtype)).dtype == dtype


def test_logits_and_weights_meet_no_other_precision_on_the_way(batch):
    logits, targets, weights = batch
    logits, weights = (A.astype(np.float32).view(OnePrecision) for A in (logits, weights))
    cross_entropy(logits, targets, weights, np.float64(5))


def test_no_tokens():
    loss, dlogits = cross_entropy(np.empty((0, 3)), np.empty(0, int), np.empty(0), 1.0)
    assert loss == 0
    assert dlogits.shape == log_softmax(np.empty((0, 3))).shape == (0, 3)


def test_inputs_are_left_unmodified(batch):
    freeze(*batch)
    cross_entropy(*batch, 5.0)
