"""The architecture: modules are in layers, and a module imports from lower layers only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklstm

ROOT = Path(sklstm.__file__).parent

# The layers, from top to bottom, and what each can import from the package.
MAY_IMPORT = {
    "__main__": {"_cli"},
    # It checks parameters before it reads files, and shows progress as the estimator does.
    "_cli": {
        "_cli", "dask", "ensemble", "inspection", "datasets", "metrics", "__init__", "_schemes",
        "_validation", "_reporting", "callbacks", "_checkpoints", "_tables", "_files",
    },
    "dask": {
        "dask", "datasets", "__init__", "_tagger", "callbacks", "_checkpoints", "_scoring",
        "_training", "_model", "_batching", "_features", "_validation", "_sequences", "_digest",
        "_reporting", "_threads",
    },
    "ensemble": {
        "inspection", "_tagger", "_batching", "_validation", "_sequences", "_callbacks", "_schemes",
        "nn",
    },
    "display": {
        "display", "inspection", "metrics", "__init__", "_sequences", "_schemes", "_tables",
    },
    "export": {"__init__"},
    "inspection": {
        "inspection", "_tagger", "_model", "_batching", "_features", "_validation", "_sequences",
        "_threads", "_schemes", "_tables", "nn",
    },
    # Independent of the estimator: they use its public interface, or nothing of it.
    "model_selection": {"_sequences"},
    "preprocessing": {"preprocessing", "_callbacks", "_sequences"},
    "datasets": {"datasets", "_sequences", "_files"},
    "__init__": {"_tagger", "_version"},
    "_tagger": {
        "callbacks", "_checkpoints", "_persistence", "_training", "_model", "_batching",
        "_validation", "_callbacks", "_reporting", "_scoring", "_threads", "_schemes", "_version",
    },
    "callbacks": {"_checkpoints"},
    "_checkpoints": {"_digest", "_files", "_version"},
    "_scoring": {"metrics", "_schemes"},
    "_persistence": {"_digest", "_model", "_version", "nn.parameters"},
    "_training": {"_batching", "nn"},
    "_model": {"_features", "_batching", "_sequences", "_schemes", "nn"},
    "_batching": {"_features", "nn"},
    "_features": {"_sequences", "nn"},
    # Independent of the estimator, which scores validation sets with it.
    "metrics": {"metrics", "_labels", "_sequences", "_schemes", "_tables"},
    "_validation": {"_validation", "_labels", "_sequences", "_schemes"},
    "_labels": {"_sequences"},
    "_sequences": {"nn.packing"},
    "_callbacks": set(),
    "_digest": set(),
    "_reporting": set(),
    "_threads": set(),
    "_schemes": set(),
    "_tables": set(),
    "_files": set(),
    "_version": set(),
    "nn": {"nn"},
}  # fmt: skip
# What the layers without scikit-learn can import besides the package and the standard library.
THIRD_PARTY = {
    "_persistence": {"numpy"},
    "_checkpoints": {"joblib"},
    "_digest": {"numpy", "scipy"},
    "_training": {"numpy"},
    "_model": {"numpy", "scipy"},
    "_batching": {"numpy"},
    "_features": {"numpy", "scipy"},
    "_labels": {"numpy"},
    "_sequences": {"numpy", "scipy"},
    "_reporting": set(),
    "_scoring": set(),
    "_threads": {"threadpoolctl"},
    "_schemes": {"numpy"},
    "_tables": set(),
    "_files": set(),
    "_version": set(),
    "nn": {"numpy"},
}


def module_names():
    return [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in ROOT.rglob("*.py")]


def imports(name):
    tree = ast.parse((ROOT / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            is_package = (ROOT.parent / node.module.replace(".", "/")).is_dir()
            if is_package and node.module.startswith("sklstm"):
                for alias in node.names:
                    module = f"{node.module}.{alias.name}"
                    path = ROOT.parent / module.replace(".", "/")
                    exists = path.with_suffix(".py").exists() or path.is_dir()
                    yield module if exists else node.module
            else:
                yield node.module


def layer(name):
    """Return the layer of a module: the name of a module or package in the top level."""
    return name.split(".")[0]


def test_every_module_is_in_a_layer():
    assert {layer(name) for name in module_names()} == MAY_IMPORT.keys()


def test_layers_import_lower_layers_only():
    order = list(MAY_IMPORT)
    for name, allowed in MAY_IMPORT.items():
        lower = order[order.index(name) :]
        assert {layer(other) for other in allowed} <= set(lower), name


@pytest.mark.parametrize("name", module_names())
def test_a_module_imports_from_lower_layers_only(name):
    allowed = MAY_IMPORT[layer(name)]
    for imported in imports(name):
        if imported.split(".")[0] != "sklstm":
            continue
        inner = imported.removeprefix("sklstm").lstrip(".") or "__init__"
        assert any(inner == a or inner.startswith(a + ".") for a in allowed), (name, imported)


@pytest.mark.parametrize("name", [n for n in module_names() if layer(n) in THIRD_PARTY])
def test_lower_layers_do_not_import_scikit_learn(name):
    allowed = {"sklstm", *THIRD_PARTY[layer(name)], *sys.stdlib_module_names}
    for imported in imports(name):
        assert imported.split(".")[0] in allowed, (name, imported)


def test_packages_are_imported_when_they_are_used():
    lines = (
        "import sys, sklstm",
        "assert not any(name.startswith('sklstm.metrics') for name in sys.modules)",
        "assert 'metrics' in dir(sklstm)",
        "sklstm.metrics.span_f1_score, sklstm.datasets.read_conll, sklstm.display.TaggedText",
        "sklstm.inspection.explain_tag, sklstm.preprocessing.TokenTransformer",
        "sklstm.model_selection.cross_val_predict, sklstm.ensemble.VotingTagger",
        "sklstm.export.to_onnx",
    )
    subprocess.run([sys.executable, "-c", "; ".join(lines)], check=True)
    with pytest.raises(AttributeError, match="module 'sklstm' has no attribute 'metric'"):
        _ = sklstm.metric
