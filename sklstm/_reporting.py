"""Report the progress of training and prediction to callbacks and to the terminal."""

import sys
import threading
import time

# Seconds between two lines of a prediction, and between two updates of a status line.
_INTERVAL, _STATUS_INTERVAL = 1.0, 0.2


class Epochs:
    """Report epochs to callbacks and, if the tagger is verbose, to the terminal.

    Parameters
    ----------
    tagger : BiLSTMTagger
    n_epochs : int
        The maximum number of epochs.
    score_name : str
        The name of the validation score.
    data : dict
        The training data as callbacks take it: "X", "y" and "metadata".
    """

    def __init__(self, tagger, n_epochs, score_name, data):
        self.tagger, self.n_epochs, self.score_name = tagger, n_epochs, score_name
        self.fit_args = {"estimator": tagger, **data}
        self.context = tagger._init_callback_context(max_subtasks=n_epochs)
        self.context.call_on_fit_task_begin(**self.fit_args)
        self.status = StatusLine()
        self.seconds, self.n_timed, self.n_done = 0.0, 0, 0

    def resume(self, n_done):
        """Count epochs that an earlier process has completed."""
        self.n_done = n_done
        if self.tagger.verbose:
            print(f"Continued after {n_done} of {self.n_epochs} epochs from a checkpoint.")

    def before(self):
        """Report the start of an epoch."""
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.fit_args)
        self.started = time.perf_counter()

    def after_batch(self, n_tokens, n_epoch_tokens):
        """Report on a terminal which part of an epoch is done.

        Parameters
        ----------
        n_tokens, n_epoch_tokens : int
            The number of tokens that are done, and of all tokens of the epoch.
        """
        if self.tagger.verbose and self.status.is_due():
            seconds, share = time.perf_counter() - self.started, n_tokens / n_epoch_tokens
            remaining = seconds / share * (self.n_epochs - self.n_done - share)
            self.status.show(
                f"{self._epoch_name(self.n_done + 1)}, {share:4.0%}, "
                f"{n_tokens / seconds:,.0f} tokens/s, {format_duration(remaining)} left"
            )

    def after(self, trainer, attributes):
        """Report the end of an epoch; return whether a callback requests to stop.

        Parameters
        ----------
        trainer : Trainer
        attributes : callable
            Returns the fitted attributes with a model.
        """
        seconds = time.perf_counter() - self.started
        self.seconds += seconds
        self.n_timed += 1
        losses, scores = trainer.completed.losses, trainer.completed.scores
        self.n_done = len(losses)
        if self.tagger.verbose:
            self.status.clear()
            parts = [
                self._epoch_name(self.n_done),
                f"loss = {losses[-1]:.5f}",
                f"{self._format_score(scores)}{seconds:5.1f} s",
                f"{trainer.n_tokens / seconds:7,.0f} tokens/s",
            ]
            if self.n_done < self.n_epochs:
                remaining = self.seconds / self.n_timed * (self.n_epochs - self.n_done)
                parts.append(f"{format_duration(remaining)} left")
            print(", ".join(parts), flush=True)
        return self.epoch.call_on_fit_task_end(
            **self.fit_args, reconstruction_attributes=lambda: attributes(trainer.model.copy())
        )

    def _epoch_name(self, number):
        return f"Epoch {number:{len(str(self.n_epochs))}}/{self.n_epochs}"

    def _format_score(self, scores):
        """Return the last validation score, marked if it is the best, and a comma."""
        if not scores:
            return ""
        mark = " (best)," if best_epoch(scores) == len(scores) else ","
        return f"validation {self.score_name} = {scores[-1]:.5f}{mark:9}"

    def end(self, ending, completed, fitted):
        """Report the end of the fit.

        Print why training stopped early and, with early stopping, which epoch was kept.

        Parameters
        ----------
        ending : {"max_iter", "converged", "callback", "interrupted", "diverged"}
        completed : Completed
        fitted : dict
            The fitted attributes.
        """
        if self.tagger.verbose:
            self.status.clear()  # of an interrupted epoch
            self._print_end(ending, completed)
        self._end_task(fitted)

    def _print_end(self, ending, completed):
        tagger, name = self.tagger, f"validation {self.score_name}"
        if ending == "converged":
            criterion = name if tagger.early_stopping else "training loss"
            print(
                f"Stopped after epoch {len(completed.losses)}: for more than "
                f"{tagger.n_iter_no_change} epochs the {criterion} has not improved by "
                f"tol={tagger.tol:g}."
            )
        if tagger.early_stopping:
            kept = best_epoch(completed.scores)
            score = completed.scores[kept - 1]
            print(f"Kept the model of epoch {kept}, {name} = {score:.5f}.", flush=True)

    def restore(self, fitted):
        """Report that the fit has been read from a file."""
        if self.tagger.verbose:
            print("Read the complete fit from a checkpoint.", flush=True)
        self._end_task(fitted)

    def _end_task(self, fitted):
        def attributes():
            fitted["_model"].is_shared = True  # with the tagger that callbacks get
            return fitted

        self.context.call_on_fit_task_end(**self.fit_args, reconstruction_attributes=attributes)


