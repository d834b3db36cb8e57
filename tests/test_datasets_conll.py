import bz2
import gzip
import io
import itertools
import lzma
import os
import random
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from _corpora import corpus_path
from hypothesis import given, settings
from hypothesis import strategies as st

from sklstm.datasets import _files, iter_conll, read_conll, write_conll

DUCKS = """\
# sent_id = 1
# text = Don't feed ducks
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tDo\tdo\tAUX\tVB\tMood=Imp\t3\taux\t_\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t_\t_
3\tfeed\tfeed\tVERB\tVB\t_\t0\troot\t_\t_
3.1\tany\tany\tDET\tDT\t_\t_\t_\t_\t_
4\tducks\tduck\tNOUN\tNNS\tNumber=Plur\t3\tobj\t_\t_

# sent_id = 2
1\t_\t_\tPUNCT\tNFP\t_\t0\troot\t_\t_

"""
DUCKS_X = [["Do", "n't", "feed", "ducks"], ["_"]]
DUCKS_Y = [["AUX", "PART", "VERB", "NOUN"], ["PUNCT"]]

OPENERS = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def token(number, form="w", upos="X"):
    return f"{number}\t{form}\t_\t{upos}" + "\t_" * 6


# Layouts


def test_conllu_skips_comments_multiword_tokens_and_empty_nodes():
    X, y = read_conll(io.StringIO(DUCKS))
    assert X == DUCKS_X
    assert y == DUCKS_Y


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("form", "xpos"), (["Do", "n't", "feed", "ducks"], ["VB", "RB", "VB", "NNS"])),
        ((1, 4), (["Do", "n't", "feed", "ducks"], ["VB", "RB", "VB", "NNS"])),
        ((-9, np.int64(-6)), (["Do", "n't", "feed", "ducks"], ["VB", "RB", "VB", "NNS"])),
        (["id"], (["1", "2", "3", "4"],)),
        (iter(["lemma", "lemma"]), (["do", "not", "feed", "duck"],) * 2),
        (("misc", "upos", 0), (["_"] * 4, DUCKS_Y[0], ["1", "2", "3", "4"])),
    ],
)
def test_columns_by_name_and_by_number(columns, expected):
    values = read_conll(io.StringIO(DUCKS), columns)
    assert isinstance(values, tuple)
    assert tuple(column[0] for column in values) == expected


@pytest.mark.parametrize("column", ["form", 1, -9, np.int32(1)])
def test_a_single_column_is_returned_without_a_tuple(column):
    assert read_conll(io.StringIO(DUCKS), column) == DUCKS_X
    assert list(iter_conll(io.StringIO(DUCKS), column)) == DUCKS_X


def test_conll2000_has_form_pos_chunk():
    lines = ["He PRP B-NP", "reckons VBZ B-VP", "", "Oh UH B-INTJ"]
    X, y = read_conll(lines, layout="conll2000")
    assert X == [["He", "reckons"], ["Oh"]]
    assert y == [["B-NP", "B-VP"], ["B-INTJ"]]
    assert read_conll(lines, "pos", layout="conll2000") == [["PRP", "VBZ"], ["UH"]]


@pytest.mark.parametrize("after", ["\n", ""])
def test_conll2003_ends_a_sentence_at_docstart(after):
    text = (
        f"-DOCSTART- -X- -X- O\n{after}EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
        f"-DOCSTART- -X- O O\n{after}Peter NNP B-NP B-PER\n"
    )
    X, y = read_conll(io.StringIO(text), layout="conll2003")
    assert X == [["EU", "rejects"], ["Peter"]]
    assert y == [["B-ORG", "O"], ["B-PER"]]
    chunks = read_conll(io.StringIO(text), "chunk", layout="conll2003")
    assert chunks == [["B-NP", "B-VP"], ["B-NP"]]


@pytest.mark.parametrize(
    ("layout", "row"),
    [
        ("conllu", token(1, "{}")),
        ("conll2000", "{} X X"),
        ("conll2003", "{} X X X"),
        (["form", "tag"], "{} X"),
        (None, "{}\tX"),
    ],
)
@pytest.mark.parametrize("boundary", ["-DOCSTART-", "-DOCSTART- -X- O", "-DOCSTART-\tO\tO"])
@pytest.mark.parametrize("blanks", [[""], []])
def test_docstart_is_a_boundary_in_all_layouts(layout, row, boundary, blanks):
    lines = [boundary, *blanks, row.format("a"), *blanks, boundary, row.format("b"), boundary]
    assert read_conll(lines, layout=layout) == ([["a"], ["b"]], [["X"], ["X"]])


def test_layout_names_the_columns():
    lines = ["la DET le", "mer NOUN mer"]
    X, y = read_conll(lines, layout=["form", "pos", "lemma"])
    assert (X, y) == ([["la", "mer"]], [["le", "mer"]])
    assert read_conll(lines, "pos", layout=["form", "pos", "lemma"]) == [["DET", "NOUN"]]
    assert read_conll(["la", "mer"], "form", layout=["form"]) == [["la", "mer"]]


def test_layout_none_takes_the_first_and_the_last_column():
    X, y = read_conll(["la DET le", "mer NOUN mer"], layout=None)
    assert (X, y) == ([["la", "mer"]], [["le", "mer"]])
    assert read_conll(["a b c"], (1, -3), layout=None) == ([["b"]], [["a"]])
    assert read_conll(["one", "column"], 0, layout=None) == [["one", "column"]]
    assert read_conll(["one", "column"], [-1], layout=None) == ([["one", "column"]],)


def test_only_conllu_has_comments():
    lines = ["#mood O", "# O", "", "# O", "#"]
    assert read_conll(lines[:3], layout=None) == ([["#mood", "#"]], [["O", "O"]])
    assert read_conll([token(1, "#"), "# comment", token(2, "#x")], "form") == [["#", "#x"]]


@pytest.mark.parametrize("source", [list, lambda lines: io.StringIO("\n".join(lines))])
def test_a_comment_mark_is_passed_for_other_layouts(source):
    lines = ["# sent_id = 1", "#tag O", "%x", "", "% y", "a B"]
    with pytest.raises(ValueError, match="looks like a comment"):
        read_conll(source(lines), layout=None, comment=None)
    with pytest.raises(ValueError, match="line 2: found 2"):
        read_conll(source(lines), layout=None, comment="%")
    assert read_conll(source(lines[1:]), layout=None, comment="%") == (
        [["#tag"], ["a"]],
        [["O"], ["B"]],
    )
    assert read_conll(source(lines[:1] + lines[5:]), layout=None, comment="#") == ([["a"]], [["B"]])


def test_a_hashtag_is_a_word():
    assert read_conll(["#win O", "# SYM"], layout=None)[0] == [["#win", "#"]]
    assert read_conll(["#win = O"], layout=None) == ([["#win"]], [["O"]])


