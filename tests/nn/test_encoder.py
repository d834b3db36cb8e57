import _oracle as oracle
import numpy as np
import pytest
from scipy import sparse

from sklstm.nn.arrays import Arena
from sklstm.nn.encoder import CharacterBatch, TokenBatch, encoder_backward, encoder_forward
from sklstm.nn.packing import pack

from ._checks import (
    TOLERANCE,
    assert_same_bits,
    central_differences,
    computing_in_one_precision,
    directional_derivative,
    freeze,
    freeze_packing,
    relative_error,
    threads,
)

SIZE, N_UNITS, N_VECTOR = 4, 3, 2
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
matrices = pytest.mark.parametrize("matrix", [np.asarray, sparse.csr_array, sparse.csr_matrix])
# The number of characters of each unique word.
words = pytest.mark.parametrize(
    "lengths", [[3, 1, 5, 3], [1], [4, 4], [1, 2, 3], [7, 2, 2, 1]], ids=str
)


# --- embeddings of features ---------------------------------------------------------------------


@pytest.fixture
def embedded():
    """Five tokens with up to four features, which are the rows 6, 0, 3 and 5 of a table of 8."""
    rng = np.random.RandomState(0)
    S = rng.normal(size=(5, 4)) * (rng.random_sample((5, 4)) < 0.6)
    S[3] = 0  # a token without features
    return S, rng.normal(size=(8, 3)), np.array([6, 0, 3, 5]), rng.normal(size=(5, 3))


def embed(S, E, rows):
    X, cache = encoder_forward({}, E[rows], TokenBatch(S, rows))
    assert cache is None
    return X


def embed_backward(dX, S, rows):
    return encoder_backward(dX, {}, None, TokenBatch(S, rows), {})


