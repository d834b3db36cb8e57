"""Export of fitted taggers to other formats."""

import json
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sklstm import BiLSTMTagger, __version__

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

__all__ = ["to_onnx"]

_MIN_OPSET = 13  # the first whose Softmax works on one axis
_ONNX_GATES = [2, 0, 1, 3]  # those of coefs_ as input, output, forget, cell
# What to do with estimators that have one of these attributes.
_HINTS = {
    "steps": "Export its last step, model[-1], and transform X by the steps before, model[:-1].",
    "best_estimator_": "Export its best_estimator_.",
    "estimators_": "Export each of its estimators_, and average their probabilities.",
}


def to_onnx(tagger: BiLSTMTagger, *, target_opset: int = _MIN_OPSET) -> "ModelProto":
    """Convert a fitted tagger of vectors to an ONNX model.

    The model has two inputs:

    - "X", float32 of shape (n_sequences, n_timesteps, n_features): at least one sequence, all
      padded to the same length with any finite numbers;
    - "lengths", int64 of shape (n_sequences,): the number of tokens of each sequence.

    It has two outputs, with the names that skl2onnx uses. Ignore their values in the padding:

    - "label", of shape (n_sequences, n_timesteps): the tags, str or numbers as in `classes_`;
    - "probabilities", float32 of shape (n_sequences, n_timesteps, n_classes), in the order of
      `classes_`, which the metadata of the model have as JSON, by the key "classes".

    Parameters
    ----------
    tagger : BiLSTMTagger
        A tagger with ``output="softmax"``, fitted on vectors.

    target_opset : int, default=13
        The version of the operators of ONNX, 13 or later. Runtimes support old versions; choose a
        later one to merge the model with another model.

    Returns
    -------
    model : onnx.ModelProto
        ``model.SerializeToString()`` returns the content of an ``.onnx`` file.

    Raises
    ------
    ImportError
        If onnx is not installed.
    TypeError, ValueError
        If the tagger cannot be exported.
    sklearn.exceptions.NotFittedError
        If the tagger is not fitted.

    Notes
    -----
    The model computes in float32, also for a tagger that was fitted on float64, because
    onnxruntime has no other LSTM.

    Examples
    --------
    >>> import numpy as np
    >>> from onnxruntime import InferenceSession
    >>> from sklstm import BiLSTMTagger
    >>> from sklstm.datasets import make_tagged_sequences
    >>> from sklstm.export import to_onnx
    >>> X, y = make_tagged_sequences(n_sequences=20, random_state=0)
    >>> tagger = BiLSTMTagger(8, max_iter=2, random_state=0).fit(X, y)
    >>> session = InferenceSession(to_onnx(tagger).SerializeToString())
    >>> one = {"X": np.float32(X[:1]), "lengths": [len(X[0])]}
    >>> label, probabilities = session.run(None, one)
    >>> np.allclose(probabilities[0], tagger.predict_proba(X[:1])[0], atol=1e-5)
    True
    """
    _check_tagger(tagger)
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            f'to_onnx needs onnx ({error}). Install it with: pip install "sklstm[onnx]"'
        ) from error
    newest = onnx.defs.onnx_opset_version()
    if not (isinstance(target_opset, Integral) and _MIN_OPSET <= target_opset <= newest):
        raise ValueError(
            f"target_opset is {target_opset!r}, but must be an int from {_MIN_OPSET} to {newest}, "
            f"the newest version that onnx {onnx.__version__} supports."
        )
    nodes, arrays = _network(tagger)
    graph = onnx.helper.make_graph(
        nodes,
        "BiLSTMTagger",
        *_inputs_and_outputs(tagger),
        [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    opset = onnx.helper.make_opsetid("", int(target_opset))
    model = onnx.helper.make_model(
        graph,
        producer_name="sklstm",
        producer_version=__version__,
        opset_imports=[opset],
        ir_version=onnx.helper.find_min_ir_version_for([opset]),
    )
    onnx.helper.set_model_props(model, {"classes": json.dumps(tagger.classes_.tolist())})
    return model


def _check_tagger(tagger: Any) -> None:
    """Raise an error that says what to do if a tagger cannot be exported."""
    if not isinstance(tagger, BiLSTMTagger):
        hint = next((_HINTS[name] for name in _HINTS if hasattr(tagger, name)), "")
        raise TypeError(
            f"to_onnx exports a fitted BiLSTMTagger, got a {type(tagger).__name__}. {hint}".rstrip()
        )
    check_is_fitted(tagger)
    if not hasattr(tagger, "n_features_in_"):
        raise ValueError(
            "The tagger was fitted on words or dicts, and ONNX has no operators for their "
            "features. Predict in Python, or fit a tagger on vectors, such as pre-trained vectors "
            "of the words, and compute these before the exported model."
        )
    if tagger.out_activation_ == "crf":
        raise ValueError(
            "The tagger has a CRF, and ONNX has no operator that decodes it. Fit a tagger with "
            'output="softmax".'
        )


def _inputs_and_outputs(tagger: BiLSTMTagger) -> tuple[list[Any], list[Any]]:
    """Return the descriptions of the inputs and of the outputs of a model."""
    from onnx import TensorProto, helper, numpy_helper

    value, steps = helper.make_tensor_value_info, ["n_sequences", "n_timesteps"]
    classes = numpy_helper.from_array(_storable(tagger.classes_)).data_type
    inputs = [
        value("X", TensorProto.FLOAT, [*steps, tagger.n_features_in_], "Padded sequences"),
        value("lengths", TensorProto.INT64, steps[:1], "The number of tokens of each sequence"),
    ]
    outputs = [
        value("label", classes, steps, "The most probable tags"),
        value("probabilities", TensorProto.FLOAT, [*steps, tagger.n_outputs_]),
    ]
    return inputs, outputs


def _network(tagger: BiLSTMTagger) -> tuple[list["NodeProto"], dict[str, NDArray[Any]]]:
    """Return the operators of a network, in their order, and its arrays by name.

    The axis of the time steps is the first one inside, which ONNX Runtime requires of an LSTM.
    """
    from onnx import TensorProto, helper

    node, W, b = helper.make_node, tagger.coefs_, tagger.intercepts_
    nodes = [
        node("Cast", ["lengths"], ["sequence_lens"], to=TensorProto.INT32),
        node("Transpose", ["X"], ["time_first"], perm=[1, 0, 2]),
    ]
    arrays = {
        "output.W": W["output"].astype(np.float32),
        "output.b": b["output"].astype(np.float32),
        "classes": _storable(tagger.classes_),
    }
    inputs = "time_first"
    for name in (f"lstm_{k}" for k in range(tagger.n_layers_ - 2)):
        nodes += _lstm_nodes(name, inputs, W[name].shape)
        arrays |= _lstm_arrays(name, W[name], b[name])
        inputs = f"{name}.H"
    nodes += [
        node("MatMul", [inputs, "output.W"], ["products"]),
        node("Add", ["products", "output.b"], ["sums"]),
        node("Transpose", ["sums"], ["logits"], perm=[1, 0, 2]),
        node("Softmax", ["logits"], ["probabilities"], axis=-1),
        node("ArgMax", ["logits"], ["indices"], axis=-1, keepdims=0),
        node("Gather", ["classes", "indices"], ["label"]),
    ]
    return nodes, arrays


def _lstm_nodes(name: str, inputs: str, shape: tuple[int, ...]) -> list["NodeProto"]:
    """Return the operators of a layer; its hidden states have the name of the layer with ".H".

    Parameters
    ----------
    name, inputs : str
    shape : tuple of int
        The shape of the weights, as in `coefs_`.
    """
    from onnx import helper

    n_directions, *_, n_units = shape
    parameters = [f"{name}.{part}" for part in "WRB"]
    lstm = helper.make_node(
        "LSTM",
        [inputs, *parameters, "sequence_lens"],
        [f"{name}.Y"],  # (n_timesteps, n_directions, n_sequences, n_units)
        hidden_size=n_units,
        direction="bidirectional" if n_directions == 2 else "forward",
    )
    swap = helper.make_node("Transpose", [f"{name}.Y"], [f"{name}.swapped"], perm=[0, 2, 1, 3])
    join = helper.make_node("Reshape", [f"{name}.swapped", f"{name}.shape"], [f"{name}.H"])
    return [lstm, swap, join]


def _lstm_arrays(
    name: str, W: NDArray[np.floating], b: NDArray[np.floating]
) -> dict[str, NDArray[Any]]:
    """Return the parameters of a layer as the LSTM operator takes them.

    Its gates are in the order input, output, forget, cell, its matrices are transposed, and it has
    a second bias, which is zero here.

    Parameters
    ----------
    name : str
    W : ndarray of shape (n_directions, 4, n_units + n_inputs, n_units)
    b : ndarray of shape (n_directions, 4, n_units)
    """
    n_directions, *_, n_units = W.shape
    rows = W[:, _ONNX_GATES].swapaxes(2, 3).reshape(n_directions, 4 * n_units, -1)
    rows = rows.astype(np.float32)
    biases = b[:, _ONNX_GATES].reshape(n_directions, -1).astype(np.float32)
    return {
        f"{name}.W": np.ascontiguousarray(rows[..., n_units:]),
        f"{name}.R": np.ascontiguousarray(rows[..., :n_units]),
        f"{name}.B": np.hstack([biases, np.zeros_like(biases)]),
        # Zeros keep the numbers of time steps and of sequences.
        f"{name}.shape": np.array([0, 0, n_directions * n_units]),
    }


def _storable(classes: NDArray[Any]) -> NDArray[Any]:
    """Return classes as onnx stores them: str as objects."""
    return classes.astype(object) if classes.dtype.kind == "U" else classes
