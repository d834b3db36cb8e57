"""Spans and their scores, compared with a port of conlleval, seqeval and scikit-learn."""

import warnings

import numpy as np
import pytest
from _corpora import corpus_path
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import precision_recall_fscore_support

from sklstm._schemes import PREFIXES, may_follow, parse
from sklstm.datasets import read_conll
from sklstm.metrics import (
    Span,
    extract_spans,
    span_classification_report,
    span_f1_score,
    span_precision_recall_fscore_support,
    span_precision_score,
    span_recall_score,
)

AVERAGES = ["micro", "macro", "weighted"]
schemes = pytest.mark.parametrize("scheme", PREFIXES)
# The letters of other schemes in BIOES.
TO_BIOES = {"BILOU": str.maketrans("LU", "ES"), "BMES": str.maketrans("M", "I")}
FROM_BIOES = {"BILOU": str.maketrans("ES", "LU"), "BMES": str.maketrans("I", "M")}

# -- port of conlleval: where chunks end and start, and their counts -------------------------------

# Pairs of prefixes of the same type between which a chunk ends or starts. The original script has
# no S, and no B after an E: these pairs are those of its later versions.
ENDS = {"BB", "BO", "IB", "IO", "EE", "EI", "EO"}
ENDS |= {"BS", "IS", "EB", "ES", "SB", "SI", "SE", "SS", "SO"}  # later versions
STARTS = {"BB", "IB", "OB", "OI", "EE", "EI", "OE"}
STARTS |= {"BS", "IS", "OS", "EB", "ES", "SB", "SI", "SE", "SS"}  # later versions


def chunk_ends(before, after):
    other_type = before[0] != "O" and before[1] != after[1]
    return before[0] + after[0] in ENDS or other_type


def chunk_starts(before, after):
    other_type = after[0] != "O" and before[1] != after[1]
    return before[0] + after[0] in STARTS or other_type


def split(tag, scheme):
    """Return a tag as the script reads it: letter and type, with the letters of BIOES."""
    letter, _, span_type = tag.partition("-")
    return letter.translate(TO_BIOES.get(scheme, {})), span_type


def conlleval_counts(y_true, y_pred, scheme):
    """Count the correct, the predicted and the true chunks, token by token, as the script does."""
    n_correct = n_pred = n_true = 0
    for tags in zip(y_true, y_pred, strict=True):
        before, in_correct_one = [("O", ""), ("O", "")], False
        for pair in zip([*tags[0], "O"], [*tags[1], "O"], strict=True):  # a sentence ends with O
            after = [split(tag, scheme) for tag in pair]
            ends = [chunk_ends(*step) for step in zip(before, after, strict=True)]
            starts = [chunk_starts(*step) for step in zip(before, after, strict=True)]
            if in_correct_one and all(ends):
                n_correct += before[0][1] == before[1][1]
                in_correct_one = False
            elif in_correct_one and (any(ends) or after[0][1] != after[1][1]):
                in_correct_one = False
            if all(starts) and after[0][1] == after[1][1]:
                in_correct_one = True
            n_true += starts[0]
            n_pred += starts[1]
            before = after
    return n_correct, n_pred, n_true


def conlleval(y_true, y_pred, scheme):
    n_correct, n_pred, n_true = conlleval_counts(y_true, y_pred, scheme)
    f1 = 2 * n_correct / (n_pred + n_true) if n_correct else 0
    return n_correct / max(n_pred, 1), n_correct / max(n_true, 1), f1


# -- random tags ----------------------------------------------------------------------------------


def tags_of(scheme, types=("x", "y-y", "E")):
    return ["O", *(f"{prefix}-{kind}" for prefix in PREFIXES[scheme] for kind in types)]


def random_tags(rng, scheme, lengths):
    """Draw independent tags of the scheme, which may be ill-formed; O is more frequent."""
    tags = ["O", *tags_of(scheme)]
    return [rng.choice(tags, n).tolist() for n in lengths]


