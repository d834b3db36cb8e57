"""
==========================================
Would more sentences help? Or more epochs?
==========================================

A tagger is not good enough. Should it train for longer, or should somebody tag more sentences? Two
kinds of curves answer: the score over epochs, and the score over the number of sentences.
"""

# %%
# Over epochs
# -----------
#
# A validation set that is passed to ``fit`` is scored after each epoch. It does not change the
# training; it shows how training goes.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
from sklearn.model_selection import LearningCurveDisplay, ShuffleSplit

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos
from sklstm.display import LossCurveDisplay

X, y = load_english_pos(subset="train", return_X_y=True)
X_val, y_val = load_english_pos(subset="test", return_X_y=True)

tagger = BiLSTMTagger(32, embedding_size=50, char_hidden_size=0, max_iter=20, random_state=0)
tagger.fit(X, y, X_val=X_val, y_val=y_val)
LossCurveDisplay.from_estimator(tagger)
plt.show()

# %%
# After some ten epochs both curves are nearly flat. The learning rate falls to zero over the
# epochs, and ``max_iter`` says over how many: a fit of fewer epochs is not the beginning of a
# longer one, and ends not far below.

short = BiLSTMTagger(**tagger.get_params() | {"max_iter": 10})
short.fit(X, y, X_val=X_val, y_val=y_val)
print(f"10 epochs: {short.validation_scores_[-1]:.3f}, 20: {tagger.validation_scores_[-1]:.3f}")

# %%
# Over sentences
# --------------
#
# scikit-learn's :class:`~sklearn.model_selection.LearningCurveDisplay` fits the tagger to ever
# more sentences. The samples that it counts and draws are sentences, for a sequence is a sample.

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
LearningCurveDisplay.from_estimator(
    short,
    X,
    y,
    train_sizes=[0.125, 0.25, 0.5, 1.0],
    cv=ShuffleSplit(3, test_size=0.2, random_state=0),
    score_type="both",
    score_name="accuracy over words",
    ax=ax,
)
ax.set(xscale="log", xlabel="sentences to learn from", title="More sentences would help")
ax.set_xticks([50, 100, 200, 400], [50, 100, 200, 400])
ax.minorticks_off()
ax.grid(alpha=0.3)
plt.show()

# %%
# Each doubling of the text buys several points, twice as many epochs bought two. On what
# it has learnt from, the tagger is nearly always right: it is not epochs that it lacks, but
# sentences. Tag more of them.
