"""Save the state of a fit in files, so that the fit can continue in another process."""

import os
import pickle
import time
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import joblib

from sklstm._digest import digest
from sklstm._files import check_can_replace, replacing
from sklstm._version import __version__

# The names of files end with these: of a fit that is running, of a complete one, of partial_fit.
_RUNNING, _COMPLETE, _STREAM = ".training.ckpt", ".fitted.ckpt", ".stream.ckpt"
_MEMBER = "state.pickle"
# The digits of a digest in a name; the names of temporary files must keep the endings above.
_N_DIGITS = 16
# A fit spends at most this share of its time on files, except on those that are written this fast.
_SHARE, _SECONDS = 0.015, 0.05
# File systems round times, so that a file can seem this many seconds older than it is.
_CLOCK_TOLERANCE = 2.0


def delete_complete(directory: str | os.PathLike[str], since: float) -> None:
    """Delete the files of complete fits that have been written or read since a time."""
    for path in Path(directory).glob(f"*{_COMPLETE}"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= since - _CLOCK_TOLERANCE:
                path.unlink()


def prepare_folder(directory: str | os.PathLike[str]) -> None:
    """Create a folder if it does not exist, and raise an OSError if it cannot be written.

    The temporary files of processes that were killed are deleted.
    """
    Path(directory).mkdir(parents=True, exist_ok=True)
    for path in Path(directory).glob("*.ckpt.*.tmp"):
        path.unlink(missing_ok=True)
    check_can_replace(Path(directory, "new" + _RUNNING))


def open_fit(callback, tagger, dataset, validation_set, previous):
    """Return the checkpoint of a fit.

    Parameters
    ----------
    callback : sklstm.callbacks.Checkpoint or None
    tagger : BiLSTMTagger
        Its parameters are used.
    dataset : Dataset
    validation_set : ValidationSet
    previous : BiLSTMTagger or None
        The fitted tagger whose training is continued.

    Returns
    -------
    checkpoint : FitCheckpoint or NoCheckpoint
    """
    if callback is None:
        return NoCheckpoint()
    start = time.monotonic()
    identity = _identity(tagger, dataset, [tuple(validation_set), previous])
    return FitCheckpoint(callback, identity, start)


def open_stream(callback, tagger, dataset, classes, previous):
    """Return the checkpoint of a call of ``partial_fit``; see :func:`open_fit`."""
    if callback is None:
        return NoCheckpoint()
    stream = getattr(previous, "_stream", None)
    earlier = previous if stream is None else None
    identity = _identity(tagger, dataset, [classes, earlier])
    return StreamCheckpoint(callback, stream or Stream([], []), identity)


def _identity(tagger, dataset, others):
    """Return a digest of everything that the result of a fit depends on."""
    parameters = tagger.get_params(deep=False)
    del parameters["verbose"]
    parameters.pop("client", None)  # the cluster does not change the result
    embeddings = parameters["embeddings"]
    if isinstance(embeddings, Mapping):  # much faster than joblib.hash
        parameters["embeddings"] = digest(embeddings)
    try:
        pickled = joblib.hash([parameters, *others])
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            "Checkpoint compares the parameters of fits, so they must be picklable. For instance, "
            f"use a function of a module instead of a lambda. {error}"
        ) from error
    return digest(__version__, type(tagger).__qualname__, pickled, dataset)[:_N_DIGITS]


class NoCheckpoint:
    """The checkpoint of a fit that is not saved, which does nothing."""

    stream = None

    def load(self, rng=None):
        """Return None: no state has been saved."""

    def save(self, trainer):
        """Do nothing."""

    def finish(self, tagger, rng):
        """Do nothing."""


