"""Training: minibatches, optimizer steps, learning rate schedules, early stopping."""

import math
import operator
from dataclasses import replace
from functools import partial

import numpy as np

from sklstm._batching import training_batches
from sklstm.nn import network
from sklstm.nn.arrays import Arena, computing_with, empty
from sklstm.nn.encoder import encoder_backward, encoder_forward
from sklstm.nn.optimizers import SGD, Adam, clip_by_global_norm, step_rows
from sklstm.nn.parameters import views, weight_mask

# An "auto" minibatch has at most this many sequences, fewer where an epoch would have fewer steps.
_AUTO_BATCH, _MIN_AUTO_BATCH, _MIN_AUTO_STEPS = 32, 4, 50
# An adaptive learning rate at or under this ends training (as in scikit-learn's MLP).
_MIN_LEARNING_RATE = 1e-6
# A larger minibatch is cut into shards of so many sequences: enough for large products in a step,
# few enough that several threads have work and that a step of a wide layer stays in the cache.
_SHARD, _WIDE, _SHARD_OF_WIDE = 64, 256, 32
# The number of parameters that one task of an optimizer step updates.
_BLOCK = 1 << 16


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
    n_seen : int
        The number of sequences that the model has been trained on.
    losses, scores : list of float
        The training loss and, with a validation set, the validation score of each epoch.
    learning_rate : float
        The present learning rate.
    t : int
        The number of optimizer steps.
    """

    def __init__(self, model, corpus, params, rng, executor):
        self.model, self.corpus, self.params = model, corpus, params
        self.rng, self.executor = rng, executor
        self.n_tokens = int(corpus.lengths.sum())
        self.n_seen = self.t = 0
        self.losses, self.scores = [], []
        self.learning_rate = params.learning_rate_init
        if params.solver == "adam":
            self.optimizer = Adam(params.beta_1, params.beta_2, params.epsilon)
        else:
            self.optimizer = SGD(params.momentum, params.nesterovs_momentum)
        n_slots = self.optimizer.n_slots
        self.slots = [[np.zeros_like(array) for _ in range(n_slots)] for array in model.arrays]
        self._best, self._n_stale = -math.inf, 0
        self._mean_weight = float(np.mean(corpus.weights))
        # Weights of any magnitude become about 1, in the precision of the model.
        self._weights = (corpus.weights / self._mean_weight).astype(model.dtype)
        self._arena = Arena()
        self._gradients = []  # one vector for each shard of a minibatch
        # Nothing is dropped from numeric vectors.
        self._dropout_rates = [params.dropout] * len(model.widths)
        if model.table is None:
            self._dropout_rates[0] = 0
        self._is_weight = weight_mask(model.shapes, model.output.n_biases).astype(model.dtype)

    def optimizer_state(self):
        """Return what :meth:`restore` needs to continue in another call of ``partial_fit``."""
        return {
            "solver": self.params.solver,
            "t": self.t,
            "slots": self.slots,
            "random_state": self.rng.get_state(legacy=False),
        }

    def restore(self, state):
        """Continue with the state of the optimizer, if there is one of the same solver.

        New features start with a state of zeros.
        """
        if state is None or state["solver"] != self.params.solver:
            return
        self.t = state["t"]
        for old_slots, slots in zip(state["slots"], self.slots, strict=True):
            for old, slot in zip(old_slots, slots, strict=True):
                slot[: len(old)] = old

    def train_epoch(self, after_batch):
        """Train on every sequence once; return the mean loss per token.

        Parameters
        ----------
        after_batch : callable
            Called after each minibatch with the number of tokens that are done, and of all.
        """
        params, lengths = self.params, self.corpus.lengths
        batch_size = params.batch_size
        if batch_size == "auto":
            batch_size = int(np.clip(len(lengths) // _MIN_AUTO_STEPS, _MIN_AUTO_BATCH, _AUTO_BATCH))
        batches = training_batches(lengths, batch_size, self.rng if params.shuffle else None)
        corpus = replace(self.corpus, tokens=self.corpus.tokens.apply_word_dropout(self.rng))
        is_wide = max(self.model.architecture.hidden_layer_sizes) > _WIDE
        shard_size = _SHARD_OF_WIDE if is_wide else _SHARD
        epoch, loss, n_done = len(self.losses), 0.0, 0
        with np.errstate(all="ignore"):  # the result is checked below
            for k, members in enumerate(batches):
                self._schedule(epoch + k / len(batches))
                minibatch = corpus.minibatch(members, shard_size, params.feature_dropout, self.rng)
                batch_loss, *gradients = self.loss_and_gradients(minibatch)
                self._update(*gradients, minibatch.inputs.rows)
                n_tokens = sum(len(packing.tokens) for packing in minibatch.packings)
                loss += batch_loss * n_tokens
                n_done += n_tokens
                after_batch(n_done, self.n_tokens)
        # Without a mask of the size of an array:
        extremes = [extreme for a in self.model.arrays for extreme in (a.min(), a.max())]
        if not np.isfinite([loss, *extremes]).all():
            raise ValueError(
                f"Training failed in epoch {epoch + 1}: the loss or the parameters are not "
                "finite. Scale X, or use a smaller learning_rate_init."
            )
        return loss / self.n_tokens

    def _schedule(self, epoch):
        """Set the learning rate at a time that is counted in epochs."""
        params = self.params
        if params.learning_rate == "linear":
            remaining = max(0.0, 1 - epoch / params.max_iter)
            self.learning_rate = params.learning_rate_init * remaining
        elif params.learning_rate == "invscaling":
            self.learning_rate = params.learning_rate_init / (self.n_seen + 1) ** params.power_t

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
            weights = [self._weights[p.tokens] / model.dtype.type(len(X)) for p in packings]
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
            decay = self.params.alpha / (len(X) * self._mean_weight)
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

    def record(self, loss, score):
        """Record an epoch; return whether it is the best so far.

        The best epoch has the highest validation score with early stopping, and else the smallest
        training loss.
        """
        self.n_seen += int(np.count_nonzero(self.corpus.lengths))
        self.losses.append(loss)
        if score is not None:
            self.scores.append(score)
        value = score if self.params.early_stopping else -loss
        self._n_stale = 0 if value >= self._best + self.params.tol else self._n_stale + 1
        is_best = value > self._best
        self._best = max(self._best, value)
        return is_best

    def has_converged(self):
        """Return whether to stop; an adaptive learning rate is first decreased several times."""
        if self._n_stale <= self.params.n_iter_no_change:
            return False
        if self.params.learning_rate != "adaptive" or self.learning_rate <= _MIN_LEARNING_RATE:
            return True
        self.learning_rate /= 5
        self._n_stale = 0
        return False


def _blocks(n_rows, width=1):
    """Return slices of an array, for several threads and small enough for the cache."""
    size = max(1, _BLOCK // width)
    return [slice(start, start + size) for start in range(0, n_rows, size)]


def train(trainer, score, before_epoch, after_batch, after_epoch):
    """Train until the last epoch, convergence, or a request to stop.

    With early stopping, the model of the best epoch is restored. After an interruption, the model
    of the last complete epoch is restored.

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

    Returns
    -------
    ending : {"max_iter", "converged", "callback", "interrupted"}
        Why training ended.

    Raises
    ------
    KeyboardInterrupt
        If no epoch was complete.
    """
    arrays, params = trainer.model.arrays, trainer.params
    complete = snapshot = best = None
    ending = "max_iter"
    try:
        for _ in range(params.max_iter):
            before_epoch()
            loss = trainer.train_epoch(after_batch)
            validation_score = None if score is None else score()
            complete = arrays  # until the snapshot is complete
            if snapshot is best:  # or both are None
                snapshot = [array.copy() for array in arrays]
            else:
                _assign(snapshot, arrays)
            complete = snapshot
            if trainer.record(loss, validation_score) and params.early_stopping:
                best = snapshot
            if after_epoch(trainer):
                ending = "callback"
                break
            if trainer.has_converged():
                ending = "converged"
                break
    except KeyboardInterrupt:
        if complete is None:
            raise
        trainer.executor.join()  # a thread can still be updating the model
        _assign(arrays, complete)
        ending = "interrupted"
    if best is not None:
        _assign(arrays, best)
    return ending


def _assign(arrays, values):
    for array, value in zip(arrays, values, strict=True):
        array[...] = value