def test_conllu_plus_names_its_columns():
    lines = ["# global.columns = ID FORM UPOS PARSEME:MWE", "# text = a b", "1-2\tab\t_\t_"]
    lines += ["1\ta\tX\t1:LVC", "2\tb\tY\t*", "", "1\tc\tX\t_"]
    assert read_conll(lines) == ([["a", "b"], ["c"]], [["X", "Y"], ["X"]])
    assert read_conll(lines, "parseme:mwe") == [["1:LVC", "*"], ["_"]]
    with pytest.raises(
        ValueError, match=r"no column 'lemma'. There are 4 named 'id', 'form', 'upos'"
    ):
        read_conll(lines, "lemma")
    with pytest.raises(
        ValueError, match=r"line 4: found 3 .*expected 4 \(id form upos parseme:mwe"
    ):
        read_conll([*lines[:3], "1\ta\tX"])


def test_further_columns_after_those_of_conllu_are_read_by_number():
    lines = [token(1, "a") + "\tB-person", token(2, "b") + "\tO\tx", "", token(1, "c") + "\tO"]
    assert read_conll(lines) == ([["a", "b"], ["c"]], [["X", "X"], ["X"]])
    assert read_conll(lines[:1], ("form", 10)) == ([["a"]], [["B-person"]])
    with pytest.raises(ValueError, match="line 1: found 9 column"):
        read_conll([token(1)[:-2]])


@pytest.mark.parametrize(
    "names", [["id", "form", "tag"], ["form", "ID", "tag"], ["form", "tag", "Id"]]
)
def test_a_column_of_ids_has_the_rules_of_conllu(names):
    order = [["id", "form", "tag"].index(name.lower()) for name in names]
    rows = [("1-2", "ab", "_"), ("1", "a", "X"), ("1.1", "e", "_"), ("2", "b", "Y")]
    lines = ["# text = ab", *["\t".join(row[k] for k in order) for row in rows]]
    assert read_conll(lines, ("form", "tag"), layout=names) == ([["a", "b"]], [["X", "Y"]])
    assert read_conll(lines, layout=names)[0] == [["a", "b"]]
    with pytest.raises(ValueError, match="found the id '2', expected '1'"):
        read_conll(lines[:1] + lines[-1:], layout=names)
    hashtag = "\t".join(("1", "#tag", "O")[k] for k in order)
    assert read_conll([hashtag], layout=names) == ([["#tag"]], [["O"]])


def test_the_number_of_columns_may_differ_between_sentences_for_requested_columns():
    lines = ["#begin document (nw); part 000"]
    lines += ["nw 0 0 Ada NNP (S* - B-x", "nw 0 1 slept VBD *) - O"]
    lines += [
        "",
        "nw 0 0 Ducks NNS (S* - (A0*) O O",
        "nw 0 1 swim VBP *) sw (V*) O O",
        "#end document",
    ]
    parameters = {"layout": None, "comment": "#"}
    X, y = read_conll(lines, (3, 4), **parameters)
    assert (X, y) == ([["Ada", "slept"], ["Ducks", "swim"]], [["NNP", "VBD"], ["NNS", "VBP"]])
    assert read_conll(lines, -1, **parameters) == [["B-x", "O"], ["O", "O"]]
    names = ["genre", "part", "number", "form", "pos"]
    assert read_conll(lines, ["form", "pos"], layout=names, comment="#") == (X, y)
    with pytest.raises(ValueError, match="line 5: found 10 column"):
        read_conll(lines, **parameters)
    with pytest.raises(ValueError, match="line 2: There is no column 9"):
        read_conll(lines, (3, 9), **parameters)


def test_white_space_around_values_is_removed():
    lines = ["EU \t ORG", " New York\tLOC\t", "a\u00a0\tX \t y"]
    assert read_conll(lines[:1], layout=None) == ([["EU"]], [["ORG"]])
    assert read_conll(lines[2:], layout=None) == ([["a\u00a0"]], [["y"]])
    assert read_conll([" New York , LOC"], layout=None, separator=",") == (
        [["New York"]],
        [["LOC"]],
    )


def test_a_header_names_the_columns():
    lines = ["", "Word\tPOS\tTag", "Ada\tNNP\tB-person", "", "#x\tNN\tO"]
    X, y = read_conll(lines, layout=None, header=True)
    assert (X, y) == ([["Ada"], ["#x"]], [["B-person"], ["O"]])
    assert read_conll(lines, "POS", layout=None, header=True) == [["NNP"], ["NN"]]
    with pytest.raises(
        ValueError, match=r"no column 'pos'. Did you mean 'POS'\? There are 3 named 'Word', 'POS'"
    ):
        read_conll(lines, "pos", layout=None, header=True)
    with pytest.raises(ValueError, match=r"line 4: found 2 .*expected 3"):
        read_conll([*lines[:3], "a\tX"], layout=None, header=True)
    with pytest.raises(ValueError, match=r"line 2: The column names of a layout must differ"):
        read_conll(["", "a\ta"], layout=None, header=True)
    lines = ["ID\tFORM\tTAG", "# text = a", "1-2\tab\t_", "1\ta\tX", "2\tb\tY"]
    assert read_conll(lines, layout=None, header=True) == ([["a", "b"]], [["X", "Y"]])


@pytest.mark.parametrize(
    "header", [["word", "tag"], ["Sentence", "Word", "ner_tags"], ["a", "POS"]]
)
def test_a_first_line_like_a_header_warns(header):
    lines = ["\t".join(header), "\t".join("abc"[: len(header)])]
    with pytest.warns(
        UserWarning, match=r"<stream> begins with \[.*names of columns. Pass header="
    ):
        read_conll(lines, layout=None)
    read_conll([*lines, lines[0]], layout=None)  # the tag occurs twice
    read_conll(lines[1:], layout=None)


def test_values_are_normalized():
    lines = ["Київ\u0306\tй", "ﬁ\tX"]
    assert read_conll(lines, layout=None, normalize="NFC") == ([["Київ\u0306", "ﬁ"]], [["й", "X"]])
    decomposed = [unicodedata.normalize("NFD", line) for line in lines]
    assert decomposed != lines
    assert read_conll(decomposed, layout=None)[1] != [["й", "X"]]
    assert read_conll(decomposed, layout=None, normalize="NFC")[1] == [["й", "X"]]
    assert read_conll(lines, layout=None, normalize="NFKC")[0][0][1] == "fi"
    spaces = ["\u00a0a\u00a0\tX"]
    assert read_conll(spaces, layout=None, normalize="NFKC")[0] == [["a"]]
    with pytest.raises(ValueError, match="column 0 is empty"):
        read_conll(["\u00a0\tX"], layout=None, normalize="NFKC")
    assert next(iter_conll(decomposed, 1, layout=None, normalize="NFC")) == ["й", "X"]


# Malformed lines and unlikely content

BAD = ["a X", "b", "", "c Y", "", "d X", "e", "f", "", "g X", "h X X"]


