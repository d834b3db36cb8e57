import os
import signal
import subprocess
import sys
import time
import warnings

import joblib
import numpy as np
import pytest
from _commands import PATIENCE, TINY, limited_files, run, start, tiny_tagger, type_in

from sklstm import BiLSTMTagger
from sklstm._cli import _models, _train, main
from sklstm.datasets import write_conll


@pytest.fixture
def files(tmp_path, english, monkeypatch):
    """Train and dev files in the current folder."""
    monkeypatch.chdir(tmp_path)
    X, y = english
    write_conll("train.conllu", X[:40], y[:40])
    write_conll("dev.conllu.xz", X[40:], y[40:])
    return (X[:40], y[:40]), (X[40:], y[40:])


def assert_same(tagger, expected, X):
    for ours, theirs in zip(tagger.predict_proba(X), expected.predict_proba(X), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["a.joblib", "a.joblib.gz", "a.xz", "a.skops"])
def test_a_saved_tagger_equals_one_fitted_in_python(name, files):
    if name.endswith(".skops"):
        pytest.importorskip("skops")
    (X, y), (X_dev, _) = files
    assert main(["train", "train.conllu", *TINY, "-o", name]) == 0
    loaded = _models.load(name)
    assert_same(loaded, tiny_tagger().fit(X, y), X_dev)
    assert sorted(os.listdir()) == sorted(["train.conllu", "dev.conllu.xz", name])


def test_the_suffix_selects_the_compression(files):
    for name, signature in [("a.gz", b"\x1f\x8b"), ("a.xz", b"\xfd7zXZ"), ("a", b"\x80")]:
        main(["train", "train.conllu", "-q", *TINY, "-o", name])
        with open(name, "rb") as file:
            assert file.read().startswith(signature)
    assert isinstance(joblib.load("a", mmap_mode="r")._model.vector, np.memmap)


def test_progress_goes_to_standard_error_and_nothing_to_standard_output(files, capsys):
    assert main(["train", "train.conllu", "--dev", "dev.conllu.xz", *TINY]) == 0
    captured = capsys.readouterr()
    assert not captured.out
    assert "Training on 40 sentences" in captured.err
    assert "Epoch 2/2" in captured.err
    assert "validation accuracy = " in captured.err
    assert "Saved to tagger.joblib" in captured.err


