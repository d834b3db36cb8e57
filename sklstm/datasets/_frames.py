"""Data frames with one token in each row, to sequences and back."""

from collections.abc import Hashable, Iterator, Mapping
from itertools import chain
from numbers import Number
from typing import Any, Literal, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from sklstm.datasets._frame_libraries import LIBRARIES, name_of_library, new_frame

_MISSING_HINT = (
    "Leave such rows out, or put something in their place. Words such as NA and null are taken for "
    "missing values in reading: pass keep_default_na=False to pandas.read_csv."
)


class _Grouping(NamedTuple):
    """Which rows of a frame belong to which sequence.

    Attributes
    ----------
    order : ndarray of int of shape (n_rows,)
        The rows, sequence by sequence.
    lengths : ndarray of int of shape (n_sequences,)
        The number of rows of each sequence.
    """

    order: NDArray[np.intp]
    lengths: NDArray[np.intp]

    def cut(self, rows):
        """Return pieces of what has its rows in order, one for each sequence."""
        stops = np.cumsum(self.lengths).tolist()
        return [rows[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]


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
    """Make sequences of a data frame with one token in each row.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        The tokens. The rows of a sequence need not stand together; they keep their order.

    group : str or list of str
        The column that says which sequence a row belongs to, or several that say so together, such
        as the document and the number of the sentence in it. Sequences come in the order in which
        they first appear.

    columns : str or list of str
        What a token is. The name of a column makes it the value there, such as a word; a list of
        names makes each sequence a data frame of these columns, of the same library, such as
        :class:`~sklearn.compose.ColumnTransformer` takes and, if they hold numbers,
        :class:`~sklstm.BiLSTMTagger`.

    target : str, default=None
        The column of the tags.

    Returns
    -------
    X : list of list, or list of DataFrame
        The sequences.

    y : list of list
        Their tags. Only returned if there is a `target`.

    Raises
    ------
    ValueError
        If there is no such column, or if a value is missing in one that tells groups, words or
        tags. The message names the first such row. Numbers in data frames may be missing. Also if
        one name in `columns` is that of numbers.

    TypeError
        If `frame` is not a data frame of pandas or polars.

    See Also
    --------
    tags_to_frame : Puts predictions beside the rows that they belong to.
    sequences_to_frame : The way back, where there is no frame yet.

    Notes
    -----
    Numbers are for a list of names, also where it is one: ``columns=["speed"]`` makes each token a
    vector, as the tagger takes it. Numbers that are no tokens, such as weights, can be cut into
    sequences as a `target`. The names of columns may be any labels in pandas, of which a tuple
    counts as one.

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
    columns = _listed(columns)
    _check_target(target, columns)
    grouping = _group(library, frame, group)
    if isinstance(columns, list):
        _check_columns(frame, columns, "columns")
        X = grouping.cut(library.select(frame, columns, grouping.order))
    else:
        tokens = _values(library, frame, columns, "columns", grouping.order)
        _refuse_numbers(tokens, columns)
        X = grouping.cut(tokens)
    if target is None:
        return X
    return X, grouping.cut(_values(library, frame, target, "target", grouping.order))


def tags_to_frame(frame: Any, tags: Any, *, group: Any, name: Any) -> Any:
    """Put tags, or anything else that there is one of for each token, beside the rows of a frame.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        What :func:`sequences_from_frame` was given, or another with the same tokens.

    tags : sequence of sequences
        For each sequence one value for each of its tokens, such as
        :meth:`~sklstm.BiLSTMTagger.predict` returns, or one vector, as from ``predict_proba``.

    group : str or list of str
        As it was passed to :func:`sequences_from_frame`.

    name : str or list of str
        The column to put them in, which must not be there yet. For vectors a list, with a name for
        each of their numbers.

    Returns
    -------
    frame : pandas or polars DataFrame
        A new data frame with all rows of `frame` in their order and, in pandas, with its index.

    Raises
    ------
    ValueError
        If there are not as many sequences of tags as there are groups, or not one tag for each row
        of a group; if there is such a column, or not a name for each number of a vector.

    TypeError
        If `frame` is not a data frame of pandas or polars.

    See Also
    --------
    sequences_from_frame : Makes the sequences.

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
    >>> names = [f"p_{tag}" for tag in ["NOUN", "VERB"]]  # the tags are classes_ of a tagger
    >>> tags_to_frame(frame, proba, group="sentence", name=names)
       sentence     word  p_NOUN  p_VERB
    0         1    Ducks    0.50    0.50
    1         2  Quietly    1.00    0.00
    2         1     swim    0.25    0.75
    """
    library = _library_of(frame)
    name = _listed(name)
    _check_new_names(frame, _as_list(name))
    grouping = _group(library, frame, group)
    sequences = _of_lengths(tags, grouping.lengths, "tags", "the frame")
    if isinstance(name, list):
        columns = _columns_of_vectors(sequences, name, "name", "tags")
    else:
        _refuse_vectors(sequences, name)
        columns = {name: list(chain.from_iterable(sequences))}
    places = np.empty_like(grouping.order)
    places[grouping.order] = np.arange(len(places))
    return library.assign(frame, columns, places)


def sequences_to_frame(
    X: Any,
    y: Any = None,
    *,
    group: Any,
    columns: Any = None,
    target: Any = None,
    output: Literal["pandas", "polars"] | None = None,
) -> Any:
    """Make a data frame with one token in each row of sequences.

    :func:`sequences_from_frame` with the same arguments undoes it, where no sequence is empty: an
    empty one has no row.

    Parameters
    ----------
    X : sequence of sequences
        Tokens that are one value each, such as words, go to one column; vectors, the rows of data
        frames and dicts go to several.

    y : sequence of sequences, default=None
        One tag for each token.

    group : str
        The name of the column for the number of the sequence, counted from 0.

    columns : str or list of str, default=None
        The name of the column for the tokens, or a list of those for their parts: a name for each
        number of a vector, or names of columns of data frames or of features of dicts. What a dict
        lacks is missing. By default, and only of data frames, all columns that they have.

    target : str, default=None
        The name of the column for the tags. Needed where there is a `y`.

    output : {"pandas", "polars"}, default=None
        The library of the data frame. By default that of the data frames in `X`, else pandas.

    Returns
    -------
    frame : pandas or polars DataFrame

    Raises
    ------
    ValueError
        If `X` and `y` do not agree in their lengths, if names do not differ, or if `columns` does
        not fit the tokens.

    ImportError
        If the library is not installed.

    See Also
    --------
    sequences_from_frame : The way back.
    tags_to_frame : Adds further columns, such as those of other taggers.

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
    if output is not None and output not in LIBRARIES:
        raise ValueError(f"output is {output!r}, but must be one of {[*LIBRARIES, None]}.")
    sequences = _sequences(X, "X")
    columns = _own_columns(sequences) if columns is None else _listed(columns)
    output = output or name_of_library(next(filter(_is_frame, sequences), None)) or "pandas"
    _check_names(group, columns, y, target)
    lengths = np.fromiter(map(len, sequences), np.intp, len(sequences))
    table: dict[Any, Any] = {group: np.repeat(np.arange(len(lengths)), lengths)}
    table |= _columns_of(sequences, columns, output)
    if y is not None:
        table[target] = list(chain.from_iterable(_of_lengths(y, lengths, "y", "X")))
    return new_frame(output, table)


# From a frame


def _library_of(frame):
    name = name_of_library(frame)
    if name is None:
        hint = " Collect it first: frame.collect()." if hasattr(frame, "collect") else ""
        raise TypeError(
            f"frame is of type {type(frame).__name__}, but must be a DataFrame of pandas or polars."
            + hint
        )
    return LIBRARIES[name]


def _group(library, frame, group):
    names = _as_list(group)
    _check_columns(frame, names, "group")
    for name in names:
        _refuse_missing(library, frame, name)
    return _Grouping(*library.group(frame, names))


def _values(library, frame, name, parameter, order):
    """Return the values of a column in order, none of them missing."""
    _check_columns(frame, [name], parameter)
    _refuse_missing(library, frame, name)
    return library.values(frame, name, order)


def _check_columns(frame, names, parameter):
    """Refuse names that do not name one column each."""
    there = list(frame.columns)
    if not names:
        raise ValueError(f"{parameter} is an empty list. It must name at least one column.")
    for name in names:
        if name in there:
            if there.count(name) > 1:
                raise ValueError(
                    f"The frame has {there.count(name)} columns {name!r}: rename them."
                )
            continue
        raise ValueError(
            f"The frame has no column {name!r}, which {parameter} names. It has "
            f"{', '.join(map(repr, there))}.{_hint_at_column(frame, name)}"
        )


def _hint_at_column(frame, name):
    """Return what may be meant by a name that no column has."""
    if name is None:  # also the name of an index without one
        return " Where all rows are one sequence, add a column with one value throughout."
    if name in getattr(getattr(frame, "index", None), "names", ()):
        return " It is a level of the index: pass frame.reset_index()."
    return " Pass several names as a list." if isinstance(name, tuple) else ""


def _check_new_names(frame, names):
    """Refuse names that columns have already, or that do not differ."""
    if not names:
        raise ValueError("name is an empty list. It must name at least one column.")
    if len(set(names)) < len(names):
        raise ValueError(f"The names of columns must differ, got {names!r}.")
    there = set(frame.columns)
    for name in names:
        if name in there:
            raise ValueError(
                f"The frame has a column {name!r} already, which would be lost. Choose another "
                "name, or drop the column first."
            )


def _refuse_numbers(tokens, name):
    """Refuse tokens that are numbers, which no tagger can tell from the numbers of a vector."""
    kinds = set(map(type, tokens))
    if kinds and all(issubclass(kind, Number) for kind in kinds):
        raise ValueError(
            f"The column {name!r} holds numbers, such as {tokens[0]!r}, but one name in columns is "
            f"for words. Pass columns=[{name!r}], which makes each token a vector, or change the "
            "column to str if its numbers are names."
        )


def _refuse_vectors(sequences, name):
    """Refuse to put vectors into one column."""
    for i, sequence in enumerate(sequences):
        token = next(iter(sequence), None)
        if isinstance(token, (list, tuple)) or getattr(token, "ndim", 0):
            raise ValueError(
                f"tags[{i}] holds {len(token)} values for each token, but name is {name!r}, one "
                "column. Pass a list with a name for each value; for what predict_proba returns "
                'such as [f"p_{c}" for c in model.classes_].'
            )


def _check_target(target, columns):
    if isinstance(target, list):
        raise TypeError(f"target is {target!r}, but must be one column, that of the tags.")
    if target is not None and target in _as_list(columns):
        raise ValueError(
            f"target is {target!r}, which is also one of columns: what is to be predicted must not "
            "be part of the tokens."
        )


def _refuse_missing(library, frame, name):
    missing = library.missing(frame, name)
    if missing.any():
        raise ValueError(
            f"The column {name!r} has {missing.sum()} missing values, first in row "
            f"{missing.argmax()}, counted from 0. {_MISSING_HINT}"
        )


# To a frame


def _check_names(group, columns, y, target):
    if isinstance(group, list) or isinstance(target, list):
        raise TypeError("group and target must each be the name of one column.")
    if (y is None) != (target is None):
        missing, passed = ("y", "target") if y is None else ("target", "y")
        raise ValueError(f"{passed} was passed without {missing}: tags are y and target.")
    names = [group, *_as_list(columns)] + ([] if target is None else [target])
    if len(set(names)) < len(names):
        raise ValueError(f"The names of columns must differ, got {names!r}.")


def _sequences(X, name):
    """Return the sequences of a container as a list."""
    if isinstance(X, (str, Mapping, Iterator)) or not hasattr(X, "__len__"):
        raise TypeError(f"{name} is of type {type(X).__name__}, not a list of sequences.")
    sequences = list(X)
    for i, sequence in enumerate(sequences):
        if isinstance(sequence, (str, Mapping)) or not hasattr(sequence, "__len__"):
            raise ValueError(
                f"{name}[{i}] is {sequence!r}, not a sequence. Pass [{name}] where {name} is one."
            )
    return sequences


def _of_lengths(values, lengths, name, other):
    """Return what belongs to the tokens of each sequence as a list."""
    sequences = _sequences(values, name)
    if len(sequences) != len(lengths):
        raise ValueError(
            f"{name} has {len(sequences)} sequences, but {other} has {len(lengths)}. They must "
            "agree."
        )
    for i, (sequence, length) in enumerate(zip(sequences, lengths.tolist(), strict=True)):
        if len(sequence) != length:
            raise ValueError(
                f"{name}[{i}] has {len(sequence)} values, but sequence {i} of {other} has {length} "
                "tokens: there must be one value for each."
            )
    # The elements of a data frame are the names of its columns.
    return [np.asarray(s) if _is_frame(s) else s for s in sequences]


def _own_columns(frames):
    """Return the names of the columns that all of some data frames have."""
    if not (frames and all(map(_is_frame, frames))):
        raise ValueError(
            "columns must say what the columns for the tokens are called, for X is no list of data "
            "frames, which alone have names of their own."
        )
    names = list(frames[0].columns)
    for i, frame in enumerate(frames):
        if set(frame.columns) != set(names):
            raise ValueError(
                f"X[{i}] has the columns {list(frame.columns)!r}, but X[0] has {names!r}. Pass "
                "those to keep as columns."
            )
    return names


def _columns_of(sequences, columns, output):
    """Return the columns that tokens make, by name."""
    filled = [sequence for sequence in sequences if len(sequence)]
    if not isinstance(columns, list):
        return {columns: _one_column(filled, columns)}
    if filled and _is_frame(filled[0]):
        return _columns_of_frames(filled, columns, output)
    if filled and isinstance(filled[0][0], Mapping):
        tokens = list(chain.from_iterable(filled))
        return {name: [token.get(name) for token in tokens] for name in columns}
    return _columns_of_vectors(sequences, columns, "columns", "X")


def _columns_of_vectors(sequences, names, parameter, source):
    """Return the columns that vectors make, by name."""
    matrices = [
        _matrix(sequence, f"{source}[{i}]", names, parameter)
        for i, sequence in enumerate(sequences)
        if len(sequence)
    ]
    if not matrices:
        return {name: [] for name in names}
    vectors = np.concatenate(matrices)
    if vectors.dtype.kind not in "OSUT":
        return dict(zip(names, vectors.T, strict=True))
    # NumPy turns numbers beside words into words; in lists they stay what they are.
    values = map(list, zip(*chain.from_iterable(sequences), strict=True))
    return dict(zip(names, values, strict=True))


def _matrix(sequence, place, names, parameter):
    """Return a sequence as an array with as many columns as there are names."""
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


def _one_column(sequences, name):
    """Return the tokens of all sequences as one list; none of them has parts."""
    first = sequences[0] if sequences else [None]
    example = first if _is_frame(first) else first[0]
    if _is_frame(example) or isinstance(example, (Mapping, list, tuple, np.ndarray)):
        raise ValueError(
            f"X holds tokens of type {type(example).__name__}, which have parts, but columns is "
            f"{name!r}: pass a list with a name for each part."
        )
    return list(chain.from_iterable(sequences))


def _columns_of_frames(frames, columns, output):
    wrong = next((frame for frame in frames if name_of_library(frame) != output), None)
    if wrong is not None:
        raise ValueError(
            f"X holds a {type(wrong).__module__.partition('.')[0]} DataFrame, but the output is "
            f"one of {output}. Pass data frames of one library, and leave output out."
        )
    frame = LIBRARIES[output].concatenate(frames)
    _check_columns(frame, columns, "columns")
    return {name: frame[name] for name in columns}


def _is_frame(sequence):
    return hasattr(sequence, "columns")


def _as_list(names):
    names = _listed(names)
    return names if isinstance(names, list) else [names]


def _listed(names):
    """Return an array or index of names, such as a part of ``frame.columns``, as a list."""
    return list(names) if getattr(names, "ndim", 0) == 1 else names
