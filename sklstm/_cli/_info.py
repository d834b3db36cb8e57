"""``python -m sklstm info``: what is in a model file, without running anything in it."""

import argparse
import json
import os

import numpy as np

from sklstm import BiLSTMTagger, __version__
from sklstm._cli._contents import Thing, read_contents
from sklstm._cli._models import TRUSTED, untrusted_types
from sklstm._cli._sizes import size_of_file

_TAGGER = TRUSTED[0]
# What a pickle of a tagger names, by the modules that it is in.
_EXPECTED_MODULES = ("numpy", "numpy._core.multiarray", "numpy.core.multiarray",
                     "numpy._core.numeric", "joblib.numpy_pickle", "_codecs")  # fmt: skip
_WORDS_OF_KINDS = {
    "words": "words",
    "dicts": "dicts of named features",
    "vectors": "numeric vectors",
}


def make_parser():
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sklstm info",
        description="Say what is in a model file: the version that saved it, what a token is, the "
        "tags, the parameters that differ from the defaults, the size and how training went; and "
        "whether it can be loaded without running code of others. Nothing in the file is run, so "
        "it may come from anywhere.",
        epilog="example: python -m sklstm info tagger.joblib",
        allow_abbrev=False,
    )
    parser.add_argument("model", metavar="MODEL", help="a tagger saved by joblib, pickle or skops")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    return parser


def run(options, parser):
    """Run the command; return its exit status."""
    try:
        about = describe(options.model)
        text = _json(about) if options.json else "\n".join(_lines(about))
    except (AttributeError, KeyError, IndexError, TypeError) as error:  # of a tagger made by hand
        problem = f"{type(error).__name__}: {error}"
        raise ValueError(f"{options.model} is damaged ({problem}).") from error
    print(text)
    return 0


def _json(about):
    return json.dumps(about, indent=2, ensure_ascii=False, default=repr)


def describe(path):
    """Return what is known of the tagger in a file, as a dict that JSON can hold.

    Parameters
    ----------
    path : str

    Returns
    -------
    about : dict

    Raises
    ------
    ValueError
        If it is no model file, or holds no tagger.
    """
    contents = read_contents(path)
    safe, others = _judge(path, contents)
    state = contents.value.state if isinstance(contents.value, Thing) else None
    if not isinstance(state, dict) or contents.value.type_name != _TAGGER:
        name = getattr(contents.value, "type_name", type(contents.value).__name__)
        warning = f" It names {', '.join(others)}: do not load it blindly." if others else ""
        raise ValueError(f"{path} holds a {name}, not a BiLSTMTagger.{warning}")
    return {
        "file": path,
        "n_bytes": os.path.getsize(path),
        "format": contents.format,
        "safe_to_load": safe,
        "other_types": others,
        "version": state.get("_sklstm_version"),
        **_about_model(state),
        "parameters": _changed_parameters(state),
        **_about_training(state),
    }


def _judge(path, contents):
    """Return whether loading runs no code of others, and the types that no tagger needs.

    The first is None where it cannot be told.
    """
    if contents.format == "skops":
        try:
            others = untrusted_types(path)
        except ImportError:  # skops alone can tell
            return None, []
        return not others, others
    modules = {name: name.rpartition(".")[0] for name in contents.types - set(TRUSTED)}
    others = [name for name, module in modules.items() if module not in _EXPECTED_MODULES]
    return False, sorted(others)


def _changed_parameters(state):
    defaults = BiLSTMTagger().get_params()
    return {
        name: state[name]
        for name, default in defaults.items()
        if name in state and not _same(state[name], default)
    }


def _same(value, default):
    return type(value) is type(default) and value == default


def _about_model(state):
    """Return what a fitted tagger knows and how large it is; nothing of one that is not fitted."""
    network = state.get("_network")
    if network is None:
        return {"fitted": False}
    arrays = [network[name] for name in ("vector", "table") if name in network]
    about = {
        "fitted": True,
        "tokens": network["kind"],
        "tags": np.asarray(state["classes_"]).tolist(),
        "n_parameters": sum(array.size for array in arrays),
        "parameter_bytes": sum(array.nbytes for array in arrays),
    }
    if "names" in network:
        about["vocabulary_size"] = len(network["names"]["lengths"])
    if "optimizer_state_" in state:
        slots = state["optimizer_state_"]["slots"]
        about["optimizer_bytes"] = sum(array.nbytes for group in slots for array in group)
    return about


def _about_training(state):
    names = ("n_iter_", "loss_curve_", "validation_scores_", "best_validation_score_")
    return {name.rstrip("_"): state[name] for name in names if name in state}


def _lines(about):
    """Return the lines that tell a person what is known of a tagger."""
    saved_by = about["version"] or "before 0.1.0"
    this = "" if saved_by == __version__ else f" (this is {__version__})"
    rows = {
        "saved by": f"sklstm {saved_by}{this}",
        "format": f"{about['format']}, {size_of_file(about['n_bytes'])}",
        "loading": _on_loading(about),
        "parameters": ", ".join(f"{name}={value!r}" for name, value in about["parameters"].items())
        or "the defaults",
        **(_rows_of_model(about) if about["fitted"] else {"fitted": "no"}),
    }
    return [
        f"{about['file']}: a BiLSTMTagger",
        *(f"  {name:12}{text}" for name, text in rows.items()),
    ]


def _on_loading(about):
    others = ", ".join(about["other_types"])
    if about["format"] != "skops":
        also = f"; beyond what a tagger needs, it names {others}" if others else ""
        return f"runs the code that the file names: load it only if you trust it{also}"
    if about["safe_to_load"] is None:
        return "needs the package skops, which then tells whether it is safe"
    return f"refused, for it holds what no tagger needs: {others}" if others else "runs no code"


def _rows_of_model(about):
    curve, scores = about["loss_curve"], about.get("validation_scores")
    trained = f"{about['n_iter']} epoch(s), loss {curve[0]:.4f} to {curve[-1]:.4f}"
    if scores:
        trained += f", validation score {scores[0]:.4f} to {scores[-1]:.4f}"
    rows = {
        "tokens": _WORDS_OF_KINDS[about["tokens"]],
        "tags": f"{len(about['tags'])}: {' '.join(map(str, about['tags']))}",
        "size": f"{about['n_parameters']:,} parameters, {size_of_file(about['parameter_bytes'])}",
        "trained": trained,
    }
    if "vocabulary_size" in about:
        rows["vocabulary"] = f"{about['vocabulary_size']:,} features and characters"
    if "optimizer_bytes" in about:
        rows["optimizer"] = f"{size_of_file(about['optimizer_bytes'])}, kept by partial_fit"
    return rows
