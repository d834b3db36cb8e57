import contextlib
import errno
import gzip
import io
import lzma
import os
import re
import signal
import sys
import threading
import warnings

import joblib
import numpy as np
import pytest
from _commands import PATIENCE, limited_files, start, tiny_tagger, type_in

from sklstm import _files, _reporting
from sklstm._cli import _streams, _tag, main
from sklstm._cli._layouts import FileLayout
from sklstm._cli._progress import Progress
from sklstm._cli._streams import Lines, tokenize_english
from sklstm.datasets import load_english_pos, read_conll
from sklstm.ensemble import VotingTagger

CONLLU = (
    "# sent_id = 1\n"
    "1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tde\tde\tX\t_\tA=B|C=D\t0\troot\t_\tSpaceAfter=No\n"
    "2\tle\t_\tX\t_\t_\t1\tdet\t_\t_\n"
    "2.1\tempty\t_\tX\t_\t_\t_\t_\t_\t_\n"
    "\n"
    "# sent_id = 2\n"
    "1\tpain\t_\tX\t_\t_\t0\troot\t_\t_\n"
    "\n"
    "# the end\n"
    "\n"
)


@pytest.fixture(scope="module")
def tagger(english):
    return tiny_tagger().fit(*english)


@pytest.fixture(scope="module")
def model(tagger, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tagger.joblib"
    joblib.dump(tagger, path)
    return str(path)


@pytest.fixture
def tag(model, capsys, monkeypatch):
    """Return a function that tags its argument from standard input and returns the output."""

    def tag_typed(data, *options):
        data = data if isinstance(data, bytes) else data.encode()
        type_in(monkeypatch, data)
        assert main(["tag", "-m", model, *options]) == 0
        return capsys.readouterr().out

    return tag_typed


@pytest.fixture
def warning_of(tag, capsys, model, monkeypatch):
    """Return a function that tags its argument and returns the warnings, which are not errors."""

    def tag_typed(data, *options):
        type_in(monkeypatch, data.encode())
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            assert main(["tag", "-m", model, *options]) == 0
        return capsys.readouterr().err

    return tag_typed


def tags_of(tagger, *sentences):
    return tagger.predict([sentence.split() for sentence in sentences]).tolist()


def test_an_ensemble_tags_by_its_vote(english, tmp_path, monkeypatch, capsys):
    members = [(f"seed{seed}", tiny_tagger(random_state=seed)) for seed in range(2)]
    voting = VotingTagger(members, weights=[0, 1]).set_params(seed1__verbose=2).fit(*english)
    capsys.readouterr()
    joblib.dump(voting, tmp_path / "model")
    type_in(monkeypatch, b"The old man .")
    assert main(["tag", "-m", str(tmp_path / "model")]) == 0
    (tags,) = tags_of(voting, "The old man .")
    expected = "".join(
        f"{word}\t{tag}\n" for word, tag in zip(["The", "old", "man", "."], tags, strict=True)
    )
    assert capsys.readouterr().out == f"{expected}\n"


@pytest.mark.parametrize("make", [tiny_tagger, lambda: VotingTagger([("a", tiny_tagger())])])
def test_a_tagger_that_is_not_fitted_is_an_error(make, tmp_path, monkeypatch, capsys):
    joblib.dump(make(), tmp_path / "model")
    type_in(monkeypatch, b"The old man .")
    assert main(["tag", "-m", str(tmp_path / "model")]) == 1
    assert "Tagger that is not fitted." in capsys.readouterr().err


# -- plain text ---------------------------------------------------------------------------------


def test_plain_text_is_written_with_one_word_and_its_tag_per_line(tag, tagger):
    first, second = tags_of(tagger, "The old man .", "Swim !")
    assert tag("The old man .\n\n  \nSwim !") == (
        f"The\t{first[0]}\nold\t{first[1]}\nman\t{first[2]}\n.\t{first[3]}\n\n\n\n"
        f"Swim\t{second[0]}\n!\t{second[1]}\n\n"
    )


def test_line_k_of_plain_text_is_block_k_of_the_output(tag):
    lines = ["The old man", "", "boats", "  ", "", "The"]
    output = tag("\n".join(lines))
    blocks = re.findall(r"((?:.+\n)*)\n", output)
    assert [[line.split("\t")[0] for line in block.splitlines()] for block in blocks] == [
        line.split() for line in lines
    ]


def test_a_line_of_white_space_is_a_blank_line(tag):
    assert tag("The old man\n \t\nthe boat .\n") == tag("The old man\n\nthe boat .\n")


def test_a_comment_on_the_first_line_is_text_with_the_layout_text(tag):
    text = "# text = The boat\n"
    assert tag(text, "--layout", "text").startswith("#\t")
    assert tag("# The boat\n#boats = many\n").startswith("#\t")


def test_empty_input_gives_empty_output(tag):
    assert tag("") == ""
    assert tag("\n\n") == "\n\n"


def test_the_output_can_be_read_by_read_conll(tag, tagger, english):
    X, _ = english
    output = tag("".join(" ".join(words) + "\n" for words in X))
    words, tags = read_conll(io.StringIO(output), layout=None)
    assert words == X
    assert tags == tagger.predict(X).tolist()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--words", "spaces"], ["Don't", "go."]),
        (["--words", "english"], ["Do", "n't", "go", "."]),
    ],
)
def test_plain_text_is_tokenized_at_spaces_or_as_in_english_treebanks(options, words, tag):
    lines = tag("Don't go.\n", *options).splitlines()
    assert [line.partition("\t")[0] for line in lines] == [*words, ""]


