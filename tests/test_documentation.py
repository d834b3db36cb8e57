"""Every code block of the README and of the documentation runs.

Blocks with prompts are doctests, which pytest runs. These tests run the others: blocks of Python,
and commands of the package. Commands that install, build or measure are not run; the tests check
that the names in them exist.
"""

import contextlib
import doctest
import io
import json
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import joblib
import pytest
from _commands import tiny_tagger

from sklstm import BiLSTMTagger
from sklstm._cli import main
from sklstm.datasets import load_english_pos, write_conll

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATED = ("docs/_build", "docs/api/generated", "docs/auto_examples")

DIRECTIVE = re.compile(r"^(?P<indent> *)\.\. code-block:: *(?P<language>\S*)$")
LITERAL = re.compile(r"^(?P<indent> *)(?! |\.\. ).*::$")
LANGUAGES = {"console", "literal", "pycon", "python", "text"}


class Block(NamedTuple):
    """A block of code on a page: its language, the number of its first line, and its text."""

    language: str
    line: int
    text: str


def page_names():
    paths = [ROOT / "README.rst", *sorted((ROOT / "docs").rglob("*.rst"))]
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    return [name for name in names if not name.startswith(GENERATED)]


def blocks_of(text):
    """Return the code blocks of a page, and its literal blocks, which contain commands."""
    lines, found = text.splitlines(), []
    for number, line in enumerate(lines):
        opening = DIRECTIVE.match(line) or LITERAL.match(line)
        if opening:
            depth = len(opening["indent"])
            body = []
            for inner in lines[number + 1 :]:
                if inner.strip() and len(inner) - len(inner.lstrip()) <= depth:
                    break
                body.append(inner)
            language = opening.groupdict().get("language", "literal")
            body = textwrap.dedent("\n".join(body)).strip("\n")
            found.append(Block(language, number + 1, body))
    return found


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


BLOCKS = [(name, block) for name in page_names() for block in blocks_of(read(name))]


def of_language(*languages):
    """Return a decorator that parametrizes a test with each block of some languages."""
    chosen = [(name, block) for name, block in BLOCKS if block.language in languages]
    ids = [f"{name}:{block.line}" for name, block in chosen]
    return pytest.mark.parametrize(("name", "block"), chosen, ids=ids)


def test_blocks_are_found():
    page = """\
Text::

    python one.py

- a list

  .. code-block:: python

      one = 1

      two = 2

Not in it.

.. note::

    python no.py
"""
    assert blocks_of(page) == [
        Block("literal", 1, "python one.py"),
        Block("python", 7, "one = 1\n\ntwo = 2"),
    ]


def test_each_block_has_a_known_language():
    unknown = [(name, block.line, block.language) for name, block in BLOCKS]
    assert not [entry for entry in unknown if entry[2] not in LANGUAGES]
    assert len(BLOCKS) > 20


@pytest.mark.parametrize("name", page_names())
def test_prompts_are_on_pages_whose_doctests_run(name):
    tested = PROJECT["tool"]["pytest"]["ini_options"]["testpaths"]
    if any(name == path or name.startswith(path + "/") for path in tested):
        return
    others = read(name).splitlines()
    for block in blocks_of(read(name)):
        if block.language == "pycon":  # run by test_sessions_run
            others = [line for line in others if line.strip() not in block.text]
    assert ">>>" not in "".join(others), "add the page to testpaths in pyproject.toml"


@of_language("pycon")
def test_sessions_run(name, block):
    """The output of a session depends on the machine."""
    namespace = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for example in doctest.DocTestParser().get_examples(block.text):
            exec(example.source, namespace)
    assert printed.getvalue()


def names_in_accuracy():
    """Return what the page uses of the benchmarks, and tags of spans."""
    sys.path.insert(0, str(ROOT / "docs" / "benchmarks"))
    try:
        import _english
        import _names
    finally:
        sys.path.pop(0)
    X, y = load_english_pos(return_X_y=True)
    tags = [["B-name" if tag == "NOUN" else "O" for tag in row] for row in y]
    return {
        "vectors_from_text": _english.vectors_from_text, "NameTagger": _names.NameTagger,
        "y_names": tags[:6], "X_dev": X[6:12], "y_names_dev": tags[6:12],
    }  # fmt: skip


