from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pyarrow
import pytest

from sklstm.datasets import sequences_from_frame

from ._inputs import (
    FRAME_FORMS,
    MATRICES,
    NAMES,
    NAN,
    ROW_FRAMES,
    ROWS,
    TAGS,
    WORDS,
    ForeignArray,
    objects,
    refuses,
    tagger,
)


@pytest.mark.parametrize("frames", [*FRAME_FORMS.values(), *ROW_FRAMES.values()])
def test_data_frames_name_their_features(frames):
    y = TAGS if isinstance(frames, list) else ["a", "b"]
    fitted = tagger().fit(frames, y)
    assert fitted.feature_names_in_.tolist() == NAMES
    assert not hasattr(tagger().fit(MATRICES, TAGS), "feature_names_in_")


class ForeignFrame(ForeignArray):
    """A data frame of a library that does not say what its columns hold."""

    columns = NAMES


@pytest.mark.parametrize("form", [ForeignFrame, lambda rows: [ForeignFrame(rows)]])
def test_data_frames_of_other_libraries_hold_vectors(form):
    X, y = form(ROWS), ["a", "b"] if form is ForeignFrame else [["a", "b"]]
    assert tagger().fit(X, y).n_features_in_ == 3
    X = form(np.where(ROWS == 4, NAN, ROWS))
    with refuses(ValueError, "feature 'v'. Impute or leave out such values"):
        tagger().fit(X, y)


@pytest.mark.parametrize("X", [pd.array([1, None], dtype="Int64"), pl.Series([1, None])])
def test_a_number_that_is_missing_from_a_data_frame_is_nan(X):
    frame = pl.DataFrame({"u": X}) if isinstance(X, pl.Series) else pd.DataFrame({"u": X})
    with refuses(ValueError, "Input X contains NaN, first in X[1], feature 'u'"):
        tagger().fit(frame, ["a", "b"])
    with refuses(ValueError, "Input X contains NaN, first in X[0][1], feature 'u'"):
        tagger().fit([frame], [["a", "b"]])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_of_words_are_refused(frame):
    data = frame({"length": [5, 4], "word": ["Ducks", "swim"]})
    message = (
        "holds str, 'Ducks', but a data frame holds numeric features, a vector in each row. For "
        "words, pass a list of lists of str, one list for each sequence."
    )
    with refuses(ValueError, f"The column 'word' of X {message}"):
        tagger().fit(data, ["NOUN", "VERB"])
    with refuses(ValueError, f"The column 'word' of X[1] {message}"):
        tagger().fit([frame({"length": [5, 4], "word": [1, 2]}), data], [["NOUN", "VERB"]] * 2)


LONG = {"sentence": [7, 7, 3], "word": ["Ducks", "swim", "Swim"], "tag": ["NOUN", "VERB", "VERB"]}


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_data_frame_with_a_row_for_each_token_is_shown_the_way(frame, on_words):
    X = frame(LONG)
    message = (
        "From a data frame with one row for each token, "
        "sklstm.datasets.sequences_from_frame(X, group=..., columns='word') makes such lists."
    )
    for use in (tagger().fit, on_words.score):
        with refuses(ValueError, message):
            use(X, X["tag"])
    with refuses(ValueError, message):
        on_words.predict(X)
    X, y = sequences_from_frame(X, group="sentence", columns="word", target="tag")
    assert tagger().fit(X, y).vocabulary_ == on_words.vocabulary_


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_data_frame_for_each_sequence_needs_no_such_way(frame):
    with pytest.raises(ValueError, match=r"of X\[0\] holds str, .* one list for each sequence\.$"):
        tagger().fit([frame({"word": ["Ducks", "swim"]})], [["NOUN", "VERB"]])


MOMENTS = [datetime(2024, 2, 28, 23, 59), datetime(2024, 2, 29, 0, 1)]
COLUMNS_OF_TIMES = {
    "pandas times": pd.Series(MOMENTS),
    "pandas times in nanoseconds": pd.Series(MOMENTS, dtype="datetime64[ns]"),
    "pandas times in a time zone": pd.Series(MOMENTS).dt.tz_localize("UTC"),
    "pandas durations": pd.Series(MOMENTS).diff(),
    "pandas periods": pd.Series(MOMENTS).dt.to_period("D"),
    "Python's times in pandas": pd.Series(MOMENTS, dtype=object),
    "Python's dates in pandas": pd.Series([moment.date() for moment in MOMENTS]),
    "Python's times of day in pandas": pd.Series([moment.time() for moment in MOMENTS]),
    "Python's durations in pandas": pd.Series([timedelta(1), timedelta(2)], dtype=object),
    "polars times": pl.Series(MOMENTS),
    "polars times in a time zone": pl.Series(MOMENTS).dt.replace_time_zone("UTC"),
    "polars dates": pl.Series([date(2024, 2, 28), date(2024, 2, 29)]),
    "polars times of day": pl.Series([time(23, 59), time(0, 1)]),
    "polars durations": pl.Series([timedelta(1), timedelta(2)]),
}


