"""
=====================================
Tagging a text and showing the result
=====================================

This example reads tagged sentences from a file, tags a new text, and shows it in colours. How is
the result saved as a page for the browser, and as a file for other programs?
"""

# %%
# Reading a file
# --------------
#
# Files of tagged text have one word per line and a blank line after each sentence. This file has
# two columns: the word and its tag. :func:`~sklstm.datasets.read_conll` also reads CoNLL-U and
# similar formats.

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
# Splitting a text into words
# ---------------------------
#
# Split a text into words as the training sentences are split. Here punctuation marks are separate
# words, so a regular expression is enough.

TEXT = """The light in the cellar was on, and nobody could say who had left it so. My sister can
light a fire with wet wood. We ship the ship's bell on Monday, weather permitting. Book the early
train; the book can wait!"""

sentences = [
    re.findall(r"'s|\w+|[^\w\s]", sentence) for sentence in re.split(r"(?<=[.!?])\s+", TEXT)
]
print(sentences[1])

# %%
# Showing tagged text
# -------------------
#
# :class:`~sklstm.display.TaggedText` is coloured text in a notebook and on this page. Point at a
# word, or tick the checkbox, to see the probability of its tag.

TaggedText.from_estimator(tagger, sentences)

# %%
# Printed, it is plain text:

tagged = TaggedText.from_estimator(tagger, sentences)
print(tagged.to_text(width=80))

# %%
# Saving the result
# -----------------
#
# `to_html` returns a complete HTML page. :func:`~sklstm.datasets.write_conll` writes the format
# that ``read_conll`` reads.

(folder / "tagged.html").write_text(tagged.to_html(title="Cellar"), encoding="utf-8")
write_conll(folder / "tagged.tsv", sentences, tagger.predict(sentences), layout=["form", "upos"])
print(*(folder / "tagged.tsv").read_text(encoding="utf-8").splitlines()[:5], sep="\n")

# %%
# Finding uncertain tags
# ----------------------
#
# Before you publish the file, check the words whose tag has a low probability.

words = [word for sentence in sentences for word in sentence]
sure = np.concatenate([p.max(axis=1) for p in tagger.predict_proba(sentences)])
colors = np.where(sure < 0.7, "#d55e00", "#56b4e9")

fig, ax = plt.subplots(figsize=(9, 3), layout="constrained")
ax.bar(range(len(words)), sure, color=colors)
ax.axhline(0.7, color="0.4", linewidth=0.8, linestyle=":")
ax.set_xticks(range(len(words)), words, rotation="vertical", fontsize=8)
ax.set(ylabel="probability of the tag", xlim=(-1, len(words)), title="Tags below 0.7 are orange")
plt.show()

# %%
# Spans and errors
# ----------------
#
# With a scheme, the words of a span are shown together. With the true tags, errors have a red
# frame. Here one predicted name is too short, and another name is missing:

words = ["Ada", "Lovelace", "wrote", "to", "Charles", "Babbage", "from", "East", "Horsley", "."]
true = ["B-person", "I-person", "O", "O", "B-person", "I-person", "O", "B-place", "I-place", "O"]
pred = ["B-person", "I-person", "O", "O", "B-person", "O", "O", "O", "O", "O"]
TaggedText.from_predictions([words], [pred], y_true=[true], scheme="BIO")
