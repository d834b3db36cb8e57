"""Validate the parameters of the estimator: types, ranges, and combinations."""

import numbers
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
from sklearn.utils._param_validation import (
    HasMethods,
    Hidden,
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
    validate_parameter_constraints,
)

from sklstm._labels import MAX_WEIGHT
from sklstm._schemes import PREFIXES
from sklstm._sequences import all_are, is_sequence, show

_SHARE = Interval(numbers.Real, 0, 1, closed="left")
_NOT_NEGATIVE = Interval(numbers.Real, 0, None, closed="left")
_POSITIVE = Interval(numbers.Real, 0, None, closed="neither")
_COUNT = Interval(numbers.Integral, 1, None, closed="left")
_COUNT_OR_ZERO = Interval(numbers.Integral, 0, None, closed="left")
# Larger layers do not fit in the memory of any machine.
_MAX_SIZE = 1_000_000
_SIZE = Interval(numbers.Integral, 1, _MAX_SIZE, closed="both")
_WEIGHT = Interval(numbers.Real, 0, MAX_WEIGHT, closed="both")
# A smaller number is 0 in single precision, by which Adam would divide.
_EPSILON = Interval(numbers.Real, float(np.finfo(np.float32).tiny), None, closed="left")

PARAMETER_CONSTRAINTS: dict[str, list] = {
    "hidden_layer_sizes": ["array-like", _SIZE],
    "bidirectional": ["boolean"],
    "embedding_size": [_SIZE],
    "char_hidden_size": [Interval(numbers.Integral, 0, _MAX_SIZE, closed="both")],
    "analyzer": [StrOptions({"affix", "char_ngram", "word"}), callable],
    "embeddings": [HasMethods(["__getitem__", "__contains__"]), None],
    "vocabulary": [Iterable, None],
    "min_df": [_COUNT_OR_ZERO, Interval(numbers.Real, 0, 1, closed="both")],
    "dropout": [_SHARE],
    "feature_dropout": [_SHARE],
    "word_dropout": [_NOT_NEGATIVE],
    "output": [StrOptions({"softmax", "crf"})],
    "scheme": [StrOptions(set(PREFIXES)), None],
    "label_smoothing": [_SHARE],
    "solver": [StrOptions({"adam", "sgd"})],
    "alpha": [_NOT_NEGATIVE],
    "batch_size": [_COUNT, StrOptions({"auto"})],
    "learning_rate": [StrOptions({"linear", "constant", "invscaling", "adaptive"})],
    "learning_rate_init": [_POSITIVE],
    "power_t": [_NOT_NEGATIVE],
    "max_iter": [_COUNT],
    "shuffle": ["boolean"],
    # scikit-learn also takes the module numpy.random, for the global state.
    "random_state": ["random_state", Hidden(Options(ModuleType, {np.random}))],
    "tol": [_NOT_NEGATIVE],
    "verbose": [_COUNT_OR_ZERO],
    "warm_start": ["boolean"],
    "momentum": [Interval(numbers.Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "scoring": [str, callable, None],
    "validation_fraction": [Interval(numbers.Real, 0, 1, closed="neither")],
    "beta_1": [_SHARE],
    "beta_2": [_SHARE],
    "epsilon": [_EPSILON],
    "n_iter_no_change": [_COUNT],
    "max_grad_norm": [Interval(numbers.Real, 0, None, closed="right")],
    "class_weight": [Mapping, StrOptions({"balanced"}), None],
}


def check_parameters(params: Mapping[str, Any]) -> None:
    """Raise an error if a parameter of the estimator is invalid.

    Parameters
    ----------
    params : dict
        What ``get_params(deep=False)`` returns.

    Raises
    ------
    InvalidParameterError
        A ValueError and a TypeError; the message says what the parameter may be.
    """
    for name, value in params.items():
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            _raise_invalid(name, value, "a number in the range of a float")
        if isinstance(value, numbers.Real) and not isinstance(value, (int, float, np.generic)):
            _raise_invalid(name, value, "a number of Python or NumPy")
    validate_parameter_constraints(PARAMETER_CONSTRAINTS, params, caller_name="BiLSTMTagger")
    sizes, embeddings = params["hidden_layer_sizes"], params["embeddings"]
    class_weight, scheme = params["class_weight"], params["scheme"]
    if not isinstance(sizes, numbers.Integral) and not (
        is_sequence(sizes) and len(sizes) and all(map(_SIZE.is_satisfied_by, sizes))
    ):
        expected = (
            f"an integer from 1 to {_MAX_SIZE}, or a list or tuple with one for each LSTM layer"
        )
        _raise_invalid("hidden_layer_sizes", sizes, expected)
    if isinstance(embeddings, (str, list, tuple, np.ndarray)):
        expected = "None or a mapping from a word to its vector, such as a dict"
        _raise_invalid("embeddings", embeddings, expected)
    if params["vocabulary"] is not None:
        _check_vocabulary(params["vocabulary"])
    if isinstance(class_weight, Mapping):
        for label, weight in class_weight.items():
            number = weight.item() if isinstance(weight, np.generic) else weight
            if not _WEIGHT.is_satisfied_by(number):
                expected = f"a number from 0 to {MAX_WEIGHT}"
                _raise_invalid(f"class_weight[{label!r}]", weight, expected)
    if params["output"] == "crf" and class_weight is not None:
        expected = 'None with output="crf", which weights whole sequences'
        advice = (
            "Pass a larger sample_weight for sequences that have rare tags, or set "
            'output="softmax".'
        )
        _raise_invalid("class_weight", class_weight, expected, advice)
    if params["output"] != "crf" and scheme is not None:
        _raise_invalid("scheme", scheme, 'None unless output="crf", which scores transitions')


def _check_vocabulary(vocabulary: Any) -> None:
    if isinstance(vocabulary, (str, Iterator)):  # an iterator can be read once only
        expected = "None, a collection of the names of features, or a mapping of names to rows"
        _raise_invalid("vocabulary", vocabulary, expected)
    names = list(vocabulary)
    odd = next((name for name in names if not isinstance(name, str)), None)
    if odd is not None:
        _raise_invalid("vocabulary", odd, "made of str, the names of features")
    if not names:
        _raise_invalid("vocabulary", vocabulary, "None or not empty")
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        _raise_invalid("vocabulary", twice, "made of different names", "This name occurs twice.")
    if isinstance(vocabulary, Mapping):
        rows = list(vocabulary.values())
        if not all_are(rows, (numbers.Integral,)) or sorted(rows) != [*range(1, len(rows) + 1)]:
            expected = f"a mapping to the rows 1, 2, ..., {len(rows)}, each once"
            _raise_invalid("vocabulary", vocabulary, expected)


def _raise_invalid(name: str, value: Any, expected: str, advice: str = "") -> NoReturn:
    raise InvalidParameterError(
        f"The {name!r} parameter of BiLSTMTagger must be {expected}. Got {show(value)} instead. "
        f"{advice}".strip()
    )
