import numpy as np
import pytest

from sklstm.nn.packing import pack, token_indices


def random_lengths(seed):
    """Return random lengths, with sequences of 0 and of 1 token among them."""
    rng = np.random.RandomState(seed)
    return rng.permutation([0, 1, *rng.randint(0, 9, size=rng.randint(1, 12))])


ragged = pytest.mark.parametrize(
    "lengths",
    [*map(random_lengths, range(30)), [1], [0, 4], [2, 2], [5], [0], [0, 0, 0], []],
    ids=lambda lengths: ",".join(map(str, lengths)) or "none",
)


def sequences_and_positions(packing, lengths):
    """Return, for the token in each row, its sequence and its position in the sequence."""
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    positions = np.concatenate([np.arange(n) for n in lengths] or [np.arange(0)])
    return sequences[packing.tokens], positions[packing.tokens]


def ranking(lengths):
    """Return the sequences, longest first; the sort is stable."""
    return sorted(range(len(lengths)), key=lambda k: -lengths[k])


def test_the_example_of_the_docstring():
    packing = pack([3, 1, 2])
    names = np.array(["a0", "a1", "a2", "b0", "c0", "c1"])
    assert names[packing.tokens].tolist() == ["a0", "c0", "b0", "a1", "c1", "a2"]
    assert packing.offsets.tolist() == [0, 3, 5, 6]
    assert packing.ranks.tolist() == [0, 1, 2, 0, 1, 0]
    assert packing.n_sequences == 3
    reversed_names = names[packing.tokens][packing.reversal]
    assert reversed_names.tolist() == ["a2", "c1", "b0", "a1", "c0", "a0"]
    # The rows of arrays of states, of which the first three are initial states.
    assert packing.before.tolist() == [0, 1, 2, 3, 4, 6]
    assert packing.last.tolist() == [8, 7, 5]
    assert packing.steps == [
        (slice(0, 3), slice(0, 3), slice(3, 6)),
        (slice(3, 5), slice(3, 5), slice(6, 8)),
        (slice(5, 6), slice(6, 7), slice(8, 9)),
    ]


@ragged
def test_every_token_has_one_row(lengths):
    packing = pack(lengths)
    assert sorted(packing.tokens) == list(range(sum(lengths)))
    assert packing.n_sequences == len(lengths)


@ragged
def test_a_step_owns_the_sequences_that_are_longer_than_it_in_rank_order(lengths):
    packing = pack(lengths)
    order = ranking(lengths)
    sequences, positions = sequences_and_positions(packing, lengths)
    assert len(packing.offsets) == max(lengths, default=0) + 1
    for t in range(max(lengths, default=0)):
        rows = slice(packing.offsets[t], packing.offsets[t + 1])
        running = [k for k in order if lengths[k] > t]
        assert sequences[rows].tolist() == running
        assert positions[rows].tolist() == [t] * len(running)
        assert packing.ranks[rows].tolist() == [order.index(k) for k in running]


def test_sequences_of_the_same_length_keep_their_order():
    lengths = [2, 1] * 500
    assert pack(lengths).tokens[:1000].tolist() == [*range(0, 1500, 3), *range(2, 1500, 3)]


@ragged
def test_steps_visit_all_rows_in_order(lengths):
    packing = pack(lengths)
    _, positions = sequences_and_positions(packing, lengths)
    visited = [(rows.start, rows.stop) for rows, _, _ in packing.steps]
    assert visited == list(zip(packing.offsets, packing.offsets[1:], strict=False))
    for t, bounds in enumerate(visited):
        assert set(positions[slice(*bounds)]) == {t}


@ragged
def test_a_step_writes_the_states_of_its_tokens_after_the_initial_states(lengths):
    packing = pack(lengths)
    for rows, _, after in packing.steps:
        assert after.start == len(lengths) + rows.start
        assert after.stop == len(lengths) + rows.stop


@ragged
def test_a_step_reads_the_state_before_each_of_its_tokens(lengths):
    packing = pack(lengths)
    sequences, positions = sequences_and_positions(packing, lengths)
    # The sequence and the position that each state belongs to; initial states have position -1.
    state_sequences = np.concatenate([np.array(ranking(lengths), int), sequences])
    state_positions = np.concatenate([np.full(len(lengths), -1), positions])
    for rows, before, _ in packing.steps:
        np.testing.assert_array_equal(state_sequences[before], sequences[rows])
        np.testing.assert_array_equal(state_positions[before], positions[rows] - 1)
    np.testing.assert_array_equal(state_sequences[packing.before], sequences)
    np.testing.assert_array_equal(state_positions[packing.before], positions - 1)


