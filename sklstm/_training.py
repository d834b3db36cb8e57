"""Training: minibatches, optimizer steps, learning rate schedules, early stopping."""

import math
import operator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from sklstm._batching import training_batches
from sklstm.nn import network
from sklstm.nn.arrays import Arena, computing_with, empty, extend_rows
from sklstm.nn.encoder import encoder_backward, encoder_forward
from sklstm.nn.optimizers import SGD, Adam, clip_by_global_norm, step_rows
from sklstm.nn.parameters import views, weight_mask

# An "auto" minibatch has at most this many sequences, fewer if an epoch would have fewer steps.
_AUTO_BATCH, _MIN_AUTO_BATCH, _MIN_AUTO_STEPS = 32, 4, 50
# An adaptive learning rate at or under this ends training (as in scikit-learn's MLP).
_MIN_LEARNING_RATE = 1e-6
# A larger minibatch is cut into shards of this many sequences: enough for large products in a step,
# few enough that several threads have work and that a step of a wide layer stays in the cache.
_SHARD, _WIDE, _SHARD_OF_WIDE = 64, 256, 32
# The number of parameters that one task of an optimizer step updates.
_BLOCK = 1 << 16


class Diverged(ValueError):
    """The loss or the parameters are not finite."""


class Completed(NamedTuple):
    """The results of the complete epochs of a fit.

    Attributes
    ----------
    losses, scores : list of float
        The training loss and, with a validation set, the validation score of each epoch.
    n_seen : int
        The number of sequences that the model has been trained on.
    arrays : list of ndarray or None
        The parameters after the last epoch; the arrays of the model until the next one begins.
    best : list of ndarray or None
        With early stopping, the parameters after the best epoch.
    """

    losses: list
    scores: list
    n_seen: int
    arrays: list | None = None
    best: list | None = None

    def replace_arrays(self, old, new):
        """Return a record with another list of arrays in place of an old one."""
        arrays, best = (new if arrays is old else arrays for arrays in (self.arrays, self.best))
        return self._replace(arrays=arrays, best=best)


