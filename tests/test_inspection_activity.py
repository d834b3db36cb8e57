"""network_activity: gates and cells, against the oracle."""

import numpy as np
import pytest
from _oracle import columns, rows, separate, tagger_forward

from sklstm import BiLSTMTagger
from sklstm.inspection import network_activity

# The names in the oracle.
ORACLE = {
    "input_gate": "i", "forget_gate": "f", "output_gate": "o", "candidate": "g", "cell": "c",
    "hidden": "h",
}  # fmt: skip


@pytest.mark.parametrize("n_directions", [1, 2])
@pytest.mark.parametrize("length", [1, 5])
def test_all_states_are_those_of_the_equations(vectors, n_directions, length):
    X, y = vectors
    tagger = BiLSTMTagger((5, 4), bidirectional=n_directions == 2, max_iter=2, random_state=0)
    tagger.fit(X, y)
    x = next(x for x in X if len(x) > 4)[:length]
    W = tagger._model.parameters
    layers = [[separate(W[f"lstm_{n}"][d]) for d in range(n_directions)] for n in range(2)]
    output = {"W_y": W["output"][:-1].T, "b_y": W["output"][-1:].T}
    _, (record, _) = tagger_forward(columns(x), layers, output)

    activity = network_activity(tagger, x)
    assert len(activity.layers) == 2
    for directions, expected, n_units in zip(activity.layers, record, (5, 4), strict=True):
        assert list(directions) == ["forward", "backward"][:n_directions]
        for found, states in zip(directions.values(), expected, strict=True):
            for name, letter in ORACLE.items():
                of_oracle = rows([state[letter] for state in states], n_units)
                np.testing.assert_allclose(getattr(found, name), of_oracle, rtol=1e-9, atol=1e-12)


def test_the_last_hidden_states_give_the_probabilities(english, small):
    tagger = small.fit(*english)
    words = english[0][0]
    activity = network_activity(tagger, words)
    assert activity.tokens == words
    hidden = np.hstack([direction.hidden for direction in activity.layers[-1].values()])
    W = tagger._model.parameters["output"]
    logits = hidden @ W[:-1] + W[-1]
    expected = np.exp(tagger.predict_log_proba([words])[0])
    p = np.exp(logits)
    np.testing.assert_allclose(p / p.sum(axis=1, keepdims=True), expected, rtol=1e-4)


def test_it_accepts_dicts(small):
    X = [[{"word": "the"}, {"word": "boat"}]] * 3
    activity = network_activity(small.fit(X, [["DET", "NOUN"]] * 3), X[0])
    assert activity.layers[0]["backward"].cell.shape == (2, 8)


def test_the_representation_shows_layers_and_shapes(english):
    tagger = BiLSTMTagger((5, 4), bidirectional=False, max_iter=1, random_state=0).fit(*english)
    assert repr(network_activity(tagger, ["a", "b"])) == (
        "NetworkActivity(tokens=['a', 'b'], layers=["
        "{'forward': LSTMActivity(n_tokens=2, n_units=5)}, "
        "{'forward': LSTMActivity(n_tokens=2, n_units=4)}])"
    )


def test_a_list_of_sentences_raises_an_error(english, small):
    tagger = small.fit(*english)
    with pytest.raises(ValueError, match="sequence contains sequences"):
        network_activity(tagger, english[0])
    with pytest.raises(ValueError, match="sequence has no tokens"):
        network_activity(tagger, [])
