"""Transformers of scikit-learn over the tokens of sequences."""

import pickle
from unittest import SkipTest

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.callback import ProgressBar
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from sklstm.preprocessing import TokenTransformer

LENGTHS = [3, 1, 0, 4]


def cut(flat):
    """Cut rows into sequences, of which one is empty."""
    stops = np.cumsum(LENGTHS)
    return [flat[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]


WORDS = ["The", "old", "man", "boats", "The", "ship", "sails", "off"]
TAGS = ["D", "N", "V", "N", "D", "N", "V", "P"]
NUMBERS = np.random.RandomState(0).normal(size=(8, 3))
TABLE = {"word": WORDS, "length": list(map(len, WORDS)), "tag": TAGS}
OBJECTS = np.array(list(zip(WORDS, map(len, WORDS), strict=True)), dtype=object)
DICTS = [{"word": word, "length": len(word)} for word in WORDS]


def columns(word, length):
    return ColumnTransformer(
        [
            ("letters", CountVectorizer(analyzer="char"), word),
            ("length", StandardScaler(), [length]),
        ]
    )


def encode_columns():
    return ColumnTransformer([("word", OneHotEncoder(), [0]), ("length", StandardScaler(), [1])])


CASES = {
    "scaler": (StandardScaler(), NUMBERS),
    "pca": (PCA(2), NUMBERS),
    "sparse": (StandardScaler(with_mean=False), sparse.csr_array(NUMBERS)),
    "imputer": (SimpleImputer(), np.where(NUMBERS > 1, np.nan, NUMBERS)),
    "dicts": (DictVectorizer(), DICTS),
    "dense dicts": (DictVectorizer(sparse=False), DICTS),
    "tfidf": (TfidfVectorizer(analyzer="char"), WORDS),
    "hashing": (HashingVectorizer(analyzer="char", n_features=16), WORDS),
    "counts": (CountVectorizer(analyzer="char_wb", ngram_range=(2, 2)), WORDS),
    "one-hot": (OneHotEncoder(), OBJECTS),
    "one-hot words": (OneHotEncoder(), np.reshape(WORDS, (-1, 1))),
    "ordinal": (OrdinalEncoder(), OBJECTS),
    "columns of objects": (encode_columns(), OBJECTS),
    "columns of pandas": (columns("word", "length"), pd.DataFrame(TABLE)),
    "columns of polars": (columns("word", "length"), pl.DataFrame(TABLE)),
    "union": (
        FeatureUnion([("a", CountVectorizer(analyzer="char")), ("b", CountVectorizer())]),
        WORDS,
    ),
    "pipeline": (make_pipeline(CountVectorizer(analyzer="char"), PCA(2, random_state=0)), WORDS),
    "supervised": (make_pipeline(CountVectorizer(analyzer="char"), SelectKBest(chi2, k=3)), WORDS),
    "target": (TargetEncoder(cv=KFold(2)), np.reshape(WORDS, (-1, 1))),
    "to pandas": (StandardScaler().set_output(transform="pandas"), NUMBERS),
    "to polars": (StandardScaler().set_output(transform="polars"), NUMBERS),
    "frame to pandas": (
        make_pipeline(SimpleImputer(), StandardScaler()).set_output(transform="pandas"),
        pd.DataFrame(NUMBERS, columns=list("xyz"), index=list("abcdefgh")),
    ),
    "words to words": (FunctionTransformer(lambda words: [word.lower() for word in words]), WORDS),
}


def dense(rows):
    if sparse.issparse(rows):
        rows = rows.toarray()
    return np.asarray(rows)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("combined", [True, False])
def test_sequences_are_what_the_transformer_makes_of_all_tokens(case, combined):
    transformer, flat = CASES[case]
    if combined:
        expected = clone(transformer).fit_transform(flat, np.array(TAGS))
        Xt = TokenTransformer(transformer).fit_transform(cut(flat), cut(TAGS))
    else:
        expected = clone(transformer).fit(flat, np.array(TAGS)).transform(flat)
        Xt = TokenTransformer(transformer).fit(cut(flat), cut(TAGS)).transform(cut(flat))
    assert isinstance(Xt, list)
    assert [dense(x).shape[0] for x in Xt] == LENGTHS
    for x, rows in zip(Xt, cut(dense(expected)), strict=True):
        np.testing.assert_array_equal(dense(x), rows)
        assert type(x) is type(expected)


@pytest.mark.parametrize("case", CASES)
def test_the_tagger_takes_what_comes_out(case, small):
    transformer, flat = CASES[case]
    model = make_pipeline(TokenTransformer(transformer), small.set_params(max_iter=1))
    tags = model.fit(cut(flat), cut(TAGS)).predict(cut(flat))
    assert [len(each) for each in tags] == LENGTHS
    assert list(model.predict([[], []])) == [[], []]
    assert len(model.predict([])) == 0


def test_a_search_goes_over_both(vectors, small):
    model = make_pipeline(TokenTransformer(StandardScaler()), small.set_params(max_iter=1))
    grid = {
        "tokentransformer__transformer__with_std": [True, False],
        "tokentransformer": [TokenTransformer(PCA(1)), "passthrough"],
        "bilstmtagger__hidden_layer_sizes": [2, 4],
    }
    first, second = dict(grid), dict(grid)
    del first["tokentransformer"], second["tokentransformer__transformer__with_std"]
    search = GridSearchCV(model, [first, second], cv=2, error_score="raise").fit(*vectors)
    assert len(search.cv_results_["params"]) == 8
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_block_stays_a_block_where_the_answer_is_an_array():
    X = NUMBERS.reshape(2, 4, 3)
    scaler = TokenTransformer(StandardScaler())
    expected = StandardScaler().fit_transform(NUMBERS).reshape(2, 4, 3)
    np.testing.assert_array_equal(scaler.fit_transform(X), expected)
    assert TokenTransformer(PCA(2)).fit_transform(X).shape == (2, 4, 2)
    frames = scaler.set_output(transform="pandas").transform(X)
    assert [frame.shape for frame in frames] == [(4, 3), (4, 3)]
    codes = TokenTransformer(OneHotEncoder()).fit_transform(OBJECTS.reshape(2, 4, 2))
    assert [type(code) for code in codes] == [sparse.csr_matrix] * 2


def test_rows_stay_rows():
    scaler = TokenTransformer(StandardScaler())
    expected = StandardScaler().fit_transform(NUMBERS)
    np.testing.assert_array_equal(scaler.fit_transform(NUMBERS, TAGS), expected)
    np.testing.assert_array_equal(scaler.transform([NUMBERS[:2]])[0], expected[:2])
    frame = pd.DataFrame(NUMBERS, columns=list("xyz"), index=range(3, 11))
    scaled = scaler.set_output(transform="pandas").fit_transform(frame)
    assert (scaled.index == frame.index).all()


def test_without_any_token_the_width_is_kept_where_it_is_known():
    scaler = TokenTransformer(StandardScaler()).fit(cut(NUMBERS))
    assert [x.shape for x in scaler.transform([[], np.empty((0, 3))])] == [(0, 3), (0, 3)]
    assert [x.shape for x in scaler.inverse_transform([[]])] == [(0, 3)]
    assert scaler.transform(np.empty((2, 0, 3))).shape == (2, 0, 3)
    assert scaler.transform(np.empty((0, 4, 3))).shape[0] == 0
    assert scaler.transform([]) == []
    nameless = TokenTransformer(HashingVectorizer()).fit([["a"]])
    assert [x.shape for x in nameless.transform([[]])] == [(0, 0)]
    united = FeatureUnion([("hash", HashingVectorizer())])
    assert [x.shape for x in TokenTransformer(united).fit([["a"]]).transform([[]])] == [(0, 0)]


@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
@pytest.mark.parametrize(("X", "message"), [([], "0 sequences"), ([[], []], "no tokens")])
def test_nothing_can_be_learnt_from_nothing(method, X, message):
    with pytest.raises(ValueError, match=message):
        getattr(TokenTransformer(StandardScaler()), method)(X)


# What is learnt, and what is asked of the fitted transformer


class Recorder(TransformerMixin, BaseEstimator):
    """Records what it is given."""

    def fit(self, X, y=None, sample_weight=None, note=None):
        self.X_, self.y_, self.sample_weight_, self.note_ = X, y, sample_weight, note
        return self

    def transform(self, X, offset=0):
        return np.full((len(X), 1), offset)


class FitOnly(BaseEstimator):
    """Lacks fit_transform."""

    def fit(self, X, y=None, sample_weight=None):
        self.total_ = np.sum(sample_weight)
        return self

    def transform(self, X):
        return np.full((len(X), 1), self.total_)


def test_the_transformer_is_called_once_with_all_tokens_and_tags():
    fitted = TokenTransformer(Recorder()).fit(cut(WORDS), cut(TAGS)).transformer_
    assert fitted.X_ == WORDS
    assert fitted.y_.tolist() == TAGS
    y = np.arange(8).reshape(2, 4)
    fitted = TokenTransformer(Recorder()).fit(NUMBERS.reshape(2, 4, 3), y).transformer_
    assert fitted.y_.tolist() == list(range(8))


def test_tags_may_be_none_where_tokens_have_none():
    y = [["D", None, "V"], ["N"], [], TAGS[4:]]
    fitted = TokenTransformer(Recorder()).fit(cut(WORDS), y).transformer_
    assert fitted.y_[:3].tolist() == ["D", None, "V"]


def test_a_clone_is_fitted_and_the_passed_one_stays():
    scaler = StandardScaler()
    transformer = TokenTransformer(scaler).fit(cut(NUMBERS))
    assert transformer.transformer is scaler
    assert not hasattr(scaler, "mean_")
    assert hasattr(transformer.transformer_, "mean_")
    assert not hasattr(clone(transformer), "transformer_")


def test_a_failed_fit_leaves_the_fitted_one():
    transformer = TokenTransformer(StandardScaler()).fit(cut(NUMBERS))
    fitted = transformer.transformer_
    for method in (transformer.fit, transformer.fit_transform):
        with pytest.raises(ValueError, match="could not convert"):
            method(cut(OBJECTS))
        assert transformer.transformer_ is fitted


def test_partial_fit_goes_on():
    transformer = TokenTransformer(StandardScaler())
    transformer.partial_fit(cut(NUMBERS)[:2]).partial_fit(cut(NUMBERS)[2:])
    np.testing.assert_allclose(transformer.transformer_.mean_, NUMBERS.mean(axis=0))
    assert not hasattr(TokenTransformer(PCA()), "partial_fit")


def test_inverse_transform_undoes():
    scaler = TokenTransformer(StandardScaler())
    back = scaler.inverse_transform(scaler.fit_transform(cut(NUMBERS)))
    np.testing.assert_allclose(np.vstack(back), NUMBERS)
    dicts = TokenTransformer(DictVectorizer())
    back = dicts.inverse_transform(dicts.fit_transform(cut(DICTS)))
    assert back[1] == [{"length": 5.0, "word=boats": 1.0}]
    words = TokenTransformer(OrdinalEncoder())
    back = words.inverse_transform(words.fit_transform(cut(OBJECTS)))
    assert back[1].tolist() == [["boats", 5]]
    assert not hasattr(TokenTransformer(HashingVectorizer()), "inverse_transform")


def test_what_is_known_of_features_is_that_of_the_transformer():
    frame = pd.DataFrame(NUMBERS, columns=list("xyz"))
    transformer = TokenTransformer(StandardScaler()).fit(cut(frame))
    assert transformer.n_features_in_ == 3
    assert transformer.feature_names_in_.tolist() == list("xyz")
    assert transformer.get_feature_names_out().tolist() == list("xyz")
    with pytest.raises(ValueError, match="feature names should match"):
        transformer.transform([frame.rename(columns={"x": "q"})])
    named = TokenTransformer(StandardScaler()).fit(cut(NUMBERS))
    assert named.get_feature_names_out(["a", "b", "c"]).tolist() == ["a", "b", "c"]
    words = TokenTransformer(CountVectorizer()).fit(cut(WORDS))
    assert not hasattr(words, "n_features_in_")
    assert not hasattr(words, "feature_names_in_")
    assert not hasattr(TokenTransformer(HashingVectorizer()), "get_feature_names_out")


def test_before_fit_there_is_nothing():
    transformer = TokenTransformer(StandardScaler())
    assert not hasattr(transformer, "n_features_in_")
    for method in (transformer.transform, transformer.inverse_transform):
        with pytest.raises(NotFittedError):
            method(cut(NUMBERS))
    with pytest.raises(NotFittedError):
        transformer.get_feature_names_out()


def test_pickling_keeps_the_fitted_transformer():
    transformer = TokenTransformer(TfidfVectorizer(analyzer="char")).fit(cut(WORDS))
    loaded = pickle.loads(pickle.dumps(transformer))
    for x, again in zip(transformer.transform(cut(WORDS)), loaded.transform(cut(WORDS)), strict=1):
        assert (x != again).nnz == 0


def test_set_output_is_passed_on_before_and_after_fit():
    before = TokenTransformer(StandardScaler()).set_output(transform="pandas")
    after = TokenTransformer(StandardScaler()).fit(cut(NUMBERS)).set_output(transform="pandas")
    for transformer in (before.fit(cut(NUMBERS)), after):
        frames = transformer.transform(cut(NUMBERS))
        assert [frame.shape[0] for frame in frames] == LENGTHS
        assert all(frame.columns.tolist() == ["x0", "x1", "x2"] for frame in frames)
    assert isinstance(after.set_output(transform=None).transform(cut(NUMBERS))[0], pd.DataFrame)
    with config_context(transform_output="polars"):
        polars = TokenTransformer(StandardScaler()).fit_transform(cut(NUMBERS))
    assert all(isinstance(frame, pl.DataFrame) for frame in polars)
    assert not hasattr(TokenTransformer(CountVectorizer()), "set_output")


def test_tags_are_those_of_the_transformer():
    tags = get_tags(TokenTransformer(SimpleImputer()))
    assert tags.input_tags.allow_nan
    assert tags.input_tags.three_d_array
    assert not get_tags(TokenTransformer(StandardScaler(with_mean=True))).input_tags.string
    assert get_tags(TokenTransformer(CountVectorizer())).input_tags.string
    assert get_tags(TokenTransformer(DictVectorizer())).input_tags.dict
    assert get_tags(TokenTransformer(TargetEncoder())).target_tags.required
    assert get_tags(TokenTransformer(StandardScaler())).transformer_tags.preserves_dtype == [
        "float64",
        "float32",
    ]
    assert get_tags(TokenTransformer(CountVectorizer())).transformer_tags.preserves_dtype


# Metadata


@pytest.mark.parametrize(
    "weights", [[1.0, 2.0, 3.0, 4.0], [[1, 1, 1], [2], [], [4, 4, 4, 4]], pd.Series([1, 2, 3, 4])]
)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_weights_of_sequences_are_repeated_and_those_of_tokens_laid_out(weights, method):
    transformer = TokenTransformer(StandardScaler())
    getattr(transformer, method)(cut(NUMBERS), sample_weight=weights)
    expected = np.average(NUMBERS, axis=0, weights=np.repeat([1, 2, 3, 4], LENGTHS))
    np.testing.assert_allclose(transformer.transformer_.mean_, expected)


def test_weights_reach_a_transformer_without_fit_transform():
    Xt = TokenTransformer(FitOnly()).fit_transform(cut(WORDS), sample_weight=[1, 10, 100, 1000])
    assert Xt[0].tolist() == [[4013]] * 3


def test_weights_of_a_block_and_of_rows():
    fit = TokenTransformer(Recorder()).fit
    weights = np.arange(8).reshape(2, 4)
    block = fit(NUMBERS.reshape(2, 4, 3), sample_weight=weights).transformer_
    assert block.sample_weight_.tolist() == list(range(8))
    weights = list(range(8))
    assert fit(NUMBERS, sample_weight=weights).transformer_.sample_weight_ is weights


def test_metadata_that_says_nothing_of_sequences_stays_as_it_is():
    four_columns = pd.DataFrame(np.eye(4))
    for note in (3, "text", {"a": 1}, ["one", "two"], four_columns):
        fitted = TokenTransformer(Recorder()).fit(cut(WORDS), note=note).transformer_
        assert fitted.note_ is note


def test_metadata_in_a_pipeline_goes_by_name(small):
    model = make_pipeline(TokenTransformer(Recorder()), small.set_params(max_iter=1))
    model.fit(cut(WORDS), cut(TAGS), tokentransformer__sample_weight=[1, 2, 3, 4])
    assert model[0].transformer_.sample_weight_.tolist() == [1, 1, 1, 2, 4, 4, 4, 4]


def test_metadata_is_routed_by_request(small):
    weights = [1, 2, 3, 4]
    with config_context(enable_metadata_routing=True):
        inner = Recorder().set_fit_request(sample_weight=True).set_transform_request(offset=True)
        tagger = small.set_params(max_iter=1).set_fit_request(sample_weight=False)
        model = make_pipeline(TokenTransformer(inner), tagger)
        model.fit(cut(WORDS), cut(TAGS), sample_weight=weights)
        assert model[0].transformer_.sample_weight_.tolist() == [1, 1, 1, 2, 4, 4, 4, 4]
        assert model[0].transform([["a"]], offset=7)[0].tolist() == [[7]]
        without = TokenTransformer(FitOnly().set_fit_request(sample_weight=True))
        assert without.fit_transform(cut(WORDS), sample_weight=weights)[0][0] == 21
        make_pipeline(without, tagger).fit(cut(WORDS), cut(TAGS), sample_weight=[1, 1, 1, 1])
        assert without.transformer_.total_ == 8
        with pytest.raises(ValueError, match="sample_weight"):
            TokenTransformer(Recorder()).fit(cut(WORDS), sample_weight=weights)


def test_a_pipeline_transforms_the_validation_set_where_asked(vectors, small):
    X, y = vectors
    with config_context(enable_metadata_routing=True):
        tagger = small.set_params(max_iter=1).set_fit_request(X_val=True, y_val=True)
        model = make_pipeline(TokenTransformer(PCA(2)), tagger, transform_input=["X_val"])
        model.fit(X[:20], y[:20], X_val=X[20:], y_val=y[20:])
    assert len(tagger.validation_scores_) == 1


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "X has 4 sequences, but sample_weight has 2 entries"),
        (
            [[1, 2, 3], [1], [], [1]],
            r"X\[3\] has 4 tokens, but sample_weight\[3\] has 1: pass",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        TokenTransformer(StandardScaler()).fit(cut(NUMBERS), sample_weight=weights)


# Callbacks


class Observer:
    """Notes which tasks of which estimators begin and end."""

    max_propagation_depth = None

    def __init__(self):
        self.calls = []

    def setup(self, estimator, context):
        self.calls.append(("setup", type(estimator).__name__))

    def on_fit_task_begin(self, estimator, context):
        self.calls.append((f"begin {context.task_name}", type(estimator).__name__))

    def on_fit_task_end(self, estimator, context):
        self.calls.append((f"end {context.task_name}", type(estimator).__name__))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", type(estimator).__name__))


def test_callbacks_of_a_pipeline_go_through_to_a_transformer_that_has_them(vectors, small):
    observer = Observer()
    model = make_pipeline(TokenTransformer(StandardScaler()), small.set_params(max_iter=1))
    model.set_callbacks(observer).fit(*vectors)
    assert observer.calls == [
        ("setup", "Pipeline"),
        ("begin fit", "Pipeline"),
        ("begin fit-transform", "TokenTransformer"),
        ("begin fit", "StandardScaler"),
        ("end fit", "StandardScaler"),
        ("end fit-transform", "TokenTransformer"),
        ("begin fit", "BiLSTMTagger"),
        ("begin epoch", "BiLSTMTagger"),
        ("end epoch", "BiLSTMTagger"),
        ("end fit", "BiLSTMTagger"),
        ("end fit", "Pipeline"),
        ("teardown", "Pipeline"),
    ]


def test_callbacks_of_a_pipeline_stop_at_a_transformer_without_any(vectors, small):
    """And nothing warns of it: scikit-learn does where its own steps have none."""
    observer = Observer()
    model = make_pipeline(TokenTransformer(PCA(2)), small.set_params(max_iter=1))
    model.set_callbacks(observer).fit(*vectors)
    assert ("end fit-transform", "TokenTransformer") in observer.calls
    assert ("end epoch", "BiLSTMTagger") in observer.calls


@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_callbacks_of_its_own_see_one_task(method):
    observer = Observer()
    transformer = TokenTransformer(IncrementalPCA(2)).set_callbacks(observer)
    getattr(transformer, method)(cut(NUMBERS))
    task = method.replace("_", "-")
    names = ["setup", f"begin {task}", f"end {task}", "teardown"]  # IncrementalPCA has none
    assert observer.calls == [(name, "TokenTransformer") for name in names]
    assert not [name for name in vars(transformer) if "ctx" in name]


def test_callbacks_are_torn_down_after_a_failure():
    observer = Observer()
    transformer = TokenTransformer(StandardScaler()).set_callbacks(observer)
    with pytest.raises(ValueError, match="could not convert"):
        transformer.fit(cut(OBJECTS))
    assert observer.calls[-1] == ("teardown", "TokenTransformer")


def test_callbacks_see_a_fitted_transformer():
    class Fitted(Observer):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            self.fitted = fitted_estimator

    observer = Fitted()
    transformer = TokenTransformer(PCA(2)).set_callbacks(observer).fit(cut(NUMBERS))
    assert observer.fitted.transformer_ is transformer.transformer_


def test_progress_bars_of_a_pipeline_show_both_steps(vectors, small, capsys):
    pytest.importorskip("rich")
    model = make_pipeline(TokenTransformer(StandardScaler()), small)
    model.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*vectors)
    output = capsys.readouterr().out
    assert "TokenTransformer" in output
    assert "BiLSTMTagger" in output


