"""The activity of the gates and cells of the network for one sequence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from sklstm._threads import Executor
from sklstm.inspection._encoding import ForwardPass, encode_sequence
from sklstm.inspection._summaries import summary_of_tokens

_DIRECTIONS = "forward", "backward"


@dataclass(frozen=True, eq=False)
class LSTMActivity:
    """The gates and states of one direction of an LSTM layer at each token.

    Attributes
    ----------
    input_gate, forget_gate, output_gate : ndarray of shape (n_tokens, n_units)
        The values of the gates, from 0 (closed) to 1 (open).

    candidate : ndarray of shape (n_tokens, n_units)
        The candidate cell states, from -1 to 1, which are multiplied by the input gate.

    cell : ndarray of shape (n_tokens, n_units)
        The cell states after each token.

    hidden : ndarray of shape (n_tokens, n_units)
        The hidden states, from -1 to 1. They are the input of the next layer or of the output
        layer.
    """

    input_gate: NDArray[np.floating]
    forget_gate: NDArray[np.floating]
    output_gate: NDArray[np.floating]
    candidate: NDArray[np.floating]
    cell: NDArray[np.floating]
    hidden: NDArray[np.floating]

    def __repr__(self) -> str:
        n_tokens, n_units = self.cell.shape
        return f"LSTMActivity(n_tokens={n_tokens}, n_units={n_units})"


@dataclass(frozen=True, eq=False)
class NetworkActivity:
    """The gates and states of all layers of the network for one sequence.

    Attributes
    ----------
    tokens : list
        The tokens of the sequence, as passed to the tagger.

    layers : list of dict of str to LSTMActivity
        For each layer, the activity of each direction: "forward" and, if the tagger is
        bidirectional, "backward".

    See Also
    --------
    network_activity : Computes the activity.
    sklstm.display.ActivityDisplay : Plots the activity.
    """

    tokens: list[Any]
    layers: list[dict[str, LSTMActivity]]

    def __repr__(self) -> str:
        return f"NetworkActivity(tokens={summary_of_tokens(self.tokens)}, layers={self.layers!r})"


def network_activity(tagger: BaseEstimator, sequence: Iterable[Any] | ArrayLike) -> NetworkActivity:
    """Return the gates, cell states and hidden states of the network for one sequence.

    Parameters
    ----------
    tagger : estimator
        A fitted tagger, or a fitted pipeline or search that ends in one.

    sequence : list of str, list of dict or array-like of shape (n_tokens, n_features)
        One sequence of tokens. If `tagger` is a pipeline, the steps before the tagger transform it.

    Returns
    -------
    activity : NetworkActivity
        The activity of each direction of each layer when the tagger predicts the tags of the
        sequence. All arrays are in the order of the tokens, including those of the backward
        direction.

    Raises
    ------
    ValueError, TypeError
        If the sequence is empty, or if the tagger does not accept it.

    See Also
    --------
    sklstm.display.ActivityDisplay : Plots the activity.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.inspection import network_activity
    >>> X, y = [["the", "fish", "sleeps"]] * 5, [["DET", "NOUN", "VERB"]] * 5
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0).fit(X, y)
    >>> activity = network_activity(tagger, ["the", "fish", "sleeps"])
    >>> list(activity.layers[0])
    ['forward', 'backward']
    >>> activity.layers[0]["forward"].forget_gate.shape
    (3, 8)
    """
    with Executor() as executor, executor:
        encoded = encode_sequence(tagger, sequence, executor)
    forward = ForwardPass.of(encoded)
    _, caches, _ = forward.cache
    layers = [
        dict(zip(_DIRECTIONS, _activities(cache, forward.packing), strict=False))
        for cache in caches
    ]
    return NetworkActivity(encoded.tokens, layers)


def _activities(cache, packing):
    """Yield the activity of each direction of a layer, in the order of the tokens."""
    orders = iter((slice(None), packing.reversal))
    for gates, H, C, _ in cache.recurrences:
        for (o, f, i, g), h, c in zip(gates.swapaxes(0, 1), H, C, strict=True):
            order = next(orders)
            states = c[packing.n_sequences :], h[packing.n_sequences :]
            yield LSTMActivity(*(values[order] for values in (i, f, o, g, *states)))
