import bz2
import copy
import gzip
import io
import lzma
import pickle
import random
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from sklstm import BiLSTMTagger
from sklstm.datasets import WordVectors, read_vectors

OPENERS = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}

GLOVE = "the 0.5 -1.25 3e-2\nducks 1 .5 -0\nswim 4.0 +2 1E1\n"
WORD2VEC = "3 3\n" + GLOVE.replace("\n", " \n")
VECTORS = {"the": [0.5, -1.25, 0.03], "ducks": [1, 0.5, 0], "swim": [4, 2, 10]}


def assert_equal(vectors, expected, dtype=np.float32):
    """Compare words, their order and the numbers as they are in `dtype`."""
    assert list(vectors) == list(expected)
    for word, vector in vectors.items():
        assert type(word) is str
        assert vector.dtype == dtype
        np.testing.assert_array_equal(vector, np.array(expected[word], dtype))


# Formats


@pytest.mark.parametrize("text", [GLOVE, WORD2VEC])
def test_both_formats_are_recognized(text):
    assert_equal(read_vectors(io.StringIO(text)), VECTORS)


@pytest.mark.parametrize("text", [GLOVE, WORD2VEC])
def test_vectors_are_rows_of_one_matrix(text):
    vectors = read_vectors(io.StringIO(text), words=["swim", "the"])
    the, swim = vectors["the"], vectors["swim"]
    assert the.flags.c_contiguous
    assert swim.ctypes.data - the.ctypes.data == the.nbytes


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, "f4", float])
def test_dtype(dtype):
    vectors = read_vectors(io.StringIO(GLOVE), dtype=dtype)
    assert_equal(vectors, VECTORS, np.dtype(dtype))


def test_float64_keeps_every_digit():
    numbers = [0.1, 1 / 3, -1e-300, 2.0**60 + 512]
    vectors = read_vectors([" ".join(["w", *map(repr, numbers)])], dtype=np.float64)
    assert vectors["w"].tolist() == numbers


def test_a_header_is_two_whole_numbers_and_nothing_else():
    assert_equal(read_vectors(["2 0.1 0.2", "3 1 2"]), {"2": [0.1, 0.2], "3": [1, 2]})
    assert_equal(read_vectors(["2 1 0", "1 2 3"]), {"2": [1, 0], "1": [2, 3]})
    assert_equal(read_vectors(["2 0.5", "a 1.5"]), {"2": [0.5], "a": [1.5]})
    assert_equal(read_vectors(["1\t2", "2 1 0"]), {"2": [1, 0]})


def test_a_header_after_the_first_line_is_a_word():
    with pytest.raises(ValueError, match=r"line 2: found 1 number\(s\) after the word, expected 3"):
        read_vectors(["a 1 2 3", "1 3"])


@pytest.mark.parametrize("header", [[], ["1 1"]])
def test_one_word_with_one_number(header):
    assert_equal(read_vectors([*header, "a 0.5"]), {"a": [0.5]})


def test_a_header_of_no_words():
    assert not read_vectors(["0 300"])


def test_numbers_are_written_in_many_ways():
    numbers = ["0", "-1", "+2.5", ".5", "-.25", "3.", "1e2", "-1.5E+01", "5e-1"]
    expected = {"a": [0, -1, 2.5, 0.5, -0.25, 3, 100, -15, 0.5]}
    for k in range(len(numbers)):
        line = " ".join(["a", *numbers[k:], *numbers[:k]])
        assert_equal(read_vectors([line]), {"a": expected["a"][k:] + expected["a"][:k]})


@pytest.mark.parametrize("header", [[], ["3 2"]])
def test_words_that_look_like_numbers(header):
    lines = [*header, "1.5 0 1", "nan 2 3", "-7e3 4 5"]
    assert_equal(read_vectors(lines), {"1.5": [0, 1], "nan": [2, 3], "-7e3": [4, 5]})


@pytest.mark.parametrize("header", [[], ["3 2"]])
def test_words_may_contain_spaces(header):
    lines = [*header, ". . . 0 1", "1 2nd 2 3", "the 4 5"]
    expected = {". . .": [0, 1], "1 2nd": [2, 3], "the": [4, 5]}
    assert_equal(read_vectors(lines), expected)
    del expected["the"]
    assert_equal(read_vectors(lines, words=list(expected)), expected)
    assert not read_vectors(lines, words=[".", "1", "2nd"])