# What is refused


def test_another_number_of_rows_is_refused_by_name():
    few = TokenTransformer(FunctionTransformer(lambda X: X[:2]))
    with pytest.raises(ValueError, match="FunctionTransformer returned 2 rows for the 8 tokens"):
        few.fit_transform(cut(NUMBERS))
    assert not hasattr(few, "transformer_")
    with pytest.raises(ValueError, match="returned 2 rows for the 8 tokens"):
        few.fit(cut(NUMBERS)).transform(cut(NUMBERS))
    with pytest.raises(ValueError, match="returned 2 rows for the 8 tokens"):
        few.fit_transform(NUMBERS)
    nothing = TokenTransformer(FunctionTransformer(lambda X: None))
    with pytest.raises(ValueError, match="returned an object without rows"):
        nothing.fit_transform(cut(NUMBERS))


@pytest.mark.parametrize("method", ["fit", "fit_transform"])
@pytest.mark.parametrize("transformer", ["standard", None, LogisticRegression()])
def test_what_is_no_transformer_is_refused(transformer, method):
    with pytest.raises(TypeError, match=r"which has no .*pass a transformer"):
        getattr(TokenTransformer(transformer), method)(cut(NUMBERS))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (cut(TAGS)[:3], "X has 4 sequences, but y has 3: pass both"),
        (TAGS[:4], r"y\[0\] is 'D', not a sequence"),
        ([*cut(TAGS)[:3], ["D"]], r"X\[3\] has 4 tokens, but y\[3\] has 1: pass both"),
    ],
)
def test_tags_that_do_not_fit_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        TokenTransformer(StandardScaler()).fit(cut(NUMBERS), y)


