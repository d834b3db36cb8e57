"""
==============================================
A pipeline: the lines of a page, text and size
==============================================

What is each line of a scanned cookbook: a title, an ingredient, a step, a remark? Here a token is
a whole line, and a page is a sequence of lines. Of a line we know its text, and the height and
indent that the scanner has measured. scikit-learn has transformers for each of them.
:class:`~sklstm.preprocessing.TokenTransformer` lets them work on the tokens of sequences, and a
search finds parameters of all steps at once.
"""

# %%
# Pages
# -----
#
# We make them up. A page is a data frame with a row for each line. The scanner measures badly, so
# that height and indent do not give the answer away, and the words are shared: *Lemon sauce* is a
# title on one page, and something to add on another.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.preprocessing import TokenTransformer

FOODS = ["lemon", "rice", "onion", "apple", "butter", "cream", "fish", "carrot", "pepper", "honey"]
DISHES = ["sauce", "soup", "cake", "pie", "salad", "stew", "bread", "cream"]
VERBS = ["chop", "stir", "bake", "peel", "melt", "whip", "boil", "season"]
REMARKS = [
    "keeps for a week",
    "best with {} {}",
    "serve warm",
    "add {} if you like",
    "{} {} will do",
]
LABELS = ["ingredient", "remark", "step", "title"]
HEIGHT = {"title": 14, "ingredient": 10, "step": 10, "remark": 9}
INDENT = {"title": 8, "ingredient": 4, "step": 1, "remark": 5}


def make_line(label, rng):
    food, dish, verb = (str(rng.choice(words)) for words in (FOODS, DISHES, VERBS))
    if label == "title" or (label == "ingredient" and rng.random() < 0.4):
        text = f"{food} {dish}"
    elif label == "ingredient":
        text = f"{rng.integers(1, 500)} {rng.choice(['g', 'cups', 'spoons of', ''])} {food}"
    elif label == "step":
        text = f"{verb} the {food}" + str(
            rng.choice(["", f" and the {rng.choice(FOODS)}", f" into the {dish}"])
        )
    else:
        text = str(rng.choice(REMARKS)).format(food, dish)
    height, indent = HEIGHT[label] + rng.normal(scale=4), INDENT[label] + rng.normal(scale=5)
    return {"text": text.capitalize(), "height": height, "indent": indent}


def make_page(rng):
    labels = []
    for _ in range(rng.integers(1, 4)):
        labels += ["title"] + ["ingredient"] * rng.integers(2, 6) + ["step"] * rng.integers(2, 5)
        labels += ["remark"] * rng.integers(0, 3)
    return pd.DataFrame([make_line(label, rng) for label in labels]), labels


rng = np.random.default_rng(0)
pages, labels = zip(*(make_page(rng) for _ in range(160)), strict=True)
X, X_test, y, y_test = pages[:60], pages[60:], labels[:60], labels[60:]
X[0].head(6).round(1).assign(label=y[0][:6])

# %%
# The pipeline
# ------------
#
# The text becomes the weights of its words or letters, the numbers are scaled. The tagger then
# reads the lines of a page as vectors, in both directions.

columns = make_column_transformer(
    (TfidfVectorizer(min_df=2), "text"), (StandardScaler(), ["height", "indent"])
)
pipeline = make_pipeline(
    TokenTransformer(columns),
    BiLSTMTagger(16, max_iter=8, learning_rate_init=0.01, random_state=0),
)
pipeline.fit(X, y)

# %%
# Without the tagger, the same columns and a classifier that sees one line at a time:

line_by_line = make_pipeline(columns, LogisticRegression())
line_by_line.fit(pd.concat(X), np.concatenate(y))
print(f"line by line     {line_by_line.score(pd.concat(X_test), np.concatenate(y_test)):.3f}")
print(f"page by page     {pipeline.score(X_test, y_test):.3f}")

# %%
# Search over all steps
# ---------------------
#
# Words or letters of the text, and how large the network: the names of parameters are put together
# as everywhere in scikit-learn.

text = "tokentransformer__transformer__tfidfvectorizer"
grid = {
    f"{text}__analyzer": ["word", "char_wb"],
    f"{text}__ngram_range": [(1, 1), (1, 3)],
    "bilstmtagger__hidden_layer_sizes": [4, 16],
}
search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
for name, value in search.best_params_.items():
    print(f"{value!s:8} {name}")
print(f"on new pages     {search.score(X_test, y_test):.3f}")

# %%

results = pd.DataFrame(search.cv_results_)
results["units"] = results["param_bilstmtagger__hidden_layer_sizes"].astype(int)
results["text"] = [
    f"{params[f'{text}__analyzer']}, {params[f'{text}__ngram_range']}"
    for params in results["params"]
]
fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for (units, part), shift in zip(results.groupby("units"), [-0.1, 0.1], strict=True):
    ax.errorbar(
        part["mean_test_score"],
        np.arange(len(part)) + shift,
        xerr=part["std_test_score"],
        fmt="o",
        label=f"{units} units",
    )
ax.set_yticks(range(len(part)), part["text"])
ax.set(
    xlabel="accuracy in cross-validation", title="What to make of the text, and how large a network"
)
ax.grid(axis="x", alpha=0.4)
ax.legend()
plt.show()

# %%
# A page, read by both
# --------------------
#
# The page on which the line by line reading is wrong most often. A cross marks an error.

wrong = [
    np.sum(line_by_line.predict(page) != tags) for page, tags in zip(X_test, y_test, strict=True)
]
k = int(np.argmax(wrong))
page, true = X_test[k], y_test[k]
readings = {
    "true": true,
    "line by line": line_by_line.predict(page),
    "page by page": search.predict([page])[0],
}
colors = dict(zip(LABELS, ["#56b4e9", "#cccccc", "#f0e442", "#d55e00"], strict=True))

fig, ax = plt.subplots(figsize=(7.5, 0.3 * len(page) + 0.8), layout="constrained")
for column, reading in enumerate(readings.values()):
    for row, label in enumerate(reading):
        ax.barh(row, 0.95, left=column, height=0.9, color=colors[label])
        mark = "" if label == true[row] else " \N{MULTIPLICATION SIGN}"
        ax.text(column + 0.05, row, label + mark, va="center", fontsize=9)
ax.set_yticks(range(len(page)), page["text"])
ax.set_xticks(np.arange(3) + 0.475, readings)
ax.tick_params(length=0)
ax.xaxis.tick_top()
ax.set(ylim=(len(page) - 0.5, -0.5), xlim=(0, 3))
ax.spines[:].set_visible(False)
plt.show()
