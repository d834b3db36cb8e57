"""Describe a model file.

Print the version that saved it, its tokens and tags, the parameters that differ from the defaults,
its size and the course of training. Without --trusted, no code in the file is run: skops files are
loaded if all their types are trusted, and joblib and pickle files are not loaded.
"""

import os
import warnings
from contextlib import suppress

from sklearn.exceptions import InconsistentVersionWarning

from sklstm import BiLSTMTagger, __version__
from sklstm._cli._arguments import Parser
from sklstm._cli._files import format_bytes
from sklstm._cli._layouts import remembered_layout, remembered_normalize
from sklstm._cli._models import add_model_argument, find_taggers, get_format, load
from sklstm._cli._output import format_json, in_one_line, short_repr
from sklstm._cli._skops import errors_are_damage, get_untrusted_types

_N_PLAIN = 1000  # the longest repr of a value that JSON contains as it is
_TOKEN_TYPES = {"words": "words", "dicts": "dicts of named features", "vectors": "numeric vectors"}


def make_parser(prog):
    """Return the parser of the command."""
    parser = Parser(
        prog,
        description=__doc__,
        epilog="example: sklstm info -m tagger.joblib --trusted",
    )
    add_model_argument(parser)
    parser.add_argument(
        "--trusted",
        action="store_true",
        help="load the file even if it can run code; only use this with files that you trust",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    return parser


def run(options, parser):
    """Run the command; return its exit status."""
    description = describe(options.model, options.trusted)
    with errors_are_damage(options.model):
        lines = [format_json(description)] if options.json else [*_lines(description)]
    print("\n".join(lines))
    return 0


def _lines(description):
    """Yield the lines of a description as text."""
    kind = "a skops file" if description["format"] == "skops" else "a joblib or pickle file"
    title = f"a {description['type']}" if description["loaded"] else f"{kind}, not loaded"
    yield from _format_rows(f"{description['file']}: {title}", _rows(description))
    for name, member in description.get("members", {}).items():
        yield from _format_rows(f"{name}: a {member['type']}", _tagger_rows(member))


def _format_rows(title, rows):
    yield in_one_line(title)
    for name, text in rows:
        yield f"  {name:12}{in_one_line(text)}"


def describe(path, trusted):
    """Return a description of a model file, as a dict for JSON.

    Parameters
    ----------
    path : str
    trusted : bool
        Whether to load a file that can run code.

    Returns
    -------
    description : dict

    Raises
    ------
    ValueError
        If the file is not a model file or is damaged, or if it is loaded and does not contain a
        tagger.
    """
    name, untrusted = get_format(path), None
    if name == "skops":
        with suppress(ImportError):  # without skops, the types are unknown
            untrusted = get_untrusted_types(path)
    is_safe = untrusted == []
    description = {
        "file": path,
        "n_bytes": os.path.getsize(path),
        "format": name,
        "safe_to_load": None if name == "skops" and untrusted is None else is_safe,
        "untrusted_types": untrusted,
        "loaded": trusted or is_safe,
    }
    if description["loaded"]:
        tagger, description["version"] = _load_with_version(path, trusted)
        with errors_are_damage(path):  # the attributes of the tagger can be anything
            description |= _describe_model(tagger)
    return description


def _load_with_version(path, trusted):
    """Return a tagger and the version that saved it, which the warning about it contains."""
    version = __version__
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", InconsistentVersionWarning)
        tagger = load(path, trusted)
    for warning in caught:
        message = warning.message
        if getattr(message, "estimator_name", None) == "sklstm.BiLSTMTagger":
            version = message.original_sklearn_version
        else:
            warnings.showwarning(message, warning.category, warning.filename, warning.lineno)
    return tagger, version


def _describe_model(model):
    """Return the description of a tagger, or that of a VotingTagger and its members."""
    if isinstance(model, BiLSTMTagger):
        return _describe_tagger(model)
    params, taggers = model.get_params(deep=False), find_taggers(model)
    return {
        "type": "VotingTagger",
        "fitted": hasattr(model, "estimators_"),
        "parameters": {
            name: _plain(params[name]) for name in ("weights", "n_jobs") if params[name] is not None
        },
        "members": {name: _describe_tagger(tagger) for name, tagger in taggers.items()},
    }


def _describe_tagger(tagger):
    """Return the parameters of a tagger and, if it is fitted, its model and training history."""
    state = vars(tagger)
    changed = {
        name: _plain(state[name])
        for name, default in BiLSTMTagger().get_params().items()
        if name in state and short_repr(state[name]) != short_repr(default)
    }
    if not hasattr(tagger, "classes_"):
        return {"type": "BiLSTMTagger", "fitted": False, "parameters": changed}
    model = tagger._model
    description = {
        "type": "BiLSTMTagger",
        "fitted": True,
        "parameters": changed,
        "tokens": model.architecture.kind,
        "tags": [_plain(tag) for tag in tagger.classes_.tolist()],
        "layout": _format_layout(tagger),
        "n_parameters": sum(array.size for array in model.arrays),
        "parameter_bytes": sum(array.nbytes for array in model.arrays),
    }
    if model.architecture.kind != "vectors":
        description["vocabulary_size"] = len(tagger.vocabulary_)
    if hasattr(tagger, "optimizer_state_"):
        slots = tagger.optimizer_state_["slots"]
        description["optimizer_bytes"] = sum(array.nbytes for group in slots for array in group)
    for name in ("n_iter_", "loss_curve_", "validation_scores_", "best_validation_score_"):
        if hasattr(tagger, name):
            description[name.rstrip("_")] = getattr(tagger, name)
    return description


def _plain(value):
    """Return a value as it is if it is short, else a part of its repr."""
    text = short_repr(value)
    return value if len(text) <= _N_PLAIN and "..." not in text else text


def _format_layout(tagger):
    """Return the options that describe the training set, or None."""
    layout, normalize = remembered_layout(tagger), remembered_normalize(tagger)
    if layout is None:
        return None
    return f"{layout} --normalize={normalize}" if normalize else str(layout)


def _rows(description):
    """Yield the name and the text of each row that is printed."""
    if description["loaded"]:
        version = description["version"]
        this = "" if version == __version__ else f" (this is {__version__})"
        yield "saved by", f"sklstm {version}{this}"
    yield "format", f"{description['format']}, {format_bytes(description['n_bytes'])}"
    yield "loading", _format_safety(description)
    if description["loaded"]:
        yield from _tagger_rows(description)


def _tagger_rows(description):
    """Yield the rows on a tagger or a VotingTagger."""
    parameters = [f"{name}={value!r}" for name, value in description["parameters"].items()]
    yield "parameters", ", ".join(parameters) or "defaults"
    if "members" in description:
        yield "members", ", ".join(description["members"])
    if not description["fitted"]:
        yield "fitted", "no"
    elif "members" not in description:
        yield from _model_rows(description)


def _format_safety(description):
    if description["format"] != "skops":
        text = "runs the code in the file; only load files that you trust"
    elif description["untrusted_types"] is None:
        return "needs the package skops: pip install skops"
    elif description["untrusted_types"]:
        text = f"not safe, contains untrusted types: {', '.join(description['untrusted_types'])}"
    else:
        return "safe, runs no code"
    return text if description["loaded"] else f"{text} (--trusted loads and describes it)"


def _model_rows(description):
    """Yield the rows on the model and the training history of a fitted tagger."""
    yield "tokens", _TOKEN_TYPES[description["tokens"]]
    yield "tags", f"{len(description['tags'])}: {' '.join(map(str, description['tags']))}"
    if description["layout"] is not None:
        yield "layout", f"{description['layout']} (that of the training set)"
    size = format_bytes(description["parameter_bytes"])
    yield "size", f"{description['n_parameters']:,} parameters, {size}"
    losses, scores = description["loss_curve"], description.get("validation_scores")
    trained = f"{description['n_iter']} epoch(s), loss {losses[0]:.4f} to {losses[-1]:.4f}"
    if scores:
        trained += f", validation score {scores[0]:.4f} to {scores[-1]:.4f}"
    yield "trained", trained
    if "vocabulary_size" in description:
        yield "vocabulary", f"{description['vocabulary_size']:,} features and characters"
    if "optimizer_bytes" in description:
        yield "optimizer", f"{format_bytes(description['optimizer_bytes'])}, kept by partial_fit"
