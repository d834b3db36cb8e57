"""Print the time of each part of training and of prediction, and the gain of two threads.

At the standard shape: embeddings of 100 numbers, 128 units per direction, minibatches of 32
sentences, 50 tags, no dropout, sentences from `make_corpus`. Training is an epoch of a fit, but not
the first one. Prediction goes from lists of str to lists of tags, with words that are cached. The
fastest of several runs is shown, because it is the least disturbed by other processes.

on one thread
    Every statement of the modules that compute is timed separately: a call that records the time
    is inserted before each of them, in the syntax trees of the functions. A statement belongs to a
    part by what it calls (`np.matmul`, `np.tanh`, other element-wise work) or by its module. The
    cost of the calls is measured and subtracted; the slowdown of the whole run is printed.

    "calls" is the overhead of Python and NumPy: the same statements run with two sentences at a
    time and one unit, so that almost only the overhead remains. The time of a statement there, for
    one execution, is multiplied by the number of its executions here, and subtracted from its part.
on two threads
    Nothing is inserted. The processor time and the wall-clock time divide the time of both threads
    into three parts: the time that one thread needs for the same work, the additional time of two
    (they share memory and caches), and waiting for each other and for the lock of the interpreter.
    Waiting means nothing on a machine with other work.
"""

import ast
import importlib
import inspect
import time
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from types import FunctionType
from typing import NamedTuple

import numpy as np
from _common import (
    EpochClock,
    alternate,
    command_line,
    count_tokens,
    describe_machine,
    make_corpus,
    save_json,
    sgemm_rate,
    usable_cores,
)
from threadpoolctl import threadpool_limits
from throughput import EMBEDDING_SIZE, N_TAGS, STANDARD, Shape, flops_per_token

PARTS = [
    PRODUCTS := "matrix products",
    TANH := "tanh",
    ELEMENTS := "other element-wise work",
    EMBEDDINGS := "embeddings",
    SOFTMAX := "softmax and loss",
    OPTIMIZER := "optimizer",
    MINIBATCHES := "minibatches",
    LISTS := "lists in and out",
]
CALLS = "calls"
# The part of each module's statements; None where it depends on what a statement calls.
MODULES = {
    "sklstm.nn.arrays": None,
    "sklstm.nn.lstm": None,
    "sklstm.nn.bilstm": None,
    "sklstm.nn.network": None,
    "sklstm.nn.softmax": SOFTMAX,
    "sklstm.nn.encoder": EMBEDDINGS,
    "sklstm.nn.optimizers": OPTIMIZER,
    "sklstm.nn.parameters": MINIBATCHES,
    "sklstm.nn.packing": MINIBATCHES,
    "sklstm._features": EMBEDDINGS,
    "sklstm._batching": MINIBATCHES,
    "sklstm._training": MINIBATCHES,
    "sklstm._model": LISTS,
}
# Functions whose statements belong to another part than those of their modules.
FUNCTIONS = {
    "computing_with": MINIBATCHES,
    "clear": MINIBATCHES,
    "empty": MINIBATCHES,
    "_kept_arena": MINIBATCHES,
    "predict": MINIBATCHES,
    "predict_batch": EMBEDDINGS,
    "embed": EMBEDDINGS,
    "_update": OPTIMIZER,
    "_complete": OPTIMIZER,
    "_blocks": OPTIMIZER,
}
# The functions that run a step of the recurrence.
STEP = ("lstm_forward", "lstm_backward", "multiply", "_activate")
TASKS = ["train", "predict"]
# The sentences of the run that measures the overhead, two at a time.
N_TINY = 200
# The number of epochs and predictions that are timed; the fastest is shown.
N_TURNS = 3
# The new body of a function, around the old one: its caller continues when it returns.
FRAME = """
_caller = _current()
try:
    pass
finally:
    _note(_caller)
"""


# -- timing of statements -----------------------------------------------------------------------


class Statement(NamedTuple):
    """A statement that is timed: its function, line and text, and the part that it belongs to."""

    function: str
    line: int
    text: str
    part: str


