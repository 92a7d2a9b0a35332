"""The primitives in ball arithmetic: utility at a wage, cost and accuracy over a box of efforts.

A box is given by its end points; a point is the box with equal ends. Monotone functions are
enclosed by their values at the ends, which costs no width.
"""

from functools import singledispatch

from flint import arb

from paygrade.certificate.concave import concave_expression
from paygrade.certificate.expressions import expression_jet
from paygrade.certificate.jet import Ball, Jet, NoEnclosure, between
from paygrade.errors import ModelError
from paygrade.model.counting import (
    AffineMonitor,
    ComparisonMode,
    CountingMonitor,
    SelfConsistency,
)
from paygrade.model.effort import EffortCost, ExponentialCost, PowerCost
from paygrade.model.motivated import MotivatedCost
from paygrade.model.symbolic import SymbolicCost
from paygrade.model.symbolic_utility import SymbolicUtility
from paygrade.model.tabulated import TabulatedCost
from paygrade.model.utility import (
    CARA,
    CRRA,
    LogUtility,
    RiskNeutral,
    SquareRootUtility,
    Utility,
)

EXACT = arb("1e-18")  # radius of an accuracy that is one number up to rounding


@singledispatch
def utility_ball(utility: Utility, wage: Ball) -> Ball:  # noqa: ARG001 (the interface)
    """Return a ball containing u(wage), utils; -inf where the wage is at an unbounded end."""
    raise NoEnclosure(f"{type(utility).__name__} has no enclosure; use a utility of this library")


@utility_ball.register
def _(utility: LogUtility, wage: Ball) -> Ball:
    wealth = wage + arb(utility.shift)
    return arb.neg_inf() if wealth <= 0 else arb(utility.scale) * wealth.log()


@utility_ball.register
def _(utility: CRRA, wage: Ball) -> Ball:
    power = 1 - arb(utility.gamma)
    wealth = wage + arb(utility.shift)
    if wealth <= 0:
        return arb(0) if wealth == 0 and utility.gamma < 1 else arb.neg_inf()
    if 1 - power * wealth.log() > 0 and power.rad() > EXACT:  # u increases in gamma: its ends do
        ends = [wealth**p / p for p in (power.lower(), power.upper())]
        return arb(utility.scale) * between(*ends)
    return arb(utility.scale) * wealth**power / power


@utility_ball.register
def _(utility: SquareRootUtility, wage: Ball) -> Ball:
    wealth = wage + arb(utility.shift)
    return arb.neg_inf() if wealth < 0 else arb(utility.scale) * wealth.sqrt()


@utility_ball.register
def _(utility: CARA, wage: Ball) -> Ball:
    return -arb(utility.scale) * (-arb(utility.risk_aversion) * wage).exp()


@utility_ball.register
def _(utility: RiskNeutral, wage: Ball) -> Ball:
    return arb(utility.scale) * wage


@utility_ball.register
def _(utility: SymbolicUtility, wage: Ball) -> Ball:
    return concave_expression(utility).value(wage)


@singledispatch
def cost_jet(cost: EffortCost, low: Ball, high: Ball) -> Jet:  # noqa: ARG001 (the interface)
    """Return balls for c, c' and c'' over efforts from `low` to `high`."""
    raise NoEnclosure(f"{type(cost).__name__} has no enclosure; use a cost of this library")


@cost_jet.register
def _(cost: PowerCost, low: Ball, high: Ball) -> Jet:
    scale, power = arb(cost.scale), arb(cost.power)

    def over(factor: Ball, exponent: Ball) -> Ball:
        return factor * between(_power(low, exponent), _power(high, exponent))

    first = scale * power
    return Jet(over(scale, power), over(first, power - 1), over(first * (power - 1), power - 2))


def _power(effort: Ball, exponent: Ball) -> Ball:
    if exponent == 0:
        return arb(1)
    if effort == 0:
        return arb(0) if exponent > 0 else arb.pos_inf()
    return effort**exponent


@cost_jet.register
def _(cost: ExponentialCost, low: Ball, high: Ball) -> Jet:
    scale, rate = arb(cost.scale), arb(cost.rate)
    growth = between((rate * low).exp(), (rate * high).exp())
    return Jet(scale * (growth - 1), scale * rate * growth, scale * rate**2 * growth)


@cost_jet.register
def _(cost: MotivatedCost, low: Ball, high: Ball) -> Jet:
    unpaid = arb(cost.unpaid)
    base, there = cost_jet(cost.base, low, high), cost_jet(cost.base, unpaid, unpaid)
    motivation = there.slope - arb(cost.dislike)
    slope = base.slope - motivation
    ends = [
        cost_jet(cost.base, e, e).value - there.value - motivation * (e - unpaid)
        for e in (low, high)
    ]
    value = between(*ends)
    if not (slope >= 0 or slope <= 0):  # then the least cost, which is 0, may be inside
        value = between(value, arb(0))
    return Jet(value, slope, base.curvature)


@cost_jet.register
def _(cost: SymbolicCost, low: Ball, high: Ball) -> Jet:
    return expression_jet(cost.expr, cost.effort, low, high)


@cost_jet.register
def _(cost: TabulatedCost, low: Ball, high: Ball) -> Jet:
    if low != high:
        raise ModelError("a table of costs has no effort between its rows")
    return Jet(arb(float(cost(float(low)))), arb(0), arb(0))


@singledispatch
def accuracy_jet(  # (the interface)
    monitor: CountingMonitor,
    low: Ball,  # noqa: ARG001
    high: Ball,  # noqa: ARG001
) -> Jet:
    """Return balls for A, A' and A'' over efforts from `low` to `high`; A increases."""
    raise NoEnclosure(f"{type(monitor).__name__} has no enclosure; use a monitor of this library")


@accuracy_jet.register
def _(monitor: AffineMonitor, low: Ball, high: Ball) -> Jet:
    half = signal_ball(monitor) / 2
    return Jet(arb("0.5") + half * between(low, high), half, arb(0))


@accuracy_jet.register
def _(monitor: SelfConsistency, low: Ball, high: Ball) -> Jet:
    kappa = arb(monitor.kappa)
    square = between(low**2, high**2)
    return Jet((1 + kappa * square) / 2, kappa * between(low, high), kappa)


def accuracy_ends(monitor: CountingMonitor, effort: float) -> tuple[Ball, ...]:
    """Return A(effort), or its two ends where a signal that is a ball makes it wide.

    What increases in accuracy is enclosed by its values at the ends; a sum of powers of a wide
    ball would be enclosed by nothing useful.
    """
    accuracy = accuracy_jet(monitor, arb(effort), arb(effort)).value
    if accuracy.rad() <= EXACT:
        return (accuracy,)
    return accuracy.lower(), accuracy.upper().min(arb(1))


def signal_ball(monitor: AffineMonitor) -> Ball:
    """Return the exact signal of an affine monitor (2·mu - 1 is rounded in floating point)."""
    return 2 * arb(monitor.mu) - 1 if isinstance(monitor, ComparisonMode) else arb(monitor.signal)