class Predictions:
    """Print the progress of a prediction each second and, if it took longer than that, at its end.

    Parameters
    ----------
    n_tokens : int
        The number of tokens to predict.
    """

    def __init__(self, n_tokens):
        self.n_tokens, self.n_predicted = n_tokens, 0
        self.started = self.printed = time.perf_counter()
        self.lock = threading.Lock()

    def __call__(self, n_tokens):
        """Report that `n_tokens` more tokens are done. This method is thread-safe."""
        with self.lock:
            self.n_predicted += n_tokens
            now = time.perf_counter()
            has_printed = self.printed > self.started
            is_end = self.n_predicted == self.n_tokens
            if now - self.printed >= _INTERVAL or (has_printed and is_end):
                self.printed = now
                self._print(now - self.started)

    def _print(self, seconds):
        parts = [
            f"Predicted {self.n_predicted:{len(f'{self.n_tokens:,}')},}/{self.n_tokens:,} tokens",
            f"{self.n_predicted / seconds:,.0f} tokens/s",
        ]
        if self.n_predicted < self.n_tokens:
            remaining = seconds / self.n_predicted * (self.n_tokens - self.n_predicted)
            parts.append(f"{format_duration(remaining)} left")
        print(", ".join(parts), flush=True)


class StatusLine:
    """A temporary line, which is only shown on a terminal.

    Parameters
    ----------
    stream : text file, default=None
        By default standard output at the time of writing.
    """

    def __init__(self, stream=None):
        self._stream = stream
        self.shown, self.length = time.perf_counter(), 0

    def is_due(self):
        """Return whether to show a text: only on a terminal, and a few times per second."""
        is_terminal = (self._stream or sys.stdout).isatty()
        return time.perf_counter() - self.shown >= _STATUS_INTERVAL and is_terminal

    def show(self, text):
        """Replace the text by another one."""
        print(f"\r{text:{self.length}}", end="", flush=True, file=self._stream)
        self.shown, self.length = time.perf_counter(), len(text)

    def clear(self):
        """Remove the text."""
        if self.length:
            print(f"\r{'':{self.length}}\r", end="", flush=True, file=self._stream)
            self.length = 0


def best_epoch(scores):
    """Return the number of the first epoch with the best score, counted from 1.

    Examples
    --------
    >>> from sklstm._reporting import best_epoch
    >>> best_epoch([0.5, 0.9, 0.8, 0.9])
    2
    """
    return scores.index(max(scores)) + 1


def format_duration(seconds):
    """Format a duration in seconds.

    Examples
    --------
    >>> from sklstm._reporting import format_duration
    >>> [format_duration(seconds) for seconds in (0.4, 42, 200, 7500)]
    ['0 s', '42 s', '3 min 20 s', '2 h 5 min']
    """
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
