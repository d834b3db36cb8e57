"""
============================
Read, tag and display a text
============================

How do you read tagged sentences from a file, tag a new text, and show or save the result? This
example reads a file with one word per line, tags a plain text, and writes it as HTML and as a file
for other programs.
"""

# %%
# Read a file
# -----------
#
# Tagged text is published with one word per line, and a blank line after each sentence. This file
# has two columns, the word and its tag. :func:`~sklstm.datasets.read_conll` also reads CoNLL-U and
# similar formats, and compressed files.

import re
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos, read_conll, write_conll
from sklstm.display import TaggedText

folder = Path(tempfile.mkdtemp())
write_conll(folder / "train.tsv", *load_english_pos(return_X_y=True), layout=["form", "upos"])
print(*(folder / "train.tsv").read_text(encoding="utf-8").splitlines()[:5], sep="\n")

X, y = read_conll(folder / "train.tsv", layout=None)
tagger = BiLSTMTagger(64, random_state=0).fit(X, y)

# %%
# Split text into words
# ---------------------
#
# Text must be split into words in the same way as the training data, in which punctuation marks are
# separate words. A regular expression is enough here.

TEXT = """The light in the cellar was on, and nobody could say who had left it so. My sister can
light a fire with wet wood. We ship the ship's bell on Monday, weather permitting. Book the early
train; the book can wait!"""

sentences = [
    re.findall(r"'s|\w+|[^\w\s]", sentence) for sentence in re.split(r"(?<=[.!?])\s+", TEXT)
]
print(sentences[1])

# %%
# Display tagged text
# -------------------
#
# A notebook shows :class:`~sklstm.display.TaggedText` in colours. Point at a word, or tick the box,
# to see the probability of its tag.

TaggedText.from_estimator(tagger, sentences)

# %%
# In a terminal, use plain text:

tagged = TaggedText.from_estimator(tagger, sentences)
print(tagged.to_text(width=80))

# %%
# Save as HTML and CoNLL
# ----------------------
#
# ``to_html`` returns a complete page. :func:`~sklstm.datasets.write_conll` writes a file that
# ``read_conll`` reads.

(folder / "tagged.html").write_text(tagged.to_html(title="Cellar"), encoding="utf-8")
write_conll(folder / "tagged.tsv", sentences, tagger.predict(sentences), layout=["form", "upos"])
print(*(folder / "tagged.tsv").read_text(encoding="utf-8").splitlines()[:5], sep="\n")

# %%
# Uncertain words
# ---------------
#
# Check the words whose tags have a low probability by hand.

words = [word for sentence in sentences for word in sentence]
highest = np.concatenate([p.max(axis=1) for p in tagger.predict_proba(sentences)])
colors = np.where(highest < 0.7, "#d55e00", "#56b4e9")

fig, ax = plt.subplots(figsize=(9, 3), layout="constrained")
ax.bar(range(len(words)), highest, color=colors)
ax.axhline(0.7, color="0.4", linewidth=0.8, linestyle=":")
ax.set_xticks(range(len(words)), words, rotation="vertical", fontsize=8)
ax.set(ylabel="probability of the tag", xlim=(-1, len(words)), title="Words to check are red")
plt.show()

# %%
# Display spans
# -------------
#
# With a `scheme`, the words of a span are shown together. These tags were written by hand:

TaggedText.from_predictions(
    [["Ada", "Lovelace", "wrote", "to", "Charles", "Babbage", "from", "East", "Horsley", "."]],
    [["B-person", "I-person", "O", "O", "B-person", "I-person", "O", "B-place", "I-place", "O"]],
    scheme="BIO",
)
