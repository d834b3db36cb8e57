"""LossCurveDisplay: the loss and the validation score of each epoch."""

import ast
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import display
from sklstm.display import LossCurveDisplay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def trained():
    return FittedStub([2.0, 1.0, 0.5], [0.3, 0.6, 0.8])


class FittedStub(BaseEstimator):
    """The fitted attributes that the display uses."""

    def __init__(self, losses, scores=None):
        self.loss_curve_, self.validation_scores_ = losses, scores

    def fit(self, X, y):
        return self


def test_the_lines_are_the_curves_of_the_tagger(small, english):
    X, y = english
    small.fit(X[:20], y[:20], X_val=X[20:30], y_val=y[20:30])
    display = LossCurveDisplay.from_estimator(small)
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(display.line_.get_ydata(), small.loss_curve_)
    np.testing.assert_array_equal(display.score_line_.get_ydata(), small.validation_scores_)
    assert display.line_.axes is display.ax_
    assert display.score_line_.axes is display.score_ax_
    assert display.figure_ is display.ax_.figure is display.score_ax_.figure


def test_the_scores_are_below_the_losses_over_the_same_epochs(trained):
    display = LossCurveDisplay.from_estimator(trained)
    display.figure_.draw_without_rendering()
    above, below = (ax.get_position(original=False) for ax in (display.ax_, display.score_ax_))
    assert below.y1 <= above.y0
    assert (below.x0, below.x1) == pytest.approx((above.x0, above.x1))
    assert display.ax_.get_xlim() == display.score_ax_.get_xlim()
    assert display.ax_.get_ylabel() == "Training loss"
    assert display.score_ax_.get_ylabel() == "Validation accuracy"
    assert (display.ax_.get_xlabel(), display.score_ax_.get_xlabel()) == ("", "Epoch")


def test_without_scores_there_is_one_plot():
    display = LossCurveDisplay.from_estimator(FittedStub([2.0, 1.0]))
    assert display.score_line_ is None
    assert display.score_ax_ is None
    assert display.figure_.axes == [display.ax_]
    assert display.ax_.get_xlabel() == "Epoch"


def test_the_epoch_that_early_stopping_kept_is_marked(small, english):
    small.set_params(early_stopping=True, max_iter=6, n_iter_no_change=2, learning_rate="constant")
    small.fit(*english)
    kept = int(np.argmax(small.validation_scores_)) + 1
    display = LossCurveDisplay.from_estimator(small)
    assert display.kept_.get_xdata().tolist() == [kept]
    assert display.kept_.get_ydata().tolist() == [small.best_validation_score_]
    assert display.kept_.axes is display.score_ax_
    (text,) = display.score_ax_.get_legend().get_texts()
    assert text.get_text() == f"Epoch {kept} was kept"


def stopped_early(scores, best, *, warm_start=False):
    tagger = FittedStub([1.0] * len(scores), scores)
    tagger.best_loss_, tagger.best_validation_score_ = None, best
    tagger.warm_start = warm_start
    return tagger


def test_the_first_of_equal_scores_was_kept_except_after_a_warm_start():
    scores = [0.3, 0.8, 0.6, 0.8]
    display = LossCurveDisplay.from_estimator(stopped_early(scores, 0.8))
    assert display.kept_epoch == 2
    display = LossCurveDisplay.from_estimator(stopped_early(scores, 0.8, warm_start=True))
    assert display.kept_epoch is None
    # The best of the last fit, not of all.
    display = LossCurveDisplay.from_estimator(stopped_early(scores, 0.6, warm_start=True))
    assert display.kept_epoch == 3


def test_without_early_stopping_the_best_epoch_is_marked(small, english):
    X, y = english
    small.fit(X[:20], y[:20], X_val=X[20:30], y_val=y[20:30])
    small.set_params(early_stopping=True)  # after the fit
    display = LossCurveDisplay.from_estimator(small)
    best = small.validation_scores_.index(max(small.validation_scores_)) + 1
    assert display.kept_.get_xdata().tolist() == [best]
    (text,) = display.score_ax_.get_legend().get_texts()
    assert text.get_text() == f"Epoch {best} is best"


@pytest.mark.parametrize(
    ("params", "label"),
    [
        ({"scoring": "neg_token_log_loss"}, "Validation neg token log loss"),
        ({"output": "crf", "scheme": "BIO"}, "Validation span F1"),
    ],
)
def test_the_axis_names_the_score(small, params, label):
    X, y = [["Ada", "slept"]] * 4, [["B-person", "O"]] * 4
    small.set_params(max_iter=1, **params).fit(X, y, X_val=X, y_val=y)
    assert LossCurveDisplay.from_estimator(small).score_ax_.get_ylabel() == label


