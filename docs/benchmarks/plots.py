"""Draw the pictures of docs/performance.rst and of docs/accuracy.rst from the results.

The other scripts write their results with --json to files with their names: throughput.json,
latency.json, threads.json, scaling.json, footprint.json, race.json, accuracy.json,
where_time_goes.json, and also where_time_goes_affix.json (with `--analyzer affix`). A picture is
skipped, and not changed, if its file or its part of accuracy.json is missing. The picture of the
packed layout needs no file.

Needs matplotlib. The colours are those of Okabe and Ito, which people with any colour vision can
distinguish; lines have different markers, too. The text is grey on a transparent background, for
light and dark pages. Pictures are narrow, so that their text is legible on a telephone, too.
"""

import argparse
import json
import statistics
from functools import partial
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
from _figures import CORPORA, OF_ENTITIES, TAGGERS, by_length, means, shares_of, side_by_side
from _taggers import ENTITIES
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox

HERE = Path(__file__).resolve().parent
TEXT, DARK = "#7a7a7a", "#1a1a1a"
BLUE, SKY, GREEN, YELLOW = "#0072b2", "#56b4e9", "#009e73", "#f0e442"
ORANGE, RED, PURPLE, GREY = "#e69f00", "#d55e00", "#cc79a7", "#b0b0b0"
WIDTH = 4.8  # inches; a telephone shows about three quarters of it
STYLE = {
    "figure.figsize": (WIDTH, 3.2),
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 11,
    "axes.titlecolor": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": TEXT,
    "axes.labelsize": 10.5,
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 10.5,
    "grid.color": TEXT,
    "grid.alpha": 0.25,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.2,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "svg.fonttype": "none",
    "svg.hashsalt": "sklstm",  # equal pictures are equal files
}
STANDARD = {"n_units": 128, "batch_size": 32}
TASKS = {"train": "Training", "predict": "Prediction"}
# The names, colours and markers of the compared ways.
WAYS = {
    "bound": ("bound", GREY, ""),
    "packed": ("PyTorch, packed", BLUE, "s"),
    "padded": ("PyTorch, padded", SKY, "D"),
    "ours": ("sklstm", RED, "o"),
}
# The names are those of the tables.
PARTS = {
    "matrix products": BLUE,
    "tanh": SKY,
    "other element-wise work": GREEN,
    "embeddings": YELLOW,
    "softmax and loss": PURPLE,
    "optimizer": ORANGE,
    "minibatches": GREY,
    "lists in and out": "#8a8a8a",
    "calls": RED,
}
TWO_THREADS = {"work of one thread": BLUE, "more work on two": ORANGE, "waiting": GREY}


# -- speed --------------------------------------------------------------------------------------


def draw_throughput(along, label, throughput):
    """Draw tokens per second over one size, with standard values for the others."""
    fixed = {name: size for name, size in STANDARD.items() if name != along}
    rows = [row for row in throughput["rows"] if fixed.items() <= row.items()]
    rows.sort(key=lambda row: row[along])
    figure, panels = plt.subplots(1, 2)
    for axes, (task, title) in zip(panels, TASKS.items(), strict=True):
        for way, (name, color, marker) in WAYS.items():
            points = [
                (row[along], speed)
                for row in rows
                if (speed := speed_of(row, task, way)) is not None
            ]
            if points:
                style = "--" if way == "bound" else "-"
                axes.plot(*zip(*points, strict=True), style, marker=marker, color=color, label=name)
        axes.set(title=title, xlabel=label, xscale="log", yscale="log")
        number_axis(axes.xaxis, [row[along] for row in rows])
        number_axis(axes.yaxis)
    panels[0].set_ylabel("thousand tokens per second")
    legend_below(figure, panels[0], n_columns=2)
    return figure


def speed_of(row, task, way):
    """Return thousands of tokens per second: ours, the bound, or the fastest of PyTorch's."""
    if way == "bound":
        return row[task]["bound_ktokens_s"]
    if way == "ours":
        return row["ktokens_s"][f"{task} ours"]
    return row["ktokens_s"].get(row[task].get(way))


