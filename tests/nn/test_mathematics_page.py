"""The page of the documentation that sets the equations beside the code quotes the code."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mathematics.rst"
BLOCKS = re.findall(
    r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", PAGE.read_text("utf-8"), re.MULTILINE
)
EXCERPTS = [dedent(lines) for block in BLOCKS for lines in block.strip("\n").split("\n\n")]


@pytest.fixture(scope="module")
def code():
    return {
        path.name: [line.strip() for line in path.read_text("utf-8").splitlines()]
        for path in (ROOT / "sklstm" / "nn").glob("*.py")
    }


def test_the_page_has_excerpts():
    assert len(EXCERPTS) > 20


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=lambda excerpt: excerpt.split("\n")[0].strip())
def test_an_excerpt_stands_in_the_code_line_by_line(excerpt, code):
    lines = [line.strip() for line in excerpt.splitlines()]
    for source in code.values():
        for start in range(len(source) - len(lines) + 1):
            if source[start : start + len(lines)] == lines:
                return
    pytest.fail("not in sklstm/nn:\n" + excerpt)
