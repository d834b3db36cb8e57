"""Read pre-trained word vectors, as word2vec, fastText and GloVe write them as text."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from inspect import GEN_CLOSED, getgeneratorstate
from itertools import chain, takewhile
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sklstm.datasets._files import Source, name_of, opened
from sklstm.datasets._lines import (
    LineError,
    check_encoding,
    check_source,
    numbered_lines,
    shown,
)

_HEADER = re.compile(r"[0-9]+ [1-9][0-9]*")
_SPACES = re.compile(r"[ \t]+")
_FIELD = re.compile(r"[^ \t]+")
# Without nan and inf, which are words as well.
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


class WordVectors(Mapping[str, NDArray[Any]]):
    """A mapping from words to their vectors, which are the rows of one matrix.

    Nothing is changed through it, so a copy is the same object: searches and
    cross-validation, which copy all parameters of an estimator, share one.

    Parameters
    ----------
    words : iterable of str
        All different.

    matrix : array-like of shape (n_words, n_features)
        The vector of each word. An array is not copied: leave it as it is.

    See Also
    --------
    read_vectors : Reads word vectors from a file.

    Examples
    --------
    >>> from sklstm.datasets import WordVectors
    >>> vectors = WordVectors(["ducks", "swim"], [[1.5, 0.5], [0.75, 1.0]])
    >>> vectors["swim"]
    array([0.75, 1.  ])
    >>> "Ducks" in vectors, len(vectors)
    (False, 2)
    """

    def __init__(self, words: Iterable[str], matrix: ArrayLike) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._matrix = np.asarray(matrix).view()
        self._matrix.flags.writeable = False
        if self._matrix.ndim != 2 or len(self._matrix) != len(self._rows):
            raise ValueError(
                f"matrix has shape {self._matrix.shape}, expected a row for each of the "
                f"{len(self._rows)} different words."
            )

    def __getitem__(self, word: str) -> NDArray[Any]:
        return self._matrix[self._rows[word]]

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<WordVectors: {len(self)} words, {self._matrix.shape[1]} features>"

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return WordVectors, (list(self._rows), self._matrix)


def read_vectors(
    source: Source,
    *,
    words: Iterable[str] | None = None,
    dtype: DTypeLike = np.float32,
    encoding: str = "utf-8",
) -> WordVectors:
    r"""Read word vectors from a text file in the format of word2vec, fastText or GloVe.

    Each line holds a word and its numbers, parted by spaces. In the files of
    word2vec and fastText (``.vec``), a first line says how many words there
    are and how many numbers each has; those of GloVe begin with the first word.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        What to read. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        uncompressed in reading. Files may be open in text or binary mode and
        stay open; lines may be str or bytes.

    words : iterable of str, default=None
        The words to read; all others are skipped. Published files have
        millions of words: pass those of your corpus, and reading is fast and
        takes little more memory than their vectors do. They must be spelt as
        in the file: where it has lower case only, pass that. By default all
        words are read.

    dtype : dtype, default=numpy.float32
        The floating-point type of the vectors.

    encoding : str, default="utf-8"
        The encoding of files and lines that are bytes. A byte order mark at
        the start is dropped.

    Returns
    -------
    WordVectors
        A mapping from each word to its vector, in the order of the file, which
        in most files is that of their frequency.

    Raises
    ------
    ValueError
        If the file is empty or in another format, a line has another number of
        numbers than the first line says or has, or one that is no finite
        number in `dtype`, if there are not as many words as the first line
        says, or bytes are not in the encoding. The message names the file and
        the line. The numbers of skipped words are not looked at.

    See Also
    --------
    WordVectors : What is returned.
    read_conll : Reads the corpora whose words are looked up.

    Notes
    -----
    Only the end of a line, spaces and tabs ever part anything, a run of them
    as one does. Other characters that Unicode counts as white space, such as
    U+00A0, are kept as parts of words. Words may hold spaces, as some in
    GloVe's largest file do (``. . .``), but not a space and a number at their
    end, for which one number too many would be taken. Of words that occur more
    than once, the first vector is read. Blank lines are skipped.

    The vectors of word2vec may have words that were cut off within a character
    and cannot be decoded. To read the rest, open the file as text::

        with open(path, encoding="utf-8", errors="replace") as file:
            vectors = read_vectors(file, words=words)

    Archives that end in ``.zip``, as GloVe comes in, hold several files. To
    read one of them without unpacking it::

        with ZipFile("glove.6B.zip") as archive, archive.open("glove.6B.100d.txt") as file:
            vectors = read_vectors(file, words=words)

    Examples
    --------
    >>> import io
    >>> from sklstm.datasets import read_vectors
    >>> file = io.StringIO("3 2\nthe 0.1 -0.25\nducks 1.5 0.5\nswim 0.75 1\n")
    >>> read_vectors(file)["ducks"]
    array([1.5, 0.5], dtype=float32)

    Only those of the words in a corpus:

    >>> from itertools import chain
    >>> X = [["Ducks", "swim"], ["Quietly"]]
    >>> words = {form for word in chain(*X) for form in (word, word.lower())}
    >>> _ = file.seek(0)
    >>> list(read_vectors(file, words=words))
    ['ducks', 'swim']
    """
    check_source(source)
    _check_no_archive(source)
    check_encoding(encoding)
    words = None if words is None else _as_words(words)
    dtype = _as_dtype(dtype)
    try:
        with opened(source) as file:
            return _read(_texts(numbered_lines(file, encoding)), words, dtype)
    except LineError as error:
        hint = _IF_UNDECODABLE if isinstance(error.__cause__, UnicodeDecodeError) else ""
        raise ValueError(f"{name_of(source)}, line {error.number}: {error}{hint}") from (
            error.__cause__
        )


_IF_UNDECODABLE = (
    " If only a few words are broken, as in some files of word2vec, pass the file opened as text "
    "with errors='replace'. Binary files of vectors cannot be read: save them as text."
)


# Arguments


def _check_no_archive(source):
    if isinstance(source, (str, os.PathLike)) and name_of(source).lower().endswith(".zip"):
        raise ValueError(
            f"{name_of(source)} is an archive, which may hold several files. Unpack it, or pass "
            "one of its files opened: zipfile.ZipFile(path).open(name)."
        )


def _as_words(words):
    if isinstance(words, (str, bytes)) or not hasattr(words, "__iter__"):
        raise TypeError(
            f"words must be None or an iterable of str, got {type(words).__name__}. Pass a single "
            "word in a list."
        )
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(
                f"words must hold str only, got {type(word).__name__}. The words of a list of "
                "sentences are itertools.chain(*sentences)."
            )
    return frozenset(words)


def _as_dtype(dtype):
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"dtype must be a floating-point type such as numpy.float32, got {dtype}.")
    return dtype


# Reading. From here on, lines are pairs of their number, from 1, and their text.


def _read(lines, words, dtype):
    """Return the vectors of the words."""
    n_features, lines = _opening(lines)
    if words is not None:
        lines = _candidates(lines, words)
    found = {}
    matrix = _matrix(_numbers(lines, n_features, words, found), found, dtype)
    return WordVectors(found, matrix)


def _texts(lines):
    """Leave out blank lines, and the spaces at the end of all others."""
    for number, line in lines:
        line = line.rstrip(" \t")
        if line:
            yield number, line


def _opening(lines):
    """Return how many numbers a word has, and the lines with vectors."""
    first = number, line = next(lines, (1, ""))
    line = _SPACES.sub(" ", line)
    if _HEADER.fullmatch(line):
        n_words, n_features = map(int, line.split(" "))
        return n_features, _counted(lines, number, n_words)
    n_features = _n_numbers(line)
    if not n_features:
        found = shown(line) if line else "nothing"
        raise LineError(
            number,
            f"found {found}, expected a word and its numbers, parted by spaces, or two whole "
            "numbers: how many words there are and how many numbers each has. Pass the vectors "
            "as word2vec, fastText or GloVe write them as text.",
        )
    return n_features, chain([first], lines)


def _counted(lines, number, n_words):
    """Hand lines through; see that they are as many as the line of this number says."""
    n_lines = 0
    for n_lines, line in enumerate(lines, start=1):  # noqa: B007
        yield line
    if n_lines != n_words:
        problem = "The file is truncated" if n_lines < n_words else "The line is wrong"
        raise LineError(
            number,
            f"found {n_lines} of {n_words} words. {problem}: get the whole file or mend the line. "
            "To read the words there are, pass the file opened, after next(file).",
        )


def _candidates(lines, words):
    """Leave out lines whose first field begins none of `words`."""
    beginnings = {match[0] for match in map(_FIELD.search, words) if match}
    for number, line in lines:
        if _FIELD.search(line)[0] in beginnings:
            yield number, line


def _numbers(lines, n_features, words, found):
    """Yield the numbers of each word as text; add the word and its line's number to `found`."""
    for number, line in lines:
        word, numbers = _split(number, line, n_features)
        if word not in found and (words is None or word in words):
            found[word] = number
            yield numbers


