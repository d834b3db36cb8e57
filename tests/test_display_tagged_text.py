"""TaggedText: text with its tags, as HTML and in a terminal."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import BiLSTMTagger
from sklstm.display import TaggedText
from sklstm.display._colours import COLOURS, GREY
from sklstm.display._html import ERROR_COLOUR, INK, TINT

WORDS = [["Ada", "Lovelace", "met", "them", "in", "London"], ["Yes"]]
TAGS = [["B-person", "I-person", "O", "O", "O", "B-place"], ["O"]]
UPOS = ["ADJ", "ADP", "DET", "NOUN", "PUNCT", "VERB", "X"]
PROBABILITIES = [[0.9, 0.8, 0.99, 0.5, 1.0, 0.25], [0.75]]

# Elements without an end tag.
_VOID = ("meta", "input")


class Page(HTMLParser):
    """The elements and texts of HTML; fails if elements do not nest."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names))
        element = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data
        if self.open and self.open[-1]["tag"] != "style":
            self.texts.append(data)

    def of_class(self, name):
        """Return the elements of a class, in their order."""
        return [each for each in self.elements if name in each.get("class", "").split()]

    def all_texts(self, name):
        return [each["text"] for each in self.of_class(name)]


def shown(text):
    return Page(text._repr_html_())


# -- HTML --------------------------------------------------------------------------------------


def test_each_word_has_its_tag_next_to_it_and_its_probability_on_hover():
    text = TaggedText.from_predictions([["Ducks", "swim"]], [["NOUN", "VERB"]], [[0.7, 0.986]])
    page = shown(text)
    assert page.all_texts("sklstm-word") == ["Ducks", "swim"]
    assert page.all_texts("sklstm-label") == ["NOUN", "VERB"]
    boxes = page.of_class("sklstm-box")
    assert [box["title"] for box in boxes] == ["Ducks: NOUN, 0.70", "swim: VERB, 0.99"]
    assert [box["text"].split() for box in boxes] == [
        ["Ducks", "0.70", "NOUN"],
        ["swim", "0.99", "VERB"],
    ]


def test_words_are_separated_by_white_space():
    page = shown(TaggedText.from_predictions([["Ducks", "swim"]], [["NOUN", "VERB"]]))
    assert "".join(page.texts).split() == ["Ducks", "NOUN", "swim", "VERB"]


def test_words_of_a_span_are_shown_together():
    text = TaggedText.from_predictions(WORDS, TAGS, PROBABILITIES, scheme="BIO")
    page = shown(text)
    boxes = page.of_class("sklstm-box")
    assert [box["title"] for box in boxes] == [
        "Ada: B-person, 0.90\nLovelace: I-person, 0.80",
        "London: B-place, 0.25",
    ]
    assert [box["text"].split() for box in boxes] == [
        ["Ada", "0.90", "Lovelace", "0.80", "person"],
        ["London", "0.25", "place"],
    ]
    assert [each["title"] for each in page.elements if "title" in each][1:4] == [
        "met: O, 0.99",
        "them: O, 0.50",
        "in: O, 1.00",
    ]
    # Outside of spans, high probabilities are only shown on hover.
    between = page.of_class("sklstm-sequence")[0]["text"].split()
    assert between[5:9] == ["met", "them", "0.50", "in"]
    assert page.all_texts("sklstm-label") == ["person", "place"]
    assert page.all_texts("sklstm-word") == [*WORDS[0], *WORDS[1]]


@pytest.mark.parametrize(
    ("scheme", "tags", "spans"),
    [
        ("BIO", "B-a B-a I-a O I-b I-c", ["a a", "b c a", "e b", "f c"]),
        ("IOB1", "I-a I-a B-a O I-b I-b", ["a b a", "c a", "e f b"]),
        ("BIOES", "B-a E-a S-a O B-b E-b", ["a b a", "c a", "e f b"]),
        ("BILOU", "B_a L_a U_a O B_b L_b", ["a b a", "c a", "e f b"]),
        ("BMES", "B M E O S S", ["a b c _", "e _", "f _"]),  # without types
    ],
)
def test_spans_are_those_of_the_scheme(scheme, tags, spans):
    page = shown(TaggedText.from_predictions([list("abcdef")], [tags.split()], scheme=scheme))
    assert [" ".join(text.split()) for text in page.all_texts("sklstm-box")] == spans


def test_spans_of_tags_with_the_type_first():
    text = TaggedText.from_predictions(
        [list("abc")], [["x-B", "x-I", "O"]], scheme="BIO", suffix=True
    )
    assert lines(text) == ["a b c", "x--"]
    assert list(appearance(text)) == ["x"]


