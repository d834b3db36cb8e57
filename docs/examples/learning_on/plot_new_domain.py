"""
========================================
A new kind of text: fine-tuning a tagger
========================================

A tagger that has learnt from everyday prose is to tag recipes. They speak in commands, *Whisk the
batter*, with words that it has hardly seen, and with a verb at the beginning, where prose has its
subject. Somebody tags a few of them by hand. Is it better to learn from these alone, to go on from
the tagger that there is, or to learn everything anew?
"""

# %%
# Prose and recipes
# -----------------
#
# The prose comes with the package. The recipes are made up, by patterns whose words are drawn from
# lists, half of which occur in the recipes to test with alone.

from copy import deepcopy
from itertools import chain

import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos

X_prose, y_prose = load_english_pos(subset="train", return_X_y=True)

PATTERNS = """VERB the/DET NOUN and/CCONJ VERB the/DET NOUN ./PUNCT
VERB NUM NOUN of/ADP NOUN over/ADP the/DET NOUN ./PUNCT
VERB the/DET ADJ NOUN ADV ,/PUNCT then/ADV VERB it/PRON with/ADP NOUN ./PUNCT
VERB in/ADP the/DET NOUN until/SCONJ ADJ ,/PUNCT about/ADV NUM minutes/NOUN ./PUNCT
When/SCONJ the/DET NOUN is/AUX ADJ ,/PUNCT VERB the/DET NOUN ./PUNCT
ADV VERB NOUN ,/PUNCT NOUN and/CCONJ NOUN ./PUNCT
Do/AUX not/PART VERB the/DET NOUN ;/PUNCT VERB it/PRON ADV ./PUNCT
VERB NUM NOUN in/ADP a/DET ADJ NOUN ./PUNCT
To/PART VERB ,/PUNCT VERB NOUN on/ADP the/DET ADJ NOUN ./PUNCT
VERB and/CCONJ VERB the/DET NOUN NOUN ./PUNCT""".splitlines()
WORDS = {
    "VERB": """whisk simmer drain butter flour salt water oil sieve pepper dice core peel chop toast
        grate sauce season knead baste dress garnish ice skin stir broil poach glaze cream zest
        shell stuff reserve layer braise mince trim fold coat brush""",
    "NOUN": """butter flour salt water oil sieve pepper dice core peel chop toast sauce dressing ice
        skin cream zest shell stuffing layer coat brush batter dough onions garlic thyme skillet
        whisk saucepan parsley rind broth fillets cloves yolks lemon pan bowl""",
    "ADJ": """tender crisp golden soft large boiling smooth warm cold brown thick sticky lukewarm
        remaining chopped toasted peeled beaten""",
    "ADV": "gently evenly thinly quickly slowly coarsely lightly well finely thoroughly",
    "NUM": "two three four 10 15 20 half 200 six 45",
}
WORDS = {tag: words.split() for tag, words in WORDS.items()}


def make_step(lists, rng):
    words, tags = [], []
    for part in rng.choice(PATTERNS).split():
        word, _, tag = part.rpartition("/")
        words.append(word or str(rng.choice(lists[tag])))
        tags.append(tag)
    return [words[0].capitalize(), *words[1:]], tags


def make_recipes(n_steps, share, seed):
    rng = np.random.default_rng(seed)
    lists = {tag: words[: int(share * len(words))] for tag, words in WORDS.items()}
    return zip(*(make_step(lists, rng) for _ in range(n_steps)), strict=True)


X_recipes, y_recipes = make_recipes(80, 0.5, seed=0)
X_test, y_test = make_recipes(200, 1.0, seed=1)
for words in X_test[:4]:
    print(" ".join(words))

# %%
# The tagger that there is
# ------------------------

params = {"hidden_layer_sizes": 32, "embedding_size": 50, "char_hidden_size": 16, "max_iter": 8}
prose_tagger = BiLSTMTagger(**params, warm_start=True, random_state=0).fit(X_prose, y_prose)
X_other, y_other = load_english_pos(subset="test", return_X_y=True)
print(f"prose {prose_tagger.score(X_other, y_other):.3f}")
print(f"recipes {prose_tagger.score(X_test, y_test):.3f}")

true, pred = np.array([*chain(*y_test)]), np.array([*chain(*prose_tagger.predict(X_test))])
for tag in ("VERB", "NOUN"):
    print(
        f"of the words that are {tag} in recipes, {np.mean(pred[true == tag] == tag):.0%} are found"
    )

# %%
# Going on with a few recipes
# ---------------------------
#
# With ``warm_start=True`` a further call of ``fit`` goes on from the weights that are there; new
# words join the vocabulary. A lower learning rate keeps more of what was learnt before.
# ``deepcopy`` leaves the old tagger as it is, for further use.

print("features known before:", len(prose_tagger.vocabulary_))
tuned = deepcopy(prose_tagger).set_params(learning_rate_init=0.003)
tuned.fit(X_recipes[:40], y_recipes[:40])
print("features known after: ", len(tuned.vocabulary_))
print(tuned.predict([["Oil", "the", "pan", "and", "dice", "the", "butter", "."]])[0])

# %%
# How many recipes does it take?
# ------------------------------
#
# The three ways, for ever more steps of recipes.

sizes = [5, 10, 20, 40, 80]
curves = {"recipes alone": [], "prose, then recipes": [], "prose and recipes at once": []}
forgotten = []
for size in sizes:
    X_few, y_few = X_recipes[:size], y_recipes[:size]
    alone = BiLSTMTagger(**params, random_state=0).fit(X_few, y_few)
    tuned = deepcopy(prose_tagger).set_params(learning_rate_init=0.003)
    tuned.fit(X_few, y_few)
    at_once = BiLSTMTagger(**params, random_state=0)
    at_once.fit([*X_prose, *X_few], [*y_prose, *y_few])
    for curve, tagger in zip(curves.values(), [alone, tuned, at_once], strict=True):
        curve.append(tagger.score(X_test, y_test))
    forgotten.append(tuned.score(X_other, y_other))

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for (name, curve), marker in zip(curves.items(), "sox", strict=True):
    ax.plot(sizes, curve, marker=marker, label=name)
ax.plot(sizes, forgotten, ":", color="C1", label="prose, then recipes: accuracy on prose")
ax.axhline(prose_tagger.score(X_test, y_test), ls="--", color="0.5", label="prose alone")
ax.set(xscale="log", xlabel="steps of recipes that somebody has tagged", ylabel="accuracy")
ax.set_title("Going on from what there is takes the fewest recipes")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend()
plt.show()

# %%
# Going on from the tagger that there is needs a fraction of the recipes, and takes moments where
# learning everything anew takes as long as ever. Its price is the dotted line: the more it learns
# of recipes, the more it forgets of prose. Whoever needs both can mix some prose into what it
# goes on with.
