"""The network's input for one sequence, the share of each feature in it, and a forward pass."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm._features import UNKNOWN, CharacterIds, EncodedTokens
from sklstm._model import Model
from sklstm.inspection._arguments import check_sequence
from sklstm.nn import network
from sklstm.nn.packing import Packing, pack

# Names of parts of an input that no analyzer uses for a feature.
UNKNOWN_NAME, CHARACTERS, VECTOR = "<unknown>", "<characters>", "<vector>"


class Part(NamedTuple):
    """The share of one feature in the network's input for a token.

    Attributes
    ----------
    name : str
    columns : slice
        The columns of the input.
    share : ndarray of shape (n_columns,)
        The numbers that the feature adds to these columns.
    baseline : ndarray of shape (n_columns,) or float, default=0.0
        The numbers that replace the share if the feature is left out.
    """

    name: str
    columns: slice
    share: np.ndarray
    baseline: np.ndarray | float = 0.0


class EncodedSequence(NamedTuple):
    """The network's input for one sequence.

    Attributes
    ----------
    model : Model
    tokens : list
        As the user passed them: str, dicts or 1-D arrays.
    inputs : ndarray of shape (n_tokens, n_inputs)
    parts : list of list of Part
        The parts of each token, whose shares add up to its input.
    unknown : ndarray of shape (n_inputs,)
        The input for a token without any known feature.
    """

    model: Model
    tokens: list
    inputs: np.ndarray
    parts: list
    unknown: np.ndarray


def encode_sequence(estimator, sequence, executor):
    """Validate one sequence and encode it.

    Parameters
    ----------
    estimator : estimator
        A fitted tagger, or a fitted pipeline or search that ends in one.
    sequence : object
        As the user passed it.
    executor : Executor

    Returns
    -------
    encoded : EncodedSequence
    """
    tagger, model, tokens = check_sequence(estimator, sequence)
    if tokens.kind == "vectors":
        vectors = model.encode(tokens, None).batch(np.arange(tokens.lengths[0])).vectors
        n_features = vectors.shape[1]
        names = getattr(tagger, "feature_names_in_", [f"x{k}" for k in range(n_features)])
        columns = [(str(name), slice(k, k + 1)) for k, name in enumerate(names)]
        parts = [[Part(name, column, x[column]) for name, column in columns] for x in vectors]
        unknown = np.zeros(n_features, vectors.dtype)
        return EncodedSequence(model, list(vectors), vectors, parts, unknown)
    features, characters = model.extract_features(tokens, tagger.analyzer)
    inputs, types = model.embed(model.encode_features(features, characters), executor)
    unknown = unknown_input(model, executor)
    parts_of_types = [
        [*named, *_other_parts(model, x, named, unknown)]
        for named, x in zip(_named_parts(model, features), inputs, strict=True)
    ]
    parts = [parts_of_types[k] for k in types.tolist()]
    return EncodedSequence(model, list(tokens.values), inputs[types], parts, unknown)


def unknown_input(model, executor):
    """Return the network's input for a word or dict without any known feature.

    It has one character that is not in the vocabulary, and no pre-trained vector.
    """
    architecture, table = model.architecture, model.table
    features = sparse.csr_array(([1], ([0], [UNKNOWN])), shape=(1, len(table)), dtype=table.dtype)
    characters = vectors = None
    if architecture.char_hidden_size:
        characters = CharacterIds(np.array([UNKNOWN]), np.array([0, 1]))
    if architecture.vector_size:
        vectors = np.zeros((1, architecture.vector_size), table.dtype)
    token = EncodedTokens(np.zeros(1, int), features, np.zeros(1), characters, vectors)
    inputs, _ = model.embed(token, executor)
    return inputs[0]


def _named_parts(model, features):
    """Return the parts of each unique token that are rows of the embedding table."""
    table, vocabulary = model.table, model.vocabulary
    columns, parts = slice(0, table.shape[1]), []
    for start, stop in zip(features.offsets[:-1], features.offsets[1:], strict=True):
        names, values = features.names[start:stop], features.values[start:stop]
        weights = {}
        for name, value in zip(names, values, strict=True):
            if name in vocabulary:
                weights[name] = weights.get(name, 0) + value
            else:
                weights[UNKNOWN_NAME] = 1  # once for any number of unknown features
        parts.append(
            [
                Part(name, columns, weight * table[vocabulary.get(name, UNKNOWN)])
                for name, weight in weights.items()
            ]
        )
    return parts


def _other_parts(model, x, named, unknown):
    """Return the parts of an input that are not rows of the embedding table."""
    size, parts = model.table.shape[1], []
    if model.architecture.char_hidden_size:
        share = x[:size] - sum(part.share for part in named)
        baseline = unknown[:size] - model.table[UNKNOWN]
        parts.append(Part(CHARACTERS, slice(0, size), share, baseline))
    if model.architecture.vector_size:
        parts.append(Part(VECTOR, slice(size, len(x)), x[size:], unknown[size:]))
    return parts


class ForwardPass(NamedTuple):
    """A forward pass over one sequence, whose packed rows are in the order of the tokens.

    Attributes
    ----------
    model : Model
    packing : Packing
    logits : ndarray of shape (n_tokens, n_classes)
    cache : tuple
        See :func:`sklstm.nn.network.forward`.
    """

    model: Model
    packing: Packing
    logits: np.ndarray
    cache: tuple

    @classmethod
    def of(cls, encoded):
        """Run the network over an encoded sequence, without dropout."""
        model, packing = encoded.model, pack([len(encoded.inputs)])
        masks = [None] * len(model.widths)
        logits, cache = network.forward(model.parameters, encoded.inputs, packing, masks)
        return cls(model, packing, logits, cache)

    def backward(self, dlogits):
        """Return the gradient with respect to the network's input."""
        model = self.model
        gradient = {name: np.empty_like(value) for name, value in model.parameters.items()}
        return network.backward(model.parameters, dlogits, self.cache, self.packing, gradient)
