"""Training: epochs, minibatches, learning rates, and the monitor that says when to stop.

Knows neither words nor scikit-learn: a model, sequences and targets in, a trained model out.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from sklstm._batches import (
    Bags,
    Batch,
    Distinct,
    FeatureDropout,
    Minibatch,
    Targets,
    prediction_batches,
    training_batches,
)
from sklstm._memory import Arena, Pool
from sklstm._outputs import CRFOutput, SoftmaxOutput
from sklstm.nn import characters, embedding, network, optimizers, parameters
from sklstm.nn.packing import pack

# An adaptive learning rate at or under this falls no further (as in scikit-learn's MLP).
_SMALLEST_RATE = 1e-6
# Kept from one prediction to the next, so that the system need not hand out its pages anew.
_memory_of_predictions = Pool(n_bytes=1 << 26)
# A minibatch of more sequences is cut in shards: enough of them in each to make the products of a
# step large, few enough that many cores have work and, of wide layers, that a step stays in cache.
_SHARD, _WIDE, _SHARD_OF_WIDE = 64, 256, 32
# The parameters that one task of an optimizer's step changes.
_PIECE = 1 << 16


@dataclass
class Model:
    """The parameters of a tagger.

    Attributes
    ----------
    shapes : dict
        The shapes of the dense parameters (see :func:`sklstm.nn.parameters.parameter_shapes`).
    vector : ndarray of shape (n_parameters,)
        The dense parameters.
    table : ndarray of shape (n_features, embedding_size) or None
        The embeddings; None where tokens are vectors.
    output : SoftmaxOutput or CRFOutput
        What becomes of the logits.
    """

    shapes: dict
    vector: np.ndarray
    table: np.ndarray | None
    output: SoftmaxOutput | CRFOutput = field(default_factory=SoftmaxOutput)

    @property
    def n_layers(self):
        """The number of LSTM layers."""
        return 1 + max(name[1] for name in self.shapes if name[0] == "lstm")

    @property
    def widths(self):
        """The width of what each layer, and then the output, is given."""
        firsts = [self.shapes["lstm", layer, 0] for layer in range(self.n_layers)]
        output = self.shapes["output",]
        return [shape[1] - shape[2] - 1 for shape in firsts] + [output[0] - 1]

    @property
    def n_units(self):
        """The units of the widest direction of a layer."""
        return max(shape[2] for name, shape in self.shapes.items() if name[0] == "lstm")

    @property
    def dtype(self):
        """The precision of all parameters."""
        return self.vector.dtype

    def arrays(self):
        """Return the arrays that training changes."""
        return [self.vector] if self.table is None else [self.vector, self.table]

    def copy(self):
        """Return a model whose arrays are its own."""
        table = None if self.table is None else self.table.copy()
        return Model(self.shapes, self.vector.copy(), table, self.output)

    def assign(self, other):
        """Take over the values of another model of the same shapes."""
        for array, values in zip(self.arrays(), other.arrays(), strict=True):
            array[...] = values


def _tell_nobody(n_tokens):
    """Keep to oneself how many tokens are done."""


def predict(model, sequences, finish, workers, report=_tell_nobody):
    """Compute the logits of all tokens, batch by batch, and what is wanted of them.

    Parameters
    ----------
    model : Model
    sequences : Sequences
    finish : callable
        From packed logits (n, n_classes), their packing and the parameters to an array of n rows,
        such as a method of the model's output.
    workers : Workers
        Runs several batches at once.
    report : callable, default=_tell_nobody
        Is called, by any thread, with the number of tokens of each batch that is done.

    Returns
    -------
    finished : ndarray of n_tokens rows
        In the order of the tokens.
    """
    views = parameters.views(model.vector, model.shapes)
    inputs = looked_up(model, sequences.tokens, workers)

    def compute(members):
        batch = Batch.of(sequences, members)
        X, rows_of_X = inputs.inputs(batch.tokens)
        masks = network.no_dropout(model.widths, 1, model.dtype)
        with _memory_of_predictions.lend() as arena:
            resources = network.Resources(_one_by_one, arena.empty)
            logits, _ = network.forward(
                views, X, batch.packing, masks, resources, rows_of_X, keep=False
            )
            finished[batch.tokens] = finish(logits, batch.packing, views)
        report(len(batch.tokens))

    n_tokens = int(sequences.lengths.sum())
    nothing = finish(np.empty((0, model.shapes["output",][1]), model.dtype), pack([]), views)
    finished = np.empty((n_tokens, *nothing.shape[1:]), nothing.dtype)
    workers.run([partial(compute, members) for members in prediction_batches(sequences.lengths)])
    return finished


def looked_up(model, tokens, workers):
    """Return tokens as vectors, each stored once for all tokens of its type.

    Parameters
    ----------
    model : Model
    tokens : Vectors, Distinct, Bags or None
    workers : Workers

    Returns
    -------
    inputs : Vectors, Distinct or None
    """
    if not isinstance(tokens, Bags):
        return tokens
    return Distinct(vectors_of_types(model, tokens, workers), tokens.types)


def vectors_of_types(model, bags, workers):
    """Compute what the first LSTM layer reads of each type.

    Parameters
    ----------
    model : Model
    bags : Bags
    workers : Workers

    Returns
    -------
    vectors : ndarray of shape (n_types, n_inputs)
    """
    parts = [bags.features @ model.table]
    if bags.letters is not None:
        parts.append(_spelled(model, bags.letters, workers))
    if bags.fixed is not None:
        parts.append(bags.fixed)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _spelled(model, letters, workers):
    """Return what the character LSTM makes of each type."""
    views = parameters.views(model.vector, model.shapes)

    def spell(types):
        packing, ids, ranks = letters.packed(types)
        rows, rows_of_X = np.unique(ids, return_inverse=True)
        with _memory_of_predictions.lend() as arena:
            resources = network.Resources(_one_by_one, arena.empty)
            X = network.with_ones(len(rows), model.table.shape[1], model.dtype, arena.empty)
            X[:, :-1] = model.table[rows]
            V, _ = characters.characters_forward(
                views, X, packing, rows_of_X, resources, keep=False
            )
            spelled[types] = V[ranks]

    n_units = model.shapes["characters", 0][2]
    spelled = np.empty((len(letters.lengths), 2 * n_units), model.dtype)
    workers.run([partial(spell, types) for types in prediction_batches(letters.lengths)])
    return spelled


def _one_by_one(functions):
    return [function() for function in functions]


class Settings(NamedTuple):
    """How to train; the names are the estimator's."""

    optimizer: optimizers.Adam | optimizers.SGD
    alpha: float
    batch_size: int
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    tol: float
    early_stopping: bool
    n_iter_no_change: int
    dropout: float
    feature_dropout: float
    max_grad_norm: float


