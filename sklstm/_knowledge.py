"""What a tagger knows: the kind of its tokens, its classes, its features and its parameters.

Stands between input that has been judged and training, and between a fitted tagger's state and
prediction. Parameters of the estimator come as the dict that ``get_params`` gives.
"""

import numbers
from typing import NamedTuple

import numpy as np

from sklstm import _features
from sklstm._batches import Corpus, Sequences, Targets, Vectors
from sklstm._training import Model
from sklstm._validation import check_continues, encode, hidden_layers
from sklstm.nn.parameters import initial_parameters, parameter_shapes

# Embeddings start uniform within this bound: a word is the sum of about ten of them.
_EMBEDDING_BOUND = 0.1


class Knowledge(NamedTuple):
    """What a tagger knows, as training starts from it and leaves it behind.

    Attributes
    ----------
    kind : {"words", "dicts", "vectors"}
        What a token is.
    classes : ndarray of shape (n_classes,)
    vocabulary : dict of str to int
        The row of the embedding table of each feature of words or dicts, 1, 2, ... in order.
    architecture : dict
        The arguments of :func:`sklstm.nn.parameters.parameter_shapes` but the number of outputs.
    model : Model
    """

    kind: str
    classes: np.ndarray
    vocabulary: dict
    architecture: dict
    model: Model

    def state(self):
        """Return what is stored of a fitted tagger: arrays, lists, dicts, str and numbers."""
        state = {
            "kind": self.kind,
            "architecture": self.architecture,
            "vector": self.model.vector,
        }
        if self.kind != "vectors":
            state["table"] = self.model.table
            state["names"] = _features.store_names(list(self.vocabulary))
        return state

    @classmethod
    def from_state(cls, state, classes, vocabulary):
        """Return what a fitted tagger knows; the arrays are those of the state."""
        shapes = parameter_shapes(**state["architecture"], n_outputs=len(classes))
        model = Model(shapes, state["vector"], state.get("table"))
        return cls(state["kind"], classes, vocabulary, state["architecture"], model)

    def sequences(self, tokens, analyzer):
        """Return tokens as the network reads them for prediction."""
        if not tokens.lengths.any():
            return Sequences.of(tokens.lengths, None)  # no batch is made of them
        if self.kind == "vectors":
            dtype = self.model.vector.dtype
            return Sequences.of(tokens.lengths, Vectors(tokens.values.astype(dtype, copy=False)))
        bags = _features.to_bags(_bag(tokens, analyzer), self.vocabulary)
        return Sequences.of(tokens.lengths, bags)

    def targets(self, sample):
        """Return the class and the weight of each token of a sample."""
        return Targets(encode(sample.labels, self.classes, sample.weights > 0), sample.weights)

    def corpus(self, sample, analyzer):
        """Return a sample as the network reads it for prediction, and what to compare with."""
        return Corpus(self.sequences(sample.tokens, analyzer), self.targets(sample))


def start(sample, classes, params, rng, known=None):
    """Return what is known as training starts, with a model of its own, and what it trains on.

    Parameters
    ----------
    sample : Sample
    classes : ndarray of shape (n_classes,)
    params : dict
        The parameters of the estimator.
    rng : numpy.random.RandomState
    known : Knowledge, default=None
        What training goes on from; its vocabulary grows by the features that are new.

    Returns
    -------
    knowledge : Knowledge
    sequences : Sequences
    """
    tokens = sample.tokens
    bagged = None if tokens.kind == "vectors" else _bag(tokens, params["analyzer"])
    vocabulary = {} if known is None else known.vocabulary
    if bagged is not None:
        new_names = _new_names(bagged, sample, params["min_df"], vocabulary)
        vocabulary = vocabulary | {
            name: row for row, name in enumerate(new_names, len(vocabulary) + 1)
        }
    architecture = {
        "n_inputs": int(tokens.values.shape[1] if bagged is None else params["embedding_size"]),
        "hidden_layer_sizes": hidden_layers(params["hidden_layer_sizes"]),
        "n_directions": 2 if params["bidirectional"] else 1,
    }
    if known is None:
        shapes = parameter_shapes(**architecture, n_outputs=len(classes))
        dtype = tokens.values.dtype if bagged is None else np.dtype(np.float32)
        model = Model(shapes, initial_parameters(shapes, rng, dtype), None)
    else:
        check_continues(tokens.kind, architecture, known.kind, known.architecture)
        model = known.model.copy()
    if bagged is not None:
        model.table = _grow(model.table, len(vocabulary) + 1, params["embedding_size"], rng)
    knowledge = Knowledge(tokens.kind, classes, vocabulary, architecture, model)
    return knowledge, _training_sequences(sample, bagged, knowledge, params["word_dropout"])


def _bag(tokens, analyzer):
    if tokens.kind == "dicts":
        return _features.bag_dicts(tokens.values)
    return _features.bag_words(tokens.values, _features.ANALYZERS.get(analyzer, analyzer))


def _new_names(bagged, sample, min_df, vocabulary):
    """Return the features that are frequent enough and not known yet, sorted."""
    found = sorted(set(bagged.names).difference(vocabulary))
    weights = sample.sequence_weights
    least = min_df if isinstance(min_df, numbers.Integral) else min_df * weights.sum()
    if least <= 1 and (weights >= 1).all():
        return found
    lengths = sample.tokens.lengths
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    frequencies = _features.document_frequencies(bagged, sequences, weights)
    return [name for name in found if frequencies[name] >= least]


def _grow(table, n_rows, embedding_size, rng):
    """Return a table of so many rows, those that are new drawn at random."""
    old = np.empty((0, embedding_size), np.float32) if table is None else table
    bound = _EMBEDDING_BOUND
    new = rng.uniform(-bound, bound, (n_rows - len(old), embedding_size))
    return np.concatenate([old, new.astype(np.float32)])


def _training_sequences(sample, bagged, knowledge, word_dropout):
    lengths = sample.tokens.lengths
    if bagged is None:
        values = sample.tokens.values.astype(knowledge.model.vector.dtype, copy=False)
        return Sequences.of(lengths, Vectors(values))
    token_weights = np.repeat(sample.sequence_weights, lengths)
    type_weights = np.bincount(bagged.types, token_weights)
    bags = _features.to_bags(bagged, knowledge.vocabulary, type_weights, word_dropout)
    return Sequences.of(lengths, bags)
