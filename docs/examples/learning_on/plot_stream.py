"""
====================================
A stream that does not fit in memory
====================================

The log of a server never ends. What is each piece of a line: a time, a user, an address, a number?
People correct the tags of some lines now and then, and ``partial_fit`` shows these to the tagger
as they come, and forgets them: memory holds one batch and the model. The vocabulary grows along
the way. Halfway through, the server is updated, and its lines look different.
"""

# %%
# The stream
# ----------
#
# A generator of batches: each is made when it is asked for. New users and machines turn up all the
# time.

import io

import joblib
import matplotlib.pyplot as plt
import numpy as np

from sklstm import BiLSTMTagger

BEFORE_UPDATE = """{time} {host} login of {user} from {address}
{time} {host} {user} reads {path} in {number} ms
{time} {host} disk {path} is {number} percent full
{time} {host} {user} leaves after {number} min
{time} {host} no answer from {address} , try {number}""".splitlines()
AFTER_UPDATE = """[ {host} ] {number} {user} @ {address} login
[ {host} ] {path} {user} {number}
{user} : {path} took {number} at {time}
[ {host} ] timeout {address} since {time}
{host} / {user} : {number} bytes to {path}""".splitlines()
CLASSES = ["address", "host", "number", "path", "text", "time", "user"]
SYLLABLES = ["ba", "do", "ki", "lu", "mer", "nor", "pe", "ras", "tol", "vin", "wex", "zan"]


def make_field(kind, newest, rng):
    """Return what stands for a kind; there are `newest` users, machines and folders by now."""
    if kind == "number":
        return str(rng.integers(1, 5000))
    if kind == "time":
        return f"{rng.integers(24):02}:{rng.integers(60):02}:{rng.integers(60):02}"
    if kind == "address":
        return ".".join(str(n) for n in rng.integers(1, 255, size=4))
    name = "".join(SYLLABLES[d] for d in divmod(int(rng.integers(newest)) * 7 % 144, 12))
    return {"user": name, "host": f"{name}-{rng.integers(1, 4)}", "path": f"/srv/{name}"}[kind]


def make_line(patterns, newest, rng):
    words, tags = [], []
    for part in patterns[rng.integers(len(patterns))].split():
        kind = part[1:-1] if part.startswith("{") else "text"
        words.append(part if kind == "text" else make_field(kind, newest, rng))
        tags.append(kind)
    return words, tags


def stream(n_batches, batch_size=20, seed=0):
    rng = np.random.default_rng(seed)
    for k in range(n_batches):
        patterns = BEFORE_UPDATE if k < n_batches // 2 else AFTER_UPDATE
        lines = [make_line(patterns, 10 + 2 * k, rng) for _ in range(batch_size)]
        yield tuple(zip(*lines, strict=True))


for words, tags in zip(*next(stream(2, batch_size=5)), strict=True):
    print(" ".join(f"{w}/{t}" if t != "text" else w for w, t in zip(words, tags, strict=True)))

# %%
# Test, then learn
# ----------------
#
# Each batch is tagged before it is learnt from: its lines are new then, so the score is an honest
# one. The first call names all the classes that will ever come. ``partial_fit`` reads each batch
# once; whoever wants more reads it again.

tagger = BiLSTMTagger(16, embedding_size=24, char_hidden_size=8, batch_size=5, random_state=0)
scores, sizes = [], []
for k, (X, y) in enumerate(stream(60)):
    scores.append(tagger.score(X, y) if k else np.nan)  # of the first one it knows nothing
    tagger.partial_fit(X, y, classes=CLASSES)
    sizes.append(len(tagger.vocabulary_))
print(f"after {tagger.t_} lines, {sizes[-1]} features are known")

# %%
# A tagger that was fitted to the first lines and then left alone is the one to compare with.

first = list(stream(60))[:10]
X_first, y_first = [x for X, _ in first for x in X], [t for _, y in first for t in y]
fixed = BiLSTMTagger(**tagger.get_params()).fit(X_first, y_first)
fixed_scores = [fixed.score(X, y) for X, y in stream(60)]

fig, (top, bottom) = plt.subplots(
    2, 1, figsize=(7.5, 5.5), layout="constrained", sharex=True, height_ratios=[2, 1]
)
top.plot(scores, label="learns on")
top.plot(fixed_scores, "--", color="0.5", label="fitted to the first 10 batches")
top.annotate("the update", (30, 0.75), (34, 0.85), arrowprops={"arrowstyle": "->"})
top.set(ylabel="accuracy on the next batch", title="A stream of lines, 20 in a batch")
top.legend(loc="lower right")
bottom.plot(sizes)
bottom.set(xlabel="batch", ylabel="features known", ylim=(0, None))
plt.show()

# %%
# The tagger that learns on drops, too, when the lines change, and is back after a few batches.
#
# The vocabulary goes on growing, and the model with it: by every new name, and by the digits of
# every number, time and address. An ``analyzer`` that puts a zero for every digit would keep most
# of that out.
#
# Saving it
# ---------
#
# Between calls the optimizer remembers the recent gradients, in ``optimizer_state_``: twice the
# size of the weights. A tagger that shall learn no more is saved without it.


def n_bytes(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return file.tell()


with_state = n_bytes(tagger)
del tagger.optimizer_state_
print(f"{with_state / 1000:.0f} kB to learn on, {n_bytes(tagger) / 1000:.0f} kB to predict")
