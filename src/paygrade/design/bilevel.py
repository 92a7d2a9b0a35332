"""Bilevel programs proposed: where the leader's optimum, and the relaxation's, seem to be.

A scan over x and z gives starts; from each, the follower's hill is tracked while x moves, on the
condition that no other hill is higher. The response jumps where two hills tie, and the optimum
often sits at such a jump (Mirrlees 1999), where no first-order condition leads. Nothing here is
proved.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter
from scipy.optimize import minimize

from paygrade.model.bilevel import Bilevel, Point, numeric
from paygrade.model.problem import Array

LEADER_POINTS = {1: 401, 2: 33, 3: 11}  # along each axis
FOLLOWER_POINTS = 401
STARTS = 8
HILLS = 4  # the highest, at one start
TIE = 1e-12  # relative difference in height of two hills that counts as none
CLIMB = 60
Pair = tuple[Point, float]


class BilevelSearch:
    """The search of one program, with F to be minimised and f to be maximised."""

    def __init__(self, program: Bilevel) -> None:
        made = program.derivatives
        self.box = program.box
        self.low, self.high = self.box[-1]
        self.leader = numeric(made.leader, made.symbols)
        self.follower = numeric(made.follower, made.symbols)
        self.slope = numeric(made.follower_gradient[-1], made.symbols)
        self._gradients: list[Callable[..., Any]] = [
            numeric(list(parts), made.symbols)
            for parts in (made.leader_gradient, made.follower_gradient, made.slope_gradient)
        ]

    def solve(self) -> Pair:
        """Return the (x, z) with the best F found, z being a best response to x."""
        heights = np.where(
            np.isnan(self._table(self.follower)), -np.inf, self._table(self.follower)
        )
        picked = heights.argmax(axis=1)
        values = self._table(self.leader)[np.arange(len(picked)), picked]
        shape = [LEADER_POINTS[len(self.box) - 1]] * (len(self.box) - 1)
        surface = np.where(np.isnan(values), np.inf, values).reshape(shape)
        valleys = np.flatnonzero(surface == minimum_filter(surface, size=3))
        starts = valleys[np.argsort(surface.ravel()[valleys], kind="stable")][:STARTS]
        found = [self._from(tuple(map(float, self._xs[i])), heights[i]) for i in starts]
        return min(found, key=lambda pair: self._value(*pair))

    def _from(self, x: Point, heights: Array) -> Pair:
        """Return the best (x, z) found from x, where f has these heights over the scan of z."""
        summits = np.flatnonzero(heights == maximum_filter1d(heights, 3))
        summits = summits[np.argsort(-heights[summits], kind="stable")][:HILLS]
        hills = [self.climb(x, float(self._zs[j])) for j in summits]
        found = [(x, self._favourite(x, hills))]
        for own in range(min(2, len(hills))):
            pair = self._tracked(x, hills, own)
            found += [pair] if pair is not None else []
        return min(found, key=lambda pair: self._value(*pair))

    def near(self, x: Point) -> Pair:
        """Return the best (x, z) found from a given x, z being a best response to x."""
        heights = self._on(self.follower, (*x, self._zs))
        return self._from(x, np.where(np.isnan(heights), -np.inf, heights))

    def response(self, x: Point) -> float:
        """Return the follower's best response to x; of ties the leader's favourite."""
        heights = self._on(self.follower, (*x, self._zs))
        heights = np.where(np.isnan(heights), -np.inf, heights)
        tops = np.flatnonzero(heights == maximum_filter1d(heights, 3))
        return self._favourite(x, [self.climb(x, float(self._zs[j])) for j in tops])

    def first_order(self) -> Pair | None:
        """Return the (x, z) with the best F found at which z meets the first-order condition."""
        slopes, values = self._table(self.slope), self._table(self.leader)
        turns = np.zeros(slopes.shape, bool)
        turns[:, :-1] = slopes[:, :-1] * slopes[:, 1:] <= 0
        where = np.argwhere(turns)
        order = np.argsort(values[turns], kind="stable")
        starts = [
            (self._xs[i], float(self._zs[j]), 0) for i, j in where[order][:: 1 + len(where) // 400]
        ]
        starts = starts[:: max(1, len(starts) // STARTS)][:STARTS] + starts[:STARTS]
        for side, j in ((-1, 0), (1, -1)):
            kept = np.flatnonzero(side * slopes[:, j] >= 0)
            kept = kept[np.argsort(values[kept, j], kind="stable")][:2]
            starts += [(self._xs[i], float(self._zs[j]), side) for i in kept]
        found = [self._stationary(np.array([*x, z]), side) for x, z, side in starts]
        return min((p for p in found if p is not None), key=lambda p: self._value(*p), default=None)

    def climb(self, x: Sequence[float] | Array, z: float) -> float:
        """Return the top of the hill of f(x, ·) on which z lies."""
        stride = (self.high - self.low) / (FOLLOWER_POINTS - 1)
        for _ in range(CLIMB):
            slope, bend = float(self.slope(*x, z)), float(self._gradients[2](*x, z)[-1])
            step = -slope / bend if bend < 0.0 else float(np.sign(slope)) * stride
            moved = min(max(z + min(max(step, -stride), stride), self.low), self.high)
            if not abs(moved - z) > 1e-16 * (self.high - self.low):  # nan too
                break
            z = moved
        return z

    def _tracked(self, x: Point, hills: Sequence[float], own: int) -> Pair | None:
        """Return the best x near the start at which hill `own` is no lower than the others."""

        def tops(at: Array) -> list[float]:
            return [self.climb(at, z) for z in hills]

        def gradient(at: Array) -> Array:
            z = self.climb(at, hills[own])
            of_leader, of_slope = (np.array(self._gradients[k](*at, z), float) for k in (0, 2))
            inside = self.low < z < self.high and of_slope[-1] < 0.0
            moves = -of_slope[:-1] / of_slope[-1] if inside else np.zeros(len(at))
            return np.asarray(of_leader[:-1] + of_leader[-1] * moves)

        def spare(at: Array) -> Array:
            heights = [float(self.follower(*at, z)) for z in tops(at)]
            return np.array([heights[own] - h for k, h in enumerate(heights) if k != own])

        def spare_gradient(at: Array) -> Array:
            slopes = [np.array(self._gradients[1](*at, z)[:-1], float) for z in tops(at)]
            return np.array([slopes[own] - s for k, s in enumerate(slopes) if k != own])

        rows = [{"type": "ineq", "fun": spare, "jac": spare_gradient}] if len(hills) > 1 else []
        at = self._descended(
            lambda at: float(self.leader(*at, self.climb(at, hills[own]))),
            gradient, np.array(x), self.box[:-1], rows,
        )  # fmt: skip
        if len(hills) > 1:
            at = self._onto_tie(at, spare, spare_gradient)
        point = tuple(map(float, at))
        heights = [float(self.follower(*at, z)) for z in tops(at)]
        if not heights[own] >= max(heights) - TIE * (1.0 + abs(max(heights))):
            return None
        return point, self.climb(point, hills[own])

    def _onto_tie(
        self, at: Array, spare: Callable[[Array], Array], gradient: Callable[[Array], Array]
    ) -> Array:
        """Return x moved to where the closest rival is exactly as high, if that is near."""
        for _ in range(4):
            lacks = spare(at)
            k = int(np.argmin(lacks))
            direction = gradient(at)[k]
            norm = float(direction @ direction)
            if not (abs(lacks[k]) < 1e-5 * (1.0 + abs(lacks).max()) and norm > 0.0):
                break
            moved = at - lacks[k] * direction / norm
            at = np.clip(moved, *np.array(self.box[:-1]).T)
        return at

    def _stationary(self, start: Array, side: int) -> Pair | None:
        """Return the best point near the start at which the first-order condition holds."""

        def slope(at: Array) -> float:
            return (side or 1) * float(self.slope(*at))

        def slope_gradient(at: Array) -> Array:
            return (side or 1) * np.array(self._gradients[2](*at), float)

        box = self.box if side == 0 else (*self.box[:-1], (start[-1], start[-1]))
        rows = [{"type": "ineq" if side else "eq", "fun": slope, "jac": slope_gradient}]
        at = self._descended(
            lambda at: float(self.leader(*at)),
            lambda at: np.array(self._gradients[0](*at), float), start, box, rows,
        )  # fmt: skip
        for _ in range(4):  # onto the condition, with the least move
            direction, lack = slope_gradient(at), slope(at)
            direction = np.where([a < b for a, b in box], direction, 0.0)
            if (side and lack >= 0.0) or not direction @ direction > 0.0:
                break
            at = np.clip(at - lack * direction / (direction @ direction), *np.array(box).T)
        if not (slope(at) >= 0.0 if side else abs(slope(at)) < 1e-9):
            return None
        return tuple(map(float, at[:-1])), float(at[-1])

    def _descended(
        self,
        value: Callable[[Array], float],
        gradient: Callable[[Array], Array],
        start: Array,
        box: Sequence[tuple[float, float]],
        rows: list[dict[str, Any]],
    ) -> Array:
        with np.errstate(all="ignore"):
            found = minimize(  # type: ignore[call-overload]
                value, start, jac=gradient, bounds=box, constraints=rows, method="SLSQP",
                options={"ftol": 1e-16, "maxiter": 200},
            )  # fmt: skip
        at = np.asarray(found.x, float)
        return np.clip(at, *np.array(box).T) if np.isfinite(at).all() else start

    def _favourite(self, x: Point, hills: Sequence[float]) -> float:
        heights = [float(self.follower(*x, z)) for z in hills]
        best = max(heights)
        tied = [z for z, h in zip(hills, heights, strict=True) if h >= best - TIE * (1 + abs(best))]
        return min(tied or hills, key=lambda z: float(self.leader(*x, z)))

    def _value(self, x: Point, z: float) -> float:
        value = float(self.leader(*x, z))
        return value if np.isfinite(value) else np.inf

    @cached_property
    def _xs(self) -> Array:
        count = LEADER_POINTS[len(self.box) - 1]
        axes = [np.linspace(low, high, count) for low, high in self.box[:-1]]
        return np.stack([m.ravel() for m in np.meshgrid(*axes, indexing="ij")], axis=1)

    @cached_property
    def _zs(self) -> Array:
        return np.linspace(self.low, self.high, FOLLOWER_POINTS)

    def _table(self, function: Callable[..., Any]) -> Array:
        """Return a function at every pair of scan points, (xs, zs)."""
        return self._on(function, (*self._xs.T[:, :, None], self._zs[None, :]))

    def _on(self, function: Callable[..., Any], at: Sequence[Any]) -> Array:
        values = np.asarray(function(*at), float)
        return np.array(np.broadcast_to(values, np.broadcast_shapes(*map(np.shape, at))))
