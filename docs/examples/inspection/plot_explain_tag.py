"""
=============
Why this tag?
=============

The tagger says that *book* is a verb here, and a noun there. What made it say so: the word itself,
its ending, or the words around it? An explanation shares out the evidence for one tag of one word
over all that the tagger has read.
"""

# %%
# One word, two tags
# ------------------

import matplotlib.pyplot as plt

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos
from sklstm.display import ExplanationDisplay
from sklstm.inspection import explain_tag

X, y = load_english_pos(subset="train", return_X_y=True)
tagger = BiLSTMTagger(64, random_state=0).fit(X, y)

sentences = [
    ["She", "will", "book", "a", "room", "."],
    ["She", "read", "a", "book", "in", "her", "room", "."],
]
for words, tags in zip(sentences, tagger.predict(sentences), strict=True):
    print("  ".join(f"{word}/{tag}" for word, tag in zip(words, tags, strict=True)))

# %%
# A verb between *will* and *a*
# -----------------------------
#
# :func:`~sklstm.inspection.explain_tag` takes a sentence and the position of a word in it. What it
# explains are the log-odds of the tag. Here it leaves out one word after the other, and looks at
# how far that changes them: a positive number spoke for the tag, a negative one against it.

explanation = explain_tag(tagger, sentences[0], 2)
ExplanationDisplay(explanation).plot()
plt.show()

# %%
# The word itself speaks for the verb, and so do *will* before it and *a* after it: verbs have
# objects. In the other sentence it follows *a*, and that decides:

explanation = explain_tag(tagger, sentences[1], 3)
ExplanationDisplay(explanation).plot()
plt.show()

# %%
# Why not the other tag?
# ----------------------
#
# Ask for a tag that was not chosen, and see what spoke for it and what against it.

explanation = explain_tag(tagger, sentences[1], 3, tag="VERB")
ExplanationDisplay(explanation).plot()
plt.show()

# %%
# A word that it has never seen
# -----------------------------
#
# *Unrolled* is not in the training sentences. The evidence of each word can be taken apart into
# that of its features, here by the gradient: affixes, shape and letters.

words = ["She", "unrolled", "the", "map", "."]
explanation = explain_tag(tagger, words, 1, method="gradient")
print("Seen before:", any("unrolled" in sentence for sentence in X))
print("Tag:", explanation.tag)
for position, feature, contribution in explanation.top(8):
    print(f"{contribution:+6.2f}  {words[position]:10} {feature}")

# %%
# The same for *unrolled* alone, as a picture:

ExplanationDisplay(explanation).plot(token=1)
plt.show()
