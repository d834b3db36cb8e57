"""Gradients where gates and outputs are saturated, compared with extended precision.

An activation near its limit has a derivative that is a small difference of numbers near 1. In
extended precision, central differences are exact enough to see it.
"""

import numpy as np
import pytest

from sklstm.nn.crf import negative_log_likelihood
from sklstm.nn.lstm import lstm_backward, lstm_forward
from sklstm.nn.packing import pack
from sklstm.nn.softmax import cross_entropy

from ._checks import LENGTHS, TOLERANCE, central_differences, make_problem, relative_error

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps,
    reason="this machine has no extended precision",
)

# The sums of the gates are multiplied by these: some, most or all gates are saturated.
scales = pytest.mark.parametrize("scale", [1, 8, 40, 1e4], ids="scale-{}".format)
# The largest error, in units of the largest gradient that comes from outside.
precisions = pytest.mark.parametrize(
    ("dtype", "error"), [(np.float64, 1e-14), (np.float32, 1e-5)], ids=["double", "single"]
)


def draw(scale, dtype=np.longdouble):
    """Return sums of gates, recurrent weights and gradient of the states, in float32 values."""
    rng, packing = np.random.RandomState(0), pack(LENGTHS)
    shapes = (4, 2, len(packing.tokens), 3), (4, 2, 3, 3), (2, len(packing.tokens), 3)
    factors = scale, scale / 2, 1
    arrays = [np.float32(f * rng.normal(size=s)) for f, s in zip(factors, shapes, strict=True)]
    return *(array.astype(dtype) for array in arrays), packing


def gradients_of_lstm(A, U, dH, packing):
    _, cache = lstm_forward(A.copy(), U, packing)
    initial = np.zeros((2, packing.n_sequences, 3), dH.dtype)
    return lstm_backward(np.concatenate([initial, dH], axis=1), U, cache, packing)


@scales
def test_gradients_of_saturated_gates_agree_with_central_differences(scale):
    A, U, dH, packing = draw(scale)

    def loss():
        return np.sum(dH * lstm_forward(A.copy(), U, packing)[0][:, packing.n_sequences :])

    for gradient, array in zip(gradients_of_lstm(A, U, dH, packing), (A, U), strict=True):
        assert gradient.dtype == np.longdouble
        numeric = central_differences(loss, array)
        np.testing.assert_allclose(gradient, numeric, rtol=TOLERANCE, atol=1e-12)


@scales
@precisions
def test_gradients_of_saturated_gates_have_the_precision_of_the_model(scale, dtype, error):
    expected = gradients_of_lstm(*draw(scale))
    for one, exact in zip(gradients_of_lstm(*draw(scale, dtype)), expected, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one.astype(np.longdouble), exact, rtol=0, atol=error)


@pytest.mark.parametrize("sizes", [(3,), (3, 2)], ids=["1-layer", "2-layers"])
@scales
@precisions
def test_gradients_of_a_saturated_network(sizes, scale, dtype, error):
    problem = make_problem(sizes, 2, dtype=np.float32)
    factor = np.float32(scale)
    exact, rounded = (
        problem._replace(
            vector=(factor * problem.vector).astype(d),
            X=problem.X.astype(d),
            weights=problem.weights.astype(d),
        )
        for d in (np.longdouble, dtype)
    )
    expected, dX = exact.gradients()
    if dtype is np.float64:  # once is enough
        numeric = central_differences(exact.loss, exact.vector, step=1e-4)
        assert relative_error(expected, numeric) < TOLERANCE
    largest = abs(expected).max()
    for one, other in zip(rounded.gradients(), (expected, dX), strict=True):
        # The weights multiply the error of each layer.
        bound = error * max(1, largest) * max(1, scale)
        np.testing.assert_allclose(one.astype(np.longdouble), other, rtol=0, atol=bound)


@pytest.mark.parametrize("scale", [1, 30, 1e4], ids="scale-{}".format)
@precisions
def test_gradients_of_outputs_with_huge_logits(scale, dtype, error):
    rng, packing = np.random.RandomState(0), pack(LENGTHS)
    logits = np.float32(scale * rng.normal(size=(len(packing.tokens), 4)))
    U = np.float32(scale * rng.normal(size=(6, 4)))
    targets, weights = rng.randint(4, size=len(logits)), np.ones(len(logits), np.float32)

    def compute(d):
        arrays = logits.astype(d), targets, weights.astype(d)
        return *cross_entropy(*arrays), *negative_log_likelihood(*arrays, U.astype(d), packing)

    expected = compute(np.longdouble)
    p = np.exp(logits.astype(np.longdouble) - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(p)), targets] -= 1
    np.testing.assert_allclose(expected[1], p, rtol=1e-15, atol=1e-18)
    for one, exact in zip(compute(dtype), expected, strict=True):
        bound = error * max(1, scale) * len(logits)  # scores of the size of the logits are added
        np.testing.assert_allclose(np.longdouble(one), exact, rtol=0, atol=bound)
