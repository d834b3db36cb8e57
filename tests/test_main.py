import re
import subprocess
import sys

import joblib
import pytest

from sklstm import BiLSTMTagger
from sklstm.__main__ import main, report, split_words
from sklstm.datasets import load_english_pos, write_conll


@pytest.fixture
def files(tmp_path, english):
    X, y = english
    paths = [str(tmp_path / name) for name in ("train.conllu", "test.conllu.xz")]
    write_conll(paths[0], X[:40], y[:40])
    write_conll(paths[1], X[40:], y[40:])
    return paths


def test_the_bare_command_does_the_whole_job(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "sklstm"]
    output = subprocess.run(
        command, cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert len(re.findall(r"^Epoch +\d+/12, loss = ", output, re.MULTILINE)) == 12
    for words in ("all words", "known words", "unknown words"):
        assert re.search(rf"Accuracy on {words} +\d+\.\d\d%", output)
    assert re.search(r"precision +recall +f1-score +support", output)
    assert re.search(r"^ +NOUN( +[01]\.\d{3}){3} +316$", output, re.MULTILINE)
    tagged = [line.split() for line in output.splitlines()[-6:]]
    assert [word for word, _ in tagged] == ["The", "old", "man", "the", "boat", "."]
    assert dict(tagged)["boat"] == "NOUN"
    assert isinstance(joblib.load(tmp_path / "tagger.joblib"), BiLSTMTagger)


def test_files_of_ones_own(files, tmp_path, capfd):
    model = str(tmp_path / "mine.joblib")
    status = main(
        ["--train", files[0], "--test", files[1], "--model", model, "--epochs", "2", "Hello", "!"]
    )
    output = capfd.readouterr().out
    assert status == 0
    assert "Epoch 2/2" in output
    assert "Training on 40 sentences" in output
    assert [line.split()[0] for line in output.splitlines()[-2:]] == ["Hello", "!"]


def test_without_a_sentence_the_first_one_of_the_test_file_is_tagged(
    files, tmp_path, english, capfd
):
    model = str(tmp_path / "mine.joblib")
    main(["--train", files[0], "--test", files[1], "--model", model, "--epochs", "1"])
    n_words = len(english[0][40])
    lines = capfd.readouterr().out.splitlines()[-n_words:]
    assert [line.split()[0] for line in lines] == english[0][40]


def test_other_layouts_by_number(tmp_path, english, capfd):
    X, y = english
    path = str(tmp_path / "corpus.txt")
    write_conll(path, y, X, layout=None)
    status = main(
        [
            "--train",
            path,
            "--test",
            path,
            "--layout",
            "columns",
            "--columns",
            "1",
            "0",
            "--model",
            str(tmp_path / "model"),
            "--epochs",
            "1",
        ]
    )
    assert status == 0
    assert re.search(r"^ +NOUN", capfd.readouterr().out, re.MULTILINE)


def test_a_saved_tagger_tags_without_training(tmp_path, english, small, capsys):
    joblib.dump(small.fit(*english), tmp_path / "model")
    assert main(["--load", str(tmp_path / "model"), "Close the door!"]) == 0
    words = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert words == ["Close", "the", "door", "!"]


def test_what_is_wrong_is_said_on_standard_error(files, tmp_path, capsys):
    assert main(["--train", "nowhere.conllu", "--test", files[1]]) == 1
    assert "nowhere.conllu" in capsys.readouterr().err
    (tmp_path / "broken.conllu").write_text("1\tonly\n")
    assert main(["--train", str(tmp_path / "broken.conllu"), "--test", files[1]]) == 1
    assert re.search(r"error: .*broken\.conllu.*line 1", capsys.readouterr().err)
    with pytest.raises(SystemExit) as stopped:
        main(["--train", files[0]])
    assert stopped.value.code == 2
    assert "--train and --test go together" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--load", "m", "--train", "a", "--test", "b"], "does not train"),
        (["--epochs", "0"], "must be 1 or more"),
        (["--model", "/no/such/folder/m"], "cannot write /no/such/folder/m"),
        (["  "], "the sentence is empty"),
    ],
)
def test_what_cannot_work_is_said_before_any_work(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_what_is_loaded_must_be_a_tagger(tmp_path, capsys):
    (tmp_path / "text").write_text("not a model")
    joblib.dump({"a": 1}, tmp_path / "dict")
    assert main(["--load", str(tmp_path / "text")]) == 1
    assert "text is not a tagger saved by joblib" in capsys.readouterr().err
    assert main(["--load", str(tmp_path / "dict")]) == 1
    assert "dict holds a dict, not a BiLSTMTagger" in capsys.readouterr().err
    assert main(["--load", str(tmp_path / "nothing")]) == 1
    assert "No such file" in capsys.readouterr().err


def test_an_empty_file_and_a_file_of_two_columns_are_said_so(files, tmp_path, capsys):
    empty, columns = tmp_path / "empty.conllu", tmp_path / "columns.txt"
    empty.write_text("")
    columns.write_text("The\tDET\nend\tNOUN\n\n")
    assert main(["--train", files[0], "--test", str(empty)]) == 1
    assert "empty.conllu holds no sentence" in capsys.readouterr().err
    assert main(["--train", str(columns), "--test", str(columns)]) == 1
    assert "--columns 0 1" in capsys.readouterr().err
    command = ["--train", str(columns), "--test", str(columns), "--columns", "0", "1"]
    assert main([*command, "--epochs", "1", "--model", str(tmp_path / "m")]) == 0


def test_help_explains(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert all(option in text for option in ("--train", "--test", "--layout", "--model", "--load"))


def test_the_report_tells_known_from_unknown_words():
    text = report([["a", "b"]], [["a", "c", "c"]], [["X", "Y", "Y"]], [["X", "Y", "X"]])
    assert re.search(r"all words +66\.67% +\(3 tokens\)", text)
    assert re.search(r"known words +100\.00% +\(1 tokens\)", text)
    assert re.search(r"unknown words +50\.00% +\(2 tokens\)", text)


def test_sentences_are_cut_as_the_corpus_cuts_them():
    X, _ = load_english_pos(subset="all", return_X_y=True)
    cut_alike = sum(split_words(" ".join(words)) == words for words in X)
    assert cut_alike / len(X) > 0.95
