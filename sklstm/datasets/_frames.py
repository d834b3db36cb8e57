"""Data frames with one token in each row, to sequences and back."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

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


def sequences_from_frame(
    frame: Any, *, group: Any, columns: Any, target: Any = None
) -> list | tuple[list, list]:
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
        tags. The message names the first such row. Numbers in data frames may be missing.

    TypeError
        If `frame` is not a data frame of pandas or polars.

    See Also
    --------
    tags_to_frame : Puts predictions beside the rows that they belong to.
    sequences_to_frame : The way back, where there is no frame yet.

    Notes
    -----
    Numbers are for a list of names, also where it is one: ``columns=["speed"]`` makes each token a
    vector, as the tagger takes it. The names of columns may be any labels in pandas, of which a
    tuple counts as one.

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
        X = grouping.cut(_values(library, frame, columns, "columns", grouping.order))
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
        :meth:`~sklstm.BiLSTMTagger.predict` returns.

    group : str or list of str
        As it was passed to :func:`sequences_from_frame`.

    name : str
        The column to put them in. One that is there is replaced.

    Returns
    -------
    frame : pandas or polars DataFrame
        A new data frame with all rows of `frame` in their order and, in pandas, with its index.

    Raises
    ------
    ValueError
        If there are not as many sequences of tags as there are groups, or not one tag for each row
        of a group.

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
    """
    library = _library_of(frame)
    if name in _as_list(group):
        raise ValueError(f"name is {name!r}, which is a column of group. Choose another.")
    grouping = _group(library, frame, group)
    values = _flatten(tags, grouping.lengths, "tags", "the frame")
    places = np.empty_like(grouping.order)
    places[grouping.order] = np.arange(len(places))
    return library.assign(frame, name, values, places)


def sequences_to_frame(
    X: Any,
    y: Any = None,
    *,
    group: Any,
    columns: Any,
    target: Any = None,
    output: str = "pandas",
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

    columns : str or list of str
        The name of the column for the tokens, or a list of those for their parts: a name for each
        number of a vector, or names of columns of data frames or of features of dicts. What a dict
        lacks is missing.

    target : str, default=None
        The name of the column for the tags. Needed where there is a `y`.

    output : {"pandas", "polars"}, default="pandas"
        The library of the data frame.

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
    if output not in LIBRARIES:
        raise ValueError(f"output is {output!r}, but must be one of {list(LIBRARIES)}.")
    columns = _listed(columns)
    _check_names(group, columns, y, target)
    sequences = _sequences(X, "X")
    lengths = np.fromiter(map(len, sequences), np.intp, len(sequences))
    table = {group: np.repeat(np.arange(len(lengths)), lengths)}
    table |= _columns_of(sequences, columns, output)
    if y is not None:
        table[target] = _flatten(y, lengths, "y", "X")
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
        hint = ""
        if name in getattr(getattr(frame, "index", None), "names", ()):
            hint = " It is a level of the index: pass frame.reset_index()."
        elif isinstance(name, tuple):
            hint = " Pass several names as a list."
        raise ValueError(
            f"The frame has no column {name!r}, which {parameter} names. It has "
            f"{', '.join(map(repr, there))}.{hint}"
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


def _flatten(tags, lengths, name, other):
    """Return the tags of all sequences as one list."""
    sequences = _sequences(tags, name)
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
    return list(chain.from_iterable(sequences))


def _columns_of(sequences, columns, output):
    """Return the columns that tokens make, by name."""
    filled = [sequence for sequence in sequences if len(sequence)]
    if not isinstance(columns, list):
        return {columns: _one_column(filled, columns)}
    if not filled:
        return {name: [] for name in columns}
    if _is_frame(filled[0]):
        return _columns_of_frames(filled, columns, output)
    if isinstance(filled[0][0], Mapping):
        tokens = list(chain.from_iterable(filled))
        return {name: [token.get(name) for token in tokens] for name in columns}
    vectors = np.concatenate(list(map(np.asarray, filled)))
    if vectors.ndim != 2 or vectors.shape[1] != len(columns):
        raise ValueError(
            f"columns has {len(columns)} names, but the tokens of X make an array of shape "
            f"{vectors.shape}: there must be a name for each number of a vector."
        )
    if vectors.dtype.kind not in "OSUT":
        return dict(zip(columns, vectors.T, strict=True))
    # NumPy turns numbers beside words into words; in lists they stay what they are.
    values = map(list, zip(*chain.from_iterable(filled), strict=True))
    return dict(zip(columns, values, strict=True))


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
            f"X holds a {type(wrong).__module__.partition('.')[0]} DataFrame, but output is "
            f"{output!r}: pass the library of the data frames as output."
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
