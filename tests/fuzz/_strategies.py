"""Strategies for input of every public function: valid, odd, and invalid."""

import array
import datetime
import enum
import sys
import warnings
from collections import UserDict, UserList, deque
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse


class UserError(Exception):
    """What the methods of a user's broken objects raise."""


class Tag(str, enum.Enum):  # noqa: UP042 (NumPy takes its value, not its text)
    """Tags that NumPy would cut, or write as "Tag.LONG"."""

    NOUN = "NOUN"
    LONG = "a tag with a long value"
    NUL = "NUL\0"


class Count(enum.IntEnum):
    """Tags that are integers."""

    ONE = 1
    LARGE = 2**40


class Word(str):
    """A word of a type of its own, such as those of natural language toolkits."""


# --- single values -------------------------------------------------------------------------------

CHARACTERS = st.characters(exclude_categories=())  # lone surrogates are among them
ODD_WORDS = [
    "", " ", "\0", "a\0", "\n", "\x1b[31m", "\ud800", "\udcffb", "\u202eb", "\ufeff", "İ", "ß", "ǅ",
    "👩‍👩‍👧‍👦", "e\u0301\u0301\u0301", "مەن", "١٢", "-", "=", "word=a", "char=", "<unknown>", "nan",
    "None", "B-", "O",
]  # fmt: skip
KNOWN_WORDS = ["Ada", "ada", "Ducks", "swim", "the", "."]
words = st.one_of(
    st.sampled_from(KNOWN_WORDS),
    st.sampled_from(ODD_WORDS),
    st.text(CHARACTERS, max_size=6),
    st.builds(
        lambda text, n: text * n,
        st.sampled_from(["x", "a-", "İ"]),
        st.sampled_from([2, 16, 17, 32, 33, 300, 50_000]),
    ),
)

HUGE = [
    2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**400, -(10**400), 1e30, 3.5e38, 1e39, 1e308,
    -1e308, sys.float_info.max, 5e-324, 1e-45, -0.0, float("nan"), float("inf"), -float("inf"),
]  # fmt: skip
OTHER_NUMBERS = [
    True, 1j, Decimal("0.1"), Decimal("NaN"), Decimal("1e999"), Fraction(1, 3), Fraction(10**400),
    np.float16(6e4), np.float32(3e38), np.longdouble("1e4000"), np.int8(-128), np.uint64(2**64 - 1),
    np.bool_(True), np.complex64(1j), np.float64("nan"), Count.LARGE,
]  # fmt: skip
numbers = st.one_of(
    st.sampled_from(HUGE),
    st.sampled_from(OTHER_NUMBERS),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
)


def raise_user_error(*args, **kwargs):
    raise UserError("from an object of the user")


BROKEN_METHODS = [
    "__len__", "__iter__", "__getitem__", "__contains__", "__array__", "__eq__", "__hash__",
    "__bool__", "__float__", "__index__", "__str__", "__lt__", "keys", "items", "values",
    "tolist", "lower", "encode", "astype",
]  # fmt: skip
BROKEN_PROPERTIES = ["shape", "ndim", "dtype", "columns", "dtypes", "index"]


def make_broken(base, names, is_property):
    """Return an object whose methods or attributes raise."""
    broken = property(raise_user_error) if is_property else raise_user_error
    return type("Broken", (base,), dict.fromkeys(names, broken))()


broken_objects = st.one_of(
    st.builds(
        make_broken,
        st.sampled_from([object, list, tuple, dict, str, int, float, UserList, UserDict]),
        st.lists(st.sampled_from(BROKEN_METHODS), min_size=1, max_size=3),
        st.just(False),
    ),
    st.builds(
        make_broken,
        st.sampled_from([object, list, UserList]),
        st.lists(st.sampled_from(BROKEN_PROPERTIES), min_size=1, max_size=2),
        st.just(True),
    ),
)


def make_cyclic():
    """Return a list that contains itself."""
    cyclic = []
    cyclic.append(cyclic)
    return cyclic


def make_deep():
    """Return a list of many levels."""
    deep = ["a"]
    for _ in range(3000):
        deep = [deep]
    return deep