def random_well_formed_tags(rng, scheme, lengths):
    """Draw tags of which each may follow the one before, and the last may end a sequence."""
    sequences = []
    while len(sequences) < len(lengths):
        tags = ["O"]
        for _ in range(lengths[len(sequences)]):
            tags.append(rng.choice([t for t in tags_of(scheme) if follows(scheme, tags[-1], t)]))
        if follows(scheme, tags[-1], "O"):
            sequences.append(list(map(str, tags[1:])))
    return sequences


def follows(scheme, before, after):
    return may_follow(scheme, parse(before, scheme), parse(after, scheme))


def noisy(rng, scheme, y):
    """Replace some of the tags by random ones."""
    return [[rng.choice(tags_of(scheme)) if rng.rand() < 0.3 else t for t in tags] for tags in y]


def rewritten(y, rewrite):
    """Return sequences of tags, of which all but O are rewritten from their letters and types."""
    return [[t if t == "O" else rewrite(*t.split("-", 1)) for t in tags] for tags in y]


def pairs(scheme, well_formed=False, n_pairs=40):
    """Yield true and predicted tags of a few random sequences."""
    rng = np.random.RandomState(0)
    for k in range(n_pairs):
        lengths = rng.randint(0, 9, size=rng.randint(1, 9))
        if well_formed:
            yield tuple(random_well_formed_tags(rng, scheme, lengths) for _ in range(2))
        else:
            y_true = random_tags(rng, scheme, lengths)
            yield y_true, noisy(rng, scheme, y_true) if k % 2 else random_tags(rng, scheme, lengths)


# -- spans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "line", "spans"),
    [
        ("BIO", "B-x I-x O B-y", [(0, 2, "x"), (3, 4, "y")]),
        ("BIO", "O I-x I-x O", [(1, 3, "x")]),  # I after O
        ("BIO", "B-x I-y I-y", [(0, 1, "x"), (1, 3, "y")]),  # the type changes
        ("BIO", "B-x B-x I-x", [(0, 1, "x"), (1, 3, "x")]),
        ("BIO", "O O I-x", [(2, 3, "x")]),  # the sentence ends
        ("IOB1", "I-x I-x B-x I-x", [(0, 2, "x"), (2, 4, "x")]),
        ("IOB1", "B-x I-x O", [(0, 2, "x")]),
        ("IOB1", "I-x I-y", [(0, 1, "x"), (1, 2, "y")]),
        ("BIOES", "B-x I-x E-x S-y O", [(0, 3, "x"), (3, 4, "y")]),
        ("BIOES", "B-x E-x B-x E-x", [(0, 2, "x"), (2, 4, "x")]),
        ("BIOES", "E-x I-x I-x", [(0, 1, "x"), (1, 3, "x")]),  # nothing continues after E
        ("BIOES", "S-x I-x E-x", [(0, 1, "x"), (1, 3, "x")]),  # or after S
        ("BIOES", "B-x I-x O E-x", [(0, 2, "x"), (3, 4, "x")]),  # without E, and E after O
        ("BIOES", "B-x E-y S-y", [(0, 1, "x"), (1, 2, "y"), (2, 3, "y")]),
        ("BIO", "B-a-b I-a-b I-a", [(0, 2, "a-b"), (2, 3, "a")]),  # hyphens in types
        ("BIO", "B_x I_x O B_a_b I_a-b", [(0, 2, "x"), (3, 4, "a_b"), (4, 5, "a-b")]),
        ("BIO", "B-x I_x", [(0, 2, "x")]),
        ("BILOU", "B-x I-x L-x U-y O", [(0, 3, "x"), (3, 4, "y")]),
        ("BILOU", "L-x I-x I-x", [(0, 1, "x"), (1, 3, "x")]),  # nothing continues after L
        ("BMES", "B-x M-x E-x S-y O", [(0, 3, "x"), (3, 4, "y")]),
        ("BMES", "M-x M-x O E-x", [(0, 2, "x"), (3, 4, "x")]),
        ("BIO", "B I O I B B", [(0, 2, ""), (3, 4, ""), (4, 5, ""), (5, 6, "")]),  # no types
        ("BMES", "S B M E B E", [(0, 1, ""), (1, 4, ""), (4, 6, "")]),
        ("BIO", "B I-x I", [(0, 1, ""), (1, 2, "x"), (2, 3, "")]),  # a type and none
    ],
)
def test_spans_of_ill_formed_and_special_tags(scheme, line, spans):
    assert extract_spans([line.split()], scheme=scheme) == [spans]


