"""Pay rules: what the principal announces, in money, as a function of the monitor's outcome."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.errors import raise_problems
from paygrade.model.checks import at_least, finite

Array = NDArray[np.float64]


class Contract(ABC):
    """A wage (money) for every outcome of the monitor."""

    @abstractmethod
    def wage(self, outcome: ArrayLike) -> Array:
        """Return the wage at `outcome` (a count for counting monitors); the shape of `outcome`."""


@dataclass(frozen=True, init=False)
class FlatWage(Contract):
    """Pay the same whatever the monitor says.

    >>> FlatWage(wage=12.0).wage([3, 40]).tolist()
    [12.0, 12.0]
    """

    amount: float

    def __init__(self, wage: float) -> None:  # a field `wage` would hide the method of that name
        object.__setattr__(self, "amount", wage)
        raise_problems(finite("wage", wage, "is no amount of money"))

    def wage(self, outcome: ArrayLike) -> Array:
        return np.full_like(np.asarray(outcome, float), self.amount)


@dataclass(frozen=True)
class BinaryContract(Contract):
    """Pay `base`, and `bonus` on top when the outcome is at least `cutoff` (in outcome units).

    >>> BinaryContract(base=1.0, bonus=0.4, cutoff=78).wage([77, 78]).tolist()
    [1.0, 1.4]
    """

    base: float
    bonus: float
    cutoff: float

    def __post_init__(self) -> None:
        raise_problems(
            finite("base", self.base, "is no amount of money")
            + at_least("bonus", self.bonus, 0.0, "punishes passing the check")
            + finite("cutoff", self.cutoff, "is no pass mark")
        )

    def wage(self, outcome: ArrayLike) -> Array:
        return np.where(
            np.asarray(outcome, float) >= self.cutoff, self.base + self.bonus, self.base
        )


@dataclass(frozen=True)
class LinearContract(Contract):
    """Pay `intercept` plus `slope` times the mean outcome.

    The mean outcome is the share K/n for a counting monitor and the outcome itself for
    `NormalMonitor`; `wage` takes that mean.

    >>> LinearContract(intercept=1.0, slope=0.5).wage(0.8).item()
    1.4
    """

    intercept: float
    slope: float

    def __post_init__(self) -> None:
        raise_problems(
            finite("intercept", self.intercept, "is no amount of money")
            + at_least("slope", self.slope, 0.0, "punishes agreement")
        )

    def wage(self, outcome: ArrayLike) -> Array:
        return np.asarray(self.intercept + self.slope * np.asarray(outcome, float))