def draw_latency(latency):
    """Draw bars for the median time of a call, and ticks for the 99th percentile."""
    names = by_length(latency["cases"])
    cases = [latency["cases"][name] for name in names]
    figure, axes = plt.subplots(figsize=(WIDTH, 1 + 0.5 * len(names)))
    for k, (way, name, color) in enumerate((("ours", "sklstm", RED), ("peer", "PyTorch", BLUE))):
        calls = [
            case["calls"].get("ours" if way == "ours" else case.get("best_peer")) for case in cases
        ]
        places = [place + 0.38 * (k - 0.5) for place, call in enumerate(calls) if call]
        calls = [call for call in calls if call]
        axes.barh(places, [call["p50_ms"] for call in calls], 0.36, color=color, label=name)
        late = [call["p99_ms"] for call in calls]
        axes.plot(late, places, "|", color=TEXT, markersize=12, zorder=3)
    axes.plot([], [], "|", color=TEXT, markersize=12, label="99th percentile")
    axes.set_yticks(range(len(names)), [name.replace(", ", ",\n") for name in names])
    axes.set_xlabel("milliseconds for one sentence")
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    legend_below(figure, axes, n_columns=3)
    return figure


def draw_threads(threads):
    """Draw the speed-up over the number of threads, a line for each size of minibatches."""
    rows = threads["rows"]
    numbers = sorted({row["n_threads"] for row in rows})
    figure, panels = plt.subplots(1, 2, sharey=True)
    for axes, (task, title) in zip(panels, TASKS.items(), strict=True):
        axes.plot(numbers, numbers, "--", color=GREY, label="linear")
        for size, color, marker in zip((32, 128), (RED, ORANGE), "os", strict=True):
            points = [
                (row["n_threads"], row[f"{task}_speed_up"])
                for row in rows
                if row["batch_size"] == size
            ]
            if points:
                name = f"minibatches of {size}"
                axes.plot(*zip(*points, strict=True), color=color, marker=marker, label=name)
        axes.set(title=title, xlabel="threads", xscale="log", yscale="log")
        number_axis(axes.xaxis, numbers)
        number_axis(axes.yaxis, numbers)
    panels[0].set_ylabel("times as fast")
    legend_below(figure, panels[0], n_columns=2)
    return figure


def draw_race(race):
    """Draw accuracy over seconds: our epochs, complete fits of fewer epochs, and the CRF."""
    fits = {}
    for key, runs in race["rounds"].items():
        fits.setdefault(key.rpartition(" ")[0], []).extend(runs)
    scored = fits.pop("ours, scored")
    crf_s, goal = point_of(fits.pop("crfsuite"))
    figure, axes = plt.subplots(figsize=(WIDTH, 4))
    seconds = [
        statistics.median(each) for each in zip(*(f["seconds"] for f in scored), strict=True)
    ]
    scores = [100 * min(each) for each in zip(*(f["scores"] for f in scored), strict=True)]
    axes.plot(seconds, scores, "-o", color=RED, label="sklstm, each epoch of one fit")
    whole = sorted(map(point_of, fits.values()))
    axes.plot(*zip(*whole, strict=True), "D", color=ORANGE, label="sklstm, fits of fewer epochs")
    axes.axhline(goal, color=BLUE, linestyle=":", linewidth=1.2)
    axes.plot([crf_s], [goal], "s", color=BLUE, markersize=9, label=TAGGERS["crfsuite"])
    lowest = min([goal, *scores[1:2], *(score for _, score in whole)])
    axes.set_ylim(bottom=max(min(scores), lowest) - 0.5)
    axes.set(xscale="log", xlabel="seconds of fitting", ylabel="accuracy, %")
    number_axis(axes.xaxis)
    legend_below(figure, axes, n_columns=1)
    return figure


def point_of(runs):
    """Return the median seconds and the lowest accuracy, in percent, of complete fits."""
    seconds = statistics.median(run["fit_s"] for run in runs)
    return seconds, 100 * min(run["accuracy"] for run in runs)


