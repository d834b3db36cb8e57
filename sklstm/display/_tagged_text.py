"""Text with its tags, for notebooks, HTML pages and terminals."""

import shutil
from collections.abc import Sequence
from itertools import accumulate
from numbers import Integral
from typing import Any, Literal

from sklstm._schemes import NO_TYPE, Scheme, has_suffixes, parse
from sklstm.display._html import format_fragment, format_page
from sklstm.display._segments import Token, split_segments
from sklstm.display._tagged_input import check_labels, check_tokens
from sklstm.display._terminal import format_sequence
from sklstm.inspection._estimators import find_scheme
from sklstm.metrics import extract_spans


class TaggedText:
    """Text with a tag for each word, displayed in notebooks and in terminals.

    As the last expression of a notebook cell it is coloured text, with probabilities on hover. A
    checkbox shows them next to the words. Printed, it is words with their tags below. With a
    `scheme`, the words of a span are shown together; outside of spans the checkbox then only shows
    probabilities below 0.9, where a span may have been missed.

    It is recommended to create one with :meth:`from_estimator` or :meth:`from_predictions`, which
    validate their input. All parameters are stored as attributes.

    Parameters
    ----------
    words : list of list of str
        The words of each sequence.

    tags : list of list
        The tag of each word.

    probabilities : list of list of float, default=None
        The probability of each tag.

    labels : list, default=None
        The tags in the order of their colours or, with a `scheme`, the tags or types of spans. By
        default all tags that occur, sorted. Pass the same labels for several texts, such as the
        `classes_` of a tagger, to give a tag the same colour in all of them.

    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None, default=None
        The scheme that encodes spans as tags. With None, each word is shown with its own tag.

    suffix : bool, default=False
        If True, the type of a span comes before the letter of the scheme: ``person-B``.

    max_tokens : int or None, default=1000
        The maximum number of tokens to show, in as many whole sequences as fit. A note says how
        many tokens are shown. None shows all.

    See Also
    --------
    sklstm.metrics.extract_spans : Extracts the spans that tags encode.

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
        suffix: bool = False,
        max_tokens: int | None = 1000,
    ) -> None:
        self.words = words
        self.tags = tags
        self.probabilities = probabilities
        self.labels = labels
        self.scheme = scheme
        self.suffix = suffix
        self.max_tokens = max_tokens

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        words: Any = None,
        scheme: Scheme | Literal["auto"] | None = "auto",
        suffix: bool = False,
        max_tokens: int | None = 1000,
    ) -> "TaggedText":
        """Display a text with the tags that a fitted tagger predicts.

        Parameters
        ----------
        estimator : estimator
            A fitted tagger, or a pipeline or search with one at its end.

        X : sequences of tokens
            As for its `predict`.

        words : str or sequences of sequences of str, default=None
            The words to show if the tokens are not words: the name of a feature of dicts, or the
            words, one for each token.

        scheme : {"auto", "BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None, default="auto"
            The scheme that encodes spans as tags. "auto" is the `scheme` of the tagger, if it has
            one; whether the type comes first then follows from its `classes_`.

        suffix : bool, default=False
            If True, the type of a span comes before the letter of the scheme: ``person-B``.

        max_tokens : int or None, default=1000
            The maximum number of tokens to show. None shows all.

        Returns
        -------
        text : TaggedText
            With probabilities, if the estimator has `predict_proba`.

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
        y_proba = labels = None
        y_pred = estimator.predict(X)
        if scheme == "auto":
            scheme = find_scheme(estimator)
            suffix = scheme is not None and has_suffixes(estimator.classes_, scheme)
        if hasattr(estimator, "predict_proba"):
            y_proba, labels = estimator.predict_proba(X), estimator.classes_
        return cls.from_predictions(
            X,
            y_pred,
            y_proba,
            labels=labels,
            words=words,
            scheme=scheme,
            suffix=suffix,
            max_tokens=max_tokens,
        )

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
        suffix: bool = False,
        max_tokens: int | None = 1000,
    ) -> "TaggedText":
        """Display a text with given tags.

        Parameters
        ----------
        X : sequences of tokens
            The words.

        y_pred : sequences of tags
            The tag of each word, predicted or true.

        y_proba : sequences of arrays, default=None
            For each sequence the probability of each tag, of shape (n_tokens,), or of all
            `labels`, of shape (n_tokens, n_labels), as `predict_proba` returns.

        labels : array-like of shape (n_labels,), default=None
            The tag of each column of `y_proba`: the `classes_` of a tagger. They also give the
            order of the colours, which by default is that of all tags that occur, sorted. Pass the
            same labels for several texts to give a tag the same colour in all of them. With a
            `scheme`, and unless `y_proba` has columns, they may be types of spans.

        words : str or sequences of sequences of str, default=None
            The words to show if the tokens are not words: the name of a feature of dicts, or the
            words, one for each token.

        scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None, default=None
            The scheme that encodes spans as tags. With None, each word is shown with its own tag.

        suffix : bool, default=False
            If True, the type of a span comes before the letter of the scheme: ``person-B``.

        max_tokens : int or None, default=1000
            The maximum number of tokens to show. None shows all.

        Returns
        -------
        text : TaggedText

        Raises
        ------
        ValueError
            If `X`, `y_pred` and `y_proba` have different lengths, a tag is not in `labels` or not
            a tag of the `scheme`, or a number is not a probability.

        TypeError
            If a token is not a str and `words` is not given.
        """
        if not (max_tokens is None or (isinstance(max_tokens, Integral) and max_tokens > 0)):
            raise ValueError(f"max_tokens is {max_tokens!r}, but must be None or an int >= 1.")
        labels = check_labels(labels, scheme)
        words, tags, probabilities = check_tokens(X, y_pred, y_proba, words, labels)
        if scheme is not None:
            extract_spans(tags, scheme=scheme, suffix=suffix)  # raises for a tag not of the scheme
        return cls(
            words,
            tags,
            probabilities,
            labels=labels,
            scheme=scheme,
            suffix=suffix,
            max_tokens=max_tokens,
        )

    def to_text(self, *, width: int | None = None) -> str:
        """Return lines of words, with their tags or the types of their spans below.

        Parameters
        ----------
        width : int, default=None
            The number of characters of a line. By default the width of the terminal.

        Returns
        -------
        text : str
            Sequences are separated by blank lines. Sequences with right-to-left words have a line
            for each word. Control characters are escaped.
        """
        width = shutil.get_terminal_size().columns if width is None else width
        texts = [
            format_sequence(each, layout=self._layout, width=width) for each in self._segments()
        ]
        note = self._note()
        return "\n\n".join([*texts, note] if note else texts)

    def to_html(self, *, title: str = "Tagged text", lang: str = "en") -> str:
        """Return a complete HTML page, to be written to a file.

        Parameters
        ----------
        title : str, default="Tagged text"
            The title of the page.

        lang : str, default="en"
            The language code of the text, such as "ug" for Uyghur.

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
        return format_page(self._repr_html_(), title=title, lang=lang)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self):
        """Return the HTML that notebooks show."""
        return format_fragment(
            self._segments(), self._all_labels(), layout=self._layout, note=self._note()
        )

    @property
    def _layout(self):
        return "words" if self.scheme is None else "spans"

    def _shown_lengths(self):
        """Return the number of tokens to show of each sequence to show.

        These are the first sequences that fit into `max_tokens`. If not even one of them has
        tokens, the next sequence is cut.
        """
        lengths = [len(sequence) for sequence in self.words]
        if self.max_tokens is None:
            return lengths
        n_fitting = sum(total <= self.max_tokens for total in accumulate(lengths))
        shown = lengths[:n_fitting]
        is_cut = n_fitting < len(lengths) and not any(shown)
        return [*shown, self.max_tokens] if is_cut else shown

    def _segments(self):
        """Return the segments of each sequence to show."""
        probabilities = self.probabilities
        if probabilities is None:
            probabilities = [[None] * len(sequence) for sequence in self.words]
        columns = zip(self.words, self.tags, probabilities, strict=True)
        tokens = [
            [Token(*token) for token in zip(*sequence, strict=True)][:n]
            for n, sequence in zip(self._shown_lengths(), columns, strict=False)
        ]
        return split_segments(tokens, self.scheme, self.suffix)

    def _note(self):
        """Return how many tokens are shown; an empty text if all are."""
        shown, total = self._shown_lengths(), sum(map(len, self.words))
        if not total:
            return "There are no tokens to show."
        if sum(shown) == total:
            return ""
        return (
            f"{sum(shown):,} of {total:,} tokens are shown, in {len(shown):,} of "
            f"{len(self.words):,} sequences. A larger max_tokens shows more."
        )

    def _all_labels(self):
        """Return all labels, tags or types of spans, in the order of their colours."""
        occurring = sorted({tag for sequence in self.tags for tag in sequence}, key=str)
        labels = [] if self.labels is None else list(self.labels)
        if self.scheme is not None:
            occurring = [self._span_type(tag) for tag in occurring if tag != "O"]
            labels = [
                label if label in occurring else self._span_type(label)
                for label in labels
                if label != "O"
            ]
        return list(dict.fromkeys(map(str, labels + occurring)))

    def _span_type(self, label):
        """Return the type of the spans of a tag; a label that is not a tag is a type itself."""
        parsed = parse(label, self.scheme, self.suffix)
        return label if parsed is None else parsed[1] or NO_TYPE
