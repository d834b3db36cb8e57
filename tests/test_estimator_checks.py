"""All of scikit-learn's common checks, of the tagger and of the tagger as a classifier."""

from contextlib import nullcontext
from unittest import SkipTest

import pytest
from sklearn.base import ClassifierMixin
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from sklstm import BiLSTMTagger
from sklstm.ensemble import VotingTagger

EQUIVALENCE = [
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
]
# Their data are far from unit scale: normal(loc=100), or 20 times the unit.
SCALED = {
    "check_class_weight_classifiers",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_n_features_in",
}


class AsClassifier(ClassifierMixin, BiLSTMTagger):
    """The tagger with an estimator type, for which scikit-learn has more checks."""


# Small, with many steps: the checks are many, and require some accuracy.
CRF = {"output": "crf", "hidden_layer_sizes": 16, "batch_size": 16, "learning_rate_init": 0.03}
SOFTMAX = CRF | {"output": "softmax"}
VOTING = VotingTagger(
    [
        ("softmax", BiLSTMTagger(**SOFTMAX, random_state=0)),
        ("crf", BiLSTMTagger(**CRF, random_state=1)),
    ]
)
TAGGERS = [cls(**params) for params in ({}, CRF) for cls in (BiLSTMTagger, AsClassifier)]
TAGGERS.append(VOTING)


def expected_failures(estimator):
    """Return the checks that cannot pass, and why."""
    failures = dict.fromkeys(
        EQUIVALENCE, "a dropout mask is drawn for each sequence, so two copies differ"
    )
    if getattr(estimator, "output", None) == "crf":
        failures["check_class_weight_classifiers"] = "a CRF has no weights of classes"
    return failures


@parametrize_with_checks(TAGGERS, expected_failed_checks=expected_failures, xfail_strict=True)
def test_scikit_learn_check(estimator, check):
    expected = nullcontext()
    if check.func.__name__ in SCALED and check.func.__name__ not in expected_failures(estimator):
        expected = pytest.warns(UserWarning, match=r"^Column \d of X has mean")
    try:
        with expected:
            check(estimator)
    except SkipTest as skip:
        pytest.fail(f"the check was skipped: {skip}")


@pytest.mark.parametrize("cls", [BiLSTMTagger, AsClassifier])
@pytest.mark.parametrize("params", [{}, CRF], ids=["softmax", "crf"])
@pytest.mark.parametrize("name", EQUIVALENCE)
def test_weights_and_copies_are_equivalent_without_dropout(cls, params, name):
    exact = {"dropout": 0, "feature_dropout": 0, "word_dropout": 0, "batch_size": 10_000}
    getattr(estimator_checks, name)(cls.__name__, cls(**params | exact))


@pytest.mark.parametrize("params", [{}, CRF], ids=["softmax", "crf"])
@pytest.mark.parametrize(("cls", "n_checks"), [(BiLSTMTagger, 50), (AsClassifier, 64)])
def test_the_number_of_checks(cls, params, n_checks):
    assert len(list(estimator_checks_generator(cls(**params), mark=None))) == n_checks


def test_the_number_of_checks_of_an_ensemble():
    assert len(list(estimator_checks_generator(VOTING, mark=None))) == 50


def test_data_frame_column_names_are_consistent():
    estimator_checks.check_dataframe_column_names_consistency("BiLSTMTagger", BiLSTMTagger())
    estimator_checks.check_dataframe_column_names_consistency("VotingTagger", VOTING)
