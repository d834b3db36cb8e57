"""Print the accuracy on numeric features that are far from unit scale, and which of them warn.

There are two tasks. "recordings" are 80 simulated recordings of a sensor with 6 columns: each of 4
states lasts for some time and has its own means, under noise. "neighbours" are 200 sequences of
make_tagged_sequences, whose tags are found in neighbouring tokens. Columns are standardized, then
all or one of them are multiplied by a number or moved by a number. A BiLSTMTagger with 32 units and
otherwise the defaults is fitted on five eighths of the sequences and scored on the others. A row
has the largest mean absolute value of a column, the mean accuracy over the seeds for each task, and
whether `fit` warns that a column is far from unit scale.
"""

import statistics
import warnings

import numpy as np
from _common import command_line, describe_machine, save_json

from sklstm import BiLSTMTagger
from sklstm.datasets import make_tagged_sequences

# The factor and the shift of all columns, or of the first one.
CHANGES = {
    "standardized": (slice(None), 1, 0),
    **{f"all x {factor}": (slice(None), factor, 0) for factor in (3, 10, 30, 100)},
    **{f"all x {factor}": (slice(None), factor, 0) for factor in (0.3, 0.1, 0.03, 0.01)},
    **{f"all + {shift}": (slice(None), 1, shift) for shift in (3, 10, 30, 100)},
    **{f"one x {factor}": (0, factor, 0) for factor in (10, 30, 100, 0.01)},
    **{f"one + {shift}": (0, 1, shift) for shift in (10, 30, 100)},
}


def make_recordings(seed, n_recordings=80, n_columns=6, n_states=4):
    """Generate recordings of a sensor, and the state at each time.

    Returns
    -------
    X : list of ndarray of shape (n_timesteps, n_columns)
    y : list of ndarray of shape (n_timesteps,)
    """
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(n_states, n_columns))
    y = [
        np.repeat(rng.integers(n_states, size=8), rng.integers(6, 15, size=8))
        for _ in range(n_recordings)
    ]
    return [means[states] + 2 * rng.normal(size=(len(states), n_columns)) for states in y], y


def make_neighbours(seed):
    """Generate sequences whose tags are found in neighbouring tokens."""
    return make_tagged_sequences(200, n_classes=4, noise=0.3, random_state=seed)


TASKS = {"recordings": make_recordings, "neighbours": make_neighbours}


def change(X, columns, factor, shift):
    """Standardize all columns, then multiply and move some of them."""
    tokens = np.concatenate(X)
    tokens = (tokens - tokens.mean(axis=0)) / tokens.std(axis=0)
    tokens[:, columns] = tokens[:, columns] * factor + shift
    return np.split(tokens, np.cumsum([len(x) for x in X])[:-1])


def measure(make, seed, max_iter, changed):
    """Fit and score once.

    Returns
    -------
    accuracy, largest : float
        The largest mean absolute value of a column.
    warned : bool
        Whether the fit warns.
    """
    X, y = make(seed)
    X, n_train = change(X, *changed), len(X) * 5 // 8
    tagger = BiLSTMTagger(32, max_iter=max_iter, random_state=seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tagger.fit(X[:n_train], y[:n_train])
    largest = np.abs(np.concatenate(X)).mean(axis=0).max()
    return tagger.score(X[n_train:], y[n_train:]), largest, bool(caught)


def main():
    """Print the table."""
    parser = command_line(__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    arguments = parser.parse_args()
    seeds, max_iter = (arguments.seeds[:1], 3) if arguments.quick else (arguments.seeds, 12)
    print(describe_machine())
    print(f"\n{'columns':14}{'mean |x|':>10}{''.join(f'{task:>12}' for task in TASKS)}   warns")
    rows = {}
    for name, changed in CHANGES.items():
        runs = [
            [measure(make, seed, max_iter, changed) for seed in seeds] for make in TASKS.values()
        ]
        scores = [statistics.mean(score for score, _, _ in each) for each in runs]
        flat = [run for each in runs for run in each]
        largest, warned = max(run[1] for run in flat), sum(run[2] for run in flat)
        rows[name] = {"mean_abs": largest, "scores": scores, "warned": warned}
        shown = "".join(f"{score:12.3f}" for score in scores)
        print(f"{name:14}{largest:10.3g}{shown}   {warned} of {len(flat)}", flush=True)
    save_json(arguments.json, {"rows": rows})


if __name__ == "__main__":
    main()
