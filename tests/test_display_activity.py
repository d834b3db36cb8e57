"""ActivityDisplay: an image of gates and cells."""

import sys

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import BiLSTMTagger
from sklstm.display import ActivityDisplay
from sklstm.inspection import LSTMActivity, NetworkActivity, network_activity

plt = pytest.importorskip("matplotlib.pyplot")

WORDS = ["She", "costs", "$5", "or", "$6", "."]
WHATS = ["input_gate", "forget_gate", "output_gate", "candidate", "cell", "hidden"]


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tagger(english):
    return BiLSTMTagger(
        (10, 6), embedding_size=12, char_hidden_size=0, max_iter=2, random_state=0
    ).fit(*english)


def activity_of_cells(values):
    zeros = np.zeros_like(values)
    tokens = [f"w{t}" for t in range(len(values))]
    layer = {"forward": LSTMActivity(zeros, zeros, zeros, zeros, values, zeros)}
    return NetworkActivity(tokens, [layer])


def shown(display):
    return np.asarray(display.im_.get_array())


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize(("layer", "direction"), [(0, "forward"), (1, "backward"), (-1, "forward")])
def test_rows_are_units_and_columns_are_tokens(tagger, what, layer, direction):
    display = ActivityDisplay.from_estimator(
        tagger, WORDS, what=what, layer=layer, direction=direction
    )
    expected = getattr(network_activity(tagger, WORDS).layers[layer][direction], what)
    assert sorted(display.units_) == list(range(expected.shape[1]))
    np.testing.assert_array_equal(shown(display), expected[:, display.units_].T)
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == WORDS
    assert display.ax_.get_title() == f"Layer {layer % 2}, {direction}"
    display.figure_.canvas.draw()


def test_the_units_that_change_most_are_shown():
    values = np.zeros((4, 5))
    values[:, 0] = 9  # large, but always the same
    values[:, 3] = [0, 1, 0, 1]
    values[:, 1] = [0, 0, 2, 0]
    display = ActivityDisplay(activity_of_cells(values)).plot(n_units=2)
    assert sorted(display.units_) == [1, 3]


def test_over_one_token_the_units_with_the_largest_values_are_shown():
    display = ActivityDisplay(activity_of_cells(np.array([[0.1, -3.0, 2.0, 0.0]]))).plot(n_units=2)
    assert sorted(display.units_) == [1, 2]


def test_similar_units_are_neighbours():
    rng = np.random.RandomState(0)
    patterns = rng.normal(size=(3, 12))
    patterns /= patterns.std(axis=1, keepdims=True)  # all units change by the same amount
    kinds = rng.permutation(np.repeat([0, 1, 2], 5))
    values = patterns[kinds].T + 0.01 * rng.normal(size=(12, 15))
    display = ActivityDisplay(activity_of_cells(values)).plot()
    assert np.count_nonzero(np.diff(kinds[display.units_])) == 2


def test_colours_of_gates_range_from_0_to_1_and_others_are_symmetric(tagger):
    gate = ActivityDisplay.from_estimator(tagger, WORDS, what="forget_gate").im_
    assert (gate.norm.vmin, gate.norm.vmax) == (0, 1)
    cell = ActivityDisplay.from_estimator(tagger, WORDS, what="cell").im_
    assert cell.norm.vmin == -cell.norm.vmax < 0


@pytest.mark.parametrize("what", WHATS)
def test_both_directions_have_the_same_scale(tagger, what):
    display = ActivityDisplay.from_estimator(tagger, WORDS, what=what, layer=1)
    forward = display.im_.norm
    backward = display.plot(what=what, layer=1, direction="backward").im_.norm
    assert (forward.vmin, forward.vmax) == (backward.vmin, backward.vmax)


def test_the_scale_is_that_of_the_direction_with_larger_values():
    small, large = np.full((10, 4), 0.5), np.full((10, 4), -8.0)
    activity = activity_of_cells(small)
    activity.layers[0]["backward"] = activity_of_cells(large).layers[0]["forward"]
    assert ActivityDisplay(activity).plot().im_.norm.vmax == 8


