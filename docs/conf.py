"""How Sphinx builds the documentation: ``python -m sphinx -W docs docs/_build/html``."""

import sys
from pathlib import Path

from docutils import nodes

import sklstm

EXTENSIONS = Path(__file__).parent / "_extensions"
sys.path.append(str(EXTENSIONS))

project = "sklstm"
author = "the sklstm developers"
copyright = author
release = version = sklstm.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # equations need no network
    "numpydoc",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "display",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "benchmarks", "examples"]
default_role = "literal"

autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False  # the template of classes lists them

# Every build runs the examples; an error in an example is an error of the build.
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "auto_examples/backreferences",
    "doc_module": ("sklstm",),
    "reference_url": {"sklstm": None},
    "subsection_order": [
        f"examples/{name}"
        for name in (
            "tagging",
            "vectors",
            "model_selection",
            "learning_on",
            "inspection",
            "clusters",
        )
    ],
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "write_computation_times": False,
    "show_memory": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"sklstm {release}"
html_search_scorer = str(EXTENSIONS / "scorer.js")  # docs/search_test.py tests the search
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "sklstm"},
    "navbar_align": "left",
    "header_links_before_dropdown": 5,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
wide = ["about", "accuracy", "api", "changes", "comparison", "faq", "index", "mathematics"]
wide += ["migration/*", "performance", "auto_examples/**"]
html_sidebars = {page: [] for page in wide}


# Sites that document names of other packages: without inventories, a build needs no network.
external_sites = {
    "joblib": "https://joblib.readthedocs.io/en/stable/",
    "pandas": "https://pandas.pydata.org/docs/reference/api/{}.html",
    "pickle": "https://docs.python.org/3/library/pickle.html",
    "sklearn": "https://scikit-learn.org/stable/modules/generated/{}.html",
}


def link_external(app, env, node, contnode):
    """Link names of other packages to the sites that document them."""
    target = node.get("reftarget", "")
    page = external_sites.get(target.partition(".")[0])
    if node.get("refdomain") != "py" or page is None:
        return None
    if node["reftype"] == "mod" and target.startswith("sklearn."):  # a module has no own page
        page = "https://scikit-learn.org/stable/api/{}.html"
        target = ".".join(target.split(".")[:2])
    return nodes.reference("", "", contnode, internal=False, refuri=page.format(target))


def setup(app):
    """Extend Sphinx."""
    app.connect("missing-reference", link_external)
