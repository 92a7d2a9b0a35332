"""The fast path to general schedules: Newton's method on the dual of the schedule program.

The dual has one multiplier a row, however many outcomes there are:

    max  Σ y_i b_i - Σ p_j h*(t_j),   t_j = Σ y_i a_ij,   h*(t) = max over v of t·v - h(v)

Its optimum is Holmström's condition h'(v_j) = t_j, cut off at the wage bounds. It is concave, so a
Newton step with a line search converges from anywhere, quadratically at the end.
"""

import math
from dataclasses import dataclass

import numpy as np

from paygrade.design.program import ScheduleProgram
from paygrade.errors import InfeasibleContract, NotConverged
from paygrade.model.problem import Array
from paygrade.model.utility import Utility

STEPS = 100
HALVINGS = 60
LARGEST_PRICE = 1e100  # of a util at a flat wage, from which a search can start
FARTHEST = 1e150  # a step along a row that no schedule can meet
RIDGE = 1e-13  # of a unit diagonal: what tells rows apart that rounding makes alike
ABSURD = 1e12  # money: an expected wage above it means that no schedule meets the rows
PRECISION = 1e-13  # of each row's scale: what double precision leaves of a residual
PATIENCE = 8  # steps without a smaller residual before the best one is taken
STALLED = 1e-9  # residual with which a search that can't improve any more still counts as solved


@dataclass(frozen=True)
class DualSolution:
    """Multipliers, (r,), with what they imply for each outcome, (m,).

    Attributes:
        multipliers: y, money per util.
        wages: money.
        promised: utils.
        cost: Σ p_j w_j, the expected wage (money).
        bound: value of the dual (money): no schedule that meets the rows costs less.
        residual: largest violation of a row relative to its scale.
        steps: Newton steps taken.
    """

    multipliers: Array
    wages: Array
    promised: Array
    cost: float
    bound: float
    residual: float
    steps: int


def solve_dual(program: ScheduleProgram, start: Array | None = None) -> DualSolution:
    """Return the multipliers that maximise the dual of `program`.

    Raises:
        NotConverged: when Newton's method stops short of `STALLED`; the program may be infeasible.
    """
    point = _Point.at(program, _start(program) if start is None else start)
    scale = _row_scale(program)
    best, best_residual, since, steps = point, math.inf, 0, 0
    for steps in range(STEPS):  # noqa: B007  (told in the solution)
        residual = float(np.max(point.violation / scale))
        since = 0 if residual < best_residual else since + 1
        if residual < best_residual:
            best, best_residual = point, residual
        if residual <= PRECISION or (since > PATIENCE and best_residual <= STALLED):
            break
        moved = _step(program, point)
        if moved is None:
            break
        point = moved
        _refuse_ruin(program, point.value)
    point, residual = best, best_residual
    if not residual <= STALLED:
        raise NotConverged(
            f"the dual search stopped with a residual of {residual:.1g} after {steps + 1} steps;"
            " the contract it had is not returned"
        )
    cost = float(program.probability @ point.wage)
    return DualSolution(point.y, point.wage, point.promised, cost, point.value, residual, steps)


def dual_value(program: ScheduleProgram, multipliers: Array) -> float:
    """Return the dual's value (money): no schedule that meets the rows costs less."""
    return _Point.at(program, multipliers).value


def _refuse_ruin(program: ScheduleProgram, bound: float) -> None:
    """Raise when weak duality shows that no payable schedule meets the rows."""
    most = program.highest
    if math.isinf(most):
        most = ABSURD
    if bound > most * (1.0 + 1e-9) + 1e-9:
        raise InfeasibleContract(
            f"implementing this effort would cost at least {bound:.6g}, more than the highest wage"
            f" {program.highest:g}; raise wage_cap or the number of checks, or ask for less effort"
        )


@dataclass(frozen=True)
class _Point:
    """The dual's value, gradient and curvature weights at one y."""

    y: Array
    price: Array
    wage: Array
    promised: Array
    value: float
    gradient: Array
    violation: Array  # what complementary slackness leaves of the gradient, (r,)

    @classmethod
    def at(cls, program: ScheduleProgram, y: Array) -> "_Point":
        price = y @ program.rows
        wage, promised = program.promised(price)
        bought = program.masses @ promised
        value = float(y @ (program.rhs - bought) + program.probability @ wage)
        gradient = program.rhs - bought
        at_bound = ((y <= program.least) & (gradient < 0)) | ((y >= program.most) & (gradient > 0))
        violation = np.where(at_bound, 0.0, np.abs(gradient))
        return cls(y, price, wage, promised, value, gradient, violation)


