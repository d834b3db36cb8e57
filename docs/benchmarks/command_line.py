"""Measure `sklstm tag`: memory as the input grows, speed, and response time.

The text is generated while it is written to a pipe, so that it is never in memory as a whole:
English sentences, in which every tenth word is new. Memory is the peak resident memory of the
process. Speed is that of the whole process, including its start, and that of `predict` on the same
sentences in memory. The response time is the time from writing one sentence to reading its tags,
measured many times in a process that has already tagged a sentence.
"""

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
from _common import command_line, describe_machine, save_json, seconds_of

from sklstm import BiLSTMTagger
from sklstm.datasets import load_english_pos

SIZES, QUICK = (1, 4, 16, 64), (1, 4)  # MB of text
N_ANSWERS = 200
N_SENTENCES = 20_000
LAYOUTS = {
    "plain text": " ".join,
    "columns": lambda words: "".join(f"{word}\tX\n" for word in words),
}


def fit(folder):
    """Fit a small tagger and one of the default size; return the paths of their files."""
    X, y = load_english_pos(return_X_y=True)
    paths = {}
    for name, parameters in [("small", {"hidden_layer_sizes": 16}), ("default", {})]:
        paths[name] = folder / f"{name}.joblib"
        tagger = BiLSTMTagger(max_iter=1, random_state=0, **parameters).fit(X, y)
        joblib.dump(tagger, paths[name])
    return paths


def sentences():
    """Yield an infinite stream of sentences."""
    X, _ = load_english_pos(return_X_y=True)
    numbers = itertools.count()
    for words in itertools.cycle(X):
        yield [f"new{next(numbers)}" if k % 10 == 9 else word for k, word in enumerate(words)]


def command(model, *options):
    """Return the command line of the tagger."""
    return [sys.executable, "-m", "sklstm", "tag", "-m", str(model), *options]


def peak_memory(model, layout, n_bytes):
    """Return the peak resident memory in MB of tagging a number of bytes of text."""
    options = ["--columns", "0,1"] if layout == "columns" else []
    write = LAYOUTS[layout]
    process = subprocess.Popen(
        command(model, *options), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    n_written = 0
    for words in sentences():
        n_written += process.stdin.write((write(words) + "\n").encode())
        if n_written >= n_bytes:
            break
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def measure_memory(model, sizes):
    """Print and return the memory for each layout and size."""
    print("\npeak resident MB, by the size of the text\n")
    print("".join([f"{'':12}", *(f"{size:>7} MB" for size in sizes)]))
    found = {}
    for layout in LAYOUTS:
        found[layout] = [peak_memory(model, layout, size * 1e6) for size in sizes]
        print("".join([f"{layout:12}", *(f"{each:>10.1f}" for each in found[layout])]))
    return found


def measure_speed(model, folder, n_sentences):
    """Print and return thousand tokens per second, of the process and of `predict` alone."""
    X = list(itertools.islice(sentences(), n_sentences))
    text = folder / "text"
    text.write_text("".join(" ".join(words) + "\n" for words in X), encoding="utf-8")
    n_tokens = sum(map(len, X))
    tagger = joblib.load(model)
    seconds = {
        "predict": seconds_of(tagger.predict, X),
        "tag, a file": seconds_of(run, command(model, str(text))),
        "tag, nothing": seconds_of(run, command(model, os.devnull)),
    }
    print(f"\n{n_tokens:,} tokens, the default tagger\n")
    for name, each in seconds.items():
        speed = (
            "" if name == "tag, nothing" else f"{n_tokens / each / 1e3:>10.1f} thousand tokens/s"
        )
        print(f"{name:14}{each:>8.2f} s{speed}")
    return {"n_tokens": n_tokens, "seconds": seconds}


def run(words):
    """Run a command and discard its output."""
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)


def measure_answers(model, n_answers):
    """Print and return the milliseconds from writing a sentence to reading its tags."""
    process = subprocess.Popen(
        command(model), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    output = os.fdopen(os.dup(process.stdout.fileno()), "rb")
    with contextlib.closing(output), process:
        times = [1e3 * seconds_of(ask, process.stdin, output, words)
                 for words in itertools.islice(sentences(), n_answers + 1)]  # fmt: skip
        process.stdin.close()
    times = sorted(times[1:])
    print(f"\nresponse time: {statistics.median(times):.1f} ms (median of {n_answers}), ", end="")
    print(f"95th percentile {times[int(0.95 * n_answers)]:.1f} ms")
    return times


def ask(stdin, output, words):
    """Write a sentence; read its tags."""
    stdin.write((" ".join(words) + "\n").encode())
    while output.readline() != b"\n":
        pass


def main():
    """Print the tables."""
    parser = command_line(__doc__)
    arguments = parser.parse_args()
    quick = arguments.quick
    print(describe_machine())
    with tempfile.TemporaryDirectory() as folder:
        models = fit(Path(folder))
        started = time.perf_counter()
        figures = {
            "sizes_mb": QUICK if quick else SIZES,
            "resident_mb": measure_memory(models["small"], QUICK if quick else SIZES),
            "speed": measure_speed(
                models["default"], Path(folder), N_SENTENCES // (10 if quick else 1)
            ),
            "answers_ms": measure_answers(models["default"], N_ANSWERS // (4 if quick else 1)),
        }
        print(f"\nThe benchmark took {time.perf_counter() - started:.0f} s.")
    save_json(arguments.json, figures)


if __name__ == "__main__":
    main()
