import pandas as pd
import pytest

from ._inputs import DICTS, MATRICES, NAMES, TAGS, WORDS, tagger


@pytest.fixture(scope="module")
def on_words():
    return tagger().fit(WORDS, TAGS)


@pytest.fixture(scope="module")
def on_dicts():
    return tagger().fit(DICTS, TAGS)


@pytest.fixture(scope="module")
def on_vectors():
    return tagger().fit(MATRICES, TAGS)


@pytest.fixture(scope="module")
def on_frames():
    return tagger().fit([pd.DataFrame(matrix, columns=NAMES) for matrix in MATRICES], TAGS)
