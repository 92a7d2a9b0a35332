"""What no contract at any effort can earn the principal: the first best, enclosed.

Whatever the contract, an agent who works at e costs at least h(ū + c(e)) (Jensen). So R(e) minus
that, enclosed over boxes that cover all efforts, bounds every payoff: the search over efforts may
have missed a hill, but none higher than this.
"""

import heapq
import math
from functools import singledispatch

from flint import arb, ctx

from paygrade.certificate.concave import concave_expression
from paygrade.certificate.expressions import expression_jet
from paygrade.certificate.jet import Ball, NoEnclosure, between
from paygrade.certificate.primitives import cost_jet
from paygrade.certificate.search import upper_float
from paygrade.model.effort import ExponentialCost, Finite, LinearValue, PowerCost, PowerValue, Value
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic import SymbolicValue
from paygrade.model.symbolic_utility import SymbolicUtility
from paygrade.model.tabulated import TabulatedValue
from paygrade.model.utility import CARA, CRRA, LogUtility, RiskNeutral, SquareRootUtility, Utility

BOXES = 1500
CLOSE = 1e-9  # relative: how far the bound may lie above what a point attains


def highest_payoff(problem: MoralHazard) -> float:
    """Return an upper bound on the principal's payoff (money); inf where none can be proved."""
    before, ctx.prec = ctx.prec, 96
    try:
        if isinstance(problem.efforts, Finite):
            return max(_bound(problem, e, e) for e in problem.efforts.values)
        return _over_interval(problem, problem.efforts.low, _reach(problem))
    except NoEnclosure:
        return math.inf
    finally:
        ctx.prec = before


def _over_interval(problem: MoralHazard, low: float, high: float) -> float:
    if math.isinf(high):
        return math.inf
    boxes = [(-_bound(problem, low, high), low, high)]
    attained = max(_bound(problem, low, low), _bound(problem, high, high))
    for _ in range(BOXES):
        bound, a, b = boxes[0]
        middle = 0.5 * (a + b)
        if -bound <= attained + CLOSE * (1.0 + abs(attained)) or not a < middle < b:
            break
        heapq.heappop(boxes)
        attained = max(attained, _bound(problem, middle, middle))
        for left, right in ((a, middle), (middle, b)):
            heapq.heappush(boxes, (-_bound(problem, left, right), left, right))
    return max(attained, -boxes[0][0])


def _bound(problem: MoralHazard, low: float, high: float) -> float:
    cost = cost_jet(problem.cost, arb(low), arb(high)).value
    level = arb(problem.reservation_utility) + cost
    wage = level if problem.utility.cost_in_money else inverse_ball(problem.utility, level)
    if problem.wage_floor is not None:
        wage = wage.max(arb(problem.wage_floor))
    return upper_float(value_ball(problem.value, arb(low), arb(high)) - wage)


def _reach(problem: MoralHazard) -> float:
    """Return an effort from which the payoff only falls: it is concave and falls there."""
    high = problem.efforts.high
    concave = isinstance(problem.cost, PowerCost | ExponentialCost) and isinstance(
        problem.value, LinearValue | PowerValue
    )
    if math.isfinite(high) or not concave:
        return high
    end = max(1.0, 2.0 * problem.efforts.low)
    for _ in range(60):
        if _bound(problem, 2.0 * end, 2.0 * end) < _bound(problem, end, end):
            return 2.0 * end
        end *= 2.0
    return math.inf


def inverse_ball(utility: Utility, level: Ball) -> Ball:
    """Return a ball containing h(level), money."""
    match utility:
        case LogUtility(shift, scale):
            return (level / arb(scale)).exp() - arb(shift)
        case SquareRootUtility(shift, scale):
            root = (level / arb(scale)).max(arb(0))
            return root * root - arb(shift)
        case CRRA(gamma, shift, scale):
            base = level * (1 - arb(gamma)) / arb(scale)
            return base.max(arb(0)) ** (1 / (1 - arb(gamma))) - arb(shift)
        case CARA(risk_aversion, _, scale):
            return -(-level / arb(scale)).log() / arb(risk_aversion)
        case RiskNeutral(scale):
            return level / arb(scale)
        case SymbolicUtility():
            return concave_expression(utility).inverse(level)
    raise NoEnclosure(f"{type(utility).__name__} has no enclosure of its inverse")


@singledispatch
def value_ball(value: Value, low: Ball, high: Ball) -> Ball:  # noqa: ARG001 (the interface)
    """Return a ball containing R(e) for efforts from `low` to `high`."""
    raise NoEnclosure(f"{type(value).__name__} has no enclosure; use a value of this library")


@value_ball.register
def _(value: LinearValue, low: Ball, high: Ball) -> Ball:
    return arb(value.intercept) + arb(value.slope) * between(low, high)


@value_ball.register
def _(value: PowerValue, low: Ball, high: Ball) -> Ball:
    ends = [arb(0) if e == 0 else e ** arb(value.power) for e in (low, high)]
    return arb(value.intercept) + arb(value.scale) * between(*ends)


@value_ball.register
def _(value: TabulatedValue, low: Ball, high: Ball) -> Ball:
    if low != high:
        raise NoEnclosure("a table of values has no effort between its rows")
    return arb(float(value(float(low))))


@value_ball.register
def _(value: SymbolicValue, low: Ball, high: Ball) -> Ball:
    return expression_jet(value.expr, value.effort, low, high).value
