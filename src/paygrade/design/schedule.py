"""The best general schedule: any wage at any outcome, incentive compatible over all efforts.

For one effort: solve the relaxed program, ask what the agent would really do, forbid that deviation
and solve again, until none pays (an exchange method for the semi-infinite program). Over efforts:
the relaxed payoff bounds the true one from above, so efforts are tried in the order of that bound
and the search stops when no bound is left above what has been found.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize_scalar

from paygrade.agent.expected import agent_utility
from paygrade.agent.response import best_response
from paygrade.design.dual import DualSolution
from paygrade.design.holmstrom import (
    contract_of,
    has_unbounded_punishments,
    prices_of,
    solve_with_kinks,
)
from paygrade.design.incentives import is_exact
from paygrade.design.linear import LinearSearch
from paygrade.design.program import (
    ScheduleProgram,
    cost_at_stake,
    has_local_row,
    schedule_program,
)
from paygrade.design.proposal import (
    MARGIN,
    Proposal,
    candidate_efforts,
    infeasible,
    payoff_bound,
)
from paygrade.design.rational import cheapest_payments, payable
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged
from paygrade.model.contract import Contract, WageSchedule
from paygrade.model.effort import ExponentialCost, Finite, PowerCost
from paygrade.model.holmstrom import ShadowPrices
from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import RiskNeutral

CUTS = 80  # deviations that one effort may need
PATIENCE = 16  # cuts after which deviations are deterred more strictly, where a continuum binds
STRICTER = 100.0
STRICTEST = 1e-6
LARGE = 20_000  # checks beyond which Jensen's bound must do for rules that are no schedules
POINTS = 33  # efforts that the outer search starts from
Solver = Callable[[ScheduleProgram], DualSolution]


@dataclass(frozen=True)
class Implementation:
    """The cheapest schedule for one effort.

    Attributes:
        contract: in money.
        solution: cost, weak-duality bound and multipliers.
        deviations: efforts that had to be deterred one by one.
    """

    contract: Contract
    solution: DualSolution
    deviations: tuple[float, ...]


@dataclass
class ScheduleSearch:
    """The search for a general schedule in one problem.

    Arguments:
        effort: the effort to implement, or None to choose it.
        local_only: drop global incentive compatibility (the first-order relaxation).
        solver: how to solve one program, where outcomes can be listed; None for the fast dual.
        budget: largest expected wage (money), or None.
        margin: strictness of every deviation's row, as a share of the effort cost at stake.
    """

    problem: MoralHazard
    effort: float | None = None
    local_only: bool = False
    solver: Solver | None = None
    budget: float | None = None
    margin: float = MARGIN
    deterred: dict[float, list[float]] = field(default_factory=dict)  # effort: deviations

    def solve(self) -> Proposal:
        """Return the best schedule.

        Raises:
            InfeasibleContract: when no schedule meets the constraints.
            NoOptimum: when ever harsher punishments keep paying (Mirrlees).
            NotConverged: when the dual search or the cuts run out.
        """
        if has_unbounded_punishments(self.problem):
            raise _mirrlees(self.problem)
        if isinstance(self.problem.utility, RiskNeutral) and not self.problem.monitor.is_discrete:
            return self._sell_the_firm()
        effort = self._best_effort() if self.effort is None else self.effort
        made = self.implement(effort)
        payoff = -math.inf if made is None else self._payoff_of(effort, made)
        if made is None or math.isinf(payoff):
            raise infeasible(self.problem, "wage schedule")
        prices = prices_of(made.solution.multipliers, made.deviations)
        return Proposal(made.contract, effort, payoff, prices)

    def _sell_the_firm(self) -> Proposal:
        """Return the linear rule that costs a risk-neutral agent no rent, on any outcome line.

        With a wage floor all pay should go to ever less likely outcomes that prove effort ever
        better, so that no schedule is best.
        """
        if math.isfinite(self.problem.lowest_wage):
            raise NoOptimum(
                "a risk-neutral agent with a wage floor is paid best for the rarest outcome that"
                " proves effort, and on a continuum of outcomes there is always a rarer one; set"
                " wage_cap and use a BinaryContract, or list the outcomes (TabulatedMonitor)"
            )
        return LinearSearch(self.problem, self.effort).solve()

    def deter(self, effort: float, deviation: float) -> None:
        """Forbid `deviation` in every later schedule for `effort`: the witness of a refusal."""
        self.deterred.setdefault(effort, []).append(deviation)

    def implement(self, effort: float) -> Implementation | None:
        """Return the cheapest schedule that induces `effort`; None where there is none."""
        if not math.isfinite(float(payoff_bound(self.problem, np.array(effort)))):
            return None
        deviations = self._first_deviations(effort)
        tolerated = 4.0 * self.margin * self._at_stake(effort)
        for cut in range(CUTS):
            spare = min(self.margin * STRICTER ** (cut // PATIENCE), STRICTEST)
            made = self._solve(effort, deviations, max(spare, self.margin))
            if made is None or self.local_only or self._is_concave(made):
                return made
            tempting, gain = self.temptation(made.contract, effort)
            if gain <= tolerated:
                return made
            deviations = [*self._binding(made, effort), tempting]
        raise NotConverged(
            f"{CUTS} deviations from effort {effort:g} were forbidden and another one still pays;"
            " no contract is returned"
        )

    def temptation(self, contract: Contract, effort: float) -> tuple[float, float]:
        """Return what the agent would rather do under `contract`, and the gain from it."""
        response = best_response(self.problem, contract)
        own = float(agent_utility(self.problem, contract, effort))
        return response.effort, response.utility - own

    def _solve(
        self, effort: float, deviations: list[float], margin: float = MARGIN
    ) -> Implementation | None:
        def program(breaks: tuple[float, ...]) -> ScheduleProgram:
            return schedule_program(self.problem, effort, deviations, breaks, margin=margin)

        if self.solver is None and not self.local_only and is_exact(self.problem):
            return self._solve_exactly(effort)
        try:
            solution, kinks = solve_with_kinks(self.problem, effort, program, self.solver)
        except InfeasibleContract:
            return None
        contract = contract_of(self.problem, effort, solution, deviations, kinks)
        return Implementation(contract, solution, tuple(deviations))

    def _solve_exactly(self, effort: float) -> Implementation | None:
        """Return the optimum in rationals, rounded to doubles that still deter every deviation."""
        try:
            rule = cheapest_payments(self.problem, effort)
        except InfeasibleContract:
            return None
        wages = np.array(payable(self.problem, effort, rule))
        cost = float(rule.expected_pay)
        utils = self.problem.utility(wages)
        prices = np.array([float(price) for price in rule.prices])
        solution = DualSolution(prices, wages, utils, cost, cost, 0.0, 0)
        outcomes, _ = self.problem.monitor.nodes(effort)
        others = tuple(e for e in self.problem.efforts.values if e != effort)  # type: ignore[union-attr]
        return Implementation(WageSchedule(outcomes, wages), solution, others)

    def _binding(self, made: Implementation, effort: float) -> list[float]:
        """Return the deviations worth keeping: those that bind, and those a proof asked for."""
        if isinstance(self.problem.utility, RiskNeutral):
            return list(made.deviations)  # vertices jump: what does not bind now may bind next
        first = len(made.solution.multipliers) - len(made.deviations)
        multipliers = made.solution.multipliers[first:]
        kept = self.deterred.get(effort, [])
        pairs = zip(made.deviations, multipliers, strict=True)
        return [e for e, multiplier in pairs if multiplier > 0 or e in kept]

    def _first_deviations(self, effort: float) -> list[float]:
        if self.local_only and has_local_row(self.problem, effort):
            return []
        if isinstance(self.problem.efforts, Finite):
            return [e for e in self.problem.efforts.values if e != effort]
        return list(self.deterred.get(effort, []))

    def _is_concave(self, made: Implementation) -> bool:
        """Whether the agent's payoff is concave for a reason that needs no search (theory T6)."""
        p = self.problem
        if isinstance(p.efforts, Finite):
            return True  # every deviation is a row already
        convex_cost = isinstance(p.cost, PowerCost | ExponentialCost)
        if p.utility.cost_in_money or not convex_cost or made.deviations:
            return False
        bends = np.diff(made.solution.promised, 2)
        return p.monitor.keeps_concavity and p.monitor.is_discrete and bool((bends <= 0.0).all())

    def _at_stake(self, effort: float) -> float:
        cost, low = self.problem.cost, self.problem.efforts.low
        if isinstance(self.problem.efforts, Finite):
            return cost_at_stake(self.problem, effort)
        return max(abs(float(cost(effort) - cost(low))), 1e-12)

    def _best_effort(self) -> float:
        efforts = candidate_efforts(self.problem, POINTS)
        bounds = [self._relaxed_payoff(float(e)) for e in efforts]
        tried = dict(zip(efforts.tolist(), bounds, strict=True))
        if not isinstance(self.problem.efforts, Finite) and np.isfinite(bounds).any():
            summit = self._summit(self._relaxed_payoff, efforts, int(np.argmax(bounds)))
            tried[summit] = self._relaxed_payoff(summit)
        best, payoff = math.nan, -math.inf
        for effort in sorted(tried, key=lambda e: -tried[e]):
            if tried[effort] <= payoff + _noise(payoff) or not math.isfinite(tried[effort]):
                break
            found = self._payoff(effort)
            if found > payoff:
                best, payoff = effort, found
        if math.isnan(best):
            raise infeasible(self.problem, "wage schedule")
        is_relaxed_optimum = payoff >= max(tried.values()) - _noise(payoff)
        if is_relaxed_optimum or isinstance(self.problem.efforts, Finite):
            return best
        index = min(int(np.searchsorted(efforts, best)), len(efforts) - 1)
        return max((best, self._summit(self._payoff, efforts, index)), key=self._payoff)

    def _summit(self, payoff: Callable[[float], float], efforts: Array, index: int) -> float:
        """Return the best effort within a grid step of entry `index`."""
        low, high = efforts[max(index - 1, 0)], efforts[min(index + 1, len(efforts) - 1)]
        with np.errstate(invalid="ignore"):  # the parabola through a payoff of -inf is undefined
            summit = minimize_scalar(
                lambda e: -payoff(float(e)),
                bounds=(float(low), float(high)),
                method="bounded",
                options={"xatol": 1e-10},
            )
        return max((float(efforts[index]), float(summit.x)), key=payoff)

    def _payoff(self, effort: float) -> float:
        made = self.implement(effort)
        return -math.inf if made is None else self._payoff_of(effort, made)

    def _payoff_of(self, effort: float, made: Implementation) -> float:
        cost = made.solution.cost
        if self.budget is not None and cost > self.budget * (1.0 + 1e-12):
            return -math.inf
        return float(self.problem.value(effort)) - cost

    def _relaxed_payoff(self, effort: float) -> float:
        """Return an upper bound on the payoff from `effort`: only local deviations deterred."""
        if not math.isfinite(float(payoff_bound(self.problem, np.array(effort)))):
            return -math.inf
        made = self._solve(effort, self._first_deviations(effort))
        return -math.inf if made is None else self._payoff_of(effort, made)


def relaxed_prices(problem: MoralHazard, effort: float) -> ShadowPrices | None:
    """Return the shadow prices of the relaxed program; None where it has no solution to lean on.

    They price what *any* contract for this effort must cost, whatever its class.
    """
    large = getattr(problem.monitor, "n", 0) > LARGE
    if large or not problem.monitor.is_discrete or isinstance(problem.utility, RiskNeutral):
        return None
    search = ScheduleSearch(problem, effort, local_only=True)
    try:
        made = search.implement(effort)
    except NotConverged:
        return None
    return None if made is None else prices_of(made.solution.multipliers, made.deviations)


def _noise(payoff: float) -> float:
    return 1e-12 * (1.0 + abs(payoff)) if math.isfinite(payoff) else 0.0


def _mirrlees(problem: MoralHazard) -> NoOptimum:
    return NoOptimum(
        f"{type(problem.utility).__name__} is unbounded below, the likelihood ratio of"
        f" {type(problem.monitor).__name__} is too, and nothing bounds the wage from below: rarer"
        " and harsher punishments keep improving the payoff towards the first best, so no schedule"
        " is best (Mirrlees); set wage_floor, with other wealth (shift) where utility needs it"
    )