# -- growth -------------------------------------------------------------------------------------


def draw_scaling(scaling):
    """Draw the cost of a token over each growing size."""
    panels = scaling_panels(scaling)
    figure, all_axes = plt.subplots(
        len(panels), figsize=(WIDTH, 2.9 * len(panels)), squeeze=False, sharey=False
    )
    for axes, (label, lines) in zip(all_axes[:, 0], panels.items(), strict=True):
        for line, color, marker in zip(lines, (RED, BLUE, ORANGE, SKY), "osD^", strict=False):
            draw_runs(axes, *line, color=color, marker=marker)
        axes.set(xlabel=label, xscale="log", ylim=(0, 1.1 * axes.get_ylim()[1]))
        axes.set_ylabel("μs per token")
        number_axis(axes.xaxis)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=2)
    return figure


def scaling_panels(scaling):
    """Return the lines of each panel: runs by size, the column to draw, and a name."""
    panels = {}
    if runs := scaling.get("sentences"):
        panels["sentences"] = [(runs, "epoch", "an epoch"), (runs, "whole fit", "a fit, by epoch")]
    if runs := scaling.get("features"):
        panels["features"] = [
            (runs, "epoch", "an epoch"),
            (runs, "predict", "predict"),
            (runs, "partial_fit", "partial_fit"),
        ]
    if kinds := scaling.get("length"):
        panels["tokens of one sequence"] = [
            (runs, f"{task} us", f"{task}, {kind}")
            for task in ("fit", "predict")
            for kind, runs in kinds.items()
        ]
    return panels


def draw_runs(axes, runs, column, name, by=None, scale=1.0, **style):
    """Draw a column of figures over the sizes."""
    points = sorted(
        (run[by] if by else int(size), scale * run[column]) for size, run in runs.items()
    )
    axes.plot(*zip(*points, strict=True), label=name, **style)


def draw_memory(footprint):
    """Draw the peaks of fits by sklstm and by PyTorch, and the growth of the peak."""
    names = [name for name in ("fit", "growth") if name in footprint]
    heights = [{"fit": 2, "growth": 3}[name] for name in names]
    figure, all_axes = plt.subplots(
        len(names), figsize=(WIDTH, sum(heights)), height_ratios=heights, squeeze=False
    )
    for axes, name in zip(all_axes[:, 0], names, strict=True):
        DRAW_MEMORY[name](axes, footprint[name])
    if "growth" in names:
        legend_below(figure, all_axes[-1, 0], n_columns=2)
    return figure


def draw_peaks(axes, fits):
    """Draw a bar for each peak."""
    peaks = {name: statistics.median(run["peak"] for run in runs) for name, runs in fits.items()}
    bars = axes.barh(list(peaks), [peak / 1e6 for peak in peaks.values()], 0.6)
    for bar, color in zip(bars, (RED, BLUE, SKY), strict=False):
        bar.set_color(color)
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.12)
    axes.set(xlabel="peak of a fit of English, MB")


def draw_growth(axes, growth):
    """Draw a line for each kind of vocabulary."""
    for kind, color, marker in (("growing", RED, "o"), ("fixed", ORANGE, "s")):
        if kind in growth:
            style = {"by": "n_tokens", "scale": 1e-6, "color": color, "marker": marker}
            draw_runs(axes, growth[kind], "peak", f"{kind} vocabulary", **style)
    axes.set(xlabel="million tokens", ylabel="MB of the fit")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n / 1e6:g}"))
    axes.set_ylim(bottom=0)


DRAW_MEMORY = {"fit": draw_peaks, "growth": draw_growth}


# -- parts of the time --------------------------------------------------------------------------


