"""The cheapest general schedule for one effort, as a convex program in promised utility.

    min  Σ p_j h(v_j)   subject to   Σ p_j a_ij v_j >= b_i  (or =),   v within the wage bounds

Participation, local incentive compatibility and every deviation are rows of it (Grossman and Hart
1983): a = 1, b = ū + c(e) for participation; a = S, b = c'(e) for the first-order condition; a =
1 - p(x|e')/p(x|e), b = c(e) - c(e') for a deviation e'. Under `CARA(cost_in_money=True)` expected
utility and cost multiply, so the rows change while the program stays linear in v.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paygrade.design.proposal import MARGIN
from paygrade.model.effort import Finite
from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import CARA, RiskNeutral, Utility

HARSHEST_PRICE = 1e-12  # of a flat wage's: how far down an unbounded utility is followed
HARSHEST = 1e3
LARGEST_RATIO = 1e280  # stands for an infinite likelihood ratio: an outcome that e can't produce


@dataclass(frozen=True)
class ScheduleProgram:
    """One effort's program: m outcomes, r rows.

    Attributes:
        utility: u, whose inverse h is the cost.
        outcomes: outcomes or quadrature nodes, (m,).
        probability: p_j, (m,), summing to 1.
        rows: a_ij, (r, m); the first is participation.
        masses: p_j a_ij, (r, m), which stay finite and exact where p_j is 0 or underflows.
        rhs: b_i, (r,).
        least, most: bounds on the multiplier of each row, (r,): 0 and inf for >=, -inf and inf for
            an equality.
        deviations: efforts that the last rows deter.
        local: whether the second row is the first-order condition.
        lowest, highest: wage bounds (money).
    """

    utility: Utility
    outcomes: Array
    probability: Array
    rows: Array
    masses: Array
    rhs: Array
    least: Array
    most: Array
    deviations: tuple[float, ...]
    local: bool
    lowest: float
    highest: float

    def promised(self, price: Array) -> tuple[Array, Array]:
        """Return the wage (money) and promised utility at each marginal cost of utility, (m,)."""
        wage = self.utility.wage_within(price, self.lowest, self.highest)
        return wage, self.utility(wage)

    def residuals(self, promised: Array) -> Array:
        """Return Σ p_j a_ij v_j - b_i, (r,)."""
        return np.asarray(self.masses @ promised - self.rhs)


def schedule_program(
    problem: MoralHazard,
    effort: float,
    deviations: Sequence[float] = (),
    breaks: Sequence[float] = (),
    *,
    margin: float = MARGIN,
) -> ScheduleProgram:
    """Return the program of `effort` with a row for each of `deviations`.

    The first-order condition is an equality inside an interval of efforts, an inequality at its
    upper end (no dearer effort is there to tempt) and absent at its lower end and between levels.
    Deviations on a continuum are deterred with `margin` to spare, a share of the cost at stake:
    each is only a best guess. Between levels the optimum is exact.
    """
    monitor = problem.monitor
    outcomes, log_weight = monitor.nodes(effort, breaks)
    log_p = log_weight + monitor.log_density(outcomes, effort)
    weight, probability = np.exp(log_weight), np.exp(log_p)
    probability /= probability.sum()
    found = [_Row(np.ones_like(outcomes), probability, float(problem.required_utility(effort)))]
    local = has_local_row(problem, effort)
    if local:
        found.append(_local_row(problem, effort, outcomes, weight, probability))
    margin = 0.0 if isinstance(problem.efforts, Finite) else margin
    spare = margin * cost_at_stake(problem, effort)
    for other in deviations:
        log_q = log_weight + monitor.log_density(outcomes, other)
        found.append(_deviation_row(problem, effort, other, log_p, log_q, spare))
    return ScheduleProgram(
        problem.utility, outcomes, probability,
        np.array([row.ratios for row in found]), np.array([row.masses for row in found]),
        np.array([row.rhs for row in found]), np.array([row.least for row in found]),
        np.full(len(found), math.inf), tuple(deviations), local,
        payable_wage(problem, effort), problem.highest_wage,
    )  # fmt: skip


@dataclass(frozen=True)
class _Row:
    ratios: Array
    masses: Array
    rhs: float
    least: float = 0.0


def payable_wage(problem: MoralHazard, effort: float) -> float:
    """Return the least wage (money) that a schedule for `effort` may pay.

    Without a wage floor a utility unbounded below invites punishments of 1e24 utils on outcomes of
    probability 1e-27 (Mirrlees; theory 6.3). They are worth next to nothing and can't be paid. So a
    util may not get cheaper than `HARSHEST_PRICE` of what it costs at a flat wage, and no outcome
    may cost the agent more than `HARSHEST` times the whole range of effort costs.
    """
    utility, lowest = problem.utility, problem.lowest_wage
    if (
        isinstance(utility, RiskNeutral)
        or math.isfinite(utility.bounds[0])
        or math.isfinite(float(utility(lowest)))
    ):
        return lowest
    flat = np.asarray(problem.required_wage(effort))
    flat = np.where(np.isfinite(flat), flat, lowest + 1.0)
    worst = float(utility(flat)) - HARSHEST * max(cost_at_stake(problem, effort), 1e-6)
    price = HARSHEST_PRICE / utility.derivative(flat)
    return max(lowest, float(utility.wage_at(price)), float(utility.inverse(worst)))


def has_local_row(problem: MoralHazard, effort: float) -> bool:
    """Whether a first-order condition belongs to `effort`."""
    return not isinstance(problem.efforts, Finite) and effort > problem.efforts.low


def _local_row(
    problem: MoralHazard, effort: float, outcomes: Array, weight: Array, probability: Array
) -> _Row:
    utility, monitor = problem.utility, problem.monitor
    score = np.nan_to_num(
        monitor.score(outcomes, effort), neginf=-LARGEST_RATIO, posinf=LARGEST_RATIO
    )
    masses = weight * monitor.density_slope(outcomes, effort)
    rhs = float(problem.cost.derivative(effort))
    if isinstance(utility, CARA) and utility.cost_in_money:
        growth = utility.risk_aversion * rhs
        score, masses, rhs = score + growth, masses + growth * probability, 0.0
    return _Row(score, masses, rhs, 0.0 if effort == problem.efforts.high else -math.inf)


def _deviation_row(
    problem: MoralHazard, effort: float, other: float, log_p: Array, log_q: Array, spare: float
) -> _Row:
    extra = float(problem.cost(effort) - problem.cost(other))
    utility = problem.utility
    if isinstance(utility, CARA) and utility.cost_in_money:
        log_q, extra = log_q - utility.risk_aversion * extra, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        log_ratio = np.where(log_q == -np.inf, -np.inf, log_q - log_p)
        ratios = np.maximum(-np.expm1(log_ratio), -LARGEST_RATIO)
    # expm1 keeps the difference of nearby laws, the masses that of outcomes which e can't produce
    p, q = np.exp(log_p), np.exp(log_q)
    masses = np.where(p > q / 2.0, p * ratios, p - q)
    return _Row(ratios, masses, extra + spare)


def cost_at_stake(problem: MoralHazard, effort: float) -> float:
    """Return how much dearer `effort` is than the least effort, in units of utility."""
    ends = problem.required_utility(np.array([problem.efforts.low, effort]))
    return max(abs(float(ends[1] - ends[0])), 1e-12)