def test_a_token_is_the_weighted_sum_of_its_features(embedded):
    S, E, rows, _ = embedded
    X = embed(S, E, rows)
    for token in range(5):
        expected = sum(S[token, column] * E[row] for column, row in enumerate(rows))
        np.testing.assert_allclose(X[token], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(X[3], 0)


def test_the_gradient_of_the_table_agrees_with_central_differences_and_other_rows_have_none(
    embedded,
):
    S, E, rows, weights = embedded
    numeric = central_differences(lambda: np.sum(embed(S, E, rows) * weights), E)
    dE = np.zeros_like(E)
    dE[rows] = embed_backward(weights, S, rows)
    assert relative_error(dE, numeric) < TOLERANCE
    untouched = np.setdiff1d(np.arange(8), rows)
    np.testing.assert_array_equal(numeric[untouched], 0)


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_and_dense_features_give_the_same(embedded, form):
    S, E, rows, dX = embedded
    X, dE = embed(form(S), E, rows), embed_backward(dX, form(S), rows)
    assert type(X) is type(dE) is np.ndarray
    np.testing.assert_allclose(X, embed(S, E, rows), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(dE, embed_backward(dX, S, rows), rtol=1e-13, atol=1e-15)


def test_forward_and_backward_are_transposes_of_each_other(embedded):
    S, E, rows, dX = embedded
    forward = np.sum(embed(S, E, rows) * dX)
    backward = np.sum(E[rows] * embed_backward(dX, S, rows))
    assert forward == pytest.approx(backward, rel=1e-13)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_precision_of_features_is_kept(embedded, form):
    S, E, rows, dX = (A.astype(np.float32) if A.dtype == float else A for A in embedded)
    assert embed(form(S), E, rows).dtype == np.float32
    assert embed_backward(dX, form(S), rows).dtype == np.float32


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_features_and_the_table_are_left_unmodified(embedded, form):
    S, E, rows, dX = embedded
    S = form(S)
    freeze(S.data if sparse.issparse(S) else S, E, rows, dX)
    embed(S, E, rows)
    embed_backward(dX, S, rows)


# --- features, characters and vectors -----------------------------------------------------------


class Problem:
    """Tokens of random words: features, characters and vectors, and a gradient of the input.

    Each of the unique words occurs at least once. The rows of the table are two features that are
    no characters, one that is both, and two more characters.
    """

    def __init__(self, lengths, matrix=np.asarray, dtype=np.float64, vectors=True):
        rng = np.random.RandomState(sum(lengths))
        n_words, n_characters, rows = len(lengths), sum(lengths), np.array([2, 3, 4])
        index = rng.randint(3, size=n_characters)
        # The words are in the order of their ranks.
        self.types = rng.permutation([*range(n_words), *rng.randint(n_words, size=4)])
        n_tokens = len(self.types)
        features = rng.normal(size=(n_tokens, 5)) * (rng.random_sample((n_tokens, 5)) < 0.6)
        features[:, 3:] = 0
        self.lengths = lengths
        self.E = rng.normal(size=(5, SIZE)).astype(dtype)
        shape = 2, 4, N_UNITS + SIZE + 1, N_UNITS
        self.parameters = {
            "characters": rng.normal(size=shape).astype(dtype),
            "projection": rng.normal(size=(2 * N_UNITS + 1, SIZE)).astype(dtype),
            "output": rng.normal(size=(3, 2)).astype(dtype),
        }
        characters = CharacterBatch(
            pack(lengths),
            rows,
            index,
            matrix(np.eye(3, dtype=dtype)[:, index]),
            matrix(np.eye(n_words, dtype=dtype)[self.types]),
        )
        self.batch = TokenBatch(
            matrix(features.astype(dtype)),
            np.arange(5) + 10,
            characters,
            rng.normal(size=(n_tokens, N_VECTOR)).astype(dtype) if vectors else None,
        )
        width = SIZE + (N_VECTOR if vectors else 0)
        self.dX = rng.normal(size=(n_tokens, width)).astype(dtype)

    def forward(self):
        return encoder_forward(self.parameters, self.E, self.batch)

    def loss(self):
        return np.sum(self.forward()[0] * self.dX)

    def gradients(self):
        """Return the gradients with respect to the table's rows and the parameters."""
        _, cache = self.forward()
        gradient = {name: np.full_like(W, np.nan) for name, W in self.parameters.items()}
        dE = encoder_backward(self.dX, self.parameters, cache, self.batch, gradient)
        return dE, gradient

    def characters_of(self, rank):
        """Return the indices of the characters of a word among its batch's unique ones."""
        return self.batch.characters.index[self.batch.characters.packing.ranks == rank]

    def represent(self, rank):
        """Return what a word's characters add to its embedding, by the oracle."""
        E = self.E[self.batch.characters.rows[self.characters_of(rank)]]
        states = [
            oracle.lstm_forward(oracle.columns(E), oracle.separate(W), d == 1)
            for d, W in enumerate(self.parameters["characters"])
        ]
        last = [*states[0][-1]["h"].ravel(), *states[1][0]["h"].ravel(), 1]
        return np.array(last) @ self.parameters["projection"]


@words
@matrices
@pytest.mark.parametrize("vectors", [True, False], ids=["vectors", "no vectors"])
def test_an_input_is_the_features_plus_the_characters_and_then_the_vector(lengths, matrix, vectors):
    problem = Problem(lengths, matrix, vectors=vectors)
    X, _ = problem.forward()
    assert type(X) is np.ndarray
    features, _ = encoder_forward({}, problem.E, TokenBatch(problem.batch.features))
    characters = np.array([problem.represent(rank) for rank in problem.types])
    np.testing.assert_allclose(X[:, :SIZE], features + characters, rtol=1e-11, atol=1e-14)
    if vectors:
        np.testing.assert_array_equal(X[:, SIZE:], problem.batch.vectors)
    else:
        assert X.shape[1] == SIZE


@words
@matrices
@pytest.mark.parametrize("vectors", [True, False], ids=["vectors", "no vectors"])
def test_gradients_agree_with_central_differences(lengths, matrix, vectors):
    problem = Problem(lengths, matrix, vectors=vectors)
    dE, gradient = problem.gradients()
    assert type(dE) is np.ndarray
    assert relative_error(dE, central_differences(problem.loss, problem.E)) < TOLERANCE
    numeric = central_differences(problem.loss, problem.parameters["characters"])
    for d in range(2):
        for gate in range(4):
            error = relative_error(gradient["characters"][d, gate], numeric[d, gate])
            assert error < TOLERANCE, (d, "ofig"[gate])
    numeric = central_differences(problem.loss, problem.parameters["projection"])
    assert relative_error(gradient["projection"], numeric) < TOLERANCE
    # The gradient of other parameters is not written.
    assert np.isnan(gradient["output"]).all()


@words
def test_gradient_along_a_random_direction(lengths):
    problem = Problem(lengths)
    dE, gradient = problem.gradients()
    rng = np.random.RandomState(1)
    W = problem.parameters["characters"]
    V_E, V_W = rng.normal(size=problem.E.shape), rng.normal(size=W.shape)

    def loss(E, W):
        parameters = problem.parameters | {"characters": W}
        return np.sum(encoder_forward(parameters, E, problem.batch)[0] * problem.dX)

    numeric = directional_derivative(loss, [problem.E, W], [V_E, V_W])
    analytic = np.sum(dE * V_E) + np.sum(gradient["characters"] * V_W)
    assert relative_error(analytic, numeric) < TOLERANCE


@words
def test_gradients_are_those_of_the_oracle(lengths):
    problem = Problem(lengths)
    dE, gradient = problem.gradients()
    W, characters = problem.parameters["characters"], problem.batch.characters
    dX, P = problem.dX[:, :SIZE], problem.parameters["projection"]
    expected_dE = problem.batch.features.T @ dX
    for d in range(2):
        p, part = oracle.separate(W[d]), slice(d * N_UNITS, (d + 1) * N_UNITS)
        total = {name: np.zeros_like(value) for name, value in p.items()}
        for rank, dx in zip(problem.types, dX @ P[part].T, strict=True):
            rows = characters.rows[problem.characters_of(rank)]
            states = oracle.lstm_forward(oracle.columns(problem.E[rows]), p, d == 1)
            errors = [np.zeros((N_UNITS, 1)) for _ in rows]
            errors[0 if d == 1 else -1] = dx.reshape(-1, 1)
            dinputs, one = oracle.lstm_backward(errors, states, p, d == 1)
            np.add.at(expected_dE, rows, oracle.rows(dinputs, SIZE))
            total = oracle.add(total, one)
        np.testing.assert_allclose(
            gradient["characters"][d], oracle.stack(total), rtol=1e-9, atol=1e-13
        )
    np.testing.assert_allclose(dE, expected_dE, rtol=1e-9, atol=1e-13)


def test_a_batch_equals_its_words_one_by_one():
    problem = Problem([5, 3, 3, 1])
    X, _ = problem.forward()
    dE, gradient = problem.gradients()
    sum_dE, sum_dW = np.zeros_like(dE), np.zeros_like(gradient["characters"])
    batch, characters = problem.batch, problem.batch.characters
    for token, rank in enumerate(problem.types):
        one, index = slice(token, token + 1), problem.characters_of(rank)
        own = CharacterBatch(
            pack([len(index)]), characters.rows, index, np.eye(3)[:, index], np.ones((1, 1))
        )
        alone = Problem([5, 3, 3, 1])
        alone.batch = TokenBatch(batch.features[one], batch.rows, own, batch.vectors[one])
        alone.dX = problem.dX[one]
        np.testing.assert_allclose(alone.forward()[0][0], X[token], rtol=1e-11)
        dE_alone, gradient_alone = alone.gradients()
        sum_dE += dE_alone
        sum_dW += gradient_alone["characters"]
    np.testing.assert_allclose(dE, sum_dE, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(gradient["characters"], sum_dW, rtol=1e-11, atol=1e-14)


def test_a_reversed_word_with_swapped_directions_gives_swapped_states():
    problem = Problem([5, 3, 3, 1], vectors=False)
    _, (states, _) = problem.forward()
    characters = problem.batch.characters
    index = characters.index[characters.packing.reversal]
    parameters = problem.parameters | {"characters": problem.parameters["characters"][::-1].copy()}
    batch = problem.batch._replace(characters=characters._replace(index=index))
    _, (other, _) = encoder_forward(parameters, problem.E, batch)
    forward, backward = slice(0, N_UNITS), slice(N_UNITS, -1)
    np.testing.assert_allclose(other[:, forward], states[:, backward], rtol=1e-13)
    np.testing.assert_allclose(other[:, backward], states[:, forward], rtol=1e-13)


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_and_dense_matrices_give_the_same(form):
    dense, other = Problem([3, 1, 5, 3]), Problem([3, 1, 5, 3], form)
    np.testing.assert_allclose(other.forward()[0], dense.forward()[0], rtol=1e-13, atol=1e-15)
    (dE, gradient), (other_dE, other_gradient) = dense.gradients(), other.gradients()
    np.testing.assert_allclose(other_dE, dE, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        other_gradient["characters"], gradient["characters"], rtol=1e-12, atol=1e-14
    )


def test_vectors_follow_the_features_and_have_no_gradient(embedded):
    S, E, rows, dX = embedded
    vectors = np.random.RandomState(0).normal(size=(5, 2))
    batch = TokenBatch(S, rows, vectors=vectors)
    X, cache = encoder_forward({}, E[rows], batch)
    np.testing.assert_array_equal(X, np.hstack([embed(S, E, rows), vectors]))
    dE = encoder_backward(np.hstack([dX, vectors]), {}, cache, batch, {})
    np.testing.assert_array_equal(dE, embed_backward(dX, S, rows))


def test_numeric_vectors_are_the_whole_input():
    vectors = np.random.RandomState(0).normal(size=(5, 2))
    X, cache = encoder_forward({}, None, TokenBatch(vectors=vectors))
    np.testing.assert_array_equal(X, vectors)
    assert cache is None


def test_vectors_of_no_numbers_change_nothing(embedded):
    S, E, rows, dX = embedded
    batch = TokenBatch(S, rows, vectors=np.empty((5, 0)))
    np.testing.assert_array_equal(encoder_forward({}, E[rows], batch)[0], embed(S, E, rows))
    np.testing.assert_array_equal(
        encoder_backward(dX, {}, None, batch, {}), embed_backward(dX, S, rows)
    )


@dtypes
@pytest.mark.parametrize("matrix", [np.asarray, sparse.csr_array])
def test_precision_is_kept(dtype, matrix):
    problem = Problem([3, 1, 5, 3], matrix, dtype)
    X, (states, layer) = problem.forward()
    dE, _ = problem.gradients()
    assert X.dtype == dE.dtype == states.dtype == layer.inputs[0].dtype == dtype


def test_gradients_are_not_computed_in_another_precision():
    problem = Problem([3, 1, 5, 3], dtype=np.float32)
    with computing_in_one_precision():
        problem.gradients()


@pytest.mark.parametrize("matrix", [np.asarray, sparse.csr_array])
def test_inputs_are_left_unmodified(matrix):
    problem = Problem([3, 1, 5, 3], matrix)
    characters = problem.batch.characters
    found = [problem.batch.features, characters.sum_characters, characters.words]
    freeze(*(A.data if sparse.issparse(A) else A for A in found))
    freeze(problem.E, problem.dX, problem.batch.rows, problem.batch.vectors)
    freeze(characters.rows, characters.index, *problem.parameters.values())
    freeze_packing(characters.packing)
    X, (states, layer) = problem.forward()
    freeze(X, states, *layer.inputs, *(A for recurrence in layer.recurrences for A in recurrence))
    results, cache = [], (states, layer)
    for _ in range(2):
        gradient = {name: np.empty_like(W) for name, W in problem.parameters.items()}
        dE = encoder_backward(problem.dX, problem.parameters, cache, problem.batch, gradient)
        results.append([dE, gradient["characters"], gradient["projection"]])
    assert_same_bits(*results)


@dtypes
@words
def test_one_thread_and_two_threads_give_the_same_bits(lengths, dtype):
    problem, results, arenas = Problem(lengths, sparse.csr_array, dtype), [], [Arena(), Arena()]
    for n_threads in (1, 2, 1, 2):
        with threads(n_threads, arenas[n_threads - 1]):
            dE, gradient = problem.gradients()
            results.append([problem.forward()[0].copy(), dE.copy(), gradient["characters"]])
        for arena in arenas:
            arena.block.view(np.float32)[...] = np.nan  # for the next batch
    for other in results[1:]:
        assert_same_bits(other, results[0])