@ragged
def test_states_before_are_those_that_the_steps_read(lengths):
    packing = pack(lengths)
    read = [np.arange(before.start, before.stop) for _, before, _ in packing.steps]
    np.testing.assert_array_equal(packing.before, np.concatenate(read or [np.arange(0)]))


@ragged
def test_the_last_state_is_that_of_the_last_token_or_the_initial_state(lengths):
    packing = pack(lengths)
    sequences, positions = sequences_and_positions(packing, lengths)
    assert len(packing.last) == len(lengths)
    for rank, (k, row) in enumerate(zip(ranking(lengths), packing.last, strict=True)):
        if lengths[k] == 0:
            assert row == rank
        else:
            assert sequences[row - len(lengths)] == k
            assert positions[row - len(lengths)] == lengths[k] - 1


@ragged
def test_the_first_rows_are_the_tokens_that_the_backward_direction_reads_last(lengths):
    packing = pack(lengths)
    sequences, positions = sequences_and_positions(packing, lengths)
    last_read = packing.reversal[packing.last[packing.last >= len(lengths)] - len(lengths)]
    assert last_read.tolist() == list(range(np.count_nonzero(lengths)))
    assert not positions[last_read].any()
    assert sequences[last_read].tolist() == [k for k in ranking(lengths) if lengths[k]]


@ragged
def test_reversal_reverses_every_sequence(lengths):
    packing = pack(lengths)
    sequences, positions = sequences_and_positions(packing, lengths)
    np.testing.assert_array_equal(sequences[packing.reversal], sequences)
    expected = np.asarray(lengths, int)[sequences] - 1 - positions
    np.testing.assert_array_equal(positions[packing.reversal], expected)


@ragged
def test_reversal_is_its_own_inverse(lengths):
    reversal = pack(lengths).reversal
    np.testing.assert_array_equal(reversal[reversal], np.arange(sum(lengths)))


@ragged
def test_sequences_can_start_at_any_token(lengths):
    """The layout is the same, and the tokens are those from each start on."""
    starts = np.random.RandomState(0).permutation(len(lengths)) * 100
    packing, concatenated = pack(lengths, starts), pack(lengths)
    sequences, positions = sequences_and_positions(concatenated, lengths)
    np.testing.assert_array_equal(packing.tokens, starts[sequences] + positions)
    for name in ("offsets", "ranks", "reversal"):
        np.testing.assert_array_equal(getattr(packing, name), getattr(concatenated, name))
    assert packing.steps == concatenated.steps
    assert packing.n_sequences == concatenated.n_sequences


def test_lengths_can_be_a_list_or_an_array_of_any_integer_type():
    for lengths in ([2, 0, 1], np.array([2, 0, 1], np.int32), np.array([2, 0, 1], np.uint8)):
        assert pack(lengths).tokens.tolist() == [0, 2, 1]


@pytest.mark.parametrize("lengths", [[], [0], [0, 0, 0]], ids=str)
def test_a_batch_without_tokens_has_no_rows_and_no_steps(lengths):
    packing = pack(lengths)
    assert packing.offsets.tolist() == [0]
    assert packing.tokens.shape == packing.ranks.shape == packing.reversal.shape == (0,)
    assert packing.n_sequences == len(lengths)
    assert packing.steps == []
    assert packing.before.shape == (0,)
    assert packing.last.tolist() == list(range(len(lengths)))


@pytest.mark.parametrize("lengths", [[2, 1], [0, 3, 1], [0], []], ids=str)
def test_all_arrays_hold_indices(lengths):
    packing = pack(lengths)
    names = "offsets", "tokens", "ranks", "reversal", "before", "last"
    assert {getattr(packing, name).dtype for name in names} == {np.dtype(np.intp)}


def test_lengths_and_starts_are_left_unmodified():
    lengths, starts = np.array([3, 0, 1]), np.array([4, 9, 0])
    lengths.flags.writeable = starts.flags.writeable = False
    pack(lengths, starts)
    pack(lengths)


def test_token_indices_are_those_of_each_sequence_in_turn():
    lengths = np.random.RandomState(0).randint(0, 30, size=500)
    starts = np.cumsum(lengths) - lengths
    members = np.array([4, 2, 300])
    expected = [np.arange(starts[k], starts[k] + lengths[k]) for k in members]
    got = token_indices(starts[members], lengths[members])
    np.testing.assert_array_equal(got, np.concatenate(expected))


def test_token_indices_of_empty_sequences_are_empty():
    assert token_indices(np.array([5, 2]), np.array([0, 0])).shape == (0,)
    assert token_indices(np.array([5, 2, 1]), np.array([0, 2, 0])).tolist() == [2, 3]
