"""Generate random tagging tasks of known difficulty."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state, check_scalar

from sklstm._sequences import show

CONTEXTS = ("left", "right", "both", "none")
_MAX_SIZE = 2**31 - 1


def make_tagged_sequences(
    n_sequences: int = 100,
    n_features: int = 8,
    *,
    n_classes: int = 2,
    context: str = "both",
    min_length: int = 5,
    max_length: int = 20,
    noise: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.int_]]]:
    r"""Generate random sequences whose labels depend on neighbouring tokens.

    Each token has a symbol, an integer drawn uniformly from
    0, ..., ``n_classes - 1``, and points to its left neighbour, to its right
    neighbour or to itself. Its label is the symbol of the token it points to.
    `context` determines the direction in which a tagger must read. The best
    accuracy without this direction is known exactly (see Notes).

    Parameters
    ----------
    n_sequences : int, default=100
        The number of sequences.

    n_features : int, default=8
        The number of features of a token. At least ``n_classes + 1``.

    n_classes : int, default=2
        The number of symbols, which is the number of classes.

    context : {"left", "right", "both", "none"}, default="both"
        The direction in which tokens point: all to the left, all to the right,
        each to a random side ("both"), or all to themselves ("none").

    min_length : int, default=5
        The minimum length of a sequence. Lengths are drawn uniformly.

    max_length : int, default=20
        The maximum length of a sequence.

    noise : float, default=0.0
        The standard deviation of the Gaussian noise added to every feature.

    random_state : int, RandomState instance or None, default=None
        Determines the random numbers. Pass an int for reproducible output. The
        same int gives the same symbols for every `context` and `noise`. With
        ``context="none"``, the labels are the symbols.

    Returns
    -------
    X : list of ndarray of shape (n_tokens, n_features)
        The sequences, in float64.

    y : list of ndarray of shape (n_tokens,)
        The labels of each sequence, as integers.

    See Also
    --------
    load_english_pos : English sentences with their parts of speech.

    Notes
    -----
    With :math:`s_t` the symbol of token :math:`t = 1, \dots, n` and
    :math:`d_t` the direction it points to (-1 left, +1 right, 0 itself),

    .. math::

        x_t = a_{s_t} + d_t b + \varepsilon_t, \qquad
        y_t = s_{\min(\max(t + d_t,\, 1),\, n)}

    where :math:`a_0, a_1, \dots` and :math:`b` are orthonormal vectors drawn
    once for the whole data set, and :math:`\varepsilon_t` is the noise. The
    label of a token that points beyond an end of its sequence is its own
    symbol. So every label is uniform over the classes, also at the ends.

    A unidirectional LSTM sees only a token and one side of it. The symbol of
    the neighbour on the other side is uniform and independent of everything
    that the tagger sees. So a token that points there is labelled correctly
    with a probability of at most :math:`1 / K`, where :math:`K` is `n_classes`.
    The exception is the end of the sequence: there the token's own symbol is
    correct (and elsewhere it is as good as any other guess). With :math:`r` the
    number of sequences divided by the number of tokens, the expected accuracy
    is at most

    .. math::

        A = \frac{1}{K} + \left(1 - \frac{1}{K}\right) r

    if all tokens point to the side that it does not see, and at most
    :math:`(1 + A) / 2` if `context` is "both". For a tagger that sees no
    neighbour, the maximum is :math:`A` for all contexts except "none". With the
    default sizes :math:`r` is about 0.08, and the maxima are 0.54 and 0.77.
    Without noise, a tagger that sees both sides can label all tokens correctly.

    A single bidirectional layer followed by a linear layer can solve the task,
    although it only adds the scores of the two directions for each class. It
    cannot learn a label such as the sum of both neighbours modulo `n_classes`,
    which is not a sum of a score of each direction.

    Noise of standard deviation :math:`\sigma` makes symbols, whose distance is
    :math:`\sqrt{2}`, hard to distinguish. The best guess between two symbols is
    correct with probability
    :math:`\Phi(1 / (\sqrt{2} \sigma))`, which is 0.92 for a noise of 0.5.

    Examples
    --------
    >>> from sklstm.datasets import make_tagged_sequences
    >>> sizes = {"n_sequences": 3, "max_length": 7, "random_state": 4}
    >>> X, y = make_tagged_sequences(**sizes, context="left")
    >>> [x.shape for x in X]
    [(7, 8), (7, 8), (6, 8)]

    Each label is the symbol of the token on the left. The first label is the
    symbol of its own token:

    >>> _, symbols = make_tagged_sequences(**sizes, context="none")
    >>> print(symbols[0], y[0], sep="\n")
    [1 0 0 1 1 0 0]
    [1 1 0 0 1 1 0]
    """
    _check_sizes(n_sequences, n_features, n_classes, min_length, max_length)
    noise = _check_context_and_noise(context, noise)
    rng = check_random_state(random_state)

    lengths = rng.randint(min_length, max_length + 1, size=n_sequences)
    ends = lengths.cumsum()
    n_tokens = ends[-1]
    # The rows are orthonormal vectors: one for each symbol, and one for the direction.
    basis = np.linalg.qr(rng.standard_normal((n_features, n_classes + 1)))[0].T
    symbols = rng.randint(n_classes, size=n_tokens)
    # Drawn for every context, so that all have the same symbols and noise.
    sides = rng.choice([-1, 1], size=n_tokens)
    directions = {"left": -1, "right": 1, "none": 0}.get(context, sides)

    first = np.repeat(ends - lengths, lengths)
    last = np.repeat(ends - 1, lengths)
    labels = symbols[np.clip(np.arange(n_tokens) + directions, first, last)]
    tokens = basis[symbols] + np.multiply.outer(np.broadcast_to(directions, n_tokens), basis[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        tokens += noise * rng.standard_normal(tokens.shape)
    if not np.isfinite(tokens).all():
        raise ValueError(f"noise == {noise}, which gives numbers that are not finite: lower it.")
    return np.split(tokens, ends[:-1]), np.split(labels, ends[:-1])


def _check_sizes(n_sequences, n_features, n_classes, min_length, max_length):
    check_scalar(n_sequences, "n_sequences", Integral, min_val=1, max_val=_MAX_SIZE)
    check_scalar(n_classes, "n_classes", Integral, min_val=2, max_val=_MAX_SIZE)
    check_scalar(n_features, "n_features", Integral, max_val=_MAX_SIZE)
    check_scalar(min_length, "min_length", Integral, min_val=1, max_val=_MAX_SIZE)
    check_scalar(max_length, "max_length", Integral, max_val=_MAX_SIZE)
    if n_features < n_classes + 1:
        raise ValueError(
            f"n_features == {n_features}, must be >= n_classes + 1 == {n_classes + 1}: each symbol "
            "and the direction take one dimension."
        )
    if max_length < min_length:
        raise ValueError(f"max_length == {max_length}, must be >= min_length == {min_length}.")


def _check_context_and_noise(context, noise):
    if not (isinstance(context, str) and context in CONTEXTS):
        raise ValueError(
            f"context must be one of {', '.join(map(repr, CONTEXTS))}, got {show(context)}."
        )
    check_scalar(noise, "noise", Real, min_val=0)
    try:
        value = float(noise)
    except OverflowError:  # an integer
        value = np.inf
    if not np.isfinite(value):
        raise ValueError(f"noise == {noise}, must be finite.")
    return value
