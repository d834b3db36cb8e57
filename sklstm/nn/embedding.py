r"""Embedding sums: a token is the weighted sum of the embeddings of its features.

With :math:`S` the matrix of the features' weights, one row a token and one column a feature, and
:math:`E` the table of the embeddings, one row a feature,

.. math::

    X = S E \qquad \frac{\partial L}{\partial E} = S^T \frac{\partial L}{\partial X}

Only the rows of ``E`` that the batch names have a gradient, so these rows alone are passed. ``S``
may be any matrix that multiplies, a sparse one included: nothing here looks inside it.
"""


def embedding_forward(S, E):
    """Sum the embeddings of each token's features.

    Parameters
    ----------
    S : matrix of shape (n_tokens, n_rows)
        The weight of each feature in each token.
    E : ndarray of shape (n_rows, embedding_size)
        The rows of the embedding table that the columns of ``S`` stand for.

    Returns
    -------
    X : ndarray of shape (n_tokens, embedding_size)
    """
    return S @ E


def embedding_backward(dX, S):
    """Carry the gradient of the loss back through :func:`embedding_forward`.

    Parameters
    ----------
    dX : ndarray of shape (n_tokens, embedding_size)
        The gradient with respect to the sums.
    S : matrix of shape (n_tokens, n_rows)
        As it was given to :func:`embedding_forward`.

    Returns
    -------
    dE : ndarray of shape (n_rows, embedding_size)
        The gradient with respect to the rows.
    """
    return S.T @ dX