def names_in_searching():
    """Return the validation set that the prompts before the block define."""
    X, y = load_english_pos(subset="train", return_X_y=True)
    return {"X": X[:80], "y": y[:80], "X_val": X[80:110], "y_val": y[80:110]}


MORE_NAMES = {
    "docs/accuracy.rst": names_in_accuracy,
    "docs/user_guide/searching.rst": names_in_searching,
}
# Too large for the extra of the tests: blocks that import it run if it is installed.
LARGE_PACKAGE = "mlflow"


@pytest.fixture(scope="module")
def namespaces():
    """A namespace for the blocks of each page; earlier blocks can add names."""
    X, y = load_english_pos(subset="train", return_X_y=True)
    X_test, y_test = load_english_pos(subset="test", return_X_y=True)
    tagger = BiLSTMTagger(8, embedding_size=16, max_iter=1, random_state=0).fit(X[:6], y[:6])
    given = {
        "X": X[:6], "y": y[:6], "X_test": X_test[:10], "y_test": y_test[:10],
        "sentences": X[:60], "tagger": tagger, "BiLSTMTagger": BiLSTMTagger,
    }  # fmt: skip
    made = {}

    def namespace(name):
        if name not in made:
            made[name] = given | MORE_NAMES.get(name, dict)()
        return made[name]

    return namespace


@of_language("python")
def test_python_runs(name, block, namespaces, monkeypatch, tmp_path):
    if ">>>" in block.text:
        return  # pytest runs it
    if f"import {LARGE_PACKAGE}" in block.text and not find_spec(LARGE_PACKAGE):
        pytest.skip(f"{LARGE_PACKAGE} is not installed")
    monkeypatch.chdir(tmp_path)
    code = compile(block.text, f"{name}:{block.line}", "exec")
    with joblib.parallel_config(backend="threading"), contextlib.redirect_stdout(io.StringIO()):
        exec(code, namespaces(name))


# -- commands -----------------------------------------------------------------------------------


def commands_of(block):
    """Return the command lines of a block, without prompts, comments and output."""
    text = block.text.replace("\\\n", " ")
    lines = text.splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return [re.sub(r"\s+# .*", "", line).strip() for line in lines if line.strip()]


def is_of_the_package(command):
    """Return whether a command line runs the package, possibly at the end of a pipe."""
    return re.fullmatch(r"((cat|echo|zcat) .*\| )?(python -m )?sklstm( [^|]*)?", command)


COMMANDS = [
    (name, command)
    for name, block in BLOCKS
    if block.language in ("console", "literal")
    for command in commands_of(block)
]
# Fits the whole corpus; tests/test_main.py tests it.
DEMONSTRATION = {"python -m sklstm", "sklstm", 'sklstm "The old man the boat."'}
# The layouts of the files on the pages, by file extension.
LAYOUTS = {".conllu": "conllu", ".txt": "conll2003", ".tsv": ["form", "upos"]}


def parts_of(command):
    return [part.strip() for part in re.split(r"&&|\|\||;", command)]


def check_installation(words):
    extras = re.findall(r"\[(.*)\]", " ".join(words))
    known = PROJECT["project"]["optional-dependencies"]
    assert all(extra in known for names in extras for extra in names.split(","))


def check_script(words):
    """Check that a script and its options exist; a name without a folder is a benchmark."""
    candidates = [ROOT / words[1], ROOT / "docs/benchmarks" / words[1]]
    script = next(path for path in candidates if path.exists())
    source = script.read_text(encoding="utf-8") + read("docs/benchmarks/_common.py")
    for option in words[2:]:
        assert not option.startswith("--") or f'"{option}"' in source, option


def check_paths(words):
    assert all((ROOT / word).exists() for word in words if "/" in word and "_build" not in word)


def check_server(words):
    """Check that the file of a server has an application of the name."""
    (application,) = (word for word in words if word.endswith(":app"))
    source = read(f"docs/web_service/{application.partition(':')[0]}.py")
    assert re.search("^app = ", source, flags=re.MULTILINE)


def check_request(words):
    """Check that the body is JSON; tests/test_web_service.py sends it."""
    json.loads(words[words.index("--json") + 1])


def check_demonstration(words):
    assert shlex.join(words) in {shlex.join(shlex.split(command)) for command in DEMONSTRATION}


