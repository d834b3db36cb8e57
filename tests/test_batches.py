import numpy as np
import pytest
from scipy import sparse

from sklstm import _batches
from sklstm._batches import (
    Bags,
    Batch,
    Distinct,
    FeatureDropout,
    Letters,
    Minibatch,
    Sequences,
    Vectors,
    prediction_batches,
    token_indices,
    training_batches,
)
from sklstm.nn.packing import pack

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


# -- features and characters --------------------------------------------------------------------


def make_bags(n_types=6, n_tokens=40, spelled=True, hidden=True, dtype=np.float32):
    """Return random bags over 30 features of which the last 10 are characters."""
    rng = np.random.RandomState(0)
    n_rows = 2 * n_types if hidden else n_types
    features = sparse.random_array(
        (n_rows, 30), density=0.2, format="csr", rng=np.random.default_rng(0), dtype=dtype
    )
    lengths = np.tile(rng.randint(1, 6, n_types), n_rows // n_types)
    letters = Letters.of(rng.randint(20, 30, lengths.sum()), lengths) if spelled else None
    types = rng.randint(n_rows, size=n_tokens).astype(np.int32)
    fixed = rng.normal(size=(n_types, 2)).astype(dtype)
    return Bags(types, features, np.full(n_types, 0.5), letters, fixed)


def letters_of(letters, k):
    start = letters.starts[k]
    return letters.ids[start : start + letters.lengths[k]].tolist()


def ones(n_rows, n_columns):
    return sparse.csr_array(np.ones((n_rows, n_columns), np.float32))


def test_characters_are_laid_out_word_by_word():
    lengths = np.array([3, 1, 4, 1, 2])
    letters = Letters.of(np.arange(11), lengths)
    assert [letters_of(letters, k) for k in range(5)] == [
        [0, 1, 2], [3], [4, 5, 6, 7], [8], [9, 10],
    ]  # fmt: skip
    types = np.array([1, 4, 2])
    packing, ids, ranks = letters.packed(types)
    assert ranks.tolist() == [2, 1, 0]  # longest first
    for step, (rows, _) in enumerate(packing.steps()):
        running = [letters_of(letters, types[k]) for k in np.argsort(ranks)]
        expected = [word[step] for word in running if step < len(word)]
        assert ids[rows].tolist() == expected
    for ours, theirs in zip(packing[:3], pack(lengths[types])[:3], strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("spelled", [True, False])
def test_what_is_read_of_tokens_are_their_features(spelled):
    bags = make_bags(spelled=spelled)
    tokens = np.array([5, 0, 39, 5, 17, 8])
    features, rows, _, fixed = bags.take(tokens, FeatureDropout())
    table = np.random.RandomState(1).normal(size=(30, 3))
    np.testing.assert_allclose(features @ table[rows], (bags.features @ table)[bags.types[tokens]])
    assert (np.diff(rows) > 0).all()
    # Hidden or not, a word has the same numbers that are not learnt.
    np.testing.assert_array_equal(fixed, bags.fixed[bags.types[tokens] % 6])
    assert (bags.types[tokens] >= 6).any()


def test_what_is_read_of_tokens_are_their_characters():
    bags = make_bags()
    tokens = np.array([5, 0, 39, 5, 17, 8])
    _, rows, (packing, distinct, characters, words), _ = bags.take(tokens, FeatureDropout())
    ids = rows[distinct[characters]]
    for token, rank in zip(tokens, words.indices, strict=True):
        spelling = ids[packing.ranks == rank].tolist()
        assert spelling == letters_of(bags.letters, bags.types[token])
    assert (words.data == 1).all()
    assert packing.n_sequences == len(set(bags.types[tokens]))  # each once
    assert len(set(distinct)) == len(distinct)


def test_only_the_rows_that_are_needed_are_named():
    bags = make_bags()
    tokens = np.array([3, 4])
    inputs = bags.take(tokens, FeatureDropout())
    types = bags.types[tokens]
    named = {
        *bags.features[types].indices,
        *(i for k in types for i in letters_of(bags.letters, k)),
    }
    assert set(inputs.rows) == named


def test_no_features_at_all_are_dropped_of():
    bags = make_bags()
    assert FeatureDropout().thinned(bags.features) is bags.features
    nothing = sparse.csr_array((3, 5), dtype=np.float32)
    thinned = FeatureDropout(0.5, 1).thinned(nothing)
    assert thinned.shape == (3, 5)
    assert thinned.nnz == 0


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.9])
def test_features_are_dropped_at_the_rate_and_the_others_scaled(rate):
    bags = ones(2000, 30)
    thinned = FeatureDropout(rate, 3).thinned(bags)
    np.testing.assert_allclose(1 - thinned.nnz / bags.nnz, rate, atol=0.01)
    np.testing.assert_allclose(thinned.data, 1 / (1 - rate), rtol=1e-6)
    # So that what is to be expected stays as it is, in every column and every row.
    np.testing.assert_allclose(thinned.mean(), 1, atol=0.05)
    np.testing.assert_allclose(thinned.mean(axis=0), 1, atol=0.5)
    per_token = thinned.count_nonzero(axis=1)
    assert per_token.std() == pytest.approx((30 * rate * (1 - rate)) ** 0.5, rel=0.1)