def test_tags_that_are_no_list_are_refused():
    with pytest.raises(TypeError, match=r"y is of type int, not a list. Pass a list or array"):
        TokenTransformer(StandardScaler()).fit(cut(NUMBERS), 3)


def test_errors_of_the_transformer_say_what_it_was_given():
    with pytest.raises(ValueError, match="Expected 2D array") as caught:
        TokenTransformer(OneHotEncoder()).fit(cut(WORDS))
    given, advice = caught.value.__notes__
    assert "OneHotEncoder was given the 8 tokens of the 4 sequences of X" in given
    assert "np.reshape(words, (-1, 1))" in advice
    with pytest.raises(ValueError, match="is expecting 3 features") as caught:
        TokenTransformer(StandardScaler()).fit(NUMBERS).transform(NUMBERS[:, :2])
    assert not hasattr(caught.value, "__notes__")


# scikit-learn's own checks

CHECKED = TokenTransformer(StandardScaler())


@parametrize_with_checks([CHECKED], xfail_strict=True)
def test_scikit_learn_check(estimator, check):
    try:
        check(estimator)
    except SkipTest as skip:
        pytest.fail(f"the check was skipped: {skip}")


def test_all_checks_are_there():
    assert len(list(estimator_checks_generator(CHECKED, mark=None))) == 46


def test_data_frame_column_names_are_consistent():
    estimator_checks.check_dataframe_column_names_consistency("TokenTransformer", CHECKED)
