"""Labels and weights as arrays; messages and more cases are in the tests of tags and metrics."""

import enum

import numpy as np
import pytest

from sklstm._labels import MAX_WEIGHT, as_weights, label_array, plain


def place(k):
    return f"y[{k}]"


class Tag(str, enum.Enum):  # noqa: UP042
    """An enumeration whose members are str, but print as another text."""

    NOUN = "NOUN"


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        (["a", "bc", "a"], "<U2"),
        ([1, 2, 1], "int64"),
        ([np.int8(1), np.uint64(2)], "int64"),
        ([1, 2.0], "float64"),
        ([1.5, np.float16(2)], "float64"),
        ([True, False], "bool"),
        ([True, 2], "int64"),
        ([], "float64"),
    ],
    ids=repr,
)
def test_an_array_holds_the_labels(labels, dtype):
    array = label_array(labels, place)
    assert array.tolist() == labels
    assert array.dtype == dtype


def test_labels_of_other_types_become_those_of_python():
    labels = plain([Tag.NOUN, np.str_("VERB"), np.int8(-128), np.float16(1), np.True_, None])
    assert labels == ["NOUN", "VERB", -128, 1.0, True, None]
    assert [type(label) for label in labels] == [str, str, int, float, bool, type(None)]
    same = ["NOUN", 1, None]
    assert plain(same) is same


def test_the_label_that_would_change_is_named_by_its_first_place():
    with pytest.raises(ValueError, match=r"^y\[2\] is 'b\\x00', which NumPy would change"):
        label_array(["a", "b", "b\0", "b\0"], place)
    with pytest.raises(ValueError, match=r"^y\[1\] is 9223372036854775808, which NumPy would"):
        label_array([-1, 2**63, 2**63], place)


def test_weights_are_floats_up_to_the_largest():
    for values in ([0, 1, 2**70], [0.5, True], [np.float16(1), np.int8(2)], [MAX_WEIGHT], []):
        weights = as_weights(values, place)
        assert weights.dtype == np.float64
        assert weights.tolist() == values
    for wrong in (np.nextafter(MAX_WEIGHT, np.inf), 10**400, -5e-324, -(10**400), None, "1"):
        with pytest.raises(
            ValueError, match=r"^y\[1\] is .*, but a weight must be a number from 0"
        ):
            as_weights([1, wrong, wrong], place)
