"""The gallery: each example says what it is about, is the same each time, and needs no network.

That they run, the build of the documentation sees to, which runs them all.
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
# What an installation with the extras for tests has; all of it works without a network.
PACKAGES = {"joblib", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "sklstm"}
NETWORK = {"ftplib", "http", "socket", "ssl", "urllib", "webbrowser"}

examples = pytest.mark.parametrize(
    "path", EXAMPLES, ids=[path.relative_to(FOLDER).as_posix() for path in EXAMPLES]
)


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path):
    """Return the name of what is called, without what it is an attribute of, and the call."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def names_that_draw(path):
    """Return the names of what an example imports that takes a random state."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in PACKAGES:
            for alias in node.names:
                value = getattr(importlib.import_module(node.module), alias.name, None)
                if inspect.isclass(value) and "random_state" in inspect.signature(value).parameters:
                    yield alias.name


def test_there_are_at_least_ten():
    assert len(EXAMPLES) >= 10


@examples
def test_it_is_built(path):
    """Files of other names would stand in the gallery without a picture."""
    assert path.name.startswith("plot_")
    assert (path.parent / "GALLERY_HEADER.rst").exists()


def test_each_section_has_its_place():
    configuration = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    order = re.search(r"for name in \((.*?)\)", configuration, flags=re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', order)) == {path.parent.name for path in EXAMPLES}


@examples
def test_it_begins_with_a_title_and_a_question(path):
    overline, title, underline, *text = ast.get_docstring(parsed(path)).splitlines()
    assert overline == underline == "=" * len(title)
    assert "?" in title + " ".join(text)


@examples
def test_it_has_a_picture_and_text_between_the_code(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("plt.show()") >= 1
    assert len(re.findall(r"^# %%\n# \w", source, flags=re.MULTILINE)) >= 2


@examples
def test_it_draws_the_same_each_time(path):
    drawing = set(names_that_draw(path)) - {"LogisticRegression"}  # its default solver does not
    for name, call in calls(path):
        keywords = {keyword.arg for keyword in call.keywords}
        if name in drawing:  # None stands for **parameters
            assert keywords & {"random_state", None}, f"line {call.lineno}: {name}"
        if name in ("default_rng", "RandomState"):
            assert call.args, f"line {call.lineno}: {name} without a seed"
    assert not re.search(r"np\.random\.(?!default_rng|RandomState)", path.read_text("utf-8"))


@examples
def test_it_needs_no_more_than_is_installed(path):
    imported = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    assert imported <= (sys.stdlib_module_names - NETWORK) | PACKAGES
    assert not [name for name, _ in calls(path) if name.startswith("fetch_")]
