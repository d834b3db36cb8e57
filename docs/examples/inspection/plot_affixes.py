"""
===========================
Effects of suffixes on tags
===========================

The features of a word are the word, its prefixes, its suffixes and its shape. The tagger learns
from examples how each of them changes the probability of a tag: for instance, that *-ly* is a
suffix of adverbs. This example plots what it has learned.
"""

# %%
# The suffixes with the largest effects
# -------------------------------------
#
# :func:`~sklstm.inspection.feature_effects` computes how much each feature alone increases the
# log-odds of each tag. These are the suffixes with the largest effects on four tags:

from itertools import chain

import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos
from sklstm.inspection import feature_effects, similar_features

X, y = load_english_pos(subset="all", return_X_y=True)
tagger = BiLSTMTagger(64, random_state=0).fit(X, y)

effects = feature_effects(tagger, prefix="suffix=")
words = {word.lower() for word in chain(*X)}
fig, axes = plt.subplots(2, 2, figsize=(7.5, 6.5), layout="constrained", sharex=True)
for ax, tag in zip(axes.flat, ["NOUN", "VERB", "ADJ", "ADV"], strict=True):
    top = effects.top(tag, n=12)
    endings = [name.removeprefix("suffix=") for name, _ in top]
    n_words = [sum(word.endswith(ending) for word in words) for ending in endings]
    bars = ax.barh(range(len(top)), [effect for _, effect in top], color="#56b4e9")
    ax.bar_label(bars, [f"{n} word{'s' * (n > 1)}" for n in n_words], padding=3, fontsize=8)
    ax.set_yticks(range(len(top)), [f"-{ending}" for ending in endings])
    ax.invert_yaxis()
    ax.set_title(tag)
    ax.margins(x=0.25)
fig.supxlabel("effect on the log-odds of the tag")
plt.show()

# %%
# A suffix of a single word has the effect of that word. Suffixes of many words show regularities,
# so the next plot shows only suffixes of more than 20 words.

common = [
    k
    for k, name in enumerate(effects.names)
    if sum(word.endswith(name.removeprefix("suffix=")) for word in words) > 20
    and len(name.removeprefix("suffix=")) > 1
]
tags = ["NOUN", "VERB", "ADJ", "ADV", "PROPN"]
columns = [effects.classes.tolist().index(tag) for tag in tags]
table = effects.effects[np.ix_(common, columns)]
order = np.lexsort([-table.max(axis=1), table.argmax(axis=1)])
bound = np.abs(table).max()

fig, ax = plt.subplots(figsize=(5.5, 0.24 * len(common) + 1), layout="constrained")
image = ax.imshow(table[order], cmap="RdBu_r", vmin=-bound, vmax=bound, aspect="auto")
ax.set_yticks(
    range(len(common)), [f"-{effects.names[common[k]].removeprefix('suffix=')}" for k in order]
)
ax.set_xticks(range(len(tags)), tags)
ax.set_title("Endings of more than 20 words")
fig.colorbar(image, label="effect on the log-odds", shrink=0.6)
plt.show()

# %%
# Similar features
# ----------------
#
# Each feature has an embedding. :func:`~sklstm.inspection.similar_features` returns the features
# with the most similar embeddings.

for feature in ["suffix=ing", "suffix=ly", "word=my", "word=can"]:
    kind = feature.partition("=")[0] + "="
    names = [
        name.removeprefix(kind) for name, _ in similar_features(tagger, feature, 5, prefix=kind)
    ]
    print(f"{feature:12}", ", ".join(names))

# %%
# Possessive pronouns are similar to each other, and so are auxiliary verbs. The features next to
# *-ing* look accidental: training does not make embeddings of similar features similar, only tags
# correct.
