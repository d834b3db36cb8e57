"""A failure, of whatever kind, leaves no trace in the tagger."""

import copy

import numpy as np
import pandas as pd
import pytest

from ._inputs import (
    MATRICES,
    NAMES,
    NAN,
    ROWS,
    TAGS,
    WORDS,
    assert_untouched,
    attributes_of,
    refuses,
    tagger,
)


class Fails:
    """A callback that raises in one of its hooks, in the first task of that name."""

    def __init__(self, hook, task, error):
        self.hook, self.task, self.error = hook, task, error

    def setup(self, estimator, context):
        self._reach("setup", context)

    def on_fit_task_begin(self, estimator, context):
        self._reach("begin", context)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self._reach("end", context)

    def teardown(self, estimator, context):
        pass

    def _reach(self, hook, context):
        if (hook, context.task_name) == (self.hook, self.task):
            raise self.error


BAD_LEARNING = {
    "X is no list": (TypeError, {"X": "Ducks"}),
    "X holds a missing token": (ValueError, {"X": [["Ducks", None], ["Swim"]]}),
    "X holds NaN": (ValueError, {"X": [np.full((2, 3), NAN), np.ones((1, 3))]}),
    "X holds other features": (ValueError, {"X": [np.ones((2, 3)), np.ones((1, 5))]}),
    "X has no token": (ValueError, {"X": [[], []], "y": [[], []]}),
    "y is missing": (ValueError, {"y": None}),
    "y is too short": (ValueError, {"y": [["NOUN"], ["VERB"]]}),
    "y is mixed": (ValueError, {"y": [["NOUN", 1], ["VERB"]]}),
    "y is continuous": (ValueError, {"y": [[0.5, 1.0], [1.0]]}),
    "weights are negative": (ValueError, {"sample_weight": [1.0, -1.0]}),
    "weights are zero": (ValueError, {"sample_weight": [0.0, 0.0]}),
    "weights have another length": (ValueError, {"sample_weight": [1.0]}),
}
BAD_CALLBACKS = [
    (hook, task, error)
    for error in (RuntimeError("callback"), KeyboardInterrupt())
    for hook, task in (
        ("setup", "fit"),
        ("begin", "fit"),
        ("begin", "epoch"),
        ("end", "epoch"),
        ("end", "fit"),
    )
    # An interruption after a whole epoch is no failure: its model is kept.
    if (hook, task, type(error)) != ("end", "epoch", KeyboardInterrupt)
]
WAYS = {
    "fit": ("fit", False),
    "warm start": ("fit", True),
    "partial_fit": ("partial_fit", False),
}


@pytest.fixture(params=["words", "vectors"])
def data(request):
    """Return a training set, and another one like it."""
    if request.param == "words":
        return (WORDS, TAGS), ([["Geese", "swim"], ["Fly"]], TAGS)
    names = [pd.DataFrame(matrix, columns=NAMES) for matrix in MATRICES]
    return (names, TAGS), ([frame * 2 for frame in names], TAGS)


@pytest.fixture(params=["unfitted", "fitted", "partially fitted"])
def state(request):
    return request.param


def fitted_as(state, learner, X, y):
    """Bring a tagger into a state; return what it then is and answers."""
    if state == "fitted":
        learner.fit(X, y)
    elif state == "partially fitted":
        learner.partial_fit(X, y)
    answers = None if state == "unfitted" else learner.predict_proba(X)
    return copy.deepcopy(attributes_of(learner)), answers


@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(("error", "bad"), BAD_LEARNING.values(), ids=BAD_LEARNING.keys())
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_bad_input_leaves_the_tagger_as_it_was(data, state, method, warm_start, error, bad):
    learner = tagger(warm_start=warm_start)
    (X, y), (other_X, other_y) = data
    before = fitted_as(state, learner, X, y)
    arguments = {"X": other_X, "y": other_y} | bad
    with pytest.raises(error):
        getattr(learner, method)(**arguments)
    assert_untouched(learner, before, X)