@pytest.mark.parametrize(
    ("scheme", "line", "spans"),
    [
        ("BIO", "x-B x-I O y-B", [(0, 2, "x"), (3, 4, "y")]),
        ("BIO", "a-b_B a-b-I a_b-I", [(0, 2, "a-b"), (2, 3, "a_b")]),  # the last separator
        ("BIO", "B I O I", [(0, 2, ""), (3, 4, "")]),
        ("BIO", "B-I I-B", [(0, 1, "B"), (1, 2, "I")]),
        ("BILOU", "x_U y_B y_I y_L", [(0, 1, "x"), (1, 4, "y")]),
    ],
)
def test_spans_of_tags_with_the_type_first(scheme, line, spans):
    assert extract_spans([line.split()], scheme=scheme, suffix=True) == [spans]


@pytest.mark.parametrize("scheme", FROM_BIOES)
@pytest.mark.parametrize("suffix", [False, True])
def test_ill_formed_tags_are_read_as_those_of_bioes(scheme, suffix):
    """In random order, with and without types."""
    letters = FROM_BIOES[scheme]
    for y, _ in pairs("BIOES", n_pairs=100):
        expected = extract_spans(y, scheme="BIOES")
        renamed = rewritten(
            y,
            lambda p, t: f"{t}-{p.translate(letters)}" if suffix else f"{p.translate(letters)}_{t}",
        )
        assert extract_spans(renamed, scheme=scheme, suffix=suffix) == expected
        bare = extract_spans(rewritten(y, lambda p, t: p), scheme="BIOES")
        renamed = rewritten(y, lambda p, t: p.translate(letters))
        assert extract_spans(renamed, scheme=scheme, suffix=suffix) == bare


def test_spans_end_with_their_sequences():
    y = [["O", "B-x"], [], ["I-x"], [], [], ["B-x", "O", "I-x"], []]
    spans = [[(1, 2, "x")], [], [(0, 1, "x")], [], [], [(0, 1, "x"), (2, 3, "x")], []]
    assert extract_spans(y, scheme="BIO") == spans


def test_a_span_is_a_named_tuple_of_python_values():
    [[span]] = extract_spans(np.array([["O", "B-x", "I-x"]]), scheme="BIO")
    assert (span.start, span.stop, span.type) == (1, 3, "x")
    assert isinstance(span, Span)
    assert [type(value) for value in span] == [int, int, str]


def test_without_tokens_there_are_no_spans():
    assert extract_spans([], scheme="BIO") == []
    assert extract_spans([[], []], scheme="BIO") == [[], []]
    assert extract_spans([["O", "O"]], scheme="BIO") == [[]]


@schemes
def test_well_formed_tags_can_be_restored_from_their_spans(scheme):
    rng = np.random.RandomState(0)
    y = random_well_formed_tags(rng, scheme, rng.randint(0, 12, size=100))
    assert [
        tags_from_spans(scheme, spans, len(tags))
        for spans, tags in zip(extract_spans(y, scheme=scheme), y, strict=True)
    ] == y


def tags_from_spans(scheme, spans, n_tokens):
    """Return the tags that encode spans."""
    tags, last = ["O"] * n_tokens, None
    for span in spans:
        length = span.stop - span.start
        prefixes = ["B"] + ["I"] * (length - 1)
        if scheme not in ("BIO", "IOB1"):
            prefixes[-1] = "E" if length > 1 else "S"
            prefixes = [prefix.translate(FROM_BIOES.get(scheme, {})) for prefix in prefixes]
        if scheme == "IOB1" and (last is None or last[1:] != (span.start, span.type)):
            prefixes[0] = "I"
        tags[span.start : span.stop] = [f"{prefix}-{span.type}" for prefix in prefixes]
        last = span
    return tags


# -- scores ---------------------------------------------------------------------------------------


def scores(y_true, y_pred, scheme, average="micro", **options):
    options = {"zero_division": 0} | options
    return span_precision_recall_fscore_support(
        y_true, y_pred, scheme=scheme, average=average, **options
    )


