"""Check that searches in a built documentation find the right page first.

    python docs/search_test.py docs/_build/html

The search of the built pages runs as in a browser: the same scripts, in the same order, in a
JavaScript engine. Exits with 1 and prints the first results if another page comes first.
"""

import json
import re
import sys
from pathlib import Path

from py_mini_racer import MiniRacer

FIRST_PAGES = {
    "NER": "user_guide/named_entities",
    "named entity": "user_guide/named_entities",
    "imbalanced": "faq",
    "overfitting": "faq",
    "compare": "comparison",
    "spaCy": "comparison",
    "license": "about",
    "cite": "about",
    "save model": "user_guide/persistence",
    "NaN": "user_guide/inputs",
    "GPU": "faq",
    "accelerometer": "user_guide/time_series",
    "sensor": "user_guide/time_series",
    "serve": "user_guide/web_service",
    "FastAPI": "user_guide/web_service",
    "ONNX": "user_guide/export",
    "optuna": "user_guide/searching",
    "confusion": "user_guide/display",
    "CRF": "user_guide/crf",
    "pandas": "user_guide/pipelines",
    "resume": "user_guide/training",
    "dask": "user_guide/distributed",
}
N_SHOWN = 5

# What the scripts use of a page in a browser.
BROWSER = """
var window = globalThis;
var document = {getElementById: () => null};
var SPHINX_HIGHLIGHT_ENABLED = false;
var _ = text => text;
var _ready = () => {};
"""
SEARCH = """
var search = text => JSON.stringify(
  Search._performSearch(...Search._parseQuery(text)).reverse().map(result => [result[0], result[4]])
);
"""


def load_search(folder):
    """Return a function from a text to its results, best first: names of pages and scores."""
    engine = MiniRacer()
    engine.eval(BROWSER)
    page = (folder / "search.html").read_text(encoding="utf-8")
    for name in re.findall(r'<script src="([^"?]+)', page):
        if Path(name).name in ("searchtools.js", "language_data.js", "searchindex.js"):
            engine.eval((folder / name).read_text(encoding="utf-8"))
    engine.eval(SEARCH)
    return lambda text: json.loads(engine.eval(f"search({json.dumps(text)})"))


def main(folder):
    search = load_search(Path(folder))
    failed = 0
    for text, expected in FIRST_PAGES.items():
        results = search(text)[:N_SHOWN]
        if not results or results[0][0] != expected:
            failed += 1
            found = ", ".join(f"{page} ({score})" for page, score in results) or "nothing"
            print(f"{text!r} must find {expected} first, but finds {found}")
    print(f"{len(FIRST_PAGES) - failed} of {len(FIRST_PAGES)} searches find the right page first")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
