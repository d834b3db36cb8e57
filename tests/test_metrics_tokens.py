"""Metrics of tokens and sequences, compared with scikit-learn on concatenated tokens."""

import copy
import inspect
import pickle
from functools import partial
from itertools import chain

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    classification_report,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    fbeta_score,
    log_loss,
    roc_auc_score,
)

from sklstm.metrics import (
    on_tokens,
    sequence_accuracy_score,
    token_accuracy_score,
    token_classification_report,
    token_log_loss,
)

LENGTHS = [3, 0, 5, 1, 7, 0, 2]


def flat(sequences):
    return list(chain.from_iterable(sequences))


def cut(values):
    return [part.tolist() for part in np.split(np.asarray(values), np.cumsum(LENGTHS)[:-1])]


@pytest.fixture
def rng():
    return np.random.RandomState(0)


@pytest.fixture
def tags(rng):
    y_true = rng.choice(["DET", "NOUN", "VERB"], sum(LENGTHS))
    y_pred = np.where(rng.rand(sum(LENGTHS)) < 0.6, y_true, "NOUN")
    return cut(y_true), cut(y_pred)


@pytest.fixture
def probabilities(rng):
    proba = rng.dirichlet([1, 1, 1], sum(LENGTHS))
    return np.split(proba, np.cumsum(LENGTHS)[:-1])


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (f1_score, {"average": "macro", "labels": ["VERB", "NOUN"]}),
        (f1_score, {"average": None}),
        (fbeta_score, {"average": "weighted", "beta": 2}),
        (partial(fbeta_score, beta=2), {"average": "micro"}),
        (confusion_matrix, {"labels": ["NOUN", "DET"]}),
        (cohen_kappa_score, {}),
    ],
)
def test_a_metric_on_tokens_equals_the_metric_of_concatenated_tokens(metric, options, tags):
    y_true, y_pred = tags
    expected = metric(flat(y_true), flat(y_pred), **options)
    np.testing.assert_array_equal(on_tokens(metric)(y_true, y_pred, **options), expected)


def test_labels_and_predictions_can_be_passed_by_name(tags):
    y_true, y_pred = tags
    expected = accuracy_score(flat(y_true), flat(y_pred))
    assert on_tokens(accuracy_score)(y_pred=y_pred, y_true=y_true) == expected
    assert on_tokens(accuracy_score)(y_true, y_pred=y_pred) == expected


def test_metrics_with_keyword_only_parameters(tags):
    def n_correct(*, true, pred):
        return sum(t == p for t, p in zip(true, pred, strict=True))

    y_true, y_pred = tags
    expected = accuracy_score(flat(y_true), flat(y_pred), normalize=False)
    assert on_tokens(n_correct)(true=y_true, pred=y_pred) == expected


def test_metrics_of_probabilities(tags, probabilities):
    y_true, _ = tags
    proba = np.concatenate(probabilities)
    assert on_tokens(log_loss)(y_true, probabilities) == log_loss(flat(y_true), proba)
    assert on_tokens(log_loss)(y_true, y_proba=probabilities) == log_loss(flat(y_true), proba)
    auc = on_tokens(roc_auc_score)(y_true, probabilities, multi_class="ovr")
    assert auc == roc_auc_score(flat(y_true), proba, multi_class="ovr")


def test_metrics_of_scores(rng):
    y_true, scores = cut(rng.randint(2, size=sum(LENGTHS))), cut(rng.rand(sum(LENGTHS)))
    assert on_tokens(roc_auc_score)(y_true, scores) == roc_auc_score(flat(y_true), flat(scores))


def test_weights_per_sequence_and_per_token_are_passed_to_the_metric(tags, rng):
    y_true, y_pred = tags
    per_sequence = rng.randint(1, 4, size=len(LENGTHS))
    per_token = np.repeat(per_sequence, LENGTHS)
    expected = accuracy_score(flat(y_true), flat(y_pred), sample_weight=per_token)
    assert expected != accuracy_score(flat(y_true), flat(y_pred))
    for weights in (per_sequence, cut(per_token)):
        assert on_tokens(accuracy_score)(y_true, y_pred, sample_weight=weights) == expected


def test_tokens_of_weight_0_are_left_out_and_may_be_anything():
    y_true = [["DET", None], ["NOUN", "PAD"]]
    y_pred = [["DET", "DET"], ["VERB", "NOUN"]]
    report = on_tokens(f1_score)(y_true, y_pred, average=None, sample_weight=[[1, 0], [1, 0]])
    assert report.tolist() == [1, 0, 0]  # of DET, NOUN and VERB


def test_weights_for_a_metric_without_sample_weight_raise(tags):
    def metric(y_true, y_pred):
        return 0

    with pytest.raises(TypeError, match="sample_weight"):
        on_tokens(metric)(*tags, sample_weight=[1] * len(LENGTHS))


