import numpy as np
import pytest
from scipy import sparse

from sklstm.nn.embedding import embedding_backward, embedding_forward

from ._checks import TOLERANCE, central_differences, freeze, relative_error


@pytest.fixture
def problem():
    """Five tokens of up to four features, which are rows 6, 0, 3 and 5 of a table of eight."""
    rng = np.random.RandomState(0)
    S = rng.normal(size=(5, 4)) * (rng.random_sample((5, 4)) < 0.6)
    S[3] = 0  # a token without features
    return S, rng.normal(size=(8, 3)), np.array([6, 0, 3, 5]), rng.normal(size=(5, 3))


def test_a_token_is_the_weighted_sum_of_its_features(problem):
    S, E, rows, _ = problem
    X = embedding_forward(S, E[rows])
    for token in range(5):
        expected = sum(S[token, column] * E[row] for column, row in enumerate(rows))
        np.testing.assert_allclose(X[token], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(X[3], 0)


def test_gradient_agrees_with_central_differences_and_other_rows_have_none(problem):
    S, E, rows, weights = problem
    numeric = central_differences(lambda: np.sum(embedding_forward(S, E[rows]) * weights), E)
    dE = np.zeros_like(E)
    dE[rows] = embedding_backward(weights, S)
    assert relative_error(dE, numeric) < TOLERANCE
    untouched = np.setdiff1d(np.arange(8), rows)
    np.testing.assert_array_equal(numeric[untouched], 0)


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_and_dense_features_give_the_same(problem, form):
    S, E, rows, dX = problem
    X, dE = embedding_forward(form(S), E[rows]), embedding_backward(dX, form(S))
    assert type(X) is type(dE) is np.ndarray
    np.testing.assert_allclose(X, embedding_forward(S, E[rows]), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(dE, embedding_backward(dX, S), rtol=1e-13, atol=1e-15)


def test_forward_and_backward_are_transposes_of_each_other(problem):
    S, E, rows, dX = problem
    products = (
        np.sum(embedding_forward(S, E[rows]) * dX),
        np.sum(E[rows] * embedding_backward(dX, S)),
    )
    assert products[0] == pytest.approx(products[1], rel=1e-13)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_precision_is_kept(problem, form):
    S, E, rows, dX = (a.astype(np.float32) if a.dtype == float else a for a in problem)
    assert embedding_forward(form(S), E[rows]).dtype == np.float32
    assert embedding_backward(dX, form(S)).dtype == np.float32


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_inputs_are_left_unmodified(problem, form):
    S, E, rows, dX = problem
    S = form(S)
    freeze(S.data if sparse.issparse(S) else S, E, rows, dX)
    embedding_forward(S, E[rows])
    embedding_backward(dX, S)
