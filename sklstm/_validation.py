"""The only place that judges what a user passes: parameters, X, y, sample weights.

What passes is in one form: all tokens one after another, and the lengths of the sequences. What
does not is answered with what is wrong, where it is, and what to do.
"""

import numbers
from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, check_consistent_length, check_scalar, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from sklstm._batches import token_indices

FORMS = (
    "Pass a list of sequences: each a list of str, a list of dict, or an array of shape "
    "(n_tokens, n_features)."
)


class Tokens(NamedTuple):
    """The tokens of all sequences, judged.

    Attributes
    ----------
    kind : {"words", "dicts", "vectors", "nothing"}
        What a token is; "nothing" where there is none and nothing tells.
    form : {"ragged", "block", "rows"}
        What the container is: separate sequences, a 3-D array, or one-token sequences in 2-D.
    lengths : ndarray of int of shape (n_sequences,)
        The number of tokens of each sequence.
    values : list, ndarray or CSR array
        The tokens, one sequence after another.
    """

    kind: str
    form: str
    lengths: np.ndarray
    values: object

    def indices(self, members):
        """Return the places of the tokens of some of the sequences."""
        starts = np.cumsum(self.lengths) - self.lengths
        return token_indices(starts[members], self.lengths[members])

    def select(self, members):
        """Return some of the sequences, by index, as tokens of their own."""
        picked = self.indices(members)
        if isinstance(self.values, list):
            values = [self.values[k] for k in picked.tolist()]
        else:
            values = self.values[picked]
        return self._replace(lengths=self.lengths[members], values=values)

    def place(self, token):
        """Say which sequence a token belongs to, and its place there, as they are indexed."""
        sequence = int(np.searchsorted(np.cumsum(self.lengths), token, side="right"))
        token -= int(self.lengths[:sequence].sum())
        return f"[{sequence}]" if self.form == "rows" else f"[{sequence}][{token}]"


class Sample(NamedTuple):
    """Sequences with their tags and weights, judged.

    Attributes
    ----------
    tokens : Tokens
    labels : ndarray or list of n_tokens labels
    weights : ndarray of shape (n_tokens,)
        The weight of each token; the labels of tokens of weight 0 may be anything.
    sequence_weights : ndarray of shape (n_sequences,)
        The weight with which each sequence counts where sequences are counted.
    """

    tokens: Tokens
    labels: object
    weights: np.ndarray
    sequence_weights: np.ndarray

    def select(self, members):
        """Return some of the sequences, by index, as a sample of their own."""
        picked = self.tokens.indices(members)
        if isinstance(self.labels, list):
            labels = [self.labels[k] for k in picked.tolist()]
        else:
            labels = self.labels[picked]
        return Sample(
            self.tokens.select(members),
            labels,
            self.weights[picked],
            self.sequence_weights[members],
        )


def check_sample(X, y, sample_weight, estimator, *, reset):
    """Judge all that is to be learnt from, and leave out the sequences of weight 0.

    Parameters
    ----------
    X, y, sample_weight : object
        Whatever was passed.
    estimator : estimator
    reset : bool
        See :func:`check_X`.

    Returns
    -------
    sample : Sample
    """
    tokens = check_X(X, estimator, reset=reset)
    check_any_token(tokens)
    weights, sequence_weights = check_sample_weight(sample_weight, tokens)
    check_any_weight(weights)
    labels = check_y(y, tokens, weights > 0)
    sample = Sample(tokens, labels, weights, sequence_weights)
    if sequence_weights.all():
        return sample
    return sample.select(np.flatnonzero(sequence_weights))


# -- X ------------------------------------------------------------------------------------------


def check_X(X, estimator, *, reset):
    """Judge the sequences that a user passes.

    Parameters
    ----------
    X : object
        Whatever was passed.
    estimator : estimator
        Where the number and the names of the features of vectors are known from or, with
        ``reset``, are written to.
    reset : bool
        Whether this is a new start: features are counted and named anew.

    Returns
    -------
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        Which sequence and token are wrong, and what to do.
    """
    if sparse.issparse(X) or _is_frame(X):
        return _check_rows(X, estimator, reset)
    if _only_array_protocol(X):
        X = np.asarray(X)
    if isinstance(X, np.ndarray) and (X.ndim != 1 or X.dtype.kind in "biufcmM"):
        if X.dtype.kind not in "OUST":
            return _check_numeric(X, estimator, reset)
        if not _holds_only(X.ravel().tolist(), (str, Mapping)):
            return _check_numeric(X.astype(np.float64), estimator, reset)
        if X.ndim > 2:
            raise ValueError(
                f"X is an array of {X.dtype} with {X.ndim} dimensions, expected 2: one row a "
                f"sequence, one entry a token. {FORMS}"
            )
    return _check_items(_as_items(X, "X"), X, estimator, reset)