class FitCheckpoint:
    """The checkpoint of a fit.

    Parameters
    ----------
    callback : Checkpoint
    identity : str
        A digest of everything that the result of the fit depends on.
    start : float
        The time when the computation of `identity` started, by the monotonic clock.
    """

    def __init__(self, callback, identity, start):
        self._callback, self._start, self._written = callback, start, time.monotonic()
        self._seconds, self._fastest = self._written - start, None
        self._running = Path(callback.directory, identity + _RUNNING)
        self._complete = Path(callback.directory, identity + _COMPLETE)

    def load(self, rng):
        """Return the tagger if its fit is complete, else the state of its trainer, or None.

        If there is a file, the random state becomes that of the end, or of the beginning, of the
        fit that wrote it.
        """
        state = _read(self._complete) or _read(self._running)
        if state is not None:
            rng.set_state(state["random_state"])
        self._begin = rng.get_state(legacy=False)
        return None if state is None else state["saved"]

    def save(self, trainer):
        """Write the state of a trainer after a minibatch or an epoch, if it is time to."""
        callback, now = self._callback, time.monotonic()
        is_due = _is_old(now - self._written, callback)
        if trainer.is_between_epochs():
            is_due |= len(trainer.completed.losses) % callback.every_n_epochs == 0
        if is_due and self._is_cheap(now):
            _write(self._running, {"random_state": self._begin, "saved": trainer.state()})
            self._written = time.monotonic()
            seconds = self._written - now
            self._seconds += seconds
            self._fastest = min(seconds, self._fastest or seconds)

    def _is_cheap(self, now):
        """Return whether another file as fast as the fastest one is within the limits."""
        if self._fastest is None or self._fastest < _SECONDS:
            return True
        return self._seconds + self._fastest < _SHARE * (now - self._start)

    def finish(self, tagger, rng):
        """Write the fitted tagger."""
        state = {"random_state": rng.get_state(legacy=False), "saved": tagger}
        if _write(self._complete, state):
            self._running.unlink(missing_ok=True)


class Stream(NamedTuple):
    """The calls of ``partial_fit`` since the first one of a tagger.

    Attributes
    ----------
    calls : list of str
        A digest of what each call depends on.
    stored : list of str
        The calls whose result a file holds. There can be more of them than calls: they were made
        by a process that was killed, and the tagger already has their result.
    """

    calls: list
    stored: list


class StreamCheckpoint:
    """The checkpoint of a call of ``partial_fit``.

    Parameters
    ----------
    callback : Checkpoint
    stream : Stream
        The previous calls.
    identity : str
        A digest of what this call depends on.

    Attributes
    ----------
    stream : Stream
        The calls, including this one.
    """

    def __init__(self, callback, stream, identity):
        self._callback = callback
        self.stream = stream._replace(calls=[*stream.calls, identity])
        self._path = Path(callback.directory, self.stream.calls[0] + _STREAM)

    def load(self, tagger):
        """Return a tagger that has made this call, or None.

        `tagger` is the one that makes the call.
        """
        (calls, stored), state = self.stream, None
        if len(calls) == 1:
            state = _read(self._path)
            stored = [] if state is None else state["calls"]
            self.stream = Stream(calls, stored)
        if len(calls) > len(stored):
            return None
        if stored[len(calls) - 1] != calls[-1]:
            raise ValueError(
                f"Call {len(calls)} of partial_fit has other data or parameters than the one in "
                f"the checkpoint {self._path}. Pass the same in each run, or delete the file to "
                "start from the beginning."
            )
        return tagger if state is None else state["saved"]

    def save(self, trainer):
        """Do nothing: a call is written when it is complete."""

    def finish(self, tagger, rng):
        """Write the tagger if it is time to."""
        callback, calls = self._callback, self.stream.calls
        is_due = len(calls) % callback.every_n_epochs == 0
        with suppress(FileNotFoundError):
            is_due |= _is_old(time.time() - self._path.stat().st_mtime, callback)
        if is_due and _write(self._path, {"calls": calls, "saved": tagger}):
            self.stream = Stream(calls, calls)


def _is_old(age, callback):
    return callback.every_seconds is not None and age >= callback.every_seconds


def _read(path):
    """Return the content of a file; None if there is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            state = pickle.loads(archive.read(_MEMBER))
    except FileNotFoundError:
        return None
    except Exception as error:  # a pickle can raise anything
        raise ValueError(
            f"The checkpoint {path} is damaged ({error}). Delete it to start this fit from the "
            "beginning."
        ) from error
    os.utime(path)  # it is in use
    return state


def _write(path, state):
    """Write a file, or warn that this failed; return whether it succeeded."""
    try:
        with (
            replacing(path) as file,
            zipfile.ZipFile(file, "w") as archive,  # with a checksum
            archive.open(_MEMBER, "w", force_zip64=True) as member,
        ):
            pickle.dump(state, member, pickle.HIGHEST_PROTOCOL)
    except OSError as error:
        warnings.warn(
            f"The checkpoint {path} could not be written ({error.strerror}). Training continues; "
            "the file that was written before, if any, stays.",
            stacklevel=2,
        )
        return False
    return True
