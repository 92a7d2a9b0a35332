"""Empirical Bayes where items' margins differ: efforts, not accuracies, are what workers share.

A worker's accuracy depends then on which items were checked, so a prior for accuracies would mix up
people and items. The prior is a Beta for the effort itself, on the midpoints of a grid, and the
likelihood of worker i is the product over her checks of (1 + g·e^q·m)/2, g = ±1 (q = 2 and squared
margins for repeats). As in `shrinkage` the Beta is known only so well: the posterior is averaged
over Betas, each weighted by its likelihood, and is right on average over workers like these, not
for every one of them.

Before the data all means weigh the same, and so do all standard deviations (Gelman 2006, Bayesian
Analysis 1). Flat weights for the logarithm of the strength, as accuracies have them, were tried:
few checks of unclear items hardly tell workers' spread from none, Betas next to a point weigh too
much, and 95 % intervals held 90 % of the efforts in teams of 150. As it is they hold 96 to 98 % in
teams of 12, 93 to 94 % of 150 and 94 to 96 % of 600 (4 to 30 checks a worker, margins .2 to 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, xlogy

Array = NDArray[np.float64]

POINTS = 200  # cells of the grid of efforts
EFFORTS = (np.arange(POINTS) + 0.5) / POINTS
MEANS, STRENGTHS = 39, 24  # of the Betas
WEAKEST, STRONGEST = 0.5, 400.0  # strengths; a grid of 200 cells tells no stronger one apart
AT_ONCE = 4096  # workers
NEGLIGIBLE = 1e-6  # weight, relative to the largest, of Betas that are left out


@dataclass(frozen=True, eq=False)
class ShrunkenEfforts:
    """Posterior mean and central interval of each worker's effort, (k,) each."""

    effort: Array
    low: Array
    high: Array


def shrink_efforts(
    checks: Sequence[tuple[NDArray[np.bool_], Array]], power: float, level: float = 0.95
) -> ShrunkenEfforts:
    """Return each worker's effort, given the checks of all.

    Arguments:
        checks: for each worker which checks agree, (n,), and what full effort adds there, (n,).
        power: 1, or 2 where agreement depends on the square of the effort (repeats).
        level: posterior probability of the intervals.

    >>> margins = np.full(10, 0.9)
    >>> good, bad, none = np.ones(10, bool), np.arange(10) < 5, np.ones(0, bool)
    >>> team = [(good, margins)] * 9 + [(bad, margins), (none, margins[:0])]
    >>> shrink_efforts(team, 1.0).effort[[0, 9, 10]].round(2).tolist()
    [0.98, 0.31, 0.9]
    """
    logs = np.stack([_log_likelihood(agrees, signal, power) for agrees, signal in checks])
    likely = np.exp(logs - logs.max(axis=1, keepdims=True))  # (k, points)
    priors, weight = _likely_betas(likely)
    share = weight / (likely @ priors.T)  # (k, betas): prior's weight over the worker's evidence
    posterior = likely * (share @ priors)
    posterior /= posterior.sum(axis=1, keepdims=True)
    below = np.cumsum(posterior, axis=1)
    miss = (1.0 - level) / 2.0
    edges = np.linspace(0.0, 1.0, POINTS + 1)
    low = edges[(below < miss).sum(axis=1)]
    high = edges[np.minimum((below < 1.0 - miss).sum(axis=1) + 1, POINTS)]
    return ShrunkenEfforts(posterior @ EFFORTS, low, high)


def _log_likelihood(agrees: NDArray[np.bool_], signal: Array, power: float) -> Array:
    """Return it at each effort of the grid, (points,)."""
    signed, times = np.unique(np.where(agrees, signal, -signal), return_counts=True)
    factors = (1.0 + EFFORTS[:, None] ** power * signed) / 2.0
    return np.asarray(xlogy(times, factors).sum(axis=1))


def _likely_betas(likely: Array) -> tuple[Array, Array]:
    """Return Betas as weights of the grid, (betas, points), and how likely each is, (betas,)."""
    priors, before = _betas()
    with np.errstate(divide="ignore"):  # a Beta that rules somebody out weighs nothing
        logs = sum(
            np.log(likely[start : start + AT_ONCE] @ priors.T).sum(axis=0)
            for start in range(0, len(likely), AT_ONCE)
        )
    weight = before * np.exp(logs - logs.max())
    kept = weight > NEGLIGIBLE * weight.max()
    return priors[kept], weight[kept] / weight[kept].sum()


@cache
def _betas() -> tuple[Array, Array]:
    """Return the Betas that are tried, (betas, points), and what each weighs before the data.

    The standard deviation is √(mean(1 - mean)/(1 + strength)); strengths are even in logarithms.
    """
    mean, strength = np.meshgrid(
        np.linspace(0.0, 1.0, MEANS + 2)[1:-1],
        np.geomspace(WEAKEST, STRONGEST, STRENGTHS),
        indexing="ij",
    )
    first, second = (mean * strength).ravel(), ((1.0 - mean) * strength).ravel()
    below = betainc(first[:, None], second[:, None], np.linspace(0.0, 1.0, POINTS + 1))
    return np.diff(below, axis=1), (strength / (1.0 + strength) ** 1.5).ravel()