def _is_frame(X):
    return hasattr(X, "columns") and hasattr(X, "shape") and not isinstance(X, np.ndarray)


def _only_array_protocol(X):
    return hasattr(X, "__array__") and not isinstance(X, np.ndarray) and not hasattr(X, "__iter__")


def _holds_only(values, kinds):
    return bool(values) and all(issubclass(kind, kinds) for kind in set(map(type, values)))


def _as_items(container, name):
    """Return the elements of a container that has an order and a length."""
    if isinstance(container, (str, bytes, Mapping, Set, Iterator)) or not hasattr(
        container, "__iter__"
    ):
        raise TypeError(f"{name} is a {type(container).__name__}, not a list. {FORMS}")
    return list(container)


def _check_rows(X, estimator, reset):
    X = validate_data(
        estimator, X, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32]
    )
    return Tokens("vectors", "rows", np.ones(X.shape[0], np.intp), X)


def _check_numeric(X, estimator, reset):
    if X.ndim != 3:
        return _check_rows(X, estimator, reset)
    n_sequences, n_steps, n_features = X.shape
    tokens = Tokens(
        "vectors",
        "block",
        np.full(n_sequences, n_steps, np.intp),
        X.reshape(n_sequences * n_steps, n_features),
    )
    return _check_vectors(tokens, estimator, reset)


def _check_vectors(tokens, estimator, reset, first_frame=None):
    """Judge stacked vectors, with names of features if they came from data frames."""
    values = tokens.values
    if not values.shape[0]:
        return tokens
    numbers_only = values.data if sparse.issparse(values) else values
    if numbers_only.dtype.kind == "f" and not np.isfinite(numbers_only).all():
        bad = ~np.isfinite(values.tocoo().data if sparse.issparse(values) else values)
        where = values.tocoo().row[bad] if sparse.issparse(values) else np.nonzero(bad)[0]
        raise ValueError(
            f"Input X contains NaN or infinity, first in X{tokens.place(int(where.min()))}. "
            "Impute or remove such values first, for instance with sklearn.impute."
        )
    if first_frame is not None:
        validate_data(estimator, first_frame, reset=reset, dtype=[np.float64, np.float32])
        reset = False
        values = check_array(values, accept_sparse="csr", dtype=[np.float64, np.float32])
    else:
        values = validate_data(
            estimator, values, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32]
        )
    return tokens._replace(values=values)


def _check_items(items, X, estimator, reset):
    """Judge a container of sequences; the first token there is decides what a token is."""
    for i, item in enumerate(items):
        _check_item(item, i, items)
    first = next((item for item in items if _length(item)), None)
    if first is None:
        lengths = np.zeros(len(items), np.intp)
        return Tokens("nothing", "ragged", lengths, [])
    token = None if _is_matrix(first) else next(iter(first))
    if isinstance(token, numbers.Number):
        return _check_numeric(_rectangle(X), estimator, reset)
    if isinstance(token, str):
        return _flatten(items, "words", str, "str")
    if isinstance(token, Mapping):
        tokens = _flatten(items, "dicts", Mapping, "dict")
        _check_dicts(tokens)
        return tokens
    _refuse_pairs(token, items.index(first) if isinstance(token, tuple) else 0)
    return _stack(items, estimator, reset)


def _check_item(item, i, items):
    if isinstance(item, numbers.Number) or item is None:
        check_array(np.asarray(items), input_name="X")  # says "Reshape your data"
        raise ValueError(f"X[{i}] is {item!r}, not a sequence. {FORMS}")
    if isinstance(item, str):
        raise ValueError(
            f"X[{i}] is a str, {item!r}: X looks like one sentence, not a list of sentences. "
            "Pass [sentence] to tag a single one, and split text into words first."
        )
    if isinstance(item, Mapping):
        raise ValueError(
            f"X[{i}] is a dict: X looks like one sequence of tokens, not a list of sequences. "
            "Pass [sequence] to tag a single one."
        )
    if isinstance(item, (Set, Iterator)) or not (hasattr(item, "__len__") or _is_matrix(item)):
        raise TypeError(
            f"X[{i}] is a {type(item).__name__}, which has no order or no length. "
            "Make it a list of tokens."
        )


