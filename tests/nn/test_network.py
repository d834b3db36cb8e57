import _oracle as oracle
import numpy as np
import pytest

from sklstm.nn import network
from sklstm.nn.arrays import SERIAL, Arena, computing_with
from sklstm.nn.encoder import TokenBatch, encoder_backward, encoder_forward
from sklstm.nn.packing import pack
from sklstm.nn.parameters import views
from sklstm.nn.softmax import cross_entropy

from ._checks import (
    LENGTHS,
    TOLERANCE,
    OnePrecision,
    assert_same_bits,
    central_differences,
    computing_in_one_precision,
    directional_derivative,
    freeze,
    freeze_packing,
    make_problem,
    relative_error,
    reverse,
    split,
    threads,
)

LAYERS = [(3,), (3, 2), (2, 3, 2)]
layers = pytest.mark.parametrize("sizes", LAYERS, ids=lambda sizes: f"{len(sizes)}-layers")
directions = pytest.mark.parametrize("n_directions", [1, 2], ids=["forward", "bidirectional"])
dropouts = pytest.mark.parametrize("dropout", [0, 0.4], ids=["plain", "dropout"])
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def present(masks):
    return [mask for mask in masks if mask is not None]


# --- gradients and the oracle -------------------------------------------------------------------


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
    numeric = views(central_differences(problem.loss, problem.vector), problem.shapes)
    for name, analytic in views(gradient, problem.shapes).items():
        assert relative_error(analytic, numeric[name]) < TOLERANCE, name
        if name.startswith("lstm"):
            for d, gate in np.ndindex(n_directions, 4):
                error = relative_error(analytic[d, gate], numeric[name][d, gate])
                assert error < TOLERANCE, (name, d, "ofig"[gate])


@directions
@layers
def test_gradient_of_the_embedding_table_agrees_with_central_differences(sizes, n_directions):
    problem = make_problem(sizes, n_directions, dropout=0.4)
    rng = np.random.RandomState(1)
    rows, E = np.array([5, 0, 2]), rng.normal(size=(6, 4))
    S = rng.normal(size=(len(problem.X), 3)) * (rng.random_sample((len(problem.X), 3)) < 0.7)
    batch = TokenBatch(S, rows)

    def on_table():
        return problem._replace(X=encoder_forward({}, E[rows], batch)[0])

    dE = np.zeros_like(E)
    dE[rows] = encoder_backward(on_table().gradients()[1], {}, None, batch, {})
    assert relative_error(dE, central_differences(lambda: on_table().loss(), E)) < TOLERANCE


