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
        'sequence, remove padding, or set output="softmax".',
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
    ("BILOU", "O L-a", "[1] is 'L-a' and follows 'O'"),
    ("BILOU", "B-a I-a", "[1] is 'I-a' and ends its sequence"),
    ("BMES", "B O", "[1] is 'O' and follows 'B'"),
    ("BMES", "M E", "[0] is 'M' and begins its sequence"),
]
RIGHT_SPANS = {
    "BIO": "B-a I-a O B-b",
    "IOB1": "I-a B-a O I-b",
    "BIOES": "B-a E-a O S-b",
    "BILOU": "B-a L-a O U-b",
    "BMES": "B E O S",
}


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
    ("scheme", "lines", "other"),
    [
        ("BIO", ["O I-a I-a", "I-a B-a"], "IOB1"),
        ("BIO", ["O a-I a-I", "a-I a-B"], "IOB1"),  # the letter is last
        ("IOB1", ["O B-a I-a", "B-a B-a"], "BIO"),
        ("BIOES", ["O B-a I-a", "B-a B-a"], "BIO"),
        ("BILOU", ["O B-a I-a", "I-a"], None),
    ],
)
def test_the_message_names_the_scheme_that_allows_all_transitions(scheme, lines, other):
    y = [line.split() for line in lines]
    advice = "Correct the tag, or set another scheme or None."
    if other:
        advice = f'Pass scheme="{other}", which allows all transitions of y.'
        assert crf(scheme=other).fit([["w"] * len(tags) for tags in y], y).n_iter_ == 1
    with refuses(ValueError, f"which the {scheme} scheme does not allow. {advice}"):
        crf(scheme=scheme).fit([["w"] * len(tags) for tags in y], y)


@pytest.mark.parametrize(
    "tags",
    [
        *(["O", tag] for tag in ("NOUN", "I-", "O-a", "-a", "BI-a", "", "b-a", "B.a")),
        ["E-a", "L-a"],
        ["a-B", "B-a"],
        [1, 2],
    ],
)
def test_what_is_no_tag_of_the_scheme_is_refused_and_named(tags):
    k = int(tags[0] == "O")
    message = (
        f" is {tags[k]!r}, no tag of the BIO scheme: O, or one of B, I, alone or with the type of "
        "a span, such as B-person. Set scheme=None for other tags."
    )
    with refuses(ValueError, f"y[1][{k}]{message}"):
        crf(scheme="BIO").fit([["w"], ["w", "w"], ["w", "w"]], [tags[1 - k : 2 - k], tags, tags])
    with refuses(ValueError, f"{'A class' if k else 'y[0][0]'}{message}"):
        crf(scheme="BIO").partial_fit([["w"]], [tags[:1]], classes=tags)


@pytest.mark.parametrize(
    ("scheme", "line", "wrong", "other"),
    [
        ("BIO", "O B-a E-a S-a", "E-a", "BIOES"),
        ("BIOES", "O B-a L-a U-a", "L-a", "BILOU"),
        ("BILOU", "O B_a I_a E_a", "E_a", "BIOES"),
        ("BIO", "B M E S", "E", "BMES"),
        ("BIO", "O a-B a-M a-E", "a-E", "BMES"),
        ("BMES", "O B-a I-a", "I-a", "BIO"),
        ("BMES", "O I-a I-a", "I-a", "IOB1"),  # rather than BIO, which forbids I-a after O
        ("BMES", "O B-a I-a E-b I-a", "I-a", "BIOES"),  # ill-formed
        ("BIO", "O B-a B-b U-b b-a", "U-b", None),
    ],
)
def test_the_message_names_the_scheme_that_all_tags_fit(scheme, line, wrong, other):
    tags = line.split()
    advice = f'Pass scheme="{other}", which all tags fit.' if other else "Set scheme=None for other"
    place = rf"^y\[0\]\[{tags.index(wrong)}\] is '{wrong}', no tag of the {scheme} scheme"
    with pytest.raises(ValueError, match=place) as caught:
        crf(scheme=scheme).fit([["w"] * len(tags)], [tags])
    assert advice in str(caught.value)


def test_the_misfit_of_tags_with_the_letter_last_is_named():
    tags = ["O", "a-B", "a-I", "b-B", "NOUN"]
    with refuses(ValueError, "y[0][4] is 'NOUN', no tag of the BIO scheme"):
        crf(scheme="BIO").fit([["w"] * 5], [tags])


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
