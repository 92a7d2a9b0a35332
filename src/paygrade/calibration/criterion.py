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
FIRST, POINTS = 449, 33  # points of the first grid, and of finer ones
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
    is_flat: bool  # whether all θ tried last do as well


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
        if self.held.curvature is not None:
            return self._among(np.array([self.held.curvature]))
        thetas = np.geomspace(*CURVATURES, POINTS)
        found = self._among(thetas)
        for _ in range(ZOOMS):
            if found.is_flat:
                break
            place = int(np.argmin(np.abs(thetas - found.curvature)))
            thetas = np.geomspace(
                thetas[max(place - 2, 0)], thetas[min(place + 2, POINTS - 1)], POINTS
            )
            found = self._among(thetas)
        return found

    def offset(self, pay: Array | float, curvature: Array | float) -> Array:
        """Return p^θ - p₀^θ."""
        return np.asarray(np.asarray(pay, float) ** curvature - self.cells.pay.min() ** curvature)

    def _among(self, thetas: Array) -> Lowest:
        """Search u at each θ (H,) by itself, and return the best of them."""
        columns = np.arange(len(thetas))
        relative = np.linspace(LOWEST, HIGHEST, FIRST)[:, None] + np.zeros(len(thetas))
        found = self._at(self._u(relative, thetas), thetas)
        for _ in range(ZOOMS):
            least = found[0].min(axis=0)
            if self.held.s is not None or (np.ptp(found[0], axis=0) <= FLAT * (1.0 + least)).all():
                break
            place = found[0].argmin(axis=0)
            low = relative[np.maximum(place - 2, 0), columns]
            high = relative[np.minimum(place + 2, len(relative) - 1), columns]
            relative = low + (high - low) * np.linspace(0.0, 1.0, POINTS)[:, None]
            found = self._at(self._u(relative, thetas), thetas)
        least = found[0].min(axis=0)
        best = int(least.argmin())
        place = int(found[0][:, best].argmin())
        distance, u, theta, a, b = (float(part[place, best]) for part in found)
        return Lowest(distance, u, theta, a, b, bool(np.ptp(least) <= FLAT * (1.0 + distance)))

    def _u(self, relative: Array, theta: Array) -> Array:
        """Return u = log(s + p₀^θ) on the grid (G, H); `relative` is to the range of pay."""
        if self.held.s is None:
            return np.asarray(relative + np.log(self.offset(self.cells.pay.max(), theta)))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(self.held.s + self.cells.pay.min() ** theta))[None, :]

    def _at(self, u: Array, theta: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return the least distance at each u (G, H) and θ (H,), those, and the line's a and b."""
        theta = np.broadcast_to(theta, u.shape)
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
