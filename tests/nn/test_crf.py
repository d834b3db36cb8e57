from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

from sklstm.nn import crf
from sklstm.nn.crf import CRF, log_marginals, negative_log_likelihood, viterbi
from sklstm.nn.packing import Packing, pack
from sklstm.nn.parameters import views
from sklstm.nn.softmax import cross_entropy, log_softmax

from ._checks import (
    LENGTHS,
    TOLERANCE,
    OnePrecision,
    central_differences,
    freeze,
    freeze_packing,
    join,
    relative_error,
    reverse,
    split,
)

FORBIDDEN = -1e4
batches = pytest.mark.parametrize(
    "lengths", [LENGTHS, [5], [1, 1], [0, 2], [4, 3, 2, 1], [1, 2, 3, 4]], ids=str
)
numbers_of_tags = pytest.mark.parametrize("n_tags", [1, 3, 4])
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


class Batch(NamedTuple):
    """The arguments of the negative log-likelihood."""

    logits: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    U: np.ndarray
    packing: Packing

    def loss(self):
        return self.results()[0]

    def results(self):
        return negative_log_likelihood(*self)

    def astype(self, dtype):
        logits, weights, U = (A.astype(dtype) for A in (self.logits, self.weights, self.U))
        return self._replace(logits=logits, weights=weights, U=U)


def draw(lengths, n_tags=3, scale=2.0):
    """Return a batch of random logits, targets, transitions and weights of the sequences."""
    rng = np.random.RandomState(sum(lengths) + n_tags)
    packing = pack(lengths)
    n_tokens = len(packing.tokens)
    return Batch(
        rng.normal(scale=scale, size=(n_tokens, n_tags)),
        rng.randint(n_tags, size=n_tokens),
        rng.uniform(0.5, 2, size=len(lengths))[packing.ranks] / 7,
        rng.normal(scale=scale, size=(n_tags + 2, n_tags)),
        packing,
    )


def draw_forbidden(lengths, scale=2.0):
    """Return a batch, a mask of the forbidden entries of U, and U with minus infinity there.

    Tag 2 must not follow tag 0 or begin a sequence, and tag 1 must not end one. Tag 2 has the
    largest logits.
    """
    batch = draw(lengths, 3, scale)
    batch.logits[:, 2] += 3 * scale
    paths = [[1] * (n > 1) + [2] * (n - 2) + [0] * (n > 0) for n in lengths]
    batch.targets[:] = join([np.array(path, int) for path in paths], batch.packing)
    forbidden = np.zeros(batch.U.shape, bool)
    forbidden[[0, 3, 4], [2, 2, 1]] = True
    excluded = np.where(forbidden, -np.inf, batch.U)
    batch.U[forbidden] += FORBIDDEN
    return batch, forbidden, excluded


# --- the oracle: enumeration of all paths ---------------------------------------------------------


def score(path, e, U):
    """Return the score of a path through the logits of one sequence."""
    start, end = len(U) - 2, len(U) - 1
    transitions = zip([start, *path], [*path], strict=False)
    total = sum(U[i, j] for i, j in transitions) + sum(e[t, j] for t, j in enumerate(path))
    return total + U[end, path[-1]]


def enumerate_paths(e, U):
    """Return all paths of one sequence and their log-probabilities."""
    paths = list(product(range(e.shape[1]), repeat=len(e)))
    scores = np.array([score(path, e, U) for path in paths])
    largest = scores.max()
    return np.array(paths), scores - largest - np.log(np.sum(np.exp(scores - largest)))


def expected_counts(e, U):
    """Return the marginals of one sequence and the expected counts of its transitions."""
    paths, log_p = enumerate_paths(e, U)
    p, counts = np.zeros(e.shape), np.zeros(U.shape)
    for path, probability in zip(paths, np.exp(log_p), strict=True):
        p[np.arange(len(e)), path] += probability
        counts += probability * observed_counts(path, U)
    return p, counts


def observed_counts(path, U):
    counts = np.zeros(U.shape)
    for i, j in zip([len(U) - 2, *path], path, strict=False):
        counts[i, j] += 1
    counts[-1, path[-1]] += 1
    return counts


