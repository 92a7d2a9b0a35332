"""Branch and bound over efforts: a rigorous upper bound on what any deviation can gain.

A box of efforts is settled by the cheapest argument that works: its value cannot exceed the best
known; the payoff is monotone there, so an end point decides; or it is concave there, so a tangent
bounds it (at the recommended effort the tangent is flat, which settles its neighbourhood at once).
Anything else is halved. The bound is valid whenever the search stops.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, pairwise

from flint import arb

from paygrade.certificate.jet import Ball, Curve, Jet

MOST_BOXES = 20_000


@dataclass(frozen=True)
class Gain:
    """The greatest gain from deviating: an upper bound, a proved lower one and where it is had."""

    upper: float
    lower: float
    effort: float
    boxes: int


def upper_float(ball: Ball) -> float:
    """Return a float not below any number in `ball`; inf for an empty statement."""
    if ball.is_nan():
        return math.inf
    return math.nextafter(float(ball.upper()), math.inf)


def lower_float(ball: Ball) -> float:
    """Return a float not above any number in `ball`."""
    if ball.is_nan():
        return -math.inf
    return math.nextafter(float(ball.lower()), -math.inf)


def largest_gain(payoff: Curve, low: float, high: float, effort: float, slack: float) -> Gain:
    """Return bounds on max over [low, high] of payoff(e) - payoff(effort).

    The search stops when the upper bound is within `slack` of what is proved to be attained (or of
    zero), or after `MOST_BOXES` boxes; the bound holds in either case.
    """
    own = payoff(effort, effort)
    best = Gain(math.inf, 0.0, effort, 0)

    def point(e: float) -> Ball:
        return payoff(e, e).value - own.value

    def note(e: float, best: Gain) -> Gain:
        gained = lower_float(point(e))
        return Gain(math.inf, gained, e, 0) if gained > best.lower else best

    boxes: list[tuple[float, int, float, float]] = []
    ticket = count()
    ends = sorted({low, effort, high})
    for e in ends:
        best = note(e, best)
    for a, b in pairwise(ends):
        heapq.heappush(boxes, (-math.inf, next(ticket), a, b))
    settled = max([0.0, *(upper_float(point(e)) for e in ends if e != effort)])
    done = 0
    while boxes and done < MOST_BOXES:
        bound, _, a, b = boxes[0]
        if -bound <= max(best.lower, 0.0) + slack:
            break
        heapq.heappop(boxes)
        middle = 0.5 * (a + b)
        if not a < middle < b:  # a box of two neighbouring floats can't be halved
            heapq.heappush(boxes, (bound, next(ticket), a, b))
            break
        done += 1
        best = note(middle, best)
        for left, right in ((a, middle), (middle, b)):
            top = highest_over(payoff, left, right, own.value, point)
            if top <= max(best.lower, 0.0) + slack:
                settled = max(settled, top)
            else:
                heapq.heappush(boxes, (-top, next(ticket), left, right))
    top = max([settled, *(-box[0] for box in boxes[:1])])
    return Gain(top, best.lower, best.effort, done)


def highest_over(
    payoff: Curve, a: float, b: float, own: Ball, point: Callable[[float], Ball]
) -> float:
    """Return an upper bound on payoff - own over [a, b]."""
    jet = payoff(a, b)
    bounds = [upper_float(jet.value - own)]
    if jet.slope >= 0:
        bounds.append(upper_float(point(b)))
    elif jet.slope <= 0:
        bounds.append(upper_float(point(a)))
    else:
        bounds.append(_expanded(payoff, jet, a, b, own))
    if jet.curvature <= 0:
        width = arb(b) - arb(a)
        bounds.append(upper_float(point(a) + _positive(payoff(a, a).slope) * width))
        bounds.append(upper_float(point(b) + _positive(-payoff(b, b).slope) * width))
    return min(bounds)


def _expanded(payoff: Curve, jet: Jet, a: float, b: float, own: Ball) -> float:
    """Return the bound from value and slope at the middle and the curvature over the box.

    It settles an agent who is exactly indifferent over a whole range of efforts.
    """
    middle = payoff(0.5 * (a + b), 0.5 * (a + b))
    reach = (arb(b) - arb(a)) / 2
    swing = abs(middle.slope) * reach + _positive(jet.curvature) * reach * reach / 2
    return upper_float(middle.value - own + swing)


def _positive(ball: Ball) -> Ball:
    return ball.max(arb(0)) if not ball.is_nan() else arb.pos_inf()
