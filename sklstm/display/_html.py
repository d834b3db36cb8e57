"""Tagged text as HTML.

Words, tags and all other text from the user are escaped, control characters as in a terminal.

Tags are distinguished by their names; colours help the eye. The colours are the "light" scheme of
Paul Tol, made for cells with black text and for colour-blind readers. If there are more tags than
colours, the colours are repeated with another border. Everything else has the colour of the text
around it, on a transparent background, so it is legible on light and dark pages.

References
----------
Paul Tol, "Colour Schemes", SRON/EPS/TN/09-002, issue 3.2, 2021.
"""

from html import escape
from itertools import cycle, product

from sklstm._tables import escape_controls, escape_html

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
# The colour of text on these colours.
INK = (0, 0, 0)
# The opacity of the colour behind the words of a tag.
TINT = 0.25
# The borders of labels whose colour is used for the first time, the second time, and so on.
BORDERS = ("filled", "solid", "dashed", "dotted")
# The probability below which a word outside of all spans may be part of a span.
_DOUBTFUL = 0.9

_TOGGLE = '<label class="sklstm-toggle"><input type="checkbox"> {}</label>'
_TOGGLE_TEXTS = {
    "words": "Show the probability of each tag",
    "spans": f"Show the probability of each tag, outside of spans those below {_DOUBTFUL}",
}

# All class names begin with "sklstm-", so that the style does not affect the page around.
_RULES = """
.sklstm-tagged-text { overflow-wrap: anywhere; }
.sklstm-tagged-text .sklstm-toggle { display: block; width: fit-content; margin: 0 0 0.8em; }
.sklstm-tagged-text .sklstm-sequence { margin: 0 0 1em; line-height: 2.1; text-align: start; }
.sklstm-tagged-text .sklstm-note { margin: 0; font-style: italic; }
.sklstm-tagged-text .sklstm-word { unicode-bidi: isolate; }
.sklstm-tagged-text .sklstm-probability { display: none; font-size: max(0.72em, 11px); }
.sklstm-tagged-text:has(.sklstm-toggle :checked) .sklstm-probability { display: inline; }
.sklstm-tagged-text .sklstm-box {
  padding: 0.2em 0.3em; border-radius: 0.3em;
  background: rgb(var(--sklstm-colour) / var(--sklstm-tint));
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
}
.sklstm-tagged-text .sklstm-label {
  padding: 0 0.35em; border: 0.15em solid rgb(var(--sklstm-colour)); border-radius: 0.3em;
  font-size: max(0.72em, 11px); font-weight: 600; white-space: nowrap; unicode-bidi: isolate;
}
.sklstm-tagged-text .sklstm-filled {
  background: rgb(var(--sklstm-colour)); color: rgb(var(--sklstm-ink));
}
.sklstm-tagged-text .sklstm-dashed { border-style: dashed; }
.sklstm-tagged-text .sklstm-dotted { border-style: dotted; }
.sklstm-words .sklstm-sequence { line-height: 1.35; }
.sklstm-words .sklstm-box {
  display: inline-flex; flex-direction: column; align-items: center; gap: 0.15em;
  box-sizing: border-box; max-width: 100%; margin-bottom: 0.4em;
}
.sklstm-words .sklstm-probability { order: 1; }
"""

_COLOUR_RULES = [
    f".sklstm-tagged-text {{ --sklstm-ink: {' '.join(map(str, INK))}; }}",
    f".sklstm-tagged-text {{ --sklstm-tint: {TINT}; }}",
    *(
        f".sklstm-colour-{k} {{ --sklstm-colour: {' '.join(map(str, colour))}; }}"
        for k, colour in enumerate(COLOURS)
    ),
]
_STYLE = _RULES + "\n".join(_COLOUR_RULES) + "\n"

# The browser chooses the colours of text and background, for its light or dark scheme.
_PAGE = """\
<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{
  max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; font-family: system-ui, sans-serif;
}}
</style>
</head>
<body>
{body}</body>
</html>
"""


def format_fragment(sequences, labels, *, layout, note):
    """Return the HTML that a notebook shows, with its style.

    Parameters
    ----------
    sequences : sequence of sequence of Segment
    labels : sequence of str
        All labels of segments, in the order of their colours.
    layout : {"words", "spans"}
        Whether labels are below words, or after spans, which continue from line to line.
    note : str
        A note below the text; may be empty.

    Returns
    -------
    html : str
    """
    lines = [f'<div class="sklstm-tagged-text sklstm-{layout}">', f"<style>{_STYLE}</style>"]
    tokens = (token for segments in sequences for segment in segments for token in segment.tokens)
    if any(token.probability is not None for token in tokens):
        lines.append(_TOGGLE.format(_TOGGLE_TEXTS[layout]))
    # Lines do not break before a label or probability that follows a word.
    space = "&nbsp;" if layout == "spans" else " "
    styles = dict(zip(labels, cycle(product(BORDERS, range(len(COLOURS)))), strict=False))
    for segments in sequences:
        text = "\n".join(_format_segment(segment, styles, space) for segment in segments)
        # The words decide the direction; elements with a direction of their own are ignored.
        lines.append(f'<p class="sklstm-sequence" dir="auto">{text}</p>')
    if note:
        lines.append(f'<p class="sklstm-note">{escape_html(note)}</p>')
    return "\n".join([*lines, "</div>\n"])


def format_page(body, *, title, lang):
    """Return a complete HTML page with a fragment."""
    return _PAGE.format(body=body, title=escape_html(title), lang=escape_html(lang))


def _format_segment(segment, styles, space):
    tooltip = escape(_tooltip(segment))
    words = " ".join(_format_token(token, segment, space) for token in segment.tokens)
    if segment.label is None:
        return f'<span title="{tooltip}">{words}</span>'
    border, colour = styles[segment.label]
    name = escape_html(segment.label)
    label = f'<span class="sklstm-label sklstm-{border}" dir="ltr">{name}</span>'
    return (
        f'<span class="sklstm-box sklstm-colour-{colour}" title="{tooltip}">'
        f"{words}{space}{label}</span>"
    )


def _tooltip(segment):
    """Return a line for each word, with its tag and the probability of the tag."""
    lines = (
        f"{word}: {tag}" if probability is None else f"{word}: {tag}, {probability:.2f}"
        for word, tag, probability in segment.tokens
    )
    return "\n".join(map(escape_controls, lines))


def _format_token(token, segment, space):
    word = f'<span class="sklstm-word">{escape_html(token.word)}</span>'
    # Outside of spans only doubtful words show a probability, because there are many words.
    if token.probability is None or (segment.label is None and token.probability >= _DOUBTFUL):
        return word
    return f'{word}<span class="sklstm-probability" dir="ltr">{space}{token.probability:.2f}</span>'
