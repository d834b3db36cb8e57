"""The model: architecture, vocabulary and parameters; encoding of tokens and prediction."""

import numbers
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from sklstm import _features
from sklstm._batching import prediction_batches
from sklstm._schemes import transition_penalties
from sklstm._sequences import show
from sklstm.nn import network
from sklstm.nn.arrays import SERIAL, Arena, computing_with, extend_rows
from sklstm.nn.crf import CRF
from sklstm.nn.encoder import encoder_forward
from sklstm.nn.packing import pack
from sklstm.nn.parameters import count, initialize_layers, layer_shapes, views
from sklstm.nn.softmax import Softmax

# The arenas of earlier predictions, and the largest total size of those that are kept.
_arenas: deque[Arena] = deque()
_ARENA_BYTES = 1 << 26
# The number of unique tokens in one call of the encoder.
_EMBEDDED_AT_ONCE = 2048
# The memory that the words of earlier predictions may take.
_CACHE_BYTES = 1 << 24
# The memory of a word in the dict of the cache, about.
_BYTES_OF_WORD = 200
# Embeddings are initialized uniformly within this bound: a word is the sum of about ten of them.
_EMBEDDING_BOUND = 0.1
# The rows of the embedding table that are drawn at once, in double precision.
_DRAWN_AT_ONCE = 1024
_NO_TOKENS = pack([])
# The name of a user's analyzer, which cannot be stored.
CALLABLE = "callable"


def _softmax(classes, scheme, label_smoothing):
    return Softmax(len(classes), label_smoothing)


def _crf(classes, scheme, label_smoothing):
    return CRF(transition_penalties(classes.tolist(), scheme))


OUTPUTS = {"softmax": _softmax, "crf": _crf}


class Architecture(NamedTuple):
    """The settings that determine the shapes of the parameters and the meaning of the inputs.

    Attributes
    ----------
    kind : {"words", "dicts", "vectors"}
        The kind of the tokens.
    analyzer : str
        The name of the analyzer of words, or "callable"; empty for dicts and vectors.
    hidden_layer_sizes : list of int
    bidirectional : bool
    embedding_size, char_hidden_size : int
        0 if tokens have no embeddings or no characters.
    vector_size : int
        The number of inputs that are not trained: the width of numeric vectors, or of the
        pre-trained vectors of words.
    output : str
        A key of `OUTPUTS`.
    scheme : str or None
    """

    kind: str
    analyzer: str
    hidden_layer_sizes: list
    bidirectional: bool
    embedding_size: int
    char_hidden_size: int
    vector_size: int
    output: str
    scheme: str | None

    @classmethod
    def of(cls, tokens, params, vector_size=0):
        """Return the architecture for tokens and the parameters of the estimator.

        `vector_size` is that of the model whose training continues.
        """
        is_words, is_vectors = tokens.kind == "words", tokens.kind == "vectors"
        analyzer = CALLABLE if callable(params.analyzer) else params.analyzer
        width = tokens.values.shape[1] if is_vectors else 0
        if is_vectors and params.vocabulary is not None:
            raise ValueError(
                "vocabulary is for words and dicts, but the tokens of X are vectors: set "
                "vocabulary=None."
            )
        if params.embeddings is not None:
            width = _features.pretrained_width(params.embeddings, tokens, vector_size)
        return cls(
            kind=tokens.kind,
            analyzer=analyzer if is_words else "",
            hidden_layer_sizes=np.atleast_1d(params.hidden_layer_sizes).tolist(),
            bidirectional=bool(params.bidirectional),
            embedding_size=0 if is_vectors else int(params.embedding_size),
            char_hidden_size=int(params.char_hidden_size) if is_words else 0,
            vector_size=int(width),
            output=params.output,
            scheme=params.scheme,
        )

    @property
    def widths(self):
        """The number of inputs of each LSTM layer, and of the output."""
        n_directions = 2 if self.bidirectional else 1
        n_inputs = self.embedding_size + self.vector_size
        return [n_inputs, *(n_directions * size for size in self.hidden_layer_sizes)]

    def parameter_shapes(self, output):
        """Return the shapes of all dense parameters, in the order of the vector."""
        return self.layer_shapes | output.parameter_shapes(self.widths[-1])

    @property
    def layer_shapes(self):
        """The shapes of the parameters of all layers but the output."""
        n_directions = 2 if self.bidirectional else 1
        characters = (self.embedding_size, self.char_hidden_size) if self.char_hidden_size else None
        return layer_shapes(self.widths[0], self.hidden_layer_sizes, n_directions, characters)


