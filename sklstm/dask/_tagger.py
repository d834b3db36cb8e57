"""The tagger for Dask collections."""

import copy
import inspect
from functools import partial
from itertools import chain
from numbers import Integral
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, Self

import distributed
import numpy as np
from dask import delayed
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from sklstm import BiLSTMTagger, _validation
from sklstm._checkpoints import open_fit
from sklstm._reporting import Epochs
from sklstm._scoring import ValidationScore, ValidationSet, make_validation_scorer
from sklstm._sequences import Dataset, Tokens
from sklstm._tagger import _FITTED, _fitted_attributes, _hold_out
from sklstm._threads import Executor
from sklstm._validation.mistakes import warn
from sklstm.callbacks import find_checkpoint
from sklstm.dask._collections import is_collection, partitions_of, sequences_of
from sklstm.dask._partitions import (
    encode_partition,
    merge,
    read_partition,
    read_sequences,
    total_weight,
)
from sklstm.dask._rounds import DistributedCorpus, PartitionedTrainer, submit
from sklstm.dask._tagging import apply, check_client

_CONSTRAINTS = {"local_steps": [Interval(Integral, 1, None, closed="left")]}
_NO_TOKEN = "X has no token, or none with a positive sample_weight: pass at least one."


class DaskBiLSTMTagger(BiLSTMTagger):
    """Bidirectional LSTM tagger that is trained on a Dask cluster.

    Use it if the training set is distributed over several machines, or if an epoch takes hours on
    one machine. Otherwise, :class:`~sklstm.BiLSTMTagger` is faster. Parameters and fitted
    attributes are the same. The classes and the vocabulary are those of all partitions together.
    See :ref:`distributed_training`.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(192,)
        The number of units per direction of each LSTM layer. For all other parameters, see
        :class:`~sklstm.BiLSTMTagger`. `batch_size` is the number of sequences of all partitions
        together. `warm_start` is not supported.

    local_steps : int, default=10
        The number of optimizer steps of each partition in a round, after which the partitions are
        combined. Increase it, for instance to 100, if the network is the limit. An epoch has at
        least one round.

    client : distributed.Client, default=None
        The connection to the cluster. By default, the client that was created last. `clone` keeps
        it. It is not saved or copied with the tagger.

    See Also
    --------
    sklstm.BiLSTMTagger : The tagger for one machine, with a description of all parameters.
    tag : Tags a collection with any fitted tagger.

    Notes
    -----
    An epoch consists of rounds. In a round, each partition takes about `local_steps` optimizer
    steps on its next sequences. All partitions start from the same parameters. At the end of the
    round, their parameters and moments are combined (local SGD [1]_ [2]_).

    With an int as `random_state`, the result depends on how the data are partitioned, but not on
    the number of workers: it is the same, bit for bit. If a worker is lost, Dask runs its tasks
    again, with the same result.

    References
    ----------
    .. [1] Ryan McDonald, Keith Hall and Gideon Mann, "Distributed training strategies for the
       structured perceptron", 2010.

    .. [2] Sebastian Stich, "Local SGD converges fast and communicates little", 2019.

    Examples
    --------
    >>> import dask.bag
    >>> from distributed import Client
    >>> from sklstm.dask import DaskBiLSTMTagger
    >>> X = dask.bag.from_sequence([["Ducks", "swim"]] * 20, npartitions=2)
    >>> y = dask.bag.from_sequence([["NOUN", "VERB"]] * 20, npartitions=2)
    >>> with Client(processes=False, dashboard_address=":0") as client:
    ...     tagger = DaskBiLSTMTagger(4, random_state=0, client=client).fit(X, y)
    ...     tagger.predict(X).take(1)
    (['NOUN', 'VERB'],)
    >>> tagger.to_local().predict([["Ducks", "swim"]])[0]
    ['NOUN', 'VERB']
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (192,),
        *,
        local_steps: int = 10,
        client: distributed.Client | None = None,
        **params: Any,
    ) -> None:
        super().__init__(hidden_layer_sizes, **params)
        self.local_steps = local_steps
        self.client = client

    # The names of all parameters, which scikit-learn reads.
    __init__.__signature__ = inspect.signature(BiLSTMTagger.__init__).replace(  # type: ignore
        parameters=[
            *inspect.signature(BiLSTMTagger.__init__).parameters.values(),
            inspect.signature(__init__).parameters["local_steps"],
            inspect.signature(__init__).parameters["client"],
        ]
    )

    @property
    def client_(self) -> distributed.Client:
        """The parameter `client` or, if it is None, the default client."""
        return check_client(self.client)

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the tagger.

        Parameters
        ----------
        X : dask.bag.Bag, list of Delayed, or dask.dataframe.DataFrame
            The sequences, in one of these forms:

            - a bag of sequences;
            - a list of partitions, each a delayed list of sequences;
            - a data frame with one token in each row, whose index identifies the sequence of the
              row. All rows of a sequence must be in one partition, in their order: see
              :ref:`distributed_training`. If the only column is not numeric, its values are words.
              Otherwise, columns are the features of vectors. A series is a data frame with one
              column.

        y : dask.bag.Bag, list of Delayed, or dask.dataframe.Series
            The tags, with the same partitions as `X`, and for data frames with the same index.

        sample_weight : collection, default=None
            The weights of the sequences or of the tokens, with the same partitions as `X`.

        X_val, y_val, sample_weight_val : collection or list, default=None
            A validation set, which is loaded into the memory of this process. Without it,
            `early_stopping` holds out `validation_fraction` of the sequences of each partition.

        Returns
        -------
        self : DaskBiLSTMTagger

        Raises
        ------
        ValueError, TypeError
            As for :meth:`sklstm.BiLSTMTagger.fit`. The message gives the number of the partition,
            and the index of the sequence in it.
        """
        return super().fit(
            X, y, sample_weight, X_val=X_val, y_val=y_val, sample_weight_val=sample_weight_val
        )

    def partial_fit(self, *args: Any, **kwargs: Any) -> Self:
        """Not supported. Use `partial_fit` of the tagger that :meth:`to_local` returns."""
        raise NotImplementedError(
            "DaskBiLSTMTagger has no partial_fit: use fit, or to_local().partial_fit."
        )

    def predict(self, X: Any) -> Any:
        """Predict the tag of each token.

        Parameters
        ----------
        X : collection or list
            As for :meth:`fit`, or as for :meth:`sklstm.BiLSTMTagger.predict`.

        Returns
        -------
        y : collection or ndarray
            For a Dask collection, a lazy collection of the same kind, which is computed with
            `client_`. For a data frame, a series with the same index.
        """
        return self._apply("predict", X)

    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each class for each token.

        Parameters
        ----------
        X : collection or list
            As for :meth:`predict`.

        Returns
        -------
        p : collection or ndarray
            As for :meth:`predict`. For a data frame, a data frame with a column for each class.
        """
        return self._apply("predict_proba", X)

    def predict_log_proba(self, X: Any) -> Any:
        """Predict the logarithm of the probability of each class for each token.

        Parameters
        ----------
        X : collection or list
            As for :meth:`predict`.

        Returns
        -------
        log_p : collection or ndarray
            As for :meth:`predict_proba`.
        """
        return self._apply("predict_log_proba", X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy over all tokens.

        Parameters
        ----------
        X, y, sample_weight : collections or lists
            As for :meth:`fit`, or as for :meth:`sklstm.BiLSTMTagger.score`.

        Returns
        -------
        accuracy : float
        """
        if not is_collection(X):
            return super().score(X, y, sample_weight)
        check_is_fitted(self)
        local = submit(self.client_, copy.copy, self.to_local())
        results = [delayed(_score)(local, *each) for each in _aligned(X, y, sample_weight)]
        scores, totals = zip(*self.client_.gather(self.client_.compute(results)), strict=True)
        if not any(totals):
            raise ValueError(_NO_TOKEN)
        return float(np.average(scores, weights=totals))

    def to_local(self) -> BiLSTMTagger:
        """Return a :class:`~sklstm.BiLSTMTagger` with the same parameters and the same model.

        Use it to predict without Dask, or to save the tagger for machines without Dask.

        Returns
        -------
        tagger : BiLSTMTagger
            A tagger that is fitted if this one is fitted.
        """
        params = self.get_params(deep=False)
        del params["local_steps"], params["client"]
        local = BiLSTMTagger(**params)
        fitted = {name: value for name, value in vars(self).items() if name in _FITTED}
        if fitted:
            fitted["_model"].is_shared = True
        local._set_fitted(fitted)
        return local

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"client": None}

    def __sklearn_clone__(self) -> Self:
        without_client = copy.copy(self)  # a client cannot be cloned
        copied = super(DaskBiLSTMTagger, without_client).__sklearn_clone__()
        copied.client = self.client
        return copied

    def _apply(self, method: str, X: Any) -> Any:
        """Apply a method to a collection, lazily, or to local sequences."""
        if not is_collection(X):
            return getattr(super(), method)(X)
        check_is_fitted(self)
        return apply(self.to_local(), method, X, self.client_)

    def _fit(self, X, y, sample_weight, validation_set):
        """Train, then replace the fitted attributes; return why training ended."""
        params, client = self._checked_params(), self.client_
        rng = check_random_state(self.random_state)
        is_passed, hold_out = any(each is not None for each in validation_set), None
        if self.early_stopping and not is_passed:
            hold_out = partial(
                _hold_out_of_partition, self.validation_fraction, int(rng.randint(2**31))
            )
        partitions, summaries = self._read_partitions(X, y, sample_weight, hold_out)
        if hold_out is None:
            validation_set = ValidationSet(*(_to_local(each, client) for each in validation_set))
        else:
            parts = zip(*(summary.validation for summary in summaries), strict=True)
            validation_set = ValidationSet(*map(_concatenate, parts))
        checkpoint = open_fit(
            find_checkpoint(self), self, [each.digest for each in summaries], validation_set, None
        )
        saved = checkpoint.load(rng)
        merged = merge(summaries, params, rng)
        dataset, classes = _describe(summaries), merged.classes
        validated = self._validated(summaries)
        scorer, name = make_validation_scorer(self.scoring, self.scheme, dataset, classes)
        if is_passed:
            _validation.check_validation_set(*validation_set, dataset, classes, validated)
        epochs = Epochs(self, params.max_iter, name, {"X": X, "y": y})
        if isinstance(saved, BiLSTMTagger):
            return self._restore(saved, epochs)
        with Executor() as executor, executor:
            corpus = self._encode(partitions, summaries, merged)
            del partitions  # their memory is free during training
            trainer = PartitionedTrainer(merged.model, corpus, params, rng, executor)
            score = None
            if validation_set.X is not None:
                tagger = validated._copy_with(merged.model, named=is_passed)
                score = ValidationScore(scorer, tagger, merged.model, validation_set)
            attributes = partial(_fitted_attributes, trainer, validated, None)
            return self._train(trainer, score, epochs, checkpoint, attributes, saved)

    def _checked_params(self):
        """Return the parameters of training as attributes of an object."""
        local = self.to_local()
        _validation.check_parameters(local.get_params(deep=False))
        if self.warm_start:
            raise ValueError("DaskBiLSTMTagger does not support warm_start=True.")
        own = {"local_steps": self.local_steps}
        validate_parameter_constraints(_CONSTRAINTS, own, caller_name=type(self).__name__)
        return SimpleNamespace(**vars(local._training_params()) | own)

    def _read_partitions(self, X, y, sample_weight, hold_out):
        """Validate all partitions; return their futures and summaries, without empty ones."""
        client = self.client_
        features = self.analyzer, self.char_hidden_size
        validated, read = BiLSTMTagger(output=self.output), delayed(read_partition)
        futures = client.compute(
            [
                read(k, partitions, validated, features, hold_out)
                for k, partitions in enumerate(_aligned(X, y, sample_weight))
            ]
        )
        summaries = client.gather([client.submit(_summary, each, pure=False) for each in futures])
        kept = [k for k, summary in enumerate(summaries) if summary is not None]
        if not kept:
            raise ValueError(_NO_TOKEN)
        return [futures[k] for k in kept], [summaries[k] for k in kept]

    def _encode(self, partitions, summaries, merged):
        """Submit the encoding of all partitions; return the training set on the cluster."""
        client, model, encoded = self.client_, merged.model, merged.encoded
        common = merged._replace(model=None, encoded=None, token_indices=[])
        params = SimpleNamespace(output=self.output, scheme=self.scheme, dtype=model.dtype)
        corpora = []
        for k, partition in enumerate(partitions):
            selected = (None, None)
            if merged.token_indices:
                selected = encoded.select(merged.token_indices[k])
            read = client.submit(itemgetter(0), partition, pure=False)
            corpora.append(submit(client, encode_partition, read, *selected, common, params))
        return DistributedCorpus(client, corpora, [summary.lengths for summary in summaries])

    def _validated(self, summaries):
        """Return a tagger with the attributes of features."""
        validated = self._copy()
        vars(validated).update(summaries[0].attributes)
        validated._single_tokens = all((each.lengths <= 1).all() for each in summaries)
        if validated._single_tokens and summaries[0].ids is not None:
            warn(
                "Each row of X is a sequence of one token, because no value of its index occurs "
                "twice. Sort the rows and set the index: "
                'sort_values(["sentence", "position"]).set_index("sentence", sorted=True).'
            )
        return validated


