"""The command line with any bytes and arguments: a result, or a line that says what is wrong."""

import io
import os
import re
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import joblib
import pytest
from _commands import TINY, tiny_tagger
from hypothesis import given, settings
from hypothesis import strategies as st

from sklstm._cli import main
from sklstm._tables import CONTROLS

# Parts of lines that mean something to a command, or that look as if they did.
PARTS = [
    *(b"\n", b"\n\n", b"\r\n", b"\r", b"\t", b" ", b",", b"_", b"The boat sails .", b"X Y"),
    *(b"# sent_id = 1\n", b"# global.columns = ID FORM UPOS\n", b"-DOCSTART-\n", b"# ", b"#\n"),
    *(b"The\tDET\n", b"boat NOUN\n", b"a,b,DET\n", b"1\tThe\t_\tDET\t_\t_\t_\t_\t_\t_\n", b"1-2\t"),
    *(b"2\tboat\t_\tNOUN\t_\t_\t_\t_\t_\t_\n\n", b"9" * 5000, b"\xef\xbb\xbf", b"\xff", b"\x00"),
    *(b"\x1b[2J", b"\x0b", "\u2028\xa0".encode(), "\u202e".encode(), "їжак".encode(), b"x" * 3000),
]
BYTES = st.lists(st.sampled_from(PARTS) | st.binary(max_size=4), max_size=25).map(b"".join)
FORMATS = [
    [], ["--layout", "conllu"], ["--layout", "conll2000"], ["--columns", "0,1"], ["--header"],
    ["--columns=-2,-1", "--comment", "#"], ["--separator", ","], ["--columns", "form,upos"],
    ["--encoding", "latin-1"], ["--encoding", "utf-7"], ["--normalize", "NFKC"],
    ["--columns", "word,tag", "--header"], ["--comment", "T"],
]  # fmt: skip
# Formats that do not depend on the first lines.
GIVEN_FORMATS = [
    ["--layout", "text"], ["--layout", "conllu"], ["--layout", "conll2000"],
    ["--layout", "columns", "--columns", "0", "--comment", "#"],
    ["--layout", "columns", "--columns", "0", "--separator", ","],
]  # fmt: skip
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
few = pytest.mark.parametrize("n_examples", [30, pytest.param(1000, marks=pytest.mark.long)])
many = pytest.mark.parametrize("n_examples", [60, pytest.param(3000, marks=pytest.mark.long)])


def fuzz(n_examples, check, **strategies):
    """Call a function with many values of its arguments; the same ones each time."""
    run = settings(max_examples=n_examples, deadline=None, derandomize=True, database=None)
    run(given(**strategies)(check))()


class Chunks(io.BytesIO):
    """Standard input that returns a few bytes per read."""

    def __init__(self, data, size):
        super().__init__(data)
        self.size = size

    def read1(self, size=-1):
        return super().read1(min(size, self.size))