def ends(packing):
    """Return two masks: of the first token of each sequence, and of the last one."""
    first = np.arange(len(packing.tokens)) < packing.offsets[1]
    return first, first[packing.reversal]


def sequences(batch, lengths):
    """Return the logits, targets and weight of each sequence that is not empty."""
    parts = (split(A, batch.packing, lengths) for A in batch[:3])
    return [(e, y, w[0]) for e, y, w in zip(*parts, strict=True) if len(e)]


@numbers_of_tags
@batches
def test_the_loss_is_that_of_the_enumeration(lengths, n_tags):
    batch = draw(lengths, n_tags)
    expected = 0.0
    for e, y, w in sequences(batch, lengths):
        paths, log_p = enumerate_paths(e, batch.U)
        expected -= w * log_p[np.all(paths == y, axis=1)][0]
    assert batch.loss() == pytest.approx(expected, rel=1e-12, abs=1e-14)


@numbers_of_tags
@batches
def test_marginals_are_those_of_the_enumeration(lengths, n_tags):
    batch = draw(lengths, n_tags)
    log_p = log_marginals(batch.logits, batch.U, batch.packing)
    expected = [expected_counts(e, batch.U)[0] for e, _, _ in sequences(batch, lengths)]
    present = [p for p in split(log_p, batch.packing, lengths) if len(p)]
    for one, other in zip(present, expected, strict=True):
        np.testing.assert_allclose(np.exp(one), other, rtol=1e-12)


@numbers_of_tags
@batches
def test_the_path_is_the_most_probable_of_the_enumeration(lengths, n_tags):
    batch = draw(lengths, n_tags)
    path = viterbi(batch.logits, batch.U, batch.packing)
    expected = [enumerate_paths(e, batch.U) for e, _, _ in sequences(batch, lengths)]
    present = [y for y in split(path, batch.packing, lengths) if len(y)]
    for y, (paths, log_p) in zip(present, expected, strict=True):
        np.testing.assert_array_equal(y, paths[np.argmax(log_p)])


@numbers_of_tags
@batches
def test_gradients_are_expected_minus_observed_counts(lengths, n_tags):
    batch = draw(lengths, n_tags)
    _, dlogits, dU = batch.results()
    expected_dU = np.zeros_like(batch.U)
    present = [d for d in split(dlogits, batch.packing, lengths) if len(d)]
    for d, (e, y, w) in zip(present, sequences(batch, lengths), strict=True):
        p, counts = expected_counts(e, batch.U)
        expected_dU += w * (counts - observed_counts(y, batch.U))
        np.testing.assert_allclose(d, w * (p - np.eye(n_tags)[y]), atol=1e-13)
    np.testing.assert_allclose(dU, expected_dU, atol=1e-12)


# --- gradients and weights ------------------------------------------------------------------------


@batches
def test_gradients_agree_with_central_differences(lengths):
    batch = draw(lengths, 4)
    _, dlogits, dU = batch.results()
    assert relative_error(dlogits, central_differences(batch.loss, batch.logits)) < TOLERANCE
    numeric = central_differences(batch.loss, batch.U)
    for part in (slice(4), 4, 5):  # T, start, end
        assert relative_error(dU[part], numeric[part]) < TOLERANCE


def test_a_sequence_of_weight_zero_does_not_contribute():
    batch = draw(LENGTHS)
    dropped = batch.packing.ranks == 1
    batch.weights[dropped] = 0
    loss, dlogits, dU = batch.results()
    batch.logits[dropped] *= -50
    batch.targets[dropped] = (batch.targets[dropped] + 1) % 3
    other_loss, other_dlogits, other_dU = batch.results()
    assert dropped.sum() == 3
    assert other_loss == loss
    np.testing.assert_array_equal(other_dlogits, dlogits)
    np.testing.assert_array_equal(dlogits[dropped], 0)
    np.testing.assert_allclose(other_dU, dU, rtol=1e-12, atol=1e-15)


