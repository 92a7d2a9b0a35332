"""Expectations under Holmström's schedule over the *whole* outcome line, tails included.

Promised utility is a constant plus an excess g(T) that is zero where the lowest wage is paid.
∫ g·p·P_J/V^J is integrated rigorously (Arb) up to a far outcome; beyond it g is below a straight
line, because utility is concave in the marginal cost of utility wherever h''' >= 0 (theory T6) and
that price is at most affine in T, so Chernoff's and Cauchy's inequalities bound what is left.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from flint import acb, arb

from paygrade.certificate.jet import Ball, Curve, Jet, NoEnclosure, between
from paygrade.certificate.marginal import (
    is_jewitt,
    promised_at,
    promised_slope,
    risk_scale,
    wage_at,
    wage_growth,
)
from paygrade.certificate.natural import NaturalLaw, natural_law, statistic
from paygrade.certificate.primitives import utility_ball
from paygrade.certificate.search import upper_float
from paygrade.certificate.taylor import expand
from paygrade.errors import ModelError
from paygrade.model.holmstrom import HolmstromSchedule
from paygrade.model.monitor import Monitor
from paygrade.model.utility import RiskNeutral, Utility

ORDER = 6
Excess = Callable[[acb, bool], acb]  # (t, must be analytic) -> what is paid or promised extra
FAR = 150.0  # -log of what Chernoff leaves beyond the last outcome integrated
NEAR = 1e-13  # relative: how close to a kink the exact formula is used


def holmstrom_curve(utility: Utility, contract: HolmstromSchedule, monitor: Monitor) -> Curve:
    """Return the enclosure of e -> E_e[u(w(X))], utils; with `RiskNeutral()` of E_e[w(X)].

    Raises:
        ModelError: for a monitor or utility without such an enclosure.
    """
    schedule = schedule_of(contract, monitor)
    if isinstance(utility, RiskNeutral):
        return lambda a, _b: Jet(schedule.expected_wage(arb(a)), arb.nan(), arb.nan())
    concave = monitor.keeps_concavity and schedule.is_concave

    @cache
    def at(effort: float) -> list[Ball]:
        return schedule.taylor(arb(effort), ORDER)

    def over(a: float, b: float) -> Jet:
        if a == b:
            terms = at(a)
            return Jet(terms[0], terms[1], 2 * terms[2])
        bound = schedule.derivative_bound(between(arb(a), arb(b)), ORDER)
        jet = expand(at(0.5 * (a + b)), arb(a), arb(b), bound)
        return Jet(jet.value, jet.slope, jet.curvature.min(arb(0))) if concave else jet

    return over


def schedule_of(contract: HolmstromSchedule, monitor: Monitor) -> "Schedule":
    """Return the schedule on the line of the monitor's statistic.

    Raises:
        ModelError: for a monitor or utility without an enclosure.
    """
    law = natural_law(monitor)
    if law is None or not is_jewitt(contract.utility):
        raise NoEnclosure(
            f"{type(monitor).__name__} with {type(contract.utility).__name__} has no enclosure for"
            " a Holmström schedule; announce tiers (TieredContract) instead"
        )
    return Schedule(contract, law, [statistic(monitor, kink) for kink in contract.kinks])


@dataclass(frozen=True)
class Schedule:
    """A Holmström schedule on the line of the statistic."""

    contract: HolmstromSchedule
    law: NaturalLaw
    kinks: list[Ball]

    @cached_property
    def mean(self) -> Ball:
        """The statistic's mean at the effort that the rule is made for."""
        return arb(self.contract.effort)

    @cached_property
    def is_concave(self) -> bool:
        """Whether promised utility is concave in T: no wage bound in the way."""
        return not self.kinks and not math.isfinite(self.contract.highest) and self._starts_inside

    @cached_property
    def _starts_inside(self) -> bool:
        return self.law.start is not None and self._is_inside(self.law.start)

    @cached_property
    def base(self) -> Ball:
        """The least promised utility: at the lowest wage, or at the first outcome."""
        if self._starts_inside and self.law.start is not None:
            return self.promised(acb(self.law.start), analytic=False).real
        return utility_ball(self.contract.utility, arb(self.contract.lowest))

    def price(self, t: acb) -> acb:
        """Return λ + μ S(t) + Σ ν_i (1 - p(t|e_i)/p(t|e))."""
        prices = self.contract.prices
        total = acb(prices.participation)
        total += arb(prices.incentive) * (t - self.mean) / self.law.variance(self.mean)
        for effort, multiplier in prices.deviations:
            log_ratio = self._log_ratio(effort, t)
            total += arb(multiplier) * (1 - log_ratio.exp())
        return total

    def _log_ratio(self, effort: float, t: acb) -> acb:
        at_mean = acb(self.mean)
        level = self.law.log_density(at_mean, arb(effort)) - self.law.log_density(
            at_mean, self.mean
        )
        return level + self.law.slope_of_ratio(self.mean, arb(effort)) * (t - self.mean)

    def promised(self, t: acb, *, analytic: bool) -> acb:
        """Return the promised utility where no wage bound binds."""
        return promised_at(self.contract.utility, self.price(t), analytic)

    def wage(self, t: acb, *, analytic: bool) -> acb:
        """Return the wage where no wage bound binds."""
        return wage_at(self.contract.utility, self.price(t), analytic)

    def taylor(self, mean: Ball, order: int) -> list[Ball]:
        """Return the Taylor coefficients of m -> E_m[v(T)] at `mean`."""
        far = self._far(mean)
        found = [self._tail(mean, far, j) + self._slivers(mean, j) for j in range(order)]
        found[0] += self.base
        for low, high, level in self._segments(far):
            for j in range(order):
                found[j] += self._integral(low, high, level, mean, j)
        return [ball / math.factorial(j) for j, ball in enumerate(found)]

    def expected_wage(self, mean: Ball) -> Ball:
        """Return E_m[w(X)], money."""
        floor = arb(self.contract.lowest) if not self._starts_inside else arb(0)
        far = self._far(mean)
        total = floor
        for low, high, level in self._segments(far):
            total += self._sum(low, high, mean, 0, self._wage_above(floor, level is not None))
        return total + self._wage_tail(mean, far, floor)

    def expected_conjugate(self) -> Ball:
        """Return a ball whose upper end is at least E[h*(price(T))] at the rule's own effort."""
        mean, far = self.mean, self._far(self.mean)
        least_wage = self._base_wage
        total = arb(self.contract.prices.participation) * self.base - least_wage

        def excess(t: acb, analytic: bool) -> acb:
            more = self.promised(t, analytic=analytic) - self.base
            return self.price(t) * more - (self.wage(t, analytic=analytic) - least_wage)

        def capped(t: acb, _analytic: bool) -> acb:
            highest = arb(self.contract.highest)
            more = utility_ball(self.contract.utility, highest) - self.base
            return self.price(t) * more - (highest - least_wage)

        for low, high, level in self._segments(far):
            total += self._sum(low, high, mean, 0, excess if level is None else capped)
        if self._ends_before(far):
            return total
        s = self.law.exponent(mean)
        value, slope = self._line(far)
        price, climb = self._price_line(far)
        size = (price + climb * 2 / s) * ((value - self.base).max(arb(0)) + slope * 2 / s)
        return total + between(arb(0), size * (self.law.cumulant(s, mean) - s * far).exp())

    @cached_property
    def _base_wage(self) -> Ball:
        if self._starts_inside and self.law.start is not None:
            return self.wage(acb(self.law.start), analytic=False).real
        return arb(self.contract.lowest)

    def _wage_above(self, floor: Ball, capped: bool) -> Excess:
        top = acb(arb(self.contract.highest)) if capped else acb(0)
        return lambda t, analytic: (top if capped else self.wage(t, analytic=analytic)) - floor

    def _integral(self, low: Ball, high: Ball, level: Ball | None, mean: Ball, order: int) -> Ball:
        def excess(t: acb, analytic: bool) -> acb:
            return (
                acb(level) if level is not None else self.promised(t, analytic=analytic) - self.base
            )

        return self._sum(low, high, mean, order, excess)

    def _sum(self, low: Ball, high: Ball, mean: Ball, order: int, excess: Excess) -> Ball:
        law = self.law

        def term(t: acb, analytic: bool) -> acb:
            weight = law.log_density(t, mean).exp() * law.polynomial(order, t, mean)
            return excess(t, analytic) * weight

        if law.is_discrete:
            # each count belongs to one stretch; the rule is continuous, so it matters not to which
            counts = range(math.ceil(float(low.mid())), math.ceil(float(high.mid())))
            return sum((term(acb(t), False).real for t in counts), arb(0))
        return acb.integral(term, acb(low), acb(high), rel_tol=2.0**-80, abs_tol=2.0**-90).real

    def _segments(self, far: Ball) -> list[tuple[Ball, Ball, Ball | None]]:
        """Return (low, high, level) of the stretches where more than the base is promised.

        `level` is None where the formula holds, else the constant excess at the highest wage. A
        kink is known to rounding only; the sliver around it is left to its neighbours' bounds.
        """
        start = self.law.start
        low = self.kinks[0] if start is None and self.kinks else start
        if low is None:
            raise ModelError("a schedule without a kink on the whole line has no least utility")
        inside = [k for k in self.kinks if k > low and k < far]
        marks = [low, *inside, far]
        found: list[tuple[Ball, Ball, Ball | None]] = []
        for left, right in pairwise(marks):
            middle = (left + right) / 2
            if self._is_inside(middle):
                found.append((left, right, None))
            elif self._is_above(middle):
                top = utility_ball(self.contract.utility, arb(self.contract.highest))
                found.append((left, right, top - self.base))
        return found

    def _is_inside(self, t: Ball) -> bool:
        price = self.price(acb(t)).real
        if not price > 0:
            return False
        wage = self.wage(acb(t), analytic=False).real
        above = wage > arb(self.contract.lowest) or math.isinf(self.contract.lowest)
        return bool(above and not self._is_above(t))

    def _is_above(self, t: Ball) -> bool:
        if math.isinf(self.contract.highest) or not self.price(acb(t)).real > 0:
            return False
        return bool(self.wage(acb(t), analytic=False).real >= arb(self.contract.highest))

    def _far(self, mean: Ball) -> Ball:
        far = arb(0)
        for m in (mean, self.mean):
            s = self.law.exponent(m)
            far = far.max((self.law.cumulant(s, m) + FAR) / s)
        far = arb(math.ceil(upper_float(far)))
        return far.max(arb(math.ceil(upper_float(self.kinks[-1])) + 1)) if self.kinks else far

    def _price_line(self, t: Ball) -> tuple[Ball, Ball]:
        """Return height and slope at `t` of a line that the price, concave in T, stays below."""
        slope = arb(self.contract.prices.incentive) / self.law.variance(self.mean)
        for effort, multiplier in self.contract.prices.deviations:
            ratio = self._log_ratio(effort, acb(t)).exp().real
            slope -= arb(multiplier) * ratio * self.law.slope_of_ratio(self.mean, arb(effort))
        return self.price(acb(t)).real, slope

    def _ends_before(self, far: Ball) -> bool:
        """Whether only the lowest wage is paid from `far` on: the price falls and is too low."""
        _, slope = self._price_line(far)
        return bool(slope < 0 and not self._is_inside(far) and not self._is_above(far))

    def _line(self, t: Ball) -> tuple[Ball, Ball]:
        """Return height and slope at `t` of a line that promised utility stays below."""
        price, slope = self._price_line(t)
        value = promised_at(self.contract.utility, acb(price), False).real
        return value, promised_slope(self.contract.utility, price) * slope

    def _slivers(self, mean: Ball, order: int) -> Ball:
        """Return a ball for what knowing the kinks to rounding only can change."""
        utility = self.contract.utility
        bounds = [
            utility_ball(utility, arb(wage))
            for wage in (self.contract.lowest, self.contract.highest)
            if math.isfinite(wage)
        ]
        missed = arb(0)
        for kink in self.kinks:
            value = self.promised(acb(kink), analytic=False).real
            missed += min((abs(value - bound) for bound in bounds), key=upper_float)
        bound = (missed * self.law.root_norm(order, mean)).upper()
        return between(-bound, bound)

    def highest_line(self, effort: Ball) -> tuple[Ball, Ball]:
        """Return value and slope, at mean `effort`, of a line above e -> E_e[v(T)]."""
        anchor = self._anchor(self.mean)
        value, slope = self._line(anchor)
        return value + slope * (effort - anchor), slope

    def _anchor(self, mean: Ball) -> Ball:
        """Return an outcome near `mean` where the formula holds."""
        if self._is_inside(mean.mid()):
            return mean.mid()
        inside = [
            (low + high) / 2
            for low, high, level in self._segments(self._far(self.mean))
            if level is None
        ]
        return min(inside, key=lambda t: upper_float(abs(t - mean))).mid() if inside else mean.mid()

    def _tail(self, mean: Ball, far: Ball, order: int) -> Ball:
        if self._ends_before(far):
            return arb(0)
        value, slope = self._line(far)
        s = self.law.exponent(mean)
        theta = s / 2
        size = (value - self.base).max(arb(0)) + slope / theta
        root = size * ((self.law.cumulant(s, mean) - s * far) / 2).exp()
        bound = (root * self.law.root_norm(order, mean)).upper()
        return between(-bound, bound)

    def derivative_bound(self, mean: Ball, order: int) -> Ball:
        """Return a bound on the Taylor coefficient of that order over the means in `mean`."""
        anchor = self._anchor(mean)
        value, slope = self._line(anchor)
        drop = value - self.base
        distance = mean - anchor
        second = drop * drop + slope * slope * (self.law.variance(mean) + distance * distance)
        bound = second.sqrt() * self.law.root_norm(order, mean) / math.factorial(order)
        return bound.upper()

    def _wage_tail(self, mean: Ball, far: Ball, floor: Ball) -> Ball:
        """Return a ball for the part of the expected wage beyond `far`."""
        if self._ends_before(far):
            return arb(0)
        utility = self.contract.utility
        price, slope = self._price_line(far)
        wage = abs(wage_at(utility, acb(price), False).real) + abs(floor) + risk_scale(utility)
        s = self.law.exponent(mean)
        growth = slope / price * wage_growth(utility)  # wages grow less than exp(growth·t)
        if not growth <= s:
            return arb.nan()
        bound = (wage * (self.law.cumulant(s, mean) - s * far).exp()).upper()
        return between(-bound, bound)
