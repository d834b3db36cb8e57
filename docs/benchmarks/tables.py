"""Write the tables of docs/accuracy.rst and of docs/performance.rst, from the results.

The results are the files that the other scripts write with --json, with their names. Each table is
a CSV file in docs/accuracy or docs/performance that the page includes. What was not measured is a
dash. _performance.py has the tables of docs/performance.rst.
"""

import argparse
import csv
import io
import json
import re
from collections import defaultdict
from pathlib import Path

from _figures import (
    CORPORA,
    NONE,
    OF_ENTITIES,
    PLUS_MINUS,
    TAGGERS,
    in_bold,
    means,
    percent,
    side_by_side,
)
from _performance import OF_PERFORMANCE
from _taggers import ENTITIES
from _variants import ABLATION, RECIPES, VARIANTS

HERE = Path(__file__).resolve().parent
# The name of each output in the table of calibration.
OUTPUTS = {"softmax": OF_ENTITIES["ours, softmax"], "crf": OF_ENTITIES["ours, CRF"]}
OTHER_SPLIT = "part of train"  # rows of names.py that are not scored on the dev split


# -- cells --------------------------------------------------------------------------------------


def points(difference):
    """Return a difference in points, with its sign."""
    return NONE if difference is None else f"{100 * difference:+.2f}"


def with_spread(mean, spread, digits=2):
    """Return a mean and a standard deviation in percent, without a break between them."""
    parts = [mean] if spread is None else [mean, spread]
    return PLUS_MINUS.join(percent(part, digits) for part in parts)


def escaped(text):
    """Return text without markup, also at its start; the marked word of an example is bold."""
    text = re.sub(r"([\\*`_|])", r"\\\1", text)
    return r"\ " + re.sub(r"\[(.+?)\](?= |$)", r"**\1**", text, count=1)


# -- tables of docs/accuracy.rst ----------------------------------------------------------------

# Each takes the parts of accuracy.json, and returns rows of text, the titles of the columns first.


def corpora(results):
    """Return the sizes of the corpora."""
    titles = ["training words", "test words", "unknown, %", "test sentences in training", "text"]
    table = [["corpus", *titles]]
    for corpus, size in results.get("taggers", {}).get("corpora", {}).items():
        counts = [f"{size[of]:,}" for of in ("n_words", "n_held_out")]
        counts += [percent(size["unknown"], 1), str(size["n_repeated"])]
        name, text = CORPORA[corpus]
        table.append([name, *counts, text])
    return table


def taggers(results):
    """Return the accuracies of all taggers on the test splits."""
    return of_treebanks(results, "accuracy", lambda group: score_of(group, "accuracy"))


def unknown(results):
    """Return the accuracies of all taggers on the unknown words of the test splits."""
    return of_treebanks(results, "unknown", lambda group: percent(group["mean"]["unknown"]))


def seconds(results):
    """Return the seconds of the fits of all taggers."""
    return of_treebanks(results, "fit_s", lambda group: f"{group['mean']['fit_s']:.1f}", min)


def of_treebanks(results, name, cell_of, best=max):
    """Return a row for each treebank, with a figure of each tagger."""
    found, rows = means(results.get("taggers", {})), []
    for corpus in [corpus for corpus in CORPORA if (corpus, "ours") in found]:
        groups = [found.get((corpus, tagger)) for tagger in TAGGERS]
        values = [group["mean"][name] if group else None for group in groups]
        cells = [cell_of(group) if group else NONE for group in groups]
        rows.append([CORPORA[corpus][0], *in_bold(cells, values, best)])
    return [["corpus", *TAGGERS.values()], *rows]


def score_of(group, name, digits=2):
    """Return the mean of a score and its standard deviation."""
    return with_spread(group["mean"][name], group.get("sd", {}).get(name), digits)


