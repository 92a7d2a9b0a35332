"""The fallback where nothing can be proved: many efforts tried in floating point."""

import numpy as np

from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.agent.response import best_response, effort_grid
from paygrade.certificate.verdict import Certificate, Evidence
from paygrade.certificate.wages import wage_slack_of
from paygrade.model.contract import Contract
from paygrade.model.effort import Finite
from paygrade.model.problem import Array, MoralHazard

POINTS = 1001  # efforts tried besides the agent's own search


def check_efforts(
    problem: MoralHazard, contract: Contract, effort: float, tolerance: float
) -> Certificate:
    """Return a certificate on the evidence CHECKED: no deviation was found, none is excluded."""
    efforts = _efforts(problem, contract)
    payoff = agent_utility(problem, contract, efforts)
    own = float(agent_utility(problem, contract, effort))
    response = best_response(problem, contract)
    best = max(float(payoff.max()), response.utility)
    witness = response.effort
    if response.utility < best:
        witness = float(efforts[np.argmax(payoff)])
    ir_slack = own - problem.reservation_utility
    wage_slack = wage_slack_of(problem, contract)
    wage = float(expected_wage(problem, contract, effort))
    gap = max(best - own, 0.0)
    return Certificate(
        effort=effort,
        holds=gap <= tolerance and ir_slack >= -tolerance and wage_slack >= 0.0,
        ic_gap=gap,
        ir_slack=ir_slack,
        wage_slack=wage_slack,
        witness=witness if gap > tolerance else None,
        evidence=Evidence.CHECKED,
        cost_lower=min(float(problem.required_wage(effort)), wage),
        cost_upper=wage,
        tolerance=tolerance,
        boxes=len(efforts),
    )


def _efforts(problem: MoralHazard, contract: Contract) -> Array:
    if isinstance(problem.efforts, Finite):
        return np.array(problem.efforts.values)
    grid = effort_grid(problem, contract)
    return np.unique(np.concatenate([grid, np.linspace(grid[0], grid[-1], POINTS)]))


def cost_at_stake(problem: MoralHazard, effort: float) -> float:
    """Return the cost of `effort`, or a thousandth of the cost of full effort if that is more."""
    efforts = problem.efforts
    if isinstance(efforts, Finite):
        span = float(np.ptp(problem.cost(np.array(efforts.values))))
    else:
        span = abs(
            float(problem.cost(min(efforts.high, efforts.low + 1.0)) - problem.cost(efforts.low))
        )
    return max(abs(float(problem.cost(effort) - problem.cost(efforts.low))), 1e-3 * span)
