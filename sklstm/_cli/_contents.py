"""What is in a model file, read without running anything that it names.

Values that are plain come out as they are: str, numbers, lists, dicts, arrays. All else comes out
as a :class:`Thing`, which knows its type by name alone.
"""

import bz2
import gzip
import io
import json
import lzma
import pickle
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from sklstm._cli._formats import format_of

_DECOMPRESS = {
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
    "lzma": lzma.decompress,
    "zlib": zlib.decompress,
}
# The arrays that can be read without any object being made.
_PLAIN_DTYPE = re.compile(r"[biufcSU][0-9]+")


class Thing:
    """Something of a type that is known by its name alone; nothing of it was run."""

    type_name = ""
    state = None

    def __new__(cls, *args, **_):
        """Take what it would have been made of."""
        thing = super().__new__(cls)
        thing.made_of = args
        return thing

    def __init__(self, *_, **__):
        pass

    def __setstate__(self, state):
        self.state = state

    def __repr__(self):
        return f"<{self.type_name}>"

    def __setitem__(self, *_):
        pass

    def append(self, _):
        """Take an element, as a list does."""

    def extend(self, _):
        """Take elements, as a list does."""


class Contents(NamedTuple):
    """What is in a model file.

    Attributes
    ----------
    format : str
        How it was saved: "skops", "joblib" or "pickle", and how it was compressed.
    value : object
        What was saved.
    types : set of str
        The names of all types and functions that the file names.
    """

    format: str
    value: object
    types: set


def read_contents(path):
    """Return what is in a model file.

    Parameters
    ----------
    path : str

    Returns
    -------
    contents : Contents

    Raises
    ------
    ValueError
        If it is no model file, or damaged.
    """
    name = format_of(path)
    try:
        if name == "skops":
            return _read_skops(path)
        data = Path(path).read_bytes()
        if name == "pickle":
            return _read_pickle(data)
        contents = _read_pickle(_DECOMPRESS[name](data))
    except Exception as error:  # whatever comes of a file that anybody made
        problem = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path} is damaged, or no model file ({problem}).") from error
    return contents._replace(format=f"{contents.format}, {name}")


def _thing_of(type_name):
    return type("Thing", (Thing,), {"type_name": type_name})


# skops: a tree of nodes in JSON, beside arrays in files of their own


def _read_skops(path):
    types = set()
    with zipfile.ZipFile(path) as archive:
        value = _value(json.loads(archive.read("schema.json")), archive, types)
    return Contents("skops", value, types)


def _value(node, archive, types):
    """Return what a node of a skops file stands for."""
    type_name, content = f"{node['__module__']}.{node['__class__']}", node.get("content")
    loader = node.get("__loader__")
    types.add(type_name)
    if loader == "JsonNode":
        return json.loads(content)
    if loader == "NdArrayNode" and node["type"] == "numpy":
        return np.load(io.BytesIO(archive.read(node["file"])), allow_pickle=False)
    if isinstance(content, dict) and "__class__" not in content:
        content = {name: _value(each, archive, types) for name, each in content.items()}
    elif isinstance(content, dict):
        content = _value(content, archive, types)
    elif isinstance(content, list):
        content = [_value(each, archive, types) for each in content]
    if loader in ("DictNode", "ListNode", "TupleNode"):
        return tuple(content) if loader == "TupleNode" else content
    thing = _thing_of(type_name)()
    thing.state = content
    return thing


# Pickles, and those of joblib, where the bytes of each array follow what describes it


def _read_pickle(data):
    reader = _Reader(io.BytesIO(data))
    value = reader.load()
    by_joblib = "joblib.numpy_pickle.NumpyArrayWrapper" in reader.types
    return Contents("joblib" if by_joblib else "pickle", value, reader.types)


class _Reader(pickle._Unpickler):
    """Reads pickles; of what they name, nothing is looked up, let alone called."""

    def __init__(self, file):
        super().__init__(file)
        self.file, self.types = file, set()

    def find_class(self, module, name):
        """Return what stands for a class or function: one that makes Things."""
        self.types.add(f"{module}.{name}")
        return _thing_of(f"{module}.{name}")

    def _reduce(self):
        self.load_reduce()
        if self._made("numeric._frombuffer"):
            self.stack[-1] = _as_array(*self.stack[-1].made_of)

    def _build(self):
        self.load_build()
        if self._made("numpy_pickle.NumpyArrayWrapper"):
            self.stack[-1] = self._array_that_follows(self.stack[-1].state)
        elif self._made("multiarray._reconstruct"):
            _, shape, dtype, is_fortran, data = self.stack[-1].state
            self.stack[-1] = _as_array(data, dtype, shape, "F" if is_fortran else "C")

    dispatch: ClassVar[dict[int, Any]] = {
        **pickle._Unpickler.dispatch,
        pickle.REDUCE[0]: _reduce,
        pickle.BUILD[0]: _build,
    }

    def _made(self, name):
        made = self.stack[-1]
        return isinstance(made, Thing) and made.type_name.endswith(name)

    def _array_that_follows(self, wrapper):
        shape, dtype = wrapper["shape"], _dtype(wrapper["dtype"])
        if dtype is None:  # of objects, which have a pickle of their own
            inner = _Reader(self.file)
            value = inner.load()
            self.types |= inner.types
            return value
        if wrapper.get("numpy_array_alignment_bytes") is not None:
            self.file.read(self.file.read(1)[0])
        data = self.file.read(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize)
        return np.frombuffer(data, dtype).reshape(shape, order=wrapper["order"])


def _as_array(data, dtype, shape, order):
    dtype = _dtype(dtype)
    if dtype is None:
        return _thing_of("numpy.ndarray")()
    if isinstance(data, Thing):  # protocol 2 has no bytes: made of text in Latin-1, or of nothing
        data = data.made_of[0].encode("latin-1") if data.made_of else b""
    return np.frombuffer(data, dtype).reshape(shape, order=order)


def _dtype(thing):
    """Return the type of the elements of an array; None where they are objects."""
    name = thing.made_of[0]
    if not _PLAIN_DTYPE.fullmatch(name):
        return None
    return np.dtype(name).newbyteorder(thing.state[1])
