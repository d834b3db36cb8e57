"""
====================================
Inside the LSTM, while it is reading
====================================

A long short-term memory carries a cell state from word to word. Gates decide what is kept, what is
added and what is shown. What do they do in a sentence, and can we see one unit remember something?
"""

# %%
# A task that needs memory
# ------------------------
#
# A switch is turned on and off, and in between come other events. The tag of each event is whether
# the switch is on: nothing but memory tells.

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
# One of its four units remembers the switch: find the one whose hidden state goes with the tags.

events, states = X[101], y[101]
layer = network_activity(switch, events).layers[0]["forward"]
is_on = np.array([state == "on" for state in states])
with_tags = [abs(np.corrcoef(unit, is_on)[0, 1]) for unit in layer.hidden.T]
unit = int(np.argmax(with_tags))

fig, axes = plt.subplots(3, 1, figsize=(8, 5.5), layout="constrained", sharex=True)
axes[0].step(range(len(events)), layer.cell[:, unit], where="mid")
axes[0].set_ylabel("cell state")
axes[0].set_title(f"Unit {unit} remembers; where the switch is on is shaded")
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
# *On* shuts the forget gate, so that whatever the cell held is gone, and writes a one. As long as
# the switch is on, little is added. *Off* and what follows it add large negative numbers: the cell
# is negative until the next *on*.
#
# A real sentence
# ---------------
#
# A tagger of words has many units, and hardly one of them does a single thing that has a name.
# Here are the cell states of all of them over one sentence, which one direction reads from *The*
# to the full stop, and the other from the full stop to *The*.

X, y = load_english_pos(subset="train", return_X_y=True)
tagger = BiLSTMTagger(24, random_state=0).fit(X, y)
fig, axes = plt.subplots(1, 2, figsize=(9, 5.5), layout="constrained")
words = ["The", "old", "man", "the", "boat", "."]
display = ActivityDisplay.from_estimator(tagger, words, ax=axes[0])
display.plot(ax=axes[1], direction="backward")
plt.show()

# %%
# The directions have units of their own, so a number on the left and the same number on the right
# have nothing to do with each other. On both sides many cells grow with each word that is read: to
# the right in the one, to the left in the other.
