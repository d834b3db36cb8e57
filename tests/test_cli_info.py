import bz2
import gzip
import json
import os
import pickle
import re
import sys
import tracemalloc
import zipfile
import zlib

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


# -- files of strangers -------------------------------------------------------------------------

# Text that clears a terminal, forges a line and reverses what follows.
HOSTILE = "x\x1b[2J\nloading  safe\x9b1A\u202e"
CONTROLS = {"\x1b", "\x9b", "\u202e"}


@pytest.fixture
def changed_skops(tagger, tmp_path):
    """Return a function that changes the attributes of a tagger in a skops file."""
    pytest.importorskip("skops.io")
    source = dump(tagger, tmp_path / "source", "skops")

    def write(attributes, compression=zipfile.ZIP_STORED):
        path = tmp_path / "model"
        with (
            zipfile.ZipFile(source) as archive,
            zipfile.ZipFile(path, "w", compression) as changed,
        ):
            for name in archive.namelist():
                data = archive.read(name)
                if name == "schema.json":
                    schema = json.loads(data)
                    schema["content"]["content"].update(attributes)
                    data = json.dumps(schema)
                changed.writestr(name, data)
        return str(path)

    return write


def json_node(value):
    return {
        "__class__": type(value).__name__, "__module__": "builtins", "__loader__": "JsonNode",
        "content": json.dumps(value), "is_json": True,
    }  # fmt: skip


def tuple_node(children, **identity):
    kind = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode"}
    return {**kind, "content": children, **identity}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_with_a_skops_file_appended_is_not_safe(protocol, tagger, tmp_path, capsys):
    skops = dump(tagger, tmp_path / "skops", "skops")
    attack = pickle.dumps(Attack(tmp_path / "attacked"), protocol)
    path = tmp_path / "model"
    with open(skops, "rb") as file:
        path.write_bytes(attack + file.read())
    assert zipfile.is_zipfile(path)
    status = main(["info", "-m", str(path), "--json"])
    output = capsys.readouterr().out
    assert status == (1 if protocol < 2 else 0)
    assert not output or json.loads(output)["safe_to_load"] is False
    assert not (tmp_path / "attacked").exists()
    joblib.load(path)
    assert (tmp_path / "attacked").exists()  # so the attack is a real one


@pytest.mark.parametrize("command", ["info", "tag"])
def test_an_object_that_is_nested_by_references_is_damage(command, changed_skops, capsys):
    """Its repr, hash and JSON would have 2 ** 60 parts."""
    node = tuple_node([], __id__=1)
    for k in range(2, 60):
        node = tuple_node([node, {"__loader__": "TupleNode", "__id__": k - 1}], __id__=k)
    path = changed_skops({"hidden_layer_sizes": node})
    assert main([command, "-m", path]) == 1
    assert "model is damaged (ValueError: an object refers to another" in capsys.readouterr().err


def test_references_cannot_be_hidden_by_their_order_or_by_other_keys(changed_skops, capsys):
    for hidden in (
        {"content": [], "junk": tuple_node([], __id__=9), "__id__": 9},
        {"content": [tuple_node([tuple_node([])], __id__=9), tuple_node([], __id__=9)]},
        {"content": [tuple_node([], __id__=9), tuple_node([tuple_node([])], __id__=9)]},
    ):
        path = changed_skops({"hidden_layer_sizes": {**tuple_node([]), **hidden}})
        assert main(["info", "-m", path]) == 1
        assert "an object refers to another" in capsys.readouterr().err


def test_objects_that_occur_more_than_once_are_not_damage(english, tmp_path, capsys):
    """Also the keys that skops uses for its own data."""
    vectors = {name: np.ones(8, np.float32) for name in ("a", "b", "__id__", "file", "content")}
    members = [(f"m{k}", tiny_tagger(random_state=k, embeddings=vectors)) for k in range(2)]
    path = dump(VotingTagger(members).fit(*english), tmp_path / "model", "skops")
    assert describe(path, capsys)["safe_to_load"]


@pytest.mark.parametrize("depth", [100, 400, 100_000])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_deep_nesting_is_described_or_damage(depth, options, changed_skops, capsys):
    node, closing = json.dumps(tuple_node([0])).split("0")
    text = node * depth + json.dumps(tuple_node([])) + closing * depth
    path = changed_skops({"hidden_layer_sizes": "NODE"})
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data.replace(b'"NODE"', text.encode()))
    status = main(["info", "-m", path, *options])
    captured = capsys.readouterr()
    assert status == (0 if depth == 100 else 1)
    assert ("model is damaged (RecursionError" in captured.err) is (depth > 100)
    assert len(captured.out) < 5000


@pytest.mark.parametrize("make", ["schema", "array", "repeated array"])
def test_a_file_that_would_fill_the_memory_is_damage(make, changed_skops, monkeypatch, capsys):
    monkeypatch.setattr("sklstm._cli._skops._ACCEPTED", 1 << 20)
    attributes = {}
    if make == "schema":
        attributes = {"analyzer": json_node("x" * 20_000_000)}
    path = changed_skops(attributes, zipfile.ZIP_DEFLATED)
    if make != "schema":
        n_nodes = 50 if make == "repeated array" else 1
        array = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode"}
        array |= {"type": "numpy", "file": "x.npy"}
        path = changed_skops({"analyzer": tuple_node([array] * n_nodes)}, zipfile.ZIP_DEFLATED)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", bytes(20_000_000 // n_nodes))
    monkeypatch.setattr("skops.io.load", None)
    monkeypatch.setattr("skops.io.get_untrusted_types", None)
    for command in ("info", "tag"):
        assert main([command, "-m", path]) == 1
        error = capsys.readouterr().err
        assert re.search(r"model is damaged \(ValueError: [\d.]+ kB hold 2\d\.\d MB of", error)


