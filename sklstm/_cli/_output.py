"""Write text for people, which may come from files of strangers, and JSON for programs."""

import json
from contextlib import suppress
from reprlib import Repr

from sklstm._tables import CONTROLS, escape_controls

# The longest text of a value, a row or a message.
_N_CHARACTERS = 5000


class TerminalText:
    """A text file that escapes control characters, except tabs and line ends.

    Parameters
    ----------
    stream : text file
    """

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        """Write a text that does not end between the two characters of a line end."""
        self._stream.write(escape_controls(text.replace("\r\n", "\n"), keep="\t\n"))

    def flush(self):
        """Flush the stream."""
        self._stream.flush()


class Log:
    """A text file for progress, warnings and errors, which goes on if they cannot be written.

    A terminal that was closed, or a full disk, does not stop training.

    Parameters
    ----------
    stream : text file
    """

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        """Write a text, if possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self):
        """Flush the stream, if possible."""
        with suppress(OSError):
            self._stream.flush()

    def isatty(self):
        """Return whether the stream is a terminal."""
        return self._stream.isatty()


def in_one_line(text):
    r"""Return a text in one line, shortened, with control characters escaped.

    Parameters
    ----------
    text : str

    Returns
    -------
    line : str

    Examples
    --------
    >>> from sklstm._cli._output import in_one_line
    >>> in_one_line("first\n  second \x1b[2J")
    'first second \\x1b[2J'
    """
    line = " ".join(part.strip() for part in text[: _N_CHARACTERS + 1].splitlines())
    end = "..." if len(text) > _N_CHARACTERS else ""
    return escape_controls(line[:_N_CHARACTERS]) + end


def short_repr(value):
    """Return the repr of a value; of large and deeply nested values only a part.

    Parameters
    ----------
    value : object

    Returns
    -------
    text : str

    Examples
    --------
    >>> from sklstm._cli._output import short_repr
    >>> nested = ()
    >>> for _ in range(60):
    ...     nested = (nested, nested)
    >>> short_repr((128, 64)), short_repr(nested)
    ('(128, 64)', '((((..., ...), (..., ...)), ((..., ...), (..., ...))), ...')
    """
    return _REPR.repr(value)


_REPR = Repr()
_REPR.maxlevel = 4
_REPR.maxtuple = _REPR.maxlist = _REPR.maxdict = _REPR.maxset = _REPR.maxfrozenset = 30
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = _N_CHARACTERS


def format_json(value):
    r"""Format a value as JSON in which control characters are escaped.

    Parameters
    ----------
    value : object
        What JSON does not have is replaced by its repr.

    Returns
    -------
    text : str

    Examples
    --------
    >>> from sklstm._cli._output import format_json
    >>> print(format_json(["їжак\x9b2J\u202e"]))
    [
      "їжак\u009b2J\u202e"
    ]
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, default=short_repr)
    return CONTROLS.sub(
        lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text
    )
