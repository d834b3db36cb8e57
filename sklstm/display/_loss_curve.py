"""A plot of the loss and the validation score of each epoch."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._plotting import PlotMixin
from sklstm.inspection._estimators import fitted_last_estimator
from sklstm.metrics._scorers import score_name

# The label by which the axes of the scores are found when another tagger is added to the plot.
_SCORE_AXES = "sklstm validation scores"
# The group id of the markers of kept epochs among the lines of their axes.
_KEPT_EPOCH = "sklstm kept epoch"


class LossCurveDisplay(PlotMixin):
    """Training loss and validation score of each epoch.

    It is recommended to create one with :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        The training loss of each epoch.

    validation_scores : array-like of shape (n_epochs,), default=None
        The score on the validation set after each epoch.

    name : str, default=None
        The name of the curves in the legend. With None there is no legend.

    kept_epoch : int, default=None
        The epoch, counted from 1, whose weights early stopping has restored. It is marked on the
        scores. By default, the first epoch with the best score is marked.

    score_name : str, default="score"
        The name of the validation score.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The line of the losses.

    score_line_ : matplotlib Line2D or None
        The line of the validation scores.

    kept_ : matplotlib Line2D or None
        The marker of the kept or best epoch.

    ax_ : matplotlib Axes
        The axes of the losses.

    score_ax_ : matplotlib Axes or None
        The axes of the validation scores, below the axes of the losses.

    figure_ : matplotlib Figure
        The figure that holds both axes.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Plots the score against the number of samples.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.datasets import load_english_pos
    >>> from sklstm.display import LossCurveDisplay
    >>> X, y = load_english_pos(subset="train", return_X_y=True)
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, max_iter=3, random_state=0)
    >>> tagger = tagger.fit(X[:40], y[:40], X_val=X[40:60], y_val=y[40:60])
    >>> display = LossCurveDisplay.from_estimator(tagger)
    >>> display.ax_.get_ylabel(), display.score_ax_.get_ylabel()
    ('Training loss', 'Validation accuracy')
    """

    def __init__(
        self,
        loss_curve: ArrayLike,
        *,
        validation_scores: ArrayLike | None = None,
        name: str | None = None,
        kept_epoch: int | None = None,
        score_name: str = "score",
    ) -> None:
        self.loss_curve = loss_curve
        self.validation_scores = validation_scores
        self.name = name
        self.kept_epoch = kept_epoch
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        name: str | None = None,
        ax: Any = None,
        line_kw: dict[str, Any] | None = None,
    ) -> "LossCurveDisplay":
        """Plot the training history of a fitted tagger.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        name : str, default=None
            The name of the curves in the legend. With None there is no legend.

        ax : matplotlib Axes, default=None
            The axes of the losses; see :meth:`plot`.

        line_kw : dict, default=None
            Keyword arguments for matplotlib's `plot`.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        AttributeError
            If the estimator has no `loss_curve_`.

        Notes
        -----
        If a fitted tagger was trained further, and only some of the epochs were scored, it is not
        known which: the scores are left out, with a warning.

        The first epoch with the best score is marked. With `early_stopping` its weights were kept;
        after a warm start, it is not known which epoch was kept if several have that score.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        tagger = fitted_last_estimator(estimator)
        if not hasattr(tagger, "loss_curve_"):
            raise AttributeError(
                f"{type(tagger).__name__} has no loss_curve_. Pass a fitted BiLSTMTagger, or a "
                "pipeline or search that ends in one."
            )
        scores = getattr(tagger, "validation_scores_", None)
        n_epochs = len(tagger.loss_curve_)
        if scores is not None and len(scores) != n_epochs:
            warnings.warn(
                f"The tagger has {len(scores)} validation scores for {n_epochs} epochs. It is not "
                "known which epochs were scored: the scores are left out.",
                stacklevel=2,
            )
            scores = None
        kept = None if scores is None else _kept_epoch(tagger)
        display = cls(
            tagger.loss_curve_,
            validation_scores=scores,
            name=name,
            kept_epoch=kept,
            score_name=score_name(
                getattr(tagger, "scoring", None), getattr(tagger, "scheme", None)
            ),
        )
        return display.plot(ax=ax, line_kw=line_kw)

    def plot(
        self,
        ax: Any = None,
        *,
        name: str | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> "LossCurveDisplay":
        """Plot the losses and, below them, the validation scores.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes of the losses; the scores take the lower half of their area. Pass the `ax_` of
            another display to add curves to its plot. By default a new figure is created.

        name : str, default=None
            The name of the curves in the legend. By default the `name` of the display.

        line_kw : dict, default=None
            Keyword arguments for matplotlib's `plot`.

        Returns
        -------
        display : LossCurveDisplay
        """
        has_scores = self.validation_scores is not None
        ax = self._set_axes(ax, (6.4, 6.0 if has_scores else 4.8), layout="tight")
        name = self.name if name is None else name
        style = {"label": name, **(line_kw or {})}
        self.line_ = _plot_curve(ax, self.loss_curve, style)
        self.score_ax_ = _find_score_axes(ax)
        self.score_line_ = self.kept_ = None
        if self.validation_scores is not None:
            self.score_ax_ = self.score_ax_ or _add_score_axes(ax)
            # Both lines of a tagger look the same.
            look = {"color": self.line_.get_color(), "linestyle": self.line_.get_linestyle()}
            self.score_line_ = _plot_curve(self.score_ax_, self.validation_scores, look | style)
            self.kept_ = _mark_epoch(self.score_line_, self.kept_epoch, name)
        self._label_axes()
        return self

    def _label_axes(self):
        self.ax_.set_ylabel("Training loss")
        lowest = self.ax_
        if self.score_ax_ is not None:
            self.score_ax_.set_ylabel(f"Validation {self.score_name}")
            self.ax_.set_xlabel("")
            self.ax_.tick_params(labelbottom=False)
            lowest = self.score_ax_
            markers = [line for line in self.score_ax_.lines if line.get_gid() == _KEPT_EPOCH]
            if markers:
                self.score_ax_.legend(handles=markers, frameon=False)
        lowest.set_xlabel("Epoch")
        if any(not text.startswith("_") for text in self.ax_.get_legend_handles_labels()[1]):
            self.ax_.legend(frameon=False)


def _kept_epoch(tagger):
    """Return the epoch whose weights early stopping has restored; None if it is not known."""
    stopped_early = getattr(tagger, "best_loss_", 0.0) is None
    if not stopped_early:
        return None
    scores, best = tagger.validation_scores_, tagger.best_validation_score_
    is_known = not tagger.warm_start or scores.count(best) == 1
    return scores.index(best) + 1 if is_known else None


def _mark_epoch(line, kept_epoch, name):
    """Mark the kept or the best epoch on the line of the scores, and return the marker."""
    epoch = kept_epoch or int(np.argmax(line.get_ydata())) + 1
    text = f"Epoch {epoch} {'is best' if kept_epoch is None else 'was kept'}"
    style = {
        "color": line.get_color(),
        "label": text + (f", {name}" if name else ""),
        "gid": _KEPT_EPOCH,
    }
    (marker,) = line.axes.plot(epoch, line.get_ydata()[epoch - 1], "o", **style)
    return marker


def _plot_curve(ax, values, style):
    """Plot one value per epoch, and return the line."""
    from matplotlib.ticker import MaxNLocator

    n_epochs = len(np.asarray(values))
    default = {
        # Line styles also distinguish taggers in print and for colour-blind readers.
        "linestyle": ("-", "--", "-.", ":")[len(ax.lines) % 4],
        # A line of a single epoch is invisible without a marker.
        "marker": "o" if n_epochs == 1 else None,
    }
    (line,) = ax.plot(range(1, n_epochs + 1), values, **default | style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(visible=True, color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return line


def _find_score_axes(ax):
    """Return the axes of the scores below the axes of the losses; None if there are none."""
    siblings = ax.get_shared_x_axes().get_siblings(ax)
    return next((other for other in siblings if other.get_label() == _SCORE_AXES), None)


def _add_score_axes(ax):
    """Return new axes for the scores, below the axes of the losses."""
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    axes = make_axes_locatable(ax).append_axes("bottom", size="100%", pad=0.15, sharex=ax)
    axes.set_label(_SCORE_AXES)
    return axes
