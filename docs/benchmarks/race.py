"""Compare BiLSTMTagger with a conditional random field (CRF): the time of a fit, and its accuracy.

Both fit the train split of UD English EWT from lists of str, in turn, with the features of
accuracy.py. The tagger has 128 units and reads affixes but no characters (PLAIN in _common.py),
which is a setting for speed; with ``--defaults`` it has the default parameters. In addition to a
complete fit there are fits of fewer epochs, each with its own complete schedule of the learning
rate: the fewest epochs that exceed the final accuracy of the CRF tell how much less time is needed.
The complete fit is run once more with the held-out split as `X_val`, scored after each epoch; its
times include the scoring, the times of all other fits do not. With several seeds, an accuracy is
reached if all of them reach it. Times are medians over seeds and repeats.

lowest is the lowest accuracy over the seeds. after epoch is the fit that is scored after each
epoch. The last lines say which fits exceed the accuracy of the CRF, and in which share of its
time.
"""

import statistics
import sys
import time
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
from _common import PLAIN, EpochClock, alternate, command_line, describe_machine, save_json
from _taggers import (
    DATA,
    FOLDERS,
    fit_crfsuite,
    measure,
    print_corpora,
    read_corpus,
    sklearn_crfsuite,
)

from sklstm import BiLSTMTagger

CRF = "crfsuite"
FAST = {"hidden_layer_sizes": 128, **PLAIN}
TARGET = 0.95
QUICK = 1000


def fit_whole(parameters, X, y, seed):
    """Fit a tagger and return its method to predict."""
    return BiLSTMTagger(random_state=seed, **parameters).fit(X, y).predict


def fit_scored(parameters, corpus, seed):
    """Fit; return the seconds until the end of each epoch and the scores."""
    lengths = list(map(len, corpus.X_held_out))
    bounds = np.cumsum([0, *lengths]).tolist()
    y_held_out = [corpus.tags_held_out[slice(*pair)] for pair in pairwise(bounds)]
    clock = EpochClock()
    tagger = BiLSTMTagger(random_state=seed, **parameters).set_callbacks(clock)
    started = time.perf_counter()
    tagger.fit(corpus.X, corpus.y, X_val=corpus.X_held_out, y_val=y_held_out)
    seconds = [end - started for end in clock.ends]
    return {"seconds": seconds, "scores": tagger.validation_scores_}


def run_and_print(name, seed, run):
    """Run a fit, print its result, and return it."""
    figures = run()
    accuracy, seconds = last_of(figures)
    shown = "-" if seed is None else seed
    print(f"{name:<22}{shown:>5}{accuracy:>12.2%}{seconds:>10.1f}", flush=True)
    return figures


def last_of(figures):
    """Return the final accuracy and the seconds of a fit, scored after each epoch or not."""
    if "scores" in figures:
        return figures["scores"][-1], figures["seconds"][-1]
    return figures["accuracy"], figures["fit_s"]


def run(corpus, parameters, arguments):
    """Run all fits in turn; return the rounds for each name and seed."""
    fits = {
        f"ours, {n} epochs": partial(fit_whole, parameters | {"max_iter": n})
        for n in arguments.epochs
    }
    fits["ours"] = partial(fit_whole, parameters)
    ways = {(CRF, None): partial(measure, fit_crfsuite, corpus, None)}
    for seed in arguments.seeds:
        ways |= {(name, seed): partial(measure, fit, corpus, seed) for name, fit in fits.items()}
        ways["ours, scored", seed] = partial(fit_scored, parameters, corpus, seed)
    print(f"\n{'fit':<22}{'seed':>5}{'accuracy':>12}{'fit s':>10}\n{'-' * 49}")
    return alternate(
        {key: partial(run_and_print, *key, call) for key, call in ways.items()},
        arguments.repeats,
    )


def summarize(rounds):
    """Return, for each name, the median seconds and the accuracies, one for each seed."""
    figures = {}
    for (name, _), runs in rounds.items():
        accuracies, seconds = zip(*map(last_of, runs), strict=True)
        row = figures.setdefault(name, {"seconds": [], "accuracies": []})
        row["seconds"] += seconds
        row["accuracies"].append(accuracies[0])  # the same in each round
    return {
        name: row | {"fit_s": statistics.median(row["seconds"])} for name, row in figures.items()
    }


