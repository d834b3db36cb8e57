import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from ._inputs import (
    BLOCK,
    FRAME_FORMS,
    INF,
    MATRICES,
    NAN,
    ROW_FRAMES,
    ROWS,
    TAGS,
    ForeignArray,
    OnlyArray,
    assert_ragged,
    assert_ragged_probabilities,
    each,
    objects,
    refuses,
    tagger,
)

RAGGED_VECTOR_FORMS = {
    "list of arrays": MATRICES,
    "tuple of arrays": tuple(MATRICES),
    "object array of arrays": objects(MATRICES),
    "list of integer arrays": [matrix.astype(int) for matrix in MATRICES],
    "list of float32 arrays": [matrix.astype(np.float32) for matrix in MATRICES],
    "list of object arrays": [matrix.astype(object) for matrix in MATRICES],
    "nested lists": [matrix.tolist() for matrix in MATRICES],
    "nested tuples": [tuple(map(tuple, matrix)) for matrix in MATRICES],
    "lists of vectors": [list(matrix) for matrix in MATRICES],
    "object array of nested lists": objects([matrix.tolist() for matrix in MATRICES]),
    "object arrays of vectors": [objects(list(matrix)) for matrix in MATRICES],
    "pandas column of nested lists": pd.Series([matrix.tolist() for matrix in MATRICES]),
    "polars column of nested lists": pl.Series([matrix.tolist() for matrix in MATRICES]),
    "list of pandas columns of vectors": [pd.Series(list(matrix)) for matrix in MATRICES],
    "list of csr_matrix": [sparse.csr_matrix(matrix) for matrix in MATRICES],
    "list of csr_array": [sparse.csr_array(matrix) for matrix in MATRICES],
    "list of csc_array": [sparse.csc_array(matrix) for matrix in MATRICES],
    "list of coo_array": [sparse.coo_array(matrix) for matrix in MATRICES],
    "list of lil_matrix": [sparse.lil_matrix(matrix) for matrix in MATRICES],
    "dense and sparse": [MATRICES[0], sparse.csr_array(MATRICES[1])],
    "list of only __array__": [OnlyArray(matrix) for matrix in MATRICES],
    "list of foreign arrays": [ForeignArray(matrix) for matrix in MATRICES],
}
BLOCK_FORMS = {
    "array": BLOCK,
    "integer array": BLOCK.astype(int),
    "object array": BLOCK.astype(object),
    "only __array__": OnlyArray(BLOCK),
    "foreign array": ForeignArray(BLOCK),
}
ROW_FORMS = {
    "array": ROWS,
    "Fortran array": np.asfortranarray(ROWS),
    "integer array": ROWS.astype(int),
    "object array": ROWS.astype(object),
    "only __array__": OnlyArray(ROWS),
    "foreign array": ForeignArray(ROWS),
    "csr_matrix": sparse.csr_matrix(ROWS),
    "csr_array": sparse.csr_array(ROWS),
    "csc_matrix": sparse.csc_matrix(ROWS),
    "coo_array": sparse.coo_array(ROWS),
    "nested lists": ROWS.tolist(),
    "list of vectors": list(ROWS),
    "object array of lists": objects(ROWS.tolist()),
    "pandas column of lists": pd.Series(ROWS.tolist()),
    "polars column of lists": pl.Series(ROWS.tolist()),
}


