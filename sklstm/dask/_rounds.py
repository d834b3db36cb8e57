r"""Data-parallel training: rounds of local steps on every partition, which are then combined.

An epoch consists of rounds. In a round, every partition takes optimizer steps on its next
sequences, from the same parameters and moments. Then the results are combined (local SGD, also
called iterative parameter mixing). The minibatch of the estimator is divided among the partitions:
all partitions together take the same number of steps, with the same number of sequences, as one
process.

If :math:`n` partitions have the updates :math:`\Delta_1, \dots, \Delta_n`, the combined update is

.. math::

    \Delta = \sqrt n \cdot \frac{1}{n} \sum_k \Delta_k

Adam divides a gradient by its root mean square. If the gradient is mostly noise, the root mean
square of a minibatch with an :math:`n`-th of the sequences is larger by :math:`\sqrt n`, so the
steps are shorter. The factor compensates for this. The moments are averaged without it. A row of
the embedding table is combined over the partitions that have changed it, because a step in one
process also leaves rows unchanged that do not occur in the minibatch.

Every task is a pure function of the state, the partition and a seed, and sums are computed in the
order of the partitions. So the result does not depend on the number of workers, and Dask can repeat
the tasks of a lost worker.

References
----------
R. McDonald, K. Hall and G. Mann, "Distributed training strategies for the structured perceptron",
2010; S. Stich, "Local SGD converges fast and communicates little", 2019.
"""

import copy
from types import SimpleNamespace
from typing import Any, NamedTuple

import dask
import numpy as np

from sklstm._batching import Corpus
from sklstm._model import Model
from sklstm._threads import Executor
from sklstm._training import Trainer, batch_size_of

# The number of optimizer steps of each partition in a round. More of them cost accuracy; with 1,
# every step is an exchange of all parameters.
N_LOCAL_STEPS = 10
# The configuration while parameters are sent with a task. A task can be run again on another
# worker, but scattered data would be lost with its worker.
_LARGE_GRAPHS = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}


def submit(client, function, *args, **options):
    """Submit a pure function whose arguments may be large."""
    with dask.config.set(_LARGE_GRAPHS):
        return client.submit(function, *args, pure=False, **options)


class Setup(NamedTuple):
    """The data that all tasks of a fit share.

    Attributes
    ----------
    architecture : Architecture
    classes : ndarray of shape (n_classes,)
    label_smoothing : float
    params : SimpleNamespace
        The parameters of the estimator that trainers use.
    n_rounds : int
        The number of rounds of an epoch.
    """

    architecture: Any
    classes: np.ndarray
    label_smoothing: float
    params: SimpleNamespace
    n_rounds: int


class Cluster(NamedTuple):
    """The training set on a cluster.

    Attributes
    ----------
    client : distributed.Client
    corpora : list of Future
        For each partition, the corpus and the rows of its features in the embedding table.
    lengths : list of ndarray of int
        The lengths of the sequences of each partition.
    """

    client: Any
    corpora: list
    lengths: list


