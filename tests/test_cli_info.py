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
from sklstm._cli import _contents, main
from sklstm.datasets import WordVectors

WAYS = ["joblib", "joblib.gz", "joblib.bz2", "joblib.xz", "joblib.lzma", "zlib", "pickle", "skops"]
WAYS += [f"pickle {protocol}" for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]


def dump(tagger, path, way):
    if way == "skops":
        pytest.importorskip("skops.io").dump(tagger, path)
    elif way.startswith("pickle"):
        protocol = int(way.split()[1]) if " " in way else None
        with open(path, "wb") as file:
            pickle.dump(tagger, file, protocol)
    else:
        _, _, name = way.partition(".")
        compress = 3 if way == "zlib" else ({"gz": "gzip"}.get(name, name), 3) if name else 0
        joblib.dump(tagger, path, compress=compress)
    return str(path)


@pytest.fixture(scope="module")
def tagger(english):
    X, y = english
    vectors = WordVectors(["the", "boat"], np.eye(2, dtype=np.float32))
    tagger = tiny_tagger(char_hidden_size=3, embeddings=vectors, class_weight={"NOUN": 2.0})
    return tagger.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])


def describe(path, capsys):
    assert main(["info", path, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_of_a_file_is_what_the_tagger_is(way, tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", way)
    about = describe(path, capsys)
    assert about["n_bytes"] == os.path.getsize(path)
    assert (
        about["format"].split(",")[0] == way.replace("zlib", "joblib").split(" ")[0].split(".")[0]
    )
    assert about["safe_to_load"] == (way == "skops")
    assert about["other_types"] == []
    assert about["version"] == __version__
    assert about["tokens"] == "words"
    assert about["tags"] == tagger.classes_.tolist()
    arrays = tagger._network["vector"], tagger._network["table"]
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
        "embeddings": "<sklstm.datasets._vectors.WordVectors>",
        "hidden_layer_sizes": 6,
        "max_iter": 2,
        "random_state": 0,
    }


@pytest.mark.parametrize("way", ["joblib", "joblib.xz", "zlib", "pickle 2", "pickle 5", "skops"])
def test_all_arrays_are_read_as_they_are(way, tagger, tmp_path):
    state = _contents.read_contents(dump(tagger, tmp_path / "model", way)).value.state
    for name in ("vector", "table"):
        array = state["_network"][name]
        np.testing.assert_array_equal(array, tagger._network[name])
        assert array.dtype == tagger._network[name].dtype


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("way", ["joblib", "pickle 2", "pickle 5", "skops"])
def test_arrays_of_any_kind_and_order(way, order, tmp_path):
    values = [
        np.arange(6.0).reshape(2, 3), np.array([["a", "bé"]]), np.array([True]),
        np.arange(3, dtype=">i4"), np.empty((0, 4)), np.array(2.5),
    ]  # fmt: skip
    arrays = {str(k): np.asarray(value, order=order) for k, value in enumerate(values)}
    read = _contents.read_contents(dump(arrays, tmp_path / "arrays", way)).value
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array, strict=True)


def test_a_person_is_told_the_same(tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", "joblib")
    assert main(["info", path]) == 0
    output = capsys.readouterr().out
    assert output.startswith(f"{path}: a BiLSTMTagger\n  saved by    sklstm {__version__}\n")
    assert "runs the code that the file names: load it only if you trust it\n" in output
    assert "hidden_layer_sizes=6" in output
    assert f"tags        {len(tagger.classes_)}: ADJ ADP" in output
    assert "trained     2 epoch(s), loss " in output
    assert "validation score" in output


def test_vectors_and_what_partial_fit_keeps(vectors, tmp_path, capsys):
    X, y = vectors
    tagger = tiny_tagger().partial_fit(X, y)
    path = dump(tagger, tmp_path / "model", "joblib")
    about = describe(path, capsys)
    assert about["tokens"] == "vectors"
    assert about["tags"] == [0, 1]
    assert "vocabulary_size" not in about
    assert about["optimizer_bytes"] == 2 * about["parameter_bytes"]
    assert main(["info", path]) == 0
    assert "kept by partial_fit" in capsys.readouterr().out


def test_a_tagger_that_is_not_fitted(tmp_path, capsys):
    path = dump(BiLSTMTagger(), tmp_path / "model", "joblib")
    assert describe(path, capsys)["fitted"] is False
    assert main(["info", path]) == 0
    assert "fitted      no" in capsys.readouterr().out


def test_parameters_that_are_arrays(english, tmp_path, capsys):
    tagger = tiny_tagger(hidden_layer_sizes=np.array([3, 2])).fit(*english)
    for way in ("joblib", "pickle"):
        about = describe(dump(tagger, tmp_path / "model", way), capsys)
        assert about["parameters"]["hidden_layer_sizes"] == "array([3, 2])"


def test_a_tagger_of_another_version(tagger, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sklstm._tagger.__version__", "9.8.7")
    path = dump(tagger, tmp_path / "model", "joblib")
    assert main(["info", path]) == 0
    assert f"sklstm 9.8.7 (this is {__version__})" in capsys.readouterr().out


# -- nothing in the file is run -----------------------------------------------------------------


class Attack:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("way", ["joblib", "zlib", "pickle 2", "pickle 5"])
def test_a_pickle_that_would_run_code_is_described_and_runs_none(
    way, english, tagger, tmp_path, capsys
):
    attacked = tiny_tagger().set_params(**tagger.get_params()).fit(*english)
    attacked.analyzer = Attack(tmp_path / "attacked")
    path = dump(attacked, tmp_path / "model", way)
    about = describe(path, capsys)
    assert about["other_types"] == [f"{os.name}.mkdir"]
    assert about["safe_to_load"] is False
    assert main(["info", path]) == 0
    assert "beyond what a tagger needs, it names" in capsys.readouterr().out
    assert not (tmp_path / "attacked").exists()
    joblib.load(path)
    assert (tmp_path / "attacked").exists()  # so the attack is a real one


@pytest.mark.parametrize("way", ["joblib", "pickle"])
@pytest.mark.parametrize("where", ["alone", "in an array"])
def test_what_is_no_tagger_is_said_and_runs_nothing(way, where, tmp_path, capsys):
    attack = Attack(tmp_path / "attacked")
    path = dump(np.array([attack]) if where == "in an array" else attack, tmp_path / "model", way)
    assert main(["info", path]) == 1
    error = capsys.readouterr().err
    assert "not a BiLSTMTagger. It names" in error
    assert ".mkdir: do not load it" in error
    assert not (tmp_path / "attacked").exists()


def test_a_file_of_skops_is_described_without_being_loaded(tagger, tmp_path, monkeypatch, capsys):
    skops_io = pytest.importorskip("skops.io")
    strange = tiny_tagger().set_params(**tagger.get_params())
    vars(strange).update({name: value for name, value in vars(tagger).items() if name[-1] == "_"})
    strange.analyzer = os.path.basename
    path = dump(strange, tmp_path / "model", "skops")
    monkeypatch.setattr(skops_io, "load", None)
    about = describe(path, capsys)
    assert about["safe_to_load"] is False
    assert about["other_types"] == ["posixpath.basename"]
    assert main(["info", path]) == 0
    assert "refused, for it holds what no tagger needs: posixpath" in capsys.readouterr().out
    assert main(["tag", path]) == 1
    assert "was not loaded, for it holds what no tagger needs" in capsys.readouterr().err


def test_without_skops_its_files_are_described_and_not_judged(
    tagger, tmp_path, monkeypatch, capsys
):
    path = dump(tagger, tmp_path / "model", "skops")
    monkeypatch.setitem(sys.modules, "skops.io", None)
    about = describe(path, capsys)
    assert about["safe_to_load"] is None
    assert about["tags"] == tagger.classes_.tolist()
    assert main(["info", path]) == 0
    assert "needs the package skops" in capsys.readouterr().out
    assert main(["tag", path]) == 1
    assert "pip install skops" in capsys.readouterr().err


# -- what is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["info", "tag"])
def test_what_is_no_model_is_said(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    joblib.dump({"a": 1}, "dict")
    with open("text", "w") as file:
        file.write("not a model")
    with zipfile.ZipFile("archive.zip", "w") as archive:
        archive.writestr("text", "not a model")
    for path, message in [
        ("nowhere", "nowhere: No such file"),
        ("text", "text is no model file"),
        ("archive.zip", "archive.zip is no model file"),
        ("dict", "dict holds a dict, not a BiLSTMTagger"),
    ]:
        assert main([name, path]) == 1
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", ["info", "tag"])
@pytest.mark.parametrize("way", ["joblib", "joblib.xz", "pickle"])
def test_a_file_that_was_cut_off_is_said(name, way, tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", way)
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2)
    assert main([name, path]) == 1
    assert "model is damaged" in (error := capsys.readouterr().err) or "cannot be loaded" in error


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("network", [3, {}, {"kind": "words", "vector": 1}])
def test_a_tagger_that_was_made_up_is_said(network, options, tmp_path, capsys):
    tagger = BiLSTMTagger()
    tagger._network = network
    assert main(["info", dump(tagger, tmp_path / "model", "joblib"), *options]) == 1
    captured = capsys.readouterr()
    assert "model is damaged" in captured.err
    assert not captured.out


@pytest.mark.parametrize("name", ["info", "tag"])
def test_a_damaged_file_of_skops_is_said(name, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "model", "w") as archive:
        archive.writestr("schema.json", '{"__class__": "BiLSTMTagger"}')
    pytest.importorskip("skops")
    assert main([name, str(tmp_path / "model")]) == 1
    assert "model is damaged" in capsys.readouterr().err
