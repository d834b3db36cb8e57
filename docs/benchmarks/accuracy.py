"""Print every figure of docs/accuracy.rst: the accuracy of BiLSTMTagger and of its components.

There are eight parts. "taggers" and "recipe" are scored on the test splits, all others on dev:

- taggers: the defaults and two other taggers, on parts of speech and on entities;
- recipe: the average of several taggers, for the best accuracy;
- ablation: the effect of each component, by changing one at a time;
- variants: accuracy and time of the ablation and of other parameters;
- curve: accuracy over the number of training sentences;
- confusions: the most frequent confusions of tags;
- calibration: the reliability of the probabilities;
- vectors: the gain of word vectors that are made from text without tags.

All parts but "taggers" take hours on two cores. Run them with a cache:

    python accuracy.py --parts taggers --json results/accuracy.json
    python accuracy.py --parts recipe ablation variants curve confusions calibration vectors \\
        --jobs 2 --seeds 0 1 --cache cache --json results/accuracy.json

Rows are printed and saved when they are complete. With --cache, an interrupted run continues where
it stopped, and separate runs share their fits, with the seconds of the first run. The cache
compares the default parameters, but not the code: delete the folder after a change of the code.
Parts that run together share their fits: "variants" contains "ablation", and "confusions" and
"calibration" take no time after "ablation". --quick fits on the first 200 sentences for 3 epochs,
with the first seed.

The taggers are:

ours
    ``BiLSTMTagger(random_state=seed)``; on WNUT-17 also with ``output="crf", scheme="BIO"``, which
    are the defaults of WNUT-17 in the other parts.
crfsuite
    ``sklearn_crfsuite.CRF`` (lbfgs, c1=c2=0.1, 100 iterations, all transitions). Its features are
    the word, its lower case, prefixes and suffixes of up to 6 characters, capitals, digits and
    hyphens, and the lower case and capitals of both neighbours.
nltk
    ``nltk.tag.perceptron.PerceptronTagger``, 5 iterations. For parts of speech only.

UD North Sami Giella has no dev split: its last 250 training sentences are held out instead.

- accuracy: the share of words with the correct tag; known and unknown: the same for words that are,
  or are not, in the training sentences.
- precision, recall, F1: over entities, as conlleval counts them.
- fit s, predict k tokens/s: by the clock, from lists of str to the fitted tagger and to lists of
  tags. The last of the first lines says how many threads ours has; the others have one. Compare
  times of a run with --jobs only with each other.
- to defaults: the difference of two means. time: the geometric mean of the ratios of fit s.
- calibration error: words are divided into 15 bins by their highest probability (confidence), and
  the distance of the mean confidence and the accuracy of a bin is weighted by its number of words.
"""

import sys
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np
from _common import command_line, describe_machine, usable_cores
from _english import calibration, confusions, curve, vectors
from _figures import print_row, print_titles, save_part, side_by_side, spread, summarize
from _fits import CRF, Fit, Runner, ours, variant
from _taggers import (
    DATA,
    ENTITIES,
    FOLDERS,
    OTHERS,
    paths_of,
    print_corpora,
    read_corpus,
    sizes_of,
)
from _variants import ABLATION, RECIPES, VARIANTS
from threadpoolctl import threadpool_info

QUICK, QUICK_PARAMS = 200, {"max_iter": 3}

# The columns of each table: the name of the figure, its title and its format.
TIMES = {
    "fit_s": ("fit s", ">9.1f"),
    "predict_ktokens_s": ("predict k tokens/s", ">20.1f"),
}
WHO = {"corpus": ("corpus", "<11"), "tagger": ("tagger", "<15"), "seed": ("seed", ">5")}
POS_COLUMNS = WHO | {
    "accuracy": ("accuracy", ">11.2%"),
    "known": ("known", ">11.2%"),
    "unknown": ("unknown", ">11.2%"),
    **TIMES,
}
ENTITY_COLUMNS = WHO | {
    "precision": ("precision", ">11.2%"),
    "recall": ("recall", ">11.2%"),
    "f1": ("F1", ">11.2%"),
    **TIMES,
}
VARIANT_COLUMNS = {
    "corpus": ("corpus", "<11"),
    "title": ("variant", "<24"),
    "mean": ("mean", ">9.2%"),
    "spread": ("sd", ">8.2%"),
    "difference": ("to defaults", ">+13.2%"),
    "fit_s": ("fit s", ">9.1f"),
}
MEAN_COLUMNS = {
    "treebanks": ("treebanks", ">+11.2%"),
    "all": ("all", ">+8.2%"),
    "time": ("time", ">7.2f"),
}


