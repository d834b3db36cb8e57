"""Save, recognize and load model files."""

import zlib
from importlib import import_module
from pathlib import Path

import joblib

from sklstm import BiLSTMTagger
from sklstm._cli._files import check_can_write
from sklstm._cli._skops import get_untrusted_types, import_skops, is_skops, load_skops
from sklstm._files import replacing

_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".z": "zlib"}
# The first bytes of pickles, of files of joblib, too, and of zip archives.
_PICKLE_START, _ZIP_START = b"\x80", b"PK\x03\x04"
# The first bytes of compressed files, and the name of the compression.
_SIGNATURES = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ": "xz",
    b"\x5d\x00\x00": "lzma",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x78": "zlib",
}
_N_START = 1 << 20  # bytes that are read to recognise a file; a block of bzip2 has fewer
_XZ_MEMORY = 1 << 27  # bytes that decompressing them may take


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
        import_skops()


def save(tagger, path):
    """Save a tagger; an existing file is replaced only after all data is written.

    Parameters
    ----------
    tagger : BiLSTMTagger
    path : str
    """
    with replacing(path) as file:
        if _is_skops_name(path):
            import_skops().dump(tagger, file)
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
            start = file.read(_N_START)
    except FileNotFoundError as error:
        raise ValueError(f"{path}: {error.strerror}. Pass the model file with -m.") from error
    # Only the first bytes count: a pickle stays one with a zip archive appended.
    if start.startswith(_PICKLE_START):
        return "pickle"
    if start.startswith(_ZIP_START) and is_skops(path):
        return "skops"
    for signature, compression in _SIGNATURES.items():
        if start.startswith(signature) and _first_byte(start, compression) == _PICKLE_START:
            return f"pickle, {compression}"
    raise ValueError(f"{path} is not a model file: it was not saved by joblib, pickle or skops.")


def _first_byte(data, compression):
    """Return the first byte of compressed data; no bytes if the data is invalid."""
    if compression in ("gzip", "zlib"):
        decompressor = zlib.decompressobj(zlib.MAX_WBITS + 32)  # recognises both headers
    elif compression == "bz2":
        decompressor = import_module("bz2").BZ2Decompressor()
    elif compression == "lz4":
        decompressor = import_module("lz4.frame").LZ4FrameDecompressor()
    else:
        decompressor = import_module("lzma").LZMADecompressor(memlimit=_XZ_MEMORY)
    try:
        return decompressor.decompress(data, 1)
    except Exception:  # each module has its own exceptions for invalid data
        return b""


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
    is_pickle = get_format(path) != "skops"
    untrusted = [] if is_pickle else get_untrusted_types(path)
    if untrusted and not trusted:
        raise ValueError(
            f"{path} was not loaded: it contains types that might run code and that a tagger does "
            f"not need: {', '.join(untrusted)}."
        )
    try:
        model = joblib.load(path) if is_pickle else load_skops(path, untrusted)
        taggers = find_taggers(model)
    except Exception as error:  # a file may raise anything
        raise ValueError(
            f"{path} cannot be loaded as a tagger ({type(error).__name__}: {error})."
        ) from error
    if not taggers:
        raise ValueError(f"{path} contains a {type(model).__name__}, not a BiLSTMTagger.")
    return model


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


def _is_skops_name(path):
    return Path(path).suffix.lower() == ".skops"