class Trainer:
    """Trains a model in place, epoch by epoch.

    Parameters
    ----------
    model : Model
    corpus : Corpus
    params : object
        Has the parameters of the estimator as attributes.
    rng : numpy.random.RandomState
    executor : Executor

    Attributes
    ----------
    n_tokens : int
        The number of tokens of an epoch.
    completed : Completed
    learning_rate : float
        The current learning rate.
    t : int
        The number of optimizer steps.
    """

    def __init__(self, model, corpus, params, rng, executor):
        self.model, self.corpus, self.params = model, corpus, params
        self.rng, self.executor = rng, executor
        self.n_tokens = int(corpus.lengths.sum())
        self.completed, self._copies = Completed([], [], 0), []
        self.t, self.learning_rate = 0, params.learning_rate_init
        if params.solver == "adam":
            self.optimizer = Adam(params.beta_1, params.beta_2, params.epsilon)
        else:
            self.optimizer = SGD(params.momentum, params.nesterovs_momentum)
        n_slots = self.optimizer.n_slots
        self.slots = [[np.zeros(a.shape, a.dtype) for _ in range(n_slots)] for a in model.arrays]
        self._best_value, self._n_stale = -math.inf, 0
        # The position in an epoch: its random state at the beginning, and what is done of it.
        self._epoch_random_state, self._n_batches, self._epoch_loss = None, 0, 0.0
        # Weights of any magnitude become about 1, in the precision of the model.
        self._weights = (corpus.weights / corpus.mean_weight).astype(model.dtype)
        self._arena = Arena()
        self._gradients = []  # one vector for each shard of a minibatch
        # Nothing is dropped from numeric vectors.
        self._dropout_rates = [params.dropout] * len(model.widths)
        if model.table is None:
            self._dropout_rates[0] = 0
        # With larger parameters, products would overflow.
        self._largest = math.sqrt(np.finfo(model.dtype).max) / 2**20
        self._is_weight = weight_mask(model.shapes, model.output.n_biases).astype(model.dtype)

    def continue_from(self, n_seen, optimizer_state=None):
        """Continue after another call has trained the model.

        Parameters
        ----------
        n_seen : int
            The number of sequences that the model has been trained on.
        optimizer_state : dict, default=None
            Used if it is from the same solver. Its arrays are not copied. New features start with a
            state of zeros.
        """
        self.completed = self.completed._replace(n_seen=n_seen)
        if optimizer_state is not None and optimizer_state["solver"] == self.params.solver:
            self.t = optimizer_state["t"]
            self.slots = [
                [extend_rows(slot, len(array)) for slot in slots]
                for array, slots in zip(self.model.arrays, optimizer_state["slots"], strict=True)
            ]

    def optimizer_state(self):
        """Return the state of the optimizer, with which another trainer can continue."""
        return {
            "solver": self.params.solver,
            "t": self.t,
            "slots": self.slots,
            "random_state": self.rng.get_state(legacy=False),
        }

    def state(self):
        """Return what :meth:`resume` needs, at the end of a minibatch or of an epoch."""
        return {
            "arrays": self.model.arrays,
            "optimizer": self.optimizer_state(),
            "learning_rate": self.learning_rate,
            "completed": self.completed,
            "best_value": self._best_value,
            "n_stale": self._n_stale,
            "epoch": (self._epoch_random_state, self._n_batches, self._epoch_loss),
        }

    def resume(self, state):
        """Continue with the state of another trainer of the same model, corpus and parameters."""
        optimizer, arrays = state["optimizer"], self.model.arrays
        self.t, self.slots = optimizer["t"], optimizer["slots"]
        self.rng.set_state(optimizer["random_state"])
        self.learning_rate = state["learning_rate"]
        self._best_value, self._n_stale = state["best_value"], state["n_stale"]
        self._epoch_random_state, self._n_batches, self._epoch_loss = state["epoch"]
        _assign(arrays, state["arrays"])
        self.completed = state["completed"].replace_arrays(state["arrays"], arrays)

    def is_between_epochs(self):
        """Return whether no minibatch of the present epoch is done."""
        return self._n_batches == 0

    def train_epoch(self, after_batch, begin=0.0, end=1.0):
        """Train on every sequence once; return the mean loss per token.

        Parameters
        ----------
        after_batch : callable
            Called after each minibatch with the number of tokens that are done, and of all.
        begin, end : float, default=0.0, 1.0
            The part of the epoch, if the corpus is a part of another one.
        """
        corpus, batches = self._start_epoch()
        with np.errstate(all="ignore"):  # the result is checked below
            self._train_batches(corpus, batches, after_batch, begin, end)
        return self._checked_loss()

    def _start_epoch(self):
        """Return the corpus with word dropout, and its minibatches, of a new or resumed epoch."""
        current = self.rng.get_state(legacy=False)
        if self._n_batches == 0:
            self._epoch_random_state = current
        # A resumed epoch draws the same again, then continues with its current random state.
        self.rng.set_state(self._epoch_random_state)
        lengths, shuffled = self.corpus.lengths, self.rng if self.params.shuffle else None
        batches = training_batches(lengths, batch_size_of(self.params, len(lengths)), shuffled)
        corpus = replace(self.corpus, tokens=self.corpus.tokens.apply_word_dropout(self.rng))
        if self._n_batches > 0:
            self.rng.set_state(current)
        return corpus, batches

    def _checked_loss(self):
        """Return the mean loss per token; raise if it or the parameters are not finite."""
        # Without a mask of the size of an array:
        extremes = [abs(extreme) for a in self.model.arrays for extreme in (a.min(), a.max())]
        if not (np.isfinite(self._epoch_loss) and max(extremes) <= self._largest):
            raise Diverged(
                f"Training failed in epoch {len(self.completed.losses) + 1}: the loss or the "
                "parameters are not finite. Scale X, or use a smaller learning_rate_init or alpha."
            )
        return self._epoch_loss / self.n_tokens

    def _train_batches(self, corpus, batches, after_batch, begin, end):
        """Train on the minibatches of an epoch, or of a part of it, that are not done."""
        is_wide = max(self.model.architecture.hidden_layer_sizes) > _WIDE
        shard_size, rate = _SHARD_OF_WIDE if is_wide else _SHARD, self.params.feature_dropout
        epoch = len(self.completed.losses)
        mean_size = self.n_tokens / len(batches)
        n_done = sum(int(corpus.lengths[members].sum()) for members in batches[: self._n_batches])
        for members in batches[self._n_batches :]:
            self._schedule(epoch + begin + (end - begin) * self._n_batches / len(batches))
            minibatch = corpus.minibatch(members, shard_size, rate, self.rng)
            loss, *gradients = self.loss_and_gradients(minibatch, mean_size)
            self._update(*gradients, minibatch.inputs.rows)
            self._epoch_loss += loss * mean_size
            self._n_batches += 1
            n_done += int(corpus.lengths[members].sum())
            after_batch(n_done, self.n_tokens)

    def _schedule(self, epoch):
        """Set the learning rate at a time that is counted in epochs."""
        params = self.params
        if params.learning_rate == "linear":
            remaining = max(0.0, 1 - epoch / params.max_iter)
            self.learning_rate = params.learning_rate_init * remaining
        elif params.learning_rate == "invscaling":
            n_seen = float(self.completed.n_seen + 1)
            self.learning_rate = params.learning_rate_init * n_seen**-params.power_t

    def _update(self, gradient, dE, rows):
        """Update the parameters, and the rows of the embedding table that have a gradient."""
        clip_by_global_norm([gradient] if dE is None else [gradient, dE], self.params.max_grad_norm)
        self.t += 1
        step = partial(self.optimizer.step, t=self.t, learning_rate=self.learning_rate)
        slots, *table_slots = self.slots
        vector, table = self.model.vector, self.model.table
        tasks = [
            partial(step, vector[block], gradient[block], [slot[block] for slot in slots])
            for block in _blocks(len(gradient))
        ]
        if dE is not None:
            tasks += [
                partial(step_rows, step, table, rows[block], dE[block], *table_slots)
                for block in _blocks(len(rows), dE.shape[1])
            ]
        self.executor.map(operator.call, tasks)

    def loss_and_gradients(self, minibatch, n_tokens):
        """Return the loss of a minibatch and its gradients.

        Parameters
        ----------
        minibatch : Minibatch
        n_tokens : float
            The loss is divided by it. With the mean number of tokens of a minibatch, each token of
            an epoch counts the same. With that of the minibatch itself, the tokens of short
            sequences would count more: sequences of similar lengths are in the same minibatch.

        Returns
        -------
        loss : float
        gradient : ndarray of shape (n_parameters,)
            With respect to the dense parameters.
        dE : ndarray of shape (n_rows, embedding_size) or None
            With respect to the rows of the embedding table in the minibatch; None without a table.
        """
        model, (packings, inputs) = self.model, minibatch
        parameters = model.parameters
        while len(self._gradients) < len(packings):
            self._gradients.append(np.zeros_like(model.vector))
        gradients = self._gradients[: len(packings)]
        with computing_with(self._arena, self.executor):
            E = None if model.table is None else np.take(model.table, inputs.rows, axis=0)
            X, cache = encoder_forward(parameters, E, inputs)
            Xs = np.split(X, np.cumsum([len(packing.tokens) for packing in packings])[:-1])
            weights = [self._weights[p.tokens] / model.dtype.type(n_tokens) for p in packings]
            rates, widths = self._dropout_rates, model.widths
            masks = [
                network.dropout_masks(rates, widths, packing, self.rng, model.dtype)
                for packing in packings
            ]
            shards = self.executor.map(self._shard, packings, Xs, weights, masks, gradients)
            losses, dXs = zip(*shards, strict=True)
            dE = None
            if E is not None:
                dX = dXs[0] if len(dXs) == 1 else np.concatenate(dXs)
                dparameters = views(gradients[0], model.shapes)
                dE = encoder_backward(dX, parameters, cache, inputs, dparameters)
            decay = self.params.alpha / (n_tokens * self.corpus.mean_weight)
            complete = partial(self._complete, gradients, decay)
            penalties = self.executor.map(complete, _blocks(len(model.vector)))
        return sum(losses) + sum(penalties), gradients[0], dE

    def _shard(self, packing, X, weights, masks, gradient):
        """Run the network over a shard, forward and backward; return its loss and dX."""
        output, parameters = self.model.output, self.model.parameters
        dparameters = views(gradient, self.model.shapes)
        logits, cache = network.forward(parameters, X, packing, masks)
        targets = self.corpus.targets[packing.tokens]
        loss, dlogits, doutput = output.loss(logits, targets, weights, packing, parameters)
        for name, value in doutput.items():
            dparameters[name][...] = value
        return loss, network.backward(parameters, dlogits, cache, packing, dparameters)

    def _complete(self, gradients, decay, block):
        """Add all other gradients and that of the L2 penalty to the first; return the penalty."""
        (gradient, *others), vector = (g[block] for g in gradients), self.model.vector[block]
        for other in others:
            gradient += other
        weights = np.multiply(vector, self._is_weight[block], out=empty(vector.shape, vector.dtype))
        penalty = 0.5 * decay * float(np.dot(weights, vector))
        weights *= decay
        gradient += weights
        return penalty

    def complete_epoch(self, loss, score):
        """Record an epoch.

        The best epoch has the highest validation score with early stopping, and else the smallest
        training loss.
        """
        value = score if self.params.early_stopping else -loss
        self._n_stale = 0 if value >= self._best_value + self.params.tol else self._n_stale + 1
        is_best = value > self._best_value
        self._best_value = max(self._best_value, value)
        self._n_batches, self._epoch_loss = 0, 0.0
        previous, arrays = self.completed, self.model.arrays
        # One assignment, so that an interruption cannot leave a part of an epoch.
        self.completed = Completed(
            [*previous.losses, loss],
            previous.scores if score is None else [*previous.scores, score],
            previous.n_seen + int(np.count_nonzero(self.corpus.lengths)),
            arrays,
            arrays if is_best and self.params.early_stopping else previous.best,
        )

    def copy_completed(self):
        """Copy the parameters of the complete epochs, which the next epoch changes."""
        completed, current = self.completed, self.model.arrays
        if completed.arrays is not current:
            return
        unused = [arrays for arrays in self._copies if arrays is not completed.best]
        if not unused:
            unused = [[np.empty_like(array) for array in current]]
            self._copies += unused
        _assign(unused[0], current)
        self.completed = completed.replace_arrays(current, unused[0])

    def has_converged(self):
        """Return whether to stop; an adaptive learning rate is first decreased several times."""
        if self._n_stale <= self.params.n_iter_no_change:
            return False
        if self.params.learning_rate != "adaptive" or self.learning_rate <= _MIN_LEARNING_RATE:
            return True
        self.learning_rate /= 5
        self._n_stale = 0
        return False