def draw_parts(where_time_goes, where_time_goes_affix=None):
    """Draw a stacked bar for each task on one thread, and one for the time of two threads."""
    bars, of_two = {}, {}
    for figures in filter(None, (where_time_goes, where_time_goes_affix)):
        kind = ",\naffixes" if figures["shape"]["analyzer"] == "affix" else ""
        for task, title in TASKS.items():
            found = figures["tasks"][task]
            bars[title.lower() + kind] = shares_of(found)
            if found["two_threads"]:
                of_two[title.lower() + kind] = found["two_threads"]
    groups = [("one thread", bars, PARTS, 1.8)]
    if of_two:
        groups.append(("two threads", of_two, TWO_THREADS, 1.1))
    heights = [0.42 * len(rows) + legend for _, rows, _, legend in groups]
    figure, all_axes = plt.subplots(
        len(groups), figsize=(WIDTH, sum(heights)), height_ratios=heights, squeeze=False
    )
    for axes, (title, rows, colors, _) in zip(all_axes[:, 0], groups, strict=True):
        stack(axes, rows, colors)
        axes.set_title(title, loc="left")
        axes.legend(loc="upper center", bbox_to_anchor=(0.35, 0), ncols=2, handlelength=1)
    return figure


def stack(axes, rows, colors):
    """Draw a stacked bar for each row."""
    start = dict.fromkeys(rows, 0.0)
    for part, color in colors.items():
        # the resolution of processor time is low: slightly negative shares are 0
        sizes = [100 * max(0.0, shares.get(part, 0.0)) for shares in rows.values()]
        if not any(sizes):
            continue
        bars = axes.barh(list(rows), sizes, 0.7, list(start.values()), color=color, label=part)
        texts = [f"{size:.0f}%" if size >= 9 else "" for size in sizes]
        axes.bar_label(bars, texts, label_type="center", color="w" if color == BLUE else DARK)
        start = {name: start[name] + size for name, size in zip(rows, sizes, strict=True)}
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(0, 100.5), xticks=[])
    axes.tick_params(length=0)


# -- accuracy -----------------------------------------------------------------------------------

COMPARED = {"ours": (RED, "o"), "crfsuite": (BLUE, "s"), "nltk": (GREY, "D")}
OUTPUTS = {
    "softmax": (OF_ENTITIES["ours, softmax"], RED, "o", "-"),
    "crf": (OF_ENTITIES["ours, CRF"], ORANGE, "s", "--"),
}
ENOUGH = 20  # the least number of words in a bin whose accuracy is drawn
LARGEST_LOSS = 1.0  # variants that lose more points are not drawn
# Places of labels around a point, in points, the nearest first.
LABEL_PLACES = [
    (side * distance, distance * slope)
    for distance in (7, 13, 20, 30, 42, 56, 72)
    for slope in (0, 0.7, -0.7, 1.4, -1.4)
    for side in (1, -1)
]


def draw_taggers(taggers):
    """Draw bars for the wrong tags of each treebank, and for the score of entities."""
    found = means(taggers)
    treebanks = [name for name in CORPORA if name not in ENTITIES and (name, "ours") in found]
    figure, (top, bottom) = plt.subplots(
        2, figsize=(WIDTH, 0.65 * len(treebanks) + 3.1), height_ratios=(0.65 * len(treebanks), 1.2)
    )
    for k, (tagger, name) in enumerate(TAGGERS.items()):
        errors = [
            100 * (1 - found[corpus, tagger]["mean"]["accuracy"])
            if (corpus, tagger) in found
            else 0
            for corpus in treebanks
        ]
        places = [y + 0.26 * (k - 1) for y in range(len(treebanks))]
        draw_bars(top, places, errors, color=COMPARED[tagger][0], label=name)
    top.set_yticks(range(len(treebanks)), [CORPORA[name][0] for name in treebanks])
    top.set_title("Words with a wrong tag, % (less is better)", loc="left")
    scores = {
        tagger: 100 * found["wnut17", tagger]["mean"]["f1"]
        for tagger in OF_ENTITIES
        if ("wnut17", tagger) in found
    }
    colors = [COMPARED[tagger.partition(",")[0]][0] for tagger in scores]
    draw_bars(bottom, range(len(scores)), list(scores.values()), 0.7, color=colors)
    bottom.set_yticks(range(len(scores)), [OF_ENTITIES[tagger] for tagger in scores])
    bottom.set_title("Names in WNUT-17: F1, % (more is better)", loc="left")
    legend_below(figure, top, n_columns=3)
    return figure


