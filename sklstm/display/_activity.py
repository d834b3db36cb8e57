"""A plot of the activity of gates and cells over a sequence."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._plotting import PlotMixin, shorten_name, token_names
from sklstm.inspection import NetworkActivity, network_activity
from sklstm.inspection._arguments import check_count, check_index, check_option

_What: TypeAlias = Literal[
    "input_gate", "forget_gate", "output_gate", "candidate", "cell", "hidden"
]
_POINTS_PER_INCH = 72
# The height of a row, in points, below which its unit is not numbered.
_MIN_ROW_HEIGHT = 8
# The quantile of the absolute values at which the colours end: single units may be far larger.
_COLOUR_QUANTILE = 0.98
# The largest number of tokens that are all named.
_MAX_NAMED_TOKENS = 80


class ActivityDisplay(PlotMixin):
    """Activity of the units of an LSTM layer over the tokens of a sequence.

    Each row is a unit. The units that change most over the sequence are shown, and units with
    similar activity are next to each other. It is recommended to create a display with
    :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    activity : NetworkActivity
        The result of :func:`~sklstm.inspection.network_activity`.

    display_labels : sequence of str of shape (n_tokens,), default=None
        The names of the tokens in the plot. By default words are their own names, and dicts and
        vectors are numbered, from 0.

    Attributes
    ----------
    units_ : ndarray of int of shape (n_shown,)
        The unit of each row, the first on top.

    im_ : matplotlib AxesImage
        The image.

    colorbar_ : matplotlib Colorbar
        The colorbar of the image.

    ax_ : matplotlib Axes
        The axes that hold the image.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    sklstm.inspection.network_activity : Computes the activity.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.display import ActivityDisplay
    >>> X, y = [["the", "fish", "sleeps"]] * 5, [["DET", "NOUN", "VERB"]] * 5
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0).fit(X, y)
    >>> display = ActivityDisplay.from_estimator(tagger, X[0], what="forget_gate")
    >>> display.im_.get_array().shape
    (8, 3)
    """

    def __init__(
        self, activity: NetworkActivity, *, display_labels: Sequence[str] | None = None
    ) -> None:
        self.activity = activity
        self.display_labels = display_labels

    @classmethod
    def from_estimator(
        cls,
        tagger: Any,
        sequence: Any,
        *,
        display_labels: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> "ActivityDisplay":
        """Plot the activity of a tagger's units over one sequence.

        Parameters
        ----------
        tagger, sequence
            As for :func:`~sklstm.inspection.network_activity`; the tagger may be a pipeline or a
            search that ends in one.

        display_labels : sequence of str of shape (n_tokens,), default=None
            The names of the tokens in the plot. By default words are their own names, and dicts
            and vectors are numbered, from 0.

        **kwargs : dict
            Passed to :meth:`plot`, such as `what`, `layer` and `direction`.

        Returns
        -------
        display : ActivityDisplay

        Raises
        ------
        ValueError, TypeError
            As :func:`~sklstm.inspection.network_activity` and :meth:`plot`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        activity = network_activity(tagger, sequence)
        return cls(activity, display_labels=display_labels).plot(**kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        what: _What = "cell",
        layer: int = 0,
        direction: Literal["forward", "backward"] = "forward",
        n_units: int = 32,
        im_kw: dict[str, Any] | None = None,
    ) -> "ActivityDisplay":
        """Plot the activity of one direction of one layer.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to plot on. By default a new figure is created, with room for all tokens.

        what : {"input_gate", "forget_gate", "output_gate", "candidate", "cell", "hidden"}, \
                default="cell"
            The quantity to plot. Gates, from 0 to 1, are light where they are open. All others are
            red where they are positive and blue where they are negative, on the same scale in both
            directions of a layer.

        layer : int, default=0
            The index of the layer, from the input; a negative one counts from the output.

        direction : {"forward", "backward"}, default="forward"
            The direction. The backward one reads the tokens from right to left.

        n_units : int, default=32
            The maximum number of units to show.

        im_kw : dict, default=None
            Keyword arguments for matplotlib's `imshow`.

        Returns
        -------
        display : ActivityDisplay

        Raises
        ------
        ValueError
            If there is no such quantity, layer or direction, or if the number of labels is not the
            number of tokens.
        """
        check_count("n_units", n_units)
        values = self._values(what, layer)
        check_option("direction", direction, values)
        names = token_names(self.activity.tokens, self.display_labels)
        shown_units = {name: _select_units(each, n_units) for name, each in values.items()}
        self.units_ = shown_units[direction]
        figsize = np.clip(0.3 * len(names) + 2, 4, 16), 0.16 * len(self.units_) + 1.6
        ax = self._set_axes(ax, figsize)
        shown = {name: values[name][:, units].T for name, units in shown_units.items()}
        im_kw = {"aspect": "auto"} | _colour_limits(what, shown.values()) | (im_kw or {})
        self.im_ = ax.imshow(shown[direction], **im_kw)
        self.colorbar_ = _add_colorbar(ax, self.im_, what)
        self._label_axes(names)
        ax.set_title(f"Layer {layer % len(self.activity.layers)}, {direction}")
        return self

    def _values(self, what, layer):
        """Return the quantity in each direction of the layer."""
        check_option("what", what, get_args(_What))
        layers = self.activity.layers
        directions = layers[check_index("layer", layer, len(layers), "layers")]
        return {name: getattr(activity, what) for name, activity in directions.items()}

    def _label_axes(self, names):
        ax, n_units = self.ax_, len(self.units_)
        if len(names) <= _MAX_NAMED_TOKENS:
            labels = [shorten_name(name) for name in names]
            ax.set_xticks(range(len(names)), labels, rotation="vertical", parse_math=False)
        else:
            ax.set_xlabel("Token")
        height = ax.get_position().height * ax.figure.get_figheight() * _POINTS_PER_INCH
        if height > _MIN_ROW_HEIGHT * n_units:
            ax.set_yticks(range(n_units), self.units_.tolist())
        else:
            ax.set_yticks([])
        ax.tick_params(axis="y", labelsize=7)
        ax.set_ylabel("Unit")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)


def _select_units(values, n_units):
    """Return the units that change most, ordered so that similar units are neighbours."""
    changes = values.std(axis=0)
    sizes = np.abs(values).max(axis=0)  # the order of units that do not change, as over one token
    units = np.lexsort((-sizes, -changes))[:n_units]
    if len(units) < 3:
        return units
    order = leaves_list(linkage(values[:, units].T, method="average", optimal_ordering=True))
    return units[order]


def _colour_limits(what, shown):
    """Return the colormap and its limits, for all directions, as keyword arguments of `imshow`."""
    if what.endswith("gate"):
        return {"cmap": "cividis", "vmin": 0, "vmax": 1}
    sizes = np.concatenate([np.abs(values).ravel() for values in shown])
    limit = float(np.quantile(sizes, _COLOUR_QUANTILE)) or 1.0
    return {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}


def _add_colorbar(ax, image, what):
    """Add a colorbar, with an arrow at each end that values exceed."""
    values = image.get_array()
    exceeds = bool(values.min() < image.norm.vmin), bool(values.max() > image.norm.vmax)
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[exceeds]
    label = what.replace("_", " ").capitalize() + (" state" if what in ("cell", "hidden") else "")
    colorbar = ax.figure.colorbar(image, ax=ax, label=label, pad=0.02, extend=extend)
    colorbar.outline.set_visible(False)
    return colorbar
