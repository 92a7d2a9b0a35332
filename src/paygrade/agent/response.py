"""The agent's best response to a contract: global over all efforts, corners included.

A bonus makes the payoff two-humped (shirk, or work hard enough to pass), so a local search is
wrong here: every hill of a grid that is dense where passing turns likely is climbed, and the best
summit is returned. This is a numerical answer; `paygrade.certify` is the proof.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from paygrade.agent.expected import Array, agent_slope, agent_utility
from paygrade.arguments import checked_arguments
from paygrade.errors import NotConverged
from paygrade.model.contract import BinaryContract, Contract, TieredContract, WageSchedule
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard

TIE = 1e-13  # relative difference in payoff below which efforts count as equally good

FEW = 8  # outcomes of a schedule whose every jump is looked at

NEAR = 1e-6  # efforts closer than this belong to one summit


@dataclass(frozen=True)
class Response:
    """What the agent does under a contract.

    Attributes:
        effort: the best response; of equally good ones the greatest (the principal's favourite).
        utility: the agent's payoff there (utils; money under `CARA(cost_in_money=True)`).
        interior: whether it lies strictly inside the effort set.
    """

    effort: float
    utility: float
    interior: bool


@checked_arguments
def best_response(problem: MoralHazard, contract: Contract) -> Response:
    """Return the effort that maximises the agent's payoff under `contract`.

    Raises:
        NotConverged: when payoff keeps growing with effort on an unbounded effort set.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> rule = pg.BinaryContract(base=1.0, bonus=0.4, cutoff=78)
    >>> round(pg.best_response(problem, rule).effort, 4)
    0.0
    """
    efforts = problem.efforts
    if isinstance(efforts, Finite):
        summits = np.array(efforts.values)
    else:
        summits = _summits(problem, contract, effort_grid(problem, contract))
    payoffs = agent_utility(problem, contract, summits)
    best = float(payoffs.max())
    if not math.isfinite(best):  # ruin at every effort: the least effort is as good as any
        return Response(efforts.low, best, interior=False)
    tied = summits[payoffs >= best - TIE * (1.0 + abs(best))].max()
    # Points next to a summit tie with it too: of those around the tied one, take the highest.
    near = np.abs(summits - tied) <= NEAR * (1.0 + tied)
    effort = float(summits[near][np.argmax(payoffs[near])])
    return Response(effort, best, interior=efforts.low < effort < efforts.high)


def effort_grid(problem: MoralHazard, contract: Contract) -> Array:
    """Return efforts, increasing, dense enough that no hill is narrower than a step."""
    low = problem.efforts.low
    high = min(problem.efforts.high, _reach(problem, contract))
    grid = np.linspace(low, high, 129)
    for cutoff in _jumps(contract):
        grid = with_transition(problem, grid, cutoff)
    return grid


def _jumps(contract: Contract) -> tuple[float, ...]:
    """Return the outcomes at which pay jumps, where they are few enough to look at each."""
    match contract:
        case BinaryContract():
            return (contract.cutoff,)
        case TieredContract():
            return contract.cutoffs
        case WageSchedule() if len(contract.outcomes) <= FEW:
            return contract.outcomes[1:]
    return ()


def with_transition(problem: MoralHazard, grid: Array, cutoff: float) -> Array:
    """Return `grid` refined where passing `cutoff` turns from unlikely to likely."""
    z = np.linspace(-9.0, 9.0, 73)
    extra = problem.monitor.transition_efforts(cutoff, z)
    return np.unique(np.concatenate([grid, np.clip(extra, grid[0], grid[-1])]))


def _summits(problem: MoralHazard, contract: Contract, grid: Array) -> Array:
    payoff = agent_utility(problem, contract, grid)
    padded = np.concatenate([[-math.inf], payoff, [-math.inf]])
    is_top = (payoff >= padded[:-2]) & (payoff >= padded[2:]) & np.isfinite(payoff)
    tops = np.flatnonzero(is_top)
    climbed = [_climb(problem, contract, grid, int(i)) for i in tops]
    return np.array([*grid[[0, -1]], *grid[tops], *climbed])


def _climb(problem: MoralHazard, contract: Contract, grid: Array, top: int) -> float:
    """Return the summit of the hill around grid point `top`."""
    left, right = float(grid[max(top - 1, 0)]), float(grid[min(top + 1, len(grid) - 1)])

    def slope(effort: float) -> float:
        return float(agent_slope(problem, contract, effort))

    if math.isfinite(slope(left)) and slope(left) > 0 > slope(right):
        return float(brentq(slope, left, right, xtol=1e-15, rtol=8.9e-16))
    summit = minimize_scalar(
        lambda e: -float(agent_utility(problem, contract, e)),
        bounds=(left, right),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(summit.x)


def _reach(problem: MoralHazard, contract: Contract) -> float:
    """Return an effort beyond which an unbounded effort set offers nothing more to the agent."""
    if math.isfinite(problem.efforts.high):
        return problem.efforts.high
    start = max(problem.efforts.low, 1.0)
    for cutoff in _jumps(contract):  # past the last one the highest wage is certain
        past = problem.monitor.transition_efforts(cutoff, np.array([9.0]))
        start = max([start, *past.tolist()])
    for effort in start * 2.0 ** np.arange(60):
        payoff = agent_utility(problem, contract, np.array([problem.efforts.low, effort]))
        if payoff[1] < payoff[0] and agent_slope(problem, contract, effort) < 0:
            return float(effort)
    raise NotConverged(
        "the agent's payoff keeps growing with effort, so there is no best response;"
        " bound the efforts or use a cost that grows faster than the pay"
    )
