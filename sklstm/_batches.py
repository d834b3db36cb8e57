"""From sequences to packed minibatches, the same for training and for prediction."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm.nn.packing import Packing, pack

# A pool of this many minibatches is sorted by length before it is cut: sequences of a minibatch
# then end at nearly the same step, while minibatches stay as random as the pool is large.
_POOL = 32
# A batch of prediction has about this many tokens: enough to make the products of a step large, few
# enough to stay in the cache. A small corpus is cut finer, into batches for several threads.
_PREDICTION_TOKENS, _FEWEST_PREDICTION_TOKENS, _FEWEST_BATCHES = 8192, 1024, 8


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

    def take(self, tokens):
        """Return the vectors of some tokens as a dense array, and no rows of a table."""
        values = self.values[tokens]
        return (values.toarray() if sparse.issparse(values) else values), None

    def looked_up(self, table):
        """Return tokens that need no table: these."""
        return self

    def inputs(self, tokens):
        """Return the vectors of some tokens, one for each."""
        return self.take(tokens)


class Distinct(NamedTuple):
    """Tokens that are vectors, each stored once for all tokens of its type.

    Attributes
    ----------
    values : ndarray of shape (n_types, n_features)
    types : ndarray of int of shape (n_tokens,)
    """

    values: np.ndarray
    types: np.ndarray

    def looked_up(self, table):
        """Return tokens that need no table: these."""
        return self

    def inputs(self, tokens):
        """Return the vectors of some tokens, each once, and which of them each token has.

        Returns
        -------
        X : ndarray of shape (n_distinct, n_features)
        rows_of_X : ndarray of int of shape (n_tokens,)
        """
        types, rows_of_X = np.unique(self.types[tokens], return_inverse=True)
        return np.take(self.values, types, axis=0), rows_of_X


class Bags(NamedTuple):
    """Tokens that are bags of features, each known by its type.

    Attributes
    ----------
    types : ndarray of int of shape (n_tokens,)
        The type of each token.
    features : CSR array of shape (2 * n_types, n_features)
        The weights of the features of each type; in training then, for each type again, of the
        features that it would be known by if it had never been seen.
    hiding : ndarray of shape (n_types,)
        The probability that a token of this type is shown, in training, as never seen.
    """

    types: np.ndarray
    features: sparse.csr_array
    hiding: np.ndarray

    def shown(self, rng):
        """Return the tokens as an epoch of training shows them: some as if never seen before."""
        if not self.hiding.any():
            return self
        hidden = rng.random_sample(len(self.types)) < self.hiding[self.types]
        types = self.types + hidden * self.types.dtype.type(len(self.hiding))
        return self._replace(types=types)

    def take(self, tokens):
        """Return the features of some tokens.

        Returns
        -------
        S : CSR array of shape (n_tokens, n_rows)
        rows : ndarray of int of shape (n_rows,)
            The feature that each column of ``S`` stands for.
        """
        bags = self.features[self.types[tokens]]
        rows, columns = np.unique(bags.indices, return_inverse=True)
        shape = (len(tokens), len(rows))
        return sparse.csr_array((bags.data, columns, bags.indptr), shape=shape), rows

    def looked_up(self, table):
        """Return the sums of the embeddings of each type's features."""
        return Distinct(self.features @ table, self.types)


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


def token_indices(starts, lengths):
    """Return the places of the tokens of some sequences among the tokens of all.

    Parameters
    ----------
    starts : ndarray of int of shape (n_sequences,)
        The place of each sequence's first token.
    lengths : ndarray of int of shape (n_sequences,)

    Returns
    -------
    indices : ndarray of int of shape (sum of lengths,)

    Examples
    --------
    >>> import numpy as np
    >>> token_indices(np.array([2, 0]), np.array([3, 2]))
    array([2, 3, 4, 0, 1])
    """
    shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return shift + np.arange(len(shift))


class Minibatch(NamedTuple):
    """A minibatch for training, in shards that threads may work on, whatever their number.

    Attributes
    ----------
    shards : list of Batch
    tokens : ndarray of int of shape (n_tokens,)
        The tokens of all shards.
    inputs : matrix of shape (n_tokens, n_inputs)
        Vectors, or the weights of features.
    rows : ndarray of int of shape (n_inputs,) or None
        The rows of the embedding table that the columns of ``inputs`` stand for; None for vectors.
    """

    shards: list
    tokens: np.ndarray
    inputs: np.ndarray
    rows: np.ndarray | None

    @classmethod
    def of(cls, sequences, members, shard_size):
        """Lay out some of the sequences, by index, in shards of so many."""
        shards = [Batch.of(sequences, part) for part in _cut(members, shard_size)]
        tokens = np.concatenate([shard.tokens for shard in shards])
        return cls(shards, tokens, *sequences.tokens.take(tokens))


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
