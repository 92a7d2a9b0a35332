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
        with np.errstate(invalid="ignore"):
            terms = np.where(self.probability > 0, self.probability * promised, 0.0)
        return np.asarray(self.rows @ terms - self.rhs)


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
    outcomes, log_weight = problem.monitor.nodes(effort, breaks)
    log_p = log_weight + problem.monitor.log_density(outcomes, effort)
    probability = np.exp(log_p)
    total = probability.sum()
    rows, rhs = [np.ones_like(outcomes)], [float(problem.required_utility(effort))]
    least, most = [0.0], [math.inf]
    local = has_local_row(problem, effort)
    margin = 0.0 if isinstance(problem.efforts, Finite) else margin
    if local:
        row, level = _local_row(problem, effort, outcomes)
        rows.append(row)
        rhs.append(level)
        least.append(0.0 if effort == problem.efforts.high else -math.inf)
        most.append(math.inf)
    at_stake = cost_at_stake(problem, effort)
    for other in deviations:
        log_ratio = problem.monitor.log_density(outcomes, other) + log_weight - log_p
        row, level = _deviation_row(problem, effort, other, log_ratio)
        rows.append(row)
        rhs.append(level + margin * at_stake)
        least.append(0.0)
        most.append(math.inf)
    return ScheduleProgram(
        problem.utility, outcomes, probability / total, np.array(rows), np.array(rhs),
        np.array(least), np.array(most), tuple(deviations), local,
        payable_wage(problem, effort), problem.highest_wage,
    )  # fmt: skip


def payable_wage(problem: MoralHazard, effort: float) -> float:
    """Return the least wage (money) that a schedule for `effort` may pay.

    Without a wage floor a utility unbounded below invites punishments of 1e24 utils on outcomes of
    probability 1e-27 (Mirrlees; theory 6.3). They are worth next to nothing and can't be paid. So a
    util may not get cheaper than `HARSHEST_PRICE` of what it costs at a flat wage, and no outcome
    may cost the agent more than `HARSHEST` times the whole range of effort costs.
    """
    utility, lowest = problem.utility, problem.lowest_wage
    if isinstance(utility, RiskNeutral) or math.isfinite(utility.bounds[0]) or math.isfinite(float(utility(lowest))):
        return lowest
    flat = np.asarray(problem.required_wage(effort))
    flat = np.where(np.isfinite(flat), flat, lowest + 1.0)
    worst = float(utility(flat)) - HARSHEST * max(cost_at_stake(problem, effort), 1e-6)
    price = HARSHEST_PRICE / utility.derivative(flat)
    return max(lowest, float(utility.wage_at(price)), float(utility.inverse(worst)))


def has_local_row(problem: MoralHazard, effort: float) -> bool:
    """Whether a first-order condition belongs to `effort`."""
    return not isinstance(problem.efforts, Finite) and effort > problem.efforts.low


def _local_row(problem: MoralHazard, effort: float, outcomes: Array) -> tuple[Array, float]:
    score = problem.monitor.score(outcomes, effort)
    score = np.nan_to_num(score, neginf=-LARGEST_RATIO, posinf=LARGEST_RATIO)
    slope = float(problem.cost.derivative(effort))
    utility = problem.utility
    if isinstance(utility, CARA) and utility.cost_in_money:
        return score + utility.risk_aversion * slope, 0.0
    return score, slope


def _deviation_row(
    problem: MoralHazard, effort: float, other: float, log_ratio: Array
) -> tuple[Array, float]:
    extra = float(problem.cost(effort) - problem.cost(other))
    utility = problem.utility
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(utility, CARA) and utility.cost_in_money:
            log_ratio = log_ratio - utility.risk_aversion * extra
            extra = 0.0
        row = -np.expm1(np.where(np.isnan(log_ratio), 0.0, log_ratio))
    return np.maximum(row, -LARGEST_RATIO), extra


def cost_at_stake(problem: MoralHazard, effort: float) -> float:
    """Return how much dearer `effort` is than the least effort, in units of utility."""
    ends = problem.required_utility(np.array([problem.efforts.low, effort]))
    return max(abs(float(ends[1] - ends[0])), 1e-12)
