"""Effort from checks of items whose known margins differ: estimate, exact interval, p-value.

The j-th check agrees with probability (1 + e·m_j)/2, so the log-likelihood of an effort e is
sum log(1 + e·g_j·m_j), g_j = ±1, which is concave in e; the estimate is its maximum on [0, 1].

Interval and p-value rest on a weighted count T = sum of w_j over the agreements, with whole weights
that are fixed before any answer is seen. Each agreement is likelier the higher the effort, so T is
too, and the efforts at which a T this high, or this low, has probability (1 - level)/2 are an
interval with coverage of at least `level` at every effort and every number of checks, as Clopper
and Pearson's is for equal margins, which are the case of equal weights. T's law is an exact sum of
positive terms (a convolution), no approximation. The weights are those of the most powerful test at
effort `TILT`, log-odds' slopes m/(1 - (TILT·m)²), rounded: that costs power, never coverage.

Beyond `MOST` checks of one worker the count is taken for binomial with the mean margin. Its true
law is narrower (Hoeffding 1956, Annals of Mathematical Statistics 27), so statements stay true.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from paygrade.assessment.intervals import exact_interval, shortfall_probability

Array = NDArray[np.float64]

TILT = 0.8  # the effort at which the weights are best
FINEST = 32  # the largest weight
LATTICE = 2048  # about the number of values of the weighted count
MOST = 2000  # checks of one worker up to which laws are convolved
STEPS = 60  # halvings of [0, 1] in search of the estimate
TOLERANCE = 1e-12  # of the interval's ends


@dataclass(frozen=True)
class Evidence:
    """What the checks of one worker say.

    Attributes:
        effort: the estimate.
        low, high: exact interval, widened to hold the estimate where it doesn't.
        information: Fisher information of all checks about effort, at the estimate.
        p_value: how probable a weighted count this low or lower is at the standard effort.
    """

    effort: float
    low: float
    high: float
    information: float
    p_value: float


def weigh_evidence(
    agrees: NDArray[np.bool_], margins: Array, *, standard: float, level: float
) -> Evidence:
    """Return what the checks of one worker say.

    Arguments:
        agrees: which checks came out in agreement, (n,).
        margins: absolute margins of their items, in [0, 1], (n,).
        standard: effort that the p-value asks about.
        level: confidence of the interval.

    >>> margins = np.array([1.0, 1.0, 0.5, 0.5, 0.2])
    >>> found = weigh_evidence(np.array([1, 1, 1, 0, 0], bool), margins, standard=0.8, level=0.95)
    >>> round(found.effort, 3), round(found.low, 3), found.high, round(found.p_value, 3)
    (1.0, 0.0, 1.0, 0.406)
    """
    telling = margins > 0.0  # an item of margin 0 tells nothing, whatever the answer
    agrees, margins = agrees[telling], margins[telling]
    if not margins.size:
        return Evidence(np.nan, 0.0, 1.0, 0.0, 1.0)
    effort = likeliest_effort(agrees, margins)
    squares = margins**2
    with np.errstate(divide="ignore"):
        information = float(np.sum(squares / (1.0 - effort**2 * squares)))
    if margins.size > MOST:
        low, high, p_value = _by_mean_margin(agrees, float(margins.mean()), standard, level)
    else:
        count = WeightedCount.of(agrees, margins)
        low, high = count.interval(level)
        p_value = count.at_most(standard)
    return Evidence(effort, min(low, effort), max(high, effort), information, p_value)


def likeliest_effort(agrees: NDArray[np.bool_], margins: Array) -> float:
    """Return the effort in [0, 1] that maximises sum log(1 + e·g·m), by bisection of its slope.

    >>> margins = np.full(10, 0.9)
    >>> round(likeliest_effort(np.arange(10) < 8, margins), 6)  # (2·0.8 - 1)/0.9
    0.666667
    """
    signed = np.where(agrees, margins, -margins)

    def slope(effort: float) -> float:
        with np.errstate(divide="ignore"):
            return float(np.sum(signed / (1.0 + effort * signed)))

    if slope(0.0) <= 0.0:
        return 0.0
    if slope(1.0) >= 0.0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if slope(middle) > 0.0 else (low, middle)
    return (low + high) / 2.0


@dataclass(frozen=True, eq=False)
class WeightedCount:
    """T = sum of the weights of the agreements, and its law at every effort.

    Attributes:
        observed: the T that came out.
        weights: whole, at least 1, (n,).
        margins: absolute margins, (n,).
    """

    observed: int
    weights: NDArray[np.int64]
    margins: Array

    @classmethod
    def of(cls, agrees: NDArray[np.bool_], margins: Array) -> "WeightedCount":
        """Weigh the checks by what they tell; the answers have no say in the weights."""
        best = margins / (1.0 - (TILT * margins) ** 2)
        finest = np.clip(LATTICE // margins.size, 1, FINEST)
        equal = np.ptp(margins) == 0.0
        weights = np.ones(margins.size) if equal else np.rint(finest * best / best.max())
        whole = np.maximum(weights, 1.0).astype(int)
        return cls(int(whole[agrees].sum()), whole, margins)

    def law(self, effort: float) -> Array:
        """Return P(T = t) for t = 0, 1, ..., sum of the weights."""
        law = np.zeros(int(self.weights.sum()) + 1)
        law[0], reached = 1.0, 1
        for weight, agree in zip(
            self.weights.tolist(), (0.5 + 0.5 * effort * self.margins).tolist(), strict=True
        ):
            moved = law[:reached] * agree
            law[:reached] *= 1.0 - agree
            law[weight : weight + reached] += moved
            reached += weight
        return law

    def at_most(self, effort: float) -> float:
        """Return P(T <= observed)."""
        return min(float(self.law(effort)[: self.observed + 1].sum()), 1.0)

    def at_least(self, effort: float) -> float:
        """Return P(T >= observed)."""
        return min(float(self.law(effort)[self.observed :].sum()), 1.0)

    def interval(self, level: float) -> tuple[float, float]:
        """Return the efforts at which T is neither too high nor too low; a point, 0 or 1, if none.

        The ends are clipped like everywhere (`assess`): (0, 0) is disagreement beyond what
        carelessness explains, (1, 1) agreement beyond what these margins explain.
        """
        miss = (1.0 - level) / 2.0
        low = _crossing(lambda effort: self.at_least(effort) - miss)
        high = 1.0 - _crossing(lambda lack: self.at_most(1.0 - lack) - miss)
        return low, high


def _crossing(rising: Callable[[float], float]) -> float:
    """Return where an increasing function on [0, 1] gets above 0; 0 or 1 if it doesn't cross."""
    if rising(0.0) > 0.0:
        return 0.0
    if rising(1.0) <= 0.0:
        return 1.0
    return float(brentq(rising, 0.0, 1.0, xtol=TOLERANCE))


def _by_mean_margin(
    agrees: NDArray[np.bool_], margin: float, standard: float, level: float
) -> tuple[float, float, float]:
    agreed, checked = int(agrees.sum()), agrees.size
    # Hoeffding compares tails that begin at least one count away from the mean, and only those
    low, high = (float(end) for end in exact_interval(agreed, checked, level))
    low, high = min(low, (agreed - 1) / checked), max(high, (agreed + 1) / checked)
    ends = np.clip((2.0 * np.array([low, high]) - 1.0) / margin, 0.0, 1.0)
    accuracy = 0.5 + 0.5 * margin * standard
    far = agreed <= checked * accuracy - 1.0
    p_value = float(shortfall_probability(agreed, checked, accuracy)) if far else 1.0
    return float(ends[0]), float(ends[1]), p_value
