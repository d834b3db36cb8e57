"""TimelineDisplay: one sequence of vectors over time."""

import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.display import TimelineDisplay
from sklstm.display._strips import ERROR_COLOUR
from sklstm.preprocessing import TokenTransformer

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

X = np.array([[0.0, 100.0], [1.0, 300.0], [2.0, 200.0], [4.0, 200.0]])
Y_TRUE = ["sit", "sit", "walk", "walk"]
Y_PRED = ["sit", "walk", "walk", "walk"]
LABELS = ["run", "sit", "walk"]
Y_PROBA = np.array([[0.1, 0.8, 0.1], [0.1, 0.4, 0.5], [0.0, 0.2, 0.8], [0.3, 0.1, 0.6]])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tagger(vectors):
    return BiLSTMTagger(4, max_iter=2, random_state=0).fit(*vectors)


def plot(*args, **kwargs):
    display = TimelineDisplay.from_predictions(*args, **kwargs)
    display.figure_.canvas.draw()
    return display


def ticks(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def legend(display):
    return [text.get_text() for text in display.legend_.get_texts()]


def colours_of(display):
    patches = display.legend_.get_patches()
    return dict(zip(legend(display), (patch.get_facecolor() for patch in patches), strict=True))


def errors(display):
    """Return the spans of time of the errors."""
    (bars,) = (c for c in display.labels_ax_.collections)
    extents = [path.get_extents() for path in bars.get_paths()]
    return [(extent.x0, extent.x1) for extent in extents]


def test_labels_errors_and_probabilities_are_below_the_signal():
    display = plot(X, Y_TRUE, Y_PRED, Y_PROBA, labels=LABELS)
    assert ticks(display.labels_ax_) == ["true", "predicted", "errors"]
    assert errors(display) == [(0.5, 1.5)]
    tops = [
        ax.get_window_extent().y1 for ax in (display.ax_, display.labels_ax_, display.proba_ax_)
    ]
    assert tops == sorted(tops, reverse=True)
    assert display.figure_.axes == [display.ax_, display.labels_ax_, display.proba_ax_]
    assert display.proba_ax_.get_xlim() == display.ax_.get_xlim() == (-0.5, 3.5)


def test_each_step_has_the_colour_of_its_label():
    display = plot(X, Y_TRUE, Y_PRED, labels=LABELS)
    (image,) = display.labels_ax_.images
    colours = {name: colour[:3] for name, colour in colours_of(display).items()}
    for row, labels in zip(image.get_array(), [Y_TRUE, Y_PRED], strict=True):
        np.testing.assert_allclose(row, [colours[label] for label in labels])
    assert list(image.get_extent()) == [-0.5, 3.5, 2, 0]


def test_areas_are_the_probabilities_and_their_sum_is_1():
    display = plot(X, Y_TRUE, Y_PRED, Y_PROBA, labels=LABELS)
    others, walk, sit = display.proba_ax_.collections
    heights = [
        path.get_extents().y1 for path in (area.get_paths()[0] for area in (others, walk, sit))
    ]
    np.testing.assert_allclose(heights, [0.3, 0.9, 1.0])  # the largest sum from the bottom
    assert legend(display) == ["sit", "walk", "other labels"]
    assert colours_of(display)["sit"] == tuple(sit.get_facecolor()[0])
    assert colours_of(display)["other labels"] == tuple(others.get_facecolor()[0])


def test_channels_have_rows_of_their_own_with_their_ranges():
    display = plot(X, Y_TRUE)
    assert ticks(display.ax_) == ["x0", "x1"]
    first, second = (line.get_ydata() for line in display.lines_)
    np.testing.assert_allclose(first, [0.9, 0.7, 0.5, 0.1])
    np.testing.assert_allclose(second, [1.9, 1.1, 1.5, 1.5])
    assert display.ax_.get_ylim() == (2, 0)
    ends = [label.get_text() for label in display.ax_.get_yticklabels(minor=True)]
    assert ends == ["4", "0", "300", "100"]


def test_a_channel_may_be_constant_or_have_gaps():
    values = np.array([[5.0, np.nan, np.nan], [5.0, 1.0, np.nan], [5.0, np.inf, np.nan]])
    display = plot(values, [0, 0, 1])
    constant, gaps, empty = (line.get_ydata() for line in display.lines_)
    np.testing.assert_array_equal(constant, [0.5] * 3)
    np.testing.assert_array_equal(gaps, [np.nan, 1.5, np.nan])
    assert np.isnan(empty).all()


def test_it_plots_what_a_pipeline_predicts_and_the_signal_before_its_steps(vectors):
    X, y = vectors
    pipeline = make_pipeline(
        TokenTransformer(StandardScaler()), BiLSTMTagger(4, max_iter=2, random_state=0)
    ).fit(X, y)
    display = TimelineDisplay.from_estimator(pipeline, X[0], y[0])
    np.testing.assert_array_equal(display.sequence, X[0])
    assert display.y_true == y[0].tolist()
    assert display.y_pred == pipeline.predict([X[0]])[0]
    np.testing.assert_array_equal(display.y_proba, pipeline.predict_proba([X[0]])[0])
    assert display.labels == [0, 1]


def test_without_true_labels_there_are_no_errors(tagger, vectors):
    display = TimelineDisplay.from_estimator(tagger, vectors[0][0])
    assert ticks(display.labels_ax_) == ["predicted"]
    assert not display.labels_ax_.collections


def test_without_probabilities_there_are_no_areas():
    display = plot(X, Y_TRUE)
    assert ticks(display.labels_ax_) == ["true"]
    assert display.proba_ax_ is None
    assert display.labels_ax_.get_xlabel() == "Step"
    assert legend(display) == ["sit", "walk"]


def test_time_is_in_seconds_with_a_sampling_rate():
    display = plot(X, Y_TRUE, Y_PRED, Y_PROBA, labels=LABELS, sampling_rate=2)
    assert display.proba_ax_.get_xlabel() == "Time (seconds)"
    np.testing.assert_array_equal(display.lines_[0].get_xdata(), [0, 0.5, 1, 1.5])
    assert display.ax_.get_xlim() == (-0.25, 1.75)
    assert errors(display) == [(0.25, 0.75)]


def test_steps_are_numbered_with_integers():
    display = plot(X[:2], Y_TRUE[:2])
    assert {float(tick) % 1 for tick in display.labels_ax_.get_xticks()} == {0}


@pytest.mark.parametrize("convert", [np.array, sparse.csr_array, lambda x: x.tolist()])
def test_any_form_of_a_sequence_is_shown(convert):
    display = plot(convert(X), Y_TRUE)
    np.testing.assert_array_equal(display.sequence, X)


def test_channels_have_the_names_of_the_columns_or_those_passed():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["up", "forward"])
    assert ticks(plot(frame, Y_TRUE).ax_) == ["up", "forward"]
    assert ticks(plot(frame, Y_TRUE, feature_names=["a", "b"]).ax_) == ["a", "b"]
    assert ticks(plot(X, pd.Series(Y_TRUE), feature_names=["a", "b"]).ax_) == ["a", "b"]