@dataclass(eq=False)
class Model:
    """Architecture, vocabulary and parameters.

    Attributes
    ----------
    architecture : Architecture
    classes : ndarray of shape (n_classes,)
    vector : ndarray of shape (n_parameters,)
        The dense parameters.
    table : ndarray of shape (n_features + 1, embedding_size) or None
        The embeddings; None if tokens are vectors.
    vocabulary : dict of str to int
        The row of the table of each feature of words or dicts, from 1.
    embeddings : mapping of str to array-like or None
        The pre-trained vectors of words.
    label_smoothing : float, default=0.0
    is_shared : bool, default=False
        Whether other models use the same arrays and vocabulary, which must then not change.
    output : Softmax or CRF
    shapes : dict of str to tuple of int
        The shapes of the dense parameters.
    parameters : dict of str to ndarray
        Views into `vector`.
    arrays : list of ndarray
        The arrays that training updates.
    widths : list of int
        The number of inputs of each LSTM layer, and of the output.
    """

    architecture: Architecture
    classes: np.ndarray
    vector: np.ndarray
    table: np.ndarray | None
    vocabulary: dict
    embeddings: Any = None
    label_smoothing: float = 0.0
    is_shared: bool = False

    def __post_init__(self):
        output, scheme = self.architecture.output, self.architecture.scheme
        self.output = OUTPUTS[output](self.classes, scheme, self.label_smoothing)
        self.shapes = self.architecture.parameter_shapes(self.output)
        self.parameters = views(self.vector, self.shapes)
        self.arrays = [self.vector] if self.table is None else [self.vector, self.table]
        self.widths, self.dtype = self.architecture.widths, self.vector.dtype
        self._word_cache = None

    def copy(self):
        """Return a model with its own arrays and vocabulary."""
        table = None if self.table is None else self.table.copy()
        vocabulary, vector = self.vocabulary.copy(), self.vector.copy()
        return replace(self, vector=vector, table=table, vocabulary=vocabulary, is_shared=False)

    def extract_features(self, tokens, analyzer):
        """Return the named features, and the characters, of words or dicts.

        Parameters
        ----------
        tokens : Tokens
        analyzer : str or callable
            The current one of the estimator, used if the model was fitted with a callable.

        Returns
        -------
        features : TokenFeatures
        characters : TokenFeatures or None
            None if the model does not read characters.
        """
        analyze = None if tokens.kind == "dicts" else self._analyze(analyzer)
        with_characters = self.architecture.char_hidden_size > 0
        return _features.extract_features(tokens, analyze, with_characters)

    def _analyze(self, analyzer):
        """Return the function that extracts the features of a word."""
        name = self.architecture.analyzer
        if name == CALLABLE and not callable(analyzer):
            raise ValueError(
                "This BiLSTMTagger was fitted with a callable analyzer, but analyzer is now "
                f"{analyzer!r}: set the callable again with set_params."
            )
        return _features.make_analyzer(analyzer if name == CALLABLE else name)

    def encode_features(self, features, characters, word_dropout=0.0, type_weights=None):
        """Return features as ids, and pre-trained vectors; see `_features.encode_features`."""
        encoded = _features.encode_features(
            features, characters, self.vocabulary, word_dropout, type_weights
        )
        if self.embeddings is None:
            return encoded
        size = self.architecture.vector_size
        vectors = _features.pretrained_vectors(self.embeddings, features.words, size)
        return encoded._replace(vectors=vectors)

    def encode(self, tokens, analyzer):
        """Return tokens as ids of features and characters, or as vectors in the model's precision.

        Parameters
        ----------
        tokens : Tokens
        analyzer : str or callable
            The current one of the estimator, used if the model was fitted with a callable.

        Returns
        -------
        encoded : EncodedTokens or VectorTokens
        """
        if tokens.kind == "vectors":
            return _features.VectorTokens(as_precision(tokens.values, self.dtype))
        return self.encode_features(*self.extract_features(tokens, analyzer))

    def embed(self, encoded, executor):
        """Return the network's input for encoded tokens.

        Parameters
        ----------
        encoded : EncodedTokens or VectorTokens
        executor : Executor

        Returns
        -------
        inputs : ndarray or CSR array of shape (n_unique, n_inputs)
        index : ndarray of int of shape (n_tokens,) or None
            The row of each token; None if row ``k`` is token ``k``.
        """
        if isinstance(encoded, _features.VectorTokens):
            return encoded.values, None
        n_types = encoded.features.shape[0]
        unique = encoded._replace(types=np.arange(n_types))
        inputs = np.empty((n_types, self.widths[0]), self.dtype)

        def embed(start):
            rows = np.arange(start, min(start + _EMBEDDED_AT_ONCE, n_types))
            batch = unique.batch(rows)
            with _kept_arena():
                inputs[rows], _ = encoder_forward(self.parameters, self.table[batch.rows], batch)

        with np.errstate(over="ignore", invalid="ignore"):  # predict checks its result
            executor.map(embed, range(0, n_types, _EMBEDDED_AT_ONCE))
        return inputs, encoded.types

    def embed_cached(self, tokens, analyzer, executor):
        """Return the network's input for tokens, as :meth:`embed` does; words are cached.

        Parameters
        ----------
        tokens : Tokens
        analyzer : str or callable
            The current one of the estimator, used if the model was fitted with a callable.
        executor : Executor

        Returns
        -------
        inputs, index
        """
        if not tokens.lengths.any():
            return np.empty((0, self.widths[0]), self.dtype), None
        if tokens.kind != "words":
            return self.embed(self.encode(tokens, analyzer), executor)
        analyze, cache = self._analyze(analyzer), self._word_cache
        if cache is None or cache.analyze != analyze:
            cache = self._word_cache = _WordCache(analyze, self.widths[0], self.dtype)
        index = cache.index(tokens.values)
        if index.min() < 0:
            try:
                if not cache.lock.acquire(blocking=False):  # another thread adds words
                    return self.embed(self.encode(tokens, analyzer), executor)
                new = [word for word in dict.fromkeys(tokens.values) if word not in cache.rows]
                encoded = self.encode(tokens._replace(values=new), analyzer)
                cache.add(new, self.embed(encoded, executor)[0])
                cache.lock.release()
            except BaseException:
                self._word_cache = None  # its lock may never be released
                raise
            index = cache.index(tokens.values)
        inputs = cache.inputs
        if inputs.nbytes + _BYTES_OF_WORD * len(cache.rows) > _CACHE_BYTES:
            self._word_cache = None
        return inputs, index

    def predict(self, lengths, embedded, decode, executor, report=None):
        """Compute the logits of all tokens in batches, and decode them.

        Parameters
        ----------
        lengths : ndarray of int of shape (n_sequences,)
        embedded : tuple
            The inputs and the index that :meth:`embed` returns.
        decode : callable
            From packed logits (n, n_classes), their packing and the parameters to an array of n
            rows, such as a method of `output`.
        executor : Executor
        report : callable, default=None
            Called by any thread with the number of tokens of each batch that is done.

        Returns
        -------
        decoded : ndarray of n_tokens rows
            In the order of the tokens.
        """
        inputs, index = embedded
        starts = np.cumsum(lengths) - lengths
        masks = [None] * len(self.widths)

        def predict_batch(members):
            packing = pack(lengths[members], starts[members])
            tokens = packing.tokens
            if index is None:
                X, rows = inputs[tokens], None
            else:
                unique, rows = np.unique(index[tokens], return_inverse=True)
                X = np.take(inputs, unique, axis=0)
            X = X.toarray() if sparse.issparse(X) else X
            with _kept_arena():
                logits, _ = network.forward(self.parameters, X, packing, masks, rows)
                decoded[tokens] = decode(logits, packing, self.parameters)
                if not np.isfinite(logits).all() or np.isnan(decoded[tokens]).any():
                    raise ValueError(
                        "Prediction failed: the numbers of the network are not finite. Scale X, or "
                        "fit again with a smaller learning_rate_init or alpha."
                    )
            if report is not None:
                report(len(tokens))

        nothing = decode(np.empty((0, len(self.classes)), self.dtype), _NO_TOKENS, self.parameters)
        decoded = np.empty((int(lengths.sum()), *nothing.shape[1:]), nothing.dtype)
        with np.errstate(over="ignore", invalid="ignore"):  # the result is checked
            executor.map(predict_batch, prediction_batches(lengths))
        return decoded


