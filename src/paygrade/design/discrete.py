"""Bonus rules between levels of effort, where agency costs fall below what a double can subtract.

With finitely many efforts the cost of risk falls like exp(-λn) (theory T11). First best minus
second best is then pure cancellation, so rules are compared by the logarithm of the risk premium
E[w] - h(E[u(w)]) itself, computed from the failure probability without subtracting:

    (1 - p)·(h(v + pΔ) - h(v)) + p·(h(v - (1 - p)Δ) - h(v)),   v = E[u(w)], p = P(fail)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx
from scipy.special import log_ndtr

from paygrade.design.cutoffs import golden, golden_whole, is_count
from paygrade.model.contract import BinaryContract
from paygrade.model.counting import CountingMonitor
from paygrade.model.finite import FiniteMonitor
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import CARA, RiskNeutral

SMALLEST = 1e-290  # failure probabilities below are taken from ball arithmetic
BITS = 96
TINY = 1e-6  # relative step below which h(v + step) - h(v) is its expansion
POINTS = 65
Found = tuple[float, float, float]  # payoff, base, bonus


@dataclass(frozen=True)
class DiscreteBonus:
    """The least risky bonus rule for one level of effort.

    Arguments:
        effort: the level to implement.
        cheapest: the best (payoff, base, bonus) at a cutoff, payoff -inf where there is none.
        bonus_cap: largest bonus (money), or None.
    """

    problem: MoralHazard
    effort: float
    cheapest: Callable[[float], Found]
    bonus_cap: float | None = None

    def cutoff(self) -> float:
        """Return the cutoff of least risk premium among those without rent; nan where none is."""
        grid = self._grid()
        premia = [self.log_premium(float(x)) for x in grid]
        best = int(np.argmin(premia))
        if not premia[best] < math.inf:
            return math.nan
        mark = float(grid[best])
        left, right = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
        left = self._edge(mark, left)
        near = golden_whole if is_count(self.problem) else golden
        found = near(lambda x: -self.log_premium(x), left, right)
        return min((left, mark, found), key=self.log_premium)

    def _grid(self) -> Array:
        p = self.problem
        if isinstance(p.monitor, FiniteMonitor):
            return np.asarray(p.monitor.outcomes, float)
        lowest = float(p.monitor.cutoff_at(p.efforts.low, np.array(8.0)))
        highest = float(p.monitor.cutoff_at(self.effort, np.array(-3.0)))
        grid = np.linspace(lowest, highest, POINTS)
        return np.unique(np.round(grid)) if is_count(p) else grid

    def _edge(self, allowed: float, outside: float) -> float:
        """Return the mark nearest to `outside` at which a rule is still allowed."""
        if math.isfinite(self.log_premium(outside)):
            return outside
        while True:
            middle = 0.5 * (allowed + outside)
            if is_count(self.problem):
                middle = (
                    float(math.floor(middle)) if outside < allowed else float(math.ceil(middle))
                )
            if middle in (allowed, outside):
                return allowed
            if math.isfinite(self.log_premium(middle)):
                allowed = middle
            else:
                outside = middle

    def log_premium(self, cutoff: float) -> float:
        """Return the log of the risk premium (money); inf with rent or where no rule is allowed."""
        payoff, base, bonus = self.cheapest(cutoff)
        if self.bonus_cap is not None and bonus > self.bonus_cap:
            return math.inf
        if not math.isfinite(payoff) or self._pays_rent(cutoff, base, bonus):
            return math.inf
        return log_risk_premium(self.problem, BinaryContract(base, bonus, cutoff), self.effort)

    def _pays_rent(self, cutoff: float, base: float, bonus: float) -> bool:
        """Whether the wage floor leaves the agent more than participation asks."""
        p = self.problem
        if base > p.lowest_wage:
            return False
        failing = float(p.monitor.fail_probability(cutoff, self.effort))
        utils = float(p.utility(base + bonus)) * (1.0 - failing)
        utils += float(p.utility(base)) * failing if failing > 0 else 0.0
        level = float(p.required_utility(self.effort))
        return utils > level + 1e-12 * (1.0 + abs(level))


def log_risk_premium(problem: MoralHazard, rule: BinaryContract, effort: float) -> float:
    """Return log of E[w] - h(E[u(w)]), money, for a bonus rule: accurate however small it is."""
    log_p = log_fail_probability(problem, rule.cutoff, effort)
    p, utility = math.exp(log_p), problem.utility
    if isinstance(utility, RiskNeutral):
        return -math.inf
    low, high = float(utility(rule.base)), float(utility(rule.base + rule.bonus))
    if isinstance(utility, CARA):
        r = utility.risk_aversion
        if p < SMALLEST:
            return log_p + math.log(math.expm1(r * rule.bonus) / r - rule.bonus)
        return math.log(math.log1p(p * math.expm1(r * rule.bonus)) / r - rule.bonus * p)
    stake = high - low
    if p * stake < TINY * (1.0 + abs(high)):
        bregman = stake * float(utility.inverse_derivative(high)) - rule.bonus
        bent = float(utility.inverse_second_derivative(high)) * p * stake * stake / 2.0
        return log_p + math.log(bregman - bent)
    level = high - p * stake
    middle = float(utility.inverse(level))
    return math.log((rule.base + rule.bonus - middle) * (1.0 - p) + (rule.base - middle) * p)


def log_fail_probability(problem: MoralHazard, cutoff: float, effort: float) -> float:
    """Return log P(X < cutoff | effort), also where the probability underflows."""
    monitor = problem.monitor
    if isinstance(monitor, NormalMonitor):
        return float(log_ndtr((cutoff - effort) / monitor.standard_error))
    failing = float(monitor.fail_probability(cutoff, effort))
    if failing > SMALLEST:
        return math.log(failing)
    if not isinstance(monitor, CountingMonitor) or cutoff <= 0:
        return -math.inf
    before, ctx.prec = ctx.prec, BITS
    try:
        k, n = math.ceil(cutoff), monitor.n
        share = 1 - arb(float(monitor.accuracy(effort)))
        return float(share.beta_lower(n - k + 1, k, regularized=True).log())
    finally:
        ctx.prec = before