def test_all_malformed_lines_are_counted_and_the_first_three_are_shown(tmp_path):
    path = tmp_path / "bad"
    path.write_text("\n".join(BAD), encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad has 4 malformed lines") as caught:
        read_conll(path, layout=None)
    assert re.findall(r"line (\d+):", str(caught.value)) == ["2", "7", "8"]
    assert 'errors="skip"' in str(caught.value)


def test_sentences_with_malformed_lines_are_skipped_on_request(tmp_path):
    message = r"Left out 3 sentence\(s\) with 4 malformed line\(s\). The first: <stream>, line 2:"
    with pytest.warns(UserWarning, match=message):
        assert read_conll(BAD, layout=None, errors="skip") == ([["c"]], [["Y"]])
    with pytest.warns(UserWarning, match=message):
        assert list(iter_conll(BAD, layout=None, errors="skip")) == [(["c"], ["Y"])]


def test_an_id_after_a_malformed_line_is_not_an_error():
    lines = [token(1), "2\tx", token(3), token(5), "", token(1)]
    with pytest.raises(ValueError, match="2 malformed lines") as caught:
        read_conll(lines)
    assert re.findall(r"line (\d+):", str(caught.value)) == ["2", "4"]


def test_a_file_without_annotation_warns():
    lines = [token(1, "a", "_"), token(2, "b", "_"), "", token(1, "c", "_")]
    with pytest.warns(UserWarning, match="<stream> has '_' for all tags"):
        read_conll(lines)
    assert read_conll(lines, "upos") == [["_", "_"], ["_"]]
    read_conll([token(1, "_", "X")])


def test_a_file_of_one_very_long_sentence_warns():
    lines = ["a X"] * 1000
    with pytest.warns(UserWarning, match="<stream> is one sentence of 1000 tokens. A blank line"):
        read_conll(lines, layout=None)
    read_conll([*lines, "", "a X"], layout=None)
    read_conll(lines[1:], layout=None)


# Separators of lines and columns


@pytest.mark.parametrize(
    "odd", ["\xa0", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\u3000"]
)
@pytest.mark.parametrize(("layout", "separator"), [("conllu", "\t"), (None, "\t"), (None, " ")])
def test_other_white_space_is_no_separator(tmp_path, odd, layout, separator):
    words = [f"a{odd}b", odd, f"{odd}c{odd}"]
    if layout:
        text = "".join(token(i, word, "O") + "\n" for i, word in enumerate(words, 1))
    else:
        text = "".join(f"{word}{separator}O\n" for word in words)
    path = tmp_path / "odd"
    path.write_bytes(text.encode())
    expected = ([words], [["O"] * 3])
    assert read_conll(path, layout=layout) == expected
    assert read_conll(io.StringIO(text), layout=layout) == expected
    assert read_conll(io.BytesIO(text.encode()), layout=layout) == expected
    with open(path, encoding="utf-8") as file:
        assert read_conll(file, layout=layout) == expected


def test_values_may_contain_spaces_where_tabs_separate_columns():
    assert read_conll([token(1, "100 000")], "form") == [["100 000"]]
    assert read_conll(["New York\tB-LOC", "is O"], layout=None) == (
        [["New York", "is"]],
        [["B-LOC", "O"]],
    )


def test_white_space_is_any_run_of_spaces_and_tabs():
    assert read_conll(["  EU   ORG "], layout=None) == ([["EU"]], [["ORG"]])
    assert read_conll(["EU \t NNP \t ORG"], layout=None, separator=" ") == ([["EU"]], [["ORG"]])
    assert read_conll([token(1).replace("\t", " ")], separator=" ") == ([["w"]], [["X"]])


def test_any_separator():
    assert read_conll(["New York, ORG"], layout=None, separator=", ") == (
        [["New York"]],
        [["ORG"]],
    )
    assert read_conll(["a b\tO"], layout=None, separator="\t") == ([["a b"]], [["O"]])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", ["", "\t", "  ", " \t "])
def test_any_number_of_blank_lines_ends_a_sentence(end, blank):
    lines = [blank, blank, "a X", "b Y", blank, "", blank, "c Z", blank]
    text = end.join(lines)
    expected = ([["a", "b"], ["c"]], [["X", "Y"], ["Z"]])
    assert read_conll(io.StringIO(text), layout=None) == expected
    assert read_conll(io.BytesIO(text.encode()), layout=None) == expected
    assert read_conll(lines, layout=None) == expected


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", "\r \n \r\n"])
@pytest.mark.parametrize("suffix", OPENERS)
def test_all_line_ends_are_read_alike_from_all_sources(tmp_path, ends, suffix):
    lines = ["a X", "b Y", "", "c Z", "d X", "e Y", "", "", "f Z"]
    ends = itertools.cycle(ends.split(" "))
    text = "".join(line + next(ends) for line in lines)
    expected = ([["a", "b"], ["c", "d", "e"], ["f"]], [["X", "Y"], ["Z", "X", "Y"], ["Z"]])
    path = tmp_path / f"corpus{suffix}"
    with OPENERS[suffix](path, "wb") as file:
        file.write(text.encode())
    assert read_conll(path, layout=None) == expected
    assert read_conll(io.BytesIO(text.encode()), layout=None) == expected
    assert read_conll(io.StringIO(text, newline=""), layout=None) == expected
    assert read_conll(io.StringIO(text, newline=None), layout=None) == expected
    assert read_conll([text.replace("\r\n", "\r").replace("\n", "\r")], layout=None) == expected
    with pytest.raises(ValueError, match=r"line 5: found 1 column"):
        read_conll(io.BytesIO(text.replace("d X", "dX").encode()), layout=None)


def test_a_sentence_of_empty_nodes_alone_is_skipped():
    lines = ["# text =", token("0.1"), "", token(1, "a")]
    assert read_conll(lines) == ([["a"]], [["X"]])


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n\n# comments\n"])
def test_sources_without_tokens_give_empty_lists(text):
    assert read_conll(io.StringIO(text)) == ([], [])
    assert read_conll(io.StringIO(text), ["form", "upos", "xpos"]) == ([], [], [])
    assert read_conll(io.StringIO(text), "form") == []
    assert list(iter_conll(io.StringIO(text))) == []


# Sources


@pytest.mark.parametrize("suffix", OPENERS)
@pytest.mark.parametrize("as_type", [str, Path])
def test_paths_are_decompressed_by_their_suffix(tmp_path, suffix, as_type):
    path = tmp_path / f"ducks.conllu{suffix.upper()}"
    with OPENERS[suffix](path, "wb") as file:
        file.write(DUCKS.encode())
    assert read_conll(as_type(path)) == (DUCKS_X, DUCKS_Y)


def test_open_files_are_read_from_their_position_and_stay_open(tmp_path):
    path = tmp_path / "ducks.conllu"
    path.write_text("skipped\n" + DUCKS, encoding="utf-8")
    for file in (path.open("rb"), path.open(encoding="utf-8")):
        with file:
            file.readline()
            assert read_conll(file) == (DUCKS_X, DUCKS_Y)
            assert not file.closed
    with gzip.open(tmp_path / "ducks.gz", "wb") as file:
        file.write(DUCKS.encode())
    with gzip.open(tmp_path / "ducks.gz") as file:
        assert read_conll(file) == (DUCKS_X, DUCKS_Y)


def test_lines_may_be_str_or_bytes_with_or_without_their_ends():
    for lines in (DUCKS.split("\n"), DUCKS.splitlines(keepends=True)):
        assert read_conll(lines) == (DUCKS_X, DUCKS_Y)
        assert read_conll(line for line in lines) == (DUCKS_X, DUCKS_Y)
        assert read_conll([line.encode() for line in lines]) == (DUCKS_X, DUCKS_Y)


def test_byte_order_marks_are_dropped_at_the_start_of_lines(tmp_path):
    text = "\ufeffa X\n\ufeffb\ufeff Y\n\ufeff\n"
    path = tmp_path / "bom"
    path.write_text(text, encoding="utf-8")
    for source in (path, io.StringIO(text), io.BytesIO(text.encode()), text.split("\n")):
        assert read_conll(source, 0, layout=None) == [["a", "b\ufeff"]]
    assert read_conll(path, 0, layout=None, encoding="utf-8-sig")[0][0] == "a"
    path.write_text("\ufeff" + DUCKS, encoding="utf-8")
    assert read_conll(path) == (DUCKS_X, DUCKS_Y)


def test_encoding(tmp_path):
    path = tmp_path / "cyrillic"
    path.write_bytes("їжак N\n".encode("cp1251"))
    assert read_conll(path, layout=None, encoding="cp1251") == ([["їжак"]], [["N"]])
    path.write_bytes("їжак N\n".encode("utf-16"))
    with pytest.raises(ValueError, match=r"encoding='utf-16'.*open\(path, encoding='utf-16'\)"):
        read_conll(path, layout=None, encoding="utf-16")
    with open(path, encoding="utf-16") as file:
        assert read_conll(file, layout=None) == ([["їжак"]], [["N"]])


def test_iter_conll_reads_no_more_lines_than_necessary():
    lines = itertools.cycle(["a X", ""])
    sentences = iter_conll(lines, layout=None)
    assert list(itertools.islice(sentences, 3)) == [(["a"], ["X"])] * 3


@pytest.mark.parametrize("suffix", OPENERS)
@pytest.mark.parametrize("how", ["exhaust", "close", "fail"])
def test_files_opened_by_path_are_closed(tmp_path, monkeypatch, suffix, how):
    opened = []

    def recording_open(path, mode):
        opened.append(io.BufferedReader(io.FileIO(path, mode)))
        return opened[-1]

    monkeypatch.setattr(_files, "open", recording_open, raising=False)
    path = tmp_path / f"file{suffix}"
    with OPENERS[suffix](path, "wb") as file:
        file.write(b"a X\n\nb Y\n\nc\n" if how == "fail" else b"a X\n\nb Y\n")
    sentences = iter_conll(path, layout=None)
    assert not opened
    next(sentences)
    assert len(opened) == 1
    assert not opened[0].closed
    if how == "close":
        sentences.close()
    elif how == "fail":
        with pytest.raises(ValueError, match="line 5"):
            list(sentences)
    else:
        list(sentences)
    assert opened[0].closed


def test_equal_values_are_one_object_and_lists_have_no_spare_room():
    X, y = read_conll(io.StringIO("".join(token(i, f"w{i % 3}") + "\n" for i in range(1, 42))))
    assert X[0][0] is X[0][3]
    assert y[0][0] is y[0][1]
    assert sys.getsizeof(X[0]) == sys.getsizeof([None] * 41)


# Malformed files


MALFORMED = {
    "columns missing": (
        [token(1), "2\tw\tX"],
        {},
        2,
        r"found 3 column\(s\), expected 10 \(id form lemma .* misc\), in '2\\tw\\tX'.*layout",
    ),
    "range with columns missing": (["1-2\tw", token(1)], {}, 1, r"found 2 column\(s\)"),
    "white space for tabs": ([token(1).replace("\t", " ")], {}, 1, r"found 1 column.*separator"),
    "long line": (["x" * 99], {}, 1, r"in 'x{56}\.\.\.\. Pass the layout"),
    "conll2000": (
        ["a b c", "", "a b"],
        {"layout": "conll2000"},
        3,
        r"found 2 column\(s\), expected 3 \(form pos chunk\), in 'a b'",
    ),
    "conll2003": (["a b c"], {"layout": "conll2003"}, 1, r"expected 4 \(form pos chunk ner\)"),
    "names": (["a b c"], {"layout": ["form", "pos"]}, 1, r"expected 2 \(form pos\)"),
    "unlike the first line": (
        ["a b", "", "a b c"],
        {"layout": None},
        3,
        r"found 3 column\(s\), expected 2 as in the first line, in 'a b c'",
    ),
    "trailing tab": (["a\tO", "b\tO\t"], {"layout": None}, 2, "found 3"),
    "one column": (
        ["", "word"],
        {"layout": None},
        2,
        "found 1 column, expected at least 2, for words and tags.*columns=0",
    ),
    "no such number": (
        ["a b"],
        {"layout": None, "columns": (0, 2)},
        1,
        "There is no column 2. There are 2, numbered from 0 to 1 or from -2 to -1",
    ),
    "no such negative number": (["a b"], {"layout": None, "columns": -3}, 1, "no column -3"),
    "form empty": ([token(1), token(2, "")], {}, 2, "column 1 is empty, expected a value"),
    "tag empty": ([token(1, "a", "")], {}, 1, "column 3 is empty"),
    "tag empty in other layout": (["a\t\tX"], {"layout": None, "columns": 1}, 1, "1 is empty"),
    "form blank": (["\u00a0\tX", " \tX"], {"layout": None}, 2, "column 0 is empty.*separator"),
    "comment in columns": (
        ["# sent_id = 1", "a X"],
        {"layout": None},
        1,
        "'# sent_id = 1' looks like a comment, but this layout has none.*comment=\"#\"",
    ),
    "comment of as many columns": (
        ["a b c d", "# text = x"],
        {"layout": None, "columns": (0, 1)},
        2,
        'looks like a comment.*comment="#"',
    ),
    "begin of a document": (["#begin document (wsj);", "a X"], {"layout": None}, 1, "comment="),
    "new document": (["# newdoc", "a X"], {"layout": None}, 1, "looks like a comment"),
    "a comment of other words": (
        ["# written by hand", "a X"],
        {"layout": None},
        2,
        'found 2 column.*expected 4 as in the first line.*comment="#"',
    ),
    "widths that differ in a sentence": (
        ["a X", "", "b X", "c X X"],
        {"layout": None, "columns": (0, 1)},
        4,
        "found 3 column.*expected 2 as in the first line of the sentence",
    ),
    "no id": (["a", ""], {"layout": ["form", "id"], "columns": 0}, 1, "found 1 column.*expected 2"),
    "id no number": (
        [token(1), token("b")],
        {},
        2,
        "found the id 'b', expected '2'.*numbered 1, 2, 3.*'1-2'.*'8.1'",
    ),
    "id repeated": ([token(1), token(1)], {}, 2, "found the id '1', expected '2'.*blank line"),
    "id left out": ([token(1), token(3)], {}, 2, "found the id '3', expected '2'"),
    "first id": (["# c", token(2)], {}, 2, "found the id '2', expected '1'"),
    "id after range": (["1-2" + token(1)[1:], token(2)], {}, 2, "found the id '2', expected '1'"),
    "id with a zero": ([token("01")], {}, 1, "found the id '01'"),
    "id in other digits": ([token("\u0661")], {}, 1, "found the id '\u0661'"),
    "id empty": ([token("")], {}, 1, "found the id ''"),
    "range without end": ([token(1), token("2-")], {}, 2, "found the id '2-'"),
    "more after a range": ([token(1), token("2-3x")], {}, 2, "found the id '2-3x'"),
    "empty node of zero": ([token(1), token("1.0")], {}, 2, r"found the id '1\.0'"),
}


@pytest.mark.parametrize(
    ("lines", "parameters", "number", "message"), MALFORMED.values(), ids=MALFORMED
)
def test_malformed_lines_are_named(tmp_path, lines, parameters, number, message):
    path = tmp_path / "bad.conllu"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}, line {number}: .*{message}"):
        read_conll(path, **parameters)
    with path.open("rb") as file, pytest.raises(ValueError, match=rf"bad.conllu, line {number}:"):
        read_conll(file, **parameters)
    with pytest.raises(ValueError, match=f"^<stream>, line {number}: .*{message}"):
        read_conll(lines, **parameters)


def test_columns_that_are_not_requested_may_be_empty():
    assert read_conll(["1\ta" + "\t" * 8], "form") == [["a"]]


def test_iter_conll_yields_the_sentences_before_a_malformed_one():
    sentences = iter_conll(["a X", "", "b", ""], layout=None)
    assert next(sentences) == (["a"], ["X"])
    with pytest.raises(ValueError, match="line 3"):
        next(sentences)


@pytest.mark.parametrize("n_before", [0, 1, 5, 3000])
@pytest.mark.parametrize("as_source", ["path", "binary file", "text file", "lines"])
def test_undecodable_bytes_are_named(tmp_path, n_before, as_source):
    path = tmp_path / "latin.txt"
    text = "ungefähr X\n".encode() * n_before + "naïve X\nb Y\n".encode("latin-1")
    path.write_bytes(text + b"c Z\n" * 3000)
    message = rf"line {n_before + 1}: byte 0xef is not utf-8 \(.+\)\. Pass the encoding"
    with path.open("rb") as binary, path.open(encoding="utf-8") as file:
        sources = {"path": path, "binary file": binary, "text file": file}
        source = sources.get(as_source, path.read_bytes().split(b"\n"))
        with pytest.raises(ValueError, match=message) as caught:
            read_conll(source, layout=None)
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    name = "<stream>" if as_source == "lines" else str(path)
    assert str(caught.value).startswith(f"{name}, ")


def test_missing_files_are_reported_as_python_does(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_conll(tmp_path / "nowhere.conllu")


# Arguments of reading


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (
            {"layout": "conll2009"},
            ValueError,
            "no layout 'conll2009'. There are 'conllu', 'conll2000', 'conll2003'.*column names",
        ),
        ({"layout": []}, ValueError, r"layout must be a sequence of column names, got \[\]"),
        ({"layout": [1, 2]}, ValueError, r"layout must be a sequence of column names, got \[1, 2"),
        ({"layout": ["a", "b", "a"]}, ValueError, "must differ"),
        ({"layout": ["form"]}, ValueError, "only one column: pass columns='form'"),
        (
            {"columns": "tag"},
            ValueError,
            "no column 'tag'. There are 10 named 'id', 'form', .*'misc', numbered from 0 to 9",
        ),
        ({"columns": ("form", 10)}, ValueError, "no column 10. There are 10 named"),
        ({"columns": -11}, ValueError, "no column -11"),
        ({"columns": "upos", "layout": "conll2000"}, ValueError, "named 'form', 'pos', 'chunk'"),
        (
            {"columns": "form", "layout": None},
            ValueError,
            "'form' is a name, but layout=None has numbers only",
        ),
        ({"columns": ()}, ValueError, "columns is empty"),
        ({"columns": (1.5, 2)}, TypeError, "columns must be names or whole numbers, got 1.5"),
        ({"separator": ""}, ValueError, "separator must be .*, got ''"),
        ({"separator": "\n"}, ValueError, r"separator must be .*, got '\\n'"),
        ({"separator": 3}, ValueError, "separator must be .*, got 3"),
        ({"source": DUCKS}, ValueError, r"source contains a line end.*io.StringIO"),
        ({"source": b"1\tx"}, TypeError, "source must be a path .*, got bytes"),
        ({"source": 3}, TypeError, "source must be a path .*, got int"),
        ({"source": None}, TypeError, "source must be a path .*, got NoneType"),
        ({"source": [["a", "X"]]}, TypeError, r"lines of source must be str or bytes, got \['a'"),
        ({"source": ["a\nb"]}, ValueError, r"line 1: the item is more than one line: 'a\\nb'"),
        ({"encoding": "klingon"}, LookupError, "klingon"),
        ({"comment": " #"}, ValueError, "comment must not begin with a space or a tab, got ' #'"),
        ({"comment": ""}, ValueError, "comment must be .*, got ''"),
        ({"normalize": "nfc"}, ValueError, "normalize must be 'NFC', .* or None, got 'nfc'"),
        ({"errors": "ignore"}, ValueError, "errors must be 'strict' or 'skip', got 'ignore'"),
        ({"header": True}, ValueError, "header=True .* pass layout=None with it"),
    ],
)
def test_wrong_arguments_of_reading(parameters, error, message):
    with pytest.raises(error, match=message):
        read_conll(**{"source": [token(1)], **parameters})


