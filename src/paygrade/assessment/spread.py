"""The spread of accuracies over annotators, with the luck of finite counts taken out.

The best observed share of agreements is luck as much as care: of twenty equal annotators with 30
checks each, one looks 10 points better than all are. So accuracies are taken for draws from a Beta
distribution, whose counts are beta-binomial (Skellam 1948, JRSS B 10), and its quantiles are
estimated by maximum likelihood. Where counts vary no more than chance makes them, all annotators
have one common accuracy, the limit of a Beta of infinite strength.

A Beta is given by its mean and its strength a + b; for a fixed strength the log-likelihood is
concave in the mean (a sum of logarithms of affine functions), so everything along the mean is a
bisection that can't fail, and only the strength is searched.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, digamma, gammaln, ndtri, xlog1py, xlogy

Array = NDArray[np.float64]

WEAKEST = 0.1  # strength at which nearly everybody is either always right or always wrong
STRONGEST = 1e3  # times the most checks of one worker: variance within 0.1 % of the binomial one
GRID, ZOOMS = 40, 5  # strengths tried at once, and how often the grid closes in
STEPS = 30  # halvings of [0, 1]: accuracies to 1e-9
NOISE = 1e-6  # gains of log-likelihood below this are rounding


@dataclass(frozen=True)
class Quantile:
    """A quantile of the accuracies and its interval; `common`: they don't differ at all."""

    value: float
    low: float
    high: float
    common: bool


def accuracy_quantile(
    agreed: ArrayLike, checked: ArrayLike, probability: float, level: float
) -> Quantile:
    """Return the quantile of the accuracies that the counts speak for.

    The interval is by profile likelihood: all values that some Beta distribution has whose
    likelihood isn't significantly below the best. It needs no random numbers, keeps its meaning at
    the limit of a common accuracy (where resampled fits pile up on the boundary), and its cost
    depends on the distinct counts, not on the number of workers.

    Arguments:
        agreed: agreements of each worker, (k,).
        checked: checks of each worker, (k,), at least one.
        probability: which quantile, in (0, 1).
        level: confidence of the interval.

    >>> even = accuracy_quantile([27, 27, 28, 26], [30] * 4, 0.9, 0.95)
    >>> even.common, round(even.value, 3)
    (True, 0.9)
    """
    counts = Counts.of(np.asarray(agreed, float), np.asarray(checked, float))
    strengths, peaks = _strengths_near_best(counts, drop=0.0)
    best, peak = strengths[[peaks.argmax()]], float(peaks.max())
    even = float(counts.common_log_likelihood(counts.share))
    common = peak <= even + NOISE
    value = counts.share if common else _quantiles(counts.best_mean(best), best, probability).item()
    drop = float(ndtri((1.0 + level) / 2.0)) ** 2 / 2.0  # of log-likelihood: Wilks 1938
    ends = _ends(counts, max(peak, even) - drop, probability, _strengths_near_best(counts, drop)[0])
    return Quantile(value, min(value, *ends), max(value, *ends), common)


@dataclass(frozen=True, eq=False)
class Counts:
    """Agreements, disagreements and checks over workers: distinct values and how many have each."""

    agreed: tuple[Array, Array]
    disagreed: tuple[Array, Array]
    checked: tuple[Array, Array]

    @classmethod
    def of(cls, agreed: Array, checked: Array) -> "Counts":
        """Tabulate the counts of the workers, (k,) each."""
        return cls(*(_distinct(each) for each in (agreed, checked - agreed, checked)))

    @property
    def share(self) -> float:
        """The pooled share of agreements."""
        return float(_total(self.agreed) / _total(self.checked))

    def common_log_likelihood(self, share: ArrayLike) -> Array:
        """Return the log-likelihood, without binomial coefficients, if all have one accuracy."""
        share = np.asarray(share, float)
        failed = xlog1py(_total(self.disagreed), -share)
        return np.asarray(xlogy(_total(self.agreed), share) + failed)

    def log_likelihood(self, mean: Array, strength: Array) -> Array:
        """Return log of prod B(a+K, b+n-K)/B(a, b) at a = mean·strength, b = strength - a; (t,)."""
        first, second = mean * strength, (1.0 - mean) * strength
        return (
            _risen(gammaln, self.agreed, first)
            + _risen(gammaln, self.disagreed, second)
            - _risen(gammaln, self.checked, strength)
        )

    def best_mean(self, strength: Array) -> Array:
        """Return the mean of highest likelihood at each strength, (t,)."""

        def rising(mean: Array) -> NDArray[np.bool_]:
            agreed = _risen(digamma, self.agreed, mean * strength)
            return np.asarray(agreed > _risen(digamma, self.disagreed, (1.0 - mean) * strength))

        return _bisect(rising, np.zeros_like(strength), 1.0)


def _ends(counts: Counts, floor: float, probability: float, strengths: Array) -> list[float]:
    """Return the least and the greatest quantile of Betas at least as likely as `floor`."""
    means = counts.best_mean(strengths)
    likely = counts.log_likelihood(means, strengths) >= floor
    strengths, means = strengths[likely], means[likely]
    share = np.array([counts.share])
    found: list[float] = []
    for edge in (0.0, 1.0):
        mean = _bisect(lambda m: counts.log_likelihood(m, strengths) >= floor, means, edge)
        found += _quantiles(mean, strengths, probability).tolist()
        # the limit of infinite strength, where the quantile is the common accuracy itself
        if counts.common_log_likelihood(share) >= floor:
            mean = _bisect(lambda m: counts.common_log_likelihood(m) >= floor, share, edge)
            found += mean.tolist()
    return found


def _strengths_near_best(counts: Counts, drop: float) -> tuple[Array, Array]:
    """Return a grid of strengths, (t,), and the highest log-likelihood at each, (t,).

    The grid closes in on the strengths whose likelihood is less than `drop` below the best.
    """
    low, high = WEAKEST, STRONGEST * float(counts.checked[0].max())
    strengths = peaks = np.empty(0)
    for _ in range(ZOOMS):
        strengths = np.geomspace(low, high, GRID)
        peaks = counts.log_likelihood(counts.best_mean(strengths), strengths)
        likely = np.flatnonzero(peaks >= peaks.max() - drop)
        low = strengths[max(likely[0] - 1, 0)]
        high = strengths[min(likely[-1] + 1, GRID - 1)]
    return strengths, peaks


def _quantiles(mean: Array, strength: Array, probability: float) -> Array:
    return np.asarray(betaincinv(mean * strength, (1.0 - mean) * strength, probability))


def _bisect(keeps: Callable[[Array], NDArray[np.bool_]], inside: Array, edge: float) -> Array:
    """Return where `keeps` turns false on the way from `inside`, (t,), to the edge, 0 or 1."""
    outside = np.full_like(inside, edge)
    for _ in range(STEPS):
        middle = (inside + outside) / 2.0
        kept = keeps(middle)
        inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
    return np.asarray((inside + outside) / 2.0)


def _risen(function: Callable[[Array], Array], counts: tuple[Array, Array], start: Array) -> Array:
    """Return the sum over counts of function(start + count) - function(start), (t,)."""
    values, weights = counts
    return np.asarray((function(start[:, None] + values) - function(start)[:, None]) @ weights)


def _distinct(values: Array) -> tuple[Array, Array]:
    distinct, times = np.unique(values[values > 0], return_counts=True)
    return distinct, times.astype(float)


def _total(counts: tuple[Array, Array]) -> float:
    return float(counts[0] @ counts[1])
