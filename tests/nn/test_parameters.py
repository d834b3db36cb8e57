import math

import numpy as np
import pytest

from sklstm.nn.crf import CRF
from sklstm.nn.parameters import count, glorot, initialize_layers, layer_shapes, views, weight_mask
from sklstm.nn.softmax import Softmax

LSTM_SHAPES = layer_shapes(n_inputs=5, hidden_layer_sizes=[4, 3], n_directions=2)
SHAPES = LSTM_SHAPES | {"output": (6 + 1, 6)}
N_BIASES = Softmax(6).n_biases


def initial(shapes, seed=0, dtype=np.float64):
    """Return the vector of initial values of LSTM layers, and its views."""
    vector, rng = np.zeros(count(shapes), dtype), np.random.RandomState(seed)
    named = views(vector, shapes)
    initialize_layers(named, rng)
    return vector, named


def gates(named):
    """Return the number of each gate (0 to 3 for o, f, i, g) and its weights (H + E + 1, H)."""
    return [
        (k, gate) for W in named.values() for direction in W for k, gate in enumerate(direction)
    ]


# --- shapes and views ---------------------------------------------------------------------------


def test_shapes_of_lstm_layers():
    assert LSTM_SHAPES == {
        "lstm_0": (2, 4, 4 + 5 + 1, 4),
        "lstm_1": (2, 4, 3 + 8 + 1, 3),
    }
    assert layer_shapes(5, (4,), 1) == {"lstm_0": (1, 4, 10, 4)}


def test_shapes_of_characters_come_first():
    shapes = layer_shapes(5, [4], 1, characters=(3, 2))
    assert list(shapes.items()) == [
        ("characters", (2, 4, 2 + 3 + 1, 2)),
        ("projection", (2 * 2 + 1, 3)),
        ("lstm_0", (1, 4, 4 + 5 + 1, 4)),
    ]


def test_layers_are_named_in_order():
    shapes = layer_shapes(2, [1] * 12, 2)
    assert list(shapes) == [f"lstm_{layer}" for layer in range(12)]


def test_the_count_is_that_of_all_numbers():
    assert count(SHAPES) == 2 * 4 * 10 * 4 + 2 * 4 * 12 * 3 + 7 * 6
    assert count({}) == 0


def test_views_share_the_memory_of_the_vector_and_cover_it_once():
    vector = np.zeros(count(SHAPES))
    named = views(vector, SHAPES)
    assert {name: W.shape for name, W in named.items()} == SHAPES
    for W in named.values():
        assert np.shares_memory(W, vector)
        W += 1
    np.testing.assert_array_equal(vector, 1)
    assert sum(W.size for W in named.values()) == len(vector)


def test_views_are_in_the_order_of_the_shapes():
    vector = np.arange(count(SHAPES))
    flat = np.concatenate([W.ravel() for W in views(vector, SHAPES).values()])
    np.testing.assert_array_equal(flat, vector)


# --- initial values -----------------------------------------------------------------------------


def test_recurrent_weights_are_orthogonal():
    for _, gate in gates(initial(LSTM_SHAPES)[1]):
        U = gate[: gate.shape[1]]
        np.testing.assert_allclose(U @ U.T, np.eye(len(U)), atol=1e-14)


def test_recurrent_weights_have_no_preferred_rotation():
    shapes = layer_shapes(1, [2] * 100, 2)
    U = np.array([gate[:2] for _, gate in gates(initial(shapes)[1])])
    # Entries of a uniform rotation have mean 0 and variance 1/2: 800 draws, four standard errors.
    assert np.abs(U.mean(axis=0)).max() < 4 * math.sqrt(0.5 / 800)


def test_input_weights_fill_the_bounds_of_glorot():
    for _, gate in gates(initial(layer_shapes(50, [30, 20], 2))[1]):
        check_glorot(gate[gate.shape[1] : -1])


@pytest.mark.parametrize("shape", [(60, 40), (40, 60), (200, 10)])
def test_glorot_weights_fill_their_bounds(shape):
    W = glorot(np.random.RandomState(0), *shape)
    assert W.shape == shape
    check_glorot(W)


def check_glorot(W):
    bound = math.sqrt(6 / sum(W.shape))
    assert 0.98 * bound < np.abs(W).max() <= bound
    assert W.std() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_forget_gate_biases_are_one_and_all_other_biases_are_zero():
    for k, gate in gates(initial(LSTM_SHAPES)[1]):
        np.testing.assert_array_equal(gate[-1], 1 if k == 1 else 0)


def test_the_projection_of_characters_is_drawn_and_its_bias_is_zero():
    P = initial(layer_shapes(5, [4], 1, characters=(3, 2)))[1]["projection"]
    assert P[:-1].all()
    assert np.abs(P).max() <= math.sqrt(6 / (4 + 3))
    assert not P[-1].any()


def test_every_gate_is_drawn_separately():
    drawn = [gate[:-1].tobytes() for _, gate in gates(initial(LSTM_SHAPES)[1])]
    assert len(set(drawn)) == len(drawn) == 16


def test_characters_are_initialized_like_the_other_layers():
    named = initial(layer_shapes(5, [4], 1, characters=(3, 2)))[1]
    for k, gate in gates({"characters": named["characters"]}):
        np.testing.assert_allclose(gate[:2] @ gate[:2].T, np.eye(2), atol=1e-14)
        assert gate[2:-1].all()
        np.testing.assert_array_equal(gate[-1], 1 if k == 1 else 0)


def test_the_same_generator_gives_the_same_bits():
    first, again, other = (initial(LSTM_SHAPES, seed)[0] for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_single_precision_has_the_same_values_rounded():
    single, double = (initial(LSTM_SHAPES, dtype=dtype)[0] for dtype in (np.float32, np.float64))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_of_the_vector_is_that_of_its_views(dtype):
    vector, named = initial(LSTM_SHAPES, dtype=dtype)
    assert vector.dtype == dtype
    assert vector.shape == (count(LSTM_SHAPES),)
    assert {W.dtype for W in named.values()} == {np.dtype(dtype)}


# --- weights and biases -------------------------------------------------------------------------


def test_the_weight_mask_is_false_on_biases_only():
    mask = weight_mask(SHAPES, N_BIASES)
    assert mask.dtype == bool
    named = views(mask, SHAPES)
    output = named.pop("output")
    for _, gate in gates(named):
        assert gate[:-1].all()
        assert not gate[-1].any()
    assert output[:-1].all()
    assert not output[-1].any()
    assert np.count_nonzero(~mask) == 2 * 4 * 4 + 2 * 4 * 3 + 6


def test_starts_and_ends_of_transitions_are_biases():
    crf = CRF(np.zeros((8, 6)))
    shapes = layer_shapes(5, [4], 2, characters=(3, 2)) | crf.parameter_shapes(8)
    named = views(weight_mask(shapes, crf.n_biases), shapes)
    assert named["transitions"][:6].all()
    assert not named["transitions"][6:].any()
    assert named["output"][:-1].all()
    assert not named["output"][-1].any()
    assert named["characters"][:, :, :-1].all()
    assert not named["characters"][:, :, -1].any()


def test_names_that_are_not_listed_have_one_row_of_biases():
    shapes = {"a": (3, 2), "b": (3, 2)}
    mask = views(weight_mask(shapes, {"b": 2}), shapes)
    assert mask["a"].tolist() == [[True, True], [True, True], [False, False]]
    assert mask["b"].tolist() == [[True, True], [False, False], [False, False]]