def test_iter_conll_checks_its_arguments_at_once():
    with pytest.raises(ValueError, match="no layout"):
        iter_conll([], layout="conll")
    with pytest.raises(ValueError, match="no column"):
        iter_conll([], "tag", layout="conll2000")
    with pytest.raises(ValueError, match="errors must be 'strict' or 'skip', got 'ignore'"):
        iter_conll([], errors="ignore")


# Writing


WORDS = [["Do", "n't"], ["_"]]
TAGS = [["AUX", "PART"], ["PUNCT"]]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {},
            "1\tDo\t_\tAUX\t_\t_\t_\t_\t_\t_\n2\tn't\t_\tPART\t_\t_\t_\t_\t_\t_\n\n"
            "1\t_\t_\tPUNCT\t_\t_\t_\t_\t_\t_\n\n",
        ),
        (
            {"columns": ("xpos", -9)},
            "1\tAUX\t_\t_\tDo\t_\t_\t_\t_\t_\n2\tPART\t_\t_\tn't\t_\t_\t_\t_\t_\n\n"
            "1\tPUNCT\t_\t_\t_\t_\t_\t_\t_\t_\n\n",
        ),
        ({"layout": "conll2000"}, "Do _ AUX\nn't _ PART\n\n_ _ PUNCT\n\n"),
        ({"layout": "conll2003"}, "Do _ _ AUX\nn't _ _ PART\n\n_ _ _ PUNCT\n\n"),
        ({"layout": ["a", "b", "c"]}, "Do\t_\tAUX\nn't\t_\tPART\n\n_\t_\tPUNCT\n\n"),
        (
            {"layout": ["a", "b"], "columns": [1, "a"]},
            "AUX\tDo\nPART\tn't\n\nPUNCT\t_\n\n",
        ),
        ({"layout": ["a", "b"]}, "Do\tAUX\nn't\tPART\n\n_\tPUNCT\n\n"),
        ({"layout": None}, "Do\tAUX\nn't\tPART\n\n_\tPUNCT\n\n"),
    ],
)
def test_written_text(parameters, expected):
    file = io.StringIO()
    write_conll(file, WORDS, TAGS, **parameters)
    assert file.getvalue() == expected
    assert not file.closed