def test_invalid_arguments_raise_as_for_the_metric(tags):
    with pytest.raises(TypeError, match="missing a required argument: 'y_pred'"):
        on_tokens(accuracy_score)(tags[0])
    with pytest.raises(TypeError, match=r"on_tokens\(log_loss\) needs y_true and y_proba"):
        on_tokens(log_loss)(tags[0])
    with pytest.raises(TypeError, match="unexpected keyword argument 'averag'"):
        on_tokens(f1_score)(*tags, averag="macro")
    with pytest.raises(TypeError, match="metric is 'f1', not callable"):
        on_tokens("f1")


@pytest.mark.parametrize("y", [[], [[], []]])
def test_no_token_raises(y):
    with pytest.raises(ValueError, match="y_true has no tokens"):
        on_tokens(accuracy_score)(y, y)


def test_repr_name_signature_and_docstring_are_those_of_the_metric():
    metric = on_tokens(f1_score)
    assert repr(metric) == metric.__name__ == "on_tokens(f1_score)"
    assert inspect.signature(metric) == inspect.signature(f1_score)
    assert "over the tokens of sequences of any length" in metric.__doc__
    assert "zero_division" in metric.__doc__
    assert repr(on_tokens(partial(fbeta_score, beta=2))).startswith("on_tokens(functools.partial(")


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda metric: pickle.loads(pickle.dumps(metric))]
)
def test_copies_compute_the_same(copied, tags):
    metric = on_tokens(partial(fbeta_score, beta=2))
    assert repr(copied(metric)) == repr(metric)
    assert copied(metric)(*tags, average="macro") == metric(*tags, average="macro")


def test_token_accuracy(tags, small, english):
    y_true, y_pred = tags
    assert token_accuracy_score(y_true, y_pred) == accuracy_score(flat(y_true), flat(y_pred))
    n_correct = accuracy_score(flat(y_true), flat(y_pred), normalize=False)
    assert token_accuracy_score(y_true, y_pred, normalize=False) == n_correct
    X, y = english
    weights = np.arange(len(X))
    predicted = small.fit(X, y).predict(X)
    expected = small.score(X, y, weights)
    assert token_accuracy_score(y, predicted, sample_weight=weights) == pytest.approx(expected)


@pytest.mark.parametrize("score", [token_accuracy_score, token_classification_report])
def test_probabilities_instead_of_tags_raise(score, tags, probabilities):
    for y_proba in (probabilities, [np.asarray(proba)[:, :1] for proba in probabilities]):
        with pytest.raises(ValueError, match=r"y_pred has a vector .* result of predict,"):
            score(tags[0], y_proba)


def test_token_report(tags):
    y_true, y_pred = tags
    options = {"labels": ["VERB", "DET"], "digits": 3}
    text = token_classification_report(y_true, y_pred, **options)
    assert text == classification_report(flat(y_true), flat(y_pred), **options)
    assert "<th" in text._repr_html_()
    report = token_classification_report(y_true, y_pred, output_dict=True)
    assert report == classification_report(flat(y_true), flat(y_pred), output_dict=True)


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "B", "c", "d"], [2, 5, 9], [0, 1]])
@pytest.mark.parametrize("output_dict", [True, False])
def test_the_token_report_equals_that_of_scikit_learn(names, output_dict, rng):
    for labels in (None, names[::-1], names[:1], [*names[1:], type(names[0])(7)]):
        y_true, y_pred = (cut(rng.choice(names, sum(LENGTHS))) for _ in range(2))
        options = {"labels": labels, "output_dict": output_dict, "zero_division": 0}
        report = token_classification_report(y_true, y_pred, **options)
        assert report == classification_report(flat(y_true), flat(y_pred), **options)


def test_token_log_loss(tags, probabilities, rng):
    y_true, proba = tags[0], np.concatenate(probabilities)
    assert token_log_loss(y_true, probabilities) == log_loss(flat(y_true), proba)
    total = token_log_loss(y_true, probabilities, normalize=False)
    assert total == log_loss(flat(y_true), proba, normalize=False)
    weights = rng.rand(len(LENGTHS))
    expected = log_loss(flat(y_true), proba, sample_weight=np.repeat(weights, LENGTHS))
    assert token_log_loss(y_true, probabilities, sample_weight=weights) == pytest.approx(expected)


def test_labels_give_the_order_of_the_columns_of_the_log_loss(tags, probabilities):
    y_true, _ = tags
    expected = token_log_loss(y_true, probabilities, labels=["DET", "NOUN", "VERB"])
    reversed_columns = [proba[:, ::-1] for proba in probabilities]
    assert token_log_loss(y_true, reversed_columns, labels=["VERB", "NOUN", "DET"]) == expected
    labels = np.array(["VERB", "NOUN", "DET"], object)
    assert token_log_loss(y_true, reversed_columns, labels=labels) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tag_without_a_column_has_the_probability_0(dtype):
    proba = [np.array([[0.5, 0.5], [0.25, 0.75]], dtype)]
    loss = token_log_loss([["a", "new"]], proba, labels=["a", "b"])
    assert loss == pytest.approx((np.log(2) - np.log(np.finfo(dtype).eps)) / 2)


