"""Print the time of scoring functions, and compare the scores with those of seqeval.

The predictions are the tags of the test split of WNUT-17, one tenth of which are replaced by random
tags, so that many spans are ill-formed. All functions get lists of lists of str. Figures are
medians over rounds in which all alternate.
"""

import random
import statistics
import sys
from pathlib import Path

from _common import alternate, command_line, describe_machine, ratio, save_json, seconds_of
from _taggers import DATA, FOLDERS, path_of

from sklstm.datasets import read_conll
from sklstm.metrics import (
    extract_spans,
    sequence_accuracy_score,
    span_classification_report,
    span_precision_recall_fscore_support,
    token_accuracy_score,
    token_classification_report,
)

try:
    from seqeval.metrics import sequence_labeling as seqeval
except ImportError:
    seqeval = None

REPEATS, QUICK = 15, 3
SHARE_DRAWN = 0.1


def draw_predictions(y, seed=0):
    """Return tags, one tenth of which are replaced by random ones."""
    rng = random.Random(seed)
    tags = sorted({tag for sequence in y for tag in sequence})
    return [
        [rng.choice(tags) if rng.random() < SHARE_DRAWN else tag for tag in sequence]
        for sequence in y
    ]


def our_scores(y_true, y_pred):
    """Return precision, recall and F1 of all spans."""
    return span_precision_recall_fscore_support(y_true, y_pred, scheme="BIO", average="micro")[:3]


def their_scores(y_true, y_pred):
    """Return the same, computed by seqeval."""
    return seqeval.precision_recall_fscore_support(y_true, y_pred, average="micro")[:3]


def ways_to_score(y_true, y_pred):
    """Return the functions to time, by name."""
    ways = {
        "span scores": lambda: our_scores(y_true, y_pred),
        "span report": lambda: span_classification_report(y_true, y_pred, scheme="BIO"),
        "extract_spans": lambda: extract_spans(y_true, scheme="BIO"),
        "token accuracy": lambda: token_accuracy_score(y_true, y_pred),
        "token report": lambda: token_classification_report(y_true, y_pred),
        "sequence accuracy": lambda: sequence_accuracy_score(y_true, y_pred),
    }
    if seqeval is not None:
        ways["seqeval, span scores"] = lambda: their_scores(y_true, y_pred)
        ways["seqeval, span report"] = lambda: seqeval.classification_report(y_true, y_pred)
        ways["seqeval, get_entities"] = lambda: seqeval.get_entities(y_true)
    return ways


def print_times(rounds):
    """Print a row for each function."""
    title = f"{'function':<24}{'median ms':>10}{'lowest':>10}{'highest':>10}"
    print(f"\n{title}\n{'-' * len(title)}")
    for name, seconds in rounds.items():
        each = [1e3 * value for value in seconds]
        print(f"{name:<24}{statistics.median(each):>10.1f}{min(each):>10.1f}{max(each):>10.1f}")


def print_comparison(rounds, y_true, y_pred):
    """Print the scores of both, and the ratio of their times; return the ratio."""
    print(f"\nprecision, recall, F1:  {' '.join(f'{x:.10f}' for x in our_scores(y_true, y_pred))}")
    if seqeval is None:
        print('seqeval is skipped, because it is not installed: pip install ".[bench]"')
        return None
    print(f"of seqeval:             {' '.join(f'{x:.10f}' for x in their_scores(y_true, y_pred))}")
    times_as_long = ratio(rounds["seqeval, span scores"], rounds["span scores"])
    print(f"The span scores of seqeval take {times_as_long:.1f} times as long.")
    return times_as_long


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--repeats", type=int, default=REPEATS, help="rounds (default: %(default)s)")
    add("--data", type=Path, default=DATA, help="folder of the corpora (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats = min(arguments.repeats, QUICK)
    return arguments


def main():
    """Print the table."""
    arguments = parse_arguments()
    path = path_of(arguments.data / FOLDERS["wnut17"], "test")
    if not path.is_file():
        sys.exit(f"No such file: {path}\nPass --data the folder of the corpora.")
    print(describe_machine())
    y_true = read_conll(path, columns=-1, layout=None)
    y_pred = draw_predictions(y_true)
    n_tokens = sum(map(len, y_true))
    n_spans = sum(map(len, extract_spans(y_pred, scheme="BIO")))
    print(f"{len(y_true)} sentences, {n_tokens} tokens, {n_spans} predicted spans")
    ways = {
        name: lambda way=way: seconds_of(way) for name, way in ways_to_score(y_true, y_pred).items()
    }
    alternate(ways, 1)
    rounds = alternate(ways, arguments.repeats)
    print_times(rounds)
    times_as_long = print_comparison(rounds, y_true, y_pred)
    save_json(arguments.json, {"seconds": rounds, "seqeval_times_as_long": times_as_long})


if __name__ == "__main__":
    main()
