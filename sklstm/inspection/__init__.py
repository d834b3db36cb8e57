"""Inspect fitted taggers: explain tags, and show network activity and learned features."""

from sklstm.inspection._activity import LSTMActivity, NetworkActivity, network_activity
from sklstm.inspection._explanation import TagExplanation, explain_tag
from sklstm.inspection._vocabulary import FeatureEffects, feature_effects, similar_features

__all__ = [
    "FeatureEffects",
    "LSTMActivity",
    "NetworkActivity",
    "TagExplanation",
    "explain_tag",
    "feature_effects",
    "network_activity",
    "similar_features",
]
