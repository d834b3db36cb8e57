"""The stored state of a fitted model: arrays, lists, dicts, str and numbers."""

from collections.abc import Mapping

import numpy as np

from sklstm._digest import digest
from sklstm._model import OUTPUTS, Architecture, Model
from sklstm._version import __version__
from sklstm.nn.parameters import count

# The number of the format. A change that older versions cannot read, or that cannot read what they
# stored, increments it.
FORMAT = 2


def model_to_state(model):
    """Return the state of a model; its arrays are those of the model, which is marked as shared.

    Parameters
    ----------
    model : Model

    Returns
    -------
    state : dict
    """
    model.is_shared = True
    architecture = model.architecture
    state = {
        "format": FORMAT,
        "kind": architecture.kind,
        "analyzer": architecture.analyzer,
        "architecture": {
            "embedding_size": architecture.embedding_size,
            "char_hidden_size": architecture.char_hidden_size,
            "n_fixed": architecture.vector_size,
            "hidden_layer_sizes": architecture.hidden_layer_sizes,
            "n_directions": 2 if architecture.bidirectional else 1,
            "output": architecture.output,
            "scheme": architecture.scheme,
        },
        "vector": model.vector,
    }
    if model.table is not None:
        state["table"] = model.table
        names = [name.encode("utf-8", "surrogatepass") for name in model.vocabulary]
        state["names"] = {  # one array of bytes, which pickles fast
            "bytes": np.frombuffer(b"".join(names), np.uint8),
            "lengths": np.fromiter(map(len, names), np.int32, len(names)),
        }
    if model.embeddings is not None:
        state["embeddings"] = model.embeddings  # as the user passed them
    state["digest"] = _digest(state, model.classes)
    return state


def model_from_state(state, classes, version=None):
    """Return the model of a state; its arrays are those of the state.

    Parameters
    ----------
    state : object
        The result of :func:`model_to_state`, or anything else that a file contains.
    classes : ndarray of shape (n_classes,)
    version : str, default=None
        The version of the package that stored the state, if known.

    Returns
    -------
    model : Model

    Raises
    ------
    ValueError
        If the state is of another format, or damaged.
    """
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ValueError(
            f"This BiLSTMTagger was saved by sklstm {version or 'before version 0.1.0'}, in a "
            f"format that sklstm {__version__} cannot read. Load it with the version that saved "
            "it, or fit it again."
        )
    try:
        problem = _find_damage(state, classes)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = repr(error)
    if problem:
        raise ValueError(
            f"This BiLSTMTagger is damaged ({problem}). Save it again, or fit it again."
        )
    names = load_names(state["names"]) if "names" in state else []
    return Model(
        _architecture(state),
        classes,
        state["vector"],
        state.get("table"),
        {name: row for row, name in enumerate(names, 1)},
        state.get("embeddings"),
        is_shared=True,
    )


def _architecture(state):
    stored = dict(state["architecture"])
    return Architecture(
        kind=state["kind"],
        analyzer=state["analyzer"],
        vector_size=stored.pop("n_fixed"),
        bidirectional=stored.pop("n_directions") == 2,
        **stored,
    )


def _find_damage(state, classes):
    """Return what is wrong with a state; None if nothing is."""
    architecture = _architecture(state)
    output = OUTPUTS[architecture.output](classes, architecture.scheme, 0.0)
    arrays = [state["vector"]]
    valid = arrays[0].shape == (count(architecture.parameter_shapes(output)),)
    if architecture.kind != "vectors":
        names, table = state["names"], state["table"]
        arrays.append(table)
        valid &= table.shape == (len(names["lengths"]) + 1, architecture.embedding_size)
        valid &= names["bytes"].size == names["lengths"].sum()
    if not valid:
        return "the shapes of its arrays do not match"
    if not all(np.isfinite([array.min(), array.max()]).all() for array in arrays if array.size):
        return "some of its parameters are not finite"
    stored = state.get("digest")  # files of earlier versions have none
    if stored is not None and stored != _digest(state, classes):
        return "its content has changed since it was saved"
    return None


def _digest(state, classes):
    parts = {name: state[name] for name in state if name != "digest"}
    if not isinstance(parts.get("embeddings", {}), Mapping):  # such as those of gensim
        del parts["embeddings"]
    return digest(parts, classes)


def load_names(stored):
    """Return the list of feature names that :func:`model_to_state` stored."""
    text, stops = stored["bytes"].tobytes(), np.cumsum(stored["lengths"]).tolist()
    return [
        text[start:stop].decode("utf-8", "surrogatepass")
        for start, stop in zip([0, *stops], stops, strict=False)
    ]
