"""The sandwich for bonus contracts (theory T9): two bounds on what implementing an effort costs.

The monitor is normal, s = √n/σ; the agent's cost at stake is C = c(e) - c(0), U = reservation +
c(e), D(x) = h(U - x) - h(U) + x·h'(U). Proofs in proofs/t09_sandwich.py.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from flint import arb

from paygrade.arguments import checked_arguments
from paygrade.certificate.inverse import cost_of_utility
from paygrade.certificate.jet import Ball, Jet
from paygrade.certificate.primitives import cost_jet, utility_ball
from paygrade.certificate.search import lower_float, upper_float
from paygrade.errors import ModelError
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import CARA, CRRA, LogUtility, SquareRootUtility
from paygrade.theory.balls import cdf, density, full_precision, mills, root

START = 1.77  # the z from which 3z fits under the curve of proofs/t09_sandwich.py, step 7
ROUNDING = 1e-12
FARTHEST = 40.0  # no z of a finite sample is larger: phi(40) = 1e-348


@dataclass(frozen=True)
class GapBounds:
    """Two proved bounds on the agency cost of a bonus contract at one effort (money).

    Attributes:
        lower: no contract that pays two wages, on whatever event, costs less than first best by it.
        upper: an explicit bonus contract costs at most this; inf where the proof has none because
            n is below `smallest_n`.
        smallest_n: the sample size from which on `upper` is finite.
    """

    lower: float
    upper: float
    smallest_n: int


@checked_arguments
def bonus_gap_bounds(problem: MoralHazard, effort: float) -> GapBounds:
    """Return the sandwich on expected wage minus h(U) of the best bonus contract for `effort`.

    Arguments:
        problem: with a `NormalMonitor`, separable utility with h''' >= 0 and a wage floor (or a
            domain) at which utility is finite and no more than shirking is worth.
        effort: the effort to implement, above the lowest.

    Raises:
        ModelError: when the problem is outside what the theorem covers.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.NormalMonitor(n=10_000), wage_floor=0.0)
    >>> bounds = bonus_gap_bounds(problem, effort=0.8)
    >>> cost = pg.second_best(problem, pg.BinaryContract, effort=0.8).expected_wage - 0.64**2
    >>> bounds.lower < cost < bounds.upper
    True
    >>> round(bounds.upper / bounds.lower, 2), bounds.smallest_n
    (1.01, 833)
    """
    if not (problem.efforts.contains(effort) and effort > problem.efforts.low):
        raise ModelError(
            f"effort={effort!r} is none that a bonus has to induce; choose one above"
            f" {problem.efforts.low:g} and up to {problem.efforts.high:g}"
        )
    with full_precision():
        sandwich = Sandwich(problem, effort)
        start = sandwich.smallest_n
        upper = upper_float(sandwich.upper) if sandwich.checks >= start else math.inf
        return GapBounds(lower_float(sandwich.lower), upper, start)


@dataclass(frozen=True)
class Sandwich:
    """The two bounds as balls, at the working precision."""

    problem: MoralHazard
    effort: float

    def __post_init__(self) -> None:
        p = self.problem
        if not isinstance(p.monitor, NormalMonitor):
            raise ModelError(
                f"{type(p.monitor).__name__}: the sandwich is proved for NormalMonitor; approximate"
                " the count by a normal mean, or use second_best, which is exact"
            )
        if not _has_convex_price(p.utility):
            raise ModelError(
                f"{p.utility} has no proof of h''' >= 0; use log, square root, CARA with separable"
                " cost or CRRA with gamma of at least 0.5"
            )
        near = self.floor - ROUNDING * (1 + abs(self.floor))  # equal but for doubles' rounding
        if not self.floor.is_finite() or not self.shirking >= near:
            raise ModelError(
                "the lowest wage is worth more than shirking is, or has no finite utility;"
                " set a wage_floor below h(reservation + c(lowest effort))"
            )

    @property
    def _monitor(self) -> NormalMonitor:
        return cast(NormalMonitor, self.problem.monitor)  # __post_init__ lets no other through

    @property
    def checks(self) -> int:
        """N."""
        return self._monitor.n

    @cached_property
    def information(self) -> Ball:
        """√(nI)."""
        return arb(self.checks).sqrt() / arb(self._monitor.sigma)

    @cached_property
    def _cost(self) -> Jet:
        return cost_jet(self.problem.cost, arb(self.effort), arb(self.effort))

    @cached_property
    def shirking(self) -> Ball:
        """What an agent who does the least must be promised to come: reservation + c(lowest)."""
        low = arb(self.problem.efforts.low)
        least = cost_jet(self.problem.cost, low, low).value
        return arb(self.problem.reservation_utility) + least

    @cached_property
    def floor(self) -> Ball:
        """Utility of the lowest payable wage."""
        return utility_ball(self.problem.utility, arb(self.problem.lowest_wage))

    @cached_property
    def required(self) -> Ball:
        """U, what participation asks for."""
        return arb(self.problem.reservation_utility) + self._cost.value

    @cached_property
    def stake(self) -> Ball:
        """C, the effort cost that shirking saves."""
        return self.required - self.shirking

    @cached_property
    def marginal(self) -> Ball:
        """c'(e)."""
        return self._cost.slope

    def loss(self, drop: Ball, level: Ball | None = None) -> Ball:
        """Return the Bregman divergence D(drop) at `level`, by default U."""
        at = cost_of_utility(self.problem.utility, self.required if level is None else level)
        below = self.required - drop if level is None else level - drop
        low = cost_of_utility(self.problem.utility, below)
        return low.value - at.value + drop * at.slope

    @cached_property
    def _target(self) -> Ball:
        """s·C/c': how much more a stake of C moves effort than is asked for."""
        return self.information * self.stake / self.marginal

    @cached_property
    def lenient(self) -> Ball:
        """The z at which local incentives ask for a net stake of just C: Phi/phi = sC/c'."""
        return _lenient(self._target)

    @cached_property
    def outgrown(self) -> Ball:
        """The z from which a larger stake costs more than its rarer failures save."""
        utility = self.problem.utility
        most = cost_of_utility(utility, self.required).curvature
        # a lower floor admits more contracts, so what bounds those bounds these
        least = cost_of_utility(utility, self.floor.min(self.shirking)).curvature
        return (most / least).sqrt() if least > 0 else arb(FARTHEST)

    @cached_property
    def lower(self) -> Ball:
        """D(C)·phi(z)·M(y), z `lenient`, y >= z `outgrown`: Phi(-z)·D(C) where they are equal."""
        return _least_tail(self.lenient, self.outgrown) * self.loss(self.stake)

    def lower_up_to(self, high: float) -> Ball:
        """Return a lower bound on `lower` over all efforts from this one to `high`.

        D(C) increases with effort (its derivative is C·h''·c'), as `outgrown` does.
        """
        above = Sandwich(self.problem, high)
        target = self.information * above.stake / self.marginal
        return _least_tail(_lenient(target), above.outgrown) * self.loss(self.stake)

    @cached_property
    def strict(self) -> Ball:
        """The z of the explicit contract: s·phi(z)/(Phi(z) - Phi(-2z)) = c'/C."""

        def above(z: Ball) -> Ball:
            return ((cdf(z) - cdf(-2 * z)) / density(z)).log() - self._target.log()

        return root(above, arb(10) ** -9, arb(FARTHEST))

    @cached_property
    def upper(self) -> Ball:
        """Cost of the explicit contract over h(U); valid from `smallest_n` on."""
        z, utility = self.strict, self.problem.utility
        passing = cdf(z)
        stake = self.stake / (passing - cdf(-2 * z))
        level = self.required.max(self.floor + passing * stake)
        low = self.floor.max(level - passing * stake)
        high = cost_of_utility(utility, low + stake).value
        first_best = cost_of_utility(utility, self.required).value
        return passing * high + cdf(-z) * cost_of_utility(utility, low).value - first_best

    @cached_property
    def smallest_n(self) -> int:
        """The n from which on `strict` exceeds START: nI >= 133 (c'/C)², about."""
        z = arb(START)
        least = (self.marginal / self.stake) * (cdf(z) - cdf(-2 * z)) / density(z)
        return int(upper_float((least * arb(self._monitor.sigma)) ** 2)) + 1


def _least_tail(lenient: Ball, outgrown: Ball) -> Ball:
    return density(lenient) * mills(lenient.max(outgrown))


def _lenient(target: Ball) -> Ball:
    if not cdf(arb(0)) / density(arb(0)) < target:
        return arb(0)
    return root(lambda z: (cdf(z) / density(z)).log() - target.log(), arb(0), arb(FARTHEST))


def _has_convex_price(utility: object) -> bool:
    """Whether h''' >= 0 (proofs/t06_first_order.py derives it for these)."""
    if isinstance(utility, CARA):
        return not utility.cost_in_money
    if isinstance(utility, CRRA):
        return utility.gamma >= 0.5
    return isinstance(utility, LogUtility | SquareRootUtility)
