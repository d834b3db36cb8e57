"""The learned parameters: their names, shapes and meaning."""

import numpy as np
import pytest

from sklstm import BiLSTMTagger

X = [["Ducks", "swim", "here"], ["Owls", "fly"], ["x"]]
Y = [["N", "V", "A"], ["N", "V"], ["N"]]
GATES = [2, 1, 3, 0]  # the indices of our gates in PyTorch's order: input, forget, cell, output


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


def test_pytorch_computes_the_same_probabilities():
    torch = pytest.importorskip("torch")

    def lstm(name):
        W, b = tagger.coefs_[name], tagger.intercepts_[name]
        n_units = W.shape[-1]
        layer = torch.nn.LSTM(W.shape[2] - n_units, n_units, bidirectional=True)
        for d, suffix in enumerate(["_l0", "_l0_reverse"]):
            weights = np.concatenate(W[d][GATES], axis=1).T  # (4 * n_units, n_units + n_inputs)
            values = {
                "weight_hh": weights[:, :n_units], "weight_ih": weights[:, n_units:],
                "bias_ih": b[d][GATES].ravel(), "bias_hh": np.zeros(4 * n_units),
            }  # fmt: skip
            for each, value in values.items():
                getattr(layer, each + suffix).data = torch.tensor(value, dtype=torch.float32)
        return layer

    def tensor(name):
        return torch.tensor(tagger.coefs_[name]), torch.tensor(tagger.intercepts_.get(name, 0))

    def embed(word):
        rows = [vocabulary.get(f"char={character}", 0) for character in word]
        _, (last, _) = lstm("characters")(E[rows])
        return E[vocabulary.get(word, 0)] + last.ravel() @ P + p

    tagger = fitted(analyzer="word")
    vocabulary, (E, _), (P, p), (V, v) = (
        tagger.vocabulary_, tensor("embedding"), tensor("projection"), tensor("output"),
    )  # fmt: skip
    words = ["Owls", "swim", "now"]
    with torch.no_grad():
        H, _ = lstm("lstm_0")(torch.stack([embed(word) for word in words]))
        proba = torch.softmax(H @ V + v, dim=1)
    np.testing.assert_allclose(proba, tagger.predict_proba([words])[0], atol=1e-6)
