"""What the displays of matrices over tags have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def square_axes(names: Sequence[str], *, extra_width: float = 0.0) -> Any:
    """Return the axes of a new figure that has room for a matrix over named tags.

    Parameters
    ----------
    names : sequence of str
        The names of the rows, and of the columns.
    extra_width : float, default=0.0
        The width, in inches, of what stands beside the matrix.

    Returns
    -------
    ax : matplotlib Axes
    """
    import matplotlib.pyplot as plt

    # A cell, then a letter of a name, then the label of an axis, in inches.
    side = 0.42 * max(len(names), 5) + 0.085 * max(map(len, names), default=0) + 0.6
    _, ax = plt.subplots(figsize=(side + extra_width, side), layout="constrained")
    return ax


def readable_on(colours: NDArray) -> NDArray:
    """Return black or white for each colour, whichever has the higher contrast to it.

    Parameters
    ----------
    colours : ndarray of shape (..., 3) or (..., 4)
        Red, green, blue and, if there, an opacity that is not looked at; all in [0, 1].

    Returns
    -------
    names : ndarray of str of shape (...)
        "black" or "white".

    References
    ----------
    The relative luminance and the contrast ratio of the Web Content Accessibility Guidelines 2.2.
    """
    channels = colours[..., :3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    # (lighter + 0.05) / (darker + 0.05), once with white as the lighter, once with black as the
    # darker: equal where the luminance is 0.179.
    return np.where(1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05, "white", "black")
