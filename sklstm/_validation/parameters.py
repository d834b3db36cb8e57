"""The parameters of the estimator: of which type each is, and within which bounds."""

import math
import numbers
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from sklstm._schemes import PREFIXES
from sklstm._sequences import is_sequence, show

_OPTIONS = {
    "output": ("softmax", "crf"),
    "solver": ("adam", "sgd"),
    "learning_rate": ("constant", "invscaling", "adaptive", "linear"),
}
_ANALYZERS = ("word", "affix", "char_ngram")
_FLAGS = ("bidirectional", "shuffle", "warm_start", "nesterovs_momentum", "early_stopping")
# The kind, the bounds and which of them belong to the range; without an upper one, all finite.
_RANGES: dict[str, tuple[type, float, float | None, str]] = {
    "embedding_size": (numbers.Integral, 1, None, "left"),
    "char_hidden_size": (numbers.Integral, 0, None, "left"),
    "dropout": (numbers.Real, 0, 1, "left"),
    "feature_dropout": (numbers.Real, 0, 1, "left"),
    "label_smoothing": (numbers.Real, 0, 1, "left"),
    "word_dropout": (numbers.Real, 0, None, "left"),
    "alpha": (numbers.Real, 0, None, "left"),
    "learning_rate_init": (numbers.Real, 0, None, "neither"),
    "power_t": (numbers.Real, 0, None, "left"),
    "max_iter": (numbers.Integral, 1, None, "left"),
    "tol": (numbers.Real, 0, None, "left"),
    "n_iter_no_change": (numbers.Integral, 1, None, "left"),
    "momentum": (numbers.Real, 0, 1, "both"),
    "validation_fraction": (numbers.Real, 0, 1, "neither"),
    "beta_1": (numbers.Real, 0, 1, "left"),
    "beta_2": (numbers.Real, 0, 1, "left"),
    "epsilon": (numbers.Real, 0, None, "neither"),
    "max_grad_norm": (numbers.Real, 0, math.inf, "right"),
    "verbose": (numbers.Integral, 0, None, "left"),
}


def check_parameters(params: Mapping[str, Any]) -> None:
    """Judge the parameters of the estimator.

    Parameters
    ----------
    params : dict
        What ``get_params(deep=False)`` returns.

    Raises
    ------
    TypeError, ValueError
        Which parameter is wrong, and what it may be.
    """
    for name, options in _OPTIONS.items():
        if not (isinstance(params[name], str) and params[name] in options):
            _refuse(name, params[name], f"must be one of {list(options)}")
    for name in _FLAGS:
        if not isinstance(params[name], (bool, np.bool_)):
            _refuse(name, params[name], "must be True or False", TypeError)
    for name, limits in _RANGES.items():
        _check_range(name, params[name], *limits)
    _check_hidden_layer_sizes(params["hidden_layer_sizes"])
    _check_batch_size(params["batch_size"])
    _check_analyzer(params["analyzer"])
    _check_min_df(params["min_df"])
    _check_embeddings(params["embeddings"])
    _check_class_weight(params["class_weight"])
    _check_output(params)
    _check_random_state(params["random_state"])


def hidden_layers(hidden_layer_sizes: Any) -> list[int]:
    """Return ``hidden_layer_sizes``, an int or a sequence of them, as a list of int."""
    if isinstance(hidden_layer_sizes, numbers.Integral):
        return [int(hidden_layer_sizes)]
    return [int(size) for size in hidden_layer_sizes]


def _refuse(name: str, value: Any, problem: str, error: type[Exception] = ValueError) -> NoReturn:
    raise error(f"{name} is {show(value)}, but {problem}.")


def _check_range(
    name: str, value: Any, kind: type, lower: float, upper: float | None, bounds: str
) -> None:
    check_scalar(value, name, kind, min_val=lower, max_val=upper, include_boundaries=bounds)
    if math.isnan(value) or (upper is None and math.isinf(value)):
        _refuse(name, value, "must be finite")


def _check_hidden_layer_sizes(hidden_layer_sizes: Any) -> None:
    single = isinstance(hidden_layer_sizes, numbers.Integral)
    sizes: Any = [hidden_layer_sizes] if single else hidden_layer_sizes
    layered = is_sequence(sizes) and len(sizes) > 0
    integral = layered and all(isinstance(size, numbers.Integral) for size in sizes)
    if not (integral and min(sizes) > 0):
        problem = "must be a positive integer, or a list or tuple with one for each LSTM layer"
        _refuse("hidden_layer_sizes", hidden_layer_sizes, problem)


def _check_batch_size(batch_size: Any) -> None:
    if not isinstance(batch_size, str):
        _check_range("batch_size", batch_size, numbers.Integral, 1, None, "left")
    elif batch_size != "auto":
        _refuse("batch_size", batch_size, "must be 'auto' or an integer >= 1")


def _check_analyzer(analyzer: Any) -> None:
    if not callable(analyzer) and not (isinstance(analyzer, str) and analyzer in _ANALYZERS):
        problem = f"must be one of {list(_ANALYZERS)} or a callable from a word to a list of str"
        _refuse("analyzer", analyzer, problem)


def _check_min_df(min_df: Any) -> None:
    if isinstance(min_df, numbers.Integral):
        _check_range("min_df", min_df, numbers.Integral, 0, None, "left")
    else:
        _check_range("min_df", min_df, numbers.Real, 0, 1, "both")


def _check_embeddings(embeddings: Any) -> None:
    is_mapping = hasattr(embeddings, "__getitem__") and hasattr(embeddings, "__contains__")
    is_mapping = is_mapping and not isinstance(embeddings, (str, list, tuple, np.ndarray))
    if embeddings is not None and not is_mapping:
        problem = "must be None or a mapping from a word to its vector, such as a dict"
        _refuse("embeddings", embeddings, problem, TypeError)


def _check_class_weight(class_weight: Any) -> None:
    named = isinstance(class_weight, str) and class_weight == "balanced"
    if isinstance(class_weight, Mapping):
        for label, weight in class_weight.items():
            _check_range(f"class_weight[{label!r}]", weight, numbers.Real, 0, None, "left")
    elif not (named or class_weight is None):
        problem = "must be None, 'balanced' or a dict from a class to its weight"
        _refuse("class_weight", class_weight, problem)


def _check_output(params: Mapping[str, Any]) -> None:
    scheme, output = params["scheme"], params["output"]
    if scheme is not None and not (isinstance(scheme, str) and scheme in PREFIXES):
        names = "IOB2 is BIO, and IOBES is BIOES"
        _refuse("scheme", scheme, f"must be None or one of {list(PREFIXES)}; {names}")
    if output == "crf":
        if params["class_weight"] is not None:
            problem = 'must be None with output="crf", which weighs whole sequences'
            _refuse("class_weight", params["class_weight"], problem)
    elif scheme is not None:
        _refuse("scheme", scheme, 'needs output="crf", which alone scores transitions')


def _check_random_state(random_state: Any) -> None:
    try:
        check_random_state(random_state)
    except ValueError:
        problem = "must be None, an int from 0 to 2**32 - 1 or a numpy.random.RandomState"
        _refuse("random_state", random_state, problem)
