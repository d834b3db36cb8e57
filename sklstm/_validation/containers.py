"""What tells containers apart where input is judged, beside what all packages ask."""

import numbers
from collections.abc import Iterable

import numpy as np

from sklstm._sequences import is_sequence

NUMBERS: tuple[type, ...] = (numbers.Real, np.bool_)


def holds_sequences(items: Iterable) -> bool:
    """Return whether any of the items is a sequence."""
    one_of_each = {type(item): item for item in items}
    return any(map(is_sequence, one_of_each.values()))
