"""Holmström's schedule: the optimal rule on any outcome, a formula in place of a table.

The cheapest contract that implements an effort e pays promised utility v(x) with
h'(v(x)) = λ + μ S(x) + Σ ν_j (1 - p(x|e_j)/p(x|e)), cut off at the wage bounds (Holmström 1979;
theory T6). On a continuum of outcomes no table can hold it exactly; the multipliers can.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from paygrade.arguments import misfits
from paygrade.errors import raise_problems
from paygrade.model.contract import Array, Contract
from paygrade.model.monitor import Monitor
from paygrade.model.utility import Utility


@dataclass(frozen=True)
class ShadowPrices:
    """What the principal would pay to relax each constraint of one effort's program.

    Attributes:
        participation: λ >= 0, money per util.
        incentive: μ of the first-order condition, money per util and unit of score.
        deviations: pairs (e_j, ν_j), ν_j >= 0, of deviations deterred one by one, money per util.
    """

    participation: float
    incentive: float = 0.0
    deviations: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        raise_problems(misfits(self))


@dataclass(frozen=True)
class HolmstromSchedule(Contract):
    """Pay h(v(x)), where the marginal cost of utility h'(v) is linear in likelihood ratios.

    Attributes:
        utility, monitor: the primitives that v and the likelihood ratios are taken from.
        effort: the effort that the rule is made for.
        prices: the multipliers λ, μ and ν_j.
        lowest, highest: wage bounds (money).
        kinks: outcomes at which the rule meets a wage bound.
    """

    utility: Utility
    monitor: Monitor = field(repr=False)
    effort: float
    prices: ShadowPrices
    lowest: float = -np.inf
    highest: float = np.inf
    kinks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        raise_problems(misfits(self))

    def marginal_cost(self, outcome: ArrayLike) -> Array:
        """Return λ + μ S(x) + Σ ν_j (1 - p(x|e_j)/p(x|e)), money per util."""
        outcome = np.asarray(outcome, float)
        price = np.full_like(outcome, self.prices.participation)
        if self.prices.incentive:
            price = price + self.prices.incentive * self.monitor.score(outcome, self.effort)
        for effort, multiplier in self.prices.deviations:
            log_ratio = self.monitor.log_density(outcome, effort) - self.monitor.log_density(
                outcome, self.effort
            )
            with np.errstate(over="ignore"):
                price = price - multiplier * np.expm1(log_ratio)
        return np.asarray(price)

    def wage(self, outcome: ArrayLike) -> Array:
        return self.utility.wage_within(self.marginal_cost(outcome), self.lowest, self.highest)
