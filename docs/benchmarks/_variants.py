"""The variants of BiLSTMTagger that accuracy.py measures, and the recipe for the best accuracy.

Each is a mapping from a title to parameters that replace the defaults. "n_voters" is the number of
taggers of a VotingTagger. A variant that equals the defaults is skipped.
"""

from _fits import DEFAULTS

# One component changed at a time. The titles are those of docs/accuracy.rst.
ABLATION = {
    "defaults": {},
    "no affixes": {"analyzer": "word"},
    "n-grams for affixes": {"analyzer": "char_ngram"},
    "no characters": {"char_hidden_size": 0},
    "wider characters": {"char_hidden_size": 2 * DEFAULTS["char_hidden_size"]},
    "no feature dropout": {"feature_dropout": 0.0},
    "no word dropout": {"word_dropout": 0.0},
    "no dropout of units": {"dropout": 0.0},
    "no label smoothing": {"label_smoothing": 0.0},
    "no L2 penalty": {"alpha": 0.0},
    "no gradient clipping": {"max_grad_norm": float("inf")},
    "constant learning rate": {"learning_rate": "constant"},
    "minibatches of 64": {"batch_size": 64},
    "one direction": {"bidirectional": False},
    "softmax": {"output": "softmax", "scheme": None},
    "CRF without scheme": {"output": "crf", "scheme": None},
}

# In addition to the ablation, for accuracy over time.
VARIANTS = {
    "64 units": {"hidden_layer_sizes": (64,)},
    "128 units": {"hidden_layer_sizes": (128,)},
    "192 units": {"hidden_layer_sizes": (192,)},
    "256 units": {"hidden_layer_sizes": (256,)},
    "two layers of 128": {"hidden_layer_sizes": (128, 128)},
    "3 epochs": {"max_iter": 3},
    "6 epochs": {"max_iter": 6},
    "12 epochs": {"max_iter": 12},
    "24 epochs": {"max_iter": 24},
    "fast": {"hidden_layer_sizes": (128,), "max_iter": 6, "char_hidden_size": 0},
    "vote of 2": {"n_voters": 2},
}

# The best that the package can do without other text, on the test splits. More units and more
# epochs help little: see the table of variants.
RECIPES = {"5 taggers, defaults": {"n_voters": 5}}
