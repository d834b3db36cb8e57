"""Validate sequences of tokens: words, dicts of features or numeric vectors."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sklstm._sequences import (
    REAL_TYPES,
    Flat,
    Tokens,
    all_are,
    as_floats,
    as_matrices,
    chain_tokens,
    is_a,
    is_frame,
    recognize,
    show,
)
from sklstm._validation.mistakes import warn_for_rows

_COLLECTION_TYPES = (list, tuple, set, frozenset)
# Numbers are multiplied by weights or embeddings, and added: the largest are out of range.
_HEADROOM = 2.0**20
_MAX = float(np.finfo(np.float32).max) / _HEADROOM  # of dicts, which are computed in float32
_ROWS_HINT = (
    " Each row of X is a sequence of one token. If X is one recording, a sequence of many "
    "tokens, pass [X] and [y]. If each number is a token, pass X[:, :, None], or a list of "
    "arrays of shape (n_tokens, 1), for instance by reshape(-1, 1)."
)
_TRANSPOSE_HINT = " If time runs along the last axis, pass {}."
_TRANSPOSED = {"block": "X.transpose(0, 2, 1)", "ragged": "[x.T for x in X]"}
_TIMES = (
    "holds dates, times or durations, but features are numbers. Convert it to numbers, for "
    "instance to the hour, the day of the week or the seconds since the token before, or leave it "
    "out."
)
_SCALE_HINT = "Scale X, for instance with sklearn.preprocessing.StandardScaler."
_IMPUTE_HINT = "Impute or leave out such values, for instance with sklearn.impute."
_PADDING_HINT = (
    "NaN fills whole tokens, before or after the others of their sequences, which looks like "
    "padding. Remove it, from y too: sequences may differ in length, as in "
    "X = [x[~np.isnan(x).all(axis=1)] for x in X]. Or fill it with 0, and give it any tag in y and "
    "the weight 0 in sample_weight."
)


def check_X(X: Any, estimator: BaseEstimator, *, reset: bool) -> Tokens:
    """Return the tokens of the sequences that a user passes.

    Parameters
    ----------
    X : object
        As the user passed it.
    estimator : estimator
        Its ``n_features_in_`` and ``feature_names_in_`` are checked or, with `reset`, set.
    reset : bool
        Whether to set the number and the names of the features of vectors, instead of checking
        them.

    Returns
    -------
    tokens : Tokens

    Raises
    ------
    ValueError, TypeError
        If X is invalid; the message names the sequence and the token.
    """
    form, kind, sequences = recognize(X)
    if kind == "empty":
        return Tokens(kind, form, np.zeros(len(sequences), np.intp), [])
    if kind == "vectors":
        tokens = _check_vectors(form, sequences, estimator, reset)
    else:
        tokens = chain_tokens(sequences, kind)
    if kind == "numbers":
        tokens = _check_vectors(form, np.asarray(sequences), estimator, reset)
    if kind == "dicts":
        tokens = _check_features(tokens)
    if form == "rows":
        warn_for_rows(X, tokens, estimator, reset=reset)
    return tokens


def check_same_kind(tokens: Tokens, kind: str) -> None:
    """Raise a ValueError if the tokens are not of the kind that the estimator was fitted on."""
    if tokens.kind not in (kind, "empty"):
        raise ValueError(
            f"The tokens of X are {tokens.kind}, but this BiLSTMTagger was fitted on {kind}: pass "
            f"{kind}, or fit it again."
        )


def _check_features(tokens: Tokens) -> Tokens:
    """Return dicts without bytes; raise a ValueError for the first invalid feature."""
    values = list(chain.from_iterable(token.values() for token in tokens.values))
    plain_names = set(map(type, chain.from_iterable(tokens.values))) <= {str}
    plain = plain_names and set(map(type, values)) <= {str, bool, int, float}
    if plain and all(abs(value) <= _MAX for value in values if not isinstance(value, str)):
        return tokens  # the common case, seen from the set of types
    features = (
        (k, *each) for k, token in enumerate(tokens.values) for each in _invalid_features(token)
    )
    invalid = next(features, None)
    if invalid is None:
        return tokens
    if any(map(_has_bytes, tokens.values)):
        return _check_features(_decode_features(tokens))
    k, name, value = invalid
    raise ValueError(
        f"In the dict X{tokens.place(k)}, feature {name!r} is {show(value)} of type "
        f"{type(value).__name__}. A name must be a str; a value must be a str, a bool, a "
        "finite number up to 3e32, a list or set of str, or a dict of such features. Leave "
        "out what is missing."
    )


def _has_bytes(value: Any) -> bool:
    """Return whether a value, or anything in it, is bytes."""
    if isinstance(value, Mapping):
        return any(map(_has_bytes, chain(value, value.values())))
    if isinstance(value, _COLLECTION_TYPES):
        return any(map(_has_bytes, value))
    return isinstance(value, bytes)


def _decode_features(tokens: Tokens) -> Tokens:
    """Return dicts with all bytes decoded; raise a ValueError if they are not UTF-8."""
    decoded = []
    for k, token in enumerate(tokens.values):
        try:
            decoded.append(_decode(token))
        except ValueError as error:
            raise ValueError(
                f"In the dict X{tokens.place(k)}, bytes are not features in UTF-8: {error}. "
                "Decode them, and pass str."
            ) from error
    return tokens._replace(values=decoded)


def _decode(value: Any) -> Any:
    """Return a value with all bytes in it decoded."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, _COLLECTION_TYPES):
        return list(map(_decode, value))
    if not isinstance(value, Mapping):
        return value
    decoded = {_decode(name): _decode(inner) for name, inner in value.items()}
    if len(decoded) < len(value):
        raise ValueError("two names are the same")
    return decoded


