"""Summaries of figures, for tables.py and plots.py; the tables and the file of accuracy.py."""

import json
import os
from collections import defaultdict

import numpy as np
from _taggers import ENTITIES

NONE = r"\-"
PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
# The name and the text of each corpus, in the order of all tables and pictures.
CORPORA = {
    "english": ("English", "UD English EWT: blogs, email, reviews, answers"),
    "ukrainian": ("Ukrainian", "UD Ukrainian ParlaMint: parliament speeches; rich morphology"),
    "uyghur": ("Uyghur", "UD Uyghur UDT: fiction; Arabic script, agglutinative"),
    "maltese": ("Maltese", "UD Maltese MUDT: press, fiction, speech; Semitic, Latin script"),
    "wolof": ("Wolof", "UD Wolof WTB: Bible, Wikipedia"),
    "north_sami": ("North Sami", "UD North Sami Giella: news; rich morphology"),
    "wnut17": ("WNUT-17", "posts and comments in English; rare names"),
}
# The names of the taggers of parts of speech, and of those of entities.
TAGGERS = {"ours": "sklstm", "crfsuite": "CRFsuite", "nltk": "NLTK"}
OF_ENTITIES = {
    "ours, softmax": "sklstm",
    "ours, CRF": "sklstm, CRF output",
    "crfsuite": "CRFsuite",
}


def percent(share, digits=2):
    """Return a share in percent as text, a dash for None."""
    return NONE if share is None else f"{100 * share:.{digits}f}"


def in_bold(cells, values, best=max):
    """Return cells of a table with the best value in bold, if there are several values.

    Values that look the same in the table are all bold, whatever their spreads.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return list(cells)
    shown = [cell.split(PLUS_MINUS)[0] for cell in cells]
    top = shown[list(values).index(best(known))]
    return [f"**{cell}**" if each == top else cell for cell, each in zip(cells, shown, strict=True)]


def means(taggers):
    """Return the figures of the part "taggers" by corpus and tagger.

    Returns
    -------
    found : dict of (str, str) to dict
        "mean" is the row of the means, and "sd", if there are several seeds, that of the standard
        deviations.
    """
    found = defaultdict(dict)
    for row in taggers.get("rows", []):
        key, seed = (row["corpus"], row["tagger"]), row["seed"]
        if seed == "sd":
            found[key]["sd"] = row
        elif "mean" not in found[key] or seed == "mean":
            found[key]["mean"] = row
    return found


def by_length(cases):
    """Return the names of the cases of latency.py, such as "5 words", the shortest first."""
    return sorted(cases, key=lambda name: (int(name.split()[0]), len(name)))


def shares_of(task):
    """Return the share of each part of a task of where_time_goes.py, with all calls as one part."""
    parts = {name: part["work_s"] for name, part in task["parts"].items()}
    parts["calls"] = sum(part["calls_s"] for part in task["parts"].values())
    return {name: seconds / task["seconds"] for name, seconds in parts.items()}


def spread(values):
    """Return the standard deviation of a sample; None for a single value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def summarize(corpus, runs):
    """Return the mean, standard deviation and range of the scores of fits, and their seconds."""
    scores = [run["f1" if corpus in ENTITIES else "accuracy"] for run in runs]
    return {
        "scores": scores,
        "mean": float(np.mean(scores)),
        "spread": spread(scores),
        "least": min(scores),
        "most": max(scores),
        "fit_s": float(np.mean([run["fit_s"] for run in runs])),
    }


def side_by_side(rows):
    """Compare variants with the defaults over all corpora.

    Parameters
    ----------
    rows : list of dict
        The rows of the parts "ablation" or "variants": the title of a variant, the name of a
        corpus, the mean of the scores, and the seconds of a fit.

    Returns
    -------
    table : dict of dict
        For each title, the differences of the scores from the defaults by corpus, the mean
        difference over the "treebanks" and over "all" corpora (None if the variant lacks one of
        them), and the "time" of a fit: the geometric mean of the ratios to the defaults.
    """
    defaults = {row["corpus"]: row for row in rows if row["title"] == "defaults"}
    groups = {}
    for row in rows:
        groups.setdefault(row["title"], {})[row["corpus"]] = row
    table = {}
    for title, group in groups.items():
        differences = {name: row["mean"] - defaults[name]["mean"] for name, row in group.items()}
        ratios = [row["fit_s"] / defaults[name]["fit_s"] for name, row in group.items()]
        treebanks = [name for name in defaults if name not in ENTITIES]
        table[title] = differences | {
            "treebanks": _mean_over(treebanks, differences),
            "all": _mean_over(defaults, differences),
            "time": float(np.exp(np.mean(np.log(ratios)))),
        }
    return table


def _mean_over(corpora, differences):
    found = [differences[name] for name in corpora if name in differences]
    return float(np.mean(found)) if found and len(found) == len(corpora) else None


def width_of(form):
    """Return the part of a format that applies to any text."""
    return form.split(".")[0].replace("+", "")


def print_titles(columns):
    """Print the titles of the columns."""
    line = "".join(format(title, width_of(form)) for title, form in columns.values())
    print(f"\n{line}\n{'-' * len(line)}", flush=True)


def print_row(columns, row):
    """Print one row of a table, with a dash for a missing value."""
    cells = [
        format("-", width_of(form)) if row.get(name) is None else format(row[name], form)
        for name, (_, form) in columns.items()
    ]
    print("".join(cells), flush=True)


def save_part(path, name, figures):
    """Write the figures of a part to the file, and keep those of other parts."""
    if path is None:
        return
    parts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(parts | {name: figures}, indent=1) + "\n", encoding="utf-8")
    os.replace(new, path)
