"""Legal input that is probably a mistake gets a warning with a remedy; its neighbours do not."""

import re

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from sklstm.datasets import make_tagged_sequences, sequences_from_frame
from sklstm.preprocessing import TokenTransformer

from ._inputs import BLOCK, MATRICES, ROWS, WORDS, tagger

RNG = np.random.default_rng(0)
STANDARD = RNG.normal(size=(60, 3))
LENGTHS = [20, 25, 15]
STOPS = np.cumsum(LENGTHS)[:-1]
NAMES = ["u", "v", "w"]
FORMS = {
    "rows": lambda values: values,
    "rows of lists": np.ndarray.tolist,
    "sparse rows": sparse.csr_array,
    "pandas rows": lambda values: pd.DataFrame(values, columns=NAMES[: values.shape[1]]),
    "polars rows": lambda values: pl.DataFrame(values, schema=NAMES[: values.shape[1]]),
    "block": lambda values: values.reshape(3, 20, -1),
    "arrays": lambda values: np.split(values, STOPS),
    "float32": lambda values: np.split(values.astype(np.float32), STOPS),
    "nested lists": lambda values: [x.tolist() for x in np.split(values, STOPS)],
    "sparse": lambda values: [sparse.csr_array(x) for x in np.split(values, STOPS)],
    "pandas": lambda values: [pd.DataFrame(x, columns=NAMES) for x in np.split(values, STOPS)],
    "polars": lambda values: [pl.DataFrame(x, schema=NAMES) for x in np.split(values, STOPS)],
}


def tags_for(X):
    """Return a tag for each token of 60, in the form of X."""
    tags = np.arange(60) % 2
    if hasattr(X, "shape"):
        return tags.reshape(X.shape[:-1])
    return tags if len(X) == 60 else np.split(tags, STOPS)


def warns_with(text):
    """Expect a single warning with this text."""
    return pytest.warns(UserWarning, match=r"(?<!\w)" + re.escape(text))


# Columns far from unit scale


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("factor", "shift", "shown"),
    [
        ([1, 30, 1], [0, 5, 0], r"has mean -?\d\.\d+ and standard deviation [23]\d[.\d]*\. "),
        ([1, 1, 1], [0, 100, 0], r"has mean 100 and standard deviation \d[.\d]*\. "),
        (
            [30, 100, 0],
            [0, 0, 0],
            r"standard deviation \d[.\d]*, and 1 more columns are like it\. ",
        ),
        ([0.01, 0.02, 0.01], [0, 0, 0], r"deviation 0\.\d+, and 2 more columns are like it\. "),
    ],
)
def test_a_column_far_from_unit_scale_is_named_with_a_remedy(form, factor, shift, shown):
    X = FORMS[form](STANDARD * factor + shift)
    y, name = tags_for(X), "'v'" if form.startswith(("pandas", "polars")) else "1"
    for learn in (tagger().fit, tagger().partial_fit):
        with pytest.warns(UserWarning, match=rf"^Column {name} of X .*{shown}") as caught:
            learn(X, y)
        assert [warning.filename for warning in caught] == [__file__]
    scaler = re.search(r"make_pipeline\(TokenTransformer\((\w+)\(\)\), ", str(caught[0].message))[1]
    assert scaler == ("MaxAbsScaler" if "sparse" in form else "StandardScaler")
    scalers = {"MaxAbsScaler": MaxAbsScaler, "StandardScaler": StandardScaler}
    model = make_pipeline(TokenTransformer(scalers[scaler]()), tagger())
    assert len(model.fit(X, y).predict(X)) == len(y)
    assert str(caught[0].message).endswith(
        " The tagger learns little from numbers that are far from unit scale. Scale them: "
        f"make_pipeline(TokenTransformer({scaler}()), BiLSTMTagger(...)), with "
        "sklstm.preprocessing.TokenTransformer."
    )