def _invalid_features(token: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the name and the value of each invalid feature; of nested dicts as "outer:inner"."""
    for name, value in token.items():
        if not isinstance(name, str):
            yield name, value
        elif isinstance(value, str):
            continue
        elif is_a(value, REAL_TYPES):
            number = value.item() if isinstance(value, np.generic) else value
            if not abs(number) <= _MAX:
                yield name, value
        elif isinstance(value, Mapping):
            for inner, inner_value in _invalid_features(value):
                yield f"{name}:{inner}", inner_value
        elif not isinstance(value, _COLLECTION_TYPES) or not all(
            isinstance(part, str) for part in value
        ):
            yield name, value


def _check_vectors(form: str, X: Any, estimator: BaseEstimator, reset: bool) -> Tokens:
    """Return vectors as the rows of one matrix; check their number, names and values."""
    named = X if is_frame(X) else None
    if isinstance(X, np.ndarray) and X.dtype.kind in "OSUT":
        X = _as_float_array(X)
    if form == "ragged":
        lengths, X, named = _stack(X, estimator)
    elif form == "block":
        n_sequences, n_steps, n_features = X.shape
        expected = n_features if reset else getattr(estimator, "n_features_in_", n_features)
        if n_features != expected == n_steps:
            raise ValueError(
                f"X has {n_features} features, but BiLSTMTagger is expecting {expected} features "
                f"as input. X is of shape {X.shape}.{_TRANSPOSE_HINT.format(_TRANSPOSED[form])}"
            )
        lengths, X = np.full(n_sequences, n_steps), X.reshape(n_sequences * n_steps, n_features)
    _check_no_times(X, "X")
    values = _as_numeric(X, estimator)
    if form == "rows":
        lengths = np.ones(values.shape[0], np.intp)
    if not len(lengths):
        raise ValueError(
            f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required. "
            "Pass the empty list to predict nothing."
        )
    names = values if named is None else named
    validate_data(estimator, names, reset=reset, skip_check_array=True)
    tokens = Tokens("vectors", form, lengths, values)
    numbers = values.data if sparse.issparse(values) else values
    largest = np.finfo(values.dtype).max / _HEADROOM
    if numbers.size and not (numbers.min() >= -largest and numbers.max() <= largest):
        _raise_for_number(tokens, named, largest)
    return tokens


def _as_float_array(X: NDArray) -> NDArray:
    """Return an array of objects or bytes for all sequences as an array of float."""
    if X.dtype.kind in "UT" or all_are(X.ravel().tolist(), (str, Mapping)):
        raise ValueError(
            f"X is an array of words or dicts of shape {X.shape}, expected 2 dimensions: a row for "
            "each sequence, an entry for each token. If its last dimension is a word and its "
            "tag, pass X[..., 0] as X and X[..., 1] as y."
        )
    try:
        return as_floats(X, "X")
    except ValueError:
        _, kind, rows = recognize(X.tolist())
        if kind not in ("vectors", "empty"):
            chain_tokens(rows, kind)  # names the first token of another kind
        raise


def _stack(items: list, estimator: BaseEstimator) -> tuple[NDArray, Any, Any]:
    """Return the lengths of sequences of vectors, their matrix, and the first data frame if any."""
    for i, item in enumerate(items):
        if isinstance(item, (list, tuple)) and len(item):
            _check_not_words(item[0], f"X[{i}][0]")
    lengths, places, matrices = as_matrices(items)
    named = next((matrix for matrix in matrices if is_frame(matrix)), None)
    matrices = [_as_numbers(m, i, estimator) for i, m in zip(places, matrices, strict=True)]
    if any(map(sparse.issparse, matrices)):
        matrices = [
            sparse.csr_array(m if sparse.issparse(m) else m.astype(m.dtype.newbyteorder("=")))
            for m in matrices
        ]
        return lengths, sparse.vstack(matrices, format="csr"), named
    return lengths, np.concatenate(matrices), named


def _as_numbers(matrix: Any, i: int, estimator: BaseEstimator) -> Any:
    """Return the matrix of sequence `i` as an array or sparse matrix of numbers."""
    if is_frame(matrix):
        array = np.asarray(matrix)  # fast if the columns are plain numbers
        is_numeric = array.dtype.kind in "biuf" and not _columns_of_times(matrix)
        return array if is_numeric else _as_numeric(matrix, estimator, f"X[{i}]")
    if matrix.dtype.kind not in "OSUTmM":
        return matrix
    _check_no_times(matrix, f"X[{i}]")
    for t, row in enumerate(matrix.tolist()):
        _check_not_words(row, f"X[{i}][{t}]")
    return as_floats(matrix, f"X[{i}]")


def _check_no_times(X: Any, place: str) -> None:
    """Raise a ValueError for an array of times, which NumPy would convert to numbers."""
    if isinstance(X, np.ndarray) and X.dtype.kind in "mM":
        raise ValueError(f"{place} {_TIMES}")


def _check_not_words(token: Any, place: str) -> None:
    """Raise a ValueError for a list of words, or a word with its tag, in place of a token."""
    if not (isinstance(token, (list, tuple)) and any(isinstance(part, str) for part in token)):
        return
    if isinstance(token, list) and len(token) != 2:
        raise ValueError(
            f"{place} is {show(token)}, a list instead of a word: X is one level too deep. Pass a "
            "list of sequences, each a list of str."
        )
    raise ValueError(
        f"{place} is {show(token)}, which looks like a pair of a word and its tag. Pass the words "
        "as X and the tags as y; if all of it describes the token, make it a dict."
    )


def _as_numeric(X: Any, estimator: BaseEstimator, name: str = "X") -> Any:
    """Return a matrix in its own precision, float32 or float64; it may hold NaN."""
    if is_frame(X) and _columns_of_times(X):
        _raise_for_columns(X, name)
    if is_frame(X) and not X.shape[1]:
        X = np.empty(X.shape)  # scikit-learn finds no type
    try:
        with np.errstate(over="ignore"):  # infinity is found later
            return check_array(
                X,
                accept_sparse="csr",
                dtype=[np.float64, np.float32],
                ensure_all_finite=False,
                ensure_min_samples=0,
                estimator=estimator,
                input_name="X",
            )
    except (ValueError, TypeError, OverflowError) as error:
        if is_frame(X):
            _raise_for_columns(X, name)
        if isinstance(error, OverflowError):
            raise ValueError(f"{name}: {error}. {_SCALE_HINT}") from error
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In {name}: {error}") from error


def _columns_of_times(frame: Any) -> list:
    """Return the columns whose type, of pandas or polars, is for dates, times or durations.

    A library would convert these to counts of days or of fractions of a second.
    """
    dtypes = getattr(frame, "dtypes", ())  # which some libraries lack
    return [
        name
        for name, dtype in zip(frame.columns, dtypes, strict=False)
        if getattr(dtype, "kind", "") in ("m", "M") or getattr(dtype, "is_temporal", bool)()
    ]


def _raise_for_columns(frame: Any, name: str) -> None:
    """Raise a ValueError for a column of str or of times, if there is one."""
    try:
        rows = np.asarray(frame)
    except TypeError:  # columns without a common type, such as numbers and dates
        rows = np.empty((0, frame.shape[1]))
    columns = dict(zip(frame.columns, rows.T.tolist(), strict=True))
    for column, values in columns.items():
        word = next((value for value in values if isinstance(value, str)), None)
        if word is not None:
            hint = " From a data frame with one row for each token, sklstm.datasets."
            hint += f"sequences_from_frame(X, group=..., columns={column!r}) makes such lists."
            raise ValueError(
                f"The column {column!r} of {name} holds str, {show(word)}, but a data frame "
                "holds numeric features, a vector in each row. For words, pass a list of lists of "
                f"str, one list for each sequence.{hint if name == 'X' else ''}"
            )
    times = _columns_of_times(frame)
    for column, values in columns.items():
        is_time = any(hasattr(v, "strftime") or hasattr(v, "total_seconds") for v in values)
        if is_time or column in times:
            raise ValueError(f"The column {column!r} of {name} {_TIMES}")


def _raise_for_number(tokens: Tokens, frame: Any, largest: float) -> NoReturn:
    """Raise a ValueError for the first number that is not finite, or larger than the largest.

    `frame` names the features.
    """
    values = sparse.coo_array(tokens.values)
    k = np.flatnonzero(~(np.abs(values.data) <= largest))[0]
    feature = values.col[k] if frame is None else frame.columns[values.col[k]]
    number, hint = values.data[k], _IMPUTE_HINT
    problem = "NaN" if np.isnan(number) else "infinity"
    if np.isfinite(number):
        problem, hint = f"{number:.3g}, too large for {values.dtype}", _SCALE_HINT
    elif tokens.form != "rows" and not sparse.issparse(tokens.values):
        filled = np.flatnonzero(~np.isnan(tokens.values).all(axis=1))
        sequences = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)[filled]
        has_gaps = ((np.diff(filled) > 1) & (np.diff(sequences) == 0)).any()
        if len(filled) and np.isfinite(tokens.values[filled]).all() and not has_gaps:
            hint = _PADDING_HINT
    raise ValueError(
        f"Input X contains {problem}, first in X{tokens.place(values.row[k])}, feature "
        f"{show(feature)}. {hint}"
    )


def check_aligned(flat: Flat, tokens: Tokens, entry: str) -> None:
    """Raise a ValueError if values do not have one entry for each token of X.

    Parameters
    ----------
    flat : Flat
        The values of the argument "y" or "sample_weight".
    tokens : Tokens
    entry : {"tag", "weight"}
        The name of one entry, for messages.
    """
    name, lengths = flat.name, flat.lengths
    if name == "y" and _is_per_sequence(flat, tokens):
        label = "[label]" if flat.is_rows else "list(label)"
        length = "x.shape[0]" if sparse.issparse(tokens.values) else "len(x)"
        raise ValueError(
            "y has one tag for each sequence of X, but this tagger labels tokens, not whole "
            f"sequences. Pass [{label} * {length} for x, label in zip(X, y)] if each token should "
            "have the tag of its sequence; to label whole sequences, use a classifier for them."
        )
    if flat.is_rows and tokens.form != "rows":
        raise ValueError(
            f"{name}[0] is {show(flat.values[0])}, not a sequence of {entry}s. Pass a list or "
            "array for each sequence, with one entry for each of its tokens."
        )
    if len(lengths) != len(tokens.lengths):
        raise_for_count(len(lengths), tokens, name)
    wrong = np.flatnonzero(lengths != tokens.lengths)
    if len(wrong):
        i = wrong[0]
        raise ValueError(
            f"X[{i}] has {tokens.lengths[i]} tokens, but {name}[{i}] has {lengths[i]} {entry}s: "
            f"pass one {entry} for each token.{_hint_on_length(i, lengths, tokens)}"
        )


def _is_per_sequence(flat: Flat, tokens: Tokens) -> bool:
    """Return whether there is one label for each sequence of several tokens."""
    if len(flat.lengths) != len(tokens.lengths):
        return False
    if flat.is_rows:
        return tokens.form != "rows"
    return len(flat.lengths) > 1 and bool((flat.lengths == 1).all() and (tokens.lengths > 1).all())


def _hint_on_length(i: int, lengths: NDArray, tokens: Tokens) -> str:
    """Return advice if sequence `i` of X does not have the expected length."""
    if tokens.form == "rows":
        return _ROWS_HINT
    if tokens.kind == "vectors" and (lengths == tokens.values.shape[1]).all():
        return _TRANSPOSE_HINT.format(_TRANSPOSED[tokens.form])
    if tokens.kind == "words":
        start = tokens.lengths[:i].sum()
        words = " ".join(tokens.values[start : start + tokens.lengths[i]]).split()
        if len(words) == lengths[i]:
            return " Split the text of X into words, for instance by text.split()."
    return ""


def raise_for_count(n_entries: int, tokens: Tokens, name: str) -> NoReturn:
    """Raise a ValueError for another number of entries than there are sequences in X."""
    unit, hint = ("row", _ROWS_HINT) if tokens.form == "rows" else ("sequence", "")
    raise ValueError(
        f"X has {len(tokens.lengths)} {unit}s, but {name} has {n_entries} entries: pass one for "
        f"each {unit}.{hint}"
    )
