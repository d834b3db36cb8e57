"""Transitions that the schemes allow, compared with tables written by hand."""

from itertools import pairwise

import numpy as np
import pytest

from sklstm._schemes import FORBIDDEN, PREFIXES, may_follow, parse, transition_penalties

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
    }[scheme]
    for line in allowed + forbidden:
        parsed = [("O", ""), *map(parse, line.split()), ("O", "")]
        is_allowed = all(may_follow(scheme, *pair) for pair in pairwise(parsed))
        assert is_allowed == (line in allowed), line


def test_without_a_scheme_nothing_is_forbidden():
    assert not transition_penalties(["I-a", "O", "NOUN"], None).any()
    assert transition_penalties(["I-a", "O", "NOUN"], None).shape == (5, 3)


@schemes
def test_types_are_compared_as_whole_strings(scheme):
    """A type may contain hyphens, be the prefix of another type, or equal a tag prefix."""
    continuing = "B" if scheme == "IOB1" else "I"
    for one, other in [("creative-work", "creative"), ("B", "I"), ("a-B", "a-I"), ("x", "X")]:
        for before, after in [(one, one), (one, other), (other, one), (other, other)]:
            allowed = may_follow(scheme, parse(f"I-{before}"), parse(f"{continuing}-{after}"))
            assert allowed == (before == after), (before, after)


def test_tags_are_split_at_the_first_hyphen():
    assert parse("B-creative-work") == ("B", "creative-work")
    assert parse("O") == ("O", "")
    assert parse("B-") == ("B", "")


@schemes
def test_the_tables_contain_each_prefix_of_the_scheme(scheme):
    tags, _ = table(scheme)
    assert {parse(tag)[0] for tag in tags} == {*PREFIXES[scheme], "O"}


def test_forbidden_scores_do_not_overflow_in_single_precision():
    """The sum of a million of them is finite."""
    assert np.isfinite(np.float32(FORBIDDEN) * np.float32(1e6))
    assert np.exp(np.float32(FORBIDDEN)) == 0
