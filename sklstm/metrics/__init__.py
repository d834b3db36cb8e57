"""Metrics for tokens, spans and whole sequences, and scorers that use them."""

from sklstm.metrics._scorers import get_scorer, get_scorer_names
from sklstm.metrics._span_scores import (
    span_classification_report,
    span_f1_score,
    span_precision_recall_fscore_support,
    span_precision_score,
    span_recall_score,
)
from sklstm.metrics._spans import Span, extract_spans
from sklstm.metrics._tokens import (
    on_tokens,
    sequence_accuracy_score,
    token_accuracy_score,
    token_classification_report,
    token_log_loss,
)

__all__ = [
    "Span",
    "extract_spans",
    "get_scorer",
    "get_scorer_names",
    "on_tokens",
    "sequence_accuracy_score",
    "span_classification_report",
    "span_f1_score",
    "span_precision_recall_fscore_support",
    "span_precision_score",
    "span_recall_score",
    "token_accuracy_score",
    "token_classification_report",
    "token_log_loss",
]
