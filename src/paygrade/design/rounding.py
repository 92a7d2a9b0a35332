"""The best rule that can be announced: wages in cents, cutoffs in counts.

Rounding the optimum breaks it, because incentive compatibility binds there: a bonus one cent lower
makes shirking the best response. So rounded rules are compared by what the agent really does under
them, and each cutoff is left out only when even its unrounded optimum is worse than the best
rounded rule so far.
"""

import math
from collections.abc import Sequence

import numpy as np

from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.agent.response import best_response
from paygrade.design.binary import BonusSearch
from paygrade.design.cutoffs import is_count
from paygrade.design.linear import LinearSearch
from paygrade.design.proposal import Proposal, infeasible
from paygrade.errors import InfeasibleContract
from paygrade.model.contract import BinaryContract, Contract, FlatWage, LinearContract
from paygrade.model.problem import MoralHazard

STEPS = 4  # rounded amounts tried on each side of an unrounded one


def propose_rounded(
    problem: MoralHazard,
    family: type[Contract],
    cutoff: float | None,
    bonus_cap: float | None,
    step: float,
) -> Proposal:
    """Return the best rule of `family` with wages in multiples of `step` (money).

    Raises:
        InfeasibleContract: when no rounded rule near the optimum meets the constraints.
    """
    if family is LinearContract:
        exact = LinearSearch(problem).solve().contract
        assert isinstance(exact, LinearContract)  # noqa: S101  (what LinearSearch returns)
        rules = [
            LinearContract(intercept, slope)
            for slope in multiples_near(exact.slope, step)
            if slope >= 0
            for intercept in multiples_near(exact.intercept, step)
        ]
        return _best(problem, rules)
    if family is FlatWage:
        wage = math.ceil(float(problem.required_wage(problem.efforts.low)) / step - 1e-9) * step
        return _best(problem, [FlatWage(round(wage, 10))])
    return _best_bonus(problem, cutoff, bonus_cap, step)


def _best_bonus(
    problem: MoralHazard, cutoff: float | None, bonus_cap: float | None, step: float
) -> Proposal:
    exact = BonusSearch(problem, cutoff=cutoff, bonus_cap=bonus_cap).solve()
    assert isinstance(exact.contract, BinaryContract)  # noqa: S101  (what BonusSearch returns)
    best = _at_cutoff(problem, exact.contract, bonus_cap, step)
    if cutoff is not None or not is_count(problem):
        return _found(problem, best)
    for direction in (-1.0, 1.0):
        mark = exact.contract.cutoff + direction
        while 1.0 <= mark <= problem.monitor.n:  # type: ignore[attr-defined]
            try:
                there = BonusSearch(problem, cutoff=mark, bonus_cap=bonus_cap).solve()
            except InfeasibleContract:
                break
            if best is not None and there.payoff <= best.payoff:
                break
            rounded = _at_cutoff(problem, there.contract, bonus_cap, step)  # type: ignore[arg-type]
            if rounded is not None and (best is None or rounded.payoff > best.payoff):
                best = rounded
            mark += direction
    return _found(problem, best)


def _at_cutoff(
    problem: MoralHazard, exact: BinaryContract, bonus_cap: float | None, step: float
) -> Proposal | None:
    rules = [
        BinaryContract(base, bonus, exact.cutoff)
        for bonus in multiples_near(exact.bonus, step)
        if bonus >= 0 and (bonus_cap is None or bonus <= bonus_cap)
        for base in multiples_near(exact.base, step)
    ]
    return _best_or_none(problem, rules)


def multiples_near(amount: float, step: float) -> list[float]:
    """Return multiples of `step` around `amount`, as decimals that print short."""
    middle = math.floor(amount / step)
    return [round(k * step, 10) + 0.0 for k in range(middle - STEPS, middle + STEPS + 2)]


def _best(problem: MoralHazard, rules: Sequence[Contract]) -> Proposal:
    return _found(problem, _best_or_none(problem, rules))


def _best_or_none(problem: MoralHazard, rules: Sequence[Contract]) -> Proposal | None:
    proposals = [made for rule in rules if (made := _evaluated(problem, rule)) is not None]
    return max(proposals, key=lambda made: made.payoff, default=None)


def _evaluated(problem: MoralHazard, rule: Contract) -> Proposal | None:
    """Return what the rule really does; None when it breaks a constraint."""
    wages = rule.wage(
        np.array([-math.inf, math.inf]) if isinstance(rule, BinaryContract) else [0.0, 1.0]
    )
    if wages.min() < problem.lowest_wage or wages.max() > problem.highest_wage:
        return None
    response = best_response(problem, rule)
    if response.utility < problem.reservation_utility:
        return None
    if not _is_strict(problem, rule, response.effort):
        return None
    wage = float(expected_wage(problem, rule, response.effort))
    return Proposal(rule, response.effort, float(problem.value(response.effort)) - wage)


def _is_strict(problem: MoralHazard, rule: Contract, effort: float) -> bool:
    """Whether doing nothing is worse than `effort` by more than rounding errors."""
    low = problem.efforts.low
    if effort <= low:
        return True
    at_stake = float(problem.cost(effort) - problem.cost(low))
    gap = agent_utility(problem, rule, np.array([effort, low]))
    return bool(gap[0] - gap[1] > 1e-9 * at_stake)


def _found(problem: MoralHazard, best: Proposal | None) -> Proposal:
    if best is None:
        raise infeasible(problem, "rounded rule")
    return best
