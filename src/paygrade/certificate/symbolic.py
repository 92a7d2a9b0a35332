"""Expectations under a law given as a SymPy expression, in ball arithmetic.

Where SymPy integrates the outcome out, what is left is an expression in effort, which balls can
enclose over any box; where it can't, nothing is proved.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flint import arb

from paygrade.certificate.expressions import expression_jet
from paygrade.certificate.jet import Ball, Curve, Jet, NoEnclosure, constant
from paygrade.model.monitor import Monitor
from paygrade.model.symbolic_monitor import SymbolicMonitor


def symbolic_table(monitor: SymbolicMonitor, values: Sequence[Ball]) -> Curve:
    """Return the enclosure of e -> sum of p(x|e)·values over a finite list of outcomes."""
    outcomes = sorted(monitor.support)
    masses = [monitor.pdf.subs(monitor.outcome, outcome) for outcome in outcomes]

    def over(a: float, b: float) -> Jet:
        total = constant(arb(0))
        for mass, value in zip(masses, values, strict=True):
            total = total + expression_jet(mass, monitor.effort, arb(a), arb(b)).scaled(value)
        return total

    return over


def symbolic_share(monitor: Monitor, face_value: float) -> Curve:
    """Return the enclosure of e -> E_e[max(X - face_value, 0)].

    Raises:
        NoEnclosure: for another monitor, or a density that SymPy does not integrate.
    """
    if not isinstance(monitor, SymbolicMonitor):
        raise NoEnclosure(f"{type(monitor).__name__} has no enclosure for a debt contract")
    expr = _share(monitor)

    def over(a: float, b: float) -> Jet:
        import sympy

        # below the first outcome the debt is always paid: X - D is then all there is
        face = sympy.Rational(*face_value.as_integer_ratio())
        if face < monitor.support.inf:
            raise NoEnclosure(f"a face value of {face_value:g} lies below every outcome")
        filled = expr.subs(_face_value(), face)
        return expression_jet(filled, monitor.effort, arb(a), arb(b))

    return over


def _face_value() -> Any:
    import sympy

    return sympy.Symbol("face_value", positive=True)


@lru_cache(maxsize=16)
def _share(monitor: SymbolicMonitor) -> Any:
    """Return E_e[max(X - D, 0)] as an expression in effort and D."""
    import sympy

    face = _face_value()
    effort = sympy.Symbol("e", positive=True)
    outcome = sympy.Symbol("x", positive=True)
    names = {monitor.effort: effort, monitor.outcome: outcome}
    density = monitor.pdf.subs(names, simultaneous=True)
    share = sympy.integrate(
        sympy.expand((outcome - face) * density), (outcome, face, monitor.support.sup)
    )
    if monitor.support.inf < 0:
        raise NoEnclosure("outcomes below zero have no enclosure under a debt contract")
    if share.has(sympy.Integral, sympy.Piecewise):
        raise NoEnclosure(f"SymPy does not integrate {monitor.pdf}, so it has no enclosure")
    return sympy.simplify(share).subs(effort, monitor.effort)