def test_quiet_prints_nothing(files, capsys):
    assert main(["train", "train.conllu", "--dev", "dev.conllu.xz", *TINY, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_saved_tagger_is_not_verbose(files, capsys):
    main(["train", "train.conllu", *TINY])
    assert joblib.load("tagger.joblib").verbose is False


def test_early_stopping_uses_the_dev_file(files):
    (X, y), (X_dev, y_dev) = files
    main(["train", "train.conllu", "--dev", "dev.conllu.xz", "--early-stopping", *TINY])
    expected = tiny_tagger(early_stopping=True).fit(X, y, X_val=X_dev, y_val=y_dev)
    loaded = joblib.load("tagger.joblib")
    assert loaded.early_stopping
    assert loaded.validation_scores_ == expected.validation_scores_


def test_the_validation_set_is_scored_by_the_given_score(files, capsys):
    options = [*TINY, "--scoring", "sequence_accuracy"]
    assert main(["train", "train.conllu", "--dev", "dev.conllu.xz", *options]) == 0
    assert joblib.load("tagger.joblib").scoring == "sequence_accuracy"
    assert "sequence accuracy = " in capsys.readouterr().err


def test_options_set_parameters(files):
    options = [
        *["--hidden", "4,3", "--embedding-size", "5", "--analyzer", "word", "--min-df", "2"],
        *["--dropout", "0.1", "--crf", "--epochs", "1", "--batch-size", "7", "--lr", "1e-3"],
        *["--seed", "5", "--set", "char_hidden_size=0", "--set", "bidirectional = False"],
        *["--set", "solver=sgd"],
    ]
    assert main(["train", "train.conllu", *options]) == 0
    expected = BiLSTMTagger(
        (4, 3), embedding_size=5, analyzer="word", min_df=2, dropout=0.1, output="crf", max_iter=1,
        batch_size=7, learning_rate_init=1e-3, random_state=5, char_hidden_size=0,
        bidirectional=False, solver="sgd",
    )  # fmt: skip
    assert joblib.load("tagger.joblib").get_params() == expected.get_params()


def test_a_scheme_implies_a_crf(files):
    X = [["Ada", "Lovelace", "slept"]] * 4
    write_conll("spans", X, [["B-person", "I-person", "O"]] * 4, layout="conll2000")
    assert main(["train", "spans", "--layout", "conll2000", "--scheme", "BIO", *TINY]) == 0
    loaded = joblib.load("tagger.joblib")
    assert (loaded.output, loaded.scheme) == ("crf", "BIO")
    assert loaded.transitions_[loaded.classes_.tolist().index("O")].min() == -np.inf


def test_several_training_files_are_one_corpus(files, english):
    (X, y), (X_dev, y_dev) = files
    assert main(["train", "train.conllu", "dev.conllu.xz", *TINY]) == 0
    assert_same(joblib.load("tagger.joblib"), tiny_tagger().fit(X + X_dev, y + y_dev), X)


@pytest.mark.parametrize("separator", ["\t", " "])
def test_two_columns_need_no_layout(separator, files):
    (X, y), _ = files
    with open("two", "w", encoding="utf-8") as file:
        for words, tags in zip(X, y, strict=True):
            lines = [word + separator + tag for word, tag in zip(words, tags, strict=True)]
            file.write("\n".join([*lines, "", ""]))
    assert main(["train", "two", *TINY]) == 0
    assert_same(joblib.load("tagger.joblib"), tiny_tagger().fit(X, y), X)


@pytest.mark.parametrize("start", ["", "\n", "# newdoc\n# text = A B\n", "\ufeff"])
def test_conllu_is_recognised_by_its_first_lines(start, files, monkeypatch):
    (X, y), _ = files
    with open("train.conllu", "rb") as file:
        type_in(monkeypatch, start.encode() + file.read())
    assert main(["train", "-", *TINY]) == 0
    assert_same(joblib.load("tagger.joblib"), tiny_tagger().fit(X, y), X)


def test_word_vectors_are_read_and_saved_with_the_tagger(files):
    with open("vectors.txt", "w", encoding="utf-8") as file:
        file.write("2 3\nthe 1 2 3\nnowhere 4 5 6\n")
    assert main(["train", "train.conllu", *TINY, "--embeddings", "vectors.txt"]) == 0
    assert joblib.load("tagger.joblib").embeddings["nowhere"].tolist() == [4, 5, 6]


def test_standard_input_and_columns_by_number(english, tmp_path, monkeypatch):
    X, y = english
    write_conll(tmp_path / "columns", y, X, layout=None)
    type_in(monkeypatch, (tmp_path / "columns").read_bytes())
    model = str(tmp_path / "model")
    assert main(["train", "-", "--columns", "1,0", *TINY, "-o", model]) == 0
    assert_same(joblib.load(model), tiny_tagger().fit(X, y), X)


def test_standard_input_without_a_sentence(monkeypatch, tmp_path, capsys):
    type_in(monkeypatch, b"\n")
    assert main(["train", "-", "-o", str(tmp_path / "model")]) == 1
    assert "<stdin> contains no sentence" in capsys.readouterr().err


def test_columns_by_name(files):
    with open("more.conllu", "w", encoding="utf-8") as file:
        file.write("1\tone\t_\tX\tA\t_\t_\t_\t_\t_\n2\ttwo\t_\tX\tB\t_\t_\t_\t_\t_\n\n")
    assert main(["train", "more.conllu", "--columns", "form,xpos", *TINY]) == 0
    assert joblib.load("tagger.joblib").classes_.tolist() == ["A", "B"]


def test_another_encoding(files):
    with open("latin", "w", encoding="latin-1") as file:
        file.write("été\tÀ\nné\tB\n")
    assert main(["train", "latin", "--columns", "0,1", "--encoding", "latin-1", *TINY]) == 0
    assert joblib.load("tagger.joblib").classes_.tolist() == ["B", "À"]


# -- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.conllu"], "error: nowhere.conllu: No such file"),
        (["."], "Is a directory"),
        (["train.conllu", "-o", "nowhere/model"], "cannot write nowhere/model: No such file"),
        (["train.conllu", "-o", "."], "cannot write .: Is a directory"),
        (["broken.conllu"], "broken.conllu, line 1: found 2 column(s)"),
        (["broken.conllu"], "(Read with --layout conllu; for another layout, pass --layout or"),
        (["four"], "four: the first sentence has 4 column(s), neither two nor those of CoNLL-U."),
        (["four"], "for instance --columns 0,-1, or --layout"),
        (["one"], "one: the first sentence has 1 column(s)"),
        (["empty.conllu"], "empty.conllu contains no sentence"),
        (["train.conllu", "--dev", "empty.conllu"], "empty.conllu contains no sentence"),
        (["train.conllu", "--columns", "form,upus"], "no column 'upus'. Did you mean 'upos'?"),
        (["no", "--hidden", "0"], "--hidden must be an array-like or an int"),
        (["no", "--dropout", "3"], "--dropout must be a float in the range [0.0, 1.0). Got 3"),
        (["no", "--dropout", "much"], "--dropout must be a float"),
        (["no", "--set", "tol=-1"], "The 'tol' parameter of BiLSTMTagger must be a float"),
        (["no", "--analyzer", "wrod"], "Got 'wrod' instead. Did you mean word?"),
        (["no", "--set", "solver=sdg"], "Got 'sdg' instead. Did you mean sgd?"),
        (["train.conllu", "-o", "./train.conllu"], "would replace train.conllu, which is read"),
        (["four", "--dev", "train.conllu", "-o", "train.conllu"], "would replace train.conllu"),
        (["train.conllu", "--columns", "form,form"], "the words and their tags are the same"),
        (["train.conllu", "--embeddings", "empty.conllu"], "empty.conllu, line 1"),
    ],
)
def test_errors_are_reported_and_nothing_is_saved(arguments, message, files, capsys):
    """In one line. Parameters are checked before files are read: the file "no" does not exist."""
    with open("broken.conllu", "w") as file:
        file.write("1\tonly\n")
    with open("empty.conllu", "w") as file:
        file.write("\n")
    with open("four", "w") as file:
        file.write("EU NNP B-NP B-ORG\n")
    with open("one", "w") as file:
        file.write("EU\n")
    before = sorted(os.listdir())
    assert main(["train", *arguments]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("error") == 1
    assert not captured.out
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FILE"),
        (["train.conllu", "--columns", "1"], "names 1 column(s), expected 2"),
        (["train.conllu", "--columns", "1,2,3"], "names 3 column(s), expected 2"),
        (["train.conllu", "--encoding", "utf-12"], "unknown encoding: utf-12"),
        (["train.conllu", "--encoding", "utf-16"], "convert the file"),
        (["train.conllu", "--set", "solver"], "'solver' is not of the form NAME=VALUE"),
        (["train.conllu", "--hiden=3"], "there is no option --hiden. Did you mean --hidden?"),
        (["train.conllu", "--max-iter", "3"], "there is no option --max-iter: pass --epochs."),
        (["train.conllu", "--solver", "sgd"], "--solver: pass --set solver=VALUE."),
        (["train.conllu", "-m", "a.joblib"], "there is no option -m: pass -o FILE."),
        (["train.conllu", "--output", "crf"], "pass --crf"),
        (["train.conllu", "--set", "slver=sgd"], "no parameter 'slver'. Did you mean solver?"),
        (["train.conllu", "--set", "units=3"], "no parameter 'units'. It has alpha, analyzer,"),
        (["train.conllu", "--layout", "conlu"], "Did you mean conllu?"),
        (["train.conllu", "--scoring", "span_f1"], "Did you mean span_f1_bio?"),
        (["train.conllu", "--scheme", "bioes"], "is not one of BIO, IOB1, BIOES"),
        (["train.conllu", "--scheme", "bioes"], "Did you mean BIOES?"),
        (["a.joblib", "train.conllu"], "named like a model file: pass it as -o a.joblib."),
        (["train.conllu", "--separator", ""], "argument --separator: it is empty"),
        (["-", "--dev", "-"], "standard input can only be read once"),
        (["-", "-"], "standard input can only be read once"),
    ],
)
def test_wrong_usage_has_status_2(arguments, message, files, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", *arguments])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.endswith(" Run 'sklstm train --help' for usage.\n")
    assert error.count("\n") == 1


def test_an_existing_model_is_kept_if_saving_fails(files, monkeypatch, capsys):
    with open("tagger.joblib", "w") as file:
        file.write("existing model")

    def dump(tagger, file, compress):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_models.joblib, "dump", dump)
    before = sorted(os.listdir())
    assert main(["train", "train.conllu", *TINY]) == 1
    assert "No space left on device" in capsys.readouterr().err
    with open("tagger.joblib") as file:
        assert file.read() == "existing model"
    assert sorted(os.listdir()) == before


