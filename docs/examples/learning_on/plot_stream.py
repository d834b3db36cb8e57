"""
=============================================
Incremental learning from a stream of batches
=============================================

The log of a server never ends. Its lines contain times, users, addresses and numbers, and
``partial_fit`` trains on each batch of tagged lines as it arrives. Memory holds one batch and the
model. How does the tagger adapt if an update of the server changes the form of the lines?
"""

# %%
# The stream
# ----------
#
# A generator yields the batches. New users and machines appear all the time, and the form of the
# lines changes after half of the batches.

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
    """Return a random value of a kind, one of `newest` for users, machines and folders."""
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
# Test, then train
# ----------------
#
# Each batch is scored before the tagger is trained on it, so its lines are new to the tagger. Pass
# all classes in the first call. ``partial_fit`` trains on each batch once.

tagger = BiLSTMTagger(16, embedding_size=24, char_hidden_size=8, batch_size=5, random_state=0)
scores, sizes = [], []
for k, (X, y) in enumerate(stream(60)):
    scores.append(tagger.score(X, y) if k else np.nan)  # not fitted before the first
    tagger.partial_fit(X, y, classes=CLASSES)
    sizes.append(len(tagger.vocabulary_))
print(f"{sizes[-1]} features after {tagger.t_} lines")

# %%
# For comparison, fit a tagger on the first 10 batches only.

first = list(stream(60))[:10]
X_first, y_first = [x for X, _ in first for x in X], [t for _, y in first for t in y]
fixed = BiLSTMTagger(**tagger.get_params()).fit(X_first, y_first)
fixed_scores = [fixed.score(X, y) for X, y in stream(60)]

fig, (top, bottom) = plt.subplots(
    2, 1, figsize=(7.5, 5.5), layout="constrained", sharex=True, height_ratios=[2, 1]
)
top.plot(scores, label="partial_fit on each batch")
top.plot(fixed_scores, "--", color="0.5", label="fit on the first 10 batches")
top.annotate("update of the server", (30, 0.75), (34, 0.85), arrowprops={"arrowstyle": "->"})
top.set(ylabel="accuracy on the next batch", title="Batches of 20 lines")
top.legend(loc="lower right")
bottom.plot(sizes)
bottom.set(xlabel="batch", ylabel="number of features", ylim=(0, None))
plt.show()

# %%
# The accuracy of both taggers drops when the lines change. The tagger that is trained on each batch
# recovers after a few batches.
#
# The vocabulary grows with each new name, number, time and address, and so does the model. To limit
# this, pass an ``analyzer`` that replaces each digit by 0, or fix the ``vocabulary``.
#
# Save the tagger
# ---------------
#
# Between calls, the state of the optimizer is kept in ``optimizer_state_``, which is twice the size
# of the parameters. Delete it before saving if you do not continue the training.


def n_bytes(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return file.tell()


with_state = n_bytes(tagger)
del tagger.optimizer_state_
print(f"{with_state / 1000:.0f} kB with the state, {n_bytes(tagger) / 1000:.0f} kB without it")
