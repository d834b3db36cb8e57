"""Read partitions, merge their classes and vocabularies, and encode them as corpora."""

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from sklstm import _validation
from sklstm._batching import Corpus
from sklstm._digest import digest
from sklstm._features import VectorTokens, extract_features, make_analyzer
from sklstm._model import (
    as_precision,
    check_frequent,
    feature_frequencies,
    frequency_threshold,
    prepare_training,
)
from sklstm._sequences import Dataset, Tokens


class Partition(NamedTuple):
    """The sequences of a partition that are trained on, without their words.

    Attributes
    ----------
    dataset : Dataset
        Its tokens have no values, except vectors.
    types : ndarray of int of shape (n_tokens,) or None
        The index of each token among the unique ones of the partition; None for vectors.
    """

    dataset: Dataset
    types: Any


class Summary(NamedTuple):
    """The data of a partition that the client needs.

    Attributes
    ----------
    kind, form : str
        As for :class:`~sklstm._sequences.Tokens`.
    attributes : dict
        The fitted attributes of the features of vectors.
    lengths : ndarray of int of shape (n_sequences,)
    tokens : list
        The unique words or dicts of the partition; for vectors, a row without values.
    type_weights : ndarray of shape (n_types,)
        The total weight of each unique token.
    frequencies : dict of str to float
        The total weight of the sequences that contain each feature.
    n_sequences : float
        The total weight of the sequences.
    label_weights : dict
        The total weight of the tokens of each tag.
    digest : str
        A digest of the partition.
    validation : tuple
        The sequences that are held out, their tags and weights.
    """

    kind: str
    form: str
    attributes: dict
    lengths: np.ndarray
    tokens: Any
    type_weights: Any
    frequencies: dict
    n_sequences: float
    label_weights: dict
    digest: str
    validation: tuple


def read_partition(number, sequences, scratch, features, hold_out):
    """Validate a partition; return it and its summary, or None if it has no token.

    Parameters
    ----------
    number : int
        The number of the partition, for errors.
    sequences : (list, list, list or None)
        The sequences, their tags, and their weights.
    scratch : BiLSTMTagger
        A tagger that is not fitted.
    features : tuple
        The parameters `analyzer` and `char_hidden_size`.
    hold_out : callable or None
        Takes the number of a partition and a dataset, which it divides into a training set and a
        validation set.

    Returns
    -------
    partition : Partition
    summary : Summary
    """
    (X, y, sample_weight), validation = sequences, ()
    if not any(map(len, X)):
        return None
    try:
        dataset = _validation.check_dataset(X, y, sample_weight, scratch, reset=True)
        if hold_out is not None:
            dataset, validation = hold_out(number, dataset)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In partition {number}: {error}") from error
    tokens, weights = dataset.tokens, dataset.sequence_weights
    types, unique, type_weights, frequencies = None, tokens.values[:0], None, {}
    if tokens.kind != "vectors":
        types, unique, frequencies = _extract(tokens, weights, *features)
        type_weights = np.bincount(types, np.repeat(weights, tokens.lengths))
    attributes = {name: vars(scratch)[name] for name in vars(scratch) if name.endswith("_in_")}
    summary = Summary(
        tokens.kind,
        tokens.form,
        attributes,
        tokens.lengths,
        unique,
        type_weights,
        frequencies,
        float(weights.sum()),
        _label_weights(dataset),
        digest(dataset),
        tuple(validation),
    )
    if tokens.kind != "vectors":
        dataset = dataset._replace(tokens=tokens._replace(values=None))
    return Partition(dataset, types), summary


def _extract(tokens, sequence_weights, analyzer, char_hidden_size):
    """Return the type of each token, the unique tokens, and the frequencies of features."""
    extracted = extract_features(tokens, make_analyzer(analyzer), char_hidden_size > 0)
    of_tokens = [each for each in extracted if each is not None]
    frequencies = feature_frequencies(of_tokens, tokens.lengths, sequence_weights)
    types = extracted[0].types
    first = np.unique(types, return_index=True)[1]
    return types, [tokens.values[k] for k in first], frequencies


def _label_weights(dataset):
    """Return the total weight of the tokens of each tag."""
    counted = dataset.weights > 0
    labels = np.asarray(dataset.labels, dtype=object)[counted]
    unique, codes = np.unique(labels, return_inverse=True)
    totals = np.bincount(codes, dataset.weights[counted])
    return dict(zip(unique.tolist(), totals.tolist(), strict=True))


class Agreement(NamedTuple):
    """The classes, the model and the encoding of all partitions together.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    model : Model
        With initial parameters.
    encoded : EncodedTokens or VectorTokens
        The unique tokens of all partitions.
    members : list of ndarray of int
        For each partition, the index of each of its unique tokens in `encoded`.
    class_factors : ndarray of shape (n_classes,)
        The weights of the classes.
    mean_weight : float
        The mean weight of a token.
    """

    classes: np.ndarray
    model: Any
    encoded: Any
    members: list
    class_factors: np.ndarray
    mean_weight: float


