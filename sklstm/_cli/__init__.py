"""The command line: ``python -m sklstm [train | tag | score | info]``.

Results go to standard output; progress, warnings and errors go to standard error.
"""

import os
import sys
import warnings
from contextlib import suppress

from sklstm._cli import _demo, _info, _score, _tag, _train

COMMANDS = {"train": _train, "tag": _tag, "score": _score, "info": _info}
# The exit statuses that a shell reports for processes killed by SIGINT and SIGPIPE.
INTERRUPTED, BROKEN_PIPE = 130, 141


def main(arguments=None):
    """Run a command and return its exit status.

    Parameters
    ----------
    arguments : list of str, default=None
        The arguments after ``python -m sklstm``. By default, those of this process.

    Returns
    -------
    status : int
        0 on success, 1 on an error, 130 after Ctrl-C, 141 if the reader of the output has closed
        it.

    Raises
    ------
    SystemExit
        With status 2 on wrong usage.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    name = next(iter(arguments), None)
    if name in COMMANDS:
        command, arguments = COMMANDS[name], arguments[1:]
    else:
        command = _demo
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):  # the same bytes in any locale
        with suppress(AttributeError):
            stream.reconfigure(encoding="utf-8")
    parser = command.make_parser()
    return _run(command, parser, parser.parse_intermixed_args(arguments))


def _replace_closed_streams():
    """Connect standard streams that the shell has closed (``<&-``) to the null device."""
    for name, mode in [("stdin", "r"), ("stdout", "w"), ("stderr", "w")]:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _run(command, parser, options):
    """Run a command; print warnings and errors as one line each, without a traceback."""

    def show_warning(message, *_):
        line = " ".join(str(message).split())
        print(f"{parser.prog}: warning: {line}", file=sys.stderr)

    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            status = command.run(options, parser)
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (OSError, ValueError, ImportError, MemoryError) as error:
        print(f"{parser.prog}: error: {_error_message(error)}", file=sys.stderr)
        return 1
    finally:
        _flush_or_discard_output()


def _error_message(error):
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error) or type(error).__name__
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"


def _flush_or_discard_output():
    """Flush standard output; discard what cannot be written, or the interpreter fails at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
