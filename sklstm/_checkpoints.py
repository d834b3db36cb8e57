"""Files with the state of a fit, from which the same fit continues after the process has ended."""

import os
import pickle
import time
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

import joblib
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from sklstm._digest import digest
from sklstm._files import check_can_replace, replacing
from sklstm._version import __version__

# The names of files end with these: of a fit that is running, of a complete one, of partial_fit.
_RUNNING, _COMPLETE, _STREAM = ".training.ckpt", ".fitted.ckpt", ".stream.ckpt"
_MEMBER = "state.pickle"
# The digits of a digest in a name; the names of temporary files must keep the endings above.
_N_DIGITS = 16
# File systems round times, so that a file can seem this many seconds older than it is.
_CLOCK_TOLERANCE = 2.0
_CONSTRAINTS: dict[str, list[Any]] = {
    "directory": [str, os.PathLike],
    "every_n_epochs": [Interval(Integral, 1, None, closed="left")],
    "every_seconds": [None, Interval(Real, 0, None, closed="left")],
    "keep": ["boolean"],
}


class Checkpoint:
    """Save the state of a fit from time to time, and continue from it when the fit is repeated.

    Set it on a :class:`~sklstm.BiLSTMTagger`, or on a search, pipeline or
    :class:`~sklstm.ensemble.VotingTagger` of taggers. If the process is killed, run the same
    program again: a complete fit is read from its file, and one that was running continues where
    its file was written. The result has the same bits as that of a program that was not killed.

    Each fit has a file of its own. Its name is a digest of the parameters and the data, so a fit
    with other parameters or other data starts from the beginning. A file replaces the one before
    only when it is complete and on disk. If it cannot be written, for instance because the disk is
    full, a warning says so, and training goes on.

    Parameters
    ----------
    directory : str or path-like
        The folder of the files. It is created if it does not exist. Programs that run at the same
        time each need a folder of their own.

    every_n_epochs : int, default=1
        The number of epochs from one file to the next. A call of ``partial_fit`` is an epoch.

    every_seconds : float, default=None
        Also write a file, within an epoch too, if the last one is this many seconds old.

    keep : bool, default=False
        Whether the files stay after the fit or the search is complete. A program that is run again
        then reads the result. By default they are deleted, but those of `partial_fit` stay,
        because a stream has no end.

    Notes
    -----
    The files are pickles: use a folder in which only people that you trust can write.

    The loss curve and the validation scores are part of the state. Other callbacks are not: they
    see only the epochs after the continuation.

    Without a `random_state`, a fit continues with the random numbers of its first run.

    Examples
    --------
    >>> import tempfile
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.callbacks import Checkpoint
    >>> X, y = [["Ducks", "swim"]] * 9, [["N", "V"]] * 9
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     tagger = BiLSTMTagger(4, max_iter=3, random_state=0)
    ...     _ = tagger.set_callbacks(Checkpoint(directory)).fit(X, y)
    >>> tagger.n_iter_
    3
    """

    # It is passed on from a search to its estimators, and on from these (see scikit-learn).
    max_propagation_depth = None

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        every_n_epochs: int = 1,
        every_seconds: float | None = None,
        keep: bool = False,
    ) -> None:
        self.directory = directory
        self.every_n_epochs = every_n_epochs
        self.every_seconds = every_seconds
        self.keep = keep

    def setup(self, estimator: Any, context: Any) -> None:
        """Create the folder; scikit-learn calls this before a fit."""
        validate_parameter_constraints(_CONSTRAINTS, vars(self), caller_name="Checkpoint")
        Path(self.directory).mkdir(parents=True, exist_ok=True)
        for path in Path(self.directory).glob("*.ckpt.*.tmp"):  # left by a killed process
            path.unlink(missing_ok=True)
        check_can_replace(Path(self.directory, "new" + _RUNNING))

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing; scikit-learn calls this before each task of a fit."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Delete the files of complete fits when the outermost fit is complete."""
        if not self.keep and context.parent is None:
            delete_complete(self.directory, context.init_time.timestamp())

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing; scikit-learn calls this after a fit."""


def delete_complete(directory: str | os.PathLike[str], since: float) -> None:
    """Delete the files of complete fits that have been written or read since a time."""
    for path in Path(directory).glob(f"*{_COMPLETE}"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= since - _CLOCK_TOLERANCE:
                path.unlink()


def open_fit(tagger, dataset, validation_set, past):
    """Return the checkpoint of a fit.

    Parameters
    ----------
    tagger : BiLSTMTagger
        Its parameters and, if there is a checkpoint among them, its callbacks are used.
    dataset : Dataset
    validation_set : ValidationSet
    past : BiLSTMTagger or None
        The fitted tagger whose training is continued.

    Returns
    -------
    checkpoint : FitCheckpoint or NoCheckpoint
    """
    callback = _find(tagger)
    if callback is None:
        return NoCheckpoint()
    return FitCheckpoint(callback, _identity(tagger, dataset, [tuple(validation_set), past]))


def open_stream(tagger, dataset, classes, past):
    """Return the checkpoint of a call of ``partial_fit``; see :func:`open_fit`."""
    callback = _find(tagger)
    if callback is None:
        return NoCheckpoint()
    stream = getattr(past, "_stream", None)
    earlier = past if stream is None else None
    identity = _identity(tagger, dataset, [classes, earlier])
    return StreamCheckpoint(callback, stream or Stream([], []), identity)


def _find(tagger):
    """Return the checkpoint among the callbacks of a tagger, or None."""
    callbacks = vars(tagger).get("_skl_callbacks", [])
    return next((each for each in callbacks if isinstance(each, Checkpoint)), None)


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
            "Checkpoint compares the parameters of fits, and therefore needs ones that can be "
            f"pickled, such as functions of a module in place of lambdas: {error}"
        ) from error
    return digest(__version__, type(tagger).__qualname__, pickled, dataset)[:_N_DIGITS]


class NoCheckpoint:
    """Stands for the checkpoint of a fit that is not saved."""

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
    """

    def __init__(self, callback, identity):
        self._callback, self._written = callback, time.monotonic()
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
        callback = self._callback
        is_due = _is_old(time.monotonic() - self._written, callback)
        if trainer.is_between_epochs():
            is_due |= len(trainer.completed.losses) % callback.every_n_epochs == 0
        if is_due:
            _write(self._running, {"random_state": self._begin, "saved": trainer.state()})
            self._written = time.monotonic()

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
        The calls before.
    identity : str
        A digest of what this call depends on.

    Attributes
    ----------
    stream : Stream
        With this call.
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
    """Write a file; return whether it succeeded. If not, a warning says so."""
    try:
        with (
            replacing(path) as file,
            zipfile.ZipFile(file, "w") as archive,  # with a checksum
            archive.open(_MEMBER, "w", force_zip64=True) as member,
        ):
            pickle.dump(state, member, pickle.HIGHEST_PROTOCOL)
    except OSError as error:
        warnings.warn(
            f"The checkpoint {path} could not be written ({error.strerror}). Training goes on; "
            "the file that was written before, if any, stays.",
            stacklevel=2,
        )
        return False
    return True
