"""scikit-learn's own checks, each of them, on the tagger and on the tagger as a classifier."""

from unittest import SkipTest

import pytest
from sklearn.base import ClassifierMixin
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from sklstm import BiLSTMTagger

EQUIVALENCE = [
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
]


class AsClassifier(ClassifierMixin, BiLSTMTagger):
    """The tagger with an estimator type, which adds the checks of classifiers."""


@parametrize_with_checks(
    [BiLSTMTagger(), AsClassifier()],
    expected_failed_checks=lambda _: dict.fromkeys(
        EQUIVALENCE, "a dropout mask is drawn per sequence: two copies are not one of weight two"
    ),
    xfail_strict=True,
)
def test_scikit_learn_check(estimator, check):
    try:
        check(estimator)
    except SkipTest as skip:
        pytest.fail(f"the check was skipped: {skip}")


@pytest.mark.parametrize("cls", [BiLSTMTagger, AsClassifier])
@pytest.mark.parametrize("name", EQUIVALENCE)
def test_weights_and_repeats_are_equivalent_without_dropout(cls, name):
    tagger = cls(dropout=0, word_dropout=0, batch_size=10_000)
    getattr(estimator_checks, name)(cls.__name__, tagger)


@pytest.mark.parametrize(("cls", "n_checks"), [(BiLSTMTagger, 50), (AsClassifier, 64)])
def test_all_checks_are_there(cls, n_checks):
    assert len(list(estimator_checks_generator(cls(), mark=None))) == n_checks


def test_data_frame_column_names_are_consistent():
    estimator_checks.check_dataframe_column_names_consistency("BiLSTMTagger", BiLSTMTagger())
