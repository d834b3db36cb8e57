"""Model files: saved whole or not at all, and loaded."""

from pathlib import Path

import joblib

from sklstm import BiLSTMTagger
from sklstm._cli._formats import format_of
from sklstm._cli._writing import check_can_write
from sklstm.datasets._files import replacing

# All that a tagger may hold beyond what skops trusts by itself.
TRUSTED = ["sklstm._tagger.BiLSTMTagger", "sklstm.datasets._vectors.WordVectors"]
_COMPRESSIONS = {".gz": ("gzip", 3), ".bz2": ("bz2", 3), ".xz": ("xz", 3), ".z": ("zlib", 3)}
MODEL_HELP = (
    "a tagger saved by joblib, pickle or skops. Loading a joblib or pickle file runs whatever code "
    "it holds: pass only what you trust. A skops file (.skops) is safe to load"
)


def add_model_argument(parser):
    """Add the model file that a command loads.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)


def add_saving_argument(parser):
    """Add the option that says where a tagger is saved.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument(
        "-m",
        "--model",
        metavar="FILE",
        default="tagger.joblib",
        help="where to save the tagger (default: %(default)s): by skops, which can be loaded "
        "without running code, if the name ends in .skops; else by joblib, compressed if it ends "
        "in .gz, .bz2 or .xz",
    )


def check_can_save(path):
    """Raise, before any work, where a tagger could not be saved.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If no file can be written there.
    ImportError
        If it would be a file of skops, and skops is not installed.
    """
    check_can_write(path)
    if _is_skops_name(path):
        _import_skops()


def save(tagger, path):
    """Save a tagger; a file that was there is replaced only once all is written.

    Parameters
    ----------
    tagger : BiLSTMTagger
    path : str
    """
    with replacing(path) as file:
        if _is_skops_name(path):
            _import_skops().dump(tagger, file)
        else:
            joblib.dump(tagger, file, compress=_COMPRESSIONS.get(Path(path).suffix.lower(), 0))


def load(path):
    """Load a tagger, one that prints nothing as it predicts.

    Parameters
    ----------
    path : str

    Returns
    -------
    tagger : BiLSTMTagger

    Raises
    ------
    ValueError
        If the file holds anything else; whatever unpickling makes of it.
    """
    is_skops = format_of(path) == "skops"
    if is_skops:
        _refuse_untrusted_types(path)
    try:
        tagger = _import_skops().load(path, trusted=TRUSTED) if is_skops else joblib.load(path)
    except Exception as error:  # whatever comes of a file that anybody made
        raise ValueError(f"{path} cannot be loaded as a tagger ({_named(error)}).") from error
    if not isinstance(tagger, BiLSTMTagger):
        raise ValueError(f"{path} holds a {type(tagger).__name__}, not a BiLSTMTagger.")
    return tagger.set_params(verbose=False)


def untrusted_types(path):
    """Return the types in a file of skops that neither skops nor a tagger needs.

    Parameters
    ----------
    path : str

    Returns
    -------
    types : list of str

    Raises
    ------
    ImportError
        If skops is not installed.
    ValueError
        If the file is damaged.
    """
    io = _import_skops()
    try:
        types = io.get_untrusted_types(file=path)
    except Exception as error:  # likewise
        raise ValueError(f"{path} is damaged, or no file of skops ({_named(error)}).") from error
    return sorted(set(types) - set(TRUSTED))


def _refuse_untrusted_types(path):
    types = untrusted_types(path)
    if types:
        raise ValueError(
            f"{path} was not loaded, for it holds what no tagger needs and might run code: "
            f"{', '.join(types)}."
        )


def _named(error):
    return f"{type(error).__name__}: {error}"


def _is_skops_name(path):
    return Path(path).suffix.lower() == ".skops"


def _import_skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            "Files of skops need the package skops: python -m pip install skops"
        ) from error
    return skops.io
