"""
=================================
Gates and cell states of the LSTM
=================================

An LSTM has a cell state, which it passes from token to token. Gates control what is kept, added and
output. This example plots the gates and the cell state of a unit that remembers an event, and the
cell states of a tagger of words.
"""

# %%
# A task that needs memory
# ------------------------
#
# A switch is turned on and off, and other events occur between. The tag of each event is whether
# the switch is on. Only a network that remembers the last switch event can predict it.

import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos
from sklstm.display import ActivityDisplay
from sklstm.inspection import network_activity

rng = np.random.default_rng(0)
X, y = [], []
for _ in range(150):
    events = rng.choice(["on", "off", "a", "b", "c"], size=25, p=[0.08, 0.08, 0.28, 0.28, 0.28])
    states = []
    for event in events:
        states.append(str(event) if event in ("on", "off") else states[-1] if states else "off")
    X.append(events.tolist())
    y.append(states)

switch = BiLSTMTagger(
    4,
    bidirectional=False,
    analyzer="word",
    embedding_size=8,
    char_hidden_size=0,
    dropout=0,
    feature_dropout=0,
    word_dropout=0,
    learning_rate_init=0.03,
    max_iter=20,
    random_state=0,
).fit(X[:100], y[:100])
print(f"accuracy on new sequences: {switch.score(X[100:], y[100:]):.3f}")

# %%
# The network has four units. Select the unit whose hidden state correlates most with the tags.

events, states = X[101], y[101]
layer = network_activity(switch, events).layers[0]["forward"]
is_on = np.array([state == "on" for state in states])
with_tags = [abs(np.corrcoef(unit, is_on)[0, 1]) for unit in layer.hidden.T]
unit = int(np.argmax(with_tags))

fig, axes = plt.subplots(3, 1, figsize=(8, 5.5), layout="constrained", sharex=True)
axes[0].step(range(len(events)), layer.cell[:, unit], where="mid")
axes[0].set_ylabel("cell state")
axes[0].set_title(f"Unit {unit} (shaded: the switch is on)")
axes[1].plot(layer.forget_gate[:, unit], "o-", label="forget gate", color="#d55e00")
axes[1].plot(layer.input_gate[:, unit], "s--", label="input gate", color="#009e73")
axes[1].set(ylabel="gate is open", ylim=(-0.05, 1.05))
axes[1].legend(loc="lower center")
axes[2].bar(range(len(events)), layer.input_gate[:, unit] * layer.candidate[:, unit])
axes[2].set_ylabel("added to the cell")
for ax in axes:
    ax.bar(
        np.flatnonzero(is_on),
        1,
        width=1,
        transform=ax.get_xaxis_transform(),
        color="#f0e442",
        alpha=0.4,
        zorder=0,
    )
axes[2].set_xticks(range(len(events)), events)
plt.show()

# %%
# At *on*, the forget gate closes, which deletes the cell state, and a positive number is added.
# While the switch is on, little is added. *Off* and the events after it add large negative numbers,
# so the cell state is negative until the next *on*.
#
# The cell states of a tagger of words
# ------------------------------------
#
# A tagger of words has many units, and few of them have a simple meaning. These plots show the cell
# states of all units over one sentence. The forward direction (left) reads it from *The* to the
# full stop, the backward direction (right) from the full stop to *The*.

X, y = load_english_pos(subset="train", return_X_y=True)
tagger = BiLSTMTagger(24, random_state=0).fit(X, y)
fig, axes = plt.subplots(1, 2, figsize=(9, 5.5), layout="constrained")
words = ["The", "old", "man", "the", "boat", "."]
display = ActivityDisplay.from_estimator(tagger, words, ax=axes[0])
display.plot(ax=axes[1], direction="backward")
plt.show()

# %%
# The directions have different units: unit 3 on the left is not unit 3 on the right. The absolute
# values of many cell states grow with each word that is read, from left to right in the forward
# direction, and from right to left in the backward direction.
