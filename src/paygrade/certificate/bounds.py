"""What no contract can undercut: weak duality in ball arithmetic.

Any nonnegative multipliers prove a lower bound on the expected wage of *every* contract, of any
class, that implements an effort (Grossman and Hart's program, theory section 2):

    λ·(ū + c) + μ·c' + Σ ν_i·(c - c_i) - E_e[h*(t(X))],  t = λ + μ S + Σ ν_i (1 - p(x|e_i)/p(x|e))

with h*(t) the largest t·v - h(v) over promised utilities v within the wage bounds. Bad multipliers
make a weak bound, never a wrong one, so a designer's may be used without trusting it.
"""

import math
from collections.abc import Sequence
from functools import singledispatch

from flint import arb

from paygrade.certificate.concave import concave_expression
from paygrade.certificate.holmstrom import schedule_of
from paygrade.certificate.jet import Ball, NoEnclosure, between
from paygrade.certificate.masses import Masses, masses_of
from paygrade.certificate.natural import natural_law
from paygrade.certificate.primitives import cost_jet, utility_ball
from paygrade.certificate.search import lower_float
from paygrade.model.effort import Finite
from paygrade.model.holmstrom import HolmstromSchedule, ShadowPrices
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_utility import SymbolicUtility
from paygrade.model.utility import CARA, CRRA, LogUtility, RiskNeutral, SquareRootUtility, Utility

# With risk neutrality a price above the cost of pay by a rounding error makes the bound infinite.
ROUNDED = (1.0 - 1e-13, 1.0 - 1e-9, 1.0 - 1e-6)
SHARES = (1.0, 0.999, 0.99, 0.9, 0.0)  # of incentives kept, where all of them price a wage below 0


def cost_bound(
    problem: MoralHazard,
    effort: float,
    prices: ShadowPrices | None,
    kinks: tuple[float, ...] = (),
) -> float:
    """Return a proved lower bound on the expected wage of implementing `effort` (money).

    Jensen's bound h(ū + c(e)) where the prices prove no more, or the monitor or utility has no
    enclosure of this kind.
    """
    best = jensen_bound(problem, effort)
    if prices is None or not _has_conjugate(problem.utility):
        return best
    if natural_law(problem.monitor) is not None:
        return max(best, _continuous_bound(problem, effort, prices, kinks))
    kept = tuple((e, nu) for e, nu in prices.deviations if nu > 0)
    masses = masses_of(problem.monitor, effort, [e for e, _ in kept])
    if masses is None:
        return best
    neutral = isinstance(problem.utility, RiskNeutral)
    for share in ROUNDED if neutral else _shares(problem, prices, masses):
        scaled = [share * nu for _, nu in kept[: len(masses.deviations)]]
        participation = (share if neutral else 1.0) * prices.participation
        bound = _bound(problem, effort, masses, participation, share * prices.incentive, scaled)
        if bound > best:
            return bound
    return best


def _continuous_bound(
    problem: MoralHazard, effort: float, prices: ShadowPrices, kinks: tuple[float, ...]
) -> float:
    """Return the dual's value on a continuum of outcomes; -inf where it can't be enclosed."""
    at_low = effort == problem.efforts.low
    if problem.utility.cost_in_money or (at_low and prices.incentive):
        return -math.inf
    rule = HolmstromSchedule(
        problem.utility, problem.monitor, effort, prices,
        problem.lowest_wage, problem.highest_wage, kinks,
    )  # fmt: skip
    try:
        conjugate = schedule_of(rule, problem.monitor).expected_conjugate()
    except NoEnclosure:
        return -math.inf
    point = arb(effort)
    cost = cost_jet(problem.cost, point, point)
    total = arb(prices.participation) * (arb(problem.reservation_utility) + cost.value)
    total += arb(prices.incentive) * cost.slope - conjugate
    for other, multiplier in prices.deviations:
        saved = cost.value - cost_jet(problem.cost, arb(other), arb(other)).value
        total += arb(multiplier) * saved
    return lower_float(total)


def _bound(
    problem: MoralHazard,
    effort: float,
    masses: Masses,
    participation: float,
    incentive: float,
    deviations: Sequence[float],
) -> float:
    """Return the dual's value at one choice of multipliers; -inf where it is unbounded."""
    point = arb(effort)
    cost = cost_jet(problem.cost, point, point)
    if not _has_local_row(problem, effort):
        incentive = 0.0
    if effort == problem.efforts.high:  # no dearer effort is there to tempt
        incentive = max(incentive, 0.0)
    prices = [
        (arb(nu), cost_jet(problem.cost, arb(e), arb(e)).value)
        for e, nu in zip(masses.efforts, deviations, strict=True)
    ]
    utility, rate = problem.utility, arb(0)
    level = arb(problem.reservation_utility) + cost.value
    if isinstance(utility, CARA) and utility.cost_in_money:
        rate, level = arb(utility.risk_aversion), utility_ball(utility, level)
        total = arb(participation) * level
    else:
        total = arb(participation) * level + arb(incentive) * cost.slope
        total += sum((nu * (cost.value - other) for nu, other in prices), arb(0))
    growth = [(rate * (other - cost.value)).exp() for _, other in prices]
    for j, mass in enumerate(masses.own):
        slope = masses.slope[j] + rate * cost.slope * mass
        weight = arb(participation) * mass + arb(incentive) * slope
        for (nu, _), factor, law in zip(prices, growth, masses.deviations, strict=True):
            weight += nu * (mass - factor * law[j])
        total -= _conjugate(problem, mass, weight)
    total -= masses.outside * _most(problem, masses, participation, incentive, rate * cost.slope)
    return lower_float(total)


