"""The only place that judges what a user passes: parameters, X, y, sample weights.

What passes is in one form: all tokens one after another, and the lengths of the sequences. What
does not is answered with what is wrong, where it is, and what to do.

Judging is cheap where all is well: it looks at the set of the types that occur, not at one token
after another. Only what has failed is searched for the place.
"""

import math
import numbers
import warnings
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain, compress, repeat
from operator import le, methodcaller
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, check_random_state, check_scalar, column_or_1d
from sklearn.utils.validation import validate_data

from sklstm._batches import token_indices
from sklstm._schemes import PREFIXES, parse, transition_penalties

_FORMS = {
    "X": (
        "Pass a list of sequences: each a list of str, a list of dict, or an array of shape "
        "(n_tokens, n_features)."
    ),
    "y": "Pass a list of sequences of tags, one tag for each token of X.",
    "classes": "Pass a list of all tags.",
    "sample_weight": "Pass one weight for each sequence, or one for each token in the form of y.",
}
_NUMBERS = (numbers.Real, np.bool_)
_TOKEN_TYPES = {
    "words": (str,),
    "dicts": (Mapping,),
    "numbers": (numbers.Number, np.bool_),  # complex ones too, which scikit-learn refuses
}
_FEATURE_TYPES = {
    "text": (str,),
    "weight": _NUMBERS,
    "collection": (list, tuple, set, frozenset),
    "nested": (Mapping,),
}
# Dicts are computed in float32, and their features are multiplied by embeddings and by dropout.
_LARGEST = float(np.finfo(np.float32).max) / 2**20


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
    origins : ndarray of int of shape (n_sequences,), default=None
        The place of each sequence in what the user passed; None where none was left out.
    """

    kind: str
    form: str
    lengths: np.ndarray
    values: object
    origins: np.ndarray | None = None

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
        origins = members if self.origins is None else self.origins[members]
        return self._replace(lengths=self.lengths[members], values=values, origins=origins)

    def place(self, token):
        """Say which sequence a token belongs to, and its place there, as they are indexed."""
        sequence = int(np.searchsorted(np.cumsum(self.lengths), token, side="right"))
        token -= int(self.lengths[:sequence].sum())
        if self.origins is not None:
            sequence = int(self.origins[sequence])
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
    if _is_array(X):
        X = np.asarray(X)
    if isinstance(X, np.ndarray) and X.ndim != 1:
        return _check_array(X, estimator, reset)
    return _check_items(_as_items(X, "X"), estimator, reset)


def _check_array(X, estimator, reset):
    """Judge an array that is more than a container of sequences."""
    if X.dtype.kind in "OSUT":
        if X.dtype.kind in "UT" or _all_are(X.ravel().tolist(), (str, Mapping)):
            if X.ndim == 2:
                return _check_items(X.tolist(), estimator, reset)
            raise ValueError(
                f"X is an array of words or dicts of shape {X.shape}, expected 2 dimensions: a "
                "row for each sequence, an entry for each token. Where its last dimension is a "
                "word and its tag, pass X[..., 0] as X and X[..., 1] as y."
            )
        X = _as_floats(X)
    if X.ndim == 3:
        return _check_block(X, estimator, reset)
    if X.ndim > 3:
        raise ValueError(
            f"X is an array of {X.ndim} dimensions, expected 3, (n_sequences, n_timesteps, "
            "n_features), or 2, (n_samples, n_features). Reshape your data: each token is one "
            "vector."
        )
    return _check_rows(X, estimator, reset)


def _as_floats(X):
    """Return an array of objects, none of them tokens by themselves, as an array of float."""
    try:
        if X.dtype.kind == "S" and X.size:
            raise TypeError("bytes are no numbers")
        return X.astype(np.float64)
    except (ValueError, TypeError) as error:
        values = X.ravel().tolist()
        odd = next((k for k, v in enumerate(values) if _kind(v) != _kind(values[0])), 0)
        place, first = ("".join(f"[{n}]" for n in np.unravel_index(k, X.shape)) for k in (odd, 0))
        raise ValueError(
            _clash("X", (place, values[odd]), (first, values[0]))
            + "An array must hold only str, only dicts or only numbers."
            + (_missing_hint(values[odd]) or _missing_hint(values[0]))
        ) from error


def _check_items(items, estimator, reset):
    """Judge a list of sequences; the first token there is decides what a token is."""
    _refuse_items(items)
    first = next((i for i, item in enumerate(items) if _length(item)), None)
    if first is None:
        return Tokens("nothing", "ragged", np.zeros(len(items), np.intp), [])
    if _is_matrix(items[first]):
        return _stack(items, estimator, reset)
    token = next(iter(items[first]))
    kind = _kind(token)
    if kind is None:
        _refuse_token(token, f"X[{first}][0]")
        return _stack(items, estimator, reset)
    tokens = _flatten(items, kind)
    if kind == "numbers":
        return _check_rows(_rectangle(items, tokens), estimator, reset)
    if kind == "dicts":
        _check_dicts(tokens)
    return tokens


def _refuse_items(items):
    """Refuse what is no sequence of tokens."""
    if _are_lists(items):
        return
    if _all_are(items, _TOKEN_TYPES["numbers"]):
        check_array(np.asarray(items), input_name="X")  # says "Reshape your data"
    for i, item in enumerate(items):
        if isinstance(item, str) and len(item.split()) > 1:
            raise ValueError(
                f"X[{i}] is {_show(item)}, text that is not split into words. Split it, for "
                "instance with X = [text.split() for text in X]."
            )
        if isinstance(item, (str, bytes)):
            raise ValueError(
                f"X[{i}] is a {type(item).__name__}, {_show(item)}: X looks like one sentence, not "
                f"a list of sentences. Pass [X] if so; split X[{i}] into words if it is a sentence."
            )
        if isinstance(item, Mapping):
            raise ValueError(
                f"X[{i}] is a dict, which is one token: X looks like one sequence, not a list of "
                "sequences. Pass [X] if so."
            )
        if isinstance(item, (Set, Iterator)):
            lack = "order" if isinstance(item, Set) else "length"
            raise TypeError(
                f"X[{i}] is a {type(item).__name__}, which has no {lack}. Make it a list of tokens."
            )
        if not (_is_matrix(item) or _is_sequence(item)):
            raise ValueError(f"X[{i}] is {_show(item)}, not a sequence of tokens. {_FORMS['X']}")


def _refuse_token(token, place):
    """Refuse what is neither a token nor, by the looks of it, a vector."""
    holds_words = isinstance(token, (list, tuple)) and any(isinstance(p, str) for p in token)
    if holds_words and isinstance(token, list) and len(token) != 2:
        raise ValueError(
            f"{place} is {_show(token)}, a list where a word belongs: X is one level too deep. "
            f"{_FORMS['X']}"
        )
    if holds_words:
        raise ValueError(
            f"{place} is {_show(token)}, which looks like a pair of a word and its tag. Pass the "
            "words as X and the tags as y; where all of it describes the token, make it a dict."
        )
    if not (isinstance(token, (list, tuple)) or hasattr(token, "__array__")):
        raise ValueError(
            f"{place} is {_show(token)} of type {type(token).__name__}, not a token: a token is a "
            f"str, a dict or a numeric vector.{_missing_hint(token)}"
        )


def _missing_hint(token):
    """Say what to do about a token that is None or NaN; nothing about others."""
    if token is None or (isinstance(token, numbers.Real) and math.isnan(token)):
        return " Leave out what is missing, or put something of the right kind in its place."
    return ""


def _flatten(items, kind):
    """Return the tokens of sequences, all of one kind."""
    if not _are_lists(items):
        items = [_as_list(item, i, kind) for i, item in enumerate(items)]
    values = list(chain.from_iterable(items))
    tokens = Tokens(kind, "ragged", np.fromiter(map(len, items), np.intp, len(items)), values)
    types = _TOKEN_TYPES[kind]
    if not _all_are(values, types):
        odd = next(k for k, value in enumerate(values) if not isinstance(value, types))
        raise ValueError(
            _clash("X", (tokens.place(odd), values[odd]), (tokens.place(0), values[0]))
            + "All tokens must be of one kind: str, dict or numeric vector."
            + (_missing_hint(values[odd]) or _missing_hint(values[0]))
        )
    return tokens


def _as_list(item, i, kind):
    """Return a sequence of tokens that are no vectors as a list or something like it."""
    if not _is_matrix(item):
        return item.tolist() if isinstance(item, np.ndarray) else item
    if item.shape[0]:
        raise ValueError(
            f"X[{i}] is of type {type(item).__name__}, a sequence of vectors, but other tokens "
            f"are {kind}: all tokens must be of one kind."
        )
    return []


def _rectangle(items, tokens):
    """Return sequences of numbers, which are the rows of one 2-D array, as that array."""
    lengths = tokens.lengths
    odd = np.flatnonzero(lengths != lengths[0])
    if len(odd):
        raise ValueError(
            f"X[{odd[0]}] has {lengths[odd[0]]} numbers, but X[0] has {lengths[0]}. Lists of "
            "numbers are the rows of one array of shape (n_samples, n_features), each a sequence "
            "of one token. For sequences of numbers make each token a vector: "
            "X = [np.reshape(x, (-1, 1)) for x in X]."
        )
    return np.asarray(items)


# -- X: dicts


def _check_dicts(tokens):
    """Judge the features of tokens that are dicts."""
    if _are_features(tokens.values):
        return
    for k, token in enumerate(tokens.values):
        problem = _feature_problem(token)
        if problem:
            raise ValueError(
                f"In the dict X{tokens.place(k)}, {problem}. A feature has a str for a name, and "
                "for a value a str, a bool, a finite number, a list or set of str, or a dict of "
                "such. Leave out what is missing."
            )


def _are_features(dicts):
    """Return whether all features of all dicts are such as a token may have."""
    if not all(isinstance(name, str) for name in set(chain.from_iterable(dicts))):
        return False
    values = list(chain.from_iterable(map(methodcaller("values"), dicts)))
    types = list(map(type, values))
    occurring = set(types)

    def of_role(role):
        wanted = {kind for kind in occurring if issubclass(kind, _FEATURE_TYPES[role])}
        return list(compress(values, map(wanted.__contains__, types))) if wanted else []

    parts, nested = chain.from_iterable(of_role("collection")), of_role("nested")
    return (
        all(issubclass(kind, tuple(chain(*_FEATURE_TYPES.values()))) for kind in occurring)
        and all(map(le, map(abs, of_role("weight")), repeat(_LARGEST)))
        and all(issubclass(kind, str) for kind in set(map(type, parts)))
        and (not nested or _are_features(nested))
    )


def _feature_problem(token, outer=""):
    """Say what is wrong with the features of a dict; None if nothing is."""
    for name, value in token.items():
        shown = f"feature {outer + str(name)!r}"
        if not isinstance(name, str):
            return f"{shown} has a name of type {type(name).__name__}"
        if isinstance(value, Mapping):
            problem = _feature_problem(value, f"{outer}{name}:")
            if problem:
                return problem
        elif isinstance(value, _FEATURE_TYPES["collection"]):
            if not all(isinstance(each, str) for each in value):
                return f"{shown} is {_show(value)}, which does not hold only str"
        elif isinstance(value, _FEATURE_TYPES["weight"]):
            if not abs(value) <= _LARGEST:
                return f"{shown} is {_show(value)}, which is not finite, or too large"
        elif not isinstance(value, str):
            return f"{shown} is {_show(value)} of type {type(value).__name__}"
    return None


# -- X: vectors


def _check_rows(X, estimator, reset):
    values = _as_numeric(X, estimator, ensure_min_samples=1)
    tokens = Tokens("vectors", "rows", np.ones(values.shape[0], np.intp), values)
    return _check_vectors(tokens, X if _is_frame(X) else values, estimator, reset)


def _check_block(X, estimator, reset):
    n_sequences, n_steps, n_features = X.shape
    if not n_sequences:
        raise ValueError(
            f"X has 0 sequences (shape={X.shape}) while a minimum of 1 is required. Pass the "
            "empty list to predict nothing."
        )
    values = _as_numeric(X.reshape(n_sequences * n_steps, n_features), estimator)
    tokens = Tokens("vectors", "block", np.full(n_sequences, n_steps, np.intp), values)
    return _check_vectors(tokens, values, estimator, reset)


def _stack(items, estimator, reset):
    """Judge sequences of vectors, and stack them."""
    matrices = [_as_matrix(item, i, estimator) for i, item in enumerate(items)]
    lengths = np.fromiter((matrix.shape[0] for matrix in matrices), np.intp, len(items))
    filled = np.flatnonzero(lengths).tolist()
    first = filled[0]
    for i in filled:
        if matrices[i].shape[1] != matrices[first].shape[1]:
            raise ValueError(
                f"X[{i}] has {matrices[i].shape[1]} features for each token, but X[{first}] has "
                f"{matrices[first].shape[1]}: all vectors must have the same features."
            )
    frame = _first_frame(items, filled)
    if any(sparse.issparse(matrices[i]) for i in filled):
        parts = [sparse.csr_array(matrices[i]) for i in filled]
        values = sparse.vstack(parts, format="csr")
    else:
        values = np.concatenate([matrices[i] for i in filled])
    tokens = Tokens("vectors", "ragged", lengths, _as_numeric(values, estimator))
    return _check_vectors(tokens, tokens.values if frame is None else frame, estimator, reset)


def _first_frame(items, filled):
    """Return the first data frame, whose columns are those of all others; None without any."""
    frames = [i for i in filled if _is_frame(items[i])]
    if not frames:
        return None
    columns = list(items[frames[0]].columns)
    for i in frames:
        if list(items[i].columns) != columns:
            raise ValueError(
                f"The columns of X[{i}] are {_show(list(items[i].columns))}, but those of "
                f"X[{frames[0]}] are {_show(columns)}: all data frames must have the same columns "
                "in the same order."
            )
    return items[frames[0]]


def _as_matrix(item, i, estimator):
    """Return a sequence of vectors as an array or sparse matrix of shape (n_tokens, n_features)."""
    if sparse.issparse(item):
        return item
    if _is_frame(item) and not item.shape[0]:
        return np.empty(item.shape)
    if _is_frame(item):
        matrix = np.asarray(item)  # quick, where the columns are plain numbers
        plain = matrix.dtype.kind in "biuf"
        return matrix if plain else _as_numeric(item, estimator, f"X[{i}]")
    if isinstance(item, np.ndarray) and item.dtype.kind == "O":
        item = item.tolist()
    try:
        matrix = np.asarray(item)
        if matrix.dtype.kind == "O":
            matrix = matrix.astype(np.float64)
    except (ValueError, TypeError):
        matrix = np.asarray("not numeric")
    if matrix.size and (matrix.ndim != 2 or matrix.dtype.kind in "SUT"):
        _refuse_matrix(item, i)
    return matrix if matrix.ndim == 2 else np.empty((0, 0))


def _refuse_matrix(item, i):
    """Say what makes a sequence no matrix: its shape, or which of its tokens."""
    if isinstance(item, np.ndarray) and item.ndim != 2:
        raise ValueError(
            f"X[{i}] is an array of shape {item.shape}, expected 2 dimensions: (n_tokens, "
            "n_features). Reshape it, to (-1, 1) where each number is a token."
        )
    tokens = item.tolist() if isinstance(item, np.ndarray) else list(item)
    widths = [_width(token) for token in tokens]
    t = next((t for t, width in enumerate(widths) if width is None or width != widths[0]), 0)
    place = f"X[{i}][{t}]"
    if widths[t] is not None:
        raise ValueError(
            f"{place} has {widths[t]} features, but X[{i}][0] has {widths[0]}: all vectors must "
            "have the same features."
        )
    if _kind(tokens[t]) is None:
        _refuse_token(tokens[t], place)
    raise ValueError(
        f"{place} is {_show(tokens[t])} of type {type(tokens[t]).__name__}, not a numeric vector "
        "as other tokens are: each sequence must be an array of shape (n_tokens, n_features)."
    )


def _width(token):
    """Return the length of a numeric vector; None for anything else."""
    try:
        vector = np.asarray(token)
    except ValueError:
        return None
    return len(vector) if vector.ndim == 1 and vector.dtype.kind in "biufc" else None


def _as_numeric(X, estimator, name="X", ensure_min_samples=0):
    """Return a matrix in its own precision, float32 or float64; it may hold NaN."""
    try:
        return check_array(
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
            ensure_min_samples=ensure_min_samples,
            estimator=estimator,
            input_name="X",
        )
    except (ValueError, TypeError):
        if _is_frame(X):
            _refuse_words(X, name)
        raise


def _refuse_words(frame, name):
    """Refuse a data frame that holds str."""
    for column, values in zip(frame.columns, np.asarray(frame).T.tolist(), strict=True):
        word = next((value for value in values if isinstance(value, str)), None)
        if word is not None:
            raise ValueError(
                f"The column {column!r} of {name} holds str, {_show(word)}, but a data frame "
                "holds numeric features, a vector in each row. For words, pass a list of lists of "
                "str, one list for each sequence."
            )


def _check_vectors(tokens, named, estimator, reset):
    """Judge the features of vectors, whose names `named` knows, and their numbers."""
    validate_data(estimator, named, reset=reset, skip_check_array=True)
    values = tokens.values
    if not np.isfinite(values.data if sparse.issparse(values) else values).all():
        _refuse_not_finite(tokens, named)
    return tokens


def _refuse_not_finite(tokens, named):
    values = sparse.coo_array(tokens.values)
    k = np.flatnonzero(~np.isfinite(values.data))[0]
    feature = named.columns[values.col[k]] if _is_frame(named) else values.col[k]
    problem = "NaN" if np.isnan(values.data[k]) else "infinity"
    raise ValueError(
        f"Input X contains {problem}, first in X{tokens.place(values.row[k])}, feature "
        f"{_show(feature)}. Impute or leave out such values, for instance with sklearn.impute."
    )


# -- X: beside what was learnt before


def as_precision(tokens, dtype):
    """Return vectors in the precision of a model, and refuse values that it cannot hold.

    Parameters
    ----------
    tokens : Tokens
    dtype : dtype

    Returns
    -------
    values : ndarray or CSR array of shape (n_tokens, n_features)
    """
    values = tokens.values
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore"):
        cast = values.astype(dtype)
    numbers_only = cast.data if sparse.issparse(cast) else cast
    if not np.isfinite(numbers_only).all():
        raise ValueError(
            f"X holds values too large for {dtype}, the precision of the X that this "
            "BiLSTMTagger was fitted on. Scale X, for instance with StandardScaler."
        )
    return cast


@dataclass(frozen=True)
class CheckedAnalyzer:
    """A user's own analyzer; refuses what that makes of a word if it is no list of str."""

    analyzer: Callable

    def __call__(self, word):
        """Return the features of a word."""
        features = self.analyzer(word)
        if isinstance(features, str) or not hasattr(features, "__iter__"):
            _refuse_analysis(word, features)
        features = list(features)
        if features and not _all_are(features, (str,)):
            _refuse_analysis(word, features)
        return features


