"""Show progress on the terminal."""

import sys
import time

from sklstm._reporting import StatusLine


class Progress:
    """Show the number of tagged sentences in one line on standard error, if that is a terminal.

    Parameters
    ----------
    is_shown : bool
        False if the tagged sentences can go to the terminal, too.
    """

    def __init__(self, is_shown):
        self._is_shown, self._status = is_shown, StatusLine(sys.stderr)
        self._n_sentences = self._n_tokens = 0
        self._started = time.perf_counter()

    def add(self, n_sentences, n_tokens):
        """Count sentences and tokens that have been tagged."""
        self._n_sentences += n_sentences
        self._n_tokens += n_tokens
        if self._is_shown and self._status.is_due():
            speed = self._n_tokens / (time.perf_counter() - self._started)
            self._status.show(
                f"Tagged {self._n_sentences:,} sentences ({self._n_tokens:,} tokens), "
                f"{speed:,.0f} tokens/s"
            )

    def close(self):
        """Remove the line."""
        self._status.clear()
