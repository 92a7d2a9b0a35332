"""P(X >= cutoff | e) as a function of effort, enclosed with two derivatives.

Every tail here increases in effort, so its values at the ends of a box enclose it; its slope is a
density, whose logarithmic derivative in effort is elementary.
"""

from collections.abc import Callable
from functools import cache

from flint import arb

from paygrade.certificate.finite import finite_curve
from paygrade.certificate.jet import Ball, Curve, Jet, NoEnclosure, between, constant
from paygrade.certificate.mixed import mixed_tail
from paygrade.certificate.primitives import accuracy_ends, accuracy_jet
from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.family import (
    Bernoulli,
    Family,
    Gamma,
    Geometric,
    Lognormal,
    Normal,
    Poisson,
    StudentT,
)
from paygrade.model.finite import FiniteMonitor
from paygrade.model.monitor import Monitor
from paygrade.model.normal import NormalMonitor


def tail_curve(monitor: Monitor, cutoff: float) -> Curve:
    """Return the enclosure of e -> P(X >= cutoff | e)."""
    if isinstance(monitor, NormalMonitor):
        return _normal_tail(arb(monitor.sigma) / arb(monitor.n).sqrt(), arb(cutoff))
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        return mixed_tail(monitor, cutoff)
    if isinstance(monitor, CountingMonitor):
        return _binomial_tail(monitor, cutoff)
    if isinstance(monitor, DistributionMonitor):
        return _family_tail(monitor.law, cutoff)
    if isinstance(monitor, FiniteMonitor):
        return finite_curve(monitor, [arb(1 if x >= cutoff else 0) for x in monitor.outcomes])
    raise NoEnclosure(f"{type(monitor).__name__} has no enclosure; use a monitor of this library")