def test_a_weight_of_two_equals_the_sequence_twice():
    lengths = [3, 5, 2]
    batch = draw(lengths)
    batch.weights[:] = join(
        [np.full(n, w / 7) for n, w in zip(lengths, [1.0, 2, 1], strict=True)], batch.packing
    )
    loss, dlogits, dU = batch.results()
    twice = pack([3, 5, 2, 5])
    logits, targets = (
        join([*parts, parts[1]], twice)
        for parts in (split(A, batch.packing, lengths) for A in batch[:2])
    )
    other = Batch(logits, targets, np.full(15, 1 / 7), batch.U, twice).results()
    assert loss == pytest.approx(other[0], rel=1e-14)
    np.testing.assert_allclose(dU, other[2], rtol=1e-12, atol=1e-15)
    _, d, _, e = split(other[1], twice, [3, 5, 2, 5])
    np.testing.assert_allclose(split(dlogits, batch.packing, lengths)[1], d + e, atol=1e-15)


def test_loss_and_gradients_are_proportional_to_the_weights():
    batch = draw(LENGTHS)
    scaled = batch._replace(weights=batch.weights / 3)
    for one, other in zip(scaled.results(), batch.results(), strict=True):
        np.testing.assert_allclose(3 * one, other, rtol=1e-13, atol=1e-16)


# --- forbidden transitions and extreme numbers ----------------------------------------------------


@dtypes
@pytest.mark.parametrize("scale", [2.0, 300.0])
def test_forbidden_paths_have_no_probability(scale, dtype):
    batch, _, excluded = draw_forbidden(LENGTHS, scale)
    batch = batch.astype(dtype)
    p = np.exp(log_marginals(batch.logits, batch.U, batch.packing))
    first, last = ends(batch.packing)
    np.testing.assert_array_equal(p[first, 2], 0)
    np.testing.assert_array_equal(p[last, 1], 0)
    present = [A for A in split(p, batch.packing, LENGTHS) if len(A)]
    tolerance = 200 * scale * float(np.finfo(dtype).eps)
    for one, (e, _, _) in zip(present, sequences(batch, LENGTHS), strict=True):
        other, _ = expected_counts(e.astype(float), excluded)
        np.testing.assert_allclose(one, other, atol=tolerance)


@dtypes
@pytest.mark.parametrize("scale", [2.0, 300.0])
def test_forbidden_paths_do_not_contribute_to_loss_and_gradients(scale, dtype):
    batch, forbidden, excluded = draw_forbidden(LENGTHS, scale)
    loss, dlogits, dU = batch.astype(dtype).results()
    np.testing.assert_array_equal(dU[forbidden], 0)
    expected_loss, expected_dU = 0.0, np.zeros(dU.shape)
    for e, y, w in sequences(batch, LENGTHS):
        paths, log_p = enumerate_paths(e, excluded)
        expected_loss -= w * log_p[np.all(paths == y, axis=1)][0]
        _, counts = expected_counts(e, excluded)
        expected_dU += w * (counts - observed_counts(y, excluded))
    tolerance = 200 * scale * float(np.finfo(dtype).eps)
    assert loss == pytest.approx(expected_loss, rel=tolerance)
    np.testing.assert_allclose(dU, expected_dU, atol=tolerance)
    assert np.isfinite(dlogits).all()


@dtypes
@pytest.mark.parametrize("scale", [2.0, 300.0])
def test_forbidden_paths_are_never_decoded(scale, dtype):
    batch, forbidden, excluded = draw_forbidden([*LENGTHS, 7, 2], scale)
    lengths = [*LENGTHS, 7, 2]
    batch = batch.astype(dtype)
    path = viterbi(batch.logits, batch.U, batch.packing)
    present = [y for y in split(path, batch.packing, lengths) if len(y)]
    for y, (e, _, _) in zip(present, sequences(batch, lengths), strict=True):
        assert not observed_counts(y, batch.U)[forbidden].any()
        paths, log_p = enumerate_paths(e.astype(float), excluded)
        np.testing.assert_array_equal(y, paths[np.argmax(log_p)])


@dtypes
def test_a_forbidden_target_is_finite(dtype):
    batch, _, _ = draw_forbidden([4, 2])
    batch.targets[:] = 2
    loss, dlogits, dU = batch.astype(dtype).results()
    assert loss > 1e3
    assert np.isfinite(dlogits).all()
    assert np.isfinite(dU).all()


