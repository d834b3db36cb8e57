"""
======================
Part-of-speech tagging
======================

Many English words have several parts of speech: *can* is a verb or a noun. Can a tagger find the
right one from the context? This example trains a tagger on about 500 sentences, evaluates it on
other sentences, and shows its errors and the reliability of its probabilities.
"""

# %%
# Data
# ----
#
# The corpus comes with the package. A sentence is a list of words, and its tags are a list of the
# same length.

from collections import Counter, defaultdict
from itertools import chain

import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos
from sklstm.display import TokenConfusionMatrixDisplay
from sklstm.metrics import token_classification_report

X, y = load_english_pos(subset="train", return_X_y=True)
X_test, y_test = load_english_pos(subset="test", return_X_y=True)

print(len(X), "training sentences,", len(X_test), "test sentences")
for word, tag in zip(X[1], y[1], strict=True):
    print(f"{word:8}{tag}")

# %%
# *Can* occurs twice in this sentence, as an auxiliary and as a noun. Count the words that have
# several tags in the corpus:

tags_of = defaultdict(set)
for word, tag in zip(chain(*X), chain(*y), strict=True):
    tags_of[word.lower()].add(tag)
n_ambiguous = sum(len(tags_of[word.lower()]) > 1 for word in chain(*X))
print(f"{n_ambiguous / sum(map(len, X)):.0%} of all words have several tags in the corpus.")

# %%
# Train and score
# ---------------
#
# A small network is enough here. The baseline gives each word its most frequent tag in the training
# set, and the tag NOUN to unknown words.

tagger = BiLSTMTagger(hidden_layer_sizes=64, random_state=0).fit(X, y)

counts = defaultdict(Counter)
for word, tag in zip(chain(*X), chain(*y), strict=True):
    counts[word][tag] += 1
most_frequent = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
baseline = [[most_frequent.get(word, "NOUN") for word in words] for words in X_test]

true, pred = np.array([*chain(*y_test)]), np.array([*chain(*tagger.predict(X_test))])
words = np.array([*chain(*X_test)])
is_known = np.isin(words, list(counts))
is_baseline_right = np.array([*chain(*baseline)]) == true

print("                 tagger   most frequent tag")
parts = {"all words": slice(None), "known words": is_known, "unknown words": ~is_known}
for name, part in parts.items():
    print(f"{name:16}{(pred == true)[part].mean():7.1%}{is_baseline_right[part].mean():20.1%}")

# %%
# Unknown words are tagged by their affixes, their characters and their context.
#
# Scores of each tag
# ------------------
#
# :func:`~sklstm.metrics.token_classification_report` has a row for each tag.

y_pred = tagger.predict(X_test)
print(token_classification_report(y_test, y_pred, zero_division=0))

# %%
# In the confusion matrix, each row is a true tag, and its numbers are shares of that row. The
# diagonal is correct. Adjectives and the rare tags ``PROPN`` and ``X`` have the most errors.

TokenConfusionMatrixDisplay.from_predictions(y_test, y_pred, normalize="true")
plt.show()

# %%
# Uncertain predictions
# ---------------------
#
# These are the words of the test sentences whose predicted tags have the lowest probabilities.

highest = np.concatenate([p.max(axis=1) for p in tagger.predict_proba(X_test)])
places = [(i, j) for i, words_ in enumerate(X_test) for j in range(len(words_))]
for k in np.argsort(highest)[:10]:
    i, j = places[k]
    around = " ".join([*X_test[i][max(0, j - 3) : j], f"[{words[k]}]", *X_test[i][j + 1 : j + 4]])
    verdict = "is correct" if pred[k] == true[k] else f"should be {true[k]}"
    print(f"{highest[k]:.2f}  {pred[k]:6} {verdict:16} {around}")

# %%
# To see whether the probabilities are calibrated, group the words by the probability of the
# predicted tag, and compute the accuracy of each group. On the dotted line, both are equal.

edges = np.array([0, 0.5, 0.7, 0.85, 0.95, 1])
group = np.clip(np.digitize(highest, edges) - 1, 0, len(edges) - 2)
probability = [highest[group == k].mean() for k in range(len(edges) - 1)]
accuracy = [(pred == true)[group == k].mean() for k in range(len(edges) - 1)]

fig, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
ax.plot([0.2, 1], [0.2, 1], ":", color="0.5")
ax.plot(probability, accuracy, "o-")
for k, (x, height) in enumerate(zip(probability, accuracy, strict=True)):
    ax.annotate(
        f"{np.sum(group == k)} words", (x, height), (-8, 5), textcoords="offset points", ha="right"
    )
ax.set(
    xlabel="mean probability of the predicted tag",
    ylabel="accuracy",
    title="Calibration",
    xlim=(0.2, 1.03),
    ylim=(0.2, 1.06),
)
plt.show()