class PartitionedTrainer(Trainer):
    """Trains a model on the partitions of a cluster, epoch by epoch.

    Parameters
    ----------
    model : Model
        Its arrays are updated at the end of each epoch.
    cluster : Cluster
    params : SimpleNamespace
        The parameters of the estimator.
    rng : numpy.random.RandomState
    executor : Executor
    """

    def __init__(self, model, cluster, params, rng, executor):
        self.client, self.corpora, lengths = cluster
        flat = np.concatenate(lengths)
        super().__init__(model, Corpus(flat, None, None, np.ones(1)), params, rng, executor)
        n_sequences = [np.count_nonzero(each) for each in lengths]
        batch_size = batch_size_of(params, len(flat))
        shares = np.array(n_sequences) / sum(n_sequences)
        self._batch_sizes = np.maximum(1, np.round(batch_size * shares)).astype(int).tolist()
        unused = dict.fromkeys(["embeddings", "vocabulary", "analyzer", "scoring", "class_weight"])
        local = SimpleNamespace(**vars(params) | unused)
        n_rounds = max(1, round(len(flat) / (sum(self._batch_sizes) * N_LOCAL_STEPS)))
        common = model.architecture, model.classes, model.label_smoothing
        self._setup = Setup(*common, local, n_rounds)
        self._seed, self._is_in_epoch = int(rng.randint(2**31)), False

    def is_between_epochs(self):
        """Return whether no round of the present epoch is done."""
        return not self._is_in_epoch

    def train_epoch(self, after_batch):
        """Train on every sequence once; return the mean loss per token.

        Parameters
        ----------
        after_batch : callable
            Called after each round with the number of tokens that are done, and of all.
        """
        completed, self._is_in_epoch = self.completed._replace(arrays=None, best=None), True
        state = self.state() | {"completed": completed, "n_done": 0}
        state, rounds = submit(self.client, dict, state), []
        workers = sorted(self.client.nthreads())
        for number in range(self._setup.n_rounds):
            state = self._submit_round(state, number, workers)
            rounds.append(self.client.submit(_progress, state, pure=False))
        for each in rounds:
            after_batch(each.result(), self.n_tokens)
        self.resume(state.result() | {"completed": self.completed})
        self._is_in_epoch = False
        return self._checked_loss()

    def _submit_round(self, state, number, workers):
        """Submit a round; return the future of the state after it."""
        client, setup, results = self.client, self._setup, []
        epoch = len(self.completed.losses)
        for k, (corpus, batch_size) in enumerate(zip(self.corpora, self._batch_sizes, strict=True)):
            seeds = [self._seed, epoch, k]
            part = client.submit(choose, corpus, seeds, number, setup, pure=False)
            taken = client.submit(take, state, part, pure=False)
            # Only a preference, and only for speed: otherwise tasks follow the parameters.
            preferred = {"workers": workers[k % len(workers)], "allow_other_workers": True}
            options = preferred if workers else {}
            results.append(
                client.submit(
                    train_part, taken, part, setup, batch_size, [*seeds, number], pure=False,
                    **options,
                )
            )  # fmt: skip
        return client.submit(combine, state, results, pure=False)


def choose(corpus_and_rows, seeds, number, setup):
    """Return the sequences of a partition that a round trains on, and their rows of the table.

    Parameters
    ----------
    corpus_and_rows : (Corpus, ndarray of int or None)
    seeds : list of int
        The seeds of the epoch and the partition.
    number : int
        The number of the round.
    setup : Setup

    Returns
    -------
    corpus_and_rows : (Corpus, ndarray of int or None)
    """
    corpus, rows = corpus_and_rows
    members = np.flatnonzero(corpus.lengths)
    if setup.params.shuffle:
        np.random.RandomState(seeds).shuffle(members)
    part, of_part = corpus.select(np.array_split(members, setup.n_rounds)[number])
    return part, None if rows is None else rows[of_part]


def take(state, part):
    """Return the state with only the rows of the embedding table that a part needs."""
    rows = part[1]
    if rows is None:
        return state
    (vector, table), (slots, table_slots) = state["arrays"], state["optimizer"]["slots"]
    taken = [slots, [slot[rows] for slot in table_slots]]
    optimizer = state["optimizer"] | {"slots": taken}
    return state | {"arrays": [vector, table[rows]], "optimizer": optimizer}


def train_part(state, part, setup, batch_size, seeds):
    """Train on the sequences of a part; return the state after it, and what was trained on.

    Parameters
    ----------
    state : dict
        The result of :func:`take`.
    part : (Corpus, ndarray of int or None)
        The result of :func:`choose`.
    setup : Setup
    batch_size : int
    seeds : list of int
        The seeds of the random numbers; the last one is the number of the round.

    Returns
    -------
    state : dict or None
        None if the part has no sequence.
    rows : ndarray of int or None
        The rows of the embedding table.
    n_tokens : int
    """
    corpus, rows = part
    n_tokens = int(corpus.lengths.sum())
    if not n_tokens:
        return None, rows, 0
    arrays = [np.empty_like(array) for array in state["arrays"]]
    vector, table = [*arrays, None][:2]
    model = Model(setup.architecture, setup.classes, vector, table, {}, None, setup.label_smoothing)
    params = SimpleNamespace(**vars(setup.params) | {"batch_size": batch_size})
    rng = np.random.RandomState(seeds)
    optimizer = copy.deepcopy(state["optimizer"]) | {"random_state": rng.get_state(legacy=False)}
    begin = seeds[-1] / setup.n_rounds
    with Executor() as executor, executor:
        trainer = Trainer(model, corpus, params, rng, executor)
        trainer.resume(state | {"optimizer": optimizer, "epoch": (None, 0, 0.0)})
        trainer.train_epoch(lambda *n_tokens: None, begin, begin + 1 / setup.n_rounds)
    completed = trainer.completed._replace(arrays=None)
    return trainer.state() | {"completed": completed}, rows, n_tokens