def test_a_missing_skops_is_an_error_before_training(files, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert main(["train", "train.conllu", "-o", "a.skops"]) == 1
    captured = capsys.readouterr().err
    assert "pip install skops" in captured
    assert "Training" not in captured


def test_warnings_are_one_line(files, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["train", "train.conllu", *TINY, "--set", "class_weight={'Q': 2}"]) == 0
    assert "sklstm train: warning: class_weight names ['Q']" in capsys.readouterr().err


# -- signals, pipes and full disks ----------------------------------------------------------------

posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits differ on Windows")
ENDLESS = ["train", "train.conllu", *TINY, "--epochs", "100000"]


def read_until_epoch(process):
    while not process.stderr.readline().startswith(b"Epoch "):
        assert process.poll() is None


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_save_the_completed_epochs_and_end_with_the_signal(
    number, files, tmp_path
):
    process = start(*ENDLESS, cwd=tmp_path)
    read_until_epoch(process)
    process.send_signal(number)
    error = process.communicate(timeout=PATIENCE)[1].decode()
    assert process.returncode == -number
    assert "Traceback" not in error
    assert joblib.load("tagger.joblib").n_iter_ >= 1
    assert sorted(os.listdir()) == ["dev.conllu.xz", "tagger.joblib", "train.conllu"]


@posix
def test_sigterm_before_the_first_epoch_leaves_the_old_model(files, tmp_path):
    (tmp_path / "tagger.joblib").write_text("old")
    os.mkfifo("pipe")
    process = start("train", "train.conllu", "pipe", *TINY, cwd=tmp_path)
    with open("pipe", "wb"):  # it reads now
        process.send_signal(signal.SIGTERM)
        error = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == -signal.SIGTERM
    assert not error
    assert (tmp_path / "tagger.joblib").read_text() == "old"
    assert not [name for name in os.listdir() if name.endswith(".tmp")]


@posix
@pytest.mark.parametrize("n_kills", [1, pytest.param(20, marks=pytest.mark.long)])
def test_sigkill_leaves_the_old_model_or_the_new_one(n_kills, files, tmp_path):
    for k in range(n_kills):
        (tmp_path / "tagger.joblib").write_text("old")
        process = start(*ENDLESS[:-1], "3", cwd=tmp_path)
        read_until_epoch(process)
        time.sleep(0.004 * k)
        process.kill()
        process.communicate(timeout=PATIENCE)
        if (tmp_path / "tagger.joblib").read_bytes() != b"old":
            assert joblib.load("tagger.joblib").n_iter_ == 3
    left = {*os.listdir()} - {"dev.conllu.xz", "tagger.joblib", "train.conllu"}
    assert all(name.startswith("tagger.joblib.") and name.endswith(".tmp") for name in left)


@posix
def test_a_terminal_that_is_closed_does_not_stop_training(files, tmp_path):
    with start(*ENDLESS[:-1], "40", cwd=tmp_path) as process:
        read_until_epoch(process)
        process.stderr.close()
        assert process.wait(PATIENCE) == 0
    assert joblib.load("tagger.joblib").n_iter_ == 40


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_log_file_on_a_full_disk_does_not_stop_training(files, tmp_path):
    with open("/dev/full", "wb") as full:
        done = run("train", "train.conllu", *TINY, cwd=tmp_path, stderr=full, check=False)
    assert done.returncode == 0
    assert joblib.load("tagger.joblib").n_iter_ == 2


@pytest.mark.parametrize("name", ["tagger.joblib", "tagger.joblib.gz", "tagger.skops"])
@pytest.mark.parametrize(("limit", "is_before"), [(1000, True), (70_000, False)])
def test_a_full_disk_leaves_the_old_model_and_is_found_before_training(
    limit, is_before, name, files, tmp_path, capsys
):
    """Unless there is still a little room."""
    if name.endswith("skops"):
        pytest.importorskip("skops")
    (tmp_path / name).write_text("old")
    before = sorted(os.listdir())
    with limited_files(limit):
        assert main(["train", "train.conllu", *TINY, "--embedding-size", "99", "-o", name]) == 1
    *progress, error = capsys.readouterr().err.splitlines()
    cannot = "cannot write " if is_before else ""
    assert error == f"sklstm train: error: {cannot}{name}: File too large"
    assert (not progress) is is_before
    assert (tmp_path / name).read_text() == "old"
    assert sorted(os.listdir()) == before


def test_names_can_be_as_long_as_the_file_system_allows(files, capsys):
    assert main(["train", "train.conllu", *TINY, "-o", "n" * 255]) == 0
    assert joblib.load("n" * 255).n_iter_ == 2
    capsys.readouterr()
    assert main(["train", "train.conllu", *TINY, "-o", "n" * 256]) == 1
    assert capsys.readouterr().err.endswith(f"cannot write {'n' * 256}: File name too long\n")


def test_commands_write_only_the_files_that_they_are_told_to(english, tmp_path):
    """All other folders that they could use stay empty."""
    names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "JOBLIB_TEMP_FOLDER", "MPLCONFIGDIR")
    folders = {name: str(tmp_path / name) for name in names}
    for folder in folders.values():
        os.mkdir(folder)
    os.mkdir(tmp_path / "here")
    write_conll(tmp_path / "train.conllu", *english)
    commands = [
        ["train", "../train.conllu", *TINY, "-o", "../model"],
        ["tag", "-m", "../model", "../train.conllu", "-o", "../tagged"],
        ["score", "-m", "../model", "../tagged"],
        ["info", "-m", "../model", "--trusted"],
        ["info", "-m", "../model"],
    ]
    code = f"from sklstm._cli import main; print([main(command) for command in {commands}])"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=tmp_path / "here", env={**os.environ, **folders},
        check=True, capture_output=True,
    )  # fmt: skip
    assert done.stdout.endswith(b"[0, 0, 0, 0, 0]\n")
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert written == {*names, "here", "train.conllu", "model", "tagged"}


