"""Ragged batches in a time-major layout, without padding.

The sequences of a batch are ranked, longest first. Step ``t`` owns the rows
``offsets[t]:offsets[t + 1]`` of the packed layout: one row for each sequence with more than ``t``
tokens, in the order of the ranks. A sequence keeps its place within every step, and steps only
shrink: the states that one step passes to the next are a leading slice.

For sequences of lengths 3, 1 and 2 (the letters name the sequences)::

    step         0        1      2
    rows     a0 c0 b0   a1 c1   a2
    offsets  0          3       5   6

The backward direction has the same layout, because it starts at the last token of every sequence:
:attr:`Packing.reversal` is the permutation from one direction to the other.

Arrays of states (hidden states, cell states) have ``n_sequences`` rows more than arrays of tokens.
They come first and hold the initial states, one for each rank, so that every token has a state
before it.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Packing(NamedTuple):
    """The layout of a ragged batch.

    Attributes
    ----------
    offsets : ndarray of shape (n_steps + 1,)
        Step ``t`` owns the rows ``offsets[t]:offsets[t + 1]``.
    tokens : ndarray of shape (n_tokens,)
        The index of the token in each row: ``packed = values[tokens]`` and
        ``values[tokens] = packed``.
    ranks : ndarray of shape (n_tokens,)
        The rank, longest first, of the sequence that each row belongs to.
    n_sequences : int
        The number of sequences, including empty ones.
    steps : list of (rows, before, after)
        Three slices for each step: the rows of its tokens, and, in arrays of states, the rows of
        the states before and after these tokens.
    reversal : ndarray of shape (n_tokens,)
        The row that takes the place of each row when every sequence is reversed.
    """

    offsets: np.ndarray
    tokens: np.ndarray
    ranks: np.ndarray
    n_sequences: int
    steps: list
    reversal: np.ndarray

    @property
    def before(self):
        """The row, in arrays of states, of the state before each token."""
        n_running = np.diff(self.offsets)
        first = np.concatenate(([0], self.n_sequences + self.offsets[:-2]))[: len(n_running)]
        return np.repeat(first, n_running) + self.ranks

    @property
    def last(self):
        """The row, in arrays of states, of the last state of each sequence, by rank."""
        lengths = np.bincount(self.ranks, minlength=self.n_sequences)
        ranks = np.arange(self.n_sequences)
        return np.where(lengths > 0, self.n_sequences + self.offsets[lengths - 1], 0) + ranks


def pack(lengths, starts=None):
    """Lay out a batch of sequences.

    Parameters
    ----------
    lengths : array-like of int of shape (n_sequences,)
        The number of tokens of each sequence; 0 is allowed.
    starts : ndarray of int of shape (n_sequences,), default=None
        The index of the first token of each sequence. By default, the sequences are concatenated.

    Returns
    -------
    packing : Packing
    """
    lengths = np.asarray(lengths, dtype=np.intp)
    starts = np.cumsum(lengths) - lengths if starts is None else starts
    order = np.argsort(-lengths, kind="stable")
    n_sequences = len(lengths)
    # The sequences that run at step t are those longer than t: a prefix of the ranks.
    n_steps = int(lengths.max(initial=0))
    n_running = n_sequences - np.cumsum(np.bincount(lengths))[:n_steps]
    offsets = np.concatenate(([0], np.cumsum(n_running)))
    step = np.repeat(np.arange(n_steps), n_running)
    ranks = np.arange(offsets[-1]) - offsets[step]
    reversal = offsets[lengths[order][ranks] - 1 - step] + ranks
    steps, before = [], 0
    for start, stop in pairwise(offsets.tolist()):
        after = slice(n_sequences + start, n_sequences + stop)
        steps.append((slice(start, stop), slice(before, before + stop - start), after))
        before = after.start
    return Packing(offsets, starts[order][ranks] + step, ranks, n_sequences, steps, reversal)


def token_indices(starts, lengths):
    """Return the indices of the tokens of some sequences among the tokens of all sequences.

    Parameters
    ----------
    starts : ndarray of int of shape (n_sequences,)
        The index of the first token of each sequence.
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
