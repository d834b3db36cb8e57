r"""Data-parallel training: rounds of local steps on every partition, which are then combined.

An epoch consists of rounds. In a round, every partition takes optimizer steps on its next
sequences, its part, from the same parameters and moments. Then the results are combined (local SGD,
also called iterative parameter mixing). The minibatch of the estimator is divided among the
partitions: together they take about as many steps, with about as many sequences, as one process.
Each partition takes at least one sequence in a step, so more partitions than `batch_size` make the
minibatch larger.

If :math:`n` partitions have the updates :math:`\Delta_1, \dots, \Delta_n`, the combined update is

.. math::

    \Delta = \sqrt n \cdot \frac{1}{n} \sum_k \Delta_k

Adam divides a gradient by its root mean square. If the gradient is mostly noise, the root mean
square of a minibatch with an :math:`n`-th of the sequences is larger by :math:`\sqrt n`, so the
steps are shorter. The factor compensates for this. The moments are averaged without it. A row of
the embedding table is combined over the partitions that have changed it, because a step in one
process also leaves rows unchanged that do not occur in the minibatch. SGD has no such factor, and
rows are combined over all partitions: the mean of one step each is the step of one process.

Means are weighted by the number of tokens. With the weights :math:`w_k`, of sum 1, :math:`n` is
:math:`1 / \sum_k w_k^2`.

The state on the cluster is in slices: of ``n`` slices, slice ``k`` has every ``n``-th parameter and
every ``n``-th row of the embedding table, from the ``k``-th on. Each slice is combined on its own,
so that the exchange uses the network of several workers.

Every task is a pure function of the state, the partition and a seed, and sums are computed in the
order of the partitions. So the result does not depend on the number of workers and of slices, and
Dask can repeat the tasks of a lost worker.

References
----------
R. McDonald, K. Hall and G. Mann, "Distributed training strategies for the structured perceptron",
2010; S. Stich, "Local SGD converges fast and communicates little", 2019.
"""

from functools import partial
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, NamedTuple

import dask
import numpy as np

from sklstm._batching import Corpus
from sklstm._model import Model
from sklstm._threads import Executor
from sklstm._training import Trainer, batch_size_of

# The state has a slice for each worker, up to this number. More slices use the network of more
# workers, but each slice takes two more tasks of the scheduler for each partition.
N_SLICES = 8
# The number of rounds that are submitted before the first of them is complete.
N_AHEAD = 2
# The configuration while parameters are sent with a task. A task can be run again on another
# worker, but scattered data would be lost with its worker.
_LARGE_GRAPHS = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}


def submit(client, function, *args, **options):
    """Submit a function whose arguments may be large; ``pure=False`` does not hash them."""
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


