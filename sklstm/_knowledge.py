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
from sklstm._validation import (
    CheckedAnalyzer,
    as_precision,
    check_analyzer_is_there,
    check_continues,
    check_names_left,
    check_same_labels,
    encode,
    hidden_layers,
)
from sklstm.nn.parameters import initial_parameters, parameter_shapes

# Embeddings start uniform within this bound: a word is the sum of about ten of them.
_EMBEDDING_BOUND = 0.1
# The rows of a table that are drawn at a time, in double precision.
_DRAWN_AT_ONCE = 1024
# Stands for an analyzer that is the user's own, which no state can hold.
CALLABLE = "callable"


class Knowledge(NamedTuple):
    """What a tagger knows, as training starts from it and leaves it behind.

    Attributes
    ----------
    kind : {"words", "dicts", "vectors"}
        What a token is.
    classes : ndarray of shape (n_classes,)
    vocabulary : dict of str to int
        The row of the embedding table of each feature of words or dicts, 1, 2, ... in order.
    analyzer : str
        The name of the analyzer of words, or "callable".
    architecture : dict
        The arguments of :func:`sklstm.nn.parameters.parameter_shapes` but the number of outputs.
    model : Model
    lexicon : Lexicon, default=None
        The words met in prediction; None in training, where vectors change.
    """

    kind: str
    classes: np.ndarray
    vocabulary: dict
    analyzer: str
    architecture: dict
    model: Model
    lexicon: _features.Lexicon | None = None

    def state(self):
        """Return what is stored of a fitted tagger: arrays, lists, dicts, str and numbers."""
        state = {
            "kind": self.kind,
            "analyzer": self.analyzer,
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
        architecture = state["architecture"]
        shapes = parameter_shapes(**architecture, n_outputs=len(classes))
        model = Model(shapes, state["vector"], state.get("table"))
        build = state["analyzer"], architecture, model
        return cls(state["kind"], classes, vocabulary, *build).for_prediction()

    def for_prediction(self):
        """Return the same knowledge, ready to remember the words that are met."""
        if self.kind != "words":
            return self
        return self._replace(lexicon=_features.Lexicon(self.vocabulary, self.model.table))

    def sequences(self, tokens, analyzer):
        """Return tokens as the network reads them for prediction.

        Parameters
        ----------
        tokens : Tokens
        analyzer : str or callable
            The estimator's present one, which matters only where it was a callable in fit.
        """
        if not tokens.lengths.any():
            return Sequences.of(tokens.lengths, None)  # no batch is made of them
        if self.kind == "vectors":
            return Sequences.of(tokens.lengths, Vectors(as_precision(tokens, self.model.dtype)))
        analyzer = check_analyzer_is_there(analyzer) if self.analyzer == CALLABLE else self.analyzer
        if self.lexicon is not None:
            words = self.lexicon.distinct(tokens.values, _analyze(analyzer))
            return Sequences.of(tokens.lengths, words)
        return Sequences.of(
            tokens.lengths, _features.to_bags(_bag(tokens, analyzer), self.vocabulary)
        )

    def targets(self, sample):
        """Return the class and the weight of each token of a sample."""
        counted = sample.weights > 0
        check_same_labels(sample.labels, self.classes, counted)
        return Targets(encode(sample.labels, self.classes, counted), sample.weights)

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
    if known is None:
        known = _nothing_known(tokens, classes, params, rng)
    else:
        build = _architecture(tokens, params) | {"analyzer": _analyzer_name(tokens, params)}
        known_build = known.architecture | {"analyzer": known.analyzer}
        check_continues(tokens.kind, build, known.kind, known_build)
        known = known._replace(model=known.model.copy(), lexicon=None)
    lengths = tokens.lengths
    if tokens.kind == "vectors":
        return known, Sequences.of(lengths, Vectors(as_precision(tokens, known.model.dtype)))
    bagged = _bag(tokens, params["analyzer"])
    new_features = _new_features(bagged, sample, params, known.vocabulary)
    vocabulary = known.vocabulary | new_features if new_features else known.vocabulary
    known.model.table = _grow(known.model.table, len(vocabulary) + 1, rng)
    type_weights = np.bincount(bagged.types, np.repeat(sample.sequence_weights, lengths))
    bags = _features.to_bags(bagged, vocabulary, type_weights, params["word_dropout"])
    return known._replace(vocabulary=vocabulary), Sequences.of(lengths, bags)


def _nothing_known(tokens, classes, params, rng):
    """Return first parameters, and an empty vocabulary."""
    architecture = _architecture(tokens, params)
    shapes = parameter_shapes(**architecture, n_outputs=len(classes))
    vectors = tokens.kind == "vectors"
    dtype = tokens.values.dtype if vectors else np.dtype(np.float32)
    table = None if vectors else np.empty((0, architecture["n_inputs"]), dtype)
    model = Model(shapes, initial_parameters(shapes, rng, dtype), table)
    name = _analyzer_name(tokens, params)
    return Knowledge(tokens.kind, classes, {}, name, architecture, model)


def _architecture(tokens, params):
    vectors = tokens.kind == "vectors"
    return {
        "n_inputs": int(tokens.values.shape[1] if vectors else params["embedding_size"]),
        "hidden_layer_sizes": hidden_layers(params["hidden_layer_sizes"]),
        "n_directions": 2 if params["bidirectional"] else 1,
    }


def _analyzer_name(tokens, params):
    if tokens.kind != "words":
        return ""
    return CALLABLE if callable(params["analyzer"]) else params["analyzer"]


def _bag(tokens, analyzer):
    if tokens.kind == "dicts":
        return _features.bag_dicts(tokens.values)
    return _features.bag_words(tokens.values, _analyze(analyzer))


def _analyze(analyzer):
    """Return the function that analyzes a word."""
    if isinstance(analyzer, str):
        return _features.ANALYZERS[analyzer]
    return CheckedAnalyzer(analyzer)


def _new_features(bagged, sample, params, vocabulary):
    """Return the rows of features that are frequent enough and not known yet, sorted by name."""
    found = names = sorted(set(bagged.names).difference(vocabulary))
    min_df, weights = params["min_df"], sample.sequence_weights
    least = min_df if isinstance(min_df, numbers.Integral) else min_df * weights.sum()
    if least > 1 or (weights < 1).any():
        lengths = sample.tokens.lengths
        sequences = np.repeat(np.arange(len(lengths)), lengths)
        frequencies = _features.document_frequencies(bagged, sequences, weights)
        names = [name for name in found if frequencies[name] >= least]
    check_names_left(names or vocabulary, found, min_df)
    return {name: row for row, name in enumerate(names, len(vocabulary) + 1)}


def _grow(table, n_rows, rng):
    """Return a table of so many rows, those that are new drawn at random."""
    n_known, width = table.shape
    if n_rows == n_known:
        return table
    grown = np.empty((n_rows, width), table.dtype)
    grown[:n_known] = table
    for start in range(n_known, n_rows, _DRAWN_AT_ONCE):
        rows = grown[start : start + _DRAWN_AT_ONCE]
        rows[...] = rng.uniform(-_EMBEDDING_BOUND, _EMBEDDING_BOUND, rows.shape)
    return grown