@pytest.mark.parametrize(
    "text", ["I sail a boat.\n", 'He said: "Go home!"\n' * 9, "Go home.\nWhy\n" * 9]
)
def test_a_word_that_ends_in_punctuation_hints_at_words_english(text, warning_of):
    error = warning_of(text)
    assert error.startswith("sklstm tag: warning: most sentences end in a word like ")
    assert error.count("--words english") == error.count("\n") == 1
    assert not warning_of(text, "--words", "english")
    assert not warning_of(text, "--words", "spaces")


@pytest.mark.parametrize(
    "text", ["I sail a boat .\n", "at 5 p.m.\n", "A title\nGo home.\n" * 9, "", "\n", "...\n"]
)
def test_tokenized_text_gives_no_hint(text, warning_of):
    assert not warning_of(text)


def test_a_tagger_of_text_that_is_split_at_spaces_gives_no_hint(tmp_path, monkeypatch, capsys):
    joblib.dump(tiny_tagger().fit([["Go", "home."]], [["V", "N"]]), tmp_path / "model")
    type_in(monkeypatch, b"Go home.\n")
    assert main(["tag", "-m", str(tmp_path / "model")]) == 0
    assert not capsys.readouterr().err


def test_one_word_per_line_hints_at_columns(warning_of):
    text = "The\nold\nman\n.\n\nHe\nswims\n.\n\n"
    assert "all lines have one word" in (error := warning_of(text))
    assert "pass --columns 0\n" in error
    assert not warning_of(text, "--columns", "0")
    assert not warning_of(text.replace("\n\n", "\n"))  # a list of words


def test_english_is_tokenized_as_in_the_corpus():
    X, _ = load_english_pos(subset="all", return_X_y=True)
    n_equal = sum(tokenize_english(" ".join(words)) == words for words in X)
    assert n_equal / len(X) > 0.95


# -- columns ------------------------------------------------------------------------------------


def test_conllu_is_written_unchanged_except_for_the_tags(tag, tagger):
    (first, second), (third,) = tags_of(tagger, "de le", "pain")
    expected = (
        CONLLU.replace("1\tde\tde\tX", f"1\tde\tde\t{first}")
        .replace("2\tle\t_\tX", f"2\tle\t_\t{second}")
        .replace("1\tpain\t_\tX", f"1\tpain\t_\t{third}")
    )
    assert tag(CONLLU, "--layout", "conllu") == expected


def test_another_column_by_name(tag, tagger):
    ((expected, _), _) = tags_of(tagger, "de le", "pain")
    line = tag(CONLLU, "--layout", "conllu", "--columns", "form,xpos").splitlines()[2]
    assert line.startswith(f"1\tde\tde\tX\t{expected}\tA=B")


def test_without_a_tag_column_the_tag_is_appended(tag, tagger):
    ((first, second), (third,)) = tags_of(tagger, "Ada slept", "Well")
    text = "x Ada  N\nx slept V\n\nx Well A\n"
    assert tag(text, "--columns", "1") == (
        f"x Ada  N {first}\nx slept V {second}\n\nx Well A {third}\n\n"
    )


def test_in_files_of_words_the_tag_is_appended_after_a_tab(tag, tagger):
    (first, second) = tags_of(tagger, "Ada slept")[0]
    assert tag("Ada\nslept\n\n", "--layout", "columns") == f"Ada\t{first}\nslept\t{second}\n\n"


