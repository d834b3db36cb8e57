r"""The character LSTM: a word is what is left of it once it has been spelled.

A word of characters :math:`a_1, \dots, a_m` is read in both directions by the LSTM that reads
sentences (:mod:`sklstm.nn.lstm`), and is then known by the last hidden state of each:

.. math::

    v = [\overrightarrow{h}_m ; \overleftarrow{h}_1]

Only those states have a gradient from without.
"""

from functools import partial

from sklstm.nn.lstm import lstm_backward, lstm_forward


def characters_forward(views, X, packing, rows_of_X, resources, keep=True):
    """Spell a packed batch of words.

    Parameters
    ----------
    views : dict of tuple to ndarray
        The parameters.
    X : ndarray of shape (n_distinct, E + 1)
        The embedding of each distinct character; the last column is 1.
    packing : Packing
        The words, none of them empty.
    rows_of_X : ndarray of int of shape (n_characters,)
        The row of ``X`` that each packed character reads.
    resources : Resources
    keep : bool, default=True
        Whether to keep what :func:`characters_backward` needs.

    Returns
    -------
    V : ndarray of shape (n_words, D)
        The words, in the order of their ranks.
    caches : list
        What :func:`characters_backward` needs; without ``keep`` it is of no use.
    """
    run, empty = resources
    directions = _directions(views)
    V = empty((packing.n_sequences, directions[-1][0].stop), X.dtype)

    def read(reverse, part, W):
        H, cache = lstm_forward(X, W, packing, reverse, rows_of_X, keep, empty)
        V[:, part] = H[packing.ends(reverse)]
        return cache

    return V, run([partial(read, bool(k), *each) for k, each in enumerate(directions)])


def characters_backward(views, dV, caches, packing, into_rows, resources, gradient):
    """Carry the gradient of the loss back through :func:`characters_forward`.

    Parameters
    ----------
    views, packing, resources
        As they were given to :func:`characters_forward`.
    dV : ndarray of shape (n_words, D)
        The gradient with respect to the words.
    caches : list
        The second value that :func:`characters_forward` returned.
    into_rows : matrix of shape (n_distinct, n_characters)
        Sums what belongs to the same character (see :func:`sklstm.nn.lstm.lstm_backward`).
    gradient : dict of tuple to ndarray
        Where to write the gradient with respect to the parameters, views like ``views``.

    Returns
    -------
    dX : ndarray of shape (n_distinct, E)
        The gradient with respect to the embeddings.
    """
    run, empty = resources

    def read_back(direction, part, W):
        dH = empty((len(packing.tokens), W.shape[2]), W.dtype)
        dH[...] = 0
        dH[packing.ends(bool(direction))] = dV[:, part]
        dX, _ = lstm_backward(
            dH,
            W,
            caches[direction],
            packing,
            bool(direction),
            into_rows,
            gradient["characters", direction],
            empty,
        )
        return dX

    tasks = [partial(read_back, k, *each) for k, each in enumerate(_directions(views))]
    dX, *others = run(tasks)
    for other in others:
        dX += other
    return dX


def _directions(views):
    """Return the columns of the words, and the weights, of each direction."""
    directions, start = [], 0
    for direction in range(2):
        W = views["characters", direction]
        directions.append((slice(start, start + W.shape[2]), W))
        start += W.shape[2]
    return directions
