"""Validation of the signal, labels and probabilities of a timeline."""

from numbers import Real

import numpy as np

from sklstm._sequences import REAL_TYPES, as_items, as_matrices, is_frame, show, suggestion
from sklstm.display._plotting import check_labels
from sklstm.inspection._arguments import check_index, check_nesting

_ADVICE = "Pass a list or array with one label for each step."


def check_signal(sequence):
    """Return the signal of one sequence of vectors, and the names of its channels if it has any.

    Parameters
    ----------
    sequence : array-like, sparse matrix or data frame of shape (n_steps, n_features)

    Returns
    -------
    signal : ndarray of float of shape (n_steps, n_features)
    names : list of str, or None
    """
    try:
        check_nesting(sequence)
        _, _, matrices = as_matrices([sequence])
    except (ValueError, TypeError) as error:
        raise type(error)(f"sequence is read as X = [sequence]. {error}") from error
    if not matrices or not matrices[0].shape[1]:
        raise ValueError("sequence has no steps or no features. Pass at least one of each.")
    matrix = matrices[0]
    names = [str(name) for name in matrix.columns] if is_frame(matrix) else None
    array = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    return _as_floats(array, "sequence", "of shape (n_steps, n_features)"), names


def _as_floats(values, name, shape):
    """Return an array of float; raise a ValueError that describes what was expected."""
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "biufO":
            raise TypeError(f"it contains values of type {array.dtype}")
        with np.errstate(over="ignore"):
            return array.astype(float)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name} must be an array of numbers {shape}: {error}.") from error


def check_step_labels(y, name, n_steps):
    """Return the labels of the steps as a list, or None if there are none."""
    if y is None:
        return None
    labels = as_items(y, name, _ADVICE)
    for step, label in enumerate(labels):
        if not isinstance(label, (str, *REAL_TYPES)):
            raise ValueError(
                f"{name}[{step}] is {show(label)}, not a label. Pass the labels of one sequence, "
                f"such as {name}[0]."
            )
    if len(labels) != n_steps:
        raise ValueError(
            f"{name} has {len(labels)} labels, but the sequence has {n_steps} steps. {_ADVICE}"
        )
    return [label.item() if isinstance(label, np.generic) else label for label in labels]


def check_label_list(labels):
    """Return the labels of the columns of the probabilities as a list, or None."""
    labels = check_labels(labels)
    if labels is None:
        return None
    duplicate = next((label for k, label in enumerate(labels) if label in labels[:k]), None)
    if duplicate is not None:
        raise ValueError(f"labels has {show(duplicate)} more than once. Pass each label once.")
    return labels


def check_step_probabilities(y_proba, labels, n_steps):
    """Return the probability of each label at each step, or None if there are none."""
    if y_proba is None:
        return None
    n_labels = 0 if labels is None else len(labels)
    probabilities = _as_floats(y_proba, "y_proba", "of shape (n_steps, n_labels)")
    if probabilities.shape != (n_steps, n_labels):
        raise ValueError(
            f"y_proba is of shape {probabilities.shape}, but the sequence has {n_steps} steps and "
            f"labels has {n_labels} labels. Pass one sequence of the result of predict_proba, and "
            "the classes_ of the tagger as labels."
        )
    is_valid = (probabilities >= 0) & (probabilities <= 1)
    if not is_valid.all():
        step, column = np.argwhere(~is_valid)[0]
        raise ValueError(
            f"y_proba[{step}][{column}] is {show(probabilities[step, column])}, but must be a "
            "probability from 0 to 1."
        )
    return probabilities


def check_feature_names(feature_names, columns, n_features):
    """Return the names of the channels: those passed, those of the columns, or x0, x1, ..."""
    if feature_names is None:
        return columns or [f"x{k}" for k in range(n_features)]
    if isinstance(feature_names, str) or not hasattr(feature_names, "__len__"):
        raise ValueError(f"feature_names is {show(feature_names)}, but must be a list of str.")
    if len(feature_names) != n_features:
        raise ValueError(
            f"feature_names has {len(feature_names)} names, but the sequence has {n_features} "
            "features."
        )
    return [str(name) for name in feature_names]


def check_sampling_rate(sampling_rate):
    """Raise a ValueError if the sampling rate is neither None nor a positive number."""
    if sampling_rate is None:
        return
    if not isinstance(sampling_rate, Real) or not 0 < sampling_rate < np.inf:
        raise ValueError(
            f"sampling_rate is {show(sampling_rate)}, but must be None or a number of steps per "
            "second > 0."
        )


def find_features(features, names):
    """Return the index of each feature, given by its name or its index."""
    if isinstance(features, str) or not hasattr(features, "__iter__"):
        raise ValueError(f"features is {show(features)}, but must be a list of names or indices.")
    features = list(features)
    if not features:
        raise ValueError("features is empty. Pass at least one name or index.")
    return [_find_feature(f"features[{k}]", each, names) for k, each in enumerate(features)]


def _find_feature(place, feature, names):
    if not isinstance(feature, str):
        return check_index(place, feature, len(names), "features")
    if feature not in names:
        raise ValueError(
            f"{place} is {show(feature)}, but the sequence has no such feature."
            f"{suggestion(feature, names)}"
        )
    return names.index(feature)
