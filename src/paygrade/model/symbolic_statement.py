"""Primitives and laws as lines of a statement: the formula with its numbers, plain and in LaTeX."""

from collections.abc import Callable
from functools import singledispatch
from typing import Any

import sympy

from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import latex
from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.effort import EffortCost, EffortSet, Finite, Value
from paygrade.model.finite import SpanningMonitor
from paygrade.model.monitor import Monitor
from paygrade.model.normal import NormalMonitor
from paygrade.model.symbolic_monitor import SymbolicMonitor
from paygrade.model.symbolic_outcomes import OUTCOME, outcome_formula
from paygrade.model.symbolic_primitives import (
    EFFORT,
    Expr,
    Formula,
    cost_formula,
    exact,
    utility_formula,
    value_formula,
)
from paygrade.model.tabulated import TabulatedCost, TabulatedMonitor, TabulatedValue
from paygrade.model.utility import Utility

SMALL = 10  # denominators up to which a fraction is easier to read than a decimal
WIDE = 12  # columns up to which a table is written out


def shown(value: float) -> tuple[str, str]:
    """Return a number as text and as LaTeX.

    >>> shown(2.048), shown(0.5)[0]
    (('2.048', '2.048'), '1/2')
    """
    return _both(readable(exact(value)))


def readable(expr: Expr) -> Expr:
    """Return `expr` with awkward fractions as decimals: 256/125 is 2.048."""
    awkward = {number for number in expr.atoms(sympy.Rational) if number.q > SMALL}
    return expr.xreplace({number: sympy.Float(str(float(number))) for number in awkward})


def primitive_lines(utility: Utility, cost: EffortCost, value: Value) -> list[tuple[str, str]]:
    """Return u, c and R as lines of plain text and LaTeX."""
    return [
        _line("u(w)", utility_formula, utility),
        _line("c(e)", cost_formula, cost),
        _line("R(e)", value_formula, value),
    ]


def _line(name: str, formula: Callable[[Any], Formula], primitive: object) -> tuple[str, str]:
    try:
        text, tex = _both(readable(formula(primitive).numeric))
    except NoClosedForm:
        if isinstance(primitive, TabulatedCost | TabulatedValue):
            values = primitive.costs if isinstance(primitive, TabulatedCost) else primitive.values
            efforts = primitive.efforts.values if primitive.efforts else ()
            text, tex = _cases(dict(zip(efforts, values, strict=False)))
        else:
            text = repr(primitive)
            tex = f"\\text{{{_plain(text)}}}"
    return f"{name} = {text}", f"{name} = {tex}"


def _cases(table: dict[float, float]) -> tuple[str, str]:
    rows = [(shown(value), shown(effort)) for effort, value in table.items()]
    text = ", ".join(f"{value[0]} at e = {effort[0]}" for value, effort in rows)
    tex = " \\\\ ".join(f"{value[1]} & e = {effort[1]}" for value, effort in rows)
    return text, f"\\begin{{cases}} {tex} \\end{{cases}}"


def _both(expr: Expr) -> tuple[str, str]:
    return str(sympy.sstr(expr, full_prec=False)), latex(expr)


def _plain(text: str) -> str:
    r"""Return `text` fit for \text{}."""
    marks = {"\\": "/", "{": "(", "}": ")", "_": "\\_", "^": "", "%": "\\%", "#": "\\#"}
    marks |= {"&": "\\&", "$": "\\$"}
    return "".join(marks.get(letter, letter) for letter in text)


@singledispatch
def law_lines(monitor: Monitor, efforts: EffortSet) -> list[tuple[str, str]]:  # noqa: ARG001
    """Return the outcome's law as lines of plain text and LaTeX."""
    text = f"X ~ {monitor!r}"
    return [(text, f"X \\sim \\text{{{_plain(repr(monitor))}}}")]


@law_lines.register
def _(monitor: CountingMonitor, efforts: EffortSet) -> list[tuple[str, str]]:  # noqa: ARG001
    law = outcome_formula(monitor)
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        margins = [shown(margin) for margin in monitor.all_margins]
        if len(margins) > WIDE:
            margins = [*margins[:3], ("...", "\\dots"), margins[-1]]
        text, tex = (", ".join(margin[place] for margin in margins) for place in (0, 1))
        n = monitor.n
        return [(
            f"K = B_1 + ... + B_{n}, P(B_j = 1) = 1/2 + e*d_j/2, d = ({text})",
            (
                f"K = \\sum_{{j=1}}^{{{n}}} B_j,\\; P(B_j = 1) = \\tfrac12(1 + e\\,\\delta_j),"
                f"\\; \\delta = ({tex})"
            ),
        )]  # fmt: skip
    accuracy = _both(readable(sympy.expand(law.mean.subs(law.numbers))))  # type: ignore[union-attr]
    return [(
        f"K ~ Bin({monitor.n}, A(e)), A(e) = {accuracy[0]}",
        f"K \\sim \\operatorname{{Bin}}({monitor.n}, A(e)),\\; A(e) = {accuracy[1]}",
    )]  # fmt: skip


