"""Text with its tags, for notebooks, pages and terminals."""

import shutil
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal

from sklstm._schemes import Scheme
from sklstm.display import _html
from sklstm.display._estimators import last_estimator
from sklstm.display._palette import appearances
from sklstm.display._plain import plain
from sklstm.display._segments import Segment, fitting, segments
from sklstm.display._tagged_input import as_labels, as_probabilities, as_tags, as_words, types_of
from sklstm.metrics import extract_spans


class TaggedText:
    """Text with a tag for each word, which shows itself in notebooks and in terminals.

    As the last line of a cell of a notebook it is coloured text, with the probabilities on hover
    or, by a tick box, beside the words. Printed, it is words with their tags below. With a
    `scheme`, the words of a span are one; of words outside of spans the box then shows the
    probabilities below 0.9 alone, where a span may have been missed, and the others stay on hover.

    It is recommended to create one with :meth:`from_estimator` or :meth:`from_predictions`, which
    judge what they are given. All parameters are stored as attributes.

    Parameters
    ----------
    words : list of list of str
        The words of each sequence.

    tags : list of list
        The tag of each word.

    probabilities : list of list of float, default=None
        The probability of each tag.

    labels : list, default=None
        The tags in the order in which colours are given to them, or with a `scheme` the tags or
        types of spans. By default all that occur, sorted. Pass the same for several texts, such as
        the `classes_` of a tagger, and the same tag has the same colour in all.

    scheme : {"BIO", "IOB1", "BIOES"} or None, default=None
        How tags write spans. With None, each word is shown with its own tag.

    max_tokens : int or None, default=1000
        Sequences are shown as long as they have no more tokens than this together, and a note
        says how many are left out. None shows all.

    See Also
    --------
    sklstm.metrics.extract_spans : The spans that tags write.

    Examples
    --------
    >>> from sklstm.display import TaggedText
    >>> X = [["The", "old", "man", "the", "boat", "."]]
    >>> y = [["DET", "NOUN", "VERB", "DET", "NOUN", "PUNCT"]]
    >>> TaggedText.from_predictions(X, y)
    The old  man  the boat .
    DET NOUN VERB DET NOUN PUNCT

    With a scheme, spans are underlined with their types:

    >>> X = [["Ada", "Lovelace", "met", "Charles", "Babbage", "in", "London"]]
    >>> y = [["B-person", "I-person", "O", "B-person", "I-person", "O", "B-place"]]
    >>> TaggedText.from_predictions(X, y, scheme="BIO")
    Ada    Lovelace met Charles Babbage in London
    person---------     person---------    place-
    """

    def __init__(
        self,
        words: Sequence[Sequence[str]],
        tags: Sequence[Sequence[Any]],
        probabilities: Sequence[Sequence[float]] | None = None,
        *,
        labels: Sequence[Any] | None = None,
        scheme: Scheme | None = None,
        max_tokens: int | None = 1000,
    ) -> None:
        self.words = words
        self.tags = tags
        self.probabilities = probabilities
        self.labels = labels
        self.scheme = scheme
        self.max_tokens = max_tokens

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        words: Any = None,
        scheme: Scheme | Literal["auto"] | None = "auto",
        max_tokens: int | None = 1000,
    ) -> "TaggedText":
        """Tag a text.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        X : sequences of tokens
            As for its `predict`.

        words : str or sequences of sequences of str, default=None
            What to show of tokens that are no words: the name of a feature of dicts, or the words
            themselves, in the form of `X`.

        scheme : {"auto", "BIO", "IOB1", "BIOES"} or None, default="auto"
            How tags write spans. "auto" is the `scheme` of the tagger, if it has one.

        max_tokens : int or None, default=1000
            How many tokens are shown. None shows all.

        Returns
        -------
        text : TaggedText
            With probabilities, where the estimator knows them.

        Examples
        --------
        >>> from sklstm import BiLSTMTagger
        >>> from sklstm.display import TaggedText
        >>> X, y = [["Ducks", "swim"], ["Dogs", "run"]], [["NOUN", "VERB"], ["NOUN", "VERB"]]
        >>> tagger = BiLSTMTagger(hidden_layer_sizes=8, max_iter=20, random_state=0).fit(X, y)
        >>> TaggedText.from_estimator(tagger, [["Ducks", "run"]])
        Ducks run
        NOUN  VERB
        """
        if scheme == "auto":
            scheme = getattr(last_estimator(estimator), "scheme", None)
        y_proba = labels = None
        y_pred = estimator.predict(X)
        if hasattr(estimator, "predict_proba"):
            y_proba, labels = estimator.predict_proba(X), estimator.classes_
        return cls.from_predictions(
            X, y_pred, y_proba, labels=labels, words=words, scheme=scheme, max_tokens=max_tokens
        )

    # One argument for each thing that may be known of a text.
    @classmethod
    def from_predictions(
        cls,
        X: Any,
        y_pred: Any,
        y_proba: Any = None,
        *,
        labels: Sequence[Any] | None = None,
        words: Any = None,
        scheme: Scheme | None = None,
        max_tokens: int | None = 1000,
    ) -> "TaggedText":
        """Show a text with tags that are there already.

        Parameters
        ----------
        X : sequences of tokens
            The words.

        y_pred : sequences of tags
            The tag of each word, predicted or true.

        y_proba : sequences of arrays, default=None
            For each sequence the probability of each tag, of shape (n_tokens,), or of all
            `labels`, of shape (n_tokens, n_labels), as from `predict_proba`.

        labels : array-like of shape (n_labels,), default=None
            The tag of each column of `y_proba`: the `classes_` of a tagger. Colours are given to
            tags in this order, by default to all that occur, sorted: pass the same for several
            texts, and the same tag has the same colour in all. With a `scheme` and without columns
            they may be types of spans.

        words : str or sequences of sequences of str, default=None
            What to show of tokens that are no words: the name of a feature of dicts, or the words
            themselves, in the form of `X`.

        scheme : {"BIO", "IOB1", "BIOES"} or None, default=None
            How tags write spans. With None, each word is shown with its own tag.

        max_tokens : int or None, default=1000
            How many tokens are shown. None shows all.

        Returns
        -------
        text : TaggedText

        Raises
        ------
        ValueError
            If `X`, `y_pred` and `y_proba` are not for the same tokens, a tag is none of `labels`
            or of the `scheme`, or a number is no probability.

        TypeError
            If a token is no str, and `words` does not say what to show.
        """
        if not (max_tokens is None or (isinstance(max_tokens, Integral) and max_tokens > 0)):
            raise ValueError(f"max_tokens is {max_tokens!r}, but must be None or an int >= 1.")
        shown = as_words(X, words)
        tags = as_tags(y_pred, shown)
        if scheme is not None:
            extract_spans(tags, scheme=scheme)  # judges the tags
        labels = as_labels(labels, scheme)
        probabilities = as_probabilities(y_proba, tags, labels)
        return cls(shown, tags, probabilities, labels=labels, scheme=scheme, max_tokens=max_tokens)

    def to_text(self, *, width: int | None = None) -> str:
        """Return lines of words, with their tags or the types of their spans below.

        Parameters
        ----------
        width : int, default=None
            The number of characters of a line. By default as many as the terminal has.

        Returns
        -------
        text : str
            Sequences are parted by blank lines. Those with words that run from right to left have
            a line for each word. Control characters are spelt out.
        """
        width = shutil.get_terminal_size().columns if width is None else width
        parts = [plain(parts, layout=self._layout, width=width) for parts in self._shown()]
        return "\n\n".join([*parts, *filter(None, [self._note()])])

    def to_html(self, *, title: str = "Tagged text", lang: str = "en") -> str:
        """Return a whole HTML page, for a file of its own.

        Parameters
        ----------
        title : str, default="Tagged text"
            The title of the page.

        lang : str, default="en"
            The language of the text, as HTML names it: "ug" is Uyghur.

        Returns
        -------
        page : str
            To be written in UTF-8.

        Examples
        --------
        >>> from pathlib import Path
        >>> from sklstm.display import TaggedText
        >>> text = TaggedText.from_predictions([["Ducks", "swim"]], [["NOUN", "VERB"]])
        >>> Path("ducks.html").write_text(text.to_html(), encoding="utf-8")  # doctest: +SKIP
        """
        return _html.page(self._repr_html_(), title=title, lang=lang)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        """Return what notebooks show."""
        looks = appearances(self._labels())
        return _html.fragment(self._shown(), looks, layout=self._layout, note=self._note())

    @property
    def _layout(self) -> str:
        return "words" if self.scheme is None else "spans"

    def _shown(self) -> list[list[Segment]]:
        """Return the segments of the sequences that are shown."""
        lengths = self._fitting()
        known = None if self.probabilities is None else _cut(self.probabilities, lengths)
        return segments(_cut(self.words, lengths), _cut(self.tags, lengths), known, self.scheme)

    def _fitting(self) -> list[int]:
        return fitting([len(sequence) for sequence in self.words], self.max_tokens)

    def _note(self) -> str:
        """Say how much is not shown; nothing where all is."""
        shown, total = self._fitting(), sum(map(len, self.words))
        if not total:
            return "There are no tokens to show."
        if sum(shown) == total:
            return ""
        return (
            f"{sum(shown):,} of {total:,} tokens are shown, in {len(shown):,} of "
            f"{len(self.words):,} sequences. A larger max_tokens shows more."
        )

    def _labels(self) -> list[str]:
        """Return all labels, of tags or of spans, in the order of their colours."""
        occurring = {tag for sequence in self.tags for tag in sequence}
        first = [] if self.labels is None else list(self.labels)
        tags = [*first, *sorted(occurring, key=str)]
        if self.scheme is not None:
            tags = [kind for tag in tags for kind in types_of(tag, self.scheme)]
        return list(dict.fromkeys(map(str, tags)))


def _cut(sequences: Sequence[Sequence[Any]], lengths: Sequence[int]) -> list[Sequence[Any]]:
    """Return the beginnings of as many sequences as there are lengths."""
    return [sequence[:n] for sequence, n in zip(sequences, lengths, strict=False)]