ODDITIES = [
    None, ..., NotImplemented, b"a", b"\xff", bytearray(b"a"), memoryview(b"ab"), object, len,
    range(3), slice(2), Tag.LONG, Word("swim"), np.str_("swim"), np.bytes_(b"a"), np.array("swim"),
    np.array(1.0), np.array(None), datetime.date(2026, 1, 1), datetime.timedelta(1),
    np.datetime64("NaT"), pd.NaT, pd.NA, pd.Timestamp(0), pd.Interval(0, 1),
    frozenset("ab"), SimpleNamespace(shape=(2, 2)),
]  # fmt: skip
oddities = st.one_of(
    st.sampled_from(ODDITIES),
    st.builds(object),
    st.builds(make_cyclic),
    broken_objects,
)
# Deferred strategies have a short representation, which failures show.
scalars = st.deferred(lambda: st.one_of(words, numbers, oddities))
# What scikit-learn's checks of numbers and of representations do not stand.
special = st.one_of(st.builds(make_deep), st.just(np.timedelta64(3, "D")))

# --- arrays, sparse matrices and data frames -----------------------------------------------------


def set_read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


def swap_bytes(values):
    return values.astype(values.dtype.newbyteorder()) if values.dtype.kind in "iuf" else values


def mask(values):
    return np.ma.array(values, mask=np.arange(values.size).reshape(values.shape) % 3 == 1)


LAYOUTS = [
    np.copy,
    set_read_only,
    np.asfortranarray,
    lambda values: np.repeat(values, 2, axis=-1)[..., ::2],
    lambda values: np.flip(np.flip(values).copy()),
    swap_bytes,
]
layouts = st.sampled_from(LAYOUTS)
FLOAT_TYPES = [np.float64, np.float32, np.float16, np.longdouble]
OTHER_TYPES = [
    bool, np.int8, np.int64, np.uint64, np.complex128, "U3", "S3", "M8[D]", "m8[s]", object,
    np.dtypes.StringDType(), [("a", float), ("b", "U2")],
]  # fmt: skip
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def make_array(shape, dtype, values, layout):
    """Return an array of any type that holds some values, or zeros if it cannot."""
    filled = np.zeros(shape, dtype)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numbers that become real, masked ones
            for index, value in zip(np.ndindex(*shape), values, strict=False):
                filled[index] = value
    except (ValueError, TypeError, OverflowError, UserError, RecursionError):
        return filled
    return layout(filled) if shape else filled


arrays = st.builds(
    make_array,
    shapes,
    st.sampled_from([*FLOAT_TYPES, *OTHER_TYPES]),
    st.lists(st.one_of(st.integers(-3, 3), numbers, words, st.none()), max_size=8),
    st.one_of(layouts, st.sampled_from([mask])),
)


def make_sparse(values, kind):
    return getattr(sparse, kind)(values)


matrices = st.sampled_from([bool, np.int8, np.float32, np.float64, np.complex128]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=2, max_side=4))
)
sparse_matrices = st.builds(
    make_sparse,
    matrices,
    st.sampled_from(
        ["csr_array", "csc_matrix", "coo_array", "dok_array", "lil_matrix", "dia_array"]
    ),
)


def make_frame(columns, library):
    """Return a data frame, or its columns where the library refuses them."""
    try:
        return library(dict(enumerate(columns)) if library is pd.DataFrame else columns)
    except Exception:  # of the library
        return columns


CELLS = [
    st.integers(-3, 3), st.floats(), st.booleans(), words, st.none(), st.just(Decimal(1)),
    st.sampled_from([pd.Timestamp(0), datetime.timedelta(1)]), st.lists(words, max_size=2),
]  # fmt: skip
frames = st.builds(
    make_frame,
    st.integers(0, 3).flatmap(
        lambda n: st.lists(
            st.sampled_from(CELLS).flatmap(lambda cell: st.lists(cell, min_size=n, max_size=n)),
            max_size=3,
        )
    ),
    st.sampled_from([pd.DataFrame, pl.DataFrame]),
)
tables = st.deferred(lambda: st.one_of(arrays, arrays, sparse_matrices, frames))

# --- any nesting ---------------------------------------------------------------------------------


def make_object_array(items):
    """Return a 1-D array of objects."""
    result = np.empty(len(items), object)
    for k, item in enumerate(items):
        result[k] = item
    return result


def make_set(items):
    try:
        return set(items)
    except (TypeError, UserError):
        return {None}


def make_series(items):
    try:
        return pd.Series(items, dtype=object)
    except Exception:  # of the library
        return items


