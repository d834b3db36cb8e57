"""
=========================================
Spans of words: CRF compared with softmax
=========================================

A chatbot that books tables has to find the time, the place and the dish in a request. Each of them
is a *span* of words: ``B-time`` is the tag of its first word, ``I-time`` that of all others, and
``O`` is outside of all spans. A softmax output chooses each tag independently, and can predict an
``I-`` tag that continues no span. A conditional random field (CRF) chooses the best sequence of
tags. Which one finds more spans?
"""

# %%
# Requests
# --------
#
# The requests are generated, with spans of one to five words.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.display import TokenConfusionMatrixDisplay, TransitionsDisplay
from sklstm.metrics import span_classification_report, span_f1_score

PATTERNS = """a table for {party} {time} please
can we come {time} with {party}
is {place} open {time}
we would like {dish} at {place} {time}
please send {dish} and {dish} to {place}
{party} at {place} , {time}
do you serve {dish} {time}
{dish} for {party} , we come {time}
move our table at {place} from {time} to {time}
{time} I would like to have {dish} with {party}""".splitlines()
FILLERS = {
    "party": """two|four people|six adults|a group of nine|my mother and me|the two of us|
        three adults and a child|eight people from work|five|the whole family|ten of my friends""",
    "time": """tonight|at seven|at half past eight|tomorrow at noon|on Friday|on Sunday at six|
        next week|in an hour|at noon|on the first of May|after work|before nine|this evening""",
    "place": """the harbour|the old mill|the blue room|the terrace|the garden|the bar by the window|
        the place on Mill Street|the first floor|the corner|the house by the old harbour""",
    "dish": """soup|fish|two bowls of soup|fish with lemon|bread and olives|the soup of the day|
        rice with beans|a plate of cheese|pancakes|the old man 's stew|noodles|lemon cake""",
}
FILLERS = {kind: [f.split() for f in text.split("|")] for kind, text in FILLERS.items()}


def make_request(rng):
    words, tags = [], []
    for part in rng.choice(PATTERNS).split():
        kind = part[1:-1] if part.startswith("{") else None
        span = FILLERS[kind][rng.integers(len(FILLERS[kind]))] if kind else [part]
        words += span
        tags += [f"B-{kind}", *[f"I-{kind}"] * (len(span) - 1)] if kind else ["O"]
    return [str(word) for word in words], tags


def mistype(words, rng):
    """Drop a letter of one word in five."""
    typed = []
    for word in words:
        k = rng.integers(len(word))
        typed.append(word[:k] + word[k + 1 :] if len(word) > 3 and rng.random() < 0.2 else word)
    return typed


rng = np.random.default_rng(0)
requests, tags = zip(*(make_request(rng) for _ in range(460)), strict=True)
X = [mistype(words, rng) for words in requests]
X, X_test, y, y_test = X[:60], X[60:], tags[:60], tags[60:]
for word, tag in zip(X[0], y[0], strict=True):
    print(f"{word:12}{tag}")

# %%
# Two outputs
# -----------
#
# With ``scheme="BIO"``, the CRF predicts only sequences that the scheme allows. There are only 60
# training requests, with typing errors.

params = {"hidden_layer_sizes": 32, "embedding_size": 50, "char_hidden_size": 16, "max_iter": 15}
softmax = BiLSTMTagger(**params, random_state=0).fit(X, y)
crf = BiLSTMTagger(**params, output="crf", scheme="BIO", random_state=0).fit(X, y)
print(span_classification_report(y_test, crf.predict(X_test), scheme="BIO"))

# %%
# Count the sequences that the scheme forbids, and score spans: a span is correct if its start, its
# end and its type are correct. Each tagger is trained with three random seeds.


def is_illegal(tags):
    return any(
        tag.startswith("I-") and before[2:] != tag[2:]
        for before, tag in zip(["O", *tags], tags, strict=False)
    )


results = {"softmax": [], "CRF": []}
for seed in range(3):
    for name, tagger in [("softmax", softmax), ("CRF", crf)]:
        y_pred = tagger.set_params(random_state=seed).fit(X, y).predict(X_test)
        f1 = span_f1_score(y_test, y_pred, scheme="BIO")
        results[name].append((f1, sum(map(is_illegal, y_pred))))
for name, pairs in results.items():
    for f1, n_illegal in pairs:
        print(f"{name:8} span F1 {f1:.3f}   illegal sequences {n_illegal} of {len(X_test)}")

# %%

fig, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained", sharey=True)
for row, pairs in enumerate(results.values()):
    for ax, values in zip(axes, zip(*pairs, strict=True), strict=True):
        ax.plot(values, [row] * 3, "o", alpha=0.6, color=["#0072b2", "#d55e00"][row])
axes[0].set_yticks([0, 1], results)
axes[0].set(ylim=(1.5, -0.5), xlabel="F1 of spans (right is better)")
axes[1].set(xlabel=f"illegal sequences of {len(X_test)} (left is better)", xlim=(-3, None))
for ax in axes:
    ax.grid(axis="x", alpha=0.4)
fig.suptitle("Each dot is one random seed")
plt.show()

# %%
# Learned transitions
# -------------------
#
# :class:`~sklstm.display.TransitionsDisplay` plots the score of each tag after each other tag. A
# cross marks a transition that the scheme forbids, such as ``I-time`` after ``O``.

display = TransitionsDisplay.from_estimator(crf)
display.figure_.set_size_inches(8, 7)
plt.show()

# %%
# Confused types
# --------------
#
# With a scheme, :class:`~sklstm.display.TokenConfusionMatrixDisplay` counts types of spans. The
# most frequent error of this CRF is a word of *party* that is predicted as *time*:

TokenConfusionMatrixDisplay.from_predictions(y_test, crf.predict(X_test), scheme="BIO")
plt.show()
