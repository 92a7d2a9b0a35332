"""The temperature of a scorer: how many points of score make a preference likely.

Bradley and Terry's (1952) law with temperature T says P(left is better) = σ((s_left - s_right)/T),
so the margin is δ = 2P - 1 = tanh((s_left - s_right)/(2T)). T is found on labels that the margins
are not judged by, at the maximum of the likelihood, which is concave in 1/T; its interval holds the
values that a likelihood-ratio test doesn't reject (Wilks 1938).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, expit, log_expit

from paygrade.errors import DataError

Array = NDArray[np.float64]
FEWEST = 10  # labels below which the interval's theorem says too little


@dataclass(frozen=True)
class Temperature:
    """How scores become margins.

    Attributes:
        value: T, in units of the score; inf: the scores say nothing.
        low: lower end of its interval; equal to `value` if it was given and not estimated.
        high: upper end; inf where the labels don't tell the scores from noise.
        level: confidence of the interval.
        pairs: labels that it was found on; 0 if it was given.
        gain: log-likelihood above a coin, nats a label.
    """

    value: float
    low: float
    high: float
    level: float = 0.95
    pairs: int = 0
    gain: float = 0.0

    def margins(self, differences: ArrayLike, at: float | None = None) -> Array:
        """Return δ = tanh(difference/(2T)); `at` takes the place of T.

        >>> Temperature(2.0, 2.0, 2.0).margins([0.0, 4.0]).round(4).tolist()
        [0.0, 0.7616]
        """
        value = self.value if at is None else at
        return np.asarray(np.tanh(np.asarray(differences, dtype=float) / (2.0 * value)))

    def __str__(self) -> str:
        if not self.pairs:
            return f"temperature {self.value:.4g} (given)"
        return (
            f"temperature {self.value:.4g} [{self.low:.4g}, {self.high:.4g}] from {self.pairs}"
            f" labels, {self.gain:.3g} nats a label better than a coin"
        )


def fit_temperature(
    differences: ArrayLike, won: ArrayLike, *, level: float = 0.95, name: str = "the scores"
) -> Temperature:
    """Return the temperature at which the scores explain the labels best.

    Arguments:
        differences: score of the left minus score of the right response, (pairs,), all finite.
        won: whether the left one was preferred, (pairs,), booleans; no ties.
        level: confidence of the interval. Labels are taken as independent given the scores.
        name: what messages call the scores.

    Raises:
        DataError: too few labels; the scores prefer what the labels reject; or they agree with
            every label, as they do where the labels were made from them.

    >>> draw = np.random.default_rng(1)
    >>> differences = draw.normal(size=2000)
    >>> won = draw.random(2000) < expit(differences / 0.5)
    >>> found = fit_temperature(differences, won)
    >>> found.low < 0.5 < found.high
    True
    """
    signed = np.asarray(differences, float) * np.where(np.asarray(won, bool), 1.0, -1.0)
    _refuse(signed, name)

    def slope(beta: float) -> float:
        return float(np.sum(signed * expit(-beta * signed)))

    def log_likelihood(beta: float) -> float:
        return float(np.sum(log_expit(beta * signed)))

    beta = _root(slope, 0.0, 1.0 / np.abs(signed).mean())
    best = log_likelihood(beta)
    floor = best - float(chdtri(1.0, 1.0 - level)) / 2.0
    low = 0.0
    if log_likelihood(0.0) < floor:
        low = float(brentq(lambda b: log_likelihood(b) - floor, 0.0, beta, xtol=1e-12 * beta))
    high = _root(lambda b: log_likelihood(b) - floor, beta, beta)
    gain = best / len(signed) + float(np.log(2.0))
    return Temperature(
        1.0 / beta, 1.0 / high, 1.0 / low if low else np.inf, level, len(signed), gain
    )


def _root(function, start: float, step: float) -> float:  # type: ignore[no-untyped-def]
    """Return where a falling function crosses zero to the right of `start`."""
    end = start + step
    while function(end) > 0.0:
        start, end = end, start + 4.0 * (end - start)
    return float(brentq(function, start, end, xtol=1e-12 * end))


def _refuse(signed: Array, name: str) -> None:
    if len(signed) < FEWEST:
        raise DataError(
            f"{name}: {len(signed)} decided labels are held out, too few to find a temperature;"
            f" hold out at least {FEWEST}, or give 'temperature'"
        )
    if not (signed < 0.0).any():
        raise DataError(
            f"{name} agree with all {len(signed)} held-out labels, so the labels were made from"
            " them or are too few, and fit any temperature however low; hold out labels by people,"
            " or give 'temperature'"
        )
    if signed.sum() <= 0.0:
        raise DataError(
            f"{name} prefer what the held-out labels reject (mean difference towards the label"
            f" {signed.mean():.3g}), so no temperature makes margins of them; check the sign and"
            " the columns"
        )
