"""How a model file was saved, told by how it begins."""

import zipfile

# What joblib compresses with; the shortest last, for text may begin with it, too.
_BEGINNINGS = {
    b"\x80": "pickle",  # which joblib's own files are, too
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ": "xz",
    b"\x5d\x00\x00": "lzma",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x78": "zlib",
}


def format_of(path):
    """Return how a model file was saved, or how a pickle was compressed.

    Parameters
    ----------
    path : str

    Returns
    -------
    name : str
        "skops", "pickle", or the name of a compressor.

    Raises
    ------
    ValueError
        If it is no model file.
    """
    with open(path, "rb") as file:
        beginning = file.read(8)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "schema.json" in archive.namelist():
                return "skops"
    for each, name in _BEGINNINGS.items():
        if beginning.startswith(each):
            return name
    raise ValueError(f"{path} is no model file: it was saved by neither joblib, pickle nor skops.")
