"""Code shared by the displays: axes, lists of tags, names of tokens, texts."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm._sequences import REAL_TYPES, as_items, show
from sklstm._tables import escape_controls
from sklstm.display._terminal import is_right_to_left

_MAX_NAME_LENGTH = 24
# The side of a cell of a matrix, in inches, and the font size of the value in it.
_MIN_CELL, _MAX_CELL = 0.25, 0.42
_MIN_FONT_SIZE, _MAX_FONT_SIZE = 7, 8
# Invisible characters that give the text next to them a direction.
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"


class PlotMixin:
    """Mixin class for displays drawn with matplotlib."""

    def _set_axes(self, ax, figsize, layout="constrained"):
        """Set `ax_` and `figure_`, of a new figure if `ax` is None, and return the axes."""
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(figsize=figsize, layout=layout)
        self.ax_, self.figure_ = ax, ax.figure
        return ax


def check_labels(labels):
    """Return tags that the user has listed as a list, or None; raise a ValueError for others."""
    if labels is None:
        return None
    try:
        items = as_items(labels, "labels", "Pass a list of tags.")
    except TypeError as error:
        raise ValueError(f"labels is {show(labels)}, but must be a list of tags.") from error
    for k, label in enumerate(items):
        if not isinstance(label, (str, *REAL_TYPES)):
            raise ValueError(f"labels[{k}] is {show(label)}, not a tag.")
    return [label.item() if isinstance(label, np.generic) else label for label in items]


def matrix_figsize(names, colorbar):
    """Return the width and height, in inches, of a figure with a matrix over named tags."""
    # The cells, the longest name and the label of an axis.
    n = max(len(names), 5)
    side = n * _cell_side(n) + 0.085 * max(map(len, names), default=0) + 0.6
    return side + float(colorbar), side


def matrix_fontsize(n):
    """Return the font size of the values in a matrix over `n` tags."""
    return max(_MAX_FONT_SIZE * _cell_side(n) / _MAX_CELL, _MIN_FONT_SIZE)


def _cell_side(n):
    """Return the side of a cell in inches; smaller for more than 24 tags, to fit on a page."""
    return min(max(10 / max(n, 1), _MIN_CELL), _MAX_CELL)


def contrasting_colours(colours):
    """Return black or white for each colour, whichever has the higher contrast to it.

    Parameters
    ----------
    colours : ndarray of shape (..., 3) or (..., 4)
        Red, green, blue and possibly an opacity, which is ignored; all in [0, 1].

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
    # The contrast ratio is (lighter + 0.05) / (darker + 0.05).
    return np.where(1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05, "white", "black")


def format_number(value, spec):
    """Return a number as text, with the minus sign that tick labels have."""
    from matplotlib.ticker import Formatter

    return Formatter.fix_minus(format(value, spec))


def token_names(tokens, display_labels):
    """Return the name of each token in a plot.

    Parameters
    ----------
    tokens : list
    display_labels : sequence of str or None
        Names given by the user. By default words are their own names, with control characters
        escaped, and dicts and vectors are numbered, from 0.

    Returns
    -------
    names : list of str

    Raises
    ------
    ValueError
        If the number of labels is not the number of tokens.
    """
    if display_labels is None:
        return [
            escape_controls(token) if isinstance(token, str) else str(k)
            for k, token in enumerate(tokens)
        ]
    if np.ndim(display_labels) == 0 and not isinstance(display_labels, str):
        raise ValueError(f"display_labels must be a list of str, got {display_labels!r}.")
    if len(display_labels) != len(tokens):
        raise ValueError(
            f"display_labels has {len(display_labels)} labels, but the sequence has {len(tokens)} "
            "tokens: pass one label for each token."
        )
    return [str(label) for label in display_labels]


def shorten_name(name):
    """Return a name of at most 25 characters; a longer one loses its middle.

    Examples
    --------
    >>> from sklstm.display._plotting import shorten_name
    >>> shorten_name("Donaudampfschifffahrtsgesellschaft")
    'Donaudampfsc…gesellschaft'
    """
    half = _MAX_NAME_LENGTH // 2
    return name if len(name) <= _MAX_NAME_LENGTH else f"{name[:half]}…{name[-half:]}"


def isolate_direction(text):
    """Return text that keeps its position in an English line if it is right-to-left.

    Without marks, a line that begins with a right-to-left word would be laid out right-to-left as a
    whole, and numbers and brackets after such a word would be moved into it. Most fonts have these
    marks, but not the characters that isolate text.

    References
    ----------
    Unicode Standard Annex 9, Unicode Bidirectional Algorithm.

    Examples
    --------
    >>> from sklstm.display._plotting import isolate_direction
    >>> isolate_direction("swim"), len("مەن"), len(isolate_direction("مەن"))
    ('swim', 3, 7)
    """
    if not is_right_to_left(text):
        return text
    return f"{_LEFT_TO_RIGHT}{_RIGHT_TO_LEFT}{text}{_RIGHT_TO_LEFT}{_LEFT_TO_RIGHT}"
