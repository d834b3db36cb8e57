"""Displays: training history, confusions, transitions, explanations, timelines, tagged text."""

from sklstm.display._activity import ActivityDisplay
from sklstm.display._confusion import TokenConfusionMatrixDisplay
from sklstm.display._explanation import ExplanationDisplay
from sklstm.display._loss_curve import LossCurveDisplay
from sklstm.display._tagged_text import TaggedText
from sklstm.display._timeline import TimelineDisplay
from sklstm.display._transitions import TransitionsDisplay

__all__ = [
    "ActivityDisplay",
    "ExplanationDisplay",
    "LossCurveDisplay",
    "TaggedText",
    "TimelineDisplay",
    "TokenConfusionMatrixDisplay",
    "TransitionsDisplay",
]
