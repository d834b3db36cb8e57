"""What a container is, and what it holds."""

from collections.abc import Iterator, Mapping, Set

import numpy as np
from scipy import sparse

FORMS = (
    "Pass a list of sequences: each a list of str, a list of dict, or an array, sparse matrix or "
    "data frame of shape (n_tokens, n_features)."
)


def as_items(container, name):
    """Return the elements of a container that has an order; arrays among them are NumPy's."""
    if isinstance(container, Iterator):
        raise TypeError(
            f"{name} is of type {type(container).__name__}, which can be read only once. Pass "
            f"list({name}) instead."
        )
    if not is_sequence(container):
        raise TypeError(f"{name} is of type {type(container).__name__}, not a list. {FORMS}")
    to_list = getattr(container, "to_list", getattr(container, "tolist", None))
    items = to_list() if to_list else list(container)
    return items if set(map(type, items)) <= {list, tuple} else [_as_array(item) for item in items]


def _as_array(item):
    convertible = hasattr(item, "__array__") and not isinstance(item, np.generic)
    return np.asarray(item) if convertible and not is_frame(item) else item


def is_frame(X):
    """Return whether something is a data frame."""
    return hasattr(X, "shape") and hasattr(X, "columns")


def is_matrix(item):
    """Return whether something has rows and columns, or would have them with fewer dimensions."""
    if isinstance(item, (list, tuple)):
        return False
    return is_frame(item) or getattr(item, "ndim", 1) >= 2


def is_sequence(item):
    """Return whether something has elements in order, and is not a value by itself."""
    if isinstance(item, (list, tuple)):
        return True
    if isinstance(item, (str, bytes, Mapping, Set)) or sparse.issparse(item):
        return False
    return hasattr(item, "__len__") and getattr(item, "ndim", 1) > 0


def length(item):
    """Return the number of tokens of a sequence."""
    return item.shape[0] if is_matrix(item) else len(item)


def all_are(values, types):
    """Return whether all values are of some types."""
    return all(issubclass(kind, types) for kind in set(map(type, values)))


def show(value):
    """Return a value as messages show it."""
    return shorten(repr(value.item() if isinstance(value, np.generic) else value))


def shorten(text):
    """Return text of at most 60 characters, on one line."""
    text = text.replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."