def combine(state, results):
    """Return the state after a round, which combines the states of all parts.

    Parameters
    ----------
    state : dict
        The state before the round.
    results : list of tuple
        What :func:`train_part` returns.

    Returns
    -------
    state : dict
    """
    results = [result for result in results if result[0] is not None]
    if not results:
        return state
    states = [result[0] for result in results]
    n_tokens = np.array([result[2] for result in results])
    weights = n_tokens / n_tokens.sum()
    vector, *slots = (_mean(arrays, weights) for arrays in zip(*map(_dense, states), strict=True))
    old = state["arrays"][0]
    arrays, slots = [old + _factor(1.0, (weights**2).sum(), old) * (vector - old)], [slots]
    if len(state["arrays"]) > 1:
        table, *table_slots = _combine_rows(state, results, weights)
        arrays.append(table)
        slots.append(table_slots)
    *_, loss = state["epoch"]
    optimizer = state["optimizer"] | {
        "slots": slots,
        "t": max(each["optimizer"]["t"] for each in states),
    }
    return state | {
        "arrays": arrays,
        "optimizer": optimizer,
        "learning_rate": states[0]["learning_rate"],
        "epoch": (None, 0, loss + sum(each["epoch"][2] for each in states)),
        "n_done": state["n_done"] + int(n_tokens.sum()),
    }


def _dense(state):
    return [state["arrays"][0], *state["optimizer"]["slots"][0]]


def _factor(total, total_of_squares, array):
    """Return the square root of the effective number of parts; see the module."""
    return np.sqrt(total**2 / total_of_squares).astype(array.dtype)


def _mean(arrays, weights):
    """Return the weighted mean of arrays; they are added in their order."""
    total = np.zeros_like(arrays[0])
    for array, weight in zip(arrays, weights.astype(total.dtype), strict=True):
        total += weight * array
    return total


def _combine_rows(state, results, weights):
    """Return the embedding table and its slots after some rows have been combined."""
    old = [state["arrays"][1], *state["optimizer"]["slots"][1]]
    rows = np.unique(np.concatenate([rows for _, rows, _ in results]))
    sums = [np.zeros((len(rows), array.shape[1]), array.dtype) for array in old]
    totals, squares = np.zeros((len(rows), 1)), np.zeros((len(rows), 1))
    for (new, part_rows, _), weight in zip(results, weights.tolist(), strict=True):
        arrays = [new["arrays"][1], *new["optimizer"]["slots"][1]]
        changed = (arrays[0] != old[0][part_rows]).any(axis=1)
        indices = np.searchsorted(rows, part_rows[changed])
        totals[indices] += weight
        squares[indices] += weight**2
        for total, array in zip(sums, arrays, strict=True):
            total[indices] += weight * array[changed]
    changed = totals[:, 0] > 0
    rows, totals, squares = rows[changed], totals[changed], squares[changed]
    table, *slots = (array.copy() for array in old)
    means = [total[changed] / totals.astype(total.dtype) for total in sums]
    table[rows] += _factor(totals, squares, table) * (means[0] - table[rows])
    for slot, mean in zip(slots, means[1:], strict=True):
        slot[rows] = mean
    return [table, *slots]


def _progress(state):
    """Return the number of tokens of the epoch that are done."""
    return state["n_done"]
