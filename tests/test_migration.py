"""Code written for sklearn-crfsuite runs as it is, and the page about it leaves nothing out."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import expon, loguniform
from sklearn.metrics import make_scorer
from sklearn.model_selection import RandomizedSearchCV, cross_val_predict

from sklstm import BiLSTMTagger

CRF = pytest.importorskip("sklearn_crfsuite").CRF
from sklearn_crfsuite import metrics  # noqa: E402

PAGE = Path(__file__).parent.parent / "docs" / "migration" / "sklearn_crfsuite.rst"

TAGGER = BiLSTMTagger(
    hidden_layer_sizes=16, embedding_size=24, max_iter=15, output="crf", random_state=0
)
MODELS = {
    "CRF": CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=50, all_possible_transitions=True),
    "softmax": TAGGER.__class__(**TAGGER.get_params() | {"output": "softmax"}),
    "crf": TAGGER,
}
SPACES = {
    "CRF": {"c1": expon(scale=0.5), "c2": expon(scale=0.05)},
    "crf": {"alpha": loguniform(1e-6, 1e-2)},
    "softmax": {"alpha": loguniform(1e-6, 1e-2)},
}
models = pytest.mark.parametrize("name", MODELS)


def sentence(rng):
    """Return words with a part of speech and a tag, as one has them from a file."""
    name = rng.choice(["Ada", "Grace", "Emmy", "Sofja"])
    surname = rng.choice(["Lovelace", "Hopper", "Noether"])
    place = rng.choice(["London", "Erlangen", "Moscow"])
    verb = rng.choice(["saw", "met", "left"])
    person = [(name, "PROPN", "B-PER"), (surname, "PROPN", "I-PER")]
    rest = [(verb, "VERB", "O"), (place, "PROPN", "B-LOC"), ("in", "ADP", "O")]
    return [*person[: rng.randint(1, 3)], *rest, (str(rng.randint(1800, 1999)), "NUM", "O")]


def word2features(words, i):
    word, pos = words[i][:2]
    features = {
        "bias": 1.0, "word": word.lower(), "word[-2:]": word[-2:], "upper": word.isupper(),
        "title": word.istitle(), "digit": word.isdigit(), "pos": pos, "length": len(word) / 10,
    }  # fmt: skip
    if i:
        features.update({"-1:word": words[i - 1][0].lower(), "-1:pos": words[i - 1][1]})
    else:
        features["BOS"] = True
    if i < len(words) - 1:
        features.update({"+1:word": words[i + 1][0].lower(), "+1:pos": words[i + 1][1]})
    else:
        features["EOS"] = True
    return features


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.RandomState(0)
    sentences = [sentence(rng) for _ in range(40)]
    X = [[word2features(words, i) for i in range(len(words))] for words in sentences]
    y = [[tag for _, _, tag in words] for words in sentences]
    return X[:30], y[:30], X[30:], y[30:]


@models
def test_it_is_fitted_and_scored_step_by_step(name, corpus):
    X_train, y_train, X_test, y_test = corpus
    model = MODELS[name]
    assert model.fit(X_train, y_train) is model
    labels = list(model.classes_)
    labels.remove("O")
    assert sorted(labels) == ["B-LOC", "B-PER", "I-PER"]
    y_pred = model.predict(X_test)
    assert metrics.flat_f1_score(y_test, y_pred, average="weighted", labels=labels) > 0.9
    sorted_labels = sorted(labels, key=lambda label: (label[1:], label[0]))
    report = metrics.flat_classification_report(y_test, y_pred, labels=sorted_labels, digits=3)
    assert [line.split()[0] for line in report.splitlines()[2:5]] == sorted_labels
    assert metrics.sequence_accuracy_score(y_test, y_pred) > 0.5
    assert model.score(X_test, y_test) == metrics.flat_accuracy_score(y_test, y_pred)


@models
def test_what_is_predicted_has_the_same_form(name, corpus):
    X_train, y_train, X_test, _ = corpus
    y_pred = MODELS[name].fit(X_train, y_train).predict(X_test)
    assert isinstance(y_pred, np.ndarray)
    assert y_pred.dtype == object
    assert y_pred.shape == (10,)
    for tokens, tags in zip(X_test, y_pred, strict=True):
        assert type(tags) is list
        assert len(tags) == len(tokens)
        assert all(type(tag) is str for tag in tags)


@models
def test_it_is_searched_by_a_scorer_of_flat_labels(name, corpus):
    X_train, y_train, X_test, _ = corpus
    scorer = make_scorer(
        metrics.flat_f1_score, average="weighted", labels=["B-LOC", "B-PER", "I-PER"],
        zero_division=0.0,
    )  # fmt: skip
    search = RandomizedSearchCV(
        MODELS[name], SPACES[name], cv=3, n_iter=2, scoring=scorer, random_state=0, refit=True
    )
    search.fit(X_train, y_train)
    assert set(search.best_params_) == set(SPACES[name])
    assert search.best_score_ > 0.5
    assert len(search.best_estimator_.predict(X_test)) == len(X_test)


@models
def test_it_is_cross_validated(name, corpus):
    X_train, y_train, _, _ = corpus
    y_pred = cross_val_predict(MODELS[name], X_train, y_train, cv=3)
    assert metrics.flat_accuracy_score(y_train, y_pred) > 0.8


def test_marginals_are_those_of_the_same_labels(corpus):
    X_train, y_train, X_test, _ = corpus
    theirs = MODELS["CRF"].fit(X_train, y_train).predict_marginals(X_test)
    tagger = TAGGER.fit(X_train, y_train)
    for marginals, proba in zip(theirs, tagger.predict_proba(X_test), strict=True):
        assert sorted(marginals[0]) == tagger.classes_.tolist()
        assert proba.shape == (len(marginals), len(marginals[0]))


# -- the page -----------------------------------------------------------------------------------


def rows_below(heading):
    """Return the first column of the table below a heading."""
    page = PAGE.read_text(encoding="utf-8")
    section = re.split(rf"^{heading}\n-+$", page, flags=re.MULTILINE)[1]
    section = re.split(r"^-{3,}$", section, flags=re.MULTILINE)[0]
    rows = re.findall(r"^    \* - ``([\w.]+)``$", section, flags=re.MULTILINE)
    return rows[1:]  # the first one is the head


def attributes_of_crf():
    fitted = MODELS["CRF"]
    own = {name for name in [*vars(fitted), *dir(CRF)] if not name.startswith("_")}
    return own - set(parameters_of_crf())


def parameters_of_crf():
    return list(inspect.signature(CRF).parameters)


def test_each_parameter_has_its_row():
    assert rows_below("Parameters") == parameters_of_crf()


def test_each_method_has_its_row():
    methods = [name for name in attributes_of_crf() if callable(getattr(CRF, name, None))]
    assert sorted(rows_below("Methods")) == sorted(methods)


def test_each_attribute_has_its_row():
    others = [name for name in attributes_of_crf() if not callable(getattr(CRF, name, None))]
    assert sorted(rows_below("Attributes")) == sorted(others)


def test_each_metric_has_its_row():
    functions = [
        name for name, value in vars(metrics).items()
        if inspect.isfunction(value)
        and value.__module__.startswith("sklearn_crfsuite")
        and not name.startswith("_")
    ]  # fmt: skip
    assert sorted(rows_below("Metrics")) == sorted(functions)


def test_what_stands_in_its_place_exists():
    """Names of parameters and attributes of the tagger are set in single backticks."""
    page = PAGE.read_text(encoding="utf-8")
    tables = re.findall(r"^    \* - .*?(?=^\S)", page, flags=re.MULTILINE | re.DOTALL)
    named = {name for table in tables for name in re.findall(r"(?<![`:])`(\w+)`(?!`)", table)}
    documented = BiLSTMTagger.__doc__
    methods = {"X_val", "y_val", "sample_weight"}
    missing = [n for n in named - methods if not re.search(rf"\b{n}\b", documented)]
    assert len(named) > 15
    assert not missing
