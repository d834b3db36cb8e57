"""How large something is, as one would say it."""


def size_of_corpus(X):
    """Say how large a corpus is.

    Parameters
    ----------
    X : list of list of str

    Returns
    -------
    text : str

    Examples
    --------
    >>> from sklstm._cli._sizes import size_of_corpus
    >>> size_of_corpus([["Ducks", "swim"], ["Quietly"]])
    '2 sentences (3 tokens)'
    """
    return f"{len(X):,} sentences ({sum(map(len, X)):,} tokens)"


def size_of_file(n_bytes):
    """Say how large a file is.

    Parameters
    ----------
    n_bytes : int

    Returns
    -------
    text : str

    Examples
    --------
    >>> from sklstm._cli._sizes import size_of_file
    >>> size_of_file(512), size_of_file(48_200), size_of_file(5_310_000)
    ('0.5 kB', '48.2 kB', '5.3 MB')
    """
    return f"{n_bytes / 1e3:.1f} kB" if n_bytes < 1e6 else f"{n_bytes / 1e6:,.1f} MB"
