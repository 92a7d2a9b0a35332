"""Means of products over pairs, with intervals that know that pairs share prompts.

Everything a monitor needs is the mean of a product: κ = E[δ²], ρ = E[δ·ε]. Two pairs of one prompt
are no independent draws, so sums over prompts are the observations, and the interval is the
delta method's with Student's t on the number of prompts (Liang and Zeger 1986).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]


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
    return ratio_of(values[:, None], prompts, level, means, bottom, lambda m: (m[0], np.ones(1)))


def bound_of(products: Array, squares: Array, prompts: Array, level: float, means: str) -> Estimate:
    """Return E[products]²/E[squares], signed: with m·y and m² what Cauchy and Schwarz say of κ."""

    def curve(means: Array) -> tuple[float, Array]:
        one, other = float(means[0]), float(means[1])
        if other <= 0.0:
            return np.nan, np.zeros(2)
        slopes = np.array([2.0 * abs(one) / other, -np.sign(one) * one**2 / other**2])
        return float(np.sign(one) * one**2 / other), slopes

    both = np.column_stack([products, squares])
    return ratio_of(both, prompts, level, means, 0.0, curve)


def ratio_of(
    columns: Array,
    prompts: Array,
    level: float,
    means: str,
    bottom: float,
    curve: Callable[[Array], tuple[float, Array]],
) -> Estimate:
    """Return a smooth function of the columns' means; `curve` gives its value and its slopes."""
    known = np.isfinite(columns).all(axis=1)
    rows, total = columns[known], int(known.sum())
    if not total:
        return Estimate(np.nan, np.nan, np.nan, 0, 0, means)
    groups, place = np.unique(np.asarray(prompts)[known], return_inverse=True)
    average = rows.mean(axis=0)
    value, slopes = curve(average)
    value = float(value)
    pull = np.bincount(place, weights=(rows - average) @ slopes, minlength=len(groups))
    count = len(groups)
    if count < 2 or not np.isfinite(value):
        return Estimate(value, np.nan, np.nan, total, count, means)
    error = np.sqrt(count / (count - 1.0) * np.sum(pull**2)) / total
    reach = float(stdtrit(count - 1.0, 0.5 + level / 2.0)) * error
    low, high = (float(np.clip(value + sign * reach, bottom, 1.0)) for sign in (-1.0, 1.0))
    return Estimate(value, low, high, total, count, means)
