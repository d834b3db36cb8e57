import numpy as np
import pandas as pd
import pytest

from ._inputs import INDICES, NAN, ROWS, TAGS, WORDS, refuses, tagger


@pytest.mark.parametrize(
    "classes",
    [["VERB", "NOUN", "X"], ("X", "NOUN", "VERB", "X"), np.array(["NOUN", "VERB", "X"])],
)
def test_classes_may_be_named_in_the_first_call(classes):
    learner = tagger().partial_fit(WORDS, TAGS, classes=classes)
    assert learner.classes_.tolist() == ["NOUN", "VERB", "X"]
    learner.partial_fit([["Ducks"]], [["X"]], classes=classes)
    assert learner.partial_fit([["Ducks"]], [["X"]]).classes_.tolist() == ["NOUN", "VERB", "X"]


@pytest.mark.parametrize("classes", [[2, 0, 1], np.array([0.0, 1.0, 2.0]), pd.Series([0, 1, 2])])
def test_classes_may_be_numbers(classes):
    learner = tagger().partial_fit(WORDS, INDICES, classes=classes)
    assert learner.classes_.tolist() == [0, 1, 2]


def test_a_label_outside_the_classes_is_refused_and_named():
    message = "which is not among the classes ['NOUN', 'VERB']."
    learner = tagger(warm_start=True)
    message += (
        " Name all tags in the first call, partial_fit(X, y, classes=...), or start anew with fit "
        "and warm_start=False."
    )
    with refuses(ValueError, f"y[1][0] is 'X', {message}"):
        learner.partial_fit(WORDS, [["NOUN", "VERB"], ["X"]], classes=["NOUN", "VERB"])
    learner.partial_fit(WORDS, TAGS)
    for learn in (learner.partial_fit, learner.fit):
        with refuses(ValueError, f"y[1][0] is 'X', {message}"):
            learn(WORDS, [["NOUN", "VERB"], ["X"]])
        with refuses(ValueError, f"y[0][0] is 0, {message}"):
            learn(WORDS, INDICES)


def test_a_label_outside_the_classes_is_named_for_rows():
    with refuses(ValueError, "y[1] is 3, which is not among the classes [1, 2]"):
        tagger().partial_fit(ROWS, [1, 2]).partial_fit(ROWS, np.array([1, 3]))


def test_a_label_outside_the_classes_may_have_weight_zero():
    learner = tagger().partial_fit(WORDS, TAGS)
    learner.partial_fit(WORDS, [["NOUN", "X"], ["VERB"]], sample_weight=[[1, 0], [1]])
    assert learner.classes_.tolist() == ["NOUN", "VERB"]


@pytest.mark.parametrize("classes", [["NOUN", "VERB", "X"], ["NOUN"], ["NOUN", "X"], [1, 2]])
def test_other_classes_in_a_later_call_are_refused(classes):
    learner = tagger().partial_fit(WORDS, TAGS)
    with refuses(
        ValueError,
        f"classes is {classes}, but this BiLSTMTagger was first fitted with ['NOUN', 'VERB']. Pass "
        "the same classes or none, or start anew with fit and warm_start=False.",
    ):
        learner.partial_fit(WORDS, TAGS, classes=classes)
    learner.partial_fit(WORDS, TAGS, classes=["VERB", "NOUN"])


@pytest.mark.parametrize("classes", [[], ["a", 1], [None], [0.5], [NAN], [["a"]], [b"a"]])
def test_classes_that_are_no_tags_are_refused(classes):
    with refuses(
        ValueError,
        f"classes must be all str or all integers. Got {classes!r}.",
    ):
        tagger().partial_fit(WORDS, TAGS, classes=classes)


def test_a_label_outside_the_classes_is_named_where_the_user_has_it():
    fitted = tagger().partial_fit(WORDS, TAGS)
    with refuses(ValueError, "y[1][0] is 'X', which is not among the classes"):
        fitted.partial_fit(WORDS, [["NOUN", "VERB"], ["X"]], sample_weight=[0, 1])
