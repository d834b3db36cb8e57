"""Parts of a plot over time: channels of a signal, rows of labels, errors and probabilities."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklstm._tables import escape_controls
from sklstm.display._colours import GREY, distinct_colours
from sklstm.display._plotting import contrasting_colours, format_number, shorten_name

# The height of the row of errors, as a share of that of a row of labels.
ERROR_ROW = 0.7
ERROR_COLOUR = "#c00000"
_FONT_SIZE = 9
_SMALL = {"labelsize": _FONT_SIZE - 2, "labelcolor": "0.35"}
_POINTS_PER_INCH = 72
# The mean width of a character, as a share of the font size.
_CHARACTER_WIDTH = 0.62
# The heights of a channel, in points, below which its range, and its name, are left out.
_MIN_RANGE_HEIGHT, _MIN_NAME_HEIGHT = 24, 8
# The share of the height of its row that a channel takes.
_FILLED = 0.8
# The largest number of entries below each other in a legend, and the height of one in points.
_MAX_LEGEND_ROWS, _LEGEND_ROW_HEIGHT = 18, 16


class LabelRows(NamedTuple):
    """Rows of labels over time, as indices into the labels.

    Attributes
    ----------
    codes : ndarray of int of shape (n_rows, n_steps)
    labels : list
        All labels: those of the columns of the probabilities, then others that occur.
    colours : ndarray of shape (n_labels, 3)
    """

    codes: NDArray[np.intp]
    labels: list[Any]
    colours: NDArray[np.float64]

    @classmethod
    def encode(cls, rows, labels):
        """Encode rows of labels; `labels` are those with an order given by the user, or None."""
        occurring = {label for row in rows for label in row}
        try:
            occurring = sorted(occurring)
        except TypeError:  # str and numbers
            occurring = sorted(occurring, key=str)
        labels = list(dict.fromkeys([*([] if labels is None else labels), *occurring]))
        indices = {label: k for k, label in enumerate(labels)}
        codes = np.array([[indices[label] for label in row] for row in rows], np.intp)
        return cls(codes, labels, distinct_colours(len(labels)))

    @property
    def occurring(self):
        """The indices of the labels that occur in the rows."""
        return np.unique(self.codes)

    @property
    def names(self):
        """The names of the labels in the plot."""
        return [shorten_name(escape_controls(str(label))) for label in self.labels]


def draw_channels(ax, times, signal, names, style):
    """Draw each channel of a signal in a row of its own, the first on top.

    Parameters
    ----------
    ax : matplotlib Axes
    times : ndarray of shape (n_steps,)
    signal : ndarray of shape (n_steps, n_channels)
    names : list of str
    style : dict
        Keyword arguments for matplotlib's `plot`.

    Returns
    -------
    lines : list of matplotlib Line2D
    """
    finite = np.where(np.isfinite(signal), signal, np.nan)
    low, high = np.fmin.reduce(finite), np.fmax.reduce(finite)
    middle, half = low / 2 + high / 2, high / 2 - low / 2
    scaled = (finite - middle) / np.where(half > 0, half, 1)
    rows = np.arange(len(names)) + 0.5
    default = {"color": "0.2", "linewidth": 0.8, "marker": "o" if len(times) == 1 else None}
    lines = ax.plot(times, rows - _FILLED / 2 * scaled, **default | style)
    for row in rows[1:] - 0.5:
        ax.axhline(row, color="0.9", linewidth=0.8, zorder=0)
    _label_channels(ax, rows, names, np.stack([high, low], axis=1))
    return lines


def _label_channels(ax, rows, names, ranges):
    """Label the rows with the names of the channels and, if there is room, with their ranges."""
    height = _height_of(ax) / len(names)
    texts, pad = [shorten_name(escape_controls(name)) for name in names], 4.0
    if height >= _MIN_RANGE_HEIGHT:
        shown = ranges[:, 0] > ranges[:, 1]
        ends = rows[shown, None] + np.array([-_FILLED / 2, _FILLED / 2])
        values = [format_number(value, ".3g") for value in ranges[shown].ravel().tolist()]
        ax.set_yticks(ends.ravel(), values, minor=True)
        pad += _CHARACTER_WIDTH * (_FONT_SIZE - 2) * max(map(len, values), default=0)
    every = int(np.ceil(_MIN_NAME_HEIGHT / height))  # if there is no room, some names
    ax.set_yticks(rows[::every], texts[::every], parse_math=False)
    ax.tick_params(axis="y", which="major", length=0, pad=pad, labelsize=_FONT_SIZE)
    ax.tick_params(axis="y", which="minor", length=2, pad=2, color="0.6", **_SMALL)
    ax.set_ylim(len(names), 0)
    ax.spines[["top", "right", "left"]].set_visible(False)


def draw_labels(ax, edges, rows, names):
    """Draw rows of labels and, if there are two, the steps where they differ.

    Parameters
    ----------
    ax : matplotlib Axes
    edges : ndarray of shape (n_steps + 1,)
        The times where steps begin and end.
    rows : LabelRows
    names : list of str
        The names of the rows.
    """
    n_rows = len(rows.codes)
    extent = edges[0], edges[-1], n_rows, 0
    ax.imshow(rows.colours[rows.codes], extent=extent, aspect="auto", interpolation="nearest")
    for row, codes in enumerate(rows.codes):
        _name_runs(ax, edges, row + 0.5, codes, rows)
    ticks, bottom = [*np.arange(n_rows) + 0.5], float(n_rows)
    if n_rows == 2:
        starts, stops, is_wrong = _runs(rows.codes[0] != rows.codes[1])
        spans = [(edges[a], edges[b] - edges[a]) for a, b in zip(starts, stops, strict=True)]
        wrong = [span for span, wrong in zip(spans, is_wrong, strict=True) if wrong]
        # The edges make an error visible that is narrower than a pixel.
        look = {"color": ERROR_COLOUR, "linewidth": 0.8}
        ax.broken_barh(wrong, (2 + 0.25 * ERROR_ROW, 0.6 * ERROR_ROW), **look)
        bottom += ERROR_ROW
        ticks, names = [*ticks, 2 + 0.55 * ERROR_ROW], [*names, "errors"]
    ax.axhline(1, color=ax.get_facecolor(), linewidth=2)
    ax.set_yticks(ticks, names)
    ax.set_ylim(bottom, 0)
    _style_axis(ax)


def draw_probabilities(ax, edges, probabilities, rows):
    """Draw the probabilities of the labels that occur, and the sum of all others, as areas."""
    n_labels = probabilities.shape[1]
    shown = [k for k in rows.occurring if k < n_labels]
    others = 1 - probabilities[:, shown].sum(axis=1)
    # The first label is on top, as in the legend.
    areas = [np.clip(others, 0, 1), *probabilities[:, shown[::-1]].T]
    colours = [np.array(GREY) / 255, *rows.colours[shown[::-1]]]
    # Each value holds from the beginning to the end of its step.
    steps = np.pad(areas, ((0, 0), (0, 1)), mode="edge")
    ax.stackplot(edges, steps, colors=colours, step="post", linewidth=0)
    ax.set_yticks([0.5], ["probability"])
    ax.set_yticks([0, 1], ["0", "1"], minor=True)
    ax.set_ylim(0, 1)
    _style_axis(ax)


def legend_height(rows):
    """Return the height of the legend in inches."""
    n_entries = min(len(rows.occurring) + 1, _MAX_LEGEND_ROWS)
    return n_entries * _LEGEND_ROW_HEIGHT / _POINTS_PER_INCH


def draw_legend(ax, rows, has_others):
    """Draw a legend right of the axes, from their bottom up, and return it."""
    from matplotlib.patches import Patch

    patches = [Patch(color=rows.colours[k], label=rows.names[k]) for k in rows.occurring]
    if has_others:
        patches.append(Patch(color=np.array(GREY) / 255, label="other labels"))
    legend = ax.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(1.01, 0),
        ncols=int(np.ceil(len(patches) / _MAX_LEGEND_ROWS)),
        frameon=False,
        fontsize=_FONT_SIZE,
        borderaxespad=0,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return legend


def label_time(ax, edges, sampling_rate):
    """Label the axis of time, in steps if the sampling rate is None."""
    from matplotlib.ticker import MaxNLocator

    if sampling_rate is None:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("Step" if sampling_rate is None else "Time (seconds)")
    ax.set_xlim(edges[0], edges[-1])


def _style_axis(ax):
    ax.tick_params(axis="y", which="major", length=0, labelsize=_FONT_SIZE)
    ax.tick_params(axis="y", which="minor", length=0, **_SMALL)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _name_runs(ax, edges, height, codes, rows):
    """Write the name of its label into each run of a label that is wide enough."""
    points = _width_of(ax) / (edges[-1] - edges[0])
    names, inks = rows.names, contrasting_colours(rows.colours)
    for start, stop, code in zip(*_runs(codes), strict=True):
        width = (edges[stop] - edges[start]) * points
        if width > _CHARACTER_WIDTH * _FONT_SIZE * (len(names[code]) + 1):
            style = {"color": inks[code], "fontsize": _FONT_SIZE, "ha": "center", "va": "center"}
            middle = edges[start] / 2 + edges[stop] / 2
            ax.text(middle, height, names[code], parse_math=False, clip_on=True, **style)


def _runs(values):
    """Return the starts, the stops and the values of runs of equal values."""
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return starts, np.append(starts[1:], len(values)), values[starts]


def _height_of(ax):
    """Return the height of axes in points."""
    return ax.get_position().height * ax.figure.get_figheight() * _POINTS_PER_INCH


def _width_of(ax):
    return ax.get_position().width * ax.figure.get_figwidth() * _POINTS_PER_INCH
