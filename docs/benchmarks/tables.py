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

from _figures import NONE, percent, side_by_side
from _performance import OF_PERFORMANCE
from _taggers import ENTITIES

HERE = Path(__file__).resolve().parent
PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
# The title and the text of each corpus.
CORPORA = {
    "english": ("UD English EWT", "web text: blogs, email, reviews, answers"),
    "ukrainian": ("UD Ukrainian ParlaMint", "parliament speeches; rich morphology"),
    "uyghur": ("UD Uyghur UDT", "fiction; Arabic script, agglutinative"),
    "maltese": ("UD Maltese MUDT", "press, fiction, speech; Semitic, Latin script"),
    "wolof": ("UD Wolof WTB", "Bible, Wikipedia"),
    "north_sami": ("UD North Sami Giella", "news; rich morphology"),
    "wnut17": ("WNUT-17", "posts and comments; rare names"),
}
TAGGERS = {"ours": "ours", "crfsuite": "CRF", "nltk": "NLTK"}
OF_ENTITIES = {
    "ours, softmax": "ours, the defaults",
    "ours, CRF": 'ours, ``output="crf", scheme="BIO"``',
    "crfsuite": "CRF",
}
OUTPUTS = {"softmax": "softmax", "crf": '``output="crf"``'}


# -- cells --------------------------------------------------------------------------------------


def points(difference):
    """Return a difference in points, with its sign."""
    return NONE if difference is None else f"{100 * difference:+.2f}"


def with_spread(mean, spread, digits=2):
    """Return a mean and a standard deviation in percent, without a break between them."""
    parts = [mean] if spread is None else [mean, spread]
    return PLUS_MINUS.join(percent(part, digits) for part in parts)


def title_of(corpus):
    """Return the short title of a corpus."""
    return CORPORA[corpus][0].removeprefix("UD ").rpartition(" ")[0] or CORPORA[corpus][0]


def escaped(text):
    """Return text without markup, also at its start; the marked word of an example is bold."""
    text = re.sub(r"([\\*`_|])", r"\\\1", text)
    return r"\ " + re.sub(r"\[(.+?)\](?= |$)", r"**\1**", text, count=1)


# -- tables of docs/accuracy.rst ----------------------------------------------------------------

# Each takes the parts of accuracy.json, and returns rows of text, the titles of the columns first.


def corpora(results):
    """Return the sizes of the corpora."""
    titles, counts = ["training words", "test words"], ["n_words", "n_held_out"]
    sizes = results.get("taggers", {}).get("corpora", {})
    rows = [
        [*CORPORA[name], *(f"{size[of]:,}" for of in counts), percent(size["unknown"], 1)]
        for name, size in sizes.items()
    ]
    return [["corpus", "text", *titles, "unknown, %"], *rows]


def means(results):
    """Return the figures of each tagger by corpus and name, with their standard deviations."""
    found = defaultdict(dict)
    for row in results.get("taggers", {}).get("rows", []):
        key, seed = (row["corpus"], row["tagger"]), row["seed"]
        if seed == "sd":
            found[key]["sd"] = row
        elif "mean" not in found[key] or seed == "mean":
            found[key]["mean"] = row
    return found


def taggers(results):
    """Return the accuracies of all taggers on the test splits."""
    titles = ["test split", *TAGGERS.values(), *(f"{name}, unknown" for name in TAGGERS.values())]
    titles += [f"{name}, fit s" for name in TAGGERS.values()]
    found, rows = means(results), []
    for corpus in [name for name in CORPORA if (name, "ours") in found]:
        groups = [found.get((corpus, tagger)) for tagger in TAGGERS]
        figures = [group["mean"] if group else None for group in groups]
        cells = [score_of(group, "accuracy") if group else NONE for group in groups]
        cells += [percent(each["unknown"]) if each else NONE for each in figures]
        cells += [f"{each['fit_s']:.1f}" if each else NONE for each in figures]
        rows.append([title_of(corpus), *cells])
    return [titles, *rows]


def score_of(group, name, digits=2):
    """Return the mean of a score and its standard deviation."""
    return with_spread(group["mean"][name], group.get("sd", {}).get(name), digits)


