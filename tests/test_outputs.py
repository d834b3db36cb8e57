"""The outputs, softmax and CRF, compared with the enumeration of all paths."""

from itertools import product

import numpy as np
import pytest

from sklstm._model import OUTPUTS
from sklstm.nn import parameters
from sklstm.nn.crf import CRF
from sklstm.nn.packing import pack
from sklstm.nn.softmax import Softmax

TAGS = ["B-x", "I-x", "O"]
# B I O, then O, then O B I, then an empty sequence: the scheme allows them.
LENGTHS, LABELS = [3, 1, 3, 0], [0, 1, 2, 2, 2, 0, 1]
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
outputs = pytest.mark.parametrize("name", ["softmax", "crf", "crf with a scheme"])


def make_output(name):
    kind = "softmax" if "softmax" in name else "crf"
    scheme = "BIO" if "scheme" in name else None
    return OUTPUTS[kind](np.array(TAGS), scheme, 0.1 if "smoothed" in name else 0.0)


class Batch:
    """Random packed logits, targets and weights, and random parameters."""

    def __init__(self, output, dtype=np.float64):
        rng = np.random.RandomState(0)
        shapes = output.parameter_shapes(2)
        self.output, self.packing = output, pack(LENGTHS)
        self.vector = rng.normal(size=parameters.count(shapes)).astype(dtype)
        self.parameters = parameters.views(self.vector, shapes)
        self.logits = rng.normal(size=(7, 3)).astype(dtype)
        self.targets = np.array(LABELS)[self.packing.tokens]
        weights = np.repeat([0.5, 2.0, 1.0, 9.0], LENGTHS) / 7
        self.weights = weights[self.packing.tokens].astype(dtype)

    def loss(self):
        return self.output.loss(
            self.logits, self.targets, self.weights, self.packing, self.parameters
        )

    def paths(self):
        """Yield each sequence's labels and weight, all of its paths and their probabilities."""
        logits, weights = (np.empty_like(A) for A in (self.logits, self.weights))
        logits[self.packing.tokens], weights[self.packing.tokens] = self.logits, self.weights
        is_crf = isinstance(self.output, CRF)
        U = self.output.scores(self.parameters) if is_crf else np.zeros((5, 3))
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
def test_the_loss_is_that_of_the_observed_path_among_all_paths(name):
    batch = Batch(make_output(name))
    expected = 0.0
    for labels, weight, paths, p in batch.paths():
        expected -= weight * np.log(p[(paths == labels).all(axis=1)].item())
    assert batch.loss()[0] == pytest.approx(expected, rel=1e-12)


@outputs
def test_the_decoded_path_is_the_most_probable_one(name):
    batch = Batch(make_output(name))
    expected = np.concatenate([paths[p.argmax()] for _, _, paths, p in batch.paths()])
    decoded = batch.output.decode(batch.logits, batch.packing, batch.parameters)
    np.testing.assert_array_equal(batch.in_order(decoded), expected)


@outputs
def test_probabilities_are_the_marginals_over_all_paths(name):
    batch = Batch(make_output(name))
    expected = [
        [[p[paths[:, t] == k].sum() for k in range(3)] for t in range(paths.shape[1])]
        for _, _, paths, p in batch.paths()
    ]
    log_p = batch.output.log_proba(batch.logits, batch.packing, batch.parameters)
    np.testing.assert_allclose(
        np.exp(batch.in_order(log_p)), np.concatenate(expected), rtol=1e-12, atol=1e-300
    )


def test_smoothed_targets_are_shared_evenly_by_all_classes():
    """A part of the loss is the mean of the losses with each class as the target."""
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
    _, dlogits, gradients = batch.loss()
    pairs = [(batch.logits, dlogits)]
    pairs += [(batch.parameters[parameter], dW) for parameter, dW in gradients.items()]
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
def test_the_loss_has_gradients_of_all_parameters_except_the_affine_layer(name):
    batch = Batch(make_output(name))
    _, _, gradients = batch.loss()
    assert gradients.keys() == batch.parameters.keys() - {"output"}
    for parameter, dW in gradients.items():
        assert dW.shape == batch.parameters[parameter].shape
        assert np.isfinite(dW).all()


@dtypes
@pytest.mark.parametrize("name", ["softmax", "smoothed softmax", "crf", "crf with a scheme"])
def test_precision_is_kept(name, dtype):
    batch = Batch(make_output(name), dtype)
    loss, dlogits, gradients = batch.loss()
    assert type(loss) is float
    assert {dlogits.dtype, *(dW.dtype for dW in gradients.values())} == {np.dtype(dtype)}
    assert batch.output.log_proba(batch.logits, batch.packing, batch.parameters).dtype == dtype
    if isinstance(batch.output, CRF):
        assert batch.output.scores(batch.parameters).dtype == dtype


@dtypes
def test_a_scheme_is_added_to_the_scores_and_not_to_the_parameters(dtype):
    batch = Batch(make_output("crf with a scheme"), dtype)
    before = batch.vector.copy()
    forbidden = batch.output.penalties < 0
    scores = batch.output.scores(batch.parameters)
    np.testing.assert_array_equal(scores[~forbidden], batch.parameters["transitions"][~forbidden])
    assert (scores[forbidden] < -9000).all()
    scores[:] = 0
    batch.loss()
    np.testing.assert_array_equal(batch.vector, before)


def test_forbidden_tags_have_no_probability_and_no_gradient():
    batch = Batch(make_output("crf with a scheme"))
    p = np.exp(batch.output.log_proba(batch.logits, batch.packing, batch.parameters))
    first = batch.packing.before < batch.packing.n_sequences
    assert (p[first, TAGS.index("I-x")] == 0).all()
    _, _, gradients = batch.loss()
    dU = gradients["transitions"]
    forbidden = batch.output.penalties < 0
    np.testing.assert_array_equal(dU[forbidden], 0)
    assert dU[~forbidden].all()


@outputs
def test_a_batch_without_tokens(name):
    output = make_output(name)
    empty = np.empty((0, 3)), pack([]), Batch(output).parameters
    assert output.decode(*empty).shape == (0,)
    assert output.log_proba(*empty).shape == (0, 3)


def test_outputs_have_names():
    assert make_output("softmax") == Softmax(3, 0.0)
    assert isinstance(make_output("crf"), CRF)