CONTAINERS = [
    list, tuple, deque, UserList, iter, make_set, make_object_array, make_series,
    lambda items: (item for item in items), lambda items: dict(enumerate(items)),
    lambda items: array.array("d", range(len(items))), lambda items: map(str, items),
]  # fmt: skip


def nest(children):
    return st.builds(
        lambda make, items: make(items), st.sampled_from(CONTAINERS), st.lists(children, max_size=3)
    )


nested = st.recursive(st.one_of(scalars, tables), nest, max_leaves=6)
junk = st.deferred(lambda: nested)

# --- tokens --------------------------------------------------------------------------------------

valid_words = st.one_of(words, words.map(Word), words.map(np.str_))
small_floats = st.floats(-4, 4, width=16)
values_of_features = st.one_of(
    words, small_floats, st.booleans(), st.integers(-3, 3), st.lists(words, max_size=3),
    st.frozensets(words, max_size=3), st.dictionaries(words, words, max_size=2),
    st.just(np.int8(-128)), st.sampled_from([b"", b"a"]), st.just(1e30),
    st.just(5e-324),
)  # fmt: skip
valid_dicts = st.dictionaries(words, values_of_features, max_size=3)
# Features that are multiplied by weights; larger ones overflow the precision of a model.
vector_values = st.one_of(small_floats, st.sampled_from([1e30, -1e30, 1e-45, 5e-324, -0.0]))


# How a sequence of vectors is passed; all sequences of one X have the same form, or are mixed.
FRAME_NAMES = ["u", "v", "w"]
VECTOR_FORMS = {
    "arrays": [*LAYOUTS, np.ndarray.tolist, list, lambda rows: tuple(map(tuple, rows))],
    "sparse": [sparse.csr_array, sparse.coo_array],
    "pandas": [lambda rows: pd.DataFrame(rows, columns=FRAME_NAMES)],
    "polars": [lambda rows: pl.DataFrame(rows, schema=FRAME_NAMES)],
}


@st.composite
def vectors(draw, form):
    """Return a sequence of vectors of three numbers."""
    n_tokens = draw(st.integers(0, 4))
    row = st.lists(vector_values, min_size=3, max_size=3)
    values = draw(st.lists(row, min_size=n_tokens, max_size=n_tokens))
    values = np.array(values, np.float64).reshape(n_tokens, 3)
    dtype = draw(st.sampled_from([np.float64, np.float32, np.int8, bool]))
    if not np.issubdtype(dtype, np.floating):
        values = np.clip(values, -3, 3)
    return draw(st.sampled_from(VECTOR_FORMS[form]))(values.astype(dtype))


TOKENS = {"words": valid_words, "dicts": valid_dicts}
FORMS = [list, tuple, deque, make_object_array, make_series]


@st.composite
def sequences(draw, kind, min_size=0, mixed=True):
    """Return valid sequences of words, dicts or vectors, in any container."""
    if kind == "vectors":
        each = vectors(draw(st.sampled_from([*VECTOR_FORMS])))
        if mixed and draw(st.booleans()):
            each = st.one_of(vectors("arrays"), vectors("sparse"), vectors("pandas"))
    else:
        each = st.builds(
            lambda make, items: make(items),
            st.sampled_from([list, list, tuple, make_object_array]),
            st.lists(TOKENS[kind], max_size=5),
        )
    items = draw(st.lists(each, min_size=min_size, max_size=5))
    return draw(st.sampled_from(FORMS))(items)


def draw_layer(draw, value):
    """Return a value one level deeper or less deep, or in another container."""
    items = value if isinstance(value, list) else [value]
    change = draw(st.sampled_from(["wrap", "unwrap", "pair", *CONTAINERS]))
    if change == "wrap":
        return [value]
    if change == "unwrap":
        return items[0] if items else None
    if change == "pair":
        return [(item, "tag") for item in items]
    return change(items)


@st.composite
def corrupted(draw, valid):
    """Return valid sequences of which one token, one sequence or the container is changed."""
    items = [list(each) if hasattr(each, "__iter__") else each for each in draw(valid)]
    other = draw(st.one_of(scalars, scalars, tables, junk, special))
    level, is_other = draw(st.sampled_from(["token", "token", "sequence", "whole"])), st.booleans()
    if level == "whole" or not items:
        return other if draw(is_other) else draw_layer(draw, items)
    i = draw(st.integers(0, len(items) - 1))
    if level == "sequence" or not (isinstance(items[i], list) and items[i]):
        items[i] = other if draw(is_other) else draw_layer(draw, items[i])
    else:
        t = draw(st.integers(0, len(items[i]) - 1))
        items[i][t] = other if draw(is_other) else draw_layer(draw, items[i][t])
    form = draw(st.sampled_from(FORMS))
    try:
        return form(items)
    except UserError:
        return items


