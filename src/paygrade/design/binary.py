"""The best bonus contract: base, bonus and cutoff, with incentive compatibility over all efforts.

For a given cutoff an effort fixes the stake (first-order condition), and it is implementable only
if no *other* effort does better at that stake: the cost of effort as a function of the pass
probability must touch its convex hull there. With the first-order condition alone (`local_only`)
the best cutoff sits near the mean outcome and the agent shirks (theory T7); with the hull it is
lenient and the stake is worth at least the whole cost of effort (T8).
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import minimize_scalar

from paygrade.agent.response import with_transition
from paygrade.design.cutoffs import cutoff_grid, is_count, maximise_over_cutoffs
from paygrade.design.discrete import DiscreteBonus
from paygrade.design.hills import Hills, edge
from paygrade.design.proposal import MARGIN, Proposal, candidate_efforts, infeasible
from paygrade.design.stake import Stake, stake_of
from paygrade.errors import NoOptimum, NotConverged
from paygrade.model.contract import BinaryContract
from paygrade.model.effort import Finite
from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import RiskNeutral

ROUNDING = 1e-13  # relative difference in payoff that rounding explains
FRUGALITY = 1e-12  # of equally good rules, as a risk-neutral agent leaves, take the least bonus
HARSHEST = 1e4  # costs of effort: rounding a larger stake to doubles would move the incentives
SAFE_STAKE = 1.0 - 1e-7  # nearer to 1, rounding 1 - exp(-r·bonus) would move the bonus
TIE = 1e-12  # relative difference in payoff that a comparison of risk premia may overrule
NOTHING = (-math.inf, math.nan, math.nan)  # payoff, effort, stake where no rule is feasible


@dataclass(frozen=True)
class BonusSearch:
    """The search for a bonus contract in one problem.

    Arguments:
        effort: the effort to implement, or None to choose it.
        cutoff: the pass mark, or None to choose it.
        bonus_cap: largest bonus (money), or None.
        local_only: drop global incentive compatibility (the first-order relaxation).
        payable_only: only rules whose wages in money carry the stake to the digits of a double.
    """

    problem: MoralHazard
    effort: float | None = None
    cutoff: float | None = None
    bonus_cap: float | None = None
    local_only: bool = False
    payable_only: bool = False

    def solve(self) -> Proposal:
        """Return the best bonus contract.

        Raises:
            InfeasibleContract: when no bonus contract satisfies the constraints.
            NoOptimum: when ever harsher punishments keep paying (Mirrlees; theory 6.3).
            NotConverged: when the lowest wage is so large that doubles can't hold the bonus on it.
        """
        if self.cutoff is None and self._no_optimum():
            raise _mirrlees(self.problem)
        found, payable = self._search()
        if payable:
            return found
        if math.isinf(float(self.problem.utility(self.problem.lowest_wage))):
            raise _mirrlees(self.problem)
        # rounding of large wages hides what a small stake is worth: any rule may seem the best
        safe, _ = replace(self, payable_only=True)._search()
        if safe.payoff < found.payoff - ROUNDING * (1.0 + abs(found.payoff)):
            raise _drowned(self.problem, found)
        return safe

    def _search(self) -> tuple[Proposal, bool]:
        """Return the best rule and whether its wages in money carry its stake."""
        if self.cutoff is not None:
            return self._proposal(self.cutoff)
        grid = cutoff_grid(self.problem, self.effort)
        best = maximise_over_cutoffs(
            lambda x: self.at_cutoff(x)[0], grid, whole=is_count(self.problem)
        )
        if math.isnan(best):
            raise infeasible(self.problem, "bonus contract")
        return self._proposal(self._least_risky(best))

    def _least_risky(self, cutoff: float) -> float:
        """Return a cutoff for the same level of effort with less risk than doubles can tell."""
        payoff, effort, _ = self.at_cutoff(cutoff)
        if self.local_only or not isinstance(self.problem.efforts, Finite):
            return cutoff
        if effort == self.problem.efforts.low:
            return cutoff
        alone = replace(self, effort=effort)

        def cheapest(mark: float) -> tuple[float, float, float]:
            found, _, stake = alone.at_cutoff(mark)
            return alone.rule(mark, effort, stake) if math.isfinite(found) else NOTHING

        search = DiscreteBonus(self.problem, effort, cheapest, self.bonus_cap)
        finer = search.cutoff()
        if math.isnan(finer) or cheapest(finer)[0] < payoff - TIE * (1.0 + abs(payoff)):
            return cutoff
        return finer if search.log_premium(finer) <= search.log_premium(cutoff) else cutoff

    def at_cutoff(self, cutoff: float) -> tuple[float, float, float]:
        """Return (payoff, effort, stake) of the best rule with this pass mark."""
        rough = self._on_grid(cutoff)
        if self.effort is not None:
            return self._implement(cutoff, self.effort)
        if isinstance(self.problem.efforts, Finite) or not math.isfinite(rough[0]):
            return rough
        hills = self._hills(cutoff)
        index = int(np.searchsorted(hills.efforts, rough[1]))
        at_end = index in (0, len(hills.efforts) - 1)
        exact = [self._refine(hills, index), rough if at_end else NOTHING]
        return max(exact, key=lambda found: found[0])

    def rule(self, cutoff: float, effort: float, stake: float) -> tuple[float, float, float]:
        """Return (payoff, base, bonus) of the rule with that stake; payoff -inf if not allowed."""
        payoff, base, bonus = self._rules(cutoff, np.array(effort), np.array(stake))
        return float(payoff), float(base), float(bonus)

    def _proposal(self, cutoff: float) -> tuple[Proposal, bool]:
        payoff, effort, stake = self.at_cutoff(cutoff)
        if not math.isfinite(payoff):
            raise infeasible(self.problem, f"bonus contract with cutoff {cutoff:g}")
        payoff, base, bonus = self.rule(cutoff, effort, stake)
        made = Proposal(BinaryContract(base, bonus, cutoff), effort, payoff)
        return made, bool(self._announceable(base, bonus, stake))

    @cached_property
    def stake(self) -> Stake:
        """What passing is worth to this agent."""
        return stake_of(self.problem)

    @cached_property
    def _efforts(self) -> Array:
        return candidate_efforts(self.problem)

    def grid(self, cutoff: float) -> Array:
        """Return efforts dense where this cutoff turns from unlikely to likely, increasing."""
        if isinstance(self.problem.efforts, Finite):
            return self._efforts
        grid = with_transition(self.problem, self._efforts, cutoff)
        return grid if self.effort is None else np.unique(np.append(grid, self.effort))

    def _on_grid(self, cutoff: float) -> tuple[float, float, float]:
        """Return the best rule among the grid's efforts, each held against the grid alone."""
        hills = self._hills(cutoff)
        stakes = hills.local_stakes() if self.local_only else hills.hull_stakes()
        payoff, _, _ = self._rules(cutoff, hills.efforts, stakes)
        if self.effort is not None:
            payoff = np.where(hills.efforts == self.effort, payoff, -math.inf)
        best = int(np.argmax(payoff))
        return float(payoff[best]), float(hills.efforts[best]), float(stakes[best])

    def _implement(self, cutoff: float, effort: float) -> tuple[float, float, float]:
        """Return the cheapest rule with this pass mark that induces `effort`."""
        hills = self._hills(cutoff)
        index = int(np.searchsorted(hills.efforts, effort))
        interior = 0 < index < len(hills.efforts) - 1
        if not interior or isinstance(self.problem.efforts, Finite):
            return self._on_grid(cutoff)
        stake = float(hills.local_stake(effort))
        if not self.local_only and self._slack(hills, effort) < 0.0:
            return NOTHING
        return self.rule(cutoff, effort, stake)[0], effort, stake

    def _refine(self, hills: Hills, index: int) -> tuple[float, float, float]:
        """Return the best rule for efforts within a grid step of entry `index`."""
        low, middle, high = (
            float(hills.efforts[min(max(i, 0), len(hills.efforts) - 1)])
            for i in (index - 1, index, index + 1)
        )

        def slack(effort: float) -> float:
            return math.inf if self.local_only else self._slack(hills, effort)

        if slack(middle) < 0:
            inner = [e for e in np.linspace(low, high, 17).tolist() if slack(e) >= 0]
            if not inner:
                return NOTHING
            middle = max(inner, key=lambda e: self._local_payoff(hills, e))
        low, high = edge(middle, low, slack), edge(middle, high, slack)
        with np.errstate(invalid="ignore"):  # the parabola through a payoff of -inf is undefined
            summit = minimize_scalar(
                lambda e: -self._local_payoff(hills, e),
                bounds=(low, high),
                method="bounded",
                options={"xatol": 1e-11},
            )
        tried = (low, middle, high, float(summit.x))
        effort = float(max(tried, key=lambda e: self._local_payoff(hills, e)))
        return self._local_payoff(hills, effort), effort, float(hills.local_stake(effort))

    def _slack(self, hills: Hills, effort: float) -> float:
        stake = float(hills.local_stake(effort))
        if not math.isfinite(stake):
            return -math.inf
        at_stake = float(self.problem.cost(effort)) - float(hills.cost[0])
        return hills.slack(effort, stake) - MARGIN * at_stake

    def _local_payoff(self, hills: Hills, effort: float) -> float:
        return self.rule(hills.cutoff, effort, float(hills.local_stake(effort)))[0]

    def _hills(self, cutoff: float) -> Hills:
        return Hills(self.problem, self.stake, cutoff, self.grid(cutoff))

    def _rules(self, cutoff: float, effort: Array, stake: Array) -> tuple[Array, Array, Array]:
        p = self.problem
        passing = p.monitor.pass_probability(cutoff, effort)
        failing = p.monitor.fail_probability(cutoff, effort)
        base, success = self.stake.wages(stake, effort, passing)
        with np.errstate(invalid="ignore"):
            bonus = success - base
            payoff = p.value(effort) - failing * base - passing * success
            allowed = np.isfinite(payoff) & (success <= p.highest_wage) & (bonus >= 0.0)
            if self.bonus_cap is not None:
                allowed &= bonus <= self.bonus_cap * (1.0 + 1e-12)
            if (
                self.local_only or self.payable_only
            ):  # a relaxed optimum is meaningful only as a payable contract
                allowed &= self._announceable(base, bonus, stake)
            payoff = payoff - FRUGALITY * bonus
        return np.where(allowed, payoff, -math.inf), base, bonus

    def _announceable(
        self, base: Array | float, bonus: Array | float, stake: Array | float
    ) -> bool:
        """Whether the wages in money still carry the stake, which underflow can destroy."""
        p, u = self.problem, self.problem.utility
        if u.cost_in_money:
            return np.isfinite(base) & (np.asarray(stake) <= SAFE_STAKE)  # type: ignore[return-value]
        with np.errstate(invalid="ignore"):
            carried = u(np.asarray(base) + bonus) - u(base)
            harsh = stake > HARSHEST * float(np.ptp(p.cost(self._efforts)))
            return (np.abs(carried - stake) <= 1e-9 * np.abs(stake)) & ~harsh  # type: ignore[return-value]

    def _no_optimum(self) -> bool:
        """Whether a rarer and harsher punishment is always better and always available.

        So it is with cutoffs on a continuum and utility unbounded below. A bonus cap ends it only
        where the base can't sink to the edge of the utility's domain.
        """
        p = self.problem
        if self.local_only or is_count(p) or isinstance(p.utility, RiskNeutral):
            return False
        if p.wage_floor is not None and math.isfinite(float(p.utility(p.wage_floor))):
            return False
        capped = self.bonus_cap is not None and math.isinf(p.utility.lowest_wage)
        return math.isinf(p.utility.bounds[0]) and not capped


def _mirrlees(problem: MoralHazard) -> NoOptimum:
    return NoOptimum(
        f"{type(problem.utility).__name__} is unbounded below and nothing bounds the wage from"
        " below: rarer and harsher punishments keep improving the payoff, so no payable bonus rule"
        " is best (Mirrlees); set wage_floor (with a positive shift) or bonus_cap"
    )


def _drowned(problem: MoralHazard, found: Proposal) -> NotConverged:
    """Return the error for wages in which a bonus drowns."""
    return NotConverged(
        f"wages of {problem.lowest_wage:g} and more leave a bonus too few of a double's 16 digits:"
        f" the rule found for effort {found.effort:.4g}, {found.contract}, doesn't pay what that"
        " effort takes to more than rounding; lower wage_floor, or state money in larger units"
    )
