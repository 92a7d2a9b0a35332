"""The mean of n normal observations of effort: the textbook monitor, exact at any n."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from paygrade.errors import raise_problems
from paygrade.model.checks import count, positive
from paygrade.model.monitor import Array, Monitor
from paygrade.model.quadrature import FARTHEST, gauss_panels


@dataclass(frozen=True)
class NormalMonitor(Monitor):
    """Outcome X ~ N(e, sigma²/n), the mean of n observations; I(e) = 1/sigma² each.

    >>> round(NormalMonitor(n=100, sigma=1.0).pass_probability(0.5, 0.6).item(), 6)
    0.841345
    """

    n: int
    sigma: float = 1.0

    def __post_init__(self) -> None:
        raise_problems(
            count("n", self.n, "checks nothing") + positive("sigma", self.sigma, "is no spread")
        )

    @property
    def highest_effort(self) -> float:
        return math.inf

    @property
    def keeps_concavity(self) -> bool:
        return True  # E[v(e + noise)]

    @property
    def standard_error(self) -> float:
        """Standard deviation of the outcome."""
        return self.sigma / math.sqrt(self.n)

    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return np.asarray(ndtr(self._z(cutoff, effort)))

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return np.asarray(ndtr(-self._z(cutoff, effort)))

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        density = np.exp(-0.5 * self._z(cutoff, effort) ** 2) / math.sqrt(2.0 * math.pi)
        return np.asarray(density / self.standard_error)

    def fisher_information(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), self.sigma**-2)

    def mean_outcome(self, effort: ArrayLike) -> Array:
        return np.asarray(effort, float)

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        return np.asarray(cutoff + z * self.standard_error)

    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        return np.asarray(np.asarray(effort, float) - np.asarray(z, float) * self.standard_error)

    def _z(self, cutoff: float, effort: ArrayLike) -> Array:
        return np.asarray((np.asarray(effort, float) - cutoff) / self.standard_error)

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        z = self._z(effort, outcome)
        return np.asarray(-0.5 * z * z - math.log(self.standard_error * math.sqrt(2.0 * math.pi)))

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        return np.asarray(self._z(effort, outcome) / self.standard_error)

    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        reach = FARTHEST * self.standard_error
        return gauss_panels(effort - reach, effort + reach, breaks)
