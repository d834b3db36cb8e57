"""The only place that judges what a user passes: parameters, X, y, sample weights.

What passes is in one form: all tokens one after another, and the lengths of the sequences. What
does not is answered with what is wrong, where it is, and what to do.

Judging is cheap where all is well: it looks at the set of the types that occur, not at one token
after another. Only what has failed is searched for the place.
"""

from sklstm._sequences import Dataset
from sklstm._validation.classes import check_classes, check_same_labels, encode
from sklstm._validation.crf import check_sequences_for_crf
from sklstm._validation.fitted import (
    as_precision,
    check_analyzer_is_there,
    check_continues,
    check_same_kind,
)
from sklstm._validation.labels import check_y
from sklstm._validation.parameters import check_parameters, hidden_layers
from sklstm._validation.samples import check_sample, check_validation_set, split
from sklstm._validation.sequences import check_X
from sklstm._validation.weights import check_any_weight, check_class_weight, check_sample_weight
from sklstm._validation.words import CheckedAnalyzer, check_names_left, look_up, width_of

__all__ = [
    "CheckedAnalyzer",
    "Dataset",
    "as_precision",
    "check_X",
    "check_analyzer_is_there",
    "check_any_weight",
    "check_class_weight",
    "check_classes",
    "check_continues",
    "check_names_left",
    "check_parameters",
    "check_same_kind",
    "check_same_labels",
    "check_sample",
    "check_sample_weight",
    "check_sequences_for_crf",
    "check_validation_set",
    "check_y",
    "encode",
    "hidden_layers",
    "look_up",
    "split",
    "width_of",
]
