"""The command line: ``python -m sklstm [train | tag | score | info]``.

Results go to standard output, progress and what is wrong to standard error.
"""

import os
import sys
import warnings
from contextlib import suppress

from sklstm._cli import _demo, _info, _score, _tag, _train

COMMANDS = {"train": _train, "tag": _tag, "score": _score, "info": _info}
# What a shell reports of a process that was ended by SIGINT, and by SIGPIPE.
INTERRUPTED, BROKEN_PIPE = 130, 141


def main(arguments=None):
    """Run a command; return its exit status.

    Parameters
    ----------
    arguments : list of str, default=None
        What follows ``python -m sklstm``; by default what this process was called with.

    Returns
    -------
    status : int
        0 if all is well, 1 if not, 130 after Ctrl-C, 141 if nobody reads the output any more.

    Raises
    ------
    SystemExit
        With status 2 if the command is not used as its ``--help`` says.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    name = next(iter(arguments), None)
    if name in COMMANDS:
        command, arguments = COMMANDS[name], arguments[1:]
    else:
        command = _demo
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):  # the same bytes in any locale
        with suppress(AttributeError):
            stream.reconfigure(encoding="utf-8")
    parser = command.make_parser()
    return _guarded(command.run, parser, parser.parse_intermixed_args(arguments))


def _open_what_is_closed():
    """Let a standard stream that a shell has closed (``<&-``) be empty, or lead nowhere."""
    for name, mode in [("stdin", "r"), ("stdout", "w"), ("stderr", "w")]:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _guarded(run, parser, options):
    """Run a command; say what goes wrong as Unix commands do, without a traceback."""

    def show_warning(message, *_):
        line = " ".join(str(message).split())
        print(f"{parser.prog}: warning: {line}", file=sys.stderr)

    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            status = run(options, parser)
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (OSError, ValueError, ImportError, MemoryError) as error:
        print(f"{parser.prog}: error: {_message(error)}", file=sys.stderr)
        return 1
    finally:
        _flush_or_discard()


def _message(error):
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error) or type(error).__name__
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"


def _flush_or_discard():
    """Leave nothing that the interpreter, as it ends, would fail to write once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