@directions
@layers
def test_logits_loss_and_gradients_are_those_of_the_oracle(sizes, n_directions):
    problem = make_problem(sizes, n_directions)
    parameters, packing, lengths = problem.parameters, problem.packing, problem.lengths
    stacked = [
        [oracle.separate(W) for W in parameters[f"lstm_{layer}"]] for layer in range(len(sizes))
    ]
    output = oracle.separate_output(parameters["output"])
    gradient, dX = problem.gradients()
    columns = (problem.X, problem.targets, problem.weights, problem.logits(), dX)
    loss, total = 0.0, None
    for x, tags, weights, z, dx in zip(*(split(A, packing, lengths) for A in columns), strict=True):
        outputs, record = oracle.tagger_forward(oracle.columns(x), stacked, output)
        part, errors = oracle.cross_entropy(outputs, tags, weights)
        dinputs, *gradients = oracle.tagger_backward(errors, record, stacked, output)
        loss += part
        total = gradients if total is None else oracle.add(total, gradients)
        np.testing.assert_allclose(z, oracle.rows(outputs, 3), rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(dx, oracle.rows(dinputs, 4), rtol=1e-9, atol=1e-13)
    assert problem.loss() == pytest.approx(loss, rel=1e-12)
    d_stacked, d_output = total
    dviews = views(gradient, problem.shapes)
    np.testing.assert_allclose(
        dviews["output"], oracle.stack_output(d_output), rtol=1e-9, atol=1e-13
    )
    for layer, d_layer in enumerate(d_stacked):
        expected = np.stack([oracle.stack(p) for p in d_layer])
        np.testing.assert_allclose(dviews[f"lstm_{layer}"], expected, rtol=1e-9, atol=1e-13)


# --- batches, steps and directions --------------------------------------------------------------


@directions
@layers
@dropouts
def test_a_batch_equals_its_sequences_one_by_one(sizes, n_directions, dropout):
    problem = make_problem(sizes, n_directions, dropout=dropout)
    loss, (gradient, dX), logits = problem.loss(), problem.gradients(), problem.logits()
    sum_loss, sum_gradient = 0.0, np.zeros_like(gradient)
    for rank in range(len(problem.lengths)):
        rows = problem.packing.ranks == rank
        alone = problem._replace(
            packing=pack([rows.sum()]),
            X=problem.X[rows],
            masks=[None if mask is None else mask[rows] for mask in problem.masks],
            targets=problem.targets[rows],
            weights=problem.weights[rows],
        )
        alone_gradient, alone_dX = alone.gradients()
        np.testing.assert_allclose(logits[rows], alone.logits(), rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(dX[rows], alone_dX, rtol=1e-10, atol=1e-15)
        sum_loss += alone.loss()
        sum_gradient += alone_gradient
    assert loss == pytest.approx(sum_loss, rel=1e-13)
    np.testing.assert_allclose(gradient, sum_gradient, rtol=1e-10, atol=1e-14)


@layers
def test_step_by_step_equals_whole(sizes):
    """In one direction, the logits of a prefix are those of the whole."""
    problem = make_problem(sizes, 1, lengths=[6])
    whole = problem.logits()
    for n_read in range(1, 7):
        prefix = problem._replace(X=problem.X[:n_read], packing=pack([n_read]))
        np.testing.assert_allclose(prefix.logits(), whole[:n_read], rtol=1e-12)


@layers
@dropouts
def test_unique_inputs_can_be_given_once(sizes, dropout):
    problem = make_problem(sizes, 2, dropout=dropout)
    index = np.random.RandomState(0).randint(3, size=len(problem.X))
    masks = [None, *problem.masks[1:]]
    args = problem.packing, masks
    expected, _ = network.forward(problem.parameters, problem.X[index], *args)
    logits, _ = network.forward(problem.parameters, problem.X[:3], *args, index)
    np.testing.assert_allclose(logits, expected, rtol=1e-12)


def test_with_two_directions_every_token_has_an_effect_on_every_other():
    problem = make_problem((3,), 2, lengths=[4])
    for token in range(4):
        X = problem.X.copy()
        X[token] += 1
        assert (problem._replace(X=X).logits() != problem.logits()).all()


@layers
@dropouts
def test_a_reversed_input_with_swapped_directions_gives_the_reversed_output(sizes, dropout):
    problem = make_problem(sizes, 2, dropout=dropout)

    def flip(A):
        return reverse(A, problem.packing, LENGTHS)

    swapped = np.empty_like(problem.vector)
    for name, W in views(swapped, problem.shapes).items():
        W[...] = problem.parameters[name]
        if name == "output":
            W[...] = swap_halves(W, 0, sizes[-1])
            continue
        layer = int(name.removeprefix("lstm_"))
        if layer > 0:
            W[...] = swap_halves(W, W.shape[-1], sizes[layer - 1])
        W[...] = W[::-1].copy()
    masks = problem.masks
    if dropout:  # of the input and of the outputs of each layer
        halves = [np.concatenate(np.split(mask, 2, axis=1)[::-1], axis=1) for mask in masks[1:]]
        masks = [masks[0], *halves]
    other = problem._replace(
        vector=swapped,
        X=flip(problem.X),
        masks=masks,  # the same for all tokens of a sequence
        targets=flip(problem.targets),
        weights=flip(problem.weights),
    )
    np.testing.assert_allclose(flip(other.logits()), problem.logits(), rtol=1e-11, atol=1e-14)
    assert other.loss() == pytest.approx(problem.loss(), rel=1e-13)
    dX, other_dX = (each.gradients()[1] for each in (problem, other))
    np.testing.assert_allclose(flip(other_dX), dX, rtol=1e-10, atol=1e-14)


def swap_halves(W, start, size):
    """Exchange the rows that read the two directions of the layer before."""
    W = W.copy()
    first, second = (slice(start + k * size, start + (k + 1) * size) for k in (0, 1))
    W[..., first, :], W[..., second, :] = W[..., second, :].copy(), W[..., first, :].copy()
    return W


# --- arrays -------------------------------------------------------------------------------------


@directions
@layers
@dropouts
def test_inputs_are_left_unmodified(sizes, n_directions, dropout):
    problem = make_problem(sizes, n_directions, dropout=dropout)
    freeze(problem.vector, problem.X, *present(problem.masks))
    freeze_packing(problem.packing)
    logits, cache = network.forward(problem.parameters, problem.X, problem.packing, problem.masks)
    _, dlogits = cross_entropy(logits, problem.targets, problem.weights)
    _, layer_caches, outputs = cache
    freeze(logits, dlogits, outputs, *(X for layer in layer_caches for X in layer.inputs))
    freeze(*(A for layer in layer_caches for recurrence in layer.recurrences for A in recurrence))
    results = []
    for _ in range(2):
        vector = np.empty_like(problem.vector)
        gradient = views(vector, problem.shapes)
        dX = network.backward(problem.parameters, dlogits, cache, problem.packing, gradient)
        results.append([vector, dX])
    assert_same_bits(*results)


@directions
@dropouts
@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_a_batch_without_tokens(n_directions, lengths, dropout):
    problem = make_problem((3, 2), n_directions, lengths=lengths, dropout=dropout)
    gradient, dX = problem.gradients()
    assert problem.loss() == 0
    assert dX.shape == (0, 4)
    np.testing.assert_array_equal(gradient, 0)


@directions
@dropouts
@dtypes
def test_precision_is_kept(n_directions, dropout, dtype):
    problem = make_problem((3, 2), n_directions, dropout=dropout, dtype=dtype)
    args = problem.packing, problem.masks
    logits, (_, layer_caches, outputs) = network.forward(problem.parameters, problem.X, *args)
    gradient, dX = problem.gradients()
    arrays = [A for layer in layer_caches for recurrence in layer.recurrences for A in recurrence]
    arrays += [X for layer in layer_caches for X in layer.inputs]
    assert {A.dtype for A in (logits, gradient, dX, outputs, *arrays)} == {np.dtype(dtype)}


@directions
@dropouts
def test_parameters_and_input_are_not_converted_to_another_precision(n_directions, dropout):
    problem = make_problem((3, 2), n_directions, dropout=dropout, dtype=np.float32)
    vector, X, weights = (
        A.view(OnePrecision) for A in (problem.vector, problem.X, problem.weights)
    )
    masks = [None if mask is None else mask.view(OnePrecision) for mask in problem.masks]
    problem = problem._replace(vector=vector, X=X, masks=masks, weights=weights)
    problem.gradients()
    with computing_in_one_precision():
        problem.gradients()


# --- threads and memory -------------------------------------------------------------------------


class LastFirst:
    """Runs the last function first."""

    n_threads = 2

    def map(self, function, *iterables):
        calls = list(zip(*iterables, strict=True))
        return [function(*arguments) for arguments in calls[::-1]][::-1]


@directions
@dropouts
def test_the_order_in_which_directions_run_does_not_matter(n_directions, dropout):
    problem = make_problem((3, 2), n_directions, dropout=dropout)
    expected = [problem.logits(), *problem.gradients()]
    with computing_with(Arena(), LastFirst()):
        assert_same_bits([problem.logits(), *problem.gradients()], expected)


@directions
@layers
@dropouts
@dtypes
def test_one_thread_and_two_threads_give_the_same_bits(sizes, n_directions, dropout, dtype):
    problem = make_problem(sizes, n_directions, dropout=dropout, dtype=dtype)
    results, arenas = [], [Arena(), Arena()]
    for n_threads in (1, 2, 1, 2):
        with threads(n_threads, arenas[n_threads - 1]):
            gradient, dX = problem.gradients()
            results.append([problem.logits().copy(), gradient, dX.copy()])
    for other in results[1:]:
        assert_same_bits(other, results[0])


@directions
def test_one_thread_and_two_threads_give_the_same_bits_for_larger_layers(n_directions):
    lengths = [12, 9, 9, 5, 4, 4, 1, 0] * 5
    problem = make_problem((130, 64), n_directions, lengths, 0.4, np.float32, n_inputs=50)
    with threads(1):
        expected = [problem.logits(), *problem.gradients()]
    with threads(2):
        assert_same_bits([problem.logits(), *problem.gradients()], expected)


@directions
@dropouts
def test_arrays_of_an_arena_give_the_same_bits(n_directions, dropout):
    """Memory that was used before is written before it is read."""
    problem = make_problem((3, 2), n_directions, dropout=dropout)
    expected, arena = [problem.logits(), *problem.gradients()], Arena()
    for _ in range(3):
        with computing_with(arena, SERIAL):
            assert_same_bits([problem.logits(), *problem.gradients()], expected)
        arena.block.view(np.float64)[...] = np.nan


# --- dropout ------------------------------------------------------------------------------------


def draw_masks(rates, lengths, widths, seed=0, dtype=np.float64):
    packing = pack(lengths)
    rng = np.random.RandomState(seed)
    return network.dropout_masks(rates, widths, packing, rng, dtype), packing


def test_a_mask_is_the_same_for_all_tokens_of_a_sequence_and_differs_between_sequences():
    lengths = [7, 0, 1, 7, 4]
    masks, packing = draw_masks([0.5, 0.5], lengths, [40, 30])
    assert [mask.shape for mask in masks] == [(19, 40), (19, 30)]
    for mask in masks:
        sequences = [s for s in split(mask, packing, lengths) if len(s)]
        for own in sequences:
            np.testing.assert_array_equal(own, np.repeat(own[:1], len(own), axis=0))
        assert len({own[0].tobytes() for own in sequences}) == len(sequences)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_units_that_are_kept_are_scaled_so_that_the_mean_does_not_change(rate):
    (mask,), _ = draw_masks([rate], [1] * 400, [100])
    assert set(np.unique(mask)) == {0, 1 / (1 - rate)}
    standard_error = np.sqrt(rate / (1 - rate) / mask.size)
    assert abs(mask.mean() - 1) < 4 * standard_error


def test_without_dropout_there_are_no_masks_and_nothing_is_drawn():
    rng = np.random.RandomState(0)
    masks = network.dropout_masks([0.0, 0.0], [4, 5], pack([2, 1]), rng, np.float64)
    assert masks == [None, None]
    assert rng.random_sample() == np.random.RandomState(0).random_sample()


def test_each_mask_has_its_own_rate():
    masks, _ = draw_masks([0.0, 0.2, 0, 0.75], [3, 1], [4, 5, 6, 7])
    assert masks[0] is masks[2] is None
    for rate, mask in [(0.2, masks[1]), (0.75, masks[3])]:
        assert set(np.unique(mask)) <= {0, 1 / (1 - rate)}
    # A mask that is not drawn does not change the others.
    others, _ = draw_masks([0.2, 0.75], [3, 1], [5, 7])
    assert_same_bits(others, [masks[1], masks[3]])


def test_the_same_generator_draws_the_same_bits():
    first, _ = draw_masks([0.5, 0.5], LENGTHS, [4, 6], seed=1)
    again, _ = draw_masks([0.5, 0.5], LENGTHS, [4, 6], seed=1)
    other, _ = draw_masks([0.5, 0.5], LENGTHS, [4, 6], seed=2)
    for k in range(2):
        np.testing.assert_array_equal(first[k], again[k])
        assert (first[k] != other[k]).any()


@dtypes
def test_masks_have_the_precision_requested(dtype):
    masks, _ = draw_masks([0.3, 0.3], LENGTHS, [4, 6], dtype=dtype)
    assert [mask.dtype for mask in masks] == [dtype, dtype]


@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_masks_of_a_batch_without_tokens_are_empty(lengths):
    masks, _ = draw_masks([0.3, 0.3], lengths, [4, 6])
    assert [mask.shape for mask in masks] == [(0, 4), (0, 6)]


def test_masks_multiply_the_input_of_every_layer_and_of_the_output():
    """Multiplying the weights that read a unit is the same as masking the unit."""
    problem = make_problem((3, 2), 2, lengths=[4])
    rng = np.random.RandomState(1)
    rows = [rng.uniform(size=(1, width)) for width in (4, 6, 4)]
    masked = problem._replace(masks=[np.repeat(row, 4, axis=0) for row in rows])
    scaled = problem._replace(vector=problem.vector.copy())
    for layer, n_units in enumerate((3, 2)):
        scaled.parameters[f"lstm_{layer}"][:, :, n_units:-1] *= rows[layer].T
    scaled.parameters["output"][:-1] *= rows[2].T
    np.testing.assert_allclose(masked.logits(), scaled.logits(), rtol=1e-12)


@directions
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_mask_of_ones_gives_the_same_bits_as_none(which, n_directions):
    plain = make_problem((3, 2), n_directions)
    masks = list(plain.masks)
    assert masks == [None] * 3
    masks[which] = np.ones((len(plain.X), [4, 3 * n_directions, 2 * n_directions][which]))
    other = plain._replace(masks=masks)
    assert_same_bits([other.logits(), *other.gradients()], [plain.logits(), *plain.gradients()])