def test_a_killed_training_continues_from_its_checkpoint(files, tmp_path, capsys):
    state = tmp_path / "state"
    arguments = ["train", "train.conllu", *TINY, "--epochs", "6", "--checkpoint", state]
    assert main([*map(str, arguments), "-o", str(tmp_path / "whole")]) == 0
    assert list(state.iterdir()) == []
    process = start(*arguments, "-o", tmp_path / "killed")
    while not list(state.glob("*.training.ckpt")):
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert not (tmp_path / "killed").exists()
    capsys.readouterr()
    assert main([*map(str, arguments), "-o", str(tmp_path / "killed")]) == 0
    assert "of 6 epochs from a checkpoint" in capsys.readouterr().err
    assert list(state.iterdir()) == []
    whole, killed = (joblib.load(tmp_path / name) for name in ("whole", "killed"))
    np.testing.assert_array_equal(whole._model.vector, killed._model.vector)


def test_the_state_stays_until_the_model_is_saved(files, tmp_path, monkeypatch, capsys):
    arguments = ["train", "train.conllu", *TINY, "--checkpoint", tmp_path / "state", "-o", "model"]

    def fail(*args):
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr(_train, "save", fail)
        assert main([*map(str, arguments)]) == 1
    capsys.readouterr()
    assert main([*map(str, arguments)]) == 0
    assert "Read the complete fit from a checkpoint." in capsys.readouterr().err
    assert joblib.load("model").n_iter_ == 2
