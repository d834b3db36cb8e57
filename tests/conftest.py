import os
import sys
import tempfile
from pathlib import Path

# Hypothesis keeps tables of characters in a folder, by default in the current one.
os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(tempfile.gettempdir()) / "hypothesis-of-sklstm")
)
# SciPy reads this when it is first imported; without it scikit-learn skips its array API checks.
os.environ["SCIPY_ARRAY_API"] = "1"
if "MUTANT_UNDER_TEST" in os.environ:
    # Between two functions of the package there is one of mutmut. With this name, warnings are
    # still issued for the line of the user.
    sys.modules["mutmut.mutation.trampoline"].__name__ = "sklstm._mutmut"

import numpy as np
import pytest

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos


def pytest_collection_modifyitems(items):
    """Give the long tests all the time that they take."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture(scope="session")
def english():
    """Sixty sentences: lists of lists of str."""
    X, y = load_english_pos(subset="train", return_X_y=True)
    return X[:60], y[:60]


@pytest.fixture(scope="session")
def vectors():
    """Ragged sequences of vectors whose tags are the sign of their first feature."""
    rng = np.random.RandomState(0)
    X = [rng.normal(size=(length, 3)) for length in rng.randint(1, 9, size=30)]
    return X, [(x[:, 0] > 0).astype(int) for x in X]


@pytest.fixture
def small():
    """A tagger that trains in a moment."""
    return BiLSTMTagger(
        hidden_layer_sizes=8, embedding_size=16, char_hidden_size=4, max_iter=3,
        learning_rate_init=0.03, random_state=0,
    )  # fmt: skip