# -- the parts ----------------------------------------------------------------------------------

# Each prints its tables, and yields their rows as soon as they are complete. The parts about
# English only are in _english.py.


def taggers(runner, options):
    """Fit all taggers and score them on the test splits."""
    entities = [name for name in options.corpora if name in ENTITIES]
    others = [name for name in options.corpora if name not in ENTITIES]
    for columns, corpora in ((POS_COLUMNS, others), (ENTITY_COLUMNS, entities)):
        if corpora:
            yield from compare(runner, columns, contenders(corpora, options.seeds))


def contenders(corpora, seeds):
    """Return the fits of each tagger on each corpus, one for each seed if the tagger has one."""
    fits = {}
    for corpus in corpora:
        in_two_ways = {"ours, softmax": {}, "ours, CRF": CRF}
        for name, params in (in_two_ways if corpus in ENTITIES else {"ours": {}}).items():
            fits[corpus, name] = [ours(corpus, seed, params, split="test") for seed in seeds]
        for name in ("crfsuite",) if corpus in ENTITIES else ("crfsuite", "nltk"):
            if OTHERS[name].found:
                seen = seeds if OTHERS[name].seeded else [None]
                fits[corpus, name] = [Fit(corpus, name, seed=s, split="test") for s in seen]
    return fits


def compare(runner, columns, fits):
    """Print and yield a row for each fit, and for the mean and standard deviation of several."""
    print_titles(columns)
    found = runner(list(chain.from_iterable(fits.values())))
    for (corpus, tagger), group in fits.items():
        about = {"corpus": corpus, "tagger": tagger}
        runs = []
        for fit, figures in zip(group, found, strict=False):
            runs.append(about | {"seed": fit.seed} | figures)
            print_row(columns, runs[-1])
            yield runs[-1]
        for title, of in (("mean", np.mean), ("sd", spread)) if len(runs) > 1 else ():
            names = [name for name in columns if name not in WHO]
            figures = {name: float(of([run[name] for run in runs])) for name in names}
            print_row(columns, about | {"seed": title} | figures)
            yield about | {"seed": title} | figures


def recipe(runner, options):
    """Average several taggers and score them on the test splits."""
    seed = options.seeds[0]
    print_titles(VARIANT_COLUMNS)
    for (corpus, title), runs in runner.groups(
        {
            (corpus, title): [variant(corpus, seed, params, "test")]
            for corpus in options.corpora
            for title, params in RECIPES.items()
        }
    ):
        row = {"corpus": corpus, "title": title, **summarize(corpus, runs)}
        print_row(VARIANT_COLUMNS, row)
        yield row


def ablation(runner, options):
    """Change one component at a time and score on the dev splits."""
    yield from compare_variants(runner, options, ABLATION)


def variants(runner, options):
    """Score the ablation and other parameters on the dev splits, for accuracy over time."""
    yield from compare_variants(runner, options, ABLATION | VARIANTS)


def compare_variants(runner, options, of):
    """Print and yield a row for each corpus and variant; print them again side by side."""
    fits = {}
    for corpus in options.corpora:
        for title, params in of.items():
            # several taggers vary less than one, and take longer
            seeds = options.seeds[:1] if "n_voters" in params else options.seeds
            group = [variant(corpus, seed, params) for seed in seeds]
            if title == "defaults" or group != fits[corpus, "defaults"]:
                fits[corpus, title] = group
    rows = {}
    print_titles(VARIANT_COLUMNS)
    for (corpus, title), runs in runner.groups(fits):
        row = {"corpus": corpus, "title": title, **summarize(corpus, runs)}
        row["difference"] = row["mean"] - rows.get((corpus, "defaults"), row)["mean"]
        rows[corpus, title] = row
        print_row(VARIANT_COLUMNS, row)
        yield row
    columns = {"title": ("to defaults", "<24")}
    columns |= {corpus: (corpus[:9], ">+10.2%") for corpus in options.corpora} | MEAN_COLUMNS
    print_titles(columns)
    for title, cells in side_by_side(list(rows.values())).items():
        print_row(columns, {"title": title} | cells)


