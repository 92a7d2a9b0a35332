"""The best linear contract: intercept and slope on the mean outcome.

For each effort the cheapest linear rule is fixed by two equations: participation (or the wage
floor) gives the intercept, the agent's first-order condition the slope. With accuracy affine in
effort the agent's payoff is concave under it (theory T6); elsewhere every rule is checked against
the agent's best response, and efforts that only satisfy the local condition are left out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from paygrade.agent.expected import agent_slope, agent_utility, expected_wage
from paygrade.agent.response import best_response
from paygrade.design.proposal import (
    MARGIN,
    Proposal,
    candidate_efforts,
    infeasible,
    payoff_bound,
)
from paygrade.model.contract import LinearContract
from paygrade.model.counting import AffineMonitor
from paygrade.model.effort import ExponentialCost, Finite, PowerCost
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import MoralHazard

RUIN = -1e200  # stands for a payoff of -inf
STEEPEST = 60  # doublings of the slope before giving up


@dataclass(frozen=True)
class LinearSearch:
    """The search for a linear contract in one problem.

    Arguments:
        effort: the effort to implement, or None to choose it.
        local_only: drop global incentive compatibility (the first-order relaxation).
    """

    problem: MoralHazard
    effort: float | None = None
    local_only: bool = False

    def solve(self) -> Proposal:
        """Return the best linear contract.

        Raises:
            InfeasibleContract: when no linear contract satisfies the constraints.
        """
        if self.effort is not None:
            return self._proposal(self.effort)
        efforts = candidate_efforts(self.problem, points=33)
        payoff = np.array([self.payoff(float(e)) for e in efforts])
        top = int(np.argmax(payoff))
        best = float(efforts[top])
        if not isinstance(self.problem.efforts, Finite) and math.isfinite(payoff[top]):
            ends = float(efforts[max(top - 1, 0)]), float(efforts[min(top + 1, len(efforts) - 1)])
            best = self._refine(best, ends)
        return self._proposal(best)

    def payoff(self, effort: float) -> float:
        """Return the principal's payoff from inducing `effort`; -inf where no rule does."""
        if not math.isfinite(float(payoff_bound(self.problem, np.array(effort)))):
            return -math.inf
        contract = self.cheapest(effort)
        if contract is None:
            return -math.inf
        wage = float(expected_wage(self.problem, contract, effort))
        return float(self.problem.value(effort)) - wage

    def cheapest(self, effort: float) -> LinearContract | None:
        """Return the cheapest linear contract that induces `effort`; None where there is none."""
        slope = 0.0 if effort == self.problem.efforts.low else self._slope(effort)
        if slope is None:
            return None
        contract = LinearContract(self.intercept(slope, effort), slope)
        p = self.problem
        least, most = p.monitor.mean_bounds
        top = contract.intercept + (slope * most if slope > 0 else 0.0)
        floored = slope > 0 and p.wage_floor is not None and math.isinf(least)
        if top > p.highest_wage or floored or not math.isfinite(contract.intercept):
            return None
        if self._is_best_response(contract, effort):
            return contract
        return self._steeper(contract, effort) if effort == p.efforts.high else None

    def _steeper(self, contract: LinearContract, effort: float) -> LinearContract | None:
        """Return the flattest rule under which the highest effort is best."""

        def enough(slope: float) -> bool:
            rule = LinearContract(self.intercept(slope, effort), slope)
            return self._is_best_response(rule, effort)

        low, high = contract.slope, 2.0 * contract.slope
        while not enough(high):
            low, high = high, 2.0 * high
            if high > 1e6 * (1.0 + contract.slope):
                return None
        while high - low > 1e-9 * high:
            middle = 0.5 * (low + high)
            low, high = (low, middle) if enough(middle) else (middle, high)
        rule = LinearContract(self.intercept(high, effort), high)
        return rule if rule.intercept + rule.slope <= self.problem.highest_wage else None

    def intercept(self, slope: float, effort: float) -> float:
        """Return the least intercept with participation at `effort`, not below the lowest wage."""
        p = self.problem

        def slack(intercept: float) -> float:
            payoff = float(agent_utility(p, LinearContract(intercept, slope), effort))
            return max(payoff - p.reservation_utility, RUIN)  # a root finder can't use -inf

        high = float(p.required_wage(effort))  # pays enough even if nothing agrees
        if slope == 0.0:
            return high
        if isinstance(p.monitor, NormalMonitor):
            return self._normal_intercept(slack, high, slope, effort)
        return _root(slack, max(high - slope, p.lowest_wage), high)

    def _normal_intercept(
        self, slack: Callable[[float], float], flat: float, slope: float, effort: float
    ) -> float:
        reach = 1.0 + slope * (1.0 + effort)
        for doubling in 2.0 ** np.arange(STEEPEST):
            low, high = flat - reach * doubling, flat + reach * doubling
            if slack(low) < 0 <= slack(high):
                return _root(slack, low, high)
        return math.nan

    def _slope(self, effort: float) -> float | None:
        """Return the least slope at which the agent would not do less than `effort`."""
        p = self.problem
        if isinstance(p.efforts, Finite):
            return self._least(effort, lambda slope: self._beats_lower_levels(slope, effort))

        def excess(slope: float) -> float:
            intercept = self.intercept(slope, effort)
            if not math.isfinite(intercept):
                return math.nan
            return float(agent_slope(p, LinearContract(intercept, slope), effort))

        return self._least(effort, excess)

    def _least(self, effort: float, excess: Callable[[float], float]) -> float | None:
        """Return the root of `excess`, increasing in the slope; None when it stays negative."""
        p = self.problem
        wage = float(p.required_wage(effort))
        guess = self._cost_slope(effort)
        if not p.utility.cost_in_money:
            guess /= max(float(p.utility.derivative(wage)), 1e-12)
        low, high = 0.0, max(guess, 1e-9)
        for _ in range(STEEPEST):
            if high > 2.0 * (p.highest_wage - p.lowest_wage):
                return None
            found = excess(high)
            if math.isnan(found):
                return None
            if found >= 0:
                return _root(excess, low, high)
            low, high = high, 2.0 * high
        return None

    def _cost_slope(self, effort: float) -> float:
        p = self.problem
        if isinstance(p.efforts, Finite):
            span = p.efforts.high - p.efforts.low
            return abs(float(p.cost(effort) - p.cost(p.efforts.low))) / max(span, 1e-12)
        return float(p.cost.derivative(effort))

    def _beats_lower_levels(self, slope: float, effort: float) -> float:
        p = self.problem
        contract = LinearContract(self.intercept(slope, effort), slope)
        lower = np.array([e for e in p.efforts.values if e < effort])  # type: ignore[union-attr]
        own = float(agent_utility(p, contract, effort))
        return own - float(agent_utility(p, contract, lower).max(initial=-math.inf))

    def _is_best_response(self, contract: LinearContract, effort: float) -> bool:
        p = self.problem
        convex_cost = isinstance(p.cost, PowerCost | ExponentialCost)
        concave = convex_cost and isinstance(p.monitor, AffineMonitor | NormalMonitor)
        if self.local_only or (
            concave and not p.utility.cost_in_money and not isinstance(p.efforts, Finite)
        ):
            return True
        best = best_response(p, contract).utility
        at_stake = float(p.cost(effort) - p.cost(p.efforts.low))
        return float(agent_utility(p, contract, effort)) >= best - MARGIN * at_stake

    def _refine(self, best: float, ends: tuple[float, float]) -> float:
        with np.errstate(invalid="ignore"):  # the parabola through a payoff of -inf is undefined
            summit = minimize_scalar(
                lambda e: -self.payoff(float(e)),
                bounds=ends,
                method="bounded",
                options={"xatol": 1e-11},
            )
        return float(max((best, float(summit.x)), key=self.payoff))

    def _proposal(self, effort: float) -> Proposal:
        contract = self.cheapest(effort)
        if contract is None:
            raise infeasible(self.problem, "linear contract")
        return Proposal(contract, effort, self.payoff(effort))


def _root(increasing: Callable[[float], float], low: float, high: float) -> float:
    """Return the root, or the end next to it where rounding hides the change of sign."""
    if increasing(low) >= 0:
        return low
    if increasing(high) <= 0:
        return high
    return float(brentq(increasing, low, high, xtol=1e-15, rtol=8.9e-16))