@schemes
def test_scores_equal_those_of_conlleval(scheme):
    n_spans = 0
    for y_true, y_pred in pairs(scheme, n_pairs=200):
        found = scores(y_true, y_pred, scheme)
        assert found[:3] == pytest.approx(conlleval(y_true, y_pred, scheme))
        n_spans += sum(map(len, extract_spans(y_true, scheme=scheme)))
    assert n_spans > 1000


@schemes
def test_scores_are_those_of_sets_of_spans(scheme):
    for y_true, y_pred in pairs(scheme):
        _, _, _, support = scores(y_true, y_pred, scheme, average=None, labels=["x", "y-y"])
        true, pred = (
            {
                (i, *span)
                for i, spans in enumerate(extract_spans(y, scheme=scheme))
                for span in spans
            }
            for y in (y_true, y_pred)
        )
        assert support.tolist() == [sum(s[-1] == kind for s in true) for kind in ("x", "y-y")]
        recall = len(true & pred) / len(true) if true else 0
        assert span_recall_score(y_true, y_pred, scheme=scheme, zero_division=0) == recall


@pytest.mark.parametrize("scheme", ["BIO", "IOB1", "BIOES"])
@pytest.mark.parametrize("zero_division", [0, 1])
def test_scores_equal_those_of_seqeval(scheme, zero_division):
    """Also for ill-formed tags, in its default mode, which follows conlleval."""
    seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling")
    for y_true, y_pred in pairs(scheme):
        if not any(extract_spans(y_true, scheme=scheme)):
            continue  # seqeval cannot average over no types
        for average in [None, *AVERAGES]:
            options = {"average": average, "zero_division": zero_division}
            expected = seqeval.precision_recall_fscore_support(y_true, y_pred, **options)
            found = scores(y_true, y_pred, scheme, **options)
            n_compared = 3 if average else 4
            for ours, theirs in zip(found[:n_compared], expected[:n_compared], strict=True):
                np.testing.assert_allclose(ours, theirs)


WRITINGS = {
    "letter first": lambda letter, span_type: f"{letter}-{span_type}",
    "type first": lambda letter, span_type: f"{span_type}-{letter}",
    "no type": lambda letter, span_type: letter,
}


@pytest.mark.parametrize(
    ("scheme", "theirs"),
    [("BIO", "IOB2"), ("IOB1", "IOB1"), ("BIOES", "IOBES"), ("BILOU", "BILOU")],
)
@pytest.mark.parametrize("writing", WRITINGS)
def test_scores_of_well_formed_tags_equal_those_of_strict_seqeval(scheme, theirs, writing):
    metrics = pytest.importorskip("seqeval.metrics")
    suffix = writing == "type first"
    strict = {"mode": "strict", "scheme": getattr(pytest.importorskip("seqeval.scheme"), theirs)}
    for pair in pairs(scheme, well_formed=True):
        y_true, y_pred = (rewritten(y, WRITINGS[writing]) for y in pair)
        if not any(extract_spans(y_true, scheme=scheme, suffix=suffix)):
            continue  # seqeval cannot average over no types
        for average in AVERAGES:
            options = {"average": average, "zero_division": 0, "suffix": suffix}
            expected = metrics.f1_score(y_true, y_pred, **strict, **options)
            assert scores(y_true, y_pred, scheme, **options)[2] == pytest.approx(expected)


@pytest.mark.parametrize("writing", ["type first", "no type"])
def test_scores_of_ill_formed_tags_equal_those_of_seqeval_in_each_writing(writing):
    seqeval = pytest.importorskip("seqeval.metrics")
    suffix = writing == "type first"
    for pair in pairs("BIOES"):
        y_true, y_pred = (rewritten(y, WRITINGS[writing]) for y in pair)
        if not any(extract_spans(y_true, scheme="BIOES", suffix=suffix)):
            continue
        expected = seqeval.f1_score(y_true, y_pred, suffix=suffix)
        assert span_f1_score(y_true, y_pred, scheme="BIOES", suffix=suffix) == pytest.approx(
            expected
        )


