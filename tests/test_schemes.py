"""Tags of schemes, and the transitions that they allow, compared with tables written by hand."""

import re
from itertools import pairwise

import numpy as np
import pytest

from sklstm._schemes import (
    FORBIDDEN,
    PREFIXES,
    find_misfits,
    fitting_schemes,
    has_suffixes,
    may_follow,
    parse,
    transition_penalties,
)

# The rows are the tags before, the columns the tags after; 1 is an allowed transition.
TABLES = {
    "BIO": """
               B-per I-per B-org I-org O
        B-per    1     1     1     0   1
        I-per    1     1     1     0   1
        B-org    1     0     1     1   1
        I-org    1     0     1     1   1
        O        1     0     1     0   1
        start    1     0     1     0   1
        end      1     1     1     1   1
    """,
    "IOB1": """
               B-per I-per B-org I-org O
        B-per    1     1     0     1   1
        I-per    1     1     0     1   1
        B-org    0     1     1     1   1
        I-org    0     1     1     1   1
        O        0     1     0     1   1
        start    0     1     0     1   1
        end      1     1     1     1   1
    """,
    "BIOES": """
               B-per I-per E-per S-per B-org I-org E-org S-org O
        B-per    0     1     1     0     0     0     0     0   0
        I-per    0     1     1     0     0     0     0     0   0
        E-per    1     0     0     1     1     0     0     1   1
        S-per    1     0     0     1     1     0     0     1   1
        B-org    0     0     0     0     0     1     1     0   0
        I-org    0     0     0     0     0     1     1     0   0
        E-org    1     0     0     1     1     0     0     1   1
        S-org    1     0     0     1     1     0     0     1   1
        O        1     0     0     1     1     0     0     1   1
        start    1     0     0     1     1     0     0     1   1
        end      0     0     1     1     0     0     1     1   1
    """,
}
# The other schemes have the table of BIOES with other letters.
LETTERS = {"BILOU": str.maketrans("ES", "LU"), "BMES": str.maketrans("I", "M")}
for _scheme, _letters in LETTERS.items():
    TABLES[_scheme] = "".join(
        part.translate(_letters) if part[1:2] == "-" else part
        for part in re.split(r"(\s+)", TABLES["BIOES"])
    )
schemes = pytest.mark.parametrize("scheme", TABLES)


def table(scheme):
    """Return the tags, and whether transitions, starts and ends are allowed."""
    tags, *rows = [line.split() for line in TABLES[scheme].strip().splitlines()]
    assert [row[0] for row in rows] == [*tags, "start", "end"]
    return tags, np.array([[mark == "1" for mark in row[1:]] for row in rows])


@schemes
def test_penalties_equal_the_tables(scheme):
    tags, allowed = table(scheme)
    expected = np.where(allowed, 0, FORBIDDEN)
    np.testing.assert_array_equal(transition_penalties(tags, scheme), expected)


@schemes
def test_the_penalties_are_in_the_order_of_the_tags(scheme):
    tags, _ = table(scheme)
    order = np.random.RandomState(0).permutation(len(tags))
    penalties = transition_penalties(tags, scheme)
    rows = [*order, len(tags), len(tags) + 1]
    shuffled = transition_penalties([tags[k] for k in order], scheme)
    np.testing.assert_array_equal(shuffled, penalties[np.ix_(rows, order)])


@schemes
def test_a_missing_tag_does_not_change_the_penalties_of_others(scheme):
    tags, allowed = table(scheme)
    few = [0, 1, len(tags) - 1]
    penalties = transition_penalties([tags[k] for k in few], scheme)
    np.testing.assert_array_equal(penalties == 0, allowed[np.ix_([*few, -2, -1], few)])


@schemes
def test_sequences_that_are_allowed_and_forbidden(scheme):
    allowed, forbidden = {
        "BIO": (["O B-a I-a I-a B-a O", "B-a B-b I-b"], ["I-a", "B-a I-b", "B-a O I-a"]),
        "IOB1": (["O I-a I-a B-a I-a O", "I-a I-b B-b"], ["B-a", "O B-a", "I-a B-b"]),
        "BIOES": (
            ["O B-a I-a E-a S-a O", "B-a E-a B-b E-b", "S-b"],
            ["B-a", "B-a O", "I-a E-a", "B-a E-b", "S-a E-a", "B-a I-a", "B-a S-a", "O E-a"],
        ),
        "BILOU": (
            ["O B-a I-a L-a U-a O", "B-a L-a B-b L-b", "U-b"],
            ["B-a", "B-a O", "I-a L-a", "B-a L-b", "U-a L-a", "B-a I-a", "B-a U-a", "O L-a"],
        ),
        "BMES": (
            ["O B-a M-a E-a S-a O", "B-a E-a B-b E-b", "S B M E"],
            ["B-a", "B-a O", "M-a E-a", "B-a E-b", "S-a E-a", "B-a M-a", "B S", "B M-a"],
        ),
    }[scheme]
    for line in allowed + forbidden:
        parsed = [parse(tag, scheme) for tag in ["O", *line.split(), "O"]]
        is_allowed = all(may_follow(scheme, *pair) for pair in pairwise(parsed))
        assert is_allowed == (line in allowed), line


