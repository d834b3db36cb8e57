"""Convert data frames with one token in each row to sequences, and back."""

from collections.abc import Hashable, Mapping
from itertools import chain
from numbers import Number
from typing import Any, Literal, overload

import numpy as np

from sklstm._sequences import all_are, is_frame, is_sequence, show
from sklstm.datasets._frame_libraries import (
    LIBRARIES,
    cut_rows,
    name_of_library,
    new_frame,
    take_rows,
)


@overload
def sequences_from_frame(
    frame: Any, *, group: Any, columns: Any, target: None = ...
) -> list[Any]: ...
@overload
def sequences_from_frame(
    frame: Any, *, group: Any, columns: Any, target: Hashable
) -> tuple[list[Any], list[list[Any]]]: ...
def sequences_from_frame(
    frame: Any, *, group: Any, columns: Any, target: Any = None
) -> list[Any] | tuple[list[Any], list[list[Any]]]:
    """Convert a data frame with one token in each row to sequences.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        The tokens, one in each row. The rows of a sequence do not need to be consecutive. Their
        order is kept.

    group : str or list of str
        The column that identifies the sequence of each row. A list of columns identifies it
        together, such as the document and the number of the sentence. Sequences are returned in the
        order of their first rows.

    columns : str or list of str
        The column or columns of the tokens. With a single name, a token is the value in that
        column, such as a word. With a list of names, each sequence is a data frame with these
        columns, from the library of `frame`. :class:`~sklearn.compose.ColumnTransformer` takes such
        data frames, and so does :class:`~sklstm.BiLSTMTagger` if all values are numbers.

    target : str, default=None
        The column of the tags. By default, no tags are returned.

    Returns
    -------
    X : list of list, or list of DataFrame
        The sequences.

    y : list of list
        The tags of each sequence. Only returned if `target` is given.

    Raises
    ------
    ValueError
        If a column does not exist, or if a value is missing in a column of groups, words or tags;
        the message names the first such row. Missing values are allowed if `columns` is a list.
        Also if `columns` is a single name and the column contains numbers.

    TypeError
        If `frame` is not a data frame of pandas or polars.

    See Also
    --------
    tags_to_frame : Adds predictions to the rows of the data frame.
    sequences_to_frame : Converts sequences to a new data frame.

    Notes
    -----
    For numbers, pass a list of names, even if there is only one: with ``columns=["speed"]``, each
    token is a vector of one number, which the tagger takes. To convert numbers that are not tokens,
    such as weights, pass their column as `target`. In pandas, the names of columns can be any
    labels, and a tuple is one label.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm.datasets import sequences_from_frame
    >>> frame = pd.DataFrame({
    ...     "sentence": [1, 1, 2],
    ...     "word": ["Ducks", "swim", "Quietly"],
    ...     "tag": ["NOUN", "VERB", "ADV"],
    ... })
    >>> X, y = sequences_from_frame(frame, group="sentence", columns="word", target="tag")
    >>> X
    [['Ducks', 'swim'], ['Quietly']]
    >>> y
    [['NOUN', 'VERB'], ['ADV']]

    With a list of columns, each sequence is a data frame:

    >>> X = sequences_from_frame(frame, group="sentence", columns=["word"])
    >>> X[0]
        word
    0  Ducks
    1   swim
    """
    library = _library_of(frame)
    columns = _as_names(columns)
    if isinstance(target, list):
        raise TypeError(f"target is {target!r}, but must be one column, that of the tags.")
    _check_hashable([target, *_as_list(columns)])
    if target is not None and target in _as_list(columns):
        raise ValueError(
            f"target is {target!r}, which is also one of columns: the tags must not be part of "
            "the tokens."
        )
    order, lengths = _group(library, frame, group)
    if isinstance(columns, list):
        _check_columns(frame, columns, "columns")
        X = cut_rows(take_rows(frame[columns], order), lengths)
    else:
        tokens = _values(library, frame, columns, "columns", order)
        _check_not_numbers(tokens, columns)
        X = cut_rows(tokens, lengths)
    if target is None:
        return X
    return X, cut_rows(_values(library, frame, target, "target", order), lengths)


