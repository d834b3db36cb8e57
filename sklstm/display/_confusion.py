"""A plot of the confusion matrix over tokens."""

import re
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.multiclass import unique_labels

from sklstm._schemes import NO_TYPE, Scheme, describe_misfit, find_misfits, parse
from sklstm._sequences import show
from sklstm._tables import escape_controls
from sklstm.display._plotting import (
    PlotMixin,
    contrasting_colours,
    matrix_figsize,
    matrix_fontsize,
)
from sklstm.metrics import on_tokens
from sklstm.metrics._spans import check_scheme

# The number of tags above which cells are so small that fractions are written without their 0.
_N_SHORTENED = 24


class TokenConfusionMatrixDisplay(PlotMixin, ConfusionMatrixDisplay):
    """Confusion matrix over the tokens of all sequences.

    A :class:`~sklearn.metrics.ConfusionMatrixDisplay` that takes sequences of tags. It is
    recommended to create one with :meth:`from_estimator` or :meth:`from_predictions`. All
    parameters are stored as attributes.

    The colours follow the square root of the values, so that rare confusions are visible although
    some tags are frequent. Cells are blank if their value is 0 or is rounded to 0.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        The number, or fraction, of tokens of each true tag (row) and predicted tag (column).

    display_labels : array-like of shape (n_classes,), default=None
        The names of the tags.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The image of the matrix.

    text_ : ndarray of shape (n_classes, n_classes) of matplotlib Text, or None
        The values in the cells. None if `include_values` is False.

    ax_ : matplotlib Axes
        The axes that hold the image.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    sklearn.metrics.confusion_matrix : Computes the matrix of single labels.
    sklstm.metrics.on_tokens : Makes a metric of single labels accept sequences.

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

    With a scheme, the matrix is over types of spans:

    >>> y_true, y_pred = [["B-person", "I-person", "O"]], [["B-person", "I-place", "O"]]
    >>> display = TokenConfusionMatrixDisplay.from_predictions(y_true, y_pred, scheme="BIO")
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['O', 'person', 'place']
    """

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, **kwargs: Any
    ) -> "TokenConfusionMatrixDisplay":
        """Plot the confusion matrix of a fitted tagger.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        X : sequences of tokens
            As for its `predict`.

        y : sequences of tags
            The true tag of each token.

        **kwargs : dict
            Passed to :meth:`from_predictions`.

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
        scheme: Scheme | None = None,
        suffix: bool = False,
        display_labels: ArrayLike | None = None,
        **kwargs: Any,
    ) -> "TokenConfusionMatrixDisplay":
        """Plot the confusion matrix of true and predicted tags.

        Parameters
        ----------
        y_true : sequences of tags
            The true tag of each token.

        y_pred : sequences of tags
            The predicted tag of each token.

        labels : array-like of shape (n_classes,), default=None
            The tags to show, in this order. By default all tags that occur, sorted. With a
            `scheme`, the types of spans and ``O``.

        sample_weight : array-like, default=None
            One weight for each sequence or for each token.

        normalize : {"true", "pred", "all"}, default=None
            Normalizes over the true tags (rows), the predicted tags (columns) or all tokens. None
            shows counts.

        scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None, default=None
            The scheme that encodes spans as tags. If given, the rows and columns are types of
            spans: ``B-person`` and ``I-person`` count as ``person``, and ``O`` as itself.

        suffix : bool, default=False
            If True, the type of a span comes before the letter of the scheme: ``person-B``.

        display_labels : array-like of shape (n_classes,), default=None
            The names of the tags in the plot. By default the tags themselves.

        **kwargs : dict
            Passed to :meth:`plot`.

        Returns
        -------
        display : TokenConfusionMatrixDisplay

        Raises
        ------
        ValueError
            If the lengths of the sequences differ, or a tag is not one of the `scheme`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        if scheme is not None:
            check_scheme(scheme)
        matrix, shown = on_tokens(_confusion)(
            y_true,
            y_pred,
            labels=labels,
            sample_weight=sample_weight,
            normalize=normalize,
            scheme=scheme,
            suffix=suffix,
        )
        if display_labels is not None:
            return cls(matrix, display_labels=display_labels).plot(**kwargs)
        display = cls(matrix, display_labels=shown).plot(**kwargs)
        names = [escape_controls(str(tag)) for tag in shown]
        display.ax_.set_xticklabels(names, parse_math=False)
        display.ax_.set_yticklabels(names, parse_math=False)
        return display

    # The same arguments as the method of scikit-learn.
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
            Whether to write the values into the cells.

        cmap : str or matplotlib Colormap, default="Blues"
            The colormap.

        xticks_rotation : {"vertical", "horizontal"} or float, default="vertical"
            The rotation of the names of the columns.

        values_format : str, default=None
            The format of the values. By default "d" for counts, ".2f" for fractions and ".4g"
            otherwise.

        ax : matplotlib Axes, default=None
            The axes to plot on. By default a new figure is created, large enough for all tags.

        colorbar : bool, default=False
            Whether to show the colorbar.

        im_kw : dict, default=None
            Keyword arguments for matplotlib's `imshow`.

        text_kw : dict, default=None
            Keyword arguments for matplotlib's `text`.

        Returns
        -------
        display : TokenConfusionMatrixDisplay
        """
        values = self.confusion_matrix
        names = range(len(values)) if self.display_labels is None else self.display_labels
        ax = self._set_axes(ax, matrix_figsize([str(name) for name in names], colorbar))
        from matplotlib.colors import PowerNorm

        norm = PowerNorm(0.5, vmin=0, vmax=values.max())
        super().plot(
            include_values=include_values,
            cmap=cmap,
            xticks_rotation=xticks_rotation,
            values_format=values_format or _default_format(values),
            ax=ax,
            colorbar=colorbar,
            im_kw={"norm": norm} | (im_kw or {}),
            text_kw={"fontsize": matrix_fontsize(len(values))} | (text_kw or {}),
        )
        # Lines separate blank cells.
        borders = np.arange(1, len(values)) - 0.5
        ax.set_xticks(borders, minor=True)
        ax.set_yticks(borders, minor=True)
        ax.grid(which="minor", color="0.9", linewidth=0.5)
        ax.tick_params(which="minor", length=0)
        if include_values:
            self._restyle_values()
        return self

    def _restyle_values(self):
        """Make values readable on the colours of their cells, and leave out zeros."""
        values = self.confusion_matrix
        colours = contrasting_colours(self.im_.cmap(self.im_.norm(values)))
        for index, text in np.ndenumerate(self.text_):
            is_zero = not re.search("[1-9]", text.get_text())
            text.set(color=colours[index], text="" if is_zero else text.get_text())
            if len(values) > _N_SHORTENED:
                text.set_text(text.get_text().removeprefix("0"))


def _confusion(y_true, y_pred, *, labels=None, scheme=None, suffix=False, **kwargs):
    """Return the confusion matrix and the labels of its rows and columns."""
    if scheme is not None:
        y_true = _span_types(y_true, "y_true", scheme, suffix)
        y_pred = _span_types(y_pred, "y_pred", scheme, suffix)
    labels = unique_labels(y_true, y_pred) if labels is None else labels
    return confusion_matrix(y_true, y_pred, labels=labels, **kwargs), labels


def _span_types(tags, name, scheme, suffix):
    """Return the type of the span of each tag, and the tag outside of spans as it is."""
    distinct, codes = np.unique(tags, return_inverse=True)
    distinct = distinct.tolist()
    misfits = find_misfits(distinct, scheme, suffix)
    if misfits:
        raise ValueError(
            f"{name} has the tag {show(misfits[0])}, {describe_misfit(scheme, suffix)}."
        )
    types = [tag if tag == "O" else parse(tag, scheme, suffix)[1] or NO_TYPE for tag in distinct]
    return np.array(types)[codes]


def _default_format(values):
    if values.dtype.kind != "f":
        return "d"
    return ".2f" if values.max() <= 1 else ".4g"
