from concurrent.futures import ThreadPoolExecutor

import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import network, parameters, softmax
from sklstm.nn.embedding import embedding_backward, embedding_forward
from sklstm.nn.packing import pack

from ._checks import (
    LENGTHS,
    RESOURCES,
    TOLERANCE,
    OnePrecision,
    central_differences,
    directional_derivative,
    freeze,
    join,
    make_problem,
    relative_error,
    split,
)

LAYERS = [(3,), (3, 2), (2, 3, 2)]
layers = pytest.mark.parametrize("sizes", LAYERS, ids=lambda sizes: f"{len(sizes)}-layers")
directions = pytest.mark.parametrize("n_directions", [1, 2], ids=["one-way", "two-way"])
dropouts = pytest.mark.parametrize("dropout", [0, 0.4], ids=["plain", "dropout"])


@directions
@layers
@dropouts
def test_gradient_along_a_random_direction(sizes, n_directions, dropout):
    problem = make_problem(sizes, n_directions, dropout=dropout)
    rng = np.random.RandomState(1)
    arrays = [problem.vector, problem.X]
    V = [rng.normal(size=A.shape) for A in arrays]
    numeric = directional_derivative(
        lambda vector, X: problem._replace(vector=vector, X=X).loss(), arrays, V
    )
    analytic = sum(np.sum(g * v) for g, v in zip(problem.gradients(), V, strict=True))
    assert relative_error(analytic, numeric) < TOLERANCE


@directions
@layers
@dropouts
def test_every_gradient_agrees_with_central_differences(sizes, n_directions, dropout):
    problem = make_problem(sizes, n_directions, dropout=dropout)
    gradient, dX = problem.gradients()
    assert relative_error(dX, central_differences(problem.loss, problem.X)) < TOLERANCE
    numeric = parameters.views(central_differences(problem.loss, problem.vector), problem.shapes)
    for name, analytic in parameters.views(gradient, problem.shapes).items():
        for gate, numeric_gate in zip(analytic, numeric[name], strict=True):
            if name[0] == "lstm":
                assert relative_error(gate, numeric_gate) < TOLERANCE, name
        assert relative_error(analytic, numeric[name]) < TOLERANCE, name


@directions
@layers
def test_gradient_of_the_embedding_table_agrees_with_central_differences(sizes, n_directions):
    problem = make_problem(sizes, n_directions, dropout=0.4)
    rng = np.random.RandomState(1)
    rows, E = np.array([5, 0, 2]), rng.normal(size=(6, 4))
    S = rng.normal(size=(len(problem.X), 3)) * (rng.random_sample((len(problem.X), 3)) < 0.7)

    def on_table():
        return problem._replace(X=embedding_forward(S, E[rows]))

    dE = np.zeros_like(E)
    dE[rows] = embedding_backward(on_table().gradients()[1], S)
    assert relative_error(dE, central_differences(lambda: on_table().loss(), E)) < TOLERANCE


