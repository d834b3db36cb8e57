import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import parameters
from sklstm.nn.characters import characters_backward, characters_forward
from sklstm.nn.packing import pack

from ._checks import RESOURCES, TOLERANCE, central_differences, freeze, relative_error

WIDTH, N_UNITS = 4, 3
batches = pytest.mark.parametrize(
    "lengths", [[3, 1, 5, 3], [1], [4, 4], [1, 2, 3], [7, 2, 2, 1]], ids=str
)


def draw(lengths, dtype=np.float64):
    """Return random characters, parameters, the gradient of the words, and the layout."""
    rng = np.random.RandomState(sum(lengths))
    shapes = parameters.parameter_shapes(5, [2], 1, 3, characters=(WIDTH, N_UNITS))
    vector = rng.normal(size=parameters.count(shapes)).astype(dtype)
    packing = pack(lengths)
    X = rng.normal(size=(len(packing.tokens), WIDTH + 1)).astype(dtype)
    X[:, -1] = 1
    dV = rng.normal(size=(len(lengths), 2 * N_UNITS)).astype(dtype)
    return X, parameters.views(vector, shapes), dV, packing


def spell(X, views, packing, **kwargs):
    return characters_forward(views, X, packing, RESOURCES, **kwargs)


def gradients(X, views, dV, packing):
    """Return the gradients with respect to the characters and to each parameter."""
    gradient = {name: np.zeros_like(W) for name, W in views.items()}
    _, caches = spell(X, views, packing)
    return characters_backward(views, dV, caches, packing, RESOURCES, gradient), gradient


@batches
def test_a_word_is_the_last_state_of_either_direction(lengths):
    X, views, _, packing = draw(lengths)
    V, _ = spell(X, views, packing)
    order = np.argsort(-np.array(lengths), kind="stable")
    starts = np.cumsum(lengths) - lengths
    concatenated = np.empty_like(X)
    concatenated[packing.tokens] = X
    for rank, word in enumerate(order):
        word_X = concatenated[starts[word] : starts[word] + lengths[word], :-1]
        for direction, last in enumerate([-1, 0]):
            p = oracle.separate(views["characters", direction])
            states = oracle.lstm_forward(oracle.columns(word_X), p, bool(direction))
            part = slice(direction * N_UNITS, (direction + 1) * N_UNITS)
            np.testing.assert_allclose(V[rank, part], states[last]["h"].ravel(), rtol=1e-11)


@batches
def test_gradients_agree_with_central_differences(lengths):
    X, views, dV, packing = draw(lengths)
    dX, gradient = gradients(X, views, dV, packing)

    def function():
        return np.sum(spell(X, views, packing)[0] * dV)

    assert relative_error(dX, central_differences(function, X)[:, :-1]) < TOLERANCE
    for direction in range(2):
        name = ("characters", direction)
        numeric = central_differences(function, views[name])
        assert relative_error(gradient[name], numeric) < TOLERANCE
    others = [gradient[name] for name in gradient if name[0] != "characters"]
    assert others
    assert not any(dW.any() for dW in others)


def test_a_distinct_character_may_be_given_once():
    X, views, _, packing = draw([3, 1, 5, 3])
    rows_of_X = np.random.RandomState(0).randint(4, size=len(packing.tokens))
    once, cache = spell(X[:4], views, packing, rows_of_X=rows_of_X, keep=False)
    again, _ = spell(X[rows_of_X], views, packing)
    np.testing.assert_allclose(once, again, rtol=1e-12)
    assert cache == [None, None]


def test_a_batch_equals_its_words():
    lengths = [3, 1, 5, 3]
    X, views, _, packing = draw(lengths)
    V, _ = spell(X, views, packing)
    for rank in range(4):
        rows = packing.ranks == rank
        (alone,), _ = spell(X[rows], views, pack([rows.sum()]))
        np.testing.assert_allclose(V[rank], alone, rtol=1e-12)


def test_precision_is_kept_and_inputs_are_left_unmodified():
    X, views, dV, packing = draw([3, 1, 5, 3], np.float32)
    freeze(X, dV, *views.values())
    dX, gradient = gradients(X, views, dV, packing)
    assert spell(X, views, packing)[0].dtype == dX.dtype == np.float32
    assert gradient["characters", 1].dtype == np.float32
