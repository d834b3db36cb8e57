"""The command line: ``sklstm [train | tag | score | info]``, or ``python -m sklstm``.

Results go to standard output; progress, warnings and errors go to standard error.
"""

import os
import signal
import sys
import warnings
from contextlib import redirect_stderr, suppress

from sklstm._cli import _demo, _info, _score, _tag, _train
from sklstm._cli._output import Log, in_one_line

COMMANDS = {"train": _train, "tag": _tag, "score": _score, "info": _info}
# The exit statuses that a shell reports for processes killed by SIGINT and SIGPIPE.
INTERRUPTED, BROKEN_PIPE = 130, 141
# Parameters in messages of read_conll, and the options of commands.
_OPTIONS = {
    'errors="skip"': "--errors skip",
    'comment="#"': "--comment '#'",
    "header=True, and layout=None,": "--header",
    "header=True": "--header",
    "Pass the encoding that": "Pass --encoding with the encoding that",
    "Pass the layout and the separator of the file.": "Pass --layout, --columns or --separator.",
}


def run_process(prog="sklstm"):
    """Run a command with the arguments of this process, and end the process.

    SIGTERM ends the command as Ctrl-C does.

    Parameters
    ----------
    prog : str, default="sklstm"
        What the user typed, for messages.
    """
    received = [signal.SIGINT]

    def terminate(number, _):
        received.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, terminate)
    try:
        status = main(sys.argv[1:], prog)
    except KeyboardInterrupt:  # before or after the command
        status = INTERRUPTED
    if status == INTERRUPTED:
        # A loop in a shell ends only if the signal kills the process.
        signal.signal(received[-1], signal.SIG_DFL)
        signal.raise_signal(received[-1])
    sys.exit(status)


def main(arguments, prog="sklstm"):
    """Run a command and return its exit status.

    Parameters
    ----------
    arguments : list of str
        The arguments after the name of the program.
    prog : str, default="sklstm"
        What the user typed, for messages.

    Returns
    -------
    status : int
        0 on success, 1 on an error, 130 after Ctrl-C or SIGTERM, 141 if the reader of the output
        has closed it.

    Raises
    ------
    SystemExit
        With status 2 on wrong usage.
    """
    name = next(iter(arguments), None)
    if name in COMMANDS:
        command, arguments, prog = COMMANDS[name], arguments[1:], f"{prog} {name}"
    else:
        command = _demo
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):  # the same bytes in any locale
        with suppress(AttributeError):
            stream.reconfigure(encoding="utf-8")
    parser = command.make_parser(prog)
    if command is _demo and name and not name.startswith("-"):
        _demo.check_sentence(name, parser)  # its options are those of another command
    return _run(command, parser, parser.parse(arguments))


def _replace_closed_streams():
    """Connect standard streams that the shell has closed (``<&-``) to the null device."""
    for name, mode in [("stdin", "r"), ("stdout", "w"), ("stderr", "w")]:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _run(command, parser, options):
    """Run a command; print warnings and errors as one line each, without a traceback."""
    log = Log(sys.stderr)

    def show_warning(message, *_):
        print(f"{parser.prog}: warning: {_format_message(message)}", file=log)

    try:
        with warnings.catch_warnings(), redirect_stderr(log):
            warnings.showwarning = show_warning
            status = command.run(options, parser)
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (OSError, ValueError, ImportError, MemoryError) as error:
        print(f"{parser.prog}: error: {_format_message(_error_message(error))}", file=log)
        return 1
    finally:
        _flush_or_discard(sys.stdout)
        _flush_or_discard(sys.stderr)


def _format_message(message):
    """Return a message in one line, with options in place of parameters in Python."""
    message = in_one_line(str(message))
    for parameter, option in _OPTIONS.items():
        message = message.replace(parameter, option)
    return message


def _error_message(error):
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error) or type(error).__name__
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"


def _flush_or_discard(stream):
    """Flush a standard stream; discard what cannot be written, or the interpreter fails at exit."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
