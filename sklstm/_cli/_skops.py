"""Check and load skops files, which can come from strangers."""

import json
import os
import zipfile
from contextlib import contextmanager

from sklstm._cli._files import format_bytes

# The types in a tagger that skops does not trust by default.
_TRUSTED = [
    "sklstm._tagger.BiLSTMTagger",
    "sklstm.datasets._vectors.WordVectors",
    "sklstm.ensemble.VotingTagger",
]
_SCHEMA = "schema.json"
# How much larger than the file its data can be, and the size of data that is always accepted.
_MAX_RATIO, _ACCEPTED = 20, 1 << 27


def import_skops():
    """Return the module :mod:`skops.io`.

    Raises
    ------
    ImportError
        If skops is not installed.
    """
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("Skops files need the package skops: pip install skops") from error
    return skops.io


@contextmanager
def errors_are_damage(path):
    """Raise any error as a ValueError which says that a file is damaged: a file may raise anything.

    Parameters
    ----------
    path : str
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}: {error}).") from error


def is_skops(path):
    """Return whether a zip archive is a skops file.

    Parameters
    ----------
    path : str

    Returns
    -------
    is_skops : bool

    Raises
    ------
    ValueError
        If the archive is damaged.
    """
    with errors_are_damage(path), zipfile.ZipFile(path) as archive:
        return _SCHEMA in archive.namelist()


def get_untrusted_types(path):
    """Return the types in a skops file that are not trusted and that a tagger does not need.

    Parameters
    ----------
    path : str

    Returns
    -------
    types : list of str

    Raises
    ------
    ImportError
        If skops is not installed.
    ValueError
        If the file is damaged, or if it would take far more memory than its size.
    """
    skops_io = import_skops()
    with errors_are_damage(path):
        _check_size(path)
        types = skops_io.get_untrusted_types(file=path)
    return sorted(set(types) - set(_TRUSTED))


def load_skops(path, untrusted):
    """Load the object in a skops file that :func:`get_untrusted_types` has checked.

    Parameters
    ----------
    path : str
    untrusted : list of str
        Types that are loaded as well.

    Returns
    -------
    value : object
    """
    return import_skops().load(path, trusted=[*_TRUSTED, *untrusted])


def _check_size(path):
    """Raise an error if the objects in a file are far larger than the file."""
    n_bytes = os.path.getsize(path)
    limit = max(_ACCEPTED, _MAX_RATIO * n_bytes)
    with zipfile.ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        n_loaded = sizes[_SCHEMA]
        if n_loaded <= limit:
            n_loaded += _count_bytes(archive.read(_SCHEMA), sizes)
    if n_loaded > limit:
        raise ValueError(f"{format_bytes(n_bytes)} hold {format_bytes(n_loaded)} of data")


def _count_bytes(schema, sizes):
    """Return the number of bytes that the objects of a schema read from the archive.

    Skops writes an object that occurs more than once in full each time. A schema that only refers
    to an object by its id could nest it in itself again and again, so that a small file has more
    elements than can ever be visited: equal ids must be objects of an equal number of parts.

    Parameters
    ----------
    schema : bytes
    sizes : dict of str to int
        The size of each file of the archive.
    """
    parts_by_id, n_bytes = {}, 0

    def visit(node):
        nonlocal n_bytes
        n_parts = _Parts(1 + sum(map(_count_parts, node.values())))
        key = node.get("__id__")
        key = None if isinstance(key, _Parts) else key  # of a dict with such a key
        if key is None or key not in parts_by_id:
            n_bytes += sizes.get(node.get("file"), 0)
        if key is not None and parts_by_id.setdefault(key, n_parts) != n_parts:
            raise ValueError("an object refers to another one")
        return n_parts

    json.loads(schema, object_hook=visit)
    return n_bytes


class _Parts(int):
    """The number of objects that an object of a schema consists of."""


def _count_parts(value):
    if isinstance(value, list):
        return sum(map(_count_parts, value))
    return value if isinstance(value, _Parts) else 0
