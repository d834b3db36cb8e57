"""Print the effect of sorting by length on the time and the accuracy of a fit.

Minibatches are cut from pools of sentences that are drawn at random and then sorted by length. A
pool of a single minibatch has sentences of all lengths. Both are fitted on UD English EWT, without
characters (PLAIN in _common.py), and scored on its dev split, in turn for each seed. Compare the
difference of the accuracies with the differences between seeds.
"""

import argparse
import statistics
import sys
from pathlib import Path

from _common import PLAIN, alternate, describe_machine, ratio, save_json, seconds_of
from _taggers import DATA, FOLDERS
from sklearn.base import clone

from sklstm import BiLSTMTagger, _batching
from sklstm.datasets import read_conll

POOLS = {"at random": 1, "by length": _batching._POOL}


def measure(pool, tagger, seed, train, dev):
    """Fit with a pool of `pool` minibatches; return the seconds and the accuracy."""
    _batching._POOL = pool
    tagger = clone(tagger).set_params(random_state=seed)
    seconds = seconds_of(lambda: tagger.fit(*train))
    return seconds, tagger.score(*dev)


def parse_arguments():
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], help="default: 0 1 2")
    add("--quick", action="store_true", help="2,000 sentences, 3 epochs and one seed")
    add("--json", type=Path, help="also write the figures to this file")
    return parser.parse_args()


def main():
    """Print the table."""
    arguments = parse_arguments()
    folder = arguments.data / FOLDERS["english"]
    paths = [folder / f"{part}.conllu.xz" for part in ("train", "dev")]
    if missing := [str(path) for path in paths if not path.is_file()]:
        sys.exit("No such file: " + ", ".join(missing) + "\nPass --data the folder of the corpora.")
    train, dev = (read_conll(path, columns=("form", "upos")) for path in paths)
    tagger, seeds = BiLSTMTagger(128, **PLAIN), arguments.seeds
    if arguments.quick:
        tagger, seeds = BiLSTMTagger(128, max_iter=3, **PLAIN), seeds[:1]
        train = [part[:2000] for part in train]
    print(describe_machine())
    rounds = {name: [] for name in POOLS}
    for seed in seeds:
        ways = {
            name: lambda pool=pool, seed=seed: measure(pool, tagger, seed, train, dev)
            for name, pool in POOLS.items()
        }
        for name, (figures,) in alternate(ways, 1).items():
            rounds[name].append(figures)
    print("minibatches   fit s   dev accuracy, mean and for each seed")
    for name, figures in rounds.items():
        seconds, scores = zip(*figures, strict=True)
        each = " ".join(f"{score:.2%}" for score in scores)
        print(
            f"{name:11}{statistics.median(seconds):8.1f}   {statistics.mean(scores):.2%} ({each})"
        )
    seconds = {name: [figure[0] for figure in figures] for name, figures in rounds.items()}
    share = ratio(seconds["by length"], seconds["at random"])
    print(f"sorting by length takes {share:.2f} of the time")
    save_json(arguments.json, {"rounds": rounds})


if __name__ == "__main__":
    main()
