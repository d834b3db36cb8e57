"""Tokens: what is one, what is none, and the one form in which all of them leave this package."""

import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklstm.nn.packing import token_indices
from sklstm._containers import show
from sklstm._validation.messages import FORMS, missing_hint

TOKEN_TYPES: dict[str, tuple[type, ...]] = {
    "words": (str,),
    "dicts": (Mapping,),
    "numbers": (numbers.Number, np.bool_),  # complex ones too, which scikit-learn refuses
}


class Tokens(NamedTuple):
    """The tokens of all sequences, judged.

    Attributes
    ----------
    kind : {"words", "dicts", "vectors", "nothing"}
        What a token is; "nothing" where there is none and nothing tells.
    form : {"ragged", "block", "rows"}
        What the container is: separate sequences, a 3-D array, or one-token sequences in 2-D.
    lengths : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence.
    values : list, ndarray or CSR array
        The tokens, one sequence after another.
    origins : ndarray of int of shape (n_sequences,), default=None
        The place of each sequence in what the user passed; None where none was left out.
    """

    kind: str
    form: str
    lengths: NDArray
    values: Any
    origins: NDArray | None = None

    def indices(self, members: NDArray) -> NDArray:
        """Return the places of the tokens of some of the sequences."""
        starts = np.cumsum(self.lengths) - self.lengths
        return token_indices(starts[members], self.lengths[members])

    def select(self, members: NDArray) -> "Tokens":
        """Return some of the sequences, by index, as tokens of their own."""
        values = pick(self.values, self.indices(members))
        origins = members if self.origins is None else self.origins[members]
        return self._replace(lengths=self.lengths[members], values=values, origins=origins)

    def place(self, token: int) -> str:
        """Say which sequence a token belongs to, and its place there, as they are indexed."""
        sequence = int(np.searchsorted(np.cumsum(self.lengths), token, side="right"))
        token -= int(self.lengths[:sequence].sum())
        if self.origins is not None:
            sequence = int(self.origins[sequence])
        return f"[{sequence}]" if self.form == "rows" else f"[{sequence}][{token}]"


def pick(values: Any, places: NDArray) -> Any:
    """Return the elements of a list or of an array at some places, in the same form."""
    return [values[k] for k in places.tolist()] if isinstance(values, list) else values[places]


def kind_of(token: Any) -> str | None:
    """Return what a token is; None for what is none by itself, such as a vector."""
    return next((kind for kind, types in TOKEN_TYPES.items() if isinstance(token, types)), None)


def refuse_token(token: Any, place: str) -> None:
    """Refuse what is neither a token nor, by the looks of it, a vector."""
    holds_words = isinstance(token, (list, tuple)) and any(isinstance(p, str) for p in token)
    if holds_words and isinstance(token, list) and len(token) != 2:
        raise ValueError(
            f"{place} is {show(token)}, a list where a word belongs: X is one level too deep. "
            f"{FORMS['X']}"
        )
    if holds_words:
        raise ValueError(
            f"{place} is {show(token)}, which looks like a pair of a word and its tag. Pass the "
            "words as X and the tags as y; where all of it describes the token, make it a dict."
        )
    if not (isinstance(token, (list, tuple)) or hasattr(token, "__array__")):
        raise ValueError(
            f"{place} is {show(token)} of type {type(token).__name__}, not a token: a token is a "
            f"str, a dict or a numeric vector.{missing_hint(token)}"
        )