def curve_of(rounds):
    """Return, for each epoch of the scored fits, its number, seconds and lowest accuracy."""
    runs = [run for (name, _), each in rounds.items() if name == "ours, scored" for run in each]
    seconds = np.median([run["seconds"] for run in runs], axis=0).tolist()
    scores = np.min([run["scores"] for run in runs], axis=0).tolist()
    return list(zip(range(1, len(scores) + 1), seconds, scores, strict=True))


def print_summary(summary):
    """Print a row for each kind of fit."""
    title = f"{'complete fits':<22}{'mean':>10}{'lowest':>10}{'fit s':>10}{'of the CRF':>12}"
    print(f"\n{title}\n{'-' * len(title)}")
    for name, row in summary.items():
        accuracies, share = row["accuracies"], row["fit_s"] / summary[CRF]["fit_s"]
        columns = f"{np.mean(accuracies):>10.2%}{min(accuracies):>10.2%}{row['fit_s']:>10.1f}"
        print(f"{name:<22}{columns}{share:>12.1%}")


def print_curve(curve):
    """Print a row for each epoch of the complete fit."""
    print(f"\n{'after epoch':<22}{'lowest':>10}{'s':>10}\n{'-' * 42}")
    for epoch, seconds, score in curve:
        print(f"{epoch:<22}{score:>10.2%}{seconds:>10.1f}")


def print_verdicts(summary, curve):
    """Print when the accuracy of the CRF is exceeded, and return it."""
    goal, crf_s = max(summary[CRF]["accuracies"]), summary[CRF]["fit_s"]
    print(f"\nThe CRF reaches {goal:.2%}, after {crf_s:.1f} s.")
    complete = [
        (name, row["fit_s"], min(row["accuracies"]))
        for name, row in summary.items()
        if name.startswith("ours") and name != "ours, scored"
    ]
    scored = [(f"epoch {epoch}", *rest) for epoch, *rest in curve]
    verdicts = {
        "The shortest complete fit that exceeds it": first(complete, lambda score: score > goal),
        "The default fit exceeds it": first(scored, lambda score: score > goal),
        f"The default fit reaches {TARGET:.1%}": first(scored, lambda score: score >= TARGET),
    }
    for event, found in verdicts.items():
        if found is None:
            print(f"{event}: never")
        else:
            name, seconds, score = found
            share = f"{seconds / crf_s:.1%} of the time of the CRF"
            print(f"{event}: {name}, {score:.2%}, after {seconds:.1f} s, {share}")
    return verdicts


def first(rows, condition):
    """Return the first row whose last entry meets a condition; None if there is none."""
    return next((row for row in rows if condition(row[-1])), None)


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--seeds", nargs="+", type=int, default=[0], help="default: 0")
    add("--repeats", type=int, default=3, help="default: %(default)s, with --quick 1")
    add(
        "--epochs",
        nargs="+",
        type=int,
        default=[2, 3, 4, 5, 6],
        help="of the shorter fits (default: 2 3 4 5 6)",
    )
    add("--dev", action="store_true", help="score on dev instead of test")
    add("--defaults", action="store_true", help="default parameters instead of those for speed")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats, arguments.seeds = 1, arguments.seeds[:1]
    arguments.epochs = sorted(set(arguments.epochs))
    return arguments


def main():
    """Print the tables."""
    arguments = parse_arguments()
    split, folder = "dev" if arguments.dev else "test", arguments.data / FOLDERS["english"]
    paths = [folder / f"{part}.conllu.xz" for part in ("train", split)]
    if missing := [str(path) for path in paths if not path.is_file()]:
        sys.exit("No such file: " + ", ".join(missing) + "\nPass --data the folder of the corpora.")
    if sklearn_crfsuite is None:
        sys.exit('sklearn-crfsuite is not installed: pip install ".[bench]"')
    print(describe_machine())
    print(f"sklearn-crfsuite {version('sklearn-crfsuite')}")
    corpus = read_corpus(folder, split, QUICK if arguments.quick else None)
    print_corpora({"english": corpus}, split)
    rounds = run(corpus, {} if arguments.defaults else FAST, arguments)
    summary, curve = summarize(rounds), curve_of(rounds)
    print_summary(summary)
    print_curve(curve)
    verdicts = print_verdicts(summary, curve)
    named = {" ".join(map(str, key)): runs for key, runs in rounds.items()}
    figures = {"split": split, "quick": arguments.quick, "rounds": named}
    save_json(arguments.json, figures | {"verdicts": verdicts})


if __name__ == "__main__":
    main()
