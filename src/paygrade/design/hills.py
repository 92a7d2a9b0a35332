"""Which efforts a bonus with one pass mark can induce, and at which stake.

At a given stake the agent's payoff gain(stake, P(e)) - c(e) has a hill for working and often one
for shirking. An effort is implementable when its own hill is the highest; the stake it needs is
the one of its first-order condition, at the highest effort the least that no deviation beats.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from paygrade.design.proposal import MARGIN
from paygrade.design.stake import Stake
from paygrade.model.effort import Finite
from paygrade.model.problem import Array, MoralHazard

ZOOMS = 4  # each narrows the bracket of a summit sixteenfold
RAISES = 40  # deviations that may push the stake of the highest effort up


@dataclass(frozen=True)
class Hills:
    """The agent's hills at one cutoff, on a grid of efforts (k,), increasing."""

    problem: MoralHazard
    stake: Stake
    cutoff: float
    efforts: Array

    @cached_property
    def passing(self) -> Array:
        """Pass probability at each effort, (k,)."""
        return self.problem.monitor.pass_probability(self.cutoff, self.efforts)

    @cached_property
    def cost(self) -> Array:
        """Cost of each effort, (k,)."""
        return self.problem.cost(self.efforts)

    def local_stakes(self) -> Array:
        """Return the stake whose first-order condition holds at each effort, (k,).

        At the least effort no stake is needed.
        """
        stakes = np.array(self.local_stake(self.efforts))
        stakes[0] = 0.0
        return stakes

    def local_stake(self, effort: Array | float) -> Array:
        """Return the stake whose first-order condition holds at `effort`."""
        monitor = self.problem.monitor
        return self.stake.local(
            self.problem.cost.derivative(effort),
            monitor.pass_probability(self.cutoff, effort),
            monitor.pass_slope(self.cutoff, effort),
        )

    def hull_stakes(self) -> Array:
        """Return the stake that makes each effort beat every other of the grid, (k,); or nan.

        Cheaper efforts ask for at least some stake, dearer ones allow at most another. Between the
        two an effort in the interior of an interval takes the stake of its first-order condition;
        the highest effort, and any level of a finite set, takes the least.
        """
        extra = self.cost[:, None] - self.cost[None, :]
        asked = self.stake.indifferent(extra, self.passing[:, None], self.passing[None, :])
        below = np.tri(len(self.efforts), k=-1, dtype=bool)
        least = np.where(below, np.where(np.isnan(asked), math.inf, asked), 0.0).max(axis=1)
        most = np.where(below.T, self._allowed_by_dearer(asked), math.inf).min(axis=1)
        if isinstance(self.problem.efforts, Finite):
            stakes = least  # levels lie apart: no rounding error can hide a better one between
        else:
            stakes = self.local_stakes()
            stakes[-1] = self.highest_stake(max(float(least[-1]), float(stakes[-1])))
        kept = (least <= stakes) & (stakes <= most) & np.isfinite(stakes)
        return np.where(kept, stakes, math.nan)

    def highest_stake(self, stake: float) -> float:
        """Return the least stake, from `stake` up, at which no effort beats the highest one."""
        highest = float(self.efforts[-1])
        for _ in range(RAISES):
            if not math.isfinite(stake):
                break
            tempting, height = self.rival(highest, stake)
            if self._payoff(stake, highest) >= height:
                break
            pair = np.array([highest, tempting])
            cost = self.problem.cost(pair)
            passing = self.problem.monitor.pass_probability(self.cutoff, pair)
            asked = self.stake.indifferent(cost[0] - cost[1], passing[0], passing[1])
            stake = max(stake, float(asked)) * (1.0 + MARGIN)
        return stake * (1.0 + MARGIN)

    def slack(self, effort: float, stake: float) -> float:
        """Return by how much `effort` beats the best summit that is not its own hill's."""
        return self._payoff(stake, effort) - self.rival(effort, stake)[1]

    def rival(self, effort: float, stake: float) -> tuple[float, float]:
        """Return the best summit (effort, payoff) that is not that of `effort`'s own hill."""
        own = self._payoff(stake, effort)
        payoff = self.stake.gain(stake, self.passing) - self.cost
        right = int(np.searchsorted(self.efforts, effort))
        left = right - 1
        while left >= 0 and payoff[left] <= (own if left == right - 1 else payoff[left + 1]):
            left -= 1
        start = right
        while right < len(payoff) and payoff[right] <= (
            own if right == start else payoff[right - 1]
        ):
            right += 1
        elsewhere = np.concatenate([payoff[: left + 1], payoff[right:]])
        if elsewhere.size == 0:
            return effort, -math.inf
        index = int(np.argmax(elsewhere))
        top = index if index <= left else right + index - (left + 1)
        grid_point = float(self.efforts[top]), float(payoff[top])
        return max(grid_point, self._zoom(stake, top), key=lambda summit: summit[1])

    def _zoom(self, stake: float, top: int) -> tuple[float, float]:
        """Return the summit (effort, height) of the hill around grid point `top`."""
        low = float(self.efforts[max(top - 1, 0)])
        high = float(self.efforts[min(top + 1, len(self.efforts) - 1)])
        best = (low, -math.inf)
        for _ in range(ZOOMS):
            points = np.linspace(low, high, 33)
            payoff = self._payoffs(stake, points)
            peak = int(np.argmax(payoff))
            best = max(best, (float(points[peak]), float(payoff[peak])), key=lambda at: at[1])
            low, high = float(points[max(peak - 1, 0)]), float(points[min(peak + 1, 32)])
        return best

    def _payoff(self, stake: float, effort: float) -> float:
        return float(self._payoffs(stake, np.array(effort)))

    def _payoffs(self, stake: float, effort: Array) -> Array:
        passing = self.problem.monitor.pass_probability(self.cutoff, effort)
        return self.stake.gain(stake, passing) - self.problem.cost(effort)

    def _allowed_by_dearer(self, asked: Array) -> Array:
        # A dearer effort that passes no more often never tempts; one that does caps the stake.
        tempts = self.passing[None, :] > self.passing[:, None]
        return np.where(tempts & ~np.isnan(asked), asked, math.inf)


def edge(inside: float, outside: float, slack: Callable[[float], float]) -> float:
    """Return the effort nearest to `outside` with slack >= 0, given slack(inside) >= 0."""
    if slack(outside) >= 0:
        return outside
    root = float(brentq(slack, inside, outside, xtol=1e-15, rtol=8.9e-16))
    for step in 2.0 ** np.arange(-46, -6):  # brentq may end a rounding error on the wrong side
        if slack(root) >= 0:
            return root
        root += (inside - root) * step
    return inside
