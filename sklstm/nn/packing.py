"""Ragged batches laid out time-major, without padding.

The sequences of a batch are ranked, longest first. Step ``t`` owns the rows
``offsets[t]:offsets[t + 1]`` of the packed layout, one row for each sequence that still runs, in
the order of the ranks. A sequence therefore keeps its place within every step it takes part in,
and what one step hands to the next is a leading slice: nothing is padded, masked or reversed.

For sequences of lengths 3, 1 and 2 (the letters name the sequences)::

    step         0        1      2
    rows     a0 c0 b0   a1 c1   a2
    offsets  0          3       5   6
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Packing(NamedTuple):
    """Where the tokens of a ragged batch lie.

    Attributes
    ----------
    offsets : ndarray of shape (n_steps + 1,)
        Step ``t`` owns the rows ``offsets[t]:offsets[t + 1]``.
    tokens : ndarray of shape (n_tokens,)
        The token, counted through the concatenated sequences, that each row holds:
        ``packed = concatenated[tokens]`` and ``concatenated[tokens] = packed``.
    ranks : ndarray of shape (n_tokens,)
        The rank, longest first, of the sequence that each row belongs to.
    n_sequences : int
        The number of sequences, empty ones included.
    """

    offsets: np.ndarray
    tokens: np.ndarray
    ranks: np.ndarray
    n_sequences: int

    def steps(self, reverse=False):
        """Return each step's rows, and the rows of the step before it that go on in them.

        Parameters
        ----------
        reverse : bool, default=False
            Whether to go from the last step to the first.

        Returns
        -------
        steps : list of (rows, previous)
            Two slices for each step. The first ``previous.stop - previous.start`` of ``rows``
            take over the state of ``previous``; the sequences of the others begin here.
        """
        bounds = self.offsets.tolist()
        steps = [slice(*pair) for pair in pairwise(bounds)]
        if reverse:
            steps.reverse()
        shared = [
            min(rows.stop - rows.start, before.stop - before.start)
            for before, rows in pairwise(steps)
        ]
        previous = [
            slice(before.start, before.start + n) for before, n in zip(steps, shared, strict=False)
        ]
        return list(zip(steps, [slice(0, 0), *previous], strict=False))

    def previous(self, reverse=False):
        """Return the row before each row in its sequence, ``n_tokens`` where there is none.

        Parameters
        ----------
        reverse : bool, default=False
            Whether sequences are read from their ends.

        Returns
        -------
        previous : ndarray of shape (n_tokens,)
        """
        n_tokens, n_running = len(self.tokens), np.diff(self.offsets)
        n_first = int(n_running[0]) if n_tokens else 0
        later = np.arange(n_first, n_tokens)
        before_later = later - np.repeat(n_running[:-1], n_running[1:])
        previous = np.full(n_tokens, n_tokens)
        if reverse:
            previous[before_later] = later
        else:
            previous[n_first:] = before_later
        return previous

    def ends(self, reverse=False):
        """Return the row of the last token read of each sequence, by rank; none may be empty.

        Parameters
        ----------
        reverse : bool, default=False
            Whether sequences are read from their ends.

        Returns
        -------
        ends : ndarray of shape (n_sequences,)
        """
        ranks = np.arange(self.n_sequences)
        return ranks if reverse else self.offsets[np.bincount(self.ranks) - 1] + ranks


def pack(lengths):
    """Lay out a batch of sequences.

    Parameters
    ----------
    lengths : array-like of int of shape (n_sequences,)
        The number of tokens of each sequence; 0 is allowed.

    Returns
    -------
    packing : Packing
    """
    lengths = np.asarray(lengths, dtype=np.intp)
    order = np.argsort(-lengths, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    # The sequences that run at step t are those longer than t: a prefix of the ranks.
    n_steps = int(lengths.max(initial=0))
    n_running = len(lengths) - np.cumsum(np.bincount(lengths, minlength=n_steps + 1))[:n_steps]
    offsets = np.concatenate(([0], np.cumsum(n_running)))
    steps = np.repeat(np.arange(n_steps), n_running)
    ranks = np.arange(offsets[-1]) - offsets[steps]
    return Packing(offsets, starts[ranks] + steps, ranks, len(lengths))


def token_indices(starts, lengths):
    """Return the indices of the tokens of some sequences among the tokens of all.

    Parameters
    ----------
    starts : ndarray of int of shape (n_sequences,)
        The index of each sequence's first token.
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