def test_each_of_several_taggers_has_its_marker():
    first = LossCurveDisplay.from_estimator(stopped_early([0.3, 0.8], 0.8), name="one")
    second = LossCurveDisplay.from_estimator(
        stopped_early([0.5, 0.4], 0.5), name="other", ax=first.ax_
    )
    texts = [text.get_text() for text in first.score_ax_.get_legend().get_texts()]
    assert texts == ["Epoch 2 was kept, one", "Epoch 1 was kept, other"]
    for each in (first, second):
        assert each.kept_.get_color() == each.line_.get_color()


def test_it_finds_the_tagger_in_a_pipeline_and_in_a_search(small, english):
    X, y = english
    pipeline = make_pipeline(FunctionTransformer(), small.set_params(max_iter=2))
    search = GridSearchCV(pipeline, {"bilstmtagger__alpha": [0.1]}, cv=2).fit(X[:12], y[:12])
    display = LossCurveDisplay.from_estimator(search)
    tagger = search.best_estimator_[-1]
    np.testing.assert_array_equal(display.line_.get_ydata(), tagger.loss_curve_)


def test_several_taggers_share_the_axes_of_the_first(trained):
    _, ax = plt.subplots()
    first = LossCurveDisplay.from_estimator(trained, ax=ax, name="first")
    second = LossCurveDisplay.from_estimator(
        FittedStub([3.0, 2.0], [0.1, 0.2]), ax=ax, name="second"
    )
    third = LossCurveDisplay.from_estimator(FittedStub([4.0]), ax=first.ax_, name="third")
    assert first.ax_ is second.ax_ is third.ax_ is ax
    assert first.score_ax_ is second.score_ax_ is third.score_ax_
    assert len(ax.figure.axes) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["first", "second", "third"]


def test_scores_can_be_added_to_a_plot_without_scores(trained):
    first = LossCurveDisplay.from_estimator(FittedStub([4.0, 3.0]))
    second = LossCurveDisplay.from_estimator(trained, ax=first.ax_)
    assert second.score_ax_.get_xlabel() == "Epoch"
    assert first.ax_.get_xlabel() == ""


def test_other_axes_that_share_the_x_axis_are_not_used(trained):
    _, (ax, other) = plt.subplots(2, sharex=True)
    display = LossCurveDisplay.from_estimator(trained, ax=ax)
    assert display.score_ax_ is not other
    assert not other.lines


def test_line_styles_distinguish_taggers_and_both_lines_of_one_are_the_same(trained):
    first = LossCurveDisplay.from_estimator(FittedStub([4.0, 3.0]))
    second = LossCurveDisplay.from_estimator(trained, ax=first.ax_)
    assert first.line_.get_linestyle() != second.line_.get_linestyle()
    assert second.score_line_.get_linestyle() == second.line_.get_linestyle()
    assert second.score_line_.get_color() == second.line_.get_color()


def test_a_single_epoch_has_a_marker():
    assert LossCurveDisplay([1.0]).plot().line_.get_marker() == "o"


def test_there_is_no_legend_without_a_name(trained):
    assert LossCurveDisplay.from_estimator(trained).ax_.get_legend() is None


def test_the_name_passed_to_plot_has_priority():
    display = LossCurveDisplay([1.0, 0.5], name="one").plot(name="other")
    assert display.ax_.get_legend().get_texts()[0].get_text() == "other"


def test_line_kw_apply_to_both_lines(trained):
    display = LossCurveDisplay.from_estimator(trained, line_kw={"color": "red", "alpha": 0.5})
    assert display.line_.get_color() == display.score_line_.get_color() == "red"
    assert display.line_.get_alpha() == display.score_line_.get_alpha() == 0.5


def test_epochs_are_whole_numbers():
    display = LossCurveDisplay([3.0, 2.0, 1.0]).plot()
    display.figure_.draw_without_rendering()
    assert all(tick == int(tick) for tick in display.ax_.get_xticks())


def test_scores_of_unknown_epochs_are_omitted_with_a_warning():
    with pytest.warns(UserWarning, match="1 validation scores for 2 epochs"):
        display = LossCurveDisplay.from_estimator(FittedStub([2.0, 1.0], [0.5]))
    assert display.score_line_ is None


def test_an_unfitted_tagger_raises_an_error(small):
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(small)


def test_the_message_names_the_estimator_without_losses():
    X, y = [[0.0], [1.0]], [0, 1]
    model = make_pipeline(FunctionTransformer(), LogisticRegression()).fit(X, y)
    message = "LogisticRegression has no loss_curve_. Pass a fitted BiLSTMTagger"
    with pytest.raises(AttributeError, match=message):
        LossCurveDisplay.from_estimator(model)


def test_without_matplotlib_the_message_says_what_to_install(trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for plot in (lambda: LossCurveDisplay.from_estimator(trained), LossCurveDisplay([1.0]).plot):
        with pytest.raises(ImportError, match=r"LossCurveDisplay.* requires matplotlib"):
            plot()


def test_matplotlib_is_only_imported_in_functions():
    for path in Path(display.__file__).parent.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            assert not re.match("(import|from) matplotlib", ast.unparse(node)), path
