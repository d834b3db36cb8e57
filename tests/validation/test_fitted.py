import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sklstm._sequences import Tokens
from sklstm._validation import as_precision

from ._inputs import BLOCK, DICTS, EQUAL_DICTS, MATRICES, ROWS, TAGS, WORDS, refuses, tagger


@pytest.mark.parametrize(
    "X",
    [
        [np.ones((1, 2))],
        [sparse.csr_matrix(np.ones((1, 2)))],
        [[[1.0, 2.0]]],
        [[1.0, 2.0]],
        np.ones((1, 2)),
        np.ones((1, 1, 2)),
        np.ones((1, 0, 2)),
        sparse.csc_array(np.ones((1, 2))),
    ],
)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_another_number_of_features_than_in_fit_is_refused(X, method, on_vectors):
    with refuses(ValueError, "X has 2 features, but BiLSTMTagger is expecting 3 features as input"):
        getattr(on_vectors, method)(X)


@pytest.mark.parametrize(
    ("fitted", "X", "kind", "known"),
    [
        ("on_words", DICTS, "dicts", "words"),
        ("on_words", MATRICES, "vectors", "words"),
        ("on_words", ROWS, "vectors", "words"),
        ("on_words", BLOCK, "vectors", "words"),
        ("on_dicts", WORDS, "words", "dicts"),
        ("on_dicts", sparse.csr_array(ROWS), "vectors", "dicts"),
        ("on_vectors", WORDS, "words", "vectors"),
        ("on_vectors", np.array(EQUAL_DICTS), "dicts", "vectors"),
    ],
)
def test_another_kind_of_token_than_in_fit_is_refused(fitted, X, kind, known, request):
    fitted = request.getfixturevalue(fitted)
    message = (
        f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known}: pass {known}, "
        "or fit it anew."
    )
    for method in (fitted.predict, fitted.predict_proba, fitted.predict_log_proba):
        with refuses(ValueError, message):
            method(X)
    with refuses(ValueError, message):
        fitted.score(X, TAGS)


@pytest.mark.parametrize("warm_start", [True, False], ids=["warm start", "partial_fit"])
@pytest.mark.parametrize(
    ("first", "second", "kind", "known"),
    [(WORDS, MATRICES, "vectors", "words"), (MATRICES, DICTS, "dicts", "vectors")],
)
def test_training_does_not_go_on_with_another_kind_of_token(warm_start, first, second, kind, known):
    fitted = tagger(warm_start=warm_start).fit(first, TAGS)
    with refuses(
        ValueError,
        f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known}. Start anew with "
        "fit and warm_start=False.",
    ):
        (fitted.fit if warm_start else fitted.partial_fit)(second, TAGS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden_layer_sizes": (3, 2)}, "hidden_layer_sizes was [2] and is now [3, 2]."),
        ({"embedding_size": 5}, "embedding_size was 2 and is now 5."),
        ({"bidirectional": False}, "the number of directions (bidirectional) was 2 and is now 1."),
        ({"char_hidden_size": 3}, "char_hidden_size was 50 and is now 3."),
        ({"char_hidden_size": 0}, "char_hidden_size was 50 and is now 0."),
        ({"analyzer": "char_ngram"}, "analyzer was affix and is now char_ngram."),
        ({"output": "crf"}, "output was softmax and is now crf."),
        (
            {"embeddings": {"swim": [1.0, 2.0]}},
            "the width of embeddings, with one number for whether a word has any, was 0 and is "
            "now 3.",
        ),
        (
            {"embedding_size": 5, "hidden_layer_sizes": 1},
            "embedding_size was 2 and is now 5, hidden_layer_sizes was [2] and is now [1].",
        ),
    ],
)
def test_training_does_not_go_on_with_another_build(changed, message):
    fitted = tagger(warm_start=True).fit(WORDS, TAGS).set_params(**changed)
    message = f"a BiLSTMTagger must keep its build, but {message} Set it back, or start anew with"
    for method in (fitted.fit, fitted.partial_fit):
        with refuses(ValueError, message):
            method(WORDS, TAGS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"output": "softmax", "scheme": None},
            "output was crf and is now softmax, scheme was BIO",
        ),
        ({"scheme": None}, "scheme was BIO and is now None."),
        ({"scheme": "IOB1"}, "scheme was BIO and is now IOB1."),
    ],
)
def test_training_does_not_go_on_with_other_transitions(changed, message):
    fitted = tagger(warm_start=True, output="crf", scheme="BIO").fit(WORDS, [["O", "O"], ["O"]])
    fitted.set_params(**changed)
    for method in (fitted.fit, fitted.partial_fit):
        with refuses(ValueError, f"a BiLSTMTagger must keep its build, but {message}"):
            method(WORDS, [["O", "O"], ["O"]])


def test_the_same_build_may_be_written_in_another_way():
    fitted = tagger(warm_start=True).fit(WORDS, TAGS)
    for sizes in ((2,), [2], np.array([2]), np.int64(2)):
        fitted.set_params(hidden_layer_sizes=sizes).fit(WORDS, TAGS)
    assert fitted.n_iter_ == 5


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "score", "vocabulary_"]
)
def test_what_is_not_fitted_says_so(method):
    if method == "vocabulary_":
        with refuses(AttributeError, "vocabulary_ is there after fitting on words or dicts"):
            _ = tagger().vocabulary_
        return
    arguments = (WORDS, TAGS) if method == "score" else (WORDS,)
    with refuses(NotFittedError, "This BiLSTMTagger instance is not fitted yet"):
        getattr(tagger(), method)(*arguments)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_vectors_take_the_precision_of_the_model(form):
    values = form(np.array([[0.0, 1.5], [1e39, 0.0]]))
    tokens = Tokens("vectors", "rows", np.ones(2, int), values)
    assert as_precision(tokens, np.dtype(np.float64)) is values
    with refuses(ValueError, "X holds values too large for float32, the precision of the X that"):
        as_precision(tokens, np.dtype(np.float32))
    cast = as_precision(tokens.select(np.array([0])), np.dtype(np.float32))
    assert (cast.dtype, cast.sum()) == (np.float32, 1.5)