def tags_to_frame(frame: Any, tags: Any, *, group: Any, name: Any) -> Any:
    """Add a column with one value for each token, such as predicted tags, to a data frame.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        The data frame that was passed to :func:`sequences_from_frame`, or another one with the same
        tokens.

    tags : sequence of sequences
        For each sequence, one value for each token, as :meth:`~sklstm.BiLSTMTagger.predict`
        returns, or one vector for each token, as ``predict_proba`` returns.

    group : str or list of str
        The `group` that was passed to :func:`sequences_from_frame`.

    name : str or list of str
        The name of the new column. For vectors, a list with a name for each number of a vector.

    Returns
    -------
    frame : pandas or polars DataFrame
        A new data frame with the new columns. The order of the rows and, in pandas, the index are
        those of `frame`.

    Raises
    ------
    ValueError
        If there is not one sequence of tags for each group and one tag for each row, if the data
        frame already has a column with the name, or if there is not one name for each number of a
        vector.

    TypeError
        If `frame` is not a data frame of pandas or polars.

    See Also
    --------
    sequences_from_frame : Converts a data frame to sequences.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm.datasets import tags_to_frame
    >>> frame = pd.DataFrame({"sentence": [1, 2, 1], "word": ["Ducks", "Quietly", "swim"]})
    >>> tags_to_frame(frame, [["NOUN", "VERB"], ["ADV"]], group="sentence", name="predicted")
       sentence     word predicted
    0         1    Ducks      NOUN
    1         2  Quietly       ADV
    2         1     swim      VERB

    Probabilities have a column for each tag:

    >>> import numpy as np
    >>> proba = [np.array([[0.5, 0.5], [0.25, 0.75]]), np.array([[1.0, 0.0]])]
    >>> names = [f"p_{tag}" for tag in ["NOUN", "VERB"]]  # the classes_ of the tagger
    >>> tags_to_frame(frame, proba, group="sentence", name=names)
       sentence     word  p_NOUN  p_VERB
    0         1    Ducks    0.50    0.50
    1         2  Quietly    1.00    0.00
    2         1     swim    0.25    0.75
    """
    library = _library_of(frame)
    name = _as_names(name)
    _check_new_names(frame, _as_list(name))
    order, lengths = _group(library, frame, group)
    sequences = _aligned(tags, lengths, "tags", "the frame")
    if isinstance(name, list):
        columns = _vector_columns(sequences, name, "name", "tags")
    else:
        columns = {name: _single_column(sequences, name, "name", "tags")}
    return library.assign(frame, columns, np.argsort(order))


def sequences_to_frame(
    X: Any,
    y: Any = None,
    *,
    group: Any,
    columns: Any = None,
    target: Any = None,
    output: Literal["pandas", "polars"] | None = None,
) -> Any:
    """Convert sequences to a data frame with one token in each row.

    :func:`sequences_from_frame` with the same arguments converts it back. Empty sequences are lost,
    because they have no rows.

    Parameters
    ----------
    X : sequence of sequences
        The tokens. Single values, such as words, become one column. Vectors, dicts and the rows of
        data frames become several columns.

    y : sequence of sequences, default=None
        One tag for each token.

    group : str
        The name of the new column with the index of the sequence of each token.

    columns : str or list of str, default=None
        The name of the column for tokens that are single values. Otherwise a list of names: one for
        each number of a vector, the features of dicts, or the columns of data frames. Features that
        a dict does not have become missing values. Required, unless `X` consists of data frames:
        then the default is all of their columns.

    target : str, default=None
        The name of the column for the tags. Required with `y`.

    output : {"pandas", "polars"}, default=None
        The library of the data frame. By default, the library of the data frames in `X`, otherwise
        pandas.

    Returns
    -------
    frame : pandas or polars DataFrame
        One row for each token, in the order of the sequences.

    Raises
    ------
    ValueError
        If the lengths of `X` and `y` differ, if two names are equal, or if `columns` does not match
        the tokens.

    ImportError
        If the library is not installed.

    See Also
    --------
    sequences_from_frame : Converts a data frame to sequences.
    tags_to_frame : Adds more columns, such as the predictions of other taggers.

    Examples
    --------
    >>> from sklstm.datasets import sequences_to_frame
    >>> X, y = [["Ducks", "swim"], ["Quietly"]], [["NOUN", "VERB"], ["ADV"]]
    >>> sequences_to_frame(X, y, group="sentence", columns="word", target="tag")
       sentence     word   tag
    0         0    Ducks  NOUN
    1         0     swim  VERB
    2         1  Quietly   ADV
    """
    if not (output is None or (isinstance(output, str) and output in LIBRARIES)):
        raise ValueError(f"output is {show(output)}, but must be one of {[*LIBRARIES, None]}.")
    sequences = _as_sequences(X, "X")
    columns = _common_columns(sequences) if columns is None else _as_names(columns)
    _check_names(group, columns, y, target)
    output = output or name_of_library(next(filter(is_frame, sequences), None)) or "pandas"
    lengths = np.fromiter(map(len, sequences), np.intp, len(sequences))
    table: dict[Any, Any] = {group: np.repeat(np.arange(len(lengths)), lengths)}
    table |= _token_columns(sequences, columns, output)
    if y is not None:
        table[target] = list(chain.from_iterable(_aligned(y, lengths, "y", "X")))
    return new_frame(output, table)