class _WordCache:
    """The network's input for words of earlier predictions.

    Any thread can read: a word is in `rows` only after its input is in `inputs`. A thread that
    holds the lock can add words.

    Attributes
    ----------
    analyze : callable
        Extracts the features of a word.
    rows : dict of str to int
    inputs : ndarray
        The input of each word, and rows for more words.
    lock : threading.Lock
    """

    def __init__(self, analyze, n_inputs, dtype):
        self.analyze, self.lock = analyze, threading.Lock()
        self.rows, self.inputs = {}, np.empty((0, n_inputs), dtype)

    def index(self, words):
        """Return the row of each word, -1 for words that are not in the cache."""
        return np.fromiter(map(self.rows.get, words, repeat(-1)), np.intp, len(words))

    def add(self, words, inputs):
        """Add new words."""
        n_old, n_rows = len(self.rows), len(self.rows) + len(words)
        if n_rows > len(self.inputs):
            extended = np.empty((max(n_rows, 2 * n_old), inputs.shape[1]), inputs.dtype)
            extended[:n_old] = self.inputs[:n_old]
            self.inputs = extended
        self.inputs[n_old:n_rows] = inputs
        self.rows.update(zip(words, range(n_old, n_rows), strict=True))


@contextmanager
def _kept_arena():
    """Compute in one thread, with an arena that is kept for later predictions."""
    try:
        arena = _arenas.pop()
    except IndexError:
        arena = Arena()
    try:
        with computing_with(arena, SERIAL, keep_steps=False):
            yield
    finally:
        if sum(len(kept.block) for kept in [arena, *_arenas]) <= _ARENA_BYTES:
            _arenas.append(arena)