@each({**RAGGED_VECTOR_FORMS, **FRAME_FORMS})
def test_sequences_of_vectors_in_any_container_are_the_same_vectors(X, on_vectors):
    fitted = tagger().fit(X, TAGS)
    assert fitted.n_features_in_ == 3
    assert not hasattr(fitted, "vocabulary_")
    assert_ragged(fitted.predict(X), [2, 1])
    assert_ragged_probabilities(fitted, X, [2, 1])
    for ours, theirs in zip(
        fitted.predict_proba(X), on_vectors.predict_proba(MATRICES), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


@each({**BLOCK_FORMS})
def test_a_block_is_answered_with_a_block(X):
    y = np.array([["a", "b"], ["b", "b"]])
    fitted = tagger().fit(X, y)
    assert fitted.n_features_in_ == 3
    answer, p = fitted.predict(X), fitted.predict_proba(X)
    assert (answer.shape, answer.dtype) == ((2, 2), y.dtype)
    assert p.shape == fitted.predict_log_proba(X).shape == (2, 2, 2)
    ragged = fitted.predict(list(BLOCK))
    assert_ragged(ragged, [2, 2])
    assert ragged.tolist() == answer.tolist()


@each({**ROW_FORMS, **ROW_FRAMES})
def test_rows_are_sequences_of_one_token(X):
    y = np.array(["a", "b"])
    fitted = tagger().fit(X, y)
    assert fitted.n_features_in_ == 3
    answer, p = fitted.predict(X), fitted.predict_proba(X)
    assert (answer.shape, answer.dtype) == ((2,), y.dtype)
    assert p.shape == fitted.predict_log_proba(X).shape == (2, 2)
    exact = tagger().fit(ROWS, y)
    np.testing.assert_allclose(p, exact.predict_proba(ROWS), rtol=1e-6)
    if not hasattr(X, "columns"):  # names would be missed
        one_by_one = fitted.predict([[row] for row in ROWS])
        assert_ragged(one_by_one, [1, 1])
        assert answer.tolist() == [tag for tags in one_by_one for tag in tags]


@pytest.mark.filterwarnings("ignore:X has 2 rows, and each is read as:UserWarning")
@pytest.mark.parametrize("fit_on", [MATRICES, ROWS, BLOCK, sparse.csr_array(ROWS)])
def test_forms_of_vectors_may_differ_between_fit_and_predict(fit_on):
    y = {2: TAGS if isinstance(fit_on, list) else ["a", "b"], 3: [["a", "b"], ["b", "a"]]}
    fitted = tagger().fit(fit_on, y[getattr(fit_on, "ndim", 2)])
    block = fitted.predict(BLOCK)
    rows = fitted.predict(BLOCK[:, 0])
    assert (block.shape, rows.shape) == ((2, 2), (2,))
    assert_ragged(fitted.predict(MATRICES), [2, 1])
    assert fitted.predict(list(map(sparse.csr_array, BLOCK))).tolist() == block.tolist()
    assert fitted.predict(BLOCK.tolist()).tolist() == block.tolist()
    assert fitted.predict(sparse.csc_array(BLOCK[:, 0])).tolist() == rows.tolist()


@pytest.mark.parametrize(("dtype", "expected"), [(np.float32, np.float32), (int, np.float64)])
@pytest.mark.parametrize(
    "form", [list, tuple, np.array, lambda rows: [rows], lambda rows: [list(rows)]]
)
def test_vectors_keep_their_precision(dtype, expected, form):
    X = form(ROWS.astype(dtype))
    y = [["a", "b"]] if len(X) == 1 else ["a", "b"]
    p = tagger().fit(X, y).predict_proba(X)
    assert (p[0] if p.dtype == object else p).dtype == expected


def test_an_array_of_no_sequences_is_refused_as_scikit_learn_does(on_vectors):
    for X in (np.empty((0, 3)), np.empty((0, 3), dtype=bytes), np.empty((0, 2, 3))):
        with refuses(
            ValueError,
            "Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 1 is required. Pass "
            "the empty list to predict nothing.",
        ):
            on_vectors.predict(X)


def test_a_block_without_time_steps_gives_an_empty_result(on_vectors):
    assert on_vectors.predict(np.empty((4, 0, 3))).shape == (4, 0)
    assert on_vectors.predict_proba(np.empty((4, 0, 3))).shape == (4, 0, 2)


@pytest.mark.parametrize(
    "token", ["a", {"w": 1}, 1.0], ids=["among vectors: str", "dict", "number"]
)
@pytest.mark.parametrize("first", [MATRICES[0], MATRICES[0].tolist(), sparse.csr_array([[1.0]])])
def test_another_token_among_vectors_is_refused(token, first):
    with refuses(
        ValueError,
        f"X[1][0] is {token!r} of type {type(token).__name__}, not a vector. All tokens must be of "
        "one kind: str, dict or numeric vector.",
    ):
        tagger().fit([first, [token, [1.0, 2.0]]], TAGS)


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (object, "X[1][1][0]: float() argument must be a string or a real number, not 'type'"),
        ([1.0], "X[1]: setting an array element with a sequence."),
    ],
)
def test_a_sequence_of_vectors_that_do_not_hold_numbers_is_named(odd, message):
    with refuses(ValueError, message):
        tagger().fit([[[1.0, 2.0]], [[1.0, 2.0], [odd, 2.0]]], [["a"], ["b", "a"]])


@pytest.mark.parametrize("X", [np.array([[1j]]), [[1j]], [np.array([[1j]])]])
def test_complex_numbers_are_refused(X):
    with refuses(ValueError, "Complex data not supported"):
        tagger().fit(X, [[1]])


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array, np.ndarray.tolist])
def test_another_number_of_features_in_a_sequence_is_named(convert):
    X = [convert(np.ones((2, 3))), [], convert(np.ones((1, 3))), convert(np.ones((1, 2)))]
    with refuses(
        ValueError,
        "X[3] has 2 features for each token, but X[0] has 3 features for each token: all vectors "
        "must have the same features.",
    ):
        tagger().fit(X, [[1, 2], [], [1], [2]])


