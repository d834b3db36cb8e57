"""TokenConfusionMatrixDisplay."""

import sys

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm.display import TokenConfusionMatrixDisplay
from sklstm.display._plotting import contrasting_colours

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

Y_TRUE = [["DET", "NOUN", "VERB"], ["NOUN", "VERB"], []]
Y_PRED = [["DET", "NOUN", "NOUN"], ["NOUN", "VERB"], []]
MATRIX = [[1, 0, 0], [0, 2, 0], [0, 1, 1]]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(display):
    return [[text.get_text() for text in row] for row in display.text_]


def ticks(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_it_counts_tokens():
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED)
    np.testing.assert_array_equal(display.confusion_matrix, MATRIX)
    assert texts(display) == [["1", "", ""], ["", "2", ""], ["", "1", "1"]]
    assert ticks(display) == ["DET", "NOUN", "VERB"]


def test_it_plots_what_a_pipeline_predicts(small, english):
    X, y = english
    pipeline = make_pipeline(FunctionTransformer(), small).fit(X[:20], y[:20])
    display = TokenConfusionMatrixDisplay.from_estimator(pipeline, X[20:], y[20:])
    y_true, y_pred = np.concatenate(y[20:]), np.concatenate(pipeline.predict(X[20:]))
    np.testing.assert_array_equal(display.confusion_matrix, confusion_matrix(y_true, y_pred))


def test_labels_choose_and_order_the_tags():
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, labels=["VERB", "NOUN"])
    np.testing.assert_array_equal(display.confusion_matrix, [[1, 1], [0, 2]])
    assert ticks(display) == ["VERB", "NOUN"]


def test_display_labels_rename_the_tags():
    names = ["determiner", "noun", "verb"]
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, display_labels=names)
    assert ticks(display) == names


@pytest.mark.parametrize(
    ("normalize", "row", "shown"),
    [
        ("true", [0, 0.5, 0.5], ["", "0.50", "0.50"]),
        ("pred", [0, 1 / 3, 1], ["", "0.33", "1.00"]),
        ("all", [0, 0.2, 0.2], ["", "0.20", "0.20"]),
    ],
)
def test_it_is_normalized_as_by_scikit_learn(normalize, row, shown):
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, normalize=normalize)
    np.testing.assert_allclose(display.confusion_matrix[2], row)
    assert texts(display)[2] == shown


@pytest.mark.parametrize("weights", [[2, 0, 1], [[2, 2, 2], [0, 0], []]])
def test_weights_of_sequences_or_of_tokens_count(weights):
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, sample_weight=weights)
    np.testing.assert_array_equal(display.confusion_matrix, [[2, 0, 0], [0, 2, 0], [0, 2, 0]])
    assert texts(display)[0] == ["2", "", ""]


def test_tags_of_tokens_of_weight_zero_are_not_shown():
    display = TokenConfusionMatrixDisplay.from_predictions(
        [["DET", "NOUN", "padding"]], [["DET", "NOUN", "VERB"]], sample_weight=[[1, 1, 0]]
    )
    assert ticks(display) == ["DET", "NOUN"]


def test_tags_may_be_numbers():
    display = TokenConfusionMatrixDisplay.from_predictions(
        [np.array([0, 1]), np.array([1])], [np.array([0, 0]), np.array([1])]
    )
    assert ticks(display) == ["0", "1"]


def test_values_are_readable_and_zeros_blank():
    """Values have a contrast of 4.5 to their cells, as the WCAG demand."""
    matrix = np.array([[n * 10 + m for m in range(10)] for n in range(10)])
    display = TokenConfusionMatrixDisplay(matrix).plot()
    for (row, column), text in np.ndenumerate(display.text_):
        value = matrix[row, column]
        cell = display.im_.cmap(display.im_.norm(value))
        colour = matplotlib.colors.to_rgb(text.get_color())
        assert contrast(colour, cell) >= 4.5
        assert text.get_text() == (str(value) if value else "")


