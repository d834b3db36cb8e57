"""Steps that stand before the tagger in a pipeline.

Apply any transformer of scikit-learn to the tokens of sequences with
:class:`TokenTransformer`.
"""

from sklstm.preprocessing._token_transformer import TokenTransformer

__all__ = ["TokenTransformer"]
