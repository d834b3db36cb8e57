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
    """Return three characters, parameters, words spelled by them, and the words' gradient."""
    rng = np.random.RandomState(sum(lengths))
    shapes = parameters.parameter_shapes(5, [2], 1, 3, characters=(WIDTH, N_UNITS))
    vector = rng.normal(size=parameters.count(shapes)).astype(dtype)
    packing = pack(lengths)
    X = rng.normal(size=(3, WIDTH + 1)).astype(dtype)
    X[:, -1] = 1
    rows_of_X = rng.randint(3, size=len(packing.tokens))
    dV = rng.normal(size=(len(lengths), 2 * N_UNITS)).astype(dtype)
    return X, parameters.views(vector, shapes), packing, rows_of_X, dV


def spell(X, views, packing, rows_of_X, keep=True):
    return characters_forward(views, X, packing, rows_of_X, RESOURCES, keep)


def gradients(X, views, packing, rows_of_X, dV):
    """Return the gradients with respect to the characters and to each parameter."""
    gradient = {name: np.zeros_like(W) for name, W in views.items()}
    _, caches = spell(X, views, packing, rows_of_X)
    into_rows = np.eye(len(X), dtype=X.dtype)[:, rows_of_X]
    dX = characters_backward(views, dV, caches, packing, into_rows, RESOURCES, gradient)
    return dX, gradient


@batches
def test_a_word_is_the_last_state_of_either_direction(lengths):
    X, views, packing, rows_of_X, _ = draw(lengths)
    V, _ = spell(X, views, packing, rows_of_X)
    order = np.argsort(-np.array(lengths), kind="stable")
    starts = np.cumsum(lengths) - lengths
    concatenated = np.empty((len(rows_of_X), WIDTH))
    concatenated[packing.tokens] = X[rows_of_X, :-1]
    for rank, word in enumerate(order):
        word_X = concatenated[starts[word] : starts[word] + lengths[word]]
        for direction, last in enumerate([-1, 0]):
            p = oracle.separate(views["characters", direction])
            states = oracle.lstm_forward(oracle.columns(word_X), p, bool(direction))
            part = slice(direction * N_UNITS, (direction + 1) * N_UNITS)
            np.testing.assert_allclose(V[rank, part], states[last]["h"].ravel(), rtol=1e-11)


@batches
def test_gradients_agree_with_central_differences(lengths):
    *problem, dV = draw(lengths)
    X, views, *_ = problem
    dX, gradient = gradients(*problem, dV)

    def function():
        return np.sum(spell(*problem)[0] * dV)

    assert relative_error(dX, central_differences(function, X)[:, :-1]) < TOLERANCE
    for direction in range(2):
        name = ("characters", direction)
        numeric = central_differences(function, views[name])
        assert relative_error(gradient[name], numeric) < TOLERANCE
    others = [gradient[name] for name in gradient if name[0] != "characters"]
    assert others
    assert not any(dW.any() for dW in others)


def test_without_a_way_back_nothing_is_kept_and_the_words_are_the_same():
    *problem, _ = draw([3, 1, 5, 3])
    V, caches = spell(*problem, keep=False)
    np.testing.assert_allclose(V, spell(*problem)[0], rtol=1e-12)
    assert caches == [None, None]


def test_a_batch_equals_its_words():
    X, views, packing, rows_of_X, _ = draw([3, 1, 5, 3])
    V, _ = spell(X, views, packing, rows_of_X)
    for rank in range(4):
        rows = packing.ranks == rank
        (alone,), _ = spell(X, views, pack([rows.sum()]), rows_of_X[rows])
        np.testing.assert_allclose(V[rank], alone, rtol=1e-12)


def test_precision_is_kept_and_inputs_are_left_unmodified():
    *problem, dV = draw([3, 1, 5, 3], np.float32)
    X, views, _, rows_of_X = problem
    freeze(X, dV, rows_of_X, *views.values())
    dX, gradient = gradients(*problem, dV)
    assert spell(*problem)[0].dtype == dX.dtype == np.float32
    assert gradient["characters", 1].dtype == np.float32
