"""What stands beside the tokens, such as tags and weights: as many as there are of them."""

from collections.abc import Sized
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._sequences import Tokens, are_lists, is_sequence, show
from sklstm._validation.messages import FORMS

_CHANNEL_HINT = (
    " Lists of numbers are rows of features. Where each number is a token, make X a list of arrays "
    "of shape (n_tokens, 1), for instance by reshape(-1, 1), or of lists of str where numbers are "
    "codes."
)
_RECORDING_HINT = " Where X is one recording, a sequence of many tokens, pass [X] and [y]."


def flatten_beside(items: list, tokens: Tokens, name: str, thing: str) -> list:
    """Return what goes with each token, such as its tag, from one list for each sequence.

    Parameters
    ----------
    items : list
        The list of each sequence.
    tokens : Tokens
        What it all goes with.
    name : {"y", "sample_weight"}
    thing : {"tag", "weight"}
        What messages call it all, and one of it.

    Returns
    -------
    values : list of length n_tokens
    """
    if not are_lists(items):
        wrong = next((i for i, item in enumerate(items) if not _is_flat(item)), None)
        if wrong is not None:
            raise ValueError(
                f"{name}[{wrong}] is {show(items[wrong])}, not a list of {thing}s: pass one list "
                "for each sequence, with one entry for each of its tokens."
            )
    lengths = np.fromiter(map(len, items), np.intp, len(items))
    check_lengths(lengths, tokens, name, thing)
    lists = (item.tolist() if isinstance(item, np.ndarray) else item for item in items)
    return list(chain.from_iterable(lists))


def _is_flat(item: Any) -> bool:
    return is_sequence(item) and getattr(item, "ndim", 1) == 1


def check_lengths(lengths: NDArray, tokens: Tokens, name: str, thing: str) -> None:
    """Refuse what has not one entry for each token; `lengths` counts them by sequence."""
    check_count(lengths, tokens, name)
    wrong = np.flatnonzero(lengths != tokens.lengths)
    if len(wrong):
        i, hint = wrong[0], ""
        if tokens.kind == "words" and _would_fit(tokens, i, lengths[i]):
            hint = " Split the text of X into words, for instance by text.split()."
        elif tokens.form == "rows":
            one_channel = lengths[i] == tokens.values.shape[1]
            hint = _CHANNEL_HINT if one_channel else _RECORDING_HINT
        raise ValueError(
            f"X[{i}] has {tokens.lengths[i]} tokens, but {name}[{i}] has {lengths[i]} {thing}s: "
            f"pass one {thing} for each token.{hint}"
        )


def _would_fit(tokens: Tokens, i: int, length: int) -> bool:
    """Return whether a sequence would be of this length with all its words split at spaces."""
    start = tokens.lengths[:i].sum()
    words = tokens.values[start : start + tokens.lengths[i]]
    return len(" ".join(words).split()) == length


def check_count(items: Sized, tokens: Tokens, name: str) -> None:
    """Refuse what has not one entry for each sequence."""
    n_sequences = len(tokens.lengths)
    if len(items) == n_sequences:
        return
    if tokens.form == "rows":
        raise ValueError(
            f"X has {n_sequences} rows, but {name} has {len(items)} entries: pass one for each "
            f"row, which is a sequence of one token.{_RECORDING_HINT}"
        )
    raise ValueError(f"X has {n_sequences} sequences, but {name} has {len(items)}. {FORMS[name]}")
