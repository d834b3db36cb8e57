import copy

import numpy as np
import pytest

from ._inputs import BLOCK, ROWS, WORDS, assert_untouched, attributes_of, refuses, tagger


def crf(**params):
    return tagger(output="crf", char_hidden_size=2, **params)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("weights", "place"),
    [
        ([[1, 0], [1]], "[0][1]"),
        ([[0, 2.0], [1]], "[0][1]"),
        ([[1, 1], [2], [3, 3, 1]], "[2][2]"),
        ([[], [1, 1], [1, 2, 1]], "[2][1]"),
    ],
)
def test_weights_that_differ_within_a_sequence_are_refused_and_the_first_named(
    weights, place, method
):
    X = [["w"] * len(each) for each in weights]
    with refuses(
        ValueError,
        'With output="crf" all tokens of a sequence have the same weight, but '
        f"sample_weight{place} differs from the first of its sequence. Pass one weight for each "
        'sequence, cut padding off, or set output="softmax".',
    ):
        getattr(crf(), method)(X, X, sample_weight=weights)


def test_weights_that_differ_within_a_block_are_refused():
    with refuses(ValueError, "sample_weight[1][1] differs from the first of its sequence"):
        crf().fit(BLOCK, [[0, 1], [1, 0]], np.array([[1, 1], [0, 1]]))


BROKEN_SPANS = [
    ("BIO", "O I-a", "[1] is 'I-a' and follows 'O'"),
    ("BIO", "I-a O", "[0] is 'I-a' and begins its sequence"),
    ("BIO", "B-a I-a I-b", "[2] is 'I-b' and follows 'I-a'"),
    ("BIO", "B-b B-a I-b I-a", "[2] is 'I-b' and follows 'B-a'"),
    ("IOB1", "B-a", "[0] is 'B-a' and begins its sequence"),
    ("IOB1", "O B-a", "[1] is 'B-a' and follows 'O'"),
    ("IOB1", "I-b B-a", "[1] is 'B-a' and follows 'I-b'"),
    ("BIOES", "I-a E-a", "[0] is 'I-a' and begins its sequence"),
    ("BIOES", "O E-a", "[1] is 'E-a' and follows 'O'"),
    ("BIOES", "B-a O", "[1] is 'O' and follows 'B-a'"),
    ("BIOES", "B-a E-b", "[1] is 'E-b' and follows 'B-a'"),
    ("BIOES", "S-a B-a", "[1] is 'B-a' and ends its sequence"),
    ("BIOES", "B-a I-a", "[1] is 'I-a' and ends its sequence"),
    ("BIOES", "O B-a S-a", "[2] is 'S-a' and follows 'B-a'"),
]
RIGHT_SPANS = {"BIO": "B-a I-a O B-b", "IOB1": "I-a B-a O I-b", "BIOES": "B-a E-a O S-b"}


@pytest.mark.parametrize(("scheme", "tags", "problem"), BROKEN_SPANS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_spans_that_break_the_scheme_are_refused_and_the_first_named(scheme, tags, problem, method):
    right = RIGHT_SPANS[scheme].split()
    y = [right, [], tags.split(), tags.split()]
    with refuses(
        ValueError,
        f"y[2]{problem}, which the {scheme} scheme does not allow. Correct the tag, or set another "
        "scheme or None.",
    ):
        getattr(crf(scheme=scheme), method)([["w"] * len(each) for each in y], y)


@pytest.mark.parametrize(("scheme", "tags", "problem"), BROKEN_SPANS)
def test_spans_that_break_a_scheme_are_legal_without_one(scheme, tags, problem):
    y = [RIGHT_SPANS[scheme].split(), tags.split()]
    assert crf().fit([["w"] * len(each) for each in y], y).n_iter_ == 1


def test_spans_that_break_the_scheme_are_named_in_rows_and_blocks():
    with refuses(ValueError, "y[1] is 'I-a' and begins its sequence"):
        crf(scheme="BIO").fit(ROWS, ["B-a", "I-a"])
    with refuses(ValueError, "y[1][0] is 'I-a' and begins its sequence"):
        crf(scheme="BIO").fit(BLOCK, [["B-a", "I-a"], ["I-a", "O"]])


def test_spans_that_break_the_scheme_are_named_where_the_user_has_them():
    with refuses(ValueError, "y[1][1] is 'I-a' and follows 'O'"):
        crf(scheme="BIO").fit([["w"], ["w", "w"]], [["O"], ["O", "I-a"]], [0, 1])


def test_spans_that_break_the_scheme_are_refused_whatever_is_held_out():
    y = [["O"]] * 9 + [["O", "I-a"]]
    X = [["w"] * len(tags) for tags in y]
    for seed in range(10):  # among them one that holds the last sequence out
        with refuses(ValueError, "y[9][1] is 'I-a' and follows 'O'"):
            crf(scheme="BIO", early_stopping=True, random_state=seed).fit(X, y)


@pytest.mark.parametrize(
    ("scheme", "tag", "prefixes"),
    [
        ("BIO", "NOUN", "B, I"),
        ("BIO", "S-a", "B, I"),
        ("BIO", "B", "B, I"),
        ("BIO", "I-", "B, I"),
        ("BIO", "O-a", "B, I"),
        ("BIO", "-a", "B, I"),
        ("BIO", "BI-a", "B, I"),
        ("BIO", "", "B, I"),
        ("BIO", "b-a", "B, I"),
        ("BIO", "B_a", "B, I"),
        ("IOB1", "E-a", "B, I"),
        ("BIOES", "U-a", "B, I, E, S"),
        ("BIOES", "L-a", "B, I, E, S"),
        ("BIO", 1, "B, I"),
    ],
)
def test_what_is_no_tag_of_the_scheme_is_refused_and_named(scheme, tag, prefixes):
    message = (
        f"{tag!r} is no tag of the {scheme} scheme: O, or one of {prefixes} with the type of a "
        "span, such as B-person. Set scheme=None for other tags."
    )
    other = 1 if tag == 1 else "O"
    with refuses(ValueError, message):
        crf(scheme=scheme).fit(WORDS, [[other, tag], [tag]])
    with refuses(ValueError, message):
        crf(scheme=scheme).partial_fit(WORDS, [[other, other], [other]], classes=[other, tag])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"y": [["O", "I-a"], ["O"]]}, "which the BIO scheme does not allow"),
        ({"y": [["O", "NOUN"], ["O"]]}, "NOUN"),
        ({"sample_weight": [[1, 2], [1]]}, "all tokens of a sequence have the same weight"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_what_a_crf_cannot_learn_from_leaves_it_as_it_was(bad, message, method):
    learner = crf(scheme="BIO")
    y = [["B-a", "I-a"], ["O"]]
    learner.fit(WORDS, y)
    before = copy.deepcopy(attributes_of(learner)), learner.predict_proba(WORDS)
    with pytest.raises(ValueError, match=message):
        getattr(learner, method)(**{"X": WORDS, "y": y} | bad)
    assert_untouched(learner, before, WORDS)
