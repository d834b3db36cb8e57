"""Colours of labels.

The colours are those of the "light" scheme of Paul Tol, made for black text and for colour-blind
readers, and four of the same kind.

References
----------
Paul Tol, "Colour Schemes", SRON/EPS/TN/09-002, issue 3.2, 2021.
"""

import re
import zlib

import numpy as np

# Red, green, blue.
COLOURS = (
    (119, 170, 221),  # light blue
    (238, 136, 102),  # orange
    (238, 221, 136),  # light yellow
    (68, 187, 153),  # mint
    (255, 170, 187),  # pink
    (187, 204, 51),  # pear
    (187, 153, 221),  # lavender
    (153, 221, 255),  # light cyan
    (170, 170, 0),  # olive
    (204, 102, 119),  # rose
    (136, 204, 136),  # light green
    (204, 170, 136),  # tan
)
# What is not a label of interest: tags outside of spans, and labels that are not shown.
GREY = (187, 187, 187)
# The start of the checksum, for which the tags of common tag sets differ most in their colours.
_SEED = 1436148121
# A letter of a scheme before or after the type of a span.
_SPAN_TAG = re.compile("[BILUMES][-_](?P<first>.+)|(?P<last>.+)[-_][BILUMES]", re.DOTALL)
# The brightness of colours that are used for the first time, the second time, and so on.
_BRIGHTNESS = (1.0, 0.65, 0.4)


def distinct_colours(n):
    """Return colours that differ, up to 36, as an array of shape (n, 3) with values in [0, 1]."""
    shades = np.multiply.outer(_BRIGHTNESS, np.array(COLOURS) / 255).reshape(-1, 3)
    return shades[np.arange(n) % len(shades)]


def type_of(tag):
    """Return the type of the span of a tag that looks like one of a scheme, else the tag.

    Examples
    --------
    >>> from sklstm.display._colours import type_of
    >>> type_of("B-person"), type_of("I_person"), type_of("person-E"), type_of("NOUN")
    ('person', 'person', 'person', 'NOUN')
    """
    match = _SPAN_TAG.fullmatch(tag)
    return (match["first"] or match["last"]) if match else tag


def colour_index(name):
    """Return the index in `COLOURS` of the colour of a name, which is the same everywhere."""
    return zlib.crc32(name.encode(errors="backslashreplace"), _SEED) % len(COLOURS)
