"""Print what memory that is used again gains: the LSTM's passes with and without it.

One bidirectional layer, forward and backward, over ragged minibatches of like lengths, with arrays
made anew for each minibatch and with arrays from an arena, on one thread and on two, in turn, each
in a process of its own.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from sklstm._memory import Arena
from sklstm._threads import Workers
from sklstm.nn.lstm import lstm_backward, lstm_forward
from sklstm.nn.packing import pack

try:
    import resource
except ImportError:  # not on Windows
    resource = None

BATCH_SIZE, N_INPUTS, N_UNITS = 32, 100, 128


def make_batches():
    """Return packed minibatches: layout, input, and the gradient of both directions' output."""
    rng = np.random.default_rng(0)
    lengths = np.sort(np.minimum(rng.geometric(1 / 16, 2000), 80))
    packings = [pack(lengths[k : k + BATCH_SIZE]) for k in range(0, 2000, BATCH_SIZE)]
    draw = partial(rng.standard_normal, dtype=np.float32)
    return [
        (
            packing,
            with_ones(draw((len(packing.tokens), N_INPUTS))),
            draw((2, len(packing.tokens), N_UNITS)),
        )
        for packing in packings
    ]


def with_ones(X):
    """Return the input with the column that the bias meets."""
    return np.concatenate([X, np.ones((len(X), 1), X.dtype)], axis=1)


def there_and_back(direction, batch, W, empty):
    """Run one direction over a minibatch, forward and backward."""
    packing, X, dH = batch
    reverse = direction == 1
    _, cache = lstm_forward(X, W, packing, reverse, empty=empty)
    lstm_backward(dH[direction].copy(), W, cache, packing, reverse, empty=empty)


def run(batches, W, arena, workers):
    """Run both directions over all minibatches, with an arena or, without one, fresh arrays."""
    for batch in batches:
        if arena is not None:
            arena.clear()
        empty = np.empty if arena is None else arena.empty
        workers.run([partial(there_and_back, d, batch, W[d], empty) for d in (0, 1)])


def page_faults():
    """Return the page faults of this process so far; 0 where the system does not say."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt if resource else 0


def measure(batches, W, arena, n_threads):
    """Return thousand tokens per second and page faults per minibatch."""
    with threadpool_limits(n_threads), Workers() as workers:
        faults, start = page_faults(), time.perf_counter()
        run(batches, W, arena, workers)
        seconds, faults = time.perf_counter() - start, page_faults() - faults
    n_tokens = sum(len(packing.tokens) for packing, _, _ in batches)
    return n_tokens / seconds / 1e3, faults / len(batches)


def measure_in_a_fresh_process(name, n_threads):
    """Call this script for one way: what a process has freed before changes how it allocates."""
    command = [sys.executable, __file__, "--way", name, "--threads", str(n_threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def measure_here(name, n_threads):
    """Return what :func:`measure` does, after a first round that is not counted."""
    batches = make_batches()
    W = [np.full((4, N_UNITS + N_INPUTS + 1, N_UNITS), 0.01, np.float32) for _ in range(2)]
    arena = Arena() if name == "used again" else None
    measure(batches, W, arena, n_threads)
    return measure(batches, W, arena, n_threads)


def main():
    """Print the table or, called for one way, its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--way", choices=["made anew", "used again"], help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(measure_here(options.way, options.threads)))
        return
    ways = {(name, n): [] for n in (1, 2) for name in ("made anew", "used again")}
    for _ in range(options.repeats):
        for way, results in ways.items():
            results.append(measure_in_a_fresh_process(*way))
    print(f"cores {os.cpu_count()}, batch {BATCH_SIZE}, {N_UNITS} units, input {N_INPUTS} wide")
    print("threads  memory       k tokens/s   faults per minibatch   (medians)")
    for (name, n_threads), results in ways.items():
        speed, faults = (statistics.median(column) for column in zip(*results, strict=True))
        print(f"{n_threads:7}  {name:11} {speed:11.1f} {faults:22.0f}")


if __name__ == "__main__":
    main()
