"""ExplanationDisplay: bars of contributions."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import BiLSTMTagger
from sklstm.display import ExplanationDisplay
from sklstm.inspection import TagExplanation, explain_tag

plt = pytest.importorskip("matplotlib.pyplot")

WORDS = ["She", "booked", "rooms", "at", "$5", "or", "$6", "."]


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tagger(english):
    return BiLSTMTagger(8, embedding_size=12, char_hidden_size=0, max_iter=3, random_state=0).fit(
        *english
    )


@pytest.fixture
def made_up():
    values = np.array([0.02, -3.0, 0.5])
    features = [{"a": 0.02}, {"b": -2.0, "c": -1.0}, {"d": 0.5}]
    return TagExplanation(["x", "y", "z"], 2, "NOUN", "occlusion", 1.26, values, features)


def names(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def widths(display):
    return [bar.get_width() for bar in display.bars_]


@pytest.mark.parametrize("method", ["gradient", "occlusion"])
def test_there_is_a_bar_for_each_token(tagger, method):
    display = ExplanationDisplay.from_estimator(tagger, WORDS, 1, tag="VERB", method=method)
    expected = explain_tag(tagger, WORDS, 1, tag="VERB", method=method)
    assert names(display) == WORDS
    np.testing.assert_array_equal(widths(display), expected.contributions)
    assert display.figure_ is display.ax_.figure
    display.figure_.canvas.draw()


def test_tokens_may_be_given_as_words(tagger):
    display = ExplanationDisplay.from_estimator(tagger, WORDS, "rooms", token="at")
    expected = ExplanationDisplay.from_estimator(tagger, WORDS, 2, token=3)
    assert names(display) == names(expected)
    assert display.ax_.get_title() == expected.ax_.get_title()
    with pytest.raises(ValueError, match="token is 'room', but the sequence has no such word"):
        display.plot(token="room")


def test_the_first_bar_is_on_top(made_up):
    display = ExplanationDisplay(made_up).plot()
    bottom, top = display.ax_.get_ylim()
    assert bottom > top
    assert [bar.get_y() + bar.get_height() / 2 for bar in display.bars_] == [0, 1, 2]


def test_colours_show_the_sign_of_contributions(made_up):
    colours = [bar.get_facecolor() for bar in ExplanationDisplay(made_up).plot().bars_]
    assert colours[0] == colours[2] != colours[1]
    red, _, blue, _ = colours[0]
    assert red > blue
    red, _, blue, _ = colours[1]
    assert blue > red


def test_values_are_written_except_those_that_round_to_zero(made_up):
    texts = [text.get_text() for text in ExplanationDisplay(made_up).plot().ax_.texts]
    assert texts == ["", "−3.0", "+0.5"]  # noqa: RUF001


def test_the_explained_token_is_highlighted(made_up):
    display = ExplanationDisplay(made_up).plot()
    weights = [label.get_fontweight() for label in display.ax_.get_yticklabels()]
    assert weights == ["normal", "normal", "bold"]
    assert display.ax_.get_title() == "“z” as NOUN"
    assert display.ax_.get_xlabel() == "Contribution to the log-odds of NOUN (1.3), by occlusion"


def test_all_minus_signs_are_the_same(made_up):
    for is_unicode, sign, other in [(True, "\N{MINUS SIGN}", "-"), (False, "-", "\N{MINUS SIGN}")]:
        with plt.rc_context({"axes.unicode_minus": is_unicode}):
            display = ExplanationDisplay(replace(made_up, log_odds=-1.26)).plot()
            display.figure_.draw_without_rendering()
            ticks = [label.get_text() for label in display.ax_.get_xticklabels()]
        drawn = [*ticks, display.ax_.texts[1].get_text(), display.ax_.get_xlabel()[-22:]]
        assert all(sign in text for text in (ticks[0], *drawn[-2:]))
        assert not any(other in text.replace("log-odds", "") for text in drawn)


LRM, RLM = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"


def test_right_to_left_words_do_not_reorder_the_title(made_up):
    explanation = replace(made_up, tokens=["x", "چاي!", "مەن"], tag="صفة")
    display = ExplanationDisplay(explanation).plot(token=1)
    first, second = display.ax_.get_title().split("\n")
    assert first == f"“{LRM}{RLM}مەن{RLM}{LRM}” as {LRM}{RLM}صفة{RLM}{LRM}"
    assert second == f"Features of “{LRM}{RLM}چاي!{RLM}{LRM}”"
    assert f"of {LRM}{RLM}صفة{RLM}{LRM} (1.3)" in display.ax_.get_xlabel()
    # Names on lines of their own need no marks.
    assert names(ExplanationDisplay(explanation).plot()) == ["x", "چاي!", "مەن"]
    display.figure_.canvas.draw()


def test_direction_marks_are_invisible(made_up):
    display = ExplanationDisplay(replace(made_up, tokens=["x", "y", "مەن"])).plot()
    title = display.ax_.title
    width = title.get_window_extent().width
    title.set_text(title.get_text().replace(LRM, "").replace(RLM, ""))
    assert title.get_window_extent().width == pytest.approx(width, abs=2)


def test_it_accepts_a_pipeline(tagger):
    pipeline = make_pipeline(FunctionTransformer(), tagger)
    display = ExplanationDisplay.from_estimator(pipeline, WORDS, 1)
    assert widths(display) == widths(ExplanationDisplay.from_estimator(tagger, WORDS, 1))


@pytest.mark.parametrize("token", [1, -2])
def test_the_features_of_a_token_can_be_shown(made_up, token):
    display = ExplanationDisplay(made_up).plot(token=token)
    assert names(display) == ["b", "c"]
    assert widths(display) == [-2, -1]
    assert display.ax_.get_title() == "“z” as NOUN\nFeatures of “y”"


def test_the_largest_of_many_bars_are_drawn_in_order(made_up):
    display = ExplanationDisplay(made_up).plot(n_bars=2)
    assert names(display) == ["y", "z"]  # z is the explained token
    assert widths(display) == [-3, 0.5]
    assert display.ax_.get_xlabel().startswith("Largest contributions")
    assert names(ExplanationDisplay(made_up).plot(n_bars=1)) == ["z"]


@pytest.fixture(scope="module")
def tagger_of_vectors(vectors):
    return BiLSTMTagger(4, max_iter=1, random_state=0).fit(*vectors)


def test_contributions_of_vectors_run_over_the_steps(tagger_of_vectors, vectors):
    x = max(vectors[0], key=len)
    display = ExplanationDisplay.from_estimator(tagger_of_vectors, x, -2, method="gradient")
    values = explain_tag(tagger_of_vectors, x, -2, method="gradient").contributions
    positive, negative = (area.get_data() for area in display.bars_)
    np.testing.assert_array_equal(positive.values, np.maximum(values, 0))
    np.testing.assert_array_equal(negative.values, np.minimum(values, 0))
    np.testing.assert_array_equal(positive.edges, np.arange(len(x) + 1) - 0.5)
    assert display.ax_.get_xlabel() == "Step"
    assert display.ax_.get_ylabel() == "Contribution, by gradient"
    assert display.ax_.get_title().startswith(f"Step {len(x) - 2} as ")
    assert [list(line.get_xdata()) for line in display.ax_.lines][1] == [len(x) - 2] * 2
    display.figure_.canvas.draw()


def test_the_features_of_a_step_have_bars(tagger_of_vectors, vectors):
    display = ExplanationDisplay.from_estimator(tagger_of_vectors, vectors[0][0][:2], 1, token=0)
    assert names(display) == ["x0", "x1", "x2"]
    assert display.ax_.get_title().endswith("\nFeatures of step 0")


def test_vectors_with_names_have_bars(tagger_of_vectors, vectors):
    x = vectors[0][0][:2]
    display = ExplanationDisplay.from_estimator(tagger_of_vectors, x, 1, display_labels=["a", "b"])
    assert names(display) == ["a", "b"]
    assert display.ax_.get_title().startswith("“b” as ")
    with pytest.raises(ValueError, match="display_labels has 1 labels, but the sequence has 2"):
        ExplanationDisplay.from_estimator(tagger_of_vectors, x, 1, display_labels=["a"])


def test_axes_and_styles_apply_to_steps(tagger_of_vectors, vectors):
    _, ax = plt.subplots()
    display = ExplanationDisplay.from_estimator(
        tagger_of_vectors, vectors[0][0], 0, ax=ax, bar_kw={"color": "black"}
    )
    assert display.ax_ is ax
    assert {area.get_facecolor() for area in display.bars_} == {(0, 0, 0, 1)}


def test_dicts_are_numbered():
    X = [[{"form": "a"}, {"form": "b"}]] * 2
    tagger = BiLSTMTagger(4, max_iter=1, random_state=0).fit(X, [["X", "Y"]] * 2)
    display = ExplanationDisplay.from_estimator(tagger, X[0], 1)
    assert names(display) == ["0", "1"]
    assert display.ax_.get_title().startswith("Token 1 as ")


def test_long_names_lose_their_middle(tagger):
    long = "Donaudampfschifffahrtsgesellschaftskapitän"
    (name,) = names(ExplanationDisplay.from_estimator(tagger, [long], 0))
    assert name == "Donaudampfsc…haftskapitän"


def test_words_and_tags_are_not_parsed_as_math(made_up):
    formula = r"$\frac$"
    explanation = replace(made_up, tokens=["x", "y", formula], tag=formula)
    ExplanationDisplay(explanation).plot().figure_.canvas.draw()


def test_words_tags_and_features_do_not_control_the_text(made_up):
    hostile, shown = "a\x1b[2J\n\ud800\u202e", r"a\x1b[2J\n\ud800\u202e"
    features = [{hostile: 1.0}] * 3
    explanation = replace(made_up, tokens=["x", "y", hostile], tag=hostile, features=features)
    display = ExplanationDisplay(explanation).plot(token=2)
    display.figure_.canvas.draw()
    assert names(display) == [shown]
    assert display.ax_.get_title() == f"“{shown}” as {shown}\nFeatures of “{shown}”"
    assert names(ExplanationDisplay(explanation).plot()) == ["x", "y", shown]


def test_it_plots_on_given_axes(made_up):
    _, (left, right) = plt.subplots(1, 2)
    display = ExplanationDisplay(made_up).plot(right, bar_kw={"color": "black"})
    assert display.ax_ is right
    assert not left.patches
    assert display.bars_[0].get_facecolor() == (0, 0, 0, 1)


def test_a_single_word_without_contribution_is_plotted(made_up):
    nothing = TagExplanation(["x"], 0, 1, "gradient", 0.0, np.zeros(1), [{}])
    display = ExplanationDisplay(nothing).plot()
    assert names(display) == ["x"]
    display.figure_.canvas.draw()


def test_invalid_arguments_raise_errors(made_up):
    with pytest.raises(
        ValueError, match=r"token is 3, but must be from -3 to 2 \(number of tokens: 3\)"
    ):
        ExplanationDisplay(made_up).plot(token=3)
    with pytest.raises(ValueError, match="n_bars is 0, but must be an int >= 1"):
        ExplanationDisplay(made_up).plot(n_bars=0)


def test_without_matplotlib_the_message_says_what_to_install(tagger, made_up, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"ExplanationDisplay.plot requires matplotlib.*install"):
        ExplanationDisplay(made_up).plot()
    with pytest.raises(ImportError, match=r"ExplanationDisplay.from_estimator requires matplotlib"):
        ExplanationDisplay.from_estimator(tagger, WORDS, 0)
