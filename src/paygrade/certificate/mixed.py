"""Enclosures for golden questions of unequal margins, whose count is Poisson-binomial.

The law of K is the product over questions of 1 - A_j + A_j x, a polynomial in x. Expanding it in a
deviation t of effort to second order as well gives the law's two derivatives from the same product,
and with the A_j over a box of efforts all of it is an enclosure over that box. Products over wide
boxes grow wide, so values (monotone in effort) and slopes of concave sums are taken at the ends.
"""

from collections.abc import Sequence
from functools import cache

from flint import arb, arb_poly

from paygrade.certificate.jet import Ball, Curve, Jet, between
from paygrade.certificate.primitives import utility_ball
from paygrade.model.contract import LinearContract
from paygrade.model.counting import GoldenQuestions
from paygrade.model.utility import Utility


def mixed_tail(monitor: GoldenQuestions, cutoff: float) -> Curve:
    """Return the enclosure of e -> P(K >= cutoff | e)."""
    k = int(-(-cutoff // 1))
    weights = [arb(1 if count >= k else 0) for count in range(monitor.n + 1)]

    @cache
    def at(effort: float) -> Jet:
        return _expectation(monitor, weights, arb(effort))

    def over(a: float, b: float) -> Jet:
        if a == b:
            return at(a)
        box = _expectation(monitor, weights, between(arb(a), arb(b)))
        slope = box.slope.max(arb(0)) if not box.slope.is_nan() else box.slope
        return Jet(between(at(a).value, at(b).value), slope, box.curvature)

    return over


def mixed_linear(utility: Utility, contract: LinearContract, monitor: GoldenQuestions) -> Curve:
    """Return the enclosure of e -> E[u(w(K/n))], increasing and concave in e (slope >= 0).

    Its second derivative is a sum of A_i' A_j' times expected second differences of u(w(K)), and
    these are negative.
    """
    wages = [
        arb(contract.intercept) + arb(contract.slope) * count / monitor.n
        for count in range(monitor.n + 1)
    ]
    promised = [utility_ball(utility, wage) for wage in wages]

    @cache
    def at(effort: float) -> Jet:
        return _expectation(monitor, promised, arb(effort))

    def over(a: float, b: float) -> Jet:
        low, high = at(a), at(b)
        box = _expectation(monitor, promised, between(arb(a), arb(b)))
        return Jet(
            between(low.value, high.value),
            between(high.slope, low.slope),
            box.curvature.min(arb(0)),
        )

    return over


def mixed_table(monitor: GoldenQuestions, values: Sequence[Ball]) -> Curve:
    """Return the enclosure of e -> E[values[K]] for any table of values, (n + 1,)."""

    @cache
    def at(effort: float) -> Jet:
        return _expectation(monitor, values, arb(effort))

    def over(a: float, b: float) -> Jet:
        if a == b:
            return at(a)
        middle = 0.5 * (a + b)
        reach = between(arb(a) - middle, arb(b) - middle)
        box = _expectation(monitor, values, between(arb(a), arb(b)))
        near = at(middle)
        slope = _tighter(box.slope, near.slope + box.curvature * reach)
        return Jet(_tighter(box.value, near.value + slope * reach), slope, box.curvature)

    return over


def _tighter(one: Ball, other: Ball) -> Ball:
    """Return the intersection of two balls that both hold the truth."""
    if one.is_nan() or other.is_nan():
        return other if one.is_nan() else one
    return one.intersection(other)


def _expectation(monitor: GoldenQuestions, weights: Sequence[Ball], effort: Ball) -> Jet:
    """Return balls for E[weight(K)] and its derivatives over the efforts in `effort`."""
    law, first, second = arb_poly([1]), arb_poly([0]), arb_poly([0])
    for margin in monitor.all_margins:
        half = arb(margin) / 2
        agree = arb("0.5") + half * effort
        chance = arb_poly([1 - agree, agree])
        moved = arb_poly([-half, half])  # its derivative in effort; the second one is zero
        second = second * chance + first * moved  # coefficient of t², half the second derivative
        first = first * chance + law * moved
        law = law * chance
    value, slope, half_curvature = (_dot(part, weights) for part in (law, first, second))
    return Jet(value, slope, 2 * half_curvature)


def _dot(polynomial: arb_poly, weights: Sequence[Ball]) -> Ball:
    # zero weights times wide coefficients would be harmless but slow
    return sum(
        (polynomial[count] * weight for count, weight in enumerate(weights) if weight != 0), arb(0)
    )