def test_single_precision_agrees_with_double_over_thousands_of_steps():
    """Tags that seldom change depend on distant tokens, and errors do not accumulate."""
    batch = draw([5000, 40, 4999], 4, scale=1.0)
    batch.U[:4] += 4 * np.eye(4)
    batch.U[0, 1] = FORBIDDEN
    batch.targets[batch.targets == 1] = 2
    single = batch.astype(np.float32)
    p = np.exp(log_marginals(single.logits, single.U, single.packing))
    expected_p = np.exp(log_marginals(batch.logits, batch.U, batch.packing))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(p, expected_p, atol=1e-5)
    for one, other in zip(single.results(), batch.results(), strict=True):
        assert relative_error(one, other) < 1e-6
    path = viterbi(single.logits, single.U, single.packing)
    np.testing.assert_array_equal(path, viterbi(batch.logits, batch.U, batch.packing))


def test_single_precision_of_almost_certain_tags():
    """Expected and observed counts are subtracted for each token, before they are summed."""
    batch, _, _ = draw_forbidden([5000, 40, 4999], scale=1.0)
    batch.U[:3] += 6 * np.eye(3)
    single, double = batch.astype(np.float32).results(), batch.results()
    assert double[0] * 7 / len(batch.targets) < 0.01
    for one, other in zip(single, double, strict=True):
        assert relative_error(one, other) < 2e-4


@dtypes
def test_huge_logits_are_exact(dtype):
    """Two tokens have a certain tag each, and the second tag must not follow the first."""
    logits = np.array([[1e4, 0], [0, 2e4]], dtype)
    U = np.zeros((4, 2), dtype)
    U[0, 1] = 2 * FORBIDDEN
    batch = Batch(logits, np.array([0, 1]), np.ones(2, dtype), U, pack([2]))
    loss, dlogits, dU = negative_log_likelihood(*batch)
    assert loss == pytest.approx(1e4)
    np.testing.assert_array_equal(dlogits, [[-1, 1], [0, 0]])
    np.testing.assert_array_equal(dU, [[0, -1], [0, 1], [-1, 1], [0, 0]])
    np.testing.assert_array_equal(viterbi(logits, U, batch.packing), [1, 1])


# --- invariances ----------------------------------------------------------------------------------


