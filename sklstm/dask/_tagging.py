"""Tag collections; the model is sent to each worker once."""

from functools import partial
from typing import Any

import distributed

from sklstm.dask._collections import map_partitions
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
        or when the collection is written to files.

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
    return apply(tagger, "predict", X, "tag", client or distributed.default_client())


def apply(tagger: Any, method: str, X: Any, columns: Any, client: distributed.Client) -> Any:
    """Apply a method of a tagger to each partition, lazily.

    Parameters
    ----------
    tagger : BiLSTMTagger
    method : str
        The name of the method, such as "predict".
    X : collection
    columns : str or list of str
        The columns of the result if `X` is a data frame.
    client : distributed.Client

    Returns
    -------
    collection
    """
    # The model is the result of a task, not scattered data, which is lost with its worker.
    function = submit(client, partial, getattr(tagger, method))
    return map_partitions(function, X, columns)
