"""Displays, for any tags and words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklstm.display import (
    ActivityDisplay,
    ExplanationDisplay,
    LossCurveDisplay,
    TaggedText,
    TimelineDisplay,
    TokenConfusionMatrixDisplay,
    TransitionsDisplay,
)

from ._properties import REFUSED, call, fresh_axes, works
from ._strategies import (
    SPAN_TAGS,
    TAG_SETS,
    any_sequences,
    corrupted,
    draw_tags,
    junk,
    lengths_of,
    scalars,
    sequences,
    weights,
    words,
)

TEXT_PLACES = "X|y_pred|y_proba|y_true|labels|words|scheme|suffix|max_tokens|y"
# A figure takes much longer than a text.
few = settings(max_examples=max(4, settings().max_examples // 6))


def check_figure(display):
    """Check that a plot can be drawn."""
    if display is not REFUSED:
        works(display.figure_.canvas.draw)


def check_text(text):
    """Check that a text can be shown everywhere."""
    assert text.to_html().count("<script") == 0
    assert not {*"\x1b\x00\u202e\r"} & {*repr(text)}


@given(data=st.data(), name=st.sampled_from(["words", "crf", "n-grams"]))
def test_predictions_for_valid_words_are_shown(taggers, data, name):
    X = data.draw(sequences("words"), label="X")
    check_text(works(TaggedText.from_estimator, taggers[name][1], X))


@given(
    data=st.data(),
    labels=st.one_of(st.none(), st.sampled_from(TAG_SETS), junk),
    scheme=st.one_of(st.sampled_from([None, None, "BIO", "BIOES"]), scalars),
    max_tokens=st.one_of(st.sampled_from([None, 1, 5]), scalars),
)
def test_any_text_is_shown_or_refused_with_its_place(data, labels, scheme, max_tokens):
    X = data.draw(sequences("words"), label="X")
    y = draw_tags(data.draw, lengths_of(X), [SPAN_TAGS[:3], *TAG_SETS])
    p = [np.full(n, 0.5) for n in lengths_of(X)]
    true = st.one_of(st.none(), st.just(y), corrupted(st.just(y)), junk)
    y_true = data.draw(true, label="y_true")
    X = data.draw(st.one_of(st.just(X), any_sequences("words")), label="X")
    y = data.draw(st.one_of(st.just(y), st.just(y), corrupted(st.just(y)), junk), label="y_pred")
    p = data.draw(st.one_of(st.none(), st.just(p), corrupted(st.just(p)), junk), label="y_proba")
    options = {"labels": labels, "scheme": scheme, "max_tokens": max_tokens, "y_true": y_true}
    text = call(TaggedText.from_predictions, X, y, p, names=TEXT_PLACES, **options)
    if text is not REFUSED:
        check_text(text)


@given(data=st.data(), name=st.sampled_from(["dicts", "vectors"]), shown=st.one_of(words, junk))
def test_other_tokens_are_shown_with_words_or_refused(taggers, data, name, shown):
    kind, tagger = taggers[name]
    X = data.draw(sequences(kind), label="X")
    text = call(TaggedText.from_estimator, tagger, X, words=shown, names=TEXT_PLACES)
    if text is not REFUSED:
        check_text(text)


@pytest.fixture(scope="module", autouse=True)
def no_windows():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    backend = pyplot.get_backend()
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")
    pyplot.switch_backend(backend)


@few
@given(data=st.data())
def test_any_confusions_are_plotted_or_refused_with_their_place(data):
    y = draw_tags(data.draw, data.draw(st.lists(st.integers(0, 3), max_size=3)))
    y_pred = data.draw(st.one_of(st.just(y), corrupted(st.just(y)), junk), label="y_pred")
    options = {"sample_weight": data.draw(st.one_of(st.none(), weights(y)), label="sample_weight")}
    options["normalize"] = data.draw(st.sampled_from([None, "true", "pred", "all"]))
    if data.draw(st.booleans()):
        options["labels"] = data.draw(st.one_of(st.sampled_from(TAG_SETS), junk), label="labels")
    options["scheme"] = data.draw(st.one_of(st.none(), st.just("BIO"), scalars), label="scheme")
    plot = TokenConfusionMatrixDisplay.from_predictions
    places = "y_true|y_pred|labels|sample_weight|scheme|display_labels"
    display = call(plot, y, y_pred, ax=fresh_axes(), names=places, **options)
    if display is not REFUSED:
        assert np.isfinite(display.confusion_matrix).all()
        check_figure(display)


@few
@given(data=st.data(), name=st.sampled_from(["words", "crf", "dicts", "vectors"]))
def test_any_explanation_is_plotted_or_refused_with_its_place(taggers, data, name):
    kind, tagger = taggers[name]
    valid = sequences(kind, min_size=1).map(lambda X: next(iter(X)))
    X = data.draw(st.one_of(valid, valid, junk), label="sequence")
    position = data.draw(st.one_of(st.just(0), st.integers(-2, 2), words))
    options = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "token": st.one_of(st.integers(-2, 2), scalars),
                "n_bars": st.one_of(st.integers(1, 3), scalars),
                "display_labels": st.one_of(st.lists(words, max_size=3), junk),
            },
        )
    )
    places = "sequence|position|token|n_bars|display_labels"
    plot = ExplanationDisplay.from_estimator
    display = call(plot, tagger, X, position, ax=fresh_axes(), names=places, **options)
    check_figure(display)


@few
@given(data=st.data(), name=st.sampled_from(["words", "crf", "dicts", "vectors"]))
def test_any_activity_is_plotted_or_refused_with_its_place(taggers, data, name):
    kind, tagger = taggers[name]
    valid = sequences(kind, min_size=1).map(lambda X: next(iter(X)))
    X = data.draw(st.one_of(valid, valid, junk), label="sequence")
    options = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "what": st.one_of(st.sampled_from(["cell", "input_gate"]), scalars),
                "layer": st.one_of(st.integers(-1, 0), scalars),
                "direction": st.one_of(st.sampled_from(["forward", "backward"]), scalars),
                "n_units": st.one_of(st.integers(1, 3), scalars),
                "display_labels": st.one_of(st.lists(words, max_size=3), junk),
            },
        )
    )
    places = "sequence|what|layer|direction|n_units|display_labels"
    plot = ActivityDisplay.from_estimator
    check_figure(call(plot, tagger, X, ax=fresh_axes(), names=places, **options))


@few
@given(data=st.data())
def test_any_timeline_is_plotted_or_refused_with_its_place(data):
    valid = sequences("vectors", min_size=1).map(lambda X: next(iter(X)))
    sequence = data.draw(st.one_of(valid, valid, junk), label="sequence")
    n_steps = min(*lengths_of([sequence]), 100)
    labels = data.draw(st.sampled_from(TAG_SETS), label="labels")
    tags = st.lists(st.sampled_from(labels), min_size=n_steps, max_size=n_steps)
    y_true = data.draw(st.one_of(st.none(), tags, junk), label="y_true")
    y_pred = data.draw(st.one_of(tags, tags, junk), label="y_pred")
    proba = np.full((n_steps, len(labels)), 1 / len(labels))
    y_proba = data.draw(st.one_of(st.none(), st.just(proba), junk), label="y_proba")
    options = data.draw(
        st.fixed_dictionaries(
            {"labels": st.one_of(st.just(labels), st.just(labels), st.none(), junk)},
            optional={
                "feature_names": st.one_of(st.lists(words, min_size=2, max_size=3), junk),
                "sampling_rate": st.one_of(st.floats(), scalars),
                "features": st.one_of(st.lists(st.integers(-3, 3), max_size=3), junk),
            },
        )
    )
    places = "sequence|y_true|y_pred|y_proba|labels|feature_names|sampling_rate|features"
    plot = TimelineDisplay.from_predictions
    arguments = sequence, y_true, y_pred, y_proba
    check_figure(call(plot, *arguments, ax=fresh_axes(), names=places, **options))


@few
@given(data=st.data(), name=st.sampled_from(["words", "vectors"]))
def test_the_timeline_of_any_sequence_is_plotted_or_refused(taggers, data, name):
    kind, tagger = taggers[name]
    valid = sequences(kind, min_size=1).map(lambda X: next(iter(X)))
    sequence = data.draw(st.one_of(valid, junk), label="sequence")
    plot = TimelineDisplay.from_estimator
    check_figure(call(plot, tagger, sequence, ax=fresh_axes(), names="sequence|X"))


@few
@given(data=st.data())
def test_any_curve_is_plotted_or_refused_with_its_name(data):
    n = data.draw(st.integers(1, 4))
    curve = st.lists(st.floats(), min_size=n, max_size=n)
    losses, scores = data.draw(curve), data.draw(st.one_of(st.none(), curve))
    kept = data.draw(st.one_of(st.none(), st.integers(1, n)))
    display = LossCurveDisplay(losses, validation_scores=scores, kept_epoch=kept)
    works(display.plot, fresh_axes(), name=data.draw(st.one_of(st.none(), words)))


scores = st.one_of(st.floats(), st.just(-np.inf))


@few
@given(data=st.data())
def test_any_transitions_are_plotted(data):
    n = data.draw(st.integers(1, 3))
    row = st.lists(scores, min_size=n, max_size=n)
    transitions = data.draw(st.lists(row, min_size=n, max_size=n))
    labels = data.draw(st.one_of(st.none(), st.lists(words, min_size=n, max_size=n)))
    display = TransitionsDisplay(transitions, data.draw(row), data.draw(row), labels=labels)
    works(display.plot, fresh_axes())


@few
@given(labels=st.one_of(st.lists(st.sampled_from(["O", "B-person"])), st.lists(words), junk))
def test_the_transitions_of_any_labels_are_plotted_or_refused(taggers, labels):
    plot = TransitionsDisplay.from_estimator
    call(plot, taggers["crf"][1], labels=labels, ax=fresh_axes(), names="labels")
