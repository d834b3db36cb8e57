"""Print what `import sklstm` takes beyond the imports of other packages that it stands on.

These, its parts, are the import statements of third-party packages that run as its modules are
imported, found by parsing them, in the same order. Every way is timed in fresh processes, in turn,
without the start of the interpreter; a first round, which may write bytecode, is not counted. What
sklstm takes beyond its parts is printed twice: as the median of the differences of the same round,
where one garbage collection more or less among some thousand modules counts, too, and as what
`import sklstm` takes in a process where its parts are there already. What takes the time is listed
after that (`python -X importtime`).
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
    """Run a program in a fresh process; return what it wrote.

    It may write bytecode, even where this process may not: installed packages have theirs.
    """
    command = [sys.executable, "-P", *options, "-c", program]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env)


def loaded(program):
    """Return the modules that are there after a program, each with its file."""
    return dict(json.loads(run_fresh(LISTING.format(program=program)).stdout))


# What sklstm stands on


def find_parts():
    """Return, as a program, all imports of third-party packages that `import sklstm` runs."""
    files = {name: file for name, file in loaded("import sklstm").items() if is_own(name)}
    return "\n".join(dict.fromkeys(third_party_imports("sklstm", files)))


def third_party_imports(module, files):
    """Yield the statements that import from third-party packages, in the order they run in.

    What has been imported before changes how long an import takes. `files` holds the files of
    those modules of sklstm that have not been imported yet.
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
    """Return the names of all that an import statement may import as a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def with_parents(module):
    """Return the names of the packages around a module, outermost first, and its own."""
    return accumulate(module.split("."), "{}.{}".format)


def package_of(module):
    """Return the package that a module belongs to."""
    return module.partition(".")[0]


def is_own(module):
    """Return whether a module belongs to sklstm."""
    return package_of(module) == "sklstm"


# Figures


def milliseconds(program, before=""):
    """Return how long a program takes in a fresh process, after another one."""
    return float(run_fresh(TIMED.format(before=before, program=program)).stdout)


def time_in_turn(parts, repeats):
    """Return the milliseconds of each way, round by round."""
    ways = {
        "numpy": partial(milliseconds, "import numpy"),
        "its parts": partial(milliseconds, parts),
        "sklstm": partial(milliseconds, "import sklstm"),
        "sklstm, its parts there": partial(milliseconds, "import sklstm", before=parts),
    }
    alternate(ways, 1)
    return alternate(ways, repeats)


def profile():
    """Return the milliseconds that each module takes to import by itself, largest first."""
    lines = run_fresh("import sklstm", "-X", "importtime").stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if "|" in line]
    own = {name.strip(): int(time) / 1e3 for time, _, name in rows if time.strip().isdigit()}
    return dict(sorted(own.items(), key=lambda item: -item[1]))


def by_package(own):
    """Sum the times of modules by package; the standard library is one."""
    totals = Counter()
    for module, time in own.items():
        package = package_of(module)
        totals["(standard library)" if package in sys.stdlib_module_names else package] += time
    return dict(totals.most_common())


# The report


def print_times(times):
    """Print a row for each way."""
    title = f"{'imported':<24}{'median ms':>10}{'least':>10}{'most':>10}"
    print(f"\n{title}\n{'-' * len(title)}")
    for name, each in times.items():
        print(f"{name:<24}{statistics.median(each):>10.1f}{min(each):>10.1f}{max(each):>10.1f}")


def print_difference(times):
    """Print what sklstm takes beyond its parts; return it in milliseconds."""
    pairs = zip(times["sklstm"], times["its parts"], strict=True)
    difference = statistics.median(ours - parts for ours, parts in pairs)
    share = difference / statistics.median(times["its parts"])
    print(f"\nBeyond its parts, sklstm takes {difference:+.1f} ms ({share:+.1%}).")
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
    parts = find_parts()
    print(f"\nThe parts of sklstm, what it imports of other packages:\n\n{parts}")
    times = time_in_turn(parts, arguments.repeats)
    print_times(times)
    difference = print_difference(times)
    known = loaded(parts)
    added = [name for name in loaded("import sklstm") if name not in known]
    print(f"Modules that sklstm adds to them: {', '.join(added)}")
    own = profile()
    print_first("ms by package, under -X importtime", by_package(own))
    print_first("ms by module, without what it imports in turn", own)
    figures = {"times_ms": times, "difference_ms": difference, "parts": parts.splitlines()}
    save_json(arguments.json, {**figures, "added": added, "importtime_ms": own})


if __name__ == "__main__":
    main()
