"""Tables as text and as HTML."""

import copy
import pickle
import sys
import unicodedata
from xml.etree import ElementTree

import pytest
from sklearn.metrics import classification_report

from sklstm._tables import Report, Table, escape_controls


def cells(html):
    """Return the text of the cells of each row of an HTML table, the header among them."""
    return [[cell.text or "" for cell in row] for row in ElementTree.fromstring(html).iter("tr")]


def alignments(html):
    """Return the alignment of each cell of the last row."""
    *_, row = ElementTree.fromstring(html).iter("tr")
    return [cell.get("style").split()[-1] for cell in row]


def test_numbers_are_aligned_on_the_right():
    table = Table([("a", 1, 2.5), ("bcd", 12, -0.125)], ["name", "n", "value"])
    assert str(table) == "name   n  value\na      1   2.50\nbcd   12  -0.12"
    assert cells(table._repr_html_()) == [
        ["name", "n", "value"], ["a", "1", "2.50"], ["bcd", "12", "-0.12"]
    ]  # fmt: skip
    assert alignments(table._repr_html_()) == ["left", "right", "right"]


def test_a_value_that_rounds_to_zero_has_no_sign():
    assert str(Table([(-0.001,)], ["x"])) == "   x\n0.00"


def test_none_is_an_empty_cell():
    table = Table([("a", None), ("b", 1.0)], ["name", "value"])
    assert str(table) == "name  value\na\nb      1.00"
    assert cells(table._repr_html_())[1] == ["a", ""]


def test_wide_characters_take_two_cells():
    assert str(Table([("東京", "x"), ("a", "y")], ["", "z"])) == "      z\n東京  x\na     y"


def test_text_is_escaped():
    table = Table([("<b>&\n",)], ["<i>"], "<u>\x1b[2J")
    assert str(table) == r"<u>\x1b[2J" + "\n\n<i>\n" + r"<b>&\n"
    html = table._repr_html_()
    assert cells(html) == [["<i>"], [r"<b>&\n"]]
    assert ElementTree.fromstring(html).find("caption").text == r"<u>\x1b[2J"


def test_all_characters_that_control_a_terminal_or_the_direction_of_text_are_escaped():
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    escaped = {c for c in map(chr, range(sys.maxunicode + 1)) if escape_controls(c) != c}
    for character in map(chr, range(sys.maxunicode + 1)):
        is_control = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        if is_control or unicodedata.bidirectional(character) in directions:
            assert character in escaped, ascii(character)
    # The others are deprecated.
    assert {ascii(c) for c in escaped if unicodedata.category(c) == "Cf"} >= {r"'\u206a'"}
    for word in (
        "نمی\u200cرم",
        "👩\u200d🚀",
        "\u200fשלם",
        "co\xadop",
        "\ufeffa",
        "naïve",
        "🏴\U000e0067",
    ):
        assert escape_controls(word) == word


def test_characters_can_be_kept():
    assert escape_controls("a\tb\x1b\n", keep="\t\n") == "a\tb\\x1b\n"


def test_a_table_without_rows_shows_its_header():
    assert str(Table([], ["feature", "effect"])) == "feature  effect"
    assert cells(Table([], ["feature", "effect"])._repr_html_()) == [["feature", "effect"]]


@pytest.mark.parametrize("copied", [copy.copy, lambda table: pickle.loads(pickle.dumps(table))])
def test_a_table_is_a_list_and_its_copies_are_tables(copied):
    rows = [("a", 1.5)]
    table = Table(rows, ["name", "value"], "Caption")
    assert table == rows
    assert repr(table) == repr(rows)
    assert str(copied(table)) == str(table)


@pytest.mark.parametrize("digits", [0, 2, 12])
def test_a_report_is_its_text_and_has_the_same_cells(digits):
    labels = ["New York", "accuracy", "", "7"]
    y_true, y_pred = labels * 2, [*labels, "7", "7", "", "New York"]
    text = classification_report(y_true, y_pred, digits=digits)
    report = Report(text)
    assert report == text
    assert str(report) == text
    numbers = classification_report(y_true, y_pred, output_dict=True)
    header, *rows = cells(report._repr_html_())
    assert header == ["", "precision", "recall", "f1-score", "support"]
    assert [row[0] for row in rows] == [
        "", "7", "New York", "accuracy", "accuracy", "macro avg", "weighted avg"
    ]  # fmt: skip
    scores = numbers["7"]
    assert rows[1][1:] == [
        *(f"{scores[name]:.{digits}f}" for name in header[1:4]), f"{scores['support']:.0f}"
    ]  # fmt: skip
    accuracy = rows[4]
    assert accuracy[1:3] == ["", ""]
    assert accuracy[4] == "8"
    assert alignments(report._repr_html_()) == ["left", *["right"] * 4]
