"""Settings of the documentation site: `python3 run.py docs` builds it into build/site."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "src")]

import made  # noqa: E402  # both stand beside this file
import mathml  # noqa: E402

from paygrade import __version__  # noqa: E402

project = "paygrade"
author = copyright = "paygrade contributors"  # noqa: A001  # Sphinx's own name
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
exclude_patterns = ["site"]
nitpicky = False

myst_enable_extensions = ["dollarmath", "deflist"]
myst_dmath_allow_digits = False  # a sum like $5 is money
myst_heading_anchors = 3
suppress_warnings = [
    "myst.header",  # pages may begin below the first level
    "ref.python",  # two classes may have an attribute of one name
]

default_role = "code"  # docstrings put names between single backticks
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "paygrade"
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5fa5", "color-brand-content": "#0b5fa5"},
    "dark_css_variables": {"color-brand-primary": "#7db8f0", "color-brand-content": "#7db8f0"},
}


def setup(app):  # type: ignore[no-untyped-def]
    """Draw and write what is made at each build, and render formulas without a script."""
    mathml.setup(app)
    app.connect("builder-inited", lambda app: made.make(Path(app.srcdir)))
    app.connect("source-read", made.unlink_folders)
