import numpy as np
import polars as pl
import pytest
from scipy import sparse

from ._inputs import BLOCK, MATRICES, ROWS, TAGS, WORDS, generator, refuses, tagger


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        ("Ducks swim", "str"),
        (b"Ducks", "bytes"),
        ({"Ducks": "NOUN"}, "dict"),
        ({"Ducks", "swim"}, "set"),
        (None, "NoneType"),
        (5, "int"),
        (object(), "object"),
        (pl.LazyFrame({"u": [1.0]}), "LazyFrame"),
    ],
)
def test_what_is_no_list_is_refused(X, kind):
    with refuses(
        TypeError, f"X is of type {kind}, not a list. Pass a list of sequences: each a list of str,"
    ):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize("X", [generator(), iter(WORDS), zip(WORDS, TAGS, strict=True)])
def test_what_can_be_read_only_once_is_refused(X):
    with refuses(TypeError, "which can be read only once. Pass list(X) instead."):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        ("NV", "str"),
        ({0: "N"}, "dict"),
        ({"N"}, "set"),
        (3, "int"),
        (sparse.csr_array([[1, 2]]), "csr_array"),
    ],
)
@pytest.mark.parametrize("X", [WORDS, MATRICES, ROWS, BLOCK])
def test_tags_that_are_no_list_are_refused(X, y, kind):
    with refuses(
        TypeError,
        f"y is of type {kind}, not a list. Pass a list or array for each sequence, with one entry "
        "for each of its tokens.",
    ):
        tagger().fit(X, y)


def test_one_tag_alone_is_refused():
    with refuses(TypeError, "y is of type ndarray, not a list. Pass a list or array for each"):
        tagger().fit(WORDS, np.array("NOUN"))
    with refuses(ValueError, "y should be a 1d array, got an array of shape () instead."):
        tagger().fit(ROWS, np.array("NOUN"))


def test_tags_that_can_be_read_only_once_are_refused():
    for X in (WORDS, ROWS):
        with refuses(
            TypeError, "y is of type generator, which can be read only once. Pass list(y)"
        ):
            tagger().fit(X, generator(TAGS))


@pytest.mark.parametrize(("classes", "kind"), [("NV", "str"), ({"N", "V"}, "set"), (2, "int")])
def test_classes_that_are_no_list_are_refused(classes, kind):
    with refuses(TypeError, f"classes is of type {kind}, not a list. Pass a list of all tags."):
        tagger().partial_fit(WORDS, TAGS, classes=classes)


@pytest.mark.parametrize(
    ("sample_weight", "kind"), [("balanced", "str"), ({0: 1.0}, "dict"), ({1.0, 2.0}, "set")]
)
@pytest.mark.parametrize("X", [WORDS, ROWS])
def test_weights_that_are_no_list_are_refused(X, sample_weight, kind):
    with refuses(
        TypeError,
        f"sample_weight is of type {kind}, not a list. Pass one weight for each sequence, or one",
    ):
        tagger().fit(X, TAGS, sample_weight)


def test_weights_that_can_be_read_only_once_are_refused():
    with refuses(TypeError, "sample_weight is of type generator, which can be read only once."):
        tagger().fit(WORDS, TAGS, generator([1.0, 1.0]))
