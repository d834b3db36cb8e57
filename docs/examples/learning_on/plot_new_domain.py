"""
=============================
Fine-tuning on another domain
=============================

You have a tagger that was trained on prose, and want to tag recipes. They consist of commands, such
as *Whisk the batter*, and of words that are rare in prose. A few of them are tagged by hand. Is it
better to train on these recipes alone, to fine-tune the tagger on them, or to train a new tagger on
prose and recipes?
"""

# %%
# Data
# ----
#
# The prose comes with the package. The recipes are generated from patterns and lists of words. Half
# of the words occur in the test recipes only.

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
# Train on prose
# --------------

params = {"hidden_layer_sizes": 32, "embedding_size": 50, "char_hidden_size": 16, "max_iter": 8}
prose_tagger = BiLSTMTagger(**params, warm_start=True, random_state=0).fit(X_prose, y_prose)
X_other, y_other = load_english_pos(subset="test", return_X_y=True)
print(f"prose {prose_tagger.score(X_other, y_other):.3f}")
print(f"recipes {prose_tagger.score(X_test, y_test):.3f}")

true, pred = np.array([*chain(*y_test)]), np.array([*chain(*prose_tagger.predict(X_test))])
for tag in ("VERB", "NOUN"):
    print(f"recall of {tag} in recipes: {np.mean(pred[true == tag] == tag):.0%}")

# %%
# Fine-tune on recipes
# --------------------
#
# With ``warm_start=True``, a second call of ``fit`` starts from the present weights, and adds new
# words to the vocabulary. A lower learning rate keeps more of what was learned from prose.
# ``deepcopy`` keeps the first tagger unchanged.

print("features before:", len(prose_tagger.vocabulary_))
tuned = deepcopy(prose_tagger).set_params(learning_rate_init=0.003)
tuned.fit(X_recipes[:40], y_recipes[:40])
print("features after: ", len(tuned.vocabulary_))
print(tuned.predict([["Oil", "the", "pan", "and", "dice", "the", "butter", "."]])[0])

# %%
# Compare by the number of recipes
# --------------------------------
#
# Train in the three ways on 5 to 80 tagged steps of recipes.

sizes = [5, 10, 20, 40, 80]
curves = {"recipes alone": [], "prose, then recipes": [], "prose and recipes together": []}
on_prose = []
for size in sizes:
    X_few, y_few = X_recipes[:size], y_recipes[:size]
    alone = BiLSTMTagger(**params, random_state=0).fit(X_few, y_few)
    tuned = deepcopy(prose_tagger).set_params(learning_rate_init=0.003)
    tuned.fit(X_few, y_few)
    at_once = BiLSTMTagger(**params, random_state=0)
    at_once.fit([*X_prose, *X_few], [*y_prose, *y_few])
    for curve, tagger in zip(curves.values(), [alone, tuned, at_once], strict=True):
        curve.append(tagger.score(X_test, y_test))
    on_prose.append(tuned.score(X_other, y_other))

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for (name, curve), marker in zip(curves.items(), "sox", strict=True):
    ax.plot(sizes, curve, marker=marker, label=name)
ax.plot(sizes, on_prose, ":", color="C1", label="prose, then recipes: accuracy on prose")
ax.axhline(prose_tagger.score(X_test, y_test), ls="--", color="0.5", label="prose alone")
ax.set(xscale="log", xlabel="tagged steps of recipes", ylabel="accuracy")
ax.set_title("Fine-tuning needs the fewest tagged recipes")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend()
plt.show()

# %%
# Fine-tuning needs fewer tagged recipes, and is faster than training on both corpora. But the
# accuracy on prose decreases (dotted line). If you need both, add some prose to the second training
# set.
