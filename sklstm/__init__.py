"""sklstm: a bidirectional LSTM sequence tagger for scikit-learn, from scratch on NumPy."""

from sklstm._tagger import BiLSTMTagger

__all__ = ["BiLSTMTagger"]

__version__ = "0.1.0"