def test_without_a_scheme_nothing_is_forbidden():
    assert not transition_penalties(["I-a", "O", "NOUN"], None).any()
    assert transition_penalties(["I-a", "O", "NOUN"], None).shape == (5, 3)


@schemes
@pytest.mark.parametrize("suffix", [False, True])
def test_types_are_compared_as_whole_strings(scheme, suffix):
    """A type may contain separators, be the prefix of another type, equal a letter or be empty."""
    letters = {role: letter for letter, role in PREFIXES[scheme].items()}
    letter = letters["begin" if scheme == "IOB1" else "inside"]
    for one, other in [
        ("creative-work", "creative"), ("B", "I"), ("a-B", "a-I"), ("x", "X"), ("x", ""),
    ]:  # fmt: skip
        for before, after in [(one, one), (one, other), (other, one), (other, other)]:
            tags = tag(letters["inside"], before, suffix), tag(letter, after, suffix)
            allowed = may_follow(scheme, *(parse(each, scheme, suffix) for each in tags))
            assert allowed == (before == after), tags


def tag(letter, span_type, suffix=False, separator="-"):
    parts = [letter, span_type] if span_type else [letter]
    return separator.join(parts[::-1] if suffix else parts)


@pytest.mark.parametrize(
    ("tag", "letter_first", "letter_last"),
    [
        ("O", ("outside", ""), ("outside", "")),
        ("B-creative-work", ("begin", "creative-work"), None),
        ("B_creative_work", ("begin", "creative_work"), None),
        ("B-creative_work", ("begin", "creative_work"), None),
        ("B_creative-work", ("begin", "creative-work"), None),
        ("creative-work-I", None, ("inside", "creative-work")),
        ("creative_work-I", None, ("inside", "creative_work")),
        ("creative-work_I", None, ("inside", "creative-work")),
        ("I", ("inside", ""), ("inside", "")),
        ("B-I", ("begin", "I"), ("inside", "B")),
        ("B--", ("begin", "-"), None),
        ("-_I", None, ("inside", "-")),
        *((tag, None, None) for tag in ("", "B-", "-B", "-", "NOUN", "b-x", "BI-x", "x-BI")),
        *((tag, None, None) for tag in ("O-x", "x-O", "S-x", "x-S", "Bx", "B.x", "BB", "xB")),
    ],
)
def test_roles_and_types_of_tags(tag, letter_first, letter_last):
    assert parse(tag, "BIO") == letter_first
    assert parse(tag, "BIO", suffix=True) == letter_last
    assert find_misfits([tag, "O"], "BIO") == ([] if letter_first else [tag])


@schemes
def test_penalties_do_not_depend_on_where_the_letter_is(scheme):
    tags, allowed = table(scheme)
    for separator in "-_":
        moved = [separator.join(reversed(each.split("-"))) for each in tags]
        np.testing.assert_array_equal(transition_penalties(moved, scheme) == 0, allowed)


@pytest.mark.parametrize(
    ("tags", "scheme", "expected"),
    [
        (["O", "B-x", "I-x"], "BIO", False),
        (["O", "x-B", "x_I"], "BIO", True),
        (["O", "B", "I"], "BIO", False),  # both ways
        (["B-I", "I-B"], "BIO", False),  # both ways
        (["B", "x-I"], "BIO", True),
        (["x-B", "B-x"], "BIO", False),  # neither way
        (["x-B", "NOUN"], "BIO", False),
        (["x-B", "x-L"], "BIO", False),
        (["x-B", "x-L"], "BILOU", True),
        (["x-B", "x-I"], None, False),
        ([1, 2], "BIO", False),
        ([], "BIO", False),
    ],
)
def test_the_letter_is_last_if_all_tags_fit_that_way_only(tags, scheme, expected):
    assert has_suffixes(tags, scheme) is expected
    assert has_suffixes(np.array(tags), scheme) is expected


def test_fitting_schemes():
    assert fitting_schemes(["O", "B-x", "U-x"]) == [("BILOU", False)]
    assert fitting_schemes(["x-B", "x-M"]) == [("BMES", True)]
    assert fitting_schemes(["B-x", "I-x"]) == [
        (scheme, False) for scheme in ("BIO", "IOB1", "BIOES", "BILOU")
    ]
    assert fitting_schemes(["B-x", "S-x", "L-x"]) == fitting_schemes(["O", 1]) == []
    transitions = [("O", "I-x"), ("I-x", "B-x")]
    assert fitting_schemes(["O", "B-x", "I-x"], transitions) == [("IOB1", False)]
    assert fitting_schemes(["O", "B-x", "I-x"], [*transitions, ("O", "B-x")]) == []


@schemes
def test_the_tables_contain_each_letter_of_the_scheme(scheme):
    tags, _ = table(scheme)
    assert {each[0] for each in tags} == {*PREFIXES[scheme], "O"}


def test_forbidden_scores_do_not_overflow_in_single_precision():
    """The sum of a million of them is finite."""
    assert np.isfinite(np.float32(FORBIDDEN) * np.float32(1e6))
    assert np.exp(np.float32(FORBIDDEN)) == 0