@pytest.mark.parametrize("zero_division", [0.0, 1.0, np.nan])
@pytest.mark.parametrize("average", [None, *AVERAGES])
def test_averages_and_zero_division_equal_those_of_scikit_learn(average, zero_division):
    """Spans of one token are a classification of tokens in which the class O is not scored."""
    rng = np.random.RandomState(0)
    for _ in range(20):
        y_true, y_pred = (rng.choice(["O", "B-x", "B-y", "B-z"], size=(3, 2)) for _ in range(2))
        options = {"average": average, "zero_division": zero_division}
        expected = precision_recall_fscore_support(
            y_true.ravel(), y_pred.ravel(), labels=["B-z", "B-x", "B-y"], **options
        )
        found = scores(y_true, y_pred, "BIO", labels=["z", "x", "y"], **options)
        for ours, theirs in zip(found[:3], expected[:3], strict=True):
            np.testing.assert_allclose(ours, theirs)
        if average is None:
            np.testing.assert_array_equal(found[3], expected[3])
        else:
            assert found[3] is None


Y_TRUE = [["B-x", "I-x", "O", "B-y"], ["B-y", "O"], []]
Y_PRED = [["B-x", "I-x", "O", "B-x"], ["B-y", "O"], []]


def test_scores_computed_by_hand():
    precision, recall, f1, support = scores(Y_TRUE, Y_PRED, "BIO", average=None)
    assert precision.tolist() == [1 / 2, 1]
    assert recall.tolist() == [1, 1 / 2]
    assert f1.tolist() == [2 / 3, 2 / 3]
    assert support.tolist() == [1, 2]
    assert support.dtype.kind == "i"
    assert scores(Y_TRUE, Y_PRED, "BIO") == (2 / 3, 2 / 3, 2 / 3, None)


def test_each_score_equals_that_of_span_precision_recall_fscore_support():
    for average in AVERAGES:
        options = {"scheme": "BIO", "average": average}
        found = [
            score(Y_TRUE, Y_PRED, **options)
            for score in (span_precision_score, span_recall_score, span_f1_score)
        ]
        assert found == list(scores(Y_TRUE, Y_PRED, "BIO", average)[:3])
    assert span_f1_score(Y_TRUE, Y_PRED, scheme="BIO") == 2 / 3  # micro
    assert all(isinstance(score, float) for score in found)


def test_labels_select_and_order_the_types():
    precision, _, _, support = scores(
        Y_TRUE, Y_PRED, "BIO", average=None, labels=["y", "never", "x"]
    )
    assert precision.tolist() == [1, 0, 0.5]
    assert support.tolist() == [2, 0, 1]
    assert scores(Y_TRUE, Y_PRED, "BIO", labels=["y"])[:3] == (1, 0.5, 2 / 3)


def test_a_weight_equals_repeating_the_sequence():
    for y_true, y_pred in pairs("BIO", n_pairs=10):
        times = np.arange(len(y_true)) % 3 + 1
        repeated = [
            [tags for tags, n in zip(y, times, strict=True) for _ in range(n)]
            for y in (y_true, y_pred)
        ]
        for average in [None, *AVERAGES]:
            found = scores(y_true, y_pred, "BIO", average, sample_weight=times)
            expected = scores(*repeated, "BIO", average)
            for ours, theirs in zip(found[:3], expected[:3], strict=True):
                np.testing.assert_allclose(ours, theirs)


def test_a_weight_in_the_report_equals_repeating_the_sequence():
    times = [2, 1, 3]
    repeated = [
        [tags for tags, n in zip(y, times, strict=True) for _ in range(n)] for y in (Y_TRUE, Y_PRED)
    ]
    options = {"scheme": "BIO", "output_dict": True}
    found = span_classification_report(Y_TRUE, Y_PRED, sample_weight=times, **options)
    assert found == span_classification_report(*repeated, **options)
    assert found != span_classification_report(Y_TRUE, Y_PRED, **options)


def test_sequences_of_weight_0_are_left_out():
    y_true, y_pred = [*Y_TRUE, ["B-z", "O"]], [*Y_PRED, ["O", "B-z"]]
    found = scores(y_true, y_pred, "BIO", "macro", sample_weight=[1, 1, 1, 0])
    assert found == scores(Y_TRUE, Y_PRED, "BIO", "macro")


