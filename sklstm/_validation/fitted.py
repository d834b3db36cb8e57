"""Input beside a model that is fitted: what must agree with what it was fitted on."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse

from sklstm._sequences import Tokens

# What makes a build, by the names of the architecture, and what messages call it.
_PARAMETERS_OF_BUILD = {
    "embedding_size": "embedding_size",
    "char_hidden_size": "char_hidden_size",
    "n_fixed": "the width of embeddings, with one number for whether a word has any,",
    "hidden_layer_sizes": "hidden_layer_sizes",
    "n_directions": "the number of directions (bidirectional)",
    "output": "output",
    "scheme": "scheme",
    "analyzer": "analyzer",
}


def as_precision(tokens: Tokens, dtype: DTypeLike) -> Any:
    """Return vectors in the precision of a model, and refuse values that it cannot hold.

    Parameters
    ----------
    tokens : Tokens
    dtype : dtype

    Returns
    -------
    values : ndarray or CSR array of shape (n_tokens, n_features)
    """
    values = tokens.values
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore"):
        cast = values.astype(dtype)
    numbers_only = cast.data if sparse.issparse(cast) else cast
    if not np.isfinite(numbers_only).all():
        raise ValueError(
            f"X holds values too large for {dtype}, the precision of the X that this "
            "BiLSTMTagger was fitted on. Scale X, for instance with StandardScaler."
        )
    return cast


def check_continues(
    kind: str,
    architecture: Mapping[str, Any],
    known_kind: str,
    known_architecture: Mapping[str, Any],
) -> None:
    """Refuse to go on training a model of another kind or build."""
    if kind != known_kind:
        raise ValueError(
            f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known_kind}. Start "
            "anew with fit and warm_start=False."
        )
    changes = [
        f"{parameter} was {known_architecture[name]} and is now {architecture[name]}"
        for name, parameter in _PARAMETERS_OF_BUILD.items()
        if architecture[name] != known_architecture[name]
    ]
    if changes:
        raise ValueError(
            f"To go on training, a BiLSTMTagger must keep its build, but {', '.join(changes)}. Set "
            "it back, or start anew with fit and warm_start=False."
        )


def check_analyzer_is_there(analyzer: Any) -> Callable:
    """Return the callable that words were analyzed with in fit, or say that it is gone."""
    if not callable(analyzer):
        raise ValueError(
            f"This BiLSTMTagger was fitted with a callable analyzer, but analyzer is now "
            f"{analyzer!r}: set the callable again with set_params."
        )
    return analyzer
