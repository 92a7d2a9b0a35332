"""Intervals of parameters and of predicted effort, three ways.

- "profile": all values v that a test does not refuse, where the least distance with the parameter
  held at v exceeds the least of all by no more than λ·t². λ is 1 for minimum distance, and for
  least squares the ratio of the robust to the naive variance (Chandler and Bate 2007, Biometrika
  94). They need not be symmetric, and have no end where the data don't rule out a flat response.
- "delta": the estimate ± t standard errors, on the log scale for what must be positive.
- "bootstrap": quantiles of estimates from means drawn anew around the observed ones. Draws that no
  cost explains have no estimate; where there are too many of them the tail is unknown.

t is Student's, with the fewest degrees of freedom f behind any of the means. Profiles take t² times
f/(f - C + 1), as in Hotelling's T², because the weights of the C conditions are estimated too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from paygrade.calibration.criterion import Criterion
from paygrade.calibration.fit import NAMES, Fit, fit_line, slopes
from paygrade.calibration.supply import Array, EffortSupply, unlink
from paygrade.errors import InfeasibleFit, NotConverged, NotIdentified

Kind = Literal["profile", "delta", "bootstrap"]
Pair = tuple[float, float]
KINDS = ("profile", "delta", "bootstrap")
LARGEST = 690.0  # logarithm of a number that doubles hold
FARTHEST = 200.0  # on a log scale, where a bound is said to have no end
DIGITS = 1e-6  # of its length, to which a half of an interval is found
DRAWS = 999


@dataclass(frozen=True, eq=False)
class Intervals:
    """Intervals around a fit at one level of confidence."""

    fit: Fit
    level: float = 0.95
    kind: Kind = "profile"

    def parameter(self, name: str) -> Pair:
        """Return the interval of gamma, k, s or curvature."""
        place = NAMES.index(name)
        if place not in self.fit.free or self.fit.covariance is None:
            return math.nan, math.nan
        if self.kind == "bootstrap":
            return self._quantiles([getattr(each, name) for each in self._redrawn])
        centre = float(self.fit.coordinates[place])
        gradient = np.eye(4)[place, list(self.fit.free)]
        if name == "s" and self.kind == "delta" and self._lowest > 0.0:
            reach = self.quantile * self.error("s")
            return self.fit.supply.s - reach, self.fit.supply.s + reach
        low, high = self._around(centre, gradient, lambda v: self._holding(name, v))
        return self._natural(name, low), self._natural(name, high)

    def error(self, name: str) -> float:
        """Return the standard error of a parameter in its own unit; nan if it was not estimated."""
        place, covariance = NAMES.index(name), self.fit.covariance
        if place not in self.fit.free or covariance is None:
            return math.nan
        supply = self.fit.supply
        gradient = np.zeros(4)
        gradient[place] = supply.s + self._anchor if name == "s" else getattr(supply, name)
        if name == "s" and self._lowest > 0.0:  # s = exp(u) - p₀^θ
            gradient[3] = -self._anchor * math.log(self._lowest) * supply.curvature
        part = gradient[list(self.fit.free)]
        return math.sqrt(max(float(part @ covariance @ part), 0.0))

    def effort(self, pay: float) -> tuple[float, float, float]:
        """Return low and high of the effort at a pay, and its standard error."""
        fit = self.fit
        if fit.covariance is None:
            return math.nan, math.nan, math.nan
        at = slopes(fit.criterion, fit.coordinates, np.array([pay]))[0, list(fit.free)]
        centre = float(fit.supply_line(pay))
        spread = math.sqrt(max(float(at @ fit.covariance @ at), 0.0))
        scale = float(fit.supply.effort(pay)) if fit.family == "power" else 1.0
        if self.kind == "bootstrap":
            low, high = self._quantiles([float(each.effort(pay)) for each in self._redrawn])
            return low, high, scale * spread
        low, high = self._around(centre, at, lambda v: fit.criterion.holding(point=(pay, v)))
        return float(unlink(fit.family, low)), float(unlink(fit.family, high)), scale * spread

    @property
    def _lowest(self) -> float:
        return float(self.fit.criterion.cells.pay.min())

    @property
    def _anchor(self) -> float:
        """p₀^θ, which s may come down to below 0."""
        return float(self._lowest**self.fit.supply.curvature)

    @cached_property
    def quantile(self) -> float:
        return float(student.ppf(0.5 + self.level / 2.0, self.fit.criterion.cells.freedom))

    @property
    def limit(self) -> float:
        """How far the distance may grow: t², more as the weights are estimated (Hotelling)."""
        cells = self.fit.criterion.cells
        if math.isinf(cells.freedom):
            return self.quantile**2
        left = max(cells.freedom - len(cells.pay) + 1.0, 1.0)
        return self.quantile**2 * cells.freedom / left

    @cached_property
    def _redrawn(self) -> list[EffortSupply]:
        drawn, lost = redraw(self.fit, DRAWS, seed=0)
        if lost > DRAWS * (1.0 - self.level) / 2.0:
            raise NotIdentified(
                f"{lost} of {lost + len(drawn)} draws of the means have no estimate, so the ends of"
                " bootstrap intervals are unknown; use intervals='profile', which may have no end"
            )
        return drawn

    def _quantiles(self, values: list[float]) -> Pair:
        tail = (1.0 - self.level) / 2.0
        low, high = np.quantile(values, [tail, 1.0 - tail])
        return float(low), float(high)

    def _around(
        self, centre: float, gradient: Array, holding: Callable[[float], Criterion]
    ) -> Pair:
        fit = self.fit
        assert fit.covariance is not None  # noqa: S101 (callers have asked)
        variance = float(gradient @ fit.covariance @ gradient)
        spread = math.sqrt(max(variance, 0.0))
        settled = holding(centre).held.equations > 2  # nothing is left to give way
        if self.kind == "delta" or spread == 0.0 or settled:
            return centre - self.quantile * spread, centre + self.quantile * spread
        allowed = self.limit * variance / float(gradient @ fit.bread @ gradient)

        def excess(value: float) -> float:
            worse = holding(value).lowest().distance - fit.distance
            return min(worse, 1e6 * allowed) - allowed

        return tuple(_crossing(excess, centre, way * self.quantile * spread) for way in (-1.0, 1.0))  # type: ignore[return-value]

    def _holding(self, name: str, value: float) -> Criterion:
        held = {"gamma": "gamma", "k": "log_k", "s": "s", "curvature": "curvature"}[name]
        inside = value if name == "k" else math.exp(max(min(value, LARGEST), -LARGEST))
        return self.fit.criterion.holding(**{held: inside - self._anchor * (name == "s")})

    def _natural(self, name: str, coordinate: float) -> float:
        value = math.exp(coordinate) if coordinate < LARGEST else math.inf
        return value - self._anchor if name == "s" else value


def _crossing(excess: Callable[[float], float], centre: float, step: float) -> float:
    """Return where the test begins to refuse, ±inf if it doesn't."""
    inside, reach = centre, step
    while abs(reach) < max(FARTHEST, 4.0 * abs(step)):
        if excess(centre + reach) > 0.0:
            return float(
                brentq(excess, inside, centre + reach, xtol=DIGITS * abs(step), rtol=1e-12)
            )
        inside, reach = centre + reach, 2.0 * reach
    return math.copysign(math.inf, step)


def redraw(fit: Fit, draws: int, seed: int) -> tuple[list[EffortSupply], int]:
    """Return estimates from means drawn around the observed ones, and how many draws had none.

    Raises:
        NotIdentified: half of the draws have none.
    """
    cells = fit.criterion.cells
    if cells.covariance is None:
        raise NotIdentified(
            "the means came without errors, so how far the parameters may be off is unknown; give"
            " se, or sd and n"
        )
    root = np.linalg.cholesky(cells.covariance)
    random = np.random.default_rng(seed)
    found: list[EffortSupply] = []
    lost = 0
    while len(found) < draws:
        noise = root @ random.standard_normal(len(cells.value))
        try:
            anew = replace(cells, value=cells.value + noise)
            found.append(fit_line(anew, fit.family, fit.criterion.held).supply)
        except (InfeasibleFit, NotIdentified, NotConverged):
            lost += 1
            if lost > draws:
                raise NotIdentified(
                    "half of the means that could as well have been observed fit no cost of"
                    " effort: pay moves effort too little here; observe more people, or pay that"
                    " differs more"
                ) from None
    return found, lost
