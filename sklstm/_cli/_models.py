"""Save, recognize and load model files."""

import zipfile
import zlib
from importlib import import_module
from pathlib import Path

import joblib

from sklstm import BiLSTMTagger
from sklstm._cli._files import check_can_write
from sklstm._files import replacing

# The types in a tagger that skops does not trust by default.
_TRUSTED = [
    "sklstm._tagger.BiLSTMTagger",
    "sklstm.datasets._vectors.WordVectors",
    "sklstm.ensemble.VotingTagger",
]
_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".z": "zlib"}
# The first bytes of compressed files, the name of the compression and the module that reads it.
_SIGNATURES = {
    b"\x1f\x8b": ("gzip", "gzip"),
    b"BZh": ("bz2", "bz2"),
    b"\xfd7zXZ": ("xz", "lzma"),
    b"\x5d\x00\x00": ("lzma", "lzma"),
    b"\x04\x22\x4d\x18": ("lz4", "lz4.frame"),
    b"\x78": ("zlib", None),
}
_PICKLE_START = b"\x80"  # of files of joblib, too


def add_model_argument(parser):
    """Add the option for the model file that a command loads.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument(
        "-m",
        "--model",
        metavar="FILE",
        default="tagger.joblib",
        help="tagger saved by joblib, pickle or skops (default: %(default)s). Loading a joblib or "
        "pickle file runs whatever code it contains: only load files that you trust. Skops files "
        "(.skops) are safe to load",
    )


def add_saving_argument(parser, default):
    """Add the option for the file that a command saves a tagger to.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    default : str
    """
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=default,
        help="file to save the tagger to (default: %(default)s); names that end in .skops are "
        "saved with skops, which can be loaded without running code; all others with joblib, "
        "compressed if the name ends in .gz, .bz2 or .xz",
    )


def check_can_save(path):
    """Raise an error if a tagger cannot be saved; called before training.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If the file cannot be written.
    ImportError
        If the file name ends in .skops and skops is not installed.
    """
    check_can_write(path)
    if _is_skops_name(path):
        _import_skops()


def save(tagger, path):
    """Save a tagger; an existing file is replaced only after all data is written.

    Parameters
    ----------
    tagger : BiLSTMTagger
    path : str
    """
    with replacing(path) as file:
        if _is_skops_name(path):
            _import_skops().dump(tagger, file)
        else:
            compression = _COMPRESSIONS.get(Path(path).suffix.lower())
            joblib.dump(tagger, file, compress=(compression, 3) if compression else 0)


def get_format(path):
    """Return the format of a model file; its content is not loaded.

    Parameters
    ----------
    path : str

    Returns
    -------
    name : str
        "skops", "pickle", or "pickle" and the compression, as in "pickle, gzip". Files of joblib
        are pickles.

    Raises
    ------
    ValueError
        If the file does not exist or is not a model file.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(1024)
    except FileNotFoundError as error:
        raise ValueError(f"{path}: {error.strerror}. Pass the model file with -m.") from error
    if start.startswith(_PICKLE_START):
        return "pickle"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "schema.json" in archive.namelist():
                return "skops"
    for signature, (compression, module) in _SIGNATURES.items():
        if start.startswith(signature) and _is_compressed_pickle(path, start, module):
            return f"pickle, {compression}"
    raise ValueError(f"{path} is not a model file: it was not saved by joblib, pickle or skops.")


def _is_compressed_pickle(path, start, module):
    """Return whether the decompressed file starts as a pickle does."""
    try:
        if module is None:
            return zlib.decompressobj().decompress(start, 1) == _PICKLE_START
        with import_module(module).open(path) as file:
            return file.read(1) == _PICKLE_START
    except ImportError:
        raise
    except Exception:  # each module has its own exceptions for invalid data
        return False


def load(path, trusted=False):
    """Load a tagger. Loading a pickle runs the code in it.

    Parameters
    ----------
    path : str
    trusted : bool, default=False
        Whether to load a skops file with untrusted types.

    Returns
    -------
    tagger : BiLSTMTagger or VotingTagger

    Raises
    ------
    ValueError
        If loading fails, if a skops file contains untrusted types, or if the file does not contain
        a tagger.
    """
    is_skops = get_format(path) == "skops"
    untrusted = get_untrusted_types(path) if is_skops else []
    if untrusted and not trusted:
        raise ValueError(
            f"{path} was not loaded: it contains types that might run code and that a tagger does "
            f"not need: {', '.join(untrusted)}."
        )
    try:
        if is_skops:
            tagger = _import_skops().load(path, trusted=[*_TRUSTED, *untrusted])
        else:
            tagger = joblib.load(path)
    except Exception as error:  # a file may raise anything
        raise ValueError(
            f"{path} cannot be loaded as a tagger ({_format_error(error)})."
        ) from error
    if not find_taggers(tagger):
        raise ValueError(f"{path} contains a {type(tagger).__name__}, not a BiLSTMTagger.")
    return tagger


def find_taggers(model):
    """Return the members of a VotingTagger that are, or end in, a BiLSTMTagger.

    Parameters
    ----------
    model : object

    Returns
    -------
    taggers : dict of str to BiLSTMTagger
        By the names of the members; a BiLSTMTagger itself has no name. Empty for other objects.
    """
    if isinstance(model, BiLSTMTagger):
        return {"": model}
    from sklstm.ensemble import VotingTagger
    from sklstm.inspection._estimators import last_estimator

    if not isinstance(model, VotingTagger):
        return {}
    members = getattr(model, "named_estimators_", dict(model.estimators))
    last = {name: last_estimator(member) for name, member in members.items()}
    return {name: tagger for name, tagger in last.items() if isinstance(tagger, BiLSTMTagger)}


def load_for_prediction(path):
    """Load a tagger that does not print its progress.

    Parameters
    ----------
    path : str

    Returns
    -------
    model : BiLSTMTagger or VotingTagger
    tagger : BiLSTMTagger
        The one that describes the training set: the model, or its first member.

    Raises
    ------
    ValueError
        As for `load`, and if the tagger is not fitted.
    """
    model = load(path)
    if not hasattr(model, "classes_"):
        raise ValueError(f"{path} contains a {type(model).__name__} that is not fitted.")
    taggers = [each.set_params(verbose=False) for each in find_taggers(model).values()]
    return model, taggers[0]


def get_untrusted_types(path):
    """Return the types in a skops file that are not trusted and that a tagger does not need.

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
    skops_io = _import_skops()
    try:
        types = skops_io.get_untrusted_types(file=path)
    except Exception as error:  # a file may raise anything
        raise ValueError(
            f"{path} is damaged, or not a skops file ({_format_error(error)})."
        ) from error
    return sorted(set(types) - set(_TRUSTED))


def _format_error(error):
    return f"{type(error).__name__}: {error}"


def _is_skops_name(path):
    return Path(path).suffix.lower() == ".skops"


def _import_skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("Skops files need the package skops: pip install skops") from error
    return skops.io
