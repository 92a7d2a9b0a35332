"""From multipliers to a contract, and the care that a continuum of outcomes needs.

Where a wage bound starts to bind the schedule has a kink, and quadrature across a kink loses six
digits; so the program is solved again with panels split at the kinks until they stay put.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq

from paygrade.design.dual import STALLED, DualSolution, solve_dual
from paygrade.design.program import ScheduleProgram, payable_wage
from paygrade.design.risk_neutral import solve_linear
from paygrade.errors import NotConverged
from paygrade.model.contract import Contract, WageSchedule
from paygrade.model.holmstrom import HolmstromSchedule, ShadowPrices
from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import RiskNeutral

ROUNDS = 60
DAMPING = 0.7
FLAT = 1e-12  # relative range of wages that counts as flat pay, which has no kink
SETTLED = 1e-9  # relative move of a kink that counts as none: quadrature feels its square


def has_unbounded_punishments(problem: MoralHazard) -> bool:
    """Whether utility and likelihood ratio are both unbounded below, with no floor in the way."""
    u, monitor = problem.utility, problem.monitor
    floored = problem.wage_floor is not None and math.isfinite(float(u(problem.wage_floor)))
    if floored or math.isfinite(u.bounds[0]) or monitor.is_discrete or isinstance(u, RiskNeutral):
        return False
    return monitor.lowest_score(float(problem.efforts.low)) == -math.inf


def solve_with_kinks(
    problem: MoralHazard,
    effort: float,
    program: Callable[[tuple[float, ...]], ScheduleProgram],
    solver: Callable[[ScheduleProgram], DualSolution] | None = None,
) -> tuple[DualSolution, tuple[float, ...]]:
    """Return the dual solution, and the outcomes at which a wage bound starts or stops binding.

    Raises:
        InfeasibleContract: when the dual grows past every payable cost.
        NotConverged: when Newton's method or the kinks do not settle.
    """
    made = program(())
    if solver is not None:
        return solver(made), ()
    if isinstance(problem.utility, RiskNeutral):
        return solve_linear(made), ()
    if problem.monitor.is_discrete:
        return _solve_listed(made), ()
    solution = solve_dual(made)
    kinks: tuple[float, ...] = ()
    for _ in range(ROUNDS):
        moved = _kinks(problem, effort, made, solution)
        if _same(kinks, moved):
            return solution, moved
        if len(kinks) == len(moved):  # kinks and multipliers answer each other with overshoot
            moved = tuple(a + DAMPING * (b - a) for a, b in zip(kinks, moved, strict=True))
        kinks = moved
        made = program(kinks)
        solution = solve_dual(made, solution.multipliers)
    raise NotConverged("the outcomes at which a wage bound starts to bind did not settle")


def _solve_listed(program: ScheduleProgram) -> DualSolution:
    """Solve by the dual, or by the reference where a program too tight for Newton stops it."""
    try:
        return solve_dual(program)
    except NotConverged:
        from paygrade.design.convex import solve_convex

        found = solve_convex(program)
        if found.residual > STALLED:
            raise
        return found


def contract_of(
    problem: MoralHazard,
    effort: float,
    solution: DualSolution,
    deviations: Sequence[float],
    kinks: tuple[float, ...],
) -> Contract:
    """Return the solution as a rule to announce: a table where outcomes can be listed."""
    if problem.monitor.is_discrete:
        outcomes, _ = problem.monitor.nodes(effort)
        return WageSchedule(outcomes, solution.wages)
    return _schedule(problem, effort, solution.multipliers, deviations, kinks)


def _schedule(
    problem: MoralHazard,
    effort: float,
    multipliers: Array,
    deviations: Sequence[float],
    kinks: tuple[float, ...],
) -> HolmstromSchedule:
    return HolmstromSchedule(
        utility=problem.utility,
        monitor=problem.monitor,
        effort=effort,
        prices=prices_of(multipliers, deviations),
        lowest=payable_wage(problem, effort),
        highest=problem.highest_wage,
        kinks=kinks,
    )


def prices_of(multipliers: Array, deviations: Sequence[float]) -> ShadowPrices:
    """Return the multipliers of a program's rows by name."""
    rows = len(multipliers) - len(deviations)
    return ShadowPrices(
        participation=float(multipliers[0]),
        incentive=float(multipliers[1]) if rows > 1 else 0.0,
        deviations=tuple(zip(deviations, multipliers[rows:].tolist(), strict=True)),
    )


def _kinks(
    problem: MoralHazard, effort: float, program: ScheduleProgram, solution: DualSolution
) -> tuple[float, ...]:
    if np.ptp(solution.wages) <= FLAT * (1.0 + abs(float(solution.wages[0]))):
        return ()
    rule = _schedule(problem, effort, solution.multipliers, program.deviations, ())
    found: list[float] = []
    for bound in (rule.lowest, rule.highest):
        with np.errstate(divide="ignore"):
            at_bound = float(1.0 / problem.utility.derivative(bound)) if abs(bound) < 1e300 else 0.0

        def excess(outcome: float, at_bound: float = at_bound) -> float:
            return float(rule.marginal_cost(outcome)) - at_bound

        if not math.isfinite(at_bound) or math.isinf(bound):
            continue
        sign = np.where(rule.marginal_cost(program.outcomes) >= at_bound, 1, -1)
        for place in np.flatnonzero(sign[:-1] * sign[1:] < 0):
            left, right = program.outcomes[place], program.outcomes[place + 1]
            inside = excess(left) * excess(right) < 0.0
            root = brentq(excess, left, right, xtol=1e-300, rtol=8.9e-16) if inside else right
            found.append(float(root))
    return tuple(sorted(found))


def _same(old: tuple[float, ...], new: tuple[float, ...]) -> bool:
    if len(old) != len(new):
        return False
    return all(abs(a - b) <= SETTLED * (1.0 + abs(b)) for a, b in zip(old, new, strict=True))