@pytest.mark.parametrize("columns", ["1,2", "-3,-2", "1,-2"])
def test_numbered_columns_with_repeated_spaces_and_tabs(columns, tag, tagger):
    (first, second) = tags_of(tagger, "Ada slept")[0]
    text = "x Ada  N  z\nx\tslept\tV W\tz\n\n"
    expected = f"x Ada  {first}  z\nx\tslept\t{second}\tz\n\n"
    assert tag(text, f"--columns={columns}") == expected


def test_a_given_separator(tag, tagger):
    (first, second) = tags_of(tagger, "Ada slept")[0]
    text = "Ada, N,x\nslept,V,\n\n"
    assert tag(text, "--separator", ",", "--columns", "0,1") == (
        f"Ada,{first},x\nslept,{second},\n\n"
    )
    assert tag(text, "--separator", ",", "--columns", "0") == (
        f"Ada, N,x,{first}\nslept,V,,{second}\n\n"
    )
    assert tag("Ada \n slept\n", "--separator", r"\t") == f"Ada \t{first}\n slept\t{second}\n\n"


@pytest.mark.parametrize("line_end", ["\r", "\r\n"])
def test_line_ends_of_plain_text(line_end, tag):
    text = "The old\n\nman\n"
    assert tag(text.replace("\n", line_end)) == tag(text)


def test_document_boundaries_are_kept(tag, tagger):
    text = "-DOCSTART- -X- O O\n\nAda N B X\n-DOCSTART- -X- O O\n\nAda N B X\n\n"
    expected = text.replace("X\n", tags_of(tagger, "Ada")[0][0] + "\n")
    assert tag(text, "--layout", "conll2003") == expected


def test_conllu_on_standard_input_is_recognised(tag):
    expected = tag(CONLLU, "--layout", "conllu")
    assert tag(CONLLU) == expected
    assert tag("\ufeff" + CONLLU) == expected
    assert tag("\n" + CONLLU) == "\n" + expected
    assert tag(CONLLU.partition("\n")[2]) == expected.partition("\n")[2]  # without a comment
    assert tag(CONLLU.replace("\n", "\r\n")) == expected.replace("\n", "\r\n")


def test_conllu_is_recognised_when_its_lines_arrive_one_by_one(model, tagger):
    """And a sentence is tagged as soon as it has ended; comments are not awaited longer."""
    with start("tag", "-m", model) as process:
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        lines = CONLLU.splitlines(keepends=True)
        end = lines.index("\n") + 1
        for line in lines[:end]:
            process.stdin.write(line.encode())
        answer = [process.stdout.readline().decode() for _ in lines[:end]]
        process.stdin.write("".join(lines[end:]).encode())
        rest, error = process.communicate()
        killer.cancel()
    _, tags = read_conll(io.StringIO("".join(answer) + rest.decode()))
    assert tags == tags_of(tagger, "de le", "pain")
    assert not error


@pytest.mark.parametrize("first", ["", "#hashtag first", "# not a comment"])
def test_a_first_line_that_is_not_of_conllu_is_answered_at_once(first, model, tagger):
    with start("tag", "-m", model) as process:
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        process.stdin.write(f"{first}\n".encode())
        words = first.split()
        answer = [process.stdout.readline().decode() for _ in [*words, ""]]
        assert [line.split("\t")[0] for line in answer] == [*words, "\n"]
        process.communicate()
        killer.cancel()


def test_line_ends_are_kept_and_a_byte_order_mark_is_removed(tag, tagger):
    (word_tag,) = tags_of(tagger, "Ada")[0]
    assert tag("\ufeffAda X\r\n\r\n", "--columns", "0,1") == f"Ada {word_tag}\r\n\r\n"
    assert tag(" \ufeff Ada X\n\n", "--columns", "0,1") == f"Ada {word_tag}\n\n"


def test_a_non_breaking_space_is_not_a_blank_line(tag, tagger):
    word_tag = tagger.predict([["\u00a0"]])[0][0]
    assert tag("\u00a0\n\n", "--layout", "columns") == f"\u00a0\t{word_tag}\n\n"


