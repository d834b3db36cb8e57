"""The only place that judges what a user passes: parameters, X, y, sample weights.

What passes is in one form: all tokens one after another, and the lengths of the sequences. What
does not is answered with what is wrong, where it is, and what to do.

Judging is cheap where all is well: it looks at the set of the types that occur, not at one token
after another. Only what has failed is searched for the place.
"""

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
from sklstm._validation.samples import Sample, check_sample, check_validation_set, split
from sklstm._validation.sequences import check_X
from sklstm._validation.weights import check_any_weight, check_class_weight, check_sample_weight
from sklstm._validation.words import CheckedAnalyzer, check_names_left, look_up, width_of

__all__ = [
    "CheckedAnalyzer",
    "Sample",
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

# TEMPORARY
from types import SimpleNamespace
from sklstm._sequences import Tokens as _T, Dataset as _D
_old_X = check_X
def _conv(t): return _T("empty" if t.kind == "nothing" else t.kind, *t[1:])
def check_X(X, e, *, reset): return _conv(_old_X(X, e, reset=reset))
def check_dataset(X, y, w, e, *, reset):
    s = check_sample(X, y, w, e, reset=reset); return _D(_conv(s.tokens), *s[1:])
def check_targets(y, w, tokens):
    ws, sw = check_sample_weight(w, tokens); check_any_weight(ws)
    return _D(tokens, check_y(y, tokens, ws > 0), ws, sw)
_old_vs = check_validation_set
def check_validation_set(*a):
    s = _old_vs(*a); return _D(_conv(s.tokens), *s[1:])
_old_cc = check_classes
def check_classes(c, d, k=None): return _old_cc(c, d, None if k is None else SimpleNamespace(classes=k))
encode_labels = encode
check_crf_targets = check_sequences_for_crf
