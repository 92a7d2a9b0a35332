"""Quadrature nodes for a density of which nothing is known but its support.

The outcome line is mapped to u, in which the support's ends lie at ∓infinity and tails decay at
least exponentially:

| support | x(u) |
|---|---|
| [a, b] | logistic from a to b |
| [a, inf), (-inf, b] | a + s·exp(u), b - s·exp(-u) |
| (-inf, inf) | c + s·sinh(u) |

with c the mode and s the width of the bulk, both found numerically. Panels are halved until Gauss
sums over a panel and over its halves agree for p, p·score and p·score², each panel relative to its
own mass, so that tails are as accurate as the bulk.

A pole of the density is no obstacle at 0. At another end b, doubles can't tell outcomes closer than
1e-16·b from it, and the mass in between is missing: put such a pole at 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from paygrade.model.quadrature import gauss_panels
from paygrade.model.symbolic_compile import CompiledDensity

Array = NDArray[np.float64]
REACH = 680.0  # panels look at |u| up to here: x from 1e-295 to 1e295 widths
FAINT = 92.0  # log of the bulk's density over that of tails left out, 1e-40
HALVINGS = 44  # of a panel, before a kink or a pole is left to the check of the total mass
SHORTEST = 1e-12  # panel, in u: below, rounding of u alone makes halves disagree
ROUNDING = 1e-13  # of an outcome, with room for the powers that a density raises it to
MOST_PANELS = 4096  # halved at once, before the same
CLOSE = 1e-11  # relative agreement of a panel with its halves; the halves are 2^32 times closer
NEGLIGIBLE = 1e-36  # mass of a panel that is not looked into
OFFSETS = 10.0 ** np.arange(-12.0, 12.01, 0.0625)  # where the bulk is looked for, around anchors
WIDTHS = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0])  # panel edges around the mode


@dataclass(frozen=True)
class Line:
    """x(u) for a support from `low` to `high`, the bulk of width `width` around `centre`.

    >>> Line(0.0, math.inf, 1.0, 2.0).outcome(np.array([0.0])).item()
    2.0
    """

    low: float
    high: float
    centre: float
    width: float

    def outcome(self, u: Array) -> Array:
        """Return x(u), increasing."""
        low, high = self.low, self.high
        if math.isinf(low) and math.isinf(high):
            return np.asarray(self.centre + self.width * np.sinh(u))
        if math.isinf(high):
            return np.asarray(low + self.width * np.exp(u))
        if math.isinf(low):
            return np.asarray(high - self.width * np.exp(-u))
        length = high - low  # measured from the nearer end, so that distances to it are exact
        return np.where(u < 0, low + length * expit(u), high - length * expit(-u))

    def log_slope(self, u: Array) -> Array:
        """Return log x'(u)."""
        low, high = self.low, self.high
        if math.isinf(low) and math.isinf(high):
            return np.asarray(math.log(self.width) + np.logaddexp(u, -u) - math.log(2.0))
        if math.isinf(high):
            return np.asarray(math.log(self.width) + u)
        if math.isinf(low):
            return np.asarray(math.log(self.width) - u)
        return np.asarray(math.log(high - low) + log_expit(u) + log_expit(-u))

    def noise(self, u: Array) -> Array:
        """Return what rounding x does to its distance from the nearer end, relative to it."""
        x, worst = self.outcome(u), np.zeros_like(u)
        for end in (self.low, self.high):
            if math.isfinite(end) and end != 0.0:
                with np.errstate(divide="ignore"):
                    worst = np.maximum(worst, ROUNDING * abs(end) / np.abs(x - end))
        return worst

    def place(self, x: Array) -> Array:
        """Return u(x) for outcomes inside the support."""
        low, high = self.low, self.high
        if math.isinf(low) and math.isinf(high):
            return np.asarray(np.arcsinh((x - self.centre) / self.width))
        if math.isinf(high):
            return np.asarray(np.log(x - low) - math.log(self.width))
        if math.isinf(low):
            return np.asarray(math.log(self.width) - np.log(high - x))
        return np.asarray(np.log(x - low) - np.log(high - x))


def integration_nodes(
    density: CompiledDensity, low: float, high: float, effort: float, breaks: Sequence[float]
) -> tuple[Array, Array]:
    """Return outcomes, (m,), increasing, and log weights, (m,), over all of the support."""
    modes, width = _bulk(density, low, high, effort)
    line = Line(low, high, float(modes[0]), width)
    inside = [b for b in breaks if low < b < high]
    near = (modes[:, None] + width * np.concatenate([-WIDTHS, WIDTHS])).ravel()
    near = near[(near > low) & (near < high)]
    edges = np.concatenate([np.arange(-REACH, REACH + 1.0, 2.0), line.place(near)])
    edges = np.unique(np.round(np.clip(edges, -REACH, REACH), 3))
    marks = line.place(np.unique(np.asarray(inside, float)))
    apart = np.abs(edges[:, None] - marks).min(axis=1, initial=np.inf) > SHORTEST
    edges = np.unique(np.concatenate([edges[apart], marks]))
    left, right = _adapted(density, line, effort, edges[:-1], edges[1:])
    u, log_weight = _panel_nodes(left, right)
    order = np.argsort(left)
    u, log_weight = u[order].ravel(), log_weight[order].ravel()
    x = line.outcome(u)
    kept = (x > low) & (x < high)  # rounding may put a node on an end, where p may have a pole
    return x[kept], (log_weight + line.log_slope(u))[kept]