def test_tags_that_are_numbers(english, tmp_path, monkeypatch, capsys):
    X, y = english
    numbers = [[len(tag) for tag in tags] for tags in y]
    joblib.dump(tiny_tagger().fit(X, numbers), tmp_path / "numbers")
    for text, options in [("The", []), ("The X\n", ["--columns", "0,1"])]:
        type_in(monkeypatch, text.encode())
        assert main(["tag", "-m", str(tmp_path / "numbers"), *options]) == 0
        assert capsys.readouterr().out.split()[1].isdigit()


def test_a_verbose_tagger_prints_no_progress_in_the_output(english, tmp_path, monkeypatch, capsys):
    joblib.dump(tiny_tagger().fit(*english).set_params(verbose=2), tmp_path / "model")
    type_in(monkeypatch, b"The\n")
    assert main(["tag", "-m", str(tmp_path / "model")]) == 0
    assert capsys.readouterr().out.startswith("The\t")


# -- files --------------------------------------------------------------------------------------


def test_several_files_of_different_formats(model, tagger, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("The old\nman", encoding="utf-8")
    (tmp_path / "b.conllu.gz").write_bytes(gzip.compress(CONLLU.encode().rstrip(b"\n")))
    type_in(monkeypatch, b"Swim !\n")
    assert main(["tag", "-o", "out.xz", "-m", model, "a.txt", "b.conllu.gz", "-"]) == 0
    with lzma.open("out.xz", "rt", encoding="utf-8") as file:
        output = file.read()
    (first, second), (third,), (fourth, fifth) = tags_of(tagger, "The old", "man", "Swim !")
    assert output.startswith(f"The\t{first}\nold\t{second}\n\nman\t{third}\n\n# sent_id = 1\n")
    assert output.endswith(f"\n# the end\n\nSwim\t{fourth}\n!\t{fifth}\n\n")


def test_a_file_can_be_tagged_in_place(model, tagger, tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(CONLLU, encoding="utf-8")
    assert main(["tag", "-m", model, str(path), "--output", str(path)]) == 0
    _, tags = read_conll(path)
    assert tags == tags_of(tagger, "de le", "pain")


def test_the_model_is_not_replaced_by_the_output(model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.symlink(model, "link")
    type_in(monkeypatch, b"The old man\n")
    for output in (model, "link"):
        assert main(["tag", "-m", model, "-o", output]) == 1
        assert f"-o {output} would replace {model}, which is read" in capsys.readouterr().err
    assert joblib.load(model)


def test_another_encoding(tag):
    assert tag("été né".encode("latin-1"), "--encoding", "latin-1").startswith("été\t")


# -- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"a\xff b", [], "<stdin>, line 3: byte 0xff is not utf-8"),
        (b"a\xff b", [], "Pass --encoding with the encoding that the file was written in"),
        (
            gzip.compress(b"a b\n", mtime=0)[:-1] + b"\xff",
            [],
            "the data is compressed. Decompress it",
        ),
        (b"1\tThe", [], "<stdin>, line 3: a tab in plain text. If the file"),
        (b"# sent_id = 1\nEU NNP O\n", [], "<stdin> begins with a comment or -DOCSTART-, as files"),
        (b"-DOCSTART- -X- O\n\nEU NNP O\n", [], "Pass the columns of the word and of its tag"),
        (b"a b\nc\n", ["--columns", "0"], "<stdin>, line 4: found 1 column(s), expected 2"),
        (b"a b\n", ["--columns", "0,5"], "<stdin>, line 3: There is no column 5"),
        (b"a b\n", ["--columns", "2"], "<stdin>, line 3: There is no column 2"),
        (
            b"a\n",
            ["--columns", "0,1"],
            "There is no column 1. There is only one, with the number 0.",
        ),
        (b"a b\n", ["--layout", "conll2003"], "Pass --layout, --columns or --separator."),
        (b"a b\n", ["--columns", "1,-1"], "line 3: column 1 is both that of the word and"),
        (b"3\ta\n", ["--layout", "conllu"], "<stdin>, line 3: found 2 column(s), expected 10"),
    ],
)
def test_errors_name_the_line(data, options, message, model, monkeypatch, capsys):
    type_in(monkeypatch, b"\n\n" + data)
    assert main(["tag", "-m", model, *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out.strip("\n")


def test_the_sentences_before_an_invalid_line_are_tagged(model, tagger, monkeypatch, capsys):
    type_in(monkeypatch, b"The\nman\n\xff\nswims")
    assert main(["tag", "-m", model]) == 1
    (first,), (second,) = tags_of(tagger, "The", "man")
    assert capsys.readouterr().out == f"The\t{first}\n\nman\t{second}\n\n"


def test_an_incomplete_output_file_is_removed(model, tmp_path, monkeypatch, capsys):
    type_in(monkeypatch, b"The\n\xff\n")
    assert main(["tag", "-m", model, "-o", str(tmp_path / "out")]) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [["a", "b", "--output", "nowhere/c"], ["a", "nowhere"], ["nowhere"]]
)
def test_missing_files(arguments, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("The\n")
    (tmp_path / "b").write_text("The\n")
    assert main(["tag", "-m", model, *arguments]) == 1
    assert "nowhere: No such" in (error := capsys.readouterr().err) or "nowhere/c: No" in error


def test_a_device_can_be_written_to_in_a_folder_that_is_not_writable(model, monkeypatch):
    type_in(monkeypatch, b"The\n")
    monkeypatch.setattr(os, "access", lambda path, _: path == os.devnull)
    assert main(["tag", "-m", model, "-o", os.devnull]) == 0


def test_an_output_folder_that_is_not_writable_is_an_error_before_any_work(
    tmp_path, monkeypatch, capsys
):
    def refuse(path, mode="r", *args, **options):
        if "x" in mode:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return open(path, mode, *args, **options)

    monkeypatch.setattr(_files, "open", refuse, raising=False)
    assert main(["tag", "-m", "no model", "-o", str(tmp_path / "out")]) == 1
    assert f"error: cannot write {tmp_path / 'out'}: Permission denied\n" in capsys.readouterr().err


def test_a_warning_is_one_line(tagger, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr("sklstm._tagger.__version__", "9.8.7")
        joblib.dump(tagger, tmp_path / "model")
    type_in(monkeypatch, b"The\n")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["tag", "-m", str(tmp_path / "model")]) == 0
    error = capsys.readouterr().err
    assert error.startswith("sklstm tag: warning: ")
    assert "9.8.7" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--columns", "0,1,2"], "names 3 column(s), expected 1 or 2"),
        (["--columns", "0", "--layout", "text"], "--columns is for files with one token per line"),
        (["tagger.joblib", "a.txt"], "tagger.joblib is named like a model file: pass it as -m"),
        (["a.SKOPS"], "a.SKOPS is named like a model file: pass it as -m a.SKOPS"),
        (["--word", "english"], "there is no option --word. Did you mean --words?"),
        (["--words", "English"], "Did you mean english?"),
        (["--normalize", "nfc"], "Did you mean NFC?"),
    ],
)
def test_wrong_usage_has_status_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["tag", *arguments])
    assert stopped.value.code == 2
    assert message in (error := capsys.readouterr().err)
    assert error.count("\n") == 1


