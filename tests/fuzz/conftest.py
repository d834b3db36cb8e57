"""Profiles of hypothesis, and small fitted estimators.

``pytest -m long tests/fuzz`` runs many random cases; hypothesis prints how to reproduce a failure.
``pytest -m "long or not long" tests/fuzz`` runs few, always the same.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from ._estimators import X_VECTORS, X_WORDS, Y_VECTORS, Y_WORDS, fitted_taggers, voting

HERE = Path(__file__).parent
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

common = {
    "database": None,
    "deadline": None,
    "suppress_health_check": SLOW,
    "phases": [Phase.explicit, Phase.generate, Phase.shrink],
}
settings.register_profile("short", derandomize=True, max_examples=12, **common)
settings.register_profile("long", max_examples=300, print_blob=True, **common)


def pytest_configure(config):
    settings.load_profile("long" if config.getoption("markexpr") == "long" else "short")


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by markers
def pytest_collection_modifyitems(config, items):
    """Run properties in the long mode only: each version of hypothesis tries other cases."""
    for item in items:
        if HERE in item.path.parents and item.path.name != "test_same_everywhere.py":
            item.add_marker("long")


@pytest.fixture(scope="session")
def taggers():
    return fitted_taggers()


@pytest.fixture(scope="session")
def votings():
    """Fitted ensembles by name, and what their tokens are."""
    crf = {"output": "crf", "scheme": "BIO"}
    return {
        "words": ("words", voting().fit(X_WORDS, Y_WORDS)),
        "crf": ("words", voting(**crf).fit(X_WORDS, Y_WORDS)),
        "vectors": ("vectors", voting().fit(X_VECTORS, Y_VECTORS)),
    }
