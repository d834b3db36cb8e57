import enum
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ._inputs import BLOCK, INDICES, NAN, ROWS, TAGS, WORDS, objects, refuses, tagger


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
        " Pass all tags in the first call, partial_fit(X, y, classes=...), or start again with fit "
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
        "the same classes or none, or start again with fit and warm_start=False.",
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


class Tag(str, enum.Enum):  # noqa: UP042
    """An enumeration whose members are str, but print as another text."""

    NOUN = "NOUN"
    VERB = "VERB"


class Shouted(str):
    """A str that prints, and compares, as another text."""

    def __str__(self):
        return self.upper()

    def __eq__(self, other):
        return self.upper() == other

    def __hash__(self):
        return hash(self.upper())


@pytest.mark.parametrize(
    "kind", [Tag, Shouted, np.str_, enum.StrEnum("T", [(tag, tag) for tag in TAGS[0]])]
)
def test_tags_of_a_subclass_of_str_are_their_text(kind, on_words):
    y = [[kind(tag) for tag in tags] for tags in TAGS]
    fitted = tagger().fit(WORDS, y)
    assert fitted.classes_.tolist() == ["NOUN", "VERB"]
    assert {type(tag) for tag in fitted.classes_.tolist()} == {str}
    for one, other in zip(fitted.predict_proba(WORDS), on_words.predict_proba(WORDS), strict=True):
        np.testing.assert_array_equal(one, other)
    assert on_words.score(WORDS, y) == on_words.score(WORDS, TAGS)
    learner = tagger().partial_fit(WORDS, y, classes=[*y[0], kind("NOUN")])
    assert learner.partial_fit(WORDS, TAGS).classes_.tolist() == ["NOUN", "VERB"]


CHANGED = {
    "trailing NUL": ("x\0", "x", r"'x\x00'"),
    "NUL alone": ("\0", "", r"'\x00'"),
    "numpy str": (np.str_("x\0"), "x", r"'x\x00'"),
    "a float for an integer": (2**53 + 1, 2.0, str(2**53 + 1)),
    "64 bits without a sign": (2**63, -1, str(2**63)),
    "numpy's unsigned": (np.uint64(2**64 - 1), 1, str(2**64 - 1)),
    "more than 64 bits": (2**64, 1, str(2**64)),
    "less than 64 bits": (-(2**64), 1, str(-(2**64))),
    "more than a float": (10**400, 1, "1" + 56 * "0" + "..."),
    "more digits than Python prints": (10**5000, 1, "an object of type int"),
    "a large float": (1e300, 2, "1e+300"),
    "short integers": (2**64, np.int8(-128), str(2**64)),
    "extended precision": (10**400, np.longdouble(1), "1" + 56 * "0" + "..."),
    "a fraction": (Fraction(3), 1, "Fraction(3, 1)"),
}


@pytest.mark.parametrize(("odd", "other", "shown"), CHANGED.values(), ids=CHANGED.keys())
@pytest.mark.parametrize("container", [list, objects], ids=["list", "array"])
def test_tags_that_numpy_would_change_are_refused_and_the_first_named(odd, other, shown, container):
    message = (
        f"is {shown}, which NumPy would change in an array of all labels. A str must not end in a "
        "NUL character, and a number must be from -2**63 to 2**63 - 1. Pass another str instead."
    )
    y = [[other, other], [odd]]
    with refuses(ValueError, f"y[1][0] {message}"):
        tagger().fit(WORDS, list(map(container, y)))
    with refuses(ValueError, f"y[1] {message}"):
        tagger().fit(ROWS, [other, odd])
    with refuses(ValueError, f"y[1][0] {message}"):
        tagger().fit(WORDS, [[odd, other], [odd]], sample_weight=[[0, 1], [1]])
    with refuses(ValueError, f"classes[1] {message}"):
        tagger().partial_fit(WORDS, y, classes=[other, odd])
    fitted = tagger().fit(WORDS, y, sample_weight=[[1, 1], [0]])
    with pytest.warns(UserWarning, match="are not among the classes"):
        assert fitted.score(WORDS, y, sample_weight=[[0, 0], [1]]) == 0


@pytest.mark.parametrize(
    "labels",
    [
        ["x\0y", "x"],
        ["\ud800", "\udfff"],
        ["", " "],
        ["x" * 100_000, "x" * 99_999],
        [2**53, 2**53 + 1],
        [-(2**63), 2**63 - 1],
        [2.0**62, 2.0**53],
        [True, 7],
    ],
    ids=lambda labels: repr(labels)[:20],
)
def test_other_tags_are_kept_exactly(labels):
    fitted = tagger().fit(WORDS, [labels, labels[1:]])
    assert fitted.classes_.tolist() == sorted(labels)
    assert {tag for tags in fitted.predict(WORDS) for tag in tags} <= set(labels)


@pytest.mark.parametrize(
    "y",
    [
        np.array(["x\0", "x"], np.dtypes.StringDType()),
        np.array([2**63, 2**64 - 1], np.uint64),
        np.array([1e300, 2.0]),
        np.array([2, 1], np.float16),
    ],
    ids=lambda y: str(y.dtype),
)
def test_tags_of_an_array_for_all_rows_keep_their_type(y):
    classes = tagger().fit(ROWS, y).classes_
    assert classes.dtype == y.dtype
    assert classes.tolist() == sorted(y.tolist())


def test_masked_tags_are_missing():
    message = "Input y contains NaN, first in y"
    for y in ([1, 2], ["a", "b"]):
        masked = np.ma.array(y, mask=[False, True])
        with refuses(ValueError, f"{message}[0][1]."):
            tagger().fit(WORDS, [masked, y[:1]])
        with refuses(ValueError, f"{message}[1]."):
            tagger().fit(ROWS, masked)
        with refuses(ValueError, f"{message}[1][1]."):
            tagger().fit(BLOCK / 12, np.ma.array([y, y], mask=[[False, False], [False, True]]))
        fitted = tagger().fit(WORDS, [masked, y[1:]], sample_weight=[[1, 0], [1]])
        assert fitted.classes_.tolist() == y
        assert tagger().fit(ROWS, np.ma.array(y)).classes_.tolist() == y


@pytest.mark.parametrize("unit", ["D", "ns"])
@pytest.mark.parametrize("kind", ["M8", "m8"])
def test_dates_and_durations_are_no_tags(kind, unit):
    times = np.array([1, 2], f"{kind}[{unit}]")
    for y in ([times, times[:1]], [list(times), list(times[:1])], [pd.Series(times), times[:1]]):
        with refuses(ValueError, "Tags must be all str or all integers."):
            tagger().fit(WORDS, y)
