"""Parse the arguments of a command; errors are one line and suggest the nearest name."""

import argparse
import difflib
import re
from pathlib import Path

from sklstm._cli._files import STANDARD_STREAM
from sklstm._cli._output import in_one_line

_MODEL_SUFFIXES = {".joblib", ".pkl", ".pickle", ".skops"}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line. The usage is only printed with ``--help``.

    Arguments without an option are files of text: a file that is named like a model is refused.

    Parameters
    ----------
    prog : str
        The command, as the user typed it.
    replaced : dict of str to str, default=None
        What to type instead of options that do not exist.
    **options : dict
        Options of :class:`argparse.ArgumentParser`.
    """

    def __init__(self, prog, replaced=None, **options):
        super().__init__(prog=prog, allow_abbrev=False, **options)
        self._replaced = replaced or {}

    def parse(self, arguments):
        """Return the options; options and files can be in any order."""
        options, unknown = self.parse_known_intermixed_args(arguments)
        for argument in unknown:
            if argument.startswith("-") and argument != STANDARD_STREAM:
                self._refuse_option(argument.partition("=")[0])
        option = "-o" if "-m" in self._replaced else "-m"
        for path in [*getattr(options, "files", []), *unknown]:
            if _MODEL_SUFFIXES.intersection(map(str.lower, Path(path).suffixes)):
                self.error(f"{path} is named like a model file: pass it as {option} {path}")
        if unknown:
            self.error(f"unexpected argument {unknown[0]!r}")
        return options

    def error(self, message):
        """Print the message in one line and exit with status 2."""
        message = in_one_line(message).rstrip(".")
        end = "" if message.endswith("?") else "."
        self.exit(2, f"{self.prog}: error: {message}{end} Run '{self.prog} --help' for usage.\n")

    def _refuse_option(self, name):
        if name in self._replaced:
            self.error(f"there is no option {name}: pass {self._replaced[name]}")
        existing = [*re.findall(r"--[a-z][a-z-]*", self.format_usage()), "--help"]
        self.error(f"there is no option {name}.{did_you_mean(name, existing)}")


def did_you_mean(name, names):
    """Return a suggestion of the nearest of the names that exist; empty if none is near.

    Examples
    --------
    >>> from sklstm._cli._arguments import did_you_mean
    >>> did_you_mean("tain", ["train", "tag"])
    ' Did you mean train?'
    >>> did_you_mean("noun", ["NOUN", "VERB"])
    ' Did you mean NOUN?'
    """
    by_lower_case = {each.lower(): each for each in names}
    nearest = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    return f" Did you mean {by_lower_case[nearest[0]]}?" if nearest else ""


def one_of(names):
    """Return a function that parses one of some names.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    parse : callable
        Raises an ArgumentTypeError, which suggests the nearest name.
    """
    names = list(names)

    def parse(text):
        if text not in names:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not one of {', '.join(names)}.{did_you_mean(text, names)}"
            )
        return text

    return parse