def test_values_that_are_rounded_to_0_are_blank():
    display = TokenConfusionMatrixDisplay(np.array([[0.996, 0.004], [0.006, 0.994]])).plot()
    assert texts(display) == [["1.00", ""], ["0.01", "0.99"]]


def test_rare_confusions_are_visible_despite_frequent_tags():
    display = TokenConfusionMatrixDisplay(np.array([[1000, 10], [0, 1000]])).plot()
    assert display.im_.norm(10) == pytest.approx(0.1)
    assert display.im_.norm(0) == 0


def test_a_matrix_of_zeros_is_shown():
    display = TokenConfusionMatrixDisplay.from_predictions([["A"]], [["B"]], labels=["A", "B"])
    assert texts(display) == [["", "1"], ["", ""]]
    empty = TokenConfusionMatrixDisplay(np.zeros((2, 2))).plot()
    empty.figure_.draw_without_rendering()
    assert texts(empty) == [["", ""], ["", ""]]


def test_more_tags_get_a_larger_figure():
    sides = [
        TokenConfusionMatrixDisplay(np.eye(n, dtype=int)).plot().figure_.get_size_inches()
        for n in (5, 17, 26)
    ]
    assert sides[0][0] < sides[1][0] < sides[2][0]


def test_values_do_not_overlap_with_seventeen_tags():
    display = TokenConfusionMatrixDisplay(np.full((17, 17), 8888)).plot()
    display.figure_.draw_without_rendering()
    left, right = (display.text_[0, k].get_window_extent() for k in (0, 1))
    assert left.x1 < right.x0


@pytest.mark.parametrize("largest", [8888, 0.88])
def test_a_matrix_of_forty_tags_is_readable_on_a_page(largest):
    display = TokenConfusionMatrixDisplay(np.full((40, 40), largest)).plot()
    display.figure_.draw_without_rendering()
    assert display.figure_.get_size_inches().max() < 12
    assert display.text_[0, 0].get_fontsize() >= 7
    assert display.text_[0, 0].get_text() == str(largest).removeprefix("0")
    left, right = (display.text_[0, k].get_window_extent() for k in (0, 1))
    assert left.x1 < right.x0


# -- With a scheme ---------------------------------------------------------------------------------


def test_with_a_scheme_the_labels_are_types_of_spans():
    y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-PER"]]
    y_pred = [["B-PER", "I-LOC", "O", "B-LOC"], ["B-LOC", "I-PER"]]
    display = TokenConfusionMatrixDisplay.from_predictions(y_true, y_pred, scheme="BIO")
    assert ticks(display) == ["LOC", "O", "PER"]
    np.testing.assert_array_equal(display.confusion_matrix, [[1, 0, 0], [1, 1, 0], [1, 0, 2]])


@pytest.mark.parametrize(
    ("scheme", "suffix", "tags", "types"),
    [
        ("BILOU", False, "B_x L_x U-y O", ["O", "x", "y"]),
        ("BIOES", True, "x-B x-E y-S O", ["O", "x", "y"]),
        ("BMES", False, "B M E S O", ["O", "_"]),
        ("BIO", False, "B-O O B-x", ["O", "x"]),  # a type that is called O
    ],
)
def test_tags_of_any_scheme_become_types(scheme, suffix, tags, types):
    y = [tags.split()]
    display = TokenConfusionMatrixDisplay.from_predictions(y, y, scheme=scheme, suffix=suffix)
    assert ticks(display) == types
    assert np.trace(display.confusion_matrix) == len(y[0])


def test_labels_may_be_types_of_spans():
    y = [["B-PER", "I-PER", "O", "B-LOC"]]
    display = TokenConfusionMatrixDisplay.from_predictions(
        y, y, scheme="BIO", labels=["PER", "LOC"], normalize="true"
    )
    assert ticks(display) == ["PER", "LOC"]
    np.testing.assert_array_equal(display.confusion_matrix, np.eye(2))


def test_tags_of_weight_zero_need_not_be_of_the_scheme():
    display = TokenConfusionMatrixDisplay.from_predictions(
        [["B-PER", "O", "?"]], [["I-PER", "O", "O"]], scheme="BIO", sample_weight=[[1, 1, 0]]
    )
    assert ticks(display) == ["O", "PER"]