class DistributedCorpus(NamedTuple):
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
    corpus : DistributedCorpus
    params : SimpleNamespace
        The parameters of the estimator.
    rng : numpy.random.RandomState
    executor : Executor
    """

    def __init__(self, model, corpus, params, rng, executor):
        self.client, self.corpora, lengths = corpus
        flat = np.concatenate(lengths)
        super().__init__(model, Corpus(flat, None, None, np.ones(1), 1.0), params, rng, executor)
        n_sequences = [np.count_nonzero(each) for each in lengths]
        batch_size = batch_size_of(params, len(flat))
        shares = np.array(n_sequences) / sum(n_sequences)
        self._batch_sizes = np.maximum(1, np.round(batch_size * shares)).astype(int).tolist()
        unused = dict.fromkeys(["embeddings", "vocabulary", "analyzer", "scoring", "class_weight"])
        local = SimpleNamespace(**vars(params) | unused)
        per_round = sum(self._batch_sizes) * params.local_steps
        n_rounds = max(1, round(sum(n_sequences) / per_round))
        common = model.architecture, model.classes, model.label_smoothing
        self._setup = Setup(*common, local, n_rounds)
        self._seed, self._is_in_epoch = int(rng.randint(2**31)), False

    def is_between_epochs(self):
        """Return whether no epoch is being trained."""
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
        workers, rounds = self._workers(), []
        n = max(1, min(len(workers), N_SLICES))
        states = [
            submit(self.client, dict, cut(state, k, n), **_prefer(workers, k)) for k in range(n)
        ]
        for number in range(self._setup.n_rounds):
            states = self._submit_round(states, number, self._workers())
            rounds.append(self.client.submit(_progress, states[0], pure=False))
            if len(rounds) > N_AHEAD:
                after_batch(rounds.pop(0).result(), self.n_tokens)
        for each in rounds:
            after_batch(each.result(), self.n_tokens)
        self.resume(join(self.client.gather(states)) | {"completed": self.completed})
        self._is_in_epoch = False
        return self._checked_loss()

    def _workers(self):
        """Return the addresses of the workers."""
        return sorted(self.client.nthreads())

    def _submit_round(self, states, number, workers):
        """Submit a round; return the futures of the slices of the state after it."""
        task, setup, results = partial(self.client.submit, pure=False), self._setup, []
        epoch, n = len(self.completed.losses), len(states)
        for k, (corpus, batch_size) in enumerate(zip(self.corpora, self._batch_sizes, strict=True)):
            seeds = [self._seed, epoch, k]
            near = _prefer(workers, k)
            part = task(choose, corpus, seeds, number, setup, **near)
            rows = task(itemgetter(1), part)
            taken = [task(take, state, rows, j, n) for j, state in enumerate(states)]
            result = task(train_part, taken, part, setup, batch_size, [*seeds, number], **near)
            results.append([task(cut_result, result, j, n) for j in range(n)])
        by_slice = zip(*results, strict=True)
        return [
            task(combine, state, list(group), **_prefer(workers, j))
            for j, (state, group) in enumerate(zip(states, by_slice, strict=True))
        ]


def _prefer(workers, k):
    """Return the options of `submit` that prefer worker `k` and allow all others."""
    return {"workers": workers[k % len(workers)], "allow_other_workers": True} if workers else {}


def cut(state, k, n, rows=None):
    """Return slice `k` of the `n` slices of a state.

    Parameters
    ----------
    state : dict
    k, n : int
    rows : ndarray of int, default=None
        The rows of the embedding table that the state has; None for all rows.

    Returns
    -------
    state : dict
        Its arrays are new.
    """
    functions = [lambda array: array[k::n].copy(), lambda table: table[_place(k, n, rows)].copy()]
    return _map_arrays(functions, state)


def join(states, rows=None):
    """Return the state whose slices are `states`.

    Parameters
    ----------
    states : list of dict
        All slices of a state, or the result of :func:`take` for each of them.
    rows : ndarray of int, default=None
        The rows of the embedding table that were taken; None for all rows.

    Returns
    -------
    state : dict
        Its arrays are new.
    """
    return _map_arrays([_interleave, partial(_interleave, rows=rows)], *states)


def _interleave(*slices, rows=None):
    """Return the array whose slices are `slices`."""
    whole = np.empty((sum(map(len, slices)), *slices[0].shape[1:]), slices[0].dtype)
    for k, each in enumerate(slices):
        whole[_place(k, len(slices), rows)] = each
    return whole


def _place(k, n, rows=None):
    """Return the index of slice `k` of `n` in an array, or in some rows of the embedding table."""
    return slice(k, None, n) if rows is None else rows % n == k


def _rows_of_slice(rows, k, n):
    """Return the numbers that some rows of the embedding table have in slice `k` of `n`."""
    return None if rows is None else rows[rows % n == k] // n


def _map_arrays(functions, *states):
    """Return a state with other arrays.

    Parameters
    ----------
    functions : list of two callables
        For the dense parameters and their slots, and for the embedding table and its slots. They
        take the same array of each state.
    *states : dict
        The first one also has everything else of the result.

    Returns
    -------
    state : dict
    """
    arrays = zip(*(state["arrays"] for state in states), strict=True)
    slots = zip(*(state["optimizer"]["slots"] for state in states), strict=True)
    mapped = [
        [function(*group) for group in zip(*each, strict=True)]
        for function, each in zip(functions, slots, strict=False)  # there may be no table
    ]
    return states[0] | {
        "arrays": [function(*each) for function, each in zip(functions, arrays, strict=False)],
        "optimizer": states[0]["optimizer"] | {"slots": mapped},
    }


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


def take(state, rows, k, n):
    """Return a slice of the state with only some rows of the embedding table.

    Parameters
    ----------
    state : dict
        Slice `k` of `n`.
    rows : ndarray of int or None
        The rows of the whole table that a part needs; None without a table.
    k, n : int

    Returns
    -------
    state : dict
    """
    if rows is None:
        return state
    of_slice = _rows_of_slice(rows, k, n)
    return _map_arrays([lambda array: array, lambda table: table[of_slice]], state)


def train_part(states, part, setup, batch_size, seeds):
    """Train on the sequences of a part; return the state after it, and what was trained on.

    Parameters
    ----------
    states : list of dict
        The result of :func:`take` for each slice.
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
    state = join(states, rows)
    vector, table = [*state["arrays"], None][:2]
    model = Model(setup.architecture, setup.classes, vector, table, {}, None, setup.label_smoothing)
    params = SimpleNamespace(**vars(setup.params) | {"batch_size": batch_size})
    rng = np.random.RandomState(seeds)
    optimizer = state["optimizer"] | {"random_state": rng.get_state(legacy=False)}
    begin = seeds[-1] / setup.n_rounds
    with Executor() as executor, executor:
        trainer = Trainer(model, corpus, params, rng, executor)
        trainer.resume(state | {"optimizer": optimizer, "epoch": (None, 0, 0.0)})
        trainer.train_epoch(lambda *n_tokens: None, begin, begin + 1 / setup.n_rounds)
    completed = trainer.completed._replace(arrays=None)
    return trainer.state() | {"completed": completed}, rows, n_tokens


