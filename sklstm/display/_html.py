"""Tagged text as HTML.

Words, tags and all other text from the user are escaped, control characters as in a terminal.

Tags are distinguished by their names. Colours are an addition. The colour of a tag follows from its
name, so it is the same in all texts. If tags of a text have the same colour, their labels have
different borders. Everything else has the colour of the text around it, on a transparent
background, so it is legible on light and dark pages.
"""

from collections import defaultdict
from html import escape

from sklstm._tables import escape_controls, escape_html
from sklstm.display._colours import COLOURS, GREY, colour_index, type_of
from sklstm.display._segments import OUTSIDE_LABEL, Difference

# The colour of text on these colours.
INK = (0, 0, 0)
# The opacity of the colour behind the words of a tag.
TINT = 0.25
# The borders of labels whose colour is used for the first time, the second time, and so on.
BORDERS = ("filled", "solid", "dashed", "dotted")
# The colour of the frames of errors; red, green, blue.
ERROR_COLOUR = (235, 80, 70)
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
.sklstm-tagged-text .sklstm-error {
  padding: 0.2em 0.25em; border: 0.15em solid rgb(var(--sklstm-error)); border-radius: 0.4em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone;
}
.sklstm-tagged-text .sklstm-true { font-size: max(0.72em, 11px); }
.sklstm-words .sklstm-error {
  display: inline-flex; flex-direction: column; align-items: center; gap: 0.1em;
  box-sizing: border-box; max-width: 100%; margin-bottom: 0.4em;
}
.sklstm-words .sklstm-error .sklstm-box { margin-bottom: 0; }
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
    f".sklstm-tagged-text {{ --sklstm-error: {' '.join(map(str, ERROR_COLOUR))}; }}",
    *(
        f".sklstm-colour-{name} {{ --sklstm-colour: {' '.join(map(str, colour))}; }}"
        for name, colour in [*enumerate(COLOURS), ("outside", GREY)]
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


def format_fragment(sequences, *, layout, notes):
    """Return the HTML that a notebook shows, with its style.

    Parameters
    ----------
    sequences : sequence of sequence of Segment or Difference
    layout : {"words", "spans"}
        Whether labels are below words, or after spans, which continue from line to line.
    notes : list of str
        Notes below the text.

    Returns
    -------
    html : str
    """
    lines = [f'<div class="sklstm-tagged-text sklstm-{layout}">', f"<style>{_STYLE}</style>"]
    segments = [segment for sequence in sequences for part in sequence for segment in _flat(part)]
    if any(token.probability is not None for each in segments for token in each.tokens):
        lines.append(_TOGGLE.format(_TOGGLE_TEXTS[layout]))
    styles = _choose_styles({segment.label for segment in segments} - {None})
    for sequence in sequences:
        text = "\n".join(_format_part(part, styles, layout) for part in sequence)
        # The words decide the direction; elements with a direction of their own are ignored.
        lines.append(f'<p class="sklstm-sequence" dir="auto">{text}</p>')
    lines += [f'<p class="sklstm-note">{escape_html(note)}</p>' for note in notes]
    return "\n".join([*lines, "</div>\n"])


def format_page(body, *, title, lang):
    """Return a complete HTML page with a fragment."""
    return _PAGE.format(body=body, title=escape_html(title), lang=escape_html(lang))


def _flat(part):
    """Return the segments of a part of a sequence."""
    return [*part.predicted, *part.true_labels] if isinstance(part, Difference) else [part]


def _choose_styles(labels):
    """Return the classes of the box and of the name of each label.

    The colour only depends on the type of the label. Types with the same colour have different
    borders, as long as there are enough.
    """
    types = defaultdict(list)
    for name in sorted({type_of(label) for label in labels if label != OUTSIDE_LABEL}):
        types[colour_index(name)].append(name)
    looks = {
        name: (f"sklstm-colour-{colour}", f"sklstm-{BORDERS[k % len(BORDERS)]}")
        for colour, names in types.items()
        for k, name in enumerate(names)
    }
    outside = {OUTSIDE_LABEL: ("sklstm-colour-outside", "sklstm-solid")}
    return {label: looks[type_of(label)] for label in labels - {OUTSIDE_LABEL}} | outside


def _format_part(part, styles, layout):
    """Return the HTML of a segment or of a difference."""
    if not isinstance(part, Difference):
        return _format_segment(part, styles, layout)
    predicted = "\n".join(_format_segment(each, styles, layout) for each in part.predicted)
    has_words = layout == "spans" and part.true_labels[0].label != OUTSIDE_LABEL
    true = " ".join(_format_true(each, styles, has_words) for each in part.true_labels)
    return (
        f'<span class="sklstm-error">{predicted}\n'
        f'<span class="sklstm-true" dir="ltr">true:&nbsp;{true}</span></span>'
    )


def _format_segment(segment, styles, layout):
    tooltip = escape(_tooltip(segment))
    # Lines do not break before a label or probability that follows a word.
    space = "&nbsp;" if layout == "spans" else " "
    words = " ".join(_format_token(token, segment, space) for token in segment.tokens)
    if segment.label is None:
        return f'<span title="{tooltip}">{words}</span>'
    box, _ = styles[segment.label]
    label = _format_label(segment.label, styles)
    return f'<span class="sklstm-box {box}" title="{tooltip}">{words}{space}{label}</span>'


def _format_true(segment, styles, has_words):
    """Return the HTML of a true segment that was not predicted; its words are optional."""
    box, _ = styles[segment.label]
    label = _format_label(segment.label, styles)
    if not has_words:
        return f'<span class="{box}">{label}</span>'
    words = " ".join(escape_html(token.word) for token in segment.tokens)
    return f'<span class="sklstm-box {box}" dir="auto">{words}&nbsp;{label}</span>'


def _format_label(label, styles):
    _, border = styles[label]
    name = escape_html(label)
    return f'<span class="sklstm-label {border}" dir="ltr">{name}</span>'


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
