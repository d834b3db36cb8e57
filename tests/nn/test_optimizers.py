import math
from functools import partial

import numpy as np
import pytest

from sklstm.nn.optimizers import SGD, Adam, clip_by_global_norm, step_rows

from ._checks import OnePrecision, assert_same_bits, freeze

OPTIMIZERS = [Adam(), Adam(0.7, 0.9, 0.1), SGD(), SGD(nesterov=False), SGD(0.0, False)]
each = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)


def zero_slots(optimizer, w):
    """Return the state of an optimizer before the first step."""
    return [np.zeros_like(w) for _ in range(optimizer.n_slots)]


def textbook_adam(w, gradients, rates, beta_1, beta_2, epsilon):
    """Kingma and Ba, algorithm 1, one number at a time."""
    w = list(w)
    m, v = [0.0] * len(w), [0.0] * len(w)
    for t, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        for k, g in enumerate(gradient):
            m[k] = beta_1 * m[k] + (1 - beta_1) * g
            v[k] = beta_2 * v[k] + (1 - beta_2) * g**2
            m_hat = m[k] / (1 - beta_1**t)
            v_hat = v[k] / (1 - beta_2**t)
            w[k] = w[k] - rate * m_hat / (math.sqrt(v_hat) + epsilon)
    return w


def textbook_sgd(w, gradients, rates, momentum, nesterov):
    """Sutskever et al., in the form that takes the gradient at the present parameters."""
    w = list(w)
    v = [0.0] * len(w)
    for gradient, rate in zip(gradients, rates, strict=True):
        for k, g in enumerate(gradient):
            v[k] = momentum * v[k] - rate * g
            w[k] = w[k] + (momentum * v[k] - rate * g if nesterov else v[k])
    return w


@each
def test_twenty_steps_agree_with_the_textbook(optimizer):
    rng = np.random.RandomState(0)
    w = rng.normal(size=5)
    gradients = rng.normal(size=(20, 5)) * 10.0 ** rng.randint(-4, 2, size=(20, 5))
    rates = rng.uniform(0.001, 0.1, size=20)
    textbook = textbook_adam if isinstance(optimizer, Adam) else textbook_sgd
    expected = textbook(w, gradients, rates, *optimizer)
    slots = zero_slots(optimizer, w)
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        optimizer.step(w, g, slots, t, rate)
    np.testing.assert_allclose(w, expected, rtol=1e-12)


def test_nesterov_momentum_takes_the_gradient_one_step_ahead():
    """The parameters are w + mu v of the classical form, where it takes Nesterov's gradient."""
    mu, rate = 0.9, 0.05
    ahead, (slot,) = np.array([1.0]), zero_slots(SGD(), np.zeros(1))
    w, v = 1.0, 0.0
    for t in range(1, 10):
        SGD(mu).step(ahead, 2 * ahead, [slot], t, rate)  # the loss is w ** 2
        v = mu * v - rate * 2 * (w + mu * v)
        w += v
        assert ahead[0] == pytest.approx(w + mu * v, rel=1e-12)


@each
def test_the_loss_of_a_parabola_goes_to_zero(optimizer):
    w = np.array([3.0, -2.0])
    slots = zero_slots(optimizer, w)
    for t in range(1, 1001):
        optimizer.step(w, w * [1.0, 10.0], slots, t, 0.02)
    np.testing.assert_allclose(w, 0, atol=1e-2)


@each
def test_a_step_changes_parameters_and_every_slot_in_place(optimizer):
    w, g = np.ones(3), np.array([0.5, -1, 2])
    slots = zero_slots(optimizer, w)
    kept = [w, *slots]
    optimizer.step(w, g, slots, 1, 0.1)
    assert len(slots) == optimizer.n_slots
    for before, after in zip(kept, [w, *slots], strict=True):
        assert after is before
    assert (w != 1).all()
    assert all(slot.all() for slot in slots)


@each
def test_steps_on_parts_of_the_parameters_equal_a_step_on_all(optimizer):
    """Training updates blocks of the vector in several threads."""
    rng = np.random.RandomState(0)
    w = rng.normal(size=11)
    blocks, parts = [slice(0, 4), slice(4, 5), slice(5, 11)], w.copy()
    slots, part_slots = zero_slots(optimizer, w), zero_slots(optimizer, w)
    for t in range(1, 5):
        g = rng.normal(size=11)
        optimizer.step(w, g, slots, t, 0.1)
        for block in blocks:
            own_slots = [slot[block] for slot in part_slots]
            optimizer.step(parts[block], g[block], own_slots, t, 0.1)
    assert_same_bits([parts, *part_slots], [w, *slots])