def cut_result(result, k, n):
    """Return what belongs to slice `k` of `n` in a result of :func:`train_part`."""
    state, rows, n_tokens = result
    if state is None:
        return result
    return cut(state, k, n, rows), _rows_of_slice(rows, k, n), n_tokens


def combine(state, results):
    """Return a slice of the state after a round, which combines the states of all parts.

    Parameters
    ----------
    state : dict
        The slice before the round.
    results : list of tuple
        What :func:`cut_result` returns, for each part.

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
    old, solver = state["arrays"][0], state["optimizer"]["solver"]
    factor, _ = _factors(solver, np.ones(1), np.sum(weights**2, keepdims=True), old.dtype)
    arrays, slots = [old + factor * (vector - old)], [slots]
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


def _factors(solver, totals, squares, dtype):
    """Return the factors of a mean update and of a mean change of the moments; see the module.

    Parameters
    ----------
    solver : {"adam", "sgd"}
    totals, squares : ndarray
        The sum of the weights, and of their squares, over the parts that changed a row.
    dtype : dtype

    Returns
    -------
    of_update, of_moments : ndarray
    """
    if solver == "adam":
        factors = np.sqrt(totals**2 / squares), np.ones_like(totals)
    else:
        factors = totals, totals
    return [factor.astype(dtype) for factor in factors]


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
    of_update, of_moments = _factors(state["optimizer"]["solver"], totals, squares, table.dtype)
    table[rows] += of_update * (means[0] - table[rows])
    for slot, mean in zip(slots, means[1:], strict=True):
        slot[rows] += of_moments * (mean - slot[rows])
    return [table, *slots]


def _progress(state):
    """Return the number of tokens of the epoch that are done."""
    return state["n_done"]
