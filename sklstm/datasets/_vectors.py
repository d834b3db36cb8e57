"""Read pre-trained word vectors from the text formats of word2vec, fastText and GloVe."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from inspect import GEN_CLOSED, getgeneratorstate
from itertools import chain, takewhile
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sklstm._sequences import show
from sklstm.datasets._files import Source, name_of
from sklstm.datasets._lines import LineError, check_source, open_lines

_HEADER = re.compile(r"([0-9]+)[ \t]+([1-9][0-9]*)")
_SPACES = re.compile(r"[ \t]+")
_FIELD = re.compile(r"[^ \t]+")
# Without nan and inf, which are also words.
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DECODING_ADVICE = (
    " If only a few words are broken, as in some files of word2vec, pass the file opened as text "
    "with errors='replace'. Binary files of vectors cannot be read: save them as text."
)


class WordVectors(Mapping[str, NDArray[Any]]):
    """A read-only mapping from words to their vectors, which are the rows of one matrix.

    Pass it as `embeddings` to :class:`~sklstm.BiLSTMTagger`. Searches and
    cross-validation copy the parameters of an estimator. A copy of this mapping
    is the same object, so all estimators share the vectors.

    Parameters
    ----------
    words : iterable of str
        The words. Each word must occur once.

    matrix : array-like of shape (n_words, n_features)
        The vectors, with a row for each word. An array is not copied: do not modify it.

    Raises
    ------
    ValueError, TypeError
        If words are not str or occur twice, or if there is not one row of numbers for each word.

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
        word_list = _check_words(words)
        self._rows = {word: row for row, word in enumerate(word_list)}
        self._matrix = _as_matrix(matrix)
        self._matrix.flags.writeable = False
        n_words = len(word_list)
        if self._matrix.ndim != 2 or len(self._matrix) != n_words or len(self) < n_words:
            raise ValueError(
                f"matrix has shape {self._matrix.shape}, expected a row for each of the "
                f"{len(self)} different words, of {n_words}."
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

    Each line has a word and its numbers, separated by spaces. The files of
    word2vec and fastText (``.vec``) begin with a header line: the number of
    words and the number of features. Those of GloVe begin with the first word.

    Parameters
    ----------
    source : str, path-like, file or iterable of lines
        The source to read. A path that ends in ``.gz``, ``.bz2`` or ``.xz`` is
        decompressed. A file can be open in text or binary mode, and is not
        closed. Lines can be str or bytes.

    words : iterable of str, default=None
        The words to read. All others are skipped. Published files have
        millions of words. Pass the words of your corpus to read such a file
        fast, and with little more memory than their vectors take. Words must
        be spelled as in the file: pass them in lower case if the file has only
        lower case. By default, all words are read.

    dtype : dtype, default=numpy.float32
        The floating-point type of the vectors.

    encoding : str, default="utf-8"
        The encoding of files and of lines that are bytes. A byte order mark at
        the start is removed.

    Returns
    -------
    WordVectors
        A mapping from each word to its vector. The words are in the order of
        the file, which is the order of frequency in most files.

    Raises
    ------
    ValueError
        If the file is empty or in another format; if the number of words or
        the number of features of a line differs from the header or from the
        first line; if a number is not finite in `dtype`; or if bytes cannot be
        decoded. The message names the file and the line. The numbers of
        skipped words are not checked.

    See Also
    --------
    WordVectors : The type of the result.
    read_conll : Reads corpora.

    Notes
    -----
    Only spaces, tabs and line ends are separators. A run of spaces and tabs is
    one separator. Other characters that are white space in Unicode, such as
    U+00A0, are kept as parts of words. Words can contain spaces, as in GloVe's
    largest file (``. . .``), but must not end with a space and a number, which
    would be read as a number of the vector. If a word occurs more than once,
    its first vector is read. Blank lines are skipped.

    Files of word2vec can contain incomplete characters, which cannot be
    decoded. To read all other words, open the file as text::

        with open(path, encoding="utf-8", errors="replace") as file:
            vectors = read_vectors(file, words=words)

    GloVe is published in ``.zip`` archives of several files. To read one of
    them without unpacking the archive::

        with ZipFile("glove.6B.zip") as archive, archive.open("glove.6B.100d.txt") as file:
            vectors = read_vectors(file, words=words)

    Examples
    --------
    >>> import io
    >>> from sklstm.datasets import read_vectors
    >>> file = io.StringIO("3 2\nthe 0.1 -0.25\nducks 1.5 0.5\nswim 0.75 1\n")
    >>> read_vectors(file)["ducks"]
    array([1.5, 0.5], dtype=float32)

    Read only the words of a corpus:

    >>> from itertools import chain
    >>> X = [["Ducks", "swim"], ["Quietly"]]
    >>> words = {form for word in chain(*X) for form in (word, word.lower())}
    >>> _ = file.seek(0)
    >>> list(read_vectors(file, words=words))
    ['ducks', 'swim']
    """
    check_source(source, encoding)
    if isinstance(source, (str, os.PathLike)) and name_of(source).lower().endswith(".zip"):
        raise ValueError(
            f"{name_of(source)} is an archive, which can contain several files. Unpack it, or pass "
            "one of its files opened: zipfile.ZipFile(path).open(name)."
        )
    requested = None if words is None else frozenset(_check_words(words))
    dtype = _float_type(dtype)
    with open_lines(source, encoding, _DECODING_ADVICE) as lines:
        return _read(lines, requested, dtype)


def _check_words(words):
    """Return words as a list; raise a TypeError if it is a single one, or one is not a str."""
    is_single = isinstance(words, (str, bytes)) or getattr(words, "ndim", 1) == 0
    if is_single or not hasattr(words, "__iter__"):
        raise TypeError(
            f"words must be an iterable of str, got {type(words).__name__}. Pass a single word in "
            "a list."
        )
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(
                f"words must contain only str, got {type(word).__name__}. The words of a list of "
                "sentences are itertools.chain(*sentences)."
            )
    return words


def _as_matrix(matrix):
    """Return numbers as a new view of an array; raise a ValueError if they are not numbers."""
    try:
        array = np.asarray(matrix)
    except (TypeError, ValueError) as error:
        raise ValueError(f"matrix: {error}") from error
    if array.dtype.kind not in "biuf" or isinstance(matrix, np.ma.MaskedArray):
        kind = "a masked array" if isinstance(matrix, np.ma.MaskedArray) else array.dtype
        raise ValueError(f"matrix must hold numbers, got {kind}.")
    return array.view()


def _float_type(dtype):
    """Return a floating-point type; raise an error for anything else."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"dtype is {show(dtype)}, which is not a type of NumPy.") from error
    if found.kind != "f":
        raise ValueError(f"dtype must be a floating-point type such as numpy.float32, got {found}.")
    return found


# Below, `lines` are pairs of the number of a line, from 1, and its text.


def _read(lines, words, dtype):
    """Return the vectors of the requested words."""
    stripped = ((number, line.rstrip(" \t")) for number, line in lines)
    n_features, lines = _read_header((number, line) for number, line in stripped if line)
    line_numbers = {}  # by word, in the order of the rows
    rows = _number_texts(lines, n_features, words, line_numbers)
    return WordVectors(line_numbers, _parse(rows, line_numbers, dtype))


def _read_header(lines):
    """Return the number of features, and the lines with vectors."""
    number, line = next(lines, (1, ""))
    header = _HEADER.fullmatch(line)
    if header:
        n_words, n_features = map(int, header.groups())
        return n_features, _check_count(lines, number, n_words)
    n_features = _count_numbers(line)
    if not n_features:
        found = show(line) if line else "nothing"
        raise LineError(
            number,
            f"found {found}, expected a word and its numbers, separated by spaces, or two whole "
            "numbers: the number of words and the number of features. Pass vectors in the text "
            "format of word2vec, fastText or GloVe.",
        )
    return n_features, chain([(number, line)], lines)


def _check_count(lines, number, n_words):
    """Return all lines, and check that there are as many as the header in line `number` says."""
    n_lines = 0
    for n_lines, line in enumerate(lines, start=1):  # noqa: B007
        yield line
    if n_lines != n_words:
        problem = "The file is truncated" if n_lines < n_words else "The line is wrong"
        raise LineError(
            number,
            f"found {n_lines} of {n_words} words. {problem}: get the whole file or correct the "
            "line. To read the words of the file as it is, pass the file opened, after next(file).",
        )


def _number_texts(lines, n_features, words, line_numbers):
    """Yield the numbers of each requested word as text.

    The number of its line is added to `line_numbers`.
    """
    # Most lines are skipped by their first field, without being split.
    first_fields = {match[0] for match in map(_FIELD.search, words or ()) if match}
    for number, line in lines:
        if words is not None and _FIELD.search(line)[0] not in first_fields:
            continue
        word, numbers = _split(number, line, n_features)
        if word not in line_numbers and (words is None or word in words):
            line_numbers[word] = number
            yield numbers


def _split(number, line, n_features):
    """Return the word and its numbers as text."""
    line = line.replace("\t", " ")
    if line.count(" ") > n_features:
        line = _SPACES.sub(" ", line)
    n_inside = line.count(" ") - n_features  # spaces inside the word
    if n_inside >= 0:
        # Splitting from the left is faster, because few words contain spaces.
        numbers = line.split(" ", n_inside + 1)[-1]
        word = line[: -len(numbers) - 1].lstrip(" ")
        if not _count_numbers(word):
            return word, numbers
    raise LineError(
        number,
        f"found {_count_numbers(line)} number(s) after the word, expected {n_features} as in the "
        f"first line, in {show(line)}. Correct the line, or get the whole file.",
    )


def _count_numbers(line):
    """Return how many numbers the line ends with; the first field is the word."""
    fields = _SPACES.split(line)[1:]
    return sum(1 for _ in takewhile(_NUMBER.fullmatch, reversed(fields)))


def _parse(rows, line_numbers, dtype):
    """Return the numbers in `rows` as an array of shape (n_words, n_features)."""
    first = next(rows, None)
    if first is None:
        return np.empty((0, 0), dtype)
    try:
        with np.errstate(over="ignore"):
            matrix = np.loadtxt(chain([first], rows), dtype, comments=None, delimiter=" ", ndmin=2)
    except ValueError as error:
        if getgeneratorstate(rows) == GEN_CLOSED:
            raise  # It was raised while reading a line.
        # loadtxt parses each row before it reads the next, so the error is in the last row read.
        problem = str(error).partition(" at row")[0]
        raise _not_finite(problem, line_numbers, -1) from error
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        i = int(finite.argmin())
        value = matrix[i, ~np.isfinite(matrix[i])][0]
        raise _not_finite(f"found {value} as {dtype}", line_numbers, i)
    return matrix


def _not_finite(problem, line_numbers, row):
    word, number = list(line_numbers.items())[row]
    return LineError(
        number,
        f"{problem}, expected finite numbers after {show(word)}. Correct the line or remove it.",
    )
