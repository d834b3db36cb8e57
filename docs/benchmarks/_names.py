"""Fits of names.py: a gazetteer, and decoding for more names."""

from collections import Counter

from _english import vectors_from_text
from sklearn.base import BaseEstimator, clone

from sklstm import BiLSTMTagger
from sklstm._features import affix_features
from sklstm.metrics import extract_spans

# -- features -----------------------------------------------------------------------------------


class Gazetteer:
    """An analyzer that knows the words of names in some sentences, and the types of these names.

    A word must be part of such names in two sentences: else each training word of a name would be
    in the gazetteer, because of its own sentence, and words of new text would not.
    """

    def __init__(self, X, y):
        sentences = Counter(
            found
            for words, spans in zip(X, extract_spans(y, scheme="BIO"), strict=True)
            for found in {
                (word.lower(), span.type)
                for span in spans
                for word in words[span.start : span.stop]
            }
        )
        self.types = {}
        for (word, span_type), n in sentences.items():
            if n >= 2:
                self.types.setdefault(word, []).append(f"name={span_type}")

    def __call__(self, word):
        """Return the features of a word."""
        return affix_features(word) + self.types.get(word.lower(), [])


# -- fits ---------------------------------------------------------------------------------------


def fit(params, more, digest, corpus):
    """Return a fitted tagger.

    Parameters
    ----------
    params : dict
        Parameters of BiLSTMTagger.
    more : dict
        "gazetteer" is True to make one from the sentences, "vectors" to make vectors; "weight" is
        the weight of a sentence with names, where that of the others is 1.
    digest : str
        Identifies the corpus for the cache, which ignores the corpus itself.
    corpus : Corpus

    Returns
    -------
    tagger : BiLSTMTagger
    """
    X, y = corpus.X, corpus.y
    tagger, weights = BiLSTMTagger(**params), None
    if more.get("gazetteer"):
        tagger.analyzer = Gazetteer(X, y)
    if more.get("vectors"):
        tagger.embeddings = vectors_from_text(X)
    if "weight" in more:
        weights = [more["weight"] if {*tags} != {"O"} else 1 for tags in y]
    return tagger.fit(X, y, weights)


# -- decoding -----------------------------------------------------------------------------------


class NameTagger(BaseEstimator):
    """A tagger that finds more names, as the member of a VotingTagger.

    Parameters
    ----------
    tagger : estimator
    factor : float, default=0.1
        The probability of the tag ``O`` is multiplied by it.
    scheme : str, default="BIO"
        The scheme that the decoding of VotingTagger respects.
    """

    def __init__(self, tagger, factor=0.1, scheme="BIO"):
        self.tagger, self.factor, self.scheme = tagger, factor, scheme

    def fit(self, X, y):
        """Fit a clone of the tagger; a frozen tagger is used as it is."""
        self.tagger_ = clone(self.tagger).fit(X, y)
        self.classes_ = self.tagger_.classes_
        return self

    def predict_proba(self, X):
        """Return probabilities whose sum is not 1."""
        proba = self.tagger_.predict_proba(X)
        for rows in proba:
            rows[..., self.classes_ == "O"] *= self.factor
        return proba
