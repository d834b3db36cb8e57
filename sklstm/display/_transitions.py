"""Which tag likes to follow which, as a CRF has learnt it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._estimators import fitted_tagger
from sklstm.display._matrix import readable_on, square_axes


class TransitionsDisplay:
    """The scores of a CRF for each tag after each other tag, at the start and at the end.

    Red transitions raise the score of a sequence and blue ones lower it; grey cells with a cross
    are transitions that the scheme forbids. Tags follow from those of the rows to those of the
    columns. The first row is the start of a sequence, and the last column its end.

    It is recommended to create one with :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    transitions : array-like of shape (n_classes, n_classes)
        The score of each transition, from the tag of the row to that of the column. Minus infinity
        forbids one.

    start_transitions : array-like of shape (n_classes,)
        The score of each tag as the first of a sequence.

    end_transitions : array-like of shape (n_classes,)
        The score of each tag as the last of a sequence.

    labels : array-like of shape (n_classes,), default=None
        The names of the tags. By default they are numbered.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The image of the scores. Its first row is the start and its last column the end.

    text_ : ndarray of shape (n_classes + 1, n_classes + 1) of matplotlib Text, or None
        The scores. None if `include_values` is False.

    ax_ : matplotlib Axes
        The axes that hold the image.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    sklstm.BiLSTMTagger : Its `transitions_`, `start_transitions_` and `end_transitions_` are drawn.

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
            The tags to show, in this order. By default all of `classes_`.

        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : TransitionsDisplay

        Raises
        ------
        AttributeError
            If the estimator has no `transitions_`.

        ValueError
            If one of `labels` is none of the tagger's classes.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        advice = 'Only a BiLSTMTagger with output="crf" has transitions: fit one.'
        tagger = fitted_tagger(estimator, "transitions_", advice)
        shown = tagger.classes_.tolist() if labels is None else list(labels)
        places = _places(shown, tagger.classes_.tolist())
        display = cls(
            tagger.transitions_[np.ix_(places, places)],
            tagger.start_transitions_[places],
            tagger.end_transitions_[places],
            labels=shown,
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
            Where to plot. By default a new figure is made, large enough for all tags.

        include_values : bool, default=True
            Whether the scores are written into the cells.

        cmap : str or matplotlib Colormap, default="RdBu_r"
            The colours, of which the middle is for 0.

        colorbar : bool, default=True
            Whether the scale of the colours is shown.

        im_kw : dict, default=None
            Passed on to the `imshow` of matplotlib.

        text_kw : dict, default=None
            Passed on to the `text` of matplotlib.

        Returns
        -------
        display : TransitionsDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        scores = self._scores()
        labels = range(len(scores) - 1) if self.labels is None else self.labels
        tags = [str(tag) for tag in labels]
        if ax is None:
            ax = square_axes(["start", *tags], extra_width=1.0 if colorbar else 0.0)
        self.ax_, self.figure_ = ax, ax.figure
        finite = np.isfinite(scores)
        limit = np.abs(scores[finite]).max(initial=0.0) or 1.0
        style = {"cmap": cmap, "vmin": -limit, "vmax": limit} | (im_kw or {})
        self.im_ = ax.imshow(np.ma.masked_where(~finite, scores), **style)
        _mark_forbidden(ax, scores)
        self.text_ = _write(ax, scores, self.im_, text_kw or {}) if include_values else None
        self._label_axes(tags)
        if colorbar:
            self.figure_.colorbar(self.im_, ax=ax, label="Score", aspect=40, pad=0.02)
        return self

    def _scores(self) -> NDArray:
        """Return all scores: a row for the start on top, a column for the end at the right."""
        n_tags = len(np.asarray(self.transitions))
        scores = np.full((n_tags + 1, n_tags + 1), np.nan)
        scores[0, :-1] = self.start_transitions
        scores[1:, :-1] = self.transitions
        scores[1:, -1] = self.end_transitions
        return scores

    def _label_axes(self, tags: list[str]) -> None:
        ax, ticks = self.ax_, np.arange(len(tags) + 1)
        ax.set_xticks(ticks, [*tags, "end"], rotation="vertical")
        ax.set_yticks(ticks, ["start", *tags])
        ax.set(xlabel="To", ylabel="From")
        # The start and the end stand apart from the tags.
        ax.axhline(0.5, color="white", linewidth=4)
        ax.axvline(len(tags) - 0.5, color="white", linewidth=4)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)


def _places(labels: list, classes: list) -> list[int]:
    """Return where labels are among the classes."""
    unknown = [label for label in labels if label not in classes]
    if unknown:
        raise ValueError(f"labels has {unknown[0]!r}, which is none of the classes {classes}.")
    return [classes.index(label) for label in labels]


def _mark_forbidden(ax: Any, scores: NDArray) -> None:
    rows, columns = np.nonzero(np.isneginf(scores))
    shade = np.where(np.isneginf(scores), 1.0, np.nan)
    ax.imshow(shade, cmap="Greys", vmin=0, vmax=6)
    ax.plot(columns, rows, linestyle="none", marker="x", color="0.55", markersize=4)


def _write(ax: Any, scores: NDArray, image: Any, style: dict[str, Any]) -> NDArray:
    """Write the scores into the cells that have one, and return the texts."""
    from matplotlib.ticker import Formatter

    colours = readable_on(image.cmap(image.norm(scores)))
    digits = 1 if np.abs(scores[np.isfinite(scores)]).max(initial=0.0) >= 1 else 2
    texts = np.full(scores.shape, None, dtype=object)
    for (row, column), score in np.ndenumerate(scores):
        if np.isfinite(score):
            default = {"ha": "center", "va": "center", "fontsize": 8}
            default["color"] = colours[row, column]
            # A score that rounds to zero has no sign.
            text = Formatter.fix_minus(f"{round(float(score), digits) + 0.0:.{digits}f}")
            texts[row, column] = ax.text(column, row, text, **default | style)
    return texts
