"""Print the speed of the products of a step, whole and in blocks of columns.

A step of one direction multiplies the hidden states of the running sequences by the recurrent
weights of four gates. The package cuts the weights into blocks of columns where OpenBLAS multiplies
small matrices faster (``stacked_product`` in ``sklstm/nn/arrays.py``). One thread; medians over
rounds in which both take turns. The ratio is 1 where a gate is one block.
"""

import statistics
from itertools import product

import numpy as np
from _common import alternate, command_line, describe_machine, save_json, seconds_of, sgemm_rate
from threadpoolctl import threadpool_limits

from sklstm.nn import arrays

UNITS, SEQUENCES = [64, 128, 256, 512], [8, 32, 128]
WAYS = {"whole": np.inf, "blocks": arrays._SMALL_PRODUCT}


def timer(H, U, small_product):
    """Return a function that times many products; larger ones than `small_product` are cut."""
    arrays._SMALL_PRODUCT = small_product
    multiply = arrays.stacked_product(U, len(H))
    arrays._SMALL_PRODUCT = WAYS["blocks"]
    times = max(1, 200_000_000 // U.size // len(H))

    def many():
        for _ in range(times):
            multiply(H)

    return lambda: seconds_of(many) / times


def measure(n_units, n_sequences, repeats):
    """Return the GFLOP/s of whole products and of products in blocks."""
    rng = np.random.default_rng(0)
    H = rng.standard_normal((n_sequences, n_units), dtype=np.float32)
    U = rng.standard_normal((4, n_units, n_units), dtype=np.float32)
    rounds = alternate({name: timer(H, U, size) for name, size in WAYS.items()}, repeats)
    flops = 2 * H.size * 4 * n_units
    return [flops / statistics.median(seconds) / 1e9 for seconds in rounds.values()]


def main():
    """Print the table."""
    parser = command_line(__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default: 5)")
    arguments = parser.parse_args()
    units = UNITS[1:3] if arguments.quick else UNITS
    print(describe_machine())
    rows = []
    with threadpool_limits(1, user_api="blas"):
        print(f"large products: {sgemm_rate(1):.0f} GFLOP/s on one thread")
        print("units  sequences  whole GFLOP/s  blocks GFLOP/s  ratio")
        for n_units, n_sequences in product(units, SEQUENCES):
            whole, blocks = measure(n_units, n_sequences, arguments.repeats)
            rows.append([n_units, n_sequences, whole, blocks])
            print(f"{n_units:5}{n_sequences:11}{whole:15.0f}{blocks:16.0f}{blocks / whole:7.2f}")
    save_json(arguments.json, {"rows": rows})


if __name__ == "__main__":
    main()
