"""
===================================
Reading, tagging and showing a text
===================================

Text comes in files and goes out to people. How do we read tagged sentences from a file, tag a new
text, show it in colours, and save it as a page for the browser and as a file for other programs?
"""

# %%
# Files
# -----
#
# Tagged text is published with one word a line, and a blank line after each sentence. This file
# has two columns, the word and its tag; ``read_conll`` also reads CoNLL-U and its relatives,
# compressed or not.

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
# From text to words
# ------------------
#
# A tagger wants words, split as those that it has learnt from: here punctuation is a word of its
# own. A pattern does for a plain text.

TEXT = """The light in the cellar was on, and nobody could say who had left it so. My sister can
light a fire with wet wood. We ship the ship's bell on Monday, weather permitting. Book the early
train; the book can wait!"""

sentences = [
    re.findall(r"'s|\w+|[^\w\s]", sentence) for sentence in re.split(r"(?<=[.!?])\s+", TEXT)
]
print(sentences[1])

# %%
# In colours
# ----------
#
# :class:`~sklstm.display.TaggedText` shows itself in notebooks, and on this page. Point at a word,
# or tick the box, to see how probable its tag is.

TaggedText.from_estimator(tagger, sentences)

# %%
# In a terminal, it is plain text:

tagged = TaggedText.from_estimator(tagger, sentences)
print(tagged.to_text(width=80))

# %%
# As a page and as a file
# -----------------------
#
# ``to_html`` returns a whole page that needs nothing else. ``write_conll`` writes what
# ``read_conll`` reads.

(folder / "tagged.html").write_text(tagged.to_html(title="Cellar"), encoding="utf-8")
write_conll(folder / "tagged.tsv", sentences, tagger.predict(sentences), layout=["form", "upos"])
print(*(folder / "tagged.tsv").read_text(encoding="utf-8").splitlines()[:5], sep="\n")

# %%
# Where to look twice
# -------------------
#
# Before the file goes out, somebody should read over the words of which the tagger is not sure.

words = [word for sentence in sentences for word in sentence]
sure = np.concatenate([p.max(axis=1) for p in tagger.predict_proba(sentences)])
colors = np.where(sure < 0.7, "#d55e00", "#56b4e9")

fig, ax = plt.subplots(figsize=(9, 3), layout="constrained")
ax.bar(range(len(words)), sure, color=colors)
ax.axhline(0.7, color="0.4", linewidth=0.8, linestyle=":")
ax.set_xticks(range(len(words)), words, rotation="vertical", fontsize=8)
ax.set(ylabel="probability of the tag", xlim=(-1, len(words)), title="Look twice at the red ones")
plt.show()

# %%
# Spans
# -----
#
# With a scheme, the words of a span are shown as one. These tags were written by hand:

TaggedText.from_predictions(
    [["Ada", "Lovelace", "wrote", "to", "Charles", "Babbage", "from", "East", "Horsley", "."]],
    [["B-person", "I-person", "O", "O", "B-person", "I-person", "O", "B-place", "I-place", "O"]],
    scheme="BIO",
)