# Names of columns


def _as_names(names):
    """Return an array or index of names, such as a part of ``frame.columns``, as a list."""
    return list(names) if getattr(names, "ndim", 0) == 1 else names


def _as_list(names):
    names = _as_names(names)
    return names if isinstance(names, list) else [names]


def _check_columns(frame, names, parameter):
    """Check that each name is that of exactly one column."""
    existing = list(frame.columns)
    if not names:
        raise ValueError(f"{parameter} is an empty list. It must name at least one column.")
    for name in names:
        if name not in existing:
            raise ValueError(
                f"The frame has no column {name!r}, which {parameter} names. It has "
                f"{', '.join(map(repr, existing))}.{_advice_on_name(frame, name)}"
            )
        if existing.count(name) > 1:
            raise ValueError(f"The frame has {existing.count(name)} columns {name!r}: rename them.")


def _advice_on_name(frame, name):
    if name is None:  # also the name of an index without a name
        return " If all rows are one sequence, add a column with the same value in all rows."
    if name in getattr(getattr(frame, "index", None), "names", ()):
        return " It is a level of the index: pass frame.reset_index()."
    return " Pass several names as a list." if isinstance(name, tuple) else ""


def _check_new_names(frame, names):
    """Check that no column has one of the names, and that they differ."""
    if not names:
        raise ValueError("name is an empty list. It must name at least one column.")
    _check_unique(names)
    existing = set(frame.columns)
    for name in names:
        if name in existing:
            raise ValueError(
                f"The frame has a column {name!r} already, which would be lost. Choose another "
                "name, or drop the column first."
            )


def _check_names(group, columns, y, target):
    if isinstance(group, list) or isinstance(target, list):
        raise TypeError("group and target must each be the name of one column.")
    if (y is None) != (target is None):
        missing, passed = ("y", "target") if y is None else ("target", "y")
        raise ValueError(f"{passed} was passed without {missing}: pass both for tags.")
    _check_unique([group, *_as_list(columns)] + ([] if target is None else [target]))


def _check_hashable(names):
    try:
        set(names)
    except TypeError as error:
        raise TypeError(f"The names of columns must have a hash, got {show(names)}.") from error


def _check_unique(names):
    _check_hashable(names)
    if len(set(names)) < len(names):
        raise ValueError(f"The names of columns must differ, got {names!r}.")


# From a frame


def _library_of(frame):
    name = name_of_library(frame)
    if name is None:
        advice = " Collect it first: frame.collect()." if hasattr(frame, "collect") else ""
        raise TypeError(
            f"frame is of type {type(frame).__name__}, but must be a DataFrame of pandas or polars."
            + advice
        )
    return LIBRARIES[name]


def _group(library, frame, group):
    """Return the rows sorted by group, and the number of rows in each group."""
    names = _as_list(group)
    _check_complete(library, frame, names, "group")
    return library.group(frame, names)


def _values(library, frame, name, parameter, order):
    """Return the values of a column in another order, as a list."""
    _check_complete(library, frame, [name], parameter)
    return take_rows(frame[name], order).to_list()


def _check_complete(library, frame, names, parameter):
    """Check that the columns exist and have no missing values."""
    _check_columns(frame, names, parameter)
    for name in names:
        missing = library.missing(frame[name])
        if missing.any():
            raise ValueError(
                f"The column {name!r} has {missing.sum()} missing values, first in row "
                f"{missing.argmax()}, counted from 0. Drop such rows, or fill them. Words such as "
                "NA and null are read as missing: pass keep_default_na=False to pandas.read_csv."
            )


def _check_not_numbers(tokens, name):
    """Check that tokens are not numbers, because the tagger takes numbers in vectors only."""
    if all_are(tokens, (Number,)):
        raise ValueError(
            f"The column {name!r} contains numbers, such as {tokens[0]!r}, but a single name in "
            f"columns is for words. Pass columns=[{name!r}], which makes each token a vector, or "
            "convert the column to str if its numbers are names."
        )


# To a frame