def _step(program: ScheduleProgram, point: _Point) -> _Point | None:
    """Return the point a damped Newton step away; None when no step keeps the dual from falling."""
    inside = (point.wage > program.lowest) & (point.wage < program.highest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        curvature = program.utility.risk_tolerance(point.wage) / point.price**2  # dv/dt
        curvature = np.where(inside, curvature, 0.0)
    hessian = (program.masses * curvature) @ np.where(inside, program.rows, 0.0).T
    hessian = 0.5 * (hessian + hessian.T)
    if not np.isfinite(hessian).all():
        return None
    direction = newton_direction(hessian, point.y, point.gradient, program.least, program.most)
    slope = float(point.gradient @ direction)
    noise = 1e-14 * (abs(point.value) + float(np.abs(point.y * program.rhs).sum()))
    length = 1.0
    for _ in range(HALVINGS):
        y = np.clip(point.y + length * direction, program.least, program.most)
        with np.errstate(over="ignore", invalid="ignore"):  # a step too far is halved
            moved = _Point.at(program, y)
        if moved.value >= point.value + 1e-4 * length * slope - noise and np.isfinite(moved.value):
            return moved
        length *= 0.5
    return None


def newton_direction(
    hessian: Array, start: Array, gradient: Array, least: Array, most: Array
) -> Array:
    """Return the step to the maximiser of a quadratic over the multipliers' bounds.

    The model is gradient·d - d·hessian·d/2 around `start`, (r,), and the method active sets.

    A step that is merely cut off at the bounds zigzags when rows are nearly alike, as those of
    neighbouring deviations are.
    """
    y, first = start.copy(), gradient
    held = ((y <= least) & (gradient <= 0)) | ((y >= most) & (gradient >= 0))
    size = np.sqrt(np.maximum(np.diag(hessian), 1e-300))
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = hessian / size[:, None] / size[None, :] + RIDGE * np.eye(len(y))
    if not np.isfinite(scaled).all():
        return np.zeros_like(y)
    for _ in range(4 * len(y)):
        free = ~held
        if not free.any():
            break
        move = np.zeros_like(y)
        solved = np.linalg.solve(scaled[np.ix_(free, free)], (gradient / size)[free])
        with np.errstate(over="ignore"):  # a flat direction: the dual rises for ever along it
            move[free] = np.clip(solved / size[free], -FARTHEST, FARTHEST)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            room = np.where(
                move < 0, (least - y) / move, np.where(move > 0, (most - y) / move, np.inf)
            )
        room = np.where(free, room, np.inf)
        share = min(1.0, float(room.min()))
        y = np.clip(y + share * move, least, most)
        gradient = first - hessian @ (y - start)
        if share < 1.0:
            held = held | (room <= share)
            continue
        released = held & (((y <= least) & (gradient > 0)) | ((y >= most) & (gradient < 0)))
        if not released.any():
            break
        held = held & ~released
    return np.asarray(y - start)


def _row_scale(program: ScheduleProgram) -> Array:
    """Return what residuals are measured against, (r,): the rows' own magnitudes."""
    spread = np.abs(program.masses).sum(axis=1)
    return np.asarray(np.maximum(np.abs(program.rhs), 1e-3 * np.clip(spread, 1e-12, 1.0)))


def _start(program: ScheduleProgram) -> Array:
    """Return multipliers of a flat wage, with the incentive that a flat cost of risk would ask."""
    utility, y = program.utility, np.zeros(len(program.rhs))
    level = _inside(utility, float(program.rhs[0]))
    wage = float(np.clip(utility.inverse(level), program.lowest, program.highest))
    with np.errstate(divide="ignore"):
        price = float(1.0 / utility.derivative(wage))
    y[0] = price if 0 < price < LARGEST_PRICE else 1.0
    if program.local:
        information = float(program.masses[1] @ np.clip(program.rows[1], -1e100, 1e100))
        slope = float(program.rhs[1] - program.masses[1].sum() * level)
        tolerance = float(utility.risk_tolerance(wage))
        if information > 0 and tolerance > 0:
            with np.errstate(over="ignore"):
                y[1] = slope * y[0] ** 2 / (tolerance * information)
    first = len(y) - len(program.deviations)
    for i, row in enumerate(program.rows[first:], start=first):
        likely = int(np.argmax(program.probability - program.masses[i]))  # what it produces
        y[i] = 0.1 * y[0] / max(1.0 - float(row[likely]), 1.0)  # makes that outcome pay little
    return np.clip(y, program.least, program.most)


def _inside(utility: Utility, level: float) -> float:
    low, high = utility.bounds
    if level <= low:
        return low + 1e-3 * (1.0 + abs(low))
    if level >= high:
        return high - 1e-3 * (1.0 + abs(high))
    return level
