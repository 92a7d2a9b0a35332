"""The textbook laws of an outcome whose mean is effort.

| family | X given effort e | statistic T | V(m), variance of T at mean m |
|---|---|---|---|
| normal(sigma) | N(e, sigma²) | x | sigma² |
| lognormal(sigma) | log X ~ N(e, sigma²) | log x | sigma² |
| exponential | mean e | x | m² |
| gamma(shape) | mean e | x | m²/shape |
| poisson | mean e | x | m |
| geometric | 0, 1, 2, ... of mean e | x | m + m² |
| bernoulli | P(X = 1) = e | x | m - m² |
| student_t(df, scale) | location e | none | |

All but the last are natural exponential families with quadratic variance function in T (Morris
1982), with mean E[T] = e: the score is (T - e)/V(e) and the information 1/V(e). The certificates
lean on that.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaincc, gammaln, ndtr, stdtr, xlog1py, xlogy

from paygrade.model.quadrature import FARTHEST, gauss_panels

Array = NDArray[np.float64]
TAIL = 90.0  # -log of the probability beyond the outcomes that are kept, 1e-39
FAT = 30.0  # panels of a fat tail reach sinh(FAT) scales: 5e12


class Family(ABC):
    """One law; `effort` is a float, `outcome` an array."""

    is_discrete: bool = False
    lowest_effort: float = 0.0
    highest_effort: float = math.inf
    variance: tuple[float, float, float] | None = None  # coefficients of V(m) in 1, m, m²

    def statistic(self, outcome: Array) -> Array:
        """Return T(x)."""
        return outcome

    def spread(self, effort: ArrayLike) -> Array:
        """Return V(e), the variance of T."""
        if self.variance is None:
            raise NotImplementedError
        constant, linear, square = self.variance
        effort = np.asarray(effort, float)
        return np.asarray(constant + linear * effort + square * effort**2)

    def score(self, outcome: Array, effort: float) -> Array:
        """Return d/de log p(x|e)."""
        return np.asarray((self.statistic(outcome) - effort) / self.spread(effort))

    def information(self, effort: ArrayLike) -> Array:
        """Return the Fisher information of one outcome."""
        with np.errstate(divide="ignore"):
            return np.asarray(1.0 / self.spread(effort))

    def lowest_score(self, effort: float) -> float:
        """Return the infimum of the score; the support begins at T = 0 unless overridden."""
        return -effort / float(self.spread(effort))

    def mean(self, effort: ArrayLike) -> Array:
        """Return E[X]."""
        return np.asarray(effort, float)

    @abstractmethod
    def log_density(self, outcome: Array, effort: float) -> Array:
        """Return log p(x|e)."""

    @abstractmethod
    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        """Return P(X >= cutoff) and P(X < cutoff), each without cancellation."""

    @abstractmethod
    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        """Return d/de P(X >= cutoff)."""

    @abstractmethod
    def nodes(self, effort: float, breaks: Sequence[float]) -> tuple[Array, Array]:
        """Return outcomes and log weights over the whole outcome set."""

    @abstractmethod
    def shifted(self, effort: Array, z: Array) -> Array:
        """Return the outcome about z standard deviations above the mean at `effort`."""


@dataclass(frozen=True)
class Normal(Family):
    """N(e, sigma²)."""

    sigma: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "variance", (self.sigma**2, 0.0, 0.0))

    def lowest_score(self, effort: float) -> float:
        return -math.inf

    def log_density(self, outcome: Array, effort: float) -> Array:
        z = (self.statistic(outcome) - effort) / self.sigma
        return np.asarray(-0.5 * z * z - math.log(self.sigma * math.sqrt(2.0 * math.pi)))

    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        z = (effort - self._mark(cutoff)) / self.sigma
        return np.asarray(ndtr(z)), np.asarray(ndtr(-z))

    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        z = (effort - self._mark(cutoff)) / self.sigma
        return np.asarray(np.exp(-0.5 * z * z) / (self.sigma * math.sqrt(2.0 * math.pi)))

    def nodes(self, effort: float, breaks: Sequence[float]) -> tuple[Array, Array]:
        reach = FARTHEST * self.sigma
        return gauss_panels(effort - reach, effort + reach, breaks)

    def shifted(self, effort: Array, z: Array) -> Array:
        return effort + z * self.sigma

    def _mark(self, cutoff: float) -> float:
        return cutoff


@dataclass(frozen=True)
class Lognormal(Normal):
    """log X ~ N(e, sigma²)."""

    def statistic(self, outcome: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(outcome)

    def mean(self, effort: ArrayLike) -> Array:
        return np.asarray(np.exp(np.asarray(effort, float) + 0.5 * self.sigma**2))

    def log_density(self, outcome: Array, effort: float) -> Array:
        return super().log_density(outcome, effort) - self.statistic(outcome)

    def nodes(self, effort: float, breaks: Sequence[float]) -> tuple[Array, Array]:
        logs = [math.log(b) for b in breaks if b > 0]
        points, log_weight = super().nodes(effort, logs)
        return np.exp(points), log_weight + points

    def shifted(self, effort: Array, z: Array) -> Array:
        return np.exp(super().shifted(effort, z))

    def _mark(self, cutoff: float) -> float:
        return math.log(cutoff) if cutoff > 0 else -math.inf


@dataclass(frozen=True)
class Gamma(Family):
    """Gamma of mean e; shape 1 is the exponential law."""

    shape: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "variance", (0.0, 0.0, 1.0 / self.shape))

    def log_density(self, outcome: Array, effort: float) -> Array:
        k, rate = self.shape, self.shape / effort
        inside = np.asarray(outcome) >= 0
        x = np.where(inside, outcome, 1.0)
        log_p = xlogy(k - 1.0, x) - rate * x + k * math.log(rate) - gammaln(k)
        return np.where(inside, log_p, -np.inf)

    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        mark = self.shape * max(cutoff, 0.0) / effort
        return np.asarray(gammaincc(self.shape, mark)), np.asarray(gammainc(self.shape, mark))

    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        if cutoff <= 0:
            return np.zeros_like(effort)
        mark = self.shape * cutoff / effort
        log_p = xlogy(self.shape, mark) - mark - gammaln(self.shape)
        return np.asarray(np.exp(log_p) / effort)

    def nodes(self, effort: float, breaks: Sequence[float]) -> tuple[Array, Array]:
        # in u with x = u^power the density is smooth at 0 and dense panels sit where it is steep
        power = max(2.0, math.ceil(3.0 / self.shape))
        far = effort / self.shape * (self.shape + TAIL + 4.0 * math.sqrt(self.shape * TAIL))
        roots = [b ** (1.0 / power) for b in breaks if b > 0]
        u, log_weight = gauss_panels(0.0, far ** (1.0 / power), roots, panels=40)
        return u**power, log_weight + math.log(power) + (power - 1.0) * np.log(u)

    def shifted(self, effort: Array, z: Array) -> Array:
        return effort * np.exp(z / math.sqrt(self.shape))


class _Counts(Family):
    """What the laws on 0, 1, 2, ... share."""

    is_discrete = True

    def nodes(self, effort: float, breaks: Sequence[float]) -> tuple[Array, Array]:
        counts = np.arange(self.last(effort) + 1.0)
        return counts, np.zeros_like(counts)

    @abstractmethod
    def last(self, effort: float) -> int:
        """Return a count beyond which less than 1e-39 of the law lies."""


@dataclass(frozen=True)
class Poisson(_Counts):
    """Poisson counts of mean e."""

    variance = (0.0, 1.0, 0.0)

    def log_density(self, outcome: Array, effort: float) -> Array:
        return np.asarray(xlogy(outcome, effort) - effort - gammaln(np.asarray(outcome) + 1.0))

    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        k = math.ceil(cutoff)
        if k <= 0:
            return np.ones_like(effort), np.zeros_like(effort)
        return np.asarray(gammainc(k, effort)), np.asarray(gammaincc(k, effort))

    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        k = math.ceil(cutoff)
        if k <= 0:
            return np.zeros_like(effort)
        return np.asarray(np.exp(xlogy(k - 1.0, effort) - effort - gammaln(k)))

    def last(self, effort: float) -> int:
        return int(effort + TAIL + 4.0 * math.sqrt(effort * TAIL))

    def shifted(self, effort: Array, z: Array) -> Array:
        return np.asarray(np.ceil(np.maximum(np.sqrt(effort) + 0.5 * z, 0.0) ** 2))


@dataclass(frozen=True)
class Geometric(_Counts):
    """Counts 0, 1, 2, ... of mean e: successes before the first failure."""

    variance = (0.0, 1.0, 1.0)

    def log_density(self, outcome: Array, effort: float) -> Array:
        return np.asarray(xlogy(outcome, effort) - xlog1py(np.asarray(outcome) + 1.0, effort))

    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        k = max(math.ceil(cutoff), 0)
        log_p = xlogy(k, effort) - xlog1py(float(k), effort)
        return np.asarray(np.exp(log_p)), np.asarray(-np.expm1(log_p))

    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        k = max(math.ceil(cutoff), 0)
        if k == 0:
            return np.zeros_like(effort)
        return np.asarray(k * np.exp(xlogy(k - 1.0, effort) - xlog1py(k + 1.0, effort)))

    def last(self, effort: float) -> int:
        return int(TAIL / math.log1p(1.0 / effort)) + 1 if effort > 0 else 1

    def shifted(self, effort: Array, z: Array) -> Array:
        return np.ceil(effort * np.exp(z))


@dataclass(frozen=True)
class Bernoulli(_Counts):
    """One success or failure: P(X = 1) = e."""

    variance = (0.0, 1.0, -1.0)
    highest_effort = 1.0

    def score(self, outcome: Array, effort: float) -> Array:
        with np.errstate(divide="ignore"):
            return np.where(outcome > 0, 1.0 / np.float64(effort), -1.0 / np.float64(1.0 - effort))

    def log_density(self, outcome: Array, effort: float) -> Array:
        return np.asarray(xlogy(outcome, effort) + xlog1py(1.0 - np.asarray(outcome), -effort))

    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        if not 0 < cutoff <= 1:
            sure = np.full_like(effort, 1.0 if cutoff <= 0 else 0.0)
            return sure, 1.0 - sure
        return np.asarray(effort), np.asarray(1.0 - effort)

    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        return np.full_like(effort, 1.0 if 0 < cutoff <= 1 else 0.0)

    def last(self, effort: float) -> int:
        return 1

    def shifted(self, effort: Array, z: Array) -> Array:
        return np.ones_like(np.asarray(effort + z))


@dataclass(frozen=True)
class StudentT(Family):
    """Student's t of `df` degrees of freedom around e: fat tails, a score that is bounded."""

    df: float
    scale: float = 1.0

    def score(self, outcome: Array, effort: float) -> Array:
        z = (outcome - effort) / self.scale
        return np.asarray((self.df + 1.0) * z / (self.df + z * z) / self.scale)

    def information(self, effort: ArrayLike) -> Array:
        level = (self.df + 1.0) / (self.df + 3.0) / self.scale**2
        return np.full_like(np.asarray(effort, float), level)

    def lowest_score(self, effort: float) -> float:
        return -(self.df + 1.0) / (2.0 * math.sqrt(self.df) * self.scale)

    def log_density(self, outcome: Array, effort: float) -> Array:
        z = (outcome - effort) / self.scale
        level = gammaln((self.df + 1.0) / 2.0) - gammaln(self.df / 2.0)
        level -= 0.5 * math.log(self.df * math.pi) + math.log(self.scale)
        return np.asarray(level - (self.df + 1.0) / 2.0 * np.log1p(z * z / self.df))

    def passing(self, cutoff: float, effort: Array) -> tuple[Array, Array]:
        z = (effort - cutoff) / self.scale
        return np.asarray(stdtr(self.df, z)), np.asarray(stdtr(self.df, -z))

    def pass_slope(self, cutoff: float, effort: Array) -> Array:
        at_cutoff = np.full_like(effort, cutoff)
        z = (at_cutoff - effort) / self.scale
        return np.asarray(np.exp(self.log_density(z * self.scale, 0.0)))

    def nodes(self, effort: float, breaks: Sequence[float]) -> tuple[Array, Array]:
        reach = min(FAT, 40.0 / self.df + 5.0)
        inside = [math.asinh((b - effort) / self.scale) for b in breaks]
        u, log_weight = gauss_panels(-reach, reach, inside, panels=60)
        return effort + self.scale * np.sinh(u), log_weight + np.log(self.scale * np.cosh(u))

    def shifted(self, effort: Array, z: Array) -> Array:
        return effort + z * self.scale


FAMILIES: dict[str, tuple[type[Family], tuple[str, ...]]] = {
    "normal": (Normal, ("sigma",)),
    "lognormal": (Lognormal, ("sigma",)),
    "exponential": (Gamma, ()),
    "gamma": (Gamma, ("shape",)),
    "poisson": (Poisson, ()),
    "geometric": (Geometric, ()),
    "bernoulli": (Bernoulli, ()),
    "student_t": (StudentT, ("df", "scale")),
}