def draw_bars(axes, places, sizes, height=0.24, **style):
    """Draw bars with their sizes at their ends."""
    bars = axes.barh(places, sizes, height, **style)
    axes.bar_label(bars, [f"{size:.1f}" if size else "" for size in sizes], padding=2, size=9.5)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set(xticks=[])
    axes.tick_params(axis="y", length=0)
    axes.yaxis.set_inverted(True)


def draw_curve(curve):
    """Draw accuracy over the number of sentences, with a band from the lowest to the highest."""
    figure, axes = plt.subplots(figsize=(WIDTH, 3.6))
    for tagger, (color, marker) in COMPARED.items():
        rows = [row for row in curve["rows"] if row["tagger"] == tagger]
        sizes = [row["n_sentences"] for row in rows]
        means, least, most = ([100 * row[of] for row in rows] for of in ("mean", "least", "most"))
        if rows:
            axes.fill_between(sizes, least, most, color=color, alpha=0.25, linewidth=0)
            axes.plot(sizes, means, marker=marker, color=color, label=TAGGERS[tagger])
    axes.set(xscale="log", xlabel="training sentences", ylabel="accuracy on dev, %")
    number_axis(axes.xaxis)
    legend_below(figure, axes, n_columns=2)
    return figure


def draw_calibration(calibration):
    """Draw accuracy over the highest probability, and the distribution of this probability."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.4))
    left.plot([0, 1], [0, 1], ":", color=GREY, label="perfectly calibrated")
    for row in calibration["rows"]:
        if row["output"] in OUTPUTS:
            draw_bins(left, right, row, *OUTPUTS[row["output"]])
    left.set(xlabel="highest probability", ylabel="share of correct tags", aspect="equal")
    left.set(xlim=(0, 1.02), ylim=(0, 1.02), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    right.set(xlabel="highest probability", ylabel="% of all words", yscale="log", xlim=(0, 1))
    right.set(xticks=(0, 0.5, 1))
    number_axis(right.yaxis)
    legend_below(figure, left, n_columns=2)
    return figure


def draw_bins(left, right, row, name, color, marker, line):
    """Draw the accuracy of each bin with enough words, and the share of words in each bin."""
    n_bins, n_words = row["n_bins"], sum(each["count"] for each in row["bins"])
    enough = [each for each in row["bins"] if each["count"] >= ENOUGH]
    confidence, accuracy = ([each[of] for each in enough] for of in ("confidence", "accuracy"))
    left.plot(confidence, accuracy, line, marker=marker, color=color, label=name)
    shares = [0.0] * n_bins
    for each in row["bins"]:
        shares[each["bin"]] = 100 * each["count"] / n_words
    edges = [k / n_bins for k in range(n_bins + 1)]
    right.stairs(shares, edges, color=color, linestyle=line, linewidth=1.8)


def draw_ablation(ablation):
    """Draw the effect of each change: on the treebanks together, and on entities."""
    rows, table = ablation["rows"], side_by_side(ablation["rows"])
    table.pop("defaults")
    figure, panels = plt.subplots(
        1, 2, figsize=(WIDTH, 1.6 + 0.26 * len(table)), sharey=True, width_ratios=(3, 2)
    )
    corpora = dict.fromkeys(row["corpus"] for row in rows)
    treebanks = [name for name in corpora if name not in ENTITIES]
    for y, found in enumerate(table.values()):
        each = [100 * found[name] for name in treebanks if name in found]
        panels[0].plot(each, [y] * len(each), "o", color=GREY, markersize=4)
        if found["treebanks"] is not None:
            panels[0].plot(100 * found["treebanks"], y, "D", color=RED)
    panels[0].plot([], [], "D", color=RED, label="mean of the treebanks")
    panels[0].plot([], [], "o", color=GREY, markersize=4, label="each treebank")
    places = {title: y for y, title in enumerate(table)}
    draw_differences(panels[1], [row for row in rows if row["corpus"] in ENTITIES], places)
    panels[0].set(title="parts of speech", xlabel="accuracy, points")
    panels[0].set(yticks=range(len(table)), yticklabels=table, ylim=(len(table) - 0.4, -0.6))
    for axes in panels:
        axes.axvline(0, color=TEXT, linewidth=1)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(3))
    legend_below(figure, panels[0], n_columns=1)
    return figure


def draw_differences(axes, rows, places):
    """Draw a dot for each change, with its standard deviation, and a band for the defaults."""
    found = [row for row in rows if row["title"] in places]
    for row in rows:
        if row["title"] == "defaults":
            spread = 100 * (row["spread"] or 0)
            axes.axvspan(-spread, spread, color=GREY, alpha=0.25, linewidth=0)
    axes.errorbar(
        [100 * row["difference"] for row in found],
        [places[row["title"]] for row in found],
        xerr=[100 * (row["spread"] or 0) for row in found],
        fmt="o",
        color=RED,
        elinewidth=1.4,
        capsize=2.5,
    )
    axes.set(title="entities", xlabel="F1, points")


def draw_variants(variants):
    """Draw the score over the time of a fit for all variants: of English, and the mean.

    Only those have names that no other one exceeds in less time, and the defaults.
    """
    table, panels = side_by_side(variants["rows"]), []
    of_english = [row for row in variants["rows"] if row["corpus"] == "english"]
    if of_english:
        seconds = of_english[0]["fit_s"]
        points = {row["title"]: (row["fit_s"] / seconds, 100 * row["mean"]) for row in of_english}
        panels.append(("English", "accuracy on dev, %", points))
    points = {
        title: (found["time"], 100 * found["all"])
        for title, found in table.items()
        if found["all"] is not None
    }
    panels.append(("mean of all corpora", "points above the defaults", points))
    figure, all_axes = plt.subplots(
        len(panels), figsize=(WIDTH, 3.9 * len(panels)), squeeze=False, sharex=True
    )
    for axes, (title, label, points) in zip(all_axes[:, 0], panels, strict=True):
        lowest = points["defaults"][1] - LARGEST_LOSS
        points = {name: point for name, point in points.items() if point[1] >= lowest}
        axes.plot(*zip(*points.values(), strict=True), "o", color=BLUE)
        axes.plot(*points["defaults"], "D", color=RED, markersize=8)
        axes.set(title=title, ylabel=label, xscale="log")
        axes.margins(x=0.12, y=0.08)
    all_axes[-1, 0].set_xlabel("time of a fit, defaults = 1")
    number_axis(all_axes[-1, 0].xaxis)
    figure.canvas.draw()  # places the axes
    for axes, (_, _, points) in zip(all_axes[:, 0], panels, strict=True):
        label_points(axes, best_of(points))
    return figure


def best_of(points):
    """Return the points of the defaults and of what nothing exceeds in as little time."""
    return {
        name: (time, score)
        for name, (time, score) in points.items()
        if name == "defaults" or not any(t <= time and s > score for t, s in points.values())
    }


def label_points(axes, points):
    """Write the names of some points of a scatter plot next to them, where there is room."""
    renderer, bounds = axes.figure.canvas.get_renderer(), axes.get_window_extent()
    drawn = [dot for line in axes.lines for dot in line.get_xydata()]
    (low, high), dots = axes.get_ylim(), axes.transData.transform(drawn)
    taken = [Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x, y in dots]
    for name, point in points.items():
        for x, y in LABEL_PLACES if low <= point[1] <= high else []:
            label = axes.annotate(
                name,
                point,
                (x, y),
                textcoords="offset points",
                ha="left" if x > 0 else "right",
                va="center",
                fontsize=10,
                arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.7, "shrinkB": 3},
                in_layout=False,
            )
            label.update_positions(renderer)
            box = Text.get_window_extent(label, renderer)
            inside = bounds.contains(box.x0, box.y0) and bounds.contains(box.x1, box.y1)
            if inside and not box.count_overlaps(taken):
                taken.append(box)
                break
            label.remove()


# -- the packed layout --------------------------------------------------------------------------

# The names and lengths of the sentences of the picture, in their original order.
LENGTHS = {"a": 3, "b": 6, "c": 1, "d": 5}
COLORS = dict(zip(LENGTHS, (ORANGE, SKY, PURPLE, GREEN), strict=True))


def draw_packing():
    """Draw four sentences as they come, ranked, packed for both directions, and padded."""
    ranked = sorted(LENGTHS, key=LENGTHS.get, reverse=True)
    n_steps = LENGTHS[ranked[0]]
    figure, axes = plt.subplots(figsize=(WIDTH, 6.4))
    axes.set(xlim=(-0.3, 15.3), ylim=(-16.2, 5.2), aspect="equal")
    axes.axis("off")
    draw_grid(axes, 0, 4.4, "as they come", list(LENGTHS))
    draw_grid(axes, 8.2, 4.4, "longest first", ranked)
    steps = [[name for name in ranked if LENGTHS[name] > t] for t in range(n_steps)]
    draw_packed(axes, steps, y=-1.2)
    n_rows = len(ranked) * n_steps
    title = f"padded: {n_rows - sum(LENGTHS.values())} of {n_rows} rows are padding"
    draw_grid(axes, 0, -11.8, title, ranked, n_steps)
    return figure


def draw_grid(axes, x, y, title, names, n_steps=0):
    """Draw sentences below one another, padded to a number of steps."""
    axes.text(x, y, title, size=11)
    for row, name in enumerate(names):
        for t in range(max(n_steps, LENGTHS[name])):
            draw_cell(axes, x + t, y - 1.4 - row, name, t)


def draw_cell(axes, x, y, name, t):
    """Draw the token of a sentence at a step, or padding if the sentence has ended."""
    exists = t < LENGTHS[name]
    style = {"facecolor": COLORS[name]} if exists else {"facecolor": "none", "hatch": "////"}
    axes.add_patch(Rectangle((x + 0.04, y + 0.04), 0.92, 0.92, edgecolor=TEXT, lw=0.6, **style))
    if exists:
        axes.text(x + 0.5, y + 0.47, f"{name}{t}", color=DARK, ha="center", va="center", size=9.5)


def draw_packed(axes, steps, y):
    """Draw the rows of the packed layout in both directions, and the states that steps pass on."""
    n_running = [len(names) for names in steps]
    bounds = [sum(n_running[:t]) for t in range(len(steps) + 1)]
    axes.text(0, y, "packed: one row for each token, step by step", size=11)
    axes.text(0, y - 1.2, "forward direction, and the states that steps pass on", size=9.5)
    axes.text(0, y - 5.4, "backward direction: the rows reordered", size=9.5)
    axes.text(0, y - 9.6, "the first row of each step", size=9.5)
    for bound in bounds:
        axes.plot([bound] * 2, [y - 8.3, y - 1.6], ":", color=TEXT, linewidth=1)
        axes.text(bound, y - 8.7, str(bound), ha="center", va="center", size=9.5)
    for t, names in enumerate(steps):
        for k, name in enumerate(names):
            draw_cell(axes, bounds[t] + k, y - 4.2, name, t)
            draw_cell(axes, bounds[t] + k, y - 8.2, name, LENGTHS[name] - 1 - t)
    for (start, stop), (_, next_stop) in pairwise(pairwise(bounds)):
        leading = start, start + next_stop - stop
        draw_passing(axes, leading, (stop, next_stop), y - 3)
        draw_passing(axes, leading, (stop, next_stop), y - 7)


def draw_passing(axes, rows, next_rows, y):
    """Draw lines above two slices, and an arrow from one to the other."""
    for start, stop in (rows, next_rows):
        axes.plot([start + 0.12, stop - 0.12], [y] * 2, color=TEXT, linewidth=1.4)
    middles = [(sum(each) / 2, y + 0.1) for each in (rows, next_rows)]
    style = {"arrowstyle": "-|>", "mutation_scale": 9, "color": TEXT, "linewidth": 1.1}
    style |= {"connectionstyle": "arc3,rad=-0.35", "shrinkA": 0, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(*middles, **style))


# -- all pictures -------------------------------------------------------------------------------


def number_axis(axis, ticks=None):
    """Label a logarithmic axis with 10 or 10k, at some ticks or at a few round numbers."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: in_short(value)))
    axis.set_minor_locator(NullLocator())
    low, high = axis.get_view_interval()
    tens = [10.0**e for e in range(-2, 8) if low <= 10.0**e <= high]
    round_ones = [
        m * 10.0**e for e in range(-2, 8) for m in (1, 2, 5) if low <= m * 10.0**e <= high
    ]
    if ticks is None and max(len(tens), len(round_ones)) > 1:
        ticks = tens if len(tens) > 2 else round_ones
    axis.set_major_locator(FixedLocator(sorted(set(ticks))) if ticks else MaxNLocator(4))


