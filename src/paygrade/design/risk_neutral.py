"""Schedules for an agent who does not mind risk: linear programs instead of convex ones.

With a wage floor the program is a linear one in wages. It is solved in likelihood-ratio scaling,
y_j = p_j·(w_j - reference), so that a payment of 1e20 on an outcome of probability 1e-20 is a
number like any other. Without any bound the agent can be held to participation whatever the
incentives, and of the many schedules that do it the one of least variance is taken.
"""

import math
from typing import Any

import numpy as np
from scipy.optimize import linprog

from paygrade.design.dual import DualSolution, newton_direction
from paygrade.design.program import ScheduleProgram
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged
from paygrade.model.problem import Array

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
    )
    if found.status == INFEASIBLE:
        raise InfeasibleContract("no schedule meets participation, incentives and wage bounds")
    if found.status == UNBOUNDED:
        raise NoOptimum("the expected wage has no lower bound; set wage_floor")
    if found.status != 0:
        raise NotConverged(f"the linear program stopped: {found.message}")
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
