"""Natural exponential families with quadratic variance, in ball arithmetic (Morris 1982).

In the mean m of the statistic T, with variance V(m) = v0 + v1 m + v2 m², the J-th derivative of
the law is the law times P_J(t)/V^J, where P_0 = 1, P_1 = t - m and

    P_{r+1} = (P_1 - r V')·P_r - r (1 + (r - 1) v2) V·P_{r-1},   E[P_r²] = V^r·r!·Π_{i<r} (1 + i v2)

so that every derivative of an expectation is an expectation, and bounded by a standard deviation.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from flint import acb, arb

from paygrade.certificate.jet import Ball
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.family import Gamma, Geometric, Lognormal, Normal, Poisson
from paygrade.model.monitor import Monitor
from paygrade.model.normal import NormalMonitor


@dataclass(frozen=True)
class NaturalLaw(ABC):
    """A family in its mean."""

    is_discrete = False

    @property
    @abstractmethod
    def coefficients(self) -> tuple[Ball, Ball, Ball]:
        """v0, v1, v2 of the variance function."""

    @abstractmethod
    def log_density(self, t: acb, mean: Ball) -> acb:
        """Return log p(t), analytic in t."""

    @abstractmethod
    def cumulant(self, s: Ball, mean: Ball) -> Ball:
        """Return log E[exp(s·T)]."""

    @abstractmethod
    def slope_of_ratio(self, mean: Ball, other: Ball) -> Ball:
        """Return d/dt of log p(t|other) - log p(t|mean), which is constant."""

    @abstractmethod
    def exponent(self, mean: Ball) -> Ball:
        """Return an s > 0 with a finite cumulant: the Chernoff exponent for upper tails."""

    @property
    def start(self) -> Ball | None:
        """Infimum of the support; None for the whole line."""
        return arb(0)

    def variance(self, mean: Ball) -> Ball:
        """Return V(m)."""
        v0, v1, v2 = self.coefficients
        return v0 + v1 * mean + v2 * mean * mean

    def polynomial(self, order: int, t: acb, mean: Ball) -> acb:
        """Return P_order(t)/V^order."""
        _, v1, v2 = self.coefficients
        spread = self.variance(mean)
        tilt = v1 + 2 * v2 * mean
        before, now = acb(0), acb(1)
        for r in range(order):
            before, now = (
                now,
                (t - mean - r * tilt) * now - r * (1 + (r - 1) * v2) * spread * before,
            )
        return now / spread**order

    def root_norm(self, order: int, mean: Ball) -> Ball:
        """Return the root of E[(P_order/V^order)²]."""
        v2, product = self.coefficients[2], arb(math.factorial(order))
        for i in range(order):
            product *= 1 + i * v2
        return (product / self.variance(mean) ** order).sqrt()


@dataclass(frozen=True)
class NormalLaw(NaturalLaw):
    """N(m, variance)."""

    spread: Ball

    @property
    def coefficients(self) -> tuple[Ball, Ball, Ball]:
        return self.spread, arb(0), arb(0)

    @property
    def start(self) -> Ball | None:
        return None

    def log_density(self, t: acb, mean: Ball) -> acb:
        return -(t - mean) * (t - mean) / (2 * self.spread) - (2 * arb.pi() * self.spread).log() / 2

    def cumulant(self, s: Ball, mean: Ball) -> Ball:
        return s * mean + self.spread * s * s / 2

    def slope_of_ratio(self, mean: Ball, other: Ball) -> Ball:
        return (other - mean) / self.spread

    def exponent(self, mean: Ball) -> Ball:
        return 17 / self.spread.sqrt()


@dataclass(frozen=True)
class GammaLaw(NaturalLaw):
    """Gamma of a given shape."""

    shape: Ball

    @property
    def coefficients(self) -> tuple[Ball, Ball, Ball]:
        return arb(0), arb(0), 1 / self.shape

    def log_density(self, t: acb, mean: Ball) -> acb:
        k = self.shape
        power = acb(0) if k == 1 else (k - 1) * t.log()
        return power - k * t / mean + k * (k / mean).log() - k.lgamma()

    def cumulant(self, s: Ball, mean: Ball) -> Ball:
        return -self.shape * (1 - s * mean / self.shape).log()

    def slope_of_ratio(self, mean: Ball, other: Ball) -> Ball:
        return self.shape * (1 / mean - 1 / other)

    def exponent(self, mean: Ball) -> Ball:
        return self.shape / (2 * mean)


@dataclass(frozen=True)
class PoissonLaw(NaturalLaw):
    """Poisson counts."""

    is_discrete = True

    @property
    def coefficients(self) -> tuple[Ball, Ball, Ball]:
        return arb(0), arb(1), arb(0)

    def log_density(self, t: acb, mean: Ball) -> acb:
        return t * mean.log() - mean - (t + 1).lgamma()

    def cumulant(self, s: Ball, mean: Ball) -> Ball:
        return mean * (s.exp() - 1)

    def slope_of_ratio(self, mean: Ball, other: Ball) -> Ball:
        return (other / mean).log()

    def exponent(self, mean: Ball) -> Ball:
        return arb(1)


@dataclass(frozen=True)
class GeometricLaw(NaturalLaw):
    """Counts of successes before the first failure."""

    is_discrete = True

    @property
    def coefficients(self) -> tuple[Ball, Ball, Ball]:
        return arb(0), arb(1), arb(1)

    def log_density(self, t: acb, mean: Ball) -> acb:
        return t * mean.log() - (t + 1) * (1 + mean).log()

    def cumulant(self, s: Ball, mean: Ball) -> Ball:
        return -(1 - mean * (s.exp() - 1)).log()

    def slope_of_ratio(self, mean: Ball, other: Ball) -> Ball:
        return (other / mean).log() - ((1 + other) / (1 + mean)).log()

    def exponent(self, mean: Ball) -> Ball:
        return (1 + 1 / (2 * mean)).log()


def natural_law(monitor: Monitor) -> NaturalLaw | None:
    """Return the family of the monitor's statistic; None where it has none."""
    if isinstance(monitor, NormalMonitor):
        return NormalLaw(arb(monitor.sigma) * arb(monitor.sigma) / monitor.n)
    if not isinstance(monitor, DistributionMonitor):
        return None
    match monitor.law:
        case Normal(sigma):
            return NormalLaw(arb(sigma) * arb(sigma))
        case Gamma(shape):
            return GammaLaw(arb(shape))
        case Poisson():
            return PoissonLaw()
        case Geometric():
            return GeometricLaw()
    return None


def statistic(monitor: Monitor, outcome: float) -> Ball:
    """Return T at an outcome."""
    if isinstance(monitor, DistributionMonitor) and isinstance(monitor.law, Lognormal):
        return arb(outcome).log()
    return arb(outcome)
