"""What gates and cells do over a sentence."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._tokens import labels_of, shortened
from sklstm.inspection import NetworkActivity, network_activity
from sklstm.inspection._arguments import check_count, check_option, check_place

_TITLES = {
    "input_gate": "Input gate",
    "forget_gate": "Forget gate",
    "output_gate": "Output gate",
    "candidate": "Candidate",
    "cell": "Cell state",
    "hidden": "Hidden state",
}
_What: TypeAlias = Literal[
    "input_gate", "forget_gate", "output_gate", "candidate", "cell", "hidden"
]
_Direction: TypeAlias = Literal["forward", "backward"]
# Points to the inch, and those that a line of small print takes.
_POINTS, _LINE = 72, 8
# The share of values that the colours tell apart; single units may hold far larger ones.
_TOLD_APART = 0.98
# Sequences of no more tokens than this have all of them named.
_MOST_NAMES = 80


class ActivityDisplay:
    """What the units of an LSTM layer do from token to token.

    A row is a unit. Those that change most over the sequence are shown, and units that change
    alike stand side by side. It is recommended to create a display with :meth:`from_estimator`. All
    parameters are stored as attributes.

    Parameters
    ----------
    activity : NetworkActivity
        What :func:`~sklstm.inspection.network_activity` returned.

    display_labels : sequence of str of shape (n_tokens,), default=None
        What the tokens are called in the plot. By default words are themselves, and dicts and
        vectors are numbered, from 0.

    Attributes
    ----------
    units_ : ndarray of int of shape (n_shown,)
        The unit that each row shows, the first on top.

    im_ : matplotlib AxesImage
        The image.

    colorbar_ : matplotlib Colorbar
        The scale of its colours.

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
        """Run a tagger over one sequence, and plot what its units do.

        Parameters
        ----------
        tagger, sequence
            As for :func:`~sklstm.inspection.network_activity`; the tagger may be a pipeline or a
            search that ends in one.

        display_labels : sequence of str of shape (n_tokens,), default=None
            What the tokens are called in the plot. By default words are themselves, and dicts and
            vectors are numbered, from 0.

        **kwargs : dict
            Passed on to :meth:`plot`, such as `what`, `layer` and `direction`.

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
        direction: _Direction = "forward",
        n_units: int = 32,
        im_kw: dict[str, Any] | None = None,
    ) -> "ActivityDisplay":
        """Plot the activity of one direction of one layer.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to plot. By default a new figure is made, with room for all tokens.

        what : {"input_gate", "forget_gate", "output_gate", "candidate", "cell", "hidden"}, \
                default="cell"
            What is plotted. Gates, from 0 to 1, are light where they are open. The others are red
            where they are positive and blue where they are negative.

        layer : int, default=0
            The layer, from the input; negative ones count from the output.

        direction : {"forward", "backward"}, default="forward"
            The direction. The backward one reads the tokens from right to left.

        n_units : int, default=32
            How many units are shown at most.

        im_kw : dict, default=None
            Passed on to the `imshow` of matplotlib.

        Returns
        -------
        display : ActivityDisplay

        Raises
        ------
        ValueError
            If there is no such quantity, layer or direction, or there are not as many labels as
            tokens.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        check_count("n_units", n_units)
        values = self._values(what, layer, direction)
        labels = labels_of(self.activity.tokens, self.display_labels)
        self.units_ = _arranged(values, n_units)
        if ax is None:
            size = np.clip(0.3 * len(labels) + 2, 4, 16), 0.16 * len(self.units_) + 1.6
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        shown = values[:, self.units_].T
        self.im_ = ax.imshow(shown, **{"aspect": "auto"} | _colours(what, shown) | (im_kw or {}))
        self.colorbar_ = _scale_beside(ax, self.im_, _TITLES[what])
        self._label_axes(labels)
        ax.set_title(f"Layer {layer % len(self.activity.layers)}, {direction}")
        return self

    def _values(self, what: _What, layer: int, direction: _Direction) -> NDArray:
        layers = self.activity.layers
        check_option("what", what, _TITLES)
        directions = layers[check_place("layer", layer, len(layers), "the tagger has", "layer")]
        check_option("direction", direction, directions)
        return getattr(directions[direction], what)

    def _label_axes(self, labels: list[str]) -> None:
        ax = self.ax_
        if len(labels) <= _MOST_NAMES:
            ax.set_xticks(
                range(len(labels)),
                [shortened(label) for label in labels],
                rotation="vertical",
                parse_math=False,
            )
        else:
            ax.set_xlabel("Token")
        height = ax.get_position().height * ax.figure.get_figheight() * _POINTS
        has_room = height > _LINE * len(self.units_)
        ax.set_yticks(*(range(len(self.units_)), self.units_.tolist()) if has_room else [[]])
        ax.tick_params(axis="y", labelsize=7)
        ax.set_ylabel("Unit")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)


def _arranged(values: NDArray, n_units: int) -> NDArray:
    """Return the units that change most, those that change alike side by side."""
    changes = values.std(axis=0)
    size = np.abs(values).max(axis=0)  # tells where nothing changes, over a single token
    units = np.lexsort((-size, -changes))[:n_units]
    if len(units) < 3:
        return units
    shown = values[:, units].T
    order = leaves_list(linkage(shown, method="average", optimal_ordering=True))
    return units[order]


def _colours(what: str, shown: NDArray) -> dict[str, Any]:
    if what.endswith("gate"):
        return {"cmap": "cividis", "vmin": 0, "vmax": 1}
    limit = float(np.quantile(np.abs(shown), _TOLD_APART)) or 1.0
    return {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}


def _scale_beside(ax: Any, image: Any, label: str) -> Any:
    """Draw the scale of the colours, with a point where values go beyond it."""
    values = image.get_array()
    below, above = values.min() < image.norm.vmin, values.max() > image.norm.vmax
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[below, above]
    bar = ax.figure.colorbar(image, ax=ax, label=label, pad=0.02, extend=extend)
    bar.outline.set_visible(False)
    return bar
