"""Tagged text as HTML.

All that a user passes is escaped on its way into the page.
"""

import math
from collections.abc import Sequence
from html import escape

from sklstm.display._palette import COLOURS, INK, TINT, Appearance
from sklstm.display._segments import Segment


def fragment(
    sequences: Sequence[Sequence[Segment]],
    appearances: dict[str, Appearance],
    *,
    layout: str,
    note: str,
) -> str:
    """Return what a notebook shows, with its style.

    Parameters
    ----------
    sequences : sequence of sequence of Segment
    appearances : dict of str to Appearance
        How each label looks.
    layout : {"words", "spans"}
        Whether labels stand below words, or behind spans, which run on from line to line.
    note : str
        What is said below; may be empty.

    Returns
    -------
    html : str
    """
    known = any(segment.probabilities is not None for parts in sequences for segment in parts)
    lines = [f'<div class="sklstm-tagged-text sklstm-{layout}">', f"<style>{STYLE}</style>"]
    lines += [_TOGGLE.format(_OFFERS[layout])] if known else []
    # Lines do not break before what stands behind a word.
    glue = "&nbsp;" if layout == "spans" else " "
    lines += [_sequence(parts, appearances, glue) for parts in sequences]
    lines += [f'<p class="sklstm-note">{escape(note)}</p>'] if note else []
    return "\n".join([*lines, "</div>\n"])


def page(body: str, *, title: str, lang: str) -> str:
    """Return a whole page that shows a fragment."""
    return _PAGE.format(body=body, title=escape(title), lang=escape(lang))


def _sequence(parts: Sequence[Segment], appearances: dict[str, Appearance], glue: str) -> str:
    # Which way the text runs, its words decide: whatever has a direction of its own has no say.
    text = "\n".join(_segment(segment, appearances, glue) for segment in parts)
    return f'<p class="sklstm-sequence" dir="auto">{text}</p>'


def _segment(segment: Segment, appearances: dict[str, Appearance], glue: str) -> str:
    hover = escape("\n".join(_described(segment)))
    if segment.label is None:
        return f'<span title="{hover}">{_words(segment, glue)}</span>'
    look = appearances[segment.label]
    name = escape(segment.label)
    label = f'<span class="sklstm-label sklstm-{look.look}" dir="ltr">{name}</span>'
    return (
        f'<span class="sklstm-box sklstm-colour-{look.colour}" title="{hover}">'
        f"{_words(segment, glue)}{glue}{label}</span>"
    )


def _described(segment: Segment) -> list[str]:
    """Return a line for each word: itself, its tag and how probable that is."""
    lines = [f"{word}: {tag}" for word, tag in zip(segment.words, segment.tags, strict=True)]
    if segment.probabilities is None:
        return lines
    return [f"{line}, {p:.2f}" for line, p in zip(lines, segment.probabilities, strict=True)]


def _words(segment: Segment, glue: str) -> str:
    words = [f'<span class="sklstm-word">{escape(word)}</span>' for word in segment.words]
    if segment.probabilities is None:
        return " ".join(words)
    # Spans would drown in the numbers of the many words between them.
    shown_below = DOUBTFUL if segment.label is None else math.inf
    return " ".join(
        f'{word}<span class="sklstm-probability" dir="ltr">{glue}{p:.2f}</span>'
        if p < shown_below
        else word
        for word, p in zip(words, segment.probabilities, strict=True)
    )


# A word that is outside of all spans with less than this probability may be part of one.
DOUBTFUL = 0.9
# By keys and touch it shows what else is shown on hover alone.
_TOGGLE = '<label class="sklstm-toggle"><input type="checkbox"> {}</label>'
_OFFERS = {
    "words": "Show the probability of each tag",
    "spans": f"Show the probability of each tag, outside of spans those below {DOUBTFUL}",
}

# Every name begins with "sklstm-", so that nothing leaks into the page around.
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


def _style() -> str:
    """Return the rules, and the colours that they speak of."""
    values = {"--sklstm-ink": " ".join(map(str, INK)), "--sklstm-tint": TINT}
    rules = [f"{{ {name}: {value}; }}" for name, value in values.items()]
    colours = [".sklstm-tagged-text " + rule for rule in rules]
    colours += [
        f".sklstm-colour-{k} {{ --sklstm-colour: {' '.join(map(str, colour))}; }}"
        for k, colour in enumerate(COLOURS)
    ]
    return _RULES + "\n".join(colours) + "\n"


STYLE = _style()

# The browser picks the colours of the text and the ground, light or dark as its user likes it.
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
