"""Adam and SGD over flat vectors, lazy on the rows of an embedding table.

An optimizer holds its settings only. What it remembers from step to step lies in ``slots``, arrays
of the shape of what they serve, kept by the caller; a step changes parameters and slots in place.
"""

import math
from typing import NamedTuple

import numpy as np


class Adam(NamedTuple):
    r"""Adam, with momentum :math:`m` and squared gradient :math:`v` corrected for their start.

    .. math::

        m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad
        v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \qquad
        w \leftarrow w - \eta \, \frac{m / (1 - \beta_1^t)}
                                      {\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    The slots hold :math:`m / (1 - \beta_1)` and :math:`v / (1 - \beta_2)`.

    References
    ----------
    D. Kingma and J. Ba, "Adam: A method for stochastic optimization", 2015.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_slots = 2

    def step(self, w, g, slots, t, learning_rate):
        """Change ``w`` and ``slots`` in place, by the gradient ``g`` of step ``t`` (from 1)."""
        m, v = slots  # of both sums without their factors (1 - beta), which wait for the last line
        m *= self.beta_1
        m += g
        scratch = g * g
        v *= self.beta_2
        v += scratch
        scale = (1 - self.beta_1) / (1 - self.beta_1**t)
        root_scale = math.sqrt((1 - self.beta_2) / (1 - self.beta_2**t))
        np.sqrt(v, out=scratch)
        scratch += self.epsilon / root_scale
        np.divide(m, scratch, out=scratch)
        scratch *= learning_rate * scale / root_scale
        w -= scratch


class SGD(NamedTuple):
    r"""Stochastic gradient descent with (Nesterov) momentum :math:`\mu`.

    .. math::

        v \leftarrow \mu v - \eta g \qquad
        w \leftarrow w + v \quad \text{or, Nesterov's,} \quad w \leftarrow w + \mu v - \eta g

    References
    ----------
    I. Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    momentum: float = 0.9
    nesterov: bool = True
    n_slots = 1

    def step(self, w, g, slots, t, learning_rate):
        """Change ``w`` and ``slots`` in place, by the gradient ``g``; ``t`` has no part in it."""
        (v,) = slots
        v *= self.momentum
        v -= learning_rate * g
        w += self.momentum * v - learning_rate * g if self.nesterov else v


def new_slots(optimizer, parameters):
    """Return the slots of an optimizer that has taken no step yet: zeros."""
    return [np.zeros_like(parameters) for _ in range(optimizer.n_slots)]


def step_rows(optimizer, table, rows, dRows, slots, t, learning_rate):
    """Take a step on some rows of a table and leave all others, and their slots, as they are.

    Parameters
    ----------
    optimizer : Adam or SGD
    table : ndarray of shape (n_features, embedding_size)
    rows : ndarray of int of shape (n_rows,)
        The rows that have a gradient, all different.
    dRows : ndarray of shape (n_rows, embedding_size)
        Their gradient.
    slots : list of ndarray
        The optimizer's slots for the whole table.
    t : int
        The number of the step, from 1.
    learning_rate : float
    """
    arrays = [table, *slots]
    w, *row_slots = picked = [np.take(array, rows, axis=0) for array in arrays]
    optimizer.step(w, dRows, row_slots, t, learning_rate)
    for array, values in zip(arrays, picked, strict=True):
        array[rows] = values


def clip_by_global_norm(gradients, max_norm):
    """Scale gradients in place so that their norm, taken together, is at most ``max_norm``.

    Parameters
    ----------
    gradients : list of ndarray
    max_norm : float

    Returns
    -------
    norm : float
        The norm before the scaling.

    References
    ----------
    R. Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.
    """
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
    if math.isinf(norm):  # the squares overflow before the gradients do
        largest = max(float(np.abs(g).max(initial=0)) for g in gradients)
        norm = largest * math.sqrt(sum(float(np.sum((g / largest) ** 2)) for g in gradients))
    if norm > max_norm:
        for g in gradients:
            g *= max_norm / norm
    return norm