RARE = (RNG.random((60, 1)) < 0.02) * 1.0
RARE[7] = 1
UNREMARKABLE = {
    "standardized": STANDARD,
    "standardized with outliers": np.where(RNG.random((60, 3)) < 0.05, 20.0, STANDARD),
    "three times the unit": STANDARD * 3,
    "one small column": STANDARD * [1, 0.001, 1],
    "one-hot": np.eye(30)[RNG.integers(30, size=60)],
    "rare": RARE,
    "rare and large": RARE * 100,
    "constant": np.full((60, 2), [0.0, 5.0]),
    "zeros": np.zeros((60, 2)),
    "codes": RNG.integers(0, 11, size=(60, 2)),
    "proportions": RNG.dirichlet(np.ones(300), size=60),
    "vectors of length 1": (lambda x: x / np.linalg.norm(x, axis=1)[:, None])(
        RNG.normal(size=(60, 4000))
    ),
    "sparse tf-idf": sparse.random_array((60, 500), density=0.01, rng=0) * 0.4
    + sparse.eye_array(60, 500),
    "bool": STANDARD > 0,
}


@pytest.mark.parametrize("X", UNREMARKABLE.values(), ids=UNREMARKABLE)
def test_columns_near_unit_scale_do_not_warn(X):
    tagger().fit(X, np.arange(60) % 2)


def test_sequences_from_the_generator_do_not_warn():
    for n_features in (3, 100):
        tagger().fit(*make_tagged_sequences(30, n_features, random_state=0))


def test_scale_is_that_of_the_training_set_of_a_new_model():
    X, y = FORMS["arrays"](STANDARD), np.split(np.arange(60) % 2, STOPS)
    large = [100 * x for x in X]
    fitted = tagger().partial_fit(X, y).partial_fit(large, y)
    fitted.predict(large)
    tagger().fit(X, y, X_val=large, y_val=y)
    tagger().fit([*X, large[0]], [*y, y[0]], [1, 1, 1, 0])


# Rows that are one recording


@pytest.fixture(scope="module")
def on_pairs():
    return tagger().fit(BLOCK[:, :, :2] / 4, [["a", "b"], ["b", "a"]])


RECORDING = STANDARD[:, :2]
RECORDINGS = {
    "array": RECORDING,
    "lists": RECORDING.tolist(),
    "sparse": sparse.csr_array(RECORDING),
    "pandas": pd.DataFrame(RECORDING),
}


@pytest.mark.parametrize("X", RECORDINGS.values(), ids=RECORDINGS)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "score"])
def test_rows_for_a_tagger_of_longer_sequences_warn_once(X, method, on_pairs):
    y = ["a"] * 60
    arguments = (X, y) if method == "score" else (X,)
    message = (
        "X has 60 rows, and each is read as a sequence of one token, but this BiLSTMTagger was "
        "fitted on longer sequences. If X is one recording, pass [X], and [y] in score; for an "
        "array also X[None]."
    )
    with warns_with(message) as caught:
        getattr(on_pairs, method)(*arguments)
    assert [warning.filename for warning in caught] == [__file__]
    getattr(on_pairs, method)(*([argument] for argument in arguments))


def test_rows_in_a_validation_set_and_in_a_later_call_warn(on_pairs):
    X, y = [RECORDING], [["a", "b"] * 30]
    with warns_with("each is read as a sequence of one token") as caught:
        tagger(max_iter=3).fit(X, y, X_val=RECORDING, y_val=y[0])
    assert len(caught) == 1
    with warns_with("each is read as a sequence of one token"):
        tagger().partial_fit(X, y).partial_fit(RECORDING, y[0])


def test_rows_that_are_meant_as_such_do_not_warn(on_pairs):
    X, y = RECORDING, ["a", "b"] * 30
    fitted = tagger().fit(X, y, X_val=X, y_val=y)
    assert fitted.score(X, y) == fitted.score(X[:, None], np.reshape(y, (-1, 1)))
    on_pairs.predict(X[None])
    on_pairs.predict(X[:1])  # the same as [X]
    tagger().fit([*X[:, None], X[:0]], [*np.reshape(y, (-1, 1)), []]).predict(X)
    tagger(warm_start=True).fit([X], [y]).set_params(warm_start=False).fit(
        X, y, X_val=X, y_val=y
    ).predict(X)