def in_short(number):
    """Return a number as a short text."""
    for letter, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def legend_below(figure, axes, n_columns):
    """Draw one legend below all panels."""
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=n_columns)


PICTURES = {
    "packing": draw_packing,
    "taggers": draw_taggers,
    "throughput_units": partial(draw_throughput, "n_units", "units per direction"),
    "throughput_batch": partial(draw_throughput, "batch_size", "sentences per minibatch"),
    "latency": draw_latency,
    "threads": draw_threads,
    "race": draw_race,
    "scaling": draw_scaling,
    "memory": draw_memory,
    "where_time_goes": draw_parts,
    "learning_curve": draw_curve,
    "calibration": draw_calibration,
    "ablation": draw_ablation,
    "variants": draw_variants,
}
# The others are of performance.
OF_ACCURACY = ("taggers", "learning_curve", "calibration", "ablation", "variants")
# The files that each picture needs, and those that it uses if they exist. The part of a file
# follows after a colon.
NEEDS = {
    "packing": [],
    "taggers": ["accuracy:taggers"],
    "throughput_units": ["throughput"],
    "throughput_batch": ["throughput"],
    "latency": ["latency"],
    "threads": ["threads"],
    "race": ["race"],
    "scaling": ["scaling"],
    "memory": ["footprint"],
    "where_time_goes": ["where_time_goes"],
    "learning_curve": ["accuracy:curve"],
    "calibration": ["accuracy:calibration"],
    "ablation": ["accuracy:ablation"],
    "variants": ["accuracy:variants"],
}
USES = {"where_time_goes": ["where_time_goes_affix"]}


