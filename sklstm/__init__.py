"""sklstm: a bidirectional LSTM sequence tagger for scikit-learn, from scratch on NumPy."""

from importlib import import_module
from types import ModuleType

from sklstm._tagger import BiLSTMTagger
from sklstm._version import __version__

__all__ = ["BiLSTMTagger", "__version__"]

_PACKAGES = [
    "datasets", "display", "ensemble", "export", "inspection", "metrics", "model_selection",
    "preprocessing",
]  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    """Import a public module of this package when it is asked for, as scikit-learn does."""
    if name in _PACKAGES:
        return import_module(f"sklstm.{name}")
    raise AttributeError(f"module 'sklstm' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, *_PACKAGES]