def test_continued_training_counts_all_sequences():
    X, y = RECORDING, ["a", "b"] * 30
    fitted = tagger().partial_fit(X, y).partial_fit(X, y)
    fitted.predict(X)
    fitted.partial_fit([X], [y])
    with warns_with("each is read as a sequence of one token"):
        fitted.predict(X)
    with warns_with("each is read as a sequence of one token"):
        fitted.partial_fit(X, y)
    with warns_with("each is read as a sequence of one token"):
        fitted.predict(X)


def test_saved_taggers_warn_about_rows_but_not_those_of_earlier_versions(on_pairs, tmp_path):
    joblib.dump(on_pairs, tmp_path / "tagger.joblib")
    skops.io.dump(on_pairs, tmp_path / "tagger.skops")
    for loaded in (
        joblib.load(tmp_path / "tagger.joblib"),
        skops.io.load(tmp_path / "tagger.skops", trusted=["sklstm._tagger.BiLSTMTagger"]),
    ):
        with warns_with("each is read as a sequence of one token"):
            loaded.predict(RECORDING)
        del loaded._single_tokens
        loaded.predict(RECORDING)
        loaded.partial_fit(RECORDING, ["a", "b"] * 30).predict(RECORDING)


# Panels of series


def panel(names):
    """Return a data frame of three series with the index of a panel, and the tags of its rows."""
    pairs = [(case, t) for case, n in enumerate(LENGTHS) for t in range(n)]
    index = pd.MultiIndex.from_tuples(pairs, names=names)
    return pd.DataFrame(RECORDING, index=index, columns=["u", "v"]), ["a", "b"] * 30


@pytest.mark.parametrize("names", [["case", "time"], [None, None], [0, 1]])
def test_a_panel_of_series_is_shown_the_way(names):
    X, y = panel(names)
    with warns_with("a panel of series, but each row is read as a sequence of") as caught:
        fitted = tagger().fit(X, y)
    assert [warning.filename for warning in caught] == [__file__]
    recipe = re.search(r"sklstm\.datasets\.(sequences.*columns=\[.*?\]\))", str(caught[0].message))[
        1
    ]
    given = {"X": X, "sequences_from_frame": sequences_from_frame}
    sequences = eval(recipe, given)
    assert [x.shape for x in sequences] == [(n, 2) for n in LENGTHS]
    tagged = eval(recipe[:-1] + ", target='tag')", given | {"X": X.assign(tag=y)})
    assert tagged[1] == [y[:20], y[20:45], y[45:]]
    with warns_with("a panel of series"):
        fitted.predict(X)
    with warns_with("a panel of series") as caught:
        tagger().fit(sequences, tagged[1]).score(X, y)
    assert len(caught) == 1


def test_a_panel_of_three_levels_has_groups_of_two():
    X, y = panel(["case", "time"])
    X = pd.concat({"left": X, "right": X}, names=["side"])
    message = (
        "X is a data frame with the index levels ['side', 'case', 'time'], which looks like a "
        "panel of series, but each row is read as a sequence of one token. Make a sequence of each "
        "series: sklstm.datasets.sequences_from_frame(X.reset_index(), group=['side', 'case'], "
        "columns=['u', 'v']). It cuts a column of tags, too: pass its name as target."
    )
    with warns_with(message):
        tagger().fit(X, y * 2)


def test_rows_with_other_indexes_do_not_warn():
    X, y = panel(["case", "time"])
    tagger().fit(X.reset_index(drop=True), y)
    tagger().fit(X.droplevel(1), y)
    tagger().fit([X], [y])
    single = X.set_index(pd.MultiIndex.from_product([range(60), ["first"]]))
    tagger().fit(single, y)