def _split(number, line, n_features):
    """Return the word and its numbers as text."""
    line = line.replace("\t", " ")
    n_inside = line.count(" ") - n_features
    if n_inside > 0:
        line = _SPACES.sub(" ", line)
        n_inside = line.count(" ") - n_features
    if n_inside >= 0:
        # From the left, for most words hold no space.
        numbers = line.split(" ", n_inside + 1)[-1]
        word = line[: -len(numbers) - 1].lstrip(" ")
        if not _n_numbers(word):
            return word, numbers
    raise LineError(
        number,
        f"found {_n_numbers(line)} number(s) after the word, expected {n_features} as in the first "
        f"line, in {shown(line)}. Mend the line, or get the whole file.",
    )


def _n_numbers(line):
    """Return how many numbers the line ends in, not counting what it begins with: the word."""
    fields = line.split(" ")[1:]
    return sum(1 for _ in takewhile(_NUMBER.fullmatch, reversed(fields)))


def _matrix(rows, found, dtype):
    """Return the numbers in `rows` as ndarray of shape (n_words, n_features).

    `found` has the word and the line's number of each row so far.
    """
    first = next(rows, None)
    if first is None:
        return np.empty((0, 0), dtype)
    try:
        with np.errstate(over="ignore"):
            matrix = np.loadtxt(chain([first], rows), dtype, comments=None, delimiter=" ", ndmin=2)
    except ValueError as error:
        if getgeneratorstate(rows) == GEN_CLOSED:
            # It was in reading the lines.
            raise
        # It is the latest row, for loadtxt parses each before it asks for the next.
        problem, _, _ = str(error).partition(" at row")
        raise _not_finite(problem, *list(found.items())[-1]) from error
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        i = int(finite.argmin())
        value = matrix[i, ~np.isfinite(matrix[i])][0]
        raise _not_finite(f"found {value} as {dtype}", *list(found.items())[i])
    return matrix


def _not_finite(problem, word, number):
    return LineError(
        number,
        f"{problem}, expected finite numbers after {shown(word)}. Mend the line or leave it out.",
    )
