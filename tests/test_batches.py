import numpy as np
import pytest
from scipy import sparse

from sklstm import _batches
from sklstm._batches import (
    Batch,
    Distinct,
    FeatureDropout,
    Minibatch,
    Sequences,
    Vectors,
    prediction_batches,
    token_indices,
    training_batches,
)

LENGTHS = np.random.RandomState(0).randint(0, 30, size=500)


def test_token_indices_are_those_of_each_sequence_in_turn():
    starts = np.cumsum(LENGTHS) - LENGTHS
    members = np.array([4, 2, 300])
    expected = [np.arange(starts[k], starts[k] + LENGTHS[k]) for k in members]
    got = token_indices(starts[members], LENGTHS[members])
    np.testing.assert_array_equal(got, np.concatenate(expected))


@pytest.mark.parametrize("rng", [None, np.random.RandomState(0)])
@pytest.mark.parametrize("batch_size", [1, 7, 32, 1000])
def test_an_epoch_shows_each_sequence_once_but_the_empty_ones(batch_size, rng):
    batches = training_batches(LENGTHS, batch_size, rng)
    assert sorted(np.concatenate(batches)) == np.flatnonzero(LENGTHS).tolist()
    assert max(map(len, batches)) == min(batch_size, np.count_nonzero(LENGTHS))


def test_without_shuffling_sequences_come_as_they_are():
    order = np.concatenate(training_batches(LENGTHS, 16))
    np.testing.assert_array_equal(order, np.flatnonzero(LENGTHS))


def test_shuffled_minibatches_differ_from_epoch_to_epoch_and_hold_like_lengths():
    rng = np.random.RandomState(0)
    one, two = (training_batches(LENGTHS, 8, rng) for _ in range(2))
    assert {tuple(sorted(b)) for b in one} != {tuple(sorted(b)) for b in two}
    assert np.mean([np.ptp(LENGTHS[b]) for b in one]) < 3
    firsts = [LENGTHS[b].mean() for b in one]
    assert firsts != sorted(firsts)  # and the minibatches themselves are shuffled


def test_prediction_batches_hold_each_sequence_once_and_a_bounded_number_of_tokens():
    lengths = np.concatenate([LENGTHS, [10_000], np.ones(9000, int)])
    batches = prediction_batches(lengths)
    assert sorted(np.concatenate(batches)) == np.flatnonzero(lengths).tolist()
    bound = 2 * _batches._PREDICTION_TOKENS
    assert all(len(b) == 1 or lengths[b].sum() <= bound for b in batches)
    assert prediction_batches(np.array([], int)) == prediction_batches(np.zeros(3, int)) == []


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_a_batch_holds_the_tokens_of_its_sequences(form):
    lengths = np.array([2, 0, 3, 1])
    sequences = Sequences.of(lengths, Vectors(form(np.arange(12.0).reshape(6, 2))))
    batch = Batch.of(sequences, np.array([3, 2]))
    # Ranked longest first, so sequence 2 (tokens 2, 3, 4) before sequence 3 (token 5).
    assert batch.tokens.tolist() == [2, 5, 3, 4]
    features, rows, spelled, fixed = sequences.tokens.take(batch.tokens, FeatureDropout())
    assert isinstance(fixed, np.ndarray)
    assert fixed[:, 0].tolist() == [4, 10, 6, 8]
    assert features is rows is spelled is None
    assert sequences.tokens.inputs(batch.tokens)[0].tolist() == fixed.tolist()


def test_distinct_vectors_are_given_once_for_all_tokens_of_a_type():
    distinct = Distinct(np.array([[3, 4], [17, 22]]), np.array([1, 0, 1, 1]))
    X, rows_of_X = distinct.inputs(np.array([3, 2]))
    assert X.tolist() == [[17, 22]]
    assert rows_of_X.tolist() == [0, 0]
    X, rows_of_X = distinct.inputs(np.array([0, 1]))
    assert X[rows_of_X].tolist() == [[17, 22], [3, 4]]


def test_shards_share_out_the_sequences_of_a_minibatch():
    lengths = np.arange(1, 201)
    sequences = Sequences.of(lengths, Vectors(np.zeros((lengths.sum(), 1))))
    members = np.arange(10, 160)
    minibatch = Minibatch.of(sequences, members, 64)
    parts = minibatch.shards
    assert len(parts) > 1
    assert {part.packing.n_sequences for part in parts[:-1]} == {parts[0].packing.n_sequences}
    tokens = minibatch.tokens
    np.testing.assert_array_equal(tokens, np.concatenate([part.tokens for part in parts]))
    whole = Batch.of(sequences, members)
    assert sorted(tokens) == sorted(whole.tokens)
    (only,) = Minibatch.of(sequences, members[:9], 64).shards
    np.testing.assert_array_equal(only.tokens, Batch.of(sequences, members[:9]).tokens)
