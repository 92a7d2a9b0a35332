"""A contract with the effort and payoff that a designer claims for it."""

import math
from dataclasses import dataclass

import numpy as np

from paygrade.errors import InfeasibleContract
from paygrade.model.contract import Contract
from paygrade.model.effort import Finite
from paygrade.model.holmstrom import ShadowPrices
from paygrade.model.problem import Array, MoralHazard

# Strictness kept in every binding incentive constraint, as a share of the effort cost at stake: ten
# times what exact binomials lose to rounding at n = 1e6, a tenth of what `certify` tolerates.
MARGIN = 1e-10


@dataclass(frozen=True)
class Proposal:
    """A contract, the effort it is meant to induce and the principal's payoff (money).

    `prices` are the multipliers behind it, where there are any: they help to prove a lower bound.
    """

    contract: Contract
    effort: float
    payoff: float
    prices: ShadowPrices | None = None


def payoff_bound(problem: MoralHazard, effort: Array) -> Array:
    """Return the first-best payoff R(e) - w(e), which no contract inducing `effort` can exceed."""
    wage = problem.required_wage(effort)
    return np.where(wage <= problem.highest_wage, problem.value(effort) - wage, -math.inf)


def candidate_efforts(problem: MoralHazard, points: int = 129) -> Array:
    """Return the efforts that a search over effort starts from, (k,), increasing.

    Raises:
        InfeasibleContract: when no wage is enough for any effort.
    """
    if isinstance(problem.efforts, Finite):
        return np.sort(np.array(problem.efforts.values))
    return np.linspace(problem.efforts.low, highest_useful_effort(problem), points)


def highest_useful_effort(problem: MoralHazard) -> float:
    """Return an effort above which the principal loses more than at the least effort.

    Raises:
        NoOptimum: when the first-best payoff never stops growing.
    """
    low, high = problem.efforts.low, problem.efforts.high
    if math.isfinite(high):
        return high
    least = float(payoff_bound(problem, np.array(low)))
    for effort in max(low, 1.0) * 2.0 ** np.arange(1, 200):
        if float(payoff_bound(problem, np.array(effort))) < least:
            return float(effort)
    from paygrade.errors import NoOptimum

    raise NoOptimum(
        "the value of effort outgrows its cost for ever, so no effort is best; bound the efforts"
    )


def infeasible(problem: MoralHazard, what: str) -> InfeasibleContract:
    """Return the error for a problem in which `what` (a class of contract) can do nothing."""
    wage = float(np.min(problem.required_wage(problem.efforts.low)))
    if math.isinf(wage) and wage > 0:
        return InfeasibleContract(
            f"{type(problem.utility).__name__} stays below {problem.utility.bounds[1]:g} utils at"
            f" any wage, and reservation_utility={problem.reservation_utility:g} asks for more even"
            " without effort; lower reservation_utility"
        )
    if wage > problem.highest_wage:
        return InfeasibleContract(
            f"participation costs a wage of {wage:g} even without effort, above the highest wage"
            f" {problem.highest_wage:g}; raise wage_cap or lower reservation_utility"
        )
    return InfeasibleContract(
        f"no {what} meets participation, incentive compatibility and the wage bounds;"
        " raise wage_cap or the number of checks, or ask for less effort"
    )