@pytest.mark.parametrize("tags", [["?", "I"], [None, None], [0, 1]])
def test_tags_of_sequences_of_weight_0_can_be_anything(tags):
    found = scores([*Y_TRUE, tags], [*Y_PRED, tags], "BIO", "macro", sample_weight=[1, 1, 1, 0])
    assert found == scores(Y_TRUE, Y_PRED, "BIO", "macro")


def test_weights_of_tokens_are_refused_before_tags_are_read():
    with pytest.raises(ValueError, match="spans need one for each sequence"):
        span_f1_score([["O", None]], [["O", "O"]], scheme="BIO", sample_weight=[[1, 0]])


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (span_precision_score, "Precision is ill-defined"),
        (span_recall_score, "Recall is ill-defined"),
        (span_f1_score, "F-score is ill-defined"),
    ],
)
def test_a_division_by_zero_warns_by_default(score, message):
    y = [["O", "O"]]
    with pytest.warns(UndefinedMetricWarning, match=message) as caught:
        assert score(y, y, scheme="BIO") == 0
    assert len(caught) == 1  # only of the requested score
    for value in (0, 1):
        assert score(y, y, scheme="BIO", zero_division=value) == value
    assert np.isnan(score(y, y, scheme="BIO", zero_division=np.nan))


@pytest.mark.parametrize("y", [[], [[]], [["O", "O"]]])
def test_scores_without_any_span_are_divisions_by_zero(y):
    for average in AVERAGES:
        assert scores(y, y, "BIO", average, zero_division=1)[:3] == (1, 1, 1)
    assert [each.tolist() for each in scores(y, y, "BIO", None)] == [[], [], [], []]
    with pytest.raises(ValueError, match="Neither y_true nor y_pred has a span"):
        span_classification_report(y, y, scheme="BIO")


def test_the_report_contains_the_scores():
    found = span_classification_report(Y_TRUE, Y_PRED, scheme="BIO", output_dict=True)
    assert list(found) == ["x", "y", *(f"{average} avg" for average in AVERAGES)]
    for average in AVERAGES:
        row = found[f"{average} avg"]
        assert [row[name] for name in ("precision", "recall", "f1-score")] == list(
            scores(Y_TRUE, Y_PRED, "BIO", average)[:3]
        )
    assert found["y"] == {"precision": 1, "recall": 0.5, "f1-score": 2 / 3, "support": 2}


def test_the_report_equals_that_of_seqeval():
    seqeval = pytest.importorskip("seqeval.metrics")
    for y_pred in (Y_PRED, Y_TRUE):  # the micro average is reported even if all is correct
        expected = seqeval.classification_report(Y_TRUE, y_pred, digits=3).split()
        assert (
            span_classification_report(Y_TRUE, y_pred, scheme="BIO", digits=3).split() == expected
        )


def test_reports_show_spans_without_a_type_as_seqeval_does():
    seqeval = pytest.importorskip("seqeval.metrics")
    y_true, y_pred = [["B", "I", "O", "B"], ["B-x"]], [["B", "I", "I", "B"], ["B-x"]]
    expected = seqeval.classification_report(y_true, y_pred, zero_division=0)
    found = span_classification_report(y_true, y_pred, scheme="BIO", zero_division=0)
    assert found.split() == expected.split()
    assert "_" in found.split()
    for name in ("", "_"):  # as extract_spans returns, and as reports show
        assert scores(y_true, y_pred, "BIO", None, labels=["x", name])[2].tolist() == [1, 0.5]


def test_reports_and_scores_take_tags_with_the_type_first():
    y_true, y_pred = (
        rewritten(y, lambda letter, span_type: f"{span_type}_{letter}") for y in (Y_TRUE, Y_PRED)
    )
    options = {"scheme": "BIO", "average": "macro"}
    for score in (span_precision_score, span_recall_score, span_f1_score):
        assert score(y_true, y_pred, suffix=True, **options) == score(Y_TRUE, Y_PRED, **options)
    assert span_classification_report(
        y_true, y_pred, scheme="BIO", suffix=True
    ) == span_classification_report(Y_TRUE, Y_PRED, scheme="BIO")


