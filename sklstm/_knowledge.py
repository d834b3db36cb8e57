"""What a tagger knows: the kind of its tokens, its classes, its features and its parameters.

Stands between input that has been judged and training, and between a fitted tagger's state and
prediction. Parameters of the estimator come as the dict that ``get_params`` gives.
"""

import numbers
from typing import NamedTuple

import numpy as np

from sklstm import _features
from sklstm._batches import Corpus, Sequences, Targets, Vectors
from sklstm._outputs import CRFOutput, SoftmaxOutput
from sklstm._schemes import transition_penalties
from sklstm._training import Model, vectors_of_types
from sklstm._validation import (
    CheckedAnalyzer,
    as_precision,
    check_analyzer_is_there,
    check_continues,
    check_names_left,
    check_same_labels,
    encode_labels,
    hidden_layers,
    look_up,
    width_of,
)
from sklstm._version import __version__
from sklstm.nn.parameters import count, initial_parameters, parameter_shapes, views

# Embeddings start uniform within this bound: a word is the sum of about ten of them.
_EMBEDDING_BOUND = 0.1
# The rows of a table that are drawn at a time, in double precision.
_DRAWN_AT_ONCE = 1024
# The form of what is stored. A change by which older versions could not read it, or this one not
# what they stored, counts it up.
FORMAT = 1
# Stands for an analyzer that is the user's own, which no state can hold.
CALLABLE = "callable"
_DAMAGED = "This BiLSTMTagger is damaged ({}). Save it again where it came from, or fit it again."


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
        How the network is built: the parameters of the estimator that tell, and ``n_fixed``, the
        width of what is not learnt.
    model : Model
    embeddings : mapping of str to ndarray, default=None
        The pre-trained vectors of words.
    lexicon : Lexicon, default=None
        The words met in prediction; None in training, where vectors change.
    """

    kind: str
    classes: np.ndarray
    vocabulary: dict
    analyzer: str
    architecture: dict
    model: Model
    embeddings: object = None
    lexicon: _features.Lexicon | None = None

    def state(self):
        """Return what is stored of a fitted tagger: arrays, lists, dicts, str and numbers."""
        state = {
            "format": FORMAT,
            "kind": self.kind,
            "analyzer": self.analyzer,
            "architecture": self.architecture,
            "vector": self.model.vector,
        }
        if self.kind != "vectors":
            state["table"] = self.model.table
            state["names"] = _features.store_names(list(self.vocabulary))
        if self.embeddings is not None:
            state["embeddings"] = self.embeddings  # as the user passed them
        return state

    @classmethod
    def from_state(cls, state, classes, vocabulary):
        """Return what a fitted tagger knows; the arrays are those of the state."""
        model = _build(state["architecture"], classes, state["vector"], state.get("table"))
        about = state["kind"], classes, vocabulary, state["analyzer"], state["architecture"]
        return cls(*about, model, state.get("embeddings")).for_prediction()

    def for_prediction(self):
        """Return the same knowledge, ready to remember the words that are met."""
        if self.kind != "words":
            return self
        return self._replace(lexicon=_features.Lexicon(self.vectors_of))

    def vectors_of(self, words, analyzer, workers):
        """Return what the first LSTM layer reads of each of some words, all different."""
        bags = self.to_bags(_features.bag_words(words, analyzer))
        return vectors_of_types(self.model, bags, workers)

    def to_bags(self, bagged, type_weights=None, word_dropout=0.0):
        """Return what is known by features as the network reads it."""
        spelled = _features.spell(bagged) if self.spells else None
        bags = _features.to_bags(bagged, self.vocabulary, type_weights, word_dropout, spelled)
        if self.embeddings is None:
            return bags
        return bags._replace(fixed=look_up(self.embeddings, bagged.words, self.n_fixed))

    @property
    def spells(self):
        """Whether words are read character by character, too."""
        return self.architecture["char_hidden_size"] > 0

    @property
    def n_fixed(self):
        """The width of what the network reads and does not learn."""
        return self.architecture["n_fixed"]

    def transitions(self):
        """Return the scores of transitions, starts and ends of a CRF, -inf for the forbidden."""
        scores = self.model.output.scores(views(self.model.vector, self.model.shapes))
        scores[self.model.output.penalties < 0] = -np.inf
        return scores

    def sequences(self, tokens, analyzer, workers):
        """Return tokens as the network reads them for prediction.

        Parameters
        ----------
        tokens : Tokens
        analyzer : str or callable
            The estimator's present one, which matters only where it was a callable in fit.
        workers : Workers
        """
        if not tokens.lengths.any():
            return Sequences.of(tokens.lengths, None)  # no batch is made of them
        if self.kind == "vectors":
            return Sequences.of(tokens.lengths, Vectors(as_precision(tokens, self.model.dtype)))
        if self.lexicon is not None:
            analyze = _analyze(self._present(analyzer))
            words = self.lexicon.distinct(tokens.values, analyze, workers)
            return Sequences.of(tokens.lengths, words)
        return Sequences.of(tokens.lengths, self.to_bags(self.bag(tokens, analyzer)))

    def bag(self, tokens, analyzer):
        """Return the named features of words or dicts; the analyzer is as for :meth:`sequences`."""
        return _bag(tokens, self._present(analyzer))

    def _present(self, analyzer):
        """Return the analyzer of the fit, or the present one where no state could hold that."""
        return check_analyzer_is_there(analyzer) if self.analyzer == CALLABLE else self.analyzer

    def targets(self, sample):
        """Return the class and the weight of each token of a sample."""
        counted = sample.weights > 0
        check_same_labels(sample.labels, self.classes, counted)
        return Targets(encode_labels(sample.labels, self.classes, counted), sample.weights)

    def corpus(self, sample, analyzer, workers):
        """Return a sample as the network reads it for prediction, and what to compare with."""
        return Corpus(self.sequences(sample.tokens, analyzer, workers), self.targets(sample))


def check_state(state, classes, version):
    """Raise if what was stored of a fitted tagger cannot be used.

    Parameters
    ----------
    state : dict
        As :meth:`Knowledge.state` returned it, or whatever else a file holds.
    classes : ndarray of shape (n_classes,)
    version : str or None
        The version of the package that stored it, if it says so.
    """
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ValueError(
            f"This BiLSTMTagger was saved by sklstm {version or 'before version 0.1.0'}, in a form "
            f"that sklstm {__version__} cannot read. Open it with the version that saved it, or "
            "fit it again."
        )
    try:
        shapes = _shapes(state["architecture"], len(classes))
        fits = state["vector"].shape == (count(shapes),)
        if state["kind"] != "vectors":
            width, n_names = state["architecture"]["embedding_size"], len(state["names"]["lengths"])
            fits &= state["table"].shape == (n_names + 1, width)
            fits &= state["names"]["bytes"].size == state["names"]["lengths"].sum()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(_DAMAGED.format(repr(error))) from error
    if not fits:
        raise ValueError(_DAMAGED.format("its arrays do not fit together"))


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
        build = _architecture(tokens, params, known) | {"analyzer": _analyzer_name(tokens, params)}
        known_build = known.architecture | {"analyzer": known.analyzer}
        check_continues(tokens.kind, build, known.kind, known_build)
        known = known._replace(
            model=known.model.copy(), embeddings=params["embeddings"], lexicon=None
        )
    known.model.output = _output(
        known.architecture, known.classes, float(params["label_smoothing"])
    )
    lengths = tokens.lengths
    if tokens.kind == "vectors":
        return known, Sequences.of(lengths, Vectors(as_precision(tokens, known.model.dtype)))
    bagged = _bag(tokens, params["analyzer"])
    named = [bagged, _features.spell(bagged)] if known.spells else [bagged]
    new_features = _new_features(named, sample, params, known.vocabulary)
    if new_features:
        known = known._replace(vocabulary=known.vocabulary | new_features)
    known.model.table = _grow(known.model.table, len(known.vocabulary) + 1, rng)
    type_weights = np.bincount(bagged.types, np.repeat(sample.sequence_weights, lengths))
    bags = known.to_bags(bagged, type_weights, params["word_dropout"])
    return known, Sequences.of(lengths, bags)


def _nothing_known(tokens, classes, params, rng):
    """Return first parameters, and an empty vocabulary."""
    architecture = _architecture(tokens, params)
    vectors = tokens.kind == "vectors"
    dtype = tokens.values.dtype if vectors else np.dtype(np.float32)
    table = None if vectors else np.empty((0, architecture["embedding_size"]), dtype)
    shapes = _shapes(architecture, len(classes))
    model = _build(architecture, classes, initial_parameters(shapes, rng, dtype), table)
    name = _analyzer_name(tokens, params)
    return Knowledge(tokens.kind, classes, {}, name, architecture, model, params["embeddings"])


def _architecture(tokens, params, known=None):
    words, vectors = tokens.kind == "words", tokens.kind == "vectors"
    width = width_of(params["embeddings"], tokens, 0 if known is None else known.n_fixed)
    n_fixed = tokens.values.shape[1] if vectors else width
    return {
        "embedding_size": 0 if vectors else int(params["embedding_size"]),
        "char_hidden_size": int(params["char_hidden_size"]) if words else 0,
        "n_fixed": int(n_fixed),
        "hidden_layer_sizes": hidden_layers(params["hidden_layer_sizes"]),
        "n_directions": 2 if params["bidirectional"] else 1,
        "output": params["output"],
        "scheme": params["scheme"],
    }


def _shapes(architecture, n_outputs):
    """Return the shapes of the dense parameters."""
    width, n_units = architecture["embedding_size"], architecture["char_hidden_size"]
    return parameter_shapes(
        width + 2 * n_units + architecture["n_fixed"],
        architecture["hidden_layer_sizes"],
        architecture["n_directions"],
        n_outputs,
        characters=(width, n_units) if n_units else None,
        transitions=architecture["output"] == "crf",
    )


def _build(architecture, classes, vector, table):
    """Return a model of these parameters."""
    output = _output(architecture, classes)
    return Model(_shapes(architecture, len(classes)), vector, table, output)


def _output(architecture, classes, label_smoothing=0.0):
    """Return what becomes of the logits."""
    if architecture["output"] == "crf":
        return CRFOutput(transition_penalties(classes.tolist(), architecture["scheme"]))
    return SoftmaxOutput(label_smoothing)


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


def _new_features(named, sample, params, vocabulary):
    """Return the rows of features that are frequent enough and not known yet, sorted by name."""
    found = names = sorted(set().union(*(bagged.names for bagged in named)).difference(vocabulary))
    min_df, weights = params["min_df"], sample.sequence_weights
    least = min_df if isinstance(min_df, numbers.Integral) else min_df * weights.sum()
    if least > 1 or (weights < 1).any():
        lengths = sample.tokens.lengths
        sequences, frequencies = np.repeat(np.arange(len(lengths)), lengths), {}
        for bagged in named:
            for name, n in _features.document_frequencies(bagged, sequences, weights).items():
                frequencies[name] = max(n, frequencies.get(name, 0))
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
