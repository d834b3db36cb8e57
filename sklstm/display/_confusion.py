"""Which tags are taken for which."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.multiclass import unique_labels

from sklstm.display._matrix import readable_on, square_axes
from sklstm.metrics import on_tokens

_FAINT = "0.75"


class TokenConfusionMatrixDisplay(ConfusionMatrixDisplay):
    """Which tags are taken for which, over the tokens of all sequences.

    A :class:`~sklearn.metrics.ConfusionMatrixDisplay` that takes sequences of tags. It is
    recommended to create one with :meth:`from_estimator` or :meth:`from_predictions`. All
    parameters are stored as attributes.

    Colours are by the square root of the values, so that rare confusions show beside tags that
    are frequent, and zeros are faint.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        For each tag (row), how many of its tokens were given which tag (column).

    display_labels : array-like of shape (n_classes,), default=None
        The names of the tags.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The image of the matrix.

    text_ : ndarray of shape (n_classes, n_classes) of matplotlib Text, or None
        The values. None if `include_values` is False.

    ax_ : matplotlib Axes
        The axes that hold the image.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    sklearn.metrics.confusion_matrix : The matrix; see also :func:`~sklstm.metrics.on_tokens`.

    Examples
    --------
    >>> from sklstm.display import TokenConfusionMatrixDisplay
    >>> y_true = [["DET", "NOUN", "VERB"], ["NOUN", "VERB"]]
    >>> y_pred = [["DET", "NOUN", "NOUN"], ["NOUN", "VERB"]]
    >>> display = TokenConfusionMatrixDisplay.from_predictions(y_true, y_pred)
    >>> display.confusion_matrix
    array([[1, 0, 0],
           [0, 2, 0],
           [0, 1, 1]])
    """

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, **kwargs: Any
    ) -> "TokenConfusionMatrixDisplay":
        """Plot which tags a fitted tagger takes for which.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        X : sequences of tokens
            As for its `predict`.

        y : sequences of tags
            The true tag of each token.

        **kwargs : dict
            Passed on to :meth:`from_predictions`.

        Returns
        -------
        display : TokenConfusionMatrixDisplay
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        return cls.from_predictions(y, estimator.predict(X), **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        labels: ArrayLike | None = None,
        sample_weight: Any = None,
        normalize: Literal["true", "pred", "all"] | None = None,
        display_labels: ArrayLike | None = None,
        **kwargs: Any,
    ) -> "TokenConfusionMatrixDisplay":
        """Plot which tags were taken for which.

        Parameters
        ----------
        y_true : sequences of tags
            The true tag of each token.

        y_pred : sequences of tags
            The tags that were predicted.

        labels : array-like of shape (n_classes,), default=None
            The tags to show, in this order. By default all that occur, sorted.

        sample_weight : array-like, default=None
            One weight for each sequence or for each token.

        normalize : {"true", "pred", "all"}, default=None
            Whether each row ("true"), each column ("pred") or the whole matrix ("all") is divided
            by its sum. None shows counts.

        display_labels : array-like of shape (n_classes,), default=None
            What the tags are called in the plot. By default, themselves.

        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : TokenConfusionMatrixDisplay
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        matrix, shown = on_tokens(_confusion)(
            y_true, y_pred, labels=labels, sample_weight=sample_weight, normalize=normalize
        )
        display_labels = shown if display_labels is None else display_labels
        return cls(matrix, display_labels=display_labels).plot(**kwargs)

    # As many arguments as the method of scikit-learn that it stands for.
    def plot(
        self,
        *,
        include_values: bool = True,
        cmap: Any = "Blues",
        xticks_rotation: Literal["vertical", "horizontal"] | float = "vertical",
        values_format: str | None = None,
        ax: Any = None,
        colorbar: bool = False,
        im_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> "TokenConfusionMatrixDisplay":
        """Plot the matrix.

        Parameters
        ----------
        include_values : bool, default=True
            Whether the values are written into the cells.

        cmap : str or matplotlib Colormap, default="Blues"
            The colours.

        xticks_rotation : {"vertical", "horizontal"} or float, default="vertical"
            How the names of the columns are turned.

        values_format : str, default=None
            How values are written; by default "d" for counts, ".2f" for shares and ".4g" else.

        ax : matplotlib Axes, default=None
            Where to plot. By default a new figure is made, large enough for all tags.

        colorbar : bool, default=False
            Whether the scale of the colours is shown.

        im_kw : dict, default=None
            Passed on to the `imshow` of matplotlib.

        text_kw : dict, default=None
            Passed on to the `text` of matplotlib.

        Returns
        -------
        display : TokenConfusionMatrixDisplay
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib.colors import PowerNorm

        values = self.confusion_matrix
        if ax is None:
            names = range(len(values)) if self.display_labels is None else self.display_labels
            ax = square_axes([str(name) for name in names], extra_width=1.0 if colorbar else 0.0)
        norm = PowerNorm(0.5, vmin=0, vmax=values.max())
        super().plot(
            include_values=include_values,
            cmap=cmap,
            xticks_rotation=xticks_rotation,
            values_format=values_format or _format(values),
            ax=ax,
            colorbar=colorbar,
            im_kw={"norm": norm} | (im_kw or {}),
            text_kw={"fontsize": 8} | (text_kw or {}),
        )
        if include_values:
            _make_legible(self.text_, values, self.im_)
        return self


def _confusion(
    y_true: NDArray, y_pred: NDArray, *, labels: ArrayLike | None = None, **kwargs: Any
) -> tuple[NDArray, ArrayLike]:
    """Return the confusion matrix, and the labels of its rows and columns."""
    labels = unique_labels(y_true, y_pred) if labels is None else labels
    return confusion_matrix(y_true, y_pred, labels=labels, **kwargs), labels


def _format(values: NDArray) -> str:
    if values.dtype.kind != "f":
        return "d"
    return ".2f" if values.max() <= 1 else ".4g"


def _make_legible(texts: NDArray, values: NDArray, image: Any) -> None:
    """Make values readable on the colours of their cells, and zeros short and faint."""
    colours = readable_on(image.cmap(image.norm(values)))
    for place, text in np.ndenumerate(texts):
        text.set_color(colours[place])
        if values[place] == 0:
            text.set(text="0", color=_FAINT)