@dataclass
class Progress:
    """What training has reached, epoch by epoch.

    Attributes
    ----------
    losses, scores : list of float
        The training loss and, where there is a validation set, the score of each epoch.
    learning_rate : float
        The present learning rate.
    best : float
        The best score with early stopping; without, the best training loss, negative.
    n_stale : int
        The epochs since the last improvement of at least ``tol``.
    """

    learning_rate: float
    losses: list = field(default_factory=list)
    scores: list = field(default_factory=list)
    best: float = -math.inf
    n_stale: int = 0


@dataclass
class State:
    """What earlier training left behind.

    Attributes
    ----------
    t : int
        The number of steps that the optimizer has taken.
    slots : list of list of ndarray
        What it remembers of each array of the model.
    n_seen : int
        How many sequences the model has been shown.
    """

    t: int
    slots: list
    n_seen: int

    @classmethod
    def start(cls, optimizer, model, n_seen=0):
        """Return the state of an optimizer before its first step."""
        slots = [optimizers.new_slots(optimizer, array) for array in model.arrays()]
        return cls(0, slots, n_seen)


class Trainer:
    """Changes a model in place, epoch by epoch.

    Parameters
    ----------
    model : Model
    settings : Settings
    state : State
    corpus : Corpus
    workers : Workers
    rng : numpy.random.RandomState
    """

    def __init__(self, model, settings, state, corpus, workers, rng):
        self.model, self.settings, self.state = model, settings, state
        self.corpus, self.workers, self.rng = corpus, workers, rng
        self.progress = Progress(settings.learning_rate_init)
        weights = corpus.targets.weights
        self._mean_weight = float(np.mean(weights))
        # Weights of any size: about 1 in whatever precision the model has.
        self._weights = (weights / self._mean_weight).astype(model.dtype)
        self._arena = Arena()
        self._gradients = []  # one for each shard of a minibatch
        self._is_weight = parameters.weight_mask(model.shapes).astype(model.dtype)

    def epoch(self):
        """Show every sequence once; return the mean loss per token."""
        settings = self.settings
        shuffler = self.rng if settings.shuffle else None
        lengths = self.corpus.sequences.lengths
        batches = training_batches(lengths, settings.batch_size, shuffler)
        n_epochs, loss, n_tokens = len(self.progress.losses), 0.0, 0
        with np.errstate(all="ignore"):  # numbers that fail are found below
            for k, minibatch in enumerate(self._minibatches(batches)):
                self._schedule(n_epochs + k / len(batches))
                loss += self._step(minibatch) * len(minibatch.tokens)
                n_tokens += len(minibatch.tokens)
        if not (np.isfinite(loss) and all(_is_finite(a) for a in self.model.arrays())):
            raise ValueError(
                f"Training failed in epoch {n_epochs + 1}: the loss or the parameters are no "
                "longer finite. Scale X, or lower learning_rate_init."
            )
        return loss / n_tokens

    def note(self, loss, score):
        """Take an epoch as done, with its loss and, where there is one, its score."""
        self.state.n_seen += int(np.count_nonzero(self.corpus.sequences.lengths))
        self.progress.losses.append(loss)
        self.progress.scores.extend([] if score is None else [score])

    def _minibatches(self, batches):
        """Yield the minibatches of an epoch, each made while the one before is learnt from."""
        sequences = self.corpus.sequences
        sequences = sequences._replace(tokens=sequences.tokens.shown(self.rng))
        size = _SHARD if self.model.n_units <= _WIDE else _SHARD_OF_WIDE
        coming = [
            partial(Minibatch.of, sequences, members, size, dropout)
            for members, dropout in zip(batches, self._feature_dropout(len(batches)), strict=True)
        ]
        later = self.workers.later(coming[0])
        for following in coming[1:]:
            minibatch, later = later(), self.workers.later(following)
            yield minibatch
        yield later()

    def _feature_dropout(self, n_batches):
        """Return what drops features of each minibatch, whichever thread makes that."""
        rate = self.settings.feature_dropout
        if rate == 0 or self.model.table is None:
            return [FeatureDropout()] * n_batches
        return [FeatureDropout(rate, seed) for seed in self.rng.randint(1 << 31, size=n_batches)]

    def _step(self, minibatch):
        """Learn from one minibatch; return its loss."""
        loss, gradient, dRows = self.loss_and_gradients(minibatch)
        rows = minibatch.inputs.rows
        gradients = [gradient] if rows is None else [gradient, dRows]
        optimizers.clip_by_global_norm(gradients, self.settings.max_grad_norm)
        optimizer, state, model = self.settings.optimizer, self.state, self.model
        state.t += 1
        time = {"t": state.t, "learning_rate": self.progress.learning_rate}
        slots, *row_slots = state.slots
        steps = [
            partial(
                optimizer.step, model.vector[p], gradient[p], [slot[p] for slot in slots], **time
            )
            for p in _pieces(len(gradient))
        ]
        if rows is not None:
            steps += [
                partial(
                    optimizers.step_rows,
                    optimizer,
                    model.table,
                    rows[p],
                    dRows[p],
                    *row_slots,
                    **time,
                )
                for p in _pieces(len(rows), model.table.shape[1])
            ]
        self.workers.run(steps)
        return loss

    def loss_and_gradients(self, minibatch):
        """Return the loss of a minibatch and its gradients.

        Parameters
        ----------
        minibatch : Minibatch

        Returns
        -------
        loss : float
        gradient : ndarray of shape (n_parameters,)
            With respect to the dense parameters.
        dRows : ndarray of shape (n_rows, embedding_size) or None
            With respect to the rows of the table that the minibatch names; None without a table.
        """
        self._arena.clear()
        model, empty = self.model, self._arena.empty
        batches, tokens, inputs = minibatch
        while len(self._gradients) < len(batches):
            self._gradients.append(np.zeros_like(model.vector))
        gradient, *others = self._gradients[: len(batches)]
        X, caches = self._read(inputs)
        dX = empty(X.shape, X.dtype)
        tasks, start = [], 0
        for batch, its_gradient in zip(batches, self._gradients, strict=False):
            part = slice(start, start := start + len(batch.tokens))
            masks = self._masks(batch.packing)
            tasks.append(
                partial(self._pass, batch, X[part], masks, len(tokens), its_gradient, dX[part])
            )
        loss = sum(self.workers.run(tasks))
        dRows = self._read_back(inputs, dX, caches, gradient)
        decay = self.settings.alpha / (len(tokens) * self._mean_weight)
        complete = [
            partial(
                _complete,
                gradient[p],
                [g[p] for g in others],
                model.vector[p],
                self._is_weight[p],
                decay,
                empty,
            )
            for p in _pieces(len(gradient))
        ]
        penalties = self.workers.run(complete)
        return loss + sum(penalties), gradient, dRows

    def _read(self, inputs):
        """Return what the first layer reads of each token, and what the way back needs."""
        features, rows, spelled, fixed = inputs
        if features is None:
            return fixed, None
        model = self.model
        E = np.take(model.table, rows, axis=0)
        parts, caches = [embedding.embedding_forward(features, E)], None
        if spelled is not None:
            n_distinct = len(spelled.distinct)
            C = network.with_ones(n_distinct, E.shape[1], model.dtype, self._arena.empty)
            C[:, :-1] = E[spelled.distinct]
            views = parameters.views(model.vector, model.shapes)
            V, caches = characters.characters_forward(
                views, C, spelled.packing, spelled.characters, self._resources
            )
            parts.append(spelled.words @ V)
        if fixed is not None:
            parts.append(fixed)
        return (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)), caches

    def _read_back(self, inputs, dX, caches, gradient):
        """Return the gradient with respect to the rows of the table that a minibatch names."""
        if inputs.features is None:
            return None
        width, spelled = self.model.table.shape[1], inputs.spelled
        dE = embedding.embedding_backward(dX[:, :width], inputs.features)
        if spelled is not None:
            views, dviews = (
                parameters.views(vector, self.model.shapes)
                for vector in (self.model.vector, gradient)
            )
            n_spelled = 2 * self.model.shapes["characters", 0][2]
            dV = spelled.words.T @ dX[:, width : width + n_spelled]
            dE[spelled.distinct] += characters.characters_backward(
                views, dV, caches, spelled.packing, spelled.into_distinct, self._resources, dviews
            )
        return dE

    @property
    def _resources(self):
        return network.Resources(self.workers.run, self._arena.empty)

    def _pass(self, batch, X, masks, n_tokens, gradient, dX):
        """Go forward and backward over a shard; return its part of the loss."""
        model, resources = self.model, self._resources
        views = parameters.views(model.vector, model.shapes)
        logits, caches = network.forward(views, X, batch.packing, masks, resources)
        targets = Targets(self.corpus.targets.classes[batch.tokens], self._weights[batch.tokens])
        dviews = parameters.views(gradient, model.shapes)
        loss, dlogits = model.output.loss(logits, targets, batch.packing, n_tokens, views, dviews)
        dX[...] = network.backward(views, dlogits, caches, batch.packing, masks, resources, dviews)
        return loss

    def _masks(self, packing):
        """Draw the dropout masks; vectors are not learnt, and nothing is dropped from them."""
        first, *others = self.model.widths
        dtype, rate = self.model.dtype, self.settings.dropout
        draw = partial(
            network.dropout_masks,
            packing=packing,
            rng=self.rng,
            dtype=dtype,
            empty=self._arena.empty,
        )
        return draw(0 if self.model.table is None else rate, [first]) + draw(rate, others)

    def _schedule(self, epoch):
        """Set the learning rate at a time counted in epochs."""
        settings, progress = self.settings, self.progress
        if settings.learning_rate == "linear":
            left = max(0.0, 1 - epoch / settings.max_iter)
            progress.learning_rate = settings.learning_rate_init * left
        elif settings.learning_rate == "invscaling":
            t = self.state.n_seen + 1
            progress.learning_rate = settings.learning_rate_init / t**settings.power_t


