"""Read partitions, merge their classes and vocabularies, and encode them as corpora."""

from contextlib import contextmanager
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
from sklstm._sequences import Dataset, Tokens, show
from sklstm._validation.weights import check_sample_weight
from sklstm._validation.X import check_X
from sklstm.dask._collections import is_long_frame, sequences_of


class Partition(NamedTuple):
    """The sequences of a partition that are trained on, without their words.

    Attributes
    ----------
    number : int
        The number of the partition, for errors.
    dataset : Dataset
        Its tokens have no values, except vectors.
    types : ndarray of int of shape (n_tokens,) or None
        The index of each token among the unique ones of the partition; None for vectors.
    """

    number: int
    dataset: Dataset
    types: Any


class Summary(NamedTuple):
    """The data of a partition that the client needs.

    Attributes
    ----------
    number : int
        The number of the partition, for errors.
    ids : pandas.Index or None
        The values of the index of a data frame, one for each sequence.
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

    number: int
    ids: Any
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


@contextmanager
def _in_partition(number):
    """Add the number of a partition to errors."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In partition {number}: {error}") from error


def read_partition(number, partitions, validated, features, hold_out):
    """Validate a partition; return it and its summary, or None if no token counts.

    Parameters
    ----------
    number : int
        The number of the partition, for errors.
    partitions : tuple
        The partitions of the sequences, of their tags, and of their weights, which can be None.
    validated : BiLSTMTagger
        A tagger that is not fitted. It gets the fitted attributes of the features of vectors.
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
    with _in_partition(number):
        X, y, sample_weight = read_sequences(*partitions)
        if not total_weight(X, y, sample_weight, validated):
            return None
        dataset = _validation.check_dataset(X, y, sample_weight, validated, reset=True)
        validation: tuple = ()
        if hold_out is not None:
            dataset, validation = hold_out(number, dataset)
    tokens, weights = dataset.tokens, dataset.sequence_weights
    types, unique, type_weights, frequencies = None, tokens.values[:0], None, {}
    if tokens.kind != "vectors":
        types, unique, frequencies = _extract(tokens, weights, *features)
        type_weights = np.bincount(types, np.repeat(weights, tokens.lengths))
    attributes = {name: vars(validated)[name] for name in vars(validated) if name.endswith("_in_")}
    summary = Summary(
        number,
        partitions[0].index.unique() if is_long_frame(partitions[0]) else None,
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
    return Partition(number, dataset, types), summary


def read_sequences(X, y, sample_weight):
    """Return the sequences of a partition, with their tags and weights, in the tagger's forms."""
    for name, partition in (("y", y), ("sample_weight", sample_weight)):
        if is_long_frame(X) and is_long_frame(partition) and not X.index.equals(partition.index):
            raise ValueError(
                f"The index of {name} differs from that of X: pass columns of one data frame."
            )
    sequences = [None if each is None else sequences_of(each) for each in (X, y, sample_weight)]
    if not _count(sequences[0]) and _count(sequences[1]):
        raise ValueError("X has no token, but y has tags.")
    return sequences


def total_weight(X, y, sample_weight, tagger):
    """Return the total weight of the tokens of a partition.

    Parameters
    ----------
    X, y, sample_weight
        The result of :func:`read_sequences`.
    tagger : BiLSTMTagger
    """
    n_tokens = float(_count(X))
    if not n_tokens or sample_weight is None:
        return n_tokens
    tokens = check_X(X, tagger, reset=not tagger.__sklearn_is_fitted__())
    return float(check_sample_weight(sample_weight, tokens)[0].sum())


def _count(sequences):
    """Return the number of tokens; something that has no length is refused later."""
    return sum(len(each) if hasattr(each, "__len__") else 1 for each in sequences)


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


class Merged(NamedTuple):
    """The classes, the model and the encoding of all partitions together.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    model : Model
        With initial parameters.
    encoded : EncodedTokens or VectorTokens
        The unique tokens of all partitions.
    token_indices : list of ndarray of int
        For each partition, the index of each of its unique tokens in `encoded`.
    class_factors : ndarray of shape (n_classes,)
        The weights of the classes.
    mean_weight : float
        The mean weight of a token.
    """

    classes: np.ndarray
    model: Any
    encoded: Any
    token_indices: list
    class_factors: np.ndarray
    mean_weight: float


