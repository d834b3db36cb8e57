"""Digests of nested values, to notice that a file has changed, or that data are the same."""

import hashlib
from collections.abc import Mapping
from types import NoneType
from typing import Any

import numpy as np
from scipy import sparse

# Lists and dicts of these are taken by their repr; of a list, so many elements at once.
_PLAIN = {str, int, float, bool, NoneType}
_AT_ONCE = 1 << 16


def digest(*values: Any) -> str:
    """Return a digest of values, which is the same in any process.

    Parameters
    ----------
    *values : object
        Arrays, and lists, tuples and mappings of values. Other objects are represented by their
        `repr`.

    Returns
    -------
    digest : str

    Examples
    --------
    >>> from sklstm._digest import digest
    >>> digest([1, 2], {"a": None}) == digest([1, 2], {"a": None})
    True
    >>> digest([1, 2], {"a": None}) == digest([1, 2], {"a": 0})
    False
    """
    hasher = hashlib.sha256(usedforsecurity=False)
    _update(hasher, values)
    return hasher.hexdigest()


def _update(hasher, value):
    if sparse.issparse(value):
        value = [value.shape, value.data, value.indices, value.indptr]
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        value = value.tolist()
    elif isinstance(value, Mapping) and not _PLAIN.issuperset(map(type, value.values())):
        value = list(value.items())
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        hasher.update(f"{value.dtype.str}{value.shape}".encode())
        hasher.update(value.reshape(-1).view(np.uint8))
    elif not isinstance(value, list | tuple):
        hasher.update(repr(value).encode())
    elif _PLAIN.issuperset(map(type, value)):
        for start in range(0, len(value), _AT_ONCE):
            hasher.update(repr(value[start : start + _AT_ONCE]).encode())
    else:
        hasher.update(f"{len(value)} values".encode())
        for element in value:
            _update(hasher, element)