def test_each_sequence_takes_the_direction_of_its_words():
    page = shown(TaggedText.from_predictions([["مەن", "كەلدىم"], ["I"]], [["PRON", "VERB"], ["X"]]))
    paragraphs = page.of_class("sklstm-sequence")
    assert [each["dir"] for each in paragraphs] == ["auto", "auto"]
    # Elements with a direction of their own do not affect that of the paragraph.
    assert {each["dir"] for each in page.of_class("sklstm-label")} == {"ltr"}


def test_a_sequence_may_be_empty():
    page = shown(TaggedText.from_predictions([[], ["Yes"]], [[], ["INTJ"]], [[], [1.0]]))
    assert page.all_texts("sklstm-word") == ["Yes"]


@pytest.mark.parametrize("scheme", [None, "BIO"])
def test_a_note_says_that_there_are_no_tokens(scheme):
    for sequences in ([], [[]]):
        text = TaggedText.from_predictions(sequences, sequences, sequences, scheme=scheme)
        assert shown(text).all_texts("sklstm-note") == ["There are no tokens to show."]
        assert str(text).strip() == "There are no tokens to show."


def test_there_is_a_checkbox_if_there_are_probabilities():
    known = shown(TaggedText.from_predictions(WORDS, TAGS, PROBABILITIES))
    unknown = shown(TaggedText.from_predictions(WORDS, TAGS))
    assert [each["type"] for each in known.elements if each["tag"] == "input"] == ["checkbox"]
    assert [each for each in unknown.elements if each["tag"] == "input"] == []
    assert unknown.of_class("sklstm-box")[0]["title"] == "Ada: B-person"


def test_a_page_is_complete():
    html = TaggedText.from_predictions(WORDS, TAGS).to_html(title="a < b", lang="ug")
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>\n")
    assert [each["tag"] for each in page.elements][:2] == ["html", "head"]
    assert page.elements[0]["lang"] == "ug"
    metas = [each for each in page.elements if each["tag"] == "meta"]
    assert metas[0]["charset"] == "utf-8"
    assert {each.get("name"): each.get("content") for each in metas[1:]} == {
        "viewport": "width=device-width, initial-scale=1",
        "color-scheme": "light dark",
    }
    assert [each["text"] for each in page.elements if each["tag"] == "title"] == ["a < b"]
    assert page.all_texts("sklstm-word") == [*WORDS[0], *WORDS[1]]


# -- Text from users is escaped -------------------------------------------------------------------

MALICIOUS = [
    "<script>alert(1)</script>",
    "</span></p></div><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "</style><script>",
    "<!--",
    "]]>",
    "&lt;b&gt; &amp; &#60;",
    "{title}",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
]


def test_html_has_no_control_characters():
    malicious = "a\x1b[31m\n\t\x9b2J\u2028\u2069\u202eb\ud800"
    text = TaggedText.from_predictions([[malicious]], [[malicious]], [[0.5]])
    html = text.to_html(title=malicious, lang=malicious)
    assert not {*malicious, "\r"} - {*"ab[31m2J\n"} & {*html}
    assert Page(html).all_texts("sklstm-word") == [r"a\x1b[31m\n\t\x9b2J\u2028\u2069\u202eb\ud800"]
    html.encode()


@pytest.mark.parametrize("scheme", [None, "BIO"])
@pytest.mark.parametrize("malicious", MALICIOUS)
def test_words_and_tags_are_shown_as_they_are(malicious, scheme):
    words, tags = [[malicious, "plain"]], [[f"B-{malicious}", "O"]]
    text = TaggedText.from_predictions(words, tags, [[0.5, 0.5]], scheme=scheme)
    plain = TaggedText.from_predictions(
        [["a", "plain"]], [["B-a", "O"]], [[0.5, 0.5]], scheme=scheme
    )
    page, expected = Page(text.to_html(title=malicious, lang=malicious)), Page(plain.to_html())
    escaped = malicious.replace("\u202e", r"\u202e")
    assert page.all_texts("sklstm-word") == [escaped, "plain"]
    assert page.all_texts("sklstm-label")[0] == (escaped if scheme else f"B-{escaped}")
    assert page.of_class("sklstm-box")[0]["title"] == f"{escaped}: B-{escaped}, 0.50"
    assert [each["tag"] for each in page.elements] == [each["tag"] for each in expected.elements]
    assert [set(each) for each in page.elements] == [set(each) for each in expected.elements]