class Stopwatch:
    """Keeps track of the running statement, and sums the seconds of each statement.

    Statement 0 stands for all code outside the functions that are timed.
    """

    def __init__(self):
        self.statements = [Statement("", 0, "", LISTS)]
        self._current, self._since = 0, time.perf_counter()

    def start(self):
        """Reset all sums; statement 0 is running."""
        self._seconds = [0.0] * len(self.statements)
        self._visits = [0] * len(self.statements)
        self._current, self._since = 0, time.perf_counter()

    def note(self, statement):
        """Continue with another statement."""
        now = time.perf_counter()
        self._seconds[self._current] += now - self._since
        self._visits[self._current] += 1
        self._current = statement
        self._since = time.perf_counter()

    def current(self):
        """Return the running statement."""
        return self._current

    def read(self):
        """Return the seconds and the visits of each statement, as two lists."""
        self.note(self._current)
        return self._seconds.copy(), self._visits.copy()

    def seconds_of_a_note(self, n_notes=100_000):
        """Return the part of a note's cost that is counted for its statement."""
        self.start()
        for _ in range(n_notes):
            self.note(0)
        return self._seconds[0] / n_notes


class InsertNotes(ast.NodeTransformer):
    """Inserts a note before every statement of every function, and one where a function returns.

    Parameters
    ----------
    lines : list of str
        The source.
    part : str or None
        The part of the module.
    statements : list of Statement
        Is extended.
    """

    def __init__(self, lines, part, statements):
        self._lines, self._part, self._statements = lines, part, statements
        self._functions = []

    def visit(self, node):
        """Visit a node; return a statement with a note before it."""
        if isinstance(node, ast.FunctionDef):
            self._functions.append(node.name)
            node = self.generic_visit(node)
            self._functions.pop()
            remember, guarded = ast.parse(FRAME).body
            guarded.body = node.body
            node.body = [remember, guarded]
            return node
        node = self.generic_visit(node)
        if not (isinstance(node, ast.stmt) and self._functions):
            return node
        function, text = self._functions[-1], self._lines[node.lineno - 1].strip()
        part = part_of(node, function, self._part)
        self._statements.append(Statement(function, node.lineno, text, part))
        return [*ast.parse(f"_note({len(self._statements) - 1})").body, node]


def part_of(statement, function, part):
    """Return the part that a statement belongs to."""
    if function in FUNCTIONS:
        return FUNCTIONS[function]
    if part not in (None, MINIBATCHES):
        return part
    blocks = ("body", "orelse", "finalbody", "handlers")
    own = [value for name, value in ast.iter_fields(statement) if name not in blocks]
    nodes = [node for value in own if isinstance(value, ast.AST) for node in ast.walk(value)]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    if part is not None:  # a trainer reads the embedding table
        return EMBEDDINGS if "table" in names else part
    return PRODUCTS if "matmul" in names else TANH if "tanh" in names else ELEMENTS


@contextmanager
def timed_statements():
    """Time the statements of all modules in this context; only one thread may run them.

    Yields
    ------
    stopwatch : Stopwatch
    """
    stopwatch, originals = Stopwatch(), []
    try:
        for name, part in MODULES.items():
            module = importlib.import_module(name)
            codes = noting_codes(module, part, stopwatch.statements)
            vars(module).update(_note=stopwatch.note, _current=stopwatch.current)
            for function in map(inspect.unwrap, functions_of(module)):
                if function.__qualname__ in codes:
                    originals.append((function, function.__code__))
                    function.__code__ = codes[function.__qualname__]
        yield stopwatch
    finally:
        for function, code in originals:
            function.__code__ = code


def noting_codes(module, part, statements):
    """Return the code of each function of a module, with notes, by its qualified name."""
    source = inspect.getsource(module)
    tree = InsertNotes(source.splitlines(), part, statements).visit(ast.parse(source))
    code = compile(ast.fix_missing_locations(tree), module.__file__, "exec")
    return dict(codes_within(code))


def codes_within(code):
    """Yield the qualified names and the codes of all definitions within a code."""
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield constant.co_qualname, constant
            yield from codes_within(constant)


def functions_of(module):
    """Yield the functions and methods that a module defines."""
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        for member in vars(value).values() if isinstance(value, type) else [value]:
            member = getattr(member, "fget", getattr(member, "__func__", member))
            if isinstance(member, FunctionType):
                yield member


# -- one thread ---------------------------------------------------------------------------------


class ReadingClock(EpochClock):
    """A callback that calls a function at the end of each epoch and keeps its results."""

    def __init__(self, read):
        super().__init__()
        self._read, self.readings = read, []

    def on_fit_task_end(self, estimator, context):
        """Record the time and the result."""
        super().on_fit_task_end(estimator, context)
        if context.task_name == "epoch":
            self.readings.append(self._read())


def read_epochs(tagger, X, y, read, n_epochs):
    """Fit; return the readings at the end of the first epoch and of `n_epochs` more."""
    clock = ReadingClock(read)
    tagger.set_params(max_iter=1 + n_epochs).set_callbacks(clock).fit(X, y)
    tagger.set_callbacks()
    return clock.readings


