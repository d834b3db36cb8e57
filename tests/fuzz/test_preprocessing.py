"""TokenTransformer, for any sequences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction import DictVectorizer
from sklearn.preprocessing import Binarizer, FunctionTransformer, StandardScaler

from sklstm.preprocessing import TokenTransformer

from ._estimators import X_DICTS, X_VECTORS, X_WORDS
from ._properties import REFUSED, call, works
from ._strategies import (
    UserError,
    any_sequences,
    any_tagged,
    junk,
    lengths_of,
    scalars,
    sequences,
    weights,
)


def check_words(words):
    if not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        raise UserError("not a list of words")


class Lengths(TransformerMixin, BaseEstimator):
    """The length of each word; like other transformers of words, it fails for anything else."""

    def fit(self, words, y=None):
        self.is_fitted_ = True
        check_words(words)
        return self

    def transform(self, words):
        check_words(words)
        return np.array([[len(word)] for word in words])


# A transformer gets rows as they are, and refuses them with messages of its own.
PLACES = "X|y|sample_weight|Found array|Expected 2D array|arrays?|float|dtype|Complex data"
TRANSFORMERS = {
    "words": Lengths(),
    "dicts": DictVectorizer(),
    "vectors": Binarizer(),
}
DATA = {"words": X_WORDS, "dicts": X_DICTS, "vectors": X_VECTORS}
kinds = st.sampled_from([*DATA])


@pytest.fixture(scope="module")
def fitted():
    return {kind: TokenTransformer(TRANSFORMERS[kind]).fit(DATA[kind]) for kind in DATA}


@given(data=st.data(), kind=st.sampled_from(["words", "vectors"]))
def test_each_token_of_valid_sequences_gets_a_row(fitted, data, kind):
    X = data.draw(sequences(kind, min_size=1, mixed=False), label="X")
    Xt = works(fitted[kind].transform, X)
    assert [each.shape[0] for each in Xt] == lengths_of(X)
    assert len({each.shape[1] for each in Xt}) == 1
    for one, each in zip(X, Xt, strict=True):
        (alone,) = works(fitted[kind].transform, [one])
        assert (alone != each).sum() == 0


@given(data=st.data(), kind=st.sampled_from(["words", "vectors"]))
def test_any_sequences_are_transformed_or_refused_with_their_place(fitted, data, kind):
    X = data.draw(any_sequences(kind), label="X")
    call(fitted[kind].transform, X, names=PLACES, keeps=[fitted[kind]])


@given(data=st.data(), kind=st.sampled_from(["words", "vectors"]))
def test_any_sequences_are_fitted_or_refused_with_their_place(data, kind):
    X, y = data.draw(any_tagged(kind), label="X, y")
    transformer = TokenTransformer(TRANSFORMERS[kind])
    method = data.draw(st.sampled_from(["fit", "fit_transform"]))
    options = {}
    if kind == "vectors" and data.draw(st.booleans()):
        options["sample_weight"] = data.draw(weights(y), label="sample_weight")
    call(getattr(transformer, method), X, y, names=PLACES, keeps=[transformer], **options)


@given(X=st.one_of(kinds.flatmap(sequences), kinds.flatmap(any_sequences)))
def test_what_comes_back_is_what_went_in(X):
    identity = TokenTransformer(FunctionTransformer())
    Xt = call(identity.fit_transform, X, names=PLACES)
    if Xt is not REFUSED and isinstance(Xt, list) and isinstance(X, (list, tuple)):
        assert len(Xt) == len(X)
        assert lengths_of(Xt) == lengths_of(X)


@given(transformer=st.one_of(scalars, junk, st.just(DictVectorizer)))
def test_what_is_no_transformer_is_refused(transformer):
    assert (
        call(TokenTransformer(transformer).fit, X_WORDS, names="transformer|estimator") is REFUSED
    )


@given(data=st.data())
def test_partial_fits_of_valid_vectors_are_one_fit(data):
    X = data.draw(sequences("vectors", min_size=2), label="X")
    small = [np.asarray(each.todense() if hasattr(each, "todense") else each, float) for each in X]
    small = [np.clip(each.reshape(-1, 3), -3, 3) for each in small]
    whole = call(TokenTransformer(StandardScaler()).fit, small, names=PLACES)
    parts = TokenTransformer(StandardScaler())
    if whole is REFUSED:
        assert not any(map(len, small))
        return
    for each in small:
        if len(each):
            works(parts.partial_fit, [each])
    np.testing.assert_allclose(parts.transformer_.mean_, whole.transformer_.mean_, atol=1e-9)
