"""Batches of sequences of similar lengths, for training and for prediction."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sklstm._features import EncodedTokens, VectorTokens
from sklstm.nn.encoder import TokenBatch
from sklstm.nn.packing import Packing, pack, token_indices

# A pool of this many minibatches is sorted by length before it is cut: the sequences of a minibatch
# end at nearly the same step, and the minibatches of an epoch remain random.
_POOL = 32
# The number of tokens of a batch in prediction: enough for large products in each step, few enough
# for the cache. A small corpus is cut into smaller batches, for several threads.
_PREDICTION_TOKENS, _MIN_PREDICTION_TOKENS, _MIN_BATCHES = 4096, 1024, 8


class Minibatch(NamedTuple):
    """A minibatch for training.

    Attributes
    ----------
    packings : list of Packing
        The layout of each shard of the minibatch; shards are processed in parallel.
    inputs : TokenBatch
        The tokens of all shards, in the order of their packed rows.
    """

    packings: list[Packing]
    inputs: TokenBatch


@dataclass(frozen=True)
class Corpus:
    """Encoded sequences with their targets.

    Attributes
    ----------
    lengths : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence.
    tokens : EncodedTokens or VectorTokens
        The tokens of all sequences, one after another.
    targets : ndarray of int of shape (n_tokens,)
        The class of each token.
    weights : ndarray of shape (n_tokens,)
        The weight of each token in the loss.
    mean_weight : float
        The mean weight of a token of the whole training set, if the corpus is a part of it.
    starts : ndarray of int of shape (n_sequences,)
        The index of the first token of each sequence.
    """

    lengths: np.ndarray
    tokens: EncodedTokens | VectorTokens
    targets: np.ndarray
    weights: np.ndarray
    mean_weight: float

    @cached_property
    def starts(self):
        return np.cumsum(self.lengths) - self.lengths

    def minibatch(self, members, shard_size, feature_dropout=0.0, rng=None):
        """Return some of the sequences, given by index, in shards of `shard_size` sequences."""
        shards = _split(members, shard_size)
        packings = [pack(self.lengths[shard], self.starts[shard]) for shard in shards]
        tokens = np.concatenate([packing.tokens for packing in packings])
        return Minibatch(packings, self.tokens.batch(tokens, feature_dropout, rng))

    def select(self, members):
        """Return some of the sequences, given by index, as a part of this corpus.

        Parameters
        ----------
        members : ndarray of int

        Returns
        -------
        corpus : Corpus
            Its feature ids are indices into `rows`.
        rows : ndarray of int of shape (n_rows,) or None
            The old id of each feature; None for vectors.
        """
        indices = token_indices(self.starts[members], self.lengths[members])
        tokens, rows = self.tokens.select(indices)
        targets, weights = self.targets[indices], self.weights[indices]
        return Corpus(self.lengths[members], tokens, targets, weights, self.mean_weight), rows


def training_batches(lengths, batch_size, rng=None):
    """Divide the sequences of an epoch into minibatches of similar lengths, in random order.

    Parameters
    ----------
    lengths : ndarray of int of shape (n_sequences,)
    batch_size : int
    rng : numpy.random.RandomState, default=None
        By default, sequences are not shuffled.

    Returns
    -------
    batches : list of ndarray of int
        The indices of the sequences of each minibatch, without empty sequences.
    """
    members = np.flatnonzero(lengths)
    if rng is None:
        return _split(members, batch_size)
    rng.shuffle(members)
    batches = []
    for pool in _split(members, batch_size * _POOL):
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(_split(pool, batch_size))
    return [batches[k] for k in rng.permutation(len(batches))]


def prediction_batches(lengths):
    """Divide sequences into batches of similar lengths and a bounded number of tokens.

    Parameters
    ----------
    lengths : ndarray of int of shape (n_sequences,)

    Returns
    -------
    batches : list of ndarray of int
        The indices of the sequences of each batch, without empty sequences.
    """
    members = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    if 0 < lengths.sum() <= _MIN_PREDICTION_TOKENS:
        return [members]
    starts = np.cumsum(lengths[members]) - lengths[members]
    n_tokens = np.clip(lengths.sum() // _MIN_BATCHES, _MIN_PREDICTION_TOKENS, _PREDICTION_TOKENS)
    batches = np.split(members, np.flatnonzero(np.diff(starts // n_tokens)) + 1)
    return [batch for batch in batches if len(batch)]


def _split(members, size):
    return [members[start : start + size] for start in range(0, len(members), size)]