def read_predictions(tagger, batches, read, n_times):
    """Predict batches several times; return the readings before and after each time."""
    readings = [read()]
    for _ in range(n_times):
        for X in batches:
            tagger.predict(X)
        readings.append(read())
    return readings


def profile(tagger, X, y, batches, stopwatch, note_s):
    """Return, for each task, the seconds and the visits of each statement in the fastest run.

    Parameters
    ----------
    tagger : BiLSTMTagger
    X, y : list of list of str
        The training data.
    batches : list of list of list of str
        The arguments of the calls of `predict`.
    stopwatch : Stopwatch
    note_s : float
        The seconds to subtract for each visit.
    """
    stopwatch.start()
    readings = {"train": read_epochs(tagger, X, y, stopwatch.read, N_TURNS)}
    read_predictions(tagger, batches, stopwatch.read, 1)  # words are cached
    readings["predict"] = read_predictions(tagger, batches, stopwatch.read, N_TURNS)
    profiles = {}
    for task, each in readings.items():
        runs = [
            [np.subtract(b, a) for a, b in zip(before, after, strict=True)]
            for before, after in pairwise(each)
        ]
        seconds, visits = min(runs, key=lambda run: run[0].sum())
        profiles[task] = np.maximum(0, seconds - visits * note_s).tolist(), visits.tolist()
    return profiles


def divide(statements, standard, tiny):
    """Divide each statement's time into work and overhead.

    Returns
    -------
    rows : list of (statement, visits, work_s, calls_s)
    """
    rows = []
    for statement, seconds, n, tiny_seconds, n_tiny in zip(
        statements, *standard, *tiny, strict=True
    ):
        a_visit = tiny_seconds / n_tiny if n_tiny else 0.0
        calls = 0.0 if statement is statements[0] else min(seconds, n * a_visit)
        rows.append((statement, n, seconds - calls, calls))
    return rows


def summarize(rows, n_tokens):
    """Return the seconds of each part and of its overhead, and the overhead of a step."""
    parts = {part: {"work_s": 0.0, "calls_s": 0.0} for part in PARTS}
    for statement, _, work, calls in rows:
        parts[statement.part]["work_s"] += work
        parts[statement.part]["calls_s"] += calls
    in_loops = [row for row in rows if row[0].function in STEP]
    n_steps = max(n for statement, n, *_ in in_loops if statement.function == "_activate")
    return {
        "n_tokens": n_tokens,
        "n_steps": n_steps,
        "seconds": sum(sum(part.values()) for part in parts.values()),
        "calls_of_a_step_s": sum(calls for *_, calls in in_loops) / n_steps,
        "parts": parts,
    }


def measure_parts(tagger, X, y):
    """Return, for each task, its summary and its rows."""
    shape = {"hidden_layer_sizes": 1, "embedding_size": 1, "batch_size": 2}
    X_tiny, y_tiny = make_corpus(N_TINY, n_tags=2)
    pairs = [X_tiny[k : k + 2] for k in range(0, N_TINY, 2)]
    with threadpool_limits(1, user_api="blas"), timed_statements() as stopwatch:
        note_s = stopwatch.seconds_of_a_note()
        small = type(tagger)(**tagger.get_params() | shape)
        tiny = profile(small, X_tiny, y_tiny, pairs, stopwatch, note_s)
        standard = profile(tagger, X, y, [X], stopwatch, note_s)
    found = {}
    for task in TASKS:
        rows = divide(stopwatch.statements, standard[task], tiny[task])
        found[task] = summarize(rows, count_tokens(X)), rows
    return found


# -- one thread and two -------------------------------------------------------------------------


def read_times():
    """Return the wall-clock and the processor time of the process."""
    return time.perf_counter(), time.process_time()


def measure_threads(tagger, X, y, repeats):
    """Return, for each task and number of threads, both times of the fastest run."""

    def measure(task, n_threads):
        with threadpool_limits(n_threads, user_api="blas"):
            if task == "train":
                readings = read_epochs(tagger, X, y, read_times, N_TURNS)
            else:
                readings = read_predictions(tagger, [X], read_times, N_TURNS)
        return min(np.subtract(after, before).tolist() for before, after in pairwise(readings))

    numbers, fastest = [1, 2] if usable_cores() > 1 else [1], {}
    for task in TASKS:  # not in turn: a fit clears the cache of words
        tagger.set_params(max_iter=1).fit(X, y).predict(X)
        rounds = alternate({n: partial(measure, task, n) for n in numbers}, repeats)
        fastest[task] = {
            n: dict(zip(("wall_s", "cpu_s"), min(each), strict=True)) for n, each in rounds.items()
        }
    return fastest