@law_lines.register
def _(monitor: NormalMonitor, efforts: EffortSet) -> list[tuple[str, str]]:  # noqa: ARG001
    text, tex = _both(readable(exact(monitor.sigma) ** 2 / exact(monitor.n)))
    return [(f"X ~ N(e, {text})", f"X \\sim \\mathcal{{N}}\\left(e, {tex}\\right)")]


@law_lines.register
def _(monitor: DistributionMonitor, efforts: EffortSet) -> list[tuple[str, str]]:  # noqa: ARG001
    given = {name: readable(exact(value)) for name, value in monitor.parameters}
    if monitor.family in ("normal", "lognormal"):
        text, tex = _both(given["sigma"] ** 2)
        logs = monitor.family == "lognormal"
        name, name_tex = ("log X", "\\log X") if logs else ("X", "X")
        return [(f"{name} ~ N(e, {text})", f"{name_tex} \\sim \\mathcal{{N}}(e, {tex})")]
    if monitor.family == "student_t":
        (df, df_tex), (scale, scale_tex) = _both(given["df"]), _both(given["scale"])
        return [(f"X ~ e + {scale}*t({df})", f"X \\sim e + {scale_tex}\\, t_{{{df_tex}}}")]
    name = monitor.family.capitalize()
    shape, shape_tex = (_both(given["shape"])) if "shape" in given else ("", "")
    extra = (f", shape {shape}", f",\\; \\text{{shape }} {shape_tex}") if shape else ("", "")
    return [(
        f"X ~ {name}(mean e{extra[0]})",
        f"X \\sim \\text{{{name}}},\\; \\mathbb{{E}}_e[X] = e{extra[1]}",
    )]  # fmt: skip


@law_lines.register
def _(monitor: SymbolicMonitor, efforts: EffortSet) -> list[tuple[str, str]]:  # noqa: ARG001
    renamed = {monitor.outcome: OUTCOME, monitor.effort: EFFORT}
    pdf = readable(monitor.pdf.subs(renamed, simultaneous=True))
    return [(
        f"X ~ p(x|e) = {pdf} on {monitor.support}",
        f"X \\sim p(x \\mid e) = {latex(pdf)},\\; x \\in {latex(monitor.support)}",
    )]  # fmt: skip


@law_lines.register
def _(monitor: SpanningMonitor, efforts: EffortSet) -> list[tuple[str, str]]:  # noqa: ARG001
    rows = [("low", monitor.low), ("high", monitor.high), ("x", monitor.outcomes)]
    texts = "; ".join(f"{name} = ({', '.join(shown(p)[0] for p in row)})" for name, row in rows)
    names = {"low": "p_L", "high": "p_H", "x": "x"}
    tex = ",\\; ".join(
        f"{names[name]} = ({', '.join(shown(p)[1] for p in row)})" for name, row in rows
    )
    return [(
        f"p(x|e) = (1 - e)*low(x) + e*high(x); {texts}",
        f"p(x \\mid e) = (1 - e)\\, p_L(x) + e\\, p_H(x),\\; {tex}",
    )]  # fmt: skip


@law_lines.register
def _(monitor: TabulatedMonitor, efforts: EffortSet) -> list[tuple[str, str]]:
    levels = efforts.values if isinstance(efforts, Finite) else ()
    width = len(monitor.exact[0])
    if width > WIDE:
        size = f"a {monitor.rows} x {width} table of probabilities, row i for effort i"
        return [(f"p(x|e) = {size}", f"p(x \\mid e) = \\text{{{size}}}")]
    rows = [[shown(float(p)) for p in row] for row in monitor.exact]
    outcomes = [shown(float(x)) for x in monitor.outcomes or ()]
    text = "; ".join(
        f"e = {shown(level)[0]}: ({', '.join(p[0] for p in row)})"
        for level, row in zip(levels, rows, strict=True)
    )
    tex = " \\\\ ".join(" & ".join(p[1] for p in row) for row in rows)
    points = ", ".join(x[0] for x in outcomes), ", ".join(x[1] for x in outcomes)
    return [(
        f"p(x|e) at x = ({points[0]}): {text}",
        (
            f"\\bigl(p(x_j \\mid e_i)\\bigr) = \\begin{{pmatrix}} {tex} \\end{{pmatrix}},"
            f"\\; x = ({points[1]})"
        ),
    )]  # fmt: skip