def test_one_column_is_written():
    file = io.StringIO()
    write_conll(file, WORDS, columns="form", layout=["form"])
    assert file.getvalue() == "Do\nn't\n\n_\n\n"
    again = io.StringIO()
    write_conll(again, WORDS, layout=["form"])
    assert again.getvalue() == file.getvalue()


@pytest.mark.parametrize("layout", [["form", "true", "pred"], "conll2000"])
def test_as_many_values_as_columns_are_written_in_column_order(layout):
    file = io.StringIO()
    predicted = [["VERB", "PART"], ["X"]]
    write_conll(file, WORDS, TAGS, predicted, layout=layout)
    file.seek(0)
    assert read_conll(file, range(3), layout=layout) == (WORDS, TAGS, predicted)


@pytest.mark.parametrize(
    "as_sequences",
    [
        tuple,
        lambda sentences: (tuple(sentence) for sentence in sentences),
        lambda sentences: [np.array(sentence) for sentence in sentences],
        lambda sentences: [np.array(sentence, dtype=object) for sentence in sentences],
        lambda sentences: np.array([*sentences, None], dtype=object)[:-1],
    ],
)
def test_values_may_be_any_sequences(as_sequences):
    file = io.StringIO()
    write_conll(file, as_sequences(WORDS), as_sequences(TAGS))
    file.seek(0)
    assert read_conll(file) == (WORDS, TAGS)