def _adapted(
    density: CompiledDensity, line: Line, effort: float, left: Array, right: Array
) -> tuple[Array, Array]:
    """Return panels (left, right ends) on which sixteen nodes are enough."""
    sums = _sums(density, line, effort, left, right)
    # a tail too faint to count may still carry some of the mean, if it is fat
    kept = sums[0] > math.exp(-FAINT) * max(float(sums[0].sum()), 1e-300)
    kept |= sums[3] > math.exp(-FAINT / 2.0) * float(sums[3].sum())
    left, right, sums = left[kept], right[kept], sums[:, kept]
    typical = float(sums[2].sum()) / max(float(sums[0].sum()), 1e-300)  # score², before halving
    done: list[tuple[Array, Array]] = []
    for _ in range(HALVINGS):
        middle = (left + right) / 2.0
        first = _sums(density, line, effort, left, middle)
        second = _sums(density, line, effort, middle, right)
        both = first + second
        # where the score is near 0 its rounding is judged beside its typical size instead
        squares = np.maximum(both[2], both[0] * typical)
        scale = np.stack([both[0], np.sqrt(both[0] * squares), squares])
        missed = np.abs(both - sums)[:3] > (CLOSE + line.noise(middle)) * scale
        open_ = missed.any(axis=0) & (both[0] > NEGLIGIBLE)
        open_ &= (right - left > SHORTEST * (1.0 + np.abs(left))) & (open_.sum() < MOST_PANELS)
        for start, end in ((left, middle), (middle, right)):
            done.append((start[~open_], end[~open_]))
        left, right = (
            np.concatenate([left[open_], middle[open_]]),
            np.concatenate([middle[open_], right[open_]]),
        )
        sums = np.concatenate([first[:, open_], second[:, open_]], axis=1)
        if not len(left):
            break
    done.append((left, right))
    return np.concatenate([a for a, _ in done]), np.concatenate([b for _, b in done])


def _sums(density: CompiledDensity, line: Line, effort: float, left: Array, right: Array) -> Array:
    """Return the integrals of p, p·score, p·score² and p·|x|, (4, panels)."""
    u, log_weight = _panel_nodes(left, right)
    x = line.outcome(u)
    with np.errstate(all="ignore"):
        logs = density.log_density(x, effort) + line.log_slope(u) + log_weight
        mass = np.where((x > line.low) & (x < line.high), np.exp(logs), 0.0)
        score = np.where(mass > 0, density.score(x, effort), 0.0)
    mass = np.nan_to_num(mass, nan=0.0)
    parts = (mass, mass * score, mass * score**2, mass * np.abs(x))
    return np.stack([part.sum(axis=1) for part in parts])


def _panel_nodes(left: Array, right: Array) -> tuple[Array, Array]:
    """Return u and log weights, (panels, 16) each."""
    unit, log_unit = gauss_panels(0.0, 1.0, panels=1)
    length = (right - left)[:, None]
    with np.errstate(divide="ignore"):
        return left[:, None] + length * unit, log_unit + np.log(length)


def _bulk(density: CompiledDensity, low: float, high: float, effort: float) -> tuple[Array, float]:
    """Return the modes of p per log distance from the anchors, best first, and a width."""
    points = scan_points(low, high, effort)
    with np.errstate(all="ignore"):
        logs = np.nan_to_num(density.log_density(points, effort), nan=-np.inf)
    if not np.isfinite(logs).any():
        return np.array([points[len(points) // 2]]), 1.0
    padded = np.concatenate([[-np.inf], logs, [-np.inf]])
    tops = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:]))
    tops = tops[np.argsort(-logs[tops])][:8]
    modes = np.array([_climbed(density, points, int(i), effort) for i in tops])
    # x such that p has fallen by a factor e, on the scan: within a tenth is near enough
    best = float(modes[0])
    above = points[logs > logs[tops[0]] - 1.0]
    span = float(above[-1] - above[0]) / 2.0
    if span <= 0.0:
        i = int(tops[0])
        span = float(points[min(i + 1, len(points) - 1)] - points[max(i - 1, 0)]) / 2.0
    end = low if math.isfinite(low) else high
    if math.isfinite(end):  # on a half line the width is a distance from its end
        return modes, max(span, abs(best - end) if abs(best - end) < 1e6 * span else span)
    return modes, span


def _climbed(density: CompiledDensity, points: Array, top: int, effort: float) -> float:
    """Return the peak between the neighbours of a scanned point, by narrowing in on it."""
    left, right = points[max(top - 1, 0)], points[min(top + 1, len(points) - 1)]
    for _ in range(12):
        grid = np.linspace(left, right, 17)
        logs = np.nan_to_num(density.log_density(grid, effort), nan=-np.inf)
        i = int(np.argmax(logs))
        left, right = grid[max(i - 1, 0)], grid[min(i + 1, 16)]
    return float((left + right) / 2.0)


def scan_points(low: float, high: float, effort: float) -> Array:
    """Return outcomes inside the support at all distances from its ends, from 0 and from effort."""
    ends = [end for end in (low, high) if math.isfinite(end)]
    anchors = np.array([*ends, 0.0, effort])
    points = (anchors[:, None] + np.concatenate([-OFFSETS, [0.0], OFFSETS])).ravel()
    if len(ends) == 2:
        points = np.concatenate([points, np.linspace(low, high, 257)])
    return np.unique(points[(points > low) & (points < high)])