def _as_sequences(X, name):
    """Return the sequences in a container as a list."""
    if not is_sequence(X):
        raise TypeError(f"{name} is of type {type(X).__name__}, not a list of sequences.")
    sequences = list(X)
    for i, sequence in enumerate(sequences):
        if not is_sequence(sequence):
            raise ValueError(
                f"{name}[{i}] is {show(sequence)}, not a sequence. Pass [{name}] if {name} is one "
                "sequence."
            )
    return sequences


def _aligned(values, lengths, name, other):
    """Return sequences with one value per token as a list, after a check of their lengths."""
    sequences = _as_sequences(values, name)
    if len(sequences) != len(lengths):
        raise ValueError(
            f"{name} has {len(sequences)} sequences, but {other} has {len(lengths)}. Pass both for "
            "the same sequences."
        )
    for i, (sequence, length) in enumerate(zip(sequences, lengths.tolist(), strict=True)):
        if len(sequence) != length:
            raise ValueError(
                f"{name}[{i}] has {len(sequence)} values, but sequence {i} of {other} has {length} "
                "tokens: there must be one value for each."
            )
    # Iterating over a data frame would return the names of its columns.
    return [np.asarray(s) if is_frame(s) else s for s in sequences]


def _common_columns(frames):
    """Return the names of the columns of data frames, which must be the same in all."""
    if not (frames and all(map(is_frame, frames))):
        raise ValueError(
            "columns must name the columns for the tokens, since X is not a list of data frames, "
            "whose columns have names."
        )
    names = list(frames[0].columns)
    for i, frame in enumerate(frames):
        if set(frame.columns) != set(names):
            raise ValueError(
                f"X[{i}] has the columns {list(frame.columns)!r}, but X[0] has {names!r}. Pass "
                "those to keep as columns."
            )
    return names


def _token_columns(sequences, columns, output):
    """Return the columns for the tokens, by name."""
    if not isinstance(columns, list):
        return {columns: _single_column(sequences, columns, "columns", "X")}
    filled = [sequence for sequence in sequences if len(sequence)]
    if filled and is_frame(filled[0]):
        return _frame_columns(filled, columns, output)
    if filled and isinstance(filled[0][0], Mapping):
        tokens = list(chain.from_iterable(filled))
        return {name: [token.get(name) for token in tokens] for name in columns}
    return _vector_columns(sequences, columns, "columns", "X")


def _single_column(sequences, name, parameter, source):
    """Return the tokens of all sequences as a list, after a check that each is a single value."""
    filled = {i: sequence for i, sequence in enumerate(sequences) if len(sequence)}
    for i, sequence in filled.items():
        token = sequence if is_frame(sequence) else next(iter(sequence))
        if is_sequence(token) or isinstance(token, Mapping):
            raise ValueError(
                f"{source}[{i}] has several values for each token, but {parameter} is {name!r}, "
                "one column. Pass a list with a name for each value; for probabilities, such as "
                '[f"p_{c}" for c in model.classes_].'
            )
    return list(chain.from_iterable(filled.values()))


def _frame_columns(frames, names, output):
    """Return columns of data frames, by name."""
    for frame in frames:
        if name_of_library(frame) != output:
            raise ValueError(
                f"X has a {type(frame).__module__.partition('.')[0]} DataFrame, but the output is "
                f"one of {output}. Pass data frames of one library, without output."
            )
    frame = LIBRARIES[output].concatenate(frames)
    _check_columns(frame, names, "columns")
    return {name: frame[name] for name in names}


def _vector_columns(sequences, names, parameter, source):
    """Return a column for each number of a vector, by name."""
    matrices = [
        _as_matrix(sequence, f"{source}[{i}]", names, parameter)
        for i, sequence in enumerate(sequences)
        if len(sequence)
    ]
    if not matrices:
        return {name: [] for name in names}
    vectors = np.concatenate(matrices)
    if vectors.dtype.kind not in "OSUT":
        return dict(zip(names, vectors.T, strict=True))
    # NumPy converts numbers to str if a vector also has words; lists keep the numbers.
    values = map(list, zip(*chain.from_iterable(sequences), strict=True))
    return dict(zip(names, values, strict=True))


def _as_matrix(sequence, place, names, parameter):
    """Return a sequence as an array with one column per name."""
    try:
        matrix = np.asarray(sequence)
    except ValueError:
        raise ValueError(
            f"The tokens of {place} differ in the number of their values: there must be a value "
            f"for each name in {parameter}."
        ) from None
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise ValueError(
            f"{parameter} has {len(names)} names, but {place} is of shape {matrix.shape}: there "
            "must be a name for each number of a vector."
        )
    return matrix