@pytest.mark.parametrize(("hook", "task", "error"), BAD_CALLBACKS)
@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
def test_a_callback_that_raises_leaves_the_tagger_as_it_was(
    data, state, method, warm_start, hook, task, error
):
    learner = tagger(warm_start=warm_start)
    (X, y), other = data
    before = fitted_as(state, learner, X, y)
    learner.set_callbacks(Fails(hook, task, error))
    with pytest.raises(type(error)):
        getattr(learner, method)(*other)
    learner.set_callbacks()
    assert_untouched(learner, before, X)


@pytest.mark.filterwarnings("ignore:Column 2 of X has mean:UserWarning")
@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
def test_numbers_that_fail_leave_the_tagger_as_it_was(state, method, warm_start):
    learner = tagger(warm_start=warm_start, batch_size=1)
    before = fitted_as(state, learner, MATRICES, TAGS)
    learner.set_params(learning_rate_init=1e300)
    before[0]["learning_rate_init"] = 1e300
    huge = [matrix * 1e300 for matrix in MATRICES]
    with refuses(
        ValueError, "the loss or the parameters are not finite. Scale X, or use a smaller learn"
    ):
        getattr(learner, method)(huge * 5, TAGS * 5)
    assert_untouched(learner, before, MATRICES)


@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("error", [RuntimeError("analyzer"), KeyboardInterrupt()], ids=repr)
def test_an_analyzer_that_raises_leaves_the_tagger_as_it_was(state, method, warm_start, error):
    def analyzer(word):
        if word == "Geese":
            raise error
        return [word]

    learner = tagger(warm_start=warm_start, analyzer=analyzer)
    before = fitted_as(state, learner, WORDS, TAGS)
    with pytest.raises(type(error)):
        getattr(learner, method)([["Geese", "swim"], ["Fly"]], TAGS)
    assert_untouched(learner, before, WORDS)


@pytest.mark.parametrize("name", ["max_iter", "solver", "class_weight", "random_state"])
@pytest.mark.parametrize(("method", "warm_start"), WAYS.values(), ids=WAYS.keys())
def test_bad_parameters_leave_the_tagger_as_it_was(state, method, warm_start, name):
    learner = tagger(warm_start=warm_start)
    before = fitted_as(state, learner, WORDS, TAGS)
    learner.set_params(**{name: "bad"})
    before[0][name] = "bad"
    with pytest.raises((ValueError, TypeError), match=name):
        getattr(learner, method)(WORDS, TAGS)
    assert_untouched(learner, before, WORDS)


@pytest.mark.parametrize(
    "validation", [{"X_val": MATRICES}, {"X_val": MATRICES, "y_val": [["NOUN"], ["VERB"]]}]
)
@pytest.mark.parametrize("warm_start", [True, False])
def test_a_bad_validation_set_leaves_the_tagger_as_it_was(state, warm_start, validation):
    learner = tagger(warm_start=warm_start)
    before = fitted_as(state, learner, MATRICES, TAGS)
    with pytest.raises(ValueError, match="X_val"):
        learner.fit(MATRICES, TAGS, **validation)
    assert_untouched(learner, before, MATRICES)


def test_labels_and_classes_that_are_refused_leave_the_tagger_as_it_was():
    learner = tagger()
    before = fitted_as("partially fitted", learner, WORDS, TAGS)
    with refuses(ValueError, "is 'X', which is not among the classes"):
        learner.partial_fit(WORDS, [["X", "VERB"], ["VERB"]])
    with refuses(ValueError, "classes is ['X'], but this BiLSTMTagger was first fitted with"):
        learner.partial_fit(WORDS, TAGS, classes=["X"])
    assert_untouched(learner, before, WORDS)


@pytest.mark.parametrize("bad", ["Ducks", [[None]], ROWS, [["a", 1]], np.full((1, 3), NAN)])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_a_failed_prediction_leaves_the_tagger_as_it_was(method, bad):
    learner = tagger()
    before = fitted_as("fitted", learner, WORDS, TAGS)
    with pytest.raises((ValueError, TypeError)):
        getattr(learner, method)(bad)
    assert_untouched(learner, before, WORDS)