def test_the_report_of_some_types():
    text = span_classification_report(Y_TRUE, Y_PRED, scheme="BIO", labels=["y"])
    assert [line.split()[0] for line in text.splitlines() if line] == [
        "precision", "y", "micro", "macro", "weighted",
    ]  # fmt: skip


@pytest.mark.parametrize("split", ["dev", "test"])
def test_scores_of_noisy_wnut17_equal_those_of_conlleval_and_seqeval(split):
    _, y_true = read_conll(corpus_path(f"wnut17/{split}.conll.xz"), layout=None)
    rng = np.random.RandomState(0)
    tags = sorted({tag for sequence in y_true for tag in sequence})
    y_pred = [[str(rng.choice(tags)) if rng.rand() < 0.1 else t for t in s] for s in y_true]
    found = scores(y_true, y_pred, "BIO")
    assert found[:3] == pytest.approx(conlleval(y_true, y_pred, "BIO"))
    seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling")
    for average in AVERAGES:
        expected = seqeval.precision_recall_fscore_support(y_true, y_pred, average=average)
        np.testing.assert_allclose(scores(y_true, y_pred, "BIO", average)[:3], expected[:3])


def test_scores_of_arrays_equal_those_of_lists():
    y_true, y_pred = Y_TRUE[:1] * 2, [*Y_PRED[:1], ["O", "B-x", "I-x", "B-y"]]
    expected = scores(y_true, y_pred, "BIO")
    assert scores(np.array(y_true), np.array(y_pred, object), "BIO") == expected
    assert scores(list(map(np.array, y_true)), y_pred, "BIO") == expected


def test_input_is_not_modified():
    y_true, y_pred = np.array(Y_TRUE[:1]), [list(tags) for tags in Y_PRED[:1]]
    scores(y_true, y_pred, "BIO")
    assert y_true.tolist() == Y_TRUE[:1]
    assert y_pred == Y_PRED[:1]


# -- invalid arguments ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y_pred", "scheme", "message"),
    [
        ([["O"], ["O", "E-x"]], "BIO", r"y_pred\[1\]\[1\] is 'E-x', no tag of the BIO scheme: O"),
        ([["O"], ["O", "person"]], "BIO", r"y_pred\[1\]\[1\] is 'person'.*token_accuracy_score"),
        ([["O"], ["O", "B-"]], "BIO", r"y_pred\[1\]\[1\] is 'B-', no tag"),
        ([["O"], ["O", "O-x"]], "BIO", r"y_pred\[1\]\[1\] is 'O-x', no tag"),
        ([["O"], ["O", "b-x"]], "BIO", r"y_pred\[1\]\[1\] is 'b-x', no tag"),
        ([["O"], ["O", ""]], "BIO", r"y_pred\[1\]\[1\] is '', no tag"),
        ([["O"], ["O", None]], "BIO", r"y_pred\[1\]\[1\] is None of type NoneType.*must be str"),
        ([[0], [1, 1]], "BIO", r"y_pred\[0\]\[0\] is 0 of type int"),
        ([[[0.5, 0.5]], [[0.5, 0.5]] * 2], "BIO", "y_pred has a vector .* not of predict_proba"),
        ([["O"], ["O"]], "BIO", r"y_true\[1\] has 2 tokens, but y_pred\[1\] has 1"),
        ([["O"], ["O", "O"]], "IOB2", r"scheme is 'IOB2', but must be one of \['BIO', 'IOB1'"),
        ([["O"], ["O", "O"]], "BILUO", r"BILUO is BILOU, and BMEWO is BMES with W for S"),
        ([["O"], ["O", "O"]], None, "scheme is None"),
    ],
)
def test_invalid_tags_raise_with_their_indices(y_pred, scheme, message):
    with pytest.raises(ValueError, match=message):
        span_f1_score([["O"], ["O", "O"]], y_pred, scheme=scheme)


