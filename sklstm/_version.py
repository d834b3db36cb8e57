"""The version of the package, which saved taggers carry."""

__version__ = "0.1.0"
