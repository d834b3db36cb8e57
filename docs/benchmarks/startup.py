"""Print the time of `import sklstm` in addition to the imports of its dependencies.

The dependencies are the import statements of third-party packages that run when the modules of
sklstm are imported, in the same order. They are found by parsing the modules. All imports are timed
in fresh processes, in turn, without the start of the interpreter; a first round, which may write
bytecode, is not counted. The time of sklstm itself is printed twice: as the median of the
differences within a round, which includes the noise of garbage collections among some thousand
modules, and as the time of `import sklstm` in a process that has imported the dependencies. The
slowest packages and modules are listed after that (`python -X importtime`).
"""

import ast
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from functools import partial
from itertools import accumulate, chain
from pathlib import Path

from _common import alternate, command_line, describe_machine, save_json

REPEATS, QUICK = 15, 5
N_LISTED = 10

TIMED = """
from time import perf_counter
{before}
start = perf_counter()
{program}
print((perf_counter() - start) * 1e3)
"""
LISTING = """
{program}
import json, sys
print(json.dumps([[name, getattr(m, "__file__", None)] for name, m in sys.modules.items()]))
"""


def run_fresh(program, *options):
    """Run a program in a fresh process; return the completed process.

    It may write bytecode, even if this process may not, as installed packages have bytecode.
    """
    command = [sys.executable, "-P", *options, "-c", program]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env)


def loaded(program):
    """Return the modules that are imported after a program, with their files."""
    return dict(json.loads(run_fresh(LISTING.format(program=program)).stdout))


# The dependencies


def find_dependencies():
    """Return, as a program, all imports of third-party packages that `import sklstm` runs."""
    files = {name: file for name, file in loaded("import sklstm").items() if is_own(name)}
    return "\n".join(dict.fromkeys(third_party_imports("sklstm", files)))


def third_party_imports(module, files):
    """Yield the statements that import from third-party packages, in the order of execution.

    The order matters: earlier imports make later ones faster. `files` holds the files of the
    modules of sklstm that are not imported so far.
    """
    source = Path(files.pop(module)).read_text(encoding="utf-8")
    for node in top_level_imports(ast.parse(source)):
        names = imported_names(node)
        if not is_own(names[0]):
            if package_of(names[0]) not in sys.stdlib_module_names:
                yield ast.unparse(node)
            continue
        for name in chain.from_iterable(map(with_parents, names)):
            if name in files:
                yield from third_party_imports(name, files)


def top_level_imports(node):
    """Yield the import statements outside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from top_level_imports(child)


def imported_names(node):
    """Return the names of all modules that an import statement may import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def with_parents(module):
    """Return the names of the parent packages of a module, outermost first, and its own."""
    return accumulate(module.split("."), "{}.{}".format)


def package_of(module):
    """Return the package that a module belongs to."""
    return module.partition(".")[0]


def is_own(module):
    """Return whether a module belongs to sklstm."""
    return package_of(module) == "sklstm"


# Figures


def milliseconds(program, before=""):
    """Return the duration of a program in a fresh process, after the program `before`."""
    return float(run_fresh(TIMED.format(before=before, program=program)).stdout)


def time_in_turn(dependencies, repeats):
    """Return the milliseconds of each import in each round."""
    ways = {
        "numpy": partial(milliseconds, "import numpy"),
        "dependencies": partial(milliseconds, dependencies),
        "sklstm": partial(milliseconds, "import sklstm"),
        "sklstm after them": partial(milliseconds, "import sklstm", before=dependencies),
    }
    alternate(ways, 1)
    return alternate(ways, repeats)


def profile():
    """Return the milliseconds of each module without its imports, largest first."""
    lines = run_fresh("import sklstm", "-X", "importtime").stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if "|" in line]
    own = {name.strip(): int(time) / 1e3 for time, _, name in rows if time.strip().isdigit()}
    return dict(sorted(own.items(), key=lambda item: -item[1]))


def by_package(own):
    """Sum the times of modules by package; the standard library is one package."""
    totals = Counter()
    for module, time in own.items():
        package = package_of(module)
        totals["(standard library)" if package in sys.stdlib_module_names else package] += time
    return dict(totals.most_common())


# The report


def print_times(times):
    """Print a row for each import."""
    title = f"{'imported':<24}{'median ms':>10}{'lowest':>10}{'highest':>10}"
    print(f"\n{title}\n{'-' * len(title)}")
    for name, each in times.items():
        print(f"{name:<24}{statistics.median(each):>10.1f}{min(each):>10.1f}{max(each):>10.1f}")


def print_difference(times):
    """Print and return the milliseconds of sklstm in addition to its dependencies."""
    pairs = zip(times["sklstm"], times["dependencies"], strict=True)
    difference = statistics.median(ours - dependencies for ours, dependencies in pairs)
    share = difference / statistics.median(times["dependencies"])
    print(f"\nIn addition to its dependencies, sklstm takes {difference:+.1f} ms ({share:+.1%}).")
    return difference


def print_first(title, times):
    """Print the first entries of a table of times."""
    print(f"\n{title}")
    for name, time in list(times.items())[:N_LISTED]:
        print(f"{time:>10.1f}  {name}")


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="default: %(default)s")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats = min(arguments.repeats, QUICK)
    return arguments


def main():
    """Print the tables."""
    arguments = parse_arguments()
    print(describe_machine())
    dependencies = find_dependencies()
    print(f"\nThe imports of other packages:\n\n{dependencies}")
    times = time_in_turn(dependencies, arguments.repeats)
    print_times(times)
    difference = print_difference(times)
    known = loaded(dependencies)
    added = [name for name in loaded("import sklstm") if name not in known]
    print(f"Other modules that sklstm imports: {', '.join(added)}")
    own = profile()
    print_first("ms by package, under -X importtime", by_package(own))
    print_first("ms by module, without its imports", own)
    figures = {"times_ms": times, "difference_ms": difference, "added": added}
    figures |= {"dependencies": dependencies.splitlines(), "importtime_ms": own}
    save_json(arguments.json, figures)


if __name__ == "__main__":
    main()
