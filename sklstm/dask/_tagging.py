"""Tag collections: the model reaches each worker once."""

from functools import partial
from typing import Any

import distributed

from sklstm.dask._collections import map_partitions
from sklstm.dask._rounds import submit


def tag(tagger: Any, X: Any, client: distributed.Client | None = None) -> Any:
    """Tag a Dask collection of sequences, lazily.

    Each worker gets the model once. The partitions are read, tagged and left one after another, so
    that memory use does not grow with their number.

    Parameters
    ----------
    tagger : BiLSTMTagger or VotingTagger
        A fitted tagger, or anything else that has `predict`.

    X : dask.bag.Bag, list of Delayed, or dask.dataframe.DataFrame
        The sequences; see :class:`DaskBiLSTMTagger`.

    client : distributed.Client, default=None
        The connection to the cluster. By default, the one that was created last.

    Returns
    -------
    y : dask.bag.Bag, list of Delayed, or dask.dataframe.Series
        The tags, in a collection of the same kind. Nothing is computed before ``compute()``, or
        before the bag is written to files.

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
        Its name, such as "predict".
    X : collection
    columns : str or list of str
        The columns of the result of a data frame.
    client : distributed.Client

    Returns
    -------
    collection
    """
    # The model is the result of a task, not scattered data, which is lost with its worker.
    function = submit(client, partial, getattr(tagger, method))
    return map_partitions(function, X, columns)
