"""From tokens to feature ids: analyzers, the vocabulary, bags of features.

A token that is a word is known by features that an analyzer names: itself, its affixes, its shape.
A token that is a dict brings its features along. Both become bags: rows of a sparse matrix with
one column a feature. Column 0 stands for what the vocabulary lacks.
"""

import os
import threading
import weakref
from collections.abc import Mapping
from itertools import chain, groupby, repeat
from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm._batches import Bags, Distinct, Letters

UNKNOWN = 0
# The memory that the vectors of words may take between predictions.
_LEXICON_BYTES = 1 << 24
MAX_PREFIX, MAX_SUFFIX = 3, 4
MIN_NGRAM, MAX_NGRAM = 2, 4
# A longer word is spelled by its first and its last characters, half of them each.
MAX_SPELLED = 32
_lexicons = weakref.WeakSet()


class Bagged(NamedTuple):
    """The named features of tokens, before any vocabulary.

    Attributes
    ----------
    words : list
        The word of each type; empty where tokens are no words.
    types : ndarray of int of shape (n_tokens,)
        The type of each token: tokens of one type have the same features.
    names : list of str
        The features of all types, one type after another.
    values : ndarray of shape (n_names,)
        Their weights.
    offsets : ndarray of int of shape (n_types + 1,)
        Type ``k`` owns ``names[offsets[k]:offsets[k + 1]]``.
    """

    words: list
    types: np.ndarray
    names: list
    values: np.ndarray
    offsets: np.ndarray

    @property
    def owners(self):
        """The type that each name belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def word_features(word):
    """Return the one feature of the "word" analyzer: the word.

    Examples
    --------
    >>> word_features("Boats")
    ['Boats']
    """
    return [word]


def affix_features(word):
    """Return the features of the "affix" analyzer.

    They are the word, its lower case, the prefixes of up to 3 and the suffixes of up to 4
    characters of its lower case, and its shape.

    Examples
    --------
    >>> affix_features("Boats")[:6]
    ['word=Boats', 'lower=boats', 'shape=Xx', 'prefix=b', 'prefix=bo', 'prefix=boa']
    >>> affix_features("Boats")[6:]
    ['suffix=s', 'suffix=ts', 'suffix=ats', 'suffix=oats']
    """
    lower = word.lower()
    length = len(lower)
    features = ["word=" + word, "lower=" + lower, "shape=" + word_shape(word)]
    features += ["prefix=" + lower[:n] for n in range(1, min(MAX_PREFIX, length) + 1)]
    features += ["suffix=" + lower[-n:] for n in range(1, min(MAX_SUFFIX, length) + 1)]
    return features


def char_ngram_features(word):
    """Return the features of the "char_ngram" analyzer.

    They are the word, its lower case, its shape, and each run of 2 to 4 characters of its lower
    case once, with its start and its end marked by ``<`` and ``>``. A word of more than 32
    characters is first cut down to the first and the last 16 of them.

    Examples
    --------
    >>> char_ngram_features("Owls")[:3]
    ['word=Owls', 'lower=owls', 'shape=Xx']
    >>> char_ngram_features("Owls")[3:8]
    ['ngram=<o', 'ngram=ow', 'ngram=wl', 'ngram=ls', 'ngram=s>']
    >>> char_ngram_features("Owls")[8:]
    ['ngram=<ow', 'ngram=owl', 'ngram=wls', 'ngram=ls>', 'ngram=<owl', 'ngram=owls', 'ngram=wls>']
    """
    lower = word.lower()
    marked = f"<{_shortened(lower)}>"
    runs = (
        marked[start : start + n]
        for n in range(MIN_NGRAM, MAX_NGRAM + 1)
        for start in range(len(marked) - n + 1)
    )
    whole = ["word=" + word, "lower=" + lower, "shape=" + word_shape(word)]
    return whole + ["ngram=" + run for run in dict.fromkeys(runs)]


def _shortened(word):
    """Return the first and the last characters of a word that is too long."""
    if len(word) <= MAX_SPELLED:
        return word
    return word[: MAX_SPELLED // 2] + word[-MAX_SPELLED // 2 :]


def word_shape(word):
    """Return the shape of a word: X for upper case, x for other letters, d for digits, no repeats.

    Examples
    --------
    >>> word_shape("McDonald's"), word_shape("1990-2026")
    ("XxXx'x", 'd-d')
    """
    kinds = (
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word
    )
    return "".join(kind for kind, _ in groupby(kinds))


ANALYZERS = {"word": word_features, "affix": affix_features, "char_ngram": char_ngram_features}


def bag_words(words, analyzer):
    """Analyze each distinct word once.

    Parameters
    ----------
    words : list of str
    analyzer : callable
        From a word to an iterable of feature names.

    Returns
    -------
    bagged : Bagged
    """
    index = {word: k for k, word in enumerate(dict.fromkeys(words))}
    types = np.fromiter(map(index.__getitem__, words), np.int32, len(words))
    return _bagged(list(index), types, analyzer)


def spell(bagged):
    """Name the characters of the words that have been bagged, in order.

    A word of more than 32 characters is spelled by the first 16 and the last 16 of them.

    Parameters
    ----------
    bagged : Bagged

    Returns
    -------
    spelled : Bagged
        Of the same types; the names are those of the characters.

    Examples
    --------
    >>> from sklstm._features import bag_words, spell, word_features
    >>> spell(bag_words(["old", "man", "old"], word_features)).names
    ['char=o', 'char=l', 'char=d', 'char=m', 'char=a', 'char=n']
    """
    return _bagged(bagged.words, bagged.types, _characters)


def _characters(word):
    return [f"char={character}" for character in _shortened(word) or [""]]


def _bagged(words, types, analyzer):
    names, offsets, shared = [], [0], {}
    for word in words:
        features = list(analyzer(word))
        names.extend(map(shared.setdefault, features, features))  # one str for each name
        offsets.append(len(names))
    return Bagged(words, types, names, np.ones(len(names), np.float32), np.array(offsets))


def bag_dicts(tokens):
    """Name the features of tokens that are dicts.

    Parameters
    ----------
    tokens : list of dict
        A str value stands for the feature ``name=value``, a number or bool for the feature
        ``name`` with that weight, a collection of str for one feature ``name=value`` each, and a
        dict for its features, each named ``name:inner name``.

    Returns
    -------
    bagged : Bagged
    """
    index, types = {}, np.empty(len(tokens), np.int32)
    for k, token in enumerate(tokens):
        types[k] = index.setdefault(tuple(sorted(_dict_features(token))), len(index))
    items = list(index)
    offsets = np.cumsum([0, *map(len, items)])
    flat = list(chain.from_iterable(items))
    names = [name for name, _ in flat]
    values = np.fromiter((value for _, value in flat), np.float32, len(flat))
    return Bagged([], types, names, values, offsets)


def _dict_features(token, prefix=""):
    for name, value in token.items():
        if isinstance(value, str):
            yield f"{prefix}{name}={value}", 1.0
        elif isinstance(value, Mapping):
            yield from _dict_features(value, f"{prefix}{name}:")
        elif isinstance(value, (list, tuple, set, frozenset)):
            yield from ((f"{prefix}{name}={each}", 1.0) for each in value)
        else:
            yield prefix + name, float(value)


def document_frequencies(bagged, sequences, sequence_weights):
    """Return the total weight of the sequences that hold each feature.

    Parameters
    ----------
    bagged : Bagged
    sequences : ndarray of int of shape (n_tokens,)
        The sequence that each token belongs to.
    sequence_weights : ndarray of shape (n_sequences,)

    Returns
    -------
    frequencies : dict of str to float
        The names in sorted order.
    """
    names = {name: k for k, name in enumerate(sorted(set(bagged.names)))}
    n_types = len(bagged.offsets) - 1
    features = _indicator(_ids(bagged.names, names), bagged.owners, (len(names), n_types))
    types = _indicator(bagged.types, sequences, (n_types, len(sequence_weights)))
    held = (features @ types).astype(bool)  # a feature counts once in a sequence
    return dict(zip(names, (held @ sequence_weights).tolist(), strict=True))


def _indicator(rows, columns, shape):
    return sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()


def to_bags(bagged, vocabulary, type_weights=None, word_dropout=0.0, spelled=None):
    """Turn named features into bags over a vocabulary.

    Parameters
    ----------
    bagged : Bagged
    vocabulary : mapping of str to int
        The column of each known feature, from 1.
    type_weights : ndarray of shape (n_types,), default=None
        In training, the total weight of the tokens of each type.
    word_dropout : float, default=0.0
        In training, a type of weight ``n`` is hidden with probability
        ``word_dropout / (word_dropout + n)``: it is then known only by the features that it shares
        with other types, as a word that was never seen would be.
    spelled : Bagged, default=None
        The characters of the types.

    Returns
    -------
    bags : Bags
    """
    n_types, n_columns = len(bagged.offsets) - 1, len(vocabulary) + 1
    hides = type_weights is not None and word_dropout > 0
    hiding = word_dropout / (word_dropout + type_weights) if hides else np.zeros(n_types)
    ids, owners = _ids(bagged.names, vocabulary), bagged.owners
    features = _bag_matrix(ids, owners, bagged.values, n_types, n_columns)
    if hides:
        hidden = _bag_matrix(_shared(ids, owners), owners, bagged.values, n_types, n_columns)
        features = sparse.vstack([features, hidden], format="csr")
    letters = None if spelled is None else _to_letters(spelled, vocabulary, hides)
    return Bags(bagged.types, features, hiding, letters)


def _to_letters(spelled, vocabulary, hides):
    ids, lengths = _ids(spelled.names, vocabulary), np.diff(spelled.offsets)
    if not hides:
        return Letters.of(ids, lengths)
    hidden = _shared(ids, spelled.owners)
    return Letters.of(np.concatenate([ids, hidden]), np.tile(lengths, 2))


def _shared(ids, owners):
    """Return the features that several types have, and the unknown one in place of all others."""
    n_ids = ids.max(initial=0) + 1
    n_owners = np.bincount(np.unique(ids + owners * n_ids) % n_ids)
    return np.where(n_owners[ids] > 1, ids, UNKNOWN)


def _ids(names, vocabulary):
    return np.fromiter(map(vocabulary.get, names, repeat(UNKNOWN)), np.intp, len(names))


def _bag_matrix(ids, owners, values, n_types, n_features):
    """Return the bags as CSR; a bag that lacks any feature holds the unknown one, once."""
    known = ids != UNKNOWN
    lacking = np.unique(owners[~known])
    data = np.concatenate([values[known], np.ones(len(lacking), values.dtype)])
    rows = np.concatenate([owners[known], lacking])
    columns = np.concatenate([ids[known], np.full(len(lacking), UNKNOWN)])
    return sparse.coo_array((data, (rows, columns)), shape=(n_types, n_features)).tocsr()


class Lexicon:
    """Remembers the vectors of words, so that a word is analyzed and looked up once.

    It forgets all of them where they would take too much memory, or where the analyzer is another.
    Several threads may ask at once.

    Parameters
    ----------
    vectors_of : callable
        From a list of words and what analyzes them to an ndarray of shape (n_words, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._features import Lexicon
    >>> lexicon = Lexicon(lambda words, analyzer: np.array([[analyzer(word)] for word in words]))
    >>> distinct = lexicon.distinct(["a", "boat", "a", "ship"], len)
    >>> distinct.values[distinct.types].tolist()
    [[1], [4], [1], [4]]
    """

    def __init__(self, vectors_of):
        self._vectors_of = vectors_of
        self.start_anew()
        _lexicons.add(self)

    def start_anew(self):
        """Forget all words, and who may be asking just now."""
        self._lock = threading.Lock()
        self._forget(None)

    def distinct(self, words, analyzer, *resources):
        """Return words as vectors, each stored once for all its occurrences.

        Parameters
        ----------
        words : list of str
        analyzer : callable
            From a word to an iterable of feature names.
        *resources
            Whatever else `vectors_of` takes.

        Returns
        -------
        distinct : Distinct
        """
        with self._lock:
            if analyzer != self._analyzer:
                self._forget(analyzer)
            types = self._find(words)
            if types.min(initial=0) < 0:
                self._learn(words, resources)
                types = self._find(words)
            distinct = Distinct(self._vectors, types)
            if self._vectors.nbytes > _LEXICON_BYTES:
                self._forget(analyzer)
        return distinct

    def _forget(self, analyzer):
        self._analyzer, self._rows, self._vectors = analyzer, {}, np.empty(0)

    def _find(self, words):
        """Return the row of each word, negative where it is unknown."""
        return np.fromiter(map(self._rows.get, words, repeat(-1)), np.intp, len(words))

    def _learn(self, words, resources):
        new = [word for word in dict.fromkeys(words) if word not in self._rows]
        learnt = self._vectors_of(new, self._analyzer, *resources)
        n_known = len(self._rows)
        n_needed = n_known + len(new)
        if n_needed > len(self._vectors):
            vectors = np.empty((max(n_needed, 2 * n_known), learnt.shape[1]), learnt.dtype)
            if n_known:
                vectors[:n_known] = self._vectors[:n_known]
            self._vectors = vectors
        self._vectors[n_known:n_needed] = learnt
        self._rows.update(zip(new, range(n_known, n_needed), strict=True))


def _start_lexicons_anew():
    """Let go in a forked child: the thread that was asking is not there."""
    for lexicon in _lexicons:
        lexicon.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_lexicons_anew)


def store_names(names):
    """Join feature names into one byte array, which pickles in no time.

    Parameters
    ----------
    names : list of str

    Returns
    -------
    stored : dict of str to ndarray
        ``bytes``, the UTF-8 of all names, and ``lengths``, the number of bytes of each.

    See Also
    --------
    load_names : The way back.
    """
    encoded = [name.encode("utf-8", "surrogatepass") for name in names]
    return {
        "bytes": np.frombuffer(b"".join(encoded), np.uint8),
        "lengths": np.fromiter(map(len, encoded), np.int32, len(encoded)),
    }


def load_names(stored):
    """Return the list of names that :func:`store_names` stored."""
    text, stops = stored["bytes"].tobytes(), np.cumsum(stored["lengths"]).tolist()
    return [
        text[start:stop].decode("utf-8", "surrogatepass")
        for start, stop in zip([0, *stops], stops, strict=False)
    ]
