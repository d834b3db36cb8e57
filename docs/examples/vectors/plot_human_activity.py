"""
=================================
What somebody does, from a sensor
=================================

A telephone in a pocket feels whether its owner sits, walks, climbs stairs or runs. A single second
of it is often ambiguous: a slow walk upstairs feels like a walk on flat ground. Can what came
before and what comes after tell them apart? Here a token is not a word but a vector of numbers,
and a sequence is a recording.
"""

# %%
# Recordings
# ----------
#
# We simulate an accelerometer that measures three axes, 20 times a second. Each activity has its
# own rhythm and strength, each person has a pace of his own, and every activity lasts for a while.
# The steps of a walk and of stairs overlap widely from person to person.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.preprocessing import TokenTransformer

RATE = 20  # measurements a second
ACTIVITIES = ["run", "sit", "stairs", "walk"]
STEPS_A_SECOND = {"run": 2.7, "sit": 0.0, "stairs": 1.7, "walk": 1.9}
STRENGTH = {"run": 1.0, "sit": 0.0, "stairs": 0.45, "walk": 0.4}
FOLLOWS = {
    "sit": ["walk"],
    "walk": ["sit", "stairs", "run"],
    "stairs": ["walk"],
    "run": ["walk"],
}


def measure(activity, n_seconds, pace, rng):
    """Return what the three axes measure, and how far the pocket is tilted."""
    t = np.arange(n_seconds * RATE) / RATE
    rhythm = 2 * np.pi * STEPS_A_SECOND[activity] * pace
    strength = STRENGTH[activity] * rng.uniform(0.7, 1.3)
    wobble = np.cumsum(rng.normal(size=len(t))) * 0.05  # nobody keeps time like a clock
    up = strength * np.sin(rhythm * t + wobble)
    forward = strength * 0.6 * np.sin(rhythm * t + wobble + 1) + 0.1 * (activity == "stairs")
    sideways = strength * 0.4 * np.sin(rhythm / 2 * t + wobble)
    return np.stack([1 + up, forward, sideways], axis=1) + rng.normal(scale=0.25, size=(len(t), 3))


def record(n_activities, rng):
    pace, activity = rng.uniform(0.85, 1.15), "walk"
    pieces, labels = [], []
    for _ in range(n_activities):
        n_seconds = int(rng.integers(6, 15))
        pieces.append(measure(activity, n_seconds, pace, rng))
        labels += [activity] * n_seconds
        activity = str(rng.choice(FOLLOWS[activity]))
    return np.concatenate(pieces), labels


rng = np.random.default_rng(0)
recordings, y = zip(*(record(8, rng) for _ in range(80)), strict=True)
print(f"{len(recordings)} recordings, the first of {len(y[0])} seconds")

# %%
# A token is a second
# -------------------
#
# A thousand measurements in a row are a long way for any network. As is usual with sensors, we
# describe each second by a few numbers: mean and spread of each axis, and how fast it changes.


def describe(recording):
    seconds = recording.reshape(-1, RATE, 3)
    changes = np.abs(np.diff(seconds, axis=1)).mean(axis=1)
    return np.hstack([seconds.mean(axis=1), seconds.std(axis=1), changes])


X = [describe(recording) for recording in recordings]
X_train, X_test, y_train, y_test = X[:50], X[50:], y[:50], y[50:]
print("tokens and features of the first recording:", X[0].shape)

# %%
# With and without context
# ------------------------
#
# :class:`~sklstm.preprocessing.TokenTransformer` applies a transformer of scikit-learn to the
# tokens of sequences, so that the usual pipeline can be made. The rival is a logistic regression
# that looks at one second at a time.

tagger = make_pipeline(
    TokenTransformer(StandardScaler()),
    BiLSTMTagger(16, learning_rate_init=0.01, random_state=0),
).fit(X_train, y_train)

second_by_second = make_pipeline(StandardScaler(), LogisticRegression())
second_by_second.fit(np.concatenate(X_train), np.concatenate(y_train))

true = np.concatenate(y_test)
alone = second_by_second.predict(np.concatenate(X_test))
print(f"second by second   {accuracy_score(true, alone):.1%}")
print(f"with its context   {tagger.score(X_test, y_test):.1%}")

# %%
# One recording
# -------------
#
# At the top what the sensor measures, below what was done and what the two models say.

k = 4
n_seconds = len(y_test[k])
bands = {
    "true": y_test[k],
    "with context": tagger.predict([X_test[k]])[0],
    "second by second": second_by_second.predict(X_test[k]),
}
colors = ListedColormap(["#d55e00", "#cccccc", "#0072b2", "#a8d8f5"])

fig, axes = plt.subplots(
    3, 1, figsize=(8.5, 6), layout="constrained", sharex=True, height_ratios=[2, 1.2, 1.5]
)
seconds = np.arange(n_seconds * RATE) / RATE
axes[0].plot(seconds, recordings[50 + k], linewidth=0.6)
axes[0].legend(["up", "forward", "sideways"], ncols=3, loc="upper right")
axes[0].set(ylabel="acceleration", ylim=(-2, 3.6), title="A recording, second by second")
rows = [[ACTIVITIES.index(activity) for activity in band] for band in bands.values()]
image = axes[1].imshow(
    rows,
    aspect="auto",
    cmap=colors,
    vmin=-0.5,
    vmax=3.5,
    interpolation="none",
    extent=(0, n_seconds, len(bands), 0),
)
axes[1].set_yticks(np.arange(len(bands)) + 0.5, bands)
bar = fig.colorbar(image, ax=axes[1], ticks=range(4), location="bottom", aspect=60)
bar.ax.set_xticklabels(ACTIVITIES)
probabilities = tagger.predict_proba([X_test[k]])[0]
axes[2].stackplot(
    np.arange(n_seconds) + 0.5, probabilities.T, colors=colors.colors, labels=ACTIVITIES
)
axes[2].set(ylabel="probability", xlabel="seconds", ylim=(0, 1), xlim=(0, n_seconds))
plt.show()

# %%
# Where do the errors lie? Those of the tagger are next to a change of activity: it knows well what
# goes on, and less well since when. Right at a change it is even wrong more often
# than its rival: half of what lies around a second speaks of something else there.

changes = [np.flatnonzero(np.array(tags[1:]) != np.array(tags[:-1])) + 1 for tags in y_test]
distances = np.concatenate(
    [
        np.abs(np.arange(len(tags))[:, None] - np.append(change, -99) + 0.5).min(axis=1)
        for tags, change in zip(y_test, changes, strict=True)
    ]
)
pred = np.concatenate([np.array(tags) for tags in tagger.predict(X_test)])

fig, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
near = np.arange(6)
for name, guess, color in [
    ("second by second", alone, "#999999"),
    ("with context", pred, "#0072b2"),
]:
    shares = [(guess != true)[distances == d + 0.5].mean() for d in near]
    ax.plot(near, shares, "o-", color=color, label=name)
ax.set(
    xlabel="whole seconds between a second and the nearest change",
    ylabel="share of errors",
    title="Errors of the tagger lie near changes",
    ylim=(0, None),
)
ax.legend()
plt.show()
