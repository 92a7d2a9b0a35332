"""The reference path to general schedules: the schedule program as CVXPY states it.

Each utility's cost h(v) is written by hand in a convex form with its domain, because expressions
generated from symbols lose one or the other (√ its domain, CRRA its curvature). The program is
parametrised in the disciplined sense: probabilities, rows and right-hand sides are parameters, so
a sweep over efforts is canonicalised once and only solved again.
"""

import math
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cvxpy as cp
import numpy as np
from numpy.typing import NDArray

from paygrade.design.dual import DualSolution, dual_value
from paygrade.design.program import ScheduleProgram
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged
from paygrade.model.problem import Array
from paygrade.model.utility import CARA, CRRA, LogUtility, RiskNeutral, SquareRootUtility, Utility

Mask = NDArray[np.bool_]
RETRIES = 2  # a second solve starts from other scalings and often goes further
CLOSED = 1e-10  # relative gap between cost and dual value that counts as none
NEGLIGIBLE = 1e-15  # probability of an outcome under every effort that a conic solver can't see
# Clarabel's regularisation, made for rough data, would cost four digits on these small programs.
PRECISION = {
    "tol_gap_abs": 1e-13,
    "tol_gap_rel": 1e-13,
    "tol_feas": 1e-13,
    "static_regularization_constant": 1e-11,
    "static_regularization_proportional": 0.0,
    "iterative_refinement_max_iter": 50,
    "max_step_fraction": 0.95,
}


def convex_cost(utility: Utility, promised: cp.Expression) -> tuple[cp.Expression, list[Any]]:
    """Return h(v) in money as a convex expression, and the constraints that are its domain.

    >>> v = cp.Variable(2)
    >>> convex_cost(SquareRootUtility(), v)[0].is_convex()
    True
    """
    match utility:
        case LogUtility(shift, scale):
            return cp.exp(promised / scale) - shift, []
        case SquareRootUtility(shift, scale):
            return cp.square(promised / scale) - shift, [promised >= 0]
        case CRRA(gamma, shift, scale) if gamma < 1:
            wealth = cp.power(promised * ((1 - gamma) / scale), 1 / (1 - gamma), approx=False)
            return wealth - shift, [promised >= 0]
        case CRRA(gamma, shift, scale):
            wealth = cp.power(promised * ((1 - gamma) / scale), 1 / (1 - gamma), approx=False)
            return wealth - shift, [promised <= 0]
        case CARA(risk_aversion, _, scale):
            return -cp.log(-promised / scale) / risk_aversion, [promised <= 0]
        case RiskNeutral(scale):
            return promised / scale, []
    raise NotConverged(
        f"{type(utility).__name__} has no convex form here; use method='dual', which needs only its"
        " derivatives"
    )


def solve_convex(program: ScheduleProgram, *, monotone: bool = False) -> DualSolution:
    """Return the optimum of `program` by an interior-point method, with its shadow prices.

    Arguments:
        program: one effort's program.
        monotone: let wages never fall with the outcome.

    Raises:
        InfeasibleContract: when the solver finds a proof that no schedule meets the rows.
        NoOptimum: when the cost has no lower bound.
        NotConverged: in any other case without an optimum.
    """
    seen = _visible(program)
    model = _compiled(
        program.utility, int(seen.sum()), len(program.rhs), program.local,
        program.lowest, program.highest, monotone,
    )  # fmt: skip
    found = _solution(program, model, seen, monotone=monotone)
    for _ in range(RETRIES):
        if found.cost - found.bound <= CLOSED * (1.0 + abs(found.cost)):
            break  # weak duality: nothing is left to gain
        found = _solution(program, model, seen, monotone=monotone)
    return found


def _solution(
    program: ScheduleProgram, model: "_Model", seen: Mask, *, monotone: bool
) -> DualSolution:
    promised, multipliers = model.solve(program, seen)
    wages = np.empty_like(program.probability)
    wages[seen] = np.clip(program.utility.inverse(promised), program.lowest, program.highest)
    if not seen.all():  # what the solver can't see follows from its prices
        wages[~seen] = program.promised(multipliers @ program.rows[:, ~seen])[0]
        if monotone:
            wages = np.maximum.accumulate(wages)
    utils = program.utility(wages)
    residuals = program.residuals(utils)
    broken = np.where(np.isfinite(program.least), np.maximum(-residuals, 0.0), np.abs(residuals))
    cost = float(program.probability @ wages)
    # monotone rows have prices of their own, which the dual here does not know
    bound = cost if monotone else dual_value(program, multipliers)
    return DualSolution(multipliers, wages, utils, cost, bound, float(broken.max()), model.steps)


