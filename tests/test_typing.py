"""Public signatures are annotated, and what they promise is what comes."""

import inspect
import pkgutil
from importlib import import_module
from typing import Any, get_args, get_origin

import numpy as np
import pytest
import typing_sample
from numpy.typing import NDArray

import sklstm

# The mathematics is no part of the public face.
PACKAGES = ["sklstm"] + [
    f"sklstm.{module.name}"
    for module in pkgutil.iter_modules(sklstm.__path__)
    if not module.name.startswith("_") and module.name != "nn"
]
# Methods that a type checker asks for where none is called by name.
SPECIAL = {"__init__", "__call__", "__getitem__", "__contains__", "__iter__", "__len__"}


def public_callables():
    """Yield the name and each callable of the public face, methods and properties included."""
    for package in map(import_module, PACKAGES):
        for name in package.__all__:
            value = getattr(package, name)
            if inspect.isclass(value):
                yield from methods(value, f"{package.__name__}.{name}")
            elif callable(value):
                yield f"{package.__name__}.{name}", value


def methods(cls, path):
    """Yield the public methods and properties that a class of ours, or its base of ours, has."""
    for owner in cls.__mro__:
        if not owner.__module__.startswith("sklstm"):
            continue
        for name, value in vars(owner).items():
            value = value.fget if isinstance(value, property) else value
            value = getattr(value, "__func__", value)  # of a class method or a static one
            if inspect.isfunction(value) and (name in SPECIAL or not name.startswith("_")):
                yield f"{path}.{name}", value


CALLABLES = dict(public_callables())


def test_the_public_face_was_found():
    assert {"sklstm", "sklstm.datasets", "sklstm.metrics"} <= set(PACKAGES)
    assert {"sklstm.BiLSTMTagger.fit", "sklstm.datasets.read_conll"} <= set(CALLABLES)
    assert "sklstm.BiLSTMTagger.vocabulary_" in CALLABLES
    assert "sklstm.datasets.WordVectors.__getitem__" in CALLABLES


@pytest.mark.parametrize("name", CALLABLES)
def test_public_signatures_are_annotated(name):
    signature = inspect.signature(CALLABLES[name])
    parameters = [p for p in signature.parameters.values() if p.name not in {"self", "cls"}]
    lacking = [p.name for p in parameters if p.annotation is p.empty]
    if signature.return_annotation is signature.empty:
        lacking.append("the returned value")
    assert not lacking, f"no annotation of {', '.join(lacking)}"


def check(value, expected):
    """Assert that a value is what a type promises, its items included."""
    origin, arguments = get_origin(expected) or expected, get_args(expected)
    if expected is Any:
        return
    assert isinstance(value, origin), (value, expected)
    if origin is np.ndarray:
        (scalar,) = get_args(arguments[1])
        assert scalar is Any or np.issubdtype(value.dtype, scalar), (value.dtype, scalar)
    elif origin is dict:
        check(list(value), list[arguments[0]])
        check(list(value.values()), list[arguments[1]])
    elif origin is list:
        for item in value:
            check(item, arguments[0])
    elif origin is tuple:
        if arguments[-1] is ...:
            arguments = arguments[:1] * len(value)
        for item, of in zip(value, arguments, strict=True):
            check(item, of)


@pytest.mark.parametrize(
    "use", [value for name, value in vars(typing_sample).items() if name.startswith("use_")]
)
def test_what_is_promised_to_type_checkers_is_what_comes(use, tmp_path, monkeypatch):
    monkeypatch.setattr(typing_sample, "assert_type", check)
    use(tmp_path)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([["a"], [1]], list[list[str]]),
        (["a"], tuple[str, ...]),
        (("a", 1), tuple[str, ...]),
        (("a",), tuple[str, int]),
        ({"a": "b"}, dict[str, int]),
        (np.zeros(2, np.float32), NDArray[np.float64]),
        (1, float),
    ],
)
def test_a_promise_that_is_not_kept_is_found(value, expected):
    with pytest.raises((AssertionError, ValueError)):
        check(value, expected)
