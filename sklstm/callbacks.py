"""Callbacks for scikit-learn's ``set_callbacks``."""

import os
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from sklstm._checkpoints import delete_complete, prepare_folder

__all__ = ["Checkpoint"]

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

    Files that take longer than 0.05 seconds are not written if they would take more than 2 % of the
    time of the fit: after a short epoch of a large model, there is none.

    Parameters
    ----------
    directory : str or path-like
        The folder of the files. It is created if it does not exist. Programs that run at the same
        time each need a folder of their own.

    every_n_epochs : int, default=1
        The number of epochs from one file to the next, if the files take little time. A call of
        ``partial_fit`` is an epoch.

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
        prepare_folder(self.directory)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing; scikit-learn calls this before each task of a fit."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Delete the files of complete fits when the outermost fit is complete."""
        if not self.keep and context.parent is None:
            delete_complete(self.directory, context.init_time.timestamp())

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing; scikit-learn calls this after a fit."""


def find_checkpoint(estimator: Any) -> Checkpoint | None:
    """Return the checkpoint among the callbacks of an estimator, if there is one."""
    callbacks = vars(estimator).get("_skl_callbacks", [])
    return next((each for each in callbacks if isinstance(each, Checkpoint)), None)