def test_features_choose_and_order_the_channels():
    display = plot(X, Y_TRUE, feature_names=["a", "b"], features=["b", 0])
    assert ticks(display.ax_) == ["b", "a"]
    np.testing.assert_allclose(display.lines_[0].get_ydata(), [0.9, 0.1, 0.5, 0.5])


def test_of_many_channels_the_first_are_shown_and_the_title_says_so():
    display = plot(np.zeros((3, 30)), [0, 0, 1])
    assert len(display.lines_) == 12
    assert display.ax_.get_title() == "The first 12 of 30 features"
    chosen = plot(np.zeros((3, 30)), [0, 0, 1], features=range(30))
    assert len(chosen.lines_) == 30
    assert chosen.ax_.get_title() == ""


@pytest.mark.parametrize(
    ("y", "names"),
    [
        ([3, 10, 3, 3], ["3", "10"]),
        (np.array([3, 10, 3, 3]), ["3", "10"]),
        (np.array([True, False, True, True]), ["False", "True"]),
        (["b", "a", "b", "b"], ["a", "b"]),
        (["b", 1, "b", "b"], ["1", "b"]),
    ],
)
def test_labels_may_be_numbers_or_str(y, names):
    assert legend(plot(X, y, y)) == names


def test_a_label_has_the_same_colour_in_all_plots_with_the_same_labels():
    one = colours_of(plot(X, Y_TRUE, labels=LABELS))
    other = colours_of(plot(X, ["walk", "run", "run", "run"], labels=LABELS))
    assert one["walk"] == other["walk"]
    assert len({*one.values(), *other.values()}) == 3


def test_many_labels_have_different_colours():
    display = plot(np.zeros((36, 1)), [f"label {k:02}" for k in range(36)])
    assert len(set(colours_of(display).values())) == 36
    extent = display.legend_.get_window_extent()
    assert extent.y0 >= 0
    assert extent.y1 <= display.figure_.bbox.y1


def test_long_runs_contain_the_name_of_their_label():
    y = ["walk"] * 60 + ["sit"] * 2 + ["walk"] * 38
    display = plot(np.zeros((100, 1)), y)
    texts = [(text.get_text(), text.get_position()[0]) for text in display.labels_ax_.texts]
    assert texts == [("walk", 29.5), ("walk", 80.5)]


def test_an_error_of_one_step_in_ten_thousand_is_visible():
    y_true = np.zeros(10_000, int)
    y_pred = y_true.copy()
    y_pred[5_000] = 1
    display = TimelineDisplay.from_predictions(np.zeros((10_000, 1)), y_true, y_pred)
    display.figure_.canvas.draw()
    pixels = np.asarray(display.figure_.canvas.buffer_rgba())[..., :3] / 255
    is_red = np.abs(pixels - matplotlib.colors.to_rgb(ERROR_COLOUR)).max(axis=-1) < 0.2
    assert is_red.sum() >= 5


