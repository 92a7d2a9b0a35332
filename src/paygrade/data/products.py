"""Means of products over pairs, with intervals that know that pairs share prompts.

Everything a monitor needs is the mean of a product: κ = E[δ²], ρ = E[δ·ε]. Two pairs of one prompt
are no independent draws, so the jackknife leaves out whole prompts, and the interval has Student's
t on their number (Tukey 1958; the same to first order as Liang and Zeger's of 1986).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]
AT_LEAST = ", at least"  # ends what a lower bound is called


@dataclass(frozen=True)
class Estimate:
    """A figure with an interval.

    Attributes:
        value: the figure.
        low: lower end, NaN if there is one prompt only.
        high: upper end.
        pairs: how many rows or items it is the mean of.
        prompts: how many prompts these have.
        means: what it is made of, in words.
    """

    value: float
    low: float
    high: float
    pairs: int
    prompts: int
    means: str

    @property
    def at_least(self) -> bool:
        """Whether the figure is a lower bound, so that its interval's upper end bounds nothing."""
        return self.means.endswith(AT_LEAST)

    def through(self, curve: Callable[[float], float], means: str) -> "Estimate":
        """Return the estimate of an increasing function of the figure."""
        value, low, high = (curve(each) for each in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.pairs, self.prompts, means)

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def mean_of(values: Array, prompts: Array, level: float, means: str, bottom: float) -> Estimate:
    """Return E[values], between `bottom` and 1; rows with NaN are no rows.

    Arguments:
        values: of each row, (rows,).
        prompts: number of each row's prompt, (rows,).
        level: confidence.
        means: what it is, in words.
        bottom: the lowest that it can be: the interval is cut there and at 1.

    >>> found = mean_of(np.array([1.0, 1.0, 0.0, 1.0]), np.arange(4), 0.95, "agreement", -1.0)
    >>> float(found.value), round(found.low, 3), found.high
    (0.75, -0.046, 1.0)
    """
    known = np.isfinite(values)
    whole = float(values[known].mean()) if known.any() else np.nan
    left_out, count = _without_each(values[known, None], np.asarray(prompts)[known])
    return _spread(whole, left_out[:, 0], level, (bottom, 1.0), (int(known.sum()), count), means)


def bound_of(products: Array, squares: Array, prompts: Array, level: float, means: str) -> Estimate:
    """Return E[products]²/E[squares], signed: with m·y and m² what Cauchy and Schwarz say of κ.

    The square of a mean is too high by the mean's variance; the jackknife takes that off
    (Quenouille 1956), so that the bound stays one with few prompts.
    """
    both = np.column_stack([products, squares])
    known = np.isfinite(both).all(axis=1)
    left_out, count = _without_each(both[known], np.asarray(prompts)[known])
    if not known.any() or not (both[known, 1] > 0.0).any():
        return Estimate(np.nan, np.nan, np.nan, 0, 0, means)
    whole = float(_bound(both[known].mean(axis=0)[None, :])[0])
    each = _bound(left_out)
    corrected = count * whole - (count - 1.0) * float(each.mean()) if count > 1 else whole
    return _spread(corrected, each, level, (0.0, 1.0), (int(known.sum()), count), means)


def _bound(averages: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sign(averages[:, 0]) * averages[:, 0] ** 2 / averages[:, 1])


def _without_each(rows: Array, prompts: Array) -> tuple[Array, int]:
    """Return the columns' means without each prompt, (prompts, columns), and how many there are."""
    groups, place = np.unique(prompts, return_inverse=True)
    if len(groups) < 2:
        return np.full((len(groups), rows.shape[1]), np.nan), len(groups)
    sums = np.column_stack([np.bincount(place, weights=column) for column in rows.T])
    sizes = np.bincount(place)[:, None]
    return (sums.sum(axis=0) - sums) / (sizes.sum() - sizes), len(groups)


def _spread(
    value: float,
    left_out: Array,
    level: float,
    ends: tuple[float, float],
    sizes: tuple[int, int],
    means: str,
) -> Estimate:
    """Return the estimate with the jackknife's interval, cut at the ends of the scale."""
    count = sizes[1]
    if count < 2 or not np.isfinite(value):
        return Estimate(value, np.nan, np.nan, *sizes, means)
    error = np.sqrt((count - 1.0) / count * np.sum((left_out - left_out.mean()) ** 2))
    reach = float(stdtrit(count - 1.0, 0.5 + level / 2.0) * error)
    low, high = (float(np.clip(each, *ends)) for each in (value - reach, value + reach))
    return Estimate(value, low, high, *sizes, means)
