"""The learned parameters: their names, shapes and meaning."""

import numpy as np
import pytest

from sklstm import BiLSTMTagger

X = [["Ducks", "swim", "here"], ["Owls", "fly"], ["x"]]
Y = [["N", "V", "A"], ["N", "V"], ["N"]]


def fitted(**params):
    settings = {"embedding_size": 6, "char_hidden_size": 3, "max_iter": 2, "random_state": 0}
    return BiLSTMTagger(**{"hidden_layer_sizes": 5} | settings | params).fit(X, Y)


def shapes(arrays):
    return {name: array.shape for name, array in arrays.items()}


def test_words_have_embeddings_characters_layers_and_an_output():
    tagger = fitted(hidden_layer_sizes=(5, 4))
    assert shapes(tagger.coefs_) == {
        "embedding": (len(tagger.vocabulary_) + 1, 6),
        "characters": (2, 4, 3 + 6, 3),
        "projection": (2 * 3, 6),
        "lstm_0": (2, 4, 5 + 6, 5),
        "lstm_1": (2, 4, 4 + 2 * 5, 4),
        "output": (2 * 4, 3),
    }
    assert shapes(tagger.intercepts_) == {
        "characters": (2, 4, 3), "projection": (6,), "lstm_0": (2, 4, 5), "lstm_1": (2, 4, 4),
        "output": (3,),
    }  # fmt: skip


def test_vectors_have_layers_and_an_output():
    X, y = np.eye(4)[None], [["N", "V", "N", "V"]]
    tagger = BiLSTMTagger(5, bidirectional=False, max_iter=1).fit(X, y)
    assert shapes(tagger.coefs_) == {"lstm_0": (1, 4, 5 + 4, 5), "output": (5, 2)}
    assert shapes(tagger.intercepts_) == {"lstm_0": (1, 4, 5), "output": (2,)}


def test_the_transitions_of_a_crf_are_attributes_of_their_own():
    tagger = fitted(output="crf", char_hidden_size=0)
    assert tagger.coefs_.keys() == {"embedding", "lstm_0", "output"}
    assert tagger.intercepts_.keys() == {"lstm_0", "output"}


def test_they_are_views_that_cannot_be_written_to():
    tagger = fitted()
    for views in (tagger.coefs_, tagger.intercepts_):
        for array in views.values():
            assert any(np.shares_memory(array, stored) for stored in tagger._model.arrays)
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    tagger.partial_fit(X, Y)  # the arrays themselves stay writable


def test_a_tagger_that_is_not_fitted_has_none():
    tagger = BiLSTMTagger()
    assert not hasattr(tagger, "coefs_")
    assert not hasattr(tagger, "intercepts_")
