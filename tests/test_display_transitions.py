"""TransitionsDisplay: the transition scores of a CRF."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import BiLSTMTagger
from sklstm.display import TransitionsDisplay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

X = [["Ada", "Lovelace", "slept"], ["They", "met", "Ada"]]
Y = [["B-person", "I-person", "O"], ["O", "O", "B-person"]]
# From the rows B, I, O to the columns B, I, O.
SCORES = np.array([[-1.0, 2.0, 0.5], [0.0, 1.0, 3.0], [0.25, -np.inf, 0.75]])
STARTS, ENDS = np.array([1.5, -np.inf, -0.04]), np.array([-4.0, 2.5, 0.125])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tagger():
    tagger = BiLSTMTagger(
        hidden_layer_sizes=4, embedding_size=8, char_hidden_size=0, output="crf", scheme="BIO",
        max_iter=2, random_state=0,
    )  # fmt: skip
    return tagger.fit(X, Y)


@pytest.fixture
def display():
    return TransitionsDisplay(SCORES, STARTS, ENDS, labels=["B", "I", "O"]).plot()


def texts(display):
    return [[None if text is None else text.get_text() for text in row] for row in display.text_]


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_starts_are_the_first_row_and_ends_the_last_column(display):
    assert texts(display) == [
        ["1.5", None, "0.0", None],
        ["−1.0", "2.0", "0.5", "−4.0"],  # noqa: RUF001
        ["0.0", "1.0", "3.0", "2.5"],
        ["0.2", None, "0.8", "0.1"],
    ]
    assert ticks(display.ax_.yaxis) == ["start", "B", "I", "O"]
    assert ticks(display.ax_.xaxis) == ["B", "I", "O", "end"]
    assert (display.ax_.get_ylabel(), display.ax_.get_xlabel()) == ("From", "To")


def test_the_middle_of_the_colours_is_zero(display):
    assert (display.im_.norm.vmin, display.im_.norm.vmax) == (-4, 4)
    red, _, blue, _ = display.im_.cmap(display.im_.norm(3))
    assert red > blue
    red, _, blue, _ = display.im_.cmap(display.im_.norm(-3))
    assert red < blue


def test_only_forbidden_transitions_are_marked(display):
    (marks,) = (line for line in display.ax_.lines if line.get_marker() == "x")
    places = {(int(row), int(column)) for column, row in zip(*marks.get_data(), strict=True)}
    assert places == {(0, 1), (3, 1)}


def test_the_cell_from_the_start_to_the_end_is_empty(display):
    assert display.im_.get_array().mask[0, 3]


def test_small_scores_have_two_digits():
    display = TransitionsDisplay([[0.128]], [0.0], [-0.5]).plot()
    assert texts(display) == [["0.00", None], ["0.13", "−0.50"]]  # noqa: RUF001
    assert ticks(display.ax_.yaxis) == ["start", "0"]


@pytest.mark.parametrize("is_unicode", [True, False])
def test_minus_signs_of_scores_are_those_of_the_colorbar(is_unicode):
    with plt.rc_context({"axes.unicode_minus": is_unicode}):
        display = TransitionsDisplay([[0.5]], [0.0], [-0.5]).plot()
        display.figure_.draw_without_rendering()
        scale = [label.get_text() for label in display.figure_.axes[1].get_yticklabels()]
    assert display.text_[1, 1].get_text()[0] == scale[0][0]


def test_scores_that_are_all_zero_are_shown():
    display = TransitionsDisplay([[0.0]], [0.0], [0.0]).plot(colorbar=False)
    display.figure_.draw_without_rendering()
    assert display.im_.norm(0.0) == 0.5


def test_it_plots_the_transitions_of_a_tagger(tagger):
    display = TransitionsDisplay.from_estimator(tagger)
    shown = display.im_.get_array()
    np.testing.assert_array_equal(display.transitions, tagger.transitions_)
    np.testing.assert_array_equal(shown[1:, :-1].filled(-np.inf), tagger.transitions_)
    np.testing.assert_array_equal(shown[0, :-1].filled(-np.inf), tagger.start_transitions_)
    np.testing.assert_array_equal(shown[1:, -1].filled(-np.inf), tagger.end_transitions_)
    assert ticks(display.ax_.yaxis) == ["start", *tagger.classes_]


def test_labels_choose_and_order_the_tags(tagger):
    display = TransitionsDisplay.from_estimator(tagger, labels=np.array(["O", "B-person"]))
    np.testing.assert_array_equal(
        display.transitions, [[tagger.transitions_[a, b] for b in (2, 0)] for a in (2, 0)]
    )
    np.testing.assert_array_equal(display.start_transitions, tagger.start_transitions_[[2, 0]])
    np.testing.assert_array_equal(display.end_transitions, tagger.end_transitions_[[2, 0]])
    assert ticks(display.ax_.xaxis) == ["O", "B-person", "end"]


def test_it_finds_the_tagger_in_a_pipeline_and_in_a_search(tagger):
    search = GridSearchCV(
        make_pipeline(FunctionTransformer(), tagger), {"bilstmtagger__alpha": [0.1]}, cv=2
    )
    search.fit([X[0]] * 4, [Y[0]] * 4)
    display = TransitionsDisplay.from_estimator(search)
    np.testing.assert_array_equal(display.transitions, search.best_estimator_[-1].transitions_)


def test_scores_do_not_overlap_with_26_tags():
    display = TransitionsDisplay(np.full((26, 26), -8.8), np.zeros(26), np.zeros(26)).plot()
    display.figure_.draw_without_rendering()
    left, right = (display.text_[1, k].get_window_extent() for k in (0, 1))
    assert left.x1 < right.x0


def test_axes_and_options_are_used():
    _, ax = plt.subplots()
    display = TransitionsDisplay(SCORES, STARTS, ENDS).plot(
        ax, include_values=False, colorbar=False, cmap="PuOr", im_kw={"vmax": 10}
    )
    assert display.ax_ is ax
    assert display.figure_.axes == [ax]
    assert display.text_ is None
    assert display.im_.get_cmap().name == "PuOr"
    assert display.im_.norm.vmax == 10


def test_text_kw_apply_to_the_scores():
    display = TransitionsDisplay(SCORES, STARTS, ENDS).plot(text_kw={"color": "lime"})
    assert display.text_[1, 1].get_color() == "lime"


def test_an_unknown_label_raises_an_error(tagger):
    with pytest.raises(ValueError, match="'B-place', which is not in classes_"):
        TransitionsDisplay.from_estimator(tagger, labels=["O", "B-place"])


@pytest.mark.parametrize("labels", ["O", np.array(0.0), 3, [["O"]], [None], [pd.DataFrame()]])
def test_labels_that_are_no_list_of_tags_raise_an_error(labels, tagger):
    with pytest.raises(ValueError, match=r"labels is .*, but must be a list|not a tag"):
        TransitionsDisplay.from_estimator(tagger, labels=labels)


def test_a_softmax_tagger_has_no_transitions(small):
    with pytest.raises(AttributeError, match='Only a BiLSTMTagger with output="crf"'):
        TransitionsDisplay.from_estimator(small.fit(X, Y))


def test_an_unfitted_tagger_raises_an_error():
    with pytest.raises(NotFittedError):
        TransitionsDisplay.from_estimator(BiLSTMTagger(output="crf"))


def test_without_matplotlib_the_message_says_what_to_install(tagger, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    unplotted = TransitionsDisplay(SCORES, STARTS, ENDS)
    for plot in (lambda: TransitionsDisplay.from_estimator(tagger), unplotted.plot):
        with pytest.raises(ImportError, match=r"TransitionsDisplay.* requires matplotlib"):
            plot()


def test_tags_are_neither_parsed_as_math_nor_control_the_text():
    labels = ["a\x1b[2J", r"$\frac$", "\ud800\u202e"]
    display = TransitionsDisplay(SCORES, STARTS, ENDS, labels=labels).plot()
    display.figure_.canvas.draw()
    shown = [r"a\x1b[2J", r"$\frac$", r"\ud800\u202e"]
    assert ticks(display.ax_.yaxis) == ["start", *shown]
    assert ticks(display.ax_.xaxis) == [*shown, "end"]
