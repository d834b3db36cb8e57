import contextlib
import gzip
import io
import lzma
import os
import signal
import sys
import threading
import warnings

import joblib
import pytest
from _commands import PATIENCE, start, tiny_tagger, type_in

from sklstm._cli import _streams, _tag, main
from sklstm._cli._streams import Lines, tokenize_english
from sklstm.datasets import load_english_pos, read_conll

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
        assert main(["tag", model, *options]) == 0
        return capsys.readouterr().out

    return tag_typed


def tags_of(tagger, *sentences):
    return tagger.predict([sentence.split() for sentence in sentences]).tolist()


# -- plain text ---------------------------------------------------------------------------------


def test_plain_text_is_written_with_one_word_and_its_tag_per_line(tag, tagger):
    first, second = tags_of(tagger, "The old man .", "Swim !")
    assert tag("The old man .\n\n  \nSwim !") == (
        f"The\t{first[0]}\nold\t{first[1]}\nman\t{first[2]}\n.\t{first[3]}\n\n"
        f"Swim\t{second[0]}\n!\t{second[1]}\n\n"
    )


def test_empty_input_gives_empty_output(tag):
    assert tag("") == tag("\n\n") == ""


def test_the_output_can_be_read_by_read_conll(tag, tagger, english):
    X, _ = english
    output = tag("".join(" ".join(words) + "\n" for words in X))
    words, tags = read_conll(io.StringIO(output), layout=None)
    assert words == X
    assert tags == tagger.predict(X).tolist()


@pytest.mark.parametrize(
    ("options", "words"),
    [([], ["Don't", "go."]), (["--words", "english"], ["Do", "n't", "go", "."])],
)
def test_plain_text_is_tokenized_at_spaces_or_as_in_english_treebanks(options, words, tag):
    lines = tag("Don't go.\n", *options).splitlines()
    assert [line.partition("\t")[0] for line in lines] == [*words, ""]


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


def test_document_boundaries_are_kept(tag, tagger):
    text = "-DOCSTART- -X- O O\n\nAda N B X\n-DOCSTART- -X- O O\n\nAda N B X\n\n"
    expected = text.replace("X\n", tags_of(tagger, "Ada")[0][0] + "\n")
    assert tag(text, "--layout", "conll2003") == expected


def test_line_ends_are_kept_and_a_byte_order_mark_is_removed(tag, tagger):
    (word_tag,) = tags_of(tagger, "Ada")[0]
    assert tag("\ufeffAda X\r\n\r\n", "--columns", "0,1") == f"Ada {word_tag}\r\n\r\n"


def test_a_non_breaking_space_is_not_a_blank_line(tag, tagger):
    word_tag = tagger.predict([["\u00a0"]])[0][0]
    assert tag("\u00a0\n\n", "--layout", "columns") == f"\u00a0\t{word_tag}\n\n"


def test_tags_that_are_numbers(english, tmp_path, monkeypatch, capsys):
    X, y = english
    numbers = [[len(tag) for tag in tags] for tags in y]
    joblib.dump(tiny_tagger().fit(X, numbers), tmp_path / "numbers")
    for text, options in [("The", []), ("The X\n", ["--columns", "0,1"])]:
        type_in(monkeypatch, text.encode())
        assert main(["tag", str(tmp_path / "numbers"), *options]) == 0
        assert capsys.readouterr().out.split()[1].isdigit()


def test_a_verbose_tagger_prints_no_progress_in_the_output(english, tmp_path, monkeypatch, capsys):
    joblib.dump(tiny_tagger().fit(*english).set_params(verbose=2), tmp_path / "model")
    type_in(monkeypatch, b"The\n")
    assert main(["tag", str(tmp_path / "model")]) == 0
    assert capsys.readouterr().out.startswith("The\t")


# -- files --------------------------------------------------------------------------------------


