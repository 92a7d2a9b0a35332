"""Where the pass mark may lie, and a search along it.

Counting monitors pass on whole counts, `NormalMonitor` on any number. The payoff of the best bonus
rule at a cutoff is smooth but has several local maxima, so the search starts from a grid over the
whole range, dense where the highest effort just passes, and refines every promising stretch.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from paygrade.design.proposal import highest_useful_effort
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import Array, MoralHazard

MOST_LENIENT = 37.0  # standard deviations; normal tails beyond underflow
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
SMALL = 48  # up to this many counts every cutoff is tried


def is_count(problem: MoralHazard) -> bool:
    """Whether cutoffs are whole counts."""
    return isinstance(problem.monitor, CountingMonitor)


def cutoff_grid(problem: MoralHazard, effort: float | None) -> Array:
    """Return cutoffs to start from, (k,), increasing; for one `effort`, or for a search over it."""
    monitor = problem.monitor
    lenience = np.concatenate([np.arange(-3.0, 6.0, 0.5), np.linspace(6.0, MOST_LENIENT, 8)])
    if isinstance(monitor, CountingMonitor) and monitor.n <= SMALL:
        return np.arange(1.0, monitor.n + 1.0)
    if effort is not None:
        return np.unique(monitor.cutoff_at(effort, lenience))
    low, high = problem.efforts.low, highest_useful_effort(problem)
    at_ends = [monitor.cutoff_at(end, lenience) for end in (low, high)]
    between = [monitor.cutoff_at(e, np.array([2.0])) for e in np.linspace(low, high, 33)]
    return np.unique(np.concatenate([*at_ends, *between]))


def maximise_over_cutoffs(payoff: Callable[[float], float], grid: Array, *, whole: bool) -> float:
    """Return the cutoff that maximises `payoff`, nan where it is -inf all over the grid.

    The three best hills of the grid are refined: by golden section, and for whole cutoffs by
    comparing neighbours until none is better.
    """
    payoff = cache(payoff)
    rough = np.array([payoff(float(x)) for x in grid])
    if not np.isfinite(rough).any():
        return math.nan
    padded = np.concatenate([[-math.inf], rough, [-math.inf]])
    is_top = np.isfinite(rough) & (rough >= padded[:-2]) & (rough >= padded[2:])
    tops = sorted(np.flatnonzero(is_top).tolist(), key=lambda i: -float(rough[i]))[:3]
    found = [float(grid[i]) for i in tops]
    for i in tops:
        left, right = float(grid[max(i - 1, 0)]), float(grid[min(i + 1, len(grid) - 1)])
        found.append(golden_whole(payoff, left, right) if whole else golden(payoff, left, right))
    best = max(found, key=payoff)
    return _climb_whole(payoff, best, float(grid[0]), float(grid[-1])) if whole else best


def golden(payoff: Callable[[float], float], left: float, right: float) -> float:
    """Return the mark of greatest payoff between `left` and `right`, by golden section."""
    a, b = right - GOLDEN * (right - left), left + GOLDEN * (right - left)
    while right - left > 4e-16 * abs(left):
        if payoff(a) < payoff(b):
            left, a = a, b
            b = left + GOLDEN * (right - left)
        else:
            right, b = b, a
            a = right - GOLDEN * (right - left)
        if not left < a < b < right:
            break
    return max((left, a, b, right), key=payoff)


def golden_whole(payoff: Callable[[float], float], left: float, right: float) -> float:
    """Return the whole mark of greatest payoff between `left` and `right`."""
    while right - left > 4.0:
        a = float(round(right - GOLDEN * (right - left)))
        b = max(float(round(left + GOLDEN * (right - left))), a + 1.0)
        if payoff(a) < payoff(b):
            left = a
        else:
            right = b
    return float(max(np.arange(left, right + 1.0).tolist(), key=payoff))


def _climb_whole(payoff: Callable[[float], float], start: float, low: float, high: float) -> float:
    best = start
    while True:
        near = [x for x in np.arange(best - 3.0, best + 4.0).tolist() if low <= x <= high]
        better = max(near, key=payoff)
        if payoff(better) <= payoff(best):
            return best
        best = better