def test_no_text_breaks_the_html():
    rng = np.random.RandomState(0)
    alphabet = [*"<>&\"'/=!-;#x {}%ab", "script", "style", "&amp;", "مەن", "\u200f", "\u2010"]
    for _ in range(200):
        words = ["".join(rng.choice(alphabet, rng.randint(9))) for _ in range(4)]
        tags = ["".join(rng.choice(alphabet, rng.randint(9))) for _ in range(4)]
        page = shown(TaggedText.from_predictions([words], [tags]))
        assert page.all_texts("sklstm-word") == words
        assert page.all_texts("sklstm-label") == tags
        assert {each["tag"] for each in page.elements} == {"div", "style", "p", "span"}


# -- Colours -------------------------------------------------------------------------------------

# The colours of text and background in common environments.
THEMES = {
    "black on white": ((0, 0, 0), (255, 255, 255)),
    "white on black": ((255, 255, 255), (0, 0, 0)),
    "JupyterLab, light": ((33, 33, 33), (255, 255, 255)),
    "JupyterLab, dark": ((255, 255, 255), (17, 17, 17)),
    "Visual Studio Code, dark": ((204, 204, 204), (31, 31, 31)),
    "pydata-sphinx-theme, dark": ((206, 214, 221), (18, 18, 18)),
    "Colab, dark": ((227, 227, 227), (56, 56, 56)),
}


@pytest.mark.parametrize("colour", [*COLOURS, GREY])
def test_labels_are_legible_on_their_colours(colour):
    assert contrast(INK, colour) >= 4.5


@pytest.mark.parametrize("colour", [*COLOURS, GREY])
@pytest.mark.parametrize("theme", THEMES)
def test_words_are_legible_on_the_tint_of_their_colours(theme, colour):
    text, background = THEMES[theme]
    behind = [
        TINT * one + (1 - TINT) * other for one, other in zip(colour, background, strict=True)
    ]
    assert contrast(text, behind) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_frames_of_errors_are_visible(theme):
    """The WCAG demand a contrast of 3 for graphical objects."""
    assert contrast(ERROR_COLOUR, THEMES[theme][1]) >= 3


def test_the_style_has_the_colours_that_are_tested():
    (style,) = (each["text"] for each in shown(tagged(2)).elements if each["tag"] == "style")
    for k, colour in enumerate(COLOURS):
        rule = f".sklstm-colour-{k} {{ --sklstm-colour: {' '.join(map(str, colour))}; }}"
        assert rule in style
    assert f"--sklstm-ink: {' '.join(map(str, INK))};" in style
    assert f"--sklstm-tint: {TINT};" in style
    assert f"--sklstm-error: {' '.join(map(str, ERROR_COLOUR))};" in style
    # All other colours are those of the page.
    assert len(re.findall(r"(?<![-\w])color:", style)) == 1
    assert "#" not in style


def test_every_rule_of_the_style_only_applies_to_our_elements():
    (style,) = (each["text"] for each in shown(tagged(2)).elements if each["tag"] == "style")
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", style)
    assert len(selectors) > len(COLOURS)
    for selector in selectors:
        assert re.match(r"\.sklstm-", selector.strip()), selector


def test_elements_have_no_ids():
    page = Page(shown_twice := tagged(30)._repr_html_() * 2)
    assert " id=" not in shown_twice
    assert not any("id" in each or "for" in each or "name" in each for each in page.elements)


def test_tags_of_the_same_colour_have_different_borders():
    styles = appearance(tagged(20))
    assert len({box for box, _ in styles.values()}) < 20
    assert len(set(styles.values())) == len(styles) == 20


def test_more_tags_than_styles_are_shown():
    assert len(appearance(tagged(100))) == 100


def test_the_colour_of_a_tag_only_depends_on_its_name():
    alone = [colour_of(TaggedText.from_predictions([["w"]], [[tag]]), tag) for tag in UPOS]
    together = TaggedText.from_predictions([UPOS], [UPOS])
    assert [colour_of(together, tag) for tag in UPOS] == alone


@pytest.mark.parametrize(
    ("tags", "n_colours"),
    [
        ("PER LOC ORG MISC", 4),
        ("person location organization misc", 4),
        ("NOUN VERB ADJ ADV PRON DET ADP PUNCT", 8),
        ("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X", 11),
    ],
)
def test_common_tags_have_different_colours(tags, n_colours):
    text = TaggedText.from_predictions([tags.split()], [tags.split()])
    assert len({box for box, _ in appearance(text).values()}) == n_colours


def test_a_tag_may_have_any_characters():
    assert len(appearance(TaggedText.from_predictions([["a", "b"]], [["\ud800", "مەن"]]))) == 2