def test_several_files_of_different_formats(model, tagger, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("The old\nman", encoding="utf-8")
    (tmp_path / "b.conllu.gz").write_bytes(gzip.compress(CONLLU.encode().rstrip(b"\n")))
    type_in(monkeypatch, b"Swim !\n")
    assert main(["tag", "-o", "out.xz", model, "a.txt", "b.conllu.gz", "-"]) == 0
    with lzma.open("out.xz", "rt", encoding="utf-8") as file:
        output = file.read()
    (first, second), (third,), (fourth, fifth) = tags_of(tagger, "The old", "man", "Swim !")
    assert output.startswith(f"The\t{first}\nold\t{second}\n\nman\t{third}\n\n# sent_id = 1\n")
    assert output.endswith(f"\n# the end\n\nSwim\t{fourth}\n!\t{fifth}\n\n")


def test_a_file_can_be_tagged_in_place(model, tagger, tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(CONLLU, encoding="utf-8")
    assert main(["tag", model, str(path), "--output", str(path)]) == 0
    _, tags = read_conll(path)
    assert tags == tags_of(tagger, "de le", "pain")


def test_another_encoding(tag):
    assert tag("été né".encode("latin-1"), "--encoding", "latin-1").startswith("été\t")


# -- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"a\xff b", [], "<stdin>, line 3: byte 0xff is not utf-8"),
        (b"1\tThe", [], "<stdin>, line 3: a tab in plain text. Pass --layout conllu"),
        (b"a b\nc\n", ["--columns", "0"], "<stdin>, line 4: found 1 column(s), expected 2"),
        (b"a b\n", ["--columns", "0,5"], "<stdin>, line 3: There is no column 5"),
        (b"a b\n", ["--columns", "2"], "<stdin>, line 3: There is no column 2"),
        (b"3\ta\n", ["--layout", "conllu"], "<stdin>, line 3: found 2 column(s), expected 10"),
    ],
)
def test_errors_name_the_line(data, options, message, model, monkeypatch, capsys):
    type_in(monkeypatch, b"\n\n" + data)
    assert main(["tag", model, *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out


def test_the_sentences_before_an_invalid_line_are_tagged(model, tagger, monkeypatch, capsys):
    type_in(monkeypatch, b"The\nman\n\xff\nswims")
    assert main(["tag", model]) == 1
    (first,), (second,) = tags_of(tagger, "The", "man")
    assert capsys.readouterr().out == f"The\t{first}\n\nman\t{second}\n\n"


def test_an_incomplete_output_file_is_removed(model, tmp_path, monkeypatch, capsys):
    type_in(monkeypatch, b"The\n\xff\n")
    assert main(["tag", model, "-o", str(tmp_path / "out")]) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [["a", "b", "--output", "nowhere/c"], ["a", "nowhere"], ["nowhere"]]
)
def test_missing_files(arguments, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("The\n")
    (tmp_path / "b").write_text("The\n")
    assert main(["tag", model, *arguments]) == 1
    assert "nowhere: No such" in (error := capsys.readouterr().err) or "nowhere/c: No" in error


def test_a_device_can_be_written_to_in_a_folder_that_is_not_writable(model, monkeypatch):
    type_in(monkeypatch, b"The\n")
    monkeypatch.setattr(os, "access", lambda path, _: path == os.devnull)
    assert main(["tag", model, "-o", os.devnull]) == 0


def test_an_output_folder_that_is_not_writable_is_an_error_before_any_work(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert main(["tag", "no model", "-o", str(tmp_path / "out")]) == 1
    assert "out: Permission denied\n" in capsys.readouterr().err


def test_a_warning_is_one_line(tagger, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr("sklstm._tagger.__version__", "9.8.7")
        joblib.dump(tagger, tmp_path / "model")
    type_in(monkeypatch, b"The\n")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["tag", str(tmp_path / "model")]) == 0
    error = capsys.readouterr().err
    assert error.startswith("python -m sklstm tag: warning: ")
    assert "9.8.7" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("columns", ["0,1,2", "0"])
def test_wrong_usage_has_status_2(columns, model, capsys):
    layout = ["--layout", "text"] if columns == "0" else []
    with pytest.raises(SystemExit) as stopped:
        main(["tag", model, "--columns", columns, *layout])
    assert stopped.value.code == 2
    assert "--columns takes WORD or WORD,TAG" in capsys.readouterr().err


def test_a_tagger_fitted_on_vectors_is_an_error(vectors, tmp_path, monkeypatch, capsys):
    X, y = vectors
    joblib.dump(tiny_tagger().fit(X, y), tmp_path / "vectors")
    type_in(monkeypatch, b"The\n")
    assert main(["tag", str(tmp_path / "vectors")]) == 1
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
    chunks = [b"a", b"b\nc\n\n", b"\r", b"\nd\xc3", b"\xa9"]
    lines = Lines(Pipe(chunks, lambda: None), "pipe", lambda: None)
    assert list(lines) == [b"ab\n", b"c\n", b"\n", b"\r\n", b"d\xc3\xa9"]


@pytest.mark.parametrize(
    ("text_format", "chunks"),
    [
        (_streams.PlainText(str.split), [b"a b\nc", b" d\n", b"e\n", b"f"]),
        (_streams.Columns(None, (0,)), [b"a 1\nb 1\n\nc 1\n", b"d 1\n\n", b"e 1\n\n", b"f 1"]),
    ],
)
def test_each_sentence_is_written_before_the_next_read(text_format, chunks, tagger):
    output, n_written = io.StringIO(), []

    def before_read():
        n_written.append(len(output.getvalue().split("\n\n")) - 1)

    batch = _tag._Batch(tagger, text_format, output)
    lines = Lines(Pipe(chunks, before_read), "pipe", batch.flush)
    for words, source in text_format.read(lines, "utf-8"):
        batch.add(words, source)
    batch.flush()
    assert n_written == [0, 1, 2, 3, 3]
    assert len(output.getvalue().split("\n\n")) == 5


def test_memory_use_is_limited_to_one_chunk(monkeypatch):
    """All batches are small for a corpus that is a hundred times as large as a chunk."""
    monkeypatch.setattr(_streams, "_CHUNK_SIZE", 1000)
    sizes = []

    class Counting:
        def predict(self, X):
            sizes.append(sum(len(word) + 1 for words in X for word in words))
            return [["X"] * len(words) for words in X]

    text_format, file = (
        _streams.PlainText(str.split),
        io.BytesIO(b"The old man the boat .\n" * 4350),
    )
    batch = _tag._Batch(Counting(), text_format, io.StringIO())
    for words, source in text_format.read(Lines(file, "pipe", batch.flush), "utf-8"):
        batch.add(words, source)
    assert len(sizes) == 101
    assert max(sizes) < 1000 + len(b"The old man the boat .\n")


def test_a_process_writes_each_sentence_as_soon_as_it_is_read(model, tagger):
    """In a locale that is not UTF-8, and with part of the next sentence already typed."""
    with start("tag", model) as process:
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
    with start("tag", model) as process:
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
    with start("tag", model) as process:
        process.stdin.write(b"The\n")
        assert [process.stdout.readline()[:3] for _ in range(2)] == [b"The", b"\n"]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT
        assert not process.stderr.read()


class Interrupted(io.BytesIO):
    def read1(self, size):
        raise KeyboardInterrupt


def test_ctrl_c_removes_the_incomplete_output_file(model, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Interrupted()))
    assert main(["tag", model, "-o", str(tmp_path / "out")]) == 130
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
    reader = threading.Thread(target=main, args=(["tag", model, str(tmp_path / "pipe")],))
    reader.start()
    with open(tmp_path / "pipe", "wb", buffering=0) as pipe:
        pipe.write(b"The boat\n")
        assert written.wait(PATIENCE)
    reader.join(PATIENCE)


class Terminal(io.BytesIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_prompt(model, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Terminal(b"The boat\n")))
    assert main(["tag", model]) == 0
    assert "Enter one sentence per line" in capsys.readouterr().err
