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
    """Callback that saves the state of training, so that an interrupted fit can be continued.

    Set it with ``set_callbacks`` on a :class:`~sklstm.BiLSTMTagger`, or on a search, pipeline or
    :class:`~sklstm.ensemble.VotingTagger` of taggers. If the process is killed, run the same
    program again. Fits that were complete are read from their files. The fit that was running
    continues from its last file. The result is the same, bit for bit, as without the interruption.
    See :ref:`checkpoints`.

    Each fit has its own file, whose name is a digest of the parameters and the data. A fit with
    other parameters or other data starts from the beginning. A file is replaced only after the new
    one is completely written. If a file cannot be written, for instance because the disk is full,
    training continues with a warning.

    To save time, a file that takes longer than 0.05 seconds is not written if files would take more
    than 1.5 % of the time of the fit. So after a short epoch of a large model, no file is written.

    Parameters
    ----------
    directory : str or path-like
        The folder of the files. It is created if it does not exist. Use a different folder for each
        program that runs at the same time.

    every_n_epochs : int, default=1
        Write a file each time that this many epochs are complete. A call of ``partial_fit`` is an
        epoch.

    every_seconds : float, default=None
        Also write a file, even within an epoch, if the last one is older than this many seconds.
        Use it if an epoch takes long. By default, files are written only after epochs.

    keep : bool, default=False
        Whether to keep the files after the fit or the search is complete. The same program then
        reads the result when you run it again. By default, they are deleted, except the files of
        ``partial_fit``, because the last call of a stream is unknown.

    Notes
    -----
    The files are pickles. Use a folder in which only people that you trust can write.

    The state includes the loss curve and the validation scores, but not other callbacks: these are
    only called for the epochs after the continuation.

    If `random_state` is None, a fit continues with the random numbers of its first run.

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

    # scikit-learn passes the callback from a search to its estimators, and to those inside them.
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
        """Create the folder. scikit-learn calls this before a fit."""
        validate_parameter_constraints(_CONSTRAINTS, vars(self), caller_name="Checkpoint")
        prepare_folder(self.directory)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing. scikit-learn calls this before each task of a fit."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Delete the files of complete fits when the outermost fit is complete."""
        if not self.keep and context.parent is None:
            delete_complete(self.directory, context.init_time.timestamp())

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing. scikit-learn calls this after a fit."""


def find_checkpoint(estimator: Any) -> Checkpoint | None:
    """Return the checkpoint among the callbacks of an estimator, if there is one."""
    callbacks = vars(estimator).get("_skl_callbacks", [])
    return next((each for each in callbacks if isinstance(each, Checkpoint)), None)
