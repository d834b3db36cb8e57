"""What becomes of logits: the outputs beside enumeration, and what they leave alone."""

from itertools import product

import numpy as np
import pytest

from sklstm._outputs import CRFOutput, SoftmaxOutput
from sklstm._schemes import transition_penalties
from sklstm.nn import parameters
from sklstm.nn.packing import pack

TAGS = ["B-x", "I-x", "O"]
# B I O, then O, then O B I, then nothing: what the scheme allows.
LENGTHS, LABELS = [3, 1, 3, 0], [0, 1, 2, 2, 2, 0, 1]
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
outputs = pytest.mark.parametrize("name", ["softmax", "crf", "crf with a scheme"])


def make_output(name):
    if "softmax" in name:
        return SoftmaxOutput(0.1 if "smoothed" in name else 0.0)
    return CRFOutput(transition_penalties(TAGS, "BIO" if "scheme" in name else None))


class Batch:
    """Random logits and parameters, packed, with what to compare with."""

    def __init__(self, output, dtype=np.float64):
        rng = np.random.RandomState(0)
        shapes = parameters.parameter_shapes(2, [1], 1, 3, transitions=output.name == "crf")
        self.output, self.packing = output, pack(LENGTHS)
        self.vector = rng.normal(size=parameters.count(shapes)).astype(dtype)
        self.views = parameters.views(self.vector, shapes)
        self.gradient = np.full_like(self.vector, np.nan)
        self.dviews = parameters.views(self.gradient, shapes)
        self.logits = rng.normal(size=(7, 3)).astype(dtype)
        self.targets = np.array(LABELS)[self.packing.tokens]
        weights = np.repeat([0.5, 2.0, 1.0, 9.0], LENGTHS)
        self.weights = weights[self.packing.tokens].astype(dtype)

    def loss(self):
        targets = self.targets, self.weights
        return self.output.loss(self.logits, targets, self.packing, 7.0, self.views, self.dviews)

    def paths(self):
        """Yield each sequence's labels and weight, all of its paths and their probabilities."""
        logits, weights = (np.empty_like(A) for A in (self.logits, self.weights))
        logits[self.packing.tokens], weights[self.packing.tokens] = self.logits, self.weights
        U = self.output.scores(self.views) if self.output.name == "crf" else np.zeros((5, 3))
        stops = np.cumsum(LENGTHS)
        for start, stop in zip([0, *stops], stops, strict=False):
            if start < stop:
                paths = np.array(list(product(range(3), repeat=stop - start)))
                scores = U[-2, paths[:, 0]] + U[-1, paths[:, -1]]
                scores += U[paths[:, :-1], paths[:, 1:]].sum(axis=1)
                scores += logits[np.arange(start, stop), paths].sum(axis=1)
                p = np.exp(scores - scores.max())
                yield LABELS[start:stop], weights[start], paths, p / p.sum()

    def in_order(self, packed):
        ordered = np.empty_like(packed)
        ordered[self.packing.tokens] = packed
        return ordered


@outputs
def test_the_loss_is_that_of_the_observed_among_all_paths(name):
    batch = Batch(make_output(name))
    expected = 0.0
    for labels, weight, paths, p in batch.paths():
        expected -= weight * np.log(p[(paths == labels).all(axis=1)].item()) / 7
    assert batch.loss()[0] == pytest.approx(expected, rel=1e-12)


@outputs
def test_the_best_is_the_most_probable_path(name):
    batch = Batch(make_output(name))
    expected = np.concatenate([paths[p.argmax()] for _, _, paths, p in batch.paths()])
    best = batch.output.best(batch.logits, batch.packing, batch.views)
    np.testing.assert_array_equal(batch.in_order(best), expected)


