import numpy as np
import pytest
from numpy.random import RandomState
from scipy import sparse

from sklstm import _batching
from sklstm._batching import Corpus, prediction_batches, training_batches
from sklstm._features import VectorTokens, encode_features, extract_word_features

LENGTHS = np.random.RandomState(0).randint(0, 30, size=500)


def make_corpus(lengths, tokens):
    n_tokens = sum(lengths)
    return Corpus(np.asarray(lengths), tokens, np.zeros(n_tokens, int), np.ones(n_tokens), 1.0)


@pytest.mark.parametrize("rng", [None, np.random.RandomState(0)])
@pytest.mark.parametrize("batch_size", [1, 7, 32, 1000])
def test_an_epoch_contains_each_sequence_once_except_empty_ones(batch_size, rng):
    batches = training_batches(LENGTHS, batch_size, rng)
    assert sorted(np.concatenate(batches)) == np.flatnonzero(LENGTHS).tolist()
    assert max(map(len, batches)) == min(batch_size, np.count_nonzero(LENGTHS))


def test_without_shuffling_sequences_keep_their_order():
    order = np.concatenate(training_batches(LENGTHS, 16))
    np.testing.assert_array_equal(order, np.flatnonzero(LENGTHS))


def test_shuffled_minibatches_differ_between_epochs_and_have_similar_lengths():
    rng = np.random.RandomState(0)
    one, two = (training_batches(LENGTHS, 8, rng) for _ in range(2))
    assert {tuple(sorted(b)) for b in one} != {tuple(sorted(b)) for b in two}
    assert np.mean([np.ptp(LENGTHS[b]) for b in one]) < 3
    means = [LENGTHS[b].mean() for b in one]
    assert means != sorted(means)  # the minibatches are shuffled, too


def test_prediction_batches_contain_each_sequence_once_and_a_bounded_number_of_tokens():
    lengths = np.concatenate([LENGTHS, [10_000], np.ones(9000, int)])
    batches = prediction_batches(lengths)
    assert sorted(np.concatenate(batches)) == np.flatnonzero(lengths).tolist()
    bound = 2 * _batching._PREDICTION_TOKENS
    assert all(len(b) == 1 or lengths[b].sum() <= bound for b in batches)
    assert prediction_batches(np.array([], int)) == prediction_batches(np.zeros(3, int)) == []


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_a_minibatch_contains_the_tokens_of_its_sequences(form):
    corpus = make_corpus([2, 0, 3, 1], VectorTokens(form(np.arange(12.0).reshape(6, 2))))
    packings, inputs = corpus.minibatch(np.array([3, 2]), 64)
    # Longest first: sequence 2 (tokens 2, 3, 4) before sequence 3 (token 5).
    assert [packing.tokens.tolist() for packing in packings] == [[2, 5, 3, 4]]
    assert isinstance(inputs.vectors, np.ndarray)
    assert inputs.vectors[:, 0].tolist() == [4, 10, 6, 8]
    assert inputs.features is inputs.rows is inputs.characters is None


def test_the_sequences_of_a_minibatch_are_divided_into_shards():
    lengths = np.arange(1, 201)
    n_tokens = lengths.sum()
    corpus = make_corpus(lengths, VectorTokens(np.arange(n_tokens)[:, None]))
    members = np.arange(10, 160)
    packings, inputs = corpus.minibatch(members, 64)
    assert [packing.n_sequences for packing in packings] == [64, 64, 22]
    tokens = np.concatenate([packing.tokens for packing in packings])
    np.testing.assert_array_equal(inputs.vectors[:, 0], tokens)
    (whole,), _ = corpus.minibatch(members, 150)
    assert sorted(tokens) == sorted(whole.tokens)
    (only,), _ = corpus.minibatch(members[:9], 64)
    (expected,), _ = corpus.minibatch(members[:9], 9)
    np.testing.assert_array_equal(only.tokens, expected.tokens)


def test_features_are_dropped_from_the_tokens_of_all_shards():
    words = [f"{k % 7}{k % 3}" for k in range(40)]
    features = extract_word_features(words, lambda word: [word, *word, f"{word[0]}a"])
    vocabulary = {name: k for k, name in enumerate(sorted(set(features.names)), 1)}
    tokens = encode_features(features, None, vocabulary)
    corpus = make_corpus([10, 10, 20], tokens)
    packings, dropped = corpus.minibatch(np.arange(3), 1, 0.5, RandomState(7))
    assert len(packings) == 3
    order = np.concatenate([packing.tokens for packing in packings])
    expected = tokens.batch(order, 0.5, RandomState(7))
    np.testing.assert_array_equal(dropped.features.toarray(), expected.features.toarray())
    _, plain = corpus.minibatch(np.arange(3), 1)
    assert dropped.features.nnz < plain.features.nnz
