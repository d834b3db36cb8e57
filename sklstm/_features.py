"""From tokens to features: analyzers, vocabulary, feature ids, pre-trained vectors.

The features of a word are named by an analyzer: the word, its affixes, its shape. A dict names its
features itself. Each unique token is a row of a sparse matrix with one column for each feature of
the vocabulary. Column 0 is for unknown features.
"""

import unicodedata
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from itertools import chain, groupby, repeat
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from sklstm._sequences import all_are, show
from sklstm.nn.encoder import CharacterBatch, TokenBatch
from sklstm.nn.packing import pack, token_indices

UNKNOWN = 0
MAX_AFFIX = 6
MIN_NGRAM, MAX_NGRAM = 2, 4
# Longer words are cut: half of these characters are the first, and half are the last.
MAX_CHARACTERS = 32


def word_features(word):
    """Return the only feature of the "word" analyzer: the word.

    Examples
    --------
    >>> word_features("Boats")
    ['Boats']
    """
    return [word]


def affix_features(word):
    """Return the features of the "affix" analyzer.

    They are the word, its lower case, its shape, the prefixes and suffixes of up to 6 characters of
    its lower case, and its parts, if white space, punctuation or symbols divide it.

    Examples
    --------
    >>> affix_features("Oars")[:3]
    ['word=Oars', 'lower=oars', 'shape=Xx']
    >>> affix_features("Oars")[3:7]
    ['prefix=o', 'prefix=oa', 'prefix=oar', 'prefix=oars']
    >>> affix_features("Oars")[7:]
    ['suffix=s', 'suffix=rs', 'suffix=ars', 'suffix=oars']
    >>> affix_features("well-known")[-2:]
    ['part=well', 'part=known']
    """
    lower = word.lower()
    lengths = range(1, min(MAX_AFFIX, len(lower)) + 1)
    features = ["word=" + word, "lower=" + lower, "shape=" + word_shape(word)]
    features += ["prefix=" + lower[:n] for n in lengths]
    features += ["suffix=" + lower[-n:] for n in lengths]
    parts = _parts(lower)
    if parts != [lower]:
        features += ["part=" + part for part in dict.fromkeys(parts)]
    return features


def _parts(word):
    """Return the parts of a word, which white space, punctuation and symbols separate."""
    groups = groupby(word, lambda c: unicodedata.category(c)[0] in "ZPS")
    return ["".join(characters) for divides, characters in groups if not divides]


def char_ngram_features(word):
    """Return the features of the "char_ngram" analyzer.

    They are the word, its lower case, its shape, and each n-gram of 2 to 4 characters of its lower
    case once. ``<`` and ``>`` mark the start and the end of the word. If a word has more than
    32 characters, only the first and the last 16 are used.

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
    marked = f"<{_shorten(lower)}>"
    ngrams = (
        marked[start : start + n]
        for n in range(MIN_NGRAM, MAX_NGRAM + 1)
        for start in range(len(marked) - n + 1)
    )
    whole = ["word=" + word, "lower=" + lower, "shape=" + word_shape(word)]
    return whole + ["ngram=" + ngram for ngram in dict.fromkeys(ngrams)]


def _shorten(word):
    """Return the first 16 and the last 16 characters of a longer word."""
    if len(word) <= MAX_CHARACTERS:
        return word
    return word[: MAX_CHARACTERS // 2] + word[-MAX_CHARACTERS // 2 :]


def word_shape(word):
    """Return the shape of a word: X for upper case, x for other letters, d for digits.

    Repeated symbols are merged.

    Examples
    --------
    >>> word_shape("McDonald's"), word_shape("1990-2026")
    ("XxXx'x", 'd-d')
    """
    kinds = (
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word
    )
    return "".join(kind for kind, _ in groupby(kinds))


def character_features(word):
    """Return the characters of a word in order, without the middle of a word of more than 32.

    Examples
    --------
    >>> character_features("old")
    ['char=o', 'char=l', 'char=d']
    """
    return [f"char={character}" for character in _shorten(word) or [""]]


ANALYZERS = {"word": word_features, "affix": affix_features, "char_ngram": char_ngram_features}


@dataclass(frozen=True)
class CheckedAnalyzer:
    """A user's analyzer; raises if it does not return an iterable of str."""

    analyzer: Callable

    def __call__(self, word):
        """Return the features of a word."""
        features = self.analyzer(word)
        if not isinstance(features, str) and hasattr(features, "__iter__"):
            features = list(features)
            if not features or all_are(features, (str,)):
                return features
        raise TypeError(
            f"analyzer({show(word)}) returned {show(features)}, but must return an iterable of "
            "str, the features of the word."
        )


