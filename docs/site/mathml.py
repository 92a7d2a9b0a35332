"""Formulas as MathML, which browsers lay out themselves: no script, no font, no network."""

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

# Browsers take the root's sign from a mathematical font, and without one on the reader's machine
# they leave it out in silence. A letter and a line are always drawn.
LINE = "border-top: 0.06em solid; padding-top: 0.1em"
ROOT = f'<mrow><mo stretchy="false">√</mo><mrow style="{LINE}">'


def to_mathml(latex: str, display: str) -> str:
    r"""Return the formula; "display" is block or inline.

    >>> "√" in to_mathml(r"\sqrt{n}", "inline")
    True
    """
    formula = str(convert(latex.strip(), display=display))
    return formula.replace("<msqrt>", ROOT).replace("</msqrt>", "</mrow></mrow>")


def visit_inline(self: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, which scrolls where it is too wide."""
    formula = to_mathml(node.astext(), "block")
    self.body.append(f'<div class="formula" style="overflow-x: auto" tabindex="0">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Register the renderer under the name "mathml"."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
