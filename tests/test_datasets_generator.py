import itertools
from collections import Counter

import numpy as np
import pytest

from sklstm.datasets import make_tagged_sequences

CONTEXTS = ["left", "right", "both", "none"]
SIDES = {"left": -1, "right": 1, "none": 0}


def rule(symbols, directions):
    """Label the tokens of a sequence one after the other, as the docstring says."""
    labels = []
    for t, direction in enumerate(directions):
        target = t + direction
        labels.append(symbols[target if 0 <= target < len(symbols) else t])
    return labels


def group_numbers(equal):
    """Number the groups of an equivalence relation given as a boolean matrix."""
    return np.unique(equal.argmax(axis=1), return_inverse=True)[1]


def recover(X):
    """Return the symbols and directions of each sequence, up to renaming, from noise-free features.

    A token is the sum of a symbol's vector and, with a sign, the direction's, all orthonormal.
    So the product of two tokens is [same symbol] + d d', with d in {-1, 0, 1}.
    """
    unique_tokens, kinds = np.unique(np.concatenate(X).round(9), axis=0, return_inverse=True)
    products = (unique_tokens @ unique_tokens.T).round(6)
    assert set(products.ravel()) <= {-1, 0, 1, 2}
    pointing = products[0, 0] == 2
    symbols = group_numbers(np.isin(products, [0, 2] if pointing else 1))
    directions = group_numbers(np.isin(products, [1, 2]) | (not pointing))
    ends = np.cumsum([len(x) for x in X])[:-1]
    kinds = kinds.ravel()
    return np.split(symbols[kinds], ends), np.split(directions[kinds], ends)


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_labels_follow_the_rule_from_the_features(context, n_classes, seed):
    X, y = make_tagged_sequences(
        40, 6, n_classes=n_classes, context=context, min_length=1, max_length=7, random_state=seed
    )
    symbols, directions = recover(X)
    assert max(map(max, symbols)) == n_classes - 1
    assert max(map(max, directions)) == (1 if context == "both" else 0)
    sides = [(-1, 1), (1, -1)] if context == "both" else [(SIDES[context],)]
    namings = [
        (names, side)
        for names in itertools.permutations(range(n_classes))
        for side in sides
        if all(
            rule([names[s] for s in sequence], [side[d] for d in pointing]) == labels.tolist()
            for sequence, pointing, labels in zip(symbols, directions, y, strict=True)
        )
    ]
    assert len(namings) == 1


@pytest.mark.parametrize("noise", [0.0, 0.7])
@pytest.mark.parametrize("context", ["left", "right"])
def test_symbols_do_not_depend_on_the_context(context, noise):
    _, y = make_tagged_sequences(context=context, noise=noise, n_classes=5, random_state=3)
    _, symbols = make_tagged_sequences(context="none", n_classes=5, random_state=3)
    for labels, own in zip(y, symbols, strict=True):
        assert labels.tolist() == rule(own, [SIDES[context]] * len(own))


def test_noise_is_added_only_to_the_features():
    X, y = make_tagged_sequences(500, random_state=0)
    X_noisy, y_noisy = make_tagged_sequences(500, noise=0.3, random_state=0)
    noise = np.concatenate(X_noisy) - np.concatenate(X)
    assert np.concatenate(y).tolist() == np.concatenate(y_noisy).tolist()
    np.testing.assert_allclose(noise.std(axis=0), 0.3, rtol=0.05)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.02)


def test_the_distance_of_symbols_is_the_square_root_of_two():
    X, y = make_tagged_sequences(context="none", n_classes=4, random_state=0)
    tokens, labels = np.concatenate(X), np.concatenate(y)
    vectors = np.array([tokens[labels == label][0] for label in range(4)])
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(4), atol=1e-12)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("n_classes", [2, 5])
def test_classes_are_balanced_at_every_position(context, n_classes):
    _, y = make_tagged_sequences(
        4000, n_classes=n_classes, context=context, min_length=3, max_length=3, random_state=0
    )
    for position in np.transpose(y):
        counts = Counter(position.tolist())
        assert sorted(counts) == list(range(n_classes))
        np.testing.assert_allclose(list(counts.values()), 4000 / n_classes, rtol=0.12)


def maximum_accuracy(y, n_classes):
    """Return A of the docstring."""
    return 1 / n_classes + (1 - 1 / n_classes) * len(y) / sum(map(len, y))


def best_accuracy(seen, labels):
    """Return the accuracy of guessing the most frequent label for each observation."""
    counts = Counter(zip(seen, labels, strict=True))
    best = {}
    for (observation, _), count in counts.items():
        best[observation] = max(best.get(observation, 0), count)
    return sum(best.values()) / len(labels)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("context", ["left", "right", "both"])
@pytest.mark.parametrize("missing", [-1, 1])
def test_accuracy_without_one_side_is_at_most_the_stated_maximum(context, n_classes, missing):
    sizes = {"n_sequences": 4000, "n_classes": n_classes, "random_state": 0}
    X, y = make_tagged_sequences(context=context, **sizes)
    symbols = make_tagged_sequences(context="none", **sizes)[1]
    directions = recover(X)[1]
    seen, labels = [], []
    for own, pointing, tags in zip(symbols, directions, y, strict=True):
        # The token and two more on the visible side; -1 and -2 are beyond the end.
        padded = [-2, -1, *own] if missing == 1 else [*own, -1, -2]
        windows = [tuple(padded[t : t + 3]) for t in range(len(own))]
        seen += zip(windows, pointing.tolist(), strict=True)
        labels += tags.tolist()
    found = best_accuracy(seen, labels)
    expected = maximum_accuracy(y, n_classes)
    if context == "both":
        expected = (1 + expected) / 2
    elif SIDES[context] != missing:
        expected = 1.0
    # There are few different observations, so the most frequent label is hardly better by chance.
    assert found == pytest.approx(expected, abs=0.01)


