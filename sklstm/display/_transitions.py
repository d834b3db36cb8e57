"""A plot of the transition scores of a CRF."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm._tables import escape_controls
from sklstm.display._plotting import (
    PlotMixin,
    check_labels,
    contrasting_colours,
    format_number,
    matrix_figsize,
    matrix_fontsize,
)
from sklstm.inspection._estimators import fitted_last_estimator


class TransitionsDisplay(PlotMixin):
    """Transition scores of a CRF from each tag to each other tag, and at the start and the end.

    Red transitions raise the score of a sequence and blue ones lower it; grey cells with a cross
    are transitions that the scheme forbids. A transition goes from the tag of its row to the tag of
    its column. The first row is the start of a sequence, and the last column its end.

    It is recommended to create one with :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    transitions : array-like of shape (n_classes, n_classes)
        The score of each transition, from the tag of the row to the tag of the column. Minus
        infinity is a forbidden transition.

    start_transitions : array-like of shape (n_classes,)
        The score of each tag at the start of a sequence.

    end_transitions : array-like of shape (n_classes,)
        The score of each tag at the end of a sequence.

    labels : array-like of shape (n_classes,), default=None
        The names of the tags. By default they are numbered.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The image of the scores. Its first row is the start and its last column the end.

    text_ : ndarray of shape (n_classes + 1, n_classes + 1) of matplotlib Text, or None
        The scores in the cells. None if `include_values` is False.

    ax_ : matplotlib Axes
        The axes that hold the image.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    sklstm.BiLSTMTagger : Has `transitions_`, `start_transitions_` and `end_transitions_`.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.display import TransitionsDisplay
    >>> X = [["Ada", "Lovelace", "slept"], ["They", "met", "Ada"]]
    >>> y = [["B-person", "I-person", "O"], ["O", "O", "B-person"]]
    >>> tagger = BiLSTMTagger(
    ...     hidden_layer_sizes=8, output="crf", scheme="BIO", max_iter=3, random_state=0
    ... ).fit(X, y)
    >>> display = TransitionsDisplay.from_estimator(tagger)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['start', 'B-person', 'I-person', 'O']
    """

    def __init__(
        self,
        transitions: ArrayLike,
        start_transitions: ArrayLike,
        end_transitions: ArrayLike,
        *,
        labels: Sequence[Any] | NDArray[Any] | None = None,
    ) -> None:
        self.transitions = transitions
        self.start_transitions = start_transitions
        self.end_transitions = end_transitions
        self.labels = labels

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, labels: Sequence[Any] | NDArray[Any] | None = None, **kwargs: Any
    ) -> "TransitionsDisplay":
        """Plot the transitions of a fitted tagger.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger with ``output="crf"``, or a pipeline or search with one at its end.

        labels : array-like of shape (n_labels,), default=None
            The tags to show, in this order. By default `classes_`.

        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : TransitionsDisplay

        Raises
        ------
        AttributeError
            If the estimator has no `transitions_`.

        ValueError
            If one of `labels` is not in the tagger's `classes_`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        tagger = fitted_last_estimator(estimator)
        if not hasattr(tagger, "transitions_"):
            raise AttributeError(
                f"{type(tagger).__name__} has no transitions_. Only a BiLSTMTagger with "
                'output="crf" has transitions: fit one.'
            )
        classes = tagger.classes_.tolist()
        labels = classes if labels is None else check_labels(labels)
        unknown = [label for label in labels if label not in classes]
        if unknown:
            raise ValueError(f"labels has {unknown[0]!r}, which is not in classes_: {classes}.")
        indices = [classes.index(label) for label in labels]
        display = cls(
            tagger.transitions_[np.ix_(indices, indices)],
            tagger.start_transitions_[indices],
            tagger.end_transitions_[indices],
            labels=labels,
        )
        return display.plot(**kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        include_values: bool = True,
        cmap: Any = "RdBu_r",
        colorbar: bool = True,
        im_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> "TransitionsDisplay":
        """Plot the scores.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to plot on. By default a new figure is created, large enough for all tags.

        include_values : bool, default=True
            Whether to write the scores into the cells.

        cmap : str or matplotlib Colormap, default="RdBu_r"
            The colormap; its middle is the colour of 0.

        colorbar : bool, default=True
            Whether to show the colorbar.

        im_kw : dict, default=None
            Keyword arguments for matplotlib's `imshow`.

        text_kw : dict, default=None
            Keyword arguments for matplotlib's `text`.

        Returns
        -------
        display : TransitionsDisplay
        """
        scores = self._scores()
        labels = range(len(scores) - 1) if self.labels is None else self.labels
        tags = [escape_controls(str(tag)) for tag in labels]
        ax = self._set_axes(ax, matrix_figsize(["start", *tags], colorbar))
        finite = np.isfinite(scores)
        # Matplotlib needs a range that is finite.
        limit = min(np.abs(scores[finite]).max(initial=0.0) or 1.0, np.finfo(float).max / 4)
        style = {"cmap": cmap, "vmin": -limit, "vmax": limit} | (im_kw or {})
        self.im_ = ax.imshow(np.ma.masked_where(~finite, scores), **style)
        # Forbidden transitions are grey, with a cross.
        is_forbidden = np.isneginf(scores)
        ax.imshow(np.where(is_forbidden, 1.0, np.nan), cmap="Greys", vmin=0, vmax=6)
        rows, columns = np.nonzero(is_forbidden)
        ax.plot(columns, rows, linestyle="none", marker="x", color="0.55", markersize=4)
        self.text_ = _write_scores(self.im_, scores, text_kw or {}) if include_values else None
        self._label_axes(tags)
        if colorbar:
            self.figure_.colorbar(self.im_, ax=ax, label="Score", aspect=40, pad=0.02)
        return self

    def _scores(self):
        """Return the scores as one matrix, with the start as first row and the end as last column.

        The transition from the start to the end is nan.
        """
        transitions = np.asarray(self.transitions, dtype=float)
        scores = np.pad(transitions, ((1, 0), (0, 1)), constant_values=np.nan)
        scores[0, :-1] = self.start_transitions
        scores[1:, -1] = self.end_transitions
        return scores

    def _label_axes(self, tags):
        ax, ticks = self.ax_, np.arange(len(tags) + 1)
        ax.set_xticks(ticks, [*tags, "end"], rotation="vertical", parse_math=False)
        ax.set_yticks(ticks, ["start", *tags], parse_math=False)
        ax.set(xlabel="To", ylabel="From")
        # Lines separate the start and the end from the tags.
        ax.axhline(0.5, color="white", linewidth=4)
        ax.axvline(len(tags) - 0.5, color="white", linewidth=4)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)


def _write_scores(image, scores, style):
    """Write finite scores into their cells, and return the texts."""
    colours = contrasting_colours(image.cmap(image.norm(scores)))
    n_digits = 1 if np.abs(scores[np.isfinite(scores)]).max(initial=0.0) >= 1 else 2
    fontsize = matrix_fontsize(len(scores))
    texts = np.full(scores.shape, None, dtype=object)
    for row, column in np.argwhere(np.isfinite(scores)):
        score = round(float(scores[row, column]), n_digits) + 0.0  # no minus sign for 0
        default = {"ha": "center", "va": "center", "fontsize": fontsize}
        text = format_number(score, f".{n_digits}f")
        look = default | {"color": colours[row, column]} | style
        texts[row, column] = image.axes.text(column, row, text, **look)
    return texts