def test_a_compressed_pickle_is_recognised_without_decompressing_it(tmp_path, capsys):
    """These files decompress to 100 MB, or ask for 1 GB to be decompressed."""
    bomb = b"\x80\x04" + bytes(100_000_000)
    lzma = pytest.importorskip("lzma")
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    for data, shown in [
        (gzip.compress(bomb), "pickle, gzip"),
        (zlib.compress(bomb), "pickle, zlib"),
        (bz2.compress(bomb), "pickle, bz2"),
        (lzma.compress(bomb), "pickle, xz"),
        (lzma.compress(b"\x80\x04", filters=filters), None),
    ]:
        (tmp_path / "model").write_bytes(data)
        tracemalloc.start()
        status = main(["info", "-m", str(tmp_path / "model")])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20_000_000
        output = capsys.readouterr().out
        assert f"format      {shown}, " in output if shown else status == 1


def test_damaged_archives_are_errors(tagger, tmp_path, capsys):
    path = dump(tagger, tmp_path / "model", "skops")
    with open(path, "rb") as file:
        data = file.read()
    rng = np.random.RandomState(0)
    for _ in range(40):
        changed = bytearray(data)
        for position in rng.randint(len(data), size=3):
            changed[position] ^= 1 << rng.randint(8)
        with open(path, "wb") as file:
            file.write(changed[: len(data) if rng.randint(2) else rng.randint(len(data))])
        assert main(["info", "-m", path]) in (0, 1)
        assert capsys.readouterr().err.count("\n") <= 1


@pytest.mark.parametrize("saved_as", ["skops", "joblib"])
def test_text_of_a_file_can_neither_forge_lines_nor_control_the_terminal(
    saved_as, english, tmp_path, monkeypatch, capsys
):
    X, y = english
    y = [[f"{tag}{HOSTILE}" for tag in tags] for tags in y]
    tagger = tiny_tagger(class_weight={f"NOUN{HOSTILE}": 2.0}).fit(X, y)
    tagger._file_layout = {"layout": None, "columns": [0, HOSTILE], "comment": HOSTILE}
    with monkeypatch.context() as patch:
        patch.setattr("sklstm._tagger.__version__", HOSTILE)
        path = dump(VotingTagger([("a", tagger)]), tmp_path / "voting", saved_as)
        path = dump(tagger, tmp_path / f"model{HOSTILE.replace('/', '')}", saved_as)
    plain = dump(tiny_tagger().fit(*english), tmp_path / "plain", saved_as)
    n_lines = text_of(plain, capsys, "--trusted").count("\n")
    output = text_of(path, capsys, "--trusted")
    assert not CONTROLS & {*output}
    assert output.count("\n") == n_lines + 1  # that of the layout
    output = text_of(path, capsys, "--trusted", "--json")
    assert not CONTROLS & {*output}
    assert json.loads(output)["tags"] == tagger.classes_.tolist()
    assert json.loads(output)["file"] == path


def test_untrusted_types_can_neither_forge_lines_nor_control_the_terminal(changed_skops, capsys):
    function = {"__class__": HOSTILE, "__module__": "os", "__loader__": "FunctionNode"}
    path = changed_skops({"analyzer": function})
    output = text_of(path, capsys)
    assert output.count("\n") == 3
    assert main(["tag", "-m", path]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert not CONTROLS & {*output, *error}
    assert describe(path, capsys)["untrusted_types"] == [f"os.{HOSTILE}"]


def test_the_text_of_a_description_is_short(changed_skops, capsys):
    functions = [
        {"__class__": f"{'f' * 100}{k}", "__module__": "os", "__loader__": "FunctionNode"}
        for k in range(1000)
    ]
    path = changed_skops({"analyzer": tuple_node(functions)})
    assert len(text_of(path, capsys)) < 6000
    long = {str(k): 1.0 for k in range(100_000)}
    path = dump(tiny_tagger(class_weight=long), path, "joblib")
    assert len(text_of(path, capsys, "--trusted")) < 6000
    parameters = describe(path, capsys, "--trusted")["parameters"]
    assert parameters["class_weight"].endswith(", ...}")


def test_a_nested_tuple_in_a_trusted_file_is_described(tmp_path, capsys):
    """Its repr would have 2 ** 60 parts."""
    nested = ()
    for _ in range(60):
        nested = (nested, nested)
    path = dump(tiny_tagger(hidden_layer_sizes=nested), tmp_path / "model", "joblib")
    for options in ([], ["--json"]):
        assert len(text_of(path, capsys, "--trusted", *options)) < 2000


@pytest.mark.parametrize(
    "attributes",
    [
        {"loss_curve_": "abc"},
        {"loss_curve_": []},
        {"validation_scores_": [[]]},
        {"n_iter_": [[[]]], "loss_curve_": None},
        {"_file_layout": {"layout": 3, "columns": 4}},
        {"_file_layout": []},
        {"_file_layout": {"layout": [[]]}},
    ],
)
def test_attributes_of_other_types_are_damage(attributes, tagger, changed_skops, tmp_path, capsys):
    changed = tiny_tagger()
    vars(changed).update(vars(tagger), **attributes)
    path = dump(changed, tmp_path / "model", "joblib")
    for options in ([], ["--json"]):
        assert main(["info", "--trusted", "-m", path, *options]) in (0, 1)
        captured = capsys.readouterr()
        assert captured.err.count("\n") <= 1
        assert "model is damaged" in captured.err or captured.out