def test_tags_of_spans_have_the_colour_of_their_type_with_and_without_a_scheme():
    y = [["B-person", "I-person", "O", "B-place"]]
    spans = TaggedText.from_predictions([list("abcd")], y, scheme="BIO")
    words = TaggedText.from_predictions([list("abcd")], y)
    looks = appearance(words)
    assert looks["B-person"] == looks["I-person"] == appearance(spans)["person"]
    assert looks["B-place"] == appearance(spans)["place"]
    assert looks["B-place"] != looks["B-person"]
    last = TaggedText.from_predictions([list("ab")], [["person-S", "person_E"]])
    assert {*appearance(last).values()} == {looks["B-person"]}


def test_tags_outside_of_spans_are_grey():
    text = TaggedText.from_predictions([list("ab")], [["O", "B-person"]])
    assert appearance(text)["O"] == (
        "sklstm-box sklstm-colour-outside",
        "sklstm-label sklstm-solid",
    )
    (style,) = (each["text"] for each in shown(text).elements if each["tag"] == "style")
    assert f".sklstm-colour-outside {{ --sklstm-colour: {' '.join(map(str, GREY))}; }}" in style
    assert len(set(GREY)) == 1


def test_letters_of_schemes_alone_are_tags_of_their_own():
    looks = appearance(TaggedText.from_predictions([list("abcd")], [list("BMES")]))
    assert len(set(looks.values())) == 4


def test_the_checkbox_has_a_text():
    spans = shown(TaggedText.from_predictions(WORDS, TAGS, PROBABILITIES, scheme="BIO"))
    words = shown(TaggedText.from_predictions(WORDS, TAGS, PROBABILITIES))
    expected = "Show the probability of each tag"
    assert words.all_texts("sklstm-toggle") == [f" {expected}"]
    assert spans.all_texts("sklstm-toggle") == [f" {expected}, outside of spans those below 0.9"]
    assert len(words.of_class("sklstm-probability")) == 7


def tagged(n_tags):
    words = [f"w{k}" for k in range(n_tags)]
    return TaggedText.from_predictions([words], [[f"T{k:03}" for k in range(n_tags)]])


def appearance(text):
    """Return the CSS classes of each label."""
    page = shown(text)
    boxes, labels = page.of_class("sklstm-box"), page.of_class("sklstm-label")
    return {
        label["text"]: (box["class"], label["class"])
        for box, label in zip(boxes, labels, strict=True)
    }


def colour_of(text, label):
    return appearance(text)[label][0]


