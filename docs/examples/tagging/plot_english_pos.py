"""
==================================
Parts of speech, from start to end
==================================

Is *can* a verb or a tin, and is *that* a pronoun or a conjunction? In English, a word alone often
does not say; the words around it do. We train a tagger on some five hundred sentences, ask how
often it is right in sentences that it has not seen, and look at what it takes for what.
"""

# %%
# The sentences
# -------------
#
# They come with the package. A sentence is a list of words, and its tags are a list of the same
# length.

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

print(len(X), "sentences to learn from,", len(X_test), "to test with")
for word, tag in zip(X[1], y[1], strict=True):
    print(f"{word:8}{tag}")

# %%
# *Can* and *can* occur in one sentence, once as an auxiliary and once as a noun. How common is
# that?

tags_of = defaultdict(set)
for word, tag in zip(chain(*X), chain(*y), strict=True):
    tags_of[word.lower()].add(tag)
n_ambiguous = sum(len(tags_of[word.lower()]) > 1 for word in chain(*X))
print(f"{n_ambiguous / sum(map(len, X)):.0%} of all words in the text have several tags in it.")

# %%
# Train and score
# ---------------
#
# A small network is enough here. ``score`` is the share of words that get the right tag. A tagger
# that gives each word its most frequent tag, and calls every other word a noun, is a fair rival.

tagger = BiLSTMTagger(hidden_layer_sizes=64, random_state=0).fit(X, y)

counts = defaultdict(Counter)
for word, tag in zip(chain(*X), chain(*y), strict=True):
    counts[word][tag] += 1
most_frequent = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
baseline = [[most_frequent.get(word, "NOUN") for word in words] for words in X_test]

true, pred = np.array([*chain(*y_test)]), np.array([*chain(*tagger.predict(X_test))])
words = np.array([*chain(*X_test)])
is_known = np.isin(words, list(counts))
is_rival_right = np.array([*chain(*baseline)]) == true

print("                 tagger   most frequent tag")
for name, part in [("all words", slice(None)), ("known words", is_known), ("new words", ~is_known)]:
    print(f"{name:16}{(pred == true)[part].mean():7.1%}{is_rival_right[part].mean():20.1%}")

# %%
# Words that it has never seen are tagged by their endings, their letters and their neighbours.
#
# Tag by tag
# ----------
#
# The metrics of :mod:`sklstm.metrics` take lists of lists as they are.
# :func:`~sklstm.metrics.token_classification_report` has a row for each tag.

y_pred = tagger.predict(X_test)
print(token_classification_report(y_test, y_pred, zero_division=0))

# %%
# What is taken for what? Each row of the picture is a true tag, and its numbers are shares of that
# row: the diagonal is what is right. Nouns, verbs and adjectives look alike in English, and are
# the hard part; a rare tag is easily missed.

TokenConfusionMatrixDisplay.from_predictions(y_test, y_pred, normalize="true")
plt.show()

# %%
# The hardest words
# -----------------
#
# Probabilities say where the tagger hesitates. Here are the words of the test sentences of whose
# tag it is least sure.

sure = np.concatenate([p.max(axis=1) for p in tagger.predict_proba(X_test)])
places = [(i, j) for i, words_ in enumerate(X_test) for j in range(len(words_))]
for k in np.argsort(sure)[:10]:
    i, j = places[k]
    around = " ".join([*X_test[i][max(0, j - 3) : j], f"[{words[k]}]", *X_test[i][j + 1 : j + 4]])
    verdict = "is right" if pred[k] == true[k] else f"should be {true[k]}"
    print(f"{sure[k]:.2f}  {pred[k]:6} {verdict:16} {around}")

# %%
# And is a tagger that is sure of itself right? Group the words by the highest probability of any
# tag, and see how many of each group are right. On the dotted line, the probability is just what
# it claims to be.

edges = np.array([0, 0.5, 0.7, 0.85, 0.95, 1])
group = np.clip(np.digitize(sure, edges) - 1, 0, len(edges) - 2)
claimed = [sure[group == k].mean() for k in range(len(edges) - 1)]
is_right = [(pred == true)[group == k].mean() for k in range(len(edges) - 1)]

fig, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
ax.plot([0.2, 1], [0.2, 1], ":", color="0.5")
ax.plot(claimed, is_right, "o-")
for k, (x, height) in enumerate(zip(claimed, is_right, strict=True)):
    ax.annotate(
        f"{np.sum(group == k)} words", (x, height), (-8, 5), textcoords="offset points", ha="right"
    )
ax.set(
    xlabel="mean probability of the tag chosen",
    ylabel="share of right tags",
    title="The surer, the more often right",
    xlim=(0.2, 1.03),
    ylim=(0.2, 1.06),
)
plt.show()
