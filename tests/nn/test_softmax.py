import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn.parameters import views
from sklstm.nn.softmax import Softmax, cross_entropy, log_softmax

from ._checks import TOLERANCE, OnePrecision, central_differences, freeze, relative_error


@pytest.fixture
def batch():
    rng = np.random.RandomState(0)
    weights = rng.uniform(0.5, 2, size=6) / 5
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


def test_loss_and_gradient_are_those_of_the_oracle(batch):
    logits, targets, weights = batch
    loss, dlogits = cross_entropy(logits, targets, weights)
    expected, errors = oracle.cross_entropy(oracle.columns(logits), targets, weights)
    assert loss == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(dlogits, oracle.rows(errors, 4), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_agrees_with_central_differences(batch, smoothing):
    logits, targets, weights = batch

    def loss_and_gradient():
        return cross_entropy(logits, targets, weights, smoothing)

    _, dlogits = loss_and_gradient()
    numeric = central_differences(lambda: loss_and_gradient()[0], logits)
    assert relative_error(dlogits, numeric) < TOLERANCE


def test_smoothing_distributes_a_share_of_the_target_over_all_classes(batch):
    logits, targets, weights = batch
    loss, _ = cross_entropy(logits, targets, weights, smoothing=0.2)
    expected = 0.8 * cross_entropy(logits, targets, weights)[0]
    for k in range(4):
        expected += 0.05 * cross_entropy(logits, np.full_like(targets, k), weights)[0]
    assert loss == pytest.approx(expected, rel=1e-13)


def test_a_token_of_weight_zero_does_not_contribute(batch):
    logits, targets, weights = batch
    loss, dlogits = cross_entropy(logits, targets, weights)
    logits[2] *= -50
    targets[2] = (targets[2] + 1) % 4
    other_loss, other_dlogits = cross_entropy(logits, targets, weights)
    assert other_loss == loss
    np.testing.assert_array_equal(other_dlogits, dlogits)
    np.testing.assert_array_equal(dlogits[2], 0)


def test_a_weight_of_two_equals_the_token_twice(batch):
    logits, targets, _ = batch
    loss, dlogits = cross_entropy(logits, targets, np.array([1.0, 1, 1, 1, 1, 2]) / 7)
    twice = [0, 1, 2, 3, 4, 5, 5]
    other_loss, other = cross_entropy(logits[twice], targets[twice], np.full(7, 1 / 7))
    assert loss == pytest.approx(other_loss, rel=1e-14)
    np.testing.assert_allclose(dlogits[5], other[5] + other[6], rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_confident_wrong_prediction_is_finite(dtype):
    logits = np.array([[1e4, -1e4], [1e4, -1e4]], dtype)
    loss, dlogits = cross_entropy(logits, np.array([0, 1]), np.full(2, 0.5, dtype))
    assert loss == pytest.approx(1e4)
    np.testing.assert_array_equal(dlogits, np.array([[0, 0], [0.5, -0.5]], dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(batch, dtype):
    logits, targets, weights = batch
    loss, dlogits = cross_entropy(logits.astype(dtype), targets, weights.astype(dtype))
    assert type(loss) is float
    assert dlogits.dtype == log_softmax(logits.astype(dtype)).dtype == dtype


def test_logits_and_weights_are_not_converted_to_another_precision(batch):
    logits, targets, weights = batch
    logits, weights = (A.astype(np.float32).view(OnePrecision) for A in (logits, weights))
    cross_entropy(logits, targets, weights)


def test_a_batch_without_tokens():
    loss, dlogits = cross_entropy(np.empty((0, 3)), np.empty(0, int), np.empty(0))
    assert loss == 0
    assert dlogits.shape == log_softmax(np.empty((0, 3))).shape == (0, 3)


def test_inputs_are_left_unmodified(batch):
    freeze(*batch)
    cross_entropy(*batch)


# --- the output ---------------------------------------------------------------------------------


def test_shapes_of_the_parameters():
    assert Softmax(6).parameter_shapes(8) == {"output": (8 + 1, 6)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_initial_weights_fill_the_bounds_of_glorot_and_biases_are_zero(dtype):
    output = Softmax(40)
    parameters = views(np.zeros(51 * 40, dtype), output.parameter_shapes(50))
    output.initialize(parameters, np.random.RandomState(0))
    W, bias = parameters["output"][:-1], parameters["output"][-1]
    bound = np.sqrt(6 / (50 + 40))
    assert 0.98 * bound < np.abs(W).max() <= bound
    assert W.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(bias, 0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_the_output_is_the_cross_entropy_and_has_no_other_gradients(batch, smoothing):
    loss, dlogits, gradients = Softmax(4, smoothing).loss(*batch, None, {})
    expected = cross_entropy(*batch, smoothing)
    assert loss == expected[0]
    np.testing.assert_array_equal(dlogits, expected[1])
    assert gradients == {}


def test_decoding_takes_the_most_probable_class(batch):
    logits = batch[0]
    np.testing.assert_array_equal(Softmax(4).decode(logits, None, {}), logits.argmax(axis=1))
    log_proba = Softmax(4).log_proba(logits, None, {})
    np.testing.assert_array_equal(log_proba, log_softmax(logits))
