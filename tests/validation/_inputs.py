"""What the tests of validation share: small inputs in many containers, and what to expect."""

import math
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from sklstm import BiLSTMTagger
from sklstm._model import Model
from sklstm._persistence import model_to_state

NAN, INF = math.nan, math.inf

WORDS = [["Ducks", "swim"], ["Swim"]]
TAGS = [["NOUN", "VERB"], ["VERB"]]
INDICES = [[0, 1], [1]]
DICTS = [[{"word": "Ducks", "title": True}, {"word": "swim"}], [{"length": 4, "word": "Swim"}]]
MATRICES = [np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 0.0]]), np.array([[0.0, 0.0, 5.0]])]
BLOCK = np.arange(12.0).reshape(2, 2, 3)
ROWS = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 0.0]])
NAMES = ["u", "v", "w"]
EQUAL_WORDS = [["Ducks", "swim"], ["Swim", "ducks"]]
EQUAL_DICTS = [[{"word": word} for word in words] for words in EQUAL_WORDS]
FRAME_FORMS = {
    "list of pandas frames": [pd.DataFrame(matrix, columns=NAMES) for matrix in MATRICES],
    "list of polars frames": [pl.DataFrame(matrix, schema=NAMES) for matrix in MATRICES],
    "list of nullable frames": [
        pd.DataFrame(matrix, columns=NAMES).astype("Float64") for matrix in MATRICES
    ],
}
ROW_FRAMES = {
    "pandas frame": pd.DataFrame(ROWS, columns=NAMES),
    "polars frame": pl.DataFrame(ROWS, schema=NAMES),
    "nullable frame": pd.DataFrame(ROWS, columns=NAMES).astype("Int64"),
}


def tagger(**params):
    """Return a tagger that trains in no time."""
    small = {"hidden_layer_sizes": 2, "embedding_size": 2, "max_iter": 1, "random_state": 0}
    return BiLSTMTagger(**{**small, **params})


def refuses(error, text):
    """Expect an error with this text in its message, which begins with a word."""
    return pytest.raises(error, match=r"(?<!\w)" + re.escape(text))


def objects(items):
    """Return a 1-D object array, whatever the items are."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


class OnlyArray:
    """What can be converted to an array, and nothing else."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


class ForeignArray(OnlyArray):
    """An array of another library."""

    @property
    def shape(self):
        return self.values.shape

    @property
    def ndim(self):
        return self.values.ndim

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return map(ForeignArray, self.values)


def generator(items=WORDS):
    """Return what can be read only once."""
    yield from items


def each(forms):
    """Run a test on each of some forms of X."""
    return pytest.mark.parametrize("X", forms.values(), ids=forms.keys())


def assert_ragged(answer, lengths):
    """Assert that an answer is an object array with a list of str for each sequence."""
    assert type(answer) is np.ndarray
    assert (answer.shape, answer.dtype) == ((len(lengths),), object)
    assert [type(tags) for tags in answer] == [list] * len(lengths)
    assert [len(tags) for tags in answer] == lengths
    assert {type(tag) for tags in answer for tag in tags} <= {str}


def assert_ragged_probabilities(fitted, X, lengths):
    """Assert that there is a matrix of probabilities for each sequence."""
    p = fitted.predict_proba(X)
    assert (p.shape, p.dtype) == ((len(lengths),), object)
    assert [one.shape for one in p] == [(length, len(fitted.classes_)) for length in lengths]
    for one, log_one in zip(p, fitted.predict_log_proba(X), strict=True):
        np.testing.assert_allclose(one.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_allclose(np.log(one), log_one, rtol=1e-4)


def mixture(place, odd, first_place, first):
    """Return the message on a token that is not of the kind of the first; both are short."""
    odd, first = (f"{value!r} of type {type(value).__name__}" for value in (odd, first))
    return f"X{place} is {odd}, but X{first_place} is {first}."


def assert_same(one, other, where=""):
    """Assert that two structures of dicts, lists and arrays hold the same."""
    assert type(one) is type(other), where
    if isinstance(one, dict):
        assert list(one) == list(other), where
        for name in one:
            assert_same(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for k, (ours, theirs) in enumerate(zip(one, other, strict=True)):
            assert_same(ours, theirs, f"{where}[{k}]")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, err_msg=where)
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(other), where
    else:
        assert one == other, where


def attributes_of(learner):
    """Return all attributes; of the model, the state that is saved."""
    return {
        name: model_to_state(value) if isinstance(value, Model) else value
        for name, value in vars(learner).items()
    }


def assert_untouched(learner, before, X):
    """Assert that nothing of a tagger has changed, and that it works as it did."""
    attributes, answers = before
    assert_same(attributes_of(learner), attributes)
    if answers is None:
        assert vars(learner).keys() == learner.get_params().keys()
        with pytest.raises(NotFittedError):
            learner.predict(X)
    else:
        for ours, theirs in zip(learner.predict_proba(X), answers, strict=True):
            np.testing.assert_array_equal(ours, theirs)
