"""
=========================================
Learning curves over epochs and sentences
=========================================

To improve a tagger, you can train it for more epochs or on more sentences. This example plots the
score over epochs and the score over the number of sentences, which show what helps more.
"""

# %%
# Over epochs
# -----------
#
# If you pass a validation set to ``fit``, it is scored after each epoch. It does not change the
# training.

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
# After about ten epochs, both curves are nearly flat. The learning rate decreases to zero over
# ``max_iter`` epochs, so a fit of 10 epochs differs from the first half of a fit of 20 epochs, and
# is almost as good as the longer fit.

short = BiLSTMTagger(**tagger.get_params() | {"max_iter": 10})
short.fit(X, y, X_val=X_val, y_val=y_val)
print(f"10 epochs: {short.validation_scores_[-1]:.3f}, 20: {tagger.validation_scores_[-1]:.3f}")

# %%
# Over sentences
# --------------
#
# :class:`~sklearn.model_selection.LearningCurveDisplay` of scikit-learn fits the tagger on subsets
# of increasing size. A sample is a sentence.

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
ax.set(xscale="log", xlabel="training sentences", title="More sentences would help")
ax.set_xticks([50, 100, 200, 400], [50, 100, 200, 400])
ax.minorticks_off()
ax.grid(alpha=0.3)
plt.show()

# %%
# Twice as many sentences increase the accuracy by several percentage points, twice as many epochs
# by two. On the training sentences, nearly all tags are correct. More tagged sentences would help
# most.