@outputs
def test_probabilities_are_the_marginals_over_all_paths(name):
    batch = Batch(make_output(name))
    expected = [
        [[p[paths[:, t] == k].sum() for k in range(3)] for t in range(paths.shape[1])]
        for _, _, paths, p in batch.paths()
    ]
    log_p = batch.output.log_proba(batch.logits, batch.packing, batch.views)
    np.testing.assert_allclose(
        np.exp(batch.in_order(log_p)), np.concatenate(expected), rtol=1e-12, atol=1e-300
    )


def test_smoothed_targets_share_with_all_classes_alike():
    """The loss is then, in part, the mean over what it would be of each class."""
    plain, smoothed = Batch(make_output("softmax")), Batch(make_output("smoothed softmax"))
    others = []
    for k in range(3):
        other = Batch(make_output("softmax"))
        other.targets[:] = k
        others.append(other.loss()[0])
    expected = 0.9 * plain.loss()[0] + 0.1 * np.mean(others)
    assert smoothed.loss()[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["softmax", "smoothed softmax", "crf", "crf with a scheme"])
def test_the_gradient_agrees_with_finite_differences(name):
    batch = Batch(make_output(name))
    _, dlogits = batch.loss()
    pairs = [(batch.logits, dlogits.copy())]
    if batch.output.name == "crf":
        pairs.append((batch.views["transitions",], batch.dviews["transitions",].copy()))
    for array, gradient in pairs:
        numeric = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept, losses = array[index], []
            for step in (1e-5, -1e-5):
                array[index] = kept + step
                losses.append(batch.loss()[0])
            array[index] = kept
            numeric[index] = (losses[0] - losses[1]) / 2e-5
        np.testing.assert_allclose(gradient, numeric, atol=1e-9)
        assert np.abs(numeric).max() > 0.01


@outputs
def test_an_output_writes_the_gradient_of_its_own_parameters_and_of_no_others(name):
    batch = Batch(make_output(name))
    batch.loss()
    for parameter, dW in batch.dviews.items():
        is_its_own = parameter == ("transitions",)
        assert (np.isfinite(dW) if is_its_own else np.isnan(dW)).all(), parameter


@dtypes
@pytest.mark.parametrize("name", ["softmax", "smoothed softmax", "crf", "crf with a scheme"])
def test_precision_is_kept(name, dtype):
    batch = Batch(make_output(name), dtype)
    loss, dlogits = batch.loss()
    assert type(loss) is float
    assert dlogits.dtype == dtype
    assert batch.output.log_proba(batch.logits, batch.packing, batch.views).dtype == dtype
    if batch.output.name == "crf":
        assert batch.output.scores(batch.views).dtype == dtype


@dtypes
def test_a_scheme_is_added_to_the_scores_and_not_to_the_parameters(dtype):
    batch = Batch(make_output("crf with a scheme"), dtype)
    before = batch.vector.copy()
    forbidden = batch.output.penalties < 0
    scores = batch.output.scores(batch.views)
    np.testing.assert_array_equal(scores[~forbidden], batch.views["transitions",][~forbidden])
    assert (scores[forbidden] < -9000).all()
    scores[:] = 0
    batch.loss()
    np.testing.assert_array_equal(batch.vector, before)


def test_forbidden_tags_have_no_probability_and_pull_at_nothing():
    batch = Batch(make_output("crf with a scheme"))
    p = np.exp(batch.output.log_proba(batch.logits, batch.packing, batch.views))
    first = batch.packing.previous() == 7
    assert (p[first, TAGS.index("I-x")] == 0).all()
    batch.loss()
    dU = batch.dviews["transitions",]
    forbidden = batch.output.penalties < 0
    np.testing.assert_array_equal(dU[forbidden], 0)
    assert dU[~forbidden].all()


@outputs
def test_no_tokens_have_no_tags(name):
    output = make_output(name)
    views = Batch(output).views
    empty = np.empty((0, 3)), pack([]), views
    assert output.best(*empty).shape == (0,)
    assert output.log_proba(*empty).shape == (0, 3)


def test_outputs_are_known_by_their_names():
    assert SoftmaxOutput().name == "softmax"
    assert make_output("crf").name == "crf"