def check_analyzer_is_there(analyzer):
    """Return the callable that words were analyzed with in fit, or say that it is gone."""
    if not callable(analyzer):
        raise ValueError(
            f"This BiLSTMTagger was fitted with a callable analyzer, but analyzer is now "
            f"{analyzer!r}: set the callable again with set_params."
        )
    return analyzer


def _refuse_analysis(word, features):
    raise TypeError(
        f"analyzer({_show(word)}) returned {_show(features)}, but must return a list of str, the "
        "features of the word."
    )


def width_of(embeddings, tokens, known_width=0):
    """Return how many numbers pre-trained vectors add to a token: their own and one more.

    Parameters
    ----------
    embeddings : mapping of str to array-like or None
    tokens : Tokens
    known_width : int, default=0
        What was returned when training began, if it is to go on.

    Returns
    -------
    width : int
        0 without any.
    """
    if embeddings is None:
        return 0
    if tokens.kind != "words":
        raise ValueError(
            f"embeddings are for words, but the tokens of X are {tokens.kind}: set embeddings=None."
        )
    words = dict.fromkeys(tokens.values)
    known = next((found for word in words if (found := _entry(embeddings, word)) is not None), None)
    if known is not None:
        return _as_vector(embeddings, known).size + 1
    if not known_width:
        raise ValueError(
            f"None of the {len(words)} different words of X is in embeddings, in lower case "
            f"neither, such as {_show(next(iter(words)))}. Are its keys words?"
        )
    return known_width


