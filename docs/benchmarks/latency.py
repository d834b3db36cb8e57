"""Measure the time of a call for one sentence, by sklstm and by PyTorch, and the growth of memory.

Each call tags another sentence: sklstm from a list of str to a list of tags, the PyTorch peer (see
_torch_peer.py) from tensors of numbers to a list of numbers. The peer reads a sentence as a packed
batch of one or as a plain array, which is exact without padding, on all cores or on one; the
fastest of these counts. A check asserts that both compute the same function, and their calls
alternate in rounds. Sentences have 20 words of the training data, then one tenth unknown words,
then other lengths.

Memory is the resident memory before and after as many calls of sklstm, measured before any call of
PyTorch, after some calls that are not counted. p50 and p99 are percentiles of the milliseconds.
"""

import gc
import os
import time
from functools import partial
from itertools import chain

import numpy as np
from _common import (
    PLAIN,
    command_line,
    describe_machine,
    find_peer,
    make_corpus,
    save_json,
    usable_cores,
)

from sklstm import BiLSTMTagger

N_ROUNDS = 10
# The number of calls that are not counted in each round; at first, ten times as many.
N_WARM = 10
# For each case, the number of words of a sentence, and of words for each unknown one.
CASES = {
    "20 words": (20, None),
    "20 words, 2 unknown": (20, 10),
    "1 word": (1, None),
    "5 words": (5, None),
    "80 words": (80, None),
}
QUICK = ["20 words", "20 words, 2 unknown"]
STATM = "/proc/self/statm"


def fit():
    """Return a fitted tagger, and all words of its training data in order."""
    X, y = make_corpus(2000, n_tags=50)
    tagger = BiLSTMTagger(
        128,
        embedding_size=100,
        analyzer="word",
        max_iter=1,
        learning_rate_init=0.001,  # keeps log-probabilities small, so that both agree
        random_state=0,
        **PLAIN,
    )
    return tagger.fit(X, y), list(chain.from_iterable(X))


def make_sentences(text, length, words_per_unknown, n_sentences):
    """Return random parts of a text as sentences, with some words replaced by unknown ones."""
    starts = np.random.default_rng(0).integers(len(text) - length, size=n_sentences).tolist()
    sentences = [text[start : start + length] for start in starts]
    if words_per_unknown is not None:
        for k, sentence in enumerate(sentences):
            for position in range(0, length, words_per_unknown):
                sentence[position] = f"unknown {k} {position}"
    return sentences


# -- time ---------------------------------------------------------------------------------------


def seconds_of_calls(function, items):
    """Return the seconds of the call for each item, after some calls that are not counted."""
    for item in items[:N_WARM]:
        function(item)
    seconds = []
    for item in items:
        started = time.perf_counter()
        function(item)
        seconds.append(time.perf_counter() - started)
    return seconds


def our_way(tagger, sentences):
    """Return a function that times a call of sklstm for each item, and the items."""
    return partial(seconds_of_calls, lambda sentence: tagger.predict([sentence])), sentences


def peer_ways(torch_peer, tagger, sentences):
    """Return the same for each way to call PyTorch."""
    peer = torch_peer.make_peer(tagger)
    torch_peer.check_same_function(tagger, peer, sentences[:100])
    encoded = torch_peer.encode(tagger, sentences)

    def seconds_of_peer_calls(n_threads, batches):
        torch_peer.torch.set_num_threads(n_threads)
        return seconds_of_calls(
            lambda batch: torch_peer.predict(peer, [batch])[0].tolist(), batches
        )

    ways = {}
    for name, make in (("plain", torch_peer.padded), ("packed", torch_peer.packed)):
        batches = [make([sentence]) for sentence in encoded]
        for n_threads in sorted({1, usable_cores()}):
            ways[f"{name} on {n_threads}"] = partial(seconds_of_peer_calls, n_threads), batches
    return ways


def measure(tagger, sentences, torch_peer):
    """Return the seconds of all calls for each way."""
    ways = {"ours": our_way(tagger, sentences)}
    if torch_peer is not None:
        ways |= peer_ways(torch_peer, tagger, sentences)
    for measure_calls, items in ways.values():
        measure_calls(items[: 10 * N_WARM])
    calls = {name: [] for name in ways}
    for k in range(N_ROUNDS):
        for name, (measure_calls, items) in ways.items():
            calls[name] += measure_calls(items[k::N_ROUNDS])
    return calls


def summarize(calls):
    """Return percentiles in milliseconds, and the fastest way to call PyTorch."""
    figures = {"calls": {}}
    for name, seconds in calls.items():
        p50, p99 = (1000 * np.percentile(seconds, (50, 99))).tolist()
        figures["calls"][name] = {"p50_ms": p50, "p99_ms": p99, "p99/p50": p99 / p50}
    if peers := [name for name in calls if name != "ours"]:
        best = min(peers, key=lambda name: figures["calls"][name]["p50_ms"])
        p50s = [figures["calls"][name]["p50_ms"] for name in (best, "ours")]
        figures |= {"best_peer": best, "ours_times_as_fast": p50s[0] / p50s[1]}
    return figures


def print_case(case, figures):
    """Print a line for each way."""
    for name, row in figures["calls"].items():
        note = ""
        if name == figures.get("best_peer"):
            note = f"   ours is {figures['ours_times_as_fast']:.2f} times as fast"
        print(
            f"{case:21}{name:15}{row['p50_ms']:9.3f}{row['p99_ms']:9.3f}{row['p99/p50']:9.2f}{note}"
        )
    print(flush=True)


# -- memory -------------------------------------------------------------------------------------


def resident_bytes():
    """Return the resident memory of this process."""
    gc.collect()
    with open(STATM, encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure_memory(tagger, sentences):
    """Return the bytes before and after tagging the sentences one by one; None if unknown."""
    if not os.path.exists(STATM):
        print(f"there is no {STATM}: memory is not measured")
        return None
    for sentence in sentences[: 10 * N_WARM]:
        tagger.predict([sentence])
    before = resident_bytes()
    for sentence in sentences:
        tagger.predict([sentence])
    after = resident_bytes()
    print(f"resident memory: {before:,} bytes before {len(sentences)} calls of sklstm, ", end="")
    print(f"{after:,} after, {after - before:+,}")
    return {"before": before, "after": after, "growth": after - before}


def parse_arguments():
    """Return the arguments of the command line."""
    parser = command_line(__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="for each way (default: 1000)")
    parser.add_argument("--no-torch", action="store_true", help="measure without PyTorch")
    return parser.parse_args()


def main():
    """Measure memory, then all cases, and print both."""
    options = parse_arguments()
    tagger, text = fit()
    memory = measure_memory(tagger, make_sentences(text, 20, None, options.calls))
    torch_peer = find_peer(not options.no_torch)
    print(f"{describe_machine()}\n\n{'':36}   p50 ms   p99 ms  p99/p50")
    cases = {}
    for case in QUICK if options.quick else CASES:
        sentences = make_sentences(text, *CASES[case], options.calls)
        cases[case] = summarize(measure(tagger, sentences, torch_peer))
        print_case(case, cases[case])
    save_json(options.json, {"n_calls": options.calls, "memory": memory, "cases": cases})


if __name__ == "__main__":
    main()