def test_a_constant_added_to_the_logits_of_a_token_changes_nothing():
    batch = draw(LENGTHS)
    shift = np.random.RandomState(0).uniform(-3e3, 3e3, size=(len(batch.targets), 1))
    shifted = batch._replace(logits=batch.logits + shift)
    for one, other in zip(batch.results(), shifted.results(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_a_large_constant_added_to_the_logits_loses_no_precision():
    batch = draw([2000, 40], 4, scale=0.1).astype(np.float32)
    batch.logits[:] = np.round(256 * batch.logits) / 256
    shifted = batch._replace(logits=batch.logits + np.float32(2**14))
    np.testing.assert_array_equal(shifted.logits - np.float32(2**14), batch.logits)
    for one, other in zip(batch.results(), shifted.results(), strict=True):
        np.testing.assert_array_equal(one, other)
    path, other = (viterbi(b.logits, b.U, b.packing) for b in (batch, shifted))
    np.testing.assert_array_equal(path, other)


def test_constants_added_to_the_transitions_change_nothing():
    batch = draw(LENGTHS)
    shift = np.array([[30.0], [30], [30], [-7], [1e3]])  # T, start and end
    shifted = batch._replace(U=batch.U + shift)
    for one, other in zip(batch.results(), shifted.results(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@batches
def test_with_zero_transitions_the_crf_is_the_softmax(lengths):
    batch = draw(lengths)
    batch.U[:] = 0
    logits, targets, weights, U, packing = batch
    loss, dlogits, _ = batch.results()
    expected_loss, expected = cross_entropy(logits, targets, weights)
    assert loss == pytest.approx(expected_loss, rel=1e-13)
    np.testing.assert_allclose(dlogits, expected, atol=1e-15)
    np.testing.assert_allclose(log_marginals(logits, U, packing), log_softmax(logits), atol=1e-13)
    np.testing.assert_array_equal(viterbi(logits, U, packing), logits.argmax(axis=1))


@dtypes
@batches
def test_a_batch_equals_its_sequences_one_by_one(lengths, dtype):
    batch = draw(lengths, 4).astype(dtype)
    logits, _, _, U, packing = batch
    loss, dlogits, dU = batch.results()
    log_p, path = log_marginals(logits, U, packing), viterbi(logits, U, packing)
    parts = (split(A, packing, lengths) for A in (*batch[:3], dlogits, log_p, path))
    sum_loss, sum_dU = 0.0, np.zeros_like(dU)
    tolerance = 32 * float(np.finfo(dtype).eps)
    for e, y, w, *expected in zip(*parts, strict=True):
        alone = Batch(e, y, w, U, pack([len(e)]))
        loss_alone, *results, dU_alone = alone.results()
        results += [log_marginals(e, U, alone.packing), viterbi(e, U, alone.packing)]
        for one, other in zip(results, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
        sum_loss, sum_dU = sum_loss + loss_alone, sum_dU + dU_alone
    assert loss == pytest.approx(sum_loss, rel=tolerance)
    np.testing.assert_allclose(dU, sum_dU, rtol=tolerance, atol=tolerance)


def test_reversed_sequences_with_reversed_transitions_give_the_same():
    batch = draw(LENGTHS)
    loss, dlogits, dU = batch.results()

    def flip(A):
        return reverse(A, batch.packing, LENGTHS)

    def transpose(U):
        return np.concatenate([U[:3].T, U[[4, 3]]])

    other = Batch(
        flip(batch.logits),
        flip(batch.targets),
        flip(batch.weights),
        transpose(batch.U),
        batch.packing,
    ).results()
    assert loss == pytest.approx(other[0], rel=1e-13)
    np.testing.assert_allclose(flip(dlogits), other[1], atol=1e-14)
    np.testing.assert_allclose(transpose(dU), other[2], atol=1e-14)


# --- ties -----------------------------------------------------------------------------------------


def test_of_equally_probable_paths_the_one_with_the_lowest_tags_is_decoded():
    path = viterbi(np.zeros((12, 4)), np.zeros((6, 4)), pack(LENGTHS))
    np.testing.assert_array_equal(path, 0)


@dtypes
def test_of_equally_probable_paths_the_one_with_the_lower_tag_at_the_first_difference_is_decoded(
    dtype,
):
    """Scores are small integers, so ties are exact; the enumeration has the same order."""
    rng = np.random.RandomState(0)
    n_ties = 0
    for _ in range(30):
        logits = rng.randint(2, size=(4, 3)).astype(dtype)
        U = rng.randint(2, size=(5, 3)).astype(dtype)
        paths = list(product(range(3), repeat=4))
        scores = [score(path, logits, U) for path in paths]
        n_ties += scores.count(max(scores)) > 1
        np.testing.assert_array_equal(viterbi(logits, U, pack([4])), paths[np.argmax(scores)])
    assert n_ties > 15


# --- blocks, precision, arrays --------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 9, 40, 63], ids=lambda size: f"block of {size}")
def test_the_size_of_the_blocks_does_not_matter(monkeypatch, size):
    batch = draw(LENGTHS)
    whole = batch.results()
    monkeypatch.setattr(crf, "_BLOCK", size)
    for one, other in zip(batch.results(), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("size", [1, 9, 40, 63], ids=lambda size: f"block of {size}")
def test_marginals_and_paths_do_not_depend_on_the_blocks(monkeypatch, size):
    batch = draw([*LENGTHS, 7, 2])
    args = batch.logits, batch.U, batch.packing
    whole = log_marginals(*args), viterbi(*args)
    monkeypatch.setattr(crf, "_BLOCK", size)
    np.testing.assert_allclose(log_marginals(*args), whole[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(viterbi(*args), whole[1])


def test_more_transitions_than_a_block_holds():
    """The sums over the rows and the columns of the gradient are those of the marginals."""
    batch = draw([5, 4], 260)
    assert batch.U[:-2].size * 7 > crf._BLOCK
    _, dlogits, dU = batch.results()
    first, last = ends(batch.packing)
    assert first.sum() == last.sum() == 2
    np.testing.assert_allclose(dU[:-2].sum(axis=0), dlogits[~first].sum(axis=0), atol=1e-12)
    np.testing.assert_allclose(dU[:-2].sum(axis=1), dlogits[~last].sum(axis=0), atol=1e-12)


@dtypes
def test_precision_is_kept(dtype):
    batch = draw(LENGTHS).astype(dtype)
    loss, dlogits, dU = batch.results()
    assert type(loss) is float
    log_p = log_marginals(batch.logits, batch.U, batch.packing)
    assert dlogits.dtype == dU.dtype == log_p.dtype == dtype
    assert viterbi(batch.logits, batch.U, batch.packing).dtype == np.intp


def test_arguments_are_not_converted_to_another_precision():
    batch = draw(LENGTHS).astype(np.float32)
    logits, weights, U = (A.view(OnePrecision) for A in (batch.logits, batch.weights, batch.U))
    negative_log_likelihood(logits, batch.targets, weights, U, batch.packing)
    log_marginals(logits, U, batch.packing)
    viterbi(logits, U, batch.packing)


def test_inputs_are_left_unmodified():
    batch = draw(LENGTHS)
    freeze(*batch[:4])
    freeze_packing(batch.packing)
    batch.results()
    log_marginals(batch.logits, batch.U, batch.packing)
    viterbi(batch.logits, batch.U, batch.packing)


@dtypes
@pytest.mark.parametrize("lengths", [[], [0, 0]], ids=str)
def test_a_batch_without_tokens(lengths, dtype):
    batch = draw(lengths).astype(dtype)
    loss, dlogits, dU = batch.results()
    assert loss == 0
    assert dlogits.shape == log_marginals(batch.logits, batch.U, batch.packing).shape == (0, 3)
    np.testing.assert_array_equal(dU, np.zeros((5, 3), dtype))
    assert viterbi(batch.logits, batch.U, batch.packing).shape == (0,)


# --- the output -----------------------------------------------------------------------------------


def make_output():
    """Return an output with penalties, and random parameters."""
    rng = np.random.RandomState(0)
    penalties = np.where(rng.random_sample((5, 3)) < 0.3, FORBIDDEN, 0.0)
    output = CRF(penalties)
    parameters = {
        name: rng.normal(size=shape) for name, shape in output.parameter_shapes(4).items()
    }
    return output, parameters


def test_shapes_of_the_parameters():
    assert make_output()[0].parameter_shapes(8) == {"output": (8 + 1, 3), "transitions": (5, 3)}


@dtypes
def test_initial_weights_fill_the_bounds_of_glorot_and_transitions_and_biases_are_zero(dtype):
    output = CRF(np.zeros((42, 40)))
    parameters = views(np.zeros(51 * 40 + 42 * 40, dtype), output.parameter_shapes(50))
    output.initialize(parameters, np.random.RandomState(0))
    W, bias = parameters["output"][:-1], parameters["output"][-1]
    bound = np.sqrt(6 / (50 + 40))
    assert 0.98 * bound < np.abs(W).max() <= bound
    assert W.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(bias, 0)
    np.testing.assert_array_equal(parameters["transitions"], 0)


def test_penalties_are_added_to_the_scores_and_not_to_the_parameters():
    output, parameters = make_output()
    before = parameters["transitions"].copy()
    scores = output.scores(parameters)
    np.testing.assert_array_equal(scores, before + output.penalties)
    scores[:] = 0
    np.testing.assert_array_equal(parameters["transitions"], before)


@dtypes
def test_scores_have_the_precision_of_the_parameters(dtype):
    output, parameters = make_output()
    assert output.scores({"transitions": parameters["transitions"].astype(dtype)}).dtype == dtype


def test_the_output_uses_the_transitions_and_the_penalties():
    output, parameters = make_output()
    batch = draw(LENGTHS)
    logits, targets, weights, U, packing = batch._replace(U=output.scores(parameters))
    loss, dlogits, gradients = output.loss(logits, targets, weights, packing, parameters)
    expected = negative_log_likelihood(logits, targets, weights, U, packing)
    assert loss == expected[0]
    np.testing.assert_array_equal(dlogits, expected[1])
    assert list(gradients) == ["transitions"]
    np.testing.assert_array_equal(gradients["transitions"], expected[2])
    path = output.decode(logits, packing, parameters)
    np.testing.assert_array_equal(path, viterbi(logits, U, packing))
    log_p = output.log_proba(logits, packing, parameters)
    np.testing.assert_array_equal(log_p, log_marginals(logits, U, packing))