def look_up(embeddings, words, width):
    """Return the pre-trained vectors of words.

    Parameters
    ----------
    embeddings : mapping of str to array-like
    words : list of str
    width : int
        See :func:`width_of`.

    Returns
    -------
    vectors : ndarray of shape (n_words, width)
        The last column is 1 where the word or its lower case is known; the row of any other is 0.
    """
    vectors = np.zeros((len(words), width), np.float32)
    for vector, word in zip(vectors, words, strict=True):
        known = _entry(embeddings, word)
        if known is None:
            continue
        found = _as_vector(embeddings, known)
        if found.size != width - 1:
            raise ValueError(
                f"embeddings[{_show(known)}] has {found.size} numbers, but {width - 1} are "
                "expected, as others have."
            )
        vector[:-1], vector[-1] = found, 1
    return vectors


def _as_vector(embeddings, word):
    """Return the vector of a word that is known, in single precision."""
    try:
        with np.errstate(over="ignore"):
            vector = np.asarray(embeddings[word]).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):  # no numbers, complex ones, or lists of unlike lengths
        vector = None
    if vector is None or vector.ndim != 1 or not np.isfinite(vector).all():
        raise ValueError(
            f"embeddings[{_show(word)}] is {_show(embeddings[word])}, but must be a 1-D array of "
            "finite numbers, none too large for float32."
        )
    return vector