def entities(results):
    """Return the scores of entities on the test split."""
    found = means(results.get("taggers", {}))
    groups = {tagger: found["wnut17", tagger] for tagger in OF_ENTITIES}
    groups = {OF_ENTITIES[tagger]: group for tagger, group in groups.items() if group}
    columns = []
    for name in ("precision", "recall", "f1"):
        cells = [score_of(group, name, 1) for group in groups.values()]
        columns.append(in_bold(cells, [group["mean"][name] for group in groups.values()]))
    times = [group["mean"]["fit_s"] for group in groups.values()]
    columns.append(in_bold([f"{time:.1f}" for time in times], times, min))
    rows = [list(row) for row in zip(groups, *columns, strict=True)]
    return [["WNUT-17", "precision", "recall", "F1", "seconds"], *rows]


def recipe(results):
    """Return the scores of one tagger and of several."""
    rows = results.get("recipe", {}).get("rows", [])
    scored = {(row["corpus"], row["title"]): row["mean"] for row in rows}
    ways = list(dict.fromkeys(row["title"] for row in rows))
    found, table = means(results.get("taggers", {})), []
    for corpus in [corpus for corpus in CORPORA if any(corpus == key[0] for key in scored)]:
        single = found.get((corpus, "ours, CRF" if corpus in ENTITIES else "ours"))
        score = "f1" if corpus in ENTITIES else "accuracy"
        values = [single["mean"][score] if single else None]
        values += [scored.get((corpus, way)) for way in ways]
        cells = [score_of(single, score) if single else NONE, *map(percent, values[1:])]
        table.append([CORPORA[corpus][0], *in_bold(cells, values)])
    return [["corpus", "1 tagger", *ways], *table]


def changes(results):
    """Return the parameters of each row of the ablation, of the variants and of the recipe."""
    parts = (results.get(part, {}).get("rows", []) for part in ("ablation", "variants", "recipe"))
    titles = dict.fromkeys(row["title"] for rows in parts for row in rows)
    titles.pop("defaults", None)
    params = ABLATION | VARIANTS | RECIPES
    rows = [[title, in_code(params[title]) if title in params else NONE] for title in titles]
    return [["change", "parameters"], *rows]


def in_code(params):
    """Return parameters as keyword arguments; the members of an average are no parameter."""
    named = {name: repr(value).replace("'", '"') for name, value in params.items()}
    voters = [f"VotingTagger of {named.pop('n_voters')}"] if "n_voters" in params else []
    code = ", ".join(f"{name}={value}".replace("=inf", "=np.inf") for name, value in named.items())
    return ", ".join([*voters, f"``{code}``"] if code else voters)


def ablation(results):
    """Return the scores of the defaults, and the difference that each change makes."""
    rows = results.get("ablation", {}).get("rows", [])
    found = {row["corpus"]: row for row in rows if row["title"] == "defaults"}
    defaults = {name: found[name] for name in CORPORA if name in found}
    titles = ["change", *(CORPORA[name][0] for name in defaults), "treebanks", "all"]
    table = [["defaults", *(percent(row["mean"]) for row in defaults.values()), "", ""]]
    spreads = [row["spread"] for row in defaults.values()]
    if None not in spreads:  # several seeds
        table.append(["their standard deviation", *map(percent, spreads), "", ""])
    columns = [*defaults, "treebanks", "all"]
    for title, found in side_by_side(rows).items():
        if title != "defaults":
            table.append([title, *(points(found.get(name)) for name in columns)])
    return [titles, *(table if rows else [])]


def variants(results):
    """Return the variants that are not in the ablation."""
    rows = results.get("variants", {}).get("rows", [])
    others = {row["title"] for row in results.get("ablation", {}).get("rows", [])}
    columns = ["english", "treebanks", "wnut17", "all"]
    table = [
        [title, *(points(found.get(name)) for name in columns), f"{found['time']:.2f}"]
        for title, found in side_by_side(rows).items()
        if title not in others
    ]
    return [["change", "English", "treebanks", "WNUT-17", "all", "time"], *table]


def curve(results):
    """Return the accuracy by the number of training sentences."""
    found = defaultdict(dict)
    for row in results.get("curve", {}).get("rows", []):
        found[row["n_sentences"]][row["tagger"]] = row["mean"]
    names = ["ours", "crfsuite"]
    table = [["training sentences", *(TAGGERS[name] for name in names)]]
    for n, group in found.items():
        scores = [group.get(name) for name in names]
        cells = [percent(score, 1) for score in scores]
        table.append([f"{n:,}", *in_bold(cells, scores)])
    return table


