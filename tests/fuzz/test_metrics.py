"""Metrics and scorers, for any tags and options."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, hamming_loss

from sklstm import metrics

from ._properties import REFUSED, call, works
from ._strategies import (
    ODD_TAG_SETS,
    SPAN_TAGS,
    TAG_SETS,
    corrupted,
    draw_tags,
    junk,
    numbers,
    scalars,
    weights,
    words,
)

PLACES = (
    "y_true|y_pred|y_proba|y|sample_weight|labels|scheme|average|zero_division|digits|normalize|"
    "suffix|output_dict"
)
SCHEMES = ["BIO", "IOB1", "BIOES", "BILOU", "BMES"]
TOKEN_METRICS = [
    metrics.token_accuracy_score, metrics.sequence_accuracy_score,
    metrics.token_classification_report, metrics.on_tokens(f1_score),
    metrics.on_tokens(hamming_loss),
]  # fmt: skip
SPAN_METRICS = [
    metrics.span_f1_score, metrics.span_precision_score, metrics.span_recall_score,
    metrics.span_classification_report, metrics.span_precision_recall_fscore_support,
]  # fmt: skip
lengths = st.lists(st.integers(0, 4), max_size=4)
options = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.one_of(st.lists(words, max_size=3), st.lists(st.integers(0, 3)), junk),
        "average": st.one_of(st.sampled_from([None, "micro", "macro", "weighted"]), scalars),
        "zero_division": st.one_of(st.sampled_from([0, 1, np.nan, "warn"]), scalars),
        "normalize": st.one_of(st.booleans(), scalars),
        "digits": st.one_of(st.integers(0, 5), scalars),
        "output_dict": st.booleans(),
        "suffix": st.booleans(),
    },
)
OPTIONS = {
    "token_accuracy_score": ["normalize"],
    "sequence_accuracy_score": ["normalize"],
    "token_log_loss": ["normalize", "labels"],
    "token_classification_report": ["labels", "digits", "output_dict", "zero_division"],
    "on_tokens(f1_score)": ["labels", "average", "zero_division"],
    "on_tokens(hamming_loss)": [],
    "span_classification_report": ["labels", "digits", "output_dict", "zero_division", "suffix"],
}
SPAN_OPTIONS = ["labels", "average", "zero_division", "suffix"]


def taken(metric, options):
    """Return the options that a metric has."""
    names = OPTIONS.get(metric.__name__, SPAN_OPTIONS)
    default = {"average": "macro"} if "f1" in metric.__name__ else {}
    return default | {name: value for name, value in options.items() if name in names}


@st.composite
def pairs(draw, sets=TAG_SETS):
    """Return true and predicted tags of the same tokens."""
    of_sequences = draw(lengths)
    tags = [draw(st.sampled_from(sets))]
    return draw_tags(draw, of_sequences, tags), draw_tags(draw, of_sequences, tags)


@st.composite
def any_pairs(draw):
    """Return true and predicted tags that may be invalid, and weights."""
    y_true, y_pred = draw(pairs([*TAG_SETS, *ODD_TAG_SETS]))
    sample_weight = draw(st.one_of(st.none(), weights(y_true)))
    if draw(st.booleans()):
        y_true = draw(st.one_of(corrupted(st.just(y_true)), junk))
    if draw(st.booleans()):
        y_pred = draw(st.one_of(corrupted(st.just(y_pred)), junk))
    return y_true, y_pred, sample_weight


def flat(y):
    return [tag.item() if isinstance(tag, np.generic) else tag for tags in y for tag in tags]


@given(pair=pairs())
def test_accuracies_are_the_shares_of_equal_tags_and_sequences(pair):
    y_true, y_pred = pair
    true, pred = flat(y_true), flat(y_pred)
    assume(true)
    accuracy = call(metrics.token_accuracy_score, y_true, y_pred, names="y_true|y_pred")
    if accuracy is not REFUSED:
        equal = [a == b for a, b in zip(true, pred, strict=True)]
        assert accuracy == pytest.approx(np.mean(equal))
    accuracy = call(metrics.sequence_accuracy_score, y_true, y_pred, names="y_true|y_pred")
    if accuracy is not REFUSED:
        equal = [flat([a]) == flat([b]) for a, b in zip(y_true, y_pred, strict=True) if a]
        assert accuracy == pytest.approx(np.mean(equal))


@given(y=any_pairs(), metric=st.sampled_from(TOKEN_METRICS), options=options)
def test_any_tags_are_scored_or_refused_with_their_place(y, metric, options):
    y_true, y_pred, sample_weight = y
    call(
        metric, y_true, y_pred, names=PLACES, sample_weight=sample_weight, **taken(metric, options)
    )


@given(data=st.data(), options=options)
def test_any_probabilities_have_a_loss_or_are_refused_with_their_place(data, options):
    of_sequences = data.draw(lengths)
    classes = data.draw(st.sampled_from([["x", "y"], [0, 1, 2]]))
    y_true = draw_tags(data.draw, of_sequences, [classes])
    p = np.full(len(classes), 1 / len(classes))
    y_proba = [np.tile(p, (n, 1)) for n in of_sequences]
    if sum(of_sequences):
        loss = works(metrics.token_log_loss, y_true, y_proba, labels=classes)
        assert loss == pytest.approx(np.log(len(classes)))
    changed = data.draw(
        st.one_of(corrupted(st.just(y_proba)), st.lists(st.lists(numbers, max_size=3)), junk)
    )
    chosen = {"labels": classes, **taken(metrics.token_log_loss, options)}
    call(metrics.token_log_loss, y_true, changed, names=PLACES, **chosen)


@given(pair=pairs([SPAN_TAGS[:-1]]), scheme=st.sampled_from(["BIO", "BIOES", "IOB1"]))
def test_the_span_scores_of_the_same_tags_are_one(pair, scheme):
    y = pair[0]
    spans = call(metrics.extract_spans, y, scheme=scheme, names="y")
    if spans is REFUSED:
        assert scheme != "BIOES"
        return
    assert [len(y)] * 2 == [len(spans), len(y)]
    for tags, found in zip(y, spans, strict=True):
        covered = [t for span in found for t in range(span.start, span.stop)]
        assert covered == [t for t, tag in enumerate(tags) if tag != "O"]
    if any(spans):
        assert works(metrics.span_f1_score, y, y, scheme=scheme) == 1


@given(
    y=any_pairs(),
    metric=st.sampled_from(SPAN_METRICS),
    scheme=st.one_of(st.sampled_from(SCHEMES), st.sampled_from(SCHEMES), scalars),
    options=options,
)
def test_any_spans_are_scored_or_refused_with_their_place(y, metric, scheme, options):
    y_true, y_pred, sample_weight = y
    chosen = {"scheme": scheme, "sample_weight": sample_weight, **taken(metric, options)}
    call(metric, y_true, y_pred, names=PLACES, **chosen)


@given(
    y=st.one_of(corrupted(pairs([SPAN_TAGS]).map(lambda pair: pair[0])), junk), suffix=st.booleans()
)
def test_any_spans_are_extracted_or_refused_with_their_place(y, suffix):
    call(metrics.extract_spans, y, scheme="BIO", suffix=suffix, names="y")


@given(name=st.one_of(st.sampled_from(metrics.get_scorer_names()), scalars, junk))
def test_a_scorer_has_a_name_or_is_refused_with_it(name):
    scorer = call(metrics.get_scorer, name, names="scorer")
    assert scorer is REFUSED or callable(scorer)


@given(
    data=st.data(),
    name=st.sampled_from(metrics.get_scorer_names()),
    tagger=st.sampled_from(["words", "crf"]),
)
def test_any_tags_are_scored_by_a_scorer_or_refused_with_their_place(taggers, data, name, tagger):
    X = [["Ada", "met", "Charles"], [], ["Ducks"]]
    sets = [taggers[tagger][1].classes_.tolist(), *TAG_SETS, *ODD_TAG_SETS]
    y = draw_tags(data.draw, [3, 0, 1], sets)
    y = data.draw(st.one_of(st.just(y), corrupted(st.just(y)), junk), label="y")
    score = call(metrics.get_scorer(name), taggers[tagger][1], X, y, names=PLACES)
    assert score is REFUSED or np.isfinite(score)


@given(metric=st.one_of(scalars, junk))
def test_on_tokens_takes_functions_only(metric):
    call(metrics.on_tokens, metric, names="metric")