def agree(summaries, params, rng):
    """Return the classes, the initial model and the encoding of all partitions.

    The unique tokens of all partitions, each with its total weight, give the model and the encoding
    that one process would have.

    Parameters
    ----------
    summaries : list of Summary
    params : SimpleNamespace
        The parameters of the estimator.
    rng : numpy.random.RandomState

    Returns
    -------
    agreement : Agreement
    """
    _check_same_kind(summaries)
    kind = summaries[0].kind
    label_weights: dict[Any, float] = {}
    for summary in summaries:
        for label, weight in summary.label_weights.items():
            label_weights[label] = label_weights.get(label, 0) + weight
    classes, factors = np.array(sorted(label_weights)), np.ones(len(label_weights))
    weights = np.array([label_weights[label] for label in classes.tolist()])
    if params.class_weight is not None:
        indices = np.arange(len(classes))
        factors = _validation.check_class_weight(params.class_weight, classes, indices, weights)
    n_tokens = sum(int(summary.lengths.sum()) for summary in summaries)
    mean_weight = float(weights @ factors) / n_tokens
    if kind == "vectors":
        unique, type_weights, members = summaries[0].tokens, np.empty(0), []
    else:
        unique, type_weights, members = _merge(summaries)
        if params.vocabulary is None:
            vocabulary = _frequent(summaries, params.min_df)
            params = SimpleNamespace(**vars(params) | {"vocabulary": vocabulary})
    lengths = np.ones(len(type_weights), np.intp)
    tokens = Tokens(kind, "ragged", lengths, unique)
    dataset = Dataset(tokens, [], np.ones(len(lengths)), type_weights)
    model, encoded = prepare_training(dataset, classes, params, rng)
    return Agreement(classes, model, encoded, members, factors, mean_weight)


def _check_same_kind(summaries):
    """Raise an error if the tokens or the tags of partitions are of different kinds."""
    first = summaries[0]
    for number, summary in enumerate(summaries):
        if summary.kind != first.kind:
            raise ValueError(
                f"The tokens of partition {number} are {summary.kind}, those of partition 0 "
                f"{first.kind}: all tokens must be of one kind."
            )
        if summary.attributes != first.attributes and not _same_names(summary, first):
            raise ValueError(
                f"The vectors of partition {number} have other features than those of partition 0: "
                f"{summary.attributes} and {first.attributes}."
            )
        ours, theirs = (isinstance(next(iter(s.label_weights)), str) for s in (summary, first))
        if ours != theirs:
            raise ValueError(
                f"Some tags of partition {number} and of partition 0 are str, the others are "
                "numbers: tags must be all str or all integers."
            )


def _same_names(one, other):
    names, others = one.attributes, other.attributes
    return names.keys() == others.keys() and all(
        np.array_equal(names[name], others[name]) for name in names
    )


def _merge(summaries):
    """Return the unique tokens of all partitions, their weights, and their indices by partition."""
    index: dict[Any, int] = {}
    unique, members = [], []
    for summary in summaries:
        indices = []
        for token in summary.tokens:
            key = token if summary.kind == "words" else repr(sorted(token.items()))
            indices.append(index.setdefault(key, len(index)))
            if len(index) > len(unique):
                unique.append(token)
        members.append(np.array(indices, np.intp))
    weights = np.zeros(len(unique))
    for summary, indices in zip(summaries, members, strict=True):
        weights[indices] += summary.type_weights
    return unique, weights, members


def _frequent(summaries, min_df):
    """Return the features that enough sequences contain, sorted."""
    frequencies: dict[str, float] = {}
    for summary in summaries:
        for name, n in summary.frequencies.items():
            frequencies[name] = frequencies.get(name, 0) + n
    threshold = frequency_threshold(min_df, sum(summary.n_sequences for summary in summaries))
    names = sorted(name for name, n in frequencies.items() if n >= threshold)
    check_frequent(names, min_df)
    return names


def encode_partition(partition, encoded, rows, agreement, params):
    """Return the corpus of a partition.

    Parameters
    ----------
    partition : Partition
    encoded : EncodedTokens or None
        Its unique tokens.
    rows : ndarray of int or None
        The rows of the embedding table that the ids in `encoded` stand for.
    agreement : Agreement
        Without the model and the encoding of other partitions.
    params : SimpleNamespace
        Has the parameters `output` and `scheme`, and the `dtype` of the model.

    Returns
    -------
    corpus_and_rows : (Corpus, ndarray of int or None)
    """
    (dataset, types), classes = partition, agreement.classes
    if params.output == "crf":
        _validation.check_crf_targets(dataset, classes, params.scheme)
    targets = _validation.encode_labels(dataset, classes)
    weights = dataset.weights * agreement.class_factors[targets]
    if encoded is None:
        tokens = VectorTokens(as_precision(dataset.tokens.values, params.dtype))
    else:
        tokens = encoded._replace(types=encoded.types[types])
    lengths = dataset.tokens.lengths
    return Corpus(lengths, tokens, targets, weights, agreement.mean_weight), rows
