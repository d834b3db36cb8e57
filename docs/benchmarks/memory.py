"""Print what it gains to reuse memory: forward and backward passes with and without an arena.

One bidirectional LSTM layer runs over ragged minibatches of sequences of similar lengths. Its
arrays are allocated for each minibatch, or come from an arena that is reused. Both are measured on
one thread and on two, in turn, each in a fresh process. Faults are page faults.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from functools import partial

import numpy as np
from _common import describe_machine
from threadpoolctl import threadpool_limits

from sklstm._threads import Executor
from sklstm.nn.arrays import Arena, computing_with
from sklstm.nn.bilstm import bilstm_backward, bilstm_forward
from sklstm.nn.packing import pack

try:
    import resource
except ImportError:  # not on Windows
    resource = None

N_SEQUENCES, BATCH_SIZE, N_INPUTS, N_UNITS = 2000, 32, 100, 128


class EmptyArena(Arena):
    """An arena without memory: all arrays are allocated."""

    def clear(self):
        """Do not allocate a block."""
        self.used = 0


ARENAS = {"allocated": EmptyArena, "reused": Arena}


def make_batches():
    """Return packed minibatches: the packing, the input, and the gradient of the outputs."""
    rng = np.random.default_rng(0)
    lengths = np.sort(np.minimum(rng.geometric(1 / 16, N_SEQUENCES), 80))
    packings = [pack(lengths[k : k + BATCH_SIZE]) for k in range(0, N_SEQUENCES, BATCH_SIZE)]
    draw = partial(rng.standard_normal, dtype=np.float32)
    batches = []
    for packing in packings:
        X, doutputs = (draw((len(packing.tokens), n)) for n in (N_INPUTS + 1, 2 * N_UNITS))
        X[:, -1] = 1
        batches.append((packing, X, doutputs))
    return batches


def run(batches, W, arena, executor):
    """Run the layer over all minibatches, forward and backward."""
    dW = np.empty_like(W)
    for packing, X, doutputs in batches:
        with computing_with(arena, executor):
            _, cache = bilstm_forward(X, W, packing)
            bilstm_backward(doutputs, W, cache, packing, out=dW)


def page_faults():
    """Return the number of page faults of this process; 0 where the system does not count them."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt if resource else 0


def measure(batches, W, arena, n_threads):
    """Return thousands of tokens per second, and page faults per minibatch."""
    with threadpool_limits(n_threads), Executor() as executor:
        faults, start = page_faults(), time.perf_counter()
        run(batches, W, arena, executor)
        seconds, faults = time.perf_counter() - start, page_faults() - faults
    n_tokens = sum(len(packing.tokens) for packing, _, _ in batches)
    return n_tokens / seconds / 1e3, faults / len(batches)


def measure_in_a_fresh_process(name, n_threads):
    """Run this script for one arena; memory that a process freed changes later allocations."""
    command = [sys.executable, __file__, "--arena", name, "--threads", str(n_threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def measure_here(name, n_threads):
    """Return what :func:`measure` returns, after a first round that is not counted."""
    batches, arena = make_batches(), ARENAS[name]()
    W = np.full((2, 4, N_UNITS + N_INPUTS + 1, N_UNITS), 0.01, np.float32)
    measure(batches, W, arena, n_threads)
    return measure(batches, W, arena, n_threads)


def main():
    """Print the table or, in a fresh process, the figures of one arena."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--arena", choices=ARENAS, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.arena:
        print(json.dumps(measure_here(options.arena, options.threads)))
        return
    ways = {(name, n): [] for n in (1, 2) for name in ARENAS}
    for _ in range(options.repeats):
        for way, results in ways.items():
            results.append(measure_in_a_fresh_process(*way))
    print(describe_machine())
    print(f"minibatches of {BATCH_SIZE}, {N_UNITS} units per direction, {N_INPUTS} inputs")
    print("threads  memory       k tokens/s   faults per minibatch   (medians)")
    for (name, n_threads), results in ways.items():
        speed, faults = (statistics.median(column) for column in zip(*results, strict=True))
        print(f"{n_threads:7}  {name:11} {speed:11.1f} {faults:22.0f}")


if __name__ == "__main__":
    main()
