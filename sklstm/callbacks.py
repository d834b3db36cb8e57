"""Callbacks for scikit-learn's ``set_callbacks``."""

from sklstm._checkpoints import Checkpoint

__all__ = ["Checkpoint"]
