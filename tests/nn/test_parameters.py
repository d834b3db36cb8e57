import math

import numpy as np
import pytest

from sklstm.nn.parameters import (
    count,
    initial_parameters,
    parameter_shapes,
    views,
    weight_mask,
)

SHAPES = parameter_shapes(n_inputs=5, hidden_layer_sizes=[4, 3], n_directions=2, n_outputs=6)


def initial(shapes, seed=0, dtype=np.float64):
    vector = initial_parameters(shapes, np.random.RandomState(seed), dtype)
    return vector, views(vector, shapes)


def gates(named):
    """Return every gate (H + E + 1, H) of every layer and direction, with its place o, f, i, g."""
    return [(k, g) for name, W in named.items() if name[0] == "lstm" for k, g in enumerate(W)]


def test_shapes():
    assert SHAPES == {
        ("lstm", 0, 0): (4, 4 + 5 + 1, 4),
        ("lstm", 0, 1): (4, 4 + 5 + 1, 4),
        ("lstm", 1, 0): (4, 3 + 8 + 1, 3),
        ("lstm", 1, 1): (4, 3 + 8 + 1, 3),
        ("output",): (6 + 1, 6),
    }
    assert parameter_shapes(5, (4,), 1, 2) == {("lstm", 0, 0): (4, 10, 4), ("output",): (5, 2)}


def test_shapes_of_characters_and_transitions():
    shapes = parameter_shapes(5, [4], 2, 6, characters=(3, 2), transitions=True)
    named = {name: shape for name, shape in shapes.items() if name[0] not in ("lstm", "output")}
    assert named == {
        ("characters", 0): (4, 2 + 3 + 1, 2),
        ("characters", 1): (4, 2 + 3 + 1, 2),
        ("transitions",): (8, 6),
    }
    mask = views(weight_mask(shapes), shapes)
    assert mask["transitions",][:6].all()
    assert not mask["transitions",][6:].any()
    drawn = initial(shapes)[1]
    assert not drawn["transitions",].any()
    assert drawn["characters", 0].any()


def test_views_share_the_memory_of_the_vector_and_cover_it_once():
    vector = np.zeros(count(SHAPES))
    named = views(vector, SHAPES)
    assert {name: W.shape for name, W in named.items()} == SHAPES
    for W in named.values():
        assert np.shares_memory(W, vector)
        W += 1
    np.testing.assert_array_equal(vector, 1)
    assert sum(W.size for W in named.values()) == len(vector)


def test_views_lie_in_the_order_of_the_shapes():
    vector = np.arange(count(SHAPES))
    flat = np.concatenate([W.ravel() for W in views(vector, SHAPES).values()])
    np.testing.assert_array_equal(flat, vector)


def test_recurrent_weights_are_orthogonal():
    for _, gate in gates(initial(SHAPES)[1]):
        U = gate[: gate.shape[1]]
        np.testing.assert_allclose(U @ U.T, np.eye(len(U)), atol=1e-14)


def test_recurrent_weights_favour_no_rotation():
    shapes = parameter_shapes(1, [2] * 100, 2, 1)
    U = np.array([gate[:2] for _, gate in gates(initial(shapes)[1])])
    # Entries of a uniform rotation have mean 0 and variance 1/2: 800 draws, four standard errors.
    assert np.abs(U.mean(axis=0)).max() < 4 * math.sqrt(0.5 / 800)


def test_input_and_output_weights_fill_the_bounds_of_glorot():
    shapes = parameter_shapes(50, [30, 20], 2, 40)
    named = initial(shapes)[1]
    matrices = [gate[gate.shape[1] : -1] for _, gate in gates(named)] + [named["output",][:-1]]
    for W in matrices:
        bound = math.sqrt(6 / sum(W.shape))
        assert 0.98 * bound < np.abs(W).max() <= bound
        assert W.std() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_forget_gates_start_open_and_every_other_bias_is_zero():
    named = initial(SHAPES)[1]
    for k, gate in gates(named):
        np.testing.assert_array_equal(gate[-1], 1 if k == 1 else 0)
    np.testing.assert_array_equal(named["output",][-1], 0)


def test_every_gate_is_drawn_by_itself():
    drawn = [gate[:-1].tobytes() for _, gate in gates(initial(SHAPES)[1])]
    assert len(set(drawn)) == len(drawn) == 16


def test_the_same_generator_gives_the_same_bits():
    first, again, other = initial(SHAPES, 3)[0], initial(SHAPES, 3)[0], initial(SHAPES, 4)[0]
    assert first.tobytes() == again.tobytes() != other.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_what_was_asked_for(dtype):
    vector, named = initial(SHAPES, dtype=dtype)
    assert vector.dtype == dtype
    assert vector.shape == (count(SHAPES),)
    assert {W.dtype for W in named.values()} == {np.dtype(dtype)}


def test_weight_mask_is_zero_on_biases_and_nowhere_else():
    mask = weight_mask(SHAPES)
    assert mask.dtype == bool
    named = views(mask, SHAPES)
    for _, gate in gates(named):
        assert gate[:-1].all()
        assert not gate[-1].any()
    assert named["output",][:-1].all()
    assert not named["output",][-1].any()
    assert np.count_nonzero(~mask) == 2 * 4 * 4 + 2 * 4 * 3 + 6
