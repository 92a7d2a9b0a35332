"""Pay rules: what the principal announces, in money, as a function of the monitor's outcome."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.errors import raise_problems
from paygrade.model.checks import at_least, finite

Array = NDArray[np.float64]
SHOWN = 12  # a schedule of more outcomes is printed in short


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


@dataclass(frozen=True, init=False)
class TieredContract(Contract):
    """Pay `wages[j]` when the outcome reaches j of the increasing `cutoffs`: one wage more.

    Arguments:
        cutoffs: pass marks in outcome units, (t,), increasing.
        wages: money, (t + 1,), from below the first pass mark to above the last.

    >>> TieredContract(cutoffs=[60, 80], wages=[1.0, 1.2, 1.5]).wage([59, 60, 99]).tolist()
    [1.0, 1.2, 1.5]
    """

    cutoffs: tuple[float, ...]
    wages: tuple[float, ...]

    def __init__(self, cutoffs: ArrayLike, wages: ArrayLike) -> None:
        object.__setattr__(self, "cutoffs", _numbers(cutoffs))
        object.__setattr__(self, "wages", _numbers(wages))
        problems = _each_finite("wage", self.wages, "is no amount of money")
        problems += _each_finite("cutoff", self.cutoffs, "is no pass mark")
        problems += _increasing("cutoffs", self.cutoffs, "list each tier once, from the lowest")
        if len(self.wages) != len(self.cutoffs) + 1:
            problems.append(
                f"{len(self.wages)} wages for {len(self.cutoffs)} cutoffs leave a tier without pay;"
                " give one wage more than cutoffs"
            )
        raise_problems(problems)

    def wage(self, outcome: ArrayLike) -> Array:
        tier = np.searchsorted(self.cutoffs, np.asarray(outcome, float), side="right")
        return np.asarray(np.asarray(self.wages)[tier])


@dataclass(frozen=True, init=False)
class WageSchedule(Contract):
    """Pay `wages[j]` at `outcomes[j]`: any rule on finitely many outcomes.

    An outcome between two listed ones earns what the lower one does, an outcome below the first
    what the first does.

    Arguments:
        outcomes: in outcome units, (m,), increasing (counts 0..n for a counting monitor).
        wages: money, (m,).

    >>> WageSchedule(outcomes=[0, 1, 2], wages=[1.0, 1.0, 1.5]).wage([0, 2]).tolist()
    [1.0, 1.5]
    """

    outcomes: tuple[float, ...]
    wages: tuple[float, ...]

    def __init__(self, outcomes: ArrayLike, wages: ArrayLike) -> None:
        object.__setattr__(self, "outcomes", _numbers(outcomes))
        object.__setattr__(self, "wages", _numbers(wages))
        problems = _each_finite("wage", self.wages, "is no amount of money")
        problems += _each_finite("outcome", self.outcomes, "is no outcome")
        problems += _increasing("outcomes", self.outcomes, "list each outcome once, in order")
        if len(self.wages) != len(self.outcomes) or not self.wages:
            problems.append(
                f"{len(self.wages)} wages for {len(self.outcomes)} outcomes can't be matched;"
                " give one wage for each outcome"
            )
        raise_problems(problems)

    def wage(self, outcome: ArrayLike) -> Array:
        outcomes, wages = self._arrays
        place = np.searchsorted(outcomes, np.asarray(outcome, float), side="right") - 1
        return np.asarray(wages[np.maximum(place, 0)])

    @cached_property
    def _arrays(self) -> tuple[Array, Array]:  # a million numbers take a while to convert
        return np.array(self.outcomes), np.array(self.wages)

    def __repr__(self) -> str:
        if len(self.wages) <= SHOWN:
            return f"WageSchedule(outcomes={list(self.outcomes)}, wages={list(self.wages)})"
        return (
            f"WageSchedule({len(self.wages)} outcomes from {self.outcomes[0]:g} to"
            f" {self.outcomes[-1]:g}, wages from {min(self.wages):g} to {max(self.wages):g})"
        )


@dataclass(frozen=True)
class DebtContract(Contract):
    """The principal keeps the outcome (money) up to `face_value`, the agent the rest (Innes 1990).

    >>> DebtContract(face_value=0.7).wage([0.5, 1.0]).round(6).tolist()
    [0.0, 0.3]
    """

    face_value: float

    def __post_init__(self) -> None:
        raise_problems(at_least("face_value", self.face_value, 0.0, "is no debt"))

    def wage(self, outcome: ArrayLike) -> Array:
        return np.maximum(np.asarray(outcome, float) - self.face_value, 0.0)


def _numbers(values: ArrayLike) -> tuple[float, ...]:
    try:
        return tuple(np.atleast_1d(np.asarray(values, float)).ravel().tolist())
    except (TypeError, ValueError):
        raise_problems([f"{values!r} is no list of numbers; give numbers"])
        raise


def _each_finite(name: str, values: tuple[float, ...], consequence: str) -> list[str]:
    if np.isfinite(values).all():
        return []
    return [text for value in values for text in finite(name, value, consequence)][:3]


def _increasing(name: str, values: tuple[float, ...], remedy: str) -> list[str]:
    if all(np.diff(values) > 0):
        return []
    return [f"{name} do not increase, so a rule is named twice; {remedy}"]
