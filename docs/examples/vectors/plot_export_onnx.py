"""
==============================
Export a sensor tagger to ONNX
==============================

How can a tagger that was trained in Python run on a phone or a watch? This example trains a tagger
of accelerometer data, exports it to ONNX, and runs the file with ONNX Runtime, which also exists
for C, C++, Java, JavaScript, Swift and others. See :doc:`/user_guide/export`.
"""

# %%
# Train
# -----
#
# A simulated accelerometer measures three axes, 20 times per second. A person sits, walks or runs.
# One time step is one second: the mean and the standard deviation of each axis.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from onnxruntime import InferenceSession
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.export import to_onnx
from sklstm.preprocessing import TokenTransformer

RATE = 20  # measurements per second
STRENGTH = {"run": 0.9, "sit": 0.0, "walk": 0.5}
STEPS_PER_SECOND = {"run": 2.7, "sit": 0.0, "walk": 1.9}


def record(rng, n_activities=6):
    """Return measurements of shape (n_seconds * RATE, 3), and the activity of each second."""
    pieces, activities = [], []
    for activity in rng.choice(list(STRENGTH), n_activities):
        n_seconds = rng.integers(5, 12)
        t = np.arange(n_seconds * RATE) / RATE
        phase = 2 * np.pi * STEPS_PER_SECOND[activity] * t
        signal = STRENGTH[activity] * np.sin(np.outer(phase, [1, 1, 0.5])) * [1, 0.6, 0.4]
        pieces.append(signal + rng.normal(scale=0.35, size=signal.shape))
        activities += [str(activity)] * n_seconds
    return np.concatenate(pieces), activities


def describe(measurements):
    """Return the features of each second, of shape (n_seconds, 6)."""
    seconds = measurements.reshape(-1, RATE, 3)
    return np.hstack([seconds.mean(axis=1), seconds.std(axis=1)])


rng = np.random.default_rng(0)
recordings, y = zip(*(record(rng) for _ in range(60)), strict=True)
X = [describe(recording) for recording in recordings]
X_train, X_test, y_train, y_test = X[:40], X[40:], y[:40], y[40:]

model = make_pipeline(
    TokenTransformer(StandardScaler()),
    BiLSTMTagger(16, learning_rate_init=0.01, random_state=0),
).fit(X_train, y_train)
print(f"accuracy: {model.score(X_test, y_test):.3f}")

# %%
# Export
# ------
#
# The file has the LSTM, the output layer and the names of the classes. The scaler is not part of
# it: the device needs its means and standard deviations, too.

path = Path(tempfile.mkdtemp()) / "tagger.onnx"
path.write_bytes(to_onnx(model[-1]).SerializeToString())
scaler = model[0].transformer_
print(f"{path.stat().st_size / 1000:.0f} kB, and {scaler.mean_.size} means and deviations")

# %%
# Run it
# ------
#
# The recordings have different lengths, so they are padded to one array. The model also gets their
# lengths.

session = InferenceSession(path)
lengths = np.array([len(x) for x in X_test])
padded = np.zeros((len(X_test), lengths.max(), 6), dtype=np.float32)
for row, x in zip(padded, X_test, strict=True):
    row[: len(x)] = (x - scaler.mean_) / scaler.scale_
label, probabilities = session.run(None, {"X": padded, "lengths": lengths})

ours = [p[:n] for p, n in zip(probabilities, lengths, strict=True)]
theirs = model.predict_proba(X_test)
difference = max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))
print(f"largest difference to predict_proba: {difference:.0e}")
print(label[0, : lengths[0]])

# %%
# One recording, with the probabilities that ONNX Runtime has computed:

n_seconds = lengths[0]
fig, axes = plt.subplots(2, 1, figsize=(8, 4.5), layout="constrained", sharex=True)
axes[0].plot(np.arange(n_seconds * RATE) / RATE, recordings[40], linewidth=0.6)
axes[0].set(ylabel="acceleration", title="Probabilities of a recording, computed by ONNX Runtime")
axes[1].stackplot(
    np.arange(n_seconds) + 0.5,
    ours[0].T,
    labels=model[-1].classes_,
    colors=["#d55e00", "#cccccc", "#a8d8f5"],
)
axes[1].set(ylabel="probability", xlabel="seconds", ylim=(0, 1), xlim=(0, n_seconds))
axes[1].legend(loc="lower right", ncols=3)
plt.show()