def test_the_maximum_accuracy_of_the_default_sizes_is_as_stated():
    _, y = make_tagged_sequences(20_000, random_state=0)
    assert maximum_accuracy(y, 2) == pytest.approx(0.54, abs=0.001)
    assert len(y) / sum(map(len, y)) == pytest.approx(0.08, abs=0.001)


def test_the_accuracy_of_the_best_guess_of_noisy_symbols_is_as_stated():
    _, y = make_tagged_sequences(2000, context="none", noise=0.5, random_state=0)
    X_clean, _ = make_tagged_sequences(2000, context="none", random_state=0)
    X, _ = make_tagged_sequences(2000, context="none", noise=0.5, random_state=0)
    X, X_clean, y = map(np.concatenate, (X, X_clean, y))
    vectors = np.array([X_clean[y == label][0] for label in (0, 1)])
    assert ((X @ vectors.T).argmax(axis=1) == y).mean() == pytest.approx(0.921, abs=0.005)


def test_shapes_and_types():
    X, y = make_tagged_sequences(30, 5, n_classes=3, min_length=2, max_length=4, random_state=0)
    assert isinstance(X, list)
    assert isinstance(y, list)
    assert len(X) == len(y) == 30
    assert {len(x) for x in X} == {2, 3, 4}
    for x, labels in zip(X, y, strict=True):
        assert x.shape == (len(labels), 5)
        assert x.dtype == np.float64
        assert labels.ndim == 1
        assert np.issubdtype(labels.dtype, np.integer)


def test_defaults():
    X, y = make_tagged_sequences(random_state=0)
    assert len(X) == 100
    assert X[0].shape[1] == 8
    assert set(np.concatenate(y)) == {0, 1}
    lengths = {len(x) for x in X}
    assert (min(lengths), max(lengths)) == (5, 20)


def test_lengths_may_all_be_one():
    X, y = make_tagged_sequences(50, min_length=1, max_length=1, random_state=0)
    symbols = make_tagged_sequences(50, context="none", min_length=1, max_length=1, random_state=0)
    assert {len(x) for x in X} == {1}
    assert np.concatenate(y).tolist() == np.concatenate(symbols[1]).tolist()


def test_random_state():
    def bytes_of(random_state):
        X, y = make_tagged_sequences(20, noise=0.1, random_state=random_state)
        return np.concatenate(X).tobytes() + np.concatenate(y).tobytes()

    assert bytes_of(0) == bytes_of(0) == bytes_of(np.random.RandomState(0))
    assert bytes_of(0) != bytes_of(1)
    assert bytes_of(None) != bytes_of(None)
    rng = np.random.RandomState(0)
    assert bytes_of(rng) != bytes_of(rng)


def test_sequences_share_no_memory():
    X, y = make_tagged_sequences(3, random_state=0)
    before = X[1].copy(), y[1].copy()
    X[0][:], X[2][:], y[0][:], y[2][:] = 9, 9, 9, 9
    np.testing.assert_array_equal(X[1], before[0])
    np.testing.assert_array_equal(y[1], before[1])


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_sequences": 0}, ValueError, "n_sequences == 0, must be >= 1"),
        (
            {"n_sequences": 2**62},
            ValueError,
            "n_sequences == 4611686018427387904, must be <= 21474",
        ),
        ({"n_sequences": 2.0}, TypeError, "n_sequences must be an instance of"),
        ({"n_classes": 1}, ValueError, "n_classes == 1, must be >= 2"),
        ({"n_classes": "2"}, TypeError, "n_classes must be an instance of"),
        (
            {"n_features": 4, "n_classes": 4},
            ValueError,
            r"n_features == 4, must be >= n_classes \+ 1 == 5: each symbol and the direction",
        ),
        ({"n_features": 8.0}, TypeError, "n_features must be an instance of"),
        ({"min_length": 0}, ValueError, "min_length == 0, must be >= 1"),
        ({"min_length": None}, TypeError, "min_length must be an instance of"),
        ({"max_length": 2**63}, ValueError, "max_length == 9223372036854775808, must be <= 21474"),
        ({"max_length": 4}, ValueError, "max_length == 4, must be >= min_length == 5"),
        ({"max_length": 9.5}, TypeError, "max_length must be an instance of"),
        ({"noise": -0.1}, ValueError, "noise == -0.1, must be >= 0"),
        ({"noise": float("nan")}, ValueError, "noise == nan, must be finite"),
        ({"noise": float("inf")}, ValueError, "noise == inf, must be finite"),
        ({"noise": 10**400}, ValueError, "noise == 10+, must be finite"),
        ({"noise": 1e308, "random_state": 0}, ValueError, r"noise == 1e\+308, .* not finite"),
        ({"noise": "much"}, TypeError, "noise must be an instance of"),
        ({"context": "up"}, ValueError, "context must be one of 'left', 'right', .*, got 'up'"),
        ({"context": None}, ValueError, "context must be one of .*, got None"),
        ({"context": np.array(["left", "up"])}, ValueError, "context must be one of .*, got array"),
        ({"random_state": "seed"}, ValueError, "seed"),
    ],
)
def test_wrong_arguments(parameters, error, message):
    with pytest.raises(error, match=message):
        make_tagged_sequences(**parameters)


def test_smallest_arguments():
    X, y = make_tagged_sequences(
        1, 3, n_classes=2, min_length=1, max_length=1, noise=0, random_state=0
    )
    assert X[0].shape == (1, 3)
    assert y[0].shape == (1,)