# Separators of lines and fields


@pytest.mark.parametrize(
    "odd", ["\xa0", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\u3000"]
)
@pytest.mark.parametrize("header", ["", "3 2\n"])
@pytest.mark.parametrize("separator", [" ", "\t"])
def test_other_white_space_is_no_separator(tmp_path, odd, header, separator):
    words = [f"a{odd}b", odd, f"{odd}c{odd}"]
    text = header + "".join(f"{word}{separator}0.5{separator}1\n" for word in words)
    path = tmp_path / "odd"
    path.write_bytes(text.encode())
    expected = {word: [0.5, 1] for word in words}
    for requested in (None, words):
        assert_equal(read_vectors(path, words=requested), expected)
        assert_equal(read_vectors(io.StringIO(text), words=requested), expected)
        assert_equal(read_vectors(io.BytesIO(text.encode()), words=requested), expected)
        with open(path, encoding="utf-8") as file:
            assert_equal(read_vectors(file, words=requested), expected)


@pytest.mark.parametrize("words", [None, ["a", "b", "c", ". ."]])
def test_runs_of_spaces_and_tabs_are_one_separator(words):
    lines = ["4  2 ", "a\t1\t2", "b  -1   0.5 \t ", "\tc 1 \t2", " .  .  3  4"]
    expected = {"a": [1, 2], "b": [-1, 0.5], "c": [1, 2], ". .": [3, 4]}
    assert_equal(read_vectors(lines, words=words), expected)
    assert_equal(read_vectors(lines[1:], words=words), expected)


@pytest.mark.parametrize("line", [" 1 2", "\t1\t2", "  1 2", "\t 1 2"])
def test_a_word_of_white_space_is_empty(line):
    assert_equal(read_vectors(["a 3 4", line]), {"a": [3, 4], "": [1, 2]})
    assert_equal(read_vectors(["2 2", "a 3 4", line], words=["a", "1"]), {"a": [3, 4]})


@pytest.mark.parametrize("words", [None, ["the", "ducks", "swim"]])
@pytest.mark.parametrize("text", [GLOVE, WORD2VEC])
@pytest.mark.parametrize("blank", ["", " ", "\t "])
def test_blank_lines_are_skipped_and_not_counted(text, blank, words):
    lines = [line for line in text.split("\n")[:-1] for line in (blank, line, blank)]
    for end in ("\n", "\r\n"):
        file = io.BytesIO("".join(line + end for line in lines).encode())
        assert_equal(read_vectors(file, words=words), VECTORS)


# Requested words


@pytest.mark.parametrize("as_words", [list, dict.fromkeys, np.array, iter, frozenset])
@pytest.mark.parametrize("text", [GLOVE, WORD2VEC])
def test_requested_words_are_returned_in_the_order_of_the_file(text, as_words):
    expected = {word: VECTORS[word] for word in ("the", "swim")}
    words = as_words(["swim", "zebra", "the"])
    assert_equal(read_vectors(io.StringIO(text), words=words), expected)


def test_words_that_are_not_in_the_file_are_left_out():
    for text in (GLOVE, WORD2VEC):
        for words in ([], ["The", "duck", "", " ", "ducks 1"]):
            assert not read_vectors(io.StringIO(text), words=words)


def test_the_numbers_of_skipped_words_are_not_checked():
    lines = ["a 1 2", "b x y", "c nan 1", "d 1 2 3", "e 1", "f 3 4"]
    assert_equal(read_vectors(lines, words=["f", "a"]), {"a": [1, 2], "f": [3, 4]})


@pytest.mark.parametrize("words", [None, ["a", "b"]])
def test_the_first_of_equal_words_is_read(words):
    lines = ["3 2", "a 1 2", "b 3 4", "a 5 6"]
    assert_equal(read_vectors(lines, words=words), {"a": [1, 2], "b": [3, 4]})


# Sources


@pytest.mark.parametrize("suffix", OPENERS)
@pytest.mark.parametrize("as_type", [str, Path])
@pytest.mark.parametrize("text", [GLOVE, WORD2VEC])
def test_paths_are_decompressed_by_their_suffix(tmp_path, suffix, as_type, text):
    path = tmp_path / f"vectors.txt{suffix.upper()}"
    with OPENERS[suffix](path, "wb") as file:
        file.write(text.encode())
    assert_equal(read_vectors(as_type(path)), VECTORS)
    assert_equal(read_vectors(as_type(path), words=["ducks"]), {"ducks": VECTORS["ducks"]})


def test_open_files_are_read_from_their_position_and_stay_open(tmp_path):
    path = tmp_path / "vectors.vec"
    path.write_text("4" + WORD2VEC[1:], encoding="utf-8")
    for file in (path.open("rb"), path.open(encoding="utf-8")):
        with file:
            next(file)
            assert_equal(read_vectors(file), VECTORS)
            assert not file.closed


def test_lines_may_be_str_or_bytes_with_or_without_their_ends():
    for lines in (WORD2VEC.split("\n"), WORD2VEC.splitlines(keepends=True)):
        assert_equal(read_vectors(lines), VECTORS)
        assert_equal(read_vectors(line for line in lines), VECTORS)
        assert_equal(read_vectors([line.encode() for line in lines]), VECTORS)


@pytest.mark.parametrize("text", [GLOVE, WORD2VEC])
def test_a_byte_order_mark_is_dropped(tmp_path, text):
    path = tmp_path / "bom"
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert_equal(read_vectors(path), VECTORS)


def test_encoding(tmp_path):
    path = tmp_path / "cyrillic"
    path.write_bytes("їжак 0.5 1\n".encode("cp1251"))
    assert_equal(read_vectors(path, encoding="cp1251"), {"їжак": [0.5, 1]})
    assert_equal(read_vectors(path, words=["їжак"], encoding="cp1251"), {"їжак": [0.5, 1]})


def test_a_file_in_an_archive_is_read_as_the_docstring_says(tmp_path):
    path = tmp_path / "glove.ZIP"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("glove.50d.txt", "other 1\n")
        archive.writestr("glove.100d.txt", GLOVE)
    with zipfile.ZipFile(path) as archive, archive.open("glove.100d.txt") as file:
        assert_equal(read_vectors(file), VECTORS)
    for source in (path, str(path)):
        with pytest.raises(ValueError, match=r"glove\.ZIP is an archive.*Unpack it.*ZipFile"):
            read_vectors(source)


# Round trips


NASTY = ["\xa0", "\u2028", "\x85", "\x0b", "\x1e", "\u200d", "\ufeff", "#", '"', "\\", "'", "é"]
NASTY += ["ї", "م", "😀", "e\u0301", "a", "B", "7", ".", "-", ",", "</s>", "nan", "1e5", "0.5"]


def random_vectors(rng, n_words, n_features):
    """Draw words that are easily misread, and numbers of all sizes."""
    vectors = {}
    while len(vectors) < n_words:
        word = "".join(rng.choices(NASTY, k=rng.randint(1, 4)))
        if rng.random() < 0.2:
            word = f"{word} {word} x"
        # Words that cannot be in the first line have their own tests.
        if vectors or word.isalpha():
            vectors[word] = [rng.gauss(0, 1) * 10 ** rng.randint(-9, 9) for _ in range(n_features)]
    return vectors


@pytest.mark.parametrize("suffix", OPENERS)
@pytest.mark.parametrize("seed", range(8))
def test_written_vectors_are_read_back(tmp_path, suffix, seed):
    rng = random.Random(seed)
    expected = random_vectors(rng, rng.randint(1, 120), rng.randint(1, 12))
    separator, end = rng.choice(" \t"), rng.choice(["\n", " \n", "\r\n"])
    lines = [separator.join([word, *map(repr, x)]) + end for word, x in expected.items()]
    if rng.random() < 0.5:
        lines.insert(0, f"{len(expected)} {len(expected[next(iter(expected))])}\n")
    path = tmp_path / f"vectors{suffix}"
    with OPENERS[suffix](path, "wb") as file:
        file.write("".join(lines).encode())
    assert_equal(read_vectors(path, dtype=np.float64), expected, np.float64)
    assert_equal(read_vectors(path), expected)
    words = rng.sample(list(expected), len(expected) // 2)
    part = {word: x for word, x in expected.items() if word in words}
    assert_equal(read_vectors(path, words=words, dtype=np.float64), part, np.float64)


# Malformed files


MALFORMED = {
    "numbers missing": (
        ["a 1 2 3", "b 1 2"],
        2,
        r"found 2 number\(s\) after the word, expected 3 as in the first line, in 'b 1 2'\. "
        "Correct the line",
    ),
    "numbers missing after header": (["1 3", "b 1 2"], 2, "found 2 .* expected 3"),
    "numbers too many": (["a 1 2", "b 1 2 3"], 2, "found 3 .* expected 2 .* in 'b 1 2 3'"),
    "numbers too many after header": (["1 2", "b 1 2 3"], 2, "found 3 .* expected 2"),
    "number too many after a number": (["1 2", "7 1 2 3"], 2, "found 3 .* expected 2"),
    "number too many after spaces": (["1 2", "a b 1 2 3"], 2, "found 3 .* expected 2"),
    "header of others": (["1 2", "a" + " 0.5" * 50], 2, r"found 50 .* 2 .* in 'a 0.*\.\.\.\."),
    "no numbers": (["a 1 2", "b"], 2, "found 0 .* expected 2"),
    "first line is short": (["a 1", "b 1 2"], 2, "found 2 .* expected 1"),
    "commas": (["a,1,2", "b,1,2"], 1, "found 'a,1,2', expected a word and its numbers, separated"),
    "word alone": (["", "word"], 2, "found 'word', expected a word .*word2vec, fastText or GloVe"),
    "tagged text": (["Ada NNP", "slept VBD"], 1, "found 'Ada NNP', expected a word and"),
    "nan in the first line": (["a 1 nan"], 1, "found 'a 1 nan', expected a word and its numbers"),
    "empty file": ([], 1, "found nothing, expected a word and its numbers"),
    "blank file": (["", " \t"], 1, "found nothing, expected a word and its numbers"),
    "no number": (["a 1 2", "b 1 x"], 2, "string 'x' to float32, expected finite .* 'b'. Correct"),
    "no number first": (["2 2", "a x 2", "b 1 2"], 2, "string 'x' to float32, expected .* 'a'"),
    "digit of elsewhere": (["a 1 2", "b 1 \u0662"], 2, "string '\u0662' to float32"),
    "comment": (["a 1 2", "b 1 2#3"], 2, "string '2#3' to float32"),
    "underscore": (["a 1 2", "b 1 2_0"], 2, "string '2_0' to float32"),
    "line end inside": (["a 1 2", "b 1\r 2"], 2, "line.* expected finite numbers after 'b'"),
    "nan": (["a 1 2", "b 1 nan", "c 1 2"], 2, "found nan as float32, expected finite .* 'b'"),
    "infinity": (["2 2", "a 1 2", "b -inf 1"], 3, "found -inf as float32, expected finite"),
    "too large": (["a 1 2", "", "b 1e39 2"], 3, "found inf as float32, expected finite"),
    "truncated": (
        ["3 2", "a 1 2", "b 1 2"],
        1,
        r"found 2 of 3 words\. The file is truncated: get the whole file .*after next\(file\)",
    ),
    "nothing but a header": (["3 2"], 1, "found 0 of 3 words. The file is truncated"),
    "header too small": (["1 2", "a 1 2", "b 1 2"], 1, "found 2 of 1 words. The line is wrong"),
    "header of no numbers": (["1 0", "0.5"], 2, "found 0 .* expected 1"),
    "equal words": (["2 2", "a 1 2"], 1, "found 1 of 2 words"),
}


@pytest.mark.parametrize(("lines", "number", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_lines_are_named(tmp_path, lines, number, message):
    path = tmp_path / "bad.vec"
    path.write_bytes("\n".join(lines).encode())
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}, line {number}: .*{message}"):
        read_vectors(path)
    with path.open("rb") as file, pytest.raises(ValueError, match=rf"bad.vec, line {number}: "):
        read_vectors(file)
    with pytest.raises(ValueError, match=f"^<stream>, line {number}: .*{message}"):
        read_vectors(lines)


@pytest.mark.parametrize("words", [[], ["a"], ["zebra"]])
def test_all_words_are_counted_whichever_are_requested(words):
    for n_words in (1, 3):
        with pytest.raises(ValueError, match=f"line 1: found 2 of {n_words} words"):
            read_vectors([f"{n_words} 2", "a 1 2", "b 1 2"], words=words)


@pytest.mark.parametrize("at", [0, 1, 777, 1999])
@pytest.mark.parametrize("number", ["x", "inf", ""])
def test_malformed_numbers_are_found_wherever_they_are(at, number):
    lines = [f"w{i} 1 2" for i in range(2000)]
    lines[at] = f"w{at} 1  {number}" if number else f"w{at}  2"
    words = [f"w{i}" for i in range(at % 7, 2000, 7)]
    for requested in (None, words):
        with pytest.raises(ValueError, match=f"line {at + 2}: .*{f'.w{at}' if number else ''}"):
            read_vectors(["2000 2", *lines], words=requested)


def test_numbers_that_the_dtype_cannot_hold():
    line = "a 1 70000"
    assert read_vectors([line])["a"][1] == 70000
    with pytest.raises(ValueError, match="line 1: found inf as float16, expected finite"):
        read_vectors([line], dtype=np.float16)


@pytest.mark.parametrize("n_before", [0, 1, 3000])
@pytest.mark.parametrize("as_source", ["path", "binary file", "text file", "lines"])
def test_undecodable_bytes_are_named(tmp_path, n_before, as_source):
    path = tmp_path / "broken.vec"
    lines = [b"3001 2", *(f"w{i} 1 2".encode() for i in range(3001))]
    lines.insert(n_before + 1, "naïve 3 4".encode("latin-1"))
    lines[0] = b"3002 2"
    path.write_bytes(b"\n".join(lines))
    message = (
        rf"line {n_before + 2}: byte 0xef is not utf-8 \(.+\)\. Pass the encoding .*"
        r"errors='replace'.*Binary files"
    )
    with path.open("rb") as binary, path.open(encoding="utf-8") as file:
        sources = {"path": path, "binary file": binary, "text file": file}
        with pytest.raises(ValueError, match=message) as caught:
            read_vectors(sources.get(as_source, lines), words=["w1"])
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    name = "<stream>" if as_source == "lines" else str(path)
    assert str(caught.value).startswith(f"{name}, ")


def test_undecodable_words_are_skipped_as_the_docstring_says(tmp_path):
    path = tmp_path / "broken.vec"
    path.write_bytes(b"2 2\nna\xef 1 2\nwell 3 4\n")
    with open(path, encoding="utf-8", errors="replace") as file:
        assert_equal(read_vectors(file), {"na\ufffd": [1, 2], "well": [3, 4]})
    with open(path, encoding="utf-8", errors="replace") as file:
        assert_equal(read_vectors(file, words=["well"]), {"well": [3, 4]})


def test_the_binary_format_raises(tmp_path):
    path = tmp_path / "vectors.bin"
    vectors = np.linspace(-1, 1, 40, dtype=np.float32)
    path.write_bytes(b"2 20\na " + vectors[:20].tobytes() + b"\nb " + vectors[20:].tobytes())
    with pytest.raises(ValueError, match=r"vectors\.bin, line 2: .*Binary files.* save .* as text"):
        read_vectors(path)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("damage", ["garbage", "cut off"])
def test_a_broken_compressed_file_is_named(tmp_path, suffix, damage):
    path = tmp_path / f"vectors.vec{suffix}"
    rng = random.Random(0)
    with OPENERS[suffix](path, "wb") as file:
        file.write("".join(f"w{i} {rng.random()}\n" for i in range(9000)).encode())
    written = path.read_bytes()
    cut_off = written[: len(written) // 2]
    path.write_bytes(cut_off if damage == "cut off" else b"this is no compressed file")
    with pytest.raises(ValueError, match=rf"vectors\.vec\{suffix}.* is not a whole \{suffix} file"):
        read_vectors(path)


def test_missing_files_are_reported_as_python_does(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_vectors(tmp_path / "nowhere.vec")


@pytest.mark.parametrize("error", [ValueError, TypeError, OSError])
@pytest.mark.parametrize("n_before", [0, 1, 2])
def test_errors_of_the_source_are_raised_unchanged(error, n_before):
    def lines():
        yield from ["a 1 2", "b 3 4"][:n_before]
        raise error("broken pipe")

    with pytest.raises(error, match=r"^broken pipe$"):
        read_vectors(lines())


# Arguments


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"words": "ducks"}, TypeError, "words must be an iterable of str, got str"),
        ({"words": b"ducks"}, TypeError, "words must be an iterable of str, got bytes"),
        ({"words": 3}, TypeError, "words must be an iterable of str, got int"),
        ({"dtype": "f3"}, TypeError, "dtype is 'f3', which is not a type of NumPy"),
        ({"words": [["Ducks", "swim"]]}, TypeError, "words must contain only str, got list.*chain"),
        ({"words": ["ducks", None]}, TypeError, "words must contain only str, got NoneType"),
        ({"words": [b"ducks"]}, TypeError, "words must contain only str, got bytes"),
        ({"dtype": int}, ValueError, "dtype must be a floating-point type .*, got int64"),
        ({"dtype": object}, ValueError, "dtype must be a floating-point type .*, got object"),
        ({"dtype": complex}, ValueError, "dtype must be a floating-point type .*, got complex128"),
        ({"dtype": "klingon"}, TypeError, "klingon"),
        ({"source": GLOVE}, ValueError, r"source contains a line end.*io.StringIO"),
        ({"source": b"a 1"}, TypeError, "source must be a path .*, got bytes"),
        ({"source": None}, TypeError, "source must be a path .*, got NoneType"),
        ({"source": [["a", 1]]}, TypeError, r"lines of source must be str or bytes, got \['a'"),
        ({"source": ["a 1\nb 1"]}, ValueError, r"line 1: the item is more than one line"),
        ({"encoding": "utf-16"}, ValueError, r"encoding='utf-16'.*open\(path, encoding='utf-16'\)"),
        ({"encoding": "klingon"}, LookupError, "klingon"),
    ],
)
def test_wrong_arguments(parameters, error, message):
    with pytest.raises(error, match=message):
        read_vectors(**{"source": ["a 1"], **parameters})


def test_arguments_after_the_first_are_keyword_only():
    with pytest.raises(TypeError, match="positional"):
        read_vectors(["a 1"], ["a"])


# The mapping


def test_word_vectors_are_a_mapping_in_order():
    vectors = WordVectors(["b", "a"], [[1, 2], [3, 4]])
    assert list(vectors) == ["b", "a"]
    assert {word: vector.tolist() for word, vector in vectors.items()} == {"b": [1, 2], "a": [3, 4]}
    assert "B" not in vectors
    with pytest.raises(KeyError):
        vectors["B"]
    assert vectors == vectors
    assert repr(vectors) == "<WordVectors: 2 words, 2 features>"


def test_word_vectors_are_read_only_and_the_matrix_of_the_user_is_not():
    matrix = np.ones((2, 3))
    vectors = WordVectors(["a", "b"], matrix)
    with pytest.raises(ValueError, match="read-only"):
        vectors["a"][0] = 2
    assert matrix.flags.writeable


def test_a_copy_of_word_vectors_is_the_same_object_and_a_pickle_is_equal():
    vectors = WordVectors(["a", "b"], np.arange(6.0).reshape(2, 3))
    assert copy.copy(vectors) is vectors
    assert copy.deepcopy(vectors) is vectors
    assert clone(BiLSTMTagger(embeddings=vectors)).embeddings is vectors
    loaded = pickle.loads(pickle.dumps(vectors))
    assert_equal(loaded, vectors, np.dtype(float))


@pytest.mark.parametrize(("words", "shape"), [(["a"], (2, 3)), (["a", "a"], (2, 3)), (["a"], (1,))])
def test_word_vectors_need_a_row_for_each_word(words, shape):
    with pytest.raises(ValueError, match="expected a row for each of the 1 different words"):
        WordVectors(words, np.zeros(shape))


def test_a_word_that_occurs_twice_has_no_row():
    with pytest.raises(ValueError, match="each of the 1 different words, of 2"):
        WordVectors(["a", "a"], [[1.0]])


@pytest.mark.parametrize("words", ["ab", 3, None, ["a", b"b"], ["a", ["b"]]])
def test_words_of_word_vectors_must_be_str(words):
    with pytest.raises(TypeError, match=r"words must (be an iterable of|contain only) str"):
        WordVectors(words, [[1.0], [2.0]])


@pytest.mark.parametrize(
    "matrix", [[[1], [2, 3]], [["x"], ["y"]], [[1j], [0]], np.ma.array([[1.0], [2.0]], mask=[1, 0])]
)
def test_the_matrix_of_word_vectors_must_hold_numbers(matrix):
    with pytest.raises(ValueError, match="matrix"):
        WordVectors(["a", "b"], matrix)