def read_results(folder, names):
    """Return the contents of files, or of parts of them; None where they do not exist."""
    found = []
    for name, _, part in (name.partition(":") for name in names):
        path = folder / f"{name}.json"
        figures = json.loads(path.read_text()) if path.is_file() else None
        found.append(figures.get(part) if figures and part else figures)
    return found


def parse_arguments():
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--results",
        type=Path,
        default=HERE / "results",
        metavar="DIR",
        help="folder of the results",
    )
    add("--out", type=Path, metavar="DIR", help="default: docs/performance, docs/accuracy")
    add("--only", nargs="+", choices=PICTURES, default=list(PICTURES), help="default: all")
    add("--png", action="store_true", help="draw PNG on white instead of SVG")
    return parser.parse_args()


def main():
    """Draw the pictures."""
    options = parse_arguments()
    plt.switch_backend("agg")
    plt.rcParams.update(STYLE)
    for name in options.only:
        needed = read_results(options.results, NEEDS[name])
        if None in needed:
            print(f"{name}: skipped, because there are no results of {', '.join(NEEDS[name])}")
            continue
        out = options.out or HERE.parent / ("accuracy" if name in OF_ACCURACY else "performance")
        out.mkdir(parents=True, exist_ok=True)
        figure = PICTURES[name](*needed, *read_results(options.results, USES.get(name, [])))
        if options.png:
            figure.savefig(out / f"{name}.png", dpi=110, facecolor="white")
        else:
            without_date = {"Date": None, "Creator": None}
            figure.savefig(out / f"{name}.svg", metadata=without_date)
        plt.close(figure)
        print(f"{name}: drawn")


if __name__ == "__main__":
    main()