def share_two_threads(threads):
    """Return the parts of the time of two threads; None on one core."""
    if 2 not in threads:
        return None
    one, two = threads[1], threads[2]
    both = 2 * two["wall_s"]
    return {
        "speed_up": one["wall_s"] / two["wall_s"],
        "work of one thread": one["cpu_s"] / both,
        "more work on two": (two["cpu_s"] - one["cpu_s"]) / both,
        "waiting": 1 - two["cpu_s"] / both,
    }


# -- the report ---------------------------------------------------------------------------------


def print_parts(task, figures):
    """Print a row for each part."""
    whole = figures["seconds"]
    slowdown = whole / figures["threads"][1]["wall_s"] - 1
    print(f"\n{task}, {figures['n_tokens']} tokens on one thread: {whole:.3f} s", end="")
    print(f", {slowdown:+.0%} compared with a run without notes")
    print(f"{'':26}{'ms':>9}{'share':>8}")
    for part, seconds in shares(figures).items():
        if seconds:
            print(f"{part:26}{seconds * 1e3:>9.1f}{seconds / whole:>8.1%}")
    step = figures["calls_of_a_step_s"] * 1e6
    print(f"the calls of a step of both directions take {step:.1f} us, {figures['n_steps']} steps")
    if rate := figures.get("products_gflops"):
        large = figures["sgemm_gflops"]
        print(f"matrix products: {rate:.0f} GFLOP/s, large ones {large:.0f} ({rate / large:.0%})")


def shares(figures):
    """Return the seconds of each part, and the overhead of all of them as one part."""
    parts = figures["parts"]
    calls = sum(part["calls_s"] for part in parts.values())
    return {name: part["work_s"] for name, part in parts.items()} | {CALLS: calls}


def print_threads(task, figures):
    """Print the times on one thread and on two threads."""
    for n, times in figures["threads"].items():
        print(f"{task} on {n}: {times['wall_s']:.3f} s, processor {times['cpu_s']:.3f} s")
    if two := figures["two_threads"]:
        speed_up, *shares_of_two = two.items()
        named = ", ".join(f"{name} {share:.0%}" for name, share in shares_of_two)
        print(f"  {speed_up[1]:.2f} times as fast; of the time of two threads: {named}")


def print_statements(task, rows, n_shown):
    """Print the slowest statements."""
    print(f"\n{task}: {'ms':>8}{'calls ms':>10}{'visits':>8}")
    for statement, n, work, calls in sorted(rows, key=lambda row: -sum(row[2:]))[:n_shown]:
        times = f"{(work + calls) * 1e3:>15.1f}{calls * 1e3:>10.1f}"
        print(f"{times}{n:>8}  {f'{statement.function}:{statement.line}':25}{statement.text}")


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--analyzer", choices=["word", "affix"], default="word", help="default: word")
    add("--repeats", type=int, default=3, help="of the times of threads (default: 3)")
    add("--statements", type=int, default=0, metavar="N", help="list the N slowest statements")
    return parser.parse_args()


def main():
    """Print the tables."""
    options = parse_arguments()
    n_sentences = 500 if options.quick else 2000
    shape = Shape(*STANDARD, 1, n_sentences, options.analyzer)
    X, y = make_corpus(n_sentences, n_tags=N_TAGS)
    print(describe_machine())
    threads = measure_threads(shape.tagger(), X, y, options.repeats)
    found = measure_parts(shape.tagger(), X, y)
    sgemm, tasks = sgemm_rate(1), {}
    for task, (figures, rows) in found.items():
        figures |= {"threads": threads[task], "two_threads": share_two_threads(threads[task])}
        if task == "train":  # prediction multiplies fewer rows: each unique word once
            flops = 3 * flops_per_token(shape.n_units) * figures["n_tokens"]
            products_s = figures["parts"][PRODUCTS]["work_s"]
            figures |= {"products_gflops": flops / products_s / 1e9, "sgemm_gflops": sgemm}
        print_parts(task, figures)
        print_threads(task, figures)
        if options.statements:
            print_statements(task, rows, options.statements)
        tasks[task] = figures
    shape = shape._asdict() | {"embedding_size": EMBEDDING_SIZE, "n_tags": N_TAGS}
    save_json(options.json, {"shape": shape, "tasks": tasks})


if __name__ == "__main__":
    main()