def _is_finite(array):
    """Return whether all numbers are finite, without a mask as large as the array."""
    return math.isfinite(array.min()) and math.isfinite(array.max())


def _complete(gradient, others, vector, is_weight, decay, empty):
    """Add the gradients of other shards and of the penalty; return the penalty."""
    for other in others:
        gradient += other
    penalty = np.multiply(vector, is_weight, out=empty(vector.shape, vector.dtype))
    norm = float(np.dot(penalty, vector))
    penalty *= decay
    gradient += penalty
    return 0.5 * decay * norm


def _pieces(n_rows, width=1):
    """Cut an array in pieces that threads can share, and whose optimizer step stays in cache."""
    size = max(1, _PIECE // width)
    return [slice(start, start + size) for start in range(0, n_rows, size)]


def train(trainer, score, before_epoch, after_epoch):
    """Train until the epochs are used up, progress ends, or someone asks to stop.

    With early stopping the model is left as it was after its best epoch, and after an
    interruption as it was after its last whole one.

    Parameters
    ----------
    trainer : Trainer
    score : callable or None
        Returns the score of the present model on a validation set.
    before_epoch : callable
        Called before each epoch, without arguments.
    after_epoch : callable
        Called after each epoch with its progress; returns whether to stop.

    Returns
    -------
    ending : {"max_iter", "converged", "callback", "interrupted"}
        Why training ended.

    Raises
    ------
    KeyboardInterrupt
        If not one epoch was whole.
    """
    model, progress, settings = trainer.model, trainer.progress, trainer.settings
    last_whole = snapshot = best = None
    ending = "max_iter"
    try:
        for _ in range(settings.max_iter):
            before_epoch()
            loss = trainer.epoch()
            scored = None if score is None else score()
            last_whole = model  # until the snapshot is
            if snapshot is best:  # or both are None yet
                snapshot = model.copy()
            else:
                snapshot.assign(model)
            last_whole = snapshot
            trainer.note(loss, scored)
            if _improved(progress, settings) and settings.early_stopping:
                best = snapshot
            if after_epoch(progress):
                ending = "callback"
                break
            if _has_converged(progress, settings):
                ending = "converged"
                break
    except KeyboardInterrupt:
        if last_whole is None:
            raise
        trainer.workers.rest()  # a thread may be changing the model yet
        model.assign(last_whole)
        ending = "interrupted"
    if best is not None:
        model.assign(best)
    return ending


def _improved(progress, settings):
    """Note the last epoch; return whether it is the best so far."""
    value = progress.scores[-1] if settings.early_stopping else -progress.losses[-1]
    progress.n_stale = 0 if value >= progress.best + settings.tol else progress.n_stale + 1
    improved = value > progress.best
    progress.best = max(progress.best, value)
    return improved


def _has_converged(progress, settings):
    """Return whether to stop; an adaptive learning rate falls some times before it does."""
    if progress.n_stale <= settings.n_iter_no_change:
        return False
    if settings.learning_rate != "adaptive" or progress.learning_rate <= _SMALLEST_RATE:
        return True
    progress.learning_rate /= 5
    progress.n_stale = 0
    return False