def test_the_scheme_is_passed_on_by_from_estimator(small):
    X, y = [["Ada", "Lovelace", "slept"]] * 4, [["B-PER", "I-PER", "O"]] * 4
    display = TokenConfusionMatrixDisplay.from_estimator(small.fit(X, y), X, y, scheme="BIO")
    assert set(ticks(display)) <= {"O", "PER"}


@pytest.mark.parametrize(
    ("y_true", "y_pred", "scheme", "message"),
    [
        ([["NOUN"]], [["O"]], "BIO", "y_true has the tag 'NOUN', no tag of the BIO scheme"),
        ([["O"]], [["E-x"]], "BIO", "y_pred has the tag 'E-x', no tag of the BIO scheme"),
        ([[1]], [[1]], "BIO", "y_true has the tag 1, no tag of the BIO scheme"),
        ([["O"]], [["O"]], "IOB", "scheme is 'IOB', but must be one of"),
    ],
)
def test_tags_that_are_not_of_the_scheme_raise_an_error(y_true, y_pred, scheme, message):
    with pytest.raises(ValueError, match=message):
        TokenConfusionMatrixDisplay.from_predictions(y_true, y_pred, scheme=scheme)


# -- Options -------------------------------------------------------------------------------------


def test_it_plots_on_given_axes():
    _, ax = plt.subplots()
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert len(plt.get_fignums()) == 1


def test_options_are_passed_to_plot():
    display = TokenConfusionMatrixDisplay.from_predictions(
        Y_TRUE,
        Y_PRED,
        normalize="true",
        values_format=".0%",
        colorbar=True,
        text_kw={"fontsize": 5},
        im_kw={"vmin": None, "vmax": None, "norm": "linear"},
        xticks_rotation=45,
    )
    assert texts(display)[2] == ["", "50%", "50%"]
    assert display.text_[0, 0].get_fontsize() == 5
    assert display.im_.norm(0.5) == pytest.approx(0.5)
    assert len(display.figure_.axes) == 2
    assert display.ax_.get_xticklabels()[0].get_rotation() == 45


def test_values_can_be_omitted():
    display = TokenConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, include_values=False)
    assert display.text_ is None


def test_different_lengths_raise_an_error():
    with pytest.raises(ValueError, match=r"y_true\[0\] has 3 tokens, but y_pred\[0\] has 2"):
        TokenConfusionMatrixDisplay.from_predictions(
            Y_TRUE, [["DET", "NOUN"], ["NOUN", "VERB"], []]
        )


def test_without_matplotlib_the_message_says_what_to_install(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    display = TokenConfusionMatrixDisplay
    for plot in (
        lambda: display.from_estimator(small, Y_TRUE, Y_TRUE),
        lambda: display.from_predictions(Y_TRUE, Y_PRED),
        display(np.array(MATRIX)).plot,
    ):
        with pytest.raises(ImportError, match=r"TokenConfusionMatrixDisplay.* requires matplotlib"):
            plot()


def test_the_text_colour_has_the_higher_contrast():
    greys = np.linspace(0, 1, 101)[:, None].repeat(3, axis=1)
    for grey, name in zip(greys, contrasting_colours(greys), strict=True):
        by_name = {"black": contrast((0, 0, 0), grey), "white": contrast((1, 1, 1), grey)}
        assert by_name[name] == max(by_name.values())


def contrast(one, other):
    """Return the contrast ratio of the WCAG, in the form of the guidelines."""
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_tags_are_neither_parsed_as_math_nor_control_the_text():
    y = [["a\x1b[2J", "b\n", r"$\frac$", "\u202e"]]
    display = TokenConfusionMatrixDisplay.from_predictions(y, y)
    display.figure_.canvas.draw()
    assert ticks(display) == [r"$\frac$", r"a\x1b[2J", r"b\n", r"\u202e"]
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ticks(display)
