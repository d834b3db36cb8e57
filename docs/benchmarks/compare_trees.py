"""Compare the time of a default fit between two source trees of sklstm.

Both trees fit the train split of UD English EWT with the same parameters, in turn, each fit in its
own process. For each fit, the script prints the seconds of an epoch (the median of all but the
first), the seconds of the whole fit, and the accuracy on the dev split. The last line has the
medians of the ratios within a round: below 1, the second tree is faster.
"""

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from _common import EpochClock, alternate, command_line, describe_machine, ratio, save_json
from _taggers import DATA, FOLDERS, measure, read_corpus

import sklstm
from sklstm import BiLSTMTagger

QUICK = 500


def fit(data, n_sentences, parameters):
    """Fit in this process, and return the figures."""
    corpus = read_corpus(data / FOLDERS["english"], "dev", n_sentences)
    clock = EpochClock()
    tagger = BiLSTMTagger(**{"random_state": 0} | parameters).set_callbacks(clock)
    started = time.perf_counter()
    figures = measure(lambda X, y, seed: tagger.fit(X, y).predict, corpus, None)
    seconds = np.diff([started, *clock.ends])
    return figures | {"epoch_s": float(np.median(seconds[1:] if len(seconds) > 1 else seconds))}


def fit_in_tree(tree, options):
    """Fit with the package of a tree in a new process; print and return the figures."""
    command = [sys.executable, __file__, str(tree), str(tree), "--worker"]
    command += ["--data", str(options.data), "--parameters", json.dumps(options.parameters)]
    command += [] if options.sentences is None else ["--sentences", str(options.sentences)]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    figures = json.loads(done.stdout)
    print_row(tree, figures)
    return figures


def print_row(name, figures):
    """Print the figures of a fit."""
    print(
        f"{name!s:<40}{figures['epoch_s']:>9.2f}{figures['fit_s']:>9.1f}"
        f"{figures['accuracy']:>10.2%}",
        flush=True,
    )


def print_summary(old, new):
    """Print and return the ratios of the new tree to the old one."""
    ratios = {
        name: ratio([run[name] for run in new], [run[name] for run in old])
        for name in ("epoch_s", "fit_s")
    }
    print(f"{'new / old':<40}{ratios['epoch_s']:>9.2f}{ratios['fit_s']:>9.2f}")
    return ratios


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("old", type=Path, help="the root of a source tree")
    add("new", type=Path, help="the root of another one")
    add("--repeats", type=int, default=3, help="rounds (default: 3; with --quick 1)")
    add("--sentences", type=int, metavar="N", help="fit on the first N (default: all)")
    add("--parameters", type=json.loads, default={}, help="of both, as JSON (default: {})")
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--worker", action="store_true", help="fit in this process, for the use of the script")
    options = parser.parse_args()
    if options.quick:
        options.repeats, options.sentences = 1, options.sentences or QUICK
    for tree in (options.old, options.new):
        if not (tree / "sklstm" / "__init__.py").is_file():
            parser.error(f"{tree} is not a source tree of sklstm")
    return options


def main():
    """Compare the two trees."""
    options = parse_arguments()
    if options.worker:
        assert options.new in Path(sklstm.__file__).parents, "another sklstm was imported"
        print(json.dumps(fit(options.data, options.sentences, options.parameters)))
        return
    print(describe_machine(), end="\n\n")
    line = f"{'tree':<40}{'epoch s':>9}{'fit s':>9}{'accuracy':>10}"
    print(f"{line}\n{'-' * len(line)}")
    trees = {"old": options.old.resolve(), "new": options.new.resolve()}
    ways = {name: partial(fit_in_tree, tree, options) for name, tree in trees.items()}
    rounds = alternate(ways, options.repeats)
    ratios = print_summary(rounds["old"], rounds["new"])
    save_json(options.json, {"ratios": ratios, "rounds": rounds})


if __name__ == "__main__":
    main()