def any_sequences(kind):
    """Return sequences that are valid, corrupted, of another kind, or no sequences."""
    kinds = st.sampled_from(["words", "dicts", "vectors"])
    return st.one_of(
        corrupted(sequences(kind, min_size=1)),
        corrupted(sequences(kind, min_size=1)),
        kinds.flatmap(sequences),
        tables,
        junk,
    )


# --- tags and weights ----------------------------------------------------------------------------

SPAN_TAGS = ["O", "B-person", "I-person", "B", "I", "E-place", "S-place", "person-B"]
TAG_SETS = [
    ["NOUN", "VERB", "."], SPAN_TAGS[:3], SPAN_TAGS, [0, 1, 2], [True, False], list(Tag),
    list(Count), ["a", "a\0", "\ud800", ""], [2**53, 2**53 + 1], [2**63, -1], [10**400, 3],
    [np.int8(1), np.int64(2)], [np.str_("x"), "y"], [-100, 0], [1.0, 2], ["x"],
]  # fmt: skip
ODD_TAG_SETS = [
    ["x", 1], ["x", None], [1, None], [0.5, 1], [float("nan"), 1], ["x", b"x"], [b"x"],
    [("a", "b")], [datetime.date(2026, 1, 1)], [np.datetime64("2026-01-01")], [1j], [{"a": 1}],
    [["x"], "x"],
]  # fmt: skip


def lengths_of(X):
    """Return the number of tokens of each sequence, 1 where that is not known."""
    lengths = []
    for each in X:
        try:
            lengths.append(each.shape[0] if hasattr(each, "shape") else len(each))
        except Exception:  # of an object of the user
            lengths.append(1)
    return lengths


def draw_tags(draw, lengths, sets=TAG_SETS):
    """Return a tag for each token, as lists."""
    tags = st.sampled_from(draw(st.sampled_from(sets)))
    return [draw(st.lists(tags, min_size=n, max_size=n)) for n in lengths]


def make_arrays(items):
    """Return an array for each list, of objects where NumPy would change a tag."""
    arrays = []
    for each in items:
        try:
            array = np.array(each) if each else np.array([], int)
        except ValueError:
            array = None
        is_same = array is not None and array.tolist() == each
        arrays.append(array if is_same else make_object_array(each))
    return arrays


def make_columns(items):
    """Return a data frame with one column for each list."""
    return [pd.DataFrame({"tag": pd.Series(each, dtype=object)}) for each in items]


forms_of_tags = st.sampled_from([list, tuple, make_arrays, make_object_array, make_columns])


@st.composite
def tagged(draw, kind, min_size=1, sets=TAG_SETS):
    """Return valid sequences and lists of tags for them."""
    X = draw(sequences(kind, min_size))
    return X, draw_tags(draw, lengths_of(X), sets)


@st.composite
def any_tagged(draw, kind):
    """Return sequences and tags of which at least one may be invalid."""
    X, y = draw(tagged(kind, sets=[*TAG_SETS, *ODD_TAG_SETS]))
    if draw(st.booleans()):
        X = draw(any_sequences(kind))
    if draw(st.booleans()):
        return X, draw(st.one_of(corrupted(st.just(y)), junk))
    return X, draw(forms_of_tags)(y)


@st.composite
def weights(draw, y):
    """Return weights for tags, of sequences or of tokens, which may be invalid."""
    lengths = lengths_of(y)[:9] if isinstance(y, (list, tuple)) else [1]
    lengths = [min(length, 9) for length in lengths]  # not those of a long word
    weight = st.sampled_from([0, 0.0, 1, 1.0, 2.5, 1e-300, 1e300, True, np.float32(1)])
    per_sequence = draw(st.lists(weight, min_size=len(lengths), max_size=len(lengths)))
    per_token = [draw(st.lists(weight, min_size=n, max_size=n)) for n in lengths]
    valid = st.sampled_from([None, per_sequence, np.array(per_sequence, float), per_token])
    return draw(st.one_of(valid, valid, corrupted(st.just(per_token)), numbers, junk))
