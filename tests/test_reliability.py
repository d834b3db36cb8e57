"""docs/reliability.rst names tests that exist, with the right mode."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def functions():
    """Yield the name of each test, and whether it or one of its parameters is in the long mode."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
                yield node.name, any("mark.long" in each for each in decorators)


def test_every_promise_names_tests_that_exist():
    page = (ROOT / "docs" / "reliability.rst").read_text(encoding="utf-8")
    named = re.findall(r"``(test_\w+)``( \(long\))?", page)
    assert len(named) > 40
    is_long = dict(functions())
    assert [name for name, _ in named if name not in is_long] == []
    assert [name for name, mark in named if mark and not is_long[name]] == []
    promises = re.findall(r"^    ``test_|in ``tests/fuzz``", page, flags=re.MULTILINE)
    assert len(promises) >= len(re.findall(r"^[A-Z].*\n    \S", page, flags=re.MULTILINE)) - 1