def test_an_empty_corpus_is_an_empty_file(tmp_path):
    write_conll(tmp_path / "empty", [], [])
    assert (tmp_path / "empty").read_bytes() == b""


NASTY = ["\xa0", "\u2028", "\x85", "\x0b", "\x0c", "\x1e", "\u200d", "\ufeff", "#", "_", "-", '"']
NASTY += ["\\", "'", "é", "ї", "م", "😀", "e\u0301", "a", "B", "7", ".", "-DOCSTART-", "1-2"]


def random_corpus(rng, n_columns, *, spaces):
    """Draw columns of sentences full of words that are easily misread."""

    def draw_value():
        value = "".join(rng.choices(NASTY, k=rng.randint(1, 4)))
        return f"{value} {rng.choice(NASTY)}" if spaces and rng.random() < 0.3 else value

    lengths = [rng.randint(1, 6) for _ in range(40)]
    return tuple([[draw_value() for _ in range(n)] for n in lengths] for _ in range(n_columns))


@pytest.mark.parametrize("suffix", OPENERS)
@pytest.mark.parametrize(
    ("layout", "columns"),
    [
        ("conllu", None),
        ("conllu", ("form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")),
        ("conll2000", None),
        ("conll2003", ("pos", "form")),
        (["word", "lemma", "tag"], ("tag", "word")),
        (None, None),
        (["word"], ("word",)),
    ],
)
def test_write_and_read_round_trip(tmp_path, layout, columns, suffix):
    rng = random.Random(f"{layout} {columns}")
    spaces = layout == "conllu" or layout is None or len(layout) == 3
    corpus = random_corpus(rng, 2 if columns is None else len(columns), spaces=spaces)
    # Words that these layouts cannot represent have their own test.
    starts = "\ufeff", "-DOCSTART-"
    for column in corpus:
        column[:] = [["x" + v if v.startswith(starts) else v for v in words] for words in column]
    path = tmp_path / f"corpus{suffix}"
    write_conll(path, *corpus, columns=columns, layout=layout)
    assert read_conll(path, columns, layout=layout) == corpus
    with OPENERS[suffix](path, "rb") as file:
        text = file.read().decode()
    assert read_conll(io.StringIO(text), columns, layout=layout) == corpus
    file = io.StringIO()
    write_conll(file, *corpus, columns=columns, layout=layout)
    assert file.getvalue() == text


@pytest.mark.parametrize("layout", ["conllu", "conll2000", None])
def test_words_that_look_like_comments_or_boundaries_round_trip(tmp_path, layout):
    words = [["#", "a\ufeff", "#x"], ["#", "a-DOCSTART-"]]
    if layout == "conllu":
        words = [["-DOCSTART-", "\ufeff"], ["\ufeff#", "-DOCSTART-"]]
    write_conll(tmp_path / "corpus", words, words, layout=layout)
    assert read_conll(tmp_path / "corpus", layout=layout) == (words, words)


TABLE = {"layout": None}
ODD_FILES = {
    "white space": (["a  X", " b \t Y ", "", "c\u00a0 \u2028"], TABLE, TABLE),
    "spaces inside": (["New York\tB x", "#tag\tO"], TABLE, TABLE),
    "joined files": (["\ufeffa X", "", "\ufeff", " \ufeff \ufeffb\ufeff X"], TABLE, TABLE),
    "old line ends": (["a X\rb Y\r\rc Z"], TABLE, TABLE),
    "comments": (["% x", "#a X", "# Y"], TABLE | {"comment": "%"}, TABLE),
    "documents": (["-DOCSTART- -X-", "a X", "-DOCSTART-", "b X"], TABLE, TABLE),
    "a header": (["w\ttag", "a b\tX"], TABLE | {"header": True}, {"layout": ["w", "tag"]}),
    "a separator": (["a b, X", "c\x0b,d"], TABLE | {"separator": ","}, TABLE),
    "commas": (["a b|X,Y"], TABLE | {"separator": "|"}, TABLE | {"separator": "|"}),
    "tabs inside": (["a\tb,X"], TABLE | {"separator": ","}, TABLE | {"separator": ","}),
    "one column": (["New York", "a"],
        TABLE | {"separator": "\t", "columns": [0]}, TABLE | {"separator": "\t"}),
    "ids": (["1\ta\tX", "1-2\tbc\t_", "2\t#\tY"],
        {"layout": ["id", "w", "t"]}, {"layout": ["id", "w", "t"]}),
    "ids read": (["1\ta\tX", "2\tb\tY"],
        {"layout": ["id", "w", "t"], "columns": [0, 1]}, {"layout": ["id", "w"]}),
    "ids after words": (["#a\t1\tX", "# text = b\t2\t_"],
        {"layout": ["w", "id", "t"]}, {"layout": ["w", "id", "t"]}),
    "further columns": ([token(1, "a b") + "\tx\ty"], {}, {}),
    "CoNLL-U Plus": (["# global.columns = ID FORM UPOS", "1\t#\tX"],
        {}, {"layout": ["id", "form", "upos"]}),
    "widths": (["a b X", "", "a b"], TABLE | {"columns": (0, 1)}, TABLE),
    "normal forms": (["\u00e9 e\u0301 \ufb01"], TABLE | {"normalize": "NFKC"}, TABLE),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "reading", "writing"), ODD_FILES.values(), ids=ODD_FILES)
def test_whatever_is_read_is_written_and_read_again(tmp_path, lines, reading, writing):
    values = read_conll(lines, **reading)
    assert any(values)
    write_conll(tmp_path / "corpus", *values, **writing)
    columns = range(len(values)) if writing.get("layout", "") is None else reading.get("columns")
    assert read_conll(tmp_path / "corpus", columns, **writing) == values