def merge(summaries, params, rng):
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
    merged : Merged
    """
    _check_is_whole(summaries)
    _check_same_kind(summaries)
    kind = summaries[0].kind
    label_weights = _sum_dicts(summary.label_weights for summary in summaries)
    classes, factors = np.array(sorted(label_weights)), np.ones(len(label_weights))
    weights = np.array([label_weights[label] for label in classes.tolist()])
    if params.class_weight is not None:
        indices = np.arange(len(classes))
        factors = _validation.check_class_weight(params.class_weight, classes, indices, weights)
    n_tokens = sum(int(summary.lengths.sum()) for summary in summaries)
    mean_weight = float(weights @ factors) / n_tokens
    if kind == "vectors":
        unique, type_weights, token_indices = summaries[0].tokens, np.empty(0), []
    else:
        unique, type_weights, token_indices = _merge_tokens(summaries)
        if params.vocabulary is None:
            vocabulary = _frequent(summaries, params.min_df)
            params = SimpleNamespace(**vars(params) | {"vocabulary": vocabulary})
    lengths = np.ones(len(type_weights), np.intp)
    tokens = Tokens(kind, "ragged", lengths, unique)
    dataset = Dataset(tokens, [], np.ones(len(lengths)), type_weights)
    model, encoded = prepare_training(dataset, classes, params, rng)
    return Merged(classes, model, encoded, token_indices, factors, mean_weight)


def _sum_dicts(dicts):
    """Return the sum of the values of each key."""
    total: dict[Any, float] = {}
    for each in dicts:
        for key, value in each.items():
            total[key] = total.get(key, 0) + value
    return total


def _check_is_whole(summaries):
    """Raise an error if rows of a sequence of a data frame are in several partitions."""
    number_of: dict[Any, int] = {}
    for summary in summaries:
        for each in () if summary.ids is None else summary.ids:
            number = number_of.setdefault(each, summary.number)
            if number != summary.number:
                raise ValueError(
                    f"Rows of the sequence {show(each)} are in the partitions {number} and "
                    f"{summary.number}: all rows of a sequence must be in one. Sort the rows and "
                    'set the index: sort_values(["sentence", "position"]).set_index("sentence", '
                    "sorted=True)."
                )


def _check_same_kind(summaries):
    """Raise an error if the tokens or the tags of partitions are of different kinds."""
    first = summaries[0]
    for summary in summaries:
        if summary.kind != first.kind:
            raise ValueError(
                f"The tokens of partition {summary.number} are {summary.kind}, those of partition "
                f"{first.number} {first.kind}: all tokens must be of one kind."
            )
        if summary.attributes != first.attributes and not _same_names(summary, first):
            raise ValueError(
                f"The vectors of partition {summary.number} have other features than those of "
                f"partition {first.number}: {summary.attributes} and {first.attributes}."
            )
        ours, theirs = (isinstance(next(iter(s.label_weights)), str) for s in (summary, first))
        if ours != theirs:
            raise ValueError(
                f"Some tags of partition {summary.number} and of partition {first.number} are str, "
                "the others are numbers: tags must be all str or all integers."
            )


def _same_names(one, other):
    names, others = one.attributes, other.attributes
    return names.keys() == others.keys() and all(
        np.array_equal(names[name], others[name]) for name in names
    )


def _merge_tokens(summaries):
    """Return the unique tokens of all partitions, their weights, and their indices by partition."""
    index: dict[Any, int] = {}
    unique, token_indices = [], []
    for summary in summaries:
        indices = []
        for token in summary.tokens:
            key = token if summary.kind == "words" else repr(sorted(token.items()))
            indices.append(index.setdefault(key, len(index)))
            if len(index) > len(unique):
                unique.append(token)
        token_indices.append(np.array(indices, np.intp))
    weights = np.zeros(len(unique))
    for summary, indices in zip(summaries, token_indices, strict=True):
        weights[indices] += summary.type_weights
    return unique, weights, token_indices


def _frequent(summaries, min_df):
    """Return the features that enough sequences contain, sorted."""
    frequencies = _sum_dicts(summary.frequencies for summary in summaries)
    threshold = frequency_threshold(min_df, sum(summary.n_sequences for summary in summaries))
    names = sorted(name for name, n in frequencies.items() if n >= threshold)
    check_frequent(names, min_df)
    return names


def encode_partition(partition, encoded, rows, merged, params):
    """Return the corpus of a partition.

    Parameters
    ----------
    partition : Partition
    encoded : EncodedTokens or None
        Its unique tokens.
    rows : ndarray of int or None
        The rows of the embedding table that the ids in `encoded` stand for.
    merged : Merged
        Without the model and the encoding of other partitions.
    params : SimpleNamespace
        Has the parameters `output` and `scheme`, and the `dtype` of the model.

    Returns
    -------
    corpus_and_rows : (Corpus, ndarray of int or None)
    """
    (number, dataset, types), classes = partition, merged.classes
    if params.output == "crf":
        with _in_partition(number):
            _validation.check_crf_targets(dataset, classes, params.scheme)
    targets = _validation.encode_labels(dataset, classes)
    weights = dataset.weights * merged.class_factors[targets]
    if encoded is None:
        tokens = VectorTokens(as_precision(dataset.tokens.values, params.dtype))
    else:
        tokens = encoded._replace(types=encoded.types[types])
    lengths = dataset.tokens.lengths
    return Corpus(lengths, tokens, targets, weights, merged.mean_weight), rows