def contrast(one, other):
    """Return the contrast ratio of the WCAG, in the form of the guidelines."""
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    shares = [value / 255 for value in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- Errors ---------------------------------------------------------------------------------------

SPANS = [["B-person", "I-person", "O", "O", "O", "B-place"], ["O"]]


def test_wrong_tags_are_in_a_frame_with_the_true_tag():
    text = TaggedText.from_predictions(
        [["Ducks", "swim", "well"]],
        [["NOUN", "NOUN", "ADV"]],
        [[0.5, 0.75, 1.0]],
        y_true=[["NOUN", "VERB", "ADV"]],
    )
    page = shown(text)
    (error,) = page.of_class("sklstm-error")
    assert error["text"].split() == ["swim", "0.75", "NOUN", "true:", "VERB"]
    assert page.all_texts("sklstm-word") == ["Ducks", "swim", "well"]
    assert page.all_texts("sklstm-note") == ["1 error, marked with a red frame."]
    assert lines(text) == [
        "Ducks swim  well",
        "NOUN  NOUN  ADV",
        "      !VERB",
        "",
        "1 error, marked with ! before the true tag.",
    ]


@pytest.mark.parametrize(
    ("pred", "true", "errors", "labels"),
    [
        ("B-x I-x O", "B-x I-x O", [], "x--"),
        ("B-x I-x O", "B-y I-y O", ["a b x true: a b y"], "x--\n!y-"),  # a wrong type
        ("B-x O O", "B-x I-x O", ["a x b true: a b x"], "x-\n!x--"),  # a wrong end
        ("O O O", "O B-x I-x", ["b c true: b c x"], "\n  !x--"),  # a missing span
        ("O B-x O", "O O O", ["b x true: O"], "  x-\n  !O"),  # one that is none
        ("B-x I-x I-x", "B-x B-x I-x", ["a b c x true: a x b c x"], "x----\n!x !x--"),
        ("B-x B-y O", "B-x O B-y", ["b y true: O", "c true: c y"], "x- y-\n   !O !y"),
        ("I-x I-x O", "B-x I-x O", [], "x--"),  # the same span
    ],
)
def test_wrong_and_missing_spans_are_in_frames(pred, true, errors, labels):
    text = TaggedText.from_predictions(
        [list("abc")], [pred.split()], y_true=[true.split()], scheme="BIO"
    )
    page = shown(text)
    assert [" ".join(each.split()) for each in page.all_texts("sklstm-error")] == errors
    assert page.all_texts("sklstm-word") == list("abc")
    n_errors = f"{len(errors)} error{'' if len(errors) == 1 else 's'}"
    assert page.all_texts("sklstm-note")[0].startswith(n_errors)
    assert n_errors in lines(text)[-1]


def test_true_spans_are_underlined_below_the_predicted_ones():
    y_pred = [["B-person", "O", "O", "B-place", "O", "O"], ["O"]]
    text = TaggedText.from_predictions(WORDS, y_pred, y_true=SPANS, scheme="BIO")
    assert lines(text) == [
        "Ada     Lovelace met them  in London",
        "person-              place",
        "!person---------     !O       !place",
        "",
        "Yes",
        "",
        "3 errors, marked with ! before the true tag.",
    ]


def test_without_errors_the_note_says_so():
    text = TaggedText.from_predictions(WORDS, TAGS, y_true=TAGS, scheme="BIO")
    assert lines(text)[-1] == "0 errors."
    assert shown(text).all_texts("sklstm-note") == ["0 errors."]
    assert not shown(text).of_class("sklstm-error")
    assert "error" not in str(TaggedText.from_predictions(WORDS, TAGS))


def test_only_the_errors_that_are_shown_count():
    words = [["a"] * 5, ["b"] * 5]
    text = TaggedText.from_predictions(
        words, [["X"] * 5, ["Y"] * 5], y_true=[["X"] * 5] * 2, max_tokens=5
    )
    assert shown(text).all_texts("sklstm-note") == [
        "0 errors.",
        "5 of 10 tokens are shown, in 1 of 2 sequences. A larger max_tokens shows more.",
    ]


def test_errors_of_right_to_left_words_are_on_their_line():
    text = TaggedText.from_predictions(
        [["مەن", "كەلدىم"]], [["PRON", "NOUN"]], y_true=[["PRON", "VERB"]]
    )
    assert lines(text)[:2] == ["PRON       مەن", "NOUN !VERB كەلدىم"]


@pytest.mark.parametrize("scheme", [None, "BIO"])
@pytest.mark.parametrize("malicious", MALICIOUS)
def test_true_tags_and_their_words_are_escaped(malicious, scheme):
    words, y_true = [[malicious, "plain"]], [[f"B-{malicious}", "O"]]
    page = shown(TaggedText.from_predictions(words, [["O", "O"]], y_true=y_true, scheme=scheme))
    escaped = malicious.replace("\u202e", r"\u202e")
    assert page.all_texts("sklstm-label")[-1 if scheme else 1].endswith(escaped)
    assert {each["tag"] for each in page.elements} == {"div", "style", "p", "span"}


def test_many_errors_take_linear_time():
    n = 20_000
    text = TaggedText.from_predictions(
        [["w"] * n], [["B-x", "O"] * (n // 2)], y_true=[["O"] * n], scheme="BIO", max_tokens=None
    )
    assert f"{n // 2:,} errors" in text.to_text(width=80)


def test_true_tags_of_another_length_raise_an_error():
    with pytest.raises(ValueError, match=r"X\[0\] has 2 tokens, but y_true\[0\] has 1"):
        TaggedText.from_predictions([["a", "b"]], [["X", "Y"]], y_true=[["X"]])
    with pytest.raises(ValueError, match=r"'X'.*BIO scheme"):
        TaggedText.from_predictions([["a"]], [["O"]], y_true=[["X"]], scheme="BIO")


def test_the_true_tags_can_be_passed_with_an_estimator(small, english):
    X, y = english
    tagger = small.fit(X[:20], y[:20])
    text = TaggedText.from_estimator(tagger, X[20:25], y[20:25])
    assert text.true_tags == [list(tags) for tags in y[20:25]]
    pairs = zip(text.tags, text.true_tags, strict=True)
    n_errors = sum(a != b for tags, true in pairs for a, b in zip(tags, true, strict=True))
    assert len(shown(text).of_class("sklstm-error")) == n_errors > 0


# -- Long texts ------------------------------------------------------------------------------------


def test_as_many_sequences_are_shown_as_fit():
    words = [["a"] * 4, ["b"] * 3, ["c"] * 5]
    text = TaggedText.from_predictions(words, words, max_tokens=10)
    page = shown(text)
    assert page.all_texts("sklstm-word") == ["a"] * 4 + ["b"] * 3
    note = "7 of 12 tokens are shown, in 2 of 3 sequences. A larger max_tokens shows more."
    assert page.all_texts("sklstm-note") == [note]
    assert str(text).endswith(f"\n\n{note}")


def test_a_long_sequence_is_cut():
    words, tags = [[], ["w"] * 5000], [[], ["B-a"] + ["I-a"] * 4999]
    text = TaggedText.from_predictions(words, tags, [[], [0.5] * 5000], scheme="BIO")
    page = shown(text)
    assert len(page.of_class("sklstm-word")) == 1000
    assert page.all_texts("sklstm-note")[0].startswith("1,000 of 5,000 tokens are shown, in 2 of 2")


@pytest.mark.parametrize("max_tokens", [3, 4, None])
def test_a_text_that_fits_is_shown_without_a_note(max_tokens):
    words = [["a", "b"], ["c"]]
    page = shown(TaggedText.from_predictions(words, words, max_tokens=max_tokens))
    assert page.all_texts("sklstm-word") == ["a", "b", "c"]
    assert page.of_class("sklstm-note") == []


@pytest.mark.parametrize("max_tokens", [0, -1, 1.5, "all"])
def test_max_tokens_must_be_a_number_of_tokens(max_tokens):
    with pytest.raises(ValueError, match=r"max_tokens is .* must be None or an int >= 1"):
        TaggedText.from_predictions(WORDS, TAGS, max_tokens=max_tokens)


# -- Terminals -------------------------------------------------------------------------------------


def lines(text, width=80):
    return text.to_text(width=width).split("\n")


def test_tags_are_below_their_words():
    text = TaggedText.from_predictions([["The", "Ducks", "swim"]], [["DET", "N", "VERB"]])
    assert lines(text) == ["The Ducks swim", "DET N     VERB"]


def test_spans_are_underlined_from_their_first_word_to_their_last():
    text = TaggedText.from_predictions(WORDS, TAGS, scheme="BIO")
    assert lines(text) == [
        "Ada    Lovelace met them in London",
        "person---------             place-",
        "",
        "Yes",
    ]


def test_adjacent_spans_of_a_type_are_separate():
    text = TaggedText.from_predictions([["ab", "cd"]], [["B-x", "B-x"]], scheme="BIO")
    assert lines(text) == ["ab cd", "x- x-"]


def test_lines_are_no_wider_than_the_terminal():
    words = [[f"word{k}" for k in range(50)]]
    text = TaggedText.from_predictions(words, [["B-thing"] + ["I-thing"] * 49], scheme="BIO")
    for width in (10, 40, 41, 42):
        wrapped = lines(text, width)
        assert max(map(len, wrapped)) <= width
        assert " ".join(wrapped[::2]).split() == words[0]
    assert lines(text, 400)[0] == " ".join(words[0])


def test_a_line_is_filled_to_the_last_cell():
    text = TaggedText.from_predictions([["ab", "cd", "ef"]], [["X", "Y", "Z"]])
    assert lines(text, 5) == ["ab cd", "X  Y", "ef", "Z"]
    assert lines(text, 4) == ["ab", "X", "cd", "Y", "ef", "Z"]


def test_a_word_wider_than_the_terminal_has_a_line_of_its_own():
    text = TaggedText.from_predictions([["a", "b" * 20, "c"]], [["X", "Y", "Z"]])
    assert lines(text, 10) == ["a", "X", "b" * 20, "Y", "c", "Z"]


def test_wide_and_combining_characters_are_aligned():
    words = [["東京", "cafe\u0301", "\N{FULLWIDTH LATIN SMALL LETTER A}", "x"]]
    text = TaggedText.from_predictions(words, [["A", "B", "C", "D"]])
    assert lines(text) == [" ".join(words[0]), "A    B    C  D"]


def test_right_to_left_words_have_a_line_each():
    text = TaggedText.from_predictions([["مەن", "كەلدىم", "."]], [["PRON", "VERB", "PUNCT"]])
    assert lines(text) == ["PRON  مەن", "VERB  كەلدىم", "PUNCT ."]


def test_control_characters_are_escaped():
    words = [["\x1b[2J", "a\nb", "\u2028", "\ud800", "\u202ec"]]
    text = TaggedText.from_predictions(words, [["A", "B\x1b[0m", "C\u202d", "D", "E"]])
    assert text.to_text(width=99).split("\n") == [
        r"\x1b[2J a\nb     \u2028  \ud800 \u202ec",
        r"A       B\x1b[0m C\u202d D      E",
    ]


def test_joiners_are_not_escaped():
    text = TaggedText.from_predictions([["a\u200cb"]], [["VERB"]])
    assert "a\u200cb" in str(text)


def test_the_default_width_is_that_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "12")
    text = TaggedText.from_predictions([["abcde"] * 4], [["X"] * 4])
    assert str(text) == repr(text) == text.to_text(width=12)
    assert str(text).split("\n")[0] == "abcde abcde"


# -- From an estimator ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    tagger = BiLSTMTagger(
        hidden_layer_sizes=4, embedding_size=8, char_hidden_size=0, output="crf", scheme="BIO",
        max_iter=2, random_state=0,
    )  # fmt: skip
    return tagger.fit(WORDS, TAGS)


def test_tags_and_probabilities_are_those_of_the_tagger(small, english):
    X, y = english
    tagger = small.fit(X[:20], y[:20])
    text = TaggedText.from_estimator(tagger, X[20:23])
    assert text.words == [list(words) for words in X[20:23]]
    assert text.tags == tagger.predict(X[20:23]).tolist()
    for tags, known, proba in zip(
        text.tags, text.probabilities, tagger.predict_proba(X[20:23]), strict=True
    ):
        columns = [tagger.classes_.tolist().index(tag) for tag in tags]
        np.testing.assert_allclose(known, [row[k] for row, k in zip(proba, columns, strict=True)])
    assert shown(text).of_class("sklstm-probability")


def test_it_accepts_pipelines_and_searches(english, small):
    X, y = english
    pipeline = make_pipeline(FunctionTransformer(), small.set_params(max_iter=1))
    search = GridSearchCV(pipeline, {"bilstmtagger__alpha": [0.1]}, cv=2).fit(X[:12], y[:12])
    for estimator in (search.best_estimator_, search):
        text = TaggedText.from_estimator(estimator, X[:2])
        assert text.tags == estimator.predict(X[:2]).tolist()
        assert text.probabilities is not None


def test_the_scheme_is_that_of_the_tagger(fitted):
    pipeline = make_pipeline(FunctionTransformer(), fitted)
    assert TaggedText.from_estimator(fitted, WORDS).scheme == "BIO"
    assert TaggedText.from_estimator(pipeline, WORDS).scheme == "BIO"
    assert TaggedText.from_estimator(fitted, WORDS, scheme=None).scheme is None


def test_where_the_letter_is_follows_from_the_classes_of_the_tagger(fitted):
    tags = [["-".join(reversed(tag.split("-"))) for tag in sequence] for sequence in TAGS]
    text = TaggedText.from_estimator(clone(fitted).fit(WORDS, tags), WORDS)
    assert text.suffix
    assert shown(text).of_class("sklstm-sequence")
    assert not TaggedText.from_estimator(fitted, WORDS).suffix


def test_an_estimator_without_probabilities_shows_tags():
    class Tagger:
        def predict(self, X):
            return [["X"] * len(x) for x in X]

    text = TaggedText.from_estimator(Tagger(), WORDS)
    assert (text.tags, text.probabilities, text.scheme) == ([["X"] * 6, ["X"]], None, None)


def test_a_tagger_of_vectors_needs_the_words(small, vectors):
    X, y = vectors
    tagger = small.fit(X, y)
    names = [[f"step {t}" for t in range(len(x))] for x in X]
    text = TaggedText.from_estimator(tagger, X, words=names)
    assert text.words == names
    assert shown(text).of_class("sklstm-box")[0]["title"].startswith("step 0: ")
    with pytest.raises(TypeError, match=r"X\[0\]\[0\] is .* not a str\. Pass words="):
        TaggedText.from_estimator(tagger, X)


def test_an_unfitted_tagger_raises_an_error(small):
    with pytest.raises(NotFittedError):
        TaggedText.from_estimator(small, WORDS)


# -- Validation of input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "container",
    [
        tuple,
        lambda x: np.array(x, dtype=object),
        np.array,
        lambda x: [np.array(each) for each in x],
    ],
)
def test_any_container_is_accepted(container):
    X, y, p = [["a", "b"], ["c", "d"]], [["X", "Y"], ["Y", "X"]], [[0.5, 1.0], [0.25, 0.0]]
    text = TaggedText.from_predictions(container(X), container(y), container(p))
    assert (text.words, text.tags, text.probabilities) == (X, y, p)


