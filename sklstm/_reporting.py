"""What training and prediction tell of how far they are: to callbacks, and to the terminal."""

import threading
import time

# Predictions print one line in so many seconds.
_INTERVAL = 1.0


class Epochs:
    """Reports epochs to callbacks and, if asked, to the terminal.

    Parameters
    ----------
    tagger : BiLSTMTagger
    n_epochs : int
        How many there are at most.
    X, y, sample_weight
        What is shown to callbacks.
    """

    def __init__(self, tagger, n_epochs, X, y, sample_weight):
        self.tagger, self.n_epochs = tagger, n_epochs
        metadata = {} if sample_weight is None else {"metadata": {"sample_weight": sample_weight}}
        self.shown = {"estimator": tagger, "X": X, "y": y, **metadata}
        self.context = tagger._init_callback_context(max_subtasks=n_epochs)
        self.context.call_on_fit_task_begin(**self.shown)
        self.seconds = 0.0

    def before(self):
        """Begin an epoch."""
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.shown)
        self.started = time.perf_counter()

    def after(self, progress, n_tokens, attributes):
        """End an epoch; return whether a callback asks to stop."""
        if self.tagger.verbose:
            took = time.perf_counter() - self.started
            self.seconds += took
            self._print(progress, n_tokens / took)
        return self.epoch.call_on_fit_task_end(**self.shown, reconstruction_attributes=attributes)

    def conclude(self, ending, progress):
        """Print why training ended before its time, and which epoch's model was kept, if not last.

        Parameters
        ----------
        ending : {"max_iter", "converged", "callback", "interrupted"}
        progress : Progress
        """
        tagger, n, scores = self.tagger, len(progress.losses), progress.scores
        if not tagger.verbose:
            return
        if ending == "converged":
            what = "validation score" if tagger.early_stopping else "training loss"
            print(
                f"Stopped after epoch {n}: for more than {tagger.n_iter_no_change} epochs the "
                f"{what} has not improved by tol={tagger.tol:g}."
            )
        if tagger.early_stopping:
            best = max(scores)
            kept = scores.index(best) + 1
            print(f"Kept the model of epoch {kept}, validation score = {best:.5f}.", flush=True)

    def end(self, attributes):
        """End the fit."""
        self.context.call_on_fit_task_end(**self.shown, reconstruction_attributes=attributes)

    def _print(self, progress, speed):
        n = len(progress.losses)
        parts = [f"Epoch {n:{len(str(self.n_epochs))}}/{self.n_epochs}"]
        parts.append(f"loss = {progress.losses[-1]:.5f}")
        if progress.scores:
            parts.append(f"validation score = {progress.scores[-1]:.5f}")
        parts.append(f"{speed:,.0f} tokens/s")
        if n < self.n_epochs:
            parts.append(f"{duration(self.seconds / n * (self.n_epochs - n))} left")
        print(", ".join(parts), flush=True)


class Predictions:
    """Prints how far a prediction is that takes longer than a second, each second and at its end.

    Parameters
    ----------
    n_tokens : int
        How many tokens there are.
    """

    def __init__(self, n_tokens):
        self.n_tokens, self.n_done = n_tokens, 0
        self.started = self.printed = time.perf_counter()
        self.lock = threading.Lock()

    def __call__(self, n_tokens):
        """Note that so many more tokens are done; any thread may say so."""
        with self.lock:
            self.n_done += n_tokens
            now = time.perf_counter()
            has_printed = self.printed > self.started
            is_end = self.n_done == self.n_tokens
            if now - self.printed >= _INTERVAL or (has_printed and is_end):
                self.printed = now
                self._print(now - self.started)

    def _print(self, seconds):
        parts = [
            f"Predicted {self.n_done:{len(f'{self.n_tokens:,}')},}/{self.n_tokens:,} tokens",
            f"{self.n_done / seconds:,.0f} tokens/s",
        ]
        if self.n_done < self.n_tokens:
            parts.append(f"{duration(seconds / self.n_done * (self.n_tokens - self.n_done))} left")
        print(", ".join(parts), flush=True)


def duration(seconds):
    """Return a duration as one would say it.

    Examples
    --------
    >>> from sklstm._reporting import duration
    >>> duration(0.4), duration(42), duration(200), duration(7500)
    ('0 s', '42 s', '3 min 20 s', '2 h 5 min')
    """
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
