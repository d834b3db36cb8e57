"""One sequence as the network reads it, and what each feature of a token adds to that."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm import _knowledge
from sklstm._batches import Bags, Letters
from sklstm._training import vectors_of_types
from sklstm.inspection._arguments import check_sequence
from sklstm.nn import network, parameters
from sklstm.nn.packing import pack

# No feature that an analyzer names looks like these.
UNKNOWN, CHARACTERS, VECTOR = "<unknown>", "<characters>", "<vector>"


class Part(NamedTuple):
    """What one feature adds to what the first layer reads of a token.

    Attributes
    ----------
    name : str
    columns : slice
        Where it is added.
    share : ndarray of shape (n_columns,)
        What is added.
    otherwise : ndarray of shape (n_columns,) or float, default=0.0
        What is there in its place if it is left out.
    """

    name: str
    columns: slice
    share: np.ndarray
    otherwise: np.ndarray | float = 0.0


class Reading(NamedTuple):
    """One sequence as the network reads it.

    Attributes
    ----------
    knowledge : Knowledge
    tokens : list
        As the user passed them: str, dicts or 1-D arrays.
    inputs : ndarray of shape (n_tokens, n_inputs)
        What the first layer reads of each token.
    parts : list of list of Part
        The features of each token, whose shares add up to its input.
    nothing : ndarray of shape (n_inputs,)
        What the first layer reads of a token of which nothing is known.
    """

    knowledge: _knowledge.Knowledge
    tokens: list
    inputs: np.ndarray
    parts: list
    nothing: np.ndarray


def read(estimator, sequence, workers):
    """Judge one sequence, and return it as the network reads it.

    Parameters
    ----------
    estimator : estimator
        A tagger, or a pipeline or search that ends in one.
    sequence : object
        Whatever was passed.
    workers : Workers

    Returns
    -------
    reading : Reading
    """
    tagger, knowledge, tokens = check_sequence(estimator, sequence)
    if knowledge.kind == "vectors":
        return _read_vectors(knowledge, tokens, tagger, workers)
    bagged = knowledge.bag(tokens, tagger.analyzer)
    inputs = vectors_of_types(knowledge.model, knowledge.to_bags(bagged), workers)
    nothing = read_nothing(knowledge, workers)
    named = _named_parts(knowledge, bagged)
    parts = [
        [*some, *_blocks(knowledge, x, nothing)] for some, x in zip(named, inputs, strict=True)
    ]
    types = bagged.types
    of_tokens = [parts[k] for k in types.tolist()]
    return Reading(knowledge, list(tokens.values), inputs[types], of_tokens, nothing)


def _read_vectors(knowledge, tokens, tagger, workers):
    sequences = knowledge.sequences(tokens, None, workers)
    inputs, _ = sequences.tokens.inputs(np.arange(tokens.lengths[0]))
    n_features = inputs.shape[1]
    names = getattr(tagger, "feature_names_in_", [f"x{k}" for k in range(n_features)])
    columns = [(str(name), slice(k, k + 1)) for k, name in enumerate(names)]
    parts = [[Part(name, column, x[column]) for name, column in columns] for x in inputs]
    return Reading(knowledge, list(inputs), inputs, parts, np.zeros(n_features, inputs.dtype))


def read_nothing(knowledge, workers):
    """Return what the first layer reads of a word or dict of which nothing is known.

    None of its features is, it is spelled by one character that was never seen, and it has no
    pre-trained vector.
    """
    table = knowledge.model.table
    features = sparse.csr_array(([1], ([0], [0])), shape=(1, len(table)), dtype=table.dtype)
    letters = Letters.of(np.zeros(1, np.intp), np.ones(1, np.intp)) if knowledge.spells else None
    fixed = np.zeros((1, knowledge.n_fixed), table.dtype) if knowledge.n_fixed else None
    bags = Bags(np.zeros(1, np.intp), features, np.zeros(1), letters, fixed)
    return vectors_of_types(knowledge.model, bags, workers)[0]


def _named_parts(knowledge, bagged):
    """Return the parts of each type that are rows of the table."""
    table, vocabulary = knowledge.model.table, knowledge.vocabulary
    columns = slice(0, table.shape[1])
    parts = []
    for start, stop in zip(bagged.offsets[:-1], bagged.offsets[1:], strict=True):
        weights = {}
        for name, value in zip(bagged.names[start:stop], bagged.values[start:stop], strict=True):
            if name in vocabulary:
                weights[name] = weights.get(name, 0) + value
            else:
                weights[UNKNOWN] = 1  # however many there are
        parts.append(
            [
                Part(name, columns, weight * table[vocabulary.get(name, 0)])
                for name, weight in weights.items()
            ]
        )
    return parts


def _blocks(knowledge, x, nothing):
    """Return the parts of a type that are no rows of the table."""
    starts = [knowledge.model.table.shape[1], len(x) - knowledge.n_fixed, len(x)]
    blocks = zip((CHARACTERS, VECTOR), starts[:-1], starts[1:], strict=True)
    return [
        Part(name, slice(start, stop), x[start:stop], nothing[start:stop])
        for name, start, stop in blocks
        if start < stop
    ]


class Passage(NamedTuple):
    """A pass of the network over one sequence, its packed rows in the order of the tokens.

    Attributes
    ----------
    model : Model
    views : dict of tuple to ndarray
        The parameters.
    packing : Packing
    masks : list of ndarray
    resources : Resources
    logits : ndarray of shape (n_tokens, n_classes)
    caches : list
        The states of each direction of each layer, and what the output reads.
    """

    model: object
    views: dict
    packing: object
    masks: list
    resources: network.Resources
    logits: np.ndarray
    caches: list

    @classmethod
    def over(cls, reading, workers):
        """Run the network over one sequence; nothing is dropped."""
        model, n_tokens = reading.knowledge.model, len(reading.inputs)
        views = parameters.views(model.vector, model.shapes)
        packing = pack([n_tokens])
        masks = network.no_dropout(model.widths, n_tokens, model.dtype)
        resources = network.Resources(workers.run, np.empty)
        logits, caches = network.forward(views, reading.inputs, packing, masks, resources)
        return cls(model, views, packing, masks, resources, logits, caches)

    def backward(self, dlogits):
        """Return the gradient with respect to what the first layer has read."""
        dviews = parameters.views(np.empty_like(self.model.vector), self.model.shapes)
        return network.backward(
            self.views, dlogits, self.caches, self.packing, self.masks, self.resources, dviews
        )
