"""Where the development corpora are, which are not part of the repository."""

from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "data"


def corpus_path(name):
    """Return the path of a corpus file such as "wnut17/dev.conll.xz"; skip the test without it."""
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"development corpus {path} is missing")
    return path
