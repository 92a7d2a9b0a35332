"""Between which efforts the best responses of a whole box of types lie, in ball arithmetic.

An interval of efforts holds no best response of any type in a box where, for all of them at once,
its payoff stays below that of one reference effort, or rises all the way to its end (the end itself
belongs to the next interval). Excluding intervals from the left until one resists gives a bound
that no best response of any of these types lies below; from the right, one that none lies above.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from flint import arb

from paygrade.agent.response import best_response
from paygrade.certificate.curves import rise_ball
from paygrade.certificate.jet import Ball, Curve, Jet, between
from paygrade.certificate.primitives import cost_jet
from paygrade.certificate.proof import deviation_reach, payoff_curve
from paygrade.certificate.search import highest_over
from paygrade.certificate.tails import tail_curve, tail_slope
from paygrade.certificate.typed import (
    FALLS,
    RISES,
    Interval,
    hull,
    unordered,
    with_balls,
    worst_ends,
)
from paygrade.model.contract import BinaryContract, Contract
from paygrade.model.effort import Finite
from paygrade.model.named import changed
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import CARA

FINEST = 2.0**-24  # of the span of efforts: what resists at this width is not excluded
COARSE = 2.0**-8  # the same, times a box's share of all types: a wide box resists anyway


def middle_of(cell: Mapping[str, Interval]) -> dict[str, float]:
    """Return the type in the middle of a box."""
    return {name: 0.5 * (low + high) for name, (low, high) in cell.items()}


@dataclass(frozen=True)
class Incentive:
    """The payoff as far as effort moves it, over boxes: its slope alone, and with value."""

    slope: Callable[[float, float], Ball]
    curve: Curve

    def mirrored(self) -> "Incentive":
        """Return the same for f(-e)."""

        def over(a: float, b: float) -> Jet:
            jet = self.curve(-b, -a)
            return Jet(jet.value, -jet.slope, jet.curvature)

        return Incentive(lambda a, b: -self.slope(-b, -a), over)


def incentive(problem: MoralHazard, contract: Contract, sense: int) -> Incentive:
    """Return the enclosure of what moves the agent, whatever the type.

    A bonus moves a separable payoff by its stake alone, and every best response rises in the stake:
    of a ball of stakes the least (sense=RISES: the greatest) is the worst.
    """
    if isinstance(contract, BinaryContract) and isinstance(problem.utility, CARA):
        if problem.utility.cost_in_money:
            return _money_incentive(problem, problem.utility, contract)
    elif not isinstance(contract, BinaryContract):
        curve = payoff_curve(problem, contract)
        return Incentive(lambda a, b: curve(a, b).slope, curve)
    stake = rise_ball(problem.utility, arb(contract.base), arb(contract.base) + arb(contract.bonus))
    stake = stake.lower() if sense == FALLS else stake.upper()
    tail = tail_curve(problem.monitor, contract.cutoff)
    slope = tail_slope(problem.monitor, contract.cutoff)

    def cost(a: float, b: float) -> Jet:
        return cost_jet(problem.cost, arb(a), arb(b))

    return Incentive(
        lambda a, b: stake * slope(a, b) - cost(a, b).slope,
        lambda a, b: tail(a, b).scaled(stake) - cost(a, b),
    )


def _money_incentive(problem: MoralHazard, utility: CARA, contract: BinaryContract) -> Incentive:
    """Return the same for CARA with cost in money, where risk aversion r may be a wide ball.

    Passing with probability P is worth G(P) = -log(1 - yP)/r with y = 1 - exp(-r·bonus), and
    1/G'(P) = r/y - rP; the mean value theorem in r keeps the two terms from drifting apart.
    """
    r, bonus = arb(utility.risk_aversion), arb(contract.bonus)
    tail = tail_curve(problem.monitor, contract.cutoff)
    passing_slope = tail_slope(problem.monitor, contract.cutoff)
    middle = arb(r.mid())
    stake = -(-r * bonus).expm1()
    bend = (1 - (-r * bonus).exp() * (1 + r * bonus)) / stake**2  # d/dr of r/y

    def worth(passing: Ball) -> Ball:
        at_middle = middle / -(-middle * bonus).expm1() - middle * passing
        return 1 / (at_middle + (bend - passing) * (r - middle))

    def certain(passing: Ball, aversion: Ball) -> Ball:
        return -(1 + (-aversion * bonus).expm1() * passing).log() / aversion

    def cost(a: float, b: float) -> Jet:
        return cost_jet(problem.cost, arb(a), arb(b))

    def over(a: float, b: float) -> Jet:
        passing = tail(a, b)
        first = worth(passing.value)
        low, high = passing.value.lower(), passing.value.upper()
        value = between(certain(low, r.upper()), certain(high, r.lower()))  # r makes it worth less
        return passing.chained(value, first, r * first**2) - cost(a, b)

    return Incentive(
        lambda a, b: worth(tail(a, b).value) * passing_slope(a, b) - cost(a, b).slope,
        over,
    )


class ResponseRange:
    """The best responses of every type in a box, under one contract."""

    def __init__(
        self, problem: MoralHazard, ranges: Mapping[str, Interval], contract: Contract
    ) -> None:
        self.problem, self.ranges, self.contract = problem, ranges, contract
        self.divided = unordered(ranges, "effort", contract, problem)

    def least(self, cell: Mapping[str, Interval], mark: float | None = None) -> float:
        """Return an effort that no best response lies below; `mark`: one worth reaching exactly."""
        return self._end(cell, FALLS, mark)

    def greatest(self, cell: Mapping[str, Interval]) -> float:
        """Return an effort that no best response lies above."""
        return self._end(cell, RISES, None)

    def extreme_type(self, cell: Mapping[str, Interval], sense: int = FALLS) -> MoralHazard:
        """Return the type in the middle of `cell` whose ordered numbers stand at the worst ends."""
        ends = worst_ends(self.ranges, "effort", self.contract, self.problem, sense)
        return changed(self.problem, {**ends, **middle_of(cell)})

    def _end(self, cell: Mapping[str, Interval], sense: int, mark: float | None) -> float:
        worst = self.extreme_type(cell, sense)
        reference = best_response(worst, self.contract).effort
        balls = {name: hull(*ends) for name, ends in cell.items()}
        typed = with_balls(worst, balls) if balls else worst
        moved = incentive(typed, self.contract, sense)
        efforts = self.problem.efforts
        if isinstance(efforts, Finite):
            return _level(moved.curve, sorted(efforts.values), reference, sense)
        high = efforts.high
        if math.isinf(high):
            level = payoff_curve(typed, self.contract)
            high = deviation_reach(typed, self.contract, level, reference)
        finest = FINEST if not cell else max(FINEST, COARSE * self._share(cell))
        if sense == FALLS:
            return first_possible(moved, (efforts.low, high), reference, finest, mark)
        return -first_possible(moved.mirrored(), (-high, -efforts.low), -reference, finest)

    def _share(self, cell: Mapping[str, Interval]) -> float:
        """Return the part of the box that `cell` is wide."""
        return max(
            (high - low) / (self.ranges[name][1] - self.ranges[name][0])
            for name, (low, high) in cell.items()
        )


def _level(curve: Curve, levels: list[float], reference: float, sense: int) -> float:
    own = curve(reference, reference).value
    possible = [e for e in levels if e == reference or not curve(e, e).value < own]
    return min(possible) if sense == FALLS else max(possible)


def first_possible(
    moved: Incentive,
    ends: tuple[float, float],
    reference: float,
    finest: float,
    mark: float | None = None,
) -> float:
    """Return an effort such that every effort below it is excluded as a best response.

    Arguments:
        moved: the payoff as far as effort moves it.
        ends: of the efforts.
        reference: the effort that the others are held against.
        finest: share of the efforts' span at which the search gives up.
        mark: an effort that an interval shall end at.
    """
    low, high = ends
    own = moved.curve(reference, reference).value
    if not own.is_finite():  # ruin with positive probability: any effort is as good
        return low
    breaks = sorted(
        {low, high, *(e for e in (reference, mark) if e is not None and low < e < high)}
    )
    waiting = list(pairwise(breaks))[::-1]
    while waiting:
        a, b = waiting.pop()
        if _is_excluded(moved, a, b, own):
            continue
        middle = 0.5 * (a + b)
        if b - a <= finest * (high - low) or not a < middle < b:
            return a
        waiting += [(middle, b), (a, middle)]
    return high


def _is_excluded(moved: Incentive, a: float, b: float, own: Ball) -> bool:
    if moved.slope(a, b) > 0:
        return True
    if moved.curve(a, b).value < own:
        return True

    def point(e: float) -> Ball:
        return moved.curve(e, e).value - own

    return highest_over(moved.curve, a, b, own, point) < 0.0
