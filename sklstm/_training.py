"""Training: epochs, minibatches, learning rates, and the monitor that says when to stop.

Knows neither words nor scikit-learn: a model, sequences and targets in, a trained model out.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from sklstm._batches import assemble, prediction_batches, training_batches
from sklstm._memory import Arena, ThreadArena
from sklstm.nn import embedding, network, optimizers, parameters, softmax

# An adaptive learning rate at or under this falls no further (as in scikit-learn's MLP).
_SMALLEST_RATE = 1e-6


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
    """

    shapes: dict
    vector: np.ndarray
    table: np.ndarray | None

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
    def dtype(self):
        """The precision of all parameters."""
        return self.vector.dtype

    def arrays(self):
        """Return the arrays that training changes."""
        return [self.vector] if self.table is None else [self.vector, self.table]

    def copy(self):
        """Return a model whose arrays are its own."""
        table = None if self.table is None else self.table.copy()
        return Model(self.shapes, self.vector.copy(), table)

    def assign(self, other):
        """Take over the values of another model of the same shapes."""
        for array, values in zip(self.arrays(), other.arrays(), strict=True):
            array[...] = values

    def inputs(self, batch):
        """Return what the first layer reads."""
        if self.table is None:
            return batch.inputs
        return embedding.embedding_forward(batch.inputs, self.table, batch.rows)


def predict(model, sequences, finish, workers):
    """Compute the logits of all tokens, batch by batch, and what is wanted of them.

    Parameters
    ----------
    model : Model
    sequences : Sequences
    finish : callable
        From logits (n, n_classes) to an array of n rows, row by row.
    workers : Workers
        Runs several batches at once.

    Returns
    -------
    finished : ndarray of n_tokens rows
        In the order of the tokens.
    """
    views = parameters.views(model.vector, model.shapes)
    masks = [1] * len(model.widths)

    memory = ThreadArena()

    def compute(members):
        memory.arena.clear()
        batch = assemble(sequences, members)
        X = model.inputs(batch)
        resources = network.Resources(_one_by_one, memory.arena.empty)
        logits, _ = network.forward(views, X, batch.packing, masks, resources)
        return batch.tokens, finish(logits)

    n_tokens = int(sequences.lengths.sum())
    nothing = finish(np.empty((0, model.shapes["output",][1]), model.dtype))
    finished = np.empty((n_tokens, *nothing.shape[1:]), nothing.dtype)
    for tokens, values in workers.map(compute, prediction_batches(sequences.lengths)):
        finished[tokens] = values
    return finished


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
        self._gradient = np.empty_like(model.vector)
        self._is_weight = parameters.weight_mask(model.shapes).astype(model.dtype)

    def epoch(self):
        """Show every sequence once; return the mean loss per token."""
        settings, sequences = self.settings, self.corpus.sequences
        shuffler = self.rng if settings.shuffle else None
        batches = training_batches(sequences.lengths, settings.batch_size, shuffler)
        n_epochs, loss, n_tokens = len(self.progress.losses), 0.0, 0
        with np.errstate(all="ignore"):  # numbers that fail are found below
            for k, members in enumerate(batches):
                self._schedule(n_epochs + k / len(batches))
                batch = assemble(sequences, members, self.rng)
                loss += self._step(batch) * len(batch.tokens)
                n_tokens += len(batch.tokens)
        if not (np.isfinite(loss) and all(np.isfinite(a).all() for a in self.model.arrays())):
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

    def _step(self, batch):
        """Learn from one minibatch; return its loss."""
        loss, gradients = self.loss_and_gradients(batch)
        optimizers.clip_by_global_norm(gradients, self.settings.max_grad_norm)
        optimizer, state = self.settings.optimizer, self.state
        state.t += 1
        time = {"t": state.t, "learning_rate": self.progress.learning_rate}
        model, slots = self.model, state.slots
        steps = [partial(optimizer.step, model.vector, gradients[0], slots[0], **time)]
        if batch.rows is not None:
            rows = model.table, batch.rows, gradients[1], slots[1]
            steps.append(partial(optimizers.step_rows, optimizer, *rows, **time))
        self.workers.run(steps)
        return loss

    def loss_and_gradients(self, batch):
        """Return the loss of a minibatch and its gradients.

        Parameters
        ----------
        batch : Batch

        Returns
        -------
        loss : float
        gradients : list of ndarray
            With respect to the dense parameters and, where there are any, to the rows of the
            embedding table that the batch names.
        """
        self._arena.clear()
        model, resources = self.model, network.Resources(self.workers.run, self._arena.empty)
        views = parameters.views(model.vector, model.shapes)
        gradient = parameters.views(self._gradient, model.shapes)
        masks = self._masks(batch)
        X = model.inputs(batch)
        logits, cache = network.forward(views, X, batch.packing, masks, resources)
        classes, weights = self.corpus.targets.classes[batch.tokens], self._weights[batch.tokens]
        loss, dlogits = softmax.cross_entropy(logits, classes, weights, len(batch.tokens))
        dX = network.backward(views, dlogits, cache, batch.packing, masks, resources, gradient)
        decay = self.settings.alpha / (len(batch.tokens) * self._mean_weight)
        penalty = decay * self._is_weight * model.vector
        loss += 0.5 * float(np.dot(penalty, model.vector))
        self._gradient += penalty
        if batch.rows is None:
            return loss, [self._gradient]
        return loss, [self._gradient, embedding.embedding_backward(dX, batch.inputs)]

    def _masks(self, batch):
        """Draw the dropout masks; vectors are not learnt, and nothing is dropped from them."""
        widths, dtype = self.model.widths, self.model.dtype
        kept = 0 if batch.rows is not None else 1
        draw = self.settings.dropout, widths[kept:], batch.packing, self.rng, dtype
        return [1] * kept + network.dropout_masks(*draw)

    def _schedule(self, epoch):
        """Set the learning rate at a time counted in epochs."""
        settings, progress = self.settings, self.progress
        if settings.learning_rate == "linear":
            left = max(0.0, 1 - epoch / settings.max_iter)
            progress.learning_rate = settings.learning_rate_init * left
        elif settings.learning_rate == "invscaling":
            t = self.state.n_seen + 1
            progress.learning_rate = settings.learning_rate_init / t**settings.power_t


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
    last_whole = best = None
    ending = "max_iter"
    try:
        for _ in range(settings.max_iter):
            before_epoch()
            loss = trainer.epoch()
            scored = None if score is None else score()
            last_whole = model.copy()
            trainer.note(loss, scored)
            if _improved(progress, settings) and settings.early_stopping:
                best = last_whole
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
