"""Schedules for an agent who does not mind risk: linear programs instead of convex ones.

With a wage floor the program is a linear one in wages. It is solved in likelihood-ratio scaling,
y_j = p_j·(w_j - reference), so that a payment of 1e20 on an outcome of probability 1e-20 is a
number like any other. Without any bound the agent can be held to participation whatever the
incentives, and of the many schedules that do it the one of least variance is taken.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import linprog

from paygrade.design.dual import DualSolution, newton_direction, solve_dual
from paygrade.design.program import ScheduleProgram
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged
from paygrade.model.problem import Array
from paygrade.model.utility import SquareRootUtility

UNLIKELY = 1e3
NO_RENT = 1e-9  # relative: cost above participation that counts as none
INFEASIBLE, UNBOUNDED = 2, 3  # statuses of scipy.optimize.linprog


def solve_linear(program: ScheduleProgram) -> DualSolution:
    """Return the cheapest schedule of `program` for a risk-neutral agent.

    Raises:
        InfeasibleContract: when no schedule meets the rows and the wage bounds.
        NoOptimum: when the expected wage has no lower bound.
        NotConverged: when the linear program ends in any other way.
    """
    if math.isinf(program.lowest) and math.isinf(program.highest):
        return _least_variance(program)
    scale = program.utility.scale  # type: ignore[attr-defined]
    p, reference = program.probability, _reference(program)
    possible = p > 0
    if math.isfinite(program.lowest):  # what is a thousand times likelier elsewhere is not paid for
        first = len(program.rhs) - len(program.deviations)
        possible &= (program.rows[first:] > -UNLIKELY).all(axis=0)
    rows = program.rows[:, possible] * scale
    rhs = program.rhs - scale * reference * program.masses.sum(axis=1)
    size = np.maximum(np.abs(rows).max(axis=1), 1e-300)
    equality = np.isinf(program.least)
    found: Any = linprog(
        np.ones(int(possible.sum())),
        A_ub=-(rows / size[:, None])[~equality],
        b_ub=-(rhs / size)[~equality],
        A_eq=(rows / size[:, None])[equality] if equality.any() else None,
        b_eq=(rhs / size)[equality] if equality.any() else None,
        bounds=_bounds(program, p[possible], reference),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.status == INFEASIBLE:
        raise InfeasibleContract("no schedule meets participation, incentives and wage bounds")
    if found.status == UNBOUNDED:
        raise NoOptimum("the expected wage has no lower bound; set wage_floor")
    if found.status != 0:
        raise NotConverged(f"the linear program stopped: {found.message}")
    if math.isfinite(program.lowest) and _costs_no_rent(program, reference + float(found.x.sum())):
        try:
            return _least_variance_above_floor(program)
        except (InfeasibleContract, NotConverged):
            pass  # the rows leave no room but a vertex
    wages = np.full_like(p, reference)
    wages[possible] = np.clip(reference + found.x / p[possible], program.lowest, program.highest)
    multipliers = np.zeros(len(rhs))
    multipliers[~equality] = -found.ineqlin.marginals
    if equality.any():
        multipliers[equality] = found.eqlin.marginals
    cost = reference + float(found.x.sum())
    utils = program.utility(wages)
    broken = _violation(program, utils)
    return DualSolution(multipliers / size, wages, utils, cost, cost, broken, int(found.nit))


def _least_variance(program: ScheduleProgram) -> DualSolution:
    """Return the schedule of least variance that holds the agent to participation."""
    weighted = program.masses
    least = program.least.copy()
    least[0] = -math.inf  # participation binds
    zero = np.zeros(len(program.rhs))
    y = newton_direction(weighted @ program.rows.T, zero, program.rhs, least, program.most)
    utils = y @ program.rows
    wages = program.utility.inverse(utils)
    cost = float(program.probability @ wages)
    prices = np.zeros(len(program.rhs))
    prices[0] = 1.0 / program.utility.scale  # type: ignore[attr-defined]
    return DualSolution(prices, wages, utils, cost, cost, _violation(program, utils), 1)


def _costs_no_rent(program: ScheduleProgram, cost: float) -> bool:
    required = float(program.rhs[0]) / program.utility.scale  # type: ignore[attr-defined]
    return bool(cost <= required + NO_RENT * (1.0 + abs(required)))


def _least_variance_above_floor(program: ScheduleProgram) -> DualSolution:
    """Return the schedule of least variance that holds the agent to participation above the floor.

    Many schedules cost no rent; a vertex of the linear program pays a fortune for one outcome. Pay
    above the floor takes the place of the promised utility of a square-root agent, whose cost is
    its square.
    """
    scale = program.utility.scale  # type: ignore[attr-defined]
    least = program.least.copy()
    least[0] = -math.inf  # participation binds
    squares = replace(
        program,
        utility=SquareRootUtility(),
        rhs=program.rhs - scale * program.lowest * program.masses.sum(axis=1),
        least=least,
        lowest=0.0,
        highest=(scale * (program.highest - program.lowest)) ** 2,
    )
    above = solve_dual(squares).promised
    wages = program.lowest + above / scale
    utils = program.utility(wages)
    cost = float(program.probability @ wages)
    prices = np.zeros(len(program.rhs))
    prices[0] = 1.0 / scale
    return DualSolution(prices, wages, utils, cost, cost, _violation(program, utils), 1)


def _violation(program: ScheduleProgram, utils: Array) -> float:
    residuals = program.residuals(utils)
    equality = np.isinf(program.least)
    return float(np.where(equality, np.abs(residuals), np.maximum(-residuals, 0.0)).max())


def _reference(program: ScheduleProgram) -> float:
    return program.lowest if math.isfinite(program.lowest) else program.highest


def _bounds(program: ScheduleProgram, p: Array, reference: float) -> list[tuple[float, float]]:
    low = p * (program.lowest - reference) if math.isfinite(program.lowest) else -np.inf * p
    high = p * (program.highest - reference) if math.isfinite(program.highest) else np.inf * p
    return list(zip(low.tolist(), high.tolist(), strict=True))
