"""Scalar bilevel programs, solved globally in the follower's choice.

The leader minimises F(x, z) over x, where z maximises f(x, z) over an interval and ties fall in the
leader's favour. The follower's best response jumps where two hills of f are equally high, and the
optimum often sits at such a jump (Mirrlees 1999), where no first-order condition leads.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from paygrade.model.bilevel import ScalarBilevel
from paygrade.model.problem import Array

LEADER_POINTS = 401
FOLLOWER_POINTS = 1001
JUMP = 0.004  # of the follower's range: a move that may be a change of hill
TIE = 1e-12  # relative difference in height of two hills that counts as none
Pair = tuple[float, float]


@dataclass(frozen=True)
class BilevelSearch:
    """The search for the leader's best x."""

    problem: ScalarBilevel

    def solve(self) -> Pair:
        """Return the optimal (x, z)."""
        grid = np.linspace(*self.problem.leader_bounds, LEADER_POINTS)
        best = [self.response(float(x)) for x in grid]
        candidates = list(zip(grid.tolist(), best, strict=True))
        width = self.problem.follower_bounds[1] - self.problem.follower_bounds[0]
        for i in range(len(grid) - 1):
            if abs(best[i + 1] - best[i]) > JUMP * width:
                candidates += self._at_jump(
                    float(grid[i]), float(grid[i + 1]), best[i], best[i + 1]
                )
        value = [self.problem.leader_value(*pair) for pair in candidates[: len(grid)]]
        padded = np.concatenate([[np.inf], value, [np.inf]])
        lowest = np.flatnonzero((value <= padded[:-2]) & (value <= padded[2:]))
        step = float(grid[1] - grid[0])
        candidates += [self._refined(float(grid[i]), step) for i in lowest]
        return min(candidates, key=lambda pair: self.problem.leader_value(*pair))

    def first_order(self) -> Pair:
        """Return the optimum of the relaxation: z only stationary, not best."""
        zs = np.linspace(*self.problem.follower_bounds, FOLLOWER_POINTS)
        found = [(x, float(z)) for z in zs for x in self._stationary(float(z))]
        if not found:
            return math.nan, math.nan
        _, z = min(found, key=lambda pair: self.problem.leader_value(*pair))
        step = float(zs[1] - zs[0])

        def claim(point: float) -> float:
            near = self._stationary(point)
            return min((self.problem.leader_value(at, point) for at in near), default=math.inf)

        summit = minimize_scalar(
            claim,
            bounds=(max(z - step, zs[0]), min(z + step, zs[-1])),
            method="bounded",
            options={"xatol": 1e-13},
        )
        z = float(summit.x)
        return min(self._stationary(z), key=lambda at: self.problem.leader_value(at, z)), z

    def response(self, x: float) -> float:
        """Return the follower's best response to x; of ties the leader's favourite."""
        heights = self.problem.follower_values(x, self._zs)
        padded = np.concatenate([[-np.inf], heights, [-np.inf]])
        tops = np.flatnonzero((heights >= padded[:-2]) & (heights >= padded[2:]))
        hills = [self._hill(x, float(self._zs[i])) for i in tops]
        best = max(height for _, height in hills)
        tied = [z for z, height in hills if height >= best - TIE * (1.0 + abs(best))]
        return min(tied, key=lambda z: self.problem.leader_value(x, z))

    @cached_property
    def _zs(self) -> Array:
        return np.linspace(*self.problem.follower_bounds, FOLLOWER_POINTS)

    def _hill(self, x: float, near: float) -> tuple[float, float]:
        """Return the summit (z, height) of the hill of f(x, ·) around `near`."""
        low, high = self.problem.follower_bounds
        step = (high - low) / (FOLLOWER_POINTS - 1)
        left, right = max(low, near - step), min(high, near + step)

        def slope(z: float) -> float:
            return self.problem.follower_slope(x, z)

        z = near
        if slope(left) > 0 > slope(right):
            z = float(brentq(slope, left, right, xtol=1e-16, rtol=8.9e-16))
        return z, float(self.problem.follower_values(x, np.array(z)))

    def _at_jump(self, left: float, right: float, one: float, other: float) -> list[Pair]:
        """Return both responses at the x between `left` and `right` where two hills tie."""

        def climbed(x: float, near: float) -> tuple[float, float]:
            z = near
            for _ in range(FOLLOWER_POINTS):
                found, height = self._hill(x, z)
                if found == z or abs(found - z) < 1e-9:
                    return found, height
                z = found
            return self._hill(x, z)

        def gap(x: float) -> float:
            return climbed(x, one)[1] - climbed(x, other)[1]

        if not gap(left) * gap(right) < 0:
            return []
        x = float(brentq(gap, left, right, xtol=1e-16, rtol=8.9e-16))
        return [(x, climbed(x, one)[0]), (x, climbed(x, other)[0])]

    def _refined(self, x: float, step: float) -> Pair:
        """Return the best x within a grid step, while the response moves smoothly."""
        low, high = self.problem.leader_bounds
        summit = minimize_scalar(
            lambda at: self.problem.leader_value(float(at), self.response(float(at))),
            bounds=(max(low, x - step), min(high, x + step)),
            method="bounded",
            options={"xatol": 1e-13},
        )
        return float(summit.x), self.response(float(summit.x))

    def _stationary(self, z: float) -> list[float]:
        """Return every x at which z is stationary for the follower."""
        xs = np.linspace(*self.problem.leader_bounds, LEADER_POINTS)
        slopes = np.array([self.problem.follower_slope(float(x), z) for x in xs])
        places = np.flatnonzero(slopes[:-1] * slopes[1:] < 0)
        slope: Callable[[float], float] = lambda x: self.problem.follower_slope(x, z)  # noqa: E731
        return [float(brentq(slope, xs[i], xs[i + 1], xtol=1e-15)) for i in places]
