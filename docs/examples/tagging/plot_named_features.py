"""
================================
Dict features for named entities
================================

Often more is known about a word than its spelling, for instance that it is in a list of first
names. Each word is then a ``dict`` of features, in the form that ``DictVectorizer`` and
``sklearn_crfsuite.CRF`` take. Which features improve the recognition of names? This example
compares four sets of features.
"""

# %%
# Data
# ----
#
# The sentences are generated. Training and test sentences have different names, so that no name can
# be memorized. Some words, such as *Lincoln*, occur in names of several kinds.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score

from sklstm import BiLSTMTagger
from sklstm.metrics import on_tokens

NAMES = {
    "given": """Ada Bruno Chiara Dmytro Elif Farid Greta Hugo Ines Jonas Kamila Lars Mira Nadia
        Oskar Paula Quentin Rosa Stefan Tamar Ursula Viktor Wanda Yusuf Zofia Anton Berta Carlos""",
    "surname": """Almeida Brandt Castillo Dvorak Eriksen Fischer Gruber Haddad Ivanova Jansen
        Kowalski Lindgren Moretti Novak Okafor Petrov Quist Romero Santos Tanaka""",
    "place": """Bologna Cracow Dnipro Essen Freiburg Ghent Helsinki Izmir Jena Kaunas Leipzig
        Malaga Nantes Odense Porto Riga Seville Turin Utrecht Vienna""",
    "surname or place": """Lincoln Hamilton Florence Austin Sydney Jackson Victoria Madison Houston
        Georgia Chester Preston Carlisle Lancaster Wellington Darwin Nelson Raleigh Kent York""",
    "organisation": "Bank Airlines Motors Foods Institute Press Energy Insurance Museum Theatre",
}
NAMES = {kind: names.split() for kind, names in NAMES.items()}
PATTERNS = """{person} moved from {place} to {place} last year .
Yesterday {person} left {organisation} .
{organisation} has opened a shop in {place} .
The mayor of {place} met {person} on Monday .
We flew to {place} with {organisation} .
{person} and {person} work for {organisation} in {place} .
Nobody at {organisation} had heard of {person} .
In {place} it rained for a week .
{person} sold {organisation} to {organisation} .
According to {person} , {place} is worth a visit .
Shares of {organisation} fell on Friday .
The train to {place} was late , said {person} .
{place} will play against {place} on Sunday .
Our guide , {person} , grew up in {place} .""".splitlines()


def make_name(kind, names, rng):
    surname = rng.choice(names["surname"] + names["surname or place"])
    place = rng.choice(names["place"] + names["surname or place"])
    if kind == "person":
        return [rng.choice(names["given"]), surname] if rng.random() < 0.6 else [surname]
    if kind == "place":
        return [place]
    eponym = surname if rng.random() < 0.5 else place
    what = rng.choice(NAMES["organisation"])
    return [what, "of", eponym] if rng.random() < 0.3 else [eponym, what]


def make_sentence(names, rng):
    words, tags = [], []
    for part in rng.choice(PATTERNS).split():
        name = make_name(part[1:-1], names, rng) if part.startswith("{") else [part]
        words += [str(word) for word in name]
        tags += [part[1:-1] if part.startswith("{") else "O"] * len(name)
    return words, tags


def make_sentences(n_sentences, half, seed):
    names = {kind: some[half::2] for kind, some in NAMES.items()}
    rng = np.random.default_rng(seed)
    return zip(*(make_sentence(names, rng) for _ in range(n_sentences)), strict=True)


sentences, y = make_sentences(150, half=0, seed=0)
sentences_test, y_test = make_sentences(200, half=1, seed=1)
for words, tags in list(zip(sentences, y, strict=True))[:3]:
    print(" ".join(f"{w}/{t}" if t != "O" else w for w, t in zip(words, tags, strict=True)))

# %%
# Features
# --------
#
# A function converts a word of a sentence to a dict. Strings, booleans and numbers can be mixed.
# Leave out missing features.


def spelling(words, i):
    word = words[i]
    return {
        "lower": word.lower(),
        "ending": [word[-3:], word[-2:]],
        "is_title": word.istitle(),
        "is_first": i == 0,
    }


def with_neighbours(words, i):
    features = spelling(words, i)
    if i > 0:
        features["before"] = {"lower": words[i - 1].lower(), "is_title": words[i - 1].istitle()}
    if i < len(words) - 1:
        features["after"] = {"lower": words[i + 1].lower(), "is_title": words[i + 1].istitle()}
    return features


def with_list(words, i):
    return spelling(words, i) | {"is_given_name": words[i] in NAMES["given"]}


def features_of(sentences, function):
    return [[function(words, i) for i in range(len(words))] for words in sentences]


print(with_list(sentences[0], 0))

# %%
# Comparison
# ----------
#
# The LSTM reads the neighbours of a word. Features of neighbours, as they are common for a CRF
# without a network, and a list of first names may add information.
# :func:`~sklstm.metrics.on_tokens` applies the F1 score of scikit-learn to the words of all
# sentences.

ways = {
    "words, no dicts": (sentences, sentences_test),
    "spelling": (features_of(sentences, spelling), features_of(sentences_test, spelling)),
    "spelling, neighbours": (
        features_of(sentences, with_neighbours),
        features_of(sentences_test, with_neighbours),
    ),
    "spelling, list of first names": (
        features_of(sentences, with_list),
        features_of(sentences_test, with_list),
    ),
}
kinds = ["organisation", "person", "place"]
params = {"embedding_size": 50, "char_hidden_size": 16, "batch_size": 8}
scores = {}
for name, (X, X_test) in ways.items():
    runs = []
    for seed in range(5):
        tagger = BiLSTMTagger(32, **params, random_state=seed)
        y_pred = tagger.fit(X, y).predict(X_test)
        runs.append(on_tokens(f1_score)(y_test, y_pred, labels=kinds, average=None))
    scores[name] = np.array(runs)
    print(f"{name:30}", scores[name].mean(axis=0).round(3))

# %%
# Each small dot is one random seed, each large dot the mean of five.

fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for k, (kind, color) in enumerate(zip(kinds, ["#0072b2", "#d55e00", "#009e73"], strict=True)):
    for row, values in enumerate(scores.values()):
        height = row + (k - 1) * 0.2
        ax.plot(values[:, k], [height] * 5, ".", color=color, alpha=0.5)
        ax.plot(values[:, k].mean(), height, "o", color=color, label=kind if row == 0 else None)
ax.set_yticks(range(len(scores)), scores)
ax.invert_yaxis()
ax.grid(axis="x", alpha=0.4)
ax.set(xlabel="F1 over words of test sentences", title="F1 by features")
fig.legend(loc="outside right center")
plt.show()

# %%
# Features of neighbours improve places, which follow words such as *to* and *in*. But persons get
# worse: there are more features to learn, from the same number of sentences. The list of first
# names improves persons, and hardly changes the others. Measure the effect of a feature before you
# collect it.