def _entry(embeddings, word):
    """Return the key of a word, which may be its lower case; None if there is none."""
    return next((key for key in (word, word.lower()) if key in embeddings), None)


def check_names_left(names, found, min_df):
    """Refuse a vocabulary that `min_df` has left empty."""
    if found and not names:
        raise ValueError(
            f"No feature of X is held by as many sequences as min_df={min_df!r} asks for: lower "
            "it. An int counts sequences, a float is a share of them."
        )


def check_same_kind(tokens, kind):
    """Refuse tokens of another kind than those the estimator was fitted on."""
    if tokens.kind not in (kind, "nothing"):
        raise ValueError(
            f"The tokens of X are {tokens.kind}, but this BiLSTMTagger was fitted on {kind}: pass "
            f"{kind}, or fit it anew."
        )


def check_continues(kind, architecture, known_kind, known_architecture):
    """Refuse to go on training a model of another kind or build."""
    if kind != known_kind:
        raise ValueError(
            f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known_kind}. Start "
            "anew with fit and warm_start=False."
        )
    changes = [
        f"{parameter} was {known_architecture[name]} and is now {architecture[name]}"
        for name, parameter in _PARAMETERS_OF_BUILD.items()
        if architecture[name] != known_architecture[name]
    ]
    if changes:
        raise ValueError(
            f"To go on training, a BiLSTMTagger must keep its build, but {', '.join(changes)}. Set "
            "it back, or start anew with fit and warm_start=False."
        )


