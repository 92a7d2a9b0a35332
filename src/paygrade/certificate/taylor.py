"""Taylor expansions with a bounded rest, in ball arithmetic."""

from collections.abc import Sequence

from flint import arb

from paygrade.certificate.jet import Ball, Jet, between


def expand(terms: Sequence[Ball], low: Ball, high: Ball, bound: Ball | None) -> Jet:
    """Return f and two derivatives over [low, high] from its expansion around the middle.

    Arguments:
        terms: f^(j)/j! at (low + high)/2 for j below J.
        low: lower end.
        high: upper end.
        bound: at least abs(f^(J))/J! over the box; None where the expansion is all of f.
    """
    middle, order = (low + high) / 2, len(terms)
    x = between(low - middle, high - middle)
    value, slope, curvature = arb(0), arb(0), arb(0)
    for term in reversed(terms):
        curvature = curvature * x + 2 * slope
        slope = slope * x + value
        value = value * x + term
    if bound is not None:
        rest = between(-bound, bound)
        value += power(x, order) * rest
        slope += order * power(x, order - 1) * rest
        curvature += order * (order - 1) * power(x, order - 2) * rest
    return Jet(value, slope, curvature)


def power(base: Ball, exponent: int) -> Ball:
    """Return base^exponent; flint's own power is undefined where the base may be negative."""
    result = arb(1)
    for _ in range(exponent):
        result *= base
    return result