def test_a_tagger_fitted_on_vectors_is_an_error(vectors, tmp_path, monkeypatch, capsys):
    X, y = vectors
    joblib.dump(tiny_tagger().fit(X, y), tmp_path / "vectors")
    type_in(monkeypatch, b"The\n")
    assert main(["tag", "-m", str(tmp_path / "vectors")]) == 1
    assert "fitted on vectors" in capsys.readouterr().err


# -- streaming ----------------------------------------------------------------------------------


class Pipe(io.RawIOBase):
    """Returns one chunk per read, and calls a function before each read."""

    def __init__(self, chunks, before_read):
        self.chunks, self.before_read = list(chunks), before_read

    def read1(self, size):
        self.before_read()
        return self.chunks.pop(0) if self.chunks else b""


def test_lines_are_complete_however_the_chunks_are_cut():
    chunks = [b"a", b"b\nc\n\n", b"\r", b"\nd\xc3", b"\xa9\r", b"e\r\rf\r"]
    reads = []
    lines = Lines(Pipe(chunks, lambda: reads.append(0)), "pipe", lambda: None)
    expected = [b"ab\n", b"c\n", b"\n", b"\r\n", b"d\xc3\xa9\r", b"e\r", b"\r", b"f\r"]
    assert list(lines) == expected
    assert len(reads) == 7  # the end is not awaited twice


