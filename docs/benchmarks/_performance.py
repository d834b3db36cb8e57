"""The tables of docs/performance.rst, which tables.py writes.

Each takes the results of all scripts by the names of their files, and returns rows of text, the
titles of the columns first.
"""

import statistics

from _figures import NONE, TAGGERS, by_length, in_bold, percent, shares_of
from footprint import slopes_of_growth

TASKS = {"train": "training", "predict": "prediction"}
WAYS = ["packed", "padded"]
# The file of each network, and the sizes that its row has.
NETWORKS = {
    "128 units": ("throughput", {"n_units": 128, "batch_size": 32}),
    "256 units": ("throughput", {"n_units": 256, "batch_size": 32}),
    "default network": ("throughput_default", {}),
}
PROFILES = {"": "where_time_goes", ", affixes": "where_time_goes_affix"}
RACES = {"no characters": "race", "defaults": "race_default"}
PARTS = {
    "matrix products": "matrix products",
    "tanh": "tanh",
    "other element-wise work": "other element-wise work",
    "embeddings": "embeddings: sparse products, rows of the table",
    "softmax and loss": "softmax and loss",
    "optimizer": "optimizer, with penalty and clipping",
    "minibatches": "minibatches: order and layout",
    "lists in and out": "lists of words and tags",
    "calls": "calls: overhead of Python and NumPy",
}
OF_TWO = {
    "work of one thread": "work, %",
    "more work on two": "shared memory and caches, %",
    "waiting": "waiting, %",
}
MB = 1e6


def number(value, digits=0):
    """Return a number as text, a dash for None."""
    return NONE if value is None else f"{value:,.{digits}f}"


def machine(results):
    """Return the machine, the versions and the kernels of the libraries."""
    found, table = results.get("throughput"), [["machine", ""]]
    if found is None:
        return table
    system, *libraries = found["machine"]
    table.append(["system", system])
    for line in libraries:
        name, _, description = line.partition(": ")
        table.append([f"``{name}``", description])
    rate = statistics.median(row["sgemm_gflops"] for row in found["rows"])
    return [*table, ["large matrix products", f"{number(rate)} GFLOP/s"]]


def throughput(results):
    """Return the speed of training and of prediction, of sklstm and of PyTorch."""
    titles = ["thousand tokens per second", "sklstm", *(f"PyTorch, {way}" for way in WAYS)]
    titles += [*(f"sklstm / {way}" for way in WAYS), "of the bound, %"]
    table = [titles]
    for task, title in TASKS.items():
        for network, (file, sizes) in NETWORKS.items():
            rows = results.get(file, {}).get("rows", [])
            row = next((row for row in rows if sizes.items() <= row.items()), None)
            cells = [NONE] * (len(titles) - 1) if row is None else speeds(row, task)
            table.append([f"{title}, {network}", *cells])
    return table


def speeds(row, task):
    """Return the speeds of a task, the ratios to PyTorch, and the share of the bound."""
    figures, of_ways = row[task], row["ktokens_s"]
    names = [f"{task} ours", *(figures.get(way) for way in WAYS)]
    values = [of_ways.get(name) for name in names]
    cells = in_bold([number(value) for value in values], values)
    cells += [number(figures.get(f"ours/{way}"), 2) for way in WAYS]
    return [*cells, percent(figures.get("of_bound"), 0)]


def latency(results):
    """Return the time of a call for one sentence."""
    titles = [f"{name}{of}" for of in ("", ", 99th percentile") for name in ("sklstm", "PyTorch")]
    table, found = [["one sentence", *titles]], results.get("latency", {}).get("cases", {})
    for case in by_length(found):
        ways = ("ours", found[case].get("best_peer"))
        calls = [found[case]["calls"].get(way, {}) for way in ways]
        cells = []
        for name in ("p50_ms", "p99_ms"):
            values = [call.get(name) for call in calls]
            cells += in_bold([number(value, 2) for value in values], values, min)
        table.append([case, *cells])
    return table


def where_time_goes(results):
    """Return the share of each part of the time on one thread, and the speed of the products."""
    profiles = profiles_of(results)
    table = [["share of the time on one thread, %", *(profiles or TASKS.values())]]
    if not profiles:
        return table
    shares = [shares_of(task) for task in profiles.values()]
    for part, title in PARTS.items():
        table.append([title, *(percent(each.get(part) or None, 1) for each in shares)])
    speed = [
        task["products_gflops"] / task["sgemm_gflops"] if "products_gflops" in task else None
        for task in profiles.values()
    ]
    table.append(["speed of the products, % of large ones", *(percent(each, 0) for each in speed)])
    return table


def two_threads(results):
    """Return the gain of a second thread, and the parts of the time of both."""
    table = [["on two threads", "times as fast", *OF_TWO.values()]]
    for title, task in profiles_of(results).items():
        if figures := task["two_threads"]:
            cells = [percent(figures[part], 0) for part in OF_TWO]
            table.append([title, number(figures["speed_up"], 2), *cells])
    return table