_PARAMETERS_OF_BUILD = {
    "embedding_size": "embedding_size",
    "char_hidden_size": "char_hidden_size",
    "n_fixed": "the width of embeddings, with one number for whether a word has any,",
    "hidden_layer_sizes": "hidden_layer_sizes",
    "n_directions": "the number of directions (bidirectional)",
    "output": "output",
    "scheme": "scheme",
    "analyzer": "analyzer",
}


def check_any_token(tokens):
    """Refuse to learn from nothing."""
    if not len(tokens.lengths):
        raise ValueError(
            "X has 0 sequences (samples) while a minimum of 1 is required: there is nothing to "
            "learn from."
        )
    if not tokens.lengths.any():
        raise ValueError("X has no token at all: every sequence is empty. Pass at least one token.")


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
        An array where one was passed for all sequences, and keeps its type; else a list.

    Raises
    ------
    ValueError, TypeError
        Which sequence and token are wrong, and what to do.
    """
    if y is None:
        raise ValueError("This BiLSTMTagger requires y to be passed, but the target y is None.")
    if getattr(y, "ndim", 0) == 3:
        raise ValueError(
            f"y has 3 dimensions, {y.shape}, expected 2: one tag for each token. Pass "
            "y.argmax(axis=-1) where tags are one-hot, y[..., 0] where the last axis has length 1."
        )
    if tokens.form == "rows" and hasattr(y, "__array__"):
        labels = column_or_1d(y, warn=True)
        _check_count(labels, tokens, "y")
    elif isinstance(y, np.ndarray) and y.ndim == 2:
        _check_lengths(np.full(len(y), y.shape[1]), tokens, "y", "tag")
        labels = y.ravel()
    else:
        items = _as_items(y, "y")
        if tokens.form == "rows" and not _holds_sequences(items):
            _check_count(items, tokens, "y")
            labels = items
        else:
            labels = _flatten_beside(items, tokens, "y", "tag")
    _check_labels(labels, tokens, counted)
    return labels


def _flatten_beside(items, tokens, name, thing):
    """Return what goes with each token, such as its tag, from one list for each sequence."""
    if not _are_lists(items):
        wrong = next((i for i, item in enumerate(items) if not _is_flat(item)), None)
        if wrong is not None:
            raise ValueError(
                f"{name}[{wrong}] is {_show(items[wrong])}, not a list of {thing}s: pass one list "
                "for each sequence, with one entry for each of its tokens."
            )
    lengths = np.fromiter(map(len, items), np.intp, len(items))
    _check_lengths(lengths, tokens, name, thing)
    lists = (item.tolist() if isinstance(item, np.ndarray) else item for item in items)
    return list(chain.from_iterable(lists))


def _check_lengths(lengths, tokens, name, thing):
    """Refuse what has not one entry for each token; `lengths` counts them by sequence."""
    _check_count(lengths, tokens, name)
    wrong = np.flatnonzero(lengths != tokens.lengths)
    if len(wrong):
        i, hint = wrong[0], ""
        if tokens.form == "rows":
            one_channel = lengths[i] == tokens.values.shape[1]
            hint = _CHANNEL_HINT if one_channel else _RECORDING_HINT
        raise ValueError(
            f"X[{i}] has {tokens.lengths[i]} tokens, but {name}[{i}] has {lengths[i]} {thing}s: "
            f"pass one {thing} for each token.{hint}"
        )


def _check_count(items, tokens, name):
    """Refuse what has not one entry for each sequence."""
    n_sequences = len(tokens.lengths)
    if len(items) == n_sequences:
        return
    if tokens.form == "rows":
        raise ValueError(
            f"X has {n_sequences} rows, but {name} has {len(items)} entries: pass one for each "
            f"row, which is a sequence of one token.{_RECORDING_HINT}"
        )
    raise ValueError(f"X has {n_sequences} sequences, but {name} has {len(items)}. {_FORMS[name]}")


_CHANNEL_HINT = (
    " Lists of numbers are rows of features. Where each number is a token, make X a list of arrays "
    "of shape (n_tokens, 1), for instance by reshape(-1, 1), or of lists of str where numbers are "
    "codes."
)
_RECORDING_HINT = " Where X is one recording, a sequence of many tokens, pass [X] and [y]."


def _check_labels(labels, tokens, counted):
    """Refuse labels that are not all str or all whole numbers."""
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind in "biuUT":
            return
        if labels.dtype.kind in "cmMSV":
            raise ValueError(
                f"Unknown label type: y is an array of {labels.dtype}. Tags must be all str or all "
                "integers."
            )
    of_interest = _counted(labels, counted)
    kinds = {_label_kind(kind) for kind in set(map(type, of_interest))}
    if kinds <= {"str"} or kinds <= {"integer"}:
        return
    places = np.flatnonzero(counted)
    if not kinds <= {"integer", "real"}:
        _refuse_labels(of_interest, places, tokens)
    values = np.fromiter(of_interest, np.float64, len(of_interest))
    _check_whole(values, places, tokens)


def _counted(labels, counted):
    """Return the labels to look at, as a list."""
    labels = labels.tolist() if isinstance(labels, np.ndarray) else labels
    return labels if counted.all() else list(compress(labels, counted.tolist()))


def _label_kind(kind):
    if issubclass(kind, str):
        return "str"
    if issubclass(kind, (numbers.Integral, np.bool_)):
        return "integer"
    return "real" if issubclass(kind, numbers.Real) else None


def _refuse_labels(labels, places, tokens):
    """Say which label is neither str nor number, or not what the first is."""
    kinds = [_label_kind(type(label)) for label in labels]
    first_is_str = kinds[0] == "str"
    for k, (label, kind) in enumerate(zip(labels, kinds, strict=True)):
        if label is None or (kind == "real" and math.isnan(label)):
            _refuse_missing("None" if label is None else "NaN", tokens.place(places[k]))
        if kind is None or (kind == "str") != first_is_str:
            raise ValueError(
                _clash("y", (tokens.place(places[k]), label), (tokens.place(places[0]), labels[0]))
                + "Tags must be all str or all integers. "
                + _UNTAGGED_HINT
            )


def _check_whole(values, places, tokens):
    """Refuse numbers that are no classes."""
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        shown = "NaN" if np.isnan(values[bad[0]]) else "infinity"
        _refuse_missing(shown, tokens.place(places[bad[0]]))
    bad = np.flatnonzero(values != np.round(values))
    if len(bad):
        raise ValueError(
            f"Unknown label type: continuous. y{tokens.place(places[bad[0]])} is "
            f"{values[bad[0]]}, but a tag is a class: a str or an integer. A number to be "
            "predicted as such is for a regressor; otherwise divide it into classes, for instance "
            "with numpy.digitize."
        )


def _refuse_missing(shown, place):
    raise ValueError(f"Input y contains {shown}, first in y{place}. {_UNTAGGED_HINT}")


_UNTAGGED_HINT = "Where a token has no tag, pass any tag and give it the weight 0 in sample_weight."


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
        classes = _as_classes(classes)
        if known is not None and classes.tolist() != known.classes.tolist():
            raise ValueError(
                f"classes is {_show(classes.tolist())}, but this BiLSTMTagger was first fitted "
                f"with {_show(known.classes.tolist())}. Pass the same classes or none, or start "
                "anew with fit and warm_start=False."
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


def _as_classes(classes):
    """Return the classes that a user lists, sorted."""
    items = _as_items(classes, "classes")
    if not (_all_are(items, (str,)) or (_all_are(items, _NUMBERS) and all(map(_is_whole, items)))):
        raise ValueError(
            f"classes is {_show(items)}, but must list the tags, all str or all integers."
        )
    return np.unique(items)


def _is_whole(number):
    return float(number).is_integer()


def _distinct(labels, counted):
    """Return the distinct labels, sorted, as an array of the labels' own type."""
    distinct = sorted(set(_counted(labels, counted)))
    return np.array(distinct, dtype=getattr(labels, "dtype", None))


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
    looked_at = _counted(labels, counted)
    found = np.fromiter(map(index.get, looked_at, repeat(-1)), np.int32, len(looked_at))
    if counted.all():
        return found
    indices = np.zeros(len(labels), np.int32)
    indices[counted] = found
    return indices


