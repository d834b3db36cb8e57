"""Tag collections; the model is sent to each worker once."""

from functools import partial
from typing import Any

import distributed
import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklstm._sequences import show
from sklstm.dask._collections import kind_of, map_partitions
from sklstm.dask._rounds import submit


def tag(tagger: Any, X: Any, client: distributed.Client | None = None) -> Any:
    """Predict the tags of a Dask collection of sequences, lazily.

    Use it to tag more text than fits in memory, on one machine or on a cluster. The model is sent
    to each worker once. Each partition is read, tagged and then released, so memory use does not
    grow with the number of partitions. See :ref:`distributed_archive`.

    Parameters
    ----------
    tagger : BiLSTMTagger or VotingTagger
        A fitted tagger, or any other fitted estimator that has `predict`.

    X : dask.bag.Bag, list of Delayed, or dask.dataframe.DataFrame
        The sequences, as for :meth:`DaskBiLSTMTagger.fit`.

    client : distributed.Client, default=None
        The connection to the cluster. By default, the client that was created last.

    Returns
    -------
    y : dask.bag.Bag, list of Delayed, or dask.dataframe.Series
        The tags, in a collection of the same kind. They are computed when you call ``compute()``,
        or when the collection is written to files. Do this before the client is closed.

    Examples
    --------
    >>> import dask.bag
    >>> from distributed import Client
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.dask import tag
    >>> tagger = BiLSTMTagger(4, random_state=0).fit([["Ducks", "swim"]] * 9, [["N", "V"]] * 9)
    >>> X = dask.bag.from_sequence([["Ducks", "swim"], ["Ducks"]], npartitions=2)
    >>> with Client(processes=False, dashboard_address=":0") as client:
    ...     tag(tagger, X, client).compute()
    [['N', 'V'], ['N']]
    """
    if hasattr(tagger, "fit"):
        check_is_fitted(tagger)
    return apply(tagger, "predict", X, check_client(client))


def check_client(client: Any) -> distributed.Client:
    """Return a client, by default the one that was created last; raise an error for another type.

    Parameters
    ----------
    client : distributed.Client or None
    """
    if client is None:
        return distributed.default_client()
    if not isinstance(client, distributed.Client):
        raise TypeError(
            f"client must be a distributed.Client. Got {show(client)} of type "
            f"{type(client).__name__}. Connect first: Client(address)."
        )
    return client


def apply(tagger: Any, method: str, X: Any, client: distributed.Client) -> Any:
    """Apply a method of a tagger to each partition, lazily.

    Parameters
    ----------
    tagger : BiLSTMTagger
    method : {"predict", "predict_proba", "predict_log_proba"}
    X : collection
    client : distributed.Client

    Returns
    -------
    collection
        For a data frame, a series "tag", or a data frame with a column for each class.
    """
    kind_of(X, "X")  # before the model is sent
    names: Any = "tag"
    dtype = getattr(getattr(tagger, "classes_", None), "dtype", np.dtype(object))
    if method != "predict":
        names, dtype = tagger.classes_.tolist(), np.dtype(np.float64)
    elif dtype.kind == "U":
        dtype = np.dtype(object)
    # The model is the result of a task, not scattered data, which is lost with its worker.
    function = submit(client, partial, getattr(tagger, method))
    return map_partitions(function, X, names, dtype)
