"""Report the progress of training and prediction to callbacks and to the terminal."""

import threading
import time

# Seconds between two lines of a prediction.
_INTERVAL = 1.0


class Epochs:
    """Report epochs to callbacks and, if the tagger is verbose, to the terminal.

    Parameters
    ----------
    tagger : BiLSTMTagger
    n_epochs : int
        The maximum number of epochs.
    X, y, sample_weight
        The training data, passed to callbacks.
    """

    def __init__(self, tagger, n_epochs, X, y, sample_weight):
        self.tagger, self.n_epochs = tagger, n_epochs
        metadata = {} if sample_weight is None else {"metadata": {"sample_weight": sample_weight}}
        self.fit_args = {"estimator": tagger, "X": X, "y": y, **metadata}
        self.context = tagger._init_callback_context(max_subtasks=n_epochs)
        self.context.call_on_fit_task_begin(**self.fit_args)
        self.seconds = 0.0

    def before(self):
        """Report the start of an epoch."""
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.fit_args)
        self.started = time.perf_counter()

    def after(self, trainer, attributes):
        """Report the end of an epoch; return whether a callback requests to stop.

        Parameters
        ----------
        trainer : Trainer
        attributes : callable
            Returns the fitted attributes of the present model.
        """
        if self.tagger.verbose:
            seconds = time.perf_counter() - self.started
            self.seconds += seconds
            n = len(trainer.losses)
            parts = [
                f"Epoch {n:{len(str(self.n_epochs))}}/{self.n_epochs}",
                f"loss = {trainer.losses[-1]:.5f}",
                *(f"validation score = {score:.5f}" for score in trainer.scores[-1:]),
                f"{trainer.n_tokens / seconds:,.0f} tokens/s",
            ]
            if n < self.n_epochs:
                remaining = self.seconds / n * (self.n_epochs - n)
                parts.append(f"{format_duration(remaining)} left")
            print(", ".join(parts), flush=True)
        return self.epoch.call_on_fit_task_end(
            **self.fit_args, reconstruction_attributes=attributes
        )

    def end(self, ending, trainer, fitted):
        """Report the end of the fit.

        Print why training stopped early and, with early stopping, which epoch was kept.

        Parameters
        ----------
        ending : {"max_iter", "converged", "callback", "interrupted"}
        trainer : Trainer
        fitted : dict
            The fitted attributes.
        """
        tagger, scores = self.tagger, trainer.scores
        if tagger.verbose and ending == "converged":
            criterion = "validation score" if tagger.early_stopping else "training loss"
            print(
                f"Stopped after epoch {len(trainer.losses)}: for more than "
                f"{tagger.n_iter_no_change} epochs the {criterion} has not improved by "
                f"tol={tagger.tol:g}."
            )
        if tagger.verbose and tagger.early_stopping:
            best = max(scores)
            kept = scores.index(best) + 1
            print(f"Kept the model of epoch {kept}, validation score = {best:.5f}.", flush=True)
        self.context.call_on_fit_task_end(**self.fit_args, reconstruction_attributes=lambda: fitted)


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
