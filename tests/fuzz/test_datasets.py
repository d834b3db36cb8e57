"""Data frames, files to write, word vectors and random tasks, for any data."""

import io

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st

from sklstm.datasets import (
    WordVectors,
    make_tagged_sequences,
    read_conll,
    read_vectors,
    sequences_from_frame,
    sequences_to_frame,
    tags_to_frame,
    write_conll,
)

from ._properties import REFUSED, call, works
from ._strategies import (
    CHARACTERS,
    any_sequences,
    any_tagged,
    corrupted,
    draw_tags,
    frames,
    junk,
    numbers,
    scalars,
    tables,
    words,
)

# --- data frames ---------------------------------------------------------------------------------

plain_words = st.sampled_from(["Ada", "met", "", " ", "a\0", "👩‍👩‍👧‍👦", "ß"])
rows = st.lists(st.tuples(st.integers(0, 3), plain_words, plain_words), min_size=1, max_size=6)
LIBRARIES = st.sampled_from([pd.DataFrame, pl.DataFrame])
NAMES = {"group": "sentence", "columns": "word", "target": "tag"}
FRAME_PLACES = "frame|X|y|group|columns?|target|output|names?|tags"


@given(rows=rows, library=LIBRARIES)
def test_a_data_frame_comes_back_from_its_sequences(rows, library):
    rows = sorted(rows, key=lambda row: row[0])
    groups, forms, tags = map(list, zip(*rows, strict=True))
    frame = library({"sentence": groups, "word": forms, "tag": tags})
    X, y = works(sequences_from_frame, frame, **NAMES)
    assert [len(each) for each in X] == [len(each) for each in y]
    back = works(sequences_to_frame, X, y, output="polars", **NAMES)
    assert back["word"].to_list() == forms
    added = works(tags_to_frame, frame, y, group="sentence", name="predicted")
    assert added["predicted"].to_list() == tags


@given(
    frame=st.one_of(frames, frames, tables, junk),
    group=st.one_of(st.sampled_from([0, "column_0"]), scalars, junk),
    columns=st.one_of(st.sampled_from([1, [1], "column_1", ["column_1"]]), scalars, junk),
    target=st.one_of(st.none(), st.sampled_from([2, "column_2"]), scalars, junk),
)
def test_any_data_frame_is_cut_or_refused_with_its_place(frame, group, columns, target):
    options = {"group": group, "columns": columns, "target": target}
    call(sequences_from_frame, frame, names=FRAME_PLACES, **options)


@given(
    data=st.data(),
    kind=st.sampled_from(["words", "dicts", "vectors"]),
    columns=st.one_of(st.sampled_from(["word", ["u", "v", "w"], None]), scalars, junk),
    output=st.one_of(st.sampled_from([None, "pandas", "polars"]), scalars),
)
def test_any_sequences_become_a_data_frame_or_are_refused(data, kind, columns, output):
    X, y = data.draw(any_tagged(kind), label="X, y")
    names = {"group": "sentence", "columns": columns, "target": "tag", "output": output}
    call(sequences_to_frame, X, y, names=FRAME_PLACES, **names)


@given(
    data=st.data(),
    library=LIBRARIES,
    group=st.one_of(st.just("sentence"), scalars),
    name=st.one_of(st.sampled_from(["tag", "word", ["p", "q"]]), scalars, junk),
)
def test_any_tags_are_added_to_a_data_frame_or_refused(data, library, group, name):
    frame = library({"sentence": [0, 1, 0], "word": ["a", "b", "c"]})
    tags = draw_tags(data.draw, [2, 1])
    tags = data.draw(st.one_of(st.just(tags), corrupted(st.just(tags)), junk), label="tags")
    call(tags_to_frame, frame, tags, group=group, name=name, names=FRAME_PLACES)


# --- files of tagged text ------------------------------------------------------------------------


@given(X=st.lists(st.lists(st.text(CHARACTERS, max_size=4), max_size=3), max_size=3))
def test_what_is_written_is_read_back_or_refused_with_its_place(X):
    file = io.StringIO()
    if call(write_conll, file, X, X, layout=["form", "tag"], names=r"form|tag") is not REFUSED:
        file.seek(0)
        if X:
            assert read_conll(file, layout=["form", "tag"]) == (X, X)