@pytest.mark.parametrize(
    ("line", "options", "advice"),
    [
        ("B-x E-x", {"scheme": "BIO"}, 'scheme="BIOES"'),
        ("S-x O", {"scheme": "IOB1"}, 'scheme="BIOES"'),
        ("B-x L-x", {"scheme": "BIOES"}, 'scheme="BILOU"'),
        ("B M E", {"scheme": "BIO"}, 'scheme="BMES"'),
        ("x-B x_I", {"scheme": "BIO"}, 'scheme="BIO", suffix=True'),
        ("x-B x_I", {"scheme": "IOB1"}, 'scheme="IOB1", suffix=True'),
        ("x-B x_L", {"scheme": "BIO"}, 'scheme="BILOU", suffix=True'),
        ("B-x I-x", {"scheme": "BIO", "suffix": True}, 'scheme="BIO", suffix=False'),
        ("x-B x-L", {"scheme": "BIO", "suffix": True}, 'scheme="BILOU", suffix=True'),
        ("O B-x L-x S-x", {"scheme": "BIO"}, None),
        ("O B-x x-I", {"scheme": "BIO"}, None),
    ],
)
def test_the_message_names_the_scheme_that_all_tags_fit(line, options, advice):
    with pytest.raises(ValueError, match=f"no tag of the {options['scheme']} scheme") as caught:
        extract_spans([line.split()], **options)
    if advice is None:
        assert str(caught.value).endswith("use token_accuracy_score or on_tokens.")
    else:
        assert str(caught.value).endswith(f"Pass {advice}, which all tags fit.")


def test_the_message_names_the_first_invalid_tag():
    with pytest.raises(ValueError, match=r"y\[2\]\[0\] is 'x'"):
        extract_spans([["O", "B-a"], [], ["x", "y"], ["x"]], scheme="BIO")


def test_one_sequence_instead_of_a_list_of_sequences_raises():
    with pytest.raises(ValueError, match=r"y_true\[0\] is 'B-x'.*Pass \[y_true\]"):
        span_f1_score(["B-x", "I-x"], ["B-x", "I-x"], scheme="BIO")
    with pytest.raises(ValueError, match=r"Pass \[y\]"):
        extract_spans(np.array(["B-x", "I-x"]), scheme="BIO")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"average": "binary"}, r"average is 'binary', but must be one of \[None, 'micro'"),
        ({"average": "samples"}, "average is 'samples'"),
        ({"labels": "x"}, r"labels is 'x', but must be a list of types"),
        ({"labels": [1]}, "labels is .*must be a list of types"),
        ({"labels": []}, r"labels is \[\], but must be a list of types"),
        ({"labels": ["B-x"]}, "labels has the tag 'B-x'.*such as 'x'"),
        ({"labels": ["x", "y_L"]}, "labels has the tag 'y_L'.*such as 'y'"),
        ({"zero_division": 2}, "zero_division"),
        ({"sample_weight": [[1, 1, 1, 1], [1, 1], []]}, "spans need one for each sequence"),
        ({"sample_weight": [1, 1]}, "sample_weight has 2 entries, but y_true has 3"),
    ],
)
def test_invalid_options_raise(options, message):
    with pytest.raises(ValueError, match=message):
        span_f1_score(Y_TRUE, Y_PRED, scheme="BIO", **options)


def test_the_scheme_is_required():
    with pytest.raises(TypeError, match="scheme"):
        span_f1_score(Y_TRUE, Y_PRED)


def test_defined_scores_do_not_warn():
    with warnings.catch_warnings(record=True) as caught:
        span_classification_report(Y_TRUE, Y_PRED, scheme="BIO")
        scores(Y_TRUE, Y_PRED, "BIO", None, zero_division="warn")
    assert not caught


def test_notebooks_show_the_report_as_a_table():
    report = span_classification_report(Y_TRUE, Y_PRED, scheme="BIO")
    assert report._repr_html_().count("<tr>") == sum(map(bool, report.split("\n")))


def test_the_text_of_a_report_has_no_control_characters():
    y = [["B-a\x1b[2J", "O", "B-b\naccuracy", "O", "B-c\u202e"]]
    report = span_classification_report(y, y, scheme="BIO")
    names = [line.split()[0] for line in report.split("\n")[2:5]]
    assert names == [r"a\x1b[2J", r"b\naccuracy", r"c\u202e"]
    scores = span_classification_report(y, y, scheme="BIO", output_dict=True)
    assert {"a\x1b[2J", "b\naccuracy", "c\u202e"} < scores.keys()
