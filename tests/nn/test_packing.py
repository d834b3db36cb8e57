import numpy as np
import pytest

from sklstm.nn.packing import pack, token_indices


def random_lengths(seed):
    rng = np.random.RandomState(seed)
    return rng.randint(0, 9, size=rng.randint(1, 12))


ragged = pytest.mark.parametrize("lengths", [*map(random_lengths, range(30)), [1], [0, 4], [2, 2]])


def places(packing, lengths):
    """Return the sequence and the position in it of the token that each row holds."""
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    positions = np.concatenate([np.arange(n) for n in lengths])
    return sequences[packing.tokens], positions[packing.tokens]


def test_example_of_the_docstring():
    packing = pack([3, 1, 2])
    names = np.array(["a0", "a1", "a2", "b0", "c0", "c1"])
    assert names[packing.tokens].tolist() == ["a0", "c0", "b0", "a1", "c1", "a2"]
    assert packing.offsets.tolist() == [0, 3, 5, 6]
    assert packing.ranks.tolist() == [0, 1, 2, 0, 1, 0]
    assert packing.n_sequences == 3


@ragged
def test_every_token_has_one_row(lengths):
    packing = pack(lengths)
    assert sorted(packing.tokens) == list(range(sum(lengths)))
    assert packing.n_sequences == len(lengths)


@ragged
def test_a_step_owns_the_sequences_longer_than_it_in_rank_order(lengths):
    packing = pack(lengths)
    ranking = sorted(range(len(lengths)), key=lambda k: -lengths[k])  # stable, longest first
    sequences, positions = places(packing, lengths)
    assert len(packing.offsets) == max(lengths) + 1
    for t in range(max(lengths)):
        rows = slice(packing.offsets[t], packing.offsets[t + 1])
        running = [k for k in ranking if lengths[k] > t]
        assert sequences[rows].tolist() == running
        assert positions[rows].tolist() == [t] * len(running)
        assert packing.ranks[rows].tolist() == [ranking.index(k) for k in running]


@pytest.mark.parametrize("reverse", [False, True])
@ragged
def test_steps_visit_all_rows_in_order(lengths, reverse):
    packing = pack(lengths)
    _, positions = places(packing, lengths)
    visited = [(rows.start, rows.stop) for rows, _ in packing.steps(reverse)]
    expected = list(zip(packing.offsets, packing.offsets[1:], strict=False))
    assert visited == (expected[::-1] if reverse else expected)
    steps = [set(positions[slice(*bounds)]) for bounds in visited]
    times = range(max(lengths))
    assert steps == [{t} for t in (reversed(times) if reverse else times)]


@pytest.mark.parametrize("reverse", [False, True])
@ragged
def test_a_step_takes_over_from_the_token_before_of_every_sequence_that_has_one(lengths, reverse):
    packing = pack(lengths)
    sequences, positions = places(packing, lengths)
    n_tokens = len(positions)
    expected = np.full(n_tokens, n_tokens)
    for rows, previous in packing.steps(reverse):
        n_shared = previous.stop - previous.start
        leading = slice(rows.start, rows.start + n_shared)
        assert leading.stop <= rows.stop
        np.testing.assert_array_equal(sequences[leading], sequences[previous])
        np.testing.assert_array_equal(
            positions[leading] + (1 if reverse else -1), positions[previous]
        )
        expected[leading] = np.arange(previous.start, previous.stop)
    first = np.asarray(lengths)[sequences] - 1 if reverse else 0
    np.testing.assert_array_equal(expected == n_tokens, positions == first)
    np.testing.assert_array_equal(packing.previous(reverse), expected)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_ends_are_the_tokens_read_last(reverse):
    lengths = [2, 4, 1, 4]
    packing = pack(lengths)
    sequences, positions = places(packing, lengths)
    ends = packing.ends(reverse)
    assert sequences[ends].tolist() == [1, 3, 0, 2]
    assert positions[ends].tolist() == ([0] * 4 if reverse else [3, 3, 1, 0])


def test_lengths_may_be_a_list_or_an_array_of_any_integer_type():
    for lengths in ([2, 0, 1], np.array([2, 0, 1], np.int32), np.array([2, 0, 1], np.uint8)):
        assert pack(lengths).tokens.tolist() == [0, 2, 1]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [[], [0], [0, 0, 0]])
def test_a_batch_without_tokens_has_no_rows_and_no_steps(lengths, reverse):
    packing = pack(lengths)
    assert packing.offsets.tolist() == [0]
    assert packing.tokens.shape == packing.ranks.shape == (0,)
    assert packing.n_sequences == len(lengths)
    assert packing.steps(reverse) == []
    assert packing.previous(reverse).shape == (0,)


def test_numbers_index_arrays():
    packing = pack([2, 1])
    for array in packing[:3]:
        assert array.dtype == np.intp


def test_token_indices_are_those_of_each_sequence_in_turn():
    lengths = np.random.RandomState(0).randint(0, 30, size=500)
    starts = np.cumsum(lengths) - lengths
    members = np.array([4, 2, 300])
    expected = [np.arange(starts[k], starts[k] + lengths[k]) for k in members]
    got = token_indices(starts[members], lengths[members])
    np.testing.assert_array_equal(got, np.concatenate(expected))
