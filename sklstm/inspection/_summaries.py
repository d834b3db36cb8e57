"""Short representations of long values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def summary_of_tokens(tokens: list[Any]) -> str:
    """Return the repr of words; of dicts and vectors only their number.

    Examples
    --------
    >>> from sklstm.inspection._summaries import summary_of_tokens
    >>> print(summary_of_tokens(["the", "fish"]), summary_of_tokens([{"form": "the"}]))
    ['the', 'fish'] <list of 1 dict>
    """
    if all(isinstance(token, str) for token in tokens):
        return repr([str(token) for token in tokens])
    shape = f" of shape {tokens[0].shape}" if hasattr(tokens[0], "shape") else ""
    return f"<list of {len(tokens)} {type(tokens[0]).__name__}{shape}>"


def rounded(value: float) -> float:
    """Round a number to three significant digits.

    Examples
    --------
    >>> from sklstm.inspection._summaries import rounded
    >>> rounded(1234.5678), rounded(-0.00123456)
    (1230.0, -0.00123)
    """
    return float(f"{value:.3g}")


def largest(values: NDArray[np.floating], n: int, kept: int = -1) -> NDArray[np.intp]:
    """Return the indices of the values of largest size, sorted; `kept` is always among them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.inspection._summaries import largest
    >>> largest(np.array([0.1, -3.0, 2.0, 0.2]), 2, kept=3).tolist()
    [1, 3]
    """
    sizes = np.abs(values)
    if kept >= 0:
        sizes[kept] = np.inf
    return np.sort(np.argsort(-sizes, kind="stable")[:n])
