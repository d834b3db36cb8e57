"""The tokens of sequences, one after another, and back.

What an estimator of scikit-learn is to see are the tokens of all sequences as one list, array,
sparse matrix or data frame. What it returns has a row for each of them, and is cut into sequences
again.
"""

from collections.abc import Mapping
from itertools import chain
from numbers import Number
from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm._sequences import all_are, as_items, is_array, is_frame, is_matrix, is_sequence, show
from sklstm.preprocessing._matrices import stack

_NUMBERS = (Number, np.bool_)
_FORMS = (
    "Pass a list of sequences: each a list of str, a list of dict, or an array, sparse matrix or "
    "data frame of shape (n_tokens, n_features)."
)


class Tokens(NamedTuple):
    """The tokens of all sequences.

    Attributes
    ----------
    form : {"ragged", "block", "rows"}
        What the container is: separate sequences, a 3-D array, or rows that are one token each.
    lengths : ndarray of int of shape (n_sequences,) or None
        The number of tokens of each sequence; None for rows, which are for the transformer to
        judge.
    values : object
        The tokens, one sequence after another, as an estimator of scikit-learn takes them.
    """

    form: str
    lengths: np.ndarray | None
    values: object

    def any(self):
        """Return whether there is a token; rows may always have one."""
        return self.lengths is None or bool(self.lengths.any())

    def cut(self, answer):
        """Return what stands for the tokens, a row for each, in the form of the sequences."""
        if self.form == "rows":
            return answer
        if self.form == "block" and isinstance(answer, np.ndarray):
            n_steps = self.lengths[0] if len(self.lengths) else 0
            return answer.reshape(len(self.lengths), n_steps, *answer.shape[1:])
        if sparse.issparse(answer):
            answer = answer.tocsr()
        rows = getattr(answer, "iloc", answer)
        stops = np.cumsum(self.lengths).tolist()
        return [rows[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]

    def flatten(self, beside, name, thing):
        """Return what goes with each token, such as its tag, as one array; for rows as it is.

        Parameters
        ----------
        beside : array-like
            One list for each sequence, with one entry for each of its tokens.
        name, thing : str
            What messages call it, and an entry of it.
        """
        if self.form == "rows":
            return beside
        items = as_items(beside, name, f"Pass one list of {thing}s for each sequence.")
        if len(items) != len(self.lengths):
            raise ValueError(
                f"X has {len(self.lengths)} sequences, but {name} has {len(items)} entries: pass "
                f"one list of {thing}s for each sequence."
            )
        for i, item in enumerate(items):
            self._check_beside(i, item, name, thing)
        lists = (item.tolist() if isinstance(item, np.ndarray) else item for item in items)
        return np.asarray(list(chain.from_iterable(lists)))

    def _check_beside(self, i, item, name, thing):
        """Judge what goes with the tokens of sequence number `i`."""
        if not is_sequence(item):
            raise ValueError(
                f"{name}[{i}] is {show(item)}, not a list of {thing}s: pass one list for each "
                "sequence, with one entry for each of its tokens."
            )
        if len(item) != self.lengths[i]:
            raise ValueError(
                f"X[{i}] has {self.lengths[i]} tokens, but {name}[{i}] has {len(item)} {thing}s: "
                f"pass one {thing} for each token."
            )

    def spread(self, metadata, name):
        """Return metadata with an entry for each token, where it has any for the sequences.

        An entry for each sequence is repeated for its tokens; a list for each sequence is laid out.
        Anything else, such as a number or a dict, says nothing of sequences and stays as it is.
        """
        if self.form == "rows" or is_frame(metadata) or not is_sequence(metadata):
            return metadata
        items = as_items(metadata, name, "Pass one value for each sequence.")
        if len(items) == len(self.lengths):
            if any(map(is_sequence, items)):
                return self.flatten(items, name, "value")
            return np.repeat(np.asarray(items), self.lengths)
        if name == "sample_weight":
            raise ValueError(
                f"X has {len(self.lengths)} sequences, but sample_weight has {len(items)} entries: "
                "pass one weight for each sequence, or one for each token in the form of y."
            )
        return metadata


def gather(X):
    """Return the tokens of sequences, of any of the forms that the tagger takes.

    Parameters
    ----------
    X : object
        Whatever was passed.

    Returns
    -------
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        Which sequence and token are wrong, and what to do.
    """
    if sparse.issparse(X) or is_frame(X):
        return Tokens("rows", None, X)
    if is_array(X):
        X = np.asarray(X)
    if not isinstance(X, np.ndarray) or X.ndim == 1 or _is_table_of_tokens(X):
        return _gather_items(as_items(X, "X", _FORMS))
    if X.ndim > 3:
        raise ValueError(
            f"X is an array of {X.ndim} dimensions, expected 3, (n_sequences, n_timesteps, "
            "n_features), or 2, (n_samples, n_features). Reshape your data: each token is one "
            "vector."
        )
    if X.ndim < 3:
        return Tokens("rows", None, X)
    n_sequences, n_steps, n_features = X.shape
    values = X.reshape(n_sequences * n_steps, n_features)
    return Tokens("block", np.full(n_sequences, n_steps), values)


def _length(item):
    return item.shape[0] if is_matrix(item) else len(item)


def _is_table_of_tokens(X):
    """Return whether the entries of an array are tokens by themselves, and its rows sequences."""
    if X.ndim != 2 or X.dtype.kind not in "OUT":
        return False
    return X.dtype.kind != "O" or (X.size > 0 and all_are(X.ravel().tolist(), (str, Mapping)))


def _gather_items(items):
    if items and all_are(items, _NUMBERS):  # scikit-learn says "Reshape your data"
        return Tokens("rows", None, items)
    _refuse_items(items)
    first = next((i for i, item in enumerate(items) if _length(item)), None)
    if first is None:
        return Tokens("ragged", np.zeros(len(items), np.intp), [])
    token = None if is_matrix(items[first]) else next(iter(items[first]))
    if isinstance(token, _NUMBERS):
        return _as_rows(items, first)
    if isinstance(token, (str, Mapping)):
        return _chain(items, str if isinstance(token, str) else Mapping)
    return Tokens("ragged", *stack(items))


def _refuse_items(items):
    """Refuse what is no sequence of tokens."""
    for i, item in enumerate(items):
        if isinstance(item, (str, bytes, Mapping)):
            raise ValueError(
                f"X[{i}] is a {type(item).__name__}, {show(item)}: X looks like one sequence, not "
                f"a list of sequences. Pass [X] if so; split X[{i}] into words if it is a text."
            )
        if not (is_matrix(item) or is_sequence(item)):
            raise TypeError(f"X[{i}] is {show(item)}, not a sequence of tokens. {_FORMS}")


def _as_rows(items, first):
    """Return lists of numbers, which are the rows of one table."""
    lengths = list(map(_length, items))
    odd = next((i for i, each in enumerate(lengths) if each != lengths[first]), None)
    if odd is not None:
        raise ValueError(
            f"X[{odd}] has {lengths[odd]} numbers, but X[{first}] has {lengths[first]}. Lists of "
            "numbers are the rows of one array of shape (n_samples, n_features), each a sequence "
            "of one token. For sequences of numbers make each token a vector: "
            "X = [np.reshape(x, (-1, 1)) for x in X]."
        )
    return Tokens("rows", None, items)


def _chain(items, kind):
    """Return tokens that are str or dicts as a list."""
    lists = [_as_list(item, i) for i, item in enumerate(items)]
    values = list(chain.from_iterable(lists))
    if not all_are(values, (kind,)):
        _refuse_mixture(lists, kind)
    return Tokens("ragged", np.fromiter(map(_length, items), np.intp, len(items)), values)


def _as_list(item, i):
    """Return a sequence of str or dicts as a list or something like it."""
    if not is_matrix(item):
        return item.tolist() if isinstance(item, np.ndarray) else item
    if item.shape[0]:
        raise ValueError(
            f"X[{i}] is of type {type(item).__name__}, a sequence of vectors, but others are "
            "lists. All tokens must be of one kind: str, dict or vector."
        )
    return []


def _refuse_mixture(lists, kind):
    """Say which token is not of the kind of the first."""
    name = "str" if kind is str else "dict"
    for i, item in enumerate(lists):
        for t, token in enumerate(item):
            if not isinstance(token, kind):
                raise ValueError(
                    f"X[{i}][{t}] is {show(token)} of type {type(token).__name__}, but the first "
                    f"token is a {name}. All tokens must be of one kind: str, dict or vector."
                )
