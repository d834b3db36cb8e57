"""sklstm: a bidirectional LSTM sequence tagger for scikit-learn, from scratch on NumPy."""

from sklstm._tagger import BiLSTMTagger
from sklstm._version import __version__

__all__ = ["BiLSTMTagger", "__version__"]
