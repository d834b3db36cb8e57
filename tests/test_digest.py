import os
import subprocess
import sys
from collections import UserDict

import numpy as np
import pytest
from scipy import sparse

from sklstm._digest import digest

MATRIX = np.arange(6.0).reshape(2, 3)
VALUES = [
    None, 1, 1.0, True, "1", "a\0b", "\ud800", [], {}, [1], [1.0], ["a", "b"], ["ab"],
    [["a"], ["b"]], [["a", "b"]], {"a": 1}, {"a": [1]}, {"a": MATRIX}, {"b": MATRIX},
    {"a": MATRIX + 1}, MATRIX,
    MATRIX.T, MATRIX.astype(np.float32), MATRIX.ravel(), MATRIX[:0], MATRIX[:, :0],
    np.array(["a", "b"]), np.array(["a", None], object), sparse.csr_array(MATRIX),
    [MATRIX, MATRIX], [MATRIX], [{"a": 1}, {"b": 2}], [{"a": 1, "b": 2}],
]  # fmt: skip


def test_different_values_have_different_digests():
    assert len({digest(value) for value in VALUES}) == len(VALUES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MATRIX, np.asfortranarray(MATRIX)),
        (MATRIX, MATRIX.astype(">f8")),
        ({"a": MATRIX}, UserDict({"a": MATRIX.copy()})),
        ([{"a": 1}], [UserDict({"a": 1})]),
        (["a"] * 100_000, ["".join(["a"]) for _ in range(100_000)]),
        (np.array([MATRIX, None], object), [MATRIX, None]),
    ],
)
def test_equal_values_have_equal_digests(one, other):
    assert digest(one) == digest(other)


def test_one_changed_bit_of_a_large_array_changes_the_digest():
    array = np.zeros(1_000_000, np.float32)
    before = digest(array)
    array.view(np.uint32)[777_777] = 1
    assert digest(array) != before


def test_the_digest_is_the_same_in_another_process():
    code = "from sklstm._digest import digest; print(digest({'b': 1, 'a': [2.5, 'x']}, ['y']))"
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == digest({"b": 1, "a": [2.5, "x"]}, ["y"])