@dataclass
class _Model:
    """A compiled program and its parameters."""

    problem: cp.Problem
    promised: cp.Variable
    weights: cp.Parameter
    at_least: cp.Parameter
    at_least_rhs: cp.Parameter
    equal: cp.Parameter | None
    equal_rhs: cp.Parameter | None
    constraints: list[Any]
    steps: int = field(default=0)

    def solve(self, program: ScheduleProgram, seen: Mask) -> tuple[Array, Array]:
        equality = np.isinf(program.least)
        rows = program.masses[:, seen]
        size = np.maximum(np.abs(rows).sum(axis=1), 1e-300)
        self.weights.value = np.maximum(program.probability[seen], 0.0)
        self.at_least.value = (rows / size[:, None])[~equality]
        self.at_least_rhs.value = (program.rhs / size)[~equality]
        if self.equal is not None and self.equal_rhs is not None:
            self.equal.value = (rows / size[:, None])[equality]
            self.equal_rhs.value = (program.rhs / size)[equality]
        self._run()
        multipliers = np.empty(len(program.rhs))
        multipliers[~equality] = self.constraints[0].dual_value
        if equality.any():
            multipliers[equality] = -np.asarray(self.constraints[1].dual_value)
        return np.asarray(self.promised.value), np.clip(
            multipliers / size, program.least, program.most
        )

    def _run(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an inaccurate solution is judged by its residuals
            try:
                self.problem.solve(solver=cp.CLARABEL, **PRECISION)
            except cp.SolverError as error:
                raise NotConverged(f"the interior-point solver gave up: {error}") from error
        status = self.problem.status
        if status in (cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE):
            raise InfeasibleContract("no schedule meets participation, incentives and wage bounds")
        if status in (cp.UNBOUNDED, cp.UNBOUNDED_INACCURATE):
            raise NoOptimum("the expected wage has no lower bound; set wage_floor")
        if status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
            raise NotConverged(f"the interior-point solver stopped with status {status}")
        self.steps = int(self.problem.solver_stats.num_iters or 0)


@lru_cache(maxsize=32)
def _compiled(
    utility: Utility,
    outcomes: int,
    rows: int,
    local: bool,
    lowest: float,
    highest: float,
    monotone: bool,
) -> _Model:
    equalities = int(local)
    v = cp.Variable(outcomes)
    weights = cp.Parameter(outcomes, nonneg=True)
    at_least = cp.Parameter((rows - equalities, outcomes))
    at_least_rhs = cp.Parameter(rows - equalities)
    constraints = [at_least @ v >= at_least_rhs]
    equal = equal_rhs = None
    if equalities:
        equal, equal_rhs = cp.Parameter((equalities, outcomes)), cp.Parameter(equalities)
        constraints.append(equal @ v == equal_rhs)
    cost, domain = convex_cost(utility, v)
    constraints += domain
    least, most = (float(utility(bound)) for bound in (lowest, highest))
    if math.isfinite(least):
        constraints.append(v >= least)
    if math.isfinite(most) and math.isfinite(highest):
        constraints.append(v <= most)
    if monotone and outcomes > 1:
        constraints.append(cp.diff(v) >= 0)
    problem = cp.Problem(cp.Minimize(cp.sum(cp.multiply(weights, cost))), constraints)
    return _Model(problem, v, weights, at_least, at_least_rhs, equal, equal_rhs, constraints)


def _visible(program: ScheduleProgram) -> Mask:
    """Return which outcomes any of the efforts concerned can produce, (m,)."""
    probability = program.probability
    first = len(program.rhs) - len(program.deviations)
    seen = probability > NEGLIGIBLE
    for row in program.masses[first:]:
        seen |= probability - row > NEGLIGIBLE
    return np.asarray(seen)
