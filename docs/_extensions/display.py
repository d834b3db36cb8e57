"""The directive ``display``: it shows what a notebook would show for an expression.

``.. display:: TaggedText.from_estimator(tagger, X)`` runs all examples of the page, evaluates the
expression with the names that they defined, and inserts the result: the HTML of objects that have
it, such as tagged text, the picture of objects with a ``figure_``, such as plots, and text. A page
thus shows what its code does, and nothing else.
"""

import contextlib
import doctest
import functools
import io
import traceback
from base64 import b64encode
from html import escape
from pathlib import Path

import matplotlib
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


@functools.lru_cache(maxsize=1)  # directives of one page share its names
def run_examples(text):
    """Run the examples of a page, and return the names that they defined."""
    names = {"__name__": "__main__"}
    for example in doctest.DocTestParser().get_examples(text):
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                exec(compile(example.source, "<example>", "single"), names)
            except Exception:
                if example.exc_msg is None:  # the page does not show an error
                    raise
    return names


def format_html(value, alt):
    """Return the HTML that a notebook shows for a value."""
    if isinstance(value, str):
        return f"<pre>{escape(value)}</pre>"
    if hasattr(value, "_repr_html_"):
        return value._repr_html_()
    file = io.BytesIO()
    value.figure_.savefig(file, dpi=150)
    picture = b64encode(file.getvalue()).decode()
    return f'<img class="displayed" alt="{escape(alt)}" src="data:image/png;base64,{picture}">'


class Display(SphinxDirective):
    """Insert what a notebook shows for an expression, with the names of the page's examples."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"alt": directives.unchanged}

    def run(self):
        page = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        try:
            value = eval(self.arguments[0], run_examples(page))
            html = format_html(value, self.options.get("alt", ""))
        except Exception:
            raise self.error(f"display: {traceback.format_exc()}") from None
        return [nodes.raw("", html, format="html")]


def setup(app):
    """Extend Sphinx."""
    matplotlib.use("Agg")
    app.add_directive("display", Display)
    return {"version": "1", "parallel_read_safe": True}
