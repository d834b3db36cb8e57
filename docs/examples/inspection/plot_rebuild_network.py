"""
===========================================
Rebuilding the network in NumPy and PyTorch
===========================================

``coefs_`` and ``intercepts_`` contain all weights of a tagger. This example computes the
probabilities of a sentence from them, with a few lines of NumPy that follow the equations. Then it
shows how to copy the weights to PyTorch.
"""

# %%
# A fitted tagger
# ---------------
#
# The features of a word are the word and its last two letters.

import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos


def analyze(word):
    return [f"word={word}", f"suffix={word[-2:]}"]


X, y = load_english_pos(subset="train", return_X_y=True)
tagger = BiLSTMTagger(32, analyzer=analyze, max_iter=6, random_state=0).fit(X, y)

W, b = tagger.coefs_, tagger.intercepts_
for name, array in W.items():
    print(f"{name:10}  {array.shape!s:18}", b[name].shape if name in b else "")

# %%
# A bidirectional LSTM layer
# --------------------------
#
# Each step multiplies the hidden state and the input, ``[h, x]``, by the weights of the output
# gate, the forget gate, the input gate and the candidate. The second direction reads the sequence
# from the end.


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm(name, inputs):
    """Return the hidden states of both directions, of shape (2, n_steps, n_units)."""
    directions = []
    for weights, biases, order in zip(W[name], b[name], (1, -1), strict=True):
        h = c = np.zeros(weights.shape[-1])
        states = []
        for x in inputs[::order]:
            o, f, i, g = np.concatenate([h, x]) @ weights + biases
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            states.append(h)
        directions.append(states[::order])
    return np.array(directions)


# %%
# From words to probabilities
# ---------------------------
#
# The vector of a word is the sum of the embeddings of its features and of a projection of the last
# states of the LSTM over its characters. Row 0 is the embedding of features that are not in the
# vocabulary.

vocabulary = tagger.vocabulary_


def embed(word):
    rows = sorted({vocabulary.get(feature, 0) for feature in analyze(word)})
    characters = [vocabulary.get(f"char={character}", 0) for character in word]
    forward, backward = lstm("characters", W["embedding"][characters])
    last = np.concatenate([forward[-1], backward[0]])
    return W["embedding"][rows].sum(axis=0) + last @ W["projection"] + b["projection"]


def predict_proba(words):
    states = lstm("lstm_0", np.array([embed(word) for word in words]))
    logits = np.concatenate(states, axis=1) @ W["output"] + b["output"]
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    return proba / proba.sum(axis=1, keepdims=True)


words = ["They", "quickly", "ungrumbled", "the", "7", "machines", "."]
ours = predict_proba(words)
theirs = tagger.predict_proba([words])[0]
assert np.allclose(ours, theirs, atol=1e-5)

fig, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
for ax, proba, title in zip(axes, (ours, theirs), ("NumPy", "predict_proba"), strict=True):
    ax.imshow(proba, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(tagger.classes_)), tagger.classes_, rotation=90)
    ax.set_yticks(range(len(words)), words)
    ax.set_title(title)
fig.suptitle(f"The largest difference is {np.abs(ours - theirs).max():.0e}")
plt.show()

# %%
# In PyTorch
# ----------
#
# ``torch.nn.LSTM`` has the gates in the order input, forget, cell, output. Its weights are
# transposed, and it has two biases, of which one is zero here. Copy one direction like this::
#
#     gates = [2, 1, 3, 0]
#     weights = np.concatenate(W["lstm_0"][0][gates], axis=1).T
#     layer = torch.nn.LSTM(n_inputs, n_units, bidirectional=True)
#     layer.weight_hh_l0.data = torch.tensor(weights[:, :n_units])
#     layer.weight_ih_l0.data = torch.tensor(weights[:, n_units:])
#     layer.bias_ih_l0.data = torch.tensor(b["lstm_0"][0][gates].ravel())
#     layer.bias_hh_l0.data.zero_()
#
# The parameters of the other direction, ``W["lstm_0"][1]``, have the same names with ``_reverse``.
# If you also copy ``W["output"]``, ``W["projection"]`` and the embeddings, PyTorch computes the
# same probabilities. To export a tagger of vectors, see :doc:`/user_guide/export`.
