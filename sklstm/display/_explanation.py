"""A plot of the contributions of tokens to the tag of one token."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sklstm._tables import escape_controls
from sklstm.display._plotting import (
    PlotMixin,
    format_number,
    isolate_direction,
    shorten_name,
    token_names,
)
from sklstm.display._strips import label_time
from sklstm.inspection import TagExplanation, explain_tag
from sklstm.inspection._arguments import check_count, check_position
from sklstm.inspection._summaries import largest

# The ends of the colormap "RdBu_r" of the other displays: red is positive.
_POSITIVE_COLOUR, _NEGATIVE_COLOUR = "#b2182b", "#2166ac"


class ExplanationDisplay(PlotMixin):
    """Contribution of each token of a sequence, or of each feature of a token, to a tag.

    A red bar to the right is a contribution for the tag, a blue bar to the left one against it. For
    a sequence of vectors, the contributions run over the steps, from left to right, and a dotted
    line marks the step whose tag is explained.

    It is recommended to create a display with :meth:`from_estimator`. All parameters are stored as
    attributes.

    Parameters
    ----------
    explanation : TagExplanation
        The result of :func:`~sklstm.inspection.explain_tag`.

    display_labels : sequence of str of shape (n_tokens,), default=None
        The names of the tokens in the plot. By default words are their own names, and dicts are
        numbered, from 0. With names, each vector has a bar, as words have.

    Attributes
    ----------
    bars_ : matplotlib BarContainer, or list of two StepPatch
        The bars, the first on top. Over steps, the areas of the contributions for the tag and of
        those against it.

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
    >>> display = ExplanationDisplay.from_estimator(tagger, ["the", "fish", "sleeps"], "fish")
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
        position: int | str,
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
            The names of the tokens in the plot. By default words are their own names, and dicts
            are numbered, from 0. With names, each vector has a bar, as words have.

        **kwargs : dict
            Passed to :meth:`plot`.

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
        token: int | str | None = None,
        n_bars: int = 40,
        bar_kw: dict[str, Any] | None = None,
    ) -> "ExplanationDisplay":
        """Plot the contributions.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to plot on. By default a new figure is created, high enough for all bars.

        token : int or str, default=None
            The position of a token whose features are shown instead of all tokens, or a word that
            occurs once.

        n_bars : int, default=40
            The maximum number of bars. If there are more, the contributions with the largest
            absolute values are shown, and that of the token whose tag is explained. Over steps,
            all are shown.

        bar_kw : dict, default=None
            Keyword arguments for matplotlib's `barh` or, over steps, for `stairs`.

        Returns
        -------
        display : ExplanationDisplay

        Raises
        ------
        ValueError
            If the sequence has no such token, or has the word more than once, or if the number of
            labels is not the number of tokens.
        """
        check_count("n_bars", n_bars)
        explanation = self.explanation
        if token is None and self._is_over_time():
            return self._plot_steps(ax, bar_kw or {})
        names = token_names(explanation.tokens, self.display_labels)
        values, highlighted = explanation.contributions, explanation.position
        if token is not None:
            token = check_position("token", token, explanation.tokens, len(names))
            features = explanation.features[token]
            names, values = [*map(escape_controls, features)], np.array([*features.values()])
            highlighted = -1
        shown = largest(values, n_bars, highlighted)
        ax = self._set_axes(ax, (6.4, 0.26 * len(shown) + 1.3))
        self.bars_ = _draw_bars(ax, [names[k] for k in shown], values[shown], bar_kw or {})
        for row in np.flatnonzero(shown == highlighted):
            ax.axhspan(row - 0.5, row + 0.5, color="0.5", alpha=0.15, linewidth=0, zorder=0)
            ax.get_yticklabels()[row].set_fontweight("bold")
        self._describe(len(shown) < len(values), token)
        return self

    def _is_over_time(self):
        return self.display_labels is None and all(
            isinstance(token, np.ndarray) for token in self.explanation.tokens
        )

    def _plot_steps(self, ax, style):
        """Plot the contributions of the steps of a sequence of vectors."""
        explanation = self.explanation
        values = explanation.contributions
        ax = self._set_axes(ax, (8, 2.8))
        edges = np.arange(len(values) + 1) - 0.5
        self.bars_ = [
            ax.stairs(part, edges, **{"fill": True, "color": colour, "linewidth": 0.8} | style)
            for part, colour in (
                (np.maximum(values, 0), _POSITIVE_COLOUR),
                (np.minimum(values, 0), _NEGATIVE_COLOUR),
            )
        ]
        ax.axhline(0, color="0.5", linewidth=0.8)
        ax.axvline(explanation.position, color="0.2", linewidth=1, linestyle=":", zorder=0)
        tag = isolate_direction(escape_controls(str(explanation.tag)))
        log_odds = format_number(explanation.log_odds, ".1f")
        ax.set_title(f"Step {explanation.position} as {tag}: log-odds {log_odds}", parse_math=False)
        ax.set_ylabel(f"Contribution, by {explanation.method}")
        label_time(ax, edges, None)
        ax.spines[["top", "right"]].set_visible(False)
        return self

    def _describe(self, is_partial, token):
        """Set the title and the label of the x-axis."""
        explanation = self.explanation
        tag = isolate_direction(escape_controls(str(explanation.tag)))
        title = f"{self._quote_token(explanation.position)} as {tag}"
        title = title[0].upper() + title[1:]
        if token is not None:
            title += f"\nFeatures of {self._quote_token(token)}"
        self.ax_.set_title(title, parse_math=False)
        self.ax_.set_xlabel(
            f"{'Largest contributions' if is_partial else 'Contribution'} to the log-odds of "
            f"{tag} ({format_number(explanation.log_odds, '.1f')}), by {explanation.method}",
            parse_math=False,
        )

    def _quote_token(self, position):
        """Return the name of a token, in quotes, or the number of a token without a name."""
        tokens = self.explanation.tokens
        if self.display_labels is None and not isinstance(tokens[position], str):
            return f"{'step' if self._is_over_time() else 'token'} {position}"
        name = token_names(tokens, self.display_labels)[position]
        return f"“{isolate_direction(shorten_name(name))}”"


def _draw_bars(ax, names, values, style):
    """Draw a bar with its value for each name, the first on top."""
    rows = np.arange(len(names))
    colours = np.where(values < 0, _NEGATIVE_COLOUR, _POSITIVE_COLOUR)
    bars = ax.barh(rows, values, **{"color": colours, "height": 0.7} | style)
    ax.bar_label(bars, _format_values(values), padding=3, fontsize=8)
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.set_yticks(rows, [shorten_name(name) for name in names], parse_math=False)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.14)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    return bars


def _format_values(values):
    """Return values as text, with two digits of the largest; empty if a value rounds to zero."""
    largest = np.abs(values).max(initial=0.0)
    n_digits = max(0, 1 - math.floor(math.log10(largest))) if largest else 0
    rounded = np.round(values, n_digits).tolist()
    return [format_number(value, f"+.{n_digits}f") if value else "" for value in rounded]
