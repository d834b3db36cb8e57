"""
==============================================
A pipeline for data frames of text and numbers
==============================================

This example labels the lines of scanned cookbooks: is a line a title, an ingredient, a step or a
remark? A token is a line, and a sequence is a page. A line has a text, a height and an indent.
Transformers of scikit-learn convert these columns to vectors,
:class:`~sklstm.preprocessing.TokenTransformer` applies them to the tokens of sequences, and a
search sets parameters of all steps.
"""

# %%
# Pages
# -----
#
# The pages are random. A page is a data frame with a row for each line. Heights and indents are
# noisy, and the same words occur in different lines: *Lemon sauce* is a title on one page, and an
# ingredient on another. A single line is therefore ambiguous.

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
# The pipeline converts the text to TF-IDF weights and scales the numbers. The tagger reads the
# lines of a page as vectors, in both directions.

columns = make_column_transformer(
    (TfidfVectorizer(min_df=2), "text"), (StandardScaler(), ["height", "indent"])
)
pipeline = make_pipeline(
    TokenTransformer(columns),
    BiLSTMTagger(16, max_iter=8, learning_rate_init=0.01, random_state=0),
)
pipeline.fit(X, y)

# %%
# For comparison, fit a classifier of single lines with the same columns:

line_by_line = make_pipeline(columns, LogisticRegression())
line_by_line.fit(pd.concat(X), np.concatenate(y))
print(f"line by line     {line_by_line.score(pd.concat(X_test), np.concatenate(y_test)):.3f}")
print(f"page by page     {pipeline.score(X_test, y_test):.3f}")

# %%
# Search over all steps
# ---------------------
#
# The search compares weights of words and of characters, and two sizes of the network. Names of
# parameters contain the names of the steps, as in any pipeline.

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
ax.set(xlabel="accuracy in cross-validation", title="Features of the text and size of the network")
ax.grid(axis="x", alpha=0.4)
ax.legend()
plt.show()

# %%
# Predictions for one page
# ------------------------
#
# This is the page with the most errors of the classifier of single lines. A cross marks an error.

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