def test_encoding_of_writing(tmp_path):
    path = tmp_path / "corpus"
    write_conll(path, [["їжак"]], layout=None, encoding="cp1251")
    assert path.read_bytes() == "їжак\n\n".encode("cp1251")


def test_a_corpus_that_cannot_be_written_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "corpus"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ValueError, match="not be read back"):
        write_conll(path, [["a"], [""]], layout=None)
    with pytest.raises(UnicodeEncodeError):
        write_conll(path, [["a"] * 100_000, ["é"]], layout=None, encoding="ascii")
    assert os.listdir(tmp_path) == ["corpus"]
    assert path.read_text(encoding="utf-8") == "old"


# Arguments of writing


@pytest.mark.parametrize("value", ["", " ", " a", "a ", "a\tb", "a\nb", "a\rb", "a\n"])
def test_values_that_would_not_be_read_back(value):
    for layout in ("conllu", "conll2000", "conll2003", ["form", "tag"], None):
        with pytest.raises(
            ValueError,
            match=rf"^(form|values\[0\])\[1\]\[2\] is {re.escape(repr(value))}, which would not",
        ):
            write_conll(io.StringIO(), *[[["a"], ["b", "c", value]]] * 2, layout=layout)


@pytest.mark.parametrize("layout", ["conll2000", "conll2003"])
def test_spaces_where_spaces_separate_columns(layout):
    with pytest.raises(ValueError, match=r"form\[0\]\[0\] is 'New York'"):
        write_conll(io.StringIO(), [["New York"]], [["O"]], layout=layout)


def test_spaces_in_a_file_of_one_column():
    with pytest.raises(ValueError, match=r"values\[0\]\[0\]\[0\] is 'New York'"):
        write_conll(io.StringIO(), [["New York"]], layout=None)


@pytest.mark.parametrize(
    ("values", "parameters", "error", "message"),
    [
        (
            (WORDS, TAGS[:1]),
            {},
            ValueError,
            "form has 2 sequences, but upos has 1: pass both for the same sequences",
        ),
        (
            (WORDS, [TAGS[0], TAGS[0]]),
            {},
            ValueError,
            r"form\[1\] has 1 tokens, but upos\[1\] has 2: pass both for the same sequences",
        ),
        (
            (WORDS, TAGS, [["a"], ["b"]]),
            {"layout": None},
            ValueError,
            r"values\[0\]\[0\] has 2 tokens, but values\[2\]\[0\] has 1",
        ),
        (([["a"], []], [["X"], []]), {}, ValueError, r"form\[1\] has no tokens.*Remove the"),
        ((["ab"], ["XY"]), {}, TypeError, r"form\[0\] is 'ab', not a .* Pass a list of str"),
        (([["a", 3]], [["X", "Y"]]), {}, TypeError, r"form\[0\]\[1\] must be a str, got 3"),
        (([["a"]], [[None]]), {}, TypeError, r"upos\[0\]\[0\] must be a str, got None"),
        ((WORDS,), {}, ValueError, r"Got 1 sequence\(s\) of sentences for 2 column\(s\), 'form', "),
        ((), {}, ValueError, r"Got 0 sequence\(s\)"),
        ((WORDS,), {"layout": ["a", "b"]}, ValueError, r"Got 1 .* for 2 column\(s\)"),
        ((WORDS, TAGS, TAGS), {"layout": ["a", "b"]}, ValueError, r"Got 3 .* for 2 column\(s\)"),
        ((WORDS, TAGS, TAGS), {"layout": [*"abcd"]}, ValueError, r"Got 3 .* for 2 .*, 'a', 'd'\."),
        ((WORDS, TAGS), {"layout": ["a"]}, ValueError, r"Got 2 .* for 1 column\(s\), 'a'"),
        ((), {"layout": ["a"]}, ValueError, r"Got 0 .* for 1 column\(s\), 'a'"),
        (
            (WORDS,) * 10,
            {},
            ValueError,
            r"id\[0\]\[0\] is 'Do', expected '1'.*written automatically",
        ),
        (
            (WORDS, TAGS),
            {"layout": ["a", "b"], "columns": "a"},
            ValueError,
            r"Got 2 .* for 1 column\(s\), 'a'",
        ),
        ((WORDS, TAGS), {"columns": "form"}, ValueError, r"Got 2 .* 1 column\(s\), 'form'"),
        ((WORDS, TAGS), {"columns": ("form", 1)}, ValueError, "one column twice"),
        ((WORDS, TAGS), {"columns": ("id", "form")}, ValueError, "the ids of a sentence are 1, 2"),
        ((WORDS, TAGS), {"columns": (-10, "form")}, ValueError, "the ids of a sentence are 1, 2"),
        ((WORDS, TAGS), {"columns": ("form", "tag")}, ValueError, "no column 'tag'"),
        ((WORDS, TAGS), {"layout": "conll"}, ValueError, "no layout 'conll'"),
        ((WORDS, TAGS), {"layout": None, "columns": (0, 1)}, ValueError, "With layout=None"),
        ((), {"layout": None}, ValueError, "With layout=None"),
        (
            ([["a", "-DOCSTART-s"]], [["O", "O"]]),
            {"layout": "conll2003"},
            ValueError,
            r"The line of form\[0\]\[1\], '-DOCSTART-s _ _ O', .*the boundary of a document",
        ),
        (
            ([["a"], ["\ufeffa"]],),
            {"layout": None},
            ValueError,
            r"values\[0\]\[1\].* byte order mark",
        ),
        (
            ([["# text ="]], [["X"]]),
            {"layout": ["form", "id", "tag"]},
            ValueError,
            r"The line of form\[0\]\[0\], '# text =.*', would be read as a comment",
        ),
        (([["a,b"]], [["X"]]), {"layout": None, "separator": ","}, ValueError, "not be read back"),
    ],
)
def test_wrong_arguments_of_writing(tmp_path, values, parameters, error, message):
    path = tmp_path / "corpus"
    with pytest.raises(error, match=message):
        write_conll(path, *values, **parameters)
    assert not path.exists()


# The development corpora: the counts are those of their README


def n_values(column):
    return len({value for values in column for value in values} - {"_"})


@pytest.mark.parametrize(
    ("name", "n_sentences", "n_words", "n_upos", "n_xpos", "n_feats"),
    [
        ("ud_english_ewt/train", 12544, 204577, 17, 49, 229),
        ("ud_english_ewt/dev", 2001, 25147, 17, 49, 150),
        ("ud_english_ewt/test", 2077, 25094, 17, 48, 132),
        ("ud_ukrainian_parlamint/train", 1902, 30200, 16, 22, 684),
        ("ud_ukrainian_parlamint/dev", 739, 10842, 15, 17, 507),
        ("ud_ukrainian_parlamint/test", 792, 10955, 15, 17, 515),
        ("ud_uyghur_udt/train", 1656, 19262, 16, 15, 150),
        ("ud_uyghur_udt/dev", 900, 10644, 16, 14, 143),
        ("ud_uyghur_udt/test", 900, 10330, 16, 14, 149),
    ],
)
def test_universal_dependencies(name, n_sentences, n_words, n_upos, n_xpos, n_feats):
    path = corpus_path(f"{name}.conllu.xz")
    forms, upos, xpos, feats = read_conll(path, ["form", "upos", "xpos", "feats"])
    assert len(forms) == len(upos) == n_sentences
    assert sum(map(len, forms)) == sum(map(len, feats)) == n_words
    assert (n_values(upos), n_values(xpos), n_values(feats)) == (n_upos, n_xpos, n_feats)
    assert read_conll(path) == (forms, upos)


