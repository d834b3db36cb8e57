"""``python -m sklstm``: the command line."""

import signal
import sys

from sklstm._cli import INTERRUPTED, main

if __name__ == "__main__":
    status = main()
    if status == INTERRUPTED:
        # A loop in a shell ends only if the signal kills the process.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    sys.exit(status)
