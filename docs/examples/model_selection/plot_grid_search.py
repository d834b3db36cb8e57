"""
==========================
Grid search for parameters
==========================

This example searches for the number of units and the learning rate with ``GridSearchCV``, and plots
the scores and the time of a fit.
"""

# %%
# Search
# ------
#
# The grid has nine combinations. With ``cv=3``, each is fitted three times on two thirds of the
# sentences, and scored on the other third. Pass ``n_jobs=-1`` to use all cores.

from timeit import repeat

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos

X, y = load_english_pos(subset="train", return_X_y=True)
X_test, y_test = load_english_pos(subset="test", return_X_y=True)

grid = {"hidden_layer_sizes": [4, 16, 64], "learning_rate_init": [0.002, 0.01, 0.05]}
tagger = BiLSTMTagger(embedding_size=50, char_hidden_size=0, max_iter=4, random_state=0)
search = GridSearchCV(tagger, grid, cv=3).fit(X, y)
print(search.best_params_)
print(
    f"in the search {search.best_score_:.3f}, on new sentences {search.score(X_test, y_test):.3f}"
)

# %%
# The search fits the best tagger again, on all sentences, and predicts with it:

print(search.predict([["They", "book", "a", "room", "."]])[0])

# %%
# Scores of all combinations
# --------------------------
#
# ``cv_results_`` has the scores in the order of the grid, in which the first parameter changes
# slowest. The number after ± is the standard deviation over the three folds.

shape = len(grid["hidden_layer_sizes"]), len(grid["learning_rate_init"])
mean = search.cv_results_["mean_test_score"].reshape(shape)
std = search.cv_results_["std_test_score"].reshape(shape)

fig, ax = plt.subplots(figsize=(5.5, 4.4), layout="constrained")
image = ax.imshow(mean, cmap="viridis")
for (row, column), value in np.ndenumerate(mean):
    ax.text(
        column,
        row,
        f"{value:.3f}\n± {std[row, column]:.3f}",
        ha="center",
        va="center",
        color="white" if value < (mean.min() + mean.max()) / 2 else "black",
    )
ax.set_xticks(range(shape[1]), grid["learning_rate_init"])
ax.set_yticks(range(shape[0]), grid["hidden_layer_sizes"])
ax.set(
    xlabel="learning_rate_init", ylabel="hidden_layer_sizes", title="Accuracy in cross-validation"
)
fig.colorbar(image, shrink=0.8)
plt.show()

# %%
# Score and time
# --------------
#
# A larger network needs more time. ``cv_results_`` has the mean time of the fits, which depends on
# other programs that run at the same time. For a better measurement, fit each size again three
# times, with its best learning rate, and take the shortest time.

best = mean.argmax(axis=1)
seconds = []
for units, column in zip(grid["hidden_layer_sizes"], best, strict=True):
    rate = grid["learning_rate_init"][column]
    tagger.set_params(hidden_layer_sizes=units, learning_rate_init=rate)
    seconds.append(min(repeat(lambda: tagger.fit(X, y), number=1, repeat=3)))

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(seconds, mean.max(axis=1), "o-")
for units, x, height in zip(grid["hidden_layer_sizes"], seconds, mean.max(axis=1), strict=True):
    ax.annotate(f"{units} units", (x, height), (8, -5), textcoords="offset points")
ax.set(
    xlabel="seconds of a fit",
    ylabel="accuracy in cross-validation",
    xlim=(0, 1.25 * max(seconds)),
    ylim=(None, mean.max() + 0.03),
    title="Accuracy and time of the three networks",
)
ax.grid(alpha=0.3)
plt.show()
