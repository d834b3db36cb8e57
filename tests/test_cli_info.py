import bz2
import gzip
import json
import os
import pickle
import sys
import zipfile

import joblib
import numpy as np
import pytest
from _commands import tiny_tagger

from sklstm import BiLSTMTagger, __version__
from sklstm._cli import main
from sklstm.datasets import WordVectors
from sklstm.ensemble import VotingTagger

# How a tagger is saved, and the format that the command prints.
FORMATS = {
    "skops": "skops",
    "joblib": "pickle",
    "joblib.gzip": "pickle, gzip",
    "joblib.bz2": "pickle, bz2",
    "joblib.xz": "pickle, xz",
    "joblib.lzma": "pickle, lzma",
    "joblib.zlib": "pickle, zlib",
    "pickle": "pickle",
    **{f"pickle {protocol}": "pickle" for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
}
PICKLES = ["joblib", "joblib.zlib", "joblib.xz", "pickle 2", "pickle 5"]


def dump(tagger, path, saved_as):
    if saved_as == "skops":
        pytest.importorskip("skops.io").dump(tagger, path)
    elif saved_as.startswith("pickle"):
        protocol = int(saved_as.split()[1]) if " " in saved_as else None
        with open(path, "wb") as file:
            pickle.dump(tagger, file, protocol)
    else:
        compression = saved_as.partition(".")[2]
        joblib.dump(tagger, path, compress=(compression, 3) if compression else 0)
    return str(path)


@pytest.fixture(scope="module")
def tagger(english):
    X, y = english
    vectors = WordVectors(["the", "boat"], np.eye(2, dtype=np.float32))
    tagger = tiny_tagger(char_hidden_size=3, embeddings=vectors, class_weight={"NOUN": 2.0})
    return tagger.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])