@pytest.mark.parametrize(
    ("text_format", "chunks"),
    [
        (_streams.PlainText(str.split), [b"a b\nc", b" d\n", b"e\n", b"f"]),
        (
            _streams.Table(FileLayout(columns=(0,)), None),
            [b"a 1\nb 1\n\nc 1\n", b"d 1\n\n", b"e 1\n\n", b"f 1"],
        ),
    ],
)
def test_each_sentence_is_written_before_the_next_read(text_format, chunks, tagger):
    output, n_written = io.StringIO(), []

    def before_read():
        n_written.append(len(output.getvalue().split("\n\n")) - 1)

    batch = _tag._Batch(tagger, output, Progress(False), _tag._Hints(tagger, True))
    batch.text_format = text_format
    lines = Lines(Pipe(chunks, before_read), "pipe", batch.flush)
    for words, source in text_format.read(lines, "utf-8"):
        batch.add(words, source)
    batch.flush()
    assert n_written == [0, 1, 2, 3, 3]
    assert len(output.getvalue().split("\n\n")) == 5


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 18])
def test_a_line_that_is_too_long_is_an_error_however_the_chunks_are_cut(size, monkeypatch):
    monkeypatch.setattr(_streams, "_MAX_LINE", 5000)
    for length, is_valid in [(5000, True), (5001, False), (20_000, False)]:
        data = b"first\n" + b"x" * (length - 1) + b"\nlast\n"
        chunks = [data[k : k + size] for k in range(0, len(data), size)]
        lines = Lines(Pipe(chunks, lambda: None), "pipe")
        if is_valid:
            assert [*lines] == [b"first\n", b"x" * (length - 1) + b"\n", b"last\n"]
            continue
        assert next(iter(lines)) == b"first\n"
        with pytest.raises(ValueError, match=r"more than 5,000 bytes\. Put each") as raised:
            next(iter(lines))
        assert raised.value.number == 2
        assert len(lines._file.chunks) * size >= length - 5001 - 2 * size


