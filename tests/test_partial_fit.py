"""partial_fit trains in place, and undoes it if it fails."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from sklstm._training import Trainer


def classes_of(y):
    return sorted({tag for tags in y for tag in tags})


def arrays_of(tagger):
    slots = tagger.optimizer_state_["slots"]
    return [*tagger._model.arrays, *(slot for group in slots for slot in group)]


def assert_same_arrays(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_partial_fit_trains_the_arrays_of_the_tagger(small, english):
    X, y = english
    small.partial_fit(X[:30], y[:30]).partial_fit(X[:30], y[:30])
    vector, table = small._model.arrays
    slots = small.optimizer_state_["slots"][1][0]
    small.partial_fit(X[:30], y[:30])
    assert small._model.vector is vector
    assert small._model.table is table
    assert small.optimizer_state_["slots"][1][0] is slots


def test_partial_fit_adds_words_without_copying_the_table_each_time(small):
    small.partial_fit([["a", "b", "c"]], [["x", "y", "x"]])
    memory = set()
    for k in range(200):
        small.partial_fit([[f"word{k}"]], [["x"]])
        memory.add(small._model.table.ctypes.data)
    assert len(memory) < 20


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit_in_place_gives_the_bits_of_a_copied_tagger(small, english, solver):
    X, y = english
    small.set_params(solver=solver)
    copied = clone(small)
    for start in range(0, 50, 10):
        batch = slice(start, start + 10)
        small.partial_fit(X[batch], y[batch], classes=classes_of(y))
        copied.partial_fit(X[batch], y[batch], classes=classes_of(y))
        copied = pickle.loads(pickle.dumps(copied))
    assert_same_arrays(arrays_of(small), arrays_of(copied))


def fail_after_update(monkeypatch, error):
    """Make the second minibatch fail, in which every parameter has changed."""
    update, n_calls = Trainer._update, []

    def fail(*args):
        update(*args)
        n_calls.append(1)
        if len(n_calls) == 2:
            raise error

    monkeypatch.setattr(Trainer, "_update", fail)


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("tokens", ["words", "vectors"])
def test_a_partial_fit_that_fails_changes_nothing(
    small, english, vectors, monkeypatch, error, tokens
):
    X, y = english if tokens == "words" else vectors
    small.partial_fit(X[:20], y[:20], classes=classes_of(y))
    expected = [array.copy() for array in arrays_of(small)]
    attributes = {name: value for name, value in vars(small).items() if name[0] != "_"}
    vocabulary = small.vocabulary_ if tokens == "words" else None
    with monkeypatch.context() as patch:
        fail_after_update(patch, error)
        with pytest.raises(type(error)):
            small.partial_fit(X[10:50], y[10:50])
    assert_same_arrays(arrays_of(small), expected)
    assert attributes == {name: value for name, value in vars(small).items() if name[0] != "_"}
    assert (small.vocabulary_ if tokens == "words" else None) == vocabulary


def test_after_a_partial_fit_that_failed_training_continues_as_if_it_had_not_been(
    small, english, monkeypatch
):
    X, y = english
    classes, other = classes_of(y), clone(small)
    for tagger in (small, other):
        tagger.partial_fit(X[:20], y[:20], classes=classes)
    with monkeypatch.context() as patch:
        fail_after_update(patch, RuntimeError())
        with pytest.raises(RuntimeError):
            small.partial_fit(X[10:50], y[10:50])
    for tagger in (small, other):
        tagger.partial_fit(X[20:50], y[20:50])
    assert_same_arrays(arrays_of(small), arrays_of(other))


COPIES = {
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "pickle": lambda tagger: pickle.loads(pickle.dumps(tagger)),
}


@pytest.mark.parametrize("copy_of", COPIES.values(), ids=COPIES)
def test_a_copy_does_not_change_with_the_tagger(small, english, copy_of):
    X, y = english
    small.partial_fit(X, y)
    copied = copy_of(small)
    expected = copied.predict_proba(X)
    small.partial_fit(X, y)
    for ours, theirs in zip(copied.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_a_callback_got_does_not_change_with_the_tagger(small, english):
    X, y = english

    class Keeper:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            self.kept = self.kept if context.parent is None else fitted_estimator

    keeper = Keeper()
    small.set_callbacks(keeper).partial_fit(X, y)
    small.set_callbacks()
    expected = keeper.kept.predict_proba(X)
    small.partial_fit(X, y)
    for ours, theirs in zip(keeper.kept.predict_proba(X), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
