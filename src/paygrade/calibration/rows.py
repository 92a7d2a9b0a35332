"""Observed efforts, a row a person (or several), under the pay they were promised."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments
from paygrade.calibration.moments import EffortMoments
from paygrade.calibration.supply import Array
from paygrade.errors import DataError
from paygrade.labels.opening import open_source
from paygrade.labels.source import Source

if TYPE_CHECKING:
    import pandas as pd

    from paygrade.labels.opening import Table

HEAP = 0.05  # share of a condition's rows at the end of the range that shows a cap
FEW = 20  # rows below which a heap at the end shows nothing


@dataclass(frozen=True, eq=False)
class EffortRows:
    """Efforts (N,), each with its condition, and the piece rate of each condition (C,).

    Attributes:
        effort: in the unit of the data, (N,).
        condition: number of the row's condition, (N,).
        pay: piece rate of each condition, increasing, (C,).
        worker: number of the row's worker, (N,); None: every row is another person.
        source: what messages call the data.
        left_out: what was not used, and how many rows.
    """

    effort: Array
    condition: NDArray[np.intp]
    pay: Array
    worker: NDArray[np.intp] | None = None
    source: str = "the rows"
    left_out: dict[str, int] = field(default_factory=dict)

    def moments(self) -> EffortMoments:
        """Return mean efforts with their standard errors."""
        mean, covariance, n = self.means(self.effort)
        sd = [self.effort[self.condition == c].std(ddof=1) for c in range(len(self.pay))]
        return EffortMoments(
            pay=self.pay, mean=mean, n=n, sd=sd, covariance=covariance, source=self.source,
            left_out=self.left_out,
        )  # fmt: skip

    def means(self, values: Array) -> tuple[Array, Array, Array]:
        """Return the mean of `values` in each condition, their covariance, and numbers of rows.

        With `worker`, rows of one person hang together in whatever way (Liang and Zeger 1986,
        Biometrika 73); the covariance is then that of sums over people.

        Raises:
            DataError: a condition has one row or no spread, or people are fewer than conditions.
        """
        size = len(self.pay)
        n = np.bincount(self.condition, minlength=size).astype(float)
        mean = np.bincount(self.condition, values, size) / np.maximum(n, 1.0)
        error = values - mean[self.condition]
        squares = np.bincount(self.condition, error**2, size)
        for bad in np.flatnonzero((n < 2) | (squares <= 0.0)):
            what = f"{n[bad]:.0f} row" + "s of one same effort" * bool(n[bad] > 1)
            raise DataError(
                f"{self.source}: pay {self.pay[bad]:g} has {what}, which don't show how much people"
                " differ; leave the condition out, or give EffortMoments with known errors"
            )
        if self.worker is None:
            return mean, np.diag(squares / (n * (n - 1.0))), n
        people = int(self.worker.max()) + 1
        if people <= size:
            raise DataError(
                f"{self.source}: {people} workers under {size} conditions can't show how their"
                " rows hang together; leave worker out if rows are people of their own"
            )
        sums = np.zeros((people, size))
        np.add.at(sums, (self.worker, self.condition), error / n[self.condition])
        return mean, sums.T @ sums * (people / (people - 1.0)), n


@checked_arguments
def read_effort(
    data: "Table",
    *,
    effort: str = "effort",
    pay: str | Mapping[Any, float] = "pay",
    condition: str = "condition",
    worker: str | None = None,
    nearest: float | None = None,
    cap: float | None = None,
) -> EffortRows:
    """Return observed efforts with the pay they were given under.

    Arguments:
        data: a file (CSV, TSV, JSON lines, Parquet, gzip) or a data frame, a row an observation.
        effort: column of effort.
        pay: column of the piece rate, or condition -> piece rate; rows of other conditions are left
            out and counted.
        condition: column of the condition, with such a mapping.
        worker: column of the person, where people have several rows.
        nearest: round efforts to multiples of it, zeros becoming a quarter of it, as DellaVigna and
            Pope (2018) do, whose workers were paid for each full 100 presses.
        cap: the highest effort possible; None: guessed where efforts heap up at the highest one;
            inf: there is none.

    Raises:
        DataError: a column is missing, a cell is no number, or efforts are cut off at 0 or a cap.
    """
    source = open_source(data)
    names = [effort, condition if isinstance(pay, Mapping) else pay]
    names += [worker] if worker is not None else []
    frame = source.read([_present(source, name) for name in names]).reset_index(drop=True)
    rates, kept = _rates(source, frame.iloc[:, 1], pay, names[1])
    efforts = _efforts(source, frame.iloc[:, 0], kept, effort)
    levels, place = np.unique(rates[kept], return_inverse=True)
    rows = EffortRows(
        _rounded(efforts, nearest),
        place,
        levels,
        None if worker is None else _codes(source, frame.iloc[:, 2], kept, names[2]),
        source.name,
        {"rows of other conditions": int((~kept).sum())} if not kept.all() else {},
    )
    _refuse_cut_off(rows, cap)
    return rows


@checked_arguments
def read_moments(
    data: "Table",
    *,
    pay: str = "pay",
    mean: str = "mean",
    se: str | None = None,
    sd: str | None = None,
    n: str | None = None,
) -> EffortMoments:
    """Return published mean efforts from a table with a row a condition.

    Arguments:
        data: a file or a data frame.
        pay: column of the piece rate.
        mean: column of the mean effort.
        se: column of its standard error; or name `sd` and `n`.
        sd: column of the standard deviation between people.
        n: column of the number of people.

    Raises:
        DataError: a column is missing, or a cell is no number.
    """
    source = open_source(data)
    given = {"pay": pay, "mean": mean, "se": se, "sd": sd, "n": n}
    names = {role: name for role, name in given.items() if name is not None}
    frame = source.read([_present(source, name) for name in names.values()])
    columns = {
        role: _as_numbers(source, frame.iloc[:, i], name, f"is no {role}")
        for i, (role, name) in enumerate(names.items())
    }
    se_, sd_, n_ = (columns.get(role) for role in ("se", "sd", "n"))
    return EffortMoments(
        pay=columns["pay"], mean=columns["mean"], se=se_, sd=sd_, n=n_, source=source.name
    )


def _present(source: Source, name: str) -> str:
    found = source.columns.count(name)
    if found != 1:
        what = "has no column" if not found else f"has {found} columns"
        raise DataError(
            f"{source.name} {what} {name!r}; name the right one. The columns are:"
            f" {', '.join(source.columns)}"
        )
    return name


def _rates(
    source: Source, cells: "pd.Series", pay: str | Mapping[Any, float], name: str
) -> tuple[Array, NDArray[np.bool_]]:
    if not isinstance(pay, Mapping):
        named = _as_numbers(source, cells, name, "is no piece rate")
        return named, np.ones(len(named), bool)
    known = {_key(key): float(rate) for key, rate in pay.items()}
    keys = cells.map(_key)
    missing = [str(key) for key in pay if not (keys == _key(key)).any()]
    if missing:
        found = ", ".join(str(key) for key in list(dict.fromkeys(cells))[:20])
        raise DataError(
            f"{source.name}: no row has the condition {missing[0]!r} in column {name!r}, which has"
            f" {found}; correct the conditions"
        )
    kept = np.array(keys.isin(known).tolist(), bool)
    rates: Array = np.array(keys.map(known).tolist(), float)
    if not kept.any() or (rates[kept] < 0.0).any() or not np.isfinite(rates[kept]).all():
        raise DataError(f"pay={dict(pay)!r} are no piece rates; give numbers of at least 0")
    return rates, kept


def _key(value: object) -> str:
    """Return one text for 1.3, "1.3" and "1.30", as files and people write conditions."""
    text = str(value).strip()
    try:
        return repr(float(text))
    except ValueError:
        return text


def _as_numbers(source: Source, cells: "pd.Series", name: str, what: str) -> Array:
    import pandas as pd

    numbers = np.array(pd.to_numeric(cells, errors="coerce").tolist(), float)
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0.0)))
    if len(bad):
        found = cells.iloc[bad[0]]
        shown = "an empty cell" if pd.isna(found) else f"{str(found)!r}"
        raise DataError(
            f"{source.name}: {shown} in column {name!r} {what}"
            f" ({source.places(bad.tolist())}); give numbers of at least 0, or take such rows out"
        )
    return numbers


def _efforts(source: Source, cells: "pd.Series", kept: NDArray[np.bool_], name: str) -> Array:
    return _as_numbers(source, cells.where(kept, 0.0), name, "is no effort")[kept]


def _codes(
    source: Source, cells: "pd.Series", kept: NDArray[np.bool_], name: str
) -> NDArray[np.intp]:
    import pandas as pd

    codes, _ = pd.factorize(cells[kept])
    if (codes < 0).any():
        rows = np.flatnonzero(kept)[codes < 0].tolist()
        raise DataError(
            f"{source.name}: column {name!r} names nobody in {source.places(rows)}; name the worker"
            " of each row, or leave worker out"
        )
    return codes


def _rounded(effort: Array, nearest: float | None) -> Array:
    if nearest is None:
        return effort
    if not (math.isfinite(nearest) and nearest > 0.0):
        raise DataError(f"nearest={nearest!r} is nothing to round to; give a number above 0")
    steps = np.floor(effort / nearest + 0.5)  # halves go up, as people and Stata round
    return np.where(steps == 0.0, nearest / 4.0, steps * nearest)


def _refuse_cut_off(rows: EffortRows, cap: float | None) -> None:
    """Refuse efforts that pile up at an end: their mean says little of what pay would have moved.

    A cost of effort explains efforts inside their range; at 0 or at the cap pay changes nothing.
    """
    most = float(rows.effort.max())
    if cap is not None and most > cap:
        raise DataError(
            f"{rows.source}: an effort of {most:g} is above cap={cap:g}; correct either"
        )
    for c, rate in enumerate(rows.pay):
        here = rows.effort[rows.condition == c]
        idle = float((here <= 0.0).mean())
        full = float((here >= (most if cap is None else cap)).mean())
        if max(idle, full) > HEAP and (len(here) >= FEW or cap is not None):
            what, remedy = (
                ("nothing", "")
                if idle > full
                else (f"{most:g}, the most of all", ", or give cap=inf if nothing holds them back")
            )
            raise DataError(
                f"{rows.source}: {100 * max(idle, full):.0f} % of those paid {rate:g} gave"
                f" {what}; effort"
                " is cut off there, so its mean hides how far pay would have moved it: leave the"
                f" condition out, or measure effort where it has room{remedy}"
            )