def test_another_number_of_columns_in_a_data_frame_is_named():
    X = [pd.DataFrame(np.ones((2, 3))), [], pd.DataFrame(np.ones((1, 2)))]
    with refuses(
        ValueError,
        "X[2] has the columns [0, 1], but X[0] has the columns [0, 1, 2]: all data frames must "
        "have the same columns in the same order.",
    ):
        tagger().fit(X, [[1, 2], [], [2]])
    with refuses(
        ValueError, "X[1] has 2 features for each token, but X[0] has 3 features for each"
    ):
        tagger().fit([X[0], np.ones((1, 2))], [[1, 2], [2]])


def test_another_number_of_features_in_a_token_is_named():
    with refuses(ValueError, "X[1][2] has 3 features, but X[1][0] has 2: all vectors must have"):
        tagger().fit([[[1, 2]], [[1, 2], [3, 4], [5, 6, 7]]], [[1], [1, 2, 2]])


@pytest.mark.parametrize(
    "X", [[np.ones((1, 2)), np.ones(2)], [np.ones((1, 2)), np.ones((2, 1, 2))]]
)
def test_a_sequence_of_other_dimensions_is_named(X):
    with refuses(
        ValueError,
        f"X[1] is an array of shape {X[1].shape}, expected 2 dimensions: (n_tokens, n_features). "
        "Reshape it, to (-1, 1) if each entry is a token.",
    ):
        tagger().fit(X, [[1], [1, 2]])


@pytest.mark.parametrize("X", [np.empty((2, 0)), np.empty((2, 1, 0)), [np.empty((2, 0))], [[[]]]])
def test_vectors_without_features_are_refused(X):
    with pytest.raises(ValueError, match=r"0 feature\(s\) .* while a minimum of 1 is required"):
        tagger().fit(X, [[1], [2]])


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize(
    ("X", "place"),
    [
        (lambda bad: [np.ones((1, 2)), np.array([[1, 1], [1, bad]])], "X[1][1], feature 1"),
        (lambda bad: [[[1, 1]], [[bad, 1], [1, bad]]], "X[1][0], feature 0"),
        (lambda bad: [sparse.csr_matrix([[1, 0]]), sparse.csr_matrix([[0, bad]])], "X[1][0], f"),
        (lambda bad: [sparse.csc_array([[1, 0], [bad, 1]]), np.array([[bad, 0]])], "X[0][1], fea"),
        (
            lambda bad: [
                pd.DataFrame({"u": [1.0, 1.0], "v": [1, bad]}),
                pd.DataFrame({"u": [1.0], "v": [1]}),
            ],
            "X[0][1], feature 'v'",
        ),
        (lambda bad: [pl.DataFrame({"u": [1.0], "v": [bad]})], "X[0][0], feature 'v'"),
        (lambda bad: np.array([[[1, 1], [1, 1]], [[1, bad], [bad, 1]]]), "X[1][0], feature 1"),
        (lambda bad: np.array([[1, 1], [bad, 1]]), "X[1], feature 0"),
        (lambda bad: np.array([[1, 1], [bad, 1]], dtype=object), "X[1], feature 0"),
        (lambda bad: [[1, 1], [1, bad]], "X[1], feature 1"),
        (lambda bad: sparse.csr_array([[0, 1], [0, bad]]), "X[1], feature 1"),
        (lambda bad: sparse.coo_matrix([[0, 1], [0, bad]]), "X[1], feature 1"),
        (lambda bad: pd.DataFrame({"u": [1, 2], "v": [1, bad]}), "X[1], feature 'v'"),
        (lambda bad: pl.DataFrame({"u": [1, 2], "v": [1.0, bad]}), "X[1], feature 'v'"),
    ],
    ids=[
        *("arrays", "nested lists", "csr_matrix", "csc_array", "pandas frames", "polars frames"),
        *("block", "rows", "object rows", "nested rows", "csr rows", "coo rows", "pandas rows"),
        "polars rows",
    ],
)
def test_vectors_that_are_not_finite_are_refused_and_the_first_named(value, X, place):
    X = X(value)
    problem = "NaN" if math.isnan(value) else "infinity"
    with refuses(ValueError, f"Input X contains {problem}, first in {place}"):
        tagger().fit(X, TAGS)
    with refuses(ValueError, "Impute or leave out such values, for instance with sklearn.impute"):
        tagger().fit(X, TAGS)


