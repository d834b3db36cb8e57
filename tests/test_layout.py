"""The house has floors: an import points down only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklstm

ROOT = Path(sklstm.__file__).parent

# Each module, and all it may import from the package. What stands beside the estimator knows the
# public face alone.
MAY_IMPORT = {
    "__init__": {"_tagger", "_version"},
    "__main__": {"_cli"},
    "_cli": {"_cli", "__init__", "datasets", "metrics", "_schemes"},
    "display": {"display", "inspection", "metrics", "_sequences", "_schemes", "__init__"},
    "metrics": {"metrics", "_schemes", "_sequences"},
    "preprocessing": {"preprocessing", "_callbacks", "_sequences"},
    "inspection": {
        "inspection", "_tagger", "_knowledge", "_validation", "_training", "_features", "_batches",
        "_sequences", "_outputs", "_threads", "nn",
    },
    "_tagger": {
        "_knowledge", "_validation", "_training", "_features", "_batches", "_threads",
        "_callbacks", "_reporting", "_schemes", "_version", "nn.optimizers",
    },
    "_knowledge": {
        "_validation", "_training", "_features", "_batches", "_outputs", "_schemes",
        "_version", "nn.parameters",
    },
    "_validation": {"_validation", "_schemes", "_sequences"},
    "_features": {"_batches"},
    "_training": {"_batches", "_memory", "_outputs", "nn"},
    "_outputs": {"nn"},
    "_schemes": set(),
    "_sequences": {"nn.packing"},
    "_batches": {"nn.packing"},
    "_callbacks": set(),
    "_reporting": set(),
    "_version": set(),
    "_threads": set(),
    "_memory": set(),
    "datasets": {"datasets"},
    "nn": {"nn"},
}  # fmt: skip
OUTSIDE = {
    "nn": {"numpy", "math", "typing", "functools", "itertools", "collections"},
    "_reporting": {"threading", "time"},
    "_training": {"numpy", "math", "typing", "dataclasses", "functools"},
    "_outputs": {"numpy", "typing"},
    "_batches": {"numpy", "scipy", "typing"},
    "_features": {
        "numpy",
        "scipy",
        "typing",
        "collections",
        "itertools",
        "os",
        "threading",
        "weakref",
    },
}


def module_names():
    return [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in ROOT.rglob("*.py")]


def imports(name):
    tree = ast.parse((ROOT / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            is_package = (ROOT.parent / node.module.replace(".", "/")).is_dir()
            if is_package and node.module.startswith("sklstm"):
                for alias in node.names:
                    module = f"{node.module}.{alias.name}"
                    path = ROOT.parent / module.replace(".", "/")
                    exists = path.with_suffix(".py").exists() or path.is_dir()
                    yield module if exists else node.module
            else:
                yield node.module


def floor(name):
    return next(
        key for key in sorted(MAY_IMPORT, key=len, reverse=True)
        if name == key or name.startswith(key + ".")
    )  # fmt: skip


@pytest.mark.parametrize("name", module_names())
def test_imports_point_down(name):
    allowed = MAY_IMPORT[floor(name)]
    for imported in imports(name):
        if imported.split(".")[0] != "sklstm":
            continue
        inner = imported.removeprefix("sklstm").lstrip(".") or "__init__"
        assert any(inner == a or inner.startswith(a + ".") for a in allowed), (name, imported)


@pytest.mark.parametrize("name", [n for n in module_names() if floor(n) in OUTSIDE])
def test_lower_floors_know_nothing_of_scikit_learn(name):
    for imported in imports(name):
        package = imported.split(".")[0]
        assert package == "sklstm" or package in OUTSIDE[floor(name)], (name, imported)


def test_packages_are_there_when_they_are_asked_for():
    lines = (
        "import sys, sklstm",
        "assert not any(name.startswith('sklstm.metrics') for name in sys.modules)",
        "assert 'metrics' in dir(sklstm)",
        "sklstm.metrics.span_f1_score, sklstm.datasets.read_conll, sklstm.display.TaggedText",
        "sklstm.inspection.explain_tag, sklstm.preprocessing.TokenTransformer",
    )
    subprocess.run([sys.executable, "-c", "; ".join(lines)], check=True)
    with pytest.raises(AttributeError, match="module 'sklstm' has no attribute 'metric'"):
        _ = sklstm.metric