def _describe(summaries):
    """Return a dataset of all partitions without their tokens."""
    lengths = np.concatenate([summary.lengths for summary in summaries])
    tokens = Tokens(summaries[0].kind, summaries[0].form, lengths, None)
    return Dataset(tokens, None, None, None)


def _aligned(X, y, sample_weight):
    """Return the partitions of X, y and weights, which are None without weights."""
    partitions = [partitions_of(X, "X"), partitions_of(y, "y")]
    if sample_weight is not None:
        partitions.append(partitions_of(sample_weight, "sample_weight"))
    numbers = [len(each) for each in partitions]
    if len(set(numbers)) > 1:
        raise ValueError(
            f"X, y and sample_weight must have the same partitions, but have {numbers} of them."
        )
    if sample_weight is None:
        partitions.append([None] * numbers[0])
    return list(zip(*partitions, strict=True))


def _summary(partition):
    return None if partition is None else partition[1]


def _hold_out_of_partition(fraction, seed, number, dataset):
    """Divide a partition at random into a training set and a validation set."""
    return _hold_out(dataset, fraction, np.random.RandomState([seed, number]))


def _concatenate(lists):
    """Return the sequences, tags or weights of all partitions; None if there are none."""
    return None if all(each is None for each in lists) else list(chain.from_iterable(lists))


def _to_local(collection, client):
    """Return a collection as a list."""
    if not is_collection(collection):
        return collection
    read = delayed(sequences_of)
    partitions = partitions_of(collection, "A collection of the validation set")
    return _concatenate(client.gather(client.compute([read(each) for each in partitions])))


def _score(tagger, X, y, sample_weight):
    """Return the accuracy on a partition, and the weight of its tokens."""
    X, y, sample_weight = read_sequences(X, y, sample_weight)
    total = total_weight(X, y, sample_weight, tagger)
    return tagger.score(X, y, sample_weight) if total else 0.0, total