def padded(n_tokens, where):
    """Return two sequences, of 1 and of n_tokens tokens, in a block of 4 steps filled with NaN."""
    X = np.full((2, 4, 3), NAN)
    for x, n in zip(X, (1, n_tokens), strict=True):
        x[where(n)] = np.arange(3 * n).reshape(n, 3)
    return X


def at_the_start(n):
    return slice(0, n)


def at_the_end(n):
    return slice(4 - n, 4)


PADDING = "NaN fills whole tokens, before or after the others of their sequences, which looks like"
IMPUTE = "Impute or leave out such values, for instance with sklearn.impute."


@pytest.mark.parametrize("form", [np.asarray, list, np.ndarray.tolist])
@pytest.mark.parametrize("n_tokens", [4, 3, 0])
@pytest.mark.parametrize(("where", "first"), [(at_the_start, 1), (at_the_end, 0)])
def test_nan_that_looks_like_padding_is_to_be_cut_off(form, n_tokens, where, first, on_vectors):
    X, y = form(padded(n_tokens, where)), [[0, 1, 0, 1]] * 2
    message = f"Input X contains NaN, first in X[0][{first}], feature 0. {PADDING} padding."
    with refuses(ValueError, message):
        tagger().fit(X, y)
    with refuses(ValueError, message):
        on_vectors.predict(X)


def test_both_ways_to_get_rid_of_padding_are_legal():
    X, y = padded(3, at_the_start), np.array([[0, 1, 1, 1], [0, 0, 1, 1]])
    with pytest.raises(ValueError, match="padding") as caught:
        tagger().fit(X, y)
    recipe = "[x[~np.isnan(x).all(axis=1)] for x in X]"
    assert f"as in X = {recipe}." in str(caught.value)
    cut = eval(recipe, {"np": np, "X": X})
    assert [len(x) for x in cut] == [1, 3]
    assert tagger().fit(cut, [y[0, :1], y[1, :3]]).classes_.tolist() == [0, 1]
    weights = (~np.isnan(X).all(axis=2)).astype(int)
    filled = tagger().fit(np.nan_to_num(X), y, weights)
    assert filled.classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    "X",
    [
        np.where(np.arange(4)[:, None] == 1, NAN, np.ones((2, 4, 3))),
        np.where(np.arange(3) == 2, padded(3, at_the_start), 1.0),
        np.where(padded(3, at_the_start) == 4, INF, padded(3, at_the_start)),
        np.where(padded(3, at_the_start) == 4, NAN, padded(3, at_the_start)),
        np.full((2, 4, 3), NAN),
        padded(3, at_the_start)[:, :, 0],
        list(map(sparse.csr_array, padded(3, at_the_start))),
    ],
    ids=[
        *("a token between others", "one feature", "infinity", "a number", "everything", "rows"),
        "sparse",
    ],
)
def test_other_nan_is_to_be_imputed(X):
    with refuses(ValueError, IMPUTE):
        tagger().fit(X, [[0, 1, 0, 1]] * 2)


YEARS = np.array([["2020", "2021", "2022"], ["2023", "2024", "2025"]], "M8[s]")
FORMS = {
    "rows": (lambda array: array, "X"),
    "block": (lambda array: array[None], "X"),
    "arrays": (lambda array: [np.ones((1, 3)), array], "X[1]"),
    "lists": (lambda array: [list(map(list, array))], "X[0]"),
    "lists of arrays": (lambda array: [list(array)], "X[0]"),
    "array of arrays": (lambda array: objects([array]), "X[0]"),
}


