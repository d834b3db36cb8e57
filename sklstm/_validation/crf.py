"""Targets of a CRF: one weight per sequence, and tags that follow the scheme."""

import numpy as np
from numpy.typing import NDArray

from sklstm._schemes import PREFIXES, parse, transition_penalties
from sklstm._sequences import Dataset, show
from sklstm._validation.y import encode_labels


def check_crf_targets(dataset: Dataset, classes: NDArray, scheme: str | None) -> None:
    """Raise an error if weights differ within a sequence, or tags do not follow the scheme.

    Parameters
    ----------
    dataset : Dataset
    classes : ndarray of shape (n_classes,)
    scheme : {"BIO", "IOB1", "BIOES"} or None
    """
    lengths = dataset.tokens.lengths[dataset.tokens.lengths > 0]
    stops = np.cumsum(lengths)
    starts = stops - lengths
    uneven = np.flatnonzero(dataset.weights != np.repeat(dataset.weights[starts], lengths))
    if len(uneven):
        raise ValueError(
            'With output="crf" all tokens of a sequence have the same weight, but '
            f"sample_weight{dataset.tokens.place(uneven[0])} differs from the first of its "
            'sequence. Pass one weight for each sequence, cut padding off, or set output="softmax".'
        )
    if scheme is None:
        return
    for tag in classes.tolist():
        prefix, kind = parse(tag) if isinstance(tag, str) else ("", "")
        if not (tag == "O" or (prefix in tuple(PREFIXES[scheme]) and kind)):
            raise ValueError(
                f"{show(tag)} is no tag of the {scheme} scheme: O, or one of "
                f"{', '.join(PREFIXES[scheme])} with the type of a span, such as B-person. Set "
                "scheme=None for other tags."
            )
    _check_transitions(dataset, classes, scheme, starts, stops - 1)


def _check_transitions(
    dataset: Dataset, classes: NDArray, scheme: str, first: NDArray, last: NDArray
) -> None:
    """Raise a ValueError for a tag that the scheme forbids after, before or without another.

    `first` and `last` are the indices of the first and the last token of each sequence.
    """
    tags = encode_labels(dataset, classes)
    allowed = transition_penalties(classes.tolist(), scheme) == 0
    before = np.roll(tags, 1)
    before[first] = len(classes)  # the row of the first tags
    follows = allowed[before, tags]
    wrong = ~follows
    wrong[last] |= ~allowed[-1, tags[last]]
    if not wrong.any():
        return
    k = wrong.argmax()
    where = "ends its sequence"
    if not follows[k]:
        where = "begins its sequence" if k in first else f"follows {show(classes[tags[k - 1]])}"
    raise ValueError(
        f"y{dataset.tokens.place(k)} is {show(classes[tags[k]])} and {where}, which the {scheme} "
        "scheme does not allow. Correct the tag, or set another scheme or None."
    )
