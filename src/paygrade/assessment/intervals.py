"""Exact statements about a binomial share, valid at every n and at both ends of the scale.

Intervals of the form estimate ± error are wrong just where they are needed: at few checks, and for
annotators near perfect or near chance (Brown, Cai and DasGupta 2001, Statistical Science 16).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrc, betainc, betaincc, betaincinv

from paygrade.model.checks import positive

Array = NDArray[np.float64]

MOST_COUNTED = 2.0**31  # from here on SciPy's binomial law is NaN; the beta law it is, but slower


def exact_interval(agreed: ArrayLike, checked: ArrayLike, level: float) -> tuple[Array, Array]:
    """Return the Clopper-Pearson interval of the share, both ends in the shape of `agreed`.

    The ends are the shares at which a count this high, or this low, has probability (1 - level)/2:
    quantiles of Beta(K, n-K+1) and Beta(K+1, n-K). Coverage is at least `level` whatever the share
    (Clopper and Pearson 1934, Biometrika 26). No checks: (0, 1).

    >>> low, high = exact_interval([0, 9], [10, 10], 0.95)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.555], [0.3085, 0.9975])
    """
    k, n = np.asarray(agreed, float), np.asarray(checked, float)
    miss = (1.0 - level) / 2.0
    # the maximum keeps the unused branch inside the function's domain
    low = np.where(k > 0, betaincinv(np.maximum(k, 1.0), n - k + 1.0, miss), 0.0)
    high = np.where(k < n, betaincinv(k + 1.0, np.maximum(n - k, 1.0), 1.0 - miss), 1.0)
    return low, high


def share_of(agreed: ArrayLike, checked: ArrayLike) -> Array:
    """Return agreed/checked, NaN where nothing was checked; both have one shape.

    >>> share_of([9, 0], [10, 0]).tolist()
    [0.9, nan]
    """
    k, n = np.asarray(agreed, float), np.asarray(checked, float)
    share = np.full(k.shape, np.nan)
    np.divide(k, n, out=share, where=n > 0)
    return share


def check_level(level: float) -> list[str]:
    """Return a problem unless 0 < `level` < 1."""
    problems = positive("level", level, "is no confidence")
    if not problems and level >= 1:
        problems = [f"level={level!r} asks for certainty; give a number below 1, such as 0.95"]
    return problems


def shortfall_probability(agreed: ArrayLike, checked: ArrayLike, accuracy: ArrayLike) -> Array:
    """Return P(K' <= K) for K' ~ Bin(n, accuracy): how often so few agree by bad luck alone.

    The three are broadcast together.

    >>> shortfall_probability([8, 2_400_030_000], [10, 3_000_000_000], 0.8).round(4).tolist()
    [0.6242, 0.9146]
    """
    k, n, accuracy = (np.asarray(each, float) for each in (agreed, checked, accuracy))
    if n.max(initial=0.0) < MOST_COUNTED:
        return np.asarray(bdtr(k, n.astype(int), accuracy))
    others = betaincc(k + 1.0, np.maximum(n - k, 1.0), accuracy)
    return np.where(k < n, others, 1.0)


def surplus_probability(agreed: ArrayLike, checked: ArrayLike, accuracy: ArrayLike) -> Array:
    """Return P(K' >= K) for K' ~ Bin(n, accuracy), broadcast like `shortfall_probability`."""
    k, n, accuracy = (np.asarray(each, float) for each in (agreed, checked, accuracy))
    if n.max(initial=0.0) < MOST_COUNTED:
        others = bdtrc(np.maximum(k - 1.0, 0.0), n.astype(int), accuracy)
    else:
        others = betainc(np.maximum(k, 1.0), n - k + 1.0, accuracy)
    return np.where(k > 0, others, 1.0)