@directions
@layers
def test_oracle(sizes, n_directions):
    problem = make_problem(sizes, n_directions)
    views, packing, lengths = problem.views, problem.packing, problem.lengths
    stacked = [
        [oracle.separate(views["lstm", k, r]) for r in range(n_directions)]
        for k in range(len(sizes))
    ]
    output = oracle.separate_output(views["output",])
    logits, _ = network.forward(views, problem.X, packing, problem.masks, RESOURCES)
    gradient, dX = problem.gradients()
    columns = (problem.X, problem.targets, problem.weights, logits, dX)
    loss, total = 0.0, None
    for x, tags, weights, z, dx in zip(*(split(A, packing, lengths) for A in columns), strict=True):
        outputs, record = oracle.tagger_forward(oracle.columns(x), stacked, output)
        part, errors = oracle.cross_entropy(outputs, tags, weights, 7.0)
        dinputs, *gradients = oracle.tagger_backward(errors, record, stacked, output)
        loss += part
        total = gradients if total is None else oracle.add(total, gradients)
        np.testing.assert_allclose(z, oracle.rows(outputs, 3), rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(dx, oracle.rows(dinputs, 4), rtol=1e-9, atol=1e-13)
    assert problem.loss() == pytest.approx(loss, rel=1e-12)
    d_stacked, d_output = total
    for name, dW in parameters.views(gradient, problem.shapes).items():
        expected = (
            oracle.stack_output(d_output)
            if name == ("output",)
            else oracle.stack(d_stacked[name[1]][name[2]])
        )
        np.testing.assert_allclose(dW, expected, rtol=1e-9, atol=1e-13)


@directions
@layers
@dropouts
def test_a_batch_equals_its_sequences_RESOURCES(sizes, n_directions, dropout):
    problem = make_problem(sizes, n_directions, dropout=dropout)
    packing, lengths = problem.packing, problem.lengths
    loss, (gradient, dX) = problem.loss(), problem.gradients()
    masks = [split(mask, packing, lengths) for mask in problem.masks]
    columns = (problem.X, problem.targets, problem.weights, dX)
    parts = zip(*(split(A, packing, lengths) for A in columns), *masks, strict=True)
    sum_loss, sum_gradient = 0.0, np.zeros_like(gradient)
    for x, tags, weights, dx, *own_masks in parts:
        if len(x) == 0:
            continue
        alone = problem._replace(
            packing=pack([len(x)]), X=x, masks=own_masks, targets=tags, weights=weights
        )
        alone_gradient, alone_dX = alone.gradients()
        np.testing.assert_allclose(dx, alone_dX, rtol=1e-10, atol=1e-15)
        sum_loss += alone.loss()
        sum_gradient += alone_gradient
    assert loss == pytest.approx(sum_loss, rel=1e-13)
    np.testing.assert_allclose(gradient, sum_gradient, rtol=1e-10, atol=1e-14)


@layers
def test_step_by_step_equals_whole(sizes):
    """One way, however many layers: the logits of a prefix are those of the whole."""
    problem = make_problem(sizes, 1, lengths=[6])

    def logits(n_read):
        masks = network.no_dropout([m.shape[1] for m in problem.masks], n_read, np.float64)
        X, packing = problem.X[:n_read], pack([n_read])
        return network.forward(problem.views, X, packing, masks, RESOURCES)[0]

    for n_read in range(1, 7):
        np.testing.assert_allclose(logits(n_read), logits(6)[:n_read], rtol=1e-12)


@layers
def test_distinct_inputs_may_be_given_once_and_nothing_be_kept(sizes):
    problem = make_problem(sizes, 2)
    rows = np.random.RandomState(0).randint(3, size=len(problem.X))
    args = problem.packing, problem.masks, RESOURCES
    expected, _ = network.forward(problem.views, problem.X[rows], *args)
    masks = [problem.masks[0][:3], *problem.masks[1:]]
    args = problem.packing, masks, RESOURCES
    logits, _ = network.forward(problem.views, problem.X[:3], *args, rows_of_X=rows, keep=False)
    np.testing.assert_allclose(logits, expected, rtol=1e-12)


def test_two_ways_every_token_sees_every_other():
    problem = make_problem((3,), 2, lengths=[4])
    args = problem.packing, problem.masks, RESOURCES
    logits, _ = network.forward(problem.views, problem.X, *args)
    for token in range(4):
        X = problem.X.copy()
        X[token] += 1
        other, _ = network.forward(problem.views, X, *args)
        assert (other != logits).all()


@layers
def test_a_reversed_input_with_swapped_directions_gives_the_reversed_output(sizes):
    problem = make_problem(sizes, 2)
    packing, masks = problem.packing, problem.masks

    def flip(A):
        return join([a[::-1] for a in split(A, packing, LENGTHS)], packing)

    swapped = parameters.views(np.empty_like(problem.vector), problem.shapes)
    for name, W in problem.views.items():
        if name == ("output",):
            swapped[name][...] = swap_halves(W, 0, sizes[-1])
        else:
            _, layer, direction = name
            inputs = W if layer == 0 else swap_halves(W, W.shape[2], sizes[layer - 1])
            swapped["lstm", layer, 1 - direction][...] = inputs
    logits, _ = network.forward(problem.views, problem.X, packing, masks, RESOURCES)
    other, _ = network.forward(swapped, flip(problem.X), packing, masks, RESOURCES)
    np.testing.assert_allclose(flip(other), logits, rtol=1e-11, atol=1e-14)


def swap_halves(W, start, size):
    """Exchange the rows that read the two directions of the layer below."""
    W = W.copy()
    first, second = (slice(start + k * size, start + (k + 1) * size) for k in (0, 1))
    W[..., first, :], W[..., second, :] = W[..., second, :].copy(), W[..., first, :].copy()
    return W


@directions
@layers
def test_inputs_are_left_unmodified(sizes, n_directions):
    problem = make_problem(sizes, n_directions, dropout=0.4)
    freeze(problem.vector, problem.X, *problem.masks, *problem.packing[:3])
    args = problem.packing, problem.masks, RESOURCES
    logits, cache = network.forward(problem.views, problem.X, *args)
    _, dlogits = softmax.cross_entropy(logits, problem.targets, problem.weights, 7.0)
    freeze(dlogits, cache[-1], *(A for layer in cache[:-1] for way in layer for A in way))
    gradients = []
    for _ in range(2):
        vector = np.empty_like(problem.vector)
        views = parameters.views(vector, problem.shapes)
        network.backward(
            problem.views, dlogits, cache, problem.packing, problem.masks, RESOURCES, views
        )
        gradients.append(vector)
    np.testing.assert_array_equal(*gradients)


def test_the_order_in_which_directions_run_has_no_part():
    problem = make_problem((3, 2), 2)

    def last_first(functions):
        return [function() for function in functions[::-1]][::-1]

    def results(run):
        args = problem.packing, problem.masks, RESOURCES._replace(run=run)
        logits, cache = network.forward(problem.views, problem.X, *args)
        vector = np.empty_like(problem.vector)
        views = parameters.views(vector, problem.shapes)
        dX = network.backward(problem.views, np.cos(logits), cache, *args, views)
        return logits, vector, dX

    with ThreadPoolExecutor(2) as pool:
        expected = results(RESOURCES.run)
        for run in (last_first, lambda functions: list(pool.map(lambda f: f(), functions))):
            for one, other in zip(results(run), expected, strict=True):
                np.testing.assert_array_equal(one, other)


@directions
@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_a_batch_without_tokens(n_directions, lengths):
    problem = make_problem((3, 2), n_directions, lengths=lengths)
    gradient, dX = problem.gradients()
    assert problem.loss() == 0
    assert dX.shape == (0, 4)
    np.testing.assert_array_equal(gradient, 0)


@directions
@dropouts
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(n_directions, dropout, dtype):
    problem = make_problem((3, 2), n_directions, dropout=dropout, dtype=dtype)
    args = problem.packing, problem.masks, RESOURCES
    logits, cache = network.forward(problem.views, problem.X, *args)
    gradient, dX = problem.gradients()
    assert {A.dtype for A in (logits, gradient, dX, cache[-1])} == {np.dtype(dtype)}
    assert {A.dtype for layer in cache[:-1] for way in layer for A in way} == {np.dtype(dtype)}


@directions
def test_parameters_and_input_meet_no_other_precision_on_the_way(n_directions):
    problem = make_problem((3, 2), n_directions, dropout=0.4, dtype=np.float32)
    vector, X = (A.view(OnePrecision) for A in (problem.vector, problem.X))
    masks = [mask.view(OnePrecision) for mask in problem.masks]
    problem._replace(vector=vector, X=X, masks=masks).gradients()


# --- dropout ------------------------------------------------------------------------------------


def masks_of(rate, lengths, widths, seed=0, dtype=np.float64):
    packing = pack(lengths)
    rng = np.random.RandomState(seed)
    return network.dropout_masks(rate, widths, packing, rng, dtype), packing


def test_a_mask_is_held_through_a_sequence_and_differs_between_sequences():
    lengths = [7, 0, 1, 7, 4]
    masks, packing = masks_of(0.5, lengths, [40, 30])
    assert [mask.shape for mask in masks] == [(19, 40), (19, 30)]
    for mask in masks:
        sequences = [s for s in split(mask, packing, lengths) if len(s)]
        for own in sequences:
            np.testing.assert_array_equal(own, np.repeat(own[:1], len(own), axis=0))
        assert len({own[0].tobytes() for own in sequences}) == len(sequences)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_what_is_kept_is_scaled_so_that_the_mean_stays(rate):
    (mask,), _ = masks_of(rate, [1] * 400, [100])
    assert set(np.unique(mask)) == {0, 1 / (1 - rate)}
    standard_error = np.sqrt(rate / (1 - rate) / mask.size)
    assert abs(mask.mean() - 1) < 4 * standard_error


def test_without_dropout_masks_are_ones_and_nothing_is_drawn():
    rng = np.random.RandomState(0)
    masks = network.dropout_masks(0.0, [4, 5], pack([2, 1]), rng, np.float64)
    assert [mask.shape for mask in masks] == [(3, 4), (3, 5)]
    assert all((mask == 1).all() and mask.strides == (0, 0) for mask in masks)
    assert rng.random_sample() == np.random.RandomState(0).random_sample()


def test_dropout_draws_the_same_bits_from_the_same_generator():
    first, _ = masks_of(0.5, LENGTHS, [4, 6], seed=1)
    again, _ = masks_of(0.5, LENGTHS, [4, 6], seed=1)
    other, _ = masks_of(0.5, LENGTHS, [4, 6], seed=2)
    for k in range(2):
        np.testing.assert_array_equal(first[k], again[k])
        assert (first[k] != other[k]).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masks_have_the_precision_asked_for(dtype):
    masks, _ = masks_of(0.3, LENGTHS, [4, 6], dtype=dtype)
    assert [mask.dtype for mask in masks] == [dtype, dtype]


def test_masks_stand_before_every_layer_and_the_output():
    """Multiplying the weights that read a unit is the same as masking it."""
    problem = make_problem((3, 2), 2, lengths=[4])
    rng = np.random.RandomState(1)
    masks = [rng.uniform(size=(1, width)) for width in (4, 6, 4)]
    views = parameters.views(problem.vector.copy(), problem.shapes)
    for layer, n_units in enumerate((3, 2)):
        for way in (0, 1):
            views["lstm", layer, way][:, n_units:-1] *= masks[layer].T
    views["output",][:-1] *= masks[2].T
    expected, _ = network.forward(views, problem.X, problem.packing, problem.masks, RESOURCES)
    logits, _ = network.forward(problem.views, problem.X, problem.packing, masks, RESOURCES)
    np.testing.assert_allclose(logits, expected, rtol=1e-12)