def test_columns_of_data_frames_are_accepted():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    frames = (lambda tags, f=f: f({"tags": tags}) for f in (pandas.DataFrame, polars.DataFrame))
    for column in (pandas.Series, polars.Series, *frames):
        text = TaggedText.from_predictions(column([["a", "b"], ["c"]]), column([["X", "Y"], ["Y"]]))
        assert (text.words, text.tags) == ([["a", "b"], ["c"]], [["X", "Y"], ["Y"]])


def test_the_probability_is_that_of_the_tag():
    proba = [np.array([[0.1, 0.9], [0.6, 0.4]]), np.zeros((0, 2))]
    text = TaggedText.from_predictions(
        [["a", "b"], []], [["Y", "Y"], []], proba, labels=np.array(["X", "Y"])
    )
    assert text.probabilities == [[0.9, 0.4], []]


def test_tags_may_be_numbers():
    text = TaggedText.from_predictions(
        [["a", "b"]], [np.array([3, 1])], [np.eye(2)[[1, 0]]], labels=np.array([1, 3])
    )
    assert text.probabilities == [[1.0, 1.0]]
    assert lines(text) == ["a b", "3 1"]
    assert shown(text).all_texts("sklstm-label") == ["3", "1"]


def test_a_feature_of_dicts_is_shown():
    X = [[{"form": "Ducks", "n": 1}, {"form": "swim"}]]
    text = TaggedText.from_predictions(X, [["NOUN", "VERB"]], words="form")
    assert text.words == [["Ducks", "swim"]]


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (["Ducks", "swim"], ["X", "Y"], {}, r"X\[0\] is 'Ducks', not a sequence\. Pass \[X\] if"),
        ([["Ducks", "swim"]], ["X", "Y"], {}, r"y_pred\[0\] is 'X'.* Pass \[y_pred\] if"),
        ([["a"]], [["X"], ["Y"]], {}, "X has 1 sequences, but y_pred has 2"),
        (
            [["a"], ["b", "c"]],
            [["X"], ["Y"]],
            {},
            r"X\[1\] has 2 tokens, but y_pred\[1\] has 1",
        ),
        (
            [["a"]],
            [["X"]],
            {"y_proba": [[0.1, 0.2]]},
            r"\[0\] has 1 tokens, but y_proba\[0\] has 2",
        ),
        ([["a"]], [["X"]], {"y_proba": [[-0.1]]}, r"y_proba\[0\]\[0\] is -0.1, but"),
        (["a text"], [["X"]], {}, r"X\[0\] is 'a text'.* split a text into words"),
        ([["a"]], [["X"]], {"y_proba": [["high"]]}, r"y_proba\[0\]\[0\] is 'high', but must be"),
        (
            [["a"]],
            [["X"]],
            {"y_proba": [[[[0.5]]]]},
            r"y_proba\[0\]\[0\] is \[\[0.5\]\], but must be",
        ),
        ([["a"]], [["X"]], {"y_proba": [[np.nan]]}, r"y_proba\[0\]\[0\] is nan, but"),
        ([["a"]], [["X"]], {"y_proba": [[[0.1, 0.9]]]}, "has 2 columns: pass as labels the tag"),
        (
            [["a"]],
            [["X"]],
            {"y_proba": [[[0.1, 0.9]]], "labels": ["X"]},
            "y_proba has 2 columns, but labels has 1",
        ),
        (
            [["a"], ["b"]],
            [["X"], ["Z"]],
            {"y_proba": [[[0.1, 0.9]]] * 2, "labels": ["X", "Y"]},
            r"y_pred\[1\]\[0\] is 'Z', which is not in labels",
        ),
        ([["a"]], [["NOUN"]], {"scheme": "BIO"}, "'NOUN', no tag of the BIO scheme"),
        ([["a"]], [["O"]], {"scheme": "IOB2"}, "scheme is 'IOB2'"),
        ([["a"]], [["x-B"]], {"scheme": "BIO"}, 'Pass scheme="BIO", suffix=True'),
        ([["a"]], [["O"]], {"labels": "person"}, "labels is 'person', but must be a list of tags"),
        (
            [[{"form": "a"}]],
            [["X"]],
            {"words": "word"},
            r"X\[0\]\[0\] is .*, not a dict with the feature 'word'",
        ),
        ([["a"]], [["X"]], {"words": "form"}, r"X\[0\]\[0\] is 'a', not a dict with"),
        ([["a"]], [["X"]], {"words": [["a", "b"]]}, r"words\[0\] has 2 tokens"),
    ],
)
def test_invalid_values_raise_errors_with_the_place(X, y, options, message):
    with pytest.raises(ValueError, match=message):
        TaggedText.from_predictions(X, y, **options)


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        ("Ducks swim", {}, "X is of type str, not a list. Pass a list or array for each"),
        ([[{"form": "a"}]], {}, r"X\[0\]\[0\] is {'form': 'a'} of type dict.* words=\"form\""),
        ([["a", 1]], {}, r"X\[0\]\[1\] is 1 of type int, not a str"),
        ([[{"form": 1}]], {"words": "form"}, r"X\[0\]\[0\] is 1 of type int, not a str\.$"),
        ([[0]], {"words": [[0]]}, r"words\[0\]\[0\] is 0 of type int"),
    ],
)
def test_values_of_other_types_raise_errors(X, options, message):
    with pytest.raises(TypeError, match=message):
        TaggedText.from_predictions(X, [["X"]], **options)