# Commands that are not run, because they are slow, install something or need a network.
CHECKED = {
    r"(python -m )?pip install .*": check_installation,
    r"python \S+\.py.*": check_script,
    r"python -m pytest.*": check_paths,
    r"python -m (sphinx|build|mypy|twine|coverage).*": check_paths,
    r"(ruff|mypy|twine|mutmut)( .*)?": check_paths,
    r"cd \S+": check_paths,
    r"(OMP_NUM_THREADS=\d+ )?(uvicorn|gunicorn) .*": check_server,
    r"curl .*": check_request,
    r"(python -m )?sklstm( \"[^\"]*\")?": check_demonstration,
}


def checker_of(part):
    return next((check for form, check in CHECKED.items() if re.fullmatch(form, part)), None)


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_names_in_commands_exist(name, command):
    for part in parts_of(command):
        if checker_of(part):
            checker_of(part)(shlex.split(part))
        else:
            assert is_of_the_package(part), f"{name}: add a check for {part!r} to CHECKED"


def runnable_commands(name):
    commands = [command for page, command in COMMANDS if page == name]
    return [c for c in commands if is_of_the_package(c) and c not in DEMONSTRATION]


@pytest.fixture
def folder_with_corpora(tmp_path):
    """A folder with small files of the names and layouts that the pages use."""
    X, y = load_english_pos(return_X_y=True)
    spans = [[f"B-{tag}" for tag in tags] for tags in y]
    for part in ("train", "dev", "test", "en-train", "en-dev", "en-test"):
        for ending, layout in LAYOUTS.items():
            for compression in ("", ".gz", ".xz"):
                path = tmp_path / f"{part}{ending}{compression}"
                tags = spans if layout == "conll2003" else y
                write_conll(path, X[:6], tags[:6], layout=layout)
    for name in ("tagger.joblib", "demo.joblib"):
        joblib.dump(tiny_tagger().fit(X[:6], y[:6]), tmp_path / name)
    (tmp_path / "text.txt").write_text("The old man the boat .\nShe can swim .\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", [name for name in page_names() if runnable_commands(name)])
def test_commands_of_the_package_run(name, folder_with_corpora, monkeypatch, capsys):
    """The commands of a page run in order, in one folder; a shell runs those before a pipe."""
    monkeypatch.chdir(folder_with_corpora)
    for command in runnable_commands(name):
        before, _, ours = command.rpartition("sklstm ")
        before = before.strip().removesuffix("python -m").strip().removesuffix("|")
        read = subprocess.run(["bash", "-c", before], capture_output=True, check=True)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(read.stdout)))
        assert main(shlex.split(ours)) == 0, f"{command}: {capsys.readouterr().err}"


INLINE = [
    (name, shlex.split(options))
    for name in page_names()
    for options in re.findall(r"``(?:python -m )?sklstm([^`|]*)``", read(name))
]


@pytest.mark.parametrize(("name", "words"), INLINE)
def test_options_in_the_text_exist(name, words, capsys):
    command = [word for word in words[:1] if re.fullmatch("[a-z]+", word)]
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    described = capsys.readouterr().out
    for option in filter(lambda word: word.startswith("-"), words):
        assert re.search(rf"(?<![\w-]){option}\b", described), f"{name}: {option} does not exist"


# -- figures -------------------------------------------------------------------------------------


def means_of(value):
    """Return the mean on each corpus and of each tagger; a tagger without a seed has one value."""
    rows = json.loads(read("docs/benchmarks/results/accuracy.json"))["taggers"]["rows"]
    means = [row for row in rows if row["seed"] in ("mean", None) and value in row]
    return {(row["corpus"], row["tagger"]): row[value] for row in means}


def test_the_readme_has_the_accuracies_of_the_results():
    accuracies, page = means_of("accuracy"), read("README.rst")
    for corpus in ("english", "ukrainian", "uyghur", "maltese", "wolof", "north_sami"):
        taggers = (accuracies[corpus, tagger] for tagger in ("ours", "crfsuite", "nltk"))
        row = [corpus.replace("_", " ").title(), *(f"{100 * mean:.2f}" for mean in taggers)]
        assert re.search(r"\n" + " +".join(row) + r"\n", page), row


def test_the_comparison_has_the_figures_of_the_results():
    accuracies, seconds = means_of("accuracy"), means_of("fit_s")
    page = read("docs/comparison.rst")
    for tagger in ("ours", "crfsuite"):
        assert f"      - {100 * accuracies['english', tagger]:.2f} %\n" in page
        assert f"      - {seconds['english', tagger]:.0f}\n" in page
