"""
================================================
Human activity recognition from an accelerometer
================================================

This example labels each second of an accelerometer recording with an activity: sit, walk, stairs
or run. A single second is often ambiguous, because walking upstairs looks like walking on flat
ground. How much does the context help?
"""

# %%
# Recordings
# ----------
#
# We simulate an accelerometer that measures three axes, 20 times a second. Each activity has its
# own rhythm and strength. Each person has their own pace.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import BiLSTMTagger
from sklstm.display import ExplanationDisplay, TimelineDisplay
from sklstm.preprocessing import TokenTransformer

RATE = 20  # measurements per second
AXES = ["up", "forward", "sideways"]
STEPS_PER_SECOND = {"run": 2.7, "sit": 0.0, "stairs": 1.7, "walk": 1.9}
STRENGTH = {"run": 1.0, "sit": 0.0, "stairs": 0.45, "walk": 0.4}
FOLLOWS = {
    "sit": ["walk"],
    "walk": ["sit", "stairs", "run"],
    "stairs": ["walk"],
    "run": ["walk"],
}


def measure(activity, n_seconds, pace, rng):
    """Return the measurements of the three axes."""
    t = np.arange(n_seconds * RATE) / RATE
    rhythm = 2 * np.pi * STEPS_PER_SECOND[activity] * pace
    strength = STRENGTH[activity] * rng.uniform(0.7, 1.3)
    drift = np.cumsum(rng.normal(size=len(t))) * 0.05
    up = strength * np.sin(rhythm * t + drift)
    forward = strength * 0.6 * np.sin(rhythm * t + drift + 1) + 0.1 * (activity == "stairs")
    sideways = strength * 0.4 * np.sin(rhythm / 2 * t + drift)
    return np.stack([1 + up, forward, sideways], axis=1) + rng.normal(scale=0.25, size=(len(t), 3))


def record(n_activities, rng):
    """Return a recording and the activity of each second."""
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
print(f"{len(recordings)} recordings; the first has {len(y[0])} seconds")

# %%
# One token per second
# --------------------
#
# A sequence of 1,500 measurements is long for a recurrent network. As is usual with sensors, each
# second becomes one token: the mean and standard deviation of each axis, and its mean change from
# one measurement to the next.


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
# tokens of all sequences. We compare the tagger with a logistic regression that sees one second at
# a time.

tagger = make_pipeline(
    TokenTransformer(StandardScaler()),
    BiLSTMTagger(16, learning_rate_init=0.01, random_state=0),
).fit(X_train, y_train)

logistic = make_pipeline(StandardScaler(), LogisticRegression())
logistic.fit(np.concatenate(X_train), np.concatenate(y_train))

true = np.concatenate(y_test)
pred_logistic = logistic.predict(np.concatenate(X_test))
print(f"logistic regression  {accuracy_score(true, pred_logistic):.1%}")
print(f"BiLSTM tagger        {tagger.score(X_test, y_test):.1%}")

# %%
# Predictions over time
# ---------------------
#
# :class:`~sklstm.display.TimelineDisplay` shows the signal, the labels, the errors and the
# probabilities. Here it shows the measurements, so each label is repeated for all measurements of
# its second.

k = 4


def repeat(values):
    return np.repeat(values, RATE, axis=0)


options = {"labels": tagger.classes_, "feature_names": AXES, "sampling_rate": RATE}
TimelineDisplay.from_predictions(
    recordings[50 + k],
    repeat(y_test[k]),
    repeat(tagger.predict([X_test[k]])[0]),
    repeat(tagger.predict_proba([X_test[k]])[0]),
    **options,
)
plt.show()

# %%
# Most errors of the tagger are next to a change of activity. Without context, errors are in all
# parts of the recording:

TimelineDisplay.from_predictions(
    recordings[50 + k],
    repeat(y_test[k]),
    repeat(logistic.predict(X_test[k])),
    repeat(logistic.predict_proba(X_test[k])),
    **options,
)
plt.show()

# %%
# The seconds that matter
# -----------------------
#
# How much context does the tagger use? :class:`~sklstm.display.ExplanationDisplay` plots the
# contribution of each second to the label of one second. Second 53 alone looks like stairs, so its
# own contribution to *walk* is negative. The seconds around it, up to about 15 seconds away, make
# the prediction correct.

ExplanationDisplay.from_estimator(tagger, X_test[k], 53)
plt.show()

# %%
# Errors near changes
# -------------------
#
# The next plot groups the seconds by their distance to the nearest change of activity, and shows
# the share of errors in each group.

changes = [np.flatnonzero(np.array(tags[1:]) != np.array(tags[:-1])) + 1 for tags in y_test]
distances = np.concatenate(
    [
        np.abs(np.arange(len(tags))[:, None] - np.append(change, -99) + 0.5).min(axis=1)
        for tags, change in zip(y_test, changes, strict=True)
    ]
)
pred = np.concatenate(tagger.predict(X_test))

fig, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
near = np.arange(6)
for name, labels in [("logistic regression", pred_logistic), ("BiLSTM tagger", pred)]:
    shares = [(labels != true)[distances == d + 0.5].mean() for d in near]
    ax.plot(near, shares, "o-", label=name)
ax.set(
    xlabel="whole seconds to the nearest change",
    ylabel="share of errors",
    ylim=(0, None),
)
ax.legend()
plt.show()

# %%
# Right at a change, the tagger makes more errors than the logistic regression, because half of the
# context belongs to another activity. Farther away, it makes far fewer.
