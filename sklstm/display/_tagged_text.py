"""Text with its tags, for notebooks, HTML pages and terminals."""

import shutil
from collections.abc import Sequence
from itertools import accumulate
from numbers import Integral
from typing import Any, Literal

from sklstm._schemes import Scheme, has_suffixes
from sklstm.display._html import format_fragment, format_page
from sklstm.display._plotting import check_labels
from sklstm.display._segments import Difference, Token, mark_differences, split_segments
from sklstm.display._tagged_input import check_tokens, check_true_tags
from sklstm.display._terminal import TRUE_MARK, format_sequence
from sklstm.inspection._estimators import find_scheme
from sklstm.metrics import extract_spans


class TaggedText:
    """Text with a tag for each word, displayed in notebooks and in terminals.

    As the last expression of a notebook cell it is coloured text, with probabilities on hover. A
    checkbox shows them next to the words. Printed, it is words with their tags below. With a
    `scheme`, the words of a span are shown together; outside of spans the checkbox then only shows
    probabilities below 0.9, where a span may have been missed. With true tags, errors are marked.

    The colour of a tag follows from its name, so it is the same in all texts. Tags of spans, such
    as ``B-person``, have the colour of their type, and ``O`` is grey.

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

    true_tags : list of list, default=None
        The true tag of each word. If given, `tags` are compared with them, and errors are marked.

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

    With the true tags, errors are marked:

    >>> y_pred = [["B-person", "I-person", "O", "B-person", "O", "O", "B-place"]]
    >>> TaggedText.from_predictions(X, y_pred, y_true=y, scheme="BIO")
    Ada    Lovelace met Charles Babbage in London
    person---------     person-            place-
                        !person--------
    <BLANKLINE>
    1 error, marked with ! before the true tag.
    """

    def __init__(
        self,
        words: Sequence[Sequence[str]],
        tags: Sequence[Sequence[Any]],
        probabilities: Sequence[Sequence[float]] | None = None,
        *,
        true_tags: Sequence[Sequence[Any]] | None = None,
        scheme: Scheme | None = None,
        suffix: bool = False,
        max_tokens: int | None = 1000,
    ) -> None:
        self.words = words
        self.tags = tags
        self.probabilities = probabilities
        self.true_tags = true_tags
        self.scheme = scheme
        self.suffix = suffix
        self.max_tokens = max_tokens

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
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

        y : sequences of tags, default=None
            The true tag of each word. If given, the errors are marked.

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
            y_true=y,
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
        y_true: Any = None,
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
            The tag of each word.

        y_proba : sequences of arrays, default=None
            For each sequence the probability of each tag, of shape (n_tokens,), or of all
            `labels`, of shape (n_tokens, n_labels), as `predict_proba` returns.

        y_true : sequences of tags, default=None
            The true tag of each word. If given, the errors of `y_pred` are marked: words with a
            wrong tag or, with a `scheme`, wrong and missing spans.

        labels : array-like of shape (n_labels,), default=None
            The tag of each column of `y_proba`: the `classes_` of a tagger.

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
            If `X`, `y_pred`, `y_proba` and `y_true` have different lengths, a tag is not in
            `labels` or not a tag of the `scheme`, or a number is not a probability.

        TypeError
            If a token is not a str and `words` is not given.
        """
        if not (max_tokens is None or (isinstance(max_tokens, Integral) and max_tokens > 0)):
            raise ValueError(f"max_tokens is {max_tokens!r}, but must be None or an int >= 1.")
        words, tags, probabilities = check_tokens(X, y_pred, y_proba, words, check_labels(labels))
        true_tags = None if y_true is None else check_true_tags(y_true, words)
        if scheme is not None:  # raises for a tag that is not of the scheme
            extract_spans(tags, scheme=scheme, suffix=suffix)
            extract_spans(true_tags or [], scheme=scheme, suffix=suffix)
        return cls(
            words,
            tags,
            probabilities,
            true_tags=true_tags,
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
        sequences = self._sequences()
        texts = [format_sequence(each, layout=self._layout, width=width) for each in sequences]
        return "\n\n".join([*texts, *self._notes(sequences, f"{TRUE_MARK} before the true tag")])

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
        sequences = self._sequences()
        notes = self._notes(sequences, "a red frame")
        return format_fragment(sequences, layout=self._layout, notes=notes)

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

    def _sequences(self):
        """Return the segments, and differences from the true tags, of each sequence to show."""
        predicted = self._segments(self.tags, self.probabilities)
        if self.true_tags is None:
            return predicted
        pairs = zip(predicted, self._segments(self.true_tags, None), strict=True)
        return [mark_differences(*pair) for pair in pairs]

    def _segments(self, tags, probabilities):
        """Return the segments of each sequence to show."""
        if probabilities is None:
            probabilities = [[None] * len(sequence) for sequence in self.words]
        columns = zip(self.words, tags, probabilities, strict=True)
        tokens = [
            [Token(*token) for token in zip(*sequence, strict=True)][:n]
            for n, sequence in zip(self._shown_lengths(), columns, strict=False)
        ]
        return split_segments(tokens, self.scheme, self.suffix)

    def _notes(self, sequences, mark):
        """Return the number of errors, and of tokens if not all are shown, as lines of text."""
        notes = []
        shown, total = self._shown_lengths(), sum(map(len, self.words))
        if self.true_tags is not None and total:
            n = sum(isinstance(part, Difference) for sequence in sequences for part in sequence)
            marked = f", marked with {mark}." if n else "."
            notes.append(f"{n:,} {'error' if n == 1 else 'errors'}{marked}")
        if not total:
            notes.append("There are no tokens to show.")
        elif sum(shown) < total:
            notes.append(
                f"{sum(shown):,} of {total:,} tokens are shown, in {len(shown):,} of "
                f"{len(self.words):,} sequences. A larger max_tokens shows more."
            )
        return notes
