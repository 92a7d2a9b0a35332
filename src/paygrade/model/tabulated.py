"""Primitives given as tables: finitely many efforts, finitely many outcomes.

Rows follow the order of `Finite.values`. A problem tells its tables which efforts those are
(`on`), so that the same lookup c(e), R(e), p(x|e) serves as everywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import finite
from paygrade.model.effort import EffortCost, EffortSet, Finite, Value
from paygrade.model.finite import FiniteMonitor
from paygrade.model.monitor import Array

SUM_ERROR = 1e-9  # what probabilities printed with ten digits may miss 1 by


class Table:
    """What the tables share: the efforts that their rows belong to."""

    efforts: Finite | None

    @property
    def rows(self) -> int:
        """Number of rows."""
        raise NotImplementedError

    def on(self, efforts: EffortSet) -> Self:
        """Return the table with its rows bound to `efforts`."""
        return replace(self, efforts=efforts)  # type: ignore[type-var]

    def problems(self, efforts: EffortSet) -> list[str]:
        """Return what keeps the table from being bound to `efforts`."""
        name = type(self).__name__
        if not isinstance(efforts, Finite):
            return [f"{name} lists finitely many efforts; give efforts=Finite([...]) with it"]
        if len(efforts.values) != self.rows:
            text = (
                f"{name} has {self.rows} rows for {len(efforts.values)} efforts; give one for each,"
                " in the order of Finite.values"
            )
            return [text]
        return []

    def row(self, effort: float) -> int:
        """Return the row of `effort`.

        Raises:
            ModelError: when the table is not bound to efforts, or to others.
        """
        if self.efforts is None:
            raise ModelError(
                f"{type(self).__name__} does not know its efforts yet; use it in a MoralHazard"
            )
        if effort not in self.efforts.values:
            raise ModelError(
                f"effort={effort!r} is in no row of {type(self).__name__}; choose one of"
                f" {list(self.efforts.values)}"
            )
        return self.efforts.values.index(effort)

    def look_up(self, values: Sequence[float], effort: ArrayLike) -> Array:
        """Return the value of each effort's row; the shape of `effort`."""
        given = np.asarray(effort, float)
        found = [values[self.row(float(e))] for e in given.ravel()]
        return np.array(found, float).reshape(given.shape)


@dataclass(frozen=True)
class TabulatedCost(Table, EffortCost):
    """One cost for each effort (utils), in the order of `Finite.values`.

    >>> TabulatedCost([0.0, 0.4]).on(Finite([0, 1]))(1.0).item()
    0.4
    """

    costs: Sequence[float]
    efforts: Finite | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "costs", _listed("costs", self.costs, "is no cost of effort"))

    @property
    def rows(self) -> int:
        return len(self.costs)

    def __call__(self, effort: ArrayLike) -> Array:
        return self.look_up(self.costs, effort)

    # Between the rows of a table there is nothing, so there is no slope either.
    def derivative(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), np.nan)

    def second_derivative(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), np.nan)


@dataclass(frozen=True)
class TabulatedValue(Table, Value):
    """What each effort is worth (money), in the order of `Finite.values`."""

    values: Sequence[float]
    efforts: Finite | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _listed("values", self.values, "is no amount of money"))

    @property
    def rows(self) -> int:
        return len(self.values)

    def __call__(self, effort: ArrayLike) -> Array:
        return self.look_up(self.values, effort)

    def derivative(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), np.nan)


@dataclass(frozen=True, eq=False)
class TabulatedMonitor(Table, FiniteMonitor):
    """P(outcome j | effort i) as a table.

    Arguments:
        probabilities: (k, m), row i for effort i; floats, or Fractions for exact arithmetic.
        outcomes: (m,), increasing; by default 0..m-1.

    >>> monitor = TabulatedMonitor([[0.6, 0.4], [0.2, 0.8]]).on(Finite([0, 1]))
    >>> monitor.pass_probability(1, 1.0).item()
    0.8
    """

    probabilities: Sequence[Sequence[float | Fraction]] = field(repr=False)
    outcomes: Sequence[float] | None = None  # type: ignore[assignment]
    efforts: Finite | None = None

    def __post_init__(self) -> None:
        try:
            table = tuple(tuple(row) for row in self.probabilities)
        except TypeError:
            table = ()
        object.__setattr__(self, "probabilities", table)
        raise_problems(_check_table(table))
        width = len(table[0])
        given = range(width) if self.outcomes is None else self.outcomes
        outcomes = tuple(float(x) for x in given)
        object.__setattr__(self, "outcomes", outcomes)
        problems = []
        if len(outcomes) != width:
            problems.append(
                f"{len(outcomes)} outcomes for {width} columns of probabilities; give one for each"
            )
        if not all(np.diff(outcomes) > 0):
            problems.append("outcomes do not increase; list each once, in order")
        raise_problems(problems)

    @property
    def rows(self) -> int:
        return len(self.probabilities)

    @cached_property
    def exact(self) -> tuple[tuple[Fraction, ...], ...]:
        """The table in exact rationals, each row divided by its sum, (k, m)."""
        rows = [tuple(Fraction(p) for p in row) for row in self.probabilities]
        return tuple(tuple(p / sum(row) for p in row) for row in rows)

    @cached_property
    def _table(self) -> Array:
        return np.array([[float(p) for p in row] for row in self.exact])

    @property
    def highest_effort(self) -> float:
        return np.inf

    def law(self, effort: float) -> Array:
        return np.asarray(self._table[self.row(effort)])

    def exact_law(self, effort: float) -> tuple[Fraction, ...]:
        """Return the row of `effort` in exact rationals, (m,)."""
        return self.exact[self.row(effort)]

    def law_slope(self, effort: float) -> Array:
        return np.full(len(self.outcomes or ()), np.nan)


def _listed(name: str, values: Any, consequence: str) -> tuple[float, ...]:
    listed = tuple(values) if np.ndim(values) == 1 else ()
    problems = [text for value in listed for text in finite(name, value, consequence)]
    if not listed:
        problems.append(f"{name}={values!r} is no list with one number for each effort")
    raise_problems(problems)
    return tuple(float(value) for value in listed)


def _check_table(table: tuple[tuple[Any, ...], ...]) -> list[str]:
    if not table or not table[0] or len({len(row) for row in table}) != 1:
        return ["probabilities are no table; give one row for each effort, all of one length"]
    problems = []
    for i, row in enumerate(table):
        try:
            numbers = np.array([float(p) for p in row])
        except (TypeError, ValueError):
            problems.append(f"row {i} of probabilities holds something that is no number")
            continue
        if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
            problems.append(f"row {i} of probabilities holds a negative or missing number")
        elif abs(numbers.sum() - 1.0) > SUM_ERROR:
            problems.append(
                f"row {i} of probabilities sums to {numbers.sum():.10g}, so it is no law;"
                " divide it by its sum"
            )
    return problems