def confusions(results):
    """Return the most frequent confusions of tags."""
    table = [["tag", "predicted", "words", "of all errors, %", "example"]]
    for row in results.get("confusions", {}).get("rows", []):
        share, example = percent(row["share"], 1), escaped(row["example"])
        table.append([row["true"], row["predicted"], str(row["count"]), share, example])
    return table


def calibration(results):
    """Return the calibration errors."""
    rows = results.get("calibration", {}).get("rows", [])
    titles = [title_of_output(row["output"]) for row in rows]
    accuracy, error = ([row[name] for row in rows] for name in ("accuracy", "error"))
    columns = [
        in_bold([percent(value) for value in accuracy], accuracy),
        [percent(row["confidence"]) for row in rows],
        in_bold([with_spread(row["error"], row["spread"]) for row in rows], error, min),
    ]
    table = [["tagger", "accuracy", "mean probability", "calibration error"]]
    return table + [list(row) for row in zip(titles, *columns, strict=True)]


def title_of_output(output):
    """Return the name of a row of the calibration."""
    if "averaged" in output:  # softmax, 2 averaged
        return f"{OUTPUTS['softmax']}, mean of {output.split()[1]}"
    return OUTPUTS.get(output, output)


def vectors(results):
    """Return the accuracy with and without pre-trained vectors."""
    table = [["tagged sentences", "without vectors", "with vectors", "gain"]]
    for row in results.get("vectors", {}).get("rows", []):
        names = ("without", "with")
        cells = [with_spread(row[name], row[f"{name}_spread"]) for name in names]
        cells = in_bold(cells, [row[name] for name in names])
        table.append([f"{row['n_sentences']:,}", *cells, points(row["gain"])])
    return table


def names(results):
    """Return the scores of ways to find more names."""
    rows = results.get("names", {}).get("rows", [])
    f1 = [with_spread(row["f1"], row["spread"], 1) for row in rows]
    chosen = [with_spread(row.get("chosen"), row.get("chosen_spread"), 1) for row in rows]
    columns = [
        [row["title"] for row in rows],
        *([percent(row[name], 1) for row in rows] for name in ("precision", "recall")),
        in_bold(f1, [None if row["title"].startswith(OTHER_SPLIT) else row["f1"] for row in rows]),
        [f"{100 * row['difference']:+.1f}" if "difference" in row else NONE for row in rows],
        in_bold(chosen, [row.get("chosen") for row in rows]),
    ]
    titles = ["change", "precision", "recall", "F1", "difference of F1", "F1, O scaled"]
    return [titles, *(list(row) for row in zip(*columns, strict=True))]


OF_ACCURACY = [
    corpora, taggers, unknown, seconds, entities, recipe, changes, ablation, variants, curve,
    confusions, calibration, vectors, names,
]  # fmt: skip


# -- files --------------------------------------------------------------------------------------


def texts(results):
    """Return the content of each file, by its path in docs.

    Parameters
    ----------
    results : dict of str to dict
        The results of each script, by the names of their files without the ending.
    """
    rows = {f"accuracy/{of.__name__}.csv": of(results.get("accuracy", {})) for of in OF_ACCURACY}
    rows |= {f"performance/{of.__name__}.csv": of(results) for of in OF_PERFORMANCE}
    return {name: text_of(table) for name, table in rows.items()}


def text_of(rows):
    """Return rows as CSV, with a row of dashes if there are only titles."""
    rows, text = rows if len(rows) > 1 else [*rows, [NONE] * len(rows[0])], io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def read_results(folder=HERE / "results"):
    """Return the contents of all files of a folder, by their names without the ending."""
    paths = folder.glob("*.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def main():
    """Write the files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--results", type=Path, default=HERE / "results", metavar="DIR")
    add("--out", type=Path, default=HERE.parent, metavar="DIR")
    options = parser.parse_args()
    for name, text in texts(read_results(options.results)).items():
        (options.out / name).parent.mkdir(parents=True, exist_ok=True)
        (options.out / name).write_text(text, encoding="utf-8")
        print(f"{name}: written")


if __name__ == "__main__":
    main()