@pytest.mark.parametrize(("form", "place"), FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("unit", ["D", "ns"])
@pytest.mark.parametrize("times", [YEARS, YEARS - YEARS[0, 0]], ids=["dates", "durations"])
def test_dates_and_durations_are_to_be_converted(times, unit, form, place, on_vectors):
    X = form(times.astype(f"{times.dtype.kind}8[{unit}]"))
    for use in (lambda X: tagger().fit(X, TAGS), on_vectors.predict):
        with refuses(ValueError, f"{place} holds dates, times or durations, but features are num"):
            use(X)


@pytest.mark.parametrize("kind", ["M8", "m8"])
@pytest.mark.parametrize("unit", ["D", "ns"])
def test_one_dimensional_dates_and_durations_are_no_vectors(kind, unit, on_vectors):
    times = np.array([1, 2, 3], f"{kind}[{unit}]")
    for X in ([times], times, list(times), [list(times)], objects([times])):
        with pytest.raises(ValueError, match=r"^X\[0\]|Reshape your data"):
            on_vectors.predict(X)


@pytest.mark.parametrize("dtype", [float, np.float32, int, bool])
@pytest.mark.parametrize(
    ("form", "place"),
    [
        (lambda array: array, "X[1], feature 2"),
        (lambda array: array[None], "X[0][1], feature 2"),
        (lambda array: [np.ones((1, 3)), array], "X[1][1], feature 2"),
        (lambda array: [list(array)], "X[0][1], feature 2"),
        (lambda array: objects([array]), "X[0][1], feature 2"),
    ],
    ids=["rows", "block", "arrays", "lists of arrays", "array of arrays"],
)
@pytest.mark.filterwarnings("ignore:X has 2 rows:UserWarning")
def test_masked_numbers_are_missing(dtype, form, place, on_vectors):
    array = np.ones((2, 3), dtype)
    X = form(np.ma.array(array, mask=[[False] * 3, [False, False, True]]))
    for use in (lambda X: tagger().fit(X, TAGS), on_vectors.predict):
        with refuses(ValueError, f"Input X contains NaN, first in {place}"):
            use(X)
    pair = on_vectors.predict_proba(form(np.ma.array(array))), on_vectors.predict_proba(form(array))
    for one, other in zip(*pair, strict=True):
        np.testing.assert_array_equal(one, other)


LARGEST = {"f": 3.2e32, "d": 1.7e302}


@pytest.mark.filterwarnings("ignore:Column 0 of X has mean:UserWarning")
@pytest.mark.parametrize("output", ["softmax", "crf"])
@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_that_would_overflow_are_refused_and_the_first_named(dtype, sign, output):
    largest = sign * LARGEST[dtype]
    X = [np.full((2, 3), largest, dtype), np.full((1, 3), -largest, dtype)]
    fitted = tagger(output=output).fit(X, TAGS)
    for p in fitted.predict_proba(X):
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    X[0][1, 2] *= 1.1
    shown = f"{X[0][1, 2]:.3g}, too large for {np.dtype(dtype)}"
    message = f"Input X contains {shown}, first in X[0][1], feature 2. Scale X, for instance with"
    for use in (lambda X: tagger().fit(X, TAGS), fitted.predict):
        with refuses(ValueError, message):
            use(X)
        with refuses(ValueError, message):
            use([sparse.csr_array(x) for x in X])


@pytest.mark.parametrize(
    ("X", "place"),
    [
        ([[[1.0, 2], [1, 10**400]]], "X[0][1][1]"),
        ([[1.0, 10**400]], "X[0][1]"),
        (np.array([[1.0, 10**400]], object), "X[0][1]"),
        (np.array([[[1.0, 10**400]]], object), "X[0][0][1]"),
        (pd.DataFrame({"u": [1, 10**400]}, dtype=object), "X"),
        ([pd.DataFrame({"u": [1, 10**400]}, dtype=object)], "X[0]"),
    ],
    ids=["lists", "rows", "object rows", "object block", "frame", "frames"],
)
def test_integers_beyond_a_float_are_refused_and_the_first_named(X, place):
    with refuses(ValueError, f"{place}: int too large to convert to float."):
        tagger().fit(X, TAGS)


@pytest.mark.parametrize("form", [list, np.array], ids=["list", "array"])
def test_numbers_beyond_double_precision_are_infinite(form):
    X = form([np.full((2, 3), np.longdouble("1e4000"))])
    with refuses(ValueError, "Input X contains infinity, first in X[0][0], feature 0."):
        tagger().fit(X, TAGS[:1])


@pytest.mark.parametrize("dtype", ["f2", "i1", "u1", "i8", "u8", "?", "g"])
@pytest.mark.filterwarnings("ignore:Column [01] of X has mean:UserWarning")
def test_the_smallest_and_the_largest_numbers_of_a_type_are_legal(dtype):
    limits = np.finfo if np.dtype(dtype).kind == "f" else np.iinfo
    low, high = (0, 1) if dtype in "?g" else (limits(dtype).min, limits(dtype).max)
    X = [np.array([[low, high], [low, high]], dtype), np.array([[low, low]], dtype)]
    for p in tagger().fit(X, TAGS).predict_proba(X):
        np.testing.assert_allclose(p.sum(axis=1), 1)


def test_frames_without_columns_are_refused():
    with pytest.raises(ValueError, match=r"0 feature\(s\) .* while a minimum of 1 is required"):
        tagger().fit(pd.DataFrame(index=[0, 1]), [1, 2])
