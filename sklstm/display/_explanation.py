"""What each word of a sentence contributed to one token's tag."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm.display._tokens import called, labels_of, shortened, with_direction
from sklstm.inspection import TagExplanation, explain_tag
from sklstm.inspection._arguments import check_count, check_position

# The ends of "RdBu_r", which the other displays draw scores with: red is for what is positive.
_FOR, _AGAINST = "#b2182b", "#2166ac"


class ExplanationDisplay:
    """What each token of a sequence, or each feature of a token, contributed to a tag.

    A bar to the right, in red, spoke for the tag, one to the left, in blue, against it. It is
    recommended to create a display with :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    explanation : TagExplanation
        What :func:`~sklstm.inspection.explain_tag` returned.

    display_labels : sequence of str of shape (n_tokens,), default=None
        What the tokens are called in the plot. By default words are themselves, and dicts and
        vectors are numbered, from 0.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        The bars, the first on top.

    ax_ : matplotlib Axes
        The axes that hold the bars.

    figure_ : matplotlib Figure
        The figure that holds the axes.

    See Also
    --------
    sklstm.inspection.explain_tag : Computes the contributions.

    Examples
    --------
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.display import ExplanationDisplay
    >>> X = [["the", "fish", "sleeps"], ["they", "fish"], ["the", "boat", "sleeps"]] * 10
    >>> y = [["DET", "NOUN", "VERB"], ["PRON", "VERB"], ["DET", "NOUN", "VERB"]] * 10
    >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, random_state=0).fit(X, y)
    >>> display = ExplanationDisplay.from_estimator(tagger, ["the", "fish", "sleeps"], 1)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['the', 'fish', 'sleeps']
    """

    def __init__(
        self, explanation: TagExplanation, *, display_labels: Sequence[str] | None = None
    ) -> None:
        self.explanation = explanation
        self.display_labels = display_labels

    @classmethod
    def from_estimator(
        cls,
        tagger: Any,
        sequence: Any,
        position: int,
        *,
        tag: Any = None,
        method: Literal["occlusion", "gradient"] = "occlusion",
        display_labels: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> "ExplanationDisplay":
        """Explain the tag of one token of a sequence, and plot the explanation.

        Parameters
        ----------
        tagger, sequence, position, tag, method
            As for :func:`~sklstm.inspection.explain_tag`; the tagger may be a pipeline or a search
            that ends in one.

        display_labels : sequence of str of shape (n_tokens,), default=None
            What the tokens are called in the plot. By default words are themselves, and dicts and
            vectors are numbered, from 0.

        **kwargs : dict
            Passed on to :meth:`plot`.

        Returns
        -------
        display : ExplanationDisplay

        Raises
        ------
        ValueError, TypeError
            As :func:`~sklstm.inspection.explain_tag`.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        explanation = explain_tag(tagger, sequence, position, tag=tag, method=method)
        return cls(explanation, display_labels=display_labels).plot(**kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        token: int | None = None,
        n_bars: int = 40,
        bar_kw: dict[str, Any] | None = None,
    ) -> "ExplanationDisplay":
        """Plot the contributions.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to plot. By default a new figure is made, high enough for all bars.

        token : int, default=None
            The position of a token: its features are shown in place of all tokens.

        n_bars : int, default=40
            How many bars are drawn at most. Of more, those of the largest contributions are, of
            whichever sign, and that of the token whose tag is explained.

        bar_kw : dict, default=None
            Passed on to the `barh` of matplotlib.

        Returns
        -------
        display : ExplanationDisplay

        Raises
        ------
        ValueError
            If the sequence has no such token, or there are not as many labels as tokens.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        check_count("n_bars", n_bars)
        names, values, marked = self._bars(token)
        shown = _largest(values, n_bars, marked)
        if ax is None:
            size = 6.4, 0.26 * len(shown) + 1.3
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        self.bars_ = _draw(ax, [names[k] for k in shown], values[shown], bar_kw or {})
        for row in np.flatnonzero(shown == marked):
            ax.axhspan(row - 0.5, row + 0.5, color="0.5", alpha=0.15, linewidth=0, zorder=0)
            ax.get_yticklabels()[row].set_fontweight("bold")
        self._describe(len(shown) < len(values), token)
        return self

    def _bars(self, token: int | None) -> tuple[list[str], NDArray, int]:
        """Return names, values and which one is marked: the token explained, or no feature."""
        explanation = self.explanation
        labels = labels_of(explanation.tokens, self.display_labels)
        if token is None:
            return labels, explanation.contributions, explanation.position
        features = explanation.features[check_position("token", token, len(labels))]
        return list(features), np.array(list(features.values())), -1

    def _describe(self, some_left_out: bool, token: int | None) -> None:
        from matplotlib.ticker import Formatter

        explanation, tag = self.explanation, with_direction(str(self.explanation.tag))
        named: list[Any] = explanation.tokens
        if self.display_labels is not None:
            named = labels_of(explanation.tokens, self.display_labels)
        title = f"{called(named[explanation.position], explanation.position)} as {tag}"
        title = title[0].upper() + title[1:]
        if token is not None:
            title += f"\nFeatures of {called(named[token], token % len(named))}"
        self.ax_.set_title(title, parse_math=False)
        odds = Formatter.fix_minus(f"{explanation.log_odds:.1f}")
        self.ax_.set_xlabel(
            f"{'Largest contributions' if some_left_out else 'Contribution'} to the log-odds of "
            f"{tag} ({odds}), by {explanation.method}",
            parse_math=False,
        )


def _largest(values: NDArray, n_bars: int, marked: int) -> NDArray:
    """Return which bars are drawn, in order."""
    size = np.abs(values)
    if marked >= 0:
        size[marked] = np.inf
    return np.sort(np.argsort(-size, kind="stable")[:n_bars])


def _draw(ax: Any, names: list[str], values: NDArray, style: dict[str, Any]) -> Any:
    """Draw a bar for each name, the first on top, and write its value beside it."""
    rows = np.arange(len(names))
    colours = np.where(values < 0, _AGAINST, _FOR)
    bars = ax.barh(rows, values, **{"color": colours, "height": 0.7} | style)
    ax.bar_label(bars, _written(values), padding=3, fontsize=8)
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.set_yticks(rows, [shortened(name) for name in names], parse_math=False)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.14)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    return bars


def _written(values: NDArray) -> list[str]:
    """Return values as text, to two digits of the largest; nothing for those that round to zero."""
    from matplotlib.ticker import Formatter

    largest = np.abs(values).max(initial=0.0)
    n_digits = max(0, 1 - math.floor(math.log10(largest))) if largest else 0
    rounded = np.round(values, n_digits).tolist()
    return [Formatter.fix_minus(f"{v:+.{n_digits}f}") if v else "" for v in rounded]
