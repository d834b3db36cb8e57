"""Transformers that preprocess sequences before the tagger in a pipeline.

:class:`TokenTransformer` applies any transformer of scikit-learn to the tokens
of sequences.
"""

from sklstm.preprocessing._token_transformer import TokenTransformer

__all__ = ["TokenTransformer"]
