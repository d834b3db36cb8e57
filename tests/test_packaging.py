"""What pyproject.toml says of the package is so."""

import ast
import importlib
import re
import runpy
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import sklstm

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
# Where a module is not called as what brings it.
BROUGHT_BY = {
    "mpl_toolkits": "matplotlib",
    "sklearn": "scikit-learn",
    "sklearn_crfsuite": "sklearn-crfsuite",
    "werkzeug": "flask",
}


def distributions(requirements):
    """Return the names of what is required, with that of our own extras."""
    names = set()
    for requirement in requirements:
        extras = re.fullmatch(r"sklstm\[(.+)\]", requirement)
        if extras:
            names |= distributions(chain.from_iterable(EXTRAS[e] for e in extras[1].split(",")))
        else:
            names.add(re.match(r"[\w-]+", requirement)[0])
    return names


def imported(paths, nodes_of=ast.walk):
    """Return what must be installed for the imports among some nodes of some files."""
    names = set()
    for node in chain.from_iterable(nodes_of(ast.parse(path.read_bytes())) for path in paths):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            names.add(node.args[0].value)
    others = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OURS
    return {BROUGHT_BY.get(name, name) for name in others}


def at_import(tree):
    """Yield the nodes that run when a module is imported, blocks for type checkers aside."""
    for node in tree.body:
        if isinstance(node, ast.If):
            yield from node.orelse
        else:
            yield node


# Tests and benchmarks import one another.
OURS = {"sklstm"} | {p.stem for f in ("tests", "docs/benchmarks") for p in (ROOT / f).rglob("*.py")}
RUN_TIME = distributions(PROJECT["project"]["dependencies"])
PACKAGE = sorted((ROOT / "sklstm").rglob("*.py"))


# Users import this one by themselves.
WITH_DASK = [path for path in PACKAGE if path.parent.name == "dask"]


def test_importing_the_package_takes_what_it_depends_on_and_no_more():
    assert imported(set(PACKAGE) - set(WITH_DASK), at_import) == RUN_TIME
    assert imported(WITH_DASK, at_import) - RUN_TIME == distributions(EXTRAS["dask"])


def test_all_else_that_the_package_can_use_is_an_extra():
    extras = distributions(EXTRAS["all"]) | distributions(EXTRAS["dask"])
    assert imported(PACKAGE) - RUN_TIME <= extras


@pytest.mark.parametrize(
    ("folder", "extra"),
    [("tests", "test"), ("docs/examples", "docs"), ("docs/benchmarks", "bench")],
)
def test_an_extra_brings_what_its_folder_imports(folder, extra):
    paths = list((ROOT / folder).rglob("*.py"))
    assert paths
    assert imported(paths) <= RUN_TIME | distributions(EXTRAS[extra])


def test_every_file_beside_the_code_is_package_data():
    package = ROOT / "sklstm"
    declared = PROJECT["tool"]["setuptools"]["package-data"]["sklstm"]
    data = set(chain.from_iterable(package.glob(pattern) for pattern in declared))
    files = {path for path in package.rglob("*") if path.is_file()}
    code_or_cache = re.compile(r"\.pyc?$|/\.\w+_cache/")
    files = {path for path in files if not code_or_cache.search(path.as_posix())}
    assert files == data
    assert package / "py.typed" in data


def test_every_package_is_a_folder_with_an_init_file():
    # Else setuptools would leave it out of the wheel.
    for path in PACKAGE:
        assert (path.parent / "__init__.py").exists(), path


def test_the_command_calls_a_function_of_the_package():
    assert list(PROJECT["project"]["scripts"]) == ["sklstm"]
    module, _, name = PROJECT["project"]["scripts"]["sklstm"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_the_version_is_written_once():
    attribute = PROJECT["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    module, _, name = attribute.rpartition(".")
    assert getattr(sys.modules[module], name) == sklstm.__version__
    assert PROJECT["project"]["dynamic"] == ["version"]


def test_the_citation_has_the_version_and_the_licence():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {sklstm.__version__}\n" in citation
    assert f"\nlicense: {PROJECT['project']['license']}\n" in citation
    page = (ROOT / "docs" / "about.rst").read_text(encoding="utf-8")
    assert f"version = {{{sklstm.__version__}}}" in page


def test_each_dependency_has_a_lower_bound_that_is_tested():
    pins = runpy.run_path(str(ROOT / ".ci" / "oldest.py"))["oldest_versions"](PROJECT["project"])
    names = {pin.partition("==")[0] for pin in pins}
    assert names == RUN_TIME | set.union(*map(distributions, EXTRAS.values()))
    assert len(names) == len(pins), "two lower bounds for one"
    assert f"numpy=={PROJECT['project']['dependencies'][0].removeprefix('numpy>=')}" in pins


def test_a_requirement_without_a_lower_bound_is_refused():
    oldest_versions = runpy.run_path(str(ROOT / ".ci" / "oldest.py"))["oldest_versions"]
    project = {"name": "sklstm", "dependencies": ["numpy<3"], "optional-dependencies": {}}
    with pytest.raises(ValueError, match="'numpy<3' has no lower bound"):
        oldest_versions(project)
