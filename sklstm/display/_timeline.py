"""A plot of a sequence of vectors over time, with its labels and probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._plotting import PlotMixin
from sklstm.display._strips import (
    ERROR_ROW,
    LabelRows,
    draw_channels,
    draw_labels,
    draw_legend,
    draw_probabilities,
    label_time,
    legend_height,
)
from sklstm.display._timeline_input import (
    check_feature_names,
    check_label_list,
    check_sampling_rate,
    check_signal,
    check_step_labels,
    check_step_probabilities,
    find_features,
)

# The largest number of channels that are shown unless the user chooses them.
_MAX_CHANNELS = 12
# Heights in inches, of a channel, of all channels, of a row of labels, and of the probabilities.
_CHANNEL_HEIGHT, _MAX_SIGNAL_HEIGHT, _ROW_HEIGHT, _PROBABILITY_HEIGHT = 0.5, 8.0, 0.28, 1.1


class TimelineDisplay(PlotMixin):
    """Signal, labels, errors and probabilities of one sequence of vectors over time.

    The signal is on top: each channel has its own row and its own scale. Below it are the true and
    the predicted labels, the steps where they differ, and the probabilities of the labels. A label
    has the same colour in all plots with the same `labels`.

    It is recommended to create a display with :meth:`from_estimator` or :meth:`from_predictions`,
    which validate their input. All parameters are stored as attributes.

    Parameters
    ----------
    sequence : ndarray of shape (n_steps, n_features)
        The signal.

    y_true : list of length n_steps, default=None
        The true label of each step.

    y_pred : list of length n_steps, default=None
        The predicted label of each step.

    y_proba : ndarray of shape (n_steps, n_labels), default=None
        The probability of each label at each step.

    labels : list of length n_labels, default=None
        The label of each column of `y_proba`, in the order of the colours. By default all labels
        that occur, sorted.

    feature_names : list of str of length n_features, default=None
        The names of the channels. By default ``x0``, ``x1``, and so on.

    sampling_rate : float, default=None
        The number of steps per second. If given, the time axis is in seconds, else in steps.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the signal.

    labels_ax_ : matplotlib Axes
        The axes of the labels and errors.

    proba_ax_ : matplotlib Axes or None
        The axes of the probabilities.

    lines_ : list of matplotlib Line2D
        The lines of the channels, the first on top. Their values are scaled to their rows.

    legend_ : matplotlib Legend
        The legend with the labels that occur in the sequence.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    TaggedText : Shows sequences of words with their tags.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.display import TimelineDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(20, 50, 3))
    >>> y = np.where(X[:, :, 0] > 0, "up", "down")
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0).fit(X, y)
    >>> display = TimelineDisplay.from_estimator(tagger, X[0], y[0], sampling_rate=20)
    >>> [label.get_text() for label in display.labels_ax_.get_yticklabels()]
    ['true', 'predicted', 'errors']
    """

    def __init__(
        self,
        sequence: Any,
        y_true: Sequence[Any] | None = None,
        y_pred: Sequence[Any] | None = None,
        y_proba: ArrayLike | None = None,
        *,
        labels: Sequence[Any] | None = None,
        feature_names: Sequence[str] | None = None,
        sampling_rate: float | None = None,
    ) -> None:
        self.sequence = sequence
        self.y_true = y_true
        self.y_pred = y_pred
        self.y_proba = y_proba
        self.labels = labels
        self.feature_names = feature_names
        self.sampling_rate = sampling_rate

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        sequence: Any,
        y: Any = None,
        *,
        feature_names: Sequence[str] | None = None,
        sampling_rate: float | None = None,
        **kwargs: Any,
    ) -> "TimelineDisplay":
        """Plot one sequence with the labels that a fitted tagger predicts.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        sequence : array-like, sparse matrix or data frame of shape (n_steps, n_features)
            One sequence of vectors. It is plotted as it is, before the steps of a pipeline.

        y : array-like of shape (n_steps,), default=None
            The true label of each step.

        feature_names : list of str of length n_features, default=None
            The names of the channels. By default the columns of a data frame, or ``x0``, ``x1``,
            and so on.

        sampling_rate : float, default=None
            The number of steps per second. If given, the time axis is in seconds, else in steps.

        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : TimelineDisplay
            With probabilities, if the estimator has `predict_proba`.

        Raises
        ------
        ValueError, TypeError
            As :meth:`from_predictions`, and as `predict` of the estimator.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_signal(sequence)
        y_proba = labels = None
        if hasattr(estimator, "predict_proba"):
            y_proba, labels = estimator.predict_proba([sequence])[0], estimator.classes_
        return cls.from_predictions(
            sequence,
            y,
            estimator.predict([sequence])[0],
            y_proba,
            labels=labels,
            feature_names=feature_names,
            sampling_rate=sampling_rate,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        sequence: Any,
        y_true: Any = None,
        y_pred: Any = None,
        y_proba: Any = None,
        *,
        labels: ArrayLike | None = None,
        feature_names: Sequence[str] | None = None,
        sampling_rate: float | None = None,
        **kwargs: Any,
    ) -> "TimelineDisplay":
        """Plot one sequence with given labels.

        Parameters
        ----------
        sequence : array-like, sparse matrix or data frame of shape (n_steps, n_features)
            One sequence of vectors.

        y_true : array-like of shape (n_steps,), default=None
            The true label of each step, a str or a number.

        y_pred : array-like of shape (n_steps,), default=None
            The predicted label of each step.

        y_proba : array-like of shape (n_steps, n_labels), default=None
            The probability of each label at each step, as `predict_proba` returns for a sequence.

        labels : array-like of shape (n_labels,), default=None
            The label of each column of `y_proba`: the `classes_` of a tagger. They also give the
            order of the colours. By default all labels that occur, sorted.

        feature_names : list of str of length n_features, default=None
            The names of the channels. By default the columns of a data frame, or ``x0``, ``x1``,
            and so on.

        sampling_rate : float, default=None
            The number of steps per second. If given, the time axis is in seconds, else in steps.

        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : TimelineDisplay

        Raises
        ------
        ValueError, TypeError
            If `sequence` is not one sequence of vectors, if there are neither true nor predicted
            labels, or if lengths, probabilities or names do not fit the sequence.
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        signal, columns = check_signal(sequence)
        n_steps, n_features = signal.shape
        if y_true is None and y_pred is None:
            raise ValueError("y_true and y_pred are None. Pass at least one of them.")
        classes = check_label_list(labels)
        check_sampling_rate(sampling_rate)
        display = cls(
            signal,
            check_step_labels(y_true, "y_true", n_steps),
            check_step_labels(y_pred, "y_pred", n_steps),
            check_step_probabilities(y_proba, classes, n_steps),
            labels=classes,
            feature_names=check_feature_names(feature_names, columns, n_features),
            sampling_rate=sampling_rate,
        )
        return display.plot(**kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        features: Sequence[int | str] | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> "TimelineDisplay":
        """Plot the signal and, below it, the labels, errors and probabilities.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes of the signal; the labels and probabilities take the lower part of their area.
            By default a new figure is created, high enough for all channels.

        features : list of str or int, default=None
            The channels to show, by name or by index, in this order. By default all, or the first
            12 if there are more.

        line_kw : dict, default=None
            Keyword arguments for matplotlib's `plot`, for the lines of the signal.

        Returns
        -------
        display : TimelineDisplay

        Raises
        ------
        ValueError, TypeError
            If there is no such feature.
        """
        signal = np.asarray(self.sequence)
        names = check_feature_names(self.feature_names, None, signal.shape[1])
        n_shown = min(len(names), _MAX_CHANNELS)
        channels = range(n_shown) if features is None else find_features(features, names)
        edges = (np.arange(len(signal) + 1) - 0.5) / (self.sampling_rate or 1)
        strips = {"true": self.y_true, "predicted": self.y_pred}
        strips = {name: list(y) for name, y in strips.items() if y is not None}
        rows = LabelRows.encode([*strips.values()], self.labels)
        heights = self._heights(len(channels), rows)
        ax = self._set_axes(ax, (8, sum(heights) + 0.7), layout="tight")
        axes = _split_axes(ax, heights)
        times = edges[:-1] / 2 + edges[1:] / 2
        shown_names = [names[k] for k in channels]
        self.lines_ = draw_channels(ax, times, signal[:, channels], shown_names, line_kw or {})
        self._draw_labels(axes, edges, rows, list(strips))
        if features is None and n_shown < len(names):
            ax.set_title(f"The first {n_shown} of {len(names)} features", fontsize="medium")
        label_time(axes[-1], edges, self.sampling_rate)
        return self

    def _heights(self, n_channels, rows):
        """Return the heights of the axes in inches; together they have room for the legend."""
        n_rows = len(rows.codes)
        lower = [_ROW_HEIGHT * (n_rows + ERROR_ROW * (n_rows == 2))]
        lower += [] if self.y_proba is None else [_PROBABILITY_HEIGHT]
        lowest = max(2 * _CHANNEL_HEIGHT, legend_height(rows) - sum(lower))
        return [float(np.clip(_CHANNEL_HEIGHT * n_channels, lowest, _MAX_SIGNAL_HEIGHT)), *lower]

    def _draw_labels(self, axes, edges, rows, names):
        """Draw labels, errors and probabilities, with a legend."""
        self.labels_ax_, self.proba_ax_ = axes[1], None
        draw_labels(self.labels_ax_, edges, rows, names)
        n_columns = 0
        if self.y_proba is not None:
            probabilities = np.asarray(self.y_proba)
            self.proba_ax_, n_columns = axes[2], probabilities.shape[1]
            draw_probabilities(self.proba_ax_, edges, probabilities, rows)
        has_others = bool((rows.occurring < n_columns).sum() < n_columns)
        self.legend_ = draw_legend(axes[-1], rows, has_others)


def _split_axes(ax, heights):
    """Return axes below each other with these relative heights; the first is `ax`."""
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    divider = make_axes_locatable(ax)
    others = [
        divider.append_axes("bottom", size=f"{100 * height / heights[0]:.0f}%", pad=0.08, sharex=ax)
        for height in heights[1:]
    ]
    axes = [ax, *others]
    for upper in axes[:-1]:
        upper.tick_params(axis="x", labelbottom=False, length=0)
        upper.spines["bottom"].set_visible(False)
    return axes