def test_labels_that_change_at_each_step_do_not_need_an_artist_each():
    y = np.arange(10_000) % 2
    display = plot(np.zeros((10_000, 6)), y, 1 - y, np.full((10_000, 2), 0.5), labels=[0, 1])
    assert len(display.labels_ax_.get_children()) < 30


def test_a_sequence_of_one_step_is_shown():
    display = plot(X[:1], ["sit"], ["walk"], Y_PROBA[:1], labels=LABELS)
    assert {line.get_marker() for line in display.lines_} == {"o"}
    assert errors(display) == [(-0.5, 0.5)]


def test_axes_and_styles_can_be_passed():
    _, axes = plt.subplots(2)
    display = TimelineDisplay.from_predictions(X, Y_TRUE, ax=axes[1], line_kw={"color": "red"})
    assert display.ax_ is axes[1]
    assert display.figure_ is axes[1].figure
    assert {line.get_color() for line in display.lines_} == {"red"}
    assert len(plt.get_fignums()) == 1


def test_it_can_be_plotted_again():
    display = plot(X, Y_TRUE, Y_PRED, Y_PROBA, labels=LABELS)
    first = display.figure_
    assert display.plot(features=[1]).figure_ is not first
    assert ticks(display.ax_) == ["x1"]


def test_the_names_are_neither_parsed_as_math_nor_control_the_text():
    labels = ["a\x1b[2J", r"$\frac$"]
    display = plot(np.zeros((200, 2)), [labels[0]] * 100 + [labels[1]] * 100, feature_names=labels)
    shown = [r"a\x1b[2J", r"$\frac$"]
    assert sorted(legend(display)) == sorted(shown)
    assert ticks(display.ax_) == shown
    assert sorted(text.get_text() for text in display.labels_ax_.texts) == sorted(shown)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([X, X], Y_TRUE), {}, r"sequence contains sequences.*sequence\[0\]"),
        ((X[:, 0], Y_TRUE), {}, r"sequence is read as X = \[sequence\].*Reshape it, to \(-1, 1\)"),
        ((["a", "b"], ["X", "Y"]), {}, r"X\[0\]\[0\] is 'a' of type str, not a vector"),
        (([["a"], ["b"]], ["X", "Y"]), {}, "sequence contains sequences"),
        (([[object(), 1.0]], ["X"]), {}, "sequence must be an array of numbers"),
        ((np.empty((0, 3)), []), {}, "no steps or no features"),
        ((X,), {}, "y_true and y_pred are None. Pass at least one"),
        ((X, Y_TRUE[:3]), {}, "y_true has 3 labels, but the sequence has 4 steps"),
        ((X, Y_TRUE, [Y_PRED]), {}, r"y_pred\[0\] is \['sit'.*such as y_pred\[0\]"),
        ((X, "walk"), {}, "y_true is of type str, not a list"),
        ((X, Y_TRUE, None, Y_PROBA), {}, r"y_proba is of shape \(4, 3\).*labels has 0.*classes_"),
        ((X, Y_TRUE, None, Y_PROBA[:3]), {"labels": LABELS}, r"y_proba is of shape \(3, 3\)"),
        ((X, Y_TRUE, None, Y_PROBA * 2), {"labels": LABELS}, r"y_proba\[0\]\[1\] is 1.6, but"),
        ((X, Y_TRUE, None, "abc"), {"labels": LABELS}, "y_proba must be an array of numbers"),
        ((X, Y_TRUE), {"labels": "run"}, "labels is 'run', but must be a list"),
        ((X, Y_TRUE), {"labels": ["run", "sit", "run"]}, "labels has 'run' more than once"),
        ((X, Y_TRUE), {"feature_names": ["a"]}, "feature_names has 1 names, but .* 2 features"),
        ((X, Y_TRUE), {"feature_names": "ab"}, "feature_names is 'ab', but must be a list"),
        ((X, Y_TRUE), {"sampling_rate": 0}, "sampling_rate is 0, but must be None or a number"),
        ((X, Y_TRUE), {"features": "x0"}, "features is 'x0', but must be a list"),
        ((X, Y_TRUE), {"features": []}, "features is empty"),
        ((X, Y_TRUE), {"features": [2]}, r"features\[0\] is 2, but must be from -2 to 1"),
        (
            (X, Y_TRUE),
            {"feature_names": ["up", "down"], "features": ["Up"]},
            r"features\[0\] is 'Up', but .* Did you mean 'up'\?",
        ),
    ],
)
def test_invalid_arguments_raise_errors(arguments, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        TimelineDisplay.from_predictions(*arguments, **options)


def test_without_matplotlib_the_message_says_what_to_install(tagger, vectors, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for plot in (
        lambda: TimelineDisplay.from_estimator(tagger, vectors[0][0]),
        lambda: TimelineDisplay.from_predictions(X, Y_TRUE),
        TimelineDisplay(X, Y_TRUE).plot,
    ):
        with pytest.raises(ImportError, match=r"TimelineDisplay.* requires matplotlib"):
            plot()