def entities(results):
    """Return the scores of entities on the test split."""
    found = means(results)
    rows = []
    for tagger, title in OF_ENTITIES.items():
        if group := found.get(("wnut17", tagger)):
            scores = [score_of(group, name, 1) for name in ("precision", "recall", "f1")]
            rows.append([title, *scores, f"{group['mean']['fit_s']:.1f}"])
    return [["entities of WNUT-17, test split", "precision", "recall", "F1", "fit s"], *rows]


def recipe(results):
    """Return the scores of one tagger and of several."""
    rows = results.get("recipe", {}).get("rows", [])
    scored = {(row["corpus"], row["title"]): row for row in rows}
    ways = list(dict.fromkeys(row["title"] for row in rows))
    found, table = means(results), []
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        single = found.get((corpus, "ours, CRF" if corpus in ENTITIES else "ours"))
        of_several = [scored.get((corpus, way)) for way in ways]
        cells = [score_of(single, "f1" if corpus in ENTITIES else "accuracy") if single else NONE]
        cells += [percent(row["mean"]) if row else NONE for row in of_several]
        table.append([title_of(corpus), *cells])
    return [["test split", "one tagger", *ways], *table]


def ablation(results):
    """Return the scores of the defaults, and the difference that each change makes."""
    rows = results.get("ablation", {}).get("rows", [])
    found = {row["corpus"]: row for row in rows if row["title"] == "defaults"}
    defaults = {name: found[name] for name in CORPORA if name in found}
    titles = ["dev split", *map(title_of, defaults), "treebanks", "all", "time"]
    table = [["defaults", *(percent(row["mean"]) for row in defaults.values()), "", "", ""]]
    spreads = [percent(row["spread"]) for row in defaults.values()]
    table.append(["their standard deviation", *spreads, "", "", ""])
    columns = [*defaults, "treebanks", "all"]
    for title, found in side_by_side(rows).items():
        if title != "defaults":
            cells = [points(found.get(name)) for name in columns]
            table.append([title, *cells, f"{found['time']:.2f}"])
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
    return [["dev split", "English", "treebanks", "WNUT-17", "all", "time"], *table]


def curve(results):
    """Return the accuracy by the number of training sentences."""
    found = defaultdict(dict)
    for row in results.get("curve", {}).get("rows", []):
        found[row["n_sentences"]][row["tagger"]] = row
    table = [["training sentences", "ours", "CRF"]]
    for n, group in found.items():
        scores = [group[name]["mean"] if name in group else None for name in ("ours", "crfsuite")]
        table.append([f"{n:,}", *(percent(score, 1) for score in scores)])
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
    table = [["dev split", "accuracy", "mean probability", "calibration error"]]
    for row in results.get("calibration", {}).get("rows", []):
        shares = [percent(row[name]) for name in ("accuracy", "confidence")]
        error = with_spread(row["error"], row["spread"])
        table.append([OUTPUTS.get(row["output"], row["output"]), *shares, error])
    return table


def vectors(results):
    """Return the accuracy with and without pre-trained vectors."""
    table = [["tagged sentences", "without vectors", "with vectors", "gain"]]
    for row in results.get("vectors", {}).get("rows", []):
        scores = [with_spread(row[name], row[f"{name}_spread"]) for name in ("without", "with")]
        table.append([f"{row['n_sentences']:,}", *scores, points(row["gain"])])
    return table


def names(results):
    """Return the scores of ways to find more names."""
    table = [["entities of WNUT-17", "precision", "recall", "F1", "to CRF", "F1, O scaled"]]
    for row in results.get("names", {}).get("rows", []):
        scores = [percent(row[name], 1) for name in ("precision", "recall")]
        scores.append(with_spread(row["f1"], row["spread"], 1))
        is_change = "difference" in row
        scores.append(f"{100 * row['difference']:+.1f}" if is_change else NONE)
        chosen = row.get("chosen"), row.get("chosen_spread")
        table.append([row["title"], *scores, with_spread(*chosen, 1)])
    return table


OF_ACCURACY = [
    corpora, taggers, entities, recipe, ablation, variants, curve, confusions, calibration, vectors,
    names,
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
