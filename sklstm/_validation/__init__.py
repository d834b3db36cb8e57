"""Validate the input of the user: parameters, X, y, sample weights, and targets of a CRF.

Valid input is returned in one form: all tokens one after another, and the lengths of the
sequences. An error says what is wrong, where it is, and what to do. Valid input that is probably a
mistake causes a warning.

Validation of valid input is fast: it looks at the set of the types that occur, not at each token.
Only invalid input is searched for the place of the error.
"""

from sklstm._validation.crf import check_crf_targets
from sklstm._validation.parameters import check_parameters
from sklstm._validation.weights import check_class_weight
from sklstm._validation.X import check_same_kind, check_X
from sklstm._validation.y import (
    check_classes,
    check_dataset,
    check_same_labels,
    check_scored,
    check_targets,
    check_validation_set,
    encode_labels,
    warn_unknown_labels,
)

__all__ = [
    "check_X",
    "check_class_weight",
    "check_classes",
    "check_crf_targets",
    "check_dataset",
    "check_parameters",
    "check_same_kind",
    "check_same_labels",
    "check_scored",
    "check_targets",
    "check_validation_set",
    "encode_labels",
    "warn_unknown_labels",
]
