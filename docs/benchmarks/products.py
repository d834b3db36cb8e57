"""Print how fast the products of a step are, whole and cut into pieces of their columns.

A step of one direction multiplies the hidden states of the running sequences with the recurrent
weights of four gates. The package cuts these as its LSTM does; whole is what it would do if small
products were no faster. One thread; medians over rounds in which both take turns.
"""

import statistics
from itertools import product

import numpy as np
from _common import alternate, command_line, describe_machine, save_json, seconds_of, sgemm_rate
from threadpoolctl import threadpool_limits

from sklstm.nn import lstm

UNITS, SEQUENCES = [64, 128, 256, 512], [8, 32, 128]


def way(H, W, small_product):
    """Return a function that times many products, cut where they are over a size."""
    product_ = np.empty((4, len(H), W.shape[2]), np.float32)
    kept, lstm._SMALL_PRODUCT = lstm._SMALL_PRODUCT, small_product
    W, pieces = lstm._in_pieces(W, product_)
    lstm._SMALL_PRODUCT = kept
    times = max(1, 200_000_000 // W.size // len(H))

    def many():
        for _ in range(times):
            np.matmul(H, W, out=pieces)

    return lambda: seconds_of(many) / times


def measure(n_units, n_sequences, repeats):
    """Return the number of pieces, and GFLOP/s whole and in pieces."""
    rng = np.random.default_rng(0)
    H = rng.standard_normal((n_sequences, n_units), dtype=np.float32)
    W = rng.standard_normal((4, n_units, n_units), dtype=np.float32)
    small = lstm._SMALL_PRODUCT
    n_pieces = lstm._in_pieces(W, np.empty((4, n_sequences, n_units), np.float32))[0].shape[1]
    rounds = alternate({"whole": way(H, W, np.inf), "pieces": way(H, W, small)}, repeats)
    flops = 2 * H.size * 4 * n_units
    return n_pieces, *(flops / statistics.median(seconds) / 1e9 for seconds in rounds.values())


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
        print("units  sequences  pieces of a gate  whole GFLOP/s  pieces GFLOP/s  ratio")
        for n_units, n_sequences in product(units, SEQUENCES):
            n_pieces, whole, cut = measure(n_units, n_sequences, arguments.repeats)
            rows.append([n_units, n_sequences, n_pieces, whole, cut])
            shape = f"{n_units:5}{n_sequences:11}{n_pieces:18}"
            print(f"{shape}{whole:15.0f}{cut:16.0f}{cut / whole:7.2f}")
    save_json(arguments.json, {"rows": rows})


if __name__ == "__main__":
    main()
