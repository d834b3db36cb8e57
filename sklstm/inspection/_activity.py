"""What the gates and cells of the network do while it reads one sequence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from sklstm._threads import Workers
from sklstm.inspection._reading import Passage, read
from sklstm.inspection._summaries import summary_of_tokens

_DIRECTIONS = "forward", "backward"


@dataclass(frozen=True, eq=False)
class LSTMActivity:
    """What one direction of one LSTM layer does at each token.

    Attributes
    ----------
    input_gate, forget_gate, output_gate : ndarray of shape (n_tokens, n_units)
        How far each gate is open, from 0 to 1.

    candidate : ndarray of shape (n_tokens, n_units)
        What the input gate lets into the cell, from -1 to 1.

    cell : ndarray of shape (n_tokens, n_units)
        The cell states, after the token was read.

    hidden : ndarray of shape (n_tokens, n_units)
        The hidden states, from -1 to 1, which the next layer or the output reads.
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
    """What the network does while it reads one sequence.

    Attributes
    ----------
    tokens : list
        The tokens of the sequence, as the tagger reads them.

    layers : list of dict of str to LSTMActivity
        For each stacked layer, the activity of each direction, "forward" and, unless the tagger
        reads in one direction only, "backward".

    See Also
    --------
    network_activity : Computes it.
    sklstm.display.ActivityDisplay : Draws it.
    """

    tokens: list[Any]
    layers: list[dict[str, LSTMActivity]]

    def __repr__(self) -> str:
        return f"NetworkActivity(tokens={summary_of_tokens(self.tokens)}, layers={self.layers!r})"


def network_activity(tagger: BaseEstimator, sequence: Iterable[Any] | ArrayLike) -> NetworkActivity:
    """Return the gates, cells and hidden states of the network as it reads one sequence.

    Parameters
    ----------
    tagger : estimator
        A fitted tagger, or a fitted pipeline or search that ends in one.

    sequence : list of str, list of dict or array-like of shape (n_tokens, n_features)
        One sequence of tokens. The steps of a pipeline before the tagger transform it.

    Returns
    -------
    activity : NetworkActivity
        The activity of each direction of each layer, as when the tagger predicts. All arrays are in
        the order of the tokens, those of the backward direction, too, which reads them from the
        last to the first.

    Raises
    ------
    ValueError, TypeError
        If the sequence is not one that the tagger can read, or is empty.

    See Also
    --------
    sklstm.display.ActivityDisplay : Draws the activity.

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
    with Workers() as workers:
        reading = read(tagger, sequence, workers)
        caches = Passage.over(reading, workers).caches[:-1]
    layers = [
        {name: _activity(cache) for name, cache in zip(_DIRECTIONS, directions, strict=False)}
        for directions in caches
    ]
    return NetworkActivity(reading.tokens, layers)


def _activity(cache):
    output_gate, forget_gate, input_gate, candidate = cache.gates
    states = cache.C[:-1], cache.H[:-1]
    return LSTMActivity(input_gate, forget_gate, output_gate, candidate, *states)
