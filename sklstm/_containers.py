"""What tells containers apart, how to take their elements out, and how messages show them.

Containers are told apart by what they can do, never by the library that they come from. What all
elements are is seen from the set of their types, which is quick.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import Any

import numpy as np
from scipy import sparse

_LONGEST = 60


def as_items(container: Any, name: str, advice: str) -> list:
    """Return the elements of a container that has an order; arrays among them are NumPy's.

    Parameters
    ----------
    container : object
        Whatever was passed.
    name : str
        What messages call it.
    advice : str
        What messages say to pass instead.

    Returns
    -------
    items : list

    Raises
    ------
    TypeError
        If it has no order, or can be read only once.
    """
    if is_array(container):
        container = np.asarray(container)
    if isinstance(container, Iterator):
        raise TypeError(
            f"{name} is of type {type(container).__name__}, which can be read only once. Pass "
            f"list({name}) instead."
        )
    if (
        isinstance(container, (str, bytes, Mapping, Set))
        or sparse.issparse(container)
        or not hasattr(container, "__iter__")
        or getattr(container, "ndim", 1) == 0
    ):
        raise TypeError(f"{name} is of type {type(container).__name__}, not a list. {advice}")
    to_list = getattr(container, "to_list", getattr(container, "tolist", None))
    items = to_list() if to_list else list(container)
    return items if are_lists(items) else [_as_array(item) for item in items]


def _as_array(item: Any) -> Any:
    """Return an array of another library, or a column, as NumPy's; hand through all else."""
    convertible = hasattr(item, "__array__") and not isinstance(item, np.generic)
    return np.asarray(item) if convertible and not is_frame(item) else item


def is_frame(X: Any) -> bool:
    """Return whether something is a data frame."""
    return hasattr(X, "shape") and hasattr(X, "columns")


def is_array(X: Any) -> bool:
    """Return whether something is to be read as an array, and is no column of sequences."""
    return hasattr(X, "__array__") and len(getattr(X, "shape", ())) != 1


def is_matrix(item: Any) -> bool:
    """Return whether something has rows and columns, or would have them with fewer dimensions."""
    if isinstance(item, (list, tuple)):
        return False
    return is_frame(item) or getattr(item, "ndim", 1) >= 2


def is_sequence(item: Any) -> bool:
    """Return whether something has elements in order, and is not a value by itself."""
    if isinstance(item, (list, tuple)):
        return True
    if isinstance(item, (str, bytes, Mapping, Set)) or sparse.issparse(item):
        return False
    return hasattr(item, "__len__") and getattr(item, "ndim", 1) > 0


def are_lists(items: Iterable) -> bool:
    """Return whether all is plain, the common case, where nothing else need be asked."""
    return set(map(type, items)) <= {list, tuple}


def all_are(values: Collection, types: tuple[type, ...]) -> bool:
    """Return whether there are values, and all of these types."""
    return bool(values) and all(issubclass(kind, types) for kind in set(map(type, values)))


def show(value: Any) -> str:
    """Return a value as code, on one line and not too long."""
    return shorten(repr(value.item() if isinstance(value, np.generic) else value))


def shorten(text: str) -> str:
    """Return text of at most 60 characters, on one line."""
    text = text.replace("\n", " ")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