@each
def test_other_rows_and_their_slots_keep_their_bits(optimizer):
    rng = np.random.RandomState(0)
    table, rows = rng.normal(size=(7, 3)), np.array([5, 0, 3])
    slots = [rng.random_sample((7, 3)) for _ in range(optimizer.n_slots)]
    before = [array.copy() for array in (table, *slots)]
    step = partial(optimizer.step, t=4, learning_rate=0.1)
    step_rows(step, table, rows, rng.normal(size=(3, 3)), slots)
    others = [1, 2, 4, 6]
    for array, old in zip((table, *slots), before, strict=True):
        np.testing.assert_array_equal(array[others], old[others])
        assert (array[rows] != old[rows]).all()


@each
def test_a_step_on_all_rows_is_the_dense_step(optimizer):
    rng = np.random.RandomState(0)
    table = rng.normal(size=(6, 2))
    dense, order = table.copy(), rng.permutation(6)
    slots, dense_slots = zero_slots(optimizer, table), zero_slots(optimizer, dense)
    for t in range(1, 6):
        g = rng.normal(size=(6, 2))
        optimizer.step(dense, g, dense_slots, t, 0.1)
        step = partial(optimizer.step, t=t, learning_rate=0.1)
        step_rows(step, table, order, g[order], slots)
    for sparse_one, dense_one in zip([table, *slots], [dense, *dense_slots], strict=True):
        np.testing.assert_allclose(sparse_one, dense_one, rtol=1e-14)


@each
def test_a_step_on_no_rows_changes_nothing(optimizer):
    table = np.ones((3, 2))
    slots = zero_slots(optimizer, table)
    step = partial(optimizer.step, t=1, learning_rate=0.1)
    step_rows(step, table, np.empty(0, int), np.empty((0, 2)), slots)
    np.testing.assert_array_equal(table, 1)
    assert not any(slot.any() for slot in slots)


@each
def test_steps_on_rows_leave_rows_and_their_gradient_unmodified(optimizer):
    table, rows, dRows = np.ones((4, 2)), np.array([3, 1]), np.full((2, 2), 0.5)
    freeze(rows, dRows)
    step = partial(optimizer.step, t=1, learning_rate=0.1)
    step_rows(step, table, rows, dRows, zero_slots(optimizer, table))
    assert (table[rows] < 1).all()


@each
def test_precision_is_kept_and_the_gradient_is_left_unmodified(optimizer):
    w, g = np.ones(4, np.float32), np.full(4, 0.5, np.float32)
    slots = zero_slots(optimizer, w)
    kept = [w, *slots]
    freeze(g)
    optimizer.step(w, g, slots, 1, 0.1)
    assert all(after is before for after, before in zip([w, *slots], kept, strict=True))
    assert {array.dtype for array in kept} == {np.dtype(np.float32)}
    assert (w < 1).all()


@each
def test_parameters_and_gradient_are_not_converted_to_another_precision(optimizer):
    w, g = (np.ones((4, 2), np.float32).view(OnePrecision) for _ in range(2))
    slots = zero_slots(optimizer, w)
    optimizer.step(w, g, slots, 1, 0.1)
    step = partial(optimizer.step, t=2, learning_rate=0.1)
    step_rows(step, w, np.array([2, 0]), g[:2], slots)
    clip_by_global_norm([g], 1.0)


@each
def test_a_gradient_of_zero_at_the_first_step_changes_nothing(optimizer):
    w = np.ones(4)
    optimizer.step(w, np.zeros(4), zero_slots(optimizer, w), 1, 0.1)
    np.testing.assert_array_equal(w, 1)


def test_the_first_step_of_adam_is_the_learning_rate_for_any_gradient():
    w = np.zeros(3)
    Adam().step(w, np.array([1e-3, -1, 1e3]), zero_slots(Adam(), w), 1, 0.01)
    np.testing.assert_allclose(w, [-0.01, 0.01, -0.01], rtol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_are_clipped_by_their_global_norm(dtype):
    gradients = [np.array([3.0, 0], dtype), np.array([[0, 4.0], [12, 0]], dtype)]
    before = [g.copy() for g in gradients]
    norm = clip_by_global_norm(gradients, 6.5)
    assert norm == pytest.approx(13)
    for g, old in zip(gradients, before, strict=True):
        assert g.dtype == dtype
        np.testing.assert_allclose(g, old / 2, rtol=1e-6)


@pytest.mark.parametrize("max_norm", [5.0, 7.0, math.inf])
def test_gradients_within_the_bound_keep_their_bits(max_norm):
    gradients = [np.array([3.0]), np.array([-4.0])]
    assert clip_by_global_norm(gradients, max_norm) == 5
    assert [g[0] for g in gradients] == [3, -4]


def test_gradients_whose_squares_overflow_are_clipped_correctly():
    gradients = [np.array([3e200, -1e200]), np.empty(0), np.array([2e200])]
    expected = [g / 1e200 for g in gradients]
    norm = np.sqrt(sum(np.vdot(g, g) for g in expected))
    assert clip_by_global_norm(gradients, 2.0) == pytest.approx(norm * 1e200)
    for ours, theirs in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(ours, theirs * 2.0 / norm)
