"""Adam and SGD for flat vectors, and lazy updates of the rows of an embedding table.

An optimizer holds its settings only. Its state is in ``slots``, arrays of the shape of the
parameters, which the caller keeps. A step changes parameters and slots in place.
"""

import math
from typing import NamedTuple

import numpy as np


class Adam(NamedTuple):
    r"""Adam, with bias-corrected estimates of the gradient's first and second moment.

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
        """Update `w` and `slots` in place with the gradient `g` of step `t`, counted from 1."""
        m, v = slots  # the factors (1 - beta) are applied in the last lines
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
        """Update `w` and `slots` in place with the gradient `g`; `t` is not used."""
        (v,) = slots
        v *= self.momentum
        v -= learning_rate * g
        w += self.momentum * v - learning_rate * g if self.nesterov else v


def step_rows(step, table, rows, dRows, slots):
    """Update some rows of a table, and leave all other rows and their slots unchanged.

    Parameters
    ----------
    step : callable
        The optimizer's ``step`` with its `t` and `learning_rate`: takes parameters, their gradient
        and their slots.
    table : ndarray of shape (n_features, embedding_size)
    rows : ndarray of int of shape (n_rows,)
        The rows that have a gradient, without duplicates.
    dRows : ndarray of shape (n_rows, embedding_size)
        Their gradient.
    slots : list of ndarray
        The optimizer's slots for the whole table.
    """
    arrays = [table, *slots]
    w, *row_slots = updated = [np.take(array, rows, axis=0) for array in arrays]
    step(w, dRows, row_slots)
    for array, values in zip(arrays, updated, strict=True):
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