def _is_matrix(item):
    return sparse.issparse(item) or _is_frame(item) or getattr(item, "ndim", 1) == 2


def _length(item):
    return item.shape[0] if _is_matrix(item) else len(item)


def _rectangle(X):
    try:
        return np.asarray(X if not isinstance(X, np.ndarray) else X.tolist(), dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(
            "X holds lists of numbers that do not make one rectangular array of shape "
            "(n_samples, n_features). For sequences of numbers make each token a vector: "
            "each sequence an array of shape (n_tokens, n_features)."
        ) from error


def _refuse_pairs(token, i):
    if isinstance(token, (tuple, list)) and len(token) == 2 and _holds_only(list(token), str):
        raise ValueError(
            f"X[{i}][0] is {token!r}, which looks like a pair of a word and its tag. Pass the "
            "words as X and the tags as y."
        )


def _flatten(items, kind, cls, name):
    values = list(chain.from_iterable(items))
    tokens = Tokens(kind, "ragged", np.fromiter(map(len, items), np.intp, len(items)), values)
    if not _holds_only(values, cls):
        k, odd = next((k, v) for k, v in enumerate(values) if not isinstance(v, cls))
        raise ValueError(
            f"X{tokens.place(k)} is {_show(odd)} of type {type(odd).__name__}, but earlier tokens "
            f"are {name}: all tokens must be of one kind."
        )
    return tokens


def _show(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _check_dicts(tokens):
    """Judge each distinct kind of value once, and numbers for being finite."""
    for k, token in enumerate(tokens.values):
        for name, value in token.items():
            problem = _feature_problem(name, value)
            if problem:
                raise ValueError(
                    f"X{tokens.place(k)}: feature {name!r} {problem}. A feature has a str for a "
                    "name and a str, a bool, a finite number, a collection of str or a dict of "
                    "such for a value; leave out what is missing."
                )


def _feature_problem(name, value):
    if not isinstance(name, str):
        return f"is named by a {type(name).__name__}"
    if isinstance(value, str):
        return None
    if isinstance(value, numbers.Real) or isinstance(value, np.bool_):
        return None if np.isfinite(value) else f"is {value}"
    if isinstance(value, (list, tuple, set, frozenset)):
        odd = next((each for each in value if not isinstance(each, str)), None)
        return None if odd is None and None not in value else f"holds {_show(odd)}"
    if isinstance(value, Mapping):
        problems = (_feature_problem(*item) for item in value.items())
        return next(filter(None, problems), None)
    return f"is {_show(value)}" if value is None else f"is a {type(value).__name__}"


def _stack(items, estimator, reset):
    """Judge and stack sequences of vectors."""
    matrices = [_as_matrix(item, i) for i, item in enumerate(items)]
    lengths = np.fromiter((matrix.shape[0] for matrix in matrices), np.intp, len(items))
    filled = [i for i in range(len(items)) if lengths[i]]
    first = filled[0]
    for i in filled:
        if matrices[i].shape[1] != matrices[first].shape[1]:
            raise ValueError(
                f"X[{i}] has {matrices[i].shape[1]} features per token, but X[{first}] has "
                f"{matrices[first].shape[1]}: all tokens must have the same features."
            )
    frames = [i for i in filled if _is_frame(items[i])]
    for i in frames:
        if list(items[i].columns) != list(items[frames[0]].columns):
            raise ValueError(f"The columns of X[{i}] are not those of X[{frames[0]}].")
    parts = [matrices[i] for i in filled]
    if any(map(sparse.issparse, parts)):
        values = sparse.vstack([sparse.csr_array(part) for part in parts], format="csr")
    else:
        values = np.concatenate(parts)
    tokens = Tokens("vectors", "ragged", lengths, values)
    return _check_vectors(tokens, estimator, reset, items[frames[0]] if frames else None)


def _as_matrix(item, i):
    if sparse.issparse(item):
        return item
    try:
        matrix = np.asarray(item)
        if matrix.dtype.kind not in "biufc":
            matrix = matrix.astype(np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"X[{i}] is not a numeric array of shape (n_tokens, n_features): its tokens are not "
            "vectors of one length, or not of numbers."
        ) from error
    if matrix.size and matrix.ndim != 2:
        raise ValueError(
            f"X[{i}] has {matrix.ndim} dimensions, expected 2: an array of shape (n_tokens, "
            "n_features)."
        )
    return matrix if matrix.ndim == 2 else np.empty((0, 0))


def check_same_kind(tokens, kind):
    """Refuse tokens of another kind than those the estimator was fitted on."""
    if tokens.kind not in (kind, "nothing"):
        raise ValueError(
            f"The tokens of X are {tokens.kind}, but this BiLSTMTagger was fitted on {kind}."
        )


def check_continues(kind, architecture, known_kind, known_architecture):
    """Refuse to go on training a model of another kind or build."""
    if kind != known_kind:
        raise ValueError(
            f"This BiLSTMTagger was fitted on tokens that are {known_kind}, but X holds {kind}: "
            "start anew with fit and warm_start=False."
        )
    if architecture != known_architecture:
        raise ValueError(
            f"This BiLSTMTagger was fitted as {known_architecture}, but its parameters now ask "
            f"for {architecture}: start anew with fit and warm_start=False."
        )


def check_any_token(tokens):
    """Refuse to learn from nothing."""
    if not len(tokens.lengths):
        raise ValueError(
            "X has 0 sequences (samples) while a minimum of 1 is required: there is nothing to "
            "learn from."
        )
    if not tokens.lengths.any():
        raise ValueError("X has no token at all: every sequence is empty.")


# -- y ------------------------------------------------------------------------------------------


def check_y(y, tokens, counted):
    """Judge the tags that a user passes.

    Parameters
    ----------
    y : object
        Whatever was passed.
    tokens : Tokens
        The sequences that it belongs to.
    counted : ndarray of bool of shape (n_tokens,)
        The tags to look at; others may be anything.

    Returns
    -------
    labels : ndarray or list of n_tokens labels
        An array where one was passed for rows or a block, and keeps its type; else a list.

    Raises
    ------
    ValueError
        Which sequence and token are wrong, and what to do.
    """
    if y is None:
        raise ValueError("This BiLSTMTagger requires y to be passed, but the target y is None.")
    if tokens.form == "rows":
        labels = column_or_1d(y, warn=True)
        check_consistent_length(tokens.values, labels)
    else:
        labels = _flatten_y(y, tokens)
    _check_labels(labels, tokens, counted)
    return labels


def _flatten_y(y, tokens):
    items = _as_items(y, "y")
    if len(items) != len(tokens.lengths):
        raise ValueError(
            f"X has {len(tokens.lengths)} sequences, but y has {len(items)}: pass one sequence "
            "of tags for each sequence of tokens."
        )
    for i, (item, length) in enumerate(zip(items, tokens.lengths.tolist(), strict=True)):
        if isinstance(item, (str, Mapping, Set)) or not hasattr(item, "__len__"):
            raise ValueError(
                f"y[{i}] is {_show(item)}, not a sequence of tags: pass one tag for each token "
                f"of X[{i}]."
            )
        if getattr(item, "ndim", 1) != 1:
            raise ValueError(f"y[{i}] has {item.ndim} dimensions, expected 1: one tag a token.")
        if len(item) != length:
            raise ValueError(
                f"X[{i}] has {length} tokens, but y[{i}] has {len(item)} tags: pass one tag for "
                "each token."
            )
    if isinstance(y, np.ndarray) and y.ndim == 2:
        return y.ravel()
    return list(
        chain.from_iterable(item.tolist() if hasattr(item, "tolist") else item for item in items)
    )


def _check_labels(labels, tokens, counted):
    if isinstance(labels, np.ndarray) and labels.dtype.kind != "O":
        if labels.dtype.kind == "f":
            _check_finite_labels(labels, tokens, counted)
        check_classification_targets(labels[counted])
        return
    of_interest = labels if counted.all() else [labels[k] for k in np.flatnonzero(counted)]
    kinds = {_label_kind(kind) for kind in set(map(type, of_interest))}
    if kinds == {"number"}:
        values = np.asarray(labels, dtype=object)[counted].astype(np.float64)
        full = np.zeros(len(labels))
        full[counted] = values
        _check_finite_labels(full, tokens, counted)
        if (values != np.round(values)).any():
            check_classification_targets(values)  # says "Unknown label type: continuous"
    elif kinds != {"str"} and len(of_interest):
        _refuse_mixed_labels(labels, tokens, counted)


def _label_kind(kind):
    if issubclass(kind, str):
        return "str"
    return "number" if issubclass(kind, (numbers.Real, np.bool_)) else kind.__name__


def _check_finite_labels(labels, tokens, counted):
    bad = np.flatnonzero(counted & ~np.isfinite(labels))
    if len(bad):
        value = "NaN" if np.isnan(labels[bad[0]]) else "infinity"
        raise ValueError(
            f"Input y contains {value}, first in y{tokens.place(bad[0])}. Give a token that has "
            "no tag any tag and sample_weight 0."
        )


def _refuse_mixed_labels(labels, tokens, counted):
    first = int(np.flatnonzero(counted)[0])
    kind = _label_kind(type(labels[first]))
    for k in np.flatnonzero(counted):
        label = labels[k]
        if label is None or label != label:
            shown = "None" if label is None else "NaN"
            raise ValueError(
                f"Input y contains {shown}, first in y{tokens.place(k)}. Give a token that has "
                "no tag any tag and sample_weight 0."
            )
        if _label_kind(type(label)) != kind or kind not in ("str", "number"):
            raise ValueError(
                f"y{tokens.place(k)} is {_show(label)} of type {type(label).__name__}, but "
                f"y{tokens.place(first)} is {_show(labels[first])}: tags must be all str or all "
                "integers."
            )


def check_classes(classes, sample, known=None):
    """Return the classes, sorted, and refuse labels that are not among them.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None
        What the user says they are; None to take those of the sample.
    sample : Sample
    known : Knowledge, default=None
        What training goes on from, if anything.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    """
    counted = sample.weights > 0
    if classes is not None:
        classes = np.unique(column_or_1d(classes))
        if known is not None and classes.tolist() != known.classes.tolist():
            raise ValueError(
                f"classes is {_show(classes.tolist())}, but the first call to partial_fit or fit "
                f"had {_show(known.classes.tolist())}."
            )
    elif known is None:
        return _distinct(sample.labels, counted)
    if known is not None:
        classes = known.classes
    outside = np.flatnonzero(encode(sample.labels, classes, counted) < 0)
    if len(outside):
        raise ValueError(
            f"y{sample.tokens.place(outside[0])} is {_show(sample.labels[outside[0]])}, which is "
            f"not among the classes {_show(classes.tolist())}. Name all classes in the first call "
            "to partial_fit, or start anew with fit and warm_start=False."
        )
    return classes


def _distinct(labels, counted):
    """Return the distinct labels, sorted, as an array of the labels' own type."""
    if isinstance(labels, np.ndarray):
        return np.array(sorted(set(labels[counted].tolist())), dtype=labels.dtype)
    return np.array(sorted({labels[k] for k in np.flatnonzero(counted)}))


def encode(labels, classes, counted):
    """Return the index of each label among the classes.

    Parameters
    ----------
    labels : ndarray or list of n_tokens labels
    classes : ndarray of shape (n_classes,)
    counted : ndarray of bool of shape (n_tokens,)
        The labels to look at.

    Returns
    -------
    indices : ndarray of int of shape (n_tokens,)
        0 for labels not looked at, -1 for labels outside the classes.
    """
    index = {label: k for k, label in enumerate(classes.tolist())}
    labels = labels.tolist() if isinstance(labels, np.ndarray) else labels
    indices = np.zeros(len(labels), np.intp)
    indices[counted] = [
        index.get(label, -1)
        for label, counts in zip(labels, counted.tolist(), strict=True)
        if counts
    ]
    return indices


def check_validation_set(X_val, y_val, tokens, estimator):
    """Judge a validation set beside the training set that it belongs to.

    Returns
    -------
    sample : Sample
    """
    if X_val is None or y_val is None:
        raise ValueError("X_val and y_val go together: pass both or neither.")
    try:
        sample = check_sample(X_val, y_val, None, estimator, reset=False)
        check_same_kind(sample.tokens, tokens.kind)
    except (ValueError, TypeError) as error:
        raise type(error)(f"In X_val and y_val: {error}") from error
    return sample


def split(sample, fraction, rng):
    """Divide a sample at random into what to train on and what to hold out.

    Returns
    -------
    training, held_out : Sample
    """
    n_sequences = len(sample.tokens.lengths)
    n_held_out = max(1, round(fraction * n_sequences))
    order = rng.permutation(np.flatnonzero(sample.tokens.lengths))
    if len(order) <= n_held_out:
        raise ValueError(
            f"early_stopping=True holds out {n_held_out} of {n_sequences} sequences, which leaves "
            "none to train on: pass more, or set validation_fraction or early_stopping=False."
        )
    return sample.select(np.sort(order[n_held_out:])), sample.select(np.sort(order[:n_held_out]))


# -- weights ------------------------------------------------------------------------------------


def check_sample_weight(sample_weight, tokens):
    """Judge weights per sequence or per token.

    Parameters
    ----------
    sample_weight : None, number or array-like
        One weight a sequence, or one a token in the form of ``y``.
    tokens : Tokens

    Returns
    -------
    weights : ndarray of shape (n_tokens,)
        The weight of each token.
    sequence_weights : ndarray of shape (n_sequences,)
        The weight with which each sequence counts where sequences are counted; for weights per
        token the mean over its tokens that have any, 0 for a sequence without one.

    Raises
    ------
    ValueError
        Where a weight is wrong, and how.
    """
    lengths = tokens.lengths
    if sample_weight is None or isinstance(sample_weight, numbers.Real):
        value = 1.0 if sample_weight is None else float(sample_weight)
        sample_weight = np.full(len(lengths), value)
    nested = _nested_weights(sample_weight, tokens)
    if nested is None:
        per_sequence = check_array(
            sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight",
            ensure_min_samples=0,
        )  # fmt: skip
        if per_sequence.shape != (len(lengths),):
            raise ValueError(
                f"sample_weight has shape {per_sequence.shape}, expected ({len(lengths)},): one "
                "weight a sequence, or else one a token, in the form of y."
            )
        weights = np.repeat(per_sequence, lengths)
        _check_weights(per_sequence, lambda k: f"[{k}]")
        return weights, per_sequence
    _check_weights(nested, tokens.place)
    return nested, _mean_positive(nested, lengths)


def check_any_weight(weights):
    """Refuse to learn from, or to score on, tokens that do not count."""
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for every token: at least one weight must be positive."
        )


def _nested_weights(sample_weight, tokens):
    """Return weights given token by token, one sequence after another; else None."""
    if tokens.form == "rows" or len(sample_weight) != len(tokens.lengths):
        return None
    items = list(sample_weight)
    if not items or not all(hasattr(item, "__len__") for item in items):
        return None
    for i, (item, length) in enumerate(zip(items, tokens.lengths.tolist(), strict=True)):
        if len(item) != length:
            raise ValueError(
                f"X[{i}] has {length} tokens, but sample_weight[{i}] has {len(item)} weights."
            )
    return np.fromiter(chain.from_iterable(items), np.float64)


def _check_weights(weights, place):
    for problem, bad in (("negative", weights < 0), ("not finite", ~np.isfinite(weights))):
        if bad.any():
            k = int(np.flatnonzero(bad)[0])
            raise ValueError(
                f"sample_weight{place(k)} is {weights[k]}: weights may not be {problem}."
            )


def _mean_positive(weights, lengths):
    sequences = np.repeat(np.arange(len(lengths)), lengths)
    total = np.bincount(sequences, weights, minlength=len(lengths))
    counted = np.bincount(sequences, weights > 0, minlength=len(lengths))
    return total / np.maximum(counted, 1)


def check_class_weight(class_weight, classes, indices, weights):
    """Return the factor of each class.

    Parameters
    ----------
    class_weight : None, "balanced" or dict
    classes : ndarray of shape (n_classes,)
    indices : ndarray of int of shape (n_tokens,)
        The class of each token.
    weights : ndarray of shape (n_tokens,)

    Returns
    -------
    factors : ndarray of shape (n_classes,)
        For "balanced", the total weight over ``n_classes`` times the weight of the class, counted
        over the classes that occur.
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, Mapping):
        unknown = set(class_weight) - set(classes.tolist())
        if unknown:
            raise ValueError(
                f"class_weight names {sorted(unknown, key=str)!r}, which are not among the "
                f"classes {_show(classes.tolist())}."
            )
        return np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    totals = np.bincount(indices, weights, minlength=len(classes))
    occurs = totals > 0
    factors = np.ones(len(classes))
    factors[occurs] = totals.sum() / (occurs.sum() * totals[occurs])
    return factors


# -- parameters ---------------------------------------------------------------------------------


def check_parameters(params):
    """Judge the parameters of the estimator.

    Parameters
    ----------
    params : dict
        What ``get_params(deep=False)`` returns.

    Raises
    ------
    TypeError, ValueError
        Which parameter is wrong, and what it may be.
    """
    for name, options in _OPTIONS.items():
        if not (isinstance(params[name], str) and params[name] in options):
            raise ValueError(f"{name} is {params[name]!r}, but must be one of {list(options)}.")
    for name, (kind, lower, upper, bounds) in _RANGES.items():
        check_scalar(
            params[name], name, kind, min_val=lower, max_val=upper, include_boundaries=bounds
        )
    for name in _FLAGS:
        if not isinstance(params[name], (bool, np.bool_)):
            raise TypeError(f"{name} is {params[name]!r}, but must be True or False.")
    sizes = hidden_layers(params["hidden_layer_sizes"])
    if not sizes or not all(isinstance(n, numbers.Integral) and n > 0 for n in sizes):
        raise ValueError(
            f"hidden_layer_sizes is {params['hidden_layer_sizes']!r}, but must hold one positive "
            "integer for each LSTM layer."
        )
    if params["batch_size"] != "auto":
        check_scalar(params["batch_size"], "batch_size", numbers.Integral, min_val=1)
    _check_text_parameters(params)


def _check_text_parameters(params):
    analyzer, min_df, class_weight = (params[k] for k in ("analyzer", "min_df", "class_weight"))
    if not callable(analyzer) and analyzer not in ("word", "affix"):
        raise ValueError(
            f"analyzer is {analyzer!r}, but must be 'word', 'affix' or a callable from a token to "
            "an iterable of str."
        )
    integral = isinstance(min_df, numbers.Integral)
    check_scalar(min_df, "min_df", numbers.Real, min_val=0, max_val=None if integral else 1.0)
    if not (
        class_weight is None or class_weight == "balanced" or isinstance(class_weight, Mapping)
    ):
        raise ValueError(
            f"class_weight is {class_weight!r}, but must be None, 'balanced' or a dict from a "
            "class to its weight."
        )


def hidden_layers(hidden_layer_sizes):
    """Return ``hidden_layer_sizes``, an int or a sequence of them, as a list."""
    if isinstance(hidden_layer_sizes, numbers.Integral):
        return [hidden_layer_sizes]
    return list(hidden_layer_sizes)


_OPTIONS = {
    "solver": ("adam", "sgd"),
    "learning_rate": ("constant", "invscaling", "adaptive", "linear"),
}

_RANGES = {
    "embedding_size": (numbers.Integral, 1, None, "left"),
    "dropout": (numbers.Real, 0, 1, "left"),
    "word_dropout": (numbers.Real, 0, None, "left"),
    "alpha": (numbers.Real, 0, None, "left"),
    "learning_rate_init": (numbers.Real, 0, None, "neither"),
    "power_t": (numbers.Real, 0, None, "left"),
    "max_iter": (numbers.Integral, 1, None, "left"),
    "tol": (numbers.Real, 0, None, "left"),
    "n_iter_no_change": (numbers.Integral, 1, None, "left"),
    "momentum": (numbers.Real, 0, 1, "both"),
    "validation_fraction": (numbers.Real, 0, 1, "neither"),
    "beta_1": (numbers.Real, 0, 1, "left"),
    "beta_2": (numbers.Real, 0, 1, "left"),
    "epsilon": (numbers.Real, 0, None, "neither"),
    "max_grad_norm": (numbers.Real, 0, None, "neither"),
    "verbose": (numbers.Integral, 0, None, "left"),
}

_FLAGS = ("bidirectional", "shuffle", "warm_start", "nesterovs_momentum", "early_stopping")