def test_what_is_kept_stands_where_it_stood():
    bags = make_bags(dtype=np.float64).features
    thinned = FeatureDropout(0.5, 0).thinned(bags).toarray()
    kept = thinned != 0
    np.testing.assert_allclose(thinned[kept], 2 * bags.toarray()[kept])
    assert 0 < kept.sum() < bags.nnz


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_of_features_keeps_their_precision_and_leaves_them_unmodified(dtype):
    bags = make_bags(dtype=dtype).features
    for array in (bags.data, bags.indices, bags.indptr):
        array.flags.writeable = False
    assert FeatureDropout(0.3, 0).thinned(bags).dtype == dtype


def test_the_same_seed_drops_the_same_features_and_another_one_others():
    bags = ones(50, 30)
    one, same, other = (FeatureDropout(0.5, seed).thinned(bags).toarray() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).mean() > 0.4


def test_tokens_of_one_word_lose_different_features():
    bags = make_bags(spelled=False, hidden=False)._replace(
        types=np.zeros(300, np.int32), features=ones(6, 30)
    )
    inputs = bags.take(np.arange(300), FeatureDropout(0.5, 0))
    assert len({tuple(row) for row in inputs.features.toarray().tolist()}) == 300


def test_characters_and_numbers_that_are_not_learnt_are_not_dropped():
    bags = make_bags()
    tokens = np.arange(40)
    plain = bags.take(tokens, FeatureDropout())
    thinned = bags.take(tokens, FeatureDropout(0.9, 0))
    assert thinned.features.nnz < 0.3 * plain.features.nnz
    np.testing.assert_array_equal(thinned.fixed, plain.fixed)
    for one, other in zip(thinned.spelled.packing[:3], plain.spelled.packing[:3], strict=True):
        np.testing.assert_array_equal(one, other)
    spellings = [
        inputs.rows[inputs.spelled.distinct[inputs.spelled.characters]]
        for inputs in (plain, thinned)
    ]
    np.testing.assert_array_equal(*spellings)


def test_a_token_that_loses_all_its_features_reads_zeros():
    bags = make_bags(spelled=False)
    inputs = bags.take(np.arange(40), FeatureDropout(0.999, 0))
    assert inputs.features.shape == (40, len(inputs.rows))
    assert (inputs.features.count_nonzero(axis=1) == 0).any()


def test_a_minibatch_drops_features_of_the_tokens_of_all_shards():
    bags = make_bags()
    sequences = Sequences.of(np.array([10, 10, 20]), bags)
    dropout = FeatureDropout(0.5, 7)
    inputs = [
        Minibatch.of(sequences, np.arange(3), 1, dropout).inputs,
        bags.take(Minibatch.of(sequences, np.arange(3), 1).tokens, dropout),
    ]
    one, other = (read.features.toarray() for read in inputs)
    np.testing.assert_array_equal(one, other)
    plain = Minibatch.of(sequences, np.arange(3), 1).inputs
    assert inputs[0].features.nnz < plain.features.nnz