class TokenFeatures(NamedTuple):
    """The named features of unique tokens.

    Attributes
    ----------
    words : list of str
        The unique words; empty if tokens are dicts.
    types : ndarray of int of shape (n_tokens,)
        The index of each token among the unique ones.
    names : list of str
        The names of the features of all unique tokens, one token after another.
    values : ndarray of shape (n_names,)
        The weights of the features.
    offsets : ndarray of int of shape (n_types + 1,)
        Unique token ``k`` has the features ``names[offsets[k]:offsets[k + 1]]``.
    """

    words: list
    types: np.ndarray
    names: list
    values: np.ndarray
    offsets: np.ndarray

    @property
    def owners(self):
        """The unique token that each name belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def extract_features(tokens, analyze, with_characters):
    """Return the named features, and the characters, of words or dicts.

    Parameters
    ----------
    tokens : Tokens
    analyze : callable
        Extracts the features of a word.
    with_characters : bool

    Returns
    -------
    features : TokenFeatures
    characters : TokenFeatures or None
    """
    if tokens.kind == "dicts":
        return extract_dict_features(tokens.values), None
    features = extract_word_features(tokens.values, analyze)
    if not with_characters:
        return features, None
    characters = extract_word_features(features.words, character_features)
    return features, characters._replace(types=features.types)


def make_analyzer(analyzer):
    """Return the function that extracts the features of a word, of a name or a callable."""
    return CheckedAnalyzer(analyzer) if callable(analyzer) else ANALYZERS[analyzer]


def extract_word_features(words, analyzer):
    """Analyze each unique word once.

    Parameters
    ----------
    words : list of str
    analyzer : callable
        From a word to a list of feature names.

    Returns
    -------
    token_features : TokenFeatures

    Examples
    --------
    >>> from sklstm._features import extract_word_features, word_features
    >>> features = extract_word_features(["old", "man", "old"], word_features)
    >>> features.words, features.types.tolist()
    (['old', 'man'], [0, 1, 0])
    """
    index = {word: k for k, word in enumerate(dict.fromkeys(words))}
    types = np.fromiter(map(index.__getitem__, words), np.int32, len(words))
    names, offsets, shared = [], [0], {}
    for word in index:
        features = analyzer(word)
        names.extend(map(shared.setdefault, features, features))  # one str for each name
        offsets.append(len(names))
    values = np.ones(len(names), np.float32)
    return TokenFeatures(list(index), types, names, values, np.array(offsets))


def extract_dict_features(tokens):
    """Return the named features of tokens that are dicts.

    Parameters
    ----------
    tokens : list of dict
        A str value is the feature ``name=value``, a number or bool is the feature ``name`` with
        that weight, a collection of str is one feature ``name=value`` for each, and a dict is its
        features, each named ``name:inner name``.

    Returns
    -------
    token_features : TokenFeatures
    """
    index, types = {}, np.empty(len(tokens), np.int32)
    for k, token in enumerate(tokens):
        types[k] = index.setdefault(tuple(sorted(_dict_features(token))), len(index))
    items = list(index)
    offsets = np.cumsum([0, *map(len, items)])
    flat = list(chain.from_iterable(items))
    names = [name for name, _ in flat]
    values = np.fromiter((value for _, value in flat), np.float32, len(flat))
    return TokenFeatures([], types, names, values, offsets)


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


def rows_of(vocabulary):
    """Return the row of the embedding table of each feature, from 1.

    Parameters
    ----------
    vocabulary : iterable of str or mapping of str to int
        The features in the order of their rows (a set is sorted), or the row of each.

    Returns
    -------
    rows : dict of str to int
        In the order of the rows.

    Examples
    --------
    >>> from sklstm._features import rows_of
    >>> rows_of(["word=swim", "word=Ducks"])
    {'word=swim': 1, 'word=Ducks': 2}
    >>> rows_of({"word=swim": 2, "word=Ducks": 1})
    {'word=Ducks': 1, 'word=swim': 2}
    """
    if isinstance(vocabulary, Mapping):
        vocabulary = sorted(vocabulary, key=vocabulary.__getitem__)
    elif isinstance(vocabulary, Set):
        vocabulary = sorted(vocabulary)
    return {str(name): row for row, name in enumerate(vocabulary, 1)}


def document_frequencies(token_features, sequences, sequence_weights):
    """Return the total weight of the sequences that contain each feature.

    Parameters
    ----------
    token_features : TokenFeatures
    sequences : ndarray of int of shape (n_tokens,)
        The sequence of each token.
    sequence_weights : ndarray of shape (n_sequences,)

    Returns
    -------
    frequencies : dict of str to float
        The names in sorted order.
    """
    names = {name: k for k, name in enumerate(sorted(set(token_features.names)))}
    n_types = len(token_features.offsets) - 1
    rows = _feature_ids(token_features.names, names)
    features = _indicator(rows, token_features.owners, (len(names), n_types))
    types = _indicator(token_features.types, sequences, (n_types, len(sequence_weights)))
    contained = (features @ types).astype(bool)  # a feature counts once in a sequence
    return dict(zip(names, (contained @ sequence_weights).tolist(), strict=True))


def _indicator(rows, columns, shape):
    return sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()


class CharacterIds(NamedTuple):
    """The characters of unique words, one word after another.

    Attributes
    ----------
    ids : ndarray of int of shape (n_characters,)
        The row of the embedding table of each character.
    offsets : ndarray of int of shape (n_types + 1,)
        Word ``k`` has the characters ``ids[offsets[k]:offsets[k + 1]]``, at least one.
    """

    ids: np.ndarray
    offsets: np.ndarray

    def batch(self, types, dtype):
        """Return the characters of some words.

        Parameters
        ----------
        types : ndarray of int of shape (n_tokens,)
            The unique word of each token.
        dtype : dtype

        Returns
        -------
        characters : CharacterBatch
            Its `rows` are rows of the embedding table.
        """
        unique, words = np.unique(types, return_inverse=True)
        starts = self.offsets[unique]
        lengths = self.offsets[unique + 1] - starts
        packing = pack(lengths, starts)
        ranks = np.argsort(np.argsort(-lengths, kind="stable"))
        rows, index = np.unique(self.ids[packing.tokens], return_inverse=True)
        sum_characters = _one_hot(index, len(rows), dtype).T
        words = _one_hot(ranks[words], len(unique), dtype)
        return CharacterBatch(packing, rows, index, sum_characters, words)

    def select(self, types):
        """Return the characters of some words, given by index."""
        starts = self.offsets[types]
        lengths = self.offsets[types + 1] - starts
        ids = self.ids[token_indices(starts, lengths)]
        return CharacterIds(ids, np.concatenate([[0], np.cumsum(lengths)]))


def _one_hot(columns, n_columns, dtype):
    """Return a matrix with a single 1 in each row, in the given columns."""
    n_rows = len(columns)
    ones, pointers = np.ones(n_rows, dtype), np.arange(n_rows + 1)
    return sparse.csr_array((ones, columns, pointers), shape=(n_rows, n_columns))


class EncodedTokens(NamedTuple):
    """Words or dicts as feature ids, each unique token once.

    With word dropout, each unique token has a second row of features: those that it keeps if it is
    treated as a word that was never seen.

    Attributes
    ----------
    types : ndarray of int of shape (n_tokens,)
        The row of each token.
    features : CSR array of shape (n_types, n_features) or (2 * n_types, n_features)
        The weights of the features.
    dropout_proba : ndarray of shape (n_types,)
        The probability that word dropout applies to a token of this type.
    characters : CharacterIds, default=None
    vectors : ndarray of shape (n_types, n_numbers), default=None
        Pre-trained vectors.
    """

    types: np.ndarray
    features: sparse.csr_array
    dropout_proba: np.ndarray
    characters: CharacterIds | None = None
    vectors: np.ndarray | None = None

    def apply_word_dropout(self, rng):
        """Return the tokens, a random part of them with the features of words never seen."""
        if not self.dropout_proba.any():
            return self
        dropped = rng.random_sample(len(self.types)) < self.dropout_proba[self.types]
        n_types = self.types.dtype.type(len(self.dropout_proba))
        return self._replace(types=self.types + dropped * n_types)

    def batch(self, tokens, feature_dropout=0.0, rng=None):
        """Return some of the tokens for the encoder.

        Parameters
        ----------
        tokens : ndarray of int
            Their indices.
        feature_dropout : float in [0, 1), default=0
            The probability that a feature of a token is dropped.
        rng : numpy.random.RandomState, default=None
            Required with feature dropout.

        Returns
        -------
        batch : TokenBatch
            Its rows are those of the embedding table.
        """
        types, vectors, characters = self.types[tokens], None, None
        features = self.features[types]
        if feature_dropout > 0:
            features = drop_features(features, feature_dropout, rng)
        ids = features.indices
        if self.vectors is not None:
            vectors = self.vectors[types % len(self.dropout_proba)]
        if self.characters is not None:
            characters = self.characters.batch(types, features.dtype)
            ids = np.concatenate([ids, characters.rows])
        rows, columns = np.unique(ids, return_inverse=True)
        if characters is not None:
            columns, rows_of_characters = np.split(columns, [features.nnz])
            characters = characters._replace(rows=rows_of_characters)
        return TokenBatch(_with_columns(features, columns, len(rows)), rows, characters, vectors)

    def select(self, tokens):
        """Return some of the tokens, with the ids of features that only these have.

        Parameters
        ----------
        tokens : ndarray of int
            Their indices.

        Returns
        -------
        encoded : EncodedTokens
            Its ids are indices into `rows`.
        rows : ndarray of int of shape (n_rows,)
            The old id of each new one.
        """
        n_types = len(self.dropout_proba)
        kept, types = np.unique(self.types[tokens] % n_types, return_inverse=True)
        # With word dropout, each type has a second row.
        of_kept = np.concatenate([kept + k for k in range(0, self.features.shape[0], n_types)])
        features, characters, vectors = self.features[of_kept], self.characters, self.vectors
        ids = features.indices
        if vectors is not None:
            vectors = vectors[kept]
        if characters is not None:
            characters = characters.select(of_kept)
            ids = np.concatenate([ids, characters.ids])
        rows, ids = np.unique(ids, return_inverse=True)
        if characters is not None:
            characters = characters._replace(ids=ids[features.nnz :])
        features = _with_columns(features, ids[: features.nnz], len(rows))
        proba = self.dropout_proba[kept]
        return EncodedTokens(types, features, proba, characters, vectors), rows


class VectorTokens(NamedTuple):
    """Tokens that are numeric vectors, with the interface of :class:`EncodedTokens`.

    Attributes
    ----------
    values : ndarray or CSR array of shape (n_tokens, n_features)
    """

    values: Any

    def apply_word_dropout(self, rng):
        """Return the tokens; word dropout does not apply to vectors."""
        return self

    def batch(self, tokens, feature_dropout=0.0, rng=None):
        """Return some of the tokens for the encoder; feature dropout does not apply to vectors."""
        values = self.values[tokens]
        return TokenBatch(vectors=values.toarray() if sparse.issparse(values) else values)

    def select(self, tokens):
        """Return some of the tokens; vectors have no feature ids."""
        return VectorTokens(self.values[tokens]), None


def _with_columns(features, columns, n_columns):
    """Return a CSR array with other columns."""
    shape = features.shape[0], n_columns
    return sparse.csr_array((features.data, columns, features.indptr), shape=shape)


def drop_features(features, rate, rng):
    """Return features, a CSR array, without a random part of the features of each token.

    The others are scaled by ``1 / (1 - rate)``.
    """
    kept = rng.random_sample(features.nnz) >= rate
    data = features.data[kept] / features.dtype.type(1 - rate)
    pointers = np.concatenate([[0], np.cumsum(kept)])[features.indptr]
    return sparse.csr_array((data, features.indices[kept], pointers), shape=features.shape)


def encode_features(token_features, characters, vocabulary, word_dropout=0.0, type_weights=None):
    """Return the feature ids of tokens.

    Parameters
    ----------
    token_features : TokenFeatures
    characters : TokenFeatures or None
        The characters of the unique words.
    vocabulary : mapping of str to int
        The id of each known feature, from 1.
    word_dropout : float, default=0.0
        A unique token of weight ``n`` is treated as one that was never seen with probability
        ``word_dropout / (word_dropout + n)``: it then has only the features that it shares with
        other unique tokens.
    type_weights : ndarray of shape (n_types,), default=None
        Required with word dropout: the total weight of the tokens of each type.

    Returns
    -------
    encoded : EncodedTokens
    """
    shape = len(token_features.offsets) - 1, len(vocabulary) + 1
    ids, owners = _feature_ids(token_features.names, vocabulary), token_features.owners
    features = _feature_matrix(ids, owners, token_features.values, shape)
    dropout_proba = np.zeros(shape[0])
    if word_dropout > 0:
        dropout_proba = word_dropout / (word_dropout + type_weights)
        shared = _feature_matrix(_shared(ids, owners), owners, token_features.values, shape)
        features = sparse.vstack([features, shared], format="csr")
    character_ids = None
    if characters is not None:
        ids, offsets = _feature_ids(characters.names, vocabulary), characters.offsets
        if word_dropout > 0:
            offsets = np.concatenate([offsets, len(ids) + offsets[1:]])
            ids = np.concatenate([ids, _shared(ids, characters.owners)])
        character_ids = CharacterIds(ids, offsets)
    return EncodedTokens(token_features.types, features, dropout_proba, character_ids)


def _feature_ids(names, vocabulary):
    return np.fromiter(map(vocabulary.get, names, repeat(UNKNOWN)), np.intp, len(names))


def _shared(ids, owners):
    """Return the ids of features that several unique tokens have, and UNKNOWN for the others."""
    n_ids = ids.max(initial=0) + 1
    n_owners = np.bincount(np.unique(ids + owners * n_ids) % n_ids)
    return np.where(n_owners[ids] > 1, ids, UNKNOWN)


def _feature_matrix(ids, owners, values, shape):
    """Return features as CSR; a token with unknown features has the feature UNKNOWN once."""
    known = ids != UNKNOWN
    lacking = np.unique(owners[~known])
    data = np.concatenate([values[known], np.ones(len(lacking), values.dtype)])
    rows = np.concatenate([owners[known], lacking])
    columns = np.concatenate([ids[known], np.full(len(lacking), UNKNOWN)])
    return sparse.coo_array((data, (rows, columns)), shape=shape).tocsr()


def pretrained_width(embeddings, tokens, model_width=0):
    """Return the number of inputs that pre-trained vectors add: their size and one more.

    Parameters
    ----------
    embeddings : mapping of str to array-like
    tokens : Tokens
    model_width : int, default=0
        The width in the model whose training continues.

    Returns
    -------
    width : int
    """
    if tokens.kind != "words":
        raise ValueError(
            f"embeddings are for words, but the tokens of X are {tokens.kind}: set embeddings=None."
        )
    words = dict.fromkeys(tokens.values)
    keys = (key for word in words if (key := _key(embeddings, word)) is not None)
    key = next(keys, None)
    if key is not None:
        return _vector(embeddings, key).size + 1
    if not model_width:
        raise ValueError(
            f"None of the {len(words)} unique words of X, such as {show(next(iter(words)))}, is in "
            "embeddings, not even in lower case. Are its keys words?"
        )
    return model_width


def pretrained_vectors(embeddings, words, width):
    """Return the pre-trained vectors of words.

    Parameters
    ----------
    embeddings : mapping of str to array-like
    words : list of str
    width : int
        As from :func:`pretrained_width`.

    Returns
    -------
    vectors : ndarray of shape (n_words, width)
        The last column is 1 if the word or its lower case is in `embeddings`. Other rows are 0.
    """
    vectors = np.zeros((len(words), width), np.float32)
    for row, word in zip(vectors, words, strict=True):
        key = _key(embeddings, word)
        if key is None:
            continue
        vector = _vector(embeddings, key)
        if vector.size != width - 1:
            raise ValueError(
                f"embeddings[{show(key)}] has {vector.size} numbers, expected {width - 1} as for "
                "other words."
            )
        row[:-1], row[-1] = vector, 1
    return vectors


def _key(embeddings, word):
    """Return the key of a word, which may be its lower case; None if there is none."""
    return next((key for key in (word, word.lower()) if key in embeddings), None)


def _vector(embeddings, key):
    try:
        with np.errstate(over="ignore"):
            vector = np.ma.filled(embeddings[key], np.nan).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):  # not numbers, complex numbers, or a ragged list
        vector = None
    if vector is None or vector.ndim != 1 or not np.isfinite(vector).all():
        raise ValueError(
            f"embeddings[{show(key)}] is {show(embeddings[key])}, but must be a 1-D array of "
            "finite numbers within the range of float32."
        )
    return vector