@pytest.mark.parametrize("command", ["tag", "score", "train"])
def test_a_line_that_is_too_long_is_an_error_with_its_number(
    command, model, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(_streams, "_MAX_LINE", 1000)
    options = ["-o", str(tmp_path / "out")] if command != "score" else []
    options += ["-m", model] if command != "train" else []
    for before, number in [("", 1), ("The DET\n" * 9, 10)]:
        text = before + "x" * 2000
        (tmp_path / "text").write_text(text)
        for path in ("-", str(tmp_path / "text")):
            type_in(monkeypatch, text.encode())
            assert main([command, *options, path]) == 1
            error = capsys.readouterr().err
            assert f", line {number}: it has more than 1,000 bytes. Put each sentence" in error
    assert os.listdir(tmp_path) == ["text"]


def test_the_sentences_before_a_line_that_is_too_long_are_written(model, monkeypatch, capsys):
    monkeypatch.setattr(_streams, "_MAX_LINE", 1000)
    type_in(monkeypatch, b"The boat\n" + b"x" * 2000)
    assert main(["tag", "-m", model]) == 1
    assert capsys.readouterr().out.startswith("The\t")


@pytest.mark.parametrize("line", [b"# sent_id = 1\n", b"\n", b"-DOCSTART-\n", b"# a = b\n\n"])
@pytest.mark.parametrize("sentence", [b"", b"1\tde\tde\tX\t_\t_\t0\troot\t_\t_\n\n"])
def test_comments_are_handed_through_in_constant_memory(line, sentence, tagger, monkeypatch):
    monkeypatch.setattr(_streams, "_CHUNK_SIZE", 1000)
    data = sentence + line * 10_000
    output, n_held = io.StringIO(), []
    batch = _tag._Batch(tagger, output, Progress(False), _tag._Hints(tagger, True))
    lines = Lines(io.BytesIO(data), "file", batch.write_all)
    lines.head("utf-8")
    assert len(lines._available) <= max(_streams._N_HEAD, 1000) + 1000
    batch.text_format = text_format = _streams.Table(FileLayout("conllu"), None)
    pop = lines.pop_recorded
    monkeypatch.setattr(lines, "pop_recorded", lambda: n_held.append(len(lines._recorded)) or pop())
    for words, source in text_format.read(lines, "utf-8"):
        batch.add(words, source)
    batch.flush()
    assert max(n_held) <= 2001
    written = output.getvalue().encode()
    assert written.rstrip(b"\n").endswith((line * 10_000).rstrip(b"\n"))
    assert written.count(b"\n") - data.count(b"\n") in (0, 1)


def test_comments_are_written_before_the_next_read_unless_a_sentence_has_begun(tagger):
    output, written = io.StringIO(), []
    chunks = [b"# a = 1\n", b"# b = 2\nThe 1\n", b"# c\n", b"# d\n\n", b"# e = 3\n"]
    batch = _tag._Batch(tagger, output, Progress(False), _tag._Hints(tagger, True))
    batch.text_format = _streams.Table(FileLayout(columns=(0,), comment="#"), None)
    pipe = Pipe(chunks, lambda: written.append(output.getvalue().count("\n")))
    lines = Lines(pipe, "pipe", batch.write_all)
    for words, source in batch.text_format.read(lines, "utf-8"):
        batch.add(words, source)
    batch.flush()
    assert written == [0, 1, 1, 1, 6, 7]
    assert output.getvalue().startswith("# a = 1\n# b = 2\nThe 1 ")
    assert output.getvalue().endswith("\n# c\n# d\n\n# e = 3\n\n")


def test_an_invalid_line_after_comments_is_an_error_with_its_number(model, tmp_path, capsys):
    (tmp_path / "a.conllu").write_bytes(b"# a = 1\n" * 3 + b"# \xff\n")
    assert main(["tag", "-m", model, str(tmp_path / "a.conllu")]) == 1
    captured = capsys.readouterr()
    assert "line 4: byte 0xff is not utf-8" in captured.err
    assert captured.out in ("", "# a = 1\n" * 3)


def test_memory_use_is_limited_to_one_chunk(monkeypatch):
    """All batches are small for a corpus that is a hundred times as large as a chunk."""
    monkeypatch.setattr(_streams, "_CHUNK_SIZE", 1000)
    sizes = []

    class Counting:
        def predict(self, X):
            sizes.append(sum(len(word) + 1 for words in X for word in words))
            return [["X"] * len(words) for words in X]

    text_format = _streams.PlainText(str.split)
    file = io.BytesIO(b"The old man the boat .\n" * 4350)
    batch = _tag._Batch(Counting(), io.StringIO(), Progress(False), _tag._Hints(None, True))
    batch.text_format = text_format
    for words, source in text_format.read(Lines(file, "pipe", batch.flush), "utf-8"):
        batch.add(words, source)
    assert len(sizes) == 101
    assert max(sizes) < 1000 + len(b"The old man the boat .\n")


def test_a_process_writes_each_sentence_as_soon_as_it_is_read(model, tagger):
    """In a locale that is not UTF-8, and with part of the next sentence already typed."""
    with start("tag", "-m", model) as process:
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        for typed, words in [
            ("The café\nNaïve", ["The", "café"]),
            (" boats\nS", ["Naïve", "boats"]),
        ]:
            process.stdin.write(typed.encode())
            answer = [process.stdout.readline().decode() for _ in range(3)]
            tags = tagger.predict([words])[0]
            assert answer == [f"{w}\t{t}\n" for w, t in zip(words, tags, strict=True)] + ["\n"]
        rest, error = process.communicate()
        killer.cancel()
    assert rest.decode() == f"S\t{tags_of(tagger, 'S')[0][0]}\n\n"
    assert not error
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="pipes and signals differ on Windows")
def test_a_broken_pipe_ends_without_a_message(model):
    with start("tag", "-m", model) as process:
        process.stdin.write(b"The boat\n")
        process.stdout.readline()
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            while True:
                process.stdin.write(b"The boat\n")
        assert process.wait(PATIENCE) == 141
        assert not process.stderr.read()


@pytest.mark.skipif(os.name == "nt", reason="pipes and signals differ on Windows")
def test_ctrl_c_ends_without_a_message(model):
    with start("tag", "-m", model) as process:
        process.stdin.write(b"The\n")
        assert [process.stdout.readline()[:3] for _ in range(2)] == [b"The", b"\n"]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT
        assert not process.stderr.read()


@pytest.mark.skipif(os.name == "nt", reason="pipes and signals differ on Windows")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_the_old_output_file(number, model, tmp_path):
    (tmp_path / "out").write_text("old")
    with start("tag", "-m", model, "-o", tmp_path / "out") as process:
        process.stdin.write(b"The boat\n" * 9)
        while not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]:
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(PATIENCE) == -number
        assert not process.stderr.read()
    assert (tmp_path / "out").read_text() == "old"
    if number != signal.SIGKILL:  # which no process can clean up after
        assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["out", "out.gz", "out.xz"])