@pytest.mark.parametrize(
    ("name", "n_sentences", "n_words", "n_entities"),
    [("train", 3394, 62730, 1975), ("dev", 1009, 15733, 836), ("test", 1287, 23394, 1079)],
)
def test_wnut17(name, n_sentences, n_words, n_entities):
    X, y = read_conll(corpus_path(f"wnut17/{name}.conll.xz"), layout=None)
    assert len(X) == len(y) == n_sentences
    assert sum(map(len, X)) == n_words
    tags = Counter(tag for tags in y for tag in tags)
    assert sum(count for tag, count in tags.items() if tag.startswith("B-")) == n_entities
    kinds = ("person", "location", "group", "corporation", "product", "creative-work")
    assert set(tags) == {"O", *(f"{mark}-{kind}" for mark in "BI" for kind in kinds)}


def test_wnut17_keeps_hashtags():
    X = read_conll(corpus_path("wnut17/train.conll.xz"), 0, layout=None)
    assert sum(word.startswith("#") for words in X for word in words) > 500


def test_real_corpora_round_trip(tmp_path):
    for name in ("ud_english_ewt/test", "ud_uyghur_udt/dev", "ud_ukrainian_parlamint/dev"):
        columns = ("form", "lemma", "upos", "feats")
        corpus = read_conll(corpus_path(f"{name}.conllu.xz"), columns)
        write_conll(tmp_path / "corpus.conllu.gz", *corpus, columns=columns)
        assert read_conll(tmp_path / "corpus.conllu.gz", columns) == corpus


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("damage", ["garbage", "cut off"])
def test_a_broken_compressed_file_is_named(tmp_path, suffix, damage):
    path = tmp_path / f"corpus.conllu{suffix}"
    write_conll(path, [[f"word{k}"] for k in range(3000)], [["NOUN"]] * 3000)
    written = path.read_bytes()
    cut_off = written[: len(written) // 2]
    path.write_bytes(cut_off if damage == "cut off" else b"this is no compressed file")
    with pytest.raises(
        ValueError, match=rf"corpus\.conllu\{suffix}.* is not a whole \{suffix} file"
    ):
        read_conll(path)


# Any bytes

# Parts of lines that mean something to a reader, or that look as if they did.
PARTS = [
    *(b"\n", b"\n\n", b"\r\n", b"\r", b"\t", b" ", b",", b"_", b"word", b"X", b"1", b"2", b"0"),
    *(b"1-2", b"1.1", b"9" * 5000, b"-1", b"# ", b"#", b"# newpar\n", b"-DOCSTART-", b"w\tTAG\n"),
    *(b"# global.columns = ID FORM TAG\n", b"# global.columns = a a\n", b"# global.columns =\n"),
    *(b"1\tw\t_\tX\t_\t_\t_\t_\t_\t_\n", b"2\tw\t_\tX\t_\t_\t_\t_\t_\t_\n\n", b"x" * 5000),
    *(b"\xff", b"\x00", b"\x0b", b"\x1b[2J", b"\x85", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(text.encode() for text in ("їжак", "٣", "\u2028\xa0\u202e")),
]
BYTES = st.lists(st.sampled_from(PARTS) | st.binary(max_size=4), max_size=30).map(b"".join)
LAYOUTS = st.sampled_from(["conllu", "conll2000", None, ("word", "tag"), ("id", "word", "tag")])
SEPARATORS = st.sampled_from([None, " ", "\t", ",", "ab"])
OPTIONS = st.fixed_dictionaries(
    {
        "separator": SEPARATORS,
        "comment": st.sampled_from([None, "#", "# ", "w"]),
        "normalize": st.sampled_from([None, "NFC", "NFKD"]),
        "encoding": st.sampled_from(
            ["utf-8", "utf-8-sig", "latin-1", "ascii", "shift_jis", "utf-7"]
        ),
    }
)
# What errors begin with: a place in the file, or the option that does not fit it.
PLACE_OR_OPTION = re.compile(
    r"<stream>, line \d+: .|<stream> has \d+ malformed lines\. The first:\nline \d+: ."
    "|<stream>: (There is no column '|The layout has only one column)"
)
modes = pytest.mark.parametrize("n_examples", [200, pytest.param(20_000, marks=pytest.mark.long)])


def fuzz(n_examples, check, **strategies):
    """Call a function with many values of its arguments; the same ones each time."""
    run = settings(max_examples=n_examples, deadline=None, derandomize=True, database=None)
    run(given(**strategies)(check))()


def result_or_error(function, *args, **options):
    """Return the result of a function and an empty text, or None and the text of its error."""
    try:
        return function(*args, **options), ""
    except ValueError as error:
        return None, str(error)


@modes
@pytest.mark.filterwarnings("ignore:.*(one sentence|has '_'|begins with|Left out):UserWarning")
def test_any_bytes_are_sentences_or_an_error_with_the_line(n_examples):
    def check(data, layout, header, options):
        options = {**options, "layout": layout, "header": header and layout is None}
        strict, error = result_or_error(read_conll, io.BytesIO(data), **options)
        assert strict or PLACE_OR_OPTION.match(error)
        assert len(error) < 3000
        skip, skip_error = result_or_error(read_conll, io.BytesIO(data), errors="skip", **options)
        assert skip or PLACE_OR_OPTION.match(skip_error)
        for X, y in filter(None, (strict, skip)):
            assert [*map(len, X)] == [*map(len, y)]
            assert all(X)
            assert all(type(value) is str and value for values in X + y for value in values)
        one_by_one, first_error = result_or_error(
            lambda: list(iter_conll(io.BytesIO(data), **options))
        )
        assert bool(first_error) is bool(error)
        if strict:
            assert skip == strict
            assert one_by_one == [*zip(*strict, strict=True)]

    fuzz(n_examples, check, data=BYTES, layout=LAYOUTS, header=st.booleans(), options=OPTIONS)


@modes
@pytest.mark.filterwarnings("ignore:.*(one sentence|has '_'|begins with):UserWarning")
def test_any_values_are_written_and_read_back_or_an_error_with_the_place(n_examples):
    value = st.text(max_size=4) | st.sampled_from(["#", "# a = b", "-DOCSTART-", "\ufeff", "a b"])
    sentences = st.lists(st.lists(st.tuples(value, value), max_size=3), max_size=3)

    def check(sentences, layout, separator):
        columns = tuple([[pair[k] for pair in each] for each in sentences] for k in (0, 1))
        options = {"layout": layout, "separator": separator}
        file = io.StringIO()
        _, error = result_or_error(write_conll, file, *columns, **options)
        if error:
            assert re.match(r"(The line of )?(\w+|values\[[01]\])\[\d+\]", error)
            assert not file.getvalue()
        elif sentences:
            assert read_conll(io.StringIO(file.getvalue()), **options) == columns

    fuzz(n_examples, check, sentences=sentences, layout=LAYOUTS, separator=SEPARATORS)
