"""The gallery: each example has a title and a question, is deterministic, and needs no network.

The build of the documentation runs all examples.
"""

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "examples"
EXAMPLES = sorted(FOLDER.rglob("*.py"))
# The packages of an installation with the extras for tests.
PACKAGES = {
    "dask",
    "distributed",
    "joblib",
    "matplotlib",
    "numpy",
    "onnxruntime",
    "pandas",
    "scipy",
    "sklearn",
    "sklstm",
}
NETWORK = {"ftplib", "http", "socket", "ssl", "urllib", "webbrowser"}

examples = pytest.mark.parametrize(
    "path", EXAMPLES, ids=[path.relative_to(FOLDER).as_posix() for path in EXAMPLES]
)


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path):
    """Yield the last part of the name of each called function, and the call."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def random_classes(path):
    """Yield the names of imported classes that have a random state."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in PACKAGES:
            for alias in node.names:
                value = getattr(importlib.import_module(node.module), alias.name, None)
                if inspect.isclass(value) and "random_state" in inspect.signature(value).parameters:
                    yield alias.name


def test_there_are_at_least_ten_examples():
    assert len(EXAMPLES) >= 10


@examples
def test_an_example_is_run_by_the_build(path):
    """The gallery shows files with other names without running them."""
    assert path.name.startswith("plot_")
    assert (path.parent / "GALLERY_HEADER.rst").exists()


def test_each_section_has_a_position():
    configuration = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    order = re.search(r"for name in \((.*?)\)", configuration, flags=re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', order)) == {path.parent.name for path in EXAMPLES}


@examples
def test_an_example_begins_with_a_title_and_an_introduction(path):
    overline, title, underline, *text = ast.get_docstring(parsed(path)).splitlines()
    assert overline == underline == "=" * len(title)
    assert "".join(text).strip()


@examples
def test_an_example_has_a_picture_and_text_between_the_code(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("plt.show()") >= 1
    assert len(re.findall(r"^# %%\n# \w", source, flags=re.MULTILINE)) >= 2


@examples
def test_an_example_is_deterministic(path):
    names = set(random_classes(path)) - {"LogisticRegression"}  # its default solver is not random
    for name, call in calls(path):
        keywords = {keyword.arg for keyword in call.keywords}
        if name in names:  # None stands for **parameters
            assert keywords & {"random_state", None}, f"line {call.lineno}: {name}"
        if name in ("default_rng", "RandomState"):
            assert call.args, f"line {call.lineno}: {name} without a seed"
    assert not re.search(r"np\.random\.(?!default_rng|RandomState)", path.read_text("utf-8"))


@examples
def test_an_example_imports_installed_packages_only(path):
    imported = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    assert imported <= (sys.stdlib_module_names - NETWORK) | PACKAGES
    assert not [name for name, _ in calls(path) if name.startswith("fetch_")]
