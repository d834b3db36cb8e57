"""From tokens to feature ids: analyzers, the vocabulary, bags of features.

A token that is a word is known by features that an analyzer names: itself, its affixes, its shape.
A token that is a dict brings its features along. Both become bags: rows of a sparse matrix with
one column a feature. Column 0 stands for what the vocabulary lacks.
"""

from collections.abc import Mapping
from itertools import chain, groupby, repeat
from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklstm._batches import Bags

UNKNOWN = 0
MAX_PREFIX, MAX_SUFFIX = 3, 4


class Bagged(NamedTuple):
    """The named features of tokens, before any vocabulary.

    Attributes
    ----------
    types : ndarray of int of shape (n_tokens,)
        The type of each token: tokens of one type have the same features.
    names : list of str
        The features of all types, one type after another.
    values : ndarray of shape (n_names,)
        Their weights.
    offsets : ndarray of int of shape (n_types + 1,)
        Type ``k`` owns ``names[offsets[k]:offsets[k + 1]]``.
    """

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


ANALYZERS = {"word": word_features, "affix": affix_features}


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
    types = np.fromiter(map(index.__getitem__, words), np.intp, len(words))
    features = [list(analyzer(word)) for word in index]
    offsets = np.cumsum([0, *map(len, features)])
    names = list(chain.from_iterable(features))
    return Bagged(types, names, np.ones(len(names), np.float32), offsets)


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
    index, types = {}, np.empty(len(tokens), np.intp)
    for k, token in enumerate(tokens):
        types[k] = index.setdefault(tuple(sorted(_dict_features(token))), len(index))
    items = list(index)
    offsets = np.cumsum([0, *map(len, items)])
    flat = list(chain.from_iterable(items))
    names = [name for name, _ in flat]
    values = np.fromiter((value for _, value in flat), np.float32, len(flat))
    return Bagged(types, names, values, offsets)


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


def to_bags(bagged, vocabulary, type_weights=None, word_dropout=0.0):
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

    Returns
    -------
    bags : Bags
    """
    n_types = len(bagged.offsets) - 1
    ids, owners = _ids(bagged.names, vocabulary), bagged.owners
    known = _bag_matrix(ids, owners, bagged.values, n_types, len(vocabulary) + 1)
    if type_weights is None or word_dropout == 0:
        return Bags(bagged.types, known, np.zeros(n_types))
    n_owners = np.bincount(np.unique(ids + owners * known.shape[1]) % known.shape[1])
    shared = np.where(n_owners[ids] > 1, ids, UNKNOWN)
    hidden = _bag_matrix(shared, owners, bagged.values, n_types, known.shape[1])
    hiding = word_dropout / (word_dropout + type_weights)
    return Bags(bagged.types, sparse.vstack([known, hidden], format="csr"), hiding)


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