@pytest.mark.parametrize("column", COLUMNS_OF_TIMES.values(), ids=COLUMNS_OF_TIMES.keys())
@pytest.mark.parametrize("others", [{}, {"u": [1.0, 2.0]}], ids=["alone", "beside numbers"])
def test_columns_of_times_are_to_be_converted(column, others):
    frame = pl.DataFrame if isinstance(column, pl.Series) else pd.DataFrame
    X = frame({**others, "moment": column})
    message = (
        "holds dates, times or durations, but features are numbers. Convert it to numbers, for "
        "instance to the hour, the day of the week or the seconds since the token before, or leave "
        "it out."
    )
    with refuses(ValueError, f"The column 'moment' of X {message}"):
        tagger().fit(X, ["a", "b"])
    with refuses(ValueError, f"The column 'moment' of X[0] {message}"):
        tagger().fit([X], [["a", "b"]])


def test_times_that_are_converted_are_features():
    moments = pd.DataFrame({"moment": MOMENTS})["moment"].dt
    X = pd.DataFrame({"hour": moments.hour / 24, "minute": moments.minute / 60})
    assert tagger().fit([X], [["a", "b"]]).feature_names_in_.tolist() == ["hour", "minute"]


def test_words_are_named_before_times():
    X = pd.DataFrame({"moment": MOMENTS, "word": ["Ducks", "swim"]})
    with refuses(ValueError, "The column 'word' of X holds str, 'Ducks'"):
        tagger().fit(X, ["NOUN", "VERB"])


def test_data_frames_of_other_objects_are_refused_as_scikit_learn_does():
    frame = pd.DataFrame({"u": [1.0, object()]})
    for X in (frame, [frame]):
        with refuses(TypeError, "float() argument must be a string or a real number, not 'object'"):
            tagger().fit(X, TAGS)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("columns", [["v", "u"], ["u", "other"]])
def test_data_frames_with_other_columns_in_one_list_are_refused(frame, columns):
    X = [frame({"u": [1.0], "v": [2.0]}), frame({column: [1.0] for column in columns})]
    with refuses(
        ValueError,
        f"X[1] has the columns {columns}, but X[0] has the columns ['u', 'v']: all data frames "
        "must have the same columns in the same order.",
    ):
        tagger().fit(X, [["a"], ["b"]])


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame(ROWS, columns=["u", "v", "other"]),
        [pd.DataFrame(ROWS, columns=["u", "v", "other"])],
        [pl.DataFrame(ROWS, schema=["u", "v", "other"])],
    ],
)
def test_other_names_than_in_fit_are_refused(X, on_frames):
    with pytest.raises(
        ValueError, match=r"The feature names should match (?s:.*)unseen at fit time:\n- other"
    ):
        on_frames.predict(X)


def test_names_that_are_missing_warn_as_in_scikit_learn(on_frames):
    with pytest.warns(UserWarning, match="X does not have valid feature names, but BiLSTMTagger"):
        on_frames.predict(MATRICES)


def object_frame(data):
    """Return a data frame whose cells are arrays, as pandas reads them from Parquet."""
    return pd.DataFrame({name: pd.Series(list(map(arrays, cells))) for name, cells in data.items()})


def arrays(cell):
    """Return nested lists as nested arrays of objects."""
    return objects(list(map(arrays, cell))) if isinstance(cell, list) else cell


COLUMN_FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrays in pandas": object_frame,
    "tuples in pandas": lambda data: pd.DataFrame(data).map(tuple),
    "pyarrow": pyarrow.table,
    "pyarrow in pandas": lambda data: pyarrow.table(data).to_pandas(),
}


@pytest.mark.parametrize("frame", COLUMN_FRAMES.values(), ids=COLUMN_FRAMES)
@pytest.mark.parametrize(
    "X",
    [
        WORDS,
        [[{"word": word} for word in words] for words in WORDS],
        [m.tolist() for m in MATRICES],
    ],
    ids=["words", "dicts", "vectors"],
)
def test_a_data_frame_of_one_column_of_sequences_is_that_column(X, frame):
    weights = [[1.0, 2.0], [3.0]]
    fitted = tagger().fit(X, TAGS, weights)
    X_frame, y = frame({"X": X}), frame({"y": TAGS})
    other = tagger().fit(X_frame, y, frame({"w": weights}), X_val=X_frame, y_val=y)
    assert not hasattr(other, "feature_names_in_")
    answers = fitted.predict_proba(X), other.predict_proba(X_frame)
    for ours, theirs in zip(*answers, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert fitted.predict(X_frame).tolist() == fitted.predict(X).tolist()
    weighted = fitted.score(X, TAGS, weights)
    assert fitted.score(X_frame, y, sample_weight=frame({"w": weights})) == weighted


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pyarrow.table])
def test_a_data_frame_of_one_column_of_vectors_has_rows(frame):
    X = frame({"features": ROWS.tolist()})
    fitted = tagger().fit(X, ["a", "b"])
    assert fitted.n_features_in_ == 3
    assert fitted.predict(X).tolist() == fitted.predict(ROWS).tolist()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pyarrow.table])
def test_other_data_frames_of_one_column_are_rows(frame):
    X = frame({"u": [0.5, 1.5]})
    y = ["a", "b"] if frame is pyarrow.table else frame({"y": ["a", "b"]})["y"]
    assert tagger().fit(X, y).predict(X).shape == (2,)
    with refuses(ValueError, "holds str, 'Ducks swim', but a data frame holds numeric features"):
        tagger().fit(pd.DataFrame({"text": ["Ducks swim", "Swim"]}), ["a", "b"])


def test_a_missing_sequence_in_a_column_is_named():
    with refuses(ValueError, "X[1] is None, not a sequence of tokens."):
        tagger().fit(pd.DataFrame({"X": [["Ducks", "swim"], None]}), TAGS)