def test_a_few_large_values_do_not_determine_the_colours():
    values = np.random.RandomState(0).uniform(-1, 1, size=(50, 8))
    values[0, 0] = 1000
    display = ActivityDisplay(activity_of_cells(values)).plot()
    assert display.im_.norm.vmax < 2
    assert display.colorbar_.extend == "both"
    values = np.full((50, 8), 0.5)
    assert ActivityDisplay(activity_of_cells(values)).plot().colorbar_.extend == "neither"


def test_units_have_no_numbers_if_rows_are_too_low(tagger):
    _, ax = plt.subplots(figsize=(3, 0.8))
    display = ActivityDisplay.from_estimator(tagger, WORDS, ax=ax)
    assert display.ax_ is ax
    assert len(ax.get_yticks()) == 0
    assert len(ActivityDisplay.from_estimator(tagger, WORDS).ax_.get_yticks()) == 10


def test_tokens_of_long_sequences_are_not_named():
    display = ActivityDisplay(activity_of_cells(np.zeros((300, 4)))).plot()
    assert display.ax_.get_xlabel() == "Token"
    assert display.figure_.get_figwidth() <= 16
    display.figure_.canvas.draw()
    assert len(display.ax_.get_xticks()) < 20


def test_display_labels_name_the_tokens(vectors):
    X, y = vectors
    tagger = BiLSTMTagger(4, max_iter=1, random_state=0).fit(X, y)
    display = ActivityDisplay.from_estimator(tagger, X[0][:2], display_labels=["a", "b"])
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["a", "b"]
    with pytest.raises(ValueError, match="display_labels has 3 labels, but the sequence has 2"):
        ActivityDisplay.from_estimator(tagger, X[0][:2], display_labels="abc")


def test_words_are_not_parsed_as_math(tagger):
    ActivityDisplay.from_estimator(tagger, [r"$\frac$", "costs"]).figure_.canvas.draw()


def test_the_style_of_the_image_can_be_set(tagger):
    display = ActivityDisplay.from_estimator(tagger, WORDS, im_kw={"cmap": "gray", "vmax": 7})
    assert display.im_.get_cmap().name == "gray"
    assert display.im_.norm.vmax == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"what": "gate"}, "what is 'gate', but must be one of .'input_gate', 'forget_gate'"),
        ({"layer": 2}, "layer is 2, but must be from -2 to 1 .number of layers: 2"),
        ({"direction": "both"}, "direction is 'both', but must be one of .'forward', 'backward'"),
        ({"layer": "top"}, "layer is 'top', but must be an int"),
        ({"n_units": 0}, "n_units is 0, but must be an int >= 1"),
    ],
)
def test_invalid_arguments_raise_errors(tagger, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        ActivityDisplay.from_estimator(tagger, WORDS, **arguments)


def test_the_message_has_the_number_of_layers():
    message = "layer is 2, but must be from -1 to 0 .number of layers: 1"
    with pytest.raises(ValueError, match=message):
        ActivityDisplay(activity_of_cells(np.zeros((2, 3)))).plot(layer=2)


def test_it_accepts_a_pipeline(tagger):
    pipeline = make_pipeline(FunctionTransformer(), tagger)
    display = ActivityDisplay.from_estimator(pipeline, WORDS)
    np.testing.assert_array_equal(
        shown(display), shown(ActivityDisplay.from_estimator(tagger, WORDS))
    )


def test_a_unidirectional_tagger_has_no_backward_direction(english, small):
    tagger = small.set_params(bidirectional=False).fit(*english)
    with pytest.raises(ValueError, match=r"'backward', but must be one of \['forward'\]"):
        ActivityDisplay.from_estimator(tagger, WORDS, direction="backward")


def test_without_matplotlib_the_message_says_what_to_install(tagger, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"ActivityDisplay.from_estimator requires matplotlib"):
        ActivityDisplay.from_estimator(tagger, WORDS)
    with pytest.raises(ImportError, match=r"ActivityDisplay.plot requires matplotlib.*install"):
        ActivityDisplay(network_activity(tagger, WORDS)).plot()


def test_words_do_not_control_the_text(tagger):
    display = ActivityDisplay.from_estimator(tagger, ["a\x1b[2J", "b\n", "\ud800\u202e"])
    display.figure_.canvas.draw()
    names = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert names == [r"a\x1b[2J", r"b\n", r"\ud800\u202e"]