def profiles_of(results):
    """Return the figures of each task of where_time_goes.py by its title."""
    return {
        f"{title}{kind}": results[file]["tasks"][task]
        for kind, file in PROFILES.items()
        if file in results
        for task, title in TASKS.items()
    }


def race(results):
    """Return the accuracy and the time of fits of few epochs, and of a CRF."""
    fits = {kind: fits_of(results.get(file, {})) for kind, file in RACES.items()}
    columns = ("accuracy, %", "seconds", "seconds / CRFsuite")
    titles = [f"{kind}, {column}" for kind in fits for column in columns]
    table = [["fit", *titles]]
    for n_epochs in sorted(set().union(*fits.values())):
        cells = []
        for each in fits.values():
            accuracy, seconds = each.get(n_epochs, (None, None))
            ratio = None if seconds is None else seconds / each[0][1]
            cells += [percent(accuracy), number(seconds, 1), number(ratio, 2)]
        title = f"sklstm, {n_epochs} epoch{'s' if n_epochs > 1 else ''}"
        table.append([title if n_epochs else TAGGERS["crfsuite"], *cells])
    return table


def fits_of(race):
    """Return the lowest accuracy and the median seconds by the number of epochs; 0 is the CRF."""
    runs = {}
    for key, each in race.get("rounds", {}).items():
        runs.setdefault(key.rpartition(" ")[0], []).extend(each)
    scored, fits = runs.pop("ours, scored", None), {}
    for name, each in runs.items():
        if name == "crfsuite":
            n_epochs = 0
        elif name == "ours":  # with the default number of epochs, like the scored fit
            n_epochs = len(scored[0]["scores"])
        else:
            n_epochs = int(name.split()[1])
        accuracy = min(run["accuracy"] for run in each)
        fits[n_epochs] = accuracy, statistics.median(run["fit_s"] for run in each)
    return fits


def scaling(results):
    """Return the cost of a token at the smallest and at the largest size of what grows."""
    found = results.get("scaling", {})
    fit = {"epoch": "an epoch", "whole fit": "a fit, by epoch"}
    calls = {"predict": "``predict``", "partial_fit": "``partial_fit``"}
    growing = [("sentences", found.get("sentences", {}), fit)]
    growing.append(("features", found.get("features", {}), fit | calls))
    for kind, runs in found.get("length", {}).items():
        columns = {f"{name} us": f"``{name}``" for name in ("fit", "predict")}
        growing.append((f"{kind} in one sequence", runs, columns))
    table = [["cost of a token", "from", "to", "μs at first", "μs at last", "ratio"]]
    for what, runs, columns in growing:
        sizes = sorted(map(int, runs))
        ends = [sizes[0], sizes[-1]] if sizes else []
        for column, title in columns.items() if ends else ():
            costs = [runs[str(size)][column] for size in ends]
            cells = [f"{ends[0]:,}", f"{ends[1]:,} {what}", *(number(cost, 1) for cost in costs)]
            table.append([title, *cells, number(costs[1] / costs[0], 2)])
    return table


def memory(results):
    """Return the peaks of fits."""
    fits = results.get("footprint", {}).get("fit", {})
    columns = []
    for size in ("peak", "above"):
        values = [statistics.median(run[size] for run in runs) for runs in fits.values()]
        columns.append(in_bold([number(value / MB) for value in values], values, min))
    rows = [list(row) for row in zip(fits, *columns, strict=True)]
    return [["a fit of English", "peak, MB", "without import and data, MB"], *rows]


def growth(results):
    """Return how memory grows, and the size of a saved tagger."""
    found, table = results.get("footprint", {}), [["memory", ""]]
    if "growth" in found:
        slopes = zip(("token", "feature"), slopes_of_growth(found["growth"]), strict=True)
        table += [[f"a fit, for each further {what}", f"{number(n)} bytes"] for what, n in slopes]
    for n, after in found.get("stream", {}).get("after", {}).items():
        peak = f"{number(after['peak'] / MB)} MB"
        table.append([f"peak after the prediction of {int(n):,} batches of 32 sentences", peak])
    if of_calls := results.get("latency", {}).get("memory"):
        title = f"growth over {results['latency']['n_calls']:,} predictions of one sentence"
        table.append([title, f"{number(of_calls['growth'] / 1e3)} kB"])
    for way in ("fit", "partial_fit") if "saved" in found else ():
        ratio = found["saved"][f"saved after {way}"] / found["saved"]["parameters"]
        table.append([f"a tagger saved after ``{way}``", f"{number(ratio, 2)} of its parameters"])
    return table


OF_PERFORMANCE = [
    machine, throughput, latency, where_time_goes, two_threads, race, scaling, memory, growth
]  # fmt: skip
