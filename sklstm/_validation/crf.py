"""Validate targets of a CRF: one weight per sequence, and tags that follow the scheme."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sklstm._schemes import (
    describe_misfit,
    find_misfits,
    fitting_schemes,
    transition_penalties,
)
from sklstm._sequences import Dataset, show
from sklstm._validation.y import encode_labels


def check_crf_targets(dataset: Dataset, classes: NDArray, scheme: str | None) -> None:
    """Raise an error if weights differ within a sequence, or tags do not follow the scheme.

    Parameters
    ----------
    dataset : Dataset
    classes : ndarray of shape (n_classes,)
    scheme : {"BIO", "IOB1", "BIOES", "BILOU", "BMES"} or None
    """
    lengths = dataset.tokens.lengths[dataset.tokens.lengths > 0]
    stops = np.cumsum(lengths)
    starts = stops - lengths
    uneven = np.flatnonzero(dataset.weights != np.repeat(dataset.weights[starts], lengths))
    if len(uneven):
        raise ValueError(
            'With output="crf" all tokens of a sequence have the same weight, but '
            f"sample_weight{dataset.tokens.place(uneven[0])} differs from the first of its "
            'sequence. Pass one weight for each sequence, remove padding, or set output="softmax".'
        )
    if scheme is not None:
        _check_scheme(dataset, classes, scheme, starts, stops - 1)


def _check_scheme(
    dataset: Dataset, classes: NDArray, scheme: str, first: NDArray, last: NDArray
) -> None:
    """Raise a ValueError for a tag that is not of the scheme, or that the scheme forbids there.

    `first` and `last` are the indices of the first and the last token of each sequence.
    """
    tags = classes.tolist()
    codes = encode_labels(dataset, classes)
    misfits = min((find_misfits(tags, scheme, suffix) for suffix in (False, True)), key=len)
    if misfits:
        fitting = _allowing_schemes(tags, codes, first) or fitting_schemes(tags)
        advice = "Set scheme=None for other tags."
        if fitting:
            advice = f'Pass scheme="{fitting[0][0]}", which all tags fit.'
        found = np.flatnonzero(codes == tags.index(misfits[0]))  # none if only in `classes`
        place = f"y{dataset.tokens.place(found[0])}" if len(found) else "A class"
        raise ValueError(f"{place} is {show(misfits[0])}, {describe_misfit(scheme)}. {advice}")
    allowed = transition_penalties(tags, scheme) == 0
    before = np.roll(codes, 1)
    before[first] = len(tags)  # the row of the first tags
    follows = allowed[before, codes]
    wrong = ~follows
    wrong[last] |= ~allowed[-1, codes[last]]
    if not wrong.any():
        return
    k = wrong.argmax()
    where = "ends its sequence"
    if not follows[k]:
        where = "begins its sequence" if k in first else f"follows {show(tags[codes[k - 1]])}"
    fitting = _allowing_schemes(tags, codes, first)
    advice = "Correct the tag, or set another scheme or None."
    if fitting:
        advice = f'Pass scheme="{fitting[0][0]}", which allows all transitions of y.'
    raise ValueError(
        f"y{dataset.tokens.place(k)} is {show(tags[codes[k]])} and {where}, which the {scheme} "
        f"scheme does not allow. {advice}"
    )


def _allowing_schemes(tags: list, codes: NDArray, first: NDArray) -> list:
    """Return the schemes that all tags fit and that allow all transitions of the data."""
    outside = len(tags)
    path = np.append(np.insert(codes, first, outside), outside)
    names = [*tags, "O"]
    pairs = {*pairwise(path.tolist())}
    return fitting_schemes(tags, [(names[before], names[after]) for before, after in pairs])