def test_the_log_loss_of_a_single_tag_is_0():
    """scikit-learn raises, but a fold may contain only one tag."""
    proba = [np.ones((2, 1)), np.ones((1, 1))]
    assert token_log_loss([["O", "O"], ["O"]], proba, labels=["O"]) == pytest.approx(0)


def test_the_log_loss_is_the_mean_negative_logarithm(rng):
    names, columns = ["a", "b", "c"], ["c", "a"]
    y_true, proba = rng.choice(names, sum(LENGTHS)), rng.dirichlet([1, 1], sum(LENGTHS))
    eps = np.finfo(float).eps
    expected = -np.mean([
        np.log(dict(zip(columns, row, strict=True)).get(tag, eps))
        for tag, row in zip(y_true, proba, strict=True)
    ])  # fmt: skip
    proba = np.split(proba, np.cumsum(LENGTHS)[:-1])
    assert token_log_loss(cut(y_true), proba, labels=columns) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("y_true", "y_proba", "labels", "message"),
    [
        ([["a", "b"]], [[[0.2, 0.8], [1, 0]]], ["a", "b", "c"], "has 2 numbers.*are 3 labels"),
        ([["a", "a"]], [[[0.2, 0.8], [1, 0]]], None, "has 2 numbers.*1 different tags in y_true"),
        ([["a", "b"]], [[0.2, 0.8]], ["a", "b"], "has a single value for each token"),
        ([["a", "b"]], [[[0.2, 0.8], [1, 0]]], [0, 1], "tags such as 'a', but labels has 0"),
        ([["a", "b"]], [[[0.2, 0.8], [1, 0]]], ["a", "a"], "contains a tag twice"),
        (
            [["a"], [], ["b"]],
            [[[1]], [], [[0.2, 0.8]]],
            ["a", "b"],
            r"y_proba\[2\] is of shape \(1, 2\), but y_proba\[0\] of shape \(1, 1\)",
        ),
    ],
)
def test_columns_that_do_not_match_raise(y_true, y_proba, labels, message):
    with pytest.raises(ValueError, match=message):
        token_log_loss(y_true, y_proba, labels=labels)


def test_sequence_accuracy_counts_sequences_whose_tags_are_all_correct():
    y_true = [["a", "b"], ["a"], ["b", "b", "b"], ["a"]]
    y_pred = [["a", "b"], ["b"], ["b", "b", "a"], ["a"]]
    assert sequence_accuracy_score(y_true, y_pred) == 2 / 4
    assert sequence_accuracy_score(y_true, y_pred, normalize=False) == 2
    assert sequence_accuracy_score(y_true, y_pred, sample_weight=[3, 1, 1, 0]) == 3 / 5


def test_sequence_accuracy_of_random_sequences(rng):
    for _ in range(20):
        y_true, y_pred = (cut(rng.randint(2, size=sum(LENGTHS))) for _ in range(2))
        pairs = [pair for pair in zip(y_true, y_pred, strict=True) if pair[0]]
        expected = np.mean([true == pred for true, pred in pairs])
        assert sequence_accuracy_score(y_true, y_pred) == expected


def test_empty_sequences_are_neither_correct_nor_wrong():
    assert sequence_accuracy_score([[], ["a"], []], [[], ["b"], []]) == 0
    assert sequence_accuracy_score([[], ["a"]], [[], ["a"]], normalize=False) == 1


def test_tokens_of_weight_0_do_not_make_a_sequence_wrong():
    y_true, y_pred = [["a", "PAD"], ["b", "b"], ["a"]], [["a", "a"], ["b", "a"], ["a"]]
    weights = [[2, 0], [1, 3], [0]]
    assert sequence_accuracy_score(y_true, y_pred, sample_weight=weights) == 2 / (2 + 2)


def test_rows_are_sequences_of_one_token():
    y_true, y_pred = np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0])
    assert sequence_accuracy_score(y_true, y_pred) == 0.75
    assert token_accuracy_score(y_true, y_pred) == 0.75


def test_a_2d_array_is_sequences_of_equal_lengths():
    y_true, y_pred = np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 0]])
    assert sequence_accuracy_score(y_true, y_pred) == 0.5
    assert token_accuracy_score(y_true, y_pred) == 0.75


def test_str_and_numbers_are_not_compared():
    with pytest.raises(ValueError, match="y_true has tags such as '1', but y_pred has 1"):
        sequence_accuracy_score([["1", "2"]], [[1, 2]])


def test_the_text_of_a_report_has_no_control_characters_and_one_line_for_each_tag():
    tags = ["a\x1b[2J", "b\naccuracy", "c\u202e", "d"]
    names = [r"a\x1b[2J", r"b\naccuracy", r"c\u202e", "d"]
    for labels, expected in [(None, names), (tags[::-1], names[::-1])]:
        report = token_classification_report([tags], [tags], labels=labels)
        assert [line.split()[0] for line in report.split("\n")[2:6]] == expected
        assert not {"\x1b", "\u202e"} & {*report}
    assert {*tags} < token_classification_report([tags], [tags], output_dict=True).keys()
