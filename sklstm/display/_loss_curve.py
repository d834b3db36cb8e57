"""The loss and the validation score after each epoch."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._estimators import fitted_tagger

# How the axes of the scores are known again when another tagger is plotted beside the first.
_SCORES = "sklstm validation scores"
# How the marks of epochs that were kept are known among the lines of their axes.
_KEPT = "sklstm kept epoch"


class LossCurveDisplay:
    """How the loss and the validation score went from epoch to epoch.

    It is recommended to create one with :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        The training loss of each epoch.

    validation_scores : array-like of shape (n_epochs,), default=None
        The score on the validation set after each epoch.

    name : str, default=None
        What the legend calls the curves. None makes no legend.

    kept_epoch : int, default=None
        The epoch, from 1, whose weights early stopping has restored. It is marked on the scores.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The losses.

    score_line_ : matplotlib Line2D or None
        The validation scores.

    kept_ : matplotlib Line2D or None
        The mark of the epoch that was kept.

    ax_ : matplotlib Axes
        The axes of the losses.

    score_ax_ : matplotlib Axes or None
        The axes of the validation scores, below those of the losses.

    figure_ : matplotlib Figure
        The figure that holds them.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : How a score grows with the number of samples.

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
    ('Training loss', 'Validation score')
    """

    def __init__(
        self,
        loss_curve: ArrayLike,
        *,
        validation_scores: ArrayLike | None = None,
        name: str | None = None,
        kept_epoch: int | None = None,
    ) -> None:
        self.loss_curve = loss_curve
        self.validation_scores = validation_scores
        self.name = name
        self.kept_epoch = kept_epoch

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        name: str | None = None,
        ax: Any = None,
        line_kw: dict[str, Any] | None = None,
    ) -> "LossCurveDisplay":
        """Plot what a fitted tagger has noted of its training.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        name : str, default=None
            What the legend calls the curves. None makes no legend.

        ax : matplotlib Axes, default=None
            Where to plot the losses; see :meth:`plot`.

        line_kw : dict, default=None
            Passed on to the `plot` of matplotlib.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        AttributeError
            If the estimator has no `loss_curve_`.

        Notes
        -----
        Where training went on after a first fit and was scored in a part of the epochs alone,
        it is not known in which: the scores are then left out, with a warning.

        With `early_stopping` the epoch whose weights were kept is marked: the first with the best
        score. After a warm start with several of that score it is not known which, and none is.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        advice = "Pass a fitted BiLSTMTagger, or a pipeline or search that ends in one."
        tagger = fitted_tagger(estimator, "loss_curve_", advice)
        scores = getattr(tagger, "validation_scores_", None)
        n_epochs = len(tagger.loss_curve_)
        if scores is not None and len(scores) != n_epochs:
            warnings.warn(
                f"The tagger has {len(scores)} validation scores for {n_epochs} epochs, and does "
                "not know which epochs they are of: they are left out.",
                stacklevel=2,
            )
            scores = None
        kept = None if scores is None else _kept_epoch(tagger)
        display = cls(tagger.loss_curve_, validation_scores=scores, name=name, kept_epoch=kept)
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
            Where to plot the losses; the scores take the lower part of its place. Pass the `ax_`
            of another display to plot beside it. By default a new figure is made.

        name : str, default=None
            What the legend calls the curves; by default the `name` of the display.

        line_kw : dict, default=None
            Passed on to the `plot` of matplotlib.

        Returns
        -------
        display : LossCurveDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if ax is None:
            height = 4.8 if self.validation_scores is None else 6.0
            _, ax = plt.subplots(figsize=(6.4, height), layout="tight")
        name = self.name if name is None else name
        self.ax_, self.figure_ = ax, ax.figure
        self.line_ = _curve(ax, self.loss_curve, {"label": name, **(line_kw or {})})
        self.score_ax_ = _score_axes(ax, needed=self.validation_scores is not None)
        self.score_line_ = self.kept_ = None
        if self.validation_scores is not None:
            # Both lines of a tagger look the same.
            look = {"color": self.line_.get_color(), "linestyle": self.line_.get_linestyle()}
            style = {"label": name, **look, **(line_kw or {})}
            self.score_line_ = _curve(self.score_ax_, self.validation_scores, style)
            if self.kept_epoch is not None:
                self.kept_ = _mark(self.score_line_, self.kept_epoch, name)
        self._label_axes()
        return self

    def _label_axes(self) -> None:
        self.ax_.set_ylabel("Training loss")
        lowest = self.ax_
        if self.score_ax_ is not None:
            self.score_ax_.set_ylabel("Validation score")
            self.ax_.set_xlabel("")
            self.ax_.tick_params(labelbottom=False)
            lowest = self.score_ax_
            marks = [line for line in self.score_ax_.lines if line.get_gid() == _KEPT]
            if marks:
                self.score_ax_.legend(handles=marks, frameon=False)
        lowest.set_xlabel("Epoch")
        if any(not text.startswith("_") for text in self.ax_.get_legend_handles_labels()[1]):
            self.ax_.legend(frameon=False)


def _kept_epoch(tagger: Any) -> int | None:
    """Return the epoch whose weights early stopping has restored; None where it is not known."""
    stopped_early = getattr(tagger, "best_loss_", 0.0) is None
    if not stopped_early:
        return None
    scores = tagger.validation_scores_
    is_known = not tagger.warm_start or scores.count(tagger.best_validation_score_) == 1
    return scores.index(tagger.best_validation_score_) + 1 if is_known else None


def _mark(line: Any, epoch: int, name: str | None) -> Any:
    """Mark an epoch on a line of scores, and return the mark."""
    (mark,) = line.axes.plot(
        [epoch],
        [line.get_ydata()[epoch - 1]],
        linestyle="none",
        marker="o",
        color=line.get_color(),
        label=f"Epoch {epoch} was kept" + (f", {name}" if name else ""),
        gid=_KEPT,
    )
    return mark


def _curve(ax: Any, values: ArrayLike, style: dict[str, Any]) -> Any:
    """Plot one value for each epoch, and return the line."""
    from matplotlib.ticker import MaxNLocator

    n_epochs = len(np.asarray(values))
    default = {
        # Taggers are told apart in print, and by colour-blind readers.
        "linestyle": ("-", "--", "-.", ":")[len(ax.lines) % 4],
        # A line of one epoch would not be seen.
        "marker": "o" if n_epochs == 1 else None,
    }
    (line,) = ax.plot(range(1, n_epochs + 1), values, **default | style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(visible=True, color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return line


def _score_axes(ax: Any, *, needed: bool) -> Any:
    """Return the axes below others that are for scores; made where needed, else None."""
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    for sibling in ax.get_shared_x_axes().get_siblings(ax):
        if sibling.get_label() == _SCORES:
            return sibling
    if not needed:
        return None
    below = make_axes_locatable(ax).append_axes("bottom", size="100%", pad=0.15, sharex=ax)
    below.set_label(_SCORES)
    return below
