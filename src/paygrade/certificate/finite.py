"""Expectations over a finite list of outcomes, in ball arithmetic: tables and spanning laws."""

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, fmpq

from paygrade.certificate.jet import Ball, Curve, Jet, NoEnclosure, between, constant
from paygrade.errors import ModelError
from paygrade.model.finite import FiniteMonitor, SpanningMonitor
from paygrade.model.tabulated import TabulatedMonitor


def finite_curve(monitor: FiniteMonitor, values: Sequence[Ball]) -> Curve:
    """Return the enclosure of e -> E_e[values[X]]; one ball an outcome, (m,)."""
    if isinstance(monitor, TabulatedMonitor):
        return lambda a, b: constant(_mean(tabulated_law(monitor, a, b), values))
    if isinstance(monitor, SpanningMonitor):
        low, high = (_mean(law, values) for law in spanned_laws(monitor))

        def at(effort: float) -> Ball:
            return low + arb(effort) * (high - low)

        return lambda a, b: Jet(between(at(a), at(b)), high - low, arb(0))
    raise NoEnclosure(f"{type(monitor).__name__} has no enclosure; use a monitor of this library")


def tabulated_law(monitor: TabulatedMonitor, low: float, high: float) -> list[Ball]:
    """Return the row of the effort low = high; a table says nothing between its efforts."""
    if low != high:
        raise ModelError(f"a table has no effort between {low:g} and {high:g}")
    return [rational_ball(p) for p in monitor.exact_law(low)]


def spanned_laws(monitor: SpanningMonitor) -> tuple[list[Ball], list[Ball]]:
    """Return the laws at effort 0 and at effort 1, each divided by its sum."""
    return _normalised(monitor.low), _normalised(monitor.high)


def rational_ball(number: Fraction) -> Ball:
    """Return the ball around an exact rational."""
    return arb(fmpq(number.numerator, number.denominator))


def _normalised(law: Sequence[float]) -> list[Ball]:
    total = sum((arb(p) for p in law), arb(0))
    return [arb(p) / total for p in law]


def _mean(law: Sequence[Ball], values: Sequence[Ball]) -> Ball:
    # an outcome that can't happen does no harm, even if it would ruin the agent
    return sum((p * value for p, value in zip(law, values, strict=True) if p != 0), arb(0))
