"""What a CRF learns from: whole sequences, and spans that keep to their scheme."""

import numpy as np
from numpy.typing import NDArray

from sklstm._schemes import PREFIXES, parse, transition_penalties
from sklstm._sequences import Dataset, show
from sklstm._validation.classes import encode


def check_sequences_for_crf(sample: Dataset, classes: NDArray, scheme: str | None) -> None:
    """Refuse what a CRF cannot learn from: weights within a sequence, spans that break the scheme.

    Parameters
    ----------
    sample : Dataset
    classes : ndarray of shape (n_classes,)
    scheme : {"BIO", "IOB1", "BIOES"} or None
    """
    starts, ends = _ends(sample.tokens.lengths)
    firsts = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    uneven = np.flatnonzero(sample.weights != sample.weights[firsts])
    if len(uneven):
        raise ValueError(
            'With output="crf" all tokens of a sequence have the same weight, but '
            f"sample_weight{sample.tokens.place(uneven[0])} differs from the first of its "
            "sequence. Pass one weight for each sequence, cut padding off, or set "
            'output="softmax".'
        )
    if scheme is not None:
        _check_tags_of_scheme(classes.tolist(), scheme)
        _check_spans(sample, classes, scheme, starts, ends)


def _ends(lengths: NDArray) -> tuple[NDArray, NDArray]:
    """Return which tokens begin, and which end, their sequences."""
    starts, ends = np.zeros((2, int(lengths.sum())), bool)
    lengths = lengths[lengths > 0]
    last = np.cumsum(lengths) - 1
    ends[last] = starts[last - lengths + 1] = True
    return starts, ends


def _check_tags_of_scheme(tags: list, scheme: str) -> None:
    """Refuse classes that are no tags of a scheme."""
    for tag in tags:
        prefix, kind = parse(tag) if isinstance(tag, str) else ("", "")
        if not (tag == "O" or (prefix in tuple(PREFIXES[scheme]) and kind)):
            raise ValueError(
                f"{show(tag)} is no tag of the {scheme} scheme: O, or one of "
                f"{', '.join(PREFIXES[scheme])} with the type of a span, such as B-person. Set "
                "scheme=None for other tags."
            )


def _check_spans(
    sample: Dataset, classes: NDArray, scheme: str, starts: NDArray, ends: NDArray
) -> None:
    """Refuse tags that break a scheme where they stand."""
    tags = encode(sample.labels, classes, np.ones(len(starts), bool))
    allowed = transition_penalties(classes.tolist(), scheme) == 0
    before = np.where(starts, len(classes), np.roll(tags, 1))
    wrong = np.flatnonzero(~allowed[before, tags] | (ends & ~allowed[-1, tags]))
    if not len(wrong):
        return
    k = wrong[0]
    if allowed[before[k], tags[k]]:
        where = "ends its sequence"
    elif starts[k]:
        where = "begins its sequence"
    else:
        where = f"follows {show(classes[tags[k - 1]])}"
    raise ValueError(
        f"y{sample.tokens.place(k)} is {show(classes[tags[k]])} and {where}, which the {scheme} "
        "scheme does not allow. Correct the tag, or set another scheme or None."
    )
