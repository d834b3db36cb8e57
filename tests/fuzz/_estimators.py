"""Small data, and estimators that are fitted in milliseconds."""

import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import WordVectors
from sklstm.ensemble import VotingTagger

X_WORDS = [["Ada", "Byron", "met", "Charles"], ["Ducks", "swim"], [], ["the", "old", "man", "."]]
Y_WORDS = [["B-person", "I-person", "O", "B-person"], ["O", "O"], [], ["O"] * 4]
X_DICTS = [[{"word": word, "length": len(word)} for word in words] for words in X_WORDS]
X_VECTORS = [np.eye(3)[[0, 1]], np.eye(3)[[1, 2, 0]], np.eye(3)[[2]]]
Y_VECTORS = [[0, 1], [1, 2, 0], [2]]
TINY = {
    "hidden_layer_sizes": 3,
    "embedding_size": 4,
    "char_hidden_size": 2,
    "max_iter": 1,
    "random_state": 0,
}


def tiny(**params):
    """Return a tagger that is fitted in milliseconds."""
    return BiLSTMTagger(**TINY | params)


def fitted_taggers():
    """Return fitted taggers by name, and what their tokens are."""
    vectors = WordVectors(["ada", "met", "Ducks"], np.eye(3))
    crf = {"output": "crf", "scheme": "BIO"}
    float32 = [x.astype(np.float32) for x in X_VECTORS]
    return {
        "words": ("words", tiny().fit(X_WORDS, Y_WORDS)),
        "crf": ("words", tiny(**crf).fit(X_WORDS, Y_WORDS)),
        "n-grams": (
            "words",
            tiny(analyzer="char_ngram", bidirectional=False).fit(X_WORDS, Y_WORDS),
        ),
        "pretrained": ("words", tiny(embeddings=vectors).fit(X_WORDS, Y_WORDS)),
        "one class": ("words", tiny(analyzer="word").fit(X_WORDS[1:2], Y_WORDS[1:2])),
        "dicts": ("dicts", tiny(hidden_layer_sizes=(2, 3)).fit(X_DICTS, Y_WORDS)),
        "vectors": ("vectors", tiny().fit(X_VECTORS, Y_VECTORS)),
        "float32": ("vectors", tiny(output="crf").fit(float32, Y_VECTORS)),
    }


def voting(**params):
    """Return an ensemble of two small taggers."""
    return VotingTagger([(f"seed{seed}", tiny(random_state=seed, **params)) for seed in range(2)])