def prepare_training(dataset, classes, params, rng, model=None):
    """Return a model to train, and the encoded tokens of a dataset.

    Parameters
    ----------
    dataset : Dataset
    classes : ndarray of shape (n_classes,)
    params : object
        Has the parameters of the estimator as attributes.
    rng : numpy.random.RandomState
    model : Model, default=None
        The model whose training continues. Its vocabulary is extended by the new features.

    Returns
    -------
    model : Model
        With the arrays of the model whose training continues.
    tokens : EncodedTokens or VectorTokens
    """
    tokens = dataset.tokens
    if model is None:
        model = _initial_model(tokens, classes, params, rng)
    else:
        old = model.architecture
        _check_continues(Architecture.of(tokens, params, old.vector_size), old)
        smoothing = float(params.label_smoothing)
        model = replace(model, embeddings=params.embeddings, label_smoothing=smoothing)
    if tokens.kind == "vectors":
        return model, _features.VectorTokens(as_precision(tokens.values, model.dtype))
    features, characters = model.extract_features(tokens, params.analyzer)
    if params.vocabulary is None:
        new = _new_features(features, characters, dataset, params.min_df, model.vocabulary)
    else:
        new = _fixed_features(features, characters, params.vocabulary, model.vocabulary)
    table = _extend_table(model.table, len(model.vocabulary) + len(new) + 1, rng)
    model.vocabulary.update(new)
    model = replace(model, table=table)
    type_weights = np.bincount(features.types, np.repeat(dataset.sequence_weights, tokens.lengths))
    return model, model.encode_features(features, characters, params.word_dropout, type_weights)


def _initial_model(tokens, classes, params, rng):
    """Return a model with initial parameters and an empty vocabulary."""
    architecture = Architecture.of(tokens, params)
    is_vectors = tokens.kind == "vectors"
    dtype = tokens.values.dtype if is_vectors else np.dtype(np.float32)
    table = None if is_vectors else np.empty((0, architecture.embedding_size), dtype)
    smoothing = float(params.label_smoothing)
    output = OUTPUTS[params.output](classes, params.scheme, smoothing)
    vector = np.zeros(count(architecture.parameter_shapes(output)), dtype)
    model = Model(architecture, classes, vector, table, {}, params.embeddings, smoothing)
    initialize_layers({name: model.parameters[name] for name in architecture.layer_shapes}, rng)
    output.initialize(model.parameters, rng)
    return model


