"""Short representations of long values."""

from typing import Any


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