def check_same_labels(labels, classes, counted):
    """Refuse numbers where the classes are str, or the other way round: none could be right."""
    first = next(iter(_counted(labels, counted)), None)
    if first is not None and isinstance(first, str) != isinstance(classes.tolist()[0], str):
        raise ValueError(
            f"The tags of y are of type {type(first).__name__}, such as {_show(first)}, but the "
            f"classes are {_show(classes.tolist())}: pass tags of the type seen in fit."
        )


def check_validation_set(X_val, y_val, tokens, estimator):
    """Judge a validation set beside the training set that it belongs to.

    Returns
    -------
    sample : Sample
    """
    if X_val is None or y_val is None:
        missing, passed = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
        raise ValueError(
            f"{passed} was passed without {missing}: a validation set is X_val and y_val."
        )
    try:
        sample = check_sample(X_val, y_val, None, estimator, reset=False)
        check_same_kind(sample.tokens, tokens.kind)
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In X_val and y_val, called X and y here: {error}") from error
    return sample


def split(sample, fraction, rng):
    """Divide a sample at random into what to train on and what to hold out; empty is neither.

    Returns
    -------
    training, held_out : Sample
    """
    order = rng.permutation(np.flatnonzero(sample.tokens.lengths))
    n_held_out = max(1, round(fraction * len(order)))
    if len(order) <= n_held_out:
        raise ValueError(
            f"early_stopping=True holds out {n_held_out} of {len(order)} sequences, which leaves "
            "none to train on. Pass more sequences, or a validation set as X_val and y_val, or "
            "set validation_fraction or early_stopping=False."
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
    ValueError, TypeError
        Where a weight is wrong, and how.
    """
    lengths = tokens.lengths
    if sample_weight is None:  # in no memory
        return np.broadcast_to(1.0, lengths.sum()), np.broadcast_to(1.0, len(lengths))
    if isinstance(sample_weight, numbers.Real):
        sample_weight = np.full(len(lengths), sample_weight)
    items = _as_items(sample_weight, "sample_weight")
    if tokens.form != "rows" and _holds_sequences(items):
        values = _flatten_beside(items, tokens, "sample_weight", "weight")
        weights = _as_weights(values, tokens.place)
        return weights, _mean_positive(weights, lengths)
    _check_count(items, tokens, "sample_weight")
    weights = _as_weights(items, "[{}]".format)
    return np.repeat(weights, lengths), weights


def check_any_weight(weights):
    """Refuse to learn from, or to score on, tokens that do not count."""
    if not len(weights):
        raise ValueError("X has no token at all: pass at least one.")
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for every token: at least one weight must be positive."
        )


def _as_weights(values, place):
    """Return weights as an array; `place` tells where one is, by its index."""
    if not values or _all_are(values, _NUMBERS):
        weights = np.fromiter(values, np.float64, len(values))
        wrong = ~((weights >= 0) & (weights < np.inf))
    else:
        wrong = np.array([not isinstance(value, _NUMBERS) for value in values])
    if wrong.any():
        k = int(wrong.argmax())
        raise ValueError(
            f"sample_weight{place(k)} is {_show(values[k])}, but a weight must be a finite number "
            ">= 0. The weight 0 leaves a token, or a sequence, out."
        )
    return weights


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
    factors : ndarray of shape (n_classes,) or None
        None for none. For "balanced", the total weight over ``n_classes`` times the weight of the
        class, counted over the classes that occur.
    """
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        totals = np.bincount(indices, weights, minlength=len(classes))
        occurs = totals > 0
        factors = np.ones(len(classes))
        factors[occurs] = totals.sum() / (occurs.sum() * totals[occurs])
        return factors
    unknown = sorted(set(class_weight) - set(classes.tolist()), key=str)
    if unknown:  # no error: a fold may lack a rare tag
        warnings.warn(
            f"class_weight names {_show(unknown)}, not among the classes "
            f"{_show(classes.tolist())}: it has no effect.",
            stacklevel=2,
        )
    factors = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    if not (factors[indices] * weights).any():
        raise ValueError(
            "class_weight is zero for all tags that occur in y: at least one must be positive."
        )
    return factors


# -- containers and values ---------------------------------------------------------------------


def _as_items(container, name):
    """Return the elements of a container that has an order; arrays among them are NumPy's."""
    if _is_array(container):
        container = np.asarray(container)
    if isinstance(container, Iterator):
        raise TypeError(
            f"{name} is of type {type(container).__name__}, which can be read only once. Pass "
            f"list({name}) instead."
        )
    if (
        isinstance(container, (str, bytes, Mapping, Set))
        or sparse.issparse(container)
        or not hasattr(container, "__iter__")
        or getattr(container, "ndim", 1) == 0
    ):
        raise TypeError(f"{name} is of type {type(container).__name__}, not a list. {_FORMS[name]}")
    to_list = getattr(container, "to_list", getattr(container, "tolist", None))
    items = to_list() if to_list else list(container)
    return items if _are_lists(items) else [_as_array(item) for item in items]


def _as_array(item):
    convertible = hasattr(item, "__array__") and not isinstance(item, np.generic)
    return np.asarray(item) if convertible and not _is_frame(item) else item


def _is_frame(X):
    return hasattr(X, "shape") and hasattr(X, "columns")


def _is_array(X):
    """Return whether something is to be read as an array, and is no column of sequences."""
    return hasattr(X, "__array__") and len(getattr(X, "shape", ())) != 1


def _is_matrix(item):
    if isinstance(item, (list, tuple)):
        return False
    return _is_frame(item) or getattr(item, "ndim", 1) == 2


def _is_sequence(item):
    """Return whether something has elements in order, and is not a value by itself."""
    if isinstance(item, (list, tuple, np.ndarray)):
        return getattr(item, "ndim", 1) > 0
    if isinstance(item, (str, bytes, Mapping, Set)) or sparse.issparse(item):
        return False
    return hasattr(item, "__len__")


def _are_lists(items):
    """Return whether all is plain, the common case, where nothing else need be asked."""
    return set(map(type, items)) <= {list, tuple}


def _is_flat(item):
    return _is_sequence(item) and getattr(item, "ndim", 1) == 1


def _holds_sequences(items):
    one_of_each = {type(item): item for item in items}
    return any(map(_is_sequence, one_of_each.values()))


def _all_are(values, types):
    return bool(values) and all(issubclass(kind, types) for kind in set(map(type, values)))


def _length(item):
    return item.shape[0] if _is_matrix(item) else len(item)


def _kind(token):
    """Return what a token is; None for what is none by itself, such as a vector."""
    return next((kind for kind, types in _TOKEN_TYPES.items() if isinstance(token, types)), None)


def _clash(name, odd, first):
    """Begin the message on a value that is not of the kind of the first; each is (place, value)."""
    (place, value), (first_place, first_value) = odd, first
    text = f"{name}{place} is {_show(value)} of type {type(value).__name__}"
    if place != first_place:
        text += (
            f", but {name}{first_place} is {_show(first_value)} of type "
            f"{type(first_value).__name__}"
        )
    return text + ". "


def _show(value):
    text = repr(value.item() if isinstance(value, np.generic) else value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."


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
            _refuse_parameter(name, params[name], f"must be one of {list(options)}")
    for name in _FLAGS:
        if not isinstance(params[name], (bool, np.bool_)):
            _refuse_parameter(name, params[name], "must be True or False", TypeError)
    for name, limits in _RANGES.items():
        _check_range(name, params[name], *limits)
    _check_sizes(params["hidden_layer_sizes"], params["batch_size"])
    _check_text_parameters(params["analyzer"], params["min_df"])
    _check_embeddings(params["embeddings"])
    _check_class_weight(params["class_weight"])
    _check_output(params)
    try:
        check_random_state(params["random_state"])
    except ValueError:
        problem = "must be None, an int from 0 to 2**32 - 1 or a numpy.random.RandomState"
        _refuse_parameter("random_state", params["random_state"], problem)


def _refuse_parameter(name, value, problem, error=ValueError):
    raise error(f"{name} is {_show(value)}, but {problem}.")


def _check_range(name, value, kind, lower, upper, bounds):
    check_scalar(value, name, kind, min_val=lower, max_val=upper, include_boundaries=bounds)
    if math.isnan(value) or (upper is None and math.isinf(value)):
        _refuse_parameter(name, value, "must be finite")


def _check_sizes(hidden_layer_sizes, batch_size):
    sizes = hidden_layer_sizes
    if isinstance(sizes, numbers.Integral):
        sizes = [sizes]
    layered = _is_sequence(sizes) and len(sizes) > 0
    if not (layered and all(isinstance(size, numbers.Integral) and size > 0 for size in sizes)):
        problem = "must be a positive integer, or a list or tuple with one for each LSTM layer"
        _refuse_parameter("hidden_layer_sizes", hidden_layer_sizes, problem)
    if not isinstance(batch_size, str):
        _check_range("batch_size", batch_size, numbers.Integral, 1, None, "left")
    elif batch_size != "auto":
        _refuse_parameter("batch_size", batch_size, "must be 'auto' or an integer >= 1")


def _check_text_parameters(analyzer, min_df):
    if not callable(analyzer) and not (isinstance(analyzer, str) and analyzer in _ANALYZERS):
        problem = f"must be one of {list(_ANALYZERS)} or a callable from a word to a list of str"
        _refuse_parameter("analyzer", analyzer, problem)
    if isinstance(min_df, numbers.Integral):
        _check_range("min_df", min_df, numbers.Integral, 0, None, "left")
    else:
        _check_range("min_df", min_df, numbers.Real, 0, 1, "both")


def _check_class_weight(class_weight):
    named = isinstance(class_weight, str) and class_weight == "balanced"
    if isinstance(class_weight, Mapping):
        for label, weight in class_weight.items():
            _check_range(f"class_weight[{label!r}]", weight, numbers.Real, 0, None, "left")
    elif not (named or class_weight is None):
        problem = "must be None, 'balanced' or a dict from a class to its weight"
        _refuse_parameter("class_weight", class_weight, problem)


def _check_embeddings(embeddings):
    is_mapping = hasattr(embeddings, "__getitem__") and hasattr(embeddings, "__contains__")
    is_mapping = is_mapping and not isinstance(embeddings, (str, list, tuple, np.ndarray))
    if embeddings is not None and not is_mapping:
        problem = "must be None or a mapping from a word to its vector, such as a dict"
        _refuse_parameter("embeddings", embeddings, problem, TypeError)


def _check_output(params):
    scheme, output = params["scheme"], params["output"]
    if scheme is not None and not (isinstance(scheme, str) and scheme in PREFIXES):
        _refuse_parameter("scheme", scheme, f"must be None or one of {list(PREFIXES)}")
    if output == "crf":
        if params["class_weight"] is not None:
            problem = 'must be None with output="crf", which weighs whole sequences'
            _refuse_parameter("class_weight", params["class_weight"], problem)
    elif scheme is not None:
        _refuse_parameter("scheme", scheme, 'needs output="crf", which alone scores transitions')


def check_sequences_for_crf(sample, classes, scheme):
    """Refuse what a CRF cannot learn from: weights within a sequence, spans that break the scheme.

    Parameters
    ----------
    sample : Sample
    classes : ndarray of shape (n_classes,)
    scheme : {"BIO", "IOB1", "BIOES"} or None
    """
    starts, ends = _ends(sample.tokens.lengths)
    firsts = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    uneven = np.flatnonzero(sample.weights != sample.weights[firsts])
    if len(uneven):
        raise ValueError(
            'With output="crf" all tokens of a sequence have the same weight, but '
            f"sample_weight{sample.tokens.place(uneven[0])} differs from the first of its "
            "sequence. Pass one weight for each sequence, cut padding off, or set "
            'output="softmax".'
        )
    if scheme is not None:
        _check_tags_of_scheme(classes.tolist(), scheme)
        _check_spans(sample, classes, scheme, starts, ends)


def _check_spans(sample, classes, scheme, starts, ends):
    """Refuse tags that break a scheme where they stand."""
    tags = encode(sample.labels, classes, np.ones(len(starts), bool))
    allowed = transition_penalties(classes.tolist(), scheme) == 0
    before = np.where(starts, len(classes), np.roll(tags, 1))
    wrong = np.flatnonzero(~allowed[before, tags] | (ends & ~allowed[-1, tags]))
    if not len(wrong):
        return
    k = wrong[0]
    if allowed[before[k], tags[k]]:
        where = "ends its sequence"
    elif starts[k]:
        where = "begins its sequence"
    else:
        where = f"follows {_show(classes[tags[k - 1]])}"
    raise ValueError(
        f"y{sample.tokens.place(k)} is {_show(classes[tags[k]])} and {where}, which the {scheme} "
        "scheme does not allow. Correct the tag, or set another scheme or None."
    )


def _ends(lengths):
    """Return which tokens begin, and which end, their sequences."""
    starts, ends = np.zeros((2, int(lengths.sum())), bool)
    lengths = lengths[lengths > 0]
    last = np.cumsum(lengths) - 1
    ends[last] = starts[last - lengths + 1] = True
    return starts, ends


def _check_tags_of_scheme(tags, scheme):
    """Refuse classes that are no tags of a scheme."""
    for tag in tags:
        prefix, kind = parse(tag) if isinstance(tag, str) else ("", "")
        if not (tag == "O" or (prefix in tuple(PREFIXES[scheme]) and kind)):
            raise ValueError(
                f"{_show(tag)} is no tag of the {scheme} scheme: O, or one of "
                f"{', '.join(PREFIXES[scheme])} with the type of a span, such as B-person. Set "
                "scheme=None for other tags."
            )


def hidden_layers(hidden_layer_sizes):
    """Return ``hidden_layer_sizes``, an int or a sequence of them, as a list of int."""
    if isinstance(hidden_layer_sizes, numbers.Integral):
        return [int(hidden_layer_sizes)]
    return [int(size) for size in hidden_layer_sizes]


_OPTIONS = {
    "output": ("softmax", "crf"),
    "solver": ("adam", "sgd"),
    "learning_rate": ("constant", "invscaling", "adaptive", "linear"),
}

_ANALYZERS = ("word", "affix", "char_ngram")

_FLAGS = ("bidirectional", "shuffle", "warm_start", "nesterovs_momentum", "early_stopping")

# The kind, the bounds and which of them belong to the range; without an upper one, all finite.
_RANGES = {
    "embedding_size": (numbers.Integral, 1, None, "left"),
    "char_hidden_size": (numbers.Integral, 0, None, "left"),
    "dropout": (numbers.Real, 0, 1, "left"),
    "feature_dropout": (numbers.Real, 0, 1, "left"),
    "label_smoothing": (numbers.Real, 0, 1, "left"),
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
    "max_grad_norm": (numbers.Real, 0, math.inf, "right"),
    "verbose": (numbers.Integral, 0, None, "left"),
}