def tail_slope(monitor: Monitor, cutoff: float) -> Callable[[float, float], Ball]:
    """Return the enclosure of d/de P(X >= cutoff | e) over a box, without the tail itself.

    A binomial tail costs thousands of terms where its slope is one product.
    """
    mixed = isinstance(monitor, GoldenQuestions) and not monitor.equal_margins
    if isinstance(monitor, CountingMonitor) and not mixed:
        count = int(-(-cutoff // 1))
        if 0 < count <= monitor.n:
            density = _Density(monitor, count)
            return lambda a, b: density.over(a, b) * accuracy_jet(monitor, arb(a), arb(b)).slope
    tail = tail_curve(monitor, cutoff)
    return lambda a, b: tail(a, b).slope


class _Density:
    """The slope of a binomial tail in accuracy, the Beta(k, n - k + 1) density: unimodal."""

    def __init__(self, monitor: CountingMonitor, count: int) -> None:
        self.n, self.k = monitor.n, count
        self.log_beta = (
            arb(count).lgamma() + arb(self.n - count + 1).lgamma() - arb(self.n + 1).lgamma()
        )
        self.mode = arb(count - 1) / arb(self.n - 1) if self.n > 1 else None
        self.at = cache(self._at)
        self.monitor = monitor

    def _at(self, effort: float) -> list[tuple[Ball, Ball]]:
        return [(p, self.height(p)) for p in accuracy_ends(self.monitor, effort)]

    def height(self, p: Ball) -> Ball:
        """Return the density at accuracy p."""
        return p ** (self.k - 1) * (1 - p) ** (self.n - self.k) * (-self.log_beta).exp()

    def over(self, a: float, b: float) -> Ball:
        """Return a ball for the density at the efforts from a to b."""
        (p, low), (q, high) = self.at(a)[0], self.at(b)[-1]
        first = between(low, high)
        mode = p if self.mode is None else self.mode
        if not (q <= mode or p >= mode):  # the box may contain the peak of the density
            first = between(first, self.height(mode))
        return first


def _binomial_tail(monitor: CountingMonitor, cutoff: float) -> Curve:
    n, k = monitor.n, int(-(-cutoff // 1))
    if k <= 0 or k > n:
        return lambda _low, _high: constant(arb(1 if k <= 0 else 0))
    density = _Density(monitor, k)

    @cache
    def at(effort: float) -> list[Ball]:
        ends = accuracy_ends(monitor, effort)
        return [p.beta_lower(k, n - k + 1, regularized=True) for p in ends]

    def over(a: float, b: float) -> Jet:
        first = density.over(a, b)
        box = between(density.at(a)[0][0], density.at(b)[-1][0])
        tilt = (arb(k - 1) / box if k > 1 else arb(0)) - (
            arb(n - k) / (1 - box) if n > k else arb(0)
        )
        accuracy = accuracy_jet(monitor, arb(a), arb(b))
        return accuracy.chained(between(at(a)[0], at(b)[-1]), first, first * tilt)

    return over


def _normal_tail(error: Ball, mark: Ball) -> Curve:
    root_two_pi = (2 * arb.pi()).sqrt()

    def density(z: Ball) -> Ball:
        return (-z * z / 2).exp() / root_two_pi

    def over(a: float, b: float) -> Jet:
        y, z = (arb(a) - mark) / error, (arb(b) - mark) / error
        first = between(density(y), density(z))
        if not (z <= 0 or y >= 0):
            first = between(first, density(arb(0)))
        tail = between(normal_cdf(y), normal_cdf(z))
        return Jet(tail, first / error, -between(y, z) * first / error**2)

    return over


def normal_cdf(z: Ball) -> Ball:
    """Return Phi(z) by the complementary error function."""
    return (-z / arb(2).sqrt()).erfc() / 2


def _family_tail(law: Family, cutoff: float) -> Curve:
    match law:
        case Lognormal(sigma):
            if cutoff <= 0:
                return lambda _low, _high: constant(arb(1))
            return _normal_tail(arb(sigma), arb(cutoff).log())
        case Normal(sigma):
            return _normal_tail(arb(sigma), arb(cutoff))
        case StudentT(df, scale):
            return _student_tail(arb(df), arb(scale), arb(cutoff))
        case Bernoulli() if 0 < cutoff <= 1:
            return lambda a, b: Jet(between(arb(a), arb(b)), arb(1), arb(0))
    if cutoff <= 0 or isinstance(law, Bernoulli):
        return lambda _low, _high: constant(arb(1 if cutoff <= 0 else 0))
    count = arb(-(-cutoff // 1))
    match law:
        case Gamma(shape):
            return _increasing(*_gamma_tail(arb(shape), arb(cutoff)))
        case Poisson():
            return _increasing(*_poisson_tail(count))
        case Geometric():
            return _increasing(*_geometric_tail(count))
    raise NoEnclosure(f"{type(law).__name__} has no enclosure; use a law of this library")


Function = Callable[[Ball], Ball]


def _increasing(tail: Function, slope: Function, log_slope_slope: Function) -> Curve:
    """Return the jet of an increasing tail from its slope and the slope's relative slope."""

    def over(a: float, b: float) -> Jet:
        low, high = arb(a), arb(b)
        box = between(low, high)
        tilt = log_slope_slope(box)
        density = slope(box)
        if tilt >= 0 or tilt <= 0:  # monotone over the box: its ends enclose it
            density = between(slope(low), slope(high))
        return Jet(between(tail(low), tail(high)), density, density * tilt)

    return over


def _gamma_tail(shape: Ball, cutoff: Ball) -> tuple[Function, Function, Function]:
    mark = shape * cutoff  # over e: where a law of mean e is cut

    def slope(e: Ball) -> Ball:
        return (shape * (mark / e).log() - mark / e - shape.lgamma()).exp() / e

    return (
        lambda e: (mark / e).gamma_upper(shape, regularized=1),
        slope,
        lambda e: (mark / e - shape - 1) / e,
    )


def _poisson_tail(count: Ball) -> tuple[Function, Function, Function]:
    return (
        lambda e: e.gamma_lower(count, regularized=1),
        lambda e: ((count - 1) * e.log() - e - count.lgamma()).exp(),
        lambda e: (count - 1) / e - 1,
    )


def _geometric_tail(count: Ball) -> tuple[Function, Function, Function]:
    return (
        lambda e: (count * (e / (1 + e)).log()).exp(),
        lambda e: count * ((count - 1) * e.log() - (count + 1) * (1 + e).log()).exp(),
        lambda e: (count - 1) / e - (count + 1) / (1 + e),
    )


def _student_tail(df: Ball, scale: Ball, cutoff: Ball) -> Curve:
    level = ((df + 1) / 2).lgamma() - (df / 2).lgamma() - (df * arb.pi()).log() / 2

    def density(z: Ball) -> Ball:
        return (level - (df + 1) / 2 * (1 + z * z / df).log()).exp() / scale

    def tail(z: Ball) -> Ball:  # P(Z <= z)
        half = (df / (df + z * z)).beta_lower(df / 2, arb("0.5"), regularized=1) / 2
        return 1 - half if z > 0 else half

    def over(a: float, b: float) -> Jet:
        y, z = (arb(a) - cutoff) / scale, (arb(b) - cutoff) / scale
        box = between(y, z)
        slope = between(density(y), density(z))
        if not (z <= 0 or y >= 0):
            slope = between(slope, density(arb(0)))
        square = box * box if (z <= 0 or y >= 0) else between(arb(0), (y * y).max(z * z))
        tilt = -(df + 1) * box / (df + square) / scale
        return Jet(between(tail(y), tail(z)), slope, slope * tilt)

    return over
