"""The demonstration, and what all commands share."""

import os
import re
import subprocess
import sys

import joblib
import pytest
from _commands import run, tiny_tagger

import sklstm._cli
from sklstm import BiLSTMTagger, __version__
from sklstm._cli import main


def test_the_demonstration_trains_scores_saves_and_tags(tmp_path):
    output = run(cwd=tmp_path, check=True, capture_output=True, encoding="utf-8").stdout
    assert len(re.findall(r"^Epoch +\d+/12, loss = ", output, re.MULTILINE)) == 12
    for words in ("all words", "known words", "unknown words"):
        assert re.search(rf"Accuracy on {words} +\d+\.\d\d%", output)
    assert re.search(r"precision +recall +f1-score +support", output)
    assert re.search(r"^ +NOUN( +[01]\.\d{3}){3} +316$", output, re.MULTILINE)
    tagged = [line.split("\t") for line in output.splitlines()[-7:-1]]
    assert [word for word, _ in tagged] == ["The", "old", "man", "the", "boat", "."]
    assert dict(tagged)["boat"] == "NOUN"
    assert isinstance(joblib.load(tmp_path / "demo.joblib"), BiLSTMTagger)


@pytest.fixture
def quick_demonstration(monkeypatch, english):
    """Make the demonstration train on the first sentences only."""
    load = sklstm._cli._demo.load_english_pos

    def load_few(*, subset, return_X_y):
        return tuple(part[:30] for part in load(subset=subset, return_X_y=return_X_y))

    monkeypatch.setattr(sklstm._cli._demo, "load_english_pos", load_few)


@pytest.mark.usefixtures("quick_demonstration")
def test_the_demonstration_tags_a_given_sentence(tmp_path, capfd):
    model = str(tmp_path / "a model")
    assert main(["Close the door!", "-o", model, "--epochs", "1", "--seed", "3"]) == 0
    output = capfd.readouterr().out
    assert "Epoch 1/1" in output
    assert f"| sklstm tag -m '{model}' --words english" in output
    assert [line.split()[0] for line in output.splitlines()[-5:-1]] == ["Close", "the", "door", "!"]
    tagger = joblib.load(model)
    assert tagger.random_state == 3
    assert not tagger.verbose


@pytest.mark.usefixtures("quick_demonstration")
def test_the_demonstration_replaces_only_files_that_it_wrote(tmp_path, monkeypatch, capfd, english):
    monkeypatch.chdir(tmp_path)
    assert main(["--epochs", "1"]) == main(["--epochs", "1", "--seed", "2"]) == 0
    assert joblib.load("demo.joblib").random_state == 2
    joblib.dump(tiny_tagger().fit(*english), "demo.joblib")
    before = (tmp_path / "demo.joblib").read_bytes()
    capfd.readouterr()
    assert main([]) == 1
    captured = capfd.readouterr()
    assert "demo.joblib exists, and the demonstration replaces only" in captured.err
    assert "Name another file with -o" in captured.err
    assert not captured.out
    assert (tmp_path / "demo.joblib").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "must be 1 or more"),
        (["  "], "there is no command '  '"),
        (["./train"], "there is no command './train'"),
        (["tain"], "there is no command 'tain'. Did you mean train? Run 'sklstm --help'"),
        (["tain", "a", "--dev", "b"], "there is no command 'tain'. Did you mean train?"),
        (["evaluate", "model", "file"], "'evaluate'. The commands are train, tag, score, info."),
        (["the boat", "sails"], "unexpected argument 'sails'"),
        (["--hlep"], "there is no option --hlep. Did you mean --help?"),
        (["-m", "a"], "there is no option -m: pass -o FILE"),
        (["--train", "a"], "there is no option --train"),
    ],
)
def test_wrong_usage_is_an_error_before_any_work(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_a_model_that_cannot_be_saved_is_an_error_before_any_work(capsys):
    assert main(["-o", "/no/such/folder/m"]) == 1
    error = "cannot write /no/such/folder/m: No such file or directory\n"
    assert capsys.readouterr() == ("", f"sklstm: error: {error}")


@pytest.mark.parametrize("name", [[], ["train"], ["tag"], ["score"], ["info"]])
def test_help_has_the_usage_and_an_example(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*name, "--help"])
    assert stopped.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("usage: sklstm")
    assert f"{' '.join(['sklstm', *name])} [-h]" in text
    assert "example" in text


def test_messages_have_the_name_that_the_user_typed(tmp_path):
    script = "import sys; from sklstm._cli import run_process; sys.argv[1:] = ['info']; "
    for command, name in [
        (["-m", "sklstm", "info"], "python -m sklstm"),
        (["-c", script + "run_process()"], "sklstm"),
    ]:
        done = subprocess.run(
            [sys.executable, *command], capture_output=True, encoding="utf-8", cwd=tmp_path
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"{name} info: error: tagger.joblib: No such file")


def test_the_help_lists_all_commands_and_warns_that_loading_runs_code(capsys):
    for arguments in (["--help"], ["tag", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
    text = " ".join(capsys.readouterr().out.split())
    assert all(f"sklstm {name}" in text for name in ("train", "tag", "score", "info"))
    assert "runs whatever code it contains" in text


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"sklstm {__version__}\n"


class _Command:
    """A command that fails."""

    def __init__(self, error):
        self.error = error

    def make_parser(self, prog):
        return sklstm._cli._info.make_parser(prog)

    def run(self, options, parser):
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ValueError("invalid value"), 1, "sklstm fail: error: invalid value\n"),
        (ImportError("missing package"), 1, "sklstm fail: error: missing package\n"),
        (MemoryError(), 1, "error: MemoryError\n"),
        (OSError(2, "No such file", "a.txt"), 1, "error: a.txt: No such file\n"),
        (OSError(28, "No space left on device"), 1, "error: No space left on device\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_errors_give_a_status_and_one_line(error, status, message, monkeypatch, capsys):
    monkeypatch.setitem(sklstm._cli.COMMANDS, "fail", _Command(error))
    assert main(["fail"]) == status
    output = capsys.readouterr().err
    assert output.endswith(message)
    assert output.count("\n") == (1 if message else 0)


def test_a_bug_gives_a_traceback(monkeypatch):
    monkeypatch.setitem(sklstm._cli.COMMANDS, "fail", _Command(KeyError("x")))
    with pytest.raises(KeyError):
        main(["fail"])


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_a_standard_stream_can_be_closed(name, tmp_path, small, english, monkeypatch):
    joblib.dump(small.fit(*english), tmp_path / "model")
    monkeypatch.setattr(sys, name, None)
    assert (
        main(["tag", "-m", str(tmp_path / "model"), "-o", str(tmp_path / "out"), os.devnull]) == 0
    )
    assert main(["info", "--trusted", "-m", str(tmp_path / "model")]) == 0
    assert main(["score", "-m", str(tmp_path / "model"), os.devnull]) == 1
    getattr(sys, name).close()


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no /dev/full")
def test_a_full_disk_is_reported_once_and_without_a_traceback(tmp_path, small, english):
    joblib.dump(small.fit(*english), tmp_path / "model")
    with open("/dev/full", "wb") as full:
        done = run(
            "info", "-m", tmp_path / "model", stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"python -m sklstm info: error: No space left on device\n"
