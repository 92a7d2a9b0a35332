"""Effort: the set to choose from, what it costs the agent (utils), what it is worth (money).

Effort e is the share of items that get real attention: e = 0 flips a coin, e = 1 is all the
attention there is. `Finite` efforts are any labelled levels; tabulated costs and values follow
their order.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.errors import raise_problems
from paygrade.model.checks import at_least, finite, number, positive

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """All efforts from `low` to `high`; `high` may be infinite for a monitor that allows it.

    >>> Interval(0.0, 1.0).contains(0.7)
    True
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        problems = at_least("low", self.low, 0.0, "is no effort")
        problems += number("high", self.high, "is no effort")
        if not problems and not self.high > self.low:
            problems = [
                f"high={self.high!r} is not above low={self.low!r}: no effort to choose; raise high"
            ]
        raise_problems(problems)

    def contains(self, effort: float) -> bool:
        """Whether `effort` belongs to the set."""
        return bool(self.low <= effort <= self.high)


@dataclass(frozen=True)
class Finite:
    """Finitely many effort levels, in increasing order of effort once constructed."""

    values: tuple[float, ...]

    def __init__(self, values: ArrayLike) -> None:
        try:
            levels = tuple(float(e) for e in np.atleast_1d(np.asarray(values, float)))
        except (TypeError, ValueError):
            raise_problems([f"values={values!r} are no efforts; list numbers"])
            raise
        object.__setattr__(self, "values", levels)
        problems = [text for e in levels for text in at_least("effort", e, 0.0, "is no effort")]
        if len(set(levels)) != len(levels) or not levels:
            problems.append(f"values={levels!r} are not distinct efforts; list each level once")
        raise_problems(problems)

    @property
    def low(self) -> float:
        """Least effort."""
        return min(self.values)

    @property
    def high(self) -> float:
        """Greatest effort."""
        return max(self.values)

    def contains(self, effort: float) -> bool:
        """Whether `effort` is one of the levels."""
        return effort in self.values


EffortSet = Interval | Finite


class EffortCost(ABC):
    """Increasing, convex cost of effort c(e), utils (money if `CARA(cost_in_money=True)`)."""

    @abstractmethod
    def __call__(self, effort: ArrayLike) -> Array:
        """Return c(effort)."""

    @abstractmethod
    def derivative(self, effort: ArrayLike) -> Array:
        """Return c'(effort)."""

    @abstractmethod
    def second_derivative(self, effort: ArrayLike) -> Array:
        """Return c''(effort)."""


@dataclass(frozen=True)
class PowerCost(EffortCost):
    """c(e) = scale·e^power with power >= 1.

    >>> float(PowerCost(scale=0.5, power=2.0)(0.6))
    0.18
    """

    scale: float = 0.5
    power: float = 2.0

    def __post_init__(self) -> None:
        raise_problems(
            positive("scale", self.scale, "makes effort free or a gift")
            + at_least("power", self.power, 1.0, "is not a convex cost of effort")
        )

    def __call__(self, effort: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(self.scale * np.asarray(effort, float) ** self.power)

    def derivative(self, effort: ArrayLike) -> Array:
        effort = np.asarray(effort, float)
        with np.errstate(over="ignore"):
            return np.asarray(self.scale * self.power * effort ** (self.power - 1.0))

    def second_derivative(self, effort: ArrayLike) -> Array:
        effort = np.asarray(effort, float)
        if self.power == 1.0:
            return np.zeros_like(effort)
        with np.errstate(divide="ignore"):
            curve = effort ** (self.power - 2.0)
        return np.asarray(self.scale * self.power * (self.power - 1.0) * curve)


@dataclass(frozen=True)
class ExponentialCost(EffortCost):
    """c(e) = scale·(exp(rate·e) - 1): no effort costs nothing, and c' grows by `rate` a unit."""

    scale: float
    rate: float

    def __post_init__(self) -> None:
        raise_problems(
            positive("scale", self.scale, "makes effort free or a gift")
            + positive("rate", self.rate, "is not a convex cost of effort")
        )

    def __call__(self, effort: ArrayLike) -> Array:
        return np.asarray(self.scale * np.expm1(self.rate * np.asarray(effort, float)))

    def derivative(self, effort: ArrayLike) -> Array:
        return np.asarray(self.scale * self.rate * np.exp(self.rate * np.asarray(effort, float)))

    def second_derivative(self, effort: ArrayLike) -> Array:
        return np.asarray(self.rate * self.derivative(effort))


class Value(ABC):
    """What effort is worth to the principal, R(e) in money; increasing."""

    @abstractmethod
    def __call__(self, effort: ArrayLike) -> Array:
        """Return R(effort)."""

    @abstractmethod
    def derivative(self, effort: ArrayLike) -> Array:
        """Return R'(effort)."""


@dataclass(frozen=True)
class LinearValue(Value):
    """R(e) = intercept + slope·e."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        raise_problems(
            at_least("slope", self.slope, 0.0, "makes effort harmful")
            + finite("intercept", self.intercept, "is no amount of money")
        )

    def __call__(self, effort: ArrayLike) -> Array:
        return np.asarray(self.intercept + self.slope * np.asarray(effort, float))

    def derivative(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), self.slope)


@dataclass(frozen=True)
class PowerValue(Value):
    """R(e) = intercept + scale·e^power with 0 < power <= 1."""

    scale: float = 1.0
    power: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        problems = at_least("scale", self.scale, 0.0, "makes effort harmful")
        problems += finite("intercept", self.intercept, "is no amount of money")
        problems += number("power", self.power, "is no power")
        if not problems and not 0 < self.power <= 1:
            problems.append(f"power={self.power!r} is not concave; give one in (0, 1]")
        raise_problems(problems)

    def __call__(self, effort: ArrayLike) -> Array:
        return np.asarray(self.intercept + self.scale * np.asarray(effort, float) ** self.power)

    def derivative(self, effort: ArrayLike) -> Array:
        effort = np.asarray(effort, float)
        with np.errstate(divide="ignore"):
            return np.asarray(self.scale * self.power * effort ** (self.power - 1.0))