def run_main(*arguments, data=b"", chunk_size=1 << 20):
    """Run a command; return its status, what it writes to standard output, and the errors."""
    output, errors = (io.TextIOWrapper(io.BytesIO(), newline="") for _ in range(2))
    stdin = io.TextIOWrapper(Chunks(data, chunk_size))
    with (
        patch.object(sys, "stdin", stdin),
        redirect_stdout(output),
        redirect_stderr(errors),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        try:
            status = main([*arguments])
        except SystemExit as stopped:
            status = stopped.code
        output.flush()
        errors.flush()
    return status, output.buffer.getvalue(), errors.buffer.getvalue().decode()


def check_errors(status, errors, command, place=None):
    """Check that a command succeeded, or that one line says what is wrong, and in which file."""
    *_, last = ["", *errors.splitlines()]
    assert status in (0, 1, 2)
    assert not set(CONTROLS.findall(errors)) - {"\n"}
    assert bool(status) is bool(re.match(f"sklstm( {command})?: error: .", last))
    if status == 1 and place:
        assert place in last


@pytest.fixture(scope="module")
def model(english, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tagger.joblib"
    joblib.dump(tiny_tagger().fit(*english), path)
    return str(path)


@many
def test_any_text_is_tagged_or_an_error(model, n_examples):
    def check(data, options):
        status, output, errors = run_main("tag", "-m", model, *options, data=data)
        check_errors(status, errors, "tag", "<stdin>")
        output.decode()

    fuzz(n_examples, check, data=BYTES, options=st.sampled_from([*FORMATS, *GIVEN_FORMATS]))


@many
def test_the_output_does_not_depend_on_the_chunks_that_are_read(model, n_examples):
    def check(data, options, chunk_size):
        status, whole, errors = run_main("tag", "-m", model, *options, data=data)
        found = run_main("tag", "-m", model, *options, data=data, chunk_size=chunk_size)
        assert found[0] == status
        # The first lines that are available can give a warning.
        assert [line for line in found[2].splitlines() if "error: " in line] == [
            line for line in errors.splitlines() if "error: " in line
        ]
        # Before an invalid line, comments may be written already.
        assert found[1] == whole if status == 0 else found[1].startswith(whole)

    sizes, formats = st.integers(1, 50), st.sampled_from(GIVEN_FORMATS)
    fuzz(n_examples, check, data=BYTES, options=formats, chunk_size=sizes)


@many
def test_line_k_of_any_plain_text_is_block_k_of_the_output(model, n_examples):
    def check(data):
        status, output, _ = run_main("tag", "-m", model, "--layout", "text", data=data)
        if status == 0 and BYTE_ORDER_MARK not in data:
            lines = re.split("\r\n|\r|\n", data.decode())
            blocks = re.findall(r"((?:[^\n]+\n)*)\n", output.decode())
            words = [[row.split("\t")[0] for row in block.splitlines()] for block in blocks]
            assert words == [line.split() for line in lines][: len(words)]
            assert len(words) >= len(lines) - 1

    fuzz(n_examples, check, data=BYTES)


@many
def test_the_lines_of_any_table_are_written_with_a_tag_at_the_end(model, n_examples):
    options = ["--layout", "columns", "--columns", "0", "--comment", "#", "--separator", ","]

    def check(data):
        status, output, _ = run_main("tag", "-m", model, *options, data=data)
        if status == 0 and BYTE_ORDER_MARK not in data:
            lines, written = (re.split("\r\n|\r|\n", each.decode()) for each in (data, output))
            for line, tagged in zip(lines, written, strict=False):
                is_token = line.strip(" \t") and not line.startswith(("#", "-DOCSTART-"))
                assert (tagged.rpartition(",")[0] if is_token else tagged) == line

    fuzz(n_examples, check, data=BYTES)


@few
def test_any_text_is_scored_or_an_error(model, n_examples):
    def check(data, options):
        status, output, errors = run_main("score", "-m", model, *options, "-", data=data)
        check_errors(status, errors, "score", "<stdin>")
        assert not set(CONTROLS.findall(output.decode())) - {"\n"}

    options = [[*each, *json] for each in FORMATS for json in ([], ["--json"])]
    fuzz(n_examples, check, data=BYTES, options=st.sampled_from(options))


@few
def test_any_text_trains_a_model_or_is_an_error_that_leaves_no_file(tmp_path, n_examples):
    path = tmp_path / "model"

    def check(data, options):
        path.unlink(missing_ok=True)
        arguments = ["-", "-o", str(path), *TINY, "--epochs", "1", *options]
        status, output, errors = run_main("train", *arguments, data=data)
        check_errors(status, errors, "train")
        assert not output
        assert os.listdir(tmp_path) == ([] if status else ["model"])
        if status == 0:
            assert joblib.load(path).n_iter_ == 1

    options = [[*each, *errors] for each in FORMATS for errors in ([], ["--errors", "skip"])]
    fuzz(n_examples, check, data=BYTES, options=st.sampled_from(options))


@many
@pytest.mark.parametrize("name", ["model.skops", "model.joblib", "model.joblib.gz"])
def test_any_damage_of_a_model_file_is_described_or_an_error(name, english, tmp_path, n_examples):
    if name.endswith("skops"):
        pytest.importorskip("skops")
    from sklstm._cli._models import save

    path = tmp_path / name
    save(tiny_tagger().fit(*english), str(path))
    whole = path.read_bytes()

    def check(start, stop, inserted):
        start, stop = (round(share * len(whole)) for share in sorted((start, stop)))
        path.write_bytes(whole[:start] + inserted + whole[stop if stop < start + 999 else start :])
        status, output, errors = run_main("info", "-m", str(path))
        check_errors(status, errors, "info", name)
        assert not set(CONTROLS.findall(output.decode())) - {"\n"}
        assert len(errors) < 6000
        assert os.listdir(tmp_path) == [name]

    share = st.floats(0, 1)
    inserted = st.binary(max_size=9) | st.sampled_from([b"PK\x03\x04", b"\x80\x04", b"\x1f\x8b"])
    fuzz(n_examples, check, start=share, stop=share, inserted=inserted)


@many
def test_any_arguments_run_or_are_an_error(model, tmp_path, n_examples, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("The\tDET\nboat\tNOUN\n\n")
    names = [
        "-m", "-o", "--model", "--output", "--layout", "--columns", "--separator", "--comment",
        "--header", "--encoding", "--normalize", "--errors", "--scheme", "--json", "--trusted",
        "--words", "--quiet", "--crf", "--set", "--hidden", "--lr", "--seed", "--dev", "--scoring",
        "--min-df", "--dropout", "--batch-size", "--embeddings", "--early-stopping", "--", "-x",
    ]  # fmt: skip
    values = [
        model, str(tmp_path / "text"), str(tmp_path / "nowhere" / "x"), "-", "", "0", "-1", "1,0",
        "conllu", "text", "columns", "utf-8", "utf-16", "BIO", "NFC", "skip", "form,upos", "nan",
        "1e999", "[" * 300, "9" * 5000, "a=b", "solver=sgd", "alpha=-1", "\x1b[2J", "\udc80",
        "\u202e",
    ]  # fmt: skip
    argument = st.sampled_from(names) | st.sampled_from(values) | st.text(max_size=3)

    def check(command, arguments):
        out = ["-o", str(tmp_path / "out"), *TINY] if command == "train" else []
        status, _, errors = run_main(command, *out, *arguments)
        check_errors(status, errors, command)
        assert {*os.listdir(tmp_path)} <= {"text", "out"}

    arguments = st.lists(argument, max_size=6).filter(lambda each: not {"-h", "--help"} & {*each})
    commands = st.sampled_from(["train", "tag", "score", "info"])
    fuzz(n_examples, check, command=commands, arguments=arguments)