@given(data=st.data(), layout=st.sampled_from(["conllu", "conll2003", None]))
def test_any_sequences_are_written_or_refused_with_their_place(data, layout):
    X = data.draw(any_sequences("words"), label="X")
    call(write_conll, io.StringIO(), X, X, layout=layout, names=r"form|upos|ner|values|layout")


# --- word vectors --------------------------------------------------------------------------------

NUMBERS = ["0", "1.5", "-2e3", ".5", "1e400", "nan", "inf", "x", "", "1_0", "\u0661"]
ENCODINGS = ["utf-8", "ascii", "latin-1", "utf-16", "utf-8-sig", None, 1, b"utf-8"]
lines = st.lists(
    st.one_of(
        st.builds(" ".join, st.tuples(words, *[st.sampled_from(NUMBERS)] * 2)),
        st.sampled_from(["2 2", "0 2", "99 2", f"1 {10**30}", "", "\t", "\ufeffa 1 2", "a 1\t2 "]),
        st.text(CHARACTERS, max_size=12),
    ),
    max_size=5,
)


@given(
    lines=lines, dtype=st.sampled_from(["f4", "f8", "f2"]), requested=st.none() | st.lists(words)
)
def test_any_lines_are_vectors_or_refused_with_the_number_of_the_line(lines, dtype, requested):
    vectors = call(read_vectors, lines, words=requested, dtype=dtype, names="line|file|source")
    if vectors is not REFUSED:
        assert all(np.isfinite(vectors[word]).all() for word in vectors)
        assert {*vectors} <= {*(requested if requested is not None else vectors)}


@given(
    content=st.binary(max_size=60)
    | lines.map(lambda each: "\n".join(each).encode("utf-8", "replace"))
)
def test_any_bytes_are_vectors_or_refused_with_the_number_of_the_line(content):
    call(read_vectors, io.BytesIO(content), names="line|file|source|encoding")


@given(
    source=st.one_of(junk, st.lists(scalars, max_size=3)),
    options=st.fixed_dictionaries(
        {}, optional={"words": junk, "dtype": junk, "encoding": st.sampled_from(ENCODINGS)}
    ),
)
def test_any_source_and_option_is_read_or_refused_by_its_name(source, options):
    assume(not isinstance(source, (str, bytes)))  # the names of files
    call(read_vectors, source, names="line|source|words|dtype|encoding|file", **options)


@given(
    words=st.one_of(st.lists(words, max_size=3), st.lists(scalars, max_size=3), junk),
    matrix=st.one_of(st.lists(st.lists(numbers, min_size=2, max_size=2), max_size=3), tables, junk),
)
def test_any_words_and_matrix_are_a_mapping_or_refused_by_their_name(words, matrix):
    vectors = call(WordVectors, words, matrix, names="words?|matrix")
    if vectors is not REFUSED:
        assert len(vectors) == len([*vectors])
        assert all(vectors[word].ndim == 1 for word in vectors)
        assert isinstance(repr(vectors), str)


# --- random tasks --------------------------------------------------------------------------------

SIZES = {
    "n_sequences": [1, 5], "n_features": [3, 4], "n_classes": [2, 3], "min_length": [1, 2],
    "max_length": [2, 3], "noise": [0, 0.5, 1e308], "context": ["left", "right", "both", "none"],
    "random_state": [0, None],
}  # fmt: skip


@given(data=st.data())
def test_any_size_makes_sequences_or_is_refused_by_its_name(data):
    options = {name: data.draw(st.sampled_from(values)) for name, values in SIZES.items()}
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from([*SIZES]))
        value = data.draw(scalars, label=name)
        assume(not (isinstance(value, (int, np.integer)) and 1000 < value < 2**60))
        options[name] = value
    made = call(make_tagged_sequences, names="|".join(SIZES) + "|RandomState|Seed", **options)
    if made is not REFUSED:
        X, y = made
        assert len(X) == len(y) == options["n_sequences"]
        assert all(
            np.isfinite(x).all() and len(x) == len(tags) for x, tags in zip(X, y, strict=True)
        )
