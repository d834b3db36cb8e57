import numpy as np
import pytest

from sklstm._sequences import show
from sklstm._validation.messages import clash, missing_hint


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Ducks", "'Ducks'"),
        (np.float32(0.5), "0.5"),
        (np.str_("Ducks"), "'Ducks'"),
        (np.eye(2), "array([[1., 0.],        [0., 1.]])"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."),
    ],
)
def test_values_are_shown_on_one_line_and_not_too_long(value, shown):
    assert show(value) == shown
    assert len(shown) <= 60


def test_a_clash_names_the_first_value_once():
    first = ("[0][0]", b"a")
    assert clash("X", first, first) == "X[0][0] is b'a' of type bytes. "
    expected = "y[1] is 2 of type int, but y[0][0] is b'a' of type bytes. "
    assert clash("y", ("[1]", 2), first) == expected


@pytest.mark.parametrize("token", [None, np.nan, np.float32("nan")])
def test_what_is_missing_is_to_be_left_out(token):
    assert missing_hint(token).startswith(" Leave out what is missing")


@pytest.mark.parametrize("token", [0, np.inf, "nan", b"", 1j])
def test_what_is_not_missing_gets_no_such_hint(token):
    assert missing_hint(token) == ""