PARTS = {
    "taggers": taggers,
    "recipe": recipe,
    "ablation": ablation,
    "variants": variants,
    "curve": curve,
    "confusions": confusions,
    "calibration": calibration,
    "vectors": vectors,
}
ON_TEST = ("taggers", "recipe")  # the others are scored on dev
ALL_CORPORA = (*ON_TEST, "ablation", "variants")  # the other parts are about English


# -- the command line ---------------------------------------------------------------------------


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="default: all")
    add("--corpora", nargs="+", choices=FOLDERS, default=list(FOLDERS), help="default: all")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], help="default: 0 1 2 3 4")
    add("--jobs", type=int, default=1, metavar="N", help="fits at once (default: 1)")
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--cache", type=Path, metavar="DIR", help="keep finished fits there, and reuse them")
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("--jobs must be at least 1")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"there is no folder {options.json.resolve().parent}")
    if options.quick:
        options.seeds = options.seeds[:1]
    if "english" not in options.corpora:
        for part in [part for part in options.parts if part not in ALL_CORPORA]:
            print(f"{part} is skipped, because it needs english, which is not in --corpora")
            options.parts.remove(part)
    return options


def read_corpora(options):
    """Read the corpora of the parts, print their sizes, and return them by name and split."""
    folders = {}
    for part in options.parts:
        names = options.corpora if part in ALL_CORPORA else ["english"]
        split = "test" if part in ON_TEST else "dev"
        folders |= {(name, split): options.data / FOLDERS[name] for name in names}
    paths = chain.from_iterable(paths_of(folder, split) for (_, split), folder in folders.items())
    if missing := [str(path) for path in dict.fromkeys(paths) if not path.is_file()]:
        sys.exit("No such file: " + ", ".join(missing) + "\nPass --data the folder of the corpora.")
    n_first = QUICK if options.quick else None
    corpora = {key: read_corpus(folder, key[1], n_first) for key, folder in folders.items()}
    for split in ("test", "dev"):
        print_corpora({name: c for (name, s), c in corpora.items() if s == split}, split)
    return corpora


def describe_fits(options):
    """Print the machine and how fits run; return the threads of a fit and the printed lines."""
    machine = describe_machine().splitlines()
    others = [tagger.package for tagger in OTHERS.values() if tagger.found]
    machine += [", ".join(f"{package} {version(package)}" for package in others)] if others else []
    allowed = [blas["num_threads"] for blas in threadpool_info() if blas["user_api"] == "blas"]
    n_threads = max(1, min(allowed, default=usable_cores()) // options.jobs)
    machine.append(f"fits at once: {options.jobs}, threads of each of ours: {n_threads}")
    print("\n".join(machine))
    for name, tagger in OTHERS.items():
        if not tagger.found:
            print(f'{name} is skipped; to install {tagger.package}: pip install ".[bench]"')
    return n_threads, machine


def main():
    """Print the tables."""
    options = parse_arguments()
    n_threads, machine = describe_fits(options)
    more = QUICK_PARAMS if options.quick else {}
    corpora = read_corpora(options)
    runner = Runner(corpora, options.jobs, n_threads, more, options.cache)
    about = {"machine": machine, "seeds": options.seeds, "quick": options.quick}
    for part in options.parts:
        print(f"\n\n{part}: {PARTS[part].__doc__}")
        split = "test" if part in ON_TEST else "dev"
        sizes = {name: sizes_of(corpus) for (name, of), corpus in corpora.items() if of == split}
        rows = []
        for row in PARTS[part](runner, options):
            rows.append(row)
            save_part(options.json, part, about | {"corpora": sizes, "rows": rows})


if __name__ == "__main__":
    main()