def test_a_full_disk_leaves_the_old_output_file(name, model, tmp_path, monkeypatch, capsys):
    rng = np.random.RandomState(0)
    words = ["".join(map(chr, rng.randint(33, 900, 20))) for _ in range(20_000)]
    type_in(monkeypatch, "\n".join(words).encode())
    path = tmp_path / name
    path.write_text("old")
    with limited_files(70_000):
        assert main(["tag", "-m", model, "-o", str(path), "--layout", "text"]) == 1
    assert capsys.readouterr().err.endswith(f"tag: error: {path}: File too large\n")
    assert os.listdir(tmp_path) == [name]
    assert path.read_text() == "old"


class Interrupted(io.BytesIO):
    def read1(self, size):
        raise KeyboardInterrupt


def test_ctrl_c_removes_the_incomplete_output_file(model, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Interrupted()))
    assert main(["tag", "-m", model, "-o", str(tmp_path / "out")]) == 130
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_read_without_waiting_for_its_end(model, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    written = threading.Event()
    write = sys.stdout.write

    def record_write(text):
        written.set()
        return write(text)

    monkeypatch.setattr(sys.stdout, "write", record_write)
    reader = threading.Thread(target=main, args=(["tag", "-m", model, str(tmp_path / "pipe")],))
    reader.start()
    with open(tmp_path / "pipe", "wb", buffering=0) as pipe:
        pipe.write(b"The boat\n")
        assert written.wait(PATIENCE)
    reader.join(PATIENCE)


class TerminalOutput(io.StringIO):
    def isatty(self):
        return True


def test_control_characters_are_escaped_on_a_terminal_only(model, tmp_path, monkeypatch, capsys):
    word = "a\x1b[2J\x9b\u202e\x7f\u2067b"
    text = f"# {word}\r\n{word} {word}\r\n\r\n"
    options = ["tag", "-m", model, "--columns", "0", "--comment", "#", "-"]
    type_in(monkeypatch, text.encode())
    assert main(options) == 0
    exact = capsys.readouterr().out
    assert exact.count(word) == 3
    assert exact.count("\r\n") == 3
    type_in(monkeypatch, text.encode())
    assert main([*options, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_bytes() == exact.encode()
    monkeypatch.setattr(sys, "stdout", TerminalOutput())
    type_in(monkeypatch, text.encode())
    assert main(options) == 0
    shown = r"a\x1b[2J\x9b\u202e\x7f\u2067b"
    assert sys.stdout.getvalue() == exact.replace(word, shown).replace("\r\n", "\n")


@pytest.mark.parametrize("unusual", ["a\nb", "a\tb", "a\rb", "a\ud800"])
def test_a_tag_that_does_not_fit_into_a_line_is_an_error_before_any_work(
    unusual, tmp_path, monkeypatch, capsys
):
    joblib.dump(tiny_tagger().fit([["The"]], [[unusual]]), tmp_path / "model")
    type_in(monkeypatch, b"The\n")
    assert main(["tag", "-m", str(tmp_path / "model"), "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert f"the tag {unusual!r} of the tagger contains a tab, a line end or a surrogate" in error
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("data", [b"The boat\n", b"The boat\n\xff\n"])
def test_progress_is_one_line_on_a_terminal_that_is_cleared(data, model, tmp_path, monkeypatch):
    monkeypatch.setattr(_reporting, "_STATUS_INTERVAL", 0)
    monkeypatch.setattr(sys, "stderr", TerminalOutput())
    type_in(monkeypatch, data)
    main(["tag", "-m", model, "-o", str(tmp_path / "out")])
    before, shown, cleared, *error = sys.stderr.getvalue().split("\r")
    assert not before
    assert re.fullmatch(r"Tagged 1 sentences \(2 tokens\), [\d,]+ tokens/s", shown)
    assert cleared == " " * len(shown)
    assert "\n" not in "".join([shown, cleared])
    assert ("0xff is not utf-8" in "".join(error)) == (b"\xff" in data)


def test_there_is_no_progress_without_a_terminal_or_an_output_file(model, tmp_path, monkeypatch):
    monkeypatch.setattr(_reporting, "_STATUS_INTERVAL", 0)
    for stderr, options in [
        (io.StringIO(), ["-o", str(tmp_path / "out")]),
        (TerminalOutput(), []),
    ]:
        monkeypatch.setattr(sys, "stderr", stderr)
        type_in(monkeypatch, b"The boat\n")
        assert main(["tag", "-m", model, *options]) == 0
        assert not stderr.getvalue()


class Terminal(io.BytesIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_prompt(model, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Terminal(b"The boat\n")))
    assert main(["tag", "-m", model]) == 0
    assert "Enter one sentence per line" in capsys.readouterr().err
