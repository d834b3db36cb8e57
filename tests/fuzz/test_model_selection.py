"""Cross-validated predictions, for any data and splits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import KFold

from sklstm.model_selection import cross_val_predict

from ._estimators import X_WORDS, Y_WORDS, tiny
from ._properties import REFUSED, assert_probabilities, call
from ._strategies import any_tagged, junk, lengths_of, scalars, tagged, weights

METHODS = ["predict", "predict_proba", "predict_log_proba"]
PLACES = (
    "X|y|sample_weight|cv|groups|params|method|n_splits|estimator|samples|Found array|"
    "Expected 2D array|Expected sequence or array-like|Input should|arguments?|keywords"
)
kinds = st.sampled_from(["words", "dicts", "vectors"])


@given(data=st.data(), kind=kinds, method=st.sampled_from(METHODS))
def test_each_token_of_valid_sequences_is_predicted_once(data, kind, method):
    X, y = data.draw(tagged(kind, min_size=2, sets=[["x", "y"], [0, 1]]), label="X, y")
    answer = call(cross_val_predict, tiny(), X, y, cv=2, method=method, names=PLACES)
    if answer is REFUSED:  # a fold without a token, or with too few sequences
        return
    assert lengths_of(answer) == lengths_of(X)
    classes = {tag for tags in y for tag in tags}
    if method == "predict":
        assert {tag for tags in answer for tag in tags} <= classes
    elif method == "predict_proba":
        assert_probabilities(answer, len(classes))
    else:
        assert all(np.isfinite(each).all() for each in answer)


@given(data=st.data(), kind=kinds, method=st.sampled_from(METHODS))
def test_any_data_is_predicted_or_refused_with_its_place(data, kind, method):
    X, y = data.draw(any_tagged(kind), label="X, y")
    options = {"cv": 2, "method": method}
    if data.draw(st.booleans()):
        options["params"] = {"sample_weight": data.draw(weights(y), label="sample_weight")}
    call(cross_val_predict, tiny(), X, y, names=PLACES, **options)


SPLITS = [
    2, KFold(2), KFold(2, shuffle=True, random_state=0), [([0, 1], [2, 3]), ([2, 3], [0, 1])], 0, 1,
    100, [([0, 1], [2, 3])], [([0], [1]), ([1], [1])], [([0, 1, 2, 3], [0, 1, 2, 3])],
    [([0], [9])], [], [([], [])],
]  # fmt: skip
options = st.fixed_dictionaries(
    {},
    optional={
        "cv": st.one_of(st.sampled_from(SPLITS), scalars, junk),
        "method": st.one_of(st.sampled_from([*METHODS, "fit", "score", "classes_"]), scalars),
        "groups": st.one_of(st.just([0, 0, 1, 1]), junk),
        "params": st.one_of(st.just({}), st.just({"no": 1}), junk),
    },
)


@given(options=options)
def test_any_option_is_used_or_refused_by_its_name(options):
    options = {"cv": 2, **options}
    estimator = tiny()
    call(cross_val_predict, estimator, X_WORDS, Y_WORDS, names=PLACES, **options)
    assert not hasattr(estimator, "classes_")


@given(estimator=st.one_of(scalars, junk))
def test_what_is_no_tagger_is_refused(estimator):
    answer = call(cross_val_predict, estimator, X_WORDS, Y_WORDS, cv=2, names="estimator")
    assert answer is REFUSED
