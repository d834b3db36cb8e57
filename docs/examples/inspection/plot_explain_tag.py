"""
============================
Explaining the tag of a word
============================

The tagger predicts that *book* is a verb in one sentence and a noun in another. This example
computes and plots which words, and which features of a word, are evidence for a tag.
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
# Contributions of words
# ----------------------
#
# :func:`~sklstm.inspection.explain_tag` takes a sentence and the position of a word. It replaces
# each word by an unknown one, and computes how much that changes the log-odds of the tag. A
# positive contribution is evidence for the tag, a negative one is evidence against it.

explanation = explain_tag(tagger, sentences[0], 2)
ExplanationDisplay(explanation).plot()
plt.show()

# %%
# The word itself is evidence for a verb, and so are *will* before it and *a* after it. In the other
# sentence, *a* before it is evidence for a noun:

explanation = explain_tag(tagger, sentences[1], 3)
ExplanationDisplay(explanation).plot()
plt.show()

# %%
# Another tag
# -----------
#
# Pass `tag` to explain a tag that was not predicted.

explanation = explain_tag(tagger, sentences[1], 3, tag="VERB")
ExplanationDisplay(explanation).plot()
plt.show()

# %%
# Features of an unknown word
# ---------------------------
#
# *Unrolled* is not in the training sentences. An explanation also has the contributions of the
# features of each word: prefixes, suffixes, shape and characters. With the method "gradient", they
# add up to the contribution of the word.

words = ["She", "unrolled", "the", "map", "."]
explanation = explain_tag(tagger, words, 1, method="gradient")
print("Seen before:", any("unrolled" in sentence for sentence in X))
print("Tag:", explanation.tag)
for position, feature, contribution in explanation.top(8):
    print(f"{contribution:+6.2f}  {words[position]:10} {feature}")

# %%
# Plot the features of *unrolled* only:

ExplanationDisplay(explanation).plot(token=1)
plt.show()
