"""
========================
Pre-trained word vectors
========================

Tagged sentences are expensive, but text without tags is cheap. Words with similar use occur next to
the same words, so counts of neighbours give each word a vector. With these vectors, a tagger has
information about words that do not occur in its tagged sentences. How much does the accuracy
improve?
"""

# %%
# An artificial language
# ----------------------
#
# The words of this language are random letters, so that their spelling says nothing about their
# tags. Each word has one part of speech. Sentences follow a simple grammar, and some words are
# frequent, as in real text.

from collections import Counter
from itertools import chain, pairwise

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse import coo_array
from sklearn.decomposition import TruncatedSVD

from sklstm import BiLSTMTagger

SIZES = {"NOUN": 400, "VERB": 200, "ADJ": 150, "ADV": 80, "DET": 5, "ADP": 8}
GRAMMAR = [
    "DET NOUN VERB",
    "DET ADJ NOUN VERB ADV",
    "DET NOUN VERB DET NOUN",
    "ADV DET NOUN VERB",
    "DET NOUN ADP DET NOUN VERB ADV",
    "DET ADJ ADJ NOUN VERB ADP DET NOUN",
    "DET NOUN ADV VERB",
]

rng = np.random.default_rng(0)
letters = np.array(list("abdegiklmnorstu"))
spellings = {"".join(rng.choice(letters, size=rng.integers(4, 8))) for _ in range(1200)}
all_words = rng.permutation(sorted(spellings)).tolist()
lexicon = {tag: [all_words.pop() for _ in range(size)] for tag, size in SIZES.items()}


def make_sentence():
    tags = str(rng.choice(GRAMMAR)).split()
    ranks = [int(SIZES[tag] ** rng.random()) - 1 for tag in tags]  # low ranks are more frequent
    return [lexicon[tag][rank] for tag, rank in zip(tags, ranks, strict=True)], tags


sentences, tags = zip(*(make_sentence() for _ in range(6000)), strict=True)
X_test, y_test = sentences[-400:], tags[-400:]
text = sentences[:-400]  # only the tags of the first few are used
for words, names in list(zip(text, tags, strict=False))[:2]:
    print(" ".join(f"{word}/{name}" for word, name in zip(words, names, strict=True)))

# %%
# Word vectors from text without tags
# -----------------------------------
#
# Count, for each word, how often each other word is directly before and directly after it. The
# logarithm reduces the weight of frequent words, and a singular value decomposition reduces the
# counts to 20 numbers.


def vectors_from_text(sentences, n_components=20):
    counts = Counter()
    words = sorted(set(chain(*sentences)))
    row = {word: k for k, word in enumerate(words)}
    for sentence in sentences:
        for before, after in pairwise(sentence):
            counts[row[after], row[before]] += 1
            counts[row[before], len(words) + row[after]] += 1
    rows, columns = np.array(list(counts)).T
    values = np.log1p(list(counts.values()))
    matrix = coo_array((values, (rows, columns)), shape=(len(words), 2 * len(words))).tocsr()
    vectors = TruncatedSVD(n_components, random_state=0).fit_transform(matrix)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(words, vectors * np.sqrt(n_components / 4), strict=True))


vectors = vectors_from_text(text)
tag_of = {word: tag for tag, words in lexicon.items() for word in words}

# %%
# Plot the first three numbers of each vector. The colours are the true parts of speech, which were
# not used to compute the vectors.

fig, axes = plt.subplots(1, 2, figsize=(8.5, 4), layout="constrained", sharey=True)
palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00"]
colors = dict(zip(SIZES, palette, strict=True))
for ax, column in zip(axes, [0, 2], strict=True):
    for tag in SIZES:
        points = np.array([vector for word, vector in vectors.items() if tag_of[word] == tag])
        ax.plot(points[:, column], points[:, 1], "o", ms=3, color=colors[tag], label=tag)
    ax.set_xlabel(f"number {column + 1} of the vector")
axes[0].set_ylabel("number 2 of the vector")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", markerscale=2)
fig.suptitle("Words with the same part of speech have similar vectors")
plt.show()

# %%
# Accuracy with and without vectors
# ---------------------------------
#
# Two taggers are trained on the same tagged sentences. One of them gets the vectors.

sizes = [10, 30, 100, 300]
params = {"hidden_layer_sizes": 24, "embedding_size": 32, "char_hidden_size": 8, "max_iter": 8}
scores = {"without vectors": [], "with vectors": []}
for size in sizes:
    for name, embeddings in zip(scores, [None, vectors], strict=True):
        tagger = BiLSTMTagger(**params, embeddings=embeddings, random_state=0)
        scores[name].append(tagger.fit(sentences[:size], tags[:size]).score(X_test, y_test))

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for (name, values), marker in zip(scores.items(), "so", strict=True):
    ax.plot(sizes, values, marker=marker, label=name)
ax.set(xscale="log", xlabel="tagged sentences", ylabel="accuracy", title="Few tagged sentences")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend()
plt.show()

# %%
# The gain is largest with few tagged sentences. In real languages, the spelling of a word says
# something about its tag, so the gain is smaller than here: :doc:`/accuracy` has figures. To read
# published vectors, use :func:`~sklstm.datasets.read_vectors`.
