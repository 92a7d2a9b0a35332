"""The distance between line and data at its least, over all parameters or with some held fast.

Given u = log(s + p₀^θ), p₀ the lowest pay, and θ, the line a + b·x is linear in a and b, so the
best a and b have a formula; what is left to search is u (and θ), on a grid that zooms in. Holding
γ, log k or the effort at some pay fast is one linear equation in a and b each:

    γ: b = 1/γ        log k: a + b·log k = 0        effort y at pay p: a + b·x(p) = y
"""

from dataclasses import dataclass, field, replace

import numpy as np

from paygrade.calibration.cells import Cells
from paygrade.calibration.supply import Array

LOWEST, HIGHEST = -100.0, 12.0  # of u less the log of the range of pay; beyond, nothing changes
CURVATURES = (0.05, 5.0)  # of θ, searched on a log scale
ZOOMS = 20  # at most; the grid shrinks eightfold each time
FLAT = 1e-10  # range of the distance over a grid that needs no finer one


@dataclass(frozen=True)
class Held:
    """What is held fast: γ, log k, s, θ, or (pay, value of the line there)."""

    gamma: float | None = None
    log_k: float | None = None
    s: float | None = None
    curvature: float | None = 1.0
    point: tuple[float, float] | None = None

    @property
    def equations(self) -> int:
        """How many linear equations in a and b."""
        return sum(each is not None for each in (self.gamma, self.log_k, self.point))


@dataclass(frozen=True)
class Lowest:
    """Where the distance is least: its value, u, θ, and the line's a and b."""

    distance: float
    u: float
    curvature: float
    intercept: float
    slope: float


@dataclass(frozen=True, eq=False)
class Criterion:
    """(value - line)' W (value - line) as a function of what is not held fast."""

    cells: Cells
    held: Held = field(default_factory=Held)

    def holding(self, **held: object) -> "Criterion":
        """Return the criterion with more held fast."""
        return replace(self, held=replace(self.held, **held))  # type: ignore[arg-type]

    def lowest(self) -> Lowest:
        """Search the least distance, to about ten digits."""
        axes = list(self._axes())
        found = self._at(*self._points(axes))
        for _ in range(ZOOMS):
            place = np.unravel_index(found[0].argmin(), found[0].shape)
            if np.ptp(found[0]) <= FLAT * (1.0 + found[0][place]):
                break
            axes = [
                np.linspace(axis[max(i - 2, 0)], axis[min(i + 2, len(axis) - 1)], 33)
                if len(axis) > 1
                else axis
                for axis, i in zip(axes, map(int, place), strict=True)
            ]
            found = self._at(*self._points(axes))
        place = np.unravel_index(found[0].argmin(), found[0].shape)
        return Lowest(*(float(part[place]) for part in found))

    def offset(self, pay: Array | float, curvature: Array | float) -> Array:
        """Return p^θ - p₀^θ."""
        return np.asarray(np.asarray(pay, float) ** curvature - self.cells.pay.min() ** curvature)

    def _axes(self) -> tuple[Array, Array]:
        wide = self.held.curvature is None
        us = np.linspace(LOWEST, HIGHEST, 113 if wide else 449)
        thetas = np.log(np.geomspace(*CURVATURES, 47))
        if self.held.s is not None:
            us = np.zeros(1)
        return us, thetas if wide else np.log([self.held.curvature or 1.0])

    def _points(self, axes: list[Array]) -> tuple[Array, Array]:
        """Return u and θ on the grid, (G, H)."""
        relative, log_theta = np.meshgrid(*axes, indexing="ij")
        theta = np.exp(log_theta)
        if self.held.s is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.log(self.held.s + self.cells.pay.min() ** theta), theta
        return relative + np.log(self.offset(self.cells.pay.max(), theta)), theta

    def _at(self, u: Array, theta: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return the least distance at each (u, θ), those, and the line's a and b, (G, H)."""
        with np.errstate(all="ignore"):  # what is no line gets an infinite distance
            return self._solved(u, theta)

    def _solved(self, u: Array, theta: Array) -> tuple[Array, Array, Array, Array, Array]:
        cells = self.cells
        root = cells.root
        x = self._x(cells.pay, u[..., None], theta[..., None])
        start, along = self._line(u, theta)
        rest = (cells.value - start[0][..., None] - start[1][..., None] * x) @ root
        ways = [(way[0][..., None] + way[1][..., None] * x) @ root for way in along]
        steps = _least_squares(rest, ways, slopes=[way[1] for way in along])
        a, b = start
        for step, way, image in zip(steps, along, ways, strict=True):
            a, b = a + step * way[0], b + step * way[1]
            rest = rest - step[..., None] * image
        distance = (rest**2).sum(-1)
        bad = ~np.isfinite(distance) | (b < 0.0) | ~np.isfinite(u)
        return np.where(bad, np.inf, distance), u, theta, a, b

    def _x(self, pay: Array | float, u: Array, theta: Array) -> Array:
        """Return log(s + p^θ)."""
        with np.errstate(all="ignore"):
            return np.asarray(u + np.log1p(self.offset(pay, theta) * np.exp(-u)))

    def _line(
        self, u: Array, theta: Array
    ) -> tuple[tuple[Array, Array], list[tuple[Array, Array]]]:
        """Return one (a, b) that keeps the equations, and the directions left open."""
        zero, one = np.zeros_like(u), np.ones_like(u)
        held = self.held
        rows, sides = [], []
        if held.gamma is not None:
            rows.append((zero, one))
            sides.append(one / held.gamma)
        if held.log_k is not None:
            rows.append((one, held.log_k * one))
            sides.append(zero)
        if held.point is not None:
            rows.append((one, self._x(held.point[0], u, theta)))
            sides.append(held.point[1] * one)
        if not rows:
            return (zero, zero), [(one, zero), (zero, one)]
        (p, q), c = rows[0], sides[0]
        if len(rows) == 1:
            return ((zero, c) if held.gamma is not None else (c, zero)), [(-q, p)]
        (r, t), d = rows[1], sides[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            determinant = p * t - q * r
            return ((c * t - q * d) / determinant, (p * d - c * r) / determinant), []


def _least_squares(rest: Array, ways: list[Array], slopes: list[Array]) -> list[Array]:
    """Return how far to go along each way for the least sum of squares with a slope b >= 0."""
    if not ways:
        return []
    last = ways[-1]
    if len(ways) == 2:  # take the constant out of both, so that no digits cancel
        constant = ways[0]
        size = (constant**2).sum(-1)
        level = (rest * constant).sum(-1) / size
        share = (last * constant).sum(-1) / size
        bare = last - share[..., None] * constant
        step = _projection(rest - level[..., None] * constant, bare)
        step = np.maximum(step, 0.0)
        return [level - share * step, step]
    step = _projection(rest, last)
    signs = np.sign(slopes[-1])
    return [np.where(signs != 0.0, signs * np.maximum(signs * step, 0.0), step)]


def _projection(rest: Array, way: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num((rest * way).sum(-1) / (way**2).sum(-1), nan=0.0))