def _conjugate(problem: MoralHazard, mass: Ball, weight: Ball) -> Ball:
    """Return a ball whose upper end is at least max over v of weight·v - mass·h(v)."""
    utility = problem.utility
    if isinstance(utility, RiskNeutral):
        return _linear_conjugate(problem, arb(utility.scale) * weight - mass)
    low = utility_ball(utility, arb(problem.lowest_wage)) if _has_floor(problem) else arb.neg_inf()
    highest = problem.highest_wage
    if mass == 0 or not weight > 0:
        if not low.is_finite():
            return arb(0) if mass == 0 and weight == 0 else arb.pos_inf()
        if weight <= 0:  # the least wage is best: less utility to buy, and cheaper
            return weight * low - mass * arb(problem.lowest_wage)
        if mass == 0 and math.isfinite(highest):
            return weight * utility_ball(utility, arb(highest))
        if mass == 0:
            return arb.pos_inf()
        weight = weight.max(arb(0))  # the ball straddles zero: both ends of what is best
        upper = weight.upper()
        wage = _clip(problem, wage_at_ball(utility, upper / mass))
        return between(arb(0), upper) * between(low, utility_ball(utility, wage)) - mass * between(
            arb(problem.lowest_wage), wage
        )
    wage = _clip(problem, wage_at_ball(utility, weight / mass))
    return weight * utility_ball(utility, wage) - mass * wage


def _linear_conjugate(problem: MoralHazard, gain: Ball) -> Ball:
    """Return the most that `gain` per unit of money makes of a wage within the bounds."""
    low, high = problem.lowest_wage, problem.highest_wage
    if gain == 0:
        return arb(0)
    if (not gain <= 0 and math.isinf(high)) or (not gain >= 0 and math.isinf(low)):
        return arb.pos_inf()
    ends = [gain * arb(end) for end in (low, high) if math.isfinite(end)]
    return ends[0].max(ends[-1])


def _clip(problem: MoralHazard, wage: Ball) -> Ball:
    if math.isfinite(problem.lowest_wage):
        wage = wage.max(arb(problem.lowest_wage))
    return wage.min(arb(problem.highest_wage)) if math.isfinite(problem.highest_wage) else wage


def _most(
    problem: MoralHazard, masses: Masses, participation: float, incentive: float, shift: Ball
) -> Ball:
    """Return the largest h*(t) over the outcomes left out: it is convex in them, so at an end."""
    if masses.outside == 0:
        return arb(0)
    ends = [
        _conjugate(problem, arb(1), arb(participation) + arb(incentive) * (score + shift))
        for score in masses.end_scores
    ]
    return ends[0].max(ends[1]).max(arb(0))


def _shares(problem: MoralHazard, prices: ShadowPrices, masses: Masses) -> tuple[float, ...]:
    """Return the shares of the incentives to try: less than all where a price would be negative.

    Without a floor the dual is finite only at positive prices, and a payable contract's multipliers
    can price outcomes of probability 1e-27 below zero.
    """
    if _has_floor(problem):
        return (1.0,)
    least = min(masses.float_scores(), default=0.0) * prices.incentive
    if prices.participation + least > 0:
        return SHARES
    harmless = prices.participation / -least if least < 0 else 1.0
    return (1.0, *(harmless * share for share in SHARES[1:]))


def _has_conjugate(utility: Utility) -> bool:
    if isinstance(utility, SymbolicUtility):
        return utility.is_proved
    return isinstance(utility, LogUtility | CRRA | SquareRootUtility | CARA | RiskNeutral)


def _has_floor(problem: MoralHazard) -> bool:
    lowest = problem.lowest_wage
    return math.isfinite(lowest) and math.isfinite(float(problem.utility(lowest)))


def _has_local_row(problem: MoralHazard, effort: float) -> bool:
    return not isinstance(problem.efforts, Finite) and effort > problem.efforts.low


def jensen_bound(problem: MoralHazard, effort: float) -> float:
    """Return the least wage that could pay for `effort` (money), were pay riskless: h(ū + c(e)).

    Where u is not proved concave, risk might be liked, and only the lowest wage bounds what is
    paid.
    """
    utility = problem.utility
    if isinstance(utility, SymbolicUtility):
        if not utility.is_proved:
            return problem.lowest_wage
        cost = cost_jet(problem.cost, arb(effort), arb(effort)).value
        level = arb(problem.reservation_utility) + cost
        return max(lower_float(concave_expression(utility).inverse(level)), problem.lowest_wage)
    wage = float(problem.required_wage(effort))
    return wage - 4e-16 * abs(wage) if math.isfinite(wage) else wage


@singledispatch
def wage_at_ball(utility: Utility, price: Ball) -> Ball:
    """Return a ball containing the wage at which one more util costs `price` > 0."""
    raise NoEnclosure(f"{type(utility).__name__} has no enclosure at a price of {price}")


@wage_at_ball.register
def _(utility: LogUtility, price: Ball) -> Ball:
    return arb(utility.scale) * price - arb(utility.shift)


@wage_at_ball.register
def _(utility: SymbolicUtility, price: Ball) -> Ball:
    return concave_expression(utility).wage_at(price)


@wage_at_ball.register
def _(utility: CRRA, price: Ball) -> Ball:
    return (arb(utility.scale) * price) ** (1 / arb(utility.gamma)) - arb(utility.shift)


@wage_at_ball.register
def _(utility: SquareRootUtility, price: Ball) -> Ball:
    root = arb(utility.scale) * price / 2
    return root * root - arb(utility.shift)


@wage_at_ball.register
def _(utility: CARA, price: Ball) -> Ball:
    rate = arb(utility.risk_aversion)
    return (rate * arb(utility.scale) * price).log() / rate
