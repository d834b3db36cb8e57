"""The colours of tags.

Tags are told apart by their names; colours help the eye. They are those of the "light" scheme of
Paul Tol, made for cells that hold black text and for colour-blind readers, who still take some of
nine for greys of their own. Where there are more tags than colours, these come again in another
look.

All else takes the colour of the text around it, over whatever ground that has: so it is legible in
notebooks and pages that are light or dark, by whatever means they are so.

References
----------
Paul Tol, "Colour Schemes", SRON/EPS/TN/09-002, issue 3.2, 2021.
"""

from collections.abc import Sequence
from typing import NamedTuple

# Red, green, blue.
COLOURS = (
    (119, 170, 221),  # light blue
    (238, 136, 102),  # orange
    (238, 221, 136),  # light yellow
    (255, 170, 187),  # pink
    (187, 204, 51),  # pear
    (153, 221, 255),  # light cyan
    (170, 170, 0),  # olive
    (68, 187, 153),  # mint
    (221, 221, 221),  # pale grey
)
# What is written on the colours themselves.
INK = (0, 0, 0)
# How much of its colour lies behind the words of a tag.
TINT = 0.25
# How labels look the first time that a colour comes, the second time and so on.
LOOKS = ("filled", "solid", "dashed", "dotted")


class Appearance(NamedTuple):
    """How a label looks: the place of its colour in the palette, and one of the looks."""

    colour: int
    look: str


def appearances(labels: Sequence[str]) -> dict[str, Appearance]:
    """Return how each label looks.

    Examples
    --------
    >>> from sklstm.display._palette import appearances
    >>> appearances(list("ABCDEFGHIJ"))["J"]
    Appearance(colour=0, look='solid')
    """
    rounds = [divmod(k, len(COLOURS)) for k in range(len(labels))]
    return {
        label: Appearance(colour, LOOKS[n % len(LOOKS)])
        for label, (n, colour) in zip(labels, rounds, strict=True)
    }