def _check_continues(architecture, previous):
    """Raise if a model of one architecture cannot be trained with another."""
    if architecture.kind != previous.kind:
        raise ValueError(
            f"The tokens of X are {architecture.kind}, but this BiLSTMTagger was fitted on "
            f"{previous.kind}. Start again with fit and warm_start=False."
        )
    names = {"vector_size": "the width of embeddings"}
    changes = [
        f"{names.get(name, name)} changed from {old} to {new}"
        for name, old, new in zip(architecture._fields, previous, architecture, strict=True)
        if new != old
    ]
    if changes:
        raise ValueError(
            f"Cannot continue training: {', '.join(changes)}. Change it back, or start again with "
            "fit and warm_start=False."
        )


def _new_features(features, characters, dataset, min_df, vocabulary):
    """Return the ids of new features that are frequent enough, sorted by name."""
    extracted = [features] if characters is None else [features, characters]
    found = names = sorted(set().union(*(each.names for each in extracted)).difference(vocabulary))
    weights, lengths = dataset.sequence_weights, dataset.tokens.lengths
    threshold = frequency_threshold(min_df, weights.sum())
    if threshold > 1 or (weights < 1).any():
        frequencies = feature_frequencies(extracted, lengths, weights)
        names = [name for name in found if frequencies[name] >= threshold]
    if found and not vocabulary:
        check_frequent(names, min_df)
    return {name: row for row, name in enumerate(names, len(vocabulary) + 1)}


def feature_frequencies(extracted, lengths, sequence_weights):
    """Return the total weight of the sequences that contain each feature.

    Parameters
    ----------
    extracted : list of TokenFeatures
        The features and, if they are read, the characters of the tokens.
    lengths, sequence_weights : ndarray of shape (n_sequences,)

    Returns
    -------
    frequencies : dict of str to float
    """
    sequences, frequencies = np.repeat(np.arange(len(lengths)), lengths), {}
    for each in extracted:
        for name, n in _features.document_frequencies(each, sequences, sequence_weights).items():
            frequencies[name] = max(n, frequencies.get(name, 0))
    return frequencies


def frequency_threshold(min_df, n_sequences):
    """Return the least weight of the sequences that contain a feature."""
    if not isinstance(min_df, numbers.Integral):
        return min_df * n_sequences
    return 0 if min_df == 1 else min_df  # 1 keeps all features, also with weights below 1


def check_frequent(names, min_df):
    """Raise an error if there is no frequent feature."""
    if not names:
        raise ValueError(
            f"No feature of X is contained in as many sequences as min_df={min_df!r} requires: "
            "lower it. An int counts sequences by their sample_weight, a float is a proportion "
            "of all of them."
        )


def _fixed_features(features, characters, fixed, vocabulary):
    """Return the ids of new features in the order that the user has fixed."""
    rows = _features.rows_of(fixed)
    names = list(rows)
    if names[: len(vocabulary)] != list(vocabulary):
        raise ValueError(
            "Cannot continue training: vocabulary does not begin with the features of this "
            "BiLSTMTagger in their order. Pass its vocabulary_, or start again with fit and "
            "warm_start=False."
        )
    for extracted, remedy in [(features, ""), (characters, " or set char_hidden_size=0")]:
        if extracted is not None and extracted.names and rows.keys().isdisjoint(extracted.names):
            raise ValueError(
                f"vocabulary has features such as {show(names[0])}, but not one like "
                f"{show(extracted.names[0])}, which the tokens of X have. Add such "
                f"features, for instance those of another tagger's vocabulary_{remedy}."
            )
    return {name: rows[name] for name in names[len(vocabulary) :]}


def _extend_table(table, n_rows, rng):
    """Return an embedding table of `n_rows` rows; the new rows are initialized at random."""
    extended = extend_rows(table, n_rows)
    for start in range(len(table), n_rows, _DRAWN_AT_ONCE):
        rows = extended[start : start + _DRAWN_AT_ONCE]
        rows[...] = rng.uniform(-_EMBEDDING_BOUND, _EMBEDDING_BOUND, rows.shape)
    return extended


def as_precision(values, dtype):
    """Return vectors in the precision of the model; raise if a value is too large for it.

    Parameters
    ----------
    values : ndarray or CSR array of shape (n_tokens, n_features)
    dtype : dtype

    Returns
    -------
    values : ndarray or CSR array of shape (n_tokens, n_features)
    """
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore"):
        cast = values.astype(dtype)
    if not np.isfinite(cast.data if sparse.issparse(cast) else cast).all():
        raise ValueError(
            f"X contains values too large for {dtype}, the precision of the X that this "
            "BiLSTMTagger was fitted on. Scale X, for instance with StandardScaler."
        )
    return cast