def batch_size_of(params, n_sequences):
    """Return the number of sequences of a minibatch, given that of the corpus."""
    if params.batch_size != "auto":
        return params.batch_size
    return int(np.clip(n_sequences // _MIN_AUTO_STEPS, _MIN_AUTO_BATCH, _AUTO_BATCH))


def _blocks(n_rows, width=1):
    """Return slices of an array, for several threads and small enough for the cache."""
    size = max(1, _BLOCK // width)
    return [slice(start, start + size) for start in range(0, n_rows, size)]


def train(trainer, score, before_epoch, after_batch, after_epoch, save):
    """Train until the last epoch, convergence, or a request to stop.

    With early stopping, the model of the best epoch is restored. If an epoch is interrupted or
    fails, the model of the last complete one is restored.

    Parameters
    ----------
    trainer : Trainer
    score : callable or None
        Returns the score of the present model on a validation set.
    before_epoch : callable
        Called before each epoch, without arguments.
    after_batch : callable
        Called after each minibatch with the number of tokens of the epoch that are done, and of
        all.
    after_epoch : callable
        Called after each epoch with the trainer; returns whether to stop.
    save : callable
        Called with the trainer after each minibatch and each epoch that another one follows.

    Returns
    -------
    ending : {"max_iter", "converged", "callback", "interrupted", "diverged"}
        Why training ended.

    Raises
    ------
    KeyboardInterrupt, Diverged
        If no epoch was complete.
    """

    def save_after_batch(*n_tokens):
        after_batch(*n_tokens)
        save(trainer)

    ending, n_epochs = "max_iter", trainer.params.max_iter
    try:
        while len(trainer.completed.losses) < n_epochs:
            before_epoch()
            trainer.copy_completed()
            loss = trainer.train_epoch(save_after_batch)
            trainer.complete_epoch(loss, None if score is None else score())
            if after_epoch(trainer):
                ending = "callback"
                break
            if trainer.has_converged():
                ending = "converged"
                break
            if len(trainer.completed.losses) < n_epochs:
                save(trainer)
    except (KeyboardInterrupt, Diverged) as error:
        if trainer.completed.arrays is None:
            raise
        trainer.executor.join()  # a thread can still be updating the model
        _assign(trainer.model.arrays, trainer.completed.arrays)
        ending = "diverged" if isinstance(error, Diverged) else "interrupted"
    if trainer.completed.best is not None:
        _assign(trainer.model.arrays, trainer.completed.best)
    return ending


def _assign(arrays, values):
    for array, value in zip(arrays, values, strict=True):
        array[...] = value


class Undo:
    """Restores a model if training in place fails.

    Parameters
    ----------
    model : Model or None
        The model before training.
    """

    def __init__(self, model):
        self._vocabulary = {} if model is None else model.vocabulary
        self._n_features, self._kept = len(self._vocabulary), []

    def keep(self, trainer):
        """Keep the parameters that training on a corpus can change, and their slots."""
        model, slots, tokens = trainer.model, trainer.slots, trainer.corpus.tokens
        changed = [(array, slice(None)) for array in [model.vector, *slots[0]]]
        if model.table is not None:
            rows = tokens.batch(np.arange(len(tokens.types))).rows
            changed += [(array, rows) for array in [model.table, *slots[1]]]
        self._kept = [(array, rows, array[rows].copy()) for array, rows in changed]

    def restore(self):
        """Restore the parameters, and remove new features."""
        for array, rows, values in self._kept:
            array[rows] = values
        while len(self._vocabulary) > self._n_features:
            self._vocabulary.popitem()