def describe(path, capsys, *options):
    assert main(["info", "-m", path, "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def text_of(path, capsys, *options):
    assert main(["info", "-m", path, *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("saved_as", FORMATS)
def test_the_description_matches_the_tagger(saved_as, tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", saved_as)
    about = describe(path, capsys, *([] if saved_as == "skops" else ["--trusted"]))
    assert about["n_bytes"] == os.path.getsize(path)
    assert about["format"] == FORMATS[saved_as]
    assert about["safe_to_load"] == (saved_as == "skops")
    assert about["untrusted_types"] == ([] if saved_as == "skops" else None)
    assert about["loaded"]
    assert about["version"] == __version__
    assert about["tokens"] == "words"
    assert about["tags"] == tagger.classes_.tolist()
    arrays = tagger._model.vector, tagger._model.table
    assert about["n_parameters"] == sum(array.size for array in arrays)
    assert about["parameter_bytes"] == sum(array.nbytes for array in arrays)
    assert about["vocabulary_size"] == len(tagger.vocabulary_)
    assert about["n_iter"] == tagger.n_iter_
    assert about["loss_curve"] == tagger.loss_curve_
    assert about["validation_scores"] == tagger.validation_scores_
    assert about["parameters"] == {
        "char_hidden_size": 3,
        "class_weight": {"NOUN": 2.0},
        "embedding_size": 8,
        "embeddings": repr(tagger.embeddings),
        "hidden_layer_sizes": 6,
        "max_iter": 2,
        "random_state": 0,
    }


def test_the_text_has_the_same_content(tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", "joblib")
    output = text_of(path, capsys, "--trusted")
    assert output.startswith(f"{path}: a BiLSTMTagger\n  saved by    sklstm {__version__}\n")
    assert "runs the code in the file; only load files that you trust\n" in output
    assert "hidden_layer_sizes=6" in output
    assert f"tags        {len(tagger.classes_)}: ADJ ADP" in output
    assert "trained     2 epoch(s), loss " in output
    assert "validation score" in output


@pytest.mark.parametrize("saved_as", ["skops", "joblib"])
def test_an_ensemble_and_its_members_are_described(saved_as, english, tmp_path, capsys):
    members = [("first", tiny_tagger()), ("second", tiny_tagger(random_state=1))]
    voting = VotingTagger(members, weights=[1, 2])
    for fitted in (False, True):
        voting = voting.fit(*english) if fitted else voting
        path = dump(voting, tmp_path / "model", saved_as)
        trusted = [] if saved_as == "skops" else ["--trusted"]
        about = describe(path, capsys, *trusted)
        assert (about["type"], about["fitted"]) == ("VotingTagger", fitted)
        assert about["parameters"] == {"weights": [1, 2]}
        assert about["members"]["second"]["parameters"]["random_state"] == 1
        assert ("loss_curve" in about["members"]["first"]) is fitted
        output = text_of(path, capsys, *trusted)
        assert output.startswith(f"{path}: a VotingTagger\n")
        assert "  members     first, second\n" in output
        assert "\nsecond: a BiLSTMTagger\n  parameters  " in output
        assert ("  fitted      no\n" in output) is not fitted


def test_vectors_and_the_optimizer_state_of_partial_fit(vectors, tmp_path, capsys):
    X, y = vectors
    tagger = tiny_tagger().partial_fit(X, y)
    path = dump(tagger, tmp_path / "model", "joblib")
    about = describe(path, capsys, "--trusted")
    assert about["tokens"] == "vectors"
    assert about["tags"] == [0, 1]
    assert "vocabulary_size" not in about
    assert about["optimizer_bytes"] == 2 * about["parameter_bytes"]
    assert "kept by partial_fit" in text_of(path, capsys, "--trusted")


def test_a_tagger_that_is_not_fitted(tmp_path, capsys):
    path = dump(BiLSTMTagger(), tmp_path / "model", "joblib")
    assert describe(path, capsys, "--trusted")["fitted"] is False
    output = text_of(path, capsys, "--trusted")
    assert "fitted      no" in output
    assert "parameters  defaults" in output


def test_parameters_that_are_arrays(english, tmp_path, capsys):
    tagger = tiny_tagger(hidden_layer_sizes=np.array([3, 2])).fit(*english)
    for saved_as in ("joblib", "pickle"):
        about = describe(dump(tagger, tmp_path / "model", saved_as), capsys, "--trusted")
        assert about["parameters"]["hidden_layer_sizes"] == "array([3, 2])"


def test_a_tagger_saved_before_a_parameter_was_added(tmp_path, capsys):
    tagger = tiny_tagger()
    del tagger.label_smoothing
    path = dump(tagger, tmp_path / "model", "joblib")
    assert "label_smoothing" not in describe(path, capsys, "--trusted")["parameters"]


def test_a_verbose_tagger(tmp_path, capsys):
    path = dump(tiny_tagger(verbose=2), tmp_path / "model", "joblib")
    assert describe(path, capsys, "--trusted")["parameters"]["verbose"] == 2


@pytest.mark.parametrize("saved_as", ["joblib", "skops"])
def test_a_tagger_of_another_version(saved_as, tagger, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr("sklstm._tagger.__version__", "9.8.7")
        path = dump(tagger, tmp_path / "model", saved_as)
    assert main(["info", "-m", path, "--trusted"]) == 0
    captured = capsys.readouterr()
    assert f"sklstm 9.8.7 (this is {__version__})" in captured.out
    assert not captured.err


# -- no code in the file is run without --trusted -----------------------------------------------


class Attack:
    """Creates a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("saved_as", PICKLES)
def test_a_pickle_is_not_loaded_unless_it_is_trusted(saved_as, tmp_path, capsys):
    path = dump(tiny_tagger(analyzer=Attack(tmp_path / "attacked")), tmp_path / "model", saved_as)
    assert describe(path, capsys) == {
        "file": path,
        "n_bytes": os.path.getsize(path),
        "format": FORMATS[saved_as],
        "safe_to_load": False,
        "untrusted_types": None,
        "loaded": False,
    }
    output = text_of(path, capsys)
    assert output.startswith(
        f"{path}: a joblib or pickle file, not loaded\n  format      {FORMATS[saved_as]}, "
    )
    assert "only load files that you trust (--trusted loads and describes it)" in output
    assert not (tmp_path / "attacked").exists()
    describe(path, capsys, "--trusted")
    assert (tmp_path / "attacked").exists()  # so the attack is a real one


@pytest.mark.parametrize("saved_as", ["joblib", "joblib.xz", "pickle"])
def test_a_pickle_of_another_object_is_not_loaded_either(saved_as, tmp_path, capsys):
    attack = Attack(tmp_path / "attacked")
    for value in (attack, np.array([attack])):
        path = dump(value, tmp_path / "model", saved_as)
        assert "not loaded" in text_of(path, capsys)
        assert not (tmp_path / "attacked").exists()


@pytest.fixture
def untrusted_file(tagger, tmp_path):
    """A skops file with a function that skops does not trust."""
    untrusted = tiny_tagger().set_params(**tagger.get_params())
    vars(untrusted).update(vars(tagger))
    untrusted.analyzer = os.path.basename
    return dump(untrusted, tmp_path / "model", "skops")


def test_a_skops_file_with_untrusted_types_is_not_loaded(untrusted_file, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr("skops.io.load", None)
        about = describe(untrusted_file, capsys)
        output = text_of(untrusted_file, capsys)
        assert "a skops file, not loaded" in output
        assert main(["tag", "-m", untrusted_file]) == 1
        error = capsys.readouterr().err
    assert about["safe_to_load"] is False
    assert about["untrusted_types"] == ["posixpath.basename"]
    assert about["loaded"] is False
    assert "not safe, contains untrusted types: posixpath.basename (--trusted loads" in output
    assert "was not loaded: it contains types that might run code" in error


def test_trusted_loads_a_skops_file_with_untrusted_types(untrusted_file, capsys):
    about = describe(untrusted_file, capsys, "--trusted")
    assert about["untrusted_types"] == ["posixpath.basename"]
    assert about["loaded"] is True
    assert about["parameters"]["analyzer"] == repr(os.path.basename)


def test_without_skops_its_files_are_not_loaded(tagger, tmp_path, monkeypatch, capsys):
    path = dump(tagger, tmp_path / "model", "skops")
    monkeypatch.setitem(sys.modules, "skops.io", None)
    about = describe(path, capsys)
    assert about["format"] == "skops"
    assert about["safe_to_load"] is None
    assert about["untrusted_types"] is None
    assert about["loaded"] is False
    assert "needs the package skops" in text_of(path, capsys)
    for command in (["tag"], ["info", "--trusted"]):
        assert main([*command, "-m", path]) == 1
        assert "pip install skops" in capsys.readouterr().err


def test_a_model_without_its_option_is_named_in_the_error(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["info", "a.joblib.gz"])
    assert "a.joblib.gz is named like a model file: pass it as -m" in capsys.readouterr().err


# -- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["info"], ["info", "--trusted"], ["tag"]])
def test_other_files_are_errors(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_bytes(b"not a model")
    (tmp_path / "xyz").write_bytes(b"xyz starts like zlib")
    (tmp_path / "text.gz").write_bytes(gzip.compress(b"not a model"))
    (tmp_path / "text.bz2").write_bytes(bz2.compress(b"not a model"))
    (tmp_path / "empty").write_bytes(b"")
    with zipfile.ZipFile("archive.zip", "w") as archive:
        archive.writestr("text", "not a model")
    for path, message in [
        ("nowhere", "nowhere: No such file"),
        ("text", "text is not a model file"),
        ("xyz", "xyz is not a model file"),
        ("text.gz", "text.gz is not a model file"),
        ("text.bz2", "text.bz2 is not a model file"),
        ("empty", "empty is not a model file"),
        ("archive.zip", "archive.zip is not a model file"),
    ]:
        assert main([*command, "-m", path]) == 1
        captured = capsys.readouterr()
        assert message in captured.err
        assert not captured.out


@pytest.mark.parametrize("command", [["info", "--trusted"], ["tag"]])
@pytest.mark.parametrize("saved_as", ["joblib", "skops"])
def test_objects_that_are_not_taggers_are_errors(command, saved_as, tmp_path, capsys):
    path = dump({"a": 1}, tmp_path / "model", saved_as)
    assert main([*command, "-m", path]) == 1
    assert "model contains a dict, not a BiLSTMTagger" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["info", "--trusted"], ["tag"]])
@pytest.mark.parametrize("saved_as", ["joblib", "joblib.xz", "pickle"])
def test_a_truncated_file_is_an_error(command, saved_as, tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", saved_as)
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2)
    assert main([*command, "-m", path]) == 1
    assert "cannot be loaded" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("network", [3, {}, {"kind": "words", "vector": 1}])
def test_a_tagger_with_invalid_state_is_an_error(network, options, tmp_path, capsys):
    tagger = BiLSTMTagger()
    tagger._network = network
    path = dump(tagger, tmp_path / "model", "joblib")
    assert main(["info", "--trusted", "-m", path, *options]) == 1
    captured = capsys.readouterr()
    assert "model cannot be loaded as a tagger" in captured.err
    assert not captured.out


@pytest.mark.parametrize("name", ["info", "tag"])
def test_a_damaged_skops_file_is_an_error(name, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "model", "w") as archive:
        archive.writestr("schema.json", '{"__class__": "BiLSTMTagger"}')
    pytest.importorskip("skops")
    assert main([name, "-m", str(tmp_path / "model")]) == 1
    assert "model is damaged" in capsys.readouterr().err