# Tags of -100


IGNORED = {
    "array for a block": (BLOCK, np.array([[0, 1], [1, -100]]), "[1][1]"),
    "lists for a block": (BLOCK, [[0, 1], [1, -100]], "[1][1]"),
    "lists": (MATRICES, [[-100, 1], [0]], "[0][0]"),
    "arrays": (MATRICES, [np.array([1, -100]), np.array([0])], "[0][1]"),
    "words": (WORDS, [[1, -100.0], [0]], "[0][1]"),
    "rows": (ROWS, np.array([1, -100]), "[1]"),
    "list for rows": (ROWS, [1, -100], "[1]"),
    "series for rows": (ROWS, pd.Series([1, -100]), "[1]"),
    "pandas frame for a block": (BLOCK, pd.DataFrame([[0, 1], [1, -100]]), "[1][1]"),
    "polars frame for a block": (BLOCK, pl.DataFrame({"s": [0, 1], "t": [1, -100]}), "[1][1]"),
    "polars series for rows": (ROWS, pl.Series([1, -100]), "[1]"),
}


@pytest.mark.parametrize(("X", "y", "place"), IGNORED.values(), ids=IGNORED)
def test_tags_that_other_libraries_ignore_can_be_left_out(X, y, place):
    def weights_after(call, ending=""):
        name = f"y{ending}"
        message = (
            f"1 tags of {name} are -100, first {name}{place}. Other libraries ignore -100, but "
            "here it is a tag like any other. Leave these tokens out with sample_weight"
        )
        with warns_with(message) as caught:
            call(X, y)
        assert [warning.filename for warning in caught] == [__file__]
        recipe = re.search(rf"sample_weight{ending}=(.*)\.$", str(caught[0].message))[1]
        return eval(recipe, {name: y})

    fitted = tagger().fit(X, y, weights_after(tagger().fit))
    assert -100 not in fitted.classes_
    tagger().partial_fit(X, y, sample_weight=weights_after(tagger().partial_fit))
    fitted.score(X, y, weights_after(fitted.score))
    options = {"sample_weight": weights_after(tagger().fit), "X_val": X, "y_val": y}
    weights = weights_after(lambda X, y: tagger().fit(X, y, **options), "_val")
    tagger().fit(X, y, **options, sample_weight_val=weights)


def test_a_crf_has_tokens_cut_off():
    X, y = np.zeros((2, 2, 1)), np.array([[0, 1], [1, -100]])
    for learn in (tagger(output="crf").fit, tagger(output="crf").partial_fit):
        with warns_with('Remove these tokens from X and y: output="crf" has no weights of tokens.'):
            learn(X, y)
    fitted = tagger(output="crf").fit([X[0], X[1, :1]], [y[0], y[1, :1]])
    with warns_with("sample_weight=(y != -100)"):
        fitted.score(X, y)
    fitted.score(X, y, sample_weight=(y != -100))
    with warns_with("sample_weight=(y != -100)"):  # its weights are those of sequences
        tagger(output="crf").fit(ROWS, np.array([1, -100]))


@pytest.mark.parametrize(
    ("y", "sample_weight"),
    [
        ([[0, -1], [1]], None),
        ([[-200, -100], [0]], None),
        ([["-100", "0"], ["1"]], None),
        ([[0, -100], [1]], [[1, 0], [1]]),
        ([[0, -100], [1]], [0, 1]),
        ([[None, 1], [0]], [[0, 1], [1]]),
    ],
)
def test_other_tags_and_those_of_weight_zero_do_not_warn(y, sample_weight):
    tagger().fit(WORDS, y, sample_weight).score(WORDS, y, sample_weight)


def test_a_warning_names_the_line_of_the_user_in_a_pipeline():
    model = make_pipeline(TokenTransformer(MaxAbsScaler()), tagger())
    with pytest.warns(UserWarning, match="-100") as caught:
        model.fit(MATRICES, [[0, -100], [1]])
    assert caught[0].filename == __file__
