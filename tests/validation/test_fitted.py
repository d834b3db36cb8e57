import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sklstm._model import as_precision

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
        "or fit it again."
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
def test_training_cannot_continue_with_another_kind_of_token(
    warm_start, first, second, kind, known
):
    fitted = tagger(warm_start=warm_start).fit(first, TAGS)
    with refuses(
        ValueError,
        f"The tokens of X are {kind}, but this BiLSTMTagger was fitted on {known}. Start again "
        "with fit and warm_start=False.",
    ):
        (fitted.fit if warm_start else fitted.partial_fit)(second, TAGS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden_layer_sizes": (3, 2)}, "hidden_layer_sizes changed from [2] to [3, 2]."),
        ({"embedding_size": 5}, "embedding_size changed from 2 to 5."),
        ({"bidirectional": False}, "bidirectional changed from True to False."),
        ({"char_hidden_size": 3}, "char_hidden_size changed from 32 to 3."),
        ({"char_hidden_size": 0}, "char_hidden_size changed from 32 to 0."),
        ({"analyzer": "char_ngram"}, "analyzer changed from affix to char_ngram."),
        ({"output": "crf"}, "output changed from softmax to crf."),
        ({"embeddings": {"swim": [1.0, 2.0]}}, "the width of embeddings changed from 0 to 3."),
        (
            {"embedding_size": 5, "hidden_layer_sizes": 1},
            "hidden_layer_sizes changed from [2] to [1], embedding_size changed from 2 to 5.",
        ),
    ],
)
def test_training_cannot_continue_with_another_architecture(changed, message):
    fitted = tagger(warm_start=True).fit(WORDS, TAGS).set_params(**changed)
    message = f"Cannot continue training: {message} Change it back, or start again with fit and"
    for method in (fitted.fit, fitted.partial_fit):
        with refuses(ValueError, message):
            method(WORDS, TAGS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"output": "softmax", "scheme": None},
            "output changed from crf to softmax, scheme changed from BIO to None.",
        ),
        ({"scheme": None}, "scheme changed from BIO to None."),
        ({"scheme": "IOB1"}, "scheme changed from BIO to IOB1."),
    ],
)
def test_training_cannot_continue_with_other_transitions(changed, message):
    fitted = tagger(warm_start=True, output="crf", scheme="BIO").fit(WORDS, [["O", "O"], ["O"]])
    fitted.set_params(**changed)
    for method in (fitted.fit, fitted.partial_fit):
        with refuses(ValueError, f"Cannot continue training: {message}"):
            method(WORDS, [["O", "O"], ["O"]])


def test_the_same_architecture_can_be_given_in_another_form():
    fitted = tagger(warm_start=True).fit(WORDS, TAGS)
    for sizes in ((2,), [2], np.array([2]), np.int64(2)):
        fitted.set_params(hidden_layer_sizes=sizes).fit(WORDS, TAGS)
    assert fitted.n_iter_ == 5


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "score", "vocabulary_"]
)
def test_a_tagger_that_is_not_fitted_raises(method):
    if method == "vocabulary_":
        with refuses(
            AttributeError, "vocabulary_ is only available after fitting on words or dicts"
        ):
            _ = tagger().vocabulary_
        return
    arguments = (WORDS, TAGS) if method == "score" else (WORDS,)
    with refuses(NotFittedError, "This BiLSTMTagger instance is not fitted yet"):
        getattr(tagger(), method)(*arguments)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_vectors_take_the_precision_of_the_model(form):
    values = form(np.array([[0.0, 1.5], [1e39, 0.0]]))
    assert as_precision(values, np.dtype(np.float64)) is values
    with refuses(ValueError, "X contains values too large for float32, the precision of the X"):
        as_precision(values, np.dtype(np.float32))
    cast = as_precision(values[[0]], np.dtype(np.float32))
    assert (cast.dtype, cast.sum()) == (np.float32, 1.5)
