"""From sequences to packed minibatches, the same for training and for prediction."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm.nn.packing import Packing, pack, token_indices

# A pool of this many minibatches is sorted by length before it is cut: sequences of a minibatch
# then end at nearly the same step, while minibatches stay as random as the pool is large.
_POOL = 32
# A batch of prediction has about this many tokens: enough to make the products of a step large, few
# enough to stay in the cache. A small corpus is cut finer, into batches for several threads.
_PREDICTION_TOKENS, _FEWEST_PREDICTION_TOKENS, _FEWEST_BATCHES = 8192, 1024, 8


class Spelled(NamedTuple):
    """The distinct words of a minibatch, character by character.

    Attributes
    ----------
    packing : Packing
        Where their characters lie.
    distinct : ndarray of int of shape (n_distinct,)
        Which of the rows of the embedding table that the minibatch names are characters.
    characters : ndarray of int of shape (n_characters,)
        Which of those each packed character is.
    words : CSR array of shape (n_tokens, n_words)
        The word that each token is, by its rank, as a matrix of zeros and ones.
    """

    packing: Packing
    distinct: np.ndarray
    characters: np.ndarray
    words: sparse.csr_array

    @property
    def into_distinct(self):
        """The matrix that sums over the packed characters that are the same."""
        return _one_each(self.characters, len(self.distinct), self.words.dtype).T


class Inputs(NamedTuple):
    """What the network reads of some tokens.

    Attributes
    ----------
    features : CSR array of shape (n_tokens, n_rows), default=None
        The weights of the features of each token.
    rows : ndarray of int of shape (n_rows,), default=None
        The rows of the embedding table that the columns stand for.
    spelled : Spelled, default=None
        Their characters.
    fixed : ndarray of shape (n_tokens, n_fixed), default=None
        Numbers that are not learnt.
    """

    features: sparse.csr_array | None = None
    rows: np.ndarray | None = None
    spelled: Spelled | None = None
    fixed: np.ndarray | None = None


class FeatureDropout(NamedTuple):
    """Drops features of tokens at random; each token loses others.

    Attributes
    ----------
    rate : float in [0, 1), default=0
        The probability that a feature is dropped; what is kept weighs ``1 / (1 - rate)`` times as
        much.
    seed : int, default=0
        The same one drops the same features.
    """

    rate: float = 0.0
    seed: int = 0

    def thinned(self, bags):
        """Return bags, a CSR array, without what is dropped of them."""
        if self.rate == 0:
            return bags
        rng = np.random.default_rng(self.seed)
        kept = rng.random(bags.nnz, np.float32) >= self.rate
        data = bags.data[kept] / bags.dtype.type(1 - self.rate)
        pointers = np.concatenate([[0], np.cumsum(kept)])[bags.indptr]
        return sparse.csr_array((data, bags.indices[kept], pointers), shape=bags.shape)


class Vectors(NamedTuple):
    """Tokens that are numeric vectors.

    Attributes
    ----------
    values : ndarray or CSR array of shape (n_tokens, n_features)
    """

    values: np.ndarray

    def shown(self, rng):
        """Return the tokens as an epoch of training shows them: these."""
        return self

    def take(self, tokens, dropout):
        """Return what the network reads of some tokens: their vectors, as a dense array."""
        return Inputs(fixed=self.inputs(tokens)[0])

    def inputs(self, tokens):
        """Return the vectors of some tokens, one for each, and no rows of them."""
        values = self.values[tokens]
        return (values.toarray() if sparse.issparse(values) else values), None


class Distinct(NamedTuple):
    """Tokens that are vectors, each stored once for all tokens of its type.

    Attributes
    ----------
    values : ndarray of shape (n_types, n_features)
    types : ndarray of int of shape (n_tokens,)
    """

    values: np.ndarray
    types: np.ndarray

    def inputs(self, tokens):
        """Return the vectors of some tokens, each once, and which of them each token has.

        Returns
        -------
        X : ndarray of shape (n_distinct, n_features)
        rows_of_X : ndarray of int of shape (n_tokens,)
        """
        types, rows_of_X = np.unique(self.types[tokens], return_inverse=True)
        return np.take(self.values, types, axis=0), rows_of_X


class Letters(NamedTuple):
    """The characters of each type, one type after another.

    Attributes
    ----------
    ids : ndarray of int of shape (n_characters,)
        The row of the embedding table of each character.
    starts, lengths : ndarray of int of shape (n_types,)
        Where the characters of each type begin, and how many there are: at least one.
    """

    ids: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, ids, lengths):
        """Return the characters of types of these lengths."""
        return cls(ids, np.cumsum(lengths) - lengths, lengths)

    def packed(self, types):
        """Lay out the characters of some types.

        Returns
        -------
        packing : Packing
        ids : ndarray of int of shape (n_characters,)
            The row of the embedding table of each packed character.
        ranks : ndarray of int of shape (n_types,)
            The rank of each of the types.
        """
        lengths = self.lengths[types]
        packing = pack(lengths)
        characters = token_indices(self.starts[types], lengths)[packing.tokens]
        ranks = np.argsort(np.argsort(-lengths, kind="stable"))
        return packing, self.ids[characters], ranks


class Bags(NamedTuple):
    """Tokens that are bags of features, each known by its type.

    In training each type counts twice: as it is, and as if it had never been seen.

    Attributes
    ----------
    types : ndarray of int of shape (n_tokens,)
        The type of each token.
    features : CSR array of shape (n_types, n_features) or (2 * n_types, n_features)
        The weights of the features of each type; in training then, for each type again, of the
        features that it would be known by if it had never been seen.
    hiding : ndarray of shape (n_types,)
        The probability that a token of this type is shown, in training, as never seen.
    letters : Letters, default=None
        The characters of as many types as have features.
    fixed : ndarray of shape (n_types, n_fixed), default=None
        Numbers that are not learnt.
    """

    types: np.ndarray
    features: sparse.csr_array
    hiding: np.ndarray
    letters: Letters | None = None
    fixed: np.ndarray | None = None

    def shown(self, rng):
        """Return the tokens as an epoch of training shows them: some as if never seen before."""
        if not self.hiding.any():
            return self
        hidden = rng.random_sample(len(self.types)) < self.hiding[self.types]
        types = self.types + hidden * self.types.dtype.type(len(self.hiding))
        return self._replace(types=types)

    def take(self, tokens, dropout):
        """Return what the network reads of some tokens, by those features that are not dropped."""
        types = self.types[tokens]
        fixed = None if self.fixed is None else self.fixed[types % len(self.hiding)]
        bags = dropout.thinned(self.features[types])
        if self.letters is None:
            rows, columns = np.unique(bags.indices, return_inverse=True)
            return Inputs(_in_columns(bags, columns, len(rows)), rows, fixed=fixed)
        distinct, words = np.unique(types, return_inverse=True)
        packing, ids, ranks = self.letters.packed(distinct)
        letters, characters = np.unique(ids, return_inverse=True)
        rows, columns = np.unique(np.concatenate([bags.indices, letters]), return_inverse=True)
        columns, columns_of_letters = np.split(columns, [bags.nnz])
        words = _one_each(ranks[words], len(distinct), bags.dtype)
        spelled = Spelled(packing, columns_of_letters, characters, words)
        return Inputs(_in_columns(bags, columns, len(rows)), rows, spelled, fixed)


def _in_columns(bags, columns, n_columns):
    """Return a matrix whose entries stand in other columns."""
    shape = (bags.shape[0], n_columns)
    return sparse.csr_array((bags.data, columns, bags.indptr), shape=shape)


def _one_each(columns, n_columns, dtype):
    """Return a matrix with a single one in each row, in these columns."""
    n_rows = len(columns)
    ones, pointers = np.ones(n_rows, dtype), np.arange(n_rows + 1)
    return sparse.csr_array((ones, columns, pointers), shape=(n_rows, n_columns))


class Sequences(NamedTuple):
    """Sequences as the network reads them, their tokens one after another.

    Attributes
    ----------
    lengths, starts : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence, and the place of its first one.
    tokens : Vectors, Distinct or Bags
    """

    lengths: np.ndarray
    starts: np.ndarray
    tokens: Vectors | Distinct | Bags

    @classmethod
    def of(cls, lengths, tokens):
        """Return sequences of these lengths."""
        return cls(lengths, np.cumsum(lengths) - lengths, tokens)


class Targets(NamedTuple):
    """What training compares with, token by token: a class index and a weight."""

    classes: np.ndarray
    weights: np.ndarray


class Corpus(NamedTuple):
    """Sequences and what to compare with, for training or for scoring."""

    sequences: Sequences
    targets: Targets


class Batch(NamedTuple):
    """A packed batch: where its tokens lie.

    Attributes
    ----------
    packing : Packing
    tokens : ndarray of int of shape (n_tokens,)
        The place of each packed row among the tokens of all sequences.
    """

    packing: Packing
    tokens: np.ndarray

    @classmethod
    def of(cls, sequences, members):
        """Lay out some of the sequences, by index."""
        lengths = sequences.lengths[members]
        packing = pack(lengths)
        tokens = token_indices(sequences.starts[members], lengths)
        return cls(packing, tokens[packing.tokens])


_NO_DROPOUT = FeatureDropout()


class Minibatch(NamedTuple):
    """A minibatch for training, in shards that threads may work on, whatever their number.

    Attributes
    ----------
    shards : list of Batch
    tokens : ndarray of int of shape (n_tokens,)
        The tokens of all shards.
    inputs : Inputs
        What the network reads of them.
    """

    shards: list
    tokens: np.ndarray
    inputs: Inputs

    @classmethod
    def of(cls, sequences, members, shard_size, dropout=_NO_DROPOUT):
        """Lay out some of the sequences, by index, in shards of so many."""
        shards = [Batch.of(sequences, part) for part in _cut(members, shard_size)]
        tokens = np.concatenate([shard.tokens for shard in shards])
        return cls(shards, tokens, sequences.tokens.take(tokens, dropout))


def training_batches(lengths, batch_size, rng=None):
    """Divide the sequences of an epoch into minibatches of like lengths, in random order.

    Parameters
    ----------
    lengths : ndarray of int of shape (n_sequences,)
    batch_size : int
    rng : numpy.random.RandomState, default=None
        Without one the sequences are taken as they come.

    Returns
    -------
    members : list of ndarray of int
        The sequences of each minibatch; empty sequences are in none.
    """
    members = np.flatnonzero(lengths)
    if rng is None:
        return _cut(members, batch_size)
    rng.shuffle(members)
    batches = []
    for pool in _cut(members, batch_size * _POOL):
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(_cut(pool, batch_size))
    return [batches[k] for k in rng.permutation(len(batches))]


def prediction_batches(lengths):
    """Divide sequences into batches of like lengths and a bounded number of tokens.

    Parameters
    ----------
    lengths : ndarray of int of shape (n_sequences,)

    Returns
    -------
    members : list of ndarray of int
        The sequences of each batch; empty sequences are in none.
    """
    members = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    starts = np.cumsum(lengths[members]) - lengths[members]
    n_tokens = np.clip(
        lengths.sum() // _FEWEST_BATCHES, _FEWEST_PREDICTION_TOKENS, _PREDICTION_TOKENS
    )
    batches = np.split(members, np.flatnonzero(np.diff(starts // n_tokens)) + 1)
    return [batch for batch in batches if len(batch)]


def _cut(members, size):
    return [members[start : start + size] for start in range(0, len(members), size)]
